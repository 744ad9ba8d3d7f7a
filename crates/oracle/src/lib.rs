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

pub mod due;
pub mod feed;
mod kind;
pub mod median;
mod number;
pub mod quote;
pub mod stand_in;
pub mod venue;

pub use kind::Kind;
