#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod action;
mod asset_ledger;
mod converter;
mod error;
mod holdings;
pub mod invariants;
mod launch;
mod lending;
mod loan_book;
mod reserve;
mod terms;
mod token;
pub mod vaults;
mod world;

pub use action::{Action, Outcome};
pub use asset_ledger::{AssetState, CAP};
pub use converter::{Converter, LastLot, Proposal};
pub use error::{ERROR_NAMES, ModelError};
pub use holdings::Holdings;
pub use launch::{Addresses, FeeParams, LaunchParams, PoolParams, SUPPLY_MAX};
pub use loan_book::{COLLATERAL_MAX, Loan, LoanBook, PAUSE_MAX, TERMS_AHEAD_MAX};
pub use reserve::{LoanView, Reserve};
pub use terms::{Recipient, Split, Terms};
pub use token::{DEAD, PendingFees, RAISE_DELAY, Token};
pub use world::World;
