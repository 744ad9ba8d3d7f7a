//! What owners do: add and take collateral, mint and repay.

use super::book::{negative, signed};
use super::convert::{debt_down, debt_up, norm_down, norm_up, part_down, product, value_down};
use super::error::{VaultError, at_most};
use super::market::{Market, Vault};
use super::{COLLATERAL_MAX, NORM_MAX, PriceState, VaultBook, VaultEvent, VaultOutcome};
use alloy_primitives::{Address, I256, U256};
use ballast_types::{AssetAmount, Norm, Timestamp, TokenAmount, WAD, Wad};

/// Where a change of debt stands: the vault, its market, the index now.
struct Change<'a> {
    market: &'a mut Market,
    vault: &'a mut Vault,
    index: Wad,
    now: Timestamp,
}

impl Change<'_> {
    /// `DebtTooSmall` unless nothing is owed or at least the least.
    fn require_min_debt(&self) -> Result<(), VaultError> {
        let (debt, least) = (
            debt_up(self.vault.norm, self.index)?,
            self.market.terms.min_debt,
        );
        if !debt.is_zero() && debt < least {
            return Err(VaultError::DebtTooSmall {
                debt: debt.get(),
                least: least.get(),
            });
        }
        Ok(())
    }

    /// Repays at most what is owed; returns what is burned for it.
    fn repay(&mut self, amount: TokenAmount) -> Result<TokenAmount, VaultError> {
        if self.vault.norm.is_zero() {
            return Ok(TokenAmount::ZERO);
        }
        let owed = debt_up(self.vault.norm, self.index)?;
        let (cut, burned) = if amount < owed {
            let cut = norm_down(amount, self.index)?;
            (cut, debt_up(cut, self.index)?)
        } else if self.vault.norm == self.market.norm {
            // The market's last debt is paid as the sum over markets counts it: rounded up, it would ask for a unit
            // of the synthetic that nobody holds.
            (self.vault.norm, debt_down(self.vault.norm, self.index)?)
        } else {
            (self.vault.norm, owed)
        };
        self.vault.norm = self.vault.norm.try_sub(cut)?;
        self.market.norm = self.market.norm.try_sub(cut)?;
        self.require_min_debt()?;
        self.market.refill(burned, self.now)?;
        Ok(burned)
    }

    /// Mints `amount` against the vault, within the market's ceiling and limit.
    fn mint(&mut self, amount: TokenAmount, stopped_until: Timestamp) -> Result<(), VaultError> {
        if stopped_until > self.now {
            let until = U256::from(stopped_until.get());
            return Err(VaultError::NewDebtIsStopped { until });
        }
        at_most("debt", amount.get(), NORM_MAX.get())?;
        let added = norm_up(amount, self.index)?;
        self.vault.norm = self.vault.norm.try_add(added)?;
        self.market.norm = self.market.norm.try_add(added)?;
        self.require_min_debt()?;
        let debt = debt_up(self.market.norm, self.index)?;
        if debt > self.market.ceiling {
            return Err(VaultError::CeilingReached {
                debt: debt.get(),
                ceiling: self.market.ceiling.get(),
            });
        }
        self.market.drain(amount, self.now)
    }

    /// Adds or takes collateral; returns what really moves.
    fn move_collateral(&mut self, change: I256) -> Result<I256, VaultError> {
        let amount = change.unsigned_abs();
        if !change.is_negative() {
            let added = AssetAmount::new(at_most("collateral", amount, COLLATERAL_MAX.get())?);
            self.vault.collateral = self.vault.collateral.try_add(added)?;
            self.market.collateral = self.market.collateral.try_add(added)?;
            return Ok(change);
        }
        let held = self.vault.collateral;
        let taken = if change == I256::MIN {
            held
        } else {
            AssetAmount::new(at_most("collateral", amount, held.get())?)
        };
        self.vault.collateral = held.try_sub(taken)?;
        self.market.collateral = self.market.collateral.try_sub(taken)?;
        negative(taken.get())
    }

    /// That the price can be trusted and the debt is within what it lets owners leave.
    fn require_collateralised(&self, market: usize) -> Result<(), VaultError> {
        let price = self.market.price;
        if price.state != PriceState::Safe {
            return Err(VaultError::price_unsafe(market, price.state));
        }
        let debt = debt_up(self.vault.norm, self.index)?;
        let value = value_down(self.vault.collateral, price.low)?;
        let ltv = self.market.terms.borrow_ltv.get();
        if product(debt.get(), WAD)? > product(value.get(), ltv)? {
            return Err(VaultError::Undercollateralised {
                debt: debt.get(),
                most: part_down(value.get(), ltv, WAD)?,
            });
        }
        Ok(())
    }
}

/// Collateral and norm of a vault and of its market fit their words.
fn within_words(collateral: AssetAmount, norm: Norm) -> Result<(), VaultError> {
    at_most("collateral", collateral.get(), COLLATERAL_MAX.get())?;
    at_most("norm", norm.get(), NORM_MAX.get())?;
    Ok(())
}

impl VaultBook {
    /// Changes a vault's collateral and debt, with one check at the end. What only makes it safer asks for no price.
    pub(super) fn adjust(
        &mut self,
        caller: Address,
        (market, owner): (usize, Address),
        (d_collateral, d_debt): (I256, I256),
        to: Address,
    ) -> Result<VaultOutcome, VaultError> {
        let safer = !d_collateral.is_negative() && !d_debt.is_positive();
        if !safer && owner != caller && !self.is_operator(owner, caller) {
            return Err(VaultError::NotOperator { owner, caller });
        }
        if to == self.params.address {
            return Err(VaultError::BadAddress {
                field: "to",
                value: to,
            });
        }
        let (mut totals, mut vault) = (*self.market(market)?, self.vault(market, owner));
        let before = vault.norm;
        let mut change = Change {
            index: totals.index_at(self.now)?,
            market: &mut totals,
            vault: &mut vault,
            now: self.now,
        };
        let amount = TokenAmount::new(d_debt.unsigned_abs());
        let (mut minted, mut burned) = (TokenAmount::ZERO, TokenAmount::ZERO);
        if d_debt.is_negative() {
            burned = change.repay(amount)?;
        } else if d_debt.is_positive() {
            change.mint(amount, self.sums.stopped_until)?;
            minted = amount;
        }
        let collateral = change.move_collateral(d_collateral)?;
        let withdraws_against_debt = collateral.is_negative() && !change.vault.norm.is_zero();
        let checked = d_debt.is_positive() || withdraws_against_debt;
        if checked {
            change.require_collateralised(market)?;
        }
        within_words(vault.collateral, vault.norm)?;
        within_words(totals.collateral, totals.norm)?;
        if checked && vault.flagged_at != Timestamp::ZERO {
            vault.flagged_at = Timestamp::ZERO;
            self.tell(VaultEvent::Unflagged { market, owner });
        }
        *self.market_mut(market)? = totals;
        self.store(market, owner, vault);
        let debt = signed(minted.get())?.checked_sub(signed(burned.get())?);
        let debt = debt.ok_or(VaultError::OVERFLOW)?;
        let norm = signed(vault.norm.get())?.checked_sub(signed(before.get())?);
        let norm = norm.ok_or(VaultError::OVERFLOW)?;
        self.tell(VaultEvent::Adjusted {
            market,
            owner,
            collateral,
            debt,
            norm,
        });
        self.settle_adjustment(
            caller,
            to,
            (minted, burned),
            (totals.terms.collateral, collateral),
        )?;
        Ok(VaultOutcome::Adjusted { collateral, debt })
    }

    /// Burns, mints and moves what an adjustment came to.
    fn settle_adjustment(
        &mut self,
        caller: Address,
        to: Address,
        (minted, burned): (TokenAmount, TokenAmount),
        (asset, collateral): (Address, I256),
    ) -> Result<(), VaultError> {
        let book = self.params.address;
        let moved = AssetAmount::new(collateral.unsigned_abs());
        if !burned.is_zero() {
            self.burn(caller, burned)?;
        }
        if !minted.is_zero() {
            self.mint(to, minted)?;
        }
        if collateral.is_positive() {
            self.pay(asset, caller, book, moved)?;
        } else if collateral.is_negative() {
            self.pay(asset, book, to, moved)?;
        }
        Ok(())
    }
}
