//! Tests of the oracle nodes, from quotes to the chain.

mod core;
mod venues;
