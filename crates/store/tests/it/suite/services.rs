//! What services that send transactions ask of a store.

use alloy_primitives::{Address, B256, Bytes, U256};
use ballast_store::{
    AlertRaised, Attempt, Column, Lane, Record, Row, SendRecord, Statement, Store, StoreError,
    Write, find, get, open,
};

const SENDER: Address = Address::repeat_byte(0x77);

fn send(id: &str, placed: u64) -> SendRecord {
    SendRecord {
        address: SENDER,
        id: id.to_owned(),
        service: "keeper:1".to_owned(),
        label: "take".to_owned(),
        target: Address::repeat_byte(8),
        value_wei: U256::MAX,
        state: "wanted".to_owned(),
        placed,
        ..SendRecord::default()
    }
}

fn named(statement: &'static str, params: Row) -> Write {
    Write::new(Statement::new("sends", statement), params)
}

fn key(id: &str) -> Row {
    vec![SENDER.to_value(), id.to_owned().to_value()]
}

fn with(id: &str, more: Row) -> Row {
    let mut row = key(id);
    row.extend(more);
    row
}

/// The whole of it, on the store at `address`.
pub async fn run(address: &str, store: &dyn Store) {
    a_name_is_held_by_one_at_a_time(address, store).await;
    only_the_first_send_of_a_key_counts(store).await;
    one_nonce_goes_to_one_send(store).await;
    a_send_goes_from_wanted_to_final_and_back(store).await;
    what_is_raised_again_is_told_once(store).await;
    a_lane_begins_once_and_only_grows(store).await;
    for table in ["sends", "attempts", "alerts_raised", "lanes"] {
        store
            .write(vec![Write::clear(table).lasting()])
            .await
            .expect("clears");
    }
}

async fn a_name_is_held_by_one_at_a_time(address: &str, store: &dyn Store) {
    let held = store.lock("sender 1").await.expect("asks").expect("free");
    assert!(held.is_held());
    let other = open(address).await.expect("opens");
    for again in [store, other.as_ref()] {
        let taken = again.lock("sender 1").await.expect("asks");
        assert!(taken.is_none(), "it is held twice");
    }
    assert!(
        other.lock("sender 2").await.expect("asks").is_some(),
        "another name is free"
    );
    drop(held);
    // A database notices the end of a session a little later.
    for _ in 0..500 {
        if other.lock("sender 1").await.expect("asks").is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it is never free again");
}

async fn only_the_first_send_of_a_key_counts(store: &dyn Store) {
    let first = send("a", 1);
    let mut second = send("a", 2);
    second.label = "another".to_owned();
    for one in [&first, &second] {
        let write = named("enqueue", one.row()).lasting();
        store.write(vec![write]).await.expect("writes");
    }
    let found = get::<SendRecord>(store, key("a")).await.expect("reads");
    assert_eq!(found, Some(first));
}

async fn one_nonce_goes_to_one_send(store: &dyn Store) {
    let write = named("enqueue", send("b", 3).row());
    store.write(vec![write]).await.expect("writes");
    let sign = |id: &str| named("sign", with(id, vec![5_u64.to_value()])).touching(1);
    store.write(vec![sign("a")]).await.expect("signs");
    let twice = store.write(vec![sign("b")]).await.unwrap_err();
    assert!(matches!(twice, StoreError::Failed { .. }), "{twice}");
    let again = store.write(vec![sign("a")]).await.unwrap_err();
    assert!(
        matches!(again, StoreError::Conflict { found: 0, .. }),
        "{again}"
    );
}

async fn a_send_goes_from_wanted_to_final_and_back(store: &dyn Store) {
    let attempt = |number: u64| Attempt {
        hash: B256::with_last_byte(number.to_be_bytes()[7]),
        address: SENDER,
        send: "a".to_owned(),
        number,
        nonce: 5,
        raw: Bytes::from_static(&[2, 1]),
        route: "none".to_owned(),
        ..Attempt::default()
    };
    let both = [Write::put(&attempt(1)), Write::put(&attempt(0))];
    store.write(both.to_vec()).await.expect("writes");
    let open_now = || find::<SendRecord>(store, "open", vec![SENDER.to_value()]);
    let of_open = || find::<Attempt>(store, "of_open", vec![SENDER.to_value()]);
    assert_eq!(open_now().await.expect("reads").len(), 2);
    assert_eq!(of_open().await.expect("reads"), [attempt(0), attempt(1)]);
    let included = vec![
        B256::repeat_byte(1).to_value(),
        9_u64.to_value(),
        B256::repeat_byte(2).to_value(),
        1_000_u64.to_value(),
        21_000_u64.to_value(),
        U256::from(7).to_value(),
    ];
    let finish = vec![
        "mined".to_owned().to_value(),
        1_001_u64.to_value(),
        None::<String>.to_value(),
        None::<Bytes>.to_value(),
    ];
    let writes = vec![
        named("include", with("a", included)).touching(1),
        named("finish", with("a", finish.clone())).touching(1),
    ];
    store.write(writes).await.expect("finishes");
    assert_eq!(open_now().await.expect("reads").len(), 1);
    assert!(of_open().await.expect("reads").is_empty());
    let late = named("finish", with("a", finish)).touching(1);
    assert!(store.write(vec![late]).await.is_err(), "final is final");
    let since = |from: u64| {
        find::<SendRecord>(
            store,
            "mined_since",
            vec![SENDER.to_value(), from.to_value()],
        )
    };
    let spent = since(1_000).await.expect("reads");
    assert_eq!(spent[0].fee_wei, Some(U256::from(7)));
    assert!(since(1_001).await.expect("reads").is_empty());
    let from = vec![SENDER.to_value(), 5_u64.to_value()];
    let high: Vec<SendRecord> = find(store, "final_from_nonce", from).await.expect("reads");
    assert_eq!(high.len(), 1);
    let back = named("take_back", key("a")).touching(1);
    store.write(vec![back]).await.expect("takes back");
    let again = get::<SendRecord>(store, key("a")).await.expect("reads");
    let again = again.expect("is there");
    assert_eq!(
        (again.state.as_str(), again.nonce, again.block),
        ("pending", Some(5), None)
    );
    let free = named("free_nonce", with("a", vec![5_u64.to_value()])).touching(1);
    store.write(vec![free]).await.expect("frees");
    let all = open_now().await.expect("reads");
    let order: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(order, ["a", "b"]);
    assert!(all.iter().all(|one| one.nonce.is_none()));
}

async fn what_is_raised_again_is_told_once(store: &dyn Store) {
    let alert = |text: &str| AlertRaised {
        id: "foreign:5".to_owned(),
        service: "keeper:1".to_owned(),
        raised_at: 3,
        kind: "foreign nonce".to_owned(),
        text: text.to_owned(),
        delivered_at: None,
    };
    let both = [alert("first").raise(), alert("second").raise()];
    store.write(both.to_vec()).await.expect("writes");
    let undelivered = || {
        let params = vec!["keeper:1".to_owned().to_value(), 10_u64.to_value()];
        find::<AlertRaised>(store, "undelivered", params)
    };
    assert_eq!(undelivered().await.expect("reads"), [alert("first")]);
    let told = vec!["foreign:5".to_owned().to_value(), 4_u64.to_value()];
    let told = Write::new(Statement::new("alerts_raised", "delivered"), told).touching(1);
    store.write(vec![told]).await.expect("notes");
    assert!(undelivered().await.expect("reads").is_empty());
}

async fn a_lane_begins_once_and_only_grows(store: &dyn Store) {
    let lane = |next_nonce: u64| Lane {
        address: SENDER,
        chain_id: 1,
        genesis_hash: B256::repeat_byte(4),
        next_nonce,
    };
    let begin = |next: u64| Write::new(Statement::new("lanes", "begin"), lane(next).row());
    store
        .write(vec![begin(3), begin(9)])
        .await
        .expect("begins once");
    for to in [7_u64, 5] {
        let params = vec![SENDER.to_value(), to.to_value()];
        let advance = Write::new(Statement::new("lanes", "advance"), params);
        store.write(vec![advance]).await.expect("grows");
    }
    let found = get::<Lane>(store, vec![SENDER.to_value()]).await;
    assert_eq!(found.expect("reads"), Some(lane(7)));
}
