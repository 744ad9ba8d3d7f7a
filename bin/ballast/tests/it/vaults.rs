//! Synthetics and vaults, from their deployment to a loss that is paid.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolValue;
use ballast_bindings::Artifact;

use crate::world::{Run, World, example, root};

const GOLD_OF_EXAMPLE: &str = "0x68749665FF8D2d112Fa859AA293F07A622782F38";
const CASH_OF_EXAMPLE: &str = "0x1aBaEA1f7C830bD89Acc67eC4af516284b1bC33c";
const NOBODY: &str = "0x0000000000000000000000000000000000000000";
const ACCOUNT_1: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const ACCOUNT_2: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

async fn world() -> World {
    let world = World::new().await;
    world.must(&["vault", "deploy", &example("synthetic.toml")]);
    world
}

fn must_as(world: &World, account: &str, args: &[&str]) -> Run {
    let run = world.run_as(account, args);
    assert_eq!(run.code, 0, "{}\n{}", run.line, run.stderr);
    run
}

#[tokio::test]
async fn a_synthetic_is_deployed_with_its_parts_and_verified() {
    let world = World::new().await;
    let runs = [
        world.must(&["vault", "deploy", &example("synthetic.toml"), "--dry-run"]),
        world.must(&["vault", "deploy", &example("synthetic.toml")]),
        world.must(&["verify"]),
        world.must(&["oracle", "show"]),
        world.must(&["vault", "markets"]),
        world.must(&["--json", "vault", "markets"]),
        world.must(&["--json", "oracle", "show", "WETH"]),
        world
            .must_fail(&["vault", "deploy", &example("synthetic.toml")])
            .await,
        world
            .must_fail_as("1", &["vault", "deploy", &example("synthetic.toml")])
            .await,
    ];
    insta::assert_snapshot!("vault_deploy", world.transcript(&runs));
}

#[tokio::test]
async fn every_part_and_both_presets_are_deployed_from_one_file() {
    let world = World::new().await;
    let supply = U256::from(21_000_000) * U256::from(10).pow(U256::from(8));
    let gold = world.asset("Gold", "GOLD", 8, supply).await;
    let cash = world.asset("Cash", "CASH", 6, supply).await;
    let text = std::fs::read_to_string(example("every-synthetic-option.toml")).expect("reads");
    let text = text
        .replace(GOLD_OF_EXAMPLE, &gold.to_string())
        .replace(CASH_OF_EXAMPLE, &cash.to_string());
    let file = world.write("synthetic.toml", &text);
    let runs = [
        world.must(&["vault", "deploy", &file]),
        world.must(&["vault", "markets"]),
        world.must(&["oracle", "show", "GOLD"]),
        world.must(&["oracle", "show", &cash.to_string()]),
        world.must(&["vault", "open", "EURB/GOLD", "2", "--ratio", "250 %"]),
        world
            .must_fail(&["vault", "open", "EURB/GOLD", "1", "--ratio", "200 %"])
            .await,
        world.must(&["vault", "open", "EURB/WETH", "3", "1000"]),
        world.must(&["vault", "show"]),
        world.must(&["verify"]),
    ];
    insta::assert_snapshot!("vault_every_option", world.transcript(&runs));
}

#[tokio::test]
async fn feeds_that_exist_are_named_by_address_and_must_answer() {
    let world = World::new().await;
    let mut text = std::fs::read_to_string(example("synthetic.toml")).expect("reads");
    let mut feed = String::new();
    for _ in 0..3 {
        let args = (U256::from(8), U256::from(210_000_000_000_u64)).abi_encode_params();
        let code = [&Artifact::DevFeed.bytecode()[..], &args].concat();
        feed = world.create(code.into()).await.to_string();
        text = text.replacen("dev = \"2000\"", &format!("chainlink = \"{feed}\""), 1);
    }
    let account = text.replacen(&feed, ACCOUNT_1, 1);
    let manifest = std::fs::read_to_string(world.folder().join(".state/manifest.toml"));
    let manifest: toml::Table = manifest.expect("reads").parse().expect("toml");
    let token = manifest["contracts"]["wrapped_native"]["address"].as_str();
    let token = text.replacen(&feed, token.expect("address"), 1);
    let source = (
        feed.parse::<Address>().expect("address"),
        U256::from(18),
        U256::from(18),
        U256::ZERO,
        U256::from(u64::MAX),
    );
    let code = Artifact::ChainlinkSource.bytecode();
    let code = [&code[..], &source.abi_encode_params()].concat();
    let source = world.create(code.into()).await;
    let first = text.find("[[market.price.source]]").expect("a source");
    let second = text.rfind("[[market.price.source]]").expect("a source");
    let alone = format!("{}{}", &text[..first], &text[second..]);
    let third = alone[first..].find("chainlink = ").expect("a feed") + first;
    let alone = format!(
        "{}contract = \"{source}\"{}",
        &alone[..third],
        &alone[third + 56..]
    );
    let narrow = text.replacen("most = \"100000\"", "most = \"2100\"", 1);
    let runs = [
        world
            .must_fail(&["vault", "deploy", &world.write("account.toml", &account)])
            .await,
        world
            .must_fail(&["vault", "deploy", &world.write("token.toml", &token)])
            .await,
        world
            .must_fail(&["vault", "deploy", &world.write("narrow.toml", &narrow)])
            .await,
        world
            .must_fail(&["vault", "deploy", &world.write("alone.toml", &alone)])
            .await,
        world.must(&["vault", "deploy", &world.write("feeds.toml", &text)]),
        world.must(&["oracle", "show", "WETH"]),
    ];
    insta::assert_snapshot!("vault_feeds", world.transcript(&runs));
}

#[tokio::test]
async fn a_vault_is_opened_changed_and_closed() {
    let world = world().await;
    let runs = [
        world.must(&["vault", "open", "BUSD/WETH", "10", "12000"]),
        world.must(&["vault", "show"]),
        world.must(&["--json", "vault", "show"]),
        world.must(&[
            "vault",
            "adjust",
            "0",
            "--deposit",
            "1.5",
            "--repay",
            "2000",
        ]),
        world.must(&[
            "vault",
            "adjust",
            "0",
            "--withdraw",
            "2",
            "--mint",
            "500",
            "--to",
            ACCOUNT_1,
        ]),
        must_as(
            &world,
            "1",
            &["vault", "open", "0", "10", "--ratio", "200 %"],
        ),
        must_as(&world, "1", &["vault", "close", "0", "--dry-run"]),
        // Somebody else lends what the interest added.
        must_as(
            &world,
            "1",
            &[
                "vault",
                "adjust",
                "0",
                "--repay",
                "9000",
                "--for",
                &account(0),
            ],
        ),
        world.must(&["--json", "vault", "close", "0"]),
        world.must(&["vault", "show"]),
    ];
    insta::assert_snapshot!("vault_life", world.transcript(&runs));
}

fn account(index: u32) -> String {
    ballast_chain::keys::dev_account(index, ballast_chain::LOCAL_CHAIN_ID)
        .expect("key")
        .address()
        .to_string()
}

#[tokio::test]
async fn an_operator_acts_for_an_owner_until_it_may_not() {
    let world = world().await;
    world.must(&["vault", "open", "0", "10", "5000"]);
    let draw = [
        "vault",
        "adjust",
        "0",
        "--mint",
        "1000",
        "--for",
        &account(0),
    ];
    let runs = [
        world.must_fail_as("2", &draw).await,
        world.must(&["vault", "operator", ACCOUNT_2]),
        world
            .must_fail_as("2", &[&draw[..], &["--to", NOBODY]].concat())
            .await,
        must_as(&world, "2", &draw),
        must_as(&world, "2", &[&draw[..], &["--to", ACCOUNT_2]].concat()),
        world.must(&["vault", "operator", ACCOUNT_2, "--revoke"]),
        world.must_fail_as("2", &draw).await,
        must_as(
            &world,
            "2",
            &[
                "vault",
                "adjust",
                "0",
                "--deposit",
                "1",
                "--for",
                &account(0),
            ],
        ),
    ];
    insta::assert_snapshot!("vault_operator", world.transcript(&runs));
}

#[tokio::test]
async fn a_fall_is_flagged_taken_redeemed_written_off_and_paid() {
    let world = world().await;
    world.must(&["vault", "open", "0", "40", "30000"]);
    must_as(&world, "1", &["vault", "open", "0", "10", "15900"]);
    must_as(&world, "2", &["vault", "open", "0", "10", "10000"]);
    let mut runs = vec![
        world.must_fail(&["take", "0", ACCOUNT_1]).await,
        world.must_fail(&["vault", "flag", "0", ACCOUNT_1]).await,
        world.must(&["oracle", "set", "WETH", "1780"]),
        world
            .must_fail(&["vault", "adjust", "0", "--mint", "100"])
            .await,
        world.must(&["vault", "show", ACCOUNT_1]),
        world.must(&["vault", "flag", "0", ACCOUNT_1]),
        world.must(&["take", "0", ACCOUNT_1, ACCOUNT_2, "--max-paid", "2000"]),
        world.must(&["--json", "take", "BUSD/WETH", ACCOUNT_1]),
        world.must(&["redeem-synth", "0", ACCOUNT_2, "1000"]),
    ];
    // A deep fall at which the second vault's collateral is worth less than its debt.
    world.must(&["oracle", "set", "WETH", "820"]);
    runs.push(world.must_fail(&["book", "0", ACCOUNT_2]).await);
    runs.extend([
        world.must(&["oracle", "set", "WETH", "820", "--settle"]),
        world
            .must_fail(&["redeem-synth", "0", ACCOUNT_2, "1000"])
            .await,
        world.must(&["book", "0", ACCOUNT_2]),
        world.must(&["vault", "markets"]),
        world.must(&["vault", "collect"]),
        world.must(&["vault", "cover", "0", "100000"]),
        world.must(&["vault", "markets"]),
        world.must_fail(&["vault", "cover", "0", "1"]).await,
        world.must_fail(&["vault", "cover", "peg", "1"]).await,
    ]);
    insta::assert_snapshot!("vault_fall", world.transcript(&runs));
}

#[tokio::test]
async fn without_sources_debt_stays_as_it_is_until_they_answer_again() {
    let world = world().await;
    world.must(&["vault", "open", "0", "10", "12000"]);
    must_as(&world, "1", &["vault", "open", "0", "10", "15900"]);
    world.must(&["oracle", "set", "WETH", "1790", "--source", "1"]);
    let mut runs = vec![
        world.must(&["oracle", "show", "WETH"]),
        // One feed beyond its bounds and one that is too far from the other: nobody agrees.
        world.must(&["oracle", "set", "WETH", "200000", "--source", "2"]),
        world.must(&["oracle", "show", "WETH"]),
        world
            .must_fail(&["vault", "adjust", "0", "--mint", "100"])
            .await,
        world
            .must_fail(&["vault", "adjust", "0", "--withdraw", "1"])
            .await,
        world
            .must_fail(&["redeem-synth", "0", ACCOUNT_1, "100"])
            .await,
        world.must_fail(&["take", "0", ACCOUNT_1]).await,
        world.must(&["vault", "adjust", "0", "--deposit", "1", "--repay", "1000"]),
    ];
    world.pass(3_600).await;
    runs.extend([
        world.must(&["vault", "show", ACCOUNT_1]),
        world.must(&["oracle", "set", "WETH", "2000"]),
        // The price is safe again, and the next action needs nobody's leave.
        world.must(&["vault", "adjust", "0", "--mint", "100"]),
    ]);
    insta::assert_snapshot!("vault_without_prices", world.transcript(&runs));
}

#[tokio::test]
async fn vault_amounts_and_names_that_do_not_fit() {
    let world = World::new().await;
    let none = world.must_fail(&["vault", "markets"]).await;
    world.must(&["vault", "deploy", &example("synthetic.toml")]);
    world.must(&["vault", "open", "0", "10", "5000"]);
    let runs = [
        none,
        world.must_fail(&["vault", "open", "1", "1", "100"]).await,
        world
            .must_fail(&["vault", "open", "BUSD/DAI", "1", "100"])
            .await,
        world
            .must_fail(&["vault", "open", "EUSD/WETH", "1", "100"])
            .await,
        world
            .must_fail(&["vault", "markets", "--synth", "EUSD"])
            .await,
        world.must_fail(&["vault", "open", "0", "0", "100"]).await,
        world.must_fail(&["vault", "open", "0", "1"]).await,
        world.must_fail(&["vault", "open", "0", "1", "1e3"]).await,
        world
            .must_fail_as("1", &["vault", "open", "0", "1", "99"])
            .await,
        world
            .must_fail(&["vault", "open", "0", "1", "--ratio", "110 %"])
            .await,
        world
            .must_fail(&["vault", "open", "0", "1", "--ratio", "2"])
            .await,
        world
            .must_fail_as("1", &["vault", "open", "0", "1", "10000"])
            .await,
        world
            .must_fail_as("2", &["vault", "open", "0", "100000", "100"])
            .await,
        world
            .must_fail(&["vault", "open", "0", "1000", "250001"])
            .await,
        world
            .must_fail(&["vault", "open", "0", "1000", "246000"])
            .await,
        world.must_fail(&["vault", "adjust", "0"]).await,
        world
            .must_fail(&["vault", "adjust", "0", "--mint", "1", "--repay", "1"])
            .await,
        world
            .must_fail(&["vault", "adjust", "0", "--withdraw", "11"])
            .await,
        world
            .must_fail(&["vault", "adjust", "0", "--repay", "4950"])
            .await,
        world.must_fail_as("1", &["vault", "close", "0"]).await,
    ];
    insta::assert_snapshot!("vault_bad_input", world.transcript(&runs));
}

#[tokio::test]
async fn takers_redeemers_and_prices_that_do_not_fit() {
    let world = world().await;
    world.must(&["vault", "open", "0", "10", "5000"]);
    let runs = [
        world.must_fail_as("1", &["take", "0", ACCOUNT_2]).await,
        world
            .must_fail(&["take", "0", ACCOUNT_2, "--max-paid", "5001"])
            .await,
        world
            .must_fail(&["redeem-synth", "0", ACCOUNT_2, "5001"])
            .await,
        world
            .must_fail(&["redeem-synth", "0", ACCOUNT_2, "1"])
            .await,
        world.must_fail(&["book", "0", ACCOUNT_2]).await,
        world.must_fail(&["oracle", "show", "DAI"]).await,
        world
            .must_fail(&["oracle", "set", "WETH", "1", "--source", "4"])
            .await,
        world
            .must_fail_as("1", &["oracle", "set", "WETH", "1"])
            .await,
        world
            .must_fail(&["--json", "vault", "adjust", "0", "--mint", "20000"])
            .await,
    ];
    insta::assert_snapshot!("vault_bad_takes", world.transcript(&runs));
}

/// The commands of the page, each with the lines that it promises.
fn page() -> Vec<(Vec<String>, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("docs/vaults.md")).expect("reads");
    let mut commands: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut shown = false;
    for line in text.lines() {
        if line.starts_with("```") {
            shown = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ballast ").filter(|_| shown) {
            let command = command.replace("examples/", &example(""));
            commands.push((words(&command), Vec::new()));
        } else if let Some((_, lines)) = commands.last_mut().filter(|_| shown) {
            lines.push(line.to_owned());
        }
    }
    commands
}

/// The words of a command line, quotes kept together.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[tokio::test]
async fn the_page_about_vaults_shows_what_the_program_says() {
    let world = World::new().await;
    let commands = page();
    assert!(commands.len() > 15, "{} commands", commands.len());
    let mut missing = Vec::new();
    for (command, lines) in commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let run = world.run(&arguments);
        let refused = lines.iter().any(|line| line.starts_with("error: "));
        let said = format!("{}\n{}", run.stdout, run.stderr);
        let says = |line: &String| match line.strip_suffix("...") {
            Some(start) => said.lines().any(|one| one.starts_with(start)),
            None => said.lines().any(|one| one == line),
        };
        let unsaid: Vec<String> = lines.into_iter().filter(|line| !says(line)).collect();
        if (run.code == 0) == refused || !unsaid.is_empty() {
            missing.push(format!("{}\nmisses {unsaid:?} in\n{said}", run.line));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
