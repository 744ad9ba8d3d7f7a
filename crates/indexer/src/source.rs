//! Blocks and logs from one endpoint, each answer held against the others before it is believed.

use std::future::IntoFuture;
use std::time::Duration;

use alloy::contract::{CallBuilder, CallDecoder};
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256, Bloom, U256};
use alloy::providers::Provider;
use alloy::rpc::types::{Block as RpcBlock, Filter, Log};
use alloy::transports::TransportResult;
use ballast_chain::{ChainError, Endpoint};
use ballast_store::{Block, RawLog};

use crate::IndexError;
use crate::facts::words;

/// A block's place in the chain, with the filter over its logs.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub block: Block,
    pub bloom: Bloom,
}

/// An endpoint that is waited for only so long.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub endpoint: Endpoint,
    pub patience: Duration,
}

impl Source {
    /// What `request` answers, or why it does not in time.
    pub async fn ask<T>(
        &self,
        method: &'static str,
        request: impl IntoFuture<Output = TransportResult<T>>,
    ) -> Result<T, IndexError> {
        let request = request.into_future();
        let asked = async {
            request
                .await
                .map_err(|error| ChainError::from_rpc(method, &error))
        };
        self.in_time(method, asked).await
    }

    /// What a contract answers in the state of one block, or why it does not in time.
    pub async fn call<P: Provider, D: CallDecoder>(
        &self,
        action: &'static str,
        block: BlockId,
        call: CallBuilder<P, D>,
    ) -> Result<D::CallOutput, IndexError> {
        let call = call.block(block);
        let asked = async {
            let answer = call.call().await;
            answer.map_err(|error| ChainError::from_call(action, &error))
        };
        self.in_time(action, asked).await
    }

    /// What `asked` gives, or why it does not in time.
    pub async fn in_time<T>(
        &self,
        method: &'static str,
        asked: impl Future<Output = Result<T, ChainError>>,
    ) -> Result<T, IndexError> {
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(IndexError::Stalled {
                method,
                secs: self.patience.as_secs(),
            }),
        }
    }

    /// The argument words in the code of a clone.
    pub async fn clone_words(
        &self,
        what: &'static str,
        address: Address,
        at: BlockId,
    ) -> Result<Vec<U256>, IndexError> {
        let request = self.endpoint.provider().get_code_at(address).block_id(at);
        let code = self.ask("eth_getCode", request).await?;
        if code.is_empty() {
            let what = what.to_owned();
            return Err(ChainError::NoCode { what, address }.into());
        }
        Ok(words(&code))
    }

    /// The newest block.
    pub async fn tip(&self) -> Result<Header, IndexError> {
        let method = "eth_getBlockByNumber";
        let request = self
            .endpoint
            .provider()
            .get_block_by_number(BlockNumberOrTag::Latest);
        let block = self.ask(method, request).await?;
        block.as_ref().map(header).ok_or_else(|| {
            IndexError::Chain(ChainError::Rpc {
                method: method.to_owned(),
                detail: "the endpoint has no newest block".to_owned(),
            })
        })
    }

    /// The block at `number`, where the chain is that long.
    pub async fn at_number(&self, number: u64) -> Result<Option<Header>, IndexError> {
        let request = self
            .endpoint
            .provider()
            .get_block_by_number(BlockNumberOrTag::Number(number));
        let found = self.ask("eth_getBlockByNumber", request).await?;
        let found = found.as_ref().map(header);
        match found {
            Some(found) if found.block.number != number => Err(IndexError::Contradiction {
                block: number,
                detail: format!("asked for it, it gave block {}", found.block.number),
            }),
            found => Ok(found),
        }
    }

    /// Whether the endpoint still has the block with this hash.
    pub async fn has(&self, hash: B256) -> Result<bool, IndexError> {
        let request = self.endpoint.provider().get_block_by_hash(hash);
        Ok(self.ask("eth_getBlockByHash", request).await?.is_some())
    }

    /// Every log of one block, asked by hash, so that they are of that block or of none; then held against the bloom
    /// filter in its header, which a forgotten log does not make.
    pub async fn logs_of(&self, header: &Header) -> Result<Vec<RawLog>, IndexError> {
        let Block {
            number, hash, time, ..
        } = header.block;
        let filter = Filter::new().at_block_hash(hash);
        let request = self.endpoint.provider().get_logs(&filter);
        let logs = self.ask("eth_getLogs", request).await?;
        let mut bloom = Bloom::ZERO;
        for log in &logs {
            bloom.accrue_log(&log.inner);
            if log.block_hash != Some(hash) || log.block_number != Some(number) {
                return Err(IndexError::Contradiction {
                    block: number,
                    detail: format!(
                        "asked for logs of {hash}, it gave one of {:?}",
                        log.block_hash
                    ),
                });
            }
        }
        if bloom != header.bloom {
            return Err(IndexError::LogsForgotten {
                block: number,
                hash,
                found: logs.len(),
            });
        }
        raw(number, logs, |_| Some(time))
    }

    /// The logs that `filter` finds in blocks `from` to `to`, and the last of these blocks. Blocks this deep do not
    /// change any more.
    pub async fn range(
        &self,
        filters: &[Filter],
        from: u64,
        to: u64,
    ) -> Result<(Header, Vec<RawLog>), IndexError> {
        let mut logs = Vec::new();
        for filter in filters {
            let ranged = filter.clone().from_block(from).to_block(to);
            let request = self.endpoint.provider().get_logs(&ranged);
            logs.extend(self.ask("eth_getLogs", request).await?);
        }
        let end = self.at_number(to).await?.ok_or(IndexError::Contradiction {
            block: to,
            detail: "the chain was longer a moment ago".to_owned(),
        })?;
        let mut times = std::collections::BTreeMap::new();
        for log in &logs {
            let number = log.block_number.unwrap_or(u64::MAX);
            let strange = number < from
                || number > to
                || (number == to && log.block_hash != Some(end.block.hash));
            if strange {
                return Err(IndexError::Contradiction {
                    block: to,
                    detail: format!("among the logs of {from} to {to} is one of {number}"),
                });
            }
            if log.block_timestamp.is_none() && !times.contains_key(&number) {
                let time = self
                    .at_number(number)
                    .await?
                    .map(|header| header.block.time);
                times.insert(number, time);
            }
        }
        let time = |log: &Log| {
            let asked = || times.get(&log.block_number?).copied().flatten();
            log.block_timestamp.or_else(asked)
        };
        Ok((end, raw(to, logs, time)?))
    }
}

fn header(block: &RpcBlock) -> Header {
    Header {
        block: Block {
            number: block.header.number,
            hash: block.header.hash,
            parent: block.header.parent_hash,
            time: block.header.timestamp,
        },
        bloom: block.header.logs_bloom,
    }
}

/// The logs in the order of the chain, each once.
fn raw(
    asked: u64,
    logs: Vec<Log>,
    time: impl Fn(&Log) -> Option<u64>,
) -> Result<Vec<RawLog>, IndexError> {
    let whole = |log: Log| {
        let time = time(&log)?;
        let address = log.address();
        let (topics, data) = log.inner.data.split();
        Some(RawLog {
            block: log.block_number?,
            log_index: log.log_index?,
            address,
            topics,
            data,
            transaction_hash: log.transaction_hash?,
            block_hash: log.block_hash?,
            time,
        })
    };
    let mut all: Vec<RawLog> = logs
        .into_iter()
        .map(whole)
        .collect::<Option<_>>()
        .ok_or_else(|| IndexError::Contradiction {
            block: asked,
            detail: "a log without its block, position or transaction".to_owned(),
        })?;
    all.sort_by_key(|log| (log.block, log.log_index));
    all.dedup_by_key(|log| (log.block, log.log_index));
    Ok(all)
}
