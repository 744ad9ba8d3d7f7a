//! What `ballast up` runs beside the chain: the indexer and the server with the explorer, over one store.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ballast_indexer::{Follow, Indexer, Options, Summary};
use ballast_server::Server;
use ballast_store::Store;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::context::Deployment;
use crate::fail::{Kind, of_kind};

/// How often the local chain is asked for a further block.
const POLL: Duration = Duration::from_millis(250);
/// The store where nobody names another.
const STORE_FILE: &str = "store.sqlite";

/// What indexing did, as `up --once` reports it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct IndexFigures {
    /// Logs in the store that this run read.
    pub events_indexed: u64,
    /// Sums held against the chain.
    pub comparisons: u64,
    /// Those that differed.
    pub mismatches: u64,
}

impl From<&Summary> for IndexFigures {
    fn from(summary: &Summary) -> Self {
        Self {
            events_indexed: summary.events_indexed,
            comparisons: summary.comparisons,
            mismatches: summary.mismatches,
        }
    }
}

/// The address of the store that `given` names, or of a file in `folder`.
pub fn store_address(given: Option<&str>, folder: &Path) -> String {
    match given {
        Some(address) => address.to_owned(),
        None => format!("sqlite:{}", folder.join(STORE_FILE).display()),
    }
}

/// Indexes the whole chain once. Each sum that was touched is held against the chain, and once a run also rows that were
/// not, of the tables that are small enough.
///
/// # Errors
/// The store or the chain fails. A row that differs is no error here but counted.
pub async fn index_once(deployment: &Deployment, store: &str) -> eyre::Result<Summary> {
    let mut indexer = indexer(deployment, ballast_store::open(store).await?);
    Ok(indexer.catch_up(|_| {}).await?)
}

fn indexer(deployment: &Deployment, store: Arc<dyn Store>) -> Indexer {
    let (endpoint, manifest) = (deployment.endpoint.clone(), deployment.manifest.clone());
    Indexer::new(endpoint, manifest, store, Options::default())
}

/// Nothing where every sum in the store is the chain's.
///
/// # Errors
/// [`Kind::Verification`] where a projection stopped, with its reason.
pub fn expect_equal(summary: &Summary) -> eyre::Result<()> {
    let reasons: Vec<String> = summary
        .projections
        .iter()
        .filter_map(|state| {
            let reason = state.stopped.as_ref()?;
            Some(format!("{}: {reason}", state.name))
        })
        .collect();
    if reasons.is_empty() {
        return Ok(());
    }
    Err(of_kind(
        Kind::Verification,
        format!(
            "index: the store and the chain differ: {}; use --reindex or a new store",
            reasons.join("; ")
        ),
    ))
}

/// The running services. Dropping them stops them between two transactions of the store.
#[derive(Debug)]
pub struct Services {
    address: SocketAddr,
    running: JoinSet<eyre::Result<()>>,
}

impl Services {
    /// Opens the store, tells wallets that the chain is at `rpc`, takes the explorer's port and starts both loops.
    ///
    /// # Errors
    /// The store cannot be opened or the port cannot be taken.
    pub async fn start(
        deployment: &Deployment,
        rpc: &str,
        store: &str,
        port: u16,
    ) -> eyre::Result<Self> {
        let store = ballast_store::open(store).await?;
        let server = Server::bind(
            &format!("127.0.0.1:{port}"),
            Arc::clone(&store),
            deployment.manifest.clone(),
            Some(deployment.endpoint.clone()),
            ballast_server::Options {
                public_rpc: Some(rpc.to_owned()),
                ..ballast_server::Options::default()
            },
        )
        .await?;
        let address = server.address();
        let mut indexer = indexer(deployment, store);
        let follow = Follow {
            service: format!("indexer:{}", std::process::id()),
            poll: POLL,
        };
        let mut running = JoinSet::new();
        running.spawn(async move {
            indexer
                .follow(&follow, std::future::pending(), |_| {})
                .await?;
            Ok(())
        });
        running.spawn(async move {
            server.run(std::future::pending()).await;
            Ok(())
        });
        Ok(Self { address, running })
    }

    /// Where the explorer is.
    pub fn explorer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether both still run.
    ///
    /// # Errors
    /// What ended one of them.
    pub fn check(&mut self) -> eyre::Result<()> {
        match self.running.try_join_next() {
            None => Ok(()),
            Some(Ok(Err(error))) => Err(error),
            Some(_) => Err(of_kind(
                Kind::Unforeseen,
                "up: the indexer or the server ended by itself",
            )),
        }
    }
}
