//! Deficits and who pays them: interest, surplus, whoever covers, and all holders alike.

use super::book::{negative, signed};
use super::convert::part_down;
use super::error::{VaultError, at_most};
use super::{PEG_MARKET, PEG_MAX, VaultBook, VaultEvent, VaultOutcome};
use alloy_primitives::{Address, I256, U256};
use ballast_types::TokenAmount;

impl VaultBook {
    pub(super) fn add_deficit(
        &mut self,
        market: usize,
        amount: TokenAmount,
    ) -> Result<(), VaultError> {
        let totals = self.market_mut(market)?;
        totals.deficit = totals.deficit.try_add(amount)?;
        self.sums.deficit = self.sums.deficit.try_add(amount)?;
        Ok(())
    }

    /// As much of the deficit as `amount`, market by market, the peg module's at last; `payer` zero is all holders.
    pub(super) fn cancel_deficit(
        &mut self,
        amount: TokenAmount,
        payer: Address,
    ) -> Result<(), VaultError> {
        let mut left = amount.min(self.sums.deficit);
        self.sums.deficit = self.sums.deficit.try_sub(left)?;
        for market in 0..self.markets.len() {
            let totals = self.market_mut(market)?;
            let amount = totals.deficit.min(left);
            if amount.is_zero() {
                continue;
            }
            totals.deficit = totals.deficit.try_sub(amount)?;
            left = left.try_sub(amount)?;
            self.tell(VaultEvent::Covered {
                market,
                payer,
                amount,
            });
        }
        if !left.is_zero() {
            self.sums.peg_deficit = self.sums.peg_deficit.try_sub(left)?;
            self.tell(VaultEvent::Covered {
                market: PEG_MARKET,
                payer,
                amount: left,
            });
        }
        Ok(())
    }

    /// Interest and surplus pay deficits; what is left of the interest is minted to the surplus as far as something
    /// stands behind it, and what the surplus has above its buffer goes to the backstop.
    pub(super) fn collect(&mut self) -> Result<VaultOutcome, VaultError> {
        let book = self.params.address;
        let nothing = VaultOutcome::Collected {
            minted: TokenAmount::ZERO,
        };
        let mut earned = self.earned()?;
        let cancelled = earned.min(self.sums.deficit);
        earned = earned.try_sub(cancelled)?;
        self.cancel_deficit(cancelled, book)?;
        let paid = self.balance_of(book).min(self.sums.deficit);
        if !paid.is_zero() {
            self.burn(book, paid)?;
            self.cancel_deficit(paid, book)?;
        }
        if !self.sums.deficit.is_zero() {
            return Ok(nothing);
        }
        let equity = self.equity()?;
        if equity.is_negative() {
            return Ok(nothing);
        }
        let minted = earned.min(TokenAmount::new(equity.unsigned_abs()));
        if !minted.is_zero() {
            self.mint(book, minted)?;
        }
        let sent = self.send_surplus()?;
        self.tell(VaultEvent::Collected { minted, sent });
        Ok(VaultOutcome::Collected { minted })
    }

    /// Sends what the surplus has above its buffer to the backstop.
    fn send_surplus(&mut self) -> Result<TokenAmount, VaultError> {
        let (book, backstop) = (self.params.address, self.params.backstop);
        let (surplus, buffer) = (self.balance_of(book), self.params.surplus_buffer);
        if backstop.is_zero() || surplus <= buffer {
            return Ok(TokenAmount::ZERO);
        }
        let sent = surplus.try_sub(buffer)?;
        self.transfer(book, backstop, sent)?;
        Ok(sent)
    }

    /// Before anybody has a share of a loss, interest and surplus pay for it.
    pub(super) fn settle_losses(&mut self) -> Result<(TokenAmount, TokenAmount), VaultError> {
        if !self.sums.deficit.is_zero() {
            self.collect()?;
        }
        self.haircut()
    }

    /// Burns of the caller against the deficit of a market, or of the peg module, at most that.
    pub(super) fn cover(
        &mut self,
        caller: Address,
        market: usize,
        amount: TokenAmount,
    ) -> Result<VaultOutcome, VaultError> {
        let mut nothing = TokenAmount::ZERO;
        let deficit = if market == PEG_MARKET {
            &mut self.sums.peg_deficit
        } else {
            let totals = self.markets.get_mut(market);
            totals.map_or(&mut nothing, |totals| &mut totals.deficit)
        };
        if deficit.is_zero() {
            return Err(VaultError::AmountTooLarge {
                field: "amount",
                amount: amount.get(),
                limit: U256::ZERO,
            });
        }
        let covered = amount.min(*deficit);
        *deficit = deficit.try_sub(covered)?;
        self.sums.deficit = self.sums.deficit.try_sub(covered)?;
        self.tell(VaultEvent::Covered {
            market,
            payer: caller,
            amount: covered,
        });
        self.burn(caller, covered)?;
        Ok(VaultOutcome::Covered { covered })
    }

    // ---------------------------------------------------------------- peg module

    fn only_peg_module(&self, caller: Address) -> Result<(), VaultError> {
        if caller == self.params.peg_module {
            return Ok(());
        }
        Err(VaultError::NotPegModule { caller })
    }

    pub(super) fn peg_mint(
        &mut self,
        caller: Address,
        to: Address,
        amount: TokenAmount,
    ) -> Result<VaultOutcome, VaultError> {
        self.only_peg_module(caller)?;
        let stopped_until = self.sums.stopped_until;
        if stopped_until > self.now {
            let until = U256::from(stopped_until.get());
            return Err(VaultError::NewDebtIsStopped { until });
        }
        let ledger = self.sums.peg_ledger.try_add(amount)?;
        at_most("amount", ledger.get(), PEG_MAX.get())?;
        self.sums.peg_ledger = ledger;
        self.tell(VaultEvent::PegMoved {
            ledger: signed(amount.get())?,
            deficit: I256::ZERO,
        });
        self.mint(to, amount)?;
        Ok(VaultOutcome::Done)
    }

    /// Burns at face value, or at the holders' common share while a deficit stands.
    pub(super) fn peg_burn(
        &mut self,
        caller: Address,
        from: Address,
        amount: TokenAmount,
    ) -> Result<VaultOutcome, VaultError> {
        self.only_peg_module(caller)?;
        let (backing, supply) = self.settle_losses()?;
        let worth = if backing == supply {
            amount
        } else {
            let amount = at_most("amount", amount.get(), PEG_MAX.get())?;
            TokenAmount::new(part_down(amount, backing.get(), supply.get())?)
        };
        let ledger = self.sums.peg_ledger;
        at_most("pegLedger", worth.get(), ledger.get())?;
        self.sums.peg_ledger = ledger.try_sub(worth)?;
        self.tell(VaultEvent::PegMoved {
            ledger: negative(worth.get())?,
            deficit: I256::ZERO,
        });
        self.cancel_deficit(amount.try_sub(worth)?, Address::ZERO)?;
        self.burn(from, amount)?;
        Ok(VaultOutcome::PegBurned { worth })
    }

    /// Writes a loss of the custody to the deficit, or takes it back.
    pub(super) fn peg_mark(
        &mut self,
        caller: Address,
        loss: I256,
    ) -> Result<VaultOutcome, VaultError> {
        self.only_peg_module(caller)?;
        let (ledger, deficit) = (self.sums.peg_ledger, self.sums.peg_deficit);
        let amount = TokenAmount::new(loss.unsigned_abs());
        if loss.is_positive() {
            at_most("pegLedger", amount.get(), ledger.get())?;
            self.sums.peg_ledger = ledger.try_sub(amount)?;
            self.sums.peg_deficit = deficit.try_add(amount)?;
            self.sums.deficit = self.sums.deficit.try_add(amount)?;
        } else {
            at_most("pegDeficit", amount.get(), deficit.get())?;
            self.sums.peg_ledger = ledger.try_add(amount)?;
            self.sums.peg_deficit = deficit.try_sub(amount)?;
            self.sums.deficit = self.sums.deficit.try_sub(amount)?;
        }
        self.tell(VaultEvent::PegMoved {
            ledger: loss.checked_neg().ok_or(VaultError::OVERFLOW)?,
            deficit: loss,
        });
        Ok(VaultOutcome::Done)
    }
}
