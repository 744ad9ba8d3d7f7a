//! Warnings before a loan's deadline, to a webhook.
//!
//! The table `alerts` is an outbox: a row is claimed by a conditional write before a message is sent, and marked as sent
//! only after the receiver took it. Of several servers on one store one holds the claim; when it dies, its claim ends
//! after a while and another sends. A message may so arrive twice, never not at all; its key tells the two apart.

use std::time::Duration;

use ballast_store::{
    AlertSent, Column, Loan, Record, Row, Statement, StoreError, Write, find, get,
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::figures::TokenState;
use crate::options::{Webhook, bound};
use crate::problem::Problem;
use crate::routes::loans::LoanView;
use crate::server::ServeError;
use crate::snapshot::{AsOf, Snapshot, Stamp, unix_now};

/// The loop's name in the server's health.
const LOOP: &str = "alerts";
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Shortest key for signatures, in bytes.
const SECRET_BYTES_MIN: usize = 16;
/// Largest file that may hold one.
const SECRET_BYTES_MAX: u64 = 4_096;

/// What sends alerts.
#[derive(Clone)]
pub(crate) struct Sender {
    app: App,
    webhook: Webhook,
    url: reqwest::Url,
    client: reqwest::Client,
    secret: Option<Vec<u8>>,
}

/// The body of an alert.
#[derive(Serialize)]
struct Alert<'a> {
    /// What it is about.
    kind: &'static str,
    /// The same for each delivery of one alert.
    idempotency_key: &'a str,
    /// How long before the deadline it was to be sent.
    before_secs: u64,
    /// How often it was tried, this time included.
    attempt: u64,
    as_of: AsOf,
    symbol: &'a str,
    loan: LoanView,
}

fn refuse(field: &'static str, detail: impl Into<String>) -> ServeError {
    ServeError::Webhook {
        field,
        detail: detail.into(),
    }
}

fn secret(webhook: &Webhook) -> Result<Option<Vec<u8>>, ServeError> {
    let Some(path) = &webhook.secret_file else {
        return Ok(None);
    };
    let fail = |detail: String| {
        refuse(
            "webhook_secret_file",
            format!("{}: {detail}", path.display()),
        )
    };
    let size = std::fs::metadata(path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > SECRET_BYTES_MAX {
        return Err(fail(format!(
            "must be at most {SECRET_BYTES_MAX} bytes, not {size}"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let secret = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .as_bytes()
        .to_vec();
    if secret.len() < SECRET_BYTES_MIN {
        return Err(fail(format!(
            "its first line must be at least {SECRET_BYTES_MIN} bytes, not {}",
            secret.len()
        )));
    }
    Ok(Some(secret))
}

impl Sender {
    /// Checks the settings.
    pub fn new(app: App, webhook: Webhook) -> Result<Self, ServeError> {
        let url: reqwest::Url = webhook.url.parse().map_err(|_| {
            refuse(
                "webhook",
                "must be an address that begins with https:// or http://",
            )
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refuse(
                "webhook",
                "must be an address that begins with https:// or http://",
            ));
        }
        let marks = &webhook.before_secs;
        if marks.is_empty() || marks.len() > Webhook::MARKS_MAX || marks.contains(&0) {
            let detail = format!("must be 1 to {} times above zero", Webhook::MARKS_MAX);
            return Err(refuse("alert_before", detail));
        }
        // A receiver that sends elsewhere is not the one the operator named.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| refuse("webhook", error.to_string()))?;
        Ok(Self {
            secret: secret(&webhook)?,
            app,
            webhook,
            url,
            client,
        })
    }

    /// Looks and sends until the server stops.
    pub async fn run(self) {
        loop {
            self.app.loops.beat(LOOP);
            if let Err(problem) = self.round().await {
                tracing::warn!("alerts wait: {}", problem.detail());
            }
            tokio::time::sleep(self.webhook.every).await;
        }
    }

    /// Sends what is due.
    async fn round(&self) -> Result<(), Problem> {
        let Some(stamp) = Stamp::read(&self.app).await? else {
            return Ok(());
        };
        let snapshot = Snapshot::new(&self.app, stamp);
        let longest = self.webhook.before_secs.iter().max().copied().unwrap_or(0);
        let until = snapshot.now().saturating_add(longest);
        let (mut deadline, mut reserve, mut loan) = Default::default();
        loop {
            let params: Row = vec![
                u64::to_value(&deadline),
                alloy::primitives::Address::to_value(&reserve),
                alloy::primitives::U256::to_value(&loan),
                until.to_value(),
                bound::PAGE_MAX.to_value(),
            ];
            let loans: Vec<Loan> = find(self.app.store(), "page_open", params).await?;
            let Some(last) = loans.last() else {
                return Ok(());
            };
            (deadline, reserve, loan) = (last.deadline_unpaused, last.reserve, last.loan);
            for loan in &loans {
                self.app.loops.beat(LOOP);
                self.consider(&snapshot, loan).await?;
            }
        }
    }

    /// Sends the alerts of one loan that are due: after its opening, before its deadline.
    async fn consider(&self, snapshot: &Snapshot, loan: &Loan) -> Result<(), Problem> {
        let state = TokenState::read(snapshot, loan.token).await?;
        let deadline = state.deadline(loan)?;
        if snapshot.now() >= deadline {
            return Ok(());
        }
        for before in &self.webhook.before_secs {
            let due_at = deadline.saturating_sub(*before);
            if due_at <= loan.opened_at || snapshot.now() < due_at {
                continue;
            }
            let alert = AlertSent {
                reserve: loan.reserve,
                loan: loan.loan,
                // A pause moves the deadline every second; without it the row keeps its key.
                deadline: loan.deadline_unpaused,
                before_secs: *before,
                sent_at: unix_now(),
                status: "claimed".to_owned(),
                attempts: 1,
            };
            if let Some(alert) = self.claim(alert).await? {
                self.deliver(snapshot, &state, loan, &alert).await?;
            }
        }
        Ok(())
    }

    /// How long the claim of an attempt holds: at least as long as sending takes, longer after each failure.
    fn hold(&self, attempts: u64) -> u64 {
        let doubled = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let factor = 2_u32.saturating_pow(doubled.min(20));
        let wait = self
            .webhook
            .wait_first
            .saturating_mul(factor)
            .min(self.webhook.wait_max);
        wait.as_secs()
    }

    /// Claims an alert; none where it was sent, or another attempt holds it.
    async fn claim(&self, alert: AlertSent) -> Result<Option<AlertSent>, Problem> {
        let found: Option<AlertSent> = get(self.app.store(), alert.key()).await?;
        let (write, claimed) = match found {
            None => {
                let claim = Statement::new(AlertSent::TABLE, "claim");
                (Write::new(claim, alert.row()), alert)
            }
            Some(found) if found.status == "sent" => return Ok(None),
            Some(found) => {
                let failed = found.status == "failed";
                let hold = if failed {
                    self.hold(found.attempts)
                } else {
                    self.webhook.claim.as_secs()
                };
                if unix_now() < found.sent_at.saturating_add(hold) {
                    return Ok(None);
                }
                let mut params = alert.key();
                params.push(unix_now().to_value());
                params.push(found.attempts.to_value());
                let again = Statement::new(AlertSent::TABLE, "claim_again");
                let attempts = found.attempts.saturating_add(1);
                (Write::new(again, params), AlertSent { attempts, ..alert })
            }
        };
        match self.app.store().write(vec![write.touching(1)]).await {
            Ok(()) => Ok(Some(claimed)),
            // Another server was there first.
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn note(&self, alert: &AlertSent, status: &'static str) -> Result<(), Problem> {
        let mut params = alert.key();
        params.push(unix_now().to_value());
        params.push(alert.attempts.to_value());
        let note = Statement::new(AlertSent::TABLE, status);
        Ok(self
            .app
            .store()
            .write(vec![Write::new(note, params)])
            .await?)
    }

    async fn deliver(
        &self,
        snapshot: &Snapshot,
        state: &TokenState,
        loan: &Loan,
        alert: &AlertSent,
    ) -> Result<(), Problem> {
        let key = idempotency_key(snapshot.stamp.chain_id, alert);
        let body = serde_json::to_vec(&Alert {
            kind: "loan_deadline",
            idempotency_key: &key,
            before_secs: alert.before_secs,
            attempt: alert.attempts,
            as_of: snapshot.as_of(),
            symbol: &state.facts.symbol,
            loan: LoanView::of(state, loan)?,
        });
        let body = body.map_err(Problem::inconsistent)?;
        let mut request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("idempotency-key", &key);
        if let Some(secret) = &self.secret {
            request = request.header("x-ballast-signature", signature(secret, &body));
        }
        let outcome = match request.body(body).send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("it answered {}", response.status())),
            Err(error) if error.is_timeout() => Err("it did not answer in time".to_owned()),
            Err(_) => Err("it cannot be reached".to_owned()),
        };
        let result = if outcome.is_ok() { "sent" } else { "failed" };
        metrics::counter!("ballast_alerts_total", "result" => result).increment(1);
        if let Err(reason) = outcome {
            let secs = self.hold(alert.attempts);
            tracing::warn!("an alert was not taken, {reason}; trying again in {secs} s");
        }
        self.note(alert, result).await
    }
}

/// The same for every delivery of one alert, whichever server sends it.
fn idempotency_key(chain_id: u64, alert: &AlertSent) -> String {
    let text = format!(
        "{chain_id}:{:#x}:{}:{}:{}",
        alert.reserve, alert.loan, alert.deadline, alert.before_secs
    );
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `sha256=` and the HMAC-SHA-256 of the body in hexadecimal.
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

#[cfg(test)]
mod tests {
    use super::{idempotency_key, signature};
    use ballast_store::AlertSent;

    #[test]
    fn the_signature_is_the_one_of_the_standard() {
        // The second case of RFC 4231.
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(
            signature(b"Jefe", b"what do ya want for nothing?"),
            expected
        );
    }

    #[test]
    fn each_alert_has_one_key_whatever_the_attempt() {
        let alert = |before_secs, attempts| AlertSent {
            before_secs,
            attempts,
            ..AlertSent::default()
        };
        let key = idempotency_key(1, &alert(60, 1));
        assert_eq!(key, idempotency_key(1, &alert(60, 7)));
        assert_ne!(key, idempotency_key(1, &alert(61, 1)));
        assert_ne!(key, idempotency_key(2, &alert(60, 1)));
    }
}
