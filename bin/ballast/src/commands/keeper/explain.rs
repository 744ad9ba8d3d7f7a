//! `ballast keeper explain`: what keepers decided about a vault, and what could be done with it now.

use alloy::primitives::{Address, U256};
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults::MarketState;
use ballast_chain::{BookRecord, ChainError};
use ballast_model::vaults::{Position, PriceState, clock, discount, settle};
use ballast_store::{Decision, all};
use ballast_types::{AssetAmount, Norm, Timestamp, TokenAmount, Wad};
use serde::Serialize;

use super::status::DecisionReport;
use crate::cli::KeeperExplainArgs;
use crate::commands::vault::{
    Standing, book_named, collateral, market_name, markets, percent, state_name, synthetic,
};
use crate::context::{Context, Deployment};
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{Amount, duration, instant};

#[derive(Serialize)]
struct VaultReport {
    market: u64,
    #[serde(skip)]
    name: String,
    standing: Standing,
    #[serde(skip)]
    ratio: String,
    price_state: &'static str,
    flagged_at: u64,
    now: String,
    sale: Option<SaleReport>,
    decisions: Vec<DecisionReport>,
}

#[derive(Serialize)]
struct SaleReport {
    discount_wad: String,
    #[serde(skip)]
    discount: String,
    pays: Amount,
    gives: Amount,
    deficit: Amount,
}

#[derive(Serialize)]
struct Explained {
    synthetic: String,
    owner: Address,
    block: u64,
    vaults: Vec<VaultReport>,
}

impl Report for Explained {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.add("owner", self.owner).add("block", self.block);
        for vault in &self.vaults {
            lines
                .heading(&vault.name)
                .add(
                    "vault",
                    format!(
                        "{}, owes {}",
                        vault.standing.collateral, vault.standing.debt
                    ),
                )
                .add("ratio", &vault.ratio)
                .add("price", vault.price_state)
                .add("now", &vault.now);
            if let Some(sale) = &vault.sale {
                lines.add(
                    "a full take",
                    format!(
                        "at a discount of {} pays {} for {}",
                        sale.discount, sale.pays, sale.gives
                    ),
                );
                if sale.deficit.base_units != "0" {
                    lines.add("loss booked", &sale.deficit);
                }
            }
            if vault.decisions.is_empty() {
                lines.add("keepers", "none has thought of it in this store");
            }
            for one in &vault.decisions {
                let told = format!(
                    "{} at block {} ({}): {}: {}",
                    one.keeper,
                    one.block,
                    instant(one.time),
                    one.action,
                    one.reason
                );
                lines.add(&one.strategy, told);
            }
        }
        lines.text()
    }
}

/// Tells of every vault of an owner.
///
/// # Errors
/// No such synthetic or market, no vault of that owner, or the store or chain cannot be read.
pub async fn run(ctx: &Context, args: &KeeperExplainArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = book_named(&deployment, &args.synth)?;
    let store = ballast_store::open(&args.store.store).await?;
    let decisions: Vec<Decision> = all(store.as_ref()).await?;
    let mut vaults = Vec::new();
    let all_markets = markets(&deployment, book).await?;
    if let Some(number) = args.market
        && all_markets.iter().all(|market| market.number != number)
    {
        return Err(input(format!(
            "market: {number} is none of {}'s {}",
            book.symbol,
            all_markets.len()
        )));
    }
    for market in &all_markets {
        if args.market.is_none_or(|number| number == market.number)
            && let Some(report) = look(&deployment, book, market, args.owner, &decisions).await?
        {
            vaults.push(report);
        }
    }
    if vaults.is_empty() {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "owner: {} has no vault there, and no keeper thought of one",
                args.owner
            ),
        ));
    }
    ctx.out.result(&Explained {
        synthetic: book.symbol.clone(),
        owner: args.owner,
        block: deployment.block.number,
        vaults,
    })
}

async fn look(
    deployment: &Deployment,
    book: &BookRecord,
    market: &MarketState,
    owner: Address,
    decisions: &[Decision],
) -> eyre::Result<Option<VaultReport>> {
    let subject = format!("{}:{}:{owner}", book.book.address, market.number);
    let decisions: Vec<DecisionReport> = decisions
        .iter()
        .filter(|decision| decision.subject == subject)
        .map(|decision| decision.clone().into())
        .collect();
    let contract = VaultBook::new(book.book.address, deployment.endpoint.provider());
    let number = U256::from(market.number);
    let seen = contract.vaultOf(number, owner).block(deployment.at());
    let seen = seen.call().await;
    let seen = seen.map_err(|error| ChainError::from_call("vault", &error))?;
    let index = contract.marketOf(number).block(deployment.at());
    let index = index.call().await;
    let index = index
        .map_err(|error| ChainError::from_call("market", &error))?
        .index;
    if seen.collateral.is_zero() && seen.norm.is_zero() && decisions.is_empty() {
        return Ok(None);
    }
    let position = Position {
        collateral: AssetAmount::new(seen.collateral),
        norm: Norm::new(seen.norm),
        index: Wad::new(index),
        price: market.price.view.mid,
    };
    let flagged_at = u64::try_from(seen.flaggedAt).unwrap_or(u64::MAX);
    let now = deployment.block.time;
    let (told, sale) = sale(market, &position, Timestamp::new(flagged_at), now)?;
    let standing = Standing::new(market, seen.collateral, seen.debt);
    Ok(Some(VaultReport {
        market: market.number,
        name: market_name(market),
        ratio: standing.ratio_text(market),
        standing,
        price_state: state_name(market.price.view.state),
        flagged_at,
        now: told,
        sale,
        decisions,
    }))
}

/// What could be done with the vault now, in words and in numbers.
fn sale(
    market: &MarketState,
    position: &Position,
    flagged_at: Timestamp,
    now: Timestamp,
) -> eyre::Result<(String, Option<SaleReport>)> {
    if position.norm.is_zero() {
        return Ok(("it owes nothing: there is nothing to do".to_owned(), None));
    }
    if !position.is_unhealthy(market.terms.liq_ltv)? {
        return Ok(("it is healthy: nobody may take from it".to_owned(), None));
    }
    if market.price.view.state == PriceState::Grace {
        let told = "it is unhealthy, but the price is unsafe and takes wait out the grace period";
        return Ok((told.to_owned(), None));
    }
    let running = clock(&market.terms, flagged_at, now)?;
    let (debt, value) = (position.debt()?, position.value()?);
    let time_only = market.price.view.state == PriceState::Late;
    let elapsed = running.unwrap_or_default();
    let discount = discount(&market.terms, debt, value, elapsed, time_only)?;
    let sold = settle(
        &market.terms,
        position,
        discount,
        TokenAmount::new(U256::MAX),
    )?;
    let told = match running {
        Some(elapsed) => format!(
            "it is unhealthy, and its clock has run for {}",
            duration(elapsed.get())
        ),
        None => "it is unhealthy, and no clock runs: a flag or a take starts one".to_owned(),
    };
    let report = SaleReport {
        discount_wad: discount.to_string(),
        discount: percent(discount.get()),
        pays: synthetic(market, sold.paid.get()),
        gives: collateral(market, sold.out.get()),
        deficit: synthetic(market, sold.deficit.get()),
    };
    Ok((told, Some(report)))
}
