//! What a market leaves behind: one object of results.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use ballast_chain::accrual::{Origins, TOKEN_DECIMALS};
use ballast_types::decimal;
use serde::Serialize;

use super::books::{AuctionCounts, Books, LoanCounts};
use super::stage::Stage;
use super::view::{View, float};
use crate::output::{Lines, Report};
use crate::units::per_token;

/// Where the path came from.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// Recorded.
    Replay {
        /// The file's name.
        file: String,
        /// The series.
        symbol: Option<String>,
    },
    /// Generated from the seed.
    Generator,
}

/// Amounts by symbol, in whole units, exact decimals.
type Amounts = BTreeMap<&'static str, String>;

/// Sources of a reserve's assets, in the order in which they are shown.
pub const INFLOWS: [&str; 7] = [
    "trading",
    "burns",
    "loan_fees",
    "redemption_fees",
    "defaults",
    "donations",
    "flash_fees",
];

fn inflows(origins: &Origins) -> [U256; 7] {
    let o = origins;
    [
        o.trading,
        o.burns,
        o.loan_fees,
        o.redemption_fees,
        o.defaults,
        o.donations,
        o.flash_fees,
    ]
}

/// Loans of one token or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoanReport {
    /// Opened.
    pub opened: u64,
    /// Paid back in full.
    pub repaid: u64,
    /// Payments that left something owed.
    pub part_payments: u64,
    /// Terms added, for the fee or by burning collateral.
    pub extended: u64,
    /// Of these, by burning collateral.
    pub extended_by_burn: u64,
    /// Foreclosed.
    pub defaulted: u64,
    /// Open at the end.
    pub open: u64,
}

impl LoanReport {
    fn new(counts: &LoanCounts, open: usize) -> Self {
        Self {
            opened: counts.opened,
            repaid: counts.repaid,
            part_payments: counts.part_payments,
            extended: counts.extended + counts.extended_by_burn,
            extended_by_burn: counts.extended_by_burn,
            defaulted: counts.defaulted,
            open: open as u64,
        }
    }

    fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.repaid += other.repaid;
        self.part_payments += other.part_payments;
        self.extended += other.extended;
        self.extended_by_burn += other.extended_by_burn;
        self.defaulted += other.defaulted;
        self.open += other.open;
    }
}

/// Prices paid in auctions, as multiples of the floor of that moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PriceOverFloor {
    /// Lowest.
    pub min: f64,
    /// Mean, weighted by tokens.
    pub mean: f64,
    /// Highest.
    pub max: f64,
}

/// Auctions of one token or of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuctionReport {
    /// Fills.
    pub fills: u64,
    /// Fills of a whole lot.
    pub full_lots: u64,
    /// Lots burned because the price had reached the floor.
    pub lots_burned: u64,
    /// Times liquidity was added.
    pub liquidity_added: u64,
    /// Prices paid; none without a fill.
    pub price_over_floor: Option<PriceOverFloor>,
}

impl AuctionReport {
    fn new(counts: &AuctionCounts) -> Self {
        let six = |value: f64| (value * 1e6).round() / 1e6;
        Self {
            fills: counts.fills,
            full_lots: counts.full_lots,
            lots_burned: counts.lots_burned,
            liquidity_added: counts.liquidity_added,
            price_over_floor: counts.mean().map(|mean| PriceOverFloor {
                min: six(counts.lowest),
                mean: six(mean),
                max: six(counts.highest),
            }),
        }
    }

    /// Adds another token's; the mean is then weighted by fills, since tokens of two kinds do not add.
    fn add(&mut self, other: &Self) {
        let prices = match (self.price_over_floor, other.price_over_floor) {
            (Some(own), Some(new)) => {
                let (a, b) = (self.fills as f64, other.fills as f64);
                let mean = (own.mean * a + new.mean * b) / (a + b);
                let mean = (mean * 1e6).round() / 1e6;
                Some(PriceOverFloor {
                    min: own.min.min(new.min),
                    mean,
                    max: own.max.max(new.max),
                })
            }
            (own, new) => own.or(new),
        };
        self.price_over_floor = prices;
        self.fills += other.fills;
        self.full_lots += other.full_lots;
        self.lots_burned += other.lots_burned;
        self.liquidity_added += other.liquidity_added;
    }
}

/// One token over the whole path.
#[derive(Clone, Debug, Serialize)]
pub struct TokenReport {
    /// Its symbol.
    pub symbol: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its contract.
    pub token: Address,
    /// Its reserve.
    pub reserve: Address,
    /// Whether it can be redeemed.
    pub redeemable: bool,
    /// One loan term.
    pub term_secs: u32,
    /// Backing of one whole token by asset, after the launch.
    pub floor_start: Amounts,
    /// The same at the end.
    pub floor_end: Amounts,
    /// Price of one whole token in the pool, in the first asset, after the launch.
    pub market_start: String,
    /// The same at the end.
    pub market_end: String,
    /// Price over the value of the floor at the end, less one.
    pub premium_end: f64,
    /// Tokens that could be presented, after the launch.
    pub claims_start: String,
    /// The same at the end.
    pub claims_end: String,
    /// Tokens redeemed.
    pub redeemed: String,
    /// Swaps in its pool.
    pub trades: u64,
    /// Where its reserve came from.
    pub inflow: BTreeMap<&'static str, Amounts>,
    /// Its loans.
    pub loans: LoanReport,
    /// Its auctions.
    pub auctions: AuctionReport,
}

/// The whole market.
#[derive(Clone, Debug, Serialize)]
pub struct MarketReport {
    /// Where the path came from.
    pub source: Source,
    /// Seed of every chance in it.
    pub seed: u64,
    /// When the first bar begins.
    pub first_bar: String,
    /// When the last one begins.
    pub last_bar: String,
    /// Bars played.
    pub bars: u64,
    /// Swaps in all pools.
    pub trades: u64,
    /// Blocks mined for the market.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Comparisons of a floor with itself before: over the time between two blocks, and over each block.
    pub floor_checks: u64,
    /// Those that found it lower.
    pub floor_falls: u64,
    /// The first of them, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_fall: Option<String>,
    /// Smallest coverage of free holders by cash over all tokens, assets and blocks; rounded down.
    pub free_holder_coverage: f64,
    /// The same over the moments at which something was lent.
    pub free_holder_coverage_while_lent: Option<f64>,
    /// Where reserves came from, by source and asset.
    pub inflow: BTreeMap<&'static str, Amounts>,
    /// Loans of all tokens.
    pub loans: LoanReport,
    /// Auctions of all tokens.
    pub auctions: AuctionReport,
    /// What actors did, by name.
    pub actions: BTreeMap<&'static str, u64>,
    /// States in which cash and loans did not sum to the stated backing.
    pub ledger_gaps: u64,
    /// What contracts refused them, as a market expects, by error.
    pub refused: BTreeMap<String, u64>,
    /// By token.
    pub tokens: Vec<TokenReport>,
}

/// The sums of `origins` by source and asset.
fn inflow<'a>(
    entries: impl Iterator<Item = (usize, &'a Origins)>,
    stage: &Stage,
) -> BTreeMap<&'static str, Amounts> {
    let mut sums: BTreeMap<&'static str, BTreeMap<usize, U256>> = BTreeMap::new();
    for (asset, origins) in entries {
        for (name, amount) in INFLOWS.iter().zip(inflows(origins)) {
            *sums.entry(name).or_default().entry(asset).or_default() += amount;
        }
    }
    let shown = |(asset, amount): (usize, U256)| {
        let asset = &stage.assets[asset];
        (asset.symbol, decimal::format(amount, asset.decimals))
    };
    sums.into_iter()
        .map(|(name, by_asset)| (name, by_asset.into_iter().map(shown).collect()))
        .collect()
}

/// Inflow of all tokens together.
pub fn total_inflow(stage: &Stage, books: &Books) -> BTreeMap<&'static str, Amounts> {
    let entries = stage
        .tokens
        .iter()
        .zip(&books.tokens)
        .flat_map(|(token, book)| token.spec.assets.iter().copied().zip(&book.origins));
    inflow(entries, stage)
}

/// Backing of one whole token, by asset.
pub fn floors(stage: &Stage, token: usize, view: &View) -> Amounts {
    let floor = |(index, total): (usize, U256)| {
        let asset = stage.asset(token, index);
        let floor = per_token(total, asset.decimals, view.claims).unwrap_or_else(|| "0".to_owned());
        (asset.symbol, floor)
    };
    view.ledger
        .iter()
        .map(|ledger| ledger.total)
        .enumerate()
        .map(floor)
        .collect()
}

/// Price of one whole token in the pool, in the first asset.
pub fn market_price(stage: &Stage, token: usize, view: &View) -> String {
    let decimals = stage.asset(token, 0).decimals;
    per_token(view.pool_assets, decimals, view.pool_tokens).unwrap_or_else(|| "0".to_owned())
}

/// Price over the value of the floor, less one, to six digits.
pub fn premium(stage: &Stage, token: usize, view: &View) -> f64 {
    let ratio = view.spot() / view.floor_value(stage, token);
    ((ratio - 1.0) * 1e6).round() / 1e6
}

/// The report of token `index`, from its first and its last state.
pub fn token_report(
    stage: &Stage,
    books: &Books,
    index: usize,
    first: &View,
    last: &View,
) -> TokenReport {
    let (token, book) = (&stage.tokens[index], &books.tokens[index]);
    let tokens = |amount: U256| decimal::format(amount, TOKEN_DECIMALS);
    TokenReport {
        symbol: token.spec.symbol,
        name: token.spec.name,
        token: token.token,
        reserve: token.reserve,
        redeemable: token.spec.redeemable,
        term_secs: token.spec.term_secs,
        floor_start: floors(stage, index, first),
        floor_end: floors(stage, index, last),
        market_start: market_price(stage, index, first),
        market_end: market_price(stage, index, last),
        premium_end: premium(stage, index, last),
        claims_start: tokens(first.claims),
        claims_end: tokens(last.claims),
        redeemed: tokens(book.redeemed),
        trades: book.swaps,
        inflow: inflow(token.spec.assets.iter().copied().zip(&book.origins), stage),
        loans: LoanReport::new(&book.loans, books.loans.of(index).count()),
        auctions: AuctionReport::new(&book.auctions),
    }
}

/// Sums of the tokens' loans and auctions.
pub fn totals(tokens: &[TokenReport]) -> (LoanReport, AuctionReport) {
    let (mut loans, mut auctions) = (LoanReport::default(), AuctionReport::default());
    for token in tokens {
        loans.add(&token.loans);
        auctions.add(&token.auctions);
    }
    (loans, auctions)
}

/// A ratio in wad as a number, rounded down to fifteen decimals: what is under one stays under one.
pub fn ratio_down(wad: U256) -> f64 {
    float(wad / U256::from(1_000)) / 1e15
}

impl Report for MarketReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.heading("market");
        lines
            .add("bars", self.bars)
            .add("blocks", self.blocks)
            .add("trades", self.trades);
        lines.add("transactions", self.transactions);
        lines.add(
            "floor",
            format!("{} falls in {} checks", self.floor_falls, self.floor_checks),
        );
        lines.add_some("first fall", self.first_fall.as_ref());
        lines.add(
            "coverage",
            format!("at least {}", self.free_holder_coverage),
        );
        lines.add_some("while lent", self.free_holder_coverage_while_lent);
        let loans = &self.loans;
        lines.add(
            "loans",
            format!(
                "{} opened, {} repaid, {} extended, {} defaulted, {} open",
                loans.opened, loans.repaid, loans.extended, loans.defaulted, loans.open
            ),
        );
        let auctions = &self.auctions;
        let prices = auctions
            .price_over_floor
            .map_or_else(String::new, |prices| {
                format!(
                    ", at {:.3} to {:.3} times the floor, {:.3} in the mean",
                    prices.min, prices.max, prices.mean
                )
            });
        let (fills, burned) = (auctions.fills, auctions.lots_burned);
        lines.add(
            "auctions",
            format!("{fills} fills, {burned} lots burned{prices}"),
        );
        for name in INFLOWS {
            let amounts = self.inflow.get(name).map(listed).unwrap_or_default();
            lines.add(&format!("from {}", name.replace('_', " ")), amounts);
        }
        lines.plain("");
        let rows: Vec<Vec<String>> = self.tokens.iter().map(TokenReport::row).collect();
        lines.table(
            &[
                "token",
                "floor at start",
                "floor at end",
                "market at end",
                "premium",
                "trades",
            ],
            &rows,
        );
        lines.text()
    }
}

impl TokenReport {
    fn row(&self) -> Vec<String> {
        vec![
            self.symbol.to_owned(),
            listed(&self.floor_start),
            listed(&self.floor_end),
            self.market_end.clone(),
            format!("{:+.2} %", self.premium_end * 100.0),
            self.trades.to_string(),
        ]
    }
}

fn listed(amounts: &Amounts) -> String {
    amounts
        .iter()
        .map(|(symbol, amount)| format!("{amount} {symbol}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{AuctionReport, PriceOverFloor, ratio_down};

    #[test]
    fn a_ratio_under_one_is_never_shown_as_one() {
        let wad = U256::from(1_000_000_000_000_000_000_u64);
        assert!((ratio_down(wad) - 1.0).abs() < f64::EPSILON);
        assert!(ratio_down(wad - U256::ONE) < 1.0);
        assert!((ratio_down(wad * U256::from(5) / U256::from(4)) - 1.25).abs() < 1e-15);
    }

    #[test]
    fn auctions_of_two_tokens_weigh_by_fills() {
        let prices = |min, mean, max| Some(PriceOverFloor { min, mean, max });
        let mut sum = AuctionReport {
            fills: 1,
            price_over_floor: prices(2.0, 2.0, 2.0),
            ..AuctionReport::default()
        };
        sum.add(&AuctionReport {
            fills: 3,
            price_over_floor: prices(1.0, 1.2, 1.5),
            ..AuctionReport::default()
        });
        assert_eq!(
            (sum.fills, sum.price_over_floor),
            (4, prices(1.0, 1.4, 2.0))
        );
        sum.add(&AuctionReport::default());
        assert_eq!(sum.price_over_floor, prices(1.0, 1.4, 2.0));
    }
}
