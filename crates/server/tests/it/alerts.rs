//! Alerts before a deadline: each at least once, whatever dies, and never twice without need.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ballast_server::{Options, Webhook};
use ballast_store::{AlertSent, Loan, Store, Write, all};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::serving::{options, serve};
use crate::world::{self, World};

/// What a receiver got: signature and body.
type Got = Arc<Mutex<Vec<(Option<String>, Vec<u8>)>>>;

/// A receiver that answers every request with `status` at first and takes everything once that is 200.
async fn receiver(status: Arc<Mutex<u16>>) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("address");
    let got = Got::default();
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("accepts");
            let (status, kept) = (Arc::clone(&status), Arc::clone(&kept));
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let (mut length, mut signature) = (0, None);
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                    if line == "\r\n" {
                        break;
                    }
                    let (name, value) = line.trim().split_once(": ").unwrap_or_default();
                    match name.to_lowercase().as_str() {
                        "content-length" => length = value.parse().expect("a length"),
                        "x-ballast-signature" => signature = Some(value.to_owned()),
                        _ => {}
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).await.expect("a body");
                let status = *status.lock().expect("lock");
                if status == 200 {
                    kept.lock().expect("lock").push((signature, body));
                }
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (format!("http://{address}/hook"), got)
}

fn quick(url: String) -> Options {
    Options {
        webhook: Some(Webhook {
            every: Duration::from_millis(50),
            wait_first: Duration::from_secs(1),
            wait_max: Duration::from_secs(2),
            claim: Duration::from_secs(2),
            ..Webhook::new(url, vec![1_800, 600])
        }),
        ..options()
    }
}

fn keys(got: &Got) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    for (_, body) in got.lock().expect("lock").iter() {
        let body: Value = serde_json::from_slice(body).expect("json");
        *keys
            .entry(body["idempotency_key"].as_str().expect("key").to_owned())
            .or_default() += 1;
    }
    keys
}

/// Waits until so many different alerts came.
async fn until(got: &Got, count: usize) -> BTreeMap<String, usize> {
    for _ in 0..400 {
        let keys = keys(got);
        if keys.len() >= count {
            return keys;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} of {count} alerts came", keys(got).len());
}

/// A chain with loans whose deadline is an hour after their opening, `later` seconds on.
async fn with_loans(later: u64, store: &Arc<dyn Store>) -> (World, usize) {
    let world = World::new().await;
    for seed in 0..3 {
        world.happen(3, seed).await;
    }
    ballast_chain::devnet::advance(&world.endpoint, later)
        .await
        .expect("time passes");
    world.index(store, world::options()).await;
    let loans: Vec<Loan> = all(store.as_ref()).await.expect("reads");
    let open = loans.iter().filter(|loan| loan.status == "open").count();
    assert_eq!(open, 3);
    (world, open)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_alert_that_is_due_is_sent_once_signed_and_says_what_it_is_about() {
    let kept = world::kept();
    let (world, open) = with_loans(2_000, &kept.store).await;
    let folder = tempfile::tempdir().expect("folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a key of twenty bytes\nnot this").expect("writes");
    let (url, got) = receiver(Arc::new(Mutex::new(200))).await;
    let mut options = quick(url);
    if let Some(webhook) = &mut options.webhook {
        webhook.secret_file = Some(secret);
    }
    let server = serve(&kept.store, &world.manifest, options).await;
    until(&got, open).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    // Only the first of the two marks is due, and nothing is sent twice.
    let sent = keys(&got);
    assert_eq!(sent.len(), open);
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
    let (signature, body) = got.lock().expect("lock")[0].clone();
    assert!(
        signature
            .is_some_and(|signature| signature.starts_with("sha256=") && signature.len() == 71)
    );
    let body: Value = serde_json::from_slice(&body).expect("json");
    assert_eq!(body["before_secs"], 1_800);
    assert!(
        body["loan"]["seconds_left"]
            .as_i64()
            .is_some_and(|left| left > 0 && left < 1_800)
    );
    // The second mark comes with time.
    ballast_chain::devnet::advance(&world.endpoint, 1_100)
        .await
        .expect("time passes");
    world.index(&kept.store, world::options()).await;
    until(&got, 2 * open).await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_down_or_sends_elsewhere_gets_everything_once_it_is_back() {
    let kept = world::kept();
    let (world, open) = with_loans(2_000, &kept.store).await;
    let status = Arc::new(Mutex::new(503));
    let (url, got) = receiver(Arc::clone(&status)).await;
    let server = serve(&kept.store, &world.manifest, quick(url)).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    *status.lock().expect("lock") = 302;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(
        keys(&got).is_empty(),
        "a redirect is not followed and not taken for an answer"
    );
    let waiting: Vec<AlertSent> = all(kept.store.as_ref()).await.expect("reads");
    assert!(waiting.len() == open && waiting.iter().all(|alert| alert.status != "sent"));
    *status.lock().expect("lock") = 200;
    let sent = until(&got, open).await;
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_whose_server_died_before_it_sent_is_taken_over() {
    let kept = world::kept();
    let (world, open) = with_loans(2_000, &kept.store).await;
    let loans: Vec<Loan> = all(kept.store.as_ref()).await.expect("reads");
    // What a server leaves that dies between the claim and the message.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs();
    let dead = loans.iter().map(|loan| AlertSent {
        reserve: loan.reserve,
        loan: loan.loan,
        deadline: loan.deadline_unpaused,
        before_secs: 1_800,
        sent_at: now,
        status: "claimed".to_owned(),
        attempts: 1,
    });
    kept.store
        .write(dead.map(|alert| Write::put(&alert)).collect())
        .await
        .expect("writes");
    let (url, got) = receiver(Arc::new(Mutex::new(200))).await;
    let server = serve(&kept.store, &world.manifest, quick(url)).await;
    let sent = until(&got, open).await;
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_database_send_each_alert_once() {
    let Some(database) = crate::replicas::postgres() else {
        return;
    };
    let open_store = || async { ballast_store::open(&database.url()).await.expect("opens") };
    let (one, two) = (open_store().await, open_store().await);
    let (world, open) = with_loans(2_000, &one).await;
    let (url, got) = receiver(Arc::new(Mutex::new(200))).await;
    let first = serve(&one, &world.manifest, quick(url.clone())).await;
    let second = serve(&two, &world.manifest, quick(url)).await;
    until(&got, open).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let sent = keys(&got);
    assert!(
        sent.len() == open && sent.values().all(|count| *count == 1),
        "{sent:?}"
    );
    drop((first, second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_cannot_be_used_is_refused_at_the_start() {
    let kept = world::kept();
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("folder");
    let short = folder.path().join("short");
    std::fs::write(&short, "short").expect("writes");
    let usual = Webhook::new("https://hooks.example/ballast".to_owned(), vec![60]);
    let cases = [
        (
            "webhook",
            Webhook {
                url: "ftp://x".to_owned(),
                ..usual.clone()
            },
        ),
        (
            "webhook",
            Webhook {
                url: "nonsense".to_owned(),
                ..usual.clone()
            },
        ),
        (
            "alert_before",
            Webhook {
                before_secs: vec![],
                ..usual.clone()
            },
        ),
        (
            "alert_before",
            Webhook {
                before_secs: vec![0],
                ..usual.clone()
            },
        ),
        (
            "webhook_secret_file",
            Webhook {
                secret_file: Some(short),
                ..usual.clone()
            },
        ),
        (
            "webhook_secret_file",
            Webhook {
                secret_file: Some(folder.path().join("none")),
                ..usual
            },
        ),
    ];
    for (field, webhook) in cases {
        let options = Options {
            webhook: Some(webhook),
            ..options()
        };
        let store = Arc::clone(&kept.store);
        let refused = ballast_server::Server::bind(
            "127.0.0.1:0",
            store,
            world.manifest.clone(),
            None,
            options,
        )
        .await;
        let refused = refused.expect_err(field).to_string();
        assert!(refused.starts_with(field), "{refused}");
    }
}
