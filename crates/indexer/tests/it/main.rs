//! The indexer against a real local chain.

mod faults;
mod misbehaviour;
mod reorganisation;
mod resuming;
mod world;
