//! What happened to vaults: every change, redemptions, losses and who paid them.

use std::collections::BTreeSet;

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use ballast_bindings::book::VaultBook;
use ballast_store::{Column, Loss, RawLog, Redemption, Store, Synthetic, VaultChange, find};

use super::FoldError;
use super::vaults::{PEG, is_book, number};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::Known;
use crate::watch::event;

/// Synthetics compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;
/// Losses of one synthetic that are summed; where there are more, nothing is compared.
const SUMMED_MAX: u64 = 10_000;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(covered) = event::<VaultBook::Covered>(log) {
        let loss = Loss {
            market: market_of(covered.market),
            payer: Some(covered.payer),
            ..loss(log, "covered", covered.amount)
        };
        return Ok(changes.put(&loss).await?);
    }
    if let Some(moved) = event::<VaultBook::PegMoved>(log) {
        let kind = if moved.deficit.is_negative() {
            "peg_back"
        } else {
            "peg"
        };
        if !moved.deficit.is_zero() {
            let loss = loss(log, kind, moved.deficit.unsigned_abs());
            changes.put(&loss).await?;
        }
        return Ok(());
    }
    let Some(change) = change(log) else {
        return Ok(());
    };
    let kind = match change.kind.as_str() {
        "taken" => "take",
        _ => "book",
    };
    if !change.deficit.is_zero() {
        let loss = Loss {
            market: Some(change.market),
            owner: Some(change.owner),
            ..loss(log, kind, change.deficit)
        };
        changes.put(&loss).await?;
    }
    if let Some(redeemed) = event::<VaultBook::Redeemed>(log) {
        let redemption = Redemption {
            block: log.block,
            log_index: log.log_index,
            time: log.time,
            synthetic: log.address,
            market: change.market,
            owner: redeemed.owner,
            redeemer: redeemed.redeemer,
            burned: redeemed.burned,
            collateral: redeemed.collateral,
            norm: redeemed.norm,
            fee: redeemed.fee,
        };
        changes.put(&redemption).await?;
    }
    Ok(changes.put(&change).await?)
}

fn market_of(market: U256) -> Option<u64> {
    (market != PEG).then(|| number(market))
}

fn loss(log: &RawLog, kind: &str, amount: U256) -> Loss {
    Loss {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        synthetic: log.address,
        kind: kind.to_owned(),
        amount,
        ..Loss::default()
    }
}

/// What left a vault, as a two's complement.
fn out(amount: U256) -> U256 {
    amount.wrapping_neg()
}

/// What the log changed of a vault; none where it is of none.
fn change(log: &RawLog) -> Option<VaultChange> {
    let made = |kind: &str, market: U256, owner: Address| VaultChange {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        synthetic: log.address,
        market: number(market),
        owner,
        kind: kind.to_owned(),
        ..VaultChange::default()
    };
    if let Some(adjusted) = event::<VaultBook::Adjusted>(log) {
        return Some(VaultChange {
            collateral: I256::into_raw(adjusted.collateral),
            debt: I256::into_raw(adjusted.debt),
            norm: I256::into_raw(adjusted.norm),
            ..made("adjusted", adjusted.market, adjusted.owner)
        });
    }
    if let Some(taken) = event::<VaultBook::Taken>(log) {
        return Some(VaultChange {
            account: Some(taken.taker),
            collateral: out(taken.collateral),
            debt: out(taken.paid),
            norm: out(taken.norm),
            deficit: taken.deficit,
            ..made("taken", taken.market, taken.owner)
        });
    }
    if let Some(redeemed) = event::<VaultBook::Redeemed>(log) {
        return Some(VaultChange {
            account: Some(redeemed.redeemer),
            collateral: out(redeemed.collateral),
            debt: out(redeemed.burned),
            norm: out(redeemed.norm),
            ..made("redeemed", redeemed.market, redeemed.owner)
        });
    }
    if let Some(booked) = event::<VaultBook::Booked>(log) {
        return Some(VaultChange {
            norm: out(booked.norm),
            deficit: booked.deficit,
            ..made("booked", booked.market, booked.owner)
        });
    }
    if let Some(flag) = event::<VaultBook::Flagged>(log) {
        return Some(made("flagged", flag.market, flag.owner));
    }
    let flag = event::<VaultBook::Unflagged>(log)?;
    Some(made("unflagged", flag.market, flag.owner))
}

/// Losses that came up less those that went are the deficit.
pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let losses = touched.records::<Loss>(store, COMPARED_MAX).await?;
    let mut books: BTreeSet<Address> = losses.iter().map(|loss| loss.synthetic).collect();
    let synthetics = touched.records::<Synthetic>(store, COMPARED_MAX).await?;
    books.extend(synthetics.iter().map(|one| one.synthetic));
    for synthetic in books {
        if !is_book(known, synthetic, check) {
            continue;
        }
        let most = SUMMED_MAX.saturating_add(1);
        let params = vec![synthetic.to_value(), most.to_value()];
        let losses: Vec<Loss> = find(store, "of_synthetic", params).await?;
        if losses.len() as u64 > SUMMED_MAX {
            continue;
        }
        let sum = |peg_only: bool| {
            let counted = losses.iter();
            let counted = counted.filter(|loss| !peg_only || loss.market.is_none());
            counted.fold(U256::ZERO, |sum, loss| match loss.kind.as_str() {
                "covered" | "peg_back" => sum.wrapping_sub(loss.amount),
                _ => sum.wrapping_add(loss.amount),
            })
        };
        let book = VaultBook::new(synthetic, check.provider());
        let totals = check.read("totals", book.totals()).await?;
        let peg = check.read("peg deficit", book.pegDeficit()).await?;
        let name = |what: &str| format!("vault_history: {what} of {synthetic}, by its losses,");
        check.same(|| name("the deficit"), sum(false), totals.deficit);
        check.same(|| name("the peg's deficit"), sum(true), peg);
    }
    Ok(())
}
