//! Who plays in the market, which tokens are launched for it, and how each is set up.

use alloy::primitives::{Address, U256};
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::{Erc20, WrappedNative};
use ballast_chain::accrual::TokenRef;
use ballast_chain::{Endpoint, Manifest, devnet};

use super::node::{Node, Tx};

/// Accounts that the local chain must sign for; the first ten are left to the person at the keyboard.
pub const ACCOUNTS: u16 = 40;
/// Native units that each actor has: enough for what he wraps and for all gas.
const NATIVE_EACH: u64 = 1_000_000;
/// Seconds before the first price at which the market is set up; the deployment comes before that.
pub const SETUP_SECS: u64 = 600;
/// Seconds before the first price at which the chain begins.
pub const GENESIS_SECS: u64 = 86_400;

const WAD_DECIMALS: u8 = 18;
const GAS_CREATE: u64 = 3_000_000;
const GAS_LAUNCH: u64 = 9_000_000;
const GAS_PLAIN: u64 = 150_000;
/// Transactions in one block of the set-up: together they stay under a block's gas.
const SETUP_BLOCK_TXS: usize = 150;
/// Native units that each actor wraps.
const WRAPPED_EACH: u64 = 20_000;

#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod generated {
    alloy::sol! {
        interface FlashTaker {
            function take(address lender, address asset, uint256 amount) external;
        }
    }
}
pub use generated::FlashTaker;

/// A part that one or several accounts play, by account number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    first: usize,
    count: usize,
}

impl Role {
    /// How many play it.
    pub const fn count(self) -> usize {
        self.count
    }

    /// The account of player `index`, counted around.
    pub const fn account(self, index: usize) -> usize {
        self.first + index % self.count
    }

    /// Every account that plays it.
    pub fn accounts(self) -> std::ops::Range<usize> {
        self.first..self.first + self.count
    }
}

/// Launches and owns every token.
pub const ISSUER: Role = Role {
    first: 10,
    count: 1,
};
/// May pause entries.
pub const GUARDIAN: Role = Role {
    first: 11,
    count: 1,
};
/// Receives the creator's share of fees.
pub const CREATOR: Role = Role {
    first: 12,
    count: 1,
};
/// Does what anybody may do: foreclose, burn lots, add liquidity, sync.
pub const KEEPER: Role = Role {
    first: 13,
    count: 1,
};
/// Gives to reserves.
pub const DONOR: Role = Role {
    first: 14,
    count: 1,
};
/// Buys under the redeemable value and redeems.
pub const ARBITRAGEUR: Role = Role {
    first: 15,
    count: 1,
};
/// Buy fee tokens from converters.
pub const BIDDERS: Role = Role {
    first: 16,
    count: 3,
};
/// Carry the path into the pools.
pub const TRADERS: Role = Role {
    first: 19,
    count: 8,
};
/// Hold, leave on falls, burn.
pub const HOLDERS: Role = Role {
    first: 27,
    count: 6,
};
/// Borrow against their tokens.
pub const BORROWERS: Role = Role {
    first: 33,
    count: 7,
};

/// An asset that backs tokens.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its contract.
    pub address: Address,
    /// Its symbol.
    pub symbol: &'static str,
    /// Its decimals.
    pub decimals: u8,
    /// What one whole unit is worth to the actors, in units of account. Only the market reads it, no contract does.
    pub value: f64,
}

impl Asset {
    /// What one base unit is worth.
    pub fn base_value(&self) -> f64 {
        self.value / 10_f64.powi(i32::from(self.decimals))
    }
}

/// Index of the wrapped native currency among the assets.
const NATIVE: usize = 0;
/// Index of the stable asset.
const DOLLAR: usize = 1;
/// Index of the other asset.
const GOLD: usize = 2;

/// What a token is launched with. Amounts in whole units, shares in basis points, times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// Its symbol.
    pub symbol: &'static str,
    /// Tokens in existence.
    pub supply: u64,
    /// Backing assets, by index.
    pub assets: &'static [usize],
    /// Seed of each asset.
    pub seeds: &'static [u64],
    /// Tokens in the pool.
    pub pool_tokens: u64,
    /// Asset 0 in the pool.
    pub pool_assets: u64,
    /// Whether tokens can be redeemed.
    pub redeemable: bool,
    /// One loan term.
    pub term_secs: u32,
    /// From deadline to foreclosure.
    pub grace_secs: u32,
    /// One epoch of the stream.
    pub drip_secs: u32,
    /// Fee on purchases.
    pub buy_bps: u16,
    /// Fee on sales.
    pub sell_bps: u16,
    /// Multiple at which the converter starts.
    pub start_multiple: u64,
    /// Shares of fees: reserve, burn, liquidity; the rest is the creator's.
    pub split: [u16; 3],
    /// How strongly demand follows the path: the power of the path's ratio.
    pub beta: f64,
    /// Deviation of the token's own demand, per hour.
    pub noise: f64,
}

/// Fee on redemption.
pub const REDEEM_FEE_BPS: u16 = 100;
/// Most of the backing that can be borrowed.
pub const LTV_BPS: u16 = 9_500;
/// Fee of one term.
pub const TERM_FEE_BPS: u16 = 10;
const FLASH_FEE_BPS: u16 = 8;
const MAX_FEE_BPS: u16 = 1_000;
const BPS: u16 = 10_000;

/// The tokens of the market.
pub const SPECS: [Spec; 3] = [
    Spec {
        name: "Harbour",
        symbol: "HRBR",
        supply: 1_000_000,
        assets: &[NATIVE],
        seeds: &[100],
        pool_tokens: 400_000,
        pool_assets: 100,
        redeemable: false,
        term_secs: 7 * 86_400,
        grace_secs: 2 * 86_400,
        drip_secs: 86_400,
        buy_bps: 200,
        sell_bps: 400,
        start_multiple: 64,
        split: [6_000, 1_000, 2_000],
        beta: 1.0,
        noise: 0.003,
    },
    Spec {
        name: "Quay",
        symbol: "QUAY",
        supply: 10_000_000,
        assets: &[DOLLAR, GOLD],
        seeds: &[200_000, 100],
        pool_tokens: 4_000_000,
        pool_assets: 240_000,
        redeemable: false,
        term_secs: 2 * 86_400,
        grace_secs: 12 * 3_600,
        drip_secs: 12 * 3_600,
        buy_bps: 300,
        sell_bps: 300,
        start_multiple: 16,
        split: [7_000, 2_000, 0],
        beta: 0.6,
        noise: 0.004,
    },
    Spec {
        name: "Mole",
        symbol: "MOLE",
        supply: 2_000_000,
        assets: &[DOLLAR],
        seeds: &[1_000_000],
        pool_tokens: 600_000,
        pool_assets: 303_000,
        redeemable: true,
        term_secs: 12 * 3_600,
        grace_secs: 6 * 3_600,
        drip_secs: 6 * 3_600,
        buy_bps: 100,
        sell_bps: 300,
        start_multiple: 4,
        split: [5_000, 3_000, 1_000],
        beta: 1.2,
        noise: 0.005,
    },
];

/// One launched token.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it was launched with.
    pub spec: Spec,
    /// Its parts.
    pub token: Address,
    /// Its reserve.
    pub reserve: Address,
    /// Its converter.
    pub converter: Address,
    /// Its pool.
    pub pool: Address,
    /// Whether the pool counts the token as its first side.
    pub token_first: bool,
    /// Unix seconds of the launch.
    pub genesis: u64,
}

/// Everything the market plays on.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Accounts by number.
    pub accounts: Vec<Address>,
    /// Assets by index.
    pub assets: Vec<Asset>,
    /// The launched tokens.
    pub tokens: Vec<Token>,
    /// Swaps over the pools.
    pub router: Address,
    /// Takes flash loans.
    pub flash_taker: Address,
}

impl Stage {
    /// The asset `index` of token `token`.
    pub fn asset(&self, token: usize, index: usize) -> &Asset {
        &self.assets[self.tokens[token].spec.assets[index]]
    }

    /// Every contract that holds balances: assets, then tokens.
    pub fn currencies(&self) -> Vec<Address> {
        let tokens = self.tokens.iter().map(|token| token.token);
        self.assets
            .iter()
            .map(|asset| asset.address)
            .chain(tokens)
            .collect()
    }
}

/// `whole` units with `decimals` decimals, in base units.
pub fn units(whole: u64, decimals: u8) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(decimals))
}

/// Sets the market up in blocks that end at `start`: assets, launches, balances and allowances.
///
/// Allowances of actors have no end: they are accounts of the local chain that anybody's keys open.
///
/// # Errors
/// Where a step reverts, the deployment has no router, or the chain does not answer.
pub async fn set_up(
    node: &mut Node,
    endpoint: &Endpoint,
    manifest: &Manifest,
    start: u64,
) -> eyre::Result<Stage> {
    let accounts = node.accounts().await?;
    if accounts.len() < usize::from(ACCOUNTS) {
        eyre::bail!(
            "the local chain signs for {} accounts, the market needs {ACCOUNTS}",
            accounts.len()
        );
    }
    for account in &accounts[ISSUER.account(0)..usize::from(ACCOUNTS)] {
        devnet::set_balance(endpoint, *account, units(NATIVE_EACH, WAD_DECIMALS)).await?;
    }
    let router = manifest
        .contracts
        .router
        .ok_or_else(|| eyre::eyre!("the deployment has no router"))?
        .address;
    let mut builder = Builder {
        node,
        time: start - SETUP_SECS,
        accounts,
    };
    let created = builder.create().await?;
    let assets = vec![
        asset(
            manifest.contracts.wrapped_native.address,
            "WETH",
            WAD_DECIMALS,
            2_000.0,
        ),
        asset(created[0], "DUSD", 6, 1.0),
        asset(created[1], "DXAU", WAD_DECIMALS, 2_000.0),
    ];
    builder.fund(&assets, created[2]).await?;
    let launchpad = manifest.contracts.launchpad.address;
    let tokens = builder.launch(endpoint, launchpad, &assets).await?;
    let accounts = builder.accounts.clone();
    let stage = Stage {
        accounts,
        assets,
        tokens,
        router,
        flash_taker: created[2],
    };
    builder.hand_out(&stage).await?;
    Ok(stage)
}

fn asset(address: Address, symbol: &'static str, decimals: u8, value: f64) -> Asset {
    Asset {
        address,
        symbol,
        decimals,
        value,
    }
}

/// Creation code of a contract that only the local chain needs, from the committed build output.
fn devnet_code(artifact: &str) -> eyre::Result<Vec<u8>> {
    let json: serde_json::Value = serde_json::from_str(artifact)?;
    let code = json
        .get("bytecode")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    Ok(alloy::primitives::hex::decode(code)?)
}

struct Builder<'a> {
    node: &'a mut Node,
    time: u64,
    accounts: Vec<Address>,
}

impl Builder<'_> {
    fn account(&self, role: Role) -> Address {
        self.accounts[role.account(0)]
    }

    async fn mine(
        &mut self,
        txs: &[Tx],
    ) -> eyre::Result<Vec<alloy::rpc::types::TransactionReceipt>> {
        let mut receipts = Vec::with_capacity(txs.len());
        for chunk in txs.chunks(SETUP_BLOCK_TXS) {
            self.time += 1;
            for receipt in self.node.block(chunk, self.time).await? {
                if !receipt.status() {
                    eyre::bail!(
                        "setting up the market: {}",
                        self.node.why(receipt.transaction_hash).await?
                    );
                }
                receipts.push(receipt);
            }
        }
        Ok(receipts)
    }

    /// The contracts that only the local chain needs: a stable asset, another one, and who takes flash loans.
    async fn create(&mut self) -> eyre::Result<Vec<Address>> {
        let asset_code = devnet_code(include_str!(
            "../../../../contracts/artifacts/DevAsset.json"
        ))?;
        let taker_code = devnet_code(include_str!(
            "../../../../contracts/artifacts/FlashTaker.json"
        ))?;
        let new_asset = |name: &str, symbol: &str, decimals: u8, whole: u64| {
            let supply = units(whole, decimals);
            let args = (
                name.to_owned(),
                symbol.to_owned(),
                U256::from(decimals),
                supply,
            )
                .abi_encode_params();
            [asset_code.clone(), args].concat()
        };
        let codes = [
            new_asset("Devnet Dollar", "DUSD", 6, 10_000_000_000),
            new_asset("Devnet Gold", "DXAU", WAD_DECIMALS, 10_000_000),
            taker_code,
        ];
        let from = self.account(ISSUER);
        let tx = |data| Tx {
            from,
            to: None,
            data,
            value: U256::ZERO,
            gas: GAS_CREATE,
            fee_wei: None,
        };
        let receipts = self.mine(&codes.map(tx)).await?;
        let made: Option<Vec<Address>> = receipts
            .iter()
            .map(|receipt| receipt.contract_address)
            .collect();
        made.ok_or_else(|| eyre::eyre!("setting up the market: a receipt names no contract"))
    }

    /// Gives every actor assets to act with.
    async fn fund(&mut self, assets: &[Asset], flash_taker: Address) -> eyre::Result<()> {
        let issuer = self.account(ISSUER);
        let mut txs = Vec::new();
        for account in &self.accounts[ISSUER.account(0)..usize::from(ACCOUNTS)] {
            let deposit = Tx::call(
                *account,
                assets[NATIVE].address,
                WrappedNative::depositCall {}.abi_encode(),
                GAS_PLAIN,
            );
            txs.push(Tx {
                value: units(WRAPPED_EACH, WAD_DECIMALS),
                ..deposit
            });
            for (asset, whole) in [(&assets[DOLLAR], 50_000_000), (&assets[GOLD], 50_000)] {
                txs.push(transfer(
                    issuer,
                    asset.address,
                    *account,
                    units(whole, asset.decimals),
                ));
            }
        }
        self.mine(&txs).await?;
        let fees = [
            (NATIVE, issuer, 10),
            (DOLLAR, issuer, 100_000),
            (GOLD, issuer, 10),
        ];
        let fill = |(index, from, whole): (usize, Address, u64)| {
            transfer(
                from,
                assets[index].address,
                flash_taker,
                units(whole, assets[index].decimals),
            )
        };
        self.mine(&fees.map(fill)).await.map(drop)
    }

    async fn launch(
        &mut self,
        endpoint: &Endpoint,
        launchpad: Address,
        assets: &[Asset],
    ) -> eyre::Result<Vec<Token>> {
        let issuer = self.account(ISSUER);
        let mut txs = Vec::new();
        for asset in assets {
            txs.push(approve(issuer, asset.address, launchpad));
        }
        self.mine(&txs).await?;
        let count = endpoint_count(endpoint, launchpad).await?;
        let launches: Vec<Tx> = SPECS
            .iter()
            .map(|spec| {
                let call = Launchpad::launchCall {
                    params: self.params(spec, assets),
                };
                Tx::call(issuer, launchpad, call.abi_encode(), GAS_LAUNCH)
            })
            .collect();
        self.mine(&launches).await?;
        let mut tokens = Vec::new();
        for (index, spec) in SPECS.iter().enumerate() {
            let parts = launched(endpoint, launchpad, count + U256::from(index)).await?;
            let missing = || {
                eyre::eyre!(
                    "setting up the market: {} has no converter or no pool",
                    spec.symbol
                )
            };
            let asset = assets[spec.assets[0]].address;
            tokens.push(Token {
                spec: *spec,
                token: parts.token,
                reserve: parts.reserve,
                converter: parts.converter.ok_or_else(missing)?,
                pool: parts.pool.ok_or_else(missing)?,
                token_first: parts.token < asset,
                genesis: self.time,
            });
        }
        Ok(tokens)
    }

    fn params(&self, spec: &Spec, assets: &[Asset]) -> Launchpad::LaunchParams {
        let of = |index: usize, whole: u64| units(whole, assets[spec.assets[index]].decimals);
        let [reserve_bps, burn_bps, liquidity_bps] = spec.split;
        let creator = Launchpad::Recipient {
            account: self.account(CREATOR),
            bps: BPS - reserve_bps - burn_bps - liquidity_bps,
        };
        Launchpad::LaunchParams {
            name: spec.name.to_owned(),
            symbol: spec.symbol.to_owned(),
            supply: units(spec.supply, WAD_DECIMALS),
            owner: self.account(ISSUER),
            guardian: self.account(GUARDIAN),
            assets: spec
                .assets
                .iter()
                .map(|index| assets[*index].address)
                .collect(),
            seeds: spec
                .seeds
                .iter()
                .enumerate()
                .map(|(index, whole)| of(index, *whole))
                .collect(),
            terms: Launchpad::Terms {
                redeemable: spec.redeemable,
                redeemFeeBps: REDEEM_FEE_BPS,
                ltvBps: LTV_BPS,
                termFeeBps: TERM_FEE_BPS,
                flashFeeBps: FLASH_FEE_BPS,
                termSecs: spec.term_secs,
                graceSecs: spec.grace_secs,
                dripSecs: spec.drip_secs,
            },
            path: 1,
            pool: Launchpad::PoolParams {
                tokens: units(spec.pool_tokens, WAD_DECIMALS),
                assets: of(0, spec.pool_assets),
                lockUntil: U256::MAX,
            },
            fees: Launchpad::FeeParams {
                maxBuyBps: MAX_FEE_BPS,
                maxSellBps: MAX_FEE_BPS,
                buyBps: spec.buy_bps,
                sellBps: spec.sell_bps,
                startMultiple: units(spec.start_multiple, WAD_DECIMALS),
                split: Launchpad::Split {
                    reserveBps: reserve_bps,
                    burnBps: burn_bps,
                    liquidityBps: liquidity_bps,
                    recipients: vec![creator],
                },
            },
            salt: Default::default(),
        }
    }

    /// Spreads each token over the actors and lets contracts take what the actors will pay.
    async fn hand_out(&mut self, stage: &Stage) -> eyre::Result<()> {
        let issuer = self.account(ISSUER);
        let mut txs = Vec::new();
        for token in &stage.tokens {
            let float = token.spec.supply - token.spec.pool_tokens;
            for (role, percent) in [(TRADERS, 40), (HOLDERS, 30), (BORROWERS, 25)] {
                let each = units(float * percent / 100, WAD_DECIMALS) / U256::from(role.count());
                for account in role.accounts() {
                    txs.push(transfer(issuer, token.token, self.accounts[account], each));
                }
            }
            for account in &self.accounts[ISSUER.account(0)..usize::from(ACCOUNTS)] {
                txs.push(approve(*account, token.token, stage.router));
            }
            for account in BORROWERS
                .accounts()
                .chain(DONOR.accounts())
                .chain(BIDDERS.accounts())
            {
                for index in token.spec.assets {
                    let asset = stage.assets[*index].address;
                    let spender = if BIDDERS.accounts().contains(&account) {
                        token.converter
                    } else {
                        token.reserve
                    };
                    txs.push(approve(self.accounts[account], asset, spender));
                }
            }
        }
        for account in &self.accounts[ISSUER.account(0)..usize::from(ACCOUNTS)] {
            for asset in [NATIVE, DOLLAR] {
                txs.push(approve(*account, stage.assets[asset].address, stage.router));
            }
        }
        self.mine(&txs).await.map(drop)
    }
}

fn transfer(from: Address, currency: Address, to: Address, amount: U256) -> Tx {
    Tx::call(
        from,
        currency,
        Erc20::transferCall { to, amount }.abi_encode(),
        GAS_PLAIN,
    )
}

fn approve(from: Address, currency: Address, spender: Address) -> Tx {
    Tx::call(
        from,
        currency,
        Erc20::approveCall {
            spender,
            amount: U256::MAX,
        }
        .abi_encode(),
        GAS_PLAIN,
    )
}

async fn endpoint_count(endpoint: &Endpoint, launchpad: Address) -> eyre::Result<U256> {
    let launchpad = Launchpad::new(launchpad, endpoint.provider());
    Ok(launchpad.tokenCount().call().await?)
}

async fn launched(endpoint: &Endpoint, launchpad: Address, index: U256) -> eyre::Result<TokenRef> {
    let launchpad = Launchpad::new(launchpad, endpoint.provider());
    let token = launchpad.tokenAt(index).call().await?;
    Ok(launchpad.launched(token).call().await?.into())
}
