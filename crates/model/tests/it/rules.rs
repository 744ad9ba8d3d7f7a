//! Rules with a boundary: the instant, the amount, the person.

use crate::support::{
    ADDRESSES, CREATOR, GENESIS, GUARDIAN, OWNER, POOL, USERS, account, asset, borrow_most, bps,
    params, plain, terms, tokens, world,
};
use alloy_primitives::{Address, U256};
use ballast_model::invariants::check_state;
use ballast_model::{Action, CAP, ModelError, Outcome, RAISE_DELAY, Terms, World};
use ballast_types::{AssetAmount, LoanId, Seconds, Timestamp, TokenAmount, Wad};

const DAY: Seconds = Seconds::from_days(1);

fn name(result: Result<Outcome, ModelError>) -> &'static str {
    result.map_or_else(|error| error.name(), |_| "succeeded")
}

fn borrowed(world: &mut World, user: Address) -> LoanId {
    match borrow_most(world, user, tokens(10u128.pow(22))).unwrap() {
        Outcome::Borrowed { loan_id, .. } => loan_id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn grace_ends_exactly_at_deadline_plus_grace() {
    let mut world = plain();
    let loan_id = borrowed(&mut world, USERS[1]);
    let grace_end = world.loan(loan_id).unwrap().grace_end;
    assert_eq!(grace_end.get(), GENESIS + 33 * 86_400);
    let repay = Action::Repay {
        loan_id,
        amounts: vec![asset(1)],
    };
    let foreclose = Action::Foreclose {
        loan_ids: vec![loan_id, loan_id],
    };

    world.set_now(Timestamp::new(grace_end.get() - 1)).unwrap();
    assert_eq!(
        name(world.apply(USERS[2], &foreclose)),
        "NothingToForeclose"
    );
    assert_eq!(name(world.clone().apply(USERS[2], &repay)), "succeeded");
    assert_eq!(
        name(world.clone().apply(USERS[2], &Action::Extend { loan_id })),
        "succeeded"
    );

    world.set_now(grace_end).unwrap();
    assert_eq!(name(world.apply(USERS[2], &repay)), "LoanExpired");
    assert_eq!(
        name(world.apply(USERS[2], &Action::Extend { loan_id })),
        "LoanExpired"
    );
    let Outcome::Foreclosed { closed } = world.apply(USERS[2], &foreclose).unwrap() else {
        panic!("not foreclosed");
    };
    assert_eq!(closed.len(), 1, "naming a loan twice closes it once");
    assert_eq!(name(world.apply(USERS[2], &repay)), "UnknownLoan");
    assert_eq!(world.reserve().book().locked, TokenAmount::ZERO);
    assert_eq!(world.asset_at(0).unwrap().lent, AssetAmount::ZERO);
}

#[test]
fn an_extension_adds_one_term_at_most_twelve_ahead() {
    let mut world = plain();
    let loan_id = borrowed(&mut world, USERS[1]);
    let first = world.loan(loan_id).unwrap().deadline;
    for times in 1..=11u64 {
        world.apply(USERS[2], &Action::Extend { loan_id }).unwrap();
        let deadline = world.loan(loan_id).unwrap().deadline;
        assert_eq!(deadline.get(), first.get() + times * 30 * 86_400);
    }
    assert_eq!(
        name(world.apply(USERS[2], &Action::Extend { loan_id })),
        "ExtensionTooFar"
    );
    world.advance(Seconds::from_days(30)).unwrap();
    assert_eq!(
        name(world.apply(USERS[2], &Action::Extend { loan_id })),
        "succeeded"
    );
}

#[test]
fn only_the_borrower_extends_by_burning_and_only_while_backed() {
    let mut world = plain();
    let loan_id = borrowed(&mut world, USERS[1]);
    let max_burn = TokenAmount::new(U256::MAX);
    let burn = Action::ExtendByBurn { loan_id, max_burn };
    assert_eq!(name(world.apply(USERS[2], &burn)), "NotBorrower");
    let low = Action::ExtendByBurn {
        loan_id,
        max_burn: tokens(1),
    };
    assert_eq!(name(world.apply(USERS[1], &low)), "BurnTooLarge");
    assert_eq!(name(world.apply(USERS[1], &burn)), "succeeded");

    let tight = Terms {
        redeem_fee_bps: bps(100),
        ltv_bps: bps(9_900),
        term_fee_bps: bps(101),
        ..terms()
    };
    let mut world = world_with(tight);
    let loan_id = borrowed(&mut world, USERS[1]);
    let burn = Action::ExtendByBurn { loan_id, max_burn };
    assert_eq!(name(world.apply(USERS[1], &burn)), "succeeded");
    assert_eq!(name(world.apply(USERS[1], &burn)), "UnderBacked");
}

fn world_with(terms: Terms) -> World {
    world(10u128.pow(24), &[10u128.pow(21)], terms, false)
}

#[test]
fn a_pause_moves_deadlines_and_blocks_entries_only() {
    let mut world = plain();
    let loan_id = borrowed(&mut world, USERS[1]);
    let before = world.loan(loan_id).unwrap().deadline;
    let pause = |days| Action::Pause {
        secs: Seconds::from_days(days),
    };
    assert_eq!(name(world.apply(OWNER, &pause(1))), "NotGuardian");
    assert_eq!(name(world.apply(GUARDIAN, &pause(0))), "ZeroAmount");
    assert_eq!(name(world.apply(GUARDIAN, &pause(8))), "PauseTooLong");
    assert_eq!(name(world.apply(GUARDIAN, &Action::Unpause)), "NotPaused");
    world.apply(GUARDIAN, &pause(7)).unwrap();
    assert_eq!(
        name(borrow_most(&mut world, USERS[2], tokens(1_000_000))),
        "EntriesPaused"
    );
    let flash = Action::FlashLoan {
        receiver: USERS[2],
        asset: 0,
        amount: asset(1),
    };
    assert_eq!(name(world.apply(USERS[2], &flash)), "EntriesPaused");
    let redeem = Action::Redeem {
        tokens: tokens(1_000),
        forgo: U256::ZERO,
        to: USERS[2],
    };
    assert_eq!(name(world.apply(USERS[2], &redeem)), "succeeded");
    let repay = Action::Repay {
        loan_id,
        amounts: vec![asset(1)],
    };
    assert_eq!(name(world.apply(USERS[2], &repay)), "succeeded");

    world.advance(Seconds::from_days(2)).unwrap();
    world.apply(GUARDIAN, &Action::Unpause).unwrap();
    let moved = world.loan(loan_id).unwrap().deadline;
    assert_eq!(moved.since(before), Ok(Seconds::from_days(2)));
    world.advance(Seconds::from_days(6)).unwrap();
    assert_eq!(name(world.apply(GUARDIAN, &pause(1))), "PauseTooSoon");
    world.advance(DAY).unwrap();
    world.apply(GUARDIAN, &pause(3)).unwrap();
    world.advance(Seconds::from_days(10)).unwrap();
    let moved = world.loan(loan_id).unwrap().deadline;
    assert_eq!(moved.since(before), Ok(Seconds::from_days(5)));
}

#[test]
fn a_raise_waits_three_days_and_a_cut_is_immediate() {
    let mut world = world(10u128.pow(24), &[10u128.pow(21)], terms(), true);
    let set = |buy: u64, sell: u64| Action::SetFees {
        buy_bps: U256::from(buy),
        sell_bps: U256::from(sell),
    };
    let in_force = |world: &World| world.token().fees(world.now());
    assert_eq!(
        name(world.apply(USERS[1], &set(1, 1))),
        "OwnableUnauthorizedAccount"
    );
    assert_eq!(name(world.apply(OWNER, &set(1_001, 0))), "FeeTooHigh");
    world.apply(OWNER, &set(100, 900)).unwrap();
    assert_eq!(in_force(&world), (bps(300), bps(500)));
    world.advance(Seconds::new(RAISE_DELAY.get() - 1)).unwrap();
    assert_eq!(in_force(&world), (bps(300), bps(500)));
    world.advance(Seconds::new(1)).unwrap();
    assert_eq!(in_force(&world), (bps(100), bps(900)));
    assert_eq!(world.token().pending_fees(world.now()), None);
    world.apply(OWNER, &set(1_000, 0)).unwrap();
    world.apply(OWNER, &set(100, 0)).unwrap();
    assert_eq!(in_force(&world), (bps(100), bps(0)));
    world.advance(Seconds::from_days(9)).unwrap();
    assert_eq!(
        in_force(&world),
        (bps(100), bps(0)),
        "a cut drops the raise that waits"
    );
}

#[test]
fn only_pools_are_taxed_and_never_more_than_the_amount() {
    let mut world = world(10u128.pow(24), &[10u128.pow(21)], terms(), true);
    let fee = |world: &mut World, from: Address, to: Address, amount: u128| match world
        .apply(
            from,
            &Action::Transfer {
                to,
                amount: tokens(amount),
            },
        )
        .unwrap()
    {
        Outcome::Transferred { fee } => fee,
        other => panic!("{other:?}"),
    };
    assert_eq!(fee(&mut world, USERS[1], USERS[2], 1_000), tokens(0));
    assert_eq!(fee(&mut world, USERS[1], POOL, 1_001), tokens(51));
    assert_eq!(fee(&mut world, POOL, USERS[1], 1_001), tokens(31));
    assert_eq!(fee(&mut world, POOL, ADDRESSES.converter, 1_000), tokens(0));
    let second = account(0x31);
    world
        .apply(USERS[1], &Action::RegisterPool { pool: second })
        .unwrap();
    assert_eq!(fee(&mut world, POOL, second, 1_000), tokens(80));
    assert_eq!(fee(&mut world, POOL, second, 1), tokens(1));
    let mut plain = plain();
    assert_eq!(
        name(plain.apply(OWNER, &Action::RegisterPool { pool: POOL })),
        "NoFeePath"
    );
}

#[test]
fn the_converter_sells_above_the_floor_and_burns_at_it() {
    let mut world = world(
        10u128.pow(24),
        &[10u128.pow(21), 10u128.pow(9)],
        terms(),
        true,
    );
    let sell = Action::Transfer {
        to: POOL,
        amount: tokens(10u128.pow(23)),
    };
    world.apply(USERS[1], &sell).unwrap();
    let lot = world.converter().unwrap().lot();
    assert_eq!(lot, tokens(10u128.pow(21)));
    let bid = |tokens| Action::Bid {
        tokens,
        max_pay: vec![AssetAmount::new(U256::MAX); 2],
        to: USERS[2],
    };
    assert_eq!(
        name(world.apply(USERS[2], &bid(TokenAmount::ZERO))),
        "ZeroAmount"
    );
    assert_eq!(
        name(world.apply(USERS[2], &bid(lot.try_add(tokens(1)).unwrap()))),
        "AboveLot"
    );
    assert_eq!(name(world.apply(USERS[2], &Action::BurnLot)), "AboveFloor");
    let mean = Action::Bid {
        tokens: lot,
        max_pay: vec![AssetAmount::ZERO; 2],
        to: USERS[2],
    };
    assert_eq!(name(world.apply(USERS[2], &mean)), "PriceAboveLimit");

    // One base unit is backed by less than one of either asset: rounded up to one, then 64 times.
    assert_eq!(world.quote(tokens(1)), Ok(vec![asset(64), asset(64)]));

    let Outcome::Filled { multiple, paid } = world.apply(USERS[2], &bid(lot)).unwrap() else {
        panic!("not filled");
    };
    assert_eq!(world.converter().unwrap().last_lot().unwrap().paid, paid[0]);
    let raised = world.converter().unwrap().multiple(world.now()).unwrap();
    assert_eq!(raised.get(), multiple.get() * U256::from(2));
    let owed = world.converter().unwrap().owed(CREATOR, 0);
    assert!(!owed.is_zero());
    let claim = Action::Claim {
        account: CREATOR,
        asset: 0,
    };
    assert_eq!(
        world.apply(USERS[3], &claim),
        Ok(Outcome::Claimed { amount: owed })
    );
    assert_eq!(name(world.apply(USERS[3], &claim)), "NothingOwed");

    world.advance(Seconds::new(600 * 8)).unwrap();
    assert_eq!(name(world.apply(USERS[2], &bid(lot))), "AtFloor");
    world.apply(USERS[2], &Action::BurnLot).unwrap();
    let multiple = world.converter().unwrap().multiple(world.now()).unwrap();
    assert_eq!(multiple.get(), Wad::ONE.get() * U256::from(2));
}

#[test]
fn a_recipient_is_replaced_after_three_days() {
    let mut world = world(10u128.pow(24), &[10u128.pow(21)], terms(), true);
    let propose = |index| Action::ProposeRecipient {
        index,
        account: account(0x41),
    };
    let accept = Action::AcceptRecipient { index: 0 };
    assert_eq!(name(world.apply(USERS[1], &propose(0))), "NotOwner");
    assert_eq!(name(world.apply(OWNER, &propose(2))), "UnknownRecipient");
    assert_eq!(name(world.apply(USERS[1], &accept)), "NothingProposed");
    world.apply(OWNER, &propose(0)).unwrap();
    assert_eq!(name(world.apply(USERS[1], &accept)), "TooEarly");
    world.advance(Seconds::from_days(3)).unwrap();
    world.apply(USERS[1], &accept).unwrap();
    assert_eq!(
        world.converter().unwrap().split().recipients[0].account,
        account(0x41)
    );
}

#[test]
fn what_is_sent_directly_counts_only_once_synced_and_then_streams() {
    let mut world = plain();
    let send = Action::Send {
        asset: 0,
        to: ADDRESSES.reserve,
        amount: asset(1_000),
    };
    world.apply(USERS[1], &send).unwrap();
    let cash = world.asset_at(0).unwrap().cash;
    let credited = world.apply(USERS[2], &Action::Sync { asset: 0 }).unwrap();
    assert_eq!(
        credited,
        Outcome::Synced {
            credited: asset(1_000)
        }
    );
    assert_eq!(world.asset_at(0).unwrap().cash, cash);
    world.advance(Seconds::new(86_400 + 43_200)).unwrap();
    assert_eq!(
        world.asset_at(0).unwrap().cash,
        cash.try_add(asset(500)).unwrap()
    );
    world.advance(DAY).unwrap();
    assert_eq!(
        world.asset_at(0).unwrap().cash,
        cash.try_add(asset(1_000)).unwrap()
    );
    assert_eq!(
        name(world.apply(USERS[2], &Action::Sync { asset: 1 })),
        "UnknownAsset"
    );
}

#[test]
fn redemption_can_forgo_assets_but_not_all() {
    let mut world = world(
        10u128.pow(24),
        &[10u128.pow(21), 10u128.pow(9)],
        terms(),
        false,
    );
    let redeem = |forgo: u64| Action::Redeem {
        tokens: tokens(10u128.pow(22)),
        forgo: U256::from(forgo),
        to: USERS[1],
    };
    assert_eq!(name(world.apply(USERS[1], &redeem(3))), "EverythingForgone");
    let second = world.asset_at(1).unwrap();
    let Outcome::Redeemed { paid, .. } = world.apply(USERS[1], &redeem(2)).unwrap() else {
        panic!("not redeemed");
    };
    assert!(paid[1].is_zero() && !paid[0].is_zero());
    assert_eq!(world.asset_at(1).unwrap(), second);
    let closed = Terms {
        redeemable: false,
        ..terms()
    };
    assert_eq!(
        name(world_with(closed).apply(USERS[1], &redeem(0))),
        "RedemptionOff"
    );
}

#[test]
fn no_more_than_the_limit_is_lent() {
    let mut world = plain();
    let collateral = tokens(10u128.pow(20) + 7);
    let most = world.max_borrow(collateral).unwrap()[0];
    let borrow = |collateral, amount| Action::Borrow {
        collateral,
        principal: vec![amount],
        to: USERS[1],
    };
    let above = most.try_add(asset(1)).unwrap();
    let refused = world.apply(USERS[1], &borrow(collateral, above));
    assert_eq!(
        refused,
        Err(ModelError::PrincipalTooLarge {
            asset: U256::ZERO,
            principal: above.get(),
            max: most.get(),
        })
    );
    let nothing = borrow(collateral, AssetAmount::ZERO);
    assert_eq!(name(world.apply(USERS[1], &nothing)), "ZeroAmount");
    let unlocked = borrow(TokenAmount::ZERO, most);
    assert_eq!(name(world.apply(USERS[1], &unlocked)), "ZeroAmount");
    let beyond = borrow(TokenAmount::new(U256::MAX), most);
    assert_eq!(name(world.apply(USERS[1], &beyond)), "AmountTooLarge");
    let unheld = borrow(tokens(10u128.pow(24)), most);
    assert_eq!(
        name(world.apply(USERS[1], &unheld)),
        "ERC20InsufficientBalance"
    );
    let lent = world.apply(USERS[1], &borrow(collateral, most));
    assert_eq!(name(lent), "succeeded");
    assert_eq!(world.asset_at(0).unwrap().lent, most);
}

#[test]
fn any_part_is_repaid_by_anyone_and_never_more_than_is_owed() {
    let mut world = plain();
    let loan_id = borrowed(&mut world, USERS[1]);
    let owed = world.loan(loan_id).unwrap().principal[0];
    let held = world.token().balance_of(USERS[1]);
    let repay = |amount| Action::Repay {
        loan_id,
        amounts: vec![amount],
    };
    assert_eq!(
        name(world.apply(USERS[2], &repay(AssetAmount::ZERO))),
        "ZeroAmount"
    );
    world.apply(USERS[2], &repay(asset(1))).unwrap();
    let Outcome::Repaid { taken, .. } = world.apply(USERS[2], &repay(owed)).unwrap() else {
        panic!("not repaid");
    };
    assert_eq!(taken[0], owed.try_sub(asset(1)).unwrap());
    let back = world.token().balance_of(USERS[1]).try_sub(held).unwrap();
    assert_eq!(back, tokens(10u128.pow(22)));
    assert_eq!(name(world.apply(USERS[2], &repay(asset(1)))), "UnknownLoan");
}

#[test]
fn a_fee_kept_from_a_borrower_counts_towards_the_cap() {
    let mut world = plain();
    let period = world.reserve().terms.drip_secs;
    let state = world.asset_at(0).unwrap();
    let entered = state
        .total()
        .unwrap()
        .try_add(state.streaming(period).unwrap());
    let room = CAP.try_sub(entered.unwrap()).unwrap();
    world.fund(0, USERS[1], room).unwrap();
    let donate = |amount| Action::Donate { asset: 0, amount };
    world.apply(USERS[1], &donate(room)).unwrap();
    assert_eq!(
        name(world.apply(USERS[1], &donate(asset(1)))),
        "AmountTooLarge"
    );
    let borrowed = borrow_most(&mut world, USERS[1], tokens(10u128.pow(22)));
    assert_eq!(name(borrowed), "AmountTooLarge");
    assert_eq!(check_state(&world), Ok(()));
}

#[test]
fn launches_out_of_bounds_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut ballast_model::LaunchParams)| {
        let mut params = params(1_000_000, &[1_000_000], terms(), true);
        change(&mut params);
        match World::launch(&params).unwrap_err() {
            ModelError::ParamOutOfBounds { param, .. } => param,
            other => other.name(),
        }
    };
    assert_eq!(
        refused(&|params| params.supply = TokenAmount::ZERO),
        "supply"
    );
    assert_eq!(refused(&|params| params.seeds = vec![]), "assets");
    assert_eq!(
        refused(&|params| params.seeds = vec![AssetAmount::ZERO]),
        "seeds"
    );
    assert_eq!(
        refused(&|params| params.terms.ltv_bps = bps(9_901)),
        "terms.ltvBps"
    );
    assert_eq!(
        refused(&|params| params.terms.term_secs = Seconds::new(3_599)),
        "terms.termSecs"
    );
    assert_eq!(
        refused(&|params| params.fees.as_mut().unwrap().start_multiple = Wad::ZERO),
        "fees.startMultiple"
    );
    assert_eq!(
        refused(&|params| params.fees.as_mut().unwrap().split.burn_bps = bps(1)),
        "SplitSum"
    );
}
