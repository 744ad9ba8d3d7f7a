//! `/status`, `/metrics` and `/health`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

use crate::error::KeeperError;
use crate::status::{Figures, Status};

/// A page that has its address and waits to be run.
#[derive(Debug)]
pub struct Page {
    listener: TcpListener,
    address: SocketAddr,
    status: Arc<Status>,
}

impl Page {
    /// Takes the address.
    ///
    /// # Errors
    /// [`KeeperError::Listen`].
    pub async fn bind(listen: &str, status: Arc<Status>) -> Result<Self, KeeperError> {
        let fail = |error: std::io::Error| KeeperError::Listen {
            address: listen.to_owned(),
            detail: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self {
            listener,
            address,
            status,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub async fn run(self) {
        let router = Router::new()
            .route("/status", get(status))
            .route("/metrics", get(metrics_text))
            .route("/health", get(health))
            .with_state(self.status);
        if let Err(error) = axum::serve(self.listener, router).await {
            tracing::error!("status is not served any more: {error}");
        }
    }
}

async fn status(State(status): State<Arc<Status>>) -> Response {
    axum::Json(status.figures()).into_response()
}

async fn health(State(status): State<Arc<Status>>) -> Response {
    match status.silent() {
        None => (StatusCode::OK, "alive\n").into_response(),
        Some(silent) => {
            let text = format!("the loop is silent for {} s\n", silent.as_secs());
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn metrics_text(State(status): State<Arc<Status>>) -> Response {
    // A recorder of its own, so that several services may live in one program.
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || record(&status.figures()));
    recorder.handle().render().into_response()
}

#[allow(clippy::cast_precision_loss)] // Gauges of a dashboard, not figures.
fn set(name: &'static str, value: u64) {
    gauge!(name).set(value as f64);
}

fn record(figures: &Figures) {
    if let Some(head) = figures.head {
        set("ballast_keeper_head_block", head.number);
        set("ballast_keeper_head_time_seconds", head.time);
    }
    set("ballast_keeper_handled_block", figures.handled);
    set("ballast_keeper_failures_total", figures.failures);
    set("ballast_keeper_blocks_taken_back_total", figures.taken_back);
    set("ballast_keeper_mirror_rebuilt_total", figures.rebuilt);
    set("ballast_keeper_alerts_total", figures.alerts);
    set("ballast_keeper_bids_failed_total", figures.bids_failed);
    set("ballast_keeper_bids_declined_total", figures.bids_declined);
    if let Some(micros) = figures.take_latency_micros {
        set("ballast_keeper_take_latency_microseconds", micros);
    }
    let by = |name: &'static str, label: &'static str, key: &str, value: u64| {
        #[allow(clippy::cast_precision_loss)] // As above.
        gauge!(name, label => key.to_owned()).set(value as f64);
    };
    for book in &figures.books {
        let count = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        by(
            "ballast_keeper_vaults",
            "synthetic",
            &book.symbol,
            count(book.vaults),
        );
        by(
            "ballast_keeper_unhealthy",
            "synthetic",
            &book.symbol,
            count(book.unhealthy),
        );
    }
    for (strategy, count) in &figures.proposed {
        by(
            "ballast_keeper_proposed_total",
            "strategy",
            strategy,
            *count,
        );
    }
    for (strategy, count) in &figures.queued {
        by("ballast_keeper_queued_total", "strategy", strategy, *count);
    }
    for (error, count) in &figures.refused {
        by("ballast_keeper_refused_total", "error", error, *count);
    }
    let sends = &figures.sends;
    set("ballast_keeper_sends_total", sends.sends);
    set("ballast_keeper_mined_total", sends.mined);
    set("ballast_keeper_reverted_total", sends.reverted);
    set("ballast_keeper_replaced_total", sends.replaced);
    set("ballast_keeper_expired_total", sends.expired);
    set(
        "ballast_keeper_duplicate_sends_total",
        sends.duplicate_sends,
    );
    set("ballast_keeper_waiting", sends.waiting);
    set("ballast_keeper_blocked", u64::from(sends.blocked.is_some()));
}
