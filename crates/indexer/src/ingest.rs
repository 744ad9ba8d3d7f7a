//! The canonical chain into the store: far blocks by ranges, near ones by hash, and what is taken back undone.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ballast_store::{Block, Column, RawLog, Statement, StoreError, Write, all, find};
use tokio::task::JoinSet;

use crate::IndexError;
use crate::changes::undo;
use crate::facts::{self, Known};
use crate::indexer::{Indexer, Step};
use crate::projections::Projection;
use crate::source::{Header, Source};
use crate::watch::Watch;

/// Near blocks read before they are written.
const NEAR_BATCH: u64 = 64;

impl Indexer {
    /// Brings the next blocks into the store, or takes back those that are no longer the chain's.
    pub(crate) async fn ingest(&mut self) -> Result<Step, IndexError> {
        let tip = self.source.tip().await?;
        self.pulse.tip.store(tip.block.number, Ordering::Relaxed);
        let head = self.head().await?;
        if let Some(head) = &head {
            self.note_head(head);
            if head.hash == tip.block.hash {
                return Ok(Step::Done);
            }
            if !self.is_canonical(head, &tip).await? {
                self.take_back(&tip).await?;
                return Ok(Step::More {
                    tip: tip.block.number,
                });
            }
        }
        let next = match &head {
            Some(head) => head.number.saturating_add(1),
            None => self.manifest.genesis_block,
        };
        if next > tip.block.number {
            // The newest block is one we have: an endpoint of several nodes, one of them behind.
            return Ok(Step::Done);
        }
        let settled = tip.block.number.saturating_sub(self.options.window);
        if next <= settled {
            self.read_far(head.as_ref(), next, settled).await?;
        } else {
            self.read_near(head.as_ref(), next, &tip).await?;
        }
        Ok(Step::More {
            tip: tip.block.number,
        })
    }

    /// The newest block in the store.
    pub(crate) async fn head(&self) -> Result<Option<Block>, IndexError> {
        let newest = find::<Block>(self.store.as_ref(), "newest", Vec::new()).await?;
        Ok(newest.into_iter().next())
    }

    fn note_head(&mut self, head: &Block) {
        self.summary.block = head.number;
        self.summary.block_hash = head.hash;
        self.pulse.block.store(head.number, Ordering::Relaxed);
    }

    async fn is_canonical(&self, block: &Block, tip: &Header) -> Result<bool, IndexError> {
        if block.number > tip.block.number {
            // Perhaps a node that is behind: the block is taken back only where another is at its height, or where
            // the one at the shorter chain's end is another than ours.
            let ours = find::<Block>(
                self.store.as_ref(),
                "get",
                vec![tip.block.number.to_value()],
            )
            .await?;
            return Ok(ours.iter().any(|ours| ours.hash == tip.block.hash));
        }
        let there = self.source.at_number(block.number).await?;
        Ok(there.is_some_and(|there| there.block.hash == block.hash))
    }

    /// Undoes every block after the newest one that is still the chain's; all of them where none is.
    async fn take_back(&mut self, tip: &Header) -> Result<(), IndexError> {
        let kept: Vec<Block> = find(self.store.as_ref(), "newest_first", Vec::new()).await?;
        let head = kept.first().map_or(0, |block| block.number);
        if kept
            .last()
            .is_some_and(|oldest| tip.block.number < oldest.number)
        {
            return Err(IndexError::Contradiction {
                block: tip.block.number,
                detail: format!("it is the newest, {head} was a moment ago"),
            });
        }
        for block in &kept {
            let within = block.number <= tip.block.number;
            if within && self.is_canonical(block, tip).await? {
                let taken = head.saturating_sub(block.number);
                tracing::info!(
                    "{taken} blocks were taken back, down to block {}",
                    block.number
                );
                self.roll_back(block).await?;
                self.summary.blocks_taken_back =
                    self.summary.blocks_taken_back.saturating_add(taken);
                self.note_head(block);
                return Ok(());
            }
        }
        tracing::warn!(
            "the chain differs from the store deeper than {} blocks: indexing anew",
            self.options.window
        );
        let tables = ["blocks", "logs", "undo", "token_facts", "asset_facts"];
        let mut writes: Vec<Write> = tables.map(Write::clear).to_vec();
        for projection in Projection::ALL {
            writes.extend(self.emptied(projection));
        }
        self.store.write(writes).await?;
        let taken = head.saturating_sub(self.manifest.genesis_block);
        self.summary.blocks_taken_back = self.summary.blocks_taken_back.saturating_add(taken);
        Ok(())
    }

    async fn roll_back(&self, to: &Block) -> Result<(), IndexError> {
        let mut writes = Vec::new();
        for projection in Projection::ALL {
            let Some(progress) = self.progress(projection).await? else {
                continue;
            };
            if progress.block > to.number {
                let (name, tables) = (projection.name(), projection.tables());
                writes.extend(undo(self.store.as_ref(), name, tables, to.number).await?);
                let params = vec![
                    progress.name.to_value(),
                    progress.block.to_value(),
                    to.number.to_value(),
                ];
                let back = Statement::new("projections", "advance");
                writes.push(Write::new(back, params).touching(1));
            }
        }
        for table in ["logs", "blocks", "token_facts", "asset_facts"] {
            let after = Statement::new(table, "delete_after");
            writes.push(Write::new(after, vec![to.number.to_value()]));
        }
        Ok(self.store.write(writes).await?)
    }

    /// Reads blocks from `next` on by ranges, several at once, up to `settled`.
    async fn read_far(
        &mut self,
        head: Option<&Block>,
        next: u64,
        settled: u64,
    ) -> Result<(), IndexError> {
        let ranges = ranges(next, settled, self.span, self.options.in_flight.max(1));
        let Some((_, last)) = ranges.last().copied() else {
            return Ok(());
        };
        let mut watch = self.known(head).await?.watch.clone();
        let launchpad = Watch::new(self.manifest.contracts.launchpad.address);
        let (_, launches) = self.source.range(&launchpad.filters(), next, last).await?;
        for log in &launches {
            watch.learn(log);
        }
        let filters = watch.filters();
        let mut running = JoinSet::new();
        for (order, (from, to)) in ranges.into_iter().enumerate() {
            let (source, filters) = (self.source.clone(), filters.clone());
            running.spawn(async move { (order, source.range(&filters, from, to).await) });
        }
        let mut read = Vec::new();
        for (order, answer) in running.join_all().await {
            read.push((order, answer?));
        }
        read.sort_by_key(|(order, _)| *order);
        let mut logs = Vec::new();
        let mut end = None;
        for (_, (header, found)) in read {
            logs.extend(found.into_iter().filter(|log| watch.part(log).is_some()));
            end = Some(header.block);
        }
        let blocks: Vec<Block> = end.into_iter().collect();
        self.write_blocks(head, &blocks, &logs, last).await?;
        let wider = self.span.saturating_add(self.span / 4).saturating_add(1);
        self.span = wider.min(self.options.span_max.max(1));
        Ok(())
    }

    /// Reads blocks one by one by their hash, each the child of the one before.
    async fn read_near(
        &mut self,
        head: Option<&Block>,
        next: u64,
        tip: &Header,
    ) -> Result<(), IndexError> {
        let last = tip.block.number.min(next.saturating_add(NEAR_BATCH - 1));
        let read = read_blocks(&self.source, next, last, self.options.in_flight.max(1)).await?;
        let mut parent = head.map(|head| head.hash);
        let mut watch = self.known(head).await?.watch.clone();
        let (mut blocks, mut logs) = (Vec::new(), Vec::new());
        for (header, found) in read {
            if parent.is_some_and(|parent| parent != header.block.parent) {
                return Err(IndexError::Contradiction {
                    block: header.block.number,
                    detail: "it is not the child of the block before it".to_owned(),
                });
            }
            parent = Some(header.block.hash);
            for log in &found {
                watch.learn(log);
            }
            logs.extend(found.into_iter().filter(|log| watch.part(log).is_some()));
            blocks.push(header.block);
        }
        let oldest = last.saturating_sub(self.options.window);
        self.write_blocks(head, &blocks, &logs, oldest).await
    }

    /// Writes blocks with their logs upon `head`, and forgets blocks and undo entries before `oldest`, which no reorganisation
    /// reaches.
    async fn write_blocks(
        &mut self,
        head: Option<&Block>,
        blocks: &[Block],
        logs: &[RawLog],
        oldest: u64,
    ) -> Result<(), IndexError> {
        let mut writes = Vec::new();
        // Where another program that writes this store has meanwhile taken the head back, nothing is written.
        if let Some(head) = head {
            let params = vec![head.number.to_value(), head.hash.to_value()];
            writes.push(Write::new(Statement::new("blocks", "confirm"), params).touching(1));
        }
        writes.extend(blocks.iter().map(Write::put));
        writes.extend(logs.iter().map(Write::put));
        for table in ["blocks", "undo"] {
            let before = Statement::new(table, "delete_before");
            writes.push(Write::new(before, vec![oldest.to_value()]));
        }
        self.store.write(writes).await?;
        let count = u64::try_from(logs.len()).unwrap_or(u64::MAX);
        self.summary.events_indexed = self.summary.events_indexed.saturating_add(count);
        if let Some(head) = blocks.last() {
            self.note_head(head);
        }
        Ok(())
    }

    /// What is launched up to `head`, the store's newest block: as last read where that is still the newest.
    pub(crate) async fn known(&mut self, head: Option<&Block>) -> Result<Arc<Known>, IndexError> {
        let hash = head.map(|head| head.hash);
        if let Some(known) = self.known.as_ref().filter(|known| known.head == hash) {
            return Ok(Arc::clone(known));
        }
        let launchpad = self.manifest.contracts.launchpad.address;
        let mut watch = Watch::new(launchpad);
        let key = vec![launchpad.to_value()];
        for log in find::<RawLog>(self.store.as_ref(), "of_address", key).await? {
            watch.learn(&log);
        }
        let known = facts::known(&self.source, self.store.as_ref(), watch, head).await?;
        let known = Arc::new(known);
        self.known = Some(Arc::clone(&known));
        Ok(known)
    }

    /// The oldest block that is kept: whatever is taken back, it stays.
    pub(crate) async fn oldest_kept(&self) -> Result<u64, StoreError> {
        let kept = all::<Block>(self.store.as_ref()).await?;
        Ok(kept.first().map_or(0, |block| block.number))
    }

    /// The statements that empty a projection and set it to the start.
    pub(crate) fn emptied(&self, projection: Projection) -> Vec<Write> {
        let name = projection.name().to_owned();
        let mut writes: Vec<Write> = projection
            .tables()
            .iter()
            .copied()
            .map(Write::clear)
            .collect();
        let after = Statement::new("undo", "delete_after");
        writes.push(Write::new(after, vec![name.to_value(), 0_u64.to_value()]));
        writes.push(Write::put(&ballast_store::Progress {
            name,
            version: projection.version(),
            block: self.manifest.genesis_block.saturating_sub(1),
            stopped: None,
        }));
        writes
    }
}

/// Blocks `from` to `to` with their logs, `in_flight` at once.
async fn read_blocks(
    source: &Source,
    from: u64,
    to: u64,
    in_flight: usize,
) -> Result<Vec<(Header, Vec<RawLog>)>, IndexError> {
    let mut running = JoinSet::new();
    let mut read = Vec::new();
    let mut waiting = from..=to;
    loop {
        while running.len() < in_flight {
            let Some(number) = waiting.next() else { break };
            let source = source.clone();
            running.spawn(async move { read_block(&source, number).await });
        }
        match running.join_next().await {
            Some(Ok(block)) => read.push(block?),
            Some(Err(error)) => {
                return Err(IndexError::Contradiction {
                    block: from,
                    detail: error.to_string(),
                });
            }
            None => break,
        }
    }
    read.sort_by_key(|(header, _)| header.block.number);
    Ok(read)
}

async fn read_block(source: &Source, number: u64) -> Result<(Header, Vec<RawLog>), IndexError> {
    let header = source.at_number(number).await?;
    let header = header.ok_or_else(|| IndexError::Contradiction {
        block: number,
        detail: "the chain was longer a moment ago".to_owned(),
    })?;
    let logs = source.logs_of(&header).await?;
    Ok((header, logs))
}

/// At most `count` ranges of at most `span` blocks from `next` to `last`.
fn ranges(next: u64, last: u64, span: u64, count: usize) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut from = next;
    while from <= last && ranges.len() < count {
        let to = from.saturating_add(span.saturating_sub(1)).min(last);
        ranges.push((from, to));
        from = to.saturating_add(1);
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn ranges_follow_each_other_and_end_where_blocks_may_still_change() {
        assert_eq!(ranges(5, 5, 100, 4), [(5, 5)]);
        assert_eq!(ranges(0, 9, 4, 4), [(0, 3), (4, 7), (8, 9)]);
        assert_eq!(ranges(0, 99, 10, 2), [(0, 9), (10, 19)]);
        assert_eq!(ranges(7, 6, 10, 2), []);
    }
}
