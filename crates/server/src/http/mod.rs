//! Connections, requests and their limits.

pub(crate) mod guard;
pub(crate) mod listen;
pub(crate) mod path;
