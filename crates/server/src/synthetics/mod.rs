//! Synthetics: what the store's exact states say at a given second, computed by the twins of the contracts' arithmetic.

pub(crate) mod part_views;
pub(crate) mod redeeming;
pub(crate) mod risky;
pub(crate) mod state;
pub(crate) mod survey;
pub(crate) mod views;
