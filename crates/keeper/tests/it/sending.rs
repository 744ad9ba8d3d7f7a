//! What goes out, by which way, and what does not.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::Erc20;
use ballast_model::vaults::PriceState;
use ballast_store::{AlertRaised, Decision, all};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};
use ballast_testkit::repository_root;
use serde_json::json;

use crate::book::{mint_0Call, whole};
use crate::party::{Party, key, owner};
use ballast_keeper::Config;

const FALLEN: u64 = 1_700_000;

async fn alerts(party: &Party) -> Vec<AlertRaised> {
    all(party.store.as_ref()).await.expect("reads")
}

async fn decisions(party: &Party) -> BTreeMap<String, Decision> {
    let all: Vec<Decision> = all(party.store.as_ref()).await.expect("reads");
    let each = all.into_iter();
    each.map(|one| (one.subject.clone(), one)).collect()
}

fn raw_sends(rpc: &FaultyRpc) -> u64 {
    rpc.served("eth_sendRawTransaction")
}

#[tokio::test]
async fn a_take_goes_out_privately_first_then_publicly_with_an_alert_and_what_has_no_stakes_at_once()
 {
    let party = Party::new(6).await;
    let url = party.anvil.url();
    let private = FaultyRpc::with(url.clone(), Fault::ForgetSends, u32::MAX).await;
    let private = private.expect("starts");
    let public = FaultyRpc::start(url).await.expect("starts");
    let settings = format!(
        "private = [\"{}\"]\npublic = [\"{}\"]",
        private.url(),
        public.url()
    );
    // The interest of a moment is collected, which nobody bids for.
    let collect = "[collect]\nleast = \"0.5\"";
    let mut keeper = party
        .keeper(party.config(&settings, collect))
        .await
        .expect("opens");
    party.reprice(FALLEN, PriceState::Safe).await;
    keeper.pass().await.expect("passes");
    let queued = keeper.status().figures().queued;
    assert_eq!(
        (queued.get("take"), queued.get("collect")),
        (Some(&1), Some(&1))
    );
    assert_eq!((raw_sends(&private), raw_sends(&public)), (1, 1));
    assert!(party.unhealthy(FALLEN).await > 0, "it is nowhere yet");
    assert!(alerts(&party).await.is_empty());
    party.work(&mut keeper, FALLEN, 30).await;
    let kinds: Vec<String> = alerts(&party)
        .await
        .into_iter()
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, ["private not included"]);
    let figures = keeper.status().figures().sends;
    assert_eq!((figures.duplicate_sends, figures.reverted), (0, 0));
}

#[tokio::test]
async fn a_private_take_that_is_included_never_goes_out_publicly() {
    let party = Party::new(6).await;
    let url = party.anvil.url();
    let private = FaultyRpc::start(url.clone()).await.expect("starts");
    let public = FaultyRpc::start(url).await.expect("starts");
    let settings = format!(
        "private = [\"{}\"]\npublic = [\"{}\"]",
        private.url(),
        public.url()
    );
    let quiet = "[collect]\nenabled = false\n[flag]\nenabled = false";
    let mut keeper = party
        .keeper(party.config(&settings, quiet))
        .await
        .expect("opens");
    party.reprice(FALLEN, PriceState::Safe).await;
    party.work(&mut keeper, FALLEN, 30).await;
    assert!(raw_sends(&private) > 0);
    assert_eq!(raw_sends(&public), 0);
    assert!(alerts(&party).await.is_empty());
}

#[tokio::test]
async fn a_spend_limit_that_is_reached_sends_nothing_more_says_so_and_nothing_is_lost() {
    let party = Party::new(6).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    let mut config = party.config("", "");
    config.send.spend_per_hour_wei = Some(U256::ONE);
    let mut keeper = party.keeper(config).await.expect("opens");
    for _ in 0..3 {
        keeper.pass().await.expect("passes");
        party.mine().await;
    }
    assert_eq!(party.count().await, 0);
    let blocked = keeper.status().figures().sends.blocked;
    let blocked = blocked.expect("a reason");
    assert!(blocked.starts_with("spend_per_hour_wei"), "{blocked}");
    let told = alerts(&party).await;
    assert!(
        told.iter()
            .any(|one| one.kind == "blocked" && one.text.contains("spend_per_hour_wei")),
        "{told:?}"
    );
    drop(keeper);
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    party.work(&mut keeper, FALLEN, 60).await;
    assert_eq!(keeper.status().figures().sends.blocked, None);
    assert_eq!(keeper.status().figures().sends.duplicate_sends, 0);
}

#[tokio::test]
async fn a_dry_run_decides_what_a_keeper_would_do_in_the_same_block() {
    let party = Party::new(6).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    let sections = "[collect]\nleast = \"0\"";
    let mut config = party.config("", sections);
    config.dry_run = true;
    let mut dry = party.keeper(config).await.expect("opens");
    dry.pass().await.expect("passes");
    drop(dry);
    let before = decisions(&party).await;
    assert!(party.sends().await.is_empty() && party.count().await == 0);
    let mut keeper = party
        .keeper(party.config("", sections))
        .await
        .expect("opens");
    keeper.pass().await.expect("passes");
    let after = decisions(&party).await;
    assert!(before.len() > 3, "{before:?}");
    assert_eq!(before.len(), after.len());
    for (subject, would) in &before {
        let done = &after[subject];
        let said = |one: &Decision| {
            let action = one.action.trim_start_matches("would_").to_owned();
            // What could be minted is asked of the chain, which answers with the time of the question.
            let asked = one.strategy == "collect";
            let kept = |letter: &char| !(asked && letter.is_ascii_digit());
            let reason: String = one.reason.chars().filter(kept).collect();
            let (block, strategy) = (one.block, one.strategy.clone());
            (block, action, strategy, reason, one.profit.clone())
        };
        assert_eq!(said(would), said(done), "{subject}");
    }
    assert!(before.values().any(|one| one.action == "would_take"));
    assert!(after.values().all(|one| !one.action.starts_with("would_")));
}

#[tokio::test]
async fn a_synthetic_under_its_peg_is_redeemed_and_what_comes_back_is_worth_more() {
    let party = Party::new(6).await;
    let account = key().address();
    for (to, amount) in [(account, whole(15_000)), (party.pair, whole(8_000_000))] {
        party
            .must(party.book, &Erc20::transferCall { to, amount })
            .await;
    }
    alloy::sol! { function sync() external; }
    party.must(party.pair, &syncCall {}).await;
    let mut keeper = party
        .keeper(party.config("", "[collect]\nenabled = false"))
        .await
        .expect("opens");
    for _ in 0..4 {
        keeper.pass().await.expect("passes");
        party.mine().await;
    }
    keeper.pass().await.expect("passes");
    let held = party
        .read(party.collateral, &Erc20::balanceOfCall { account })
        .await;
    let left = party
        .read(party.book, &Erc20::balanceOfCall { account })
        .await;
    let burned = whole(15_000) - left;
    assert!(burned > whole(1_000), "{burned}");
    // At 2,800 in the pool and 2,000 in the book.
    assert!(held * U256::from(2_500) > burned, "{held} for {burned}");
    let sends = party.sends().await;
    assert!(sends.iter().all(|send| send.id.starts_with("redeem:")));
    assert_eq!(keeper.status().figures().sends.reverted, 0);
}

#[tokio::test]
async fn what_is_wanted_and_would_revert_by_now_is_taken_back_and_decided_anew() {
    let party = Party::new(6).await;
    party.reprice(FALLEN, PriceState::Safe).await;
    let quiet = "[flag]\nenabled = false\n[collect]\nenabled = false";
    let mut config = party.config("", quiet);
    // It cannot go out, so it waits.
    config.send.spend_per_hour_wei = Some(U256::ONE);
    let mut keeper = party.keeper(config).await.expect("opens");
    keeper.pass().await.expect("passes");
    let wanted = party.sends().await;
    assert_eq!(wanted.len(), 1, "{wanted:?}");
    // Somebody sells so much that the pool pays less for the rest.
    let (to, amount) = (party.pair, whole(2_000));
    party
        .must(party.collateral, &mint_0Call { to, amount })
        .await;
    alloy::sol! { function sync() external; }
    party.must(party.pair, &syncCall {}).await;
    for _ in 0..3 {
        keeper.pass().await.expect("passes");
        party.mine().await;
    }
    let sends = party.sends().await;
    let first = sends.iter().find(|send| send.id == wanted[0].id);
    assert_eq!(first.expect("kept").state, "cancelled");
    let subject = format!("{}:0:{}", party.book, owner(5));
    let decision = &decisions(&party).await[&subject];
    assert!(!decision.reason.contains(&wanted[0].id), "{decision:?}");
    assert_eq!(party.count().await, 0, "it cost nothing");
}

#[tokio::test]
async fn own_synthetic_that_is_reserved_is_neither_spent_on_takes_nor_redeemed() {
    let party = Party::new(6).await;
    let account = key().address();
    let amount = whole(5_000);
    party
        .must(
            party.book,
            &Erc20::transferCall {
                to: account,
                amount,
            },
        )
        .await;
    let text = format!(
        "{}\n[[book]]\nsynthetic = \"SYN\"\nreserved = \"5000\"\n[flag]\nenabled = false",
        crate::party::FILE
    );
    let config = Config::parse(&text).expect("in order");
    let mut keeper = party.keeper(config).await.expect("opens");
    party.reprice(FALLEN, PriceState::Safe).await;
    for _ in 0..3 {
        keeper.pass().await.expect("passes");
        party.mine().await;
    }
    let left = party
        .read(party.book, &Erc20::balanceOfCall { account })
        .await;
    assert_eq!(left, amount);
    assert!(party.unhealthy(FALLEN).await > 0);
}

#[tokio::test]
async fn a_clock_that_a_recovery_left_running_is_stopped_without_being_asked_for() {
    let party = Party::new(3).await;
    let mut keeper = party
        .keeper(party.config("", "[take]\nenabled = false"))
        .await
        .expect("opens");
    party.reprice(FALLEN, PriceState::Safe).await;
    keeper.pass().await.expect("passes");
    party.mine().await;
    let flagged_at = async || {
        let (market, owner) = (U256::ZERO, owner(2));
        let call = VaultBook::vaultOfCall { market, owner };
        party.read(party.book, &call).await.flaggedAt
    };
    assert_ne!(flagged_at().await, U256::ZERO);
    party.reprice(2_000_000, PriceState::Safe).await;
    keeper.pass().await.expect("passes");
    party.mine().await;
    keeper.pass().await.expect("passes");
    assert_eq!(flagged_at().await, U256::ZERO);
}

#[test]
fn the_example_says_what_holds_without_it() {
    let path = repository_root().join("examples/keeper.toml");
    let text = std::fs::read_to_string(path).expect("the example");
    let plain = Config::parse("").expect("in order");
    assert_eq!(Config::parse(&text), Ok(plain.clone()));
    assert!(plain.strategies.flag.expect("on").unflag);
    // What is only shown is in order too.
    let shown: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") || rest.starts_with('[') => format!("{rest}\n"),
            Some(_) => String::new(),
            None => format!("{line}\n"),
        })
        .collect();
    let shown = shown.replace("native_price", "# native_price");
    assert_ne!(Config::parse(&shown).expect("in order"), plain);
}

#[tokio::test]
async fn s02_what_was_on_its_way_when_the_keeper_ended_is_not_decided_again() {
    let party = Party::new(6).await;
    party.ask("evm_setAutomine", json!([false])).await;
    let set = party.reprice(FALLEN, PriceState::Safe);
    let mined = async {
        crate::party::pause(300).await;
        party.mine().await;
    };
    tokio::join!(set, mined);
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    keeper.pass().await.expect("passes");
    let takes = async || {
        let sends = party.sends().await;
        let takes = sends.iter().filter(|send| send.id.starts_with("take:"));
        takes.count()
    };
    assert_eq!(takes().await, 1);
    drop(keeper);
    // Another block comes without the take, and another keeper of the same key.
    party.ask("anvil_dropAllTransactions", json!([])).await;
    party.mine().await;
    let mut keeper = party.keeper(party.config("", "")).await.expect("opens");
    for _ in 0..2 {
        keeper.pass().await.expect("passes");
        assert_eq!(takes().await, 1, "one take is wanted, whoever decided it");
        party.ask("anvil_dropAllTransactions", json!([])).await;
        party.mine().await;
    }
    party.ask("evm_setAutomine", json!([true])).await;
    party.work(&mut keeper, FALLEN, 60).await;
    assert_eq!(keeper.status().figures().sends.duplicate_sends, 0);
}

#[tokio::test]
async fn s03_logs_that_the_only_endpoint_forgets_are_noticed_before_anything_is_decided() {
    let party = Party::new(6).await;
    let rpc = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let settings = format!("rpc = [\"{}\"]", rpc.url());
    let mut keeper = party
        .keeper(party.config(&settings, ""))
        .await
        .expect("opens");
    keeper.pass().await.expect("passes");
    rpc.inject(Fault::ForgetLogs, Only::usual(), 1);
    let call = VaultBook::flagCall {
        market: U256::ZERO,
        owner: owner(5),
    };
    party.reprice(FALLEN, PriceState::Safe).await;
    party.must(party.book, &call).await;
    let failed = keeper.pass().await.expect_err("a log is missing");
    assert!(
        failed.to_string().contains("the endpoint forgot some"),
        "{failed}"
    );
    assert!(party.sends().await.is_empty());
    party.work(&mut keeper, FALLEN, 60).await;
}

#[tokio::test]
async fn s07_what_would_revert_is_never_sent_and_told_where_nobody_expects_it() {
    let party = Party::new(6).await;
    let mut config = party.config("", "[flag]\nenabled = false");
    // A contract that is no desk of this key.
    config.books[0].desk = Some(party.factory);
    party.reprice(FALLEN, PriceState::Safe).await;
    let mut keeper = party.keeper(config).await.expect("opens");
    for _ in 0..3 {
        keeper.pass().await.expect("passes");
        party.mine().await;
    }
    assert!(party.sends().await.is_empty(), "not even wanted");
    assert_eq!(party.count().await, 0);
    let refused: u64 = keeper.status().figures().refused.values().sum();
    assert!(refused >= 3);
}

#[tokio::test]
async fn s07_what_costs_more_gas_than_it_gains_is_not_even_wanted() {
    let party = Party::new(6).await;
    let mut keeper = party
        .keeper(party.config("", "[flag]\nenabled = false\n[collect]\nenabled = false"))
        .await
        .expect("opens");
    keeper.pass().await.expect("passes");
    party.reprice(FALLEN, PriceState::Safe).await;
    // 100,000 gwei: a take of five vaults would cost tens of thousands.
    let wei = format!("0x{:x}", 100_000_000_000_000_u64);
    party
        .ask("anvil_setNextBlockBaseFeePerGas", json!([wei]))
        .await;
    party.mine().await;
    keeper.pass().await.expect("passes");
    assert!(party.sends().await.is_empty());
    let decisions = decisions(&party).await;
    let vaults = decisions
        .values()
        .filter(|one| one.strategy == "take" && one.action == "skip");
    let unhealthy = party.unhealthy(FALLEN).await;
    assert!(unhealthy > 0);
    assert_eq!(vaults.count(), unhealthy, "{decisions:?}");
}
