//! Launches, accounts and random worlds that the tests share.

use alloy_primitives::{Address, U256};
use ballast_model::{
    Action, Addresses, CAP, FeeParams, LaunchParams, ModelError, Outcome, PoolParams, Recipient,
    Split, Terms, World,
};
use ballast_types::{AssetAmount, Bps, Seconds, Timestamp, TokenAmount, WAD, Wad};
use proptest::prelude::*;

pub const GENESIS: u64 = 1_800_000_000;
pub const USERS: [Address; 5] = [
    account(0x11),
    account(0x12),
    account(0x13),
    account(0x14),
    account(0x15),
];
pub const OWNER: Address = USERS[0];
pub const GUARDIAN: Address = account(0x20);
pub const POOL: Address = account(0x30);
pub const CREATOR: Address = account(0x40);
pub const ADDRESSES: Addresses = Addresses {
    token: account(1),
    reserve: account(2),
    launchpad: account(3),
    converter: account(4),
    lock: account(5),
};

pub const fn account(last: u8) -> Address {
    Address::with_last_byte(last)
}

pub fn tokens(raw: u128) -> TokenAmount {
    TokenAmount::from(raw)
}

pub fn asset(raw: u128) -> AssetAmount {
    AssetAmount::from(raw)
}

pub fn bps(raw: u16) -> Bps {
    Bps::new(raw).unwrap()
}

/// `part` of a million of `whole`, rounded down.
pub fn part_of(whole: U256, part: u32) -> U256 {
    whole * U256::from(part) / U256::from(1_000_000u64)
}

/// The specification's defaults, with redemption open.
pub fn terms() -> Terms {
    Terms {
        redeemable: true,
        redeem_fee_bps: bps(100),
        ltv_bps: bps(9_500),
        term_fee_bps: bps(10),
        flash_fee_bps: bps(8),
        term_secs: Seconds::from_days(30),
        grace_secs: Seconds::from_days(3),
        drip_secs: Seconds::from_days(1),
    }
}

/// A pool tax of 3 % and 5 % that goes 60 % to the reserve.
pub fn fees(assets: usize) -> FeeParams {
    let liquidity = if assets == 1 { 1_000 } else { 0 };
    FeeParams {
        max_buy_bps: bps(1_000),
        max_sell_bps: bps(1_000),
        buy_bps: bps(300),
        sell_bps: bps(500),
        start_multiple: Wad::new(WAD * U256::from(64u64)),
        split: Split {
            reserve_bps: bps(6_000),
            burn_bps: bps(2_000),
            liquidity_bps: bps(liquidity),
            recipients: vec![
                Recipient {
                    account: CREATOR,
                    bps: bps(1_500 - liquidity),
                },
                Recipient {
                    account: USERS[4],
                    bps: bps(500),
                },
            ],
        },
    }
}

/// A launch with a pool that holds a third of the supply.
pub fn params(supply: u128, seeds: &[u128], terms: Terms, taxed: bool) -> LaunchParams {
    LaunchParams {
        genesis: Timestamp::new(GENESIS),
        addresses: ADDRESSES,
        supply: tokens(supply),
        owner: OWNER,
        guardian: GUARDIAN,
        seeds: seeds.iter().copied().map(asset).collect(),
        terms,
        fees: taxed.then(|| fees(seeds.len())),
        pool: Some(PoolParams {
            address: POOL,
            tokens: tokens(supply / 3),
            assets: asset(seeds[0]),
        }),
    }
}

/// The world after that launch, with every user funded by a quarter of the cap of each asset, and holding
/// tokens.
pub fn world(supply: u128, seeds: &[u128], terms: Terms, taxed: bool) -> World {
    let mut world = World::launch(&params(supply, seeds, terms, taxed)).unwrap();
    for index in 0..seeds.len() {
        for user in USERS {
            let quarter = AssetAmount::new(CAP.get() / U256::from(4u64));
            world.fund(index, user, quarter).unwrap();
        }
    }
    let each = TokenAmount::new(world.token().balance_of(OWNER).get() / U256::from(5u64));
    for user in &USERS[1..] {
        world
            .apply(
                OWNER,
                &Action::Transfer {
                    to: *user,
                    amount: each,
                },
            )
            .unwrap();
    }
    world
}

/// A plain world of one asset: 1e24 tokens backed by 1e21.
pub fn plain() -> World {
    world(10u128.pow(24), &[10u128.pow(21)], terms(), false)
}

/// Borrows the most that `collateral` allows of every asset.
pub fn borrow_most(
    world: &mut World,
    user: Address,
    collateral: TokenAmount,
) -> Result<Outcome, ModelError> {
    let principal = world.max_borrow(collateral)?;
    world.apply(
        user,
        &Action::Borrow {
            collateral,
            principal,
            to: user,
        },
    )
}

pub fn any_terms() -> impl Strategy<Value = Terms> {
    let rates = (0u16..=1_000, 0u16..=1_000, 0u16..=1_000, 0u16..=1_000);
    let times = (3_600u64..=2_592_000, 3_600u64..=259_200, 3_600u64..=172_800);
    (prop::bool::weighted(0.85), rates, times).prop_map(|(redeemable, rates, times)| {
        let ltv = (10_000 - rates.0.max(100)).saturating_sub(rates.1);
        // What a launch allows: one term's fee fits what the limit leaves of the collateral.
        let dearest = u16::try_from(100_000_000 / u32::from(ltv) - 10_000).unwrap();
        Terms {
            redeemable,
            redeem_fee_bps: bps(rates.0),
            ltv_bps: bps(ltv),
            term_fee_bps: bps(rates.2.min(dearest)),
            flash_fee_bps: bps(rates.3),
            term_secs: Seconds::new(times.0),
            grace_secs: Seconds::new(times.1),
            drip_secs: Seconds::new(times.2),
        }
    })
}

/// Amounts spread over every order of magnitude up to `max`.
pub fn any_size(max: u128) -> impl Strategy<Value = u128> {
    (0u32..128, any::<u128>()).prop_map(move |(shift, raw)| ((raw >> shift) % max).max(1))
}

pub fn any_world() -> impl Strategy<Value = World> {
    let seeds = prop::collection::vec(any_size(1 << 108), 1..=3);
    let supply = any_size(ballast_model::SUPPLY_MAX);
    let sizes = prop_oneof![
        3 => (10u128.pow(9)..10u128.pow(27), prop::collection::vec(10u128.pow(6)..10u128.pow(30), 1..=3)),
        1 => (supply, seeds),
    ];
    (sizes, any_terms(), prop::bool::weighted(0.8))
        .prop_map(|((supply, seeds), terms, taxed)| world(supply, &seeds, terms, taxed))
}
