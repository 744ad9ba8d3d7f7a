//! What a transaction pays for its gas.

/// Fees of one transaction, in wei per gas. On a chain without a base fee both are its gas price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// The most it pays in all.
    pub max_wei: u128,
    /// What of it goes to whoever builds the block.
    pub priority_wei: u128,
}

/// What the chain asks now, in wei per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Market {
    /// Base fee of the newest block; none on a chain without one.
    pub base_wei: Option<u128>,
    /// Usual priority fee; the gas price on a chain without a base fee.
    pub priority_wei: u128,
}

/// The least that is more by `percent`.
fn raised(wei: u128, percent: u32) -> u128 {
    let whole = wei.saturating_mul(u128::from(percent).saturating_add(100));
    whole.div_ceil(100).max(wei.saturating_add(1))
}

/// The most that, raised by `percent`, is not over `wei`.
pub(super) fn lowered(wei: u128, percent: u32) -> u128 {
    let whole = u128::from(percent).saturating_add(100);
    wei.saturating_mul(100).checked_div(whole).unwrap_or(wei)
}

impl Market {
    /// The least that a transaction must pay to be mined now.
    pub fn least_wei(&self) -> u128 {
        let base = self.base_wei.unwrap_or_default();
        base.saturating_add(self.priority_wei)
    }

    /// What a transaction best pays. Twice the base fee holds through six full blocks in a row.
    fn wanted(&self) -> u128 {
        let base = self.base_wei.unwrap_or_default();
        base.saturating_mul(2).saturating_add(self.priority_wei)
    }

    fn priority_of(&self, max_wei: u128, priority_wei: u128) -> u128 {
        match self.base_wei {
            Some(_) => priority_wei.min(max_wei),
            None => max_wei,
        }
    }

    /// Fees of a new transaction that pays at most `bound_wei`; none where it could not be mined now.
    pub fn within(&self, bound_wei: u128) -> Option<Fees> {
        let max_wei = self.wanted().min(bound_wei);
        (self.least_wei() <= bound_wei).then(|| Fees {
            max_wei,
            priority_wei: self.priority_of(max_wei, self.priority_wei),
        })
    }

    /// Fees of a transaction that takes the place of one with `last`, more by `percent` at least; none where that is
    /// over `bound_wei`.
    pub fn replacing(&self, last: Fees, percent: u32, bound_wei: u128) -> Option<Fees> {
        let priority_wei = raised(last.priority_wei, percent).max(self.priority_wei);
        let least = raised(last.max_wei, percent).max(priority_wei);
        let max_wei = self.wanted().min(bound_wei).max(least);
        (max_wei <= bound_wei).then(|| Fees {
            max_wei,
            priority_wei: self.priority_of(max_wei, priority_wei),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fees, Market, lowered, raised};

    const LONDON: Market = Market {
        base_wei: Some(100),
        priority_wei: 10,
    };
    const LEGACY: Market = Market {
        base_wei: None,
        priority_wei: 100,
    };

    fn fees(max_wei: u128, priority_wei: u128) -> Fees {
        Fees {
            max_wei,
            priority_wei,
        }
    }

    #[test]
    fn a_new_transaction_leaves_room_below_its_bound_and_waits_above_it() {
        assert_eq!(LONDON.within(1_000), Some(fees(210, 10)));
        assert_eq!(LONDON.within(150), Some(fees(150, 10)));
        assert_eq!(LONDON.within(110), Some(fees(110, 10)));
        assert_eq!(LONDON.within(109), None);
        assert_eq!(LEGACY.within(100), Some(fees(100, 100)));
        assert_eq!(LEGACY.within(99), None);
    }

    #[test]
    fn what_is_lowered_can_be_raised_once_within_its_bound() {
        for wei in [1_000, 999, 20_000_000_000, 7_777_777] {
            for percent in [13, 15, 100] {
                assert!(raised(lowered(wei, percent), percent) <= wei);
            }
        }
    }

    #[test]
    fn a_replacement_raises_both_fees_by_an_eighth_or_does_not_happen() {
        for last in [fees(150, 10), fees(1, 0), fees(7, 7), fees(1_000_000, 3)] {
            let next = LONDON.replacing(last, 13, u128::MAX).expect("no bound");
            assert!(next.max_wei * 8 >= last.max_wei * 9, "{next:?}");
            assert!(next.priority_wei * 8 >= last.priority_wei * 9, "{next:?}");
            assert!(next.priority_wei > last.priority_wei && next.priority_wei <= next.max_wei);
        }
        assert_eq!(LONDON.replacing(fees(150, 10), 13, 169), None);
        assert_eq!(
            LONDON.replacing(fees(150, 10), 13, 170),
            Some(fees(170, 12))
        );
        let next = LEGACY.replacing(fees(90, 90), 13, 200);
        assert_eq!(next, Some(fees(102, 102)));
    }
}
