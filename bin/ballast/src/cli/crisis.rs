//! Arguments of recorded crises.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::crisis::Name;

/// Which preset's market goes through a crisis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PresetChoice {
    /// Little collateral, a fast auction
    HighEfficiency,
    /// Twice the collateral, a slow auction
    HighSecurity,
    /// One after the other, beside each other in one table
    Both,
}

/// Arguments of `up --scenario`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Recorded crises")]
pub struct CrisisArgs {
    /// Replay a recorded crisis on a synthetic with vaults, pools, oracle and keeper, and print what became of it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["replay", "bars", "state", "symbol", "from", "to"])]
    pub scenario: Option<Name>,
    /// Preset of the synthetic's markets [default: both]
    #[arg(long, value_name = "PRESET", requires = "scenario")]
    pub preset: Option<PresetChoice>,
    /// Vaults that are opened, 10 to 5000 [default: 500]
    #[arg(long, value_name = "N", requires = "scenario")]
    pub vaults: Option<u64>,
    /// Leave out so many hours at the beginning of the path
    #[arg(long, value_name = "HOURS", requires = "scenario")]
    pub skip_hours: Option<u64>,
    /// Play only so many hours
    #[arg(long, value_name = "HOURS", requires = "scenario")]
    pub hours: Option<u64>,
    /// Run oracle and keeper inside this program instead of as processes, also without a crisis: faster, and the same
    /// for the same seed
    #[arg(long, conflicts_with_all = ["kill", "faults"])]
    pub inline: bool,
    /// Kill each oracle node and the keeper so often, at random moments, and start it again
    #[arg(long, value_name = "N", requires = "scenario")]
    pub kill: Option<u64>,
    /// Let venues and endpoints misbehave in every known way, one after the other
    #[arg(long, requires = "scenario")]
    pub faults: bool,
    /// Write the table as a page to this file too
    #[arg(long, value_name = "FILE", requires = "scenario", value_hint = ValueHint::FilePath)]
    pub page: Option<PathBuf>,
    /// Only wait until standard input ends, then ask this process to end
    #[arg(long, value_name = "PROCESS", hide = true, exclusive = true)]
    pub guard: Option<u32>,
}
