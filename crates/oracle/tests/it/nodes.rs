//! Nodes on a chain: some lie, some are dead, some are killed, endpoints fail.

#![allow(clippy::print_stdout)] // The counts are for the person who runs the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alloy::primitives::U256;
use axum::extract::{Path, Query, State};
use axum::routing::get as route;
use ballast_oracle::report::{Report, Signed, Target, Wire};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};
use serde_json::Value;

use crate::world::{ASSET, PATIENCE, Reported, Running, World, get, key, port, unix_now, wad};

/// A signer who says what he likes.
struct Liar {
    target: Target,
    /// What the honest ones would say, in thousandths.
    honest: AtomicU64,
    asked: AtomicU64,
}

#[derive(serde::Deserialize)]
struct Asked {
    round: u64,
}

/// Another lie each time: within the bound that peers allow, and far beyond it, and none at all.
async fn lie(
    State(liar): State<Arc<Liar>>,
    Path(_): Path<String>,
    Query(asked): Query<Asked>,
) -> String {
    let honest = U256::from(liar.honest.load(Ordering::Relaxed)) * wad("0.001");
    let percent = match liar.asked.fetch_add(1, Ordering::Relaxed) % 6 {
        0 => 500,
        1 | 2 => 101,
        3 | 4 => 99,
        _ => return "{\"price\": \"NaN\"".to_owned(),
    };
    let price = honest * U256::from(percent) / U256::from(100);
    let report = Report {
        asset: ASSET,
        price,
        confidence: price - U256::ONE,
        time: unix_now(),
        round: asked.round,
    };
    let signed = report.sign(&liar.target, &key(4)).expect("signs");
    serde_json::to_string(&signed.wire(&liar.target)).expect("JSON")
}

async fn figures(node: &Running) -> Value {
    let text = get(&format!("{}/status", node.url)).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn count(status: &Value, name: &str) -> u64 {
    status["figures"][name].as_u64().unwrap_or(0)
}

/// Every report lies between the honest ranges of two moments that follow each other, and no round is there twice.
fn assert_honest(reported: &[Reported], honest: &[(U256, U256)]) {
    let mut rounds: Vec<u64> = reported.iter().map(|one| one.round).collect();
    for one in reported {
        // Between the honest ranges of two moments that follow each other.
        let near = honest.windows(2).any(|pair| {
            let low = pair[0].0.min(pair[1].0);
            let high = pair[0].1.max(pair[1].1);
            (low..=high).contains(&one.price)
        });
        assert!(near, "{one:?}");
    }
    rounds.dedup();
    assert_eq!(rounds.len(), reported.len(), "a round was reported twice");
}

#[tokio::test]
async fn with_one_liar_and_one_dead_of_five_every_price_on_the_chain_is_honest() {
    let world = World::new().await;
    let liar = Arc::new(Liar {
        target: world.target(),
        honest: AtomicU64::new(200_000),
        asked: AtomicU64::new(0),
    });
    let (liars_port, liars_url) = port().await;
    let router = axum::Router::new()
        .route("/v1/report/{asset}", route(lie))
        .with_state(Arc::clone(&liar));
    let lying = tokio::spawn(async move { axum::serve(liars_port, router).await });
    let (dead, dead_url) = port().await;
    drop(dead);
    let mut ports = Vec::new();
    for _ in 0..3 {
        ports.push(port().await);
    }
    let urls: Vec<String> = ports.iter().map(|(_, url)| url.clone()).collect();
    let mut nodes = Vec::new();
    for (number, (listener, url)) in (1..).zip(ports) {
        let others = urls.iter().filter(|other| **other != url).cloned();
        let peers: Vec<String> = others
            .chain([liars_url.clone(), dead_url.clone()])
            .collect();
        nodes.push(world.node(number, listener, &peers, "round_secs = 1").await);
    }
    let all: Vec<&Running> = nodes.iter().collect();
    world.until_reported(world.set("200"), &all).await;
    // Up and down, each time beyond the deviation.
    let path = [202, 205, 201, 195, 180, 183, 190, 198, 207, 204];
    let mut honest = vec![world.set("200")];
    for price in path {
        liar.honest.store(price * 1_000, Ordering::Relaxed);
        let range = world.set(&price.to_string());
        honest.push(range);
        world.until_reported(range, &all).await;
    }
    let reported = world.all_reported().await;
    assert_honest(&reported, &honest);
    let began = Instant::now();
    while world
        .stored()
        .await
        .is_none_or(|stored| stored.abs_diff(wad("204")) > wad("0.3"))
    {
        assert!(
            began.elapsed() < PATIENCE,
            "the aggregator was not poked: {:?}",
            world.stored().await
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (mut refused, mut used, mut duplicates) = (0, 0, 0);
    for node in &nodes {
        let status = figures(node).await;
        refused += count(&status, "peers_refused_far") + count(&status, "peers_refused_malformed");
        used += count(&status, "peers_used");
        duplicates += status["sends"]["duplicate_sends"].as_u64().unwrap_or(1);
    }
    assert!(
        refused > 0 && used > 0 && duplicates == 0,
        "{refused} {used} {duplicates}"
    );
    println!(
        "{} reports of {} moves, {used} reports of peers used, {refused} lies refused, liar asked {} times",
        reported.len(),
        path.len(),
        liar.asked.load(Ordering::Relaxed)
    );
    lying.abort();
}

async fn signed_by(node: &Running, round: u64) -> Option<Signed> {
    let text = get(&format!("{}/v1/report/{ASSET}?round={round}", node.url)).await;
    let wire: Option<Wire> = serde_json::from_str(&text).ok();
    wire.map(Signed::from)
}

#[tokio::test]
async fn a_node_that_starts_again_signs_what_it_signed_before() {
    let world = World::new().await;
    let rounds = "round_secs = 3600";
    let (listener, url) = port().await;
    let address = listener.local_addr().expect("an address");
    let node = world.node(1, listener, &[], rounds).await;
    let round = unix_now() / 3_600;
    let began = Instant::now();
    let first = loop {
        if let Some(signed) = signed_by(&node, round).await {
            break signed;
        }
        assert!(began.elapsed() < PATIENCE, "{url} signs nothing");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    first.verify(&world.target()).expect("its own signature");
    world.set("150");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(signed_by(&node, round).await.as_ref(), Some(&first));
    node.kill().await;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("the port");
    let node = world.node(1, listener, &[], rounds).await;
    assert_eq!(signed_by(&node, round).await.as_ref(), Some(&first));
    assert_eq!(
        signed_by(&node, round + 1).await,
        None,
        "no round of the future"
    );
    assert_eq!(
        signed_by(&node, round - 1).await,
        None,
        "no round of the past"
    );
    let newest = get(&format!("{}/v1/report/{ASSET}", node.url)).await;
    let newest: Wire = serde_json::from_str(&newest).expect("its newest");
    assert_eq!(Signed::from(newest), first);
    let unknown = get(&format!("{}/v1/report/{}", node.url, world.quorum)).await;
    assert!(unknown.contains("none of this node's"), "{unknown}");
    node.kill().await;
}

#[tokio::test]
async fn two_nodes_never_share_a_key() {
    let world = World::new().await;
    let (listener, _) = port().await;
    let node = world.node(1, listener, &[], "").await;
    let (listener, _) = port().await;
    let config = ballast_oracle::Config::parse(&world.file(1, &[], "")).expect("a configuration");
    let second = ballast_oracle::Node::with_listener(config, key(1), listener).await;
    let error = second.expect_err("a second node of one key").to_string();
    assert!(error.contains("another program sends as"), "{error}");
    node.kill().await;
}

#[tokio::test]
async fn what_a_node_tells_about_itself_is_whole() {
    let world = World::new().await;
    let (listener, _) = port().await;
    let node = world.node(1, listener, &[], "").await;
    let began = Instant::now();
    let status = loop {
        let status = figures(&node).await;
        if status["handled"].as_u64() > Some(0) && !status["assets"][0]["price"].is_null() {
            break status;
        }
        assert!(began.elapsed() < PATIENCE, "{status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status["service"], "oracle:node-1");
    assert_eq!(status["is_signer"], true);
    assert_eq!(status["assets"][0]["sources"], 3);
    assert_eq!(status["assets"][0]["due"], "first");
    assert_eq!(status["head"]["number"], status["handled"]);
    let venues: Value =
        serde_json::from_str(&get(&format!("{}/v1/venues", node.url)).await).expect("JSON");
    let venues = venues.as_array().expect("a list");
    assert_eq!(venues.len(), 3);
    assert!(
        venues
            .iter()
            .all(|venue| venue["counts"] == true && venue["price"].is_string()),
        "{venues:?}"
    );
    let metrics = get(&format!("{}/metrics", node.url)).await;
    assert!(
        metrics.contains("ballast_oracle_venue_counts{venue=\"kraken\",pair=\"ETH/USD\"} 1"),
        "{metrics}"
    );
    assert_eq!(get(&format!("{}/health", node.url)).await, "{\"ok\":true}");
    node.kill().await;
}

#[tokio::test]
async fn s03_nodes_whose_endpoints_fail_report_again_once_they_are_well_and_never_a_wrong_price() {
    let world = World::new().await;
    let mut ports = Vec::new();
    for _ in 0..3 {
        ports.push(port().await);
    }
    let urls: Vec<String> = ports.iter().map(|(_, url)| url.clone()).collect();
    let faulty = FaultyRpc::start(world.anvil.url()).await.expect("starts");
    let mut nodes = Vec::new();
    for (number, (listener, url)) in (1..).zip(ports) {
        let peers: Vec<String> = urls
            .iter()
            .filter(|other| **other != url)
            .cloned()
            .collect();
        let more = format!("round_secs = 1\nrpc = [\"{}\"]", faulty.url());
        nodes.push(world.node(number, listener, &peers, &more).await);
    }
    let all: Vec<&Running> = nodes.iter().collect();
    world.until_reported(world.set("200"), &all).await;
    let faults = [
        Fault::Refuse,
        Fault::RateLimit,
        Fault::Cut,
        Fault::Disconnect,
        Fault::Behind(3),
        Fault::RefuseSends,
        Fault::LoseAnswers,
        Fault::Revert,
    ];
    for (at, fault) in (1_u64..).zip(faults) {
        faulty.inject(fault, Only::usual(), 12);
        // Every other time the price moves under the fault, as far as before in the other direction.
        let range = world.set(&(200 + 10 * (at % 2)).to_string());
        tokio::time::sleep(Duration::from_millis(150)).await;
        faulty.heal();
        world.until_reported(range, &all).await;
    }
    for one in world.all_reported().await {
        assert!(
            (wad("199.8")..=wad("210.21")).contains(&one.price),
            "{one:?}"
        );
    }
    println!(
        "S03: {} kinds of failures, {} wrong answers",
        faults.len(),
        faulty.happened()
    );
}

#[tokio::test]
async fn s03_an_endpoint_that_lies_or_stalls_is_outvoted_by_two_others() {
    let world = World::new().await;
    let mut ports = Vec::new();
    for _ in 0..3 {
        ports.push(port().await);
    }
    let urls: Vec<String> = ports.iter().map(|(_, url)| url.clone()).collect();
    let mut endpoints = Vec::new();
    for _ in 0..3 {
        endpoints.push(FaultyRpc::start(world.anvil.url()).await.expect("starts"));
    }
    let rpc: Vec<String> = endpoints
        .iter()
        .map(|one| format!("{:?}", one.url()))
        .collect();
    let mut nodes = Vec::new();
    for (number, (listener, url)) in (1..).zip(ports) {
        let peers: Vec<String> = urls
            .iter()
            .filter(|other| **other != url)
            .cloned()
            .collect();
        let more = format!("round_secs = 1\nrpc = [{}]\nagree = 2", rpc.join(", "));
        nodes.push(world.node(number, listener, &peers, &more).await);
    }
    let all: Vec<&Running> = nodes.iter().collect();
    world.until_reported(world.set("200"), &all).await;
    // The last one, so that the one that transactions are read over stays well.
    let liar = &endpoints[2];
    let faults = [
        Fault::Lie,
        Fault::OtherState,
        Fault::Behind(5),
        Fault::Stall,
        Fault::Refuse,
    ];
    for (at, fault) in (1_u64..).zip(faults) {
        liar.inject(fault, Only::usual(), u32::MAX);
        let range = world.set(&(200 + 10 * (at % 2)).to_string());
        world.until_reported(range, &all).await;
        liar.heal();
    }
    let (mut disagreed, mut failed) = (0, 0);
    for node in &nodes {
        let status = figures(node).await;
        let voice = &status["endpoints"][2];
        disagreed += voice["disagreed"].as_u64().expect("a number");
        failed += voice["failed"].as_u64().expect("a number");
    }
    assert!(disagreed > 0 && failed > 0, "{disagreed} {failed}");
    println!(
        "S03: {} faults outvoted, {disagreed} answers disagreed, {failed} failed",
        faults.len()
    );
}
