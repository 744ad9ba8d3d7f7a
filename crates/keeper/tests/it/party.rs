//! A local chain with a book, a pool, a desk and vaults, and keepers on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::{Erc20, PairFactory};
use ballast_chain::anvil::{Anvil, AnvilOptions};
use ballast_chain::manifest::Contracts;
use ballast_chain::{
    BookRecord, ContractRecord, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, Step, devnet, keys,
};
use ballast_keeper::{Config, Keeper, KeeperError, Surroundings};
use ballast_model::vaults::PriceState;
use ballast_store::{SendRecord, Store, all};
use serde_json::{Value, json};

use crate::book::{
    GENESIS, code_of, contract_terms, mint_0Call, mint_1Call, price_words, setCall, terms, whole,
    with_args,
};

/// What every keeper of these tests is told.
pub const FILE: &str = r#"
clock = "chain"
poll_ms = 20
patience_ms = 700
[send]
confirmations = 1
bump_after_blocks = 2
[foreclose]
enabled = false
[convert]
enabled = false
[watch]
check_blocks = 10
"#;

/// The keeper's key.
pub fn key() -> PrivateKeySigner {
    keys::dev_account(3, LOCAL_CHAIN_ID).expect("key")
}

/// The owner of vault `index`.
pub fn owner(index: u64) -> Address {
    let mut bytes = [0x77; 20];
    bytes[12..].copy_from_slice(&index.to_be_bytes());
    Address::from(bytes)
}

/// The chain, its contracts, and a store.
pub struct Party {
    pub anvil: Anvil,
    pub endpoint: Endpoint,
    pub bank: Sender,
    pub store: Arc<dyn Store>,
    pub folder: tempfile::TempDir,
    pub book: Address,
    pub prices: Address,
    pub collateral: Address,
    pub pair: Address,
    pub factory: Address,
    pub desk: Address,
    pub vaults: u64,
}

impl Party {
    /// A book with so many vaults of 10 collateral each, owing 13,000 and a little more one after the other, at a price
    /// of 2,000; and a deep pool of that price.
    pub async fn new(vaults: u64) -> Self {
        let options = AnvilOptions {
            timestamp: Some(GENESIS),
            accounts: Some(4),
            ..AnvilOptions::default()
        };
        let anvil =
            Anvil::start(&options).expect("anvil starts; `npm ci` in contracts installs it");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        devnet::set_block_interval(&endpoint, 1)
            .await
            .expect("sets the clock");
        let bank = Sender::new(
            endpoint.clone(),
            keys::dev_account(0, LOCAL_CHAIN_ID).expect("key"),
            None,
        );
        let folder = tempfile::tempdir().expect("folder");
        let store = ballast_store::open(&store_of(folder.path()))
            .await
            .expect("opens");
        let mut party = Self {
            anvil,
            endpoint,
            bank,
            store,
            folder,
            book: Address::ZERO,
            prices: Address::ZERO,
            collateral: Address::ZERO,
            pair: Address::ZERO,
            factory: Address::ZERO,
            desk: Address::ZERO,
            vaults,
        };
        party.deploy().await;
        party.open_vaults().await;
        party
    }

    async fn create(&self, code: Bytes) -> Address {
        let receipt = self
            .bank
            .send(&Step::create("create", code))
            .await
            .expect("creates");
        receipt.created.expect("an address")
    }

    pub async fn must<C: SolCall>(&self, to: Address, call: &C) {
        let step = Step::call("call", to, call.abi_encode());
        self.bank.send(&step).await.expect("the call succeeds");
    }

    async fn deploy(&mut self) {
        let bank = self.bank.address();
        self.prices = self.create(code_of("artifacts/SettablePrices.json")).await;
        let asset = ("Ether".to_owned(), U256::from(18)).abi_encode_params();
        self.collateral = self
            .create(with_args(&code_of("artifacts/TestAsset.json"), asset))
            .await;
        let args = (
            "Dollar".to_owned(),
            "SYN".to_owned(),
            bank,
            Address::ZERO,
            Address::ZERO,
            U256::ZERO,
        );
        let code = with_args(&Artifact::VaultBook.bytecode(), args.abi_encode_params());
        self.book = self.create(code).await;
        let factory = code_of("node_modules/@uniswap/v2-core/build/UniswapV2Factory.json");
        self.factory = self
            .create(with_args(&factory, Address::ZERO.abi_encode()))
            .await;
        let desk = with_args(&Artifact::TakeDesk.bytecode(), key().address().abi_encode());
        self.desk = self.create(desk).await;
        self.reprice(2_000_000, PriceState::Safe).await;
        let mut terms = contract_terms(&terms(self.collateral, self.prices));
        terms.rateController = bank;
        self.must(
            self.book,
            &VaultBook::createMarketCall {
                terms,
                ceiling: whole(1_000_000_000),
                mintLimit: whole(1_000_000_000),
                rate: U256::from(1_000_000_000_u64),
            },
        )
        .await;
        let call = PairFactory::createPairCall {
            tokenA: self.collateral,
            tokenB: self.book,
        };
        self.must(self.factory, &call).await;
        let get = PairFactory::getPairCall {
            tokenA: self.collateral,
            tokenB: self.book,
        };
        self.pair = self.read(self.factory, &get).await;
    }

    async fn open_vaults(&self) {
        let amount = whole(1_000_000);
        let to = self.bank.address();
        self.must(self.collateral, &mint_0Call { to, amount }).await;
        let spender = self.book;
        self.must(self.collateral, &Erc20::approveCall { spender, amount })
            .await;
        let all: Vec<(Address, U256, U256)> = (0..self.vaults)
            .map(|index| {
                (
                    owner(index),
                    whole(10),
                    whole(13_000) + whole(2_000) * U256::from(index) / U256::from(self.vaults),
                )
            })
            .collect();
        let adjust = VaultBook::adjustCall {
            market: U256::ZERO,
            dCollateral: whole(50_000).try_into().expect("fits"),
            dDebt: whole(40_000_000).try_into().expect("fits"),
        };
        self.must(self.book, &adjust).await;
        for (owner, collateral, debt) in all {
            self.as_owner(owner, collateral, debt).await;
        }
        let call = mint_0Call {
            to: self.pair,
            amount: whole(10_000),
        };
        self.must(self.collateral, &call).await;
        let call = Erc20::transferCall {
            to: self.pair,
            amount: whole(20_000_000),
        };
        self.must(self.book, &call).await;
        self.must(self.pair, &mint_1Call { to }).await;
    }

    /// Opens a vault as its owner, whom the chain lets act without a key.
    async fn as_owner(&self, owner: Address, collateral: U256, debt: U256) {
        self.must(
            self.collateral,
            &mint_0Call {
                to: owner,
                amount: collateral,
            },
        )
        .await;
        devnet::set_balance(&self.endpoint, owner, whole(1))
            .await
            .expect("funds");
        self.ask("anvil_impersonateAccount", json!([owner])).await;
        let approve = Erc20::approveCall {
            spender: self.book,
            amount: collateral,
        };
        let adjust = VaultBook::adjustCall {
            market: U256::ZERO,
            dCollateral: collateral.try_into().expect("fits"),
            dDebt: debt.try_into().expect("fits"),
        };
        for (to, data) in [
            (self.collateral, approve.abi_encode()),
            (self.book, adjust.abi_encode()),
        ] {
            let call =
                json!([{ "from": owner, "to": to, "data": Bytes::from(data), "gas": "0x100000" }]);
            self.ask("eth_sendTransaction", call).await;
        }
    }

    pub async fn ask(&self, method: &'static str, params: Value) -> Value {
        let answer = self.endpoint.provider().raw_request(method.into(), params);
        answer.await.expect(method)
    }

    pub async fn read<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        let call = json!([{ "to": to, "data": Bytes::from(call.abi_encode()) }, "latest"]);
        let answer = self.ask("eth_call", call).await;
        let bytes: Bytes = answer
            .as_str()
            .expect("hexadecimal")
            .parse()
            .expect("bytes");
        C::abi_decode_returns(&bytes).expect("decodes")
    }

    /// Sets the price, in thousandths of a synthetic.
    pub async fn reprice(&self, thousandths: u64, state: PriceState) {
        let (low, mid, high) = price_words(thousandths);
        let call = setCall {
            asset: self.collateral,
            low,
            mid,
            high,
            state: state.code(),
        };
        self.must(self.prices, &call).await;
    }

    pub async fn mine(&self) {
        devnet::mine(&self.endpoint).await.expect("mines");
    }

    /// How many vaults are unhealthy at that price.
    pub async fn unhealthy(&self, thousandths: u64) -> usize {
        let mut count = 0;
        for index in 0..self.vaults {
            let call = VaultBook::vaultOfCall {
                market: U256::ZERO,
                owner: owner(index),
            };
            let seen = self.read(self.book, &call).await;
            let value = seen.collateral * price_words(thousandths).1 / (whole(1) * whole(1));
            let limit = value * terms(Address::ZERO, Address::ZERO).liq_ltv.get();
            if seen.debt * whole(1) > limit {
                count += 1;
            }
        }
        count
    }

    /// The deployment as a keeper reads it.
    pub async fn manifest(&self) -> Manifest {
        let first = self.endpoint.block(0.into()).await.expect("reads");
        let record = |address| ContractRecord {
            address,
            code_hash: B256::ZERO,
        };
        let nobody = record(Address::repeat_byte(0xee));
        Manifest {
            name: "test".into(),
            chain_id: LOCAL_CHAIN_ID,
            genesis_block: 0,
            genesis_hash: first.expect("the first block").hash,
            contracts: Contracts {
                launchpad: nobody,
                token_deployer: nobody,
                reserve_implementation: nobody,
                converter_implementation: nobody,
                lock_implementation: nobody,
                wrapped_native: record(self.collateral),
                factory: record(self.factory),
                router: None,
            },
            books: vec![BookRecord {
                symbol: "SYN".into(),
                first_block: 0,
                book: record(self.book),
                prices: record(self.prices),
                governor: record(self.bank.address()),
                peg_module: None,
                rate_controller: None,
                backstop: None,
                sources: Vec::new(),
            }],
            signature: None,
        }
    }

    /// The file of a keeper with a desk, with more settings and more sections.
    pub fn config(&self, settings: &str, sections: &str) -> Config {
        let desk = self.desk;
        let book = format!("[[book]]\nsynthetic = \"SYN\"\ndesk = \"{desk}\"");
        let text = format!("{settings}\n{FILE}\n{book}\n{sections}\n");
        Config::parse(&text).expect("the file is in order")
    }

    /// A keeper of that configuration.
    pub async fn keeper(&self, config: Config) -> Result<Keeper, KeeperError> {
        self.keeper_of(self.manifest().await, config).await
    }

    /// A keeper of that deployment.
    pub async fn keeper_of(
        &self,
        manifest: Manifest,
        config: Config,
    ) -> Result<Keeper, KeeperError> {
        let around = Surroundings {
            manifest,
            endpoint: Some(self.endpoint.clone()),
            store: Arc::clone(&self.store),
            signer: key(),
        };
        Keeper::open(config, around, None).await
    }

    /// Lets a keeper work, and the chain mine, until no vault is unhealthy and nothing is on its way.
    pub async fn work(&self, keeper: &mut Keeper, thousandths: u64, blocks: usize) {
        for _ in 0..blocks {
            // An endpoint may fail for a moment.
            let passed = keeper.step().await;
            if passed.is_ok()
                && self.unhealthy(thousandths).await == 0
                && keeper.status().figures().sends.waiting == 0
            {
                return;
            }
            self.mine().await;
        }
        panic!(
            "{} vaults are unhealthy after {blocks} blocks: {:?}",
            self.unhealthy(thousandths).await,
            keeper.status().figures()
        );
    }

    /// Everything that was ever wanted.
    pub async fn sends(&self) -> Vec<SendRecord> {
        all(self.store.as_ref()).await.expect("reads")
    }

    /// Transactions of the keeper that were mined.
    pub async fn count(&self) -> u64 {
        let count = self
            .endpoint
            .provider()
            .get_transaction_count(key().address());
        count.await.expect("reads")
    }
}

/// The store in a folder.
pub fn store_of(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("keeper.sqlite").display())
}

/// A pause of a test.
pub async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
