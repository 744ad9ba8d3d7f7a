//! What an action is about. At most one action about a subject is on its way at a time.

use std::fmt;

use alloy::primitives::{Address, U256};

/// What an action is about, and what it would get in the way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// One owner's vault.
    Vault {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
        /// The owner.
        owner: Address,
    },
    /// A market, and the way its collateral is sold: a second sale would meet another price than it was planned for.
    Market {
        /// The book.
        book: Address,
        /// The market.
        market: u64,
    },
    /// What belongs to a book as a whole.
    Book {
        /// The book.
        book: Address,
    },
    /// A stored price.
    Price {
        /// Who keeps it.
        prices: Address,
        /// The asset.
        asset: Address,
    },
    /// A backstop.
    Backstop {
        /// Its address.
        backstop: Address,
    },
    /// A peg module.
    Peg {
        /// Its address.
        peg: Address,
    },
    /// A loan of a reserve.
    Loan {
        /// The reserve.
        reserve: Address,
        /// The loan's identifier.
        id: U256,
    },
    /// A converter.
    Converter {
        /// Its address.
        converter: Address,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault {
                book,
                market,
                owner,
            } => write!(formatter, "{book}:{market}:{owner}"),
            Self::Market { book, market } => write!(formatter, "market:{book}:{market}"),
            Self::Book { book } => write!(formatter, "book:{book}"),
            Self::Price { prices, asset } => write!(formatter, "price:{prices}:{asset}"),
            Self::Backstop { backstop } => write!(formatter, "backstop:{backstop}"),
            Self::Peg { peg } => write!(formatter, "peg:{peg}"),
            Self::Loan { reserve, id } => write!(formatter, "loan:{reserve}:{id}"),
            Self::Converter { converter } => write!(formatter, "converter:{converter}"),
        }
    }
}
