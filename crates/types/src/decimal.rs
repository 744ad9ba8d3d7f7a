//! Decimal text to base units and back, and 256-bit values as decimal strings in JSON.

use alloy_primitives::U256;
use serde::{Deserialize, Deserializer, Serializer};
use thiserror::Error;

/// The most decimals that a token or asset may have for its amounts to be parsed.
pub const DECIMALS_MAX: u8 = 77;

/// Why text is not an amount. Every variant names the field and the limit that it passed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Nothing was given.
    #[error("{field} is empty; give a number such as 1.25")]
    Empty {
        /// The field that the text was given for.
        field: String,
    },
    /// Something other than digits and one point.
    #[error(
        "{field} holds {character:?} at position {position}; only digits and one point are read"
    )]
    InvalidCharacter {
        /// The field that the text was given for.
        field: String,
        /// The first character that cannot be read.
        character: char,
        /// Its place, counted in characters from one.
        position: usize,
    },
    /// A point with no digit before or after it.
    #[error("{field} has no digit on one side of the point; write 0.5 or 5")]
    MissingDigit {
        /// The field that the text was given for.
        field: String,
    },
    /// More decimals than the token or asset has.
    #[error("{field} has {given} decimals, at most {limit} can be represented")]
    TooManyDecimals {
        /// The field that the text was given for.
        field: String,
        /// Decimals in the text.
        given: usize,
        /// Decimals of the token or asset.
        limit: u8,
    },
    /// The amount exceeds the limit.
    #[error("{field} is too large, at most {limit} base units")]
    TooLarge {
        /// The field that the text was given for.
        field: String,
        /// The largest amount, in base units.
        limit: U256,
    },
    /// A token or asset with more decimals than 256 bits can hold.
    #[error("{field} would need {given} decimals, at most {DECIMALS_MAX} are supported")]
    DecimalsUnsupported {
        /// The field that the text was given for.
        field: String,
        /// Decimals of the token or asset.
        given: u8,
    },
}

/// Parses `text` as a number of whole units with at most `decimals` decimals.
///
/// Returns base units. Signs, exponents, separators and spaces are refused, and so is a value
/// above 2^256 - 1. `field` is what the errors call the value.
pub fn parse(field: &str, text: &str, decimals: u8) -> Result<U256, DecimalError> {
    parse_at_most(field, text, decimals, U256::MAX)
}

/// As [`parse`], and refuses more than `limit` base units.
pub fn parse_at_most(
    field: &str,
    text: &str,
    decimals: u8,
    limit: U256,
) -> Result<U256, DecimalError> {
    let named = || field.to_owned();
    if decimals > DECIMALS_MAX {
        return Err(DecimalError::DecimalsUnsupported {
            field: named(),
            given: decimals,
        });
    }
    if text.is_empty() {
        return Err(DecimalError::Empty { field: named() });
    }
    check_characters(field, text)?;
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) | Some(("", _)) => return Err(DecimalError::MissingDigit { field: named() }),
        Some(parts) => parts,
        None => (text, ""),
    };
    let missing = usize::from(decimals)
        .checked_sub(fraction.len())
        .ok_or_else(|| DecimalError::TooManyDecimals {
            field: named(),
            given: fraction.len(),
            limit: decimals,
        })?;
    let digits = whole
        .chars()
        .chain(fraction.chars())
        .chain(std::iter::repeat_n('0', missing));
    let value = accumulate(digits).filter(|value| *value <= limit);
    value.ok_or_else(|| DecimalError::TooLarge {
        field: named(),
        limit,
    })
}

/// Refuses anything but digits and a single point.
fn check_characters(field: &str, text: &str) -> Result<(), DecimalError> {
    let mut point_seen = false;
    for (character, position) in text.chars().zip(1..) {
        let second_point = character == '.' && std::mem::replace(&mut point_seen, true);
        if second_point || !(character == '.' || character.is_ascii_digit()) {
            return Err(DecimalError::InvalidCharacter {
                field: field.to_owned(),
                character,
                position,
            });
        }
    }
    Ok(())
}

/// The digits as one integer, `None` when it exceeds 256 bits.
fn accumulate(digits: impl Iterator<Item = char>) -> Option<U256> {
    let ten = U256::from(10);
    digits
        .filter_map(|digit| digit.to_digit(10))
        .try_fold(U256::ZERO, |value, digit| {
            value.checked_mul(ten)?.checked_add(U256::from(digit))
        })
}

/// Base units as whole units: exact, without trailing zeros, always with a digit before the point.
pub fn format(value: U256, decimals: u8) -> String {
    let width = usize::from(decimals).saturating_add(1);
    let digits = format!("{value:0>width$}", value = value.to_string());
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(usize::from(decimals)));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// Serialises a 256-bit value as a decimal string.
pub fn serialize_word<S: Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Deserialises a 256-bit value from a decimal string; anything else is an error.
pub fn deserialize_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse("value", &text, 0).map_err(serde::de::Error::custom)
}
