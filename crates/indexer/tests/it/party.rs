//! Tokens with everything that can happen to them, and who does it in a shuffled order.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolEvent, SolValue};
use ballast_bindings::converter::Converter;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::lock::LiquidityLock;
use ballast_bindings::peers::{Erc20, Router};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::{Step, devnet};
use ballast_types::LoanId;

use crate::world::{ONE, World};

alloy::sol! {
    interface FlashTaker {
        function take(address lender, address asset, uint256 amount) external;
    }
}

/// One unit of the asset with six decimals.
const DOLLAR: u64 = 1_000_000;

/// A launched token with its parts.
pub struct Party {
    pub token: Address,
    pub reserve: Address,
    pub converter: Address,
    pub lock: Address,
    pub assets: Vec<Address>,
    taker: Address,
}

/// Numbers that follow from a seed, as a shuffled deck does.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn code(artifact: &str) -> Bytes {
    let artifact: serde_json::Value = serde_json::from_str(artifact).expect("JSON");
    let code = artifact["bytecode"]
        .as_str()
        .or_else(|| artifact["bytecode"]["object"].as_str());
    code.expect("bytecode").parse().expect("hex")
}

async fn create(world: &World, code: Bytes) -> Address {
    let step = Step::create("create", code);
    let receipt = world.sender().send(&step).await.expect("creates");
    receipt.created.expect("an address")
}

/// An asset with six decimals, all of it the sender's.
pub async fn dollars(world: &World) -> Address {
    let args = (
        "Dollar",
        "USD",
        U256::from(6),
        U256::from(DOLLAR) * U256::from(1_000_000_000_u64),
    );
    let asset = code(include_str!(
        "../../../../contracts/artifacts/DevAsset.json"
    ));
    create(
        world,
        [asset.to_vec(), args.abi_encode_params()].concat().into(),
    )
    .await
}

impl Party {
    /// Launches a token backed by `assets`, of which the first is what the pool trades against.
    pub async fn launch(world: &World, salt: u8, assets: &[Address]) -> Self {
        let sender = world.sender();
        let launchpad = world.manifest.contracts.launchpad.address;
        for asset in assets {
            approve(world, *asset, launchpad).await;
        }
        let params = params(world, salt, assets);
        let call = Launchpad::launchCall { params }.abi_encode();
        let step = Step::call("launch", launchpad, call);
        let receipt = sender.send(&step).await.expect("launches");
        let mut logs = receipt.logs.iter();
        let made = logs.find_map(|log| Launchpad::TokenLaunched::decode_log(&log.inner).ok());
        let made = made.expect("a launch").data;
        let taker = code(include_str!(
            "../../../../contracts/artifacts/FlashTaker.json"
        ));
        let party = Self {
            token: made.token,
            reserve: made.reserve,
            converter: made.converter,
            lock: made.lock,
            assets: assets.to_vec(),
            taker: create(world, taker).await,
        };
        for asset in assets {
            for spender in [party.reserve, party.converter, world.router()] {
                approve(world, *asset, spender).await;
            }
            let amount = U256::from(1_000 * DOLLAR);
            let fill = Erc20::transferCall {
                to: party.taker,
                amount,
            };
            world.send(*asset, fill.abi_encode()).await;
        }
        approve(world, party.token, world.router()).await;
        party
    }

    /// Lets one of all things happen, chosen by `dice`; what the contracts refuse at the moment does not happen.
    pub async fn happen(&self, world: &World, dice: &mut Dice) -> bool {
        let tokens = U256::from(ONE) * U256::from(dice.below(900) + 1);
        let (to, data) = match dice.below(4) {
            0 => self.of_token(world, dice, tokens),
            1 => self.of_converter(world, dice),
            2 => self.of_loans(world, dice, tokens).await,
            _ => self.of_reserve(world, dice, tokens),
        };
        world.try_send(to, data).await
    }

    /// A sale whose fee fills the auction, a full lot and a small one bought, a lot burned at the floor, and one bought
    /// after that.
    pub async fn auction(&self, world: &World) {
        let sale = U256::from(ONE) * U256::from(60_000);
        let swap = self.swap(world, [self.token, self.assets[0]], sale);
        world.send(world.router(), swap).await;
        let bid = |tokens: u64| {
            let (tokens, max_pay) = (
                U256::from(ONE) * U256::from(tokens),
                vec![U256::MAX; self.assets.len()],
            );
            let to = world.sender().address();
            Converter::bidCall {
                tokens,
                maxPay: max_pay,
                to,
            }
            .abi_encode()
        };
        let reserve = Reserve::new(self.reserve, world.endpoint.provider());
        let paused = reserve.pausedUntil().call().await.expect("pause");
        let now = world.endpoint.tip().await.expect("tip").time.get();
        let left = paused.saturating_to::<u64>().saturating_sub(now);
        devnet::advance(&world.endpoint, left.max(40_000))
            .await
            .expect("time passes");
        // Where fees were cut, there is less than a lot.
        let burn = Converter::burnLotCall {}.abi_encode();
        for data in [burn, bid(1_000), bid(7)] {
            world.try_send(self.converter, data).await;
        }
        let liquidity = Converter::addLiquidityCall {}.abi_encode();
        world.try_send(self.converter, liquidity).await;
    }

    fn of_token(&self, world: &World, dice: &mut Dice, amount: U256) -> (Address, Vec<u8>) {
        let me = world.sender().address();
        let someone = Address::with_last_byte(u8::try_from(dice.below(20)).expect("small") + 20);
        let dead = alloy::primitives::address!("0x000000000000000000000000000000000000dEaD");
        let data = match dice.below(9) {
            0 => Erc20::transferCall {
                to: someone,
                amount,
            }
            .abi_encode(),
            1 => AccrualToken::burnCall { amount }.abi_encode(),
            2 => Erc20::transferCall { to: dead, amount }.abi_encode(),
            3 => Erc20::transferCall {
                to: self.token,
                amount,
            }
            .abi_encode(),
            4 => Erc20::transferCall { to: me, amount }.abi_encode(),
            5 => {
                let (buy, sell) = (dice.below(1_000), dice.below(1_000));
                AccrualToken::setFeesCall {
                    buyBps: U256::from(buy),
                    sellBps: U256::from(sell),
                }
                .abi_encode()
            }
            6 => {
                return (
                    world.router(),
                    self.swap(world, [self.token, self.assets[0]], amount),
                );
            }
            _ => {
                let amount = self.asset_amount(0, dice.below(50) + 1);
                return (
                    world.router(),
                    self.swap(world, [self.assets[0], self.token], amount),
                );
            }
        };
        (self.token, data)
    }

    fn of_converter(&self, world: &World, dice: &mut Dice) -> (Address, Vec<u8>) {
        let to = world.sender().address();
        let lot = U256::from(ONE) * U256::from(1_000);
        let index = U256::from(dice.below(2));
        let data = match dice.below(9) {
            0 => Converter::allocateCall {}.abi_encode(),
            1 => Converter::burnLotCall {}.abi_encode(),
            2 => Converter::addLiquidityCall {}.abi_encode(),
            3 => Converter::proposeRecipientCall {
                index,
                account: Address::repeat_byte(0x77),
            }
            .abi_encode(),
            4 => Converter::acceptRecipientCall { index }.abi_encode(),
            5 => Converter::claimCall {
                account: Address::repeat_byte(0x77),
                index: U256::ZERO,
            }
            .abi_encode(),
            6 => {
                let until = U256::from(1_900_000_000 + dice.below(1_000_000));
                return (
                    self.lock,
                    LiquidityLock::extendLockCall { until }.abi_encode(),
                );
            }
            full => {
                let tokens = if full == 7 {
                    lot
                } else {
                    U256::from(ONE) * U256::from(dice.below(90) + 1)
                };
                let max_pay = vec![U256::MAX; self.assets.len()];
                Converter::bidCall {
                    tokens,
                    maxPay: max_pay,
                    to,
                }
                .abi_encode()
            }
        };
        (self.converter, data)
    }

    async fn of_loans(&self, world: &World, dice: &mut Dice, amount: U256) -> (Address, Vec<u8>) {
        let me = world.sender().address();
        let reserve = Reserve::new(self.reserve, world.endpoint.provider());
        let count: u64 = reserve.loanCount().call().await.expect("count").to();
        let sequence = u32::try_from(dice.below(count.max(1)) + 1).expect("few loans");
        let id = LoanId::new(me, sequence).word();
        let data = match dice.below(8) {
            0 | 1 => {
                let most = reserve.maxBorrow(amount).call().await.expect("most");
                let divisor = U256::from(dice.below(3) + 1);
                let principal = most.iter().map(|most| *most / divisor).collect();
                Reserve::borrowCall {
                    collateral: amount,
                    principal,
                    to: me,
                    unwrap: false,
                }
                .abi_encode()
            }
            2 => Reserve::extendCall { loanId: id }.abi_encode(),
            3 => Reserve::extendByBurnCall {
                loanId: id,
                maxBurn: U256::MAX,
            }
            .abi_encode(),
            4 => Reserve::forecloseCall { loanIds: vec![id] }.abi_encode(),
            5 => Reserve::pauseCall {
                secs: U256::from(dice.below(5_000) + 60),
            }
            .abi_encode(),
            6 => Reserve::unpauseCall {}.abi_encode(),
            part => {
                let most = if part == 7 {
                    U256::MAX
                } else {
                    U256::from(dice.below(100_000))
                };
                Reserve::repayCall {
                    loanId: id,
                    amounts: vec![most; self.assets.len()],
                }
                .abi_encode()
            }
        };
        (self.reserve, data)
    }

    fn of_reserve(&self, world: &World, dice: &mut Dice, tokens: U256) -> (Address, Vec<u8>) {
        let me = world.sender().address();
        let which = usize::try_from(dice.below(self.assets.len() as u64)).expect("small");
        let (index, amount) = (
            U256::from(which),
            self.asset_amount(which, dice.below(40) + 1),
        );
        let asset = self.assets[which];
        let data = match dice.below(5) {
            0 => Reserve::donateCall { index, amount }.abi_encode(),
            1 => {
                return (
                    asset,
                    Erc20::transferCall {
                        to: self.reserve,
                        amount,
                    }
                    .abi_encode(),
                );
            }
            2 => Reserve::syncCall { index }.abi_encode(),
            3 => {
                let take = FlashTaker::takeCall {
                    lender: self.reserve,
                    asset,
                    amount,
                };
                return (self.taker, take.abi_encode());
            }
            _ => {
                let forgo = U256::from(dice.below(2)) << 1_usize;
                let forgo = if self.assets.len() > 1 {
                    forgo
                } else {
                    U256::ZERO
                };
                Reserve::redeemCall {
                    tokens,
                    forgo,
                    to: me,
                    unwrap: false,
                }
                .abi_encode()
            }
        };
        (self.reserve, data)
    }

    /// `units` hundredths of an asset: of the one with six decimals, or of the wrapped native.
    fn asset_amount(&self, which: usize, units: u64) -> U256 {
        let six = self.assets.len() == 1 || which == 1;
        let unit = if six { DOLLAR * 10 } else { ONE / 100 };
        U256::from(units) * U256::from(unit)
    }

    fn swap(&self, world: &World, path: [Address; 2], amount: U256) -> Vec<u8> {
        Router::swapExactTokensForTokensSupportingFeeOnTransferTokensCall {
            amountIn: amount,
            amountOutMin: U256::ZERO,
            path: path.to_vec(),
            to: world.sender().address(),
            deadline: U256::MAX,
        }
        .abi_encode()
    }
}

async fn approve(world: &World, asset: Address, spender: Address) {
    let amount = U256::MAX;
    let approve = Erc20::approveCall { spender, amount }.abi_encode();
    world.send(asset, approve).await;
}

fn params(world: &World, salt: u8, assets: &[Address]) -> Launchpad::LaunchParams {
    let me = world.sender().address();
    let whole = |six: bool| {
        if six {
            U256::from(DOLLAR)
        } else {
            U256::from(ONE) / U256::from(1_000)
        }
    };
    let one_asset = assets.len() == 1;
    let seed = |which: usize| whole(one_asset || which == 1) * U256::from(20_000);
    let recipient = |byte: u8, bps: u16| Launchpad::Recipient {
        account: Address::repeat_byte(byte),
        bps,
    };
    let million = U256::from(ONE) * U256::from(1_000_000);
    Launchpad::LaunchParams {
        name: format!("Harbour {salt}"),
        symbol: format!("H{salt}"),
        supply: million,
        owner: me,
        guardian: me,
        assets: assets.to_vec(),
        seeds: (0..assets.len()).map(seed).collect(),
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
            tokens: million / U256::from(10),
            // After the sale of [`Party::auction`] the pool's price is that of the lot sold there, near which liquidity
            // can be added.
            assets: whole(one_asset) * U256::from(9_841),
            lockUntil: U256::from(1_850_000_000),
        },
        fees: Launchpad::FeeParams {
            maxBuyBps: 1_000,
            maxSellBps: 1_000,
            buyBps: 300,
            sellBps: 500,
            startMultiple: U256::from(ONE) * U256::from(32),
            split: Launchpad::Split {
                reserveBps: 6_000,
                burnBps: 1_000,
                liquidityBps: if one_asset { 1_000 } else { 0 },
                recipients: vec![
                    recipient(0x55, 1_000),
                    recipient(0x66, if one_asset { 1_000 } else { 2_000 }),
                ],
            },
        },
        salt: B256::with_last_byte(salt),
    }
}

/// Two tokens, one backed by an asset with six decimals, one by two assets, and much that happens to both.
pub async fn parties(world: &World) -> [Party; 2] {
    let dollars = dollars(world).await;
    let wrapped = world.manifest.contracts.wrapped_native.address;
    [
        Party::launch(world, 21, &[dollars]).await,
        Party::launch(world, 22, &[wrapped, dollars]).await,
    ]
}

/// `count` things happen, with time passing between them; a shuffled order that follows from `seed`.
pub async fn play(world: &World, parties: &[Party], seed: u64, count: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        let which = usize::try_from(dice.below(parties.len() as u64)).expect("small");
        while !parties[which].happen(world, &mut dice).await {}
        if dice.below(3) == 0 {
            let secs = [30, 500, 2_000, 4_000, 20_000, 90_000]
                [usize::try_from(dice.below(6)).expect("small")];
            devnet::advance(&world.endpoint, secs)
                .await
                .expect("time passes");
        }
    }
}
