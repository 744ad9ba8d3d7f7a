//! Numbers as venues print them, exactly.

use alloy::primitives::U256;
use ballast_types::decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::quote::DECIMALS;

/// Longest text that is read as a number.
const CHARACTERS_MAX: usize = 80;
/// Furthest that an exponent may move the point.
const EXPONENT_MAX: usize = 60;

/// A JSON value as it stands in a message: a number, or text that holds one.
#[derive(Debug, Deserialize)]
pub(crate) struct Exact(Box<RawValue>);

impl Exact {
    /// The text, without the quotation marks that some venues put around numbers.
    pub fn text(&self) -> &str {
        let text = self.0.get();
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text)
    }

    /// With 18 decimals; what is finer is refused.
    pub fn wad(&self, field: &str) -> Result<U256, String> {
        number(field, self.text(), false)
    }

    /// With 18 decimals, what is finer cut off: for volumes.
    pub fn wad_down(&self, field: &str) -> Result<U256, String> {
        number(field, self.text(), true)
    }
}

/// Reads digits with one point and an exponent, as JSON has numbers, without going through a binary fraction.
fn number(field: &str, text: &str, cut: bool) -> Result<U256, String> {
    if text.len() > CHARACTERS_MAX {
        return Err(format!(
            "{field} has {} characters, at most {CHARACTERS_MAX} are read",
            text.len()
        ));
    }
    let plain = match text.split_once(['e', 'E']) {
        None => text.to_owned(),
        Some((digits, exponent)) => moved(digits, exponent)
            .ok_or_else(|| format!("{field} has an exponent that cannot be read"))?,
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut fraction = fraction.trim_end_matches('0');
    if cut {
        fraction = fraction.get(..usize::from(DECIMALS)).unwrap_or(fraction);
    }
    let shown = if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    };
    decimal::parse(field, &shown, DECIMALS).map_err(|error| error.to_string())
}

/// `digits` with the point moved by `exponent`.
fn moved(digits: &str, exponent: &str) -> Option<String> {
    let (left, places) = match exponent.strip_prefix('-') {
        Some(places) => (true, places),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let places: usize = places
        .parse()
        .ok()
        .filter(|places| *places <= EXPONENT_MAX)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() {
        return None;
    }
    let zeros = "0".repeat(places);
    if left {
        let padded = format!("{zeros}{whole}");
        let (whole, tail) = padded.split_at_checked(padded.len().checked_sub(places)?)?;
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        return Some(format!("{whole}.{tail}{fraction}"));
    }
    let padded = format!("{fraction}{zeros}");
    let (head, fraction) = padded.split_at_checked(places)?;
    Some(format!("{whole}{head}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::number;
    use alloy::primitives::U256;

    fn read(text: &str) -> Result<u128, String> {
        number("last", text, false).map(|value| value.to::<u128>())
    }

    const ONE: u128 = 1_000_000_000_000_000_000;

    #[test]
    fn numbers_are_read_to_the_last_digit() {
        assert_eq!(read("0.1"), Ok(ONE / 10));
        assert_eq!(read("30303.20000"), Ok(303_032 * ONE / 10));
        assert_eq!(read("0.000000000000000001"), Ok(1));
        assert_eq!(read("12"), Ok(12 * ONE));
        assert_eq!(read("7.00000000000000000000000"), Ok(7 * ONE));
    }

    #[test]
    fn exponents_move_the_point() {
        assert_eq!(read("1e-7"), Ok(ONE / 10_000_000));
        assert_eq!(read("1.5E3"), Ok(1_500 * ONE));
        assert_eq!(read("12.25e+1"), Ok(1_225 * ONE / 10));
        assert_eq!(read("250e-2"), Ok(25 * ONE / 10));
        assert_eq!(read("0e0"), Ok(0));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-1", "NaN", "Infinity", "null", "1.2.3", "0x10", "1e99", "1e", "e5", "1e-", " 1",
            "true", ".5",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"9".repeat(90)).unwrap_err().contains("at most 80"));
        assert!(
            read("0.0000000000000000001")
                .unwrap_err()
                .contains("19 decimals")
        );
        let cut = number("volume", "1.0000000000000000019", true);
        assert_eq!(cut, Ok(U256::from(ONE + 1)));
    }
}
