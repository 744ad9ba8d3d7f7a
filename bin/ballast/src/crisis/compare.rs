//! The model held against the chain.

use std::collections::BTreeSet;

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_bindings::prices::IPrices;
use ballast_model::vaults::PEG_MARKET;

use super::eyes::Sights;
use super::mirror::Mirror;
use super::stage::Stage;
use crate::market::{Node, Read};

/// Compares the vaults in `touched`, every market's sums, the supply and the stored prices at the newest block.
///
/// # Errors
/// Where the chain does not answer. A difference is counted, not an error.
pub async fn newest(
    node: &Node,
    stage: &Stage,
    mirror: &mut Mirror,
    sights: &Sights,
    touched: &BTreeSet<(usize, Address)>,
) -> eyre::Result<()> {
    let book = stage.book();
    let touched: Vec<(usize, Address)> = touched
        .iter()
        .copied()
        .filter(|(market, _)| *market != PEG_MARKET)
        .collect();
    let mut reads: Vec<Read> = Vec::new();
    for (market, owner) in &touched {
        let call = VaultBook::vaultOfCall {
            market: U256::from(*market),
            owner: *owner,
        };
        reads.push((book, call.abi_encode()));
    }
    for (market, one) in stage.collaterals.iter().enumerate() {
        let market = U256::from(market);
        reads.push((book, VaultBook::marketOfCall { market }.abi_encode()));
        let asset = one.token;
        reads.push((stage.prices, IPrices::priceCall { asset }.abi_encode()));
    }
    let answers = node.read(&reads).await?;
    let mut answers = answers.iter();
    for (market, owner) in touched {
        let seen = VaultBook::vaultOfCall::abi_decode_returns(answers.next().unwrap_or_default())?;
        let vault = mirror.model.vault(market, owner);
        let ours = [
            vault.collateral.get(),
            vault.norm.get(),
            U256::from(vault.flagged_at.get()),
        ];
        let theirs = [seen.collateral, seen.norm, seen.flaggedAt];
        let agree = agree(mirror, &ours, &theirs);
        hold(mirror, agree, || {
            format!("vault of {owner}: {ours:?}, the chain {theirs:?}")
        });
    }
    for market in 0..stage.collaterals.len() {
        let seen = answers.next().cloned().unwrap_or_default();
        let seen = VaultBook::marketOfCall::abi_decode_returns(&seen)?;
        market_sums(mirror, market, &seen);
        let seen = answers.next().cloned().unwrap_or_default();
        let seen = IPrices::priceCall::abi_decode_returns(&seen)?;
        let stored = mirror.stored[market].bounds;
        let theirs = [seen.low, seen.mid, seen.high];
        hold(mirror, stored == theirs, || {
            format!("price of market {market}: {stored:?}, the chain {theirs:?}")
        });
    }
    sums(mirror, sights);
    Ok(())
}

fn agree(mirror: &Mirror, ours: &[U256], theirs: &[U256]) -> bool {
    let mut pairs = ours.iter().zip(theirs);
    pairs.all(|(one, other)| mirror.agrees(*one, *other))
}

fn hold(mirror: &mut Mirror, equal: bool, what: impl FnOnce() -> String) {
    mirror.counts.comparisons += 1;
    if !equal {
        mirror.differ(what);
    }
}

fn market_sums(mirror: &mut Mirror, market: usize, seen: &VaultBook::MarketView) {
    let Ok(totals) = mirror.model.market(market).copied() else {
        return;
    };
    let now = mirror.model.now();
    let index = totals.index_at(now).map(ballast_types::Wad::get);
    let ours = [
        totals.collateral.get(),
        totals.norm.get(),
        index.unwrap_or_default(),
        totals.deficit.get(),
    ];
    let theirs = [seen.collateral, seen.norm, seen.index, seen.deficit];
    let agree = agree(mirror, &ours, &theirs);
    hold(mirror, agree, || {
        format!("market {market}: {ours:?}, the chain {theirs:?}")
    });
}

/// Supply, debt, deficit and ledger; and that the supply is no more than what stands behind it and what is lost.
fn sums(mirror: &mut Mirror, sights: &Sights) {
    let sums = *mirror.model.sums();
    let debt = mirror.model.debt().map(ballast_types::TokenAmount::get);
    let ours = [
        sums.supply.get(),
        debt.unwrap_or_default(),
        sums.deficit.get(),
        sums.peg_ledger.get(),
    ];
    let [debt, deficit, ledger] = sights.totals;
    let theirs = [sights.supply, debt, deficit, ledger];
    let agree = agree(mirror, &ours, &theirs);
    hold(mirror, agree, || {
        format!("sums: {ours:?}, the chain {theirs:?}")
    });
    hold(mirror, sights.supply <= debt + deficit + ledger, || {
        format!("a supply of {} is above all claims", sights.supply)
    });
}
