//! The canonical chain into the store: far blocks by ranges, near ones by hash, and what is taken back undone.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ballast_store::{Block, Column, RawLog, Statement, StoreError, Write, all, find};
use tokio::task::JoinSet;

use crate::IndexError;
use crate::ahead::{Ahead, Plan};
use crate::changes::undo;
use crate::facts::{self, Known};
use crate::indexer::{Indexer, Step};
use crate::projections::Projection;
use crate::source::{Header, Source};
use crate::watch::Watch;

/// Far logs from which on no further range is written and folded with them: the more there are, the more seldom a
/// holder is written again.
const FAR_LOGS: usize = 80_000;
/// Near blocks read before they are written.
const NEAR_BATCH: u64 = 64;

/// The logs stored last.
#[derive(Debug)]
pub(crate) struct Recent {
    /// The block before the first.
    from: u64,
    /// The last block.
    to: u64,
    pub logs: Arc<Vec<RawLog>>,
}

impl Recent {
    /// Whether these are all logs of the blocks after `from` up to `to`, and perhaps more.
    pub fn hold(&self, from: u64, to: u64) -> bool {
        self.from <= from && to <= self.to
    }
}

impl Indexer {
    /// Brings the next blocks into the store, or takes back those that are no longer the chain's.
    pub(crate) async fn ingest(&mut self) -> Result<Step, IndexError> {
        let head = self.head().await?;
        if self.folded != head.as_ref().map(|head| head.hash) {
            // Another program has written this store meanwhile, or something failed: what is in memory may be old.
            self.forget();
        }
        if let (Some(head), Some(ahead)) = (&head, &self.ahead) {
            let next = head.number.saturating_add(1);
            let (settled, tip) = (ahead.settled, ahead.tip);
            if ahead.next == next {
                self.read_far(Some(head), next, (settled, tip)).await?;
                return Ok(Step::More { tip });
            }
        }
        let tip = self.source.tip().await?;
        self.pulse.tip.store(tip.block.number, Ordering::Relaxed);
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
            self.read_far(head.as_ref(), next, (settled, tip.block.number))
                .await?;
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
        self.ahead = None;
        self.facts_due = true;
        self.forget();
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
        writes.extend(self.forgotten_facts());
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
        writes.extend(self.forgotten_facts());
        Ok(self.store.write(writes).await?)
    }

    /// Writes what is read ahead of the far blocks from `next` up to `settled`.
    async fn read_far(
        &mut self,
        head: Option<&Block>,
        next: u64,
        (settled, tip): (u64, u64),
    ) -> Result<(), IndexError> {
        let there = self.ahead.take().filter(|ahead| ahead.next == next);
        let mut ahead = match there {
            Some(ahead) => ahead,
            None => {
                let watch = self.known(head).await?.watch.clone();
                let plan = Plan {
                    next,
                    settled,
                    span: self.span,
                    span_max: self.options.span_max,
                    in_flight: self.options.in_flight,
                };
                Ahead::begin(self.source.clone(), watch, plan, tip)
            }
        };
        let Some(first) = ahead.take().await else {
            return Ok(());
        };
        let mut range = first?;
        let mut logs = std::mem::take(&mut range.logs);
        while logs.len() < FAR_LOGS
            && let Some(further) = ahead.take_ready()
        {
            range = further?;
            logs.append(&mut range.logs);
        }
        let blocks = [range.end];
        let last = ahead.next.saturating_sub(1);
        self.write_blocks(head, &blocks, logs, last).await?;
        if last < settled {
            self.ahead = Some(ahead);
        }
        self.span = self.options.span_max.max(1);
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
        self.write_blocks(head, &blocks, logs, oldest).await
    }

    /// Writes blocks with their logs upon `head`, and forgets blocks and undo entries before `oldest`, which no reorganisation
    /// reaches.
    async fn write_blocks(
        &mut self,
        head: Option<&Block>,
        blocks: &[Block],
        logs: Vec<RawLog>,
        oldest: u64,
    ) -> Result<(), IndexError> {
        let mut writes = Vec::new();
        // Where another program that writes this store has meanwhile taken the head back, nothing is written.
        if let Some(head) = head {
            let params = vec![head.number.to_value(), head.hash.to_value()];
            writes.push(Write::new(Statement::new("blocks", "confirm"), params).touching(1));
        }
        writes.extend(blocks.iter().map(Write::put));
        let genesis = self.manifest.genesis_block;
        let from = head.map_or(genesis.saturating_sub(1), |head| head.number);
        if let Some(newest) = blocks.last() {
            // Another program that writes this store may have put them there a moment ago.
            let params = vec![from.to_value(), newest.number.to_value()];
            writes.push(Write::new(Statement::new("logs", "delete_between"), params));
        }
        writes.extend(logs.iter().map(Write::add));
        for table in ["blocks", "undo"] {
            let before = Statement::new(table, "delete_before");
            writes.push(Write::new(before, vec![oldest.to_value()]));
        }
        self.store.write(writes).await?;
        let count = u64::try_from(logs.len()).unwrap_or(u64::MAX);
        self.summary.events_indexed = self.summary.events_indexed.saturating_add(count);
        if let Some(newest) = blocks.last() {
            self.keep_known(head, newest, &logs);
            self.recent = Some(Recent {
                from,
                to: newest.number,
                logs: Arc::new(logs),
            });
            self.note_head(newest);
        }
        Ok(())
    }

    /// What was known at `head` is what is known at `newest`, where nothing was launched between.
    fn keep_known(&mut self, head: Option<&Block>, newest: &Block, logs: &[RawLog]) {
        let launchpad = self.manifest.contracts.launchpad.address;
        if logs.iter().any(|log| log.address == launchpad) {
            return;
        }
        if let Some(known) = self.known.as_mut().and_then(Arc::get_mut)
            && known.head == head.map(|head| head.hash)
        {
            known.head = Some(newest.hash);
        }
    }

    /// What is launched up to `head`, the store's newest block: as last read where that is still the newest.
    pub(crate) async fn known(&mut self, head: Option<&Block>) -> Result<Arc<Known>, IndexError> {
        let hash = head.map(|head| head.hash);
        if let Some(known) = self.known.as_ref().filter(|known| known.head == hash) {
            return Ok(Arc::clone(known));
        }
        let launchpad = self.manifest.contracts.launchpad.address;
        let mut watch = Watch::new(launchpad, &self.watched);
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
