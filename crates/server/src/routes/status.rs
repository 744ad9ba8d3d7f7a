//! What the server knows about itself: deployment, projections, indexers, assets; health and metrics.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use ballast_store::AssetFacts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::measure;
use crate::problem::Problem;
use crate::query::{Query, cursor_address};
use crate::routes::Refusals;
use crate::snapshot::{AsOf, Asks, Stamp, reading, unix_now};
use crate::wire::Addr;

/// The deployment that the store is of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeploymentView {
    /// A name for people.
    pub name: String,
    /// The chain.
    pub chain_id: u64,
    /// Launches tokens.
    pub launchpad: Addr,
    /// Where reading starts.
    pub genesis_block: u64,
    /// Wrapped native currency.
    pub wrapped_native: Option<Addr>,
    /// Router over pools.
    pub router: Option<Addr>,
    /// Factory of pools.
    pub factory: Option<Addr>,
    /// An endpoint that a wallet may add the chain with, where the operator names one.
    pub public_rpc: Option<String>,
}

/// How far a projection is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProjectionView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The last block that it folded.
    pub block: u64,
    /// Why it stopped; null where it runs.
    pub stopped: Option<String>,
}

/// An indexer that writes the store.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndexerView {
    /// Its name.
    pub service: String,
    /// Seconds since its last sign of life.
    pub beat_age_secs: u64,
    /// The newest block it stored.
    pub block: u64,
    /// The newest block of the chain as it last heard.
    pub tip: u64,
    /// Why it cannot go on at the moment; null where it does.
    pub stopped: Option<String>,
}

/// How everything stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusAnswer {
    /// The newest indexed block.
    pub as_of: AsOf,
    /// The server's version.
    pub version: String,
    /// The deployment.
    pub deployment: DeploymentView,
    /// Tokens launched.
    pub tokens: u64,
    /// Logs stored.
    pub events: u64,
    /// Projections with how far they are.
    pub projections: Vec<ProjectionView>,
    /// Indexers heard of, the newest first.
    pub indexers: Vec<IndexerView>,
}

/// Deployment, projections and indexers
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "status",
    responses((status = 200, body = StatusAnswer), Refusals)
)]
pub(crate) async fn status(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let app = &app;
    answer(
        app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let contracts = &app.manifest.contracts;
            let mut asks = Asks::default();
            let tokens = asks.rows("tokens", "count", Vec::new());
            let events = asks.rows("logs", "count", Vec::new());
            let found = snapshot.ask(asks).await?;
            let stamp = &snapshot.stamp;
            let projections = stamp.progress.iter().map(|one| ProjectionView {
                name: one.name.clone(),
                version: one.version,
                block: one.block,
                stopped: one.stopped.clone(),
            });
            let mut beats: Vec<_> = stamp.indexers().collect();
            beats.sort_by_key(|beat| std::cmp::Reverse(beat.beat_at));
            let indexers = beats.into_iter().take(16).map(|beat| IndexerView {
                service: beat.service.clone(),
                beat_age_secs: unix_now().saturating_sub(beat.beat_at),
                block: beat.block,
                tip: beat.tip,
                stopped: beat.stopped.clone(),
            });
            Ok(StatusAnswer {
                as_of: snapshot.as_of(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                deployment: DeploymentView {
                    name: app.manifest.name.clone(),
                    chain_id: app.manifest.chain_id,
                    launchpad: contracts.launchpad.address.into(),
                    genesis_block: app.manifest.genesis_block,
                    wrapped_native: Some(contracts.wrapped_native.address.into()),
                    router: contracts.router.map(|router| router.address.into()),
                    factory: Some(contracts.factory.address.into()),
                    public_rpc: app.options.public_rpc.clone(),
                },
                tokens: found.count(tokens),
                events: found.count(events),
                projections: projections.collect(),
                indexers: indexers.collect(),
            })
        }),
    )
    .await
}

/// A backing asset that some token has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssetView {
    /// Its contract.
    pub address: Addr,
    /// Its name; its address where it has none.
    pub name: String,
    /// Its symbol; its address where it has none.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u64,
    /// Whether it is the wrapped native currency.
    pub native: bool,
}

/// Backing assets
#[utoipa::path(
    get,
    path = "/v1/assets",
    tag = "tokens",
    params(
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 64, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<AssetView>), Refusals)
)]
pub(crate) async fn assets(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["limit", "cursor"])?;
    let limit = query.limit()?;
    let cursor = query.cursor::<1>()?;
    let after = cursor.map(|[asset]| cursor_address(&asset)).transpose()?;
    let app = &app;
    answer(
        app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let facts = snapshot.find::<AssetFacts>("all", Vec::new()).await?;
            let rest = facts
                .into_iter()
                .filter(|one| after.is_none_or(|after| one.asset > after));
            let (page, next) = page_of(rest.collect(), limit, |one| format!("{:#x}", one.asset));
            let native = app.manifest.contracts.wrapped_native.address;
            let view = |one: AssetFacts| AssetView {
                address: one.asset.into(),
                name: one.name,
                symbol: one.symbol,
                decimals: one.decimals,
                native: one.asset == native,
            };
            Ok(listed(
                snapshot,
                (page.into_iter().map(view).collect(), next),
            ))
        }),
    )
    .await
}

/// Whether the server can be relied on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// Whether nothing is wrong.
    pub healthy: bool,
    /// What is wrong, each with what to do.
    pub reasons: Vec<String>,
}

/// Whether the server can be relied on
///
/// 503 with the reasons where the store does not answer, the head lags, an indexer or a loop is silent, or a projection
/// has stopped.
#[utoipa::path(
    get,
    path = "/health",
    tag = "status",
    responses(
        (status = 200, body = HealthAnswer),
        (status = 503, body = HealthAnswer),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 414, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn health(State(app): State<App>, query: Query) -> Result<Response, Problem> {
    query.only(&[])?;
    let reasons = reasons(&app).await;
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = HealthAnswer {
        healthy: reasons.is_empty(),
        reasons,
    };
    let stored = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((status, stored, Json(answer)).into_response())
}

async fn reasons(app: &App) -> Vec<String> {
    let mut reasons = Vec::new();
    let silence_max = app.options.silence_secs_max;
    for (name, secs) in app.loops.silences() {
        if secs > silence_max {
            reasons.push(format!(
                "the server's loop `{name}` is silent for {secs} s, at most {silence_max}; restart the server"
            ));
        }
    }
    let stamp = tokio::time::timeout(app.options.client_patience, Stamp::read(app)).await;
    match stamp {
        Ok(Ok(Some(stamp))) => of_stamp(app, &stamp, &mut reasons),
        Ok(Ok(None)) => reasons.push("nothing is indexed yet; start `ballast index`".to_owned()),
        Ok(Err(problem)) => reasons.push(problem.detail().to_owned()),
        Err(_) => reasons.push("the store does not answer in time".to_owned()),
    }
    reasons
}

fn of_stamp(app: &App, stamp: &Stamp, reasons: &mut Vec<String>) {
    let (silence_max, lag_max) = (app.options.silence_secs_max, app.options.lag_blocks_max);
    match stamp.silence_secs() {
        None => reasons.push("no indexer was ever heard of; start `ballast index`".to_owned()),
        Some(secs) if secs > silence_max => reasons.push(format!(
            "the indexer is silent for {secs} s, at most {silence_max}; see whether it runs"
        )),
        Some(_) => {}
    }
    if let Some(lag) = stamp.lag_blocks().filter(|lag| *lag > lag_max) {
        reasons.push(format!(
            "the store is {lag} blocks behind the chain, at most {lag_max}; see what holds up the indexer"
        ));
    }
    for name in stamp.stopped() {
        reasons.push(format!(
            "projection `{name}` has stopped because the store and the chain differ; see `ballast index`"
        ));
    }
}

/// Whether the server runs at all
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "status",
    responses((status = 200, body = HealthAnswer))
)]
pub(crate) async fn alive() -> Json<HealthAnswer> {
    Json(HealthAnswer {
        healthy: true,
        reasons: Vec::new(),
    })
}

/// Measurements for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "status",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics() -> Response {
    let text = measure::recorder().map(|recorder| {
        recorder.run_upkeep();
        recorder.render()
    });
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, kind)], text.unwrap_or_default()).into_response()
}
