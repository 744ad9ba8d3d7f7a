//! `ballast up` as a market: real chains, whole paths, and what their reports must hold.

use std::path::Path;
use std::process::Command;

use ballast_store::{Decision, Heartbeat, SendRecord, all};
use serde_json::Value;

use crate::world::{Run, anvil_path, program, root};

/// A path on which every kind of action happens.
const BARS: &str = "48";

/// A market whose oracle and keeper are inside the program: equal for equal seeds, and fast.
fn up(folder: &Path, args: &[&str]) -> Run {
    up_with_processes(folder, &[&["--inline"], args].concat())
}

/// A market with oracle nodes and keeper as processes.
fn up_with_processes(folder: &Path, args: &[&str]) -> Run {
    let modules = root().join("contracts/node_modules").display().to_string();
    let anvil = anvil_path();
    let environment = [
        ("BALLAST_ANVIL", anvil.as_str()),
        ("BALLAST_PEERS", modules.as_str()),
    ];
    let args = [&["up", "--once", "--json"], args].concat();
    program(folder, &args, &environment)
}

fn report(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 1, "one object on one line");
    serde_json::from_str(&run.stdout).expect("JSON on standard output")
}

fn count(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no count"))
}

fn decimal(value: &Value) -> f64 {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{value} is no decimal"))
}

/// What actors can do, as the report names it.
const ACTIONS: [&str; 19] = [
    "add_liquidity",
    "bid",
    "borrow",
    "burn",
    "burn_lot",
    "buy",
    "claim",
    "cut_fees",
    "donate",
    "extend",
    "extend_by_burn",
    "flash_loan",
    "foreclose",
    "give",
    "pause",
    "redeem",
    "repay",
    "sell",
    "sync",
];
const LOANS: [&str; 7] = [
    "opened",
    "repaid",
    "part_payments",
    "extended",
    "extended_by_burn",
    "defaulted",
    "open",
];
const INFLOWS: [&str; 7] = [
    "trading",
    "burns",
    "loan_fees",
    "redemption_fees",
    "defaults",
    "donations",
    "flash_fees",
];

#[test]
fn everybody_acts_and_no_floor_falls() {
    let folder = tempfile::tempdir().expect("folder");
    let report = report(&up(folder.path(), &["--bars", BARS, "--seed", "1"]));
    assert_eq!(count(&report["model_mismatches"]), 0);
    for name in ["redemptions", "oracle_sends", "model_comparisons"] {
        assert!(count(&report[name]) > 0, "{name}");
    }
    assert_eq!(count(&report["duplicate_sends"]), 0);
    assert_eq!(report["deficit"]["adds_up"], true);
    assert!(report["peg"]["deviation_mean"].as_f64() > Some(0.0));
    let synthetics = report["synthetics"].as_array().expect("synthetics");
    assert_eq!(synthetics.len(), 2);
    for one in synthetics {
        assert!(count(&one["model_comparisons"]) > 0, "{one}");
    }
    let bars = count(&report["bars"]);
    assert_eq!(bars.to_string(), BARS);
    assert!(count(&report["trades"]) >= 2 * bars);
    assert!(count(&report["blocks"]) > bars);
    assert!(count(&report["floor_checks"]) > bars);
    assert_eq!(count(&report["floor_falls"]), 0, "{}", report["first_fall"]);
    assert_eq!(count(&report["ledger_gaps"]), 0);
    assert!(count(&report["events_indexed"]) > count(&report["trades"]));
    assert!(count(&report["comparisons"]) > 100);
    assert_eq!(count(&report["mismatches"]), 0);
    assert!(report["free_holder_coverage"].as_f64().expect("a number") >= 1.0);
    for action in ACTIONS {
        assert!(
            report["actions"][action].as_u64() > Some(0),
            "nobody did {action}: {}",
            report["actions"]
        );
    }
    for name in LOANS {
        assert!(count(&report["loans"][name]) > 0, "{name}");
    }
    for source in INFLOWS {
        assert!(
            decimal(&report["inflow"][source]["DUSD"]) > 0.0,
            "nothing came from {source}"
        );
    }
    let prices = &report["auctions"]["price_over_floor"];
    let [least, mean, most] =
        ["min", "mean", "max"].map(|name| prices[name].as_f64().expect("a price"));
    assert!(1.0 < least && least <= mean && mean <= most, "{prices}");
    assert!(
        count(&report["auctions"]["fills"]) > 0 && count(&report["auctions"]["lots_burned"]) > 0
    );
    assert!(
        !folder.path().join(".state").exists(),
        "a chain that is gone leaves nothing behind"
    );
}

#[tokio::test]
async fn oracle_nodes_and_keeper_are_processes_that_share_the_store() {
    let folder = tempfile::tempdir().expect("folder");
    let run = up_with_processes(folder.path(), &["--bars", "3", "--state", "kept"]);
    let report = report(&run);
    assert_eq!(report["processes"], true);
    for name in ["keeper_sends", "oracle_sends"] {
        assert!(count(&report[name]) > 0, "{name}");
    }
    for name in [
        "duplicate_sends",
        "model_mismatches",
        "mismatches",
        "floor_falls",
    ] {
        assert_eq!(count(&report[name]), 0, "{name}: {}", run.stdout);
    }
    assert_eq!(report["exits"], serde_json::json!({}), "{}", run.stderr);
    assert!(count(&report["oracle"]["pokes"]) > 0);
    for one in report["synthetics"].as_array().expect("synthetics") {
        assert!(one.get("keeper_sends").is_none(), "they serve both: {one}");
    }
    let store = format!(
        "sqlite:{}",
        folder.path().join("kept/store.sqlite").display()
    );
    let store = ballast_store::open(&store).await.expect("opens");
    let beats: Vec<Heartbeat> = all(store.as_ref()).await.expect("reads");
    let beats = |kind: &str| {
        let named = beats.iter().filter(|beat| beat.service.starts_with(kind));
        named.count()
    };
    assert_eq!((beats("oracle:"), beats("keeper:")), (4, 1));
    let sends: Vec<SendRecord> = all(store.as_ref()).await.expect("reads");
    assert!(sends.iter().any(|send| send.service.starts_with("oracle:")));
    assert!(sends.iter().any(|send| send.service.starts_with("keeper:")));
    let decisions: Vec<Decision> = all(store.as_ref()).await.expect("reads");
    assert!(!decisions.is_empty());
}

#[test]
fn every_token_has_terms_of_its_own_and_a_floor_that_rose() {
    let folder = tempfile::tempdir().expect("folder");
    let report = report(&up(folder.path(), &["--bars", "24"]));
    // The last block of this path touches no synthetic; what interest grew in it is compared all the same.
    assert_eq!(report["model_mismatches"], 0, "{}", report["synthetics"]);
    let tokens = report["tokens"].as_array().expect("tokens");
    assert_eq!(tokens.len(), 3);
    for token in tokens {
        let (start, end) = (&token["floor_start"], &token["floor_end"]);
        for (asset, floor) in start.as_object().expect("a floor by asset") {
            assert!(
                decimal(&end[asset]) > decimal(floor),
                "{} of {}",
                asset,
                token["symbol"]
            );
        }
        assert!(count(&token["trades"]) >= 2 * count(&report["bars"]));
    }
    let of = |field: &str| {
        tokens
            .iter()
            .map(|token| token[field].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("redeemable"), ["false", "false", "true"]);
    assert_eq!(of("term_secs"), ["604800", "172800", "43200"]);
    let assets: Vec<usize> = tokens
        .iter()
        .map(|token| token["floor_start"].as_object().expect("by asset").len())
        .collect();
    assert_eq!(assets, [1, 2, 1]);
}

#[test]
fn equal_seeds_give_equal_reports() {
    let folder = tempfile::tempdir().expect("folder");
    let run = |seed: &str| up(folder.path(), &["--bars", "10", "--seed", seed]);
    let [first, again, other] = [run("5"), run("5"), run("6")];
    assert_eq!(report(&first), report(&again));
    assert_ne!(report(&first)["tokens"], report(&other)["tokens"]);
}

#[test]
fn a_file_is_replayed_from_its_first_day_to_before_its_last() {
    let folder = tempfile::tempdir().expect("folder");
    let mut text = String::from("ts,sym,o,h,l,c,v\n");
    for index in 0..12_u32 {
        let (time, price) = (1_620_000_000 + index * 21_600, 100 + index);
        let row = |symbol: &str, price: u32| {
            format!("{time},{symbol},{price},{price},{price},{price},1\n")
        };
        text += &(row("A", price) + &row("B", 5));
    }
    std::fs::write(folder.path().join("p.csv"), text).expect("writes");
    let args = [
        "--replay",
        "p.csv",
        "--symbol",
        "A",
        "--from",
        "2021-05-04",
        "--to",
        "2021-05-05",
    ];
    let report = report(&up(folder.path(), &args));
    assert_eq!(count(&report["bars"]), 4);
    assert_eq!(report["first_bar"], "2021-05-04 00:00:00 UTC");
    assert_eq!(report["last_bar"], "2021-05-04 18:00:00 UTC");
    assert_eq!(
        (&report["source"]["file"], &report["source"]["symbol"]),
        (&"p.csv".into(), &"A".into())
    );
    assert!(count(&report["trades"]) >= 8);
    assert_eq!(count(&report["floor_falls"]), 0);
}

#[test]
fn bad_paths_are_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("folder");
    let good = "ts,sym,o,h,l,c,v\n0,A,1,1,1,1,1\n3600,A,1,1,1,1,1\n";
    std::fs::write(folder.path().join("good.csv"), good).expect("writes");
    std::fs::write(
        folder.path().join("unsorted.csv"),
        "ts,price\n7200,1\n3600,1\n",
    )
    .expect("writes");
    std::fs::write(folder.path().join("zero.csv"), "ts,price\n0,1\n3600,0\n").expect("writes");
    let refused = |args: &[&str], fragment: &str| {
        // No anvil: whatever is refused only after the start fails with another code.
        let args = [&["up", "--once", "--anvil", "/nowhere/anvil"], args].concat();
        let run = program(folder.path(), &args, &[]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(fragment), "{}", run.stderr);
        assert!(run.stdout.is_empty());
    };
    refused(&["--replay", "none.csv"], "replay: none.csv cannot be read");
    refused(&["--replay", "unsorted.csv"], "unsorted.csv line 3");
    refused(
        &["--replay", "zero.csv"],
        "zero.csv line 3: price: 0 must be more than 0",
    );
    refused(
        &["--replay", "good.csv", "--symbol", "B"],
        "symbol: good.csv has no `B`",
    );
    refused(
        &[
            "--replay",
            "good.csv",
            "--from",
            "1970-01-02",
            "--to",
            "1970-01-02",
        ],
        "to: 1970-01-02 must be after",
    );
    refused(
        &["--replay", "good.csv", "--from", "1970-01-02"],
        "no prices from 1970-01-02",
    );
    refused(&["--replay", "good.csv", "--bars", "0"], "bars: at least 1");
    refused(
        &["--from", "1970-01-02"],
        "from: it chooses from a price file",
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("reads").count(),
        3,
        "nothing was written"
    );
}

/// Compiles a reserve that rounds redemption up, so that each one lowers the floor by a unit. None, with the reason
/// printed, where there is no compiler.
#[allow(clippy::print_stderr)] // Whoever runs the tests must know what was skipped.
fn weakened_reserve(folder: &Path) -> Option<String> {
    let contracts = root().join("contracts");
    let modules = contracts.join("node_modules");
    let forge = modules.join(".bin/forge");
    if !forge.exists() {
        eprintln!(
            "skipped: no compiler in {}; run `make setup`",
            modules.display()
        );
        return None;
    }
    let copy = folder.join("contracts");
    std::fs::create_dir(&copy).expect("folder");
    let run = |command: &mut Command| {
        let output = command.output().expect("the command runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for part in ["src", "tools", "foundry.toml"] {
        run(Command::new("cp")
            .arg("-r")
            .arg(contracts.join(part))
            .arg(&copy));
    }
    std::os::unix::fs::symlink(&modules, copy.join("node_modules")).expect("links");
    let patch = contracts.join("test/weakened/t01.patch");
    run(Command::new("git")
        .arg("apply")
        .arg(&patch)
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder));
    run(Command::new(&forge)
        .args(["build", "src/accrual/Reserve.sol"])
        .current_dir(&copy));
    Some(
        copy.join("out/Reserve.sol/Reserve.json")
            .display()
            .to_string(),
    )
}

#[test]
fn a_reserve_that_rounds_redemption_up_is_noticed() {
    let folder = tempfile::tempdir().expect("folder");
    let Some(artifact) = weakened_reserve(folder.path()) else {
        return;
    };
    let run = up(
        folder.path(),
        &[
            "--bars",
            BARS,
            "--seed",
            "1",
            "--reserve-artifact",
            &artifact,
        ],
    );
    assert_eq!(run.code, 6, "{}", run.stderr);
    assert!(run.stderr.contains("floor falls"), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).expect("its report all the same");
    assert!(count(&report["floor_falls"]) > 0);
    assert!(
        report["first_fall"]
            .as_str()
            .expect("words")
            .starts_with("MOLE: the floor of asset 0 fell")
    );
}
