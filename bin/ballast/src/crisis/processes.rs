//! Oracle nodes and keeper as processes of their own, behind venues and, where they are to fail on demand, endpoints that
//! stand in for real ones.

use std::path::Path;
use std::time::{Duration, Instant};

use super::faulty_rpc::FaultyRpc;
use alloy::primitives::B256;
use alloy::providers::Provider;
use ballast_chain::Endpoint;
use ballast_oracle::Kind;
use ballast_oracle::stand_in::StandIn;
use ballast_store::{Attempt, SendRecord};

use super::alive::{Quote, quotes};
use super::chaos::Chaos;
use super::driver::{Driver, Scene, ServiceFigures};
use super::service::{Service, free_port};
use super::settings::{self, Places};
use super::stage::{KEEPER_KEY, SIGNERS, Stage};
use super::world::quoted;
use crate::fail::{Kind as FailKind, of_kind};
use crate::market::Tx;
use crate::output::Output;

/// How long services may take for a block before the next is mined: those that were killed or deceived need not be ready.
const BLOCK_PATIENCE: Duration = Duration::from_millis(800);
/// How long they may take to come up.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How often a service may end by itself in a run in which things go wrong on purpose.
const EXITS_MAX: u64 = 2_000;
/// Between two looks at how far they are.
const LOOK: Duration = Duration::from_millis(8);
/// Passes that must find nothing left to do.
const QUIET_LOOKS: u32 = 2;
/// Volume that every venue tells, whole units.
const VOLUME: f64 = 10_000.0;
/// States of a send that failed.
const FAILED: [&str; 4] = ["reverted", "expired", "dropped", "cancelled"];

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

/// What is done about a service that ends by itself.
#[derive(Clone, Copy, Debug)]
pub enum Supervision {
    /// It is a failure of the run.
    Fail,
    /// It is started again, as a supervisor would, and counted: things go wrong on purpose.
    Count,
    /// The same, after a rest where it ends soon after its start, and people are told.
    Tell(Output),
}

/// Where processes run and what they are told.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The chain's own address.
    pub rpc: &'a str,
    /// How many endpoints that may misbehave stand before it; none for the chain's own.
    pub endpoints: usize,
    /// Folder for files of settings, stores and what services say.
    pub folder: &'a Path,
    /// The deployment's manifest.
    pub manifest: &'a Path,
    /// The store that all share; one of its own for each where there is none.
    pub store: Option<&'a str>,
    /// The longest time between two moments, seconds.
    pub gap_secs: u64,
    /// Milliseconds between two looks of a service at the chain.
    pub poll_ms: u64,
    /// What is done about those that end.
    pub supervision: Supervision,
}

/// The processes, and what stands before and behind them.
#[derive(Debug)]
pub struct Processes {
    endpoint: Endpoint,
    venues: Vec<StandIn>,
    endpoints: Vec<FaultyRpc>,
    services: Vec<Service>,
    /// Addresses of their stores, each once.
    stores: Vec<String>,
    chaos: Chaos,
    figures: ServiceFigures,
    /// Whether a moment has begun whose kills are still to be done.
    fresh: bool,
    sent: bool,
    supervision: Supervision,
}

impl Processes {
    /// Opens venues and endpoints and starts every service, for synthetics that share a quorum; without any, those
    /// whose files of settings lie in the folder.
    ///
    /// # Errors
    /// No port, a file that cannot be read or written, or a service that does not come up.
    pub async fn start(
        endpoint: Endpoint,
        stages: &[&Stage],
        ground: Ground<'_>,
        trouble: Trouble,
    ) -> eyre::Result<Self> {
        let mut venues = Vec::new();
        for kind in [Kind::Binance, Kind::Coinbase, Kind::Kraken] {
            venues.push(StandIn::start(kind).await?);
        }
        let mut endpoints = Vec::new();
        for _ in 0..ground.endpoints {
            endpoints.push(FaultyRpc::start(ground.rpc).await?);
        }
        let mut rpc: Vec<String> = endpoints.iter().map(|one| one.url().to_owned()).collect();
        if rpc.is_empty() {
            rpc.push(ground.rpc.to_owned());
        }
        let (services, stores) = services(stages, &ground, &venues, &rpc)?;
        let chaos = Chaos::new(
            (trouble.kills, services.len()),
            trouble.moments,
            (trouble.faults, venues.len(), endpoints.len()),
            trouble.seed,
        );
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
            supervision: ground.supervision,
        };
        for service in &mut made.services {
            service.start()?;
        }
        if !made.wait(START_PATIENCE).await? {
            made.tell_unready(&ground);
        }
        Ok(made)
    }

    fn tell_unready(&self, ground: &Ground<'_>) {
        if let Supervision::Tell(out) = self.supervision {
            let (secs, folder) = (START_PATIENCE.as_secs(), ground.folder.display());
            out.note(&format!(
                "services: not all were ready after {secs} s; the run goes on; what they say is in {folder}"
            ));
        }
    }

    /// Tells the venues what the market pays at `time`.
    pub fn quote(&self, quotes: &[Quote], time: u64) {
        let volume = quoted(VOLUME);
        for quote in quotes {
            // Venues are never quite of one mind.
            for (off, venue) in [1.0, 1.000_1, 0.999_9].iter().zip(&self.venues) {
                venue.set(&quote.pair, quoted(quote.price * off), volume, time);
            }
        }
    }

    /// Waits until every service has looked at the newest block; whether one has sent what waits for the next.
    ///
    /// # Errors
    /// A service that ended by itself, where that is a failure, or no answer of the chain.
    pub async fn look(&mut self) -> eyre::Result<bool> {
        self.wait(BLOCK_PATIENCE).await?;
        self.pooled().await
    }

    /// Starts again what ended by itself.
    ///
    /// # Errors
    /// As [`Processes::look`].
    pub fn supervise(&mut self) -> eyre::Result<bool> {
        let mut all = true;
        for service in &mut self.services {
            service.start_rested()?;
            if let Some(why) = service.ended() {
                supervise(service, &why, &mut self.figures, self.supervision)?;
                all = false;
            }
        }
        Ok(all)
    }

    /// Waits until every service that is up has looked at the newest block; false where its patience was over before.
    async fn wait(&mut self, patience: Duration) -> eyre::Result<bool> {
        let head = self.endpoint.tip().await?.number;
        let begun = Instant::now();
        let mut quiet = 0;
        while quiet < QUIET_LOOKS {
            if begun.elapsed() >= patience {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
            let mut done = self.supervise()?;
            for service in self.services.iter().filter(|service| service.is_up()) {
                done = done && service.is_done(head).await;
            }
            quiet = if done { quiet + 1 } else { 0 };
        }
        Ok(true)
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

    /// Ends every service in order.
    ///
    /// # Errors
    /// Where the system does not let one be killed.
    pub async fn end(&mut self) -> eyre::Result<()> {
        for service in &mut self.services {
            service.end().await?;
        }
        Ok(())
    }

    /// What they did, with the counts of what was sent out of their own stores and the chain.
    ///
    /// # Errors
    /// Where a store cannot be read or the chain does not answer.
    pub async fn settled(&self) -> eyre::Result<ServiceFigures> {
        let mut figures = self.figures.clone();
        figures.faults.clone_from(&self.chaos.injected);
        for address in &self.stores {
            let store = ballast_store::open(address).await?;
            let sends: Vec<SendRecord> = ballast_store::all(&*store).await?;
            let attempts: Vec<Attempt> = ballast_store::all(&*store).await?;
            for send in &sends {
                let signed = u64::from(send.nonce.is_some());
                let failed = u64::from(FAILED.contains(&send.state.as_str()));
                if send.service.starts_with("keeper:") {
                    figures.keeper_sends += signed;
                    figures.keeper_failures += failed;
                } else {
                    figures.oracle_sends += signed;
                    figures.oracle_failures += failed;
                }
            }
            figures.duplicate_sends += self.mined_twice(&sends, &attempts).await?;
        }
        Ok(figures)
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
        self.quote(&quotes(&[stage], prices), time);
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
        self.sent = self.look().await?;
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
        self.figures = self.settled().await?;
        Ok(())
    }

    fn figures(&self) -> Option<ServiceFigures> {
        Some(self.figures.clone())
    }
}

/// Starts a service again that ended by itself, and counts it; a failure of the run where `supervision` says so, or
/// where it does nothing but end.
fn supervise(
    service: &mut Service,
    why: &str,
    figures: &mut ServiceFigures,
    supervision: Supervision,
) -> eyre::Result<()> {
    let exits = figures.exits.entry(service.name.clone()).or_default();
    *exits += 1;
    if figures.first_exit.is_none() {
        figures.first_exit = Some(why.to_owned());
    }
    let goes_on = match supervision {
        Supervision::Fail => false,
        Supervision::Count => {
            service.start()?;
            *exits <= EXITS_MAX
        }
        Supervision::Tell(out) => {
            out.note(&format!("services: {why}; it is started again"));
            service.start_again()?
        }
    };
    if !goes_on {
        return Err(of_kind(FailKind::Unforeseen, format!("services: {why}")));
    }
    Ok(())
}

/// Oracle nodes and keeper, not started yet, with the addresses of their stores.
fn services(
    stages: &[&Stage],
    ground: &Ground<'_>,
    venues: &[StandIn],
    rpc: &[String],
) -> eyre::Result<(Vec<Service>, Vec<String>)> {
    let mut ports: Vec<u16> = Vec::new();
    for _ in 0..=SIGNERS {
        ports.push(free_port(&ports)?);
    }
    let keeper_port = ports.pop().unwrap_or_default();
    let mut stores: Vec<String> = Vec::new();
    let mut store_of = |name: &str| {
        let own = || format!("sqlite:{}", ground.folder.join(name).display()) + ".sqlite";
        let store = ground.store.map_or_else(own, str::to_owned);
        if !stores.contains(&store) {
            stores.push(store.clone());
        }
        store
    };
    let mut services = Vec::new();
    for (node, port) in (0..SIGNERS).zip(&ports) {
        let name = format!("node-{node}");
        let store = store_of(&name);
        let places = Places {
            rpc,
            store: &store,
            ports: &ports,
            venues,
        };
        let file = ground.folder.join(format!("{name}.toml"));
        let text = match stages {
            [] => settings::renewed(&file, Some(node), places)?,
            _ => settings::node(stages, ground, node, places),
        };
        std::fs::write(&file, text)?;
        let file = file.display().to_string();
        let args = ["oracle", "run", &file, "--until-stdin-closes"];
        let args = args.map(str::to_owned).to_vec();
        let log = ground.folder.join(format!("{name}.log"));
        services.push(Service::new(&name, args, *port, log));
    }
    let store = store_of("keeper");
    let places = Places {
        rpc,
        store: &store,
        ports: &ports,
        venues,
    };
    let file = ground.folder.join("keeper.toml");
    let text = match stages {
        [] => settings::renewed(&file, None, places)?,
        _ => settings::keeper(stages, ground, places),
    };
    std::fs::write(&file, text)?;
    let args = [
        "--yes",
        "--rpc",
        ground.rpc,
        "--manifest",
        &ground.manifest.display().to_string(),
        "--dev-account",
        &KEEPER_KEY.to_string(),
        "keeper",
        "run",
        &file.display().to_string(),
        "--listen",
        &format!("127.0.0.1:{keeper_port}"),
        "--until-stdin-closes",
    ];
    let args = args.map(str::to_owned).to_vec();
    let log = ground.folder.join("keeper.log");
    services.push(Service::new("keeper", args, keeper_port, log));
    Ok((services, stores))
}
