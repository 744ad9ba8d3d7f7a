//! How often the store is gone to for an answer, and that everything in it is of one block.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy::primitives::{B256, U256};
use ballast_server::Options;
use ballast_store::{
    Ask, Balance, Block, Lock, Pending, Progress, Row, Statement, Store, Write, all, find,
};

use crate::serving::{options, serve};
use crate::world::{self, World};

/// A store that counts how often it is read, and may be written between two statements of one read.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn Store>,
    reads: AtomicUsize,
    /// Written as soon as somebody has read the table's page.
    coming: Mutex<Option<Vec<Write>>>,
}

impl Watched {
    fn over(inner: &Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            reads: AtomicUsize::new(0),
            coming: Mutex::default(),
        })
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    fn take_coming(&self) -> Option<Vec<Write>> {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        coming.take()
    }
}

impl Store for Watched {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.read(statement, params)
    }

    fn read_together(&self, asks: Vec<Ask>) -> Pending<'_, Vec<Vec<Row>>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let mut found = Vec::new();
            for (statement, params) in asks {
                found.push(self.inner.read(statement, params).await?);
                let page = statement.table == "balances" && statement.name == "page_by_amount";
                if page && let Some(writes) = self.take_coming() {
                    self.inner.write(writes).await?;
                }
            }
            Ok(found)
        })
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        self.inner.write(writes)
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        self.inner.lock(name)
    }

    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()> {
        self.inner.backup(file)
    }
}

/// Follows the store once and then leaves it alone.
fn quiet() -> Options {
    Options {
        poll: Duration::from_secs(3_600),
        ..options()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_made_anew_goes_to_the_store_once() {
    let world = World::new().await;
    world.everything(1, 5).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let store = Watched::over(&kept.store);
    let shared: Arc<dyn Store> = store.clone();
    let server = serve(&shared, &world.manifest, quiet()).await;
    let token = server.get("/v1/tokens").await["data"][0]["token"].clone();
    let token = format!("/v1/tokens/{}", token.as_str().expect("a token"));
    server.get(&token).await;
    for path in [
        format!("{token}/holders?min="),
        format!("{token}/events?limit="),
        format!("{token}/loans?status=all&limit="),
        format!("{token}/series?interval=hour&limit="),
        format!("{token}/quote/borrow?collateral="),
        "/v1/tokens?sort=change&limit=".to_owned(),
        "/v1/assets?limit=".to_owned(),
    ] {
        let before = store.reads();
        server.get(&format!("{path}7")).await;
        assert_eq!(store.reads() - before, 1, "{path}");
        // Kept, after a look whether the state is still the same.
        let before = store.reads();
        server.get(&format!("{path}7")).await;
        assert!(store.reads() - before <= 1, "{path}");
    }
    // The rows of the page say which floors and transactions belong to them, however many there are.
    let before = store.reads();
    server.get(&format!("{token}/trades")).await;
    assert_eq!(store.reads() - before, 2);
    let metrics = server.response("/metrics", &[]).await;
    let text = metrics.text().await.expect("text");
    assert!(text.contains("ballast_store_reads_total"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_while_a_block_came_in_is_read_again() {
    let world = World::new().await;
    world.everything(1, 5).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let store = Watched::over(&kept.store);
    let shared: Arc<dyn Store> = store.clone();
    let server = serve(&shared, &world.manifest, quiet()).await;
    let token = server.get("/v1/tokens").await["data"][0]["token"].clone();
    let holders = format!("/v1/tokens/{}/holders", token.as_str().expect("a token"));
    let first = server.get(&holders).await;

    let inner = kept.store.as_ref();
    let newest: Vec<Block> = find(inner, "newest", Vec::new()).await.expect("reads");
    let next = Block {
        number: newest[0].number + 1,
        hash: B256::repeat_byte(9),
        time: newest[0].time + 1,
        ..newest[0].clone()
    };
    let balances: Vec<Balance> = all(inner).await.expect("reads");
    let richer = balances.iter().map(|one| Balance {
        amount: one.amount + U256::ONE,
        ..one.clone()
    });
    let mut writes: Vec<Write> = richer.map(|one| Write::put(&one)).collect();
    writes.push(Write::put(&next));
    for progress in all::<Progress>(inner).await.expect("reads") {
        writes.push(Write::put(&Progress {
            block: next.number,
            ..progress
        }));
    }
    *store.coming.lock().expect("lock") = Some(writes);
    let second = server.get(&format!("{holders}?limit=40")).await;
    assert!(store.take_coming().is_none(), "the block came in between");
    assert_eq!(second["as_of"]["block"], next.number);
    assert_eq!(second["as_of"]["time"], next.time);
    let amount = |answer: &serde_json::Value| -> U256 {
        let text = answer["data"][0]["amount"].as_str().expect("an amount");
        text.parse().expect("a number")
    };
    assert_eq!(amount(&second), amount(&first) + U256::ONE);
    // What is kept between two blocks is not kept beyond.
    let token = holders.trim_end_matches("/holders");
    let one = server.get(token).await;
    assert_eq!(one["as_of"]["block"], next.number);
    let quote = server.get(&format!("{token}/auction")).await;
    assert_eq!(quote["as_of"]["block"], next.number);
}
