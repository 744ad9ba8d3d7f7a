//! Tests of the oracle nodes, from quotes to the chain.

mod config;
mod core;
mod reports;
mod venues;
