//! Products divided, with the rounding direction in the name.

use alloy_primitives::{U256, U512};
use ballast_types::{ArithmeticError, AssetAmount, BPS_FULL, Bps, TokenAmount};

/// `a * b`, or `Overflow` above 2^256 - 1.
fn product(a: U256, b: U256) -> Result<U256, ArithmeticError> {
    a.checked_mul(b).ok_or(ArithmeticError::Overflow)
}

/// `floor(a * b / divisor)`: the q with `q * divisor <= a * b < (q + 1) * divisor`.
///
/// Errors: `DivisionByZero`, or `Overflow` when the product needs more than 256 bits.
pub fn mul_div_down(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    product(a, b)?
        .checked_div(divisor)
        .ok_or(ArithmeticError::DivisionByZero)
}

/// `ceil(a * b / divisor)`: the q with `(q - 1) * divisor < a * b <= q * divisor`.
///
/// Errors: `DivisionByZero`, or `Overflow` when the product needs more than 256 bits.
pub fn mul_div_up(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    let product = product(a, b)?;
    let quotient = product
        .checked_div(divisor)
        .ok_or(ArithmeticError::DivisionByZero)?;
    let remainder = product
        .checked_rem(divisor)
        .ok_or(ArithmeticError::DivisionByZero)?;
    if remainder.is_zero() {
        return Ok(quotient);
    }
    quotient
        .checked_add(U256::ONE)
        .ok_or(ArithmeticError::Overflow)
}

/// Quotient and remainder of `a * b / divisor` with a product of 512 bits.
fn wide_div_rem(a: U256, b: U256, divisor: U256) -> Result<(U512, bool), ArithmeticError> {
    let (product, divisor): (U512, _) = (a.widening_mul(b), U512::from(divisor));
    let quotient = product.checked_div(divisor);
    let remainder = product.checked_rem(divisor);
    quotient
        .zip(remainder.map(|rest| !rest.is_zero()))
        .ok_or(ArithmeticError::DivisionByZero)
}

/// The lower half of `wide`, or `Overflow`.
fn narrow(wide: U512) -> Result<U256, ArithmeticError> {
    if wide.bit_len() > U256::BITS {
        return Err(ArithmeticError::Overflow);
    }
    Ok(wide.wrapping_to())
}

/// [`mul_div_down`] whose product may need 512 bits.
///
/// Errors: `DivisionByZero`, or `Overflow` when the quotient needs more than 256 bits.
pub fn wide_mul_div_down(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    match a.checked_mul(b) {
        Some(product) => product
            .checked_div(divisor)
            .ok_or(ArithmeticError::DivisionByZero),
        None => narrow(wide_div_rem(a, b, divisor)?.0),
    }
}

/// [`mul_div_up`] whose product may need 512 bits.
///
/// Errors: `DivisionByZero`, or `Overflow` when the quotient needs more than 256 bits.
pub fn wide_mul_div_up(a: U256, b: U256, divisor: U256) -> Result<U256, ArithmeticError> {
    if a.checked_mul(b).is_some() {
        return mul_div_up(a, b, divisor);
    }
    let (quotient, rest) = wide_div_rem(a, b, divisor)?;
    narrow(quotient)?
        .checked_add(U256::from(rest))
        .ok_or(ArithmeticError::Overflow)
}

/// What `tokens` of `claims` are backed by, of an asset whose backing is `backing`: `x * F / S` down.
pub fn backing_down(
    tokens: TokenAmount,
    backing: AssetAmount,
    claims: TokenAmount,
) -> Result<AssetAmount, ArithmeticError> {
    mul_div_down(tokens.get(), backing.get(), claims.get()).map(AssetAmount::new)
}

/// The fewest tokens that are backed by at least `amount`: `a * S / F` up.
pub fn tokens_worth_up(
    amount: AssetAmount,
    claims: TokenAmount,
    backing: AssetAmount,
) -> Result<TokenAmount, ArithmeticError> {
    mul_div_up(amount.get(), claims.get(), backing.get()).map(TokenAmount::new)
}

/// A fee of `ratio` on `amount`, rounded up. Every fee of the system is one of these.
pub fn fee_up(amount: U256, ratio: Bps) -> Result<U256, ArithmeticError> {
    mul_div_up(amount, ratio.word(), U256::from(BPS_FULL))
}

/// A share of `ratio` of `amount`, rounded down. Every limit and every part of a split is one of these.
pub fn share_down(amount: U256, ratio: Bps) -> Result<U256, ArithmeticError> {
    mul_div_down(amount, ratio.word(), U256::from(BPS_FULL))
}
