//! Launched tokens with their parts.

use alloy::primitives::U256;
use ballast_bindings::launchpad::Launchpad;
use ballast_chain::Manifest;
use ballast_store::{Store, Token, all};

use super::FoldError;
use crate::IndexError;
use crate::changes::Changes;
use crate::check::Check;
use crate::facts::Entry;
use crate::watch::launched;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    match launched(entry.log) {
        Some(token) => Ok(changes.put(&token).await?),
        None => Ok(()),
    }
}

pub(super) async fn compare(
    store: &dyn Store,
    manifest: &Manifest,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let address = manifest.contracts.launchpad.address;
    let launchpad = Launchpad::new(address, check.provider());
    let count = check.read("token count", launchpad.tokenCount()).await?;
    let stored = all::<Token>(store).await?.len();
    check.same(
        || "launches: the number of tokens".to_owned(),
        U256::from(stored),
        count,
    );
    Ok(())
}
