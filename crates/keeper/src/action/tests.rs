//! Calls, there and back.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};

use super::{Call, Hop, Proposal, Route, Strategy};

fn at(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

fn every_call() -> Vec<Call> {
    let (book, market, owner) = (at(1), 3, at(9));
    let owners = vec![at(7), at(8)];
    let max_paid = U256::from(55);
    vec![
        Call::Take {
            book,
            market,
            owners: owners.clone(),
            max_paid,
            min_collateral: U256::from(4),
        },
        Call::DeskTake {
            desk: at(3),
            book,
            market,
            owners,
            poke: true,
            max_paid,
            min_collateral: U256::from(4),
            route: Route {
                hops: vec![Hop {
                    pair: at(5),
                    fee_bps: 30,
                    reserve_in: U256::ZERO,
                    reserve_out: U256::ZERO,
                }],
            },
            min_profit: U256::from(6),
            deadline: 77,
        },
        Call::Flag {
            book,
            market,
            owner,
        },
        Call::Book {
            book,
            market,
            owner,
        },
        Call::Collect { book },
        Call::Redeem {
            book,
            market,
            owner,
            amount: U256::from(5),
            min_collateral: U256::ONE,
        },
        Call::Poke {
            prices: at(4),
            asset: at(5),
        },
    ]
}

fn every_other_call() -> Vec<Call> {
    let (book, market, backstop) = (at(1), 3, at(2));
    let converter = at(6);
    vec![
        Call::BackstopTake {
            backstop,
            book,
            market,
            owners: vec![at(7), at(8)],
            max_paid: U256::from(55),
        },
        Call::BackstopCover {
            backstop,
            book,
            market: U256::MAX,
            amount: U256::ONE,
        },
        Call::BackstopSync { backstop },
        Call::Mark { peg: at(12) },
        Call::Foreclose {
            reserve: at(13),
            loans: vec![U256::from(1), U256::MAX],
        },
        Call::BurnLot { converter },
        Call::AddLiquidity { converter },
        Call::Approve {
            asset: at(14),
            spender: converter,
            amount: U256::from(3),
        },
        Call::Bid {
            converter,
            tokens: U256::from(8),
            max_pay: vec![U256::from(1)],
            to: at(15),
        },
    ]
}

#[test]
fn what_a_killed_program_sent_is_known_again_by_its_data() {
    let books = BTreeMap::from([(at(2), at(1))]);
    for call in every_call().into_iter().chain(every_other_call()) {
        let (to, data) = call.encode();
        let back = Call::decode(to, &data, &books);
        assert_eq!(back.as_ref(), Some(&call));
        assert!(!call.about().is_empty(), "{call:?}");
        assert!(!call.label().is_empty());
    }
    assert_eq!(Call::decode(at(1), &[1, 2, 3], &books), None);
    assert_eq!(Call::decode(at(1), &[0; 36], &books), None);
}

#[test]
fn an_action_has_one_key_in_a_block_and_different_actions_have_different_ones() {
    let mut seen = std::collections::BTreeSet::new();
    for call in every_call().into_iter().chain(every_other_call()) {
        let proposal = Proposal {
            strategy: Strategy::Take,
            call,
            reason: String::new(),
            profit: None,
            stakes: None,
        };
        assert_eq!(proposal.id(5), proposal.clone().id(5));
        assert!(proposal.id(5).len() < 60);
        assert!(seen.insert(proposal.id(5)));
        assert!(seen.insert(proposal.id(6)));
    }
}
