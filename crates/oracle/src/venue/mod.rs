//! What the venues' messages mean: text in, quotes out, no network.

mod binance;
mod coinbase;
mod kraken;

use std::fmt;

use jiff::Timestamp;

use crate::Kind;
use crate::number::Exact;
use crate::quote::{Quote, QuoteError};

/// Longest part of a venue's own words that is kept.
const WORDS_MAX: usize = 120;

/// Why a venue gave no quote. What it names is for people; [`VenueError::name`] is for counting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueError {
    /// Nothing came in time.
    #[error("no answer in time")]
    Silent,
    /// The connection could not be made or broke.
    #[error("not reached: {detail}")]
    Unreachable {
        /// The reason.
        detail: String,
    },
    /// It sends whoever asks elsewhere, where nobody follows.
    #[error("redirected, which is not followed")]
    Redirected,
    /// It says that it was asked too often.
    #[error("asked too often")]
    RateLimited,
    /// It answered with another status.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is longer than it may be.
    #[error("an answer of more than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// It says that it cannot answer.
    #[error("it says: {words}")]
    Refused {
        /// Its words, shortened.
        words: String,
    },
    /// The answer is no ticker.
    #[error("no ticker: {detail}")]
    Malformed {
        /// What is wrong.
        detail: String,
    },
    /// The numbers are no quote.
    #[error(transparent)]
    NoQuote(#[from] QuoteError),
}

impl VenueError {
    /// Its name in reports and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Unreachable { .. } => "unreachable",
            Self::Redirected => "redirected",
            Self::RateLimited => "rate_limited",
            Self::Status { .. } => "status",
            Self::TooLong { .. } => "too_long",
            Self::Refused { .. } => "refused",
            Self::Malformed { .. } => "malformed",
            Self::NoQuote(_) => "no_quote",
        }
    }

    fn malformed(detail: impl fmt::Display) -> Self {
        Self::Malformed {
            detail: shortened(&detail.to_string()),
        }
    }

    fn refused(words: &str) -> Self {
        if words.to_lowercase().contains("rate limit") || words.contains("Too many requests") {
            return Self::RateLimited;
        }
        Self::Refused {
            words: shortened(words),
        }
    }
}

/// The beginning of words that somebody else chose, without anything that could disturb a log.
fn shortened(words: &str) -> String {
    words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(WORDS_MAX)
        .collect()
}

/// What a message of a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Quotes, each with the venue's symbol.
    Quotes(Vec<(String, Quote)>),
    /// Nothing about prices.
    Nothing,
}

/// A venue's protocol, without the network.
pub trait Venue: fmt::Debug + Send + Sync {
    /// Which it is.
    fn kind(&self) -> Kind;

    /// How it writes the pair of `base` and `quote`, both in capitals.
    fn symbol(&self, base: &str, quote: &str) -> String;

    /// The paths to ask over REST for one quote of a symbol.
    fn questions(&self, symbol: &str) -> Vec<String>;

    /// The quote in the answers to [`Venue::questions`], in their order.
    ///
    /// # Errors
    /// [`VenueError::Refused`], [`VenueError::RateLimited`], [`VenueError::Malformed`], [`VenueError::NoQuote`].
    fn read_answers(&self, symbol: &str, answers: &[String]) -> Result<Quote, VenueError>;

    /// What to say after a stream was opened.
    fn subscriptions(&self, symbols: &[String]) -> Vec<String>;

    /// What one message of a stream says.
    ///
    /// # Errors
    /// As [`Venue::read_answers`].
    fn read_message(&self, text: &str) -> Result<Heard, VenueError>;
}

impl Kind {
    /// The protocol.
    pub fn venue(self) -> &'static dyn Venue {
        match self {
            Self::Binance => &binance::Binance,
            Self::Coinbase => &coinbase::Coinbase,
            Self::Kraken => &kraken::Kraken,
        }
    }
}

/// The numbers of a ticker as they stand in a message.
struct Numbers<'a> {
    last: &'a Exact,
    bid: &'a Exact,
    ask: &'a Exact,
    volume: &'a Exact,
}

impl Numbers<'_> {
    fn quote(&self, time: u64) -> Result<Quote, VenueError> {
        let read = |result: Result<_, String>| result.map_err(VenueError::malformed);
        Ok(Quote::new(
            read(self.last.wad("last"))?,
            read(self.bid.wad("bid"))?,
            read(self.ask.wad("ask"))?,
            read(self.volume.wad_down("volume"))?,
            time,
        )?)
    }
}

/// JSON as `T`.
fn parse<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, VenueError> {
    serde_json::from_str(text).map_err(VenueError::malformed)
}

/// The unix second of a time in the form of RFC 3339.
fn second_of(text: &str) -> Result<u64, VenueError> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| VenueError::malformed("the time is none"))?;
    u64::try_from(time.as_second()).map_err(|_| VenueError::malformed("the time is before 1970"))
}

/// The one answer that a venue with one question gave.
fn only(answers: &[String]) -> Result<&str, VenueError> {
    match answers {
        [answer] => Ok(answer),
        _ => Err(VenueError::malformed("not one answer")),
    }
}
