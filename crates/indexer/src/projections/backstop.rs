//! Backstops: shares, cash and what drips in, requests, and what is held for sale.

use alloy::primitives::{Address, U256};
use ballast_bindings::backstop::Backstop as Contract;
use ballast_store::{
    Backstop, BackstopLot, BackstopMove, BackstopRequest, Column, RawLog, Record, Store,
};

use super::vaults::{PEG, impossible, number};
use super::{FoldError, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::Entry;
use crate::watch::event;

/// Backstops and lots compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    let found = changes.get::<Backstop>(vec![log.address.to_value()]);
    let mut backstop = found.await?.unwrap_or(Backstop {
        backstop: log.address,
        synthetic: entry.part.token,
        ..Backstop::default()
    });
    if let Some(moved) = event::<Contract::Transfer>(log) {
        if moved.from.is_zero() {
            backstop.shares = more("the shares", log, backstop.shares, moved.value)?;
        }
        if moved.to.is_zero() {
            backstop.shares = less("the shares", log, backstop.shares, moved.value)?;
        }
        return Ok(changes.put(&backstop).await?);
    }
    let moved = match of_requests(changes, log, &mut backstop).await? {
        Some(moved) => Some(moved),
        None => of_business(changes, log, &mut backstop).await?,
    };
    let Some(moved) = moved else {
        return Ok(());
    };
    let moved = BackstopMove {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        synthetic: entry.part.token,
        backstop: log.address,
        ..moved
    };
    changes.put(&moved).await?;
    Ok(changes.put(&backstop).await?)
}

fn made(kind: &str) -> BackstopMove {
    BackstopMove {
        kind: kind.to_owned(),
        ..BackstopMove::default()
    }
}

/// Entries and exits.
async fn of_requests(
    changes: &mut Changes<'_>,
    log: &RawLog,
    backstop: &mut Backstop,
) -> Result<Option<BackstopMove>, FoldError> {
    let (epoch, owner, moved) = if let Some(asked) = event::<Contract::EntryRequested>(log) {
        backstop.entering = more("what enters", log, backstop.entering, asked.assets)?;
        let moved = BackstopMove {
            amount: asked.assets,
            ..made("entry_requested")
        };
        (asked.epoch, asked.owner, moved)
    } else if let Some(back) = event::<Contract::EntryCancelled>(log) {
        backstop.entering = less("what enters", log, backstop.entering, back.assets)?;
        let moved = BackstopMove {
            amount: back.assets,
            ..made("entry_cancelled")
        };
        (back.epoch, back.owner, moved)
    } else if let Some(claimed) = event::<Contract::EntryClaimed>(log) {
        backstop.entering = less("what enters", log, backstop.entering, claimed.refunded)?;
        let moved = BackstopMove {
            amount: claimed.refunded,
            shares: claimed.shares,
            ..made("entry_claimed")
        };
        (claimed.epoch, claimed.owner, moved)
    } else if let Some(asked) = event::<Contract::ExitRequested>(log) {
        let moved = BackstopMove {
            shares: asked.shares,
            ..made("exit_requested")
        };
        (asked.epoch, asked.owner, moved)
    } else if let Some(claimed) = event::<Contract::ExitClaimed>(log) {
        backstop.owed = less("what is owed", log, backstop.owed, claimed.assets)?;
        let moved = BackstopMove {
            amount: claimed.assets,
            ..made("exit_claimed")
        };
        (claimed.epoch, claimed.owner, moved)
    } else {
        return Ok(None);
    };
    note_request(changes, log, (epoch, owner), &moved).await?;
    Ok(Some(BackstopMove {
        account: Some(owner),
        epoch: Some(epoch),
        ..moved
    }))
}

/// What is left of an account's request in an epoch.
async fn note_request(
    changes: &mut Changes<'_>,
    log: &RawLog,
    (epoch, owner): (U256, Address),
    moved: &BackstopMove,
) -> Result<(), FoldError> {
    let none = BackstopRequest {
        backstop: log.address,
        epoch,
        owner,
        ..BackstopRequest::default()
    };
    let found = changes.get::<BackstopRequest>(none.key()).await?;
    let mut request = found.unwrap_or(none);
    match moved.kind.as_str() {
        "entry_requested" => {
            request.entering = more("a request", log, request.entering, moved.amount)?;
        }
        // All of it, whatever it became.
        "entry_cancelled" | "entry_claimed" => request.entering = U256::ZERO,
        "exit_requested" => {
            request.exiting = more("a request", log, request.exiting, moved.shares)?;
        }
        _ => {
            let claimed = request.exit_claimed;
            request.exit_claimed = more("what was claimed", log, claimed, moved.amount)?;
        }
    }
    Ok(changes.put(&request).await?)
}

/// What the cash is used for, and where it comes from.
async fn of_business(
    changes: &mut Changes<'_>,
    log: &RawLog,
    backstop: &mut Backstop,
) -> Result<Option<BackstopMove>, FoldError> {
    // Every call takes out first what has dripped.
    backstop.vest(log.time);
    let cash = backstop.cash;
    if let Some(entered) = event::<Contract::Deposit>(log) {
        backstop.entering = less("what enters", log, backstop.entering, entered.assets)?;
        backstop.cash = more("the cash", log, cash, entered.assets)?;
        return Ok(Some(BackstopMove {
            amount: entered.assets,
            shares: entered.shares,
            ..made("entered")
        }));
    }
    if let Some(left) = event::<Contract::Withdraw>(log) {
        backstop.cash = less_cash(log, backstop, left.assets)?;
        backstop.owed = more("what is owed", log, backstop.owed, left.assets)?;
        return Ok(Some(BackstopMove {
            amount: left.assets,
            shares: left.shares,
            ..made("exited")
        }));
    }
    if let Some(bought) = event::<Contract::Bought>(log) {
        backstop.cash = less_cash(log, backstop, bought.paid)?;
        let mut lot = lot(changes, log, bought.market).await?;
        lot.add(bought.collateral, log.time)
            .map_err(|error| impossible("a lot", log, error))?;
        changes.put(&lot).await?;
        return Ok(Some(BackstopMove {
            market: Some(lot.market),
            amount: bought.paid,
            collateral: bought.collateral,
            ..made("bought")
        }));
    }
    if let Some(sold) = event::<Contract::Sold>(log) {
        backstop.cash = more("the cash", log, cash, sold.paid)?;
        let mut lot = lot(changes, log, sold.market).await?;
        lot.held = less("a lot", log, lot.held, sold.collateral)?;
        changes.put(&lot).await?;
        return Ok(Some(BackstopMove {
            account: Some(sold.bidder),
            market: Some(lot.market),
            amount: sold.paid,
            collateral: sold.collateral,
            ..made("sold")
        }));
    }
    if let Some(paid) = event::<Contract::Paid>(log) {
        backstop.cash = less_cash(log, backstop, paid.covered)?;
        return Ok(Some(BackstopMove {
            market: (paid.market != PEG).then(|| number(paid.market)),
            amount: paid.covered,
            ..made("paid")
        }));
    }
    let Some(synced) = event::<Contract::Synced>(log) else {
        return Ok(None);
    };
    let dripped = backstop.drip(synced.arrived, log.time);
    dripped.map_err(|error| impossible("what drips in", log, error))?;
    Ok(Some(BackstopMove {
        amount: synced.arrived,
        ..made("dripped")
    }))
}

/// The cash less `amount`. A call that leaves no event takes out what has dripped too, and rounds it: what is short by
/// that is still in the stream.
fn less_cash(log: &RawLog, backstop: &mut Backstop, amount: U256) -> Result<U256, FoldError> {
    let short = amount
        .saturating_sub(backstop.cash)
        .min(backstop.stream_left);
    backstop.stream_left = backstop.stream_left.saturating_sub(short);
    let cash = backstop.cash.saturating_add(short);
    less("the cash", log, cash, amount)
}

async fn lot(
    changes: &mut Changes<'_>,
    log: &RawLog,
    market: U256,
) -> Result<BackstopLot, FoldError> {
    let none = BackstopLot {
        backstop: log.address,
        market: number(market),
        ..BackstopLot::default()
    };
    Ok(changes
        .get::<BackstopLot>(none.key())
        .await?
        .unwrap_or(none))
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Backstop>(store, COMPARED_MAX).await? {
        let backstop = Contract::new(stored.backstop, check.provider());
        let seen = check.read("accounts", backstop.accounts()).await?;
        let shares = check.read("shares", backstop.totalSupply()).await?;
        // How much of both is cash depends on calls that leave no event, by a base unit each.
        let ours = stored.cash.saturating_add(stored.stream_left);
        let theirs = seen.cash.saturating_add(seen.dripping);
        let all = [
            ("the cash and what drips in", ours, theirs),
            ("what enters", stored.entering, seen.entering),
            ("what is owed", stored.owed, seen.owed),
            ("the shares", stored.shares, shares),
        ];
        for (what, ours, theirs) in all {
            let name = || format!("backstop: {what} of {}", stored.backstop);
            check.same(name, ours, theirs);
        }
    }
    for stored in touched.records::<BackstopLot>(store, COMPARED_MAX).await? {
        let backstop = Contract::new(stored.backstop, check.provider());
        let market = U256::from(stored.market);
        let seen = check.read("lot", backstop.lotOf(market)).await?;
        let name = |what: &str| {
            let (market, backstop) = (stored.market, stored.backstop);
            format!("backstop: {what} of market {market} in {backstop}")
        };
        check.same(|| name("the lot"), stored.held, seen.held);
        let ours = U256::from(stored.started_at);
        check.same(|| name("the start of the sale"), ours, seen.startedAt);
    }
    Ok(())
}
