//! A chain with a launched token, things that happen to it, and indexers that read it.

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::converter::Converter;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::{Erc20, Router, WrappedNative};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::{
    Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, Step, deploy, devnet, keys,
};
use ballast_indexer::{Indexer, Options, Summary};
use ballast_store::{Row, SqliteStore, Statement, Store, tables};
use ballast_types::LoanId;
use serde_json::{Value, json};

/// Tables that two indexes of one chain may fill differently: how much of the chain's end is kept for taking it back,
/// and what programs say of themselves.
const OWN_TABLES: [&str; 10] = [
    "alerts",
    "alerts_raised",
    "attempts",
    "blocks",
    "decisions",
    "heartbeats",
    "lanes",
    "sends",
    "signed_reports",
    "undo",
];

/// Unix seconds of the chain's first block; every further block is one second later, whatever the clock says.
const GENESIS: u64 = 1_800_000_000;
/// Base units of one token, and of one native unit.
pub const ONE: u64 = 1_000_000_000_000_000_000;

pub struct World {
    pub anvil: Anvil,
    pub manifest: Manifest,
    pub endpoint: Endpoint,
    pub token: Address,
    reserve: Address,
    converter: Address,
}

/// A store in a folder of its own.
pub struct Kept {
    pub store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

pub fn kept() -> Kept {
    let folder = tempfile::tempdir().expect("folder");
    let store = SqliteStore::open(&folder.path().join("store")).expect("opens");
    Kept {
        store: Arc::new(store),
        _folder: folder,
    }
}

/// Little patience, a window that reorganisations of 64 blocks fit into.
pub fn options() -> Options {
    Options {
        window: 80,
        patience: Duration::from_secs(5),
        ..Options::default()
    }
}

/// A window so small that nearly all is read by ranges.
pub fn far() -> Options {
    Options {
        window: 4,
        span_max: 7,
        ..options()
    }
}

fn wei(units: u64) -> U256 {
    U256::from(units) * U256::from(ONE)
}

fn launch_params(owner: Address, wrapped_native: Address) -> Launchpad::LaunchParams {
    Launchpad::LaunchParams {
        name: "Harbour".to_owned(),
        symbol: "HRB".to_owned(),
        supply: wei(1_000_000),
        owner,
        guardian: Address::ZERO,
        assets: vec![wrapped_native],
        seeds: vec![wei(100)],
        terms: Launchpad::Terms {
            redeemable: true,
            redeemFeeBps: 100,
            ltvBps: 9_000,
            termFeeBps: 10,
            flashFeeBps: 8,
            termSecs: 3_600,
            graceSecs: 3_600,
            dripSecs: 3_600,
        },
        path: 1,
        pool: Launchpad::PoolParams {
            tokens: wei(100_000),
            assets: wei(20),
            lockUntil: U256::MAX,
        },
        fees: Launchpad::FeeParams {
            maxBuyBps: 1_000,
            maxSellBps: 1_000,
            buyBps: 300,
            sellBps: 500,
            startMultiple: wei(32),
            split: Launchpad::Split {
                reserveBps: 8_000,
                burnBps: 1_000,
                liquidityBps: 0,
                recipients: vec![Launchpad::Recipient {
                    account: owner,
                    bps: 1_000,
                }],
            },
        },
        salt: B256::ZERO,
    }
}

impl World {
    /// A chain with one token and everything approved that what happens needs.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same on an anvil with further arguments.
    pub async fn with(arguments: &[&str]) -> Self {
        let started = AnvilOptions {
            timestamp: Some(GENESIS),
            extra: arguments.iter().map(ToString::to_string).collect(),
            ..AnvilOptions::default()
        };
        let anvil = Anvil::start(&started).expect("anvil starts");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        devnet::set_block_interval(&endpoint, 1)
            .await
            .expect("sets the clock");
        let sender = sender(&endpoint);
        let peers = deploy::peers(&sender, None, |_| {}).await.expect("peers");
        let manifest = deploy::system(&sender, "test", peers, |_| {})
            .await
            .expect("system");
        let made = launch(&sender, &manifest, 1).await;
        let world = Self {
            anvil,
            manifest,
            endpoint,
            token: made.token,
            reserve: made.reserve,
            converter: made.converter,
        };
        let router = peers.router.expect("a router");
        let wrapped = peers.wrapped_native;
        let deposit = WrappedNative::depositCall {}.abi_encode();
        let deposit = Step::call("deposit", wrapped, deposit).with_value(wei(500));
        sender.send(&deposit).await.expect("deposits");
        for (asset, spender) in [
            (world.token, router),
            (wrapped, world.reserve),
            (wrapped, world.converter),
        ] {
            let amount = U256::MAX;
            let approve = Erc20::approveCall { spender, amount }.abi_encode();
            sender
                .send(&Step::call("approve", asset, approve))
                .await
                .expect("approves");
        }
        world
    }

    /// Launches a further token.
    pub async fn launch(&self, salt: u8) {
        launch(&self.sender(), &self.manifest, salt).await;
    }

    pub async fn rpc(&self, method: &'static str, params: Value) -> Value {
        self.endpoint
            .provider()
            .raw_request(method.into(), params)
            .await
            .expect(method)
    }

    pub async fn mine(&self, blocks: u64) {
        self.rpc("anvil_mine", json!([format!("{blocks:#x}")]))
            .await;
    }

    /// Sends one of several things that can happen, each in a block of its own. `kind` chooses, `seed` varies it.
    pub async fn happen(&self, kind: u64, seed: u64) {
        let sender = sender(&self.endpoint);
        let amount = U256::from(ONE) * U256::from(seed % 900 + 1);
        let someone = Address::with_last_byte(u8::try_from(seed % 200).unwrap_or(0) + 20);
        let (to, data) = match kind % 8 {
            0 => (
                self.token,
                Erc20::transferCall {
                    to: someone,
                    amount,
                }
                .abi_encode(),
            ),
            1 => (self.token, AccrualToken::burnCall { amount }.abi_encode()),
            2 => (self.reserve, self.redeem(amount, sender.address())),
            3 => (self.reserve, borrow(amount, sender.address())),
            4 => (self.reserve, donate(amount)),
            5 => (self.router(), self.sell(amount, sender.address())),
            6 => (self.token, self.cut_fees(seed)),
            _ => {
                let guardian_ = someone;
                (
                    self.token,
                    AccrualToken::setGuardianCall { guardian_ }.abi_encode(),
                )
            }
        };
        self.send(to, data).await;
    }

    /// Pays back a part of a loan.
    pub async fn repay(&self, loan: U256, amount: U256) {
        let amounts = vec![amount];
        let repay = Reserve::repayCall {
            loanId: loan,
            amounts,
        };
        self.send(self.reserve, repay.abi_encode()).await;
    }

    /// One of everything, `rounds` times: also the whole life of loans, and a fill of the auction.
    pub async fn everything(&self, rounds: u64, seed: u64) {
        for round in 0..rounds {
            for kind in 0..8 {
                self.happen(kind, seed * 31 + round * 8 + kind).await;
            }
            self.auction().await;
            self.lives_of_loans().await;
        }
    }

    /// A fill of the fee-token auction, or a burned lot where it is at its floor.
    async fn auction(&self) {
        let converter = Converter::new(self.converter, self.endpoint.provider());
        let multiple = converter.multiple().call().await.expect("multiple");
        if multiple > U256::from(ONE) {
            let bid = Converter::bidCall {
                tokens: U256::from(ONE / 100),
                maxPay: vec![U256::MAX],
                to: self.sender().address(),
            };
            self.send(self.converter, bid.abi_encode()).await;
        } else {
            let burn = Converter::burnLotCall {};
            self.send(self.converter, burn.abi_encode()).await;
        }
    }

    /// One loan is extended, extended by burning and repaid in two parts; another is foreclosed.
    async fn lives_of_loans(&self) {
        let reserve = Reserve::new(self.reserve, self.endpoint.provider());
        let mut ids = Vec::new();
        for _ in 0..2 {
            self.happen(3, 50).await;
            let count = reserve.loanCount().call().await.expect("count");
            let sequence = u32::try_from(count).expect("few loans");
            ids.push(LoanId::new(self.sender().address(), sequence).word());
        }
        let (kept, left) = (ids[0], ids[1]);
        let extend = Reserve::extendCall { loanId: kept };
        self.send(self.reserve, extend.abi_encode()).await;
        let burn = Reserve::extendByBurnCall {
            loanId: kept,
            maxBurn: U256::MAX,
        };
        self.send(self.reserve, burn.abi_encode()).await;
        for amount in [U256::from(1_000), U256::MAX] {
            let repay = Reserve::repayCall {
                loanId: kept,
                amounts: vec![amount],
            };
            self.send(self.reserve, repay.abi_encode()).await;
        }
        devnet::advance(&self.endpoint, 3 * 3_600)
            .await
            .expect("time passes");
        let foreclose = Reserve::forecloseCall {
            loanIds: vec![left],
        };
        self.send(self.reserve, foreclose.abi_encode()).await;
    }

    pub fn sender(&self) -> Sender {
        sender(&self.endpoint)
    }

    pub async fn send(&self, to: Address, data: Vec<u8>) {
        let step = Step::call("event", to, data);
        self.sender().send(&step).await.expect("happens");
    }

    /// Sends what may be refused; says whether it was not.
    pub async fn try_send(&self, to: Address, data: Vec<u8>) -> bool {
        let step = Step::call("event", to, data);
        self.sender().send(&step).await.is_ok()
    }

    pub fn router(&self) -> Address {
        self.manifest.contracts.router.expect("a router").address
    }

    fn redeem(&self, tokens: U256, to: Address) -> Vec<u8> {
        Reserve::redeemCall {
            tokens,
            forgo: U256::ZERO,
            to,
            unwrap: false,
        }
        .abi_encode()
    }

    fn sell(&self, amount: U256, to: Address) -> Vec<u8> {
        Router::swapExactTokensForTokensSupportingFeeOnTransferTokensCall {
            amountIn: amount,
            amountOutMin: U256::ZERO,
            path: vec![self.token, self.manifest.contracts.wrapped_native.address],
            to,
            deadline: U256::MAX,
        }
        .abi_encode()
    }

    fn cut_fees(&self, seed: u64) -> Vec<u8> {
        // Below or above the fee in force: a cut or a proposal.
        AccrualToken::setFeesCall {
            buyBps: U256::from(seed % 300),
            sellBps: U256::from(seed % 500),
        }
        .abi_encode()
    }

    pub fn indexer(&self, store: &Arc<dyn Store>, options: Options) -> Indexer {
        self.indexer_at(self.endpoint.clone(), store, options)
    }

    pub fn indexer_at(
        &self,
        endpoint: Endpoint,
        store: &Arc<dyn Store>,
        options: Options,
    ) -> Indexer {
        Indexer::new(endpoint, self.manifest.clone(), Arc::clone(store), options)
    }

    /// Indexes to the newest block; every sum must agree.
    pub async fn index(&self, store: &Arc<dyn Store>, options: Options) -> Summary {
        let summary = self.indexer(store, options).catch_up(|_| {}).await;
        let summary = summary.expect("indexes");
        assert_eq!(summary.mismatches, 0, "{summary:?}");
        let tip = self.endpoint.tip().await.expect("tip");
        assert_eq!((summary.block, summary.block_hash), (tip.number, tip.hash));
        summary
    }

    /// The store holds what a fresh index of the chain holds, however that one reads.
    pub async fn assert_as_fresh(&self, store: &Arc<dyn Store>) {
        let ours = content(store.as_ref()).await;
        for options in [options(), far()] {
            let fresh = kept();
            self.index(&fresh.store, options).await;
            for (ours, theirs) in ours.iter().zip(content(fresh.store.as_ref()).await) {
                assert_eq!(*ours, theirs, "table {}", ours.0);
            }
        }
    }
}

async fn launch(sender: &Sender, manifest: &Manifest, salt: u8) -> Launchpad::TokenLaunched {
    let wrapped_native = manifest.contracts.wrapped_native.address;
    let mut params = launch_params(sender.address(), wrapped_native);
    params.salt = B256::with_last_byte(salt);
    let call = Launchpad::launchCall { params }.abi_encode();
    let launchpad = manifest.contracts.launchpad.address;
    let step = Step::call("launch", launchpad, call).with_value(wei(120));
    let receipt = sender.send(&step).await.expect("launches");
    let mut logs = receipt.logs.iter();
    let made = logs.find_map(|log| Launchpad::TokenLaunched::decode_log(&log.inner).ok());
    made.expect("a launch").data
}

/// A sender that knows nothing of blocks that were taken back.
fn sender(endpoint: &Endpoint) -> Sender {
    let key = keys::dev_account(0, LOCAL_CHAIN_ID).expect("key");
    Sender::new(endpoint.clone(), key, None)
}

fn borrow(collateral: U256, to: Address) -> Vec<u8> {
    Reserve::borrowCall {
        collateral,
        principal: vec![collateral / U256::from(100_000)],
        to,
        unwrap: false,
    }
    .abi_encode()
}

fn donate(amount: U256) -> Vec<u8> {
    Reserve::donateCall {
        index: U256::ZERO,
        amount: amount / U256::from(1_000),
    }
    .abi_encode()
}

pub async fn content(store: &dyn Store) -> Vec<(&'static str, Vec<Row>)> {
    let mut all = Vec::new();
    for table in tables().filter(|table| !OWN_TABLES.contains(table)) {
        let rows = store.read(Statement::new(table, "all"), Vec::new()).await;
        all.push((table, rows.expect(table)));
    }
    all
}
