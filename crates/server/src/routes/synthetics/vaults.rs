//! Vaults of a market, of an owner, and what happened to one.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::answer::Listed;
use crate::app::App;
use crate::http::path::{InPath, MarketInPath, VaultInPath};
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::synthetics::views::*;

/// Vaults of a market
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/vaults",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("order" = Option<String>, Query, pattern = "^(riskiest|largest|owner)$", description = "Riskiest by default: the first to become unhealthy; or the largest debt, or by owner"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<VaultView>), Refusals)
)]
pub(crate) async fn of_market(
    State(app): State<App>,
    MarketInPath(synthetic, market): MarketInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// One vault with what happened to it
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/markets/{market}/vaults/{owner}",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("market" = String, Path, pattern = "^[0-9]{1,2}$", description = "The market's number"),
        ("owner" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "Whose vault"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = VaultAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    VaultInPath(synthetic, market, owner): VaultInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// Vaults of an account, of all synthetics
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/vaults",
    tag = "synthetics",
    params(
        ("account" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The account"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<AccountVaultView>), Refusals)
)]
pub(crate) async fn of_account(
    State(app): State<App>,
    InPath(account): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
