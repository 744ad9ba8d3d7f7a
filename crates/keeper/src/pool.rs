//! Pairs of the Uniswap V2 shape, as far as a decision needs them. The arithmetic is that of the pairs and of the desk.

use alloy::primitives::{Address, U256};
use ballast_math::wide_mul_div_down;
use ballast_types::BPS_FULL;

/// One pair on a way, seen in the direction of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The pair.
    pub pair: Address,
    /// What it keeps of what comes in, basis points.
    pub fee_bps: u16,
    /// What it has of the token that is sold, base units.
    pub reserve_in: U256,
    /// What it has of the token that is bought, base units.
    pub reserve_out: U256,
}

impl Hop {
    /// What remains of what comes in, in ten-thousandths.
    fn kept(&self) -> Option<U256> {
        let kept = BPS_FULL.checked_sub(self.fee_bps)?;
        (kept != 0).then(|| U256::from(kept))
    }

    /// The least that buys `out`; none where the pair has not so much.
    pub fn input_for(&self, out: U256) -> Option<U256> {
        let left = self.reserve_out.checked_sub(out)?;
        let divisor = left.checked_mul(self.kept()?)?;
        let scaled = self.reserve_in.checked_mul(U256::from(BPS_FULL))?;
        wide_mul_div_down(scaled, out, divisor)
            .ok()?
            .checked_add(U256::ONE)
    }

    /// What `input` buys, rounded down; none where the pair is empty.
    pub fn output_of(&self, input: U256) -> Option<U256> {
        let kept = input.checked_mul(self.kept()?)?;
        let scaled = self.reserve_in.checked_mul(U256::from(BPS_FULL))?;
        let whole = scaled.checked_add(kept)?;
        if self.reserve_in.is_zero() {
            return None;
        }
        wide_mul_div_down(self.reserve_out, kept, whole).ok()
    }
}

/// A way from one token to another, over one pair or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The pairs in the order of the sale.
    pub hops: Vec<Hop>,
}

impl Route {
    /// The least that buys `out` at the end; none where a pair has not so much, or there is no pair.
    pub fn input_for(&self, out: U256) -> Option<U256> {
        if self.hops.is_empty() {
            return None;
        }
        let mut backwards = self.hops.iter().rev();
        backwards.try_fold(out, |amount, hop| hop.input_for(amount))
    }

    /// The same way after somebody bought `out` at its end for the least that buys it; none where a pair has not so much.
    pub fn after_buying(&self, out: U256) -> Option<Self> {
        let mut hops = self.hops.clone();
        let mut amount = out;
        for hop in hops.iter_mut().rev() {
            let input = hop.input_for(amount)?;
            hop.reserve_out = hop.reserve_out.checked_sub(amount)?;
            hop.reserve_in = hop.reserve_in.checked_add(input)?;
            amount = input;
        }
        Some(Self { hops })
    }

    /// What `input` buys at the end, rounded down; none where there is no pair or one is empty.
    pub fn output_of(&self, input: U256) -> Option<U256> {
        if self.hops.is_empty() {
            return None;
        }
        let mut forwards = self.hops.iter();
        forwards.try_fold(input, |amount, hop| hop.output_of(amount))
    }

    /// What so little that it moves nothing would buy for `unit`, before fees, rounded down.
    pub fn worth(&self, unit: U256) -> Option<U256> {
        if self.hops.is_empty() {
            return None;
        }
        let mut forwards = self.hops.iter();
        forwards.try_fold(unit, |amount, hop| {
            wide_mul_div_down(amount, hop.reserve_out, hop.reserve_in).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::{Hop, Route};

    fn hop(reserve_in: u128, reserve_out: u128, fee_bps: u16) -> Hop {
        Hop {
            pair: Address::ZERO,
            fee_bps,
            reserve_in: U256::from(reserve_in),
            reserve_out: U256::from(reserve_out),
        }
    }

    /// As a pair checks a swap: what it has afterwards, less its fee, may not be worth less.
    fn pair_takes(hop: &Hop, input: U256, out: U256) -> bool {
        let full = U256::from(10_000);
        let before = hop.reserve_in * hop.reserve_out * full;
        let after = (hop.reserve_in + input) * full - input * U256::from(hop.fee_bps);
        after * (hop.reserve_out - out) >= before
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn what_is_paid_is_what_the_pair_takes_and_hardly_more(
            reserve_in in 1_u128..=u128::MAX >> 16, reserve_out in 2_u128..=u128::MAX >> 16,
            part in any::<u64>(), fee in 0_u16..1_000,
        ) {
            let hop = hop(reserve_in, reserve_out, fee);
            let out = hop.reserve_out * U256::from(part) / (U256::from(u64::MAX) + U256::ONE);
            let input = hop.input_for(out).expect("it has so much");
            assert!(pair_takes(&hop, input, out));
            let back = hop.output_of(input).expect("not empty");
            assert!(back >= out);
            if input > U256::from(1) && !out.is_zero() {
                assert!(!pair_takes(&hop, input - U256::from(2).min(input), out) || input <= U256::from(2));
            }
        }
    }

    #[test]
    fn nobody_buys_all_that_a_pair_has() {
        let whole = hop(1_000, 1_000, 30);
        assert_eq!(whole.input_for(U256::from(1_000)), None);
        assert_eq!(whole.input_for(U256::from(1_001)), None);
        assert!(whole.input_for(U256::from(999)).is_some());
        assert_eq!(Route::default().input_for(U256::ZERO), None);
        assert_eq!(Route::default().output_of(U256::ONE), None);
        assert_eq!(hop(0, 5, 30).output_of(U256::ONE), None);
        assert_eq!(hop(5, 5, 10_000).input_for(U256::ONE), None);
    }

    #[test]
    fn a_way_over_two_pairs_is_one_after_the_other() {
        let (one, two) = (hop(1_000_000, 2_000_000, 30), hop(4_000_000, 3_000_000, 5));
        let route = Route {
            hops: vec![one, two],
        };
        let out = U256::from(10_000);
        let middle = two.input_for(out).expect("has it");
        assert_eq!(route.input_for(out), one.input_for(middle));
        assert_eq!(
            route.worth(U256::from(1_000_000)),
            Some(U256::from(1_500_000))
        );
        let after = route.after_buying(out).expect("has it");
        let paid = one.input_for(middle).expect("has it");
        assert_eq!(after.hops[0].reserve_in, one.reserve_in + paid);
        assert_eq!(after.hops[0].reserve_out, one.reserve_out - middle);
        assert_eq!(after.hops[1].reserve_in, two.reserve_in + middle);
        assert_eq!(after.hops[1].reserve_out, two.reserve_out - out);
        assert_eq!(route.after_buying(two.reserve_out), None);
    }
}
