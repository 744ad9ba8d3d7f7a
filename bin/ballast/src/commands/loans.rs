//! `ballast loans`: open loans by deadline.

use alloy::primitives::{Address, U256};
use ballast_chain::accrual::{self, LoanState, TokenState};
use serde::Serialize;

use crate::cli::LoansArgs;
use crate::context::{Context, Deployment};
use crate::output::{Lines, Report};
use crate::units::{Amount, instant, list, per_asset};

#[derive(Serialize)]
struct LoanRow {
    number: u128,
    id: String,
    borrower: Address,
    collateral: Amount,
    principal: Vec<Amount>,
    deadline: String,
    deadline_unix: u64,
    grace_end: String,
    grace_end_unix: u64,
    status: &'static str,
}

#[derive(Serialize)]
struct LoansReport {
    block: u64,
    time: String,
    token: Address,
    symbol: String,
    loans: Vec<LoanRow>,
}

impl Report for LoansReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "{} loans at block {}, {}",
            self.symbol, self.block, self.time
        ));
        if self.loans.is_empty() {
            lines.plain("none");
            return lines.text();
        }
        let rows: Vec<Vec<String>> = self
            .loans
            .iter()
            .map(|loan| {
                vec![
                    loan.number.to_string(),
                    loan.borrower.to_string(),
                    loan.collateral.to_string(),
                    list(&loan.principal),
                    loan.deadline.clone(),
                    loan.grace_end.clone(),
                    loan.status.to_owned(),
                ]
            })
            .collect();
        lines.table(
            &[
                "loan",
                "borrower",
                "collateral",
                "owed",
                "deadline",
                "grace ends",
                "status",
            ],
            &rows,
        );
        lines.text()
    }
}

/// Where a loan stands at unix second `now`.
pub fn status(loan: &LoanState, now: u64) -> &'static str {
    if now >= loan.grace_end.get() {
        "due"
    } else if now >= loan.deadline.get() {
        "grace"
    } else {
        "open"
    }
}

/// Every open loan of a token, the earliest deadline first.
///
/// # Errors
/// Where logs or loans cannot be read.
pub async fn open(
    ctx: &Context,
    deployment: &Deployment,
    state: &TokenState,
) -> eyre::Result<Vec<LoanState>> {
    let ids = ctx.loan_ids(deployment, &state.at).await?;
    let bar = ctx.out.bar("loans", ids.len() as u64);
    let mut open = Vec::new();
    for id in ids {
        bar.inc(1);
        open.extend(
            accrual::loan(
                &deployment.endpoint,
                state.at.reserve,
                id,
                &deployment.block,
            )
            .await?,
        );
    }
    bar.finish_and_clear();
    open.sort_by_key(|loan| (loan.deadline, loan.id.sequence()));
    Ok(open)
}

/// Lists the open loans that `args` asks for.
///
/// # Errors
/// No such token, or the chain cannot be read.
pub async fn run(ctx: &Context, args: &LoansArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let now = deployment.block.time.get();
    let loans = open(ctx, &deployment, &state)
        .await?
        .iter()
        .filter(|loan| {
            args.borrower
                .is_none_or(|borrower| borrower == loan.borrower)
        })
        .filter(|loan| !args.due || status(loan, now) == "due")
        .map(|loan| row(loan, &state, now))
        .collect();
    ctx.out.result(&LoansReport {
        block: deployment.block.number,
        time: instant(now),
        token: state.at.token,
        symbol: state.symbol.clone(),
        loans,
    })
}

fn row(loan: &LoanState, state: &TokenState, now: u64) -> LoanRow {
    let owed = per_asset(&loan.principal, &state.assets);
    let principal = loan
        .principal
        .iter()
        .zip(owed)
        .filter(|(base, _)| **base != U256::ZERO)
        .map(|(_, amount)| amount);
    LoanRow {
        number: loan.id.sequence(),
        id: loan.id.to_string(),
        borrower: loan.borrower,
        collateral: Amount::token(loan.collateral, &state.symbol),
        principal: principal.collect(),
        deadline: instant(loan.deadline.get()),
        deadline_unix: loan.deadline.get(),
        grace_end: instant(loan.grace_end.get()),
        grace_end_unix: loan.grace_end.get(),
        status: status(loan, now),
    }
}
