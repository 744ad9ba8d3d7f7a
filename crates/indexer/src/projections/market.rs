//! Swaps in pools, and fills of the fee-token auction.

use alloy::primitives::U256;
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::Pair;
use ballast_store::{Fill, Pool, RawLog, Store, Trade};

use super::{FoldError, failed};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// Pools compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold_pool(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(swap) = event::<Pair::Swap>(log) {
        let trade = Trade {
            block: log.block,
            log_index: log.log_index,
            time: log.time,
            pool: log.address,
            recipient: swap.to,
            amount0_in: swap.amount0In,
            amount1_in: swap.amount1In,
            amount0_out: swap.amount0Out,
            amount1_out: swap.amount1Out,
        };
        changes.put(&trade).await?;
    } else if let Some(sync) = event::<Pair::Sync>(log) {
        let pool = Pool {
            pool: log.address,
            reserve0: U256::from(sync.reserve0),
            reserve1: U256::from(sync.reserve1),
        };
        changes.put(&pool).await?;
    }
    Ok(())
}

pub(super) async fn fold_converter(
    changes: &mut Changes<'_>,
    log: &RawLog,
) -> Result<(), FoldError> {
    if let Some(filled) = event::<Converter::Filled>(log) {
        let fill = Fill {
            block: log.block,
            log_index: log.log_index,
            time: log.time,
            converter: log.address,
            bidder: filled.bidder,
            recipient: filled.to,
            tokens: filled.tokens,
            multiple: filled.multiple,
            paid: filled.paid,
        };
        changes.put(&fill).await?;
    }
    Ok(())
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Pool>(store, COMPARED_MAX).await? {
        let pair = Pair::new(stored.pool, check.endpoint.provider());
        let held = pair.getReserves().block(check.at()).call().await;
        let held = held.map_err(failed("pool"))?;
        let name = |which: u8| format!("trades: reserve {which} of {}", stored.pool);
        check.same(|| name(0), stored.reserve0, U256::from(held.reserve0));
        check.same(|| name(1), stored.reserve1, U256::from(held.reserve1));
    }
    Ok(())
}
