//! What oracle nodes must not forget.

use alloy_primitives::{Address, Bytes, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// What a node signed for an asset and round: the only thing it ever signs for them.
    SignedReport in "signed_reports", key 5 {
        /// The chain.
        chain_id: u64,
        /// The contract that reports are for.
        quorum: Address,
        /// Who signed.
        signer: Address,
        /// The asset.
        asset: Address,
        /// The round.
        round: u64,
        /// 18 decimals, per whole token.
        price: U256,
        /// Half the width of the range around it, 18 decimals.
        confidence: U256,
        /// Unix seconds at which the venues were asked.
        time: u64,
        /// r, s, v: 65 bytes.
        signature: Bytes,
    }
}
