//! At most one signature for an asset and round, whatever happens.

use alloy::primitives::Address;
use ballast_store::{Column, Record, Row, SignedReport, Statement, StoreError, Write, find, get};

use super::Shared;
use crate::config::AssetConfig;
use crate::report::{Report, Signed};

/// Rounds of the past that are remembered: no contract takes them any more.
const ROUNDS_KEPT: u64 = 100_000;

/// Why a node does not sign.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSigned {
    /// Not an asset of this node.
    #[error("asset: {asset} is none of this node's")]
    Unknown {
        /// The asset.
        asset: Address,
    },
    /// Not the round that it is.
    #[error("round: {round} is not the present round {present}")]
    Round {
        /// The round asked for.
        round: u64,
        /// The round that it is.
        present: u64,
    },
    /// The chain has it already, or is not known.
    #[error("round: {round} is over, or the chain cannot be read")]
    Over {
        /// The round asked for.
        round: u64,
    },
    /// The venues agree on nothing.
    #[error("no price: {0}")]
    NoPrice(#[from] crate::median::NoView),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key fails.
    #[error("key: {0}")]
    Key(String),
}

impl Shared {
    /// The asset's configuration.
    pub(super) fn asset(&self, asset: Address) -> Result<&AssetConfig, NotSigned> {
        let mut all = self.config.assets.iter();
        let found = all.find(|known| known.asset == asset);
        found.ok_or(NotSigned::Unknown { asset })
    }

    fn row_key(&self, asset: Address) -> Row {
        let target = &self.target;
        vec![
            target.chain_id.to_value(),
            target.quorum.to_value(),
            self.key.address().to_value(),
            asset.to_value(),
        ]
    }

    /// The report of `asset` in `round`: the one that was signed, or one that is signed now.
    ///
    /// It is written to the store, to outlast even the power, before anybody sees it: a node that is killed and started
    /// again signs no other.
    pub(super) async fn report(&self, asset: Address, round: u64) -> Result<Signed, NotSigned> {
        let asset = self.asset(asset)?;
        let _one_at_a_time = self.signing.lock().await;
        let mut key = self.row_key(asset.asset);
        key.push(round.to_value());
        let known: Option<SignedReport> = get(self.store.as_ref(), key.clone()).await?;
        if let Some(known) = known {
            return Ok(signed(known));
        }
        let facts = self.facts().ok_or(NotSigned::Over { round })?;
        let now = self.now(&facts);
        let present = self.round(now);
        if round != present {
            return Err(NotSigned::Round { round, present });
        }
        let last = facts
            .latest
            .get(&asset.asset)
            .map_or(0, |latest| latest.round);
        if round <= last {
            return Err(NotSigned::Over { round });
        }
        let (_, view) = self.look(asset, now);
        let view = view?;
        let report = Report {
            asset: asset.asset,
            price: view.price,
            confidence: view.confidence,
            time: now,
            round,
        };
        let signed = report
            .sign(&self.target, &self.key)
            .map_err(NotSigned::Key)?;
        let kept = self.keep(&signed).await?;
        self.figures.count("signed");
        let mut state = self.state();
        state.assets.entry(asset.asset).or_default().newest = Some(kept.clone());
        Ok(kept)
    }

    /// Writes a report down; gives the one that was there, where another program of this key was first.
    async fn keep(&self, report: &Signed) -> Result<Signed, StoreError> {
        let row = SignedReport {
            chain_id: self.target.chain_id,
            quorum: self.target.quorum,
            signer: report.signer,
            asset: report.report.asset,
            round: report.report.round,
            price: report.report.price,
            confidence: report.report.confidence,
            time: report.report.time,
            signature: report.signature.clone(),
        };
        let claim = Statement::new(SignedReport::TABLE, "claim");
        let claim = Write::new(claim, row.row()).touching(1).lasting();
        let forget = Statement::new(SignedReport::TABLE, "delete_before");
        let mut before = self.row_key(report.report.asset);
        before.push(report.report.round.saturating_sub(ROUNDS_KEPT).to_value());
        let writes = vec![claim, Write::new(forget, before)];
        match self.store.write(writes).await {
            Ok(()) => Ok(report.clone()),
            Err(error @ StoreError::Conflict { .. }) => {
                let known: Option<SignedReport> = get(self.store.as_ref(), row.key()).await?;
                known.map(signed).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The newest report that was ever signed for an asset.
    pub(super) async fn newest(&self, asset: Address) -> Result<Option<Signed>, NotSigned> {
        let asset = self.asset(asset)?.asset;
        let known: Vec<SignedReport> =
            find(self.store.as_ref(), "newest", self.row_key(asset)).await?;
        Ok(known.into_iter().next().map(signed))
    }
}

fn signed(row: SignedReport) -> Signed {
    Signed {
        report: Report {
            asset: row.asset,
            price: row.price,
            confidence: row.confidence,
            time: row.time,
            round: row.round,
        },
        signer: row.signer,
        signature: row.signature,
    }
}
