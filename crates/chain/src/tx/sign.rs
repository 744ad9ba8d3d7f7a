//! From an intent to signed bytes.

use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, Bytes, U256};
use alloy::rpc::types::TransactionRequest;
use ballast_store::{Attempt, SendRecord};

use super::fees::Fees;
use crate::error::ChainError;

/// Gas of a transaction that does nothing.
pub(super) const EMPTY_GAS: u64 = 21_000;

/// What is signed beside the intent itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// The nonce.
    pub nonce: u64,
    /// Gas limit.
    pub gas: u64,
    /// What it pays.
    pub fees: Fees,
    /// Whether the chain has a base fee.
    pub london: bool,
    /// Whether it only uses the nonce.
    pub empty: bool,
    /// Which of the intent's attempts it is, from 0.
    pub number: u64,
    /// The newest block.
    pub block: u64,
    /// Unix seconds of the program's clock.
    pub now: u64,
}

/// The call of `send` as an endpoint takes it.
pub(super) fn request(send: &SendRecord) -> TransactionRequest {
    TransactionRequest::default()
        .with_from(send.address)
        .with_to(send.target)
        .with_input(send.data.clone())
        .with_value(send.value_wei)
}

fn nothing(address: Address) -> TransactionRequest {
    TransactionRequest::default()
        .with_from(address)
        .with_to(address)
        .with_value(U256::ZERO)
}

/// Signs an attempt at `send`.
///
/// # Errors
/// [`ChainError::Key`].
pub(super) async fn sign(
    wallet: &EthereumWallet,
    chain_id: u64,
    send: &SendRecord,
    terms: Terms,
) -> Result<Attempt, ChainError> {
    let call = if terms.empty {
        nothing(send.address)
    } else {
        request(send)
    };
    let call = call
        .with_chain_id(chain_id)
        .with_nonce(terms.nonce)
        .with_gas_limit(terms.gas);
    let call = if terms.london {
        call.with_max_fee_per_gas(terms.fees.max_wei)
            .with_max_priority_fee_per_gas(terms.fees.priority_wei)
    } else {
        call.with_gas_price(terms.fees.max_wei)
    };
    let signed = call.build(wallet).await.map_err(|error| ChainError::Key {
        detail: error.to_string(),
    })?;
    Ok(Attempt {
        hash: *signed.tx_hash(),
        address: send.address,
        send: send.id.clone(),
        number: terms.number,
        nonce: terms.nonce,
        raw: Bytes::from(signed.encoded_2718()),
        gas: terms.gas,
        max_fee_wei: U256::from(terms.fees.max_wei),
        priority_fee_wei: U256::from(terms.fees.priority_wei),
        empty: u64::from(terms.empty),
        block: terms.block,
        made_at: terms.now,
        sent_at: None,
        route: "none".to_owned(),
    })
}

/// The fees of an attempt.
pub(super) fn fees_of(attempt: &Attempt) -> Fees {
    Fees {
        max_wei: attempt.max_fee_wei.try_into().unwrap_or(u128::MAX),
        priority_wei: attempt.priority_fee_wei.try_into().unwrap_or(u128::MAX),
    }
}

/// The most that `send` can cost by any of `attempts`, in wei.
pub(super) fn most_wei(send: &SendRecord, attempts: &[Attempt]) -> U256 {
    let cost = |attempt: &Attempt| {
        let value = if attempt.empty == 1 {
            U256::ZERO
        } else {
            send.value_wei
        };
        let gas = U256::from(attempt.gas).saturating_mul(attempt.max_fee_wei);
        gas.saturating_add(value)
    };
    attempts.iter().map(cost).max().unwrap_or_default()
}
