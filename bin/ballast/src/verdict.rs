//! What must never happen in a run, and how it ends where it did.

use crate::fail::{Kind, of_kind};

/// A count of what must never happen.
#[derive(Clone, Debug)]
pub struct Breach {
    /// What it counts, in words.
    pub what: String,
    /// How often it happened.
    pub count: u64,
    /// The first time, in words, where it is known.
    pub first: Option<String>,
}

impl Breach {
    /// A count with the first time in words.
    pub fn new(what: impl Into<String>, count: u64, first: Option<&String>) -> Self {
        Self {
            what: what.into(),
            count,
            first: first.cloned(),
        }
    }
}

/// Nothing where every count is 0.
///
/// # Errors
/// [`Kind::Verification`] with every count above 0, and the first time where it is known.
pub fn expect_none(run: &str, breaches: &[Breach]) -> eyre::Result<()> {
    let found: Vec<String> = breaches
        .iter()
        .filter(|breach| breach.count > 0)
        .map(|breach| {
            let first = breach.first.as_ref();
            let first = first.map_or_else(String::new, |first| format!(" (the first: {first})"));
            format!("{}: {}{first}", breach.what, breach.count)
        })
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(of_kind(
        Kind::Verification,
        format!("{run}: must be 0 and is not: {}", found.join("; ")),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Breach, expect_none};
    use crate::fail::{Kind, shown};

    #[test]
    fn a_run_without_breaches_is_good() {
        let none = [
            Breach::new("floor falls", 0, None),
            Breach::new("duplicate sends", 0, Some(&"never".to_owned())),
        ];
        assert!(expect_none("up", &none).is_ok());
    }

    #[test]
    fn every_breach_is_named_with_its_count_and_its_first_time() {
        let some = [
            Breach::new("floor falls", 2, Some(&"block 7".to_owned())),
            Breach::new("ledger gaps", 0, None),
            Breach::new("duplicate sends", 1, None),
        ];
        let error = expect_none("up", &some).expect_err("it must fail");
        let shown = shown(&error);
        assert_eq!(shown.kind, Kind::Verification);
        assert_eq!(
            shown.message,
            "up: must be 0 and is not: floor falls: 2 (the first: block 7); duplicate sends: 1"
        );
    }
}
