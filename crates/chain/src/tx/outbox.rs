//! The outbox as its owner sees it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use alloy::eips::BlockNumberOrTag;
use alloy::network::EthereumWallet;
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use ballast_store::{
    Attempt, Column, Lane, Lock, Record, Row, SendRecord, Statement, Store, StoreError, Write,
    find, get,
};
use futures_util::future::join_all;

use super::error::TxError;
use super::pass::Pass;
use super::rows;
use super::types::{Intent, Outcome, Policy, Queued, Routes, SendFigures, SendState};
use crate::endpoint::Endpoint;
use crate::error::ChainError;

/// The longest key of an intent, in characters.
const ID_CHARS_MAX: usize = 200;
/// Characters of a wrong key that an error shows.
const ID_CHARS_SHOWN: usize = 60;

/// The transactions of one key. Copies are handles of the same outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

/// What passes remember of each other; nothing of it must survive the program.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The newest block of the pass before.
    pub tip: Option<B256>,
    /// How often each intent's estimate reverted, and in which block last.
    pub refusals: HashMap<String, (u32, u64)>,
    /// Attempts that a pool found too cheap.
    pub underpriced: HashSet<B256>,
    /// How many passes found each missing nonce missing.
    pub gaps: HashMap<u64, u32>,
    /// Whether the key could not pay in the pass before.
    pub cannot_pay: bool,
    /// Alerts that were raised.
    pub told: HashSet<String>,
    /// Which of the endpoints that can be read is read.
    pub reader: usize,
    /// When the chain was last looked at with nothing to do.
    pub looked: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub store: Arc<dyn Store>,
    pub routes: Routes,
    pub wallet: EthereumWallet,
    pub address: Address,
    pub policy: Policy,
    lock: Mutex<Lock>,
    /// One pass at a time.
    memory: tokio::sync::Mutex<Memory>,
    figures: Mutex<SendFigures>,
    placed: AtomicU64,
}

/// The name under which a store knows that a key is in use.
fn lock_name(address: Address) -> String {
    format!("sends of {address}")
}

/// Unix seconds of this program's clock.
pub(super) fn now_secs() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

impl Outbox {
    /// Opens the outbox of `signer`'s account in `store` and takes the key's lock, which is gone with the process.
    ///
    /// # Errors
    /// [`TxError::KeyInUse`] where another program has the lock, [`TxError::BadPolicy`], [`TxError::OtherChain`],
    /// [`TxError::Store`], [`TxError::Chain`].
    pub async fn open(
        store: Arc<dyn Store>,
        routes: Routes,
        signer: PrivateKeySigner,
        policy: Policy,
    ) -> Result<Self, TxError> {
        check_policy(&policy)?;
        for endpoint in routes.public.iter().chain(&routes.private) {
            endpoint.expect_chain(routes.read.chain_id())?;
        }
        let address = signer.address();
        let lock = store.lock(&lock_name(address)).await?;
        let lock = lock.ok_or(TxError::KeyInUse { address })?;
        let (genesis_hash, next_nonce) = start(&routes, &policy, address).await?;
        let lane = Lane {
            address,
            chain_id: routes.read.chain_id(),
            genesis_hash,
            next_nonce,
        };
        begin(store.as_ref(), lane).await?;
        let placed = store
            .read(
                Statement::new(SendRecord::TABLE, "last_placed"),
                vec![address.to_value()],
            )
            .await?;
        let shared = Shared {
            store,
            routes,
            wallet: signer.into(),
            address,
            policy,
            lock: Mutex::new(lock),
            memory: tokio::sync::Mutex::default(),
            figures: Mutex::default(),
            placed: AtomicU64::new(number(&placed)),
        };
        let outbox = Self {
            shared: Arc::new(shared),
        };
        outbox.shared.count_waiting().await?;
        Ok(outbox)
    }

    /// Writes `intent` down. Once this has returned it is not forgotten.
    ///
    /// # Errors
    /// [`TxError::BadIntent`], [`TxError::Store`].
    pub async fn enqueue(&self, intent: Intent) -> Result<Queued, TxError> {
        let shared = &self.shared;
        let send = shared.record(&intent)?;
        if let Some(known) = self.state(&send.id).await? {
            return Ok(Queued::Known(known));
        }
        shared.store.write(vec![rows::enqueue(&send)]).await?;
        let kept: Option<SendRecord> = get(shared.store.as_ref(), send.key()).await?;
        match kept {
            // Another part of this program was faster with the same key.
            Some(kept) if kept.placed != send.placed => Ok(Queued::Known(rows::state_of(&kept, 0))),
            _ => {
                shared.figure(|figures| figures.waiting = figures.waiting.saturating_add(1));
                Ok(Queued::New)
            }
        }
    }

    /// Takes an intent back: at once where it was not signed, otherwise by an empty transaction in its place, which
    /// may come too late. False where there is none, or it is final.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn cancel(&self, id: &str) -> Result<bool, TxError> {
        let send = self.shared.send(id).await?;
        let Some(send) = send.filter(|send| send.final_at.is_none()) else {
            return Ok(false);
        };
        let end = rows::end(&send, rows::CANCELLED, None);
        self.shared.store.write(vec![end]).await?;
        Ok(true)
    }

    /// One pass: takes up what a killed program left, looks for what was mined, sends, replaces and cancels. Gives
    /// the intents that became final; one that a deep reorganisation took back may become final again later.
    ///
    /// # Errors
    /// [`TxError::Store`], [`TxError::Chain`] where the chain cannot be read, [`TxError::KeyInUse`] where the lock
    /// was lost to another program. Trying again is always safe.
    pub async fn step(&self) -> Result<Vec<Outcome>, TxError> {
        let shared = &self.shared;
        let mut memory = shared.memory.lock().await;
        shared.keep_lock().await?;
        let outcomes = Pass::run(shared, &mut memory).await;
        if matches!(outcomes, Err(TxError::Chain(_))) {
            memory.reader = memory.reader.wrapping_add(1);
        }
        shared.count_waiting().await?;
        outcomes
    }

    /// What became of the intent `id`; none where there is none.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn state(&self, id: &str) -> Result<Option<SendState>, TxError> {
        let Some(send) = self.shared.send(id).await? else {
            return Ok(None);
        };
        let attempts = match send.nonce {
            Some(_) => self.shared.attempts_of(id).await?.len(),
            None => 0,
        };
        Ok(Some(rows::state_of(&send, attempts)))
    }

    /// How many intents are not final yet.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn waiting(&self) -> Result<usize, TxError> {
        let waiting = self.shared.count_waiting().await?;
        Ok(usize::try_from(waiting).unwrap_or(usize::MAX))
    }

    /// What was done since this program started.
    pub fn figures(&self) -> SendFigures {
        self.shared.figures().clone()
    }

    /// The account that sends.
    pub fn address(&self) -> Address {
        self.shared.address
    }
}

impl Shared {
    fn figures(&self) -> MutexGuard<'_, SendFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn figure(&self, change: impl FnOnce(&mut SendFigures)) {
        change(&mut self.figures());
    }

    /// Takes the lock again where a database's session was lost.
    async fn keep_lock(&self) -> Result<(), TxError> {
        let held = |lock: &Mutex<Lock>| {
            let lock = lock.lock().unwrap_or_else(PoisonError::into_inner);
            lock.is_held()
        };
        if held(&self.lock) {
            return Ok(());
        }
        let address = self.address;
        let again = self.store.lock(&lock_name(address)).await?;
        let again = again.ok_or(TxError::KeyInUse { address })?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = again;
        Ok(())
    }

    async fn count_waiting(&self) -> Result<u64, TxError> {
        let open = Statement::new(SendRecord::TABLE, "open_count");
        let rows = self.store.read(open, vec![self.address.to_value()]).await?;
        let waiting = number(&rows);
        self.figure(|figures| figures.waiting = waiting);
        Ok(waiting)
    }

    async fn send(&self, id: &str) -> Result<Option<SendRecord>, StoreError> {
        let key = vec![self.address.to_value(), id.to_owned().to_value()];
        get(self.store.as_ref(), key).await
    }

    async fn attempts_of(&self, id: &str) -> Result<Vec<Attempt>, StoreError> {
        let key = vec![self.address.to_value(), id.to_owned().to_value()];
        find(self.store.as_ref(), "of_send", key).await
    }

    /// A place in the queue behind every other.
    fn place(&self) -> u64 {
        let now = now_millis();
        let next = |last: u64| Some(now.max(last.saturating_add(1)));
        let last = self
            .placed
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next)
            .unwrap_or_default();
        now.max(last.saturating_add(1))
    }

    fn record(&self, intent: &Intent) -> Result<SendRecord, TxError> {
        let bad = |field: &'static str, detail: &str| TxError::BadIntent {
            id: intent.id.chars().take(ID_CHARS_SHOWN).collect(),
            field,
            detail: detail.to_owned(),
        };
        let length = intent.id.chars().count();
        if length == 0 || length > ID_CHARS_MAX || intent.id.contains('\0') {
            return Err(bad("id", "give 1 to 200 characters, none of them zero"));
        }
        if intent.gas == Some(0) {
            return Err(bad("gas", "0 lets nothing run; give at least 21000"));
        }
        let target = intent.step.to;
        let target = target
            .ok_or_else(|| bad("step.to", "it creates a contract; an outbox only calls one"))?;
        Ok(SendRecord {
            address: self.address,
            id: intent.id.clone(),
            service: self.policy.service.clone(),
            label: intent.step.label.replace('\0', " "),
            target,
            data: intent.step.data.clone(),
            value_wei: intent.step.value,
            gas: intent.gas,
            valid_until: intent.valid_until,
            max_fee_wei: intent.max_fee_wei.map(U256::from),
            private: u64::from(intent.private),
            urgent: u64::from(intent.urgent),
            state: rows::WANTED.to_owned(),
            placed: self.place(),
            created_at: now_secs(),
            ..SendRecord::default()
        })
    }

    /// A send that does nothing but use a nonce that nothing else has.
    pub fn filler(&self, nonce: u64, block: u64) -> SendRecord {
        SendRecord {
            address: self.address,
            id: format!("gap {nonce} {block} {}", now_millis()),
            service: self.policy.service.clone(),
            label: format!("close the gap at nonce {nonce}"),
            target: self.address,
            gas: Some(super::sign::EMPTY_GAS),
            state: rows::WANTED.to_owned(),
            placed: self.place(),
            created_at: now_secs(),
            ..SendRecord::default()
        }
    }
}

/// The number of a row that holds nothing else.
fn number(rows: &[Row]) -> u64 {
    let first = rows.first().and_then(|row| row.first());
    first.and_then(u64::from_value).unwrap_or_default()
}

fn check_policy(policy: &Policy) -> Result<(), TxError> {
    let bad = |field: &'static str, detail: String| Err(TxError::BadPolicy { field, detail });
    if policy.bump_percent < Policy::BUMP_PERCENT_MIN {
        let least = Policy::BUMP_PERCENT_MIN;
        let given = policy.bump_percent;
        let detail = format!("{given} % is too little for nodes to replace; give at least {least}");
        return bad("bump_percent", detail);
    }
    if policy.in_flight_max == 0 || policy.in_flight_max > Policy::IN_FLIGHT_MAX {
        let most = Policy::IN_FLIGHT_MAX;
        let detail = format!("{} is not within 1 and {most}", policy.in_flight_max);
        return bad("in_flight_max", detail);
    }
    if policy.bump_after_blocks == 0 {
        return bad("bump_after_blocks", "give at least 1 block".to_owned());
    }
    if policy.service.is_empty() || policy.service.contains('\0') {
        return bad("service", "give a name such as keeper:main".to_owned());
    }
    if policy.max_fee_wei == 0 {
        let detail = "0 wei per gas sends nothing; give the most that a transaction may pay";
        return bad("max_fee_wei", detail.to_owned());
    }
    Ok(())
}

/// Hash of the chain's first block and the account's nonce, as most endpoints that answer have them: one that lies must
/// neither begin a lane nor end a program.
async fn start(
    routes: &Routes,
    policy: &Policy,
    address: Address,
) -> Result<(B256, u64), ChainError> {
    let ask = |endpoint: Endpoint| async move {
        let genesis = endpoint.block(BlockNumberOrTag::Earliest).await?;
        let genesis = genesis.ok_or_else(|| ChainError::Rpc {
            method: "eth_getBlockByNumber".to_owned(),
            detail: "the endpoint has no first block".to_owned(),
        })?;
        let count = endpoint.provider().get_transaction_count(address).await;
        let count =
            count.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?;
        Ok::<_, ChainError>((genesis.hash, count))
    };
    // Often the one that is read is a public one too; it has one voice.
    let others = routes.public.iter();
    let others = others.filter(|one| one.shown_url() != routes.read.shown_url());
    let asked = std::iter::once(&routes.read)
        .chain(others)
        .map(|endpoint| within(policy.patience, "opening the outbox", ask(endpoint.clone())));
    let mut told = Vec::new();
    let mut failed = None;
    for answer in join_all(asked).await {
        match answer {
            Ok(answer) => told.push(answer),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let voices = |of: &(B256, u64)| {
        let blocks = told.iter().filter(|other| other.0 == of.0).count();
        (blocks, told.iter().filter(|other| *other == of).count())
    };
    let most = told.iter().map(voices).max();
    let first = told.iter().find(|of| Some(voices(of)) == most).copied();
    first.ok_or_else(|| {
        failed.unwrap_or_else(|| ChainError::Rpc {
            method: "opening the outbox".to_owned(),
            detail: "no endpoint is named".to_owned(),
        })
    })
}

/// Begins the lane of a new key, or sees that the one in the store is of this chain.
async fn begin(store: &dyn Store, lane: Lane) -> Result<(), TxError> {
    let first = Write::new(Statement::new(Lane::TABLE, "begin"), lane.row()).lasting();
    store.write(vec![first]).await?;
    let known: Lane = get(store, lane.key())
        .await?
        .ok_or(StoreError::Corrupt { table: Lane::TABLE })?;
    if (known.chain_id, known.genesis_hash) == (lane.chain_id, lane.genesis_hash) {
        return Ok(());
    }
    Err(TxError::OtherChain {
        address: lane.address,
        known_chain: known.chain_id,
        known: known.genesis_hash,
        chain: lane.chain_id,
        found: lane.genesis_hash,
    })
}

/// What `work` gives within `patience`.
pub(super) async fn within<T>(
    patience: std::time::Duration,
    what: &str,
    work: impl Future<Output = Result<T, ChainError>>,
) -> Result<T, ChainError> {
    let answer = tokio::time::timeout(patience, work).await;
    answer.unwrap_or_else(|_| {
        Err(ChainError::Rpc {
            method: what.to_owned(),
            detail: format!("no answer in {} ms", patience.as_millis()),
        })
    })
}
