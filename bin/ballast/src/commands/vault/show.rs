//! `ballast vault show` and `ballast vault markets`.

use alloy::primitives::{Address, U256};
use ballast_chain::vaults::{self, BookState, MarketState, VaultState};
use ballast_model::vaults::{PriceState, clock_expiry, discount, redemption_fee};
use ballast_types::{Seconds, TokenAmount, WAD};
use serde::Serialize;

use super::{
    PriceReport, Standing, book_named, collateral, market_name, markets as all_markets, percent,
    state_name, synthetic, vault_of,
};
use crate::cli::{SynthArgs, VaultShowArgs};
use crate::context::{Context, Deployment};
use crate::output::{Lines, Report};
use crate::units::{Amount, duration, instant};

const YEAR_SECS: u64 = 365 * 86_400;

#[derive(Serialize)]
struct VaultsReport {
    block: u64,
    time_unix: u64,
    owner: Address,
    synthetic: String,
    vaults: Vec<VaultReport>,
}

#[derive(Serialize)]
struct VaultReport {
    market: u64,
    name: String,
    #[serde(flatten)]
    standing: Standing,
    price_state: &'static str,
    redemption_fee_wad: Option<String>,
    flagged_at_unix: Option<u64>,
    discount_wad: Option<String>,
    #[serde(skip)]
    lines: Vec<(&'static str, String)>,
}

impl Report for VaultsReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "vaults of {} at block {}, {}",
            self.owner,
            self.block,
            instant(self.time_unix)
        ));
        if self.vaults.is_empty() {
            lines.plain(&format!("none of {}", self.synthetic));
        }
        for vault in &self.vaults {
            lines.heading(&format!("market {}", vault.name));
            for (name, text) in &vault.lines {
                lines.add(name, text);
            }
        }
        lines.text()
    }
}

/// Shows an owner's vaults.
///
/// # Errors
/// No owner and no key, no such synthetic, or the chain cannot be read.
pub async fn vaults(ctx: &Context, args: &VaultShowArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let owner = match args.owner {
        Some(owner) => owner,
        None => ctx.key(deployment.endpoint.chain_id())?.address(),
    };
    let book = book_named(&deployment, &args.synth)?;
    let now = deployment.block.time.get();
    let mut reports = Vec::new();
    for market in all_markets(&deployment, book).await? {
        let vault = vault_of(&deployment, book, &market, owner).await?;
        if !vault.collateral.is_zero() || !vault.debt.is_zero() {
            reports.push(vault_report(&market, &vault, now));
        }
    }
    ctx.out.result(&VaultsReport {
        block: deployment.block.number,
        time_unix: now,
        owner,
        synthetic: book.symbol.clone(),
        vaults: reports,
    })
}

fn vault_report(market: &MarketState, vault: &VaultState, now: u64) -> VaultReport {
    let standing = Standing::new(market, vault.collateral, vault.debt);
    let state = market.price.view.state;
    let value = MarketState::value(vault.collateral, market.price.view.mid);
    let (debt, worth) = (TokenAmount::new(vault.debt), TokenAmount::new(value));
    let solvent = !vault.debt.is_zero() && vault.debt < value;
    let fee = solvent
        .then(|| redemption_fee(&market.terms, debt, worth).ok())
        .flatten();
    let running = clock(market, vault, now);
    let sale = (standing.unhealthy && state != PriceState::Grace)
        .then(|| {
            let elapsed = Seconds::new(running.unwrap_or(0));
            let late = state == PriceState::Late;
            discount(&market.terms, debt, worth, elapsed, late).ok()
        })
        .flatten();
    let mut lines = vec![
        ("collateral", standing.collateral.to_string()),
        ("debt", standing.debt.to_string()),
        ("ratio", standing.ratio_text(market)),
    ];
    lines.extend(
        standing
            .liquidation_text(market)
            .map(|text| ("liquidation", text)),
    );
    lines.extend(fee.map(|fee| {
        (
            "redemption fee",
            format!("{}, paid to the vault", percent(fee.get())),
        )
    }));
    if let Some(elapsed) = running {
        lines.push((
            "clock",
            format!(
                "runs since {}, {}",
                instant(vault.flagged_at),
                duration(elapsed)
            ),
        ));
    }
    lines.extend(sale.map(|sale| ("discount now", percent(sale.get()))));
    lines.push(("price", state_name(state).to_owned()));
    VaultReport {
        market: market.number,
        name: market_name(market),
        standing,
        price_state: state_name(state),
        redemption_fee_wad: fee.map(|fee| fee.get().to_string()),
        flagged_at_unix: running.map(|_| vault.flagged_at),
        discount_wad: sale.map(|sale| sale.get().to_string()),
        lines,
    }
}

/// Seconds that the vault's clock has run, where it runs.
fn clock(market: &MarketState, vault: &VaultState, now: u64) -> Option<u64> {
    let elapsed = now.checked_sub(vault.flagged_at)?;
    let expiry = clock_expiry(&market.terms).ok()?.get();
    (vault.flagged_at != 0 && elapsed <= expiry).then_some(elapsed)
}

#[derive(Serialize)]
struct MarketsReport {
    block: u64,
    time_unix: u64,
    synthetic: Address,
    symbol: String,
    supply: Amount,
    debt: Amount,
    peg_ledger: Amount,
    deficit: Amount,
    peg_deficit: Amount,
    surplus: Amount,
    surplus_buffer: Amount,
    equity: Amount,
    /// Share of face value that redemptions and exits pay, wad.
    haircut_wad: String,
    new_debt_stopped_until_unix: Option<u64>,
    markets: Vec<MarketReport>,
    #[serde(skip)]
    haircut: U256,
}

#[derive(Serialize)]
struct MarketReport {
    market: u64,
    collateral: Address,
    name: String,
    held: Amount,
    debt: Amount,
    ceiling: Amount,
    mintable: Amount,
    deficit: Amount,
    rate_a_year_wad: String,
    price: PriceReport,
    price_state: &'static str,
    borrow_ltv_wad: String,
    liquidation_ltv_wad: String,
    max_discount_wad: String,
    ramp_secs: u64,
    min_debt: Amount,
    #[serde(skip)]
    cells: Vec<String>,
}

impl Report for MarketsReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "{} at block {}, {}",
            self.symbol,
            self.block,
            instant(self.time_unix)
        ));
        lines
            .add("synthetic", self.synthetic)
            .add("supply", &self.supply)
            .add("debt", &self.debt)
            .add("peg ledger", &self.peg_ledger)
            .add("deficit", &self.deficit);
        if self.peg_deficit.base_units != "0" {
            lines.add("  of the peg", &self.peg_deficit);
        }
        lines
            .add(
                "surplus",
                format!("{}, keeps {}", self.surplus, self.surplus_buffer),
            )
            .add("equity", &self.equity);
        if self.haircut < WAD {
            lines.add(
                "redemption pays",
                format!("{} of face value", percent(self.haircut)),
            );
        }
        lines.add_some(
            "new debt",
            self.new_debt_stopped_until_unix
                .map(|until| format!("stopped until {}", instant(until))),
        );
        lines.heading("markets");
        let names = [
            "market",
            "held",
            "debt",
            "ceiling",
            "mintable now",
            "rate a year",
            "deficit",
            "price",
            "state",
            "liquidation",
            "least debt",
        ];
        let rows: Vec<Vec<String>> = self
            .markets
            .iter()
            .map(|market| market.cells.clone())
            .collect();
        lines.table(&names, &rows);
        lines.text()
    }
}

/// Lists markets.
///
/// # Errors
/// No such synthetic, or the chain cannot be read.
pub async fn markets(ctx: &Context, args: &SynthArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = book_named(&deployment, args)?;
    let state = vaults::book(&deployment.endpoint, book, deployment.at()).await?;
    let markets = all_markets(&deployment, book).await?;
    let reports = markets.iter().map(market_report).collect();
    ctx.out.result(&book_report(&deployment, &state, reports))
}

fn book_report(
    deployment: &Deployment,
    state: &BookState,
    markets: Vec<MarketReport>,
) -> MarketsReport {
    let amount = |base| Amount::token(base, &state.synthetic.symbol);
    let (backing, supply) = state.haircut;
    let haircut = ballast_math::wide_mul_div_down(backing, WAD, supply).unwrap_or(WAD);
    let mut equity = amount(state.equity.unsigned_abs());
    if state.equity.is_negative() {
        equity.base_units.insert(0, '-');
        equity.decimal.insert(0, '-');
    }
    let now = deployment.block.time.get();
    MarketsReport {
        block: deployment.block.number,
        time_unix: now,
        synthetic: state.synthetic.address,
        symbol: state.synthetic.symbol.clone(),
        supply: amount(state.supply),
        debt: amount(state.debt),
        peg_ledger: amount(state.peg_ledger),
        deficit: amount(state.deficit),
        peg_deficit: amount(state.peg_deficit),
        surplus: amount(state.surplus),
        surplus_buffer: amount(state.surplus_buffer),
        equity,
        haircut_wad: haircut.to_string(),
        new_debt_stopped_until_unix: Some(state.stopped_until).filter(|until| *until > now),
        markets,
        haircut,
    }
}

fn market_report(market: &MarketState) -> MarketReport {
    let rate = market.rate.saturating_mul(U256::from(YEAR_SECS));
    let price = PriceReport::of(market, market.price.view.mid);
    let state = state_name(market.price.view.state);
    let debt = |base| synthetic(market, base);
    let terms = &market.terms;
    let held = collateral(market, market.held);
    let cells = vec![
        market_name(market),
        held.decimal.clone(),
        debt(market.debt).decimal,
        debt(market.ceiling).decimal,
        debt(market.mintable).decimal,
        // A rate a second is rounded down; what was asked for is the nearest basis point.
        percent(rate.saturating_add(super::BPS_WAD >> 1)),
        debt(market.deficit).decimal,
        price.to_string(),
        state.to_owned(),
        format!("over {}", percent(terms.liq_ltv.get())),
        debt(terms.min_debt.get()).decimal,
    ];
    MarketReport {
        market: market.number,
        collateral: market.collateral.address,
        name: market_name(market),
        held,
        debt: debt(market.debt),
        ceiling: debt(market.ceiling),
        mintable: debt(market.mintable),
        deficit: debt(market.deficit),
        rate_a_year_wad: rate.to_string(),
        price,
        price_state: state,
        borrow_ltv_wad: terms.borrow_ltv.get().to_string(),
        liquidation_ltv_wad: terms.liq_ltv.get().to_string(),
        max_discount_wad: terms.max_discount.get().to_string(),
        ramp_secs: terms.ramp_secs.get(),
        min_debt: debt(terms.min_debt.get()),
        cells,
    }
}
