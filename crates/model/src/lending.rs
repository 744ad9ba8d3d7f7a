//! Loans: borrow, repay, extend, foreclose. Twin of `Reserve.sol`.

use crate::loan_book::{COLLATERAL_MAX, Loan, TERMS_AHEAD_MAX};
use crate::{ModelError, Outcome, World};
use alloy_primitives::{Address, U256};
use ballast_math::{backing_down, fee_up, share_down, tokens_worth_up};
use ballast_types::{AssetAmount, LoanId, Timestamp, TokenAmount};

impl World {
    pub(crate) fn borrow(
        &mut self,
        caller: Address,
        collateral: TokenAmount,
        principal: &[AssetAmount],
        to: Address,
    ) -> Result<Outcome, ModelError> {
        self.require_open()?;
        if collateral.is_zero() {
            return Err(ModelError::ZeroAmount {
                field: "collateral",
            });
        }
        if collateral > COLLATERAL_MAX {
            return Err(ModelError::AmountTooLarge {
                field: "collateral",
                amount: collateral.get(),
                max: COLLATERAL_MAX.get(),
            });
        }
        self.require_length(principal.len())?;
        let clock = self.reserve.book.clock(self.elapsed()?)?;
        let deadline = clock.try_add(self.reserve.terms.term_secs)?;
        let (paid, fees) = self.lend(caller, collateral, principal)?;

        let book = &mut self.reserve.book;
        let overflow = ModelError::Panic { code: 0x11 };
        book.loan_count = book.loan_count.checked_add(1).ok_or(overflow)?;
        book.locked = book.locked.try_add(collateral)?;
        let loan_id = LoanId::new(caller, book.loan_count);
        book.store(
            loan_id,
            Loan {
                collateral,
                deadline,
                principal: principal.to_vec(),
            },
        );
        self.pay_all(to, &paid)?;
        Ok(Outcome::Borrowed {
            loan_id,
            deadline: self.to_unix(deadline)?,
            paid,
            fees,
        })
    }

    /// Locks the collateral and moves every principal from cash to lent, its fee into the stream.
    ///
    /// The fee is an ingress: lent rises by the whole principal while only the rest of it leaves, so that it
    /// counts towards the cap of the ledger as every other ingress does.
    ///
    /// Returns what the borrower receives, and the fees.
    fn lend(
        &mut self,
        caller: Address,
        collateral: TokenAmount,
        principal: &[AssetAmount],
    ) -> Result<(Vec<AssetAmount>, Vec<AssetAmount>), ModelError> {
        let claims = self.token.lock_from(caller, collateral)?;
        let (mut paid, mut fees) = (self.nothing(), self.nothing());
        let parts = paid.iter_mut().zip(&mut fees).zip(principal);
        for (index, ((paid, fee), principal)) in parts.enumerate() {
            if principal.is_zero() {
                continue;
            }
            let mut state = self.asset_at(index)?;
            let backed = backing_down(collateral, state.total()?, claims)?;
            let most = share_down(backed.get(), self.reserve.terms.ltv_bps)?;
            if principal.get() > most {
                return Err(ModelError::PrincipalTooLarge {
                    asset: U256::from(index),
                    principal: principal.get(),
                    max: most,
                });
            }
            *fee = self.term_fee(*principal)?;
            *paid = principal.try_sub(*fee)?;
            state.cash = state.cash.try_sub(*principal)?;
            state.lent = state.lent.try_add(*principal)?;
            state.receive_into(*fee, self.reserve.terms.drip_secs)?;
            self.store(index, state)?;
        }
        if principal.iter().all(|principal| principal.is_zero()) {
            return Err(ModelError::ZeroAmount { field: "principal" });
        }
        Ok((paid, fees))
    }

    pub(crate) fn repay(
        &mut self,
        caller: Address,
        id: LoanId,
        amounts: &[AssetAmount],
    ) -> Result<Outcome, ModelError> {
        self.require_length(amounts.len())?;
        let mut loan = self.alive_loan(id)?;
        let (released, taken) = loan.reduce(amounts)?;
        let book = &mut self.reserve.book;
        book.store(id, loan);
        book.locked = book.locked.try_sub(released)?;
        for (index, amount) in taken
            .iter()
            .enumerate()
            .filter(|(_, amount)| !amount.is_zero())
        {
            let mut state = self.asset_at(index)?;
            state.cash = state.cash.try_add(*amount)?;
            state.lent = state.lent.try_sub(*amount)?;
            self.store(index, state)?;
        }
        self.pull_all(caller, &taken)?;
        if !released.is_zero() {
            let reserve = self.addresses.reserve;
            self.token
                .transfer(reserve, id.borrower(), released, self.now)?;
        }
        Ok(Outcome::Repaid { released, taken })
    }

    pub(crate) fn extend(&mut self, caller: Address, id: LoanId) -> Result<Outcome, ModelError> {
        let loan = self.alive_loan(id)?;
        let fees = self.term_fees(&loan)?;
        let deadline = self.add_term(id, loan)?;
        for (index, fee) in fees.iter().enumerate().filter(|(_, fee)| !fee.is_zero()) {
            self.credit(index, *fee)?;
        }
        self.pull_all(caller, &fees)?;
        Ok(Outcome::Extended { deadline, fees })
    }

    pub(crate) fn extend_by_burn(
        &mut self,
        caller: Address,
        id: LoanId,
        max_burn: TokenAmount,
    ) -> Result<Outcome, ModelError> {
        if id.borrower() != caller {
            return Err(ModelError::NotBorrower {
                loan_id: id.word(),
                caller,
            });
        }
        let mut loan = self.alive_loan(id)?;
        let claims = self.token.claims()?;
        let burned = self.burn_for_fee(&loan, claims)?;
        if burned > max_burn {
            return Err(ModelError::BurnTooLarge {
                burn: burned.get(),
                max: max_burn.get(),
            });
        }
        loan.collateral = loan.collateral.try_sub(burned)?;
        let book = &mut self.reserve.book;
        book.locked = book.locked.try_sub(burned)?;
        let deadline = self.add_term(id, loan)?;
        let streamed = self.stream_backing(burned, claims)?;
        self.token.burn(self.addresses.reserve, burned)?;
        Ok(Outcome::ExtendedByBurn {
            deadline,
            burned,
            streamed,
        })
    }

    /// Collateral whose backing is worth the fee in every owed asset; what stays must still back the loan.
    fn burn_for_fee(&self, loan: &Loan, claims: TokenAmount) -> Result<TokenAmount, ModelError> {
        let ledger = self.ledger_now()?;
        let mut burned = TokenAmount::ZERO;
        for (fee, state) in self.term_fees(loan)?.iter().zip(&ledger) {
            if !fee.is_zero() {
                burned = burned.max(tokens_worth_up(*fee, claims, state.total()?)?);
            }
        }
        if burned > loan.collateral {
            return Err(ModelError::BurnTooLarge {
                burn: burned.get(),
                max: loan.collateral.get(),
            });
        }
        let left = loan.collateral.try_sub(burned)?;
        for (index, (principal, state)) in loan.principal.iter().zip(&ledger).enumerate() {
            let most = backing_down(left, state.total()?, claims)?;
            if *principal > most {
                return Err(ModelError::UnderBacked {
                    asset: U256::from(index),
                    principal: principal.get(),
                    max: most.get(),
                });
            }
        }
        Ok(burned)
    }

    pub(crate) fn foreclose(&mut self, ids: &[LoanId]) -> Result<Outcome, ModelError> {
        let clock = self.reserve.book.clock(self.elapsed()?)?;
        let mut claims = self.token.claims()?;
        let mut burned = TokenAmount::ZERO;
        let mut closed = Vec::new();
        for id in ids {
            let Some(loan) = self.reserve.book.loans.get(id).cloned() else {
                continue;
            };
            if clock < loan.deadline.try_add(self.reserve.terms.grace_secs)? {
                continue;
            }
            let surplus = self.write_off(&loan, claims)?;
            self.reserve.book.loans.remove(id);
            burned = burned.try_add(loan.collateral)?;
            claims = claims.try_sub(loan.collateral)?;
            closed.push((*id, surplus));
        }
        if closed.is_empty() {
            return Err(ModelError::NothingToForeclose {});
        }
        let book = &mut self.reserve.book;
        book.locked = book.locked.try_sub(burned)?;
        self.token.burn(self.addresses.reserve, burned)?;
        Ok(Outcome::Foreclosed { closed })
    }

    /// Takes a defaulted loan off every asset: its principal is gone, the rest of its backing streams to all.
    ///
    /// Never negative: a loan's principal is at most its collateral's backing (theorem 3).
    fn write_off(
        &mut self,
        loan: &Loan,
        claims: TokenAmount,
    ) -> Result<Vec<AssetAmount>, ModelError> {
        let mut surplus = self.nothing();
        for (index, (surplus, principal)) in surplus.iter_mut().zip(&loan.principal).enumerate() {
            let mut state = self.asset_at(index)?;
            let backed = backing_down(loan.collateral, state.total()?, claims)?;
            *surplus = backed.try_sub(*principal)?;
            state.lent = state.lent.try_sub(*principal)?;
            state.to_stream(*surplus)?;
            self.store(index, state)?;
        }
        Ok(surplus)
    }

    // ------------------------------------------------------------ internals

    /// A loan that can still be repaid or extended: its grace has not ended.
    fn alive_loan(&self, id: LoanId) -> Result<Loan, ModelError> {
        let loan = self.reserve.book.loan(id)?.clone();
        let grace_end = loan.deadline.try_add(self.reserve.terms.grace_secs)?;
        if self.reserve.book.clock(self.elapsed()?)? >= grace_end {
            return Err(ModelError::LoanExpired {
                loan_id: id.word(),
                grace_end: U256::from(self.to_unix(grace_end)?.get()),
            });
        }
        Ok(loan)
    }

    /// One term on the old deadline, at most twelve ahead of now; writes the loan.
    fn add_term(&mut self, id: LoanId, mut loan: Loan) -> Result<Timestamp, ModelError> {
        let term = self.reserve.terms.term_secs;
        let clock = self.reserve.book.clock(self.elapsed()?)?;
        let latest = clock.try_add(term.try_mul(TERMS_AHEAD_MAX)?)?;
        loan.deadline = loan.deadline.try_add(term)?;
        let deadline = self.to_unix(loan.deadline)?;
        if loan.deadline > latest {
            return Err(ModelError::ExtensionTooFar {
                loan_id: id.word(),
                deadline: U256::from(deadline.get()),
                latest: U256::from(self.to_unix(latest)?.get()),
            });
        }
        self.reserve.book.store(id, loan);
        Ok(deadline)
    }

    fn term_fee(&self, principal: AssetAmount) -> Result<AssetAmount, ModelError> {
        let fee = fee_up(principal.get(), self.reserve.terms.term_fee_bps)?;
        Ok(AssetAmount::new(fee))
    }

    fn term_fees(&self, loan: &Loan) -> Result<Vec<AssetAmount>, ModelError> {
        loan.principal
            .iter()
            .map(|principal| self.term_fee(*principal))
            .collect()
    }
}
