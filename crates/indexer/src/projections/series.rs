//! What floors and prices are at the end of a block, and their hours and days.

use alloy::primitives::U256;
use ballast_store::{
    Column, Floor, FloorPeriod, Ledger, Pool, Price, PricePeriod, Record, Supply, Trade,
};

use super::{FoldError, Moment, PERIODS_SECS, period_start, price_wad};
use crate::changes::Changes;
use crate::facts::Launch;

/// Notes the floor of every asset as it is at the end of a block.
pub(super) async fn note_floor(
    changes: &mut Changes<'_>,
    launch: &Launch,
    moment: Moment,
) -> Result<(), FoldError> {
    let token = launch.parts.token;
    let supply = changes.get::<Supply>(vec![token.to_value()]).await?;
    let supply = supply.unwrap_or_default();
    let claims = supply.supply.saturating_sub(supply.unspendable);
    let elapsed = launch.elapsed(moment.time);
    let mut floors = Vec::new();
    for (index, decimals) in (0_u64..).zip(&launch.decimals) {
        let key = vec![launch.parts.reserve.to_value(), index.to_value()];
        let ledger = changes.get::<Ledger>(key).await?.unwrap_or_default();
        let total = ledger
            .at(elapsed, launch.facts.drip_secs)
            .and_then(|state| state.total());
        let total = total.map_err(|error| {
            FoldError::Impossible(format!("the floor of {token} at {moment:?}: {error}"))
        })?;
        floors.push(price_wad(total.get(), *decimals, claims).unwrap_or_default());
    }
    for period_secs in PERIODS_SECS {
        let starts = period_start(moment.time, period_secs);
        let mut period = FloorPeriod {
            token,
            period_secs,
            starts,
            block: moment.block,
            opens: floors.clone(),
            closes: floors.clone(),
        };
        if let Some(before) = changes.get::<FloorPeriod>(period.key()).await? {
            period.opens = before.opens;
        }
        changes.put(&period).await?;
    }
    let floor = Floor {
        token,
        block: moment.block,
        time: moment.time,
        floors,
    };
    Ok(changes.put(&floor).await?)
}

/// Notes the pool's price as it is at the end of a block; none where the pool is empty.
pub(super) async fn note_price(
    changes: &mut Changes<'_>,
    launch: &Launch,
    moment: Moment,
) -> Result<(), FoldError> {
    let (Some(pool), Some(decimals)) = (launch.parts.pool, launch.decimals.first()) else {
        return Ok(());
    };
    let pool = changes.get::<Pool>(vec![pool.to_value()]).await?;
    let price = pool.and_then(|pool| price_wad(pool.assets, *decimals, pool.tokens));
    let Some(price_wad) = price else {
        return Ok(());
    };
    for period_secs in PERIODS_SECS {
        let mut period = period(changes, launch, moment.time, period_secs).await?;
        if period.block == 0 {
            (period.open, period.high, period.low) = (price_wad, price_wad, price_wad);
        }
        period.block = moment.block;
        period.high = period.high.max(price_wad);
        period.low = period.low.min(price_wad);
        period.close = price_wad;
        changes.put(&period).await?;
    }
    let price = Price {
        token: launch.parts.token,
        block: moment.block,
        time: moment.time,
        price_wad,
    };
    Ok(changes.put(&price).await?)
}

/// Adds a trade to its hour and its day.
pub(super) async fn note_volume(
    changes: &mut Changes<'_>,
    launch: &Launch,
    trade: &Trade,
) -> Result<(), FoldError> {
    for period_secs in PERIODS_SECS {
        let mut period = period(changes, launch, trade.time, period_secs).await?;
        period.volume_tokens = period.volume_tokens.saturating_add(trade.tokens);
        period.volume_assets = period.volume_assets.saturating_add(trade.assets);
        period.trades = period.trades.saturating_add(1);
        changes.put(&period).await?;
    }
    Ok(())
}

/// The period that `time` lies in; without a price where none was noted in it yet, which its block of zero says.
async fn period(
    changes: &mut Changes<'_>,
    launch: &Launch,
    time: u64,
    period_secs: u64,
) -> Result<PricePeriod, FoldError> {
    let none = PricePeriod {
        token: launch.parts.token,
        period_secs,
        starts: period_start(time, period_secs),
        ..PricePeriod::default()
    };
    Ok(changes
        .get::<PricePeriod>(none.key())
        .await?
        .unwrap_or(none))
}

/// The larger less the smaller, and whether the first is larger.
pub(super) fn net(first: U256, second: U256) -> (U256, bool) {
    (first.abs_diff(second), first > second)
}
