//! The store holds what the chain holds.

use serde_json::Value;

use crate::world::{Run, World, example};

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[tokio::test]
async fn events_are_indexed_once_and_every_sum_agrees() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    world.must(&["burn", "WORK", "1000"]);
    world.must(&["borrow", "WORK", "--collateral", "1000", "--max"]);
    world.must(&["redeem", "WORK", "500"]);
    let index = ["--json", "index", "--once", "--store", "sqlite:index/store"];
    let first = json(&world.must(&index));
    assert_eq!(first["mismatches"], 0, "{first}");
    assert!(
        first["events_indexed"].as_u64().expect("a count") > 5,
        "{first}"
    );
    assert!(
        first["comparisons"].as_u64().expect("a count") > 5,
        "{first}"
    );
    world.must(&["repay", "WORK", "1"]);
    let second = json(&world.must(&index));
    assert_eq!(second["mismatches"], 0, "{second}");
    assert!(second["events_indexed"].as_u64() < first["events_indexed"].as_u64());
    let third = json(&world.must(&index));
    assert_eq!(third["events_indexed"], 0, "{third}");
    world.must(&[
        "index",
        "--once",
        "--store",
        "sqlite:index/store",
        "--reindex",
        "loans",
    ]);
    let backup = ["backup", "--store", "sqlite:index/store", "copy"];
    world.must(&backup);
    assert_eq!(
        world.must_fail(&backup).await.code,
        2,
        "it replaces nothing"
    );
    let copied = world.must(&["--json", "index", "--once", "--store", "sqlite:copy"]);
    assert_eq!(json(&copied)["events_indexed"], 0, "the copy is whole");
    let elsewhere = ["backup", "--store", "postgres://host/x", "y"];
    let elsewhere = world.must_fail(&elsewhere).await;
    assert!(elsewhere.stderr.contains("pg_dump"), "{}", elsewhere.stderr);
    let unknown = ["index", "--once", "--reindex", "nothing"];
    assert_eq!(world.must_fail(&unknown).await.code, 2);
    let nowhere = ["index", "--once", "--store", "mysql://host"];
    assert_eq!(world.must_fail(&nowhere).await.code, 2);
}
