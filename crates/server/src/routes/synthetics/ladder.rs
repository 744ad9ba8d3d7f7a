//! Debt by the price at which it becomes unhealthy.

use alloy::primitives::U256;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_math::{wide_mul_div_down, wide_mul_div_up};
use ballast_model::vaults::convert;
use ballast_store::{Column, Rung, rung_from};
use ballast_types::Norm;

use crate::answer::answer;
use crate::app::App;
use crate::http::path::MarketInPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::snapshot::reading;
use crate::synthetics::state::{BookState, MarketState};
use crate::synthetics::views::{LadderAnswer, RungView};

/// Steps where the request names no number.
const LEVELS_USUAL: u64 = 64;
/// Most steps.
const LEVELS_MAX: u64 = 500;

/// Debt by liquidation price
///
/// A vault is in the step in which its liquidation price lies; a step is at most about one and a half per cent wide, and
/// wider where neighbours are joined.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/ladder",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("levels" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Most steps, 64 by default; neighbours are joined where there are more"),
    ),
    responses((status = 200, body = LadderAnswer), Refusals)
)]
pub(crate) async fn ladder(
    State(app): State<App>,
    MarketInPath(synthetic, market): MarketInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["levels"])?;
    let levels = query.number("levels", 1, LEVELS_MAX)?;
    let levels = levels.unwrap_or(LEVELS_USUAL);
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            let market = state.market(market)?;
            let params = vec![synthetic.to_value(), market.row.market.to_value()];
            let rungs = snapshot.find::<Rung>("of_market", params).await?;
            let (bare, rungs): (Vec<Rung>, Vec<Rung>) = rungs
                .into_iter()
                .filter(|rung| rung.vaults > 0)
                .partition(|rung| rung.collateral.is_zero());
            let bare = bare.iter().map(|rung| rung.norm);
            let bare = bare.fold(U256::ZERO, U256::saturating_add);
            Ok(LadderAnswer {
                as_of: snapshot.as_of(),
                price: market.price_view(),
                data: steps(market, &rungs, levels)?,
                bare_debt: convert::debt_down(Norm::new(bare), market.index)?
                    .get()
                    .into(),
            })
        }),
    )
    .await
}

/// Rungs, the riskiest first, joined with their neighbours to at most `levels` steps.
fn steps(market: &MarketState, rungs: &[Rung], levels: u64) -> Result<Vec<RungView>, Problem> {
    let levels = usize::try_from(levels).unwrap_or(usize::MAX).max(1);
    let joined = rungs.len().div_ceil(levels).max(1);
    let mut views = Vec::new();
    for some in rungs.chunks(joined) {
        let (Some(first), Some(last)) = (some.first(), some.last()) else {
            continue;
        };
        let sum = |part: fn(&Rung) -> U256| {
            let parts = some.iter().map(part);
            parts.fold(U256::ZERO, U256::saturating_add)
        };
        let debt = convert::debt_down(Norm::new(sum(|rung| rung.norm)), market.index)?;
        let vaults = some.iter().map(|rung| rung.vaults);
        let above = rung_from(first.rung.saturating_add(1));
        views.push(RungView {
            price: price_up(market, above).into(),
            price_low: price_down(market, rung_from(last.rung)).into(),
            debt: debt.get().into(),
            collateral: sum(|rung| rung.collateral).into(),
            vaults: vaults.fold(0, u64::saturating_add),
        });
    }
    Ok(views)
}

/// The shown price at which a vault of `risk` becomes unhealthy, rounded up: the debt of a base unit of collateral over the
/// liquidation ratio, for a whole token.
fn price_up(market: &MarketState, risk: U256) -> U256 {
    let scale = U256::ONE << 128_usize;
    let debt = wide_mul_div_up(risk, market.index.get(), scale);
    let price = debt.and_then(|debt| wide_mul_div_up(debt, unit(market), market.row.liq_ltv));
    price.unwrap_or(U256::MAX)
}

/// The same, rounded down.
fn price_down(market: &MarketState, risk: U256) -> U256 {
    let scale = U256::ONE << 128_usize;
    let debt = wide_mul_div_down(risk, market.index.get(), scale);
    let price = debt.and_then(|debt| wide_mul_div_down(debt, unit(market), market.row.liq_ltv));
    price.unwrap_or(U256::MAX)
}

/// Base units of a whole token of the collateral.
fn unit(market: &MarketState) -> U256 {
    U256::from(10).saturating_pow(U256::from(market.asset.decimals))
}
