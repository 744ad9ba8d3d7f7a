//! Where a figure came from.

use crate::{Seconds, Timestamp};
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// One block of one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash, which a reorganisation changes while the height stays.
    pub hash: B256,
    /// When the block says that it was made.
    pub time: Timestamp,
}

/// How far a figure has to be taken on trust, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceTier {
    /// Read from the chain's state.
    OnChain,
    /// Reported by an oracle.
    Oracle,
    /// Attested by parties independent of the issuer.
    AttestedIndependent,
    /// Attested by the issuer only.
    AttestedIssuer,
}

/// The origin that a figure shown to a person carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// How far it has to be taken on trust.
    pub tier: SourceTier,
    /// The block at which it held.
    pub block: BlockRef,
    /// How old it was when it was shown.
    pub age_secs: Seconds,
    /// How often its source promises a new value; `None` for one that is read anew each time.
    pub heartbeat_secs: Option<Seconds>,
    /// How a reader computes it again: a call, a query or a formula over other figures.
    pub recompute: String,
}

impl Provenance {
    /// Whether the source has missed its heartbeat.
    pub fn is_stale(&self) -> bool {
        self.heartbeat_secs
            .is_some_and(|heartbeat| self.age_secs > heartbeat)
    }
}
