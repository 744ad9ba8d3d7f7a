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

mod client;
pub mod config;
pub mod due;
pub mod feed;
mod kind;
pub mod median;
pub mod node;
mod number;
pub mod quote;
pub mod report;
pub mod stand_in;
pub mod venue;

pub use client::ask;
pub use config::{Clock, Config};
pub use kind::Kind;
pub use node::{Node, NodeError};
