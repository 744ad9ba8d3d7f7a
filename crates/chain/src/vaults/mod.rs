//! Synthetics: one book of vaults as plain values, everything read at one block.

pub mod deploy;
pub mod presets;

use alloy::eips::BlockId;
use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::book::VaultBook;
use ballast_bindings::prices::IPrices;
use ballast_model::vaults::{MarketTerms, PriceState, PriceView, convert};
use ballast_types::{AssetAmount, Price, Seconds, TokenAmount, WAD, Wad};

use crate::accrual::describe_asset;
use crate::endpoint::Endpoint;
use crate::error::ChainError;
use crate::manifest::BookRecord;

/// Asks a contract at a block; what fails is named.
macro_rules! read {
    ($call:expr, $block:expr, $what:literal) => {
        $call
            .block($block)
            .call()
            .await
            .map_err(|error| ChainError::from_call($what, &error))?
    };
}

pub mod parts;

/// A token that a market or a book deals in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its address.
    pub address: Address,
    /// Its symbol; the address where it names none.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// One market of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketState {
    /// Its number, from zero.
    pub number: u64,
    /// What never changes of it.
    pub terms: MarketTerms,
    /// Its collateral.
    pub collateral: Unit,
    /// The synthetic.
    pub synthetic: Unit,
    /// Collateral of all vaults, base units.
    pub held: U256,
    /// Debt of all vaults, rounded down.
    pub debt: U256,
    /// Losses that nobody has paid yet.
    pub deficit: U256,
    /// Most debt.
    pub ceiling: U256,
    /// Most net mint in a window.
    pub mint_limit: U256,
    /// Left of it now.
    pub mintable: U256,
    /// Growth of the index a second, in wad.
    pub rate: U256,
    /// The collateral's stored price.
    pub price: StoredPrice,
}

/// A stored price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredPrice {
    /// Its bounds, and what they are good for.
    pub view: PriceView,
    /// Unix seconds of the last safe aggregation; zero where there never was one.
    pub updated_at: u64,
}

/// One owner's part of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultState {
    /// Base units of collateral.
    pub collateral: U256,
    /// Base units of debt now, rounded up.
    pub debt: U256,
    /// When its clock was started, unix seconds; zero while none runs.
    pub flagged_at: u64,
}

/// What a book as a whole owes and has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookState {
    /// The synthetic.
    pub synthetic: Unit,
    /// Base units in existence.
    pub supply: U256,
    /// Debt of all markets, rounded down.
    pub debt: U256,
    /// Losses of all markets and of the peg module that nobody has paid yet.
    pub deficit: U256,
    /// The peg module's part of it.
    pub peg_deficit: U256,
    /// Synthetic minted by the peg module and not burned again.
    pub peg_ledger: U256,
    /// What the book holds of itself.
    pub surplus: U256,
    /// What of that it keeps before anything goes to the backstop.
    pub surplus_buffer: U256,
    /// What stands behind the supply, less the supply.
    pub equity: I256,
    /// Share of face value that a redemption pays, as backing and supply; equal ones without a deficit.
    pub haircut: (U256, U256),
    /// Until when new debt is stopped, unix seconds; in the past where it is not.
    pub stopped_until: u64,
    /// How many markets it has.
    pub market_count: u64,
}

/// One source of a price, as a poke would see it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// What it is and when it counts.
    pub terms: PriceAggregator::SourceTerms,
    /// What it answers.
    pub reading: PriceAggregator::Reading,
}

fn seconds(word: U256) -> u64 {
    u64::try_from(word).unwrap_or(u64::MAX)
}

/// The synthetic of `record`.
///
/// # Errors
/// [`ChainError::NoCode`], [`ChainError::Rpc`].
pub async fn synthetic(
    endpoint: &Endpoint,
    record: &BookRecord,
    block: BlockId,
) -> Result<Unit, ChainError> {
    unit(endpoint, block, record.book.address).await
}

async fn unit(endpoint: &Endpoint, block: BlockId, address: Address) -> Result<Unit, ChainError> {
    let (symbol, decimals) = describe_asset(endpoint, block, address).await?;
    Ok(Unit {
        address,
        symbol,
        decimals,
    })
}

/// The book of `record`.
///
/// # Errors
/// [`ChainError::Rpc`], or [`ChainError::Reverted`] in the middle of a take.
pub async fn book(
    endpoint: &Endpoint,
    record: &BookRecord,
    block: BlockId,
) -> Result<BookState, ChainError> {
    let address = record.book.address;
    let book = VaultBook::new(address, endpoint.provider());
    let totals = read!(book.totals(), block, "totals");
    let haircut = read!(book.haircut(), block, "haircut");
    Ok(BookState {
        synthetic: unit(endpoint, block, address).await?,
        supply: read!(book.totalSupply(), block, "supply"),
        debt: totals.debt,
        deficit: totals.deficit,
        peg_deficit: read!(book.pegDeficit(), block, "peg deficit"),
        peg_ledger: totals.pegLedger,
        surplus: read!(book.balanceOf(address), block, "surplus"),
        surplus_buffer: read!(book.surplusBuffer(), block, "surplus buffer"),
        equity: read!(book.equity(), block, "equity"),
        haircut: (haircut.backing, haircut.supply),
        stopped_until: seconds(read!(book.stoppedUntil(), block, "stop")),
        market_count: seconds(read!(book.marketCount(), block, "market count")),
    })
}

/// How many markets the book has.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn market_count(
    endpoint: &Endpoint,
    record: &BookRecord,
    block: BlockId,
) -> Result<u64, ChainError> {
    let book = VaultBook::new(record.book.address, endpoint.provider());
    Ok(seconds(read!(book.marketCount(), block, "market count")))
}

/// One market of the book.
///
/// # Errors
/// [`ChainError::Reverted`] with `UnknownMarket`, [`ChainError::Rpc`].
pub async fn market(
    endpoint: &Endpoint,
    record: &BookRecord,
    number: u64,
    block: BlockId,
) -> Result<MarketState, ChainError> {
    let book = VaultBook::new(record.book.address, endpoint.provider());
    let terms = read!(book.termsOf(U256::from(number)), block, "market terms");
    let seen = read!(book.marketOf(U256::from(number)), block, "market");
    let price = stored_price(endpoint, terms.prices, terms.collateral, block).await?;
    Ok(MarketState {
        number,
        collateral: unit(endpoint, block, terms.collateral).await?,
        synthetic: synthetic(endpoint, record, block).await?,
        terms: model_terms(&terms),
        held: seen.collateral,
        debt: seen.debt,
        deficit: seen.deficit,
        ceiling: seen.ceiling,
        mint_limit: seen.mintLimit,
        mintable: seen.mintable,
        rate: seen.rate,
        price,
    })
}

fn model_terms(terms: &VaultBook::MarketTerms) -> MarketTerms {
    MarketTerms {
        collateral: terms.collateral,
        prices: terms.prices,
        borrow_ltv: Wad::new(terms.borrowLtv),
        min_debt: TokenAmount::new(terms.minDebt),
        mint_window_secs: Seconds::new(seconds(terms.mintWindowSecs)),
        liq_ltv: Wad::new(terms.liqLtv),
        max_discount: Wad::new(terms.maxDiscount),
        ramp_secs: Seconds::new(seconds(terms.rampSecs)),
        fee_min: Wad::new(terms.feeMin),
        fee_slope: Wad::new(terms.feeSlope),
        rate_controller: terms.rateController,
    }
}

/// The price that `prices` has stored of `asset`.
///
/// # Errors
/// [`ChainError::Reverted`] with `UnknownAsset`, [`ChainError::Rpc`].
pub async fn stored_price(
    endpoint: &Endpoint,
    prices: Address,
    asset: Address,
    block: BlockId,
) -> Result<StoredPrice, ChainError> {
    let contract = IPrices::new(prices, endpoint.provider());
    Ok(price_of(&read!(contract.price(asset), block, "price")))
}

/// A stored price out of what `price` returned.
pub fn price_of(seen: &IPrices::priceReturn) -> StoredPrice {
    StoredPrice {
        view: PriceView {
            low: Price::new(seen.low),
            mid: Price::new(seen.mid),
            high: Price::new(seen.high),
            state: state_of(seen.state),
        },
        updated_at: seconds(seen.updatedAt),
    }
}

/// The state of that number; a number that is none counts as the least trusted.
pub fn state_of(code: u8) -> PriceState {
    match code {
        0 => PriceState::Safe,
        1 => PriceState::Stepped,
        3 => PriceState::Late,
        _ => PriceState::Grace,
    }
}

/// One owner's vault.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn vault(
    endpoint: &Endpoint,
    record: &BookRecord,
    number: u64,
    owner: Address,
    block: BlockId,
) -> Result<VaultState, ChainError> {
    let book = VaultBook::new(record.book.address, endpoint.provider());
    let seen = read!(book.vaultOf(U256::from(number), owner), block, "vault");
    Ok(VaultState {
        collateral: seen.collateral,
        debt: seen.debt,
        flagged_at: seconds(seen.flaggedAt),
    })
}

/// How the sources of `asset` are made one price, and what each says now.
///
/// # Errors
/// [`ChainError::Reverted`] with `UnknownAsset`, [`ChainError::Rpc`].
pub async fn sources(
    endpoint: &Endpoint,
    prices: Address,
    asset: Address,
    block: BlockId,
) -> Result<(PriceAggregator::AssetTerms, Vec<SourceState>), ChainError> {
    let contract = PriceAggregator::new(prices, endpoint.provider());
    let terms = read!(contract.termsOf(asset), block, "price terms");
    let sources = read!(contract.sourcesOf(asset), block, "price sources");
    let readings = read!(contract.survey(asset), block, "price survey");
    let states = sources.into_iter().zip(readings);
    Ok((
        terms,
        states
            .map(|(terms, reading)| SourceState { terms, reading })
            .collect(),
    ))
}

/// How many assets a token says it stands for; none where it does not say.
pub async fn assets_behind(endpoint: &Endpoint, block: BlockId, token: Address) -> Option<usize> {
    let backed = VaultBook::new(token, endpoint.provider());
    let answer = backed.reserves().block(block).call().await.ok()?;
    Some(answer.assets.len())
}

impl MarketState {
    /// What `collateral` is worth at `price`, rounded down; nothing beyond any amount.
    pub fn value(collateral: U256, price: Price) -> U256 {
        convert::value_down(AssetAmount::new(collateral), price)
            .unwrap_or_default()
            .get()
    }

    /// Value at mid over debt, in wad; none without debt or price.
    pub fn ratio_wad(&self, collateral: U256, debt: U256) -> Option<U256> {
        let mid = self.price.view.mid;
        if debt.is_zero() || mid.is_zero() {
            return None;
        }
        ballast_math::wide_mul_div_down(Self::value(collateral, mid), WAD, debt).ok()
    }

    /// The price under which a vault is unhealthy, rounded up; none without debt or collateral.
    pub fn liquidation_price(&self, collateral: U256, debt: U256) -> Option<Price> {
        if debt.is_zero() || collateral.is_zero() {
            return None;
        }
        let value = ballast_math::wide_mul_div_up(debt, WAD, self.terms.liq_ltv.get()).ok()?;
        ballast_math::wide_mul_div_up(value, convert::PRICE_SCALE, collateral)
            .ok()
            .map(Price::new)
    }

    /// Whether anybody may take from a vault at the stored mid price.
    pub fn is_unhealthy(&self, collateral: U256, debt: U256) -> bool {
        let value = Self::value(collateral, self.price.view.mid);
        let most = ballast_math::wide_mul_div_down(value, self.terms.liq_ltv.get(), WAD);
        !debt.is_zero() && most.is_ok_and(|most| debt > most)
    }

    /// The most debt that an owner's action may leave beside `collateral`, at the low price.
    pub fn debt_most(&self, collateral: U256) -> U256 {
        let value = Self::value(collateral, self.price.view.low);
        ballast_math::wide_mul_div_down(value, self.terms.borrow_ltv.get(), WAD).unwrap_or_default()
    }

    /// The least collateral that an owner's action may leave beside `debt`, at the low price; none without a price.
    pub fn collateral_least(&self, debt: U256) -> Option<U256> {
        let low = self.price.view.low.get();
        if low.is_zero() {
            return None;
        }
        let value = ballast_math::wide_mul_div_up(debt, WAD, self.terms.borrow_ltv.get()).ok()?;
        ballast_math::wide_mul_div_up(value, convert::PRICE_SCALE, low).ok()
    }
}
