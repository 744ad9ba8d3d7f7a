//! Plain ERC-20 balances.

use crate::ModelError;
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

/// The balances of one plain ERC-20, of which every holder has approved every contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    balances: BTreeMap<Address, U256>,
}

impl Holdings {
    /// What `account` holds, base units.
    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// What all accounts hold together; `Panic` above 2^256 - 1.
    pub fn total(&self) -> Result<U256, ModelError> {
        self.balances
            .values()
            .try_fold(U256::ZERO, |total, balance| {
                total
                    .checked_add(*balance)
                    .ok_or(ModelError::Panic { code: 0x11 })
            })
    }

    /// Who holds something, and how much, in the order of addresses.
    pub fn iter(&self) -> impl Iterator<Item = (Address, U256)> {
        self.balances
            .iter()
            .map(|(account, balance)| (*account, *balance))
    }

    /// Creates `amount` for `account`; `Panic` above 2^256 - 1.
    pub fn credit(&mut self, account: Address, amount: U256) -> Result<(), ModelError> {
        if amount.is_zero() {
            return Ok(());
        }
        let balance = self.balances.entry(account).or_default();
        *balance = balance
            .checked_add(amount)
            .ok_or(ModelError::Panic { code: 0x11 })?;
        Ok(())
    }

    /// Destroys `amount` of `account`; `ERC20InsufficientBalance` when it holds less.
    pub fn debit(&mut self, account: Address, amount: U256) -> Result<(), ModelError> {
        let balance = self.balance_of(account);
        let left = balance
            .checked_sub(amount)
            .ok_or(ModelError::ERC20InsufficientBalance {
                sender: account,
                balance,
                needed: amount,
            })?;
        if left.is_zero() {
            self.balances.remove(&account);
        } else {
            self.balances.insert(account, left);
        }
        Ok(())
    }

    /// Moves `amount`; `ERC20InvalidReceiver` for the zero address, else as [`Holdings::debit`].
    pub fn transfer(&mut self, from: Address, to: Address, amount: U256) -> Result<(), ModelError> {
        if to.is_zero() {
            return Err(ModelError::ERC20InvalidReceiver { receiver: to });
        }
        self.debit(from, amount)?;
        self.credit(to, amount)
    }
}
