//! What a person is told: once, in order, signed, and without a word that is nobody's business.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use ballast_keeper::alerts::Alerts;
use ballast_keeper::config::{Clock, WebhookConfig};
use ballast_keeper::status::Status;
use ballast_store::{AlertRaised, Store, all};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::party::{Party, pause, store_of};

const SERVICE: &str = "keeper:test";
const SECRET: &str = "a secret of more than sixteen bytes";
/// Looks at something that another task does, at most.
const LOOKS: usize = 400;

/// One message as it came.
#[derive(Clone, Debug)]
struct Came {
    headers: HeaderMap,
    body: Bytes,
}

impl Came {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A status, and where to go instead.
type Answer = (StatusCode, Option<String>);

#[derive(Clone, Default)]
struct Hook {
    came: Arc<Mutex<Vec<Came>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: Bytes) -> Response {
    hook.came
        .lock()
        .expect("nobody panicked")
        .push(Came { headers, body });
    let answer = hook.answers.lock().expect("nobody panicked").pop_front();
    match answer {
        Some((status, Some(location))) => (status, [("location", location)]).into_response(),
        Some((status, None)) => status.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// A receiver on loopback, which takes everything but where other answers are prepared.
struct Receiver {
    hook: Hook,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    async fn start(answers: &[(u16, Option<&str>)]) -> Self {
        let hook = Hook::default();
        for (status, location) in answers {
            let status = StatusCode::from_u16(*status).expect("a status");
            let answer = (status, location.map(ToOwned::to_owned));
            hook.answers.lock().expect("fresh").push_back(answer);
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(take).with_state(hook.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self {
            hook,
            url: format!("http://{address}/hook/of-nobody-else"),
            task,
        }
    }

    fn came(&self) -> Vec<Came> {
        self.hook.came.lock().expect("nobody panicked").clone()
    }

    /// Waits for so many messages.
    async fn have(&self, count: usize) -> Vec<Came> {
        for _ in 0..LOOKS {
            if self.came().len() >= count {
                break;
            }
            pause(25).await;
        }
        let came = self.came();
        assert_eq!(came.len(), count, "{came:?}");
        came
    }
}

async fn store() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("folder");
    let store = ballast_store::open(&store_of(folder.path())).await;
    (store.expect("opens"), folder)
}

fn hook(url: &str) -> WebhookConfig {
    WebhookConfig {
        url: url.to_owned(),
        secret_file: None,
    }
}

/// Tells `url` what `alerts` raises, until it is dropped.
fn courier(alerts: &Alerts, config: &WebhookConfig) -> tokio::task::JoinHandle<()> {
    tokio::spawn(alerts.deliver(config).expect("in order"))
}

async fn raised(store: &Arc<dyn Store>) -> Vec<AlertRaised> {
    all(store.as_ref()).await.expect("reads")
}

/// Waits until everything that was raised is noted as delivered.
async fn delivered(store: &Arc<dyn Store>) {
    for _ in 0..LOOKS {
        let all = raised(store).await;
        if all.iter().all(|alert| alert.delivered_at.is_some()) {
            return;
        }
        pause(25).await;
    }
    panic!("{:?}", raised(store).await);
}

#[tokio::test]
async fn an_alert_is_told_once_with_its_key_its_signature_and_nothing_else() {
    let (store, folder) = store().await;
    let receiver = Receiver::start(&[]).await;
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, format!("{SECRET}\nnot this line\n")).expect("writes");
    let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
    let config = WebhookConfig {
        secret_file: Some(secret_file),
        ..hook(&receiver.url)
    };
    let task = courier(&alerts, &config);
    alerts.raise("funds", "native", "7 wei are left").await;
    receiver.have(1).await;
    delivered(&store).await;
    alerts.raise("funds", "native", "6 wei are left").await;
    alerts.raise("mirror", "differs", "a sum differs").await;
    let came = receiver.have(2).await;
    let first = came[0].json();
    let keys: Vec<&String> = first.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "kind", "raised_at", "service", "text"]);
    assert_eq!(first["service"], SERVICE);
    assert_eq!(first["kind"], "funds");
    assert_eq!(first["text"], "7 wei are left");
    assert!(first["raised_at"].as_u64().is_some_and(|at| at > 0));
    assert_eq!(came[1].json()["kind"], "mirror", "the repetition was kept");
    let header = |name: &str| came[0].headers[name].to_str().expect("text").to_owned();
    assert_eq!(
        header("idempotency-key"),
        first["id"].as_str().expect("text")
    );
    assert_eq!(header("content-type"), "application/json");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(&came[0].body);
    let digest = alloy::primitives::hex::encode(mac.finalize().into_bytes());
    assert_eq!(header("x-ballast-signature"), format!("sha256={digest}"));
    for message in &came {
        let text = String::from_utf8_lossy(&message.body);
        assert!(!text.contains(SECRET) && !text.contains("of-nobody-else"));
    }
    task.abort();
}

#[tokio::test]
async fn an_alert_that_was_refused_is_told_again_and_the_next_one_waits_for_it() {
    let (store, _folder) = store().await;
    let receiver = Receiver::start(&[(500, None)]).await;
    let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
    alerts.raise("blocked", "first", "one").await;
    alerts.raise("blocked", "second", "two").await;
    let task = courier(&alerts, &hook(&receiver.url));
    let came = receiver.have(3).await;
    let texts: Vec<Value> = came.iter().map(|one| one.json()["text"].clone()).collect();
    assert_eq!(texts, ["one", "one", "two"]);
    let key = |one: &Came| one.headers["idempotency-key"].clone();
    assert_eq!(key(&came[0]), key(&came[1]), "the receiver can tell");
    assert!(alerts.failed() > 0);
    delivered(&store).await;
    task.abort();
}

#[tokio::test]
async fn an_alert_outlives_the_program_that_raised_it_and_is_told_by_the_next() {
    let (store, folder) = store().await;
    // Nobody listens there.
    let dead = hook("http://127.0.0.1:1/hook");
    let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
    let task = courier(&alerts, &dead);
    alerts.raise("stalled", "chain", "no new block").await;
    for _ in 0..LOOKS {
        if alerts.failed() > 0 {
            break;
        }
        pause(25).await;
    }
    assert!(alerts.failed() > 0, "it was tried");
    task.abort();
    drop((alerts, store));
    let receiver = Receiver::start(&[]).await;
    for start in 0..2 {
        let store = ballast_store::open(&store_of(folder.path())).await;
        let store = store.expect("opens");
        let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
        let task = courier(&alerts, &hook(&receiver.url));
        delivered(&store).await;
        alerts
            .raise("failure", &format!("{start}"), "another")
            .await;
        let came = receiver.have(2 + start).await;
        assert_eq!(came[0].json()["kind"], "stalled");
        assert_eq!(came[start + 1].json()["kind"], "failure", "never twice");
        delivered(&store).await;
        task.abort();
    }
}

#[tokio::test]
async fn an_alert_is_not_taken_elsewhere_by_a_redirection() {
    let (store, _folder) = store().await;
    let elsewhere = Receiver::start(&[]).await;
    let receiver = Receiver::start(&[(307, Some(&elsewhere.url))]).await;
    let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
    alerts.raise("failure", "one", "one").await;
    let task = courier(&alerts, &hook(&receiver.url));
    receiver.have(2).await;
    delivered(&store).await;
    assert!(elsewhere.came().is_empty());
    task.abort();
}

#[tokio::test]
async fn a_webhook_that_cannot_be_used_is_refused_with_the_field() {
    let (store, folder) = store().await;
    let alerts = Alerts::new(store, SERVICE.to_owned());
    let refused = |config: WebhookConfig| match alerts.deliver(&config) {
        Ok(_) => panic!("{config:?} is no webhook"),
        Err(error) => error.to_string(),
    };
    assert!(refused(hook("nowhere")).contains("alerts.webhook"));
    let short = folder.path().join("short");
    std::fs::write(&short, "fifteen bytes..").expect("writes");
    for (file, word) in [
        (short, "at least 16 bytes, not 15"),
        (folder.path().join("missing"), "alerts.secret_file"),
    ] {
        let config = WebhookConfig {
            secret_file: Some(file),
            ..hook("http://127.0.0.1:1/")
        };
        let error = refused(config);
        assert!(error.contains(word), "{error}");
        assert!(!error.contains("fifteen"), "a secret is not repeated");
    }
}

/// The kinds of what was raised, as soon as there is anything.
async fn kinds(store: &Arc<dyn Store>) -> Vec<String> {
    for _ in 0..LOOKS {
        let all = raised(store).await;
        if !all.is_empty() {
            return all.into_iter().map(|alert| alert.kind).collect();
        }
        pause(25).await;
    }
    Vec::new()
}

#[tokio::test]
async fn a_loop_that_is_silent_is_told_of_and_so_is_a_chain_that_stands_still() {
    let long = Duration::from_secs(3_600);
    let short = Duration::from_millis(1);
    let cases = [
        (short, None, Clock::System, vec!["silent".to_owned()]),
        (long, Some(short), Clock::System, vec!["stalled".to_owned()]),
    ];
    for (silence, stall, clock, wanted) in cases {
        let (store, _folder) = store().await;
        let alerts = Alerts::new(Arc::clone(&store), SERVICE.to_owned());
        let status = Arc::new(Status::new(SERVICE.to_owned(), false, silence));
        let watching = ballast_keeper::watch::watch(status, alerts, stall, clock);
        let task = tokio::spawn(watching);
        assert_eq!(kinds(&store).await, wanted);
        task.abort();
    }
}

#[tokio::test]
async fn a_failing_endpoint_is_told_of_without_the_key_in_its_address() {
    let party = Party::new(1).await;
    let secret = "c0ffee-key-of-an-endpoint";
    let settings = format!("rpc = [\"http://127.0.0.1:1/v3/{secret}\"]");
    let mut keeper = party
        .keeper(party.config(&settings, ""))
        .await
        .expect("opens");
    for _ in 0..6 {
        keeper.step().await.expect("is tried again");
    }
    let all = raised(&party.store).await;
    assert!(all.iter().any(|alert| alert.kind == "endpoint"), "{all:?}");
    let figures = serde_json::to_string(&keeper.status().figures()).expect("JSON");
    assert!(figures.contains("last_failure"));
    assert!(!figures.contains(secret) && !format!("{all:?}").contains(secret));
}
