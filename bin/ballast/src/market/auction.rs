//! The converter's auction as bidders follow it: its multiple at any second, what a lot costs, and when it is cheap
//! enough.

use alloy::primitives::U256;
use ballast_math::{decay, halve, raise_multiple_down};
use ballast_types::{Seconds, TokenAmount, Wad};

use super::view::{View, WAD};

/// The multiple as it was last set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    /// Wad.
    pub multiple: U256,
    /// Unix seconds.
    pub set_at: u64,
    /// Token base units of the largest fill.
    pub lot: U256,
}

impl Auction {
    /// The multiple at `time`, wad, at least one.
    pub fn multiple_at(&self, time: u64) -> U256 {
        let elapsed = Seconds::new(time.saturating_sub(self.set_at));
        decay(Wad::new(self.multiple), elapsed).map_or(U256::from(WAD), Wad::get)
    }

    /// What a fill or a burned lot of `tokens` at `time` leaves behind: the multiple rises and keeps its place between
    /// two halvings, unless it stood at one.
    pub fn raise(&mut self, tokens: U256, time: u64) {
        if self.multiple_at(time) == U256::from(WAD) {
            (self.multiple, self.set_at) = (U256::from(WAD), time);
        }
        let elapsed = Seconds::new(time.saturating_sub(self.set_at));
        // Neither fails: halvings of a bounded multiple, and a rise that is capped.
        let (halved, passed) =
            halve(Wad::new(self.multiple), elapsed).unwrap_or((Wad::ONE, elapsed));
        let raised =
            raise_multiple_down(halved, TokenAmount::new(tokens), TokenAmount::new(self.lot));
        self.multiple = raised.unwrap_or(halved).get();
        self.set_at += passed.get();
    }

    /// Takes the chain's word for the multiple at `time` where it differs.
    pub fn trust(&mut self, multiple: U256, time: u64) {
        if self.multiple_at(time) != multiple {
            (self.multiple, self.set_at) = (multiple, time);
        }
    }

    /// The first second after `now` and before `until` at which the multiple is at most `limit` and still above one.
    pub fn first_at_most(&self, limit: U256, now: u64, until: u64) -> Option<u64> {
        if limit <= U256::from(WAD) || until <= now + 1 || self.multiple_at(until - 1) > limit {
            return None;
        }
        let (mut low, mut high) = (now + 1, until - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.multiple_at(middle) <= limit {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        (self.multiple_at(low) > U256::from(WAD)).then_some(low)
    }
}

/// What `tokens` cost of each asset at `multiple`, rounded up twice as the converter does.
pub fn price(view: &View, tokens: U256, multiple: U256) -> Vec<U256> {
    let up = |a: U256, b: U256, divisor: U256| (a * b).div_ceil(divisor.max(U256::ONE));
    let of = |total: U256| up(up(tokens, total, view.claims), multiple, U256::from(WAD));
    view.ledger.iter().map(|ledger| of(ledger.total)).collect()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{Auction, price};
    use crate::market::view::{Ledger, View, WAD};

    fn wad(value: u64) -> U256 {
        U256::from(value) * U256::from(WAD)
    }

    #[test]
    fn the_first_cheap_second_is_found() {
        let auction = Auction {
            multiple: wad(8),
            set_at: 1_000,
            lot: U256::from(10),
        };
        let second = auction
            .first_at_most(wad(3), 1_000, 10_000)
            .expect("it falls");
        assert!(auction.multiple_at(second) <= wad(3));
        assert!(auction.multiple_at(second - 1) > wad(3));
        assert_eq!(
            auction.first_at_most(wad(3), 1_000, second),
            None,
            "not before it is cheap"
        );
        assert_eq!(
            auction.first_at_most(wad(1), 1_000, 10_000),
            None,
            "nothing is sold at the floor"
        );
        assert_eq!(
            auction.first_at_most(wad(3), 9_000, 10_000),
            None,
            "by then it has reached the floor"
        );
    }

    #[test]
    fn a_full_lot_doubles_the_multiple_in_its_place_between_two_halvings() {
        let lot = U256::from(10);
        let mut auction = Auction {
            multiple: wad(64),
            set_at: 0,
            lot,
        };
        let before = auction.multiple_at(600);
        auction.raise(lot, 700);
        assert_eq!((auction.multiple, auction.set_at), (wad(64), 600));
        assert_eq!(auction.multiple_at(600), before * U256::from(2));
        auction.raise(lot, 100_000);
        assert_eq!(
            (auction.multiple, auction.set_at),
            (wad(2), 100_000),
            "from the floor it begins anew"
        );
        auction.trust(wad(2), 100_000);
        assert_eq!(auction.set_at, 100_000);
        auction.trust(wad(7), 100_001);
        assert_eq!((auction.multiple, auction.set_at), (wad(7), 100_001));
    }

    #[test]
    fn prices_round_up() {
        let ledger = Ledger {
            total: U256::from(100),
            ..Ledger::default()
        };
        let view = View {
            claims: U256::from(3),
            ledger: vec![ledger],
            ..View::default()
        };
        assert_eq!(price(&view, U256::from(1), wad(2)), [U256::from(68)]);
    }
}
