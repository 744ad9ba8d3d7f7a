//! What a redemption would burn and give.

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_model::vaults::convert;
use ballast_store::Vault;
use ballast_types::{Norm, TokenAmount, WAD, Wad};

use super::auctions::MARKET_MAX;
use crate::answer::answer;
use crate::app::App;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::snapshot::{Snapshot, reading};
use crate::synthetics::redeeming::Losses;
use crate::synthetics::risky::{Bounds, above_all, riskiest};
use crate::synthetics::state::{BookState, MarketState};
use crate::synthetics::views::{RedemptionQuote, RedemptionStep};
use crate::views::{AssetRef, Sources, source};

/// Vaults of one market that are looked at, the riskiest solvent ones.
const CANDIDATES_MAX: u64 = 200;
/// Most redemptions of one quote.
const STEPS_MAX: usize = 50;

/// What a redemption would burn and give, the cheapest vaults first
///
/// Each step is one redemption of one vault, at most 50, each worked out after those before it.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/redemption",
    tag = "quotes",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("amount" = String, Query, pattern = "^[0-9]{1,77}$", description = "Base units of the synthetic, above zero"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
    ),
    responses((status = 200, body = RedemptionQuote), Refusals)
)]
pub(crate) async fn quote(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["amount", "market"])?;
    let amount = query.amount_above_zero("amount")?;
    let only = query.number("market", 0, MARKET_MAX)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            if amount > state.row.supply {
                let limit = format!("at most the supply, {}", state.row.supply);
                return Err(Problem::parameter("amount", limit, &amount.to_string()));
            }
            if let Some(only) = only {
                state.market(only)?;
            }
            let mut candidates = Vec::new();
            for market in &state.markets {
                if only.is_none_or(|only| only == market.row.market) {
                    candidates.extend(of_market(snapshot, market).await?);
                }
            }
            // The cheapest first, and of those alike the largest.
            candidates.sort_by_key(|one| (one.fee.get(), std::cmp::Reverse(one.debt.get())));
            quoted(snapshot, &state, amount, &candidates)
        }),
    )
    .await
}

/// A vault that can be redeemed of.
struct Candidate<'m> {
    market: &'m MarketState,
    vault: Vault,
    debt: TokenAmount,
    fee: Wad,
}

/// The riskiest solvent vaults of a market: a market's fee falls with risk.
async fn of_market<'m>(
    snapshot: &Snapshot,
    market: &'m MarketState,
) -> Result<Vec<Candidate<'m>>, Problem> {
    let Some(bounds) = Bounds::at(market, Wad::ONE) else {
        return Ok(Vec::new());
    };
    let after = (bounds.upper, above_all());
    let vaults = riskiest(snapshot, market, after, CANDIDATES_MAX).await?;
    let mut candidates = Vec::new();
    for vault in vaults {
        let debt = convert::debt_up(Norm::new(vault.norm), market.index)?;
        let value = TokenAmount::new(market.value(vault.collateral)?.unwrap_or_default());
        if let Some(fee) = market.fee_of(debt, value)? {
            candidates.push(Candidate {
                market,
                vault,
                debt,
                fee,
            });
        }
    }
    Ok(candidates)
}

/// Redeems of one candidate after the other, until the amount is used up.
fn quoted(
    snapshot: &Snapshot,
    state: &BookState,
    amount: U256,
    candidates: &[Candidate<'_>],
) -> Result<RedemptionQuote, Problem> {
    let mut losses = Losses::of(state);
    let (backing, supply) = losses.clone().settle()?;
    let share = ballast_math::wide_mul_div_down(backing, WAD, supply.max(U256::ONE))?;
    let mut left = amount;
    let mut steps = Vec::new();
    for one in candidates {
        if left.is_zero() || steps.len() == STEPS_MAX {
            break;
        }
        let Some(redeemed) = losses.redeem(one.market, &one.vault, left)? else {
            continue;
        };
        left = left.saturating_sub(redeemed.burned);
        steps.push(RedemptionStep {
            market: one.vault.market,
            collateral_asset: AssetRef::from(&one.market.asset),
            owner: one.vault.owner.into(),
            fee_wad: redeemed.fee.get().into(),
            burned: redeemed.burned.into(),
            collateral: redeemed.collateral.into(),
            kept: redeemed.kept.into(),
            debt_left: redeemed.debt_left.into(),
        });
    }
    Ok(RedemptionQuote {
        as_of: snapshot.as_of(),
        amount: amount.into(),
        burned: amount.saturating_sub(left).into(),
        left: left.into(),
        haircut_wad: share.into(),
        steps,
        sources: sources(state.record.book.address, &state.facts.symbol),
    })
}

fn sources(book: Address, symbol: &str) -> Sources {
    let command = format!("ballast redeem-synth AMOUNT --book {symbol} --dry-run");
    let call = "redeem(market, owner, amount, 0)";
    let mut all = Sources::new();
    for name in ["burned", "collateral", "fee_wad"] {
        all.insert(name.to_owned(), source(book, call, command.clone(), None));
    }
    all
}
