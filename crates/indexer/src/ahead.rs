//! Ranges of far blocks, read ahead of where they are written and folded.

use std::collections::VecDeque;

use alloy::rpc::types::Filter;
use ballast_store::{Block, RawLog};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::IndexError;
use crate::source::{Header, Source};
use crate::watch::Watch;

/// Ranges that are read and wait to be taken.
const WAITING_MAX: usize = 4;
/// Ranges that lie under one look for launches.
const RANGES_PER_LOOK: u64 = 16;

/// A range of blocks that is read.
#[derive(Debug)]
pub(crate) struct Range {
    /// Its last block.
    pub end: Block,
    /// The logs of ours in it.
    pub logs: Vec<RawLog>,
}

/// What to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The first block.
    pub next: u64,
    /// The last block.
    pub settled: u64,
    /// Blocks in one request at first.
    pub span: u64,
    /// Most blocks in one request.
    pub span_max: u64,
    /// Requests in flight at once.
    pub in_flight: usize,
}

/// A task that reads ranges in order. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The block after the last range that was taken.
    pub next: u64,
    /// The last block it reads.
    pub settled: u64,
    /// The newest block of the chain when it began.
    pub tip: u64,
    ranges: mpsc::Receiver<Result<Range, IndexError>>,
    _task: Task<()>,
}

/// A task that ends with its handle.
#[derive(Debug)]
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ahead {
    /// Begins to read; `watch` knows every launch before the plan's first block.
    pub fn begin(source: Source, watch: Watch, plan: Plan, tip: u64) -> Self {
        let (sender, ranges) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(async move {
            if let Err(error) = walk(&source, watch, plan, &sender).await {
                // Whoever listened may have gone.
                let _ = sender.send(Err(error)).await;
            }
        });
        Self {
            next: plan.next,
            settled: plan.settled,
            tip,
            ranges,
            _task: Task(task),
        }
    }

    /// The next range; none after the last.
    pub async fn take(&mut self) -> Option<Result<Range, IndexError>> {
        let range = self.ranges.recv().await;
        self.note(range)
    }

    /// The next range, where it is here already.
    pub fn take_ready(&mut self) -> Option<Result<Range, IndexError>> {
        let range = self.ranges.try_recv().ok();
        self.note(range)
    }

    fn note(
        &mut self,
        range: Option<Result<Range, IndexError>>,
    ) -> Option<Result<Range, IndexError>> {
        if let Some(Ok(range)) = &range {
            self.next = range.end.number.saturating_add(1);
        }
        range
    }
}

async fn walk(
    source: &Source,
    mut watch: Watch,
    plan: Plan,
    out: &mpsc::Sender<Result<Range, IndexError>>,
) -> Result<(), IndexError> {
    let (mut next, mut span) = (plan.next, plan.span.max(1));
    while next <= plan.settled {
        let most = span.saturating_mul(RANGES_PER_LOOK).saturating_sub(1);
        let last = next.saturating_add(most).min(plan.settled);
        // Launches first: what they made is asked for in the same ranges.
        let (_, launches) = source.range(&watch.launchpad_filters(), next, last).await?;
        for log in &launches {
            watch.learn(log);
        }
        let filters = watch.filters();
        let mut running = VecDeque::new();
        let mut waiting = ranges(next, last, span).into_iter();
        loop {
            while running.len() < plan.in_flight.max(1) {
                let Some((from, to)) = waiting.next() else {
                    break;
                };
                running.push_back(read(source.clone(), filters.clone(), from, to));
            }
            let Some(mut first) = running.pop_front() else {
                break;
            };
            let (header, logs) = joined(&mut first.0, next).await?;
            let logs = logs
                .into_iter()
                .filter(|log| watch.part(log).is_some())
                .collect();
            let end = header.block;
            if out.send(Ok(Range { end, logs })).await.is_err() {
                return Ok(());
            }
        }
        next = last.saturating_add(1);
        let wider = span.saturating_add(span / 4).saturating_add(1);
        span = wider.min(plan.span_max.max(1));
    }
    Ok(())
}

type Answer = Result<(Header, Vec<RawLog>), IndexError>;

fn read(source: Source, filters: Vec<Filter>, from: u64, to: u64) -> Task<Answer> {
    Task(tokio::spawn(async move {
        source.range(&filters, from, to).await
    }))
}

async fn joined(task: &mut JoinHandle<Answer>, block: u64) -> Answer {
    task.await.unwrap_or_else(|error| {
        Err(IndexError::Contradiction {
            block,
            detail: error.to_string(),
        })
    })
}

/// Ranges of at most `span` blocks from `next` to `last`.
fn ranges(next: u64, last: u64, span: u64) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut from = next;
    while from <= last {
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
        assert_eq!(ranges(5, 5, 100), [(5, 5)]);
        assert_eq!(ranges(0, 9, 4), [(0, 3), (4, 7), (8, 9)]);
        assert_eq!(ranges(7, 6, 10), []);
    }
}
