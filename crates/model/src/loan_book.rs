//! Loans, and the clock that stands still while entries are paused. Twin of `LoanBook.sol`.

use crate::ModelError;
use alloy_primitives::U256;
use ballast_math::mul_div_down;
use ballast_types::{AssetAmount, LoanId, Seconds, Timestamp, TokenAmount};
use std::collections::BTreeMap;

/// How many terms ahead of now a deadline may lie.
pub const TERMS_AHEAD_MAX: u64 = 12;

/// The longest pause, and the least time between two.
pub const PAUSE_MAX: Seconds = Seconds::from_days(7);

/// The most collateral of one loan, 2^112 - 1 token base units.
pub const COLLATERAL_MAX: TokenAmount =
    TokenAmount::new(U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]));

/// One open loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    /// Token base units locked.
    pub collateral: TokenAmount,
    /// On the loan clock, which stands still while entries are paused.
    pub deadline: Seconds,
    /// Base units owed of each asset.
    pub principal: Vec<AssetAmount>,
}

impl Loan {
    /// Takes `amounts` off the principal, each clamped to what is owed.
    ///
    /// Returns the collateral released, the least over owed assets of `c * p / L` rounded down, and what
    /// was taken of each asset. Refuses with `ZeroAmount` when nothing was.
    pub fn reduce(
        &mut self,
        amounts: &[AssetAmount],
    ) -> Result<(TokenAmount, Vec<AssetAmount>), ModelError> {
        let mut released = self.collateral;
        let mut taken = Vec::with_capacity(amounts.len());
        for (owed, given) in self.principal.iter_mut().zip(amounts) {
            let paid = (*given).min(*owed);
            taken.push(paid);
            if owed.is_zero() {
                continue;
            }
            let share = mul_div_down(self.collateral.get(), paid.get(), owed.get())?;
            released = released.min(TokenAmount::new(share));
            *owed = owed.try_sub(paid)?;
        }
        if taken.iter().all(|paid| paid.is_zero()) {
            return Err(ModelError::ZeroAmount { field: "amounts" });
        }
        self.collateral = self.collateral.try_sub(released)?;
        Ok((released, taken))
    }
}

/// Every open loan, what they lock together, and the pauses so far. Times count from launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoanBook {
    /// C, token base units locked in all loans.
    pub locked: TokenAmount,
    /// How many loans were ever opened.
    pub loan_count: u32,
    /// When the last pause began.
    pub pause_start: Seconds,
    /// When the last pause ends or ended; zero before the first.
    pub pause_end: Seconds,
    /// How long all earlier pauses lasted.
    pub paused_before: Seconds,
    /// The open loans.
    pub loans: BTreeMap<LoanId, Loan>,
}

impl LoanBook {
    /// How long all pauses have lasted `elapsed` after launch.
    pub fn paused_secs(&self, elapsed: Seconds) -> Result<Seconds, ModelError> {
        if self.pause_end == Seconds::ZERO {
            return Ok(Seconds::ZERO);
        }
        let last = elapsed.min(self.pause_end);
        Ok(self
            .paused_before
            .try_add(last)?
            .try_sub(self.pause_start)?)
    }

    /// The loan clock `elapsed` after launch.
    pub fn clock(&self, elapsed: Seconds) -> Result<Seconds, ModelError> {
        Ok(elapsed.try_sub(self.paused_secs(elapsed)?)?)
    }

    /// Whether entries are paused `elapsed` after launch.
    pub fn is_paused(&self, elapsed: Seconds) -> bool {
        elapsed < self.pause_end
    }

    /// An open loan, or `UnknownLoan`.
    pub fn loan(&self, id: LoanId) -> Result<&Loan, ModelError> {
        self.loans
            .get(&id)
            .ok_or(ModelError::UnknownLoan { loan_id: id.word() })
    }

    /// Writes a loan back, or removes it once no collateral is left.
    pub fn store(&mut self, id: LoanId, loan: Loan) {
        if loan.collateral.is_zero() {
            self.loans.remove(&id);
        } else {
            self.loans.insert(id, loan);
        }
    }

    /// Pauses entries for `secs` from `elapsed` after launch; errors show times from `genesis`.
    pub fn pause(
        &mut self,
        secs: Seconds,
        elapsed: Seconds,
        genesis: Timestamp,
    ) -> Result<(), ModelError> {
        if secs == Seconds::ZERO {
            return Err(ModelError::ZeroAmount { field: "secs" });
        }
        if secs > PAUSE_MAX {
            return Err(ModelError::PauseTooLong {
                secs: U256::from(secs.get()),
                max: U256::from(PAUSE_MAX.get()),
            });
        }
        if self.pause_end != Seconds::ZERO {
            let earliest = self.pause_end.try_add(PAUSE_MAX)?;
            if elapsed < earliest {
                let earliest = U256::from(genesis.after(earliest)?.get());
                return Err(ModelError::PauseTooSoon { earliest });
            }
            let last = self.pause_end.try_sub(self.pause_start)?;
            self.paused_before = self.paused_before.try_add(last)?;
        }
        self.pause_start = elapsed;
        self.pause_end = elapsed.try_add(secs)?;
        Ok(())
    }

    /// Ends the pause in force, or refuses with `NotPaused`.
    pub fn unpause(&mut self, elapsed: Seconds) -> Result<(), ModelError> {
        if !self.is_paused(elapsed) {
            return Err(ModelError::NotPaused {});
        }
        self.pause_end = elapsed;
        Ok(())
    }
}
