//! S02: a program that sends is killed at any moment, again and again.

#![allow(clippy::print_stdout)] // A child tells its parent; the counts are for the person who runs the tests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy::primitives::U256;
use ballast_chain::Endpoint;
use ballast_chain::tx::{Outbox, Policy, Routes};
use ballast_store::{Attempt, SendRecord, all};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};

use crate::party::{Party, hasty, key, pay};

/// How often it is killed while it is at work.
const KILLS: u64 = 50;
/// The most lives: one that has done everything before it is killed does not count.
const LIVES_MAX: u64 = 200;
/// New intents of each life.
const INTENTS_PER_LIFE: u64 = 6;
/// Lives whose intents are asked for again.
const LIVES_AGAIN: u64 = 3;
/// The longest life, in milliseconds.
const LIFE_MILLIS_MAX: u64 = 110;

const STORE: &str = "BALLAST_TEST_STORE";
const URL: &str = "BALLAST_TEST_URL";
const LIFE: &str = "BALLAST_TEST_LIFE";

fn told(name: &str) -> String {
    std::env::var(name).expect("started as a child")
}

fn policy() -> Policy {
    Policy {
        confirmations: 1,
        patience: Duration::from_millis(500),
        ..hasty()
    }
}

#[tokio::test]
#[ignore = "a child of another test"]
async fn sends_until_it_is_killed() {
    let store = ballast_store::open(&told(STORE)).await.expect("opens");
    let endpoint = Endpoint::connect(&told(URL)).await.expect("connects");
    let outbox = Outbox::open(store, Routes::single(endpoint), key(), policy())
        .await
        .expect("the key is free");
    println!("sending");
    let life: u64 = told(LIFE).parse().expect("a number");
    let first = life.saturating_sub(LIVES_AGAIN) * INTENTS_PER_LIFE;
    for number in first..(life + 1) * INTENTS_PER_LIFE {
        outbox.enqueue(pay(number)).await.expect("queues");
    }
    loop {
        // An endpoint may fail for a moment.
        if outbox.step().await.is_ok() && outbox.waiting().await.expect("reads") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("done {:?}", outbox.figures());
}

/// The next life of the sender, once it has begun to send.
fn life(party: &Party, url: &str, number: u64) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "killed::sends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, party.address())
        .env(URL, url)
        .env(LIFE, number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    while !line.contains("sending") {
        line.clear();
        let read = out.read_line(&mut line).expect("reads");
        assert!(read > 0, "life {number} ended before it sent anything");
    }
    (child, out)
}

/// A number below `most`, another each time.
fn random(state: &mut u64, most: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s02_a_sender_killed_at_random_sends_every_intent_exactly_once() {
    let party = Party::new().await;
    let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let miner = party.endpoint.clone();
    let mining = tokio::spawn(async move {
        loop {
            ballast_chain::devnet::mine(&miner).await.expect("mines");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let seed = clock.subsec_nanos().into();
    let mut state = seed | 1;
    let (mut kills, mut lives) = (0, 0);
    while kills < KILLS {
        assert!(
            lives < LIVES_MAX,
            "it ends before it can be killed, seed {seed}"
        );
        let fault = [Fault::LoseAnswers, Fault::ForgetSends, Fault::RefuseSends];
        let fault = fault[usize::try_from(random(&mut state, 3)).expect("small")];
        proxy.inject(fault, Only::usual(), 1);
        let (mut child, _out) = life(&party, proxy.url(), lives);
        let millis = random(&mut state, LIFE_MILLIS_MAX);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        kills += u64::from(child.try_wait().expect("asks").is_none());
        lives += 1;
        child.kill().expect("kills");
        child.wait().expect("ends");
    }
    proxy.heal();
    let (mut last, _out) = life(&party, proxy.url(), lives);
    assert!(last.wait().expect("ends").success());
    mining.abort();
    assert_exact(&party, seed, kills, lives + 1).await;
}

async fn assert_exact(party: &Party, seed: u64, kills: u64, lives: u64) {
    // What a life that ended too early did not ask for is asked for now.
    let outbox = party.outbox(policy()).await;
    let intents = lives * INTENTS_PER_LIFE;
    for number in 0..intents {
        outbox.enqueue(pay(number)).await.expect("queues");
    }
    crate::party::run(party, &outbox).await;
    let mut twice = 0;
    for number in 0..intents {
        let paid = party.paid(number).await;
        assert!(paid >= U256::ONE, "intent {number} was lost, seed {seed}");
        twice += u64::from(paid > U256::ONE);
    }
    let store = Arc::clone(&party.store);
    let sends: Vec<SendRecord> = all(store.as_ref()).await.expect("reads");
    let attempts: Vec<Attempt> = all(store.as_ref()).await.expect("reads");
    let mut nonces: Vec<u64> = sends.iter().filter_map(|send| send.nonce).collect();
    nonces.sort_unstable();
    let gaps = sends
        .iter()
        .filter(|send| send.id.starts_with("gap "))
        .count();
    println!(
        "s02 outbox, seed {seed}: killed {kills} times while at work, {intents} intents mined, {twice} mined twice, \
         {} transactions signed, {gaps} gaps closed",
        attempts.len()
    );
    assert_eq!(twice, 0, "seed {seed}");
    assert!(
        sends.iter().all(|send| send.state == "mined"),
        "seed {seed}"
    );
    let used: Vec<u64> = (0..party.count().await).collect();
    assert_eq!(
        nonces, used,
        "every nonce is used once, none is missing, seed {seed}"
    );
    assert_eq!(party.pool().await, 0, "nothing is left behind, seed {seed}");
}
