//! Stored prices that age, step, or lie off what their sources say.

use alloy::primitives::U256;
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::{PriceState, PriceView};
use ballast_types::{Price, Timestamp, WAD, Wad};

use super::percent;
use crate::action::{Call, Proposal, Strategy, Verdict};
use crate::sight::{PriceSight, Survey};
use crate::subject::Subject;

/// When to refresh a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PokeTerms {
    /// Part of the largest age from which on a price is refreshed, percent.
    pub age_percent: u8,
    /// How far the sources may be from the stored mid, wad; the asset's own deviation where it is none.
    pub move_wad: Option<Wad>,
}

/// Refreshes of a stepped price within one window that may find it where it is: from when the window runs only its keeper
/// knows, and to ask in every block would cost gas in every block.
const TRIES_PER_WINDOW: u64 = 8;

/// Why a price is to be refreshed now; none where it is not.
fn due(sight: &PriceSight, survey: &Survey, terms: &PokeTerms, now: Timestamp) -> Option<String> {
    let PriceView {
        mid: stored, state, ..
    } = sight.view;
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
    let pause = survey
        .step_window_secs
        .checked_div(TRIES_PER_WINDOW)
        .unwrap_or_default();
    if state == PriceState::Stepped && age >= pause {
        return Some("the price is stepped and may go on towards the median".to_owned());
    }
    if state == PriceState::Stepped && goes_on(&sight.view, survey.median) {
        return None;
    }
    let off = survey.mid_after(stored).get().abs_diff(stored.get());
    let off = wide_mul_div_down(off, WAD, stored.get()).unwrap_or(U256::MAX);
    let most = terms.move_wad.unwrap_or(survey.deviation).get();
    (off >= most && !off.is_zero())
        .then(|| format!("the sources are {} off the stored price", percent(off)))
}

/// Whether the median is where a stepped price was on its way to, as its range tells: that reaches to what sources said
/// on the side to which mid could not follow.
fn goes_on(view: &PriceView, median: Price) -> bool {
    let below = view.mid.get().saturating_sub(view.low.get());
    let above = view.high.get().saturating_sub(view.mid.get());
    if below > above {
        median <= view.mid
    } else {
        median >= view.mid
    }
}

/// Whether a stored price is to be refreshed.
pub fn poke(sight: &PriceSight, terms: &PokeTerms, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(survey) = &sight.survey else {
        return verdict;
    };
    let (prices, asset) = (sight.prices, sight.asset);
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

#[cfg(test)]
mod tests;
