//! One synthetic under play: everybody decides, a block is mined, what happened is entered and held against the model.

use alloy::primitives::{Address, U256};
use alloy::rpc::types::TransactionReceipt;
use alloy::sol_types::{SolCall, SolEventInterface};
use ballast_bindings::aggregator::PriceAggregator::PriceAggregatorEvents;
use ballast_bindings::book::VaultBook;
use ballast_bindings::book::VaultBook::VaultBookEvents;
use ballast_bindings::peg::PegModule;
use ballast_bindings::prices::IPrices;
use ballast_chain::vaults::state_of;
use ballast_model::vaults::PriceState;

use super::driver::{Driver, Scene};
use super::eyes::{Sights, look};
use super::feeder::Feeder;
use super::mirror::{Event, Mirror};
use super::owners::{Deed, Sight, wish};
use super::scenario::{Gas, Tick};
use super::stage::{Block, Owner, Stage};
use super::taker;
use super::tally::Tally;
use super::traders::{Mood, Traders};
use super::world::{DECIMALS, base, wei, whole};
use crate::market::{Mined, Node, Read, Tx};

const GAS_ADJUST: u64 = 400_000;

/// Who wants a transaction, for counting and for what follows when it lands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    /// The owner of that number.
    Owner(usize, Deed),
    /// A provider of prices beside the nodes.
    Provider,
    /// A market maker.
    Maker,
    /// A redeemer.
    Redeemer,
    /// Who holds the synthetic and sells it dear.
    Holder,
    /// Half of a trade beside the chain.
    Exchange,
    /// Who mints what is dear.
    Minter,
    /// Whoever does what anybody may.
    Warden,
    /// Oracle or keeper inside this program.
    Service,
}

impl Who {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner(_, Deed::Add(_)) => "owner adds",
            Self::Owner(_, Deed::Repay(_)) => "owner repays",
            Self::Owner(_, Deed::Borrow(_)) => "owner borrows",
            Self::Provider => "provider",
            Self::Maker => "market maker",
            Self::Redeemer => "redeemer",
            Self::Holder => "holder",
            Self::Exchange => "exchange",
            Self::Minter => "minter",
            Self::Warden => "warden",
            Self::Service => "service",
        }
    }
}

/// A transaction that somebody wants.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who.
    pub who: Who,
    /// The transaction.
    pub tx: Tx,
}

/// What an owner has beside his vault.
#[derive(Clone, Copy, Debug, Default)]
struct Beside {
    reserve: f64,
    cash: f64,
    waiting: bool,
}

/// Gas where none is recorded: every offer will do.
pub const CHEAP: Gas = Gas {
    time: 0,
    p30: 2.0,
    p60: 3.0,
    p90: 20.0,
    assumed: false,
};

/// One synthetic under play.
#[derive(Debug)]
pub struct Field<D> {
    /// What it is played on.
    pub stage: Stage,
    /// The book in the model.
    pub mirror: Mirror,
    /// What is counted.
    pub tally: Tally,
    /// Who reports and takes.
    pub driver: D,
    sights: Sights,
    traders: Traders,
    providers: Feeder,
    beside: Vec<Beside>,
    /// Orders that offer too little for gas so far.
    waiting: Vec<Order>,
    calm: Gas,
    gas: Gas,
    prices: Vec<f64>,
    custody: Option<f64>,
    now: u64,
    liq_ltv: f64,
}

impl<D: Driver> Field<D> {
    /// Enters the blocks of the set-up and looks around.
    ///
    /// # Errors
    /// Where the chain does not answer or the model cannot follow.
    pub async fn open(
        node: &Node,
        stage: Stage,
        blocks: &[Block],
        (driver, seed): (D, u64),
        calm: Gas,
    ) -> eyre::Result<Self> {
        let mut mirror = Mirror::new(stage.subject.clone())?;
        let mut now = stage.subject.created_at;
        for block in blocks.iter().filter(|block| block.time >= now) {
            mirror.begin(number(&block.receipts), block.time)?;
            enter_logs(&mut mirror, &block.receipts);
        }
        if let Some(last) = blocks.last() {
            now = last.time;
        }
        let sights = look(node, &stage).await?;
        let beside = stage.owners.iter().map(beginning).collect();
        let terms = stage.subject.markets.first().map(|market| market.0);
        let liq_ltv = terms.map_or(0.8, |terms| whole(terms.liq_ltv.get()));
        let deviation = whole(stage.subject.deviation);
        Ok(Self {
            traders: Traders::new(&stage, &sights, seed),
            providers: Feeder::new(&stage, deviation, seed ^ 1),
            tally: Tally::new(stage.collaterals.len()),
            mirror,
            driver,
            sights,
            beside,
            waiting: Vec::new(),
            calm,
            gas: calm,
            prices: Vec::new(),
            custody: None,
            now,
            liq_ltv,
            stage,
        })
    }

    /// Everything that people want at a moment of the path, as far as it pays for its gas.
    ///
    /// # Errors
    /// Where a venue cannot be told.
    pub async fn moment(&mut self, tick: &Tick, gas: Gas) -> eyre::Result<Vec<Order>> {
        (self.gas, self.custody) = (gas, tick.custody);
        self.prices.clone_from(&tick.prices);
        self.traders.pass(&tick.prices);
        let all = self.all_prices();
        self.driver.tell(&self.stage, &all, tick.time).await?;
        let urgent = wei(gas.p90 * 1.2);
        let said = self.providers.provide(&self.stage, &all, tick.time);
        let mut orders: Vec<Order> = said
            .into_iter()
            .map(|tx| order(Who::Provider, tx.offering(urgent)))
            .collect();
        self.owners_wish();
        let mood = self.mood();
        let trades = self.trades(mood);
        let quiet = trades.is_empty();
        orders.extend(trades);
        let backed = self.backed();
        let (stage, sights) = (&self.stage, &self.sights);
        let moved = self.traders.liquidity(stage, sights, mood);
        orders.extend(moved.into_iter().map(|tx| order(Who::Maker, tx)));
        let worth = self.traders.worth(sights, backed);
        let traded = self.traders.exchange(stage, sights, &self.prices, worth);
        let urgent = wei(gas.p90 * 1.2);
        orders.extend(
            traded
                .into_iter()
                .map(|tx| order(Who::Exchange, tx.offering(urgent))),
        );
        let place = (&self.prices[..], worth);
        let minted = self.traders.mint(stage, sights, &self.mirror, place, mood);
        orders.extend(minted.into_iter().map(|tx| order(Who::Minter, tx)));
        let sold = match quiet {
            true => self.traders.hold(stage, sights, &self.prices, mood),
            false => Vec::new(),
        };
        orders.extend(sold.into_iter().map(|tx| order(Who::Holder, tx)));
        let redeemed = self
            .traders
            .redeem(stage, sights, &self.mirror, &self.prices, mood);
        orders.extend(redeemed.into_iter().map(|tx| order(Who::Redeemer, tx)));
        Ok(self.affordable(orders))
    }

    /// What services want in the block of a moment itself, at `time`.
    ///
    /// # Errors
    /// As [`Driver::act`].
    pub async fn follow_at(&mut self, time: u64) -> eyre::Result<Vec<Order>> {
        self.now = time;
        self.follow().await
    }

    /// What services want after the newest block, and who trades on what it did.
    ///
    /// # Errors
    /// As [`Driver::act`].
    pub async fn follow(&mut self) -> eyre::Result<Vec<Order>> {
        let prices = self.all_prices();
        let scene = Scene {
            stage: &self.stage,
            sights: &self.sights,
            mirror: &self.mirror,
            prices: &prices,
            gas: self.gas,
            worth: self.traders.worth(&self.sights, self.backed()),
            now: self.now,
        };
        let sent = self.driver.act(&scene).await?;
        let mut orders: Vec<Order> = sent.into_iter().map(|tx| order(Who::Service, tx)).collect();
        let urgent = wei(self.gas.p90 * 1.2);
        let mut done = taker::warden(&self.stage, &self.sights, &self.mirror, self.custody);
        done.extend(taker::stop_clocks(&self.stage, &self.mirror));
        orders.extend(
            done.into_iter()
                .map(|tx| order(Who::Warden, tx.offering(urgent))),
        );
        let busy = !orders.is_empty() || self.driver.has_sent();
        if busy {
            let trades = self.trades(self.mood());
            orders.extend(trades);
        }
        Ok(self.affordable(orders))
    }

    fn all_prices(&self) -> Vec<f64> {
        self.prices.iter().copied().chain(self.custody).collect()
    }

    fn mood(&self) -> Mood {
        Mood {
            fee_now: self.gas.p90,
            congestion: self.gas.p60 / self.calm.p60.max(1e-9),
        }
    }

    fn trades(&mut self, mood: Mood) -> Vec<Order> {
        let backed = self.backed();
        let worth = self.traders.worth(&self.sights, backed);
        let (stage, sights) = (&self.stage, &self.sights);
        let txs = self.traders.make(stage, sights, &self.prices, worth, mood);
        txs.into_iter().map(|tx| order(Who::Maker, tx)).collect()
    }

    /// What stands behind a synthetic at the market's own prices, at most one.
    fn backed(&self) -> f64 {
        let [debt, _, ledger] = self.sights.totals.map(whole);
        let supply = whole(self.sights.supply).max(1.0);
        let custody = ledger * self.custody.unwrap_or(1.0).min(1.0);
        ((debt + custody) / supply).min(1.0)
    }

    /// New wishes of owners who have none that waits.
    fn owners_wish(&mut self) {
        for index in 0..self.stage.owners.len() {
            if self.beside[index].waiting {
                continue;
            }
            let owner = &self.stage.owners[index];
            let Some(sight) = self.sight_of(owner, self.beside[index]) else {
                continue;
            };
            let Some(wished) = wish(owner.beginning.temper, &sight) else {
                continue;
            };
            let tx = self.adjust(owner, wished.deed);
            self.beside[index].waiting = true;
            self.waiting.push(order(
                Who::Owner(index, wished.deed),
                tx.offering(wei(wished.fee_gwei)),
            ));
        }
    }

    fn sight_of(&self, owner: &Owner, beside: Beside) -> Option<Sight> {
        let vault = self.mirror.model.vault(owner.market, owner.account);
        if vault.norm.is_zero() {
            return None;
        }
        let debt = self
            .mirror
            .model
            .debt_of(owner.market, owner.account)
            .ok()?;
        Some(Sight {
            price: *self.prices.get(owner.market)?,
            liq_ltv: self.liq_ltv,
            collateral: whole(vault.collateral.get()),
            debt: whole(debt.get()),
            reserve: beside.reserve,
            cash: beside.cash,
            fee_now: self.gas.p90,
            fee_calm: self.calm.p90,
            may_borrow: self.mirror.price(owner.market).state == PriceState::Safe,
        })
    }

    fn adjust(&self, owner: &Owner, deed: Deed) -> Tx {
        let (collateral, debt) = match deed {
            Deed::Add(amount) => (amount, 0.0),
            Deed::Repay(amount) => (0.0, -amount),
            Deed::Borrow(amount) => (0.0, amount),
        };
        let magnitude = base(debt.abs() * 0.999, DECIMALS)
            .try_into()
            .unwrap_or_default();
        let call = VaultBook::adjustCall {
            market: U256::from(owner.market),
            dCollateral: base(collateral * 0.999, DECIMALS)
                .try_into()
                .unwrap_or_default(),
            dDebt: if debt < 0.0 {
                alloy::primitives::I256::ZERO - magnitude
            } else {
                magnitude
            },
        };
        Tx::call(
            owner.account,
            self.stage.book(),
            call.abi_encode(),
            GAS_ADJUST,
        )
    }

    /// What offers enough for its gas now; the rest of what waits goes on waiting, anything else is given up.
    fn affordable(&mut self, orders: Vec<Order>) -> Vec<Order> {
        // A transaction's place in its block costs it some wei.
        let least = wei(self.gas.p60) + 10_000;
        let enough = |order: &Order| order.tx.fee_wei.is_none_or(|fee| fee >= least);
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(enough);
        self.waiting = later;
        let mut all: Vec<Order> = orders.into_iter().filter(enough).collect();
        all.extend(now);
        all
    }

    /// Whether services have sent what waits for the next block.
    pub fn has_sent(&self) -> bool {
        self.driver.has_sent()
    }

    /// Least that a block asks for gas now, wei.
    pub fn base_fee(&self) -> u128 {
        wei(self.gas.p60)
    }

    /// Enters a block at `time` in which `orders` were the first transactions given, in their order.
    ///
    /// # Errors
    /// Where the chain does not answer or the model cannot follow.
    pub async fn enter(
        &mut self,
        node: &Node,
        orders: &[Order],
        own: &[TransactionReceipt],
        (mined, time): (&Mined, u64),
    ) -> eyre::Result<()> {
        self.states_before(node, mined, time).await?;
        self.peg_backing(node).await?;
        self.mirror.begin(number(&mined.all), time)?;
        self.now = time;
        enter_logs(&mut self.mirror, &mined.all);
        for (order, receipt) in orders.iter().zip(own) {
            self.landed(node, order, receipt).await?;
        }
        self.sights = look(node, &self.stage).await?;
        self.compare(node).await?;
        let prices = self.prices.clone();
        self.tally.enter(&self.mirror, &self.sights, &prices, time);
        Ok(())
    }

    async fn landed(
        &mut self,
        node: &Node,
        order: &Order,
        receipt: &TransactionReceipt,
    ) -> eyre::Result<()> {
        if let Who::Owner(index, deed) = order.who {
            let beside = &mut self.beside[index];
            beside.waiting = false;
            if receipt.status() {
                match deed {
                    Deed::Add(amount) => beside.reserve -= amount,
                    Deed::Repay(amount) => beside.cash -= amount,
                    // What a leveraged owner borrows he sells at once.
                    Deed::Borrow(_) => {}
                }
            }
        }
        if receipt.status() {
            self.tally.did(order.who.name());
            return Ok(());
        }
        let why = node.why(receipt.transaction_hash).await?;
        self.tally.refused(order.who.name(), &why);
        Ok(())
    }

    /// For prices that are neither safe nor stepped, what they are good for in the block at `time`: before its own
    /// transactions that is the state of its parent at this time, and after one that found too few sources its own.
    async fn states_before(&mut self, node: &Node, mined: &Mined, time: u64) -> eyre::Result<()> {
        let max_age = self.stage.subject.max_age_secs;
        for (index, one) in self.stage.collaterals.iter().enumerate() {
            let stored = self.mirror.stored[index];
            let fresh = stored.state_at(time, max_age, PriceState::Grace) != PriceState::Grace;
            if fresh && !became_unsafe(mined, self.stage.prices, one.token) {
                self.mirror.states[index] = PriceState::Grace;
                continue;
            }
            let call = IPrices::priceCall { asset: one.token };
            let reads: [Read; 1] = [(self.stage.prices, call.abi_encode())];
            let tip = node.tip().await?;
            let at = if fresh { tip } else { tip.saturating_sub(1) };
            let answers = node.read_at(&reads, at, time).await?;
            let answer = answers.first().cloned().unwrap_or_default();
            let seen = IPrices::priceCall::abi_decode_returns(&answer)?;
            self.mirror.states[index] = state_of(seen.state);
        }
        Ok(())
    }

    /// What the peg module's custody is worth, as the chain says.
    async fn peg_backing(&mut self, node: &Node) -> eyre::Result<()> {
        let Some(peg) = self.stage.peg() else {
            return Ok(());
        };
        let ledger = self.mirror.model.sums().peg_ledger.get();
        let call = PegModule::backingCall { ledger };
        let answers = node.read(&[(peg, call.abi_encode())]).await?;
        let answer = answers.first().cloned().unwrap_or_default();
        let backing = PegModule::backingCall::abi_decode_returns(&answer)?;
        self.mirror.set_peg_backing(backing);
        Ok(())
    }

    /// Vaults that changed, sums and prices, held against the chain.
    async fn compare(&mut self, node: &Node) -> eyre::Result<()> {
        let touched = std::mem::take(&mut self.mirror.touched);
        super::compare::newest(node, &self.stage, &mut self.mirror, &self.sights, &touched).await
    }

    /// Every vault, and that all sums are exact.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn close(&mut self, node: &Node) -> eyre::Result<()> {
        // Blocks in which nobody touched a synthetic were not entered, yet interest grew in them.
        let tip = node.endpoint().tip().await?;
        self.mirror.begin(tip.number, tip.time.get())?;
        self.sights = look(node, &self.stage).await?;
        let all = self.mirror.model.vaults().map(|(key, _)| key).collect();
        super::compare::newest(node, &self.stage, &mut self.mirror, &self.sights, &all).await?;
        if let Err(violation) = ballast_model::vaults::invariants::check_state(&self.mirror.model) {
            self.mirror.differ(|| violation.to_string());
        }
        self.tally.end(self.now, self.waiting.len());
        Ok(())
    }
}

fn order(who: Who, tx: Tx) -> Order {
    Order { who, tx }
}

fn beginning(owner: &Owner) -> Beside {
    let one = &owner.beginning;
    Beside {
        reserve: one.reserve,
        cash: one.debt * one.kept,
        waiting: false,
    }
}

fn number(receipts: &[TransactionReceipt]) -> u64 {
    receipts
        .first()
        .and_then(|receipt| receipt.block_number)
        .unwrap_or_default()
}

/// Whether too few sources of `asset` agreed in a block.
fn became_unsafe(mined: &Mined, prices: Address, asset: Address) -> bool {
    let mut logs = mined.all.iter().flat_map(|receipt| receipt.inner.logs());
    logs.any(|log| {
        log.address() == prices
            && PriceAggregatorEvents::decode_log(&log.inner).is_ok_and(|event| {
                matches!(event.data, PriceAggregatorEvents::BecameUnsafe(event) if event.asset == asset)
            })
    })
}

/// Lets the mirror do again what the receipts of one block tell.
pub fn enter_logs(mirror: &mut Mirror, receipts: &[TransactionReceipt]) {
    let (book, prices) = (mirror.subject.book, mirror.subject.prices);
    for receipt in receipts {
        let mut events = Vec::new();
        for log in receipt.inner.logs() {
            if log.address() == book {
                if let Ok(event) = VaultBookEvents::decode_log(&log.inner) {
                    events.push(Event::Book(Box::new(event.data)));
                }
            } else if log.address() == prices
                && let Ok(event) = PriceAggregatorEvents::decode_log(&log.inner)
            {
                events.push(Event::Price(Box::new(event.data)));
            }
        }
        if !events.is_empty() {
            mirror.transaction(&events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Who};

    #[test]
    fn every_actor_has_a_name_of_its_own() {
        let all = [
            Who::Owner(0, Deed::Add(1.0)),
            Who::Owner(0, Deed::Repay(1.0)),
            Who::Owner(0, Deed::Borrow(1.0)),
            Who::Provider,
            Who::Maker,
            Who::Redeemer,
            Who::Holder,
            Who::Exchange,
            Who::Minter,
            Who::Warden,
            Who::Service,
        ];
        let mut names: Vec<&str> = all.iter().map(|who| who.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
    }
}
