//! The two kinds of market that are known by name, with every number in one place.

use alloy::primitives::U256;

/// One basis point in wad.
pub const BPS_WAD: U256 = U256::from_limbs([100_000_000_000_000, 0, 0, 0]);

/// A market by name. Ratios, discounts and fees in basis points, times in seconds, amounts in whole synthetics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in launch files.
    pub name: &'static str,
    /// Debt per value of collateral above which a vault is unhealthy. An override may only be lower.
    pub liquidation_ltv_bps: u16,
    /// Most debt per value of collateral that an owner's action may leave.
    pub borrow_ltv_bps: u16,
    /// The largest discount of a fall alone, and how far the clock takes it in a ramp.
    pub max_discount_bps: u16,
    /// Seconds in which the clock's discount grows by the largest discount of a fall.
    pub ramp_secs: u64,
    /// Least debt of a vault.
    pub min_debt: u64,
    /// Seconds in which the mint limit is filled again.
    pub mint_window_secs: u64,
    /// Least redemption fee.
    pub fee_min_bps: u16,
    /// What that fee grows by from the liquidation ratio down to no debt.
    pub fee_slope_bps: u16,
    /// Whether the collateral may itself stand for several assets.
    pub baskets: bool,
    /// How its collateral is priced.
    pub price: PricePreset,
}

/// How a market's collateral is priced. An override may only be stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePreset {
    /// Least sources that are configured.
    pub sources_least: usize,
    /// Least sources that must agree.
    pub live_least: usize,
    /// Whether a single source will do that is computed on the chain from prices that several agreed on.
    pub derived: bool,
    /// What a source may be off before it reports again.
    pub deviation_bps: u16,
    /// How far a source may be from the median.
    pub max_deviation_bps: u16,
    /// How far the price may move within a window before it counts as stepped.
    pub max_step_bps: u16,
    /// The window, seconds.
    pub step_window_secs: u64,
    /// Age above which a stored price is unsafe, seconds.
    pub max_age_secs: u64,
    /// How long liquidations wait once a price is unsafe, seconds.
    pub grace_secs: u64,
}

/// Little collateral, a fast auction, baskets allowed.
pub const HIGH_EFFICIENCY: Preset = Preset {
    name: "high-efficiency",
    liquidation_ltv_bps: 8_333,
    borrow_ltv_bps: 8_000,
    max_discount_bps: 800,
    ramp_secs: 30,
    min_debt: 100,
    mint_window_secs: 86_400,
    fee_min_bps: 50,
    fee_slope_bps: 200,
    baskets: true,
    price: PricePreset {
        sources_least: 3,
        live_least: 2,
        derived: true,
        deviation_bps: 50,
        max_deviation_bps: 200,
        max_step_bps: 1_000,
        step_window_secs: 600,
        max_age_secs: 3_600,
        grace_secs: 1_800,
    },
};

/// Twice the collateral, a slow auction, a single asset, a stricter price.
pub const HIGH_SECURITY: Preset = Preset {
    name: "high-security",
    liquidation_ltv_bps: 5_000,
    borrow_ltv_bps: 4_500,
    max_discount_bps: 1_500,
    ramp_secs: 900,
    min_debt: 100,
    mint_window_secs: 86_400,
    fee_min_bps: 50,
    fee_slope_bps: 200,
    baskets: false,
    price: PricePreset {
        sources_least: 4,
        live_least: 3,
        derived: false,
        deviation_bps: 25,
        max_deviation_bps: 100,
        max_step_bps: 500,
        step_window_secs: 600,
        max_age_secs: 3_600,
        grace_secs: 1_800,
    },
};

/// Every preset.
pub const PRESETS: [&Preset; 2] = [&HIGH_EFFICIENCY, &HIGH_SECURITY];

impl Preset {
    /// The preset of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }
}

/// Basis points in wad.
pub fn wad(bps: u16) -> U256 {
    BPS_WAD.wrapping_mul(U256::from(bps))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};
    use ballast_model::vaults::MarketTerms;
    use ballast_types::{Seconds, TokenAmount, WAD, Wad};

    use super::{HIGH_EFFICIENCY, HIGH_SECURITY, PRESETS, Preset, wad};

    #[test]
    fn every_preset_is_within_the_books_bounds() {
        for preset in PRESETS {
            let terms = MarketTerms {
                collateral: Address::ZERO,
                prices: Address::ZERO,
                borrow_ltv: Wad::new(wad(preset.borrow_ltv_bps)),
                min_debt: TokenAmount::new(U256::from(preset.min_debt) * WAD),
                mint_window_secs: Seconds::new(preset.mint_window_secs),
                liq_ltv: Wad::new(wad(preset.liquidation_ltv_bps)),
                max_discount: Wad::new(wad(preset.max_discount_bps)),
                ramp_secs: Seconds::new(preset.ramp_secs),
                fee_min: Wad::new(wad(preset.fee_min_bps)),
                fee_slope: Wad::new(wad(preset.fee_slope_bps)),
                rate_controller: Address::ZERO,
            };
            let deviation = Wad::new(wad(preset.price.deviation_bps));
            assert_eq!(terms.check(deviation), Ok(()), "{}", preset.name);
            assert_eq!(Preset::named(preset.name), Some(preset));
        }
        assert_eq!(Preset::named("none"), None);
    }

    #[test]
    fn the_presets_promise_what_their_names_say() {
        // A ratio of 120 % is 1 / 0.8333, one of 200 % is 1 / 0.5.
        assert_eq!(HIGH_EFFICIENCY.liquidation_ltv_bps, 8_333);
        assert_eq!(HIGH_EFFICIENCY.ramp_secs, 30);
        assert_eq!(HIGH_SECURITY.liquidation_ltv_bps, 5_000);
        assert_eq!(HIGH_SECURITY.ramp_secs, 15 * 60);
        let price = |preset: &Preset| preset.price;
        assert_eq!(
            (
                price(&HIGH_EFFICIENCY).live_least,
                price(&HIGH_EFFICIENCY).sources_least
            ),
            (2, 3)
        );
        assert_eq!(
            (
                price(&HIGH_SECURITY).live_least,
                price(&HIGH_SECURITY).sources_least
            ),
            (3, 4)
        );
        assert!(price(&HIGH_SECURITY).max_step_bps < price(&HIGH_EFFICIENCY).max_step_bps);
        assert_eq!(PRESETS.map(|preset| preset.baskets), [true, false]);
    }
}
