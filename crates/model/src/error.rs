//! The errors of the contracts, with their names and values.

use alloy_primitives::{Address, U256};

/// Declares an error enum together with its names and its values as text.
macro_rules! named_errors {
    ($error:ident, $names:ident; $($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
    }),* $(,)?) => {
        /// Why an action was refused. Nothing has changed when one is returned.
        ///
        /// Every variant has the name of the Solidity custom error and its values in the same order, so
        /// that a differential test can compare the two. Times are unix seconds; amounts are base units.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum $error {
            $($(#[$meta])* $name { $($(#[$field_meta])* $field: $type),* }),*
        }

        /// The name of every error, as the contracts spell it.
        pub const $names: &[&str] = &[$(stringify!($name)),*];

        impl $error {
            /// The name of the Solidity custom error.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name)),* }
            }

            /// The error's values as text, in the order of the Solidity custom error.
            pub fn values(&self) -> Vec<String> {
                match self { $(Self::$name { $($field),* } => vec![$($field.to_string()),*]),* }
            }
        }

        impl From<ballast_types::ArithmeticError> for $error {
            fn from(error: ballast_types::ArithmeticError) -> Self {
                use ballast_types::ArithmeticError::{DivisionByZero, Overflow, Underflow};
                let code = match error {
                    Overflow | Underflow => 0x11,
                    DivisionByZero => 0x12,
                };
                Self::Panic { code }
            }
        }
    };
}

pub(crate) use named_errors;

named_errors! {
    ModelError, ERROR_NAMES;
    /// Solidity's `Panic(uint256)`: an arithmetic error that no bound check caught.
    #[error("arithmetic panic {code:#x}; report it, for no input should reach this")]
    Panic {
        /// 17 for overflow and underflow, 18 for division by zero.
        code: u64,
    },
    /// The account holds fewer tokens, or fewer base units of an asset, than it has to give.
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
    /// Nothing can be sent to the zero address.
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
    /// Only the token's owner may do this.
    #[error("{account} is not the owner of the token")]
    OwnableUnauthorizedAccount {
        /// Who tried.
        account: Address,
    },
    /// A fee above the maximum set at launch.
    #[error("{field} of {bps} is above the maximum of {max} set at launch")]
    FeeTooHigh {
        /// Which fee.
        field: &'static str,
        /// What was given, in basis points.
        bps: U256,
        /// The most, in basis points.
        max: U256,
    },
    /// The launch chose no path by which trading feeds the reserve.
    #[error("this launch has no fee path, so that it has no pools to register")]
    NoFeePath {},
    /// An amount that must not be zero, or a list of which none may be all zero.
    #[error("{field} must not be zero")]
    ZeroAmount {
        /// Which amount.
        field: &'static str,
    },
    /// An amount above a bound.
    #[error("{field} of {amount} is above the limit of {max}")]
    AmountTooLarge {
        /// Which amount.
        field: &'static str,
        /// What was given.
        amount: U256,
        /// The most.
        max: U256,
    },
    /// A list that does not name one value per asset.
    #[error("{given} values were given for {expected} assets")]
    LengthMismatch {
        /// How many were given.
        given: U256,
        /// How many there have to be.
        expected: U256,
    },
    /// An asset index beyond the last.
    #[error("there is no asset {index}, only {count}")]
    UnknownAsset {
        /// What was given, from zero.
        index: U256,
        /// How many assets there are.
        count: U256,
    },
    /// The launch did not enable redemption.
    #[error("this launch has no redemption")]
    RedemptionOff {},
    /// No token is left that could claim anything.
    #[error("no token is left, so that there is no backing to divide")]
    NoClaims {},
    /// A redemption that forgoes every asset.
    #[error("every asset is forgone; use burn to give tokens up for nothing")]
    EverythingForgone {},
    /// More principal than the collateral allows.
    #[error("principal of {principal} for asset {asset} is above the most allowed, {max}")]
    PrincipalTooLarge {
        /// Index of the asset.
        asset: U256,
        /// What was asked for.
        principal: U256,
        /// The most.
        max: U256,
    },
    /// No such loan, or it was closed.
    #[error("loan {loan_id} is unknown or closed")]
    UnknownLoan {
        /// Its identifier.
        loan_id: U256,
    },
    /// The loan's grace has ended; it can only be foreclosed.
    #[error("the grace of loan {loan_id} ended at {grace_end}; it can only be foreclosed")]
    LoanExpired {
        /// Its identifier.
        loan_id: U256,
        /// When its grace ended, unix seconds.
        grace_end: U256,
    },
    /// An extension more than twelve terms ahead.
    #[error("loan {loan_id} would run to {deadline}, at most to {latest}")]
    ExtensionTooFar {
        /// Its identifier.
        loan_id: U256,
        /// The deadline that it would get, unix seconds.
        deadline: U256,
        /// The latest deadline, unix seconds.
        latest: U256,
    },
    /// Only the borrower may burn his collateral.
    #[error("{caller} is not the borrower of loan {loan_id}")]
    NotBorrower {
        /// Its identifier.
        loan_id: U256,
        /// Who tried.
        caller: Address,
    },
    /// An extension that burns more than the caller or the collateral allows.
    #[error("{burn} tokens would burn, at most {max} may")]
    BurnTooLarge {
        /// What would burn.
        burn: U256,
        /// The most.
        max: U256,
    },
    /// What would stay of the collateral does not back the principal.
    #[error("principal of {principal} for asset {asset} would exceed its backing of {max}")]
    UnderBacked {
        /// Index of the asset.
        asset: U256,
        /// What is owed.
        principal: U256,
        /// What the rest of the collateral is backed by.
        max: U256,
    },
    /// None of the loans named is due for foreclosure.
    #[error("none of these loans is past its grace")]
    NothingToForeclose {},
    /// Entries are paused.
    #[error("borrowing, flash loans and conversion are paused until {until}")]
    EntriesPaused {
        /// Unix seconds.
        until: U256,
    },
    /// A pause above seven days.
    #[error("a pause of {secs} s is longer than the most, {max} s")]
    PauseTooLong {
        /// What was asked for.
        secs: U256,
        /// The most.
        max: U256,
    },
    /// A pause within seven days of the last one.
    #[error("no pause before {earliest}")]
    PauseTooSoon {
        /// Unix seconds.
        earliest: U256,
    },
    /// Nothing is paused.
    #[error("entries are not paused")]
    NotPaused {},
    /// Only the guardian may do this.
    #[error("{caller} is not the guardian")]
    NotGuardian {
        /// Who tried.
        caller: Address,
    },
    /// Only the converter may do this.
    #[error("{caller} is not the converter")]
    NotConverter {
        /// Who tried.
        caller: Address,
    },
    /// A bid above one lot.
    #[error("{tokens} tokens are more than one lot, {lot}")]
    AboveLot {
        /// What was bid for.
        tokens: U256,
        /// The lot.
        lot: U256,
    },
    /// A bid for more than is for sale.
    #[error("{tokens} tokens are more than are for sale, {available}")]
    NotEnoughForSale {
        /// What was bid for.
        tokens: U256,
        /// What is for sale.
        available: U256,
    },
    /// A fill sent straight into a pool, which would be a sale without its fee.
    #[error("{to} is a pool; take the tokens to an account")]
    PoolRecipient {
        /// The pool.
        to: Address,
    },
    /// The multiple is one: the converter burns and does not sell.
    #[error("the multiple has fallen to one; burnLot opens bidding again")]
    AtFloor {},
    /// The multiple is above one: the converter sells and does not burn.
    #[error("the multiple is {multiple}, above one; bid instead")]
    AboveFloor {
        /// The multiple now, wad.
        multiple: U256,
    },
    /// An asset whose floor is zero.
    #[error("nothing of asset {asset} backs the token; the converter waits")]
    FloorZero {
        /// Index of the asset.
        asset: U256,
    },
    /// A price above what the bidder said he would pay.
    #[error("the price of {price} of asset {asset} is above the limit of {max}")]
    PriceAboveLimit {
        /// Index of the asset.
        asset: U256,
        /// The price.
        price: U256,
        /// The bidder's limit.
        max: U256,
    },
    /// Nothing is for sale, so that nothing can burn.
    #[error("there is nothing to burn")]
    NothingToBurn {},
    /// The account is owed nothing of this asset.
    #[error("{account} is owed nothing of asset {asset}")]
    NothingOwed {
        /// The account.
        account: Address,
        /// Index of the asset.
        asset: U256,
    },
    /// Only the token's owner may replace a recipient.
    #[error("{caller} is not the owner")]
    NotOwner {
        /// Who tried.
        caller: Address,
    },
    /// A recipient index beyond the last.
    #[error("there is no recipient {index}, only {count}")]
    UnknownRecipient {
        /// What was given, from zero.
        index: U256,
        /// How many recipients there are.
        count: U256,
    },
    /// No replacement of this recipient is proposed.
    #[error("no replacement of recipient {index} is proposed")]
    NothingProposed {
        /// Which recipient, from zero.
        index: U256,
    },
    /// The delay of a proposal has not passed.
    #[error("not before {effective_at}")]
    TooEarly {
        /// Unix seconds.
        effective_at: U256,
    },
    /// A launch parameter out of bounds.
    #[error("{param} of {value} is not between {min} and {max}")]
    ParamOutOfBounds {
        /// Which parameter.
        param: &'static str,
        /// What was given.
        value: U256,
        /// The least.
        min: U256,
        /// The most.
        max: U256,
    },
    /// A fee split that does not sum to 10,000 basis points.
    #[error("the fee split sums to {sum} basis points, not to 10000")]
    SplitSum {
        /// Basis points.
        sum: U256,
    },
}
