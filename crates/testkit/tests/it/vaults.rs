//! The packed vault book and its plain model, step by step on random traces.
//!
//! Both sides do the same action; both succeed with the same result and the same events, or both refuse with the
//! same error and the same values. After every step everything that the contract shows is held against the model.

use std::collections::BTreeMap;

use alloy::primitives::{Address, I256, U256};
use alloy::sol_types::{SolCall, SolEventInterface};
use ballast_bindings::book::VaultBook as Contract;
use ballast_bindings::book::VaultBook::VaultBookEvents;
use ballast_bindings::peers::Erc20;
use ballast_bindings::{RevertError, decode_revert};
use ballast_chain::evm::{EvmError, Executed};
use ballast_model::vaults::{
    PEG_MARKET, VaultAction, VaultError, VaultEvent, VaultOutcome, invariants,
};
use ballast_types::{AssetAmount, Norm, Price, Seconds, Timestamp, TokenAmount, WAD, Wad};

use crate::vault_outcomes::{MUST_BE_REFUSED, MUST_HAPPEN, outcomes};
use crate::vault_player::{BACKSTOP, GOVERNOR, Move, OWNERS, Player, Shape, setting};
use crate::vault_system::{VaultSystem, terms_of};

/// Actions of one trace: `VAULT_STEPS`, or what the specification asks for.
fn steps() -> u64 {
    setting("VAULT_STEPS", 10_000)
}

struct Trace {
    system: VaultSystem,
    player: Player,
    happened: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
    compared: usize,
}

fn index(word: U256) -> usize {
    if word == U256::MAX {
        return PEG_MARKET;
    }
    usize::try_from(word).unwrap()
}

/// An event of the book as the model tells it; `None` for those of the token.
fn told(event: VaultBookEvents) -> Option<VaultEvent> {
    let (tokens, assets) = (TokenAmount::new, AssetAmount::new);
    Some(match event {
        VaultBookEvents::Adjusted(event) => VaultEvent::Adjusted {
            market: index(event.market),
            owner: event.owner,
            collateral: event.collateral,
            debt: event.debt,
            norm: event.norm,
        },
        VaultBookEvents::Taken(event) => VaultEvent::Taken {
            market: index(event.market),
            owner: event.owner,
            taker: event.taker,
            paid: tokens(event.paid),
            collateral: assets(event.collateral),
            norm: Norm::new(event.norm),
            deficit: tokens(event.deficit),
        },
        VaultBookEvents::Redeemed(event) => VaultEvent::Redeemed {
            market: index(event.market),
            owner: event.owner,
            redeemer: event.redeemer,
            burned: tokens(event.burned),
            collateral: assets(event.collateral),
            norm: Norm::new(event.norm),
            fee: Wad::new(event.fee),
        },
        VaultBookEvents::Flagged(event) => VaultEvent::Flagged {
            market: index(event.market),
            owner: event.owner,
        },
        VaultBookEvents::Unflagged(event) => VaultEvent::Unflagged {
            market: index(event.market),
            owner: event.owner,
        },
        VaultBookEvents::Booked(event) => VaultEvent::Booked {
            market: index(event.market),
            owner: event.owner,
            norm: Norm::new(event.norm),
            deficit: tokens(event.deficit),
        },
        VaultBookEvents::Covered(event) => VaultEvent::Covered {
            market: index(event.market),
            payer: event.payer,
            amount: tokens(event.amount),
        },
        VaultBookEvents::Collected(event) => VaultEvent::Collected {
            minted: tokens(event.minted),
            sent: tokens(event.sent),
        },
        other => return told_of_limits(other),
    })
}

/// The events of governor, rate controller, peg module and operators.
fn told_of_limits(event: VaultBookEvents) -> Option<VaultEvent> {
    let tokens = TokenAmount::new;
    Some(match event {
        VaultBookEvents::CeilingSet(event) => VaultEvent::CeilingSet {
            market: index(event.market),
            ceiling: tokens(event.ceiling),
        },
        VaultBookEvents::MintLimitSet(event) => VaultEvent::MintLimitSet {
            market: index(event.market),
            mint_limit: tokens(event.mintLimit),
        },
        VaultBookEvents::RateSet(event) => VaultEvent::RateSet {
            market: index(event.market),
            rate: Wad::new(event.rate),
            index: Wad::new(event.index),
        },
        VaultBookEvents::NewDebtStopped(event) => VaultEvent::NewDebtStopped {
            until: Timestamp::new(event.until.to()),
        },
        VaultBookEvents::OperatorSet(event) => VaultEvent::OperatorSet {
            owner: event.owner,
            operator: event.operator,
            allowed: event.allowed,
        },
        VaultBookEvents::PegMoved(event) => VaultEvent::PegMoved {
            ledger: event.ledger,
            deficit: event.deficit,
        },
        _ => return None,
    })
}

/// Return values, where the function has any.
fn same_result(action: &VaultAction, outcome: VaultOutcome, executed: &Executed) {
    let output = &executed.output;
    let amounts = |words: &[U256]| {
        let shown: Vec<_> = output.chunks(32).map(U256::from_be_slice).collect();
        assert_eq!(shown, words, "{action:?}");
    };
    match outcome {
        VaultOutcome::Done if matches!(action, VaultAction::Send { .. }) => {}
        VaultOutcome::Done => {
            assert!(output.is_empty() || output.len() == 32, "{action:?}");
        }
        VaultOutcome::Adjusted { collateral, debt } => {
            amounts(&[collateral.into_raw(), debt.into_raw()]);
        }
        VaultOutcome::Taken { paid, collateral } => amounts(&[paid.get(), collateral.get()]),
        VaultOutcome::Flagged { running } => {
            let shown = Contract::flagCall::abi_decode_returns(output).unwrap();
            assert_eq!(shown, running, "{action:?}");
        }
        VaultOutcome::Redeemed { burned, collateral } => {
            amounts(&[burned.get(), collateral.get()]);
        }
        VaultOutcome::Collected { minted } => amounts(&[minted.get()]),
        VaultOutcome::Booked { deficit } => amounts(&[deficit.get()]),
        VaultOutcome::Covered { covered } => amounts(&[covered.get()]),
        VaultOutcome::MarketCreated { market } => amounts(&[U256::from(market)]),
        VaultOutcome::PegBurned { worth } => amounts(&[worth.get()]),
    }
}

/// Both refused with the same error and values.
fn same_error(action: &VaultAction, error: &VaultError, data: &[u8]) {
    let (name, values) = match decode_revert(data) {
        RevertError::Custom(custom) => (
            custom.name,
            custom.fields.into_iter().map(|field| field.value).collect(),
        ),
        RevertError::Panic { code, .. } => ("Panic".to_owned(), vec![code.to_string()]),
        other => panic!("{action:?}: model {error:?}, contract {other:?}"),
    };
    let ours = (error.name().to_owned(), error.values());
    assert_eq!(ours, (name, values), "{action:?}");
}

impl Trace {
    fn act(&mut self, caller: Address, action: &VaultAction) {
        let before = self.system.model.clone();
        let theirs = self.system.send(caller, action);
        let ours = self.system.model.apply(caller, action);
        match (ours, theirs) {
            (Ok(outcome), Ok(executed)) => {
                same_result(action, outcome, &executed);
                self.same_events(action, &executed);
                for name in outcomes(&before, &self.system.model, action) {
                    *self.happened.entry(name).or_default() += 1;
                }
            }
            (Err(error), Err(EvmError::Reverted { data })) => {
                same_error(action, &error, &data);
                *self.refused.entry(error.name()).or_default() += 1;
            }
            (ours, theirs) => panic!("{action:?}: model {ours:?}, contract {theirs:?}"),
        }
        self.same_state(action);
        invariants::check_state(&self.system.model).unwrap();
    }

    fn same_events(&mut self, action: &VaultAction, executed: &Executed) {
        let book = self.system.book;
        let own = executed.logs.iter().filter(|log| log.address == book);
        let shown: Vec<_> = own
            .filter_map(|log| told(VaultBookEvents::decode_log(log).unwrap().data))
            .collect();
        self.compared += shown.len();
        assert_eq!(shown, self.system.model.events(), "{action:?}");
    }

    /// Everything that the contract shows, against the model.
    fn same_state(&mut self, action: &VaultAction) {
        let (mut shown, mut expected) = (Vec::new(), Vec::new());
        self.sums(&mut shown, &mut expected);
        for market in 0..self.system.model.market_count() {
            self.market(market, &mut shown, &mut expected);
            self.vaults(market, &mut shown, &mut expected);
        }
        self.balances(&mut shown, &mut expected);
        self.grants(&mut shown, &mut expected);
        self.compared += shown.len();
        assert_eq!(shown, expected, "after {action:?}");
    }

    fn sums(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let book = self.system.book;
        let totals = self.system.read(book, &Contract::totalsCall {});
        let haircut = self.system.read(book, &Contract::haircutCall {});
        shown.extend([totals.debt, totals.deficit, totals.pegLedger]);
        shown.extend([haircut.backing, haircut.supply]);
        let equity = self.system.read(book, &Contract::equityCall {});
        shown.extend([
            equity.into_raw(),
            self.system.read(book, &Contract::totalSupplyCall {}),
            self.system.read(book, &Contract::stoppedUntilCall {}),
            self.system.read(book, &Contract::pegDeficitCall {}),
        ]);
        let model = &self.system.model;
        let (sums, (backing, supply)) = (model.sums(), model.haircut().unwrap());
        expected.extend([
            model.debt().unwrap().get(),
            sums.deficit.get(),
            sums.peg_ledger.get(),
            backing.get(),
            supply.get(),
            model.equity().unwrap().into_raw(),
            sums.supply.get(),
            U256::from(sums.stopped_until.get()),
            sums.peg_deficit.get(),
        ]);
    }

    fn market(&mut self, market: usize, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let call = Contract::marketOfCall {
            market: U256::from(market),
        };
        let view = self.system.read(self.system.book, &call);
        shown.extend([view.collateral, view.norm, view.index, view.rate, view.debt]);
        shown.extend([view.deficit, view.ceiling, view.mintLimit, view.mintable]);
        let now = self.system.model.now();
        let state = self.system.model.market(market).unwrap();
        expected.extend([
            state.collateral.get(),
            state.norm.get(),
            state.index_at(now).unwrap().get(),
            state.rate.get(),
            state.debt_at(now).unwrap().get(),
            state.deficit.get(),
            state.ceiling.get(),
            state.mint_limit.get(),
            state.mintable_at(now).unwrap().get(),
        ]);
    }

    fn vaults(&mut self, market: usize, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let book = self.system.book;
        for owner in OWNERS {
            let call = Contract::vaultOfCall {
                market: U256::from(market),
                owner,
            };
            let view = self.system.read(book, &call);
            shown.extend([view.collateral, view.norm, view.debt, view.flaggedAt]);
            let vault = self.system.model.vault(market, owner);
            expected.extend([
                vault.collateral.get(),
                vault.norm.get(),
                self.system.model.debt_of(market, owner).unwrap().get(),
                U256::from(vault.flagged_at.get()),
            ]);
        }
    }

    /// What everybody holds of the synthetic and of every collateral.
    fn balances(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let book = self.system.book;
        let holders = [OWNERS.as_slice(), &[BACKSTOP, GOVERNOR, book]].concat();
        let count = self.system.model.market_count();
        let assets = (0..count).map(|market| self.system.model.market(market).unwrap().terms);
        let assets: Vec<_> = assets.map(|terms| terms.collateral).collect();
        for account in holders {
            let call = Erc20::balanceOfCall { account };
            shown.push(self.system.read(book, &call));
            expected.push(self.system.model.balance_of(account).get());
            for asset in &assets {
                shown.push(self.system.read(*asset, &call));
                expected.push(self.system.model.asset_of(*asset, account).get());
            }
        }
    }

    /// Of one pair of accounts a step, what one lets the other do.
    fn grants(&mut self, shown: &mut Vec<U256>, expected: &mut Vec<U256>) {
        let (owner, other) = (
            self.player.dice.pick(&OWNERS),
            self.player.dice.pick(&OWNERS),
        );
        let book = self.system.book;
        let call = Contract::isOperatorCall {
            owner,
            operator: other,
        };
        shown.push(U256::from(self.system.read(book, &call)));
        let call = Contract::allowanceCall {
            owner,
            spender: other,
        };
        shown.push(self.system.read(book, &call));
        let model = &self.system.model;
        expected.push(U256::from(model.is_operator(owner, other)));
        expected.push(model.allowance(owner, other));
    }
}

impl Trace {
    fn new(shapes: &[Shape], seed: u64) -> Self {
        let player = Player::new(seed, shapes);
        Self {
            system: VaultSystem::launch(shapes, &player),
            player,
            happened: BTreeMap::new(),
            refused: BTreeMap::new(),
            compared: 0,
        }
    }
}

/// V21: find a call after which the packed book is not what the plain rules say, on random traces of ten thousand
/// actions.
///
/// Runs a trace and insists that everything happened and that every error was met.
fn run(shapes: &[Shape], seed: u64, except: &[&str]) {
    let mut trace = Trace::new(shapes, seed);
    for market in 0..shapes.len() {
        let call = Contract::termsOfCall {
            market: U256::from(market),
        };
        let shown = trace.system.read(trace.system.book, &call);
        let terms = trace.system.model.market(market).unwrap().terms;
        assert_eq!(shown, terms_of(&terms));
    }
    let mut done = 0;
    while done < steps() {
        match trace.player.next(&trace.system.model) {
            Move::Wait(secs) => trace.system.advance(secs),
            Move::Reprice(market, price) => trace.system.reprice(market, price),
            Move::PegWorth(worth) => trace.system.set_peg_worth(worth),
            Move::Act(caller, action) => {
                trace.act(caller, &action);
                done += 1;
            }
        }
    }
    println!(
        "seed {seed:#x}: {done} actions, {} figures compared",
        trace.compared
    );
    for (name, count) in &trace.happened {
        println!("  {name}: {count}");
    }
    for (name, count) in &trace.refused {
        println!("  refused with {name}: {count}");
    }
    for name in MUST_HAPPEN.iter().filter(|name| !except.contains(name)) {
        let count = trace.happened.get(name);
        assert!(count.is_some(), "{name} never happened, seed {seed:#x}");
    }
    for name in MUST_BE_REFUSED.iter().filter(|name| !except.contains(name)) {
        let count = trace.refused.get(name);
        assert!(count.is_some(), "{name} was never met, seed {seed:#x}");
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
fn v21_two_markets_of_18_and_6_decimals_with_interest_equal_the_model() {
    let six = Shape {
        decimals: 6,
        price_exponent: 0,
        efficient: false,
        ..EIGHTEEN
    };
    run(&[EIGHTEEN, six], 0x5eed_0021, &[]);
}

#[test]
fn v21_a_market_of_8_decimals_without_interest_equals_the_model() {
    let eight = Shape {
        decimals: 8,
        price_exponent: 5,
        interest: false,
        ..EIGHTEEN
    };
    let without = [
        "interest is minted",
        "surplus pays a deficit",
        "surplus is sent",
    ];
    run(&[eight], 0x5eed_0022, &without);
}

#[test]
fn v21_a_market_at_a_price_of_1e_minus_12_equals_the_model() {
    let cheap = Shape {
        price_exponent: -12,
        wealth: 500,
        ..EIGHTEEN
    };
    run(&[cheap], 0x5eed_0023, &[]);
}

#[test]
fn v21_a_market_at_a_price_of_1e12_with_6_decimals_equals_the_model() {
    let dear = Shape {
        decimals: 6,
        price_exponent: 12,
        efficient: false,
        wealth: 50_000_000,
        ..EIGHTEEN
    };
    run(&[dear], 0x5eed_0024, &[]);
}

/// A solvent vault is taken at each age at which the auction's price bends, and a second before and after it.
#[test]
fn v21_takes_at_every_bend_of_the_clock_equal_the_model() {
    let ramp = EIGHTEEN.terms(Address::ZERO, Address::ZERO).ramp_secs.get();
    for bend in [ramp, 4 * ramp, 600, 375, 405] {
        for age in [bend - 1, bend, bend + 1] {
            let mut trace = Trace::new(&[EIGHTEEN], 1);
            let (value, debt) = (EIGHTEEN.worth(100_000), U256::from(75_000) * WAD);
            for owner in [OWNERS[0], OWNERS[1]] {
                let open = VaultAction::Adjust {
                    market: 0,
                    owner,
                    collateral: I256::try_from(value).unwrap(),
                    debt: I256::try_from(debt).unwrap(),
                    to: owner,
                };
                trace.act(owner, &open);
            }
            let mut price = trace.player.first_price(0);
            let mid = price.mid.get() * U256::from(85) / U256::from(100);
            (price.low, price.mid, price.high) =
                (Price::new(mid), Price::new(mid), Price::new(mid));
            trace.system.reprice(0, price);
            let (market, owner) = (0, OWNERS[0]);
            trace.act(OWNERS[1], &VaultAction::Flag { market, owner });
            trace.system.advance(Seconds::new(age));
            let take = VaultAction::Take {
                market,
                owners: vec![owner],
                max_paid: TokenAmount::new(debt),
                min_collateral: AssetAmount::ZERO,
            };
            trace.act(OWNERS[1], &take);
            assert!(trace.happened.keys().any(|name| name.starts_with("take")));
        }
    }
}
