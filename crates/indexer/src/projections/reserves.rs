//! What reserves have of each asset, and where it came from.
//!
//! Vesting moves assets from the stream to cash without an event, so that only the sum of the two is folded; it is
//! held against the two on the chain.

use alloy::primitives::{Address, U256};
use ballast_bindings::reserve::Reserve;
use ballast_store::{Inflow, Ledger, RawLog, Record, Store};

use super::{FoldError, failed, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// Ledgers compared after a batch, at most so many.
const COMPARED_MAX: usize = 64;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(seeded) = event::<Reserve::Seeded>(log) {
        return receive(changes, log, index(seeded.asset), "seed", seeded.amount).await;
    }
    if let Some(inflow) = event::<Reserve::Inflow>(log) {
        let source = match inflow.source {
            0 => "donation",
            1 => "conversion",
            _ => "flash_fee",
        };
        return receive(changes, log, index(inflow.asset), source, inflow.amount).await;
    }
    if let Some(opened) = event::<Reserve::Borrowed>(log) {
        for (asset, principal) in numbered(&opened.principal) {
            let mut ledger = ledger(changes, log.address, asset).await?;
            ledger.held = less("cash", log, ledger.held, principal)?;
            ledger.lent = more("what is lent", log, ledger.lent, principal)?;
            changes.put(&ledger).await?;
        }
        return receive_each(changes, log, "loan_fee", &opened.fees).await;
    }
    if let Some(repaid) = event::<Reserve::Repaid>(log) {
        for (asset, amount) in numbered(&repaid.amounts) {
            let mut ledger = ledger(changes, log.address, asset).await?;
            ledger.held = more("cash", log, ledger.held, amount)?;
            ledger.lent = less("what is lent", log, ledger.lent, amount)?;
            changes.put(&ledger).await?;
        }
        return Ok(());
    }
    if let Some(extended) = event::<Reserve::Extended>(log) {
        return receive_each(changes, log, "loan_fee", &extended.fees).await;
    }
    fold_inside(changes, log).await
}

/// Events that pay out, or move what is there into the stream.
async fn fold_inside(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(redeemed) = event::<Reserve::Redeemed>(log) {
        for (asset, paid) in numbered(&redeemed.paid) {
            let mut ledger = ledger(changes, log.address, asset).await?;
            ledger.held = less("cash", log, ledger.held, paid)?;
            changes.put(&ledger).await?;
        }
        return note_each(changes, log, "redemption_fee", &redeemed.fees).await;
    }
    if let Some(closed) = event::<Reserve::Foreclosed>(log) {
        for (asset, principal) in numbered(&closed.principal) {
            let mut ledger = ledger(changes, log.address, asset).await?;
            ledger.lent = less("what is lent", log, ledger.lent, principal)?;
            changes.put(&ledger).await?;
        }
        return note_each(changes, log, "default", &closed.surplus).await;
    }
    if let Some(extended) = event::<Reserve::ExtendedByBurn>(log) {
        return note_each(changes, log, "burn", &extended.streamed).await;
    }
    if let Some(burned) = event::<Reserve::ConverterBurned>(log) {
        return note_each(changes, log, "burn", &burned.streamed).await;
    }
    Ok(())
}

fn index(asset: U256) -> u64 {
    asset.saturating_to()
}

/// Amounts other than zero with the index of their asset.
fn numbered(amounts: &[U256]) -> impl Iterator<Item = (u64, U256)> {
    (0..)
        .zip(amounts.iter().copied())
        .filter(|(_, amount)| !amount.is_zero())
}

async fn ledger(
    changes: &mut Changes<'_>,
    reserve: Address,
    asset_index: u64,
) -> Result<Ledger, FoldError> {
    let none = Ledger {
        reserve,
        asset_index,
        held: U256::ZERO,
        lent: U256::ZERO,
    };
    Ok(changes.get::<Ledger>(none.key()).await?.unwrap_or(none))
}

async fn receive(
    changes: &mut Changes<'_>,
    log: &RawLog,
    asset: u64,
    source: &str,
    amount: U256,
) -> Result<(), FoldError> {
    let mut ledger = ledger(changes, log.address, asset).await?;
    ledger.held = more("cash", log, ledger.held, amount)?;
    changes.put(&ledger).await?;
    note(changes, log, asset, source, amount).await
}

async fn receive_each(
    changes: &mut Changes<'_>,
    log: &RawLog,
    source: &str,
    amounts: &[U256],
) -> Result<(), FoldError> {
    for (asset, amount) in numbered(amounts) {
        receive(changes, log, asset, source, amount).await?;
    }
    Ok(())
}

async fn note(
    changes: &mut Changes<'_>,
    log: &RawLog,
    asset_index: u64,
    source: &str,
    amount: U256,
) -> Result<(), FoldError> {
    let none = Inflow {
        reserve: log.address,
        asset_index,
        source: source.to_owned(),
        amount: U256::ZERO,
    };
    let mut inflow = changes.get::<Inflow>(none.key()).await?.unwrap_or(none);
    inflow.amount = more("an inflow", log, inflow.amount, amount)?;
    Ok(changes.put(&inflow).await?)
}

async fn note_each(
    changes: &mut Changes<'_>,
    log: &RawLog,
    source: &str,
    amounts: &[U256],
) -> Result<(), FoldError> {
    for (asset, amount) in numbered(amounts) {
        note(changes, log, asset, source, amount).await?;
    }
    Ok(())
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Ledger>(store, COMPARED_MAX).await? {
        let reserve = Reserve::new(stored.reserve, check.endpoint.provider());
        let asset = U256::from(stored.asset_index);
        let view = reserve.assetAt(asset).block(check.at()).call().await;
        let view = view.map_err(failed("ledger"))?;
        let name = |what: &str| format!("reserves: {what} of asset {asset} in {}", stored.reserve);
        let held = view.cash.saturating_add(view.streaming);
        check.same(|| name("cash with the stream"), stored.held, held);
        check.same(|| name("what is lent"), stored.lent, view.lent);
    }
    Ok(())
}
