//! What a market is made of, and what the book is told from outside: prices.

use super::VaultError;
use alloy_primitives::{Address, U256};
use ballast_types::{AssetAmount, Norm, Price, Seconds, TokenAmount, WAD, Wad};

/// The most markets of one book.
pub const MARKETS_MAX: usize = 32;
/// What stands for the peg module where deficits name their market; `type(uint256).max` in the contract.
pub const PEG_MARKET: usize = usize::MAX;
/// The most owners that one take names.
pub const OWNERS_MAX: usize = 1_500;
/// The most collateral of a vault and of a market, base units: 2^112 - 1.
pub const COLLATERAL_MAX: AssetAmount = AssetAmount::new(low_bits(112));
/// The most norm of a vault and of a market: 2^96 - 1.
pub const NORM_MAX: Norm = Norm::new(low_bits(96));
/// The most that the peg module answers for, base units of the synthetic: 2^112 - 1.
pub const PEG_MAX: TokenAmount = TokenAmount::new(low_bits(112));
/// Where an index stops growing, wad: 2^76 - 1.
pub const INDEX_MAX: Wad = Wad::new(low_bits(76));
/// The largest growth of an index a second, wad: 100 % a year.
pub const RATE_MAX: Wad = Wad::new(U256::from_limbs([31_709_791_983, 0, 0, 0]));
/// The largest ceiling and mint limit, in whole tokens: 2^36 - 1.
pub const WHOLE_TOKENS_MAX: U256 = low_bits(36);
/// The longest stop of new debt, and the shortest time between two.
pub const STOP_MAX: Seconds = Seconds::from_days(7);
/// Until then the clock sells nothing at a loss that the collateral could still cover, unless four ramps are longer.
pub const PATIENCE: Seconds = Seconds::new(600);

/// The number whose lowest `bits` bits are set; `bits` is under 128.
const fn low_bits(bits: u32) -> U256 {
    if bits >= 64 {
        return U256::from_limbs([u64::MAX, low_word(bits.saturating_sub(64)), 0, 0]);
    }
    U256::from_limbs([low_word(bits), 0, 0, 0])
}

const fn low_word(bits: u32) -> u64 {
    1_u64.wrapping_shl(bits).wrapping_sub(1)
}

/// What never changes of a market. Ratios, discounts and fees in wad; amounts in base units of the synthetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketTerms {
    /// The collateral's token.
    pub collateral: Address,
    /// The contract that the prices come from; the model itself is told them.
    pub prices: Address,
    /// Most debt per value of collateral that an owner's action may leave.
    pub borrow_ltv: Wad,
    /// Least debt: a vault has none, or at least this.
    pub min_debt: TokenAmount,
    /// In how long the mint limit is filled again.
    pub mint_window_secs: Seconds,
    /// Debt per value of collateral above which a vault is unhealthy.
    pub liq_ltv: Wad,
    /// The largest discount of a fall alone, and how far the clock takes it in `ramp_secs`.
    pub max_discount: Wad,
    /// In how long the clock's discount grows by `max_discount`.
    pub ramp_secs: Seconds,
    /// The least redemption fee.
    pub fee_min: Wad,
    /// What the redemption fee grows by from the liquidation ratio down to no debt.
    pub fee_slope: Wad,
    /// Who sets the stability rate; nobody if zero.
    pub rate_controller: Address,
}

/// How far a price can be trusted, from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceState {
    /// Everything is allowed.
    Safe,
    /// The price moved faster than a step: no new debt, no withdrawal against debt.
    Stepped,
    /// Unsafe, and liquidations wait.
    #[default]
    Grace,
    /// Unsafe for longer than the grace: liquidations go on at `mid`, by time alone.
    Late,
}

impl PriceState {
    /// Its number in `IPrices`.
    pub const fn code(self) -> u8 {
        match self {
            Self::Safe => 0,
            Self::Stepped => 1,
            Self::Grace => 2,
            Self::Late => 3,
        }
    }
}

/// What a price source says of a collateral. By default there never was a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceView {
    /// At most `mid`: for collateral that lets somebody borrow or withdraw.
    pub low: Price,
    /// What is thought right: for liquidation.
    pub mid: Price,
    /// At least `mid`: for collateral that is redeemed.
    pub high: Price,
    /// What it is good for now.
    pub state: PriceState,
}

impl MarketTerms {
    /// Whether every term is within its bounds, or `BadTerm`; `deviation` is that of the price source, wad.
    pub fn check(&self, deviation: Wad) -> Result<(), VaultError> {
        let wad = |percent: u64| U256::from(percent).wrapping_mul(CENT);
        let liq_ltv = self.liq_ltv.get();
        let half = WAD.saturating_sub(liq_ltv).wrapping_shr(1);
        let secs = |length: Seconds| U256::from(length.get());
        bounded("liqLtv", liq_ltv, wad(1), wad(98))?;
        bounded(
            "borrowLtv",
            self.borrow_ltv.get(),
            U256::ONE,
            liq_ltv.saturating_sub(U256::ONE),
        )?;
        bounded("maxDiscount", self.max_discount.get(), U256::ONE, half)?;
        bounded(
            "rampSecs",
            secs(self.ramp_secs),
            U256::from(10),
            U256::from(86_400),
        )?;
        bounded(
            "minDebt",
            self.min_debt.get(),
            WAD,
            WAD.wrapping_mul(U256::from(1_000_000)),
        )?;
        bounded(
            "mintWindowSecs",
            secs(self.mint_window_secs),
            U256::from(3_600),
            U256::from(2_592_000),
        )?;
        bounded("feeMin", self.fee_min.get(), deviation.get(), wad(10))?;
        bounded(
            "feeSlope",
            self.fee_slope.get(),
            U256::ZERO,
            wad(10).saturating_sub(self.fee_min.get()),
        )
    }
}

/// One per cent in wad.
const CENT: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);

/// `BadTerm` unless `value` lies between `least` and `most`.
pub(crate) fn bounded(
    field: &'static str,
    value: U256,
    least: U256,
    most: U256,
) -> Result<(), VaultError> {
    if value < least || value > most {
        return Err(VaultError::BadTerm {
            field,
            value,
            least,
            most,
        });
    }
    Ok(())
}
