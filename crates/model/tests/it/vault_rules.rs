//! Rules of the vault book with a boundary: the second, the amount, the person, the order.

use crate::vault_player::{BACKSTOP, Dice, GENESIS, GOVERNOR, OWNERS, params};
use alloy_primitives::{Address, I256, U256};
use ballast_model::vaults::convert::{debt_up, value_down};
use ballast_model::vaults::invariants::is_unhealthy;
use ballast_model::vaults::{
    MarketTerms, Position, PriceState, PriceView, STOP_MAX, Vault, VaultAction, VaultBook,
    VaultError, VaultOutcome, clock, clock_expiry, discount, redemption_fee, settle,
};
use ballast_types::{AssetAmount, Norm, Price, Seconds, Timestamp, TokenAmount, WAD, Wad};

const BOOK: Address = Address::with_last_byte(0xb0);
const PEG: Address = Address::with_last_byte(0xa3);
const COIN: Address = Address::with_last_byte(0x40);
const ALICE: Address = OWNERS[0];
const BOB: Address = OWNERS[1];
const CAROL: Address = OWNERS[2];

fn wad(parts: u64) -> Wad {
    Wad::new(WAD * U256::from(parts) / U256::from(10_000))
}

/// Whole units of the synthetic, and of the collateral.
fn whole(amount: u64) -> TokenAmount {
    TokenAmount::new(WAD * U256::from(amount))
}

fn coins(amount: u64) -> AssetAmount {
    AssetAmount::new(WAD * U256::from(amount))
}

/// A price of that many hundredths of the synthetic for a whole token, without a spread.
fn price(cents: u64) -> PriceView {
    let mid = Price::new(WAD * WAD * U256::from(cents) / U256::from(100));
    PriceView {
        low: mid,
        mid,
        high: mid,
        state: PriceState::Safe,
    }
}

fn terms() -> MarketTerms {
    MarketTerms {
        collateral: COIN,
        prices: Address::with_last_byte(0x3f),
        borrow_ltv: wad(7_500),
        min_debt: whole(100),
        mint_window_secs: Seconds::from_days(1),
        liq_ltv: wad(8_000),
        max_discount: wad(1_000),
        ramp_secs: Seconds::new(60),
        fee_min: wad(50),
        fee_slope: wad(200),
        rate_controller: GOVERNOR,
    }
}

/// A book with one market, a token at one synthetic each, and owners who hold a million of it.
fn book_at(rate: u64) -> VaultBook {
    let mut book = VaultBook::new(params(BOOK, PEG, 0));
    let create = VaultAction::CreateMarket {
        terms: Box::new(terms()),
        ceiling: whole(10_000_000),
        mint_limit: whole(10_000_000),
        rate: Wad::new(U256::from(rate)),
        deviation: terms().fee_min,
    };
    book.apply(GOVERNOR, &create).unwrap();
    book.set_price(0, price(100)).unwrap();
    for owner in OWNERS {
        book.fund(COIN, owner, coins(1_000_000)).unwrap();
    }
    book
}

fn book() -> VaultBook {
    book_at(0)
}

fn signed(amount: U256) -> I256 {
    I256::try_from(amount).unwrap()
}

fn adjust(owner: Address, collateral: I256, debt: I256) -> VaultAction {
    VaultAction::Adjust {
        market: 0,
        owner,
        collateral,
        debt,
        to: owner,
    }
}

fn open(book: &mut VaultBook, owner: Address, collateral: u64, debt: u64) {
    let (collateral, debt) = (coins(collateral).get(), whole(debt).get());
    let action = adjust(owner, signed(collateral), signed(debt));
    book.apply(owner, &action).unwrap();
}

fn take(owner: Address, max_paid: TokenAmount) -> VaultAction {
    VaultAction::Take {
        market: 0,
        owners: vec![owner],
        max_paid,
        min_collateral: AssetAmount::ZERO,
    }
}

fn redeem(owner: Address, amount: TokenAmount) -> VaultAction {
    VaultAction::Redeem {
        market: 0,
        owner,
        amount,
        min_collateral: AssetAmount::ZERO,
    }
}

fn flag(owner: Address) -> VaultAction {
    VaultAction::Flag { market: 0, owner }
}

fn name(result: Result<VaultOutcome, VaultError>) -> &'static str {
    result.map_or_else(|error| error.name(), |_| "succeeded")
}

/// Paid and collateral of a take or a redemption; nothing where it was refused.
fn traded(result: Result<VaultOutcome, VaultError>) -> (U256, U256) {
    result.map_or_else(
        |_| (U256::ZERO, U256::ZERO),
        |outcome| match outcome {
            VaultOutcome::Taken { paid, collateral } => (paid.get(), collateral.get()),
            VaultOutcome::Redeemed { burned, collateral } => (burned.get(), collateral.get()),
            other => panic!("{other:?}"),
        },
    )
}

#[test]
fn of_all_vaults_that_owe_enough_the_riskiest_pays_a_redeemer_most() {
    let mut dice = Dice(0x5eed_0100);
    let mut compared = 0;
    for _ in 0..200 {
        let mut book = book();
        for owner in OWNERS {
            let debt = 1_000 + dice.below(50_000) as u64;
            let collateral = debt * 10_000 / (1_000 + dice.below(6_400) as u64) + 1;
            open(&mut book, owner, collateral, debt);
        }
        book.set_price(0, price(100 + dice.below(200) as u64))
            .unwrap();
        let amount = TokenAmount::new(WAD * U256::from(1 + dice.below(900)));
        let mid = book.market(0).unwrap().price.mid;
        let mut offers: Vec<_> = OWNERS
            .into_iter()
            .map(|owner| {
                let value = value_down(book.vault(0, owner).collateral, mid).unwrap();
                let ltv = book.debt_of(0, owner).unwrap().get() * WAD / value.get();
                let (_, out) = traded(book.clone().apply(ALICE, &redeem(owner, amount)));
                (ltv, out)
            })
            .collect();
        offers.sort();
        for pair in offers.windows(2) {
            let ((safer, less), (riskier, more)) = (pair[0], pair[1]);
            assert!(
                less < more || riskier - safer < U256::from(1_000),
                "{pair:?}"
            );
            compared += 1;
        }
    }
    println!("{compared} pairs of vaults compared");
}

#[test]
fn the_fee_falls_from_its_most_without_debt_to_its_least_at_the_limit() {
    let fee = |debt: u64| redemption_fee(&terms(), whole(debt), whole(10_000)).unwrap();
    assert_eq!(fee(0), wad(250));
    assert_eq!(fee(4_000), wad(150));
    assert_eq!(fee(8_000), wad(50));
    assert_eq!(fee(9_999), wad(50));
}

#[test]
fn a_redemption_leaves_the_fee_in_the_vault_and_the_least_debt_or_none() {
    let mut book = book();
    open(&mut book, ALICE, 20_000, 10_000);
    open(&mut book, BOB, 20_000, 10_000);
    let (burned, out) = traded(book.apply(BOB, &redeem(ALICE, whole(9_950))));
    assert_eq!(
        burned,
        whole(9_900).get(),
        "clamped so that the least debt stays"
    );
    let fee = redemption_fee(&terms(), whole(10_000), whole(20_000)).unwrap();
    assert_eq!(out, burned * (WAD - fee.get()) / WAD);
    assert_eq!(
        name(book.apply(BOB, &redeem(ALICE, whole(99)))),
        "NothingToRedeem"
    );
    let (burned, _) = traded(book.apply(BOB, &redeem(ALICE, whole(100))));
    assert_eq!(burned, whole(100).get());
    assert_eq!(
        name(book.apply(BOB, &redeem(ALICE, whole(1)))),
        "NothingToRedeem"
    );
    book.set_price(0, price(50)).unwrap();
    assert_eq!(name(book.apply(ALICE, &redeem(BOB, whole(1)))), "Insolvent");
}

#[test]
fn slices_of_redeem_and_of_take_never_beat_one() {
    let mut dice = Dice(0x5eed_0101);
    for round in 0..200 {
        let mut book = book();
        open(&mut book, ALICE, 20_000, 12_000 + dice.below(3_000) as u64);
        open(&mut book, BOB, 900_000, 400_000);
        let taking = round % 2 == 0;
        if taking {
            book.set_price(0, price(60 + dice.below(12) as u64))
                .unwrap();
            book.apply(BOB, &flag(ALICE)).unwrap();
            book.advance(Seconds::new(dice.below(700) as u64)).unwrap();
        }
        let act = |amount| {
            if taking {
                take(ALICE, amount)
            } else {
                redeem(ALICE, amount)
            }
        };
        let mut sliced = book.clone();
        let (mut paid, mut out) = (U256::ZERO, U256::ZERO);
        for _ in 0..8 {
            let amount = TokenAmount::new(dice.part(whole(2_000).get(), 1, 10_000));
            let (cost, got) = traded(sliced.apply(BOB, &act(amount)));
            (paid, out) = (paid + cost, out + got);
        }
        let (cost, got) = traded(book.apply(BOB, &act(TokenAmount::new(paid))));
        // A discount is a number of 18 decimals: each slice may round it once in its favour.
        let slack = got * paid / U256::from(10).pow(U256::from(17)) + paid + cost;
        assert!(
            out * cost <= got * paid + slack,
            "{out} for {paid}, not {got} for {cost}"
        );
    }
}

#[test]
fn the_clock_runs_until_a_ramp_after_its_discount_is_whole() {
    let expiry = clock_expiry(&terms()).unwrap();
    assert_eq!(expiry, Seconds::new(600 + 60));
    let flagged = Timestamp::new(GENESIS);
    let at = |secs: u64| clock(&terms(), flagged, Timestamp::new(GENESIS + secs)).unwrap();
    assert_eq!(at(0), Some(Seconds::ZERO));
    assert_eq!(at(660), Some(expiry));
    assert_eq!(at(661), None);
    assert_eq!(clock(&terms(), Timestamp::ZERO, flagged).unwrap(), None);
}

#[test]
fn a_fall_gives_a_discount_at_once_and_time_gives_the_rest() {
    let of = |debt: u64, secs: u64, time_only: bool| {
        let (debt, value) = (whole(debt), whole(10_000));
        discount(&terms(), debt, value, Seconds::new(secs), time_only).unwrap()
    };
    let shortfall = WAD - (WAD * U256::from(8_000)).div_ceil(U256::from(8_100));
    assert_eq!(of(8_100, 0, false), Wad::new(shortfall));
    assert_eq!(
        of(9_000, 0, false),
        wad(1_000),
        "at most what is left above the debt"
    );
    assert_eq!(
        of(9_500, 0, false),
        Wad::new(WAD - (WAD * U256::from(95)).div_ceil(U256::from(100)))
    );
    assert_eq!(of(9_500, 0, true), Wad::ZERO, "by time alone");
    assert_eq!(of(8_100, 60, true), wad(1_000));
    assert_eq!(
        of(9_500, 300, true),
        wad(500),
        "no loss while the collateral covers it"
    );
    assert_eq!(of(9_500, 599, true), wad(500));
    assert_eq!(of(9_500, 600, true), Wad::ONE, "but not for ever");
    assert_eq!(of(10_500, 0, false), Wad::ZERO);
    assert_eq!(of(10_500, 30, false), wad(500), "nothing to protect");
}

#[test]
fn a_partial_take_repays_to_99_parts_of_the_limit() {
    let position = Position {
        collateral: coins(10_000),
        norm: Norm::new(whole(8_100).get()),
        index: Wad::ONE,
        price: price(100).mid,
    };
    let sold = settle(&terms(), &position, wad(100), whole(1_000_000)).unwrap();
    let (debt, held) = (
        whole(8_100).try_sub(sold.paid).unwrap(),
        position.collateral.try_sub(sold.out).unwrap(),
    );
    assert!(sold.deficit.is_zero());
    let target = held.get() * U256::from(792) / U256::from(1_000);
    let gap = if debt.get() > target {
        debt.get() - target
    } else {
        target - debt.get()
    };
    assert!(gap < U256::from(10), "{debt} and {target}");
    let small = settle(&terms(), &position, wad(100), TokenAmount::from(1_u64)).unwrap();
    assert_eq!(
        (small.paid, small.out),
        (TokenAmount::from(1_u64), AssetAmount::from(1_u64))
    );
}

#[test]
fn a_take_leaves_the_least_debt_or_none() {
    let mut book = book();
    open(&mut book, ALICE, 1_000, 750);
    open(&mut book, BOB, 100_000, 10_000);
    book.set_price(0, price(70)).unwrap();
    let mut partly = book.clone();
    let (paid, _) = traded(partly.apply(BOB, &take(ALICE, whole(690))));
    let left = partly.debt_of(0, ALICE).unwrap();
    assert!(left >= terms().min_debt, "{left} after {paid}");
    let (paid, out) = traded(book.apply(BOB, &take(ALICE, whole(10_000))));
    assert_eq!((paid, out), (whole(700).get(), coins(1_000).get()));
    assert_eq!(book.vault(0, ALICE), Vault::default());
    assert_eq!(
        book.sums().deficit,
        whole(50),
        "the rest is a deficit at once"
    );
}

#[test]
fn a_vault_worth_nothing_can_be_written_off() {
    let mut book = book();
    open(&mut book, ALICE, 1_000, 750);
    let nothing = PriceView {
        state: PriceState::Safe,
        ..PriceView::default()
    };
    book.set_price(0, nothing).unwrap();
    let mut taken = book.clone();
    assert_eq!(
        name(taken.apply(BOB, &take(ALICE, TokenAmount::ZERO))),
        "succeeded"
    );
    assert_eq!(taken.sums().deficit, whole(750));
    book.apply(
        BOB,
        &VaultAction::Book {
            market: 0,
            owner: ALICE,
        },
    )
    .unwrap();
    assert_eq!(book.sums().deficit, whole(750));
    assert!(book.vault(0, ALICE).norm.is_zero());
}

#[test]
fn booking_leaves_a_debt_of_what_the_collateral_is_worth() {
    let mut book = book();
    open(&mut book, ALICE, 1_000, 750);
    let action = VaultAction::Book {
        market: 0,
        owner: ALICE,
    };
    assert_eq!(name(book.apply(BOB, &action)), "NothingToBook");
    book.set_price(0, price(5)).unwrap();
    book.apply(BOB, &action).unwrap();
    assert_eq!(
        book.debt_of(0, ALICE).unwrap(),
        whole(50),
        "under the least debt"
    );
    assert_eq!(book.sums().deficit, whole(700));
    let part = adjust(ALICE, I256::ZERO, -signed(whole(10).get()));
    assert_eq!(name(book.apply(ALICE, &part)), "DebtTooSmall");
    assert_eq!(
        name(book.apply(ALICE, &adjust(ALICE, I256::MIN, I256::MIN))),
        "succeeded"
    );
}

#[test]
fn every_vault_closes_in_any_order_under_a_dead_oracle_and_the_book_ends_at_zero() {
    for seed in 1..40_u64 {
        let mut dice = Dice(seed);
        let mut book = book_at(3_170_979_198);
        for owner in OWNERS {
            open(&mut book, owner, 20_000, 1_000 + dice.below(10_000) as u64);
            book.advance(Seconds::new(dice.below(9_000_000) as u64))
                .unwrap();
        }
        book.set_price(0, PriceView::default()).unwrap();
        book.apply(ALICE, &VaultAction::Collect).unwrap();
        let mut order = OWNERS.to_vec();
        while !order.is_empty() {
            let owner = order.swap_remove(dice.below(order.len()));
            let (market, owed) = (book.market(0).unwrap(), book.debt_of(0, owner).unwrap());
            let last = market.norm == book.vault(0, owner).norm;
            let owed = if last { book.debt().unwrap() } else { owed };
            let missing = owed.get().saturating_sub(book.balance_of(owner).get());
            // Those who left first have what is over, as the backstop has the interest.
            let mut amount = TokenAmount::new(missing);
            for holder in OWNERS.into_iter().chain([BACKSTOP]) {
                let part = amount.min(book.balance_of(holder));
                if holder != owner && (holder == BACKSTOP || book.vault(0, holder).norm.is_zero()) {
                    let lend = VaultAction::Transfer {
                        to: owner,
                        amount: part,
                    };
                    book.apply(holder, &lend).unwrap();
                    amount = amount.try_sub(part).unwrap();
                }
            }
            assert!(amount.is_zero(), "{amount} missing");
            book.apply(owner, &adjust(owner, I256::MIN, I256::MIN))
                .unwrap();
            assert_eq!(book.vault(0, owner), Vault::default());
            book.advance(Seconds::new(dice.below(3) as u64)).unwrap();
            book.apply(owner, &VaultAction::Collect).unwrap();
        }
        let market = book.market(0).unwrap();
        assert!(market.collateral.is_zero() && market.norm.is_zero());
        assert!(book.asset_of(COIN, BOOK).is_zero());
        assert!(book.sums().supply.is_zero(), "{}", book.sums().supply);
    }
}

/// What an account has at mid: its collateral, that in its vault, its synthetic at face value, less its debt; in base
/// units of the synthetic times 1e36.
fn wealth(book: &VaultBook, who: Address) -> I256 {
    let held = book
        .asset_of(COIN, who)
        .try_add(book.vault(0, who).collateral);
    let mid = book.market(0).unwrap().price.mid.get();
    let (scale, held) = (WAD * WAD, held.unwrap().get());
    let owed = book.debt_of(0, who).unwrap().get();
    signed(held * mid) + signed(book.balance_of(who).get() * scale) - signed(owed * scale)
}

#[test]
fn no_sequence_by_one_actor_gains_value_at_a_fixed_price() {
    for (seed, rate) in (1..60_u64).flat_map(|seed| [(seed, 0), (seed, 3_170_979_198)]) {
        let mut dice = Dice(seed);
        let mut book = book_at(rate);
        open(&mut book, BOB, 50_000, 30_000);
        open(&mut book, CAROL, 50_000, 10_000);
        open(&mut book, ALICE, 50_000, 20_000);
        book.set_price(0, price(dice.pick(&[97, 100, 131])))
            .unwrap();
        let mut before = wealth(&book, ALICE);
        for _ in 0..60 {
            let some = |dice: &mut Dice, most: u64| signed(dice.amount(whole(most).get()));
            let action = match dice.below(7) {
                0 => adjust(ALICE, some(&mut dice, 9_000), some(&mut dice, 9_000)),
                1 => adjust(ALICE, -some(&mut dice, 9_000), -some(&mut dice, 9_000)),
                2 => adjust(ALICE, -some(&mut dice, 900), some(&mut dice, 900)),
                3 => adjust(ALICE, I256::MIN, I256::MIN),
                4 => VaultAction::Collect,
                5 => flag(dice.pick(&[ALICE, BOB])),
                _ => {
                    let amount = TokenAmount::new(dice.amount(whole(5_000).get()));
                    redeem(dice.pick(&[ALICE, BOB, CAROL]), amount)
                }
            };
            if book.apply(ALICE, &action).is_ok() {
                let after = wealth(&book, ALICE);
                assert!(after <= before, "{action:?} gained {}", after - before);
            }
            book.advance(Seconds::new(dice.below(100) as u64)).unwrap();
            before = wealth(&book, ALICE);
        }
    }
}

#[test]
fn exits_under_a_haircut_pay_the_first_and_the_last_alike() {
    let mut book = book();
    for owner in [ALICE, BOB, CAROL] {
        open(&mut book, owner, 20_000, 10_000);
    }
    open(&mut book, OWNERS[3], 10_000, 7_500);
    let action = VaultAction::Transfer {
        to: ALICE,
        amount: whole(7_500),
    };
    book.apply(OWNERS[3], &action).unwrap();
    book.set_price(0, price(60)).unwrap();
    book.apply(
        BOB,
        &VaultAction::Book {
            market: 0,
            owner: OWNERS[3],
        },
    )
    .unwrap();
    assert_eq!(book.sums().deficit, whole(1_500));
    book.set_price(0, price(100)).unwrap();
    let (backing, supply) = book.haircut().unwrap();
    let (first, out) = traded(book.apply(BOB, &redeem(CAROL, whole(5_000))));
    let (second, _) = book.haircut().unwrap();
    assert!(second < backing);
    let (last, rest) = traded(book.apply(CAROL, &redeem(BOB, whole(5_000))));
    let gap = if out > rest { out - rest } else { rest - out };
    assert!(gap < U256::from(10), "{out} and {rest}");
    assert_eq!((first, last), (whole(5_000).get(), whole(5_000).get()));
    let (left, kept) = book.haircut().unwrap();
    let (was, is) = (backing.get() * kept.get(), left.get() * supply.get());
    let gap = if was > is { was - is } else { is - was };
    assert!(gap <= supply.get() * U256::from(4));
}

#[test]
fn the_mint_limit_counts_net_and_fills_at_its_rate() {
    let mut book = book();
    let limit = whole(10_000);
    let set = VaultAction::SetMintLimit {
        market: 0,
        mint_limit: limit,
    };
    book.apply(GOVERNOR, &set).unwrap();
    let mintable = |book: &VaultBook| book.market(0).unwrap().mintable_at(book.now()).unwrap();
    assert_eq!(mintable(&book), limit);
    open(&mut book, ALICE, 50_000, 10_000);
    assert!(mintable(&book).is_zero());
    let more = adjust(BOB, signed(coins(50_000).get()), signed(whole(100).get()));
    assert_eq!(name(book.apply(BOB, &more)), "MintLimitReached");
    book.advance(Seconds::new(43_200)).unwrap();
    assert_eq!(mintable(&book), whole(5_000));
    let repay = adjust(ALICE, I256::ZERO, -signed(whole(2_500).get()));
    book.apply(ALICE, &repay).unwrap();
    assert_eq!(mintable(&book), whole(7_500));
    book.advance(Seconds::from_days(9)).unwrap();
    assert_eq!(mintable(&book), limit, "no more than full");
    let closed = VaultAction::SetMintLimit {
        market: 0,
        mint_limit: TokenAmount::ZERO,
    };
    book.apply(GOVERNOR, &closed).unwrap();
    assert_eq!(name(book.apply(BOB, &more)), "MintLimitReached");
    assert_eq!(name(book.apply(ALICE, &repay)), "succeeded");
}

#[test]
fn a_stop_lasts_seven_days_at_most_and_seven_days_pass_before_the_next() {
    let mut book = book();
    let stop = |secs| VaultAction::StopNewDebt {
        secs: Seconds::new(secs),
    };
    let week = STOP_MAX.get();
    assert_eq!(
        name(book.apply(GOVERNOR, &stop(week + 1))),
        "AmountTooLarge"
    );
    assert_eq!(name(book.apply(ALICE, &stop(1))), "NotGovernor");
    book.apply(GOVERNOR, &stop(week)).unwrap();
    let more = adjust(ALICE, signed(coins(1_000).get()), signed(whole(100).get()));
    assert_eq!(name(book.apply(ALICE, &more)), "NewDebtIsStopped");
    assert_eq!(
        name(book.apply(GOVERNOR, &stop(week - 1))),
        "succeeded",
        "shorter"
    );
    book.advance(Seconds::new(1)).unwrap();
    assert_eq!(
        name(book.apply(GOVERNOR, &stop(week))),
        "CannotStopYet",
        "longer"
    );
    book.advance(Seconds::new(week - 2)).unwrap();
    assert_eq!(name(book.apply(ALICE, &more)), "succeeded");
    book.advance(Seconds::new(week - 1)).unwrap();
    assert_eq!(name(book.apply(GOVERNOR, &stop(1))), "CannotStopYet");
    book.advance(Seconds::new(1)).unwrap();
    assert_eq!(name(book.apply(GOVERNOR, &stop(1))), "succeeded");
}

#[test]
fn losses_are_paid_by_interest_then_surplus_and_then_by_all() {
    let mut book = book_at(3_170_979_198);
    open(&mut book, ALICE, 50_000, 10_000);
    open(&mut book, BOB, 10_000, 7_500);
    book.advance(Seconds::from_days(30)).unwrap();
    let earned = book.earned().unwrap();
    assert!(earned > whole(100));
    book.set_price(0, price(50)).unwrap();
    book.apply(
        CAROL,
        &VaultAction::Book {
            market: 0,
            owner: BOB,
        },
    )
    .unwrap();
    let deficit = book.sums().deficit;
    book.apply(CAROL, &VaultAction::Collect).unwrap();
    assert_eq!(book.sums().deficit, deficit.try_sub(earned).unwrap());
    assert!(book.balance_of(BOOK).is_zero() && book.balance_of(BACKSTOP).is_zero());
    let (backing, supply) = book.haircut().unwrap();
    assert_eq!(
        supply.try_sub(backing).unwrap(),
        book.sums().deficit,
        "the rest is all holders'"
    );
    let cover = VaultAction::Cover {
        market: 0,
        amount: TokenAmount::new(U256::MAX),
    };
    book.apply(ALICE, &cover).unwrap();
    let (backing, supply) = book.haircut().unwrap();
    assert_eq!(backing, supply);
}

#[test]
fn a_donation_changes_no_number_of_the_book() {
    let mut book = book();
    open(&mut book, ALICE, 20_000, 10_000);
    let before = book.clone();
    let send = VaultAction::Send {
        asset: COIN,
        to: BOOK,
        amount: coins(5_000),
    };
    book.apply(BOB, &send).unwrap();
    assert_eq!(book.market(0), before.market(0));
    assert_eq!(book.sums(), before.sums());
    assert_eq!(book.vault(0, ALICE), before.vault(0, ALICE));
    let give = VaultAction::Transfer {
        to: BOOK,
        amount: whole(1),
    };
    assert_eq!(name(book.apply(ALICE, &give)), "BadAddress");
}

#[test]
fn the_index_stops_at_its_most_and_every_vault_still_closes() {
    let mut book = book_at(31_709_791_983);
    open(&mut book, ALICE, 1_000_000, 100);
    book.advance(Seconds::from_days(365 * 200_000)).unwrap();
    let index = book.market(0).unwrap().index_at(book.now()).unwrap();
    assert_eq!(index, ballast_model::vaults::INDEX_MAX);
    let owed = debt_up(book.vault(0, ALICE).norm, index).unwrap();
    book.apply(ALICE, &VaultAction::Collect).unwrap();
    let amount = owed.try_sub(book.balance_of(ALICE)).unwrap();
    let lend = VaultAction::Transfer { to: ALICE, amount };
    book.apply(BACKSTOP, &lend).unwrap();
    book.apply(ALICE, &adjust(ALICE, I256::MIN, I256::MIN))
        .unwrap();
    assert_eq!(book.vault(0, ALICE), Vault::default());
}

#[test]
fn with_enough_cash_every_unhealthy_vault_is_cleared_by_one_take() {
    let mut dice = Dice(0x5eed_0102);
    let mut at_a_loss = 0;
    for _ in 0..400 {
        let mut book = book_at(dice.pick(&[0, 3_170_979_198]));
        open(&mut book, ALICE, 20_000, 14_500 - dice.below(10_000) as u64);
        open(&mut book, BOB, 900_000, 400_000);
        book.advance(Seconds::new(dice.below(9_000_000) as u64))
            .unwrap();
        let debt = book.debt_of(0, ALICE).unwrap().get();
        let limit = debt * U256::from(125) / coins(20_000).get();
        let cents = limit * U256::from(1 + dice.below(100)) / U256::from(100);
        book.set_price(0, price(cents.to())).unwrap();
        if dice.one_in(2) {
            book.apply(BOB, &flag(ALICE)).unwrap();
            book.advance(Seconds::new(dice.below(900) as u64)).unwrap();
        }
        let vault = book.vault(0, ALICE);
        let refused = !is_unhealthy(&book, 0, &vault).unwrap();
        let result = book.apply(BOB, &take(ALICE, TokenAmount::new(U256::MAX)));
        assert_eq!(result.is_err(), refused, "{result:?}");
        assert!(!is_unhealthy(&book, 0, &book.vault(0, ALICE)).unwrap());
        at_a_loss += usize::from(!book.sums().deficit.is_zero());
    }
    assert!(at_a_loss > 20, "only {at_a_loss} at a loss");
}

#[test]
fn the_auctions_price_never_rises_while_a_vault_stays_unhealthy() {
    let mut dice = Dice(0x5eed_0103);
    for _ in 0..400 {
        let value = whole(10_000);
        let debt = whole(8_001 + dice.below(4_000) as u64);
        let time_only = dice.one_in(2);
        let mut last = Wad::ZERO;
        for secs in 0..=clock_expiry(&terms()).unwrap().get() {
            let now = discount(&terms(), debt, value, Seconds::new(secs), time_only).unwrap();
            assert!(now >= last && now <= Wad::ONE);
            last = now;
        }
        assert_eq!(last, Wad::ONE, "in the end everything sells");
    }
}
