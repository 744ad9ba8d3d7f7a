//! Which vaults of a market are unhealthy, found by their risk without looking at all.

use alloy::primitives::{Address, U256};
use ballast_store::{Column, Row, Value, Vault};
use ballast_types::Wad;

use crate::problem::Problem;
use crate::snapshot::{Asks, Slot, Snapshot};
use crate::synthetics::state::MarketState;

/// What a risk is over or under the exact bound by, at most, for rounding to matter: a part in so many.
const MARGIN: u64 = 100_000_000;
/// Under this norm, rounding of debt and value matters more than the margin.
const DUST: u64 = 1_000_000_000;
/// Vaults within the margin, and vaults of dust, that are looked at one by one.
const NEAR_MAX: u64 = 500;

/// Risks between which rounding decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// A vault of less risk is on the safe side, unless it is dust.
    pub lower: U256,
    /// A vault of this risk is not: rounding is never in its favour.
    pub upper: U256,
}

impl Bounds {
    /// The bounds around the risk at which `part` of what collateral is worth equals the debt; none without a price.
    pub fn at(market: &MarketState, part: Wad) -> Option<Self> {
        let exact = market.risk_at(part)?;
        let margin = exact / U256::from(MARGIN) + U256::ONE;
        Some(Self {
            lower: exact.saturating_sub(margin),
            upper: exact.saturating_add(margin),
        })
    }
}

/// Above every address.
pub(crate) fn above_all() -> Value {
    Value::Bytes(vec![u8::MAX; 21])
}

fn of_market(market: &MarketState, rest: [Value; 3]) -> Row {
    let row = &market.row;
    let mut params = vec![row.synthetic.to_value(), row.market.to_value()];
    params.extend(rest);
    params
}

/// What was asked to count unhealthy vaults.
#[derive(Debug)]
pub(crate) struct Count {
    above: usize,
    between: Slot<Vault>,
    dust: Slot<Vault>,
}

impl Count {
    /// Asks for what says how many vaults of a market are unhealthy; none without a price.
    pub fn ask(asks: &mut Asks, market: &MarketState) -> Option<Self> {
        let bounds = Bounds::at(market, market.terms.liq_ltv)?;
        let row = &market.row;
        let base = || vec![row.synthetic.to_value(), row.market.to_value()];
        let above = [base(), vec![bounds.upper.to_value(), DUST_WORD.to_value()]].concat();
        let near = [bounds.lower, bounds.upper].map(|bound| bound.to_value());
        let between = [base(), near.to_vec(), vec![NEAR_MAX.to_value()]].concat();
        Some(Self {
            above: asks.rows("vaults", "count_above", above),
            between: asks.find("page_between", between),
            dust: asks.find("page_dust", dust(market)),
        })
    }

    /// How many they are.
    pub fn read(
        &self,
        found: &crate::snapshot::Found,
        market: &MarketState,
    ) -> Result<u64, Problem> {
        let mut count = found.count(self.above);
        let between: Vec<Vault> = found.all(self.between)?;
        let dust: Vec<Vault> = found.all(self.dust)?;
        let near = between.iter().filter(|vault| vault.norm >= DUST_WORD);
        for vault in near.chain(&dust) {
            let unhealthy = market.is_unhealthy(vault)?;
            count = count.saturating_add(u64::from(unhealthy == Some(true)));
        }
        Ok(count)
    }
}

/// [`DUST`] as a word.
const DUST_WORD: U256 = U256::from_limbs([DUST, 0, 0, 0]);

fn dust(market: &MarketState) -> Row {
    let bounds = [U256::ZERO.to_value(), DUST_WORD.to_value()];
    let [zero, most] = bounds;
    of_market(market, [zero, most, NEAR_MAX.to_value()])
}

/// The riskiest vaults after `after`, a risk and an owner, of one market.
pub(crate) async fn riskiest(
    snapshot: &Snapshot,
    market: &MarketState,
    after: (U256, Value),
    limit: u64,
) -> Result<Vec<Vault>, Problem> {
    let params = of_market(market, [after.0.to_value(), after.1, limit.to_value()]);
    snapshot.find("page_riskiest", params).await
}

/// The unhealthy vaults after `after`, the riskiest first, at most `limit`.
pub(crate) async fn unhealthy(
    snapshot: &Snapshot,
    market: &MarketState,
    after: Option<(U256, Address)>,
    limit: u64,
) -> Result<Vec<Vault>, Problem> {
    let Some(bounds) = Bounds::at(market, market.terms.liq_ltv) else {
        return Ok(Vec::new());
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut place = match after {
        Some((risk, owner)) => (risk, owner.to_value()),
        None => (U256::MAX, above_all()),
    };
    let mut all: Vec<Vault> = Vec::new();
    while all.len() < most && place.0 >= bounds.lower {
        let page = riskiest(snapshot, market, place.clone(), limit).await?;
        let full = u64::try_from(page.len()).unwrap_or(u64::MAX) >= limit;
        if let Some(last) = page.last() {
            place = (last.risk, last.owner.to_value());
        }
        for vault in page {
            if vault.risk >= bounds.lower && market.is_unhealthy(&vault)? == Some(true) {
                all.push(vault);
            }
        }
        if !full {
            break;
        }
    }
    if all.len() < most {
        let mut dust: Vec<Vault> = snapshot.find("page_dust", dust(market)).await?;
        dust.sort_by_key(|vault| std::cmp::Reverse((vault.risk, vault.owner)));
        for vault in dust {
            let later = after.is_none_or(|place| (vault.risk, vault.owner) < place);
            let missed = vault.risk < bounds.lower && later;
            if missed && market.is_unhealthy(&vault)? == Some(true) {
                all.push(vault);
            }
        }
    }
    all.truncate(most);
    Ok(all)
}
