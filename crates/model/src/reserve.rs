//! The reserve: views, redemption, what flows in, flash loans, pause. Twin of `Reserve.sol`.

use crate::asset_ledger::{AssetState, CAP};
use crate::{LoanBook, ModelError, Outcome, Terms, World};
use alloy_primitives::{Address, U256};
use ballast_math::{backing_down, fee_up, share_down};
use ballast_types::{AssetAmount, LoanId, Seconds, Timestamp, TokenAmount};

/// The reserve's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// What the launch fixed.
    pub terms: Terms,
    /// One ledger per asset, each as of its own last sync.
    pub(crate) ledger: Vec<AssetState>,
    /// Loans and pauses.
    pub(crate) book: LoanBook,
}

/// A loan as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanView {
    /// Who owes it.
    pub borrower: Address,
    /// Token base units locked.
    pub collateral: TokenAmount,
    /// Moves while entries are paused.
    pub deadline: Timestamp,
    /// From here on anybody may foreclose and nobody may repay.
    pub grace_end: Timestamp,
    /// Base units owed of each asset.
    pub principal: Vec<AssetAmount>,
}

impl Reserve {
    pub(crate) fn new(terms: Terms, ledger: Vec<AssetState>) -> Self {
        Self {
            terms,
            ledger,
            book: LoanBook::default(),
        }
    }

    /// Loans and pauses.
    pub fn book(&self) -> &LoanBook {
        &self.book
    }
}

impl World {
    // ------------------------------------------------------------ views

    /// Asset `index` vested to [`World::now`], or `UnknownAsset`.
    pub fn asset_at(&self, index: usize) -> Result<AssetState, ModelError> {
        let stored = self
            .reserve
            .ledger
            .get(index)
            .ok_or_else(|| self.unknown_asset(index))?;
        stored.at(self.elapsed()?, self.reserve.terms.drip_secs)
    }

    /// F of each asset and S, vested to [`World::now`].
    pub fn backing(&self) -> Result<(Vec<AssetAmount>, TokenAmount), ModelError> {
        let totals = self
            .ledger_now()?
            .iter()
            .map(AssetState::total)
            .collect::<Result<_, _>>()?;
        Ok((totals, self.token.claims()?))
    }

    /// What `tokens` are backed by, of each asset, rounded down, before any redemption fee.
    pub fn backing_of(&self, tokens: TokenAmount) -> Result<Vec<AssetAmount>, ModelError> {
        let (totals, claims) = self.backing()?;
        if tokens > claims {
            return Err(ModelError::AmountTooLarge {
                field: "tokens",
                amount: tokens.get(),
                max: claims.get(),
            });
        }
        if claims.is_zero() {
            return Err(ModelError::NoClaims {});
        }
        totals
            .into_iter()
            .map(|total| Ok(backing_down(tokens, total, claims)?))
            .collect()
    }

    /// What `redeem(tokens, 0, ...)` would pay now.
    pub fn preview_redeem(&self, tokens: TokenAmount) -> Result<Vec<AssetAmount>, ModelError> {
        if !self.reserve.terms.redeemable {
            return Err(ModelError::RedemptionOff {});
        }
        let gross = self.backing_of(tokens)?;
        gross
            .into_iter()
            .map(|amount| Ok(self.less_redeem_fee(amount)?.0))
            .collect()
    }

    /// The largest principal of each asset that `collateral` allows now.
    pub fn max_borrow(&self, collateral: TokenAmount) -> Result<Vec<AssetAmount>, ModelError> {
        let ltv = self.reserve.terms.ltv_bps;
        let most = |backed: AssetAmount| Ok(AssetAmount::new(share_down(backed.get(), ltv)?));
        self.backing_of(collateral)?.into_iter().map(most).collect()
    }

    /// A loan with its instants in unix seconds, or `UnknownLoan`.
    pub fn loan(&self, id: LoanId) -> Result<LoanView, ModelError> {
        let loan = self.reserve.book.loan(id)?;
        let deadline = self.to_unix(loan.deadline)?;
        Ok(LoanView {
            borrower: id.borrower(),
            collateral: loan.collateral,
            deadline,
            grace_end: deadline.after(self.reserve.terms.grace_secs)?,
            principal: loan.principal.clone(),
        })
    }

    /// Until when entries are paused; `None` when they are not.
    pub fn paused_until(&self) -> Result<Option<Timestamp>, ModelError> {
        let book = &self.reserve.book;
        let until = self.genesis.after(book.pause_end)?;
        Ok(book.is_paused(self.elapsed()?).then_some(until))
    }

    // ------------------------------------------------------------ redemption

    pub(crate) fn redeem(
        &mut self,
        caller: Address,
        tokens: TokenAmount,
        forgo: U256,
        to: Address,
    ) -> Result<Outcome, ModelError> {
        if !self.reserve.terms.redeemable {
            return Err(ModelError::RedemptionOff {});
        }
        if tokens.is_zero() {
            return Err(ModelError::ZeroAmount { field: "tokens" });
        }
        if (0..self.asset_count()).all(|index| forgo.bit(index)) {
            return Err(ModelError::EverythingForgone {});
        }
        let claims_before = self.token.burn(caller, tokens)?;
        let (mut paid, mut fees) = (self.nothing(), self.nothing());
        for (index, (paid, fee)) in paid.iter_mut().zip(&mut fees).enumerate() {
            if forgo.bit(index) {
                continue;
            }
            let mut state = self.asset_at(index)?;
            let gross = backing_down(tokens, state.total()?, claims_before)?;
            (*paid, *fee) = self.less_redeem_fee(gross)?;
            state.cash = state.cash.try_sub(*paid)?;
            state.to_stream(*fee)?;
            self.store(index, state)?;
        }
        self.pay_all(to, &paid)?;
        Ok(Outcome::Redeemed { paid, fees })
    }

    /// A gross redemption as what is paid and the fee.
    fn less_redeem_fee(
        &self,
        gross: AssetAmount,
    ) -> Result<(AssetAmount, AssetAmount), ModelError> {
        let fee = AssetAmount::new(fee_up(gross.get(), self.reserve.terms.redeem_fee_bps)?);
        Ok((gross.try_sub(fee)?, fee))
    }

    // ------------------------------------------------------------ what flows in

    pub(crate) fn donate(
        &mut self,
        caller: Address,
        index: usize,
        amount: AssetAmount,
    ) -> Result<Outcome, ModelError> {
        if amount.is_zero() {
            return Err(ModelError::ZeroAmount { field: "amount" });
        }
        self.credit(index, amount)?;
        self.pay(index, caller, self.addresses.reserve, amount)?;
        Ok(Outcome::Done)
    }

    pub(crate) fn sync(&mut self, index: usize) -> Result<Outcome, ModelError> {
        let mut state = self.asset_at(index)?;
        let period = self.reserve.terms.drip_secs;
        let entered = state.total()?.try_add(state.streaming(period)?)?;
        let balance = AssetAmount::new(self.holdings(index)?.balance_of(self.addresses.reserve));
        let held = balance.try_add(state.lent)?.min(CAP);
        if held <= entered {
            return Ok(Outcome::Synced {
                credited: AssetAmount::ZERO,
            });
        }
        let credited = held.try_sub(entered)?;
        state.receive_into(credited, period)?;
        self.store(index, state)?;
        Ok(Outcome::Synced { credited })
    }

    pub(crate) fn burn_converted(
        &mut self,
        caller: Address,
        tokens: TokenAmount,
    ) -> Result<Outcome, ModelError> {
        if self.converter.is_none() || caller != self.addresses.converter {
            return Err(ModelError::NotConverter { caller });
        }
        let claims_before = self.token.burn(caller, tokens)?;
        let streamed = self.stream_backing(tokens, claims_before)?;
        Ok(Outcome::ConverterBurned { streamed })
    }

    /// Moves the backing of `burned` tokens into the stream, so that the floor rises over time and not in a
    /// lump that somebody could buy in front of.
    pub(crate) fn stream_backing(
        &mut self,
        burned: TokenAmount,
        claims_before: TokenAmount,
    ) -> Result<Vec<AssetAmount>, ModelError> {
        let mut streamed = self.nothing();
        for (index, amount) in streamed.iter_mut().enumerate() {
            let mut state = self.asset_at(index)?;
            *amount = backing_down(burned, state.total()?, claims_before)?;
            state.to_stream(*amount)?;
            self.store(index, state)?;
        }
        Ok(streamed)
    }

    // ------------------------------------------------------------ flash loans

    pub(crate) fn flash_loan(
        &mut self,
        receiver: Address,
        index: usize,
        amount: AssetAmount,
    ) -> Result<Outcome, ModelError> {
        self.require_open()?;
        if amount.is_zero() {
            return Err(ModelError::ZeroAmount { field: "amount" });
        }
        let cash = self.asset_at(index)?.cash;
        if amount > cash {
            return Err(ModelError::AmountTooLarge {
                field: "amount",
                amount: amount.get(),
                max: cash.get(),
            });
        }
        let fee = AssetAmount::new(fee_up(amount.get(), self.reserve.terms.flash_fee_bps)?);
        self.credit(index, fee)?;
        let reserve = self.addresses.reserve;
        self.pay(index, reserve, receiver, amount)?;
        self.pay(index, receiver, reserve, amount.try_add(fee)?)?;
        Ok(Outcome::FlashLent { fee })
    }

    // ------------------------------------------------------------ pause

    pub(crate) fn pause(&mut self, caller: Address, secs: Seconds) -> Result<Outcome, ModelError> {
        self.require_guardian(caller)?;
        let elapsed = self.elapsed()?;
        self.reserve.book.pause(secs, elapsed, self.genesis)?;
        Ok(Outcome::Done)
    }

    pub(crate) fn unpause(&mut self, caller: Address) -> Result<Outcome, ModelError> {
        self.require_guardian(caller)?;
        let elapsed = self.elapsed()?;
        self.reserve.book.unpause(elapsed)?;
        Ok(Outcome::Done)
    }

    // ------------------------------------------------------------ internals

    /// Every asset vested to now.
    pub(crate) fn ledger_now(&self) -> Result<Vec<AssetState>, ModelError> {
        (0..self.asset_count())
            .map(|index| self.asset_at(index))
            .collect()
    }

    /// One zero per asset.
    pub(crate) fn nothing(&self) -> Vec<AssetAmount> {
        vec![AssetAmount::ZERO; self.asset_count()]
    }

    pub(crate) fn store(&mut self, index: usize, state: AssetState) -> Result<(), ModelError> {
        let unknown = self.unknown_asset(index);
        *self.reserve.ledger.get_mut(index).ok_or(unknown)? = state;
        Ok(())
    }

    /// Takes `amount` from outside into the stream.
    pub(crate) fn credit(&mut self, index: usize, amount: AssetAmount) -> Result<(), ModelError> {
        let mut state = self.asset_at(index)?;
        state.receive_into(amount, self.reserve.terms.drip_secs)?;
        self.store(index, state)
    }

    /// Pays each asset from the reserve; an amount of zero is not sent.
    pub(crate) fn pay_all(
        &mut self,
        to: Address,
        amounts: &[AssetAmount],
    ) -> Result<(), ModelError> {
        let reserve = self.addresses.reserve;
        for (index, amount) in amounts
            .iter()
            .enumerate()
            .filter(|(_, amount)| !amount.is_zero())
        {
            self.pay(index, reserve, to, *amount)?;
        }
        Ok(())
    }

    /// Pulls each asset into the reserve; an amount of zero is not pulled.
    pub(crate) fn pull_all(
        &mut self,
        from: Address,
        amounts: &[AssetAmount],
    ) -> Result<(), ModelError> {
        let reserve = self.addresses.reserve;
        for (index, amount) in amounts
            .iter()
            .enumerate()
            .filter(|(_, amount)| !amount.is_zero())
        {
            self.pay(index, from, reserve, *amount)?;
        }
        Ok(())
    }

    /// An instant of the loan clock in unix seconds.
    pub(crate) fn to_unix(&self, on_loan_clock: Seconds) -> Result<Timestamp, ModelError> {
        let paused = self.reserve.book.paused_secs(self.elapsed()?)?;
        Ok(self.genesis.after(on_loan_clock)?.after(paused)?)
    }

    pub(crate) fn require_open(&self) -> Result<(), ModelError> {
        match self.paused_until()? {
            Some(until) => Err(ModelError::EntriesPaused {
                until: U256::from(until.get()),
            }),
            None => Ok(()),
        }
    }

    pub(crate) fn require_length(&self, given: usize) -> Result<(), ModelError> {
        if given == self.asset_count() {
            return Ok(());
        }
        Err(ModelError::LengthMismatch {
            given: U256::from(given),
            expected: U256::from(self.asset_count()),
        })
    }

    fn require_guardian(&self, caller: Address) -> Result<(), ModelError> {
        if caller == self.token.guardian {
            return Ok(());
        }
        Err(ModelError::NotGuardian { caller })
    }
}
