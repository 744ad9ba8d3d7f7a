//! The theorems of the accrual model as checks on a [`World`].
//!
//! Each check compares products of exact integers, never a quotient, as the statements in
//! `docs/mechanisms/accrual-theorems.md` do.

use crate::{CAP, ModelError, World};
use alloy_primitives::U256;
use ballast_types::{AssetAmount, TokenAmount};
use thiserror::Error;

/// A theorem that does not hold. It is a fault of the mechanism, never of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// Theorem 1.
    #[error("the floor of asset {asset} fell")]
    FloorFell {
        /// Index of the asset.
        asset: usize,
    },
    /// Theorem 2.
    #[error("cash of asset {asset} does not cover the free holders")]
    FreeHoldersUncovered {
        /// Index of the asset.
        asset: usize,
    },
    /// Theorem 3.
    #[error("loan {loan_id} owes more of asset {asset} than its collateral is backed by")]
    LoanAboveBacking {
        /// The loan's identifier.
        loan_id: U256,
        /// Index of the asset.
        asset: usize,
    },
    /// Theorem 6.
    #[error("the ledger of asset {asset} exceeds the balance")]
    LedgerAboveBalance {
        /// Index of the asset.
        asset: usize,
    },
    /// Cash, lent and stream exceed the most that the ledger's words hold.
    #[error("the ledger of asset {asset} exceeds its cap")]
    LedgerAboveCap {
        /// Index of the asset.
        asset: usize,
    },
    /// The totals are not the sums over loans.
    #[error("{total} is not the sum over all loans")]
    TotalsDiffer {
        /// Which total.
        total: &'static str,
    },
    /// Balances do not sum to the supply, or what is unspendable is not what lies there.
    #[error("{total} is not the sum of the balances behind it")]
    SupplyDiffers {
        /// Which total.
        total: &'static str,
    },
    /// The check itself could not be computed.
    #[error("the check could not be computed: {0}")]
    Uncomputable(#[from] ModelError),
}

/// F of each asset and S at one moment, to compare with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floors {
    /// F of each asset, base units.
    pub totals: Vec<AssetAmount>,
    /// S, token base units.
    pub claims: TokenAmount,
}

impl Floors {
    /// The floors of `world`, vested to its time.
    pub fn of(world: &World) -> Result<Self, ModelError> {
        let (totals, claims) = world.backing()?;
        Ok(Self { totals, claims })
    }
}

fn times(amount: AssetAmount, tokens: TokenAmount) -> Result<U256, ModelError> {
    amount
        .get()
        .checked_mul(tokens.get())
        .ok_or(ModelError::Panic { code: 0x11 })
}

/// Theorem 1: `(R' + D') * S >= (R + D) * S'` for every asset.
pub fn floor_never_falls(before: &Floors, after: &Floors) -> Result<(), Violation> {
    for (asset, (old, new)) in before.totals.iter().zip(&after.totals).enumerate() {
        if times(*new, before.claims)? < times(*old, after.claims)? {
            return Err(Violation::FloorFell { asset });
        }
    }
    Ok(())
}

/// Theorem 5: every floor and S are exactly as they were.
pub fn floors_unchanged(before: &Floors, after: &Floors) -> bool {
    before == after
}

/// Theorem 2: `R * S >= (R + D) * (S - C)` for every asset.
pub fn free_holders_covered(world: &World) -> Result<(), Violation> {
    let claims = world.token().claims()?;
    let free = claims
        .try_sub(world.reserve().book().locked)
        .map_err(ModelError::from)?;
    for (asset, state) in world.ledger_now()?.iter().enumerate() {
        if times(state.cash, claims)? < times(state.total()?, free)? {
            return Err(Violation::FreeHoldersUncovered { asset });
        }
    }
    Ok(())
}

/// Theorem 3: `L * S <= c * (R + D)` for every loan and asset.
pub fn loans_within_backing(world: &World) -> Result<(), Violation> {
    let floors = Floors::of(world)?;
    for (id, loan) in &world.reserve().book().loans {
        for (asset, (principal, total)) in loan.principal.iter().zip(&floors.totals).enumerate() {
            if times(*principal, floors.claims)? > times(*total, loan.collateral)? {
                return Err(Violation::LoanAboveBacking {
                    loan_id: id.word(),
                    asset,
                });
            }
        }
    }
    Ok(())
}

/// Theorem 6: cash and stream are at most what the reserve holds, what the converter owes is at most what
/// it holds, and the whole ledger of an asset is at most [`CAP`].
pub fn ledger_within_balance(world: &World) -> Result<(), Violation> {
    let addresses = world.addresses();
    let period = world.reserve().terms.drip_secs;
    for (asset, state) in world.ledger_now()?.iter().enumerate() {
        let streaming = state.streaming(period)?;
        let ledger = state.cash.try_add(streaming).map_err(ModelError::from)?;
        if ledger.try_add(state.lent).map_err(ModelError::from)? > CAP {
            return Err(Violation::LedgerAboveCap { asset });
        }
        let holdings = world.holdings(asset)?;
        let owed = match world.converter() {
            Some(converter) => converter.owed_total(asset)?,
            None => AssetAmount::ZERO,
        };
        if ledger.get() > holdings.balance_of(addresses.reserve)
            || owed.get() > holdings.balance_of(addresses.converter)
        {
            return Err(Violation::LedgerAboveBalance { asset });
        }
    }
    Ok(())
}

/// D of each asset and C are the sums over all loans, and C lies in the reserve.
pub fn totals_match_loans(world: &World) -> Result<(), Violation> {
    let book = world.reserve().book();
    let loans = || book.loans.values();
    let locked = TokenAmount::try_sum(loans().map(|loan| loan.collateral));
    let in_custody = world.token().balance_of(world.addresses().reserve);
    if locked.map_err(ModelError::from)? != book.locked || book.locked > in_custody {
        return Err(Violation::TotalsDiffer { total: "locked" });
    }
    for (asset, state) in world.ledger_now()?.iter().enumerate() {
        let owed = loans()
            .filter_map(|loan| loan.principal.get(asset))
            .copied();
        if AssetAmount::try_sum(owed).map_err(ModelError::from)? != state.lent {
            return Err(Violation::TotalsDiffer { total: "lent" });
        }
    }
    Ok(())
}

/// Balances sum to the supply, and what is called unspendable is what lies at unspendable addresses.
pub fn supply_matches_balances(world: &World) -> Result<(), Violation> {
    let token = world.token();
    if token.holdings().total()? != token.total_supply().get() {
        return Err(Violation::SupplyDiffers {
            total: "totalSupply",
        });
    }
    let dead = token.balance_of(crate::DEAD);
    let own = token.balance_of(world.addresses().token);
    if dead.try_add(own).map_err(ModelError::from)? != token.unspendable() {
        return Err(Violation::SupplyDiffers {
            total: "unspendable",
        });
    }
    Ok(())
}

/// Everything that must hold of one state: theorems 2, 3 and 6, and the totals behind them.
pub fn check_state(world: &World) -> Result<(), Violation> {
    free_holders_covered(world)?;
    loans_within_backing(world)?;
    ledger_within_balance(world)?;
    totals_match_loans(world)?;
    supply_matches_balances(world)
}
