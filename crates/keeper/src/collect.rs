//! From mirrors and calls to what strategies see.

mod accrual;
mod plan;

use std::collections::HashMap;
use std::sync::Arc;

use alloy::primitives::{Address, I256, U256};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::Pair;
use ballast_bindings::peg::PegModule;
use ballast_bindings::prices::IPrices;
use ballast_chain::BlockRef;
use ballast_chain::vaults::{StoredPrice, price_of};
use ballast_model::vaults::PriceState;
use ballast_types::{Price, Wad};
use futures_util::future::{join_all, try_join_all};

pub use accrual::Accrual;
pub use plan::{BookPlan, MarketPlan, PairPlan};

use crate::config::NativePrice;
use crate::error::KeeperError;
use crate::follow::Follower;
use crate::ladder::Line;
use crate::mirror::BookMirror;
use crate::pool::{Hop, Route};
use crate::reader::{Header, Reader};
use crate::sight::{
    AfterPoke, BackstopSight, BookSight, GasPrice, MarketSight, PegSight, PriceSight, Survey,
};

/// How many of the riskiest vaults a redemption looks at.
const RISKIEST: usize = 12;
/// The fault of a source that is too far from the others, as the aggregator numbers them.
const OUTLIER: u8 = 6;
/// Priority fee that gas is weighed with where none is set, wei.
const PRIORITY_WEI: u128 = 1_000_000_000;

/// What is asked of a price besides the price itself.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    stored: StoredPrice,
    survey: Option<Survey>,
}

/// Reads what mirrors do not tell.
#[derive(Debug)]
pub struct Collector {
    reader: Arc<Reader>,
    account: Address,
    plans: Vec<BookPlan>,
    priority_wei: Option<u128>,
    surveys: bool,
    terms: HashMap<(Address, Address), Option<PriceAggregator::AssetTerms>>,
}

impl Collector {
    /// For the keeper `account`. With `surveys`, the sources of every price are asked in every block.
    pub fn new(
        reader: Arc<Reader>,
        account: Address,
        plans: Vec<BookPlan>,
        priority_wei: Option<u128>,
        surveys: bool,
    ) -> Self {
        Self {
            reader,
            account,
            plans,
            priority_wei,
            surveys,
            terms: HashMap::new(),
        }
    }

    /// What is known of each book.
    pub fn plans(&self) -> &[BookPlan] {
        &self.plans
    }

    /// Looks for markets that are new and for pools of those that have none yet.
    ///
    /// # Errors
    /// Of the endpoint, or a configured way that leads nowhere.
    pub async fn discover(
        &mut self,
        follower: &Follower,
        head: &Header,
        again: bool,
    ) -> Result<(), KeeperError> {
        for (plan, mirror) in self.plans.iter_mut().zip(follower.mirrors()) {
            plan.discover(&self.reader, mirror, &head.block, again)
                .await?;
        }
        Ok(())
    }

    /// Everything that takes and clocks depend on, of every book: what is asked first.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn books(
        &mut self,
        follower: &mut Follower,
        head: &Header,
    ) -> Result<Vec<BookSight>, KeeperError> {
        let block = &head.block;
        self.learn_terms(follower, block).await?;
        let mut sights = Vec::new();
        for index in 0..self.plans.len() {
            let (Some(plan), Some(mirror)) = (self.plans.get(index), follower.mirrors().get(index))
            else {
                continue;
            };
            let asked = self.prices(mirror, block);
            let routes = self.routes(plan, block);
            let own = self.balance(plan.address(), self.account, block);
            let (asked, routes, own) = futures_util::try_join!(asked, routes, own)?;
            if let Some(mirror) = follower.mirrors_mut().get_mut(index) {
                for (number, asked) in asked.iter().enumerate() {
                    mirror.set_price(number, asked.stored.view, asked.stored.updated_at);
                }
                sights.push(self.sight(plan, mirror, head, (asked, routes, own))?);
            }
        }
        Ok(sights)
    }

    fn sight(
        &self,
        plan: &BookPlan,
        mirror: &BookMirror,
        head: &Header,
        (asked, routes, own): (Vec<Asked>, Vec<Route>, U256),
    ) -> Result<BookSight, KeeperError> {
        let gas = self.gas(plan, mirror, head);
        let mut markets = Vec::new();
        let each = mirror.markets().iter().zip(asked).zip(routes).enumerate();
        for (number, ((market, asked), route)) in each {
            let line = market.line(head.block.time)?;
            let unhealthy = market.ladder.unhealthy(&line)?;
            let after_poke = match &asked.survey {
                Some(survey) => after_poke(
                    survey,
                    &line,
                    asked.stored,
                    (&market.ladder, unhealthy.len()),
                )?,
                None => None,
            };
            markets.push(MarketSight {
                book: mirror.address(),
                number: u64::try_from(number).unwrap_or(u64::MAX),
                market: market.market,
                updated_at: market.updated_at,
                line,
                unhealthy,
                riskiest: market.ladder.riskiest().take(RISKIEST).collect(),
                after_poke,
                route,
                unit: plan.unit(number),
                survey: asked.survey,
                gas,
            });
        }
        Ok(BookSight {
            address: mirror.address(),
            symbol: plan.symbol().to_owned(),
            now: head.block.time,
            markets,
            deficit: U256::ZERO,
            peg_deficit: U256::ZERO,
            earned: U256::ZERO,
            mintable: U256::ZERO,
            surplus: U256::ZERO,
            surplus_buffer: U256::ZERO,
            own,
            backstop: None,
            peg: None,
            prices: Vec::new(),
            gas,
        })
    }

    /// What gas costs now in the unit of the book: the next block's base fee at most, and the priority fee.
    fn gas(&self, plan: &BookPlan, mirror: &BookMirror, head: &Header) -> GasPrice {
        let mid = |market: u64| {
            let index = usize::try_from(market).ok()?;
            Some(mirror.markets().get(index)?.market.price.mid)
        };
        let native = match plan.native() {
            NativePrice::Fixed(price) => price,
            NativePrice::Market(market) => mid(market).unwrap_or_default(),
            NativePrice::Found => plan.native_market().and_then(mid).unwrap_or_default(),
        };
        let base = head.base_fee_wei;
        let priority = self.priority_wei.unwrap_or(PRIORITY_WEI);
        GasPrice {
            wei: base
                .saturating_add(base.wrapping_shr(3))
                .saturating_add(priority),
            native,
        }
    }

    async fn balance(
        &self,
        token: Address,
        account: Address,
        block: &BlockRef,
    ) -> Result<U256, KeeperError> {
        let call = VaultBook::balanceOfCall { account };
        self.reader.call("balance", token, &call, block).await
    }

    /// The terms of prices never change, so they are asked once.
    async fn learn_terms(
        &mut self,
        follower: &Follower,
        block: &BlockRef,
    ) -> Result<(), KeeperError> {
        if !self.surveys {
            return Ok(());
        }
        for market in follower.mirrors().iter().flat_map(BookMirror::markets) {
            let (prices, asset) = (market.market.terms.prices, market.market.terms.collateral);
            self.learn(prices, asset, block).await?;
        }
        Ok(())
    }

    async fn learn(
        &mut self,
        prices: Address,
        asset: Address,
        block: &BlockRef,
    ) -> Result<(), KeeperError> {
        if self.terms.contains_key(&(prices, asset)) {
            return Ok(());
        }
        let call = PriceAggregator::termsOfCall { asset };
        let answer = self.reader.call("price terms", prices, &call, block).await;
        let terms = match answer {
            Ok(terms) => Some(terms),
            // Prices may come from another contract than the aggregator, of which nothing more is known.
            Err(KeeperError::Chain(error)) if error.revert().is_some() => None,
            Err(error) => return Err(error),
        };
        self.terms.insert((prices, asset), terms);
        Ok(())
    }

    /// Prices of the custody token and of the synthetic itself, where the book's own prices know them.
    async fn others(
        &mut self,
        index: usize,
        block: &BlockRef,
    ) -> Result<Vec<PriceSight>, KeeperError> {
        let plan = self.plans.get(index).filter(|_| self.surveys);
        let Some((book, prices, peg)) =
            plan.map(|plan| (plan.address(), plan.prices(), plan.peg()))
        else {
            return Ok(Vec::new());
        };
        let mut assets = vec![book];
        if let Some(peg) = peg {
            let call = PegModule::custodyTokenCall {};
            assets.push(self.reader.call("custody token", peg, &call, block).await?);
        }
        let mut sights = Vec::new();
        for asset in assets {
            self.learn(prices, asset, block).await?;
            if !matches!(self.terms.get(&(prices, asset)), Some(Some(_))) {
                continue;
            }
            let asked = self.asked(prices, asset, block).await?;
            sights.push(PriceSight {
                prices,
                asset,
                view: asked.stored.view,
                updated_at: asked.stored.updated_at,
                survey: asked.survey,
            });
        }
        Ok(sights)
    }

    async fn prices(
        &self,
        mirror: &BookMirror,
        block: &BlockRef,
    ) -> Result<Vec<Asked>, KeeperError> {
        let asked = mirror.markets().iter().map(|market| {
            let (prices, asset) = (market.market.terms.prices, market.market.terms.collateral);
            self.asked(prices, asset, block)
        });
        try_join_all(asked).await
    }

    async fn asked(
        &self,
        prices: Address,
        asset: Address,
        block: &BlockRef,
    ) -> Result<Asked, KeeperError> {
        let call = IPrices::priceCall { asset };
        let stored = self.reader.call("price", prices, &call, block);
        let (stored, survey) = futures_util::try_join!(stored, self.survey(prices, asset, block))?;
        Ok(Asked {
            stored: price_of(&stored),
            survey,
        })
    }

    async fn survey(
        &self,
        prices: Address,
        asset: Address,
        block: &BlockRef,
    ) -> Result<Option<Survey>, KeeperError> {
        let Some(Some(terms)) = self.terms.get(&(prices, asset)) else {
            return Ok(None);
        };
        let call = PriceAggregator::surveyCall { asset };
        match self.reader.call("price survey", prices, &call, block).await {
            Ok(readings) => Ok(Some(survey_of(terms, &readings))),
            Err(KeeperError::Chain(error)) if error.revert().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn routes(&self, plan: &BookPlan, block: &BlockRef) -> Result<Vec<Route>, KeeperError> {
        let routes = plan.markets().iter().map(|market| async {
            let hops = market.pairs.iter().map(|pair| self.hop(pair, block));
            let hops = join_all(hops).await;
            // A pair that fails is a way that is not there.
            let hops: Option<Vec<Hop>> = hops
                .into_iter()
                .collect::<Result<Option<Vec<Hop>>, KeeperError>>()?;
            Ok::<Route, KeeperError>(Route {
                hops: hops.unwrap_or_default(),
            })
        });
        try_join_all(routes).await
    }

    async fn hop(&self, pair: &PairPlan, block: &BlockRef) -> Result<Option<Hop>, KeeperError> {
        let call = Pair::getReservesCall {};
        let seen = match self.reader.call("pool", pair.address, &call, block).await {
            Ok(seen) => seen,
            Err(KeeperError::Chain(error)) if error.revert().is_some() => return Ok(None),
            Err(error) => return Err(error),
        };
        let (zero, one) = (U256::from(seen.reserve0), U256::from(seen.reserve1));
        let (reserve_in, reserve_out) = if pair.sells_first {
            (zero, one)
        } else {
            (one, zero)
        };
        let full = !reserve_in.is_zero() && !reserve_out.is_zero();
        Ok(full.then_some(Hop {
            pair: pair.address,
            fee_bps: pair.fee_bps,
            reserve_in,
            reserve_out,
        }))
    }

    /// What the rest depends on: sums, surplus, backstop, peg, and the prices of other than collateral.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn sums(
        &mut self,
        sights: &mut [BookSight],
        head: &Header,
    ) -> Result<(), KeeperError> {
        let block = &head.block;
        for (plan, sight) in self.plans.iter().zip(sights.iter_mut()) {
            let book = plan.address();
            let ask = &self.reader;
            let (totals, peg_deficit, supply, surplus, buffer, mintable) = futures_util::try_join!(
                ask.call("totals", book, &VaultBook::totalsCall {}, block),
                ask.call("peg deficit", book, &VaultBook::pegDeficitCall {}, block),
                ask.call("supply", book, &VaultBook::totalSupplyCall {}, block),
                self.balance(book, book, block),
                ask.call(
                    "surplus buffer",
                    book,
                    &VaultBook::surplusBufferCall {},
                    block
                ),
                ask.call("collection", book, &VaultBook::collectCall {}, block),
            )?;
            let claims = totals
                .debt
                .saturating_add(totals.deficit)
                .saturating_add(totals.pegLedger);
            sight.deficit = totals.deficit;
            sight.peg_deficit = peg_deficit;
            sight.earned = claims.saturating_sub(supply);
            (sight.surplus, sight.surplus_buffer) = (surplus, buffer);
            sight.mintable = mintable;
            sight.backstop = self.backstop(plan, block).await?;
            sight.peg = self.peg(plan, block).await?;
        }
        for (index, sight) in sights.iter_mut().enumerate() {
            sight.prices = self.others(index, block).await?;
        }
        Ok(())
    }

    async fn backstop(
        &self,
        plan: &BookPlan,
        block: &BlockRef,
    ) -> Result<Option<BackstopSight>, KeeperError> {
        let Some(address) = plan.backstop() else {
            return Ok(None);
        };
        let ask = &self.reader;
        let (accounts, shares, held) = futures_util::try_join!(
            ask.call("backstop", address, &Backstop::accountsCall {}, block),
            ask.call(
                "backstop shares",
                address,
                &Backstop::totalSupplyCall {},
                block
            ),
            self.balance(plan.address(), address, block),
        )?;
        let booked = accounts
            .cash
            .saturating_add(accounts.dripping)
            .saturating_add(accounts.entering)
            .saturating_add(accounts.owed);
        Ok(Some(BackstopSight {
            address,
            cash: accounts.cash,
            arrived: held.saturating_sub(booked),
            has_holders: !shares.is_zero(),
        }))
    }

    async fn peg(
        &self,
        plan: &BookPlan,
        block: &BlockRef,
    ) -> Result<Option<PegSight>, KeeperError> {
        let Some(address) = plan.peg() else {
            return Ok(None);
        };
        let answer = self
            .reader
            .call("mark", address, &PegModule::markCall {}, block)
            .await;
        let mark: Option<I256> = match answer {
            Ok(loss) => Some(loss),
            Err(KeeperError::Chain(error)) if error.revert().is_some() => None,
            Err(error) => return Err(error),
        };
        Ok(Some(PegSight { address, mark }))
    }
}

/// The vaults that a poke would make unhealthy, where it would make more so or end an unsafe time.
fn after_poke(
    survey: &Survey,
    line: &Line,
    stored: StoredPrice,
    (ladder, now): (&crate::ladder::Ladder, usize),
) -> Result<Option<AfterPoke>, KeeperError> {
    let mid = survey.mid_after(stored.view.mid);
    if survey.live < survey.least || mid.is_zero() {
        return Ok(None);
    }
    let after = Line { mid, ..*line };
    let unhealthy = ladder.unhealthy(&after)?;
    let news = unhealthy.len() > now || stored.view.state > PriceState::Stepped;
    Ok((news && !unhealthy.is_empty()).then_some(AfterPoke { mid, unhealthy }))
}

/// What sources say, as a poke would weigh it.
fn survey_of(terms: &PriceAggregator::AssetTerms, readings: &[PriceAggregator::Reading]) -> Survey {
    let small = |word: U256| u64::try_from(word).unwrap_or(u64::MAX);
    let live = readings.iter().filter(|reading| reading.fault == 0).count();
    // An outlier is one by the median of all that answered, itself included.
    let answered = readings
        .iter()
        .filter(|reading| reading.fault == 0 || reading.fault == OUTLIER);
    let mut mids: Vec<U256> = answered.map(|reading| reading.mid).collect();
    mids.sort_unstable();
    Survey {
        live,
        least: usize::try_from(terms.minSources).unwrap_or(usize::MAX),
        median: Price::new(median(&mids)),
        max_age_secs: small(terms.maxAgeSecs),
        deviation: Wad::new(terms.deviation),
        max_step: Wad::new(terms.maxStep),
        step_window_secs: small(terms.stepWindowSecs),
    }
}

/// The middle of a sorted list, the mean of the middle two where it is even, zero where it is empty.
fn median(sorted: &[U256]) -> U256 {
    let half = sorted.len().wrapping_shr(1);
    let above = sorted.get(half).copied().unwrap_or_default();
    if sorted.len().wrapping_shr(1).wrapping_shl(1) != sorted.len() {
        return above;
    }
    let below = half.checked_sub(1).and_then(|below| sorted.get(below));
    let below = below.copied().unwrap_or_default();
    below.saturating_add(above).wrapping_shr(1)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::median;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_two() {
        let of = |list: &[u64]| median(&list.iter().map(|n| U256::from(*n)).collect::<Vec<_>>());
        assert_eq!(of(&[]), U256::ZERO);
        assert_eq!(of(&[7]), U256::from(7));
        assert_eq!(of(&[4, 8]), U256::from(6));
        assert_eq!(of(&[1, 5, 9]), U256::from(5));
        assert_eq!(of(&[1, 5, 8, 9]), U256::from(6));
    }
}
