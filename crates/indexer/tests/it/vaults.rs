//! Synthetics: what is folded is what the chain has, whatever is taken back, killed or comes late.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use ballast_indexer::Indexer;
use ballast_store::{
    AssetPrice, AssetPricePeriod, Backstop, BackstopLot, Governor, LatestReport, Loss, PegModule,
    PricePoint, RateStep, ReportQuorum, Store, Synthetic, Take, Vault, VaultMarket, all,
};
use ballast_testkit::Postgres;
use serde_json::json;

use crate::book::{Book, play};
use crate::corruption::notices;
use crate::resuming::survives_every_kill;
use crate::world::{Kept, World, content, far, kept, options};

/// Tables that only synthetics fill.
pub const TABLES: [&str; 30] = [
    "asset_price_periods",
    "asset_prices",
    "backstop_facts",
    "backstop_lots",
    "backstop_moves",
    "backstop_requests",
    "backstops",
    "governor_calls",
    "governors",
    "latest_reports",
    "losses",
    "mids",
    "peg_facts",
    "peg_modules",
    "peg_moves",
    "price_faults",
    "price_points",
    "price_sources",
    "rate_steps",
    "redemptions",
    "report_quorums",
    "rungs",
    "source_facts",
    "synthetic_facts",
    "synthetics",
    "takes",
    "vault_changes",
    "vault_markets",
    "vaults",
    "watched",
];

/// A chain with a synthetic that had a crisis and much else, indexed.
async fn harbour() -> (World, Book, Kept) {
    let mut world = World::new().await;
    let book = Book::launch(&mut world).await;
    book.crisis(&world).await;
    play(&world, &book, 1, 40).await;
    let kept = kept();
    world.index(&kept.store, options()).await;
    (world, book, kept)
}

#[tokio::test]
async fn synthetics_equal_the_chain_after_every_event_and_are_those_of_a_fresh_index() {
    let mut world = World::new().await;
    let book = Book::launch(&mut world).await;
    let kept = kept();
    for seed in 0..3 {
        book.report(&world, 1_000).await;
        book.crisis(&world).await;
        book.step_rate(&world, seed, 990).await;
        world.index(&kept.store, options()).await;
        for round in 0..10 {
            play(&world, &book, 100 * seed + round, 4).await;
            let summary = world.index(&kept.store, options()).await;
            assert!(summary.comparisons > 20, "{summary:?}");
        }
    }
    let store = kept.store.as_ref();
    for (table, rows) in content(store).await {
        let elsewhere = !TABLES.contains(&table);
        assert!(
            elsewhere || !rows.is_empty(),
            "the play never filled {table}"
        );
    }
    let takes: Vec<Take> = all(store).await.expect("reads");
    assert!(
        takes.iter().any(|take| !take.deficit.is_zero()),
        "{takes:?}"
    );
    assert!(takes.iter().all(|take| !take.mid.is_zero()), "{takes:?}");
    let losses: Vec<Loss> = all(store).await.expect("reads");
    for kind in ["take", "book", "covered"] {
        assert!(losses.iter().any(|loss| loss.kind == kind), "no {kind}");
    }
    let shared = losses.iter().any(|loss| loss.payer == Some(Address::ZERO));
    assert!(shared, "no loss was shared by all: {losses:?}");
    world.assert_as_fresh(&kept.store).await;
}

#[tokio::test]
async fn s01_a_reorganisation_leaves_no_trace_in_synthetics() {
    let (world, book, kept) = harbour().await;
    for seed in [7, 8] {
        let snapshot = world.rpc("evm_snapshot", json!([])).await;
        let before = content(kept.store.as_ref()).await;
        play(&world, &book, seed, 12).await;
        book.price(&world, 700 + seed).await;
        book.take(&world, 0, U256::MAX).await;
        world.mine(5 * seed).await;
        world.index(&kept.store, options()).await;
        assert_ne!(content(kept.store.as_ref()).await, before);
        world.rpc("evm_revert", json!([snapshot])).await;
        play(&world, &book, seed + 2, 5).await;
        world.mine(40).await;
        let summary = world.index(&kept.store, options()).await;
        assert!(summary.blocks_taken_back > 20, "{summary:?}");
        world.assert_as_fresh(&kept.store).await;
    }
}

#[tokio::test]
async fn killed_after_every_single_transaction_synthetics_resume_to_the_same_store() {
    let mut world = World::new().await;
    let book = Book::launch(&mut world).await;
    book.crisis(&world).await;
    survives_every_kill(&world).await;
}

#[tokio::test]
async fn a_synthetic_that_comes_to_the_manifest_late_is_read_from_its_first_block() {
    let mut world = World::new().await;
    let early = Book::launch(&mut world).await;
    let late = Book::deploy(&world).await;
    for options in [options(), far()] {
        let kept = kept();
        world.manifest.books.truncate(1);
        play(&world, &early, 3, 6).await;
        play(&world, &late, 4, 12).await;
        world.index(&kept.store, options).await;
        world.manifest.books.push(late.record.clone());
        let summary = world.index(&kept.store, options).await;
        assert!(summary.comparisons > 20, "{summary:?}");
        let books: Vec<Synthetic> = all(kept.store.as_ref()).await.expect("reads");
        assert_eq!(books.len(), 2);
        play(&world, &late, 5, 4).await;
        world.index(&kept.store, options).await;
        world.assert_as_fresh(&kept.store).await;
    }
}

#[tokio::test]
async fn one_wrong_row_of_a_synthetic_stops_its_projection_and_no_other() {
    let (world, book, kept) = harbour().await;
    book.report(&world, 1_000).await;
    world.index(&kept.store, options()).await;
    let one = U256::from(1);
    notices::<Vault>(&world, &kept, "vaults", |row| row.collateral += one).await;
    notices::<Vault>(&world, &kept, "vaults", |row| row.risk += one).await;
    notices::<VaultMarket>(&world, &kept, "vaults", |row| row.norm += one).await;
    notices::<VaultMarket>(&world, &kept, "vaults", |row| row.vaults += 1).await;
    notices::<ballast_store::Rung>(&world, &kept, "vaults", |row| row.norm += one).await;
    notices::<Loss>(&world, &kept, "vault_history", |row| row.amount += one).await;
    notices::<AssetPrice>(&world, &kept, "prices", |row| row.low += one).await;
    notices::<LatestReport>(&world, &kept, "prices", |row| row.round += one).await;
    notices::<ReportQuorum>(&world, &kept, "prices", |row| row.quorum += 1).await;
    notices::<PegModule>(&world, &kept, "peg", |row| row.custody += one).await;
    notices::<Backstop>(&world, &kept, "backstop", |row| row.owed += one).await;
    notices::<Governor>(&world, &kept, "governance", |row| row.owner.0[0] ^= 1).await;
    let steps: Vec<RateStep> = all(kept.store.as_ref()).await.expect("reads");
    if !steps.is_empty() {
        notices::<RateStep>(&world, &kept, "governance", |row| row.sum += one).await;
    }
    let lots: Vec<BackstopLot> = all(kept.store.as_ref()).await.expect("reads");
    if !lots.is_empty() {
        notices::<BackstopLot>(&world, &kept, "backstop", |row| row.held += one).await;
    }
}

#[tokio::test]
async fn hours_and_days_of_prices_are_those_that_follow_from_the_points() {
    let (world, book, kept) = harbour().await;
    play(&world, &book, 2, 40).await;
    world.index(&kept.store, far()).await;
    let store = kept.store.as_ref();
    let points: Vec<PricePoint> = all(store).await.expect("reads");
    let mut periods: BTreeMap<(Address, Address, u64, u64), AssetPricePeriod> = BTreeMap::new();
    for point in points {
        for period_secs in [3_600, 86_400] {
            let starts = point.time / period_secs * period_secs;
            let key = (point.prices, point.asset, period_secs, starts);
            let period = periods.entry(key).or_insert_with(|| AssetPricePeriod {
                prices: point.prices,
                asset: point.asset,
                period_secs,
                starts,
                open: point.mid,
                low: point.mid,
                lowest: point.low,
                ..AssetPricePeriod::default()
            });
            period.block = point.block;
            period.high = period.high.max(point.mid);
            period.low = period.low.min(point.mid);
            period.highest = period.highest.max(point.high);
            period.lowest = period.lowest.min(point.low);
            period.close = point.mid;
            period.median = point.median;
            period.stepped = point.stepped;
            period.pokes += 1;
        }
    }
    let ours: Vec<AssetPricePeriod> = all(store).await.expect("reads");
    assert_eq!(ours, periods.into_values().collect::<Vec<_>>());
    assert!(ours.len() > 10, "{}", ours.len());
}

#[tokio::test]
async fn each_projection_of_synthetics_is_made_anew_alone() {
    let (world, _, kept) = harbour().await;
    let store = kept.store.as_ref();
    let before = content(store).await;
    for name in [
        "vaults",
        "vault_history",
        "prices",
        "peg",
        "backstop",
        "governance",
    ] {
        assert!(Indexer::projections().contains(&name), "{name}");
        let indexer = world.indexer(&kept.store, options());
        indexer.reindex(name).await.expect("empties");
        assert_ne!(content(store).await, before, "{name} was not emptied");
        world.index(&kept.store, options()).await;
        assert_eq!(content(store).await, before, "{name}");
    }
}

#[tokio::test]
#[allow(clippy::print_stderr)] // What is skipped is told to the person who runs the tests.
async fn postgres_holds_of_synthetics_what_sqlite_holds() {
    let Some(server) = Postgres::start().expect("the server starts") else {
        eprintln!("skipped: no PostgreSQL server is installed (initdb, pg_ctl, postgres)");
        return;
    };
    let (world, book, kept) = harbour().await;
    let store: Arc<dyn Store> = ballast_store::open(&server.url()).await.expect("opens");
    world.index(&store, options()).await;
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    play(&world, &book, 5, 6).await;
    world.index(&store, options()).await;
    world.rpc("evm_revert", json!([snapshot])).await;
    world.mine(40).await;
    world.index(&store, options()).await;
    world.index(&kept.store, options()).await;
    assert_eq!(
        content(store.as_ref()).await,
        content(kept.store.as_ref()).await
    );
}
