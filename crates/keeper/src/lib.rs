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
pub mod alerts;
pub mod bidding;
pub mod collect;
pub mod config;
mod error;
pub mod execute;
pub mod follow;
mod keeper;
pub mod ladder;
pub mod mirror;
mod notebook;
pub mod policy;
pub mod pool;
pub mod reader;
pub mod serve;
pub mod sight;
pub mod status;
pub mod strategy;
pub mod subject;
pub mod watch;

pub use config::{Config, ConfigError};
pub use error::KeeperError;
pub use keeper::{Keeper, Surroundings};
