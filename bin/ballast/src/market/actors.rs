//! How actors decide. Each function looks at one scene and draws from one stream of chance: no clock, no network, and
//! nothing of the path beyond the moment.

use alloy::primitives::U256;

use super::auction::{Auction, price};
use super::chance::Chance;
use super::loans::{Intent, Loan, Loans, Pauses};
use super::orders::{Deed, Order};
use super::stage::{
    ARBITRAGEUR, BIDDERS, BORROWERS, HOLDERS, KEEPER, LTV_BPS, REDEEM_FEE_BPS, Role, Stage,
    TERM_FEE_BPS, TRADERS,
};
use super::view::{Balances, View, WAD, float, part, word};

const BPS: f64 = 10_000.0;
/// What the pool keeps of a swap.
const POOL_KEEPS: f64 = 0.003;
/// A gap between demand and pool that nobody bothers to close.
const GAP_IGNORED: f64 = 0.004;
/// Most of the pool that one trade pays in.
const TRADE_MAX: f64 = 0.03;
/// Most trades that close one gap in one block.
const MOVERS_MAX: usize = 4;
/// Least part of a lot worth a bid.
const LOT_PART_MIN: u64 = 4;
/// Most bids on one token in one block.
const BIDS_MAX: usize = 3;
/// Lots unsold at the floor for which the keeper burns one, so that the others are bid for.
const LOTS_REOPEN: u64 = 3;
/// Most loans of one token open at once.
const LOANS_MAX: usize = 14;
/// Most loans closed in one call.
const FORECLOSED_MAX: usize = 8;
/// Seconds for which the converter believes its last full lot, and between two additions of liquidity.
const LOT_FRESH_SECS: u64 = 3_600;
const LIQUIDITY_SECS: u64 = 600;

/// What a full lot last fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastLot {
    /// Base units of asset 0.
    pub paid: U256,
    /// Unix seconds.
    pub sold_at: u64,
    /// Unix seconds of the last liquidity added.
    pub liquidity_at: u64,
}

/// Fees in force, basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// On purchases.
    pub buy_bps: u16,
    /// On sales.
    pub sell_bps: u16,
}

/// What actors see of one token.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Contracts and accounts.
    pub stage: &'a Stage,
    /// Index of the token.
    pub token: usize,
    /// Its state at the newest block.
    pub view: &'a View,
    /// Its converter's auction.
    pub auction: &'a Auction,
    /// Its last full lot.
    pub last_lot: LastLot,
    /// Its pauses.
    pub pauses: &'a Pauses,
    /// Its fees.
    pub fees: Fees,
    /// Every open loan.
    pub loans: &'a Loans,
    /// Highest price of late, slowly forgotten.
    pub high: f64,
    /// Unix seconds of the block to come.
    pub time: u64,
}

impl Scene<'_> {
    fn order(&self, who: usize, deed: Deed) -> Order {
        Order {
            who,
            token: self.token,
            deed,
        }
    }

    fn sell_left(&self) -> f64 {
        1.0 - f64::from(self.fees.sell_bps) / BPS
    }

    fn buy_left(&self) -> f64 {
        1.0 - f64::from(self.fees.buy_bps) / BPS
    }

    fn redeemable(&self) -> bool {
        self.stage.tokens[self.token].spec.redeemable
    }

    /// What redeeming one token base unit brings, in base units of asset 0.
    fn redeem_value(&self) -> f64 {
        self.view.floor_value(self.stage, self.token) * (1.0 - f64::from(REDEEM_FEE_BPS) / BPS)
    }

    /// What the backing of one token base unit brings without the pool: redeemed where that is open, borrowed against
    /// and left where it is not.
    fn backing_exit(&self) -> f64 {
        if self.redeemable() {
            return self.redeem_value();
        }
        let lent = f64::from(LTV_BPS) / BPS * (1.0 - f64::from(TERM_FEE_BPS) / BPS);
        self.view.floor_value(self.stage, self.token) * lent
    }

    /// The most principal of each asset that `collateral` allows.
    fn most_principal(&self, collateral: U256) -> Vec<U256> {
        let most = |backing: &U256| *backing * U256::from(LTV_BPS) / U256::from(10_000);
        self.view.backing_of(collateral).iter().map(most).collect()
    }

    fn balance(&self, purse: &Balances, who: usize) -> U256 {
        purse.of(
            self.stage.tokens[self.token].token,
            self.stage.accounts[who],
        )
    }

    fn spend_tokens(&self, purse: &mut Balances, who: usize, amount: U256) -> bool {
        purse.spend(
            self.stage.tokens[self.token].token,
            self.stage.accounts[who],
            amount,
        )
    }

    fn spend_asset(&self, purse: &mut Balances, who: usize, index: usize, amount: U256) -> bool {
        purse.spend(
            self.stage.asset(self.token, index).address,
            self.stage.accounts[who],
            amount,
        )
    }

    /// What selling `tokens` brings after the fee, in base units of asset 0.
    fn sale(&self, tokens: U256) -> U256 {
        self.view.sold(part(tokens, self.sell_left()))
    }

    /// The better way out of `tokens`: the pool, or redemption where that is open and pays more.
    fn exit(&self, who: usize, tokens: U256) -> Order {
        let sale = self.sale(tokens);
        if self.redeemable() && float(tokens) * self.redeem_value() > float(sale) {
            return self.order(who, Deed::Redeem { tokens });
        }
        self.order(
            who,
            Deed::Sell {
                tokens,
                least: part(sale, 0.97),
            },
        )
    }
}

/// One of `role` that holds at least `amount` of the token, beginning with a random one.
fn holder_of(
    scene: &Scene<'_>,
    role: Role,
    amount: U256,
    purse: &Balances,
    chance: &mut Chance,
) -> Option<usize> {
    let first = chance.below(role.count());
    (0..role.count())
        .map(|step| role.account(first + step))
        .find(|who| scene.balance(purse, *who) >= amount)
}

/// A trader with reasons of his own: a small purchase or sale, whatever the price. None where no trader can pay.
pub fn whim(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Option<Order> {
    let share = chance.between(0.000_3, 0.006);
    let tokens = part(scene.view.pool_tokens, share);
    let seller = holder_of(scene, TRADERS, tokens, purse, chance).filter(|_| chance.happens(0.5));
    if let Some(who) = seller
        && scene.spend_tokens(purse, who, tokens)
    {
        let least = part(scene.sale(tokens), 0.95);
        return Some(scene.order(who, Deed::Sell { tokens, least }));
    }
    let pay = part(scene.view.pool_assets, share);
    let least = part(scene.view.bought(pay), 0.95 * scene.buy_left());
    let first = chance.below(TRADERS.count());
    (0..TRADERS.count())
        .map(|step| TRADERS.account(first + step))
        .find(|who| scene.spend_asset(purse, *who, 0, pay))
        .map(|who| scene.order(who, Deed::Buy { pay, least }))
}

/// Traders who carry the pool towards `target`, base units of asset 0 for one of the token.
pub fn follow(
    scene: &Scene<'_>,
    target: f64,
    purse: &mut Balances,
    chance: &mut Chance,
) -> Vec<Order> {
    let gap = (target / scene.view.spot()).ln();
    if gap.abs() < GAP_IGNORED {
        return Vec::new();
    }
    let closed = gap * chance.between(0.4, 0.9);
    // A constant-product pool's price is the square of one side.
    let share = ((closed.abs() / 2.0).exp() - 1.0) / (1.0 - POOL_KEEPS);
    let trades = ((share / TRADE_MAX).ceil() as usize).clamp(1, MOVERS_MAX);
    let each = share.min(TRADE_MAX * MOVERS_MAX as f64) / trades as f64;
    if closed > 0.0 {
        purchases(scene, trades, each, purse, chance)
    } else {
        sales(scene, trades, each, purse, chance)
    }
}

fn purchases(
    scene: &Scene<'_>,
    trades: usize,
    share: f64,
    purse: &mut Balances,
    chance: &mut Chance,
) -> Vec<Order> {
    let (mut pool, first) = (scene.view.clone(), chance.below(TRADERS.count()));
    let mut orders = Vec::new();
    for step in 0..trades {
        let who = TRADERS.account(first + step);
        let pay = part(scene.view.pool_assets, share);
        if pay.is_zero() || !scene.spend_asset(purse, who, 0, pay) {
            continue;
        }
        let bought = pool.bought(pay);
        pool.pool_assets += pay;
        pool.pool_tokens -= bought;
        orders.push(scene.order(
            who,
            Deed::Buy {
                pay,
                least: part(bought, 0.98 * scene.buy_left()),
            },
        ));
    }
    orders
}

fn sales(
    scene: &Scene<'_>,
    trades: usize,
    share: f64,
    purse: &mut Balances,
    chance: &mut Chance,
) -> Vec<Order> {
    let mut pool = scene.view.clone();
    let mut orders = Vec::new();
    for _ in 0..trades {
        let tokens = part(scene.view.pool_tokens, share / scene.sell_left());
        let Some(who) = holder_of(scene, TRADERS, tokens, purse, chance) else {
            continue;
        };
        if tokens.is_zero() || !scene.spend_tokens(purse, who, tokens) {
            continue;
        }
        if scene.redeemable()
            && pool.spot() * scene.sell_left() < scene.redeem_value()
            && chance.happens(0.5)
        {
            orders.push(scene.order(who, Deed::Redeem { tokens }));
            continue;
        }
        let arriving = part(tokens, scene.sell_left());
        let sold = pool.sold(arriving);
        pool.pool_tokens += arriving;
        pool.pool_assets -= sold;
        orders.push(scene.order(
            who,
            Deed::Sell {
                tokens,
                least: part(sold, 0.98),
            },
        ));
    }
    orders
}

/// Holders: most of them do nothing most of the time. Some leave on falls, each at a fall of his own; a few leave for
/// no reason; some burn.
pub fn hold(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Vec<Order> {
    let fall = 1.0 - scene.view.spot() / scene.high.max(f64::MIN_POSITIVE);
    let mut orders = Vec::new();
    for (index, who) in HOLDERS.accounts().enumerate() {
        let scared = fall > 0.06 + 0.05 * index as f64 && chance.happens(0.12);
        let leaving = if scared {
            chance.between(0.03, 0.2)
        } else if chance.happens(0.004) {
            chance.between(0.01, 0.06)
        } else {
            0.0
        };
        let held = scene.balance(purse, who);
        let tokens = part(held, leaving);
        if !tokens.is_zero() && scene.spend_tokens(purse, who, tokens) {
            orders.push(scene.exit(who, tokens));
        }
        let burned = part(held, 0.002);
        if chance.happens(0.000_8) && !burned.is_zero() && scene.spend_tokens(purse, who, burned) {
            orders.push(scene.order(who, Deed::Burn { tokens: burned }));
        }
    }
    orders
}

/// A holder who burns a little, on schedule.
pub fn burn(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Option<Order> {
    let who = HOLDERS.account(chance.below(HOLDERS.count()));
    let tokens = part(scene.balance(purse, who), 0.005);
    (!tokens.is_zero() && scene.spend_tokens(purse, who, tokens))
        .then(|| scene.order(who, Deed::Burn { tokens }))
}

/// A holder who redeems a little, on schedule, whatever the pool would pay.
pub fn redeem(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Option<Order> {
    let who = HOLDERS.account(chance.below(HOLDERS.count()));
    let tokens = part(scene.balance(purse, who), 0.02);
    (scene.redeemable() && !tokens.is_zero() && scene.spend_tokens(purse, who, tokens))
        .then(|| scene.order(who, Deed::Redeem { tokens }))
}

/// Buys while the pool sells under what backing can be had for, and takes the backing: by redemption where that is
/// open, elsewhere by a loan that is never paid back.
pub fn arbitrage(scene: &Scene<'_>, purse: &mut Balances) -> Vec<Order> {
    let who = ARBITRAGEUR.account(0);
    let mut orders = Vec::new();
    if !scene.redeemable() && scene.pauses.is_paused(scene.time) {
        return orders;
    }
    let held = scene.balance(purse, who);
    if held > U256::from(WAD) && scene.spend_tokens(purse, who, held) {
        let deed = if scene.redeemable() {
            Deed::Redeem { tokens: held }
        } else {
            Deed::Borrow {
                collateral: held,
                principal: scene.most_principal(held),
            }
        };
        orders.push(scene.order(who, deed));
    }
    let even = scene.backing_exit() * scene.buy_left() * (1.0 - POOL_KEEPS) * 0.998;
    let gap = (even / scene.view.spot()).ln();
    if gap <= 0.0 {
        return orders;
    }
    let share = ((gap * 0.8 / 2.0).exp() - 1.0).min(0.1);
    let pay = part(scene.view.pool_assets, share);
    if !pay.is_zero() && scene.spend_asset(purse, who, 0, pay) {
        let least = part(scene.view.bought(pay), 0.97 * scene.buy_left());
        orders.push(scene.order(who, Deed::Buy { pay, least }));
    }
    orders
}

/// The multiple of the floor at which the pool, less `discount`, would be as dear.
fn market_multiple(scene: &Scene<'_>, discount: f64) -> U256 {
    let floor = scene.view.floor_value(scene.stage, scene.token);
    word(scene.view.spot() * (1.0 - discount) / floor.max(f64::MIN_POSITIVE) * WAD as f64)
}

fn sells(scene: &Scene<'_>) -> bool {
    !scene.pauses.is_paused(scene.time)
        && scene.view.for_sale >= scene.auction.lot / U256::from(LOT_PART_MIN)
        && scene
            .view
            .ledger
            .iter()
            .all(|ledger| !ledger.total.is_zero())
}

/// The first second between `now` and the scene's at which a bidder finds the auction under the pool.
pub fn cheap_second(scene: &Scene<'_>, now: u64) -> Option<u64> {
    if !sells(scene) {
        return None;
    }
    scene
        .auction
        .first_at_most(market_multiple(scene, 0.004), now, scene.time)
}

/// Bidders: each takes a lot while the auction is under the pool less a margin of his own.
pub fn bid(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Vec<Order> {
    let mut orders = Vec::new();
    if !sells(scene) {
        return orders;
    }
    let (mut auction, mut left) = (*scene.auction, scene.view.for_sale);
    let first = chance.below(BIDDERS.count());
    for step in 0..BIDS_MAX {
        let who = BIDDERS.account(first + step);
        let margin = chance.between(0.0, 0.004);
        let multiple = auction.multiple_at(scene.time);
        let tokens = left.min(auction.lot);
        let worth_it = tokens >= auction.lot / U256::from(LOT_PART_MIN);
        if !worth_it || multiple <= U256::from(WAD) || multiple > market_multiple(scene, margin) {
            break;
        }
        let most: Vec<U256> = price(scene.view, tokens, multiple)
            .iter()
            .map(|cost| cost + cost / U256::from(100))
            .collect();
        let paid = most
            .iter()
            .enumerate()
            .all(|(index, cost)| scene.spend_asset(purse, who, index, *cost));
        if !paid {
            break;
        }
        orders.push(scene.order(who, Deed::Bid { tokens, most }));
        auction.raise(tokens, scene.time);
        left -= tokens;
    }
    orders
}

/// The keeper: closes expired loans, burns lots that reached the floor, adds liquidity near the last price.
pub fn keep(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Order> {
    let who = KEEPER.account(0);
    let mut orders = Vec::new();
    let spec = &scene.stage.tokens[scene.token].spec;
    let clock = scene.pauses.clock(scene.time);
    let expired = |loan: &&Loan| clock >= loan.deadline + u64::from(spec.grace_secs);
    let due: Vec<U256> = scene
        .loans
        .of(scene.token)
        .filter(expired)
        .map(|loan| loan.id)
        .take(FORECLOSED_MAX)
        .collect();
    if !due.is_empty() {
        orders.push(scene.order(who, Deed::Foreclose { loans: due }));
    }
    let at_floor = scene.auction.multiple_at(scene.time) == U256::from(WAD);
    // Burning one lot opens bidding for the others again; a small stock is burned only now and then.
    let stock = scene.view.for_sale / scene.auction.lot.max(U256::ONE);
    if at_floor && (stock >= U256::from(LOTS_REOPEN) || stock >= U256::ONE && chance.happens(0.01))
    {
        orders.push(scene.order(who, Deed::BurnLot));
    }
    if adds_liquidity(scene) {
        orders.push(scene.order(who, Deed::AddLiquidity));
    }
    orders
}

fn adds_liquidity(scene: &Scene<'_>) -> bool {
    let last = scene.last_lot;
    let fresh = last.sold_at != 0 && scene.time <= last.sold_at + LOT_FRESH_SECS;
    let rested = scene.time >= last.liquidity_at + LIQUIDITY_SECS;
    let filled = !scene.view.liquidity_tokens.is_zero() && !scene.view.liquidity_assets.is_zero();
    let at_pool = scene.view.pool_assets * scene.auction.lot;
    let at_lot = last.paid * scene.view.pool_tokens;
    let near = at_pool.abs_diff(at_lot) * U256::from(50) <= at_lot;
    scene.stage.tokens[scene.token].spec.split[2] != 0 && fresh && rested && filled && near
}

/// A borrower who wants cash without selling.
pub fn borrow(scene: &Scene<'_>, purse: &mut Balances, chance: &mut Chance) -> Option<Order> {
    if scene.pauses.is_paused(scene.time) || scene.loans.of(scene.token).count() >= LOANS_MAX {
        return None;
    }
    let who = BORROWERS.account(chance.below(BORROWERS.count()));
    let collateral = part(scene.balance(purse, who), chance.between(0.04, 0.2));
    let share = chance.between(0.5, 1.0);
    let first_only = chance.happens(0.25);
    let principal: Vec<U256> = scene
        .most_principal(collateral)
        .iter()
        .enumerate()
        .map(|(index, most)| {
            if index > 0 && first_only {
                U256::ZERO
            } else {
                part(*most, share)
            }
        })
        .collect();
    // A vanishing loan would cost more than it brings.
    let worth_it = principal
        .first()
        .is_some_and(|first| *first > U256::from(10_000));
    (worth_it && scene.spend_tokens(purse, who, collateral)).then(|| {
        scene.order(
            who,
            Deed::Borrow {
                collateral,
                principal,
            },
        )
    })
}

/// What each borrower of the token does about each of his loans.
pub fn serve(scene: &Scene<'_>, purse: &mut Balances) -> Vec<Order> {
    scene
        .loans
        .of(scene.token)
        .filter_map(|loan| serve_one(scene, loan, purse))
        .collect()
}

fn serve_one(scene: &Scene<'_>, loan: &Loan, purse: &mut Balances) -> Option<Order> {
    let spec = &scene.stage.tokens[scene.token].spec;
    let clock = scene.pauses.clock(scene.time);
    if clock >= loan.deadline + u64::from(spec.grace_secs) {
        return None;
    }
    let left = (loan.deadline.saturating_sub(clock)) as f64 / f64::from(spec.term_secs);
    if left > loan.left || under_water(scene, loan) {
        return None;
    }
    let all = loan.principal.clone();
    let deed = match loan.intent {
        Intent::Default => return None,
        Intent::Repay => Deed::Repay {
            loan: loan.id,
            amounts: all.clone(),
        },
        Intent::RepayInParts => {
            let half = all
                .iter()
                .map(|owed| owed.div_ceil(U256::from(2)))
                .collect();
            Deed::Repay {
                loan: loan.id,
                amounts: half,
            }
        }
        Intent::Extend => Deed::Extend { loan: loan.id },
        Intent::ExtendByBurn => Deed::ExtendByBurn {
            loan: loan.id,
            most: loan.collateral / U256::from(20),
        },
    };
    let pays = !matches!(deed, Deed::ExtendByBurn { .. });
    let paid = !pays
        || all
            .iter()
            .enumerate()
            .all(|(index, owed)| scene.spend_asset(purse, loan.who, index, *owed));
    paid.then(|| scene.order(loan.who, deed))
}

/// Whether the collateral would sell for less than is owed: then walking away is the better choice.
fn under_water(scene: &Scene<'_>, loan: &Loan) -> bool {
    let first = scene.stage.asset(scene.token, 0).base_value();
    let value = |(index, owed): (usize, &U256)| {
        float(*owed) * scene.stage.asset(scene.token, index).base_value() / first
    };
    let owed: f64 = loan.principal.iter().enumerate().map(value).sum();
    let exit = if scene.redeemable() {
        scene.redeem_value()
    } else {
        0.0
    };
    let best = exit.max(scene.view.spot() * scene.sell_left());
    float(loan.collateral) * best < owed * 0.97
}

#[cfg(test)]
mod tests;
