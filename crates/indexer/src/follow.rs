//! Following the chain: poll, read on, say that one lives, go on over what passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ballast_store::{Column, Heartbeat, Record, Statement, Store, Write};
use tokio::time::MissedTickBehavior;

use crate::IndexError;
use crate::indexer::{FIRST_WAIT, Indexer, LONGEST_WAIT, Progress, Step, Summary};

/// How often a sign of life is written.
const BEAT: Duration = Duration::from_secs(2);
/// Signs of life older than that are of programs long gone.
const FORGOTTEN_SECS: u64 = 86_400;

/// How to follow a chain.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The name under which signs of life are written, one per process.
    pub service: String,
    /// How long to wait for a further block.
    pub poll: Duration,
}

/// What a sign of life says; shared with the loop that reads.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    pub block: AtomicU64,
    pub tip: AtomicU64,
    stopped: Mutex<Option<String>>,
}

impl Pulse {
    fn set_stopped(&self, reason: Option<String>) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn heartbeat(&self, service: &str) -> Heartbeat {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        Heartbeat {
            service: service.to_owned(),
            beat_at: now(),
            block: self.block.load(Ordering::Relaxed),
            tip: self.tip.load(Ordering::Relaxed),
            stopped: stopped.clone(),
        }
    }
}

/// Unix seconds by this machine's clock, which nothing but signs of life depends on.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl Indexer {
    /// Reads on as the chain does until `stop` ends, and writes signs of life all the while, also where it waits or
    /// has nothing to do. What passes, like an endpoint that is down, is waited out however long it takes; a
    /// projection that stops is told in the summary and the log, and the others go on. `on_progress` is called after
    /// every step, and whenever the newest block is reached.
    ///
    /// # Errors
    /// What does not pass: the store is of another deployment, or another program writes it.
    pub async fn follow(
        &mut self,
        follow: &Follow,
        stop: impl Future<Output = ()>,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<Summary, IndexError> {
        let (store, pulse) = (Arc::clone(&self.store), Arc::clone(&self.pulse));
        let forget = Statement::new("heartbeats", "delete_before");
        let before = vec![now().saturating_sub(FORGOTTEN_SECS).to_value()];
        // Where the store is not there at the moment, the loop finds out.
        let _ = store.write(vec![Write::new(forget, before)]).await;
        let result = {
            let reading = self.read_on(follow.poll, &mut on_progress);
            let beating = beat(store.as_ref(), &pulse, &follow.service);
            tokio::select! {
                () = stop => Ok(()),
                () = beating => Ok(()),
                error = reading => Err(error),
            }
        };
        let gone = Write::new(
            Statement::new("heartbeats", "delete"),
            pulse.heartbeat(&follow.service).key(),
        );
        if let Err(error) = store.write(vec![gone]).await {
            tracing::debug!("the last sign of life stays: {error}");
        }
        result?;
        Ok(self.totals())
    }

    /// Steps for ever; ends with an error that does not pass.
    async fn read_on(
        &mut self,
        poll: Duration,
        on_progress: &mut impl FnMut(Progress),
    ) -> IndexError {
        let mut wait = FIRST_WAIT;
        loop {
            let pause = match self.step().await {
                Ok(step) => {
                    self.pulse.set_stopped(None);
                    wait = FIRST_WAIT;
                    on_progress(self.progress_at(step));
                    match step {
                        Step::Done => poll,
                        Step::More { .. } => Duration::ZERO,
                    }
                }
                Err(error) if error.is_passing() => {
                    let pause = wait;
                    tracing::warn!("asking again in {} ms: {error}", pause.as_millis());
                    self.pulse.set_stopped(Some(error.to_string()));
                    self.step_failed();
                    wait = wait.saturating_mul(2).min(LONGEST_WAIT);
                    pause
                }
                Err(error) => return error,
            };
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// Writes signs of life for ever. It runs in the same task as the reading: one that hangs without waiting is silent.
async fn beat(store: &dyn Store, pulse: &Pulse, service: &str) {
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let heartbeat = pulse.heartbeat(service);
        if let Err(error) = store.write(vec![Write::put(&heartbeat)]).await {
            tracing::debug!("no sign of life written: {error}");
        }
    }
}
