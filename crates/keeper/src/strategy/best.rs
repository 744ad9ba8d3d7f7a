//! The best amount of a trade whose price gets worse with its size.

use alloy::primitives::U256;

/// Steps of the search. Each leaves two thirds, so that 128 bits are searched to a few units.
const STEPS: u32 = 64;

/// The amount from 1 to `most` for which `gain` is largest, where it rises to one top and falls from there; `most`
/// itself where it still rises there. None where every amount that was tried loses or cannot be done.
///
/// `gain` gives what is gained, none where the amount cannot be traded or loses.
pub fn best_amount(most: U256, gain: impl Fn(U256) -> Option<U256>) -> Option<(U256, U256)> {
    let mut best: Option<(U256, U256)> = None;
    let mut try_at = |amount: U256| {
        let gained = gain(amount);
        if let Some(gained) = gained
            && best.is_none_or(|(_, top)| gained > top)
        {
            best = Some((amount, gained));
        }
        gained
    };
    let (mut low, mut high) = (U256::ZERO, most);
    if most.is_zero() {
        return None;
    }
    let whole = try_at(most);
    // Most trades are small for their pool: where all still gains more than nearly all, a top between the two would
    // gain hardly more.
    let nearly = most.saturating_sub(most.wrapping_shr(8));
    if let Some(whole) = whole
        && try_at(nearly).is_none_or(|less| less < whole)
    {
        return Some((most, whole));
    }
    for _ in 0..STEPS {
        let width = high.saturating_sub(low);
        let third = width.checked_div(U256::from(3)).unwrap_or_default();
        if third.is_zero() {
            break;
        }
        let (left, right) = (low.saturating_add(third), high.saturating_sub(third));
        // What cannot be done is on the far side: too much for the pool, or at a loss.
        let (at_left, at_right) = (try_at(left), try_at(right));
        if at_right > at_left {
            low = left;
        } else {
            high = right;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;
    use proptest::prelude::{ProptestConfig, proptest};

    use super::best_amount;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_top_of_a_hill_is_found(top in 1_u64..1_000_000, most in 1_u64..2_000_000) {
            // top^2 - (top - x)^2, which is zero at 0 and at twice the top.
            let gain = |amount: U256| {
                let off = amount.abs_diff(U256::from(top));
                (U256::from(top) * U256::from(top)).checked_sub(off * off)
            };
            let (amount, gained) = best_amount(U256::from(most), gain).expect("some amount gains");
            let right = U256::from(top.min(most));
            let tolerance = gained / U256::from(10_000) + U256::from(16);
            assert!(gained + tolerance >= gain(right).expect("gains"), "{amount} instead of {right}");
        }
    }

    #[test]
    fn nothing_is_found_where_everything_loses() {
        assert_eq!(best_amount(U256::from(1_000), |_| None), None);
        assert_eq!(best_amount(U256::ZERO, Some), None);
        assert_eq!(best_amount(U256::ONE, Some), Some((U256::ONE, U256::ONE)));
    }
}
