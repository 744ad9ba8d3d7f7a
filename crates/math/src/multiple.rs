//! The price multiple of the converter's auction.

use crate::{mul_div_down, mul_div_up};
use alloy_primitives::U256;
use ballast_types::{ArithmeticError, Seconds, TokenAmount, WAD, Wad};

/// How long the multiple takes to halve.
pub const HALVING: Seconds = Seconds::new(600);

/// Twice the halving time: the slope inside one halving is `1 / (2 * HALVING)` per second.
const SLOPE_DIVISOR: U256 = U256::from_limbs([1_200, 0, 0, 0]);

/// The largest multiple, 2^20.
pub const MULTIPLE_MAX: Wad = Wad::new(U256::from_limbs([7_726_618_127_957_491_712, 56_843, 0, 0]));

/// `start` halved for each whole [`HALVING`] in `elapsed`, and how long those took together.
///
/// The quotient is rounded down; it may fall below one.
pub fn halve(start: Wad, elapsed: Seconds) -> Result<(Wad, Seconds), ArithmeticError> {
    let halvings = elapsed
        .get()
        .checked_div(HALVING.get())
        .ok_or(ArithmeticError::DivisionByZero)?;
    let shift = usize::try_from(halvings).map_err(|_| ArithmeticError::Overflow)?;
    let halved = start.get().wrapping_shr(shift);
    Ok((Wad::new(halved), HALVING.try_mul(halvings)?))
}

/// The multiple `elapsed` after it was `start`: halved for each whole [`HALVING`], then linearly
/// towards the next half, and never below one.
pub fn decay(start: Wad, elapsed: Seconds) -> Result<Wad, ArithmeticError> {
    let (halved, whole) = halve(start, elapsed)?;
    let rest = U256::from(elapsed.try_sub(whole)?.get());
    let lost = mul_div_down(halved.get(), rest, SLOPE_DIVISOR)?;
    halved
        .try_sub(Wad::new(lost))
        .map(|decayed| decayed.max(Wad::ONE))
}

/// The multiple after a fill of `tokens`: `k + k * q / lot` with the quotient rounded down, at most
/// [`MULTIPLE_MAX`].
pub fn raise_multiple_down(
    multiple: Wad,
    tokens: TokenAmount,
    lot: TokenAmount,
) -> Result<Wad, ArithmeticError> {
    let growth = mul_div_down(multiple.get(), tokens.get(), lot.get())?;
    multiple
        .try_add(Wad::new(growth))
        .map(|raised| raised.min(MULTIPLE_MAX))
}

/// `amount * multiple`, rounded up to base units.
pub fn times_multiple_up(amount: U256, multiple: Wad) -> Result<U256, ArithmeticError> {
    mul_div_up(amount, multiple.get(), WAD)
}
