//! Decisions. Each is a function from what is seen to what is to be done, with the reason, or to why nothing is.
//! No clock, no network, no chance: the same sight gives the same verdict.

mod accrual;
mod best;
mod loss;
mod price;
mod redeem;
mod take;

pub use accrual::{ConvertTerms, ForecloseTerms, convert, foreclose};
pub use loss::{BackstopTerms, BookTerms, CollectTerms, MarkTerms, backstop, book, collect, mark};
pub use price::{PokeTerms, poke};
pub use redeem::{RedeemTerms, redeem};
pub use take::{FlagTerms, TakeMode, TakeTerms, flag, take};

/// Gas of the calls, for what they cost. Measured on the contracts as they are, with a margin; what is sent is estimated
/// by the node.
pub mod gas {
    /// A take without its vaults: base cost, terms, price, burn, transfer.
    pub const TAKE: u64 = 110_000;
    /// Each vault of a take.
    pub const TAKE_VAULT: u64 = 16_000;
    /// The desk's part of a take, without its pairs.
    pub const DESK: u64 = 60_000;
    /// Each pair of a sale.
    pub const HOP: u64 = 70_000;
    /// A redemption.
    pub const REDEEM: u64 = 100_000;
    /// Refreshing a price.
    pub const POKE: u64 = 160_000;
    /// Bidding for fee tokens, with the approvals.
    pub const BID: u64 = 350_000;
}

use alloy::primitives::U256;
use ballast_types::{BPS_FULL, decimal};

/// A part of an amount in basis points, rounded down.
pub(crate) fn part(amount: U256, bps: u16) -> U256 {
    let full = U256::from(BPS_FULL);
    ballast_math::wide_mul_div_down(amount, U256::from(bps), full).unwrap_or(U256::MAX)
}

/// An amount with so many basis points more, rounded down.
pub(crate) fn more(amount: U256, bps: u16) -> U256 {
    amount.saturating_add(part(amount, bps))
}

/// An amount with so many basis points less, rounded up.
pub(crate) fn less(amount: U256, bps: u16) -> U256 {
    amount.saturating_sub(part(amount, bps.min(BPS_FULL)))
}

/// An amount of 18 decimals for people, cut to six places.
pub(crate) fn shown(amount: U256) -> String {
    let text = decimal::format(amount, 18);
    match text.split_once('.') {
        Some((whole, places)) => {
            let places: String = places.chars().take(6).collect();
            let places = places.trim_end_matches('0');
            if places.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{places}")
            }
        }
        None => text,
    }
}

/// A ratio in wad for people, in percent with two places, rounded down.
pub(crate) fn percent(wad: U256) -> String {
    let hundredths = ballast_math::wide_mul_div_down(wad, U256::from(BPS_FULL), ballast_types::WAD);
    let hundredths = hundredths.unwrap_or(U256::MAX);
    let text = decimal::format(hundredths, 2);
    format!("{text} %")
}

#[cfg(test)]
mod sights;
