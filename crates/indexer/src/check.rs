//! Derived sums held against the chain's own at one block.

use alloy::eips::BlockId;
use alloy::primitives::U256;
use ballast_chain::{BlockRef, Endpoint, endpoint::at};

/// One round of comparisons.
#[derive(Debug)]
pub(crate) struct Check<'e> {
    pub endpoint: &'e Endpoint,
    pub block: BlockRef,
    pub made: u64,
    pub differences: Vec<String>,
}

impl<'e> Check<'e> {
    pub fn new(endpoint: &'e Endpoint, block: BlockRef) -> Self {
        Self {
            endpoint,
            block,
            made: 0,
            differences: Vec::new(),
        }
    }

    /// The block by its hash: its state, or an error where it is no longer part of the chain.
    pub fn at(&self) -> BlockId {
        at(&self.block)
    }

    /// Notes a comparison.
    pub fn same(&mut self, what: impl FnOnce() -> String, stored: U256, chain: U256) {
        self.made = self.made.saturating_add(1);
        if stored != chain {
            self.differences.push(format!(
                "{} is {stored} in the store and {chain} on the chain at block {} ({})",
                what(),
                self.block.number,
                self.block.hash
            ));
        }
    }
}
