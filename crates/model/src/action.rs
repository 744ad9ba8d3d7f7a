//! Everything that anybody can do, and what came of it.

use alloy_primitives::{Address, U256};
use ballast_types::{AssetAmount, LoanId, Seconds, Timestamp, TokenAmount, Wad};

/// One call to the token, the reserve, the converter or a backing asset.
///
/// Assets are named by their index from zero. Amounts are base units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the contracts' functions, documented there.
pub enum Action {
    /// Token: `transfer`.
    Transfer { to: Address, amount: TokenAmount },
    /// Token: `approve`.
    Approve { spender: Address, amount: U256 },
    /// Token: `transferFrom`.
    TransferFrom {
        from: Address,
        to: Address,
        amount: TokenAmount,
    },
    /// Token: `burn`.
    Burn { amount: TokenAmount },
    /// Token: `burnFrom`.
    BurnFrom {
        account: Address,
        amount: TokenAmount,
    },
    /// Token: `registerPool`, with the pair that the factory confirms.
    RegisterPool { pool: Address },
    /// Token: `setFees`, basis points.
    SetFees { buy_bps: U256, sell_bps: U256 },
    /// Token: `setGuardian`.
    SetGuardian { guardian: Address },
    /// Reserve: `redeem`; bit j of `forgo` leaves asset j behind.
    Redeem {
        tokens: TokenAmount,
        forgo: U256,
        to: Address,
    },
    /// Reserve: `borrow`.
    Borrow {
        collateral: TokenAmount,
        principal: Vec<AssetAmount>,
        to: Address,
    },
    /// Reserve: `repay`.
    Repay {
        loan_id: LoanId,
        amounts: Vec<AssetAmount>,
    },
    /// Reserve: `extend`.
    Extend { loan_id: LoanId },
    /// Reserve: `extendByBurn`.
    ExtendByBurn {
        loan_id: LoanId,
        max_burn: TokenAmount,
    },
    /// Reserve: `foreclose`.
    Foreclose { loan_ids: Vec<LoanId> },
    /// Reserve: `donate`.
    Donate { asset: usize, amount: AssetAmount },
    /// Reserve: `sync`.
    Sync { asset: usize },
    /// Reserve: `burnConverted`, which only the converter may call.
    BurnConverted { tokens: TokenAmount },
    /// Reserve: `flashLoan` to a receiver that pays back what it holds.
    FlashLoan {
        receiver: Address,
        asset: usize,
        amount: AssetAmount,
    },
    /// Reserve: `pause`.
    Pause { secs: Seconds },
    /// Reserve: `unpause`.
    Unpause,
    /// Converter: `allocate`.
    Allocate,
    /// Converter: `bid`.
    Bid {
        tokens: TokenAmount,
        max_pay: Vec<AssetAmount>,
        to: Address,
    },
    /// Converter: `burnLot`.
    BurnLot,
    /// Converter: `claim`.
    Claim { account: Address, asset: usize },
    /// Converter: `proposeRecipient`.
    ProposeRecipient { index: usize, account: Address },
    /// Converter: `acceptRecipient`.
    AcceptRecipient { index: usize },
    /// Backing asset: `transfer`.
    Send {
        asset: usize,
        to: Address,
        amount: AssetAmount,
    },
}

/// What an action did: its return values, and the values of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The fields are those of the contracts' events and return values, documented there.
pub enum Outcome {
    /// It has nothing to tell.
    Done,
    /// Tokens moved; `fee` of them went to the converter.
    Transferred { fee: TokenAmount },
    /// `Redeemed`.
    Redeemed {
        paid: Vec<AssetAmount>,
        fees: Vec<AssetAmount>,
    },
    /// `Borrowed`; `paid` is what the borrower received.
    Borrowed {
        loan_id: LoanId,
        deadline: Timestamp,
        paid: Vec<AssetAmount>,
        fees: Vec<AssetAmount>,
    },
    /// `Repaid`.
    Repaid {
        released: TokenAmount,
        taken: Vec<AssetAmount>,
    },
    /// `Extended`.
    Extended {
        deadline: Timestamp,
        fees: Vec<AssetAmount>,
    },
    /// `ExtendedByBurn`.
    ExtendedByBurn {
        deadline: Timestamp,
        burned: TokenAmount,
        streamed: Vec<AssetAmount>,
    },
    /// `Foreclosed`, once per loan closed: its identifier and the surplus of each asset.
    Foreclosed {
        closed: Vec<(LoanId, Vec<AssetAmount>)>,
    },
    /// `Inflow` of a direct send or of a conversion.
    Synced { credited: AssetAmount },
    /// `ConverterBurned`.
    ConverterBurned { streamed: Vec<AssetAmount> },
    /// A flash loan was paid back with `fee`.
    FlashLent { fee: AssetAmount },
    /// What is for sale after `allocate`.
    Allocated { for_sale: TokenAmount },
    /// `Filled`.
    Filled {
        multiple: Wad,
        paid: Vec<AssetAmount>,
    },
    /// `LotBurned`.
    LotBurned { burned: TokenAmount },
    /// `Claimed`.
    Claimed { amount: AssetAmount },
}
