//! Recorded crises: a short stretch of 12 March 2020 with the real services, killed and deceived, and what must be zero.

use std::path::Path;

use ballast_testkit::data_dir;
use serde_json::Value;

use crate::world::{Run, anvil_path, program, root};

/// The program on a stretch of 12 March 2020; none where nothing is recorded.
#[allow(clippy::print_stderr)] // Whoever runs the tests must know what was skipped.
fn black_thursday(folder: &Path, args: &[&str]) -> Option<Run> {
    let Some(data) = data_dir() else {
        eprintln!("skipped: no recorded data; name its folder with BALLAST_DATA");
        return None;
    };
    let modules = root().join("contracts/node_modules").display().to_string();
    let (anvil, data) = (anvil_path(), data.display().to_string());
    let environment = [
        ("BALLAST_ANVIL", anvil.as_str()),
        ("BALLAST_PEERS", modules.as_str()),
        ("BALLAST_DATA", data.as_str()),
    ];
    let fixed = ["up", "--once", "--json", "--scenario", "black-thursday"];
    // From 10:00 on: the hour in which ether lost a quarter.
    let stretch = ["--skip-hours", "10", "--hours", "1"];
    Some(program(
        folder,
        &[&fixed[..], &stretch, args].concat(),
        &environment,
    ))
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

/// What no run may show, whatever goes wrong.
fn must_hold(preset: &Value) {
    for name in ["zero_bids", "duplicate_sends", "mismatches"] {
        let why = (&preset["first_mismatch"], &preset["first_zero_bid"]);
        assert_eq!(count(&preset[name]), 0, "{name}: {why:?}");
    }
    let deficit = &preset["deficit"];
    assert_eq!(deficit["adds_up"], true, "{deficit}");
    assert_eq!(count(&deficit["order_breaks"]), 0, "{deficit}");
    assert!(count(&preset["model_comparisons"]) > 100);
    assert!(count(&preset["index"]["comparisons"]) > 100);
    assert_eq!(count(&preset["index"]["mismatches"]), 0);
    assert!(
        count(&preset["control"]["zero_bids"]) > 0,
        "{}",
        preset["control"]
    );
}

#[test]
fn a_fall_is_survived_by_services_that_are_killed_and_deceived() {
    let folder = tempfile::tempdir().expect("folder");
    let args = [
        "--preset",
        "high-efficiency",
        "--vaults",
        "60",
        "--kill",
        "2",
        "--faults",
    ];
    let Some(run) = black_thursday(folder.path(), &args) else {
        return;
    };
    let report = report(&run);
    let preset = &report["presets"][0];
    must_hold(preset);
    assert_eq!(preset["processes"], true);
    assert!(count(&preset["liquidations"]) > 0);
    assert!(count(&preset["keeper_sends"]) > 0);
    assert!(count(&preset["oracle_sends"]) > 0);
    for name in ["node-0", "node-1", "node-2", "node-3", "keeper"] {
        assert_eq!(count(&preset["kills"][name]), 2, "{name}");
    }
    let faults = preset["faults"].as_object().expect("faults by name");
    assert!(faults.keys().any(|name| name.starts_with("venue: ")));
    assert!(faults.keys().any(|name| name.starts_with("endpoint: ")));
    assert!(count(&preset["outages_injected"]) >= 10);
    assert_eq!(preset["outages_survived"], preset["outages_injected"]);
}

#[test]
fn equal_seeds_give_equal_crises_where_no_process_is_involved() {
    let folder = tempfile::tempdir().expect("folder");
    let args = |seed: &'static str| ["--inline", "--vaults", "40", "--seed", seed];
    let Some(first) = black_thursday(folder.path(), &args("5")) else {
        return;
    };
    let again = black_thursday(folder.path(), &args("5")).expect("there is data");
    let other = black_thursday(folder.path(), &args("6")).expect("there is data");
    assert_eq!(report(&first), report(&again));
    assert_ne!(report(&first), report(&other));
    let both = report(&first);
    let presets = both["presets"].as_array().expect("presets");
    assert_eq!(presets.len(), 2);
    assert_eq!(presets[0]["debt_start"], presets[1]["debt_start"]);
    for preset in presets {
        must_hold(preset);
    }
    let in_all = |name: &str| presets.iter().map(|one| count(&one[name])).sum::<u64>();
    assert!(in_all("liquidations") > 0);
    assert!(in_all("redemptions") > 0);
}

#[test]
fn a_page_shows_both_presets_beside_each_other() {
    let folder = tempfile::tempdir().expect("folder");
    let page = folder.path().join("crisis.html");
    let named = page.display().to_string();
    let args = ["--inline", "--vaults", "20", "--page", &named];
    let Some(run) = black_thursday(folder.path(), &args) else {
        return;
    };
    let report = report(&run);
    let text = std::fs::read_to_string(&page).expect("a page");
    for shown in [
        "high-efficiency",
        "high-security",
        "zero bids",
        "black-thursday",
    ] {
        assert!(text.contains(shown), "{shown} is missing");
    }
    assert!(
        !text.contains("src="),
        "a page that stands alone loads nothing"
    );
    let liquidations = report["presets"][0]["liquidations"].to_string();
    assert!(
        text.contains(&format!(">{liquidations}<")),
        "{liquidations}"
    );
}

#[test]
fn what_a_crisis_cannot_be_played_with_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("folder");
    let refuse = |args: &[&str], data: &str, why: &str| {
        let fixed = ["up", "--scenario", "black-thursday"];
        let run = program(
            folder.path(),
            &[&fixed[..], args].concat(),
            &[("BALLAST_DATA", data)],
        );
        assert_ne!(run.code, 0, "{}", run.line);
        assert!(run.stderr.contains(why), "{}: {}", run.line, run.stderr);
    };
    refuse(
        &["--once", "--vaults", "5"],
        "",
        "vaults: 5 is outside 10 to 5000",
    );
    refuse(&[], "", "scenario: a crisis is played once");
    refuse(
        &["--once"],
        "nowhere",
        "scenario: nowhere holds no recorded crises",
    );
    refuse(&["--once", "--inline", "--kill", "3"], "", "--inline");
    if let Some(data) = data_dir() {
        let data = data.display().to_string();
        refuse(
            &["--once", "--skip-hours", "100"],
            &data,
            "skip-hours: 100, of black-thursday only 47 hours are recorded",
        );
    }
}
