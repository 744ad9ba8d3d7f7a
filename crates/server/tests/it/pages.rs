//! Lists, tags, exports.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::book::Book;
use crate::serving::{Running, beat, options, serve};
use crate::world::{self, World};

fn place(row: &Value) -> (u64, u64) {
    (
        row["block"].as_u64().expect("block"),
        row["log_index"].as_u64().expect("index"),
    )
}

async fn token_of(server: &Running) -> String {
    let tokens = server.get("/v1/tokens").await;
    tokens["data"][0]["token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_gives_each_row_once_also_while_rows_are_added() {
    let world = World::new().await;
    world.everything(2, 3).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let token = token_of(&server).await;
    let path = format!("/v1/tokens/{token}/events");
    let before = server.walk(&path, 500).await;
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("{path}?limit=7{cursor}")).await;
        rows.extend(page["data"].as_array().expect("rows").iter().map(place));
        if rows.len() < 40 {
            world.happen(0, rows.len() as u64).await;
            world.index(&kept.store, world::options()).await;
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let unique: BTreeSet<_> = rows.iter().copied().collect();
    assert_eq!(unique.len(), rows.len(), "a row came twice");
    assert!(
        before.iter().all(|row| unique.contains(&place(row))),
        "a row is missing"
    );
    assert!(rows.is_sorted_by(|a, b| a > b));
    for (list, key) in [
        ("holders", "account"),
        ("trades", "log_index"),
        ("auction/fills", "block"),
        ("loans?status=all", "loan"),
    ] {
        let path = format!("/v1/tokens/{token}/{list}");
        let whole = server.walk(&path, 500).await;
        assert_eq!(server.walk(&path, 2).await, whole, "{list}");
        assert!(
            !whole.is_empty() && whole.iter().all(|row| !row[key].is_null()),
            "{list}"
        );
    }
    for sort in ["deadline", "size", "opened"] {
        let path = format!("/v1/tokens/{token}/loans?status=all&sort={sort}");
        assert_eq!(
            server.walk(&path, 1).await,
            server.walk(&path, 500).await,
            "{sort}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_of_the_token_list_is_whole() {
    let world = World::new().await;
    for salt in 2..6 {
        world.launch(salt).await;
    }
    world.everything(1, 5).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    for sort in [
        "launched", "name", "backing", "market", "premium", "coverage", "change", "holders",
        "supply",
    ] {
        for order in ["asc", "desc"] {
            let path = format!("/v1/tokens?sort={sort}&order={order}");
            let whole = server.walk(&path, 500).await;
            assert_eq!(whole.len(), 5, "{path}");
            assert_eq!(server.walk(&path, 2).await, whole, "{path}");
        }
    }
    assert_eq!(server.walk("/v1/tokens?search=harb", 500).await.len(), 5);
    assert_eq!(server.walk("/v1/tokens?search=nothing", 500).await.len(), 0);
    assert_eq!(server.walk("/v1/tokens?filter=loans", 500).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_the_client_has_is_not_sent_again_until_a_block_changes_it() {
    let world = World::new().await;
    let kept = world::kept();
    let summary = world.index(&kept.store, world::options()).await;
    beat(kept.store.as_ref(), summary.block, summary.block).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let first = server.response("/v1/tokens", &[]).await;
    let tag = first.headers()["etag"].to_str().expect("tag").to_owned();
    assert_eq!(first.headers()["cache-control"], "no-cache");
    let known = [("if-none-match", tag.as_str())];
    let again = server.response("/v1/tokens", &known).await;
    assert_eq!(again.status(), 304);
    assert_eq!(server.response("/v1/assets", &known).await.status(), 200);
    world.happen(0, 1).await;
    world.index(&kept.store, world::options()).await;
    assert_eq!(server.response("/v1/tokens", &known).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_exported_whole_in_both_forms() {
    let world = World::new().await;
    world.everything(2, 9).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let token = token_of(&server).await;
    let tables = [
        "tokens",
        "holders",
        "loans",
        "trades",
        "fills",
        "events",
        "floors",
        "prices",
        "floor_hours",
        "floor_days",
        "price_hours",
        "price_days",
        "inflows",
        "inflow_hours",
        "inflow_days",
        "fee_changes",
        "supplies",
        "ledgers",
    ];
    for table in tables {
        for narrowed in [String::new(), format!("?token={token}")] {
            let csv = server
                .response(&format!("/v1/export/{table}.csv{narrowed}"), &[])
                .await;
            let named = csv.headers()["content-disposition"]
                .to_str()
                .expect("text")
                .to_owned();
            assert!(named.contains(&format!("ballast-{table}.csv")), "{named}");
            let csv = csv.text().await.expect("text");
            let json = server
                .get(&format!("/v1/export/{table}.json{narrowed}"))
                .await;
            let rows = json.as_array().expect("rows").len();
            assert!(rows > 0, "{table} is empty");
            assert_eq!(csv.lines().count(), rows + 1, "{table}");
        }
    }
    let events = server
        .walk(&format!("/v1/tokens/{token}/events"), 500)
        .await;
    let exported = server
        .get(&format!("/v1/export/events.json?token={token}"))
        .await;
    assert_eq!(exported.as_array().map(Vec::len), Some(events.len()));
    assert_eq!(server.ask("/v1/export/undo.csv").await.0, 404);
    assert_eq!(server.ask("/v1/export/tokens.xlsx").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_is_in_order_and_ends_now() {
    let world = World::new().await;
    world.everything(2, 4).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let token = token_of(&server).await;
    for interval in ["event", "hour", "day"] {
        let series = server
            .get(&format!("/v1/tokens/{token}/series?interval={interval}"))
            .await;
        let points = series["points"].as_array().expect("points");
        assert!(
            points.is_sorted_by_key(|point| point["time"].as_u64()),
            "{interval}"
        );
        let last = points.last().expect("a point");
        assert_eq!(last["time"], series["as_of"]["time"]);
        let token = server.get(&format!("/v1/tokens/{token}")).await;
        assert_eq!(last["floor_wad"], token["token"]["floor_wad"]);
        assert_eq!(last["market"]["close"], token["token"]["market_wad"]);
        let newest = server
            .get(&format!(
                "/v1/tokens/{}/series?interval={interval}&limit=2",
                token["token"]["token"].as_str().expect("token")
            ))
            .await;
        assert_eq!(
            newest["points"].as_array().expect("points")[..],
            points[points.len() - 2..]
        );
    }
    let marks = server.get(&format!("/v1/tokens/{token}/marks")).await;
    let kinds: BTreeSet<&str> = marks["data"]
        .as_array()
        .expect("marks")
        .iter()
        .filter_map(|mark| mark["kind"].as_str())
        .collect();
    for kind in [
        "launch",
        "burn",
        "loan",
        "default",
        "redemption",
        "donation",
        "fee_change",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing of {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_book_work() {
    let mut world = World::new().await;
    let book = Book::launch(&mut world).await;
    world.everything(1, 2).await;
    let kept = world::kept();
    world.index(&kept.store, world::options()).await;
    let server = serve(&kept.store, &world.manifest, options()).await;
    let token = token_of(&server).await;
    let pages = ballast_testkit::repository_root().join("docs/api.md");
    let pages = std::fs::read_to_string(pages).expect("the book");
    let mut count = 0;
    for line in pages
        .lines()
        .filter_map(|line| line.strip_prefix("curl -s URL"))
    {
        let native = world.manifest.contracts.wrapped_native.address;
        let path = line
            .replace("TOKEN", &token)
            .replace("SYNTHETIC", &book.record.book.address.to_string())
            .replace("OWNER", &Book::owner(0).to_string())
            .replace("ASSET", &native.to_string());
        let status = server.response(&path, &[]).await.status();
        let expected = if path.contains("limit=501") { 400 } else { 200 };
        assert_eq!(status.as_u16(), expected, "{path}");
        count += 1;
    }
    eprintln!("{count} examples of docs/api.md work");
    assert!(count > 10);
}
