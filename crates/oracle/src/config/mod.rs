//! What a node is told: read from TOML, every value within its limits.

mod assets;
mod file;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use reqwest::Url;

use crate::due::PushRules;
use crate::feed::{FeedConfig, Patience};
use crate::median::Rules;

/// A value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct ConfigError {
    /// The setting.
    pub field: String,
    /// What is wrong with it, and the limit.
    pub detail: String,
}

impl ConfigError {
    pub(crate) fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// This machine's.
    System,
    /// The newest block's: a local chain may replay the past.
    Chain,
}

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An encrypted keystore, and the file that holds its password where one is named.
    Keystore {
        /// The keystore.
        path: PathBuf,
        /// The password's file.
        password_file: Option<PathBuf>,
    },
    /// A development account, for the local chain alone.
    DevAccount(u32),
    /// Not in this file.
    Elsewhere,
}

/// One asset.
#[derive(Clone, Debug)]
pub struct AssetConfig {
    /// Its address.
    pub asset: Address,
    /// For people: `ETH/USD`.
    pub pair: String,
    /// The venue's symbol for each venue, by the venue's name.
    pub symbols: BTreeMap<String, String>,
    /// What quotes must keep.
    pub rules: Rules,
    /// When to push.
    pub push: PushRules,
}

/// Everything that a node is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name in the store's records.
    pub name: String,
    /// Endpoints of the chain, the first one preferred.
    pub rpc: Vec<String>,
    /// How many of them must say the same.
    pub agree: usize,
    /// The quorum's contract.
    pub quorum: Address,
    /// The aggregator that is poked after a submission; none for no poking.
    pub aggregator: Option<Address>,
    /// Where the key is.
    pub key: KeySource,
    /// The store.
    pub store: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whose time counts.
    pub clock: Clock,
    /// Between two looks at the chain.
    pub poll: Duration,
    /// Length of a round.
    pub round_secs: u64,
    /// How much longer each next node waits before it steps in.
    pub takeover: Duration,
    /// The other nodes.
    pub peers: Vec<Url>,
    /// How long a peer may take.
    pub peer_answer: Duration,
    /// How far a peer's price may be from the own, in wad.
    pub peer_bound_wad: U256,
    /// The most wei per gas.
    pub max_fee_wei: u128,
    /// The most wei within an hour.
    pub spend_per_hour_wei: Option<U256>,
    /// Blocks on top of a submission until it is final.
    pub confirmations: u64,
    /// The venues, with the symbols of all assets.
    pub venues: Vec<FeedConfig>,
    /// The assets.
    pub assets: Vec<AssetConfig>,
}

impl Config {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Names the setting and the limit.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        file::parse(text)
    }

    /// How long feeds wait; the same for every venue.
    pub fn patience(&self) -> Patience {
        let first = self.venues.first();
        first.map_or_else(Patience::default, |venue| venue.patience)
    }
}
