//! Collateral vaults: a synthetic and the book of its vaults. Twin of `contracts/src/vaults`.
//!
//! [`VaultBook::apply`] lets a caller do a [`VaultAction`]; time and prices are what it is told. The auction and the
//! conversions are pure functions. What the model leaves out: re-entrancy, the callback of a take, permits, odd
//! tokens (every collateral is a plain ERC-20 that every holder has approved), and where a price comes from.

mod action;
mod adjust;
mod auction;
mod book;
pub mod convert;
mod error;
mod governance;
pub mod invariants;
mod losses;
mod market;
mod redeem;
mod table;
mod take;
mod terms;

pub use action::{VaultAction, VaultEvent, VaultOutcome};
pub use auction::{Position, Settlement, clock, clock_expiry, discount, settle};
pub use book::{BookParams, Sums, VaultBook};
pub use error::{VAULT_ERROR_NAMES, VaultError};
pub use market::{Market, Vault};
pub use redeem::redemption_fee;
pub use terms::{
    COLLATERAL_MAX, INDEX_MAX, MARKETS_MAX, MarketTerms, NORM_MAX, OWNERS_MAX, PATIENCE,
    PEG_MARKET, PEG_MAX, PriceState, PriceView, RATE_MAX, STOP_MAX, WHOLE_TOKENS_MAX,
};
