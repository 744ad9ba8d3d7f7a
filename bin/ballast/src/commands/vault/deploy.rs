//! `ballast vault deploy`: a synthetic with its prices, markets and parts, from a file.

use std::path::Path;

use alloy::primitives::{Address, U256};
use alloy::providers::Provider;
use ballast_bindings::chainlink::ChainlinkSource;
use ballast_bindings::devfeed::DevFeed;
use ballast_chain::accrual::describe_asset;
use ballast_chain::vaults;
use ballast_chain::vaults::deploy::{self, BookPlan, FeedPlan, MarketPlan, SourcePlan};
use ballast_chain::{BookRecord, ChainError, LOCAL_CHAIN_ID, Sender};
use ballast_types::{Price, decimal};

use super::{PriceReport, percent, poke_step};
use crate::act::{Done, Line, Plan, carry_out};
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::input;
use crate::launch_file::KnownAsset;
use crate::units::{Amount, duration};
use crate::vault_file::{Surroundings, VaultFile};

/// Decimals of a feed at most.
const FEED_DECIMALS_MAX: u8 = 18;

/// Deploys what the file describes and writes it into the manifest.
///
/// # Errors
/// The file cannot be read or is out of bounds, the manifest is somebody else's, or a revert.
pub async fn run(ctx: &Context, path: &Path) -> eyre::Result<()> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| input(format!("launch file: {}: {error}", path.display())))?;
    let file = VaultFile::parse(&text)?;
    let deployment = ctx.deployment().await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    may_sign(&deployment, &sender)?;
    let around = surroundings(&deployment, &sender, &file).await?;
    let plan = file.plan(&around)?;
    check_feeds(&deployment, &plan, &around).await?;
    if deployment
        .manifest
        .books
        .iter()
        .any(|book| book.symbol == plan.symbol)
    {
        return Err(input(format!(
            "symbol: this deployment has a synthetic {} already",
            plan.symbol
        )));
    }
    let nonce = deployment
        .endpoint
        .provider()
        .get_transaction_count(sender.address())
        .await
        .map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?;
    let parts = deploy::book(&plan, sender.address(), nonce);
    let pokes = plan.assets.iter().filter_map(|asset| asset.asset);
    let pokes = pokes.map(|asset| poke_step(&parts.prices, asset, around.symbol(asset)));
    let todo = Plan {
        action: "vault deploy",
        lines: summary(&plan, &around),
        steps: parts.steps.iter().cloned().chain(pokes).collect(),
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &todo).await? else {
        return Ok(());
    };
    let record = parts
        .record(&deployment.endpoint, &plan.symbol, &receipts)
        .await?;
    let mut manifest = deployment.manifest.clone();
    manifest.books.push(record.clone());
    sender.sign_manifest(&mut manifest)?;
    let path = &ctx.settings.manifest.value;
    manifest.save(path)?;
    let mut done = Done::new("vault deploy", &receipts);
    report(&mut done, &record)?;
    done.fact("manifest", path, "manifest", path.display())?;
    ctx.out.result(&done)
}

/// The manifest is signed as a whole, so only its signer adds to it.
fn may_sign(deployment: &Deployment, sender: &Sender) -> eyre::Result<()> {
    let signer = deployment.manifest.signature.as_ref().map(|by| by.signer);
    match signer {
        Some(signer) if signer != sender.address() => Err(input(format!(
            "sender: the manifest is signed by {signer}, who alone can add to it; {} deploys with a manifest of its \
             own, see `ballast deploy`",
            sender.address()
        ))),
        _ => Ok(()),
    }
}

async fn surroundings(
    deployment: &Deployment,
    sender: &Sender,
    file: &VaultFile,
) -> eyre::Result<Surroundings> {
    let wrapped_native = deployment.manifest.contracts.wrapped_native.address;
    let mut assets: Vec<(KnownAsset, Option<usize>)> = Vec::new();
    for address in file.assets(wrapped_native)? {
        if assets.iter().any(|(known, _)| known.address == address) {
            continue;
        }
        let described = describe_asset(&deployment.endpoint, deployment.at(), address).await;
        let (symbol, decimals) = described.map_err(|error| match error {
            ChainError::NoCode { .. } => input(format!(
                "market.collateral: {address} has no contract on this chain"
            )),
            ChainError::Reverted { .. } => input(format!(
                "market.collateral: {address} has no decimals: not an ERC-20"
            )),
            other => other.into(),
        })?;
        let known = KnownAsset {
            address,
            symbol,
            decimals,
        };
        let behind = vaults::assets_behind(&deployment.endpoint, deployment.at(), address).await;
        assets.push((known, behind));
    }
    Ok(Surroundings {
        sender: sender.address(),
        wrapped_native,
        local: deployment.endpoint.chain_id() == LOCAL_CHAIN_ID,
        assets,
    })
}

/// Every feed that exists must answer now, within its bounds: a feed of another asset or in another unit shows here.
async fn check_feeds(
    deployment: &Deployment,
    plan: &BookPlan,
    around: &Surroundings,
) -> eyre::Result<()> {
    for asset in &plan.assets {
        let symbol = asset
            .asset
            .map_or(plan.symbol.as_str(), |asset| around.symbol(asset));
        for source in &asset.sources {
            match source.feed {
                FeedPlan::Chainlink(feed) => {
                    check_feed(deployment, symbol, asset.decimals, source, feed).await?;
                }
                FeedPlan::Source(address) => {
                    let alone = asset.sources.len() == 1;
                    check_source(deployment, symbol, address, alone).await?;
                }
                FeedPlan::Dev(_) => {}
            }
        }
    }
    Ok(())
}

async fn check_feed(
    deployment: &Deployment,
    symbol: &str,
    decimals: u8,
    source: &SourcePlan,
    feed: Address,
) -> eyre::Result<()> {
    let no_feed = |why: &str| input(format!("source.chainlink: {feed} of {symbol} {why}"));
    if !has_code(deployment, feed).await? {
        return Err(no_feed("has no contract on this chain"));
    }
    // The local chain's feed has the shape of the real ones.
    let contract = DevFeed::new(feed, deployment.endpoint.provider());
    let at = deployment.at();
    let units = contract.decimals().block(at).call().await;
    let round = contract.latestRoundData().block(at).call().await;
    let (Ok(units), Ok(round)) = (units, round) else {
        return Err(no_feed("does not answer like a feed"));
    };
    if units > FEED_DECIMALS_MAX {
        let why = format!("has {units} decimals, at most {FEED_DECIMALS_MAX} are allowed");
        return Err(no_feed(&why));
    }
    let answer = U256::try_from(round._1).unwrap_or_default();
    let exponent = 54_u8.saturating_sub(units).saturating_sub(decimals);
    let price = answer.saturating_mul(U256::from(10).pow(U256::from(exponent)));
    let shown = |price| PriceReport::new(Price::new(price), decimals);
    if price <= source.least || price >= source.most {
        let (least, most) = (shown(source.least), shown(source.most));
        return Err(no_feed(&format!(
            "says {}, which is not within {least} to {most}",
            shown(price)
        )));
    }
    Ok(())
}

/// A source of another kind must be one; that it answers already is not asked, because one that averages over time
/// cannot before its first window has passed.
async fn check_source(
    deployment: &Deployment,
    symbol: &str,
    source: Address,
    alone: bool,
) -> eyre::Result<()> {
    let no_source = |why: &str| input(format!("source.contract: {source} of {symbol} {why}"));
    if !has_code(deployment, source).await? {
        return Err(no_source("has no contract on this chain"));
    }
    // Every kind of source tells this.
    let contract = ChainlinkSource::new(source, deployment.endpoint.provider());
    match contract.derived().block(deployment.at()).call().await {
        Ok(derived) if derived || !alone => Ok(()),
        Ok(_) => Err(no_source(
            "is one party's word and cannot stand alone; at least three sources are needed",
        )),
        Err(_) => Err(no_source("does not answer like a source of prices")),
    }
}

async fn has_code(deployment: &Deployment, address: Address) -> eyre::Result<bool> {
    match deployment.endpoint.code_hash("source", address).await {
        Ok(_) => Ok(true),
        Err(ChainError::NoCode { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn summary(plan: &BookPlan, around: &Surroundings) -> Vec<Line> {
    let mut lines = vec![
        ("synthetic", format!("{} ({})", plan.name, plan.symbol)),
        (
            "governor",
            format!(
                "owner {}, guardian {}, {} of delay",
                plan.owner,
                plan.guardian,
                duration(plan.delay_secs)
            ),
        ),
        (
            "surplus buffer",
            Amount::token(plan.surplus_buffer, &plan.symbol).to_string(),
        ),
    ];
    for market in &plan.markets {
        lines.push(("market", market_text(plan, market, around)));
    }
    for asset in &plan.assets {
        let symbol = asset
            .asset
            .map_or(plan.symbol.as_str(), |asset| around.symbol(asset));
        let text = format!(
            "{symbol}: {} of {} sources, {} of deviation, at most {} a step",
            asset.terms.minSources,
            asset.sources.len(),
            percent(asset.terms.deviation),
            percent(asset.terms.maxStep)
        );
        lines.push(("price", text));
    }
    if let Some(peg) = &plan.peg {
        let text = format!(
            "custody {}, in {}, out {}, at most {}",
            peg.custody,
            percent(peg.fee_in),
            percent(peg.fee_out),
            Amount::token(peg.cap_most, &plan.symbol)
        );
        lines.push(("peg module", text));
    }
    if plan.rates.is_some() {
        let text = "by the market price of the synthetic, as soon as the aggregator knows it";
        lines.push(("rate controller", text.to_owned()));
    }
    if let Some(secs) = plan.backstop_cooldown_secs {
        lines.push(("backstop", format!("{} of cooldown", duration(secs))));
    }
    lines
}

fn market_text(plan: &BookPlan, market: &MarketPlan, around: &Surroundings) -> String {
    let symbol = around.symbol(market.terms.collateral);
    format!(
        "{symbol}: borrow up to {}, liquidation over {}, ceiling {}, {} a window of {}, least debt {}",
        percent(market.terms.borrow_ltv.get()),
        percent(market.terms.liq_ltv.get()),
        Amount::token(market.ceiling, &plan.symbol),
        Amount::token(market.mint_limit, &plan.symbol),
        duration(market.terms.mint_window_secs.get()),
        decimal::format(market.terms.min_debt.get(), 18)
    )
}

fn report(done: &mut Done, record: &BookRecord) -> eyre::Result<()> {
    done.fact("symbol", &record.symbol, "symbol", &record.symbol)?;
    for (name, part) in record.all() {
        if name.starts_with("source_") {
            continue;
        }
        done.fact(&name, part.address, &name.replace('_', " "), part.address)?;
    }
    let sources: Vec<String> = record
        .sources
        .iter()
        .map(|source| source.address.to_string())
        .collect();
    done.fact("sources", &sources, "sources", sources.len())
}
