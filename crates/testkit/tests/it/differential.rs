//! The contracts and the model, step by step on random traces.
//!
//! Both sides do the same action; both succeed with the same result, or both refuse with the same error and the
//! same values. After every step everything that the contracts show is held against the model, and the theorems
//! are checked on it.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::Erc20;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_model::{Action, invariants};
use ballast_types::{AssetAmount, LoanId, Seconds, TokenAmount};

use crate::calls::{same_answer, send};
use crate::system::{CREATOR, DEAD, GUARDIAN, ISSUER, Shape, System, USERS};

/// Steps of one trace: `DIFFERENTIAL_STEPS`, or a number that keeps the whole suite short.
fn steps() -> usize {
    std::env::var("DIFFERENTIAL_STEPS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2_500)
}

/// A small generator, so that a trace is its seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() >> 33).unwrap() % bound
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Nothing, one, a part of `most`, all of it, or a little more.
    fn amount(&mut self, most: U256) -> U256 {
        match self.below(16) {
            0 => U256::ZERO,
            1 => U256::from(1),
            2 => most,
            3 => most + U256::from(1),
            _ => most * U256::from(self.below(10_000)) / U256::from(20_000),
        }
    }
}

/// How often each action succeeded and was refused.
#[derive(Default)]
struct Counts(BTreeMap<String, (usize, usize)>);

impl Counts {
    fn note(&mut self, action: &Action, succeeded: bool) {
        let debug = format!("{action:?}");
        let name = debug
            .split([' ', '{'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let (good, bad) = self.0.entry(name).or_default();
        *(if succeeded { good } else { bad }) += 1;
    }
}

struct Trace {
    system: System,
    shape: Shape,
    dice: Dice,
    counts: Counts,
    compared: usize,
    /// What the last step did, where it invites something.
    invites: Option<Follow>,
}

/// What somebody is likely to do next: to bid while the multiple is above one, to end a pause early.
#[derive(Clone, Copy)]
enum Follow {
    Bid,
    Unpause,
}

impl Trace {
    fn tokens_of(&self, who: Address) -> U256 {
        self.system.model.token().balance_of(who).get()
    }

    fn tokens(&mut self, who: Address) -> TokenAmount {
        let most = self.tokens_of(who);
        TokenAmount::new(self.dice.amount(most))
    }

    fn assets(&mut self, index: usize, who: Address) -> AssetAmount {
        let held = self.system.model.holdings(index).unwrap().balance_of(who);
        AssetAmount::new(self.dice.amount(held) / U256::from(8))
    }

    /// A loan that is open, or was, or never was.
    fn loan_id(&mut self) -> LoanId {
        let open: Vec<_> = self
            .system
            .model
            .reserve()
            .book()
            .loans
            .keys()
            .copied()
            .collect();
        if open.is_empty() || self.dice.one_in(20) {
            return LoanId::new(
                self.dice.pick(&USERS),
                1 + u32::try_from(self.dice.below(30)).unwrap(),
            );
        }
        self.dice.pick(&open)
    }

    fn any_account(&mut self) -> Address {
        let at = self.system.model.addresses();
        let special = [DEAD, at.token, at.reserve, Address::ZERO, CREATOR, ISSUER];
        match self.dice.below(12) {
            0 => self.dice.pick(&special),
            1 | 2 => self.system.pool.unwrap_or(USERS[0]),
            3 => self.system.second_pool.map_or(USERS[1], |(pool, _)| pool),
            _ => self.dice.pick(&USERS),
        }
    }

    fn each(
        &mut self,
        mut amount: impl FnMut(&mut Self, usize) -> AssetAmount,
    ) -> Vec<AssetAmount> {
        let count = self.system.assets.len() + usize::from(self.dice.one_in(150));
        (0..count)
            .map(|index| amount(self, index.min(self.shape.decimals.len() - 1)))
            .collect()
    }

    /// Somebody, and what he tries.
    fn next_action(&mut self) -> (Address, Action) {
        let who = self.dice.pick(&USERS);
        if let Some(follow) = self.invites.filter(|_| self.dice.one_in(2)) {
            return match follow {
                Follow::Bid => (who, self.bid(who)),
                Follow::Unpause => (GUARDIAN, Action::Unpause),
            };
        }
        let asset =
            self.dice.below(self.system.assets.len()) + usize::from(self.dice.one_in(200)) * 9;
        let known = asset.min(self.system.assets.len() - 1);
        let action = match self.dice.below(if self.shape.taxed { 34 } else { 28 }) {
            0..=3 => return self.trade(who),
            4 => Action::Approve {
                spender: self.dice.pick(&USERS),
                amount: self.tokens(who).get(),
            },
            5 => {
                let from = self.dice.pick(&USERS);
                Action::TransferFrom {
                    from,
                    to: self.any_account(),
                    amount: self.tokens(from),
                }
            }
            6 => Action::Burn {
                amount: TokenAmount::new(self.tokens(who).get() / U256::from(50)),
            },
            7 => Action::BurnFrom {
                account: self.dice.pick(&USERS),
                amount: self.tokens(who),
            },
            8..=10 => Action::Redeem {
                tokens: TokenAmount::new(self.tokens(who).get() / U256::from(20)),
                forgo: U256::from(if self.dice.one_in(4) {
                    self.dice.below(16)
                } else {
                    0
                }),
                to: self.dice.pick(&USERS),
            },
            11..=14 => self.borrow(who),
            15..=17 => self.repay(),
            18 | 19 => Action::Extend {
                loan_id: self.loan_id(),
            },
            20 | 21 => return self.extend_by_burn(who),
            22 => Action::Foreclose {
                loan_ids: (0..4).map(|_| self.loan_id()).collect(),
            },
            23 => Action::Donate {
                asset: known,
                amount: self.assets(known, who),
            },
            24 => Action::Send {
                asset: known,
                to: self.system.model.addresses().reserve,
                amount: self.assets(known, who),
            },
            25 => Action::Sync { asset },
            26 => self.flash_loan(known),
            27 => return self.govern(who),
            28 => Action::Allocate,
            29..=31 => self.bid(who),
            32 => Action::BurnLot,
            _ => Action::Claim {
                account: self.dice.pick(&[CREATOR, USERS[3], USERS[0]]),
                asset: known,
            },
        };
        (who, action)
    }

    /// A transfer, often from or to a pool.
    fn trade(&mut self, who: Address) -> (Address, Action) {
        let from = match self.system.pool {
            Some(pool) if self.dice.one_in(3) => pool,
            _ => self.dice.pick(&[who, who, who, ISSUER]),
        };
        // Large enough that fees fill more than a lot, so that burning one leaves something to bid for.
        let part = if Some(from) == self.system.pool { 2 } else { 8 };
        let amount = TokenAmount::new(self.tokens(from).get() / U256::from(part));
        (
            from,
            Action::Transfer {
                to: self.any_account(),
                amount,
            },
        )
    }

    fn borrow(&mut self, who: Address) -> Action {
        let collateral = TokenAmount::new(self.tokens(who).get() / U256::from(4));
        let most = self.system.model.max_borrow(collateral).unwrap_or_default();
        let principal = self.each(|trace, index| {
            let most = most.get(index).copied().unwrap_or_default().get();
            let amount = if trace.dice.one_in(3) {
                most
            } else {
                trace.dice.amount(most)
            };
            AssetAmount::new(amount)
        });
        Action::Borrow {
            collateral,
            principal,
            to: self.dice.pick(&USERS),
        }
    }

    fn repay(&mut self) -> Action {
        let loan_id = self.loan_id();
        let owed = self
            .system
            .model
            .reserve()
            .book()
            .loans
            .get(&loan_id)
            .map(|loan| loan.principal.clone());
        let everything = self.dice.one_in(3);
        let amounts = self.each(|trace, index| {
            let owed = owed
                .as_ref()
                .and_then(|owed| owed.get(index))
                .copied()
                .unwrap_or_default()
                .get();
            AssetAmount::new(if everything {
                U256::MAX
            } else {
                trace.dice.amount(owed)
            })
        });
        Action::Repay { loan_id, amounts }
    }

    fn extend_by_burn(&mut self, who: Address) -> (Address, Action) {
        let loan_id = self.loan_id();
        let caller = if self.dice.one_in(8) {
            who
        } else {
            loan_id.borrower()
        };
        let max_burn = if self.dice.one_in(6) {
            U256::from(1_000)
        } else {
            U256::MAX
        };
        (
            caller,
            Action::ExtendByBurn {
                loan_id,
                max_burn: TokenAmount::new(max_burn),
            },
        )
    }

    fn flash_loan(&mut self, asset: usize) -> Action {
        let cash = self.system.model.asset_at(asset).unwrap().cash.get();
        let amount = AssetAmount::new(self.dice.amount(cash));
        Action::FlashLoan {
            receiver: self.system.flash_borrower,
            asset,
            amount,
        }
    }

    fn bid(&mut self, who: Address) -> Action {
        let (lot, sale) = self
            .system
            .model
            .converter()
            .map_or_else(Default::default, |converter| {
                (converter.lot().get(), converter.sale().get())
            });
        let share = match self.dice.below(4) {
            0 => lot,
            1 => self.dice.amount(lot),
            _ => self.dice.amount(sale.min(lot)),
        };
        let limit = if self.dice.one_in(10) {
            U256::from(5)
        } else {
            U256::MAX
        };
        let max_pay = self.each(|_, _| AssetAmount::new(limit));
        Action::Bid {
            tokens: TokenAmount::new(share),
            max_pay,
            to: if self.dice.one_in(12) {
                self.any_account()
            } else {
                who
            },
        }
    }

    /// What the owner, the guardian and the impatient do.
    fn govern(&mut self, who: Address) -> (Address, Action) {
        let (owner, guardian) = if self.dice.one_in(5) {
            (who, who)
        } else {
            (ISSUER, GUARDIAN)
        };
        let (index, account) = (self.dice.below(3), self.dice.pick(&USERS));
        match self.dice.below(if self.shape.taxed { 12 } else { 7 }) {
            0 => {
                let [buy_bps, sell_bps] = [(); 2].map(|()| U256::from(self.dice.below(1_050)));
                (owner, Action::SetFees { buy_bps, sell_bps })
            }
            1 => (owner, Action::SetGuardian { guardian: GUARDIAN }),
            2 | 3 => (
                guardian,
                Action::Pause {
                    secs: Seconds::new(self.dice.roll() % 650_000),
                },
            ),
            4 | 5 => (guardian, Action::Unpause),
            6 => {
                let pool = self
                    .system
                    .second_pool
                    .map_or(Address::ZERO, |(pool, _)| pool);
                (who, Action::RegisterPool { pool })
            }
            7 | 8 => (owner, Action::ProposeRecipient { index, account }),
            9 | 10 => (who, Action::AcceptRecipient { index }),
            _ => (
                who,
                Action::BurnConverted {
                    tokens: TokenAmount::new(U256::from(7)),
                },
            ),
        }
    }

    fn wait(&mut self) {
        // Mostly none, so that auctions see several bids before they have fallen to the floor.
        let secs = match self.dice.below(24) {
            0..=17 => 0,
            18..=21 => self.dice.below(900),
            22 => self.dice.below(60_000),
            _ => self.dice.below(900_000),
        };
        self.system.advance(u64::try_from(secs).unwrap());
    }

    fn step(&mut self) {
        self.wait();
        let before = invariants::Floors::of(&self.system.model).unwrap();
        let (caller, action) = self.next_action();
        let theirs = send(&mut self.system, caller, &action);
        let ours = self.system.model.apply(caller, &action);
        self.counts.note(&action, ours.is_ok());
        self.invites = match &action {
            Action::Bid { .. } | Action::BurnLot if ours.is_ok() => Some(Follow::Bid),
            Action::Pause { .. } if ours.is_ok() => Some(Follow::Unpause),
            _ => None,
        };
        same_answer(&action, ours, theirs);
        self.same_state(&action);
        let after = invariants::Floors::of(&self.system.model).unwrap();
        invariants::floor_never_falls(&before, &after).unwrap();
        invariants::check_state(&self.system.model).unwrap();
    }

    /// Everything that the contracts show, against the model.
    fn same_state(&mut self, action: &Action) {
        let at = self.system.model.addresses();
        let mut shown = vec![
            self.system
                .read(at.token, &AccrualToken::totalSupplyCall {}),
            self.system.read(at.token, &AccrualToken::claimsCall {}),
            self.system.read(at.reserve, &Reserve::lockedCall {}),
            self.system.read(at.reserve, &Reserve::loanCountCall {}),
            self.system.read(at.reserve, &Reserve::pausedUntilCall {}),
        ];
        let model = &self.system.model;
        let paused = model.paused_until().unwrap().map_or(0, |until| until.get());
        let mut expected = vec![
            model.token().total_supply().get(),
            model.token().claims().unwrap().get(),
            model.reserve().book().locked.get(),
            U256::from(model.reserve().book().loan_count),
            U256::from(paused),
        ];
        let fees = model.token().fees(model.now());
        expected.extend([fees.0.word(), fees.1.word()]);
        let fees = self.system.read(at.token, &AccrualToken::feesCall {});
        shown.extend([fees.buyBps, fees.sellBps]);
        self.balances(&mut shown, &mut expected);
        if self.shape.taxed {
            self.auction(&mut shown, &mut expected);
        }
        self.loans(&mut shown, &mut expected);
        self.compared += shown.len();
        assert_eq!(shown, expected, "after {action:?}");
    }

    fn balances(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let at = self.system.model.addresses();
        let extra = [
            ISSUER,
            CREATOR,
            GUARDIAN,
            DEAD,
            at.token,
            at.reserve,
            at.converter,
            at.launchpad,
        ];
        let holders = [USERS.as_slice(), &extra, self.system.pool.as_slice()].concat();
        for index in 0..self.system.assets.len() {
            let asset = self.system.assets[index];
            let view = self.system.read(
                at.reserve,
                &Reserve::assetAtCall {
                    index: U256::from(index),
                },
            );
            shown.extend([view.cash, view.lent, view.streaming]);
            let state = self.system.model.asset_at(index).unwrap();
            let streaming = state
                .streaming(self.system.model.reserve().terms.drip_secs)
                .unwrap();
            expected.extend([state.cash.get(), state.lent.get(), streaming.get()]);
            for holder in &holders {
                shown.push(
                    self.system
                        .read(asset, &Erc20::balanceOfCall { account: *holder }),
                );
                expected.push(
                    self.system
                        .model
                        .holdings(index)
                        .unwrap()
                        .balance_of(*holder),
                );
            }
        }
        for holder in holders {
            shown.push(
                self.system
                    .read(at.token, &Erc20::balanceOfCall { account: holder }),
            );
            expected.push(self.system.model.token().balance_of(holder).get());
        }
    }

    fn auction(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let to = self.system.model.addresses().converter;
        let set_aside = self.system.read(to, &Converter::forLiquidityCall {});
        let last = self.system.read(to, &Converter::lastLotCall {});
        shown.push(self.system.read(to, &Converter::multipleCall {}));
        shown.extend([set_aside.tokens, set_aside.assets, last.paid, last.soldAt]);
        let account = CREATOR;
        for asset in 0..self.system.assets.len() {
            shown.push(self.system.read(
                to,
                &Converter::owedCall {
                    account,
                    asset: U256::from(asset),
                },
            ));
        }
        let model = &self.system.model;
        let converter = model.converter().unwrap();
        expected.push(converter.multiple(model.now()).unwrap().get());
        let (tokens, assets) = converter.for_liquidity();
        let (paid, sold_at) = converter
            .last_lot()
            .map_or((U256::ZERO, 0), |lot| (lot.paid.get(), lot.sold_at.get()));
        expected.extend([tokens.get(), assets.get(), paid, U256::from(sold_at)]);
        expected.extend(
            (0..self.system.assets.len()).map(|asset| converter.owed(account, asset).get()),
        );
    }

    /// One loan a step, in turn.
    fn loans(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let open: Vec<_> = self
            .system
            .model
            .reserve()
            .book()
            .loans
            .keys()
            .copied()
            .collect();
        if open.is_empty() {
            return;
        }
        let id = self.dice.pick(&open);
        let to = self.system.model.addresses().reserve;
        let theirs = self
            .system
            .read(to, &Reserve::loanCall { loanId: id.word() });
        let ours = self.system.model.loan(id).unwrap();
        assert_eq!(theirs.borrower, ours.borrower);
        shown.extend([theirs.collateral, theirs.deadline, theirs.graceEnd]);
        shown.extend(theirs.principal);
        expected.extend([
            ours.collateral.get(),
            U256::from(ours.deadline.get()),
            U256::from(ours.grace_end.get()),
        ]);
        expected.extend(ours.principal.iter().map(|principal| principal.get()));
    }
}

/// Runs a trace and insists that every action named really happened.
fn run(shape: Shape, seed: u64, must_happen: &[&str]) {
    let mut trace = Trace {
        system: System::launch(shape),
        shape,
        dice: Dice(seed),
        counts: Counts::default(),
        compared: 0,
        invites: None,
    };
    for user in USERS {
        let amount = TokenAmount::new(trace.tokens_of(ISSUER) / U256::from(6));
        let give = Action::Transfer { to: user, amount };
        let theirs = send(&mut trace.system, ISSUER, &give);
        same_answer(&give, trace.system.model.apply(ISSUER, &give), theirs);
    }
    for _ in 0..steps() {
        trace.step();
    }
    println!(
        "seed {seed:#x}: {} steps, {} figures compared",
        steps(),
        trace.compared
    );
    for (name, (good, bad)) in &trace.counts.0 {
        println!("  {name}: {good} succeeded, {bad} refused");
    }
    for name in must_happen {
        let succeeded = trace.counts.0.get(*name).map_or(0, |(good, _)| *good);
        assert!(
            succeeded > 0,
            "{name} never succeeded in the trace of seed {seed:#x}"
        );
    }
}

const EVERYWHERE: [&str; 14] = [
    "Transfer",
    "Burn",
    "Borrow",
    "Repay",
    "Extend",
    "ExtendByBurn",
    "Foreclose",
    "Donate",
    "Send",
    "Sync",
    "FlashLoan",
    "Pause",
    "Unpause",
    "SetGuardian",
];

#[test]
fn a_taxed_token_of_one_asset_equals_the_model() {
    let shape = Shape {
        decimals: &[18],
        taxed: true,
        redeemable: true,
        liquidity_bps: 2_000,
    };
    let taxed = [
        "Redeem",
        "Bid",
        "BurnLot",
        "Claim",
        "Allocate",
        "SetFees",
        "ProposeRecipient",
        "AcceptRecipient",
    ];
    run(
        shape,
        0x5eed_0001,
        &[EVERYWHERE.as_slice(), &taxed, &["RegisterPool"]].concat(),
    );
}

#[test]
fn a_taxed_token_of_three_assets_equals_the_model() {
    let shape = Shape {
        decimals: &[6, 18, 0],
        taxed: true,
        redeemable: true,
        liquidity_bps: 0,
    };
    run(
        shape,
        0x5eed_0002,
        &[
            EVERYWHERE.as_slice(),
            &["Redeem", "Bid", "BurnLot", "Claim"],
        ]
        .concat(),
    );
}

#[test]
fn a_plain_token_of_two_assets_equals_the_model() {
    let shape = Shape {
        decimals: &[24, 8],
        taxed: false,
        redeemable: true,
        liquidity_bps: 0,
    };
    run(
        shape,
        0x5eed_0003,
        &[EVERYWHERE.as_slice(), &["Redeem"]].concat(),
    );
}

#[test]
fn a_token_without_redemption_equals_the_model() {
    let shape = Shape {
        decimals: &[18],
        taxed: true,
        redeemable: false,
        liquidity_bps: 3_000,
    };
    run(
        shape,
        0x5eed_0004,
        &[EVERYWHERE.as_slice(), &["Bid", "BurnLot"]].concat(),
    );
}
