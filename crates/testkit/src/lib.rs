#![doc = include_str!("../README.md")]

pub mod faulty_rpc;
mod postgres;

use std::path::{Path, PathBuf};

pub use postgres::Postgres;

/// The root of the checkout, the folder that holds the workspace's `Cargo.toml`.
#[must_use]
pub fn repository_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of recorded market data, or `None` where there is none: the test then skips and says so.
///
/// `BALLAST_DATA` names it. Without that, `shared/data` next to the checkout is taken.
#[must_use]
pub fn data_dir() -> Option<PathBuf> {
    let beside = || {
        repository_root()
            .parent()
            .map(|parent| parent.join("shared/data"))
    };
    std::env::var_os("BALLAST_DATA")
        .map(PathBuf::from)
        .or_else(beside)
        .filter(|dir| dir.is_dir())
}

/// The `anvil` program: `BALLAST_ANVIL` if set, otherwise the one that `make setup` installs.
///
/// # Errors
/// Names the path where it should have been and the command that puts it there.
pub fn anvil_path() -> Result<PathBuf, String> {
    let installed = || repository_root().join("contracts/node_modules/.bin/anvil");
    let path = std::env::var_os("BALLAST_ANVIL").map_or_else(installed, PathBuf::from);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("no anvil at {}: run `make setup`", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(repository_root().join("Cargo.toml").is_file());
        assert!(repository_root().join("crates/testkit").is_dir());
    }
}
