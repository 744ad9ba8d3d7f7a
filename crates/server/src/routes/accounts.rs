//! What one account has and owes.

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Balance, Column, SyntheticFacts};
use ballast_types::TokenAmount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::figures::TokenState;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::loans::{LoanView, across};
use crate::snapshot::{AsOf, Asks, Snapshot, reading};
use crate::synthetics::state::records;
use crate::views::{TokenSummary, summaries};
use crate::wire::{Addr, Word, words};

/// What an account has of one token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldingView {
    /// The token.
    pub token: TokenSummary,
    /// Token base units.
    pub amount: Word,
    /// Base units of each asset that back them.
    pub backing: Vec<Word>,
}

/// What an account has of a synthetic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyntheticHoldingView {
    /// The synthetic.
    pub address: Addr,
    /// Its symbol.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// Base units.
    pub amount: Word,
}

/// What an account has and owes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Tokens held, at most 500.
    pub balances: Vec<HoldingView>,
    /// Synthetics held; `/v1/accounts/{account}/vaults` pages through vaults.
    pub synthetics: Vec<SyntheticHoldingView>,
    /// Loans by deadline, at most 500; `/v1/loans` pages through more.
    pub loans: Vec<LoanView>,
}

/// What an account has and owes
#[utoipa::path(
    get,
    path = "/v1/accounts/{address}",
    tag = "tokens",
    params(("address" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The account")),
    responses((status = 200, body = AccountAnswer), Refusals)
)]
pub(crate) async fn account(
    State(app): State<App>,
    InPath(account): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let limit = bound::HOLDINGS_MAX;
            let (loans, _) = across(snapshot, Some(account), None, None, limit).await?;
            Ok(AccountAnswer {
                as_of: snapshot.as_of(),
                balances: holdings(snapshot, account).await?,
                synthetics: synthetics(snapshot, account).await?,
                loans,
            })
        }),
    )
    .await
}

async fn holdings(snapshot: &Snapshot, account: Address) -> Result<Vec<HoldingView>, Problem> {
    let params = vec![
        account.to_value(),
        Address::ZERO.to_value(),
        bound::HOLDINGS_MAX.to_value(),
    ];
    let found = snapshot.find::<Balance>("page_of_holder", params).await?;
    let mut held = Vec::new();
    let others: Vec<Address> = records(snapshot)
        .iter()
        .flat_map(|one| [Some(one.book), one.backstop])
        .filter_map(|part| Some(part?.address))
        .collect();
    let launched = |one: &Balance| !one.amount.is_zero() && !others.contains(&one.token);
    for balance in found.into_iter().filter(launched) {
        let state = TokenState::read(snapshot, balance.token).await?;
        held.push((balance, state));
    }
    let states: Vec<_> = held.iter().map(|(_, state)| (&**state, None)).collect();
    let summaries = summaries(snapshot, &states).await?;
    let mut holdings = Vec::new();
    for ((balance, state), summary) in held.iter().zip(summaries) {
        let claims = state.claims()?;
        // What lies at an unspendable address has no claim.
        let amount = TokenAmount::new(balance.amount).min(claims);
        holdings.push(HoldingView {
            token: summary.as_ref().clone(),
            amount: balance.amount.into(),
            backing: words(&state.backing_of(amount)?),
        });
    }
    Ok(holdings)
}

async fn synthetics(
    snapshot: &Snapshot,
    account: Address,
) -> Result<Vec<SyntheticHoldingView>, Problem> {
    let mut asks = Asks::default();
    let records = records(snapshot).iter();
    let slots: Vec<_> = records
        .map(|record| {
            let synthetic = record.book.address.to_value();
            let held = asks.get::<Balance>(vec![synthetic.clone(), account.to_value()]);
            (record, held, asks.get::<SyntheticFacts>(vec![synthetic]))
        })
        .collect();
    let found = snapshot.ask(asks).await?;
    let mut views = Vec::new();
    for (record, held, facts) in slots {
        let held: Option<Balance> = found.first(held)?;
        let facts: Option<SyntheticFacts> = found.first(facts)?;
        let Some(held) = held.filter(|held| !held.amount.is_zero()) else {
            continue;
        };
        let name = facts.map_or_else(|| record.symbol.clone(), |facts| facts.name);
        views.push(SyntheticHoldingView {
            address: record.book.address.into(),
            symbol: record.symbol.clone(),
            name,
            amount: held.amount.into(),
        });
    }
    Ok(views)
}
