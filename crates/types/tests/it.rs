//! Laws of the vocabulary.

use alloy_primitives::{Address, B256, U256, address};
use ballast_types::decimal::{self, DecimalError};
use ballast_types::{
    ArithmeticError, AssetAmount, BlockRef, Bps, LoanId, Provenance, RatioError, Seconds,
    SourceTier, Timestamp, TokenAmount, Wad,
};
use proptest::prelude::*;

#[test]
fn arithmetic_is_checked() {
    let (one, most) = (AssetAmount::from(1u64), AssetAmount::new(U256::MAX));
    assert_eq!(one.try_add(one), Ok(AssetAmount::from(2u64)));
    assert_eq!(most.try_add(one), Err(ArithmeticError::Overflow));
    assert_eq!(
        AssetAmount::ZERO.try_sub(one),
        Err(ArithmeticError::Underflow)
    );
    assert_eq!(
        TokenAmount::try_sum([3u64, 4, 5].map(TokenAmount::from)),
        Ok(12u64.into())
    );
    assert!(AssetAmount::try_sum([most, one]).is_err());
    assert!(Seconds::new(u64::MAX).try_mul(2).is_err());
    assert_eq!(
        Timestamp::new(9).since(Timestamp::new(4)),
        Ok(Seconds::new(5))
    );
    assert_eq!(
        Timestamp::new(4).since(Timestamp::new(9)),
        Err(ArithmeticError::Underflow)
    );
    assert!(Timestamp::new(u64::MAX).after(Seconds::new(1)).is_err());
}

#[test]
fn basis_points_stop_at_the_whole() {
    assert_eq!(Bps::new(10_000), Ok(Bps::FULL));
    assert_eq!(
        Bps::new(10_001),
        Err(RatioError::AboveFull { given: 10_001 })
    );
    assert!(serde_json::from_str::<Bps>("10001").is_err());
    assert_eq!(serde_json::to_string(&Bps::FULL).unwrap(), "10000");
}

#[test]
fn loan_ids_hold_borrower_and_sequence() {
    let borrower = address!("00112233445566778899aabbccddeeff00112233");
    let id = LoanId::new(borrower, 7);
    assert_eq!(id.borrower(), borrower);
    assert_eq!(id.sequence(), 7);
    assert_eq!(LoanId::from_word(id.word()), id);
}

#[test]
fn errors_name_the_field_and_the_limit() {
    let error = |text, decimals| {
        decimal::parse("seed", text, decimals)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(error("", 18), "seed is empty; give a number such as 1.25");
    assert_eq!(
        error("1,5", 18),
        "seed holds ',' at position 2; only digits and one point are read"
    );
    assert_eq!(
        error("1.2.3", 18),
        "seed holds '.' at position 4; only digits and one point are read"
    );
    assert_eq!(
        error(".5", 18),
        "seed has no digit on one side of the point; write 0.5 or 5"
    );
    assert_eq!(
        error("0.123", 2),
        "seed has 3 decimals, at most 2 can be represented"
    );
    assert_eq!(
        decimal::parse_at_most("seed", "6", 0, U256::from(5)),
        Err(DecimalError::TooLarge {
            field: "seed".into(),
            limit: U256::from(5)
        })
    );
    let beyond = format!("{}0", U256::MAX);
    assert!(matches!(
        decimal::parse("seed", &beyond, 0),
        Err(DecimalError::TooLarge { .. })
    ));
    assert!(matches!(
        decimal::parse("seed", "1", 78),
        Err(DecimalError::DecimalsUnsupported { given: 78, .. })
    ));
}

#[test]
fn a_word_in_json_is_a_decimal_string() {
    let amount = TokenAmount::new(U256::MAX);
    let json = serde_json::to_string(&amount).unwrap();
    assert_eq!(json, format!("\"{}\"", U256::MAX));
    assert_eq!(serde_json::from_str::<TokenAmount>(&json).unwrap(), amount);
    for wrong in ["12", "\"0x10\"", "\"\"", "\"-1\"", "\"1.0\""] {
        assert!(serde_json::from_str::<Wad>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_figure_is_stale_only_past_its_heartbeat() {
    let block = BlockRef {
        number: 1,
        hash: B256::ZERO,
        time: Timestamp::new(10),
    };
    let mut origin = Provenance {
        tier: SourceTier::Oracle,
        block,
        age_secs: Seconds::new(60),
        heartbeat_secs: Some(Seconds::new(60)),
        recompute: "backingOf(1)".into(),
    };
    assert!(!origin.is_stale());
    origin.age_secs = Seconds::new(61);
    assert!(origin.is_stale());
    origin.heartbeat_secs = None;
    assert!(!origin.is_stale());
    let json = serde_json::to_string(&origin).unwrap();
    assert_eq!(serde_json::from_str::<Provenance>(&json).unwrap(), origin);
    assert!(SourceTier::OnChain < SourceTier::AttestedIssuer);
}

proptest! {
    #[test]
    fn formatting_and_parsing_are_inverse(limbs: [u64; 4], decimals in 0u8..=77) {
        let value = U256::from_limbs(limbs);
        let text = decimal::format(value, decimals);
        prop_assert_eq!(decimal::parse("amount", &text, decimals), Ok(value));
    }

    #[test]
    fn any_text_parses_or_errors(text in "\\PC{0,100}", decimals: u8) {
        let _ = decimal::parse("amount", &text, decimals);
    }

    #[test]
    fn loan_ids_round_trip(borrower: [u8; 20], sequence: u32) {
        let id = LoanId::new(Address::from(borrower), sequence);
        prop_assert_eq!(id.borrower(), Address::from(borrower));
        prop_assert_eq!(id.sequence(), u128::from(sequence));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<LoanId>(&json).unwrap(), id);
    }
}
