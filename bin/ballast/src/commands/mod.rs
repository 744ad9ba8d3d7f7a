//! One module per group of commands.

mod backing;
mod backstop;
mod backup;
mod convert;
mod crisis;
mod extend;
mod foreclose;
mod govern;
mod hold;
mod index;
mod keeper;
mod keys;
mod launch;
mod lend;
mod loans;
mod oracle;
mod peg;
mod redeem;
mod serve;
pub mod setup;
mod tokens;
mod up;
mod vault;

use clap::CommandFactory;

use crate::cli::{Cli, Command, ConverterCommand, FeesCommand, OracleCommand, VaultCommand};
use crate::context::Context;

/// Runs `command`.
///
/// # Errors
/// Whatever makes it fail, with a line for people.
pub async fn dispatch(ctx: &Context, command: Command) -> eyre::Result<()> {
    match command {
        Command::Up(args) => up::run(ctx, &args).await,
        Command::Deploy(args) => setup::deploy(ctx, &args).await,
        Command::Verify(args) => setup::verify(ctx, &args).await,
        Command::Launch(args) => launch::run(ctx, &args.file).await,
        Command::Tokens => tokens::run(ctx).await,
        Command::Backing(args) => backing::run(ctx, &args.token).await,
        Command::Loans(args) => loans::run(ctx, &args).await,
        Command::Borrow(args) => lend::borrow(ctx, &args).await,
        Command::Repay(args) => lend::repay(ctx, &args).await,
        Command::Extend(args) => extend::run(ctx, &args).await,
        Command::Redeem(args) => redeem::run(ctx, &args).await,
        Command::Bid(args) => convert::bid(ctx, &args).await,
        Command::Foreclose(args) => foreclose::run(ctx, &args).await,
        Command::Burn(args) => hold::burn(ctx, &args).await,
        Command::Donate(args) => hold::donate(ctx, &args).await,
        Command::Claim(args) => convert::claim(ctx, &args).await,
        Command::Pause(args) => govern::pause(ctx, &args).await,
        Command::Unpause(args) => govern::unpause(ctx, &args.token).await,
        Command::Fees(FeesCommand::Show(args)) => govern::show_fees(ctx, &args.token).await,
        Command::Fees(FeesCommand::Set(args)) => govern::set_fees(ctx, &args).await,
        Command::Converter(ConverterCommand::Show(args)) => convert::show(ctx, &args.token).await,
        Command::Converter(ConverterCommand::BurnLot(args)) => {
            convert::burn_lot(ctx, &args.token).await
        }
        Command::Converter(ConverterCommand::AddLiquidity(args)) => {
            convert::add_liquidity(ctx, &args.token).await
        }
        Command::Converter(ConverterCommand::Allocate(args)) => {
            convert::allocate(ctx, &args.token).await
        }
        Command::RegisterPool(args) => govern::register_pool(ctx, &args).await,
        Command::Vault(command) => vaults(ctx, command).await,
        Command::Take(args) => vault::take::take(ctx, &args).await,
        Command::RedeemSynth(args) => vault::redeem::run(ctx, &args).await,
        Command::Book(args) => vault::losses::book(ctx, &args).await,
        Command::Peg(command) => peg::run(ctx, &command).await,
        Command::Backstop(command) => backstop::run(ctx, &command).await,
        Command::Oracle(OracleCommand::Show(args)) => oracle::show(ctx, &args).await,
        Command::Oracle(OracleCommand::Poke(args)) => oracle::poke(ctx, &args).await,
        Command::Oracle(OracleCommand::Set(args)) => oracle::set(ctx, &args).await,
        Command::Oracle(OracleCommand::Deploy(args)) => oracle::deploy(ctx, &args).await,
        Command::Oracle(OracleCommand::Run(args)) => oracle::run(ctx, &args).await,
        Command::Oracle(OracleCommand::Report(args)) => oracle::report(ctx, &args).await,
        Command::Keeper(command) => keeper::run(ctx, &command).await,
        Command::Index(args) => index::run(ctx, &args).await,
        Command::Serve(args) => serve::run(ctx, &args).await,
        Command::Backup(args) => backup::run(ctx, &args).await,
        Command::Config => ctx.out.result(&ctx.settings.report()),
        Command::Keys(command) => keys::run(ctx, &command).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ballast", &mut script);
            ctx.out.raw(&String::from_utf8_lossy(&script));
            Ok(())
        }
    }
}

async fn vaults(ctx: &Context, command: VaultCommand) -> eyre::Result<()> {
    match command {
        VaultCommand::Deploy(args) => vault::deploy::run(ctx, &args.file).await,
        VaultCommand::Open(args) => vault::owner::open(ctx, &args).await,
        VaultCommand::Adjust(args) => vault::owner::adjust(ctx, &args).await,
        VaultCommand::Close(args) => vault::owner::close(ctx, &args).await,
        VaultCommand::Show(args) => vault::show::vaults(ctx, &args).await,
        VaultCommand::Markets(args) => vault::show::markets(ctx, &args).await,
        VaultCommand::Flag(args) => vault::take::flag(ctx, &args).await,
        VaultCommand::Collect(args) => vault::losses::collect(ctx, &args).await,
        VaultCommand::Cover(args) => vault::losses::cover(ctx, &args).await,
        VaultCommand::Operator(args) => vault::owner::operator(ctx, &args).await,
    }
}
