//! Cases for the explorer's calculators, from the contracts themselves.
//!
//! Random launches are played on an EVM of our own; what each call was told, what the reserve held before and after
//! it, and what its event said are written to `web/test/vectors`, where the explorer's own arithmetic is held against
//! them to the last unit. The folder is compared here; `BALLAST_WRITE_VECTORS=1` writes it.

#![allow(non_snake_case)] // The fields of the bindings have Solidity's names.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::converter::Converter;
use ballast_bindings::decode_revert;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::Erc20;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::evm::{Evm, EvmError, Executed};
use ballast_testkit::repository_root;
use serde_json::{Value, json};

use crate::system::{GENESIS, ISSUER, USERS, approve, deploy_launchpad, mint, new_asset};

const WORLDS: u64 = 24;
const STEPS: usize = 60;
/// At most this many cases of a kind from one launch, so that no kind crowds out the others.
const CASES_PER_KIND: usize = 6;
const MAX_ASSET_AMOUNT: U256 = U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]);
const DECIMALS: [&[u8]; 8] = [
    &[18],
    &[6],
    &[18, 6],
    &[8, 0, 24],
    &[6, 6, 18, 2],
    &[24],
    &[0],
    &[18, 8, 6, 18, 2, 0, 24, 6],
];

/// A small generator, so that a case is its seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.roll() >> 24) % bound
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// A number of a random size between `least` and `most`: tiny as often as huge.
    fn magnitude(&mut self, least: U256, most: U256) -> U256 {
        let bits = most.bit_len().max(1);
        let size = self.between(1, u64::try_from(bits).unwrap());
        let limbs = [self.roll(), self.roll(), self.roll(), self.roll()];
        let value = U256::from_limbs(limbs) >> (256 - usize::try_from(size).unwrap());
        value.clamp(least, most)
    }

    /// One, all of it, or a part of it.
    fn part(&mut self, most: U256) -> U256 {
        match self.below(8) {
            0 => U256::from(1).min(most),
            1 => most,
            _ => most * U256::from(self.between(1, 9_999)) / U256::from(10_000),
        }
    }
}

struct Launch {
    evm: Evm,
    now: u64,
    dice: Dice,
    assets: Vec<Address>,
    decimals: &'static [u8],
    terms: Launchpad::Terms,
    made: Launchpad::Launched,
    loans: Vec<U256>,
    /// What the auction did, for replaying its multiple.
    auction: Vec<Value>,
    start_multiple: U256,
}

/// Terms at random, each within its bounds.
fn terms(dice: &mut Dice) -> Launchpad::Terms {
    let redeem_fee = dice.between(0, 1_000);
    let ltv = dice.between(1, (10_000 - redeem_fee).min(9_900));
    let term_fee = dice.between(0, (100_000_000 / ltv - 10_000).min(1_000));
    let word = |value: u64| u16::try_from(value).unwrap();
    let secs = |value: u64| u32::try_from(value).unwrap();
    Launchpad::Terms {
        redeemable: true,
        redeemFeeBps: word(redeem_fee),
        ltvBps: word(ltv),
        termFeeBps: word(term_fee),
        flashFeeBps: 8,
        termSecs: secs(dice.between(3_600, 365 * 86_400)),
        graceSecs: secs(dice.between(3_600, 90 * 86_400)),
        dripSecs: secs(dice.between(3_600, 30 * 86_400)),
    }
}

fn fees(dice: &mut Dice) -> Launchpad::FeeParams {
    let burn = dice.between(0, 9_000);
    Launchpad::FeeParams {
        maxBuyBps: 1_000,
        maxSellBps: 1_000,
        buyBps: 300,
        sellBps: 1_000,
        startMultiple: U256::from(dice.between(1_000, 2_000_000))
            * U256::from(10).pow(U256::from(15)),
        split: Launchpad::Split {
            reserveBps: u16::try_from(10_000 - burn).unwrap(),
            burnBps: u16::try_from(burn).unwrap(),
            liquidityBps: 0,
            recipients: vec![],
        },
    }
}

impl Launch {
    fn new(world: u64) -> Self {
        let mut dice =
            Dice(0x9E37_79B9_7F4A_7C15 ^ (world + 1).wrapping_mul(0xD1B5_4A32_D192_ED03));
        let mut evm = Evm::new(GENESIS);
        let (launchpad, _) = deploy_launchpad(&mut evm);
        let decimals = DECIMALS[usize::try_from(world).unwrap() % DECIMALS.len()];
        let assets: Vec<_> = decimals
            .iter()
            .map(|one| new_asset(&mut evm, *one))
            .collect();
        let most = U256::from(5) * U256::from(10).pow(U256::from(36));
        let supply = dice.magnitude(U256::from(2_000_000), most);
        let pool_tokens = (supply / U256::from(4)).min(MAX_ASSET_AMOUNT / U256::from(1 << 20));
        let pool_assets = dice.magnitude(U256::from(2_000_000), MAX_ASSET_AMOUNT >> 20);
        let room = MAX_ASSET_AMOUNT >> 4;
        let seeds: Vec<_> = decimals
            .iter()
            .map(|one| dice.magnitude(U256::from(10).pow(U256::from((*one).min(4))), room))
            .collect();
        for asset in &assets {
            mint(&mut evm, *asset, ISSUER, MAX_ASSET_AMOUNT * U256::from(4));
            mint(&mut evm, *asset, USERS[0], MAX_ASSET_AMOUNT * U256::from(4));
            approve(&mut evm, *asset, ISSUER, launchpad);
        }
        let (terms, fees) = (terms(&mut dice), fees(&mut dice));
        let start_multiple = fees.startMultiple;
        let params = Launchpad::LaunchParams {
            name: "Harbour".to_owned(),
            symbol: "HRB".to_owned(),
            supply,
            owner: ISSUER,
            guardian: Address::ZERO,
            assets: assets.clone(),
            seeds,
            terms: terms.clone(),
            path: 1,
            pool: Launchpad::PoolParams {
                tokens: pool_tokens,
                assets: pool_assets,
                lockUntil: U256::MAX,
            },
            fees,
            salt: B256::ZERO,
        };
        let call = Launchpad::launchCall { params };
        let output = evm
            .send(ISSUER, launchpad, call.abi_encode().into())
            .unwrap()
            .output;
        let made = Launchpad::launchCall::abi_decode_returns(&output).unwrap();
        for asset in &assets {
            for who in [ISSUER, USERS[0]] {
                approve(&mut evm, *asset, who, made.reserve);
                approve(&mut evm, *asset, who, made.converter);
            }
        }
        let mut launch = Self {
            evm,
            now: GENESIS,
            dice,
            assets,
            decimals,
            terms,
            made,
            loans: vec![],
            auction: vec![],
            start_multiple,
        };
        let share = launch.balance(ISSUER) / U256::from(3);
        launch.transfer(ISSUER, USERS[0], share);
        launch
    }

    fn read<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let output = self.evm.view(ISSUER, to, call.abi_encode().into()).unwrap();
        C::abi_decode_returns(&output).unwrap()
    }

    fn balance(&mut self, account: Address) -> U256 {
        self.read(self.made.token, &Erc20::balanceOfCall { account })
    }

    fn transfer(&mut self, from: Address, to: Address, amount: U256) {
        let call = AccrualToken::transferCall { to, amount };
        self.evm
            .send(from, self.made.token, call.abi_encode().into())
            .unwrap();
    }

    fn pass(&mut self, secs: u64) {
        self.now += secs;
        self.evm.set_time(self.now);
    }

    fn someone(&mut self) -> Address {
        if self.dice.below(2) == 0 {
            ISSUER
        } else {
            USERS[0]
        }
    }

    /// The whole ledger as its views show it at this second.
    fn ledger(&mut self) -> Value {
        let reserve = self.made.reserve;
        let backing = self.read(reserve, &Reserve::backingCall {});
        let locked = self.read(reserve, &Reserve::lockedCall {});
        let mut rows = Vec::new();
        for index in 0..self.assets.len() {
            let index = U256::from(index);
            let asset = self.read(reserve, &Reserve::assetAtCall { index });
            let coverage = self.read(reserve, &Reserve::freeHolderCoverageCall { index });
            rows.push(json!({
                "cash": text(asset.cash), "lent": text(asset.lent), "streaming": text(asset.streaming),
                "coverage": text(coverage),
            }));
        }
        json!({ "claims": text(backing.claimsNow), "locked": text(locked), "assets": rows })
    }

    fn loan(&mut self, loanId: U256) -> Option<Reserve::LoanView> {
        let call = Reserve::loanCall { loanId };
        let output = self
            .evm
            .view(ISSUER, self.made.reserve, call.abi_encode().into())
            .ok()?;
        Reserve::loanCall::abi_decode_returns(&output).ok()
    }

    fn call<C: SolCall>(&mut self, who: Address, to: Address, call: &C) -> Result<Executed, Value> {
        self.evm
            .send(who, to, call.abi_encode().into())
            .map_err(|error| match error {
                EvmError::Reverted { data } => {
                    let decoded = decode_revert(&data);
                    let custom = decoded
                        .custom()
                        .unwrap_or_else(|| panic!("no custom error: {decoded}"));
                    let fields: BTreeMap<_, _> = custom
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), field.value.clone()))
                        .collect();
                    json!({ "error": custom.name, "fields": fields })
                }
                other => panic!("{other}"),
            })
    }

    fn common(&self) -> Value {
        json!({
            "decimals": self.decimals, "time": self.now,
            "terms": {
                "redeemFeeBps": self.terms.redeemFeeBps, "ltvBps": self.terms.ltvBps,
                "termFeeBps": self.terms.termFeeBps, "termSecs": self.terms.termSecs,
                "graceSecs": self.terms.graceSecs,
            },
        })
    }
}

fn text(value: U256) -> String {
    value.to_string()
}

fn texts(values: &[U256]) -> Vec<String> {
    values.iter().copied().map(text).collect()
}

fn event<E: SolEvent>(done: &Executed) -> E {
    let mut logs = done.logs.iter();
    logs.find_map(|log| E::decode_log(log).ok())
        .expect("the event")
        .data
}

/// Cases by kind, each an object that begins with what they have in common.
#[derive(Default)]
struct Cases(BTreeMap<&'static str, Vec<Value>>);

impl Cases {
    fn add(&mut self, kind: &'static str, launch: &Launch, rest: Value) {
        let mut case = launch.common();
        let (case_map, rest) = (case.as_object_mut().unwrap(), rest);
        for (key, value) in rest.as_object().unwrap() {
            case_map.insert(key.clone(), value.clone());
        }
        self.0.entry(kind).or_default().push(case);
    }
}

impl Launch {
    fn redeem(&mut self, cases: &mut Cases) {
        let who = self.someone();
        let held = self.balance(who);
        let tokens = self.dice.part(held) / U256::from(if self.dice.below(4) == 0 { 1 } else { 8 });
        let all = (1_u64 << self.assets.len()) - 1;
        let forgo = U256::from(if self.dice.below(3) == 0 {
            self.dice.below(all)
        } else {
            0
        });
        let before = self.ledger();
        let call = Reserve::redeemCall {
            tokens,
            forgo,
            to: who,
            unwrap: false,
        };
        let Ok(done) = self.call(who, self.made.reserve, &call) else {
            return;
        };
        let said: Reserve::Redeemed = event(&done);
        let after = self.ledger();
        let rest = json!({
            "before": before, "tokens": text(tokens), "forgo": text(forgo),
            "paid": texts(&said.paid), "fees": texts(&said.fees), "after": after,
        });
        cases.add("redeem", self, rest);
    }

    fn borrow(&mut self, cases: &mut Cases) {
        let who = self.someone();
        let held = self.balance(who).min(MAX_ASSET_AMOUNT);
        let collateral = self.dice.part(held) / U256::from(3);
        if collateral.is_zero() {
            return;
        }
        let before = self.ledger();
        let most = self.read(self.made.reserve, &Reserve::maxBorrowCall { collateral });
        let one_too_many = self.dice.below(8) == 0;
        let principal: Vec<U256> = most
            .iter()
            .map(|most| match self.dice.below(4) {
                0 => U256::ZERO,
                1 => *most,
                _ => self.dice.part(*most),
            })
            .collect();
        let principal = if one_too_many {
            most.iter().map(|most| *most + U256::from(1)).collect()
        } else {
            principal
        };
        let call = Reserve::borrowCall {
            collateral,
            principal: principal.clone(),
            to: who,
            unwrap: false,
        };
        let told = json!({
            "before": before, "collateral": text(collateral), "most": texts(&most), "principal": texts(&principal),
        });
        match self.call(who, self.made.reserve, &call) {
            Ok(done) => {
                let said: Reserve::Borrowed = event(&done);
                self.loans.push(said.loanId);
                let view = self.loan(said.loanId).expect("it was just opened");
                let result = json!({
                    "fees": texts(&said.fees), "deadline": text(said.deadline), "graceEnd": text(view.graceEnd),
                    "after": self.ledger(),
                });
                cases.add("borrow", self, merged(told, &result));
            }
            Err(refused) => cases.add("borrow", self, merged(told, &json!({ "refused": refused }))),
        }
    }

    fn pick_loan(&mut self) -> Option<(U256, Reserve::LoanView)> {
        let count = u64::try_from(self.loans.len()).unwrap();
        let at = self.dice.below(count.max(1));
        let id = *self.loans.get(usize::try_from(at).unwrap())?;
        self.loan(id).map(|view| (id, view))
    }

    fn repay(&mut self, cases: &mut Cases) {
        let Some((loanId, view)) = self.pick_loan() else {
            return;
        };
        let amounts: Vec<U256> = view
            .principal
            .iter()
            .map(|owed| match self.dice.below(6) {
                0 => U256::ZERO,
                1 => U256::MAX,
                _ => self.dice.part(*owed),
            })
            .collect();
        let before = self.ledger();
        let call = Reserve::repayCall {
            loanId,
            amounts: amounts.clone(),
        };
        let Ok(done) = self.call(USERS[0], self.made.reserve, &call) else {
            return;
        };
        let said: Reserve::Repaid = event(&done);
        let rest = json!({
            "before": before, "loan": shown(&view), "amounts": texts(&amounts),
            "taken": texts(&said.amounts), "released": text(said.released), "after": self.ledger(),
        });
        cases.add("repay", self, rest);
    }

    fn extend(&mut self, cases: &mut Cases, burning: bool) {
        let Some((loanId, view)) = self.pick_loan() else {
            return;
        };
        let told = json!({ "before": self.ledger(), "loan": shown(&view) });
        let (kind, outcome) = if burning {
            let call = Reserve::extendByBurnCall {
                loanId,
                maxBurn: U256::MAX,
            };
            (
                "extend_by_burn",
                self.call(view.borrower, self.made.reserve, &call),
            )
        } else {
            (
                "extend",
                self.call(USERS[0], self.made.reserve, &Reserve::extendCall { loanId }),
            )
        };
        let result = match outcome {
            Ok(done) if burning => {
                let said: Reserve::ExtendedByBurn = event(&done);
                json!({
                    "burned": text(said.burned), "streamed": texts(&said.streamed),
                    "deadline": text(said.deadline), "after": self.ledger(),
                })
            }
            Ok(done) => {
                let said: Reserve::Extended = event(&done);
                json!({ "fees": texts(&said.fees), "deadline": text(said.deadline), "after": self.ledger() })
            }
            Err(refused) => json!({ "refused": refused }),
        };
        cases.add(kind, self, merged(told, &result));
    }

    /// Extends one loan until the contract says that it is too far ahead, and keeps that answer.
    fn extend_too_far(&mut self, cases: &mut Cases) {
        let alive = |view: &Reserve::LoanView, now| view.graceEnd > U256::from(now);
        for id in self.loans.clone() {
            let Some(mut view) = self.loan(id).filter(|view| alive(view, self.now)) else {
                continue;
            };
            let call = Reserve::extendCall { loanId: id };
            for _ in 0..13 {
                let before = self.ledger();
                if let Err(refused) = self.call(USERS[0], self.made.reserve, &call) {
                    let rest =
                        json!({ "before": before, "loan": shown(&view), "refused": refused });
                    return cases.add("extend_too_far", self, rest);
                }
                view = self.loan(id).expect("it is open");
            }
        }
    }

    fn foreclose(&mut self, cases: &mut Cases) {
        let mut loans = Vec::new();
        let mut ids = Vec::new();
        for id in self.loans.clone() {
            if let Some(view) = self
                .loan(id)
                .filter(|view| view.graceEnd <= U256::from(self.now))
            {
                loans.push(shown(&view));
                ids.push(id);
            }
        }
        if ids.is_empty() {
            return;
        }
        let before = self.ledger();
        let call = Reserve::forecloseCall { loanIds: ids };
        let done = self
            .call(USERS[1], self.made.reserve, &call)
            .expect("their grace has ended");
        let surplus: Vec<_> = done
            .logs
            .iter()
            .filter_map(|log| Reserve::Foreclosed::decode_log(log).ok())
            .map(|said| texts(&said.surplus))
            .collect();
        let rest =
            json!({ "before": before, "loans": loans, "surplus": surplus, "after": self.ledger() });
        cases.add("foreclose", self, rest);
    }

    /// Sells tokens to the pool, so that their fee reaches the converter.
    fn feed(&mut self) {
        let who = self.someone();
        let amount = self.balance(who) / U256::from(16);
        self.transfer(who, self.made.pool, amount);
    }

    fn bid(&mut self, cases: &mut Cases) {
        let converter = self.made.converter;
        let lot = self.read(converter, &Converter::lotCall {});
        let for_sale = self.read(converter, &Converter::forSaleCall {});
        let tokens = self.dice.part(lot.min(for_sale));
        let multiple = self.read(converter, &Converter::multipleCall {});
        let amounts = self.read(converter, &Converter::quoteCall { tokens });
        // The first bid also burns what newly arrived, which raises the price of this very call: sort it first.
        self.call(ISSUER, converter, &Converter::allocateCall {})
            .expect("anybody may allocate");
        let before = self.ledger();
        let call = Converter::bidCall {
            tokens,
            maxPay: vec![U256::MAX; self.assets.len()],
            to: USERS[0],
        };
        let Ok(done) = self.call(USERS[0], converter, &call) else {
            return;
        };
        let said: Converter::Filled = event(&done);
        let after = self.read(converter, &Converter::multipleCall {});
        self.note_fill(tokens, multiple, after);
        let rest = json!({
            "before": before, "lot": text(lot), "tokens": text(tokens), "multiple": text(said.multiple),
            "paid": texts(&said.paid), "quotedBeforeAllocation": texts(&amounts),
        });
        cases.add("bid", self, rest);
    }

    fn burn_lot(&mut self) {
        let converter = self.made.converter;
        let before = self.read(converter, &Converter::multipleCall {});
        let Ok(done) = self.call(USERS[1], converter, &Converter::burnLotCall {}) else {
            return;
        };
        let said: Converter::LotBurned = event(&done);
        let after = self.read(converter, &Converter::multipleCall {});
        self.note_fill(said.tokens, before, after);
    }

    fn note_fill(&mut self, tokens: U256, before: U256, after: U256) {
        self.auction.push(json!({
            "time": self.now, "tokens": text(tokens), "before": text(before), "after": text(after),
        }));
    }

    fn wait(&mut self) {
        let secs = match self.dice.below(12) {
            0..=5 => 0,
            6..=8 => self.dice.below(900),
            9 => self.dice.below(u64::from(self.terms.dripSecs) * 2),
            10 => self.dice.below(u64::from(self.terms.termSecs)),
            _ => self.dice.below(u64::from(self.terms.graceSecs)),
        };
        self.pass(secs);
    }

    fn step(&mut self, cases: &mut Cases) {
        self.wait();
        match self.dice.below(16) {
            0 | 1 => self.redeem(cases),
            2..=5 => self.borrow(cases),
            6 | 7 => self.repay(cases),
            8 => self.extend(cases, false),
            9 | 10 => self.extend(cases, true),
            11 => self.foreclose(cases),
            12 => self.feed(),
            13 | 14 => self.bid(cases),
            _ => {
                self.burn_lot();
                self.bid(cases);
            }
        }
    }

    /// What remains is closed at the end of its grace, so that every launch shows a default.
    fn finish(&mut self, cases: &mut Cases) {
        self.extend_too_far(cases);
        let last = self
            .loans
            .clone()
            .into_iter()
            .filter_map(|id| self.loan(id))
            .map(|view| view.graceEnd)
            .max();
        if let Some(end) = last {
            let end = u64::try_from(end).unwrap();
            self.pass(end.saturating_sub(self.now));
            self.foreclose(cases);
        }
    }
}

fn merged(mut first: Value, second: &Value) -> Value {
    let map = first.as_object_mut().unwrap();
    for (key, value) in second.as_object().unwrap() {
        map.insert(key.clone(), value.clone());
    }
    first
}

fn shown(view: &Reserve::LoanView) -> Value {
    json!({
        "collateral": text(view.collateral), "principal": texts(&view.principal),
        "deadline": text(view.deadline), "graceEnd": text(view.graceEnd),
    })
}

/// One case a line, so that a change shows which cases changed.
fn file_of(cases: &[Value]) -> String {
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn played() -> BTreeMap<&'static str, Vec<Value>> {
    let mut all: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    for world in 0..WORLDS {
        let mut launch = Launch::new(world);
        let mut cases = Cases::default();
        launch.feed();
        // Before the price has come down to the floor, where nothing is sold.
        for _ in 0..4 {
            let secs = launch.dice.below(400);
            launch.pass(secs);
            launch.bid(&mut cases);
        }
        for _ in 0..STEPS {
            launch.step(&mut cases);
        }
        launch.finish(&mut cases);
        for (kind, found) in &mut cases.0 {
            found.truncate(CASES_PER_KIND);
            all.entry(kind).or_default().append(found);
        }
        let lot = launch.read(launch.made.converter, &Converter::lotCall {});
        let auction = json!({
            "startMultiple": text(launch.start_multiple), "genesis": GENESIS, "lot": text(lot),
            "fills": launch.auction.iter().take(CASES_PER_KIND).collect::<Vec<_>>(),
        });
        all.entry("auction").or_default().push(auction);
    }
    all
}

#[test]
fn the_explorers_vectors_are_what_the_contracts_do() {
    let folder = repository_root().join("web/test/vectors");
    let write = std::env::var_os("BALLAST_WRITE_VECTORS").is_some();
    let all = played();
    let mut total = 0;
    for (kind, cases) in &all {
        let (path, text) = (folder.join(format!("{kind}.json")), file_of(cases));
        println!("{kind}: {} cases", cases.len());
        total += cases.len();
        if write {
            std::fs::write(&path, text).unwrap();
            continue;
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{} differs: run with BALLAST_WRITE_VECTORS=1",
            path.display()
        );
    }
    assert!(total >= 300, "only {total} cases");
}
