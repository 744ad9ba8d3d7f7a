//! The loop: read blocks, fold them, compare, until the store has what the chain has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::B256;
use ballast_chain::{Endpoint, Manifest};
use ballast_store::{Deployment, Store, Watched, Write, all};
use serde::Serialize;

use crate::IndexError;
use crate::ahead::Ahead;
use crate::changes::{Rows, Touched};
use crate::facts::Known;
use crate::follow::Pulse;
use crate::ingest::Recent;
use crate::projections::Projection;
use crate::source::Source;

/// First wait after a failure that may pass; it doubles with each further one.
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest such wait.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How to read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Blocks behind the newest that may still be taken back: they are read one by one, by hash, and can be undone.
    /// A reorganisation that goes deeper makes the store be filled anew.
    pub window: u64,
    /// Most blocks in one request of logs, below the window.
    pub span_max: u64,
    /// Requests in flight at once.
    pub in_flight: usize,
    /// How long one request may take.
    pub patience: Duration,
    /// Failures in a row after which to give up.
    pub attempts: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: 128,
            span_max: 250,
            in_flight: 4,
            patience: Duration::from_secs(20),
            attempts: 8,
        }
    }
}

/// How far the indexer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where reading starts.
    pub first: u64,
    /// The last block that is stored.
    pub block: u64,
    /// The newest block.
    pub tip: u64,
    /// Logs stored by this run.
    pub events: u64,
}

/// Where one projection stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectionState {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The last block it folded.
    pub block: u64,
    /// Why it stopped; none where it runs.
    pub stopped: Option<String>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The newest block stored.
    pub block: u64,
    /// Its hash.
    pub block_hash: B256,
    /// Logs stored by this run.
    pub events_indexed: u64,
    /// Sums held against the chain by this run.
    pub comparisons: u64,
    /// Sums that differed, in this run or in the one that a stopped projection stopped in.
    pub mismatches: u64,
    /// Rounds of comparisons that the endpoint could not answer, because it has no state that old.
    pub unanswered: u64,
    /// Blocks that reorganisations took back during this run.
    pub blocks_taken_back: u64,
    /// Where each projection stands.
    pub projections: Vec<ProjectionState>,
}

/// Reads one deployment's chain into one store.
#[derive(Debug)]
pub struct Indexer {
    pub(crate) source: Source,
    pub(crate) manifest: Manifest,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) options: Options,
    /// Blocks in one request at the moment.
    pub(crate) span: u64,
    pub(crate) summary: Summary,
    store_is_ours: bool,
    /// Whether this run has compared what nothing touched.
    pub(crate) audited: bool,
    /// The logs stored last.
    pub(crate) recent: Option<Recent>,
    /// The rows that each projection was left with, and at which block.
    pub(crate) rows: BTreeMap<&'static str, (u64, Rows)>,
    /// The newest block with which `rows` agree.
    pub(crate) folded: Option<B256>,
    /// Ranges on their way.
    pub(crate) ahead: Option<Ahead>,
    /// What is launched up to the store's newest block, as last read.
    pub(crate) known: Option<Arc<Known>>,
    pub(crate) pulse: Arc<Pulse>,
    /// The contracts of synthetics whose logs are in the store.
    pub(crate) watched: Vec<Watched>,
    /// Whether something that is fixed about synthetics may not have been read yet.
    pub(crate) facts_due: bool,
    /// What each projection changed since its last comparison.
    pub(crate) uncompared: BTreeMap<&'static str, Touched>,
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The store has the newest block.
    Done,
    /// It has more than before.
    More {
        /// The newest block's height.
        tip: u64,
    },
}

impl Indexer {
    /// An indexer of the deployment of `manifest`; the endpoint must be of its chain, which the caller has seen to
    /// with [`Manifest::expect_chain`].
    pub fn new(
        endpoint: Endpoint,
        manifest: Manifest,
        store: Arc<dyn Store>,
        options: Options,
    ) -> Self {
        Self {
            source: Source {
                endpoint,
                patience: options.patience,
            },
            manifest,
            store,
            options,
            span: options.span_max.max(1),
            summary: Summary::default(),
            store_is_ours: false,
            audited: false,
            recent: None,
            rows: BTreeMap::new(),
            folded: None,
            ahead: None,
            known: None,
            pulse: Arc::default(),
            watched: Vec::new(),
            facts_due: true,
            uncompared: BTreeMap::new(),
        }
    }

    /// The names of the projections.
    pub fn projections() -> Vec<&'static str> {
        Projection::ALL.map(Projection::name).to_vec()
    }

    /// Empties a projection, so that the next run makes it anew from the logs in the store.
    ///
    /// # Errors
    /// [`IndexError::UnknownProjection`], [`IndexError::Store`].
    pub async fn reindex(&self, name: &str) -> Result<(), IndexError> {
        let known = Projection::ALL.into_iter().find(|one| one.name() == name);
        let projection = known.ok_or_else(|| IndexError::UnknownProjection {
            name: name.to_owned(),
            known: Self::projections().join(", "),
        })?;
        let writes = self.emptied(projection);
        Ok(self.store.write(writes).await?)
    }

    /// Reads and folds until the store has the newest block. What the endpoint or the store gets wrong is
    /// tried again, a few times.
    /// Dropping the future at any point leaves the store whole.
    ///
    /// # Errors
    /// [`IndexError::Store`], or whatever the endpoint does again and again.
    pub async fn catch_up(
        &mut self,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<Summary, IndexError> {
        let mut failures = 0;
        let mut wait = FIRST_WAIT;
        loop {
            match self.step().await {
                Ok(Step::Done) => break,
                Ok(step) => {
                    failures = 0;
                    wait = FIRST_WAIT;
                    on_progress(self.progress_at(step));
                }
                Err(error) if error.is_passing() && failures < self.options.attempts => {
                    tracing::warn!("asking again in {} ms: {error}", wait.as_millis());
                    failures += 1;
                    self.step_failed();
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2).min(LONGEST_WAIT);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.totals())
    }

    /// What was done so far; a projection that is stopped counts as a difference, whenever it was found.
    pub(crate) fn totals(&mut self) -> Summary {
        let stopped = self.summary.projections.iter();
        let stopped = stopped.filter(|state| state.stopped.is_some()).count();
        let stopped = u64::try_from(stopped).unwrap_or(u64::MAX);
        self.summary.mismatches = self.summary.mismatches.max(stopped);
        self.summary.clone()
    }

    /// Asks for less at once after a failure.
    pub(crate) fn step_failed(&mut self) {
        self.span = (self.span / 2).max(1);
        self.ahead = None;
        self.forget();
    }

    /// Forgets what was kept in memory of the store: the next step reads it again.
    pub(crate) fn forget(&mut self) {
        self.recent = None;
        self.rows.clear();
        self.folded = None;
    }

    /// How far reading has come after `step`.
    pub(crate) fn progress_at(&self, step: Step) -> Progress {
        Progress {
            first: self.manifest.genesis_block,
            block: self.summary.block,
            tip: match step {
                Step::Done => self.summary.block,
                Step::More { tip } => tip,
            },
            events: self.summary.events_indexed,
        }
    }

    /// Marks a new store as this deployment's, and refuses one of another.
    async fn claim_store(&self) -> Result<(), IndexError> {
        let ours = Deployment {
            launchpad: self.manifest.contracts.launchpad.address,
            chain_id: self.manifest.chain_id,
            genesis_hash: self.manifest.genesis_hash,
        };
        match all::<Deployment>(self.store.as_ref()).await?.first() {
            None => Ok(self.store.write(vec![Write::put(&ours)]).await?),
            Some(found) if *found == ours => Ok(()),
            Some(found) => Err(IndexError::OtherDeployment {
                found: found.launchpad,
                expected: ours.launchpad,
            }),
        }
    }

    /// Reads, folds and compares the next blocks.
    pub(crate) async fn step(&mut self) -> Result<Step, IndexError> {
        if !self.store_is_ours {
            self.claim_store().await?;
            // Before anything is taken back: a journal of another version restores nothing.
            self.started().await?;
            self.claim_synthetics().await?;
            self.store_is_ours = true;
        }
        let step = self.ingest().await?;
        self.project().await?;
        self.folded = Some(self.summary.block_hash);
        if step == Step::Done {
            self.summary.projections = self.states().await?;
        }
        Ok(step)
    }
}
