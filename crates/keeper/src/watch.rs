//! Noticing silence: a loop that does not go round, or a chain that gives no new block.

use std::sync::Arc;
use std::time::Duration;

use crate::alerts::Alerts;
use crate::config::Clock;
use crate::status::Status;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// Watches until it is dropped.
pub async fn watch(status: Arc<Status>, alerts: Alerts, stall: Option<Duration>, clock: Clock) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Some(silent) = status.silent() {
            let text = format!("the keeper's loop is silent for {} s", silent.as_secs());
            alerts.raise("silent", "loop", &text).await;
        }
        let stalled = status.stalled();
        if let Some(stall) = stall
            && clock == Clock::System
            && stalled > stall
        {
            let text = format!(
                "no new block for {} s: the endpoint or the chain stands still",
                stalled.as_secs()
            );
            alerts.raise("stalled", "chain", &text).await;
        }
    }
}
