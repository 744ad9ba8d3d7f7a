//! A keeper from the command line: its desk, a dry run, and why nothing was done.

use serde_json::Value;

use crate::world::{World, example};

const ACCOUNT_0: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

async fn world() -> World {
    let world = World::new().await;
    world.must(&["vault", "deploy", &example("synthetic.toml")]);
    world.must(&["vault", "open", "BUSD/WETH", "10", "5000"]);
    world
}

#[tokio::test]
async fn a_desk_is_deployed_and_a_keeper_checked_with_it() {
    let world = world().await;
    let desk = world.must(&["--json", "keeper", "desk"]);
    let made: Value = serde_json::from_str(&desk.stdout).expect("json");
    let address = made["desk"].as_str().expect("an address");
    let text = format!("[[book]]\nsynthetic = \"BUSD\"\ndesk = \"{address}\"\n");
    let file = world.write("keeper.toml", &text);
    let run = world.must(&["keeper", "run", &file, "--check", "--yes"]);
    assert!(
        run.stdout.contains(ACCOUNT_0) && run.stdout.contains("BUSD"),
        "{}",
        run.stdout
    );
}

#[tokio::test]
async fn a_healthy_vault_is_explained_and_an_absent_one_refused() {
    let world = world().await;
    let told = world.must(&["keeper", "explain", ACCOUNT_0]);
    assert!(
        told.stdout
            .contains("it is healthy: nobody may take from it"),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout.contains("none has thought of it in this store"),
        "{}",
        told.stdout
    );
    let nobody = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
    let refused = world.must_fail(&["keeper", "explain", nobody]).await;
    assert!(
        refused.stderr.contains("has no vault there"),
        "{}",
        refused.stderr
    );
    let status = world.must(&["keeper", "status"]);
    assert!(
        status.stdout.contains("no keeper has written this store"),
        "{}",
        status.stdout
    );
}

#[tokio::test]
async fn a_file_that_is_not_in_order_is_refused_with_its_field_and_limit() {
    let world = world().await;
    for (text, message) in [
        ("poll_ms = 5", "poll_ms: must be 20 to 60000, not 5"),
        (
            "[[book]]\nsynthetic = \"NONE\"",
            "`NONE` is no synthetic of this deployment",
        ),
        ("nonsense = 1", "line 1: unknown field `nonsense`"),
    ] {
        let file = world.write("wrong.toml", text);
        let refused = world
            .must_fail(&["keeper", "run", &file, "--check", "--yes"])
            .await;
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
    let commented = std::fs::read_to_string(example("keeper.toml")).expect("reads");
    let file = world.write("example.toml", &commented);
    world.must(&["keeper", "run", &file, "--check", "--yes"]);
}
