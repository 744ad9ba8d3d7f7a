//! Parameters of a request, read strictly: an unknown, repeated or malformed one is refused by name.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::options::bound;
use crate::problem::Problem;

/// The parameters of one request's query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    values: BTreeMap<String, String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

fn decoded(text: &str) -> Result<String, Problem> {
    let refuse = || Problem::parameter("query", "percent-encoded UTF-8", text);
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.get(..2).ok_or_else(refuse)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        rest = after.get(2..).unwrap_or_default();
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    Ok(decoded.map_err(|_| refuse())?.into_owned())
}

impl Query {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut values = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if values.insert(name.clone(), value).is_some() {
                return Err(Problem::parameter(&name, "given once", ""));
            }
        }
        Ok(Self { values })
    }

    /// Refuses every parameter that is not one of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let unknown = self
            .values
            .keys()
            .find(|name| !known.contains(&name.as_str()));
        match unknown {
            None => Ok(()),
            Some(name) if known.is_empty() => Err(Problem::parameter(
                "query",
                "empty: this route takes no parameters",
                name,
            )),
            Some(name) => Err(Problem::parameter(
                "query",
                format!("made of the parameters {}", known.join(", ")),
                name,
            )),
        }
    }

    /// A parameter as text; none where it was not given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// An address.
    pub fn address(&self, name: &str) -> Result<Option<Address>, Problem> {
        self.text(name).map(|text| address(name, text)).transpose()
    }

    /// A whole number within bounds.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = text.parse().ok().filter(|_| digits);
        parsed
            .filter(|number| (least..=most).contains(number))
            .map(Some)
            .ok_or_else(|| {
                Problem::parameter(name, format!("a whole number from {least} to {most}"), text)
            })
    }

    /// Unix seconds.
    pub fn second(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.number(name, 0, u64::from(u32::MAX) * 4)
    }

    /// `from` and `to`, everything where they are not given.
    pub fn span(&self) -> Result<(u64, u64), Problem> {
        let from = self.second("from")?.unwrap_or(0);
        let to = self.second("to")?.unwrap_or(i64::MAX.unsigned_abs());
        if from > to {
            return Err(Problem::parameter(
                "from",
                "at most `to`",
                &from.to_string(),
            ));
        }
        Ok((from, to))
    }

    /// Rows of a page.
    pub fn limit(&self) -> Result<u64, Problem> {
        Ok(self
            .number("limit", 1, bound::PAGE_MAX)?
            .unwrap_or(bound::PAGE_USUAL))
    }

    /// Base units.
    pub fn amount(&self, name: &str) -> Result<Option<U256>, Problem> {
        self.text(name).map(|text| amount(name, text)).transpose()
    }

    /// Base units that must be given and be more than zero.
    pub fn amount_above_zero(&self, name: &str) -> Result<U256, Problem> {
        let limit = "given: base units, a whole number above zero";
        match self.amount(name)? {
            Some(amount) if !amount.is_zero() => Ok(amount),
            Some(_) => Err(Problem::parameter(name, "above zero", "0")),
            None => Err(Problem::parameter(name, limit, "")),
        }
    }

    /// One of several words, the first where none is given.
    pub fn choice(&self, name: &str, words: &[&'static str]) -> Result<&'static str, Problem> {
        let usual = words.first().copied().unwrap_or_default();
        let Some(given) = self.text(name) else {
            return Ok(usual);
        };
        let found = words.iter().find(|word| **word == given);
        found
            .copied()
            .ok_or_else(|| Problem::parameter(name, format!("one of {}", words.join(", ")), given))
    }

    /// A list of names, parted by commas; empty where none is given.
    pub fn names(&self, name: &str) -> Result<Vec<String>, Problem> {
        let Some(given) = self.text(name) else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = given.split(',').map(str::to_owned).collect();
        if names.len() > bound::NAMES_MAX || names.iter().any(String::is_empty) {
            let limit = format!("one to {} names parted by commas", bound::NAMES_MAX);
            return Err(Problem::parameter(name, limit, given));
        }
        Ok(names)
    }

    /// The cursor that [`cursor`] made, cut at its dots into `parts` parts.
    pub fn cursor<const N: usize>(&self) -> Result<Option<[String; N]>, Problem> {
        let Some(given) = self.text("cursor") else {
            return Ok(None);
        };
        let parts: Vec<String> = given.split('.').map(str::to_owned).collect();
        let parts = <[String; N]>::try_from(parts).map_err(|_| bad_cursor(given))?;
        Ok(Some(parts))
    }
}

/// The refusal of a cursor that is none of ours.
pub(crate) fn bad_cursor(given: &str) -> Problem {
    Problem::parameter("cursor", "the `next` of the page before", given)
}

/// A part of a cursor as a number.
pub(crate) fn cursor_number(part: &str) -> Result<u64, Problem> {
    part.parse()
        .ok()
        .filter(|number| *number <= i64::MAX.unsigned_abs())
        .ok_or_else(|| bad_cursor(part))
}

/// A part of a cursor as a word.
pub(crate) fn cursor_word(part: &str) -> Result<U256, Problem> {
    U256::from_str_radix(part, 16).map_err(|_| bad_cursor(part))
}

/// A part of a cursor as an address.
pub(crate) fn cursor_address(part: &str) -> Result<Address, Problem> {
    part.parse().map_err(|_| bad_cursor(part))
}

/// An address from its 40 hexadecimal digits after `0x`; a checksum is not asked for.
pub(crate) fn address(name: &str, text: &str) -> Result<Address, Problem> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40);
    let parsed = digits.and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| Problem::parameter(name, "an address: 0x and 40 hexadecimal digits", text))
}

/// Base units in decimal.
pub(crate) fn amount(name: &str, text: &str) -> Result<U256, Problem> {
    let digits = (1..=78).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = U256::from_str_radix(text, 10).ok().filter(|_| digits);
    parsed.ok_or_else(|| {
        Problem::parameter(
            name,
            "base units: a whole number from 0 to 2^256 - 1 in decimal",
            text,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{Query, address, amount};

    #[test]
    fn parameters_are_read_strictly() {
        let query = Query::parse("limit=7&search=a%20b+c").expect("reads");
        assert_eq!(query.limit().expect("a limit"), 7);
        assert_eq!(query.text("search"), Some("a b c"));
        assert!(query.only(&["limit", "search"]).is_ok());
        assert!(query.only(&["limit"]).is_err());
        for bad in ["a=%zz", "a=%", "a=%f", "a=%ff%fe", "a=1&a=2", "a=%é0"] {
            assert!(Query::parse(bad).is_err(), "{bad}");
        }
        for bad in [
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=+7",
            "limit=1e3",
            "limit=",
        ] {
            let query = Query::parse(bad).expect("reads");
            assert!(query.limit().is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_and_addresses_are_exact_or_refused() {
        assert!(amount("tokens", &"9".repeat(78)).is_err());
        assert!(amount("tokens", "١٢٣").is_err());
        assert!(amount("tokens", "0x10").is_err());
        assert!(amount("tokens", "").is_err());
        assert!(amount("tokens", &format!("{:078}", 5)).is_ok());
        assert!(address("token", "0x12").is_err());
        assert!(address("token", &format!("0x{}", "é".repeat(20))).is_err());
        assert!(address("token", &"1".repeat(42)).is_err());
        assert!(address("token", &format!("0x{}", "aB".repeat(20))).is_ok());
    }
}
