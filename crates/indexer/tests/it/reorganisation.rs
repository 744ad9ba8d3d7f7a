//! S01: after reorganisations of 1, 10 and 64 blocks the store is that of a fresh index.

use ballast_store::{Token, all};
use serde_json::json;

use crate::world::{World, content, kept, options};

/// Indexes, takes `depth` blocks back, lets other things happen in their place, and indexes on.
async fn reorganised(depth: u64, events: u64) {
    let world = World::new().await;
    world.everything(1, 1).await;
    let kept = kept();
    world.index(&kept.store, options()).await;
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    let before = content(kept.store.as_ref()).await;
    for round in 0..events {
        world.happen(round, round + 5).await;
        world.mine((depth - events) / events).await;
    }
    let tip = world.endpoint.tip().await.expect("tip").number;
    let summary = world.index(&kept.store, options()).await;
    assert!(summary.events_indexed > 0, "{summary:?}");
    world.assert_as_fresh(&kept.store).await;
    world.rpc("evm_revert", json!([snapshot])).await;
    for round in 0..events {
        world.happen(events - round, round + 77).await;
        world.mine((depth - events) / events).await;
    }
    world.mine(1).await;
    assert!(world.endpoint.tip().await.expect("tip").number > tip);
    let summary = world.index(&kept.store, options()).await;
    assert_eq!(
        summary.blocks_taken_back,
        depth / events * events,
        "{summary:?}"
    );
    assert_ne!(content(kept.store.as_ref()).await, before);
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn s01_one_block_taken_back() {
    reorganised(1, 1).await;
}

#[tokio::test]
async fn s01_ten_blocks_taken_back() {
    reorganised(10, 10).await;
}

#[tokio::test]
async fn s01_sixty_four_blocks_taken_back() {
    reorganised(64, 8).await;
}

#[tokio::test]
async fn a_launch_that_is_taken_back_leaves_nothing() {
    let world = World::new().await;
    let kept = kept();
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    world.launch(2).await;
    world.index(&kept.store, options()).await;
    let tokens = all::<Token>(kept.store.as_ref()).await.expect("reads");
    assert_eq!(tokens.len(), 2);
    world.rpc("evm_revert", json!([snapshot])).await;
    world.everything(1, 9).await;
    world.index(&kept.store, options()).await;
    let tokens = all::<Token>(kept.store.as_ref()).await.expect("reads");
    assert_eq!(tokens.len(), 1);
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn deeper_than_the_window_everything_is_read_anew() {
    let world = World::new().await;
    let narrow = ballast_indexer::Options {
        window: 3,
        ..options()
    };
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    world.everything(1, 3).await;
    let other = kept();
    world.index(&other.store, narrow).await;
    world.rpc("evm_revert", json!([snapshot])).await;
    world.everything(1, 4).await;
    world.mine(1).await;
    world.index(&other.store, narrow).await;
    world.assert_as_fresh(&other.store).await;
}
