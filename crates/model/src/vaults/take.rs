//! Liquidation: take, flag, and writing off what no collateral is left for.

use super::auction::{Position, clock, discount, settle};
use super::convert::{debt_up, norm_down, value_down};
use super::error::VaultError;
use super::{
    MarketTerms, OWNERS_MAX, PriceState, Settlement, Vault, VaultBook, VaultEvent, VaultOutcome,
};
use alloy_primitives::{Address, U256};
use ballast_types::{AssetAmount, Norm, Price, Timestamp, TokenAmount, Wad};

/// What every vault of one sale has in common.
#[derive(Clone, Copy)]
struct Sale {
    market: usize,
    terms: MarketTerms,
    index: Wad,
    mid: Price,
    time_only: bool,
    now: Timestamp,
}

impl Sale {
    fn position(&self, vault: &Vault) -> Position {
        Position {
            collateral: vault.collateral,
            norm: vault.norm,
            index: self.index,
            price: self.mid,
        }
    }

    fn is_unhealthy(&self, vault: &Vault) -> Result<bool, VaultError> {
        Ok(!vault.norm.is_zero() && self.position(vault).is_unhealthy(self.terms.liq_ltv)?)
    }

    /// Sells what `budget` buys of an unhealthy vault; whether its clock was running is what the rest needs.
    fn sell(&self, vault: &Vault, budget: TokenAmount) -> Result<(Settlement, bool), VaultError> {
        let position = self.position(vault);
        let running = clock(&self.terms, vault.flagged_at, self.now)?;
        let (debt, value) = (position.debt()?, position.value()?);
        let elapsed = running.unwrap_or_default();
        let discount = discount(&self.terms, debt, value, elapsed, self.time_only)?;
        let settled = settle(&self.terms, &position, discount, budget)?;
        Ok((settled, running.is_some()))
    }
}

impl VaultBook {
    fn open_sale(&self, market: usize) -> Result<Sale, VaultError> {
        let totals = self.market(market)?;
        let state = totals.price.state;
        if state == PriceState::Grace {
            return Err(VaultError::price_unsafe(market, state));
        }
        Ok(Sale {
            market,
            terms: totals.terms,
            index: totals.index_at(self.now)?,
            mid: totals.price.mid,
            time_only: state == PriceState::Late,
            now: self.now,
        })
    }

    /// Sells collateral of every unhealthy vault named, in their order, as far as `max_paid` goes.
    pub(super) fn take(
        &mut self,
        caller: Address,
        market: usize,
        owners: &[Address],
        (max_paid, min_collateral): (TokenAmount, AssetAmount),
    ) -> Result<VaultOutcome, VaultError> {
        if owners.len() > OWNERS_MAX {
            return Err(VaultError::TooManyOwners {
                count: U256::from(owners.len()),
                most: U256::from(OWNERS_MAX),
            });
        }
        let sale = self.open_sale(market)?;
        let mut sum = Settlement::default();
        for owner in owners {
            let budget = max_paid.try_sub(sum.paid)?;
            let sold = self.take_one(caller, &sale, *owner, budget)?;
            sum.norm_cut = sum.norm_cut.try_add(sold.norm_cut)?;
            sum.paid = sum.paid.try_add(sold.paid)?;
            sum.out = sum.out.try_add(sold.out)?;
            sum.deficit = sum.deficit.try_add(sold.deficit)?;
        }
        if sum.norm_cut.is_zero() {
            return Err(VaultError::NothingToTake {});
        }
        if sum.out < min_collateral {
            return Err(VaultError::TooLittleCollateral {
                collateral: sum.out.get(),
                least: min_collateral.get(),
            });
        }
        self.cut_totals(market, sum.out, sum.norm_cut)?;
        self.add_deficit(market, sum.deficit)?;
        let (asset, book) = (sale.terms.collateral, self.params.address);
        if !sum.out.is_zero() {
            self.pay(asset, book, caller, sum.out)?;
        }
        self.burn(caller, sum.paid)?;
        Ok(VaultOutcome::Taken {
            paid: sum.paid,
            collateral: sum.out,
        })
    }

    fn take_one(
        &mut self,
        taker: Address,
        sale: &Sale,
        owner: Address,
        budget: TokenAmount,
    ) -> Result<Settlement, VaultError> {
        let (market, mut vault) = (sale.market, self.vault(sale.market, owner));
        if !sale.is_unhealthy(&vault)? {
            return Ok(Settlement::default());
        }
        let (sold, running) = sale.sell(&vault, budget)?;
        if sold.norm_cut.is_zero() {
            return Ok(Settlement::default());
        }
        vault.collateral = vault.collateral.try_sub(sold.out)?;
        vault.norm = vault.norm.try_sub(sold.norm_cut)?;
        self.tell(VaultEvent::Taken {
            market,
            owner,
            taker,
            paid: sold.paid,
            collateral: sold.out,
            norm: sold.norm_cut,
            deficit: sold.deficit,
        });
        if !sale.is_unhealthy(&vault)? {
            vault.flagged_at = Timestamp::ZERO;
        } else if !running {
            vault.flagged_at = self.now;
            self.tell(VaultEvent::Flagged { market, owner });
        }
        self.store(market, owner, vault);
        Ok(sold)
    }

    /// Starts the clock of an unhealthy vault, or stops that of a healthy one.
    pub(super) fn flag(
        &mut self,
        market: usize,
        owner: Address,
    ) -> Result<VaultOutcome, VaultError> {
        let sale = self.open_sale(market)?;
        let mut vault = self.vault(market, owner);
        let unhealthy = sale.is_unhealthy(&vault)?;
        let running = clock(&sale.terms, vault.flagged_at, self.now)?.is_some();
        if unhealthy && !running {
            vault.flagged_at = self.now;
            self.store(market, owner, vault);
            self.tell(VaultEvent::Flagged { market, owner });
        } else if !unhealthy && vault.flagged_at != Timestamp::ZERO {
            vault.flagged_at = Timestamp::ZERO;
            self.store(market, owner, vault);
            self.tell(VaultEvent::Unflagged { market, owner });
        }
        Ok(VaultOutcome::Flagged { running: unhealthy })
    }

    /// Writes what a vault owes above the value of its collateral to the deficit.
    pub(super) fn book(
        &mut self,
        market: usize,
        owner: Address,
    ) -> Result<VaultOutcome, VaultError> {
        let totals = self.market(market)?;
        let (price, index) = (totals.price, totals.index_at(self.now)?);
        if price.state != PriceState::Safe {
            return Err(VaultError::price_unsafe(market, price.state));
        }
        let mut vault = self.vault(market, owner);
        let debt = debt_up(vault.norm, index)?;
        let value = value_down(vault.collateral, price.high)?;
        if debt <= value {
            return Err(VaultError::NothingToBook { owner });
        }
        let norm_cut = if value.is_zero() {
            vault.norm
        } else {
            norm_down(debt.try_sub(value)?, index)?
        };
        if norm_cut.is_zero() {
            return Err(VaultError::NothingToBook { owner });
        }
        let deficit = debt_up(norm_cut, index)?;
        vault.norm = vault.norm.try_sub(norm_cut)?;
        self.store(market, owner, vault);
        self.cut_totals(market, AssetAmount::ZERO, norm_cut)?;
        self.add_deficit(market, deficit)?;
        self.tell(VaultEvent::Booked {
            market,
            owner,
            norm: norm_cut,
            deficit,
        });
        Ok(VaultOutcome::Booked { deficit })
    }

    /// What leaves a market's sums together with a vault's.
    pub(super) fn cut_totals(
        &mut self,
        market: usize,
        collateral: AssetAmount,
        norm: Norm,
    ) -> Result<(), VaultError> {
        let totals = self.market_mut(market)?;
        totals.collateral = totals.collateral.try_sub(collateral)?;
        totals.norm = totals.norm.try_sub(norm)?;
        Ok(())
    }
}
