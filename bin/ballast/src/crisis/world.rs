//! Numbers between the chain's integers and the actors' floating point.

use alloy::primitives::{Address, U256, keccak256};
use ballast_types::Price;

use crate::market::float;

/// Decimals of every collateral of a crisis, and of the synthetic.
pub const DECIMALS: u8 = 18;
const WAD: f64 = 1e18;
/// Wei of a gwei.
const GWEI: f64 = 1e9;

/// What `collateral` is worth at `price`, in base units of the synthetic.
pub fn float_value(collateral: U256, price: Price) -> f64 {
    float(collateral) * float(price.get()) / 1e36
}

/// Whole tokens of 18 decimals.
pub fn whole(base_units: U256) -> f64 {
    float(base_units) / WAD
}

/// Base units of `tokens` whole ones with `decimals` decimals, rounded down; nothing for what is no amount.
pub fn base(tokens: f64, decimals: u8) -> U256 {
    if !tokens.is_finite() || tokens <= 0.0 {
        return U256::ZERO;
    }
    // Fifteen digits are exact; the rest are zeros.
    let exponent = 9_u8.min(decimals);
    let scaled = (tokens * 10_f64.powi(i32::from(exponent))).floor();
    U256::from(scaled as u128) * U256::from(10).pow(U256::from(decimals - exponent))
}

/// A price in dollars for a whole token of `decimals` decimals, as `IPrices` scales it.
pub fn price(dollars: f64, decimals: u8) -> Price {
    let digits = U256::from((dollars * 1e12).max(0.0) as u128);
    Price::new(digits * U256::from(10).pow(U256::from(18 - 12 + 36 - u32::from(decimals))))
}

/// Such a price in dollars.
pub fn dollars(price: Price, decimals: u8) -> f64 {
    float(price.get()) / 10_f64.powi(54 - i32::from(decimals))
}

/// A price in dollars with 18 decimals, as reports and feeds of the quorum have it.
pub fn quoted(dollars: f64) -> U256 {
    base(dollars, DECIMALS)
}

/// Wei per gas.
pub fn wei(gwei: f64) -> u128 {
    (gwei.max(0.0) * GWEI) as u128
}

/// The account that plays `part`, number `index` of it.
pub fn account(part: &str, index: usize) -> Address {
    let hash = keccak256(format!("ballast crisis, {part} {index}"));
    Address::from_slice(&hash[12..])
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{base, dollars, price, quoted, whole};

    #[test]
    fn amounts_and_prices_survive_the_way_there_and_back() {
        for tokens in [0.000001, 1.0, 123.456789, 5e8] {
            assert!((whole(base(tokens, 18)) / tokens - 1.0).abs() < 1e-3);
        }
        assert_eq!(base(1.5, 6), U256::from(1_500_000));
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(base(nothing, 18), U256::ZERO);
        }
        for decimals in [6, 18] {
            for paid in [0.2257, 1.0, 194.61, 65_000.0] {
                assert!((dollars(price(paid, decimals), decimals) / paid - 1.0).abs() < 1e-9);
            }
        }
        // One whole token of 18 decimals at one dollar is worth as many base units as it has.
        assert_eq!(price(1.0, 18).get(), U256::from(10).pow(U256::from(36)));
        assert_eq!(
            quoted(2.0),
            U256::from(2) * U256::from(10).pow(U256::from(18))
        );
    }
}
