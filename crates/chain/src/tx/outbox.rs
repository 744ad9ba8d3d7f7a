//! The outbox.

use std::sync::Arc;

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use ballast_store::Store;

use super::error::TxError;
use super::types::{Intent, Outcome, Policy, Queued, Routes, SendFigures, SendState};

/// The transactions of one key. Copies are handles of the same outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    routes: Routes,
    signer: PrivateKeySigner,
    policy: Policy,
}

impl Outbox {
    /// Opens the outbox of `signer`'s account in `store` and takes the key's lock, which is gone with the process.
    ///
    /// # Errors
    /// [`TxError::KeyInUse`] where another program has the lock, [`TxError::BadPolicy`], [`TxError::OtherChain`],
    /// [`TxError::Store`], [`TxError::Chain`].
    pub async fn open(
        store: Arc<dyn Store>,
        routes: Routes,
        signer: PrivateKeySigner,
        policy: Policy,
    ) -> Result<Self, TxError> {
        let shared = Shared {
            store,
            routes,
            signer,
            policy,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Writes `intent` down. Once this has returned it is not forgotten.
    ///
    /// # Errors
    /// [`TxError::BadIntent`], [`TxError::Store`].
    pub async fn enqueue(&self, intent: Intent) -> Result<Queued, TxError> {
        Err(unfinished(&intent.id))
    }

    /// Takes an intent back: at once where it was not signed, otherwise by an empty transaction in its place, which
    /// may come too late. False where there is none, or it is final.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn cancel(&self, id: &str) -> Result<bool, TxError> {
        Err(unfinished(id))
    }

    /// One pass: takes up what a killed program left, looks for what was mined, sends, replaces and cancels. Gives
    /// the intents that became final; one that a deep reorganisation took back may become final again later.
    ///
    /// # Errors
    /// [`TxError::Store`], [`TxError::Chain`] where the chain cannot be read, [`TxError::KeyInUse`] where the lock
    /// was lost to another program. Trying again is always safe.
    pub async fn step(&self) -> Result<Vec<Outcome>, TxError> {
        Err(unfinished(""))
    }

    /// What became of the intent `id`; none where there is none.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn state(&self, id: &str) -> Result<Option<SendState>, TxError> {
        Err(unfinished(id))
    }

    /// How many intents are not final yet.
    ///
    /// # Errors
    /// [`TxError::Store`].
    pub async fn waiting(&self) -> Result<usize, TxError> {
        Err(unfinished(""))
    }

    /// What was done since this program started.
    pub fn figures(&self) -> SendFigures {
        SendFigures::default()
    }

    /// The account that sends.
    pub fn address(&self) -> Address {
        self.shared.signer.address()
    }
}

fn unfinished(id: &str) -> TxError {
    TxError::BadIntent {
        id: id.to_owned(),
        field: "outbox",
        detail: "it is not built yet".to_owned(),
    }
}
