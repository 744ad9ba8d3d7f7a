//! The peg module and the backstop of a synthetic.

use alloy_primitives::{Address, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// The exchange of a synthetic with a custody token.
    PegModule in "peg_modules", key 1 {
        /// Its contract.
        module: Address,
        /// The synthetic.
        synthetic: Address,
        /// Base units of the custody token that stand behind the ledger.
        custody: U256,
        /// Most that entries may bring the ledger to.
        cap: U256,
        /// Base units of the custody token that came in so far.
        entered: U256,
        /// Base units of the custody token that went out so far.
        exited: U256,
    }
}

record! {
    /// Something that happened at a peg module.
    PegMove in "peg_moves", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// Its contract.
        module: Address,
        /// `entered`, `exited`, `marked`, `marked_back`, `custody_lost`, `fees_collected` or `cap_set`.
        kind: String,
        /// Who paid or burned.
        account: Option<Address>,
        /// Who received.
        recipient: Option<Address>,
        /// Base units of the custody token.
        units: U256,
        /// Base units of the synthetic.
        amount: U256,
    }
}

record! {
    /// A backstop as its contract keeps it: what drips does so without an event.
    Backstop in "backstops", key 1 {
        /// Its contract, whose token are its shares.
        backstop: Address,
        /// The synthetic.
        synthetic: Address,
        /// Shares in existence.
        shares: U256,
        /// Synthetic of the shareholders at `stream_since`.
        cash: U256,
        /// What drips in to them after `stream_since`.
        stream_left: U256,
        /// Unix seconds of the last event.
        stream_since: u64,
        /// Unix seconds at which everything has dripped in.
        stream_end: u64,
        /// Of entries that are not settled, and refunds.
        entering: U256,
        /// Of exits that are settled and not claimed.
        owed: U256,
    }
}

record! {
    /// Collateral that a backstop bought and sells.
    BackstopLot in "backstop_lots", key 2 {
        /// Its contract.
        backstop: Address,
        /// The market's number.
        market: u64,
        /// Base units.
        held: U256,
        /// When its price began to fall, unix seconds.
        started_at: u64,
    }
}

record! {
    /// What an account asked of a backstop in one epoch.
    BackstopRequest in "backstop_requests", key 3 {
        /// Its contract.
        backstop: Address,
        /// The epoch.
        epoch: U256,
        /// Whose it is.
        owner: Address,
        /// Base units of the synthetic that wait to enter, or waited and are not claimed.
        entering: U256,
        /// Shares handed in.
        exiting: U256,
        /// Base units of the synthetic that were claimed for them so far.
        exit_claimed: U256,
    }
}

record! {
    /// Something that happened at a backstop.
    BackstopMove in "backstop_moves", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// Its contract.
        backstop: Address,
        /// `entry_requested`, `entry_cancelled`, `entry_claimed`, `exit_requested`, `exit_claimed`, `entered`, `exited`,
        /// `bought`, `sold`, `paid` or `dripped`.
        kind: String,
        /// Who, where somebody is named.
        account: Option<Address>,
        /// The epoch of a request.
        epoch: Option<U256>,
        /// The market's number; none where it is of none, or of the peg module.
        market: Option<u64>,
        /// Base units of the synthetic.
        amount: U256,
        /// Shares.
        shares: U256,
        /// Base units of collateral.
        collateral: U256,
    }
}
