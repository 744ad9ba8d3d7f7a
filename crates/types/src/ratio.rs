//! Ratios: wad inside, basis points where people read them.

use crate::amount::word_newtype;
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One in wad, 1e18.
pub const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// One in basis points.
pub const BPS_FULL: u16 = 10_000;

word_newtype! {
    /// A ratio times 1e18.
    Wad
}

impl Wad {
    /// The ratio one.
    pub const ONE: Self = Self::new(WAD);
}

/// Why a number is not a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RatioError {
    /// More than the whole.
    #[error("{given} basis points is more than the whole, at most {BPS_FULL}")]
    AboveFull {
        /// What was given, in basis points.
        given: u16,
    },
}

/// A ratio in basis points, 0 to 10,000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u16", into = "u16")]
pub struct Bps(u16);

impl Bps {
    /// No share.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const FULL: Self = Self(BPS_FULL);

    /// The ratio, or `AboveFull` above 10,000.
    pub const fn new(raw: u16) -> Result<Self, RatioError> {
        if raw > BPS_FULL {
            Err(RatioError::AboveFull { given: raw })
        } else {
            Ok(Self(raw))
        }
    }

    /// Basis points.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Basis points as a 256-bit integer.
    pub fn word(self) -> U256 {
        U256::from(self.0)
    }
}

impl TryFrom<u16> for Bps {
    type Error = RatioError;

    fn try_from(raw: u16) -> Result<Self, RatioError> {
        Self::new(raw)
    }
}

impl From<Bps> for u16 {
    fn from(ratio: Bps) -> Self {
        ratio.0
    }
}

impl std::fmt::Display for Bps {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bps", self.0)
    }
}
