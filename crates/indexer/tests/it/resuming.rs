//! Stopped at any point, gone on with, remade: the store is that of a fresh index.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::token::AccrualToken;
use ballast_indexer::IndexError;
use ballast_store::{
    Balance, Column, FeeChange, Fees, Fill, Lock, Pending, Progress, Record, Row, SqliteStore,
    Statement, Store, StoreError, Supply, TokenFacts, Write, all, get,
};
use ballast_testkit::Postgres;

use crate::world::{World, content, far, kept, options};

/// A store that is gone after some transactions.
#[derive(Debug)]
struct Mortal {
    inner: Arc<dyn Store>,
    left: AtomicU64,
}

impl Store for Mortal {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        self.inner.read(statement, params)
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return Box::pin(async { Err(StoreError::Closed) });
        }
        self.left.store(left - 1, Ordering::SeqCst);
        self.inner.write(writes)
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        self.inner.lock(name)
    }

    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()> {
        self.inner.backup(file)
    }
}

#[tokio::test]
async fn killed_after_every_single_transaction_it_resumes_to_the_same_store() {
    let world = World::new().await;
    world.everything(2, 1).await;
    survives_every_kill(&world).await;
}

/// Indexes with a store that is gone after each single transaction, until it is done.
pub async fn survives_every_kill(world: &World) {
    for options in [options(), far()] {
        let kept = kept();
        let mut deaths = 0;
        loop {
            let mortal: Arc<dyn Store> = Arc::new(Mortal {
                inner: Arc::clone(&kept.store),
                left: AtomicU64::new(1),
            });
            match world.indexer(&mortal, options).catch_up(|_| {}).await {
                Ok(_) => break,
                Err(IndexError::Store(StoreError::Closed)) => deaths += 1,
                Err(other) => panic!("{other}"),
            }
            assert!(deaths < 1_000, "it never ends");
        }
        assert!(deaths > 10, "killed {deaths} times only");
        world.assert_as_fresh(&kept.store).await;
    }
}

/// A store that is gone now and then.
#[derive(Debug)]
struct Flickering {
    inner: Arc<dyn Store>,
    asked: AtomicU64,
}

impl Flickering {
    /// Gone twice, for a few questions each time.
    fn gone(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        matches!(asked, 30..33 | 150..154)
    }
}

fn unreachable_store<T>() -> Result<T, StoreError> {
    Err(StoreError::Open {
        store: "test".to_owned(),
        detail: "gone".to_owned(),
    })
}

impl Store for Flickering {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        if self.gone() {
            return Box::pin(async { unreachable_store() });
        }
        self.inner.read(statement, params)
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        if self.gone() {
            return Box::pin(async { unreachable_store() });
        }
        self.inner.write(writes)
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        self.inner.lock(name)
    }

    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()> {
        self.inner.backup(file)
    }
}

#[tokio::test]
async fn s04_a_database_that_is_gone_and_back_loses_nothing() {
    let world = World::new().await;
    world.everything(1, 8).await;
    let kept = kept();
    let flickering: Arc<dyn Store> = Arc::new(Flickering {
        inner: Arc::clone(&kept.store),
        asked: AtomicU64::new(0),
    });
    let summary = world.indexer(&flickering, far()).catch_up(|_| {}).await;
    assert_eq!(summary.expect("goes on").mismatches, 0);
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_indexers_of_one_store_notice_each_other_and_spoil_nothing() {
    let world = World::new().await;
    world.everything(1, 1).await;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store");
    let open = || -> Arc<dyn Store> { Arc::new(SqliteStore::open(&path).expect("opens")) };
    let store = open();
    for round in 0..6 {
        world.happen(round, round).await;
        let running = [open(), open()].map(|store| {
            let mut indexer = world.indexer(&store, far());
            tokio::spawn(async move { indexer.catch_up(|_| {}).await })
        });
        for one in running {
            match one.await.expect("runs") {
                Ok(summary) => assert_eq!(summary.mismatches, 0, "{summary:?}"),
                Err(IndexError::Store(StoreError::Conflict { .. })) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
    world.index(&store, far()).await;
    world.assert_as_fresh(&store).await;
}

#[tokio::test]
async fn states_that_the_endpoint_no_longer_has_are_counted_and_the_newest_are_compared() {
    let world = World::with(&["--prune-history"]).await;
    world.everything(2, 6).await;
    let kept = kept();
    let summary = world.index(&kept.store, far()).await;
    assert!(
        summary.unanswered > 0 && summary.comparisons > 0,
        "{summary:?}"
    );
}

#[tokio::test]
async fn fees_at_launch_are_known_where_the_launch_is_older_than_every_kept_state() {
    let world = World::with(&["--prune-history", "40"]).await;
    world.mine(70).await;
    let cut = AccrualToken::setFeesCall {
        buyBps: U256::from(100),
        sellBps: U256::from(200),
    };
    world.send(world.token, cut.abi_encode()).await;
    world.mine(10).await;
    let kept = kept();
    // Many heads before the cut, some of which the endpoint still has the state of.
    let summary = world.index(&kept.store, far()).await;
    assert!(
        summary.unanswered > 0 && summary.comparisons > 0,
        "{summary:?}"
    );
    let key = vec![world.token.to_value()];
    let facts = get::<TokenFacts>(kept.store.as_ref(), key.clone()).await;
    let facts = facts.expect("reads").expect("the launch");
    assert_eq!(
        (facts.buy_bps, facts.sell_bps, facts.fees_known),
        (300, 500, 1)
    );
    let fees = get::<Fees>(kept.store.as_ref(), key).await;
    let fees = fees.expect("reads").expect("its fees");
    assert_eq!(
        (fees.buy_bps, fees.sell_bps),
        (U256::from(100), U256::from(200))
    );
}

#[tokio::test]
async fn a_projection_of_another_version_is_made_anew_and_alone() {
    let world = World::new().await;
    world.everything(1, 2).await;
    let kept = kept();
    let store = kept.store.as_ref();
    world.index(&kept.store, options()).await;
    let before = content(store).await;
    let progress = get::<Progress>(store, vec!["balances".to_owned().to_value()]).await;
    let mut progress = progress.expect("reads").expect("is there");
    progress.version = 0;
    let stranger = Balance {
        token: Address::repeat_byte(1),
        holder: Address::repeat_byte(2),
        amount: U256::from(3),
    };
    // Of a table that no comparison looks at.
    let foreign = FeeChange {
        token: Address::repeat_byte(9),
        ..FeeChange::default()
    };
    let writes = vec![
        Write::put(&progress),
        Write::put(&stranger),
        Write::put(&foreign),
    ];
    store.write(writes).await.expect("writes");
    world.index(&kept.store, options()).await;
    let delete = Write::new(Statement::new("fee_changes", "delete"), foreign.key()).touching(1);
    store
        .write(vec![delete])
        .await
        .expect("another projection was left alone");
    assert_eq!(content(store).await, before);
}

#[tokio::test]
async fn a_difference_stops_one_projection_and_says_so() {
    let world = World::new().await;
    world.everything(1, 3).await;
    let kept = kept();
    let store = kept.store.as_ref();
    world.index(&kept.store, options()).await;
    let mut supply = all::<Supply>(store).await.expect("reads").remove(0);
    supply.supply += U256::from(1);
    store
        .write(vec![Write::put(&supply)])
        .await
        .expect("writes");
    world.everything(1, 4).await;
    let mut indexer = world.indexer(&kept.store, options());
    let summary = indexer.catch_up(|_| {}).await.expect("goes on");
    assert!(
        summary.mismatches > 0 && summary.comparisons > 0,
        "{summary:?}"
    );
    for state in &summary.projections {
        assert_eq!(
            state.stopped.is_some(),
            state.name == "reserves",
            "{state:?}"
        );
    }
    let stopped = summary
        .projections
        .iter()
        .find_map(|state| state.stopped.clone());
    assert!(stopped.expect("a reason").contains("the supply of"));
    world.happen(0, 1).await;
    let summary = indexer.catch_up(|_| {}).await.expect("goes on");
    assert!(summary.mismatches > 0, "it stays stopped");
    indexer.reindex("reserves").await.expect("empties");
    assert!(indexer.reindex("nothing").await.is_err());
    world.index(&kept.store, options()).await;
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn the_store_of_another_deployment_is_refused() {
    let (one, other) = (World::new().await, World::new().await);
    let kept = kept();
    one.index(&kept.store, options()).await;
    let mut manifest = other.manifest.clone();
    manifest.contracts.launchpad.address = Address::repeat_byte(1);
    let endpoint = other.endpoint.clone();
    let store = Arc::clone(&kept.store);
    let mut indexer = ballast_indexer::Indexer::new(endpoint, manifest, store, options());
    let error = indexer.catch_up(|_| {}).await.unwrap_err();
    assert!(
        matches!(error, IndexError::OtherDeployment { .. }),
        "{error}"
    );
    assert_eq!(all::<Fill>(kept.store.as_ref()).await.expect("reads"), []);
}

#[tokio::test]
#[allow(clippy::print_stderr)] // What is skipped is told to the person who runs the tests.
async fn postgres_holds_what_sqlite_holds() {
    let Some(server) = Postgres::start().expect("the server starts") else {
        eprintln!("skipped: no PostgreSQL server is installed (initdb, pg_ctl, postgres)");
        return;
    };
    let world = World::new().await;
    world.everything(1, 5).await;
    let store = ballast_store::open(&server.url()).await.expect("opens");
    let snapshot = world.rpc("evm_snapshot", serde_json::json!([])).await;
    world.everything(1, 6).await;
    world.index(&store, options()).await;
    world.rpc("evm_revert", serde_json::json!([snapshot])).await;
    world.everything(1, 7).await;
    world.mine(1).await;
    world.index(&store, options()).await;
    world.assert_as_fresh(&store).await;
}
