//! The routes and their description.

use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::explorer;
use crate::http::guard::{Clients, guard};
use crate::problem::Problem;
use crate::routes::{
    accounts, auction, events, export, inflows, live, loans, market, marks, powers, quotes, series,
    services, status, synthetics, tokens,
};

/// The description's head.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ballast",
        description = "Figures, history and live events of tokens that carry their own reserve. Amounts are decimal strings in base units; `_wad` is 1e18; times are unix seconds; every answer names its block.",
        license(name = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem)),
    tags(
        (name = "tokens", description = "Tokens and what backs them"),
        (name = "history", description = "What happened"),
        (name = "loans", description = "Loans"),
        (name = "auction", description = "The auction of fee tokens"),
        (name = "synthetics", description = "Synthetics, their markets, vaults and prices"),
        (name = "services", description = "Keepers and oracle nodes"),
        (name = "quotes", description = "What an action would do, to the last unit"),
        (name = "live", description = "What happens now"),
        (name = "export", description = "Tables and series as files"),
        (name = "status", description = "The server itself"),
    )
)]
struct Head;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(status::status))
        .routes(routes!(status::assets))
        .routes(routes!(tokens::list))
        .routes(routes!(tokens::one))
        .routes(routes!(series::series))
        .routes(routes!(events::list))
        .routes(routes!(market::holders))
        .routes(routes!(market::trades))
        .routes(routes!(auction::auction))
        .routes(routes!(auction::fills))
        .routes(routes!(marks::marks))
        .routes(routes!(inflows::inflows))
        .routes(routes!(powers::powers))
        .routes(routes!(accounts::account))
        .routes(routes!(export::export))
        .routes(routes!(quotes::redeem))
        .routes(routes!(quotes::borrow))
        .routes(routes!(quotes::bid))
        .routes(routes!(loans::of_token))
        .routes(routes!(loans::calendar))
        .routes(routes!(loans::one))
        .routes(routes!(loans::of_all))
        .routes(routes!(synthetics::list))
        .routes(routes!(synthetics::one))
        .routes(routes!(synthetics::holders))
        .routes(routes!(synthetics::ladder::ladder))
        .routes(routes!(synthetics::vaults::of_market))
        .routes(routes!(synthetics::vaults::one))
        .routes(routes!(synthetics::vaults::of_account))
        .routes(routes!(synthetics::auctions::auctions))
        .routes(routes!(synthetics::history::takes))
        .routes(routes!(synthetics::history::redemptions))
        .routes(routes!(synthetics::history::losses))
        .routes(routes!(synthetics::history::peg_moves))
        .routes(routes!(synthetics::history::backstop_moves))
        .routes(routes!(synthetics::history::backstop_requests))
        .routes(routes!(synthetics::history::events))
        .routes(routes!(synthetics::redemption::quote))
        .routes(routes!(synthetics::prices::list))
        .routes(routes!(synthetics::prices::series))
        .routes(routes!(services::keepers))
        .routes(routes!(services::sends))
        .routes(routes!(services::decisions))
        .routes(routes!(live::live))
        .routes(routes!(status::health))
        .routes(routes!(status::alive))
        .routes(routes!(status::metrics))
}

/// The API's description as an OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}

async fn described(State(document): State<String>) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], document).into_response()
}

async fn no_such_method() -> Problem {
    let detail = "method must be GET or HEAD: this interface only reads";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// The whole service.
pub(crate) fn router(app: App) -> Router {
    let (routes, document) = routes().split_for_parts();
    let document = document.to_json().unwrap_or_default();
    let described = Router::new()
        .route("/openapi.json", axum::routing::get(described))
        .with_state(document);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(Any)
        .expose_headers([header::ETAG, header::RETRY_AFTER]);
    routes
        .with_state(app.clone())
        .merge(described)
        .fallback(explorer::serve)
        .method_not_allowed_fallback(no_such_method)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(
            (app, Clients::default()),
            guard,
        ))
        .layer(cors)
}
