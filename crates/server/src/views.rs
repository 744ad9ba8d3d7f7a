//! What a token's figures look like in an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::U256;
use ballast_store::{
    AssetFacts, Column, Floor, FloorPeriod, HolderCount, Price, PricePeriod, Record,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::figures::{TokenState, change_bps};
use crate::options::bound;
use crate::problem::Problem;
use crate::snapshot::{Asks, Found, Slot, Snapshot};
use crate::wire::{Addr, Word, words};

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
    /// Whether tokens can be redeemed for their backing.
    pub redeemable: bool,
    /// The last week, or the whole life where that is shorter.
    pub spark: Spark,
}

/// Counts that stand beside a token's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub holders: u64,
    pub loans_open: u64,
}

/// Tokens summed up together.
const SUMMARIES_TOGETHER: usize = 64;

/// The summary of a token.
pub(crate) async fn summary(
    snapshot: &Snapshot,
    state: &TokenState,
) -> Result<Arc<TokenSummary>, Problem> {
    let mut one = summaries(snapshot, &[(state, None)]).await?;
    one.pop()
        .ok_or_else(|| Problem::inconsistent("a token has no summary"))
}

/// The summaries of tokens, in their order; counts that are not known are read.
pub(crate) async fn summaries(
    snapshot: &Snapshot,
    tokens: &[(&TokenState, Option<Counts>)],
) -> Result<Vec<Arc<TokenSummary>>, Problem> {
    let kept = &snapshot.app.summaries;
    let mut all = Vec::with_capacity(tokens.len());
    for some in tokens.chunks(SUMMARIES_TOGETHER) {
        let mut asks = Asks::default();
        let parts: Vec<_> = some
            .iter()
            .map(
                |(state, counts)| match kept.get(snapshot, state.token.token) {
                    Some(known) => Err(known),
                    None => Ok(Past::ask(&mut asks, state, *counts)),
                },
            )
            .collect();
        let found = match parts.iter().any(Result::is_ok) {
            true => snapshot.ask(asks).await?,
            false => Found::default(),
        };
        for ((state, _), part) in some.iter().zip(parts) {
            all.push(match part {
                Err(known) => known,
                Ok(past) => kept.put(snapshot, state.token.token, past.view(&found, state)?),
            });
        }
    }
    Ok(all)
}

/// Where the counts of a token come from.
enum CountsOf {
    Known(Counts),
    Asked(Slot<HolderCount>, usize),
}

/// What a summary needs of the past.
struct Past {
    counts: CountsOf,
    /// A day and a week ago.
    floors: [Slot<Floor>; 2],
    prices: [Slot<Price>; 2],
    steps: StepsOf,
}

impl Past {
    fn ask(asks: &mut Asks, state: &TokenState, counts: Option<Counts>) -> Self {
        let token = || vec![state.token.token.to_value()];
        let counts = match counts {
            Some(counts) => CountsOf::Known(counts),
            None => {
                let holders = asks.get::<HolderCount>(token());
                CountsOf::Asked(holders, asks.rows("loans", "count_open", token()))
            }
        };
        let ago = |age: u64| {
            let then = state.now.saturating_sub(age);
            vec![state.token.token.to_value(), then.to_value()]
        };
        Self {
            counts,
            floors: [DAY, WEEK].map(|age| asks.find::<Floor>("before", ago(age))),
            prices: [DAY, WEEK].map(|age| asks.find::<Price>("before", ago(age))),
            steps: StepsOf::ask(asks, state),
        }
    }

    fn view(&self, found: &Found, state: &TokenState) -> Result<TokenSummary, Problem> {
        let (floors, market) = (state.floors_wad()?, state.market_wad()?);
        let floor = floors.first().copied().unwrap_or_default();
        let counts = match self.counts {
            CountsOf::Known(counts) => counts,
            CountsOf::Asked(holders, loans) => Counts {
                holders: found.first(holders)?.map_or(0, |one| one.holders),
                loans_open: found.count(loans),
            },
        };
        let risen = |slot| -> Result<_, Problem> {
            let old: Option<Floor> = found.first(slot)?;
            let old = old.and_then(|old| old.floors.first().copied());
            Ok(old.and_then(|old| change_bps(old, floor)))
        };
        let moved = |slot| -> Result<_, Problem> {
            let old: Option<Price> = found.first(slot)?;
            let pair = old.map(|old| old.price_wad).zip(market);
            Ok(pair.and_then(|(old, new)| change_bps(old, new)))
        };
        let ([day, week], [sold_day, sold_week]) = (self.floors, self.prices);
        let floor_change = Change {
            day: risen(day)?,
            week: risen(week)?,
        };
        let market_change = Change {
            day: moved(sold_day)?,
            week: moved(sold_week)?,
        };
        let spark = spark(state, self.steps.read(found)?, floor, market);
        made(state, counts, (floor_change, market_change), spark)
    }
}

fn made(
    state: &TokenState,
    counts: Counts,
    (floor_change, market_change): (Change, Change),
    spark: Spark,
) -> Result<TokenSummary, Problem> {
    let (floors, market) = (state.floors_wad()?, state.market_wad()?);
    let token = &state.token;
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
        redeemable: state.facts.redeemable != 0,
        spark,
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

fn spark(
    state: &TokenState,
    (floors, prices): (Steps, Steps),
    floor: U256,
    market: Option<U256>,
) -> Spark {
    let start = began(state);
    let length = state.now.saturating_sub(start);
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
    spark
}

/// The first second of a token's spark.
fn began(state: &TokenState) -> u64 {
    state.now.saturating_sub(WEEK).max(state.token.time)
}

/// Where the values of a spark are found, each with the last one before it.
enum StepsOf {
    /// Closing values of the hours, each from the hour's end on.
    Hourly([Slot<FloorPeriod>; 2], [Slot<PricePeriod>; 2]),
    /// Values of the newest events.
    Eventful([Slot<Floor>; 2], [Slot<Price>; 2]),
}

impl StepsOf {
    fn ask(asks: &mut Asks, state: &TokenState) -> Self {
        let start = began(state);
        // Hours are fine enough for a week, not for a morning.
        if state.now.saturating_sub(start) > 2 * DAY {
            Self::hourly(asks, state, start)
        } else {
            Self::eventful(asks, state, start)
        }
    }

    fn hourly(asks: &mut Asks, state: &TokenState, start: u64) -> Self {
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
        Self::Hourly(
            [
                asks.find("page_down", key.clone()),
                asks.find("before", before.clone()),
            ],
            [asks.find("page_down", key), asks.find("before", before)],
        )
    }

    fn eventful(asks: &mut Asks, state: &TokenState, start: u64) -> Self {
        let token = state.token.token.to_value();
        let key = vec![
            token.clone(),
            start.to_value(),
            state.now.to_value(),
            bound::POINTS_USUAL.to_value(),
        ];
        let before = vec![token, start.saturating_sub(1).to_value()];
        Self::Eventful(
            [
                asks.find("page_down", key.clone()),
                asks.find("before", before.clone()),
            ],
            [asks.find("page_down", key), asks.find("before", before)],
        )
    }

    /// Floors and prices.
    fn read(&self, found: &Found) -> Result<(Steps, Steps), Problem> {
        Ok(match self {
            Self::Hourly(floors, prices) => (
                steps(found, floors, |one: &FloorPeriod| {
                    let close = one.closes.first().copied().unwrap_or_default();
                    (one.starts.saturating_add(HOUR), close)
                })?,
                steps(found, prices, |one: &PricePeriod| {
                    (one.starts.saturating_add(HOUR), one.close)
                })?,
            ),
            Self::Eventful(floors, prices) => (
                steps(found, floors, |one: &Floor| {
                    (one.time, one.floors.first().copied().unwrap_or_default())
                })?,
                steps(found, prices, |one: &Price| (one.time, one.price_wad))?,
            ),
        })
    }
}

/// Records, the newest first, as steps.
fn steps<R: Record>(
    found: &Found,
    slots: &[Slot<R>; 2],
    value: impl Fn(&R) -> (u64, U256),
) -> Result<Steps, Problem> {
    let mut records = Vec::new();
    for slot in slots {
        records.extend(found.all(*slot)?);
    }
    Ok(Steps(records.iter().rev().map(value).collect()))
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
