//! Arguments of oracle nodes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Arguments of `oracle run`.
#[derive(Args, Clone, Debug)]
pub struct OracleRunArgs {
    /// The node's file; examples/oracle-node.toml explains every setting
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Listen here instead of where the file says; port 0 for any free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Read the file, open the key, connect, and stop
    #[arg(long)]
    pub check: bool,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}

/// Arguments of `oracle deploy`.
#[derive(Args, Clone, Debug)]
pub struct OracleDeployArgs {
    /// A node's address; 3 to 31 of them
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub signer: Vec<String>,
    /// How many of them must report: at least 3 and more than half
    #[arg(long, value_name = "N")]
    pub quorum: usize,
    /// Who may replace the signers
    #[arg(long, value_name = "ADDRESS")]
    pub governor: String,
    /// How old a report may be, 10s to 1d
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub max_age: String,
    /// An asset to make a source for; any number of them
    #[arg(long, value_name = "ADDRESS")]
    pub asset: Vec<String>,
}

/// Arguments of `oracle report`.
#[derive(Args, Clone, Debug)]
pub struct OracleReportArgs {
    /// The asset's address
    pub asset: String,
    /// The node to ask
    #[arg(long, value_name = "URL")]
    pub node: String,
}
