//! Dutch auction of fee tokens for the reserve's own assets. Twin of `Converter.sol`, less `addLiquidity`,
//! which needs the pool.

use crate::{FeeParams, LaunchParams, ModelError, Outcome, Recipient, Split, World};
use alloy_primitives::{Address, U256};
use ballast_math::{
    decay, halve, mul_div_down, mul_div_up, raise_multiple_down, times_multiple_up,
};
use ballast_types::{AssetAmount, BPS_FULL, Bps, Seconds, Timestamp, TokenAmount, Wad};
use std::collections::BTreeMap;

/// How long a replaced recipient waits in public.
const CHANGE_DELAY: Seconds = Seconds::from_days(3);

/// What the last full lot fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLot {
    /// Base units of asset 0.
    pub paid: AssetAmount,
    /// When it was sold.
    pub sold_at: Timestamp,
}

/// A recipient's replacement that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who shall receive.
    pub account: Address,
    /// From when anybody may put it in force.
    pub effective_at: Timestamp,
}

/// The converter's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converter {
    split: Split,
    lot: TokenAmount,
    auction: (Wad, Timestamp),
    sale: TokenAmount,
    liquidity: TokenAmount,
    liquidity_assets: AssetAmount,
    last_lot: Option<LastLot>,
    owed: BTreeMap<(Address, usize), AssetAmount>,
    proposals: BTreeMap<usize, Proposal>,
}

impl Converter {
    pub(crate) fn new(fees: &FeeParams, params: &LaunchParams) -> Result<Self, ModelError> {
        let thousandth = mul_div_down(params.supply.get(), U256::ONE, U256::from(1_000u64))?;
        Ok(Self {
            split: fees.split.clone(),
            lot: TokenAmount::new(thousandth.max(U256::ONE)),
            auction: (fees.start_multiple, params.genesis),
            sale: TokenAmount::ZERO,
            liquidity: TokenAmount::ZERO,
            liquidity_assets: AssetAmount::ZERO,
            last_lot: None,
            owed: BTreeMap::new(),
            proposals: BTreeMap::new(),
        })
    }

    /// Where fees go, with recipients as replaced.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// Token base units of the largest fill.
    pub fn lot(&self) -> TokenAmount {
        self.lot
    }

    /// Token base units allocated for sale.
    pub fn sale(&self) -> TokenAmount {
        self.sale
    }

    /// Tokens, and base units of asset 0, set aside for liquidity.
    pub fn for_liquidity(&self) -> (TokenAmount, AssetAmount) {
        (self.liquidity, self.liquidity_assets)
    }

    /// What the last full lot fetched; `None` before the first.
    pub fn last_lot(&self) -> Option<LastLot> {
        self.last_lot
    }

    /// What `account` is owed of asset `index`.
    pub fn owed(&self, account: Address, index: usize) -> AssetAmount {
        self.owed
            .get(&(account, index))
            .copied()
            .unwrap_or_default()
    }

    /// What all accounts and liquidity are owed of asset `index`.
    pub fn owed_total(&self, index: usize) -> Result<AssetAmount, ModelError> {
        let parts = self.owed.iter().filter(|((_, asset), _)| *asset == index);
        let owed = AssetAmount::try_sum(parts.map(|(_, amount)| *amount))?;
        let set_aside = if index == 0 {
            self.liquidity_assets
        } else {
            AssetAmount::ZERO
        };
        Ok(owed.try_add(set_aside)?)
    }

    /// The replacement of recipient `index` that waits.
    pub fn pending_recipient(&self, index: usize) -> Option<Proposal> {
        self.proposals.get(&index).copied()
    }

    /// k at `now`, wad.
    pub fn multiple(&self, now: Timestamp) -> Result<Wad, ModelError> {
        let (multiple, set_at) = self.auction;
        Ok(decay(multiple, now.since(set_at)?)?)
    }

    /// Raises the multiple as a fill of `tokens` at `multiple` does, and keeps its place between two halvings.
    ///
    /// If each fill began a new halving, one of dust every few seconds would repeat the flattest part of the fall.
    fn raise(
        &mut self,
        multiple: Wad,
        tokens: TokenAmount,
        now: Timestamp,
    ) -> Result<(), ModelError> {
        let (anchor, set_at) = if multiple == Wad::ONE {
            (multiple, now)
        } else {
            self.auction
        };
        let (anchor, whole) = halve(anchor, now.since(set_at)?)?;
        let raised = raise_multiple_down(anchor, tokens, self.lot)?;
        self.auction = (raised, set_at.after(whole)?);
        Ok(())
    }

    /// What of `arrived` tokens is for sale, for liquidity, and to burn.
    ///
    /// Half of the liquidity share stays in tokens, the other half is sold for the asset beside them.
    fn divide(
        &self,
        arrived: TokenAmount,
    ) -> Result<(TokenAmount, TokenAmount, TokenAmount), ModelError> {
        if self.split.burn_bps == Bps::FULL {
            return Ok((TokenAmount::ZERO, TokenAmount::ZERO, arrived));
        }
        let whole = U256::from(BPS_FULL);
        let twice = U256::from(20_000u64);
        let part = |share: Bps, divisor| mul_div_down(arrived.get(), share.word(), divisor);
        let burn = TokenAmount::new(part(self.split.burn_bps, whole)?);
        let liquidity = TokenAmount::new(part(self.split.liquidity_bps, twice)?);
        Ok((arrived.try_sub(burn)?.try_sub(liquidity)?, liquidity, burn))
    }

    /// Books what recipients and liquidity are due of a payment, rounded down; returns the sum.
    fn keep(&mut self, index: usize, amount: AssetAmount) -> Result<AssetAmount, ModelError> {
        let sold = BPS_FULL.saturating_sub(self.split.burn_bps.get());
        let weight = U256::from(u32::from(sold).saturating_mul(2));
        let weight = weight.saturating_sub(self.split.liquidity_bps.word());
        let part = |share: U256| mul_div_down(amount.get(), share, weight).map(AssetAmount::new);
        let mut kept = part(self.split.liquidity_bps.word())?;
        self.liquidity_assets = self.liquidity_assets.try_add(kept)?;
        for recipient in &self.split.recipients {
            let due = part(recipient.bps.word().saturating_mul(U256::from(2)))?;
            let owed = self.owed.entry((recipient.account, index)).or_default();
            *owed = owed.try_add(due)?;
            kept = kept.try_add(due)?;
        }
        Ok(kept)
    }
}

impl World {
    /// The price of `tokens` now, base units of each asset, or `FloorZero`.
    ///
    /// A launch without a fee path has no converter and answers `NoFeePath`.
    pub fn quote(&self, tokens: TokenAmount) -> Result<Vec<AssetAmount>, ModelError> {
        self.price(tokens, self.require_converter()?.multiple(self.now)?)
    }

    /// Where an asset's floor is zero the converter waits: it never gives away.
    fn price(&self, tokens: TokenAmount, multiple: Wad) -> Result<Vec<AssetAmount>, ModelError> {
        let (totals, claims) = self.backing()?;
        let of_asset = |(index, total): (usize, AssetAmount)| {
            if total.is_zero() {
                return Err(ModelError::FloorZero {
                    asset: U256::from(index),
                });
            }
            let backed_up = mul_div_up(tokens.get(), total.get(), claims.get())?;
            Ok(AssetAmount::new(times_multiple_up(backed_up, multiple)?))
        };
        totals.into_iter().enumerate().map(of_asset).collect()
    }

    /// Sorts what arrived since the last call into sale, liquidity and burn.
    pub(crate) fn allocate(&mut self) -> Result<Outcome, ModelError> {
        let address = self.addresses.converter;
        let held = self.token.balance_of(address);
        let converter = self.require_converter_mut()?;
        let arrived = held.try_sub(converter.sale)?.try_sub(converter.liquidity)?;
        if !arrived.is_zero() {
            let (sale, liquidity, burn) = converter.divide(arrived)?;
            converter.sale = converter.sale.try_add(sale)?;
            converter.liquidity = converter.liquidity.try_add(liquidity)?;
            if !burn.is_zero() {
                self.burn_converted(address, burn)?;
            }
        }
        Ok(Outcome::Allocated {
            for_sale: self.require_converter()?.sale,
        })
    }

    pub(crate) fn bid(
        &mut self,
        caller: Address,
        tokens: TokenAmount,
        max_pay: &[AssetAmount],
        to: Address,
    ) -> Result<Outcome, ModelError> {
        let lot = self.require_converter()?.lot;
        self.require_length(max_pay.len())?;
        if self.token.is_pool(to) {
            return Err(ModelError::PoolRecipient { to });
        }
        self.require_open()?;
        if tokens.is_zero() {
            return Err(ModelError::ZeroAmount { field: "tokens" });
        }
        if tokens > lot {
            return Err(ModelError::AboveLot {
                tokens: tokens.get(),
                lot: lot.get(),
            });
        }
        self.allocate()?;
        let available = self.require_converter()?.sale;
        if tokens > available {
            return Err(ModelError::NotEnoughForSale {
                tokens: tokens.get(),
                available: available.get(),
            });
        }
        let multiple = self.require_converter()?.multiple(self.now)?;
        if multiple == Wad::ONE {
            return Err(ModelError::AtFloor {});
        }
        let paid = self.price(tokens, multiple)?;
        check_limits(&paid, max_pay)?;

        let now = self.now;
        let converter = self.require_converter_mut()?;
        converter.sale = available.try_sub(tokens)?;
        converter.raise(multiple, tokens, now)?;
        if let Some(first) = paid.first().filter(|_| tokens == lot) {
            converter.last_lot = Some(LastLot {
                paid: *first,
                sold_at: now,
            });
        }
        for (index, amount) in paid.iter().enumerate() {
            self.receive(caller, index, *amount)?;
        }
        let address = self.addresses.converter;
        self.token.transfer(address, to, tokens, self.now)?;
        Ok(Outcome::Filled { multiple, paid })
    }

    /// Pulls the whole price, keeps what recipients and liquidity are due, and sends on the rest.
    fn receive(
        &mut self,
        payer: Address,
        index: usize,
        amount: AssetAmount,
    ) -> Result<(), ModelError> {
        let kept = self.require_converter_mut()?.keep(index, amount)?;
        let (converter, reserve) = (self.addresses.converter, self.addresses.reserve);
        self.pay(index, payer, converter, kept)?;
        self.pay(index, payer, reserve, amount.try_sub(kept)?)?;
        self.sync(index)?;
        Ok(())
    }

    /// At k = 1, burns up to one lot of what is for sale, and opens bidding again above the floor.
    pub(crate) fn burn_lot(&mut self) -> Result<Outcome, ModelError> {
        self.allocate()?;
        let now = self.now;
        let converter = self.require_converter_mut()?;
        let multiple = converter.multiple(now)?;
        if multiple != Wad::ONE {
            return Err(ModelError::AboveFloor {
                multiple: multiple.get(),
            });
        }
        if converter.sale.is_zero() {
            return Err(ModelError::NothingToBurn {});
        }
        let burned = converter.sale.min(converter.lot);
        converter.sale = converter.sale.try_sub(burned)?;
        converter.raise(multiple, burned, now)?;
        self.burn_converted(self.addresses.converter, burned)?;
        Ok(Outcome::LotBurned { burned })
    }

    pub(crate) fn claim(&mut self, account: Address, index: usize) -> Result<Outcome, ModelError> {
        let converter = self.require_converter_mut()?;
        let amount = converter.owed.remove(&(account, index)).unwrap_or_default();
        if amount.is_zero() {
            return Err(ModelError::NothingOwed {
                account,
                asset: U256::from(index),
            });
        }
        self.pay(index, self.addresses.converter, account, amount)?;
        Ok(Outcome::Claimed { amount })
    }

    pub(crate) fn propose_recipient(
        &mut self,
        caller: Address,
        index: usize,
        account: Address,
    ) -> Result<Outcome, ModelError> {
        if caller != self.token.owner {
            return Err(ModelError::NotOwner { caller });
        }
        let effective_at = self.now.after(CHANGE_DELAY)?;
        let converter = self.require_converter_mut()?;
        let count = converter.split.recipients.len();
        if index >= count {
            return Err(ModelError::UnknownRecipient {
                index: U256::from(index),
                count: U256::from(count),
            });
        }
        if account.is_zero() {
            return Err(ModelError::ZeroAmount { field: "account" });
        }
        converter.proposals.insert(
            index,
            Proposal {
                account,
                effective_at,
            },
        );
        Ok(Outcome::Done)
    }

    pub(crate) fn accept_recipient(&mut self, index: usize) -> Result<Outcome, ModelError> {
        let now = self.now;
        let converter = self.require_converter_mut()?;
        let nothing = ModelError::NothingProposed {
            index: U256::from(index),
        };
        let proposal = converter.pending_recipient(index).ok_or(nothing)?;
        if now < proposal.effective_at {
            return Err(ModelError::TooEarly {
                effective_at: U256::from(proposal.effective_at.get()),
            });
        }
        converter.proposals.remove(&index);
        if let Some(recipient) = converter.split.recipients.get_mut(index) {
            *recipient = Recipient {
                account: proposal.account,
                ..*recipient
            };
        }
        Ok(Outcome::Done)
    }

    fn require_converter(&self) -> Result<&Converter, ModelError> {
        self.converter.as_ref().ok_or(ModelError::NoFeePath {})
    }

    fn require_converter_mut(&mut self) -> Result<&mut Converter, ModelError> {
        self.converter.as_mut().ok_or(ModelError::NoFeePath {})
    }
}

/// Refuses a price above the bidder's limit.
fn check_limits(prices: &[AssetAmount], max_pay: &[AssetAmount]) -> Result<(), ModelError> {
    for (index, (price, max)) in prices.iter().zip(max_pay).enumerate() {
        if price > max {
            return Err(ModelError::PriceAboveLimit {
                asset: U256::from(index),
                price: price.get(),
                max: max.get(),
            });
        }
    }
    Ok(())
}
