#![doc = include_str!("../README.md")]

mod ahead;
mod changes;
mod check;
mod error;
mod facts;
mod follow;
mod indexer;
mod ingest;
mod project;
mod projections;
mod source;
mod synthetics;
mod watch;

pub use error::IndexError;
pub use follow::Follow;
pub use indexer::{Indexer, Options, Progress, ProjectionState, Summary};
