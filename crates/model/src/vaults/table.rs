//! Rows that can be put back as they were before an action that failed.

use std::collections::BTreeMap;

/// A map in which an absent row is the default value, and which remembers what an action changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    changed: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            changed: Vec::new(),
        }
    }
}

impl<K: Ord + Copy, V: Copy + Default + PartialEq> Table<K, V> {
    pub(crate) fn get(&self, key: K) -> V {
        self.rows.get(&key).copied().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, key: K, value: V) {
        let old = if value == V::default() {
            self.rows.remove(&key)
        } else {
            self.rows.insert(key, value)
        };
        self.changed.push((key, old));
    }

    /// Every row that is not the default, in the order of keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        self.rows.iter().map(|(key, value)| (*key, *value))
    }

    /// Keeps what was changed.
    pub(crate) fn commit(&mut self) {
        self.changed.clear();
    }

    /// Puts everything back as it was at the last commit.
    pub(crate) fn roll_back(&mut self) {
        while let Some((key, old)) = self.changed.pop() {
            match old {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}
