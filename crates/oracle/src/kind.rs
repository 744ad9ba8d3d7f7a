//! The protocols that venues speak.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A protocol of a public exchange: REST for one question, WebSocket for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Binance's spot market data: `/api/v3/ticker/24hr` and streams `symbol@ticker`.
    Binance,
    /// Coinbase Exchange: `/products/ID/ticker` and the channels `ticker` and `heartbeat`.
    Coinbase,
    /// Kraken: `/0/public/Ticker` with `/0/public/Trades`, and the second version of its WebSocket's `ticker`.
    Kraken,
}

impl Kind {
    /// Every protocol.
    pub const ALL: [Self; 3] = [Self::Binance, Self::Coinbase, Self::Kraken];

    /// Its name in configurations and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is none of binance, coinbase, kraken"))
    }
}
