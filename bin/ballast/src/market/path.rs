//! The price that the market follows: generated where none is recorded, and cut into the moments of each bar.

use super::chance::Chance;
use crate::prices::Bar;

/// 2026-01-01 00:00 UTC, where generated paths begin.
pub const GENERATED_START: u64 = 1_767_225_600;
/// Seconds of a generated bar.
pub const GENERATED_BAR_SECS: u64 = 3_600;
/// Moments inside a generated bar that its highest and lowest price are taken from.
const STEPS: usize = 12;
/// Deviation of one hour's return in quiet times.
const QUIET_DEVIATION: f64 = 0.010;
/// Pull of the deviation back to the quiet one, per hour.
const PULL: f64 = 0.06;
/// How strongly the deviation itself varies.
const UNREST: f64 = 0.18;
/// Probability of a jump in an hour, and its deviation.
const JUMP: (f64, f64) = (0.012, 0.06);
/// Most moments of one bar.
pub const MOMENTS_MAX: usize = 4;
/// Least seconds between two moments.
const MOMENT_SECS_MIN: u64 = 60;

/// `count` hourly bars from `seed`: returns whose deviation varies and reverts, with a jump now and then.
pub fn generate(seed: u64, count: usize) -> Vec<Bar> {
    let mut chance = Chance::fork(seed, 1);
    let (mut price, mut excitement) = (100.0_f64, 0.0_f64);
    let mut bars = Vec::with_capacity(count);
    for index in 0..count {
        excitement += -PULL * excitement + UNREST * chance.normal();
        let deviation = QUIET_DEVIATION * excitement.clamp(-1.5, 2.0).exp();
        let mut bar = Bar {
            time: GENERATED_START + GENERATED_BAR_SECS * index as u64,
            open: price,
            high: price,
            low: price,
            close: price,
        };
        let step_deviation = deviation / (STEPS as f64).sqrt();
        for _ in 0..STEPS {
            price = (price * (step_deviation * chance.normal()).exp()).clamp(1e-6, 1e9);
            bar.high = bar.high.max(price);
            bar.low = bar.low.min(price);
        }
        if chance.happens(JUMP.0) {
            price = (price * (JUMP.1 * chance.normal()).exp()).clamp(1e-6, 1e9);
            bar.high = bar.high.max(price);
            bar.low = bar.low.min(price);
        }
        bar.close = price;
        bars.push(bar);
    }
    bars
}

/// One moment of a bar: when, and the price then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Unix seconds.
    pub time: u64,
    /// The price.
    pub price: f64,
}

/// The moments of every bar, each strictly inside its bar. A bar lasts until the next begins, but no longer than bars
/// of its file commonly do: a gap in a recording is time that passes without prices.
///
/// Inside a bar the price passes from open over the nearer extreme to the farther one and to close. Whoever acts sees
/// the moments up to his own only.
pub fn moments(bars: &[Bar]) -> Vec<Vec<Moment>> {
    let common = common_secs(bars);
    let span = |index: usize| match (bars.get(index), bars.get(index + 1)) {
        (Some(bar), Some(next)) => (next.time - bar.time).min(common),
        _ => common,
    };
    bars.iter()
        .enumerate()
        .map(|(index, bar)| cut(bar, span(index)))
        .collect()
}

/// The longest time between two moments of a path, seconds.
pub fn gap_secs(bars: &[Bar]) -> u64 {
    let times: Vec<u64> = moments(bars)
        .into_iter()
        .flatten()
        .map(|one| one.time)
        .collect();
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.max().unwrap_or(GENERATED_BAR_SECS)
}

/// Seconds that bars of this series commonly last: the middle of all distances; an hour for a single bar.
pub fn common_secs(bars: &[Bar]) -> u64 {
    let mut distances: Vec<u64> = bars
        .windows(2)
        .map(|pair| pair[1].time - pair[0].time)
        .collect();
    distances.sort_unstable();
    distances
        .get(distances.len() / 2)
        .copied()
        .unwrap_or(GENERATED_BAR_SECS)
        .max(1)
}

fn cut(bar: &Bar, span: u64) -> Vec<Moment> {
    let count = usize::try_from(span / MOMENT_SECS_MIN)
        .unwrap_or(MOMENTS_MAX)
        .clamp(1, MOMENTS_MAX);
    let (first, second) = if bar.close >= bar.open {
        (bar.low, bar.high)
    } else {
        (bar.high, bar.low)
    };
    let prices: &[f64] = match count {
        1 => &[bar.close],
        2 => &[second, bar.close],
        3 => &[first, second, bar.close],
        _ => &[bar.open, first, second, bar.close],
    };
    let part = |index: usize| span * (index as u64 + 1) / (prices.len() as u64 + 1);
    let at = |index: usize| bar.time + part(index);
    prices
        .iter()
        .enumerate()
        .map(|(index, price)| Moment {
            time: at(index),
            price: *price,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Moment, common_secs, generate, moments};
    use crate::prices::Bar;

    fn flat(time: u64) -> Bar {
        Bar {
            time,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
        }
    }

    #[test]
    fn a_generated_path_follows_from_its_seed_and_its_bars_join() {
        let path = generate(3, 500);
        assert_eq!(path, generate(3, 500));
        assert_ne!(path, generate(4, 500));
        assert_eq!(
            generate(3, 100),
            path[..100],
            "a longer path begins as the shorter one"
        );
        for pair in path.windows(2) {
            assert_eq!(pair[0].close, pair[1].open);
            assert!(pair[0].time < pair[1].time);
        }
        for bar in &path {
            assert!(
                bar.low > 0.0
                    && bar.low <= bar.open.min(bar.close)
                    && bar.high >= bar.open.max(bar.close)
            );
        }
    }

    #[test]
    fn moments_rise_and_stay_inside_their_bar() {
        for secs in [1, 30, 60, 150, 300, 3_600] {
            let bars: Vec<Bar> = (0..10).map(|index| flat(1_000 + index * secs)).collect();
            let all: Vec<Moment> = moments(&bars).concat();
            assert!(
                all.windows(2).all(|pair| pair[0].time < pair[1].time),
                "{secs}"
            );
            for (bar, cut) in bars.iter().zip(moments(&bars)) {
                assert!(
                    cut.iter()
                        .all(|moment| moment.time >= bar.time && moment.time < bar.time + secs)
                );
            }
        }
    }

    #[test]
    fn a_falling_bar_passes_its_high_first() {
        let bar = Bar {
            time: 0,
            open: 3.0,
            high: 4.0,
            low: 1.0,
            close: 2.0,
        };
        let prices: Vec<f64> = moments(&[bar])[0]
            .iter()
            .map(|moment| moment.price)
            .collect();
        assert_eq!(prices, [3.0, 4.0, 1.0, 2.0]);
    }

    #[test]
    fn a_gap_does_not_stretch_a_bar() {
        let bars = [flat(0), flat(60), flat(120), flat(100_000), flat(100_060)];
        assert_eq!(common_secs(&bars), 60);
        assert!(moments(&bars)[2].iter().all(|moment| moment.time < 180));
        assert_eq!(common_secs(&bars[..1]), 3_600);
    }
}
