//! `ballast oracle`: what an asset is worth, who says so, and asking them again.

mod deploy;
mod report;
mod run;

pub use deploy::deploy;
pub use report::report;
pub use run::{run, stdin_closed};

use alloy::primitives::{Address, I256, U256};
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::chainlink::ChainlinkSource;
use ballast_bindings::devfeed::DevFeed;
use ballast_chain::vaults::{self, SourceState, StoredPrice};
use ballast_chain::{BookRecord, ChainError, LOCAL_CHAIN_ID, Sender, Step, devnet};
use ballast_model::vaults::PriceState;
use ballast_types::Price;
use serde::Serialize;

use super::vault::{PriceReport, book_named, markets, newest, percent, poke_step, state_name};
use crate::act::{Done, Plan, carry_out};
use crate::cli::{OracleAssetArgs, OracleSetArgs, OracleShowArgs};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{duration, instant, parse_asset};

/// Windows that `oracle set --settle` lets pass at most: a fall to a thousandth needs 66 steps of a tenth.
const WINDOWS_MAX: usize = 100;

/// One priced asset.
#[derive(Clone, Debug)]
struct Priced {
    prices: Address,
    asset: Address,
    symbol: String,
    decimals: u8,
}

#[derive(Serialize)]
struct OracleReport {
    block: u64,
    time_unix: u64,
    synthetic: String,
    assets: Vec<AssetReport>,
}

#[derive(Serialize)]
struct AssetReport {
    asset: Address,
    symbol: String,
    low: PriceReport,
    mid: PriceReport,
    high: PriceReport,
    state: &'static str,
    updated_at_unix: u64,
    age_secs: Option<u64>,
    age_secs_max: u64,
    sources_live: usize,
    sources_needed: u64,
    sources: Vec<SourceReport>,
    #[serde(skip)]
    lines: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct SourceReport {
    source: Address,
    /// None where it does not count.
    live: bool,
    reason: Option<&'static str>,
    answer: PriceReport,
    updated_at_unix: u64,
    age_secs_max: u64,
    least: PriceReport,
    most: PriceReport,
    #[serde(skip)]
    cells: Vec<String>,
}

impl Report for OracleReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "prices in {} at block {}, {}",
            self.synthetic,
            self.block,
            instant(self.time_unix)
        ));
        let names = ["source", "says", "age", "within", "counts"];
        for asset in &self.assets {
            lines.heading(&asset.symbol);
            for (name, text) in &asset.lines {
                lines.add(name, text);
            }
            let rows: Vec<Vec<String>> = asset
                .sources
                .iter()
                .map(|source| source.cells.clone())
                .collect();
            lines.table(&names, &rows);
        }
        lines.text()
    }
}

/// The assets that a book's markets and peg module are priced by.
async fn priced(deployment: &Deployment, book: &BookRecord) -> eyre::Result<Vec<Priced>> {
    let mut all: Vec<Priced> = Vec::new();
    for market in markets(deployment, book).await? {
        let asset = market.terms.collateral;
        if all.iter().all(|known| known.asset != asset) {
            all.push(Priced {
                prices: market.terms.prices,
                asset,
                symbol: market.collateral.symbol,
                decimals: market.collateral.decimals,
            });
        }
    }
    Ok(all)
}

async fn asset_named(
    deployment: &Deployment,
    book: &BookRecord,
    text: &str,
) -> eyre::Result<Priced> {
    let all = priced(deployment, book).await?;
    if let Some(found) = all
        .iter()
        .find(|one| one.symbol == text || one.asset.to_string().eq_ignore_ascii_case(text))
    {
        return Ok(found.clone());
    }
    if text.starts_with("0x") {
        // An asset that no market takes, such as the custody of the peg module.
        let asset = crate::units::parse_address("asset", text)?;
        let prices = book.prices.address;
        let known =
            vaults::stored_price(&deployment.endpoint, prices, asset, deployment.at()).await;
        if known.is_ok() {
            let (symbol, decimals) = ballast_chain::accrual::describe_asset(
                &deployment.endpoint,
                deployment.at(),
                asset,
            )
            .await?;
            return Ok(Priced {
                prices,
                asset,
                symbol,
                decimals,
            });
        }
    }
    let symbols: Vec<String> = all.into_iter().map(|one| one.symbol).collect();
    Err(input(format!(
        "asset: `{text}` is none that {} has a price of: {}",
        book.symbol,
        symbols.join(", ")
    )))
}

/// Shows prices and their sources.
///
/// # Errors
/// No such asset, or the chain cannot be read.
pub async fn show(ctx: &Context, args: &OracleShowArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = book_named(&deployment, &args.synth)?;
    let assets = match &args.asset {
        Some(text) => vec![asset_named(&deployment, book, text).await?],
        None => priced(&deployment, book).await?,
    };
    let mut reports = Vec::new();
    for asset in &assets {
        reports.push(asset_report(&deployment, asset).await?);
    }
    ctx.out.result(&OracleReport {
        block: deployment.block.number,
        time_unix: deployment.block.time.get(),
        synthetic: book.symbol.clone(),
        assets: reports,
    })
}

async fn asset_report(deployment: &Deployment, asset: &Priced) -> eyre::Result<AssetReport> {
    let (endpoint, at) = (&deployment.endpoint, deployment.at());
    let stored = vaults::stored_price(endpoint, asset.prices, asset.asset, at).await?;
    let (terms, sources) = vaults::sources(endpoint, asset.prices, asset.asset, at).await?;
    let now = deployment.block.time.get();
    let price = |price: Price| PriceReport::new(price, asset.decimals);
    let view = stored.view;
    let age = (stored.updated_at != 0).then(|| now.saturating_sub(stored.updated_at));
    let most = u64::try_from(terms.maxAgeSecs).unwrap_or(u64::MAX);
    let live = sources.iter().filter(|one| one.reading.fault == 0).count();
    let needed = u64::try_from(terms.minSources).unwrap_or(u64::MAX);
    let age_text = age.map_or_else(|| "never priced".to_owned(), duration);
    let lines = vec![
        ("asset", asset.asset.to_string()),
        (
            "price",
            format!(
                "{} (low {}, high {})",
                price(view.mid),
                price(view.low),
                price(view.high)
            ),
        ),
        ("state", state_name(view.state).to_owned()),
        ("age", format!("{age_text}, at most {}", duration(most))),
        (
            "sources",
            format!("{live} of {} count, {needed} are needed", sources.len()),
        ),
        (
            "rules",
            format!(
                "{} of deviation, at most {} from the median, at most {} a step of {}",
                percent(terms.deviation),
                percent(terms.maxDeviation),
                percent(terms.maxStep),
                duration(u64::try_from(terms.stepWindowSecs).unwrap_or(u64::MAX))
            ),
        ),
    ];
    Ok(AssetReport {
        asset: asset.asset,
        symbol: asset.symbol.clone(),
        low: price(view.low),
        mid: price(view.mid),
        high: price(view.high),
        state: state_name(view.state),
        updated_at_unix: stored.updated_at,
        age_secs: age,
        age_secs_max: most,
        sources_live: live,
        sources_needed: needed,
        sources: sources
            .iter()
            .map(|source| source_report(source, asset.decimals, now))
            .collect(),
        lines,
    })
}

fn source_report(source: &SourceState, decimals: u8, now: u64) -> SourceReport {
    let price = |price: U256| PriceReport::new(Price::new(price), decimals);
    let seconds = |word: U256| u64::try_from(word).unwrap_or(u64::MAX);
    let (reading, terms) = (&source.reading, &source.terms);
    let reason = fault_name(reading.fault);
    let updated_at = seconds(reading.updatedAt);
    let said = !reading.mid.is_zero();
    let (least, most) = (price(terms.least), price(terms.most));
    let age = duration(now.saturating_sub(updated_at));
    let limit = duration(seconds(terms.maxAgeSecs));
    let cells = vec![
        reading.source.to_string(),
        if said {
            price(reading.mid).to_string()
        } else {
            "-".to_owned()
        },
        if said {
            format!("{age} of {limit}")
        } else {
            "-".to_owned()
        },
        format!("{least} to {most}"),
        reason.map_or_else(|| "yes".to_owned(), |reason| format!("no: {reason}")),
    ];
    SourceReport {
        source: reading.source,
        live: reason.is_none(),
        reason,
        answer: price(reading.mid),
        updated_at_unix: updated_at,
        age_secs_max: seconds(terms.maxAgeSecs),
        least,
        most,
        cells,
    }
}

/// Why a source does not count; none where it does.
const fn fault_name(fault: u8) -> Option<&'static str> {
    Some(match fault {
        0 => return None,
        1 => "no answer",
        2 => "cannot be read in this call",
        3 => "an answer that makes no sense",
        4 => "out of its bounds",
        5 => "too old",
        6 => "too far from the median",
        _ => "unknown",
    })
}

/// Asks the sources of an asset and stores what they agree on.
///
/// # Errors
/// No such asset, a source that cannot be read in this call, or a revert.
pub async fn poke(ctx: &Context, args: &OracleAssetArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = book_named(&deployment, &args.synth)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let asset = asset_named(&deployment, book, &args.asset).await?;
    let (endpoint, at) = (&deployment.endpoint, deployment.at());
    let before = vaults::stored_price(endpoint, asset.prices, asset.asset, at).await?;
    let step = poke_step(&asset.prices, asset.asset, &asset.symbol);
    let plan = Plan {
        action: "oracle poke",
        lines: vec![
            ("asset", format!("{} {}", asset.symbol, asset.asset)),
            ("stored", stored_text(&asset, &before)),
        ],
        steps: vec![step],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("oracle poke", &receipts);
    report_price(&deployment, &asset, &mut done).await?;
    let mut left_out = Vec::new();
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        if let Ok(event) = PriceAggregator::SourceLeftOut::decode_log(&log.inner) {
            let reason = fault_name(event.fault).unwrap_or_default();
            left_out.push(format!("{}: {reason}", event.source));
        }
    }
    if !left_out.is_empty() {
        done.fact("left_out", &left_out, "left out", left_out.join(", "))?;
    }
    ctx.out.result(&done)
}

fn stored_text(asset: &Priced, stored: &StoredPrice) -> String {
    format!(
        "{}, {}",
        PriceReport::new(stored.view.mid, asset.decimals),
        state_name(stored.view.state)
    )
}

async fn report_price(
    deployment: &Deployment,
    asset: &Priced,
    done: &mut Done,
) -> eyre::Result<()> {
    let now = newest(deployment).await?;
    let stored = vaults::stored_price(&now.endpoint, asset.prices, asset.asset, now.at()).await?;
    let price = |price: Price| PriceReport::new(price, asset.decimals);
    let view = stored.view;
    done.fact(
        "asset",
        asset.asset,
        "asset",
        format!("{} {}", asset.symbol, asset.asset),
    )?;
    let mid = price(view.mid);
    let text = format!("{mid} (low {}, high {})", price(view.low), price(view.high));
    done.fact("mid", &mid, "price", text)?;
    done.facts
        .insert("low".to_owned(), serde_json::to_value(price(view.low))?);
    done.facts
        .insert("high".to_owned(), serde_json::to_value(price(view.high))?);
    let state = state_name(view.state);
    done.fact("state", state, "state", state)
}

/// Lets the local chain's own feeds of an asset say another price, and pokes.
///
/// # Errors
/// A real network, a source that was not made up here, another key than its deployer's, or a revert.
pub async fn set(ctx: &Context, args: &OracleSetArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let chain_id = deployment.endpoint.chain_id();
    if chain_id != LOCAL_CHAIN_ID {
        return Err(input(format!(
            "oracle set: only on the local chain {LOCAL_CHAIN_ID}, not on chain {chain_id}"
        )));
    }
    let book = book_named(&deployment, &args.asset.synth)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let asset = asset_named(&deployment, book, &args.asset.asset).await?;
    let at = deployment.at();
    let (_, sources) = vaults::sources(&deployment.endpoint, asset.prices, asset.asset, at).await?;
    let chosen = chosen(&sources, args.source)?;
    let mut steps = Vec::new();
    for source in chosen {
        steps.push(set_step(&deployment, &sender, source, &args.price).await?);
    }
    let count = steps.len();
    steps.push(poke_step(&asset.prices, asset.asset, &asset.symbol));
    let plan = Plan {
        action: "oracle set",
        lines: vec![
            ("asset", format!("{} {}", asset.symbol, asset.asset)),
            (
                "feeds",
                format!("{count} of {} say {}", sources.len(), args.price),
            ),
        ],
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let passed = if args.settle {
        settle(&deployment, &sender, &asset).await?
    } else {
        0
    };
    let mut done = Done::new("oracle set", &receipts);
    report_price(&deployment, &asset, &mut done).await?;
    if passed > 0 {
        done.fact("passed_secs", passed, "time passed", duration(passed))?;
    }
    if event::<PriceAggregator::BecameUnsafe>(&receipts).is_some() {
        done.lines
            .push(("note".to_owned(), "too few sources agree".to_owned()));
    }
    ctx.out.result(&done)
}

/// Lets windows pass, with a poke after each, while the price is held back by its largest step. Gives the seconds.
async fn settle(deployment: &Deployment, sender: &Sender, asset: &Priced) -> eyre::Result<u64> {
    let endpoint = &deployment.endpoint;
    let at = deployment.at();
    let (terms, _) = vaults::sources(endpoint, asset.prices, asset.asset, at).await?;
    let window = u64::try_from(terms.stepWindowSecs).unwrap_or(u64::MAX);
    let step = poke_step(&asset.prices, asset.asset, &asset.symbol);
    let mut passed = 0;
    for _ in 0..WINDOWS_MAX {
        let now = newest(deployment).await?;
        let stored = vaults::stored_price(endpoint, asset.prices, asset.asset, now.at()).await?;
        if stored.view.state != PriceState::Stepped {
            break;
        }
        devnet::advance(endpoint, window).await?;
        passed += window;
        sender.send(&step).await?;
    }
    Ok(passed)
}

fn chosen(sources: &[SourceState], number: Option<usize>) -> eyre::Result<Vec<Address>> {
    let all: Vec<Address> = sources.iter().map(|one| one.terms.source).collect();
    let Some(number) = number else {
        return Ok(all);
    };
    let one = number.checked_sub(1).and_then(|index| all.get(index));
    one.map(|source| vec![*source])
        .ok_or_else(|| input(format!("source: {number} is outside 1 to {}", all.len())))
}

async fn set_step(
    deployment: &Deployment,
    sender: &Sender,
    source: Address,
    price: &str,
) -> eyre::Result<Step> {
    let at = deployment.at();
    let provider = deployment.endpoint.provider();
    let failed = |error| ChainError::from_call("feed", &error);
    let adapter = ChainlinkSource::new(source, provider);
    let feed = adapter.feed().block(at).call().await.map_err(failed)?;
    let contract = DevFeed::new(feed, provider);
    let owner = contract.owner().block(at).call().await;
    let decimals = contract.decimals().block(at).call().await.map_err(failed)?;
    match owner {
        Ok(owner) if owner == sender.address() => {}
        Ok(owner) => {
            return Err(of_kind(
                Kind::Refused,
                format!(
                    "sender: {} did not deploy the feed {feed}, {owner} did",
                    sender.address()
                ),
            ));
        }
        Err(_) => {
            return Err(of_kind(
                Kind::Refused,
                format!("source: {source} reads a feed that was not made up here"),
            ));
        }
    }
    let answer = parse_asset("price", price, decimals)?;
    let answer = I256::try_from(answer).map_err(|_| input("price: too large for a feed"))?;
    Ok(Step::call(
        "set a feed",
        feed,
        DevFeed::setCall { answer }.abi_encode(),
    ))
}
