//! A local chain, started and stopped by the program.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::error::ChainError;

/// How long anvil may take to listen; loading a large state takes most of it.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long anvil may take to write its state on being stopped.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
/// Lines of output kept to explain a failed start.
const KEPT_LINES: usize = 8;

/// How to start a local chain.
#[derive(Clone, Debug, Default)]
pub struct AnvilOptions {
    /// The program; found with [`find`] where it is none.
    pub program: Option<PathBuf>,
    /// The port; a free one where it is none.
    pub port: Option<u16>,
    /// File that holds the state: read on start where it exists, written on stop.
    pub state: Option<PathBuf>,
    /// Unix seconds of the first block; now where it is none.
    pub timestamp: Option<u64>,
    /// How many funded accounts; ten where it is none.
    pub accounts: Option<u16>,
    /// Native units that each account starts with; 10,000 where it is none.
    pub balance: Option<u64>,
    /// Further arguments, as anvil takes them.
    pub extra: Vec<String>,
}

/// A running local chain. Dropping it stops it.
#[derive(Debug)]
pub struct Anvil {
    child: Option<Child>,
    port: u16,
}

impl Anvil {
    /// Starts anvil on the loopback address and waits until it listens.
    ///
    /// # Errors
    /// [`ChainError::AnvilMissing`], [`ChainError::PortInUse`], [`ChainError::AnvilStart`].
    pub fn start(options: &AnvilOptions) -> Result<Self, ChainError> {
        let program = find(options.program.as_deref())?;
        if let Some(port) = options.port {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .map_err(|_| ChainError::PortInUse { port })?;
        }
        let mut command = Command::new(&program);
        command.args([
            "--host",
            "127.0.0.1",
            "--chain-id",
            &crate::LOCAL_CHAIN_ID.to_string(),
        ]);
        command.args(["--port", &options.port.unwrap_or(0).to_string()]);
        if let Some(state) = &options.state {
            command.arg("--state").arg(state);
        }
        let numbers = [
            ("--timestamp", options.timestamp),
            ("--accounts", options.accounts.map(u64::from)),
            ("--balance", options.balance),
        ];
        for (flag, value) in numbers {
            if let Some(value) = value {
                command.args([flag, &value.to_string()]);
            }
        }
        command.args(&options.extra);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        own_group(&mut command);
        let fail = |detail: String| ChainError::AnvilStart {
            path: program.clone(),
            detail,
        };
        let mut child = command.spawn().map_err(|error| fail(error.to_string()))?;
        let lines = output_lines(&mut child);
        let started = Self {
            child: Some(child),
            port: 0,
        };
        let port = wait_for_port(&lines).map_err(fail)?;
        // Keep reading, so that a chatty anvil never blocks on a full pipe.
        std::thread::spawn(move || {
            lines
                .iter()
                .for_each(|line| tracing::trace!(target: "anvil", "{line}"))
        });
        let mut started = started;
        started.port = port;
        Ok(started)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process; none once it was stopped.
    pub fn process_id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The endpoint's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops it and waits until its state, if kept, is written.
    pub fn stop(mut self) {
        self.end();
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn end(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        if terminate(&child) {
            let deadline = Instant::now() + STOP_TIMEOUT;
            while Instant::now() < deadline {
                match child.try_wait() {
                    Ok(None) => std::thread::sleep(Duration::from_millis(10)),
                    _ => return,
                }
            }
            tracing::warn!(
                "anvil did not stop in {} s and is killed",
                STOP_TIMEOUT.as_secs()
            );
        }
        // Both fail only where it has ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        self.end();
    }
}

/// Its own process group, so that a terminal's interrupt reaches the program first and it can stop anvil in order.
fn own_group(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    #[cfg(not(unix))]
    let _ = command;
}

/// Asks the process to end; anvil then writes its state. False where it could not be asked.
fn terminate(child: &Child) -> bool {
    end_process(child.id())
}

/// Asks the process of that number to end, as [`Anvil::stop`] does: for whoever outlives the program that started it.
/// False where it could not be asked.
pub fn end_process(id: u32) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};
        i32::try_from(id)
            .ok()
            .and_then(Pid::from_raw)
            .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
    }
    #[cfg(not(unix))]
    {
        let _ = id;
        false
    }
}

fn output_lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let pump = |stream: Option<Box<dyn std::io::Read + Send>>| {
        let Some(stream) = stream else { return };
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
    };
    pump(
        child
            .stdout
            .take()
            .map(|out| Box::new(out) as Box<dyn std::io::Read + Send>),
    );
    pump(
        child
            .stderr
            .take()
            .map(|err| Box::new(err) as Box<dyn std::io::Read + Send>),
    );
    receiver
}

/// Reads until anvil says where it listens; on failure, gives its last lines.
fn wait_for_port(lines: &Receiver<String>) -> Result<u16, String> {
    let deadline = Instant::now() + START_TIMEOUT;
    let mut last: VecDeque<String> = VecDeque::with_capacity(KEPT_LINES);
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if let Some(address) = line.strip_prefix("Listening on ") {
                    let port = address
                        .rsplit(':')
                        .next()
                        .and_then(|port| port.trim().parse().ok());
                    return port.ok_or_else(|| format!("cannot read its port from `{line}`"));
                }
                if !line.trim().is_empty() {
                    if last.len() == KEPT_LINES {
                        last.pop_front();
                    }
                    last.push_back(line.trim().to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("not listening after {} s", START_TIMEOUT.as_secs()));
            }
            Err(RecvTimeoutError::Disconnected) if last.is_empty() => {
                return Err("it ended at once".to_owned());
            }
            Err(RecvTimeoutError::Disconnected) => return Err(Vec::from(last).join(" ")),
        }
    }
}

/// Finds anvil: the given path, then `PATH`, then `contracts/node_modules` of the current folder, of a folder above
/// it, or of one above this program.
///
/// # Errors
/// [`ChainError::AnvilMissing`] saying where it was looked for.
pub fn find(given: Option<&Path>) -> Result<PathBuf, ChainError> {
    if let Some(path) = given {
        if path.is_file() {
            return Ok(path.to_owned());
        }
        return Err(ChainError::AnvilMissing {
            searched: format!("{} is no file", path.display()),
        });
    }
    let name = if cfg!(windows) { "anvil.exe" } else { "anvil" };
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    });
    if let Some(file) = on_path {
        return Ok(file);
    }
    node_modules()
        .iter()
        .find_map(|folder| anvil_in(folder, name))
        .ok_or_else(|| ChainError::AnvilMissing {
            searched: "not on PATH, not in contracts/node_modules".to_owned(),
        })
}

/// Every `contracts/node_modules` (or `node_modules`) of the current folder, of the program's folder, and above them.
pub fn node_modules() -> Vec<PathBuf> {
    let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    let mut found: Vec<PathBuf> = Vec::new();
    for start in starts.into_iter().flatten() {
        for folder in start.ancestors() {
            for inner in ["contracts/node_modules", "node_modules"] {
                let candidate = folder.join(inner);
                if candidate.is_dir() && !found.contains(&candidate) {
                    found.push(candidate);
                }
            }
        }
    }
    found
}

/// The native program of the npm package where it is installed: the package's own `.bin/anvil` is a script that needs
/// Node and does not always pass signals on.
fn anvil_in(modules: &Path, name: &str) -> Option<PathBuf> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = if std::env::consts::ARCH == "aarch64" {
        "arm64"
    } else {
        "amd64"
    };
    let native = modules.join(format!("@foundry-rs/anvil-{system}-{machine}/bin/{name}"));
    let script = modules.join(".bin").join(name);
    [native, script].into_iter().find(|file| file.is_file())
}
