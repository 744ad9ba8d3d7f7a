//! Reads that belong to one block: what was read while a block came in is read again.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ballast_store::{
    Block, Column, Deployment, Heartbeat, Progress, Record, Row, Statement, Store, all, find,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::options::bound;
use crate::problem::Problem;
use crate::wire::Hash;

/// The block that every figure of an answer is of, and how far that may be from the chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AsOf {
    /// Height of the newest indexed block.
    pub block: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its unix seconds: "now" of every figure.
    pub time: u64,
    /// The chain.
    pub chain_id: u64,
    /// Seconds since the indexer's last sign of life; null where there never was one.
    pub indexed_age_secs: Option<u64>,
    /// Blocks that the chain is ahead, as last heard; null where nobody said.
    pub lag_blocks: Option<u64>,
    /// Whether the figures may be older than they should.
    pub stale: bool,
    /// Projections that stopped because the store and the chain differed.
    pub stopped: Vec<String>,
}

/// What the store held at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub head: Block,
    pub chain_id: u64,
    pub progress: Vec<Progress>,
    pub heartbeats: Vec<Heartbeat>,
    /// The newest block of the chain as the server's own endpoint gave it.
    pub tip: Option<u64>,
}

impl Stamp {
    /// Reads it; none where nothing is indexed yet.
    pub async fn read(app: &App) -> Result<Option<Self>, Problem> {
        let store = app.store();
        let (newest, progress, heartbeats, deployments) = tokio::try_join!(
            find::<Block>(store, "newest", Vec::new()),
            all::<Progress>(store),
            all::<Heartbeat>(store),
            all::<Deployment>(store),
        )?;
        let head = newest.into_iter().next();
        Ok(head
            .zip(deployments.into_iter().next())
            .map(|(head, deployment)| Self {
                head,
                chain_id: deployment.chain_id,
                progress,
                heartbeats,
                tip: app.tip(),
            }))
    }

    /// Whether nothing that answers are made of changed between the two.
    pub fn same_state(&self, other: &Self) -> bool {
        self.head.hash == other.head.hash && self.progress == other.progress
    }

    /// Whether every projection that runs has folded the newest block.
    pub fn is_aligned(&self) -> bool {
        let mut running = self.progress.iter().filter(|one| one.stopped.is_none());
        !self.progress.is_empty() && running.all(|one| one.block == self.head.number)
    }

    /// Seconds since the newest sign of life of any indexer.
    pub fn silence_secs(&self) -> Option<u64> {
        let newest = self.heartbeats.iter().map(|beat| beat.beat_at).max()?;
        Some(unix_now().saturating_sub(newest))
    }

    /// Blocks that the chain is ahead.
    pub fn lag_blocks(&self) -> Option<u64> {
        let newest = self.heartbeats.iter().max_by_key(|beat| beat.beat_at);
        let heard = newest.map(|beat| beat.tip);
        let tip = heard.max(self.tip)?;
        Some(tip.saturating_sub(self.head.number))
    }

    /// Names of the projections that stopped.
    pub fn stopped(&self) -> Vec<String> {
        let stopped = self.progress.iter().filter(|one| one.stopped.is_some());
        stopped.map(|one| one.name.clone()).collect()
    }

    /// How an answer shows it.
    pub fn as_of(&self, app: &App) -> AsOf {
        let (silence, lag) = (self.silence_secs(), self.lag_blocks());
        let silent = silence.is_none_or(|secs| secs > app.options.silence_secs_max);
        let behind = lag.is_some_and(|blocks| blocks > app.options.lag_blocks_max);
        let stopped = self.stopped();
        AsOf {
            block: self.head.number,
            hash: self.head.hash.into(),
            time: self.head.time,
            chain_id: self.chain_id,
            indexed_age_secs: silence,
            lag_blocks: lag,
            stale: silent || behind || !stopped.is_empty() || !self.is_aligned(),
            stopped,
        }
    }
}

/// Unix seconds of this machine's clock.
pub(crate) fn unix_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

/// The store at one stamp, for one answer.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub app: App,
    pub stamp: Stamp,
}

impl Snapshot {
    /// Unix seconds of the newest block.
    pub fn now(&self) -> u64 {
        self.stamp.head.time
    }

    /// How the answer shows its block.
    pub fn as_of(&self) -> AsOf {
        self.stamp.as_of(&self.app)
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        self.app.store()
    }

    /// One record by its key.
    pub async fn get<R: Record>(&self, key: Row) -> Result<Option<R>, Problem> {
        Ok(ballast_store::get(self.store(), key).await?)
    }

    /// The records that a statement of their table finds.
    pub async fn find<R: Record>(
        &self,
        name: &'static str,
        params: Row,
    ) -> Result<Vec<R>, Problem> {
        Ok(find(self.store(), name, params).await?)
    }

    /// The number that a statement finds.
    pub async fn count(&self, table: &'static str) -> Result<u64, Problem> {
        let rows = self
            .store()
            .read(Statement::new(table, "count"), Vec::new())
            .await?;
        let cell = rows.first().and_then(|row| row.first());
        Ok(cell.and_then(u64::from_value).unwrap_or(0))
    }
}

/// What reads at a snapshot, on its way.
pub(crate) type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// A function that reads at the snapshot it is given, as often as it must.
macro_rules! reading {
    (|$snapshot:ident| $body:block) => {
        move |owned: $crate::snapshot::Snapshot| -> $crate::snapshot::Reading<'_, _> {
            Box::pin(async move {
                let $snapshot = &owned;
                $body
            })
        }
    };
}
pub(crate) use reading;

/// Reads with `make` until no block came in meanwhile. Where blocks come faster than that, the last attempt stands and
/// says that it is stale.
pub(crate) async fn consistent<'a, T>(
    app: &App,
    make: impl Fn(Snapshot) -> Reading<'a, T>,
) -> Result<(Stamp, T), Problem> {
    let mut stamp = aligned(app).await?;
    let mut attempts = 0;
    loop {
        let snapshot = Snapshot {
            app: app.clone(),
            stamp: stamp.clone(),
        };
        let made = make(snapshot).await;
        let after = aligned(app).await?;
        attempts += 1;
        if after.same_state(&stamp) || attempts >= bound::READ_ATTEMPTS {
            return made.map(|made| (stamp, made));
        }
        stamp = after;
    }
}

/// The stamp, once every projection has the newest block, or after a short wait as it is.
async fn aligned(app: &App) -> Result<Stamp, Problem> {
    let mut attempts = 0;
    loop {
        let stamp = Stamp::read(app).await?.ok_or_else(|| {
            Problem::not_ready("nothing is indexed yet; start `ballast index` on this store")
        })?;
        attempts += 1;
        if stamp.is_aligned() || attempts >= bound::READ_ATTEMPTS {
            return Ok(stamp);
        }
        tokio::time::sleep(bound::READ_PAUSE).await;
    }
}
