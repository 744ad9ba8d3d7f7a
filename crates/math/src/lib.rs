#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod division;
mod float;
mod multiple;
mod stream;

pub use division::{
    backing_down, fee_up, mul_div_down, mul_div_up, share_down, tokens_worth_up, wide_mul_div_down,
    wide_mul_div_up,
};
pub use float::{price_float_down, price_float_up};
pub use multiple::{HALVING, MULTIPLE_MAX, decay, halve, raise_multiple_down, times_multiple_up};
pub use stream::Stream;
