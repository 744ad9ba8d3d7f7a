//! Liquidation: which vaults to buy from, how much, and when to start a clock instead.

use std::collections::HashSet;

use alloy::primitives::{Address, U256};
use ballast_model::vaults::{MarketTerms, PriceState, Settlement, Vault, clock, discount, settle};
use ballast_types::{ArithmeticError, Timestamp, TokenAmount, Wad};

use super::best::best_amount;
use super::{gas, less, more, percent, shown};
use crate::action::{Call, Proposal, Stakes, Strategy, Verdict};
use crate::ladder::Line;
use crate::pool::Route;
use crate::sight::{BookSight, MarketSight};
use crate::subject::Subject;

/// Most takes of one market and block.
const TAKES_MAX: usize = 8;

/// How takes are paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeMode {
    /// Through a desk, which sells what pays for it.
    Desk(Address),
    /// With the keeper's own synthetic, which is left with collateral.
    Capital,
}

/// When and how to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeTerms {
    /// How it is paid for.
    pub mode: TakeMode,
    /// Most vaults of one take; at most 1,500.
    pub owners_max: usize,
    /// Least gain after gas, base units of the synthetic.
    pub least_profit: U256,
    /// What of the expected gain and collateral may be missing when it is mined, basis points.
    pub slippage_bps: u16,
    /// How long a take is worth sending, seconds of the chain.
    pub valid_secs: u64,
    /// Of own capital, what is never spent, base units of the synthetic.
    pub reserved: U256,
    /// Whether the desk asks for a new price first, where that makes vaults unhealthy.
    pub poke: bool,
}

/// When to start clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagTerms {
    /// Least debt of a vault that is worth it, base units of the synthetic.
    pub least_debt: U256,
    /// Most clocks started in one block and market.
    pub per_block_max: usize,
    /// Whether clocks of healthy vaults are stopped too.
    pub unflag: bool,
}

/// One unhealthy vault with what it sells at.
#[derive(Clone, Copy, Debug)]
struct Lot {
    owner: Address,
    vault: Vault,
    discount: Wad,
    full: Settlement,
}

/// What was put together so far.
#[derive(Clone, Debug, Default)]
struct Basket {
    owners: Vec<Address>,
    paid: U256,
    collateral: U256,
    gain: U256,
    partial: bool,
}

/// What all vaults of a take have in common.
struct Sale<'a> {
    sight: &'a MarketSight,
    line: Line,
    time_only: bool,
    poke: bool,
    terms: &'a TakeTerms,
    /// The keeper's synthetic that no take before it pays with.
    own: U256,
    /// The way as takes before it leave it.
    route: Route,
}

impl Sale<'_> {
    /// What the takes after `basket` find; none where the way does not bear it.
    fn after(&self, basket: &Basket) -> Option<Self> {
        let (own, route) = match self.terms.mode {
            TakeMode::Desk(_) => (self.own, self.route.after_buying(basket.paid)?),
            TakeMode::Capital => {
                let most = self.most_paid(basket);
                (self.own.checked_sub(most)?, self.route.clone())
            }
        };
        Some(Self {
            own,
            route,
            ..*self
        })
    }

    fn market(&self) -> &MarketTerms {
        &self.sight.market.terms
    }

    fn lot(&self, owner: Address, vault: Vault, now: Timestamp) -> Result<Lot, ArithmeticError> {
        let elapsed = clock(self.market(), vault.flagged_at, now)?.unwrap_or_default();
        let position = self.line.position(&vault);
        let (debt, value) = (position.debt()?, position.value()?);
        let discount = discount(self.market(), debt, value, elapsed, self.time_only)?;
        let full = settle(
            self.market(),
            &position,
            discount,
            TokenAmount::new(U256::MAX),
        )?;
        Ok(Lot {
            owner,
            vault,
            discount,
            full,
        })
    }

    fn settled(&self, lot: &Lot, budget: U256) -> Option<Settlement> {
        let position = self.line.position(&lot.vault);
        let budget = TokenAmount::new(budget);
        let settled = settle(self.market(), &position, lot.discount, budget).ok()?;
        (!settled.norm_cut.is_zero()).then_some(settled)
    }

    /// What is gained in all, in base units of the synthetic and before gas; none where it is a loss or cannot be done.
    fn gain(&self, paid: U256, collateral: U256) -> Option<U256> {
        match self.terms.mode {
            TakeMode::Desk(_) => {
                let sold = self.route.input_for(paid)?;
                Some(self.sight.worth(collateral.checked_sub(sold)?))
            }
            TakeMode::Capital => {
                let spendable = self.own.saturating_sub(self.terms.reserved);
                if paid > spendable {
                    return None;
                }
                self.sight.worth(collateral).checked_sub(paid)
            }
        }
    }

    fn gas_of_vault(&self) -> U256 {
        self.sight.gas.cost(gas::TAKE_VAULT)
    }

    fn gas(&self, vaults: usize) -> U256 {
        let count = u64::try_from(vaults).unwrap_or(u64::MAX);
        let mut units = gas::TAKE.saturating_add(gas::TAKE_VAULT.saturating_mul(count));
        if let TakeMode::Desk(_) = self.terms.mode {
            let hops = u64::try_from(self.route.hops.len()).unwrap_or(u64::MAX);
            units = units
                .saturating_add(gas::DESK)
                .saturating_add(gas::HOP.saturating_mul(hops));
        }
        if self.poke {
            units = units.saturating_add(gas::POKE);
        }
        self.sight.gas.cost(units)
    }

    /// Adds of `lot` what gains most, where that is more than its gas; whether there is room for more.
    fn add(&self, basket: &mut Basket, lot: &Lot) -> bool {
        let total = |settled: &Settlement| {
            let paid = basket.paid.checked_add(settled.paid.get())?;
            let collateral = basket.collateral.checked_add(settled.out.get())?;
            Some((paid, collateral))
        };
        let gain = |budget: U256| {
            let settled = self.settled(lot, budget)?;
            let (paid, collateral) = total(&settled)?;
            self.gain(paid, collateral)
        };
        let most = lot.full.paid.get();
        let Some((budget, gained)) = best_amount(most, gain) else {
            return true;
        };
        if gained < basket.gain.saturating_add(self.gas_of_vault()) {
            return true;
        }
        let Some((settled, (paid, collateral))) = self
            .settled(lot, budget)
            .and_then(|settled| Some((settled, total(&settled)?)))
        else {
            return true;
        };
        let partial = settled.paid < lot.full.paid;
        basket.owners.push(lot.owner);
        (basket.paid, basket.collateral) = (paid, collateral);
        (basket.gain, basket.partial) = (gained, partial);
        !partial
    }

    /// What a take may pay. Debt grows until it is mined: what is to be closed wholly must not be left over for a few
    /// units.
    fn most_paid(&self, basket: &Basket) -> U256 {
        if basket.partial {
            return basket.paid;
        }
        let most = more(basket.paid, 5);
        match self.terms.mode {
            TakeMode::Capital => most.min(self.own),
            TakeMode::Desk(_) => most,
        }
    }

    fn call(&self, basket: &Basket, now: Timestamp) -> Call {
        let max_paid = self.most_paid(basket);
        let (book, market) = (self.sight.book, self.sight.number);
        let owners = basket.owners.clone();
        let min_collateral = less(basket.collateral, self.terms.slippage_bps);
        match self.terms.mode {
            TakeMode::Capital => Call::Take {
                book,
                market,
                owners,
                max_paid,
                min_collateral,
            },
            TakeMode::Desk(desk) => {
                let least = self
                    .gas(owners.len())
                    .saturating_add(self.terms.least_profit);
                let wanted = less(basket.gain, self.terms.slippage_bps).max(least);
                Call::DeskTake {
                    desk,
                    book,
                    market,
                    poke: self.poke,
                    max_paid,
                    // The price that a poke stores is not known yet; the least profit stands for it.
                    min_collateral: if self.poke {
                        U256::ZERO
                    } else {
                        min_collateral
                    },
                    route: self.route.clone(),
                    min_profit: self.sight.collateral_for(wanted.min(basket.gain)),
                    deadline: now.get().saturating_add(self.terms.valid_secs),
                    owners,
                }
            }
        }
    }
}

/// The vaults for sale with what they sell at, the largest discount first and the largest debt among equals.
fn lots(
    sale: &Sale<'_>,
    vaults: &[(Address, Vault)],
    now: Timestamp,
) -> Result<Vec<Lot>, ArithmeticError> {
    let lots: Result<Vec<Lot>, ArithmeticError> = vaults
        .iter()
        .map(|(owner, vault)| sale.lot(*owner, *vault, now))
        .collect();
    let mut lots = lots?;
    lots.sort_by_key(|lot| {
        let order = (lot.discount, lot.vault.norm, lot.owner);
        std::cmp::Reverse(order)
    });
    Ok(lots)
}

fn vault_of(sight: &MarketSight, owner: Address) -> Subject {
    Subject::Vault {
        book: sight.book,
        market: sight.number,
        owner,
    }
}

/// Which vaults of a market to buy from now. Of vaults that are left out it says why.
///
/// # Errors
/// [`ArithmeticError`] for what is beyond the bounds of the book.
pub fn take(
    book: &BookSight,
    sight: &MarketSight,
    terms: &TakeTerms,
) -> Result<Verdict, ArithmeticError> {
    let mut verdict = Verdict::default();
    let sale = Sale {
        sight,
        line: sight.line,
        time_only: sight.state() == PriceState::Late,
        poke: false,
        terms,
        own: book.own,
        route: sight.route.clone(),
    };
    if sight.state() == PriceState::Grace {
        for (owner, _) in &sight.unhealthy {
            let reason = "the price is unsafe and liquidations wait out the grace period";
            verdict.pass(Strategy::Take, vault_of(sight, *owner), reason);
        }
    } else if !sight.unhealthy.is_empty() {
        buy(&sale, &sight.unhealthy, book.now, &mut verdict)?;
    }
    if let (Some(after), TakeMode::Desk(_), true) = (&sight.after_poke, terms.mode, terms.poke)
        && verdict.proposals.is_empty()
    {
        let line = Line {
            mid: after.mid,
            ..sight.line
        };
        let mut seen = sight.clone();
        seen.line = line;
        let sale = Sale {
            sight: &seen,
            line,
            poke: true,
            time_only: false,
            ..sale
        };
        buy(&sale, &after.unhealthy, book.now, &mut verdict)?;
    }
    Ok(verdict)
}

/// Fills takes one after the other, each with what the ones before it leave. A poke is asked for by one alone: after it
/// the price is another.
fn buy(
    sale: &Sale<'_>,
    vaults: &[(Address, Vault)],
    now: Timestamp,
    verdict: &mut Verdict,
) -> Result<(), ArithmeticError> {
    let sight = sale.sight;
    let lots = lots(sale, vaults, now)?;
    let mut taken = HashSet::new();
    let mut next = Some(Sale {
        route: sale.route.clone(),
        ..*sale
    });
    let takes_max = if sale.poke { 1 } else { TAKES_MAX };
    for _ in 0..takes_max {
        let Some(sale) = next else { break };
        let basket = fill(&sale, lots.iter().filter(|lot| !taken.contains(&lot.owner)));
        let gas = sale.gas(basket.owners.len());
        let profit = basket.gain.checked_sub(gas);
        let worth_it =
            profit.filter(|profit| !basket.owners.is_empty() && *profit >= sale.terms.least_profit);
        let Some(profit) = worth_it else {
            if taken.is_empty() {
                for lot in &lots {
                    let reason = unprofitable(&sale, lot, &basket, gas);
                    verdict.pass(Strategy::Take, vault_of(sight, lot.owner), reason);
                }
                return Ok(());
            }
            break;
        };
        taken.extend(basket.owners.iter().copied());
        verdict
            .proposals
            .push(proposal(&sale, &lots, &basket, (profit, gas), now));
        let full = basket.owners.len() >= sale.terms.owners_max && !basket.partial;
        next = if full { sale.after(&basket) } else { None };
    }
    for lot in lots.iter().filter(|lot| !taken.contains(&lot.owner)) {
        let reason = format!(
            "others are taken first: its discount of {} adds less than its gas, or the sale or the batch has no more room",
            percent(lot.discount.get())
        );
        verdict.pass(Strategy::Take, vault_of(sight, lot.owner), reason);
    }
    Ok(())
}

/// Of `lots`, in their order, those that one take is to buy.
fn fill<'a>(sale: &Sale<'_>, lots: impl Iterator<Item = &'a Lot>) -> Basket {
    let mut basket = Basket::default();
    for lot in lots {
        if basket.owners.len() >= sale.terms.owners_max || !sale.add(&mut basket, lot) {
            break;
        }
    }
    basket
}

fn proposal(
    sale: &Sale<'_>,
    lots: &[Lot],
    basket: &Basket,
    (profit, gas): (U256, U256),
    now: Timestamp,
) -> Proposal {
    let first = basket.owners.first();
    let first = lots.iter().find(|lot| Some(&lot.owner) == first);
    let discount = first.map(|lot| lot.discount.get()).unwrap_or_default();
    Proposal {
        strategy: Strategy::Take,
        call: sale.call(basket, now),
        reason: format!(
            "{} unhealthy, discount up to {}: pays {} and should leave {} after gas of {}",
            if basket.owners.len() == 1 {
                "1 vault is".to_owned()
            } else {
                format!("{} vaults are", basket.owners.len())
            },
            percent(discount),
            shown(basket.paid),
            shown(profit),
            shown(gas)
        ),
        profit: Some(TokenAmount::new(profit)),
        stakes: Some(Stakes {
            paid: basket.paid,
            collateral: basket.collateral,
            gain: basket.gain,
            gas,
        }),
    }
}

/// Why a vault is not taken though it is unhealthy.
fn unprofitable(sale: &Sale<'_>, lot: &Lot, basket: &Basket, gas: U256) -> String {
    let discount = percent(lot.discount.get());
    if let TakeMode::Desk(_) = sale.terms.mode {
        if sale.route.hops.is_empty() {
            return "unhealthy, but no pool is known in which the desk could sell its collateral"
                .to_owned();
        }
    } else if sale.own <= sale.terms.reserved {
        return "unhealthy, but the keeper has no synthetic to pay with".to_owned();
    }
    if basket.owners.is_empty() {
        return format!(
            "unhealthy, but its discount of {discount} does not pay for the sale of its collateral yet"
        );
    }
    format!(
        "unhealthy at a discount of {discount}, but the gain of {} is under gas of {} and the least profit of {}",
        shown(basket.gain),
        shown(gas),
        shown(sale.terms.least_profit)
    )
}

/// Which clocks to start, of vaults that nobody takes now, and which to stop.
///
/// # Errors
/// [`ArithmeticError`] for what is beyond the bounds of the book.
pub fn flag(
    book: &BookSight,
    sight: &MarketSight,
    terms: &FlagTerms,
    taken: &[Address],
    clocked: &[(Address, Vault)],
) -> Result<Verdict, ArithmeticError> {
    let mut verdict = Verdict::default();
    if sight.state() == PriceState::Grace {
        return Ok(verdict);
    }
    let mut waiting = Vec::new();
    for (owner, vault) in &sight.unhealthy {
        let running = clock(&sight.market.terms, vault.flagged_at, book.now)?;
        if running.is_none() && !taken.contains(owner) {
            waiting.push((sight.line.position(vault).debt()?.get(), *owner));
        }
    }
    waiting.sort_by_key(|(debt, owner)| std::cmp::Reverse((*debt, *owner)));
    for (index, (debt, owner)) in waiting.into_iter().enumerate() {
        let subject = vault_of(sight, owner);
        if debt < terms.least_debt {
            let least = shown(terms.least_debt);
            let reason = format!(
                "unhealthy, but its debt of {} is under {least}",
                shown(debt)
            );
            verdict.pass(Strategy::Flag, subject, reason);
        } else if index >= terms.per_block_max {
            verdict.pass(
                Strategy::Flag,
                subject,
                "unhealthy; other clocks are started first",
            );
        } else {
            verdict.proposals.push(flag_of(
                sight,
                owner,
                "unhealthy, and no clock runs: time shall find its price",
            ));
        }
    }
    if terms.unflag {
        let mut stopped: usize = 0;
        for (owner, vault) in clocked {
            if stopped < terms.per_block_max && !sight.line.is_unhealthy(vault)? {
                stopped = stopped.saturating_add(1);
                verdict.proposals.push(flag_of(
                    sight,
                    *owner,
                    "healthy again, and its clock still stands",
                ));
            }
        }
    }
    Ok(verdict)
}

fn flag_of(sight: &MarketSight, owner: Address, reason: &str) -> Proposal {
    Proposal {
        strategy: Strategy::Flag,
        call: Call::Flag {
            book: sight.book,
            market: sight.number,
            owner,
        },
        reason: reason.to_owned(),
        profit: None,
        stakes: None,
    }
}
