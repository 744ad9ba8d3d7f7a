//! Amounts in base units, one type per unit.

use thiserror::Error;

/// Why checked arithmetic gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ArithmeticError {
    /// The result does not fit the type. The inputs are outside the bounds that the system admits.
    #[error("the result does not fit its type; the inputs are beyond the bounds the system admits")]
    Overflow,
    /// More was taken than is there.
    #[error("the result would be negative; more is taken than is there")]
    Underflow,
    /// A division by zero: there is no claim, no backing or no period to divide by.
    #[error("division by zero; there is nothing to divide among")]
    DivisionByZero,
}

/// Declares a newtype over `U256` with checked arithmetic and decimal-string serde.
macro_rules! word_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(alloy_primitives::U256);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(alloy_primitives::U256::ZERO);

            /// Wraps a raw 256-bit integer of this unit.
            pub const fn new(raw: alloy_primitives::U256) -> Self {
                Self(raw)
            }

            /// The raw 256-bit integer.
            pub const fn get(self) -> alloy_primitives::U256 {
                self.0
            }

            /// Whether this is zero.
            pub fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            /// The sum, or `Overflow` above 2^256 - 1.
            pub fn try_add(self, other: Self) -> Result<Self, $crate::ArithmeticError> {
                self.0.checked_add(other.0).map(Self).ok_or($crate::ArithmeticError::Overflow)
            }

            /// The difference, or `Underflow` below zero.
            pub fn try_sub(self, other: Self) -> Result<Self, $crate::ArithmeticError> {
                self.0.checked_sub(other.0).map(Self).ok_or($crate::ArithmeticError::Underflow)
            }

            /// The sum of all `parts`, or `Overflow`.
            pub fn try_sum(
                parts: impl IntoIterator<Item = Self>,
            ) -> Result<Self, $crate::ArithmeticError> {
                parts.into_iter().try_fold(Self::ZERO, |total, part| total.try_add(part))
            }
        }

        impl From<u64> for $name {
            fn from(raw: u64) -> Self {
                Self(alloy_primitives::U256::from(raw))
            }
        }

        impl From<u128> for $name {
            fn from(raw: u128) -> Self {
                Self(alloy_primitives::U256::from(raw))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::decimal::serialize_word(&self.0, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decimal::deserialize_word(deserializer).map(Self)
            }
        }
    };
}

pub(crate) use word_newtype;

word_newtype! {
    /// Base units of a backed token: collateral, claims, supply, lots.
    ///
    /// ```compile_fail
    /// use ballast_types::{AssetAmount, TokenAmount};
    /// let _ = TokenAmount::from(1u64).try_add(AssetAmount::from(1u64));
    /// ```
    TokenAmount
}

word_newtype! {
    /// Base units of one backing asset: cash, principal, fees, prices of a lot.
    AssetAmount
}

word_newtype! {
    /// Debt divided by its market's index: what a vault owes, freed of the interest since.
    Norm
}

word_newtype! {
    /// The value of one base unit of an asset in base units of the unit of account (18 decimals), times 1e36.
    Price
}
