//! What each actor does in a scene made up for it.

use alloy::primitives::{Address, U256};

use super::{Fees, LastLot, Scene};
use crate::market::auction::Auction;
use crate::market::chance::Chance;
use crate::market::loans::{Intent, Loan, Loans, Pauses};
use crate::market::orders::{Deed, Order};
use crate::market::stage::{ACCOUNTS, Asset, BORROWERS, SPECS, Stage, Token, units};
use crate::market::view::{Balances, Ledger, View, WAD, float};

const NOW: u64 = 1_000_000;
/// Redemption off, one asset.
const HARBOUR: usize = 0;
/// Redemption on.
const MOLE: usize = 2;

struct World {
    stage: Stage,
    view: View,
    auction: Auction,
    pauses: Pauses,
    loans: Loans,
    purse: Balances,
    chance: Chance,
}

/// A world of one token: floor 1, `price` in the pool, everybody rich, the auction at its floor.
fn world(token: usize, price: u64) -> World {
    let account = |index: u16| Address::from_word(U256::from(index + 1).into());
    let accounts: Vec<Address> = (0..ACCOUNTS).map(account).collect();
    let asset = |byte, symbol| Asset {
        address: Address::repeat_byte(byte),
        symbol,
        decimals: 18,
        value: 1.0,
    };
    let assets = vec![
        asset(0xa0, "WETH"),
        asset(0xa1, "DUSD"),
        asset(0xa2, "DXAU"),
    ];
    let launched = |(index, spec): (u8, _)| Token {
        spec,
        token: Address::repeat_byte(0x10 + index),
        reserve: Address::repeat_byte(0x20 + index),
        converter: Address::repeat_byte(0x30 + index),
        pool: Address::repeat_byte(0x40 + index),
        token_first: true,
        genesis: 0,
    };
    let tokens = (0..).zip(SPECS).map(launched).collect();
    let (router, flash_taker) = (Address::repeat_byte(0xb0), Address::repeat_byte(0xb1));
    let stage = Stage {
        accounts,
        assets,
        tokens,
        router,
        flash_taker,
    };
    let mut purse = Balances::default();
    for currency in stage.currencies() {
        for account in &stage.accounts {
            purse.set(currency, *account, units(1_000_000, 18));
        }
    }
    let million = units(1_000_000, 18);
    let ledger = Ledger {
        cash: million,
        lent: U256::ZERO,
        total: million,
        streaming: U256::ZERO,
    };
    let view = View {
        claims: million,
        ledger: vec![ledger; SPECS[token].assets.len()],
        pool_tokens: units(100_000, 18),
        pool_assets: units(100_000, 18) * U256::from(price) / U256::from(100),
        ..View::default()
    };
    let auction = Auction {
        multiple: U256::from(WAD),
        set_at: NOW,
        lot: units(1_000, 18),
    };
    let (pauses, loans, chance) = (Pauses::default(), Loans::default(), Chance::new(1));
    World {
        stage,
        view,
        auction,
        pauses,
        loans,
        purse,
        chance,
    }
}

impl World {
    fn play<T>(
        &mut self,
        token: usize,
        act: impl FnOnce(&Scene<'_>, &mut Balances, &mut Chance) -> T,
    ) -> T {
        let scene = Scene {
            stage: &self.stage,
            token,
            view: &self.view,
            auction: &self.auction,
            last_lot: LastLot::default(),
            pauses: &self.pauses,
            fees: Fees {
                buy_bps: 100,
                sell_bps: 300,
            },
            loans: &self.loans,
            high: self.view.spot(),
            time: NOW,
        };
        act(&scene, &mut self.purse, &mut self.chance)
    }

    fn owe(&mut self, intent: Intent, deadline: u64, principal: u64) {
        self.loans.open(Loan {
            id: U256::from(7),
            who: BORROWERS.account(0),
            token: MOLE,
            collateral: units(100, 18),
            principal: vec![units(principal, 18)],
            deadline,
            intent,
            left: 0.3,
        });
    }
}

fn deeds(orders: &[Order]) -> Vec<&'static str> {
    orders.iter().map(|order| order.deed.name()).collect()
}

#[test]
fn traders_close_a_gap_in_its_direction_and_never_pass_it() {
    for (target, name) in [
        (1.5, "buy"),
        (1.21, "buy"),
        (1.01, "buy"),
        (0.99, "sell"),
        (0.8, "sell"),
        (0.3, "sell"),
    ] {
        let mut world = world(HARBOUR, 100);
        let orders = world.play(HARBOUR, |scene, purse, chance| {
            super::follow(scene, target, purse, chance)
        });
        assert!(
            !orders.is_empty() && deeds(&orders).iter().all(|deed| *deed == name),
            "{target}: {orders:?}"
        );
        let mut pool = world.view.clone();
        for order in &orders {
            match &order.deed {
                Deed::Buy { pay, .. } => {
                    pool.pool_tokens -= pool.bought(*pay);
                    pool.pool_assets += *pay;
                }
                Deed::Sell { tokens, .. } => {
                    pool.pool_assets -= pool.sold(*tokens);
                    pool.pool_tokens += *tokens;
                }
                _ => {}
            }
        }
        let moved = (pool.spot() - 1.0) / (target - 1.0);
        assert!(moved > 0.0 && moved <= 1.02, "{target}: {moved}");
    }
}

#[test]
fn a_gap_not_worth_its_fees_is_left() {
    let mut world = world(HARBOUR, 100);
    let orders = world.play(HARBOUR, |scene, purse, chance| {
        super::follow(scene, 1.003, purse, chance)
    });
    assert!(orders.is_empty());
}

#[test]
fn nobody_orders_what_he_cannot_pay() {
    let mut world = world(MOLE, 50);
    world.purse = Balances::default();
    world.view.for_sale = world.auction.lot;
    world.auction.multiple = U256::from(WAD) + U256::from(WAD / 100);
    for _ in 0..200 {
        let orders = world.play(MOLE, |scene, purse, chance| {
            let mut orders = super::follow(scene, 2.0, purse, chance);
            orders.extend(super::follow(scene, 0.2, purse, chance));
            orders.extend(super::whim(scene, purse, chance));
            orders.extend(super::hold(scene, purse, chance));
            orders.extend(super::arbitrage(scene, purse));
            orders.extend(super::bid(scene, purse, chance));
            orders.extend(super::borrow(scene, purse, chance));
            orders.extend(super::burn(scene, purse, chance));
            orders.extend(super::redeem(scene, purse, chance));
            orders
        });
        assert!(orders.is_empty(), "{orders:?}");
    }
}

#[test]
fn a_holder_leaves_by_the_better_way() {
    let exit = |token, price| {
        let mut world = world(token, price);
        world.play(token, |scene, _, _| {
            scene.exit(0, units(10, 18)).deed.name()
        })
    };
    assert_eq!(exit(MOLE, 110), "sell");
    assert_eq!(
        exit(MOLE, 100),
        "redeem",
        "the pool's fee is more than that of redemption"
    );
    assert_eq!(
        exit(HARBOUR, 100),
        "sell",
        "where redemption is off there is one way"
    );
}

#[test]
fn arbitrage_buys_under_the_backing_and_takes_it() {
    let act = |token, price, held: u64| {
        let mut world = world(token, price);
        let who = world.stage.accounts[super::ARBITRAGEUR.account(0)];
        world
            .purse
            .set(world.stage.tokens[token].token, who, units(held, 18));
        deeds(&world.play(token, |scene, purse, _| super::arbitrage(scene, purse)))
    };
    assert_eq!(
        act(MOLE, 100, 0),
        [""; 0],
        "what is left after fees is no gain"
    );
    assert_eq!(act(MOLE, 90, 0), ["buy"]);
    assert_eq!(act(MOLE, 100, 5), ["redeem"]);
    assert_eq!(
        act(HARBOUR, 95, 0),
        [""; 0],
        "a loan brings less than redemption would"
    );
    assert_eq!(act(HARBOUR, 80, 0), ["buy"]);
    assert_eq!(act(HARBOUR, 100, 5), ["borrow"]);
}

#[test]
fn bids_stay_between_floor_and_pool_and_within_what_is_for_sale() {
    let act = |percent: u64, lots: u64, paused: bool| {
        let mut world = world(HARBOUR, 150);
        world.auction.multiple = U256::from(WAD) * U256::from(percent) / U256::from(100);
        world.view.for_sale = world.auction.lot * U256::from(lots) / U256::from(10);
        if paused {
            world.pauses.begin(NOW - 1, NOW + 1);
        }
        world.play(HARBOUR, |scene, purse, chance| {
            super::bid(scene, purse, chance)
        })
    };
    assert!(
        act(100, 50, false).is_empty(),
        "nothing is sold at the floor"
    );
    assert!(act(151, 50, false).is_empty(), "the pool is cheaper");
    assert!(act(140, 2, false).is_empty(), "too little to be worth it");
    assert!(act(140, 50, true).is_empty(), "entries are paused");
    let bids = act(140, 50, false);
    assert_eq!(
        bids.len(),
        1,
        "a full lot doubles the price past the pool's"
    );
    assert!(matches!(&bids[0].deed, Deed::Bid { tokens, .. } if *tokens == units(1_000, 18)));
    let part = act(140, 5, false);
    assert!(matches!(&part[0].deed, Deed::Bid { tokens, .. } if *tokens == units(500, 18)));
}

#[test]
fn a_bidder_waits_for_the_second_at_which_the_auction_is_cheap() {
    let mut world = world(HARBOUR, 150);
    world.view.for_sale = world.auction.lot;
    world.auction.multiple = U256::from(WAD) * U256::from(2);
    world.auction.set_at = NOW - 600;
    assert_eq!(
        world.play(HARBOUR, |scene, _, _| super::cheap_second(scene, NOW - 1)),
        None,
        "no second between"
    );
    let second = world
        .play(HARBOUR, |scene, _, _| super::cheap_second(scene, NOW - 600))
        .expect("it falls");
    let multiple = float(world.auction.multiple_at(second)) / WAD as f64;
    assert!(multiple < 1.5 && multiple > 1.48, "{multiple}");
}

#[test]
fn borrowers_take_no_more_than_their_backing_allows() {
    let mut world = world(MOLE, 100);
    for _ in 0..100 {
        let order = world.play(MOLE, |scene, purse, chance| {
            super::borrow(scene, purse, chance)
        });
        let Some(Order {
            deed:
                Deed::Borrow {
                    collateral,
                    principal,
                },
            ..
        }) = order
        else {
            panic!("{order:?}")
        };
        assert!(principal[0] <= collateral * U256::from(95) / U256::from(100));
        assert!(principal[0] >= collateral * U256::from(45) / U256::from(100));
    }
    world.pauses.begin(NOW, NOW + 1);
    assert_eq!(world.play(MOLE, super::borrow), None);
}

#[test]
fn loans_are_served_when_due_and_as_meant() {
    let term = u64::from(SPECS[MOLE].term_secs);
    let act = |intent, left: u64, owed| {
        let mut world = world(MOLE, 100);
        world.owe(intent, NOW + left, owed);
        deeds(&world.play(MOLE, |scene, purse, _| super::serve(scene, purse)))
    };
    assert_eq!(act(Intent::Repay, term, 50), [""; 0], "too early");
    assert_eq!(act(Intent::Repay, term / 5, 50), ["repay"]);
    assert_eq!(act(Intent::RepayInParts, term / 5, 50), ["repay"]);
    assert_eq!(act(Intent::Extend, term / 5, 50), ["extend"]);
    assert_eq!(act(Intent::ExtendByBurn, term / 5, 50), ["extend_by_burn"]);
    assert_eq!(act(Intent::Default, term / 5, 50), [""; 0]);
    assert_eq!(
        act(Intent::Repay, term / 5, 200),
        [""; 0],
        "the collateral is worth less than is owed"
    );
}

#[test]
fn the_keeper_forecloses_from_the_last_second_of_grace_on_and_not_before() {
    let grace = u64::from(SPECS[MOLE].grace_secs);
    let act = |deadline| {
        let mut world = world(MOLE, 100);
        world.owe(Intent::Default, deadline, 50);
        let keeps = world.play(MOLE, |scene, _, chance| super::keep(scene, chance));
        let serves = world.play(MOLE, |scene, purse, _| super::serve(scene, purse));
        assert!(serves.is_empty());
        deeds(&keeps)
    };
    assert_eq!(act(NOW - grace), ["foreclose"]);
    assert_eq!(act(NOW - grace + 1), [""; 0]);
}

#[test]
fn lots_are_burned_at_the_floor_only_and_to_sell_the_others() {
    let act = |percent: u64, lots: u64| {
        let mut world = world(HARBOUR, 150);
        world.auction.multiple = U256::from(WAD) * U256::from(percent) / U256::from(100);
        world.view.for_sale = world.auction.lot * U256::from(lots);
        deeds(&world.play(HARBOUR, |scene, _, chance| super::keep(scene, chance)))
    };
    assert_eq!(act(100, 3), ["burn_lot"]);
    assert_eq!(act(101, 3), [""; 0]);
    assert_eq!(act(100, 0), [""; 0]);
}
