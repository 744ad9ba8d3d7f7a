//! `ballast keeper`: run one, ask it why, and give it a desk.

mod desk;
mod explain;
mod run;
mod status;

use crate::cli::KeeperCommand;
use crate::context::Context;

/// Runs `command`.
///
/// # Errors
/// Whatever makes it fail, with a line for people.
pub async fn run(ctx: &Context, command: &KeeperCommand) -> eyre::Result<()> {
    match command {
        KeeperCommand::Run(args) => run::run(ctx, args).await,
        KeeperCommand::Explain(args) => explain::run(ctx, args).await,
        KeeperCommand::Status(args) => status::run(ctx, args).await,
        KeeperCommand::Desk => desk::run(ctx).await,
    }
}
