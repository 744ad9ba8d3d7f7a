//! Swaps in pools, what pools hold, and their prices.

use alloy::primitives::U256;
use ballast_bindings::peers::Pair;
use ballast_store::{Pool, Store, Trade};

use super::{FoldError, launch_of, price_wad, series};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::watch::event;

/// Pools compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(sync) = event::<Pair::Sync>(log) {
        let launch = entry.launch()?;
        let held = (U256::from(sync.reserve0), U256::from(sync.reserve1));
        let (tokens, assets) = ordered(launch.facts.token_is_first, held);
        let pool = Pool {
            pool: log.address,
            token: launch.parts.token,
            tokens,
            assets,
        };
        changes.put(&pool).await?;
        changes.mark(launch.parts.token);
    } else if let Some(swap) = event::<Pair::Swap>(log) {
        let launch = entry.launch()?;
        let first = launch.facts.token_is_first;
        let (tokens_in, assets_in) = ordered(first, (swap.amount0In, swap.amount1In));
        let (tokens_out, assets_out) = ordered(first, (swap.amount0Out, swap.amount1Out));
        let (tokens, is_buy) = series::net(tokens_out, tokens_in);
        let (assets, _) = series::net(assets_in, assets_out);
        let decimals = launch.decimals.first().copied().unwrap_or_default();
        let trade = Trade {
            block: log.block,
            log_index: log.log_index,
            time: log.time,
            token: launch.parts.token,
            pool: log.address,
            recipient: swap.to,
            is_buy: u64::from(is_buy),
            tokens,
            assets,
            price_wad: price_wad(assets, decimals, tokens).unwrap_or_default(),
        };
        changes.put(&trade).await?;
        series::note_volume(changes, launch, &trade).await?;
    }
    Ok(())
}

/// A pair of the pool's first and second token as one of token and asset.
fn ordered(token_is_first: u64, (first, second): (U256, U256)) -> (U256, U256) {
    if token_is_first == 1 {
        (first, second)
    } else {
        (second, first)
    }
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Pool>(store, COMPARED_MAX).await? {
        let Some(launch) = launch_of(known, stored.pool, check) else {
            continue;
        };
        let pair = Pair::new(stored.pool, check.provider());
        let held = check.read("pool", pair.getReserves()).await?;
        let held = (U256::from(held.reserve0), U256::from(held.reserve1));
        let (tokens, assets) = ordered(launch.facts.token_is_first, held);
        let name = |what: &str| format!("trades: the {what} in pool {}", stored.pool);
        check.same(|| name("tokens"), stored.tokens, tokens);
        check.same(|| name("assets"), stored.assets, assets);
    }
    Ok(())
}
