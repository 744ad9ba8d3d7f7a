//! What happened to a synthetic: takes, redemptions, losses, its peg and its backstop.

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_chain::BookRecord;
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::convert;
use ballast_store::{
    BackstopFacts, BackstopMove, BackstopRequest, Column, Loss, PegMove, Redemption, Take, Value,
    Watched,
};
use ballast_types::{AssetAmount, Price, WAD};

use super::auctions::MARKET_MAX;
use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::decode::{EventView, Role};
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::{Query, cursor_address, cursor_word};
use crate::routes::Refusals;
use crate::routes::events::{Wanted, known_names, page, placed};
use crate::routes::happened::{Backwards, Sent};
use crate::snapshot::{Asks, Snapshot, reading};
use crate::synthetics::part_views::{BackstopMoveView, BackstopRequestView, PegMoveView};
use crate::synthetics::risky::above_all;
use crate::synthetics::state::record_of;
use crate::synthetics::views::{LossView, RedemptionView, TakeView};
use crate::wire::{Addr, Word};

/// A parameter that narrows a list, and whether it does.
fn optional(value: &impl Column, narrows: bool) -> [Value; 2] {
    [value.to_value(), u64::from(narrows).to_value()]
}

/// Takes of vaults, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/takes",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<TakeView>), Refusals)
)]
pub(crate) async fn takes(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["market", "owner", "from", "to", "limit", "cursor"])?;
    let market = query.number("market", 0, MARKET_MAX)?;
    let owner = query.address("owner")?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            record_of(snapshot, synthetic)?;
            let market = optional(&market.unwrap_or_default(), market.is_some());
            let owner = optional(&owner.unwrap_or_default(), owner.is_some());
            let only = market.into_iter().chain(owner);
            wanted.page(snapshot, synthetic, only, take_view).await
        }),
    )
    .await
}

/// Redemptions, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/redemptions",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<RedemptionView>), Refusals)
)]
pub(crate) async fn redemptions(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["market", "owner", "from", "to", "limit", "cursor"])?;
    let market = query.number("market", 0, MARKET_MAX)?;
    let owner = query.address("owner")?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            record_of(snapshot, synthetic)?;
            let market = optional(&market.unwrap_or_default(), market.is_some());
            let owner = optional(&owner.unwrap_or_default(), owner.is_some());
            let only = market.into_iter().chain(owner);
            wanted
                .page(snapshot, synthetic, only, redemption_view)
                .await
        }),
    )
    .await
}

/// Losses that came up and who paid them, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/losses",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<LossView>), Refusals)
)]
pub(crate) async fn losses(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to", "limit", "cursor"])?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let record = record_of(snapshot, synthetic)?;
            wanted
                .page(snapshot, synthetic, [], |row| loss_view(record, row))
                .await
        }),
    )
    .await
}

/// What happened at the peg module, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/peg/moves",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<PegMoveView>), Refusals)
)]
pub(crate) async fn peg_moves(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to", "limit", "cursor"])?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            record_of(snapshot, synthetic)?;
            wanted.page(snapshot, synthetic, [], peg_move_view).await
        }),
    )
    .await
}

/// What happened at the backstop, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/backstop/moves",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<BackstopMoveView>), Refusals)
)]
pub(crate) async fn backstop_moves(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to", "limit", "cursor"])?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            record_of(snapshot, synthetic)?;
            wanted
                .page(snapshot, synthetic, [], backstop_move_view)
                .await
        }),
    )
    .await
}

/// Entries and exits asked of the backstop, by epoch, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/backstop/requests",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<BackstopRequestView>), Refusals)
)]
pub(crate) async fn backstop_requests(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["owner", "limit", "cursor"])?;
    let only = query.address("owner")?;
    let limit = query.limit()?;
    let (epoch, owner) = match query.cursor::<2>()? {
        Some([epoch, owner]) => (cursor_word(&epoch)?, cursor_address(&owner)?.to_value()),
        None => (U256::MAX, above_all()),
    };
    let owner = &owner;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let record = record_of(snapshot, synthetic)?;
            let backstop = record.backstop.map_or(Address::ZERO, |part| part.address);
            let mut params = vec![backstop.to_value(), epoch.to_value(), owner.clone()];
            params.extend(optional(&only.unwrap_or_default(), only.is_some()));
            params.push((limit + 1).to_value());
            let mut asks = Asks::default();
            let requests = asks.find::<BackstopRequest>("page_down", params);
            let facts = asks.get::<BackstopFacts>(vec![backstop.to_value()]);
            let found = snapshot.ask(asks).await?;
            let facts: BackstopFacts = found.first(facts)?.unwrap_or_default();
            let cursor = |one: &BackstopRequest| format!("{:x}.{:#x}", one.epoch, one.owner);
            let (requests, next) = page_of(found.all(requests)?, limit, cursor);
            let view = |one: &BackstopRequest| {
                let ripe = one.epoch.saturating_add(U256::from(2)).saturating_to();
                BackstopRequestView {
                    epoch: one.epoch.into(),
                    owner: one.owner.into(),
                    entering: one.entering.into(),
                    exiting: one.exiting.into(),
                    exit_claimed: one.exit_claimed.into(),
                    ripe_at: facts.epoch_start(ripe),
                }
            };
            Ok(listed(
                snapshot,
                (requests.iter().map(view).collect(), next),
            ))
        }),
    )
    .await
}

/// Events of a synthetic's contracts
///
/// With `kind`, a page may hold fewer rows than asked for, or none, and still have a `next`.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/events",
    tag = "history",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("kind" = Option<String>, Query, max_length = 1000, description = "Names of events, parted by commas"),
        ("contract" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this contract's"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", description = "Newest first by default"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<EventView>), Refusals)
)]
pub(crate) async fn events(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["kind", "contract", "from", "to", "order", "limit", "cursor"])?;
    let wanted = &Wanted {
        names: known_names(&query, "kind")?,
        contract: query.address("contract")?,
        span: query.span()?,
        ascending: query.choice("order", &["desc", "asc"])? == "asc",
        limit: query.limit()?,
        after: placed(&query)?,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            record_of(snapshot, synthetic)?;
            let parts = parts(snapshot, synthetic).await?;
            let page = page(snapshot, (synthetic, &parts), wanted).await?;
            Ok(listed(snapshot, page))
        }),
    )
    .await
}

/// A synthetic's contracts with what they are.
pub(crate) async fn parts(
    snapshot: &Snapshot,
    synthetic: Address,
) -> Result<Vec<(Address, Role)>, Problem> {
    let watched = snapshot.find::<Watched>("all", Vec::new()).await?;
    let ours = watched.iter().filter(|one| one.synthetic == synthetic);
    Ok(ours
        .filter_map(|one| Some((one.contract, Role::named(&one.role)?)))
        .collect())
}

fn take_view((take, transaction): Sent<'_, Take>) -> TakeView {
    let known = !take.mid.is_zero();
    let collateral = AssetAmount::new(take.collateral);
    let value = convert::value_down(collateral, Price::new(take.mid)).ok();
    let value = value.filter(|_| known).map(|value| value.get());
    let paid = value.and_then(|value| wide_mul_div_down(take.paid, WAD, value).ok());
    TakeView {
        block: take.block,
        log_index: take.log_index,
        time: take.time,
        transaction,
        market: take.market,
        owner: take.owner.into(),
        taker: take.taker.into(),
        paid: take.paid.into(),
        collateral: take.collateral.into(),
        value: value.map(Word),
        discount_wad: paid.map(|paid| WAD.saturating_sub(paid).into()),
        norm: take.norm.into(),
        deficit: take.deficit.into(),
    }
}

fn redemption_view((one, transaction): Sent<'_, Redemption>) -> RedemptionView {
    RedemptionView {
        block: one.block,
        log_index: one.log_index,
        time: one.time,
        transaction,
        market: one.market,
        owner: one.owner.into(),
        redeemer: one.redeemer.into(),
        burned: one.burned.into(),
        collateral: one.collateral.into(),
        norm: one.norm.into(),
        fee_wad: one.fee.into(),
    }
}

fn loss_view(record: &BookRecord, (loss, transaction): Sent<'_, Loss>) -> LossView {
    let backstop = record.backstop.map(|part| part.address);
    let paid_by = loss.payer.map(|payer| match payer {
        Address::ZERO => "holders",
        payer if payer == loss.synthetic => "earnings",
        payer if Some(payer) == backstop => "backstop",
        _ => "account",
    });
    LossView {
        block: loss.block,
        log_index: loss.log_index,
        time: loss.time,
        transaction,
        kind: loss.kind.clone(),
        market: loss.market,
        owner: loss.owner.map(Addr),
        amount: loss.amount.into(),
        paid_by: paid_by.map(str::to_owned),
        payer: loss.payer.filter(|payer| !payer.is_zero()).map(Addr),
    }
}

fn peg_move_view((one, transaction): Sent<'_, PegMove>) -> PegMoveView {
    PegMoveView {
        block: one.block,
        log_index: one.log_index,
        time: one.time,
        transaction,
        kind: one.kind.clone(),
        account: one.account.map(Addr),
        to: one.recipient.map(Addr),
        units: one.units.into(),
        amount: one.amount.into(),
    }
}

fn backstop_move_view((one, transaction): Sent<'_, BackstopMove>) -> BackstopMoveView {
    BackstopMoveView {
        block: one.block,
        log_index: one.log_index,
        time: one.time,
        transaction,
        kind: one.kind.clone(),
        account: one.account.map(Addr),
        epoch: one.epoch.map(Word),
        market: one.market,
        amount: one.amount.into(),
        shares: one.shares.into(),
        collateral: one.collateral.into(),
    }
}
