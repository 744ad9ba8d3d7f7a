//! Transactions of services: an outbox that survives its program.
//!
//! What is wanted on the chain is written to the store first, then signed and written, then sent, and looked after
//! until it is mined for good. Killed at any moment, the next program of the same key goes on where it stopped and
//! sends the same bytes.

mod chain;
mod class;
mod deliver;
mod error;
mod fees;
mod outbox;
mod pass;
mod rows;
mod settle;
mod sign;
mod tend;
mod types;

pub use class::{Class, class, class_of};
pub use error::TxError;
pub use outbox::Outbox;
pub use types::{Intent, Outcome, Policy, Queued, Routes, SendFigures, SendState};
