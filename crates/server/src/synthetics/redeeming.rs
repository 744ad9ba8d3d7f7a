//! Redemptions one after another: what each burns and gives, and what it leaves of the losses that all share.

use alloy::primitives::U256;
use ballast_math::{wide_mul_div_down, wide_mul_div_up};
use ballast_model::vaults::convert;
use ballast_store::Vault;
use ballast_types::{ArithmeticError, AssetAmount, Norm, Price, TokenAmount, WAD, Wad};

use crate::problem::Problem;
use crate::synthetics::state::{BookState, MarketState};

/// What redemptions change of a book.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    /// Norm and index of each market.
    markets: Vec<(U256, Wad)>,
    supply: U256,
    surplus: U256,
    surplus_kept: U256,
    deficit: U256,
    peg_ledger: U256,
    peg_backing: U256,
}

/// What one redemption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Redeemed {
    pub fee: Wad,
    pub burned: U256,
    pub collateral: U256,
    /// Base units of collateral that the fee keeps in the vault.
    pub kept: U256,
    pub debt_left: U256,
}

impl Losses {
    /// As they are now.
    pub fn of(state: &BookState) -> Self {
        let markets = state.markets.iter();
        Self {
            markets: markets.map(|one| (one.row.norm, one.index)).collect(),
            supply: state.row.supply,
            surplus: state.row.surplus,
            surplus_kept: match state.record.backstop {
                Some(_) => state.facts.surplus_buffer,
                None => U256::MAX,
            },
            deficit: state.row.deficit,
            peg_ledger: state.row.peg_ledger,
            peg_backing: state.peg_backing().unwrap_or_default(),
        }
    }

    fn debt(&self) -> Result<U256, ArithmeticError> {
        self.markets
            .iter()
            .try_fold(U256::ZERO, |sum, (norm, index)| {
                let debt = convert::debt_down(Norm::new(*norm), *index)?;
                Ok(sum.saturating_add(debt.get()))
            })
    }

    /// Interest and surplus pay first; then the holders' share, as backing and supply.
    pub fn settle(&mut self) -> Result<(U256, U256), ArithmeticError> {
        if !self.deficit.is_zero() {
            self.collect()?;
        }
        if self.deficit.is_zero() {
            return Ok((self.supply, self.supply));
        }
        let backing = self.debt()?.saturating_add(self.peg_backing);
        Ok((backing.min(self.supply), self.supply))
    }

    fn collect(&mut self) -> Result<(), ArithmeticError> {
        let debt = self.debt()?;
        let claims = debt
            .saturating_add(self.deficit)
            .saturating_add(self.peg_ledger);
        let mut earned = claims.saturating_sub(self.supply);
        let cancelled = earned.min(self.deficit);
        earned = earned.saturating_sub(cancelled);
        self.deficit = self.deficit.saturating_sub(cancelled);
        let paid = self.surplus.min(self.deficit);
        self.surplus = self.surplus.saturating_sub(paid);
        self.supply = self.supply.saturating_sub(paid);
        self.deficit = self.deficit.saturating_sub(paid);
        let backing = debt.saturating_add(self.peg_backing);
        if self.deficit.is_zero() && backing >= self.supply {
            let minted = earned.min(backing.saturating_sub(self.supply));
            self.supply = self.supply.saturating_add(minted);
            let surplus = self.surplus.saturating_add(minted);
            self.surplus = surplus.min(self.surplus_kept);
        }
        Ok(())
    }

    /// Redeems at most `amount` of a vault; nothing where the book would refuse it.
    pub fn redeem(
        &mut self,
        market: &MarketState,
        vault: &Vault,
        amount: U256,
    ) -> Result<Option<Redeemed>, Problem> {
        let Some(price) = market.known_price() else {
            return Ok(None);
        };
        let (index, norm) = (market.index, Norm::new(vault.norm));
        let debt = convert::debt_up(norm, index)?;
        let held = AssetAmount::new(vault.collateral);
        let value = convert::value_down(held, Price::new(price.mid))?;
        let Some(fee) = market.fee_of(debt, value)? else {
            return Ok(None);
        };
        let mut after = self.clone();
        let (backing, supply) = after.settle()?;
        let paid = wide_mul_div_down(amount, backing, supply.max(U256::ONE))?;
        let Some(cut) = cut_by(paid, debt.get(), (norm, index), market.row.min_debt)? else {
            return Ok(None);
        };
        let face = convert::debt_up(cut, index)?.get();
        let burned = if backing == supply {
            face
        } else {
            let shared = wide_mul_div_up(face, supply, backing)?;
            shared.min(amount).max(face)
        };
        after.deficit = after.deficit.saturating_sub(burned.saturating_sub(face));
        after.supply = after.supply.saturating_sub(burned);
        let place = usize::try_from(market.row.market).unwrap_or(usize::MAX);
        if let Some((sum, _)) = after.markets.get_mut(place) {
            *sum = sum.saturating_sub(cut.get());
        }
        let credited = convert::debt_down(cut, index)?.get();
        let gives = |part: U256| wide_mul_div_down(credited.saturating_mul(part), WAD, price.high);
        let collateral = gives(WAD.saturating_sub(fee.get()))?;
        let left = Norm::new(vault.norm.saturating_sub(cut.get()));
        *self = after;
        Ok(Some(Redeemed {
            fee,
            burned,
            collateral,
            kept: gives(WAD)?.saturating_sub(collateral),
            debt_left: convert::debt_up(left, index)?.get(),
        }))
    }
}

/// The norm that `paid` of backed synthetic cuts: all, or as much as leaves at least the least debt; none of nothing.
fn cut_by(
    paid: U256,
    debt: U256,
    (norm, index): (Norm, Wad),
    min_debt: U256,
) -> Result<Option<Norm>, ArithmeticError> {
    if paid >= debt {
        return Ok(Some(norm));
    }
    let most = debt.saturating_sub(min_debt);
    let cut = convert::norm_down(TokenAmount::new(paid.min(most)), index)?;
    Ok((!cut.is_zero()).then_some(cut))
}
