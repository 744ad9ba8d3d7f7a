//! The peg module and the backstop from the command line: in and out, a loss, who pays it, and the wait.

use alloy::primitives::U256;

use crate::world::{World, example};

const CUSTODY_DECIMALS: u8 = 6;
const DAY_SECS: u64 = 86_400;
const ACCOUNT_1: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const NOBODY: &str = "0x0000000000000000000000000000000000000000";

/// The example's synthetic with a peg module of its own custody token, whose address it gives.
async fn world() -> (World, String) {
    let world = World::new().await;
    let supply = U256::from(1_000_000) * U256::from(10).pow(U256::from(CUSTODY_DECIMALS));
    let cash = world.asset("Cash", "CASH", CUSTODY_DECIMALS, supply).await;
    let text = std::fs::read_to_string(example("synthetic.toml")).expect("reads");
    let source = "[[peg.price.source]]\ndev = \"1\"\nheartbeat = \"12 days\"\nleast = \"0.5\"\nmost = \"2\"\n";
    let peg = format!(
        "\n[peg]\ncustody = \"{cash}\"\nfee_in = \"0.6 %\"\nfee_out = \"0.1 %\"\ncap = \"100000\"\n\n{}",
        [source; 3].join("\n")
    );
    let file = world.write("pegged.toml", &format!("{text}{peg}"));
    world.must(&["vault", "deploy", &file]);
    (world, cash.to_string())
}

#[tokio::test]
async fn the_peg_module_is_entered_left_and_marked() {
    let (world, cash) = world().await;
    let mut runs = vec![
        world.must(&["peg", "show"]),
        world.must(&["peg", "enter", "20000", "--dry-run"]),
        world.must(&["peg", "enter", "20000"]),
        world.must(&["--json", "peg", "exit", "1000", "--min-received", "999"]),
        world.must(&["peg", "exit", "500", "--to", ACCOUNT_1]),
        world.must_fail(&["peg", "mark"]).await,
    ];
    world.must(&["oracle", "set", &cash, "0.9", "--settle"]);
    runs.extend([
        world.must(&["peg", "show"]),
        world.must_fail(&["peg", "enter", "100"]).await,
        world.must(&["peg", "mark"]),
        world.must(&["peg", "exit", "100"]),
        world
            .must_fail(&["peg", "exit", "100", "--min-received", "95"])
            .await,
    ]);
    world.must(&["oracle", "set", &cash, "1", "--settle"]);
    runs.extend([
        world.must(&["--json", "peg", "mark"]),
        world.must(&["--json", "peg", "show"]),
    ]);
    insta::assert_snapshot!("peg", world.transcript(&runs));
}

#[tokio::test]
async fn the_backstop_is_entered_left_and_pays_what_interest_leaves() {
    let (world, cash) = world().await;
    world.must(&["peg", "enter", "20000"]);
    let mut runs = vec![
        world.must(&["backstop", "deposit", "1000", "--dry-run"]),
        world.must(&["backstop", "deposit", "1000"]),
        world.must_fail(&["backstop", "withdraw", "0"]).await,
        world.must(&["backstop", "cancel", "0"]),
        world.must_fail(&["backstop", "cancel", "0"]).await,
        world.must(&["--json", "backstop", "deposit", "1500"]),
        world.must(&["backstop", "show"]),
    ];
    world.pass(4 * DAY_SECS).await;
    runs.extend([
        world.must(&["backstop", "withdraw", "0"]),
        world.must(&["backstop", "request", "500"]),
        world.must_fail(&["backstop", "cover", "peg"]).await,
    ]);
    world.must(&["oracle", "set", &cash, "0.9", "--settle"]);
    world.must(&["peg", "mark"]);
    runs.extend([
        world.must(&["backstop", "cover", "peg", "600"]),
        world.must(&["backstop", "show"]),
    ]);
    world.pass(4 * DAY_SECS).await;
    runs.extend([
        world.must(&["--json", "backstop", "withdraw", "2"]),
        world.must_fail(&["backstop", "withdraw", "2"]).await,
        world.must(&["--json", "backstop", "show", "--epochs", "8"]),
        // The loss takes all that is left; shares that are worth nothing are not sold.
        world.must(&["backstop", "cover", "peg"]),
        world.must_fail(&["backstop", "cover", "peg"]).await,
        world.must(&["backstop", "deposit", "10"]),
    ]);
    insta::assert_snapshot!("backstop", world.transcript(&runs));
}

#[tokio::test]
async fn a_loss_that_interest_pays_is_collected_and_not_covered() {
    let (world, cash) = world().await;
    world.must(&["peg", "enter", "20000"]);
    world.must(&["backstop", "deposit", "1000"]);
    world.must(&["vault", "open", "0", "100", "80000"]);
    world.pass(4 * DAY_SECS).await;
    world.must(&["backstop", "withdraw", "0"]);
    let nothing = world.must_fail(&["backstop", "cover", "0"]).await;
    // Five or so under the ledger, where interest of four days is seventeen.
    world.must(&["oracle", "set", &cash, "0.9888", "--settle"]);
    world.must(&["peg", "mark"]);
    let runs = [
        nothing,
        world.must_fail(&["backstop", "cover", "peg"]).await,
        world.must_fail(&["backstop", "cover", "peg", "0"]).await,
        world.must(&["backstop", "collect"]),
        world.must_fail(&["backstop", "cover", "peg"]).await,
    ];
    insta::assert_snapshot!("backstop_interest_pays", world.transcript(&runs));
}

#[tokio::test]
async fn amounts_and_names_of_the_parts_that_do_not_fit() {
    let world = World::new().await;
    let none = world.must_fail(&["peg", "show"]).await;
    world.must(&["vault", "deploy", &example("synthetic.toml")]);
    let bare = world.must_fail(&["peg", "enter", "1"]).await;
    let (world, _) = self::world().await;
    let runs = [
        none,
        bare,
        world.must_fail(&["peg", "enter", "0"]).await,
        world.must_fail(&["peg", "enter", "1.0000001"]).await,
        world
            .must_fail(&["peg", "enter", "1", "--to", NOBODY])
            .await,
        world.must_fail(&["peg", "enter", "200000"]).await,
        world.must_fail_as("1", &["peg", "enter", "1"]).await,
        world.must_fail(&["peg", "exit", "1"]).await,
        world
            .must_fail(&["peg", "enter", "1", "--min-received", "1"])
            .await,
        world.must_fail(&["peg", "show", "--synth", "EUSD"]).await,
        world.must_fail(&["backstop", "deposit", "1"]).await,
        world.must_fail(&["backstop", "request", "1"]).await,
        world.must_fail(&["backstop", "request", "all"]).await,
        world.must_fail(&["backstop", "cancel", "7"]).await,
        world.must_fail(&["backstop", "withdraw", "7"]).await,
        world.must_fail(&["backstop", "cover", "3"]).await,
        world
            .must_fail(&["backstop", "show", "--epochs", "0"])
            .await,
    ];
    insta::assert_snapshot!("parts_bad_input", world.transcript(&runs));
}
