//! Two servers and one indexer on one PostgreSQL: whichever dies, nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use ballast_store::Store;
use ballast_testkit::Postgres;

use crate::live::{Ear, logs};
use crate::serving::{beat, options, serve};
use crate::world::{self, World};

/// A PostgreSQL server, or none with the reason printed.
pub fn postgres() -> Option<Postgres> {
    let server = Postgres::start().expect("the server starts");
    if server.is_none() {
        eprintln!("skipped: no PostgreSQL server is installed (initdb, pg_ctl, postgres)");
    }
    server
}

async fn open(server: &Postgres) -> Arc<dyn Store> {
    ballast_store::open(&server.url()).await.expect("opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_of_two_servers_and_an_indexer_may_die_and_nothing_is_lost() {
    let Some(database) = postgres() else { return };
    let world = World::new().await;
    let (store, one, two) = (
        open(&database).await,
        open(&database).await,
        open(&database).await,
    );
    world.index(&store, world::options()).await;
    let first = serve(&one, &world.manifest, options()).await;
    let second = serve(&two, &world.manifest, options()).await;
    let mut ear = Ear::new(first.address, None).await;
    let mut witness = Ear::new(second.address, None).await;
    let head = ear.hear().await.expect("a head");
    witness.hear().await.expect("a head");
    world.everything(1, 2).await;
    world.index(&store, world::options()).await;
    let middle = world.endpoint.tip().await.expect("tip").number;
    let mut heard = ear.hear_until(middle).await;
    // The first server dies while things happen; its listener goes to the other.
    drop(first);
    let last_id = heard.last().expect("told").id.clone();
    // The indexer dies in the middle of its work, and another takes over.
    world.everything(1, 6).await;
    let mut dying = world.indexer(&store, world::options());
    let cut = tokio::time::timeout(Duration::from_millis(60), dying.catch_up(|_| {})).await;
    drop(cut);
    world.index(&store, world::options()).await;
    let end = world.endpoint.tip().await.expect("tip").number;
    let mut ear = Ear::new(second.address, Some(&last_id)).await;
    heard.extend(ear.hear_until(end).await);
    let complete = witness.hear_until(end).await;
    assert_eq!(logs(&heard), logs(&complete), "from block {}", head.block());
    // The one that stayed and a new one answer alike.
    let third = serve(&one, &world.manifest, options()).await;
    for path in ["/v1/tokens", "/v1/loans", "/v1/assets"] {
        let (a, b) = (second.get(path).await, third.get(path).await);
        assert_eq!(a["data"], b["data"], "{path}");
    }
    world.assert_as_fresh(&store).await;
    second.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_tells_what_is_wrong_and_that_it_is_right_again() {
    let world = World::new().await;
    let kept = world::kept();
    let server = serve(&kept.store, &world.manifest, options()).await;
    let (status, problem) = server.ask("/v1/tokens").await;
    assert_eq!(status, 503, "{problem}");
    let (status, health) = server.ask("/health").await;
    assert_eq!(status, 503);
    assert!(
        health["reasons"][0]
            .as_str()
            .is_some_and(|reason| reason.contains("indexed")),
        "{health}"
    );
    let block = world.index(&kept.store, world::options()).await.block;
    assert_eq!(
        server.ask("/health").await.0,
        503,
        "no indexer was heard of"
    );
    beat(kept.store.as_ref(), block, block + 33).await;
    let (status, health) = server.ask("/health").await;
    assert_eq!(status, 503);
    assert!(
        health["reasons"][0]
            .as_str()
            .is_some_and(|reason| reason.contains("33 blocks behind")),
        "{health}"
    );
    beat(kept.store.as_ref(), block, block).await;
    assert_eq!(server.ask("/health").await.0, 200);
    assert_eq!(server.ask("/health/live").await.0, 200);
    assert_eq!(server.get("/v1/tokens").await["as_of"]["stale"], false);
    let text = server
        .response("/metrics", &[])
        .await
        .text()
        .await
        .expect("text");
    for name in [
        "ballast_http_requests_total",
        "ballast_http_request_seconds",
        "ballast_head_block",
    ] {
        assert!(text.contains(name), "{name} is missing");
    }
}
