//! What a keeper says of itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ballast_chain::BlockRef;
use ballast_chain::tx::SendFigures;
use serde::Serialize;

use crate::alerts::unix_now;

/// The newest block that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HeadFigures {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: alloy::primitives::B256,
    /// Its time, unix seconds.
    pub time: u64,
}

impl From<BlockRef> for HeadFigures {
    fn from(block: BlockRef) -> Self {
        Self {
            number: block.number,
            hash: block.hash,
            time: block.time.get(),
        }
    }
}

/// One book in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BookFigures {
    /// Its symbol.
    pub symbol: String,
    /// Its address.
    pub book: alloy::primitives::Address,
    /// Vaults.
    pub vaults: usize,
    /// Those that are unhealthy at the stored price.
    pub unhealthy: usize,
}

/// Everything that `/status` tells.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// The service, `keeper:ADDRESS`.
    pub service: String,
    /// The program's version.
    pub version: &'static str,
    /// Unix seconds.
    pub started_at: u64,
    /// Whether nothing is sent.
    pub dry_run: bool,
    /// The newest block that was seen.
    pub head: Option<HeadFigures>,
    /// The newest block up to which everything was looked at and handed to the node.
    pub handled: u64,
    /// Whether nothing is left to do until the next block.
    pub idle: bool,
    /// The books.
    pub books: Vec<BookFigures>,
    /// Actions decided upon, by strategy.
    pub proposed: BTreeMap<&'static str, u64>,
    /// Actions written to the outbox, by strategy.
    pub queued: BTreeMap<&'static str, u64>,
    /// Simulations that reverted, by error.
    pub refused: BTreeMap<String, u64>,
    /// Outcomes, by strategy and state.
    pub outcomes: BTreeMap<String, u64>,
    /// Questions to the bidding model that it did not answer in order.
    pub bids_failed: u64,
    /// Bids that it declined.
    pub bids_declined: u64,
    /// Blocks that the chain took back.
    pub taken_back: u64,
    /// How often the mirror was built anew.
    pub rebuilt: u64,
    /// Comparisons of the mirror with the chain.
    pub checks: u64,
    /// Failed passes of the loop.
    pub failures: u64,
    /// The last reason.
    pub last_failure: Option<String>,
    /// Alerts raised.
    pub alerts: u64,
    /// Microseconds from seeing the newest block that brought a take to its hand-over to the node.
    pub take_latency_micros: Option<u64>,
    /// What the outbox did.
    pub sends: SendFigures,
}

/// Figures that several tasks share.
#[derive(Debug)]
pub struct Status {
    figures: Mutex<Figures>,
    beat: Mutex<(Instant, Instant)>,
    silence: Duration,
}

impl Status {
    /// Of a service whose loop may be silent for so long.
    pub fn new(service: String, dry_run: bool, silence: Duration) -> Self {
        let now = Instant::now();
        Self {
            figures: Mutex::new(Figures {
                service,
                version: env!("CARGO_PKG_VERSION"),
                started_at: unix_now(),
                dry_run,
                ..Figures::default()
            }),
            beat: Mutex::new((now, now)),
            silence,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes figures.
    pub fn edit(&self, edit: impl FnOnce(&mut Figures)) {
        edit(&mut self.lock());
    }

    /// The figures now.
    pub fn figures(&self) -> Figures {
        self.lock().clone()
    }

    /// Notes that the loop went round.
    pub fn beat(&self) {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).0 = Instant::now();
    }

    /// Notes that the chain gave a new block.
    pub fn block(&self) {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).1 = Instant::now();
    }

    /// How long the loop has been silent, where that is too long.
    pub fn silent(&self) -> Option<Duration> {
        let beat = self.beat.lock().unwrap_or_else(PoisonError::into_inner).0;
        let silent = beat.elapsed();
        (silent > self.silence).then_some(silent)
    }

    /// How long the chain has given no new block.
    pub fn stalled(&self) -> Duration {
        self.beat
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .elapsed()
    }
}

/// Counts one of `key`.
pub(crate) fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    let count = counts.entry(key).or_insert(0);
    *count = count.saturating_add(1);
}
