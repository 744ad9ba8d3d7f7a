//! A name that one program of a store holds at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;

use crate::StoreError;

/// A name held by this program. It is free again once this is dropped or the process is gone, however it ended.
#[derive(Debug)]
pub struct Lock {
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// A file that the operating system locks for this process.
    File { _file: File },
    /// A session of a database that gives up its locks when it ends.
    Session {
        client: tokio_postgres::Client,
        connection: tokio::task::JoinHandle<()>,
    },
}

impl Lock {
    pub(crate) fn session(
        client: tokio_postgres::Client,
        connection: tokio::task::JoinHandle<()>,
    ) -> Self {
        Self {
            held: Held::Session { client, connection },
        }
    }

    /// Whether it is still held: a database's session may be lost while the program goes on.
    pub fn is_held(&self) -> bool {
        match &self.held {
            Held::File { .. } => true,
            Held::Session { client, connection } => {
                !client.is_closed() && !connection.is_finished()
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file is unlocked by being closed; a session by its connection's end.
        if let Held::Session { connection, .. } = &self.held {
            connection.abort();
        }
    }
}

/// Locks the file of `name` beside the store `path`; none where another has it.
pub(crate) fn file_lock(path: &Path, name: &str) -> Result<Option<Lock>, StoreError> {
    let beside = lock_file(path, name);
    let fail = |error: std::io::Error| StoreError::Open {
        store: format!("the lock {}", beside.display()),
        detail: error.to_string(),
    };
    let mut how = OpenOptions::new();
    // The file stays: to remove it would let a second program lock a new one of the same name.
    let file = how.create(true).append(true).open(&beside).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock {
            held: Held::File { _file: file },
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// `STORE.NAME.lock`, with what is odd in a file's name as a dash.
fn lock_file(path: &Path, name: &str) -> PathBuf {
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{name}.lock"));
    PathBuf::from(beside)
}

/// The number by which a database knows `name`.
pub(crate) fn number(name: &str) -> i64 {
    let digest = keccak256(format!("ballast lock {name}"));
    let [a, b, c, d, e, f, g, h, ..] = digest.0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::{lock_file, number};
    use std::path::Path;

    #[test]
    fn names_become_files_beside_the_store_and_numbers_that_differ() {
        let file = lock_file(Path::new("a/store.sqlite"), "send:0xAb/..");
        assert_eq!(file, Path::new("a/store.sqlite.send-0xAb---.lock"));
        assert_ne!(number("a"), number("b"));
    }
}
