//! Arguments of keepers.

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::{Args, Subcommand, ValueHint};

use super::SynthArgs;

/// What to do with keepers.
#[derive(Clone, Debug, Subcommand)]
pub enum KeeperCommand {
    /// Run a keeper until it is interrupted; with --dry-run it decides and sends nothing
    Run(KeeperRunArgs),
    /// Tell why a vault was or was not acted on, and what could be done with it now
    Explain(KeeperExplainArgs),
    /// Show the keepers of a store: signs of life, what is on its way, what was decided last
    Status(KeeperStoreArgs),
    /// Deploy a desk of your own, which takes without capital and keeps nothing
    Desk,
}

/// Arguments of `keeper run`.
#[derive(Args, Clone, Debug)]
pub struct KeeperRunArgs {
    /// The keeper's file; examples/keeper.toml explains every setting
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Serve /status, /metrics and /health here; port 0 for any free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Read the file, open the key, connect, and stop
    #[arg(long)]
    pub check: bool,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}

/// Which store keepers write.
#[derive(Args, Clone, Debug)]
pub struct KeeperStoreArgs {
    /// The keepers' store: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        value_name = "STORE",
        default_value = "sqlite:.state/keeper.sqlite"
    )]
    pub store: String,
}

/// Arguments of `keeper explain`.
#[derive(Args, Clone, Debug)]
pub struct KeeperExplainArgs {
    /// The vault: its owner
    #[arg(value_name = "VAULT")]
    pub owner: Address,
    /// Only this market of the synthetic, by its number; all of them otherwise
    #[arg(long, value_name = "MARKET")]
    pub market: Option<u64>,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
    /// The store.
    #[command(flatten)]
    pub store: KeeperStoreArgs,
}
