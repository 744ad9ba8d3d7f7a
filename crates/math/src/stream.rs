//! The stream through which everything but the launch seed enters a reserve.

use crate::mul_div_down;
use alloy_primitives::U256;
use ballast_types::{ArithmeticError, AssetAmount, Seconds};

/// One asset's stream: what arrived in one epoch vests linearly over the next one.
///
/// Epochs are counted from launch, so all times are seconds since launch. An epoch's amount never
/// changes once the epoch began: what arrives meanwhile waits in `pending`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// When the stream was last brought up to date, since launch.
    pub synced_at: Seconds,
    /// What vests over the epoch of `synced_at`, whole.
    pub vesting: AssetAmount,
    /// What arrived in the epoch of `synced_at` and vests over the next.
    pub pending: AssetAmount,
}

/// An instant as its epoch and the seconds into it.
fn split(instant: Seconds, period: Seconds) -> Result<(u64, u64), ArithmeticError> {
    let epoch = instant.get().checked_div(period.get());
    let within = instant.get().checked_rem(period.get());
    epoch.zip(within).ok_or(ArithmeticError::DivisionByZero)
}

/// What of `amount` has vested `within` seconds into an epoch of `period`, rounded down.
fn vested_down(
    amount: AssetAmount,
    within: u64,
    period: Seconds,
) -> Result<AssetAmount, ArithmeticError> {
    mul_div_down(amount.get(), U256::from(within), U256::from(period.get())).map(AssetAmount::new)
}

impl Stream {
    /// Brings the stream up to `now`, since launch, with epochs of `period`.
    ///
    /// Returns what vested since it was last brought up to date. Errors: `Underflow` when `now` lies
    /// before that, `DivisionByZero` for an empty period.
    pub fn sync(&mut self, now: Seconds, period: Seconds) -> Result<AssetAmount, ArithmeticError> {
        let (last_epoch, last_within) = split(self.synced_at, period)?;
        let (epoch, within) = split(now, period)?;
        let before = vested_down(self.vesting, last_within, period)?;
        now.try_sub(self.synced_at)?;
        let elapsed = epoch
            .checked_sub(last_epoch)
            .ok_or(ArithmeticError::Underflow)?;
        let mut next = Self {
            synced_at: now,
            ..*self
        };
        let vested = match elapsed {
            0 => vested_down(self.vesting, within, period)?.try_sub(before)?,
            1 => {
                next.vesting = self.pending;
                next.pending = AssetAmount::ZERO;
                let rest = self.vesting.try_sub(before)?;
                rest.try_add(vested_down(next.vesting, within, period)?)?
            }
            _ => {
                next.vesting = AssetAmount::ZERO;
                next.pending = AssetAmount::ZERO;
                self.vesting.try_sub(before)?.try_add(self.pending)?
            }
        };
        *self = next;
        Ok(vested)
    }

    /// What has arrived and not vested at `synced_at`, with epochs of `period`.
    pub fn streaming(&self, period: Seconds) -> Result<AssetAmount, ArithmeticError> {
        let (_, within) = split(self.synced_at, period)?;
        let vested = vested_down(self.vesting, within, period)?;
        self.vesting.try_sub(vested)?.try_add(self.pending)
    }

    /// Lets `amount` enter. The stream must have been brought up to date first.
    pub fn enter(&mut self, amount: AssetAmount) -> Result<(), ArithmeticError> {
        self.pending = self.pending.try_add(amount)?;
        Ok(())
    }
}
