//! A store that something else has spoiled: one row wrong in any projection is noticed.

use alloy::primitives::U256;
use ballast_store::{
    Auction, Balance, Fill, HolderCount, Ledger, Loan, LoanBook, LockUntil, Owed, Pool, Powers,
    Record, Statement, Supply, Token, Write, all,
};

use crate::party::{parties, play};
use crate::world::{Kept, World, kept, options};

/// Spoils the first row of a table, indexes on, and expects `projection` to stop for it, alone; then mends the row.
pub async fn notices<R: Record + Clone>(
    world: &World,
    kept: &Kept,
    projection: &str,
    spoil: impl FnOnce(&mut R),
) {
    let store = kept.store.as_ref();
    let before = all::<R>(store).await.expect("reads").swap_remove(0);
    let mut row = before.clone();
    spoil(&mut row);
    store.write(vec![Write::put(&row)]).await.expect("writes");
    let summary = world
        .indexer(&kept.store, options())
        .catch_up(|_| {})
        .await
        .expect("goes on");
    let stopped: Vec<&str> = summary
        .projections
        .iter()
        .filter(|state| state.stopped.is_some())
        .map(|state| state.name.as_str())
        .collect();
    assert_eq!(stopped, [projection], "{} of {summary:?}", R::TABLE);
    assert!(summary.mismatches > 0);
    world
        .indexer(&kept.store, options())
        .reindex(projection)
        .await
        .expect("empties");
    let summary = world.index(&kept.store, options()).await;
    assert!(
        summary
            .projections
            .iter()
            .all(|state| state.stopped.is_none())
    );
}

#[tokio::test]
async fn one_wrong_row_in_any_projection_stops_it_and_no_other() {
    let world = World::new().await;
    let parties = parties(&world).await;
    for party in &parties {
        party.auction(&world).await;
    }
    play(&world, &parties, 5, 40).await;
    world.everything(1, 1).await;
    let kept = kept();
    world.index(&kept.store, options()).await;
    let one = U256::from(1);
    notices::<Balance>(&world, &kept, "balances", |row| row.amount += one).await;
    notices::<HolderCount>(&world, &kept, "balances", |row| row.holders += 1).await;
    notices::<Supply>(&world, &kept, "reserves", |row| row.unspendable += one).await;
    notices::<Ledger>(&world, &kept, "reserves", |row| row.cash += one).await;
    notices::<Ledger>(&world, &kept, "reserves", |row| row.pending += one).await;
    notices::<LoanBook>(&world, &kept, "loans", |row| row.locked += one).await;
    notices::<Pool>(&world, &kept, "trades", |row| row.tokens += one).await;
    notices::<Fill>(&world, &kept, "fills", |row| row.tokens += one).await;
    notices::<Auction>(&world, &kept, "auctions", |row| row.sale += one).await;
    notices::<Owed>(&world, &kept, "auctions", |row| row.amount += one).await;
    notices::<Powers>(&world, &kept, "powers", |row| row.owner.0[0] ^= 1).await;
    notices::<LockUntil>(&world, &kept, "powers", |row| row.until -= one).await;
    let store = kept.store.as_ref();
    let stranger = Token::default();
    store
        .write(vec![Write::put(&stranger)])
        .await
        .expect("writes");
    world.happen(0, 1).await;
    let summary = world
        .indexer(&kept.store, options())
        .catch_up(|_| {})
        .await
        .expect("goes on");
    let reasons: Vec<_> = summary
        .projections
        .iter()
        .filter_map(|state| state.stopped.clone())
        .collect();
    assert!(
        reasons.len() == 1 && reasons[0].contains("the number of tokens"),
        "{reasons:?}"
    );
    let delete = Write::new(Statement::new("tokens", "delete"), stranger.key());
    store.write(vec![delete]).await.expect("deletes");
}

#[tokio::test]
async fn a_wrong_loan_is_noticed_when_something_happens_to_it() {
    let world = World::new().await;
    world.happen(3, 7).await;
    let kept = kept();
    world.index(&kept.store, options()).await;
    let store = kept.store.as_ref();
    let mut loan = all::<Loan>(store).await.expect("reads").swap_remove(0);
    loan.deadline_unpaused += 1;
    store.write(vec![Write::put(&loan)]).await.expect("writes");
    world.repay(loan.loan, U256::from(1)).await;
    let summary = world
        .indexer(&kept.store, options())
        .catch_up(|_| {})
        .await
        .expect("goes on");
    assert!(summary.mismatches > 0, "{summary:?}");
    let stopped = summary
        .projections
        .iter()
        .find_map(|state| state.stopped.clone());
    assert!(stopped.expect("a reason").contains("the deadline of"));
}
