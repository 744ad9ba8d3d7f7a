//! A synthetic, its markets and vaults at one second: the contracts' views, computed by their twins.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use ballast_chain::BookRecord;
use ballast_math::{wide_mul_div_down, wide_mul_div_up};
use ballast_model::vaults::{
    MarketTerms, PATIENCE, Position, PriceState, clock_expiry, convert, redemption_fee,
};
use ballast_store::{
    AssetFacts, AssetPrice, Column, HolderCount, PegFacts, PegModule, Synthetic, SyntheticFacts,
    Vault, VaultMarket,
};
use ballast_types::{ArithmeticError, AssetAmount, Norm, Price, TokenAmount, WAD, Wad};

use crate::problem::Problem;
use crate::snapshot::{Asks, Snapshot};
use crate::synthetics::views::{
    MarketTermsView, PriceView, ScaledPrice, VaultMarketView, VaultView,
};
use crate::views::AssetRef;
use crate::wire::{Addr, Word};

/// A synthetic with everything that its figures are made of, at one second.
#[derive(Clone, Debug)]
pub(crate) struct BookState {
    pub record: BookRecord,
    pub row: Synthetic,
    pub facts: SyntheticFacts,
    /// In the order of their numbers.
    pub markets: Vec<MarketState>,
    /// What its aggregator keeps, by asset.
    pub prices: BTreeMap<Address, AssetPrice>,
    pub peg: Option<(PegModule, PegFacts)>,
    /// Every asset that it prices or takes.
    pub assets: BTreeMap<Address, AssetFacts>,
    pub holders: u64,
    /// Unix seconds of the figures.
    pub now: u64,
}

/// A market at one second.
#[derive(Clone, Debug)]
pub(crate) struct MarketState {
    pub row: VaultMarket,
    pub terms: MarketTerms,
    pub index: Wad,
    pub asset: AssetFacts,
    /// None where its prices are kept by a contract that is not indexed.
    pub price: Option<AssetPrice>,
    pub now: u64,
}

/// The synthetics of the deployment.
pub(crate) fn records(snapshot: &Snapshot) -> &[BookRecord] {
    &snapshot.app.manifest.books
}

/// The manifest's record of a synthetic; 404 where there is none.
pub(crate) fn record_of(snapshot: &Snapshot, address: Address) -> Result<&BookRecord, Problem> {
    let mut records = records(snapshot).iter();
    let found = records.find(|record| record.book.address == address);
    found.ok_or_else(|| {
        let shown = address.to_checksum(None);
        Problem::unknown(
            "synthetic",
            format!("synthetic: {shown} is none of this deployment"),
        )
    })
}

impl BookState {
    /// Reads the synthetic's state; 404 where there is no such synthetic.
    pub async fn read(snapshot: &Snapshot, address: Address) -> Result<Arc<Self>, Problem> {
        if let Some(kept) = snapshot.app.books.get(snapshot, address) {
            return Ok(kept);
        }
        let record = record_of(snapshot, address)?;
        let module = record.peg_module.map_or(Address::ZERO, |part| part.address);
        let key = || vec![address.to_value()];
        let mut asks = Asks::default();
        let row = asks.get::<Synthetic>(key());
        let facts = asks.get::<SyntheticFacts>(key());
        let holders = asks.get::<HolderCount>(key());
        let markets = asks.find::<VaultMarket>("of_synthetic", key());
        let prices = vec![record.prices.address.to_value()];
        let prices = asks.find::<AssetPrice>("of_prices", prices);
        let peg = asks.get::<PegModule>(vec![module.to_value()]);
        let peg_facts = asks.get::<PegFacts>(vec![module.to_value()]);
        let assets = asks.find::<AssetFacts>("all", Vec::new());
        let found = snapshot.ask(asks).await?;
        let Some(row) = found.first(row)? else {
            return Err(Problem::not_ready(format!(
                "synthetic {} is not indexed yet; try again in a few seconds",
                address.to_checksum(None)
            )));
        };
        let peg: Option<PegModule> = found.first(peg)?;
        let prices: Vec<AssetPrice> = found.all(prices)?;
        let assets: Vec<AssetFacts> = found.all(assets)?;
        let holders: Option<HolderCount> = found.first(holders)?;
        let mut state = Self {
            record: record.clone(),
            facts: found.first(facts)?.unwrap_or_else(|| SyntheticFacts {
                synthetic: address,
                name: record.symbol.clone(),
                symbol: record.symbol.clone(),
                surplus_buffer: U256::ZERO,
            }),
            row,
            markets: Vec::new(),
            prices: prices.into_iter().map(|one| (one.asset, one)).collect(),
            peg: peg.zip(found.first(peg_facts)?),
            assets: assets.into_iter().map(|one| (one.asset, one)).collect(),
            holders: holders.map_or(0, |count| count.holders),
            now: snapshot.now(),
        };
        for market in found.all(markets)? {
            state.markets.push(state.market_state(market)?);
        }
        Ok(snapshot.app.books.put(snapshot, address, state))
    }

    fn market_state(&self, row: VaultMarket) -> Result<MarketState, Problem> {
        let ours = row.prices == self.record.prices.address;
        let price = self.prices.get(&row.collateral).filter(|_| ours);
        Ok(MarketState {
            terms: row.terms(),
            index: row.index_at(self.now).map_err(Problem::inconsistent)?,
            asset: self.asset(row.collateral),
            price: price.cloned(),
            now: self.now,
            row,
        })
    }

    /// What is known of an asset; its address, and no decimals, where nothing was read yet.
    pub fn asset(&self, asset: Address) -> AssetFacts {
        let shown = || asset.to_checksum(None);
        let known = self.assets.get(&asset).cloned();
        known.unwrap_or_else(|| AssetFacts {
            asset,
            name: shown(),
            symbol: shown(),
            ..AssetFacts::default()
        })
    }

    /// The market of that number; 404 where there is none.
    pub fn market(&self, number: u64) -> Result<&MarketState, Problem> {
        let mut markets = self.markets.iter();
        let found = markets.find(|market| market.row.market == number);
        found.ok_or_else(|| {
            let count = self.markets.len();
            Problem::unknown(
                "market",
                format!("market: there are {count}, counted from 0; {number} is none of them"),
            )
        })
    }

    /// What vaults owe, of all markets, each rounded down.
    pub fn debt(&self) -> Result<U256, Problem> {
        let mut sum = U256::ZERO;
        for market in &self.markets {
            sum = sum.saturating_add(market.debt()?);
        }
        Ok(sum)
    }

    /// What the custody of the peg module is worth against its ledger; none where it has no price.
    pub fn peg_backing(&self) -> Option<U256> {
        let ledger = self.row.peg_ledger;
        if ledger.is_zero() {
            return Some(U256::ZERO);
        }
        let (module, facts) = self.peg.as_ref()?;
        let price = self.prices.get(&facts.custody_token)?;
        let low = price.low.min(facts.par);
        let worth = wide_mul_div_down(module.custody, low, convert::PRICE_SCALE).ok()?;
        Some(worth.min(ledger))
    }

    /// What stands behind the supply, less the supply.
    pub fn equity(&self) -> Result<Option<I256>, Problem> {
        let Some(peg) = self.peg_backing() else {
            return Ok(None);
        };
        let backing = I256::from_raw(self.debt()?.saturating_add(peg));
        Ok(backing.checked_sub(I256::from_raw(self.row.supply)))
    }

    /// The share of face value that a redemption pays, in wad, rounded down.
    pub fn haircut_wad(&self) -> Result<Option<U256>, Problem> {
        if self.row.deficit.is_zero() || self.row.supply.is_zero() {
            return Ok(Some(WAD));
        }
        let Some(peg) = self.peg_backing() else {
            return Ok(None);
        };
        let backing = self.debt()?.saturating_add(peg).min(self.row.supply);
        Ok(Some(wide_mul_div_down(backing, WAD, self.row.supply)?))
    }

    /// How a stored price of one of its assets is shown.
    pub fn price_view(&self, price: &AssetPrice) -> PriceView {
        price_view(price, self.asset(price.asset).decimals, self.now)
    }
}

/// Whole units of account per whole token of `decimals`, in wad, of a price that is scaled by 1e36.
pub(crate) fn shown_down(price: U256, decimals: u64) -> U256 {
    let unit = U256::from(10).saturating_pow(U256::from(decimals));
    wide_mul_div_down(price, unit, convert::PRICE_SCALE).unwrap_or(U256::MAX)
}

/// The same, rounded up.
pub(crate) fn shown_up(price: U256, decimals: u64) -> U256 {
    let unit = U256::from(10).saturating_pow(U256::from(decimals));
    wide_mul_div_up(price, unit, convert::PRICE_SCALE).unwrap_or(U256::MAX)
}

fn price_view(price: &AssetPrice, decimals: u64, now: u64) -> PriceView {
    let state = price.state_at(now);
    let once = price.updated_at != 0;
    PriceView {
        low: shown_down(price.low, decimals).into(),
        mid: shown_down(price.mid, decimals).into(),
        high: shown_up(price.high, decimals).into(),
        scaled: ScaledPrice {
            low: price.low.into(),
            mid: price.mid.into(),
            high: price.high.into(),
        },
        updated_at: price.updated_at,
        state: state_name(state).to_owned(),
        age_secs: once.then(|| now.saturating_sub(price.updated_at)),
        age_secs_max: price.max_age_secs,
        grace_ends_at: price.grace_end_at(now).filter(|end| now < *end),
    }
}

fn state_name(state: PriceState) -> &'static str {
    match state {
        PriceState::Safe => "safe",
        PriceState::Stepped => "stepped",
        PriceState::Grace => "grace",
        PriceState::Late => "late",
    }
}

impl MarketState {
    /// Debt of all vaults, rounded down.
    pub fn debt(&self) -> Result<U256, ArithmeticError> {
        convert::debt_down(Norm::new(self.row.norm), self.index).map(TokenAmount::get)
    }

    /// The price, where there ever was one.
    pub fn known_price(&self) -> Option<&AssetPrice> {
        self.price.as_ref().filter(|price| !price.mid.is_zero())
    }

    /// What the price is good for; the least where there is none.
    pub fn price_state(&self) -> PriceState {
        let price = self.price.as_ref();
        price.map_or(PriceState::Grace, |price| price.state_at(self.now))
    }

    /// How its price is shown.
    pub fn price_view(&self) -> Option<PriceView> {
        let price = self.price.as_ref();
        price.map(|price| price_view(price, self.asset.decimals, self.now))
    }

    /// A vault as an auction sees it; none without a price.
    pub fn position(&self, vault: &Vault) -> Option<Position> {
        let price = self.known_price()?;
        Some(Position {
            collateral: AssetAmount::new(vault.collateral),
            norm: Norm::new(vault.norm),
            index: self.index,
            price: Price::new(price.mid),
        })
    }

    /// Whether anybody may take from a vault at the stored mid price; none without a price.
    pub fn is_unhealthy(&self, vault: &Vault) -> Result<Option<bool>, Problem> {
        if vault.norm.is_zero() {
            return Ok(Some(false));
        }
        let position = self.position(vault);
        let unhealthy = position.map(|one| one.is_unhealthy(self.terms.liq_ltv));
        Ok(unhealthy.transpose()?)
    }

    /// The risk at which `part` of what collateral is worth equals the debt, in wad; none without a price.
    pub fn risk_at(&self, part: Wad) -> Option<U256> {
        let price = self.known_price()?;
        let worth = wide_mul_div_down(price.mid, part.get(), self.index.get()).ok()?;
        let scale = U256::ONE << 128_usize;
        wide_mul_div_down(worth, scale, convert::PRICE_SCALE).ok()
    }

    /// How the market is shown.
    pub fn view(&self, auctions: Option<u64>) -> Result<VaultMarketView, Problem> {
        let (row, debt) = (&self.row, self.debt()?);
        let state = row.state();
        let mintable = state
            .mintable_at(ballast_types::Timestamp::new(self.now))
            .map_err(Problem::inconsistent)?;
        let value = self.value(row.held)?;
        Ok(VaultMarketView {
            id: row.market,
            collateral: AssetRef::from(&self.asset),
            terms: self.terms_view()?,
            debt: debt.into(),
            collateral_total: row.held.into(),
            norm: row.norm.into(),
            index_wad: self.index.get().into(),
            rate_wad: row.rate.into(),
            ceiling: row.ceiling.into(),
            mint_limit: row.mint_limit.into(),
            mintable: mintable.into(),
            deficit: row.deficit.into(),
            vaults: row.vaults,
            auctions,
            price: self.price_view(),
            ratio_wad: ratio_wad(value, debt),
        })
    }

    /// What collateral is worth at mid, rounded down; none without a price.
    pub fn value(&self, collateral: U256) -> Result<Option<U256>, ArithmeticError> {
        let Some(price) = self.known_price() else {
            return Ok(None);
        };
        let value = convert::value_down(AssetAmount::new(collateral), Price::new(price.mid))?;
        Ok(Some(value.get()))
    }

    fn terms_view(&self) -> Result<MarketTermsView, Problem> {
        let row = &self.row;
        let patience = PATIENCE.get().max(row.ramp_secs.saturating_mul(4));
        let controller = row.rate_controller;
        Ok(MarketTermsView {
            prices: row.prices.into(),
            borrow_ltv_wad: row.borrow_ltv.into(),
            liq_ltv_wad: row.liq_ltv.into(),
            min_debt: row.min_debt.into(),
            mint_window_secs: row.mint_window_secs,
            max_discount_wad: row.max_discount.into(),
            ramp_secs: row.ramp_secs,
            clock_secs_max: clock_expiry(&self.terms)?.get(),
            patience_secs: patience,
            fee_min_wad: row.fee_min.into(),
            fee_slope_wad: row.fee_slope.into(),
            rate_controller: (!controller.is_zero()).then_some(Addr(controller)),
        })
    }

    /// What a redemption leaves in a vault, in wad; none where nothing can be redeemed of it now.
    pub fn fee_of(&self, debt: TokenAmount, value: TokenAmount) -> Result<Option<Wad>, Problem> {
        let open = self.price_state() <= PriceState::Stepped;
        if !open || debt.is_zero() || debt >= value {
            return Ok(None);
        }
        Ok(Some(redemption_fee(&self.terms, debt, value)?))
    }

    /// How a vault is shown.
    pub fn vault_view(&self, vault: &Vault) -> Result<VaultView, Problem> {
        let debt = convert::debt_up(Norm::new(vault.norm), self.index)?;
        let value = self.value(vault.collateral)?;
        let fee = match value {
            Some(value) => self.fee_of(debt, TokenAmount::new(value))?,
            None => None,
        };
        Ok(VaultView {
            synthetic: vault.synthetic.into(),
            market: vault.market,
            owner: vault.owner.into(),
            collateral: vault.collateral.into(),
            debt: debt.into(),
            norm: vault.norm.into(),
            value: value.map(Word),
            ratio_wad: ratio_wad(value, debt.get()),
            liquidation_price: self.liquidation_price(vault.collateral, debt.get()),
            debt_most: self.debt_most(vault.collateral)?.map(Word),
            flagged_at: vault.flagged_at,
            healthy: self.is_unhealthy(vault)?.map(|unhealthy| !unhealthy),
            redemption_fee_wad: fee.map(|fee| fee.get().into()),
        })
    }

    /// The shown price under which a vault is unhealthy, rounded up; none without debt or collateral.
    fn liquidation_price(&self, collateral: U256, debt: U256) -> Option<Word> {
        if debt.is_zero() || collateral.is_zero() {
            return None;
        }
        // As the lens has it, then as prices are shown.
        let most = collateral.checked_mul(self.row.liq_ltv)?;
        let scaled = wide_mul_div_up(debt.checked_mul(WAD)?, convert::PRICE_SCALE, most).ok()?;
        Some(shown_up(scaled, self.asset.decimals).into())
    }

    /// Most debt that an owner's action may leave, at the low price; none without a price.
    fn debt_most(&self, collateral: U256) -> Result<Option<U256>, ArithmeticError> {
        let Some(price) = self.known_price() else {
            return Ok(None);
        };
        let value = convert::value_down(AssetAmount::new(collateral), Price::new(price.low))?;
        wide_mul_div_down(value.get(), self.row.borrow_ltv, WAD).map(Some)
    }
}

/// Value over debt, in wad, rounded down; none without debt or value.
fn ratio_wad(value: Option<U256>, debt: U256) -> Option<Word> {
    let ratio = wide_mul_div_down(value?, WAD, debt).ok()?;
    Some(ratio.into())
}
