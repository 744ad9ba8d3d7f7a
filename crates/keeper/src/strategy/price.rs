//! Stored prices that age, step, or lie off what their sources say.

use alloy::primitives::U256;
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::PriceState;
use ballast_types::{Timestamp, WAD, Wad};

use super::percent;
use crate::action::{Call, Proposal, Strategy, Verdict};
use crate::sight::{MarketSight, Survey};
use crate::subject::Subject;

/// When to refresh a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PokeTerms {
    /// Part of the largest age from which on a price is refreshed, percent.
    pub age_percent: u8,
    /// How far the sources may be from the stored mid, wad; the asset's own deviation where it is none.
    pub move_wad: Option<Wad>,
}

/// Why a price is to be refreshed now; none where it is not.
fn due(sight: &MarketSight, survey: &Survey, terms: &PokeTerms, now: Timestamp) -> Option<String> {
    let stored = sight.market.price.mid;
    let state = sight.state();
    if state > PriceState::Stepped {
        let word = if stored.is_zero() {
            "there is no price yet"
        } else {
            "the price is unsafe"
        };
        return Some(format!(
            "{word}, and {} of {} sources agree",
            survey.live, survey.least
        ));
    }
    let after = survey.mid_after(stored);
    if state == PriceState::Stepped {
        let age = now.get().saturating_sub(sight.updated_at);
        if after == survey.median || age >= survey.step_window_secs {
            return Some("the price is stepped and can go on towards the median".to_owned());
        }
    }
    let age = now.get().saturating_sub(sight.updated_at);
    let old = survey
        .max_age_secs
        .saturating_mul(u64::from(terms.age_percent));
    if age.saturating_mul(100) >= old {
        return Some(format!(
            "the price is {age} s old; at {} s it is unsafe",
            survey.max_age_secs
        ));
    }
    let off = after.get().abs_diff(stored.get());
    let off = wide_mul_div_down(off, WAD, stored.get()).unwrap_or(U256::MAX);
    let most = terms.move_wad.unwrap_or(survey.deviation).get();
    (off >= most && !off.is_zero())
        .then(|| format!("the sources are {} off the stored price", percent(off)))
}

/// Whether the price of a market's collateral is to be refreshed.
pub fn poke(sight: &MarketSight, terms: &PokeTerms, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(survey) = &sight.survey else {
        return verdict;
    };
    let (prices, asset) = (sight.market.terms.prices, sight.market.terms.collateral);
    let subject = Subject::Price { prices, asset };
    if survey.live < survey.least {
        let reason = format!(
            "{} of its sources agree and {} must: a refresh would only begin its unsafe time",
            survey.live, survey.least
        );
        verdict.pass(Strategy::Poke, subject, reason);
        return verdict;
    }
    match due(sight, survey, terms, now) {
        Some(reason) => verdict.proposals.push(Proposal {
            strategy: Strategy::Poke,
            call: Call::Poke { prices, asset },
            reason,
            profit: None,
            stakes: None,
        }),
        None => verdict.pass(
            Strategy::Poke,
            subject,
            "the price is young and near its sources",
        ),
    }
    verdict
}
