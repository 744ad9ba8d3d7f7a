//! Crises: a synthetic with hundreds of vaults, pools, oracle and keeper on a real local chain, along a recorded path of
//! prices and gas.
//!
//! Owners, market makers and redeemers decide from what they see, and the contracts do what they ask. Each block is done
//! again in the executable model and held against the chain. Beside it runs a control: the same vaults, path and gas
//! under an English auction.

mod chaos;
mod compare;
mod control;
mod driver;
mod eyes;
mod feeder;
mod field;
mod mirror;
mod owners;
mod page;
mod plan;
mod play;
mod pool;
mod processes;
mod report;
mod scenario;
mod service;
mod side;
mod stage;
mod taker;
mod tally;
mod traders;
mod world;

pub use page::page;
pub use play::{Plan, play};
pub use report::PresetReport;
pub use scenario::{Name, Scenario, folder};
pub use side::{Prepared, Side, prepare};
