//! The outbox's rows: how they change, and what they say.

use alloy::primitives::{Address, B256, Bytes, U256};
use ballast_bindings::{RevertError, decode_revert};
use ballast_store::{Attempt, Column, Record, Row, SendRecord, Statement, Write};

use super::types::SendState;

pub(super) const WANTED: &str = "wanted";
pub(super) const PENDING: &str = "pending";
pub(super) const MINED: &str = "mined";
pub(super) const REVERTED: &str = "reverted";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const EXPIRED: &str = "expired";
pub(super) const DROPPED: &str = "dropped";

/// Where a transaction was mined, and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inclusion {
    pub hash: B256,
    pub block: u64,
    pub block_hash: B256,
    pub mined_at: u64,
    pub gas_used: u64,
    pub fee_wei: U256,
    pub succeeded: bool,
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn key(send: &SendRecord) -> Row {
    vec![send.address.to_value(), send.id.to_value()]
}

fn change(send: &SendRecord, name: &'static str, more: Row) -> Write {
    let mut params = key(send);
    params.extend(more);
    Write::new(Statement::new(SendRecord::TABLE, name), params)
}

/// Writes a new intent, unless there is one of its key.
pub(super) fn enqueue(send: &SendRecord) -> Write {
    let statement = Statement::new(SendRecord::TABLE, "enqueue");
    Write::new(statement, send.row()).lasting()
}

/// Notes the first transaction of a send with what was signed. Nothing is sent before this is written.
pub(super) fn signed(send: &SendRecord, attempt: &Attempt) -> Vec<Write> {
    vec![
        change(send, "sign", vec![attempt.nonce.to_value()]).touching(1),
        accounted(send.address, attempt.nonce.saturating_add(1)),
        Write::put(attempt).lasting(),
    ]
}

/// Notes that every nonce below `next` is accounted for.
pub(super) fn accounted(address: Address, next: u64) -> Write {
    let params = vec![address.to_value(), next.to_value()];
    Write::new(Statement::new("lanes", "advance"), params)
}

/// Notes that an endpoint has taken an attempt.
pub(super) fn sent(attempt: &Attempt, now: u64, route: &str) -> Write {
    let params = vec![
        attempt.hash.to_value(),
        now.to_value(),
        text(route).to_value(),
    ];
    Write::new(Statement::new(Attempt::TABLE, "sent"), params)
}

/// Asks for an end, unless one is asked for.
pub(super) fn end(send: &SendRecord, how: &str, why: Option<&str>) -> Write {
    let why = why.map(text);
    change(send, "end", vec![text(how).to_value(), why.to_value()]).lasting()
}

/// Notes where it was mined.
pub(super) fn include(send: &SendRecord, found: &Inclusion) -> Write {
    let cells = vec![
        found.hash.to_value(),
        found.block.to_value(),
        found.block_hash.to_value(),
        found.mined_at.to_value(),
        found.gas_used.to_value(),
        found.fee_wei.to_value(),
    ];
    change(send, "include", cells).touching(1)
}

/// Notes that the chain took it back.
pub(super) fn take_back(send: &SendRecord) -> Write {
    change(send, "take_back", Vec::new()).touching(1)
}

/// Notes that somebody else used its nonce for good.
pub(super) fn free_nonce(send: &SendRecord, nonce: u64) -> Write {
    change(send, "free_nonce", vec![nonce.to_value()])
        .touching(1)
        .lasting()
}

/// Makes it final.
pub(super) fn finish(
    send: &SendRecord,
    state: &str,
    now: u64,
    error: Option<&str>,
    revert_data: Option<&Bytes>,
) -> Write {
    let cells = vec![
        text(state).to_value(),
        now.to_value(),
        error.map(text).to_value(),
        revert_data.cloned().to_value(),
    ];
    change(send, "finish", cells).touching(1)
}

/// Makes it final where nothing of it was signed.
pub(super) fn finish_unsigned(
    send: &SendRecord,
    state: &str,
    now: u64,
    error: Option<&str>,
) -> Write {
    let cells = vec![
        text(state).to_value(),
        now.to_value(),
        error.map(text).to_value(),
    ];
    change(send, "finish_unsigned", cells).touching(1).lasting()
}

/// What a row says, with as many attempts.
pub(super) fn state_of(send: &SendRecord, attempts: usize) -> SendState {
    let hash = send.hash.unwrap_or_default();
    let block = send.block.unwrap_or_default();
    match send.state.as_str() {
        WANTED => SendState::Wanted,
        PENDING => SendState::Pending {
            nonce: send.nonce.unwrap_or_default(),
            attempts: u64::try_from(attempts).unwrap_or(u64::MAX),
            included: send.block,
        },
        MINED => SendState::Mined {
            hash,
            block,
            gas_used: send.gas_used.unwrap_or_default(),
        },
        REVERTED => {
            let data = send.revert_data.as_ref();
            let error = data.map_or(RevertError::Empty, |data| decode_revert(data));
            SendState::Reverted { hash, block, error }
        }
        CANCELLED => SendState::Cancelled,
        EXPIRED => SendState::Expired,
        _ => SendState::Dropped {
            reason: send.error.clone().unwrap_or_default(),
        },
    }
}
