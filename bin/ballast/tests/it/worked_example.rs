//! 100 in the reserve and 1,000,000 tokens are 0.0001 each; burn 500,000 and they are 0.0002.

use crate::world::{World, example};

#[tokio::test]
async fn the_worked_example_holds_through_contract_and_command_line() {
    let world = World::new().await;
    let runs = [
        world.must(&["launch", &example("worked-example.toml")]),
        world.must(&["backing", "WORK"]),
        world.must(&["burn", "WORK", "500000"]),
        world.must(&["backing", "WORK"]),
        world.must(&["--json", "backing", "WORK"]),
    ];
    assert!(runs[1].stdout.contains("floor per token    0.0001 WETH"));
    assert!(runs[3].stdout.contains("floor per token    0.0002 WETH"));
    insta::assert_snapshot!("worked_example", world.transcript(&runs));
}

#[tokio::test]
async fn redemption_pays_the_backing_less_the_fee() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    let runs = [
        world.must(&["redeem", "WORK", "1000", "--dry-run"]),
        world.must(&["redeem", "WORK", "1000", "--unwrap"]),
        world.must(&["--json", "redeem", "WORK", "2500.5"]),
        world.must(&["donate", "WORK", "3"]),
        world.must(&["tokens"]),
        world.must(&["--json", "tokens"]),
        world.must(&["verify"]),
    ];
    insta::assert_snapshot!("redemption", world.transcript(&runs));
}
