//! Derived sums held against the chain's own at one block.

use alloy::contract::{CallBuilder, CallDecoder};
use alloy::eips::BlockId;
use alloy::primitives::U256;
use alloy::providers::{Provider, RootProvider};
use ballast_chain::{BlockRef, endpoint::at};

use crate::IndexError;
use crate::source::Source;

/// One round of comparisons.
#[derive(Debug)]
pub(crate) struct Check<'e> {
    source: &'e Source,
    pub block: BlockRef,
    pub made: u64,
    pub differences: Vec<String>,
}

impl<'e> Check<'e> {
    pub fn new(source: &'e Source, block: BlockRef) -> Self {
        Self {
            source,
            block,
            made: 0,
            differences: Vec::new(),
        }
    }

    /// The chain, for naming what to read.
    pub fn provider(&self) -> &'e RootProvider {
        self.source.endpoint.provider()
    }

    /// What `call` gives at the block.
    pub async fn read<P: Provider, D: CallDecoder>(
        &self,
        action: &'static str,
        call: CallBuilder<P, D>,
    ) -> Result<D::CallOutput, IndexError> {
        self.source.call(action, self.at(), call).await
    }

    /// The source, for reads of several calls.
    pub fn source(&self) -> &'e Source {
        self.source
    }

    /// The block by its hash: its state, or an error where it is no longer part of the chain.
    pub fn at(&self) -> BlockId {
        at(&self.block)
    }

    /// Notes a difference.
    pub fn differs(&mut self, how: String) {
        self.made = self.made.saturating_add(1);
        self.differences.push(how);
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
