//! From stored logs to projections, and the comparison after every batch.

use ballast_chain::BlockRef;
use ballast_store::{
    Block, Column, Progress, RawLog, Statement, StoreError, Value, Write, find, get,
};
use ballast_types::Timestamp;

use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::indexer::{Indexer, ProjectionState};
use crate::projections::{FoldError, Projection};
use crate::watch::Watch;

/// Logs folded in one transaction, give or take those of the last block.
const BATCH_LOGS: u64 = 2_000;
/// The most of a difference that is kept.
const REASON_CHARS_MAX: usize = 1_000;

impl Indexer {
    /// Folds what is stored and not folded yet, projection by projection, then compares.
    pub(crate) async fn project(&mut self) -> Result<(), IndexError> {
        let Some(head) = self.head().await? else {
            return Ok(());
        };
        let watch = self.watch().await?;
        let settled = self.oldest_kept().await?;
        for projection in Projection::ALL {
            let mut progress = self.started(projection).await?;
            while progress.block < head.number && progress.stopped.is_none() {
                let to = self.batch_end(&progress, &head).await?;
                let part = self
                    .fold(projection, &mut progress, to, &watch, settled)
                    .await?;
                self.uncompared
                    .entry(projection.name())
                    .or_default()
                    .join(part);
            }
            if progress.stopped.is_none() {
                self.compare(projection, progress, &head).await?;
            }
        }
        Ok(())
    }

    /// Where a projection stands; none where it has never run.
    pub(crate) async fn progress(
        &self,
        projection: Projection,
    ) -> Result<Option<Progress>, StoreError> {
        let key = vec![projection.name().to_owned().to_value()];
        get(self.store.as_ref(), key).await
    }

    /// Where a projection stands, set to the start where it has never run or ran in another version.
    async fn started(&self, projection: Projection) -> Result<Progress, IndexError> {
        let found = self.progress(projection).await?;
        if let Some(progress) = found.filter(|found| found.version == projection.version()) {
            return Ok(progress);
        }
        self.store.write(self.emptied(projection)).await?;
        let fresh = self.progress(projection).await?;
        Ok(fresh.ok_or(StoreError::Corrupt {
            table: "projections",
        })?)
    }

    /// The last block of the next transaction: whole blocks that hold about [`BATCH_LOGS`] logs.
    async fn batch_end(&self, progress: &Progress, head: &Block) -> Result<u64, IndexError> {
        let params = vec![progress.block.to_value(), BATCH_LOGS.to_value()];
        let rows = self
            .store
            .read(Statement::new("logs", "batch_end"), params)
            .await?;
        let end = rows
            .first()
            .and_then(|row| row.first())
            .and_then(u64::from_value);
        Ok(end.unwrap_or(head.number).min(head.number))
    }

    async fn fold(
        &mut self,
        projection: Projection,
        progress: &mut Progress,
        to: u64,
        watch: &Watch,
        settled: u64,
    ) -> Result<Touched, IndexError> {
        let store = self.store.as_ref();
        let params = vec![progress.block.to_value(), to.to_value()];
        let logs: Vec<RawLog> = find(store, "between", params).await?;
        let mut changes = Changes::new(store, projection.name(), settled);
        for log in &logs {
            let Some(role) = watch.role(log) else {
                continue;
            };
            changes.enter(log.block);
            match projection.fold(&mut changes, role, log).await {
                Ok(()) => {}
                Err(FoldError::Store(error)) => return Err(error.into()),
                Err(FoldError::Impossible(reason)) => {
                    self.stop(projection, progress, reason).await?;
                    return Ok(Touched::default());
                }
            }
        }
        let (mut writes, touched) = changes.finish();
        // Only from where this program believes the projection to be: another that writes the same store is noticed.
        let params = vec![
            Value::Text(projection.name().to_owned()),
            progress.block.to_value(),
            to.to_value(),
        ];
        let advance = Statement::new("projections", "advance");
        writes.push(Write::new(advance, params).touching(1));
        store.write(writes).await?;
        progress.block = to;
        Ok(touched)
    }

    /// Holds the sums against the chain at the head's hash. A head that the chain has meanwhile taken back is no
    /// difference, and neither is a state that the endpoint no longer has; the newest blocks' state it must have.
    async fn compare(
        &mut self,
        projection: Projection,
        mut progress: Progress,
        head: &Block,
    ) -> Result<(), IndexError> {
        // It stays until a comparison was answered: one that failed is made again.
        let Some(touched) = self.uncompared.get(projection.name()) else {
            return Ok(());
        };
        let block = BlockRef {
            number: head.number,
            hash: head.hash,
            time: Timestamp::new(head.time),
        };
        let mut check = Check::new(&self.source.endpoint, block);
        let store = self.store.as_ref();
        let compared = projection
            .compare(store, &self.manifest, touched, &mut check)
            .await;
        let (made, differences) = (check.made, check.differences);
        self.summary.comparisons = self.summary.comparisons.saturating_add(made);
        if let Err(error) = compared {
            let tip = self.source.tip().await?;
            let near = head.number.saturating_add(self.options.window) >= tip.block.number;
            if self.source.has(head.hash).await? {
                if near || !error.is_passing() {
                    return Err(error);
                }
                tracing::debug!("no state at block {}: {error}", head.number);
                self.summary.unanswered = self.summary.unanswered.saturating_add(1);
                self.uncompared.remove(projection.name());
            }
            return Ok(());
        }
        self.uncompared.remove(projection.name());
        if !differences.is_empty() {
            let count = u64::try_from(differences.len()).unwrap_or(u64::MAX);
            self.summary.mismatches = self.summary.mismatches.saturating_add(count);
            self.stop(projection, &mut progress, differences.join("; "))
                .await?;
        }
        Ok(())
    }

    /// Stops a projection and says why; the others go on.
    async fn stop(
        &self,
        projection: Projection,
        progress: &mut Progress,
        reason: String,
    ) -> Result<(), IndexError> {
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        // Another program that writes this store may have moved the projection meanwhile: then that is the reason.
        let params = vec![
            Value::Text(projection.name().to_owned()),
            progress.block.to_value(),
            reason.to_value(),
        ];
        let stop = Write::new(Statement::new("projections", "stop"), params).touching(1);
        self.store.write(vec![stop]).await?;
        tracing::error!("projection {} stops: {reason}", projection.name());
        progress.stopped = Some(reason);
        Ok(())
    }

    /// Where every projection stands.
    pub(crate) async fn states(&self) -> Result<Vec<ProjectionState>, IndexError> {
        let mut states = Vec::new();
        for projection in Projection::ALL {
            if let Some(progress) = self.progress(projection).await? {
                states.push(ProjectionState {
                    name: progress.name,
                    version: progress.version,
                    block: progress.block,
                    stopped: progress.stopped,
                });
            }
        }
        Ok(states)
    }
}
