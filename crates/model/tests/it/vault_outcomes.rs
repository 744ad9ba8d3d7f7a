//! What happened in a game with a book, by name, and what has to happen in every one.

use alloy_primitives::I256;
use ballast_model::vaults::{PEG_MARKET, PriceState, Vault, VaultAction, VaultBook, VaultEvent};
use ballast_types::Timestamp;

/// What an action came to, as the names of what must happen in a game: its kind, and how it went.
pub fn outcomes(before: &VaultBook, after: &VaultBook, action: &VaultAction) -> Vec<&'static str> {
    let short = !before.sums().deficit.is_zero();
    let market = |market: &usize| before.market(*market).unwrap().price.state;
    let mut names = Vec::new();
    match action {
        VaultAction::Adjust {
            owner,
            collateral,
            debt,
            market,
            ..
        } => {
            names.push("adjust");
            names.extend((debt.is_positive()).then_some("mint"));
            let closed = after.vault(*market, *owner) == Vault::default();
            names.extend((closed && *debt == I256::MIN).then_some("close"));
            names.extend((debt.is_negative() && !closed).then_some("repay"));
            names.extend((collateral.is_negative() && !closed).then_some("withdraw"));
            let unsafe_price = before.market(*market).unwrap().price.state != PriceState::Safe;
            names.extend(unsafe_price.then_some("adjust without a safe price"));
        }
        VaultAction::Take { market: index, .. } => {
            names.extend((market(index) == PriceState::Late).then_some("take late"));
            names.extend((market(index) == PriceState::Stepped).then_some("take stepped"));
        }
        VaultAction::Flag { .. } => names.push("flag"),
        VaultAction::Redeem { .. } => names.push(if short {
            "redeem in a deficit"
        } else {
            "redeem"
        }),
        VaultAction::Collect => names.push("collect"),
        VaultAction::Book { .. } => names.push("book"),
        VaultAction::Cover { market, .. } if *market == PEG_MARKET => names.push("cover the peg"),
        VaultAction::Cover { .. } => names.push("cover"),
        VaultAction::SetCeiling { .. } => names.push("setCeiling"),
        VaultAction::SetMintLimit { .. } => names.push("setMintLimit"),
        VaultAction::StopNewDebt { .. } => names.push("stopNewDebt"),
        VaultAction::SetRate { .. } => names.push("setRate"),
        VaultAction::PegMint { .. } => names.push("pegMint"),
        VaultAction::PegBurn { .. } => names.push("pegBurn"),
        VaultAction::PegMark { loss } if loss.is_positive() => names.push("pegMark a loss"),
        VaultAction::PegMark { .. } => names.push("pegMark back"),
        VaultAction::SetOperator { .. } => names.push("setOperator"),
        VaultAction::Transfer { .. } => names.push("transfer"),
        VaultAction::Approve { .. } => names.push("approve"),
        VaultAction::TransferFrom { .. } => names.push("transferFrom"),
        VaultAction::Send { .. } => names.push("donate collateral"),
        VaultAction::CreateMarket { .. } => names.push("createMarket"),
    }
    for event in after.events() {
        names.extend(told(before, after, event));
    }
    names
}

/// What an event says that the action alone does not.
fn told(before: &VaultBook, after: &VaultBook, event: &VaultEvent) -> Option<&'static str> {
    match event {
        VaultEvent::Taken {
            market,
            owner,
            deficit,
            paid,
            ..
        } => {
            let closed = after.vault(*market, *owner).norm.is_zero();
            Some(match (closed, deficit.is_zero()) {
                (true, true) => "take all",
                (false, true) => "take a part",
                (true, false) if paid.is_zero() => "take what is worth nothing",
                (true, false) => "take all at a loss",
                (false, false) => "take a part at a loss",
            })
        }
        VaultEvent::Covered { payer, .. } if payer.is_zero() => Some("holders pay a deficit"),
        VaultEvent::Covered { payer, .. } if *payer == before.params().address => {
            Some("surplus pays a deficit")
        }
        VaultEvent::Collected { sent, .. } if !sent.is_zero() => Some("surplus is sent"),
        VaultEvent::Collected { minted, .. } if !minted.is_zero() => Some("interest is minted"),
        VaultEvent::Flagged { market, owner } => {
            let expired = before.vault(*market, *owner).flagged_at != Timestamp::ZERO;
            Some(if expired { "flagged again" } else { "flagged" })
        }
        VaultEvent::Unflagged { .. } => Some("unflagged"),
        VaultEvent::Redeemed { market, owner, .. } => {
            let closed = after.vault(*market, *owner).norm.is_zero();
            closed.then_some("redeem all of a vault")
        }
        _ => None,
    }
}

/// What has to happen in every game.
pub const MUST_HAPPEN: [&str; 39] = [
    "cover the peg",
    "adjust",
    "mint",
    "close",
    "repay",
    "withdraw",
    "adjust without a safe price",
    "take all",
    "take a part",
    "take all at a loss",
    "take a part at a loss",
    "take late",
    "take stepped",
    "flag",
    "flagged",
    "flagged again",
    "unflagged",
    "redeem",
    "redeem all of a vault",
    "redeem in a deficit",
    "holders pay a deficit",
    "surplus pays a deficit",
    "surplus is sent",
    "interest is minted",
    "collect",
    "book",
    "cover",
    "pegMint",
    "pegBurn",
    "pegMark a loss",
    "pegMark back",
    "setCeiling",
    "setMintLimit",
    "stopNewDebt",
    "setRate",
    "setOperator",
    "transfer",
    "transferFrom",
    "donate collateral",
];

/// What has to be refused in every game.
pub const MUST_BE_REFUSED: [&str; 22] = [
    "AmountTooLarge",
    "BadAddress",
    "BadTerm",
    "CeilingReached",
    "CannotStopYet",
    "DebtTooSmall",
    "ERC20InsufficientAllowance",
    "ERC20InsufficientBalance",
    "ERC20InvalidReceiver",
    "Insolvent",
    "MintLimitReached",
    "NewDebtIsStopped",
    "NotGovernor",
    "NotOperator",
    "NotPegModule",
    "NotRateController",
    "NothingToBook",
    "NothingToRedeem",
    "NothingToTake",
    "PriceUnsafe",
    "TooLittleCollateral",
    "UnknownMarket",
];
