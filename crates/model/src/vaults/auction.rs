//! The auction: when a vault is unhealthy, what its collateral sells at, and what a sale settles. Pure functions.

use super::convert::{
    debt_down, debt_up, less, norm_down, norm_up, part_down, part_up, plus, product, value_down,
    value_up,
};
use super::{MarketTerms, PATIENCE};
use alloy_primitives::U256;
use ballast_types::{
    ArithmeticError, AssetAmount, Norm, Price, Seconds, Timestamp, TokenAmount, WAD, Wad,
};

/// A vault as an auction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its collateral.
    pub collateral: AssetAmount,
    /// Its norm.
    pub norm: Norm,
    /// The market's index now.
    pub index: Wad,
    /// The price that counts: `mid` for health and sales.
    pub price: Price,
}

/// What a sale or a part of it does to a vault. All zero where nothing can be sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// What the vault's norm falls by.
    pub norm_cut: Norm,
    /// What the taker burns.
    pub paid: TokenAmount,
    /// The collateral that he gets for it.
    pub out: AssetAmount,
    /// The debt that is cut and that nobody paid.
    pub deficit: TokenAmount,
}

impl Position {
    /// What it owes, rounded up.
    pub fn debt(&self) -> Result<TokenAmount, ArithmeticError> {
        debt_up(self.norm, self.index)
    }

    /// What its collateral is worth, rounded down.
    pub fn value(&self) -> Result<TokenAmount, ArithmeticError> {
        value_down(self.collateral, self.price)
    }

    /// Whether it owes more than `liq_ltv` of what its collateral is worth.
    pub fn is_unhealthy(&self, liq_ltv: Wad) -> Result<bool, ArithmeticError> {
        let owed = product(self.debt()?.get(), WAD)?;
        Ok(owed > product(self.value()?.get(), liq_ltv.get())?)
    }
}

/// Up to which age a clock runs: until its discount would be one, and one ramp more.
pub fn clock_expiry(terms: &MarketTerms) -> Result<Seconds, ArithmeticError> {
    let ramp = U256::from(terms.ramp_secs.get());
    let full = part_up(ramp, WAD, terms.max_discount.get())?;
    let expiry = plus(full, ramp)?;
    Ok(Seconds::new(u64::try_from(expiry).unwrap_or(u64::MAX)))
}

/// How long the clock flagged at `flagged_at` has been running at `now`; `None` where none runs.
pub fn clock(
    terms: &MarketTerms,
    flagged_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Seconds>, ArithmeticError> {
    if flagged_at == Timestamp::ZERO {
        return Ok(None);
    }
    let elapsed = now.since(flagged_at)?;
    let expiry = clock_expiry(terms)?;
    Ok((elapsed <= expiry).then_some(elapsed))
}

/// The auction's discount for a `debt` above zero on collateral worth `value`, `elapsed` into its clock.
///
/// `time_only` leaves out what a fall alone gives, where the price is too old to show one.
pub fn discount(
    terms: &MarketTerms,
    debt: TokenAmount,
    value: TokenAmount,
    elapsed: Seconds,
    time_only: bool,
) -> Result<Wad, ArithmeticError> {
    let (debt, value) = (debt.get(), value.get());
    let (liq_ltv, max_discount) = (terms.liq_ltv.get(), terms.max_discount.get());
    let spare = if debt >= value {
        U256::ZERO
    } else {
        less(WAD, part_up(debt, WAD, value)?)?
    };
    let at_limit = product(value, liq_ltv)?;
    let shortfall = if at_limit >= product(debt, WAD)? {
        U256::ZERO
    } else {
        less(WAD, part_up(value, liq_ltv, debt)?)?
    };
    let by_fall = if time_only {
        U256::ZERO
    } else {
        shortfall.min(max_discount).min(spare)
    };
    let elapsed_secs = U256::from(elapsed.get());
    let by_time = part_down(
        max_discount,
        elapsed_secs,
        U256::from(terms.ramp_secs.get()),
    )?
    .min(WAD);
    let patient = elapsed < terms.ramp_secs.try_mul(4)?.max(PATIENCE);
    let cap = if !spare.is_zero() && patient {
        spare
    } else {
        WAD
    };
    Ok(Wad::new(by_fall.max(by_time.min(cap))))
}

/// What selling from an unhealthy `position` at `discount` settles, for at most `budget`.
///
/// A part is sold until the vault is at 99 % of the liquidation ratio. Collateral that does not cover the debt at
/// this price is sold in proportion, and the debt that goes with it and is not paid is a deficit. The vault is left
/// with no debt or at least with the least.
pub fn settle(
    terms: &MarketTerms,
    position: &Position,
    discount: Wad,
    budget: TokenAmount,
) -> Result<Settlement, ArithmeticError> {
    let debt = position.debt()?;
    let kept = less(WAD, discount.get())?;
    let worth = value_up(position.collateral, position.price)?;
    let cost = TokenAmount::new(part_up(worth.get(), kept, WAD)?);
    if cost < debt {
        settle_uncovered(terms, position, cost, budget)
    } else {
        settle_covered(terms, position, (discount, cost), budget)
    }
}

/// All the collateral costs less than the debt: a fraction is closed and its loss is a deficit.
fn settle_uncovered(
    terms: &MarketTerms,
    position: &Position,
    cost: TokenAmount,
    budget: TokenAmount,
) -> Result<Settlement, ArithmeticError> {
    let (norm, index, collateral) = (position.norm, position.index, position.collateral);
    if budget >= cost {
        return Ok(Settlement {
            norm_cut: norm,
            paid: cost,
            out: collateral,
            deficit: position.debt()?.try_sub(cost)?,
        });
    }
    if budget.is_zero() {
        return Ok(Settlement::default());
    }
    let mut paid = budget;
    let mut norm_cut = Norm::new(part_up(norm.get(), paid.get(), cost.get())?);
    let mut out = part_down(collateral.get(), paid.get(), cost.get())?;
    if debt_up(norm.try_sub(norm_cut)?, index)? < terms.min_debt {
        let keep = norm_up(terms.min_debt, index)?;
        if norm <= keep {
            return Ok(Settlement::default());
        }
        norm_cut = norm.try_sub(keep)?;
        paid = TokenAmount::new(part_up(cost.get(), norm_cut.get(), norm.get())?);
        out = part_down(collateral.get(), norm_cut.get(), norm.get())?;
    }
    Ok(Settlement {
        norm_cut,
        paid,
        out: AssetAmount::new(out),
        deficit: debt_up(norm_cut, index)?.try_sub(paid)?,
    })
}

/// What has to be repaid for the vault to be at 99 % of the liquidation ratio, at most its debt.
fn wanted_up(
    terms: &MarketTerms,
    position: &Position,
    discount: Wad,
) -> Result<TokenAmount, ArithmeticError> {
    let debt = position.debt()?;
    let target = part_down(terms.liq_ltv.get(), U256::from(99), U256::from(100))?;
    let room = plus(discount.get(), target)?;
    if room >= WAD {
        return Ok(debt);
    }
    let room = less(WAD, room)?;
    let value = position.value()?;
    let excess = less(product(debt.get(), WAD)?, product(target, value.get())?)?;
    let kept = less(WAD, discount.get())?;
    let want = part_up(excess, kept, product(room, WAD)?)?;
    Ok(debt.min(TokenAmount::new(want)))
}

/// The collateral covers the debt at this price: what is repaid is what is cut.
fn settle_covered(
    terms: &MarketTerms,
    position: &Position,
    (discount, cost): (Wad, TokenAmount),
    budget: TokenAmount,
) -> Result<Settlement, ArithmeticError> {
    let (debt, min_debt) = (position.debt()?, terms.min_debt);
    let too_small = |pay: TokenAmount| debt.try_sub(pay).map(|left| left < min_debt);
    let mut want = wanted_up(terms, position, discount)?;
    if too_small(want)? {
        want = debt;
    }
    let mut pay = want.min(budget);
    if pay < debt && too_small(pay)? {
        pay = debt.try_sub(min_debt).unwrap_or_default();
    }
    let (norm_cut, paid, priced) = if pay == debt {
        (position.norm, debt, debt)
    } else {
        let norm_cut = norm_down(pay, position.index)?;
        let paid = debt_up(norm_cut, position.index)?;
        (norm_cut, paid, debt_down(norm_cut, position.index)?)
    };
    if norm_cut.is_zero() {
        return Ok(Settlement::default());
    }
    let out = part_down(position.collateral.get(), priced.get(), cost.get())?;
    Ok(Settlement {
        norm_cut,
        paid,
        out: AssetAmount::new(out),
        deficit: TokenAmount::ZERO,
    })
}
