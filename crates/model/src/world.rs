//! One launched token with its reserve, its converter, and the balances around it.

use crate::{Action, Addresses, Converter, Holdings, ModelError, Outcome, Reserve, Token};
use alloy_primitives::{Address, U256};
use ballast_types::{AssetAmount, Seconds, Timestamp};

/// The whole state. Time passes only when it is told so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    pub(crate) now: Timestamp,
    pub(crate) genesis: Timestamp,
    pub(crate) addresses: Addresses,
    pub(crate) token: Token,
    pub(crate) assets: Vec<Holdings>,
    pub(crate) reserve: Reserve,
    pub(crate) converter: Option<Converter>,
}

impl World {
    /// The time that calls see.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the token was launched.
    pub fn genesis(&self) -> Timestamp {
        self.genesis
    }

    /// How long ago the token was launched.
    pub fn elapsed(&self) -> Result<Seconds, ModelError> {
        Ok(self.now.since(self.genesis)?)
    }

    /// Where the contracts lie.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The token.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The reserve.
    pub fn reserve(&self) -> &Reserve {
        &self.reserve
    }

    /// The converter; `None` for a plain token.
    pub fn converter(&self) -> Option<&Converter> {
        self.converter.as_ref()
    }

    /// How many backing assets there are.
    pub fn asset_count(&self) -> usize {
        self.assets.len()
    }

    /// The balances of asset `index`, or `UnknownAsset`.
    pub fn holdings(&self, index: usize) -> Result<&Holdings, ModelError> {
        self.assets
            .get(index)
            .ok_or_else(|| self.unknown_asset(index))
    }

    /// Lets time run to `now`; `Panic` when that lies in the past.
    pub fn set_now(&mut self, now: Timestamp) -> Result<(), ModelError> {
        now.since(self.now)?;
        self.now = now;
        Ok(())
    }

    /// Lets `wait` pass.
    pub fn advance(&mut self, wait: Seconds) -> Result<(), ModelError> {
        self.now = self.now.after(wait)?;
        Ok(())
    }

    /// Gives `account` new base units of asset `index`, as a faucet would.
    pub fn fund(
        &mut self,
        index: usize,
        account: Address,
        amount: AssetAmount,
    ) -> Result<(), ModelError> {
        self.holdings_mut(index)?.credit(account, amount.get())
    }

    /// Lets `caller` do `action` at [`World::now`]. On an error nothing has changed.
    pub fn apply(&mut self, caller: Address, action: &Action) -> Result<Outcome, ModelError> {
        let mut next = self.clone();
        let outcome = next.dispatch(caller, action)?;
        *self = next;
        Ok(outcome)
    }

    fn dispatch(&mut self, caller: Address, action: &Action) -> Result<Outcome, ModelError> {
        match action {
            Action::Redeem { tokens, forgo, to } => self.redeem(caller, *tokens, *forgo, *to),
            Action::Borrow {
                collateral,
                principal,
                to,
            } => self.borrow(caller, *collateral, principal, *to),
            Action::Repay { loan_id, amounts } => self.repay(caller, *loan_id, amounts),
            Action::Extend { loan_id } => self.extend(caller, *loan_id),
            Action::ExtendByBurn { loan_id, max_burn } => {
                self.extend_by_burn(caller, *loan_id, *max_burn)
            }
            Action::Foreclose { loan_ids } => self.foreclose(loan_ids),
            Action::Donate { asset, amount } => self.donate(caller, *asset, *amount),
            Action::Sync { asset } => self.sync(*asset),
            Action::BurnConverted { tokens } => self.burn_converted(caller, *tokens),
            Action::FlashLoan {
                receiver,
                asset,
                amount,
            } => self.flash_loan(*receiver, *asset, *amount),
            Action::Pause { secs } => self.pause(caller, *secs),
            Action::Unpause => self.unpause(caller),
            Action::Allocate => self.allocate(),
            Action::Bid {
                tokens,
                max_pay,
                to,
            } => self.bid(caller, *tokens, max_pay, *to),
            Action::BurnLot => self.burn_lot(),
            Action::Claim { account, asset } => self.claim(*account, *asset),
            Action::ProposeRecipient { index, account } => {
                self.propose_recipient(caller, *index, *account)
            }
            Action::AcceptRecipient { index } => self.accept_recipient(*index),
            Action::Send { asset, to, amount } => {
                self.pay(*asset, caller, *to, *amount)?;
                Ok(Outcome::Done)
            }
            Action::Transfer { .. }
            | Action::Approve { .. }
            | Action::TransferFrom { .. }
            | Action::Burn { .. }
            | Action::BurnFrom { .. }
            | Action::RegisterPool { .. }
            | Action::SetFees { .. }
            | Action::SetGuardian { .. } => self.dispatch_token(caller, action),
        }
    }

    /// The calls to the token alone.
    fn dispatch_token(&mut self, caller: Address, action: &Action) -> Result<Outcome, ModelError> {
        let (token, now) = (&mut self.token, self.now);
        match action {
            Action::Transfer { to, amount } => {
                let fee = token.transfer(caller, *to, *amount, now)?;
                return Ok(Outcome::Transferred { fee });
            }
            Action::TransferFrom { from, to, amount } => {
                token.spend_allowance(*from, caller, *amount)?;
                let fee = token.transfer(*from, *to, *amount, now)?;
                return Ok(Outcome::Transferred { fee });
            }
            Action::Approve { spender, amount } => token.approve(caller, *spender, *amount)?,
            Action::Burn { amount } => {
                token.burn(caller, *amount)?;
            }
            Action::BurnFrom { account, amount } => {
                token.spend_allowance(*account, caller, *amount)?;
                token.burn(*account, *amount)?;
            }
            Action::RegisterPool { pool } => token.register_pool(*pool)?,
            Action::SetFees { buy_bps, sell_bps } => {
                token.set_fees(caller, *buy_bps, *sell_bps, now)?;
            }
            Action::SetGuardian { guardian } => token.set_guardian(caller, *guardian)?,
            _ => {}
        }
        Ok(Outcome::Done)
    }

    pub(crate) fn holdings_mut(&mut self, index: usize) -> Result<&mut Holdings, ModelError> {
        let unknown = self.unknown_asset(index);
        self.assets.get_mut(index).ok_or(unknown)
    }

    /// Moves `amount` of asset `index`.
    pub(crate) fn pay(
        &mut self,
        index: usize,
        from: Address,
        to: Address,
        amount: AssetAmount,
    ) -> Result<(), ModelError> {
        self.holdings_mut(index)?.transfer(from, to, amount.get())
    }

    pub(crate) fn unknown_asset(&self, index: usize) -> ModelError {
        ModelError::UnknownAsset {
            index: U256::from(index),
            count: U256::from(self.assets.len()),
        }
    }
}
