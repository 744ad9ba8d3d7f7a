//! What is asked of endpoints: blocks and logs that are held against each other, and calls.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256, Bloom, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::{Block, Filter, Log, TransactionRequest};
use alloy::sol_types::SolCall;
use ballast_bindings::RevertError;
use ballast_chain::quorum::{Quorum, Voice};
use ballast_chain::{BlockRef, ChainError, Endpoint};
use ballast_types::Timestamp;

use crate::error::KeeperError;

/// A block's place in the chain, with what its header says of its logs and of fees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Number, hash and time.
    pub block: BlockRef,
    /// The block before it.
    pub parent: B256,
    /// The filter over its logs.
    pub bloom: Bloom,
    /// Wei per gas that it burned; zero on chains without a base fee.
    pub base_fee_wei: u128,
}

/// Several endpoints of one chain, of which a quorum must agree on every answer that decides anything.
#[derive(Debug)]
pub struct Reader {
    quorum: Quorum,
    current: AtomicUsize,
    patience: Duration,
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ran {
    Returned(Bytes),
    Reverted(RevertError),
}

fn header(block: &Block) -> Header {
    let header = &block.header;
    Header {
        block: BlockRef {
            number: header.number,
            hash: header.hash,
            time: Timestamp::new(header.timestamp),
        },
        parent: header.parent_hash,
        bloom: header.logs_bloom,
        base_fee_wei: header.base_fee_per_gas.map_or(0, u128::from),
    }
}

impl Reader {
    /// `needed` of `endpoints`, which are of the same chain, must agree, each within `patience`.
    ///
    /// # Errors
    /// [`ChainError::NoQuorum`] where there are fewer.
    pub fn new(
        endpoints: Vec<Endpoint>,
        needed: usize,
        patience: Duration,
    ) -> Result<Self, KeeperError> {
        Ok(Self {
            quorum: Quorum::new(endpoints, needed, patience)?,
            current: AtomicUsize::new(0),
            patience,
        })
    }

    /// What is known of each endpoint.
    pub fn voices(&self) -> Vec<Voice> {
        self.quorum.voices()
    }

    /// The one that is asked at the moment where one alone is asked: for old logs, which sums are held against, and for
    /// what only says whether to look closer.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] where there is none, which cannot be.
    pub fn endpoint(&self) -> Result<&Endpoint, KeeperError> {
        let endpoints = self.quorum.endpoints();
        let index = self.current.load(Ordering::Relaxed);
        let found = endpoints.get(index).or(endpoints.first());
        found.ok_or_else(|| {
            KeeperError::Chain(ChainError::Rpc {
                method: "rpc".to_owned(),
                detail: "no endpoint is named".to_owned(),
            })
        })
    }

    /// Asks the next one from now on; gives its address where there is another.
    pub fn turn(&self) -> Option<&str> {
        let endpoints = self.quorum.endpoints();
        if endpoints.len() < 2 {
            return None;
        }
        let next = self.current.load(Ordering::Relaxed).saturating_add(1);
        let next = next.checked_rem(endpoints.len()).unwrap_or_default();
        self.current.store(next, Ordering::Relaxed);
        endpoints.get(next).map(Endpoint::shown_url)
    }

    /// What `asked` of one endpoint gives, or that it took too long.
    ///
    /// # Errors
    /// As `asked`, or [`KeeperError::Stalled`].
    pub async fn in_time<T, E: Into<KeeperError>>(
        &self,
        method: &'static str,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Result<T, KeeperError> {
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answer) => answer.map_err(Into::into),
            Err(_) => Err(KeeperError::Stalled {
                method,
                patience_ms: self.patience.as_millis(),
            }),
        }
    }

    /// The newest block that a quorum has.
    ///
    /// # Errors
    /// Of the endpoints.
    pub async fn tip(&self) -> Result<Header, KeeperError> {
        let missing = || {
            KeeperError::Chain(ChainError::Rpc {
                method: "eth_getBlockByNumber".to_owned(),
                detail: "there is no newest block".to_owned(),
            })
        };
        if let [_] = self.quorum.endpoints() {
            return self.at(BlockNumberOrTag::Latest).await?.ok_or_else(missing);
        }
        let tip = self.quorum.tip().await?;
        self.header(tip.number).await?.ok_or_else(missing)
    }

    async fn at(&self, number: BlockNumberOrTag) -> Result<Option<Header>, KeeperError> {
        let ask = move |endpoint: Endpoint| async move {
            let found = endpoint.provider().get_block_by_number(number).await;
            let found =
                found.map_err(|error| ChainError::from_rpc("eth_getBlockByNumber", &error))?;
            Ok(found.as_ref().map(header))
        };
        let key = |header: &Option<Header>| *header;
        Ok(self.quorum.ask("a block", ask, key).await?)
    }

    /// The block at `number`, where the chain is that long.
    ///
    /// # Errors
    /// Of the endpoints, also where they give another block.
    pub async fn header(&self, number: u64) -> Result<Option<Header>, KeeperError> {
        let found = self.at(BlockNumberOrTag::Number(number)).await?;
        match found {
            Some(found) if found.block.number != number => Err(KeeperError::Contradiction {
                block: number,
                detail: format!(
                    "asked for it, the endpoint gave block {}",
                    found.block.number
                ),
            }),
            found => Ok(found),
        }
    }

    /// Every log of one block, asked by its hash, and held against the filter in its header, which a forgotten log
    /// does not make.
    ///
    /// # Errors
    /// Of the endpoint, [`KeeperError::LogsForgotten`] above all.
    pub async fn logs_of(&self, header: &Header) -> Result<Vec<Log>, KeeperError> {
        if header.bloom == Bloom::ZERO {
            return Ok(Vec::new());
        }
        let BlockRef { number, hash, .. } = header.block;
        let logs = self.quorum.logs(&Filter::new(), &header.block).await?;
        let mut bloom = Bloom::ZERO;
        for log in &logs {
            bloom.accrue_log(&log.inner);
            if log.block_hash != Some(hash) {
                return Err(KeeperError::Contradiction {
                    block: number,
                    detail: format!(
                        "asked for logs of {hash}, the endpoint gave one of {:?}",
                        log.block_hash
                    ),
                });
            }
        }
        if bloom != header.bloom {
            return Err(KeeperError::LogsForgotten {
                block: number,
                hash,
            });
        }
        Ok(logs)
    }

    /// What `call` of `to` returns in the state of a block.
    ///
    /// # Errors
    /// [`ChainError::Reverted`], or of the endpoints.
    pub async fn call<C: SolCall + Sync>(
        &self,
        what: &'static str,
        to: Address,
        call: &C,
        block: &BlockRef,
    ) -> Result<C::Return, KeeperError> {
        let data = Bytes::from(call.abi_encode());
        let answer = self.run(what, Address::ZERO, (to, data), block).await?;
        C::abi_decode_returns(&answer).map_err(|_| {
            KeeperError::Chain(ChainError::Rpc {
                method: what.to_owned(),
                detail: "what came back is no answer: no contract there?".to_owned(),
            })
        })
    }

    /// What a call of `from` would return.
    ///
    /// # Errors
    /// [`ChainError::Reverted`], or of the endpoints.
    pub async fn run(
        &self,
        what: &'static str,
        from: Address,
        (to, data): (Address, Bytes),
        block: &BlockRef,
    ) -> Result<Bytes, KeeperError> {
        let at = BlockId::hash(block.hash);
        let ask = move |endpoint: Endpoint| {
            let input = data.clone();
            async move {
                let request = TransactionRequest::default().to(to).input(input.into());
                let request = if from.is_zero() {
                    request
                } else {
                    request.from(from)
                };
                match endpoint.provider().call(request).block(at).await {
                    Ok(returned) => Ok(Ran::Returned(returned)),
                    Err(error) => match ChainError::from_rpc(what, &error) {
                        ChainError::Reverted { error, .. } => Ok(Ran::Reverted(error)),
                        error => Err(error),
                    },
                }
            }
        };
        match self.quorum.ask(what, ask, Ran::clone).await? {
            Ran::Returned(returned) => Ok(returned),
            Ran::Reverted(error) => Err(KeeperError::Chain(ChainError::Reverted {
                action: what.to_owned(),
                error,
            })),
        }
    }

    /// Native currency of `account`, wei.
    ///
    /// # Errors
    /// Of the endpoints.
    pub async fn native(&self, account: Address, block: &BlockRef) -> Result<U256, KeeperError> {
        Ok(self.quorum.native_balance(account, block).await?)
    }
}
