//! One launched token twice: on the contracts in an EVM of our own, and in the model.

use std::path::Path;

use alloy::primitives::{Address, B256, Bytes, U256, address};
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::launchpad::Launchpad::launchCall;
use ballast_bindings::peers::{Erc20, PairFactory};
use ballast_bindings::{Artifact, launchpad::Launchpad};
use ballast_chain::evm::Evm;
use ballast_model::{
    Addresses, FeeParams, LaunchParams, PoolParams, Recipient, Split, Terms, World,
};
use ballast_testkit::repository_root;
use ballast_types::{AssetAmount, Bps, Seconds, Timestamp, TokenAmount, Wad};

pub const GENESIS: u64 = 1_767_225_600;
pub const ISSUER: Address = address!("0x1000000000000000000000000000000000000001");
pub const GUARDIAN: Address = address!("0x1000000000000000000000000000000000000002");
pub const CREATOR: Address = address!("0x1000000000000000000000000000000000000003");
pub const DEAD: Address = address!("0x000000000000000000000000000000000000dEaD");
pub const USERS: [Address; 4] = [
    address!("0x2000000000000000000000000000000000000001"),
    address!("0x2000000000000000000000000000000000000002"),
    address!("0x2000000000000000000000000000000000000003"),
    address!("0x2000000000000000000000000000000000000004"),
];

/// What the traces vary.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Decimals of each backing asset.
    pub decimals: &'static [u8],
    /// Whether trading is taxed; then there is a pool and a converter.
    pub taxed: bool,
    pub redeemable: bool,
    pub liquidity_bps: u16,
}

/// Both sides and the accounts that act on them.
pub struct System {
    pub evm: Evm,
    pub model: World,
    pub assets: Vec<Address>,
    pub flash_borrower: Address,
    /// The pair of the token and an unregistered asset, and that asset; it exists where trading is taxed.
    pub second_pool: Option<(Address, Address)>,
    pub pool: Option<Address>,
}

/// The creation code of a stand-in, or of a contract of Uniswap V2.
pub fn code_of(path: &str) -> Bytes {
    code_in(&repository_root().join("contracts").join(path))
}

/// The creation code in the file of an artifact.
pub fn code_in(file: &Path) -> Bytes {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make setup`", file.display()));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let code = &json["bytecode"];
    // The compiler's own output has more to say of it.
    let code = code.as_str().or_else(|| code["object"].as_str());
    code.unwrap().parse().unwrap()
}

pub fn with_args(code: &Bytes, args: impl AsRef<[u8]>) -> Bytes {
    [code.as_ref(), args.as_ref()].concat().into()
}

pub fn bps(value: u16) -> Bps {
    Bps::new(value).unwrap()
}

pub fn deploy_launchpad(evm: &mut Evm) -> (Address, Address) {
    let factory_code = code_of("node_modules/@uniswap/v2-core/build/UniswapV2Factory.json");
    let factory = evm
        .deploy(ISSUER, with_args(&factory_code, Address::ZERO.abi_encode()))
        .unwrap();
    let weth = code_of("node_modules/@uniswap/v2-periphery/build/WETH9.json");
    let weth = evm.deploy(ISSUER, weth).unwrap();
    let parts = [
        Artifact::Reserve,
        Artifact::Converter,
        Artifact::LiquidityLock,
        Artifact::TokenDeployer,
    ]
    .map(|artifact| evm.deploy(ISSUER, artifact.bytecode()).unwrap());
    let args = (parts[0], parts[1], parts[2], parts[3], weth, factory).abi_encode_params();
    (
        evm.deploy(ISSUER, with_args(&Artifact::Launchpad.bytecode(), args))
            .unwrap(),
        factory,
    )
}

fn terms(shape: Shape) -> Terms {
    Terms {
        redeemable: shape.redeemable,
        redeem_fee_bps: bps(100),
        ltv_bps: bps(9_500),
        term_fee_bps: bps(10),
        flash_fee_bps: bps(8),
        term_secs: Seconds::from_days(30),
        grace_secs: Seconds::from_days(3),
        drip_secs: Seconds::from_days(1),
    }
}

fn fee_params(shape: Shape) -> FeeParams {
    let creator = 10_000 - 5_000 - 1_000 - shape.liquidity_bps;
    FeeParams {
        max_buy_bps: bps(1_000),
        max_sell_bps: bps(800),
        buy_bps: bps(300),
        sell_bps: bps(500),
        start_multiple: Wad::new(U256::from(32) * U256::from(10).pow(U256::from(18))),
        split: Split {
            reserve_bps: bps(5_000),
            burn_bps: bps(1_000),
            liquidity_bps: bps(shape.liquidity_bps),
            recipients: vec![
                Recipient {
                    account: CREATOR,
                    bps: bps(creator / 2),
                },
                Recipient {
                    account: USERS[3],
                    bps: bps(creator - creator / 2),
                },
            ],
        },
    }
}

/// What the launchpad is asked for, in the words of its own interface.
fn launch_call(
    shape: Shape,
    assets: &[Address],
    seeds: &[U256],
    supply: U256,
    pool: (U256, U256),
) -> launchCall {
    let (terms, fees) = (terms(shape), fee_params(shape));
    let recipients = fees.split.recipients.iter();
    let split = Launchpad::Split {
        reserveBps: fees.split.reserve_bps.get(),
        burnBps: fees.split.burn_bps.get(),
        liquidityBps: fees.split.liquidity_bps.get(),
        recipients: recipients
            .map(|who| Launchpad::Recipient {
                account: who.account,
                bps: who.bps.get(),
            })
            .collect(),
    };
    let taxed = Launchpad::FeeParams {
        maxBuyBps: fees.max_buy_bps.get(),
        maxSellBps: fees.max_sell_bps.get(),
        buyBps: fees.buy_bps.get(),
        sellBps: fees.sell_bps.get(),
        startMultiple: fees.start_multiple.get(),
        split,
    };
    let none = Launchpad::Split {
        reserveBps: 0,
        burnBps: 0,
        liquidityBps: 0,
        recipients: vec![],
    };
    let untaxed = Launchpad::FeeParams {
        maxBuyBps: 0,
        maxSellBps: 0,
        buyBps: 0,
        sellBps: 0,
        startMultiple: U256::ZERO,
        split: none,
    };
    let (tokens, paired) = if shape.taxed {
        pool
    } else {
        (U256::ZERO, U256::ZERO)
    };
    launchCall {
        params: Launchpad::LaunchParams {
            name: "Harbour".to_owned(),
            symbol: "HRB".to_owned(),
            supply,
            owner: ISSUER,
            guardian: GUARDIAN,
            assets: assets.to_vec(),
            seeds: seeds.to_vec(),
            terms: Launchpad::Terms {
                redeemable: terms.redeemable,
                redeemFeeBps: terms.redeem_fee_bps.get(),
                ltvBps: terms.ltv_bps.get(),
                termFeeBps: terms.term_fee_bps.get(),
                flashFeeBps: terms.flash_fee_bps.get(),
                termSecs: u32::try_from(terms.term_secs.get()).unwrap(),
                graceSecs: u32::try_from(terms.grace_secs.get()).unwrap(),
                dripSecs: u32::try_from(terms.drip_secs.get()).unwrap(),
            },
            path: u8::from(shape.taxed),
            pool: Launchpad::PoolParams {
                tokens,
                assets: paired,
                lockUntil: U256::MAX,
            },
            fees: if shape.taxed { taxed } else { untaxed },
            salt: B256::ZERO,
        },
    }
}

/// A plain asset of its own.
pub fn new_asset(evm: &mut Evm, decimals: u8) -> Address {
    let args = (format!("A{decimals}"), U256::from(decimals)).abi_encode_params();
    let code = with_args(&code_of("artifacts/TestAsset.json"), args);
    evm.deploy(ISSUER, code).unwrap()
}

/// A pair of the token and a new asset, and that asset.
fn new_pool(evm: &mut Evm, factory: Address, token: Address) -> (Address, Address) {
    let other = new_asset(evm, 18);
    let create = PairFactory::createPairCall {
        tokenA: token,
        tokenB: other,
    };
    let output = evm
        .send(ISSUER, factory, create.abi_encode().into())
        .unwrap()
        .output;
    (Address::abi_decode(&output).unwrap(), other)
}

/// The model of the same launch.
fn model_of(
    shape: Shape,
    addresses: Addresses,
    supply: U256,
    seeds: Vec<U256>,
    pool: PoolParams,
) -> World {
    World::launch(&LaunchParams {
        genesis: Timestamp::new(GENESIS),
        addresses,
        supply: TokenAmount::new(supply),
        owner: ISSUER,
        guardian: GUARDIAN,
        seeds: seeds.into_iter().map(AssetAmount::new).collect(),
        terms: terms(shape),
        fees: shape.taxed.then(|| fee_params(shape)),
        pool: shape.taxed.then_some(pool),
    })
    .unwrap()
}

fn one(decimals: u8) -> U256 {
    U256::from(10).pow(U256::from(decimals))
}

impl System {
    /// Launches on both sides and gives every user tokens and assets.
    pub fn launch(shape: Shape) -> Self {
        let mut evm = Evm::new(GENESIS);
        let (launchpad, factory) = deploy_launchpad(&mut evm);
        let decimals = shape.decimals.iter();
        let assets: Vec<_> = decimals
            .map(|decimals| new_asset(&mut evm, *decimals))
            .collect();
        let flash_borrower = evm
            .deploy(ISSUER, code_of("artifacts/TestFlashBorrower.json"))
            .unwrap();

        let supply = U256::from(1_000_000) * one(18);
        let seeds: Vec<_> = shape
            .decimals
            .iter()
            .map(|decimals| U256::from(1_000) * one(*decimals))
            .collect();
        let pool = (
            U256::from(400_000) * one(18),
            U256::from(2_000) * one(shape.decimals[0]),
        );
        for (index, asset) in assets.iter().enumerate() {
            let needed = seeds[index]
                + if index == 0 && shape.taxed {
                    pool.1
                } else {
                    U256::ZERO
                };
            mint(&mut evm, *asset, ISSUER, needed);
            approve(&mut evm, *asset, ISSUER, launchpad);
        }
        let call = launch_call(shape, &assets, &seeds, supply, pool);
        let output = evm
            .send(ISSUER, launchpad, call.abi_encode().into())
            .unwrap()
            .output;
        let made = launchCall::abi_decode_returns(&output).unwrap();

        let addresses = Addresses {
            token: made.token,
            reserve: made.reserve,
            launchpad,
            converter: made.converter,
            lock: made.lock,
        };
        let pool_params = PoolParams {
            address: made.pool,
            tokens: TokenAmount::new(pool.0),
            assets: AssetAmount::new(pool.1),
        };
        let model = model_of(shape, addresses, supply, seeds, pool_params);
        let mut system = Self {
            evm,
            model,
            assets,
            flash_borrower,
            second_pool: None,
            pool: None,
        };
        if shape.taxed {
            system.pool = Some(made.pool);
            system.second_pool = Some(new_pool(&mut system.evm, factory, made.token));
        }
        system.equip(shape);
        system
    }

    /// Assets for everybody, and leave for the contracts to take them, as the model supposes.
    fn equip(&mut self, shape: Shape) {
        let at = self.model.addresses();
        let holders = [USERS.as_slice(), &[ISSUER, GUARDIAN, self.flash_borrower]].concat();
        for index in 0..self.assets.len() {
            let asset = self.assets[index];
            let amount = U256::from(500) * one(shape.decimals[index]);
            for holder in &holders {
                mint(&mut self.evm, asset, *holder, amount);
                self.model
                    .fund(index, *holder, AssetAmount::new(amount))
                    .unwrap();
                approve(&mut self.evm, asset, *holder, at.reserve);
                if shape.taxed {
                    approve(&mut self.evm, asset, *holder, at.converter);
                }
            }
        }
    }

    /// Lets `secs` pass on both sides.
    pub fn advance(&mut self, secs: u64) {
        self.model.advance(Seconds::new(secs)).unwrap();
        self.evm.set_time(self.model.now().get());
    }

    pub fn read<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let output = self.evm.view(ISSUER, to, call.abi_encode().into()).unwrap();
        C::abi_decode_returns(&output).unwrap()
    }
}

pub fn mint(evm: &mut Evm, asset: Address, to: Address, amount: U256) {
    alloy::sol! { function mint(address to, uint256 amount) external; }
    evm.send(ISSUER, asset, mintCall { to, amount }.abi_encode().into())
        .unwrap();
}

pub fn approve(evm: &mut Evm, asset: Address, from: Address, spender: Address) {
    let call = Erc20::approveCall {
        spender,
        amount: U256::MAX,
    };
    evm.send(from, asset, call.abi_encode().into()).unwrap();
}
