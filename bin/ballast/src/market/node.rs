//! The local chain as the market drives it: transactions of unlocked accounts, blocks when it says, reads in batches.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::client::BatchRequest;
use alloy::rpc::types::TransactionReceipt;
use ballast_bindings::{RevertError, decode_revert};
use ballast_chain::{ChainError, Endpoint, devnet};
use serde_json::{Value, json};

/// Most requests in one batch.
const BATCH_MAX: usize = 100;
/// Wei per gas of the first transaction of a block; each later one offers a wei less, which fixes their order.
const GAS_PRICE_WEI: u128 = 50_000_000_000;

/// A transaction to be.
#[derive(Clone, Debug)]
pub struct Tx {
    /// Who sends it.
    pub from: Address,
    /// The contract called; none creates one.
    pub to: Option<Address>,
    /// The call, encoded.
    pub data: Vec<u8>,
    /// Wei sent along.
    pub value: U256,
    /// Gas it may use.
    pub gas: u64,
    /// Wei per gas that it offers at most; none for enough, which also fixes its place in the block.
    pub fee_wei: Option<u128>,
}

impl Tx {
    /// A call of `to`.
    pub fn call(from: Address, to: Address, data: Vec<u8>, gas: u64) -> Self {
        Self {
            from,
            to: Some(to),
            data,
            value: U256::ZERO,
            gas,
            fee_wei: None,
        }
    }

    /// The same with what it offers per gas.
    #[must_use]
    pub fn offering(mut self, fee_wei: u128) -> Self {
        self.fee_wei = Some(fee_wei);
        self
    }
}

/// A block that was mined.
#[derive(Debug)]
pub struct Mined {
    /// Receipts of the transactions given, in their order.
    pub own: Vec<TransactionReceipt>,
    /// Receipts of all transactions, in the block's order.
    pub all: Vec<TransactionReceipt>,
}

/// A read to be: the contract and the call.
pub type Read = (Address, Vec<u8>);

/// The chain under the market's hands. While it plays, no block is mined but by [`Node::block`].
#[derive(Debug)]
pub struct Node {
    endpoint: Endpoint,
    nonces: BTreeMap<Address, u64>,
    blocks: u64,
    transactions: u64,
}

impl Node {
    /// Takes over mining.
    ///
    /// # Errors
    /// Where the endpoint is no local chain.
    pub async fn take_over(endpoint: Endpoint) -> eyre::Result<Self> {
        devnet::set_automine(&endpoint, false).await?;
        Ok(Self {
            endpoint,
            nonces: BTreeMap::new(),
            blocks: 0,
            transactions: 0,
        })
    }

    /// Gives mining back: a block for each transaction.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn give_back(&self) -> eyre::Result<()> {
        Ok(devnet::set_automine(&self.endpoint, true).await?)
    }

    /// Blocks mined so far.
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Transactions mined so far, failed ones included.
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// The accounts that the chain signs for.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn accounts(&self) -> eyre::Result<Vec<Address>> {
        let accounts = self.endpoint.provider().get_accounts().await;
        Ok(accounts.map_err(|error| ChainError::from_rpc("eth_accounts", &error))?)
    }

    /// Answers of `reads` on block `number` as it stands at `time` if nobody does anything until then.
    ///
    /// # Errors
    /// As [`Node::read`].
    pub async fn read_at(
        &self,
        reads: &[Read],
        number: u64,
        time: u64,
    ) -> eyre::Result<Vec<Bytes>> {
        let at = json!({ "time": U256::from(time) });
        let params = reads
            .iter()
            .map(|read| json!([call(read), U256::from(number), null, at]));
        self.batch("eth_call", params.collect()).await
    }

    /// Answers of `reads` at the newest block, in order.
    ///
    /// # Errors
    /// Where one reverts or the chain does not answer.
    pub async fn read(&self, reads: &[Read]) -> eyre::Result<Vec<Bytes>> {
        let params = reads.iter().map(|read| json!([call(read), "latest"]));
        self.batch("eth_call", params.collect()).await
    }

    /// The same on the newest state as it stands at `time` if nobody does anything until then.
    ///
    /// # Errors
    /// As [`Node::read`].
    pub async fn read_at_time(&self, reads: &[Read], time: u64) -> eyre::Result<Vec<Bytes>> {
        let at = json!({ "time": U256::from(time) });
        let params = reads
            .iter()
            .map(|read| json!([call(read), "latest", null, at]));
        self.batch("eth_call", params.collect()).await
    }

    /// Sends `txs`, mines them as one block at `time` and gives their receipts in the same order.
    ///
    /// # Errors
    /// Where one is refused or not mined. A reverted one is no error here.
    pub async fn block(&mut self, txs: &[Tx], time: u64) -> eyre::Result<Vec<TransactionReceipt>> {
        Ok(self.mine(txs, time).await?.own)
    }

    /// The same, with the receipts of what others sent.
    ///
    /// # Errors
    /// As [`Node::block`].
    pub async fn mine(&mut self, txs: &[Tx], time: u64) -> eyre::Result<Mined> {
        let mut params = Vec::with_capacity(txs.len());
        // A block takes the better offer first, even of one sender: his later transactions must not offer more.
        let mut offers: BTreeMap<Address, u128> = BTreeMap::new();
        for (index, tx) in txs.iter().enumerate() {
            let nonce = self.nonce(tx.from).await?;
            let offer = tx.fee_wei.unwrap_or(GAS_PRICE_WEI);
            let before = offers.get(&tx.from).copied().unwrap_or(u128::MAX);
            let offer = offer.min(before).saturating_sub(index as u128);
            offers.insert(tx.from, offer);
            params.push(json!([request(tx, nonce, offer)]));
        }
        let hashes: Vec<B256> = self.batch("eth_sendTransaction", params).await?;
        self.request::<Value>("evm_mine", json!([{ "timestamp": time }]))
            .await?;
        self.blocks += 1;
        let all: Vec<TransactionReceipt> = self
            .request("eth_getBlockReceipts", json!(["latest"]))
            .await?;
        self.transactions += all.len() as u64;
        let by_hash: BTreeMap<B256, &TransactionReceipt> = all
            .iter()
            .map(|receipt| (receipt.transaction_hash, receipt))
            .collect();
        let receipt = |(hash, tx): (&B256, &Tx)| {
            let found = by_hash.get(hash).map(|receipt| (*receipt).clone());
            found.ok_or_else(|| {
                let (from, to, mined) = (tx.from, tx.to, all.len());
                eyre::eyre!(
                    "transaction {hash} of {from} to {to:?} is missing from its block, which has {mined} of {}",
                    txs.len()
                )
            })
        };
        let own = hashes
            .iter()
            .zip(txs)
            .map(receipt)
            .collect::<eyre::Result<_>>()?;
        Ok(Mined { own, all })
    }

    /// The chain under it.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Lets every account send without its key, and gives `accounts` native currency.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn open_accounts(&self, accounts: &[Address], wei: U256) -> eyre::Result<()> {
        self.request::<Value>("anvil_autoImpersonateAccount", json!([true]))
            .await?;
        let params = accounts.iter().map(|account| json!([account, wei]));
        self.batch::<Value>("anvil_setBalance", params.collect())
            .await
            .map(drop)
    }

    /// What the next block asks per gas at least, in wei.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn set_base_fee(&self, wei: u128) -> eyre::Result<()> {
        self.request::<Value>("anvil_setNextBlockBaseFeePerGas", json!([U256::from(wei)]))
            .await
            .map(drop)
    }

    /// Why a mined transaction reverted, from running its block again.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn why(&self, hash: B256) -> eyre::Result<RevertError> {
        let trace: Value = self
            .request(
                "debug_traceTransaction",
                json!([hash, { "tracer": "callTracer" }]),
            )
            .await?;
        let output = trace
            .get("output")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Bytes>().ok());
        Ok(decode_revert(&output.unwrap_or_default()))
    }

    async fn nonce(&mut self, account: Address) -> eyre::Result<u64> {
        let next = self.next_nonce(account).await?;
        self.nonces.insert(account, next + 1);
        Ok(next)
    }

    /// The nonce of the next transaction of `account` that is sent from here.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn next_nonce(&self, account: Address) -> eyre::Result<u64> {
        if let Some(next) = self.nonces.get(&account) {
            return Ok(*next);
        }
        let counted = self
            .endpoint
            .provider()
            .get_transaction_count(account)
            .await;
        Ok(counted.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?)
    }

    /// Number of the newest block.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn tip(&self) -> eyre::Result<u64> {
        Ok(self.endpoint.tip().await?.number)
    }

    async fn request<T: serde::de::DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> eyre::Result<T> {
        let answer = self
            .endpoint
            .provider()
            .raw_request::<_, Value>(method.into(), params)
            .await;
        let value = answer.map_err(|error| ChainError::from_rpc(method, &error))?;
        serde_json::from_value(value)
            .map_err(|error| eyre::eyre!("{method}: an answer of another form: {error}"))
    }

    async fn batch<T>(&self, method: &'static str, params: Vec<Value>) -> eyre::Result<Vec<T>>
    where
        T: serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + Unpin + 'static,
    {
        let client = self.endpoint.provider().client();
        let mut answers = Vec::with_capacity(params.len());
        for chunk in params.chunks(BATCH_MAX) {
            let failed = |error| ChainError::from_rpc(method, &error);
            let mut batch = BatchRequest::new(client);
            let mut waiting = Vec::with_capacity(chunk.len());
            for params in chunk {
                waiting.push(batch.add_call::<_, T>(method, params).map_err(failed)?);
            }
            batch.send().await.map_err(failed)?;
            for answer in waiting {
                answers.push(answer.await.map_err(failed)?);
            }
        }
        Ok(answers)
    }
}

fn call((to, data): &Read) -> Value {
    json!({ "to": to, "input": Bytes::copy_from_slice(data) })
}

fn request(tx: &Tx, nonce: u64, offer: u128) -> Value {
    let mut request = json!({
        "from": tx.from,
        "input": Bytes::copy_from_slice(&tx.data),
        "value": tx.value,
        "gas": U256::from(tx.gas),
        "gasPrice": U256::from(offer),
        "nonce": U256::from(nonce),
    });
    if let (Some(to), Some(object)) = (tx.to, request.as_object_mut()) {
        object.insert("to".to_owned(), json!(to));
    }
    request
}
