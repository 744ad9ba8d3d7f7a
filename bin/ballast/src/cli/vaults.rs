//! What can be asked about synthetics, their vaults and their prices.

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::{Args, Subcommand, ValueHint};

/// What to do with synthetics and vaults.
#[derive(Clone, Debug, Subcommand)]
pub enum VaultCommand {
    /// Deploy a synthetic as FILE describes it, with its prices, markets and parts
    Deploy(VaultDeployArgs),
    /// Lock collateral and mint against it
    Open(VaultOpenArgs),
    /// Deposit, withdraw, mint and repay in one step
    Adjust(VaultAdjustArgs),
    /// Repay everything and take out all collateral
    Close(VaultCloseArgs),
    /// Show an owner's vaults: ratio, liquidation price, redemption fee, clock
    Show(VaultShowArgs),
    /// List the markets, and what stands behind the synthetic
    Markets(SynthArgs),
    /// Start the auction's clock of an unhealthy vault, or stop that of a healthy one
    Flag(VaultOfArgs),
    /// Mint the interest that was earned and pay losses from it
    Collect(SynthArgs),
    /// Burn synthetic of your own against losses of a market, or of `peg`, that nobody has paid yet
    Cover(VaultCoverArgs),
    /// Let an account act for your vaults, or no longer
    Operator(VaultOperatorArgs),
}

/// Which synthetic.
#[derive(Args, Clone, Debug)]
pub struct SynthArgs {
    /// The synthetic's symbol or address, where the deployment has several
    #[arg(long, value_name = "SYMBOL")]
    pub synth: Option<String>,
}

/// Which market.
#[derive(Args, Clone, Debug)]
pub struct MarketArgs {
    /// The market: its number, or SYNTHETIC/COLLATERAL
    #[arg(value_name = "MARKET")]
    pub market: String,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `vault deploy`.
#[derive(Args, Clone, Debug)]
pub struct VaultDeployArgs {
    /// The launch file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// Whose vault, and who receives.
#[derive(Args, Clone, Debug)]
pub struct OnBehalfArgs {
    /// Act on this owner's vault; what only makes it safer anyone may, the rest its operators
    #[arg(long = "for", value_name = "OWNER")]
    pub owner: Option<Address>,
    /// Who receives what comes out; by default the owner
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Address>,
}

/// Arguments of `vault open`.
#[derive(Args, Clone, Debug)]
pub struct VaultOpenArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Collateral to lock, in whole units
    pub collateral: String,
    /// Synthetic to mint, in whole units
    #[arg(required_unless_present = "ratio")]
    pub debt: Option<String>,
    /// Mint as much as leaves this collateral ratio, such as "200 %"
    #[arg(long, value_name = "SHARE", conflicts_with = "debt")]
    pub ratio: Option<String>,
    /// Whose vault.
    #[command(flatten)]
    pub on_behalf: OnBehalfArgs,
}

/// Arguments of `vault adjust`.
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub struct VaultAdjustArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Collateral to add
    #[arg(
        long,
        value_name = "AMOUNT",
        group = "change",
        conflicts_with = "withdraw"
    )]
    pub deposit: Option<String>,
    /// Collateral to take out, or `all`
    #[arg(long, value_name = "AMOUNT", group = "change")]
    pub withdraw: Option<String>,
    /// Synthetic to mint
    #[arg(
        long,
        value_name = "AMOUNT",
        group = "change",
        conflicts_with = "repay"
    )]
    pub mint: Option<String>,
    /// Synthetic to repay, or `all`
    #[arg(long, value_name = "AMOUNT", group = "change")]
    pub repay: Option<String>,
    /// Whose vault.
    #[command(flatten)]
    pub on_behalf: OnBehalfArgs,
}

/// Arguments of `vault close`.
#[derive(Args, Clone, Debug)]
pub struct VaultCloseArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Whose vault.
    #[command(flatten)]
    pub on_behalf: OnBehalfArgs,
}

/// Arguments of `vault show`.
#[derive(Args, Clone, Debug)]
pub struct VaultShowArgs {
    /// Whose vaults; by default the sender's
    pub owner: Option<Address>,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// One vault.
#[derive(Args, Clone, Debug)]
pub struct VaultOfArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// The vault's owner
    pub owner: Address,
    /// Ask the price's sources first
    #[arg(long)]
    pub poke: bool,
}

/// Arguments of `vault cover`.
#[derive(Args, Clone, Debug)]
pub struct VaultCoverArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Synthetic to burn; no more than the losses is
    pub amount: String,
}

/// Arguments of `vault operator`.
#[derive(Args, Clone, Debug)]
pub struct VaultOperatorArgs {
    /// The account
    pub operator: Address,
    /// No longer
    #[arg(long)]
    pub revoke: bool,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `take`.
#[derive(Args, Clone, Debug)]
pub struct TakeArgs {
    /// The market.
    #[command(flatten)]
    pub market: MarketArgs,
    /// Owners of the vaults to take from; healthy ones are skipped
    #[arg(required = true)]
    pub owners: Vec<Address>,
    /// Most to pay; by default all that the sender has
    #[arg(long, value_name = "AMOUNT")]
    pub max_paid: Option<String>,
    /// Least collateral to accept; by default one per cent under what the simulation gives
    #[arg(long, value_name = "AMOUNT")]
    pub min_collateral: Option<String>,
    /// Ask the price's sources first
    #[arg(long)]
    pub poke: bool,
}

/// Arguments of `redeem-synth`.
#[derive(Args, Clone, Debug)]
pub struct RedeemSynthArgs {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultOfArgs,
    /// Synthetic to burn; no more than the vault owes is
    pub amount: String,
    /// Least collateral to accept; by default one per cent under what the simulation gives
    #[arg(long, value_name = "AMOUNT")]
    pub min_collateral: Option<String>,
}

/// What to do with prices.
#[derive(Clone, Debug, Subcommand)]
pub enum OracleCommand {
    /// Show an asset's price, what it is good for, and what each source says
    Show(OracleShowArgs),
    /// Ask the sources and store what they agree on
    Poke(OracleAssetArgs),
    /// Local chain only: let the feeds that were made up for an asset say another price
    Set(OracleSetArgs),
    /// Deploy the contract that takes the reports of nodes, and a source for each asset
    Deploy(super::OracleDeployArgs),
    /// Run a node: prices of exchanges, signed, collected from the other nodes and sent
    Run(super::OracleRunArgs),
    /// Show what a node signed last, and verify it
    Report(super::OracleReportArgs),
}

/// Arguments of `oracle show`.
#[derive(Args, Clone, Debug)]
pub struct OracleShowArgs {
    /// The asset's symbol or address; every market's collateral where none is given
    pub asset: Option<String>,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// One priced asset.
#[derive(Args, Clone, Debug)]
pub struct OracleAssetArgs {
    /// The asset's symbol or address
    pub asset: String,
    /// The synthetic.
    #[command(flatten)]
    pub synth: SynthArgs,
}

/// Arguments of `oracle set`.
#[derive(Args, Clone, Debug)]
pub struct OracleSetArgs {
    /// The asset.
    #[command(flatten)]
    pub asset: OracleAssetArgs,
    /// The price of one whole unit
    pub price: String,
    /// Only this source, counted from 1; all where none is given
    #[arg(long, value_name = "N")]
    pub source: Option<usize>,
    /// Let time pass on the chain, window by window, until the price has come as far as the sources say
    #[arg(long)]
    pub settle: bool,
}
