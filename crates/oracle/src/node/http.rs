//! What a node answers, to its peers and to who looks after it.

use std::sync::Arc;

use alloy::primitives::Address;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::sign::NotSigned;
use super::{Clock, Shared};

#[derive(Deserialize)]
struct Asked {
    /// The round that a report is wanted of; the newest that was signed where there is none.
    round: Option<u64>,
}

/// Answers until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/v1/report/{asset}", get(report))
        .route("/v1/venues", get(venues))
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .with_state(shared);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!("the server ended: {error}");
    }
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Response {
    (status, Json(json!({"error": detail.into()}))).into_response()
}

async fn report(
    State(shared): State<Arc<Shared>>,
    Path(asset): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let Ok(asset) = asset.parse::<Address>() else {
        return problem(StatusCode::BAD_REQUEST, "asset: not an address");
    };
    let found = match asked.round {
        Some(round) => {
            shared.figures.count("asked");
            shared.refresh_for(round).await;
            shared.report(asset, round).await.map(Some)
        }
        None => shared.newest(asset).await,
    };
    match found {
        Ok(Some(signed)) => Json(signed.wire(&shared.target)).into_response(),
        Ok(None) => problem(StatusCode::NOT_FOUND, "report: nothing was signed yet"),
        Err(error) => {
            let status = match &error {
                NotSigned::Unknown { .. } => StatusCode::NOT_FOUND,
                NotSigned::Round { .. } | NotSigned::Over { .. } => StatusCode::CONFLICT,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            problem(status, error.to_string())
        }
    }
}

async fn venues(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.venues()).into_response()
}

async fn status(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.status()).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, shared.metrics()).into_response()
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.health() {
        Ok(()) => Json(json!({"ok": true})).into_response(),
        Err(detail) => problem(StatusCode::SERVICE_UNAVAILABLE, detail),
    }
}

impl Shared {
    /// Looks at the chain where its newest block is the clock and a peer has seen a later one.
    async fn refresh_for(&self, round: u64) {
        let Some(facts) = self.facts() else {
            return;
        };
        if self.config.clock == Clock::Chain
            && round > self.round(self.now(&facts))
            && let Ok(newer) = self.reader.facts().await
        {
            let mut state = self.state();
            let known = state.facts.as_ref().map_or(0, |facts| facts.head.number);
            if newer.head.number > known {
                state.facts = Some(newer);
            }
        }
    }
}
