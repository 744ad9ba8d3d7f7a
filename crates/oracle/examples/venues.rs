//! Three venues on loopback that say what they are told, for benchmarks and for trying a node by hand.
//!
//! ```sh
//! cargo run --package ballast-oracle --example venues
//! ```
//!
//! The first line it prints is JSON: kind, REST and stream address of each venue. Each line it then reads, `PAIR PRICE
//! UNIX_SECONDS`, is what all of them say from that moment on; it is answered by `set`. It ends with its input.

use std::io::Write;

use alloy::primitives::U256;
use ballast_oracle::Kind;
use ballast_oracle::stand_in::StandIn;
use ballast_types::decimal;
use serde_json::json;

/// Decimals of prices and volumes.
const DECIMALS: u8 = 18;
/// What each venue says it traded in a day, in whole units.
const VOLUME: u64 = 1_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut venues = Vec::new();
    for (name, kind) in [
        ("binance", Kind::Binance),
        ("coinbase", Kind::Coinbase),
        ("kraken", Kind::Kraken),
    ] {
        venues.push((name, StandIn::start(kind).await?));
    }
    let shown: Vec<_> = venues
        .iter()
        .map(|(name, venue)| json!({ "kind": name, "rest": venue.rest_url(), "stream": venue.stream_url() }))
        .collect();
    say(&json!(shown).to_string())?;
    let volume = U256::from(VOLUME) * U256::from(10).pow(U256::from(DECIMALS));
    // The venues run on other threads; this one may wait for its input.
    for line in std::io::stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [pair, price, time] = words.as_slice() else {
            return Err(format!("a line is PAIR PRICE UNIX_SECONDS, not: {line}").into());
        };
        let price = decimal::parse("price", price, DECIMALS)?;
        let time = time.parse()?;
        for (_, venue) in &venues {
            venue.set(pair, price, volume, time);
        }
        say("set")?;
    }
    Ok(())
}

/// A line that whoever reads gets at once.
fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
