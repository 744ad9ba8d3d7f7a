//! `ballast up`.

use std::net::TcpListener;

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
