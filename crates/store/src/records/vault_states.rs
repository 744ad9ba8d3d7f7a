//! What of a synthetic goes on without an event, at a second of one's choice. The rules are the model's.

use alloy_primitives::U256;
use ballast_math::{mul_div_down, mul_div_up, wide_mul_div_down};
use ballast_model::vaults::{
    Market, MarketTerms, PriceState, PriceView, VaultError, convert::PRICE_SCALE,
};
use ballast_types::{
    ArithmeticError, AssetAmount, Norm, Price, Seconds, Timestamp, TokenAmount, WAD, Wad,
};

use super::{AssetPrice, Backstop, BackstopFacts, BackstopLot, Vault, VaultMarket};

/// A grace begins no sooner after another than this.
const GRACE_INTERVAL_SECS: u64 = 86_400;
/// Bits behind the point of a risk.
const RISK_BITS: usize = 128;
/// Bits of a risk that tell rungs apart: its highest, and six after it.
const RUNG_BITS: usize = 7;
/// Rungs between a risk and its double.
const RUNGS_PER_OCTAVE: u64 = 64;
/// In how long what arrives at a backstop drips in.
const DRIP_SECS: u64 = 86_400;

/// The rung that a vault of this risk is on: each spans a 64th of a power of two.
pub fn rung_of(risk: U256) -> u64 {
    let exponent = risk.bit_len().saturating_sub(RUNG_BITS);
    let mantissa: u64 = risk.wrapping_shr(exponent).saturating_to();
    let exponent = u64::try_from(exponent).unwrap_or(u64::MAX);
    exponent
        .saturating_mul(RUNGS_PER_OCTAVE)
        .saturating_add(mantissa)
}

/// The least risk that is on `rung`, or above it where that is not one of [`rung_of`].
pub fn rung_from(rung: u64) -> U256 {
    let twice = RUNGS_PER_OCTAVE.saturating_mul(2);
    if rung < twice {
        return U256::from(rung);
    }
    let mantissa = U256::from((rung % RUNGS_PER_OCTAVE).saturating_add(RUNGS_PER_OCTAVE));
    let exponent = (rung / RUNGS_PER_OCTAVE).saturating_sub(1);
    let exponent = usize::try_from(exponent).unwrap_or(usize::MAX);
    if exponent.saturating_add(RUNG_BITS) > U256::BITS {
        return U256::MAX;
    }
    mantissa.wrapping_shl(exponent)
}

impl Vault {
    /// What its risk is, by collateral and norm.
    pub fn risk_of(collateral: U256, norm: U256) -> U256 {
        if norm.is_zero() {
            return U256::ZERO;
        }
        let scale = U256::ONE.wrapping_shl(RISK_BITS);
        wide_mul_div_down(norm, scale, collateral).unwrap_or(U256::MAX)
    }

    /// Works out anew what follows from collateral and norm: without debt no clock runs.
    pub fn settle(&mut self) {
        self.risk = Self::risk_of(self.collateral, self.norm);
        let is_open = !self.norm.is_zero() || !self.collateral.is_zero();
        self.is_open = u64::from(is_open);
        if self.norm.is_zero() {
            self.flagged_at = 0;
        }
    }
}

impl VaultMarket {
    /// What never changes of it.
    pub fn terms(&self) -> MarketTerms {
        MarketTerms {
            collateral: self.collateral,
            prices: self.prices,
            borrow_ltv: Wad::new(self.borrow_ltv),
            min_debt: TokenAmount::new(self.min_debt),
            mint_window_secs: Seconds::new(self.mint_window_secs),
            liq_ltv: Wad::new(self.liq_ltv),
            max_discount: Wad::new(self.max_discount),
            ramp_secs: Seconds::new(self.ramp_secs),
            fee_min: Wad::new(self.fee_min),
            fee_slope: Wad::new(self.fee_slope),
            rate_controller: self.rate_controller,
        }
    }

    /// The market as the model has it.
    pub fn state(&self) -> Market {
        Market {
            terms: self.terms(),
            price: PriceView::default(),
            collateral: AssetAmount::new(self.held),
            norm: Norm::new(self.norm),
            index: Wad::new(self.index_wad),
            since: Timestamp::new(self.since),
            rate: Wad::new(self.rate),
            ceiling: TokenAmount::new(self.ceiling),
            mint_limit: TokenAmount::new(self.mint_limit),
            full_at: U256::from(self.full_at),
            deficit: TokenAmount::new(self.deficit),
        }
    }

    /// The index at the unix second `now`.
    ///
    /// # Errors
    /// `Underflow` before its rate was last set.
    pub fn index_at(&self, now: u64) -> Result<Wad, VaultError> {
        self.state().index_at(Timestamp::new(now))
    }

    /// Counts new debt against the mint limit, or gives what was repaid back to it.
    ///
    /// # Errors
    /// `MintLimitReached` where the limit would not have let it happen.
    pub fn move_limit(&mut self, minted: U256, burned: U256, now: u64) -> Result<(), VaultError> {
        let mut state = self.state();
        let now = Timestamp::new(now);
        if !minted.is_zero() {
            state.drain(TokenAmount::new(minted), now)?;
        }
        if !burned.is_zero() {
            state.refill(TokenAmount::new(burned), now)?;
        }
        self.full_at = state.full_at.saturating_to();
        Ok(())
    }
}

impl AssetPrice {
    fn is_safe(&self, now: u64) -> bool {
        self.is_unsafe == 0 && now <= self.updated_at.saturating_add(self.max_age_secs)
    }

    /// Since when a price that is not safe, or no longer from now on, is so; and when the grace that counts for it
    /// began.
    fn grace_of(&self, now: u64) -> (u64, u64) {
        let stale_at = self.updated_at.saturating_add(self.max_age_secs);
        let stale_at = stale_at.saturating_add(1);
        let since = match self.unsafe_since {
            0 => stale_at.min(now),
            since => since,
        };
        let ended = since >= self.grace_at.saturating_add(GRACE_INTERVAL_SECS);
        let grace_at = if self.grace_at == 0 || ended {
            since
        } else {
            self.grace_at
        };
        (since, grace_at)
    }

    /// What the price is good for at the unix second `now`.
    pub fn state_at(&self, now: u64) -> PriceState {
        if self.is_safe(now) {
            return match self.stepped {
                0 => PriceState::Safe,
                _ => PriceState::Stepped,
            };
        }
        match self.grace_end_at(now) {
            Some(end) if now >= end => PriceState::Late,
            _ => PriceState::Grace,
        }
    }

    /// When the grace of a price that is not safe at `now` ends or ended; none where it is safe, and where there never
    /// was a price.
    pub fn grace_end_at(&self, now: u64) -> Option<u64> {
        if self.is_safe(now) || self.mid.is_zero() {
            return None;
        }
        let (_, grace_at) = self.grace_of(now);
        Some(grace_at.saturating_add(self.grace_secs))
    }

    /// The price with its state at the unix second `now`.
    pub fn view_at(&self, now: u64) -> PriceView {
        PriceView {
            low: Price::new(self.low),
            mid: Price::new(self.mid),
            high: Price::new(self.high),
            state: self.state_at(now),
        }
    }

    /// An aggregation at `now` found enough sources: what went before of an unsafe time is over.
    pub fn end_unsafe(&mut self, now: u64) {
        if !self.mid.is_zero() && !self.is_safe(now) {
            let (_, grace_at) = self.grace_of(now);
            (self.unsafe_since, self.grace_at) = (0, grace_at);
        }
        self.is_unsafe = 0;
        self.updated_at = now;
    }

    /// An aggregation at `now` found too few sources, the first of them to do so.
    pub fn begin_unsafe(&mut self, now: u64) {
        (self.unsafe_since, self.grace_at) = self.grace_of(now);
        self.is_unsafe = 1;
    }
}

impl Backstop {
    /// What of the stream has become cash between its last event and the unix second `now`, rounded down.
    pub fn vested_at(&self, now: u64) -> U256 {
        let length = self.stream_end.saturating_sub(self.stream_since);
        if now >= self.stream_end || length == 0 {
            return self.stream_left;
        }
        let elapsed = now.saturating_sub(self.stream_since);
        let vested = wide_mul_div_down(self.stream_left, U256::from(elapsed), U256::from(length));
        vested.unwrap_or_default()
    }

    /// Takes out what has dripped by `now`.
    pub fn vest(&mut self, now: u64) {
        if self.stream_left.is_zero() {
            return;
        }
        let vested = self.vested_at(now);
        self.stream_left = self.stream_left.saturating_sub(vested);
        self.cash = self.cash.saturating_add(vested);
        self.stream_since = now;
    }

    /// Lets `amount` drip in from `now` on; what dripped before has been taken out.
    ///
    /// # Errors
    /// `Overflow`, `DivisionByZero` for nothing.
    pub fn drip(&mut self, amount: U256, now: u64) -> Result<(), ArithmeticError> {
        let overflow = || ArithmeticError::Overflow;
        let rest = U256::from(self.stream_end.saturating_sub(now));
        let sum = self.stream_left.checked_add(amount).ok_or_else(overflow)?;
        let old = self.stream_left.checked_mul(rest).ok_or_else(overflow)?;
        let new = amount.checked_mul(U256::from(DRIP_SECS));
        let weight = new.and_then(|new| old.checked_add(new));
        let secs = mul_div_up(weight.ok_or_else(overflow)?, U256::ONE, sum)?;
        self.stream_left = sum;
        self.stream_since = now;
        self.stream_end = now.saturating_add(secs.saturating_to());
        Ok(())
    }
}

impl BackstopFacts {
    /// Which epoch it is at the unix second `now`.
    pub fn epoch_at(&self, now: u64) -> u64 {
        let elapsed = now.saturating_sub(self.genesis);
        elapsed.checked_div(self.cooldown_secs).unwrap_or(0)
    }

    /// When `epoch` begins, unix seconds.
    pub fn epoch_start(&self, epoch: u64) -> u64 {
        let elapsed = epoch.saturating_mul(self.cooldown_secs);
        self.genesis.saturating_add(elapsed)
    }
}

/// How the price of what a backstop sells falls.
mod sale {
    pub const START_MILLIS: u64 = 1_050;
    pub const WORST_MILLIS: u64 = 900;
    pub const FALL_SECS: u64 = 3_600;
    pub const PATIENCE_SECS: u64 = 86_400;
    pub const HALVING_SECS: u64 = 3_600;
    pub const HALVINGS_MAX: u64 = 20;
    pub const WRITE_OFF_SECS: u64 = 30 * 86_400;
}

/// Thousandths in wad.
fn millis(thousandths: u64) -> U256 {
    let wad = WAD.checked_div(U256::from(1_000)).unwrap_or_default();
    wad.saturating_mul(U256::from(thousandths))
}

impl BackstopLot {
    /// Puts `amount` to what is held; the clock goes back by the weight of what is new.
    ///
    /// # Errors
    /// `DivisionByZero` for nothing put to nothing.
    pub fn add(&mut self, amount: U256, now: u64) -> Result<(), ArithmeticError> {
        let age = if self.held.is_zero() {
            0
        } else {
            let age = now.saturating_sub(self.started_at);
            age.min(sale::PATIENCE_SECS.saturating_mul(2))
        };
        let held = self.held.saturating_add(amount);
        let kept = mul_div_down(U256::from(age), self.held, held)?;
        self.held = held;
        self.started_at = now.saturating_sub(kept.saturating_to());
        Ok(())
    }

    /// The multiple of the high price that is asked at `now`, in wad.
    pub fn multiple_at(&self, now: u64) -> U256 {
        let age = now.saturating_sub(self.started_at);
        let (start, worst) = (millis(sale::START_MILLIS), millis(sale::WORST_MILLIS));
        if age < sale::FALL_SECS {
            let fall = start.saturating_sub(worst);
            let fallen = mul_div_down(fall, U256::from(age), U256::from(sale::FALL_SECS));
            return start.saturating_sub(fallen.unwrap_or_default());
        }
        if age <= sale::PATIENCE_SECS {
            return worst;
        }
        let longest = sale::HALVINGS_MAX.saturating_mul(sale::HALVING_SECS);
        let age = age.saturating_sub(sale::PATIENCE_SECS).min(longest);
        let halvings = usize::try_from(age / sale::HALVING_SECS).unwrap_or(0);
        let halved = worst.wrapping_shr(halvings);
        let rest = U256::from(age % sale::HALVING_SECS);
        let twice = U256::from(sale::HALVING_SECS.saturating_mul(2));
        let fallen = mul_div_down(halved, rest, twice).unwrap_or_default();
        halved.saturating_sub(fallen)
    }

    /// What is asked at `now` for a base unit, times 1e36, rounded up; none while the sale waits for a safe price.
    pub fn ask_at(&self, price: &PriceView, now: u64) -> Option<U256> {
        let age = now.saturating_sub(self.started_at);
        if price.state > PriceState::Stepped && age <= sale::PATIENCE_SECS {
            return None;
        }
        let asked = mul_div_up(price.high.get(), self.multiple_at(now), WAD);
        asked.ok()
    }

    /// What is held at the low price, rounded down; nothing once it is written off.
    pub fn value_at(&self, price: &PriceView, now: u64) -> U256 {
        if now.saturating_sub(self.started_at) > sale::WRITE_OFF_SECS {
            return U256::ZERO;
        }
        let value = wide_mul_div_down(self.held, price.low.get(), PRICE_SCALE);
        value.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{rung_from, rung_of};
    use crate::{AssetPrice, BackstopLot, Vault};
    use alloy_primitives::U256;
    use ballast_model::vaults::PriceState;

    #[test]
    fn every_risk_is_on_one_rung_and_rungs_are_in_its_order() {
        let mut last = U256::ZERO;
        for rung in 0..16_064 {
            let from = rung_from(rung);
            assert_eq!(rung_of(from), rung);
            assert!(rung == 0 || from > last, "{rung}");
            assert!(rung == 0 || rung_of(from - U256::ONE) == rung - 1, "{rung}");
            last = from;
        }
        assert_eq!(rung_of(U256::MAX), 16_063);
        assert_eq!(rung_from(16_064), U256::MAX);
        let bare = Vault::risk_of(U256::ZERO, U256::ONE);
        assert_eq!(
            (bare, Vault::risk_of(U256::ONE, U256::ZERO)),
            (U256::MAX, U256::ZERO)
        );
    }

    #[test]
    fn a_price_is_unsafe_by_its_age_waits_out_one_grace_a_day_and_is_then_late() {
        let mut price = AssetPrice {
            max_age_secs: 100,
            grace_secs: 50,
            is_unsafe: 1,
            ..AssetPrice::default()
        };
        assert_eq!(price.state_at(1_000), PriceState::Grace, "never priced");
        price.end_unsafe(1_000);
        price.mid = U256::ONE;
        assert_eq!(price.state_at(1_100), PriceState::Safe);
        assert_eq!(price.state_at(1_101), PriceState::Grace);
        assert_eq!(price.grace_end_at(1_120), Some(1_151));
        assert_eq!(price.state_at(1_150), PriceState::Grace);
        assert_eq!(price.state_at(1_151), PriceState::Late);
        price.end_unsafe(1_200);
        price.begin_unsafe(1_210);
        assert_eq!((price.unsafe_since, price.grace_at), (1_210, 1_101));
        assert_eq!(price.state_at(1_210), PriceState::Late, "spent today");
        price.end_unsafe(90_000);
        price.begin_unsafe(90_001);
        assert_eq!(price.state_at(90_010), PriceState::Grace, "a day later");
    }

    #[test]
    fn what_a_backstop_sells_falls_in_an_hour_waits_a_day_and_then_halves() {
        let mut lot = BackstopLot::default();
        lot.add(U256::from(10), 1_000_000).expect("adds");
        let multiple = |age: u64| -> u64 { lot.multiple_at(1_000_000 + age).to() };
        assert_eq!(multiple(0), 1_050_000_000_000_000_000);
        assert_eq!(multiple(1_800), 975_000_000_000_000_000);
        assert_eq!(multiple(3_600), 900_000_000_000_000_000);
        assert_eq!(multiple(86_400), 900_000_000_000_000_000);
        assert_eq!(multiple(86_400 + 1_800), 675_000_000_000_000_000);
        assert_eq!(multiple(86_400 + 3_600), 450_000_000_000_000_000);
        lot.add(U256::from(10), 1_000_600).expect("adds");
        assert_eq!(
            lot.started_at, 1_000_300,
            "back by the weight of what is new"
        );
    }
}
