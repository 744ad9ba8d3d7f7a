//! One venue, connected: a stream, and REST for what the stream does not tell.
//!
//! Readers take what is held and never wait for the network. Whatever the venue does, each wait, each answer and each
//! message is bounded.

mod rest;
mod stream;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde::Serialize;
use tokio::sync::Notify;

use crate::Kind;
use crate::quote::Quote;
use crate::venue::{Heard, VenueError};

/// Largest answer and largest message, in bytes.
pub const BYTES_MAX: usize = 262_144;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A connection, and a whole answer over REST.
    pub answer: Duration,
    /// Without news of a symbol, before it is asked for over REST; without any message, before a stream is given up.
    pub silence: Duration,
    /// For which a quote is held after it came.
    pub hold: Duration,
    /// Between two questions over REST about a symbol that the stream does not tell of.
    pub rest_every: Duration,
    /// The longest wait after failures; it doubles from [`Patience::rest_every`].
    pub backoff_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(3),
            silence: Duration::from_secs(5),
            hold: Duration::from_secs(15),
            rest_every: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
        }
    }
}

/// A venue and what is asked of it.
#[derive(Clone, Debug)]
pub struct FeedConfig {
    /// Its name, of this configuration.
    pub name: String,
    /// Its protocol.
    pub kind: Kind,
    /// Where its REST interface is; paths are appended.
    pub rest: Url,
    /// Where its stream is; none for REST alone.
    pub stream: Option<Url>,
    /// The symbols, as the venue writes them.
    pub symbols: Vec<String>,
    /// How long things may take.
    pub patience: Patience,
}

/// How a quote came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Asked for.
    Rest,
    /// Told.
    Stream,
}

impl Channel {
    /// Its name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Stream => "stream",
        }
    }
}

/// A quote and when it came.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// What the venue said.
    pub quote: Quote,
    /// When that came here.
    pub came_at: Instant,
    /// How.
    pub channel: Channel,
}

/// What a feed did, by channel and name: `ok`, or the name of a [`VenueError`].
pub type Counts = BTreeMap<(Channel, &'static str), u64>;

/// What changes.
#[derive(Debug, Default)]
struct Book {
    held: BTreeMap<String, Held>,
    errors: BTreeMap<String, VenueError>,
    counts: Counts,
}

/// One venue. [`Feed::run`] keeps it up to date.
#[derive(Debug)]
pub struct Feed {
    config: FeedConfig,
    client: reqwest::Client,
    tls: Option<stream::Tls>,
    book: Mutex<Book>,
}

impl Feed {
    /// Prepares the connections; none is made.
    ///
    /// # Errors
    /// The system's encryption cannot be set up.
    pub fn new(config: FeedConfig) -> Result<Self, String> {
        let encrypted = |url: &Url| url.scheme() == "wss";
        let tls = config.stream.as_ref().filter(|url| encrypted(url));
        Ok(Self {
            client: rest::client(&config)?,
            tls: tls.map(|_| stream::Tls::new()).transpose()?,
            book: Mutex::default(),
            config,
        })
    }

    /// What it was made from.
    pub fn config(&self) -> &FeedConfig {
        &self.config
    }

    /// Keeps the feed up to date until it is dropped; `news` is woken for each quote.
    pub async fn run(self: Arc<Self>, news: Arc<Notify>) {
        let told = stream::follow(&self, &news);
        let asked = futures_util::future::join_all(
            self.config
                .symbols
                .iter()
                .map(|symbol| rest::fill_in(&self, symbol, &news)),
        );
        tokio::join!(told, asked);
    }

    /// The newest quote of a symbol.
    ///
    /// # Errors
    /// What went wrong last, where nothing came for [`Patience::hold`].
    pub fn quote(&self, symbol: &str) -> Result<Held, VenueError> {
        let book = self.book();
        match book.held.get(symbol) {
            Some(held) if held.came_at.elapsed() <= self.config.patience.hold => Ok(*held),
            _ => Err(book
                .errors
                .get(symbol)
                .cloned()
                .unwrap_or(VenueError::Silent)),
        }
    }

    /// What went wrong last with a symbol since its last quote.
    pub fn trouble(&self, symbol: &str) -> Option<VenueError> {
        self.book().errors.get(symbol).cloned()
    }

    /// What it did so far.
    pub fn counts(&self) -> Counts {
        self.book().counts.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(book: &mut Book, channel: Channel, name: &'static str) {
        let counter = book.counts.entry((channel, name)).or_default();
        *counter = counter.saturating_add(1);
    }

    /// Keeps a quote of a symbol that is asked for; others are nothing.
    fn keep(&self, symbol: &str, quote: Quote, channel: Channel, news: &Notify) {
        if !self.config.symbols.iter().any(|known| known == symbol) {
            return;
        }
        let mut book = self.book();
        let held = Held {
            quote,
            came_at: Instant::now(),
            channel,
        };
        let before = book.held.insert(symbol.to_owned(), held);
        book.errors.remove(symbol);
        Self::count(&mut book, channel, "ok");
        drop(book);
        if before.is_none_or(|before| before.quote != quote) {
            news.notify_one();
        }
    }

    /// Keeps what a message said; whether it held a quote.
    fn keep_heard(&self, heard: Heard, news: &Notify) -> bool {
        match heard {
            Heard::Nothing => false,
            Heard::Quotes(quotes) => {
                for (symbol, quote) in quotes {
                    self.keep(&symbol, quote, Channel::Stream, news);
                }
                true
            }
        }
    }

    /// Notes a failure about some symbols.
    fn note(&self, symbols: &[String], channel: Channel, error: &VenueError) {
        let mut book = self.book();
        Self::count(&mut book, channel, error.name());
        for symbol in symbols {
            book.errors.insert(symbol.clone(), error.clone());
        }
    }

    /// Whether a symbol has to be asked for over REST.
    fn wants(&self, symbol: &str) -> bool {
        let limit = self.config.patience.silence;
        let book = self.book();
        let held = book.held.get(symbol);
        held.is_none_or(|held| held.channel == Channel::Rest || held.came_at.elapsed() >= limit)
    }
}

/// The wait after one more failure.
fn longer(wait: Duration, patience: &Patience) -> Duration {
    wait.saturating_mul(2).min(patience.backoff_max)
}

/// Whether an address is of this machine, where no proxy is asked.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
