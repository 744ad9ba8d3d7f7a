//! A synthetic with everything that can happen to it, and who does it in a shuffled order.

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, Bytes, U256};
use alloy::providers::Provider;
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::devfeed::DevFeed;
use ballast_bindings::governor::VaultGovernor;
use ballast_bindings::peers::{Erc20, WrappedNative};
use ballast_bindings::peg::PegModule;
use ballast_bindings::rates::RateController;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::manifest::BookRecord;
use ballast_chain::vaults::deploy::{
    self, AssetPlan, BookPlan, FeedPlan, MarketPlan, PegPlan, SourcePlan,
};
use ballast_chain::vaults::presets::{HIGH_EFFICIENCY, HIGH_SECURITY, Preset, wad};
use ballast_chain::{LOCAL_CHAIN_ID, Sender, Step, devnet, keys};
use ballast_model::vaults::MarketTerms;
use ballast_types::{Seconds, TokenAmount, Wad};

use crate::party::{Dice, dollars};
use crate::world::{ONE, World};

/// One unit of an asset with six decimals.
const DOLLAR: u64 = 1_000_000;
/// Base units of a feed's answer for one.
const ANSWER_ONE: u64 = 100_000_000;
/// What wrapped native costs at first.
const NATIVE_PRICE: u64 = 2_000;
/// Accounts that have vaults; the first is the one that everything else is done by.
pub const OWNERS: u32 = 5;
/// Feeds of each asset.
const FEEDS: usize = 3;

/// A synthetic with its parts.
pub struct Book {
    pub record: BookRecord,
    pub quorum: Address,
    wrapped: Address,
    dollars: Address,
    custody: Address,
    /// Feeds of wrapped native, dollars, the custody token and the synthetic.
    feeds: [[Address; FEEDS]; 4],
    signers: Vec<PrivateKeySigner>,
}

fn whole(amount: u64) -> U256 {
    U256::from(ONE) * U256::from(amount)
}

fn account(index: u32) -> PrivateKeySigner {
    keys::dev_account(index, LOCAL_CHAIN_ID).expect("key")
}

fn market(collateral: Address, preset: &Preset, rate: u64) -> MarketPlan {
    MarketPlan {
        terms: MarketTerms {
            collateral,
            prices: Address::ZERO,
            borrow_ltv: Wad::new(wad(preset.borrow_ltv_bps)),
            min_debt: TokenAmount::new(whole(preset.min_debt)),
            mint_window_secs: Seconds::new(preset.mint_window_secs),
            liq_ltv: Wad::new(wad(preset.liquidation_ltv_bps)),
            max_discount: Wad::new(wad(preset.max_discount_bps)),
            ramp_secs: Seconds::new(preset.ramp_secs),
            fee_min: Wad::new(wad(preset.fee_min_bps)),
            fee_slope: Wad::new(wad(preset.fee_slope_bps)),
            rate_controller: Address::ZERO,
        },
        ceiling: whole(5_000_000),
        mint_limit: whole(1_000_000),
        rate: U256::from(rate),
    }
}

fn priced(
    asset: Option<Address>,
    decimals: u8,
    answer: u64,
    reports: Option<Address>,
) -> AssetPlan {
    let source = |feed: FeedPlan| SourcePlan {
        feed,
        feed_least: U256::ONE,
        feed_most: U256::from(u64::MAX),
        max_age_secs: 1_000_000,
        least: U256::from(ONE),
        most: U256::from(10).pow(U256::from(59)),
        gas_most: 200_000,
        lockable: false,
        observing: false,
    };
    let feed = FeedPlan::Dev(U256::from(answer * ANSWER_ONE));
    let mut sources = vec![source(feed); FEEDS];
    sources.extend(reports.map(|reports| source(FeedPlan::Source(reports))));
    AssetPlan {
        asset,
        decimals,
        terms: PriceAggregator::AssetTerms {
            maxAgeSecs: U256::from(3_600),
            graceSecs: U256::from(600),
            minSources: U256::from(sources.len() / 2 + 1),
            deviation: wad(50),
            maxDeviation: wad(200),
            maxStep: wad(1_000),
            stepWindowSecs: U256::from(600),
        },
        sources,
    }
}

async fn created(world: &World, artifact: Artifact, args: Vec<u8>) -> Address {
    let code: Bytes = [&artifact.bytecode()[..], &args[..]].concat().into();
    let step = Step::create("create", code);
    let receipt = world.sender().send(&step).await.expect("creates");
    receipt.created.expect("an address")
}

fn plan(
    me: Address,
    wrapped: Address,
    dollars: Address,
    custody: Address,
    reports: Address,
) -> BookPlan {
    BookPlan {
        name: "Harbour Dollar".to_owned(),
        symbol: "HUSD".to_owned(),
        surplus_buffer: whole(1),
        owner: me,
        guardian: me,
        delay_secs: 172_800,
        assets: vec![
            priced(Some(wrapped), 18, NATIVE_PRICE, Some(reports)),
            priced(Some(dollars), 6, 1, None),
            priced(Some(custody), 6, 1, None),
            priced(None, 18, 1, None),
        ],
        markets: vec![
            market(wrapped, &HIGH_EFFICIENCY, 1_000_000_000),
            market(dollars, &HIGH_SECURITY, 0),
            market(wrapped, &HIGH_SECURITY, 30_000_000_000),
        ],
        peg: Some(PegPlan {
            custody,
            fee_in: wad(60),
            fee_out: wad(10),
            cap_most: whole(1_000_000),
        }),
        rates: Some(RateController::RateTerms {
            rateBase: U256::from(1_000_000_000_u64),
            rateMin: U256::ZERO,
            rateMax: U256::from(20_000_000_000_u64),
            ratePerHourMax: U256::from(5_000_000_000_u64),
            proportional: U256::from(100_000_000_000_u64),
            integral: U256::from(1_000_000_u64),
            leakSecs: U256::from(2_592_000),
            periodSecs: U256::from(600),
        }),
        backstop_cooldown_secs: Some(86_400),
    }
}

impl Book {
    /// Deploys a synthetic with three markets, and names it in the world's manifest.
    pub async fn launch(world: &mut World) -> Self {
        let book = Self::deploy(world).await;
        world.manifest.books.push(book.record.clone());
        book
    }

    /// The same, named nowhere.
    pub async fn deploy(world: &World) -> Self {
        let sender = world.sender();
        let me = sender.address();
        let wrapped = world.manifest.contracts.wrapped_native.address;
        let (dollars, custody) = (dollars(world).await, dollars(world).await);
        let mut signers: Vec<PrivateKeySigner> = (5..8).map(account).collect();
        signers.sort_by_key(PrivateKeySigner::address);
        let addresses: Vec<Address> = signers.iter().map(PrivateKeySigner::address).collect();
        let args = (me, U256::from(3_600), addresses, U256::from(3)).abi_encode_params();
        let quorum = created(world, Artifact::ReportQuorum, args).await;
        let args = (quorum, wrapped, U256::from(18)).abi_encode_params();
        let reports = created(world, Artifact::ReportSource, args).await;
        let plan = plan(me, wrapped, dollars, custody, reports);
        let provider = world.endpoint.provider();
        let nonce = provider.get_transaction_count(me).await.expect("a nonce");
        let deployment = deploy::book(&plan, me, nonce);
        let mut receipts = Vec::new();
        for step in &deployment.steps {
            receipts.push(sender.send(step).await.expect("deploys"));
        }
        let record = deployment.record(&world.endpoint, &plan.symbol, &receipts);
        let mut made = deployment.created.iter().step_by(2).copied();
        let mut feeds = || [(); FEEDS].map(|()| made.next().expect("a feed"));
        let book = Self {
            record: record.await.expect("deployed"),
            quorum,
            wrapped,
            dollars,
            custody,
            feeds: [feeds(), feeds(), feeds(), feeds()],
            signers,
        };
        book.fund(world).await;
        book
    }

    /// Gives every owner of everything, and lets the first begin with plenty of the synthetic.
    async fn fund(&self, world: &World) {
        let deposit = Step::call(
            "deposit",
            self.wrapped,
            WrappedNative::depositCall {}.abi_encode(),
        );
        let deposit = deposit.with_value(whole(2_600));
        world.sender().send(&deposit).await.expect("deposits");
        let peg = self.record.peg_module.expect("a peg module").address;
        let backstop = self.record.backstop.expect("a backstop").address;
        let book = self.record.book.address;
        for index in 0..OWNERS {
            let sender = self.sender(world, index);
            let to = sender.address();
            for (asset, amount) in [
                (self.wrapped, whole(500)),
                (self.dollars, U256::from(10_000_000 * DOLLAR)),
                (self.custody, U256::from(1_000_000 * DOLLAR)),
            ] {
                if index != 0 {
                    let give = Erc20::transferCall { to, amount };
                    world.send(asset, give.abi_encode()).await;
                }
                for spender in [book, peg, backstop] {
                    self.approve(&sender, asset, spender).await;
                }
            }
            self.approve(&sender, book, backstop).await;
        }
        for asset in [self.wrapped, self.dollars, self.custody, book] {
            assert!(self.poke(world, asset).await, "{asset} has a price");
        }
        let whole_lot = (U256::from(2_000_000 * DOLLAR), whole(500_000));
        assert!(self.adjust(world, 0, 1, whole_lot).await, "a vault opens");
    }

    async fn approve(&self, sender: &Sender, asset: Address, spender: Address) {
        let amount = U256::MAX;
        let approve = Erc20::approveCall { spender, amount }.abi_encode();
        let step = Step::call("approve", asset, approve);
        sender.send(&step).await.expect("approves");
    }

    fn sender(&self, world: &World, index: u32) -> Sender {
        Sender::new(world.endpoint.clone(), account(index), None)
    }

    /// The owner of that number.
    pub fn owner(index: u32) -> Address {
        account(index).address()
    }

    async fn by(&self, world: &World, index: u32, to: Address, data: Vec<u8>) -> bool {
        let step = Step::call("event", to, data);
        self.sender(world, index).send(&step).await.is_ok()
    }

    pub async fn poke(&self, world: &World, asset: Address) -> bool {
        let poke = PriceAggregator::pokeCall { asset };
        world
            .try_send(self.record.prices.address, poke.abi_encode())
            .await
    }

    /// Has an owner put collateral in and mint.
    pub async fn adjust(
        &self,
        world: &World,
        owner: u32,
        market: u64,
        (collateral, debt): (U256, U256),
    ) -> bool {
        let adjust = VaultBook::adjustCall {
            market: U256::from(market),
            dCollateral: I256::from_raw(collateral),
            dDebt: I256::from_raw(debt),
        };
        self.by(world, owner, self.record.book.address, adjust.abi_encode())
            .await
    }

    /// Has every feed of wrapped native answer this part of its first price, in per mille, and pokes.
    pub async fn price(&self, world: &World, per_mille: u64) {
        self.feed(world, 0, [per_mille; FEEDS]).await;
        self.poke(world, self.wrapped).await;
    }

    /// Has the feeds of an asset answer these parts of its first price, in per mille.
    async fn feed(&self, world: &World, asset: usize, per_mille: [u64; FEEDS]) {
        let first = if asset == 0 { NATIVE_PRICE } else { 1 };
        for (feed, part) in self.feeds[asset].iter().zip(per_mille) {
            let answer = I256::from_raw(U256::from(first * ANSWER_ONE / 1_000 * part));
            world
                .send(*feed, DevFeed::setCall { answer }.abi_encode())
                .await;
        }
    }

    /// Has every signer report a price of wrapped native, in per mille of its first.
    pub async fn report(&self, world: &World, per_mille: u64) -> bool {
        let contract = ReportQuorum::new(self.quorum, world.endpoint.provider());
        let now = world.endpoint.tip().await.expect("tip").time.get();
        let (asset, round, time) = (self.wrapped, U256::from(now), U256::from(now));
        let price = whole(NATIVE_PRICE) / U256::from(1_000) * U256::from(per_mille);
        let confidence = price / U256::from(1_000);
        let mut reports = Vec::new();
        for signer in &self.signers {
            let digest = contract.digestOf(asset, price, confidence, time, round);
            let digest = digest.call().await.expect("a digest");
            let signature = signer.sign_hash_sync(&digest).expect("signs");
            reports.push(ReportQuorum::Report {
                price,
                confidence,
                time,
                signature: signature.as_bytes().to_vec().into(),
            });
        }
        let submit = ReportQuorum::submitCall {
            asset,
            round,
            reports,
        };
        world.try_send(self.quorum, submit.abi_encode()).await
    }

    /// Takes from every owner in a market.
    pub async fn take(&self, world: &World, market: u64, max_paid: U256) -> bool {
        let take = VaultBook::takeCall {
            market: U256::from(market),
            owners: (0..OWNERS).map(Self::owner).collect(),
            maxPaid: max_paid,
            minCollateral: U256::ZERO,
            data: Bytes::new(),
        };
        world
            .try_send(self.record.book.address, take.abi_encode())
            .await
    }

    pub async fn redeem(&self, world: &World, market: u64, owner: u32, amount: U256) -> bool {
        let redeem = VaultBook::redeemCall {
            market: U256::from(market),
            owner: Self::owner(owner),
            amount,
            minCollateral: U256::ZERO,
        };
        world
            .try_send(self.record.book.address, redeem.abi_encode())
            .await
    }

    /// Lets one of all things happen, chosen by `dice`; what the contracts refuse at the moment does not happen.
    pub async fn happen(&self, world: &World, dice: &mut Dice) -> bool {
        match dice.below(10) {
            0..=2 => self.of_owners(world, dice).await,
            3 => self.of_prices(world, dice).await,
            4 | 5 => self.of_takers(world, dice).await,
            6 => self.of_the_peg(world, dice).await,
            7 | 8 => self.of_the_backstop(world, dice).await,
            _ => self.of_the_governor(world, dice).await,
        }
    }

    async fn of_owners(&self, world: &World, dice: &mut Dice) -> bool {
        let owner = u32::try_from(dice.below(u64::from(OWNERS))).expect("small");
        let market = dice.below(3);
        let units = dice.below(40) + 1;
        let (collateral, value) = match market {
            1 => (U256::from(units * 1_000 * DOLLAR), whole(units * 1_000)),
            _ => (
                whole(units) / U256::from(10),
                whole(units * NATIVE_PRICE / 10),
            ),
        };
        let debt = value * U256::from(dice.below(60) + 20) / U256::from(100);
        let out = |amount: U256| amount.wrapping_neg();
        let all = I256::MIN.into_raw();
        let change = match dice.below(8) {
            0..=3 => (collateral, debt),
            4 => (U256::ZERO, out(debt / U256::from(3))),
            5 => (out(collateral / U256::from(2)), U256::ZERO),
            6 => (all, all),
            _ => (collateral, U256::ZERO),
        };
        self.adjust(world, owner, market, change).await
    }

    async fn of_prices(&self, world: &World, dice: &mut Dice) -> bool {
        let near = 960 + dice.below(80);
        match dice.below(8) {
            // A fall or a rise of all, some of it further than a step.
            0 | 1 => self.price(world, 600 + dice.below(700)).await,
            // One feed tells another price than the others.
            2 => self.disagree(world).await,
            // Nobody agrees with anybody.
            3 => {
                self.feed(world, 0, [700, 1_000, 1_500]).await;
                return self.poke(world, self.wrapped).await;
            }
            4 => {
                let quoted = self.report(world, near).await;
                return self.poke(world, self.wrapped).await && quoted;
            }
            5 => {
                self.feed(world, 2, [900 + dice.below(110); FEEDS]).await;
                return self.poke(world, self.custody).await;
            }
            6 => {
                self.feed(world, 3, [980 + dice.below(40); FEEDS]).await;
                return self.poke(world, self.record.book.address).await;
            }
            _ => self.price(world, near).await,
        }
        true
    }

    async fn of_takers(&self, world: &World, dice: &mut Dice) -> bool {
        let book = self.record.book.address;
        let (market, whose) = (dice.below(3), dice.below(u64::from(OWNERS)));
        let index = u32::try_from(whose).expect("small");
        let (owner, number) = (Self::owner(index), U256::from(market));
        let amount = whole(dice.below(5_000) + 100);
        match dice.below(8) {
            0 | 1 => self.take(world, market, U256::MAX).await,
            2 => self.take(world, market, amount).await,
            3 | 4 => self.redeem(world, market, index, amount).await,
            5 => {
                let market = number;
                let flag = VaultBook::flagCall { market, owner }.abi_encode();
                world.try_send(book, flag).await
            }
            6 => {
                let market = number;
                let write_off = VaultBook::bookCall { market, owner }.abi_encode();
                world.try_send(book, write_off).await
            }
            _ => {
                let market = number;
                let cover = VaultBook::coverCall { market, amount }.abi_encode();
                let collect = VaultBook::collectCall {}.abi_encode();
                world.try_send(book, cover).await | world.try_send(book, collect).await
            }
        }
    }

    async fn of_the_peg(&self, world: &World, dice: &mut Dice) -> bool {
        let (peg, to) = (
            self.record.peg_module.expect("a peg").address,
            Self::owner(1),
        );
        let units = U256::from(dice.below(5_000) * DOLLAR + 1);
        let amount = whole(dice.below(3_000) + 1);
        let data = match dice.below(6) {
            0 | 1 => PegModule::enterCall {
                units,
                minMinted: U256::ZERO,
                to,
            }
            .abi_encode(),
            2 | 3 => PegModule::exitCall {
                amount,
                minUnits: U256::ZERO,
                to,
            }
            .abi_encode(),
            4 => PegModule::markCall {}.abi_encode(),
            _ => PegModule::collectFeesCall {}.abi_encode(),
        };
        world.try_send(peg, data).await
    }

    async fn of_the_backstop(&self, world: &World, dice: &mut Dice) -> bool {
        let backstop = self.record.backstop.expect("a backstop").address;
        let contract = Backstop::new(backstop, world.endpoint.provider());
        let me = Self::owner(0);
        let now = contract.epoch().call().await.expect("an epoch");
        let epoch = now.saturating_sub(U256::from(dice.below(4)));
        let amount = whole(dice.below(2_000) + 1);
        let market = U256::from(dice.below(3));
        let data = match dice.below(11) {
            0 | 1 => Backstop::requestEntryCall {
                assets: amount,
                owner: me,
            }
            .abi_encode(),
            2 => Backstop::claimEntryCall {
                epoch_: epoch,
                owner: me,
            }
            .abi_encode(),
            3 => {
                let shares = contract.balanceOf(me).call().await.expect("shares");
                let shares = shares / U256::from(3);
                Backstop::requestExitCall { shares }.abi_encode()
            }
            4 => Backstop::claimExitCall {
                epoch_: epoch,
                owner: me,
            }
            .abi_encode(),
            5 => Backstop::cancelEntryCall { epoch_: epoch }.abi_encode(),
            6 => Backstop::settleCall {}.abi_encode(),
            7 => {
                let to = backstop;
                let give = Erc20::transferCall { to, amount }.abi_encode();
                world.try_send(self.record.book.address, give).await;
                Backstop::syncCall {}.abi_encode()
            }
            8 => Backstop::takeCall {
                market,
                owners: (0..OWNERS).map(Self::owner).collect(),
                maxPaid: U256::MAX,
            }
            .abi_encode(),
            9 => {
                let lot = contract.lotOf(market).call().await.expect("a lot");
                Backstop::bidCall {
                    market,
                    amount: lot.held / U256::from(2),
                    maxPaid: U256::MAX,
                    to: me,
                }
                .abi_encode()
            }
            _ => Backstop::coverCall { market, amount }.abi_encode(),
        };
        world.try_send(backstop, data).await
    }

    /// Has a market's rate follow a price of the synthetic, in per mille.
    pub async fn step_rate(&self, world: &World, market: u64, per_mille: u64) -> bool {
        self.feed(world, 3, [per_mille; FEEDS]).await;
        self.poke(world, self.record.book.address).await;
        let rates = self.record.rate_controller.expect("a controller").address;
        let market = U256::from(market);
        let step = RateController::stepCall { market }.abi_encode();
        world.try_send(rates, step).await
    }

    async fn of_the_governor(&self, world: &World, dice: &mut Dice) -> bool {
        let governor = self.record.governor.address;
        let market = U256::from(dice.below(3));
        let data = match dice.below(8) {
            0 => VaultGovernor::lowerCeilingCall {
                market,
                ceiling: whole(4_000_000 - dice.below(1_000_000)),
            }
            .abi_encode(),
            1 => VaultGovernor::lowerMintLimitCall {
                market,
                mintLimit: whole(1_000_000 - dice.below(100_000)),
            }
            .abi_encode(),
            2 => VaultGovernor::stopNewDebtCall {
                secs: U256::from(dice.below(600)),
            }
            .abi_encode(),
            3 => {
                let guardian_ = Self::owner(u32::try_from(dice.below(3)).expect("small"));
                let data = VaultGovernor::setGuardianCall { guardian_ }.abi_encode();
                VaultGovernor::scheduleCall {
                    target: governor,
                    data: data.into(),
                }
                .abi_encode()
            }
            part @ (4 | 5) => {
                let id = U256::from(dice.below(4));
                if part == 4 {
                    VaultGovernor::cancelCall { id }.abi_encode()
                } else {
                    VaultGovernor::executeCall { id }.abi_encode()
                }
            }
            6 => {
                let (to, amount) = (Self::owner(2), whole(dice.below(50)));
                let give = Erc20::transferCall { to, amount }.abi_encode();
                return world.try_send(self.record.book.address, give).await;
            }
            _ => {
                return self
                    .step_rate(world, dice.below(3), 950 + dice.below(100))
                    .await;
            }
        };
        world.try_send(governor, data).await
    }

    /// A fall under what vaults owe, their clocks started, parts sold to the backstop and at once, the rest sold late at a
    /// loss, one written off, and a redemption that shares in the loss.
    pub async fn crisis(&self, world: &World) {
        self.crisis_begins(world).await;
        self.crisis_deepens(world).await;
        self.crisis_ends(world).await;
    }

    /// Vaults are opened to the brim, fall a little too far, and their clocks start.
    pub async fn crisis_begins(&self, world: &World) {
        self.price(world, 1_000).await;
        self.enter_the_backstop(world).await;
        for owner in 1..OWNERS {
            let debt = whole(7_000 + u64::from(owner) * 100);
            self.adjust(world, owner, 0, (whole(5), debt)).await;
            self.adjust(world, owner, 2, (whole(10), debt)).await;
        }
        self.fall(world, &[920, 840]).await;
        for owner in 1..OWNERS {
            let (market, owner) = (U256::ZERO, Self::owner(owner));
            let flag = VaultBook::flagCall { market, owner }.abi_encode();
            world.try_send(self.record.book.address, flag).await;
        }
        devnet::advance(&world.endpoint, 30)
            .await
            .expect("time passes");
    }

    /// Parts of them are sold, the backstop's first, before the price falls under what they owe.
    pub async fn crisis_deepens(&self, world: &World) {
        let take = Backstop::takeCall {
            market: U256::ZERO,
            owners: vec![Self::owner(3), Self::owner(4)],
            maxPaid: whole(3_000),
        };
        let backstop = self.record.backstop.expect("a backstop").address;
        world.try_send(backstop, take.abi_encode()).await;
        self.take(world, 0, whole(2_000)).await;
        self.fall(world, &[800, 750, 700, 640, 590, 560]).await;
        let (market, owner) = (U256::ZERO, Self::owner(2));
        let write_off = VaultBook::bookCall { market, owner }.abi_encode();
        world.try_send(self.record.book.address, write_off).await;
        self.take(world, 0, whole(6_000)).await;
    }

    /// The loss is shared by a redemption, the rest is sold, and the price comes back.
    pub async fn crisis_ends(&self, world: &World) {
        self.redeem(world, 2, 3, whole(500)).await;
        self.take(world, 0, U256::MAX).await;
        self.price(world, 1_000).await;
    }

    /// One feed of wrapped native tells another price than all others, and is left out.
    pub async fn disagree(&self, world: &World) {
        self.feed(world, 0, [1_000, 1_000, 1_300]).await;
        self.report(world, 1_000).await;
        self.poke(world, self.wrapped).await;
    }

    /// A price that falls from window to window.
    async fn fall(&self, world: &World, path: &[u64]) {
        for per_mille in path {
            self.price(world, *per_mille).await;
            devnet::advance(&world.endpoint, 601)
                .await
                .expect("time passes");
            self.poke(world, self.wrapped).await;
        }
    }

    /// Brings money into the backstop, and waits until it is settled.
    async fn enter_the_backstop(&self, world: &World) {
        let backstop = self.record.backstop.expect("a backstop").address;
        let request = Backstop::requestEntryCall {
            assets: whole(20_000),
            owner: Self::owner(0),
        };
        world.try_send(backstop, request.abi_encode()).await;
        devnet::advance(&world.endpoint, 3 * 86_400)
            .await
            .expect("time passes");
        let settle = Backstop::settleCall {}.abi_encode();
        world.try_send(backstop, settle).await;
        self.price(world, 1_000).await;
    }
}

/// `count` things happen to a synthetic, with time passing between them; an order that follows from `seed`.
pub async fn play(world: &World, book: &Book, seed: u64, count: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        while !book.happen(world, &mut dice).await {}
        if dice.below(3) == 0 {
            let secs = [5, 40, 300, 700, 4_000, 90_000];
            let which = usize::try_from(dice.below(6)).expect("small");
            devnet::advance(&world.endpoint, secs[which])
                .await
                .expect("time passes");
        }
    }
}
