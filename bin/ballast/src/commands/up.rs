//! `ballast up`: everything on this machine, with one command.

mod played;

use std::path::{Path, PathBuf};
use std::time::Duration;

use alloy::primitives::Bytes;
use ballast_chain::{
    Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, accrual, keys,
};
use serde::Serialize;

use crate::cli::UpArgs;
use crate::commands::launch::{LaunchedReport, launch};
use crate::commands::setup::{build, describe};
use crate::context::{Context, Deployment};
use crate::crisis::{self, Alive, Apart, Prepared};
use crate::fail::{Kind, input, of_kind};
use crate::guard::{self, Guard};
use crate::market::{self, Live, MarketReport, Node, Plan, Source, Standing};
use crate::output::{Lines, Report};
use crate::prices::{self, Bar, Query};
use crate::services::{IndexFigures, Services, index_once, store_address};
use played::PlayedReport;

/// What `up` launches on a new chain.
const SAMPLE: &str = include_str!("../../../../examples/pool-tax.toml");
/// Where the chain listens unless told otherwise.
const DEFAULT_PORT: u16 = 8_545;
/// Where the explorer listens unless told otherwise.
const DEFAULT_EXPLORER_PORT: u16 = 8_080;
/// Gas of a block of the local chain.
const BLOCK_GAS: u64 = 200_000_000;
/// Most hours of a generated path: ten years.
const GENERATED_BARS_MAX: u64 = 87_600;
/// The chain's state inside the folder of `--state`.
const STATE_FILE: &str = "chain.json";
/// The manifest inside the folder of `--state`.
const STATE_MANIFEST: &str = "manifest.toml";
/// What oracle nodes and keeper are started with and say, inside the same folder.
const SERVICES_FOLDER: &str = "services";

/// Hours that a generated path has where nobody says.
const GENERATED_BARS: u64 = 168;
/// How often a market that stands is looked at.
const REFRESH: Duration = Duration::from_secs(1);

/// A chain that is up, with everything a market needs to play on it.
#[derive(Debug)]
struct Stage {
    /// The local chain's deployment.
    deployment: Deployment,
    /// The sample token, which belongs to development account 0; actors of the market have accounts and tokens of
    /// their own. None where nobody could use it.
    token: Option<LaunchedReport>,
    /// Synthetics that are played beside the market.
    synthetics: Option<Prepared>,
}

#[derive(Serialize)]
struct UpReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    explorer: Option<String>,
    #[serde(flatten)]
    index: Option<IndexFigures>,
    url: String,
    manifest: String,
    state: Option<String>,
    deployment: Manifest,
    token: LaunchedReport,
}

impl Report for UpReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.add_some("explorer", self.explorer.as_ref());
        if let Some(index) = &self.index {
            describe_index(&mut lines, index);
        }
        lines
            .add("chain", &self.url)
            .add("manifest", &self.manifest);
        lines.add_some("state kept in", self.state.as_ref());
        lines.heading("contracts");
        describe(&mut lines, &self.deployment);
        lines
            .heading("sample token")
            .add("token", self.token.token)
            .add("reserve", self.token.reserve);
        lines
            .add_some("converter", self.token.converter)
            .add_some("pool", self.token.pool);
        lines.add_some("lock", self.token.lock);
        lines.text()
    }
}

fn describe_index(lines: &mut Lines, index: &IndexFigures) {
    lines.add(
        "index",
        format!(
            "{} events, {} comparisons with the chain, {} mismatches",
            index.events_indexed, index.comparisons, index.mismatches
        ),
    );
}

/// Starts everything and plays the market, then waits for an interrupt, unless `--once` is given.
///
/// # Errors
/// Bad flags, a price file that cannot be used, no anvil, the port in use, no peers, a transaction that failed as no
/// market expects, or a failure of the chain. Flags and files are checked before anything is started.
pub async fn run(ctx: &Context, args: &UpArgs) -> eyre::Result<()> {
    if let Some(process) = args.crisis.guard {
        guard::run(process);
        return Ok(());
    }
    if let Some(name) = args.crisis.scenario {
        return super::crisis::run(ctx, args, name).await;
    }
    let plan = plan(args)?;
    let reserve = args
        .reserve_artifact
        .as_deref()
        .map(reserve_code)
        .transpose()?;
    let state_folder = args.state.as_deref();
    let manifest_path = manifest_path(ctx, state_folder);
    // A market that is played once and gone has no use for a manifest, and must not replace that of another chain.
    let fleeting = args.once && plan.is_some() && state_folder.is_none();
    if !fleeting
        && Manifest::load(&manifest_path).is_ok_and(|found| found.chain_id != LOCAL_CHAIN_ID)
    {
        let path = manifest_path.display();
        return Err(input(format!(
            "manifest: {path} is of another chain and is not replaced; name another with --manifest"
        )));
    }
    if let Some(folder) = state_folder {
        std::fs::create_dir_all(folder)
            .map_err(|error| input(format!("state: {}: {error}", folder.display())))?;
    }
    // Anvil writes the states of old blocks to files and leaves them there: they go with this folder.
    let history = tempfile::Builder::new()
        .prefix("ballast-chain-")
        .tempdir()?;
    let mut anvil = Anvil::start(&options(ctx, args, plan.as_ref(), history.path()))?;
    let guard = Guard::over(&anvil)?;
    let show = Show {
        ctx,
        args,
        plan,
        reserve,
        manifest: (!fleeting).then_some(manifest_path.as_path()),
        store: store_address(
            args.store.as_deref(),
            state_folder.unwrap_or(history.path()),
        ),
        services: std::path::absolute(state_folder.unwrap_or(history.path()))?
            .join(SERVICES_FOLDER),
    };
    let outcome = tokio::select! {
        outcome = show.run(&mut anvil) => outcome,
        asked = asked_to_end() => asked.and_then(|()| show.interrupted()),
    };
    // A chain that is gone has no use for its manifest; one that is kept finds it again.
    if !fleeting && state_folder.is_none() {
        let _ = std::fs::remove_file(&manifest_path);
    }
    anvil.stop();
    guard.release();
    outcome
}

fn options(ctx: &Context, args: &UpArgs, plan: Option<&Plan>, history: &Path) -> AnvilOptions {
    let port = args
        .port
        .unwrap_or(if args.once { 0 } else { DEFAULT_PORT });
    let start = plan
        .and_then(|plan| plan.bars.first())
        .map(|bar| bar.time - market::GENESIS_SECS);
    // Everything that actors want at one moment stands in one block.
    let mut extra = vec!["--gas-limit".to_owned(), BLOCK_GAS.to_string()];
    extra.extend(["--cache-path".to_owned(), history.display().to_string()]);
    if args.once {
        // Nobody will ask a chain that is about to end for its past.
        extra.extend(["--max-persisted-states".to_owned(), "0".to_owned()]);
    }
    AnvilOptions {
        program: ctx.settings.anvil.value.clone(),
        port: (port != 0).then_some(port),
        state: args.state.as_ref().map(|folder| folder.join(STATE_FILE)),
        timestamp: start,
        accounts: Some(market::ACCOUNTS),
        extra,
        ..AnvilOptions::default()
    }
}

/// One run of `up`, after its flags were found good.
struct Show<'a> {
    ctx: &'a Context,
    args: &'a UpArgs,
    /// What to play; nothing where no market was asked for or the chain was kept.
    plan: Option<Plan>,
    /// Other creation code for the reserve.
    reserve: Option<Bytes>,
    /// Where the manifest stands; nowhere where nobody would read it.
    manifest: Option<&'a Path>,
    /// The store's address.
    store: String,
    /// Folder of oracle nodes and keeper.
    services: PathBuf,
}

impl Show<'_> {
    async fn run(&self, anvil: &mut Anvil) -> eyre::Result<()> {
        let mut stage = set_stage(self.ctx, anvil, self.manifest, self.reserve.clone()).await?;
        if let Some(plan) = &self.plan {
            self.add_synthetics(&mut stage, plan, anvil).await?;
        }
        if self.args.once {
            return self.run_once(anvil, stage).await;
        }
        let port = self.args.explorer_port.unwrap_or(DEFAULT_EXPLORER_PORT);
        let mut services =
            Services::start(&stage.deployment, &anvil.url(), &self.store, port).await?;
        let explorer = services.explorer();
        if let Some(token) = stage.token.take() {
            let report = self.up_report(anvil, &stage.deployment, token, Some(explorer.clone()));
            self.ctx.out.result(&report)?;
        }
        let standing = match &self.plan {
            Some(plan) => {
                let (market, mut standing, live) = self.play(&mut stage, plan).await?;
                let report = PlayedReport::new(market, &mut standing, (None, false)).await?;
                self.print(&report)?;
                if let Err(breach) = report.verdict() {
                    self.ctx.out.note(&breach.to_string());
                }
                Some((standing, live))
            }
            None => None,
        };
        let alive = match self.apart(anvil, 0).filter(|_| self.plan.is_none()) {
            Some(apart) => apart.resume(stage.deployment.endpoint.clone()).await?,
            None => None,
        };
        self.ctx.out.note(&format!(
            "up; the explorer is at {explorer}; interrupt to stop"
        ));
        stand(anvil, (standing, alive), &mut services).await
    }

    /// Where oracle nodes and keeper run; nowhere where they are inside this program.
    fn apart(&self, anvil: &Anvil, gap_secs: u64) -> Option<Apart> {
        (!self.args.crisis.inline).then(|| Apart {
            rpc: anvil.url(),
            folder: self.services.clone(),
            store: self.store.clone(),
            gap_secs,
            out: self.ctx.out,
        })
    }

    /// Sets two synthetics up, which are part of the manifest before anybody reads it.
    async fn add_synthetics(
        &self,
        stage: &mut Stage,
        plan: &Plan,
        anvil: &Anvil,
    ) -> eyre::Result<()> {
        let start = plan.bars.first().map_or(0, |bar| bar.time);
        let deployment = &mut stage.deployment;
        let mut node = Node::take_over(deployment.endpoint.clone()).await?;
        let when = (start, plan.seed);
        let apart = self.apart(anvil, market::gap_secs(&plan.bars));
        let read = apart.as_ref().map(Apart::manifest);
        let prepared = crisis::prepare(&mut node, &mut deployment.manifest, when, apart).await?;
        node.give_back().await?;
        let signer = keys::dev_account(0, LOCAL_CHAIN_ID)?;
        deployment.manifest.sign(&signer)?;
        std::fs::create_dir_all(&self.services)?;
        for path in self.manifest.into_iter().chain(read.as_deref()) {
            deployment.manifest.save(path)?;
        }
        stage.synthetics = Some(prepared);
        Ok(())
    }

    /// Plays the path, indexes the chain and holds the store against it; with a market its report is the only result.
    async fn run_once(&self, anvil: &Anvil, mut stage: Stage) -> eyre::Result<()> {
        let played = match &self.plan {
            Some(plan) => Some(self.play(&mut stage, plan).await?),
            None => None,
        };
        let indexed = index_once(&stage.deployment, &self.store).await?;
        let index = Some(IndexFigures::from(&indexed));
        if let Some((market, mut standing, _)) = played {
            let report = PlayedReport::new(market, &mut standing, (index, true)).await?;
            self.print(&report)?;
            report.verdict()?;
        } else if let Some(token) = stage.token.take() {
            let mut report = self.up_report(anvil, &stage.deployment, token, None);
            report.index = index;
            self.ctx.out.result(&report)?;
        }
        crate::services::expect_equal(&indexed)
    }

    fn up_report(
        &self,
        anvil: &Anvil,
        deployment: &Deployment,
        token: LaunchedReport,
        explorer: Option<String>,
    ) -> UpReport {
        let shown = |path: &Path| path.display().to_string();
        UpReport {
            explorer,
            index: None,
            url: anvil.url(),
            manifest: self.manifest.map(shown).unwrap_or_default(),
            state: self.args.state.as_deref().map(shown),
            deployment: deployment.manifest.clone(),
            token,
        }
    }

    async fn play(
        &self,
        stage: &mut Stage,
        plan: &Plan,
    ) -> eyre::Result<(MarketReport, Standing, Live)> {
        let out = self.ctx.out;
        let mut live = Live::new(out, plan.bars.len() as u64, out.is_json());
        let synthetics = stage.synthetics.take();
        let deployment = &stage.deployment;
        let beside = (&mut live, synthetics);
        let played = market::play(&deployment.endpoint, &deployment.manifest, plan, beside).await;
        live.end();
        let (report, standing) = played?;
        Ok((report, standing, live))
    }

    /// One object on one line, or text for people.
    fn print(&self, report: &PlayedReport) -> eyre::Result<()> {
        let out = self.ctx.out;
        if out.is_json() {
            out.raw(&serde_json::to_string(report)?);
            return Ok(());
        }
        out.result(report)
    }

    /// An interrupt is how a run without `--once` ends; with it, it leaves the path unfinished.
    fn interrupted(&self) -> eyre::Result<()> {
        if self.args.once {
            return Err(of_kind(
                Kind::Unforeseen,
                "interrupted before the path had ended; the chain is stopped",
            ));
        }
        Ok(())
    }
}

/// Shows the market until the chain or a service ends by itself.
async fn stand(
    anvil: &mut Anvil,
    (mut standing, mut alive): (Option<(Standing, Live)>, Option<Alive>),
    services: &mut Services,
) -> eyre::Result<()> {
    loop {
        tokio::time::sleep(REFRESH).await;
        if !anvil.is_running() {
            return Err(of_kind(Kind::Machine, "anvil: it ended by itself"));
        }
        services.check()?;
        if let Some((market, live)) = &mut standing {
            market.refresh(live).await?;
        }
        if let Some(alive) = &mut alive {
            alive.stand().await?;
        }
    }
}

/// What the flags ask to be played, read and checked.
fn plan(args: &UpArgs) -> eyre::Result<Option<Plan>> {
    let kept = args
        .state
        .as_ref()
        .map(|folder| folder.join(STATE_FILE))
        .filter(|file| file.exists());
    for (field, value) in [
        ("symbol", &args.symbol),
        ("from", &args.from),
        ("to", &args.to),
    ] {
        if value.is_some() && args.replay.is_none() {
            return Err(input(format!(
                "{field}: it chooses from a price file; name one with --replay"
            )));
        }
    }
    let seed = args.seed.unwrap_or(0);
    let (mut bars, source) = match &args.replay {
        Some(file) => recorded(args, file, kept.as_deref())?,
        None if kept.is_some() || args.bars == Some(0) => return Ok(None),
        None => {
            let count = args.bars.unwrap_or(GENERATED_BARS);
            if count > GENERATED_BARS_MAX {
                return Err(input(format!(
                    "bars: {count} is over the maximum of {GENERATED_BARS_MAX} for a generated path"
                )));
            }
            (
                market::generate(seed, usize::try_from(count)?),
                Source::Generator,
            )
        }
    };
    // A chain needs some time before its first price; a path from the first days of 1970 is moved.
    if bars
        .first()
        .is_some_and(|bar| bar.time < 2 * market::GENESIS_SECS)
    {
        bars.iter_mut()
            .for_each(|bar| bar.time += 2 * market::GENESIS_SECS);
    }
    Ok(Some(Plan { bars, source, seed }))
}

/// The bars of a price file that the flags choose.
fn recorded(args: &UpArgs, file: &Path, kept: Option<&Path>) -> eyre::Result<(Vec<Bar>, Source)> {
    let query = Query {
        file,
        symbol: args.symbol.as_deref(),
        from: args.from.as_deref(),
        to: args.to.as_deref(),
    };
    let mut bars = prices::read(&query)?;
    if let Some(kept) = kept {
        return Err(input(format!(
            "replay: the chain kept in {} has a past already; leave --state out or name another folder",
            kept.display()
        )));
    }
    if args.bars == Some(0) {
        return Err(input("bars: at least 1 is needed to replay a file"));
    }
    let most = args.bars.and_then(|most| usize::try_from(most).ok());
    bars.truncate(most.unwrap_or(usize::MAX));
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let source = Source::Replay {
        file: name.unwrap_or_default(),
        symbol: args.symbol.clone(),
    };
    Ok((bars, source))
}

/// The creation code in a build output of forge or of this repository.
fn reserve_code(path: &Path) -> eyre::Result<Bytes> {
    let fail = |why: String| input(format!("reserve_artifact: {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
    let code = json
        .get("bytecode")
        .and_then(|code| code.get("object").unwrap_or(code).as_str());
    let code = code.ok_or_else(|| fail("it has no bytecode".to_owned()))?;
    code.parse()
        .map_err(|_| fail("its bytecode is not hexadecimal".to_owned()))
}

fn manifest_path(ctx: &Context, state: Option<&Path>) -> PathBuf {
    match state {
        Some(folder) if ctx.settings.manifest.origin == crate::config::Origin::Default => {
            folder.join(STATE_MANIFEST)
        }
        _ => ctx.settings.manifest.value.clone(),
    }
}

/// Deploys and launches on a new chain; finds what is there on one that was kept.
async fn set_stage(
    ctx: &Context,
    anvil: &Anvil,
    manifest_path: Option<&Path>,
    reserve: Option<Bytes>,
) -> eyre::Result<Stage> {
    let endpoint = Endpoint::connect(&anvil.url()).await?;
    let sender = Sender::new(
        endpoint.clone(),
        keys::dev_account(0, LOCAL_CHAIN_ID)?,
        ctx.max_fee_wei(),
    );
    let kept = endpoint.tip().await?.number > 0;
    let manifest = match manifest_path {
        Some(path) if kept => {
            let manifest = Manifest::load(path)?;
            manifest.expect_chain(&endpoint).await?;
            manifest
        }
        path => {
            let manifest = build(ctx, &sender, "local", None, reserve).await?;
            if let Some(path) = path {
                manifest.save(path)?;
            }
            manifest
        }
    };
    let block = endpoint.tip().await?;
    let deployment = Deployment {
        endpoint,
        manifest,
        block,
    };
    let launched = accrual::tokens(&deployment.endpoint, &deployment.manifest, &block).await?;
    let token = match launched.first() {
        Some(parts) => Some(LaunchedReport {
            token: parts.token,
            reserve: parts.reserve,
            converter: parts.converter,
            pool: parts.pool,
            lock: parts.lock,
        }),
        None if manifest_path.is_none() => None,
        None => Some(sample(ctx, &deployment, &sender).await?),
    };
    Ok(Stage {
        deployment,
        token,
        synthetics: None,
    })
}

async fn sample(
    ctx: &Context,
    deployment: &Deployment,
    sender: &Sender,
) -> eyre::Result<LaunchedReport> {
    let willing = Context {
        dry_run: false,
        ..ctx.clone()
    };
    let launched = launch(&willing, deployment, sender, SAMPLE).await?;
    launched
        .map(|(_, parts)| parts)
        .ok_or_else(|| of_kind(Kind::Unforeseen, "the sample token was not launched"))
}

/// Waits for an interrupt or a request to end.
pub(super) async fn asked_to_end() -> eyre::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
