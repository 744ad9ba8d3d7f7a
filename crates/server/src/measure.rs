//! What the server measures about itself, for Prometheus.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ballast_store::{Ask, Lock, Pending, Row, Statement, Store, Write};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::app::App;
use crate::snapshot::Stamp;

/// Upper bounds of the latency histogram, in seconds.
const LATENCY_BOUNDS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0,
];

/// The process's one recorder; none where another program part has installed its own.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let made = RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&LATENCY_BOUNDS).ok()?;
        builder.install_recorder().ok()
    });
    made.as_ref()
}

/// Counts a request that was answered.
pub(crate) fn request(route: &str, status: u16, took: Duration) {
    let (route, status) = (route.to_owned(), status.to_string());
    counter!("ballast_http_requests_total", "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!("ballast_http_request_seconds", "route" => route).record(took.as_secs_f64());
}

#[allow(clippy::cast_precision_loss)] // A gauge of a dashboard, not a figure.
fn set(name: &'static str, value: u64) {
    gauge!(name).set(value as f64);
}

/// Notes how far the store is.
pub(crate) fn head(app: &App, stamp: &Stamp) {
    set("ballast_head_block", stamp.head.number);
    set("ballast_head_time_seconds", stamp.head.time);
    if let Some(lag) = stamp.lag_blocks() {
        set("ballast_lag_blocks", lag);
    }
    if let Some(age) = stamp.silence_secs() {
        set("ballast_indexer_heartbeat_age_seconds", age);
    }
    for progress in &stamp.progress {
        let stopped = if progress.stopped.is_some() { 1.0 } else { 0.0 };
        gauge!("ballast_projection_stopped", "projection" => progress.name.clone()).set(stopped);
    }
    let permits = app.subscribers.available_permits();
    let free = u64::try_from(permits).unwrap_or(u64::MAX);
    set("ballast_live_subscribers_free", free);
}

/// One listener of live events, counted while he is there.
#[derive(Debug)]
pub(crate) struct Present(());

impl Present {
    pub fn new() -> Self {
        gauge!("ballast_live_subscribers").increment(1.0);
        Self(())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        gauge!("ballast_live_subscribers").decrement(1.0);
    }
}

/// A store whose reads are counted: how often it is gone to, not how many statements each time.
#[derive(Debug)]
pub(crate) struct Counted(pub Arc<dyn Store>);

fn count_read() {
    counter!("ballast_store_reads_total").increment(1);
}

impl Store for Counted {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        count_read();
        self.0.read(statement, params)
    }

    fn read_each(&self, statement: Statement, keys: Vec<Row>) -> Pending<'_, Vec<Vec<Row>>> {
        count_read();
        self.0.read_each(statement, keys)
    }

    fn read_together(&self, asks: Vec<Ask>) -> Pending<'_, Vec<Vec<Row>>> {
        count_read();
        self.0.read_together(asks)
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        self.0.write(writes)
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        self.0.lock(name)
    }

    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()> {
        self.0.backup(file)
    }
}
