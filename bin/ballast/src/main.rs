//! The `ballast` program. See its README for what it does and how it answers.

mod act;
mod cli;
mod commands;
mod config;
mod context;
mod crisis;
mod explain;
mod fail;
mod guard;
mod launch_file;
mod market;
mod output;
mod prices;
mod services;
mod units;
mod vault_file;
mod verdict;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::Cli;
use crate::config::Settings;
use crate::context::Context;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let out = Output::new(cli.global.json);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => ExitCode::from(out.failure(&report)),
    }
}

/// Help and version as they are; anything else as one line, like every other failure.
fn misused(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error.exit();
    }
    let text = error.to_string();
    let end = ["\n\nUsage:", "\n\nFor more"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    let reason = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let out = Output::new(std::env::args().any(|argument| argument == "--json"));
    ExitCode::from(out.failure(&fail::input(line)))
}

fn run(cli: Cli) -> eyre::Result<()> {
    let filter = EnvFilter::try_from_env("BALLAST_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let settings = Settings::resolve(&cli.global, &|name| std::env::var(name).ok())?;
    let context = Context::new(&cli.global, settings);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(commands::dispatch(&context, cli.command))
}
