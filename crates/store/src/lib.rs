#![doc = include_str!("../README.md")]

mod error;
mod lock;
mod postgres;
mod records;
mod sqlite;
mod statements;
mod value;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

pub use error::StoreError;
pub use lock::Lock;
pub use postgres::PostgresStore;
pub use records::{
    AlertRaised, AlertSent, AssetFacts, Attempt, Auction, Balance, Block, Decision, Deployment,
    FeeChange, Fees, Fill, Floor, FloorPeriod, Heartbeat, HolderCount, Inflow, InflowPeriod, Lane,
    Ledger, Loan, LoanBook, LockUntil, Owed, Pause, Pool, Powers, Price, PricePeriod, Progress,
    RawLog, RecipientChange, Record, SendRecord, SignedReport, Supply, Token, TokenFacts, Trade,
    Undo,
};
pub use records::{
    AssetPrice, AssetPricePeriod, Backstop, BackstopFacts, BackstopLot, BackstopMove,
    BackstopRequest, Governor, GovernorCall, LatestReport, Loss, Mid, PegFacts, PegModule, PegMove,
    PriceFault, PricePoint, PriceSource, RateStep, Redemption, ReportQuorum, Rung, SourceFacts,
    Synthetic, SyntheticFacts, Take, Vault, VaultChange, VaultMarket, Watched, rung_from, rung_of,
};
pub use sqlite::SqliteStore;
pub use statements::{Statement, tables};
pub use value::{Column, Row, Value, decode, encode};

/// What a store gives once it has it.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A statement that finds rows, with its parameters.
pub type Ask = (Statement, Row);

/// One statement that changes something, with its parameters.
#[derive(Clone, Debug)]
pub struct Write {
    /// The statement.
    pub statement: Statement,
    /// Its parameters, `?1` first.
    pub params: Row,
    /// How many rows it must touch; where it touches others the whole transaction is undone.
    pub must_touch: Option<u64>,
    /// Whether its transaction must outlast a power failure; one of them makes the whole transaction do so.
    pub lasting: bool,
}

impl Write {
    /// A statement that may touch any number of rows.
    pub fn new(statement: Statement, params: Row) -> Self {
        Self {
            statement,
            params,
            must_touch: None,
            lasting: false,
        }
    }

    /// Inserts or replaces `record`.
    pub fn put<R: Record>(record: &R) -> Self {
        Self::new(Statement::new(R::TABLE, "put"), record.row())
    }

    /// Inserts `record`, of which there is no row yet, in a table with a statement for that; a row of its key makes the
    /// whole transaction fail.
    pub fn add<R: Record>(record: &R) -> Self {
        Self::new(Statement::new(R::TABLE, "add"), record.row())
    }

    /// Empties a table.
    pub fn clear(table: &'static str) -> Self {
        Self::new(Statement::new(table, "clear"), Vec::new())
    }

    /// The same, touching exactly `rows` rows or failing.
    pub fn touching(mut self, rows: u64) -> Self {
        self.must_touch = Some(rows);
        self
    }

    /// The same, not lost with the power once it is written: for what the chain cannot tell again.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// A place that keeps rows. What is written in one call is there wholly or not at all, and once a call has returned,
/// every later read sees it.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// The rows a statement finds.
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>>;

    /// The rows that a statement finds for each of `keys`, its parameters, in their order.
    fn read_each(&self, statement: Statement, keys: Vec<Row>) -> Pending<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                found.push(self.read(statement, key).await?);
            }
            Ok(found)
        })
    }

    /// The rows that each of `asks` finds, asked in one go. They are answered in their order: each sees at least what
    /// those before it saw, so that what the last one finds unchanged was the same for all.
    fn read_together(&self, asks: Vec<Ask>) -> Pending<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(asks.len());
            for (statement, params) in asks {
                found.push(self.read(statement, params).await?);
            }
            Ok(found)
        })
    }

    /// Runs `writes` in order in one transaction.
    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()>;

    /// Takes `name` for this program, as long as it runs and keeps the lock; none where another program of this store,
    /// or another part of this one, has it.
    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>>;

    /// Writes a consistent copy to a file that does not exist yet.
    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()>;
}

/// Opens the store that `address` names, `sqlite:PATH` or `postgres://...`, and brings its layout up to date.
///
/// # Errors
/// [`StoreError::BadAddress`], [`StoreError::Open`], [`StoreError::Newer`].
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    if let Some(path) = address
        .strip_prefix("sqlite:")
        .filter(|path| !path.is_empty())
    {
        return Ok(Arc::new(SqliteStore::open(Path::new(path))?));
    }
    if is_postgres(address) {
        return Ok(Arc::new(PostgresStore::open(address).await?));
    }
    Err(bad_address(address))
}

fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

/// Names what was given up to where a password could begin.
fn bad_address(address: &str) -> StoreError {
    let given = address.split([':', '@']).next().unwrap_or_default();
    StoreError::BadAddress {
        given: given.to_owned(),
    }
}

/// Copies the store that `address` names to `file`, which does not exist yet, as it is between two transactions of
/// whoever writes it meanwhile. Nothing of the store is changed; its layout may be of any version.
///
/// # Errors
/// [`StoreError::BadAddress`], [`StoreError::NotThere`], [`StoreError::BackupExists`], [`StoreError::Failed`] where the
/// disk is full, and [`StoreError::BackupElsewhere`] for PostgreSQL.
pub async fn backup(address: &str, file: &Path) -> Result<(), StoreError> {
    match address.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => sqlite::backup(Path::new(path), file).await,
        _ if is_postgres(address) => Err(StoreError::BackupElsewhere),
        _ => Err(bad_address(address)),
    }
}

/// The record with this key, where there is one.
///
/// # Errors
/// [`StoreError::Failed`], [`StoreError::Corrupt`].
pub async fn get<R: Record>(store: &dyn Store, key: Row) -> Result<Option<R>, StoreError> {
    let rows = store.read(Statement::new(R::TABLE, "get"), key).await?;
    rows.first().map(|row| R::from_row(row)).transpose()
}

/// Every record of a table, in the order of its key.
///
/// # Errors
/// [`StoreError::Failed`], [`StoreError::Corrupt`].
pub async fn all<R: Record>(store: &dyn Store) -> Result<Vec<R>, StoreError> {
    find(store, "all", Vec::new()).await
}

/// The records that the statement `name` of their table finds.
///
/// # Errors
/// [`StoreError::Failed`], [`StoreError::Corrupt`].
pub async fn find<R: Record>(
    store: &dyn Store,
    name: &'static str,
    params: Row,
) -> Result<Vec<R>, StoreError> {
    let rows = store.read(Statement::new(R::TABLE, name), params).await?;
    rows.iter().map(|row| R::from_row(row)).collect()
}
