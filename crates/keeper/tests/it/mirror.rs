//! The mirror beside the contract on random walks: vaults, sums, clocks, the unhealthy, and the way back.

use alloy::primitives::{Address, Bytes, U256};
use ballast_bindings::book::VaultBook;
use ballast_keeper::mirror::{BookMirror, Undo};
use ballast_model::vaults::{PriceState, PriceView, Vault};
use ballast_types::{Price, Timestamp};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::book::{Book, GOVERNOR, KEEPER, price_words, whole};

const OWNERS: u8 = 8;

fn owner(index: u64) -> Address {
    Address::repeat_byte(0x40 + u8::try_from(index % u64::from(OWNERS)).expect("small"))
}

/// One step of a walk out of three numbers. What the contract refuses changes nothing.
fn play(book: &mut Book, kind: u8, a: u64, b: u64) {
    let (market, who) = (U256::ZERO, owner(a));
    match kind % 12 {
        0 | 1 => {
            let collateral = whole(1 + b % 20);
            let debt = whole(100 + b % 25_000);
            let held = book.read(book.book, &VaultBook::vaultOfCall { market, owner: who });
            if held.norm.is_zero()
                && book.state == PriceState::Safe
                && debt < collateral * U256::from(book.thousandths) / U256::from(1_300)
            {
                book.adjust(who, collateral, debt);
            }
        }
        2 | 3 => book.reprice(1_000_000 + b % 1_400_000),
        4 => {
            let state = [
                PriceState::Safe,
                PriceState::Stepped,
                PriceState::Grace,
                PriceState::Late,
            ][(b % 4) as usize];
            book.reprice_as(book.thousandths, state);
        }
        5 | 6 => {
            let call = VaultBook::takeCall {
                market,
                owners: vec![who, owner(b), owner(b / 8)],
                maxPaid: whole(200 + b % 30_000),
                minCollateral: U256::ZERO,
                data: Bytes::new(),
            };
            let _ = book.send(crate::book::BANK, book.book, &call);
        }
        7 => {
            let _ = book.send(
                KEEPER,
                book.book,
                &VaultBook::flagCall { market, owner: who },
            );
        }
        8 => {
            let call = VaultBook::redeemCall {
                market,
                owner: who,
                amount: whole(100 + b % 10_000),
                minCollateral: U256::ZERO,
            };
            let _ = book.send(crate::book::BANK, book.book, &call);
        }
        9 => {
            let _ = book.send(
                KEEPER,
                book.book,
                &VaultBook::bookCall { market, owner: who },
            );
        }
        10 => {
            let _ = book.send(KEEPER, book.book, &VaultBook::collectCall {});
            let rate = U256::from(b % 31_000_000_000);
            let _ = book.send(
                GOVERNOR,
                book.book,
                &VaultBook::setRateCall { market, rate },
            );
        }
        _ => book.pass(1 + b % 500),
    }
}

/// Folds in what was logged since the last time, and asks about clocks that may have stopped.
fn catch_up(book: &mut Book, mirror: &mut BookMirror, from: usize) -> Vec<Vec<Undo>> {
    let mut undo = Vec::new();
    for (time, logs) in &book.logs[from..] {
        for log in logs {
            undo.push(mirror.apply(log, *time).expect("the log fits"));
        }
    }
    let unsure: Vec<(usize, Address)> = mirror.unsure().collect();
    for (market, owner) in unsure {
        let call = VaultBook::vaultOfCall {
            market: U256::from(market),
            owner,
        };
        let seen = book.read(book.book, &call);
        let flagged_at = Timestamp::new(u64::try_from(seen.flaggedAt).expect("seconds"));
        undo.extend(
            mirror
                .settle_clock(market, owner, flagged_at)
                .map(|step| vec![step]),
        );
    }
    undo
}

fn vault_of(mirror: &BookMirror, owner: Address) -> Vault {
    mirror.markets()[0].ladder.get(owner)
}

/// Everything that the mirror says of the book is what the book says.
fn compare(book: &mut Book, mirror: &mut BookMirror) {
    let seen = book.read(book.book, &VaultBook::marketOfCall { market: U256::ZERO });
    let now = Timestamp::new(book.now);
    let market = mirror.markets()[0].market;
    assert_eq!(market.collateral.get(), seen.collateral);
    assert_eq!(market.norm.get(), seen.norm);
    assert_eq!(market.deficit.get(), seen.deficit);
    assert_eq!(market.index_at(now).expect("index").get(), seen.index);
    let (low, mid, high) = price_words(book.thousandths);
    let view = PriceView {
        low: Price::new(low),
        mid: Price::new(mid),
        high: Price::new(high),
        state: book.state,
    };
    mirror.set_price(0, view, book.now);
    let line = mirror.markets()[0].line(now).expect("line");
    let mut unhealthy: Vec<Address> = mirror.markets()[0]
        .ladder
        .unhealthy(&line)
        .expect("within bounds")
        .into_iter()
        .map(|(owner, _)| owner)
        .collect();
    unhealthy.sort_unstable();
    let mut expected = Vec::new();
    for index in 0..u64::from(OWNERS) {
        let owner = owner(index);
        let vault = vault_of(mirror, owner);
        let seen = book.read(
            book.book,
            &VaultBook::vaultOfCall {
                market: U256::ZERO,
                owner,
            },
        );
        assert_eq!(
            vault.collateral.get(),
            seen.collateral,
            "collateral of {owner}"
        );
        assert_eq!(vault.norm.get(), seen.norm, "norm of {owner}");
        assert_eq!(
            U256::from(vault.flagged_at.get()),
            seen.flaggedAt,
            "clock of {owner}"
        );
        if seen.debt * whole(1)
            > seen.collateral * mid / (whole(1) * whole(1)) * market.terms.liq_ltv.get()
        {
            expected.push(owner);
        }
    }
    expected.sort_unstable();
    assert_eq!(unhealthy, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_mirror_says_of_every_vault_what_the_contract_says(
        steps in proptest::collection::vec((any::<u8>(), any::<u64>(), any::<u64>()), 40..120)
    ) {
        let mut book = Book::new();
        let mut mirror = BookMirror::new(book.book);
        let mut read = 0;
        let mut past = Vec::new();
        for (number, (kind, a, b)) in steps.into_iter().enumerate() {
            play(&mut book, kind, a, b);
            let before: Vec<Vault> = (0..u64::from(OWNERS))
                .map(|index| mirror.markets().first().map(|market| market.ladder.get(owner(index))).unwrap_or_default())
                .collect();
            let undo = catch_up(&mut book, &mut mirror, read);
            read = book.logs.len();
            past.push((before, undo));
            if number % 4 == 0 {
                compare(&mut book, &mut mirror);
            }
        }
        compare(&mut book, &mut mirror);
        for (before, undo) in past.into_iter().rev() {
            for steps in undo.into_iter().rev() {
                mirror.roll_back(steps);
            }
            if !mirror.markets().is_empty() {
                for (index, vault) in (0..).zip(before) {
                    assert_eq!(vault_of(&mirror, owner(index)), vault, "taken back");
                }
            }
        }
        assert!(mirror.markets().is_empty(), "everything is taken back");
    }
}

#[test]
fn a_log_that_cannot_follow_what_was_seen_is_noticed() {
    let mut book = Book::new();
    book.adjust(owner(0), whole(10), whole(10_000));
    let mut mirror = BookMirror::new(book.book);
    let (time, logs) = book.logs.last().expect("something was logged").clone();
    let missed = logs.iter().find_map(|log| mirror.apply(log, time).err());
    let text = missed.expect("the market is unknown").to_string();
    assert!(
        text.contains("market 0, of which no creation was seen"),
        "{text}"
    );
}
