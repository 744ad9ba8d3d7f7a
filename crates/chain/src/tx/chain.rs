//! What a pass reads from the chain.

use std::time::Duration;

use alloy::consensus::Transaction;
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionResponse;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use ballast_store::SendRecord;

use super::fees::Market;
use super::outbox::within;
use super::rows::Inclusion;
use super::sign::request;
use crate::endpoint::Endpoint;
use crate::error::{ChainError, revert_of};

/// Priority fee where the endpoint suggests none.
const FALLBACK_PRIORITY_WEI: u128 = 1_000_000_000;
/// Blocks looked back where a nonce was used before it was given out here.
const LOOK_BACK_BLOCKS: u64 = 4_096;

/// The chain and the account, as of the newest block.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub number: u64,
    pub hash: B256,
    pub time: u64,
    /// What the chain asks for gas.
    pub market: Market,
    /// Nonces that the chain counts as used.
    pub count: u64,
    /// Wei that the account has.
    pub balance: U256,
}

/// Who used a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consumer {
    /// It cannot be told yet.
    Unknown,
    /// This transaction, for good.
    Transaction(B256),
}

/// Reads for one account, each within its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub endpoint: &'a Endpoint,
    pub address: Address,
    pub patience: Duration,
}

impl Reader<'_> {
    /// The newest block and the account.
    pub async fn view(&self, priority_wei: Option<u128>) -> Result<View, ChainError> {
        let provider = self.endpoint.provider();
        let all = async {
            let block = async {
                let block = provider.get_block_by_number(BlockNumberOrTag::Latest).await;
                block.map_err(|error| ChainError::from_rpc("eth_getBlockByNumber", &error))
            };
            let count = async {
                let count = provider.get_transaction_count(self.address).await;
                count.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))
            };
            let priority = async {
                Ok(match priority_wei {
                    Some(wei) => wei,
                    None => provider
                        .get_max_priority_fee_per_gas()
                        .await
                        .unwrap_or(FALLBACK_PRIORITY_WEI),
                })
            };
            let balance = self.endpoint.native_balance(self.address);
            tokio::try_join!(block, count, priority, balance)
        };
        let read = within(self.patience, "reading the account", all).await?;
        let (block, count, priority_wei, balance) = read;
        let header = block.map(|block| block.header);
        let header = header.ok_or_else(|| ChainError::Rpc {
            method: "eth_getBlockByNumber".to_owned(),
            detail: "the endpoint has no newest block".to_owned(),
        })?;
        let base_wei = header.base_fee_per_gas.map(u128::from);
        let priority_wei = match base_wei {
            Some(_) => priority_wei,
            None => self.gas_price().await?,
        };
        Ok(View {
            number: header.number,
            hash: header.hash,
            time: header.timestamp,
            market: Market {
                base_wei,
                priority_wei,
            },
            count,
            balance,
        })
    }

    async fn gas_price(&self) -> Result<u128, ChainError> {
        let price = async {
            let price = self.endpoint.provider().get_gas_price().await;
            price.map_err(|error| ChainError::from_rpc("eth_gasPrice", &error))
        };
        within(self.patience, "eth_gasPrice", price).await
    }

    /// Hash and time of the chain's block at `number`.
    pub async fn block(&self, number: u64) -> Result<Option<(B256, u64)>, ChainError> {
        let read = self.endpoint.block(BlockNumberOrTag::Number(number));
        let block = within(self.patience, "eth_getBlockByNumber", read).await?;
        Ok(block.map(|block| (block.hash, block.time.get())))
    }

    /// Where `hash` was mined on the chain as it is now.
    pub async fn inclusion(&self, hash: B256) -> Result<Option<Inclusion>, ChainError> {
        let read = async {
            let receipt = self.endpoint.provider().get_transaction_receipt(hash).await;
            receipt.map_err(|error| ChainError::from_rpc("eth_getTransactionReceipt", &error))
        };
        let receipt = within(self.patience, "eth_getTransactionReceipt", read).await?;
        let Some(receipt) = receipt else {
            return Ok(None);
        };
        let (Some(block), Some(block_hash)) = (receipt.block_number, receipt.block_hash) else {
            return Ok(None);
        };
        // A receipt may outlive its block in an endpoint's memory.
        let Some((canonical, mined_at)) = self.block(block).await? else {
            return Ok(None);
        };
        let gas = U256::from(receipt.gas_used);
        Ok((canonical == block_hash).then(|| Inclusion {
            hash,
            block,
            block_hash,
            mined_at,
            gas_used: receipt.gas_used,
            fee_wei: gas.saturating_mul(U256::from(receipt.effective_gas_price)),
            succeeded: receipt.status(),
        }))
    }

    /// Whether the endpoint has the transaction, mined or waiting.
    pub async fn knows(&self, hash: B256) -> Result<bool, ChainError> {
        let read = async {
            let found = self.endpoint.provider().get_transaction_by_hash(hash).await;
            found.map_err(|error| ChainError::from_rpc("eth_getTransactionByHash", &error))
        };
        let found = within(self.patience, "eth_getTransactionByHash", read).await?;
        Ok(found.is_some())
    }

    /// Gas that `send` would use now.
    pub async fn estimate(&self, send: &SendRecord) -> Result<u64, ChainError> {
        let read = async {
            let gas = self.endpoint.provider().estimate_gas(request(send)).await;
            gas.map_err(|error| match revert_of(&error) {
                Some(error) => ChainError::Reverted {
                    action: send.label.clone(),
                    error,
                },
                None => ChainError::from_rpc("eth_estimateGas", &error),
            })
        };
        within(self.patience, "eth_estimateGas", read).await
    }

    /// What `send` returned where it reverted in `block`; nothing where it cannot be found out.
    pub async fn revert_data(&self, send: &SendRecord, block: B256) -> Bytes {
        let call = self.endpoint.provider().call(request(send));
        let call = call.block(BlockId::hash(block));
        let answer = tokio::time::timeout(self.patience, call).await;
        let error = answer.ok().and_then(Result::err);
        let data = error
            .as_ref()
            .and_then(|error| error.as_error_resp())
            .and_then(|payload| payload.as_revert_data());
        data.unwrap_or_default()
    }

    /// Nonces that the chain counted as used after block `number`.
    async fn count_at(&self, number: u64) -> Result<u64, ChainError> {
        let read = async {
            let asked = self.endpoint.provider().get_transaction_count(self.address);
            let count = asked.block_id(BlockId::number(number)).await;
            count.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))
        };
        within(self.patience, "eth_getTransactionCount", read).await
    }

    /// The transaction that used `nonce` in a block up to `to`, which was given out here after block `from`.
    pub async fn consumer(&self, nonce: u64, from: u64, to: u64) -> Result<Consumer, ChainError> {
        let (mut below, mut at) = (from.min(to), to);
        if self.count_at(at).await? <= nonce {
            return Ok(Consumer::Unknown);
        }
        if self.count_at(below).await? > nonce {
            below = below.saturating_sub(LOOK_BACK_BLOCKS);
        }
        // The nonce is used after `at`, and not yet after `below`.
        while at.saturating_sub(below) > 1 {
            let middle = below.midpoint(at);
            if self.count_at(middle).await? > nonce {
                at = middle;
            } else {
                below = middle;
            }
        }
        let read = async {
            let whole = self.endpoint.provider().get_block(BlockId::number(at));
            let block = whole.full().await;
            block.map_err(|error| ChainError::from_rpc("eth_getBlockByNumber", &error))
        };
        let block = within(self.patience, "eth_getBlockByNumber", read).await?;
        let Some(block) = block else {
            return Ok(Consumer::Unknown);
        };
        for used in block.transactions.txns() {
            if used.from() == self.address && used.nonce() == nonce {
                return Ok(Consumer::Transaction(used.tx_hash()));
            }
        }
        Ok(Consumer::Unknown)
    }
}
