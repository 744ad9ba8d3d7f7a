//! Simulate, fill in, sign, send, wait.

use std::time::{Duration, Instant};

use alloy::consensus::TxEnvelope;
use alloy::eips::eip2718::Encodable2718;
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use ballast_bindings::{RevertError, decode_revert};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::endpoint::Endpoint;
use crate::error::{ChainError, revert_of};
use crate::manifest::Manifest;

/// Wait between two looks at a receipt.
const POLL: Duration = Duration::from_secs(1);
/// The same on a local chain, which mines at once.
const POLL_LOCAL: Duration = Duration::from_millis(20);
/// How long a transaction is waited for.
const MINED_TIMEOUT: Duration = Duration::from_secs(180);
/// Gas beyond the estimate, in percent: time-dependent vesting can touch one slot more than the simulation did.
const GAS_MARGIN_PERCENT: u64 = 20;
/// Priority fee where the endpoint suggests none.
const FALLBACK_PRIORITY_WEI: u128 = 1_000_000_000;
/// JSON-RPC code of an unknown method.
const METHOD_NOT_FOUND: i64 = -32_601;

/// One transaction to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, for people: names the action in errors and progress.
    pub label: String,
    /// The contract called; none creates one.
    pub to: Option<Address>,
    /// The call, encoded.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
}

impl Step {
    /// A call of `to`.
    pub fn call(label: impl Into<String>, to: Address, data: Vec<u8>) -> Self {
        Self {
            label: label.into(),
            to: Some(to),
            data: data.into(),
            value: U256::ZERO,
        }
    }

    /// A creation.
    pub fn create(label: impl Into<String>, code: Bytes) -> Self {
        Self {
            label: label.into(),
            to: None,
            data: code,
            value: U256::ZERO,
        }
    }

    /// The same with wei sent along.
    #[must_use]
    pub fn with_value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }
}

/// What became of a transaction.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// What it did.
    pub action: String,
    /// Its hash.
    pub hash: B256,
    /// The block that holds it.
    pub block: u64,
    /// Gas it used.
    pub gas_used: u64,
    /// The contract it created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Address>,
    /// Its logs.
    #[serde(skip)]
    pub logs: Vec<alloy::rpc::types::Log>,
}

/// Fees of one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fees {
    /// Chains with a base fee.
    Market { max_wei: u128, priority_wei: u128 },
    /// Chains without.
    Legacy { price_wei: u128 },
}

impl Fees {
    fn most(self) -> u128 {
        match self {
            Self::Market { max_wei, .. } => max_wei,
            Self::Legacy { price_wei } => price_wei,
        }
    }
}

/// Sends the transactions of one key, one after the other.
///
/// The nonce is counted here: asked of the chain once, raised by each accepted send, forgotten by each failed one.
#[derive(Debug)]
pub struct Sender {
    endpoint: Endpoint,
    wallet: EthereumWallet,
    signer: PrivateKeySigner,
    address: Address,
    next_nonce: Mutex<Option<u64>>,
    max_fee_wei: Option<u128>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimulatedCall {
    #[serde(default)]
    return_data: Bytes,
    status: String,
    error: Option<SimulatedError>,
}

#[derive(Debug, Deserialize)]
struct SimulatedError {
    #[serde(default)]
    message: String,
    data: Option<Bytes>,
}

#[derive(Debug, Deserialize)]
struct SimulatedBlock {
    calls: Vec<SimulatedCall>,
}

impl Sender {
    /// A sender of `signer`'s transactions over `endpoint`; no transaction pays more than `max_fee_wei` per gas.
    pub fn new(endpoint: Endpoint, signer: PrivateKeySigner, max_fee_wei: Option<u128>) -> Self {
        let address = signer.address();
        Self {
            endpoint,
            wallet: signer.clone().into(),
            signer,
            address,
            next_nonce: Mutex::new(None),
            max_fee_wei,
        }
    }

    /// The account that sends.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs `manifest` with the key that sends.
    ///
    /// # Errors
    /// [`ChainError::Key`].
    pub fn sign_manifest(&self, manifest: &mut Manifest) -> Result<(), ChainError> {
        manifest.sign(&self.signer)
    }

    /// Where it sends.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Runs `steps` in order on one copy of the newest state and gives what each returned. Nothing is sent.
    ///
    /// Where the endpoint cannot run several calls or creations on one state, only the first step is run; [`Sender::execute`] then
    /// simulates each later step after the steps before it were mined.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] naming the step, [`ChainError::Rpc`].
    pub async fn simulate(&self, steps: &[Step]) -> Result<Vec<Bytes>, ChainError> {
        if let [step] = steps {
            return Ok(vec![self.simulate_one(step).await?]);
        }
        let calls: Vec<Value> = steps.iter().map(|step| self.call_json(step)).collect();
        let params =
            json!([{ "blockStateCalls": [{ "calls": calls }], "validation": false }, "latest"]);
        let answer: Result<Vec<SimulatedBlock>, _> = self
            .endpoint
            .provider()
            .raw_request("eth_simulateV1".into(), params)
            .await;
        match answer {
            Ok(blocks) => {
                let calls = blocks
                    .into_iter()
                    .next()
                    .map(|block| block.calls)
                    .unwrap_or_default();
                steps
                    .iter()
                    .zip(calls)
                    .map(|(step, call)| outcome(step, call))
                    .collect()
            }
            Err(error) if cannot_run(&error, steps) => match steps.first() {
                Some(step) => Ok(vec![self.simulate_one(step).await?]),
                None => Ok(Vec::new()),
            },
            Err(error) => Err(ChainError::from_rpc("eth_simulateV1", &error)),
        }
    }

    async fn simulate_one(&self, step: &Step) -> Result<Bytes, ChainError> {
        self.endpoint
            .provider()
            .call(self.request(step))
            .block(BlockId::latest())
            .await
            .map_err(|error| labelled(step, &error, "eth_call"))
    }

    /// Simulates all `steps` together, then sends them one after the other, waiting for each. `before` is called with
    /// the index of each step about to be sent.
    ///
    /// # Errors
    /// As [`Sender::simulate`] and [`Sender::send`]; after an error no later step is sent.
    pub async fn execute(
        &self,
        steps: &[Step],
        mut before: impl FnMut(usize, &Step),
    ) -> Result<Vec<Receipt>, ChainError> {
        self.simulate(steps).await?;
        let mut receipts = Vec::with_capacity(steps.len());
        for (index, step) in steps.iter().enumerate() {
            before(index, step);
            receipts.push(self.send(step).await?);
        }
        Ok(receipts)
    }

    /// Estimates, signs and sends one step and waits until it is mined.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] before sending or after mining, [`ChainError::InsufficientFunds`],
    /// [`ChainError::FeeOverLimit`], [`ChainError::NotMined`], [`ChainError::Rpc`].
    pub async fn send(&self, step: &Step) -> Result<Receipt, ChainError> {
        let hash = self.submit(step).await?;
        let receipt = self.wait(hash).await?;
        if !receipt.status() {
            return Err(self.explain(step, &receipt).await);
        }
        Ok(Receipt {
            action: step.label.clone(),
            hash,
            block: receipt.block_number.unwrap_or_default(),
            gas_used: receipt.gas_used,
            created: receipt.contract_address,
            logs: receipt.inner.logs().to_vec(),
        })
    }

    /// Estimates, signs and sends one step without waiting, and gives its hash.
    ///
    /// # Errors
    /// As [`Sender::send`], except that nothing is known of what becomes of it.
    pub async fn submit(&self, step: &Step) -> Result<B256, ChainError> {
        let provider = self.endpoint.provider();
        let estimate = provider
            .estimate_gas(self.request(step))
            .await
            .map_err(|error| labelled(step, &error, "eth_estimateGas"))?;
        let gas = estimate.saturating_add(estimate.saturating_mul(GAS_MARGIN_PERCENT) / 100);
        let fees = self.fees().await?;
        self.check_funds(step, gas, fees).await?;
        // Held until the endpoint has accepted or refused, so that nonces leave in order.
        let mut next_nonce = self.next_nonce.lock().await;
        let nonce = match *next_nonce {
            Some(nonce) => nonce,
            None => provider
                .get_transaction_count(self.address)
                .pending()
                .await
                .map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?,
        };
        let envelope = self.sign(step, gas, fees, nonce).await?;
        match provider
            .send_raw_transaction(&envelope.encoded_2718())
            .await
        {
            Ok(_) => {
                *next_nonce = Some(nonce.saturating_add(1));
                Ok(*envelope.tx_hash())
            }
            Err(error) => {
                *next_nonce = None;
                Err(labelled(step, &error, "eth_sendRawTransaction"))
            }
        }
    }

    async fn sign(
        &self,
        step: &Step,
        gas: u64,
        fees: Fees,
        nonce: u64,
    ) -> Result<TxEnvelope, ChainError> {
        let mut request = self
            .request(step)
            .with_chain_id(self.endpoint.chain_id())
            .with_nonce(nonce)
            .with_gas_limit(gas);
        if step.to.is_none() {
            request.set_create();
        }
        let request = match fees {
            Fees::Market {
                max_wei,
                priority_wei,
            } => request
                .with_max_fee_per_gas(max_wei)
                .with_max_priority_fee_per_gas(priority_wei),
            Fees::Legacy { price_wei } => request.with_gas_price(price_wei),
        };
        request
            .build(&self.wallet)
            .await
            .map_err(|error| ChainError::Key {
                detail: error.to_string(),
            })
    }

    /// Waits until `hash` is mined.
    ///
    /// # Errors
    /// [`ChainError::NotMined`], [`ChainError::Rpc`].
    pub async fn wait(&self, hash: B256) -> Result<TransactionReceipt, ChainError> {
        let poll = if self.endpoint.is_local() {
            POLL_LOCAL
        } else {
            POLL
        };
        let deadline = Instant::now() + MINED_TIMEOUT;
        loop {
            let receipt = self
                .endpoint
                .provider()
                .get_transaction_receipt(hash)
                .await
                .map_err(|error| ChainError::from_rpc("eth_getTransactionReceipt", &error))?;
            if let Some(receipt) = receipt {
                return Ok(receipt);
            }
            if Instant::now() >= deadline {
                return Err(ChainError::NotMined {
                    hash,
                    waited_secs: MINED_TIMEOUT.as_secs(),
                });
            }
            tokio::time::sleep(poll).await;
        }
    }

    /// The reason of a mined failure, from running it again on the state it met.
    async fn explain(&self, step: &Step, receipt: &TransactionReceipt) -> ChainError {
        let block = receipt.block_number.unwrap_or_default();
        let call = self
            .endpoint
            .provider()
            .call(self.request(step))
            .block(BlockId::number(block));
        let error = match call.await {
            Err(error) => revert_of(&error).unwrap_or(RevertError::Empty),
            Ok(_) => RevertError::Empty,
        };
        ChainError::Reverted {
            action: step.label.clone(),
            error,
        }
    }

    async fn fees(&self) -> Result<Fees, ChainError> {
        let provider = self.endpoint.provider();
        let tip = provider
            .get_block_by_number(BlockNumberOrTag::Latest)
            .await
            .map_err(|error| ChainError::from_rpc("eth_getBlockByNumber", &error))?;
        let fees = match tip.and_then(|block| block.header.base_fee_per_gas) {
            Some(base) => {
                let priority_wei = provider
                    .get_max_priority_fee_per_gas()
                    .await
                    .unwrap_or(FALLBACK_PRIORITY_WEI);
                // Twice the base fee holds through six full blocks in a row.
                Fees::Market {
                    max_wei: u128::from(base)
                        .saturating_mul(2)
                        .saturating_add(priority_wei),
                    priority_wei,
                }
            }
            None => Fees::Legacy {
                price_wei: provider
                    .get_gas_price()
                    .await
                    .map_err(|error| ChainError::from_rpc("eth_gasPrice", &error))?,
            },
        };
        match self.max_fee_wei {
            Some(max_wei) if fees.most() > max_wei => Err(ChainError::FeeOverLimit {
                asked_wei: fees.most(),
                max_wei,
            }),
            _ => Ok(fees),
        }
    }

    async fn check_funds(&self, step: &Step, gas: u64, fees: Fees) -> Result<(), ChainError> {
        let balance = self.endpoint.native_balance(self.address).await?;
        let needed = step
            .value
            .saturating_add(U256::from(gas).saturating_mul(U256::from(fees.most())));
        if balance < needed {
            return Err(ChainError::InsufficientFunds {
                account: self.address,
                balance,
                needed,
            });
        }
        Ok(())
    }

    fn request(&self, step: &Step) -> TransactionRequest {
        let request = TransactionRequest::default()
            .with_from(self.address)
            .with_input(step.data.clone())
            .with_value(step.value);
        match step.to {
            Some(to) => request.with_to(to),
            None => request,
        }
    }

    fn call_json(&self, step: &Step) -> Value {
        let mut call = json!({ "from": self.address, "input": step.data, "value": step.value });
        if let (Some(to), Some(object)) = (step.to, call.as_object_mut()) {
            object.insert("to".to_owned(), json!(to));
        }
        call
    }
}

fn labelled(
    step: &Step,
    error: &alloy::transports::RpcError<alloy::transports::TransportErrorKind>,
    method: &str,
) -> ChainError {
    match revert_of(error) {
        Some(error) => ChainError::Reverted {
            action: step.label.clone(),
            error,
        },
        None => ChainError::from_rpc(&format!("{} ({method})", step.label), error),
    }
}

/// Whether the endpoint lacks the method, or knows it without creations, as anvil does.
fn cannot_run(
    error: &alloy::transports::RpcError<alloy::transports::TransportErrorKind>,
    steps: &[Step],
) -> bool {
    let creates = steps.iter().any(|step| step.to.is_none());
    error
        .as_error_resp()
        .is_some_and(|payload| creates || payload.code == METHOD_NOT_FOUND)
}

fn outcome(step: &Step, call: SimulatedCall) -> Result<Bytes, ChainError> {
    if call.status == "0x1" {
        return Ok(call.return_data);
    }
    // Endpoints differ in where they put the data of a revert.
    let error = call.error.as_ref().and_then(|error| error.data.clone());
    let data = error
        .filter(|data| !data.is_empty())
        .unwrap_or(call.return_data);
    let other = call.error.map(|error| error.message);
    let other = other.filter(|text| data.is_empty() && !text.contains("revert"));
    if let Some(detail) = other {
        let method = step.label.clone();
        return Err(ChainError::Rpc { method, detail });
    }
    Err(ChainError::Reverted {
        action: step.label.clone(),
        error: decode_revert(&data),
    })
}
