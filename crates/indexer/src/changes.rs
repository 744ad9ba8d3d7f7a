//! Rows as a batch leaves them, and the journal that takes them back.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address;
use ballast_store::{
    Column, Record, Row, Statement, Store, StoreError, Undo, Value, Write, decode, encode, get,
};

use crate::IndexError;

type Place = (&'static str, Row);

struct Cell {
    row: Option<Row>,
    changed: bool,
}

/// What one projection does to its tables in one transaction.
pub(crate) struct Changes<'s> {
    store: &'s dyn Store,
    projection: &'static str,
    /// Blocks up to here are never taken back, so that nothing is noted for them.
    settled: u64,
    block: u64,
    sequence: u64,
    /// Tokens of which something is worked out at the end of the block.
    marked: BTreeSet<Address>,
    noted: BTreeSet<Place>,
    rows: BTreeMap<Place, Cell>,
    journal: Vec<Undo>,
}

impl<'s> Changes<'s> {
    pub fn new(store: &'s dyn Store, projection: &'static str, settled: u64) -> Self {
        Self {
            store,
            projection,
            settled,
            block: 0,
            sequence: 0,
            marked: BTreeSet::new(),
            noted: BTreeSet::new(),
            rows: BTreeMap::new(),
            journal: Vec::new(),
        }
    }

    /// What follows happens in `block`.
    pub fn enter(&mut self, block: u64) {
        if block != self.block {
            self.block = block;
            self.sequence = 0;
            self.noted.clear();
        }
    }

    /// Something of `token` is to be worked out at the end of the block.
    pub fn mark(&mut self, token: Address) {
        self.marked.insert(token);
    }

    /// The tokens marked since this was last asked.
    pub fn marked(&mut self) -> BTreeSet<Address> {
        std::mem::take(&mut self.marked)
    }

    /// The record with this key as the batch has left it so far.
    pub async fn get<R: Record>(&mut self, key: Row) -> Result<Option<R>, StoreError> {
        let place = (R::TABLE, key);
        if let Some(cell) = self.rows.get(&place) {
            return cell.row.as_deref().map(R::from_row).transpose();
        }
        let found: Option<R> = get(self.store, place.1.clone()).await?;
        let row = found.as_ref().map(Record::row);
        self.rows.insert(
            place,
            Cell {
                row,
                changed: false,
            },
        );
        Ok(found)
    }

    /// Inserts or replaces a record.
    pub async fn put<R: Record>(&mut self, record: &R) -> Result<(), StoreError> {
        let key = record.key();
        self.get::<R>(key.clone()).await?;
        let place = (R::TABLE, key);
        let before = self.rows.get(&place).and_then(|cell| cell.row.clone());
        if self.block > self.settled && self.noted.insert(place.clone()) {
            self.journal.push(Undo {
                projection: self.projection.to_owned(),
                block: self.block,
                sequence: self.sequence,
                record: R::TABLE.to_owned(),
                row_key: encode(&place.1).into(),
                row_before: before.map(|row| encode(&row).into()),
            });
            self.sequence = self.sequence.saturating_add(1);
        }
        let cell = Cell {
            row: Some(record.row()),
            changed: true,
        };
        self.rows.insert(place, cell);
        Ok(())
    }

    /// The statements that write it all, and the places they touch.
    pub fn finish(self) -> (Vec<Write>, Touched) {
        let mut keys: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        let mut writes = Vec::new();
        for ((table, key), cell) in self.rows {
            if let Some(row) = cell.row.filter(|_| cell.changed) {
                writes.push(Write::new(Statement::new(table, "put"), row));
                keys.entry(table).or_default().push(key);
            }
        }
        writes.extend(self.journal.iter().map(Write::put));
        let mut touched = Touched::default();
        for (table, keys) in keys {
            touched.add(table, keys, self.block);
        }
        (writes, touched)
    }
}

/// Keys of one table that are kept for the next comparison, which looks at fewer.
const KEPT_MAX: usize = 128;

/// Keys of rows to compare, by table: all that changed, or where those are many, some from all over the table.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    keys: BTreeMap<&'static str, BTreeSet<Row>>,
}

impl Touched {
    /// Adds keys of one table; `turn` chooses which, where they are many.
    pub fn add(&mut self, table: &'static str, keys: Vec<Row>, turn: u64) {
        let step = keys.len().div_ceil(KEPT_MAX).max(1);
        let turn = usize::try_from(turn).unwrap_or(0).checked_rem(step);
        let some = keys.into_iter().skip(turn.unwrap_or(0)).step_by(step);
        self.keys.entry(table).or_default().extend(some);
    }

    /// Adds those of another batch; where that makes too many, the later batch's stay.
    pub fn join(&mut self, later: Self) {
        for (table, keys) in later.keys {
            let ours = self.keys.entry(table).or_default();
            if ours.len().saturating_add(keys.len()) > KEPT_MAX {
                ours.clear();
            }
            ours.extend(keys);
        }
    }

    /// At most `most` of the touched records of one table, as the store has them now.
    pub async fn records<R: Record>(
        &self,
        store: &dyn Store,
        most: usize,
    ) -> Result<Vec<R>, StoreError> {
        let mut records = Vec::new();
        for key in self.keys.get(R::TABLE).into_iter().flatten().take(most) {
            records.extend(get::<R>(store, key.clone()).await?);
        }
        Ok(records)
    }
}

/// The statements that take back everything `projection` did after `block`.
pub(crate) async fn undo(
    store: &dyn Store,
    projection: &'static str,
    tables: &[&'static str],
    block: u64,
) -> Result<Vec<Write>, IndexError> {
    let params = vec![Value::Text(projection.to_owned()), block.to_value()];
    let corrupt = || StoreError::Corrupt { table: Undo::TABLE };
    let mut writes = Vec::new();
    // Newest first: the last write to a row is the state before its first change.
    for entry in ballast_store::find::<Undo>(store, "after", params.clone()).await? {
        let table = tables
            .iter()
            .find(|table| **table == entry.record)
            .ok_or_else(corrupt)?;
        let (name, bytes) = match &entry.row_before {
            Some(row) => ("put", row),
            None => ("delete", &entry.row_key),
        };
        let row = decode(bytes).ok_or_else(corrupt)?;
        writes.push(Write::new(Statement::new(table, name), row));
    }
    writes.push(Write::new(Statement::new("undo", "delete_after"), params));
    Ok(writes)
}
