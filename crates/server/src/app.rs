//! What every route shares.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ballast_chain::{Endpoint, Manifest};
use ballast_store::{Store, Token};
use tokio::sync::Semaphore;

use crate::board::Boards;
use crate::cache::Cache;
use crate::figures::TokenState;
use crate::live::Hub;
use crate::measure::Counted;
use crate::options::Options;
use crate::snapshot::{Kept, Stamps};
use crate::synthetics::state::BookState;
use crate::synthetics::survey::Surveys;
use crate::views::TokenSummary;

/// The server's shared state; a clone is the same one.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Shared>);

/// What the clones share.
#[derive(Debug)]
pub(crate) struct Shared {
    store: Counted,
    /// The deployment.
    pub manifest: Manifest,
    /// What the operator set.
    pub options: Options,
    /// Live events.
    pub hub: Hub,
    /// The state of the store as last read.
    pub stamps: Stamps,
    /// Figures of all tokens together.
    pub boards: Boards,
    /// Tokens asked for at this block.
    pub tokens: Kept<Token>,
    /// What their figures are made of.
    pub states: Kept<TokenState>,
    /// Their summaries.
    pub summaries: Kept<TokenSummary>,
    /// What the figures of synthetics are made of.
    pub books: Kept<BookState>,
    /// What the sources of each aggregator said.
    pub surveys: Kept<Surveys>,
    /// Whom to ask for the newest block's height and for what sources of prices say; none where there is nobody.
    pub endpoint: Option<Endpoint>,
    /// Answers of this moment.
    pub cache: Cache,
    /// Exports that may still start.
    pub exports: Arc<Semaphore>,
    /// Subscribers that may still come.
    pub subscribers: Arc<Semaphore>,
    /// When each loop last went round.
    pub loops: Loops,
    /// The newest block of the server's own endpoint; zero where it has none.
    tip: AtomicU64,
}

impl std::ops::Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub fn new(
        store: Arc<dyn Store>,
        manifest: Manifest,
        endpoint: Option<Endpoint>,
        options: Options,
    ) -> Self {
        Self(Arc::new(Shared {
            hub: Hub::new(options.live_messages_max),
            stamps: Stamps::default(),
            boards: Boards::default(),
            tokens: Kept::default(),
            states: Kept::default(),
            summaries: Kept::default(),
            books: Kept::default(),
            surveys: Kept::default(),
            endpoint,
            cache: Cache::default(),
            exports: Arc::new(Semaphore::new(options.exports_max)),
            subscribers: Arc::new(Semaphore::new(options.subscribers_max)),
            loops: Loops::default(),
            tip: AtomicU64::new(0),
            store: Counted(store),
            manifest,
            options,
        }))
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &self.0.store
    }

    /// The newest block of the chain, as the server's own endpoint gave it.
    pub fn tip(&self) -> Option<u64> {
        Some(self.0.tip.load(Ordering::Relaxed)).filter(|tip| *tip > 0)
    }

    /// Notes the newest block of the chain.
    pub fn note_tip(&self, tip: u64) {
        self.0.tip.store(tip, Ordering::Relaxed);
    }
}

/// When each of the server's loops last went round, for its health.
#[derive(Debug, Default)]
pub(crate) struct Loops(Mutex<Vec<(&'static str, std::time::Instant)>>);

impl Loops {
    /// Notes that the loop `name` lives.
    pub fn beat(&self, name: &'static str) {
        let mut loops = lock(&self.0);
        match loops.iter_mut().find(|(known, _)| *known == name) {
            Some((_, at)) => *at = std::time::Instant::now(),
            None => loops.push((name, std::time::Instant::now())),
        }
    }

    /// Each loop with the seconds it has been silent.
    pub fn silences(&self) -> Vec<(&'static str, u64)> {
        let loops = lock(&self.0);
        loops
            .iter()
            .map(|(name, at)| (*name, at.elapsed().as_secs()))
            .collect()
    }
}

/// The value behind a lock, also where a holder of it panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
