//! S03: an endpoint that forgets logs, stalls, rate-limits, lies about hashes, or breaks off.

use std::time::Duration;

use ballast_chain::Endpoint;
use ballast_indexer::Options;
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};

use crate::world::{World, far, kept, options};

/// `totalSupply()`.
const TOTAL_SUPPLY: &str = "0x18160ddd";

/// An endpoint that answers wrongly `times` times where an indexer would be misled.
pub async fn proxy(world: &World, fault: Fault, times: u32) -> FaultyRpc {
    let proxy = FaultyRpc::start(world.anvil.url()).await.expect("starts");
    let only = match fault {
        Fault::OtherParent => Only::method("eth_getBlockByNumber"),
        Fault::OtherState | Fault::Revert => Only::call(TOTAL_SUPPLY),
        _ => Only::method("eth_getLogs"),
    };
    proxy.inject(fault, only, times);
    proxy
}

/// Indexes through a faulty endpoint; what it gets wrong for a while must change nothing in the end.
async fn survives(world: &World, fault: Fault, times: u32, options: Options) {
    let proxy = proxy(world, fault, times).await;
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let kept = kept();
    let mut indexer = world.indexer_at(endpoint, &kept.store, options);
    let summary = indexer.catch_up(|_| {}).await;
    let summary = summary.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    assert_eq!(summary.mismatches, 0, "{fault:?}: {summary:?}");
    assert_eq!(proxy.left(), 0, "{fault:?} never happened");
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn s03_what_an_endpoint_gets_wrong_near_the_tip_is_noticed_and_asked_again() {
    let world = World::new().await;
    world.everything(1, 1).await;
    let hasty = Options {
        patience: Duration::from_secs(1),
        ..options()
    };
    for fault in [
        Fault::DropLog,
        Fault::Stall,
        Fault::RateLimit,
        Fault::OtherBlock,
        Fault::OtherParent,
        Fault::Cut,
        Fault::Refuse,
    ] {
        survives(&world, fault, 2, hasty).await;
    }
}

#[tokio::test]
async fn s03_a_sum_from_another_blocks_state_is_asked_for_again_and_counts_where_it_stays() {
    let world = World::new().await;
    world.everything(1, 4).await;
    survives(&world, Fault::OtherState, 2, options()).await;
    survives(&world, Fault::Revert, 2, options()).await;
    let proxy = proxy(&world, Fault::OtherState, u32::MAX).await;
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let kept = kept();
    let mut indexer = world.indexer_at(endpoint, &kept.store, options());
    let summary = indexer.catch_up(|_| {}).await.expect("reads");
    assert!(summary.mismatches > 0, "{summary:?}");
}

#[tokio::test]
async fn s03_ranges_shrink_when_they_are_refused_and_the_rest_is_asked_again() {
    let world = World::new().await;
    world.everything(1, 2).await;
    let hasty = Options {
        patience: Duration::from_secs(1),
        ..far()
    };
    for fault in [Fault::Stall, Fault::RateLimit, Fault::Cut, Fault::Refuse] {
        survives(&world, fault, 3, hasty).await;
    }
}

#[tokio::test]
async fn s03_a_log_forgotten_far_from_the_tip_stops_a_projection_instead_of_showing_a_wrong_sum() {
    let world = World::new().await;
    world.everything(1, 3).await;
    let proxy = proxy(&world, Fault::DropLog, 1_000).await;
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let kept = kept();
    let near_nothing = Options { window: 0, ..far() };
    let mut indexer = world.indexer_at(endpoint, &kept.store, near_nothing);
    let summary = indexer.catch_up(|_| {}).await.expect("reads");
    assert!(summary.mismatches > 0, "{summary:?}");
    assert!(
        summary
            .projections
            .iter()
            .any(|state| state.stopped.is_some())
    );
}

#[tokio::test]
async fn s03_an_endpoint_that_never_recovers_is_given_up_with_its_reason() {
    let world = World::new().await;
    let proxy = proxy(&world, Fault::DropLog, u32::MAX).await;
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let kept = kept();
    let few = Options {
        attempts: 2,
        ..options()
    };
    let mut indexer = world.indexer_at(endpoint, &kept.store, few);
    let error = indexer.catch_up(|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("bloom filter"), "{error}");
}
