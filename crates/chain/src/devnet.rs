//! What only a local chain can do. Every function fails on a real network, because the endpoint has no such method.

use alloy::primitives::{Address, U256};
use alloy::providers::Provider;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::error::ChainError;

async fn request(
    endpoint: &Endpoint,
    method: &'static str,
    params: Value,
) -> Result<Value, ChainError> {
    endpoint
        .provider()
        .raw_request(method.into(), params)
        .await
        .map_err(|error| ChainError::from_rpc(method, &error))
}

/// Makes every further block exactly `secs` later than the one before, whatever the clock says.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn set_block_interval(endpoint: &Endpoint, secs: u64) -> Result<(), ChainError> {
    request(endpoint, "anvil_setBlockTimestampInterval", json!([secs]))
        .await
        .map(drop)
}

/// Gives the next block this timestamp, in unix seconds; it must be later than the newest block's.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn set_next_timestamp(endpoint: &Endpoint, timestamp: u64) -> Result<(), ChainError> {
    request(endpoint, "evm_setNextBlockTimestamp", json!([timestamp]))
        .await
        .map(drop)
}

/// Mines one block.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn mine(endpoint: &Endpoint) -> Result<(), ChainError> {
    request(endpoint, "evm_mine", json!([])).await.map(drop)
}

/// Mines one block `secs` after the newest.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn advance(endpoint: &Endpoint, secs: u64) -> Result<(), ChainError> {
    let tip = endpoint.tip().await?;
    set_next_timestamp(endpoint, tip.time.get().saturating_add(secs)).await?;
    mine(endpoint).await
}

/// Turns mining of a block per transaction on or off.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn set_automine(endpoint: &Endpoint, on: bool) -> Result<(), ChainError> {
    request(endpoint, "evm_setAutomine", json!([on]))
        .await
        .map(drop)
}

/// Sets the native balance of `account` in wei.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn set_balance(
    endpoint: &Endpoint,
    account: Address,
    wei: U256,
) -> Result<(), ChainError> {
    request(endpoint, "anvil_setBalance", json!([account, wei]))
        .await
        .map(drop)
}
