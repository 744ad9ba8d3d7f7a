//! A market on the local chain: tokens of different backing and terms, and actors who trade, hold, borrow and bid on a
//! price path.
//!
//! The path is what one unit of the world's attention costs: each token's demand follows it, with a strength and a
//! noise of its own. Everything else is decided by actors from what they see, and done by the contracts. Equal seeds
//! and equal paths give equal markets: each block's time, order and content follow from them.

mod actors;
mod auction;
mod audit;
mod books;
mod chance;
mod live;
mod loans;
mod node;
mod orders;
mod path;
mod play;
mod report;
mod stage;
mod view;

pub use chance::Chance;
pub use live::Live;
pub use node::{Mined, Node, Read, Tx};
pub use path::{gap_secs, generate, moments};
pub use play::{Plan, Standing, play};
pub use report::{MarketReport, Source};
pub use stage::{ACCOUNTS, GENESIS_SECS};
pub use view::float;
