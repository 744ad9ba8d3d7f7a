//! What an actor can ask of the contracts, as a transaction, and which refusals a market lives with.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::RevertError;
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::{Erc20, Router};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;

use super::node::Tx;
use super::stage::{FlashTaker, Stage};

/// Gas that any order may use: more than the dearest one does.
const GAS: u64 = 1_200_000;

/// One thing to do. Amounts in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Buy tokens in the pool for asset 0.
    Buy {
        /// Asset paid.
        pay: U256,
        /// Least tokens to receive.
        least: U256,
    },
    /// Sell tokens in the pool for asset 0.
    Sell {
        /// Tokens given.
        tokens: U256,
        /// Least asset to receive.
        least: U256,
    },
    /// Redeem tokens for their backing.
    Redeem {
        /// Tokens burned.
        tokens: U256,
    },
    /// Burn own tokens.
    Burn {
        /// Tokens burned.
        tokens: U256,
    },
    /// Open a loan.
    Borrow {
        /// Tokens locked.
        collateral: U256,
        /// Principal of each asset.
        principal: Vec<U256>,
    },
    /// Pay back a part or all of a loan.
    Repay {
        /// The loan.
        loan: U256,
        /// Paid of each asset.
        amounts: Vec<U256>,
    },
    /// Add a term for its fee.
    Extend {
        /// The loan.
        loan: U256,
    },
    /// Add a term by burning collateral.
    ExtendByBurn {
        /// The loan.
        loan: U256,
        /// Most tokens to burn.
        most: U256,
    },
    /// Close loans whose grace has ended.
    Foreclose {
        /// The loans.
        loans: Vec<U256>,
    },
    /// Buy fee tokens from the converter.
    Bid {
        /// Tokens bought.
        tokens: U256,
        /// Most to pay of each asset.
        most: Vec<U256>,
    },
    /// Burn a lot at the floor.
    BurnLot,
    /// Mint pool liquidity to the lock.
    AddLiquidity,
    /// Collect the creator's share of an asset.
    Claim {
        /// Index of the asset.
        asset: usize,
    },
    /// Give an asset to the stream.
    Donate {
        /// Index of the asset.
        asset: usize,
        /// How much.
        amount: U256,
    },
    /// Send an asset to the reserve directly.
    Give {
        /// Index of the asset.
        asset: usize,
        /// How much.
        amount: U256,
    },
    /// Credit what was sent directly.
    Sync {
        /// Index of the asset.
        asset: usize,
    },
    /// Take a flash loan and give it back.
    Flash {
        /// Index of the asset.
        asset: usize,
        /// How much.
        amount: U256,
    },
    /// Stop entries for a while.
    Pause {
        /// For how long.
        secs: u64,
    },
    /// Cut the fees.
    CutFees {
        /// Fee on purchases from now on, basis points.
        buy_bps: u16,
        /// Fee on sales from now on, basis points.
        sell_bps: u16,
    },
}

impl Deed {
    /// Its name in the report.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Buy { .. } => "buy",
            Self::Sell { .. } => "sell",
            Self::Redeem { .. } => "redeem",
            Self::Burn { .. } => "burn",
            Self::Borrow { .. } => "borrow",
            Self::Repay { .. } => "repay",
            Self::Extend { .. } => "extend",
            Self::ExtendByBurn { .. } => "extend_by_burn",
            Self::Foreclose { .. } => "foreclose",
            Self::Bid { .. } => "bid",
            Self::BurnLot => "burn_lot",
            Self::AddLiquidity => "add_liquidity",
            Self::Claim { .. } => "claim",
            Self::Donate { .. } => "donate",
            Self::Give { .. } => "give",
            Self::Sync { .. } => "sync",
            Self::Flash { .. } => "flash_loan",
            Self::Pause { .. } => "pause",
            Self::CutFees { .. } => "cut_fees",
        }
    }

    /// Whether a market lives with `error`: another actor was faster, or the price moved past a limit.
    pub fn tolerates(&self, error: &RevertError) -> bool {
        let names: &[&str] = match self {
            Self::Buy { .. } | Self::Sell { .. } => {
                let slipped = "UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT";
                return matches!(error, RevertError::Message { message } if message == slipped);
            }
            Self::Bid { .. } => &[
                "PriceAboveLimit",
                "NotEnoughForSale",
                "AtFloor",
                "EntriesPaused",
            ],
            Self::BurnLot => &["AboveFloor", "NothingToBurn"],
            Self::AddLiquidity => &[
                "PoolOffPrice",
                "NothingToAdd",
                "NoRecentLotPrice",
                "LiquidityTooSoon",
            ],
            Self::Borrow { .. } | Self::Flash { .. } => &["EntriesPaused"],
            _ => &[],
        };
        names.contains(&error.name())
    }
}

/// Who does what to which token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Account number.
    pub who: usize,
    /// Index of the token.
    pub token: usize,
    /// What.
    pub deed: Deed,
}

impl Order {
    /// The transaction.
    pub fn tx(&self, stage: &Stage) -> Tx {
        let from = stage.accounts[self.who];
        let (to, data) = self.call(stage, from);
        Tx::call(from, to, data, GAS)
    }

    fn call(&self, stage: &Stage, from: Address) -> (Address, Vec<u8>) {
        let token = &stage.tokens[self.token];
        let asset = |index: usize| stage.asset(self.token, index).address;
        match &self.deed {
            Deed::Buy { pay, least } => (
                stage.router,
                swap(*pay, *least, asset(0), token.token, from),
            ),
            Deed::Sell { tokens, least } => (
                stage.router,
                swap(*tokens, *least, token.token, asset(0), from),
            ),
            Deed::Burn { tokens } => (
                token.token,
                AccrualToken::burnCall { amount: *tokens }.abi_encode(),
            ),
            Deed::CutFees { buy_bps, sell_bps } => {
                let call = AccrualToken::setFeesCall {
                    buyBps: U256::from(*buy_bps),
                    sellBps: U256::from(*sell_bps),
                };
                (token.token, call.abi_encode())
            }
            Deed::Give {
                asset: index,
                amount,
            } => (
                asset(*index),
                Erc20::transferCall {
                    to: token.reserve,
                    amount: *amount,
                }
                .abi_encode(),
            ),
            Deed::Flash {
                asset: index,
                amount,
            } => {
                let call = FlashTaker::takeCall {
                    lender: token.reserve,
                    asset: asset(*index),
                    amount: *amount,
                };
                (stage.flash_taker, call.abi_encode())
            }
            Deed::Bid { tokens, most } => {
                let call = Converter::bidCall {
                    tokens: *tokens,
                    maxPay: most.clone(),
                    to: from,
                };
                (token.converter, call.abi_encode())
            }
            Deed::BurnLot => (token.converter, Converter::burnLotCall {}.abi_encode()),
            Deed::AddLiquidity => (token.converter, Converter::addLiquidityCall {}.abi_encode()),
            Deed::Claim { asset } => {
                let call = Converter::claimCall {
                    account: from,
                    index: U256::from(*asset),
                };
                (token.converter, call.abi_encode())
            }
            deed => (token.reserve, reserve_call(deed, from)),
        }
    }
}

/// What the reserve itself is asked; nothing for deeds of other contracts.
fn reserve_call(deed: &Deed, from: Address) -> Vec<u8> {
    match deed {
        Deed::Redeem { tokens } => Reserve::redeemCall {
            tokens: *tokens,
            forgo: U256::ZERO,
            to: from,
            unwrap: false,
        }
        .abi_encode(),
        Deed::Borrow {
            collateral,
            principal,
        } => {
            let principal = principal.clone();
            Reserve::borrowCall {
                collateral: *collateral,
                principal,
                to: from,
                unwrap: false,
            }
            .abi_encode()
        }
        Deed::Repay { loan, amounts } => Reserve::repayCall {
            loanId: *loan,
            amounts: amounts.clone(),
        }
        .abi_encode(),
        Deed::Extend { loan } => Reserve::extendCall { loanId: *loan }.abi_encode(),
        Deed::ExtendByBurn { loan, most } => Reserve::extendByBurnCall {
            loanId: *loan,
            maxBurn: *most,
        }
        .abi_encode(),
        Deed::Foreclose { loans } => Reserve::forecloseCall {
            loanIds: loans.clone(),
        }
        .abi_encode(),
        Deed::Donate { asset, amount } => Reserve::donateCall {
            index: U256::from(*asset),
            amount: *amount,
        }
        .abi_encode(),
        Deed::Sync { asset } => Reserve::syncCall {
            index: U256::from(*asset),
        }
        .abi_encode(),
        Deed::Pause { secs } => Reserve::pauseCall {
            secs: U256::from(*secs),
        }
        .abi_encode(),
        _ => Vec::new(),
    }
}

fn swap(amount: U256, least: U256, from: Address, to: Address, receiver: Address) -> Vec<u8> {
    Router::swapExactTokensForTokensSupportingFeeOnTransferTokensCall {
        amountIn: amount,
        amountOutMin: least,
        path: vec![from, to],
        to: receiver,
        deadline: U256::MAX,
    }
    .abi_encode()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;
    use ballast_bindings::RevertError;

    use super::Deed;

    #[test]
    fn only_what_a_market_lives_with_is_tolerated() {
        let slipped = RevertError::Message {
            message: "UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT".into(),
        };
        let broken = RevertError::Message {
            message: "UniswapV2: K".into(),
        };
        let sell = Deed::Sell {
            tokens: U256::ONE,
            least: U256::ONE,
        };
        assert!(sell.tolerates(&slipped));
        assert!(!sell.tolerates(&broken));
        assert!(!sell.tolerates(&RevertError::Empty));
        let redeem = Deed::Redeem { tokens: U256::ONE };
        assert!(
            !redeem.tolerates(&slipped),
            "a redemption has no price limit to miss"
        );
    }
}
