//! Laws of the arithmetic.

use alloy_primitives::U256;
use ballast_math::{
    HALVING, MULTIPLE_MAX, Stream, backing_down, decay, fee_up, mul_div_down, mul_div_up,
    raise_multiple_down, share_down, times_multiple_up, tokens_worth_up,
};
use ballast_types::{ArithmeticError, AssetAmount, Bps, Seconds, TokenAmount, WAD, Wad};
use proptest::prelude::*;

const CAP: u128 = (1 << 112) - 1;

fn asset(raw: u128) -> AssetAmount {
    AssetAmount::from(raw)
}

#[test]
fn the_largest_multiple_is_two_to_the_twenty() {
    assert_eq!(MULTIPLE_MAX.get(), WAD * U256::from(1u64 << 20));
}

#[test]
fn errors_are_returned_not_raised() {
    let (one, most) = (U256::ONE, U256::MAX);
    assert_eq!(
        mul_div_down(one, one, U256::ZERO),
        Err(ArithmeticError::DivisionByZero)
    );
    assert_eq!(
        mul_div_up(one, one, U256::ZERO),
        Err(ArithmeticError::DivisionByZero)
    );
    assert_eq!(
        mul_div_down(most, U256::from(2), one),
        Err(ArithmeticError::Overflow)
    );
    assert_eq!(mul_div_up(most, one, one), Ok(most));
    let mut stream = Stream {
        synced_at: Seconds::new(10),
        ..Stream::default()
    };
    assert_eq!(
        stream.sync(Seconds::new(9), Seconds::new(5)),
        Err(ArithmeticError::Underflow)
    );
    assert_eq!(
        stream.sync(Seconds::new(11), Seconds::ZERO),
        Err(ArithmeticError::DivisionByZero)
    );
}

#[test]
fn the_multiple_halves_every_ten_minutes() {
    let start = Wad::new(WAD * U256::from(64u64));
    for halvings in 0u64..=6 {
        let elapsed = Seconds::new(HALVING.get() * halvings);
        assert_eq!(
            decay(start, elapsed),
            Ok(Wad::new(WAD * U256::from(64u64 >> halvings)))
        );
    }
    assert_eq!(decay(MULTIPLE_MAX, Seconds::new(u64::MAX)), Ok(Wad::ONE));
    assert_eq!(
        decay(start, Seconds::new(300)),
        Ok(Wad::new(WAD * U256::from(48u64)))
    );
}

#[test]
fn missed_epochs_vest_whole() {
    let period = Seconds::new(100);
    let mut stream = Stream::default();
    stream.enter(asset(1_000)).unwrap();
    assert_eq!(stream.sync(Seconds::new(99), period), Ok(asset(0)));
    assert_eq!(stream.sync(Seconds::new(100), period), Ok(asset(0)));
    assert_eq!(stream.sync(Seconds::new(150), period), Ok(asset(500)));
    stream.enter(asset(7)).unwrap();
    assert_eq!(stream.streaming(period), Ok(asset(507)));
    assert_eq!(stream.sync(Seconds::new(10_000), period), Ok(asset(507)));
    assert_eq!(stream.streaming(period), Ok(asset(0)));
}

proptest! {
    #[test]
    fn down_is_the_floor_and_up_is_the_ceiling(a: u128, b: u128, d in 1..=u128::MAX) {
        let (a, b, d) = (U256::from(a), U256::from(b), U256::from(d));
        let (down, up) = (mul_div_down(a, b, d).unwrap(), mul_div_up(a, b, d).unwrap());
        let remainder = a * b - down * d;
        prop_assert!(remainder < d);
        prop_assert_eq!(up, if remainder.is_zero() { down } else { down + U256::ONE });
    }

    #[test]
    fn fee_and_rest_are_exact(amount in 0..=CAP, ratio in 0u16..=10_000) {
        let (amount, ratio) = (U256::from(amount), Bps::new(ratio).unwrap());
        let rest = Bps::new(10_000 - ratio.get()).unwrap();
        prop_assert_eq!(fee_up(amount, ratio).unwrap() + share_down(amount, rest).unwrap(), amount);
    }

    #[test]
    fn tokens_worth_an_amount_back_it(amount in 0..=CAP, backing in 1..=CAP, claims in 1..=1u128 << 122) {
        let (backing, claims) = (asset(backing), TokenAmount::from(claims));
        let tokens = tokens_worth_up(asset(amount), claims, backing).unwrap();
        prop_assert!(backing_down(tokens, backing, claims).unwrap() >= asset(amount));
        if let Ok(fewer) = tokens.try_sub(1u64.into()) {
            prop_assert!(fewer.get() * backing.get() < U256::from(amount) * claims.get());
        }
    }

    #[test]
    fn the_multiple_only_falls_and_stays_above_half(
        start in 1_000_000_000_000_000_000u128..=1 << 79,
        first in 0u64..100_000,
        more in 0u64..1_200,
    ) {
        let start = Wad::from(start);
        let earlier = decay(start, Seconds::new(first)).unwrap();
        let later = decay(start, Seconds::new(first + more)).unwrap();
        prop_assert!(later <= earlier);
        prop_assert!(later >= Wad::ONE);
        if more <= HALVING.get() {
            prop_assert!(later.get() + U256::from(2) >= earlier.get() / U256::from(2));
        }
    }

    #[test]
    fn a_fill_raises_the_multiple_to_its_limit(
        start in 1_000_000_000_000_000_000u128..=1 << 79,
        lot in 1u128..=1 << 122,
        part in 0u128..=1_000_000,
    ) {
        let (multiple, lot) = (Wad::from(start).min(MULTIPLE_MAX), TokenAmount::from(lot));
        let tokens = lot.get() * U256::from(part) / U256::from(1_000_000u64);
        let raised = raise_multiple_down(multiple, TokenAmount::new(tokens), lot).unwrap();
        prop_assert!(raised >= multiple && raised <= MULTIPLE_MAX);
        prop_assert!(raised.get() <= multiple.get() * U256::from(2));
    }

    #[test]
    fn at_one_the_multiple_changes_nothing(amount in 0..=CAP) {
        let amount = U256::from(amount);
        prop_assert_eq!(times_multiple_up(amount, Wad::ONE), Ok(amount));
    }

    #[test]
    fn the_stream_conserves_and_forgets_when_it_was_synced(
        period in 1u64..200,
        steps in prop::collection::vec((0u64..150, prop::option::of(0..=1u128 << 100), any::<bool>()), 1..60),
    ) {
        let period = Seconds::new(period);
        let (mut often, mut seldom) = (Stream::default(), Stream::default());
        let (mut entered, mut vested_often, mut vested_seldom) = (asset(0), asset(0), asset(0));
        let mut now = Seconds::ZERO;
        for (wait, amount, also_seldom) in steps {
            now = now.try_add(Seconds::new(wait)).unwrap();
            vested_often = vested_often.try_add(often.sync(now, period).unwrap()).unwrap();
            if amount.is_some() || also_seldom {
                vested_seldom = vested_seldom.try_add(seldom.sync(now, period).unwrap()).unwrap();
                prop_assert_eq!(often, seldom);
                prop_assert_eq!(vested_often, vested_seldom);
            }
            if let Some(amount) = amount.map(asset) {
                often.enter(amount).unwrap();
                seldom.enter(amount).unwrap();
                entered = entered.try_add(amount).unwrap();
            }
            let streaming = often.streaming(period).unwrap();
            prop_assert_eq!(vested_often.try_add(streaming).unwrap(), entered);
        }
    }
}
