//! What reserves have of each asset to the last unit at any second, where it came from, and what floor it makes.

use alloy::primitives::{Address, U256, address};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_model::{AssetState, ModelError};
use ballast_store::{Column, Inflow, InflowPeriod, Ledger, Record, Store, Supply};
use ballast_types::{AssetAmount, Seconds};

use super::{FoldError, PERIODS_SECS, launch_of, less, more, period_start};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known, Launch};
use crate::watch::event;

/// The conventional burn address; the token itself is the other account that cannot move what it gets.
const DEAD: Address = address!("0x000000000000000000000000000000000000dEaD");
/// Ledgers and supplies compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 64;

/// Transfers that make, burn or strand tokens.
pub(super) async fn fold_token(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
) -> Result<(), FoldError> {
    let log = entry.log;
    let Some(moved) = event::<AccrualToken::Transfer>(log) else {
        return Ok(());
    };
    let token = log.address;
    let strands = moved.to == DEAD || moved.to == token;
    if !moved.from.is_zero() && !moved.to.is_zero() && !strands {
        return Ok(());
    }
    let supply = changes.get::<Supply>(vec![token.to_value()]).await?;
    let mut supply = supply.unwrap_or(Supply {
        token,
        ..Supply::default()
    });
    if moved.from.is_zero() {
        supply.supply = more("the supply", log, supply.supply, moved.value)?;
    }
    if moved.to.is_zero() {
        supply.supply = less("the supply", log, supply.supply, moved.value)?;
    }
    if strands {
        supply.unspendable = more("what is unspendable", log, supply.unspendable, moved.value)?;
    }
    changes.put(&supply).await?;
    changes.mark(token);
    Ok(())
}

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(seeded) = event::<Reserve::Seeded>(log) {
        let (asset, amount) = (index(seeded.asset), AssetAmount::new(seeded.amount));
        change(changes, entry, asset, |state| {
            state.cash = state.cash.try_add(amount)?;
            Ok(())
        })
        .await?;
        return note(changes, entry, asset, "seed", amount).await;
    }
    if let Some(inflow) = event::<Reserve::Inflow>(log) {
        let source = match inflow.source {
            0 => "donation",
            1 => "conversion",
            _ => "flash_fee",
        };
        let amount = AssetAmount::new(inflow.amount);
        return receive(changes, entry, index(inflow.asset), source, amount).await;
    }
    if let Some(opened) = event::<Reserve::Borrowed>(log) {
        for (asset, principal) in numbered(&opened.principal) {
            change(changes, entry, asset, |state| {
                state.cash = state.cash.try_sub(principal)?;
                state.lent = state.lent.try_add(principal)?;
                Ok(())
            })
            .await?;
        }
        return receive_each(changes, entry, "loan_fee", &opened.fees).await;
    }
    if let Some(repaid) = event::<Reserve::Repaid>(log) {
        for (asset, amount) in numbered(&repaid.amounts) {
            change(changes, entry, asset, |state| {
                state.cash = state.cash.try_add(amount)?;
                state.lent = state.lent.try_sub(amount)?;
                Ok(())
            })
            .await?;
        }
        return Ok(());
    }
    if let Some(extended) = event::<Reserve::Extended>(log) {
        return receive_each(changes, entry, "loan_fee", &extended.fees).await;
    }
    fold_inside(changes, entry).await
}

/// Events that pay out, or move what is there into the stream.
async fn fold_inside(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(redeemed) = event::<Reserve::Redeemed>(log) {
        for (asset, paid) in numbered(&redeemed.paid) {
            change(changes, entry, asset, |state| {
                state.cash = state.cash.try_sub(paid)?;
                Ok(())
            })
            .await?;
        }
        return stream_each(changes, entry, "redemption_fee", &redeemed.fees).await;
    }
    if let Some(closed) = event::<Reserve::Foreclosed>(log) {
        for (asset, principal) in numbered(&closed.principal) {
            change(changes, entry, asset, |state| {
                state.lent = state.lent.try_sub(principal)?;
                Ok(())
            })
            .await?;
        }
        return stream_each(changes, entry, "default", &closed.surplus).await;
    }
    if let Some(extended) = event::<Reserve::ExtendedByBurn>(log) {
        return stream_each(changes, entry, "burn", &extended.streamed).await;
    }
    if let Some(burned) = event::<Reserve::ConverterBurned>(log) {
        return stream_each(changes, entry, "burn", &burned.streamed).await;
    }
    Ok(())
}

fn index(asset: U256) -> u64 {
    asset.saturating_to()
}

/// Amounts other than zero with the index of their asset.
fn numbered(amounts: &[U256]) -> impl Iterator<Item = (u64, AssetAmount)> {
    (0..)
        .zip(amounts.iter().copied().map(AssetAmount::new))
        .filter(|(_, amount)| !amount.is_zero())
}

/// Changes what the reserve has of one asset, vested to the second of the event first, as the contract does.
async fn change(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    asset_index: u64,
    step: impl FnOnce(&mut AssetState) -> Result<(), ModelError>,
) -> Result<(), FoldError> {
    let launch = entry.launch()?;
    let none = Ledger {
        reserve: entry.log.address,
        asset_index,
        ..Ledger::default()
    };
    let mut ledger = changes.get::<Ledger>(none.key()).await?.unwrap_or(none);
    let state = ledger.at(launch.elapsed(entry.log.time), launch.facts.drip_secs);
    let mut state = entry.exact("the ledger", state)?;
    entry.exact("the ledger", step(&mut state))?;
    ledger.set(&state);
    changes.put(&ledger).await?;
    changes.mark(launch.parts.token);
    Ok(())
}

/// Takes in `amount` from outside through the stream.
async fn receive(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    asset: u64,
    source: &str,
    amount: AssetAmount,
) -> Result<(), FoldError> {
    let period = Seconds::new(entry.launch()?.facts.drip_secs);
    change(changes, entry, asset, |state| {
        state.receive_into(amount, period)
    })
    .await?;
    note(changes, entry, asset, source, amount).await
}

async fn receive_each(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    source: &str,
    amounts: &[U256],
) -> Result<(), FoldError> {
    for (asset, amount) in numbered(amounts) {
        receive(changes, entry, asset, source, amount).await?;
    }
    Ok(())
}

/// Moves cash of each asset into the stream.
async fn stream_each(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    source: &str,
    amounts: &[U256],
) -> Result<(), FoldError> {
    for (asset, amount) in numbered(amounts) {
        change(changes, entry, asset, |state| state.to_stream(amount)).await?;
        note(changes, entry, asset, source, amount).await?;
    }
    Ok(())
}

/// Adds to what came from a source, over the whole life and in the hour and the day.
async fn note(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    asset_index: u64,
    source: &str,
    amount: AssetAmount,
) -> Result<(), FoldError> {
    let (log, amount) = (entry.log, amount.get());
    let none = Inflow {
        reserve: log.address,
        asset_index,
        source: source.to_owned(),
        amount: U256::ZERO,
    };
    let mut inflow = changes.get::<Inflow>(none.key()).await?.unwrap_or(none);
    inflow.amount = more("an inflow", log, inflow.amount, amount)?;
    changes.put(&inflow).await?;
    for period_secs in PERIODS_SECS {
        let none = InflowPeriod {
            reserve: log.address,
            asset_index,
            source: source.to_owned(),
            period_secs,
            starts: period_start(log.time, period_secs),
            amount: U256::ZERO,
        };
        let mut period = changes
            .get::<InflowPeriod>(none.key())
            .await?
            .unwrap_or(none);
        period.amount = more("an inflow", log, period.amount, amount)?;
        changes.put(&period).await?;
    }
    Ok(())
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Supply>(store, COMPARED_MAX).await? {
        if launch_of(known, stored.token, check).is_none() {
            continue;
        }
        let token = AccrualToken::new(stored.token, check.provider());
        let supply = check.read("supply", token.totalSupply()).await?;
        let claims = check.read("claims", token.claims()).await?;
        let spendable = stored.supply.saturating_sub(stored.unspendable);
        let name = |what: &str| format!("reserves: the {what} of {}", stored.token);
        check.same(|| name("supply"), stored.supply, supply);
        check.same(|| name("claims"), spendable, claims);
    }
    for stored in touched.records::<Ledger>(store, COMPARED_MAX).await? {
        let Some(launch) = launch_of(known, stored.reserve, check) else {
            continue;
        };
        compare_ledger(launch, &stored, check).await?;
    }
    Ok(())
}

async fn compare_ledger(
    launch: &Launch,
    stored: &Ledger,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let reserve = Reserve::new(stored.reserve, check.provider());
    let asset = U256::from(stored.asset_index);
    let view = check.read("ledger", reserve.assetAt(asset)).await?;
    let period = launch.facts.drip_secs;
    let elapsed = launch.elapsed(check.block.time.get());
    let state = stored.at(elapsed, period).unwrap_or_default();
    let streaming = state.streaming(Seconds::new(period)).unwrap_or_default();
    let name = |what: &str| format!("reserves: {what} of asset {asset} in {}", stored.reserve);
    check.same(|| name("the cash"), state.cash.get(), view.cash);
    check.same(|| name("what is lent"), state.lent.get(), view.lent);
    check.same(|| name("what streams"), streaming.get(), view.streaming);
    Ok(())
}
