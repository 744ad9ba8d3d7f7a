//! The tables as typed records.

mod chain;
mod governance;
mod market;
mod oracle;
mod peg;
mod prices;
mod reserve;
mod services;
mod states;
mod token;
mod vault_states;
mod vaults;

use crate::StoreError;
use crate::value::{Row, Value};

pub use chain::{AlertSent, Block, Deployment, Heartbeat, Progress, RawLog, Undo};
pub use market::{Auction, Fill, Owed, Pool, Price, PricePeriod, Trade};
pub use oracle::SignedReport;
pub use reserve::{Floor, FloorPeriod, Inflow, InflowPeriod, Ledger, Loan, LoanBook, Pause};
pub use services::{AlertRaised, Attempt, Decision, Lane, SendRecord};
pub use token::{
    AssetFacts, Balance, FeeChange, Fees, HolderCount, LockUntil, Powers, RecipientChange, Supply,
    Token, TokenFacts,
};

pub use governance::{
    BackstopFacts, Governor, GovernorCall, PegFacts, RateStep, SourceFacts, SyntheticFacts, Watched,
};
pub use peg::{Backstop, BackstopLot, BackstopMove, BackstopRequest, PegModule, PegMove};
pub use prices::{
    AssetPrice, AssetPricePeriod, LatestReport, PriceFault, PricePoint, PriceSource, ReportQuorum,
};
pub use vault_states::{rung_from, rung_of};
pub use vaults::{Loss, Mid, Redemption, Rung, Synthetic, Take, Vault, VaultChange, VaultMarket};

/// A row of one table.
pub trait Record: Sized {
    /// The table, which has a file of SQL of the same name.
    const TABLE: &'static str;
    /// How many of the first columns are the key.
    const KEY_COLUMNS: usize;

    /// The cells.
    fn row(&self) -> Row;

    /// The record that the cells hold.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    fn from_row(row: &[Value]) -> Result<Self, StoreError>;

    /// The cells of the key.
    fn key(&self) -> Row;
}

macro_rules! record {
    ($(#[$meta:meta])* $name:ident in $table:literal, key $keys:literal {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)+
        }

        impl Record for $name {
            const TABLE: &'static str = $table;
            const KEY_COLUMNS: usize = $keys;

            fn row(&self) -> Row {
                vec![$(self.$field.to_value()),+]
            }

            fn key(&self) -> Row {
                let mut key = Vec::with_capacity($keys);
                $(if key.len() < $keys {
                    key.push(self.$field.to_value());
                })+
                key
            }

            fn from_row(row: &[Value]) -> Result<Self, StoreError> {
                let mut cells = row.iter();
                let corrupt = || StoreError::Corrupt { table: $table };
                Ok(Self {
                    $($field: cells.next().and_then(Column::from_value).ok_or_else(corrupt)?,)+
                })
            }
        }
    };
}
pub(crate) use record;
