//! Input that means no good: every request gets an answer that names what is wrong, or an end.

use std::time::Duration;

use ballast_server::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::serving::{Running, options, serve};
use crate::world::{self, World};

async fn raw(server: &Running, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connects");
    // The server may refuse before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(10), read).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn one_token() -> (World, world::Kept) {
    let world = World::new().await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    (world, kept)
}

/// Bad parameters of routes that name no token, each with the field that the refusal must name.
fn general() -> Vec<(String, &'static str)> {
    vec![
        ("/v1/tokens?limit=0".to_owned(), "limit"),
        ("/v1/tokens?limit=501".to_owned(), "limit"),
        ("/v1/tokens?limit=-1".to_owned(), "limit"),
        ("/v1/tokens?limit=1&limit=2".to_owned(), "limit"),
        ("/v1/tokens?limit=99999999999999999999".to_owned(), "limit"),
        ("/v1/tokens?sort=luck".to_owned(), "sort"),
        ("/v1/tokens?colour=red".to_owned(), "query"),
        ("/v1/tokens?search=%ff".to_owned(), "query"),
        ("/v1/tokens?search=%zz".to_owned(), "query"),
        (format!("/v1/tokens?search={}", "a".repeat(65)), "search"),
        ("/v1/tokens?cursor=zz.11".to_owned(), "cursor"),
        ("/v1/tokens?cursor=..".to_owned(), "cursor"),
        ("/v1/tokens/0x12".to_owned(), "token"),
        (format!("/v1/tokens/0x{}", "%C3%A9".repeat(20)), "token"),
        ("/v1/tokens/%ff".to_owned(), "path"),
        (
            "/v1/live?last_event_id=nonsense".to_owned(),
            "last_event_id",
        ),
        ("/v1/live?kinds=Nothing".to_owned(), "kinds"),
        ("/v1/export/tokens.csv?from=x".to_owned(), "from"),
        ("/v1/loans?due_within=-5".to_owned(), "due_within"),
    ]
}

/// Bad parameters of a token's routes.
fn of_token(token: &str) -> Vec<(String, &'static str)> {
    let huge = "9".repeat(78);
    vec![
        (
            format!("/v1/tokens/{token}/series?interval=year"),
            "interval",
        ),
        (format!("/v1/tokens/{token}/series?from=9&to=1"), "from"),
        (format!("/v1/tokens/{token}/series?limit=5001"), "limit"),
        (format!("/v1/tokens/{token}/events?kind=Nothing"), "kind"),
        (
            format!("/v1/tokens/{token}/events?cursor={}.1", u64::MAX),
            "cursor",
        ),
        (format!("/v1/tokens/{token}/loans/x"), "loan"),
        (format!("/v1/tokens/{token}/quote/redeem"), "tokens"),
        (
            format!("/v1/tokens/{token}/quote/redeem?tokens=0"),
            "tokens",
        ),
        (
            format!("/v1/tokens/{token}/quote/redeem?tokens=-1"),
            "tokens",
        ),
        (
            format!("/v1/tokens/{token}/quote/redeem?tokens={huge}"),
            "tokens",
        ),
        (
            format!("/v1/tokens/{token}/quote/redeem?tokens=1e18"),
            "tokens",
        ),
        (
            format!("/v1/tokens/{token}/quote/borrow?collateral={huge}"),
            "collateral",
        ),
        (
            format!("/v1/tokens/{token}/quote/borrow?collateral=5&principal=1,2"),
            "principal",
        ),
        (
            format!("/v1/tokens/{token}/quote/borrow?collateral=5&principal={huge}"),
            "principal",
        ),
        (
            format!("/v1/tokens/{token}/quote/bid?tokens={huge}"),
            "tokens",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_parameter_is_refused_by_name_and_limit() {
    let (world, kept) = one_token().await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let token = server.get("/v1/tokens").await["data"][0]["token"]
        .as_str()
        .expect("token")
        .to_owned();
    let cases = [general(), of_token(&token)].concat();
    for (path, field) in &cases {
        let (status, problem) = server.ask(path).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert_eq!(problem["field"], *field, "{path}: {problem}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(field)),
            "{path}: {problem}"
        );
        assert!(problem["limit"].is_string(), "{path}: {problem}");
    }
    let unknown = format!("/v1/tokens/0x{}", "11".repeat(20));
    for path in [unknown.as_str(), "/v1/nothing", "/nothing.js"] {
        assert_eq!(server.ask(path).await.0, 404, "{path}");
    }
    eprintln!("{} bad parameters refused by name", cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_malformed_and_oversized_requests_are_refused_and_the_next_one_is_served() {
    let (world, kept) = one_token().await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let head = |path: &str, rest: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{rest}\r\n")
    };
    let long = "a".repeat(3_000);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (head(&format!("/v1/tokens?search={long}"), "").into_bytes(), "414"),
        (head(&format!("/{}", "a".repeat(70_000)), "").into_bytes(), "4"),
        (head("/v1/tokens", &format!("x: {}\r\n", "a".repeat(20_000))).into_bytes(), "431"),
        (head("/v1/tokens", &format!("x: {}\r\n", "a".repeat(200_000))).into_bytes(), "431"),
        (head("/v1/tokens", &"x: 1\r\n".repeat(200)).into_bytes(), "431"),
        (head("/v1/tokens", "content-length: 99999999\r\n").into_bytes(), "413"),
        (head("/v1/tokens", "transfer-encoding: chunked\r\n").into_bytes(), "413"),
        (b"\x00\xff\xfe garbage\r\n\r\n".to_vec(), "400"),
        (b"GET\r\n\r\n".to_vec(), "400"),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), ""),
        (b"\x16\x03\x01\x02\x00\x01\x00".to_vec(), "400"),
        (head("/v1/tokens", "content-length: x\r\n").into_bytes(), "400"),
        (b"POST /v1/tokens HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(), "405"),
        (b"BREW /v1/tokens HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(), "405"),
        (b"DELETE /index.html HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(), "405"),
        (head("/../../../etc/passwd", "").into_bytes(), "404"),
        (head("/assets/..%2f..%2f..%2fetc%2fpasswd.txt", "").into_bytes(), "404"),
        (head("/%2e%2e/%2e%2e/Cargo.toml", "").into_bytes(), "404"),
        (head("/%ff", "").into_bytes(), "400"),
        (head("/v1/tokens/%00", "").into_bytes(), "400"),
    ];
    for (bytes, status) in &cases {
        let answer = raw(&server, bytes).await;
        let shown: String = String::from_utf8_lossy(bytes).chars().take(80).collect();
        let begins = format!("HTTP/1.1 {status}");
        assert!(
            answer.is_empty() && status.is_empty()
                || answer.starts_with(&begins)
                || status.is_empty(),
            "{shown:?}: {answer}"
        );
        assert!(!answer.contains("root:"), "{shown:?}");
        assert_eq!(server.ask("/v1/tokens").await.0, 200, "after {shown:?}");
    }
    eprintln!("{} hostile requests answered or ended", cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_slow_clients_and_too_many_of_them_do_not_keep_others_out() {
    let (world, kept) = one_token().await;
    let slow = Options {
        client_patience: Duration::from_secs(2),
        connections_max: 40,
        client_requests_max: 64,
        subscribers_max: 3,
        ..options()
    };
    let server = serve(&kept.store, &world.manifest, slow).await;
    // Heads that never end.
    let mut streams = Vec::new();
    for _ in 0..30 {
        let mut stream = TcpStream::connect(server.address).await.expect("connects");
        stream
            .write_all(b"GET /v1/tokens HTTP/1.1\r\nx-a: ")
            .await
            .expect("writes");
        streams.push(stream);
    }
    assert_eq!(server.ask("/v1/tokens").await.0, 200);
    // More than there are places for: the rest is told so.
    for _ in 0..30 {
        streams.push(TcpStream::connect(server.address).await.expect("connects"));
    }
    let mut refused = 0;
    // Those who say nothing lose their place.
    for stream in &mut streams {
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let ended = tokio::time::timeout(Duration::from_secs(20), read).await;
        assert!(ended.is_ok(), "a slow head is kept for ever");
        if String::from_utf8_lossy(&answer).contains("connections must be at most 40") {
            refused += 1;
        }
    }
    assert!(refused > 0, "nobody was refused");
    assert_eq!(server.ask("/v1/tokens").await.0, 200);
    let mut kept_open = Vec::new();
    for _ in 0..3 {
        let live = server.response("/v1/live", &[]).await;
        assert_eq!(live.status(), 200);
        kept_open.push(live);
    }
    let (status, problem) = server.ask("/v1/live").await;
    assert_eq!(
        (status, &problem["field"]),
        (429, &"subscribers".into()),
        "{problem}"
    );
    drop(kept_open);
    eprintln!("{refused} connections refused by name, slow heads ended");
}
