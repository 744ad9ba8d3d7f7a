//! Accrual tokens: loans past their grace, and the converter's auction.

use alloy::primitives::Address;
use ballast_types::{Timestamp, TokenAmount, WAD};

use super::{gas, more, shown};
use crate::action::{Call, Proposal, Stakes, Strategy, Verdict};
use crate::sight::{ConverterSight, ReserveSight};
use crate::subject::Subject;

/// When to close loans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecloseTerms {
    /// Most loans of one call.
    pub loans_max: usize,
}

/// When to act in a converter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvertTerms {
    /// Whether to bid with own assets.
    pub bid: bool,
    /// Least gain after gas, in parts of what is paid, basis points.
    pub least_gain_bps: u16,
    /// What the price may rise until it is mined, basis points.
    pub slippage_bps: u16,
    /// Whether to burn lots at the floor.
    pub burn: bool,
    /// Whether to add liquidity.
    pub liquidity: bool,
    /// Who gets what is bought.
    pub to: Address,
}

/// Which loans to close: those whose grace has ended.
pub fn foreclose(sight: &ReserveSight, terms: &ForecloseTerms, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let mut loans = Vec::new();
    for loan in &sight.loans {
        let subject = Subject::Loan {
            reserve: sight.address,
            id: loan.id,
        };
        if sight.paused {
            verdict.pass(
                Strategy::Foreclose,
                subject,
                "entries are paused: no loan's time runs",
            );
        } else if now.get() < loan.grace_end {
            let left = loan.grace_end.saturating_sub(now.get());
            verdict.pass(
                Strategy::Foreclose,
                subject,
                format!("its grace ends in {left} s"),
            );
        } else if loans.len() >= terms.loans_max {
            verdict.pass(Strategy::Foreclose, subject, "other loans are closed first");
        } else {
            loans.push(loan.id);
        }
    }
    if !loans.is_empty() {
        let reason = format!("the grace of {} loans has ended", loans.len());
        verdict.proposals.push(Proposal {
            strategy: Strategy::Foreclose,
            call: Call::Foreclose {
                reserve: sight.address,
                loans,
            },
            reason,
            profit: None,
            stakes: None,
        });
    }
    verdict
}

fn plain(call: Call, reason: impl Into<String>) -> Proposal {
    Proposal {
        strategy: Strategy::Convert,
        call,
        reason: reason.into(),
        profit: None,
        stakes: None,
    }
}

/// What to do with a converter: bid where the pool pays more, burn at the floor, add liquidity. One thing at a time.
pub fn convert(sight: &ConverterSight, terms: &ConvertTerms) -> Verdict {
    let mut verdict = Verdict::default();
    let converter = sight.address;
    let subject = Subject::Converter { converter };
    if terms.liquidity && sight.can_add_liquidity {
        let call = Call::AddLiquidity { converter };
        verdict.proposals.push(plain(
            call,
            "liquidity is set aside and the pool is near the last lot's price",
        ));
        return verdict;
    }
    if sight.for_sale.is_zero() {
        verdict.pass(Strategy::Convert, subject, "nothing is for sale");
        return verdict;
    }
    if sight.multiple == WAD {
        if terms.burn {
            let call = Call::BurnLot { converter };
            verdict.proposals.push(plain(
                call,
                "the auction is at its floor: nobody buys, the lot is burned",
            ));
        }
        return verdict;
    }
    if !terms.bid {
        verdict.pass(
            Strategy::Convert,
            subject,
            "bids are off in the configuration",
        );
        return verdict;
    }
    match bid(sight, terms) {
        Ok(proposal) => verdict.proposals.push(proposal),
        Err(reason) => verdict.pass(Strategy::Convert, subject, reason),
    }
    verdict
}

/// A bid for what is offered, or why not.
fn bid(sight: &ConverterSight, terms: &ConvertTerms) -> Result<Proposal, String> {
    let (tokens, prices) = sight
        .quote
        .as_ref()
        .ok_or("no price can be asked while a floor is zero")?;
    let [price] = prices.as_slice() else {
        return Err(
            "several assets are asked for and no one pool tells what the tokens are worth in them"
                .to_owned(),
        );
    };
    let proceeds = sight
        .proceeds
        .ok_or("no pool is known in which the token trades")?;
    let cost = sight
        .gas
        .map(|gas_price| gas_price.cost(gas::BID))
        .ok_or("the asset has no known price to weigh gas with")?;
    let needed = more(*price, terms.least_gain_bps).saturating_add(cost);
    if proceeds < needed {
        return Err(format!(
            "the pool would pay {} base units for a lot that costs {price} and gas of {cost}",
            proceeds
        ));
    }
    let most = more(*price, terms.slippage_bps);
    let (held, allowed) = sight.own.first().copied().unwrap_or_default();
    if held < most {
        return Err(format!(
            "the keeper has {held} base units of the asset, {most} may be needed"
        ));
    }
    let gain = proceeds.saturating_sub(*price);
    let reason = format!(
        "a lot of {} sells in the pool for {gain} base units more than it costs",
        shown(*tokens)
    );
    let asset = sight.assets.first().copied().unwrap_or_default();
    if allowed < most {
        let call = Call::Approve {
            asset,
            spender: sight.address,
            amount: most,
        };
        return Ok(plain(
            call,
            format!("{reason}; the converter is let take the price first"),
        ));
    }
    let call = Call::Bid {
        converter: sight.address,
        tokens: *tokens,
        max_pay: vec![most],
        to: terms.to,
    };
    Ok(Proposal {
        strategy: Strategy::Convert,
        call,
        reason,
        profit: Some(TokenAmount::new(gain.saturating_sub(cost))),
        stakes: Some(Stakes {
            paid: *price,
            collateral: *tokens,
            gain,
            gas: cost,
        }),
    })
}

#[cfg(test)]
mod tests;
