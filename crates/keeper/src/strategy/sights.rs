//! What the tests of strategies see: a market and a book at rest, to be disturbed.

use alloy::primitives::{Address, U256};
use ballast_model::vaults::{Market, MarketTerms, PriceState, PriceView, Vault};
use ballast_types::{AssetAmount, Norm, Price, Seconds, Timestamp, TokenAmount, WAD, Wad};

use crate::ladder::Line;
use crate::pool::Route;
use crate::sight::{BackstopSight, BookSight, GasPrice, MarketSight, Survey};

/// The time of every sight.
pub const NOW: Timestamp = Timestamp::new(1_800_000_000);

/// Whole tokens in base units.
pub fn whole(amount: u64) -> U256 {
    U256::from(amount) * WAD
}

/// So many basis points in wad.
pub fn bps(count: u64) -> Wad {
    Wad::new(U256::from(count) * WAD / U256::from(10_000))
}

/// A price in whole synthetics for one whole of a collateral of 18 decimals.
pub fn price(synthetics: u64) -> Price {
    Price::new(whole(synthetics) * WAD)
}

/// A stored price whose range reaches half a percent to both sides.
pub fn view(synthetics: u64, state: PriceState) -> PriceView {
    let mid = price(synthetics).get();
    let off = mid / U256::from(200);
    PriceView {
        low: Price::new(mid - off),
        mid: Price::new(mid),
        high: Price::new(mid + off),
        state,
    }
}

/// Market 0 at a safe price of 2,000, a minute old, which three of three sources confirm; nobody is unhealthy.
pub fn market() -> MarketSight {
    let terms = MarketTerms {
        collateral: Address::repeat_byte(0xc0),
        prices: Address::repeat_byte(0xf0),
        borrow_ltv: bps(8_000),
        min_debt: TokenAmount::new(whole(100)),
        mint_window_secs: Seconds::new(86_400),
        liq_ltv: bps(8_333),
        max_discount: bps(800),
        ramp_secs: Seconds::new(30),
        fee_min: bps(50),
        fee_slope: bps(200),
        rate_controller: Address::ZERO,
    };
    let market = Market {
        terms,
        price: view(2_000, PriceState::Safe),
        collateral: AssetAmount::default(),
        norm: Norm::default(),
        index: Wad::new(WAD),
        since: NOW,
        rate: Wad::default(),
        ceiling: TokenAmount::default(),
        mint_limit: TokenAmount::default(),
        full_at: U256::ZERO,
        deficit: TokenAmount::default(),
    };
    MarketSight {
        book: Address::repeat_byte(0xb0),
        number: 0,
        market,
        updated_at: NOW.get() - 60,
        line: Line {
            index: Wad::new(WAD),
            mid: market.price.mid,
            liq_ltv: terms.liq_ltv,
        },
        unhealthy: Vec::new(),
        riskiest: Vec::new(),
        after_poke: None,
        route: Route::default(),
        unit: WAD,
        survey: Some(Survey {
            live: 3,
            least: 2,
            median: price(2_000),
            max_age_secs: 3_600,
            deviation: bps(50),
            max_step: bps(1_000),
            step_window_secs: 600,
        }),
        gas: GasPrice::default(),
    }
}

/// The same at another stored price.
pub fn market_at(synthetics: u64, state: PriceState) -> MarketSight {
    let mut sight = market();
    sight.market.price = view(synthetics, state);
    sight.line.mid = sight.market.price.mid;
    sight
}

/// A vault of whole collateral that owes whole synthetics, with its clock.
pub fn vault(collateral: u64, debt: u64, flagged_at: u64) -> Vault {
    Vault {
        collateral: AssetAmount::new(whole(collateral)),
        norm: Norm::new(whole(debt)),
        flagged_at: Timestamp::new(flagged_at),
    }
}

/// A book of those markets without losses, and a backstop with 1,000 in cash.
pub fn book(markets: Vec<MarketSight>) -> BookSight {
    let deficits = markets.iter().map(|sight| sight.market.deficit.get());
    BookSight {
        address: Address::repeat_byte(0xb0),
        symbol: "SYN".to_owned(),
        now: NOW,
        deficit: deficits.fold(U256::ZERO, |sum, one| sum + one),
        markets,
        peg_deficit: U256::ZERO,
        earned: U256::ZERO,
        mintable: U256::ZERO,
        surplus: U256::ZERO,
        surplus_buffer: U256::ZERO,
        own: U256::ZERO,
        backstop: Some(BackstopSight {
            address: Address::repeat_byte(0xba),
            cash: whole(1_000),
            arrived: U256::ZERO,
            has_holders: true,
        }),
        peg: None,
        prices: Vec::new(),
        gas: GasPrice::default(),
    }
}
