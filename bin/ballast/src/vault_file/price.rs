//! How an asset is priced: the sources, what each may say, and how they are made one price.

use alloy::primitives::{Address, U256};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_chain::vaults::deploy::{AssetPlan, DEV_FEED_DECIMALS, FeedPlan, SourcePlan};
use ballast_chain::vaults::presets::{Preset, wad};
use ballast_types::decimal;
use serde::Deserialize;

use super::{DAY_SECS, Priced, Surroundings, share_within};
use crate::fail::input;
use crate::launch_file::{KnownAsset, Text};
use crate::units::{parse_address, parse_asset, parse_duration};

const SOURCES_MAX: usize = 8;
const DECIMALS: std::ops::RangeInclusive<u8> = 6..=18;
/// Decimals of a price of one whole token.
const PRICE_DECIMALS: u8 = 18;
/// Longest age that the aggregator can count, in seconds.
const MAX_AGE_SECS: u64 = (1 << 20) - 1;
/// Gas that a source may use unless the file says otherwise: several times what a feed behind a proxy needs.
const GAS: u64 = 150_000;
const GAS_LEAST: u64 = 20_000;
const GAS_MOST: u64 = 3_000_000;
/// Of all sources of an asset.
const GAS_MOST_IN_ALL: u64 = 10_000_000;
/// Least and most of a scaled price: no step rounds to nothing, and every price fits.
const SCALED_LEAST: U256 = U256::from_limbs([1_000_000_000, 0, 0, 0]);
const SCALED_BITS_MAX: usize = 199;
/// Bits of the largest answer of a feed.
const ANSWER_BITS_MAX: usize = 191;

/// The section.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSection {
    live: Option<usize>,
    deviation: Option<String>,
    max_deviation: Option<String>,
    max_step: Option<String>,
    step_window: Option<String>,
    max_age: Option<String>,
    grace: Option<String>,
    #[serde(default)]
    source: Vec<SourceSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceSection {
    chainlink: Option<String>,
    dev: Option<Text>,
    contract: Option<String>,
    #[serde(default)]
    lockable: bool,
    #[serde(default)]
    observing: bool,
    heartbeat: String,
    least: Text,
    most: Text,
    feed_least: Option<Text>,
    feed_most: Option<Text>,
    gas: Option<u64>,
}

/// The asset among those that were asked for before.
///
/// # Errors
/// It has decimals that no market takes.
pub fn around_asset<'a>(
    around: &'a Surroundings,
    field: &str,
    address: Address,
) -> eyre::Result<(&'a KnownAsset, Option<usize>)> {
    let (known, behind) = around
        .assets
        .iter()
        .find(|(known, _)| known.address == address)
        .ok_or_else(|| input(format!("{field}: {address} is not known")))?;
    if !DECIMALS.contains(&known.decimals) {
        return Err(input(format!(
            "{field}: {} has {} decimals, {} to {} are allowed",
            known.symbol,
            known.decimals,
            DECIMALS.start(),
            DECIMALS.end()
        )));
    }
    Ok((known, *behind))
}

/// Adds the price of an asset, or finds that an earlier section gave it.
///
/// # Errors
/// It is given twice or not at all, or out of bounds.
pub fn add(
    around: &Surroundings,
    priced: &mut Priced,
    field: &str,
    (asset, decimals, symbol): (Option<Address>, u8, &str),
    section: Option<&PriceSection>,
    preset: &'static Preset,
) -> eyre::Result<()> {
    let earlier = priced.iter().find(|(plan, _)| plan.asset == asset);
    match (section, earlier) {
        (Some(_), Some(_)) => Err(input(format!(
            "{field}: {symbol} is priced twice; leave the section out where an earlier one prices it"
        ))),
        (None, None) => Err(input(format!("{field}: missing; nothing prices {symbol}"))),
        (None, Some((_, other))) if other.name != preset.name => Err(input(format!(
            "{field}: {symbol} is priced for {}, not for {}",
            other.name, preset.name
        ))),
        (None, Some(_)) => Ok(()),
        (Some(section), None) => {
            let plan = AssetPlan {
                asset,
                decimals,
                terms: section.terms(field, preset)?,
                sources: section.sources(around, field, decimals)?,
            };
            priced.push((plan, preset));
            Ok(())
        }
    }
}

impl PriceSection {
    fn terms(&self, field: &str, preset: &Preset) -> eyre::Result<PriceAggregator::AssetTerms> {
        let default = &preset.price;
        let bps = |name: &str, value: &Option<String>, least: u16, most: u16| match value {
            Some(text) => share_within(&format!("{field}.{name}"), text, least, most),
            None => Ok(most),
        };
        let secs = |name: &str, value: &Option<String>, least: u64, most: u64, otherwise: u64| {
            let secs = match value {
                Some(text) => parse_duration(&format!("{field}.{name}"), text, least, most)?,
                None => otherwise,
            };
            eyre::Ok(U256::from(secs))
        };
        let deviation = bps("deviation", &self.deviation, 0, default.deviation_bps)?;
        let least = deviation.max(10);
        let apart = bps(
            "max_deviation",
            &self.max_deviation,
            least,
            default.max_deviation_bps,
        )?;
        let step = bps("max_step", &self.max_step, 10, default.max_step_bps)?;
        let window = default.step_window_secs;
        Ok(PriceAggregator::AssetTerms {
            maxAgeSecs: secs(
                "max_age",
                &self.max_age,
                60,
                MAX_AGE_SECS,
                default.max_age_secs,
            )?,
            graceSecs: secs("grace", &self.grace, 0, DAY_SECS, default.grace_secs)?,
            minSources: U256::from(self.live(field, preset)?),
            deviation: wad(deviation),
            maxDeviation: wad(apart),
            maxStep: wad(step),
            stepWindowSecs: secs("step_window", &self.step_window, 60, DAY_SECS, window)?,
        })
    }

    /// How many sources must agree: more than half of them, fewer than all, at least as many as the preset says.
    fn live(&self, field: &str, preset: &Preset) -> eyre::Result<usize> {
        let count = self.source.len();
        if let ([source], true) = (&self.source[..], preset.price.derived)
            && source.contract.is_some()
        {
            return Ok(1);
        }
        if count < preset.price.sources_least || count > SOURCES_MAX {
            return Err(input(format!(
                "{field}.source: there are {count}, {} takes {} to {SOURCES_MAX}",
                preset.name, preset.price.sources_least
            )));
        }
        let least = preset.price.live_least.max(count / 2 + 1);
        let most = count.saturating_sub(1);
        let live = self.live.unwrap_or(least);
        if live < least || live > most {
            return Err(input(format!(
                "{field}.live: {live} of {count} sources is outside {least} to {most}"
            )));
        }
        Ok(live)
    }

    fn sources(
        &self,
        around: &Surroundings,
        field: &str,
        decimals: u8,
    ) -> eyre::Result<Vec<SourcePlan>> {
        let field = format!("{field}.source");
        let mut plans: Vec<SourcePlan> = Vec::with_capacity(self.source.len());
        for section in &self.source {
            let plan = section.plan(around, &field, decimals)?;
            let same = |other: &SourcePlan| {
                !matches!(plan.feed, FeedPlan::Dev(_)) && other.feed == plan.feed
            };
            if plans.iter().any(same) {
                let named = section.chainlink.as_ref().or(section.contract.as_ref());
                return Err(input(format!(
                    "{field}: {} is named twice; it would count as two opinions",
                    named.map_or("", String::as_str)
                )));
            }
            plans.push(plan);
        }
        let gas = plans
            .iter()
            .fold(0_u64, |sum, plan| sum.saturating_add(plan.gas_most));
        if gas > GAS_MOST_IN_ALL {
            return Err(input(format!(
                "{field}.gas: {gas} in all is over the maximum of {GAS_MOST_IN_ALL}"
            )));
        }
        Ok(plans)
    }
}

impl SourceSection {
    fn plan(&self, around: &Surroundings, field: &str, decimals: u8) -> eyre::Result<SourcePlan> {
        let least = scaled(&format!("{field}.least"), &self.least, decimals)?;
        let most = scaled(&format!("{field}.most"), &self.most, decimals)?;
        if most <= least {
            return Err(input(format!(
                "{field}.most: {} is not over the least of {}",
                self.most.text(),
                self.least.text()
            )));
        }
        let gas = self.gas.unwrap_or(GAS);
        if !(GAS_LEAST..=GAS_MOST).contains(&gas) {
            return Err(input(format!(
                "{field}.gas: {gas} is outside {GAS_LEAST} to {GAS_MOST}"
            )));
        }
        let heartbeat = format!("{field}.heartbeat");
        let answer_most = (U256::ONE << ANSWER_BITS_MAX) - U256::ONE;
        let raw = |name: &str, value: &Option<Text>, otherwise: U256| match value {
            Some(text) => {
                let name = format!("{field}.{name}");
                eyre::Ok(decimal::parse_at_most(
                    &name,
                    text.text().trim(),
                    0,
                    answer_most,
                )?)
            }
            None => Ok(otherwise),
        };
        let feed_least = raw("feed_least", &self.feed_least, U256::ZERO)?;
        let feed_most = raw("feed_most", &self.feed_most, answer_most)?;
        if feed_most <= feed_least {
            return Err(input(format!(
                "{field}.feed_most: {feed_most} is not over the least of {feed_least}"
            )));
        }
        Ok(SourcePlan {
            feed: self.feed(around, field)?,
            feed_least,
            feed_most,
            max_age_secs: parse_duration(&heartbeat, &self.heartbeat, 1, MAX_AGE_SECS)?,
            least,
            most,
            gas_most: gas,
            lockable: self.lockable,
            observing: self.observing,
        })
    }

    fn feed(&self, around: &Surroundings, field: &str) -> eyre::Result<FeedPlan> {
        match (&self.chainlink, &self.dev, &self.contract) {
            (Some(feed), None, None) => {
                parse_address(&format!("{field}.chainlink"), feed).map(FeedPlan::Chainlink)
            }
            (None, None, Some(source)) => {
                parse_address(&format!("{field}.contract"), source).map(FeedPlan::Source)
            }
            (None, Some(answer), None) if around.local => {
                let field = format!("{field}.dev");
                parse_asset(&field, &answer.text(), DEV_FEED_DECIMALS).map(FeedPlan::Dev)
            }
            (None, Some(_), None) => Err(input(format!(
                "{field}.dev: feeds are made up on the local chain only; name a feed with `chainlink`"
            ))),
            _ => Err(input(format!(
                "{field}: name one of chainlink, dev and contract"
            ))),
        }
    }
}

/// A price of one whole token as `IPrices` scales it.
fn scaled(field: &str, text: &Text, decimals: u8) -> eyre::Result<U256> {
    let whole = decimal::parse(field, text.text().trim(), PRICE_DECIMALS)?;
    let scale = U256::from(10).pow(U256::from(36_u8.saturating_sub(decimals)));
    let price = whole
        .checked_mul(scale)
        .filter(|price| *price >= SCALED_LEAST && price.bit_len() <= SCALED_BITS_MAX);
    price.ok_or_else(|| {
        let most = (U256::ONE << SCALED_BITS_MAX) / scale;
        let least = SCALED_LEAST.div_ceil(scale).max(U256::ONE);
        input(format!(
            "{field}: {} is outside {} to {}",
            text.text(),
            decimal::format(least, PRICE_DECIMALS),
            decimal::format(most, PRICE_DECIMALS)
        ))
    })
}
