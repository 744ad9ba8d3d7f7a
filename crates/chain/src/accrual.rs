//! One accrual token as plain values, everything read at one block.

use alloy::eips::BlockId;
use alloy::primitives::{Address, U256};
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use ballast_bindings::converter::Converter;
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::lock::LiquidityLock;
use ballast_bindings::peers::{Erc20, Pair};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_types::{BlockRef, LoanId, Timestamp};

use crate::endpoint::{Endpoint, at};
use crate::error::ChainError;
use crate::logs::LogReader;
use crate::manifest::Manifest;

/// Decimals of every accrual token.
pub const TOKEN_DECIMALS: u8 = 18;

/// The addresses of one launch; none where the launch made no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRef {
    /// The token.
    pub token: Address,
    /// Its reserve.
    pub reserve: Address,
    /// Its converter.
    pub converter: Option<Address>,
    /// Its first pool.
    pub pool: Option<Address>,
    /// The lock that holds the pool's liquidity.
    pub lock: Option<Address>,
}

impl From<Launchpad::Launched> for TokenRef {
    fn from(made: Launchpad::Launched) -> Self {
        let some = |address: Address| (!address.is_zero()).then_some(address);
        Self {
            token: made.token,
            reserve: made.reserve,
            converter: some(made.converter),
            pool: some(made.pool),
            lock: some(made.lock),
        }
    }
}

/// One backing asset with its part of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetState {
    /// Its address.
    pub asset: Address,
    /// Its symbol; the address where it names none.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
    /// R: base units of cash.
    pub cash: U256,
    /// D: base units out on loan.
    pub lent: U256,
    /// Base units received and not yet vested.
    pub streaming: U256,
    /// R * S over F * (S - C) in wad; the largest word where nothing needs to be covered.
    pub coverage_wad: U256,
}

impl AssetState {
    /// F: cash and claims on borrowers together.
    pub fn total(&self) -> U256 {
        self.cash.saturating_add(self.lent)
    }
}

/// Fees of a token with a pool tax, in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeState {
    /// Buy fee in force.
    pub buy_bps: U256,
    /// Sell fee in force.
    pub sell_bps: U256,
    /// Most the buy fee can ever be.
    pub max_buy_bps: U256,
    /// Most the sell fee can ever be.
    pub max_sell_bps: U256,
    /// A proposed raise: buy, sell, and when it holds.
    pub pending: Option<(U256, U256, Timestamp)>,
}

/// The first pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Token base units in it.
    pub tokens: U256,
    /// Base units of asset 0 in it.
    pub assets: U256,
    /// When its liquidity unlocks; the largest word for never.
    pub locked_until: Option<U256>,
}

/// A token's state at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenState {
    /// The block.
    pub block: BlockRef,
    /// Its addresses.
    pub at: TokenRef,
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Who cuts fees and names the guardian.
    pub owner: Address,
    /// Who may pause entries; zero for nobody.
    pub guardian: Address,
    /// Base units in existence.
    pub supply: U256,
    /// S: base units that can be presented.
    pub claims: U256,
    /// C: base units locked as collateral.
    pub locked: U256,
    /// Loans ever opened.
    pub loan_count: U256,
    /// Until when entries are paused; zero when they are not.
    pub paused_until: U256,
    /// The terms fixed at launch.
    pub terms: Reserve::Terms,
    /// The ledger of each asset.
    pub assets: Vec<AssetState>,
    /// Fees, where trading is taxed.
    pub fees: Option<FeeState>,
    /// The first pool, where there is one.
    pub pool: Option<PoolState>,
}

/// One open loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanState {
    /// Its identifier.
    pub id: LoanId,
    /// Who owes it.
    pub borrower: Address,
    /// Token base units locked.
    pub collateral: U256,
    /// Last moment of the term.
    pub deadline: Timestamp,
    /// From here on anybody may foreclose and nobody may repay.
    pub grace_end: Timestamp,
    /// Base units owed of each asset.
    pub principal: Vec<U256>,
}

/// The converter at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct ConverterState {
    /// Multiple of the backing asked, in wad.
    pub multiple_wad: U256,
    /// Token base units of the largest fill.
    pub lot: U256,
    /// Token base units for sale.
    pub for_sale: U256,
    /// Price of a full lot, or of all that is for sale where that is less: tokens and base units of each asset.
    pub quote: Option<(U256, Vec<U256>)>,
    /// Token base units set aside for liquidity.
    pub liquidity_tokens: U256,
    /// Base units of asset 0 set aside for liquidity.
    pub liquidity_assets: U256,
    /// Where fees go.
    pub split: Converter::Split,
}

/// Where a reserve's assets came from, in base units of one asset, over the token's whole life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// Entered at launch.
    pub seeded: U256,
    /// Given, or found by `sync`.
    pub donations: U256,
    /// Paid to the converter for fee tokens.
    pub trading: U256,
    /// Fees of borrowing and extending.
    pub loan_fees: U256,
    /// Fees of flash loans.
    pub flash_fees: U256,
    /// Fees of redemption.
    pub redemption_fees: U256,
    /// What defaulted loans left over.
    pub defaults: U256,
    /// Backing of burned fee tokens and burned collateral, moved into the stream: it was in the reserve before.
    pub burns: U256,
    /// Paid out by redemption.
    pub redeemed: U256,
}

/// Asks a contract at a block; what fails is named.
macro_rules! read {
    ($call:expr, $block:expr, $what:literal) => {
        $call.block($block).call().await.map_err(failed($what))?
    };
}

fn failed(action: &'static str) -> impl Fn(alloy::contract::Error) -> ChainError {
    move |error| ChainError::from_call(action, &error)
}

/// Every token that the deployment's launchpad launched, oldest first.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn tokens(
    endpoint: &Endpoint,
    manifest: &Manifest,
    block: &BlockRef,
) -> Result<Vec<TokenRef>, ChainError> {
    let launchpad = Launchpad::new(manifest.contracts.launchpad.address, endpoint.provider());
    let count = read!(launchpad.tokenCount(), at(block), "token count");
    let mut all = Vec::new();
    let mut index = U256::ZERO;
    while index < count {
        let token = read!(launchpad.tokenAt(index), at(block), "token list");
        let made = read!(launchpad.launched(token), at(block), "token parts");
        all.push(made.into());
        index = index.saturating_add(U256::ONE);
    }
    Ok(all)
}

/// The parts of one token.
///
/// # Errors
/// [`ChainError::UnknownToken`] where the deployment's launchpad did not launch it, [`ChainError::Rpc`].
pub async fn find(
    endpoint: &Endpoint,
    manifest: &Manifest,
    block: &BlockRef,
    token: Address,
) -> Result<TokenRef, ChainError> {
    let address = manifest.contracts.launchpad.address;
    let launchpad = Launchpad::new(address, endpoint.provider());
    let made = read!(launchpad.launched(token), at(block), "token parts");
    if made.token.is_zero() {
        return Err(ChainError::UnknownToken {
            token,
            launchpad: address,
        });
    }
    Ok(made.into())
}

/// Symbol and decimals of an ERC-20; the address stands in for a symbol that is missing or no text.
///
/// # Errors
/// [`ChainError::NoCode`] where there is no contract, [`ChainError::Rpc`] where it has no decimals.
pub async fn describe_asset(
    endpoint: &Endpoint,
    block: BlockId,
    asset: Address,
) -> Result<(String, u8), ChainError> {
    let erc20 = Erc20::new(asset, endpoint.provider());
    let decimals = match erc20.decimals().block(block).call().await {
        Ok(decimals) => decimals,
        Err(error) => {
            endpoint.code_hash("asset", asset).await?;
            return Err(ChainError::from_call("decimals of the asset", &error));
        }
    };
    let symbol = erc20
        .symbol()
        .block(block)
        .call()
        .await
        .unwrap_or_else(|_| asset.to_string());
    Ok((symbol, decimals))
}

/// The token's state at `block`.
///
/// # Errors
/// [`ChainError::Rpc`], or [`ChainError::Reverted`] with `Locked` in the middle of a flash loan.
pub async fn state(
    endpoint: &Endpoint,
    parts: TokenRef,
    block: BlockRef,
) -> Result<TokenState, ChainError> {
    let id = at(&block);
    let token = AccrualToken::new(parts.token, endpoint.provider());
    let reserve = Reserve::new(parts.reserve, endpoint.provider());
    let name = read!(token.name(), id, "name");
    let symbol = read!(token.symbol(), id, "symbol");
    let owner = read!(token.owner(), id, "owner");
    let guardian = read!(token.guardian(), id, "guardian");
    let supply = read!(token.totalSupply(), id, "supply");
    let claims = read!(token.claims(), id, "claims");
    let locked = read!(reserve.locked(), id, "locked");
    let loan_count = read!(reserve.loanCount(), id, "loan count");
    let paused_until = read!(reserve.pausedUntil(), id, "pause");
    let terms = read!(reserve.terms(), id, "terms");
    let assets = assets(endpoint, parts.reserve, id).await?;
    let fees = match parts.converter {
        Some(_) => Some(fees(endpoint, parts.token, id).await?),
        None => None,
    };
    let pool = match parts.pool {
        Some(pool) => Some(pool_state(endpoint, parts, pool, id).await?),
        None => None,
    };
    Ok(TokenState {
        block,
        at: parts,
        name,
        symbol,
        owner,
        guardian,
        supply,
        claims,
        locked,
        loan_count,
        paused_until,
        terms,
        assets,
        fees,
        pool,
    })
}

async fn assets(
    endpoint: &Endpoint,
    reserve: Address,
    id: BlockId,
) -> Result<Vec<AssetState>, ChainError> {
    let reserve = Reserve::new(reserve, endpoint.provider());
    let count = read!(reserve.assetCount(), id, "asset count");
    let mut assets = Vec::new();
    let mut index = U256::ZERO;
    while index < count {
        let ledger = read!(reserve.assetAt(index), id, "ledger");
        let coverage_wad = read!(reserve.freeHolderCoverage(index), id, "coverage");
        let (symbol, decimals) = describe_asset(endpoint, id, ledger.asset).await?;
        assets.push(AssetState {
            asset: ledger.asset,
            symbol,
            decimals,
            cash: ledger.cash,
            lent: ledger.lent,
            streaming: ledger.streaming,
            coverage_wad,
        });
        index = index.saturating_add(U256::ONE);
    }
    Ok(assets)
}

async fn fees(endpoint: &Endpoint, token: Address, id: BlockId) -> Result<FeeState, ChainError> {
    let token = AccrualToken::new(token, endpoint.provider());
    let now = read!(token.fees(), id, "fees");
    let most = read!(token.maxFees(), id, "fee maxima");
    let pending = read!(token.pendingFees(), id, "pending fees");
    let raise = (!pending.effectiveAt.is_zero()).then(|| {
        (
            pending.buyBps,
            pending.sellBps,
            instant(pending.effectiveAt),
        )
    });
    Ok(FeeState {
        buy_bps: now.buyBps,
        sell_bps: now.sellBps,
        max_buy_bps: most.buyBps,
        max_sell_bps: most.sellBps,
        pending: raise,
    })
}

async fn pool_state(
    endpoint: &Endpoint,
    parts: TokenRef,
    pool: Address,
    id: BlockId,
) -> Result<PoolState, ChainError> {
    let pair = Pair::new(pool, endpoint.provider());
    let held = read!(pair.getReserves(), id, "pool");
    let first = read!(pair.token0(), id, "pool");
    let (zero, one) = (U256::from(held.reserve0), U256::from(held.reserve1));
    let (tokens, assets) = if first == parts.token {
        (zero, one)
    } else {
        (one, zero)
    };
    let locked_until = match parts.lock {
        Some(lock) => {
            let lock = LiquidityLock::new(lock, endpoint.provider());
            Some(read!(lock.lockedUntil(), id, "lock"))
        }
        None => None,
    };
    Ok(PoolState {
        tokens,
        assets,
        locked_until,
    })
}

/// One loan; none where no loan of that identifier is open.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn loan(
    endpoint: &Endpoint,
    reserve: Address,
    id: LoanId,
    block: &BlockRef,
) -> Result<Option<LoanState>, ChainError> {
    let reserve = Reserve::new(reserve, endpoint.provider());
    let view = match reserve.loan(id.word()).block(at(block)).call().await {
        Ok(view) => view,
        Err(error) => {
            let error = ChainError::from_call("loan", &error);
            let unknown = error
                .revert()
                .is_some_and(|revert| revert.name() == "UnknownLoan");
            return if unknown { Ok(None) } else { Err(error) };
        }
    };
    if view.collateral.is_zero() {
        return Ok(None);
    }
    Ok(Some(LoanState {
        id,
        borrower: view.borrower,
        collateral: view.collateral,
        deadline: instant(view.deadline),
        grace_end: instant(view.graceEnd),
        principal: view.principal,
    }))
}

/// Identifiers of every loan ever opened, oldest first, from the reserve's logs.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn loan_ids(
    reader: &LogReader,
    reserve: Address,
    from_block: u64,
    to: &BlockRef,
    on_progress: impl FnMut(u64, u64),
) -> Result<Vec<LoanId>, ChainError> {
    let filter = Filter::new()
        .address(reserve)
        .event_signature(Reserve::Borrowed::SIGNATURE_HASH);
    let logs = reader
        .read(&filter, from_block, to.number, on_progress)
        .await?;
    Ok(logs
        .iter()
        .filter_map(|log| log.topics().get(1))
        .map(|topic| LoanId::from_word((*topic).into()))
        .collect())
}

/// The converter's state at `block`.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn converter(
    endpoint: &Endpoint,
    address: Address,
    block: &BlockRef,
) -> Result<ConverterState, ChainError> {
    let id = at(block);
    let converter = Converter::new(address, endpoint.provider());
    let multiple_wad = read!(converter.multiple(), id, "multiple");
    let lot = read!(converter.lot(), id, "lot");
    let for_sale = read!(converter.forSale(), id, "for sale");
    let aside = read!(converter.forLiquidity(), id, "for liquidity");
    let split = read!(converter.split(), id, "split");
    let offered = lot.min(for_sale);
    let quote = if offered.is_zero() {
        None
    } else {
        // No price can be asked while a floor is zero; that is a state, not a failure.
        converter
            .quote(offered)
            .block(id)
            .call()
            .await
            .ok()
            .map(|price| (offered, price))
    };
    Ok(ConverterState {
        multiple_wad,
        lot,
        for_sale,
        quote,
        liquidity_tokens: aside.tokens,
        liquidity_assets: aside.assets,
        split,
    })
}

/// Sums the reserve's whole history by origin, one entry per asset.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn origins(
    reader: &LogReader,
    reserve: Address,
    assets: usize,
    from_block: u64,
    to: &BlockRef,
    on_progress: impl FnMut(u64, u64),
) -> Result<Vec<Origins>, ChainError> {
    let filter = Filter::new().address(reserve);
    let logs = reader
        .read(&filter, from_block, to.number, on_progress)
        .await?;
    let mut sums = vec![Origins::default(); assets];
    for log in &logs {
        tally(&mut sums, log);
    }
    Ok(sums)
}

/// Adds what `log` tells to the sums, one per asset; a log of anything else changes nothing.
pub fn tally(sums: &mut [Origins], log: &Log) {
    let data = &log.inner;
    let each = |sums: &mut [Origins], amounts: &[U256], part: fn(&mut Origins) -> &mut U256| {
        for (sum, amount) in sums.iter_mut().zip(amounts) {
            let cell = part(sum);
            *cell = cell.saturating_add(*amount);
        }
    };
    if let Ok(event) = Reserve::Seeded::decode_log(data) {
        one(sums, event.asset, event.amount, |sum| &mut sum.seeded);
    } else if let Ok(event) = Reserve::Inflow::decode_log(data) {
        let part: fn(&mut Origins) -> &mut U256 = match event.source {
            0 => |sum| &mut sum.donations,
            1 => |sum| &mut sum.trading,
            _ => |sum| &mut sum.flash_fees,
        };
        one(sums, event.asset, event.amount, part);
    } else if let Ok(event) = Reserve::Borrowed::decode_log(data) {
        each(sums, &event.fees, |sum| &mut sum.loan_fees);
    } else if let Ok(event) = Reserve::Extended::decode_log(data) {
        each(sums, &event.fees, |sum| &mut sum.loan_fees);
    } else if let Ok(event) = Reserve::ExtendedByBurn::decode_log(data) {
        each(sums, &event.streamed, |sum| &mut sum.burns);
    } else if let Ok(event) = Reserve::Foreclosed::decode_log(data) {
        each(sums, &event.surplus, |sum| &mut sum.defaults);
    } else if let Ok(event) = Reserve::ConverterBurned::decode_log(data) {
        each(sums, &event.streamed, |sum| &mut sum.burns);
    } else if let Ok(event) = Reserve::Redeemed::decode_log(data) {
        each(sums, &event.fees, |sum| &mut sum.redemption_fees);
        each(sums, &event.paid, |sum| &mut sum.redeemed);
    }
}

fn one(sums: &mut [Origins], asset: U256, amount: U256, part: fn(&mut Origins) -> &mut U256) {
    let sum = usize::try_from(asset)
        .ok()
        .and_then(|index| sums.get_mut(index));
    if let Some(sum) = sum {
        let cell = part(sum);
        *cell = cell.saturating_add(amount);
    }
}

/// The block that launched `token`, found in the launchpad's logs; the deployment's first block where it is not.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn launch_block(
    reader: &LogReader,
    manifest: &Manifest,
    token: Address,
    to: &BlockRef,
    on_progress: impl FnMut(u64, u64),
) -> Result<u64, ChainError> {
    let filter = Filter::new()
        .address(manifest.contracts.launchpad.address)
        .event_signature(Launchpad::TokenLaunched::SIGNATURE_HASH)
        .topic1(token.into_word());
    let logs = reader
        .read(&filter, manifest.genesis_block, to.number, on_progress)
        .await?;
    Ok(logs
        .first()
        .and_then(|log| log.block_number)
        .unwrap_or(manifest.genesis_block))
}

/// Unix seconds from a contract's word; a word beyond 64 bits is beyond any date.
fn instant(word: U256) -> Timestamp {
    Timestamp::new(u64::try_from(word).unwrap_or(u64::MAX))
}
