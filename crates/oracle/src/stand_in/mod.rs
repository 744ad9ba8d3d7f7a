//! Venues on loopback: servers that speak the protocols of the real ones, for any symbol, and misbehave on demand.
//!
//! A stand-in says what [`StandIn::set`] told it, over REST and to every subscribed stream at once. With a [`Fault`] it
//! does what venues have been seen doing, over both.

mod rest;
mod speak;
mod stream;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alloy::primitives::U256;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::Kind;

/// How long a client may take to ask.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16_384;
/// Wait between two bytes of a slow drip.
const DRIP: Duration = Duration::from_millis(25);
/// Most connections at once.
const CONNECTIONS_MAX: usize = 512;

/// A way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes connections and requests and answers nothing; a stream falls silent.
    Silence,
    /// Goes on answering with the prices and times of the moment the fault began.
    Freeze,
    /// Says its price times this many hundredths.
    Spike {
        /// 1,000 for ten times the price, 10 for a tenth of it.
        percent: u64,
    },
    /// Answers what is no ticker: no JSON, another shape, no number, zero, a negative or a boundless number.
    Garbage,
    /// Answers a byte at a time.
    SlowDrip,
    /// Sends whoever asks elsewhere.
    Redirect,
    /// Ends each connection in the middle of an answer.
    Disconnect,
    /// Ends each connection at once, without an answer.
    Refuse,
    /// Says that it was asked too often.
    RateLimit,
    /// Says times that are this many seconds old.
    StaleTime {
        /// Seconds.
        secs: u64,
    },
    /// Sends half of an answer or frame and then nothing.
    HalfFrames,
    /// Sends an answer or frame that never ends.
    Endless,
}

impl Fault {
    /// Each fault once, with values that no reader may take for a price of now.
    pub const ALL: [Self; 12] = [
        Self::Silence,
        Self::Freeze,
        Self::Spike { percent: 1_000 },
        Self::Garbage,
        Self::SlowDrip,
        Self::Redirect,
        Self::Disconnect,
        Self::Refuse,
        Self::RateLimit,
        Self::StaleTime { secs: 3_600 },
        Self::HalfFrames,
        Self::Endless,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Freeze => "freeze",
            Self::Spike { .. } => "spike",
            Self::Garbage => "garbage",
            Self::SlowDrip => "slow drip",
            Self::Redirect => "redirect",
            Self::Disconnect => "disconnect",
            Self::Refuse => "refuse",
            Self::RateLimit => "rate limit",
            Self::StaleTime { .. } => "stale time",
            Self::HalfFrames => "half frames",
            Self::Endless => "endless",
        }
    }
}

/// What a stand-in did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests over REST, answered or misused.
    pub requests: u64,
    /// Streams that were opened.
    pub streams: u64,
    /// Messages over streams, garbage included.
    pub messages: u64,
    /// Clients that went where a redirection sent them: none ever should.
    pub followed: u64,
    /// Pings that clients answered.
    pub pongs: u64,
}

/// What it was told about a symbol. Price and volume with 18 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    price: U256,
    volume: U256,
    time: u64,
}

/// What the sessions look at.
#[derive(Clone, Debug, Default)]
struct State {
    told: BTreeMap<String, Told>,
    /// What it had been told when the fault began.
    kept: BTreeMap<String, Told>,
    fault: Option<Fault>,
}

impl State {
    /// What it says about a symbol, the fault included.
    fn says(&self, symbol: &str) -> Option<Told> {
        let frozen = self.fault == Some(Fault::Freeze);
        let book = if frozen { &self.kept } else { &self.told };
        let mut said = *book.get(&key_of(symbol))?;
        match self.fault {
            Some(Fault::Spike { percent }) => {
                let spiked = said.price.saturating_mul(U256::from(percent));
                said.price = spiked.checked_div(U256::from(100)).unwrap_or(said.price);
            }
            Some(Fault::StaleTime { secs }) => said.time = said.time.saturating_sub(secs),
            _ => {}
        }
        Some(said)
    }
}

/// A symbol without what the venues write differently: `ETH/USD`, `eth-usd` and `ETHUSD` are one, and `XBT` is `BTC`.
fn key_of(symbol: &str) -> String {
    let plain: String = symbol
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    match plain.strip_prefix("XBT") {
        Some(rest) => format!("BTC{rest}"),
        None => plain,
    }
}

/// Counters of [`Served`].
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    streams: AtomicU64,
    messages: AtomicU64,
    followed: AtomicU64,
    pongs: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// What all sessions share.
#[derive(Debug)]
struct Shared {
    kind: Kind,
    address: SocketAddr,
    state: watch::Sender<State>,
    counts: Counts,
}

impl Shared {
    fn fault(&self) -> Option<Fault> {
        self.state.borrow().fault
    }

    fn says(&self, symbol: &str) -> Option<Told> {
        self.state.borrow().says(symbol)
    }
}

/// A venue on loopback. Dropping it closes its port and every connection.
#[derive(Debug)]
pub struct StandIn {
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

impl StandIn {
    /// Opens a venue of this kind on a free port of this machine.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn start(kind: Kind) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let shared = Arc::new(Shared {
            kind,
            address: listener.local_addr()?,
            state: watch::Sender::new(State::default()),
            counts: Counts::default(),
        });
        let running = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, running })
    }

    /// Whose protocol it speaks.
    pub fn kind(&self) -> Kind {
        self.shared.kind
    }

    /// Where it listens, for REST and streams.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The address to configure for REST.
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address to configure for streams.
    pub fn stream_url(&self) -> String {
        let path = match self.kind() {
            Kind::Binance => "/ws",
            Kind::Coinbase => "",
            Kind::Kraken => "/v2",
        };
        format!("ws://{}{path}", self.address())
    }

    /// Tells it the last trade of a symbol: price of one whole base asset and 24-hour volume in whole base assets, both
    /// with 18 decimals, and the unix second. Subscribed streams hear it at once.
    ///
    /// The symbol may be written in any venue's way.
    pub fn set(&self, symbol: &str, price: U256, volume: U256, time: u64) {
        let told = Told {
            price,
            volume,
            time,
        };
        self.shared.state.send_modify(|state| {
            state.told.insert(key_of(symbol), told);
        });
    }

    /// Begins a fault, or ends the one there is.
    pub fn fault(&self, fault: Option<Fault>) {
        self.shared.state.send_modify(|state| {
            state.fault = fault;
            state.kept = state.told.clone();
        });
    }

    /// What it did so far.
    pub fn served(&self) -> Served {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &self.shared.counts;
        Served {
            requests: read(&counts.requests),
            streams: read(&counts.streams),
            messages: read(&counts.messages),
            followed: read(&counts.followed),
            pongs: read(&counts.pongs),
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Takes connections until it is dropped, which ends them all.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles: give those who hold them a moment.
            tokio::time::sleep(DRIP).await;
            continue;
        };
        if sessions.len() >= CONNECTIONS_MAX {
            continue;
        }
        let shared = Arc::clone(&shared);
        sessions.spawn(async move {
            // A client that goes away ends its session; nobody waits for the reason.
            let _ = session(stream, &shared).await;
        });
    }
}

/// One connection: a request over REST or a stream.
async fn session(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    if shared.fault() == Some(Fault::Refuse) {
        return Ok(());
    }
    let asked = tokio::time::timeout(REQUEST_PATIENCE, rest::asked(&mut stream)).await;
    let Ok(Ok(Some(request))) = asked else {
        return Ok(());
    };
    match request.upgrade {
        Some(_) => stream::serve(stream, &request, shared).await,
        None => rest::answer(stream, &request, shared).await,
    }
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn every_way_of_writing_a_symbol_is_one() {
        for written in ["ETH/USD", "eth-usd", "ETHUSD", "ethusd"] {
            assert_eq!(key_of(written), "ETHUSD");
        }
        assert_eq!(key_of("XBT/USD"), key_of("BTC-USD"));
    }
}
