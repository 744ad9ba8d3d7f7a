//! `ballast keeper run`: one keeper.

use std::path::Path;

use alloy::primitives::Address;
use ballast_chain::tx::TxError;
use ballast_chain::{Endpoint, Manifest};
use ballast_keeper::serve::Page;
use ballast_keeper::watch::watch;
use ballast_keeper::{Config, Keeper, KeeperError, Surroundings};
use serde::Serialize;

use crate::cli::KeeperRunArgs;
use crate::commands::oracle::stdin_closed;
use crate::commands::up::asked_to_end;
use crate::context::Context;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};

/// Largest file of settings, in bytes.
const FILE_BYTES_MAX: u64 = 262_144;

/// What `--check` found.
#[derive(Serialize)]
struct Checked {
    keeper: Address,
    store: String,
    books: Vec<String>,
}

impl Report for Checked {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines
            .add("keeper", self.keeper)
            .add("store", &self.store)
            .add("books", self.books.join(", "));
        lines.text()
    }
}

/// Runs a keeper until interrupted.
///
/// # Errors
/// The file, the key, the chain, the store or the address cannot be used, or another program has the key.
pub async fn run(ctx: &Context, args: &KeeperRunArgs) -> eyre::Result<()> {
    let mut config = read(&args.file)?;
    config.dry_run = ctx.dry_run;
    let (manifest, endpoint) = deployment(ctx, &config).await?;
    let signer = ctx.key(manifest.chain_id)?;
    if !config.dry_run && !args.check {
        ctx.confirm(manifest.chain_id)?;
    }
    let checked = Checked {
        keeper: signer.address(),
        store: shown(&config.store),
        books: manifest
            .books
            .iter()
            .filter(|record| config.book(&record.symbol, record.book.address).is_some())
            .map(|record| record.symbol.clone())
            .collect(),
    };
    let around = Surroundings {
        store: ballast_store::open(&config.store).await?,
        manifest,
        endpoint,
        signer,
    };
    let mut keeper = Keeper::open(config.clone(), around, None)
        .await
        .map_err(failure)?;
    if args.check {
        return ctx.out.result(&checked);
    }
    let (status, alerts) = (keeper.status(), keeper.alerts());
    let mut beside = tokio::task::JoinSet::new();
    if let Some(listen) = &args.listen {
        let page = Page::bind(listen, keeper.status()).await.map_err(failure)?;
        ctx.out
            .note(&format!("listening on http://{}", page.address()));
        beside.spawn(page.run());
    }
    if let Some(webhook) = &config.webhook {
        beside.spawn(alerts.deliver(webhook).map_err(failure)?);
    }
    beside.spawn(watch(status, alerts, config.watch.stall, config.clock));
    ctx.out.note(&format!(
        "keeping {} as {}",
        checked.books.join(", "),
        checked.keeper
    ));
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
    keeper.run(stop).await.map_err(failure)
}

/// The manifest, and the program's own endpoint where the file names none. Those that it names may be down now: they
/// are held against the manifest once they answer.
async fn deployment(ctx: &Context, config: &Config) -> eyre::Result<(Manifest, Option<Endpoint>)> {
    if config.rpc.is_empty() {
        let deployment = ctx.deployment().await?;
        return Ok((deployment.manifest, Some(deployment.endpoint)));
    }
    Ok((Manifest::load(&ctx.settings.manifest.value)?, None))
}

/// A store's path as it is, of any other address only scheme, host and port.
fn shown(address: &str) -> String {
    if address.starts_with("sqlite:") {
        address.to_owned()
    } else {
        ballast_chain::endpoint::redact(address)
    }
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

/// A keeper's error with the exit code that it has.
fn failure(error: KeeperError) -> eyre::Report {
    match error {
        KeeperError::Config(error) => input(error.to_string()),
        KeeperError::Chain(error) => error.into(),
        KeeperError::Send(TxError::Chain(error)) => error.into(),
        KeeperError::Send(error @ TxError::KeyInUse { .. }) => {
            of_kind(Kind::Refused, error.to_string())
        }
        KeeperError::Send(TxError::Store(error)) | KeeperError::Store(error) => error.into(),
        other => of_kind(Kind::Unforeseen, other.to_string()),
    }
}
