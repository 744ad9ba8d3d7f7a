//! Vaults that are for sale.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::Listed;
use crate::app::App;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

/// Unhealthy vaults, for sale now
///
/// By market, and in a market the riskiest first.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/auctions",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<VaultAuctionView>), Refusals)
)]
pub(crate) async fn auctions(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
