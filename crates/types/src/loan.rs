//! Loan identifiers.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far the borrower's address is shifted: the sequence number takes the low 96 bits.
const SEQUENCE_BITS: usize = 96;

/// A loan's identifier: the borrower's address in the upper 160 bits, a sequence number below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoanId(U256);

impl LoanId {
    /// The identifier of the `sequence`-th loan ever opened, counted from one, owed by `borrower`.
    pub fn new(borrower: Address, sequence: u32) -> Self {
        let upper = U256::from_be_slice(borrower.as_slice()).wrapping_shl(SEQUENCE_BITS);
        Self(upper | U256::from(sequence))
    }

    /// Reads an identifier that a contract emitted.
    pub const fn from_word(word: U256) -> Self {
        Self(word)
    }

    /// The identifier as the contracts see it.
    pub const fn word(self) -> U256 {
        self.0
    }

    /// Who owes the loan.
    pub fn borrower(self) -> Address {
        let mut bytes = [0u8; 20];
        let word = self.0.to_be_bytes::<32>();
        for (target, source) in bytes.iter_mut().zip(word) {
            *target = source;
        }
        Address::from(bytes)
    }

    /// Which loan of the reserve it is, counted from one.
    pub fn sequence(self) -> u128 {
        let mut bytes = [0u8; 16];
        let word = self.0.to_be_bytes::<32>();
        for (target, source) in bytes.iter_mut().rev().zip(word.into_iter().rev().take(12)) {
            *target = source;
        }
        u128::from_be_bytes(bytes)
    }
}

impl std::fmt::Display for LoanId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, formatter)
    }
}

impl Serialize for LoanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::decimal::serialize_word(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for LoanId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::decimal::deserialize_word(deserializer).map(Self)
    }
}
