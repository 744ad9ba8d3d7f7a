//! The vaults of one market, the riskiest first.

use std::collections::{BTreeSet, HashMap};

use alloy::primitives::{Address, U256};
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::convert::PRICE_SCALE;
use ballast_model::vaults::{Position, Vault};
use ballast_types::{ArithmeticError, Norm, Price, Timestamp, Wad};

/// What a rung's height is scaled by, 2^128.
const RATIO_SCALE: U256 = U256::from_limbs([0, 0, 1, 0]);
/// Under so much norm the rounding of debt and value may decide, so the order alone does not.
const TINY_NORM: U256 = U256::from_limbs([1_000_000_000_000, 0, 0, 0]);
/// The part of a threshold that rounding may move it by, one in so many; far more than it does.
const ROUNDING_PART: U256 = U256::from_limbs([1_000_000_000, 0, 0, 0]);

/// What decides which vaults of a market are unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The market's index now.
    pub index: Wad,
    /// The price that counts for health.
    pub mid: Price,
    /// Debt per value above which a vault is unhealthy.
    pub liq_ltv: Wad,
}

impl Line {
    /// A vault at this price and index.
    pub fn position(&self, vault: &Vault) -> Position {
        Position {
            collateral: vault.collateral,
            norm: vault.norm,
            index: self.index,
            price: self.mid,
        }
    }

    /// Whether a vault is over the line.
    ///
    /// # Errors
    /// [`ArithmeticError`] for what is beyond the bounds of the book.
    pub fn is_unhealthy(&self, vault: &Vault) -> Result<bool, ArithmeticError> {
        Ok(!vault.norm.is_zero() && self.position(vault).is_unhealthy(self.liq_ltv)?)
    }

    /// Norm per collateral, times 2^128, at or under which no vault is unhealthy but for rounding.
    fn threshold(&self) -> Result<U256, ArithmeticError> {
        let most = wide_mul_div_down(self.mid.get(), self.liq_ltv.get(), self.index.get())?;
        wide_mul_div_down(most, RATIO_SCALE, PRICE_SCALE)
    }
}

/// The vaults of one market in the order of norm per collateral: neither price nor interest changes it, so that a new
/// price touches only those at the top that it can make unhealthy.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    vaults: HashMap<Address, Vault>,
    rungs: BTreeSet<(U256, Address)>,
    tiny: BTreeSet<Address>,
    clocked: BTreeSet<Address>,
}

fn height(vault: &Vault) -> U256 {
    let whole = vault.collateral.get();
    wide_mul_div_down(vault.norm.get(), RATIO_SCALE, whole).unwrap_or(U256::MAX)
}

fn is_tiny(norm: Norm) -> bool {
    norm.get() < TINY_NORM
}

impl Ladder {
    /// The vault of `owner`; empty where there is none.
    pub fn get(&self, owner: Address) -> Vault {
        self.vaults.get(&owner).copied().unwrap_or_default()
    }

    /// How many vaults there are.
    pub fn len(&self) -> usize {
        self.vaults.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.vaults.is_empty()
    }

    /// Every vault, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Address, Vault)> {
        self.vaults.iter().map(|(owner, vault)| (*owner, *vault))
    }

    /// Writes the vault of `owner` and gives what it was. One without debt has no clock.
    pub fn set(&mut self, owner: Address, mut vault: Vault) -> Vault {
        if vault.norm.is_zero() {
            vault.flagged_at = Timestamp::ZERO;
        }
        let before = if vault == Vault::default() {
            self.vaults.remove(&owner)
        } else {
            self.vaults.insert(owner, vault)
        };
        let before = before.unwrap_or_default();
        if !before.norm.is_zero() {
            self.rungs.remove(&(height(&before), owner));
            self.tiny.remove(&owner);
        }
        if !vault.norm.is_zero() {
            self.rungs.insert((height(&vault), owner));
            if is_tiny(vault.norm) {
                self.tiny.insert(owner);
            }
        }
        if vault.flagged_at == Timestamp::ZERO {
            self.clocked.remove(&owner);
        } else {
            self.clocked.insert(owner);
        }
        before
    }

    /// Every vault over `line`, the riskiest first. Looks at those and at few others.
    ///
    /// # Errors
    /// [`ArithmeticError`] for what is beyond the bounds of the book.
    pub fn unhealthy(&self, line: &Line) -> Result<Vec<(Address, Vault)>, ArithmeticError> {
        let threshold = line.threshold()?;
        let rounding = wide_mul_div_down(threshold, U256::ONE, ROUNDING_PART)?;
        let lowest = threshold.saturating_sub(rounding).saturating_sub(U256::ONE);
        let mut found = Vec::new();
        for (ratio, owner) in self.rungs.iter().rev() {
            if *ratio < lowest {
                break;
            }
            let vault = self.get(*owner);
            if line.is_unhealthy(&vault)? {
                found.push((*owner, vault));
            }
        }
        for owner in &self.tiny {
            let vault = self.get(*owner);
            if height(&vault) < lowest && line.is_unhealthy(&vault)? {
                found.push((*owner, vault));
            }
        }
        Ok(found)
    }

    /// The riskiest vaults with debt, the riskiest first.
    pub fn riskiest(&self) -> impl Iterator<Item = (Address, Vault)> {
        let rungs = self.rungs.iter().rev();
        rungs.map(|(_, owner)| (*owner, self.get(*owner)))
    }

    /// Every vault whose clock was started.
    pub fn clocked(&self) -> impl Iterator<Item = (Address, Vault)> {
        self.clocked.iter().map(|owner| (*owner, self.get(*owner)))
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};
    use ballast_model::vaults::Vault;
    use ballast_types::{AssetAmount, Norm, Price, Timestamp, WAD, Wad};
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

    use super::{Ladder, Line};

    fn word(bits: u32) -> impl Strategy<Value = U256> {
        (any::<[u64; 4]>(), 0..=bits).prop_map(|(limbs, bits)| {
            let word = U256::from_limbs(limbs);
            if bits == 0 {
                return U256::ZERO;
            }
            word >> (256_u32.saturating_sub(bits) as usize)
        })
    }

    fn vaults() -> impl Strategy<Value = Vec<(u8, Vault)>> {
        let vault = (word(112), word(96), 0_u64..3).prop_map(|(collateral, norm, flagged)| Vault {
            collateral: AssetAmount::new(collateral),
            norm: Norm::new(norm),
            flagged_at: Timestamp::new(flagged),
        });
        proptest::collection::vec((any::<u8>(), vault), 0..60)
    }

    fn line() -> impl Strategy<Value = Line> {
        let index = prop_oneof![
            Just(WAD),
            (0_u64..1_000_000_000).prop_map(|more| WAD + U256::from(more) * U256::from(1_000_000))
        ];
        (
            index,
            word(199),
            10_000_000_000_000_000_u64..980_000_000_000_000_000,
        )
            .prop_map(|(index, mid, liq)| Line {
                index: Wad::new(index),
                mid: Price::new(mid),
                liq_ltv: Wad::from(liq),
            })
    }

    /// A line that runs through one of the vaults, where rounding decides.
    fn near(line: &Line, vault: &Vault, off: u64) -> Line {
        let value = vault.norm.get().saturating_mul(line.index.get()) / line.liq_ltv.get();
        let collateral = vault.collateral.get().max(U256::ONE);
        let mid = ballast_math::wide_mul_div_down(
            value,
            ballast_model::vaults::convert::PRICE_SCALE,
            collateral,
        );
        let mid = mid.unwrap_or_default().min(U256::MAX >> 57);
        Line {
            mid: Price::new((mid + U256::from(off)).saturating_sub(U256::from(2))),
            ..*line
        }
    }

    fn check(ladder: &Ladder, line: &Line) {
        let mut found: Vec<Address> = ladder
            .unhealthy(line)
            .expect("within bounds")
            .into_iter()
            .map(|(owner, _)| owner)
            .collect();
        let mut all: Vec<Address> = ladder
            .iter()
            .filter(|(_, vault)| line.is_unhealthy(vault).expect("within bounds"))
            .map(|(owner, _)| owner)
            .collect();
        found.sort_unstable();
        all.sort_unstable();
        assert_eq!(found, all);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_order_finds_exactly_the_unhealthy(list in vaults(), line in line(), off in 0_u64..5) {
            let mut ladder = Ladder::default();
            for (owner, vault) in &list {
                ladder.set(Address::repeat_byte(*owner), *vault);
            }
            check(&ladder, &line);
            for (_, vault) in list.iter().take(4) {
                check(&ladder, &near(&line, vault, off));
            }
        }

        #[test]
        fn what_was_there_is_given_back(list in vaults()) {
            let mut ladder = Ladder::default();
            let mut undo = Vec::new();
            for (owner, vault) in &list {
                let owner = Address::repeat_byte(*owner);
                undo.push((owner, ladder.set(owner, *vault)));
            }
            for (owner, vault) in undo.into_iter().rev() {
                ladder.set(owner, vault);
            }
            assert!(ladder.is_empty() && ladder.rungs.is_empty());
            assert!(ladder.tiny.is_empty() && ladder.clocked.is_empty());
        }
    }
}
