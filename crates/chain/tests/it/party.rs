//! A local chain that mines when told, and outboxes on it.

use std::sync::Arc;

use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use ballast_chain::anvil::{Anvil, AnvilOptions};
use ballast_chain::sender::Step;
use ballast_chain::tx::{Intent, Outbox, Outcome, Policy, Routes, SendState};
use ballast_chain::{Endpoint, LOCAL_CHAIN_ID, devnet, keys};
use ballast_store::{AlertRaised, Store, all};
use serde_json::{Value, json};

/// One gwei.
pub const GWEI: u128 = 1_000_000_000;

/// A chain without blocks of its own, a store, and the endpoint.
pub struct Party {
    pub anvil: Anvil,
    pub endpoint: Endpoint,
    pub store: Arc<dyn Store>,
    pub folder: tempfile::TempDir,
}

/// The key that sends.
pub fn key() -> PrivateKeySigner {
    keys::dev_account(0, LOCAL_CHAIN_ID).expect("key")
}

/// A receiver that nobody else pays.
pub fn receiver(number: u64) -> Address {
    let mut bytes = [0x5a; 20];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Address::from(bytes)
}

/// One wei for the receiver `number`: what it has counts how often it was paid.
pub fn pay(number: u64) -> Intent {
    let step = Step::call(format!("pay {number}"), receiver(number), Vec::new());
    Intent::new(format!("pay {number}"), step.with_value(U256::ONE))
}

/// A policy that calls an outcome final in the block that holds it.
pub fn hasty() -> Policy {
    Policy {
        service: "keeper:test".to_owned(),
        confirmations: 0,
        bump_after_blocks: 2,
        patience: std::time::Duration::from_secs(2),
        ..Policy::default()
    }
}

impl Party {
    pub async fn new() -> Self {
        let options = AnvilOptions {
            program: Some(ballast_testkit::anvil_path().expect("anvil")),
            extra: vec!["--no-mining".to_owned()],
            ..AnvilOptions::default()
        };
        let anvil = Anvil::start(&options).expect("anvil starts");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        let folder = tempfile::tempdir().expect("folder");
        let store = ballast_store::open(&store_of(&folder))
            .await
            .expect("opens");
        let party = Self {
            anvil,
            endpoint,
            store,
            folder,
        };
        party.mine().await;
        party
    }

    /// The store's address, for another program.
    pub fn address(&self) -> String {
        store_of(&self.folder)
    }

    pub async fn outbox(&self, policy: Policy) -> Outbox {
        let routes = Routes::single(self.endpoint.clone());
        self.outbox_by(routes, policy).await
    }

    pub async fn outbox_by(&self, routes: Routes, policy: Policy) -> Outbox {
        let store = Arc::clone(&self.store);
        let opened = Outbox::open(store, routes, key(), policy).await;
        opened.expect("the outbox opens")
    }

    pub async fn mine(&self) {
        devnet::mine(&self.endpoint).await.expect("mines");
    }

    pub async fn ask(&self, method: &'static str, params: Value) -> Value {
        let answer = self.endpoint.provider().raw_request(method.into(), params);
        answer.await.expect(method)
    }

    /// The base fee of the next block.
    pub async fn base_fee(&self, wei: u128) {
        let params = json!([format!("0x{wei:x}")]);
        self.ask("anvil_setNextBlockBaseFeePerGas", params).await;
    }

    pub async fn paid(&self, number: u64) -> U256 {
        let balance = self.endpoint.native_balance(receiver(number)).await;
        balance.expect("reads")
    }

    /// Transactions of the key that were mined.
    pub async fn count(&self) -> u64 {
        let count = self
            .endpoint
            .provider()
            .get_transaction_count(key().address());
        count.await.expect("reads")
    }

    /// Hashes that the node's pool has, mined next or waiting for a nonce.
    pub async fn pool(&self) -> usize {
        let pool = self.ask("txpool_content", json!([])).await;
        let of = |part: &str| -> usize {
            let accounts = pool[part].as_object().expect("accounts");
            let sizes = accounts
                .values()
                .map(|all| all.as_object().map_or(0, |all| all.len()));
            sizes.sum()
        };
        of("pending") + of("queued")
    }

    /// What somebody else who has the key sends: one wei for `number` with this nonce.
    pub async fn foreign(&self, number: u64, nonce: u64, fee_wei: u128) -> B256 {
        let request = TransactionRequest::default()
            .with_to(receiver(number))
            .with_value(U256::ONE)
            .with_nonce(nonce)
            .with_chain_id(LOCAL_CHAIN_ID)
            .with_gas_limit(21_000)
            .with_max_fee_per_gas(fee_wei)
            .with_max_priority_fee_per_gas(fee_wei / 2);
        let wallet = EthereumWallet::from(key());
        let signed = request.build(&wallet).await.expect("signs");
        let raw = signed.encoded_2718();
        let sent = self.endpoint.provider().send_raw_transaction(&raw).await;
        *sent.expect("sends").tx_hash()
    }

    /// Hash of the chain's first block.
    pub async fn genesis(&self) -> B256 {
        let first = self
            .endpoint
            .block(alloy::eips::BlockNumberOrTag::Earliest)
            .await;
        first.expect("reads").expect("is there").hash
    }

    pub async fn alerts(&self) -> Vec<String> {
        let raised: Vec<AlertRaised> = all(self.store.as_ref()).await.expect("reads");
        raised.into_iter().map(|alert| alert.kind).collect()
    }
}

fn store_of(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("store").display())
}

/// Passes and blocks in turn until nothing waits; what became final.
pub async fn run(party: &Party, outbox: &Outbox) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..200 {
        outcomes.extend(outbox.step().await.expect("a pass"));
        if outbox.waiting().await.expect("reads") == 0 {
            return outcomes;
        }
        party.mine().await;
    }
    panic!("it waits for ever: {:?}", outbox.figures());
}

/// Whether `id` was mined with effect.
pub async fn is_mined(outbox: &Outbox, id: &str) -> bool {
    let state = outbox.state(id).await.expect("reads");
    matches!(state, Some(SendState::Mined { .. }))
}
