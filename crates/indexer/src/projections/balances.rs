//! What holders have, and how many they are.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolEvent;
use ballast_bindings::token::AccrualToken;
use ballast_store::{Balance, Column, HolderCount, RawLog, Record, Store, find};
use foldhash::{HashSet, HashSetExt as _};

use super::{FoldError, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::watch::{Role, event};

/// Tokens and holders compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;
/// Up to so many holders are summed and counted after every batch that moved their token; where there are more, only
/// where the block's number is a multiple of [`SUMMED_EVERY_BLOCKS`].
const SUMMED_MAX: u64 = 5_000;
/// See [`SUMMED_MAX`].
const SUMMED_EVERY_BLOCKS: u64 = 1_000;

/// Reads the balances of all who send or receive.
pub(super) async fn prepare(
    changes: &mut Changes<'_>,
    entries: &[Entry<'_>],
) -> Result<(), FoldError> {
    let mut keys = HashSet::new();
    for entry in entries
        .iter()
        .filter(|entry| matches!(entry.part.role, Role::Token | Role::Book | Role::Backstop))
    {
        if entry.log.topics.first() == Some(&AccrualToken::Transfer::SIGNATURE_HASH) {
            for topic in entry.log.topics.iter().skip(1) {
                let holder = Address::from_word(*topic);
                keys.insert(vec![entry.log.address.to_value(), holder.to_value()]);
            }
        }
    }
    Ok(changes.load::<Balance>(keys).await?)
}

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    let Some(moved) = event::<AccrualToken::Transfer>(log) else {
        return Ok(());
    };
    let token = log.address;
    let count = changes.get::<HolderCount>(vec![token.to_value()]).await?;
    let mut count = count.unwrap_or(HolderCount {
        token,
        ..HolderCount::default()
    });
    count.transfers = count.transfers.saturating_add(1);
    if !moved.from.is_zero() {
        let mut holder = balance(changes, token, moved.from).await?;
        let had = !holder.amount.is_zero();
        holder.amount = less("a balance", log, holder.amount, moved.value)?;
        if had && holder.amount.is_zero() {
            count.holders = count.holders.saturating_sub(1);
        }
        changes.put(&holder).await?;
    }
    if !moved.to.is_zero() {
        let mut holder = balance(changes, token, moved.to).await?;
        let had = !holder.amount.is_zero();
        holder.amount = more("a balance", log, holder.amount, moved.value)?;
        if !had && !holder.amount.is_zero() {
            count.holders = count.holders.saturating_add(1);
        }
        changes.put(&holder).await?;
    }
    Ok(changes.put(&count).await?)
}

async fn balance(
    changes: &mut Changes<'_>,
    token: Address,
    holder: Address,
) -> Result<Balance, FoldError> {
    let none = Balance {
        token,
        holder,
        amount: U256::ZERO,
    };
    Ok(changes.get::<Balance>(none.key()).await?.unwrap_or(none))
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<HolderCount>(store, COMPARED_MAX).await? {
        if !known.has_holders(stored.token) {
            let token = stored.token;
            check.differs(format!("a row is of {token}, a part of no launched token"));
            continue;
        }
        let seldom = check.block.number.checked_rem(SUMMED_EVERY_BLOCKS) == Some(0);
        if stored.holders <= SUMMED_MAX || seldom {
            compare_sum(store, &stored, check).await?;
        }
    }
    for stored in touched.records::<Balance>(store, COMPARED_MAX).await? {
        let token = AccrualToken::new(stored.token, check.provider());
        let balance = check
            .read("balance", token.balanceOf(stored.holder))
            .await?;
        let name = || format!("balances: what {} has of {}", stored.holder, stored.token);
        check.same(name, stored.amount, balance);
    }
    Ok(())
}

/// Holds the sum of all balances against what exists, and the number of holders against the rows.
async fn compare_sum(
    store: &dyn Store,
    stored: &HolderCount,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let token = AccrualToken::new(stored.token, check.provider());
    let supply = check.read("supply", token.totalSupply()).await?;
    let all = find::<Balance>(store, "of_token", vec![stored.token.to_value()]).await?;
    let amounts = all.iter().map(|balance| balance.amount);
    let sum = amounts.fold(U256::ZERO, U256::saturating_add);
    let holders = all
        .iter()
        .filter(|balance| !balance.amount.is_zero())
        .count();
    let name = |what: &str| format!("balances: {what} of {}", stored.token);
    check.same(|| name("the sum of balances"), sum, supply);
    check.same(
        || name("the count of holders, by the rows,"),
        U256::from(stored.holders),
        U256::from(holders),
    );
    Ok(())
}
