//! `ballast extend`: one more term, for a fee or for collateral.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::reserve::Reserve;
use ballast_chain::accrual::{LoanState, TokenState};
use ballast_chain::{Receipt, Step};

use crate::act::{Done, Line, Plan, carry_out, provide};
use crate::cli::ExtendArgs;
use crate::commands::lend::{event, not_expired, shown};
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, of_kind};
use crate::units::{Amount, fee_up, instant, list, mul_div_up, parse_tokens};

/// Terms that a deadline may lie ahead.
const TERMS_AHEAD: u64 = 12;
/// Collateral burned beyond what is needed now, in percent, that is allowed by default.
const BURN_MARGIN_PERCENT: u64 = 1;

/// Extends a loan by one term.
///
/// # Errors
/// No such loan, an expired one, a deadline too far ahead, too little of an asset, or a revert.
pub async fn run(ctx: &Context, args: &ExtendArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let loan = ctx.loan(&deployment, &state.at, &args.loan).await?;
    let now = deployment.block.time.get();
    not_expired(&loan, now)?;
    let deadline = new_deadline(&loan, &state, now)?;
    let (lines, steps) =
        terms(&deployment, &state, &loan, deadline, sender.address(), args).await?;
    let plan = Plan {
        action: "extend",
        lines,
        steps,
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&extended(&state, &loan, &receipts)?)
}

/// What extending takes, in words and in transactions.
async fn terms(
    deployment: &Deployment,
    state: &TokenState,
    loan: &LoanState,
    deadline: u64,
    sender: Address,
    args: &ExtendArgs,
) -> eyre::Result<(Vec<Line>, Vec<Step>)> {
    let fees: Vec<U256> = loan
        .principal
        .iter()
        .map(|owed| fee_up(*owed, state.terms.termFeeBps))
        .collect();
    let mut steps = Vec::new();
    let mut lines = vec![
        (
            "loan",
            format!("{} of {}", loan.id.sequence(), loan.borrower),
        ),
        (
            "deadline",
            format!(
                "from {} to {}",
                instant(loan.deadline.get()),
                instant(deadline)
            ),
        ),
    ];
    if args.burn {
        let needed = burn_needed(&fees, state);
        let max_burn = match &args.max_burn {
            Some(text) => parse_tokens("max_burn", text)?,
            None => mul_div_up(
                needed,
                U256::from(100 + BURN_MARGIN_PERCENT),
                U256::from(100),
            ),
        };
        let token = |base| Amount::token(base, &state.symbol);
        lines.push((
            "burns",
            format!(
                "about {} of collateral, at most {}",
                token(needed),
                token(max_burn)
            ),
        ));
        let call = Reserve::extendByBurnCall {
            loanId: loan.id.word(),
            maxBurn: max_burn,
        };
        steps.push(Step::call(
            "extend by burning",
            state.at.reserve,
            call.abi_encode(),
        ));
    } else {
        lines.push(("fee", list(&shown(&fees, &state.assets))));
        for (fee, asset) in fees.iter().zip(&state.assets) {
            let what = (asset.asset, asset.decimals, asset.symbol.as_str());
            steps.extend(provide(deployment, sender, state.at.reserve, what, *fee, "fee").await?);
        }
        let call = Reserve::extendCall {
            loanId: loan.id.word(),
        };
        steps.push(Step::call("extend", state.at.reserve, call.abi_encode()));
    }
    Ok((lines, steps))
}

fn extended(state: &TokenState, loan: &LoanState, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("extend", receipts);
    done.fact("loan", loan.id.sequence(), "loan", loan.id.sequence())?;
    let mut reached = |word: U256| {
        let unix = u64::try_from(word).unwrap_or(u64::MAX);
        done.fact("deadline_unix", unix, "deadline", instant(unix))
    };
    if let Some(event) = event::<Reserve::Extended>(receipts) {
        reached(event.deadline)?;
        let fees = shown(&event.fees, &state.assets);
        done.fact("fee", &fees, "fee", list(&fees))?;
    } else if let Some(event) = event::<Reserve::ExtendedByBurn>(receipts) {
        reached(event.deadline)?;
        let burned = Amount::token(event.burned, &state.symbol);
        done.fact("burned", &burned, "burned", &burned)?;
    }
    Ok(done)
}

fn new_deadline(loan: &LoanState, state: &TokenState, now: u64) -> eyre::Result<u64> {
    let term = u64::from(state.terms.termSecs);
    let deadline = loan.deadline.get().saturating_add(term);
    let latest = now.saturating_add(term.saturating_mul(TERMS_AHEAD));
    if deadline > latest {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "loan: {} would run to {}, at most {TERMS_AHEAD} terms ahead ({}) are allowed",
                loan.id.sequence(),
                instant(deadline),
                instant(latest)
            ),
        ));
    }
    Ok(deadline)
}

/// The most over owed assets of fee * S / F, rounded up.
fn burn_needed(fees: &[U256], state: &TokenState) -> U256 {
    let owed = fees
        .iter()
        .zip(&state.assets)
        .filter(|(fee, _)| !fee.is_zero());
    owed.map(|(fee, asset)| mul_div_up(*fee, state.claims, asset.total()))
        .max()
        .unwrap_or_default()
}
