//! What a node tells about itself.

use std::fmt::Write as _;
use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use ballast_chain::quorum::Voice;
use ballast_chain::tx::SendFigures;
use ballast_types::decimal;
use serde::Serialize;

use super::{Shared, unix_now};
use crate::config::AssetConfig;
use crate::due::{Due, Latest};
use crate::feed::{Channel, Feed, Held};
use crate::median::Verdict;
use crate::quote::DECIMALS;
use crate::venue::VenueError;

/// A node whose last pass is older than this many polls, or than [`SILENCE_MIN`], is not well.
const SILENCE_POLLS: u32 = 20;
/// The shortest silence that is one.
const SILENCE_MIN: Duration = Duration::from_secs(30);

/// What a venue says about an asset, and what the node makes of it. Prices of one whole unit, as decimals.
#[derive(Clone, Debug, Serialize)]
pub(super) struct VenueLine {
    venue: String,
    kind: crate::Kind,
    asset: Address,
    pair: String,
    symbol: String,
    price: Option<String>,
    bid: Option<String>,
    ask: Option<String>,
    volume: Option<String>,
    /// Unix seconds, as the venue names them.
    time: Option<u64>,
    channel: Option<Channel>,
    /// Milliseconds since it came.
    age_ms: Option<u64>,
    counts: bool,
    /// Why it does not count.
    fault: Option<&'static str>,
    /// The fault for people.
    detail: Option<String>,
}

fn shown(value: U256) -> String {
    decimal::format(value, DECIMALS)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl VenueLine {
    pub fn new(
        feed: &Feed,
        asset: &AssetConfig,
        symbol: &str,
        held: &Result<Held, VenueError>,
    ) -> Self {
        let quote = held.as_ref().ok().map(|held| held.quote);
        let error = held.as_ref().err();
        Self {
            venue: feed.config().name.clone(),
            kind: feed.config().kind,
            asset: asset.asset,
            pair: asset.pair.clone(),
            symbol: symbol.to_owned(),
            price: quote.map(|quote| shown(quote.price())),
            bid: quote.map(|quote| shown(quote.bid())),
            ask: quote.map(|quote| shown(quote.ask())),
            volume: quote.map(|quote| shown(quote.volume())),
            time: quote.map(|quote| quote.time()),
            channel: held.as_ref().ok().map(|held| held.channel),
            age_ms: held
                .as_ref()
                .ok()
                .map(|held| millis(held.came_at.elapsed())),
            counts: false,
            fault: error.map(VenueError::name),
            detail: error
                .cloned()
                .or_else(|| feed.trouble(symbol))
                .map(|error| error.to_string()),
        }
    }

    /// Takes the next verdict, where there is a quote to judge.
    pub fn judged(&mut self, verdict: impl FnOnce() -> Option<Verdict>) {
        if self.price.is_none() {
            return;
        }
        let verdict = verdict();
        self.counts = verdict == Some(Verdict::Counts);
        if !self.counts {
            self.fault = verdict.map(Verdict::name);
        }
    }
}

/// The newest block that was looked at.
#[derive(Clone, Copy, Debug, Serialize)]
struct Head {
    number: u64,
    hash: B256,
    time: u64,
}

/// One asset.
#[derive(Clone, Debug, Serialize)]
struct AssetLine {
    asset: Address,
    pair: String,
    /// The own view: price and confidence as decimals, venues that count.
    price: Option<String>,
    confidence: Option<String>,
    sources: Option<usize>,
    /// Why there is no view.
    fault: Option<String>,
    due: Option<Due>,
    latest: Option<Latest>,
    signed_round: Option<u64>,
    proposed_round: Option<u64>,
}

/// What `/status` answers.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Status {
    service: String,
    version: &'static str,
    started_at: u64,
    address: Address,
    quorum: Address,
    chain_id: u64,
    is_signer: bool,
    head: Option<Head>,
    /// The block up to which everything was looked at and handed to the node.
    handled: u64,
    idle: bool,
    now: u64,
    round: u64,
    /// Why the last pass failed.
    trouble: Option<String>,
    assets: Vec<AssetLine>,
    figures: std::collections::BTreeMap<String, u64>,
    sends: SendFigures,
    endpoints: Vec<Voice>,
}

impl Shared {
    pub(super) fn status(&self) -> Status {
        let state = self.state();
        let facts = state.facts.as_ref();
        let now = facts.map_or_else(unix_now, |facts| self.now(facts));
        let assets = self.config.assets.iter().map(|asset| {
            let known = state.assets.get(&asset.asset).cloned().unwrap_or_default();
            let view = known.view.and_then(Result::ok);
            AssetLine {
                asset: asset.asset,
                pair: asset.pair.clone(),
                price: view.map(|view| shown(view.price)),
                confidence: view.map(|view| shown(view.confidence)),
                sources: view.map(|view| view.sources),
                fault: known
                    .view
                    .and_then(Result::err)
                    .map(|error| error.to_string()),
                due: known.due,
                latest: facts
                    .and_then(|facts| facts.latest.get(&asset.asset))
                    .copied(),
                signed_round: known.newest.map(|newest| newest.report.round),
                proposed_round: known.proposed.map(|proposed| proposed.round),
            }
        });
        Status {
            service: format!("oracle:{}", self.config.name),
            version: env!("CARGO_PKG_VERSION"),
            started_at: self.started_at,
            address: self.key.address(),
            quorum: self.config.quorum,
            chain_id: self.target.chain_id,
            is_signer: facts.is_some_and(|facts| facts.signers.contains(&self.key.address())),
            head: facts.map(|facts| Head {
                number: facts.head.number,
                hash: facts.head.hash,
                time: facts.head.time.get(),
            }),
            handled: state.handled,
            idle: state.idle,
            now,
            round: self.round(now),
            trouble: state.trouble.clone(),
            assets: assets.collect(),
            figures: self.figures.all(),
            sends: self.outbox.figures(),
            endpoints: self.reader.voices(),
        }
    }

    /// What each venue says about each asset now.
    pub(super) fn venues(&self) -> Vec<VenueLine> {
        let now = self.facts().map_or_else(unix_now, |facts| self.now(&facts));
        let each = self.config.assets.iter();
        each.flat_map(|asset| self.look(asset, now).0).collect()
    }

    /// Whether the node goes round, and if not, why.
    pub(super) fn health(&self) -> Result<(), String> {
        let state = self.state();
        let silence = self
            .config
            .poll
            .saturating_mul(SILENCE_POLLS)
            .max(SILENCE_MIN);
        match (state.passed_at, &state.trouble) {
            (Some(at), _) if at.elapsed() <= silence => Ok(()),
            (_, Some(trouble)) => Err(trouble.clone()),
            (None, None) => Err("the first pass is not done".to_owned()),
            (Some(_), None) => Err("the node does not go round".to_owned()),
        }
    }

    /// Counters and gauges as Prometheus reads them.
    pub(super) fn metrics(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# TYPE ballast_oracle_events_total counter");
        for (name, count) in self.figures.all() {
            let _ = writeln!(
                text,
                "ballast_oracle_events_total{{event=\"{name}\"}} {count}"
            );
        }
        let _ = writeln!(text, "# TYPE ballast_oracle_venue_answers_total counter");
        for (venue, feed) in &self.feeds {
            for ((channel, result), count) in feed.counts() {
                let _ = writeln!(
                    text,
                    "ballast_oracle_venue_answers_total{{venue=\"{venue}\",channel=\"{}\",result=\"{result}\"}} {count}",
                    channel.name()
                );
            }
        }
        let _ = writeln!(text, "# TYPE ballast_oracle_venue_counts gauge");
        for line in self.venues() {
            let _ = writeln!(
                text,
                "ballast_oracle_venue_counts{{venue=\"{}\",pair=\"{}\"}} {}",
                line.venue,
                line.pair,
                u8::from(line.counts)
            );
        }
        let status = self.status();
        let _ = writeln!(text, "# TYPE ballast_oracle_price gauge");
        for asset in &status.assets {
            if let Some(price) = &asset.price {
                let _ = writeln!(
                    text,
                    "ballast_oracle_price{{pair=\"{}\"}} {price}",
                    asset.pair
                );
            }
        }
        let sends = &status.sends;
        for (name, value) in [
            ("handled_block", status.handled),
            ("sends_total", sends.sends),
            ("sends_mined_total", sends.mined),
            ("sends_replaced_total", sends.replaced),
            ("duplicate_sends_total", sends.duplicate_sends),
        ] {
            let kind = if name.ends_with("_total") {
                "counter"
            } else {
                "gauge"
            };
            let _ = writeln!(
                text,
                "# TYPE ballast_oracle_{name} {kind}\nballast_oracle_{name} {value}"
            );
        }
        text
    }
}
