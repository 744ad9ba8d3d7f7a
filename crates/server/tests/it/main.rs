//! The server over real stores that were filled from a real local chain.

#![allow(clippy::print_stderr)] // What is skipped or counted is told to the person who runs the tests.

mod alerts;
#[allow(dead_code)]
#[path = "../../../indexer/tests/it/book.rs"]
mod book;
mod described;
mod exact;
mod hostile;
mod live;
mod pages;
#[allow(dead_code)]
#[path = "../../../indexer/tests/it/party.rs"]
mod party;
mod reads;
mod replicas;
mod serving;
mod synthetics;
// The chain, what happens on it, and the indexers are those of the indexer's own tests.
#[allow(dead_code)]
#[path = "../../../indexer/tests/it/world.rs"]
mod world;
