//! What a venue says about one pair.

use alloy::primitives::U256;

/// Decimals of every price and volume in this crate.
pub const DECIMALS: u8 = 18;
/// The largest price that a report may carry: 2^112 - 1, as `ReportQuorum` has it.
pub const PRICE_MAX: U256 = U256::from_limbs([u64::MAX, 0xffff_ffff_ffff, 0, 0]);
/// The largest volume that is read: 2^128 - 1.
pub const VOLUME_MAX: U256 = U256::from_limbs([u64::MAX, u64::MAX, 0, 0]);

/// Why numbers are no quote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// A price of nothing.
    #[error("{field} is zero")]
    Zero {
        /// Which.
        field: &'static str,
    },
    /// A number beyond what a report can carry.
    #[error("{field} is above {most} with {DECIMALS} decimals")]
    TooLarge {
        /// Which.
        field: &'static str,
        /// The largest.
        most: U256,
    },
    /// Somebody would pay more than somebody asks.
    #[error("the bid is above the ask")]
    Crossed,
}

/// One venue's word about one pair. Prices of one whole base asset and volume in whole base assets, 18 decimals each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    price: U256,
    bid: U256,
    ask: U256,
    volume: U256,
    time: u64,
}

impl Quote {
    /// From the last trade's price, the best bid and ask, the 24-hour volume and the unix second that the venue names.
    ///
    /// The price is that of the last trade, moved between bid and ask: what nobody would trade at now is no price.
    ///
    /// # Errors
    /// A zero, a number out of bounds, or a bid above the ask.
    pub fn new(
        last: U256,
        bid: U256,
        ask: U256,
        volume: U256,
        time: u64,
    ) -> Result<Self, QuoteError> {
        for (field, value) in [("last", last), ("bid", bid), ("ask", ask)] {
            if value.is_zero() {
                return Err(QuoteError::Zero { field });
            }
            if value > PRICE_MAX {
                let most = PRICE_MAX;
                return Err(QuoteError::TooLarge { field, most });
            }
        }
        if volume > VOLUME_MAX {
            let (field, most) = ("volume", VOLUME_MAX);
            return Err(QuoteError::TooLarge { field, most });
        }
        if bid > ask {
            return Err(QuoteError::Crossed);
        }
        Ok(Self {
            price: last.clamp(bid, ask),
            bid,
            ask,
            volume,
            time,
        })
    }

    /// The price, between bid and ask.
    pub const fn price(&self) -> U256 {
        self.price
    }

    /// The best bid.
    pub const fn bid(&self) -> U256 {
        self.bid
    }

    /// The best ask.
    pub const fn ask(&self) -> U256 {
        self.ask
    }

    /// Volume of the last 24 hours.
    pub const fn volume(&self) -> U256 {
        self.volume
    }

    /// The unix second that the venue names.
    pub const fn time(&self) -> u64 {
        self.time
    }
}
