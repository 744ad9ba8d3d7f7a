//! A PostgreSQL server of one test's own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// The system account that runs the server where the tests run as root, which `initdb` refuses.
const SERVER_ACCOUNT: &str = "postgres";

/// A running server. Dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    as_root: bool,
    port: u16,
}

impl Postgres {
    /// Starts a server on a free loopback port; none where its programs are not installed.
    ///
    /// # Errors
    /// What the server's programs said.
    pub fn start() -> Result<Option<Self>, String> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let mut server = Self {
            programs,
            folder: new_folder()?,
            as_root: is_root(),
            port: 0,
        };
        if server.as_root {
            let folder = server.folder.display().to_string();
            told(
                Command::new("chown")
                    .args([SERVER_ACCOUNT, &folder])
                    .output(),
            )?;
        }
        let data = server.folder.join("data").display().to_string();
        let init = [
            "-D",
            &data,
            "-A",
            "trust",
            "-U",
            "ballast",
            "-E",
            "UTF8",
            "--no-sync",
        ];
        told(server.run("initdb", &init).output())?;
        // A port that is free now may be taken before the server listens: then another is tried.
        let mut last = String::new();
        for _ in 0..3 {
            server.port = free_port()?;
            let options = format!(
                "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off",
                server.port,
                server.folder.display()
            );
            let log = server.folder.join("log").display().to_string();
            let start = ["-D", &data, "-l", &log, "-o", &options, "-w", "start"];
            match told(server.run("pg_ctl", &start).output()) {
                Ok(()) => return Ok(Some(server)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The address of its one database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://ballast@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends every session of its one database, as a restart of the server does.
    ///
    /// # Errors
    /// What the server's programs said.
    pub fn end_sessions(&self) -> Result<(), String> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        told(self.run("psql", &[&self.url(), "-c", end]).output())
    }

    fn run(&self, program: &str, args: &[&str]) -> Command {
        let program = self.programs.join(program);
        let mut command = if self.as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", SERVER_ACCOUNT, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(args).current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data").display().to_string();
        let stop = ["-D", &data, "-m", "immediate", "-w", "stop"];
        // It may not have started; the folder goes in any case.
        let _ = self.run("pg_ctl", &stop).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the server's programs: the one of Debian's newest version, or one of `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    found.sort();
    found.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.into_iter().find(|folder| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| is_file(folder, name))
    })
}

fn is_file(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file()
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn new_folder() -> Result<PathBuf, String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("ballast-postgres-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

fn told(output: std::io::Result<Output>) -> Result<(), String> {
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
