//! The book: the synthetic, its markets and vaults, and the balances around them.

use super::convert::debt_up;
use super::error::VaultError;
use super::market::{Market, Vault};
use super::table::Table;
use super::{PriceView, VaultAction, VaultEvent, VaultOutcome};
use alloy_primitives::{Address, I256, U256};
use ballast_types::{AssetAmount, Seconds, Timestamp, TokenAmount, WAD, Wad};

/// What a book is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookParams {
    /// The book's own address.
    pub address: Address,
    /// Who creates markets, sets limits and stops new debt.
    pub governor: Address,
    /// Who gets the surplus above its buffer; nobody if zero.
    pub backstop: Address,
    /// Who mints against custody; nobody if zero.
    pub peg_module: Address,
    /// What the surplus keeps before anything goes to the backstop.
    pub surplus_buffer: TokenAmount,
    /// The time at which it is created.
    pub genesis: Timestamp,
}

/// What is summed over all markets and the peg module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Synthetic that exists.
    pub supply: TokenAmount,
    /// Losses that nobody has paid yet, of all markets and of the peg module.
    pub deficit: TokenAmount,
    /// Synthetic that the peg module minted and that was not burned again.
    pub peg_ledger: TokenAmount,
    /// The peg module's part of the deficit.
    pub peg_deficit: TokenAmount,
    /// Until when new debt is stopped; in the past if it is not.
    pub stopped_until: Timestamp,
}

/// A synthetic and the book of its vaults. Time passes, and prices change, only when it is told so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultBook {
    pub(super) params: BookParams,
    pub(super) now: Timestamp,
    pub(super) sums: Sums,
    pub(super) peg_worth: Wad,
    pub(super) markets: Vec<Market>,
    pub(super) vaults: Table<(usize, Address), Vault>,
    pub(super) synthetic: Table<Address, TokenAmount>,
    pub(super) allowances: Table<(Address, Address), U256>,
    pub(super) operators: Table<(Address, Address), bool>,
    pub(super) assets: Table<(Address, Address), AssetAmount>,
    pub(super) events: Vec<VaultEvent>,
}

impl VaultBook {
    /// A book without markets.
    pub fn new(params: BookParams) -> Self {
        Self {
            params,
            now: params.genesis,
            sums: Sums {
                supply: TokenAmount::ZERO,
                deficit: TokenAmount::ZERO,
                peg_ledger: TokenAmount::ZERO,
                peg_deficit: TokenAmount::ZERO,
                stopped_until: Timestamp::ZERO,
            },
            peg_worth: Wad::ONE,
            markets: Vec::new(),
            vaults: Table::default(),
            synthetic: Table::default(),
            allowances: Table::default(),
            operators: Table::default(),
            assets: Table::default(),
            events: Vec::new(),
        }
    }

    /// Lets `caller` do `action` at [`VaultBook::now`]. On an error nothing has changed.
    pub fn apply(
        &mut self,
        caller: Address,
        action: &VaultAction,
    ) -> Result<VaultOutcome, VaultError> {
        let before = (self.sums, self.markets.clone());
        self.events.clear();
        let result = self.dispatch(caller, action);
        if result.is_ok() {
            self.vaults.commit();
            self.synthetic.commit();
            self.allowances.commit();
            self.operators.commit();
            self.assets.commit();
        } else {
            (self.sums, self.markets) = before;
            self.events.clear();
            self.vaults.roll_back();
            self.synthetic.roll_back();
            self.allowances.roll_back();
            self.operators.roll_back();
            self.assets.roll_back();
        }
        result
    }

    // ---------------------------------------------------------------- what it is told

    /// Lets time run to `now`; `Panic` when that lies in the past.
    pub fn set_now(&mut self, now: Timestamp) -> Result<(), VaultError> {
        now.since(self.now)?;
        self.now = now;
        Ok(())
    }

    /// Lets `wait` pass.
    pub fn advance(&mut self, wait: Seconds) -> Result<(), VaultError> {
        self.now = self.now.after(wait)?;
        Ok(())
    }

    /// What the price source of `market` says from now on.
    pub fn set_price(&mut self, market: usize, price: PriceView) -> Result<(), VaultError> {
        self.market_mut(market)?.price = price;
        Ok(())
    }

    /// What a part of the peg module's ledger is worth from now on, wad, at most one.
    pub fn set_peg_worth(&mut self, worth: Wad) {
        self.peg_worth = worth.min(Wad::ONE);
    }

    /// Gives `account` new base units of the collateral `asset`, as a faucet would.
    pub fn fund(
        &mut self,
        asset: Address,
        account: Address,
        amount: AssetAmount,
    ) -> Result<(), VaultError> {
        let held = self.assets.get((asset, account)).try_add(amount)?;
        self.assets.set((asset, account), held);
        self.assets.commit();
        Ok(())
    }

    // ---------------------------------------------------------------- views

    /// The time that calls see.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What it was created with.
    pub fn params(&self) -> &BookParams {
        &self.params
    }

    /// How many markets there are.
    pub fn market_count(&self) -> usize {
        self.markets.len()
    }

    /// Market `index`, or `UnknownMarket`.
    pub fn market(&self, index: usize) -> Result<&Market, VaultError> {
        self.markets.get(index).ok_or(unknown(index))
    }

    /// The vault of `owner` in market `index`; empty where there is none.
    pub fn vault(&self, index: usize, owner: Address) -> Vault {
        self.vaults.get((index, owner))
    }

    /// Every vault that is not empty, with its market and owner.
    pub fn vaults(&self) -> impl Iterator<Item = ((usize, Address), Vault)> {
        self.vaults.iter()
    }

    /// What `owner` owes in market `index` now, rounded up.
    pub fn debt_of(&self, index: usize, owner: Address) -> Result<TokenAmount, VaultError> {
        let market = self.market(index)?;
        let norm = self.vault(index, owner).norm;
        Ok(debt_up(norm, market.index_at(self.now)?)?)
    }

    /// What `account` holds of the synthetic.
    pub fn balance_of(&self, account: Address) -> TokenAmount {
        self.synthetic.get(account)
    }

    /// Every balance of the synthetic that is not zero.
    pub fn balances(&self) -> impl Iterator<Item = (Address, TokenAmount)> {
        self.synthetic.iter()
    }

    /// What `account` holds of the collateral `asset`.
    pub fn asset_of(&self, asset: Address, account: Address) -> AssetAmount {
        self.assets.get((asset, account))
    }

    /// What `spender` may move of `owner`'s synthetic.
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.get((owner, spender))
    }

    /// Whether `operator` may do everything with `owner`'s vaults.
    pub fn is_operator(&self, owner: Address, operator: Address) -> bool {
        self.operators.get((owner, operator))
    }

    /// Supply, deficit, the peg module's ledger, and until when new debt is stopped.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// What the last action told, in order; nothing where it was refused.
    pub fn events(&self) -> &[VaultEvent] {
        &self.events
    }

    /// What all vaults surely owe: the sum over markets, each rounded down.
    pub fn debt(&self) -> Result<TokenAmount, VaultError> {
        self.markets
            .iter()
            .try_fold(TokenAmount::ZERO, |sum, market| {
                Ok(sum.try_add(market.debt_at(self.now)?)?)
            })
    }

    /// What stands behind the supply: the debt, and the peg module's ledger at what it is worth.
    pub fn backing(&self) -> Result<TokenAmount, VaultError> {
        let ledger = self.sums.peg_ledger.get();
        let custody = super::convert::part_down(ledger, self.peg_worth.get(), WAD)?;
        Ok(self.debt()?.try_add(TokenAmount::new(custody))?)
    }

    /// What stands behind the supply, less the supply.
    pub fn equity(&self) -> Result<I256, VaultError> {
        let signed = |amount: TokenAmount| I256::try_from(amount.get());
        let (backing, supply) = (signed(self.backing()?), signed(self.sums.supply));
        backing
            .ok()
            .zip(supply.ok())
            .and_then(|(backing, supply)| backing.checked_sub(supply))
            .ok_or(VaultError::OVERFLOW)
    }

    /// The share of face value that a redemption pays, as backing and supply; equal ones without a deficit.
    pub fn haircut(&self) -> Result<(TokenAmount, TokenAmount), VaultError> {
        let supply = self.sums.supply;
        if self.sums.deficit.is_zero() {
            return Ok((supply, supply));
        }
        Ok((self.backing()?.min(supply), supply))
    }

    /// Interest that was earned and not yet collected: what the supply is short of all claims.
    pub fn earned(&self) -> Result<TokenAmount, VaultError> {
        let claims = self.debt()?.try_add(self.sums.deficit)?;
        let claims = claims.try_add(self.sums.peg_ledger)?;
        Ok(claims.try_sub(self.sums.supply)?)
    }

    // ---------------------------------------------------------------- shared by the actions

    pub(super) fn market_mut(&mut self, index: usize) -> Result<&mut Market, VaultError> {
        self.markets.get_mut(index).ok_or(unknown(index))
    }

    /// Mints to `to`, or `ERC20InvalidReceiver`.
    pub(super) fn mint(&mut self, to: Address, amount: TokenAmount) -> Result<(), VaultError> {
        if to.is_zero() {
            return Err(VaultError::ERC20InvalidReceiver { receiver: to });
        }
        self.sums.supply = self.sums.supply.try_add(amount)?;
        self.credit(to, amount)
    }

    /// Burns of `from`, or `ERC20InsufficientBalance`.
    pub(super) fn burn(&mut self, from: Address, amount: TokenAmount) -> Result<(), VaultError> {
        self.debit(from, amount)?;
        self.sums.supply = self.sums.supply.try_sub(amount)?;
        Ok(())
    }

    fn credit(&mut self, to: Address, amount: TokenAmount) -> Result<(), VaultError> {
        let held = self.synthetic.get(to).try_add(amount)?;
        self.synthetic.set(to, held);
        Ok(())
    }

    fn debit(&mut self, from: Address, amount: TokenAmount) -> Result<(), VaultError> {
        let held = self.synthetic.get(from);
        let rest = held.try_sub(amount);
        let rest = rest.map_err(|_| short(from, held.get(), amount.get()))?;
        self.synthetic.set(from, rest);
        Ok(())
    }

    /// Moves the synthetic; the book itself and nobody cannot receive.
    pub(super) fn transfer(
        &mut self,
        from: Address,
        to: Address,
        amount: TokenAmount,
    ) -> Result<(), VaultError> {
        if to.is_zero() {
            return Err(VaultError::ERC20InvalidReceiver { receiver: to });
        }
        if to == self.params.address {
            return Err(VaultError::BadAddress {
                field: "to",
                value: to,
            });
        }
        self.debit(from, amount)?;
        self.credit(to, amount)
    }

    /// Moves the collateral `asset`.
    pub(super) fn pay(
        &mut self,
        asset: Address,
        from: Address,
        to: Address,
        amount: AssetAmount,
    ) -> Result<(), VaultError> {
        if to.is_zero() {
            return Err(VaultError::ERC20InvalidReceiver { receiver: to });
        }
        let held = self.assets.get((asset, from));
        let rest = held.try_sub(amount);
        let rest = rest.map_err(|_| short(from, held.get(), amount.get()))?;
        self.assets.set((asset, from), rest);
        let held = self.assets.get((asset, to)).try_add(amount)?;
        self.assets.set((asset, to), held);
        Ok(())
    }

    /// Writes a vault back; one without debt has no clock.
    pub(super) fn store(&mut self, market: usize, owner: Address, mut vault: Vault) {
        if vault.norm.is_zero() {
            vault.flagged_at = Timestamp::ZERO;
        }
        self.vaults.set((market, owner), vault);
    }

    pub(super) fn tell(&mut self, event: VaultEvent) {
        self.events.push(event);
    }
}

fn unknown(market: usize) -> VaultError {
    VaultError::UnknownMarket {
        market: U256::from(market),
    }
}

fn short(sender: Address, balance: U256, needed: U256) -> VaultError {
    VaultError::ERC20InsufficientBalance {
        sender,
        balance,
        needed,
    }
}

/// An amount as a signed integer, or `Panic`.
pub(super) fn signed(amount: U256) -> Result<I256, VaultError> {
    I256::try_from(amount).map_err(|_| VaultError::OVERFLOW)
}

/// An amount taken away, as a signed integer, or `Panic`.
pub(super) fn negative(amount: U256) -> Result<I256, VaultError> {
    signed(amount)?.checked_neg().ok_or(VaultError::OVERFLOW)
}
