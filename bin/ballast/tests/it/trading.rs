//! Fees, the converter, and the guardian.

use alloy::primitives::U256;
use alloy::sol_types::SolCall;
use ballast_bindings::peers::Erc20;
use ballast_chain::Step;
use serde_json::Value;

use crate::world::{Run, World, example};

fn field(run: &Run, name: &str) -> alloy::primitives::Address {
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    json[name].as_str().expect(name).parse().expect(name)
}

/// Launches the sample with account 1 as guardian, and sells a little into its pool, so that fees arrive.
async fn traded(world: &World) -> Run {
    let text = std::fs::read_to_string(example("pool-tax.toml")).expect("reads");
    let guardian = "guardian = \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"\nsupply";
    let file = world.write("sample.toml", &text.replacen("supply", guardian, 1));
    let launched = world.must(&["--json", "launch", &file]);
    let sell = Erc20::transferCall {
        to: field(&launched, "pool"),
        amount: U256::from(50_000) * U256::from(10).pow(U256::from(18)),
    };
    let sender = world.sender(0).await;
    sender
        .send(&Step::call(
            "sell",
            field(&launched, "token"),
            sell.abi_encode(),
        ))
        .await
        .expect("sells");
    launched
}

#[tokio::test]
async fn fee_tokens_are_sold_for_the_reserve() {
    let world = World::new().await;
    let launched = traded(&world).await;
    let runs = [
        launched,
        world.must(&["backing", "SAMPLE"]),
        world.must(&["converter", "allocate", "SAMPLE"]),
        world.must(&["converter", "show", "SAMPLE"]),
        world.must_fail(&["converter", "burn-lot", "SAMPLE"]).await,
        world.must_fail(&["bid", "SAMPLE", "1001"]).await,
        world
            .must_fail(&["bid", "SAMPLE", "10", "--max-pay", "0.0001"])
            .await,
        world.must(&["--json", "bid", "SAMPLE", "--lot"]),
        world.must(&["claim", "SAMPLE"]),
        world.must_fail(&["claim", "SAMPLE"]).await,
        world.must(&["--json", "converter", "show", "SAMPLE"]),
    ];
    insta::assert_snapshot!("trading", world.transcript(&runs));
    world.pass(7_200).await;
    let runs = [
        world.must_fail(&["bid", "SAMPLE", "10"]).await,
        world.must(&["converter", "burn-lot", "SAMPLE"]),
        world
            .must_fail(&["converter", "add-liquidity", "SAMPLE"])
            .await,
    ];
    insta::assert_snapshot!("at_the_floor", world.transcript(&runs));
}

#[tokio::test]
async fn owner_and_guardian_do_what_they_may_and_no_more() {
    let world = World::new().await;
    traded(&world).await;
    let runs = [
        world.must(&["fees", "show", "SAMPLE"]),
        world
            .must_fail(&["fees", "set", "SAMPLE", "--buy", "6 %", "--sell", "1 %"])
            .await,
        world
            .must_fail_as(
                "1",
                &["fees", "set", "SAMPLE", "--buy", "1 %", "--sell", "1 %"],
            )
            .await,
        world.must(&["fees", "set", "SAMPLE", "--buy", "1 %", "--sell", "1 %"]),
        world.must(&["fees", "set", "SAMPLE", "--buy", "4 %", "--sell", "1 %"]),
        world.must(&["--json", "fees", "show", "SAMPLE"]),
        world
            .must_fail(&["pause", "SAMPLE", "--for", "2 days"])
            .await,
        world
            .must_fail_as("1", &["pause", "SAMPLE", "--for", "8 days"])
            .await,
        world.run_as("1", &["pause", "SAMPLE", "--for", "2 days"]),
        world
            .must_fail(&["borrow", "SAMPLE", "--collateral", "10", "--max"])
            .await,
        world.run_as("1", &["unpause", "SAMPLE"]),
        world.must_fail_as("1", &["unpause", "SAMPLE"]).await,
        world
            .must_fail_as("1", &["pause", "SAMPLE", "--for", "1 h"])
            .await,
        world
            .must_fail(&[
                "register-pool",
                "SAMPLE",
                "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            ])
            .await,
    ];
    insta::assert_snapshot!("owner_and_guardian", world.transcript(&runs));
}
