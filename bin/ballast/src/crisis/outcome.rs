//! What became of one synthetic, or of several together: what was counted, as figures of a report.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use ballast_types::decimal;
use serde::Serialize;

use super::driver::Driver;
use super::field::Field;
use super::losses::Losses;
use super::tally::{Episodes, PegStats};

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

/// What became of a synthetic.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Vaults that something was taken of, each time counted.
    pub liquidations: u64,
    /// Collateral that takers got, by symbol, whole tokens.
    pub collateral_sold: BTreeMap<String, String>,
    /// What takers paid.
    pub paid: String,
    /// Mean of 1 less what was paid over what the collateral was worth at the stored mid price.
    pub discount_mean: f64,
    /// Takes that paid less than a hundredth of what they got.
    pub zero_bids: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_zero_bid: Option<String>,
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
}

/// Counts of one or several synthetics, as they are summed.
#[derive(Debug)]
pub struct Gathered {
    sold: BTreeMap<String, U256>,
    paid: U256,
    redeemed: U256,
    discounts: (f64, u64),
    losses: Losses,
    open: U256,
    deficit_most: f64,
    haircut_lowest: f64,
    under_water: Episodes,
    unhealthy: Episodes,
    peg: PegStats,
    /// What only adds up.
    plain: Outcome,
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            sold: BTreeMap::new(),
            paid: U256::ZERO,
            redeemed: U256::ZERO,
            discounts: (0.0, 0),
            losses: Losses::default(),
            open: U256::ZERO,
            deficit_most: 0.0,
            haircut_lowest: 1.0,
            under_water: Episodes::default(),
            unhealthy: Episodes::default(),
            peg: PegStats::default(),
            plain: Outcome::default(),
        }
    }
}

impl Gathered {
    /// Adds what `field` counted, after its path has ended.
    pub fn add<D: Driver>(&mut self, field: &Field<D>) {
        let (counts, tally) = (&field.mirror.counts, &field.tally);
        for (one, amount) in field.stage.collaterals.iter().zip(&counts.taken_collateral) {
            *self.sold.entry(one.symbol.clone()).or_default() += *amount;
        }
        self.paid += counts
            .taken_paid
            .iter()
            .fold(U256::ZERO, |sum, one| sum + one);
        self.redeemed += counts.redeemed;
        self.discounts.0 += counts.discounts.0;
        self.discounts.1 += counts.discounts.1;
        self.losses.add(&field.mirror.losses);
        self.open += field.mirror.model.sums().deficit.get();
        self.deficit_most = self.deficit_most.max(tally.deficit_most);
        self.haircut_lowest = self.haircut_lowest.min(tally.haircut_lowest);
        self.under_water.join(&tally.under_water);
        self.unhealthy.join(&tally.unhealthy);
        self.peg.join(&tally.peg);
        let plain = &mut self.plain;
        plain.liquidations += counts.liquidations;
        plain.zero_bids += counts.zero_bids;
        if plain.first_zero_bid.is_none() {
            plain.first_zero_bid.clone_from(&counts.first_zero_bid);
        }
        plain.redemptions += counts.redemptions;
        plain.flags += counts.flags;
        plain.bookings += counts.bookings;
        let oracle = &mut plain.oracle;
        oracle.pokes += counts.pokes;
        oracle.stepped += counts.stepped;
        oracle.sources_left_out += counts.sources_left_out;
        oracle.became_unsafe += counts.became_unsafe;
        oracle.blocks_unsafe += tally.blocks_unsafe;
        oracle.lag_worst = oracle.lag_worst.max(rounded(tally.lag_worst));
    }

    /// The figures.
    pub fn outcome(self) -> Outcome {
        let (discounts, takes) = self.discounts;
        Outcome {
            collateral_sold: self
                .sold
                .iter()
                .map(|(symbol, amount)| (symbol.clone(), text(*amount)))
                .collect(),
            paid: text(self.paid),
            discount_mean: rounded(discounts / takes.max(1) as f64),
            deficit: self.deficit(),
            seconds_under_water: seconds(&self.under_water),
            seconds_unhealthy: seconds(&self.unhealthy),
            peg: PegReport {
                deviation_mean: rounded(self.peg.mean()),
                deviation_worst: rounded(self.peg.worst()),
                lowest: rounded(self.peg.lowest),
                highest: rounded(self.peg.highest),
            },
            redeemed: text(self.redeemed),
            ..self.plain
        }
    }

    fn deficit(&self) -> DeficitReport {
        let losses = &self.losses;
        let booked = losses.by_takes + losses.by_book + losses.by_peg;
        let covered = losses.by_surplus + losses.by_backstop + losses.by_holders + losses.by_others;
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
            open: text(self.open),
            most: rounded(self.deficit_most),
            haircut_lowest: rounded(self.haircut_lowest),
            order_breaks: losses.order_breaks,
            adds_up: booked == covered + losses.peg_regained + self.open,
        }
    }
}

fn text(amount: U256) -> String {
    decimal::format(amount, DECIMALS)
}

/// To six digits.
pub fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn seconds(episodes: &Episodes) -> SecondsReport {
    SecondsReport {
        count: episodes.count(),
        p50: episodes.percentile(0.5),
        p99: episodes.percentile(0.99),
        open: episodes.open,
    }
}

/// What a field of one synthetic counted.
pub fn of<D: Driver>(field: &Field<D>) -> Outcome {
    let mut gathered = Gathered::default();
    gathered.add(field);
    gathered.outcome()
}

#[cfg(test)]
mod tests {
    use super::Gathered;

    #[test]
    fn nothing_counted_is_no_loss_and_no_haircut() {
        let outcome = Gathered::default().outcome();
        assert!(outcome.deficit.adds_up);
        assert!((outcome.deficit.haircut_lowest - 1.0).abs() < f64::EPSILON);
        assert_eq!(outcome.paid, "0");
        assert_eq!(outcome.seconds_under_water.p99, 0);
    }
}
