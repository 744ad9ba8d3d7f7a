//! `ballast pause`, `ballast unpause`, `ballast fees` and `ballast register-pool`.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::peers::PairFactory;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::accrual::{FeeState, TokenState};
use ballast_chain::{ChainError, Step};
use serde::Serialize;

use crate::act::{Done, Plan, carry_out};
use crate::cli::{FeesSetArgs, PauseArgs, RegisterPoolArgs};
use crate::commands::lend::event;
use crate::context::Context;
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{duration, instant, parse_duration, parse_share, share};

const MAX_PAUSE_SECS: u64 = 7 * 86_400;

fn must_be(role: &str, expected: Address, sender: Address) -> eyre::Result<()> {
    if expected == sender {
        return Ok(());
    }
    let who = if expected.is_zero() {
        "nobody".to_owned()
    } else {
        expected.to_string()
    };
    Err(of_kind(
        Kind::Refused,
        format!("sender: {sender} is not the {role} of this token, {who} is"),
    ))
}

/// Pauses entries.
///
/// # Errors
/// Too long, not the guardian, too soon after the last pause, or a revert.
pub async fn pause(ctx: &Context, args: &PauseArgs) -> eyre::Result<()> {
    let secs = parse_duration("for", &args.duration, 1, MAX_PAUSE_SECS)?;
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    must_be("guardian", state.guardian, sender.address())?;
    let call = Reserve::pauseCall {
        secs: U256::from(secs),
    };
    let plan = Plan {
        action: "pause",
        lines: vec![
            (
                "stops",
                format!("borrow, flash loans and conversion for {}", duration(secs)),
            ),
            (
                "never stops",
                "redeem, repay, extend, foreclose, claim; deadlines move by the paused time"
                    .to_owned(),
            ),
        ],
        steps: vec![Step::call("pause", state.at.reserve, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("pause", &receipts);
    if let Some(event) = event::<Reserve::Paused>(&receipts) {
        let until = u64::try_from(event.until).unwrap_or(u64::MAX);
        done.fact("until_unix", until, "paused until", instant(until))?;
    }
    ctx.out.result(&done)
}

/// Ends a pause.
///
/// # Errors
/// Not the guardian, nothing paused, or a revert.
pub async fn unpause(ctx: &Context, text: &str) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(text).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    must_be("guardian", state.guardian, sender.address())?;
    let call = Reserve::unpauseCall {};
    let plan = Plan {
        action: "unpause",
        lines: vec![("opens", "borrow, flash loans and conversion".to_owned())],
        steps: vec![Step::call("unpause", state.at.reserve, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&Done::new("unpause", &receipts))
}

#[derive(Serialize)]
struct FeesReport {
    block: u64,
    token: Address,
    buy_bps: String,
    sell_bps: String,
    max_buy_bps: String,
    max_sell_bps: String,
    pending: Option<PendingReport>,
}

#[derive(Serialize)]
struct PendingReport {
    buy_bps: String,
    sell_bps: String,
    effective_at_unix: u64,
}

fn percent(bps: &str) -> String {
    bps.parse().map_or_else(|_| bps.to_owned(), share)
}

impl Report for FeesReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines
            .add("at", format!("block {}", self.block))
            .add("token", self.token);
        lines.add(
            "buy fee",
            format!(
                "{}, at most {}",
                percent(&self.buy_bps),
                percent(&self.max_buy_bps)
            ),
        );
        lines.add(
            "sell fee",
            format!(
                "{}, at most {}",
                percent(&self.sell_bps),
                percent(&self.max_sell_bps)
            ),
        );
        if let Some(raise) = &self.pending {
            let (buy, sell) = (percent(&raise.buy_bps), percent(&raise.sell_bps));
            lines.add(
                "proposed",
                format!(
                    "buy {buy}, sell {sell} from {}",
                    instant(raise.effective_at_unix)
                ),
            );
        }
        lines.text()
    }
}

fn fees_of(state: &TokenState) -> eyre::Result<FeeState> {
    state.fees.ok_or_else(|| {
        of_kind(
            Kind::Refused,
            format!("fees: {} was launched without a pool tax", state.symbol),
        )
    })
}

/// Shows fees.
///
/// # Errors
/// A token without fees, or the chain cannot be read.
pub async fn show_fees(ctx: &Context, text: &str) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(text).await?;
    let fees = fees_of(&state)?;
    ctx.out.result(&FeesReport {
        block: deployment.block.number,
        token: state.at.token,
        buy_bps: fees.buy_bps.to_string(),
        sell_bps: fees.sell_bps.to_string(),
        max_buy_bps: fees.max_buy_bps.to_string(),
        max_sell_bps: fees.max_sell_bps.to_string(),
        pending: fees.pending.map(|(buy, sell, at)| PendingReport {
            buy_bps: buy.to_string(),
            sell_bps: sell.to_string(),
            effective_at_unix: at.get(),
        }),
    })
}

/// Cuts fees, or proposes a raise.
///
/// # Errors
/// Over the token's maximum, not the owner, no fees at all, or a revert.
pub async fn set_fees(ctx: &Context, args: &FeesSetArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let fees = fees_of(&state)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let most = |bps: U256| u16::try_from(bps).unwrap_or(u16::MAX);
    let buy = U256::from(parse_share("buy", &args.buy, most(fees.max_buy_bps))?);
    let sell = U256::from(parse_share("sell", &args.sell, most(fees.max_sell_bps))?);
    must_be("owner", state.owner, sender.address())?;
    let cut = buy <= fees.buy_bps && sell <= fees.sell_bps;
    let when = if cut {
        "at once"
    } else {
        "after three days in public"
    };
    let call = AccrualToken::setFeesCall {
        buyBps: buy,
        sellBps: sell,
    };
    let plan = Plan {
        action: "fees set",
        lines: vec![
            (
                "buy fee",
                format!("from {} to {}", share(fees.buy_bps), share(buy)),
            ),
            (
                "sell fee",
                format!("from {} to {}", share(fees.sell_bps), share(sell)),
            ),
            ("in force", when.to_owned()),
        ],
        steps: vec![Step::call("set fees", state.at.token, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("fees set", &receipts);
    done.fact("buy_bps", buy.to_string(), "buy fee", share(buy))?;
    done.fact("sell_bps", sell.to_string(), "sell fee", share(sell))?;
    match event::<AccrualToken::FeesProposed>(&receipts) {
        Some(event) => {
            let at = u64::try_from(event.effectiveAt).unwrap_or(u64::MAX);
            done.fact("effective_at_unix", at, "in force from", instant(at))?;
        }
        None => done.fact("effective_at_unix", 0, "in force", "now")?,
    }
    ctx.out.result(&done)
}

/// Taxes a further pool.
///
/// # Errors
/// The factory has no such pool, the token has no tax, or a revert.
pub async fn register_pool(ctx: &Context, args: &RegisterPoolArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    fees_of(&state)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let factory = PairFactory::new(
        deployment.manifest.contracts.factory.address,
        deployment.endpoint.provider(),
    );
    let pool = factory
        .getPair(state.at.token, args.other)
        .block(deployment.at())
        .call()
        .await;
    let pool = pool.map_err(|error| ChainError::from_call("getPair", &error))?;
    if pool.is_zero() {
        return Err(input(format!(
            "other: the factory has no pool of {} and {}",
            state.symbol, args.other
        )));
    }
    let call = AccrualToken::registerPoolCall { other: args.other };
    let plan = Plan {
        action: "register-pool",
        lines: vec![("taxes", format!("transfers to and from {pool}, for ever"))],
        steps: vec![Step::call(
            "register pool",
            state.at.token,
            call.abi_encode(),
        )],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("register-pool", &receipts);
    done.fact("pool", pool, "pool", pool)?;
    ctx.out.result(&done)
}
