//! Logs in bounded ranges.

use std::collections::BTreeMap;

use alloy::providers::Provider;
use alloy::rpc::types::{Filter, Log};
use tokio::task::JoinSet;

use crate::endpoint::Endpoint;
use crate::error::ChainError;

/// Ranges in flight at once.
const IN_FLIGHT: usize = 4;

/// Reads logs in ranges of at most `span` blocks, a few in flight; a range the endpoint finds too large is halved.
#[derive(Clone, Debug)]
pub struct LogReader {
    endpoint: Endpoint,
    span: u64,
}

impl LogReader {
    /// Blocks per range where the operator sets none: what public endpoints commonly allow.
    pub const DEFAULT_SPAN: u64 = 2_000;

    /// A reader of ranges of at most `span` blocks; zero counts as one.
    pub fn new(endpoint: Endpoint, span: u64) -> Self {
        Self {
            endpoint,
            span: span.max(1),
        }
    }

    /// Every log of `filter` in blocks `from` to `to`, both included, in the order of the chain. `on_progress` is
    /// called with the blocks read so far and all blocks to read.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] when a single block's logs cannot be read.
    pub async fn read(
        &self,
        filter: &Filter,
        from: u64,
        to: u64,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<Vec<Log>, ChainError> {
        if from > to {
            return Ok(Vec::new());
        }
        let all = to - from + 1;
        let mut read = 0;
        let mut waiting = ranges(from, to, self.span);
        let mut running = JoinSet::new();
        let mut found: BTreeMap<u64, Vec<Log>> = BTreeMap::new();
        loop {
            while running.len() < IN_FLIGHT {
                let Some((first, last)) = waiting.pop() else {
                    break;
                };
                let ranged = filter.clone().from_block(first).to_block(last);
                let endpoint = self.endpoint.clone();
                running.spawn(async move {
                    let logs = endpoint.provider().get_logs(&ranged).await;
                    (first, last, logs)
                });
            }
            let Some(finished) = running.join_next().await else {
                break;
            };
            let (first, last, logs) = finished.map_err(|error| ChainError::Rpc {
                method: "eth_getLogs".to_owned(),
                detail: error.to_string(),
            })?;
            match logs {
                Ok(logs) => {
                    found.insert(first, logs);
                    read += last - first + 1;
                    on_progress(read, all);
                }
                Err(error) if first < last && error.is_error_resp() => {
                    tracing::debug!("logs of blocks {first} to {last} refused, halving: {error}");
                    let middle = first + (last - first) / 2;
                    waiting.push((middle + 1, last));
                    waiting.push((first, middle));
                }
                Err(error) => return Err(ChainError::from_rpc("eth_getLogs", &error)),
            }
        }
        Ok(found.into_values().flatten().collect())
    }
}

/// Ranges of at most `span` blocks that cover `from` to `to`, the first one last.
fn ranges(from: u64, to: u64, span: u64) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut first = from;
    while first <= to {
        let last = first.saturating_add(span - 1).min(to);
        ranges.push((first, last));
        if last == u64::MAX {
            break;
        }
        first = last + 1;
    }
    ranges.reverse();
    ranges
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn ranges_cover_every_block_once() {
        assert_eq!(ranges(5, 5, 100), [(5, 5)]);
        assert_eq!(ranges(0, 9, 4), [(8, 9), (4, 7), (0, 3)]);
        assert_eq!(ranges(0, 7, 4), [(4, 7), (0, 3)]);
        assert_eq!(
            ranges(u64::MAX - 1, u64::MAX, 1),
            [(u64::MAX, u64::MAX), (u64::MAX - 1, u64::MAX - 1)]
        );
    }
}
