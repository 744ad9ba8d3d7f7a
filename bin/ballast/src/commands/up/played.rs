//! What a played market tells: tokens, synthetics, services, and what the store holds.

use serde::Serialize;

use crate::commands::up::describe_index;
use crate::crisis::{self, Outcome, PresetReport, ServiceFigures};
use crate::market::{MarketReport, Standing};
use crate::output::{Lines, Report};
use crate::services::IndexFigures;
use crate::verdict::{Breach, expect_none};

/// A market's report, with what its indexing found.
#[derive(Serialize)]
pub struct PlayedReport {
    #[serde(flatten)]
    market: MarketReport,
    /// What became of the synthetics on the same path.
    synthetics: Vec<PresetReport>,
    /// What became of them together.
    #[serde(flatten)]
    outcome: Outcome,
    /// What oracle nodes and keeper did.
    #[serde(flatten)]
    services: ServiceFigures,
    /// Comparisons of their books with the model.
    model_comparisons: u64,
    /// Of them, those that differed: must be 0.
    model_mismatches: u64,
    #[serde(flatten)]
    index: Option<IndexFigures>,
}

impl PlayedReport {
    /// What `market` tells, with what is left of its synthetics. Their services are to `end` before they are counted, or
    /// go on.
    ///
    /// # Errors
    /// Where the services' store cannot be read or the chain does not answer.
    pub async fn new(
        market: MarketReport,
        standing: &mut Standing,
        (index, end): (Option<IndexFigures>, bool),
    ) -> eyre::Result<Self> {
        let (services, synthetics, outcome) = match standing.aftermath() {
            Some(left) => {
                let services = left.services(end).await?;
                (services, left.synthetics.clone(), left.outcome.clone())
            }
            None => Default::default(),
        };
        let sum = |of: fn(&PresetReport) -> u64| synthetics.iter().map(of).sum();
        Ok(Self {
            model_comparisons: sum(|one| one.model_comparisons),
            model_mismatches: sum(|one| one.mismatches),
            market,
            synthetics,
            outcome,
            services,
            index,
        })
    }

    /// Nothing where everything that must be 0 is 0; the index has a check of its own.
    ///
    /// # Errors
    /// What is not 0, with the first time.
    pub fn verdict(&self) -> eyre::Result<()> {
        let mismatch = self
            .synthetics
            .iter()
            .find_map(|one| one.first_mismatch.as_ref());
        let (market, outcome) = (&self.market, &self.outcome);
        let breaks = outcome.deficit.order_breaks;
        expect_none(
            "up",
            &[
                Breach::new(
                    "floor falls",
                    market.floor_falls,
                    market.first_fall.as_ref(),
                ),
                Breach::new("ledger gaps", market.ledger_gaps, None),
                Breach::new("model mismatches", self.model_mismatches, mismatch),
                Breach::new("breaks of the order in which losses are paid", breaks, None),
                Breach::new("duplicate sends", self.services.duplicate_sends, None),
            ],
        )
    }
}

impl Report for PlayedReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&self.market.human());
        if !self.synthetics.is_empty() {
            lines.heading("synthetics");
            let heads: Vec<&str> = self
                .synthetics
                .iter()
                .map(|one| one.synthetic.as_str())
                .collect();
            crisis::table(&mut lines, &self.synthetics, &heads);
            lines.heading("oracle and keeper");
            describe_services(&mut lines, &self.services);
        }
        if let Some(index) = &self.index {
            lines.heading("store");
            describe_index(&mut lines, index);
        }
        lines.text()
    }
}

fn describe_services(lines: &mut Lines, services: &ServiceFigures) {
    let sends = |sends: u64, failures: u64| format!("{sends} sends, {failures} failed");
    let run = if services.processes {
        "as processes of their own"
    } else {
        "inside this program"
    };
    lines
        .add("run", run)
        .add(
            "keeper",
            sends(services.keeper_sends, services.keeper_failures),
        )
        .add(
            "oracle nodes",
            sends(services.oracle_sends, services.oracle_failures),
        )
        .add("duplicate sends", services.duplicate_sends);
    let ended: u64 = services.exits.values().sum();
    lines.add("ended by itself", ended);
    lines.add_some("the first", services.first_exit.as_ref());
}
