//! Everything that anybody can do to a book, and what came of it.

use super::MarketTerms;
use super::error::VaultError;
use super::{BookParams, VaultBook};
use alloy_primitives::{Address, I256, U256};
use ballast_types::{AssetAmount, Norm, Seconds, Timestamp, TokenAmount, Wad};

/// One call to the book or to a collateral.
///
/// Markets are named by their index from zero. Amounts are base units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the contract's functions, documented there.
pub enum VaultAction {
    /// `adjustFor`; `adjust` where owner and receiver are the caller.
    Adjust {
        market: usize,
        owner: Address,
        collateral: I256,
        debt: I256,
        to: Address,
    },
    /// `setOperator`.
    SetOperator { operator: Address, allowed: bool },
    /// `take` without a callback.
    Take {
        market: usize,
        owners: Vec<Address>,
        max_paid: TokenAmount,
        min_collateral: AssetAmount,
    },
    /// `flag`.
    Flag { market: usize, owner: Address },
    /// `redeem`.
    Redeem {
        market: usize,
        owner: Address,
        amount: TokenAmount,
        min_collateral: AssetAmount,
    },
    /// `collect`.
    Collect,
    /// `book`.
    Book { market: usize, owner: Address },
    /// `cover`.
    Cover { market: usize, amount: TokenAmount },
    /// `createMarket`; `deviation` is what its price source answers.
    CreateMarket {
        terms: Box<MarketTerms>,
        ceiling: TokenAmount,
        mint_limit: TokenAmount,
        rate: Wad,
        deviation: Wad,
    },
    /// `setCeiling`.
    SetCeiling { market: usize, ceiling: TokenAmount },
    /// `setMintLimit`.
    SetMintLimit {
        market: usize,
        mint_limit: TokenAmount,
    },
    /// `stopNewDebt`.
    StopNewDebt { secs: Seconds },
    /// `setRate`.
    SetRate { market: usize, rate: Wad },
    /// `pegMint`.
    PegMint { to: Address, amount: TokenAmount },
    /// `pegBurn`.
    PegBurn { from: Address, amount: TokenAmount },
    /// `pegMark`.
    PegMark { loss: I256 },
    /// `transfer` of the synthetic.
    Transfer { to: Address, amount: TokenAmount },
    /// `approve` of the synthetic.
    Approve { spender: Address, amount: U256 },
    /// `transferFrom` of the synthetic.
    TransferFrom {
        from: Address,
        to: Address,
        amount: TokenAmount,
    },
    /// `transfer` of a collateral.
    Send {
        asset: Address,
        to: Address,
        amount: AssetAmount,
    },
}

/// What an action returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the contract's return values, documented there.
pub enum VaultOutcome {
    /// It has nothing to tell.
    Done,
    /// Of `adjust`.
    Adjusted { collateral: I256, debt: I256 },
    /// Of `take`.
    Taken {
        paid: TokenAmount,
        collateral: AssetAmount,
    },
    /// Of `flag`.
    Flagged { running: bool },
    /// Of `redeem`.
    Redeemed {
        burned: TokenAmount,
        collateral: AssetAmount,
    },
    /// Of `collect`.
    Collected { minted: TokenAmount },
    /// Of `book`.
    Booked { deficit: TokenAmount },
    /// Of `cover`.
    Covered { covered: TokenAmount },
    /// Of `createMarket`.
    MarketCreated { market: usize },
    /// Of `pegBurn`.
    PegBurned { worth: TokenAmount },
}

/// What an action told, beside the transfers of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the contract's events, documented there.
pub enum VaultEvent {
    Adjusted {
        market: usize,
        owner: Address,
        collateral: I256,
        debt: I256,
        norm: I256,
    },
    Taken {
        market: usize,
        owner: Address,
        taker: Address,
        paid: TokenAmount,
        collateral: AssetAmount,
        norm: Norm,
        deficit: TokenAmount,
    },
    Redeemed {
        market: usize,
        owner: Address,
        redeemer: Address,
        burned: TokenAmount,
        collateral: AssetAmount,
        norm: Norm,
        fee: Wad,
    },
    Flagged {
        market: usize,
        owner: Address,
    },
    Unflagged {
        market: usize,
        owner: Address,
    },
    Booked {
        market: usize,
        owner: Address,
        norm: Norm,
        deficit: TokenAmount,
    },
    Covered {
        market: usize,
        payer: Address,
        amount: TokenAmount,
    },
    Collected {
        minted: TokenAmount,
        sent: TokenAmount,
    },
    MarketCreated {
        market: usize,
    },
    CeilingSet {
        market: usize,
        ceiling: TokenAmount,
    },
    MintLimitSet {
        market: usize,
        mint_limit: TokenAmount,
    },
    RateSet {
        market: usize,
        rate: Wad,
        index: Wad,
    },
    NewDebtStopped {
        until: Timestamp,
    },
    OperatorSet {
        owner: Address,
        operator: Address,
        allowed: bool,
    },
    PegMoved {
        ledger: I256,
        deficit: I256,
    },
}

impl VaultBook {
    pub(super) fn dispatch(
        &mut self,
        caller: Address,
        action: &VaultAction,
    ) -> Result<VaultOutcome, VaultError> {
        match action {
            VaultAction::Adjust {
                market,
                owner,
                collateral,
                debt,
                to,
            } => self.adjust(caller, (*market, *owner), (*collateral, *debt), *to),
            VaultAction::Take {
                market,
                owners,
                max_paid,
                min_collateral,
            } => self.take(caller, *market, owners, (*max_paid, *min_collateral)),
            VaultAction::Flag { market, owner } => self.flag(*market, *owner),
            VaultAction::Redeem {
                market,
                owner,
                amount,
                min_collateral,
            } => self.redeem(caller, (*market, *owner), *amount, *min_collateral),
            VaultAction::Collect => self.collect(),
            VaultAction::Book { market, owner } => self.book(*market, *owner),
            VaultAction::Cover { market, amount } => self.cover(caller, *market, *amount),
            VaultAction::PegMint { to, amount } => self.peg_mint(caller, *to, *amount),
            VaultAction::PegBurn { from, amount } => self.peg_burn(caller, *from, *amount),
            VaultAction::PegMark { loss } => self.peg_mark(caller, *loss),
            VaultAction::SetOperator { .. }
            | VaultAction::Transfer { .. }
            | VaultAction::Approve { .. }
            | VaultAction::TransferFrom { .. }
            | VaultAction::Send { .. } => self.dispatch_holder(caller, action),
            _ => self.dispatch_governance(caller, action),
        }
    }

    /// What a holder does with what he has.
    fn dispatch_holder(
        &mut self,
        caller: Address,
        action: &VaultAction,
    ) -> Result<VaultOutcome, VaultError> {
        match action {
            VaultAction::SetOperator { operator, allowed } => {
                let (operator, allowed) = (*operator, *allowed);
                self.operators.set((caller, operator), allowed);
                self.tell(VaultEvent::OperatorSet {
                    owner: caller,
                    operator,
                    allowed,
                });
            }
            VaultAction::Transfer { to, amount } => self.transfer(caller, *to, *amount)?,
            VaultAction::Approve { spender, amount } => {
                if spender.is_zero() {
                    let spender = *spender;
                    return Err(VaultError::ERC20InvalidSpender { spender });
                }
                self.allowances.set((caller, *spender), *amount);
            }
            VaultAction::TransferFrom { from, to, amount } => {
                self.spend_allowance(*from, caller, *amount)?;
                self.transfer(*from, *to, *amount)?;
            }
            VaultAction::Send { asset, to, amount } => self.pay(*asset, caller, *to, *amount)?,
            _ => {}
        }
        Ok(VaultOutcome::Done)
    }

    /// An allowance of all bits is never used up.
    fn spend_allowance(
        &mut self,
        owner: Address,
        spender: Address,
        amount: TokenAmount,
    ) -> Result<(), VaultError> {
        let (allowance, needed) = (self.allowance(owner, spender), amount.get());
        if allowance == U256::MAX {
            return Ok(());
        }
        let rest = allowance
            .checked_sub(needed)
            .ok_or(VaultError::ERC20InsufficientAllowance {
                spender,
                allowance,
                needed,
            })?;
        self.allowances.set((owner, spender), rest);
        Ok(())
    }

    fn dispatch_governance(
        &mut self,
        caller: Address,
        action: &VaultAction,
    ) -> Result<VaultOutcome, VaultError> {
        match action {
            VaultAction::CreateMarket {
                terms,
                ceiling,
                mint_limit,
                rate,
                deviation,
            } => {
                return self.create_market(
                    caller,
                    terms,
                    (*ceiling, *mint_limit, *rate),
                    *deviation,
                );
            }
            VaultAction::SetCeiling { market, ceiling } => {
                self.set_ceiling(caller, *market, *ceiling)?;
            }
            VaultAction::SetMintLimit { market, mint_limit } => {
                self.set_mint_limit(caller, *market, *mint_limit)?;
            }
            VaultAction::StopNewDebt { secs } => self.stop_new_debt(caller, *secs)?,
            VaultAction::SetRate { market, rate } => self.set_rate(caller, *market, *rate)?,
            _ => {}
        }
        Ok(VaultOutcome::Done)
    }

    /// `NotGovernor` unless `caller` is.
    pub(super) fn only_governor(&self, caller: Address) -> Result<(), VaultError> {
        let BookParams { governor, .. } = self.params;
        if caller == governor {
            return Ok(());
        }
        Err(VaultError::NotGovernor { caller })
    }
}
