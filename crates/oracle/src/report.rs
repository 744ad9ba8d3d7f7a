//! What a node signs, exactly as `ReportQuorum` checks it.

use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Eip712Domain, SolStruct, eip712_domain};
use ballast_bindings::reports::ReportQuorum::Report as OnChain;
use serde::{Deserialize, Serialize};

use crate::quote::PRICE_MAX;

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 65;

/// Gas of a submission beside its reports. A test holds the three against the contract: a quarter of room at least.
const SUBMIT_GAS: u64 = 130_000;
/// Gas of each report.
const REPORT_GAS: u64 = 15_000;
/// Gas of holding each report against each other one to find the medians.
const PAIR_GAS: u64 = 600;

/// A limit for the gas of submitting `count` reports.
pub fn submit_gas(count: usize) -> u64 {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let pairs = count.saturating_mul(count).saturating_mul(PAIR_GAS);
    let each = count.saturating_mul(REPORT_GAS);
    SUBMIT_GAS.saturating_add(each).saturating_add(pairs)
}

mod typed {
    #![allow(missing_docs)]
    alloy::sol! {
        /// The structure that is signed.
        struct Report {
            address asset;
            uint256 price;
            uint256 confidence;
            uint256 time;
            uint256 round;
        }
    }
}

/// Whom a report is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The chain.
    pub chain_id: u64,
    /// The contract.
    pub quorum: Address,
}

impl Target {
    fn domain(&self) -> Eip712Domain {
        eip712_domain! {
            name: "Ballast Reports",
            version: "1",
            chain_id: self.chain_id,
            verifying_contract: self.quorum,
        }
    }
}

/// What a signer says about an asset in a round. 18 decimals, unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The asset.
    pub asset: Address,
    /// Of one whole token.
    pub price: U256,
    /// Half the width of the range that the signer holds for possible.
    pub confidence: U256,
    /// When the venues were asked.
    pub time: u64,
    /// The round.
    pub round: u64,
}

/// Why somebody else's report is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// About something that was not asked.
    #[error("it is about another asset or round")]
    Other,
    /// No signature of the contract's kind.
    #[error("its signature is none that the contract takes")]
    Signature,
    /// Signed by another than it says, or for another chain or contract.
    #[error("it is not signed by who it says")]
    Forged,
    /// Of nobody whom the contract knows.
    #[error("its signer is none of the contract's")]
    Stranger,
    /// A signer who has a report already.
    #[error("its signer has a report already")]
    Twice,
    /// Older than the contract takes, or nearly.
    #[error("it is too old")]
    Old,
    /// From the future.
    #[error("it is from the future")]
    Ahead,
    /// A price that the contract does not take.
    #[error("its price or confidence is out of bounds")]
    Bounds,
    /// A price too far from the own.
    #[error("its price is too far from the own")]
    Far,
}

impl Unusable {
    /// Its name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Signature => "signature",
            Self::Forged => "forged",
            Self::Stranger => "stranger",
            Self::Twice => "twice",
            Self::Old => "old",
            Self::Ahead => "ahead",
            Self::Bounds => "bounds",
            Self::Far => "far",
        }
    }
}

impl Report {
    /// What is signed: the contract's `digestOf`.
    pub fn digest(&self, target: &Target) -> B256 {
        let typed = typed::Report {
            asset: self.asset,
            price: self.price,
            confidence: self.confidence,
            time: U256::from(self.time),
            round: U256::from(self.round),
        };
        typed.eip712_signing_hash(&target.domain())
    }

    /// Signs it.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(self, target: &Target, key: &PrivateKeySigner) -> Result<Signed, String> {
        let signature = key
            .sign_hash_sync(&self.digest(target))
            .map_err(|error| error.to_string())?;
        Ok(Signed {
            report: self,
            signer: key.address(),
            signature: signature.as_bytes().into(),
        })
    }

    /// Whether the contract takes price and confidence.
    pub fn in_bounds(&self) -> bool {
        self.price <= PRICE_MAX && self.confidence < self.price
    }
}

/// A report with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What was signed.
    pub report: Report,
    /// Who says to have signed it.
    pub signer: Address,
    /// r, s, v.
    pub signature: Bytes,
}

impl Signed {
    /// Sees that the signature is one that the contract takes, of whom the report says.
    ///
    /// # Errors
    /// [`Unusable::Signature`], [`Unusable::Forged`].
    pub fn verify(&self, target: &Target) -> Result<(), Unusable> {
        // The contract takes neither another v nor the other of the two values of s.
        let v = self.signature.get(SIGNATURE_BYTES.saturating_sub(1));
        if self.signature.len() != SIGNATURE_BYTES || !matches!(v, Some(27 | 28)) {
            return Err(Unusable::Signature);
        }
        let signature = Signature::from_raw(&self.signature).map_err(|_| Unusable::Signature)?;
        if signature.normalize_s().is_some() {
            return Err(Unusable::Signature);
        }
        let digest = self.report.digest(target);
        match signature.recover_address_from_prehash(&digest) {
            Ok(signer) if signer == self.signer => Ok(()),
            Ok(_) => Err(Unusable::Forged),
            Err(_) => Err(Unusable::Signature),
        }
    }

    /// As the contract takes it.
    pub fn on_chain(&self) -> OnChain {
        OnChain {
            price: self.report.price,
            confidence: self.report.confidence,
            time: U256::from(self.report.time),
            signature: self.signature.clone(),
        }
    }

    /// As nodes tell each other.
    pub fn wire(&self, target: &Target) -> Wire {
        Wire {
            chain_id: target.chain_id,
            quorum: target.quorum,
            asset: self.report.asset,
            round: self.report.round,
            price: self.report.price,
            confidence: self.report.confidence,
            time: self.report.time,
            signer: self.signer,
            signature: self.signature.clone(),
        }
    }
}

/// A signed report as JSON: 256-bit numbers are decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// The chain.
    pub chain_id: u64,
    /// The contract that it is for.
    pub quorum: Address,
    /// The asset.
    pub asset: Address,
    /// The round.
    pub round: u64,
    /// 18 decimals, of one whole token.
    #[serde(
        serialize_with = "ballast_types::decimal::serialize_word",
        deserialize_with = "ballast_types::decimal::deserialize_word"
    )]
    pub price: U256,
    /// 18 decimals.
    #[serde(
        serialize_with = "ballast_types::decimal::serialize_word",
        deserialize_with = "ballast_types::decimal::deserialize_word"
    )]
    pub confidence: U256,
    /// Unix seconds.
    pub time: u64,
    /// Who signed.
    pub signer: Address,
    /// r, s, v.
    pub signature: Bytes,
}

impl From<Wire> for Signed {
    fn from(wire: Wire) -> Self {
        Self {
            report: Report {
                asset: wire.asset,
                price: wire.price,
                confidence: wire.confidence,
                time: wire.time,
                round: wire.round,
            },
            signer: wire.signer,
            signature: wire.signature,
        }
    }
}

/// What a report of somebody else must keep to be used.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// Whom it must be for.
    pub target: Target,
    /// The asset and round that were asked for.
    pub asset: Address,
    /// The round.
    pub round: u64,
    /// Who may sign.
    pub signers: &'a [Address],
    /// The own price.
    pub price: U256,
    /// How far another's may be from it, in wad.
    pub bound_wad: U256,
    /// The unix second now.
    pub now: u64,
    /// Age that the contract takes; half of it is left to the way to the chain.
    pub age_secs_max: u64,
}

impl Terms<'_> {
    /// Holds a report against the terms.
    ///
    /// # Errors
    /// The first reason not to use it.
    pub fn check(&self, signed: &Signed) -> Result<(), Unusable> {
        let report = &signed.report;
        if report.asset != self.asset || report.round != self.round {
            return Err(Unusable::Other);
        }
        if !report.in_bounds() {
            return Err(Unusable::Bounds);
        }
        if report.time > self.now {
            return Err(Unusable::Ahead);
        }
        if self.now.saturating_sub(report.time) > self.age_secs_max / 2 {
            return Err(Unusable::Old);
        }
        if !self.signers.contains(&signed.signer) {
            return Err(Unusable::Stranger);
        }
        let distance = report.price.abs_diff(self.price);
        let wad = ballast_types::WAD;
        if distance.saturating_mul(wad) > self.price.saturating_mul(self.bound_wad) {
            return Err(Unusable::Far);
        }
        signed.verify(&self.target)
    }
}
