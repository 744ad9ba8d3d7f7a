//! Live events: nobody waits for another, nobody loses anything.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ballast_server::Options;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::serving::{options, serve};
use crate::world::{self, World};

/// One message of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub id: String,
    pub event: String,
    pub data: String,
}

/// A listener over a bare connection.
pub struct Ear {
    lines: Lines<BufReader<TcpStream>>,
}

impl Ear {
    pub async fn new(address: SocketAddr, last: Option<&str>) -> Self {
        Self::of(address, "/v1/live", last).await
    }

    /// A listener of what `path` narrows the stream to.
    pub async fn of(address: SocketAddr, path: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        let last = last.map_or(String::new(), |last| format!("last-event-id: {last}\r\n"));
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).await.expect("writes");
        Self {
            lines: BufReader::new(stream).lines(),
        }
    }

    /// The next message that says something; none at the end of the stream or where only pings come.
    pub async fn hear(&mut self) -> Option<Told> {
        let heard = self.hear_on();
        tokio::time::timeout(Duration::from_secs(20), heard)
            .await
            .ok()?
    }

    async fn hear_on(&mut self) -> Option<Told> {
        let mut told = Told::default();
        loop {
            let line = self.lines.next_line().await.ok()??;
            if let Some(id) = line.strip_prefix("id: ") {
                told.id = id.to_owned();
            } else if let Some(event) = line.strip_prefix("event: ") {
                told.event = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                told.data = data.to_owned();
            } else if line.is_empty() && !told.data.is_empty() {
                return Some(told);
            }
        }
    }

    /// Messages up to the head of `block`.
    pub async fn hear_until(&mut self, block: u64) -> Vec<Told> {
        let mut all = Vec::new();
        while let Some(told) = self.hear().await {
            let is_end = told.event == "head" && told.block() >= block;
            all.push(told);
            if is_end {
                return all;
            }
        }
        panic!(
            "the stream ended before block {block}, after {:?}",
            all.last()
        );
    }
}

impl Told {
    pub fn block(&self) -> u64 {
        let value: Value = serde_json::from_str(&self.data).expect("json");
        value["block"].as_u64().expect("a block")
    }
}

/// Identifiers of the events in it, each once.
pub fn logs(all: &[Told]) -> Vec<String> {
    let logs: Vec<String> = all
        .iter()
        .filter(|one| one.event == "log")
        .map(|one| one.id.clone())
        .collect();
    let unique: BTreeSet<&String> = logs.iter().collect();
    assert_eq!(unique.len(), logs.len(), "an event came twice");
    logs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_a_thousand_listeners_hear_everything_while_some_sleep_and_some_come_and_go() {
    const COUNT: usize = 1_000;
    let world = World::new().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let small = Options {
        // A ring that the slow cannot keep up with.
        live_messages_max: 16,
        ..options()
    };
    let server = serve(&kept.store, &world.manifest, small).await;
    let first = world.endpoint.tip().await.expect("tip").number;
    let mut ears = Vec::new();
    for index in 0..COUNT {
        let mut ear = Ear::new(server.address, None).await;
        // Every fifth never reads anything at all.
        if index % 5 != 0 {
            let head = ear.hear().await.expect("a head");
            assert_eq!((head.event.as_str(), head.block()), ("head", first));
        }
        ears.push(ear);
    }
    let (stop_at, known) = tokio::sync::watch::channel(0_u64);
    let mut tasks = Vec::new();
    let mut sleepers = Vec::new();
    for (index, ear) in ears.into_iter().enumerate() {
        let (mut known, address) = (known.clone(), server.address);
        match index % 5 {
            0 => sleepers.push(ear),
            kind => tasks.push(tokio::spawn(async move {
                listen(ear, kind, address, &mut known).await
            })),
        }
    }
    for round in 0..10_u64 {
        for kind in 0..6 {
            world.happen(kind, round * 17 + kind).await;
        }
        world.index(&kept.store, world::options()).await;
        assert_eq!(server.ask("/v1/status").await.0, 200);
    }
    let last = world.endpoint.tip().await.expect("tip").number;
    stop_at.send(last).expect("somebody listens");
    let mut heard = Vec::new();
    for task in tasks {
        heard.push(task.await.expect("listens"));
    }
    let expected = &heard[0];
    assert!(expected.len() > 60, "{}", expected.len());
    for (index, one) in heard.iter().enumerate() {
        assert!(
            one == expected,
            "listener {index} heard {} of {} events",
            one.len(),
            expected.len()
        );
    }
    eprintln!(
        "{COUNT} listeners, {} of them asleep: {} heard all of {} events each",
        sleepers.len(),
        heard.len(),
        expected.len()
    );
}

/// Listens until the last block: at once, slowly, or coming back again and again.
async fn listen(
    mut ear: Ear,
    kind: usize,
    address: SocketAddr,
    known: &mut tokio::sync::watch::Receiver<u64>,
) -> Vec<String> {
    let mut all: Vec<Told> = Vec::new();
    let mut highest = 0;
    loop {
        let end = *known.borrow();
        if end > 0 && highest >= end {
            return logs(&all);
        }
        let told = tokio::select! {
            told = ear.hear() => told.expect("the stream goes on"),
            changed = known.changed() => {
                changed.expect("the test runs");
                // What was being read is read again after it.
                let last = all.last().map(|told| told.id.clone());
                ear = Ear::new(address, last.as_deref()).await;
                continue;
            }
        };
        assert!(matches!(told.event.as_str(), "log" | "head"), "{told:?}");
        if told.event == "head" {
            highest = highest.max(told.block());
        }
        let last = told.id.clone();
        all.push(told);
        match kind {
            1 if all.len().is_multiple_of(7) => ear = Ear::new(address, Some(&last)).await,
            2 => tokio::time::sleep(Duration::from_millis(2)).await,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_chain_takes_back_is_told_to_those_who_stayed_and_to_those_who_come_back() {
    let world = World::new().await;
    world.everything(1, 1).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let mut ear = Ear::new(server.address, None).await;
    let head = ear.hear().await.expect("a head");
    let base = head.block();
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    for kind in 0..3 {
        world.happen(kind, 5).await;
    }
    world.index(&kept.store, world::options()).await;
    let before = ear.hear_until(base + 3).await;
    let gone = before.last().expect("a head").id.clone();
    assert!(!logs(&before).is_empty());
    world.rpc("evm_revert", json!([snapshot])).await;
    for kind in 3..6 {
        world.happen(kind, 8).await;
    }
    world.mine(1).await;
    world.index(&kept.store, world::options()).await;
    let after = ear.hear_until(base + 4).await;
    assert_eq!(
        (after[0].event.as_str(), after[0].block()),
        ("rollback", base)
    );
    let mut back = Ear::new(server.address, Some(&gone)).await;
    let heard = back.hear_until(base + 4).await;
    assert_eq!(
        (heard[0].event.as_str(), heard[0].block()),
        ("rollback", base)
    );
    assert_eq!(logs(&heard), logs(&after));
    // Who was there before it all hears only what stands.
    let mut old = Ear::new(server.address, Some(&head.id)).await;
    assert_eq!(logs(&old.hear_until(base + 4).await), logs(&after));
    let unknown = format!("{}:end:00000001", base + 1);
    let mut lost = Ear::new(server.address, Some(&unknown)).await;
    assert_eq!(lost.hear().await.expect("told").event, "reset");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_started_later_resumes_what_another_told() {
    let world = World::new().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let first = serve(&kept.store, &world.manifest, options()).await;
    let mut ear = Ear::new(first.address, None).await;
    let head = ear.hear().await.expect("a head");
    for kind in 0..6 {
        world.happen(kind, 3).await;
    }
    world.index(&kept.store, world::options()).await;
    let all = ear.hear_until(head.block() + 6).await;
    let half = all
        .iter()
        .filter(|one| one.event == "log")
        .nth(3)
        .expect("events")
        .clone();
    drop(first);
    let second = serve(&Arc::clone(&kept.store), &world.manifest, options()).await;
    while second.ask("/v1/status").await.0 != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut ear = Ear::new(second.address, Some(&half.id)).await;
    let rest = ear.hear_until(head.block() + 6).await;
    let from = logs(&all)
        .iter()
        .position(|id| *id == half.id)
        .expect("there")
        + 1;
    assert_eq!(logs(&rest), logs(&all)[from..]);
}

#[tokio::test]
async fn a_place_that_another_server_told_first_is_waited_for() {
    let world = World::new().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    // Reads the store once and then not for long, as a server on a busy machine.
    let slow = Options {
        poll: Duration::from_secs(2),
        ..options()
    };
    let behind = serve(&kept.store, &world.manifest, slow).await;
    while behind.ask("/v1/status").await.0 != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ahead = serve(&kept.store, &world.manifest, options()).await;
    let mut ear = Ear::new(ahead.address, None).await;
    let head = ear.hear().await.expect("a head");
    world.happen(0, 3).await;
    world.happen(1, 3).await;
    world.index(&kept.store, world::options()).await;
    let all = ear.hear_until(head.block() + 2).await;
    let half = all.iter().find(|one| one.event == "log").expect("an event");
    let mut ear = Ear::new(behind.address, Some(&half.id)).await;
    let rest = ear.hear_until(head.block() + 2).await;
    assert!(rest.iter().all(|one| one.event != "reset"), "{rest:?}");
    assert_eq!(logs(&rest), logs(&all)[1..]);
}
