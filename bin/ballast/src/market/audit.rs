//! Holds every state against the theorems, in exact integers.

use alloy::primitives::{U256, U512};

use super::view::{Backing, View, WAD};

/// What was checked so far.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    before: Vec<Backing>,
    /// Comparisons of a floor with itself before.
    pub checks: u64,
    /// Comparisons that found it lower.
    pub falls: u64,
    /// The first fall, in words.
    pub first_fall: Option<String>,
    /// Smallest R * S over F * (S - C) seen, in wad rounded down.
    pub coverage_wad: Option<U256>,
    /// The same while something was lent: without loans it is one by definition.
    pub lent_coverage_wad: Option<U256>,
    /// States whose cash and loans do not sum to what the reserve states as backing.
    pub ledger_gaps: u64,
}

impl Audit {
    /// Takes in the backings as they stand just before block `number`, at its time: nothing but time has passed since
    /// the state before.
    pub fn wait(&mut self, backings: Vec<Backing>, symbols: &[&str], number: u64) {
        self.compare(&backings, symbols, number);
        self.before = backings;
    }

    /// Takes in the state after block `number`: every floor against what [`Audit::wait`] saw, so that nothing that
    /// vested meanwhile hides a fall, and every coverage.
    pub fn enter(&mut self, views: &[View], symbols: &[&str], number: u64) {
        let backings: Vec<Backing> = views.iter().map(Backing::from).collect();
        self.compare(&backings, symbols, number);
        views.iter().for_each(|view| self.cover(view));
        self.before = backings;
    }

    fn compare(&mut self, after: &[Backing], symbols: &[&str], number: u64) {
        let pairs: Vec<(Backing, Backing)> = self
            .before
            .iter()
            .cloned()
            .zip(after.iter().cloned())
            .collect();
        for ((was, is), symbol) in pairs.iter().zip(symbols) {
            self.compare_one(was, is, symbol, number);
        }
    }

    /// Theorem 1: `F' * S >= F * S'`. Both products fit: F has at most 112 bits, S at most 123.
    fn compare_one(&mut self, was: &Backing, is: &Backing, symbol: &str, number: u64) {
        for (index, (before, after)) in was.totals.iter().zip(&is.totals).enumerate() {
            self.checks += 1;
            if *after * was.claims < *before * is.claims {
                self.falls += 1;
                let words = || {
                    format!(
                        "{symbol}: the floor of asset {index} fell in block {number}: {after} over {} after {before} over {}",
                        is.claims, was.claims
                    )
                };
                self.first_fall.get_or_insert_with(words);
            }
        }
    }

    /// Theorem 2: cash alone pays every unlocked token at the floor.
    fn cover(&mut self, view: &View) {
        for ledger in &view.ledger {
            self.ledger_gaps += u64::from(ledger.cash + ledger.lent != ledger.total);
            let Some(coverage) = coverage_wad(ledger.cash, ledger.total, view.claims, view.locked)
            else {
                continue;
            };
            lower(&mut self.coverage_wad, coverage);
            if !ledger.lent.is_zero() {
                lower(&mut self.lent_coverage_wad, coverage);
            }
        }
    }
}

fn lower(least: &mut Option<U256>, value: U256) {
    *least = Some(least.map_or(value, |least| least.min(value)));
}

/// `R * S / (F * (S - C))` in wad, rounded down; none where nothing needs to be covered.
pub fn coverage_wad(cash: U256, total: U256, claims: U256, locked: U256) -> Option<U256> {
    let wide = |a: U256, b: U256| U512::from(a) * U512::from(b);
    let to_cover = wide(total, claims.saturating_sub(locked));
    let coverage = (wide(cash, claims) * U512::from(WAD)).checked_div(to_cover)?;
    Some(U256::saturating_from(coverage))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{Audit, coverage_wad};
    use crate::market::view::{Backing, Ledger, View, WAD};

    fn view(cash: u64, lent: u64, claims: u64, locked: u64) -> View {
        let word = U256::from::<u64>;
        let ledger = Ledger {
            cash: word(cash),
            lent: word(lent),
            total: word(cash + lent),
            streaming: U256::ZERO,
        };
        View {
            claims: word(claims),
            locked: word(locked),
            ledger: vec![ledger],
            ..View::default()
        }
    }

    #[test]
    fn a_floor_that_falls_by_one_unit_is_seen() {
        let mut audit = Audit::default();
        audit.enter(&[view(100, 0, 1_000, 0)], &["T"], 1);
        audit.enter(&[view(50, 0, 500, 0)], &["T"], 2);
        assert_eq!(
            (audit.checks, audit.falls),
            (1, 0),
            "half of both is the same floor"
        );
        audit.enter(&[view(49, 0, 490, 0)], &["T"], 3);
        audit.enter(&[view(48, 0, 481, 0)], &["T"], 4);
        assert_eq!((audit.checks, audit.falls), (3, 1));
        let vested = Backing {
            totals: vec![U256::from(60)],
            claims: U256::from(481),
        };
        audit.wait(vec![vested], &["T"], 5);
        audit.enter(&[view(59, 0, 481, 0)], &["T"], 5);
        assert_eq!(
            (audit.checks, audit.falls),
            (5, 2),
            "what vested before the block hides nothing"
        );
        assert!(
            audit
                .first_fall
                .expect("words")
                .starts_with("T: the floor of asset 0 fell in block 4")
        );
    }

    #[test]
    fn coverage_is_one_without_loans_and_rounded_down() {
        let wad = U256::from(WAD);
        let of = |cash: u64, total: u64, claims: u64, locked: u64| {
            coverage_wad(
                U256::from(cash),
                U256::from(total),
                U256::from(claims),
                U256::from(locked),
            )
        };
        assert_eq!(of(100, 100, 1_000, 0), Some(wad));
        assert_eq!(of(5, 100, 1_000, 1_000), None);
        assert!(of(899, 1_000, 1_000, 100).expect("some") < wad);
        assert_eq!(of(2, 3, 3, 0), Some(wad * U256::from(2) / U256::from(3)));
    }

    #[test]
    fn the_smallest_coverage_with_something_lent_is_kept_apart() {
        let mut audit = Audit::default();
        audit.enter(&[view(100, 0, 1_000, 0)], &["T"], 1);
        assert_eq!(
            (audit.coverage_wad, audit.lent_coverage_wad),
            (Some(U256::from(WAD)), None)
        );
        audit.enter(&[view(50, 50, 1_000, 600)], &["T"], 2);
        assert_eq!(audit.coverage_wad, Some(U256::from(WAD)));
        assert_eq!(
            audit.lent_coverage_wad,
            Some(U256::from(WAD) * U256::from(5) / U256::from(4))
        );
        assert_eq!(audit.ledger_gaps, 0);
    }
}
