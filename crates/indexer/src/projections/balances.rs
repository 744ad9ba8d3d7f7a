//! What holders have, and what exists.

use alloy::primitives::{Address, U256, address};
use ballast_bindings::token::AccrualToken;
use ballast_store::{Balance, Column, RawLog, Record, Store, Supply, find};

use super::{FoldError, failed, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// The conventional burn address; the token itself is the other account that cannot move what it gets.
const DEAD: Address = address!("0x000000000000000000000000000000000000dEaD");
/// Tokens and holders compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    let Some(moved) = event::<AccrualToken::Transfer>(log) else {
        return Ok(());
    };
    let token = log.address;
    let mut supply = changes
        .get::<Supply>(vec![token.to_value()])
        .await?
        .unwrap_or(Supply {
            token,
            supply: U256::ZERO,
            unspendable: U256::ZERO,
        });
    let before = supply.clone();
    if moved.from.is_zero() {
        supply.supply = more("the supply", log, supply.supply, moved.value)?;
    } else {
        let mut holder = balance(changes, token, moved.from).await?;
        holder.amount = less("a balance", log, holder.amount, moved.value)?;
        changes.put(&holder).await?;
    }
    if moved.to.is_zero() {
        supply.supply = less("the supply", log, supply.supply, moved.value)?;
    } else {
        let mut holder = balance(changes, token, moved.to).await?;
        holder.amount = more("a balance", log, holder.amount, moved.value)?;
        changes.put(&holder).await?;
        if moved.to == DEAD || moved.to == token {
            supply.unspendable = more("what is unspendable", log, supply.unspendable, moved.value)?;
        }
    }
    if supply != before {
        changes.put(&supply).await?;
    }
    Ok(())
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
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let id = check.at();
    for stored in touched.records::<Supply>(store, COMPARED_MAX).await? {
        let token = AccrualToken::new(stored.token, check.endpoint.provider());
        let supply = token.totalSupply().block(id).call().await;
        let claims = token.claims().block(id).call().await;
        let spendable = stored.supply.saturating_sub(stored.unspendable);
        let name = |what: &str| format!("balances: the {what} of {}", stored.token);
        check.same(
            || name("supply"),
            stored.supply,
            supply.map_err(failed("supply"))?,
        );
        check.same(
            || name("claims"),
            spendable,
            claims.map_err(failed("claims"))?,
        );
        let held = sum_of_balances(store, stored.token).await?;
        check.same(|| name("sum of balances"), held, stored.supply);
    }
    for stored in touched.records::<Balance>(store, COMPARED_MAX).await? {
        let token = AccrualToken::new(stored.token, check.endpoint.provider());
        let balance = token.balanceOf(stored.holder).block(id).call().await;
        let name = || format!("balances: what {} has of {}", stored.holder, stored.token);
        check.same(name, stored.amount, balance.map_err(failed("balance"))?);
    }
    Ok(())
}

async fn sum_of_balances(store: &dyn Store, token: Address) -> Result<U256, IndexError> {
    let held = find::<Balance>(store, "of_token", vec![token.to_value()]).await?;
    Ok(held.iter().fold(U256::ZERO, |sum, balance| {
        sum.saturating_add(balance.amount)
    }))
}
