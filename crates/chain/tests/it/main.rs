//! The crate against a real local chain.

mod killed;
mod outbox;
mod party;
mod quorum;

use std::net::TcpListener;
use std::path::PathBuf;

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::{Erc20, WrappedNative};
use ballast_chain::anvil::{Anvil, AnvilOptions};
use ballast_chain::sender::{Sender, Step};
use ballast_chain::{ChainError, Endpoint, Manifest, deploy, devnet, keys};

async fn local() -> (Anvil, Sender) {
    let anvil = Anvil::start(&AnvilOptions::default()).expect("anvil starts");
    let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
    let key = keys::dev_account(0, endpoint.chain_id()).expect("key");
    (anvil, Sender::new(endpoint, key, None))
}

async fn deployed() -> (Anvil, Sender, Manifest) {
    let (anvil, sender) = local().await;
    let peers = deploy::peers(&sender, None, |_| {}).await.expect("peers");
    let manifest = deploy::system(&sender, "test", peers, |_| {})
        .await
        .expect("system");
    (anvil, sender, manifest)
}

#[test]
fn a_missing_anvil_is_named() {
    let options = AnvilOptions {
        program: Some(PathBuf::from("/nowhere/anvil")),
        ..AnvilOptions::default()
    };
    let error = Anvil::start(&options).unwrap_err();
    assert!(matches!(error, ChainError::AnvilMissing { .. }), "{error}");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("address").port();
    let error = Anvil::start(&AnvilOptions {
        port: Some(port),
        ..AnvilOptions::default()
    })
    .unwrap_err();
    assert!(
        matches!(error, ChainError::PortInUse { port: named } if named == port),
        "{error}"
    );
}

#[tokio::test]
async fn a_chain_ends_with_its_owner_and_keeps_its_state_on_request() {
    let folder = tempfile::tempdir().expect("folder");
    let options = AnvilOptions {
        state: Some(folder.path().join("chain.json")),
        ..AnvilOptions::default()
    };
    let account = Address::repeat_byte(7);
    let anvil = Anvil::start(&options).expect("starts");
    let url = anvil.url();
    let endpoint = Endpoint::connect(&url).await.expect("connects");
    devnet::set_balance(&endpoint, account, U256::from(42))
        .await
        .expect("sets");
    devnet::mine(&endpoint).await.expect("mines");
    let before = endpoint.tip().await.expect("tip");
    anvil.stop();
    assert!(
        Endpoint::connect(&url).await.is_err(),
        "anvil outlived its owner"
    );
    let anvil = Anvil::start(&options).expect("starts again");
    let endpoint = Endpoint::connect(&anvil.url())
        .await
        .expect("connects again");
    assert_eq!(
        endpoint.native_balance(account).await.expect("reads"),
        U256::from(42)
    );
    assert_eq!(endpoint.tip().await.expect("tip"), before);
}

#[tokio::test]
async fn a_deployment_verifies_and_a_touched_one_does_not() {
    let (_anvil, sender, mut manifest) = deployed().await;
    let key = keys::dev_account(0, manifest.chain_id).expect("key");
    manifest.sign(&key).expect("signs");
    let endpoint = sender.endpoint();
    manifest
        .expect_chain(endpoint)
        .await
        .expect("its own chain");
    let checks = manifest.verify(endpoint, None).await.expect("reads");
    assert!(checks.iter().all(|check| check.holds), "{checks:?}");
    manifest.contracts.factory.address = Address::repeat_byte(1);
    let failed = manifest.verify(endpoint, None).await.expect("reads");
    let names: Vec<_> = failed
        .iter()
        .filter(|check| !check.holds)
        .map(|check| check.subject.clone())
        .collect();
    assert_eq!(names.len(), 2, "signature and factory, not {names:?}");
}

#[tokio::test]
async fn another_chain_of_the_same_id_is_told_apart() {
    let (_anvil, _, manifest) = deployed().await;
    let (_other_anvil, other) = local().await;
    let error = manifest.expect_chain(other.endpoint()).await.unwrap_err();
    assert!(matches!(error, ChainError::OtherHistory { .. }), "{error}");
    let mut elsewhere = manifest;
    elsewhere.chain_id = 1;
    let error = elsewhere.expect_chain(other.endpoint()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is chain 31337, but the manifest is for chain 1"),
        "{error}"
    );
}

#[tokio::test]
async fn steps_are_simulated_together_and_a_revert_costs_nothing() {
    let (_anvil, sender, manifest) = deployed().await;
    let endpoint = sender.endpoint();
    let weth = manifest.contracts.wrapped_native.address;
    let one = U256::from(10).pow(U256::from(18));
    let deposit =
        Step::call("wrap", weth, WrappedNative::depositCall {}.abi_encode()).with_value(one);
    let transfer = |amount| {
        Step::call(
            "move",
            weth,
            Erc20::transferCall {
                to: Address::repeat_byte(9),
                amount,
            }
            .abi_encode(),
        )
    };
    let tip = endpoint.tip().await.expect("tip");
    let error = sender
        .execute(&[deposit.clone(), transfer(one + U256::ONE)], |_, _| {})
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ChainError::Reverted { action, .. } if action == "move"),
        "{error}"
    );
    assert_eq!(
        endpoint.tip().await.expect("tip"),
        tip,
        "something was sent"
    );
    let receipts = sender
        .execute(&[deposit, transfer(one)], |_, _| {})
        .await
        .expect("both succeed");
    assert_eq!(receipts.len(), 2);
}

#[tokio::test]
async fn a_revert_among_several_steps_keeps_its_values() {
    let (_anvil, sender, manifest) = deployed().await;
    let empty = Launchpad::LaunchParams {
        name: String::new(),
        symbol: "X".into(),
        supply: U256::ONE,
        owner: sender.address(),
        guardian: Address::ZERO,
        assets: vec![],
        seeds: vec![],
        terms: Launchpad::Terms {
            redeemable: false,
            redeemFeeBps: 0,
            ltvBps: 0,
            termFeeBps: 0,
            flashFeeBps: 0,
            termSecs: 0,
            graceSecs: 0,
            dripSecs: 0,
        },
        path: 0,
        pool: Launchpad::PoolParams {
            tokens: U256::ZERO,
            assets: U256::ZERO,
            lockUntil: U256::ZERO,
        },
        fees: Launchpad::FeeParams {
            maxBuyBps: 0,
            maxSellBps: 0,
            buyBps: 0,
            sellBps: 0,
            startMultiple: U256::ZERO,
            split: Launchpad::Split {
                reserveBps: 0,
                burnBps: 0,
                liquidityBps: 0,
                recipients: vec![],
            },
        },
        salt: Default::default(),
    };
    let launchpad = manifest.contracts.launchpad.address;
    let bad = Step::call(
        "launch",
        launchpad,
        Launchpad::launchCall { params: empty }.abi_encode(),
    );
    let weth = manifest.contracts.wrapped_native.address;
    let fine = Step::call("wrap", weth, WrappedNative::depositCall {}.abi_encode());
    for steps in [vec![bad.clone()], vec![fine, bad]] {
        let error = sender.simulate(&steps).await.unwrap_err();
        let revert = error
            .revert()
            .and_then(|revert| revert.custom())
            .expect("a custom error");
        assert_eq!(
            (revert.name.as_str(), revert.field("param")),
            ("ParamMissing", Some("name"))
        );
    }
}

#[tokio::test]
async fn the_price_of_gas_has_a_limit_and_funds_are_checked() {
    let (_anvil, sender) = local().await;
    let key = keys::dev_account(1, 31_337).expect("key");
    let thrifty = Sender::new(sender.endpoint().clone(), key, Some(1));
    let step = Step {
        label: "pay".into(),
        to: Some(Address::repeat_byte(3)),
        data: vec![].into(),
        value: U256::ONE,
    };
    let error = thrifty.send(&step).await.unwrap_err();
    assert!(
        matches!(error, ChainError::FeeOverLimit { max_wei: 1, .. }),
        "{error}"
    );
    devnet::set_balance(sender.endpoint(), sender.address(), U256::from(5))
        .await
        .expect("sets");
    let error = sender.send(&step).await.unwrap_err();
    assert!(error.to_string().contains("sender"), "{error}");
}
