//! Several programs of one store: children of this test binary.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A child tells its parent; the counts are for the person who runs the tests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use ballast_store::{Balance, Write, all, open};

/// Tells a child which store to use.
const STORE: &str = "BALLAST_TEST_STORE";
/// Tells a child its number.
const NUMBER: &str = "BALLAST_TEST_NUMBER";

const WRITERS: u64 = 4;
const WRITES: u64 = 150;

/// Runs one of the ignored tests below in a process of its own.
fn child(name: &str, address: &str, number: u64) -> Child {
    let program = std::env::current_exe().expect("this program");
    Command::new(program)
        .args([
            "--exact",
            &format!("programs::{name}"),
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, address)
        .env(NUMBER, number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child")
}

fn wait_for(child: &mut Child, word: &str) {
    let out = child.stdout.take().expect("its output");
    let lines = BufReader::new(out).lines().map_while(Result::ok);
    assert!(
        lines.into_iter().any(|line| line.contains(word)),
        "the child ended without {word}"
    );
}

fn told(name: &str) -> String {
    std::env::var(name).expect("started as a child")
}

#[tokio::test]
#[ignore = "a child of another test"]
async fn holds_a_name_until_it_is_killed() {
    let store = open(&told(STORE)).await.expect("opens");
    let _lock = store.lock("killed").await.expect("asks").expect("free");
    println!("held");
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[tokio::test]
#[ignore = "a child of another test"]
async fn writes_many_rows() {
    let store = open(&told(STORE)).await.expect("opens");
    let number: u8 = told(NUMBER).parse().expect("a number");
    let mut longest = Duration::ZERO;
    for count in 0..WRITES {
        // One of them writes as an indexer does, the others as a sender.
        let rows = if number == 0 { 500 } else { 1 };
        let writes: Vec<Write> = (0..rows)
            .map(|row: u64| Balance {
                token: Address::repeat_byte(number),
                holder: Address::left_padding_from(&(count * rows + row).to_be_bytes()),
                amount: U256::from(count),
            })
            .map(|balance| Write::put(&balance))
            .map(|write| if number == 0 { write } else { write.lasting() })
            .collect();
        let begun = Instant::now();
        store.write(writes).await.expect("writes");
        longest = longest.max(begun.elapsed());
    }
    println!("writer {number}: longest {} ms", longest.as_millis());
}

async fn is_free_after_a_kill(address: &str) {
    let store = open(address).await.expect("opens");
    let mut holder = child("holds_a_name_until_it_is_killed", address, 0);
    wait_for(&mut holder, "held");
    assert!(store.lock("killed").await.expect("asks").is_none());
    holder.kill().expect("kills");
    holder.wait().expect("ends");
    for _ in 0..500 {
        if store.lock("killed").await.expect("asks").is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a killed program still has its lock");
}

#[tokio::test]
async fn s02_a_killed_programs_lock_is_free_again() {
    let folder = tempfile::tempdir().expect("folder");
    is_free_after_a_kill(&format!("sqlite:{}", folder.path().join("s").display())).await;
    let Some(server) = super::server() else {
        return;
    };
    is_free_after_a_kill(&server.url()).await;
}

#[tokio::test]
async fn programs_that_write_one_sqlite_file_together_lose_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let address = format!("sqlite:{}", folder.path().join("store").display());
    // They also make the file together.
    let writers: Vec<Child> = (0..WRITERS)
        .map(|number| child("writes_many_rows", &address, number))
        .collect();
    for writer in writers {
        let done = writer.wait_with_output().expect("ends");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "a writer failed: {said}");
        let line = said.lines().find(|line| line.contains("longest"));
        println!("{}", line.unwrap_or_default());
    }
    let store = open(&address).await.expect("opens");
    let rows = all::<Balance>(store.as_ref()).await.expect("reads").len() as u64;
    assert_eq!(rows, WRITES * (500 + WRITERS - 1));
}
