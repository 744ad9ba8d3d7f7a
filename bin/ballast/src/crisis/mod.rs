//! Crises: a synthetic with hundreds of vaults, pools, oracle and keeper on a real local chain, along a recorded path of
//! prices and gas.
//!
//! Owners, market makers and redeemers decide from what they see, and the contracts do what they ask. Each block is done
//! again in the executable model and held against the chain. Beside it runs a control: the same vaults, path and gas
//! under an English auction.

mod alive;
mod chaos;
mod compare;
mod control;
mod driver;
mod eyes;
// The endpoint that answers wrongly on demand, the very one that services are tested against: one file, because a
// second one would drift. The kit of tests itself is no part of the program.
#[allow(dead_code)] // Some of it only tests ask for.
#[path = "../../../../crates/testkit/src/faulty_rpc.rs"]
mod faulty_rpc;
mod feeder;
mod field;
mod losses;
mod mirror;
mod outcome;
mod owners;
mod page;
mod plan;
mod play;
mod pool;
mod processes;
mod report;
mod scenario;
mod service;
mod settings;
mod side;
mod stage;
mod taker;
mod tally;
mod traders;
mod world;

pub use alive::Alive;
pub use driver::ServiceFigures;
pub use outcome::Outcome;
pub use page::page;
pub use play::{Plan, play};
pub use report::{PresetReport, table};
pub use scenario::{Name, Scenario, folder};
pub use side::{Aftermath, Apart, Prepared, Side, prepare};
