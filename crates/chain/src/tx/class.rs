//! What to do about an error.

use ballast_bindings::RevertError;
use serde::Serialize;

use crate::error::ChainError;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Try the same again at once: the next block or answer may be better.
    Retry,
    /// Try again when the world has changed: a price, a pause, a balance.
    Wait,
    /// Give it up: it cannot succeed any more, and that is in order.
    Drop,
    /// Give it up and tell a person: it should not happen.
    Alert,
}

/// The class of a revert by what it says alone; a service that knows more of its call refines it.
pub fn class(error: &RevertError) -> Class {
    match error {
        RevertError::Custom(_) | RevertError::Message { .. } => Class::Drop,
        RevertError::Panic { .. } | RevertError::Unknown { .. } => Class::Alert,
        RevertError::Empty => Class::Retry,
    }
}

/// The class of an error of this crate.
pub fn class_of(error: &ChainError) -> Class {
    match error {
        ChainError::Reverted { error, .. } => class(error),
        ChainError::Unreachable { .. }
        | ChainError::Rpc { .. }
        | ChainError::NoQuorum { .. }
        | ChainError::NotMined { .. } => Class::Retry,
        ChainError::InsufficientFunds { .. } | ChainError::FeeOverLimit { .. } => Class::Wait,
        _ => Class::Alert,
    }
}
