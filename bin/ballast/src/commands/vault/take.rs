//! `ballast take` and `ballast vault flag`: what anybody may do with an unhealthy vault.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults::MarketState;
use ballast_chain::{BookRecord, Receipt, Step};
use ballast_model::vaults::{OWNERS_MAX, PriceState, convert};
use ballast_types::{AssetAmount, Price, WAD};

use super::{
    Need, PriceReport, Standing, collateral, market_name, market_named, newest, percent, preview,
    refresh, state_name, synthetic, vault_of,
};
use crate::act::{Done, Line, Plan, carry_out};
use crate::cli::{TakeArgs, VaultOfArgs};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::units::{parse_asset, parse_tokens};

/// Of what a simulation gives, what is accepted at least: 99 %.
const ACCEPTED_PERCENT: u64 = 99;

/// The least collateral to accept: as asked, or a little under what was simulated.
pub fn least_collateral(
    market: &MarketState,
    asked: Option<&str>,
    simulated: Option<U256>,
) -> eyre::Result<U256> {
    match (asked, simulated) {
        (Some(text), _) => parse_asset("min_collateral", text, market.collateral.decimals),
        (None, Some(out)) => Ok(ballast_math::wide_mul_div_down(
            out,
            U256::from(ACCEPTED_PERCENT),
            U256::from(100),
        )?),
        (None, None) => Err(input(
            "min_collateral: this endpoint cannot simulate several calls; poke first, or name the least to accept",
        )),
    }
}

/// The price that `paid` for `out` comes to, and its distance under mid in words.
pub fn effective(market: &MarketState, paid: U256, out: U256) -> Option<(PriceReport, String)> {
    let price = ballast_math::wide_mul_div_up(paid, convert::PRICE_SCALE, out).ok()?;
    let value = convert::value_down(AssetAmount::new(out), market.price.view.mid).ok()?;
    let (apart, word) = if paid <= value.get() {
        (value.get().saturating_sub(paid), "under")
    } else {
        (paid.saturating_sub(value.get()), "over")
    };
    let share = ballast_math::wide_mul_div_down(apart, WAD, value.get()).ok()?;
    let price = PriceReport::of(market, Price::new(price));
    let mid = PriceReport::of(market, market.price.view.mid);
    let text = format!(
        "{price} {} per {}, {} {word} the price of {mid}",
        market.synthetic.symbol,
        market.collateral.symbol,
        percent(share)
    );
    Some((price, text))
}

/// What the price has to be for a take.
fn need(poke: bool) -> Need {
    if poke {
        Need::Fresh
    } else {
        Need::AtWorst(PriceState::Stepped)
    }
}

/// Buys collateral of unhealthy vaults.
///
/// # Errors
/// None is unhealthy, too little to pay with, an unsafe price in its grace, or a revert.
pub async fn take(ctx: &Context, args: &TakeArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let (book, mut market) = market_named(&deployment, &args.market).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    if args.owners.len() > OWNERS_MAX {
        return Err(input(format!(
            "owners: {} are over the maximum of {OWNERS_MAX}",
            args.owners.len()
        )));
    }
    let most = budget(&deployment, book, &market, sender.address(), args).await?;
    let mut steps = refresh(&sender, &mut market, need(args.poke)).await?;
    let call = |least: U256| {
        let call = VaultBook::takeCall {
            market: U256::from(market.number),
            owners: args.owners.clone(),
            maxPaid: most,
            minCollateral: least,
            data: Bytes::new(),
        };
        Step::call("take", book.book.address, call.abi_encode())
    };
    let trial = [steps.clone(), vec![call(U256::ZERO)]].concat();
    let seen = preview::<VaultBook::takeCall>(&sender, &market, &trial).await?;
    let out = seen.as_ref().map(|seen| seen.collateral);
    let least = least_collateral(&market, args.min_collateral.as_deref(), out)?;
    let mut lines = vec![
        ("market", market_name(&market)),
        ("price", state_name(market.price.view.state).to_owned()),
        ("pays at most", synthetic(&market, most).to_string()),
    ];
    if let Some(seen) = &seen {
        lines.extend(deal(&market, "pays", seen.paid, seen.collateral));
    }
    lines.push((
        "accepts",
        format!("at least {}", collateral(&market, least)),
    ));
    steps.push(call(least));
    let plan = Plan {
        action: "take",
        lines,
        steps,
        subject: Subject::Market(&market),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&taken(&market, &receipts)?)
}

/// Lines about what is paid, what comes out, and the price that this makes.
pub fn deal(market: &MarketState, paid_name: &'static str, paid: U256, out: U256) -> Vec<Line> {
    let mut lines = vec![
        (paid_name, synthetic(market, paid).to_string()),
        ("receives", collateral(market, out).to_string()),
    ];
    lines.extend(effective(market, paid, out).map(|(_, text)| ("effective price", text)));
    lines
}

async fn budget(
    deployment: &Deployment,
    book: &BookRecord,
    market: &MarketState,
    sender: Address,
    args: &TakeArgs,
) -> eyre::Result<U256> {
    let held = deployment.balance(book.book.address, sender).await?;
    let most = match &args.max_paid {
        Some(text) => parse_tokens("max_paid", text)?,
        None => held,
    };
    if most > held || most.is_zero() {
        return Err(input(format!(
            "max_paid: {} is needed, {sender} has {}",
            if most.is_zero() {
                format!("some {}", market.synthetic.symbol)
            } else {
                synthetic(market, most).to_string()
            },
            synthetic(market, held)
        )));
    }
    Ok(most)
}

fn taken(market: &MarketState, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("take", receipts);
    done.fact("market", market.number, "market", market_name(market))?;
    let (mut paid, mut out, mut deficit) = (U256::ZERO, U256::ZERO, U256::ZERO);
    let mut vaults = Vec::new();
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        let Ok(event) = VaultBook::Taken::decode_log(&log.inner) else {
            continue;
        };
        paid = paid.saturating_add(event.paid);
        out = out.saturating_add(event.collateral);
        deficit = deficit.saturating_add(event.deficit);
        vaults.push(event.owner);
    }
    let names: Vec<String> = vaults.iter().map(Address::to_string).collect();
    done.fact("owners", &vaults, "taken from", names.join(", "))?;
    let paid_amount = synthetic(market, paid);
    done.fact("paid", &paid_amount, "paid", &paid_amount)?;
    let received = collateral(market, out);
    done.fact("received", &received, "received", &received)?;
    if let Some((price, text)) = effective(market, paid, out) {
        done.fact("effective_price", &price, "effective price", text)?;
    }
    if !deficit.is_zero() {
        let deficit = synthetic(market, deficit);
        done.fact("deficit", &deficit, "loss booked", &deficit)?;
    }
    Ok(done)
}

/// Starts the clock of an unhealthy vault, or stops that of a healthy one.
///
/// # Errors
/// An unsafe price in its grace, nothing to do, or a revert.
pub async fn flag(ctx: &Context, args: &VaultOfArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let (book, mut market) = market_named(&deployment, &args.market).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let mut steps = refresh(&sender, &mut market, need(args.poke)).await?;
    let call = VaultBook::flagCall {
        market: U256::from(market.number),
        owner: args.owner,
    };
    steps.push(Step::call("flag", book.book.address, call.abi_encode()));
    let running = preview::<VaultBook::flagCall>(&sender, &market, &steps).await?;
    let vault = vault_of(&deployment, book, &market, args.owner).await?;
    if running == Some(false) && vault.flagged_at == 0 {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "owner: the vault of {} is healthy and no clock of it runs",
                args.owner
            ),
        ));
    }
    let standing = Standing::new(&market, vault.collateral, vault.debt);
    let mut lines = vec![
        ("market", market_name(&market)),
        ("owner", args.owner.to_string()),
        ("ratio", standing.ratio_text(&market)),
    ];
    let clock = |running: bool| if running { "runs" } else { "stands" };
    lines.extend(running.map(|running| ("clock after", clock(running).to_owned())));
    let plan = Plan {
        action: "vault flag",
        lines,
        steps,
        subject: Subject::Market(&market),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let started = event::<VaultBook::Flagged>(&receipts).is_some();
    let now = newest(&deployment).await?;
    let vault = vault_of(&now, book, &market, args.owner).await?;
    let mut done = Done::new("vault flag", &receipts);
    done.fact("market", market.number, "market", market_name(&market))?;
    done.fact("owner", args.owner, "owner", args.owner)?;
    done.fact(
        "started",
        started,
        "started now",
        if started { "yes" } else { "no" },
    )?;
    let running = vault.flagged_at != 0;
    done.fact("running", running, "clock", clock(running))?;
    ctx.out.result(&done)
}
