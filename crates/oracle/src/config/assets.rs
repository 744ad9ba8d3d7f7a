//! The assets of the file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::file::{NO_STREAM, address, ratio, refuse, within};
use super::{AssetConfig, ConfigError};
use crate::due::PushRules;
use crate::feed::FeedConfig;
use crate::median::Rules;

const ASSETS_MAX: usize = 64;
const SYMBOL_MAX: usize = 24;
/// Of two venues nobody can tell who lies.
const VENUES_MIN: u64 = 3;

/// An asset as a person writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssetEntry {
    asset: String,
    pair: String,
    #[serde(default)]
    symbols: BTreeMap<String, String>,
    deviation: String,
    heartbeat_secs: u64,
    sources_min: u64,
    age_secs_max: u64,
    ahead_secs_max: Option<u64>,
    outlier: String,
}

/// Every asset, each within its limits.
pub(super) fn assets(
    entries: &[AssetEntry],
    venues: &[FeedConfig],
) -> Result<Vec<AssetConfig>, ConfigError> {
    if entries.is_empty() || entries.len() > ASSETS_MAX {
        return refuse(
            "assets",
            format!("must be 1 to {ASSETS_MAX}, not {}", entries.len()),
        );
    }
    let mut all: Vec<AssetConfig> = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let one = asset(&format!("assets[{at}]"), entry, venues)?;
        if all.iter().any(|known| known.asset == one.asset) {
            return refuse(format!("assets[{at}].asset"), "is given twice");
        }
        all.push(one);
    }
    Ok(all)
}

fn asset(at: &str, entry: &AssetEntry, venues: &[FeedConfig]) -> Result<AssetConfig, ConfigError> {
    let field = |name: &str| format!("{at}.{name}");
    let capital = |text: &str| {
        let plain = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        !text.is_empty() && text.len() <= SYMBOL_MAX && text.chars().all(plain)
    };
    let Some((base, quote)) = entry
        .pair
        .split_once('/')
        .filter(|(base, quote)| capital(base) && capital(quote))
    else {
        return refuse(
            field("pair"),
            format!(
                "must be two symbols in capitals such as ETH/USD, not `{}`",
                entry.pair
            ),
        );
    };
    let symbols = symbols(at, entry, venues, (base, quote))?;
    let asked = u64::try_from(symbols.len()).unwrap_or(u64::MAX);
    let sources_min = within(
        field("sources_min"),
        Some(entry.sources_min),
        2,
        &(2..=asked),
    )?;
    let rules = Rules {
        sources_min: usize::try_from(sources_min).unwrap_or(usize::MAX),
        age_secs_max: within(
            field("age_secs_max"),
            Some(entry.age_secs_max),
            60,
            &(1..=86_400),
        )?,
        ahead_secs_max: within(
            field("ahead_secs_max"),
            entry.ahead_secs_max,
            5,
            &(0..=86_400),
        )?,
        outlier_wad: ratio(field("outlier"), &entry.outlier, "0.0001", "0.5")?,
    };
    let push = PushRules {
        deviation_wad: ratio(field("deviation"), &entry.deviation, "0.0001", "0.1")?,
        heartbeat_secs: within(
            field("heartbeat_secs"),
            Some(entry.heartbeat_secs),
            3_600,
            &(1..=604_800),
        )?,
    };
    Ok(AssetConfig {
        asset: address(field("asset"), &entry.asset)?,
        pair: entry.pair.clone(),
        symbols,
        rules,
        push,
    })
}

/// How each venue writes the pair.
fn symbols(
    at: &str,
    entry: &AssetEntry,
    venues: &[FeedConfig],
    (base, quote): (&str, &str),
) -> Result<BTreeMap<String, String>, ConfigError> {
    let field = |name: &str| format!("{at}.{name}");
    if let Some(unknown) = entry
        .symbols
        .keys()
        .find(|name| venues.iter().all(|venue| venue.name != **name))
    {
        return refuse(
            field("symbols"),
            format!("names the venue `{unknown}`, which is none of `venues`"),
        );
    }
    let mut symbols = BTreeMap::new();
    for venue in venues {
        let own = entry.symbols.get(&venue.name);
        let symbol = own
            .cloned()
            .unwrap_or_else(|| venue.kind.venue().symbol(base, quote));
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "/-".contains(letter);
        if symbol == NO_STREAM {
            continue;
        }
        if symbol.is_empty() || symbol.len() > SYMBOL_MAX || !symbol.chars().all(plain) {
            let detail =
                format!("`{symbol}` must be 1 to {SYMBOL_MAX} letters, digits, `/` and `-`");
            return refuse(field(&format!("symbols.{}", venue.name)), detail);
        }
        symbols.insert(venue.name.clone(), symbol);
    }
    let asked = u64::try_from(symbols.len()).unwrap_or(u64::MAX);
    if asked < VENUES_MIN {
        let detail = format!("leaves {asked} venues, at least {VENUES_MIN} are needed");
        return refuse(field("symbols"), detail);
    }
    Ok(symbols)
}
