//! The token: balances, claims, and the tax of pools. Twin of `AccrualToken.sol`.

use crate::{Addresses, Holdings, LaunchParams, ModelError};
use alloy_primitives::{Address, U256, address};
use ballast_math::fee_up;
use ballast_types::{Bps, Seconds, Timestamp, TokenAmount};
use std::collections::{BTreeMap, BTreeSet};

/// The conventional burn address; the token's own address is the other unspendable one.
pub const DEAD: Address = address!("000000000000000000000000000000000000dEaD");

/// How long a raise of a fee waits in public.
pub const RAISE_DELAY: Seconds = Seconds::from_days(3);

/// A raise that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingFees {
    /// The buy fee that it proposes.
    pub buy_bps: Bps,
    /// The sell fee that it proposes.
    pub sell_bps: Bps,
    /// From when it holds.
    pub effective_at: Timestamp,
}

/// The token's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who cuts fees, proposes raises and names the guardian.
    pub owner: Address,
    /// Who may pause entries; zero for nobody.
    pub guardian: Address,
    address: Address,
    reserve: Address,
    converter: Option<Address>,
    holdings: Holdings,
    allowances: BTreeMap<(Address, Address), U256>,
    total_supply: TokenAmount,
    unspendable: TokenAmount,
    pools: BTreeSet<Address>,
    exempt: BTreeSet<Address>,
    max_bps: (Bps, Bps),
    fees_bps: (Bps, Bps),
    pending: Option<PendingFees>,
}

impl Token {
    /// The token as the launchpad makes it: the launchpad holds the whole supply.
    pub(crate) fn new(params: &LaunchParams) -> Result<Self, ModelError> {
        let Addresses {
            token,
            reserve,
            launchpad,
            converter,
            lock,
        } = params.addresses;
        let converter = params.fees.is_some().then_some(converter);
        let mut exempt = BTreeSet::from([reserve, launchpad]);
        exempt.extend(converter);
        exempt.extend((!lock.is_zero()).then_some(lock));
        let mut holdings = Holdings::default();
        holdings.credit(launchpad, params.supply.get())?;
        let rates = params.fees.as_ref();
        Ok(Self {
            owner: params.owner,
            guardian: params.guardian,
            address: token,
            reserve,
            converter,
            holdings,
            allowances: BTreeMap::new(),
            total_supply: params.supply,
            unspendable: TokenAmount::ZERO,
            pools: BTreeSet::new(),
            exempt,
            max_bps: rates
                .map(|fees| (fees.max_buy_bps, fees.max_sell_bps))
                .unwrap_or_default(),
            fees_bps: rates
                .map(|fees| (fees.buy_bps, fees.sell_bps))
                .unwrap_or_default(),
            pending: None,
        })
    }

    /// Token base units that exist.
    pub fn total_supply(&self) -> TokenAmount {
        self.total_supply
    }

    /// What lies at unspendable addresses.
    pub fn unspendable(&self) -> TokenAmount {
        self.unspendable
    }

    /// S: supply less what is provably unspendable.
    pub fn claims(&self) -> Result<TokenAmount, ModelError> {
        Ok(self.total_supply.try_sub(self.unspendable)?)
    }

    /// What `account` holds.
    pub fn balance_of(&self, account: Address) -> TokenAmount {
        TokenAmount::new(self.holdings.balance_of(account))
    }

    /// Every balance.
    pub fn holdings(&self) -> &Holdings {
        &self.holdings
    }

    /// What `spender` may move of `owner`'s tokens.
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances
            .get(&(owner, spender))
            .copied()
            .unwrap_or_default()
    }

    /// Whether transfers to and from `account` are taxed.
    pub fn is_pool(&self, account: Address) -> bool {
        self.pools.contains(&account)
    }

    /// Whether transfers to and from `account` are never taxed.
    pub fn is_exempt(&self, account: Address) -> bool {
        self.exempt.contains(&account)
    }

    /// Whether `account` can never move what it holds.
    pub fn is_unspendable(&self, account: Address) -> bool {
        account == DEAD || account == self.address
    }

    /// The buy and sell fee in force at `now`.
    pub fn fees(&self, now: Timestamp) -> (Bps, Bps) {
        match self.pending {
            Some(raise) if now >= raise.effective_at => (raise.buy_bps, raise.sell_bps),
            _ => self.fees_bps,
        }
    }

    /// The raise that waits at `now`.
    pub fn pending_fees(&self, now: Timestamp) -> Option<PendingFees> {
        self.pending.filter(|raise| now < raise.effective_at)
    }

    /// Moves tokens as a holder does; a transfer to or from a pool pays the fee in tokens to the converter.
    ///
    /// Returns the fee.
    pub(crate) fn transfer(
        &mut self,
        from: Address,
        to: Address,
        amount: TokenAmount,
        now: Timestamp,
    ) -> Result<TokenAmount, ModelError> {
        let fee = self.fee_of(from, to, amount, now)?;
        if let Some(converter) = self.converter.filter(|_| !fee.is_zero()) {
            self.move_tokens(from, converter, fee)?;
        }
        self.move_tokens(from, to, amount.try_sub(fee)?)?;
        Ok(fee)
    }

    /// A transfer from one pool to another is a purchase from the first and a sale to the second.
    fn fee_of(
        &self,
        from: Address,
        to: Address,
        amount: TokenAmount,
        now: Timestamp,
    ) -> Result<TokenAmount, ModelError> {
        let (buy_bps, sell_bps) = self.fees(now);
        let exempt = self.is_exempt(from) || self.is_exempt(to);
        let part = |is_pool: bool, ratio: Bps| {
            let ratio = if is_pool && !exempt { ratio } else { Bps::ZERO };
            fee_up(amount.get(), ratio).map(TokenAmount::new)
        };
        let bought = part(self.is_pool(from), buy_bps)?;
        let sold = part(self.is_pool(to), sell_bps)?;
        Ok(bought.try_add(sold)?.min(amount))
    }

    /// Moves tokens untaxed.
    pub(crate) fn move_tokens(
        &mut self,
        from: Address,
        to: Address,
        amount: TokenAmount,
    ) -> Result<(), ModelError> {
        self.holdings.transfer(from, to, amount.get())?;
        if self.is_unspendable(to) {
            self.unspendable = self.unspendable.try_add(amount)?;
        }
        Ok(())
    }

    /// Burns `amount` of `from`; returns S before.
    pub(crate) fn burn(
        &mut self,
        from: Address,
        amount: TokenAmount,
    ) -> Result<TokenAmount, ModelError> {
        self.holdings.debit(from, amount.get())?;
        let claims_before = self.claims()?;
        self.total_supply = self.total_supply.try_sub(amount)?;
        Ok(claims_before)
    }

    /// Moves collateral into the reserve's custody; returns S, which that does not change.
    pub(crate) fn lock_from(
        &mut self,
        holder: Address,
        amount: TokenAmount,
    ) -> Result<TokenAmount, ModelError> {
        self.move_tokens(holder, self.reserve, amount)?;
        self.claims()
    }

    /// Lets `spender` move `amount` of `owner`'s tokens.
    pub(crate) fn approve(
        &mut self,
        owner: Address,
        spender: Address,
        amount: U256,
    ) -> Result<(), ModelError> {
        if spender.is_zero() {
            return Err(ModelError::ERC20InvalidSpender { spender });
        }
        self.allowances.insert((owner, spender), amount);
        Ok(())
    }

    /// Takes `amount` off an allowance; the largest allowance never falls.
    pub(crate) fn spend_allowance(
        &mut self,
        owner: Address,
        spender: Address,
        amount: TokenAmount,
    ) -> Result<(), ModelError> {
        let allowance = self.allowance(owner, spender);
        if allowance == U256::MAX {
            return Ok(());
        }
        let needed = amount.get();
        let left = allowance
            .checked_sub(needed)
            .ok_or(ModelError::ERC20InsufficientAllowance {
                spender,
                allowance,
                needed,
            })?;
        self.allowances.insert((owner, spender), left);
        Ok(())
    }

    /// Taxes transfers to and from `pool` from now on; the model takes the factory's word for the pair.
    pub(crate) fn register_pool(&mut self, pool: Address) -> Result<(), ModelError> {
        if self.converter.is_none() {
            return Err(ModelError::NoFeePath {});
        }
        self.pools.insert(pool);
        Ok(())
    }

    /// Cuts fees at once, or proposes a raise of either.
    pub(crate) fn set_fees(
        &mut self,
        caller: Address,
        buy: U256,
        sell: U256,
        now: Timestamp,
    ) -> Result<(), ModelError> {
        self.require_owner(caller)?;
        let buy_bps = within("buyBps", buy, self.max_bps.0)?;
        let sell_bps = within("sellBps", sell, self.max_bps.1)?;
        let in_force = self.fees(now);
        if buy_bps <= in_force.0 && sell_bps <= in_force.1 {
            self.fees_bps = (buy_bps, sell_bps);
            self.pending = None;
        } else {
            let effective_at = now.after(RAISE_DELAY)?;
            self.fees_bps = in_force;
            self.pending = Some(PendingFees {
                buy_bps,
                sell_bps,
                effective_at,
            });
        }
        Ok(())
    }

    /// Names who may pause entries.
    pub(crate) fn set_guardian(
        &mut self,
        caller: Address,
        guardian: Address,
    ) -> Result<(), ModelError> {
        self.require_owner(caller)?;
        self.guardian = guardian;
        Ok(())
    }

    fn require_owner(&self, caller: Address) -> Result<(), ModelError> {
        if caller == self.owner {
            return Ok(());
        }
        Err(ModelError::OwnableUnauthorizedAccount { account: caller })
    }
}

/// `bps` as a ratio of at most `max`.
fn within(field: &'static str, bps: U256, max: Bps) -> Result<Bps, ModelError> {
    let too_high = ModelError::FeeTooHigh {
        field,
        bps,
        max: max.word(),
    };
    let ratio = u16::try_from(bps).ok().and_then(|raw| Bps::new(raw).ok());
    ratio.filter(|ratio| *ratio <= max).ok_or(too_high)
}
