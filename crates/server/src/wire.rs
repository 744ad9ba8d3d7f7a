//! Exact values as JSON shows them.

use alloy::primitives::{Address, B256, I256, U256};
use ballast_types::{AssetAmount, TokenAmount};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A whole number of up to 256 bits as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{1,78}$", example = "1000000000000000000")]
pub struct Word(pub U256);

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<U256> for Word {
    fn from(value: U256) -> Self {
        Self(value)
    }
}

impl From<AssetAmount> for Word {
    fn from(value: AssetAmount) -> Self {
        Self(value.get())
    }
}

impl From<TokenAmount> for Word {
    fn from(value: TokenAmount) -> Self {
        Self(value.get())
    }
}

/// Several of them.
pub(crate) fn words<T: Into<Word> + Copy>(values: &[T]) -> Vec<Word> {
    values.iter().map(|value| (*value).into()).collect()
}

/// A whole number of up to 255 bits, with a minus where it is under zero, as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, pattern = "^-?[0-9]{1,77}$", example = "-1000000000000000000")]
pub struct Signed(pub I256);

impl Serialize for Signed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<I256> for Signed {
    fn from(value: I256) -> Self {
        Self(value)
    }
}

/// An address with the checksum of EIP-55.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$", example = "0x0000000000000000000000000000000000000001")]
pub struct Addr(pub Address);

impl Serialize for Addr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_checksum(None))
    }
}

impl From<Address> for Addr {
    fn from(value: Address) -> Self {
        Self(value)
    }
}

/// A hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
pub struct Hash(pub B256);

impl From<B256> for Hash {
    fn from(value: B256) -> Self {
        Self(value)
    }
}
