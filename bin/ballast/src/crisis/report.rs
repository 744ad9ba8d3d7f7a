//! What a played crisis tells: one object for programs, a table for people.

use std::collections::BTreeMap;

use serde::Serialize;

use super::control::ControlReport;
use super::driver::{Driver, ServiceFigures};
use super::field::Field;
use super::outcome::{self, Outcome, rounded};
use super::world::whole;
use crate::output::{Lines, Report};
use crate::services::IndexFigures;
use crate::verdict::{Breach, expect_none};

/// One preset's run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PresetReport {
    /// The preset.
    pub preset: &'static str,
    /// The synthetic.
    pub synthetic: String,
    /// Vaults that were opened.
    pub vaults: u64,
    /// Debt at the beginning and at the end, whole synthetics.
    pub debt_start: f64,
    /// At the end.
    pub debt_end: f64,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The English auction on the same path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlReport>,
    /// Keeper and oracle; none where they serve several synthetics.
    #[serde(flatten)]
    pub services: Option<ServiceFigures>,
    /// Blocks that were played.
    pub blocks: u64,
    /// What actors did.
    pub actions: BTreeMap<&'static str, u64>,
    /// What was refused to them.
    pub refused: BTreeMap<String, u64>,
    /// Offers of owners that no block took.
    pub never_mined: u64,
    /// Comparisons of book and model.
    pub model_comparisons: u64,
    /// Of them, and of those of the index, what differed: must be 0.
    pub mismatches: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_mismatch: Option<String>,
    /// The index of the run's chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexFigures>,
}

/// A crisis.
#[derive(Clone, Debug, Serialize)]
pub struct CrisisReport {
    /// Its name.
    pub scenario: &'static str,
    /// Seed of every chance.
    pub seed: u64,
    /// First moment.
    pub first: String,
    /// Last moment.
    pub last: String,
    /// Moments of the path.
    pub moments: u64,
    /// What was assumed.
    pub assumptions: Vec<String>,
    /// One run for each preset.
    pub presets: Vec<PresetReport>,
}

impl PresetReport {
    /// Everything that `field` counted, beside the control's outcome.
    pub fn new<D: Driver>(
        field: &Field<D>,
        preset: &'static str,
        control: Option<ControlReport>,
        index: Option<IndexFigures>,
    ) -> Self {
        let (counts, tally) = (&field.mirror.counts, &field.tally);
        let begun = field.stage.owners.iter().map(|one| one.beginning.debt);
        let debt_end = field.mirror.model.debt().map(|debt| whole(debt.get()));
        Self {
            preset,
            synthetic: field.stage.record.symbol.clone(),
            vaults: field.stage.owners.len() as u64,
            debt_start: rounded(begun.sum()),
            debt_end: rounded(debt_end.unwrap_or_default()),
            outcome: outcome::of(field),
            control,
            services: field.driver.figures(),
            blocks: tally.blocks,
            actions: tally.actions.clone(),
            refused: tally.refused.clone(),
            never_mined: tally.never_mined,
            model_comparisons: counts.comparisons,
            mismatches: field.mirror.mismatches + index.map_or(0, |index| index.mismatches),
            first_mismatch: field.mirror.first_mismatch.clone(),
            index,
        }
    }

    /// What must not have happened; zero bids only where they were promised not to.
    fn breaches(&self, without_zero_bids: bool) -> Vec<Breach> {
        let named = |what: &str| format!("{} {what}", self.preset);
        let duplicates = self.services.as_ref().map_or(0, |one| one.duplicate_sends);
        let breaks = self.outcome.deficit.order_breaks;
        let mut all = vec![
            Breach::new(
                named("mismatches"),
                self.mismatches,
                self.first_mismatch.as_ref(),
            ),
            Breach::new(named("order breaks"), breaks, None),
            Breach::new(named("duplicate sends"), duplicates, None),
        ];
        if without_zero_bids {
            let (count, first) = (self.outcome.zero_bids, &self.outcome.first_zero_bid);
            all.push(Breach::new(named("zero bids"), count, first.as_ref()));
        }
        all
    }

    /// The figures that stand beside each other, with their names.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        let short = |text: &str| text.split('.').next().unwrap_or(text).to_owned();
        let outcome = &self.outcome;
        let sold: Vec<String> = outcome
            .collateral_sold
            .iter()
            .map(|(symbol, amount)| format!("{} {symbol}", short(amount)))
            .collect();
        let (deficit, under, peg) = (&outcome.deficit, outcome.seconds_under_water, outcome.peg);
        let mut rows = vec![
            ("vaults", self.vaults.to_string()),
            ("debt at the beginning", format!("{:.0}", self.debt_start)),
            ("debt at the end", format!("{:.0}", self.debt_end)),
            ("liquidations", outcome.liquidations.to_string()),
            ("collateral sold", sold.join(", ")),
            ("paid for it", short(&outcome.paid)),
            ("mean discount", percent(outcome.discount_mean)),
            ("zero bids", outcome.zero_bids.to_string()),
        ];
        if let Some(control) = &self.control {
            rows.extend([
                ("zero bids of the control", control.zero_bids.to_string()),
                ("lots of the control", control.auctions.to_string()),
                ("loss of the control", format!("{:.0}", control.deficit)),
            ]);
        }
        rows.extend([
            ("losses booked", short(&deficit.booked)),
            ("paid by surplus", short(&deficit.covered_by_surplus)),
            ("paid by the backstop", short(&deficit.covered_by_backstop)),
            ("paid by holders", short(&deficit.covered_by_holders)),
            ("open at the end", short(&deficit.open)),
            ("redemption pays at least", percent(deficit.haircut_lowest)),
            ("seconds under water, p50", under.p50.to_string()),
            ("seconds under water, p99", under.p99.to_string()),
            ("peg, mean distance", percent(peg.deviation_mean)),
            ("peg, lowest", percent(peg.lowest)),
            ("peg, highest", percent(peg.highest)),
            ("redemptions", outcome.redemptions.to_string()),
        ]);
        if let Some(services) = &self.services {
            let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>().to_string();
            rows.extend([
                ("keeper sends", services.keeper_sends.to_string()),
                ("keeper failures", services.keeper_failures.to_string()),
                ("duplicate sends", services.duplicate_sends.to_string()),
                ("kills", sum(&services.kills)),
                ("faults injected", sum(&services.faults)),
            ]);
        }
        rows.extend([
            (
                "comparisons with the model",
                self.model_comparisons.to_string(),
            ),
            ("mismatches", self.mismatches.to_string()),
        ]);
        rows
    }
}

/// Figures of several presets beside each other, names first.
pub fn table(lines: &mut Lines, presets: &[PresetReport], heads: &[&str]) {
    let mut names = vec![""];
    names.extend(heads);
    let columns: Vec<Vec<(&'static str, String)>> =
        presets.iter().map(PresetReport::rows).collect();
    let rows: Vec<Vec<String>> = columns
        .first()
        .map(|first| first.iter().enumerate())
        .into_iter()
        .flatten()
        .map(|(index, (name, _))| {
            let values = columns.iter().filter_map(|column| column.get(index));
            std::iter::once((*name).to_owned())
                .chain(values.map(|(_, value)| value.clone()))
                .collect()
        })
        .collect();
    lines.table(&names, &rows);
}

/// The crisis that promises no zero bids.
const WITHOUT_ZERO_BIDS: &str = "black-thursday";

impl CrisisReport {
    /// Nothing where everything that must be 0 is 0.
    ///
    /// # Errors
    /// What is not 0, by preset, with the first time.
    pub fn verdict(&self) -> eyre::Result<()> {
        let breaches: Vec<Breach> = self
            .presets
            .iter()
            .flat_map(|one| one.breaches(self.scenario == WITHOUT_ZERO_BIDS))
            .collect();
        expect_none("scenario", &breaches)
    }
}

impl Report for CrisisReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.heading(self.scenario);
        lines
            .add("from", &self.first)
            .add("to", &self.last)
            .add("moments", self.moments)
            .add("seed", self.seed);
        for assumption in &self.assumptions {
            lines.add("assumed", assumption);
        }
        lines.plain("");
        let heads: Vec<&str> = self.presets.iter().map(|one| one.preset).collect();
        table(&mut lines, &self.presets, &heads);
        lines.text()
    }
}

#[cfg(test)]
mod tests {
    use super::{CrisisReport, PresetReport};
    use crate::crisis::ServiceFigures;

    fn crisis(scenario: &'static str, preset: PresetReport) -> CrisisReport {
        CrisisReport {
            scenario,
            seed: 0,
            first: String::new(),
            last: String::new(),
            moments: 1,
            assumptions: Vec::new(),
            presets: vec![PresetReport::default(), preset],
        }
    }

    fn of(change: impl FnOnce(&mut PresetReport)) -> PresetReport {
        let mut preset = PresetReport {
            preset: "high-security",
            services: Some(ServiceFigures::default()),
            ..PresetReport::default()
        };
        change(&mut preset);
        preset
    }

    #[test]
    fn a_crisis_fails_by_each_count_that_must_be_zero_and_names_its_preset() {
        let good = of(|_| {});
        assert!(crisis("black-thursday", good).verdict().is_ok());
        let bad = [
            (of(|one| one.mismatches = 3), "high-security mismatches: 3"),
            (
                of(|one| one.outcome.deficit.order_breaks = 1),
                "high-security order breaks: 1",
            ),
            (
                of(|one| {
                    one.services = Some(ServiceFigures {
                        duplicate_sends: 2,
                        ..ServiceFigures::default()
                    });
                }),
                "high-security duplicate sends: 2",
            ),
        ];
        for (preset, named) in bad {
            let failed = crisis("may-2021", preset).verdict().expect_err(named);
            assert!(failed.to_string().contains(named), "{failed}");
        }
    }

    #[test]
    fn zero_bids_are_a_failure_only_where_none_are_promised() {
        let some = || of(|one| one.outcome.zero_bids = 1);
        assert!(crisis("may-2021", some()).verdict().is_ok());
        let failed = crisis("black-thursday", some()).verdict();
        let failed = failed.expect_err("it promised none").to_string();
        assert!(failed.contains("zero bids: 1"), "{failed}");
    }
}
