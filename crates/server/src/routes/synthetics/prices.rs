//! Prices with what every source says, and over time.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_bindings::aggregator::PriceAggregator::Reading;
use ballast_store::{
    AssetPrice, AssetPricePeriod, Column, LatestReport, PriceFault, PricePoint as Stored,
    PriceSource, ReportQuorum, SourceFacts,
};

use crate::answer::{Listed, answer, listed};
use crate::app::App;
use crate::http::path::{AssetInPath, InPath};
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::snapshot::{Asks, Snapshot, reading};
use crate::synthetics::state::{BookState, record_of, shown_down, shown_up};
use crate::synthetics::survey::surveys;
use crate::synthetics::views::{
    AssetPriceView, PriceFaultView, PricePoint, PriceSeriesAnswer, PriceSourceView, PriceTermsView,
    ReportView,
};
use crate::views::AssetRef;
use crate::wire::{Addr, Word};

/// Why a source does not count, by the contract's number.
const FAULTS: [&str; 7] = [
    "none",
    "no_answer",
    "locked",
    "malformed",
    "out_of_bounds",
    "stale",
    "outlier",
];

fn fault_name(code: u64) -> String {
    let index = usize::try_from(code).unwrap_or(usize::MAX);
    let name = FAULTS.get(index).copied();
    name.unwrap_or("malformed").to_owned()
}

/// Prices with what every source says
///
/// Where the server has an endpoint, sources are asked at the block of the answer; otherwise what was last heard of
/// them is shown, with its time.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/prices",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
    ),
    responses((status = 200, body = Listed<AssetPriceView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = BookState::read(snapshot, synthetic).await?;
            Ok(listed(snapshot, (assets(snapshot, &state).await?, None)))
        }),
    )
    .await
}

/// A price over time
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/prices/{asset}/series",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("asset" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The priced asset's address"),
        ("interval" = Option<String>, Query, pattern = "^(event|hour|day)$", description = "After each aggregation, or by hours or days; aggregations by default"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 5000, description = "Points, 1000 by default; the newest are kept where there are more"),
    ),
    responses((status = 200, body = PriceSeriesAnswer), Refusals)
)]
pub(crate) async fn series(
    State(app): State<App>,
    AssetInPath(synthetic, asset): AssetInPath,
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
            let record = record_of(snapshot, synthetic)?;
            let state = BookState::read(snapshot, synthetic).await?;
            if !state.prices.contains_key(&asset) {
                let shown = asset.to_checksum(None);
                let detail = format!("asset: {shown} has no price in this synthetic's unit");
                return Err(Problem::unknown("asset", detail));
            }
            let wanted = Wanted {
                prices: record.prices.address,
                asset,
                decimals: state.asset(asset).decimals,
                span: (from, to),
                limit,
            };
            let points = match interval {
                "hour" => wanted.periods(snapshot, 3_600).await?,
                "day" => wanted.periods(snapshot, 86_400).await?,
                _ => wanted.events(snapshot).await?,
            };
            Ok(PriceSeriesAnswer {
                as_of: snapshot.as_of(),
                interval: interval.to_owned(),
                points,
                faults: wanted.faults(snapshot).await?,
            })
        }),
    )
    .await
}

/// Every price of a synthetic with what its sources say.
async fn assets(snapshot: &Snapshot, state: &BookState) -> Result<Vec<AssetPriceView>, Problem> {
    let prices = state.record.prices.address;
    let mut asks = Asks::default();
    let sources = asks.find::<PriceSource>("of_prices", vec![prices.to_value()]);
    let facts = asks.find::<SourceFacts>("all", Vec::new());
    let reports = asks.find::<LatestReport>("all", Vec::new());
    let quorums = asks.find::<ReportQuorum>("all", Vec::new());
    let found = snapshot.ask(asks).await?;
    let told = Told {
        facts: found
            .all(facts)?
            .into_iter()
            .map(|one: SourceFacts| (one.source, one))
            .collect(),
        reports: found.all(reports)?,
        quorums: found.all(quorums)?,
        now: state.now,
    };
    let sources: Vec<PriceSource> = found.all(sources)?;
    let known: Vec<Address> = state.prices.keys().copied().collect();
    let surveys = surveys(snapshot, prices, &known).await;
    let mut views = Vec::new();
    for price in state.prices.values() {
        let asset = state.asset(price.asset);
        let readings = surveys.as_ref().and_then(|all| all.get(&price.asset));
        let ours = sources.iter().filter(|source| source.asset == price.asset);
        let views_of = ours.map(|source| {
            let place = usize::try_from(source.source_index).unwrap_or(usize::MAX);
            let reading = readings.and_then(|all| all.get(place));
            told.view((price, asset.decimals), source, reading)
        });
        views.push(AssetPriceView {
            asset: AssetRef::from(&asset),
            prices: prices.into(),
            price: state.price_view(price),
            median: shown_down(price.median, asset.decimals).into(),
            terms: PriceTermsView {
                max_age_secs: price.max_age_secs,
                grace_secs: price.grace_secs,
                min_sources: price.min_sources,
                deviation_wad: price.deviation.into(),
                max_deviation_wad: price.max_deviation.into(),
                max_step_wad: price.max_step.into(),
                step_window_secs: price.step_window_secs,
            },
            surveyed: readings.is_some(),
            sources: views_of.collect(),
        });
    }
    Ok(views)
}

/// What is known of all sources.
struct Told {
    facts: BTreeMap<Address, SourceFacts>,
    reports: Vec<LatestReport>,
    quorums: Vec<ReportQuorum>,
    now: u64,
}

impl Told {
    /// A source with what it says at this block, or what was last heard of it.
    fn view(
        &self,
        (price, decimals): (&AssetPrice, u64),
        source: &PriceSource,
        reading: Option<&Reading>,
    ) -> PriceSourceView {
        let facts = self.facts.get(&source.source);
        let kind = facts.map_or("other", |facts| facts.kind.as_str());
        let behind = facts.and_then(|facts| facts.behind);
        let view = PriceSourceView {
            address: source.source.into(),
            kind: kind.to_owned(),
            behind: behind.map(Addr),
            max_age_secs: source.max_age_secs,
            least: shown_down(source.least, decimals).into(),
            most: shown_up(source.most, decimals).into(),
            low: None,
            mid: None,
            high: None,
            updated_at: None,
            stepped: None,
            fault: fault_name(source.fault),
            heard_at: price.updated_at,
            report: behind.and_then(|quorum| self.report(quorum, price.asset)),
        };
        if let Some(reading) = reading {
            let says = !reading.mid.is_zero();
            let some = |word| says.then_some(Word(word));
            return PriceSourceView {
                low: some(shown_down(reading.low, decimals)),
                mid: some(shown_down(reading.mid, decimals)),
                high: some(shown_up(reading.high, decimals)),
                updated_at: says.then(|| reading.updatedAt.saturating_to()),
                stepped: says.then_some(reading.stepped),
                fault: fault_name(reading.fault.into()),
                heard_at: self.now,
                ..view
            };
        }
        if source.fault == 0 {
            return view;
        }
        let said = !source.fault_mid.is_zero();
        PriceSourceView {
            mid: said.then(|| shown_down(source.fault_mid, decimals).into()),
            heard_at: source.fault_at,
            ..view
        }
    }

    /// The last round that a quorum reported of an asset.
    fn report(&self, contract: Address, asset: Address) -> Option<ReportView> {
        let mut reports = self.reports.iter();
        let report = reports.find(|one| one.contract == contract && one.asset == asset)?;
        let mut quorums = self.quorums.iter();
        let quorum = quorums.find(|one| one.contract == contract);
        Some(ReportView {
            quorum_contract: contract.into(),
            quorum: quorum.map_or(0, |one| one.quorum),
            signers: quorum.map_or(Vec::new(), |one| {
                one.signers.iter().copied().map(Addr).collect()
            }),
            round: report.round.into(),
            price: report.price.into(),
            confidence: report.confidence.into(),
            time: report.time.into(),
            reports: report.reports,
            block: report.block,
        })
    }
}

/// Which prices over which time.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    prices: Address,
    asset: Address,
    decimals: u64,
    span: (u64, u64),
    limit: u64,
}

impl Wanted {
    fn key(&self) -> ballast_store::Row {
        vec![self.prices.to_value(), self.asset.to_value()]
    }

    /// One point after each aggregation, the newest where there are more than the limit.
    async fn events(&self, snapshot: &Snapshot) -> Result<Vec<PricePoint>, Problem> {
        let mut params = self.key();
        params.extend([self.span.0, self.span.1, self.limit].map(|number| number.to_value()));
        let mut found = snapshot.find::<Stored>("page_down", params).await?;
        found.reverse();
        let point = |one: Stored| {
            let mid = Word(shown_down(one.mid, self.decimals));
            PricePoint {
                time: one.time,
                block: one.block,
                low: shown_down(one.low, self.decimals).into(),
                mid,
                high: shown_up(one.high, self.decimals).into(),
                open: mid,
                mid_high: mid,
                mid_low: mid,
                median: shown_down(one.median, self.decimals).into(),
                stepped: one.stepped == 1,
                pokes: 1,
            }
        };
        Ok(found.into_iter().map(point).collect())
    }

    /// One point for each hour or day that had an aggregation.
    async fn periods(&self, snapshot: &Snapshot, secs: u64) -> Result<Vec<PricePoint>, Problem> {
        let mut params = self.key();
        let first = self.span.0.saturating_sub(self.span.0 % secs);
        params.extend([secs, first, self.span.1, self.limit].map(|number| number.to_value()));
        let mut found = snapshot
            .find::<AssetPricePeriod>("page_down", params)
            .await?;
        found.reverse();
        let down = |price| Word(shown_down(price, self.decimals));
        let point = |one: AssetPricePeriod| PricePoint {
            time: one.starts,
            block: one.block,
            low: down(one.lowest),
            mid: down(one.close),
            high: shown_up(one.highest, self.decimals).into(),
            open: down(one.open),
            mid_high: down(one.high),
            mid_low: down(one.low),
            median: down(one.median),
            stepped: one.stepped == 1,
            pokes: one.pokes,
        };
        Ok(found.into_iter().map(point).collect())
    }

    /// When the price became unsafe, and sources did not count.
    async fn faults(&self, snapshot: &Snapshot) -> Result<Vec<PriceFaultView>, Problem> {
        let mut params = self.key();
        let bounds = [self.span.0, self.span.1, bound::PAGE_MAX];
        params.extend(bounds.map(|number| number.to_value()));
        let found = snapshot.find::<PriceFault>("page_down", params).await?;
        let view = |one: PriceFault| {
            let said = !one.mid.is_zero();
            PriceFaultView {
                block: one.block,
                log_index: one.log_index,
                time: one.time,
                kind: one.kind,
                source: one.source.map(Addr),
                fault: one.source.map(|_| fault_name(one.fault)),
                mid: said.then(|| shown_down(one.mid, self.decimals).into()),
            }
        };
        Ok(found.into_iter().map(view).collect())
    }
}
