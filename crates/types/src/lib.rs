#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod amount;
pub mod decimal;
mod loan;
mod origin;
mod ratio;
mod time;

pub use amount::{ArithmeticError, AssetAmount, Norm, Price, TokenAmount};
pub use loan::LoanId;
pub use origin::{BlockRef, Provenance, SourceTier};
pub use ratio::{BPS_FULL, Bps, RatioError, WAD, Wad};
pub use time::{Seconds, Timestamp};
