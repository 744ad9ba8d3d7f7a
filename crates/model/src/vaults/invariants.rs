//! What must hold of every state of a book, and between two of them.

use super::{COLLATERAL_MAX, INDEX_MAX, NORM_MAX, Vault, VaultBook, VaultError};
use alloy_primitives::{Address, U256, U512};
use ballast_types::{AssetAmount, Norm, Timestamp, TokenAmount};
use std::collections::BTreeMap;
use thiserror::Error;

/// An invariant that does not hold. It is a fault of the mechanism, never of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultViolation {
    /// A market's totals are not the sums over its vaults, or it holds less than its vaults do.
    #[error("{total} of market {market} is not the sum over its vaults")]
    TotalsDiffer {
        /// Index of the market.
        market: usize,
        /// Which total.
        total: &'static str,
    },
    /// The book holds less of a collateral than its vaults do.
    #[error("the book holds {held} of {asset} and its vaults {booked}")]
    CollateralMissing {
        /// The collateral.
        asset: Address,
        /// What the book holds.
        held: U256,
        /// What its vaults hold.
        booked: U256,
    },
    /// More synthetic exists than debt, deficit and peg ledger explain.
    #[error("a supply of {supply} is above all claims, {claims}")]
    SupplyAboveClaims {
        /// What exists.
        supply: U256,
        /// Debt, deficit and peg ledger.
        claims: U256,
    },
    /// Balances do not sum to the supply, or the parts of the deficit to the whole.
    #[error("{total} is not the sum of its parts")]
    SumDiffers {
        /// Which total.
        total: &'static str,
    },
    /// An amount is beyond the word that holds it.
    #[error("{field} of market {market} does not fit its word")]
    BeyondWord {
        /// Index of the market.
        market: usize,
        /// Which amount.
        field: &'static str,
    },
    /// A vault without debt has a clock.
    #[error("the vault of {owner} has no debt and a clock")]
    ClockWithoutDebt {
        /// Whose vault.
        owner: Address,
    },
    /// The check itself could not be computed.
    #[error("the check could not be computed: {0}")]
    Uncomputable(#[from] VaultError),
}

fn arithmetic(error: ballast_types::ArithmeticError) -> VaultViolation {
    VaultViolation::Uncomputable(error.into())
}

/// Everything that must hold of one state.
pub fn check_state(book: &VaultBook) -> Result<(), VaultViolation> {
    totals_match_vaults(book)?;
    collateral_is_held(book)?;
    supply_within_claims(book)?;
    sums_match_parts(book)
}

/// Collateral and norm of every market are the sums over its vaults, and all fit their words.
pub fn totals_match_vaults(book: &VaultBook) -> Result<(), VaultViolation> {
    let mut sums: BTreeMap<usize, (AssetAmount, Norm)> = BTreeMap::new();
    for ((market, owner), vault) in book.vaults() {
        let (collateral, norm) = sums.entry(market).or_default();
        *collateral = collateral.try_add(vault.collateral).map_err(arithmetic)?;
        *norm = norm.try_add(vault.norm).map_err(arithmetic)?;
        if vault.norm.is_zero() && vault.flagged_at != Timestamp::ZERO {
            return Err(VaultViolation::ClockWithoutDebt { owner });
        }
    }
    for market in 0..book.market_count() {
        let totals = book.market(market)?;
        let (collateral, norm) = sums.get(&market).copied().unwrap_or_default();
        if collateral != totals.collateral {
            let total = "collateral";
            return Err(VaultViolation::TotalsDiffer { market, total });
        }
        if norm != totals.norm {
            let total = "norm";
            return Err(VaultViolation::TotalsDiffer { market, total });
        }
        for (field, fits) in [
            ("collateral", collateral <= COLLATERAL_MAX),
            ("norm", norm <= NORM_MAX),
            ("index", totals.index_at(book.now())? <= INDEX_MAX),
        ] {
            if !fits {
                return Err(VaultViolation::BeyondWord { market, field });
            }
        }
    }
    Ok(())
}

/// The book holds at least what its vaults do of every collateral.
pub fn collateral_is_held(book: &VaultBook) -> Result<(), VaultViolation> {
    let mut booked: BTreeMap<Address, AssetAmount> = BTreeMap::new();
    for market in 0..book.market_count() {
        let totals = book.market(market)?;
        let sum = booked.entry(totals.terms.collateral).or_default();
        *sum = sum.try_add(totals.collateral).map_err(arithmetic)?;
    }
    for (asset, booked) in booked {
        let held = book.asset_of(asset, book.params().address);
        if held < booked {
            return Err(VaultViolation::CollateralMissing {
                asset,
                held: held.get(),
                booked: booked.get(),
            });
        }
    }
    Ok(())
}

/// `supply <= debt + deficit + pegLedger`.
pub fn supply_within_claims(book: &VaultBook) -> Result<(), VaultViolation> {
    let sums = book.sums();
    let claims = TokenAmount::try_sum([book.debt()?, sums.deficit, sums.peg_ledger]);
    let claims = claims.map_err(arithmetic)?;
    if sums.supply > claims {
        return Err(VaultViolation::SupplyAboveClaims {
            supply: sums.supply.get(),
            claims: claims.get(),
        });
    }
    Ok(())
}

/// Balances sum to the supply, the markets' deficits and the peg module's to the whole.
pub fn sums_match_parts(book: &VaultBook) -> Result<(), VaultViolation> {
    let sums = book.sums();
    let balances = TokenAmount::try_sum(book.balances().map(|(_, held)| held));
    if balances.map_err(arithmetic)? != sums.supply {
        return Err(VaultViolation::SumDiffers { total: "supply" });
    }
    let mut deficit = sums.peg_deficit;
    for market in 0..book.market_count() {
        deficit = deficit
            .try_add(book.market(market)?.deficit)
            .map_err(arithmetic)?;
    }
    if deficit != sums.deficit {
        return Err(VaultViolation::SumDiffers { total: "deficit" });
    }
    Ok(())
}

/// Whether a vault owes more for what it holds than another state of it at the same price and index:
/// `norm' * collateral > norm * collateral'`.
pub fn ltv_rose(before: &Vault, after: &Vault) -> bool {
    let times = |norm: Norm, held: AssetAmount| -> U512 { norm.get().widening_mul(held.get()) };
    times(after.norm, before.collateral) > times(before.norm, after.collateral)
}

/// Whether an owner's vault is unhealthy at mid, whatever the state of the price.
pub fn is_unhealthy(book: &VaultBook, market: usize, vault: &Vault) -> Result<bool, VaultError> {
    let totals = book.market(market)?;
    let position = super::Position {
        collateral: vault.collateral,
        norm: vault.norm,
        index: totals.index_at(book.now())?,
        price: totals.price.mid,
    };
    Ok(position.is_unhealthy(totals.terms.liq_ltv)?)
}
