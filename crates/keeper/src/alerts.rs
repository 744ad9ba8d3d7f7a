//! What a person should know: written down once, then told to a webhook until it is taken.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ballast_store::{AlertRaised, Column, Statement, Store, Write, find};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::config::{ConfigError, WebhookConfig};
use crate::error::KeeperError;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// First wait after a failed delivery; doubled each time.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// How often it is looked for new ones.
const EVERY: Duration = Duration::from_millis(250);
/// How many are told in one round.
const ROUND: u64 = 20;
/// Shortest key for signatures, bytes.
const SECRET_BYTES_MIN: usize = 16;
/// Of the same kind and key, one is raised in so many seconds.
const AGAIN_SECS: u64 = 3_600;

/// Unix seconds of this machine.
pub(crate) fn unix_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Raises alerts of one service.
#[derive(Clone, Debug)]
pub struct Alerts {
    store: Arc<dyn Store>,
    service: String,
    /// Keys of what was raised in this hour.
    told: Arc<Mutex<(u64, HashSet<String>)>>,
    raised: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
}

impl Alerts {
    /// Of `service`.
    pub fn new(store: Arc<dyn Store>, service: String) -> Self {
        Self {
            store,
            service,
            told: Arc::default(),
            raised: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// How many were raised since the program started.
    pub fn raised(&self) -> u64 {
        self.raised.load(Ordering::Relaxed)
    }

    /// Deliveries that failed since the program started.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Notes what happened. The same kind and key are noted once an hour at most. Where the store fails too, only the
    /// log tells.
    pub async fn raise(&self, kind: &'static str, key: &str, text: &str) {
        let raised_at = unix_now();
        let hour = raised_at.checked_div(AGAIN_SECS).unwrap_or_default();
        let mut key: String = key.chars().take(120).collect();
        key.retain(|letter| !letter.is_control());
        if !self.is_new(hour, format!("{kind}:{key}")) {
            return;
        }
        tracing::warn!("{kind}: {text}");
        let alert = AlertRaised {
            id: format!("{}:{kind}:{key}:{hour}", self.service),
            service: self.service.clone(),
            raised_at,
            kind: kind.to_owned(),
            text: text.to_owned(),
            delivered_at: None,
        };
        match self.store.write(vec![alert.raise()]).await {
            Ok(()) => {
                self.raised.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => tracing::error!("an alert is not kept: {error}"),
        }
    }

    /// Whether `key` was not raised in this hour so far.
    fn is_new(&self, hour: u64, key: String) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != hour {
            *told = (hour, HashSet::new());
        }
        told.1.insert(key)
    }

    /// Tells a webhook what is not told yet, until it is dropped.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub fn deliver(
        &self,
        config: &WebhookConfig,
    ) -> Result<impl Future<Output = ()> + use<>, KeeperError> {
        let wrong =
            |field: &str, detail: String| ConfigError::new(format!("alerts.{field}"), detail);
        let url: reqwest::Url = config
            .url
            .parse()
            .map_err(|_| wrong("webhook", "is no address".to_owned()))?;
        let secret = config.secret_file.as_ref().map(|path| {
            let text = std::fs::read_to_string(path);
            let text =
                text.map_err(|error| wrong("secret_file", format!("{}: {error}", path.display())))?;
            let line = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim()
                .as_bytes()
                .to_vec();
            if line.len() < SECRET_BYTES_MIN {
                let detail = format!(
                    "its first line must be at least {SECRET_BYTES_MIN} bytes, not {}",
                    line.len()
                );
                return Err(wrong("secret_file", detail));
            }
            Ok(line)
        });
        // A receiver that sends elsewhere is not the one the operator named.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| wrong("webhook", error.to_string()))?;
        let courier = Courier {
            alerts: self.clone(),
            url,
            client,
            secret: secret.transpose()?,
        };
        Ok(courier.run())
    }
}

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    service: &'a str,
    kind: &'a str,
    text: &'a str,
    raised_at: u64,
}

struct Courier {
    alerts: Alerts,
    url: reqwest::Url,
    client: reqwest::Client,
    secret: Option<Vec<u8>>,
}

impl Courier {
    async fn run(self) {
        let mut wait = WAIT_FIRST;
        loop {
            if self.round().await {
                wait = WAIT_FIRST;
                tokio::time::sleep(EVERY).await;
            } else {
                self.alerts.failed.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(WAIT_MAX);
            }
        }
    }

    /// Tells what is not told yet, in order; whether all was taken.
    async fn round(&self) -> bool {
        let params = vec![self.alerts.service.to_value(), ROUND.to_value()];
        let store = self.alerts.store.as_ref();
        let waiting: Vec<AlertRaised> = match find(store, "undelivered", params).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!("alerts wait: {error}");
                return false;
            }
        };
        for alert in &waiting {
            if let Err(reason) = self.tell(alert).await {
                tracing::warn!("an alert was not taken, {reason}");
                return false;
            }
            let delivered = Statement::new("alerts_raised", "delivered");
            let params = vec![alert.id.to_value(), unix_now().to_value()];
            if let Err(error) = store.write(vec![Write::new(delivered, params)]).await {
                // It may be told again; its key tells the two apart.
                tracing::warn!("that an alert was taken is not kept: {error}");
                return false;
            }
        }
        true
    }

    async fn tell(&self, alert: &AlertRaised) -> Result<(), String> {
        let message = Message {
            id: &alert.id,
            service: &alert.service,
            kind: &alert.kind,
            text: &alert.text,
            raised_at: alert.raised_at,
        };
        let body = serde_json::to_vec(&message).map_err(|error| error.to_string())?;
        let mut request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("idempotency-key", &alert.id);
        if let Some(secret) = &self.secret {
            request = request.header("x-ballast-signature", signature(secret, &body));
        }
        match request.body(body).send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("it answered {}", response.status())),
            Err(error) if error.is_timeout() => Err("it did not answer in time".to_owned()),
            Err(_) => Err("it cannot be reached".to_owned()),
        }
    }
}

/// `sha256=` and the HMAC-SHA-256 of the body in hexadecimal, as every webhook of Ballast signs.
fn signature(secret: &[u8], body: &[u8]) -> String {
    // Any length of key is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}
