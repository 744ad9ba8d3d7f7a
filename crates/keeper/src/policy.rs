//! What to do about a revert, knowing what keepers do.

use ballast_bindings::RevertError;
use ballast_chain::tx::Class;

/// Somebody was first, or it healed by itself: there is nothing left to do.
const GONE: [&str; 14] = [
    "NothingToTake",
    "NothingToBook",
    "NothingToRedeem",
    "NothingToForeclose",
    "NothingToBurn",
    "NothingToAdd",
    "Insolvent",
    "UnknownLoan",
    "AboveFloor",
    "AtFloor",
    "OrderExpired",
    "NotEnoughForSale",
    "NoRecentLotPrice",
    "LiquidityTooSoon",
];

/// The world has to change first: a price, a pool, a pause, a balance.
const WAITS: [&str; 17] = [
    "TooLittleCollateral",
    "ProfitTooSmall",
    "SaleTooDear",
    "PoolTooSmall",
    "PriceAboveLimit",
    "PriceUnsafe",
    "DiscountTooSmall",
    "Locked",
    "SourceLocked",
    "EntriesPaused",
    "PoolOffPrice",
    "FloorZero",
    "ZeroAmount",
    "AmountTooLarge",
    "ERC20InsufficientBalance",
    "ERC20InsufficientAllowance",
    "NewDebtIsStopped",
];

/// The class of a revert that an action of a keeper met. What is not expected is told to a person.
pub fn class(error: &RevertError) -> Class {
    match error {
        RevertError::Custom(custom) if GONE.contains(&custom.name.as_str()) => Class::Drop,
        RevertError::Custom(custom) if WAITS.contains(&custom.name.as_str()) => Class::Wait,
        RevertError::Custom(custom) if custom.name == "TooLittleGas" => Class::Retry,
        RevertError::Empty => Class::Retry,
        _ => Class::Alert,
    }
}

#[cfg(test)]
mod tests {
    use ballast_bindings::{CustomError, RevertError, known_errors};
    use ballast_chain::tx::Class;

    use super::{GONE, WAITS, class};

    fn named(name: &str) -> RevertError {
        RevertError::Custom(CustomError {
            name: name.to_owned(),
            contracts: Vec::new(),
            fields: Vec::new(),
        })
    }

    #[test]
    fn every_error_of_the_table_is_one_that_contracts_declare() {
        let known = known_errors();
        for name in GONE.iter().chain(&WAITS).chain(&["TooLittleGas"]) {
            let declared = known
                .iter()
                .any(|error| error.signature.starts_with(&format!("{name}(")));
            assert!(declared, "{name}");
        }
    }

    #[test]
    fn what_nobody_expects_is_told_to_a_person() {
        assert_eq!(class(&named("NothingToTake")), Class::Drop);
        assert_eq!(class(&named("PriceUnsafe")), Class::Wait);
        assert_eq!(class(&named("TooLittleGas")), Class::Retry);
        assert_eq!(class(&RevertError::Empty), Class::Retry);
        assert_eq!(class(&named("NotOwner")), Class::Alert);
        assert_eq!(class(&named("BadHop")), Class::Alert);
        let message = RevertError::Message {
            message: "UniswapV2: K".to_owned(),
        };
        assert_eq!(class(&message), Class::Alert);
    }
}
