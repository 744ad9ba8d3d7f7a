//! S03: of several endpoints some lie, lag, stall, forget or break off.

use std::time::Duration;

use alloy::primitives::{Bytes, U256};
use alloy::rpc::types::Filter;
use ballast_chain::tx::{Class, class_of};
use ballast_chain::{ChainError, Endpoint, Quorum};
use ballast_testkit::faulty_rpc::{Fault, FaultyRpc, Only};
use serde_json::json;

use crate::party::{Party, hasty, pay, receiver, run};

const PATIENCE: Duration = Duration::from_millis(700);

/// Code that logs its caller's word and returns 42.
const LOGS_AND_RETURNS: &str = "0x602a60005260206000a060206000f3";

async fn endpoint(url: &str) -> Endpoint {
    Endpoint::connect(url).await.expect("connects")
}

/// A chain with a contract that logged twice in its newest block.
async fn logged() -> Party {
    let party = Party::new().await;
    let at = receiver(1);
    let params = json!([at, LOGS_AND_RETURNS]);
    party.ask("anvil_setCode", params).await;
    for _ in 0..6 {
        party.mine().await;
    }
    let outbox = party.outbox(hasty()).await;
    for number in [1, 2] {
        let mut intent = pay(1);
        intent.id = format!("log {number}");
        outbox.enqueue(intent).await.expect("queues");
    }
    run(&party, &outbox).await;
    party
}

/// Two honest endpoints and one with `fault`; what all three together say.
async fn of_three(party: &Party, proxy: &FaultyRpc) -> Quorum {
    let endpoints = vec![
        endpoint(proxy.url()).await,
        party.endpoint.clone(),
        endpoint(&party.anvil.url()).await,
    ];
    Quorum::new(endpoints, 2, PATIENCE).expect("a quorum")
}

#[tokio::test]
async fn s03_two_honest_endpoints_outvote_one_that_misbehaves_and_it_is_named() {
    let party = logged().await;
    let truth = party.endpoint.tip().await.expect("tip");
    let filter = Filter::new().address(receiver(1));
    for fault in [
        Fault::Lie,
        Fault::Refuse,
        Fault::Stall,
        Fault::Disconnect,
        Fault::Cut,
        Fault::ForgetLogs,
        Fault::DropLog,
        Fault::Half,
        Fault::OtherState,
        Fault::Revert,
        Fault::RateLimit,
        Fault::Behind(4),
    ] {
        let proxy = FaultyRpc::start(party.anvil.url()).await.expect("starts");
        let quorum = of_three(&party, &proxy).await;
        proxy.inject(fault, Only::usual(), u32::MAX);
        assert_eq!(quorum.tip().await.expect("agrees"), truth, "{fault:?}");
        let logs = quorum.logs(&filter, &truth).await.expect("agrees");
        assert_eq!(logs.len(), 2, "{fault:?}");
        let returned = quorum.call("a call", receiver(1), Bytes::new(), &truth);
        let returned = returned.await.expect("agrees");
        assert_eq!(U256::from_be_slice(&returned), U256::from(42), "{fault:?}");
        let faulty = named(&quorum).await;
        assert!(
            faulty.fault.is_some(),
            "{fault:?} is not noticed: {faulty:?}"
        );
        for honest in quorum.voices().iter().skip(1) {
            assert!(honest.fault.is_none(), "{fault:?}: {honest:?}");
        }
    }
}

/// The first voice, once it has been heard to the end or given up.
async fn named(quorum: &Quorum) -> ballast_chain::quorum::Voice {
    for _ in 0..200 {
        let voice = quorum.voices().swap_remove(0);
        if voice.fault.is_some() {
            return voice;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    quorum.voices().swap_remove(0)
}

#[tokio::test]
async fn s03_nothing_is_believed_that_has_no_quorum() {
    let party = logged().await;
    let tip = party.endpoint.tip().await.expect("tip");
    let liar = FaultyRpc::with(party.anvil.url(), Fault::Lie, u32::MAX).await;
    let liar = liar.expect("starts");
    let mute = FaultyRpc::start(party.anvil.url()).await.expect("starts");
    let endpoints = vec![
        endpoint(liar.url()).await,
        endpoint(mute.url()).await,
        party.endpoint.clone(),
    ];
    mute.inject(Fault::Stall, Only::usual(), u32::MAX);
    let quorum = Quorum::new(endpoints, 2, PATIENCE).expect("a quorum");
    let error = quorum.tip().await.unwrap_err();
    assert!(
        matches!(
            error,
            ChainError::NoQuorum {
                needed: 2,
                asked: 3,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(class_of(&error), Class::Retry);
    let call = quorum.call("a call", receiver(1), Bytes::new(), &tip);
    let error = call.await.unwrap_err();
    assert!(
        error.to_string().contains("1 of 3 endpoints agree, 2 must"),
        "{error}"
    );
    liar.heal();
    assert_eq!(quorum.tip().await.expect("agrees"), tip);
}

#[tokio::test]
async fn a_revert_that_a_quorum_sees_is_an_answer() {
    let party = Party::new().await;
    // Reverts with nothing.
    party
        .ask("anvil_setCode", json!([receiver(2), "0x60006000fd"]))
        .await;
    let proxy = FaultyRpc::with(party.anvil.url(), Fault::OtherState, u32::MAX).await;
    let quorum = of_three(&party, &proxy.expect("starts")).await;
    let tip = quorum.tip().await.expect("agrees");
    let error = quorum.call("a call", receiver(2), Bytes::new(), &tip).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ChainError::Reverted { .. }), "{error}");
}

#[tokio::test]
async fn a_quorum_has_at_least_one_endpoint_and_no_more_than_there_are() {
    let party = Party::new().await;
    for (endpoints, needed) in [
        (vec![], 1),
        (vec![party.endpoint.clone()], 0),
        (vec![party.endpoint.clone()], 2),
    ] {
        assert!(Quorum::new(endpoints, needed, PATIENCE).is_err());
    }
    let alone = Quorum::single(party.endpoint.clone(), PATIENCE);
    let tip = alone.tip().await.expect("believed");
    assert_eq!(tip, party.endpoint.tip().await.expect("tip"));
    let other = Endpoint::unasked(&party.anvil.url(), 5).expect("an address");
    let mixed = Quorum::new(vec![party.endpoint.clone(), other], 1, PATIENCE);
    assert!(matches!(mixed, Err(ChainError::WrongChain { .. })));
}
