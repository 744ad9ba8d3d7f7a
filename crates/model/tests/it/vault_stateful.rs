//! Random games with a book: the invariants of the specification hold after every step.

use crate::vault_outcomes::{MUST_BE_REFUSED, MUST_HAPPEN, outcomes};
use crate::vault_player::{GOVERNOR, Move, OWNERS, Player, Shape, params, setting};
use alloy_primitives::{Address, I256, U256};
use ballast_model::vaults::convert::value_down;
use ballast_model::vaults::invariants::{check_state, is_unhealthy, ltv_rose};
use ballast_model::vaults::{Market, VaultAction, VaultBook, VaultEvent};
use ballast_types::{AssetAmount, TokenAmount, Wad};
use proptest::prelude::*;
use std::collections::BTreeMap;

const BOOK: Address = Address::with_last_byte(0xb0);
const PEG: Address = Address::with_last_byte(0xa3);

/// Steps of one game: `VAULT_STEPS`, or a number that keeps the whole suite short.
fn steps() -> u64 {
    setting("VAULT_STEPS", 20_000)
}

/// A book with a market of each shape, its collateral at an address of its own, and what owners need.
fn opened(shapes: &[Shape], player: &Player) -> VaultBook {
    let mut book = VaultBook::new(params(BOOK, PEG, shapes[0].wealth));
    for (market, shape) in shapes.iter().enumerate() {
        let collateral = Address::with_last_byte(0x40 + u8::try_from(market).unwrap());
        let (ceiling, mint_limit) = shape.limits();
        let action = VaultAction::CreateMarket {
            terms: Box::new(shape.terms(collateral, Address::with_last_byte(0x3f))),
            ceiling,
            mint_limit,
            rate: shape.rate(),
            deviation: Wad::ZERO,
        };
        book.apply(GOVERNOR, &action).unwrap();
        book.set_price(market, player.first_price(market)).unwrap();
        for owner in OWNERS {
            let amount = AssetAmount::new(shape.worth(shape.wealth * 100));
            book.fund(collateral, owner, amount).unwrap();
        }
    }
    book
}

fn markets(book: &VaultBook) -> Vec<Market> {
    (0..book.market_count())
        .map(|market| *book.market(market).unwrap())
        .collect()
}

fn same(one: &VaultBook, other: &VaultBook) -> bool {
    let assets = |book: &VaultBook| -> Vec<_> {
        let held = |market: &Market| {
            let accounts = OWNERS.iter().chain([&BOOK]);
            let held = accounts.map(|account| book.asset_of(market.terms.collateral, *account));
            held.collect::<Vec<_>>()
        };
        markets(book).iter().map(held).collect()
    };
    one.sums() == other.sums()
        && markets(one) == markets(other)
        && one.vaults().eq(other.vaults())
        && one.balances().eq(other.balances())
        && assets(one) == assets(other)
}

/// Only price and time make a healthy vault unhealthy.
fn no_vault_became_unhealthy(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    for ((market, owner), vault) in after.vaults() {
        let was = is_unhealthy(before, market, &before.vault(market, owner)).unwrap();
        let is = is_unhealthy(after, market, &vault).unwrap();
        assert!(was || !is, "{action:?} made the vault of {owner} unhealthy");
    }
}

/// A take needs an unhealthy vault, and neither it nor a redemption makes what is left of one riskier.
fn nobody_else_is_worse_off(before: &VaultBook, after: &VaultBook) {
    for event in after.events() {
        match *event {
            VaultEvent::Taken { market, owner, .. } => {
                let vault = before.vault(market, owner);
                assert!(is_unhealthy(before, market, &vault).unwrap());
                assert!(!ltv_rose(&vault, &after.vault(market, owner)), "{event:?}");
            }
            VaultEvent::Redeemed {
                market,
                owner,
                burned,
                collateral,
                ..
            } => {
                let vault = before.vault(market, owner);
                assert!(!ltv_rose(&vault, &after.vault(market, owner)), "{event:?}");
                let high = before.market(market).unwrap().price.high;
                assert!(value_down(collateral, high).unwrap() <= burned, "{event:?}");
            }
            _ => {}
        }
    }
}

/// Ceilings and the least debt hold of what an action changed. Only `book` leaves less than the least.
fn bounds_hold(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    for (market, (old, new)) in markets(before).iter().zip(markets(after)).enumerate() {
        if new.norm > old.norm {
            assert!(
                new.debt_at(after.now()).unwrap() <= new.ceiling,
                "{action:?}"
            );
        }
        for owner in OWNERS {
            let changed = before.vault(market, owner).norm != after.vault(market, owner).norm;
            let debt = after.debt_of(market, owner).unwrap();
            if changed && !matches!(action, VaultAction::Book { .. }) {
                assert!(debt.is_zero() || debt >= new.terms.min_debt, "{action:?}");
            }
        }
        assert!(new.mintable_at(after.now()).unwrap() <= new.mint_limit);
    }
}

/// Deficits grow by takes, by booking and by a loss of the peg module's custody; they shrink by cover, by collecting,
/// by an exit under a haircut, and by custody that recovers.
fn deficits_have_a_cause(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    let (old, new) = (before.sums().deficit, after.sums().deficit);
    let grows = match action {
        VaultAction::Take { .. } | VaultAction::Book { .. } => true,
        VaultAction::PegMark { loss } => loss.is_positive(),
        _ => false,
    };
    let shrinks = match action {
        VaultAction::Cover { .. }
        | VaultAction::Collect
        | VaultAction::Redeem { .. }
        | VaultAction::PegBurn { .. } => true,
        VaultAction::PegMark { loss } => loss.is_negative(),
        _ => false,
    };
    assert!(new <= old || grows, "{action:?}: from {old} to {new}");
    assert!(new >= old || shrinks, "{action:?}: from {old} to {new}");
}

/// An exit under a haircut leaves backing over supply as it was, but for a base unit or two that stay.
fn haircut_stays(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    let exit = matches!(
        action,
        VaultAction::Redeem { .. } | VaultAction::PegBurn { .. }
    );
    if !exit || before.sums().deficit.is_zero() {
        return;
    }
    let mut settled = before.clone();
    settled.apply(OWNERS[0], &VaultAction::Collect).unwrap();
    let (backing, supply) = settled.haircut().unwrap();
    let (left, rest) = after.haircut().unwrap();
    if settled.sums().deficit.is_zero() || backing == supply || after.sums().deficit.is_zero() {
        return;
    }
    let times = |a: TokenAmount, b: TokenAmount| a.get() * b.get();
    let slack = supply.get() * U256::from(3);
    let (now, was) = (times(left, supply), times(backing, rest));
    assert!(
        now + slack >= was,
        "{action:?}: the share of those who stay fell"
    );
    // Custody that is worth less than it stands for in the ledger is paid out at what it stands for.
    assert!(
        now <= was + slack || matches!(action, VaultAction::PegBurn { .. }),
        "{action:?}: the share of those who left was too small"
    );
}

/// What is minted stands against the claims, and `collect` takes in exactly what the supply was short of them.
fn collect_is_exact(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    if !matches!(action, VaultAction::Collect) {
        return;
    }
    let earned = before.earned().unwrap();
    let paid = before.sums().deficit.try_sub(after.sums().deficit).unwrap();
    let own = before.balance_of(BOOK).min(
        before
            .sums()
            .deficit
            .try_sub(earned.min(before.sums().deficit))
            .unwrap(),
    );
    let from_interest = earned.min(before.sums().deficit);
    assert_eq!(paid, from_interest.try_add(own).unwrap());
    let whole = after.sums().deficit.is_zero() && before.equity().unwrap() >= I256::ZERO;
    if whole && after.equity().unwrap() > I256::ZERO {
        assert!(after.earned().unwrap().is_zero());
    }
}

fn check_step(before: &VaultBook, after: &VaultBook, action: &VaultAction) {
    no_vault_became_unhealthy(before, after, action);
    nobody_else_is_worse_off(before, after);
    bounds_hold(before, after, action);
    deficits_have_a_cause(before, after, action);
    haircut_stays(before, after, action);
    collect_is_exact(before, after, action);
}

struct Game {
    book: VaultBook,
    player: Player,
    happened: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
}

impl Game {
    fn step(&mut self) {
        match self.player.next(&self.book) {
            Move::Wait(secs) => self.book.advance(secs).unwrap(),
            Move::Reprice(market, price) => self.book.set_price(market, price).unwrap(),
            Move::PegWorth(worth) => self.book.set_peg_worth(worth),
            Move::Act(caller, action) => {
                let before = self.book.clone();
                match self.book.apply(caller, &action) {
                    Ok(_) => {
                        for name in outcomes(&before, &self.book, &action) {
                            *self.happened.entry(name).or_default() += 1;
                        }
                        check_step(&before, &self.book, &action);
                    }
                    Err(error) => {
                        *self.refused.entry(error.name()).or_default() += 1;
                        assert_ne!(error.name(), "Panic", "{action:?}");
                        assert!(
                            same(&before, &self.book),
                            "{action:?} was refused and changed something"
                        );
                    }
                }
            }
        }
        check_state(&self.book).unwrap();
    }
}

impl Game {
    fn new(shapes: &[Shape], seed: u64) -> Self {
        let player = Player::new(seed, shapes);
        Self {
            book: opened(shapes, &player),
            player,
            happened: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }
}

/// Plays a game and insists that everything happened and that every error was met.
fn play(shapes: &[Shape], seed: u64, except: &[&str]) {
    let mut game = Game::new(shapes, seed);
    for _ in 0..steps() {
        game.step();
    }
    println!("seed {seed:#x}: {} steps", steps());
    println!("  happened: {:?}", game.happened);
    println!("  refused: {:?}", game.refused);
    for name in MUST_HAPPEN.iter().filter(|name| !except.contains(name)) {
        assert!(game.happened.contains_key(name), "{name} never happened");
    }
    for name in MUST_BE_REFUSED.iter().filter(|name| !except.contains(name)) {
        assert!(game.refused.contains_key(name), "{name} was never met");
    }
}

const EIGHTEEN: Shape = Shape {
    decimals: 18,
    price_exponent: 3,
    efficient: true,
    interest: true,
    wealth: 100_000,
};

#[test]
fn invariants_hold_with_two_markets_and_interest() {
    let six = Shape {
        decimals: 6,
        price_exponent: 0,
        efficient: false,
        ..EIGHTEEN
    };
    play(&[EIGHTEEN, six], 0x5eed_0001, &[]);
}

#[test]
fn invariants_hold_without_interest() {
    let plain = Shape {
        decimals: 8,
        price_exponent: 5,
        interest: false,
        ..EIGHTEEN
    };
    play(
        &[plain],
        0x5eed_0002,
        &[
            "interest is minted",
            "surplus pays a deficit",
            "surplus is sent",
        ],
    );
}

#[test]
fn invariants_hold_at_a_price_of_a_billionth_of_a_thousandth() {
    let cheap = Shape {
        price_exponent: -12,
        wealth: 500,
        ..EIGHTEEN
    };
    play(&[cheap], 0x5eed_0003, &[]);
}

#[test]
fn invariants_hold_at_a_price_of_a_thousand_billions_with_six_decimals() {
    let dear = Shape {
        decimals: 6,
        price_exponent: 12,
        efficient: false,
        wealth: 50_000_000,
        ..EIGHTEEN
    };
    play(&[dear, EIGHTEEN], 0x5eed_0004, &[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn invariants_hold_at_any_decimals_and_any_price(
        seed in 1_u64..,
        decimals in 6_u8..=18,
        price_exponent in -12_i8..=12,
        efficient in any::<bool>(),
        interest in any::<bool>(),
    ) {
        // Enough that a vault is many base units, and no more than a word holds.
        let wealth = match i16::from(decimals) - i16::from(price_exponent) {
            ..-1 => 50_000_000,
            -1..=20 => 100_000,
            _ => 500,
        };
        let shape = Shape { decimals, price_exponent, efficient, interest, wealth };
        let mut game = Game::new(&[shape, EIGHTEEN], seed);
        for _ in 0..400 {
            game.step();
        }
    }
}
