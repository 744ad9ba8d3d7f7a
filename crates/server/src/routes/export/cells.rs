//! Rows of records as cells of CSV and JSON.

use alloy::primitives::{Address, B256, Bytes, U256};
use ballast_store::Record;

/// One cell of an exported row.
pub(super) enum Cell {
    Number(u64),
    Text(String),
    Many(Vec<String>),
    /// A number that may be under zero.
    Signed(String),
    Nothing,
}

pub(super) trait AsCell {
    fn cell(&self) -> Cell;
}

macro_rules! cells {
    ($($kind:ty: |$value:ident| $cell:expr;)+) => {
        $(impl AsCell for $kind {
            fn cell(&self) -> Cell {
                let $value = self;
                $cell
            }
        })+
    };
}

cells! {
    u64: |value| Cell::Number(*value);
    String: |value| Cell::Text(value.clone());
    U256: |value| Cell::Text(value.to_string());
    Address: |value| Cell::Text(value.to_checksum(None));
    B256: |value| Cell::Text(value.to_string());
    Vec<U256>: |value| Cell::Many(value.iter().map(U256::to_string).collect());
    Vec<Address>: |value| Cell::Many(value.iter().map(|one| one.to_checksum(None)).collect());
    Bytes: |value| Cell::Text(value.to_string());
    Option<Address>: |value| value.map_or(Cell::Nothing, |one| one.cell());
    Option<U256>: |value| value.map_or(Cell::Nothing, |one| one.cell());
    Option<u64>: |value| value.map_or(Cell::Nothing, Cell::Number);
}

/// A record with the names of what is exported of it, and where the next page begins.
pub(super) trait Exported: Record {
    const NAMES: &'static [&'static str];
    fn cells(&self) -> Vec<Cell>;
}

macro_rules! exported {
    ($($record:ident { $($field:ident),+ $(,)? })+) => {
        $(impl Exported for $record {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
            fn cells(&self) -> Vec<Cell> {
                vec![$(self.$field.cell()),+]
            }
        })+
    };
}
pub(super) use exported;

pub(super) fn json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Number(number) => (*number).into(),
        Cell::Text(text) | Cell::Signed(text) => text.clone().into(),
        Cell::Many(items) => items.clone().into(),
        Cell::Nothing => serde_json::Value::Null,
    }
}

/// A field of CSV: quoted where it must be. A name may begin like a formula; a quote before it keeps a spreadsheet from
/// running it.
pub(super) fn field(cell: &Cell) -> String {
    let text = match cell {
        Cell::Number(number) => return number.to_string(),
        Cell::Signed(number) => return number.clone(),
        Cell::Text(text) => text.clone(),
        Cell::Many(items) => items.join(" "),
        Cell::Nothing => return String::new(),
    };
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, field};

    #[test]
    fn fields_are_quoted_and_no_field_is_a_formula() {
        let text = |text: &str| field(&Cell::Text(text.to_owned()));
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("a,b"), "\"a,b\"");
        assert_eq!(text("a\"b"), "\"a\"\"b\"");
        assert_eq!(text("=1+1"), "'=1+1");
        assert_eq!(field(&Cell::Signed("-7".to_owned())), "-7");
        assert_eq!(field(&Cell::Number(7)), "7");
        assert_eq!(
            field(&Cell::Many(vec!["1".to_owned(), "2".to_owned()])),
            "1 2"
        );
        assert_eq!(field(&Cell::Nothing), "");
    }
}
