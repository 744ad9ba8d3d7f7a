//! A synthetic on the local chain with everything around it: sources of prices, vaults, pools, backstop, peg module.

use alloy::primitives::{Address, U256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::{Erc20, PairFactory, WrappedNative};
use ballast_bindings::peg::PegModule;
use ballast_bindings::{report_source, reports};
use ballast_chain::vaults::deploy::BookDeployment;
use ballast_chain::vaults::presets::{Preset, wad};
use ballast_chain::{BookRecord, LOCAL_CHAIN_ID, Manifest, Receipt, keys};

use super::mirror::Subject;
use super::owners::{Beginning, beginnings};
use super::plan::{self, SourceSet};
use super::world::{DECIMALS, account, base};
use crate::market::{Chance, Mined, Node, Tx};

/// The first development account that signs reports; those before belong to the person at the keyboard and to others.
pub const SIGNERS_FIRST: u32 = 60;
/// The keeper's development account.
pub const KEEPER_KEY: u32 = 70;
/// Nodes that sign reports.
pub const SIGNERS: u32 = 4;
/// Reports that a quorum needs.
pub const QUORUM: u64 = 3;
/// The most age of a report, seconds.
const REPORT_AGE_SECS: u64 = 900;
/// Native units that each account has.
const NATIVE_EACH: u64 = 10_000_000;
/// Native units that the treasury has, to wrap.
const NATIVE_TREASURY: u64 = 4_000_000_000;
/// Decimals of the custody token.
pub const CUSTODY_DECIMALS: u8 = 6;
const GAS_CREATE: u64 = 12_000_000;
const GAS_PLAIN: u64 = 150_000;
const GAS_ADJUST: u64 = 400_000;
const GAS_PAIR: u64 = 4_000_000;
/// Transactions of one block of the set-up.
const BLOCK_TXS: usize = 120;
/// Seconds between two blocks of the set-up.
const BLOCK_SECS: u64 = 2;
/// The shortest lead that settles the backstop's entries before the first price.
pub const BACKSTOP_LEAD_SECS: u64 = 4 * 86_400;
/// One cooldown of the backstop.
const COOLDOWN_SECS: u64 = 86_400;

/// What of all debt the pools hold on either side.
const POOL_SHARE: f64 = 0.12;
/// What of it each market maker has, of each.
const MAKER_SHARE: f64 = 0.05;
/// What of it each redeemer has.
const REDEEMER_SHARE: f64 = 0.015;
/// What of it the keeper has.
const KEEPER_SHARE: f64 = 0.03;
/// What of it stands in the backstop.
const BACKSTOP_SHARE: f64 = 0.02;
/// What of it stands in the peg module's custody, where there is one.
const PEG_SHARE: f64 = 0.3;

/// What collateral the minter has, of all debt.
const MINTER_SHARE: f64 = 4.0;

/// How many market makers there are.
pub const MAKERS: usize = 2;
/// How many redeemers.
pub const REDEEMERS: usize = 2;

/// What is to be set up.
#[derive(Clone, Debug)]
pub struct Spec<'a> {
    /// Name of the synthetic.
    pub name: &'a str,
    /// Its symbol.
    pub symbol: &'a str,
    /// The preset of its markets.
    pub preset: &'static Preset,
    /// Symbol and first price of each collateral; `WETH` is the wrapped native currency.
    pub assets: Vec<(String, f64)>,
    /// Symbol and first price of the peg module's custody.
    pub custody: Option<(String, f64)>,
    /// Most debt of each market, whole synthetics.
    pub ceiling: u64,
    /// What of it may be minted at once, whole synthetics.
    pub mint_limit: u64,
    /// The quorum that reports prices; one of its own where none is named.
    pub quorum: Option<Address>,
    /// How many vaults.
    pub vaults: usize,
    /// Seed of every chance.
    pub seed: u64,
    /// Unix seconds of the first block that may be mined.
    pub from: u64,
    /// Unix seconds of the first price.
    pub start: u64,
}

/// One collateral with its pool.
#[derive(Clone, Debug)]
pub struct Collateral {
    /// Its symbol.
    pub symbol: String,
    /// Its token.
    pub token: Address,
    /// The pool against the synthetic.
    pub pair: Address,
    /// Whether the pool counts the collateral as its first side.
    pub first: bool,
    /// Feeds of other providers, in the order of the sources.
    pub feeds: Vec<Address>,
}

/// One owner of a vault.
#[derive(Clone, Debug)]
pub struct Owner {
    /// His account.
    pub account: Address,
    /// The market of his vault.
    pub market: usize,
    /// What he began with.
    pub beginning: Beginning,
}

/// Everything that a crisis is played on.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What of it the manifest keeps.
    pub record: BookRecord,
    /// The contract of its prices.
    pub prices: Address,
    /// The quorum of signed reports.
    pub quorum: Address,
    /// Its collateral, by market.
    pub collaterals: Vec<Collateral>,
    /// The custody token with its feeds, where there is a peg module.
    pub custody: Option<Collateral>,
    /// Owners of vaults.
    pub owners: Vec<Owner>,
    /// Swaps over the pools.
    pub router: Address,
    /// Who keeps.
    pub keeper: Address,
    /// The keeper's desk, which takes without capital.
    pub desk: Address,
    /// Who deployed it and speaks for the feeds of other providers.
    pub deployer: Address,
    /// What the mirror begins with.
    pub subject: Subject,
    /// Who signs reports, sorted by address.
    pub signers: Vec<PrivateKeySigner>,
    /// Account names begin with this.
    pub prefix: String,
}

/// A block of the set-up, for the mirror.
#[derive(Debug)]
pub struct Block {
    /// Unix seconds.
    pub time: u64,
    /// Its receipts.
    pub receipts: Vec<TransactionReceipt>,
}

impl Stage {
    /// The account that plays `part`.
    pub fn account(&self, part: &str, index: usize) -> Address {
        if part == "keeper" {
            return self.keeper;
        }
        account(&format!("{} {part}", self.prefix), index)
    }

    /// The book, which is the synthetic.
    pub const fn book(&self) -> Address {
        self.record.book.address
    }

    /// The backstop.
    pub fn backstop(&self) -> Address {
        self.record
            .backstop
            .map(|part| part.address)
            .unwrap_or_default()
    }

    /// The peg module.
    pub fn peg(&self) -> Option<Address> {
        self.record.peg_module.map(|part| part.address)
    }
}

/// The keys of the nodes that sign reports, sorted by address.
///
/// # Errors
/// Where the local chain has no such accounts.
pub fn signers() -> eyre::Result<Vec<PrivateKeySigner>> {
    let mut keys = Vec::new();
    for index in 0..SIGNERS {
        keys.push(keys::dev_account(SIGNERS_FIRST + index, LOCAL_CHAIN_ID)?);
    }
    keys.sort_by_key(PrivateKeySigner::address);
    Ok(keys)
}

/// What owners of so many vaults begin with, each with his market, where each market's collateral costs so much.
pub fn opening(
    preset: &Preset,
    prices: &[f64],
    (vaults, seed): (usize, u64),
) -> Vec<(usize, Beginning)> {
    let liq_ltv = f64::from(preset.liquidation_ltv_bps) / 1e4;
    let markets = prices.len().max(1);
    let mut all = Vec::with_capacity(vaults);
    for (market, price) in prices.iter().enumerate() {
        // Equal chances under every preset: the same owners stand beside each other.
        let mut chance = Chance::fork(seed, 100 + market as u64);
        let count = vaults / markets + usize::from(market < vaults % markets);
        let begun = beginnings(count, *price, liq_ltv, &mut chance);
        all.extend(begun.into_iter().map(|one| (market, one)));
    }
    all
}

struct Builder<'a> {
    node: &'a mut Node,
    spec: &'a Spec<'a>,
    router: Address,
    factory: Address,
    wrapped: Address,
    deployer: Address,
    treasury: Address,
    keeper: Address,
    time: u64,
    blocks: Vec<Block>,
    signers: Vec<PrivateKeySigner>,
}

/// Sets `spec` up; its blocks end before its first price.
///
/// # Errors
/// Where a step reverts or the chain does not answer.
pub async fn set_up(
    node: &mut Node,
    manifest: &Manifest,
    spec: &Spec<'_>,
) -> eyre::Result<(Stage, Vec<Block>)> {
    let router = manifest.contracts.router;
    let router = router.ok_or_else(|| eyre::eyre!("the deployment has no router"))?;
    let name = |part: &str| account(&format!("{} {part}", spec.symbol), 0);
    let mut builder = Builder {
        node,
        spec,
        router: router.address,
        factory: manifest.contracts.factory.address,
        wrapped: manifest.contracts.wrapped_native.address,
        deployer: name("deployer"),
        treasury: name("treasury"),
        keeper: keys::dev_account(KEEPER_KEY, LOCAL_CHAIN_ID)?.address(),
        time: spec.from,
        blocks: Vec::new(),
        signers: signers()?,
    };
    builder.open_accounts().await?;
    let tokens = builder.tokens().await?;
    let quorum = match spec.quorum {
        Some(shared) => shared,
        None => builder.quorum().await?,
    };
    let (mut stage, parts) = builder.deploy(&tokens, quorum).await?;
    builder.first_prices(&stage).await?;
    stage.desk = builder.desk().await?;
    stage.owners = builder.owners();
    builder.open_vaults(&stage).await?;
    builder.pools(&mut stage).await?;
    builder.hand_out(&stage).await?;
    builder.reserves(&stage, &parts).await?;
    Ok((stage, builder.blocks))
}

fn call(from: Address, to: Address, data: Vec<u8>, gas: u64) -> Tx {
    Tx::call(from, to, data, gas)
}

/// A transfer.
pub fn transfer(from: Address, token: Address, to: Address, amount: U256) -> Tx {
    let data = Erc20::transferCall { to, amount }.abi_encode();
    call(from, token, data, GAS_PLAIN)
}

/// An approval without end: accounts of the local chain, which anybody opens.
pub fn approve(from: Address, token: Address, spender: Address) -> Tx {
    let amount = U256::MAX;
    let data = Erc20::approveCall { spender, amount }.abi_encode();
    call(from, token, data, GAS_PLAIN)
}

impl Builder<'_> {
    fn account(&self, part: &str, index: usize) -> Address {
        if part == "keeper" {
            return self.keeper;
        }
        account(&format!("{} {part}", self.spec.symbol), index)
    }

    async fn open_accounts(&mut self) -> eyre::Result<()> {
        let mut accounts: Vec<Address> = (0..self.spec.vaults)
            .map(|index| self.account("owner", index))
            .collect();
        for part in ["maker", "redeemer"] {
            accounts.extend((0..MAKERS.max(REDEEMERS)).map(|index| self.account(part, index)));
        }
        accounts.push(self.keeper);
        for part in ["reporter", "warden", "minter"] {
            accounts.push(self.account(part, 0));
        }
        accounts.extend(self.signers.iter().map(PrivateKeySigner::address));
        accounts.push(self.deployer);
        let each = base(NATIVE_EACH as f64, DECIMALS);
        self.node.open_accounts(&accounts, each).await?;
        let all = base(NATIVE_TREASURY as f64, DECIMALS);
        self.node.open_accounts(&[self.treasury], all).await
    }

    /// Mines `txs`, in several blocks where they are many; each must succeed.
    async fn mine(&mut self, txs: &[Tx]) -> eyre::Result<Vec<TransactionReceipt>> {
        let mut receipts = Vec::with_capacity(txs.len());
        for chunk in txs.chunks(BLOCK_TXS) {
            self.time += BLOCK_SECS;
            let Mined { own, all } = self.node.mine(chunk, self.time).await?;
            for receipt in &own {
                if !receipt.status() {
                    let why = self.node.why(receipt.transaction_hash).await?;
                    eyre::bail!("setting up {}: {why}", self.spec.symbol);
                }
            }
            self.blocks.push(Block {
                time: self.time,
                receipts: all,
            });
            receipts.extend(own);
        }
        Ok(receipts)
    }

    async fn create(&mut self, codes: Vec<Vec<u8>>) -> eyre::Result<Vec<TransactionReceipt>> {
        let deployer = self.deployer;
        let tx = |data| Tx {
            to: None,
            ..call(deployer, Address::ZERO, data, GAS_CREATE)
        };
        let txs: Vec<Tx> = codes.into_iter().map(tx).collect();
        // A creation may use as much gas as a hundred calls.
        let mut receipts = Vec::new();
        for chunk in txs.chunks(12) {
            receipts.extend(self.mine(chunk).await?);
        }
        Ok(receipts)
    }

    /// Every collateral's token, then the custody token.
    async fn tokens(&mut self) -> eyre::Result<Vec<Address>> {
        let spec = self.spec;
        let custody = spec
            .custody
            .iter()
            .map(|(symbol, _)| (symbol, CUSTODY_DECIMALS));
        let wanted: Vec<(&String, u8)> = spec
            .assets
            .iter()
            .map(|(symbol, _)| (symbol, DECIMALS))
            .chain(custody)
            .collect();
        let mut tokens = Vec::new();
        for (symbol, decimals) in wanted {
            if symbol == "WETH" {
                tokens.push(self.wrapped);
                continue;
            }
            let supply = U256::from(10).pow(U256::from(decimals + 14));
            let args = (
                format!("Devnet {symbol}"),
                symbol.clone(),
                U256::from(decimals),
                supply,
            );
            let code = [plan::asset_code()?, args.abi_encode_params()].concat();
            let receipts = self.create(vec![code]).await?;
            let token = receipts.first().and_then(|one| one.contract_address);
            let token = token.ok_or_else(|| eyre::eyre!("setting up {symbol}: no contract"))?;
            let all = transfer(self.deployer, token, self.treasury, supply);
            self.mine(&[all]).await?;
            tokens.push(token);
        }
        if spec.assets.iter().any(|(symbol, _)| symbol == "WETH") {
            let data = WrappedNative::depositCall {}.abi_encode();
            let wrap = Tx {
                value: base(NATIVE_TREASURY as f64 * 0.9, DECIMALS),
                ..call(self.treasury, self.wrapped, data, GAS_PLAIN)
            };
            self.mine(&[wrap]).await?;
        }
        Ok(tokens)
    }

    async fn quorum(&mut self) -> eyre::Result<Address> {
        let signers: Vec<Address> = self.signers.iter().map(PrivateKeySigner::address).collect();
        let args = (
            self.deployer,
            U256::from(REPORT_AGE_SECS),
            signers,
            U256::from(QUORUM),
        );
        let code = [
            reports::ReportQuorum::BYTECODE.to_vec(),
            args.abi_encode_params(),
        ]
        .concat();
        let receipts = self.create(vec![code]).await?;
        let made = receipts
            .first()
            .and_then(|receipt| receipt.contract_address);
        made.ok_or_else(|| eyre::eyre!("setting up the quorum: no contract"))
    }

    async fn deploy(
        &mut self,
        tokens: &[Address],
        quorum: Address,
    ) -> eyre::Result<(Stage, BookDeployment)> {
        let spec = self.spec;
        let decimals = |index: usize| {
            if index < spec.assets.len() {
                DECIMALS
            } else {
                CUSTODY_DECIMALS
            }
        };
        let codes = tokens.iter().enumerate().map(|(index, token)| {
            let args = (quorum, *token, U256::from(decimals(index)));
            let code = report_source::ReportSource::BYTECODE.to_vec();
            [code, args.abi_encode_params()].concat()
        });
        let receipts = self.create(codes.collect()).await?;
        let sources: Option<Vec<Address>> = receipts
            .iter()
            .map(|receipt| receipt.contract_address)
            .collect();
        let sources = sources.ok_or_else(|| eyre::eyre!("setting up sources: no contract"))?;
        let set = SourceSet {
            tokens,
            reports: &sources,
        };
        let plan = plan::book(spec, &set, self.account("governor owner", 0));
        let nonce = self.node.next_nonce(self.deployer).await?;
        let parts = ballast_chain::vaults::deploy::book(&plan, self.deployer, nonce);
        let codes = parts.steps.iter().map(|step| step.data.to_vec()).collect();
        let receipts = self.create(codes).await?;
        let as_sent: Vec<Receipt> = receipts.iter().map(sent).collect();
        let record = parts
            .record(self.node.endpoint(), spec.symbol, &as_sent)
            .await?;
        let feeds = plan::feeds(&plan, &parts);
        let created_at = self.time_of(record.governor.address);
        let subject = plan::subject(spec, &plan, &record, created_at);
        let mut collaterals: Vec<Collateral> = tokens
            .iter()
            .zip(feeds)
            .map(|(token, feeds)| Collateral {
                symbol: String::new(),
                token: *token,
                pair: Address::ZERO,
                first: *token < record.book.address,
                feeds,
            })
            .collect();
        let names = spec.assets.iter().chain(&spec.custody);
        for (collateral, (symbol, _)) in collaterals.iter_mut().zip(names) {
            collateral.symbol.clone_from(symbol);
        }
        let custody = spec.custody.as_ref().and_then(|_| collaterals.pop());
        let stage = Stage {
            prices: record.prices.address,
            record,
            quorum,
            collaterals,
            custody,
            owners: Vec::new(),
            router: self.router,
            keeper: self.keeper,
            desk: Address::ZERO,
            deployer: self.deployer,
            subject,
            signers: self.signers.clone(),
            prefix: spec.symbol.to_owned(),
        };
        Ok((stage, parts))
    }

    /// When a contract was created: markets are made by the governor's own creation.
    fn time_of(&self, contract: Address) -> u64 {
        let made = |one: &TransactionReceipt| one.contract_address == Some(contract);
        let mut blocks = self.blocks.iter().rev();
        let block = blocks.find(|block| block.receipts.iter().any(made));
        block.map_or(self.time, |block| block.time)
    }

    async fn desk(&mut self) -> eyre::Result<Address> {
        let code = Artifact::TakeDesk.bytecode().to_vec();
        let code = [code, self.keeper.abi_encode()].concat();
        let receipts = self.create(vec![code]).await?;
        let made = receipts
            .first()
            .and_then(|receipt| receipt.contract_address);
        made.ok_or_else(|| eyre::eyre!("setting up the keeper's desk: no contract"))
    }

    /// Reports and feeds say the first prices, and they are stored.
    async fn first_prices(&mut self, stage: &Stage) -> eyre::Result<()> {
        let time = self.time;
        let prices = self.spec.assets.iter().chain(&self.spec.custody);
        let assets = stage.collaterals.iter().chain(&stage.custody);
        let mut txs = Vec::new();
        for (asset, (_, price)) in assets.zip(prices) {
            let says = vec![*price; stage.signers.len()];
            txs.push(super::feeder::submit(stage, asset.token, &says, time)?);
            for feed in &asset.feeds {
                txs.push(super::feeder::say(stage, *feed, *price));
            }
        }
        self.mine(&txs).await?;
        let assets = stage.collaterals.iter().chain(&stage.custody);
        let pokes: Vec<Tx> = assets
            .map(|asset| super::feeder::poke(stage, asset.token))
            .collect();
        self.mine(&pokes).await.map(drop)
    }

    fn owners(&self) -> Vec<Owner> {
        let spec = self.spec;
        let prices: Vec<f64> = spec.assets.iter().map(|(_, price)| *price).collect();
        let all = opening(spec.preset, &prices, (spec.vaults, spec.seed));
        let owner = |(index, (market, beginning))| Owner {
            account: self.account("owner", index),
            market,
            beginning,
        };
        all.into_iter().enumerate().map(owner).collect()
    }

    /// Every owner has his collateral, opens his vault, and sells of what he minted what he does not keep.
    async fn open_vaults(&mut self, stage: &Stage) -> eyre::Result<()> {
        let (treasury, book) = (self.treasury, stage.book());
        let mut funds = Vec::new();
        let mut opens = Vec::new();
        let mut sells = Vec::new();
        for owner in &stage.owners {
            let one = &owner.beginning;
            let token = stage.collaterals[owner.market].token;
            let held = base(one.collateral, DECIMALS);
            let all = held + base(one.reserve, DECIMALS);
            let debt = base(one.debt, DECIMALS);
            funds.push(transfer(treasury, token, owner.account, all));
            funds.push(approve(owner.account, token, book));
            let open = VaultBook::adjustCall {
                market: U256::from(owner.market),
                dCollateral: held.try_into()?,
                dDebt: debt.try_into()?,
            };
            opens.push(call(owner.account, book, open.abi_encode(), GAS_ADJUST));
            let sold = base(one.debt * (1.0 - one.kept) * 0.999, DECIMALS);
            sells.push(transfer(owner.account, book, treasury, sold));
        }
        for txs in [funds, opens, sells] {
            self.mine(&txs).await?;
        }
        Ok(())
    }

    /// All debt of a market, whole synthetics.
    fn debt(stage: &Stage, market: usize) -> f64 {
        let owners = stage.owners.iter().filter(|owner| owner.market == market);
        owners.map(|owner| owner.beginning.debt).sum()
    }

    async fn pools(&mut self, stage: &mut Stage) -> eyre::Result<()> {
        let (treasury, book) = (self.treasury, stage.book());
        for index in 0..stage.collaterals.len() {
            let token = stage.collaterals[index].token;
            let create = PairFactory::createPairCall {
                tokenA: token,
                tokenB: book,
            };
            let create = call(treasury, self.factory, create.abi_encode(), GAS_PAIR);
            self.mine(&[create]).await?;
            let find = PairFactory::getPairCall {
                tokenA: token,
                tokenB: book,
            };
            let answers = self.node.read(&[(self.factory, find.abi_encode())]).await?;
            let answer = answers.first().cloned().unwrap_or_default();
            let pair = PairFactory::getPairCall::abi_decode_returns(&answer)?;
            stage.collaterals[index].pair = pair;
            let synthetic = Self::debt(stage, index) * POOL_SHARE;
            let price = self.spec.assets[index].1;
            let mint = plan::mintCall {
                to: self.account("maker", 0),
            };
            let txs = [
                transfer(treasury, token, pair, base(synthetic / price, DECIMALS)),
                transfer(treasury, book, pair, base(synthetic, DECIMALS)),
                call(treasury, pair, mint.abi_encode(), GAS_ADJUST),
            ];
            self.mine(&txs).await?;
        }
        Ok(())
    }

    /// What market makers, redeemers and the keeper begin with, and what contracts may take of them.
    async fn hand_out(&mut self, stage: &Stage) -> eyre::Result<()> {
        let (treasury, book) = (self.treasury, stage.book());
        let shares = [
            ("maker", MAKERS, MAKER_SHARE, 2.0),
            ("redeemer", REDEEMERS, REDEEMER_SHARE, 0.0),
            ("keeper", 1, KEEPER_SHARE, 0.0),
        ];
        let mut txs = Vec::new();
        for (part, count, share, collateral) in shares {
            for index in 0..count {
                let account = self.account(part, index);
                txs.push(approve(account, book, self.router));
                for (market, one) in stage.collaterals.iter().enumerate() {
                    let debt = Self::debt(stage, market) * share;
                    let amount = debt * collateral / self.spec.assets[market].1;
                    txs.push(transfer(treasury, book, account, base(debt, DECIMALS)));
                    txs.push(approve(account, one.token, self.router));
                    if amount > 0.0 {
                        let amount = base(amount, DECIMALS);
                        txs.push(transfer(treasury, one.token, account, amount));
                    }
                }
            }
        }
        let maker = self.account("maker", 0);
        for one in &stage.collaterals {
            txs.push(approve(maker, one.pair, self.router));
        }
        // The keeper's key is its process's own: an exchange takes what it sells there by allowance.
        for one in &stage.collaterals {
            txs.push(approve(self.keeper, one.token, treasury));
        }
        // Who opens a vault when the synthetic is dear.
        let minter = self.account("minter", 0);
        for (market, one) in stage.collaterals.iter().enumerate() {
            let worth = Self::debt(stage, market) * MINTER_SHARE;
            let amount = base(worth / self.spec.assets[market].1, DECIMALS);
            txs.push(transfer(treasury, one.token, minter, amount));
            txs.push(approve(minter, one.token, book));
        }
        // Whoever owners sold to: all other holders of the synthetic.
        txs.push(approve(treasury, book, self.router));
        self.mine(&txs).await.map(drop)
    }

    /// The backstop's cash, and the peg module's custody.
    async fn reserves(&mut self, stage: &Stage, parts: &BookDeployment) -> eyre::Result<()> {
        let treasury = self.treasury;
        let markets = 0..stage.collaterals.len();
        let debt: f64 = markets.map(|market| Self::debt(stage, market)).sum();
        let (book, backstop) = (parts.book, stage.backstop());
        let enter = Backstop::requestEntryCall {
            assets: base(debt * BACKSTOP_SHARE, DECIMALS),
            owner: treasury,
        };
        let txs = [
            approve(treasury, book, backstop),
            call(treasury, backstop, enter.abi_encode(), GAS_ADJUST),
        ];
        self.mine(&txs).await?;
        if let (Some(peg), Some(custody)) = (stage.peg(), &stage.custody) {
            let units = base(debt * PEG_SHARE, CUSTODY_DECIMALS);
            let enter = PegModule::enterCall {
                units,
                minMinted: U256::ZERO,
                to: treasury,
            };
            let txs = [
                approve(treasury, custody.token, peg),
                call(treasury, peg, enter.abi_encode(), GAS_ADJUST),
            ];
            self.mine(&txs).await?;
        }
        if self.spec.start < self.time + BACKSTOP_LEAD_SECS - COOLDOWN_SECS {
            return Ok(());
        }
        self.time = self.spec.start - COOLDOWN_SECS / 2;
        let settle = Backstop::settleCall {}.abi_encode();
        self.mine(&[call(treasury, backstop, settle, 1_000_000)])
            .await?;
        self.time = self.spec.start - 300;
        self.first_prices(stage).await
    }
}

/// What the manifest asks of a receipt.
fn sent(receipt: &TransactionReceipt) -> Receipt {
    Receipt {
        action: "deploy".to_owned(),
        hash: receipt.transaction_hash,
        block: receipt.block_number.unwrap_or_default(),
        gas_used: receipt.gas_used,
        created: receipt.contract_address,
        logs: Vec::new(),
    }
}

/// The least of a price's share that the peg module asks for an entry: its price's own deviation.
pub fn peg_fee(preset: &Preset) -> U256 {
    wad(preset.price.deviation_bps.max(50))
}
