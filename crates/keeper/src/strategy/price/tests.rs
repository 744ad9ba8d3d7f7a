//! When a price is refreshed, and when not.

use alloy::primitives::U256;
use ballast_model::vaults::PriceState;
use ballast_types::Price;

use super::{PokeTerms, poke};
use crate::sight::MarketSight;
use crate::strategy::sights::{NOW, bps, market, market_at, price};

const TERMS: PokeTerms = PokeTerms {
    age_percent: 80,
    move_wad: None,
};

/// Whether it is refreshed, with the reason in either case.
fn asked(sight: &MarketSight) -> (bool, String) {
    let verdict = poke(&sight.price(), &TERMS, NOW);
    match (verdict.proposals.as_slice(), verdict.silences.as_slice()) {
        ([proposal], []) => (true, proposal.reason.clone()),
        ([], [silence]) => (false, silence.reason.clone()),
        other => panic!("one of the two: {other:?}"),
    }
}

fn with_median(mut sight: MarketSight, median: Price) -> MarketSight {
    let survey = sight.survey.as_mut().expect("a survey");
    survey.median = median;
    sight
}

/// Stepped down to 1,800 on the way to `median`, `age` seconds ago.
fn falling(median: u64, age: u64) -> MarketSight {
    let mut sight = with_median(market_at(1_800, PriceState::Stepped), price(median));
    sight.market.price.low = price(1_500);
    sight.updated_at = NOW.get() - age;
    sight
}

#[test]
fn a_price_that_is_young_and_near_its_sources_is_left_alone() {
    assert!(!asked(&market()).0);
    // Under the deviation of half a percent.
    assert!(!asked(&with_median(market(), price(2_009))).0);
    let mut without = market();
    without.survey = None;
    assert_eq!(
        poke(&without.price(), &TERMS, NOW),
        crate::action::Verdict::default()
    );
}

#[test]
fn a_price_is_refreshed_from_its_part_of_the_largest_age_on() {
    let mut sight = market();
    sight.updated_at = NOW.get() - 2_879;
    assert!(!asked(&sight).0);
    sight.updated_at = NOW.get() - 2_880;
    let (refreshed, reason) = asked(&sight);
    assert!(refreshed && reason.contains("2880 s old"), "{reason}");
}

#[test]
fn a_price_off_its_sources_by_the_deviation_or_the_configured_part_is_refreshed() {
    assert!(asked(&with_median(market(), price(2_010))).0);
    assert!(asked(&with_median(market(), price(1_990))).0);
    let wide = PokeTerms {
        move_wad: Some(bps(100)),
        ..TERMS
    };
    let sight = with_median(market(), price(2_019));
    assert!(poke(&sight.price(), &wide, NOW).proposals.is_empty());
    let sight = with_median(market(), price(2_020));
    assert_eq!(poke(&sight.price(), &wide, NOW).proposals.len(), 1);
}

#[test]
fn nothing_is_refreshed_while_too_few_sources_agree_however_old_or_far_off_it_is() {
    for state in [
        PriceState::Safe,
        PriceState::Stepped,
        PriceState::Grace,
        PriceState::Late,
    ] {
        let mut sight = with_median(market_at(2_000, state), price(1_000));
        sight.updated_at = NOW.get() - 1_000_000;
        sight.survey.as_mut().expect("a survey").live = 1;
        let (refreshed, reason) = asked(&sight);
        assert!(
            !refreshed && reason.contains("1 of its sources"),
            "{reason}"
        );
    }
}

#[test]
fn an_unsafe_price_is_refreshed_as_soon_as_enough_sources_agree_also_where_there_was_none() {
    for state in [PriceState::Grace, PriceState::Late] {
        assert!(asked(&market_at(2_000, state)).0, "{state:?}");
    }
    let mut first = market_at(0, PriceState::Grace);
    first.updated_at = 0;
    let (refreshed, reason) = asked(&first);
    assert!(refreshed && reason.contains("no price yet"), "{reason}");
}

#[test]
fn a_stepped_price_is_not_refreshed_in_every_block_of_a_window_that_holds_it() {
    // The window lasts 600 s; from when it runs only its keeper knows, so it is tried eight times in it.
    for median in [1_500, 1_790] {
        assert!(!asked(&falling(median, 0)).0);
        assert!(!asked(&falling(median, 74)).0);
        assert!(asked(&falling(median, 75)).0);
    }
}

#[test]
fn a_stepped_price_is_refreshed_at_once_where_its_sources_turn_around() {
    assert!(asked(&falling(1_850, 1)).0);
    let mut rising = with_median(market_at(2_200, PriceState::Stepped), price(2_500));
    rising.market.price.high = price(2_600);
    rising.updated_at = NOW.get() - 1;
    assert!(!asked(&rising).0);
    assert!(asked(&with_median(rising, price(2_150))).0);
}

#[test]
fn a_refresh_is_a_call_of_the_market_s_own_prices_for_its_collateral() {
    let sight = with_median(market(), price(1_000));
    let proposal = &poke(&sight.price(), &TERMS, NOW).proposals[0];
    let terms = &sight.market.terms;
    assert_eq!(proposal.call.encode().0, terms.prices);
    assert!(proposal.call.about().len() == 1 && proposal.profit.is_none());
    assert_eq!(proposal.stakes, None, "nobody bids for it");
    let data = proposal.call.encode().1;
    let word = U256::from_be_slice(&data[4..36]);
    assert_eq!(word, U256::from_be_slice(terms.collateral.as_slice()));
}
