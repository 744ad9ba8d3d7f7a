//! Reverts in words: the field, the limit, and what to do.

mod vaults;

use alloy::primitives::U256;
use ballast_bindings::{CustomError, RevertError};
use ballast_chain::accrual::TokenState;
use ballast_chain::vaults::MarketState;
use ballast_types::LoanId;

use crate::units::{Amount, duration, instant, share};

/// What a call was about, so that the amounts of its errors can be shown in whole units.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Nothing whose units are known.
    None,
    /// An accrual token.
    Token(&'a TokenState),
    /// A market of a synthetic.
    Market(&'a MarketState),
}

/// One line for a revert. Amounts are shown in whole units where `subject` says whose they are.
pub fn revert(error: &RevertError, subject: Subject<'_>) -> String {
    let Some(custom) = error.custom() else {
        return plain(error);
    };
    let (state, market) = match subject {
        Subject::None => (None, None),
        Subject::Token(state) => (Some(state), None),
        Subject::Market(market) => (None, Some(market)),
    };
    let say = Words { custom, state };
    let of_vaults = vaults::Words { custom, market };
    of_vaults
        .reports()
        .or_else(|| of_vaults.owner())
        .or_else(|| of_vaults.anyone())
        .or_else(|| of_vaults.governor())
        .or_else(|| of_vaults.reserves())
        .or_else(|| of_vaults.desk())
        .or_else(|| say.reserve())
        .or_else(|| say.converter())
        .or_else(|| say.token())
        .or_else(|| say.launch())
        .unwrap_or_else(|| error.to_string())
}

fn plain(error: &RevertError) -> String {
    match error {
        RevertError::Empty => "a contract refused without saying why".to_owned(),
        RevertError::Message { message } => format!("a contract refused: {message}"),
        other => format!("a contract failed: {other}"),
    }
}

struct Words<'a> {
    custom: &'a CustomError,
    state: Option<&'a TokenState>,
}

impl Words<'_> {
    fn field(&self, name: &str) -> &str {
        self.custom.field(name).unwrap_or("?")
    }

    fn word(&self, name: &str) -> U256 {
        self.custom.uint(name).unwrap_or_default()
    }

    fn tokens(&self, name: &str) -> String {
        match self.state {
            Some(state) => Amount::token(self.word(name), &state.symbol).to_string(),
            None => format!("{} base units", self.word(name)),
        }
    }

    /// The value `name`, an amount of the asset whose index is the value `asset`.
    fn assets(&self, name: &str) -> String {
        let index = usize::try_from(self.word("asset")).unwrap_or(usize::MAX);
        match self.state.and_then(|state| state.assets.get(index)) {
            Some(asset) => Amount::asset(self.word(name), asset).to_string(),
            None => format!("{} base units of asset {index}", self.word(name)),
        }
    }

    fn time(&self, name: &str) -> String {
        instant(u64::try_from(self.word(name)).unwrap_or(u64::MAX))
    }

    fn loan(&self) -> String {
        LoanId::from_word(self.word("loanId"))
            .sequence()
            .to_string()
    }

    fn reserve(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "Locked" => "a flash loan or another call is in progress in this contract; try again".to_owned(),
            "ZeroAmount" => format!("{}: must be more than 0", self.field("field")),
            "AmountTooLarge" => {
                format!("{}: {} base units is over the maximum of {}", self.field("field"), self.word("amount"), self.word("max"))
            }
            "RedemptionOff" => "redeem: redemption is off for this token, fixed at its launch; sell, or borrow against it".to_owned(),
            "NoClaims" => "no claims are left on this reserve".to_owned(),
            "EverythingForgone" => "forgo: at least one asset must be taken".to_owned(),
            "PrincipalTooLarge" => format!(
                "principal: {} is over the maximum of {} for this collateral",
                self.assets("principal"),
                self.assets("max")
            ),
            "UnknownLoan" => format!("loan: {} is not open; `ballast loans` lists those that are", self.loan()),
            "LoanExpired" => format!(
                "loan: {} expired when its grace ended, {}; it can be neither repaid nor extended, only foreclosed",
                self.loan(),
                self.time("graceEnd")
            ),
            "ExtensionTooFar" => format!(
                "loan: {} would run to {} s on the loan clock, at most 12 terms ahead ({} s) are allowed",
                self.loan(),
                self.word("deadline"),
                self.word("latest")
            ),
            "NotBorrower" => format!("loan: {} is not a loan of {}; only the borrower may do this", self.loan(), self.field("caller")),
            "BurnTooLarge" => {
                format!("max_burn: {} must be burned, over the limit of {}", self.tokens("burn"), self.tokens("max"))
            }
            "UnderBacked" => format!(
                "collateral: what would be left backs {}, less than the {} owed",
                self.assets("max"),
                self.assets("principal")
            ),
            "NothingToForeclose" => "loans: none of them is past its grace".to_owned(),
            "TransferShort" => format!(
                "asset: {} delivered {} of {} base units: it charges on transfer",
                self.field("asset"),
                self.word("received"),
                self.word("expected")
            ),
            "EntriesPaused" => format!("borrowing, flash loans and conversion are paused until {}", self.time("until")),
            "PauseTooLong" => format!(
                "for: {} is over the maximum of {}",
                duration(u64::try_from(self.word("secs")).unwrap_or(u64::MAX)),
                duration(u64::try_from(self.word("max")).unwrap_or(u64::MAX))
            ),
            "PauseTooSoon" => format!("pause: not before {}, 7 days after the last pause", self.time("earliest")),
            "NotPaused" => "unpause: nothing is paused".to_owned(),
            "NotGuardian" => format!("sender: {} is not the guardian of this token", self.field("caller")),
            _ => return None,
        })
    }

    fn converter(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "AboveLot" => format!("amount: {} is over the lot of {}", self.tokens("tokens"), self.tokens("lot")),
            "PoolRecipient" => format!("to: {} is a pool; take the tokens to an account", self.word("to")),
            "NotEnoughForSale" => {
                format!("amount: {} is over the {} for sale", self.tokens("tokens"), self.tokens("available"))
            }
            "AtFloor" => "bid: the price has come down to the floor, where tokens are burned and not sold; see `ballast converter burn-lot`".to_owned(),
            "AboveFloor" => "burn-lot: the price is still above the floor; bid, or wait".to_owned(),
            "FloorZero" => format!("asset {}: the floor is zero, so nothing is sold", self.word("asset")),
            "PriceAboveLimit" => {
                format!("max_pay: the price is {}, over the limit of {}", self.assets("price"), self.assets("max"))
            }
            "NothingToBurn" => "burn-lot: nothing is for sale".to_owned(),
            "NoLiquidityShare" => "add-liquidity: this token's fees have no liquidity share".to_owned(),
            "NoRecentLotPrice" => "add-liquidity: no full lot was sold in the last hour".to_owned(),
            "LiquidityTooSoon" => format!("add-liquidity: not before {}", self.time("earliest")),
            "PoolOffPrice" => "add-liquidity: the pool is more than 2 % off the last lot's price".to_owned(),
            "NothingToAdd" => "add-liquidity: nothing is set aside".to_owned(),
            "NothingOwed" => format!("account: nothing is owed to {}", self.field("account")),
            "NotOwner" => format!("sender: {} is not the owner of this token", self.field("caller")),
            _ => return None,
        })
    }

    fn token(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "FeeTooHigh" => format!(
                "{}: {} is over the maximum of {}",
                self.field("field"),
                share(self.word("bps")),
                share(self.word("max"))
            ),
            "NotAPool" => format!(
                "other: the factory has no pool of this token and {}",
                self.field("other")
            ),
            "NoFeePath" => "fees: this token was launched without a pool tax".to_owned(),
            "OwnableUnauthorizedAccount" => format!(
                "sender: {} is not the owner of this token",
                self.field("account")
            ),
            "ERC20InsufficientBalance" => format!(
                "balance: {} has {} base units, {} are needed",
                self.field("sender"),
                self.word("balance"),
                self.word("needed")
            ),
            "ERC20InsufficientAllowance" => format!(
                "allowance: {} may take {} base units, {} are needed",
                self.field("spender"),
                self.word("allowance"),
                self.word("needed")
            ),
            "SafeERC20FailedOperation" => {
                format!("asset: a transfer of {} failed", self.field("token"))
            }
            _ => return None,
        })
    }

    fn launch(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "ParamOutOfBounds" => format!(
                "{}: {} is outside {} to {}",
                self.field("param"),
                self.word("value"),
                self.word("min"),
                self.word("max")
            ),
            "ParamMissing" => format!("{}: missing", self.field("param")),
            "SplitSum" => format!(
                "trading.split: the shares add up to {}, not to 100 %",
                share(self.word("sum"))
            ),
            "AssetRefused" => format!(
                "reserve.asset: {} is refused: it {}",
                self.field("asset"),
                self.field("reason")
            ),
            "DuplicateAsset" => format!("reserve.asset: {} is named twice", self.field("asset")),
            "SaltExhausted" => "salt: every address for it is taken; choose another".to_owned(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};
    use alloy::sol_types::SolError;
    use ballast_bindings::{decode_revert, known_errors, launchpad::Launchpad, reserve::Reserve};

    use super::{Subject, revert};

    #[test]
    fn reasons_read_as_one_line_with_field_and_limit() {
        let line = |data: Vec<u8>| revert(&decode_revert(&data), Subject::None);
        let asset = Address::repeat_byte(1);
        assert_eq!(
            line(
                Launchpad::AssetRefused {
                    asset,
                    reason: "charges on transfer".into()
                }
                .abi_encode()
            ),
            format!("reserve.asset: {asset} is refused: it charges on transfer")
        );
        assert_eq!(
            line(
                Reserve::LoanExpired {
                    loanId: U256::from(3),
                    graceEnd: U256::from(86_400)
                }
                .abi_encode()
            ),
            "loan: 3 expired when its grace ended, 1970-01-02 00:00:00 UTC; it can be neither repaid nor extended, only foreclosed"
        );
        assert_eq!(line(vec![]), "a contract refused without saying why");
    }

    /// Those of calls that the program never makes, or that only a broken peer can cause.
    const INTERNAL: [&str; 55] = [
        "AddressEmptyCode",
        "AlreadyAdded",
        "AlreadySeeded",
        "AssetNotBacking",
        "BadSignature",
        "CloneArgumentsTooLong",
        "Create2EmptyBytecode",
        "DecimalsChanged",
        "ECDSAInvalidSignature",
        "ECDSAInvalidSignatureLength",
        "ECDSAInvalidSignatureS",
        "ERC2612ExpiredSignature",
        "ERC2612InvalidSigner",
        "ERC4626ExceededMaxDeposit",
        "ERC4626ExceededMaxMint",
        "ERC4626ExceededMaxRedeem",
        "ERC4626ExceededMaxWithdraw",
        "ERC20InvalidApprover",
        "ERC20InvalidReceiver",
        "ERC20InvalidSender",
        "ERC20InvalidSpender",
        "FailedCall",
        "FailedDeployment",
        "FlashCallbackFailed",
        "InsufficientBalance",
        "InvalidAccountNonce",
        "InvalidShortString",
        "LengthMismatch",
        "LockCanOnlyGrow",
        "NativeMismatch",
        "NotBeneficiary",
        "NotBook",
        "NotConverter",
        "NotDeploying",
        "NotLaunching",
        "NotLaunchpad",
        "NotPegModule",
        "NotRateController",
        "NotReserve",
        "NotScheduled",
        "NotWrappedNative",
        "NotWritten",
        "NothingProposed",
        "OwnableInvalidOwner",
        "PermitExpired",
        "PermitInvalid",
        "ReentrancyGuardReentrantCall",
        "RoundIncomplete",
        "SafeCastOverflowedIntDowncast",
        "SafeCastOverflowedUintDowncast",
        "SafeERC20FailedDecreaseAllowance",
        "StillLocked",
        "StringTooLong",
        "UnknownRecipient",
        "ZeroAddress",
    ];

    #[test]
    fn every_error_a_user_can_meet_has_words() {
        for known in known_errors() {
            let name = known
                .signature
                .split('(')
                .next()
                .unwrap_or_default()
                .to_owned();
            if INTERNAL.contains(&name.as_str()) {
                continue;
            }
            let custom = ballast_bindings::CustomError {
                name: name.clone(),
                contracts: vec![],
                fields: vec![],
            };
            let line = revert(
                &ballast_bindings::RevertError::Custom(custom),
                Subject::None,
            );
            assert!(
                line.contains(' ') && !line.starts_with(&name),
                "{name} has no words: {line}"
            );
        }
    }
}
