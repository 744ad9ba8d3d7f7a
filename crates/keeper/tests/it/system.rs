//! A local chain with the whole system: a synthetic with its prices, backstop and peg module, a launched token with its
//! converter, and keepers on it.

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::sol_types::SolCall;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::devfeed::DevFeed;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::{Erc20, Router, WrappedNative};
use ballast_bindings::prices::IPrices;
use ballast_chain::anvil::{Anvil, AnvilOptions};
use ballast_chain::vaults::deploy::{
    self as books, AssetPlan, BookPlan, FeedPlan, MarketPlan, PegPlan, SourcePlan,
};
use ballast_chain::vaults::presets::wad;
use ballast_chain::{
    BookRecord, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, Step, deploy, devnet, keys,
};
use ballast_keeper::{Config, Keeper, Surroundings};
use ballast_store::{Decision, SendRecord, Store, all};
use ballast_types::decimal;
use serde_json::json;

use crate::book::{GENESIS, terms, whole};
use crate::party::{key, store_of};

/// Feeds of each price.
const FEEDS: usize = 3;
/// What every keeper of these tests is told.
const FILE: &str = r#"
clock = "chain"
poll_ms = 20
[send]
confirmations = 0
bump_after_blocks = 2
[watch]
check_blocks = 5
"#;

/// The chain with the contracts that everything stands on, a bank that deployed them, and a store.
pub struct System {
    _anvil: Anvil,
    pub endpoint: Endpoint,
    pub bank: Sender,
    pub store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
    pub manifest: Manifest,
    pub wrapped: Address,
}

/// A synthetic with one market of wrapped native at a price of 2,000, a peg module and a backstop.
pub struct Synthetic {
    pub record: BookRecord,
    pub custody: Address,
    pub native_feeds: Vec<Address>,
    pub custody_feeds: Vec<Address>,
}

/// A launched token.
pub struct Token {
    pub token: Address,
    pub reserve: Address,
    pub converter: Address,
}

impl Synthetic {
    pub fn book(&self) -> Address {
        self.record.book.address
    }

    pub fn prices(&self) -> Address {
        self.record.prices.address
    }

    pub fn backstop(&self) -> Address {
        self.record.backstop.expect("a backstop").address
    }

    pub fn peg(&self) -> Address {
        self.record.peg_module.expect("a peg module").address
    }
}

fn priced(asset: Address, decimals: u8, answer: &str) -> AssetPlan {
    let answer = decimal::parse("answer", answer, 8).expect("a number");
    let source = SourcePlan {
        feed: FeedPlan::Dev(answer),
        feed_least: U256::ONE,
        feed_most: U256::from(u64::MAX),
        max_age_secs: 1_000_000,
        least: whole(1),
        most: U256::from(10).pow(U256::from(59)),
        gas_most: 200_000,
        lockable: false,
        observing: false,
    };
    AssetPlan {
        asset: Some(asset),
        decimals,
        terms: PriceAggregator::AssetTerms {
            maxAgeSecs: U256::from(3_600),
            graceSecs: U256::from(600),
            minSources: U256::from(2),
            deviation: wad(50),
            maxDeviation: wad(200),
            maxStep: wad(1_000),
            stepWindowSecs: U256::from(600),
        },
        sources: vec![source; FEEDS],
    }
}

impl System {
    /// The chain and the contracts under a synthetic and a token.
    pub async fn new() -> Self {
        let options = AnvilOptions {
            timestamp: Some(GENESIS),
            ..AnvilOptions::default()
        };
        let anvil =
            Anvil::start(&options).expect("anvil starts; `npm ci` in contracts installs it");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        devnet::set_block_interval(&endpoint, 1)
            .await
            .expect("sets the clock");
        let bank = keys::dev_account(0, LOCAL_CHAIN_ID).expect("key");
        let bank = Sender::new(endpoint.clone(), bank, None);
        let peers = deploy::peers(&bank, None, |_| {}).await.expect("peers");
        let manifest = deploy::system(&bank, "test", peers, |_| {}).await;
        let folder = tempfile::tempdir().expect("folder");
        let store = ballast_store::open(&store_of(folder.path()))
            .await
            .expect("opens");
        let system = Self {
            _anvil: anvil,
            endpoint,
            bank,
            store,
            _folder: folder,
            manifest: manifest.expect("the system"),
            wrapped: peers.wrapped_native,
        };
        system.wrap(5_000).await;
        system
    }

    /// Deploys a synthetic whose prices nobody has asked for yet.
    pub async fn synthetic(&mut self) -> Synthetic {
        let me = self.bank.address();
        let custody = self.asset().await;
        let terms = terms(self.wrapped, Address::ZERO);
        let plan = BookPlan {
            name: "Dollar".to_owned(),
            symbol: "SYN".to_owned(),
            surplus_buffer: U256::ZERO,
            owner: me,
            guardian: me,
            delay_secs: 172_800,
            assets: vec![priced(self.wrapped, 18, "2000"), priced(custody, 18, "1")],
            markets: vec![MarketPlan {
                terms,
                ceiling: whole(1_000_000_000),
                mint_limit: whole(1_000_000_000),
                rate: U256::from(1_000_000_000_u64),
            }],
            peg: Some(PegPlan {
                custody,
                fee_in: wad(60),
                fee_out: wad(10),
                cap_most: whole(1_000_000),
            }),
            rates: None,
            backstop_cooldown_secs: Some(86_400),
        };
        let nonce = self.endpoint.provider().get_transaction_count(me).await;
        let deployment = books::book(&plan, me, nonce.expect("a nonce"));
        let mut receipts = Vec::new();
        for step in &deployment.steps {
            receipts.push(self.bank.send(step).await.expect("deploys"));
        }
        let record = deployment.record(&self.endpoint, &plan.symbol, &receipts);
        let record = record.await.expect("deployed");
        self.manifest.books.push(record.clone());
        // A feed, then its source.
        let feeds: Vec<Address> = deployment.created.iter().step_by(2).copied().collect();
        Synthetic {
            record,
            custody,
            native_feeds: feeds[..FEEDS].to_vec(),
            custody_feeds: feeds[FEEDS..2 * FEEDS].to_vec(),
        }
    }

    /// The same with prices, and with so much of the synthetic in the hands of the bank, from a vault that no fall of
    /// these tests reaches.
    pub async fn funded(&mut self) -> Synthetic {
        let made = self.synthetic().await;
        for asset in [self.wrapped, made.custody] {
            self.must(made.prices(), &IPrices::pokeCall { asset }).await;
        }
        self.open_vault(&self.bank, made.book(), (2_000, 400_000))
            .await;
        made
    }

    /// Puts synthetic into the backstop, and lets the time pass after which it counts.
    pub async fn fill_backstop(&self, made: &Synthetic, synthetics: u64) {
        let (assets, owner) = (whole(synthetics), self.bank.address());
        self.allow(&self.bank, made.book(), made.backstop()).await;
        let call = Backstop::requestEntryCall { assets, owner };
        self.must(made.backstop(), &call).await;
        self.advance(200_000).await;
        self.must(made.backstop(), &Backstop::settleCall {}).await;
        let accounts = self.read(made.backstop(), &Backstop::accountsCall {}).await;
        assert_eq!(accounts.cash, assets, "the entry is settled");
    }

    /// Opens a vault of whole wrapped native that owes whole synthetics.
    pub async fn open_vault(&self, sender: &Sender, book: Address, vault: (u64, u64)) {
        let (collateral, debt) = (whole(vault.0), whole(vault.1));
        self.allow(sender, self.wrapped, book).await;
        let call = VaultBook::adjustCall {
            market: U256::ZERO,
            dCollateral: collateral.try_into().expect("fits"),
            dDebt: debt.try_into().expect("fits"),
        };
        self.must_by(sender, book, &call).await;
    }

    /// An owner beside the bank with so much wrapped native.
    pub async fn owner(&self, wrapped: u64) -> Sender {
        let owner = keys::dev_account(1, LOCAL_CHAIN_ID).expect("key");
        self.give(owner.address(), wrapped).await;
        Sender::new(self.endpoint.clone(), owner, None)
    }

    /// Gives whole wrapped native of the bank's.
    pub async fn give(&self, to: Address, wrapped: u64) {
        let amount = whole(wrapped);
        self.must(self.wrapped, &Erc20::transferCall { to, amount })
            .await;
    }

    pub async fn allow(&self, sender: &Sender, asset: Address, spender: Address) {
        let amount = U256::MAX;
        let call = Erc20::approveCall { spender, amount };
        self.must_by(sender, asset, &call).await;
    }

    /// Launches a token whose pool of 200,000 tokens and 400 wrapped native pays twenty times its floor, under a fee of a
    /// tenth on purchases; the bank may pause it.
    pub async fn token(&self) -> Token {
        let bank = self.bank.address();
        let launchpad = self.manifest.contracts.launchpad.address;
        self.allow(&self.bank, self.wrapped, launchpad).await;
        let params = Launchpad::LaunchParams {
            name: "Harbour".to_owned(),
            symbol: "HRB".to_owned(),
            supply: whole(1_000_000),
            owner: bank,
            guardian: bank,
            assets: vec![self.wrapped],
            seeds: vec![whole(100)],
            terms: Launchpad::Terms {
                redeemable: true,
                redeemFeeBps: 100,
                ltvBps: 9_000,
                termFeeBps: 10,
                flashFeeBps: 8,
                termSecs: 7_200,
                graceSecs: 3_600,
                dripSecs: 3_600,
            },
            path: 1,
            pool: Launchpad::PoolParams {
                tokens: whole(200_000),
                assets: whole(400),
                lockUntil: U256::MAX,
            },
            fees: Launchpad::FeeParams {
                maxBuyBps: 1_000,
                maxSellBps: 0,
                buyBps: 1_000,
                sellBps: 0,
                startMultiple: whole(64),
                split: Launchpad::Split {
                    reserveBps: 8_000,
                    burnBps: 1_000,
                    liquidityBps: 1_000,
                    recipients: Vec::new(),
                },
            },
            salt: B256::ZERO,
        };
        let call = Launchpad::launchCall { params };
        let step = Step::call("launch", launchpad, call.abi_encode());
        self.bank.send(&step).await.expect("launches");
        let index = U256::ZERO;
        let token = self
            .read(launchpad, &Launchpad::tokenAtCall { index })
            .await;
        let made = self
            .read(launchpad, &Launchpad::launchedCall { token })
            .await;
        Token {
            token,
            reserve: made.reserve,
            converter: made.converter,
        }
    }

    /// Buys in the token's pool with whole wrapped native, which brings fee tokens to the converter.
    pub async fn buy(&self, token: &Token, wrapped: u64) {
        let router = self.manifest.contracts.router.expect("a router").address;
        self.allow(&self.bank, self.wrapped, router).await;
        let call = Router::swapExactTokensForTokensSupportingFeeOnTransferTokensCall {
            amountIn: whole(wrapped),
            amountOutMin: U256::ZERO,
            path: vec![self.wrapped, token.token],
            to: self.bank.address(),
            deadline: U256::MAX,
        };
        self.must(router, &call).await;
    }

    async fn wrap(&self, native: u64) {
        let deposit = WrappedNative::depositCall {}.abi_encode();
        let deposit = Step::call("deposit", self.wrapped, deposit).with_value(whole(native));
        self.bank.send(&deposit).await.expect("deposits");
    }

    /// An asset of 18 decimals, of which the bank has a million.
    async fn asset(&self) -> Address {
        use crate::book::{code_of, mint_0Call, with_args};
        use alloy::sol_types::SolValue;
        let args = ("Custody".to_owned(), U256::from(18)).abi_encode_params();
        let code = with_args(&code_of("artifacts/TestAsset.json"), args);
        let receipt = self.bank.send(&Step::create("create", code)).await;
        let asset = receipt.expect("creates").created.expect("an address");
        let (to, amount) = (self.bank.address(), whole(1_000_000));
        self.must(asset, &mint_0Call { to, amount }).await;
        asset
    }

    pub async fn must<C: SolCall>(&self, to: Address, call: &C) {
        self.must_by(&self.bank, to, call).await;
    }

    pub async fn must_by<C: SolCall>(&self, sender: &Sender, to: Address, call: &C) {
        let step = Step::call("call", to, call.abi_encode());
        sender.send(&step).await.expect(C::SIGNATURE);
    }

    /// What a call returns in the newest block.
    pub async fn read<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        let data = alloy::primitives::Bytes::from(call.abi_encode());
        let call = json!([{ "to": to, "data": data }, "latest"]);
        let provider = self.endpoint.provider();
        let answer: alloy::primitives::Bytes = provider
            .raw_request("eth_call".into(), call)
            .await
            .expect(C::SIGNATURE);
        C::abi_decode_returns(&answer).expect("decodes")
    }

    pub async fn balance(&self, token: Address, account: Address) -> U256 {
        self.read(token, &Erc20::balanceOfCall { account }).await
    }

    /// Lets the feeds answer, in decimal text.
    pub async fn answer(&self, feeds: &[Address], answers: [&str; FEEDS]) {
        for (feed, answer) in feeds.iter().zip(answers) {
            let answer = decimal::parse("answer", answer, 8).expect("a number");
            let call = DevFeed::setCall {
                answer: answer.try_into().expect("fits"),
            };
            self.must(*feed, &call).await;
        }
    }

    pub async fn price(&self, made: &Synthetic, asset: Address) -> IPrices::priceReturn {
        self.read(made.prices(), &IPrices::priceCall { asset })
            .await
    }

    /// Seconds pass, and a block.
    pub async fn advance(&self, secs: u64) {
        devnet::advance(&self.endpoint, secs)
            .await
            .expect("time passes");
    }

    pub async fn mine(&self) {
        devnet::mine(&self.endpoint).await.expect("mines");
    }

    pub fn config(&self, sections: &str) -> Config {
        Config::parse(&format!("{FILE}\n{sections}\n")).expect("the file is in order")
    }

    pub async fn keeper(&self, sections: &str) -> Keeper {
        let around = Surroundings {
            manifest: self.manifest.clone(),
            endpoint: Some(self.endpoint.clone()),
            store: Arc::clone(&self.store),
            signer: key(),
        };
        let opened = Keeper::open(self.config(sections), around, None).await;
        opened.expect("opens")
    }

    /// Passes of a keeper, a block after each.
    pub async fn turns(&self, keeper: &mut Keeper, count: usize) {
        for _ in 0..count {
            keeper.pass().await.expect("passes");
            self.mine().await;
        }
        keeper.pass().await.expect("passes");
    }

    pub async fn sends(&self) -> Vec<SendRecord> {
        all(self.store.as_ref()).await.expect("reads")
    }

    /// How many sends of that strategy were mined with success.
    pub async fn done(&self, strategy: &str) -> usize {
        let sends = self.sends().await;
        let of = |send: &&SendRecord| send.id.split(':').next() == Some(strategy);
        sends
            .iter()
            .filter(of)
            .filter(|send| send.state == "mined")
            .count()
    }

    /// The last decision about a subject.
    pub async fn decision(&self, subject: &str) -> Option<Decision> {
        let all: Vec<Decision> = all(self.store.as_ref()).await.expect("reads");
        all.into_iter().find(|one| one.subject == subject)
    }

    /// Everything that the keeper sent went as it was decided: nothing was mined without effect, nothing twice.
    pub async fn nothing_was_wasted(&self, keeper: &Keeper) {
        let figures = keeper.status().figures();
        assert_eq!(figures.sends.reverted, 0, "{figures:?}");
        assert_eq!(figures.sends.duplicate_sends, 0);
        assert!(figures.refused.is_empty(), "{:?}", figures.refused);
        assert_eq!(figures.failures, 0, "{:?}", figures.last_failure);
    }
}
