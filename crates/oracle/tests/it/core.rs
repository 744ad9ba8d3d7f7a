//! What the median promises, on any quotes.

use alloy::primitives::U256;
use ballast_oracle::due::{Due, Latest, PushRules, due};
use ballast_oracle::median::{NoView, Rules, Verdict, capped_weights, judge, liars_borne};
use ballast_oracle::quote::{PRICE_MAX, Quote, QuoteError};
use proptest::prelude::*;

const NOW: u64 = 1_800_000_000;

fn wad(text: &str) -> U256 {
    ballast_types::decimal::parse("number", text, 18).expect("a number")
}

fn rules(sources_min: usize, outlier: &str) -> Rules {
    Rules {
        sources_min,
        age_secs_max: 60,
        ahead_secs_max: 5,
        outlier_wad: wad(outlier),
    }
}

/// A quote without a spread.
fn quote(price: U256, volume: u128) -> Quote {
    Quote::new(price, price, price, U256::from(volume), NOW).expect("a quote")
}

fn quotes(all: &[(&str, u128)]) -> Vec<Quote> {
    let each = all.iter().map(|(price, volume)| quote(wad(price), *volume));
    each.collect()
}

/// Prices of one market, each even so that the mean of two is exact, and volumes of any size.
fn honest(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Quote>> {
    let price = (500_000_u64..520_000).prop_map(|half| U256::from(half * 2));
    let one = (price, 1_u128..u128::MAX).prop_map(|(price, volume)| quote(price, volume));
    proptest::collection::vec(one, count)
}

/// Anything that a venue may claim.
fn lie() -> impl Strategy<Value = Quote> {
    let price = prop_oneof![1_u64..u64::MAX, 900_000_u64..1_200_000];
    (price, 1_u128..u128::MAX, 0_u64..120).prop_map(|(price, volume, age)| {
        let price = U256::from(price);
        Quote::new(price, price, price, U256::from(volume), NOW - age).expect("a quote")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn s05_liars_that_can_be_borne_never_move_the_price_beyond_the_honest_range(
        truth in honest(2..14),
        lies in proptest::collection::vec(lie(), 4),
        outlier in prop_oneof![Just("0.001"), Just("0.01"), Just("0.2")],
    ) {
        // As many liars as can be borne among all of them.
        let liars = (1..=lies.len())
            .rev()
            .find(|liars| liars_borne(truth.len() + liars) >= *liars);
        let Some(liars) = liars else { return Ok(()) };
        let all: Vec<Quote> = truth.iter().chain(&lies[..liars]).copied().collect();
        let (_, view) = judge(&all, &rules(2, outlier), NOW);
        if let Ok(view) = view {
            let prices = truth.iter().map(Quote::price);
            let (low, high) = (prices.clone().min().unwrap(), prices.max().unwrap());
            prop_assert!((low..=high).contains(&view.price), "{} not in {low} to {high}", view.price);
        }
    }

    #[test]
    fn one_liar_of_three_leaves_a_price_wherever_the_two_others_agree(
        truth in honest(2..3), lie in lie(),
    ) {
        let all: Vec<Quote> = truth.into_iter().chain([lie]).collect();
        // The honest ones lie within four percent of each other.
        prop_assert!(judge(&all, &rules(2, "0.05"), NOW).1.is_ok());
    }

    #[test]
    fn the_order_of_venues_is_nothing(all in honest(1..9), seed in any::<u64>()) {
        let mut other = all.clone();
        let length = other.len();
        for (at, turn) in (0..length).zip(1..) {
            other.swap(at, (seed.rotate_left(turn) as usize) % length);
        }
        let rules = rules(1, "0.01");
        prop_assert_eq!(judge(&all, &rules, NOW).1, judge(&other, &rules, NOW).1);
    }

    #[test]
    fn another_unit_of_price_changes_nothing_else(all in honest(1..9), factor in 1_u64..1_000_000_000) {
        let rules = rules(1, "0.01");
        let scaled: Vec<Quote> = all
            .iter()
            .map(|one| {
                let price = one.price() * U256::from(factor);
                Quote::new(price, price, price, one.volume(), one.time()).expect("a quote")
            })
            .collect();
        let (verdicts, view) = judge(&all, &rules, NOW);
        let (scaled_verdicts, scaled_view) = judge(&scaled, &rules, NOW);
        prop_assert_eq!(verdicts, scaled_verdicts);
        let factor = U256::from(factor);
        prop_assert_eq!(view.map(|view| view.price * factor), scaled_view.map(|view| view.price));
        prop_assert_eq!(
            view.map(|view| view.confidence * factor),
            scaled_view.map(|view| view.confidence)
        );
    }

    #[test]
    fn another_unit_of_volume_changes_nothing(all in honest(1..9), factor in 1_u32..1_000) {
        // Small enough to be multiplied.
        let small = |one: &Quote| (one.volume() >> 20_usize).max(U256::ONE).to::<u128>();
        let times = |factor: u128| -> Vec<Quote> {
            let each = all.iter().map(|one| quote(one.price(), small(one) * factor));
            each.collect()
        };
        let (scaled, larger) = (times(1), times(u128::from(factor)));
        let rules = rules(1, "0.01");
        prop_assert_eq!(judge(&scaled, &rules, NOW).1, judge(&larger, &rules, NOW).1);
    }

    #[test]
    fn fewer_venues_than_needed_give_no_price(all in honest(1..9), least in 1_usize..12) {
        let (verdicts, view) = judge(&all, &rules(least, "0.01"), NOW);
        let sources = verdicts.iter().filter(|verdict| **verdict == Verdict::Counts).count();
        prop_assert_eq!(view.is_ok(), sources >= least);
        if sources < least {
            prop_assert_eq!(view, Err(NoView::TooFew { sources, least }));
        }
    }

    #[test]
    fn s05_no_liars_that_can_be_borne_weigh_half(volumes in proptest::collection::vec(1_u128..u128::MAX, 3..33)) {
        let volumes: Vec<U256> = volumes.into_iter().map(U256::from).collect();
        let mut weights = capped_weights(&volumes);
        let total: U256 = weights.iter().copied().sum();
        weights.sort_unstable();
        let heaviest: U256 = weights.iter().rev().take(liars_borne(volumes.len())).copied().sum();
        prop_assert!(heaviest * U256::from(2) < total);
    }

    #[test]
    fn weights_keep_the_order_of_volumes(volumes in proptest::collection::vec(1_u128..u128::MAX, 3..12)) {
        let words: Vec<U256> = volumes.iter().copied().map(U256::from).collect();
        let weights = capped_weights(&words);
        for (a, of_a) in words.iter().zip(&weights) {
            for (b, of_b) in words.iter().zip(&weights) {
                prop_assert!(a > b || of_a <= of_b);
            }
        }
    }

    #[test]
    fn every_bid_and_ask_that_counts_lies_within_the_confidence(
        all in proptest::collection::vec((1_000_000_u64..1_010_000, 0_u64..5_000, 0_u64..5_000, 1_u128..1_000), 1..8)
    ) {
        let all: Vec<Quote> = all
            .into_iter()
            .map(|(last, below, above, volume)| {
                let word = |value: u64| U256::from(value);
                Quote::new(word(last), word(last - below), word(last + above), U256::from(volume), NOW)
                    .expect("a quote")
            })
            .collect();
        let (verdicts, view) = judge(&all, &rules(1, "0.005"), NOW);
        if let Ok(view) = view {
            prop_assert!(view.confidence < view.price);
            for (one, verdict) in all.iter().zip(verdicts) {
                if verdict == Verdict::Counts {
                    prop_assert!(one.bid() >= view.price - view.confidence);
                    prop_assert!(one.ask() <= view.price + view.confidence);
                }
            }
        }
    }
}

/// Found by the property above: the honest one that is far away counts for nothing, and the mean of the two others would
/// be past the honest one of them.
#[test]
fn s05_a_liar_near_one_of_two_honest_venues_cannot_pull_the_price_past_it() {
    let all = [1_000_000_u64, 1_034_892, 1_034_894].map(|price| quote(U256::from(price), 1));
    let view = judge(&all, &rules(2, "0.001"), NOW).1.expect("a price");
    assert_eq!(view.price, U256::from(1_034_892));
}

#[test]
fn volume_decides_between_venues_that_are_many_enough() {
    let even = quotes(&[("100", 1), ("100.2", 1), ("100.4", 1), ("100.6", 1)]);
    let view = judge(&even, &rules(2, "0.02"), NOW).1.expect("a price");
    assert_eq!(
        view.price,
        wad("100.3"),
        "half way where all weigh the same"
    );
    let heavy = quotes(&[("100", 1), ("100.2", 9), ("100.4", 1), ("100.6", 1)]);
    let view = judge(&heavy, &rules(2, "0.02"), NOW).1.expect("a price");
    assert_eq!(view.price, wad("100.2"), "where most was traded");
    assert_eq!(view.confidence, wad("0.4"), "up to the furthest");
}

#[test]
fn s05_a_venue_that_claims_all_volume_still_decides_nothing() {
    let all = quotes(&[("100", 10), ("101", 10), ("103", u128::MAX)]);
    let view = judge(&all, &rules(2, "0.05"), NOW).1.expect("a price");
    assert_eq!(view.price, wad("101"));
}

#[test]
fn each_reason_not_to_count_is_named() {
    let good = quotes(&[("100", 1), ("100", 1), ("100", 1)]);
    let with = |last: &str, bid: &str, ask: &str, volume: u64, time: u64| {
        let volume = U256::from(volume);
        Quote::new(wad(last), wad(bid), wad(ask), volume, time).expect("a quote")
    };
    let bad = [
        (
            with("100", "100", "100", 1, NOW - 61),
            Verdict::Stale { age_secs: 61 },
        ),
        (
            with("100", "100", "100", 1, NOW + 6),
            Verdict::Ahead { ahead_secs: 6 },
        ),
        (with("100", "100", "100", 0, NOW), Verdict::NoVolume),
        (with("100", "99", "101.1", 1, NOW), Verdict::WideSpread),
        (with("103", "103", "103", 1, NOW), Verdict::Outlier),
        (with("102", "102", "102", 1, NOW - 60), Verdict::Counts),
    ];
    for (one, expected) in bad {
        let mut all = good.clone();
        all.push(one);
        let (verdicts, view) = judge(&all, &rules(3, "0.02"), NOW);
        assert_eq!(verdicts.last(), Some(&expected));
        assert_eq!(view.expect("a price").price, wad("100"));
    }
}

#[test]
fn two_venues_that_differ_too_much_are_no_price() {
    let all = quotes(&[("100", 1), ("105", 1)]);
    let (verdicts, view) = judge(&all, &rules(2, "0.02"), NOW);
    assert_eq!(verdicts, [Verdict::Outlier, Verdict::Outlier]);
    assert_eq!(
        view,
        Err(NoView::TooFew {
            sources: 0,
            least: 2
        })
    );
}

#[test]
fn a_last_trade_outside_of_the_book_is_moved_into_it() {
    let of = |last: &str| {
        let quote = Quote::new(wad(last), wad("99"), wad("101"), U256::ONE, NOW);
        quote.expect("a quote").price()
    };
    assert_eq!(
        (of("90"), of("100"), of("110")),
        (wad("99"), wad("100"), wad("101"))
    );
}

#[test]
fn numbers_that_are_no_quote_are_refused_by_name() {
    let (one, most) = (U256::ONE, PRICE_MAX);
    let zero = Quote::new(U256::ZERO, one, one, one, NOW);
    assert_eq!(zero, Err(QuoteError::Zero { field: "last" }));
    let large = Quote::new(one, one, most + one, one, NOW);
    assert_eq!(large, Err(QuoteError::TooLarge { field: "ask", most }));
    assert_eq!(PRICE_MAX, (U256::ONE << 112) - U256::ONE);
    let crossed = Quote::new(one, one + one, one, one, NOW);
    assert_eq!(crossed, Err(QuoteError::Crossed));
}

#[test]
fn a_price_is_due_by_its_move_its_age_and_where_there_is_none() {
    let rules = PushRules {
        deviation_wad: wad("0.005"),
        heartbeat_secs: 3_600,
    };
    let latest = Latest {
        price: wad("200"),
        time: NOW,
        round: 7,
    };
    let at = |price: &str, now| due(Some(&latest), wad(price), now, &rules);
    assert_eq!(due(None, wad("1"), NOW, &rules), Some(Due::First));
    assert_eq!(at("200.99", NOW), None);
    assert_eq!(at("201", NOW), Some(Due::Deviation));
    assert_eq!(at("199", NOW), Some(Due::Deviation));
    assert_eq!(at("200", NOW + 3_599), None);
    assert_eq!(at("200", NOW + 3_600), Some(Due::Heartbeat));
    assert_eq!(at("200", NOW - 10), None, "a clock behind the chain's");
}
