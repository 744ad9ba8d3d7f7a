//! Prices with what every source says, and over time.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::Listed;
use crate::app::App;
use crate::http::path::{AssetInPath, InPath};
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

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
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
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
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
