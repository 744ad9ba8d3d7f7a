//! One action on the contracts, and its answer held against the model's.

#![allow(non_snake_case)] // The fields of the bindings have Solidity's names.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::Erc20;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_bindings::{RevertError, decode_revert};
use ballast_chain::evm::{EvmError, Executed};
use ballast_model::{Action, ModelError, Outcome};
use ballast_types::AssetAmount;

use crate::system::System;

fn words(amounts: &[AssetAmount]) -> Vec<U256> {
    amounts.iter().map(|amount| amount.get()).collect()
}

/// The action on the contracts.
pub fn send(system: &mut System, caller: Address, action: &Action) -> Result<Executed, EvmError> {
    let at = system.model.addresses();
    let action = action.clone();
    let (to, data) = match &action {
        Action::Send { asset, to, amount } => {
            let (to, amount) = (*to, amount.get());
            let data = Erc20::transferCall { to, amount }.abi_encode();
            (system.assets[*asset], data)
        }
        Action::Allocate
        | Action::Bid { .. }
        | Action::BurnLot
        | Action::Claim { .. }
        | Action::ProposeRecipient { .. }
        | Action::AcceptRecipient { .. } => (at.converter, converter_call(action)),
        Action::Redeem { .. } | Action::Donate { .. } | Action::Sync { .. } => {
            (at.reserve, reserve_call(action))
        }
        Action::BurnConverted { .. } | Action::Pause { .. } | Action::Unpause => {
            (at.reserve, reserve_call(action))
        }
        Action::FlashLoan { asset, .. } => (at.reserve, flash_call(system.assets[*asset], &action)),
        Action::Borrow { .. }
        | Action::Repay { .. }
        | Action::Extend { .. }
        | Action::ExtendByBurn { .. }
        | Action::Foreclose { .. } => (at.reserve, loan_call(action)),
        _ => {
            let other = system.second_pool.map_or(Address::ZERO, |(_, other)| other);
            (at.token, token_call(action, other))
        }
    };
    system.evm.send(caller, to, data.into())
}

/// The calls to the token; `other` is the asset of the pool to register.
fn token_call(action: Action, other: Address) -> Vec<u8> {
    match action {
        Action::Transfer { to, amount } => {
            let amount = amount.get();
            AccrualToken::transferCall { to, amount }.abi_encode()
        }
        Action::Approve { spender, amount } => {
            AccrualToken::approveCall { spender, amount }.abi_encode()
        }
        Action::TransferFrom { from, to, amount } => {
            let amount = amount.get();
            AccrualToken::transferFromCall { from, to, amount }.abi_encode()
        }
        Action::Burn { amount } => {
            let amount = amount.get();
            AccrualToken::burnCall { amount }.abi_encode()
        }
        Action::BurnFrom { account, amount } => {
            let amount = amount.get();
            AccrualToken::burnFromCall { account, amount }.abi_encode()
        }
        Action::RegisterPool { .. } => AccrualToken::registerPoolCall { other }.abi_encode(),
        Action::SetFees { buy_bps, sell_bps } => {
            let (buyBps, sellBps) = (buy_bps, sell_bps);
            AccrualToken::setFeesCall { buyBps, sellBps }.abi_encode()
        }
        Action::SetGuardian { guardian } => {
            let guardian_ = guardian;
            AccrualToken::setGuardianCall { guardian_ }.abi_encode()
        }
        other => panic!("{other:?} is no call to the token"),
    }
}

/// The calls to the converter.
fn converter_call(action: Action) -> Vec<u8> {
    match action {
        Action::Allocate => Converter::allocateCall {}.abi_encode(),
        Action::Bid {
            tokens,
            max_pay,
            to,
        } => {
            let (tokens, maxPay) = (tokens.get(), words(&max_pay));
            Converter::bidCall { tokens, maxPay, to }.abi_encode()
        }
        Action::BurnLot => Converter::burnLotCall {}.abi_encode(),
        Action::Claim { account, asset } => {
            let index = U256::from(asset);
            Converter::claimCall { account, index }.abi_encode()
        }
        Action::ProposeRecipient { index, account } => {
            let index = U256::from(index);
            Converter::proposeRecipientCall { index, account }.abi_encode()
        }
        Action::AcceptRecipient { index } => {
            let index = U256::from(index);
            Converter::acceptRecipientCall { index }.abi_encode()
        }
        other => panic!("{other:?} is no call to the converter"),
    }
}

/// The calls to the reserve about loans.
fn loan_call(action: Action) -> Vec<u8> {
    match action {
        Action::Borrow {
            collateral,
            principal,
            to,
        } => {
            let (collateral, principal, unwrap) = (collateral.get(), words(&principal), false);
            Reserve::borrowCall {
                collateral,
                principal,
                to,
                unwrap,
            }
            .abi_encode()
        }
        Action::Repay { loan_id, amounts } => {
            let (loanId, amounts) = (loan_id.word(), words(&amounts));
            Reserve::repayCall { loanId, amounts }.abi_encode()
        }
        Action::Extend { loan_id } => {
            let loanId = loan_id.word();
            Reserve::extendCall { loanId }.abi_encode()
        }
        Action::ExtendByBurn { loan_id, max_burn } => {
            let (loanId, maxBurn) = (loan_id.word(), max_burn.get());
            Reserve::extendByBurnCall { loanId, maxBurn }.abi_encode()
        }
        Action::Foreclose { loan_ids } => {
            let loanIds = loan_ids.iter().map(|id| id.word()).collect();
            Reserve::forecloseCall { loanIds }.abi_encode()
        }
        other => panic!("{other:?} is about no loan"),
    }
}

/// A flash loan of the asset at `asset`.
fn flash_call(asset: Address, action: &Action) -> Vec<u8> {
    let Action::FlashLoan {
        receiver, amount, ..
    } = action
    else {
        panic!("{action:?} is no flash loan");
    };
    let (receiver, amount, data) = (*receiver, amount.get(), Bytes::new());
    Reserve::flashLoanCall {
        receiver,
        asset,
        amount,
        data,
    }
    .abi_encode()
}

/// The other calls to the reserve.
fn reserve_call(action: Action) -> Vec<u8> {
    match action {
        Action::Redeem { tokens, forgo, to } => {
            let (tokens, unwrap) = (tokens.get(), false);
            Reserve::redeemCall {
                tokens,
                forgo,
                to,
                unwrap,
            }
            .abi_encode()
        }
        Action::Donate { asset, amount } => {
            let (index, amount) = (U256::from(asset), amount.get());
            Reserve::donateCall { index, amount }.abi_encode()
        }
        Action::Sync { asset } => {
            let index = U256::from(asset);
            Reserve::syncCall { index }.abi_encode()
        }
        Action::BurnConverted { tokens } => {
            let tokens = tokens.get();
            Reserve::burnConvertedCall { tokens }.abi_encode()
        }
        Action::Pause { secs } => {
            let secs = U256::from(secs.get());
            Reserve::pauseCall { secs }.abi_encode()
        }
        Action::Unpause => Reserve::unpauseCall {}.abi_encode(),
        other => panic!("{other:?} is no call to the reserve"),
    }
}

/// Both succeeded with the same result, or both refused with the same error and values.
pub fn same_answer(
    action: &Action,
    ours: Result<Outcome, ModelError>,
    theirs: Result<Executed, EvmError>,
) {
    match (ours, theirs) {
        (Ok(outcome), Ok(executed)) => same_result(action, &outcome, &executed),
        (Err(error), Err(EvmError::Reverted { data })) => {
            let (name, values) = match decode_revert(&data) {
                RevertError::Custom(custom) => (
                    custom.name,
                    custom.fields.into_iter().map(|field| field.value).collect(),
                ),
                RevertError::Panic { code, .. } => ("Panic".to_owned(), vec![code.to_string()]),
                other => panic!("{action:?}: model {error:?}, contracts {other:?}"),
            };
            assert_eq!(
                (error.name().to_owned(), error.values()),
                (name, values),
                "{action:?}"
            );
        }
        (ours, theirs) => panic!("{action:?}: model {ours:?}, contracts {theirs:?}"),
    }
}

/// Return values, where the function has any.
fn same_result(action: &Action, outcome: &Outcome, executed: &Executed) {
    let output = &executed.output;
    match outcome {
        Outcome::Redeemed { paid, .. } => {
            assert_eq!(
                Reserve::redeemCall::abi_decode_returns(output).unwrap(),
                words(paid),
                "{action:?}"
            );
        }
        Outcome::Borrowed { loan_id, .. } => {
            assert_eq!(
                Reserve::borrowCall::abi_decode_returns(output).unwrap(),
                loan_id.word(),
                "{action:?}"
            );
        }
        Outcome::Repaid { released, .. } => {
            assert_eq!(
                Reserve::repayCall::abi_decode_returns(output).unwrap(),
                released.get(),
                "{action:?}"
            );
        }
        Outcome::ExtendedByBurn { burned, .. } => {
            assert_eq!(
                Reserve::extendByBurnCall::abi_decode_returns(output).unwrap(),
                burned.get(),
                "{action:?}"
            );
        }
        Outcome::Foreclosed { closed } => {
            let count = Reserve::forecloseCall::abi_decode_returns(output).unwrap();
            assert_eq!(count, U256::from(closed.len()), "{action:?}");
        }
        Outcome::Synced { credited } => {
            assert_eq!(
                Reserve::syncCall::abi_decode_returns(output).unwrap(),
                credited.get(),
                "{action:?}"
            );
        }
        Outcome::Filled { paid, .. } => {
            assert_eq!(
                Converter::bidCall::abi_decode_returns(output).unwrap(),
                words(paid),
                "{action:?}"
            );
        }
        Outcome::LotBurned { burned } => {
            assert_eq!(
                Converter::burnLotCall::abi_decode_returns(output).unwrap(),
                burned.get(),
                "{action:?}"
            );
        }
        Outcome::Claimed { amount } => {
            assert_eq!(
                Converter::claimCall::abi_decode_returns(output).unwrap(),
                amount.get(),
                "{action:?}"
            );
        }
        _ => {}
    }
}
