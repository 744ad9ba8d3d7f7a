//! To the chain: one intent for an asset and round.

use alloy::primitives::U256;
use alloy::sol_types::SolCall;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::Step;
use ballast_chain::tx::{Intent, TxError};
use ballast_types::WAD;

use super::Shared;
use super::chain::Facts;
use super::sign::NotSigned;
use crate::config::AssetConfig;
use crate::report::{Signed, submit_gas};

/// What was handed to the outbox last.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    /// Its round.
    pub round: u64,
    /// The own price in it.
    pub price: U256,
    /// The intent.
    pub id: String,
}

/// Why nothing was proposed.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotProposed {
    /// Nothing can be signed.
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    /// The outbox fails.
    #[error(transparent)]
    Outbox(#[from] TxError),
}

impl Shared {
    /// Collects reports of `asset` in `round` and hands them to the outbox. Does nothing where too few come, or where
    /// an earlier submission of about the same price is still on its way.
    pub(super) async fn propose(&self, asset: &AssetConfig, round: u64) -> Result<(), NotProposed> {
        let Some(facts) = self.facts() else {
            return Ok(());
        };
        if self.on_its_way(asset).await? {
            self.figures.count("proposals_spared");
            return Ok(());
        }
        let own = self.report(asset.asset, round).await?;
        let reports = self.collect(&own, &facts).await;
        if reports.len() < facts.quorum {
            self.figures.count("proposals_short");
            return Ok(());
        }
        let id = self.submit(asset, &facts, &reports).await?;
        self.figures.count("proposals");
        let mut state = self.state();
        let known = state.assets.entry(asset.asset).or_default();
        known.proposed = Some(Proposed {
            round,
            price: own.report.price,
            id,
        });
        Ok(())
    }

    /// Whether an earlier submission is not final, and its price within the deviation of the present one.
    async fn on_its_way(&self, asset: &AssetConfig) -> Result<bool, TxError> {
        let (proposed, view) = {
            let state = self.state();
            let known = state.assets.get(&asset.asset);
            let known = known.map(|known| (known.proposed.clone(), known.view));
            known.unwrap_or_default()
        };
        let (Some(proposed), Some(Ok(view))) = (proposed, view) else {
            return Ok(false);
        };
        let state = self.outbox.state(&proposed.id).await?;
        if state.is_none_or(|state| state.is_final()) {
            return Ok(false);
        }
        let moved = view.price.abs_diff(proposed.price).saturating_mul(WAD);
        Ok(moved < proposed.price.saturating_mul(asset.push.deviation_wad))
    }

    /// The submission, and the poke after it. Their names make them one each, however often this is done.
    async fn submit(
        &self,
        asset: &AssetConfig,
        facts: &Facts,
        reports: &[Signed],
    ) -> Result<String, TxError> {
        let round = reports.first().map_or(0, |report| report.report.round);
        let oldest = reports.iter().map(|report| report.report.time).min();
        let call = ReportQuorum::submitCall {
            asset: asset.asset,
            round: U256::from(round),
            reports: reports.iter().map(Signed::on_chain).collect(),
        };
        let quorum = self.config.quorum;
        let valid_until = oldest.map(|oldest| oldest.saturating_add(facts.age_secs_max));
        let id = format!("report:{quorum}:{}:{round}", asset.asset);
        let label = format!("report {} in round {round}", asset.pair);
        let mut intent = Intent::new(&id, Step::call(label, quorum, call.abi_encode()));
        // Not estimated: at the newest block the reports may still be from the future.
        intent.gas = Some(submit_gas(reports.len()));
        intent.valid_until = valid_until;
        self.outbox.enqueue(intent).await?;
        let gas = self.poke_gas.get(&asset.asset).copied();
        if let (Some(aggregator), Some(gas)) = (self.config.aggregator, gas) {
            let call = PriceAggregator::pokeCall { asset: asset.asset };
            let label = format!("poke {} after round {round}", asset.pair);
            let step = Step::call(label, aggregator, call.abi_encode());
            let mut intent =
                Intent::new(format!("poke:{aggregator}:{}:{round}", asset.asset), step);
            intent.gas = Some(gas);
            intent.valid_until = valid_until;
            self.outbox.enqueue(intent).await?;
        }
        Ok(id)
    }
}
