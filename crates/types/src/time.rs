//! Times. Nothing here reads a clock: every instant is passed in.

use crate::ArithmeticError;
use serde::{Deserialize, Serialize};

/// A length of time in seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seconds(u64);

impl Seconds {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// A length of `raw` seconds.
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// A length of `days` days; saturates above 2^64 - 1 seconds.
    pub const fn from_days(days: u64) -> Self {
        Self(days.saturating_mul(86_400))
    }

    /// Seconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or `Overflow`.
    pub fn try_add(self, other: Self) -> Result<Self, ArithmeticError> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .ok_or(ArithmeticError::Overflow)
    }

    /// The difference, or `Underflow`.
    pub fn try_sub(self, other: Self) -> Result<Self, ArithmeticError> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .ok_or(ArithmeticError::Underflow)
    }

    /// `times` times this length, or `Overflow`.
    pub fn try_mul(self, times: u64) -> Result<Self, ArithmeticError> {
        self.0
            .checked_mul(times)
            .map(Self)
            .ok_or(ArithmeticError::Overflow)
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} s", self.0)
    }
}

/// An instant in unix seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The unix epoch, which the contracts use for "never".
    pub const ZERO: Self = Self(0);

    /// The instant `raw` seconds after the unix epoch.
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// Unix seconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this instant, or `Underflow` when `earlier` lies after it.
    pub fn since(self, earlier: Self) -> Result<Seconds, ArithmeticError> {
        self.0
            .checked_sub(earlier.0)
            .map(Seconds)
            .ok_or(ArithmeticError::Underflow)
    }

    /// The instant `wait` after this one, or `Overflow`.
    pub fn after(self, wait: Seconds) -> Result<Self, ArithmeticError> {
        self.0
            .checked_add(wait.0)
            .map(Self)
            .ok_or(ArithmeticError::Overflow)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
