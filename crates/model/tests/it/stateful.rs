//! Random operations by random accounts: every theorem holds after every one of them.

use crate::support::{
    ADDRESSES, CREATOR, GUARDIAN, OWNER, POOL, USERS, account, any_world, part_of,
};
use alloy_primitives::{Address, U256};
use ballast_model::invariants::{Floors, check_state, floor_never_falls, floors_unchanged};
use ballast_model::{Action, DEAD, World};
use ballast_types::{AssetAmount, LoanId, Seconds, TokenAmount};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Random numbers that a step is made of, read against the state that it meets.
#[derive(Clone, Debug)]
struct Step {
    kind: usize,
    who: usize,
    other: usize,
    part: u32,
    wait: u64,
}

/// Every operation, with how often it is tried.
const KINDS: [(&str, u32); 29] = [
    ("transfer", 4),
    ("sell", 8),
    ("buy", 6),
    ("transfer to unspendable", 1),
    ("transferFrom", 1),
    ("burn", 2),
    ("burnFrom", 1),
    ("setFees", 2),
    ("setGuardian", 1),
    ("redeem", 6),
    ("borrow", 14),
    ("repay in part", 6),
    ("repay in full", 3),
    ("extend", 5),
    ("extendByBurn", 5),
    ("foreclose", 5),
    ("donate", 3),
    ("send", 3),
    ("sync", 3),
    ("flashLoan", 3),
    ("pause", 2),
    ("unpause", 4),
    ("allocate", 4),
    ("bid", 8),
    ("burnLot", 5),
    ("claim", 4),
    ("proposeRecipient", 1),
    ("acceptRecipient", 2),
    ("burnConverted by a stranger", 1),
];

/// What never succeeds, because nobody may do it.
const REFUSED: &str = "burnConverted by a stranger";

fn any_step() -> impl Strategy<Value = Step> {
    let kinds = KINDS
        .iter()
        .enumerate()
        .map(|(kind, (_, weight))| (*weight, Just(kind)));
    let kinds = prop::strategy::Union::new_weighted(kinds.collect::<Vec<_>>());
    let wait = prop_oneof![
        12 => 0u64..=60,
        4 => 0u64..=7_200,
        2 => 0u64..=259_200,
        1 => 0u64..=3_456_000,
    ];
    let part = prop_oneof![1 => Just(1_000_000u32), 1 => Just(0u32), 10 => 0u32..=300_000];
    (kinds, 0..USERS.len(), 0..USERS.len(), part, wait).prop_map(
        |(kind, who, other, part, wait)| Step {
            kind,
            who,
            other,
            part,
            wait,
        },
    )
}

impl Step {
    fn name(&self) -> &'static str {
        KINDS[self.kind].0
    }

    /// A part of `whole`, at least one where there is one.
    fn of(&self, whole: U256) -> U256 {
        part_of(whole, self.part).max(U256::ONE.min(whole))
    }

    fn tokens(&self, world: &World, holder: Address) -> TokenAmount {
        TokenAmount::new(self.of(world.token().balance_of(holder).get()))
    }

    fn assets(&self, world: &World, index: usize, holder: Address) -> AssetAmount {
        let balance = world.holdings(index).unwrap().balance_of(holder);
        AssetAmount::new(self.of(balance) >> (self.other * 8))
    }

    fn loan(&self, world: &World) -> LoanId {
        let loans = &world.reserve().book().loans;
        let nth = (self.part as usize + self.other) % loans.len().max(1);
        loans
            .keys()
            .nth(nth)
            .copied()
            .unwrap_or(LoanId::new(OWNER, 0))
    }

    /// Who makes the call of this step in `world`.
    fn caller(&self, world: &World) -> Address {
        match self.name() {
            "buy" => POOL,
            "transferFrom" | "burnFrom" => USERS[self.other],
            "setFees" | "setGuardian" | "proposeRecipient" => OWNER,
            "pause" | "unpause" => GUARDIAN,
            "extendByBurn" => self.loan(world).borrower(),
            _ => USERS[self.who],
        }
    }

    /// The call of this step in `world`.
    fn action(&self, world: &World) -> Action {
        let (user, other) = (USERS[self.who], USERS[self.other]);
        let amount = self.tokens(world, user);
        let from = user;
        match self.name() {
            "transfer" => Action::Transfer { to: other, amount },
            "sell" => Action::Transfer { to: POOL, amount },
            "buy" => {
                let amount = self.tokens(world, POOL);
                Action::Transfer { to: user, amount }
            }
            "transfer to unspendable" => {
                let to = [DEAD, ADDRESSES.token][self.other % 2];
                Action::Transfer { to, amount }
            }
            "transferFrom" => {
                let to = POOL;
                Action::TransferFrom { from, to, amount }
            }
            "burn" => Action::Burn { amount },
            "burnFrom" => {
                let account = user;
                Action::BurnFrom { account, amount }
            }
            "setFees" => {
                let [buy_bps, sell_bps] = [self.who, self.other].map(|raw| U256::from(raw * 220));
                Action::SetFees { buy_bps, sell_bps }
            }
            "setGuardian" => Action::SetGuardian { guardian: GUARDIAN },
            "pause" => {
                let secs = Seconds::new(u64::from(self.part) + 1);
                Action::Pause { secs }
            }
            "unpause" => Action::Unpause,
            _ => self.reserve_action(world, user),
        }
    }

    fn reserve_action(&self, world: &World, user: Address) -> Action {
        let asset = self.other % world.asset_count();
        let amount = self.assets(world, asset, user);
        let (to, receiver) = (user, user);
        match self.name() {
            "redeem" => {
                let forgo = U256::from([self.other, 0, 0, 0, 0][self.part as usize % 5]);
                let tokens = self.tokens(world, user);
                Action::Redeem { tokens, forgo, to }
            }
            "borrow" => {
                let collateral = self.tokens(world, user);
                let mut principal = world.max_borrow(collateral).unwrap_or_default();
                for owed in principal.iter_mut().skip(self.part as usize % 5) {
                    *owed = AssetAmount::new(self.of(owed.get()));
                }
                Action::Borrow {
                    collateral,
                    principal,
                    to,
                }
            }
            "donate" => Action::Donate { asset, amount },
            "send" => {
                let to = ADDRESSES.reserve;
                Action::Send { asset, to, amount }
            }
            "sync" => Action::Sync { asset },
            "flashLoan" => {
                let amount = AssetAmount::new(self.of(world.asset_at(asset).unwrap().cash.get()));
                Action::FlashLoan {
                    receiver,
                    asset,
                    amount,
                }
            }
            _ => self.loan_action(world, asset),
        }
    }

    fn loan_action(&self, world: &World, asset: usize) -> Action {
        let loan_id = self.loan(world);
        let loans = &world.reserve().book().loans;
        match self.name() {
            "repay in part" | "repay in full" => {
                let owed = loans.get(&loan_id).map(|loan| loan.principal.clone());
                let mut amounts = owed.unwrap_or_else(|| vec![AssetAmount::ZERO; asset + 1]);
                if self.name() == "repay in part" {
                    for amount in &mut amounts {
                        *amount = AssetAmount::new(self.of(amount.get()));
                    }
                }
                Action::Repay { loan_id, amounts }
            }
            "extend" => Action::Extend { loan_id },
            "extendByBurn" => {
                let max_burn = TokenAmount::new(U256::MAX);
                Action::ExtendByBurn { loan_id, max_burn }
            }
            "foreclose" => {
                let loan_ids = loans.keys().copied().chain([loan_id]).collect();
                Action::Foreclose { loan_ids }
            }
            _ => self.converter_action(world, asset),
        }
    }

    fn converter_action(&self, world: &World, asset: usize) -> Action {
        let held = world.token().balance_of(ADDRESSES.converter);
        let most = world
            .converter()
            .map_or(held, |converter| converter.lot().min(held));
        match self.name() {
            "allocate" => Action::Allocate,
            "bid" => {
                let max_pay = vec![AssetAmount::new(U256::MAX); world.asset_count()];
                let tokens = TokenAmount::new(self.of(most.get()));
                let to = USERS[self.who];
                Action::Bid {
                    tokens,
                    max_pay,
                    to,
                }
            }
            "burnLot" => Action::BurnLot,
            "claim" => {
                let account = [CREATOR, USERS[4], account(0x41)][self.who % 3];
                Action::Claim { account, asset }
            }
            "proposeRecipient" => {
                let account = account(0x41);
                Action::ProposeRecipient { index: 0, account }
            }
            "acceptRecipient" => Action::AcceptRecipient { index: 0 },
            REFUSED => {
                let tokens = TokenAmount::from(1u64);
                Action::BurnConverted { tokens }
            }
            name => unreachable!("{name} has no call"),
        }
    }
}

type Counters = BTreeMap<&'static str, (u64, BTreeMap<&'static str, u64>)>;

/// Whether an operation that succeeded may change no floor at all.
fn keeps_floors(action: &Action) -> bool {
    match action {
        Action::Transfer { to, .. } | Action::TransferFrom { to, .. } => {
            *to != DEAD && *to != ADDRESSES.token
        }
        Action::Borrow { .. }
        | Action::Repay { .. }
        | Action::Extend { .. }
        | Action::Donate { .. }
        | Action::Sync { .. }
        | Action::Send { .. }
        | Action::FlashLoan { .. }
        | Action::Claim { .. }
        | Action::SetFees { .. }
        | Action::Pause { .. }
        | Action::Unpause => true,
        _ => false,
    }
}

fn fail(step: &Step, reason: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(format!("{}: {reason}", step.name()))
}

fn run_step(world: &mut World, step: &Step, counters: &mut Counters) -> Result<(), TestCaseError> {
    let start = Floors::of(world).unwrap();
    world.advance(Seconds::new(step.wait)).unwrap();
    let before = Floors::of(world).unwrap();
    floor_never_falls(&start, &before).map_err(|violation| fail(step, violation))?;
    check_state(world).map_err(|violation| fail(step, violation))?;

    let (caller, action) = (step.caller(world), step.action(world));
    let untouched = world.clone();
    let counter = counters.entry(step.name()).or_default();
    match world.apply(caller, &action) {
        Ok(_) => counter.0 += 1,
        Err(error) => {
            prop_assert_ne!(error.name(), "Panic", "{:?}", action);
            prop_assert_eq!(&*world, &untouched, "an error changed the state");
            *counter.1.entry(error.name()).or_default() += 1;
            return Ok(());
        }
    }
    let after = Floors::of(world).unwrap();
    floor_never_falls(&before, &after).map_err(|violation| fail(step, violation))?;
    if keeps_floors(&action) {
        prop_assert!(
            floors_unchanged(&before, &after),
            "{} moved a floor",
            step.name()
        );
    }
    check_state(world).map_err(|violation| fail(step, violation))
}

#[test]
fn theorems_hold_after_every_operation() {
    const CASES: u32 = 128;
    const STEPS: usize = 300;
    const LEAST: u64 = 50;
    let counters = RefCell::new(Counters::new());
    let config = Config {
        cases: CASES,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let steps = prop::collection::vec(any_step(), STEPS);
    let result = TestRunner::new(config).run(&(any_world(), steps), |(mut world, steps)| {
        for user in USERS {
            for spender in USERS {
                world
                    .apply(
                        user,
                        &Action::Approve {
                            spender,
                            amount: U256::MAX,
                        },
                    )
                    .unwrap();
            }
        }
        for step in &steps {
            run_step(&mut world, step, &mut counters.borrow_mut())?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let counters = counters.into_inner();
    for (name, (succeeded, refused)) in &counters {
        println!("{name:<28} {succeeded:>6} succeeded, refused {refused:?}");
    }
    for (name, _) in KINDS.iter().filter(|(name, _)| *name != REFUSED) {
        let succeeded = counters.get(name).map_or(0, |counter| counter.0);
        assert!(
            succeeded >= LEAST,
            "{name} succeeded {succeeded} times only"
        );
    }
    assert_eq!(counters[REFUSED].0, 0);
}
