//! What a node counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ballast_chain::tx::SendState;

/// Counters by name.
#[derive(Debug, Default)]
pub(super) struct Figures(Mutex<BTreeMap<String, u64>>);

impl Figures {
    /// One more.
    pub fn count(&self, name: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = all.entry(name.to_owned()).or_default();
        *counter = counter.saturating_add(1);
    }

    /// One more intent that became final.
    pub fn count_state(&self, state: &SendState) {
        self.count(match state {
            SendState::Mined { .. } => "sends_mined",
            SendState::Reverted { .. } => "sends_reverted",
            SendState::Expired => "sends_expired",
            SendState::Cancelled => "sends_cancelled",
            SendState::Dropped { .. } => "sends_dropped",
            SendState::Wanted | SendState::Pending { .. } => "sends_open",
        });
    }

    /// All of them.
    pub fn all(&self) -> BTreeMap<String, u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}
