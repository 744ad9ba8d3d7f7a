//! What is asked of an outbox, and what it tells.

use std::time::Duration;

use alloy::primitives::{B256, U256};
use ballast_bindings::RevertError;
use serde::Serialize;

use super::class::{Class, class};
use crate::endpoint::Endpoint;
use crate::sender::Step;

/// What is wanted on the chain, once, whatever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its key, 1 to 200 characters: of two intents of one account with the same key only the first counts.
    pub id: String,
    /// The call. It names a contract: an outbox creates none.
    pub step: Step,
    /// Gas limit; estimated when it is signed where it is none.
    pub gas: Option<u64>,
    /// Unix seconds of the chain. Once the newest block is later, it is not sent any more, and an empty transaction
    /// takes its place where it is on its way.
    pub valid_until: Option<u64>,
    /// The most wei per gas that it may pay, beside the bound of [`Policy::max_fee_wei`].
    pub max_fee_wei: Option<u128>,
    /// Private routes first; the public ones after [`Policy::private_blocks`] blocks, with an alert.
    pub private: bool,
    /// Goes before what is not urgent, which leaves it half of the places of [`Policy::in_flight_max`].
    pub urgent: bool,
}

impl Intent {
    /// An intent of `step` with no bounds of its own.
    pub fn new(id: impl Into<String>, step: Step) -> Self {
        Self {
            id: id.into(),
            step,
            gas: None,
            valid_until: None,
            max_fee_wei: None,
            private: false,
            urgent: false,
        }
    }
}

/// How an outbox behaves.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who sends, as the store's records name it: `keeper:ADDRESS`, `oracle:NAME`.
    pub service: String,
    /// The most wei per gas that any transaction pays. What the chain asks above it waits. An intent itself stays one
    /// replacement below it, so that an empty transaction can always take its place.
    pub max_fee_wei: u128,
    /// Priority fee in wei per gas; what the endpoint suggests where it is none.
    pub priority_fee_wei: Option<u128>,
    /// By how much a replacement pays more, in percent, at least [`Policy::BUMP_PERCENT_MIN`]. Nodes take no less.
    pub bump_percent: u32,
    /// Blocks after which what is not mined is replaced with a higher fee, at least 1.
    pub bump_after_blocks: u64,
    /// The most wei of fees and value together within an hour of the chain's time; what would exceed it waits. No
    /// limit where it is none.
    pub spend_per_hour_wei: Option<U256>,
    /// Transactions on their way at once, 1 to 64; half of them, rounded up, where they are not urgent.
    pub in_flight_max: usize,
    /// Blocks on top of the one that holds a transaction until its outcome is final.
    pub confirmations: u64,
    /// Blocks that a private transaction waits on private routes before it goes out publicly.
    pub private_blocks: u64,
    /// Gas beyond the estimate, in percent.
    pub gas_margin_percent: u64,
    /// How often an intent whose estimate reverts is tried, once a block, before it is dropped.
    pub refusals_max: u32,
    /// How long one request to an endpoint may take.
    pub patience: Duration,
    /// What to do about a revert found before sending.
    pub classify: fn(&RevertError) -> Class,
}

impl Policy {
    /// The least a replacement must pay more, in percent: 12.5 % rounded up.
    pub const BUMP_PERCENT_MIN: u32 = 13;
    /// The most transactions on their way at once.
    pub const IN_FLIGHT_MAX: usize = 64;
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            service: "sender".to_owned(),
            max_fee_wei: 300_000_000_000,
            priority_fee_wei: None,
            bump_percent: 15,
            bump_after_blocks: 3,
            spend_per_hour_wei: None,
            in_flight_max: 16,
            confirmations: 2,
            private_blocks: 3,
            gas_margin_percent: 20,
            refusals_max: 20,
            patience: Duration::from_secs(5),
            classify: class,
        }
    }
}

/// Where an outbox reads and sends.
#[derive(Clone, Debug)]
pub struct Routes {
    /// Where it reads. Where that fails, the next pass reads from a public one.
    pub read: Endpoint,
    /// Where transactions go that anybody may see; `read` where there are none.
    pub public: Vec<Endpoint>,
    /// Where transactions go that nobody should see before they are mined.
    pub private: Vec<Endpoint>,
}

impl Routes {
    /// One endpoint for everything.
    pub fn single(endpoint: Endpoint) -> Self {
        Self {
            read: endpoint.clone(),
            public: vec![endpoint],
            private: Vec::new(),
        }
    }

    /// The endpoint to read after `failures` that failed.
    pub(super) fn readable(&self, failures: usize) -> &Endpoint {
        let all = self.public.len().saturating_add(1);
        let place = failures.checked_rem(all).and_then(|at| at.checked_sub(1));
        place
            .and_then(|at| self.public.get(at))
            .unwrap_or(&self.read)
    }
}

/// What became of an intent so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SendState {
    /// Written down, not signed yet.
    Wanted,
    /// Signed and on its way.
    Pending {
        /// Its nonce.
        nonce: u64,
        /// How many transactions were signed for it.
        attempts: u64,
        /// The block that holds one of them, which has not enough blocks on top yet.
        included: Option<u64>,
    },
    /// Mined for good.
    Mined {
        /// The transaction.
        hash: B256,
        /// Its block.
        block: u64,
        /// Gas it used.
        gas_used: u64,
    },
    /// Mined for good, without effect.
    Reverted {
        /// The transaction.
        hash: B256,
        /// Its block.
        block: u64,
        /// Why; [`RevertError::Empty`] where it cannot be found out.
        error: RevertError,
    },
    /// Taken back on request.
    Cancelled,
    /// Its time passed before it was mined.
    Expired,
    /// Given up: it would revert, or no node takes it.
    Dropped {
        /// Why.
        reason: String,
    },
}

impl SendState {
    /// Whether nothing more is done about it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Wanted | Self::Pending { .. })
    }
}

/// What [`super::Outbox::enqueue`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queued {
    /// It is written down now.
    New,
    /// An intent of this key was there before; nothing is changed.
    Known(SendState),
}

/// An intent that became final. Empty transactions that closed a gap are told as well: their keys begin with `gap `.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The intent's key.
    pub id: String,
    /// What it does, for people.
    pub label: String,
    /// What became of it.
    pub state: SendState,
}

/// What an outbox has done since its program started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SendFigures {
    /// Transactions handed to at least one endpoint, each counted once.
    pub sends: u64,
    /// Transactions handed over again, the same bytes.
    pub resends: u64,
    /// Intents mined with effect.
    pub mined: u64,
    /// Intents mined without effect.
    pub reverted: u64,
    /// Transactions replaced by one with a higher fee.
    pub replaced: u64,
    /// Intents taken back on request.
    pub cancelled: u64,
    /// Intents whose time passed.
    pub expired: u64,
    /// Intents given up before anything of them was mined.
    pub refused: u64,
    /// Sends that an endpoint failed to take; others may have taken them.
    pub route_failures: u64,
    /// Nonces used by somebody else who has the key.
    pub foreign_nonces: u64,
    /// Nonces closed with an empty transaction because nothing else had them.
    pub gaps_closed: u64,
    /// Inclusions that the chain took back.
    pub taken_back: u64,
    /// Intents mined more than once: must be 0.
    pub duplicate_sends: u64,
    /// Wei of gas paid.
    pub spent_wei: U256,
    /// Intents that are not final yet.
    pub waiting: u64,
    /// Why nothing new is sent, where that is so.
    pub blocked: Option<String>,
}
