//! Open loans as their borrowers follow them, on the loan clock that stands still during pauses.

use alloy::primitives::U256;

/// What a borrower means to do with a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Pay all of it back before the deadline.
    Repay,
    /// Pay half of it halfway, the rest before the deadline.
    RepayInParts,
    /// Add a term for the fee, then pay it back.
    Extend,
    /// Add a term by burning collateral, then pay it back.
    ExtendByBurn,
    /// Never pay.
    Default,
}

/// One open loan.
#[derive(Clone, Debug, PartialEq)]
pub struct Loan {
    /// Its identifier.
    pub id: U256,
    /// The borrower's account number.
    pub who: usize,
    /// Index of the token.
    pub token: usize,
    /// Token base units locked.
    pub collateral: U256,
    /// Base units owed of each asset.
    pub principal: Vec<U256>,
    /// Deadline in seconds of the loan clock.
    pub deadline: u64,
    /// What the borrower means to do next.
    pub intent: Intent,
    /// How much of the term is left, from nothing to one, when he does it.
    pub left: f64,
}

/// The pauses of one reserve: first and last second, last one not included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    spans: Vec<(u64, u64)>,
}

impl Pauses {
    /// Enters a pause.
    pub fn begin(&mut self, from: u64, until: u64) {
        self.spans.push((from, until));
    }

    /// Whether entries are paused at `time`.
    pub fn is_paused(&self, time: u64) -> bool {
        self.spans
            .iter()
            .any(|(from, until)| (*from..*until).contains(&time))
    }

    /// Whether there was ever one.
    pub fn any(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Seconds paused until `time`.
    fn paused_secs(&self, time: u64) -> u64 {
        self.spans
            .iter()
            .map(|(from, until)| time.min(*until).saturating_sub(*from))
            .sum()
    }

    /// The loan clock at `time`: unix seconds less the seconds paused.
    pub fn clock(&self, time: u64) -> u64 {
        time - self.paused_secs(time)
    }
}

/// Every open loan of every token.
#[derive(Clone, Debug, Default)]
pub struct Loans {
    open: Vec<Loan>,
}

impl Loans {
    /// Enters a loan.
    pub fn open(&mut self, loan: Loan) {
        self.open.push(loan);
    }

    /// The loan of that identifier on that token.
    pub fn get_mut(&mut self, token: usize, id: U256) -> Option<&mut Loan> {
        self.open
            .iter_mut()
            .find(|loan| loan.token == token && loan.id == id)
    }

    /// Takes it off the list.
    pub fn close(&mut self, token: usize, id: U256) {
        self.open
            .retain(|loan| loan.token != token || loan.id != id);
    }

    /// The open loans of `token`, oldest first.
    pub fn of(&self, token: usize) -> impl Iterator<Item = &Loan> {
        self.open.iter().filter(move |loan| loan.token == token)
    }

    /// Enters a repayment: what was paid of each asset and the collateral released. A loan that owes nothing closes.
    pub fn repaid(&mut self, token: usize, id: U256, amounts: &[U256], released: U256) -> bool {
        let Some(loan) = self.get_mut(token, id) else {
            return false;
        };
        for (owed, paid) in loan.principal.iter_mut().zip(amounts) {
            *owed = owed.saturating_sub(*paid);
        }
        loan.collateral = loan.collateral.saturating_sub(released);
        let closed = loan.principal.iter().all(U256::is_zero);
        if closed {
            self.close(token, id);
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{Intent, Loan, Loans, Pauses};

    #[test]
    fn the_loan_clock_stands_still_during_a_pause() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.clock(500), 500);
        pauses.begin(100, 200);
        let clocks = [50, 100, 150, 200, 300].map(|time| pauses.clock(time));
        assert_eq!(clocks, [50, 100, 100, 100, 200]);
        assert_eq!(
            [99, 100, 199, 200].map(|time| pauses.is_paused(time)),
            [false, true, true, false]
        );
    }

    #[test]
    fn a_loan_closes_when_nothing_is_owed() {
        let one = U256::ONE;
        let loan = Loan {
            id: one,
            who: 0,
            token: 2,
            collateral: U256::from(10),
            principal: vec![U256::from(4), U256::from(2)],
            deadline: 9,
            intent: Intent::Repay,
            left: 0.5,
        };
        let mut loans = Loans::default();
        loans.open(loan);
        assert!(!loans.repaid(1, one, &[one, one], one), "another token's");
        assert!(!loans.repaid(2, one, &[U256::from(4), one], U256::from(5)));
        assert_eq!(
            loans.of(2).next().map(|loan| loan.collateral),
            Some(U256::from(5))
        );
        assert!(loans.repaid(2, one, &[U256::ZERO, one], U256::from(5)));
        assert_eq!(loans.of(2).count(), 0);
    }
}
