//! What strategies expect beside what the contracts do.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_bindings::desk::TakeDesk;
use ballast_bindings::peers::Erc20;
use ballast_keeper::action::{Call, Strategy, Verdict};
use ballast_keeper::ladder::Ladder;
use ballast_keeper::mirror::BookMirror;
use ballast_keeper::pool::{Hop, Route};
use ballast_keeper::sight::{BookSight, GasPrice, MarketSight};
use ballast_keeper::strategy::{
    self, BookTerms, CollectTerms, FlagTerms, RedeemTerms, TakeMode, TakeTerms,
};
use ballast_model::vaults::{PriceState, PriceView};
use ballast_types::{Price, Timestamp};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::book::{BANK, Book, KEEPER, price_words, whole};

fn owner(index: u8) -> Address {
    Address::repeat_byte(0x40 + index)
}

/// The same with its clocks and its price as the book has them.
fn settled(book: &mut Book, mut mirror: BookMirror) -> BookMirror {
    let unsure: Vec<(usize, Address)> = mirror.unsure().collect();
    for (market, owner) in unsure {
        let call = VaultBook::vaultOfCall {
            market: U256::from(market),
            owner,
        };
        let flagged = book.read(book.book, &call).flaggedAt;
        let flagged = Timestamp::new(u64::try_from(flagged).expect("seconds"));
        mirror.settle_clock(market, owner, flagged);
    }
    let (low, mid, high) = price_words(book.thousandths);
    let view = PriceView {
        low: Price::new(low),
        mid: Price::new(mid),
        high: Price::new(high),
        state: book.state,
    };
    mirror.set_price(0, view, book.now);
    mirror
}

/// What a keeper sees of the book, `wei` per gas and with the native currency worth 2,000.
fn sight(book: &mut Book, wei: u128) -> (BookSight, Ladder) {
    let mut mirror = BookMirror::new(book.book);
    for (time, logs) in book.logs.clone() {
        for log in &logs {
            mirror.apply(log, time).expect("fits");
        }
    }
    let mirror = settled(book, mirror);
    // The next block is a second later.
    let now = Timestamp::new(book.now + 1);
    let market = &mirror.markets()[0];
    let line = market.line(now).expect("line");
    let (reserve_in, reserve_out) = book.reserves();
    let gas = GasPrice {
        wei,
        native: Price::new(whole(2_000) * whole(1)),
    };
    let seen = MarketSight {
        book: book.book,
        number: 0,
        market: market.market,
        updated_at: market.updated_at,
        line,
        unhealthy: market.ladder.unhealthy(&line).expect("within bounds"),
        riskiest: market.ladder.riskiest().take(12).collect(),
        after_poke: None,
        route: Route {
            hops: vec![Hop {
                pair: book.pair,
                fee_bps: 30,
                reserve_in,
                reserve_out,
            }],
        },
        unit: whole(1),
        survey: None,
        gas,
    };
    let totals = book.read(book.book, &VaultBook::totalsCall {});
    let supply = book.read(book.book, &VaultBook::totalSupplyCall {});
    let whole_book = BookSight {
        address: book.book,
        symbol: "SYN".to_owned(),
        now,
        markets: vec![seen],
        deficit: totals.deficit,
        peg_deficit: U256::ZERO,
        earned: (totals.debt + totals.deficit + totals.pegLedger).saturating_sub(supply),
        mintable: book.read(book.book, &VaultBook::collectCall {}),
        surplus: book.balance(book.book, book.book),
        surplus_buffer: U256::ZERO,
        own: book.balance(book.book, KEEPER),
        backstop: None,
        peg: None,
        prices: Vec::new(),
        gas,
    };
    (whole_book, market.ladder.clone())
}

fn terms(mode: TakeMode) -> TakeTerms {
    TakeTerms {
        mode,
        owners_max: 200,
        least_profit: U256::ZERO,
        slippage_bps: 0,
        valid_secs: 600,
        reserved: U256::ZERO,
        poke: false,
    }
}

fn take(book: &BookSight, mode: TakeMode) -> Verdict {
    strategy::take(book, &book.markets[0], &terms(mode)).expect("within bounds")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_take_gives_what_was_expected_to_the_unit(
        ratios in proptest::collection::vec(7_000_u64..7_900, 1..8),
        price in 1_500_u64..1_900, wait in 0_u64..40, through_desk in any::<bool>(),
    ) {
        let mut book = Book::new();
        for (index, ratio) in ratios.iter().enumerate() {
            let debt = whole(20_000) * U256::from(*ratio) / U256::from(10_000);
            book.adjust(owner(u8::try_from(index).expect("small")), whole(10), debt);
        }
        book.must(BANK, book.book, &Erc20::transferCall { to: KEEPER, amount: whole(40_000) });
        book.reprice(price * 1_000);
        book.level_pool();
        for index in 0..3 {
            let call = VaultBook::flagCall { market: U256::ZERO, owner: owner(index) };
            book.must(KEEPER, book.book, &call);
        }
        book.pass(wait);
        let mode = if through_desk { TakeMode::Desk(book.desk) } else { TakeMode::Capital };
        let (seen, _) = sight(&mut book, 1_000_000_000);
        let verdict = take(&seen, mode);
        let held = (book.balance(book.book, KEEPER), book.balance(book.collateral, KEEPER));
        for proposal in &verdict.proposals {
            let stakes = proposal.stakes.expect("something is at stake");
            let (to, data) = proposal.call.encode();
            let done = book.send_raw(KEEPER, to, data).expect("the chain does it");
            let after = (book.balance(book.book, KEEPER), book.balance(book.collateral, KEEPER));
            if through_desk {
                let got = TakeDesk::takeCall::abi_decode_returns(&done.output).expect("decodes");
                assert_eq!(got.paid, stakes.paid);
                assert_eq!(after.0, held.0, "no capital");
                assert_eq!(after.1 - held.1, got.profit);
                let worth = seen.markets[0].worth(got.profit);
                assert_eq!(worth, stakes.gain, "the gain is the collateral left");
            } else {
                let got = VaultBook::takeCall::abi_decode_returns(&done.output).expect("decodes");
                assert_eq!((got.paid, got.collateral), (stakes.paid, stakes.collateral));
                assert_eq!(held.0 - after.0, stakes.paid);
                assert_eq!(after.1 - held.1, stakes.collateral);
            }
            assert!(stakes.gain > stakes.gas);
        }
        // Every unhealthy vault is either in the take or there is a reason why not.
        let told: Vec<Address> = verdict.silences.iter().filter_map(|silence| match silence.subject {
            ballast_keeper::subject::Subject::Vault { owner, .. } => Some(owner),
            _ => None,
        }).collect();
        let taken: Vec<Address> = verdict.proposals.iter().flat_map(|proposal| match &proposal.call {
            Call::Take { owners, .. } | Call::DeskTake { owners, .. } => owners.clone(),
            _ => Vec::new(),
        }).collect();
        for (owner, _) in &seen.markets[0].unhealthy {
            assert!(told.contains(owner) != taken.contains(owner), "{owner}");
        }
    }

    #[test]
    fn a_redemption_gives_what_was_expected_and_gains(
        ratios in proptest::collection::vec(3_000_u64..7_900, 1..6), cheap in 10_u64..600,
    ) {
        let mut book = Book::new();
        for (index, ratio) in ratios.iter().enumerate() {
            let debt = whole(20_000) * U256::from(*ratio) / U256::from(10_000);
            book.adjust(owner(u8::try_from(index).expect("small")), whole(10), debt);
        }
        book.must(BANK, book.book, &Erc20::transferCall { to: KEEPER, amount: whole(15_000) });
        // More synthetic in the pool: it trades under its peg.
        book.must(BANK, book.book, &Erc20::transferCall { to: book.pair, amount: whole(2_000 * cheap) });
        alloy::sol! { function sync() external; }
        book.must(BANK, book.pair, &syncCall {});
        let (seen, _) = sight(&mut book, 1_000_000_000);
        let terms = RedeemTerms { least_profit: whole(1), reserved: U256::ZERO, slippage_bps: 0 };
        let verdict = strategy::redeem(&seen, &seen.markets[0], &terms, &[]).expect("within bounds");
        if cheap > 100 {
            assert_eq!(verdict.proposals.len(), 1, "{:?}", verdict.silences);
        }
        for proposal in &verdict.proposals {
            let stakes = proposal.stakes.expect("something is at stake");
            let (to, data) = proposal.call.encode();
            let done = book.send_raw(KEEPER, to, data).expect("the chain does it");
            let got = VaultBook::redeemCall::abi_decode_returns(&done.output).expect("decodes");
            assert_eq!((got.burned, got.collateral), (stakes.paid, stakes.collateral));
            let sold = seen.markets[0].route.output_of(got.collateral).expect("the pool buys");
            assert_eq!(sold - got.burned, stakes.gain);
        }
    }
}

#[test]
fn more_vaults_than_a_take_holds_are_sold_by_several_of_one_block_that_know_of_each_other() {
    for through_desk in [false, true] {
        let mut book = Book::new();
        for index in 0..7 {
            let debt = whole(15_000 + 100 * u64::from(index));
            book.adjust(owner(index), whole(10), debt);
        }
        let paid = Erc20::transferCall {
            to: KEEPER,
            amount: whole(80_000),
        };
        book.must(BANK, book.book, &paid);
        book.reprice(1_600_000);
        book.level_pool();
        let mode = if through_desk {
            TakeMode::Desk(book.desk)
        } else {
            TakeMode::Capital
        };
        let terms = TakeTerms {
            owners_max: 2,
            // Each is mined a second after the one before, for which debts grow.
            slippage_bps: 1,
            ..terms(mode)
        };
        let (seen, _) = sight(&mut book, 1_000_000);
        let verdict = strategy::take(&seen, &seen.markets[0], &terms).expect("within bounds");
        let sizes: Vec<usize> = verdict
            .proposals
            .iter()
            .map(|proposal| match &proposal.call {
                Call::Take { owners, .. } | Call::DeskTake { owners, .. } => owners.len(),
                _ => 0,
            })
            .collect();
        assert!(sizes.len() > 1, "{sizes:?} {:?}", verdict.silences);
        assert!(sizes.iter().all(|size| (1..=2).contains(size)), "{sizes:?}");
        for proposal in &verdict.proposals {
            let before = book.balance(book.collateral, KEEPER);
            let (to, data) = proposal.call.encode();
            book.send_raw(KEEPER, to, data)
                .expect("one after the other, each as it was expected");
            let got = book.balance(book.collateral, KEEPER) - before;
            let stakes = proposal.stakes.expect("something is at stake");
            let (got, expected) = if through_desk {
                (seen.markets[0].worth(got), stakes.gain)
            } else {
                (got, stakes.collateral)
            };
            assert!(got.abs_diff(expected) <= expected / U256::from(10_000));
        }
    }
}

#[test]
fn nobody_is_taken_from_while_the_price_is_in_its_grace_or_the_vault_is_healthy() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(15_000));
    let mode = TakeMode::Desk(book.desk);
    let (seen, _) = sight(&mut book, 1);
    assert_eq!(take(&seen, mode), Verdict::default());
    book.reprice_as(1_600_000, PriceState::Grace);
    let (seen, _) = sight(&mut book, 1);
    let verdict = take(&seen, mode);
    assert!(verdict.proposals.is_empty());
    assert!(verdict.silences[0].reason.contains("grace"), "{verdict:?}");
}

#[test]
fn gas_that_costs_more_than_the_discount_is_a_reason_to_wait() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(15_000));
    book.reprice(1_700_000);
    let mode = TakeMode::Desk(book.desk);
    let (seen, _) = sight(&mut book, 1_000_000_000);
    assert_eq!(take(&seen, mode).proposals.len(), 1);
    let (seen, _) = sight(&mut book, 20_000_000_000_000);
    let verdict = take(&seen, mode);
    assert!(verdict.proposals.is_empty());
    assert!(verdict.silences[0].reason.contains("gas"), "{verdict:?}");
}

#[test]
fn a_shallow_fall_is_flagged_and_then_taken_as_time_makes_it_worth_it() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(15_000));
    book.reprice(1_795_000);
    book.level_pool();
    let mode = TakeMode::Desk(book.desk);
    let terms = FlagTerms {
        least_debt: U256::ZERO,
        per_block_max: 16,
        unflag: true,
    };
    let (seen, _) = sight(&mut book, 1_000_000);
    assert!(take(&seen, mode).proposals.is_empty());
    let verdict = strategy::flag(&seen, &seen.markets[0], &terms, &[], &[]).expect("within bounds");
    assert_eq!(verdict.proposals.len(), 1);
    let (to, data) = verdict.proposals[0].call.encode();
    book.send_raw(KEEPER, to, data).expect("flags");
    book.pass(15);
    let (seen, ladder) = sight(&mut book, 1_000_000);
    let again = strategy::flag(&seen, &seen.markets[0], &terms, &[], &[]).expect("within bounds");
    assert_eq!(again.proposals, [], "its clock runs");
    let (to, data) = take(&seen, mode).proposals[0].call.encode();
    assert_eq!(ladder.clocked().count(), 1);
    book.send_raw(KEEPER, to, data).expect("takes");
    let (seen, ladder) = sight(&mut book, 1_000_000);
    assert!(seen.markets[0].unhealthy.is_empty());
    assert_eq!(
        ladder.clocked().count(),
        0,
        "a take that heals stops the clock"
    );
}

#[test]
fn a_clock_of_a_healthy_vault_is_stopped_where_that_is_wanted() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(15_000));
    book.reprice(1_795_000);
    let flag = VaultBook::flagCall {
        market: U256::ZERO,
        owner: owner(0),
    };
    book.must(KEEPER, book.book, &flag);
    book.reprice(2_000_000);
    let (seen, ladder) = sight(&mut book, 1);
    let clocked: Vec<_> = ladder.clocked().collect();
    let mut terms = FlagTerms {
        least_debt: U256::ZERO,
        per_block_max: 16,
        unflag: false,
    };
    let verdict = strategy::flag(&seen, &seen.markets[0], &terms, &[], &clocked).expect("bounds");
    assert!(verdict.proposals.is_empty());
    terms.unflag = true;
    let verdict = strategy::flag(&seen, &seen.markets[0], &terms, &[], &clocked).expect("bounds");
    let (to, data) = verdict.proposals[0].call.encode();
    book.send_raw(KEEPER, to, data).expect("stops it");
    assert_eq!(sight(&mut book, 1).1.clocked().count(), 0);
}

#[test]
fn a_loss_is_booked_and_then_paid_from_interest() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(15_000));
    book.pass(86_400 * 300);
    book.reprice(1_000_000);
    let (seen, _) = sight(&mut book, 1);
    let terms = BookTerms {
        least: U256::ZERO,
        per_block_max: 16,
    };
    let verdict = strategy::book(&seen.markets[0], &terms).expect("within bounds");
    assert_eq!(verdict.proposals.len(), 1);
    let (to, data) = verdict.proposals[0].call.encode();
    book.send_raw(KEEPER, to, data).expect("books");
    let (seen, _) = sight(&mut book, 1);
    assert!(!seen.deficit.is_zero() && !seen.earned.is_zero());
    let verdict = strategy::collect(&seen, &CollectTerms { least: whole(1) });
    let proposal = &verdict.proposals[0];
    assert_eq!(proposal.strategy, Strategy::Collect);
    assert!(proposal.reason.contains("deficit"), "{}", proposal.reason);
    let (to, data) = proposal.call.encode();
    book.send_raw(KEEPER, to, data).expect("collects");
    let (after, _) = sight(&mut book, 1);
    assert!(after.deficit < seen.deficit, "interest paid");
}
