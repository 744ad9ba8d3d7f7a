//! Where the reserve came from, over time.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, Inflow, InflowPeriod};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::figures::token_of;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::snapshot::{AsOf, Asks, reading};
use crate::wire::Word;

/// What came from one source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InflowAmount {
    /// `seed`, `donation`, `conversion`, `flash_fee`, `loan_fee`, `redemption_fee`, `default` or `burn`; the last three
    /// moved what was in the reserve already into its stream.
    pub source: String,
    /// Which asset, in the reserve's order.
    pub asset_index: u64,
    /// Base units.
    pub amount: Word,
}

/// What came in one period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InflowsOf {
    /// Unix seconds of its first second; of the launch for the whole life.
    pub starts: u64,
    /// By source and asset; those with nothing are left out.
    pub amounts: Vec<InflowAmount>,
}

/// Where the reserve came from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InflowsAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Every source there is.
    pub sources: Vec<String>,
    /// Periods in which something came, in order.
    pub periods: Vec<InflowsOf>,
}

const SOURCES: [&str; 8] = [
    "seed",
    "conversion",
    "loan_fee",
    "redemption_fee",
    "flash_fee",
    "default",
    "burn",
    "donation",
];

/// Where the reserve came from
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/inflows",
    tag = "history",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("interval" = Option<String>, Query, pattern = "^(day|hour|total)$", description = "Days by default; `total` is the whole life"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
    ),
    responses((status = 200, body = InflowsAnswer), Refusals)
)]
pub(crate) async fn inflows(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["interval", "from", "to"])?;
    let interval = query.choice("interval", &["day", "hour", "total"])?;
    let (from, to) = query.span()?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let token = token_of(snapshot, token).await?;
            let reserve = token.reserve.to_value();
            let totals = snapshot
                .find::<Inflow>("of_reserve", vec![reserve.clone()])
                .await?;
            let mut periods: BTreeMap<u64, Vec<InflowAmount>> = BTreeMap::new();
            let mut asks = Asks::default();
            let mut slots = Vec::new();
            let secs: u64 = if interval == "hour" { 3_600 } else { 86_400 };
            for total in totals {
                if interval == "total" {
                    periods.entry(token.time).or_default().push(InflowAmount {
                        source: total.source,
                        asset_index: total.asset_index,
                        amount: total.amount.into(),
                    });
                    continue;
                }
                let params = vec![
                    reserve.clone(),
                    total.asset_index.to_value(),
                    total.source.to_value(),
                    secs.to_value(),
                    from.saturating_sub(secs.saturating_sub(1)).to_value(),
                    to.to_value(),
                    bound::POINTS_USUAL.to_value(),
                ];
                slots.push(asks.find::<InflowPeriod>("page_down", params));
            }
            let found = snapshot.ask(asks).await?;
            for slot in slots {
                for part in found.all(slot)? {
                    periods.entry(part.starts).or_default().push(InflowAmount {
                        source: part.source,
                        asset_index: part.asset_index,
                        amount: part.amount.into(),
                    });
                }
            }
            let periods = periods.into_iter();
            Ok(InflowsAnswer {
                as_of: snapshot.as_of(),
                sources: SOURCES.map(str::to_owned).to_vec(),
                periods: periods
                    .map(|(starts, amounts)| InflowsOf { starts, amounts })
                    .collect(),
            })
        }),
    )
    .await
}
