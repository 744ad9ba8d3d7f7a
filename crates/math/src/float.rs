//! Prices in 64 bits, as an aggregator stores them: a mantissa of 56 bits and an exponent of two. Twin of
//! `contracts/src/oracle/PriceFloat.sol`.

use alloy_primitives::U256;

/// Bits of the mantissa.
const MANTISSA_BITS: usize = 56;

/// The largest price that 64 bits can hold and that is not above `price`: exact under 2^56.
pub fn price_float_down(price: U256) -> U256 {
    let exponent = price.bit_len().saturating_sub(MANTISSA_BITS);
    price.wrapping_shr(exponent).wrapping_shl(exponent)
}

/// The smallest price that 64 bits can hold and that is not below `price`, which is at most 2^255.
pub fn price_float_up(price: U256) -> U256 {
    let down = price_float_down(price);
    if down == price {
        return down;
    }
    let exponent = price.bit_len().saturating_sub(MANTISSA_BITS);
    down.saturating_add(U256::ONE.wrapping_shl(exponent))
}

#[cfg(test)]
mod tests {
    use super::{price_float_down, price_float_up};
    use alloy_primitives::U256;

    #[test]
    fn small_prices_are_exact_and_large_ones_are_off_by_less_than_a_part_in_2_to_the_55() {
        for price in [0_u64, 1, 255, (1 << 56) - 1, 1 << 56] {
            let price = U256::from(price);
            assert_eq!(price_float_down(price), price);
            assert_eq!(price_float_up(price), price);
        }
        let odd = (U256::ONE << 200_usize) - U256::ONE;
        assert_eq!(price_float_up(odd), U256::ONE << 200_usize);
        assert_eq!(
            price_float_down(odd),
            ((U256::ONE << 56_usize) - U256::ONE) << 144_usize
        );
        let price = U256::from(1_234_567_890_123_456_789_u64);
        let (down, up) = (price_float_down(price), price_float_up(price));
        assert!(down < price && price < up);
        assert_eq!(up - down, U256::from(1_u64 << 5));
        assert_eq!((price_float_up(down), price_float_down(up)), (down, up));
    }
}
