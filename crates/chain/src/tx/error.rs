//! What can go wrong with an outbox, and what to do about it.

use alloy::primitives::{Address, B256};
use ballast_store::StoreError;

use super::class::{Class, class_of};
use crate::error::ChainError;

/// An error of the outbox.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
    /// Another program sends with this key.
    #[error(
        "key: another program sends as {address} with this store; stop it, or give this one a key of its own"
    )]
    KeyInUse {
        /// The key's account.
        address: Address,
    },
    /// The store's records of this key are of another chain.
    #[error(
        "store: it holds transactions of {address} on chain {known_chain} that begins with {known}, but this is chain \
         {chain} that begins with {found}; use another store"
    )]
    OtherChain {
        /// The key's account.
        address: Address,
        /// The chain in the store.
        known_chain: u64,
        /// Hash of its first block.
        known: B256,
        /// The endpoint's chain.
        chain: u64,
        /// Hash of its first block.
        found: B256,
    },
    /// An intent is not in order.
    #[error("intent {id}: {field}: {detail}")]
    BadIntent {
        /// Its key, shortened.
        id: String,
        /// The field.
        field: &'static str,
        /// What is wrong, and the limit.
        detail: String,
    },
    /// A policy is not in order.
    #[error("policy: {field}: {detail}")]
    BadPolicy {
        /// The field.
        field: &'static str,
        /// What is wrong, and the limit.
        detail: String,
    },
    /// The store fails, or another program changed a row of this key.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain cannot be read, or nothing can be signed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl TxError {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Chain(error) => class_of(error),
            Self::Store(StoreError::Failed { .. } | StoreError::Open { .. }) => Class::Retry,
            _ => Class::Alert,
        }
    }
}
