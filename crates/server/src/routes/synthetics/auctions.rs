//! Vaults that are for sale.

use alloy::primitives::U256;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_math::wide_mul_div_up;
use ballast_model::vaults::{PriceState, Settlement, clock, clock_expiry, discount, settle};
use ballast_store::Vault;
use ballast_types::{Seconds, Timestamp, TokenAmount, WAD};

use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::{Query, cursor_address, cursor_number, cursor_word};
use crate::routes::Refusals;
use crate::snapshot::reading;
use crate::synthetics::risky::unhealthy;
use crate::synthetics::state::{BookState, MarketState};
use crate::synthetics::views::VaultAuctionView;

/// The largest number of a market.
pub(crate) const MARKET_MAX: u64 = 99;

/// Unhealthy vaults, for sale now
///
/// By market, and in a market the riskiest first.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/auctions",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<VaultAuctionView>), Refusals)
)]
pub(crate) async fn auctions(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["market", "limit", "cursor"])?;
    let only = query.number("market", 0, MARKET_MAX)?;
    let limit = query.limit()?;
    let after = match query.cursor::<3>()? {
        Some([market, risk, owner]) => Some((
            cursor_number(&market)?,
            (cursor_word(&risk)?, cursor_address(&owner)?),
        )),
        None => None,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            if let Some(only) = only {
                state.market(only)?;
            }
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let mut found: Vec<Vault> = Vec::new();
            for market in &state.markets {
                let number = market.row.market;
                let skipped = after.is_some_and(|(at, _)| number < at);
                if skipped || only.is_some_and(|only| only != number) || found.len() > most {
                    continue;
                }
                let place = after.filter(|(at, _)| *at == number);
                let place = place.map(|(_, place)| place);
                let missing = most.saturating_sub(found.len()).saturating_add(1);
                let missing = u64::try_from(missing).unwrap_or(limit);
                found.extend(unhealthy(snapshot, market, place, missing).await?);
            }
            let cursor = |one: &Vault| format!("{}.{:x}.{:#x}", one.market, one.risk, one.owner);
            let (found, next) = page_of(found, limit, cursor);
            let mut rows = Vec::new();
            for vault in &found {
                rows.extend(view(state.market(vault.market)?, vault)?);
            }
            Ok(listed(snapshot, (rows, next)))
        }),
    )
    .await
}

/// How an unhealthy vault is shown; nothing without a price.
fn view(market: &MarketState, vault: &Vault) -> Result<Option<VaultAuctionView>, Problem> {
    let Some(position) = market.position(vault) else {
        return Ok(None);
    };
    let terms = &market.terms;
    let (debt, value) = (position.debt()?, position.value()?);
    let now = Timestamp::new(market.now);
    let elapsed = clock(terms, Timestamp::new(vault.flagged_at), now)?;
    let ends = vault.flagged_at.saturating_add(clock_expiry(terms)?.get());
    let state = market.price_state();
    let (waits, time_only) = (state == PriceState::Grace, state == PriceState::Late);
    let since = elapsed.unwrap_or(Seconds::new(0));
    let now = discount(terms, debt, value, since, time_only)?;
    let full = if waits {
        Settlement::default()
    } else {
        settle(terms, &position, now, TokenAmount::new(U256::MAX))?
    };
    // One less a quotient that is rounded up, as the contract has it.
    let one_less = |part: U256, factor: U256, whole: U256| {
        let part = wide_mul_div_up(part, factor, whole).unwrap_or(U256::MAX);
        WAD.saturating_sub(part)
    };
    let shortfall = one_less(value.get(), terms.liq_ltv.get(), debt.get());
    Ok(Some(VaultAuctionView {
        market: vault.market,
        owner: vault.owner.into(),
        debt: debt.into(),
        norm: vault.norm.into(),
        collateral: vault.collateral.into(),
        value: value.into(),
        flagged_at: elapsed.map_or(0, |_| vault.flagged_at),
        elapsed_secs: elapsed.map(Seconds::get),
        expires_at: elapsed.map(|_| ends),
        shortfall_wad: shortfall.into(),
        solvency_wad: one_less(debt.get(), WAD, value.get()).into(),
        max_discount_wad: terms.max_discount.get().into(),
        ramp_secs: terms.ramp_secs.get(),
        time_only,
        waits,
        discount_wad: now.get().into(),
        full_pays: full.paid.into(),
        full_gives: full.out.into(),
        full_deficit: full.deficit.into(),
    }))
}
