//! What can go wrong with a keeper, and what to do about it.

use alloy::primitives::B256;
use ballast_chain::ChainError;
use ballast_chain::tx::{Class, TxError, class_of};
use ballast_store::StoreError;
use ballast_types::ArithmeticError;

use crate::config::ConfigError;
use crate::mirror::MirrorError;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// A field of the configuration is not in order.
    #[error("keeper file: {0}")]
    Config(#[from] ConfigError),
    /// The chain fails.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// An endpoint did not answer in time.
    #[error("rpc: {method} did not answer within {patience_ms} ms")]
    Stalled {
        /// What was asked.
        method: &'static str,
        /// How long it was waited for.
        patience_ms: u128,
    },
    /// An endpoint contradicts itself.
    #[error("rpc: block {block}: {detail}; another endpoint is asked, or name one in rpc")]
    Contradiction {
        /// The block it was about.
        block: u64,
        /// How.
        detail: String,
    },
    /// An endpoint left out logs of a block.
    #[error(
        "rpc: the logs of block {block} ({hash}) do not make the filter in its header; the endpoint forgot some"
    )]
    LogsForgotten {
        /// The block.
        block: u64,
        /// Its hash.
        hash: B256,
    },
    /// The endpoint is behind what was seen already.
    #[error("rpc: the newest block is {tip}, behind block {seen} that was seen before")]
    Behind {
        /// The endpoint's newest block.
        tip: u64,
        /// The newest that was seen.
        seen: u64,
    },
    /// The mirror of a book does not fit what the chain says.
    #[error("mirror: {0}; it is built anew")]
    Mirror(#[from] MirrorError),
    /// The mirror of a book differs from the book.
    #[error(
        "mirror: {what} is {seen} here and {actual} on the chain at block {block}; it is built anew"
    )]
    Differs {
        /// What differs.
        what: String,
        /// Here.
        seen: String,
        /// On the chain.
        actual: String,
        /// The block.
        block: u64,
    },
    /// A figure is beyond the bounds of a book.
    #[error("a figure of the chain is beyond the bounds of a book: {0}")]
    Arithmetic(#[from] ArithmeticError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Transactions cannot be sent.
    #[error(transparent)]
    Send(#[from] TxError),
    /// The address cannot be listened on.
    #[error(
        "listen: {address} cannot be listened on: {detail}; name another, port 0 for any free one"
    )]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        detail: String,
    },
}

impl KeeperError {
    /// What to do about it: everything that is not for a person is tried again.
    pub fn class(&self) -> Class {
        match self {
            Self::Chain(error) => class_of(error),
            Self::Send(error) => error.class(),
            Self::Stalled { .. }
            | Self::Contradiction { .. }
            | Self::LogsForgotten { .. }
            | Self::Mirror(_)
            | Self::Differs { .. } => Class::Retry,
            Self::Behind { .. } => Class::Wait,
            Self::Store(StoreError::Failed { .. }) => Class::Retry,
            _ => Class::Alert,
        }
    }

    /// Whether another endpoint may do better.
    pub fn is_of_endpoint(&self) -> bool {
        match self {
            Self::Chain(error) => class_of(error) == Class::Retry,
            Self::Send(TxError::Chain(error)) => class_of(error) == Class::Retry,
            Self::Stalled { .. }
            | Self::Contradiction { .. }
            | Self::LogsForgotten { .. }
            | Self::Differs { .. }
            | Self::Mirror(_)
            | Self::Behind { .. } => true,
            _ => false,
        }
    }

    /// Whether what was mirrored so far is not to be trusted.
    pub fn spoils_mirror(&self) -> bool {
        matches!(self, Self::Mirror(_) | Self::Differs { .. })
    }
}
