//! One suite for every store.

#![allow(clippy::print_stderr)] // What is skipped is told to the person who runs the tests.

mod programs;
mod suite;

use std::sync::Arc;

use ballast_store::{PostgresStore, SqliteStore, Statement, Store, StoreError};
use ballast_testkit::Postgres;

/// A PostgreSQL server, or none with the reason printed.
fn server() -> Option<Postgres> {
    let server = Postgres::start().expect("the server starts");
    if server.is_none() {
        eprintln!("skipped: no PostgreSQL server is installed (initdb, pg_ctl, postgres)");
    }
    server
}

#[tokio::test]
async fn sqlite_passes_the_suite() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("new/store.sqlite");
    let address = format!("sqlite:{}", path.display());
    suite::run(&address).await;
}

#[tokio::test]
async fn postgres_passes_the_suite() {
    let Some(server) = server() else { return };
    suite::run(&server.url()).await;
}

#[tokio::test]
async fn a_backup_is_whole_and_never_replaces_a_file() {
    let folder = tempfile::tempdir().expect("folder");
    let store = SqliteStore::open(&folder.path().join("store")).expect("opens");
    suite::fill(&store).await;
    let copy = folder.path().join("copy");
    store.backup(&copy).await.expect("copies");
    let again = store.backup(&copy).await.unwrap_err();
    assert!(matches!(again, StoreError::BackupExists { .. }), "{again}");
    let copied = SqliteStore::open(&copy).expect("opens");
    assert_eq!(suite::content(&copied).await, suite::content(&store).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_from_outside_is_one_moment_of_a_store_that_is_written() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store");
    let store = Arc::new(SqliteStore::open(&path).expect("opens"));
    let writer = Arc::clone(&store);
    // Two rows that are always written together and always alike.
    let writing = tokio::spawn(async move {
        for round in 0..2_000 {
            writer.write(suite::pair(round)).await.expect("writes");
        }
    });
    let address = format!("sqlite:{}", path.display());
    for round in 0..5 {
        let copy = folder.path().join(format!("copy {round}"));
        ballast_store::backup(&address, &copy)
            .await
            .expect("copies");
        let copied = SqliteStore::open(&copy).expect("opens");
        suite::assert_pair(&copied).await;
    }
    writing.await.expect("writes to the end");
    let copy = folder.path().join("copy 0");
    let again = ballast_store::backup(&address, &copy).await.unwrap_err();
    assert!(matches!(again, StoreError::BackupExists { .. }), "{again}");
    let missing = format!("sqlite:{}", folder.path().join("none").display());
    let none = ballast_store::backup(&missing, &folder.path().join("x")).await;
    assert!(matches!(none, Err(StoreError::NotThere { .. })), "{none:?}");
    assert!(
        !folder.path().join("none").exists(),
        "a backup makes no store"
    );
    let elsewhere = ballast_store::backup("postgres://host/x", &folder.path().join("x")).await;
    assert!(elsewhere.unwrap_err().to_string().contains("pg_dump"));
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store");
    drop(SqliteStore::open(&path).expect("opens"));
    let connection = rusqlite::Connection::open(&path).expect("opens");
    connection
        .execute("UPDATE layout_version SET version = 99", [])
        .expect("updates");
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_store_of_the_first_layout_gets_the_new_tables_and_begins_anew() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    for part in [
        include_str!("../../sql/migrations/version_table.sql"),
        include_str!("../../sql/migrations/0001_first_layout.sql"),
        "INSERT INTO layout_version (version) VALUES (1);",
        "INSERT INTO logs VALUES (1, 2, x'03', x'', x'', x'04', 5);",
        "INSERT INTO blocks VALUES (1, x'03', x'04', 5);",
        "INSERT INTO projections VALUES ('balances', 1, 9, NULL);",
    ] {
        connection.execute_batch(part).expect("lays out");
    }
    drop(connection);
    let store = SqliteStore::open(&path).expect("opens");
    let count = |table| store.read(Statement::new(table, "all"), Vec::new());
    for table in ["logs", "blocks", "projections", "floors"] {
        assert_eq!(count(table).await.expect("reads").len(), 0, "{table}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_named_without_its_password() {
    let address = "postgres://ballast:secret@127.0.0.1:1/nowhere";
    let error = PostgresStore::open(address).await.unwrap_err().to_string();
    assert!(
        error.contains("nowhere") && !error.contains("secret"),
        "{error}"
    );
    let error = ballast_store::open("mysql://me:secret@host/x")
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    let folder = tempfile::tempdir().expect("folder");
    let error = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
}

#[tokio::test]
async fn programs_that_start_together_lay_out_a_postgres_database_once() {
    let Some(server) = server() else { return };
    let url = server.url();
    let opened = [url.clone(), url.clone(), url.clone(), url]
        .map(|url| tokio::spawn(async move { ballast_store::open(&url).await }));
    for one in opened {
        let store: Arc<dyn Store> = one.await.expect("runs").expect("opens");
        drop(store);
    }
}
