//! What was read from the chain, and how far the programs have come.

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// A recent block of the canonical chain.
    Block in "blocks", key 1 {
        /// Height.
        number: u64,
        /// Hash.
        hash: B256,
        /// The block before.
        parent: B256,
        /// Unix seconds.
        time: u64,
    }
}

record! {
    /// A log of a watched contract, as the chain gave it.
    RawLog in "logs", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Who emitted it.
        address: Address,
        /// Its topics.
        topics: Vec<B256>,
        /// Its data.
        data: Bytes,
        /// The transaction.
        transaction_hash: B256,
        /// The block's hash.
        block_hash: B256,
        /// Unix seconds of the block.
        time: u64,
    }
}

record! {
    /// The deployment whose chain the store holds.
    Deployment in "deployments", key 1 {
        /// Its launchpad.
        launchpad: Address,
        /// Its chain.
        chain_id: u64,
        /// Hash of the manifest's first block.
        genesis_hash: B256,
    }
}

record! {
    /// How far a projection has come.
    Progress in "projections", key 1 {
        /// The projection.
        name: String,
        /// The version that wrote its tables.
        version: u64,
        /// The last block that is folded.
        block: u64,
        /// Why it stopped; none where it runs.
        stopped: Option<String>,
    }
}

record! {
    /// A row as it was before a block.
    Undo in "undo", key 3 {
        /// The projection that changed it.
        projection: String,
        /// The block whose events changed it.
        block: u64,
        /// Order within the block.
        sequence: u64,
        /// The row's table.
        record: String,
        /// The row's key, encoded.
        row_key: Bytes,
        /// The row before, encoded; none where it was not there.
        row_before: Option<Bytes>,
    }
}

record! {
    /// A sign of life of a program that writes this store. Of this run, not of the chain: another store has others.
    Heartbeat in "heartbeats", key 1 {
        /// The program's name, one per process.
        service: String,
        /// Unix seconds by its own clock.
        beat_at: u64,
        /// The newest block stored.
        block: u64,
        /// The newest block of the chain as it last saw it.
        tip: u64,
        /// Why it cannot go on at the moment; none where it does.
        stopped: Option<String>,
    }
}

record! {
    /// A warning before a loan's deadline, noted before it is sent so that it is sent once.
    AlertSent in "alerts", key 4 {
        /// The reserve.
        reserve: Address,
        /// The loan.
        loan: U256,
        /// The deadline it warns of, unix seconds.
        deadline: u64,
        /// How long before the deadline it is due.
        before_secs: u64,
        /// Unix seconds of the last change, by the sender's clock.
        sent_at: u64,
        /// `claimed` while an attempt is on its way, `failed` after one that was not taken, `sent`.
        status: String,
        /// How often it was tried.
        attempts: u64,
    }
}
