//! What is folded is what the chain has, to the last unit, at every block and at every second between events.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use ballast_bindings::reserve::Reserve;
use ballast_chain::devnet;
use ballast_store::{
    Auction, Column, Floor, FloorPeriod, Inflow, InflowPeriod, Ledger, Price, PricePeriod, Record,
    Store, Supply, TokenFacts, Trade, all, get,
};
use serde_json::json;

use crate::party::{Party, parties, play};
use crate::world::{World, content, far, kept, options};

const BPS: u64 = 10_000;

/// The ledger as folded equals every view of the contract at the newest block.
async fn assert_exact(world: &World, store: &dyn Store, party: &Party) {
    let tip = world.endpoint.tip().await.expect("tip");
    let facts: TokenFacts = get(store, vec![party.token.to_value()])
        .await
        .expect("reads")
        .expect("facts");
    let supply: Supply = get(store, vec![party.token.to_value()])
        .await
        .expect("reads")
        .expect("a supply");
    let claims = supply.supply - supply.unspendable;
    let reserve = Reserve::new(party.reserve, world.endpoint.provider());
    let backing = reserve.backing().call().await.expect("backing");
    assert_eq!(claims, backing.claimsNow);
    let tokens = claims / U256::from(777);
    let paid = reserve.previewRedeem(tokens).call().await.expect("paid");
    let most = reserve.maxBorrow(tokens).call().await.expect("most");
    let elapsed = tip.time.get() - facts.genesis;
    for (index, asset) in party.assets.iter().enumerate() {
        let key = vec![party.reserve.to_value(), (index as u64).to_value()];
        let ledger: Ledger = get(store, key).await.expect("reads").expect("a ledger");
        let state = ledger.at(elapsed, facts.drip_secs).expect("vests");
        let streaming = state
            .streaming(ballast_types::Seconds::new(facts.drip_secs))
            .expect("streams");
        let view = reserve
            .assetAt(U256::from(index))
            .call()
            .await
            .expect("view");
        assert_eq!(view.asset, *asset);
        let (ours, theirs) = (
            [state.cash.get(), state.lent.get(), streaming.get()],
            [view.cash, view.lent, view.streaming],
        );
        assert_eq!(ours, theirs, "asset {index} at block {}", tip.number);
        let total = state.total().expect("sums").get();
        assert_eq!(total, backing.totals[index]);
        let gross = tokens * total / claims;
        let fee = (gross * U256::from(facts.redeem_fee_bps)).div_ceil(U256::from(BPS));
        assert_eq!(gross - fee, paid[index]);
        assert_eq!(
            gross * U256::from(facts.ltv_bps) / U256::from(BPS),
            most[index]
        );
    }
}

#[tokio::test]
async fn ledgers_equal_the_chain_at_every_block_and_between_events() {
    let world = World::new().await;
    let parties = parties(&world).await;
    let kept = kept();
    for round in 0..12 {
        if round % 5 == 0 {
            for party in &parties {
                party.auction(&world).await;
            }
        }
        play(&world, &parties, 100 + round, 8).await;
        world.index(&kept.store, options()).await;
        for party in &parties {
            assert_exact(&world, kept.store.as_ref(), party).await;
        }
        // Nothing happens, but time goes on: within an epoch, over one, over several.
        devnet::advance(&world.endpoint, [700, 3_700, 40_000][round as usize % 3])
            .await
            .expect("time passes");
        world.index(&kept.store, options()).await;
        for party in &parties {
            assert_exact(&world, kept.store.as_ref(), party).await;
        }
    }
    world.assert_as_fresh(&kept.store).await;
    let auctions: Vec<Auction> = all(kept.store.as_ref()).await.expect("reads");
    assert!(
        auctions.iter().any(|one| one.last_lot_at > 0),
        "{auctions:?}"
    );
    assert!(
        auctions.iter().any(|one| one.liquidity_at > 0),
        "{auctions:?}"
    );
    for (table, rows) in content(kept.store.as_ref()).await {
        let elsewhere = crate::vaults::TABLES.contains(&table);
        assert!(
            elsewhere || !rows.is_empty(),
            "the play never filled {table}"
        );
    }
}

#[tokio::test]
async fn hours_and_days_are_those_that_follow_from_the_points() {
    let world = World::new().await;
    let parties = parties(&world).await;
    play(&world, &parties, 7, 90).await;
    let kept = kept();
    world.index(&kept.store, far()).await;
    let store = kept.store.as_ref();
    let starts = |time: u64, period: u64| time / period * period;

    let points: Vec<Floor> = all(store).await.expect("reads");
    let mut periods: BTreeMap<(Address, u64, u64), FloorPeriod> = BTreeMap::new();
    for floor in points {
        for period_secs in [3_600, 86_400] {
            let key = (floor.token, period_secs, starts(floor.time, period_secs));
            let period = periods.entry(key).or_insert_with(|| FloorPeriod {
                token: key.0,
                period_secs,
                starts: key.2,
                block: 0,
                opens: floor.floors.clone(),
                closes: Vec::new(),
            });
            (period.block, period.closes) = (floor.block, floor.floors.clone());
        }
    }
    let ours: Vec<FloorPeriod> = all(store).await.expect("reads");
    assert_eq!(ours, periods.into_values().collect::<Vec<_>>());
    assert!(ours.len() > 20, "{}", ours.len());

    let (prices, trades): (Vec<Price>, Vec<Trade>) = (
        all(store).await.expect("reads"),
        all(store).await.expect("reads"),
    );
    for period in all::<PricePeriod>(store).await.expect("reads") {
        let within = |time: u64| starts(time, period.period_secs) == period.starts;
        let of: Vec<&Price> = prices
            .iter()
            .filter(|price| price.token == period.token && within(price.time))
            .collect();
        let values: Vec<U256> = of.iter().map(|price| price.price_wad).collect();
        assert_eq!(period.open, values[0]);
        assert_eq!(period.close, values[values.len() - 1]);
        assert_eq!(Some(&period.high), values.iter().max());
        assert_eq!(Some(&period.low), values.iter().min());
        let of: Vec<&Trade> = trades
            .iter()
            .filter(|trade| trade.token == period.token && within(trade.time))
            .collect();
        assert_eq!(period.trades, of.len() as u64);
        let sum = |amount: fn(&Trade) -> U256| {
            of.iter().fold(U256::ZERO, |sum, trade| sum + amount(trade))
        };
        assert_eq!(period.volume_tokens, sum(|trade| trade.tokens));
        assert_eq!(period.volume_assets, sum(|trade| trade.assets));
    }
    assert!(
        trades.iter().any(|trade| trade.is_buy == 1)
            && trades.iter().any(|trade| trade.is_buy == 0)
    );

    let mut sums: BTreeMap<Vec<ballast_store::Value>, BTreeMap<u64, U256>> = BTreeMap::new();
    for period in all::<InflowPeriod>(store).await.expect("reads") {
        let key = period.key()[..3].to_vec();
        *sums
            .entry(key)
            .or_default()
            .entry(period.period_secs)
            .or_default() += period.amount;
    }
    for inflow in all::<Inflow>(store).await.expect("reads") {
        let both = BTreeMap::from([(3_600, inflow.amount), (86_400, inflow.amount)]);
        assert_eq!(sums.remove(&inflow.key()), Some(both));
    }
    assert!(sums.is_empty());
}

#[tokio::test]
async fn s01_a_reorganisation_over_the_end_of_an_hour_leaves_no_trace_in_the_hours() {
    let world = World::new().await;
    let parties = parties(&world).await;
    let kept = kept();
    play(&world, &parties, 3, 10).await;
    world.index(&kept.store, options()).await;
    let tip = world.endpoint.tip().await.expect("tip");
    let to_the_hour = 3_600 - tip.time.get() % 3_600;
    devnet::advance(&world.endpoint, to_the_hour.saturating_sub(5).max(1))
        .await
        .expect("time passes");
    let snapshot = world.rpc("evm_snapshot", json!([])).await;
    for (seed, over) in [(11, 10), (12, 3_700)] {
        // Something on both sides of the hour, the second time elsewhere and later.
        world.happen(5, seed).await;
        world.happen(4, seed).await;
        devnet::advance(&world.endpoint, over)
            .await
            .expect("time passes");
        play(&world, &parties[..1], seed, 4).await;
        world.mine(seed).await;
        world.index(&kept.store, options()).await;
        world.assert_as_fresh(&kept.store).await;
        world.rpc("evm_revert", json!([snapshot.clone()])).await;
    }
    world.mine(60).await;
    world.index(&kept.store, options()).await;
    world.assert_as_fresh(&kept.store).await;
}
