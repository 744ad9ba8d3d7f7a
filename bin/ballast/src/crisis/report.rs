//! What a played crisis tells: one object for programs, a table for people.

use std::collections::BTreeMap;

use ballast_types::decimal;
use serde::Serialize;

use super::control::ControlReport;
use super::driver::{Driver, ServiceFigures};
use super::field::Field;
use super::world::whole;
use crate::output::{Lines, Report};
use crate::services::IndexFigures;

const DECIMALS: u8 = 18;

/// Losses and who paid them. Whole synthetics as decimal strings, exact.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeficitReport {
    /// Written, in all: takes, bookings without a sale, the peg module's custody.
    pub booked: String,
    /// Of it, by takes that the collateral did not cover.
    pub booked_by_takes: String,
    /// Of it, without a sale.
    pub booked_without_sale: String,
    /// Of it, by the peg module.
    pub booked_by_peg: String,
    /// Paid, in all.
    pub covered: String,
    /// Of it, by interest and surplus, the first to pay.
    pub covered_by_surplus: String,
    /// Of it, by the backstop, the second.
    pub covered_by_backstop: String,
    /// Of it, by holders who redeemed or left under a haircut, the last.
    pub covered_by_holders: String,
    /// Of it, by others of their own will.
    pub covered_by_others: String,
    /// Taken back by the peg module as its custody recovered.
    pub regained_by_peg: String,
    /// What stands at the end.
    pub open: String,
    /// The most that stood at a time.
    pub most: f64,
    /// Lowest share of face value that a redemption would have paid.
    pub haircut_lowest: f64,
    /// Times that holders paid while surplus or backstop could have: must be 0.
    pub order_breaks: u64,
    /// Whether what was written is what was paid and what stands, to the last digit.
    pub adds_up: bool,
}

/// Seconds that vaults were unhealthy.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SecondsReport {
    /// Episodes.
    pub count: u64,
    /// Half of them were not longer.
    pub p50: u64,
    /// Ninety-nine of a hundred were not longer.
    pub p99: u64,
    /// Not ended when the path did.
    pub open: u64,
}

/// How far the synthetic was from its face value.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct PegReport {
    /// Mean distance, of face value.
    pub deviation_mean: f64,
    /// The furthest, with its sign.
    pub deviation_worst: f64,
    /// The furthest below.
    pub lowest: f64,
    /// The furthest above.
    pub highest: f64,
}

/// What prices did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct OracleReport {
    /// Times that a price was stored.
    pub pokes: u64,
    /// Of them, with mid held back by a step.
    pub stepped: u64,
    /// Times that a source was left out.
    pub sources_left_out: u64,
    /// Times that too few sources agreed.
    pub became_unsafe: u64,
    /// Blocks in which a price was neither safe nor stepped.
    pub blocks_unsafe: u64,
    /// The furthest that stored mid and market were apart.
    pub lag_worst: f64,
}

/// One preset's run.
#[derive(Clone, Debug, Serialize)]
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
    /// Vaults that something was taken of, each time counted.
    pub liquidations: u64,
    /// Collateral that takers got, by symbol, whole tokens.
    pub collateral_sold: BTreeMap<String, String>,
    /// What takers paid.
    pub paid: String,
    /// Mean of 1 less what was paid over what the collateral was worth at the stored mid price.
    pub discount_mean: f64,
    /// Takes that paid less than a hundredth of what they got: must be 0.
    pub zero_bids: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_zero_bid: Option<String>,
    /// The English auction on the same path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlReport>,
    /// Losses.
    pub deficit: DeficitReport,
    /// By the market's own price.
    pub seconds_under_water: SecondsReport,
    /// By the stored mid price.
    pub seconds_unhealthy: SecondsReport,
    /// Distance to face value.
    pub peg: PegReport,
    /// Redemptions.
    pub redemptions: u64,
    /// What they burned.
    pub redeemed: String,
    /// Clocks that were started.
    pub flags: u64,
    /// Losses written without a sale.
    pub bookings: u64,
    /// Prices.
    pub oracle: OracleReport,
    /// Keeper and oracle.
    #[serde(flatten)]
    pub services: ServiceFigures,
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

fn text(amount: alloy::primitives::U256) -> String {
    decimal::format(amount, DECIMALS)
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn seconds(episodes: &super::tally::Episodes) -> SecondsReport {
    SecondsReport {
        count: episodes.count(),
        p50: episodes.percentile(0.5),
        p99: episodes.percentile(0.99),
        open: episodes.open,
    }
}

fn deficit<D: Driver>(field: &Field<D>) -> DeficitReport {
    let (losses, sums) = (&field.mirror.losses, field.mirror.model.sums());
    let booked = losses.by_takes + losses.by_book + losses.by_peg;
    let covered = losses.by_surplus + losses.by_backstop + losses.by_holders + losses.by_others;
    let open = sums.deficit.get();
    DeficitReport {
        booked: text(booked),
        booked_by_takes: text(losses.by_takes),
        booked_without_sale: text(losses.by_book),
        booked_by_peg: text(losses.by_peg),
        covered: text(covered),
        covered_by_surplus: text(losses.by_surplus),
        covered_by_backstop: text(losses.by_backstop),
        covered_by_holders: text(losses.by_holders),
        covered_by_others: text(losses.by_others),
        regained_by_peg: text(losses.peg_regained),
        open: text(open),
        most: rounded(field.tally.deficit_most),
        haircut_lowest: rounded(field.tally.haircut_lowest),
        order_breaks: losses.order_breaks,
        adds_up: booked == covered + losses.peg_regained + open,
    }
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
        let sold = field.stage.collaterals.iter().zip(&counts.taken_collateral);
        let paid = counts.taken_paid.iter().copied();
        let (discounts, takes) = counts.discounts;
        let begun = field.stage.owners.iter().map(|one| one.beginning.debt);
        let debt_end = field.mirror.model.debt().map(|debt| whole(debt.get()));
        Self {
            preset,
            synthetic: field.stage.record.symbol.clone(),
            vaults: field.stage.owners.len() as u64,
            debt_start: rounded(begun.sum()),
            debt_end: rounded(debt_end.unwrap_or_default()),
            liquidations: counts.liquidations,
            collateral_sold: sold
                .map(|(one, amount)| (one.symbol.clone(), text(*amount)))
                .collect(),
            paid: text(paid.fold(alloy::primitives::U256::ZERO, |sum, one| sum + one)),
            discount_mean: rounded(discounts / takes.max(1) as f64),
            zero_bids: counts.zero_bids,
            first_zero_bid: counts.first_zero_bid.clone(),
            control,
            deficit: deficit(field),
            seconds_under_water: seconds(&tally.under_water),
            seconds_unhealthy: seconds(&tally.unhealthy),
            peg: PegReport {
                deviation_mean: rounded(tally.peg.mean()),
                deviation_worst: rounded(tally.peg.worst()),
                lowest: rounded(tally.peg.lowest),
                highest: rounded(tally.peg.highest),
            },
            redemptions: counts.redemptions,
            redeemed: text(counts.redeemed),
            flags: counts.flags,
            bookings: counts.bookings,
            oracle: OracleReport {
                pokes: counts.pokes,
                stepped: counts.stepped,
                sources_left_out: counts.sources_left_out,
                became_unsafe: counts.became_unsafe,
                blocks_unsafe: tally.blocks_unsafe,
                lag_worst: rounded(tally.lag_worst),
            },
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

    /// The figures that stand beside each other, with their names.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        let short = |text: &str| text.split('.').next().unwrap_or(text).to_owned();
        let sold: Vec<String> = self
            .collateral_sold
            .iter()
            .map(|(symbol, amount)| format!("{} {symbol}", short(amount)))
            .collect();
        let deficit = &self.deficit;
        let control = self.control.clone().unwrap_or_default();
        let under = self.seconds_under_water;
        let services = &self.services;
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>().to_string();
        vec![
            ("vaults", self.vaults.to_string()),
            ("debt at the beginning", format!("{:.0}", self.debt_start)),
            ("debt at the end", format!("{:.0}", self.debt_end)),
            ("liquidations", self.liquidations.to_string()),
            ("collateral sold", sold.join(", ")),
            ("paid for it", short(&self.paid)),
            ("mean discount", percent(self.discount_mean)),
            ("zero bids", self.zero_bids.to_string()),
            ("zero bids of the control", control.zero_bids.to_string()),
            ("lots of the control", control.auctions.to_string()),
            ("loss of the control", format!("{:.0}", control.deficit)),
            ("losses booked", short(&deficit.booked)),
            ("paid by surplus", short(&deficit.covered_by_surplus)),
            ("paid by the backstop", short(&deficit.covered_by_backstop)),
            ("paid by holders", short(&deficit.covered_by_holders)),
            ("open at the end", short(&deficit.open)),
            ("redemption pays at least", percent(deficit.haircut_lowest)),
            ("seconds under water, p50", under.p50.to_string()),
            ("seconds under water, p99", under.p99.to_string()),
            ("peg, mean distance", percent(self.peg.deviation_mean)),
            ("peg, lowest", percent(self.peg.lowest)),
            ("peg, highest", percent(self.peg.highest)),
            ("redemptions", self.redemptions.to_string()),
            ("keeper sends", services.keeper_sends.to_string()),
            ("keeper failures", services.keeper_failures.to_string()),
            ("duplicate sends", services.duplicate_sends.to_string()),
            ("kills", sum(&services.kills)),
            ("faults injected", sum(&services.faults)),
            (
                "comparisons with the model",
                self.model_comparisons.to_string(),
            ),
            ("mismatches", self.mismatches.to_string()),
        ]
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
        let mut names = vec![""];
        names.extend(self.presets.iter().map(|one| one.preset));
        let columns: Vec<Vec<(&'static str, String)>> =
            self.presets.iter().map(PresetReport::rows).collect();
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
        lines.text()
    }
}
