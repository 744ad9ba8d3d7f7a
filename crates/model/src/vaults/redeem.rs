//! Redemption: at face value, of a vault that the redeemer names.

use super::convert::{
    debt_down, debt_up, less, norm_down, part_down, part_up, product, value_down,
};
use super::error::{VaultError, at_most};
use super::{MarketTerms, PriceState, VaultBook, VaultEvent, VaultOutcome};
use alloy_primitives::{Address, U256};
use ballast_types::{ArithmeticError, AssetAmount, Norm, TokenAmount, WAD, Wad};

/// What a redemption of a vault with `debt` and collateral worth `value` at mid leaves in it, wad.
pub fn redemption_fee(
    terms: &MarketTerms,
    debt: TokenAmount,
    value: TokenAmount,
) -> Result<Wad, ArithmeticError> {
    let at_limit = product(value.get(), terms.liq_ltv.get())?;
    let ratio = part_down(product(debt.get(), WAD)?, WAD, at_limit)?;
    if ratio >= WAD {
        return Ok(terms.fee_min);
    }
    let slope = part_up(terms.fee_slope.get(), less(WAD, ratio)?, WAD)?;
    terms.fee_min.try_add(Wad::new(slope))
}

/// A vault that can be redeemed: what it owes, and the index.
struct Asked {
    owner: Address,
    norm: Norm,
    debt: TokenAmount,
    index: Wad,
    min_debt: TokenAmount,
}

impl Asked {
    /// What `paid` of backed synthetic cuts of the norm: all, or as much as leaves at least the least debt.
    fn norm_cut(&self, paid: TokenAmount) -> Result<Norm, VaultError> {
        if paid >= self.debt {
            return Ok(self.norm);
        }
        let most = self.debt.try_sub(self.min_debt).unwrap_or_default();
        let cut = norm_down(paid.min(most), self.index)?;
        if cut.is_zero() {
            let owner = self.owner;
            return Err(VaultError::NothingToRedeem { owner });
        }
        Ok(cut)
    }
}

impl VaultBook {
    /// Burns the caller's synthetic for collateral of a solvent vault at the high price less the fee.
    pub(super) fn redeem(
        &mut self,
        caller: Address,
        (market, owner): (usize, Address),
        amount: TokenAmount,
        min_collateral: AssetAmount,
    ) -> Result<VaultOutcome, VaultError> {
        let (totals, mut vault) = (*self.market(market)?, self.vault(market, owner));
        let (price, index) = (totals.price, totals.index_at(self.now)?);
        if price.state > PriceState::Stepped {
            return Err(VaultError::price_unsafe(market, price.state));
        }
        let debt = debt_up(vault.norm, index)?;
        let value = value_down(vault.collateral, price.mid)?;
        if debt.is_zero() {
            return Err(VaultError::NothingToRedeem { owner });
        }
        if debt >= value {
            return Err(VaultError::Insolvent {
                owner,
                debt: debt.get(),
                value: value.get(),
            });
        }
        let asked = Asked {
            owner,
            norm: vault.norm,
            debt,
            index,
            min_debt: totals.terms.min_debt,
        };
        let (burned, norm_cut) = self.burned_for(&asked, amount)?;
        let fee = redemption_fee(&totals.terms, debt, value)?;
        let credited = product(debt_down(norm_cut, index)?.get(), less(WAD, fee.get())?)?;
        let out = AssetAmount::new(part_down(credited, WAD, price.high.get())?);
        if out < min_collateral {
            return Err(VaultError::TooLittleCollateral {
                collateral: out.get(),
                least: min_collateral.get(),
            });
        }
        vault.collateral = vault.collateral.try_sub(out)?;
        vault.norm = vault.norm.try_sub(norm_cut)?;
        self.store(market, owner, vault);
        self.cut_totals(market, out, norm_cut)?;
        self.tell(VaultEvent::Redeemed {
            market,
            owner,
            redeemer: caller,
            burned,
            collateral: out,
            norm: norm_cut,
            fee,
        });
        self.burn(caller, burned)?;
        if !out.is_zero() {
            self.pay(totals.terms.collateral, self.params.address, caller, out)?;
        }
        Ok(VaultOutcome::Redeemed {
            burned,
            collateral: out,
        })
    }

    /// What is burned of `amount`, and what that cuts of the vault's norm. While a deficit stands more is burned than
    /// is cut, and the difference is the holders' common loss.
    fn burned_for(
        &mut self,
        asked: &Asked,
        amount: TokenAmount,
    ) -> Result<(TokenAmount, Norm), VaultError> {
        let (backing, supply) = self.settle_losses()?;
        at_most("amount", amount.get(), supply.get())?;
        let paid = if supply.is_zero() {
            U256::ZERO
        } else {
            part_down(amount.get(), backing.get(), supply.get())?
        };
        let norm_cut = asked.norm_cut(TokenAmount::new(paid))?;
        let cut = debt_up(norm_cut, asked.index)?;
        if backing == supply {
            return Ok((cut, norm_cut));
        }
        let shared = part_up(cut.get(), supply.get(), backing.get())?;
        let burned = TokenAmount::new(shared).min(amount).max(cut);
        self.cancel_deficit(burned.try_sub(cut)?, Address::ZERO)?;
        Ok((burned, norm_cut))
    }
}
