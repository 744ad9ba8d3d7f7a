//! The indexer against a real local chain.

mod book;
mod corruption;
mod exact;
mod following;
mod misbehaviour;
mod party;
mod reorganisation;
mod resuming;
mod vaults;
mod world;
