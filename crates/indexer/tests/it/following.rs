//! Following the chain: signs of life, waiting out what passes, clocks that disagree, a disk without room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ballast_chain::Endpoint;
use ballast_indexer::{Follow, IndexError};
use ballast_store::{Heartbeat, Progress, SqliteStore, Store, StoreError, Write, all};
use ballast_testkit::faulty_rpc::Fault;

use crate::misbehaviour;
use crate::world::{World, far, kept, options};

fn follow() -> Follow {
    Follow {
        service: "indexer:test".to_owned(),
        poll: Duration::from_millis(20),
    }
}

/// Waits for something to become so.
async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    for _ in 0..1_500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came");
}

#[tokio::test]
async fn a_follower_lives_while_it_waits_reads_on_and_leaves_no_sign_when_it_ends() {
    let world = World::new().await;
    let kept = kept();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("time")
        .as_secs();
    // A clock that was wrong, and a program long gone.
    let sign = |service: &str, beat_at| Heartbeat {
        service: service.to_owned(),
        beat_at,
        ..Heartbeat::default()
    };
    let old = [
        sign("indexer:test", now + 1_000_000),
        sign("indexer:gone", 5),
    ];
    kept.store
        .write(old.iter().map(Write::put).collect())
        .await
        .expect("writes");
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let mut indexer = world.indexer(&kept.store, options());
    let following = async {
        let ended = async {
            let _ = ended.await;
        };
        indexer
            .follow(&follow(), ended, |_| {})
            .await
            .expect("follows")
    };
    let store = kept.store.as_ref();
    let happening = async {
        for round in 0..3 {
            world.happen(round, 3).await;
            let tip = world.endpoint.tip().await.expect("tip").number;
            until(|| async {
                let signs: Vec<Heartbeat> = all(store).await.expect("reads");
                signs.len() == 1
                    && (signs[0].block, signs[0].tip) == (tip, tip)
                    && signs[0].beat_at < now + 1_000
            })
            .await;
        }
        // The chain's own clock runs far ahead of this machine's all the while.
        assert!(world.endpoint.tip().await.expect("tip").time.get() > now);
        end.send(()).expect("it listens");
    };
    let (summary, ()) = tokio::join!(following, happening);
    assert_eq!(summary.mismatches, 0, "{summary:?}");
    assert_eq!(all::<Heartbeat>(store).await.expect("reads"), []);
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn s03_a_follower_says_why_it_cannot_go_on_and_goes_on() {
    let world = World::new().await;
    world.everything(1, 4).await;
    let proxy = misbehaviour::proxy(&world, Fault::DropLog, 14).await;
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let kept = kept();
    let mut indexer = world.indexer_at(endpoint, &kept.store, options());
    let tip = world.endpoint.tip().await.expect("tip").number;
    let store = kept.store.as_ref();
    let said = AtomicBool::new(false);
    let caught_up = until(|| async {
        let signs: Vec<Heartbeat> = all(store).await.expect("reads");
        for reason in signs.iter().filter_map(|sign| sign.stopped.as_deref()) {
            said.fetch_or(reason.contains("bloom filter"), Ordering::SeqCst);
        }
        let there = |sign: &Heartbeat| sign.block == tip && sign.stopped.is_none();
        signs.iter().any(there)
    });
    let summary = indexer
        .follow(&follow(), caught_up, |_| {})
        .await
        .expect("follows");
    assert!(said.load(Ordering::SeqCst), "it never said why");
    assert_eq!(summary.mismatches, 0, "{summary:?}");
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn s04_a_disk_without_room_is_told_and_nothing_is_lost_once_there_is_room() {
    let world = World::new().await;
    world.everything(2, 4).await;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store");
    drop(SqliteStore::open(&path).expect("opens"));
    let empty = std::fs::metadata(&path).expect("a file").len();
    let room = SqliteStore::open_within(&path, empty + 5 * 4_096).expect("opens");
    let store: Arc<dyn Store> = Arc::new(room);
    let few = ballast_indexer::Options {
        attempts: 1,
        ..far()
    };
    let error = world
        .indexer(&store, few)
        .catch_up(|_| {})
        .await
        .unwrap_err();
    let full = matches!(&error, IndexError::Store(StoreError::Failed { .. }));
    assert!(full && error.to_string().contains("full"), "{error}");
    drop(store);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).expect("opens"));
    let behind = all::<Progress>(store.as_ref()).await.expect("reads");
    let tip = world.endpoint.tip().await.expect("tip").number;
    assert!(
        behind.iter().any(|progress| progress.block < tip),
        "{behind:?}"
    );
    world.index(&store, far()).await;
    world.assert_as_fresh(&store).await;
}
