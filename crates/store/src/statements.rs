//! The SQL files, read once and cut into named statements.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::StoreError;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../sql/", $name, ".sql")))),+]
    };
}

const FILES: &[(&str, &str)] = files!(
    "alerts",
    "alerts_raised",
    "asset_facts",
    "asset_price_periods",
    "asset_prices",
    "attempts",
    "auctions",
    "backstop_facts",
    "backstop_lots",
    "backstop_moves",
    "backstop_requests",
    "backstops",
    "balances",
    "blocks",
    "decisions",
    "deployments",
    "fee_changes",
    "fees",
    "fills",
    "floor_periods",
    "floors",
    "governor_calls",
    "governors",
    "heartbeats",
    "holder_counts",
    "inflow_periods",
    "inflows",
    "lanes",
    "latest_reports",
    "ledgers",
    "loan_books",
    "loans",
    "lock_untils",
    "logs",
    "losses",
    "mids",
    "owed",
    "pauses",
    "peg_facts",
    "peg_modules",
    "peg_moves",
    "pools",
    "powers",
    "price_faults",
    "price_periods",
    "price_points",
    "price_sources",
    "prices",
    "projections",
    "rate_steps",
    "recipient_changes",
    "redemptions",
    "report_quorums",
    "rungs",
    "sends",
    "signed_reports",
    "source_facts",
    "supplies",
    "synthetic_facts",
    "synthetics",
    "takes",
    "token_facts",
    "tokens",
    "trades",
    "undo",
    "vault_changes",
    "vault_markets",
    "vaults",
    "watched",
);

macro_rules! page_files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../sql/pages/", $name, ".sql")))),+]
    };
}

/// What readers page through, in files of their own beside those of the tables.
const PAGE_FILES: &[(&str, &str)] = page_files!(
    "alerts",
    "asset_price_periods",
    "asset_prices",
    "backstop_lots",
    "backstop_moves",
    "backstop_requests",
    "backstops",
    "balances",
    "blocks",
    "decisions",
    "fee_changes",
    "fills",
    "floor_periods",
    "floors",
    "governor_calls",
    "governors",
    "inflow_periods",
    "inflows",
    "latest_reports",
    "ledgers",
    "loans",
    "logs",
    "losses",
    "peg_modules",
    "peg_moves",
    "price_faults",
    "price_periods",
    "price_points",
    "price_sources",
    "prices",
    "rate_steps",
    "recipient_changes",
    "redemptions",
    "rungs",
    "sends",
    "supplies",
    "synthetics",
    "takes",
    "tokens",
    "trades",
    "vault_changes",
    "vault_markets",
    "vaults",
);

/// Layouts in order; the first is version 1.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../sql/migrations/0001_first_layout.sql"),
    include_str!("../sql/migrations/0002_series_and_facts.sql"),
    include_str!("../sql/migrations/0003_orders.sql"),
    include_str!("../sql/migrations/0004_services.sql"),
    include_str!("../sql/migrations/0005_vaults.sql"),
    include_str!("../sql/migrations/0006_oracle.sql"),
];

/// The version table, made before any migration.
pub(crate) const VERSION_TABLE: &str = include_str!("../sql/migrations/version_table.sql");

/// One statement in both dialects.
#[derive(Debug)]
pub(crate) struct Text {
    /// With `?N`, as SQLite takes it.
    pub sqlite: String,
    /// With `$N`, as PostgreSQL takes it.
    pub postgres: String,
    /// Where it inserts or replaces one row, how it does many.
    pub many: Option<Many>,
    /// Where it adds one row, how PostgreSQL takes a stream of them.
    pub copy: Option<String>,
}

/// An insertion of many rows, each column of them one array.
#[derive(Debug)]
pub(crate) struct Many {
    /// Up to the rows.
    head: String,
    /// What follows them.
    tail: String,
    /// How many of the first columns are the key: no key may come twice.
    pub key_columns: usize,
}

impl Many {
    /// The form of `put` for many rows.
    fn of(put: &str) -> Option<Self> {
        let (head, rest) = put.split_once("VALUES (")?;
        let (_, tail) = rest.split_once(')')?;
        let (_, key) = tail.split_once("ON CONFLICT (")?;
        let (key, _) = key.split_once(')')?;
        Some(Self {
            head: head.to_owned(),
            tail: tail.to_owned(),
            key_columns: key.split(',').count(),
        })
    }

    /// The statement, with columns of these types.
    pub fn postgres(&self, types: &[String]) -> String {
        let arrays: Vec<String> = (1..)
            .zip(types)
            .map(|(number, kind)| format!("${number}::{kind}[]"))
            .collect();
        let rows = format!("SELECT * FROM UNNEST({})", arrays.join(", "));
        [self.head.as_str(), &rows, &self.tail].concat()
    }
}

/// The form of `add` for a stream of rows.
fn copy_of(add: &str) -> Option<String> {
    let (_, table) = add.split_once("INSERT INTO ")?;
    let (table, _) = table.split_once("\nVALUES")?;
    Some(format!("COPY {table} FROM STDIN BINARY"))
}

/// A statement of the SQL files, by table and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The file, which is named like the table.
    pub table: &'static str,
    /// Its name in the file.
    pub name: &'static str,
}

impl Statement {
    /// The statement `name` of the file of `table`.
    pub const fn new(table: &'static str, name: &'static str) -> Self {
        Self { table, name }
    }

    pub(crate) fn text(self) -> Result<&'static Text, StoreError> {
        catalogue()
            .get(&(self.table, self.name))
            .ok_or_else(|| StoreError::NoStatement {
                statement: self.to_string(),
            })
    }
}

impl std::fmt::Display for Statement {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.sql, {}", self.table, self.name)
    }
}

/// The names of all tables, in order.
pub fn tables() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(table, _)| *table)
}

fn catalogue() -> &'static HashMap<(&'static str, &'static str), Text> {
    static CATALOGUE: OnceLock<HashMap<(&'static str, &'static str), Text>> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut all = HashMap::new();
        for (table, text) in FILES.iter().chain(PAGE_FILES) {
            for (name, sqlite) in cut(text) {
                let postgres = dollars(&sqlite);
                let many = Some(&postgres).filter(|_| name == "put");
                let many = many.and_then(|put| Many::of(put));
                let copy = Some(&postgres).filter(|_| name == "add");
                let copy = copy.and_then(|add| copy_of(add));
                let text = Text {
                    sqlite,
                    postgres,
                    many,
                    copy,
                };
                all.insert((*table, name), text);
            }
        }
        all
    })
}

/// The statements of a file, without comments.
fn cut(text: &'static str) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("-- name: ") {
            found.push((name.trim(), String::new()));
        } else if !line.starts_with("--")
            && let Some((_, sql)) = found.last_mut()
        {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    for (_, sql) in &mut found {
        let trimmed = sql.trim().trim_end_matches(';').len();
        *sql = sql
            .trim_start()
            .get(..trimmed)
            .unwrap_or_default()
            .to_owned();
    }
    found
}

/// `?N` as `$N`. No statement holds a question mark for anything else, which a test sees to.
fn dollars(sql: &str) -> String {
    sql.replace('?', "$")
}

#[cfg(test)]
mod tests {
    use super::{FILES, PAGE_FILES, catalogue, cut, dollars};

    /// What a statement selects, as one line.
    fn selected(sql: &str) -> Option<String> {
        let columns = sql.strip_prefix("SELECT ")?.split_once("\nFROM")?.0;
        Some(columns.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_page_selects_the_columns_of_its_record() {
        for (table, text) in PAGE_FILES {
            let whole = catalogue().get(&(*table, "get"));
            let whole = whole.and_then(|text| selected(&text.sqlite));
            for (name, sql) in cut(text) {
                let columns = selected(&sql).filter(|columns| !columns.contains("COUNT"));
                if columns.is_some() {
                    assert_eq!(columns, whole, "{table}, {name}");
                }
            }
        }
    }

    #[test]
    fn every_statement_has_numbered_parameters_and_one_end() {
        let mut count = 0;
        for (table, text) in FILES.iter().chain(PAGE_FILES) {
            for (name, sql) in cut(text) {
                count += 1;
                assert!(
                    !sql.is_empty() && !sql.contains(';'),
                    "{table}, {name}: {sql}"
                );
                for part in sql.split('?').skip(1) {
                    assert!(
                        part.starts_with(|c: char| c.is_ascii_digit()),
                        "{table}, {name}: {sql}"
                    );
                }
            }
        }
        assert_eq!(count, catalogue().len(), "two statements of one name");
        for (table, _) in FILES {
            let put = catalogue().get(&(*table, "put")).expect("a put");
            let many = put.many.as_ref().expect("a form for many rows");
            assert!(many.key_columns > 0, "{table}");
        }
        assert_eq!(dollars("a = ?1 AND b = ?12"), "a = $1 AND b = $12");
    }
}
