//! Who holds a token and who trades it.

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_math::mul_div_down;
use ballast_model::DEAD;
use ballast_store::{Balance, Column, Floor, RawLog, Trade, Value};
use ballast_types::WAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::figures::{TokenState, token_of};
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::{Query, bad_cursor, cursor_number, cursor_word};
use crate::routes::Refusals;
use crate::snapshot::{Asks, Snapshot, reading};
use crate::wire::{Addr, Hash, Word};

/// Somebody who holds a token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// Who.
    pub account: Addr,
    /// Token base units.
    pub amount: Word,
    /// Of the supply, in wad, rounded down.
    pub share_wad: Word,
    /// `holder`, `pool`, `reserve`, `converter`, `lock` or `burned`.
    pub role: String,
}

fn role(state: &TokenState, account: Address) -> &'static str {
    let token = &state.token;
    let is = |part: Option<Address>| part == Some(account);
    if account == Address::ZERO || account == DEAD || account == token.token {
        "burned"
    } else if account == token.reserve {
        "reserve"
    } else if is(token.pool) {
        "pool"
    } else if is(token.converter) {
        "converter"
    } else if is(token.liquidity_lock) {
        "lock"
    } else {
        "holder"
    }
}

/// Holders of a token, the largest first
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/holders",
    tag = "tokens",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("min" = Option<String>, Query, pattern = "^[0-9]{1,77}$", description = "Only those with at least so many base units"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<HolderView>), Refusals)
)]
pub(crate) async fn holders(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["min", "limit", "cursor"])?;
    let least = query.amount("min")?.unwrap_or(U256::ONE).max(U256::ONE);
    let limit = query.limit()?;
    let (amount, holder) = match query.cursor::<2>()? {
        Some([amount, holder]) => (
            cursor_word(&amount)?,
            crate::query::cursor_address(&holder)?.to_value(),
        ),
        // Above every address.
        None => (U256::MAX, Value::Bytes(vec![u8::MAX; 21])),
    };
    let holder = &holder;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            let params = vec![
                token.to_value(),
                least.to_value(),
                amount.to_value(),
                holder.clone(),
                (limit + 1).to_value(),
            ];
            let found = snapshot.find::<Balance>("page_by_amount", params).await?;
            let cursor = |one: &Balance| format!("{:x}.{:#x}", one.amount, one.holder);
            let (found, next) = page_of(found, limit, cursor);
            let supply = state.supply.supply.max(U256::ONE);
            let view = |one: Balance| {
                Ok(HolderView {
                    account: one.holder.into(),
                    amount: one.amount.into(),
                    share_wad: mul_div_down(one.amount, WAD, supply)?.into(),
                    role: role(&state, one.holder).to_owned(),
                })
            };
            let rows = found
                .into_iter()
                .map(view)
                .collect::<Result<_, Problem>>()?;
            Ok(listed(snapshot, (rows, next)))
        }),
    )
    .await
}

/// A trade in the token's pool.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TradeView {
    /// Unix seconds.
    pub time: u64,
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// `buy` or `sell`, as the trader sees it.
    pub side: String,
    /// Token base units that the pool gave or got.
    pub tokens: Word,
    /// Base units of asset 0 that the pool got or gave.
    pub assets: Word,
    /// Assets per whole token, in wad; zero where no tokens moved.
    pub price_wad: Word,
    /// The floor of asset 0 as last recorded then, in wad; null before the first.
    pub floor_wad: Option<Word>,
    /// Who received.
    pub trader: Addr,
}

/// Trades in a token's pool, the newest first
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/trades",
    tag = "history",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("trader" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only those that this account received"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 100, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<TradeView>), Refusals)
)]
pub(crate) async fn trades(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["trader", "from", "to", "limit", "cursor"])?;
    let trader = query.address("trader")?;
    let (from, to) = query.span()?;
    let limit = query.limit()?;
    let place = match query.cursor::<3>()? {
        Some([time, block, index]) => {
            let time = cursor_number(&time)?;
            if time > to {
                return Err(bad_cursor(&time.to_string()));
            }
            (time, cursor_number(&block)?, cursor_number(&index)?)
        }
        None => (to.saturating_add(1).min(i64::MAX.unsigned_abs()), 0, 0),
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            token_of(snapshot, token).await?;
            let params = vec![
                token.to_value(),
                place.0.to_value(),
                place.1.to_value(),
                place.2.to_value(),
                from.to_value(),
                trader.unwrap_or_default().to_value(),
                u64::from(trader.is_some()).to_value(),
                (limit + 1).to_value(),
            ];
            let found = snapshot.find::<Trade>("page_down", params).await?;
            let cursor = |one: &Trade| format!("{}.{}.{}", one.time, one.block, one.log_index);
            let (found, next) = page_of(found, limit, cursor);
            let rows = views(snapshot, &found).await?;
            Ok(listed(snapshot, (rows, next)))
        }),
    )
    .await
}

/// Trades with their transactions and the floors of their time.
async fn views(snapshot: &Snapshot, trades: &[Trade]) -> Result<Vec<TradeView>, Problem> {
    let mut asks = Asks::default();
    let mut slots = Vec::new();
    for trade in trades {
        let then = vec![trade.token.to_value(), trade.time.to_value()];
        let place = vec![trade.block.to_value(), trade.log_index.to_value()];
        slots.push((
            asks.find::<Floor>("before", then),
            asks.get::<RawLog>(place),
        ));
    }
    let found = snapshot.ask(asks).await?;
    let mut views = Vec::new();
    for (trade, (floor, log)) in trades.iter().zip(slots) {
        let floor = found.first(floor)?;
        let floor = floor.and_then(|one| one.floors.first().copied());
        let log = found.first(log)?;
        views.push(TradeView {
            time: trade.time,
            block: trade.block,
            log_index: trade.log_index,
            transaction: log.map(|log| log.transaction_hash.into()),
            side: if trade.is_buy == 1 { "buy" } else { "sell" }.to_owned(),
            tokens: trade.tokens.into(),
            assets: trade.assets.into(),
            price_wad: trade.price_wad.into(),
            floor_wad: floor.map(Word),
            trader: trade.recipient.into(),
        });
    }
    Ok(views)
}

/// The transactions of the logs at `places`, in their order; null where there is no log.
pub(crate) async fn transactions(
    snapshot: &Snapshot,
    places: impl Iterator<Item = (u64, u64)>,
) -> Result<Vec<Option<Hash>>, Problem> {
    let mut asks = Asks::default();
    let slots: Vec<_> = places
        .map(|(block, index)| asks.get::<RawLog>(vec![block.to_value(), index.to_value()]))
        .collect();
    let found = snapshot.ask(asks).await?;
    let of_log = |slot| {
        Ok(found
            .first(slot)?
            .map(|log: RawLog| log.transaction_hash.into()))
    };
    slots.into_iter().map(of_log).collect()
}
