//! A launch, as far as the model goes: balances, seeds, terms. Twin of the bounds in `Launchpad.sol`.

use crate::asset_ledger::{AssetState, CAP};
use crate::{Converter, Holdings, ModelError, Reserve, Split, Terms, Token, World};
use alloy_primitives::{Address, U256};
use ballast_math::MULTIPLE_MAX;
use ballast_types::{AssetAmount, BPS_FULL, Bps, Timestamp, TokenAmount, Wad};

/// The most tokens that a launch may make, 5e36 base units.
pub const SUPPLY_MAX: u128 = 5_000_000_000_000_000_000_000_000_000_000_000_000;

/// Where the contracts of a launch lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The token.
    pub token: Address,
    /// The reserve.
    pub reserve: Address,
    /// The launchpad.
    pub launchpad: Address,
    /// The converter; read only where the launch has fees.
    pub converter: Address,
    /// The liquidity lock; zero for none.
    pub lock: Address,
}

/// Fees of the pool tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeParams {
    /// The most that the buy fee can ever be.
    pub max_buy_bps: Bps,
    /// The most that the sell fee can ever be.
    pub max_sell_bps: Bps,
    /// The buy fee at launch.
    pub buy_bps: Bps,
    /// The sell fee at launch.
    pub sell_bps: Bps,
    /// The converter's multiple at launch.
    pub start_multiple: Wad,
    /// Where fees go.
    pub split: Split,
}

/// The first pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolParams {
    /// The pair.
    pub address: Address,
    /// Token base units that it starts with.
    pub tokens: TokenAmount,
    /// Base units of asset 0 that it starts with.
    pub assets: AssetAmount,
}

/// Everything that a launch decides and the model knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchParams {
    /// When it happens.
    pub genesis: Timestamp,
    /// Where its contracts lie.
    pub addresses: Addresses,
    /// Token base units made, 1 to [`SUPPLY_MAX`].
    pub supply: TokenAmount,
    /// Who cuts fees; receives the tokens not put in the pool.
    pub owner: Address,
    /// Who may pause entries; zero for nobody.
    pub guardian: Address,
    /// Base units of each asset that enter the reserve at once, 1 to 8 assets.
    pub seeds: Vec<AssetAmount>,
    /// The reserve's terms.
    pub terms: Terms,
    /// The pool tax; `None` for a plain token.
    pub fees: Option<FeeParams>,
    /// The first pool; `None` for none.
    pub pool: Option<PoolParams>,
}

fn bounded(param: &'static str, value: U256, min: u128, max: U256) -> Result<(), ModelError> {
    let min = U256::from(min);
    if value < min || value > max {
        return Err(ModelError::ParamOutOfBounds {
            param,
            value,
            min,
            max,
        });
    }
    Ok(())
}

fn check_terms(terms: &Terms) -> Result<(), ModelError> {
    let thousand = U256::from(1_000u64);
    let rest = U256::from(BPS_FULL).saturating_sub(terms.redeem_fee_bps.word());
    bounded(
        "terms.redeemFeeBps",
        terms.redeem_fee_bps.word(),
        0,
        thousand,
    )?;
    bounded(
        "terms.ltvBps",
        terms.ltv_bps.word(),
        0,
        rest.min(U256::from(9_900u64)),
    )?;
    // A borrower at the limit can pay one term's fee out of the collateral.
    let full = u32::from(BPS_FULL);
    let fee_most = full
        .saturating_mul(full)
        .checked_div(u32::from(terms.ltv_bps.get()))
        .map_or(thousand, |whole| U256::from(whole.saturating_sub(full)));
    bounded(
        "terms.termFeeBps",
        terms.term_fee_bps.word(),
        0,
        fee_most.min(thousand),
    )?;
    bounded("terms.flashFeeBps", terms.flash_fee_bps.word(), 0, thousand)?;
    let (hour, day) = (3_600, U256::from(86_400u64));
    let days = |count: u64| day.saturating_mul(U256::from(count));
    bounded(
        "terms.termSecs",
        U256::from(terms.term_secs.get()),
        hour,
        days(365),
    )?;
    bounded(
        "terms.graceSecs",
        U256::from(terms.grace_secs.get()),
        hour,
        days(90),
    )?;
    bounded(
        "terms.dripSecs",
        U256::from(terms.drip_secs.get()),
        hour,
        days(30),
    )
}

fn check_fees(fees: &FeeParams, assets: usize) -> Result<(), ModelError> {
    let thousand = U256::from(1_000u64);
    bounded("fees.maxBuyBps", fees.max_buy_bps.word(), 0, thousand)?;
    bounded("fees.maxSellBps", fees.max_sell_bps.word(), 0, thousand)?;
    bounded(
        "fees.buyBps",
        fees.buy_bps.word(),
        0,
        fees.max_buy_bps.word(),
    )?;
    bounded(
        "fees.sellBps",
        fees.sell_bps.word(),
        0,
        fees.max_sell_bps.word(),
    )?;
    let multiple = fees.start_multiple.get();
    bounded(
        "fees.startMultiple",
        multiple,
        1_000_000_000_000_000_000,
        MULTIPLE_MAX.get(),
    )?;
    let liquidity_max = if assets == 1 {
        U256::from(BPS_FULL)
    } else {
        U256::ZERO
    };
    bounded(
        "fees.split.liquidityBps",
        fees.split.liquidity_bps.word(),
        0,
        liquidity_max,
    )?;
    bounded(
        "fees.split.recipients",
        U256::from(fees.split.recipients.len()),
        0,
        U256::from(5u64),
    )?;
    let sum = fees.split.sum_bps();
    if sum != U256::from(BPS_FULL) {
        return Err(ModelError::SplitSum { sum });
    }
    Ok(())
}

impl World {
    /// The world right after a launch; a parameter out of bounds is refused by name.
    ///
    /// Bounds that depend on an asset's decimals, on names or on the pair are the launchpad's own.
    pub fn launch(params: &LaunchParams) -> Result<Self, ModelError> {
        bounded("supply", params.supply.get(), 1, U256::from(SUPPLY_MAX))?;
        check_terms(&params.terms)?;
        bounded(
            "assets",
            U256::from(params.seeds.len()),
            1,
            U256::from(8u64),
        )?;
        for seed in &params.seeds {
            bounded("seeds", seed.get(), 1, CAP.get())?;
        }
        if let Some(fees) = &params.fees {
            check_fees(fees, params.seeds.len())?;
        }

        let mut token = Token::new(params)?;
        let mut assets = Vec::with_capacity(params.seeds.len());
        let mut ledger = Vec::with_capacity(params.seeds.len());
        for seed in &params.seeds {
            let mut holdings = Holdings::default();
            holdings.credit(params.addresses.reserve, seed.get())?;
            assets.push(holdings);
            ledger.push(AssetState {
                cash: *seed,
                ..AssetState::default()
            });
        }
        let mut left = params.supply;
        if let Some(pool) = params.pool {
            token.move_tokens(params.addresses.launchpad, pool.address, pool.tokens)?;
            left = left.try_sub(pool.tokens)?;
            if let Some(first) = assets.first_mut() {
                first.credit(pool.address, pool.assets.get())?;
            }
            if params.fees.is_some() {
                token.register_pool(pool.address)?;
            }
        }
        token.move_tokens(params.addresses.launchpad, params.owner, left)?;
        let converter = params
            .fees
            .as_ref()
            .map(|fees| Converter::new(fees, params));
        Ok(Self {
            now: params.genesis,
            genesis: params.genesis,
            addresses: params.addresses,
            token,
            assets,
            reserve: Reserve::new(params.terms, ledger),
            converter: converter.transpose()?,
        })
    }
}
