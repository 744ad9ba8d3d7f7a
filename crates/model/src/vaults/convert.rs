//! Conversions between norm and debt, and between collateral and value, with the rounding in the name.

use alloy_primitives::U256;
use ballast_math::{wide_mul_div_down, wide_mul_div_up};
use ballast_types::{ArithmeticError, AssetAmount, Norm, Price, TokenAmount, WAD, Wad};

/// What prices are scaled by, 1e36.
pub const PRICE_SCALE: U256 =
    U256::from_limbs([12_919_594_847_110_692_864, 54_210_108_624_275_221, 0, 0]);

/// What `norm` owes: `norm * index`, rounded up.
pub fn debt_up(norm: Norm, index: Wad) -> Result<TokenAmount, ArithmeticError> {
    wide_mul_div_up(norm.get(), index.get(), WAD).map(TokenAmount::new)
}

/// What of `norm` is surely owed: `norm * index`, rounded down.
pub fn debt_down(norm: Norm, index: Wad) -> Result<TokenAmount, ArithmeticError> {
    wide_mul_div_down(norm.get(), index.get(), WAD).map(TokenAmount::new)
}

/// The least norm that owes `debt`: `debt / index`, rounded up.
pub fn norm_up(debt: TokenAmount, index: Wad) -> Result<Norm, ArithmeticError> {
    wide_mul_div_up(debt.get(), WAD, index.get()).map(Norm::new)
}

/// The most norm that `debt` pays: `debt / index`, rounded down.
pub fn norm_down(debt: TokenAmount, index: Wad) -> Result<Norm, ArithmeticError> {
    wide_mul_div_down(debt.get(), WAD, index.get()).map(Norm::new)
}

/// What `collateral` is worth at `price`, rounded down.
pub fn value_down(collateral: AssetAmount, price: Price) -> Result<TokenAmount, ArithmeticError> {
    wide_mul_div_down(collateral.get(), price.get(), PRICE_SCALE).map(TokenAmount::new)
}

/// What `collateral` is worth at `price`, rounded up.
pub fn value_up(collateral: AssetAmount, price: Price) -> Result<TokenAmount, ArithmeticError> {
    wide_mul_div_up(collateral.get(), price.get(), PRICE_SCALE).map(TokenAmount::new)
}

/// `a * b / divisor` of raw words, rounded down, for the formulas that mix units.
pub(crate) fn part_down(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    wide_mul_div_down(a, b, divisor)
}

/// `a * b / divisor` of raw words, rounded up.
pub(crate) fn part_up(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    wide_mul_div_up(a, b, divisor)
}

/// `a * b`, or `Overflow`.
pub(crate) fn product(a: U256, b: U256) -> Result<U256, ArithmeticError> {
    a.checked_mul(b).ok_or(ArithmeticError::Overflow)
}

/// `a - b`, or `Underflow`.
pub(crate) fn less(a: U256, b: U256) -> Result<U256, ArithmeticError> {
    a.checked_sub(b).ok_or(ArithmeticError::Underflow)
}

/// `a + b`, or `Overflow`.
pub(crate) fn plus(a: U256, b: U256) -> Result<U256, ArithmeticError> {
    a.checked_add(b).ok_or(ArithmeticError::Overflow)
}
