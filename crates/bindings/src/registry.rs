//! From revert bytes to a named error with named values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use alloy::dyn_abi::{DynSolValue, ErrorExt};
use alloy::json_abi::Error as AbiError;
use alloy::primitives::{Bytes, Selector, U256};
use alloy::sol_types::{Panic, Revert, SolError};
use serde::Serialize;

use crate::artifact::Artifact;

/// Errors of the OpenZeppelin ERC-20 family and of clones, which a call may meet even where an artifact does not
/// list them: an asset of a reserve may be any such token.
const COMMON_ERRORS: [&str; 13] = [
    "ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
    "ERC20InvalidSender(address sender)",
    "ERC20InvalidReceiver(address receiver)",
    "ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
    "ERC20InvalidApprover(address approver)",
    "ERC20InvalidSpender(address spender)",
    "SafeERC20FailedOperation(address token)",
    "SafeERC20FailedDecreaseAllowance(address spender, uint256 currentAllowance, uint256 requestedDecrease)",
    "ReentrancyGuardReentrantCall()",
    "FailedCall()",
    "FailedDeployment()",
    "InsufficientBalance(uint256 balance, uint256 needed)",
    "AddressEmptyCode(address target)",
];

/// One custom error that the registry knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorSignature {
    /// First four bytes of the hash of the signature.
    pub selector: Selector,
    /// Name and types, such as `RedemptionOff()`.
    pub signature: String,
    /// The contracts that declare it; `common` for the ERC-20 family.
    pub contracts: Vec<&'static str>,
}

/// One named value of a custom error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorField {
    /// The parameter's name in Solidity.
    pub name: String,
    /// The value as text: integers in decimal, addresses with checksum, strings as they are.
    pub value: String,
    /// The value itself where it is an unsigned integer.
    #[serde(skip)]
    pub uint: Option<U256>,
}

/// A custom error with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustomError {
    /// The error's name in Solidity.
    pub name: String,
    /// The contracts that declare it.
    pub contracts: Vec<&'static str>,
    /// The values in the order of the declaration.
    pub fields: Vec<ErrorField>,
}

impl CustomError {
    /// The text of the value named `name`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// The unsigned integer named `name`.
    pub fn uint(&self, name: &str) -> Option<U256> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .and_then(|field| field.uint)
    }
}

/// Why a call reverted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RevertError {
    /// A custom error that the registry knows.
    Custom(CustomError),
    /// `revert("...")` or a failed `require` with text.
    Message {
        /// The text given.
        message: String,
    },
    /// A failed check of the language itself: overflow, division by zero, bad index.
    Panic {
        /// The code of the Solidity documentation.
        code: u64,
        /// What the code means.
        meaning: &'static str,
    },
    /// No data at all: out of gas, a call to nothing, or a contract that reverts without a reason.
    Empty,
    /// Data of no known error, kept as it came.
    Unknown {
        /// The bytes.
        data: Bytes,
    },
}

impl RevertError {
    /// The custom error, where it is one.
    pub fn custom(&self) -> Option<&CustomError> {
        match self {
            Self::Custom(error) => Some(error),
            _ => None,
        }
    }

    /// The error's name: that of the custom error, or `Error`, `Panic`, `Empty`, `Unknown`.
    pub fn name(&self) -> &str {
        match self {
            Self::Custom(error) => &error.name,
            Self::Message { .. } => "Error",
            Self::Panic { .. } => "Panic",
            Self::Empty => "Empty",
            Self::Unknown { .. } => "Unknown",
        }
    }
}

impl fmt::Display for RevertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(error) => {
                write!(f, "{}", error.name)?;
                for (index, field) in error.fields.iter().enumerate() {
                    let separator = if index == 0 { ": " } else { ", " };
                    write!(f, "{separator}{} {}", field.name, field.value)?;
                }
                Ok(())
            }
            Self::Message { message } => write!(f, "{message}"),
            Self::Panic { code, meaning } => write!(f, "panic 0x{code:02x}: {meaning}"),
            Self::Empty => write!(f, "reverted without a reason"),
            Self::Unknown { data } => write!(f, "unknown error {data}"),
        }
    }
}

struct Known {
    error: AbiError,
    contracts: Vec<&'static str>,
}

fn registry() -> &'static BTreeMap<Selector, Known> {
    static REGISTRY: OnceLock<BTreeMap<Selector, Known>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut known = BTreeMap::new();
        for artifact in Artifact::ALL {
            for error in artifact.abi().errors() {
                insert(&mut known, error.clone(), artifact.name());
            }
        }
        for signature in COMMON_ERRORS {
            // The signatures are constants, and a test parses every one.
            let error = AbiError::parse(signature).expect("a constant signature parses");
            insert(&mut known, error, "common");
        }
        known
    })
}

fn insert(known: &mut BTreeMap<Selector, Known>, error: AbiError, contract: &'static str) {
    known
        .entry(error.selector())
        .or_insert_with(|| Known {
            error,
            contracts: Vec::new(),
        })
        .contracts
        .push(contract);
}

/// Every custom error the registry knows, by selector.
pub fn known_errors() -> Vec<ErrorSignature> {
    registry()
        .iter()
        .map(|(selector, known)| ErrorSignature {
            selector: *selector,
            signature: known.error.signature(),
            contracts: known.contracts.clone(),
        })
        .collect()
}

/// Names the error that `data` encodes.
///
/// Never fails: data that decodes as no known error, or that names one but does not hold its values, comes back as
/// [`RevertError::Unknown`].
pub fn decode_revert(data: &[u8]) -> RevertError {
    let unknown = || RevertError::Unknown {
        data: Bytes::copy_from_slice(data),
    };
    if data.is_empty() {
        return RevertError::Empty;
    }
    let Some(selector) = data.get(..4).map(Selector::from_slice) else {
        return unknown();
    };
    if selector == Selector::from(Revert::SELECTOR) {
        return Revert::abi_decode(data).map_or_else(
            |_| unknown(),
            |revert| RevertError::Message {
                message: revert.reason,
            },
        );
    }
    if selector == Selector::from(Panic::SELECTOR) {
        return Panic::abi_decode(data).map_or_else(|_| unknown(), |panic| panic_error(panic.code));
    }
    let Some(known) = registry().get(&selector) else {
        return unknown();
    };
    let Ok(decoded) = known.error.decode_error(data) else {
        return unknown();
    };
    let fields = known
        .error
        .inputs
        .iter()
        .zip(&decoded.body)
        .map(|(input, value)| ErrorField {
            name: input.name.clone(),
            value: text(value),
            uint: value.as_uint().map(|(uint, _)| uint),
        })
        .collect();
    RevertError::Custom(CustomError {
        name: known.error.name.clone(),
        contracts: known.contracts.clone(),
        fields,
    })
}

fn panic_error(code: U256) -> RevertError {
    let code = u64::try_from(code).unwrap_or(u64::MAX);
    let meaning = match code {
        0x01 => "an assertion failed",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division by zero",
        0x21 => "value outside its enumeration",
        0x22 => "badly encoded storage bytes",
        0x31 => "pop from an empty array",
        0x32 => "index out of bounds",
        0x41 => "out of memory",
        0x51 => "call of an uninitialised function",
        _ => "a code without a documented meaning",
    };
    RevertError::Panic { code, meaning }
}

fn text(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Bool(flag) => flag.to_string(),
        DynSolValue::Int(int, _) => int.to_string(),
        DynSolValue::Uint(uint, _) => uint.to_string(),
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::String(string) => string.clone(),
        DynSolValue::Bytes(bytes) => alloy::primitives::hex::encode_prefixed(bytes),
        DynSolValue::FixedBytes(word, size) => {
            alloy::primitives::hex::encode_prefixed(word.get(..*size).unwrap_or(word.as_slice()))
        }
        DynSolValue::Array(values)
        | DynSolValue::FixedArray(values)
        | DynSolValue::Tuple(values) => {
            let inner: Vec<String> = values.iter().map(text).collect();
            format!("[{}]", inner.join(", "))
        }
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{U256, hex};
    use alloy::sol_types::SolError;

    use super::{COMMON_ERRORS, RevertError, decode_revert, known_errors};
    use crate::artifact::Artifact;
    use crate::{launchpad::Launchpad, reserve::Reserve};

    #[test]
    fn every_error_of_every_contract_is_known() {
        let known = known_errors();
        for artifact in Artifact::ALL {
            for error in artifact.abi().errors() {
                assert!(
                    known.iter().any(|entry| entry.selector == error.selector()
                        && entry.signature == error.signature()
                        && entry.contracts.contains(&artifact.name())),
                    "{} of {} is missing",
                    error.signature(),
                    artifact.name()
                );
            }
        }
        assert!(known.len() >= COMMON_ERRORS.len());
    }

    #[test]
    fn values_come_back_under_their_names() {
        let data = Reserve::PrincipalTooLarge {
            asset: U256::from(1),
            principal: U256::from(20),
            max: U256::from(19),
        }
        .abi_encode();
        let error = decode_revert(&data);
        assert_eq!(
            error.to_string(),
            "PrincipalTooLarge: asset 1, principal 20, max 19"
        );
        let custom = error.custom().expect("custom");
        assert_eq!(custom.uint("max"), Some(U256::from(19)));
        assert!(custom.contracts.contains(&"Reserve"));
    }

    #[test]
    fn text_values_are_kept_as_text() {
        let data = Launchpad::ParamOutOfBounds {
            param: "supply".into(),
            value: U256::ZERO,
            min: U256::ONE,
            max: U256::MAX,
        }
        .abi_encode();
        let error = decode_revert(&data);
        assert_eq!(
            error.custom().and_then(|custom| custom.field("param")),
            Some("supply")
        );
    }

    #[test]
    fn messages_and_panics_are_told_apart() {
        let message = alloy::sol_types::Revert::from("K".to_owned()).abi_encode();
        assert_eq!(
            decode_revert(&message),
            RevertError::Message {
                message: "K".into()
            }
        );
        let panic = alloy::sol_types::Panic {
            code: U256::from(0x11),
        }
        .abi_encode();
        assert_eq!(
            decode_revert(&panic).to_string(),
            "panic 0x11: arithmetic overflow or underflow"
        );
    }

    #[test]
    fn what_is_not_known_is_kept() {
        assert_eq!(decode_revert(&[]), RevertError::Empty);
        for data in [
            &hex!("01")[..],
            &hex!("deadbeef"),
            &hex!("deadbeef00112233"),
        ] {
            assert_eq!(
                decode_revert(data),
                RevertError::Unknown {
                    data: data.to_vec().into()
                }
            );
        }
    }

    #[test]
    fn a_known_selector_with_cut_values_is_unknown() {
        let mut data = Reserve::UnknownLoan {
            loanId: U256::from(9),
        }
        .abi_encode();
        data.truncate(20);
        assert!(matches!(decode_revert(&data), RevertError::Unknown { .. }));
    }
}
