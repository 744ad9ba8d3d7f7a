//! What became of losses, and who paid them.

use alloy::primitives::U256;

/// What became of losses. Base units of the synthetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Written by takes that the collateral did not cover.
    pub by_takes: U256,
    /// Written by `book`, without a sale.
    pub by_book: U256,
    /// Written by the peg module, of its custody.
    pub by_peg: U256,
    /// Taken back by the peg module when its custody was worth more again.
    pub peg_regained: U256,
    /// Paid by interest and surplus.
    pub by_surplus: U256,
    /// Paid by the backstop.
    pub by_backstop: U256,
    /// Paid by holders who redeemed or left under a haircut.
    pub by_holders: U256,
    /// Paid by others of their own will.
    pub by_others: U256,
    /// Times that holders paid while the surplus or the cash of the backstop could have.
    pub order_breaks: u64,
}

impl Losses {
    /// Adds those of another synthetic.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.by_takes, other.by_takes),
            (&mut self.by_book, other.by_book),
            (&mut self.by_peg, other.by_peg),
            (&mut self.peg_regained, other.peg_regained),
            (&mut self.by_surplus, other.by_surplus),
            (&mut self.by_backstop, other.by_backstop),
            (&mut self.by_holders, other.by_holders),
            (&mut self.by_others, other.by_others),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
        self.order_breaks += other.order_breaks;
    }
}
