//! What a cell of a table holds, and how typed fields become cells.

use alloy_primitives::{Address, B256, Bytes, U256};

/// Bytes of an exact amount.
const WORD: usize = 32;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// A count, a height or a unix second.
    Integer(i64),
    /// A name.
    Text(String),
    /// An address, a hash, an exact amount.
    Bytes(Vec<u8>),
}

/// The cells of one row, in the order of the table's columns.
pub type Row = Vec<Value>;

/// A type that one cell holds.
pub trait Column: Sized {
    /// The cell.
    fn to_value(&self) -> Value;
    /// The value of a cell; none where the cell holds something else.
    fn from_value(value: &Value) -> Option<Self>;
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

impl Column for u64 {
    /// Databases count in 63 bits; no height or unix second of a real chain comes near.
    fn to_value(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }
}

impl Column for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Column for Address {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
    fn from_value(value: &Value) -> Option<Self> {
        Self::try_from(bytes(value)?).ok()
    }
}

impl Column for B256 {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
    fn from_value(value: &Value) -> Option<Self> {
        Self::try_from(bytes(value)?).ok()
    }
}

impl Column for U256 {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_be_bytes::<WORD>().to_vec())
    }
    fn from_value(value: &Value) -> Option<Self> {
        let bytes: [u8; WORD] = bytes(value)?.try_into().ok()?;
        Some(Self::from_be_bytes(bytes))
    }
}

impl Column for Bytes {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
    fn from_value(value: &Value) -> Option<Self> {
        Some(Self::copy_from_slice(bytes(value)?))
    }
}

/// Lists of fixed-size items lie end to end.
macro_rules! list_column {
    ($item:ty, $size:expr, $encode:expr) => {
        impl Column for Vec<$item> {
            fn to_value(&self) -> Value {
                Value::Bytes(self.iter().flat_map($encode).collect())
            }
            fn from_value(value: &Value) -> Option<Self> {
                let all = bytes(value)?;
                if all.len() % $size != 0 {
                    return None;
                }
                all.chunks_exact($size)
                    .map(|item| <$item>::from_value(&Value::Bytes(item.to_vec())))
                    .collect()
            }
        }
    };
}

list_column!(U256, WORD, |word| word.to_be_bytes::<WORD>());
list_column!(B256, WORD, |word| word.0);
list_column!(Address, 20, |address| address.0.0);

impl<T: Column> Column for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Column::to_value)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A row as bytes, for the undo journal: a tag per cell, then its length and content.
pub fn encode(row: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in row {
        let (tag, content) = match value {
            Value::Null => (0, Vec::new()),
            Value::Integer(number) => (1, number.to_be_bytes().to_vec()),
            Value::Text(text) => (2, text.as_bytes().to_vec()),
            Value::Bytes(bytes) => (3, bytes.clone()),
        };
        out.push(tag);
        out.extend((content.len() as u64).to_be_bytes());
        out.extend(content);
    }
    out
}

/// The row of [`encode`]; none where the bytes are of something else.
pub fn decode(mut bytes: &[u8]) -> Option<Row> {
    let mut row = Vec::new();
    while let Some((tag, rest)) = bytes.split_first() {
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let content = rest.get(..length)?;
        bytes = rest.get(length..)?;
        row.push(match tag {
            0 => Value::Null,
            1 => Value::Integer(i64::from_be_bytes(content.try_into().ok()?)),
            2 => Value::Text(String::from_utf8(content.to_vec()).ok()?),
            3 => Value::Bytes(content.to_vec()),
            _ => return None,
        });
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::{Column, Value, decode, encode};
    use alloy_primitives::U256;

    #[test]
    fn a_row_survives_the_journal_and_a_cut_one_is_noticed() {
        let row = vec![
            Value::Null,
            Value::Integer(-7),
            Value::Text("naïve".to_owned()),
            Value::Bytes(vec![0, 255]),
            U256::MAX.to_value(),
        ];
        let bytes = encode(&row);
        assert_eq!(decode(&bytes), Some(row));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(decode(&[]), Some(Vec::new()));
    }

    #[test]
    fn amounts_are_exact_and_lists_of_a_wrong_length_are_refused() {
        let all = vec![U256::ZERO, U256::MAX, U256::from(10).pow(U256::from(60))];
        assert_eq!(Vec::<U256>::from_value(&all.to_value()), Some(all));
        assert_eq!(Vec::<U256>::from_value(&Value::Bytes(vec![0; 33])), None);
        assert_eq!(U256::from_value(&Value::Bytes(vec![0; 31])), None);
    }
}
