//! A crisis from the first block to the report.

use ballast_chain::vaults::presets::Preset;
use ballast_chain::{Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, keys};

use super::control::{self, Terms};
use super::driver::{Driver, Inline, Services};
use super::field::{CHEAP, Field, Order};
use super::processes::{Ground, Processes, Supervision, Trouble};
use super::report::{CrisisReport, PresetReport};
use super::scenario::Scenario;
use super::stage::{Spec, Stage, set_up};
use super::world::whole;
use crate::commands::setup::build;
use crate::context::{Context, Deployment};
use crate::guard::Guard;
use crate::market::{Node, Tx};
use crate::services::{IndexFigures, index_once};
use crate::units::instant;

/// Seconds before the first price at which the chain begins.
const LEAD_SECS: u64 = 5 * 86_400;
/// Seconds after that within which the system is deployed.
const DEPLOYED_SECS: u64 = 3_600;
/// Seconds between two blocks while there is work.
const BLOCK_SECS: u64 = 13;
/// Most blocks of one moment beside its own.
const FOLLOWING_MAX: u64 = 3;
/// Most debt of a market and most of the peg module, whole synthetics: no crisis shall be about it.
const CEILING: u64 = 10_000_000_000;
/// Endpoints that services are given.
const ENDPOINTS: usize = 3;
/// Milliseconds between two looks of theirs at the chain.
const POLL_MS: u64 = 40;
/// Gas of a block: congestion is what it asks per unit, not that it is full.
const BLOCK_GAS: u64 = 200_000_000;

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The crisis.
    pub scenario: Scenario,
    /// Presets, one run each.
    pub presets: Vec<&'static Preset>,
    /// Vaults of each run.
    pub vaults: usize,
    /// Seed of every chance.
    pub seed: u64,
    /// Whether oracle and keeper are processes of their own.
    pub processes: bool,
    /// How often each of them is killed.
    pub kills: u64,
    /// Whether venues and endpoints misbehave.
    pub faults: bool,
}

/// Plays `plan`, one preset after the other, each on a chain of its own.
///
/// # Errors
/// No anvil, no peers, a step of the set-up that reverts, or a failure of the chain.
pub async fn play(ctx: &Context, plan: &Plan) -> eyre::Result<CrisisReport> {
    let mut presets = Vec::new();
    for preset in &plan.presets {
        presets.push(run(ctx, plan, preset).await?);
    }
    let ticks = &plan.scenario.ticks;
    let at = |tick: Option<&super::scenario::Tick>| tick.map(|tick| instant(tick.time));
    Ok(CrisisReport {
        scenario: plan.scenario.name,
        seed: plan.seed,
        first: at(ticks.first()).unwrap_or_default(),
        last: at(ticks.last()).unwrap_or_default(),
        moments: ticks.len() as u64,
        assumptions: plan.scenario.assumptions.clone(),
        presets,
    })
}

async fn run(ctx: &Context, plan: &Plan, preset: &'static Preset) -> eyre::Result<PresetReport> {
    let folder = tempfile::Builder::new()
        .prefix("ballast-crisis-")
        .tempdir()?;
    let start = plan.scenario.ticks.first().map_or(0, |tick| tick.time);
    let cache = folder.path().display().to_string();
    let anvil = Anvil::start(&AnvilOptions {
        program: ctx.settings.anvil.value.clone(),
        timestamp: Some(start - LEAD_SECS),
        extra: [
            "--gas-limit",
            &BLOCK_GAS.to_string(),
            "--cache-path",
            &cache,
        ]
        .map(str::to_owned)
        .to_vec(),
        ..AnvilOptions::default()
    })?;
    let guard = Guard::over(&anvil)?;
    let outcome = on_chain(ctx, plan, preset, (&anvil, folder.path())).await;
    anvil.stop();
    guard.release();
    outcome
}

async fn on_chain(
    ctx: &Context,
    plan: &Plan,
    preset: &'static Preset,
    (anvil, folder): (&Anvil, &std::path::Path),
) -> eyre::Result<PresetReport> {
    let endpoint = Endpoint::connect(&anvil.url()).await?;
    let key = keys::dev_account(0, LOCAL_CHAIN_ID)?;
    let sender = Sender::new(endpoint.clone(), key, None);
    let mut manifest = build(ctx, &sender, "crisis", None, None).await?;
    let mut node = Node::take_over(endpoint.clone()).await?;
    let scenario = &plan.scenario;
    let first = scenario.ticks.first();
    // Blocks so far have the time that this machine took for them; from here on all times follow from the path.
    let settled = first.map_or(0, |tick| tick.time - LEAD_SECS + DEPLOYED_SECS);
    let from = settled.max(endpoint.tip().await?.time.get() + 1);
    let prices = first.map(|tick| tick.prices.clone()).unwrap_or_default();
    let spec = Spec {
        name: "Crisis Dollar",
        symbol: "CUSD",
        preset,
        assets: scenario.assets.iter().cloned().zip(prices).collect(),
        custody: scenario
            .custody
            .clone()
            .zip(first.and_then(|tick| tick.custody)),
        ceiling: CEILING,
        mint_limit: CEILING,
        quorum: None,
        vaults: plan.vaults,
        seed: plan.seed,
        from,
        start: first.map_or(0, |tick| tick.time),
    };
    let (stage, blocks) = set_up(&mut node, &manifest, &spec).await?;
    manifest.books.push(stage.record.clone());
    sender.sign_manifest(&mut manifest)?;
    let saved = folder.join("manifest.toml");
    manifest.save(&saved)?;
    let rpc = anvil.url();
    let troubled = plan.kills > 0 || plan.faults;
    let ground = Ground {
        rpc: &rpc,
        endpoints: ENDPOINTS,
        folder,
        manifest: &saved,
        store: None,
        gap_secs: scenario.gap_secs(),
        poll_ms: POLL_MS,
        supervision: if troubled {
            Supervision::Count
        } else {
            Supervision::Fail
        },
    };
    let driver = driver(plan, &stage, &endpoint, ground).await?;
    let calm = scenario.calm_gas().unwrap_or(CHEAP);
    let mut field = Field::open(&node, stage, &blocks, (driver, plan.seed), calm).await?;
    along(ctx, &mut node, &mut field, scenario).await?;
    field.driver.finish().await?;
    field.close(&node).await?;
    let index = index(endpoint, manifest, folder).await?;
    Ok(PresetReport::new(
        &field,
        preset.name,
        Some(controlled(plan, preset, &field)),
        Some(index),
    ))
}

async fn driver(
    plan: &Plan,
    stage: &Stage,
    endpoint: &Endpoint,
    ground: Ground<'_>,
) -> eyre::Result<Services> {
    if !plan.processes {
        let deviation = whole(stage.subject.deviation);
        let inline = Inline::new(stage, deviation, plan.seed);
        return Ok(Services::Inline(Box::new(inline)));
    }
    let trouble = Trouble {
        kills: plan.kills,
        faults: plan.faults,
        moments: plan.scenario.ticks.len() as u64,
        seed: plan.seed,
    };
    let started = Processes::start(endpoint.clone(), &[stage], ground, trouble).await?;
    Ok(Services::Processes(Box::new(started)))
}

/// The English auction on the same path with the same vaults.
fn controlled<D: Driver>(plan: &Plan, preset: &Preset, field: &Field<D>) -> control::ControlReport {
    let liq_ltv = f64::from(preset.liquidation_ltv_bps) / 1e4;
    let owners = field.stage.owners.iter();
    let vaults: Vec<_> = owners.map(|one| (one.market, one.beginning)).collect();
    control::run(&plan.scenario, Terms::march_2020(liq_ltv), &vaults)
}

/// Plays every moment of the path.
async fn along<D: Driver>(
    ctx: &Context,
    node: &mut Node,
    field: &mut Field<D>,
    scenario: &Scenario,
) -> eyre::Result<()> {
    let bar = ctx
        .out
        .bar(&field.stage.record.symbol, scenario.ticks.len() as u64);
    for (index, tick) in scenario.ticks.iter().enumerate() {
        let gas = scenario.gas_at(tick.time).unwrap_or(CHEAP);
        let orders = field.moment(tick, gas).await?;
        block(node, field, &orders, tick.time).await?;
        let next = scenario
            .ticks
            .get(index + 1)
            .map_or(u64::MAX, |tick| tick.time);
        for step in 1..=FOLLOWING_MAX {
            let time = tick.time + step * BLOCK_SECS;
            if time >= next {
                break;
            }
            let orders = field.follow().await?;
            if orders.is_empty() && !field.has_sent() {
                break;
            }
            block(node, field, &orders, time).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn block<D: Driver>(
    node: &mut Node,
    field: &mut Field<D>,
    orders: &[Order],
    time: u64,
) -> eyre::Result<()> {
    node.set_base_fee(field.base_fee()).await?;
    let txs: Vec<Tx> = orders.iter().map(|order| order.tx.clone()).collect();
    let mined = node.mine(&txs, time).await?;
    field.enter(node, orders, &mined.own, (&mined, time)).await
}

async fn index(
    endpoint: Endpoint,
    manifest: Manifest,
    folder: &std::path::Path,
) -> eyre::Result<IndexFigures> {
    let block = endpoint.tip().await?;
    let deployment = Deployment {
        endpoint,
        manifest,
        block,
    };
    let store = crate::services::store_address(None, folder);
    let summary = index_once(&deployment, &store).await?;
    Ok(IndexFigures::from(&summary))
}
