//! A service as a process of its own: started, asked how far it is, killed, started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use alloy::transports::http::reqwest::Client;
use serde_json::Value;
use tokio::process::{Child, Command};

/// How long a question to a service may take.
const ANSWER: Duration = Duration::from_millis(300);

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
}

/// A free port of this machine.
///
/// # Errors
/// Where the system gives none.
pub fn free_port() -> eyre::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
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
        let child = Command::new(std::env::current_exe()?)
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        self.child = Some(child);
        self.down = None;
        Ok(())
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
