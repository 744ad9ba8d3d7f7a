//! A node: venues to a view, views to signed reports, k of n of them to the chain.

mod chain;
mod collect;
mod figures;
mod http;
mod sign;
mod status;
mod submit;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use ballast_chain::ChainError;
use ballast_chain::tx::{Outbox, Policy, Routes, TxError};
use ballast_store::{Heartbeat, Store, StoreError, Write};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::config::{AssetConfig, Clock, Config, ConfigError};
use crate::due::{Due, due};
use crate::feed::Feed;
use crate::median::{NoView, View, judge};
use crate::report::{Signed, Target};
use chain::{Facts, Reader};
use figures::Figures;

/// Between two signs of life in the store.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// The longest wait after a pass that failed.
const FAILED_WAIT_MAX: Duration = Duration::from_secs(5);

/// Between two passes: several venues often have news of the same moment.
const BREATH: Duration = Duration::from_millis(5);

/// What stops a node, or keeps it from starting.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("listen: {address} cannot be listened on: {detail}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        detail: String,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The outbox fails.
    #[error(transparent)]
    Outbox(#[from] TxError),
}

/// What a node knows of an asset.
#[derive(Clone, Debug, Default)]
struct AssetState {
    view: Option<Result<View, NoView>>,
    due: Option<Due>,
    /// Since when it is due, in which round.
    due_since: Option<(u64, Instant)>,
    /// When a proposal was begun last, whatever became of it.
    tried_at: Option<Instant>,
    /// The round that was handed to the outbox last, and its price.
    proposed: Option<submit::Proposed>,
    newest: Option<Signed>,
}

/// What changes.
#[derive(Debug, Default)]
struct State {
    facts: Option<Facts>,
    handled: u64,
    idle: bool,
    passed_at: Option<Instant>,
    trouble: Option<String>,
    beat_at: Option<Instant>,
    assets: BTreeMap<Address, AssetState>,
}

/// What all parts of a node share.
#[derive(Debug)]
struct Shared {
    config: Config,
    target: Target,
    key: PrivateKeySigner,
    store: Arc<dyn Store>,
    outbox: Outbox,
    reader: Reader,
    feeds: BTreeMap<String, Arc<Feed>>,
    /// Gas of a poke, by asset.
    poke_gas: BTreeMap<Address, u64>,
    client: reqwest::Client,
    news: Arc<Notify>,
    /// One signature at a time.
    signing: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    figures: Figures,
    started_at: u64,
    address: SocketAddr,
}

/// A node that has its address and waits to be run.
#[derive(Debug)]
pub struct Node {
    shared: Arc<Shared>,
    listener: TcpListener,
}

impl Node {
    /// Takes the address that the configuration names, opens the store, connects to the chain and reads the contracts.
    ///
    /// # Errors
    /// What cannot be had.
    pub async fn bind(config: Config, key: PrivateKeySigner) -> Result<Self, NodeError> {
        let address = config.listen;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| NodeError::Listen {
            address,
            detail: error.to_string(),
        })?;
        Self::with_listener(config, key, listener).await
    }

    /// As [`Node::bind`], with an address that was taken before.
    ///
    /// # Errors
    /// As [`Node::bind`].
    pub async fn with_listener(
        config: Config,
        key: PrivateKeySigner,
        listener: TcpListener,
    ) -> Result<Self, NodeError> {
        let address = listener.local_addr().map_err(|error| NodeError::Listen {
            address: config.listen,
            detail: error.to_string(),
        })?;
        let reader = Reader::connect(&config).await?;
        let target = Target {
            chain_id: reader.chain_id(),
            quorum: config.quorum,
        };
        let facts = reader.facts().await?;
        let poke_gas = reader.poke_gas().await?;
        let store = ballast_store::open(&config.store).await?;
        let policy = Policy {
            service: format!("oracle:{}", config.name),
            max_fee_wei: config.max_fee_wei,
            spend_per_hour_wei: config.spend_per_hour_wei,
            confirmations: config.confirmations,
            ..Policy::default()
        };
        let routes = Routes {
            read: reader.first().clone(),
            public: reader.endpoints().to_vec(),
            private: Vec::new(),
        };
        let outbox = Outbox::open(Arc::clone(&store), routes, key.clone(), policy).await?;
        let news = Arc::new(Notify::new());
        let mut feeds = BTreeMap::new();
        for venue in &config.venues {
            let feed = Feed::new(venue.clone());
            let feed = feed.map_err(|detail| ConfigError::new("venues", detail))?;
            feeds.insert(venue.name.clone(), Arc::new(feed));
        }
        let state = State {
            facts: Some(facts),
            ..State::default()
        };
        let shared = Shared {
            client: crate::client::client(config.peer_answer, &config.peers)
                .map_err(|detail| ConfigError::new("peers", detail))?,
            started_at: unix_now(),
            state: Mutex::new(state),
            figures: Figures::default(),
            signing: tokio::sync::Mutex::new(()),
            target,
            key,
            store,
            outbox,
            reader,
            feeds,
            poke_gas,
            news,
            config,
            address,
        };
        Ok(Self {
            shared: Arc::new(shared),
            listener,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The account that signs and sends.
    pub fn signer(&self) -> Address {
        self.shared.key.address()
    }

    /// Runs until `stop` is done, or another program takes the key. Dropping the future stops it at once; whatever
    /// moment that is, nothing is signed or sent twice by the next start.
    ///
    /// # Errors
    /// [`NodeError::Outbox`] where the key is lost to another program.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), NodeError> {
        let Self { shared, listener } = self;
        let mut parts = JoinSet::new();
        for feed in shared.feeds.values() {
            parts.spawn(Arc::clone(feed).run(Arc::clone(&shared.news)));
        }
        parts.spawn(http::serve(listener, Arc::clone(&shared)));
        let outcome = tokio::select! {
            () = stop => Ok(()),
            outcome = shared.go_on() => outcome,
        };
        parts.shutdown().await;
        outcome
    }
}

/// This machine's clock.
fn unix_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn facts(&self) -> Option<Facts> {
        self.state().facts.clone()
    }

    /// The unix second now, by the clock that counts.
    fn now(&self, facts: &Facts) -> u64 {
        match self.config.clock {
            Clock::System => unix_now(),
            Clock::Chain => facts.head.time.get(),
        }
    }

    /// The round of a second.
    fn round(&self, now: u64) -> u64 {
        now.checked_div(self.config.round_secs).unwrap_or(now)
    }

    /// What each venue says about an asset and whether it counts, and what they agree on.
    fn look(
        &self,
        asset: &AssetConfig,
        now: u64,
    ) -> (Vec<status::VenueLine>, Result<View, NoView>) {
        let mut lines = Vec::with_capacity(asset.symbols.len());
        let mut quotes = Vec::with_capacity(asset.symbols.len());
        for (venue, symbol) in &asset.symbols {
            let Some(feed) = self.feeds.get(venue) else {
                continue;
            };
            let held = feed.quote(symbol);
            if let Ok(held) = &held {
                quotes.push(held.quote);
            }
            lines.push(status::VenueLine::new(feed, asset, symbol, &held));
        }
        let (verdicts, view) = judge(&quotes, &asset.rules, now);
        let mut verdicts = verdicts.into_iter();
        for line in &mut lines {
            line.judged(|| verdicts.next());
        }
        (lines, view)
    }

    /// Looks, signs and sends until the key is lost.
    async fn go_on(&self) -> Result<(), NodeError> {
        let poll = self.config.poll;
        let (mut wait, mut polled_at) = (poll, None::<Instant>);
        loop {
            // News of a venue does not wait for the next look at the chain, nor does it make one.
            let polling = polled_at.is_none_or(|at| at.elapsed() >= poll);
            if polling {
                polled_at = Some(Instant::now());
            }
            self.state().idle = false;
            let passed = self.pass(polling).await;
            if self.note_pass(passed)? {
                wait = poll;
                let left = polled_at.map_or(poll, |at| poll.saturating_sub(at.elapsed()));
                let _ = tokio::time::timeout(left, self.news.notified()).await;
            } else {
                wait = wait.saturating_mul(2).min(FAILED_WAIT_MAX.max(poll));
                polled_at = None;
                tokio::time::sleep(wait).await;
            }
            self.beat().await;
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Notes how a pass went; whether it went well.
    fn note_pass(&self, passed: Result<(), NodeError>) -> Result<bool, NodeError> {
        let mut state = self.state();
        state.idle = true;
        match passed {
            Ok(()) => {
                state.passed_at = Some(Instant::now());
                state.trouble = None;
                Ok(true)
            }
            Err(error @ NodeError::Outbox(TxError::KeyInUse { .. })) => Err(error),
            Err(error) => {
                self.figures.count("passes_failed");
                tracing::warn!("a pass failed: {error}");
                state.trouble = Some(error.to_string());
                Ok(false)
            }
        }
    }

    /// One look at the venues, and at the chain where it is time to.
    async fn pass(&self, polling: bool) -> Result<(), NodeError> {
        self.figures.count("passes");
        if polling {
            let known = self.facts().map(|facts| facts.head.hash);
            let tip = self.reader.tip().await?;
            if known != Some(tip.hash) {
                let facts = self.reader.facts_at(tip).await?;
                self.state().facts = Some(facts);
            }
        }
        let Some(facts) = self.facts() else {
            return Ok(());
        };
        let now = self.now(&facts);
        let round = self.round(now);
        let looked = self
            .config
            .assets
            .iter()
            .map(|asset| self.consider(asset, &facts, now, round));
        let proposals = looked.flatten().map(|asset| self.propose(asset, round));
        let mut proposing = false;
        for proposed in futures_util::future::join_all(proposals).await {
            proposing = true;
            if let Err(error) = proposed {
                self.figures.count("proposals_failed");
                tracing::warn!("a proposal failed: {error}");
            }
        }
        if polling || proposing {
            for outcome in self.outbox.step().await? {
                self.figures.count_state(&outcome.state);
            }
        }
        self.state().handled = facts.head.number;
        Ok(())
    }

    /// Looks at an asset; gives it where it is this node's turn to propose its price.
    fn consider<'a>(
        &self,
        asset: &'a AssetConfig,
        facts: &Facts,
        now: u64,
        round: u64,
    ) -> Option<&'a AssetConfig> {
        let (_, view) = self.look(asset, now);
        let latest = facts.latest.get(&asset.asset);
        let wanted = view
            .ok()
            .and_then(|view| due(latest, view.price, now, &asset.push));
        let mut state = self.state();
        let known = state.assets.entry(asset.asset).or_default();
        (known.view, known.due) = (Some(view), wanted);
        wanted?;
        let (_, since) = match known.due_since {
            Some(since) if since.0 == round => since,
            _ => (round, Instant::now()),
        };
        known.due_since = Some((round, since));
        let last = latest.map_or(0, |latest| latest.round);
        let proposed = known
            .proposed
            .as_ref()
            .is_some_and(|proposed| proposed.round == round);
        if round <= last || proposed {
            return None;
        }
        // Peers that gave no report are not asked again at once.
        if known
            .tried_at
            .is_some_and(|at| at.elapsed() < self.config.poll)
        {
            return None;
        }
        let rank = facts.rank(self.key.address(), round)?;
        if since.elapsed() < self.config.takeover.saturating_mul(rank) {
            return None;
        }
        known.tried_at = Some(Instant::now());
        Some(asset)
    }

    /// A sign of life for whoever reads the store.
    async fn beat(&self) {
        let (tip, trouble) = {
            let mut state = self.state();
            if state
                .beat_at
                .is_some_and(|at| at.elapsed() < HEARTBEAT_EVERY)
            {
                return;
            }
            state.beat_at = Some(Instant::now());
            let tip = state.facts.as_ref().map_or(0, |facts| facts.head.number);
            (tip, state.trouble.clone())
        };
        let beat = Heartbeat {
            service: format!("oracle:{}", self.config.name),
            beat_at: unix_now(),
            block: self.state().handled,
            tip,
            stopped: trouble,
        };
        if let Err(error) = self.store.write(vec![Write::put(&beat)]).await {
            tracing::warn!("no sign of life: {error}");
        }
    }
}
