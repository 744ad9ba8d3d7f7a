#![doc = include_str!("../README.md")]

pub mod accrual;
pub mod anvil;
pub mod deploy;
pub mod devnet;
pub mod endpoint;
mod error;
pub mod evm;
pub mod keys;
pub mod logs;
pub mod manifest;
pub mod quorum;
pub mod sender;
pub mod tx;
pub mod vaults;

pub use anvil::{Anvil, AnvilOptions, end_process};
pub use ballast_types::BlockRef;
pub use endpoint::Endpoint;
pub use error::ChainError;
pub use manifest::{BookRecord, ContractRecord, Manifest};
pub use quorum::Quorum;
pub use sender::{Receipt, Sender, Step};

/// Chain id of the local chain.
pub const LOCAL_CHAIN_ID: u64 = 31_337;
