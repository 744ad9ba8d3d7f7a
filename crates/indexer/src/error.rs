//! What can stop the indexer, and what to do about it.

use alloy::primitives::{Address, B256};
use ballast_chain::ChainError;
use ballast_store::StoreError;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The endpoint failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The endpoint did not answer in time.
    #[error(
        "index: {method} was not answered in {secs} s; the endpoint is overloaded, name another with --rpc"
    )]
    Stalled {
        /// The request.
        method: &'static str,
        /// How long it was waited for.
        secs: u64,
    },
    /// The endpoint contradicts itself.
    #[error(
        "index: the endpoint contradicts itself at block {block}: {detail}; name another with --rpc"
    )]
    Contradiction {
        /// The block.
        block: u64,
        /// In what.
        detail: String,
    },
    /// The logs of a block are not those that its bloom filter speaks of.
    #[error(
        "index: the endpoint gave {found} logs of block {block} ({hash}) that do not make its bloom filter; name another with --rpc"
    )]
    LogsForgotten {
        /// The block.
        block: u64,
        /// Its hash.
        hash: B256,
        /// Logs given.
        found: usize,
    },
    /// The store holds another deployment.
    #[error(
        "store: it holds the deployment of launchpad {found}, the manifest is of {expected}; name another --store"
    )]
    OtherDeployment {
        /// The launchpad in the store.
        found: Address,
        /// The manifest's launchpad.
        expected: Address,
    },
    /// There is no projection of that name.
    #[error("reindex: there is no projection `{name}`; there are {known}")]
    UnknownProjection {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
}

impl IndexError {
    /// Whether asking again may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Stalled { .. }
                | Self::Contradiction { .. }
                | Self::LogsForgotten { .. }
                | Self::Store(StoreError::Open { .. } | StoreError::Failed { .. })
                | Self::Chain(ChainError::Rpc { .. } | ChainError::Unreachable { .. })
        )
    }
}
