//! What reserves hold, where it came from, and their loans.

use alloy_primitives::{Address, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// What a reserve has of one asset, as its contract keeps it: later vesting needs no event, so that the state at a
    /// later second is that of [`Ledger::at`].
    Ledger in "ledgers", key 2 {
        /// The reserve.
        reserve: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// R: base units of cash as of `synced_at`.
        cash: U256,
        /// D: base units out on loan.
        lent: U256,
        /// Seconds since launch of the last change.
        synced_at: u64,
        /// Base units that vest over the epoch of `synced_at`, whole.
        vesting: U256,
        /// Base units that arrived in that epoch and vest over the next.
        pending: U256,
    }
}

record! {
    /// What came to a reserve from one source over its whole life.
    Inflow in "inflows", key 3 {
        /// The reserve.
        reserve: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// `seed`, `donation`, `conversion`, `flash_fee`, `loan_fee`, `redemption_fee`, `default`, `burn`. The last
        /// three move what was in the reserve already into the stream.
        source: String,
        /// Base units.
        amount: U256,
    }
}

record! {
    /// The same in one hour or one day.
    InflowPeriod in "inflow_periods", key 5 {
        /// The reserve.
        reserve: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// As in [`Inflow`].
        source: String,
        /// 3,600 or 86,400.
        period_secs: u64,
        /// Unix seconds of its first second, a multiple of its length.
        starts: u64,
        /// Base units.
        amount: U256,
    }
}

record! {
    /// The floor after the last event of a block that moved it.
    Floor in "floors", key 2 {
        /// The token.
        token: Address,
        /// Height.
        block: u64,
        /// Unix seconds.
        time: u64,
        /// Whole units of each asset behind a whole token, in wad, rounded down; zero where no claims are left.
        floors: Vec<U256>,
    }
}

record! {
    /// The floors of one hour or one day.
    FloorPeriod in "floor_periods", key 3 {
        /// The token.
        token: Address,
        /// 3,600 or 86,400.
        period_secs: u64,
        /// Unix seconds of its first second, a multiple of its length.
        starts: u64,
        /// Height of its last floor.
        block: u64,
        /// Its first floor, as in [`Floor`].
        opens: Vec<U256>,
        /// Its last floor.
        closes: Vec<U256>,
    }
}

record! {
    /// The last pause of a reserve, as its contract keeps it, in seconds since launch. No row before the first.
    Pause in "pauses", key 1 {
        /// The reserve.
        reserve: Address,
        /// When it began.
        pause_start: u64,
        /// When it ends or ended.
        pause_end: u64,
        /// How long all earlier pauses lasted.
        paused_before: u64,
    }
}

record! {
    /// A loan.
    Loan in "loans", key 2 {
        /// The reserve.
        reserve: Address,
        /// Identifier.
        loan: U256,
        /// The reserve's token.
        token: Address,
        /// Who owes it.
        borrower: Address,
        /// Token base units still locked.
        collateral: U256,
        /// Base units still owed of each asset.
        principal: Vec<U256>,
        /// Token base units locked when it was opened.
        first_collateral: U256,
        /// Base units owed of each asset when it was opened.
        first_principal: Vec<U256>,
        /// Unix seconds of the deadline had entries never been paused. The deadline at some second is that much later
        /// as [`Pause::paused_secs`] says for that second.
        deadline_unpaused: u64,
        /// `open`, `repaid` or `foreclosed`.
        status: String,
        /// Height at which it was opened.
        opened: u64,
        /// Unix seconds at which it was opened.
        opened_at: u64,
        /// Height of its last change.
        changed: u64,
        /// Unix seconds of its last change.
        changed_at: u64,
    }
}

record! {
    /// Sums over a reserve's loans.
    LoanBook in "loan_books", key 1 {
        /// The reserve.
        reserve: Address,
        /// Loans ever opened.
        opened: u64,
        /// Token base units locked.
        locked: U256,
        /// Base units owed of each asset.
        principal: Vec<U256>,
    }
}
