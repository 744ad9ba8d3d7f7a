//! When loans are closed, and what is done in a converter.

use alloy::primitives::{Address, U256};
use ballast_types::{Price, WAD};

use super::{ConvertTerms, ForecloseTerms, convert, foreclose};
use crate::action::{Call, Proposal, Verdict};
use crate::sight::{ConverterSight, GasPrice, LoanSight, ReserveSight};
use crate::strategy::sights::{NOW, whole};

const RESERVE: Address = Address::repeat_byte(0xe0);
const ASSET: Address = Address::repeat_byte(0xa0);
const KEEPER: Address = Address::repeat_byte(0x4e);

fn closing(grace_ends: &[u64], paused: bool) -> Verdict {
    let each = grace_ends.iter().zip(1_u64..);
    let sight = ReserveSight {
        address: RESERVE,
        loans: each
            .map(|(grace_end, id)| LoanSight {
                id: U256::from(id),
                grace_end: *grace_end,
            })
            .collect(),
        paused,
    };
    foreclose(&sight, &ForecloseTerms { loans_max: 2 }, NOW)
}

fn closed(verdict: &Verdict) -> Vec<U256> {
    match verdict.proposals.as_slice() {
        [] => Vec::new(),
        [
            Proposal {
                call: Call::Foreclose { reserve, loans },
                ..
            },
        ] => {
            assert_eq!(*reserve, RESERVE);
            loans.clone()
        }
        other => panic!("one call: {other:?}"),
    }
}

#[test]
fn loans_are_closed_from_the_second_on_in_which_their_grace_ends() {
    let now = NOW.get();
    let verdict = closing(&[now, now + 1, now - 1], false);
    assert_eq!(closed(&verdict), [U256::from(1), U256::from(3)]);
    assert_eq!(verdict.silences.len(), 1);
    assert!(verdict.silences[0].reason.contains("ends in 1 s"));
    assert!(closed(&closing(&[], false)).is_empty());
}

#[test]
fn no_loan_is_closed_while_entries_are_paused() {
    let verdict = closing(&[NOW.get() - 1_000], true);
    assert!(closed(&verdict).is_empty());
    assert!(verdict.silences[0].reason.contains("paused"));
}

#[test]
fn no_more_loans_are_closed_in_one_call_than_the_file_says() {
    let verdict = closing(&[NOW.get(); 3], false);
    assert_eq!(closed(&verdict).len(), 2);
    assert!(verdict.silences[0].reason.contains("other loans"));
}

const TERMS: ConvertTerms = ConvertTerms {
    bid: true,
    least_gain_bps: 100,
    slippage_bps: 50,
    burn: true,
    liquidity: true,
    to: KEEPER,
};

/// A lot of 10 tokens for 1,000 of the asset, which the pool pays 1,500 for; the keeper has and allows enough.
fn auction() -> ConverterSight {
    ConverterSight {
        address: Address::repeat_byte(0xc0),
        token: Address::repeat_byte(0x70),
        multiple: WAD * U256::from(4),
        lot: whole(10),
        for_sale: whole(25),
        quote: Some((whole(10), vec![whole(1_000)])),
        assets: vec![ASSET],
        own: vec![(whole(5_000), whole(5_000))],
        proceeds: Some(whole(1_500)),
        can_add_liquidity: false,
        gas: Some(GasPrice {
            wei: 1_000_000_000,
            native: Price::new(WAD * WAD),
        }),
    }
}

fn only(sight: &ConverterSight, terms: &ConvertTerms) -> Proposal {
    let verdict = convert(sight, terms);
    assert_eq!(verdict.proposals.len(), 1, "{:?}", verdict.silences);
    verdict.proposals[0].clone()
}

fn why_not(sight: &ConverterSight, terms: &ConvertTerms) -> String {
    let verdict = convert(sight, terms);
    assert!(verdict.proposals.is_empty(), "{:?}", verdict.proposals);
    verdict.silences[0].reason.clone()
}

#[test]
fn a_lot_is_bid_for_where_the_pool_pays_more_than_it_the_least_gain_and_gas_cost() {
    let proposal = only(&auction(), &TERMS);
    let wanted = Call::Bid {
        converter: auction().address,
        tokens: whole(10),
        max_pay: vec![whole(1_005)],
        to: KEEPER,
    };
    assert_eq!(proposal.call, wanted);
    let stakes = proposal.stakes.expect("something is at stake");
    assert_eq!((stakes.paid, stakes.gain), (whole(1_000), whole(500)));
    // 350,000 gas of a gwei are 0.00035 of the asset: that and a percent of 1,000 have to be gained.
    let gas = U256::from(350_000_000_000_000_u64);
    assert_eq!(stakes.gas, gas);
    let mut sight = auction();
    sight.proceeds = Some(whole(1_010) + gas);
    only(&sight, &TERMS);
    sight.proceeds = Some(whole(1_010) + gas - U256::ONE);
    assert!(why_not(&sight, &TERMS).contains("the pool would pay"));
}

#[test]
fn the_converter_is_let_take_the_price_before_the_first_bid_and_no_more_than_that() {
    let mut sight = auction();
    sight.own = vec![(whole(5_000), whole(1_005) - U256::ONE)];
    let proposal = only(&sight, &TERMS);
    let wanted = Call::Approve {
        asset: ASSET,
        spender: sight.address,
        amount: whole(1_005),
    };
    assert_eq!(proposal.call, wanted);
    assert_eq!(proposal.stakes, None, "nothing is gained by it yet");
    sight.own = vec![(whole(1_005), whole(1_005))];
    assert!(matches!(only(&sight, &TERMS).call, Call::Bid { .. }));
    sight.own = vec![(whole(1_005) - U256::ONE, U256::MAX)];
    assert!(why_not(&sight, &TERMS).contains("may be needed"));
}

type Change = fn(&mut ConverterSight);

#[test]
fn nothing_is_bid_for_what_cannot_be_weighed_or_where_bids_are_off() {
    let cases: [(Change, &str); 4] = [
        (|sight| sight.quote = None, "floor is zero"),
        (
            |sight| sight.quote = Some((WAD, vec![WAD, WAD])),
            "several assets",
        ),
        (|sight| sight.proceeds = None, "no pool"),
        (|sight| sight.gas = None, "no known price"),
    ];
    for (change, word) in cases {
        let mut sight = auction();
        change(&mut sight);
        let reason = why_not(&sight, &TERMS);
        assert!(reason.contains(word), "{reason}");
    }
    let off = ConvertTerms {
        bid: false,
        ..TERMS
    };
    assert!(why_not(&auction(), &off).contains("off"));
    let mut empty = auction();
    empty.for_sale = U256::ZERO;
    assert!(why_not(&empty, &TERMS).contains("nothing is for sale"));
}

#[test]
fn a_lot_is_burned_at_the_floor_and_only_there() {
    let mut sight = auction();
    sight.multiple = WAD;
    let wanted = Call::BurnLot {
        converter: sight.address,
    };
    assert_eq!(only(&sight, &TERMS).call, wanted);
    let off = ConvertTerms {
        burn: false,
        ..TERMS
    };
    assert!(convert(&sight, &off).proposals.is_empty());
    sight.multiple = WAD + U256::ONE;
    assert_ne!(only(&sight, &TERMS).call, wanted);
}

#[test]
fn liquidity_is_added_first_where_it_can_be() {
    let mut sight = auction();
    sight.can_add_liquidity = true;
    let wanted = Call::AddLiquidity {
        converter: sight.address,
    };
    assert_eq!(only(&sight, &TERMS).call, wanted);
    let off = ConvertTerms {
        liquidity: false,
        ..TERMS
    };
    assert!(matches!(only(&sight, &off).call, Call::Bid { .. }));
}
