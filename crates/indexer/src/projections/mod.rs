//! The projections: each a fold over events into tables of its own, with a name and a version.

mod auctions;
mod backstop;
mod balances;
mod fills;
mod governance;
mod launches;
mod loans;
mod peg;
mod powers;
mod prices;
mod reserves;
mod series;
mod trades;
mod vault_history;
mod vaults;

use alloy::primitives::{Address, U256};
use ballast_chain::Manifest;
use ballast_model::ModelError;
use ballast_store::{RawLog, Store, StoreError};

use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known, Launch};
use crate::watch::Role;

/// A fold over events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Projection {
    Launches,
    Balances,
    Reserves,
    Loans,
    Trades,
    Fills,
    Auctions,
    Powers,
    Vaults,
    VaultHistory,
    Prices,
    Peg,
    Backstop,
    Governance,
}

/// Why an event could not be folded.
#[derive(Debug)]
pub(crate) enum FoldError {
    /// The store failed.
    Store(StoreError),
    /// The event cannot have happened in the state that the events before it made: one of them is missing.
    Impossible(String),
}

impl From<StoreError> for FoldError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Projection {
    pub const ALL: [Self; 14] = [
        Self::Launches,
        Self::Balances,
        Self::Reserves,
        Self::Loans,
        Self::Trades,
        Self::Fills,
        Self::Auctions,
        Self::Powers,
        Self::Vaults,
        Self::VaultHistory,
        Self::Prices,
        Self::Peg,
        Self::Backstop,
        Self::Governance,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Launches => "launches",
            Self::Balances => "balances",
            Self::Reserves => "reserves",
            Self::Loans => "loans",
            Self::Trades => "trades",
            Self::Fills => "fills",
            Self::Auctions => "auctions",
            Self::Powers => "powers",
            Self::Vaults => "vaults",
            Self::VaultHistory => "vault_history",
            Self::Prices => "prices",
            Self::Peg => "peg",
            Self::Backstop => "backstop",
            Self::Governance => "governance",
        }
    }

    /// Raised when the fold or its tables change: the projection is then made anew.
    pub const fn version(self) -> u64 {
        match self {
            Self::Balances => 3,
            Self::Launches
            | Self::Auctions
            | Self::Vaults
            | Self::VaultHistory
            | Self::Prices
            | Self::Peg
            | Self::Backstop
            | Self::Governance => 1,
            Self::Reserves | Self::Loans | Self::Trades | Self::Fills | Self::Powers => 2,
        }
    }

    /// The tables that only this projection writes.
    pub const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Launches => &["tokens"],
            Self::Balances => &["balances", "holder_counts"],
            Self::Reserves => &[
                "supplies",
                "ledgers",
                "inflows",
                "inflow_periods",
                "floors",
                "floor_periods",
            ],
            Self::Loans => &["loans", "loan_books", "pauses"],
            Self::Trades => &["trades", "pools", "prices", "price_periods"],
            Self::Fills => &["fills"],
            Self::Auctions => &["auctions", "owed"],
            Self::Powers => &[
                "powers",
                "fees",
                "fee_changes",
                "recipient_changes",
                "lock_untils",
            ],
            Self::Vaults => &[
                "synthetics",
                "vault_markets",
                "vaults",
                "rungs",
                "mids",
                "takes",
            ],
            Self::VaultHistory => &["vault_changes", "redemptions", "losses"],
            Self::Prices => &[
                "asset_prices",
                "price_sources",
                "price_points",
                "asset_price_periods",
                "price_faults",
                "report_quorums",
                "latest_reports",
            ],
            Self::Peg => &["peg_modules", "peg_moves"],
            Self::Backstop => &[
                "backstops",
                "backstop_lots",
                "backstop_requests",
                "backstop_moves",
            ],
            Self::Governance => &["governors", "governor_calls", "rate_steps"],
        }
    }

    /// The tables of which rows are held against the chain when a program starts, whether anything touched them or
    /// not: those with few rows per token.
    pub const fn audited(self) -> &'static [&'static str] {
        match self {
            Self::Launches => &[],
            Self::Balances => &["holder_counts"],
            Self::Reserves => &["supplies", "ledgers"],
            Self::Loans => &["loan_books", "pauses"],
            Self::Trades => &["pools"],
            Self::Fills => &["auctions"],
            Self::Auctions => &["auctions", "owed"],
            Self::Powers => &["powers", "fees", "lock_untils"],
            Self::Vaults => &["synthetics", "vault_markets", "vaults"],
            Self::VaultHistory => &["synthetics"],
            Self::Prices => &["asset_prices", "report_quorums", "latest_reports"],
            Self::Peg => &["peg_modules"],
            Self::Backstop => &["backstops", "backstop_lots"],
            Self::Governance => &["governors", "rate_steps"],
        }
    }

    /// Whether parts of synthetics are folded into it: it is made anew when their older logs come late.
    pub const fn is_of_synthetics(self) -> bool {
        matches!(
            self,
            Self::Balances
                | Self::Vaults
                | Self::VaultHistory
                | Self::Prices
                | Self::Peg
                | Self::Backstop
                | Self::Governance
        )
    }

    /// Reads at once what a large batch is about to touch.
    pub async fn prepare(
        self,
        changes: &mut Changes<'_>,
        entries: &[Entry<'_>],
    ) -> Result<(), FoldError> {
        match self {
            Self::Balances => balances::prepare(changes, entries).await,
            Self::Vaults => vaults::prepare(changes, entries).await,
            _ => Ok(()),
        }
    }

    pub async fn fold(self, changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
        match (self, entry.part.role) {
            (Self::Launches, Role::Launchpad) => launches::fold(changes, entry).await,
            (Self::Balances, Role::Token | Role::Book | Role::Backstop) => {
                balances::fold(changes, entry.log).await
            }
            (Self::Reserves, Role::Token) => reserves::fold_token(changes, entry).await,
            (Self::Reserves, Role::Reserve) => reserves::fold(changes, entry).await,
            (Self::Loans, Role::Reserve) => loans::fold(changes, entry).await,
            (Self::Trades, Role::Pool) => trades::fold(changes, entry).await,
            (Self::Fills, Role::Converter) => fills::fold(changes, entry).await,
            (Self::Auctions, Role::Launchpad) => auctions::launch(changes, entry).await,
            (Self::Auctions, Role::Converter) => auctions::fold(changes, entry).await,
            (Self::Powers, Role::Launchpad) => powers::launch(changes, entry).await,
            (Self::Powers, Role::Token) => powers::fold_token(changes, entry.log).await,
            (Self::Powers, Role::Converter) => powers::fold_converter(changes, entry).await,
            (Self::Powers, Role::Lock) => powers::fold_lock(changes, entry).await,
            (Self::Vaults, Role::Book) => vaults::fold(changes, entry.log).await,
            (Self::Vaults, Role::Prices) => vaults::fold_prices(changes, entry.log).await,
            (Self::VaultHistory, Role::Book) => vault_history::fold(changes, entry.log).await,
            (Self::Prices, Role::Prices) => prices::fold(changes, entry.log).await,
            (Self::Prices, Role::Reports) => prices::fold_reports(changes, entry.log).await,
            (Self::Peg, Role::Peg) => peg::fold(changes, entry).await,
            (Self::Backstop, Role::Backstop) => backstop::fold(changes, entry).await,
            (Self::Governance, Role::Governor) => governance::fold(changes, entry).await,
            (Self::Governance, Role::Rates) => governance::fold_rates(changes, entry).await,
            _ => Ok(()),
        }
    }

    /// Works out what depends on the state at the end of a block, of the tokens marked in it.
    pub async fn settle(
        self,
        changes: &mut Changes<'_>,
        known: &Known,
        block: u64,
        time: u64,
    ) -> Result<(), FoldError> {
        for token in changes.marked() {
            let Some(launch) = known.launches.get(&token) else {
                continue;
            };
            let moment = Moment { block, time };
            match self {
                Self::Reserves => series::note_floor(changes, launch, moment).await?,
                Self::Trades => series::note_price(changes, launch, moment).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Holds what the batch touched against the chain at the block of `check`.
    pub async fn compare(
        self,
        store: &dyn Store,
        manifest: &Manifest,
        known: &Known,
        touched: &Touched,
        check: &mut Check<'_>,
    ) -> Result<(), IndexError> {
        match self {
            Self::Launches => launches::compare(store, manifest, check).await,
            Self::Balances => balances::compare(store, known, touched, check).await,
            Self::Reserves => reserves::compare(store, known, touched, check).await,
            Self::Loans => loans::compare(store, known, touched, check).await,
            Self::Trades => trades::compare(store, known, touched, check).await,
            Self::Fills => fills::compare(store, touched, check).await,
            Self::Auctions => auctions::compare(store, known, touched, check).await,
            Self::Powers => powers::compare(store, known, touched, check).await,
            Self::Vaults => vaults::compare(store, known, touched, check).await,
            Self::VaultHistory => vault_history::compare(store, known, touched, check).await,
            Self::Prices => prices::compare(store, touched, check).await,
            Self::Peg => peg::compare(store, touched, check).await,
            Self::Backstop => backstop::compare(store, touched, check).await,
            Self::Governance => governance::compare(store, touched, check).await,
        }
    }
}

/// A block as series know it.
#[derive(Clone, Copy, Debug)]
struct Moment {
    block: u64,
    time: u64,
}

/// Lengths of the periods that series are rolled up to: an hour and a day.
const PERIODS_SECS: [u64; 2] = [3_600, 86_400];

/// The first second of the period of `period_secs` that `time` lies in.
fn period_start(time: u64, period_secs: u64) -> u64 {
    time.saturating_sub(time.checked_rem(period_secs).unwrap_or(0))
}

impl Entry<'_> {
    /// The token that the log is about.
    fn launch(&self) -> Result<&Launch, FoldError> {
        self.launch.as_deref().ok_or_else(|| {
            FoldError::Impossible(format!(
                "block {}, log {} is of {}, a part of no launched token",
                self.log.block, self.log.log_index, self.log.address
            ))
        })
    }

    /// An arithmetic that cannot fail on the events of a whole chain.
    fn exact<T, E: Into<ModelError>>(
        &self,
        what: &str,
        result: Result<T, E>,
    ) -> Result<T, FoldError> {
        result.map_err(|error| {
            FoldError::Impossible(format!(
                "{what} of {} at block {}, log {}: {}",
                self.log.address,
                self.log.block,
                self.log.log_index,
                error.into()
            ))
        })
    }
}

/// Whole units of an asset of `decimals` per whole token, in wad, rounded down: `amount` base units for `tokens` base
/// units. None where there are no tokens, or no such price fits.
fn price_wad(amount: U256, decimals: u64, tokens: U256) -> Option<U256> {
    let scale = U256::from(10).checked_pow(U256::from(36_u64.checked_sub(decimals)?))?;
    amount.checked_mul(scale)?.checked_div(tokens)
}

/// The launch that `address` is a part of; a row of one that there is not is a difference.
fn launch_of<'k>(known: &'k Known, address: Address, check: &mut Check<'_>) -> Option<&'k Launch> {
    let launch = known.of(address);
    if launch.is_none() {
        check.differs(format!(
            "a row is of {address}, a part of no launched token"
        ));
    }
    launch
}

/// `from` less `amount`, which cannot be more.
fn less(what: &str, log: &RawLog, from: U256, amount: U256) -> Result<U256, FoldError> {
    from.checked_sub(amount).ok_or_else(|| {
        FoldError::Impossible(format!(
            "{what} of {} is {from} before block {}, log {}, which takes {amount}",
            log.address, log.block, log.log_index
        ))
    })
}

/// `to` with `amount` more, which the contracts' bounds keep within the type.
fn more(what: &str, log: &RawLog, to: U256, amount: U256) -> Result<U256, FoldError> {
    to.checked_add(amount).ok_or_else(|| {
        FoldError::Impossible(format!(
            "{what} of {} is {to} before block {}, log {}, which adds {amount}",
            log.address, log.block, log.log_index
        ))
    })
}
