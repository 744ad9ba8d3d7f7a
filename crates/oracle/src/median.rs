//! From quotes to one price: pure, so that what it promises can be tried on any quotes.
//!
//! Of three venues or more, as many as [`liars_borne`] says may lie about everything, their volumes included, and the
//! price is still one that lies between those of the others.

use alloy::primitives::U256;
use ballast_types::WAD;

use crate::quote::Quote;

/// The most venues of one asset.
pub const VENUES_MAX: usize = 32;
/// What all liars together may weigh, in hundredths of the whole: under half.
const LIARS_SHARE_PERCENT: u64 = 49;
/// By which volumes are made finer before they are capped, so that rounding cannot lift a cap.
const FINER: U256 = U256::from_limbs([1 << 32, 0, 0, 0]);

/// What quotes of an asset must keep. Ratios in wad, times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Venues that must agree.
    pub sources_min: usize,
    /// Age above which a quote does not count.
    pub age_secs_max: u64,
    /// How far a quote's time may lie after the clock's.
    pub ahead_secs_max: u64,
    /// How far a quote may lie from the median, and how wide bid and ask may stand, as a part of the price.
    pub outlier_wad: U256,
}

/// Whether a quote counts, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counts,
    /// Older than it may be.
    Stale {
        /// Its age.
        age_secs: u64,
    },
    /// From the future.
    Ahead {
        /// By how much.
        ahead_secs: u64,
    },
    /// Nothing was traded there for a day.
    NoVolume,
    /// Bid and ask stand too far apart.
    WideSpread,
    /// Too far from the median.
    Outlier,
}

impl Verdict {
    /// Its name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Stale { .. } => "stale",
            Self::Ahead { .. } => "ahead",
            Self::NoVolume => "no_volume",
            Self::WideSpread => "wide_spread",
            Self::Outlier => "outlier",
        }
    }
}

/// What the venues agree on. 18 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The price of one whole asset.
    pub price: U256,
    /// Half the width of the range around the price that holds every bid and ask that counts; under the price.
    pub confidence: U256,
    /// Venues that count.
    pub sources: usize,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoView {
    /// Too few venues count.
    #[error("{sources} venues count, {least} are needed")]
    TooFew {
        /// Those that count.
        sources: usize,
        /// Those needed.
        least: usize,
    },
    /// The range reaches down to nothing.
    #[error("the range of bids and asks is as wide as the price")]
    TooWide,
}

/// How many of `count` venues may lie together without deciding: one of three to six, then fewer than a third.
pub fn liars_borne(count: usize) -> usize {
    if count < 3 {
        0
    } else {
        (count.saturating_sub(1) / 3).max(1)
    }
}

/// Volumes as weights of which [`liars_borne`] together stay under half, all one where nobody's lie can be borne.
///
/// What is above the cap is cut to it; the rest keeps its proportions. At most [`VENUES_MAX`] volumes, each above zero
/// and under 2^128.
pub fn capped_weights(volumes: &[U256]) -> Vec<U256> {
    let liars = u64::try_from(liars_borne(volumes.len())).unwrap_or(u64::MAX);
    if liars == 0 {
        return vec![U256::ONE; volumes.len()];
    }
    let finer: Vec<U256> = volumes
        .iter()
        .map(|volume| volume.saturating_mul(FINER))
        .collect();
    let mut falling = finer.clone();
    falling.sort_unstable_by(|a, b| b.cmp(a));
    let sum = |values: &[U256]| {
        values
            .iter()
            .fold(U256::ZERO, |sum, value| sum.saturating_add(*value))
    };
    let mut cap = U256::ZERO;
    for (capped, next) in falling.iter().enumerate() {
        // With `capped` of them at the cap and the rest as they are, the cap is its share of the whole.
        let rest = sum(falling.get(capped..).unwrap_or_default());
        let taken = LIARS_SHARE_PERCENT.saturating_mul(u64::try_from(capped).unwrap_or(u64::MAX));
        let left = liars.saturating_mul(100).saturating_sub(taken);
        let share = rest.saturating_mul(U256::from(LIARS_SHARE_PERCENT));
        let Some(found) = share.checked_div(U256::from(left)) else {
            break;
        };
        cap = found;
        if *next <= cap {
            break;
        }
    }
    finer.into_iter().map(|weight| weight.min(cap)).collect()
}

/// The price at which half of the weight is reached; between two prices where it is reached exactly. None of nothing.
fn weighted_median(quotes: &[Quote]) -> Option<U256> {
    let volumes: Vec<U256> = quotes.iter().map(Quote::volume).collect();
    let weights = capped_weights(&volumes);
    let total = weights
        .iter()
        .fold(U256::ZERO, |sum, weight| sum.saturating_add(*weight));
    let mut sorted: Vec<(U256, U256)> = quotes.iter().map(Quote::price).zip(weights).collect();
    sorted.sort_unstable();
    let mut below = U256::ZERO;
    let mut sorted = sorted.into_iter().peekable();
    while let Some((price, weight)) = sorted.next() {
        below = below.saturating_add(weight);
        let twice = below.saturating_add(below);
        if twice > total {
            return Some(price);
        }
        if twice == total {
            let (next, _) = sorted.peek()?;
            let both = price.saturating_add(*next);
            return both.checked_div(U256::from(2));
        }
    }
    None
}

/// Whether `distance` is more than `ratio` (wad) of `price`.
fn exceeds(distance: U256, price: U256, ratio_wad: U256) -> bool {
    distance.saturating_mul(WAD) > price.saturating_mul(ratio_wad)
}

/// Whether a quote counts by itself, whatever others say.
fn alone(quote: &Quote, rules: &Rules, now: u64) -> Verdict {
    let age_secs = now.saturating_sub(quote.time());
    let ahead_secs = quote.time().saturating_sub(now);
    if age_secs > rules.age_secs_max {
        return Verdict::Stale { age_secs };
    }
    if ahead_secs > rules.ahead_secs_max {
        return Verdict::Ahead { ahead_secs };
    }
    if quote.volume().is_zero() {
        return Verdict::NoVolume;
    }
    let spread = quote.ask().saturating_sub(quote.bid());
    if exceeds(spread, quote.price(), rules.outlier_wad) {
        return Verdict::WideSpread;
    }
    Verdict::Counts
}

/// Those of `quotes` with a verdict that they count.
fn counting(quotes: &[Quote], verdicts: &[Verdict]) -> Vec<Quote> {
    let judged = quotes.iter().zip(verdicts);
    judged
        .filter(|(_, verdict)| **verdict == Verdict::Counts)
        .map(|(quote, _)| *quote)
        .collect()
}

/// Judges `quotes`, one of each venue, at the unix second `now`: a verdict on each in their order, and what those that
/// count agree on.
///
/// 1. A quote that is stale, ahead, without volume or too wide does not count.
/// 2. The volume-weighted median of the rest is taken; who is further from it than the rules allow is an outlier.
/// 3. The price is the weighted median of who is left, kept between the order statistics that liars cannot reach.
/// 4. The confidence reaches from the price to the furthest bid or ask of who is left.
///
/// # Errors
/// The outcome is one where fewer than `sources_min` venues count.
pub fn judge(quotes: &[Quote], rules: &Rules, now: u64) -> (Vec<Verdict>, Result<View, NoView>) {
    let quotes = quotes.get(..VENUES_MAX).unwrap_or(quotes);
    let mut verdicts: Vec<Verdict> = quotes
        .iter()
        .map(|quote| alone(quote, rules, now))
        .collect();
    let live = counting(quotes, &verdicts);
    let too_few = |sources| NoView::TooFew {
        sources,
        least: rules.sources_min,
    };
    let Some(first) = weighted_median(&live) else {
        return (verdicts, Err(too_few(0)));
    };
    for (quote, verdict) in quotes.iter().zip(&mut verdicts) {
        let far = exceeds(quote.price().abs_diff(first), first, rules.outlier_wad);
        if *verdict == Verdict::Counts && far {
            *verdict = Verdict::Outlier;
        }
    }
    let agreeing = counting(quotes, &verdicts);
    if agreeing.len() < rules.sources_min.max(1) {
        return (verdicts, Err(too_few(agreeing.len())));
    }
    let view = weighted_median(&agreeing)
        .ok_or_else(|| too_few(0))
        .and_then(|median| view(median, &live, &agreeing));
    (verdicts, view)
}

/// The view around `median`, which is moved where it left what liars cannot reach.
fn view(median: U256, live: &[Quote], agreeing: &[Quote]) -> Result<View, NoView> {
    let mut prices: Vec<U256> = live.iter().map(Quote::price).collect();
    prices.sort_unstable();
    let liars = liars_borne(prices.len());
    let from_above = prices.len().saturating_sub(liars).saturating_sub(1);
    let low = prices.get(liars).copied().unwrap_or(median);
    let high = prices.get(from_above).copied().unwrap_or(median);
    let price = median.max(low).min(high.max(low));
    let furthest = |quote: &Quote| {
        let down = price.saturating_sub(quote.bid());
        down.max(quote.ask().saturating_sub(price))
    };
    let confidence = agreeing.iter().map(furthest).max().unwrap_or(U256::ZERO);
    if confidence >= price {
        return Err(NoView::TooWide);
    }
    Ok(View {
        price,
        confidence,
        sources: agreeing.len(),
    })
}
