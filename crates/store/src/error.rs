//! What can go wrong with a store, and what to do about it.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The connection string names no store.
    #[error("store: `{given}` names no store; give sqlite:PATH or postgres://USER@HOST/DATABASE")]
    BadAddress {
        /// What was given, without what could hold a password.
        given: String,
    },
    /// The database cannot be opened or reached.
    #[error(
        "store: cannot open {store}: {detail}; see that it is there and that this user may write it"
    )]
    Open {
        /// The store, without a password.
        store: String,
        /// The database's reason.
        detail: String,
    },
    /// The database was laid out by a newer program.
    #[error(
        "store: its layout is version {found}, this program knows {known}; use the newer program or index into a new store"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A statement failed; where it was part of a transaction, nothing of that was written.
    #[error(
        "store: {statement} failed, nothing was written: {detail}; see that the disk has room and the database runs"
    )]
    Failed {
        /// The statement's file and name.
        statement: String,
        /// The database's reason.
        detail: String,
    },
    /// Another writer was there first.
    #[error(
        "store: {statement} touched {found} rows instead of {expected}: another program writes this store; stop one of the two"
    )]
    Conflict {
        /// The statement's file and name.
        statement: String,
        /// Rows it had to touch.
        expected: u64,
        /// Rows it touched.
        found: u64,
    },
    /// A row does not hold what its table must.
    #[error("store: a row of {table} cannot be read; delete the store and index again")]
    Corrupt {
        /// The table.
        table: &'static str,
    },
    /// No such statement is in the SQL files: a mistake in this program.
    #[error(
        "store: there is no statement {statement}; this is a mistake in the program, please report it"
    )]
    NoStatement {
        /// File and name.
        statement: String,
    },
    /// There is no store to back up.
    #[error("store: there is no {path}; name the store that `ballast index` fills")]
    NotThere {
        /// The file.
        path: String,
    },
    /// The backup's file exists.
    #[error("store: {path} exists; a backup never replaces a file, name another")]
    BackupExists {
        /// The file.
        path: String,
    },
    /// PostgreSQL has a tool of its own for that.
    #[error("store: a PostgreSQL store is backed up with pg_dump; run `pg_dump --format=custom`")]
    BackupElsewhere,
    /// The store was closed while something was asked of it.
    #[error("store: it is closed; open it again")]
    Closed,
}
