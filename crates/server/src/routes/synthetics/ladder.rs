//! Debt by the price at which it becomes unhealthy.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::app::App;
use crate::http::path::MarketInPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

/// Debt by liquidation price
///
/// A vault is in the step in which its liquidation price lies; a step is at most about one and a half per cent wide, and
/// wider where neighbours are joined.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/ladder",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("levels" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Most steps, 64 by default; neighbours are joined where there are more"),
    ),
    responses((status = 200, body = LadderAnswer), Refusals)
)]
pub(crate) async fn ladder(
    State(app): State<App>,
    MarketInPath(synthetic, market): MarketInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
