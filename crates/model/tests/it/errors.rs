//! Error names and values are those of the contracts.

use alloy_primitives::Address;
use ballast_model::vaults::VAULT_ERROR_NAMES;
use ballast_model::{ERROR_NAMES, ModelError};
use ballast_types::ArithmeticError;
use std::collections::BTreeMap;
use std::path::Path;

/// Names that Solidity and its standard library define.
const STANDARD: [&str; 6] = [
    "Panic",
    "ERC20InsufficientBalance",
    "ERC20InsufficientAllowance",
    "ERC20InvalidReceiver",
    "ERC20InvalidSpender",
    "OwnableUnauthorizedAccount",
];

/// The errors that the contracts' interfaces declare, with how many values each carries.
fn declared() -> BTreeMap<String, usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/src/interfaces");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("error "))
        {
            let (name, rest) = line.split_once('(').unwrap();
            let values = rest.trim_end_matches(");");
            let count = if values.is_empty() {
                0
            } else {
                values.split(',').count()
            };
            found.insert(name.to_owned(), count);
        }
    }
    found
}

#[test]
fn every_error_is_declared_by_the_contracts() {
    let declared = declared();
    assert!(declared.len() > 30, "{declared:?}");
    let names = ERROR_NAMES.iter().chain(VAULT_ERROR_NAMES);
    for name in names.filter(|name| !STANDARD.contains(name)) {
        assert!(
            declared.contains_key(*name),
            "{name} is no error of the contracts"
        );
    }
}

#[test]
fn values_are_text_in_the_order_of_the_contract() {
    let caller = Address::with_last_byte(7);
    let error = ModelError::NotBorrower {
        loan_id: 5u64.try_into().unwrap(),
        caller,
    };
    assert_eq!(error.name(), "NotBorrower");
    assert_eq!(error.values(), ["5".to_owned(), caller.to_string()]);
    assert_eq!(declared()["NotBorrower"], error.values().len());
    assert!(ModelError::NotPaused {}.values().is_empty());
}

#[test]
fn arithmetic_errors_are_panics_with_solidity_codes() {
    assert_eq!(
        ModelError::from(ArithmeticError::Overflow),
        ModelError::Panic { code: 0x11 }
    );
    assert_eq!(
        ModelError::from(ArithmeticError::Underflow),
        ModelError::Panic { code: 0x11 }
    );
    assert_eq!(
        ModelError::from(ArithmeticError::DivisionByZero),
        ModelError::Panic { code: 0x12 }
    );
}
