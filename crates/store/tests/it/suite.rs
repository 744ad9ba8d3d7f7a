//! What every store must do.

mod services;

use alloy_primitives::{Address, B256, Bytes, U256};
use ballast_store::{
    AlertRaised, AlertSent, AssetFacts, Attempt, Auction, Balance, Block, Column, Decision,
    Deployment, FeeChange, Fees, Fill, Floor, FloorPeriod, Heartbeat, HolderCount, Inflow,
    InflowPeriod, Lane, Ledger, Loan, LoanBook, LockUntil, Owed, Pause, Pool, Powers, Price,
    PricePeriod, Progress, RawLog, RecipientChange, Record, Row, SendRecord, SignedReport,
    Statement, Store, StoreError, Supply, Token, TokenFacts, Trade, Undo, Value, Write, all, find,
    get, open, tables,
};
use ballast_store::{
    AssetPrice, AssetPricePeriod, Backstop, BackstopFacts, BackstopLot, BackstopMove,
    BackstopRequest, Governor, GovernorCall, LatestReport, Loss, Mid, PegFacts, PegModule, PegMove,
    PriceFault, PricePoint, PriceSource, RateStep, Redemption, ReportQuorum, Rung, SourceFacts,
    Synthetic, SyntheticFacts, Take, Vault, VaultChange, VaultMarket, Watched,
};

/// Every row of every table.
pub async fn content(store: &dyn Store) -> Vec<(&'static str, Vec<Row>)> {
    let mut all = Vec::new();
    for table in tables() {
        let rows = store.read(Statement::new(table, "all"), Vec::new()).await;
        all.push((table, rows.expect(table)));
    }
    all
}

fn balance(holder: u8, amount: U256) -> Balance {
    Balance {
        token: Address::repeat_byte(1),
        holder: Address::repeat_byte(holder),
        amount,
    }
}

fn log(block: u64, log_index: u64) -> RawLog {
    RawLog {
        block,
        log_index,
        address: Address::repeat_byte(2),
        topics: vec![B256::repeat_byte(3), B256::repeat_byte(4)],
        data: Bytes::from_static(&[0, 1, 255]),
        transaction_hash: B256::repeat_byte(5),
        block_hash: B256::repeat_byte(6),
        time: 1_800_000_000,
    }
}

/// Two rows with the same amount, to be written in one transaction.
pub fn pair(amount: u64) -> Vec<Write> {
    let both = [1, 2].map(|holder| balance(holder, U256::from(amount)));
    both.iter().map(Write::put).collect()
}

/// The rows of [`pair`] are both there and alike, or neither is.
pub async fn assert_pair(store: &dyn Store) {
    let amounts: Vec<U256> = all::<Balance>(store)
        .await
        .expect("reads")
        .iter()
        .map(|balance| balance.amount)
        .collect();
    assert!(
        amounts.is_empty() || (amounts.len() == 2 && amounts[0] == amounts[1]),
        "{amounts:?}"
    );
}

/// Some rows.
pub async fn fill(store: &dyn Store) {
    let logs = [log(1, 0), log(1, 7), log(3, 2)];
    let mut writes: Vec<Write> = logs.iter().map(Write::put).collect();
    writes.push(Write::put(&balance(1, U256::MAX)));
    writes.push(Write::put(&balance(2, U256::ZERO)));
    store.write(writes).await.expect("writes");
}

async fn what_is_asked_together_is_answered_in_its_order(store: &dyn Store) {
    let one = |place: (u64, u64)| {
        let key = vec![place.0.to_value(), place.1.to_value()];
        (Statement::new("logs", "get"), key)
    };
    let every = || (Statement::new("balances", "all"), Vec::new());
    // More than travel at once.
    let places = [(3, 2), (9, 9), (1, 0)];
    let asks: Vec<_> = (0..300)
        .flat_map(|_| places.map(one).into_iter().chain([every()]))
        .collect();
    let found = store.read_together(asks.clone()).await.expect("reads");
    assert_eq!(found.len(), asks.len());
    for ((statement, params), rows) in asks.into_iter().zip(found) {
        assert_eq!(rows, store.read(statement, params).await.expect("reads"));
    }
    let wrong = vec![every(), (Statement::new("logs", "no such"), Vec::new())];
    let refused = store.read_together(wrong).await;
    assert!(
        matches!(refused, Err(StoreError::NoStatement { .. })),
        "{refused:?}"
    );
    let wrong = vec![(Statement::new("logs", "get"), Vec::new()), every()];
    assert!(store.read_together(wrong).await.is_err());
    let whole = store.read_together(vec![every()]).await.expect("reads");
    assert_eq!(whole[0].len(), 2, "the connection serves on");
    assert!(
        store
            .read_together(Vec::new())
            .await
            .expect("reads")
            .is_empty()
    );
}

/// The whole suite on the store at `address`, which is new.
pub async fn run(address: &str) {
    let store = open(address).await.expect("opens");
    fill(store.as_ref()).await;
    records_come_back_as_they_were(store.as_ref()).await;
    every_table_has_the_columns_of_its_record(store.as_ref()).await;
    a_transaction_is_whole_or_not_there(store.as_ref()).await;
    what_is_asked_together_is_answered_in_its_order(store.as_ref()).await;
    many_rows_at_once_are_as_one_by_one(store.as_ref()).await;
    rows_added_together_are_all_there_or_none(store.as_ref()).await;
    a_second_writer_is_noticed(store.as_ref()).await;
    logs_are_found_in_the_order_of_the_chain(store.as_ref()).await;
    many_readers_see_what_was_written(store.as_ref()).await;
    services::run(address, store.as_ref()).await;
    let before = content(store.as_ref()).await;
    drop(store);
    let again = open(address).await.expect("opens again");
    assert_eq!(
        content(again.as_ref()).await,
        before,
        "nothing is lost by closing"
    );
}

async fn back<R: Record + PartialEq + std::fmt::Debug>(store: &dyn Store, record: R) {
    store
        .write(vec![Write::put(&record)])
        .await
        .expect("writes");
    let found = get::<R>(store, record.key()).await.expect("reads");
    assert_eq!(found, Some(record));
}

async fn records_come_back_as_they_were(store: &dyn Store) {
    back(store, balance(9, U256::from(10).pow(U256::from(36)))).await;
    back(store, log(9, 9)).await;
    back(
        store,
        Token {
            token: Address::repeat_byte(1),
            reserve: Address::repeat_byte(2),
            owner: Address::repeat_byte(3),
            converter: None,
            pool: Some(Address::repeat_byte(4)),
            liquidity_lock: None,
            assets: vec![Address::repeat_byte(5), Address::repeat_byte(6)],
            seeds: vec![U256::ZERO, U256::MAX],
            block: 7,
            time: 8,
        },
    )
    .await;
    back(
        store,
        Undo {
            projection: "x".to_owned(),
            block: 1,
            sequence: 0,
            record: "balances".to_owned(),
            row_key: Bytes::from_static(&[1]),
            row_before: None,
        },
    )
    .await;
    let gone = balance(9, U256::ZERO).key();
    let delete = Write::new(Statement::new("balances", "delete"), gone.clone());
    store
        .write(vec![delete.touching(1)])
        .await
        .expect("deletes");
    assert_eq!(get::<Balance>(store, gone).await.expect("reads"), None);
}

/// A record whose cells all differ, so that two columns that changed places are noticed.
fn distinct<R: Record + Default>(seed: u8) -> R {
    let mut row = R::default().row();
    for (cell, number) in row.iter_mut().zip(seed..) {
        match cell {
            Value::Null => {}
            Value::Integer(value) => *value = i64::from(number),
            Value::Text(text) => *text = format!("text {number}"),
            // A whole number of words and of addresses, where it is a list.
            Value::Bytes(bytes) if bytes.is_empty() => *bytes = vec![number; 160],
            Value::Bytes(bytes) => bytes.fill(number),
        }
    }
    R::from_row(&row).expect("a record")
}

async fn is_whole<R: Record + Default + PartialEq + std::fmt::Debug>(store: &dyn Store) {
    let first: R = distinct(60);
    let mut changed = distinct::<R>(100).row();
    changed[..R::KEY_COLUMNS].clone_from_slice(&first.key());
    let changed = R::from_row(&changed).expect("a record");
    let before: Vec<R> = all(store).await.expect("reads");
    for record in [first, changed] {
        store
            .write(vec![Write::put(&record)])
            .await
            .expect(R::TABLE);
        let found = get::<R>(store, record.key()).await.expect(R::TABLE);
        assert_eq!(found.as_ref(), Some(&record));
        let listed: Vec<R> = all(store).await.expect(R::TABLE);
        assert_eq!(listed.len(), before.len() + 1, "{}", R::TABLE);
        assert!(listed.contains(&record), "{}", R::TABLE);
    }
    let delete = Statement::new(R::TABLE, "delete");
    let delete = Write::new(delete, distinct::<R>(60).key()).touching(1);
    store.write(vec![delete]).await.expect(R::TABLE);
    assert_eq!(all::<R>(store).await.expect(R::TABLE), before);
}

/// Checks each record and gives how many they are.
macro_rules! whole {
    ($store:expr; $($record:ty),+ $(,)?) => {{
        let mut checked = 0;
        $(is_whole::<$record>($store).await; checked += 1;)+
        checked
    }};
}

async fn every_table_has_the_columns_of_its_record(store: &dyn Store) {
    let checked: usize = whole!(
        store;
        AlertRaised,
        AlertSent,
        AssetFacts,
        Attempt,
        Auction,
        Balance,
        Block,
        Decision,
        Deployment,
        FeeChange,
        Fees,
        Fill,
        Floor,
        FloorPeriod,
        Heartbeat,
        HolderCount,
        Inflow,
        InflowPeriod,
        Lane,
        Ledger,
        Loan,
        LoanBook,
        LockUntil,
        Owed,
        Pause,
        Pool,
        Powers,
        Price,
        PricePeriod,
        Progress,
        RawLog,
        RecipientChange,
        SendRecord,
        SignedReport,
        Supply,
        Token,
        TokenFacts,
        Trade,
        Undo,
    );
    assert_eq!(
        checked + of_synthetics(store).await,
        tables().count(),
        "a table without a record, or twice"
    );
}

async fn of_synthetics(store: &dyn Store) -> usize {
    whole!(
        store;
        AssetPrice,
        AssetPricePeriod,
        Backstop,
        BackstopFacts,
        BackstopLot,
        BackstopMove,
        BackstopRequest,
        Governor,
        GovernorCall,
        LatestReport,
        Loss,
        Mid,
        PegFacts,
        PegModule,
        PegMove,
        PriceFault,
        PricePoint,
        PriceSource,
        RateStep,
        Redemption,
        ReportQuorum,
        Rung,
        SourceFacts,
        Synthetic,
        SyntheticFacts,
        Take,
        Vault,
        VaultChange,
        VaultMarket,
        Watched
    )
}

async fn a_transaction_is_whole_or_not_there(store: &dyn Store) {
    let before = content(store).await;
    let wrong = Write::new(
        Statement::new("balances", "put"),
        vec![Value::Null, Value::Null, Value::Null],
    );
    let first = Write::put(&balance(77, U256::from(1)));
    let error = store.write(vec![first, wrong]).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    assert_eq!(content(store).await, before);
    let unknown = Write::new(Statement::new("balances", "no such"), Vec::new());
    let error = store.write(vec![unknown]).await.unwrap_err();
    assert!(matches!(error, StoreError::NoStatement { .. }), "{error}");
    store.write(Vec::new()).await.expect("nothing is fine");
}

async fn many_rows_at_once_are_as_one_by_one(store: &dyn Store) {
    let of = |holder: u64, amount: u64| Balance {
        token: Address::repeat_byte(0x33),
        holder: Address::from_word(B256::from(U256::from(holder))),
        amount: U256::from(amount),
    };
    // More than one statement holds, every key twice, and others in between.
    let mut writes: Vec<Write> = (0..12_000)
        .map(|holder| Write::put(&of(holder, 1)))
        .collect();
    writes.push(Write::put(&log(9, 9)));
    writes.extend(
        (0..12_000)
            .rev()
            .map(|holder| Write::put(&of(holder, holder))),
    );
    writes.push(Write::put(&of(5, 77)));
    writes.push(Write::put(&of(5, 78)));
    store.write(writes).await.expect("writes");
    let holders: Vec<u64> = (0..12_001).rev().collect();
    let keys = holders.iter().map(|holder| of(*holder, 0).key()).collect();
    let get = Statement::new("balances", "get");
    let found = store.read_each(get, keys).await.expect("reads");
    assert_eq!(found.len(), holders.len());
    for (holder, rows) in holders.into_iter().zip(found) {
        let expected = match holder {
            12_000 => Vec::new(),
            5 => vec![of(5, 78).row()],
            holder => vec![of(holder, holder).row()],
        };
        assert_eq!(rows, expected, "holder {holder}");
    }
    store
        .write(vec![Write::clear("balances")])
        .await
        .expect("clears");
}

async fn rows_added_together_are_all_there_or_none(store: &dyn Store) {
    let entry = |sequence: u64| Undo {
        projection: "added".to_owned(),
        block: 3,
        sequence,
        record: "balances".to_owned(),
        row_key: vec![0, 255].into(),
        row_before: sequence.is_multiple_of(2).then(|| vec![1, 2, 3].into()),
    };
    let after = vec!["added".to_owned().to_value(), 0_u64.to_value()];
    let mut there = 0;
    for count in [1, 2, 7, 8, 3_000] {
        let entries = (there..there + count).map(entry);
        let writes = entries.map(|one| Write::add(&one)).collect();
        store.write(writes).await.expect("adds");
        there += count;
        let found: Vec<Undo> = find(store, "after", after.clone()).await.expect("reads");
        let expected: Vec<Undo> = (0..there).rev().map(entry).collect();
        assert_eq!(found, expected, "{count} more");
    }
    for count in [1, 3_000] {
        let mut writes: Vec<Write> = (there..there + count)
            .map(|sequence| Write::add(&entry(sequence)))
            .collect();
        writes.push(Write::add(&entry(5)));
        let error = store.write(writes).await.expect_err("it is there");
        assert!(matches!(error, StoreError::Failed { .. }), "{error}");
        let mut short = Write::add(&entry(there));
        short.params.pop();
        let writes = vec![short; 20];
        let error = store.write(writes).await.expect_err("a cell is missing");
        assert!(matches!(error, StoreError::Failed { .. }), "{error}");
        let found: Vec<Undo> = find(store, "after", after.clone()).await.expect("reads");
        assert_eq!(found.len() as u64, there);
    }
    let all = Write::new(Statement::new("undo", "delete_after"), after);
    store.write(vec![all]).await.expect("deletes");
}

async fn a_second_writer_is_noticed(store: &dyn Store) {
    let at = |block| Progress {
        name: "p".to_owned(),
        version: 1,
        block,
        stopped: None,
    };
    store.write(vec![Write::put(&at(5))]).await.expect("writes");
    let advance = |from: u64, to: u64| {
        let params = vec!["p".to_owned().to_value(), from.to_value(), to.to_value()];
        Write::new(Statement::new("projections", "advance"), params).touching(1)
    };
    store.write(vec![advance(5, 6)]).await.expect("advances");
    let late = vec![Write::put(&balance(78, U256::from(1))), advance(5, 6)];
    let error = store.write(late).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Conflict { found: 0, .. }),
        "{error}"
    );
    let found = get::<Balance>(store, balance(78, U256::ZERO).key()).await;
    assert_eq!(
        found.expect("reads"),
        None,
        "nothing of a refused transaction stays"
    );
    assert_eq!(all::<Progress>(store).await.expect("reads"), [at(6)]);
}

async fn logs_are_found_in_the_order_of_the_chain(store: &dyn Store) {
    let between = |from: u64, to: u64| vec![from.to_value(), to.to_value()];
    let found: Vec<RawLog> = find(store, "between", between(0, 3)).await.expect("reads");
    assert_eq!(found, [log(1, 0), log(1, 7), log(3, 2)]);
    let found: Vec<RawLog> = find(store, "between", between(1, 9)).await.expect("reads");
    assert_eq!(found, [log(3, 2), log(9, 9)]);
    let after = Write::new(
        Statement::new("logs", "delete_after"),
        vec![3_u64.to_value()],
    );
    store.write(vec![after]).await.expect("deletes");
    assert_eq!(all::<RawLog>(store).await.expect("reads").len(), 3);
    let blocks: Vec<Write> = (1..=5_u64)
        .map(|number| Block {
            number,
            hash: B256::with_last_byte(1),
            parent: B256::ZERO,
            time: number,
        })
        .map(|block| Write::put(&block))
        .collect();
    store.write(blocks).await.expect("writes");
    let newest: Vec<Block> = find(store, "newest", Vec::new()).await.expect("reads");
    assert_eq!(newest.first().map(|block| block.number), Some(5));
}

async fn many_readers_see_what_was_written(store: &dyn Store) {
    for round in 0..20_u64 {
        let amount = U256::from(round);
        store
            .write(vec![Write::put(&balance(50, amount))])
            .await
            .expect("writes");
        let reads = (0..12).map(|_| get::<Balance>(store, balance(50, amount).key()));
        let mut pending: Vec<_> = reads.map(Box::pin).collect();
        for read in &mut pending {
            let found = read.await.expect("reads").expect("is there");
            assert_eq!(found.amount, amount);
        }
    }
}
