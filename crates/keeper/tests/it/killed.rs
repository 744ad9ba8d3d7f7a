//! S02: a keeper that is killed at any moment, again and again, while vaults fall.

#![allow(clippy::print_stdout)] // A child tells its parent.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ballast_chain::{Endpoint, Manifest, devnet};
use ballast_keeper::{Config, Keeper, Surroundings};
use ballast_model::vaults::PriceState;
use ballast_store::{Attempt, all};

use crate::party::{Party, key, store_of};

/// How often it is killed.
const KILLS: u64 = 20;
/// Longest life, milliseconds.
const LIFE_MILLIS_MAX: u64 = 160;

const FOLDER: &str = "BALLAST_TEST_FOLDER";
const URL: &str = "BALLAST_TEST_URL";

fn told(name: &str) -> String {
    std::env::var(name).expect("started as a child")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a child of another test"]
async fn keeps_until_it_is_killed() {
    let folder = std::path::PathBuf::from(told(FOLDER));
    let store = ballast_store::open(&store_of(&folder))
        .await
        .expect("opens");
    let endpoint = Endpoint::connect(&told(URL)).await.expect("connects");
    let text = std::fs::read_to_string(folder.join("keeper.toml")).expect("reads");
    let around = Surroundings {
        manifest: Manifest::load(&folder.join("manifest.toml")).expect("loads"),
        endpoint: Some(endpoint),
        store,
        signer: key(),
    };
    let config = Config::parse(&text).expect("in order");
    let mut keeper = Keeper::open(config, around, None)
        .await
        .expect("the key is free");
    println!("keeping");
    keeper.run(std::future::pending()).await.expect("goes on");
}

fn life(party: &Party, number: u64) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "killed::keeps_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, party.folder.path())
        .env(URL, party.anvil.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    while !line.contains("keeping") {
        line.clear();
        let read = out.read_line(&mut line).expect("reads");
        assert!(read > 0, "life {number} ended before it kept anything");
    }
    child
}

fn random(state: &mut u64, most: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s02_a_keeper_killed_at_random_clears_every_vault_and_sends_nothing_twice() {
    let party = Party::new(60).await;
    let file = format!(
        "{}\n[[book]]\nsynthetic = \"SYN\"\ndesk = \"{}\"\n[take]\nowners_max = 3\n",
        crate::party::FILE,
        party.desk
    );
    std::fs::write(party.folder.path().join("keeper.toml"), file).expect("writes");
    let manifest = party.folder.path().join("manifest.toml");
    party.manifest().await.save(&manifest).expect("saves");
    devnet::set_automine(&party.endpoint, false)
        .await
        .expect("mines when told");
    let miner = party.endpoint.clone();
    let mining = tokio::spawn(async move {
        loop {
            devnet::mine(&miner).await.expect("mines");
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    });
    let mut chance = 0x9e37_79b9_7f4a_7c15;
    let mut price = 1_830_000;
    for number in 0..KILLS {
        price -= 8_000;
        party.reprice(price, PriceState::Safe).await;
        let mut child = life(&party, number);
        tokio::time::sleep(Duration::from_millis(random(&mut chance, LIFE_MILLIS_MAX))).await;
        child.kill().expect("is killed");
        child.wait().expect("is gone");
    }
    let mut last = life(&party, KILLS);
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting = party
            .sends()
            .await
            .iter()
            .filter(|send| send.final_at.is_none())
            .count();
        if party.unhealthy(price).await == 0 && waiting == 0 {
            break;
        }
    }
    last.kill().expect("is killed");
    last.wait().expect("is gone");
    mining.abort();
    let cleared = party.unhealthy(price).await;
    let sends = party.sends().await;
    assert_eq!(cleared, 0, "every vault is cleared");
    assert!(
        sends.iter().all(|send| send.final_at.is_some()),
        "nothing is stuck: {sends:?}"
    );
    nothing_twice(&party, &sends).await;
}

/// Each nonce of the account is one intent's, no intent has two, and no transaction of the pool is left.
async fn nothing_twice(party: &Party, sends: &[ballast_store::SendRecord]) {
    let mut nonces: Vec<u64> = sends.iter().filter_map(|send| send.nonce).collect();
    let count = nonces.len();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), count, "a nonce for each intent");
    assert_eq!(
        party.count().await,
        u64::try_from(count).expect("few"),
        "and no others were used"
    );
    let attempts: Vec<Attempt> = all(party.store.as_ref()).await.expect("reads");
    for send in sends.iter().filter(|send| send.hash.is_some()) {
        let mut mined = 0;
        for attempt in attempts.iter().filter(|attempt| attempt.send == send.id) {
            let receipt = party
                .ask(
                    "eth_getTransactionReceipt",
                    serde_json::json!([attempt.hash]),
                )
                .await;
            mined += usize::from(receipt.is_object());
        }
        assert_eq!(mined, 1, "{} is mined once", send.id);
    }
    let reverted = sends.iter().filter(|send| send.state == "reverted").count();
    assert!(
        reverted * 4 <= sends.len(),
        "{reverted} of {} reverted",
        sends.len()
    );
}
