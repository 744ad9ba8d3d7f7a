//! What a keeper is told in its file. Every field is checked before anything is done, and named with its limit where it
//! is not in order.

mod file;

use std::path::PathBuf;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use ballast_types::{Price, Wad};

use crate::strategy::{
    BackstopTerms, BookTerms, CollectTerms, ConvertTerms, FlagTerms, ForecloseTerms, MarkTerms,
    PokeTerms, RedeemTerms,
};

/// A field that is not in order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct ConfigError {
    /// The field, with its section.
    pub field: String,
    /// What is wrong, and the limit.
    pub detail: String,
}

impl ConfigError {
    /// Of that field.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// Whose time counts where the file asks for a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// This machine's: a newest block that is too old means that the endpoint stands still.
    #[default]
    System,
    /// The newest block's, for chains that replay the past.
    Chain,
}

/// What wei are worth in the unit of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativePrice {
    /// The stored mid of this market, whose collateral is the wrapped native currency.
    Market(u64),
    /// As the file says: value of a wei, as prices are scaled.
    Fixed(Price),
    /// The market of the book whose collateral is the wrapped native currency.
    Found,
}

/// How collateral of a market is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// The market.
    pub market: u64,
    /// Its pairs, from the collateral to the synthetic.
    pub pairs: Vec<Address>,
    /// What each keeps of what comes in, basis points.
    pub fee_bps: u16,
}

/// What is particular to one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookConfig {
    /// The synthetic's symbol or address, as the manifest has it.
    pub synthetic: String,
    /// What gas is weighed with.
    pub native: NativePrice,
    /// The desk that sells what pays for takes; own capital where there is none.
    pub desk: Option<Address>,
    /// Own synthetic that is never spent, base units.
    pub reserved: U256,
    /// Ways to sell; where a market has none here, the direct pair of the deployment's factory.
    pub pools: Vec<PoolConfig>,
}

/// What holds for every take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeConfig {
    /// Most vaults of one take.
    pub owners_max: usize,
    /// Least gain after gas, base units of the synthetic.
    pub least_profit: U256,
    /// What of the expected gain may be missing, basis points.
    pub slippage_bps: u16,
    /// Whether a desk asks for a new price first where that makes vaults unhealthy.
    pub poke: bool,
}

/// Which strategies run, and how; none where one is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strategies {
    /// Takes.
    pub take: Option<TakeConfig>,
    /// Clocks.
    pub flag: Option<FlagTerms>,
    /// Prices.
    pub poke: Option<PokeTerms>,
    /// Losses of vaults.
    pub book: Option<BookTerms>,
    /// Interest and deficits.
    pub collect: Option<CollectTerms>,
    /// Redemptions; the reserve of own synthetic is that of the book.
    pub redeem: Option<RedeemTerms>,
    /// Backstops.
    pub backstop: Option<BackstopTerms>,
    /// Peg modules.
    pub mark: Option<MarkTerms>,
    /// Loans of reserves.
    pub foreclose: Option<ForecloseTerms>,
    /// Converters; the receiver is the keeper itself.
    pub convert: Option<ConvertTerms>,
}

/// How transactions are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendConfig {
    /// Most wei per gas.
    pub max_fee_wei: u128,
    /// Priority fee, wei per gas; what the endpoint suggests where it is none.
    pub priority_fee_wei: Option<u128>,
    /// By how much a replacement pays more, percent.
    pub bump_percent: u32,
    /// Blocks after which it is replaced.
    pub bump_after_blocks: u64,
    /// Most wei of fees within an hour.
    pub spend_per_hour_wei: Option<U256>,
    /// Transactions on their way at once.
    pub in_flight_max: usize,
    /// Blocks on top until an outcome is final.
    pub confirmations: u64,
    /// Blocks until a private transaction goes out publicly.
    pub private_blocks: u64,
    /// Seconds of the chain for which an action is worth sending.
    pub valid_secs: u64,
}

/// Who is asked about bids, where it is not left to the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BiddingConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may think.
    pub timeout: Duration,
    /// Whether what it does not answer is done as planned; left undone otherwise.
    pub fall_back: bool,
}

/// Where alerts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The receiver.
    pub url: String,
    /// File whose first line signs messages.
    pub secret_file: Option<PathBuf>,
}

/// What is watched about the keeper itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchConfig {
    /// Silence of its loop after which it is unhealthy.
    pub silence: Duration,
    /// How long the chain may give no new block until somebody is told; never where it is none.
    pub stall: Option<Duration>,
    /// Own wei under which somebody is told.
    pub least_native: U256,
    /// Blocks between two comparisons of the mirror with the chain.
    pub check_blocks: u64,
}

/// A keeper's whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Endpoints that are read, the first one first; the program's own where there are none.
    pub rpc: Vec<String>,
    /// How many of them must agree on an answer.
    pub quorum: usize,
    /// Endpoints that transactions are sent to; those that are read where there are none.
    pub public: Vec<String>,
    /// Endpoints that transactions are sent to first.
    pub private: Vec<String>,
    /// The store.
    pub store: String,
    /// How long to wait for a further block.
    pub poll: Duration,
    /// How long one request may take.
    pub patience: Duration,
    /// Blocks per request of old logs.
    pub log_span: u64,
    /// Whose time counts.
    pub clock: Clock,
    /// How transactions are sent.
    pub send: SendConfig,
    /// The books; every one of the manifest where there are none.
    pub books: Vec<BookConfig>,
    /// Which strategies run.
    pub strategies: Strategies,
    /// Who is asked about bids.
    pub bidding: Option<BiddingConfig>,
    /// Where alerts go.
    pub webhook: Option<WebhookConfig>,
    /// What is watched.
    pub watch: WatchConfig,
    /// Whether nothing is sent.
    pub dry_run: bool,
}

impl Config {
    /// Shortest wait for a further block, milliseconds.
    pub const POLL_MS_MIN: u64 = 20;

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`ConfigError`] naming the field and its limit; for text that is no TOML, the line.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        file::parse(text)
    }

    /// What is particular to the book of that symbol and address.
    pub fn book(&self, symbol: &str, address: Address) -> Option<BookConfig> {
        if self.books.is_empty() {
            return Some(BookConfig {
                synthetic: symbol.to_owned(),
                native: NativePrice::Found,
                desk: None,
                reserved: U256::ZERO,
                pools: Vec::new(),
            });
        }
        let is_it = |book: &&BookConfig| {
            let named = book.synthetic.parse::<Address>();
            book.synthetic == symbol || named.is_ok_and(|named| named == address)
        };
        self.books.iter().find(is_it).cloned()
    }
}

/// A whole part in wad.
pub(crate) fn wad_of_bps(bps: u64) -> Wad {
    Wad::new(U256::from(bps).saturating_mul(U256::from(100_000_000_000_000_u64)))
}
