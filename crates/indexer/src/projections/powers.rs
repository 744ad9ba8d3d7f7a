//! Who holds the powers over a token, and what they did to its fees.

use alloy::primitives::{Address, U256};
use ballast_bindings::token::AccrualToken;
use ballast_store::{Column, FeeChange, Powers, RawLog, Store};

use super::{FoldError, failed};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::watch::event;

/// Tokens compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(moved) = event::<AccrualToken::OwnershipTransferred>(log) {
        let mut powers = powers(changes, log.address).await?;
        powers.owner = moved.newOwner;
        changes.put(&powers).await?;
    } else if let Some(named) = event::<AccrualToken::GuardianNamed>(log) {
        let mut powers = powers(changes, log.address).await?;
        powers.guardian = named.guardian;
        changes.put(&powers).await?;
    } else if let Some(cut) = event::<AccrualToken::FeesCut>(log) {
        let from = U256::from(log.time);
        changes
            .put(&fees(log, cut.buyBps, cut.sellBps, from))
            .await?;
    } else if let Some(raise) = event::<AccrualToken::FeesProposed>(log) {
        let change = fees(log, raise.buyBps, raise.sellBps, raise.effectiveAt);
        changes.put(&change).await?;
    }
    Ok(())
}

async fn powers(changes: &mut Changes<'_>, token: Address) -> Result<Powers, FoldError> {
    let found = changes.get::<Powers>(vec![token.to_value()]).await?;
    Ok(found.unwrap_or(Powers {
        token,
        owner: Address::ZERO,
        guardian: Address::ZERO,
    }))
}

fn fees(log: &RawLog, buy_bps: U256, sell_bps: U256, effective_at: U256) -> FeeChange {
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
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let id = check.at();
    let word = |account: Address| account.into_word().into();
    for stored in touched.records::<Powers>(store, COMPARED_MAX).await? {
        let token = AccrualToken::new(stored.token, check.endpoint.provider());
        let owner = token
            .owner()
            .block(id)
            .call()
            .await
            .map_err(failed("owner"))?;
        let guardian = token.guardian().block(id).call().await;
        let guardian = guardian.map_err(failed("guardian"))?;
        let name = |what: &str| format!("powers: the {what} of {}, as a number,", stored.token);
        check.same(|| name("owner"), word(stored.owner), word(owner));
        check.same(|| name("guardian"), word(stored.guardian), word(guardian));
    }
    Ok(())
}
