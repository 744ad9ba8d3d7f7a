//! Synthetics: what the store's exact states say at a given second, computed by the twins of the contracts' arithmetic.

pub(crate) mod views;
