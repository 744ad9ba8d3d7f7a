//! A keeper on a local chain: it clears what falls, once, whatever its endpoints do.

use std::time::Duration;

use alloy::primitives::U256;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::Erc20;
use ballast_chain::devnet;
use ballast_chain::tx::TxError;
use ballast_keeper::serve::Page;
use ballast_keeper::{Keeper, KeeperError};
use ballast_model::vaults::PriceState;
use ballast_store::{AlertRaised, Decision, all};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};
use serde_json::json;

use crate::party::{Party, key, owner};

const FALLEN: u64 = 1_700_000;

/// Counted on the chain: the keeper used as many nonces as intents were mined, and every unhealthy vault was cleared.
async fn requires_once(party: &Party, keeper: &Keeper) {
    let figures = keeper.status().figures().sends;
    assert_eq!(figures.duplicate_sends, 0);
    let mined = party
        .sends()
        .await
        .into_iter()
        .filter(|send| send.hash.is_some())
        .count();
    assert_eq!(
        party.count().await,
        u64::try_from(mined).expect("few"),
        "a nonce for each intent"
    );
}

#[tokio::test]
async fn a_fall_is_cleared_through_the_desk_without_capital() {
    let party = Party::new(12).await;
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    keeper.pass().await.expect("passes");
    assert_eq!(keeper.status().figures().queued.len(), 0, "nothing to do");
    party.reprice(FALLEN, PriceState::Safe).await;
    let fallen = party.unhealthy(FALLEN).await;
    assert!(fallen > 4, "{fallen} are unhealthy");
    party.work(&mut keeper, FALLEN, 60).await;
    requires_once(&party, &keeper).await;
    let account = key().address();
    let gained = party
        .read(party.collateral, &Erc20::balanceOfCall { account })
        .await;
    assert!(gained > U256::ZERO, "the keeper keeps the profit");
    let left = party
        .read(
            party.collateral,
            &Erc20::balanceOfCall {
                account: party.desk,
            },
        )
        .await;
    assert_eq!(left, U256::ZERO, "the desk keeps nothing");
    let totals = party.read(party.book, &VaultBook::totalsCall {}).await;
    assert_eq!(totals.deficit, U256::ZERO);
}

#[tokio::test]
async fn a_dry_run_decides_and_sends_nothing() {
    let party = Party::new(6).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    let mut config = party.config("", "");
    config.dry_run = true;
    let mut keeper = party.keeper(config).await.expect("opens");
    keeper.pass().await.expect("passes");
    assert_eq!(party.count().await, 0);
    assert!(party.sends().await.is_empty());
    let decisions: Vec<Decision> = all(party.store.as_ref()).await.expect("reads");
    let would: Vec<&Decision> = decisions
        .iter()
        .filter(|one| one.action == "would_take")
        .collect();
    assert!(!would.is_empty(), "{decisions:?}");
    assert!(
        would
            .iter()
            .all(|one| one.profit.is_some() && one.reason.contains("discount"))
    );
    // A dry run holds no lock: the keeper itself may run beside it.
    party
        .keeper(party.config("", ""))
        .await
        .expect("opens beside it");
}

#[tokio::test]
async fn every_unhealthy_vault_has_a_decision_and_a_healed_one_another() {
    let party = Party::new(6).await;
    let mut keeper = party
        .keeper(party.config("", "[take]\nenabled = false\n[flag]\nenabled = true"))
        .await
        .expect("opens");
    party.reprice(FALLEN, PriceState::Safe).await;
    keeper.pass().await.expect("passes");
    let decisions: Vec<Decision> = all(party.store.as_ref()).await.expect("reads");
    let unhealthy = party.unhealthy(FALLEN).await;
    let of_vaults = |decisions: &[Decision], action: &str| {
        let vaults = decisions
            .iter()
            .filter(|one| one.subject.starts_with(&party.book.to_string()));
        vaults.filter(|one| one.action == action).count()
    };
    assert!(unhealthy > 0);
    assert_eq!(of_vaults(&decisions, "flag"), unhealthy);
    party.reprice(2_000_000, PriceState::Safe).await;
    for _ in 0..3 {
        party.mine().await;
        keeper.pass().await.expect("passes");
    }
    let decisions: Vec<Decision> = all(party.store.as_ref()).await.expect("reads");
    assert_eq!(of_vaults(&decisions, "skip"), unhealthy);
}

#[tokio::test]
async fn two_keepers_never_share_a_key() {
    let party = Party::new(1).await;
    let first = party.keeper(party.config("", "")).await.expect("opens");
    let second = party
        .keeper(party.config("", ""))
        .await
        .expect_err("the key is taken");
    assert!(matches!(
        second,
        KeeperError::Send(TxError::KeyInUse { .. })
    ));
    assert!(
        second
            .to_string()
            .contains("give this one a key of its own"),
        "{second}"
    );
    drop(first);
    party
        .keeper(party.config("", ""))
        .await
        .expect("the key is free again");
}

#[tokio::test]
async fn a_chain_of_the_same_number_with_another_history_is_refused() {
    let party = Party::new(1).await;
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    devnet::advance(&party.endpoint, 5).await.expect("goes on");
    keeper.step().await.expect("is the manifest's chain");
    drop(keeper);
    let mut manifest = party.manifest().await;
    manifest.genesis_hash = alloy::primitives::B256::repeat_byte(1);
    let mut keeper = party
        .keeper_of(manifest, party.config("", ""))
        .await
        .expect("opens");
    let refused = keeper.step().await.expect_err("is another chain");
    assert!(
        refused.to_string().contains("another chain of the same id"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_reorganisation_takes_the_mirror_back() {
    let party = Party::new(6).await;
    let mut keeper = party
        .keeper(party.config("", "[take]\nenabled = false\n[flag]\nenabled = false"))
        .await
        .expect("opens");
    keeper.pass().await.expect("passes");
    let snapshot = party.ask("evm_snapshot", json!([])).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    for index in 4..6 {
        let flag = VaultBook::flagCall {
            market: U256::ZERO,
            owner: owner(index),
        };
        party.must(party.book, &flag).await;
    }
    keeper.pass().await.expect("passes");
    let clocked = |keeper: &Keeper| {
        keeper.follower().mirrors()[0].markets()[0]
            .ladder
            .clocked()
            .count()
    };
    assert_eq!(clocked(&keeper), 2);
    party.ask("evm_revert", json!([snapshot])).await;
    devnet::advance(&party.endpoint, 50)
        .await
        .expect("another block");
    for _ in 0..8 {
        party.mine().await;
    }
    keeper.pass().await.expect("passes");
    assert_eq!(clocked(&keeper), 0);
    assert!(keeper.follower().taken_back() > 0 || keeper.follower().rebuilt() > 0);
}

#[tokio::test]
async fn s03_one_endpoint_of_three_may_do_whatever_it_likes() {
    let faults = [
        Fault::DropLog,
        Fault::ForgetLogs,
        Fault::OtherBlock,
        Fault::OtherParent,
        Fault::OtherState,
        Fault::Revert,
        Fault::Lie,
        Fault::Behind(5),
        Fault::Refuse,
        Fault::Stall,
        Fault::RateLimit,
        Fault::Cut,
        Fault::Disconnect,
        Fault::Half,
    ];
    let party = Party::new(10).await;
    let mut proxies = Vec::new();
    for _ in 0..3 {
        proxies.push(FaultyRpc::start(party.anvil.url()).await.expect("starts"));
    }
    let urls: Vec<String> = proxies
        .iter()
        .map(|proxy| format!("\"{}\"", proxy.url()))
        .collect();
    let config = party.config(&format!("rpc = [{}]", urls.join(", ")), "");
    assert_eq!(config.quorum, 2);
    // It begins before all of them answer.
    proxies[0].inject(Fault::Cut, Only::usual(), 40);
    let mut keeper = party.keeper(config).await.expect("opens");
    proxies[0].heal();
    let mut price = 1_800_000;
    for (round, fault) in faults.into_iter().enumerate() {
        let liar = &proxies[round % 3];
        liar.inject(fault, Only::usual(), 400);
        price -= 8_000;
        party.reprice(price, PriceState::Safe).await;
        let before = keeper.status().figures().handled;
        for _ in 0..12 {
            keeper.step().await.expect("goes on");
            if keeper.status().figures().handled > before {
                break;
            }
        }
        assert!(
            keeper.status().figures().handled > before,
            "{fault:?}: {:?}",
            keeper.status().figures().last_failure
        );
        liar.heal();
    }
    party.work(&mut keeper, price, 80).await;
    requires_once(&party, &keeper).await;
    let happened: u64 = proxies.iter().map(FaultyRpc::happened).sum();
    assert!(happened >= 14, "{happened} wrong answers");
}

#[tokio::test]
async fn s07_a_gas_spike_waits_and_is_cleared_afterwards() {
    let party = Party::new(6).await;
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    keeper.pass().await.expect("passes");
    let spike = |gwei: u128| {
        let wei = format!("0x{:x}", gwei * 1_000_000_000);
        party.ask("anvil_setNextBlockBaseFeePerGas", json!([wei]))
    };
    party.reprice(FALLEN, PriceState::Safe).await;
    for _ in 0..3 {
        spike(20_000).await;
        party.mine().await;
        keeper.pass().await.expect("passes");
    }
    assert_eq!(party.count().await, 0, "at such a fee nothing is worth it");
    spike(1).await;
    party.mine().await;
    party.work(&mut keeper, FALLEN, 60).await;
    requires_once(&party, &keeper).await;
}

#[tokio::test]
async fn a_bidding_program_that_dies_is_told_of_and_done_without() {
    let party = Party::new(6).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    let strict = "[bidding]\ncommand = [\"sh\", \"-c\", \"exit 1\"]\nfall_back = false\n[flag]\nenabled = false";
    let mut keeper = party.keeper(party.config("", strict)).await.expect("opens");
    keeper.pass().await.expect("passes");
    assert_eq!(party.count().await, 0, "without the model no bids go out");
    drop(keeper);
    let lenient = "[bidding]\ncommand = [\"sh\", \"-c\", \"exit 1\"]";
    let mut keeper = party
        .keeper(party.config("", lenient))
        .await
        .expect("opens");
    party.mine().await;
    party.work(&mut keeper, FALLEN, 60).await;
    assert!(keeper.status().figures().bids_failed > 0);
    let alerts: Vec<AlertRaised> = all(party.store.as_ref()).await.expect("reads");
    assert!(
        alerts.iter().any(|alert| alert.kind == "bidding"),
        "{alerts:?}"
    );
}

#[tokio::test]
async fn it_tells_what_it_does_and_when_it_is_silent() {
    let party = Party::new(2).await;
    let mut quick = party.config("", "");
    quick.watch.silence = Duration::from_millis(300);
    let mut keeper = party.keeper(quick).await.expect("opens");
    keeper.pass().await.expect("passes");
    let page = Page::bind("127.0.0.1:0", keeper.status())
        .await
        .expect("binds");
    let address = page.address();
    let serving = tokio::spawn(page.run());
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("client");
    let get = |path: &str| client.get(format!("http://{address}{path}")).send();
    let status: serde_json::Value = get("/status")
        .await
        .expect("answers")
        .json()
        .await
        .expect("json");
    assert_eq!(status["service"], format!("keeper:{}", key().address()));
    assert_eq!(status["idle"], true);
    assert_eq!(status["handled"], status["head"]["number"]);
    assert_eq!(status["books"][0]["vaults"], 3);
    let metrics = get("/metrics")
        .await
        .expect("answers")
        .text()
        .await
        .expect("text");
    assert!(
        metrics.contains("ballast_keeper_vaults{synthetic=\"SYN\"} 3"),
        "{metrics}"
    );
    assert!(
        metrics.contains("ballast_keeper_duplicate_sends_total 0"),
        "{metrics}"
    );
    keeper.pass().await.expect("passes");
    assert_eq!(get("/health").await.expect("answers").status(), 200);
    crate::party::pause(400).await;
    assert_eq!(get("/health").await.expect("answers").status(), 503);
    serving.abort();
}
