//! `ballast up`.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use ballast_store::{Balance, Write, all};
use serde_json::Value;

use crate::world::{anvil_path, program, root, transcript};

#[test]
fn everything_comes_up_and_is_kept_on_request() {
    let folder = tempfile::tempdir().expect("folder");
    let (anvil, peers) = (
        anvil_path(),
        root().join("contracts/node_modules").display().to_string(),
    );
    let environment = [
        ("BALLAST_ANVIL", anvil.as_str()),
        ("BALLAST_PEERS", peers.as_str()),
    ];
    let args = [
        "--json", "up", "--once", "--port", "0", "--state", "kept", "--bars", "0",
    ];
    let first = program(folder.path(), &args, &environment);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let second = program(folder.path(), &args, &environment);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let [first, second]: [Value; 2] = [first, second]
        .map(|run| serde_json::from_str(&run.stdout).expect("JSON on standard output"));
    assert_eq!(first["token"], second["token"]);
    assert_eq!(first["deployment"], second["deployment"]);
    assert!(folder.path().join("kept/manifest.toml").is_file());
    assert!(!folder.path().join(".state").exists());
}

/// Adds one base unit to the balance of one holder in the store.
async fn spoil(store: &Path) {
    let store = ballast_store::open(&format!("sqlite:{}", store.display()))
        .await
        .expect("opens");
    let balances: Vec<Balance> = all(store.as_ref()).await.expect("reads");
    let mut balance = balances.into_iter().next().expect("a holder");
    balance.amount = balance.amount.wrapping_add(alloy::primitives::U256::ONE);
    store
        .write(vec![Write::put(&balance)])
        .await
        .expect("writes");
}

#[tokio::test]
async fn a_spoiled_row_is_a_mismatch_even_where_nothing_touches_it() {
    let folder = tempfile::tempdir().expect("folder");
    let (anvil, peers) = (
        anvil_path(),
        root().join("contracts/node_modules").display().to_string(),
    );
    let environment = [
        ("BALLAST_ANVIL", anvil.as_str()),
        ("BALLAST_PEERS", peers.as_str()),
    ];
    let args = [
        "--json", "up", "--once", "--port", "0", "--state", "kept", "--bars", "0",
    ];
    let whole = program(folder.path(), &args, &environment);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let figures: Value = serde_json::from_str(&whole.stdout).expect("JSON");
    for name in ["events_indexed", "comparisons"] {
        assert!(
            figures[name].as_u64().is_some_and(|count| count > 5),
            "{figures}"
        );
    }
    assert_eq!(figures["mismatches"], 0, "{figures}");
    spoil(&folder.path().join("kept/store.sqlite")).await;
    let spoiled = program(folder.path(), &args, &environment);
    assert_eq!(spoiled.code, 6, "{}", spoiled.stderr);
    let figures: Value = serde_json::from_str(&spoiled.stdout).expect("JSON");
    assert!(figures["mismatches"].as_u64() > Some(0), "{figures}");
    assert!(spoiled.stderr.contains("balances"), "{}", spoiled.stderr);
}

/// The body of the answer to a request without any frills.
fn get(explorer: &str, path: &str) -> String {
    let address = explorer.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("connects");
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .expect("asks");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    body.to_owned()
}

#[test]
fn what_is_launched_beside_it_shows_in_its_explorer() {
    let folder = tempfile::tempdir().expect("folder");
    let modules = root().join("contracts/node_modules").display().to_string();
    let anvil = anvil_path();
    let environment = [
        ("BALLAST_ANVIL", anvil.as_str()),
        ("BALLAST_PEERS", modules.as_str()),
    ];
    let args = "--json up --port 0 --explorer-port 0 --bars 0 --manifest manifest.toml";
    let mut up = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(args.split(' '))
        .current_dir(folder.path())
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(up.stdout.take().expect("its output")).lines();
    let mut text = String::new();
    let report: Value = loop {
        text.push_str(&lines.next().expect("a report").expect("text"));
        if let Ok(report) = serde_json::from_str(&text) {
            break report;
        }
    };
    let explorer = report["explorer"].as_str().expect("its address");
    let example = root().join("examples/worked-example.toml");
    let example = example.display().to_string();
    let url = report["url"].as_str().expect("the chain");
    let rest = ["--manifest", "manifest.toml", "--dev-account", "0", "--yes"];
    for command in [&["launch", &example][..], &["burn", "WORK", "500000"]] {
        let args = [command, &["--rpc", url], &rest].concat();
        let run = program(folder.path(), &args, &environment);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let mut floor = Value::Null;
    for _ in 0..600 {
        let tokens = get(explorer, "/v1/tokens?search=WORK");
        let tokens: Value = serde_json::from_str(&tokens).expect("JSON");
        floor = tokens["data"][0]["floor_wad"][0].clone();
        if floor == "200000000000000" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let page = get(explorer, "/");
    up.kill().expect("stops");
    up.wait().expect("ends");
    assert_eq!(floor, "200000000000000", "0.0002 of the asset per token");
    assert!(page.contains("<html"), "{page}");
}

#[test]
fn what_is_missing_or_taken_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("address").port().to_string();
    let anvil = anvil_path();
    let environment = [("BALLAST_ANVIL", anvil.as_str())];
    let runs = [
        program(folder.path(), &["up", "--port", &port], &environment),
        program(
            folder.path(),
            &["up", "--anvil", "/nowhere/anvil"],
            &environment,
        ),
        program(
            folder.path(),
            &["--json", "up", "--anvil", "/nowhere/anvil"],
            &environment,
        ),
        program(
            folder.path(),
            &["up", "--once", "--port", "0", "--peers", "nowhere"],
            &environment,
        ),
        program(
            folder.path(),
            &["up", "--replay", "prices.csv"],
            &environment,
        ),
        program(folder.path(), &["up", "--port", "many"], &environment),
    ];
    let codes: Vec<i32> = runs.iter().map(|run| run.code).collect();
    assert_eq!(codes, [5, 5, 5, 5, 2, 2]);
    assert!(!folder.path().join(".state").exists());
    insta::assert_snapshot!("up_refused", transcript(&runs, &[(port, "[port]")]));
}

/// `up` with a market of an hour in a folder that is kept, once everything stands.
fn standing(folder: &Path) -> Child {
    let modules = root().join("contracts/node_modules").display().to_string();
    let anvil = anvil_path();
    let args = "up --port 0 --explorer-port 0 --bars 1 --state kept";
    let mut up = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(args.split(' '))
        .current_dir(folder)
        .env_clear()
        .envs([("BALLAST_ANVIL", anvil), ("BALLAST_PEERS", modules)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let said = BufReader::new(up.stderr.take().expect("its notes")).lines();
    let mut said = said.map_while(Result::ok);
    assert!(said.any(|line| line.contains("interrupt to stop")));
    // Whoever reads no more must not hold it up.
    std::thread::spawn(move || said.for_each(drop));
    up
}

/// Asks again and again, for as long as a slow machine needs.
fn becomes(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{what} did not happen");
}

/// Where the oracle nodes listen.
fn listening(folder: &Path) -> Vec<String> {
    let file = |node| folder.join(format!("kept/services/node-{node}.toml"));
    let texts = (0..4).map(|node| std::fs::read_to_string(file(node)).expect("settings"));
    let address = |text: String| {
        let lines = text.lines();
        let mut found = lines.filter_map(|line| line.strip_prefix("listen = "));
        found
            .next()
            .expect("an address")
            .trim_matches('"')
            .to_owned()
    };
    texts.map(address).collect()
}

#[tokio::test]
async fn services_end_with_a_killed_program_and_come_back_with_its_chain() {
    let folder = tempfile::tempdir().expect("folder");
    let mut up = standing(folder.path());
    let before = listening(folder.path());
    for address in &before {
        assert!(TcpStream::connect(address).is_ok(), "{address}");
    }
    up.kill().expect("is killed");
    up.wait().expect("ends");
    becomes("the end of every node", || {
        before.iter().all(|one| TcpStream::connect(one).is_err())
    });
    // The chain's state is written when it ends, which it does although nobody stopped it in order.
    let chain = folder.path().join("kept/chain.json");
    becomes("the end of the chain", || chain.is_file());
    let mut up = standing(folder.path());
    let after = listening(folder.path());
    becomes("the return of every node", || {
        after.iter().all(|one| TcpStream::connect(one).is_ok())
    });
    up.kill().expect("is killed");
    up.wait().expect("ends");
    becomes("the end of every node", || {
        after.iter().all(|one| TcpStream::connect(one).is_err())
    });
}
