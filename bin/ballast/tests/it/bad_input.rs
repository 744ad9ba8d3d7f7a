//! Whatever is wrong gives one line naming the field and the limit, a non-zero exit, and sends nothing.

use alloy::primitives::U256;
use alloy::sol_types::SolValue;
use ballast_chain::deploy;

use crate::world::{Run, World, example, root};

fn worked() -> String {
    std::fs::read_to_string(example("worked-example.toml")).expect("reads")
}

fn taxed() -> String {
    std::fs::read_to_string(example("pool-tax.toml")).expect("reads")
}

async fn refused(world: &World, text: &str, from: &str, to: &str) -> Run {
    assert!(text.contains(from), "{from}");
    let file = world.write("bad.toml", &text.replacen(from, to, 1));
    world.must_fail(&["launch", &file]).await
}

#[tokio::test]
async fn launches_out_of_bounds() {
    let world = World::new().await;
    let rich = world.write(
        "rich.toml",
        &worked().replace("seed = \"100\"", "seed = \"20000\""),
    );
    let eoa = "asset = \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"";
    let runs = [
        refused(&world, &worked(), "supply = \"1000000\"", "supply = \"0\"").await,
        refused(
            &world,
            &worked(),
            "seed = \"100\"",
            "seed = \"0.0000000000000000001\"",
        )
        .await,
        world.must_fail_as("2", &["launch", &rich]).await,
        refused(&world, &worked(), "asset = \"native\"", eoa).await,
        refused(&world, &worked(), "symbol", "ticker").await,
        refused(
            &world,
            &taxed(),
            "max_sell_fee = \"5 %\"",
            "max_sell_fee = \"10.5 %\"",
        )
        .await,
        refused(
            &world,
            &taxed(),
            "sell_fee = \"3 %\"",
            "sell_fee = \"5.01 %\"",
        )
        .await,
        refused(&world, &taxed(), "reserve = \"70 %\"", "reserve = \"60 %\"").await,
        world.must_fail(&["launch", "missing.toml"]).await,
    ];
    insta::assert_snapshot!("launches_out_of_bounds", world.transcript(&runs));
}

#[tokio::test]
async fn a_backing_asset_that_charges_on_transfer_is_refused_before_anything_is_sent() {
    let world = World::new().await;
    let modules = root().join("contracts/node_modules");
    let code = deploy::peer_code(
        Some(&modules),
        "@uniswap/v2-periphery/build/DeflatingERC20.json",
    )
    .expect("code");
    let supply = U256::from(1_000) * U256::from(10).pow(U256::from(18));
    let asset = world
        .create([&code[..], &supply.abi_encode()].concat().into())
        .await;
    let named = format!("asset = \"{asset}\"");
    let run = refused(&world, &worked(), "asset = \"native\"", &named).await;
    assert_eq!(run.code, 4);
    insta::assert_snapshot!("charges_on_transfer", world.transcript(&[run]));
}

#[tokio::test]
async fn amounts_tokens_and_loans_that_do_not_exist() {
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    let other = worked()
        .replace("enabled = true", "enabled = false")
        .replace("WORK", "CLOSED");
    world.must(&["launch", &world.write("closed.toml", &other)]);
    let runs = [
        world.must_fail(&["backing", "NOPE"]).await,
        world.must_fail(&["--json", "backing", "NOPE"]).await,
        world
            .must_fail(&["backing", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"])
            .await,
        world
            .must_fail(&["burn", "WORK", "0.0000000000000000001"])
            .await,
        world.must_fail(&["burn", "WORK", "1000001"]).await,
        world.must_fail(&["burn", "WORK", "many"]).await,
        world.must_fail(&["redeem", "CLOSED", "1"]).await,
        world.must_fail_as("1", &["redeem", "WORK", "1"]).await,
        world
            .must_fail(&["redeem", "WORK", "1", "--forgo", "WETH"])
            .await,
        world
            .must_fail(&[
                "borrow",
                "WORK",
                "--collateral",
                "1000",
                "--principal",
                "0.096",
            ])
            .await,
        world
            .must_fail(&[
                "borrow",
                "WORK",
                "--collateral",
                "1000",
                "--principal",
                "DAI=1",
            ])
            .await,
        world
            .must_fail(&["borrow", "WORK", "--collateral", "0", "--max"])
            .await,
        world.must_fail(&["repay", "WORK", "7"]).await,
        world.must_fail(&["repay", "WORK", "seven"]).await,
        world.must_fail_as("2", &["donate", "WORK", "10001"]).await,
        world.must_fail(&["bid", "WORK", "1"]).await,
        world.must_fail(&["fees", "show", "WORK"]).await,
        world
            .must_fail(&[
                "backing",
                "WORK",
                "--log-span",
                "2",
                "--manifest",
                "nowhere.toml",
            ])
            .await,
    ];
    insta::assert_snapshot!("bad_amounts_and_names", world.transcript(&runs));
}

#[tokio::test]
async fn chains_and_keys_that_do_not_fit() {
    let world = World::new().await;
    let path = world.folder().join(".state/manifest.toml");
    let manifest = std::fs::read_to_string(&path).expect("reads");
    let elsewhere = world.write(
        "elsewhere.toml",
        &manifest.replace("chain_id = 31337", "chain_id = 56"),
    );
    let start = manifest.find("genesis_hash = \"0x").expect("hash") + "genesis_hash = \"0x".len();
    let (before, after) = manifest.split_at(start);
    let anew = world.write("anew.toml", &format!("{before}{}{}", "00", &after[2..]));
    let cut = world.write("cut.toml", "name = \"x\"");
    let runs = [
        world.must_fail(&["tokens", "--manifest", &elsewhere]).await,
        world.must_fail(&["tokens", "--manifest", &anew]).await,
        world.must_fail(&["tokens", "--manifest", &cut]).await,
        world
            .must_fail(&["tokens", "--rpc", "http://127.0.0.1:1"])
            .await,
        world
            .must_fail(&["tokens", "--rpc", "ws://127.0.0.1:1"])
            .await,
        world.must_fail(&["verify", "--manifest", &elsewhere]).await,
        world.must_fail(&["deploy", "--with-peers"]).await,
        world.must_fail(&["tokens", "--config", "none.toml"]).await,
    ];
    insta::assert_snapshot!("chains_and_keys", world.transcript(&runs));
}
