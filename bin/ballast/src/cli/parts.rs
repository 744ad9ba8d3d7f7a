//! What can be asked about a synthetic's peg module and its backstop.

use alloy::primitives::Address;
use clap::{Args, Subcommand};

use super::{MarketArgs, SynthArgs};

/// What to do with the exchange between a synthetic and its custody token.
#[derive(Clone, Debug, Subcommand)]
pub enum PegCommand {
    /// Show the custody, its price, the fees, the cap, and whether entry is open
    Show(SynthArgs),
    /// Pay custody token in and get synthetic, at face value less a fee
    Enter(PegSwapArgs),
    /// Burn synthetic and get custody token, at face value less a fee
    Exit(PegSwapArgs),
    /// Write a loss of the custody to the deficit, or take one back, at a safe price
    Mark(PegMarkArgs),
}

/// Arguments of `peg enter` and `peg exit`.
#[derive(Args, Clone, Debug)]
pub struct PegSwapArgs {
    /// What to give, in whole units: custody token to enter, synthetic to leave
    pub amount: String,
    /// Least to receive, in whole units; by default one per cent under what the simulation gives
    #[arg(long, value_name = "AMOUNT")]
    pub min_received: Option<String>,
    /// Who receives; by default the sender
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Address>,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `peg mark`.
#[derive(Args, Clone, Debug)]
pub struct PegMarkArgs {
    /// Ask the price's sources first
    #[arg(long)]
    pub poke: bool,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// What to do with what pays losses before the holders do.
#[derive(Clone, Debug, Subcommand)]
pub enum BackstopCommand {
    /// Show its assets and accounts, and what an owner has of it and asked of it
    Show(BackstopShowArgs),
    /// Ask to enter: pay synthetic in, to become shares once this epoch is settled
    Deposit(BackstopDepositArgs),
    /// Ask to leave: hand shares in, to be paid once this epoch is settled
    Request(BackstopRequestArgs),
    /// Take back what was paid in, while its epoch is not settled
    Cancel(BackstopEpochArgs),
    /// Get the shares or the synthetic of a request that is settled
    Withdraw(BackstopWithdrawArgs),
    /// Mint the interest that was earned and pay losses from it, as `vault collect` does
    Collect(SynthArgs),
    /// Let it pay losses of a market, or of `peg`, that interest and surplus leave
    Cover(BackstopCoverArgs),
}

/// Arguments of `backstop show`.
#[derive(Args, Clone, Debug)]
pub struct BackstopShowArgs {
    /// Whose shares and requests; by default the sender's, where there is a key
    pub owner: Option<Address>,
    /// Look for requests in so many of the last epochs
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub epochs: u64,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `backstop deposit`.
#[derive(Args, Clone, Debug)]
pub struct BackstopDepositArgs {
    /// Synthetic to pay in
    pub amount: String,
    /// Who gets the shares, and alone may take the deposit back; by default the sender
    #[arg(long = "for", value_name = "OWNER")]
    pub owner: Option<Address>,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `backstop request`.
#[derive(Args, Clone, Debug)]
pub struct BackstopRequestArgs {
    /// Shares to hand in, or `all`
    pub shares: String,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `backstop cancel`.
#[derive(Args, Clone, Debug)]
pub struct BackstopEpochArgs {
    /// The epoch of the request; `backstop show` lists them
    pub epoch: u64,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `backstop withdraw`.
#[derive(Args, Clone, Debug)]
pub struct BackstopWithdrawArgs {
    /// The request.
    #[command(flatten)]
    pub request: BackstopEpochArgs,
    /// Whose request, who receives it too; by default the sender's
    #[arg(long = "for", value_name = "OWNER")]
    pub owner: Option<Address>,
}

/// Arguments of `backstop cover`.
#[derive(Args, Clone, Debug)]
pub struct BackstopCoverArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Most to pay; by default all that the losses and its cash allow
    pub amount: Option<String>,
}
