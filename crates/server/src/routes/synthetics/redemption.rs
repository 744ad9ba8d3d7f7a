//! What a redemption would burn and give.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::app::App;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

/// What a redemption would burn and give, the cheapest vaults first
///
/// Each step is one redemption of one vault, at most 50, each worked out after those before it.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/redemption",
    tag = "quotes",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("amount" = String, Query, pattern = "^[0-9]{1,77}$", description = "Base units of the synthetic, above zero"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
    ),
    responses((status = 200, body = RedemptionQuote), Refusals)
)]
pub(crate) async fn quote(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
