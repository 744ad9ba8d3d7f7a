//! The command line: what can be asked, in words.

mod crisis;
mod keeper;
mod oracle;
mod parts;
mod vaults;

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::{Args, Parser, Subcommand, ValueHint};

pub use self::crisis::*;
pub use self::keeper::*;
pub use self::oracle::*;
pub use self::parts::*;
pub use self::vaults::*;
use crate::fail::EXIT_CODES;

/// Launch tokens that carry their own reserve, defend that reserve, and prove it to anyone.
#[derive(Debug, Parser)]
#[command(name = "ballast", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command. Each may also stand in the environment or in the configuration file.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Give results as JSON on standard output, and errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Send on a real network without asking first
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Show what would be sent, simulate it, and stop
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// JSON-RPC endpoint [env: BALLAST_RPC] [default: http://127.0.0.1:8545]
    #[arg(long, value_name = "URL", global = true)]
    pub rpc: Option<String>,
    /// Deployment manifest [env: BALLAST_MANIFEST] [default: .state/manifest.toml]
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub manifest: Option<PathBuf>,
    /// Encrypted keystore that signs [env: BALLAST_KEYSTORE]
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub keystore: Option<PathBuf>,
    /// File whose first line is the keystore's password [env: BALLAST_PASSWORD_FILE, or the password in BALLAST_PASSWORD]
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub password_file: Option<PathBuf>,
    /// Sign with this public development account; local chain only [env: BALLAST_DEV_ACCOUNT]
    #[arg(long, value_name = "N", global = true)]
    pub dev_account: Option<u32>,
    /// The anvil program [env: BALLAST_ANVIL]
    #[arg(long, value_name = "PATH", global = true, value_hint = ValueHint::FilePath)]
    pub anvil: Option<PathBuf>,
    /// Folder of npm packages with the peers' build output [env: BALLAST_PEERS]
    #[arg(long, value_name = "DIR", global = true, value_hint = ValueHint::DirPath)]
    pub peers: Option<PathBuf>,
    /// Most gwei to pay per gas [env: BALLAST_MAX_FEE_GWEI]
    #[arg(long, value_name = "GWEI", global = true)]
    pub max_fee_gwei: Option<u64>,
    /// Most blocks to ask logs of at once [env: BALLAST_LOG_SPAN] [default: 2000]
    #[arg(long, value_name = "BLOCKS", global = true)]
    pub log_span: Option<u64>,
    /// Configuration file [env: BALLAST_CONFIG] [default: ballast.toml, where there is one]
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a local chain with everything deployed on it, and play a market there
    Up(UpArgs),
    /// Deploy the contracts and write a signed manifest
    Deploy(DeployArgs),
    /// Hold the chain against the manifest: signature, chain, and every contract's code
    Verify(VerifyArgs),
    /// Launch a token as FILE describes it
    Launch(LaunchArgs),
    /// List the tokens launched by this deployment
    Tokens,
    /// Show what backs a token: reserve, floor, market price, terms, and where the reserve came from
    Backing(TokenArgs),
    /// List a token's open loans by deadline
    Loans(LoansArgs),
    /// Borrow from the reserve against tokens
    Borrow(BorrowArgs),
    /// Repay a loan, in whole or in part
    Repay(RepayArgs),
    /// Extend a loan by one term
    Extend(ExtendArgs),
    /// Redeem tokens for their backing
    Redeem(RedeemArgs),
    /// Buy fee tokens from the converter
    Bid(BidArgs),
    /// Close loans whose grace has ended
    Foreclose(ForecloseArgs),
    /// Burn tokens of your own: every floor rises
    Burn(BurnArgs),
    /// Give an asset to the reserve
    Donate(DonateArgs),
    /// Collect a recipient's share of the fees
    Claim(ClaimArgs),
    /// Guardian: stop borrow, flash loans and conversion for a while
    Pause(PauseArgs),
    /// Guardian: end a pause early
    Unpause(TokenArgs),
    /// Show or change a token's fees
    #[command(subcommand)]
    Fees(FeesCommand),
    /// See and turn the converter's auction
    #[command(subcommand)]
    Converter(ConverterCommand),
    /// Tax a further pool of the token
    RegisterPool(RegisterPoolArgs),
    /// Deploy synthetics, and open, adjust, close and show vaults
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Buy collateral of unhealthy vaults at the auction's discount
    Take(TakeArgs),
    /// Burn a synthetic for collateral of a vault, at face value less its fee
    RedeemSynth(RedeemSynthArgs),
    /// Write what a vault owes above the value of its collateral off to the deficit
    Book(VaultOfArgs),
    /// Exchange a synthetic and its custody token through the peg module
    #[command(subcommand)]
    Peg(PegCommand),
    /// Deposit to what pays losses before the holders do, withdraw, and set it off
    #[command(subcommand)]
    Backstop(BackstopCommand),
    /// Show and refresh the prices of collateral, and run a node that reports prices
    #[command(subcommand)]
    Oracle(OracleCommand),
    /// Run a keeper, ask it why, and give it a desk
    #[command(subcommand)]
    Keeper(KeeperCommand),
    /// Read the chain's events into a store, and hold its sums against the chain
    Index(IndexArgs),
    /// Serve a store: figures, history, live events, exports, metrics, alerts, and the explorer
    Serve(ServeArgs),
    /// Copy a store to a new file while it is in use
    Backup(BackupArgs),
    /// Print the configuration in force and where each value came from
    Config,
    /// Make and read encrypted keystores
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `up`.
#[derive(Args, Clone, Debug)]
pub struct UpArgs {
    /// Port of the local chain, 0 for any free one [default: 8545, with --once any free one]
    #[arg(long)]
    pub port: Option<u16>,
    /// Folder that keeps the chain between runs
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state: Option<PathBuf>,
    /// Play the market on this price file (CSV, may be compressed with gzip) instead of a generated path
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub replay: Option<PathBuf>,
    /// The symbol to replay, where the file holds several
    #[arg(long)]
    pub symbol: Option<String>,
    /// First day to replay, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<String>,
    /// The day after the last one to replay, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<String>,
    /// Seed of the market's chance [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Bars to play: at most so many of a file, or so many hours of a generated path; 0 for no market [default: all of
    /// the file, or 168]
    #[arg(long, value_name = "N")]
    pub bars: Option<u64>,
    /// Port of the explorer and the API, 0 for any free one; with --once there is none [default: 8080]
    #[arg(long, value_name = "PORT", conflicts_with = "once")]
    pub explorer_port: Option<u16>,
    /// Keep the store here: sqlite:PATH or postgres://USER@HOST/DATABASE [default: beside the chain's state]
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Stop when the path has ended, and print what happened
    #[arg(long)]
    pub once: bool,
    /// Deploy this creation code as the reserve: the checks of a market must notice a weakened one
    #[arg(long, value_name = "FILE", hide = true)]
    pub reserve_artifact: Option<PathBuf>,
    /// A recorded crisis instead of a market.
    #[command(flatten)]
    pub crisis: CrisisArgs,
}

/// Arguments of `index`.
#[derive(Args, Clone, Debug)]
pub struct IndexArgs {
    /// The store: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        value_name = "STORE",
        default_value = "sqlite:.state/store.sqlite"
    )]
    pub store: String,
    /// Stop once the newest block is indexed, and print what was done
    #[arg(long)]
    pub once: bool,
    /// First make this projection anew from the logs in the store; may be repeated
    #[arg(long, value_name = "PROJECTION")]
    pub reindex: Vec<String>,
}

/// Arguments of `serve`. Each may also stand in the environment, as BALLAST_ and its name, or in the configuration file.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// The store: sqlite:PATH or postgres://USER@HOST/DATABASE [default: sqlite:.state/store.sqlite]
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Where to listen, port 0 for any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Blocks the store may be behind the chain before it counts as unhealthy [default: 32]
    #[arg(long, value_name = "BLOCKS")]
    pub lag_blocks_max: Option<u64>,
    /// Seconds that the indexer or a loop of the server may be silent [default: 30]
    #[arg(long, value_name = "SECS")]
    pub silence_secs_max: Option<u64>,
    /// Most connections at once [default: 4096]
    #[arg(long, value_name = "N")]
    pub connections_max: Option<u64>,
    /// Most subscribers of live events at once [default: 2048]
    #[arg(long, value_name = "N")]
    pub subscribers_max: Option<u64>,
    /// Most exports at once [default: 4]
    #[arg(long, value_name = "N")]
    pub exports_max: Option<u64>,
    /// Post a message here before a loan's deadline
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// How long before, several parted by commas [default: 3d,1d,1h]
    #[arg(long, value_name = "DURATIONS")]
    pub alert_before: Option<String>,
    /// File whose first line is the key that signs those messages
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub webhook_secret_file: Option<PathBuf>,
    /// The endpoint that wallets may be told, for a chain that they do not know; everybody sees it
    #[arg(long, value_name = "URL")]
    pub public_rpc: Option<String>,
}

/// Arguments of `backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// The store: sqlite:PATH; a PostgreSQL database is backed up with pg_dump
    #[arg(
        long,
        value_name = "STORE",
        default_value = "sqlite:.state/store.sqlite"
    )]
    pub store: String,
    /// The copy; a file of that name is never replaced
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// Arguments of `deploy`.
#[derive(Args, Clone, Debug)]
pub struct DeployArgs {
    /// A name for the deployment
    #[arg(long, default_value = "ballast")]
    pub name: String,
    /// Existing wrapped native currency
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "factory",
        required_unless_present = "with_peers"
    )]
    pub wrapped_native: Option<Address>,
    /// Existing factory of pools
    #[arg(
        long,
        value_name = "ADDRESS",
        requires = "wrapped_native",
        required_unless_present = "with_peers"
    )]
    pub factory: Option<Address>,
    /// Existing router over those pools
    #[arg(long, value_name = "ADDRESS", requires = "factory")]
    pub router: Option<Address>,
    /// Local chain only: deploy wrapped native currency, factory and router from npm packages
    #[arg(long, conflicts_with_all = ["wrapped_native", "factory", "router"])]
    pub with_peers: bool,
    /// Replace an existing manifest
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `verify`.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The account that must have signed; by default the one the manifest names
    #[arg(long, value_name = "ADDRESS")]
    pub signer: Option<Address>,
}

/// Arguments of `launch`.
#[derive(Args, Clone, Debug)]
pub struct LaunchArgs {
    /// The launch file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// One token.
#[derive(Args, Clone, Debug)]
pub struct TokenArgs {
    /// The token's address, or its symbol where only one launched here has it
    pub token: String,
}

/// Arguments of `loans`.
#[derive(Args, Clone, Debug)]
pub struct LoansArgs {
    /// The token's address or symbol
    pub token: String,
    /// Only this borrower's
    #[arg(long, value_name = "ADDRESS")]
    pub borrower: Option<Address>,
    /// Only those that can be foreclosed now
    #[arg(long)]
    pub due: bool,
}

/// Arguments of `borrow`.
#[derive(Args, Clone, Debug)]
pub struct BorrowArgs {
    /// The token's address or symbol
    pub token: String,
    /// Tokens to lock
    #[arg(long, value_name = "AMOUNT")]
    pub collateral: String,
    /// What to borrow: AMOUNT with one backing asset, ASSET=AMOUNT with several; may be repeated
    #[arg(long, value_name = "[ASSET=]AMOUNT", required_unless_present = "max")]
    pub principal: Vec<String>,
    /// Borrow as much as the collateral allows
    #[arg(long, conflicts_with = "principal")]
    pub max: bool,
    /// Who receives it; by default the sender
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Address>,
    /// Receive the wrapped native asset as native currency
    #[arg(long)]
    pub unwrap: bool,
}

/// Arguments of `repay`.
#[derive(Args, Clone, Debug)]
pub struct RepayArgs {
    /// The token's address or symbol
    pub token: String,
    /// The loan's number or full identifier, as `ballast loans` shows it
    pub loan: String,
    /// What to pay: AMOUNT with one backing asset, ASSET=AMOUNT with several; all of it where none is given
    #[arg(long, value_name = "[ASSET=]AMOUNT")]
    pub amount: Vec<String>,
}

/// Arguments of `extend`.
#[derive(Args, Clone, Debug)]
pub struct ExtendArgs {
    /// The token's address or symbol
    pub token: String,
    /// The loan's number or full identifier
    pub loan: String,
    /// Pay by burning collateral instead of paying the fee in the asset; borrower only
    #[arg(long)]
    pub burn: bool,
    /// The most tokens to burn; by default 1 % more than needed now
    #[arg(long, value_name = "AMOUNT", requires = "burn")]
    pub max_burn: Option<String>,
}

/// Arguments of `redeem`.
#[derive(Args, Clone, Debug)]
pub struct RedeemArgs {
    /// The token's address or symbol
    pub token: String,
    /// Tokens to redeem
    pub amount: String,
    /// Leave this asset behind, by symbol or address; may be repeated
    #[arg(long, value_name = "ASSET")]
    pub forgo: Vec<String>,
    /// Who receives the backing; by default the sender
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Address>,
    /// Receive the wrapped native asset as native currency
    #[arg(long)]
    pub unwrap: bool,
}

/// Arguments of `bid`.
#[derive(Args, Clone, Debug)]
pub struct BidArgs {
    /// The token's address or symbol
    pub token: String,
    /// Tokens to buy, at most one lot
    #[arg(required_unless_present = "lot")]
    pub amount: Option<String>,
    /// Buy a full lot, or all that is for sale where that is less
    #[arg(long, conflicts_with = "amount")]
    pub lot: bool,
    /// The most to pay: AMOUNT or ASSET=AMOUNT; by default 0.5 % more than the price now
    #[arg(long, value_name = "[ASSET=]AMOUNT")]
    pub max_pay: Vec<String>,
    /// Who receives the tokens; by default the sender
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Address>,
}

/// Arguments of `foreclose`.
#[derive(Args, Clone, Debug)]
pub struct ForecloseArgs {
    /// The token's address or symbol
    pub token: String,
    /// Loans by number or identifier; every due one where none is given
    pub loans: Vec<String>,
}

/// Arguments of `burn`.
#[derive(Args, Clone, Debug)]
pub struct BurnArgs {
    /// The token's address or symbol
    pub token: String,
    /// Tokens to burn
    pub amount: String,
}

/// Arguments of `donate`.
#[derive(Args, Clone, Debug)]
pub struct DonateArgs {
    /// The token's address or symbol
    pub token: String,
    /// How much: AMOUNT with one backing asset, ASSET=AMOUNT with several
    #[arg(value_name = "[ASSET=]AMOUNT")]
    pub amount: String,
}

/// Arguments of `claim`.
#[derive(Args, Clone, Debug)]
pub struct ClaimArgs {
    /// The token's address or symbol
    pub token: String,
    /// Whose share; by default the sender's
    #[arg(long, value_name = "ADDRESS")]
    pub account: Option<Address>,
}

/// Arguments of `pause`.
#[derive(Args, Clone, Debug)]
pub struct PauseArgs {
    /// The token's address or symbol
    pub token: String,
    /// For how long, such as "2 days"; at most 7 days
    #[arg(long = "for", value_name = "DURATION")]
    pub duration: String,
}

/// What to do with fees.
#[derive(Clone, Debug, Subcommand)]
pub enum FeesCommand {
    /// Show the fees in force, their maxima and a proposed raise
    Show(TokenArgs),
    /// Owner: cut fees at once, or propose a raise that holds after three days
    Set(FeesSetArgs),
}

/// Arguments of `fees set`.
#[derive(Args, Clone, Debug)]
pub struct FeesSetArgs {
    /// The token's address or symbol
    pub token: String,
    /// The buy fee, such as "2 %" or "200 bps"
    #[arg(long, value_name = "SHARE")]
    pub buy: String,
    /// The sell fee
    #[arg(long, value_name = "SHARE")]
    pub sell: String,
}

/// What to do with the converter.
#[derive(Clone, Debug, Subcommand)]
pub enum ConverterCommand {
    /// Show what is for sale and at which price
    Show(TokenArgs),
    /// Burn a lot at the floor price
    BurnLot(TokenArgs),
    /// Mint pool liquidity from what is set aside
    AddLiquidity(TokenArgs),
    /// Sort newly arrived fee tokens
    Allocate(TokenArgs),
}

/// Arguments of `register-pool`.
#[derive(Args, Clone, Debug)]
pub struct RegisterPoolArgs {
    /// The token's address or symbol
    pub token: String,
    /// The other token of the pool
    pub other: Address,
}

/// What to do with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a new random key and encrypt it into the keystore FILE
    New {
        /// The keystore to write
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Encrypt a private key read from standard input into the keystore FILE
    Import {
        /// The keystore to write
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Print the address of the key in force
    Address,
}
