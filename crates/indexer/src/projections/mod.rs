//! The projections: each a fold over events into tables of its own, with a name and a version.

mod balances;
mod launches;
mod loans;
mod market;
mod powers;
mod reserves;

use alloy::primitives::U256;
use ballast_chain::{ChainError, Manifest};
use ballast_store::{RawLog, Store, StoreError};

use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
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
    Powers,
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
    pub const ALL: [Self; 7] = [
        Self::Launches,
        Self::Balances,
        Self::Reserves,
        Self::Loans,
        Self::Trades,
        Self::Fills,
        Self::Powers,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Launches => "launches",
            Self::Balances => "balances",
            Self::Reserves => "reserves",
            Self::Loans => "loans",
            Self::Trades => "trades",
            Self::Fills => "fills",
            Self::Powers => "powers",
        }
    }

    /// Raised when the fold or its tables change: the projection is then made anew.
    pub const fn version(self) -> u64 {
        match self {
            Self::Launches
            | Self::Balances
            | Self::Reserves
            | Self::Loans
            | Self::Trades
            | Self::Fills
            | Self::Powers => 1,
        }
    }

    /// The tables that only this projection writes.
    pub const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Launches => &["tokens"],
            Self::Balances => &["balances", "supplies"],
            Self::Reserves => &["ledgers", "inflows"],
            Self::Loans => &["loans", "loan_books"],
            Self::Trades => &["trades", "pools"],
            Self::Fills => &["fills"],
            Self::Powers => &["powers", "fee_changes"],
        }
    }

    pub async fn fold(
        self,
        changes: &mut Changes<'_>,
        role: Role,
        log: &RawLog,
    ) -> Result<(), FoldError> {
        match (self, role) {
            (Self::Launches, Role::Launchpad) => launches::fold(changes, log).await,
            (Self::Balances, Role::Token) => balances::fold(changes, log).await,
            (Self::Reserves, Role::Reserve) => reserves::fold(changes, log).await,
            (Self::Loans, Role::Reserve) => loans::fold(changes, log).await,
            (Self::Trades, Role::Pool) => market::fold_pool(changes, log).await,
            (Self::Fills, Role::Converter) => market::fold_converter(changes, log).await,
            (Self::Powers, Role::Token) => powers::fold(changes, log).await,
            _ => Ok(()),
        }
    }

    /// Holds what the batch touched against the chain at the block of `check`.
    pub async fn compare(
        self,
        store: &dyn Store,
        manifest: &Manifest,
        touched: &Touched,
        check: &mut Check<'_>,
    ) -> Result<(), IndexError> {
        match self {
            Self::Launches => launches::compare(store, manifest, check).await,
            Self::Balances => balances::compare(store, touched, check).await,
            Self::Reserves => reserves::compare(store, touched, check).await,
            Self::Loans => loans::compare(store, touched, check).await,
            Self::Trades => market::compare(store, touched, check).await,
            // The chain keeps no sum over fills.
            Self::Fills => Ok(()),
            Self::Powers => powers::compare(store, touched, check).await,
        }
    }
}

fn failed(action: &'static str) -> impl Fn(alloy::contract::Error) -> ChainError {
    move |error| ChainError::from_call(action, &error)
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
