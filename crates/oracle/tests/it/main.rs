//! Tests of the oracle nodes, from quotes to the chain.

mod config;
mod core;
mod nodes;
mod reports;
mod venues;
mod world;
