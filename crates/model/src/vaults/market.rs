//! A market: its totals, its index, and the limit on how fast it mints.

use super::convert::{debt_down, part_down, part_up, plus, product};
use super::{INDEX_MAX, MarketTerms, PriceView, VaultError};
use alloy_primitives::U256;
use ballast_types::{AssetAmount, Norm, Timestamp, TokenAmount, WAD, Wad};

/// The unit of the mint limit's clock is that fraction of a second.
const TICKS_A_SECOND: u64 = 4_096;

/// A market's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    /// What never changes.
    pub terms: MarketTerms,
    /// What its price source says.
    pub price: PriceView,
    /// Collateral of all vaults.
    pub collateral: AssetAmount,
    /// Norm of all vaults.
    pub norm: Norm,
    /// The index at `since`.
    pub index: Wad,
    /// When the rate was last set.
    pub since: Timestamp,
    /// Growth of the index a second.
    pub rate: Wad,
    /// Most debt.
    pub ceiling: TokenAmount,
    /// Most net mint in a window.
    pub mint_limit: TokenAmount,
    /// When the mint limit is full again, in 1/4096 s since the unix epoch; in the past if it is full.
    pub full_at: U256,
    /// Losses that nobody has paid yet.
    pub deficit: TokenAmount,
}

fn ticks(secs: u64) -> U256 {
    U256::from(secs).wrapping_mul(U256::from(TICKS_A_SECOND))
}

impl Market {
    /// A market without vaults, created at `now`.
    pub(crate) fn new(terms: MarketTerms, now: Timestamp) -> Self {
        Self {
            terms,
            price: PriceView::default(),
            collateral: AssetAmount::ZERO,
            norm: Norm::ZERO,
            index: Wad::ONE,
            since: now,
            rate: Wad::ZERO,
            ceiling: TokenAmount::ZERO,
            mint_limit: TokenAmount::ZERO,
            full_at: U256::ZERO,
            deficit: TokenAmount::ZERO,
        }
    }

    /// The index at `now`: simple growth since the rate was last set, at most [`INDEX_MAX`].
    pub fn index_at(&self, now: Timestamp) -> Result<Wad, VaultError> {
        let elapsed = U256::from(now.since(self.since)?.get());
        let growth = part_down(self.index.get(), product(self.rate.get(), elapsed)?, WAD)?;
        Ok(self.index.try_add(Wad::new(growth))?.min(INDEX_MAX))
    }

    /// What its vaults surely owe at `now`.
    pub fn debt_at(&self, now: Timestamp) -> Result<TokenAmount, VaultError> {
        Ok(debt_down(self.norm, self.index_at(now)?)?)
    }

    fn window(&self) -> U256 {
        ticks(self.terms.mint_window_secs.get())
    }

    /// How far away the moment is at which the limit is full again.
    fn ticks_to_full(&self, now: Timestamp) -> U256 {
        self.full_at.saturating_sub(ticks(now.get()))
    }

    /// What the limit lets mint at `now`.
    pub fn mintable_at(&self, now: Timestamp) -> Result<TokenAmount, VaultError> {
        let left = self.window().saturating_sub(self.ticks_to_full(now));
        Ok(TokenAmount::new(part_down(
            left,
            self.mint_limit.get(),
            self.window(),
        )?))
    }

    /// Counts `amount` of new debt against the limit, or `MintLimitReached`.
    pub fn drain(&mut self, amount: TokenAmount, now: Timestamp) -> Result<(), VaultError> {
        let refused = |mintable: TokenAmount| VaultError::MintLimitReached {
            amount: amount.get(),
            mintable: mintable.get(),
        };
        if self.mint_limit.is_zero() {
            return Err(refused(TokenAmount::ZERO));
        }
        let cost = part_up(amount.get(), self.window(), self.mint_limit.get())?;
        let to_full = plus(self.ticks_to_full(now), cost)?;
        if to_full > self.window() {
            return Err(refused(self.mintable_at(now)?));
        }
        self.full_at = plus(ticks(now.get()), to_full)?;
        Ok(())
    }

    /// Gives `amount` that was repaid back to the limit.
    pub fn refill(&mut self, amount: TokenAmount, now: Timestamp) -> Result<(), VaultError> {
        let now = ticks(now.get());
        if self.mint_limit.is_zero() || self.full_at <= now {
            return Ok(());
        }
        let gain = part_down(amount.get(), self.window(), self.mint_limit.get())?;
        self.full_at = self.full_at.saturating_sub(gain).max(now);
        Ok(())
    }

    /// Takes up the index as it is at `now`, and lets it grow by `rate` a second from there.
    pub(crate) fn set_rate(&mut self, rate: Wad, now: Timestamp) -> Result<(), VaultError> {
        self.index = self.index_at(now)?;
        self.since = now;
        self.rate = rate;
        Ok(())
    }
}

/// One owner's vault in one market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    /// Its collateral.
    pub collateral: AssetAmount,
    /// Its debt over the index.
    pub norm: Norm,
    /// When its clock was started; zero while none runs.
    pub flagged_at: Timestamp,
}
