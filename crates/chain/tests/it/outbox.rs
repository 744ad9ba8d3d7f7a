//! S07: what goes wrong between an intent and its block.

#![allow(clippy::print_stderr)] // What is skipped is told to the person who runs the tests.

use std::sync::Arc;

use alloy::primitives::{Bytes, U256};
use ballast_chain::Endpoint;
use ballast_chain::sender::Step;
use ballast_chain::tx::{Class, Intent, Outbox, Policy, Queued, Routes, SendState, TxError};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};
use serde_json::json;

use crate::party::{GWEI, Party, hasty, is_mined, key, pay, receiver, run};

async fn enqueue(outbox: &Outbox, intents: impl IntoIterator<Item = Intent>) {
    for intent in intents {
        let queued = outbox.enqueue(intent).await.expect("queues");
        assert_eq!(queued, Queued::New);
    }
}

#[tokio::test]
async fn every_intent_goes_out_once_in_its_order_however_often_it_is_asked_for() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    enqueue(&outbox, (0..20).map(pay)).await;
    let again = outbox.enqueue(pay(3)).await.expect("asks");
    assert_eq!(again, Queued::Known(SendState::Wanted));
    let outcomes = run(&party, &outbox).await;
    let order: Vec<String> = outcomes.into_iter().map(|outcome| outcome.id).collect();
    let expected: Vec<String> = (0..20).map(|number| pay(number).id).collect();
    assert_eq!(order, expected);
    for number in 0..20 {
        assert_eq!(party.paid(number).await, U256::ONE, "{number}");
    }
    assert_eq!(party.count().await, 20);
    let known = outbox.enqueue(pay(3)).await.expect("asks");
    assert!(matches!(known, Queued::Known(SendState::Mined { .. })));
    let figures = outbox.figures();
    assert_eq!(
        (figures.sends, figures.mined, figures.replaced),
        (20, 20, 0)
    );
    assert!(figures.spent_wei > U256::ZERO && figures.blocked.is_none());
}

#[tokio::test]
async fn s07_a_transaction_stuck_under_a_raised_base_fee_is_replaced_and_mined_once() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    enqueue(&outbox, [pay(1), pay(2)]).await;
    outbox.step().await.expect("sends");
    party.base_fee(50 * GWEI).await;
    party.mine().await;
    assert_eq!(party.paid(1).await, U256::ZERO, "it is stuck");
    run(&party, &outbox).await;
    assert_eq!(
        (party.paid(1).await, party.paid(2).await),
        (U256::ONE, U256::ONE)
    );
    assert_eq!(party.count().await, 2);
    assert!(outbox.figures().replaced >= 2, "{:?}", outbox.figures());
}

#[tokio::test]
async fn s07_a_gas_spike_over_the_bound_waits_and_then_goes() {
    let party = Party::new().await;
    let policy = Policy {
        max_fee_wei: 20 * GWEI,
        ..hasty()
    };
    let outbox = party.outbox(policy).await;
    party.base_fee(100 * GWEI).await;
    party.mine().await;
    enqueue(&outbox, [pay(1)]).await;
    for _ in 0..3 {
        outbox.step().await.expect("waits");
        party.base_fee(100 * GWEI).await;
        party.mine().await;
    }
    assert_eq!(
        outbox.state("pay 1").await.expect("reads"),
        Some(SendState::Wanted)
    );
    let why = outbox.figures().blocked.expect("a reason");
    assert!(why.starts_with("max_fee_wei: the chain asks"), "{why}");
    party.base_fee(GWEI).await;
    party.mine().await;
    run(&party, &outbox).await;
    assert_eq!(party.paid(1).await, U256::ONE);
    assert!(outbox.figures().blocked.is_none());
}

#[tokio::test]
async fn s07_a_key_that_cannot_pay_says_so_and_goes_on_when_funded() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    let set = |wei: u128| {
        let params = json!([key().address(), format!("0x{wei:x}")]);
        party.ask("anvil_setBalance", params)
    };
    set(1_000).await;
    enqueue(&outbox, [pay(1)]).await;
    for _ in 0..4 {
        outbox.step().await.expect("waits");
        party.mine().await;
    }
    let why = outbox.figures().blocked.expect("a reason");
    assert!(why.contains("has 1000 wei"), "{why}");
    assert_eq!(party.alerts().await, ["cannot pay"], "told once");
    set(GWEI * GWEI).await;
    run(&party, &outbox).await;
    assert_eq!(party.paid(1).await, U256::ONE);
}

#[tokio::test]
async fn s07_a_nonce_used_by_somebody_else_is_noticed_and_the_intent_goes_out_once() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    enqueue(&outbox, [pay(1), pay(2)]).await;
    outbox.step().await.expect("sends");
    // The thief pays more for the same nonce.
    party.foreign(99, 0, 100 * GWEI).await;
    party.mine().await;
    assert_eq!(party.paid(99).await, U256::ONE);
    run(&party, &outbox).await;
    assert_eq!(
        (party.paid(1).await, party.paid(2).await),
        (U256::ONE, U256::ONE)
    );
    assert_eq!(party.count().await, 3);
    assert_eq!(party.alerts().await, ["foreign nonce"]);
    // While nothing is on its way it is noticed as well.
    party.foreign(98, 3, 100 * GWEI).await;
    party.mine().await;
    enqueue(&outbox, [pay(3)]).await;
    run(&party, &outbox).await;
    assert_eq!(party.paid(3).await, U256::ONE);
    let figures = outbox.figures();
    assert_eq!((figures.foreign_nonces, figures.duplicate_sends), (2, 0));
    assert_eq!(party.alerts().await, ["foreign nonce", "foreign nonce"]);
}

#[tokio::test]
async fn s07_an_answer_lost_after_accepting_sends_nothing_twice() {
    let party = Party::new().await;
    let proxy = FaultyRpc::with(party.anvil.url(), Fault::LoseAnswers, 3).await;
    let proxy = proxy.expect("starts");
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let outbox = party.outbox_by(Routes::single(endpoint), hasty()).await;
    enqueue(&outbox, (0..4).map(pay)).await;
    outbox.step().await.expect("a pass");
    assert_eq!(proxy.left(), 0, "no answer was lost");
    assert_eq!(party.pool().await, 4);
    run(&party, &outbox).await;
    for number in 0..4 {
        assert_eq!(party.paid(number).await, U256::ONE, "{number}");
    }
    assert_eq!((party.count().await, outbox.figures().replaced), (4, 0));
}

#[tokio::test]
async fn s07_what_the_node_takes_and_forgets_or_drops_is_sent_again_as_it_was() {
    let party = Party::new().await;
    let proxy = FaultyRpc::with(party.anvil.url(), Fault::ForgetSends, 2).await;
    let proxy = proxy.expect("starts");
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let patient = Policy {
        bump_after_blocks: 50,
        ..hasty()
    };
    let outbox = party.outbox_by(Routes::single(endpoint), patient).await;
    enqueue(&outbox, [pay(1), pay(2)]).await;
    outbox.step().await.expect("sends");
    assert_eq!(party.pool().await, 0, "the node has nothing");
    party.mine().await;
    outbox.step().await.expect("sends again");
    assert_eq!(party.pool().await, 2);
    party.ask("anvil_dropAllTransactions", json!([])).await;
    party.mine().await;
    run(&party, &outbox).await;
    assert_eq!(
        (party.paid(1).await, party.paid(2).await),
        (U256::ONE, U256::ONE)
    );
    let figures = outbox.figures();
    assert_eq!(
        (figures.sends, figures.resends, figures.replaced),
        (2, 4, 0)
    );
}

#[tokio::test]
async fn s07_a_nonce_gap_left_by_a_reorganisation_is_closed() {
    let party = Party::new().await;
    let before = party.ask("evm_snapshot", json!([])).await;
    // Somebody else's nonce 0, then an intent at nonce 1.
    party.foreign(99, 0, 100 * GWEI).await;
    party.mine().await;
    let outbox = party.outbox(hasty()).await;
    enqueue(&outbox, [pay(1)]).await;
    run(&party, &outbox).await;
    assert_eq!(party.count().await, 2);
    // Another chain takes over, in which neither happened.
    party.ask("evm_revert", json!([before])).await;
    for _ in 0..4 {
        party.ask("evm_increaseTime", json!([7])).await;
        party.mine().await;
    }
    assert_eq!((party.count().await, party.paid(1).await), (0, U256::ZERO));
    // A program that starts then looks at once.
    drop(outbox);
    let outbox = party.outbox(hasty()).await;
    outbox.step().await.expect("a pass");
    run(&party, &outbox).await;
    assert_eq!(party.paid(1).await, U256::ONE);
    assert_eq!(party.count().await, 2);
    let figures = outbox.figures();
    assert_eq!(
        (figures.gaps_closed, figures.taken_back),
        (1, 1),
        "{figures:?}"
    );
}

#[tokio::test]
async fn a_reorganisation_takes_what_was_mined_back_to_pending_and_it_is_mined_again() {
    let party = Party::new().await;
    let policy = Policy {
        confirmations: 3,
        ..hasty()
    };
    let outbox = party.outbox(policy).await;
    enqueue(&outbox, [pay(1)]).await;
    outbox.step().await.expect("sends");
    let before = party.ask("evm_snapshot", json!([])).await;
    party.mine().await;
    assert!(outbox.step().await.expect("a pass").is_empty());
    let state = outbox.state("pay 1").await.expect("reads");
    assert!(
        matches!(
            state,
            Some(SendState::Pending {
                included: Some(_),
                ..
            })
        ),
        "{state:?}"
    );
    party.ask("evm_revert", json!([before])).await;
    party.ask("anvil_dropAllTransactions", json!([])).await;
    party.ask("evm_increaseTime", json!([11])).await;
    party.mine().await;
    outbox.step().await.expect("a pass");
    let state = outbox.state("pay 1").await.expect("reads");
    assert!(
        matches!(
            state,
            Some(SendState::Pending {
                included: None,
                attempts: 1,
                ..
            })
        ),
        "{state:?}"
    );
    run(&party, &outbox).await;
    assert!(is_mined(&outbox, "pay 1").await);
    assert_eq!(
        (party.paid(1).await, outbox.figures().taken_back),
        (U256::ONE, 1)
    );
}

#[tokio::test]
async fn what_expires_or_is_cancelled_on_its_way_leaves_no_gap() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    let now = party.endpoint.tip().await.expect("tip").time.get();
    let late = Intent {
        valid_until: Some(now + 100),
        ..pay(1)
    };
    enqueue(&outbox, [late, pay(2), pay(3)]).await;
    outbox.step().await.expect("sends");
    assert_eq!(party.pool().await, 3);
    // Nothing can be mined for a while, in which the first expires.
    party.base_fee(50 * GWEI).await;
    party.ask("evm_increaseTime", json!([1_000])).await;
    party.mine().await;
    assert!(outbox.cancel("pay 2").await.expect("asks"));
    let unsigned = Intent {
        valid_until: Some(now),
        ..pay(4)
    };
    enqueue(&outbox, [unsigned, pay(5)]).await;
    assert!(outbox.cancel("pay 5").await.expect("asks"));
    run(&party, &outbox).await;
    let mut states = Vec::new();
    for number in 1..=5 {
        let state = outbox.state(&pay(number).id).await.expect("reads");
        states.push(state.expect("is there"));
    }
    assert_eq!(states[0], SendState::Expired);
    assert_eq!(states[1], SendState::Cancelled);
    assert!(matches!(states[2], SendState::Mined { .. }));
    assert_eq!(states[3], SendState::Expired);
    assert_eq!(states[4], SendState::Cancelled);
    for (number, wei) in [(1, 0), (2, 0), (3, 1), (4, 0), (5, 0)] {
        assert_eq!(party.paid(number).await, U256::from(wei), "{number}");
    }
    assert_eq!(party.count().await, 3, "every nonce is used, none twice");
    assert!(
        !outbox.cancel("pay 3").await.expect("asks"),
        "final is final"
    );
}

#[tokio::test]
async fn the_limit_of_an_hour_counts_over_restarts_and_ends_with_the_hour() {
    let party = Party::new().await;
    party.base_fee(GWEI).await;
    party.mine().await;
    let ether = U256::from(GWEI * GWEI);
    let policy = Policy {
        spend_per_hour_wei: Some(ether * U256::from(3)),
        ..hasty()
    };
    let big = |number: u64| {
        let step = Step::call("pay", receiver(number), Vec::new());
        Intent::new(format!("big {number}"), step.with_value(ether))
    };
    let outbox = party.outbox(policy.clone()).await;
    enqueue(&outbox, (0..4).map(big)).await;
    for _ in 0..6 {
        outbox.step().await.expect("a pass");
        party.mine().await;
    }
    assert_eq!(outbox.waiting().await.expect("reads"), 2);
    drop(outbox);
    let outbox = party.outbox(policy).await;
    for _ in 0..3 {
        outbox.step().await.expect("a pass");
        party.mine().await;
    }
    let why = outbox.figures().blocked.expect("a reason");
    assert!(why.starts_with("spend_per_hour_wei"), "{why}");
    assert_eq!(outbox.waiting().await.expect("reads"), 2);
    party.ask("evm_increaseTime", json!([3_601])).await;
    party.mine().await;
    run(&party, &outbox).await;
    assert_eq!(party.paid(3).await, ether);
}

#[tokio::test]
async fn private_routes_come_first_and_the_public_ones_follow_with_an_alert() {
    let party = Party::new().await;
    let private = FaultyRpc::with(party.anvil.url(), Fault::ForgetSends, u32::MAX).await;
    let private = private.expect("starts");
    let routes = Routes {
        read: party.endpoint.clone(),
        public: vec![party.endpoint.clone()],
        private: vec![Endpoint::connect(private.url()).await.expect("connects")],
    };
    let outbox = party.outbox_by(routes, hasty()).await;
    let secret = Intent {
        private: true,
        ..pay(1)
    };
    enqueue(&outbox, [secret]).await;
    for _ in 0..3 {
        outbox.step().await.expect("a pass");
        assert_eq!(party.pool().await, 0, "it is not public yet");
        party.mine().await;
    }
    assert!(private.served("eth_sendRawTransaction") > 0);
    run(&party, &outbox).await;
    assert_eq!(party.paid(1).await, U256::ONE);
    assert_eq!(party.alerts().await, ["private not included"]);
}

#[tokio::test]
async fn s03_one_endpoint_that_takes_transactions_is_enough() {
    let party = Party::new().await;
    let mut proxies = Vec::new();
    let mut public = Vec::new();
    for fault in [
        Fault::RefuseSends,
        Fault::Stall,
        Fault::Disconnect,
        Fault::RateLimit,
        Fault::Cut,
    ] {
        let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
        public.push(Endpoint::connect(proxy.url()).await.expect("connects"));
        let sends = Only::method("eth_sendRawTransaction");
        proxy.inject(fault, sends, u32::MAX);
        proxies.push(proxy);
    }
    public.push(party.endpoint.clone());
    let routes = Routes {
        read: party.endpoint.clone(),
        public,
        private: Vec::new(),
    };
    let outbox = party.outbox_by(routes, hasty()).await;
    enqueue(&outbox, (0..5).map(pay)).await;
    run(&party, &outbox).await;
    assert_eq!((party.count().await, outbox.figures().replaced), (5, 0));
}

#[tokio::test]
async fn s03_where_the_reading_endpoint_is_gone_another_is_read() {
    let party = Party::new().await;
    let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let routes = Routes {
        read: Endpoint::connect(proxy.url()).await.expect("connects"),
        public: vec![party.endpoint.clone()],
        private: Vec::new(),
    };
    // Gone from the start, and for ever.
    proxy.inject(Fault::Disconnect, Only::usual(), u32::MAX);
    let outbox = party.outbox_by(routes, hasty()).await;
    enqueue(&outbox, (0..3).map(pay)).await;
    let error = outbox.step().await.unwrap_err();
    assert_eq!(error.class(), Class::Retry, "{error}");
    run(&party, &outbox).await;
    assert_eq!(party.count().await, 3);
}

#[tokio::test]
async fn s03_an_endpoint_that_lies_about_the_first_block_neither_begins_a_lane_nor_ends_a_program()
{
    let party = Party::new().await;
    let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let second = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let mut public = Vec::new();
    for url in [party.anvil.url(), second.url().to_owned()] {
        public.push(Endpoint::connect(&url).await.expect("connects"));
    }
    let routes = Routes {
        read: Endpoint::connect(proxy.url()).await.expect("connects"),
        public,
        private: Vec::new(),
    };
    // In the first program, and in the one after it.
    for number in 0..2 {
        proxy.inject(Fault::Lie, Only::usual(), u32::MAX);
        let outbox = party.outbox_by(routes.clone(), hasty()).await;
        proxy.heal();
        enqueue(&outbox, [pay(number)]).await;
        run(&party, &outbox).await;
    }
    assert_eq!(party.count().await, 2);
}

#[tokio::test]
async fn s03_an_endpoint_that_lies_about_nonces_or_forgets_receipts_makes_nothing_go_twice() {
    let party = Party::new().await;
    let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let endpoint = Endpoint::connect(proxy.url()).await.expect("connects");
    let outbox = party.outbox_by(Routes::single(endpoint), hasty()).await;
    enqueue(&outbox, (0..3).map(pay)).await;
    proxy.inject(Fault::Lie, Only::method("eth_getTransactionCount"), 2);
    outbox.step().await.expect("a pass");
    assert_eq!(party.pool().await, 0, "nothing is signed on its word");
    proxy.heal();
    outbox.step().await.expect("sends");
    party.mine().await;
    proxy.inject(Fault::ForgetReceipts, Only::usual(), 6);
    for _ in 0..3 {
        outbox.step().await.expect("a pass");
        party.mine().await;
    }
    run(&party, &outbox).await;
    assert_eq!(party.count().await, 3);
    assert_eq!(
        outbox.figures().foreign_nonces,
        0,
        "its own are not foreign"
    );
    proxy.inject(Fault::Stall, Only::usual(), 1);
    enqueue(&outbox, [pay(9)]).await;
    let error = outbox.step().await.unwrap_err();
    assert!(matches!(error.class(), Class::Retry), "{error}");
    run(&party, &outbox).await;
    assert_eq!(party.paid(9).await, U256::ONE);
}

#[tokio::test]
async fn what_is_urgent_goes_first_and_always_finds_half_of_the_places() {
    let party = Party::new().await;
    let policy = Policy {
        in_flight_max: 5,
        ..hasty()
    };
    let outbox = party.outbox(policy).await;
    let urgent = |number| Intent {
        urgent: true,
        ..pay(number)
    };
    enqueue(&outbox, (0..8).map(pay)).await;
    outbox.step().await.expect("a pass");
    assert_eq!(party.pool().await, 3, "half of the places, rounded up");
    enqueue(&outbox, (10..14).map(urgent)).await;
    outbox.step().await.expect("a pass");
    assert_eq!(party.pool().await, 5);
    party.mine().await;
    for number in [10, 11] {
        assert_eq!(party.paid(number).await, U256::ONE, "{number}");
    }
    outbox.step().await.expect("a pass");
    party.mine().await;
    for number in [12, 13] {
        assert_eq!(party.paid(number).await, U256::ONE, "{number}");
    }
    run(&party, &outbox).await;
    assert_eq!(party.count().await, 12);
}

#[tokio::test]
async fn a_revert_is_typed_before_sending_and_after() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    // Reverts with the text "no".
    let code = "0x62461bcd60e51b60005260206004526002602452611b6f60f21b60445260646000fd";
    let at = receiver(7);
    // PUSH32-free code: Error(string) with offset 32, length 2, "no".
    let code = code
        .replace("62461bcd", "6308c379a0")
        .replace("60e51b", "60e01b")
        .replace("611b6f", "616e6f")
        .replace("60f21b", "60f01b");
    party.ask("anvil_setCode", json!([at, code])).await;
    let doomed = Intent::new("doomed", Step::call("fail", at, vec![1]));
    enqueue(&outbox, [doomed.clone()]).await;
    outbox.step().await.expect("a pass");
    let state = outbox.state("doomed").await.expect("reads");
    assert!(
        matches!(&state, Some(SendState::Dropped { reason }) if reason.contains("no")),
        "{state:?}"
    );
    let forced = Intent {
        id: "forced".to_owned(),
        gas: Some(100_000),
        ..doomed
    };
    enqueue(&outbox, [forced]).await;
    let outcomes = run(&party, &outbox).await;
    let [outcome] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    let SendState::Reverted { error, .. } = &outcome.state else {
        panic!("{outcome:?}");
    };
    assert!(error.to_string().contains("no"), "{error}");
    let state = outbox.state("forced").await.expect("reads");
    assert_eq!(state.as_ref(), Some(&outcome.state));
}

#[tokio::test]
async fn what_no_node_takes_is_dropped_with_its_reason_and_its_nonce_closed() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    let thin = Intent {
        gas: Some(1_000),
        ..pay(1)
    };
    enqueue(&outbox, [thin, pay(2)]).await;
    run(&party, &outbox).await;
    let state = outbox.state("pay 1").await.expect("reads");
    assert!(
        matches!(&state, Some(SendState::Dropped { reason }) if reason.contains("gas")),
        "{state:?}"
    );
    assert_eq!(
        (party.paid(1).await, party.paid(2).await),
        (U256::ZERO, U256::ONE)
    );
    assert_eq!(party.count().await, 2);
}

#[tokio::test]
async fn one_program_at_a_time_sends_with_a_key_and_only_on_its_chain() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    let other = ballast_store::open(&party.address()).await.expect("opens");
    let routes = || Routes::single(party.endpoint.clone());
    let again = Outbox::open(Arc::clone(&other), routes(), key(), hasty()).await;
    let error = again.unwrap_err();
    assert!(matches!(error, TxError::KeyInUse { .. }), "{error}");
    drop(outbox);
    Outbox::open(Arc::clone(&other), routes(), key(), hasty())
        .await
        .expect("it is free");
    // Another chain of the same id begins with another block.
    let elsewhere = Party::new().await;
    let routes = Routes::single(elsewhere.endpoint.clone());
    let error = Outbox::open(other, routes, key(), hasty()).await;
    if elsewhere.genesis().await != party.genesis().await {
        let error = error.unwrap_err();
        assert!(matches!(error, TxError::OtherChain { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_in_order_is_refused_with_its_field() {
    let party = Party::new().await;
    let outbox = party.outbox(hasty()).await;
    let create = Intent::new("create", Step::create("create", Bytes::from_static(&[0])));
    let long = Intent {
        id: "x".repeat(201),
        ..pay(1)
    };
    let nameless = Intent {
        id: String::new(),
        ..pay(1)
    };
    let gasless = Intent {
        gas: Some(0),
        ..pay(1)
    };
    for (intent, named) in [
        (create, "step.to"),
        (long, "id"),
        (nameless, "id"),
        (gasless, "gas"),
    ] {
        let error = outbox.enqueue(intent).await.unwrap_err();
        assert!(
            matches!(error, TxError::BadIntent { field, .. } if field == named),
            "{error}"
        );
    }
    drop(outbox);
    let weak = Policy {
        bump_percent: 12,
        ..hasty()
    };
    let none = Policy {
        in_flight_max: 0,
        ..hasty()
    };
    for (policy, named) in [(weak, "bump_percent"), (none, "in_flight_max")] {
        let store = Arc::clone(&party.store);
        let routes = Routes::single(party.endpoint.clone());
        let error = Outbox::open(store, routes, key(), policy)
            .await
            .unwrap_err();
        assert!(
            matches!(error, TxError::BadPolicy { field, .. } if field == named),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_expires_at_the_fee_bound_can_still_be_taken_back() {
    let party = Party::new().await;
    let policy = Policy {
        max_fee_wei: 20 * GWEI,
        ..hasty()
    };
    let outbox = party.outbox(policy).await;
    let now = party.endpoint.tip().await.expect("tip").time.get();
    party.base_fee(16 * GWEI).await;
    party.mine().await;
    let late = Intent {
        valid_until: Some(now + 100),
        ..pay(1)
    };
    enqueue(&outbox, [late]).await;
    outbox.step().await.expect("sends");
    assert_eq!(party.pool().await, 1);
    // One block holds nothing, and then the intent's time is over.
    party.base_fee(19 * GWEI).await;
    party.ask("evm_increaseTime", json!([1_000])).await;
    party.mine().await;
    assert_eq!(party.paid(1).await, U256::ZERO);
    party.base_fee(16 * GWEI).await;
    run(&party, &outbox).await;
    let state = outbox.state("pay 1").await.expect("reads");
    assert_eq!(state, Some(SendState::Expired));
    assert_eq!((party.paid(1).await, party.count().await), (U256::ZERO, 1));
}

#[tokio::test]
async fn an_outbox_in_postgres_goes_on_after_its_session_was_lost() {
    let Some(server) = ballast_testkit::Postgres::start().expect("the server starts") else {
        eprintln!("skipped: no PostgreSQL server is installed");
        return;
    };
    let mut party = Party::new().await;
    party.store = ballast_store::open(&server.url()).await.expect("opens");
    let outbox = party.outbox(hasty()).await;
    enqueue(&outbox, (0..3).map(pay)).await;
    let other = ballast_store::open(&server.url()).await.expect("opens");
    let routes = Routes::single(party.endpoint.clone());
    let again = Outbox::open(Arc::clone(&other), routes, key(), hasty()).await;
    assert!(matches!(again, Err(TxError::KeyInUse { .. })));
    outbox.step().await.expect("sends");
    server.end_sessions().expect("ends");
    // The store's own connections are gone as well: a pass may fail until they are made anew.
    for _ in 0..50 {
        if outbox.step().await.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    run(&party, &outbox).await;
    assert_eq!(party.count().await, 3);
    let taken = other.lock(&format!("sends of {}", key().address())).await;
    assert!(taken.expect("asks").is_none(), "the lock is held again");
}
