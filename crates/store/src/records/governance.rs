//! Who may change a synthetic, and what never changes of its parts.

use alloy_primitives::{Address, Bytes, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// Who may change what about a synthetic.
    Governor in "governors", key 1 {
        /// Its contract.
        governor: Address,
        /// The synthetic.
        synthetic: Address,
        /// Who schedules changes.
        owner: Address,
        /// Who may be owner next; zero for nobody.
        pending_owner: Address,
        /// Who stops new debt and takes scheduled changes back.
        guardian: Address,
    }
}

record! {
    /// A call that a governor announced.
    GovernorCall in "governor_calls", key 2 {
        /// Its contract.
        governor: Address,
        /// Its number.
        call: U256,
        /// Where it goes.
        target: Address,
        /// Its calldata.
        data: Bytes,
        /// Unix seconds from which it can run.
        ready_at: u64,
        /// Unix seconds until which it can run.
        expires_at: u64,
        /// `scheduled`, `executed` or `cancelled`.
        status: String,
        /// Height of its last change.
        block: u64,
    }
}

record! {
    /// The last step of a market's stability rate.
    RateStep in "rate_steps", key 2 {
        /// The contract that steps.
        controller: Address,
        /// The market's number.
        market: u64,
        /// The synthetic.
        synthetic: Address,
        /// How far the synthetic was under its peg, in wad, as a two's complement.
        gap: U256,
        /// Past errors, each times its seconds, as a two's complement.
        sum: U256,
        /// Growth of the index a second that was set, in wad.
        rate: U256,
        /// Unix seconds.
        stepped_at: u64,
    }
}

record! {
    /// What a synthetic says of itself and never changes, read from the chain once.
    SyntheticFacts in "synthetic_facts", key 1 {
        /// The synthetic.
        synthetic: Address,
        /// Its name.
        name: String,
        /// Its symbol.
        symbol: String,
        /// What the surplus keeps before anything goes to the backstop.
        surplus_buffer: U256,
    }
}

record! {
    /// What never changes of a peg module, read from the chain once.
    PegFacts in "peg_facts", key 1 {
        /// Its contract.
        module: Address,
        /// The custody token.
        custody_token: Address,
        /// The price at which one whole custody token is worth one whole synthetic, times 1e36.
        par: U256,
        /// Fee of an entry, in wad.
        fee_in: U256,
        /// Fee of an exit, in wad.
        fee_out: U256,
        /// What the cap never exceeds.
        cap_max: U256,
    }
}

record! {
    /// What never changes of a backstop, read from the chain once.
    BackstopFacts in "backstop_facts", key 1 {
        /// Its contract.
        backstop: Address,
        /// Name of its shares.
        name: String,
        /// Symbol of its shares.
        symbol: String,
        /// Decimals of its shares.
        decimals: u64,
        /// Seconds that a request waits at least: the length of an epoch.
        cooldown_secs: u64,
        /// When the first epoch began, unix seconds.
        genesis: u64,
    }
}

record! {
    /// What a source of prices is, read from the chain once.
    SourceFacts in "source_facts", key 1 {
        /// Its contract.
        source: Address,
        /// What it is, in a word; `other` where it does not say.
        kind: String,
        /// What it asks.
        behind: Option<Address>,
    }
}

record! {
    /// A contract of a synthetic whose logs are in the store.
    Watched in "watched", key 1 {
        /// The contract.
        contract: Address,
        /// What it is.
        role: String,
        /// The synthetic.
        synthetic: Address,
        /// Height from which.
        since: u64,
    }
}
