//! From stored logs to projections, and the comparison after every batch.

use std::sync::Arc;
use std::time::Duration;

use ballast_chain::BlockRef;
use ballast_store::{
    AssetPrice, BackstopLot, Block, Column, LatestReport, Ledger, Owed, Progress, RateStep, RawLog,
    Record, Statement, StoreError, Value, Vault, VaultMarket, Write, find, get,
};
use ballast_types::Timestamp;

use crate::IndexError;
use crate::changes::{Changes, Rows, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::indexer::{Indexer, ProjectionState};
use crate::projections::{FoldError, Projection};
use crate::synthetics::names_assets;

/// Logs folded in one transaction, give or take those of the last block.
const BATCH_LOGS: u64 = 50_000;
/// Rows of one projection that are kept in memory from batch to batch.
const ROWS_KEPT_MAX: usize = 200_000;
/// How often sums that differ are asked for before they count as different.
const COMPARED_AT_MOST: u32 = 4;
/// The wait between.
const COMPARED_AGAIN: Duration = Duration::from_millis(250);
/// The most of a difference that is kept.
const REASON_CHARS_MAX: usize = 1_000;

impl Indexer {
    /// Folds what is stored and not folded yet, batch by batch, then compares.
    pub(crate) async fn project(&mut self) -> Result<(), IndexError> {
        let Some(head) = self.head().await? else {
            return Ok(());
        };
        let known = self.known(Some(&head)).await?;
        let settled = self.oldest_kept().await?;
        let mut standing = self.started().await?;
        // All that stand furthest back are folded together, so that each log is read and told apart once.
        while let Some((from, to)) = self.next_batch(&standing, &head).await? {
            let logs = self.logs(from, to).await?;
            let logs = logs
                .iter()
                .filter(|log| log.block > from && log.block <= to);
            let entries: Vec<Entry<'_>> = logs.filter_map(|log| known.entry(log)).collect();
            self.facts_due = self.facts_due || entries.iter().any(names_assets);
            for (projection, progress) in &mut standing {
                if progress.stopped.is_some() || progress.block != from {
                    continue;
                }
                let store = Arc::clone(&self.store);
                let rows = self.rows_of(*projection, progress.block);
                let mut changes = Changes::new(store.as_ref(), projection.name(), settled, rows);
                let folded = fold(*projection, &mut changes, &known, &entries).await;
                let touched = self
                    .keep(*projection, progress, (&head, to), changes, folded)
                    .await?;
                let uncompared = self.uncompared.entry(projection.name()).or_default();
                uncompared.join(touched);
            }
        }
        if self.facts_due {
            self.facts_due = !self.read_synthetic_facts(&head).await?;
        }
        if !self.audited {
            self.audit(&head).await?;
            self.audited = true;
        }
        for (projection, progress) in standing {
            if progress.stopped.is_none() {
                self.compare(projection, progress, &head, &known).await?;
            }
        }
        Ok(())
    }

    /// Has rows that nothing touched compared too, once per run: what spoiled the store from outside is noticed.
    async fn audit(&mut self, head: &Block) -> Result<(), IndexError> {
        for projection in Projection::ALL {
            let mut touched = Touched::default();
            for table in projection.audited() {
                // There may be very many vaults: some of them are enough.
                let name = if *table == Vault::TABLE {
                    "some"
                } else {
                    "all"
                };
                let rows = self
                    .store
                    .read(Statement::new(table, name), Vec::new())
                    .await?;
                let width = key_width(table);
                let keys = rows.into_iter().map(|mut row| {
                    row.truncate(width);
                    row
                });
                touched.add(table, keys.collect(), head.number);
            }
            let uncompared = self.uncompared.entry(projection.name()).or_default();
            uncompared.join(touched);
        }
        Ok(())
    }

    /// The blocks after and up to which to fold next; none where all running projections have come to `head`.
    async fn next_batch(
        &self,
        standing: &[(Projection, Progress)],
        head: &Block,
    ) -> Result<Option<(u64, u64)>, IndexError> {
        let running = standing.iter().filter(|(_, one)| one.stopped.is_none());
        let blocks: Vec<u64> = running.map(|(_, one)| one.block).collect();
        let Some(from) = blocks
            .iter()
            .copied()
            .min()
            .filter(|from| *from < head.number)
        else {
            return Ok(None);
        };
        // Not past one that stands further on, so that they go on together from there.
        let further = blocks.into_iter().filter(|block| *block > from).min();
        let end = self.batch_end(from, head).await?;
        Ok(Some((
            from,
            further.map_or(end, |further| end.min(further)),
        )))
    }

    /// Stored logs, among them all of the blocks after `from` up to `to`.
    async fn logs(&self, from: u64, to: u64) -> Result<Arc<Vec<RawLog>>, IndexError> {
        if let Some(recent) = self.recent.as_ref().filter(|recent| recent.hold(from, to)) {
            return Ok(Arc::clone(&recent.logs));
        }
        let params = vec![from.to_value(), to.to_value()];
        Ok(Arc::new(
            find(self.store.as_ref(), "between", params).await?,
        ))
    }

    /// The rows that this program left a projection with at `block`; none where it did not.
    fn rows_of(&mut self, projection: Projection, block: u64) -> Rows {
        let left = self.rows.remove(projection.name());
        left.filter(|(at, _)| *at == block)
            .map(|(_, rows)| rows)
            .unwrap_or_default()
    }

    /// Where a projection stands; none where it has never run.
    pub(crate) async fn progress(
        &self,
        projection: Projection,
    ) -> Result<Option<Progress>, StoreError> {
        let key = vec![projection.name().to_owned().to_value()];
        get(self.store.as_ref(), key).await
    }

    /// Where every projection stands, set to the start where it has never run or ran in another version.
    pub(crate) async fn started(&self) -> Result<Vec<(Projection, Progress)>, IndexError> {
        let mut standing = Vec::new();
        for projection in Projection::ALL {
            let found = self.progress(projection).await?;
            let found = match found.filter(|found| found.version == projection.version()) {
                Some(found) => found,
                None => {
                    self.store.write(self.emptied(projection)).await?;
                    let fresh = self.progress(projection).await?;
                    fresh.ok_or(StoreError::Corrupt {
                        table: "projections",
                    })?
                }
            };
            standing.push((projection, found));
        }
        Ok(standing)
    }

    /// The last block of the next transaction: whole blocks that hold about [`BATCH_LOGS`] logs.
    async fn batch_end(&self, from: u64, head: &Block) -> Result<u64, IndexError> {
        if self
            .recent
            .as_ref()
            .is_some_and(|recent| recent.hold(from, head.number))
        {
            return Ok(head.number);
        }
        let params = vec![from.to_value(), BATCH_LOGS.to_value()];
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

    /// Writes what a fold up to `to` changed, or stops the projection where it could not be.
    async fn keep(
        &mut self,
        projection: Projection,
        progress: &mut Progress,
        (head, to): (&Block, u64),
        changes: Changes<'_>,
        folded: Result<(), FoldError>,
    ) -> Result<Touched, IndexError> {
        match folded {
            Ok(()) => {}
            Err(FoldError::Store(error)) => return Err(error.into()),
            Err(FoldError::Impossible(reason)) => {
                self.stop(projection, progress, reason).await?;
                return Ok(Touched::default());
            }
        }
        // Where another program has meanwhile taken the head back, nothing is written upon it.
        let params = vec![head.number.to_value(), head.hash.to_value()];
        let mut writes = vec![Write::new(Statement::new("blocks", "confirm"), params).touching(1)];
        // Only from where this program believes the projection to be: another that writes the same store is noticed.
        let params = vec![
            Value::Text(projection.name().to_owned()),
            progress.block.to_value(),
            to.to_value(),
        ];
        let advance = Statement::new("projections", "advance");
        writes.push(Write::new(advance, params).touching(1));
        let (changed, touched, rows) = changes.finish();
        writes.extend(changed);
        self.store.write(writes).await?;
        progress.block = to;
        if rows.count() <= ROWS_KEPT_MAX {
            self.rows.insert(projection.name(), (to, rows));
        }
        Ok(touched)
    }

    /// Holds the sums against the chain at the head's hash. A head that the chain has meanwhile taken back is no
    /// difference, and neither is a state that the endpoint no longer has; the newest blocks' state it must have.
    async fn compare(
        &mut self,
        projection: Projection,
        mut progress: Progress,
        head: &Block,
        known: &Known,
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
        let (made, compared) = self.ask_again(projection, known, touched, block).await;
        self.summary.comparisons = self.summary.comparisons.saturating_add(made);
        let differences = match compared {
            Ok(differences) => differences,
            Err(error) => return self.unanswered(projection, head, error).await,
        };
        self.uncompared.remove(projection.name());
        if !differences.is_empty() {
            let count = u64::try_from(differences.len()).unwrap_or(u64::MAX);
            self.summary.mismatches = self.summary.mismatches.saturating_add(count);
            self.stop(projection, &mut progress, differences.join("; "))
                .await?;
        }
        Ok(())
    }

    /// Compares, and what differs once more: an endpoint that makes a block at that moment has been seen to answer from
    /// the next one's state. How many sums were held, and the differences that stayed.
    async fn ask_again(
        &self,
        projection: Projection,
        known: &Known,
        touched: &Touched,
        block: BlockRef,
    ) -> (u64, Result<Vec<String>, IndexError>) {
        let mut asked = 0;
        loop {
            asked += 1;
            let mut check = Check::new(&self.source, block);
            let compared = projection
                .compare(
                    self.store.as_ref(),
                    &self.manifest,
                    known,
                    touched,
                    &mut check,
                )
                .await;
            let (made, differences) = (check.made, check.differences);
            // What passes is waited out elsewhere; a refusal may come from a state that is not the block's.
            let settled = match &compared {
                Ok(()) => differences.is_empty(),
                Err(error) => error.is_passing(),
            };
            if settled || asked == COMPARED_AT_MOST {
                return (made, compared.map(|()| differences));
            }
            tracing::debug!("asking again: {compared:?} {}", differences.join("; "));
            tokio::time::sleep(COMPARED_AGAIN).await;
        }
    }

    /// A round of comparisons that failed: made again, or given up where the endpoint has no state that old.
    async fn unanswered(
        &mut self,
        projection: Projection,
        head: &Block,
        error: IndexError,
    ) -> Result<(), IndexError> {
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

/// Folds whole blocks of logs.
async fn fold(
    projection: Projection,
    changes: &mut Changes<'_>,
    known: &Known,
    entries: &[Entry<'_>],
) -> Result<(), FoldError> {
    projection.prepare(changes, entries).await?;
    let mut at = None;
    for entry in entries {
        let here = (entry.log.block, entry.log.time);
        if let Some((block, time)) = at.filter(|at| *at != here) {
            projection.settle(changes, known, block, time).await?;
        }
        at = Some(here);
        changes.enter(entry.log.block);
        projection.fold(changes, entry).await?;
    }
    match at {
        Some((block, time)) => projection.settle(changes, known, block, time).await,
        None => Ok(()),
    }
}

/// How many of the first columns are the key, of the tables that are audited.
fn key_width(table: &str) -> usize {
    match table {
        Ledger::TABLE => Ledger::KEY_COLUMNS,
        Owed::TABLE => Owed::KEY_COLUMNS,
        VaultMarket::TABLE => VaultMarket::KEY_COLUMNS,
        Vault::TABLE => Vault::KEY_COLUMNS,
        AssetPrice::TABLE => AssetPrice::KEY_COLUMNS,
        LatestReport::TABLE => LatestReport::KEY_COLUMNS,
        BackstopLot::TABLE => BackstopLot::KEY_COLUMNS,
        RateStep::TABLE => RateStep::KEY_COLUMNS,
        _ => 1,
    }
}
