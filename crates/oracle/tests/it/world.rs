//! A local chain with a quorum of five, and venues that all nodes ask.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, Bytes, U256, address};
use alloy::providers::Provider;
use alloy::rpc::types::Filter;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::prices::IPrices;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::{Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Sender, Step, keys};
use ballast_oracle::report::Target;
use ballast_oracle::stand_in::StandIn;
use ballast_oracle::{Config, Kind, Node, NodeError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The asset that is priced.
pub const ASSET: Address = address!("0x2000000000000000000000000000000000000002");
/// Longest wait for anything that has to come.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Signers, of whom three must report.
pub const SIGNERS: usize = 5;

pub fn wad(text: &str) -> U256 {
    ballast_types::decimal::parse("number", text, 18).expect("a number")
}

pub fn unix_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

/// What was reported in a round.
#[derive(Clone, Copy, Debug)]
pub struct Reported {
    pub price: U256,
    pub round: u64,
}

pub struct World {
    pub anvil: Anvil,
    pub endpoint: Endpoint,
    pub quorum: Address,
    pub aggregator: Address,
    pub venues: Vec<StandIn>,
    pub folder: TempDir,
}

/// A node that runs until it is stopped.
pub struct Running {
    pub url: String,
    task: JoinHandle<Result<(), NodeError>>,
}

impl Running {
    /// Ends it between any two of its steps, without a word.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

impl World {
    pub async fn new() -> Self {
        let anvil =
            Anvil::start(&AnvilOptions::default()).expect("anvil; `make setup` installs it");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        let sender = Sender::new(endpoint.clone(), key(0), None);
        let mut signers: Vec<Address> = (1..=SIGNERS as u32).map(|n| key(n).address()).collect();
        signers.sort_unstable();
        let args = (sender.address(), U256::from(300), signers, U256::from(3)).abi_encode_params();
        let quorum = create(&sender, Artifact::ReportQuorum, args).await;
        let args = sender.address().abi_encode();
        let aggregator = create(&sender, Artifact::PriceAggregator, args).await;
        let mut sources = Vec::new();
        for _ in 0..3 {
            let args = (quorum, ASSET, U256::from(18)).abi_encode_params();
            sources.push(create(&sender, Artifact::ReportSource, args).await);
        }
        let call = add_asset(&sources);
        let step = Step::call("add the asset", aggregator, call.abi_encode());
        sender.send(&step).await.expect("is added");
        let mut venues = Vec::new();
        for kind in Kind::ALL {
            venues.push(StandIn::start(kind).await.expect("starts"));
        }
        let world = Self {
            anvil,
            endpoint,
            quorum,
            aggregator,
            venues,
            folder: tempfile::tempdir().expect("folder"),
        };
        world.set("200");
        world
    }

    /// Whom reports are for.
    pub fn target(&self) -> Target {
        Target {
            chain_id: LOCAL_CHAIN_ID,
            quorum: self.quorum,
        }
    }

    /// Every venue's price of now, each a thousandth from the next; gives the range of bids and asks.
    pub fn set(&self, price: &str) -> (U256, U256) {
        let price = wad(price);
        let apart = price / U256::from(1_000);
        for (venue, price) in self
            .venues
            .iter()
            .zip([price, price + apart, price - apart])
        {
            venue.set("ETH/USD", price, wad("1000"), unix_now());
        }
        (price - apart, price + apart)
    }

    /// The file of the node of key `number`, which asks `peers`; `more` goes before the tables.
    pub fn file(&self, number: u32, peers: &[String], more: &str) -> String {
        let peers: Vec<String> = peers.iter().map(|peer| format!("{peer:?}")).collect();
        let venues: String = self
            .venues
            .iter()
            .map(|venue| {
                format!(
                    "[venues.{0}]\nkind = \"{0}\"\nrest = \"{1}\"\nstream = \"{2}\"\n",
                    venue.kind(),
                    venue.rest_url(),
                    venue.stream_url()
                )
            })
            .collect();
        let rpc = if more.contains("rpc =") {
            String::new()
        } else {
            format!("rpc = [\"{}\"]\n", self.anvil.url())
        };
        format!(
            "name = \"node-{number}\"\n{rpc}quorum = \"{}\"\naggregator = \"{}\"\ndev_account = {number}\n\
             store = \"sqlite:{}\"\nlisten = \"127.0.0.1:0\"\npeers = [{}]\npeer_answer_ms = 500\npoll_ms = 20\n\
             confirmations = 0\ntakeover_ms = 300\n{more}\n\
             [patience]\nanswer_ms = 300\nsilence_ms = 600\nhold_ms = 1500\nrest_every_ms = 50\nbackoff_ms_max = 200\n\
             {venues}\
             [[assets]]\nasset = \"{ASSET}\"\npair = \"ETH/USD\"\ndeviation = \"0.005\"\nheartbeat_secs = 3600\n\
             sources_min = 2\nage_secs_max = 60\noutlier = \"0.02\"\n",
            self.quorum,
            self.aggregator,
            self.folder
                .path()
                .join(format!("node-{number}.sqlite"))
                .display(),
            peers.join(", "),
        )
    }

    /// Starts the node of key `number` on a port that was taken before.
    pub async fn node(
        &self,
        number: u32,
        listener: TcpListener,
        peers: &[String],
        more: &str,
    ) -> Running {
        let config = Config::parse(&self.file(number, peers, more)).expect("a configuration");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let node = Node::with_listener(config, key(number), listener)
            .await
            .expect("a node");
        let task = tokio::spawn(node.run(std::future::pending()));
        Running { url, task }
    }

    /// What the quorum's contract holds; none while nothing was reported.
    pub async fn latest(&self) -> Option<Reported> {
        let contract = ReportQuorum::new(self.quorum, self.endpoint.provider());
        let found = contract.latest(ASSET).call().await.ok()?;
        Some(Reported {
            price: found._0,
            round: found._3.to(),
        })
    }

    /// What the aggregator stores as middle price, of one whole asset.
    pub async fn stored(&self) -> Option<U256> {
        let contract = IPrices::new(self.aggregator, self.endpoint.provider());
        let found = contract.price(ASSET).call().await.ok()?;
        // Base units of 18 decimals on both sides, times 1e36.
        Some(found.mid / wad("1"))
    }

    /// Every report so far.
    pub async fn all_reported(&self) -> Vec<Reported> {
        let filter = Filter::new().address(self.quorum).from_block(0);
        let filter = filter.event_signature(ReportQuorum::Reported::SIGNATURE_HASH);
        let logs = self
            .endpoint
            .provider()
            .get_logs(&filter)
            .await
            .expect("logs");
        logs.iter()
            .map(|log| {
                let event = ReportQuorum::Reported::decode_log(&log.inner)
                    .expect("an event")
                    .data;
                Reported {
                    price: event.price,
                    round: event.round.to(),
                }
            })
            .collect()
    }

    /// Waits until the contract's price lies within `range`.
    pub async fn until_reported(&self, range: (U256, U256), nodes: &[&Running]) {
        let began = Instant::now();
        loop {
            let latest = self.latest().await;
            if latest.is_some_and(|latest| (range.0..=range.1).contains(&latest.price)) {
                return;
            }
            if began.elapsed() > PATIENCE {
                let mut told = String::new();
                for node in nodes {
                    told.push_str(&get(&format!("{}/status", node.url)).await);
                }
                panic!("{latest:?} is not within {range:?}: {told}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A development key.
pub fn key(number: u32) -> PrivateKeySigner {
    keys::dev_account(number, LOCAL_CHAIN_ID).expect("a key")
}

/// A free port, and where it is.
pub async fn port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// The answer at an address, whatever it is.
pub async fn get(url: &str) -> String {
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    match client.get(url).send().await {
        Ok(response) => response.text().await.unwrap_or_default(),
        Err(error) => error.to_string(),
    }
}

async fn create(sender: &Sender, artifact: Artifact, args: Vec<u8>) -> Address {
    let code: Bytes = [&artifact.bytecode()[..], &args].concat().into();
    let receipt = sender.send(&Step::create(artifact.name(), code)).await;
    receipt.expect("is created").created.expect("an address")
}

fn add_asset(sources: &[Address]) -> PriceAggregator::addAssetCall {
    let each = sources.iter().map(|source| PriceAggregator::SourceTerms {
        source: *source,
        maxAgeSecs: U256::from(600),
        least: wad("1") * U256::from(1_000_000_000_u64),
        most: wad("1000000") * wad("1"),
        gasMost: U256::from(100_000),
        lockable: false,
        observing: false,
    });
    PriceAggregator::addAssetCall {
        asset: ASSET,
        terms: PriceAggregator::AssetTerms {
            maxAgeSecs: U256::from(3_600),
            graceSecs: U256::from(600),
            minSources: U256::from(2),
            deviation: wad("0.005"),
            maxDeviation: wad("0.05"),
            maxStep: wad("0.5"),
            stepWindowSecs: U256::from(60),
        },
        sources: each.collect(),
    }
}
