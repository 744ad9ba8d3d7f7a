//! One action on the contracts, and its answer held against the model's.

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
    let (token, reserve, converter) = (at.token, at.reserve, at.converter);
    match action.clone() {
        Action::Transfer { to, amount } => system.call(
            caller,
            token,
            &AccrualToken::transferCall {
                to,
                amount: amount.get(),
            },
        ),
        Action::Approve { spender, amount } => system.call(
            caller,
            token,
            &AccrualToken::approveCall { spender, amount },
        ),
        Action::TransferFrom { from, to, amount } => system.call(
            caller,
            token,
            &AccrualToken::transferFromCall {
                from,
                to,
                amount: amount.get(),
            },
        ),
        Action::Burn { amount } => system.call(
            caller,
            token,
            &AccrualToken::burnCall {
                amount: amount.get(),
            },
        ),
        Action::BurnFrom { account, amount } => system.call(
            caller,
            token,
            &AccrualToken::burnFromCall {
                account,
                amount: amount.get(),
            },
        ),
        Action::RegisterPool { .. } => {
            let other = system.second_pool.map_or(Address::ZERO, |(_, other)| other);
            system.call(caller, token, &AccrualToken::registerPoolCall { other })
        }
        Action::SetFees { buy_bps, sell_bps } => system.call(
            caller,
            token,
            &AccrualToken::setFeesCall {
                buyBps: buy_bps,
                sellBps: sell_bps,
            },
        ),
        Action::SetGuardian { guardian } => system.call(
            caller,
            token,
            &AccrualToken::setGuardianCall {
                guardian_: guardian,
            },
        ),
        Action::Allocate => system.call(caller, converter, &Converter::allocateCall {}),
        Action::Bid {
            tokens,
            max_pay,
            to,
        } => {
            let call = Converter::bidCall {
                tokens: tokens.get(),
                maxPay: words(&max_pay),
                to,
            };
            system.call(caller, converter, &call)
        }
        Action::BurnLot => system.call(caller, converter, &Converter::burnLotCall {}),
        Action::Claim { account, asset } => system.call(
            caller,
            converter,
            &Converter::claimCall {
                account,
                index: U256::from(asset),
            },
        ),
        Action::ProposeRecipient { index, account } => system.call(
            caller,
            converter,
            &Converter::proposeRecipientCall {
                index: U256::from(index),
                account,
            },
        ),
        Action::AcceptRecipient { index } => system.call(
            caller,
            converter,
            &Converter::acceptRecipientCall {
                index: U256::from(index),
            },
        ),
        Action::Send { asset, to, amount } => {
            let asset = system.assets[asset];
            system.call(
                caller,
                asset,
                &Erc20::transferCall {
                    to,
                    amount: amount.get(),
                },
            )
        }
        other => system
            .evm
            .send(caller, reserve, reserve_call(&system.assets, other)),
    }
}

/// The calls to the reserve.
fn reserve_call(assets: &[Address], action: Action) -> Bytes {
    match action {
        Action::Redeem { tokens, forgo, to } => Reserve::redeemCall {
            tokens: tokens.get(),
            forgo,
            to,
            unwrap: false,
        }
        .abi_encode(),
        Action::Borrow {
            collateral,
            principal,
            to,
        } => {
            let principal = words(&principal);
            Reserve::borrowCall {
                collateral: collateral.get(),
                principal,
                to,
                unwrap: false,
            }
            .abi_encode()
        }
        Action::Repay { loan_id, amounts } => Reserve::repayCall {
            loanId: loan_id.word(),
            amounts: words(&amounts),
        }
        .abi_encode(),
        Action::Extend { loan_id } => Reserve::extendCall {
            loanId: loan_id.word(),
        }
        .abi_encode(),
        Action::ExtendByBurn { loan_id, max_burn } => Reserve::extendByBurnCall {
            loanId: loan_id.word(),
            maxBurn: max_burn.get(),
        }
        .abi_encode(),
        Action::Foreclose { loan_ids } => Reserve::forecloseCall {
            loanIds: loan_ids.iter().map(|id| id.word()).collect(),
        }
        .abi_encode(),
        Action::Donate { asset, amount } => Reserve::donateCall {
            index: U256::from(asset),
            amount: amount.get(),
        }
        .abi_encode(),
        Action::Sync { asset } => Reserve::syncCall {
            index: U256::from(asset),
        }
        .abi_encode(),
        Action::BurnConverted { tokens } => Reserve::burnConvertedCall {
            tokens: tokens.get(),
        }
        .abi_encode(),
        Action::FlashLoan {
            receiver,
            asset,
            amount,
        } => {
            let data = Bytes::new();
            Reserve::flashLoanCall {
                receiver,
                asset: assets[asset],
                amount: amount.get(),
                data,
            }
            .abi_encode()
        }
        Action::Pause { secs } => Reserve::pauseCall {
            secs: U256::from(secs.get()),
        }
        .abi_encode(),
        Action::Unpause => Reserve::unpauseCall {}.abi_encode(),
        other => panic!("{other:?} is no call to the reserve"),
    }
    .into()
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
