//! SQLite: one thread that writes, connections that read beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, TransactionBehavior, params_from_iter};
use tokio::sync::{Semaphore, oneshot};

use crate::lock::file_lock;
use crate::statements::{MIGRATIONS, VERSION_TABLE};
use crate::value::{Row, Value};
use crate::{Ask, Lock, Pending, Statement, Store, StoreError, Write};

/// How long a connection waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Wait between two looks whether it has finished. SQLite's own waits grow to a tenth of a second, in which a process
/// that writes without a pause takes the turn again.
const BUSY_POLL: Duration = Duration::from_millis(1);
/// Looks until it is given up.
const BUSY_LOOKS: i32 = 10_000;
/// Writes that may wait for the thread before callers wait too.
const QUEUE: usize = 16;
/// Reading connections for each core; more would only wait for each other.
const READERS_PER_CORE: usize = 2;
/// Prepared statements kept per connection; there are fewer than that.
const CACHED_STATEMENTS: usize = 256;

/// The most pages of a file that SQLite counts.
const PAGES_MAX: u64 = 4_294_967_294;

/// Pages of the write-ahead log that are moved to the file together.
const WAL_PAGES: i64 = 16_384;
/// Memory of the writing connection for pages.
const CACHE_KIB: i64 = 65_536;

type Reply = oneshot::Sender<Result<(), StoreError>>;

enum Job {
    Write(Vec<Write>, Reply),
    Backup(PathBuf, Reply),
}

/// A store in one file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    jobs: Option<mpsc::SyncSender<Job>>,
    writer: Option<std::thread::JoinHandle<()>>,
    readers: Arc<Readers>,
}

/// Connections that read, each opened when it is first needed and kept.
#[derive(Debug)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    /// Those that may read now.
    free: Arc<Semaphore>,
}

impl Readers {
    fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(cores.saturating_mul(READERS_PER_CORE))),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl SqliteStore {
    /// Opens the file, with its folder and itself where they are not there yet, and brings its layout up to date.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Newer`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_within(path, u64::MAX)
    }

    /// The same, with a file of at most `bytes_max` bytes: what would make it larger fails as on a full disk.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Newer`].
    pub fn open_within(path: &Path, bytes_max: u64) -> Result<Self, StoreError> {
        let fail = |detail: String| open_error(path, detail);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
        }
        let mut connection = Connection::open(path).map_err(|error| fail(error.to_string()))?;
        prepare_writer(&mut connection).map_err(|error| fail(error.to_string()))?;
        limit(&connection, bytes_max).map_err(|error| fail(error.to_string()))?;
        migrate(path, &mut connection)?;
        let (jobs, waiting) = mpsc::sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(&mut connection, &waiting))
            .map_err(|error| fail(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            jobs: Some(jobs),
            writer: Some(writer),
            readers: Arc::new(Readers::new()),
        })
    }

    /// Runs `read` on a reading connection.
    fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        Box::pin(async move {
            let free = Arc::clone(&readers.free).acquire_owned().await;
            let free = free.map_err(|_| StoreError::Closed)?;
            tokio::task::spawn_blocking(move || {
                // Given back with the connection, also where nobody waits for the answer any more.
                let _free = free;
                let idle = readers.lock().pop();
                let connection = match idle {
                    Some(connection) => connection,
                    None => open_reader(&path)?,
                };
                let found = read(&connection);
                readers.lock().push(connection);
                found
            })
            .await
            .map_err(|_| StoreError::Closed)?
        })
    }

    async fn ask(&self, job: impl FnOnce(Reply) -> Job + Send) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.clone().ok_or(StoreError::Closed)?;
        let mut job = job(reply);
        // The queue is full only while a disk is slow: then wait without holding up the runtime.
        loop {
            match jobs.try_send(job) {
                Ok(()) => break,
                Err(mpsc::TrySendError::Full(back)) => job = back,
                Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // It panics nowhere; there is nothing to do about it here if it did.
            let _ = writer.join();
        }
    }
}

impl Store for SqliteStore {
    fn read(&self, statement: Statement, params: Row) -> Pending<'_, Vec<Row>> {
        self.reading(move |connection| rows(connection, statement, &params))
    }

    fn read_each(&self, statement: Statement, keys: Vec<Row>) -> Pending<'_, Vec<Vec<Row>>> {
        self.reading(move |connection| {
            let each = keys.iter().map(|key| rows(connection, statement, key));
            each.collect()
        })
    }

    fn read_together(&self, asks: Vec<Ask>) -> Pending<'_, Vec<Vec<Row>>> {
        self.reading(move |connection| {
            let each = asks.iter();
            each.map(|(statement, params)| rows(connection, *statement, params))
                .collect()
        })
    }

    fn write(&self, writes: Vec<Write>) -> Pending<'_, ()> {
        Box::pin(self.ask(|reply| Job::Write(writes, reply)))
    }

    fn lock<'a>(&'a self, name: &'a str) -> Pending<'a, Option<Lock>> {
        Box::pin(async move { file_lock(&self.path, name) })
    }

    fn backup<'a>(&'a self, file: &'a Path) -> Pending<'a, ()> {
        Box::pin(async move {
            if file.exists() {
                return Err(StoreError::BackupExists {
                    path: file.display().to_string(),
                });
            }
            self.ask(|reply| Job::Backup(file.to_owned(), reply)).await
        })
    }
}

fn open_error(path: &Path, detail: String) -> StoreError {
    StoreError::Open {
        store: format!("sqlite:{}", path.display()),
        detail,
    }
}

/// Waits for another process; false gives up.
fn wait_busy(looks: i32) -> bool {
    std::thread::sleep(BUSY_POLL);
    looks < BUSY_LOOKS
}

fn prepare_writer(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_busy))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    lasting(connection, false)?;
    // Fewer and larger moves from the log to the file while much is written.
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

/// Whether a commit waits for the disk. Without it the newest commits may be lost with the power, never a part of one;
/// what was read from the chain is then read again.
fn lasting(connection: &Connection, waits: bool) -> rusqlite::Result<()> {
    let how = if waits { "FULL" } else { "NORMAL" };
    connection.pragma_update(None, "synchronous", how)
}

fn limit(connection: &Connection, bytes_max: u64) -> rusqlite::Result<()> {
    let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let page_bytes = u64::try_from(page_bytes).unwrap_or(1).max(1);
    let pages_max = (bytes_max / page_bytes).min(PAGES_MAX);
    connection.pragma_update_and_check(None, "max_page_count", pages_max.cast_signed(), |_| Ok(()))
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Ok::<_, rusqlite::Error>(connection)
    };
    open().map_err(|error| open_error(path, error.to_string()))
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let mut run = || -> rusqlite::Result<Option<i64>> {
        let work = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work.execute_batch(VERSION_TABLE)?;
        let found: i64 = work.query_row(
            "SELECT COALESCE(MAX(version), 0) FROM layout_version",
            [],
            |row| row.get(0),
        )?;
        if found > known {
            return Ok(Some(found));
        }
        for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            work.execute_batch(migration)?;
        }
        work.execute("DELETE FROM layout_version", [])?;
        work.execute("INSERT INTO layout_version (version) VALUES (?1)", [known])?;
        work.commit()?;
        Ok(None)
    };
    match run() {
        Ok(None) => Ok(()),
        Ok(Some(found)) => Err(StoreError::Newer { found, known }),
        Err(error) => Err(open_error(path, error.to_string())),
    }
}

fn work(connection: &mut Connection, jobs: &mpsc::Receiver<Job>) {
    for job in jobs {
        let (result, reply) = match job {
            Job::Write(writes, reply) => (transact(connection, &writes), reply),
            Job::Backup(file, reply) => (copy(connection, &file), reply),
        };
        // Who asked may have stopped waiting; what was written stays written.
        let _ = reply.send(result);
    }
}

fn failed(statement: impl ToString) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| StoreError::Failed {
        statement: statement.to_string(),
        detail: error.to_string(),
    }
}

fn transact(connection: &mut Connection, writes: &[Write]) -> Result<(), StoreError> {
    if writes.iter().any(|write| write.lasting) {
        lasting(connection, true).map_err(failed("begin"))?;
        let written = run(connection, writes);
        lasting(connection, false).map_err(failed("commit"))?;
        return written;
    }
    run(connection, writes)
}

fn run(connection: &mut Connection, writes: &[Write]) -> Result<(), StoreError> {
    let work = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed("begin"))?;
    for write in writes {
        let text = write.statement.text()?;
        let touched = work
            .prepare_cached(&text.sqlite)
            .and_then(|mut prepared| prepared.execute(params_from_iter(&write.params)))
            .map_err(failed(write.statement))?;
        let found = u64::try_from(touched).unwrap_or(u64::MAX);
        if let Some(expected) = write.must_touch.filter(|expected| *expected != found) {
            return Err(StoreError::Conflict {
                statement: write.statement.to_string(),
                expected,
                found,
            });
        }
    }
    work.commit().map_err(failed("commit"))
}

/// Copies to a file beside `file` first, so that a copy that breaks off is never taken for a whole one.
fn copy(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let lost = |error: std::io::Error| StoreError::Failed {
        statement: "backup".to_owned(),
        detail: error.to_string(),
    };
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(lost)?;
    }
    let copied = connection.execute("VACUUM INTO ?1", [partial.to_string_lossy().as_ref()]);
    if let Err(error) = copied {
        // What is left of it is of no use; where it cannot be removed it is replaced by the next copy.
        let _ = std::fs::remove_file(&partial);
        return Err(failed("backup")(error));
    }
    std::fs::rename(&partial, file).map_err(lost)
}

/// Copies the store in the file `path` from outside, beside whoever writes it.
pub(crate) async fn backup(path: &Path, file: &Path) -> Result<(), StoreError> {
    let (path, file) = (path.to_owned(), file.to_owned());
    let copied = tokio::task::spawn_blocking(move || {
        if !path.exists() {
            let path = path.display().to_string();
            return Err(StoreError::NotThere { path });
        }
        if file.exists() {
            let path = file.display().to_string();
            return Err(StoreError::BackupExists { path });
        }
        copy(&open_reader(&path)?, &file)
    });
    copied.await.map_err(|_| StoreError::Closed)?
}

fn rows(
    connection: &Connection,
    statement: Statement,
    params: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let text = statement.text()?;
    let run = || -> rusqlite::Result<Vec<Row>> {
        let mut prepared = connection.prepare_cached(&text.sqlite)?;
        let columns = prepared.column_count();
        let mut found = prepared.query(params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let cells = (0..columns).map(|column| row.get_ref(column).map(cell));
            rows.push(cells.collect::<rusqlite::Result<Row>>()?);
        }
        Ok(rows)
    };
    run().map_err(failed(statement))
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        // No column holds a fraction.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
