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

pub mod action;
pub mod ladder;
pub mod mirror;
pub mod pool;
pub mod sight;
pub mod strategy;
pub mod subject;
