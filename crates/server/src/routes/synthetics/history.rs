//! What happened to a synthetic: takes, redemptions, losses, its peg and its backstop.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::Listed;
use crate::app::App;
use crate::decode::EventView;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

/// Takes of vaults, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/takes",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<TakeView>), Refusals)
)]
pub(crate) async fn takes(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Redemptions, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/redemptions",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = Option<u64>, Query, maximum = 99, description = "Only of this market"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<RedemptionView>), Refusals)
)]
pub(crate) async fn redemptions(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Losses that came up and who paid them, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/losses",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<LossView>), Refusals)
)]
pub(crate) async fn losses(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// What happened at the peg module, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/peg/moves",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<PegMoveView>), Refusals)
)]
pub(crate) async fn peg_moves(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// What happened at the backstop, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/backstop/moves",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<BackstopMoveView>), Refusals)
)]
pub(crate) async fn backstop_moves(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Entries and exits asked of the backstop, by epoch, the newest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/backstop/requests",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("owner" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only of this owner"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<BackstopRequestView>), Refusals)
)]
pub(crate) async fn backstop_requests(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Events of a synthetic's contracts
///
/// With `kind`, a page may hold fewer rows than asked for, or none, and still have a `next`.
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/events",
    tag = "history",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("kind" = Option<String>, Query, max_length = 1000, description = "Names of events, parted by commas"),
        ("contract" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this contract's"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", description = "Newest first by default"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<EventView>), Refusals)
)]
pub(crate) async fn events(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
