//! When losses are written down and paid, by whom, and when not.

use alloy::primitives::{Address, I256, U256};
use ballast_model::vaults::PriceState;
use ballast_types::TokenAmount;

use super::{
    BackstopTerms, BookTerms, CollectTerms, MarkTerms, backstop, book as write_off, collect, mark,
};
use crate::action::{Call, Verdict};
use crate::sight::{BookSight, MarketSight, PegSight};
use crate::strategy::sights::{NOW, book, market, market_at, vault, whole};

const BACKSTOP: BackstopTerms = BackstopTerms {
    take: true,
    patience_secs: 60,
    cover: true,
    sync: true,
    owners_max: 2,
    least: U256::ONE,
};

fn owner(index: u8) -> Address {
    Address::repeat_byte(index)
}

fn collecting() -> CollectTerms {
    CollectTerms { least: whole(100) }
}

fn only(verdict: &Verdict) -> &Call {
    assert_eq!(verdict.proposals.len(), 1, "{verdict:?}");
    &verdict.proposals[0].call
}

fn with_deficit(mut sight: MarketSight, number: u64, deficit: u64) -> MarketSight {
    sight.number = number;
    sight.market.deficit = TokenAmount::new(whole(deficit));
    sight
}

/// Two markets with deficits of 300 and 200.
fn in_deficit() -> BookSight {
    let markets = [(0, 300), (1, 200)];
    let markets = markets.map(|(number, deficit)| with_deficit(market(), number, deficit));
    book(markets.to_vec())
}

fn acting(sight: &BookSight, taken: &[Address]) -> Verdict {
    backstop(sight, &BACKSTOP, taken).expect("within bounds")
}

/// What a cover names: market and amount.
fn covered(verdict: &Verdict) -> Option<(U256, U256)> {
    let mut covers = verdict
        .proposals
        .iter()
        .filter_map(|proposal| match proposal.call {
            Call::BackstopCover { market, amount, .. } => Some((market, amount)),
            _ => None,
        });
    let cover = covers.next();
    assert_eq!(covers.next(), None, "one at a time");
    cover
}

#[test]
fn a_loss_is_written_off_at_a_safe_price_alone_and_from_the_least_on() {
    let terms = BookTerms {
        least: whole(1),
        per_block_max: 2,
    };
    // At the high price of 2,010 ten are worth 20,100.
    let vaults = |debts: [u64; 4]| {
        let each = debts.into_iter().zip(1_u8..);
        each.map(|(debt, index)| (owner(index), vault(10, debt, 0)))
            .collect()
    };
    let mut sight = market();
    sight.unhealthy = vaults([20_100, 20_101, 19_000, 30_000]);
    let verdict = write_off(&sight, &terms).expect("within bounds");
    let written: Vec<_> = verdict.proposals.iter().map(|one| &one.call).collect();
    let of = |index| Call::Book {
        book: sight.book,
        market: 0,
        owner: owner(index),
    };
    assert_eq!(written, [&of(2), &of(4)]);
    let more = BookTerms {
        least: whole(2),
        ..terms
    };
    assert_eq!(
        only(&write_off(&sight, &more).expect("within bounds")),
        &of(4)
    );
    sight.unhealthy = vaults([30_000; 4]);
    let verdict = write_off(&sight, &terms).expect("within bounds");
    assert_eq!(verdict.proposals.len(), 2, "so many in a block");
    for state in [PriceState::Stepped, PriceState::Grace, PriceState::Late] {
        let mut unsafe_now = market_at(2_000, state);
        unsafe_now.unhealthy = sight.unhealthy.clone();
        assert_eq!(write_off(&unsafe_now, &terms), Ok(Verdict::default()));
    }
}

#[test]
fn interest_is_minted_from_the_least_on_and_only_what_can_be() {
    let mut sight = book(vec![market()]);
    sight.earned = whole(99);
    sight.mintable = whole(99);
    assert!(collect(&sight, &collecting()).proposals.is_empty());
    sight.earned = whole(100);
    sight.mintable = whole(100);
    let verdict = collect(&sight, &collecting());
    let wanted = Call::Collect {
        book: sight.address,
    };
    assert_eq!(only(&verdict), &wanted);
    // The custody of the peg module is worth so little that nothing may be minted: asking would cost gas for ever.
    sight.mintable = U256::ZERO;
    assert!(collect(&sight, &collecting()).proposals.is_empty());
}

#[test]
fn a_second_s_interest_pays_no_deficit_block_after_block() {
    let mut sight = in_deficit();
    sight.earned = U256::from(1_000_000_000_u64);
    let verdict = collect(&sight, &collecting());
    assert!(verdict.proposals.is_empty(), "{verdict:?}");
    assert!(verdict.silences[0].reason.contains("deficit"));
    sight.earned = whole(60);
    sight.surplus = whole(40);
    assert!(!collect(&sight, &collecting()).proposals.is_empty());
}

#[test]
fn a_deficit_that_interest_and_surplus_pay_wholly_is_paid_however_small() {
    let mut sight = book(vec![with_deficit(market(), 0, 2)]);
    sight.earned = whole(1);
    assert!(collect(&sight, &collecting()).proposals.is_empty());
    sight.surplus = whole(1);
    assert!(!collect(&sight, &collecting()).proposals.is_empty());
}

#[test]
fn the_backstop_pays_what_interest_and_surplus_leave_and_nothing_where_they_leave_nothing() {
    let mut sight = in_deficit();
    // Of 500 they pay 450: a collection clears the first market and 150 of the second.
    (sight.earned, sight.surplus) = (whole(440), whole(10));
    let one = U256::ONE;
    assert_eq!(covered(&acting(&sight, &[])), Some((one, whole(50))));
    sight.surplus = whole(60);
    assert_eq!(covered(&acting(&sight, &[])), None);
    (sight.earned, sight.surplus) = (U256::ZERO, U256::ZERO);
    assert_eq!(covered(&acting(&sight, &[])), Some((one, whole(200))));
}

#[test]
fn the_backstop_begins_with_what_a_collection_pays_last_and_ends_with_its_cash() {
    let mut sight = in_deficit();
    sight.peg_deficit = whole(1_700);
    sight.deficit += sight.peg_deficit;
    let wanted = Some((U256::MAX, whole(1_000)));
    assert_eq!(covered(&acting(&sight, &[])), wanted, "no more than it has");
    sight.backstop.as_mut().expect("a backstop").cash = U256::ZERO;
    let verdict = acting(&sight, &[]);
    assert_eq!(covered(&verdict), None);
    assert!(verdict.silences[0].reason.contains("no cash"));
}

#[test]
fn a_deficit_under_the_least_is_left_to_interest() {
    let sight = book(vec![with_deficit(market(), 0, 5)]);
    let terms = BackstopTerms {
        least: whole(6),
        ..BACKSTOP
    };
    let verdict = backstop(&sight, &terms, &[]).expect("within bounds");
    assert_eq!(covered(&verdict), None);
}

#[test]
fn a_collection_and_a_cover_get_in_each_other_s_way() {
    let sight = in_deficit();
    let verdict = acting(&sight, &[]);
    let cover = verdict.proposals.first().expect("a cover").call.about();
    let collection = Call::Collect {
        book: sight.address,
    };
    assert!(collection.about().iter().all(|one| cover.contains(one)));
}

/// A market with four unhealthy vaults that owe 17,500 against 20,000, with their clocks.
fn unhealthy() -> MarketSight {
    let mut sight = market();
    let clocks = [NOW.get() - 60, NOW.get() - 59, NOW.get() - 3_000, 0];
    let each = clocks.into_iter().zip(1_u8..);
    sight.unhealthy = each
        .map(|(flagged_at, index)| (owner(index), vault(10, 17_500, flagged_at)))
        .collect();
    sight
}

fn bought(verdict: &Verdict) -> Vec<Address> {
    let takes = verdict.proposals.iter().filter_map(|one| match &one.call {
        Call::BackstopTake {
            owners, max_paid, ..
        } => {
            assert!(*max_paid <= whole(1_000_000), "no more than its cash");
            Some(owners.clone())
        }
        _ => None,
    });
    takes.flatten().collect()
}

#[test]
fn the_backstop_buys_what_nobody_took_for_the_patience_and_what_the_keeper_does_not_take_now() {
    let mut sight = book(vec![unhealthy()]);
    sight.backstop.as_mut().expect("a backstop").cash = whole(1_000_000);
    let ripe = bought(&acting(&sight, &[]));
    assert!(ripe.contains(&owner(1)), "{ripe:?}");
    assert!(!ripe.contains(&owner(2)), "a second too young");
    assert!(!ripe.contains(&owner(4)), "no clock runs");
    assert!(!bought(&acting(&sight, &[owner(1)])).contains(&owner(1)));
    sight.backstop.as_mut().expect("a backstop").cash = U256::ZERO;
    assert!(bought(&acting(&sight, &[])).is_empty());
}

#[test]
fn the_backstop_buys_nothing_at_a_price_that_is_not_to_be_trusted() {
    for state in [PriceState::Grace, PriceState::Late] {
        let mut sight = market_at(2_000, state);
        sight.unhealthy = unhealthy().unhealthy;
        assert!(bought(&acting(&book(vec![sight]), &[])).is_empty());
    }
}

#[test]
fn what_the_backstop_may_not_buy_does_not_keep_it_from_paying() {
    let mut first = unhealthy();
    first.market.deficit = TokenAmount::new(whole(300));
    let mut sight = book(vec![first]);
    sight.backstop.as_mut().expect("a backstop").arrived = whole(2);
    let verdict = acting(&sight, &[]);
    assert!(!bought(&verdict).is_empty());
    assert_eq!(covered(&verdict), Some((U256::ZERO, whole(300))));
    let last = &verdict.proposals.last().expect("something").call;
    assert!(matches!(last, Call::BackstopSync { .. }));
    // Each is about the backstop, so that one of them is on its way at a time.
    let about = verdict.proposals.iter().map(|one| one.call.about());
    let subject = last.about();
    assert!(about.into_iter().all(|about| about.contains(&subject[0])));
}

#[test]
fn what_arrived_is_let_in_from_one_synthetic_on_where_anybody_has_shares() {
    let sync = |arrived: U256, has_holders: bool| {
        let mut sight = book(vec![market()]);
        let backstop = sight.backstop.as_mut().expect("a backstop");
        (backstop.arrived, backstop.has_holders) = (arrived, has_holders);
        !acting(&sight, &[]).proposals.is_empty()
    };
    assert!(sync(whole(1), true));
    assert!(!sync(whole(1) - U256::ONE, true));
    assert!(!sync(whole(1), false));
}

#[test]
fn a_book_without_backstop_or_peg_module_asks_nothing_of_them() {
    let mut sight = in_deficit();
    sight.backstop = None;
    assert_eq!(acting(&sight, &[]), Verdict::default());
    assert_eq!(
        mark(&sight, &MarkTerms { least: U256::ONE }),
        Verdict::default()
    );
}

#[test]
fn custody_is_marked_down_and_back_from_the_least_on_and_not_at_an_unsafe_price() {
    let peg = Address::repeat_byte(0x9e);
    let marked = |mark_now: Option<I256>| {
        let mut sight = book(vec![market()]);
        sight.peg = Some(PegSight {
            address: peg,
            mark: mark_now,
        });
        mark(&sight, &MarkTerms { least: whole(1) })
    };
    let whole =
        |count: i128| Some(I256::try_from(count * 1_000_000_000_000_000_000).expect("fits"));
    for (change, word) in [(1, "less"), (-1, "more")] {
        let verdict = marked(whole(change));
        assert_eq!(only(&verdict), &Call::Mark { peg });
        assert!(verdict.proposals[0].reason.contains(word));
    }
    let least = I256::ONE;
    for small in [I256::ZERO, whole(1).expect("some") - least, least] {
        assert_eq!(marked(Some(small)), Verdict::default());
    }
    let verdict = marked(None);
    assert!(verdict.proposals.is_empty());
    assert!(verdict.silences[0].reason.contains("not safe"));
}
