//! Reads that several endpoints must agree on.
//!
//! Each question goes to all endpoints at once. The answer is what a quorum of them says; nobody waits for the rest.
//! What the rest says later is still held against it, so that who lies, lags or stalls is named.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log, TransactionRequest};
use ballast_bindings::decode_revert;
use ballast_types::BlockRef;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::endpoint::Endpoint;
use crate::error::{ChainError, revert_of};

/// Blocks from which on an endpoint is said to be behind: one or two are the time a block takes to travel.
const BEHIND_BLOCKS: u64 = 3;

/// What is known of one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// The endpoint, shortened.
    pub url: String,
    /// Answers that agreed with the quorum.
    pub agreed: u64,
    /// Answers that did not.
    pub disagreed: u64,
    /// Errors instead of answers.
    pub failed: u64,
    /// Questions without an answer in time.
    pub late: u64,
    /// Blocks behind the quorum's newest one, when it was last asked.
    pub behind_blocks: u64,
    /// What was last wrong with it, in words.
    pub fault: Option<String>,
    /// Answers that agreed since then.
    pub agreed_since_fault: u64,
}

impl Voice {
    fn blame(&mut self, fault: String) {
        self.fault = Some(fault);
        self.agreed_since_fault = 0;
    }
}

/// Several endpoints of one chain. Copies are handles of the same.
#[derive(Clone, Debug)]
pub struct Quorum {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoints: Vec<Endpoint>,
    needed: usize,
    patience: Duration,
    voices: Mutex<Vec<Voice>>,
}

/// What an endpoint has to say.
type Heard<T> = (usize, Result<T, Silence>);

/// Why it says nothing.
#[derive(Clone, Debug)]
enum Silence {
    Failed(String),
    Late,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Called {
    Returned(Bytes),
    Reverted(Bytes),
}

/// What makes a log what it is; clients differ in what they add to it.
type LogKey = (
    Address,
    Vec<B256>,
    Bytes,
    Option<B256>,
    Option<B256>,
    Option<u64>,
);

impl Quorum {
    /// `needed` of `endpoints` must say the same, each within `patience`. All are of one chain.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`] where there are fewer than `needed` endpoints, or `needed` is 0;
    /// [`ChainError::WrongChain`].
    pub fn new(
        endpoints: Vec<Endpoint>,
        needed: usize,
        patience: Duration,
    ) -> Result<Self, ChainError> {
        if needed == 0 || endpoints.len() < needed {
            return Err(ChainError::NoQuorum {
                what: "quorum".to_owned(),
                agreeing: 0,
                needed,
                asked: endpoints.len(),
                detail: "at least 1 and at most all endpoints can be needed".to_owned(),
            });
        }
        for pair in endpoints.windows(2) {
            if let [first, second] = pair {
                second.expect_chain(first.chain_id())?;
            }
        }
        let voice = |endpoint: &Endpoint| Voice {
            url: endpoint.shown_url().to_owned(),
            ..Voice::default()
        };
        let voices = endpoints.iter().map(voice).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                endpoints,
                needed,
                patience,
                voices: Mutex::new(voices),
            }),
        })
    }

    /// One endpoint, believed.
    pub fn single(endpoint: Endpoint, patience: Duration) -> Self {
        let voice = Voice {
            url: endpoint.shown_url().to_owned(),
            ..Voice::default()
        };
        Self {
            inner: Arc::new(Inner {
                endpoints: vec![endpoint],
                needed: 1,
                patience,
                voices: Mutex::new(vec![voice]),
            }),
        }
    }

    /// What is known of each endpoint, in their order.
    pub fn voices(&self) -> Vec<Voice> {
        self.inner.voices().clone()
    }

    /// The endpoints, in their order.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.inner.endpoints
    }

    /// The newest block that a quorum has. One endpoint's word for a newer one does not count.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`].
    pub async fn tip(&self) -> Result<BlockRef, ChainError> {
        let mut hears = self.spread(|endpoint| async move { endpoint.tip().await });
        let mut heard: Vec<(usize, BlockRef)> = Vec::new();
        let mut silent = Vec::new();
        while let Some((index, said)) = hears.recv().await {
            match said {
                Ok(block) => heard.push((index, block)),
                Err(silence) => {
                    self.inner.silent(index, &silence);
                    silent.push(silence);
                    continue;
                }
            }
            let alike = |block: &BlockRef| {
                let same = heard.iter().filter(|(_, other)| other.hash == block.hash);
                same.count() >= self.inner.needed
            };
            let blocks = heard.iter().map(|(_, block)| *block);
            let best = blocks
                .filter(|block| alike(block))
                .max_by_key(|block| block.number);
            let found = match best {
                Some(block) => Some(block),
                None => self.highest_agreed(&heard).await,
            };
            if let Some(tip) = found {
                for (index, block) in &heard {
                    self.inner.height(*index, block.number, tip.number);
                }
                self.listen_on_tips(hears, tip.number);
                return Ok(tip);
            }
        }
        Err(self.none("the newest block", 1, &silent))
    }

    /// The highest block that a quorum of those heard so far should have, where a quorum has it indeed.
    async fn highest_agreed(&self, heard: &[(usize, BlockRef)]) -> Option<BlockRef> {
        let mut numbers: Vec<u64> = heard.iter().map(|(_, block)| block.number).collect();
        numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
        let candidate = *numbers.get(self.inner.needed.checked_sub(1)?)?;
        self.block(candidate).await.ok().flatten()
    }

    fn listen_on_tips(&self, mut hears: mpsc::Receiver<Heard<BlockRef>>, tip: u64) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            while let Some((index, said)) = hears.recv().await {
                match said {
                    Ok(block) => inner.height(index, block.number, tip),
                    Err(silence) => inner.silent(index, &silence),
                }
            }
        });
    }

    /// The block at `number`; none where a quorum has none.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`].
    pub async fn block(&self, number: u64) -> Result<Option<BlockRef>, ChainError> {
        let what = format!("block {number}");
        let at = BlockNumberOrTag::Number(number);
        let ask = move |endpoint: Endpoint| async move { endpoint.block(at).await };
        self.ask(&what, ask, |block| block.map(|block| block.hash))
            .await
    }

    /// What calling `to` with `data` returns on the state of `block`.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] where a quorum says so, [`ChainError::NoQuorum`].
    pub async fn call(
        &self,
        what: &str,
        to: Address,
        data: Bytes,
        block: &BlockRef,
    ) -> Result<Bytes, ChainError> {
        let at = BlockId::hash(block.hash);
        let ask = move |endpoint: Endpoint| {
            let call = TransactionRequest::default()
                .with_to(to)
                .with_input(data.clone());
            async move {
                match endpoint.provider().call(call).block(at).await {
                    Ok(returned) => Ok(Called::Returned(returned)),
                    Err(error) if revert_of(&error).is_some() => {
                        let payload = error.as_error_resp();
                        let data = payload.and_then(|payload| payload.as_revert_data());
                        Ok(Called::Reverted(data.unwrap_or_default()))
                    }
                    Err(error) => Err(ChainError::from_rpc("eth_call", &error)),
                }
            }
        };
        match self.ask(what, ask, Called::clone).await? {
            Called::Returned(returned) => Ok(returned),
            Called::Reverted(data) => Err(ChainError::Reverted {
                action: what.to_owned(),
                error: decode_revert(&data),
            }),
        }
    }

    /// The logs of `filter` in `block`, by its hash.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`].
    pub async fn logs(&self, filter: &Filter, block: &BlockRef) -> Result<Vec<Log>, ChainError> {
        let what = format!("logs of block {}", block.number);
        let filter = filter.clone().at_block_hash(block.hash);
        let ask = move |endpoint: Endpoint| {
            let filter = filter.clone();
            async move {
                let logs = endpoint.provider().get_logs(&filter).await;
                logs.map_err(|error| ChainError::from_rpc("eth_getLogs", &error))
            }
        };
        let key = |logs: &Vec<Log>| logs.iter().map(log_key).collect::<Vec<LogKey>>();
        self.ask(&what, ask, key).await
    }

    /// Native balance of `account` on the state of `block`, in wei.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`].
    pub async fn native_balance(
        &self,
        account: Address,
        block: &BlockRef,
    ) -> Result<U256, ChainError> {
        let at = BlockId::hash(block.hash);
        let ask = move |endpoint: Endpoint| async move {
            let balance = endpoint.provider().get_balance(account).block_id(at).await;
            balance.map_err(|error| ChainError::from_rpc("eth_getBalance", &error))
        };
        self.ask("a balance", ask, U256::clone).await
    }

    /// What a quorum answers to `ask`: answers are the same where `key` is.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`] once no quorum can come about any more.
    pub async fn ask<T, K, A, F>(
        &self,
        what: &str,
        ask: A,
        key: impl Fn(&T) -> K + Send + 'static,
    ) -> Result<T, ChainError>
    where
        T: Send + 'static,
        K: PartialEq + Send + 'static,
        A: Fn(Endpoint) -> F,
        F: Future<Output = Result<T, ChainError>> + Send + 'static,
    {
        let needed = self.inner.needed;
        let mut hears = self.spread(ask);
        let mut groups: Vec<(K, Vec<usize>)> = Vec::new();
        let mut silent = Vec::new();
        while let Some((index, said)) = hears.recv().await {
            let answer = match said {
                Ok(answer) => answer,
                Err(silence) => {
                    self.inner.silent(index, &silence);
                    silent.push(silence);
                    continue;
                }
            };
            let its = key(&answer);
            let place = groups.iter().position(|(known, _)| *known == its);
            let place = place.unwrap_or_else(|| {
                groups.push((its, Vec::new()));
                groups.len().saturating_sub(1)
            });
            if let Some((_, members)) = groups.get_mut(place) {
                members.push(index);
                if members.len() >= needed {
                    let agreed = groups.swap_remove(place);
                    self.settle(what, agreed, &groups, hears, key);
                    return Ok(answer);
                }
            }
        }
        for index in groups.iter().flat_map(|(_, members)| members) {
            let fault = format!("{what}: its answer has no quorum");
            self.inner.voice(*index, |voice| voice.blame(fault));
        }
        let most = groups.iter().map(|(_, members)| members.len()).max();
        Err(self.none(what, most.unwrap_or_default(), &silent))
    }

    /// Notes who agreed and who did not, and goes on listening to those that have not spoken.
    fn settle<T, K>(
        &self,
        what: &str,
        agreed: (K, Vec<usize>),
        others: &[(K, Vec<usize>)],
        mut hears: mpsc::Receiver<Heard<T>>,
        key: impl Fn(&T) -> K + Send + 'static,
    ) where
        T: Send + 'static,
        K: PartialEq + Send + 'static,
    {
        let (answer, members) = agreed;
        for index in members {
            self.inner.agreed(index);
        }
        for index in others.iter().flat_map(|(_, members)| members) {
            self.inner.disagreed(*index, what);
        }
        let (inner, what) = (Arc::clone(&self.inner), what.to_owned());
        tokio::spawn(async move {
            while let Some((index, said)) = hears.recv().await {
                match said {
                    Ok(late) if key(&late) == answer => inner.agreed(index),
                    Ok(_) => inner.disagreed(index, &what),
                    Err(silence) => inner.silent(index, &silence),
                }
            }
        });
    }

    /// Asks every endpoint at once; each answer, error or silence is heard once.
    fn spread<T, A, F>(&self, ask: A) -> mpsc::Receiver<Heard<T>>
    where
        T: Send + 'static,
        A: Fn(Endpoint) -> F,
        F: Future<Output = Result<T, ChainError>> + Send + 'static,
    {
        let (tell, hears) = mpsc::channel(self.inner.endpoints.len());
        for (index, endpoint) in self.inner.endpoints.iter().enumerate() {
            let asked = tokio::time::timeout(self.inner.patience, ask(endpoint.clone()));
            let tell = tell.clone();
            tokio::spawn(async move {
                let said = match asked.await {
                    Ok(Ok(answer)) => Ok(answer),
                    Ok(Err(error)) => Err(Silence::Failed(error.to_string())),
                    Err(_) => Err(Silence::Late),
                };
                // Nobody listens where the question was given up.
                let _ = tell.send((index, said)).await;
            });
        }
        hears
    }

    fn none(&self, what: &str, agreeing: usize, silent: &[Silence]) -> ChainError {
        let late = silent.iter().filter(|one| matches!(one, Silence::Late));
        let late = late.count();
        let failed = silent.iter().find_map(|one| match one {
            Silence::Failed(why) => Some(why.clone()),
            Silence::Late => None,
        });
        let detail = match (failed, late) {
            (Some(why), 0) => why,
            (Some(why), late) => format!("{late} did not answer in time, another: {why}"),
            (None, 0) => "they contradict each other".to_owned(),
            (None, late) => format!("{late} did not answer in time"),
        };
        ChainError::NoQuorum {
            what: what.to_owned(),
            agreeing,
            needed: self.inner.needed,
            asked: self.inner.endpoints.len(),
            detail,
        }
    }
}

impl Inner {
    fn voices(&self) -> MutexGuard<'_, Vec<Voice>> {
        self.voices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn voice(&self, index: usize, change: impl FnOnce(&mut Voice)) {
        if let Some(voice) = self.voices().get_mut(index) {
            change(voice);
        }
    }

    fn agreed(&self, index: usize) {
        self.voice(index, |voice| {
            voice.agreed = voice.agreed.saturating_add(1);
            voice.agreed_since_fault = voice.agreed_since_fault.saturating_add(1);
        });
    }

    fn disagreed(&self, index: usize, what: &str) {
        self.voice(index, |voice| {
            voice.disagreed = voice.disagreed.saturating_add(1);
            voice.blame(format!("{what}: it says something else than the others"));
            tracing::warn!("{}: disagrees on {what}", voice.url);
        });
    }

    fn silent(&self, index: usize, silence: &Silence) {
        self.voice(index, |voice| match silence {
            Silence::Failed(why) => {
                voice.failed = voice.failed.saturating_add(1);
                voice.blame(why.clone());
            }
            Silence::Late => {
                voice.late = voice.late.saturating_add(1);
                voice.blame("it does not answer in time".to_owned());
            }
        });
    }

    fn height(&self, index: usize, number: u64, tip: u64) {
        self.voice(index, |voice| {
            voice.behind_blocks = tip.saturating_sub(number);
            if voice.behind_blocks >= BEHIND_BLOCKS {
                let behind = voice.behind_blocks;
                voice.blame(format!("it is {behind} blocks behind the others"));
            }
        });
    }
}

fn log_key(log: &Log) -> LogKey {
    (
        log.address(),
        log.topics().to_vec(),
        log.data().data.clone(),
        log.block_hash,
        log.transaction_hash,
        log.log_index,
    )
}
