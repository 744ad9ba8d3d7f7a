//! Losses: write them down, pay them, in the order in which they are to be paid.

use alloy::primitives::{Address, U256};
use ballast_model::vaults::convert::value_down;
use ballast_model::vaults::{PriceState, Vault, clock, discount, settle};
use ballast_types::{ArithmeticError, TokenAmount, WAD};

use super::{percent, shown};
use crate::action::{Call, Proposal, Strategy, Verdict};
use crate::sight::{BackstopSight, BookSight, MarketSight};
use crate::subject::Subject;

/// When to write losses of vaults to the deficit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookTerms {
    /// Least loss that is worth it, base units of the synthetic.
    pub least: U256,
    /// Most vaults in one block and market.
    pub per_block_max: usize,
}

/// When to collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectTerms {
    /// Least that is worth it, base units of the synthetic: minted, or paid of a deficit that stays. A deficit that can
    /// be paid wholly is paid however small.
    pub least: U256,
}

/// When to let the backstop act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackstopTerms {
    /// Whether it buys what nobody takes.
    pub take: bool,
    /// How long a vault's clock has to run first, seconds.
    pub patience_secs: u64,
    /// Whether it pays deficits.
    pub cover: bool,
    /// Whether what arrived is let in.
    pub sync: bool,
    /// Most vaults of one take.
    pub owners_max: usize,
    /// Least deficit that is worth it, base units of the synthetic.
    pub least: U256,
}

/// When to mark the peg module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkTerms {
    /// Least change that is worth it, base units of the synthetic.
    pub least: U256,
}

/// Least that a backstop lets in at a time, one whole synthetic.
const SYNC_LEAST: U256 = WAD;

fn plain(strategy: Strategy, call: Call, reason: String) -> Proposal {
    Proposal {
        strategy,
        call,
        reason,
        profit: None,
        stakes: None,
    }
}

/// Which vaults owe more than their collateral is worth at the high price.
///
/// # Errors
/// [`ArithmeticError`] for what is beyond the bounds of the book.
pub fn book(sight: &MarketSight, terms: &BookTerms) -> Result<Verdict, ArithmeticError> {
    let mut verdict = Verdict::default();
    let high = sight.market.price.high;
    if sight.state() != PriceState::Safe || high.is_zero() {
        return Ok(verdict);
    }
    for (owner, vault) in &sight.unhealthy {
        let debt = sight.line.position(vault).debt()?;
        let value = value_down(vault.collateral, high)?;
        let Ok(loss) = debt.try_sub(value) else {
            continue;
        };
        // What is cut of the norm is rounded down: a unit of loss may cut nothing.
        if loss.get() < terms.least.max(U256::from(3))
            || verdict.proposals.len() >= terms.per_block_max
        {
            continue;
        }
        let call = Call::Book {
            book: sight.book,
            market: sight.number,
            owner: *owner,
        };
        let reason = format!(
            "it owes {} more than its collateral is worth",
            shown(loss.get())
        );
        verdict.proposals.push(plain(Strategy::Book, call, reason));
    }
    Ok(verdict)
}

/// Whether interest is to be minted or deficits to be paid from it and from the surplus. Interest grows in every second,
/// so that something could always be collected: what is less than the least waits.
pub fn collect(book: &BookSight, terms: &CollectTerms) -> Verdict {
    let mut verdict = Verdict::default();
    let subject = Subject::Book { book: book.address };
    let payable = book.earned.saturating_add(book.surplus).min(book.deficit);
    let (amount, what) = if book.deficit.is_zero() {
        (book.mintable, "interest that can be minted")
    } else {
        (payable, "what interest and surplus pay of the deficit")
    };
    let whole = !payable.is_zero() && payable == book.deficit;
    if amount.is_zero() || (amount < terms.least && !whole) {
        let reason = format!(
            "{what} is {}, under the least of {}",
            shown(amount),
            shown(terms.least)
        );
        verdict.pass(Strategy::Collect, subject, reason);
        return verdict;
    }
    let reason = if book.deficit.is_zero() {
        format!("interest of {} was earned and is not minted", shown(amount))
    } else {
        format!(
            "a deficit of {} stands, and interest and surplus pay {} of it",
            shown(book.deficit),
            shown(amount)
        )
    };
    let call = Call::Collect { book: book.address };
    verdict
        .proposals
        .push(plain(Strategy::Collect, call, reason));
    verdict
}

/// What the backstop is to do, the most urgent first: buy what nobody takes, pay what nobody paid, let in what arrived.
/// One of them is done at a time; the next one where the first is refused.
///
/// # Errors
/// [`ArithmeticError`] for what is beyond the bounds of the book.
pub fn backstop(
    book: &BookSight,
    terms: &BackstopTerms,
    taken: &[Address],
) -> Result<Verdict, ArithmeticError> {
    let mut verdict = Verdict::default();
    let Some(backstop) = &book.backstop else {
        return Ok(verdict);
    };
    if backstop.cash.is_zero() {
        let subject = Subject::Backstop {
            backstop: backstop.address,
        };
        verdict.pass(Strategy::Backstop, subject, "the backstop has no cash");
    } else if terms.take {
        for sight in &book.markets {
            let bought = buy(book, sight, terms, (backstop, taken))?;
            verdict.proposals.extend(bought);
        }
    }
    verdict.proposals.extend(pay(book, backstop, terms));
    if terms.sync && backstop.has_holders && backstop.arrived >= SYNC_LEAST {
        let call = Call::BackstopSync {
            backstop: backstop.address,
        };
        let reason = format!("{} arrived and is not let in", shown(backstop.arrived));
        verdict
            .proposals
            .push(plain(Strategy::Backstop, call, reason));
    }
    Ok(verdict)
}

/// Buys at half the largest discount or more, and never above the low price, as the backstop itself demands.
fn buy(
    book: &BookSight,
    sight: &MarketSight,
    terms: &BackstopTerms,
    (backstop, taken): (&BackstopSight, &[Address]),
) -> Result<Option<Proposal>, ArithmeticError> {
    if sight.state() > PriceState::Stepped {
        return Ok(None);
    }
    let market = &sight.market.terms;
    let half = market
        .max_discount
        .get()
        .saturating_add(U256::ONE)
        .wrapping_shr(1);
    let mut owners = Vec::new();
    let mut left = backstop.cash;
    for (owner, vault) in &sight.unhealthy {
        if taken.contains(owner) || owners.len() >= terms.owners_max || left.is_zero() {
            continue;
        }
        let elapsed = clock(market, vault.flagged_at, book.now)?.unwrap_or_default();
        if elapsed.get() < terms.patience_secs {
            continue;
        }
        let paid = price_of(sight, vault, (elapsed, half), left)?;
        if let Some(paid) = paid {
            owners.push(*owner);
            left = left.saturating_sub(paid);
        }
    }
    if owners.is_empty() {
        return Ok(None);
    }
    let paid = backstop.cash.saturating_sub(left);
    let call = Call::BackstopTake {
        backstop: backstop.address,
        book: book.address,
        market: sight.number,
        owners,
        max_paid: super::more(paid, 5).min(backstop.cash),
    };
    let reason = format!(
        "nobody takes them, and the backstop may buy at a discount of {} or more: it pays {}",
        percent(half),
        shown(paid)
    );
    Ok(Some(plain(Strategy::Backstop, call, reason)))
}

/// What the backstop would pay for a vault; none where it may not.
fn price_of(
    sight: &MarketSight,
    vault: &Vault,
    (elapsed, half): (ballast_types::Seconds, U256),
    budget: U256,
) -> Result<Option<U256>, ArithmeticError> {
    let position = sight.line.position(vault);
    let (debt, value) = (position.debt()?, position.value()?);
    let market = &sight.market.terms;
    let discount = discount(market, debt, value, elapsed, false)?;
    let sold = settle(market, &position, discount, TokenAmount::new(budget))?;
    if sold.norm_cut.is_zero() || sold.out.is_zero() {
        return Ok(None);
    }
    let at_mid = sight.worth(sold.out.get());
    let kept = WAD.saturating_sub(half);
    let most = ballast_math::wide_mul_div_down(at_mid, kept, WAD)?;
    let low = value_down(sold.out, sight.market.price.low)?;
    let paid = sold.paid.get();
    Ok((paid <= most.min(low.get())).then_some(paid))
}

/// Pays what interest and surplus leave. A backstop has the book collect before it pays, and what that pays wholly it
/// cannot pay any more: so it is offered what is left, at the market that keeps its deficit longest.
fn pay(book: &BookSight, backstop: &BackstopSight, terms: &BackstopTerms) -> Option<Proposal> {
    let others = book.earned.saturating_add(book.surplus);
    let unpaid = book.deficit.saturating_sub(others);
    if !terms.cover || backstop.cash.is_zero() || unpaid.is_zero() || unpaid < terms.least {
        return None;
    }
    let of_markets = book.markets.iter().map(|sight| {
        let deficit = sight.market.deficit.get();
        (U256::from(sight.number), deficit)
    });
    // A collection pays markets in their order and the peg module's part at last.
    let mut unpaid_at = of_markets
        .chain([(U256::MAX, book.peg_deficit)])
        .filter(|(_, deficit)| !deficit.is_zero());
    let (market, deficit) = unpaid_at.next_back()?;
    let call = Call::BackstopCover {
        backstop: backstop.address,
        book: book.address,
        market,
        amount: deficit.min(unpaid).min(backstop.cash),
    };
    let reason = format!(
        "a deficit of {} stands that neither interest nor surplus pays",
        shown(unpaid)
    );
    Some(plain(Strategy::Backstop, call, reason))
}

/// Whether the peg module is to write its custody down or back.
pub fn mark(book: &BookSight, terms: &MarkTerms) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(peg) = &book.peg else {
        return verdict;
    };
    let subject = Subject::Peg { peg: peg.address };
    let Some(change) = peg.mark else {
        verdict.pass(
            Strategy::Mark,
            subject,
            "the price of the custody is not safe",
        );
        return verdict;
    };
    if change.is_zero() || change.unsigned_abs() < terms.least {
        return verdict;
    }
    let size = shown(change.unsigned_abs());
    let reason = if change.is_negative() {
        format!("the custody is worth {size} more than it was written down to")
    } else {
        format!("the custody is worth {size} less than it answers for")
    };
    let call = Call::Mark { peg: peg.address };
    verdict.proposals.push(plain(Strategy::Mark, call, reason));
    verdict
}

#[cfg(test)]
mod tests;
