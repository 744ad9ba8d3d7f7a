//! Who ends the chain where this program cannot: a process that waits for the end of this one, however that comes.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use ballast_chain::Anvil;

/// What the guard is told where there is nothing left to end.
const DONE: &str = "done";

/// A process that asks the chain to end where this program is killed. Services of this program end with their standard
/// input; anvil does not look at its own.
#[derive(Debug)]
pub struct Guard {
    child: Child,
}

impl Guard {
    /// A guard over `anvil`.
    ///
    /// # Errors
    /// Where this program cannot be started a second time.
    pub fn over(anvil: &Anvil) -> eyre::Result<Self> {
        let process = anvil.process_id().unwrap_or_default();
        let mut command = Command::new(std::env::current_exe()?);
        // A group of its own: what a terminal ends with an interrupt is not ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command
            .args(["up", "--guard", &process.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child })
    }

    /// Ends the guard, whose chain was stopped in order.
    pub fn release(mut self) {
        if let Some(mut input) = self.child.stdin.take() {
            // A guard that is gone does nothing any more.
            let _ = input.write_all(DONE.as_bytes());
        }
        let _ = self.child.wait();
    }
}

/// `ballast up --guard`: waits until standard input ends, and asks `process` to end unless it was told that all is done.
pub fn run(process: u32) {
    let mut told = String::new();
    // An input that cannot be read is as good as one that ended.
    let _ = std::io::stdin().read_to_string(&mut told);
    if told != DONE {
        ballast_chain::end_process(process);
    }
}
