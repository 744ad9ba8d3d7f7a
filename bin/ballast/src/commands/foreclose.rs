//! `ballast foreclose`: close loans whose grace has ended.

use alloy::primitives::U256;
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::reserve::Reserve;
use ballast_chain::accrual::{LoanState, TokenState};
use ballast_chain::{Receipt, Step};
use ballast_types::LoanId;

use crate::act::{Done, Plan, carry_out};
use crate::cli::ForecloseArgs;
use crate::commands::loans::{open, status};
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, of_kind};
use crate::units::{Amount, instant};

/// Loans per transaction: bounded, so that no batch outgrows a block.
const BATCH: usize = 40;

/// Closes every due loan, or those of `args` that are due.
///
/// # Errors
/// A named loan is not due, none is, or a revert.
pub async fn run(ctx: &Context, args: &ForecloseArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let due = due(ctx, &deployment, &state, &args.loans).await?;
    let collateral = due
        .iter()
        .fold(U256::ZERO, |sum, loan| sum.saturating_add(loan.collateral));
    let ids: Vec<U256> = due.iter().map(|loan| loan.id.word()).collect();
    let numbers: Vec<String> = due
        .iter()
        .map(|loan| loan.id.sequence().to_string())
        .collect();
    let steps = ids
        .chunks(BATCH)
        .map(|batch| {
            let call = Reserve::forecloseCall {
                loanIds: batch.to_vec(),
            };
            Step::call(label(batch.len()), state.at.reserve, call.abi_encode())
        })
        .collect();
    let plan = Plan {
        action: "foreclose",
        lines: vec![
            ("loans", numbers.join(", ")),
            (
                "burns",
                format!("{} of collateral", Amount::token(collateral, &state.symbol)),
            ),
        ],
        steps,
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&closed(&state, &receipts)?)
}

/// The loans that are due: all of them, or those named.
async fn due(
    ctx: &Context,
    deployment: &Deployment,
    state: &TokenState,
    named: &[String],
) -> eyre::Result<Vec<LoanState>> {
    let now = deployment.block.time.get();
    let mut due = Vec::new();
    if named.is_empty() {
        due.extend(
            open(ctx, deployment, state)
                .await?
                .into_iter()
                .filter(|loan| status(loan, now) == "due"),
        );
    }
    for text in named {
        let loan = ctx.loan(deployment, &state.at, text).await?;
        if status(&loan, now) != "due" {
            let until = instant(loan.grace_end.get());
            return Err(of_kind(
                Kind::Refused,
                format!("loan: {text} can be foreclosed from {until} on, not before"),
            ));
        }
        due.push(loan);
    }
    if due.is_empty() {
        return Err(of_kind(
            Kind::Refused,
            "loans: none of them is past its grace",
        ));
    }
    Ok(due)
}

fn closed(state: &TokenState, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("foreclose", receipts);
    let mut closed = Vec::new();
    let mut burned = U256::ZERO;
    for log in receipts.iter().flat_map(|receipt| &receipt.logs) {
        if let Ok(event) = Reserve::Foreclosed::decode_log(&log.inner) {
            closed.push(LoanId::from_word(event.loanId).sequence());
            burned = burned.saturating_add(event.collateral);
        }
    }
    let text: Vec<String> = closed.iter().map(u128::to_string).collect();
    done.fact("closed", &closed, "closed", text.join(", "))?;
    let burned = Amount::token(burned, &state.symbol);
    done.fact("burned", &burned, "burned", &burned)?;
    Ok(done)
}

fn label(loans: usize) -> String {
    format!(
        "foreclose {loans} loan{}",
        if loans == 1 { "" } else { "s" }
    )
}
