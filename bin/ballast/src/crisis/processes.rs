//! Oracle nodes and keeper as processes of their own, before venues and endpoints that fail on demand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::faulty_rpc::FaultyRpc;
use alloy::primitives::B256;
use alloy::providers::Provider;
use ballast_chain::Endpoint;
use ballast_oracle::Kind;
use ballast_oracle::stand_in::StandIn;
use ballast_store::{Attempt, SendRecord};

use super::chaos::Chaos;
use super::driver::{Driver, Scene, ServiceFigures};
use super::feeder::ROUND_SECS;
use super::service::{Service, free_port};
use super::stage::{KEEPER_KEY, SIGNERS, SIGNERS_FIRST, Stage};
use super::world::quoted;
use crate::fail::{Kind as FailKind, of_kind};
use crate::market::Tx;

/// Endpoints that services are given.
const ENDPOINTS: usize = 3;
/// How long services may take for a block before the next is mined: those that were killed or deceived need not be ready.
const BLOCK_PATIENCE: Duration = Duration::from_millis(800);
/// How long they may take to come up.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How often a service may end by itself in a run in which things go wrong on purpose.
const EXITS_MAX: u64 = 2_000;
/// Between two looks at how far they are.
const LOOK: Duration = Duration::from_millis(15);
/// Passes that must find nothing left to do.
const QUIET_LOOKS: u32 = 2;
/// Volume that every venue tells, whole units.
const VOLUME: f64 = 10_000.0;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trouble {
    /// How often each process is killed.
    pub kills: u64,
    /// Whether venues and endpoints misbehave.
    pub faults: bool,
    /// Moments of the path.
    pub moments: u64,
    /// Seed of it all.
    pub seed: u64,
}

/// Where processes run and what they are told.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The chain's own address.
    pub rpc: &'a str,
    /// Folder for files of settings, stores and what services say.
    pub folder: &'a Path,
    /// The deployment's manifest.
    pub manifest: &'a Path,
    /// Move at which a price is reported, of the price.
    pub deviation: f64,
    /// The longest time between two moments, seconds.
    pub gap_secs: u64,
}

/// The processes, and what stands before and behind them.
#[derive(Debug)]
pub struct Processes {
    endpoint: Endpoint,
    venues: Vec<StandIn>,
    endpoints: Vec<FaultyRpc>,
    services: Vec<Service>,
    stores: Vec<PathBuf>,
    chaos: Chaos,
    figures: ServiceFigures,
    /// Whether a moment has begun whose kills are still to be done.
    fresh: bool,
    sent: bool,
    /// Whether anything goes wrong on purpose.
    troubled: bool,
}

fn pair_of(symbol: &str) -> String {
    let base = if symbol == "WETH" { "ETH" } else { symbol };
    format!("{base}/USD")
}

impl Processes {
    /// Opens venues and endpoints and starts every service.
    ///
    /// # Errors
    /// No port, a file that cannot be written, or a service that does not come up.
    pub async fn start(
        endpoint: Endpoint,
        stage: &Stage,
        ground: Ground<'_>,
        trouble: Trouble,
    ) -> eyre::Result<Self> {
        let mut venues = Vec::new();
        for kind in [Kind::Binance, Kind::Coinbase, Kind::Kraken] {
            venues.push(StandIn::start(kind).await?);
        }
        let mut endpoints = Vec::new();
        for _ in 0..ENDPOINTS {
            endpoints.push(FaultyRpc::start(ground.rpc).await?);
        }
        let mut services = Vec::new();
        let mut stores = Vec::new();
        let ports = (0..SIGNERS)
            .map(|_| free_port())
            .collect::<eyre::Result<Vec<u16>>>()?;
        for node in 0..SIGNERS {
            let text = node_file(stage, &ground, (node, &ports), &venues, &endpoints);
            let name = format!("node-{node}");
            let file = ground.folder.join(format!("{name}.toml"));
            std::fs::write(&file, text)?;
            let args = [
                "oracle",
                "run",
                &file.display().to_string(),
                "--until-stdin-closes",
            ];
            let log = ground.folder.join(format!("{name}.log"));
            let port = ports.get(node as usize).copied().unwrap_or_default();
            services.push(Service::new(
                &name,
                args.map(str::to_owned).to_vec(),
                port,
                log,
            ));
            stores.push(ground.folder.join(format!("{name}.sqlite")));
        }
        services.push(keeper(stage, &ground, &endpoints)?);
        stores.push(ground.folder.join("keeper.sqlite"));
        let chaos = Chaos::new(
            (trouble.kills, services.len()),
            trouble.moments,
            (trouble.faults, venues.len(), endpoints.len()),
            trouble.seed,
        );
        for service in &mut services {
            service.start()?;
        }
        let mut made = Self {
            endpoint,
            venues,
            endpoints,
            services,
            stores,
            chaos,
            figures: ServiceFigures {
                processes: true,
                ..ServiceFigures::default()
            },
            fresh: false,
            sent: false,
            troubled: trouble.kills > 0 || trouble.faults,
        };
        made.wait(START_PATIENCE).await?;
        Ok(made)
    }

    /// Waits until every service that is up has looked at the newest block, or its patience is over.
    async fn wait(&mut self, patience: Duration) -> eyre::Result<()> {
        let head = self.endpoint.tip().await?.number;
        let begun = Instant::now();
        let mut quiet = 0;
        while quiet < QUIET_LOOKS && begun.elapsed() < patience {
            tokio::time::sleep(LOOK).await;
            let mut done = true;
            for service in &mut self.services {
                if let Some(why) = service.ended() {
                    supervise(service, &why, &mut self.figures, self.troubled)?;
                    done = false;
                }
                if service.is_up() && done {
                    done = service.is_done(head).await;
                }
            }
            quiet = if done { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Kills what is due, in the midst of its work.
    async fn kill_due(&mut self) -> eyre::Result<()> {
        for (index, service) in self.services.iter_mut().enumerate() {
            service.pass()?;
            while let Some((wait, down)) = self.chaos.kill_due(index) {
                if !service.is_up() {
                    service.start()?;
                }
                tokio::time::sleep(Duration::from_millis(wait)).await;
                service.kill(down).await?;
                *self.figures.kills.entry(service.name.clone()).or_default() += 1;
                if down == 0 {
                    service.start()?;
                }
            }
        }
        Ok(())
    }

    /// Transactions that stand in the chain's pool.
    async fn pooled(&self) -> eyre::Result<bool> {
        let status: serde_json::Value = self
            .endpoint
            .provider()
            .raw_request("txpool_status".into(), serde_json::json!([]))
            .await?;
        let pending = status.get("pending").and_then(serde_json::Value::as_str);
        Ok(pending.is_some_and(|pending| pending != "0x0"))
    }

    /// Counts of what was sent, out of the services' own stores and the chain.
    async fn settle(&mut self) -> eyre::Result<()> {
        for (index, path) in self.stores.clone().iter().enumerate() {
            let store = ballast_store::open(&format!("sqlite:{}", path.display())).await?;
            let sends: Vec<SendRecord> = ballast_store::all(&*store).await?;
            let attempts: Vec<Attempt> = ballast_store::all(&*store).await?;
            let signed = sends.iter().filter(|send| send.nonce.is_some()).count() as u64;
            let failed = |send: &&SendRecord| {
                ["reverted", "expired", "dropped", "cancelled"].contains(&send.state.as_str())
            };
            let failures = sends.iter().filter(failed).count() as u64;
            if index < SIGNERS as usize {
                self.figures.oracle_sends += signed;
                self.figures.oracle_failures += failures;
            } else {
                self.figures.keeper_sends += signed;
                self.figures.keeper_failures += failures;
            }
            self.figures.duplicate_sends += self.mined_twice(&sends, &attempts).await?;
        }
        Ok(())
    }

    /// Wishes of which more than one transaction was mined, by the chain's own receipts.
    async fn mined_twice(&self, sends: &[SendRecord], attempts: &[Attempt]) -> eyre::Result<u64> {
        let mut twice = 0;
        for send in sends {
            let hashes: Vec<B256> = attempts
                .iter()
                .filter(|one| one.address == send.address && one.send == send.id && one.empty == 0)
                .map(|one| one.hash)
                .collect();
            if hashes.len() < 2 {
                continue;
            }
            let mut mined = 0;
            for hash in hashes {
                let receipt = self
                    .endpoint
                    .provider()
                    .get_transaction_receipt(hash)
                    .await?;
                mined += u64::from(receipt.is_some());
            }
            twice += u64::from(mined > 1);
        }
        Ok(twice)
    }
}

impl Driver for Processes {
    async fn tell(&mut self, stage: &Stage, prices: &[f64], time: u64) -> eyre::Result<()> {
        let ended = self.chaos.pass(&self.venues, &self.endpoints);
        self.figures.outages_injected += u64::from(ended);
        self.fresh = true;
        let volume = quoted(VOLUME);
        let assets = stage.collaterals.iter().chain(&stage.custody);
        for (asset, price) in assets.zip(prices) {
            // Venues are never quite of one mind.
            for (off, venue) in [1.0, 1.000_1, 0.999_9].iter().zip(&self.venues) {
                venue.set(&pair_of(&asset.symbol), quoted(price * off), volume, time);
            }
        }
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> eyre::Result<Vec<Tx>> {
        if std::mem::take(&mut self.fresh) {
            self.kill_due().await?;
            let safe = (0..scene.stage.collaterals.len()).all(|market| {
                let state = scene.mirror.price(market).state;
                matches!(
                    state,
                    ballast_model::vaults::PriceState::Safe
                        | ballast_model::vaults::PriceState::Stepped
                )
            });
            // Counted as long as no more were survived than injected.
            if safe && self.figures.outages_survived < self.figures.outages_injected {
                self.figures.outages_survived += 1;
            }
        }
        self.wait(BLOCK_PATIENCE).await?;
        self.sent = self.pooled().await?;
        Ok(Vec::new())
    }

    fn has_sent(&self) -> bool {
        self.sent
    }

    async fn finish(&mut self) -> eyre::Result<()> {
        self.chaos.heal(&self.venues, &self.endpoints);
        for service in &mut self.services {
            let kills = service.kills;
            service.kill(u64::MAX).await?;
            service.kills = kills;
        }
        self.settle().await
    }

    fn figures(&self) -> ServiceFigures {
        let mut figures = self.figures.clone();
        figures.faults.clone_from(&self.chaos.injected);
        figures
    }
}

/// Starts a service again that ended by itself, as a supervisor would, and counts it. Where nothing goes wrong on
/// purpose, or where it does nothing but end, it is a failure of the run.
fn supervise(
    service: &mut Service,
    why: &str,
    figures: &mut ServiceFigures,
    troubled: bool,
) -> eyre::Result<()> {
    let exits = figures.exits.entry(service.name.clone()).or_default();
    *exits += 1;
    if figures.first_exit.is_none() {
        figures.first_exit = Some(why.to_owned());
    }
    if !troubled || *exits > EXITS_MAX {
        return Err(of_kind(FailKind::Unforeseen, format!("scenario: {why}")));
    }
    service.start()
}

/// The settings of one node.
fn node_file(
    stage: &Stage,
    ground: &Ground<'_>,
    (node, ports): (u32, &[u16]),
    venues: &[StandIn],
    endpoints: &[FaultyRpc],
) -> String {
    let quoted_list = |items: Vec<String>| {
        let all: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
        all.join(", ")
    };
    let rpc = quoted_list(endpoints.iter().map(|one| one.url().to_owned()).collect());
    let others = ports
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != node as usize);
    let peers = quoted_list(
        others
            .map(|(_, port)| format!("http://127.0.0.1:{port}"))
            .collect(),
    );
    let own = ports.get(node as usize).copied().unwrap_or_default();
    let store = ground.folder.join(format!("node-{node}.sqlite"));
    let mut text = format!(
        "name = \"node-{node}\"\nrpc = [{rpc}]\nagree = 2\nquorum = \"{}\"\naggregator = \"{}\"\n\
         dev_account = {}\nstore = \"sqlite:{}\"\nlisten = \"127.0.0.1:{own}\"\npeers = [{peers}]\n\
         peer_answer_ms = 300\npeer_bound = \"0.02\"\nclock = \"chain\"\npoll_ms = 40\nround_secs = {ROUND_SECS}\n\
         takeover_ms = 250\nmax_fee_gwei = 5000\nconfirmations = 1\n\n\
         [patience]\nanswer_ms = 300\nsilence_ms = 200\nhold_ms = 3000\nrest_every_ms = 100\nbackoff_ms_max = 1000\n",
        stage.quorum,
        stage.prices,
        SIGNERS_FIRST + node,
        store.display(),
    );
    for venue in venues {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[venues.{kind}]\nkind = \"{kind}\"\nrest = \"{}\"\nstream = \"{}\"\n",
            venue.rest_url(),
            venue.stream_url(),
            kind = venue_name(venue.kind()),
        );
    }
    for asset in stage.collaterals.iter().chain(&stage.custody) {
        let _ = write!(
            text,
            "\n[[assets]]\nasset = \"{}\"\npair = \"{}\"\ndeviation = \"{:.5}\"\nheartbeat_secs = 1200\n\
             sources_min = 2\nage_secs_max = {age}\nahead_secs_max = {age}\noutlier = \"0.02\"\n",
            asset.token,
            pair_of(&asset.symbol),
            ground.deviation * 0.8,
            age = ground.gap_secs + 120,
        );
    }
    text
}

const fn venue_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Binance => "binance",
        Kind::Coinbase => "coinbase",
        Kind::Kraken => "kraken",
    }
}

/// The keeper, with its settings.
fn keeper(stage: &Stage, ground: &Ground<'_>, endpoints: &[FaultyRpc]) -> eyre::Result<Service> {
    let rpc: Vec<String> = endpoints
        .iter()
        .map(|one| format!("\"{}\"", one.url()))
        .collect();
    let rpc = rpc.join(", ");
    let store = ground.folder.join("keeper.sqlite");
    let mut text = format!(
        "rpc = [{rpc}]\nquorum = 2\npublic = [{rpc}]\nstore = \"sqlite:{}\"\npoll_ms = 40\npatience_ms = 400\n\
         clock = \"chain\"\n\n[send]\nmax_fee_gwei = 5000\nconfirmations = 1\nbump_after_blocks = 2\n\n\
         [flag]\nunflag = true\nper_block_max = 64\n\n[[book]]\nsynthetic = \"{}\"\ndesk = \"{}\"\n",
        store.display(),
        stage.book(),
        stage.desk,
    );
    if !stage.collaterals.iter().any(|one| one.symbol == "WETH") {
        text.push_str("native_price = 2000\n");
    }
    for (market, one) in stage.collaterals.iter().enumerate() {
        let _ = write!(
            text,
            "\n[[book.pool]]\nmarket = {market}\npairs = [\"{}\"]\nfee_bps = 30\n",
            one.pair
        );
    }
    let file = ground.folder.join("keeper.toml");
    std::fs::write(&file, text)?;
    let port = free_port()?;
    let args = [
        "--yes".to_owned(),
        "--rpc".to_owned(),
        ground.rpc.to_owned(),
        "--manifest".to_owned(),
        ground.manifest.display().to_string(),
        "--dev-account".to_owned(),
        KEEPER_KEY.to_string(),
        "keeper".to_owned(),
        "run".to_owned(),
        file.display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
        "--until-stdin-closes".to_owned(),
    ];
    let log = ground.folder.join("keeper.log");
    Ok(Service::new("keeper", args.to_vec(), port, log))
}
