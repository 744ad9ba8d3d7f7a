//! Launched tokens with their parts.

use alloy::primitives::{Address, U256};
use ballast_bindings::launchpad::Launchpad;
use ballast_chain::Manifest;
use ballast_store::{RawLog, Store, Token, all};

use super::{FoldError, failed};
use crate::IndexError;
use crate::changes::Changes;
use crate::check::Check;
use crate::watch::event;

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    let Some(made) = event::<Launchpad::TokenLaunched>(log) else {
        return Ok(());
    };
    let some = |address: Address| (!address.is_zero()).then_some(address);
    let token = Token {
        token: made.token,
        reserve: made.reserve,
        owner: made.owner,
        converter: some(made.converter),
        pool: some(made.pool),
        liquidity_lock: some(made.lock),
        assets: made.assets,
        seeds: made.seeds,
        block: log.block,
        time: log.time,
    };
    Ok(changes.put(&token).await?)
}

pub(super) async fn compare(
    store: &dyn Store,
    manifest: &Manifest,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let address = manifest.contracts.launchpad.address;
    let launchpad = Launchpad::new(address, check.endpoint.provider());
    let count = launchpad.tokenCount().block(check.at()).call().await;
    let count = count.map_err(failed("token count"))?;
    let stored = all::<Token>(store).await?.len();
    check.same(
        || "launches: the number of tokens".to_owned(),
        U256::from(stored),
        count,
    );
    Ok(())
}
