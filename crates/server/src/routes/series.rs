//! Floor and market price over time.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, Floor, FloorPeriod, Price, PricePeriod, Row, Trade};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::figures::TokenState;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::snapshot::{AsOf, Asks, Snapshot, reading};
use crate::wire::{Word, words};

/// The market price in one period, or after one block.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct MarketView {
    /// First price, in wad.
    pub open: Word,
    /// Highest.
    pub high: Word,
    /// Lowest.
    pub low: Word,
    /// Last.
    pub close: Word,
}

impl MarketView {
    fn flat(price: U256) -> Self {
        let price = Word(price);
        Self {
            open: price,
            high: price,
            low: price,
            close: price,
        }
    }
}

/// One point of a series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Point {
    /// Unix seconds: of the block, or the first of the period.
    pub time: u64,
    /// Height of the newest event in it.
    pub block: u64,
    /// The floor of each asset after it, in wad.
    pub floor_wad: Vec<Word>,
    /// The market price; null before the first.
    pub market: Option<MarketView>,
    /// Token base units traded in it.
    pub volume_tokens: Word,
    /// Base units of asset 0 traded in it.
    pub volume_assets: Word,
    /// Trades in it.
    pub trades: u64,
}

/// A series in the order of time; the last point is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeriesAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// `event`, `hour` or `day`.
    pub interval: String,
    /// The points.
    pub points: Vec<Point>,
}

/// Floor and market price over time
///
/// The newest points are kept where there are more than `limit`. A period without events carries the last values on.
/// The last point is the state at the answer's block, vested to its second; it counts no trades again.
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/series",
    tag = "history",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("interval" = Option<String>, Query, pattern = "^(event|hour|day)$", description = "After each event, or by hours or days; events by default"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 5000, description = "Points, 1000 by default"),
    ),
    responses((status = 200, body = SeriesAnswer), Refusals)
)]
pub(crate) async fn series(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["interval", "from", "to", "limit"])?;
    let interval = query.choice("interval", &["event", "hour", "day"])?;
    let (from, to) = query.span()?;
    let limit = query.number("limit", 1, bound::POINTS_MAX)?;
    let limit = limit.unwrap_or(bound::POINTS_USUAL);
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            let ends = to.min(state.now);
            let mut points = match interval {
                "hour" => by_period(snapshot, &state, 3_600, from, ends, limit).await?,
                "day" => by_period(snapshot, &state, 86_400, from, ends, limit).await?,
                _ => by_event(snapshot, token, from, ends, limit).await?,
            };
            if to >= state.now {
                points.push(now(snapshot, &state)?);
            }
            let extra = points
                .len()
                .saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
            points.drain(..extra);
            Ok(SeriesAnswer {
                as_of: snapshot.as_of(),
                interval: interval.to_owned(),
                points,
            })
        }),
    )
    .await
}

fn now(snapshot: &Snapshot, state: &TokenState) -> Result<Point, Problem> {
    Ok(Point {
        time: state.now,
        block: snapshot.stamp.head.number,
        floor_wad: words(&state.floors_wad()?),
        market: state.market_wad()?.map(MarketView::flat),
        volume_tokens: Word::default(),
        volume_assets: Word::default(),
        trades: 0,
    })
}

/// What is carried from point to point.
#[derive(Clone, Debug, Default)]
struct Carried {
    floors: Vec<U256>,
    price: Option<U256>,
}

impl Carried {
    fn point(&self, time: u64, block: u64) -> Point {
        Point {
            time,
            block,
            floor_wad: words(&self.floors),
            market: self.price.map(MarketView::flat),
            volume_tokens: Word::default(),
            volume_assets: Word::default(),
            trades: 0,
        }
    }
}

/// One point after each block that moved the floor or the price.
async fn by_event(
    snapshot: &Snapshot,
    token: Address,
    from: u64,
    to: u64,
    limit: u64,
) -> Result<Vec<Point>, Problem> {
    let key = || -> Row {
        vec![
            token.to_value(),
            from.to_value(),
            to.to_value(),
            limit.to_value(),
        ]
    };
    let mut asks = Asks::default();
    let floors = asks.find::<Floor>("page_down", key());
    let prices = asks.find::<Price>("page_down", key());
    let found = snapshot.ask(asks).await?;
    let (floors, prices) = (found.all(floors)?, found.all(prices)?);
    let mut moves: BTreeMap<u64, (u64, Option<Floor>, Option<Price>)> = BTreeMap::new();
    for floor in floors {
        moves.insert(floor.block, (floor.time, Some(floor), None));
    }
    for price in prices {
        let (block, time) = (price.block, price.time);
        moves.entry(block).or_insert((time, None, None)).2 = Some(price);
    }
    let extra = moves
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
    let kept: Vec<_> = moves.into_iter().skip(extra).collect();
    let Some((_, (first, ..))) = kept.first() else {
        return Ok(Vec::new());
    };
    let (mut carried, volumes) = around(snapshot, token, *first, to).await?;
    let mut points = Vec::new();
    for (block, (time, floor, price)) in kept {
        carried.floors = floor.map_or(carried.floors, |one| one.floors);
        carried.price = price.map(|one| one.price_wad).or(carried.price);
        let mut point = carried.point(time, block);
        if let Some((tokens, assets, trades)) = volumes.get(&block) {
            point.volume_tokens = (*tokens).into();
            point.volume_assets = (*assets).into();
            point.trades = *trades;
        }
        points.push(point);
    }
    Ok(points)
}

/// Tokens, assets and trades of each block.
type Volumes = BTreeMap<u64, (U256, U256, u64)>;

/// What held before `from`, and what was traded in each block since: the newest trades where there are very many.
async fn around(
    snapshot: &Snapshot,
    token: Address,
    from: u64,
    to: u64,
) -> Result<(Carried, Volumes), Problem> {
    let most = i64::MAX.unsigned_abs();
    let key = vec![
        token.to_value(),
        to.saturating_add(1).to_value(),
        0_u64.to_value(),
        0_u64.to_value(),
        from.to_value(),
        Address::ZERO.to_value(),
        0_u64.to_value(),
        bound::POINTS_MAX.saturating_mul(2).min(most).to_value(),
    ];
    let before = || vec![token.to_value(), from.saturating_sub(1).to_value()];
    let mut asks = Asks::default();
    let trades = asks.find::<Trade>("page_down", key);
    let floor = asks.find::<Floor>("before", before());
    let price = asks.find::<Price>("before", before());
    let found = snapshot.ask(asks).await?;
    let mut volumes = Volumes::new();
    for trade in found.all(trades)? {
        let sum = volumes.entry(trade.block).or_default();
        sum.0 = sum.0.saturating_add(trade.tokens);
        sum.1 = sum.1.saturating_add(trade.assets);
        sum.2 = sum.2.saturating_add(1);
    }
    let carried = Carried {
        floors: found
            .first(floor)?
            .map(|one| one.floors)
            .unwrap_or_default(),
        price: found.first(price)?.map(|one| one.price_wad),
    };
    Ok((carried, volumes))
}

/// One point for each period since launch or `from`.
async fn by_period(
    snapshot: &Snapshot,
    state: &TokenState,
    period: u64,
    from: u64,
    to: u64,
    limit: u64,
) -> Result<Vec<Point>, Problem> {
    let token = state.token.token;
    let start_of = |time: u64| time - time % period;
    let last = start_of(to);
    let newest = last.saturating_sub(limit.saturating_sub(1).saturating_mul(period));
    let first = start_of(from.max(state.token.time)).max(newest);
    if first > last {
        return Ok(Vec::new());
    }
    let key = || -> Row {
        let bounds = [period, first, last, limit];
        let bounds = bounds.iter().map(Column::to_value);
        std::iter::once(token.to_value()).chain(bounds).collect()
    };
    let before = || vec![token.to_value(), period.to_value(), first.to_value()];
    let mut asks = Asks::default();
    let floors = asks.find::<FloorPeriod>("page_down", key());
    let prices = asks.find::<PricePeriod>("page_down", key());
    let floor = asks.find::<FloorPeriod>("before", before());
    let price = asks.find::<PricePeriod>("before", before());
    let found = snapshot.ask(asks).await?;
    let (floors, prices) = (found.all(floors)?, found.all(prices)?);
    let (floor, price) = (found.first(floor)?, found.first(price)?);
    let mut carried = Carried {
        floors: floor
            .as_ref()
            .map(|one| one.closes.clone())
            .unwrap_or_default(),
        price: price.as_ref().map(|one| one.close),
    };
    let mut block = floor.map_or(0, |one| one.block);
    block = block.max(price.map_or(0, |one| one.block));
    let floors: BTreeMap<u64, FloorPeriod> =
        floors.into_iter().map(|one| (one.starts, one)).collect();
    let prices: BTreeMap<u64, PricePeriod> =
        prices.into_iter().map(|one| (one.starts, one)).collect();
    let mut points = Vec::new();
    let mut starts = first;
    while starts <= last {
        if let Some(floor) = floors.get(&starts) {
            carried.floors.clone_from(&floor.closes);
            block = block.max(floor.block);
        }
        let price = prices.get(&starts);
        if let Some(price) = price {
            carried.price = Some(price.close);
            block = block.max(price.block);
        }
        points.push(with_market(carried.point(starts, block), price));
        starts = starts.saturating_add(period);
    }
    Ok(points)
}

fn with_market(point: Point, price: Option<&PricePeriod>) -> Point {
    let Some(price) = price else { return point };
    Point {
        market: Some(MarketView {
            open: price.open.into(),
            high: price.high.into(),
            low: price.low.into(),
            close: price.close.into(),
        }),
        volume_tokens: price.volume_tokens.into(),
        volume_assets: price.volume_assets.into(),
        trades: price.trades,
        ..point
    }
}
