//! Who holds the powers over a token, and what they did with them: fees, who shares in them, the liquidity's lock.

use alloy::primitives::{Address, U256};
use ballast_bindings::converter::Converter;
use ballast_bindings::lock::LiquidityLock;
use ballast_bindings::token::AccrualToken;
use ballast_store::{Column, FeeChange, Fees, LockUntil, Powers, RawLog, RecipientChange, Store};

use super::{FoldError, launch_of, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::watch::event;

/// Tokens compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

/// The fees and the lock that a launch begins with.
pub(super) async fn launch(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let launch = entry.launch()?;
    let (token, facts) = (launch.parts.token, &launch.facts);
    let fees = Fees {
        token,
        buy_bps: U256::from(facts.buy_bps),
        sell_bps: U256::from(facts.sell_bps),
        ..Fees::default()
    };
    changes.put(&fees).await?;
    if let Some(liquidity_lock) = launch.parts.liquidity_lock {
        let lock = LockUntil {
            token,
            liquidity_lock,
            until: facts.lock_until,
            withdrawn: U256::ZERO,
        };
        changes.put(&lock).await?;
    }
    Ok(())
}

pub(super) async fn fold_token(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(moved) = event::<AccrualToken::OwnershipTransferred>(log) {
        let mut powers = powers(changes, log.address).await?;
        powers.owner = moved.newOwner;
        changes.put(&powers).await?;
    } else if let Some(named) = event::<AccrualToken::GuardianNamed>(log) {
        let mut powers = powers(changes, log.address).await?;
        powers.guardian = named.guardian;
        changes.put(&powers).await?;
    } else if let Some(cut) = event::<AccrualToken::FeesCut>(log) {
        let now = Fees {
            token: log.address,
            buy_bps: cut.buyBps,
            sell_bps: cut.sellBps,
            ..Fees::default()
        };
        changes.put(&now).await?;
        let from = U256::from(log.time);
        let change = change(log, cut.buyBps, cut.sellBps, from);
        changes.put(&change).await?;
    } else if let Some(raise) = event::<AccrualToken::FeesProposed>(log) {
        propose(changes, log, &raise).await?;
        let change = change(log, raise.buyBps, raise.sellBps, raise.effectiveAt);
        changes.put(&change).await?;
    }
    Ok(())
}

/// A raise that waits; one before it that holds by now becomes what it is raised from, any other is gone.
async fn propose(
    changes: &mut Changes<'_>,
    log: &RawLog,
    raise: &AccrualToken::FeesProposed,
) -> Result<(), FoldError> {
    let found = changes.get::<Fees>(vec![log.address.to_value()]).await?;
    let (buy_bps, sell_bps) = found.unwrap_or_default().at(log.time);
    let fees = Fees {
        token: log.address,
        buy_bps,
        sell_bps,
        next_buy_bps: raise.buyBps,
        next_sell_bps: raise.sellBps,
        next_at: raise.effectiveAt,
    };
    Ok(changes.put(&fees).await?)
}

pub(super) async fn fold_converter(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
) -> Result<(), FoldError> {
    let log = entry.log;
    let found = if let Some(proposed) = event::<Converter::RecipientProposed>(log) {
        let effective_at = proposed.effectiveAt.saturating_to();
        Some((proposed.index, proposed.account, effective_at))
    } else {
        event::<Converter::RecipientChanged>(log).map(|changed| (changed.index, changed.account, 0))
    };
    let Some((index, account, effective_at)) = found else {
        return Ok(());
    };
    let change = RecipientChange {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        token: entry.part.token,
        recipient_index: index.saturating_to(),
        account,
        effective_at,
    };
    Ok(changes.put(&change).await?)
}

pub(super) async fn fold_lock(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
) -> Result<(), FoldError> {
    let key = vec![entry.part.token.to_value()];
    let Some(mut lock) = changes.get::<LockUntil>(key).await? else {
        return Ok(());
    };
    if let Some(extended) = event::<LiquidityLock::LockExtended>(entry.log) {
        lock.until = extended.until;
    } else if let Some(taken) = event::<LiquidityLock::Withdrawn>(entry.log) {
        lock.withdrawn = more(
            "what is withdrawn",
            entry.log,
            lock.withdrawn,
            taken.liquidity,
        )?;
    }
    Ok(changes.put(&lock).await?)
}

async fn powers(changes: &mut Changes<'_>, token: Address) -> Result<Powers, FoldError> {
    let found = changes.get::<Powers>(vec![token.to_value()]).await?;
    Ok(found.unwrap_or(Powers {
        token,
        ..Powers::default()
    }))
}

fn change(log: &RawLog, buy_bps: U256, sell_bps: U256, effective_at: U256) -> FeeChange {
    FeeChange {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        token: log.address,
        buy_bps,
        sell_bps,
        effective_at,
    }
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let word = |account: Address| account.into_word().into();
    for stored in touched.records::<Powers>(store, COMPARED_MAX).await? {
        if launch_of(known, stored.token, check).is_none() {
            continue;
        }
        let token = AccrualToken::new(stored.token, check.provider());
        let owner = check.read("owner", token.owner()).await?;
        let guardian = check.read("guardian", token.guardian()).await?;
        let name = |what: &str| format!("powers: the {what} of {}, as a number,", stored.token);
        check.same(|| name("owner"), word(stored.owner), word(owner));
        check.same(|| name("guardian"), word(stored.guardian), word(guardian));
    }
    for stored in touched.records::<Fees>(store, COMPARED_MAX).await? {
        // Fees of a later block are right from the next change on, and nobody knows here whether it has come.
        let comparable = launch_of(known, stored.token, check)
            .is_some_and(|made| made.parts.converter.is_some() && made.facts.fees_known == 1);
        if comparable {
            compare_fees(&stored, check).await?;
        }
    }
    for stored in touched.records::<LockUntil>(store, COMPARED_MAX).await? {
        if launch_of(known, stored.liquidity_lock, check).is_none() {
            continue;
        }
        let lock = LiquidityLock::new(stored.liquidity_lock, check.provider());
        let until = check.read("lock", lock.lockedUntil()).await?;
        let name = || format!("powers: the end of lock {}", stored.liquidity_lock);
        check.same(name, stored.until, until);
    }
    Ok(())
}

async fn compare_fees(stored: &Fees, check: &mut Check<'_>) -> Result<(), IndexError> {
    let token = AccrualToken::new(stored.token, check.provider());
    let name = |what: &str| format!("powers: the {what} fee of {}", stored.token);
    let now = check.read("fees", token.fees()).await?;
    let next = check.read("pending fees", token.pendingFees()).await?;
    let time = check.block.time.get();
    let (buy_bps, sell_bps) = stored.at(time);
    check.same(|| name("buy"), buy_bps, now.buyBps);
    check.same(|| name("sell"), sell_bps, now.sellBps);
    let waits = stored.next_at > U256::from(time);
    let ours = |value: U256| if waits { value } else { U256::ZERO };
    check.same(|| name("next buy"), ours(stored.next_buy_bps), next.buyBps);
    check.same(
        || name("next sell"),
        ours(stored.next_sell_bps),
        next.sellBps,
    );
    check.same(
        || name("start of the next"),
        ours(stored.next_at),
        next.effectiveAt,
    );
    Ok(())
}
