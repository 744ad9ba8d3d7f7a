//! Keeping without a process: which unhealthy vaults pay, with capital of one's own, and what else anybody may do.
//!
//! The rules are the model's; what it decides here is decided in earnest by the keeper process.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peg::PegModule;
use ballast_model::vaults::{
    Market, Position, PriceState, PriceView, Settlement, Vault, clock, convert, discount, settle,
};
use ballast_types::{Seconds, Timestamp, TokenAmount};

use super::eyes::Sights;
use super::mirror::Mirror;
use super::pool::{Pool, Swap};
use super::stage::Stage;
use super::traders::swap;
use super::world::{DECIMALS, base, dollars, wei, whole};
use crate::market::Tx;

/// Gas of a take: of itself, and of each vault.
const GAS_TAKE: (u64, u64) = (250_000, 90_000);
const GAS_FLAG: u64 = 150_000;
const GAS_WARDEN: u64 = 800_000;
/// Gas that a vault costs when many are taken together, for the profit.
const GAS_SHARE: f64 = 60_000.0;
/// What a take must earn, of what it pays.
const MARGIN: f64 = 0.004;
/// Most clocks stopped in one block.
const CLOCKS_MAX: usize = 60;
/// What a sale outside brings of the market's price, after fees and the time until then.
const OUTSIDE: f64 = 0.995;
/// The least cash that is worth a take, synthetics.
const LEAST_TAKE: f64 = 150.0;
/// Most vaults of one take.
const OWNERS_MAX: usize = 120;
/// What of his synthetic a keeper spends in one block.
const CASH_PART: f64 = 0.95;

/// What the keeper weighs beside the book.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// What gas costs now, gwei.
    pub fee_gwei: f64,
    /// What a native unit is worth, dollars.
    pub native: f64,
    /// What the synthetic is worth, dollars.
    pub worth: f64,
}

/// An unhealthy vault, weighed.
#[derive(Clone, Copy, Debug)]
struct Chance {
    owner: Address,
    settled: Settlement,
    debt: f64,
    flagged: bool,
}

fn weigh(
    market: &Market,
    price: PriceView,
    now: Timestamp,
    owner: Address,
    vault: &Vault,
) -> Option<Chance> {
    let index = market.index_at(now).ok()?;
    let position = Position {
        collateral: vault.collateral,
        norm: vault.norm,
        index,
        price: price.mid,
    };
    let running = clock(&market.terms, vault.flagged_at, now).ok()?;
    let (debt, value) = (position.debt().ok()?, position.value().ok()?);
    // What is sent now is mined a little later.
    let elapsed = running.unwrap_or_default();
    let late = price.state == PriceState::Late;
    let discount = discount(&market.terms, debt, value, elapsed, late).ok()?;
    let all = TokenAmount::new(U256::MAX >> 16);
    let settled = settle(&market.terms, &position, discount, all).ok()?;
    Some(Chance {
        owner,
        settled,
        debt: whole(debt.get()),
        flagged: running.is_some_and(|elapsed| elapsed >= Seconds::ZERO),
    })
}

/// Takes, flags and bookings that the keeper sends now.
pub fn keep(
    stage: &Stage,
    sights: &Sights,
    mirror: &Mirror,
    (prices, costs): (&[f64], Costs),
) -> Vec<Tx> {
    let mut txs = Vec::new();
    let keeper = sights.keeper.account;
    let fee = wei(costs.fee_gwei);
    let mut cash = whole(sights.keeper.synthetic) * CASH_PART;
    for (market, pool) in sights.pools.iter().enumerate() {
        let price = mirror.price(market);
        if price.state == PriceState::Grace {
            continue;
        }
        let Ok(totals) = mirror.model.market(market) else {
            continue;
        };
        let mut chances: Vec<Chance> = mirror
            .unhealthy_at(market, price.mid)
            .into_iter()
            .filter_map(|owner| {
                let vault = mirror.model.vault(market, owner);
                weigh(totals, price, mirror.model.now(), owner, &vault)
            })
            .collect();
        chances.sort_by(|one, other| other.debt.total_cmp(&one.debt));
        let unit = prices.get(market).copied().unwrap_or_default() / costs.worth;
        let place = (market, unit, *pool);
        let (take, left) = choose(stage, place, chances, (&mut cash, costs), keeper);
        txs.extend(take);
        txs.extend(others(stage, mirror, market, &left, keeper));
    }
    txs.extend(sales(stage, sights));
    txs.into_iter().map(|tx| tx.offering(fee)).collect()
}

/// One take of all vaults that pay, and those that do not.
fn choose(
    stage: &Stage,
    (market, unit, mut pool): (usize, f64, Pool),
    chances: Vec<Chance>,
    (cash, costs): (&mut f64, Costs),
    keeper: Address,
) -> (Option<Tx>, Vec<Chance>) {
    let gas = GAS_SHARE * costs.fee_gwei * 1e-9 * costs.native;
    let (mut owners, mut left) = (Vec::new(), Vec::new());
    let (mut paid, mut collateral) = (0.0, 0.0);
    for chance in chances {
        let all = whole(chance.settled.paid.get());
        // What his cash does not reach for is taken in part: waiting for a price that he can pay would be a zero bid.
        let part = if all > *cash { *cash / all } else { 1.0 };
        let pays = all * part;
        let gets = whole(chance.settled.out.get()) * part;
        // In the pool at once, or on an exchange later.
        let fetches = pool.synthetic_for(gets).max(gets * unit * OUTSIDE);
        let gain = fetches - pays * (1.0 + MARGIN) - gas;
        if gain <= 0.0 || *cash < LEAST_TAKE || owners.len() == OWNERS_MAX {
            left.push(chance);
            continue;
        }
        *cash -= pays;
        pool = pool.after(Swap::SellCollateral(gets));
        paid += pays;
        collateral += gets;
        owners.push(chance.owner);
    }
    if owners.is_empty() {
        return (None, left);
    }
    let gas = GAS_TAKE.0 + GAS_TAKE.1 * owners.len() as u64;
    let call = VaultBook::takeCall {
        market: U256::from(market),
        owners,
        maxPaid: base(paid * 1.01 + 1.0, DECIMALS),
        // Prices may have moved by then; the discount must not have vanished.
        minCollateral: base(collateral * 0.97, DECIMALS),
        data: Vec::new().into(),
    };
    let tx = Tx::call(keeper, stage.book(), call.abi_encode(), gas);
    (Some(tx), left)
}

/// Clocks to start, and losses to write, of vaults that pay nobody now.
fn others(
    stage: &Stage,
    mirror: &Mirror,
    market: usize,
    left: &[Chance],
    keeper: Address,
) -> Vec<Tx> {
    let price = mirror.price(market);
    let book = stage.book();
    let mut txs = Vec::new();
    for chance in left {
        let owner = chance.owner;
        let vault = mirror.model.vault(market, owner);
        let worth = convert::value_down(vault.collateral, price.high);
        let lost = worth.is_ok_and(|worth| chance.debt > whole(worth.get()) * 1.000_001);
        let number = U256::from(market);
        if lost && price.state == PriceState::Safe {
            let call = VaultBook::bookCall {
                market: number,
                owner,
            };
            txs.push(Tx::call(keeper, book, call.abi_encode(), GAS_FLAG));
        } else if !chance.flagged {
            let call = VaultBook::flagCall {
                market: number,
                owner,
            };
            txs.push(Tx::call(keeper, book, call.abi_encode(), GAS_FLAG));
        }
    }
    txs
}

/// Sells what earlier takes brought.
fn sales(stage: &Stage, sights: &Sights) -> Vec<Tx> {
    let mut txs = Vec::new();
    for (market, held) in sights.keeper.collateral.iter().enumerate() {
        let (one, pool) = (&stage.collaterals[market], &sights.pools[market]);
        let held = whole(*held) * 0.999_999;
        if held * pool.price() > 50.0 {
            // He does not sell a pool empty: the rest he sells on an exchange.
            let part = held.min(pool.collateral * 0.01);
            let sale = Swap::SellCollateral(part);
            txs.push(swap(stage, sights.keeper.account, one, pool, sale));
        }
    }
    txs
}

/// What anybody may do for the book as a whole: interest and surplus, then the backstop, pay what is lost; the custody
/// is marked.
pub fn warden(stage: &Stage, sights: &Sights, mirror: &Mirror, custody: Option<f64>) -> Vec<Tx> {
    let from = stage.account("warden", 0);
    let mut txs = Vec::new();
    let mut call = |to: Address, data: Vec<u8>| txs.push(Tx::call(from, to, data, GAS_WARDEN));
    if let (Some(peg), Some(price)) = (stage.peg(), custody) {
        let ledger = whole(sights.totals[2]);
        let lost = whole(mirror.model.sums().peg_deficit.get());
        // The module itself compares with the bounds of the stored price; this only asks when it may be time.
        if (price < 0.99 && ledger > 0.0) || (price > 0.99 && lost > 0.0) {
            call(peg, PegModule::markCall {}.abi_encode());
        }
    }
    let deficit = sights.totals[1];
    if deficit.is_zero() {
        return txs;
    }
    // Interest and surplus pay first. The backstop's own call collects too, but fails where that was enough.
    let earned = mirror.model.earned().map(|earned| earned.get());
    let earned = earned.unwrap_or_default();
    let surplus = mirror.model.balance_of(stage.book()).get();
    if earned + surplus >= deficit || whole(sights.backstop) < 1.0 {
        if !surplus.is_zero() || earned > U256::from(1_000_000) {
            call(stage.book(), VaultBook::collectCall {}.abi_encode());
        }
        return txs;
    }
    for market in 0..stage.collaterals.len() {
        let deficit = mirror.model.market(market).map(|one| one.deficit.get());
        let amount = deficit.unwrap_or_default();
        if !amount.is_zero() {
            let cover = Backstop::coverCall {
                market: U256::from(market),
                amount,
            };
            call(stage.backstop(), cover.abi_encode());
        }
    }
    let peg = mirror.model.sums().peg_deficit.get();
    if !peg.is_zero() {
        let cover = Backstop::coverCall {
            market: U256::MAX,
            amount: peg,
        };
        call(stage.backstop(), cover.abi_encode());
    }
    txs
}

/// Stops the clocks of vaults that are healthy again: one that went on would sell them for next to nothing when they
/// fall again before it ends. It is their owners' own interest; for those who never look, somebody else does it.
pub fn stop_clocks(stage: &Stage, mirror: &Mirror) -> Vec<Tx> {
    let from = stage.account("warden", 0);
    let mut txs = Vec::new();
    for market in 0..stage.collaterals.len() {
        let price = mirror.price(market);
        if !matches!(price.state, PriceState::Safe | PriceState::Stepped) {
            continue;
        }
        let unhealthy = mirror.unhealthy_at(market, price.mid);
        let flagged = mirror.model.vaults().filter(|((at, owner), vault)| {
            *at == market && vault.flagged_at != Timestamp::ZERO && !unhealthy.contains(owner)
        });
        for ((_, owner), _) in flagged.take(CLOCKS_MAX) {
            let call = VaultBook::flagCall {
                market: U256::from(market),
                owner,
            };
            txs.push(Tx::call(from, stage.book(), call.abi_encode(), GAS_FLAG));
        }
    }
    txs
}

/// What a native unit is worth where the first collateral is it, or else what it was then.
pub fn native_price(stage: &Stage, prices: &[f64], mirror: &Mirror) -> f64 {
    let wrapped = stage
        .collaterals
        .iter()
        .position(|one| one.symbol == "WETH");
    let market = wrapped.unwrap_or_default();
    let stored = dollars(mirror.price(market).mid, DECIMALS);
    match wrapped {
        Some(market) => prices.get(market).copied().unwrap_or(stored),
        None => 2_000.0,
    }
}
