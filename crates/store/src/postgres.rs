//! PostgreSQL through a pool of connections.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use deadpool_postgres::{
    Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Transaction,
};
use futures_util::future::{maybe_done, try_join_all};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, IsolationLevel, NoTls};

use crate::lock;
use crate::statements::{MIGRATIONS, Many, VERSION_TABLE};
use crate::value::{Row, Value};
use crate::{Ask, Lock, Pending, Statement, Store, StoreError, Write};

/// Connections of one program.
const CONNECTIONS: usize = 8;
/// How long to wait for a connection.
const WAIT: Duration = Duration::from_secs(10);
/// Rows put in by one statement.
const ROWS_MAX: usize = 5_000;
/// Rows from which on a stream is worth its two further messages.
const STREAMED_MIN: usize = 8;
/// Queries on their way at once on one connection.
const PIPELINED_MAX: usize = 256;
/// Held while the layout is brought up to date, so that programs that start together do it once.
const LAYOUT_LOCK: i64 = 0x6261_6c6c_6173_7401;

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    pool: Pool,
    config: Config,
    shown: String,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("PostgresStore")
            .field(&self.shown)
            .finish()
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl PostgresStore {
    /// Connects to the database of `address` and brings its layout up to date. The connection is not encrypted: the
    /// database is on this machine or in a network of the operator's own.
    ///
    /// # Errors
    /// [`StoreError::BadAddress`], [`StoreError::Open`], [`StoreError::Newer`].
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let mut config: Config = address.parse().map_err(|_| StoreError::BadAddress {
            given: "postgres".to_owned(),
        })?;
        config.connect_timeout(WAIT);
        // A host that is gone ends its connections, so that none has to be tried before each use.
        config.tcp_user_timeout(WAIT);
        config.keepalives_idle(WAIT);
        let shown = format!(
            "postgres database {}",
            config.get_dbname().unwrap_or("of the user's name")
        );
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let fail = |detail: String| StoreError::Open {
            store: shown.clone(),
            detail,
        };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, recycling))
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .recycle_timeout(Some(WAIT))
            .build()
            .map_err(|error| fail(error.to_string()))?;
        let store = Self {
            pool,
            config,
            shown: shown.clone(),
        };
        let mut client = store.client().await?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        match migrate(&mut client, known).await {
            Ok(None) => Ok(store),
            Ok(Some(found)) => Err(StoreError::Newer { found, known }),
            Err(error) => Err(fail(reason(&error))),
        }
    }

    async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::Open {
            store: self.shown.clone(),
            detail: match error {
                deadpool_postgres::PoolError::Backend(error) => reason(&error),
                other => other.to_string(),
            },
        })
    }
}

impl Store for PostgresStore {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        Box::pin(async move {
            let text = &statement.text()?.postgres;
            let client = self.client().await?;
            let run = async {
                let prepared = client.prepare_cached(text).await?;
                client.query(&prepared, &borrowed(&params)).await
            };
            let rows = run.await.map_err(|error| failed(&statement, &error))?;
            rows.iter().map(|row| cells(statement, row)).collect()
        })
    }

    fn read_each(&self, statement: Statement, keys: Vec<Row>) -> Pending<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            let text = &statement.text()?.postgres;
            let client = self.client().await?;
            let fail = |error| failed(&statement, &error);
            let prepared = client.prepare_cached(text).await.map_err(fail)?;
            let mut found = Vec::with_capacity(keys.len());
            for some in keys.chunks(PIPELINED_MAX) {
                // Polled together they travel together.
                let asked = some.iter().map(|key| {
                    let (client, prepared) = (&client, &prepared);
                    async move { client.query(prepared, &borrowed(key)).await }
                });
                for rows in try_join_all(asked).await.map_err(fail)? {
                    let rows = rows.iter().map(|row| cells(statement, row));
                    found.push(rows.collect::<Result<Vec<Row>, StoreError>>()?);
                }
            }
            Ok(found)
        })
    }

    fn read_together(&self, asks: Vec<Ask>) -> Pending<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            let client = self.client().await?;
            let mut found = Vec::with_capacity(asks.len());
            for some in asks.chunks(PIPELINED_MAX) {
                together(&client, some, &mut found).await?;
            }
            Ok(found)
        })
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut client = self.client().await?;
            let work = client
                .transaction()
                .await
                .map_err(|error| failed(&"begin", &error))?;
            for run in runs(&writes)? {
                match run.how {
                    How::Stream(copy) => stream(&work, run.writes, copy).await?,
                    How::Many(many) => put_many(&work, run.writes, many).await?,
                    How::Each => write_one(&work, run.writes).await?,
                }
            }
            work.commit()
                .await
                .map_err(|error| failed(&"commit", &error))
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        Box::pin(async move {
            let fail = |error: tokio_postgres::Error| StoreError::Open {
                store: self.shown.clone(),
                detail: reason(&error),
            };
            // A connection of its own: the lock is the session's, and ends with it.
            let (client, connection) = self.config.connect(NoTls).await.map_err(fail)?;
            let connection = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!("the connection of a lock ended: {error}");
                }
            });
            let take = "SELECT pg_try_advisory_lock($1)";
            let taken = client.query_one(take, &[&lock::number(name)]).await;
            let lock = Lock::session(client, connection);
            let taken: bool = taken.and_then(|row| row.try_get(0)).map_err(fail)?;
            Ok(taken.then_some(lock))
        })
    }

    fn backup<'a>(&'a self, _file: &'a Path) -> Pending<'a, ()> {
        Box::pin(async { Err(StoreError::BackupElsewhere) })
    }
}

/// Sends all of `asks` before it waits for the first answer; the database answers them in that order.
async fn together(
    client: &Client,
    asks: &[Ask],
    found: &mut Vec<Vec<Row>>,
) -> Result<(), StoreError> {
    let mut prepared = Vec::with_capacity(asks.len());
    for (statement, _) in asks {
        let one = client.prepare_cached(&statement.text()?.postgres).await;
        prepared.push(one.map_err(|error| failed(statement, &error))?);
    }
    let mut sent = Vec::with_capacity(asks.len());
    for ((statement, params), prepared) in asks.iter().zip(&prepared) {
        let query = async move { client.query(prepared, &borrowed(params)).await };
        let mut query = Box::pin(maybe_done(query));
        // A query goes out when it is first polled.
        let _: Poll<()> = poll_fn(|context| Poll::Ready(query.as_mut().poll(context))).await;
        sent.push((*statement, query));
    }
    for (statement, mut query) in sent {
        query.as_mut().await;
        let rows = query.as_mut().take_output().ok_or(StoreError::Closed)?;
        let rows = rows.map_err(|error| failed(&statement, &error))?;
        let rows = rows.iter().map(|row| cells(statement, row));
        found.push(rows.collect::<Result<Vec<Row>, StoreError>>()?);
    }
    Ok(())
}

/// Writes that follow each other and are one statement for the database.
struct Run<'w> {
    writes: &'w [Write],
    how: How,
}

/// How writes that follow each other are handed over.
#[derive(Clone, Copy)]
enum How {
    /// One after the other.
    Each,
    /// As rows of one table, each column of them one array.
    Many(&'static Many),
    /// As new rows of one table, in a stream opened by this statement.
    Stream(&'static str),
}

/// Cuts `writes` into runs: rows put into one table, no key twice, go together, and so do rows added to one.
fn runs(writes: &[Write]) -> Result<Vec<Run<'_>>, StoreError> {
    let mut runs = Vec::new();
    let mut rest = writes;
    while let Some(first) = rest.first() {
        let text = first.statement.text()?;
        let (length, how) = if first.must_touch.is_some() {
            (1, How::Each)
        } else if let Some(copy) = &text.copy {
            match alike(first, rest).count() {
                few if few < STREAMED_MIN => (few, How::Each),
                length => (length, How::Stream(copy)),
            }
        } else if let Some(many) = &text.many {
            let mut keys = HashSet::new();
            let some = alike(first, rest).take(ROWS_MAX);
            let once = some.take_while(|write| keys.insert(write.params.get(..many.key_columns)));
            match once.count() {
                0 | 1 => (1, How::Each),
                length => (length, How::Many(many)),
            }
        } else {
            (1, How::Each)
        };
        let (writes, further) = rest.split_at(length.max(1));
        runs.push(Run { writes, how });
        rest = further;
    }
    Ok(runs)
}

/// The first of `writes` that do the same as `first`.
fn alike<'w>(first: &'w Write, writes: &'w [Write]) -> impl Iterator<Item = &'w Write> {
    let same = |write: &&Write| write.statement == first.statement && write.must_touch.is_none();
    writes.iter().take_while(same)
}

/// Adds many rows to one table.
async fn stream(work: &Transaction<'_>, writes: &[Write], copy: &str) -> Result<(), StoreError> {
    let Some(first) = writes.first() else {
        return Ok(());
    };
    let fail = |error| failed(&first.statement, &error);
    let one = work.prepare_cached(&first.statement.text()?.postgres).await;
    let one = one.map_err(fail)?;
    let sink = work.copy_in(copy).await.map_err(fail)?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, one.params()));
    for Write { params, .. } in writes {
        if params.len() != one.params().len() {
            return Err(StoreError::Failed {
                statement: first.statement.to_string(),
                detail: format!("{} cells for {}", params.len(), one.params().len()),
            });
        }
        rows.as_mut().write_raw(params).await.map_err(fail)?;
    }
    rows.finish().await.map_err(fail).map(drop)
}

/// Puts many rows into one table.
async fn put_many(work: &Transaction<'_>, writes: &[Write], many: &Many) -> Result<(), StoreError> {
    let Some(first) = writes.first() else {
        return Ok(());
    };
    let fail = |error| failed(&first.statement, &error);
    let one = work.prepare_cached(&first.statement.text()?.postgres).await;
    let types: Vec<String> = one
        .map_err(fail)?
        .params()
        .iter()
        .map(|kind| kind.name().to_owned())
        .collect();
    let prepared = work
        .prepare_cached(&many.postgres(&types))
        .await
        .map_err(fail)?;
    let columns: Vec<Vec<&Value>> = (0..types.len())
        .map(|column| {
            let cells = writes.iter();
            cells
                .map(|write| write.params.get(column).unwrap_or(&Value::Null))
                .collect()
        })
        .collect();
    let arrays: Vec<&(dyn ToSql + Sync)> = columns
        .iter()
        .map(|cells| cells as &(dyn ToSql + Sync))
        .collect();
    work.execute(&prepared, &arrays)
        .await
        .map_err(fail)
        .map(drop)
}

async fn write_one(work: &Transaction<'_>, writes: &[Write]) -> Result<(), StoreError> {
    for write in writes {
        let text = &write.statement.text()?.postgres;
        let run = async {
            let prepared = work.prepare_cached(text).await?;
            work.execute(&prepared, &borrowed(&write.params)).await
        };
        let found = run
            .await
            .map_err(|error| failed(&write.statement, &error))?;
        if let Some(expected) = write.must_touch.filter(|expected| *expected != found) {
            return Err(StoreError::Conflict {
                statement: write.statement.to_string(),
                expected,
                found,
            });
        }
    }
    Ok(())
}

async fn migrate(client: &mut Client, known: i64) -> Result<Option<i64>, tokio_postgres::Error> {
    let work = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await?;
    work.execute("SELECT pg_advisory_xact_lock($1)", &[&LAYOUT_LOCK])
        .await?;
    work.batch_execute(VERSION_TABLE).await?;
    let row = work
        .query_one("SELECT COALESCE(MAX(version), 0) FROM layout_version", &[])
        .await?;
    let found: i64 = row.try_get(0)?;
    if found > known {
        return Ok(Some(found));
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        work.batch_execute(migration).await?;
    }
    work.execute("DELETE FROM layout_version", &[]).await?;
    work.execute(
        "INSERT INTO layout_version (version) VALUES ($1)",
        &[&known],
    )
    .await?;
    work.commit().await?;
    Ok(None)
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

fn failed(statement: &dyn std::fmt::Display, error: &tokio_postgres::Error) -> StoreError {
    StoreError::Failed {
        statement: statement.to_string(),
        detail: reason(error),
    }
}

/// The database's own words, or the connection's.
fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => told.message().to_owned(),
        None => error.to_string(),
    }
}

fn cells(statement: Statement, row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cell = |(index, column): (usize, &tokio_postgres::Column)| {
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Value::Integer),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes),
            _ => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
        };
        Ok(value.unwrap_or(Value::Null))
    };
    row.columns()
        .iter()
        .enumerate()
        .map(cell)
        .collect::<Result<Row, tokio_postgres::Error>>()
        .map_err(|error| failed(&statement, &error))
}
