//! What services that send transactions must not forget.

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// Where the transactions of an account began, and what of its nonces is accounted for.
    Lane in "lanes", key 1 {
        /// The account.
        address: Address,
        /// Its chain.
        chain_id: u64,
        /// Hash of the chain's first block.
        genesis_hash: B256,
        /// One more than the highest nonce that is accounted for: given out here, or known to be used by others.
        next_nonce: u64,
    }
}

record! {
    /// What a service wants on the chain, once, and what became of it.
    SendRecord in "sends", key 2 {
        /// The account that sends.
        address: Address,
        /// The intent's key, of its account.
        id: String,
        /// The service, such as `keeper:ADDRESS`.
        service: String,
        /// What it does, for people.
        label: String,
        /// The contract called.
        target: Address,
        /// The call, encoded.
        data: Bytes,
        /// Wei sent along.
        value_wei: U256,
        /// Gas limit, where the intent names one.
        gas: Option<u64>,
        /// Unix seconds of the chain after which it is not wanted any more.
        valid_until: Option<u64>,
        /// The most wei per gas of the intent itself.
        max_fee_wei: Option<U256>,
        /// 1 where private routes come first, 0 otherwise.
        private: u64,
        /// 1 where it goes before what is not urgent, 0 otherwise.
        urgent: u64,
        /// `wanted`, `pending`, `mined`, `reverted`, `cancelled`, `expired` or `dropped`.
        state: String,
        /// The state it is brought to before it was mined: `cancelled`, `expired` or `dropped`.
        ending: Option<String>,
        /// Its nonce once it is signed.
        nonce: Option<u64>,
        /// Its place in the queue: unix milliseconds, each later than the one before.
        placed: u64,
        /// Unix seconds of the program's clock.
        created_at: u64,
        /// When it became final, unix seconds of the program's clock.
        final_at: Option<u64>,
        /// The transaction that was mined, final or not.
        hash: Option<B256>,
        /// Its block.
        block: Option<u64>,
        /// The block's hash.
        block_hash: Option<B256>,
        /// The block's time, unix seconds.
        mined_at: Option<u64>,
        /// Gas it used.
        gas_used: Option<u64>,
        /// Wei paid for the gas.
        fee_wei: Option<U256>,
        /// Why it failed or was given up.
        error: Option<String>,
        /// What a revert returned.
        revert_data: Option<Bytes>,
    }
}

record! {
    /// A signed transaction of a send.
    Attempt in "attempts", key 1 {
        /// Its hash.
        hash: B256,
        /// The account that signed it.
        address: Address,
        /// The send's key.
        send: String,
        /// Which of the send's attempts it is, from 0.
        number: u64,
        /// Its nonce.
        nonce: u64,
        /// The signed bytes.
        raw: Bytes,
        /// Its gas limit.
        gas: u64,
        /// The most wei per gas.
        max_fee_wei: U256,
        /// Priority fee in wei per gas.
        priority_fee_wei: U256,
        /// 1 where it does nothing but use the nonce, 0 otherwise.
        empty: u64,
        /// The newest block when it was signed.
        block: u64,
        /// When it was signed, unix seconds of the program's clock.
        made_at: u64,
        /// When an endpoint last took it.
        sent_at: Option<u64>,
        /// Where it went: `none`, `private` or `public`.
        route: String,
    }
}

record! {
    /// What a keeper thought of a subject last.
    Decision in "decisions", key 2 {
        /// The keeper, as its service is named.
        keeper: String,
        /// What it is about: `book:market:owner`, `loan:reserve:id`, `price:aggregator:asset` and the like.
        subject: String,
        /// The strategy that decided.
        strategy: String,
        /// What it decided, in a word: `take`, `wait`, `skip`.
        action: String,
        /// Why, as a sentence.
        reason: String,
        /// The block it looked at.
        block: u64,
        /// That block's time, unix seconds.
        time: u64,
        /// The profit it expected, decimal text in base units of what it counts in.
        profit: Option<String>,
    }
}

record! {
    /// Something a person should know.
    AlertRaised in "alerts_raised", key 1 {
        /// Its key, so that the same is told once.
        id: String,
        /// Who raised it.
        service: String,
        /// When, unix seconds of the program's clock.
        raised_at: u64,
        /// What kind, in a word or two.
        kind: String,
        /// What happened and what to do.
        text: String,
        /// When the receiver took it.
        delivered_at: Option<u64>,
    }
}

impl AlertRaised {
    /// The statement that raises it, unless one of its key was raised before.
    pub fn raise(&self) -> crate::Write {
        crate::Write::new(crate::Statement::new(Self::TABLE, "raise"), self.row())
    }
}
