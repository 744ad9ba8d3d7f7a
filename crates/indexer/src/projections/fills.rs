//! Fills of the fee-token auction.

use std::collections::BTreeSet;

use alloy::primitives::{Address, U256};
use ballast_bindings::converter::Converter;
use ballast_store::{Auction, Column, Fill, Progress, Store, find, get};

use super::FoldError;
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::Entry;
use crate::watch::event;

/// Fills looked at after a batch, at most so many.
const COMPARED_MAX: usize = 32;
/// Fills of one converter that are summed; where there are more, nothing is compared.
const SUMMED_MAX: u64 = 10_000;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(filled) = event::<Converter::Filled>(log) {
        let fill = Fill {
            block: log.block,
            log_index: log.log_index,
            time: log.time,
            token: entry.part.token,
            converter: log.address,
            bidder: filled.bidder,
            recipient: filled.to,
            tokens: filled.tokens,
            multiple: filled.multiple,
            paid: filled.paid,
        };
        changes.put(&fill).await?;
    }
    Ok(())
}

/// The chain keeps no sum over fills; the auction's state, which is held against the chain, has one.
pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let fills = touched.records::<Fill>(store, COMPARED_MAX).await?;
    let mut converters: BTreeSet<Address> = fills.iter().map(|fill| fill.converter).collect();
    let auctions = touched.records::<Auction>(store, COMPARED_MAX).await?;
    converters.extend(auctions.iter().map(|auction| auction.converter));
    for converter in converters {
        let params = vec![
            converter.to_value(),
            SUMMED_MAX.saturating_add(1).to_value(),
        ];
        let fills: Vec<Fill> = find(store, "of_converter", params).await?;
        let auctions: Option<Progress> = get(store, vec!["auctions".to_owned().to_value()]).await?;
        let same_block = auctions.is_some_and(|there| there.block == check.block.number);
        if !same_block || fills.len() as u64 > SUMMED_MAX {
            continue;
        }
        let auction: Option<Auction> = get(store, vec![converter.to_value()]).await?;
        let sum = fills
            .iter()
            .fold(U256::ZERO, |sum, fill| sum.saturating_add(fill.tokens));
        check.same(
            || format!("fills: the tokens that {converter} sold, by its auction,"),
            sum,
            auction.unwrap_or_default().sold,
        );
    }
    Ok(())
}
