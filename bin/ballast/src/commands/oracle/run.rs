//! `ballast oracle run`: one node.

use std::net::SocketAddr;
use std::path::Path;

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use ballast_chain::tx::TxError;
use ballast_chain::{ChainError, Endpoint, keys};
use ballast_oracle::config::KeySource;
use ballast_oracle::{Config, Node, NodeError};
use serde::Serialize;

use crate::cli::OracleRunArgs;
use crate::commands::up::asked_to_end;
use crate::context::Context;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};

/// Largest file of settings, in bytes.
const FILE_BYTES_MAX: u64 = 262_144;

/// What `--check` found.
#[derive(Serialize)]
struct Checked {
    name: String,
    signer: Address,
    quorum: Address,
    venues: usize,
    assets: Vec<String>,
    peers: usize,
}

impl Report for Checked {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines
            .add("node", &self.name)
            .add("signer", self.signer)
            .add("quorum", self.quorum)
            .add("assets", self.assets.join(", "))
            .add("venues", self.venues)
            .add("peers", self.peers);
        lines.text()
    }
}

/// Runs a node until interrupted.
///
/// # Errors
/// The file, the key, the chain, the store or the address cannot be used, or another program has the key.
pub async fn run(ctx: &Context, args: &OracleRunArgs) -> eyre::Result<()> {
    let mut config = read(&args.file)?;
    if let Some(listen) = &args.listen {
        let parsed: Result<SocketAddr, _> = listen.parse();
        config.listen = parsed.map_err(|_| {
            input(format!(
                "listen: `{listen}` is no address with a port, such as 127.0.0.1:9300"
            ))
        })?;
    }
    let key = key(ctx, &config).await?;
    let checked = Checked {
        name: config.name.clone(),
        signer: key.address(),
        quorum: config.quorum,
        venues: config.venues.len(),
        assets: config
            .assets
            .iter()
            .map(|asset| asset.pair.clone())
            .collect(),
        peers: config.peers.len(),
    };
    let node = Node::bind(config, key).await.map_err(failure)?;
    if args.check {
        return ctx.out.result(&checked);
    }
    ctx.out
        .note(&format!("listening on http://{}", node.address()));
    let until_stdin_closes = args.until_stdin_closes;
    let stop = async {
        tokio::select! {
            asked = asked_to_end() => if let Err(error) = asked {
                ctx.out.note(&format!("signals cannot be heard: {error}"));
                std::future::pending::<()>().await;
            },
            () = stdin_closed(), if until_stdin_closes => {}
        }
    };
    node.run(stop).await.map_err(failure)
}

/// Done when whoever started this program is gone. The thread that waits is left behind: no program waits for it.
pub async fn stdin_closed() {
    let (closed, heard) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An input that cannot be read is as good as one that ended.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let _ = heard.await;
}

fn read(path: &Path) -> eyre::Result<Config> {
    let fail = |detail: String| input(format!("{}: {detail}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(fail(format!(
            "must be at most {FILE_BYTES_MAX} bytes, not {size}"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    Config::parse(&text).map_err(|error| fail(error.to_string()))
}

/// The key that the file names, or else that of the flags and the environment.
async fn key(ctx: &Context, config: &Config) -> eyre::Result<PrivateKeySigner> {
    match &config.key {
        KeySource::Keystore {
            path,
            password_file,
        } => {
            let mut with_password = ctx.clone();
            if let Some(file) = password_file {
                with_password.settings.password_file.value = Some(file.clone());
            }
            let password = with_password.password(false)?;
            Ok(keys::open_keystore(path, password.reveal())?)
        }
        KeySource::DevAccount(index) => Ok(keys::dev_account(*index, chain_id(config).await?)?),
        KeySource::Elsewhere => ctx.key(chain_id(config).await?),
    }
}

/// Of the first endpoint that answers.
async fn chain_id(config: &Config) -> Result<u64, ChainError> {
    let mut failed = None;
    for url in &config.rpc {
        match Endpoint::connect(url).await {
            Ok(endpoint) => return Ok(endpoint.chain_id()),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| ChainError::BadUrl {
        url: String::new(),
        detail: "none is given".to_owned(),
    }))
}

/// A node's failure as this program tells of failures.
fn failure(error: NodeError) -> eyre::Report {
    match error {
        NodeError::Config(error) => input(error.to_string()),
        NodeError::Listen { .. } => of_kind(Kind::Machine, error.to_string()),
        NodeError::Store(error) | NodeError::Outbox(TxError::Store(error)) => error.into(),
        NodeError::Chain(error) | NodeError::Outbox(TxError::Chain(error)) => error.into(),
        NodeError::Outbox(error @ TxError::KeyInUse { .. }) => {
            of_kind(Kind::Machine, error.to_string())
        }
        NodeError::Outbox(error) => input(error.to_string()),
    }
}
