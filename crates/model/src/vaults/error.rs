//! The errors of the vault book, with their names and values.

use crate::error::named_errors;
use alloy_primitives::{Address, U256};

named_errors! {
    VaultError, VAULT_ERROR_NAMES;
    /// Solidity's `Panic(uint256)`: an arithmetic error that no bound check caught.
    #[error("arithmetic panic {code:#x}; report it, for no input should reach this")]
    Panic {
        /// 17 for overflow and underflow, 18 for division by zero.
        code: u64,
    },
    /// The account holds less than it has to give.
    #[error("{sender} holds {balance} and needs {needed}")]
    ERC20InsufficientBalance {
        /// Who has to give.
        sender: Address,
        /// What it holds.
        balance: U256,
        /// What it has to give.
        needed: U256,
    },
    /// The spender may move less than that.
    #[error("{spender} may move {allowance} and needs {needed}; approve the exact amount first")]
    ERC20InsufficientAllowance {
        /// Who moves it.
        spender: Address,
        /// What it may move.
        allowance: U256,
        /// What it tried to move.
        needed: U256,
    },
    /// Nothing of the collateral can be sent to the zero address.
    #[error("{receiver} cannot receive; name the account that shall")]
    ERC20InvalidReceiver {
        /// The zero address.
        receiver: Address,
    },
    /// The zero address cannot be allowed to spend.
    #[error("{spender} cannot be allowed to spend")]
    ERC20InvalidSpender {
        /// The zero address.
        spender: Address,
    },
    /// A market index beyond the last.
    #[error("there is no market {market}")]
    UnknownMarket {
        /// What was given, from zero.
        market: U256,
    },
    /// An amount above a bound.
    #[error("{field} of {amount} is above the limit of {limit}")]
    AmountTooLarge {
        /// Which amount.
        field: &'static str,
        /// What was given, or what it would come to.
        amount: U256,
        /// The most.
        limit: U256,
    },
    /// A term of a market out of bounds.
    #[error("{field} of {value} is not between {least} and {most}")]
    BadTerm {
        /// Which term.
        field: &'static str,
        /// What was given.
        value: U256,
        /// The least.
        least: U256,
        /// The most.
        most: U256,
    },
    /// An address that cannot play this part.
    #[error("{value} cannot be {field}")]
    BadAddress {
        /// Which part.
        field: &'static str,
        /// What was given.
        value: Address,
    },
    /// Only the owner and his operators may take something out of a vault.
    #[error("{caller} is no operator of {owner}")]
    NotOperator {
        /// Whose vault.
        owner: Address,
        /// Who tried.
        caller: Address,
    },
    /// Only the governor may do this.
    #[error("{caller} is not the governor")]
    NotGovernor {
        /// Who tried.
        caller: Address,
    },
    /// Only the market's rate controller may do this.
    #[error("{caller} is not the rate controller of this market")]
    NotRateController {
        /// Who tried.
        caller: Address,
    },
    /// Only the peg module may do this.
    #[error("{caller} is not the peg module")]
    NotPegModule {
        /// Who tried.
        caller: Address,
    },
    /// More debt than the collateral allows an owner's action to leave.
    #[error("a debt of {debt} is above {most}, the most for this collateral")]
    Undercollateralised {
        /// What would be owed.
        debt: U256,
        /// The most.
        most: U256,
    },
    /// A debt that is neither zero nor at least the market's least.
    #[error("a debt of {debt} is under {least}; owe nothing or at least that")]
    DebtTooSmall {
        /// What would be owed.
        debt: U256,
        /// The least.
        least: U256,
    },
    /// More debt than the market's ceiling.
    #[error("the market's debt of {debt} would be above its ceiling of {ceiling}")]
    CeilingReached {
        /// What the market would owe.
        debt: U256,
        /// The most.
        ceiling: U256,
    },
    /// More than the market's limit lets mint now.
    #[error("{amount} cannot be minted now, only {mintable}")]
    MintLimitReached {
        /// What was asked for.
        amount: U256,
        /// What could be minted now.
        mintable: U256,
    },
    /// New debt is stopped.
    #[error("new debt is stopped until {until}")]
    NewDebtIsStopped {
        /// Unix seconds.
        until: U256,
    },
    /// A stop within seven days of the last one.
    #[error("new debt cannot be stopped before {not_before}")]
    CannotStopYet {
        /// Unix seconds.
        not_before: U256,
    },
    /// The price cannot be trusted with this.
    #[error("the price of market {market} is in state {state}")]
    PriceUnsafe {
        /// Which market.
        market: U256,
        /// How far the price can be trusted, as in `IPrices`.
        state: u8,
    },
    /// No vault named is unhealthy, or nothing of one can be bought for that much.
    #[error("none of these vaults has anything to take for that much")]
    NothingToTake {},
    /// The vault owes nothing that could be redeemed.
    #[error("nothing can be redeemed of the vault of {owner}")]
    NothingToRedeem {
        /// Whose vault.
        owner: Address,
    },
    /// The vault owes no more than its collateral is worth.
    #[error("the vault of {owner} owes no more than its collateral is worth")]
    NothingToBook {
        /// Whose vault.
        owner: Address,
    },
    /// The vault owes at least what its collateral is worth.
    #[error("the vault of {owner} owes {debt}, its collateral is worth {value}; book its loss")]
    Insolvent {
        /// Whose vault.
        owner: Address,
        /// What it owes.
        debt: U256,
        /// What its collateral is worth.
        value: U256,
    },
    /// Less collateral than the caller asked for.
    #[error("{collateral} of the collateral comes out, less than {least}")]
    TooLittleCollateral {
        /// What would come out.
        collateral: U256,
        /// What was asked for.
        least: U256,
    },
    /// A list of owners that is too long.
    #[error("{count} owners were named, at most {most} can be")]
    TooManyOwners {
        /// How many were named.
        count: U256,
        /// The most.
        most: U256,
    },
}

impl VaultError {
    /// Overflow and underflow, as Solidity's checked arithmetic reports them.
    pub(crate) const OVERFLOW: Self = Self::Panic { code: 0x11 };

    /// `PriceUnsafe` of market `market`.
    pub(crate) fn price_unsafe(market: usize, state: super::PriceState) -> Self {
        Self::PriceUnsafe {
            market: U256::from(market),
            state: state.code(),
        }
    }
}

/// `amount`, or `AmountTooLarge` above `limit`.
pub(crate) fn at_most(field: &'static str, amount: U256, limit: U256) -> Result<U256, VaultError> {
    if amount > limit {
        return Err(VaultError::AmountTooLarge {
            field,
            amount,
            limit,
        });
    }
    Ok(amount)
}
