//! What a strategy sees: everything of one block, as values. Nothing here asks anybody.

use alloy::primitives::{Address, I256, U256};
use ballast_math::{wide_mul_div_down, wide_mul_div_up};
use ballast_model::vaults::convert::PRICE_SCALE;
use ballast_model::vaults::{Market, PriceState, PriceView, Vault};
use ballast_types::{Price, Timestamp, Wad};

use crate::ladder::Line;
use crate::pool::Route;

/// What gas costs in the unit of a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasPrice {
    /// Wei per gas that a transaction now pays.
    pub wei: u128,
    /// Value of a wei in the synthetic's base units, as prices are scaled.
    pub native: Price,
}

impl GasPrice {
    /// What so much gas costs, base units of the synthetic, rounded up; the largest number where it cannot be told.
    pub fn cost(&self, gas: u64) -> U256 {
        let wei = U256::from(gas).saturating_mul(U256::from(self.wei));
        wide_mul_div_up(wei, self.native.get(), PRICE_SCALE).unwrap_or(U256::MAX)
    }
}

/// What the sources of a price say now, and how they are made one price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Sources that a poke would count.
    pub live: usize,
    /// Least that must be.
    pub least: usize,
    /// Median of those, the mean of the middle two where they are even.
    pub median: Price,
    /// Age above which a stored price is unsafe, seconds.
    pub max_age_secs: u64,
    /// What a source may be off before it reports again, wad.
    pub deviation: Wad,
    /// How far mid may move within a window, wad.
    pub max_step: Wad,
    /// The window, seconds.
    pub step_window_secs: u64,
}

impl Survey {
    /// What mid would be after a poke, as far as that can be told without knowing where the window began.
    pub fn mid_after(&self, stored: Price) -> Price {
        if stored.is_zero() {
            return self.median;
        }
        let one = ballast_types::WAD;
        let step = wide_mul_div_down(stored.get(), self.max_step.get(), one).unwrap_or_default();
        let least = stored.get().saturating_sub(step);
        let most = stored.get().saturating_add(step);
        Price::new(self.median.get().clamp(least, most))
    }
}

/// A stored price with what its sources say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceSight {
    /// Who keeps it.
    pub prices: Address,
    /// The asset.
    pub asset: Address,
    /// The stored price.
    pub view: PriceView,
    /// Unix seconds of it.
    pub updated_at: u64,
    /// What its sources say; none where they were not asked.
    pub survey: Option<Survey>,
}

/// What a poke is expected to do.
#[derive(Clone, Debug)]
pub struct AfterPoke {
    /// The mid that it would store.
    pub mid: Price,
    /// The vaults that are unhealthy then, the riskiest first.
    pub unhealthy: Vec<(Address, Vault)>,
}

/// A market of a book.
#[derive(Clone, Debug)]
pub struct MarketSight {
    /// Its book.
    pub book: Address,
    /// Its number.
    pub number: u64,
    /// Its terms, sums and stored price.
    pub market: Market,
    /// Unix seconds of the stored price.
    pub updated_at: u64,
    /// What decides about health.
    pub line: Line,
    /// Every unhealthy vault, the riskiest first.
    pub unhealthy: Vec<(Address, Vault)>,
    /// Some of the riskiest vaults, healthy or not, the riskiest first.
    pub riskiest: Vec<(Address, Vault)>,
    /// Vaults that a poke is expected to make unhealthy, with the price that it would store.
    pub after_poke: Option<AfterPoke>,
    /// The way from the collateral to the synthetic; empty where none is known.
    pub route: Route,
    /// What of the collateral one whole has, base units.
    pub unit: U256,
    /// What the sources of its price say; none where it was not asked.
    pub survey: Option<Survey>,
    /// What gas costs.
    pub gas: GasPrice,
}

impl MarketSight {
    /// How far the stored price can be trusted.
    pub fn state(&self) -> PriceState {
        self.market.price.state
    }

    /// The price of its collateral.
    pub fn price(&self) -> PriceSight {
        let terms = &self.market.terms;
        PriceSight {
            prices: terms.prices,
            asset: terms.collateral,
            view: self.market.price,
            updated_at: self.updated_at,
            survey: self.survey,
        }
    }

    /// What collateral is worth at mid, base units of the synthetic, rounded down.
    pub fn worth(&self, collateral: U256) -> U256 {
        wide_mul_div_down(collateral, self.line.mid.get(), PRICE_SCALE).unwrap_or_default()
    }

    /// The collateral that is worth so much at mid, base units, rounded up; the largest number without a price.
    pub fn collateral_for(&self, value: U256) -> U256 {
        if value.is_zero() {
            return U256::ZERO;
        }
        wide_mul_div_up(value, PRICE_SCALE, self.line.mid.get()).unwrap_or(U256::MAX)
    }
}

/// A backstop as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackstopSight {
    /// Its address.
    pub address: Address,
    /// What it may spend, base units of the synthetic.
    pub cash: U256,
    /// What arrived and is not let in yet, base units of the synthetic.
    pub arrived: U256,
    /// Whether anybody has shares.
    pub has_holders: bool,
}

/// A peg module as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PegSight {
    /// Its address.
    pub address: Address,
    /// What `mark` would write down now, or back where it is negative; none where it would be refused.
    pub mark: Option<I256>,
}

/// A book as a whole.
#[derive(Clone, Debug)]
pub struct BookSight {
    /// Its address.
    pub address: Address,
    /// Its symbol.
    pub symbol: String,
    /// The time of the block.
    pub now: Timestamp,
    /// Its markets.
    pub markets: Vec<MarketSight>,
    /// Losses that nobody has paid yet, of all markets and the peg module.
    pub deficit: U256,
    /// The peg module's part of it.
    pub peg_deficit: U256,
    /// Interest that was earned and not minted yet.
    pub earned: U256,
    /// What of it a collection would mint now: nothing while a deficit stands that it does not pay, or the peg module's
    /// custody is worth too little.
    pub mintable: U256,
    /// What the book holds of itself.
    pub surplus: U256,
    /// What of that it keeps.
    pub surplus_buffer: U256,
    /// What the keeper has of the synthetic.
    pub own: U256,
    /// Its backstop, where it has one.
    pub backstop: Option<BackstopSight>,
    /// Its peg module, where it has one.
    pub peg: Option<PegSight>,
    /// Prices that it depends on beside those of its collateral: of the custody token, and of itself.
    pub prices: Vec<PriceSight>,
    /// What gas costs.
    pub gas: GasPrice,
}

/// A loan past its grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoanSight {
    /// Its identifier.
    pub id: U256,
    /// Unix seconds from which on anybody may close it.
    pub grace_end: u64,
}

/// A reserve with the loans that are near their end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReserveSight {
    /// Its address.
    pub address: Address,
    /// Its loans, those first whose grace ends first.
    pub loans: Vec<LoanSight>,
    /// Whether entries are paused, which stops the clock of loans.
    pub paused: bool,
}

/// A converter as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConverterSight {
    /// Its address.
    pub address: Address,
    /// Its token.
    pub token: Address,
    /// Multiple of the backing asked, wad.
    pub multiple: U256,
    /// Largest fill, token base units.
    pub lot: U256,
    /// For sale, token base units.
    pub for_sale: U256,
    /// Price of `offered`, base units of each asset; none while none can be asked.
    pub quote: Option<(U256, Vec<U256>)>,
    /// Its assets.
    pub assets: Vec<Address>,
    /// What the keeper has of each asset, and of that may be taken by the converter already.
    pub own: Vec<(U256, U256)>,
    /// What the offered tokens would fetch in the pool of the only asset, after the token's own fee, base units of it.
    pub proceeds: Option<U256>,
    /// Whether liquidity can be added now.
    pub can_add_liquidity: bool,
    /// What gas costs, in base units of the only asset.
    pub gas: Option<GasPrice>,
}
