//! What is deployed for a crisis: the book's plan, from the preset's numbers alone.

use alloy::primitives::{Address, U256};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_chain::BookRecord;
use ballast_chain::vaults::deploy::{
    AssetPlan, BookDeployment, BookPlan, DEV_FEED_DECIMALS, FeedPlan, MarketPlan, PegPlan,
    SourcePlan,
};
use ballast_chain::vaults::presets::{Preset, wad};
use ballast_model::vaults::MarketTerms;
use ballast_types::{Seconds, TokenAmount, WAD, Wad};

use super::mirror::Subject;
use super::stage::{CUSTODY_DECIMALS, Spec, peg_fee};
use super::world::{DECIMALS, base, price};

/// Age above which a source's answer does not count, seconds.
const SOURCE_AGE_SECS: u64 = 3_600;
/// Gas of one source.
const SOURCE_GAS: u64 = 200_000;
/// What the surplus keeps, whole synthetics.
const SURPLUS_BUFFER: u64 = 1_000;
/// One cooldown of the backstop, seconds.
const COOLDOWN_SECS: u64 = 86_400;
/// Two per cent a year.
const RATE: u64 = 634_195_839;

#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod generated {
    alloy::sol! {
        function mint(address to) external returns (uint256 liquidity);
    }
}
pub use generated::mintCall;

/// The sources of each priced token.
#[derive(Clone, Copy, Debug)]
pub struct SourceSet<'a> {
    /// Tokens: collateral, then custody.
    pub tokens: &'a [Address],
    /// What the quorum reports of each.
    pub reports: &'a [Address],
}

/// Creation code of a plain token, from the committed build output.
///
/// # Errors
/// Where that is no build output.
pub fn asset_code() -> eyre::Result<Vec<u8>> {
    let artifact = include_str!("../../../../contracts/artifacts/DevAsset.json");
    let json: serde_json::Value = serde_json::from_str(artifact)?;
    let code = json.get("bytecode").and_then(serde_json::Value::as_str);
    Ok(alloy::primitives::hex::decode(code.unwrap_or_default())?)
}

/// The plan of a book.
pub fn book(spec: &Spec<'_>, set: &SourceSet<'_>, owner: Address) -> BookPlan {
    let preset = spec.preset;
    let priced: Vec<(&String, f64)> = spec
        .assets
        .iter()
        .chain(&spec.custody)
        .map(|(symbol, price)| (symbol, *price))
        .collect();
    let assets = set
        .tokens
        .iter()
        .zip(set.reports)
        .zip(&priced)
        .enumerate()
        .map(|(index, ((token, source), (_, first)))| {
            let decimals = if index < spec.assets.len() {
                DECIMALS
            } else {
                CUSTODY_DECIMALS
            };
            asset(preset, *token, *source, (decimals, *first))
        })
        .collect();
    let markets = set
        .tokens
        .iter()
        .take(spec.assets.len())
        .map(|token| MarketPlan {
            terms: terms(preset, *token),
            ceiling: U256::from(spec.ceiling) * WAD,
            mint_limit: U256::from(spec.mint_limit) * WAD,
            rate: U256::from(RATE),
        })
        .collect();
    let peg = spec.custody.as_ref().and_then(|_| set.tokens.last());
    BookPlan {
        name: spec.name.to_owned(),
        symbol: spec.symbol.to_owned(),
        surplus_buffer: U256::from(SURPLUS_BUFFER) * WAD,
        owner,
        guardian: owner,
        delay_secs: 2 * 86_400,
        assets,
        markets,
        peg: peg.map(|custody| PegPlan {
            custody: *custody,
            fee_in: peg_fee(preset),
            fee_out: U256::ZERO,
            cap_most: U256::from(spec.ceiling) * WAD,
        }),
        rates: None,
        backstop_cooldown_secs: Some(COOLDOWN_SECS),
    }
}

fn asset(
    preset: &Preset,
    token: Address,
    report: Address,
    (decimals, first): (u8, f64),
) -> AssetPlan {
    let numbers = &preset.price;
    let source = |feed: FeedPlan| SourcePlan {
        feed,
        feed_least: U256::ONE,
        feed_most: U256::from(10).pow(U256::from(18)),
        max_age_secs: SOURCE_AGE_SECS,
        least: price(first * 1e-3, decimals).get(),
        most: price(first * 1e3, decimals).get(),
        gas_most: SOURCE_GAS,
        lockable: false,
        observing: false,
    };
    let others = numbers.sources_least - 1;
    let dev = FeedPlan::Dev(base(first, DEV_FEED_DECIMALS));
    let sources = std::iter::once(FeedPlan::Source(report))
        .chain(std::iter::repeat_n(dev, others))
        .map(source)
        .collect();
    AssetPlan {
        asset: Some(token),
        decimals,
        terms: PriceAggregator::AssetTerms {
            maxAgeSecs: U256::from(numbers.max_age_secs),
            graceSecs: U256::from(numbers.grace_secs),
            minSources: U256::from(numbers.live_least),
            deviation: wad(numbers.deviation_bps),
            maxDeviation: wad(numbers.max_deviation_bps),
            maxStep: wad(numbers.max_step_bps),
            stepWindowSecs: U256::from(numbers.step_window_secs),
        },
        sources,
    }
}

fn terms(preset: &Preset, collateral: Address) -> MarketTerms {
    MarketTerms {
        collateral,
        prices: Address::ZERO,
        borrow_ltv: Wad::new(wad(preset.borrow_ltv_bps)),
        min_debt: TokenAmount::new(U256::from(preset.min_debt) * WAD),
        mint_window_secs: Seconds::new(preset.mint_window_secs),
        liq_ltv: Wad::new(wad(preset.liquidation_ltv_bps)),
        max_discount: Wad::new(wad(preset.max_discount_bps)),
        ramp_secs: Seconds::new(preset.ramp_secs),
        fee_min: Wad::new(wad(preset.fee_min_bps)),
        fee_slope: Wad::new(wad(preset.fee_slope_bps)),
        rate_controller: Address::ZERO,
    }
}

/// The feeds that were created for each asset, in the order of its sources.
pub fn feeds(plan: &BookPlan, parts: &BookDeployment) -> Vec<Vec<Address>> {
    let mut created = parts.created.iter();
    plan.assets
        .iter()
        .map(|asset| {
            let mut feeds = Vec::new();
            for source in &asset.sources {
                if matches!(source.feed, FeedPlan::Dev(_)) {
                    // A feed, then its source.
                    feeds.extend(created.next().copied());
                    created.next();
                }
            }
            feeds
        })
        .collect()
}

/// What the mirror begins with.
pub fn subject(spec: &Spec<'_>, plan: &BookPlan, record: &BookRecord, created_at: u64) -> Subject {
    let part = |part: Option<ballast_chain::ContractRecord>| {
        part.map(|part| part.address).unwrap_or_default()
    };
    let prices = record.prices.address;
    Subject {
        book: record.book.address,
        governor: record.governor.address,
        backstop: part(record.backstop),
        peg_module: part(record.peg_module),
        surplus_buffer: plan.surplus_buffer,
        prices,
        markets: plan
            .markets
            .iter()
            .map(|market| {
                let terms = MarketTerms {
                    prices,
                    ..market.terms
                };
                (terms, market.ceiling, market.mint_limit, market.rate)
            })
            .collect(),
        deviation: wad(spec.preset.price.deviation_bps),
        max_age_secs: spec.preset.price.max_age_secs,
        created_at,
    }
}
