//! Theorems 4 and 5: splitting never pays, acting just before others never pays, transfers change nothing.

use crate::support::{
    POOL, USERS, any_terms, asset, borrow_most, bps, params, part_of, terms, tokens, world,
};
use alloy_primitives::U256;
use ballast_model::invariants::{Floors, check_state, floor_never_falls, floors_unchanged};
use ballast_model::{Action, DEAD, Outcome, Terms, World};
use ballast_types::{AssetAmount, Seconds, TokenAmount};
use proptest::prelude::*;

/// A world in use: a loan is out, the stream runs, the converter has something for sale.
fn used_world() -> impl Strategy<Value = World> {
    let supply = 10u128.pow(6)..10u128.pow(30);
    let seeds = prop::collection::vec(10u128.pow(3)..10u128.pow(30), 1..=2);
    (supply, seeds, any_terms(), 0u32..=900_000, 0u64..200_000).prop_map(
        |(supply, seeds, terms, part, wait)| {
            let terms = Terms {
                redeemable: true,
                ..terms
            };
            let mut world = world(supply, &seeds, terms, true);
            let held = world.token().balance_of(USERS[1]);
            let _ = borrow_most(
                &mut world,
                USERS[1],
                TokenAmount::new(part_of(held.get(), part)),
            );
            let amount = world.token().balance_of(USERS[2]);
            let _ = world.apply(USERS[2], &Action::Transfer { to: POOL, amount });
            let _ = world.apply(
                USERS[3],
                &Action::Donate {
                    asset: 0,
                    amount: asset(seeds[0] / 3 + 1),
                },
            );
            world.advance(Seconds::new(wait)).unwrap();
            world
        },
    )
}

/// `whole` cut into one slice per weight, nothing left over, none empty.
fn slices(whole: U256, weights: &[u32]) -> Vec<TokenAmount> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let mut left = whole;
    let mut slices = Vec::new();
    for weight in weights {
        let slice = (whole * U256::from(*weight) / U256::from(sum)).min(left);
        left -= slice;
        slices.push(slice);
    }
    slices.push(left);
    slices
        .into_iter()
        .filter(|slice| !slice.is_zero())
        .map(TokenAmount::new)
        .collect()
}

fn add(totals: &mut [AssetAmount], parts: &[AssetAmount]) {
    for (total, part) in totals.iter_mut().zip(parts) {
        *total = total.try_add(*part).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn slices_of_redeem_never_beat_one(
        world in used_world(),
        part in 1u32..=1_000_000,
        weights in prop::collection::vec(1u32..1_000, 1..12),
    ) {
        let user = USERS[3];
        let whole = part_of(world.token().balance_of(user).get(), part);
        prop_assume!(!whole.is_zero());
        let one = world.preview_redeem(TokenAmount::new(whole)).unwrap();
        let mut sliced = world;
        let mut total = vec![AssetAmount::ZERO; one.len()];
        for tokens in slices(whole, &weights) {
            let redeem = Action::Redeem { tokens, forgo: U256::ZERO, to: user };
            let Outcome::Redeemed { paid, .. } = sliced.apply(user, &redeem).unwrap() else {
                return Err(TestCaseError::fail("not redeemed"));
            };
            add(&mut total, &paid);
        }
        for (sliced, one) in total.iter().zip(&one) {
            prop_assert!(sliced <= one, "slices paid {sliced}, one pays {one}");
        }
    }

    #[test]
    fn slices_of_borrow_never_beat_one(
        world in used_world(),
        part in 1u32..=1_000_000,
        weights in prop::collection::vec(1u32..1_000, 1..12),
    ) {
        let user = USERS[3];
        let whole = part_of(world.token().balance_of(user).get(), part);
        let (mut once, mut sliced) = (world.clone(), world);
        let Ok(Outcome::Borrowed { paid: one, .. }) =
            borrow_most(&mut once, user, TokenAmount::new(whole))
        else {
            return Err(TestCaseError::reject("nothing to borrow"));
        };
        let mut total = vec![AssetAmount::ZERO; one.len()];
        for collateral in slices(whole, &weights) {
            if let Ok(Outcome::Borrowed { paid, .. }) = borrow_most(&mut sliced, user, collateral) {
                add(&mut total, &paid);
            }
        }
        for (sliced, one) in total.iter().zip(&one) {
            prop_assert!(sliced <= one, "slices lent {sliced}, one lends {one}");
        }
    }

    #[test]
    fn slices_of_a_fill_never_cost_less_than_one(
        mut world in used_world(),
        part in 1u32..=1_000_000,
        weights in prop::collection::vec(1u32..1_000, 1..12),
    ) {
        let user = USERS[4];
        if world.apply(user, &Action::BurnLot).is_err() {
            world.apply(user, &Action::Allocate).unwrap();
        }
        let converter = world.converter().unwrap();
        let whole = part_of(converter.lot().min(converter.sale()).get(), part);
        let max_pay = vec![AssetAmount::new(U256::MAX); world.asset_count()];
        let bid = |tokens| Action::Bid { tokens, max_pay: max_pay.clone(), to: user };
        let (mut once, mut sliced) = (world.clone(), world);
        let Ok(Outcome::Filled { paid: one, .. }) = once.apply(user, &bid(TokenAmount::new(whole)))
        else {
            return Err(TestCaseError::reject("nothing to buy"));
        };
        let mut total = vec![AssetAmount::ZERO; one.len()];
        for tokens in slices(whole, &weights) {
            let Outcome::Filled { paid, .. } = sliced.apply(user, &bid(tokens)).unwrap() else {
                return Err(TestCaseError::fail("not filled"));
            };
            add(&mut total, &paid);
        }
        for (sliced, one) in total.iter().zip(&one) {
            prop_assert!(sliced >= one, "slices cost {sliced}, one costs {one}");
        }
    }

    #[test]
    fn nothing_lifts_the_floor_by_a_base_unit_at_once(world in used_world()) {
        let mut world = world;
        world.advance(Seconds::from_days(34)).unwrap();
        let loan_ids = world.reserve().book().loans.keys().copied().collect::<Vec<_>>();
        let user = USERS[3];
        let actions = [
            Action::Allocate,
            Action::BurnLot,
            Action::Foreclose { loan_ids },
            Action::Donate { asset: 0, amount: asset(1_000_000) },
        ];
        for action in actions {
            let (before, holding) = (Floors::of(&world).unwrap(), world.token().balance_of(user));
            let early = world.preview_redeem(holding).unwrap();
            if world.apply(user, &action).is_err() {
                continue;
            }
            let after = Floors::of(&world).unwrap();
            prop_assert!(floor_never_falls(&before, &after).is_ok());
            for (old, new) in before.totals.iter().zip(&after.totals) {
                let lift = new.get() * before.claims.get() - old.get() * after.claims.get();
                prop_assert!(lift < before.claims.get(), "{action:?} lifted the floor by {lift}");
            }
            let late = world.preview_redeem(holding).unwrap();
            for (early, late) in early.iter().zip(&late) {
                prop_assert!(late.get() - early.get() <= U256::ONE);
            }
        }
    }

    #[test]
    fn transfers_among_live_addresses_change_no_floor(
        world in used_world(),
        moves in prop::collection::vec((0usize..6, 0usize..6, 0u32..=1_000_000), 1..20),
    ) {
        let mut world = world;
        let places = [USERS[0], USERS[1], USERS[2], USERS[3], USERS[4], POOL];
        for (from, to, part) in moves {
            let held = world.token().balance_of(places[from]);
            let amount = TokenAmount::new(part_of(held.get(), part));
            let before = Floors::of(&world).unwrap();
            world.apply(places[from], &Action::Transfer { to: places[to], amount }).unwrap();
            prop_assert!(floors_unchanged(&before, &Floors::of(&world).unwrap()));
            prop_assert!(check_state(&world).is_ok());
        }
    }

    #[test]
    fn every_free_holder_redeems_in_full_however_much_is_lent(world in used_world()) {
        let mut world = world;
        for user in &USERS[..3] {
            let held = world.token().balance_of(*user);
            let _ = borrow_most(&mut world, *user, held);
        }
        let holders = world.token().holdings().iter().map(|(holder, _)| holder).collect::<Vec<_>>();
        let contracts = [crate::support::ADDRESSES.reserve, crate::support::ADDRESSES.converter, DEAD];
        for holder in holders.into_iter().filter(|holder| !contracts.contains(holder)) {
            let tokens = world.token().balance_of(holder);
            let expected = world.preview_redeem(tokens).unwrap();
            let redeem = Action::Redeem { tokens, forgo: U256::ZERO, to: holder };
            let Outcome::Redeemed { paid, .. } = world.apply(holder, &redeem).unwrap() else {
                return Err(TestCaseError::fail("not redeemed"));
            };
            prop_assert_eq!(paid, expected);
            prop_assert!(check_state(&world).is_ok());
        }
    }

    #[test]
    fn borrowing_and_defaulting_pays_no_more_than_redeeming(world in used_world(), part in 1u32..=1_000_000) {
        let user = USERS[3];
        let tokens = TokenAmount::new(part_of(world.token().balance_of(user).get(), part));
        let redeemed = world.preview_redeem(tokens).unwrap();
        let mut world = world;
        let Ok(Outcome::Borrowed { paid, .. }) = borrow_most(&mut world, user, tokens) else {
            return Err(TestCaseError::reject("nothing to borrow"));
        };
        for (borrowed, redeemed) in paid.iter().zip(&redeemed) {
            prop_assert!(borrowed <= redeemed);
        }
    }
}

#[test]
fn burning_raises_the_floor_exactly() {
    let mut world =
        ballast_model::World::launch(&params(1_000_000, &[3_000_000], terms(), false)).unwrap();
    let amount = tokens(400_000);
    world.apply(USERS[0], &Action::Burn { amount }).unwrap();
    let after = Floors::of(&world).unwrap();
    assert_eq!(
        (after.totals[0], after.claims),
        (asset(3_000_000), tokens(600_000))
    );
    assert_eq!(world.reserve().terms.redeem_fee_bps, bps(100));
}
