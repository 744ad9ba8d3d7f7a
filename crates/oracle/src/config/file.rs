//! The file as a person writes it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use ballast_types::decimal;
use reqwest::Url;
use serde::Deserialize;

use super::assets::{AssetEntry, assets};
use super::{Clock, Config, ConfigError, KeySource};
use crate::Kind;
use crate::feed::{FeedConfig, Patience, is_loopback};
use crate::median::VENUES_MAX;

const ENDPOINTS_MAX: usize = 8;
const PEERS_MAX: usize = 30;
const NAME_MAX: usize = 40;
const WEI_PER_GWEI: u128 = 1_000_000_000;
const ETHER_DECIMALS: u8 = 18;
const RATIO_DECIMALS: u8 = 18;
/// Written as the stream of a venue that has none.
pub(super) const NO_STREAM: &str = "none";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    rpc: Vec<String>,
    agree: Option<u64>,
    quorum: String,
    aggregator: Option<String>,
    poke: Option<bool>,
    keystore: Option<PathBuf>,
    password_file: Option<PathBuf>,
    dev_account: Option<u32>,
    store: String,
    listen: Option<String>,
    clock: Option<String>,
    poll_ms: Option<u64>,
    round_secs: Option<u64>,
    takeover_ms: Option<u64>,
    #[serde(default)]
    peers: Vec<String>,
    peer_answer_ms: Option<u64>,
    peer_bound: Option<String>,
    max_fee_gwei: Option<u64>,
    spend_per_hour: Option<String>,
    confirmations: Option<u64>,
    #[serde(default)]
    patience: PatienceEntry,
    venues: BTreeMap<String, VenueEntry>,
    assets: Vec<AssetEntry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatienceEntry {
    answer_ms: Option<u64>,
    silence_ms: Option<u64>,
    hold_ms: Option<u64>,
    rest_every_ms: Option<u64>,
    backoff_ms_max: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VenueEntry {
    kind: Kind,
    rest: Option<String>,
    stream: Option<String>,
}

pub(super) fn refuse<T>(
    field: impl Into<String>,
    detail: impl Into<String>,
) -> Result<T, ConfigError> {
    Err(ConfigError::new(field, detail))
}

/// A number within its limits, or what is usual.
pub(super) fn within<T: Copy + PartialOrd + Display>(
    field: impl Into<String>,
    given: Option<T>,
    usual: T,
    limits: &RangeInclusive<T>,
) -> Result<T, ConfigError> {
    let value = given.unwrap_or(usual);
    if limits.contains(&value) {
        return Ok(value);
    }
    let detail = format!(
        "must be {} to {}, not {value}",
        limits.start(),
        limits.end()
    );
    refuse(field, detail)
}

fn millis(
    field: &str,
    given: Option<u64>,
    usual: Duration,
    limits: &RangeInclusive<u64>,
) -> Result<Duration, ConfigError> {
    let usual = u64::try_from(usual.as_millis()).unwrap_or(u64::MAX);
    within(field, given, usual, limits).map(Duration::from_millis)
}

pub(super) fn address(field: impl Into<String>, text: &str) -> Result<Address, ConfigError> {
    let field = field.into();
    let bad = |_| ConfigError::new(&field, format!("`{text}` is no address"));
    let found: Address = text.parse().map_err(bad)?;
    if found.is_zero() {
        return refuse(field, "must not be the zero address");
    }
    Ok(found)
}

/// A ratio such as `0.005`, in wad, within limits of the same form.
pub(super) fn ratio(
    field: impl Into<String>,
    text: &str,
    least: &str,
    most: &str,
) -> Result<U256, ConfigError> {
    let field = field.into();
    let read = |text: &str| decimal::parse(&field, text, RATIO_DECIMALS);
    let (Ok(least_wad), Ok(most_wad)) = (read(least), read(most)) else {
        return refuse(field, "has limits that cannot be read");
    };
    match read(text) {
        Ok(value) if (least_wad..=most_wad).contains(&value) => Ok(value),
        _ => refuse(field, format!("must be {least} to {most}, not `{text}`")),
    }
}

/// An address of one of `schemes`. Beyond this machine nothing goes in the open unless `open` is allowed.
fn url(
    field: impl Into<String>,
    text: &str,
    schemes: [&str; 2],
    open: bool,
) -> Result<Url, ConfigError> {
    let field = field.into();
    let [plain, encrypted] = schemes;
    let parsed: Option<Url> = text.parse().ok();
    let Some(parsed) = parsed.filter(|url| schemes.contains(&url.scheme()) && url.has_host())
    else {
        return refuse(
            field,
            format!("must be an address that begins with {encrypted}:// or {plain}://"),
        );
    };
    if parsed.scheme() == plain && !open && !is_loopback(&parsed) {
        return refuse(
            field,
            format!("{plain}:// is for this machine alone; use {encrypted}://"),
        );
    }
    Ok(parsed)
}

/// Letters, digits and dashes.
fn name(field: &str, text: &str) -> Result<String, ConfigError> {
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if text.is_empty() || text.len() > NAME_MAX || !text.chars().all(plain) {
        let detail =
            format!("must be 1 to {NAME_MAX} small letters, digits and dashes, not `{text}`");
        return refuse(field, detail);
    }
    Ok(text.to_owned())
}

pub(super) fn parse(text: &str) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let venues = venues(&file)?;
    let usual_poll = Duration::from_millis(500);
    let usual_takeover = Duration::from_secs(5);
    let usual_answer = Duration::from_secs(1);
    let answer = millis(
        "peer_answer_ms",
        file.peer_answer_ms,
        usual_answer,
        &(50..=30_000),
    )?;
    let takeover = millis(
        "takeover_ms",
        file.takeover_ms,
        usual_takeover,
        &(0..=600_000),
    )?;
    let bound = file.peer_bound.as_deref().unwrap_or("0.02");
    let gwei = within("max_fee_gwei", file.max_fee_gwei, 300, &(1..=1_000_000))?;
    let config = Config {
        name: name("name", &file.name)?,
        agree: agree(&file)?,
        quorum: address("quorum", &file.quorum)?,
        aggregator: aggregator(&file)?,
        key: key(&file)?,
        listen: listen(file.listen.as_deref())?,
        clock: clock(file.clock.as_deref())?,
        poll: millis("poll_ms", file.poll_ms, usual_poll, &(20..=60_000))?,
        round_secs: within("round_secs", file.round_secs, 15, &(1..=3_600))?,
        takeover,
        peers: peers(&file.peers)?,
        peer_answer: answer,
        peer_bound_wad: ratio("peer_bound", bound, "0.0001", "0.5")?,
        max_fee_wei: u128::from(gwei).saturating_mul(WEI_PER_GWEI),
        spend_per_hour_wei: spend(file.spend_per_hour.as_deref())?,
        confirmations: within("confirmations", file.confirmations, 2, &(0..=64))?,
        assets: assets(&file.assets, &venues)?,
        venues,
        rpc: file.rpc,
        store: file.store,
    };
    Ok(with_symbols(config))
}

/// What is no TOML, or has a setting that there is not, with its line.
fn unreadable(text: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(0, |span| {
        let before = text.get(..span.start).unwrap_or_default();
        before.lines().count().max(1)
    });
    let words: Vec<&str> = error.message().split_whitespace().collect();
    ConfigError::new("file", format!("line {line}: {}", words.join(" ")))
}

/// How many endpoints must agree, after a look at all of them.
fn agree(file: &File) -> Result<usize, ConfigError> {
    let count = file.rpc.len();
    if count == 0 || count > ENDPOINTS_MAX {
        let detail = format!("must be 1 to {ENDPOINTS_MAX} addresses, not {count}");
        return refuse("rpc", detail);
    }
    for (at, endpoint) in file.rpc.iter().enumerate() {
        url(format!("rpc[{at}]"), endpoint, ["http", "https"], true)?;
    }
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let majority = (count / 2).saturating_add(1);
    let agree = within("agree", file.agree, majority, &(1..=count))?;
    Ok(usize::try_from(agree).unwrap_or(usize::MAX))
}

fn listen(text: Option<&str>) -> Result<SocketAddr, ConfigError> {
    let text = text.unwrap_or("127.0.0.1:9300");
    text.parse().map_err(|_| {
        let detail = format!("`{text}` is no address with a port, such as 127.0.0.1:9300");
        ConfigError::new("listen", detail)
    })
}

/// Each venue with the symbols of all assets that it is asked about.
fn with_symbols(mut config: Config) -> Config {
    for venue in &mut config.venues {
        let symbols = config
            .assets
            .iter()
            .filter_map(|asset| asset.symbols.get(&venue.name));
        venue.symbols = symbols.cloned().collect();
        venue.symbols.sort();
        venue.symbols.dedup();
    }
    config
}

fn aggregator(file: &File) -> Result<Option<Address>, ConfigError> {
    match (&file.aggregator, file.poke) {
        (None, Some(true)) => refuse("poke", "needs the `aggregator` to poke"),
        (None, _) | (Some(_), Some(false)) => Ok(None),
        (Some(text), _) => address("aggregator", text).map(Some),
    }
}

fn key(file: &File) -> Result<KeySource, ConfigError> {
    match (&file.keystore, file.dev_account) {
        (Some(_), Some(_)) => refuse("keystore", "and `dev_account` are both given; name one key"),
        (Some(path), None) => Ok(KeySource::Keystore {
            path: path.clone(),
            password_file: file.password_file.clone(),
        }),
        (None, Some(index)) => Ok(KeySource::DevAccount(index)),
        (None, None) => Ok(KeySource::Elsewhere),
    }
}

fn clock(text: Option<&str>) -> Result<Clock, ConfigError> {
    match text {
        None | Some("system") => Ok(Clock::System),
        Some("chain") => Ok(Clock::Chain),
        Some(other) => refuse(
            "clock",
            format!("must be `system` or `chain`, not `{other}`"),
        ),
    }
}

fn peers(texts: &[String]) -> Result<Vec<Url>, ConfigError> {
    if texts.len() > PEERS_MAX {
        return refuse(
            "peers",
            format!("must be at most {PEERS_MAX}, not {}", texts.len()),
        );
    }
    // What peers say is signed, and no secret.
    let each = texts.iter().enumerate();
    each.map(|(at, text)| url(format!("peers[{at}]"), text, ["http", "https"], true))
        .collect()
}

fn spend(text: Option<&str>) -> Result<Option<U256>, ConfigError> {
    let read = |text| decimal::parse("spend_per_hour", text, ETHER_DECIMALS);
    text.map(read)
        .transpose()
        .map_err(|error| ConfigError::new("spend_per_hour", error.to_string()))
}

fn patience(entry: &PatienceEntry) -> Result<Patience, ConfigError> {
    let usual = Patience::default();
    let minute = 10..=60_000;
    Ok(Patience {
        answer: millis("patience.answer_ms", entry.answer_ms, usual.answer, &minute)?,
        silence: millis(
            "patience.silence_ms",
            entry.silence_ms,
            usual.silence,
            &minute,
        )?,
        hold: millis(
            "patience.hold_ms",
            entry.hold_ms,
            usual.hold,
            &(10..=600_000),
        )?,
        rest_every: millis(
            "patience.rest_every_ms",
            entry.rest_every_ms,
            usual.rest_every,
            &minute,
        )?,
        backoff_max: millis(
            "patience.backoff_ms_max",
            entry.backoff_ms_max,
            usual.backoff_max,
            &(10..=600_000),
        )?,
    })
}

/// Where a venue is where nothing else is said.
fn usual_addresses(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Binance => (
            "https://api.binance.com",
            "wss://stream.binance.com:9443/ws",
        ),
        Kind::Coinbase => (
            "https://api.exchange.coinbase.com",
            "wss://ws-feed.exchange.coinbase.com",
        ),
        Kind::Kraken => ("https://api.kraken.com", "wss://ws.kraken.com/v2"),
    }
}

fn venues(file: &File) -> Result<Vec<FeedConfig>, ConfigError> {
    if file.venues.is_empty() || file.venues.len() > VENUES_MAX {
        return refuse(
            "venues",
            format!("must be 1 to {VENUES_MAX}, not {}", file.venues.len()),
        );
    }
    let patience = patience(&file.patience)?;
    let mut all = Vec::with_capacity(file.venues.len());
    for (venue, entry) in &file.venues {
        let (rest, stream) = usual_addresses(entry.kind);
        let rest = entry.rest.as_deref().unwrap_or(rest);
        let stream = entry.stream.as_deref().unwrap_or(stream);
        let stream = (stream != NO_STREAM)
            .then(|| {
                url(
                    format!("venues.{venue}.stream"),
                    stream,
                    ["ws", "wss"],
                    false,
                )
            })
            .transpose()?;
        all.push(FeedConfig {
            name: name(&format!("venues.{venue}"), venue)?,
            kind: entry.kind,
            rest: url(
                format!("venues.{venue}.rest"),
                rest,
                ["http", "https"],
                false,
            )?,
            stream,
            symbols: Vec::new(),
            patience,
        });
    }
    Ok(all)
}
