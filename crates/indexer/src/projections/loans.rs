//! Loans, and the sums over them.

use alloy::primitives::{Address, U256};
use ballast_bindings::reserve::Reserve;
use ballast_store::{Column, Loan, LoanBook, RawLog, Store};

use super::{FoldError, failed, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// Loan books compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(opened) = event::<Reserve::Borrowed>(log) {
        return open(changes, log, opened).await;
    }
    if let Some(repaid) = event::<Reserve::Repaid>(log) {
        let mut loan = loan(changes, log, repaid.loanId).await?;
        reduce(changes, log, &mut loan, repaid.released, &repaid.amounts).await?;
        if loan.collateral.is_zero() {
            "repaid".clone_into(&mut loan.status);
        }
        return Ok(changes.put(&loan).await?);
    }
    if let Some(extended) = event::<Reserve::Extended>(log) {
        let mut loan = loan(changes, log, extended.loanId).await?;
        loan.deadline = extended.deadline;
        return Ok(changes.put(&loan).await?);
    }
    if let Some(extended) = event::<Reserve::ExtendedByBurn>(log) {
        let mut loan = loan(changes, log, extended.loanId).await?;
        loan.deadline = extended.deadline;
        reduce(changes, log, &mut loan, extended.burned, &[]).await?;
        return Ok(changes.put(&loan).await?);
    }
    if let Some(closed) = event::<Reserve::Foreclosed>(log) {
        let mut loan = loan(changes, log, closed.loanId).await?;
        reduce(
            changes,
            log,
            &mut loan,
            closed.collateral,
            &closed.principal,
        )
        .await?;
        "foreclosed".clone_into(&mut loan.status);
        return Ok(changes.put(&loan).await?);
    }
    Ok(())
}

async fn open(
    changes: &mut Changes<'_>,
    log: &RawLog,
    opened: Reserve::Borrowed,
) -> Result<(), FoldError> {
    let mut book = book(changes, log.address).await?;
    book.opened = book.opened.saturating_add(1);
    book.locked = more("what is locked", log, book.locked, opened.collateral)?;
    book.principal.resize(opened.principal.len(), U256::ZERO);
    for (sum, amount) in book.principal.iter_mut().zip(&opened.principal) {
        *sum = more("what is owed", log, *sum, *amount)?;
    }
    changes.put(&book).await?;
    let loan = Loan {
        reserve: log.address,
        loan: opened.loanId,
        borrower: opened.borrower,
        collateral: opened.collateral,
        principal: opened.principal,
        deadline: opened.deadline,
        status: "open".to_owned(),
        opened: log.block,
        changed: log.block,
    };
    Ok(changes.put(&loan).await?)
}

async fn book(changes: &mut Changes<'_>, reserve: Address) -> Result<LoanBook, FoldError> {
    let found = changes.get::<LoanBook>(vec![reserve.to_value()]).await?;
    Ok(found.unwrap_or(LoanBook {
        reserve,
        opened: 0,
        locked: U256::ZERO,
        principal: Vec::new(),
    }))
}

async fn loan(changes: &mut Changes<'_>, log: &RawLog, id: U256) -> Result<Loan, FoldError> {
    let key = vec![log.address.to_value(), id.to_value()];
    let mut loan = changes.get::<Loan>(key).await?.ok_or_else(|| {
        FoldError::Impossible(format!(
            "block {}, log {} changes loan {id} of {}, which was never opened",
            log.block, log.log_index, log.address
        ))
    })?;
    loan.changed = log.block;
    Ok(loan)
}

/// Takes collateral and principal off a loan and off its reserve's sums.
async fn reduce(
    changes: &mut Changes<'_>,
    log: &RawLog,
    loan: &mut Loan,
    collateral: U256,
    principal: &[U256],
) -> Result<(), FoldError> {
    let mut book = book(changes, log.address).await?;
    loan.collateral = less("a loan's collateral", log, loan.collateral, collateral)?;
    book.locked = less("what is locked", log, book.locked, collateral)?;
    let owed = loan.principal.iter_mut().zip(book.principal.iter_mut());
    for ((owed, sum), amount) in owed.zip(principal) {
        *owed = less("a loan's principal", log, *owed, *amount)?;
        *sum = less("what is owed", log, *sum, *amount)?;
    }
    Ok(changes.put(&book).await?)
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let id = check.at();
    for stored in touched.records::<LoanBook>(store, COMPARED_MAX).await? {
        let reserve = Reserve::new(stored.reserve, check.endpoint.provider());
        let name = |what: &str| format!("loans: {what} in {}", stored.reserve);
        let count = reserve.loanCount().block(id).call().await;
        let locked = reserve.locked().block(id).call().await;
        let opened = U256::from(stored.opened);
        check.same(
            || name("loans ever opened"),
            opened,
            count.map_err(failed("loan count"))?,
        );
        check.same(
            || name("what is locked"),
            stored.locked,
            locked.map_err(failed("locked"))?,
        );
        for (asset, sum) in stored.principal.iter().enumerate() {
            let view = reserve.assetAt(U256::from(asset)).block(id).call().await;
            let lent = view.map_err(failed("ledger"))?.lent;
            check.same(
                || name(&format!("what is owed of asset {asset}")),
                *sum,
                lent,
            );
        }
    }
    Ok(())
}
