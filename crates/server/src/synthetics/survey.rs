//! What the sources of prices answer at a block, asked of the server's own endpoint.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy::eips::BlockId;
use alloy::primitives::Address;
use ballast_bindings::aggregator::PriceAggregator;

use crate::snapshot::Snapshot;

/// How long all sources of a synthetic may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// Readings by asset.
pub(crate) type Surveys = BTreeMap<Address, Vec<PriceAggregator::Reading>>;

/// What every source of `assets` answers at the snapshot's block; none where there is no endpoint, or it does not answer.
pub(crate) async fn surveys(
    snapshot: &Snapshot,
    prices: Address,
    assets: &[Address],
) -> Option<Arc<Surveys>> {
    let app = &snapshot.app;
    let endpoint = app.endpoint.as_ref()?;
    if let Some(kept) = app.surveys.get(snapshot, prices) {
        return Some(kept);
    }
    let block = BlockId::hash(snapshot.stamp.head.hash);
    let contract = PriceAggregator::new(prices, endpoint.provider());
    let asked = async {
        let mut surveys = Surveys::new();
        for asset in assets {
            let call = contract.survey(*asset).block(block);
            surveys.insert(*asset, call.call().await?);
        }
        Ok::<_, alloy::contract::Error>(surveys)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(surveys)) => Some(app.surveys.put(snapshot, prices, surveys)),
        Ok(Err(error)) => {
            tracing::warn!("the sources of {prices} are not asked: {error}");
            None
        }
        Err(_) => {
            tracing::warn!("the sources of {prices} are not asked: the endpoint is silent");
            None
        }
    }
}
