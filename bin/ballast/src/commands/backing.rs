//! `ballast backing`: what stands behind a token, and where it came from.

use alloy::primitives::{Address, U256};
use ballast_chain::accrual::{self, Origins, TokenState};
use ballast_types::decimal;
use serde::Serialize;

use crate::context::Context;
use crate::output::{Lines, Report};
use crate::units::{Amount, BPS_ONE, duration, instant, mul_div_down, per_token, share};

const WAD_DECIMALS: u8 = 18;

#[derive(Serialize)]
struct AssetReport {
    asset: Address,
    symbol: String,
    decimals: u8,
    floor: Option<String>,
    cash: Amount,
    lent: Amount,
    streaming: Amount,
    free_holder_coverage: Option<String>,
    origins: OriginsReport,
}

#[derive(Serialize)]
struct OriginsReport {
    seeded: Amount,
    trading: Amount,
    donations: Amount,
    loan_fees: Amount,
    flash_fees: Amount,
    redemption_fees: Amount,
    defaults: Amount,
    burns: Amount,
    redeemed: Amount,
}

#[derive(Serialize)]
struct TermsReport {
    redeemable: bool,
    redeem_fee_bps: u16,
    ltv_bps: u16,
    term_fee_bps: u16,
    flash_fee_bps: u16,
    term_secs: u32,
    grace_secs: u32,
    drip_secs: u32,
}

#[derive(Serialize)]
struct MarketReport {
    pool: Option<Address>,
    price: Option<String>,
    premium_percent: Option<String>,
    locked_until: Option<String>,
}

#[derive(Serialize)]
struct BackingReport {
    block: u64,
    block_hash: String,
    time: String,
    source: &'static str,
    name: String,
    symbol: String,
    token: Address,
    reserve: Address,
    owner: Address,
    guardian: Option<Address>,
    supply: Amount,
    claims: Amount,
    locked: Amount,
    loans_opened: String,
    paused_until: Option<String>,
    assets: Vec<AssetReport>,
    market: MarketReport,
    terms: TermsReport,
}

/// Shows what backs the token that `text` names.
///
/// # Errors
/// No such token, or the chain cannot be read.
pub async fn run(ctx: &Context, text: &str) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(text).await?;
    let reader = ctx.log_reader(&deployment.endpoint);
    let from = ctx
        .launch_block(&deployment, &reader, state.at.token)
        .await?;
    let bar = ctx.out.bar("history", 0);
    let origins = accrual::origins(
        &reader,
        state.at.reserve,
        state.assets.len(),
        from,
        &deployment.block,
        |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
    )
    .await;
    bar.finish_and_clear();
    ctx.out.result(&report(&state, &origins?))
}

fn report(state: &TokenState, origins: &[Origins]) -> BackingReport {
    let token = |base| Amount::token(base, &state.symbol);
    let assets = state
        .assets
        .iter()
        .zip(origins)
        .map(|(asset, origin)| {
            let amount = |base| Amount::asset(base, asset);
            AssetReport {
                asset: asset.asset,
                symbol: asset.symbol.clone(),
                decimals: asset.decimals,
                floor: per_token(asset.total(), asset.decimals, state.claims),
                cash: amount(asset.cash),
                lent: amount(asset.lent),
                streaming: amount(asset.streaming),
                free_holder_coverage: (asset.coverage_wad != U256::MAX)
                    .then(|| decimal::format(asset.coverage_wad, WAD_DECIMALS)),
                origins: OriginsReport {
                    seeded: amount(origin.seeded),
                    trading: amount(origin.trading),
                    donations: amount(origin.donations),
                    loan_fees: amount(origin.loan_fees),
                    flash_fees: amount(origin.flash_fees),
                    redemption_fees: amount(origin.redemption_fees),
                    defaults: amount(origin.defaults),
                    burns: amount(origin.burns),
                    redeemed: amount(origin.redeemed),
                },
            }
        })
        .collect();
    let guardian = (!state.guardian.is_zero()).then_some(state.guardian);
    let paused_until = (!state.paused_until.is_zero())
        .then(|| instant(u64::try_from(state.paused_until).unwrap_or(u64::MAX)));
    BackingReport {
        block: state.block.number,
        block_hash: state.block.hash.to_string(),
        time: instant(state.block.time.get()),
        source: "on-chain",
        name: state.name.clone(),
        symbol: state.symbol.clone(),
        token: state.at.token,
        reserve: state.at.reserve,
        owner: state.owner,
        guardian,
        supply: token(state.supply),
        claims: token(state.claims),
        locked: token(state.locked),
        loans_opened: state.loan_count.to_string(),
        paused_until,
        assets,
        market: market(state),
        terms: terms(state),
    }
}

/// The pool's price in asset 0; its premium over the floor where asset 0 is the whole backing.
fn market(state: &TokenState) -> MarketReport {
    let asset = state.assets.first();
    let pool = state.pool.filter(|pool| !pool.tokens.is_zero());
    let price = match (asset, pool) {
        (Some(asset), Some(pool)) => per_token(pool.assets, asset.decimals, pool.tokens),
        _ => None,
    };
    let premium_percent = match (&state.assets[..], pool) {
        ([only], Some(pool)) if !only.total().is_zero() => {
            // Price over floor, (assets / tokens) / (F / S), in hundredths of a percent.
            let cross = mul_div_down(pool.assets, state.claims, pool.tokens);
            let ratio = mul_div_down(cross, U256::from(BPS_ONE), only.total());
            Some(signed_percent(ratio))
        }
        _ => None,
    };
    let locked_until = state
        .pool
        .and_then(|pool| pool.locked_until)
        .map(|until| u64::try_from(until).map_or_else(|_| "for ever".to_owned(), instant));
    MarketReport {
        pool: state.at.pool,
        price,
        premium_percent,
        locked_until,
    }
}

/// A ratio in basis points less one, in percent with its sign.
fn signed_percent(ratio_bps: U256) -> String {
    let one = U256::from(BPS_ONE);
    match ratio_bps.checked_sub(one) {
        Some(above) => decimal::format(above, 2),
        None => format!("-{}", decimal::format(one - ratio_bps, 2)),
    }
}

fn terms(state: &TokenState) -> TermsReport {
    let terms = &state.terms;
    TermsReport {
        redeemable: terms.redeemable,
        redeem_fee_bps: terms.redeemFeeBps,
        ltv_bps: terms.ltvBps,
        term_fee_bps: terms.termFeeBps,
        flash_fee_bps: terms.flashFeeBps,
        term_secs: terms.termSecs,
        grace_secs: terms.graceSecs,
        drip_secs: terms.dripSecs,
    }
}

impl Report for BackingReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!("{} ({})", self.name, self.symbol));
        lines.add(
            "at",
            format!("block {}, {}, read from the chain", self.block, self.time),
        );
        lines
            .add("token", self.token)
            .add("reserve", self.reserve)
            .add("owner", self.owner);
        lines.add_some("guardian", self.guardian);
        lines
            .add("supply", &self.supply)
            .add("claims", &self.claims)
            .add("locked in loans", &self.locked);
        lines.add("loans ever opened", &self.loans_opened);
        lines.add_some("paused until", self.paused_until.as_ref());
        for asset in &self.assets {
            asset.show(&mut lines);
        }
        if self.market.pool.is_some() {
            lines.heading("market");
            lines.add_some("pool", self.market.pool);
            let unit = self
                .assets
                .first()
                .map_or("", |asset| asset.symbol.as_str());
            lines.add_some(
                "price",
                self.market
                    .price
                    .as_ref()
                    .map(|price| format!("{price} {unit}")),
            );
            lines.add_some(
                "premium",
                self.market
                    .premium_percent
                    .as_ref()
                    .map(|premium| format!("{premium} %")),
            );
            lines.add_some("liquidity locked", self.market.locked_until.as_ref());
        }
        self.terms.show(&mut lines);
        lines.text()
    }
}

impl AssetReport {
    fn show(&self, lines: &mut Lines) {
        lines.heading(&format!("{} {}", self.symbol, self.asset));
        lines.add_some(
            "floor per token",
            self.floor
                .as_ref()
                .map(|floor| format!("{floor} {}", self.symbol)),
        );
        lines
            .add("cash", &self.cash)
            .add("lent", &self.lent)
            .add("streaming in", &self.streaming);
        lines.add(
            "holder coverage",
            self.free_holder_coverage
                .as_deref()
                .unwrap_or("nothing to cover"),
        );
        let origins = [
            ("from launch", &self.origins.seeded),
            ("from trading", &self.origins.trading),
            ("from donations", &self.origins.donations),
            ("from loan fees", &self.origins.loan_fees),
            ("from flash fees", &self.origins.flash_fees),
            ("from redeem fees", &self.origins.redemption_fees),
            ("from defaults", &self.origins.defaults),
            ("moved by burns", &self.origins.burns),
            ("redeemed", &self.origins.redeemed),
        ];
        for (name, amount) in origins {
            if amount.base_units != "0" {
                lines.add(name, amount);
            }
        }
    }
}

impl TermsReport {
    fn show(&self, lines: &mut Lines) {
        let bps = |value: u16| share(U256::from(value));
        let secs = |value: u32| duration(u64::from(value));
        lines.heading("terms");
        if self.redeemable {
            lines.add(
                "redemption",
                format!("on, {} fee", bps(self.redeem_fee_bps)),
            );
        } else {
            lines.add("redemption", "off");
        }
        lines.add(
            "loans",
            format!(
                "up to {} of backing, {} per term",
                bps(self.ltv_bps),
                bps(self.term_fee_bps)
            ),
        );
        lines.add(
            "term",
            format!(
                "{}, then {} of grace",
                secs(self.term_secs),
                secs(self.grace_secs)
            ),
        );
        lines.add("flash loans", format!("{} fee", bps(self.flash_fee_bps)));
        lines.add(
            "stream",
            format!("what arrives vests over the next {}", secs(self.drip_secs)),
        );
    }
}
