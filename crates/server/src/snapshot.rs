//! Reads that belong to one block: what was read while a block came in is read again.

use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy::primitives::Address;
use ballast_store::{Ask, Block, Column, Deployment, Heartbeat, Progress, Record, Row, Statement};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, lock};
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
    /// The rows of head and projections: they change with every write that an answer could see.
    state: Vec<Vec<Row>>,
}

/// How many statements ask for the state.
const STATE_ASKS: usize = 2;

/// What asks for the state.
fn state_asks() -> [Ask; STATE_ASKS] {
    let newest = (Statement::new(Block::TABLE, "newest"), Vec::new());
    [newest, (Statement::new(Progress::TABLE, "all"), Vec::new())]
}

impl Stamp {
    /// The stamp of a moment after the call; none where nothing is indexed yet. Callers that wait together share one.
    pub async fn read(app: &App) -> Result<Option<Arc<Self>>, Problem> {
        app.stamps.fresh(app).await
    }

    async fn from_store(app: &App) -> Result<Option<Self>, Problem> {
        let mut asks = Asks::default();
        let heartbeats = asks.find::<Heartbeat>("all", Vec::new());
        let deployments = asks.find::<Deployment>("all", Vec::new());
        let newest = asks.find::<Block>("newest", Vec::new());
        let progress = asks.find::<Progress>("all", Vec::new());
        let found = Found(app.store().read_together(asks.0).await?);
        let state = found.0.iter().skip(STATE_ASKS).cloned().collect();
        let head = found.first(newest)?;
        let (progress, heartbeats) = (found.all(progress)?, found.all(heartbeats)?);
        Ok(head
            .zip(found.first(deployments)?)
            .map(|(head, deployment)| Self {
                head,
                chain_id: deployment.chain_id,
                progress,
                heartbeats,
                tip: app.tip(),
                state,
            }))
    }

    /// Whether nothing that answers are made of changed between the two.
    pub fn same_state(&self, other: &Self) -> bool {
        self.state == other.state
    }

    /// Whether every projection that runs has folded the newest block.
    pub fn is_aligned(&self) -> bool {
        let mut running = self.progress.iter().filter(|one| one.stopped.is_none());
        !self.progress.is_empty() && running.all(|one| one.block == self.head.number)
    }

    /// Signs of life of indexers.
    pub fn indexers(&self) -> impl Iterator<Item = &Heartbeat> {
        let beats = self.heartbeats.iter();
        beats.filter(|beat| service_kind(&beat.service).is_none())
    }

    /// Seconds since the newest sign of life of any indexer.
    pub fn silence_secs(&self) -> Option<u64> {
        let newest = self.indexers().map(|beat| beat.beat_at).max()?;
        Some(unix_now().saturating_sub(newest))
    }

    /// Blocks that the chain is ahead.
    pub fn lag_blocks(&self) -> Option<u64> {
        let newest = self.indexers().max_by_key(|beat| beat.beat_at);
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

/// What a service that sends transactions is, by its name; none of an indexer.
pub(crate) fn service_kind(service: &str) -> Option<&'static str> {
    let kind = service.split_once(':').map_or(service, |(kind, _)| kind);
    ["keeper", "oracle"]
        .into_iter()
        .find(|known| *known == kind)
}

/// Unix seconds of this machine's clock.
pub(crate) fn unix_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

/// The newest stamp that was read, for everybody.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    /// With the moment at which its reading began.
    newest: Mutex<Option<(Instant, Arc<Stamp>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Stamps {
    /// The newest, however old; the follower reads one at every poll.
    pub fn newest(&self) -> Option<Arc<Stamp>> {
        lock(&self.newest)
            .as_ref()
            .map(|(_, stamp)| Arc::clone(stamp))
    }

    /// One whose reading began after the call.
    async fn fresh(&self, app: &App) -> Result<Option<Arc<Stamp>>, Problem> {
        let asked = Instant::now();
        let _turn = self.turn.lock().await;
        if let Some((begun, stamp)) = lock(&self.newest).as_ref()
            && *begun >= asked
        {
            return Ok(Some(Arc::clone(stamp)));
        }
        let begun = Instant::now();
        let found = Stamp::from_store(app).await?.map(Arc::new);
        *lock(&self.newest) = found.clone().map(|stamp| (begun, stamp));
        Ok(found)
    }
}

/// What the reads of one answer showed of the store's state.
#[derive(Debug, Default)]
struct Proof {
    /// One showed the snapshot's.
    held: AtomicBool,
    /// One showed another.
    broken: AtomicBool,
}

/// The store at one stamp, for one answer.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub app: App,
    pub stamp: Arc<Stamp>,
    proof: Arc<Proof>,
    /// Whether it is the last attempt, whose answer stands however fast blocks come.
    last: bool,
}

impl Snapshot {
    /// The store at `stamp`.
    pub fn new(app: &App, stamp: Arc<Stamp>) -> Self {
        Self {
            app: app.clone(),
            stamp,
            proof: Arc::default(),
            last: false,
        }
    }

    /// Unix seconds of the newest block.
    pub fn now(&self) -> u64 {
        self.stamp.head.time
    }

    /// How the answer shows its block.
    pub fn as_of(&self) -> AsOf {
        let as_of = self.stamp.as_of(&self.app);
        AsOf {
            stale: as_of.stale || self.last,
            ..as_of
        }
    }

    /// Whether everything that was read is of the stamp's state.
    pub fn is_whole(&self) -> bool {
        self.proof.held.load(Ordering::Acquire) && !self.proof.broken.load(Ordering::Acquire)
    }

    /// What `asks` find, asked in one go together with the store's state: where that is still the stamp's, what was
    /// found is of its block.
    pub async fn ask(&self, asks: Asks) -> Result<Found, Problem> {
        let mut asks = asks.0;
        let count = asks.len();
        asks.extend(state_asks());
        let mut found = self.app.store().read_together(asks).await?;
        let state = found.split_off(count.min(found.len()));
        let told = if state == self.stamp.state {
            &self.proof.held
        } else {
            &self.proof.broken
        };
        told.store(true, Ordering::Release);
        Ok(Found(found))
    }

    /// One record by its key.
    pub async fn get<R: Record>(&self, key: Row) -> Result<Option<R>, Problem> {
        let mut asks = Asks::default();
        let slot = asks.get::<R>(key);
        self.ask(asks).await?.first(slot)
    }

    /// The records that a statement of their table finds.
    pub async fn find<R: Record>(
        &self,
        name: &'static str,
        params: Row,
    ) -> Result<Vec<R>, Problem> {
        let mut asks = Asks::default();
        let slot = asks.find::<R>(name, params);
        self.ask(asks).await?.all(slot)
    }
}

/// Questions that are asked in one go.
#[derive(Debug, Default)]
pub(crate) struct Asks(Vec<Ask>);

/// Where the records of one question are found.
#[derive(Debug)]
pub(crate) struct Slot<R>(usize, PhantomData<fn() -> R>);

impl<R> Clone for Slot<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Slot<R> {}

impl Asks {
    /// Asks for the records that the statement `name` of their table finds.
    pub fn find<R: Record>(&mut self, name: &'static str, params: Row) -> Slot<R> {
        Slot(self.rows(R::TABLE, name, params), PhantomData)
    }

    /// Asks for one record by its key.
    pub fn get<R: Record>(&mut self, key: Row) -> Slot<R> {
        self.find("get", key)
    }

    /// Asks for rows that are no record.
    pub fn rows(&mut self, table: &'static str, name: &'static str, params: Row) -> usize {
        self.0.push((Statement::new(table, name), params));
        self.0.len().saturating_sub(1)
    }
}

/// What was found, in the order of the questions.
#[derive(Debug, Default)]
pub(crate) struct Found(Vec<Vec<Row>>);

impl Found {
    /// The rows of a question.
    pub fn rows(&self, place: usize) -> &[Row] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }

    /// Its records.
    pub fn all<R: Record>(&self, slot: Slot<R>) -> Result<Vec<R>, Problem> {
        let rows = self.rows(slot.0).iter();
        Ok(rows.map(|row| R::from_row(row)).collect::<Result<_, _>>()?)
    }

    /// Its first record.
    pub fn first<R: Record>(&self, slot: Slot<R>) -> Result<Option<R>, Problem> {
        let row = self.rows(slot.0).first();
        Ok(row.map(|row| R::from_row(row)).transpose()?)
    }

    /// The number that it found.
    pub fn count(&self, place: usize) -> u64 {
        let cell = self.rows(place).first().and_then(|row| row.first());
        cell.and_then(u64::from_value).unwrap_or(0)
    }
}

/// Something about addresses that is kept as long as the state that it was read from.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<Option<Of<T>>>);

/// What is kept of one state.
#[derive(Debug)]
struct Of<T> {
    stamp: Arc<Stamp>,
    values: HashMap<Address, Arc<T>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Kept<T> {
    /// What is kept of `key` at the snapshot's state.
    pub fn get(&self, snapshot: &Snapshot, key: Address) -> Option<Arc<T>> {
        let kept = lock(&self.0);
        let of = kept
            .as_ref()
            .filter(|of| of.stamp.same_state(&snapshot.stamp));
        of.and_then(|of| of.values.get(&key)).map(Arc::clone)
    }

    /// Keeps `value`, made of reads at the snapshot alone, where they all were of its state.
    pub fn put(&self, snapshot: &Snapshot, key: Address, value: T) -> Arc<T> {
        let value = Arc::new(value);
        if snapshot.is_whole() {
            let mut kept = lock(&self.0);
            let new = || Of {
                stamp: Arc::clone(&snapshot.stamp),
                values: HashMap::new(),
            };
            let of = kept.get_or_insert_with(new);
            if !of.stamp.same_state(&snapshot.stamp) {
                *of = new();
            }
            if of.values.len() < bound::KEPT_MAX {
                of.values.insert(key, Arc::clone(&value));
            }
        }
        value
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

/// What was read, the stamp it was read at, and whether all of it is of that stamp's state.
pub(crate) struct Made<T> {
    pub stamp: Arc<Stamp>,
    pub value: T,
    pub is_whole: bool,
}

/// Reads with `make` until no block came in meanwhile. Where blocks come faster than that, the last attempt stands and
/// says that it is stale.
pub(crate) async fn consistent<'a, T>(
    app: &App,
    make: impl Fn(Snapshot) -> Reading<'a, T>,
) -> Result<Made<T>, Problem> {
    let newest = app.stamps.newest().filter(|stamp| stamp.is_aligned());
    let mut stamp = match newest {
        Some(stamp) => stamp,
        None => aligned(app).await?,
    };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let last = attempts >= bound::READ_ATTEMPTS;
        let snapshot = Snapshot {
            last,
            ..Snapshot::new(app, Arc::clone(&stamp))
        };
        let proof = snapshot.clone();
        let made = make(snapshot).await;
        let mut is_whole = proof.is_whole();
        if !is_whole {
            let after = aligned(app).await?;
            let broken = proof.proof.broken.load(Ordering::Acquire);
            is_whole = !broken && after.same_state(&stamp);
            if !is_whole && !last {
                stamp = after;
                continue;
            }
        }
        return made.map(|value| Made {
            stamp,
            value,
            is_whole,
        });
    }
}

/// The stamp, once every projection has the newest block, or after a short wait as it is.
async fn aligned(app: &App) -> Result<Arc<Stamp>, Problem> {
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
