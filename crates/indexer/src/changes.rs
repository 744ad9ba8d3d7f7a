//! Rows as a batch leaves them, and the journal that takes them back.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address;
use ballast_store::{
    Column, Record, Row, Statement, Store, StoreError, Undo, Value, Write, decode, encode, get,
};

use foldhash::{HashMap, HashSet, HashSetExt as _};

use crate::IndexError;

/// A record of any table, as it is kept between its reading and its writing.
trait Kept: Any + Send + Sync {
    fn row(&self) -> Row;
    fn as_any(&self) -> &dyn Any;
}

impl<R: Record + Any + Send + Sync> Kept for R {
    fn row(&self) -> Row {
        Record::row(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A row as the batch has left it so far; no record where there is no such row.
struct Cell {
    record: Option<Box<dyn Kept>>,
    changed: bool,
}

/// Rows of one projection as they are in the store, kept in memory from batch to batch.
#[derive(Default)]
pub(crate) struct Rows {
    tables: HashMap<&'static str, HashMap<Row, Cell>>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rows")
            .field("count", &self.count())
            .finish()
    }
}

impl Rows {
    /// How many they are.
    pub fn count(&self) -> usize {
        self.tables.values().map(HashMap::len).sum()
    }
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
    noted: HashSet<(&'static str, Row)>,
    rows: Rows,
    journal: Vec<Undo>,
}

impl<'s> Changes<'s> {
    /// Changes upon `rows`, which are as they are in the store.
    pub fn new(store: &'s dyn Store, projection: &'static str, settled: u64, rows: Rows) -> Self {
        Self {
            store,
            projection,
            settled,
            block: 0,
            sequence: 0,
            marked: BTreeSet::new(),
            noted: HashSet::new(),
            rows,
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

    /// Reads many records at once, so that [`Changes::get`] has them.
    pub async fn load<R>(&mut self, keys: HashSet<Row>) -> Result<(), StoreError>
    where
        R: Record + Any + Send + Sync,
    {
        let table = self.rows.tables.entry(R::TABLE).or_default();
        let unknown: Vec<Row> = keys
            .into_iter()
            .filter(|key| !table.contains_key(key))
            .collect();
        let get = Statement::new(R::TABLE, "get");
        let found = self.store.read_each(get, unknown.clone()).await?;
        for (key, rows) in unknown.into_iter().zip(found) {
            let record = rows.first().map(|row| R::from_row(row)).transpose()?;
            table.insert(key, Cell::unchanged(record));
        }
        Ok(())
    }

    /// The record with this key as the batch has left it so far.
    pub async fn get<R>(&mut self, key: Row) -> Result<Option<R>, StoreError>
    where
        R: Record + Clone + Any + Send + Sync,
    {
        if let Some(cell) = self
            .rows
            .tables
            .get(R::TABLE)
            .and_then(|table| table.get(&key))
        {
            let record = cell.record.as_ref();
            let record = record.and_then(|record| record.as_any().downcast_ref::<R>());
            return Ok(record.cloned());
        }
        let found: Option<R> = get(self.store, key.clone()).await?;
        let table = self.rows.tables.entry(R::TABLE).or_default();
        table.insert(key, Cell::unchanged(found.clone()));
        Ok(found)
    }

    /// Inserts or replaces a record.
    pub async fn put<R>(&mut self, record: &R) -> Result<(), StoreError>
    where
        R: Record + Clone + Any + Send + Sync,
    {
        let key = record.key();
        if self.block > self.settled && self.noted.insert((R::TABLE, key.clone())) {
            let before = self.get::<R>(key.clone()).await?;
            self.journal.push(Undo {
                projection: self.projection.to_owned(),
                block: self.block,
                sequence: self.sequence,
                record: R::TABLE.to_owned(),
                row_key: encode(&key).into(),
                row_before: before.map(|record| encode(&record.row()).into()),
            });
            self.sequence = self.sequence.saturating_add(1);
        }
        let cell = Cell {
            record: Some(Box::new(record.clone())),
            changed: true,
        };
        self.rows
            .tables
            .entry(R::TABLE)
            .or_default()
            .insert(key, cell);
        Ok(())
    }

    /// The statements that write it all, the places they touch, and the rows as they then are in the store.
    pub fn finish(mut self) -> (Vec<Write>, Touched, Rows) {
        let mut writes = Vec::new();
        let mut touched = Touched::default();
        for (table, cells) in &mut self.rows.tables {
            let mut changed: Vec<(Row, Row)> = Vec::new();
            for (key, cell) in cells.iter_mut().filter(|(_, cell)| cell.changed) {
                cell.changed = false;
                changed.extend(
                    cell.record
                        .as_ref()
                        .map(|record| (key.clone(), record.row())),
                );
            }
            // In the order of the key they lie near each other in the store.
            changed.sort_unstable_by(|one, other| one.0.cmp(&other.0));
            let (keys, rows): (Vec<Row>, Vec<Row>) = changed.into_iter().unzip();
            let put = Statement::new(table, "put");
            writes.extend(rows.into_iter().map(|row| Write::new(put, row)));
            touched.add(table, keys, self.block);
        }
        writes.extend(self.journal.iter().map(Write::add));
        (writes, touched, self.rows)
    }
}

impl Cell {
    fn unchanged<R: Record + Any + Send + Sync>(record: Option<R>) -> Self {
        Self {
            record: record.map(|record| Box::new(record) as Box<dyn Kept>),
            changed: false,
        }
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
    // Newest first: the last entry of a row is the state before its first change.
    let mut last = BTreeMap::new();
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
        last.insert(
            (*table, entry.row_key),
            Write::new(Statement::new(table, name), row),
        );
    }
    let mut writes: Vec<Write> = last.into_values().collect();
    writes.push(Write::new(Statement::new("undo", "delete_after"), params));
    Ok(writes)
}
