//! What stands beside a book: the exchange with a custody token, and what pays losses before the holders do.

use alloy::eips::BlockId;
use alloy::primitives::{Address, U256};
use ballast_bindings::backstop::Backstop;
use ballast_bindings::peg::PegModule;

use super::{StoredPrice, Unit, seconds, stored_price, unit};
use crate::endpoint::Endpoint;
use crate::error::ChainError;

/// Shares that nobody has, the contract's guard against gifts.
const VIRTUAL_SHARES: U256 = U256::from_limbs([1_000_000, 0, 0, 0]);
/// Shares for one base unit from which on they are too cheap to sell.
const SHARES_PER_UNIT_MAX: U256 = U256::from_limbs([1_000_000_000_000_000, 0, 0, 0]);

/// A peg module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PegState {
    /// The custody token.
    pub token: Unit,
    /// Who prices it.
    pub prices: Address,
    /// Its stored price.
    pub price: StoredPrice,
    /// Base units of the synthetic for one base unit of the custody token.
    pub scale: U256,
    /// The price at which one is worth one, scaled as prices are.
    pub par: U256,
    /// Fee of an entry, in wad.
    pub fee_in: U256,
    /// Fee of an exit, in wad.
    pub fee_out: U256,
    /// Most that entries may bring the ledger to.
    pub cap: U256,
    /// Base units of the custody token that stand behind the ledger.
    pub custody: U256,
    /// What the custody counts of a ledger, at its low price.
    pub backing: U256,
}

/// A backstop. Amounts are base units of the synthetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackstopState {
    /// Its shares.
    pub shares: Unit,
    /// How many there are.
    pub supply: U256,
    /// What they own: cash, and collateral at low prices.
    pub assets: U256,
    /// Whether shares are so cheap that the contract sells no more: a deposit is given back when it is settled.
    pub gives_back: bool,
    /// Cash of the shares.
    pub cash: U256,
    /// Arrived, and not theirs yet.
    pub dripping: U256,
    /// Of entries that are not settled, and refunds.
    pub entering: U256,
    /// Of exits that are settled and not claimed.
    pub owed: U256,
    /// Which epoch it is.
    pub epoch: u64,
    /// Seconds of an epoch.
    pub cooldown_secs: u64,
    /// When the first epoch began, unix seconds.
    pub genesis: u64,
}

/// What an account asked of a backstop in one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestState {
    /// The epoch.
    pub epoch: u64,
    /// Base units of the synthetic that wait to enter, or waited and are not claimed.
    pub entering: U256,
    /// Whether those are settled.
    pub entry_settled: bool,
    /// Shares handed in.
    pub exiting: U256,
    /// Base units of the synthetic that can be claimed for them without settling anything.
    pub claimable: U256,
}

impl BackstopState {
    /// From when on the next call settles what is asked for in `epoch`, unix seconds.
    pub const fn ripe_at(&self, epoch: u64) -> u64 {
        self.genesis
            .saturating_add(epoch.saturating_add(2).saturating_mul(self.cooldown_secs))
    }
}

/// The peg module at `address`, counting `ledger` against it.
///
/// # Errors
/// [`ChainError::NoCode`], [`ChainError::Rpc`].
pub async fn peg(
    endpoint: &Endpoint,
    address: Address,
    ledger: U256,
    block: BlockId,
) -> Result<PegState, ChainError> {
    let module = PegModule::new(address, endpoint.provider());
    let token = read!(module.custodyToken(), block, "custody token");
    let prices = read!(module.prices(), block, "prices");
    Ok(PegState {
        token: unit(endpoint, block, token).await?,
        prices,
        price: stored_price(endpoint, prices, token, block).await?,
        scale: read!(module.scale(), block, "scale"),
        par: read!(module.par(), block, "par"),
        fee_in: read!(module.feeIn(), block, "fee to enter"),
        fee_out: read!(module.feeOut(), block, "fee to leave"),
        cap: read!(module.cap(), block, "cap"),
        custody: read!(module.custody(), block, "custody"),
        backing: read!(module.backing(ledger), block, "backing"),
    })
}

/// The backstop at `address`.
///
/// # Errors
/// [`ChainError::NoCode`], [`ChainError::Rpc`].
pub async fn backstop(
    endpoint: &Endpoint,
    address: Address,
    block: BlockId,
) -> Result<BackstopState, ChainError> {
    let contract = Backstop::new(address, endpoint.provider());
    let accounts = read!(contract.accounts(), block, "accounts");
    let supply = read!(contract.totalSupply(), block, "shares");
    let all = supply.saturating_add(VIRTUAL_SHARES);
    // The price of all shares, the virtual ones too, is what they own at high prices, and one.
    let owned = read!(contract.previewMint(all), block, "price of shares");
    Ok(BackstopState {
        shares: unit(endpoint, block, address).await?,
        supply,
        gives_back: all / SHARES_PER_UNIT_MAX >= owned,
        assets: read!(contract.totalAssets(), block, "assets"),
        cash: accounts.cash,
        dripping: accounts.dripping,
        entering: accounts.entering,
        owed: accounts.owed,
        epoch: seconds(read!(contract.epoch(), block, "epoch")),
        cooldown_secs: seconds(read!(contract.cooldownSecs(), block, "cooldown")),
        genesis: seconds(read!(contract.genesis(), block, "genesis")),
    })
}

/// What `shares` of the backstop at `address` would be paid if they were settled now.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn shares_worth(
    endpoint: &Endpoint,
    address: Address,
    shares: U256,
    block: BlockId,
) -> Result<U256, ChainError> {
    let contract = Backstop::new(address, endpoint.provider());
    Ok(read!(contract.convertToAssets(shares), block, "worth"))
}

/// How many shares an entry of `assets` would get if it were settled now.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn shares_for(
    endpoint: &Endpoint,
    address: Address,
    assets: U256,
    block: BlockId,
) -> Result<U256, ChainError> {
    let contract = Backstop::new(address, endpoint.provider());
    Ok(read!(contract.previewDeposit(assets), block, "shares"))
}

/// What `owner` asked of the backstop at `address` in `epoch`.
///
/// # Errors
/// [`ChainError::Rpc`].
pub async fn request(
    endpoint: &Endpoint,
    address: Address,
    owner: Address,
    epoch: u64,
    block: BlockId,
) -> Result<RequestState, ChainError> {
    let contract = Backstop::new(address, endpoint.provider());
    let number = U256::from(epoch);
    let entry = read!(contract.entryOf(number, owner), block, "entry");
    let exit = read!(contract.exitOf(number, owner), block, "exit");
    Ok(RequestState {
        epoch,
        entering: entry.assets,
        entry_settled: entry.settled,
        exiting: exit.shares,
        claimable: exit.claimable,
    })
}
