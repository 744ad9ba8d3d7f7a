//! A service as a process of its own: started, asked how far it is, killed, started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use alloy::transports::http::reqwest::Client;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::fail::{Kind, of_kind};

/// How long a question to a service may take.
const ANSWER: Duration = Duration::from_millis(300);
/// How long one may take to end in order.
const END: Duration = Duration::from_secs(3);
/// Between two looks whether it has.
const END_LOOK: Duration = Duration::from_millis(10);
/// A service that ends sooner than this after its start rests before the next.
const STEADY: Duration = Duration::from_secs(10);
/// How long it rests.
const REST: Duration = Duration::from_secs(1);
/// How often in a row it may do so.
const QUICK_ENDS_MAX: u32 = 30;
/// Ports that services take: under those that the system gives to connections, so that a service that was down finds
/// its own still free.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What the program is called with.
    args: Vec<String>,
    /// Where it answers.
    port: u16,
    /// Where what it says on standard error goes.
    log: PathBuf,
    child: Option<Child>,
    client: Client,
    /// How often it was killed.
    pub kills: u64,
    /// Moments until it is started again, while it is down.
    pub down: Option<u64>,
    /// When it was started last.
    started: Option<Instant>,
    /// When it is to be started again after it ended too soon.
    again_at: Option<Instant>,
    /// How often in a row it ended too soon.
    quick_ends: u32,
}

/// A free port of this machine that is none of `taken`.
///
/// # Errors
/// Where there is none.
pub fn free_port(taken: &[u16]) -> eyre::Result<u16> {
    let span = PORTS.end - PORTS.start;
    // Programs that start at the same time look in different places.
    let first = u16::try_from(std::process::id() % u32::from(span)).unwrap_or_default();
    let mut tried = (0..span).map(|step| PORTS.start + (first + step) % span);
    let free = |port: &u16| {
        !taken.contains(port) && std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()
    };
    tried.find(free).ok_or_else(|| {
        let (first, last) = (PORTS.start, PORTS.end - 1);
        of_kind(
            Kind::Machine,
            format!("services: no port from {first} to {last} is free"),
        )
    })
}

impl Service {
    /// A service that is not started yet. `args` follow the program's name.
    pub fn new(name: &str, args: Vec<String>, port: u16, log: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            args,
            port,
            log,
            child: None,
            client: Client::new(),
            kills: 0,
            down: None,
            started: None,
            again_at: None,
            quick_ends: 0,
        }
    }

    /// Starts it, or starts it again.
    ///
    /// # Errors
    /// Where this program cannot be started a second time.
    pub fn start(&mut self) -> eyre::Result<()> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(std::env::current_exe()?);
        // A group of its own: a terminal's interrupt reaches this program alone, which ends it in order.
        #[cfg(unix)]
        command.process_group(0);
        let child = command
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        self.child = Some(child);
        self.down = None;
        self.started = Some(Instant::now());
        self.again_at = None;
        Ok(())
    }

    /// Starts it again after it ended by itself: at once, or after a rest where it did so soon after its start. False
    /// where it did that too often.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn start_again(&mut self) -> eyre::Result<bool> {
        self.child = None;
        let steady = self.started.is_none_or(|start| start.elapsed() >= STEADY);
        self.quick_ends = if steady { 0 } else { self.quick_ends + 1 };
        if steady {
            self.start()?;
        } else {
            self.again_at = Some(Instant::now() + REST);
        }
        Ok(self.quick_ends <= QUICK_ENDS_MAX)
    }

    /// Starts it where its rest is over.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn start_rested(&mut self) -> eyre::Result<()> {
        match self.again_at {
            Some(at) if Instant::now() >= at => self.start(),
            _ => Ok(()),
        }
    }

    /// Ends it in order: it ends with its standard input, and at once where it does not.
    ///
    /// # Errors
    /// Where the system does not let it be killed.
    pub async fn end(&mut self) -> eyre::Result<()> {
        self.again_at = None;
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        drop(child.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < END {
            if child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(END_LOOK).await;
        }
        Ok(child.kill().await?)
    }

    /// Ends it at once, as a power cut would; it is started again after so many moments.
    ///
    /// # Errors
    /// Where the system does not let it be killed.
    pub async fn kill(&mut self, moments: u64) -> eyre::Result<()> {
        if let Some(mut child) = self.child.take() {
            // SIGKILL on Unix: it has no time for anything.
            child.kill().await?;
            self.kills += 1;
        }
        self.down = Some(moments);
        Ok(())
    }

    /// Lets a moment pass; one that was killed is started again when its time has come.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub fn pass(&mut self) -> eyre::Result<()> {
        match self.down {
            Some(0) => self.start(),
            Some(left) => {
                self.down = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether it ended although nobody killed it; with what it said last.
    pub fn ended(&mut self) -> Option<String> {
        let child = self.child.as_mut()?;
        let status = child.try_wait().ok().flatten()?;
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last = said.lines().last().unwrap_or_default().to_owned();
        Some(format!("{} ended by itself ({status}): {last}", self.name))
    }

    /// Whether it should answer now.
    pub const fn is_up(&self) -> bool {
        self.child.is_some()
    }

    /// What it tells about itself; nothing while it does not answer.
    pub async fn status(&self) -> Option<Value> {
        let url = format!("http://127.0.0.1:{}/status", self.port);
        let asked = self.client.get(url).timeout(ANSWER).send().await.ok()?;
        serde_json::from_str(&asked.text().await.ok()?).ok()
    }

    /// Whether it has looked at every block up to `head` and has nothing left to do.
    pub async fn is_done(&self, head: u64) -> bool {
        self.status().await.is_some_and(|status| {
            let handled = status.get("handled").and_then(Value::as_u64);
            let idle = status.get("idle").and_then(Value::as_bool);
            handled >= Some(head) && idle == Some(true)
        })
    }
}
