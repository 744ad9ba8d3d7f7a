//! Redemption, where the synthetic trades under its peg.

use alloy::primitives::{Address, U256};
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::convert::{debt_down, debt_up, norm_down};
use ballast_model::vaults::{PriceState, Vault, redemption_fee};
use ballast_types::{ArithmeticError, TokenAmount, WAD};

use super::best::best_amount;
use super::{gas, less, more, shown};
use crate::action::{Call, Proposal, Stakes, Strategy, Verdict};
use crate::sight::{BookSight, MarketSight};
use crate::subject::Subject;

/// When to redeem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedeemTerms {
    /// Least gain after gas, base units of the synthetic.
    pub least_profit: U256,
    /// What the keeper never burns of its own, base units of the synthetic.
    pub reserved: U256,
    /// What of the expected collateral may be missing when it is mined, basis points.
    pub slippage_bps: u16,
}

/// What burning at most `amount` gives of a vault: what is burned, and collateral. None where nothing.
fn redeemed(
    sight: &MarketSight,
    vault: &Vault,
    fee: U256,
    amount: U256,
) -> Result<Option<(U256, U256)>, ArithmeticError> {
    let index = sight.line.index;
    let debt = debt_up(vault.norm, index)?;
    let least = sight.market.terms.min_debt;
    let cut = if amount >= debt.get() {
        vault.norm
    } else {
        let most = debt.try_sub(least).unwrap_or_default();
        norm_down(TokenAmount::new(amount).min(most), index)?
    };
    if cut.is_zero() {
        return Ok(None);
    }
    let burned = debt_up(cut, index)?;
    let credited = debt_down(cut, index)?.get();
    let kept = WAD.saturating_sub(fee);
    let high = sight.market.price.high.get();
    let scaled = credited
        .checked_mul(kept)
        .ok_or(ArithmeticError::Overflow)?;
    let out = wide_mul_div_down(scaled, WAD, high)?;
    Ok(Some((burned.get(), out.min(vault.collateral.get()))))
}

/// Whether burning the keeper's own synthetic for collateral and selling that would gain, and of whose vault: the
/// riskiest, whose fee is the lowest.
///
/// # Errors
/// [`ArithmeticError`] for what is beyond the bounds of the book.
pub fn redeem(
    book: &BookSight,
    sight: &MarketSight,
    terms: &RedeemTerms,
    taken: &[Address],
) -> Result<Verdict, ArithmeticError> {
    let mut verdict = Verdict::default();
    let subject = Subject::Market {
        book: sight.book,
        market: sight.number,
    };
    if sight.state() > PriceState::Stepped {
        verdict.pass(Strategy::Redeem, subject, "the price is unsafe");
        return Ok(verdict);
    }
    if !book.deficit.is_zero() {
        let reason = "a deficit stands: a redemption would pay its part of the loss";
        verdict.pass(Strategy::Redeem, subject, reason);
        return Ok(verdict);
    }
    let budget = book.own.saturating_sub(terms.reserved);
    if budget.is_zero() || sight.route.hops.is_empty() {
        let reason = if budget.is_zero() {
            "the keeper has no synthetic to burn"
        } else {
            "no pool is known in which the synthetic trades"
        };
        verdict.pass(Strategy::Redeem, subject, reason);
        return Ok(verdict);
    }
    let cost = sight.gas.cost(gas::REDEEM);
    let mut best: Option<(Proposal, U256)> = None;
    for (owner, vault) in &sight.riskiest {
        if taken.contains(owner) {
            continue;
        }
        if let Some((proposal, profit)) = offer(sight, (*owner, vault), (budget, cost), terms)?
            && best.as_ref().is_none_or(|(_, top)| profit > *top)
        {
            best = Some((proposal, profit));
        }
    }
    match best {
        Some((proposal, _)) => verdict.proposals.push(proposal),
        None => verdict.pass(
            Strategy::Redeem,
            subject,
            "the synthetic trades too near its peg, or above it, to gain by a redemption",
        ),
    }
    Ok(verdict)
}

/// The best redemption from one vault, with its profit.
fn offer(
    sight: &MarketSight,
    (owner, vault): (Address, &Vault),
    (budget, cost): (U256, U256),
    terms: &RedeemTerms,
) -> Result<Option<(Proposal, U256)>, ArithmeticError> {
    let position = sight.line.position(vault);
    let (debt, value) = (position.debt()?, position.value()?);
    if debt.is_zero() || debt >= value {
        return Ok(None);
    }
    let fee = redemption_fee(&sight.market.terms, debt, value)?.get();
    let gain = |amount: U256| {
        let (burned, out) = redeemed(sight, vault, fee, amount).ok()??;
        sight.route.output_of(out)?.checked_sub(burned)
    };
    let Some((amount, gain)) = best_amount(budget.min(debt.get()), gain) else {
        return Ok(None);
    };
    let Some((burned, out)) = redeemed(sight, vault, fee, amount)? else {
        return Ok(None);
    };
    let Some(profit) = gain
        .checked_sub(cost)
        .filter(|profit| *profit >= terms.least_profit)
    else {
        return Ok(None);
    };
    // Debt grows until it is mined, and a redemption of nearly all leaves the least debt: what is to be closed wholly must
    // not fall short by a few units.
    let most = if amount == debt.get() {
        more(amount, 5).min(budget)
    } else {
        amount
    };
    let call = Call::Redeem {
        book: sight.book,
        market: sight.number,
        owner,
        amount: most,
        min_collateral: less(out, terms.slippage_bps),
    };
    let proposal = Proposal {
        strategy: Strategy::Redeem,
        call,
        reason: format!(
            "the synthetic trades under its peg: burning {} gives collateral that sells for {} more, after gas",
            shown(burned),
            shown(profit)
        ),
        profit: Some(TokenAmount::new(profit)),
        stakes: Some(Stakes {
            paid: burned,
            collateral: out,
            gain,
            gas: cost,
        }),
    };
    Ok(Some((proposal, profit)))
}
