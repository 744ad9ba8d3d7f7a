//! Loans, the sums over them, and the pauses that move their deadlines.

use alloy::primitives::{Address, U256};
use ballast_bindings::reserve::Reserve;
use ballast_chain::accrual;
use ballast_store::{Column, Loan, LoanBook, Pause, Store, get};
use ballast_types::LoanId;

use super::{FoldError, launch_of, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::watch::event;

/// Loans, loan books and pauses compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(opened) = event::<Reserve::Borrowed>(log) {
        return open(changes, entry, opened).await;
    }
    if let Some(repaid) = event::<Reserve::Repaid>(log) {
        let mut loan = loan(changes, entry, repaid.loanId).await?;
        reduce(changes, entry, &mut loan, repaid.released, &repaid.amounts).await?;
        if loan.collateral.is_zero() {
            "repaid".clone_into(&mut loan.status);
        }
        return Ok(changes.put(&loan).await?);
    }
    if let Some(extended) = event::<Reserve::Extended>(log) {
        let mut loan = loan(changes, entry, extended.loanId).await?;
        loan.deadline_unpaused = unpaused(changes, entry, extended.deadline).await?;
        return Ok(changes.put(&loan).await?);
    }
    if let Some(extended) = event::<Reserve::ExtendedByBurn>(log) {
        let mut loan = loan(changes, entry, extended.loanId).await?;
        loan.deadline_unpaused = unpaused(changes, entry, extended.deadline).await?;
        reduce(changes, entry, &mut loan, extended.burned, &[]).await?;
        return Ok(changes.put(&loan).await?);
    }
    if let Some(closed) = event::<Reserve::Foreclosed>(log) {
        let mut loan = loan(changes, entry, closed.loanId).await?;
        let (collateral, principal) = (closed.collateral, &closed.principal);
        reduce(changes, entry, &mut loan, collateral, principal).await?;
        "foreclosed".clone_into(&mut loan.status);
        return Ok(changes.put(&loan).await?);
    }
    fold_pause(changes, entry).await
}

async fn fold_pause(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let elapsed = entry.launch()?.elapsed(entry.log.time);
    if let Some(paused) = event::<Reserve::Paused>(entry.log) {
        let genesis = entry.launch()?.facts.genesis;
        let last = pause(changes, entry).await?;
        let paused_before = match &last {
            Some(last) => entry.exact("a pause", last.paused_secs(elapsed))?,
            None => 0,
        };
        let pause = Pause {
            reserve: entry.log.address,
            pause_start: elapsed,
            pause_end: paused.until.saturating_to::<u64>().saturating_sub(genesis),
            paused_before,
        };
        return Ok(changes.put(&pause).await?);
    }
    if event::<Reserve::Unpaused>(entry.log).is_some() {
        let mut pause = pause(changes, entry).await?.unwrap_or_default();
        pause.reserve = entry.log.address;
        pause.pause_end = elapsed;
        return Ok(changes.put(&pause).await?);
    }
    Ok(())
}

async fn pause(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<Option<Pause>, FoldError> {
    let key = vec![entry.log.address.to_value()];
    Ok(changes.get::<Pause>(key).await?)
}

/// A deadline of the event's second without the pauses in it.
async fn unpaused(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    deadline: U256,
) -> Result<u64, FoldError> {
    let elapsed = entry.launch()?.elapsed(entry.log.time);
    let paused_secs = match pause(changes, entry).await? {
        Some(pause) => entry.exact("a pause", pause.paused_secs(elapsed))?,
        None => 0,
    };
    Ok(deadline.saturating_to::<u64>().saturating_sub(paused_secs))
}

async fn open(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    opened: Reserve::Borrowed,
) -> Result<(), FoldError> {
    let log = entry.log;
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
        token: entry.part.token,
        borrower: opened.borrower,
        collateral: opened.collateral,
        principal: opened.principal.clone(),
        first_collateral: opened.collateral,
        first_principal: opened.principal,
        deadline_unpaused: unpaused(changes, entry, opened.deadline).await?,
        status: "open".to_owned(),
        opened: log.block,
        opened_at: log.time,
        changed: log.block,
        changed_at: log.time,
    };
    Ok(changes.put(&loan).await?)
}

async fn book(changes: &mut Changes<'_>, reserve: Address) -> Result<LoanBook, FoldError> {
    let found = changes.get::<LoanBook>(vec![reserve.to_value()]).await?;
    Ok(found.unwrap_or(LoanBook {
        reserve,
        ..LoanBook::default()
    }))
}

async fn loan(changes: &mut Changes<'_>, entry: &Entry<'_>, id: U256) -> Result<Loan, FoldError> {
    let log = entry.log;
    let key = vec![log.address.to_value(), id.to_value()];
    let mut loan = changes.get::<Loan>(key).await?.ok_or_else(|| {
        FoldError::Impossible(format!(
            "block {}, log {} changes loan {id} of {}, which was never opened",
            log.block, log.log_index, log.address
        ))
    })?;
    (loan.changed, loan.changed_at) = (log.block, log.time);
    Ok(loan)
}

/// Takes collateral and principal off a loan and off its reserve's sums.
async fn reduce(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    loan: &mut Loan,
    collateral: U256,
    principal: &[U256],
) -> Result<(), FoldError> {
    let log = entry.log;
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
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<LoanBook>(store, COMPARED_MAX).await? {
        if launch_of(known, stored.reserve, check).is_some() {
            compare_book(&stored, check).await?;
        }
    }
    for stored in touched.records::<Loan>(store, COMPARED_MAX).await? {
        compare_loan(store, known, &stored, check).await?;
    }
    for stored in touched.records::<Pause>(store, COMPARED_MAX).await? {
        let Some(launch) = launch_of(known, stored.reserve, check) else {
            continue;
        };
        let facts = &launch.facts;
        let reserve = Reserve::new(stored.reserve, check.provider());
        let until = check.read("pause", reserve.pausedUntil()).await?;
        let holds = stored.holds(check.block.time.get().saturating_sub(facts.genesis));
        let end = facts.genesis.saturating_add(stored.pause_end);
        let ours = U256::from(if holds { end } else { 0 });
        let name = || format!("loans: until when {} is paused", stored.reserve);
        check.same(name, ours, until);
    }
    Ok(())
}

async fn compare_book(stored: &LoanBook, check: &mut Check<'_>) -> Result<(), IndexError> {
    let reserve = Reserve::new(stored.reserve, check.provider());
    let name = |what: &str| format!("loans: {what} in {}", stored.reserve);
    let count = check.read("loan count", reserve.loanCount()).await?;
    let locked = check.read("locked", reserve.locked()).await?;
    check.same(
        || name("loans ever opened"),
        U256::from(stored.opened),
        count,
    );
    check.same(|| name("what is locked"), stored.locked, locked);
    for (asset, sum) in stored.principal.iter().enumerate() {
        let view = check
            .read("ledger", reserve.assetAt(U256::from(asset)))
            .await?;
        let name = || name(&format!("what is owed of asset {asset}"));
        check.same(name, *sum, view.lent);
    }
    Ok(())
}

async fn compare_loan(
    store: &dyn Store,
    known: &Known,
    stored: &Loan,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let Some(launch) = launch_of(known, stored.reserve, check) else {
        return Ok(());
    };
    let facts = &launch.facts;
    let pause: Option<Pause> = get(store, vec![stored.reserve.to_value()]).await?;
    let elapsed = check.block.time.get().saturating_sub(facts.genesis);
    let paused = pause.map(|pause| pause.paused_secs(elapsed).unwrap_or_default());
    let source = check.source();
    let id = LoanId::from_word(stored.loan);
    let asked = accrual::loan(&source.endpoint, stored.reserve, id, &check.block);
    let there = source.in_time("loan", asked).await?;
    let name = |what: &str| format!("loans: the {what} of {id} in {}", stored.reserve);
    let is_open = |open: bool| U256::from(u8::from(open));
    check.same(
        || name("openness"),
        is_open(stored.status == "open"),
        is_open(there.is_some()),
    );
    let Some(there) = there.filter(|_| stored.status == "open") else {
        return Ok(());
    };
    let deadline = stored.deadline(paused.unwrap_or_default());
    let grace_end = deadline.saturating_add(facts.grace_secs);
    check.same(|| name("collateral"), stored.collateral, there.collateral);
    check.same(
        || name("deadline"),
        U256::from(deadline),
        U256::from(there.deadline.get()),
    );
    check.same(
        || name("end of grace"),
        U256::from(grace_end),
        U256::from(there.grace_end.get()),
    );
    for (ours, theirs) in stored.principal.iter().zip(&there.principal) {
        check.same(|| name("principal"), *ours, *theirs);
    }
    Ok(())
}
