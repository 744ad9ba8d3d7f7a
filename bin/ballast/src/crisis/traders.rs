//! Who trades around the vaults: market makers who hold the pool to the recorded price and flee from a fall, and
//! redeemers who buy what is under its peg.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::Router;
use ballast_model::vaults::{PriceState, convert, redemption_fee};
use ballast_types::Wad;

use super::eyes::{Purse, Sights};
use super::mirror::Mirror;
use super::pool::{Pool, Swap};
use super::stage::{Collateral, Stage, transfer};
use super::world::{DECIMALS, base, dollars, wei, whole};
use crate::market::{Chance, Tx, float};

const GAS_SWAP: u64 = 300_000;
const GAS_LIQUIDITY: u64 = 500_000;
const GAS_REDEEM: u64 = 500_000;
/// The least trade worth a transaction, synthetics.
const LEAST_TRADE: f64 = 200.0;
/// What a swap may give less than expected.
const SLIPPAGE: f64 = 0.03;
/// Pull of the synthetic's own demand back to its face value, a moment.
const PULL: f64 = 0.05;
/// Deviation of that demand, a moment.
const UNREST: f64 = 0.0025;
/// How much dearer the synthetic is to a market maker who has none left.
const SHORTAGE: f64 = 0.15;
/// Gas over that of calm days at which market makers trade only for wide gaps.
const CONGESTED: f64 = 5.0;
/// Such a gap.
const WIDE_GAP: f64 = 0.01;
/// Fall within the memory at which liquidity leaves.
const FLIGHT_FALL: f64 = 0.08;
/// Moments that are remembered.
const MEMORY: usize = 15;
/// Moments after a flight in which nothing further leaves, and in which nothing comes back.
const PATIENCE: (u64, u64) = (8, 90);
/// What of his shares a market maker takes out in a flight, and what of the pool he never leaves.
const FLIGHT: (f64, f64) = (0.4, 0.5);
/// The premium from which on holders sell.
const HOLDERS_SELL: f64 = 0.02;
/// What of all they hold they sell in a moment for each hundredth of premium, and at most.
const HOLDERS_PART: (f64, f64) = (0.005, 0.05);
/// The premium from which on the minter opens a vault and sells what he mints.
const MINTER_PREMIUM: f64 = 0.03;
/// What of the synthetic in existence he mints in a moment, at most.
const MINTER_PART: f64 = 0.01;
/// His debt over the most that is healthy, when he mints, and from where on he adds collateral.
const MINTER_SAFETY: (f64, f64) = (0.6, 0.8);
/// What an exchange keeps.
const EXCHANGE_FEE: f64 = 0.001;
/// What a redemption must earn, of what it burns.
const REDEEMER_MARGIN: f64 = 0.004;
/// What of his cash a redeemer burns at once.
const REDEEMER_PART: f64 = 0.4;

#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod generated {
    alloy::sol! {
        function transferFrom(address from, address to, uint256 amount) external returns (bool);
        function addLiquidity(
            address tokenA,
            address tokenB,
            uint256 amountADesired,
            uint256 amountBDesired,
            uint256 amountAMin,
            uint256 amountBMin,
            address to,
            uint256 deadline
        ) external returns (uint256 amountA, uint256 amountB, uint256 liquidity);
        function removeLiquidity(
            address tokenA,
            address tokenB,
            uint256 liquidity,
            uint256 amountAMin,
            uint256 amountBMin,
            address to,
            uint256 deadline
        ) external returns (uint256 amountA, uint256 amountB);
    }
}

/// What a moment costs and is worth to traders.
#[derive(Clone, Copy, Debug)]
pub struct Mood {
    /// What is offered for gas by those in a hurry, gwei.
    pub fee_now: f64,
    /// Gas over that of calm days.
    pub congestion: f64,
}

/// What traders remember.
#[derive(Clone, Debug)]
pub struct Traders {
    chance: Chance,
    /// The synthetic's own demand, as a logarithm.
    demand: f64,
    /// Synthetic of each market maker when all began, by market.
    inventory: f64,
    /// The last prices of each market.
    past: Vec<Vec<f64>>,
    /// Moment of the last flight, by market.
    fled_at: Vec<Option<u64>>,
    /// Shares that were taken out, by market.
    out: Vec<U256>,
    moment: u64,
}

fn deadline() -> U256 {
    U256::MAX
}

/// A swap over the router for at least nearly what the pool would give now.
pub fn swap(stage: &Stage, from: Address, one: &Collateral, pool: &Pool, swap: Swap) -> Tx {
    let (path, paid, given) = match swap {
        Swap::SellCollateral(paid) => (
            vec![one.token, stage.book()],
            paid,
            pool.synthetic_for(paid),
        ),
        Swap::BuyCollateral(paid) => (
            vec![stage.book(), one.token],
            paid,
            pool.collateral_for(paid),
        ),
    };
    let call = Router::swapExactTokensForTokensSupportingFeeOnTransferTokensCall {
        amountIn: base(paid, DECIMALS),
        amountOutMin: base(given * (1.0 - SLIPPAGE), DECIMALS),
        path,
        to: from,
        deadline: deadline(),
    };
    Tx::call(from, stage.router, call.abi_encode(), GAS_SWAP)
}

impl Traders {
    /// Before the first moment.
    pub fn new(stage: &Stage, sights: &Sights, seed: u64) -> Self {
        let markets = stage.collaterals.len();
        let begun = sights.makers.iter().map(|maker| whole(maker.synthetic));
        Self {
            chance: Chance::fork(seed, 4),
            demand: 0.0,
            inventory: begun.sum::<f64>().max(1.0),
            past: vec![Vec::new(); markets],
            fled_at: vec![None; markets],
            out: vec![U256::ZERO; markets],
            moment: 0,
        }
    }

    /// Lets a moment pass: demand moves, prices are remembered.
    pub fn pass(&mut self, prices: &[f64]) {
        self.moment += 1;
        self.demand += -PULL * self.demand + UNREST * self.chance.normal();
        for (past, price) in self.past.iter_mut().zip(prices) {
            past.push(*price);
            if past.len() > MEMORY {
                past.remove(0);
            }
        }
    }

    /// What market makers think a synthetic is worth, dollars: face value as far as it is backed, more when they run
    /// out of it, and moods.
    pub fn worth(&self, sights: &Sights, backed: f64) -> f64 {
        let held: f64 = sights
            .makers
            .iter()
            .map(|maker| whole(maker.synthetic))
            .sum();
        let short = (1.0 - held / self.inventory).clamp(-0.1, 0.6);
        backed.clamp(0.05, 1.0) * self.demand.exp() * (1.0 + SHORTAGE * short)
    }

    /// Trades of market makers who hold pools to `prices`, with the synthetic at `worth`.
    pub fn make(
        &mut self,
        stage: &Stage,
        sights: &Sights,
        prices: &[f64],
        worth: f64,
        mood: Mood,
    ) -> Vec<Tx> {
        let mut txs = Vec::new();
        let fee = wei(mood.fee_now * 1.05);
        let many = sights.pools.len() as f64;
        for (market, (pool, price)) in sights.pools.iter().zip(prices).enumerate() {
            let one = &stage.collaterals[market];
            let target = price / worth;
            let gap = (pool.price() / target - 1.0).abs();
            if mood.congestion > CONGESTED && gap < WIDE_GAP {
                continue;
            }
            let Some(wanted) = pool.towards(target) else {
                continue;
            };
            let maker = &sights.makers[self.chance.below(sights.makers.len())];
            let wanted = match wanted {
                Swap::SellCollateral(paid) => {
                    let most = whole(maker.collateral[market]) * 0.9;
                    Swap::SellCollateral(paid.min(most))
                }
                Swap::BuyCollateral(paid) => {
                    Swap::BuyCollateral(paid.min(whole(maker.synthetic) * 0.7 / many))
                }
            };
            let size = match wanted {
                Swap::SellCollateral(paid) => paid * price,
                Swap::BuyCollateral(paid) => paid,
            };
            if size > LEAST_TRADE {
                txs.push(swap(stage, maker.account, one, pool, wanted).offering(fee));
            }
        }
        txs
    }

    /// Trades beside the chain: on an exchange, holders sell the synthetic for collateral at the market's price and the
    /// synthetic's worth, as much as that premium makes them willing to, to market makers and the keeper, who are short
    /// of it. On the chain only the two transfers show.
    pub fn exchange(&self, stage: &Stage, sights: &Sights, prices: &[f64], worth: f64) -> Vec<Tx> {
        let holders = &sights.holders;
        let held = whole(holders.synthetic);
        // Who fears a loss sells too.
        let willing = HOLDERS_PART.0 * (worth - 1.0).abs().max(0.002) * 100.0;
        let mut left = held * willing.min(HOLDERS_PART.1);
        let mut txs = Vec::new();
        let mut buyers: Vec<(&Purse, f64)> = vec![(&sights.keeper, f64::MAX)];
        buyers.extend(sights.redeemers.iter().map(|one| (one, f64::MAX)));
        let each = self.inventory / sights.makers.len().max(1) as f64;
        buyers.extend(sights.makers.iter().map(|maker| (maker, each)));
        for (buyer, wanted) in buyers {
            let mut missing = wanted - whole(buyer.synthetic);
            for (market, collateral) in buyer.collateral.iter().enumerate() {
                let unit = prices[market] / worth * (1.0 - EXCHANGE_FEE);
                let given = (whole(*collateral) * 0.999_999 * unit)
                    .min(missing)
                    .min(left);
                if given < LEAST_TRADE {
                    continue;
                }
                left -= given;
                missing -= given;
                let token = stage.collaterals[market].token;
                let paid = base(given / unit, DECIMALS);
                txs.push(if buyer.account == stage.keeper {
                    let taken = generated::transferFromCall {
                        from: buyer.account,
                        to: holders.account,
                        amount: paid,
                    };
                    Tx::call(holders.account, token, taken.abi_encode(), GAS_SWAP)
                } else {
                    transfer(buyer.account, token, holders.account, paid)
                });
                let given = base(given, DECIMALS);
                txs.push(transfer(
                    holders.account,
                    stage.book(),
                    buyer.account,
                    given,
                ));
            }
        }
        txs
    }

    /// Somebody with collateral who opens a vault when the synthetic is dear, and sells to the other holders what he
    /// mints: what ends a shortage. He never comes near his own limit.
    pub fn mint(
        &self,
        stage: &Stage,
        sights: &Sights,
        mirror: &Mirror,
        (prices, worth): (&[f64], f64),
        mood: Mood,
    ) -> Vec<Tx> {
        let (minter, fee) = (stage.account("minter", 0), wei(mood.fee_now * 1.15));
        let mut txs = Vec::new();
        for (market, price) in prices.iter().enumerate() {
            let vault = mirror.model.vault(market, minter);
            let debt = mirror.model.debt_of(market, minter);
            let debt = debt.map(|debt| whole(debt.get())).unwrap_or_default();
            let liq_ltv = whole(stage.subject.markets[market].0.liq_ltv.get());
            let held = whole(vault.collateral.get());
            let most = held * price * liq_ltv;
            let open = mirror.price(market).state == PriceState::Safe;
            let (mut collateral, mut minted) = (0.0, 0.0);
            if worth > 1.0 + MINTER_PREMIUM && open {
                minted = whole(sights.supply) * MINTER_PART / prices.len() as f64;
            } else if debt <= most * MINTER_SAFETY.1 {
                continue;
            }
            if debt + minted > most * MINTER_SAFETY.0 {
                let unit = price * liq_ltv * MINTER_SAFETY.0;
                collateral = (debt + minted) / unit - held;
            }
            if collateral > whole(sights.minter.collateral[market]) {
                continue;
            }
            let call = VaultBook::adjustCall {
                market: U256::from(market),
                dCollateral: base(collateral, DECIMALS).try_into().unwrap_or_default(),
                dDebt: base(minted, DECIMALS).try_into().unwrap_or_default(),
            };
            let tx = Tx::call(minter, stage.book(), call.abi_encode(), GAS_REDEEM);
            txs.push(tx.offering(fee));
            if minted > 0.0 {
                let to = stage.account("treasury", 0);
                let sale = transfer(minter, stage.book(), to, base(minted, DECIMALS));
                txs.push(sale.offering(fee));
            }
        }
        txs
    }

    /// Holders who sell the synthetic for cheap collateral where it is dearer than its face value: some at a small
    /// premium, more at a large one.
    pub fn hold(&self, stage: &Stage, sights: &Sights, prices: &[f64], mood: Mood) -> Vec<Tx> {
        let fee = wei(mood.fee_now * 1.01);
        let holders = &sights.holders;
        let mut left = whole(holders.synthetic) * HOLDERS_PART.1;
        let mut txs = Vec::new();
        for (market, (pool, price)) in sights.pools.iter().zip(prices).enumerate() {
            let premium = price / pool.price() - 1.0;
            if premium < HOLDERS_SELL {
                continue;
            }
            let Some(Swap::BuyCollateral(wanted)) = pool.towards(price / (1.0 + HOLDERS_SELL))
            else {
                continue;
            };
            let willing = whole(holders.synthetic) * HOLDERS_PART.0 * premium * 100.0;
            let paid = wanted.min(willing).min(left);
            if paid > LEAST_TRADE {
                left -= paid;
                let one = &stage.collaterals[market];
                let sale = Swap::BuyCollateral(paid);
                txs.push(swap(stage, holders.account, one, pool, sale).offering(fee));
            }
        }
        txs
    }

    /// Liquidity that leaves in a fall and comes back when it has been quiet.
    pub fn liquidity(&mut self, stage: &Stage, sights: &Sights, mood: Mood) -> Vec<Tx> {
        let mut txs = Vec::new();
        let fee = wei(mood.fee_now * 1.1);
        let account = stage.account("maker", 0);
        for market in 0..stage.collaterals.len() {
            let one = &stage.collaterals[market];
            let past = &self.past[market];
            let highest = past.iter().copied().fold(0.0, f64::max);
            let fallen = past
                .last()
                .is_some_and(|now| *now < highest * (1.0 - FLIGHT_FALL));
            let since = self.fled_at[market].map(|at| self.moment - at);
            let shares = float(sights.shares[market]);
            let all = shares + float(self.out[market]);
            if fallen && since.is_none_or(|since| since >= PATIENCE.0) && shares > all * FLIGHT.1 {
                let part = sights.shares[market] * U256::from((FLIGHT.0 * 1e6) as u64)
                    / U256::from(1_000_000);
                self.out[market] += part;
                self.fled_at[market] = Some(self.moment);
                let call = generated::removeLiquidityCall {
                    tokenA: one.token,
                    tokenB: stage.book(),
                    liquidity: part,
                    amountAMin: U256::ZERO,
                    amountBMin: U256::ZERO,
                    to: account,
                    deadline: deadline(),
                };
                let tx = Tx::call(account, stage.router, call.abi_encode(), GAS_LIQUIDITY);
                txs.push(tx.offering(fee));
            } else if since.is_some_and(|since| since >= PATIENCE.1) && !self.out[market].is_zero()
            {
                txs.extend(
                    self.come_back(stage, sights, market)
                        .map(|tx| tx.offering(fee)),
                );
            }
        }
        txs
    }

    fn come_back(&mut self, stage: &Stage, sights: &Sights, market: usize) -> Option<Tx> {
        let (one, maker) = (&stage.collaterals[market], sights.makers.first()?);
        self.fled_at[market] = None;
        self.out[market] = U256::ZERO;
        let pool = sights.pools[market];
        let most = whole(maker.collateral[market]).min(whole(maker.synthetic) / pool.price());
        let collateral = (pool.collateral * 0.6).min(most * 0.4);
        if collateral * pool.price() < LEAST_TRADE {
            return None;
        }
        let call = generated::addLiquidityCall {
            tokenA: one.token,
            tokenB: stage.book(),
            amountADesired: base(collateral, DECIMALS),
            amountBDesired: base(collateral * pool.price(), DECIMALS),
            amountAMin: U256::ZERO,
            amountBMin: U256::ZERO,
            to: maker.account,
            deadline: deadline(),
        };
        Some(Tx::call(
            maker.account,
            stage.router,
            call.abi_encode(),
            GAS_LIQUIDITY,
        ))
    }

    /// Redemptions that pay; what they bring is sold on an exchange.
    pub fn redeem(
        &mut self,
        stage: &Stage,
        sights: &Sights,
        mirror: &Mirror,
        prices: &[f64],
        mood: Mood,
    ) -> Vec<Tx> {
        let mut txs = Vec::new();
        let fee = wei(mood.fee_now * 1.02);
        // Whoever redeems under a haircut pays a loss that the backstop would pay a moment later.
        let patient = !sights.totals[1].is_zero() && whole(sights.backstop) > 1.0;
        if patient || sights.redeemers.is_empty() {
            return txs;
        }
        let turn = self.chance.below(sights.redeemers.len());
        let found = (0..prices.len())
            .filter_map(|market| best_redemption(stage, sights, mirror, prices, market))
            .max_by(|one, other| one.gain.total_cmp(&other.gain));
        if let Some(found) = found {
            let order = found.order(stage, &sights.redeemers[turn]);
            txs.extend(order.map(|tx| tx.offering(fee)));
        }
        txs
    }
}

/// A redemption that pays.
#[derive(Clone, Copy, Debug)]
struct Redemption {
    market: usize,
    owner: Address,
    /// What may be burned without leaving less than the least debt.
    most: f64,
    /// Dollars for a synthetic burned, beyond what it fetches in the pool.
    gain: f64,
    /// Collateral for a synthetic burned.
    rate: f64,
}

impl Redemption {
    fn order(&self, stage: &Stage, redeemer: &Purse) -> Option<Tx> {
        let amount = (whole(redeemer.synthetic) * REDEEMER_PART).min(self.most);
        if amount < LEAST_TRADE {
            return None;
        }
        let call = VaultBook::redeemCall {
            market: U256::from(self.market),
            owner: self.owner,
            amount: base(amount, DECIMALS),
            minCollateral: base(amount * self.rate * 0.97, DECIMALS),
        };
        Some(Tx::call(
            redeemer.account,
            stage.book(),
            call.abi_encode(),
            GAS_REDEEM,
        ))
    }
}

/// The riskiest vault of `market` that still covers its debt, if redeeming it pays more than the pool does.
fn best_redemption(
    stage: &Stage,
    sights: &Sights,
    mirror: &Mirror,
    prices: &[f64],
    market: usize,
) -> Option<Redemption> {
    let price = mirror.price(market);
    if !matches!(price.state, PriceState::Safe | PriceState::Stepped) {
        return None;
    }
    let book = mirror.model.market(market).ok()?;
    let index = book.index_at(mirror.model.now()).ok()?;
    let riskiest = mirror
        .model
        .vaults()
        .filter(|((at, _), vault)| *at == market && !vault.norm.is_zero())
        .filter_map(|((_, owner), vault)| {
            let debt = convert::debt_up(vault.norm, index).ok()?;
            let value = convert::value_down(vault.collateral, price.mid).ok()?;
            let ltv = float(debt.get()) / float(value.get());
            (ltv < 0.98).then_some((ltv, owner, debt, value))
        })
        .max_by(|one, other| one.0.total_cmp(&other.0))?;
    let (_, owner, debt, value) = riskiest;
    let fee: Wad = redemption_fee(&book.terms, debt, value).ok()?;
    let (backing, supply) = mirror.model.haircut().ok()?;
    let share = float(backing.get()) / float(supply.get()).max(1.0);
    let high = dollars(price.high, DECIMALS);
    let rate = (1.0 - whole(fee.get())) * share / high;
    let pool = sights.pools[market].price();
    // A synthetic buys 1 / pool of collateral there and `rate` of it here.
    let gain = rate * prices[market] - prices[market] / pool;
    let least = whole(stage.subject.markets.get(market)?.0.min_debt.get());
    let most = (whole(debt.get()) - least * 1.01) / share.max(1e-6);
    (gain > REDEEMER_MARGIN && most > LEAST_TRADE).then_some(Redemption {
        market,
        owner,
        most,
        gain,
        rate,
    })
}
