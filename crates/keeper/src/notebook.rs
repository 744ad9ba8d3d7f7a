//! What was decided about what, for `explain`.

use std::collections::HashMap;
use std::sync::Arc;

use ballast_store::{Decision, Store, Write};

use crate::action::{Proposal, Silence};
use crate::error::KeeperError;
use crate::execute::Decided;
use crate::reader::Header;
use crate::subject::Subject;

/// Most decisions written for one block; the rest is written for the next.
const WRITES_MAX: usize = 2_000;

/// One decision that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    strategy: &'static str,
    action: String,
    reason: String,
    profit: Option<String>,
}

/// The last decision about each subject, written to the store where it changed.
#[derive(Debug)]
pub struct Notebook {
    store: Arc<dyn Store>,
    keeper: String,
    written: HashMap<Subject, Note>,
    now: HashMap<Subject, Note>,
}

impl Notebook {
    /// Of the keeper, as its service is named.
    pub fn new(store: Arc<dyn Store>, keeper: String) -> Self {
        Self {
            store,
            keeper,
            written: HashMap::new(),
            now: HashMap::new(),
        }
    }

    /// Notes what was done with a proposal; that counts more than why other strategies did nothing, and what is on its
    /// way since this block more than what waits for it.
    pub fn done(&mut self, proposal: &Proposal, decided: &Decided) {
        for subject in proposal.call.about() {
            let before = self.now.get(&subject);
            let acted = |note: &Note| note.action != "wait" && note.action != "skip";
            if decided.action == "wait" && before.is_some_and(acted) {
                continue;
            }
            let note = Note {
                strategy: proposal.strategy.name(),
                action: decided.action.clone(),
                reason: decided.reason.clone(),
                profit: proposal.profit.map(|profit| profit.to_string()),
            };
            self.now.insert(subject, note);
        }
    }

    /// Notes why a strategy does nothing, unless something is known of the subject already.
    pub fn passed(&mut self, silence: &Silence) {
        let note = || Note {
            strategy: silence.strategy.name(),
            action: "skip".to_owned(),
            reason: silence.reason.clone(),
            profit: None,
        };
        self.now.entry(silence.subject).or_insert_with(note);
    }

    /// Writes what changed. Of vaults that nothing is thought of any more it says so once.
    ///
    /// # Errors
    /// The store fails; it is written the next time.
    pub async fn write(&mut self, header: &Header) -> Result<(), KeeperError> {
        let now = std::mem::take(&mut self.now);
        let calm = Note {
            strategy: "take",
            action: "skip".to_owned(),
            reason: "it is healthy, or has no debt".to_owned(),
            profit: None,
        };
        let mut changed: Vec<(Subject, Note)> = self
            .written
            .iter()
            .filter(|(subject, note)| {
                matches!(subject, Subject::Vault { .. })
                    && !now.contains_key(subject)
                    && **note != calm
            })
            .map(|(subject, _)| (*subject, calm.clone()))
            .collect();
        let news = now
            .into_iter()
            .filter(|(subject, note)| self.written.get(subject) != Some(note));
        changed.extend(news);
        changed.sort_by_key(|(subject, _)| *subject);
        changed.truncate(WRITES_MAX);
        if changed.is_empty() {
            return Ok(());
        }
        let writes = changed.iter().map(|(subject, note)| {
            Write::put(&Decision {
                keeper: self.keeper.clone(),
                subject: subject.to_string(),
                strategy: note.strategy.to_owned(),
                action: note.action.clone(),
                reason: note.reason.clone(),
                block: header.block.number,
                time: header.block.time.get(),
                profit: note.profit.clone(),
            })
        });
        self.store.write(writes.collect()).await?;
        self.written.extend(changed);
        Ok(())
    }
}
