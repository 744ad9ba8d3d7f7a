//! Synthetics with everything that is known of them.

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

pub(crate) mod auctions;
pub(crate) mod history;
pub(crate) mod ladder;
pub(crate) mod prices;
pub(crate) mod redemption;
pub(crate) mod vaults;

/// Synthetics
#[utoipa::path(
    get,
    path = "/v1/synthetics",
    tag = "synthetics",
    responses((status = 200, body = Listed<SyntheticSummary>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,

    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// One synthetic with its markets
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
    ),
    responses((status = 200, body = SyntheticAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Holders of a synthetic, the largest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/holders",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<SyntheticHolderView>), Refusals)
)]
pub(crate) async fn holders(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
