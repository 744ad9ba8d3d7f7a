//! What a token's figures look like in an answer.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use ballast_store::{AssetFacts, Floor, FloorPeriod, Price, PricePeriod};
use serde::Serialize;
use utoipa::ToSchema;

use crate::figures::{TokenState, change_bps};
use crate::options::bound;
use crate::problem::Problem;
use crate::snapshot::Snapshot;
use crate::wire::{Addr, Word, words};
use ballast_store::Column;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;

/// A backing asset.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssetRef {
    /// Its contract.
    pub address: Addr,
    /// Its name; its address where it has none.
    pub name: String,
    /// Its symbol; its address where it has none.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u64,
}

impl From<&AssetFacts> for AssetRef {
    fn from(facts: &AssetFacts) -> Self {
        Self {
            address: facts.asset.into(),
            name: facts.name.clone(),
            symbol: facts.symbol.clone(),
            decimals: facts.decimals,
        }
    }
}

/// Where a figure comes from and how to compute it again, at the block of the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Source {
    /// How the figure is known; `on-chain` for every one here.
    pub tier: String,
    /// The contract that knows.
    pub contract: Addr,
    /// What to ask it.
    pub call: String,
    /// The command that shows it.
    pub command: String,
    /// How the figure follows from the call's answer, where it is not the answer itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
}

/// Sources by the name of the figure.
pub type Sources = BTreeMap<String, Source>;

/// One source.
pub(crate) fn source(
    contract: impl Into<Addr>,
    call: impl Into<String>,
    command: impl Into<String>,
    formula: Option<&str>,
) -> Source {
    Source {
        tier: "on-chain".to_owned(),
        contract: contract.into(),
        call: call.into(),
        command: format!("{} --rpc URL", command.into()),
        formula: formula.map(str::to_owned),
    }
}

/// A height with its time.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Moment {
    /// Height.
    pub block: u64,
    /// Unix seconds.
    pub time: u64,
}

/// How a figure changed, in basis points; null where the token is younger than that.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Change {
    /// Over the last day.
    pub day: Option<i64>,
    /// Over the last week.
    pub week: Option<i64>,
}

/// A small series for a small chart.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Spark {
    /// Unix seconds.
    pub times: Vec<u64>,
    /// The floor of asset 0 at each, in wad.
    pub floor_wad: Vec<Word>,
    /// The market price at each, in wad; null before the first.
    pub market_wad: Vec<Option<Word>>,
}

/// A token in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenSummary {
    /// Its contract.
    pub token: Addr,
    /// Its reserve.
    pub reserve: Addr,
    /// Its converter, where trading is taxed.
    pub converter: Option<Addr>,
    /// Its first pool.
    pub pool: Option<Addr>,
    /// What locks that pool's liquidity.
    pub lock: Option<Addr>,
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Always 18.
    pub decimals: u64,
    /// The backing model; `accrual` for every one here.
    pub model: String,
    /// When it was launched.
    pub launched: Moment,
    /// The backing assets, in the reserve's order.
    pub assets: Vec<AssetRef>,
    /// Token base units in existence.
    pub supply: Word,
    /// Those that share in the backing: supply less what nobody can move.
    pub claims: Word,
    /// Whole units of each asset behind a whole token, in wad.
    pub floor_wad: Vec<Word>,
    /// The pool's price in asset 0 per whole token, in wad; null without a pool.
    pub market_wad: Option<Word>,
    /// Market over floor less one, in basis points; null with several assets or without a market.
    pub premium_bps: Option<i64>,
    /// Cash over what free holders could claim, the least over assets, in wad; null where that is nothing.
    pub coverage_wad: Option<Word>,
    /// How the floor of asset 0 changed.
    pub floor_change_bps: Change,
    /// How the market price changed; null without a market.
    pub market_change_bps: Option<Change>,
    /// Addresses with more than nothing.
    pub holders: u64,
    /// Loans not repaid and not foreclosed.
    pub loans_open: u64,
    /// Until when entries are paused, unix seconds; 0 where they are not.
    pub paused_until: u64,
    /// The last week, or the whole life where that is shorter.
    pub spark: Spark,
}

/// Counts that stand beside a token's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub holders: u64,
    pub loans_open: u64,
}

/// The summary of a token, with what it reads of the past.
pub(crate) async fn summary(
    snapshot: &Snapshot,
    state: &TokenState,
    counts: Counts,
) -> Result<TokenSummary, Problem> {
    let (floors, market) = (state.floors_wad()?, state.market_wad()?);
    let token = &state.token;
    let floor = floors.first().copied().unwrap_or_default();
    let address = token.token.to_value();
    let (mut floor_change, mut market_change) = (Change::default(), Change::default());
    for (age, is_day) in [(DAY, true), (WEEK, false)] {
        let then = state.now.saturating_sub(age);
        let key = || vec![address.clone(), then.to_value()];
        let old = snapshot.find::<Floor>("before", key()).await?;
        let old = old.first().and_then(|old| old.floors.first().copied());
        let change = old.and_then(|old| change_bps(old, floor));
        let sold = snapshot.find::<Price>("before", key()).await?;
        let sold = sold.first().map(|old| old.price_wad);
        let moved = sold.zip(market).and_then(|(old, new)| change_bps(old, new));
        if is_day {
            (floor_change.day, market_change.day) = (change, moved);
        } else {
            (floor_change.week, market_change.week) = (change, moved);
        }
    }
    Ok(TokenSummary {
        token: token.token.into(),
        reserve: token.reserve.into(),
        converter: token.converter.map(Addr),
        pool: token.pool.map(Addr),
        lock: token.liquidity_lock.map(Addr),
        name: state.facts.name.clone(),
        symbol: state.facts.symbol.clone(),
        decimals: 18,
        model: "accrual".to_owned(),
        launched: Moment {
            block: token.block,
            time: token.time,
        },
        assets: state.assets.iter().map(AssetRef::from).collect(),
        supply: state.supply.supply.into(),
        claims: state.claims()?.into(),
        floor_wad: words(&floors),
        market_wad: market.map(Word),
        premium_bps: state.premium_bps()?,
        coverage_wad: state.coverage_wad()?.map(Word),
        floor_change_bps: floor_change,
        market_change_bps: market.map(|_| market_change),
        holders: counts.holders,
        loans_open: counts.loans_open,
        paused_until: state.paused_until(),
        spark: spark(snapshot, state, floor, market).await?,
    })
}

/// Values in the order of time, each holding until the next.
struct Steps(Vec<(u64, U256)>);

impl Steps {
    fn at(&self, time: u64) -> Option<U256> {
        let after = self.0.partition_point(|(at, _)| *at <= time);
        let last = after.checked_sub(1)?;
        self.0.get(last).map(|(_, value)| *value)
    }
}

async fn spark(
    snapshot: &Snapshot,
    state: &TokenState,
    floor: U256,
    market: Option<U256>,
) -> Result<Spark, Problem> {
    let start = state.now.saturating_sub(WEEK).max(state.token.time);
    let length = state.now.saturating_sub(start);
    // Hours are fine enough for a week, not for a morning.
    let (floors, prices) = if length > 2 * DAY {
        hourly(snapshot, state, start).await?
    } else {
        eventful(snapshot, state, start).await?
    };
    let mut spark = Spark::default();
    let steps = bound::SPARK_MAX.saturating_sub(1).min(length.max(1));
    for step in 0..steps {
        let time = start.saturating_add(length.saturating_mul(step) / steps.max(1));
        if let Some(value) = floors.at(time) {
            spark.times.push(time);
            spark.floor_wad.push(value.into());
            spark.market_wad.push(prices.at(time).map(Word));
        }
    }
    spark.times.push(state.now);
    spark.floor_wad.push(floor.into());
    spark.market_wad.push(market.map(Word));
    Ok(spark)
}

/// Closing values of the hours since `start`, each from the hour's end on, and the last one before.
async fn hourly(
    snapshot: &Snapshot,
    state: &TokenState,
    start: u64,
) -> Result<(Steps, Steps), Problem> {
    let token = state.token.token.to_value();
    let from = (start - start % HOUR).saturating_sub(HOUR);
    let rows = (WEEK / HOUR).saturating_add(3);
    let key = vec![
        token.clone(),
        HOUR.to_value(),
        from.to_value(),
        state.now.to_value(),
        rows.to_value(),
    ];
    let before = vec![token, HOUR.to_value(), from.to_value()];
    let mut floors = snapshot
        .find::<FloorPeriod>("page_down", key.clone())
        .await?;
    floors.extend(
        snapshot
            .find::<FloorPeriod>("before", before.clone())
            .await?,
    );
    let mut prices = snapshot.find::<PricePeriod>("page_down", key).await?;
    prices.extend(snapshot.find::<PricePeriod>("before", before).await?);
    let close = |period: &FloorPeriod| {
        let close = period.closes.first().copied().unwrap_or_default();
        (period.starts.saturating_add(HOUR), close)
    };
    let floors = Steps(floors.iter().rev().map(close).collect());
    let close = |period: &PricePeriod| (period.starts.saturating_add(HOUR), period.close);
    let prices = Steps(prices.iter().rev().map(close).collect());
    Ok((floors, prices))
}

/// Values of the newest events since `start`, and the last one before.
async fn eventful(
    snapshot: &Snapshot,
    state: &TokenState,
    start: u64,
) -> Result<(Steps, Steps), Problem> {
    let token = state.token.token.to_value();
    let key = vec![
        token.clone(),
        start.to_value(),
        state.now.to_value(),
        bound::POINTS_USUAL.to_value(),
    ];
    let before = vec![token, start.saturating_sub(1).to_value()];
    let mut floors = snapshot.find::<Floor>("page_down", key.clone()).await?;
    floors.extend(snapshot.find::<Floor>("before", before.clone()).await?);
    let mut prices = snapshot.find::<Price>("page_down", key).await?;
    prices.extend(snapshot.find::<Price>("before", before).await?);
    let value = |one: &Floor| (one.time, one.floors.first().copied().unwrap_or_default());
    let floors = Steps(floors.iter().rev().map(value).collect());
    let prices = Steps(
        prices
            .iter()
            .rev()
            .map(|one| (one.time, one.price_wad))
            .collect(),
    );
    Ok((floors, prices))
}

#[cfg(test)]
mod tests {
    use super::Steps;
    use alloy::primitives::U256;

    #[test]
    fn a_value_holds_until_the_next() {
        let steps = Steps(vec![(10, U256::from(1)), (20, U256::from(2))]);
        assert_eq!(steps.at(9), None);
        assert_eq!(steps.at(10), Some(U256::from(1)));
        assert_eq!(steps.at(19), Some(U256::from(1)));
        assert_eq!(steps.at(99), Some(U256::from(2)));
    }
}
