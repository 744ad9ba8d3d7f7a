//! One backing asset of a reserve: cash, lent, and the stream. Twin of `AssetLedger.sol`.

use crate::ModelError;
use alloy_primitives::U256;
use ballast_math::Stream;
use ballast_types::{AssetAmount, Seconds};

/// The most base units of one asset that a ledger holds, 2^112 - 1.
pub const CAP: AssetAmount = AssetAmount::new(U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]));

/// One asset's ledger as of `stream.synced_at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetState {
    /// R, base units.
    pub cash: AssetAmount,
    /// D, principal out on loan, base units.
    pub lent: AssetAmount,
    /// Received and not yet all vested into cash.
    pub stream: Stream,
}

impl AssetState {
    /// The state `elapsed` seconds after launch, with epochs of `period`.
    pub fn at(&self, elapsed: Seconds, period: Seconds) -> Result<Self, ModelError> {
        let mut state = *self;
        state.cash = state.cash.try_add(state.stream.sync(elapsed, period)?)?;
        Ok(state)
    }

    /// F, what the claims share: cash and lent.
    pub fn total(&self) -> Result<AssetAmount, ModelError> {
        Ok(self.cash.try_add(self.lent)?)
    }

    /// Base units received and not yet vested, with epochs of `period`.
    pub fn streaming(&self, period: Seconds) -> Result<AssetAmount, ModelError> {
        Ok(self.stream.streaming(period)?)
    }

    /// Moves `amount` of cash into the stream.
    pub fn to_stream(&mut self, amount: AssetAmount) -> Result<(), ModelError> {
        self.cash = self.cash.try_sub(amount)?;
        Ok(self.stream.enter(amount)?)
    }

    /// Takes in `amount` from outside through the stream; `AmountTooLarge` above [`CAP`].
    pub fn receive_into(&mut self, amount: AssetAmount, period: Seconds) -> Result<(), ModelError> {
        let room = CAP
            .try_sub(self.total()?)?
            .try_sub(self.streaming(period)?)?;
        if amount > room {
            return Err(ModelError::AmountTooLarge {
                field: "amount",
                amount: amount.get(),
                max: room.get(),
            });
        }
        Ok(self.stream.enter(amount)?)
    }
}
