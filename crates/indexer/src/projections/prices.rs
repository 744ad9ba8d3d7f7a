//! Prices that several sources agree on, with their hours and days; sources that did not count; signed reports.

use alloy::primitives::U256;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::prices::IPrices;
use ballast_bindings::reports::ReportQuorum as Quorum;
use ballast_math::{price_float_down, price_float_up};
use ballast_store::{
    AssetPrice, AssetPricePeriod, Column, LatestReport, PriceFault, PricePoint, PriceSource,
    RawLog, Record, ReportQuorum, Store,
};

use super::vaults::number;
use super::{FoldError, PERIODS_SECS, period_start};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// Prices and reports compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 64;
/// Sources of one asset at most.
const SOURCES_MAX: u64 = 8;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(priced) = event::<PriceAggregator::Priced>(log) {
        return store(changes, log, &priced).await;
    }
    if let Some(out) = event::<PriceAggregator::SourceLeftOut>(log) {
        return leave_out(changes, log, &out).await;
    }
    if let Some(now) = event::<PriceAggregator::BecameUnsafe>(log) {
        let mut price = price(changes, log, now.asset).await?;
        price.begin_unsafe(log.time);
        changes.put(&price).await?;
        changes.put(&fault(log, now.asset, "unsafe")).await?;
        return count_again(changes, log, now.asset).await;
    }
    if let Some(added) = event::<PriceAggregator::AssetAdded>(log) {
        return add(changes, log, &added).await;
    }
    Ok(())
}

async fn add(
    changes: &mut Changes<'_>,
    log: &RawLog,
    added: &PriceAggregator::AssetAdded,
) -> Result<(), FoldError> {
    let terms = &added.terms;
    let price = AssetPrice {
        prices: log.address,
        asset: added.asset,
        block: log.block,
        max_age_secs: number(terms.maxAgeSecs),
        grace_secs: number(terms.graceSecs),
        min_sources: number(terms.minSources),
        deviation: terms.deviation,
        max_deviation: terms.maxDeviation,
        max_step: terms.maxStep,
        step_window_secs: number(terms.stepWindowSecs),
        is_unsafe: 1,
        ..AssetPrice::default()
    };
    changes.put(&price).await?;
    for (source_index, source) in (0_u64..).zip(&added.sources) {
        let row = PriceSource {
            prices: log.address,
            asset: added.asset,
            source_index,
            source: source.source,
            max_age_secs: number(source.maxAgeSecs),
            least: source.least,
            most: source.most,
            gas_most: number(source.gasMost),
            lockable: u64::from(source.lockable),
            observing: u64::from(source.observing),
            ..PriceSource::default()
        };
        changes.put(&row).await?;
    }
    Ok(())
}

/// An aggregation that found enough sources; low and mid are kept rounded down, high up, as the contract stores them.
async fn store(
    changes: &mut Changes<'_>,
    log: &RawLog,
    priced: &PriceAggregator::Priced,
) -> Result<(), FoldError> {
    let mut price = price(changes, log, priced.asset).await?;
    price.end_unsafe(log.time);
    price.low = price_float_down(priced.low);
    price.mid = price_float_down(priced.mid);
    price.high = price_float_up(priced.high);
    price.median = priced.median;
    price.stepped = u64::from(priced.stepped);
    changes.put(&price).await?;
    let point = PricePoint {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        prices: log.address,
        asset: priced.asset,
        low: price.low,
        mid: price.mid,
        high: price.high,
        median: price.median,
        stepped: price.stepped,
    };
    changes.put(&point).await?;
    for period_secs in PERIODS_SECS {
        let period = period(changes, &point, period_secs).await?;
        changes.put(&period).await?;
    }
    count_again(changes, log, priced.asset).await
}

/// The period that a point lies in, with that point.
async fn period(
    changes: &mut Changes<'_>,
    point: &PricePoint,
    period_secs: u64,
) -> Result<AssetPricePeriod, FoldError> {
    let mut period = AssetPricePeriod {
        prices: point.prices,
        asset: point.asset,
        period_secs,
        starts: period_start(point.time, period_secs),
        block: point.block,
        open: point.mid,
        high: point.mid,
        low: point.mid,
        close: point.mid,
        lowest: point.low,
        highest: point.high,
        median: point.median,
        stepped: point.stepped,
        pokes: 1,
    };
    if let Some(before) = changes.get::<AssetPricePeriod>(period.key()).await? {
        period.open = before.open;
        period.high = before.high.max(point.mid);
        period.low = before.low.min(point.mid);
        period.lowest = before.lowest.min(point.low);
        period.highest = before.highest.max(point.high);
        period.pokes = before.pokes.saturating_add(1);
    }
    Ok(period)
}

async fn leave_out(
    changes: &mut Changes<'_>,
    log: &RawLog,
    out: &PriceAggregator::SourceLeftOut,
) -> Result<(), FoldError> {
    for mut source in sources(changes, log, out.asset).await? {
        if source.source == out.source {
            source.fault = u64::from(out.fault);
            source.fault_mid = out.mid;
            source.fault_at = log.time;
            source.fault_transaction = log.transaction_hash;
            changes.put(&source).await?;
        }
    }
    let fault = PriceFault {
        source: Some(out.source),
        fault: u64::from(out.fault),
        mid: out.mid,
        ..fault(log, out.asset, "left_out")
    };
    Ok(changes.put(&fault).await?)
}

/// Sources that this aggregation did not leave out count.
async fn count_again(
    changes: &mut Changes<'_>,
    log: &RawLog,
    asset: alloy::primitives::Address,
) -> Result<(), FoldError> {
    for mut source in sources(changes, log, asset).await? {
        if source.fault != 0 && source.fault_transaction != log.transaction_hash {
            source.fault = 0;
            changes.put(&source).await?;
        }
    }
    Ok(())
}

async fn sources(
    changes: &mut Changes<'_>,
    log: &RawLog,
    asset: alloy::primitives::Address,
) -> Result<Vec<PriceSource>, FoldError> {
    let mut sources = Vec::new();
    for index in 0..SOURCES_MAX {
        let key = vec![log.address.to_value(), asset.to_value(), index.to_value()];
        let Some(source) = changes.get::<PriceSource>(key).await? else {
            break;
        };
        sources.push(source);
    }
    Ok(sources)
}

fn fault(log: &RawLog, asset: alloy::primitives::Address, kind: &str) -> PriceFault {
    PriceFault {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        prices: log.address,
        asset,
        kind: kind.to_owned(),
        ..PriceFault::default()
    }
}

async fn price(
    changes: &mut Changes<'_>,
    log: &RawLog,
    asset: alloy::primitives::Address,
) -> Result<AssetPrice, FoldError> {
    let key = vec![log.address.to_value(), asset.to_value()];
    changes.get::<AssetPrice>(key).await?.ok_or_else(|| {
        FoldError::Impossible(format!(
            "block {}, log {} is of the price of {asset}, which {} was never given",
            log.block, log.log_index, log.address
        ))
    })
}

/// What a quorum of signers reported, and who they are.
pub(super) async fn fold_reports(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(reported) = event::<Quorum::Reported>(log) {
        let report = LatestReport {
            contract: log.address,
            asset: reported.asset,
            round: reported.round,
            price: reported.price,
            confidence: reported.confidence,
            time: reported.time,
            reports: number(reported.reports),
            block: log.block,
        };
        changes.put(&report).await?;
    } else if let Some(set) = event::<Quorum::SignersSet>(log) {
        let quorum = ReportQuorum {
            contract: log.address,
            quorum: number(set.quorum),
            signers: set.signers,
            block: log.block,
        };
        changes.put(&quorum).await?;
    }
    Ok(())
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<AssetPrice>(store, COMPARED_MAX).await? {
        compare_price(&stored, check).await?;
    }
    for stored in touched.records::<LatestReport>(store, COMPARED_MAX).await? {
        let quorum = Quorum::new(stored.contract, check.provider());
        let seen = check.read("report", quorum.latest(stored.asset)).await?;
        let name = |what: &str| {
            let (asset, contract) = (stored.asset, stored.contract);
            format!("prices: the {what} that {contract} has of {asset}")
        };
        check.same(|| name("price"), stored.price, seen._0);
        check.same(|| name("confidence"), stored.confidence, seen._1);
        check.same(|| name("time"), stored.time, seen._2);
        check.same(|| name("round"), stored.round, seen._3);
    }
    for stored in touched.records::<ReportQuorum>(store, COMPARED_MAX).await? {
        let quorum = Quorum::new(stored.contract, check.provider());
        let (least, signers) = (quorum.quorum(), quorum.signers());
        let least = check.read("quorum", least).await?;
        let signers = check.read("signers", signers).await?;
        let name = |what: &str| format!("prices: {what} of {}", stored.contract);
        check.same(|| name("the quorum"), U256::from(stored.quorum), least);
        let same = U256::from(u8::from(stored.signers == signers));
        check.same(|| name("whether the signers agree,"), same, U256::ONE);
    }
    Ok(())
}

async fn compare_price(stored: &AssetPrice, check: &mut Check<'_>) -> Result<(), IndexError> {
    let prices = IPrices::new(stored.prices, check.provider());
    let seen = check.read("price", prices.price(stored.asset)).await?;
    let state = stored.state_at(check.block.time.get()).code();
    let all = [
        ("low price", stored.low, seen.low),
        ("mid price", stored.mid, seen.mid),
        ("high price", stored.high, seen.high),
        ("time", U256::from(stored.updated_at), seen.updatedAt),
        ("state", U256::from(state), U256::from(seen.state)),
    ];
    for (what, ours, theirs) in all {
        let name = || {
            let (asset, prices) = (stored.asset, stored.prices);
            format!("prices: the {what} of {asset} at {prices}")
        };
        check.same(name, ours, theirs);
    }
    Ok(())
}
