//! Vaults of a market, of an owner, and what happened to one.

use alloy::primitives::{Address, I256, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, Record, Row, Vault, VaultChange};

use super::auctions_of;
use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::http::path::{InPath, MarketInPath, VaultInPath};
use crate::problem::Problem;
use crate::query::{Query, cursor_address, cursor_number, cursor_word};
use crate::routes::Refusals;
use crate::routes::events::{place, placed};
use crate::routes::market::transactions;
use crate::snapshot::reading;
use crate::synthetics::risky::above_all;
use crate::synthetics::state::{BookState, records};
use crate::synthetics::views::{AccountVaultView, VaultAnswer, VaultChangeView, VaultView};
use crate::views::AssetRef;
use crate::wire::Signed;

/// How a list of vaults is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Riskiest,
    Largest,
    Owner,
}

impl Order {
    const fn statement(self) -> &'static str {
        match self {
            Self::Riskiest => "page_riskiest",
            Self::Largest => "page_largest",
            Self::Owner => "page_by_owner",
        }
    }

    /// What a vault is ordered by beside its owner.
    const fn key(self, vault: &Vault) -> U256 {
        match self {
            Self::Riskiest => vault.risk,
            Self::Largest => vault.norm,
            Self::Owner => U256::ZERO,
        }
    }
}

/// The statement's parameters for what follows a key and an owner.
fn params(
    (synthetic, market): (Address, u64),
    order: Order,
    after: Option<(U256, Address)>,
    limit: u64,
) -> Row {
    let mut row = vec![synthetic.to_value(), market.to_value()];
    match (order, after) {
        (Order::Owner, after) => {
            let none = ballast_store::Value::Bytes(Vec::new());
            row.push(after.map_or(none, |(_, owner)| owner.to_value()));
        }
        (_, Some((key, owner))) => row.extend([key.to_value(), owner.to_value()]),
        (_, None) => row.extend([U256::MAX.to_value(), above_all()]),
    }
    row.push(limit.to_value());
    row
}

/// Vaults of a market
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/vaults",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("order" = Option<String>, Query, pattern = "^(riskiest|largest|owner)$", description = "Riskiest by default: the first to become unhealthy; or the largest debt, or by owner"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<VaultView>), Refusals)
)]
pub(crate) async fn of_market(
    State(app): State<App>,
    MarketInPath(synthetic, market): MarketInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["order", "limit", "cursor"])?;
    let order = match query.choice("order", &["riskiest", "largest", "owner"])? {
        "largest" => Order::Largest,
        "owner" => Order::Owner,
        _ => Order::Riskiest,
    };
    let limit = query.limit()?;
    let after = match query.cursor::<2>()? {
        Some([key, owner]) => Some((cursor_word(&key)?, cursor_address(&owner)?)),
        None => None,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            let market = state.market(market)?;
            let params = params((synthetic, market.row.market), order, after, limit + 1);
            let found = snapshot.find::<Vault>(order.statement(), params).await?;
            let cursor = |one: &Vault| format!("{:x}.{:#x}", order.key(one), one.owner);
            let (found, next) = page_of(found, limit, cursor);
            let rows = found.iter().map(|vault| market.vault_view(vault));
            Ok(listed(snapshot, (rows.collect::<Result<_, _>>()?, next)))
        }),
    )
    .await
}

/// One vault with what happened to it
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/vaults/{owner}",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("owner" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "Whose vault"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = VaultAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    VaultInPath(synthetic, market, owner): VaultInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["limit", "cursor"])?;
    let limit = query.limit()?;
    let after = placed(&query)?.unwrap_or((i64::MAX.unsigned_abs(), 0));
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            let market = state.market(market)?;
            let none = Vault {
                synthetic,
                market: market.row.market,
                owner,
                ..Vault::default()
            };
            let mut params = none.key();
            params.extend([after.0, after.1, limit + 1].map(|number| number.to_value()));
            let found = snapshot.get::<Vault>(none.key()).await?;
            let vault = found.unwrap_or(none);
            let changes = snapshot.find::<VaultChange>("page_of_vault", params);
            let cursor = |one: &VaultChange| place(one.block, one.log_index);
            let (changes, next) = page_of(changes.await?, limit, cursor);
            let places = changes.iter().map(|one| (one.block, one.log_index));
            let sent = transactions(snapshot, places).await?;
            let auctions = auctions_of(snapshot, &state).await?;
            let number = usize::try_from(market.row.market).unwrap_or(usize::MAX);
            Ok(VaultAnswer {
                as_of: snapshot.as_of(),
                vault: market.vault_view(&vault)?,
                market: market.view(auctions.get(number).copied().flatten())?,
                changes: changes.iter().zip(sent).map(change_view).collect(),
                next,
            })
        }),
    )
    .await
}

/// Vaults of an account, of all synthetics
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/vaults",
    tag = "synthetics",
    params(
        ("account" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The account"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<AccountVaultView>), Refusals)
)]
pub(crate) async fn of_account(
    State(app): State<App>,
    InPath(account): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["limit", "cursor"])?;
    let limit = query.limit()?;
    let (synthetic, market) = match query.cursor::<2>()? {
        Some([synthetic, market]) => (
            cursor_address(&synthetic)?.to_value(),
            cursor_number(&market)?,
        ),
        None => (ballast_store::Value::Bytes(Vec::new()), 0),
    };
    let synthetic = &synthetic;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let params = vec![
                account.to_value(),
                synthetic.clone(),
                market.to_value(),
                (limit + 1).to_value(),
            ];
            let found = snapshot.find::<Vault>("page_of_owner", params).await?;
            let cursor = |one: &Vault| format!("{:#x}.{}", one.synthetic, one.market);
            let (found, next) = page_of(found, limit, cursor);
            let mut rows = Vec::new();
            for vault in &found {
                let mut known = records(snapshot).iter();
                if !known.any(|one| one.book.address == vault.synthetic) {
                    continue;
                }
                let state = BookState::read(snapshot, vault.synthetic).await?;
                let market = state.market(vault.market)?;
                rows.push(AccountVaultView {
                    symbol: state.facts.symbol.clone(),
                    collateral_asset: AssetRef::from(&market.asset),
                    price: market.price_view(),
                    vault: market.vault_view(vault)?,
                });
            }
            Ok(listed(snapshot, (rows, next)))
        }),
    )
    .await
}

fn change_view(
    (change, transaction): (&VaultChange, Option<crate::wire::Hash>),
) -> VaultChangeView {
    let signed = |word: U256| Signed(I256::from_raw(word));
    VaultChangeView {
        block: change.block,
        log_index: change.log_index,
        time: change.time,
        transaction,
        kind: change.kind.clone(),
        by: change.account.map(crate::wire::Addr),
        collateral: signed(change.collateral),
        debt: signed(change.debt),
        norm: signed(change.norm),
        deficit: change.deficit.into(),
    }
}
