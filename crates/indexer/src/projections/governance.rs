//! Who may change a synthetic, what is announced, and the last steps of its rates.

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use ballast_bindings::governor::VaultGovernor;
use ballast_bindings::rates::RateController;
use ballast_store::{Column, Governor, GovernorCall, RateStep, Store};

use super::FoldError;
use super::vaults::number;
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::Entry;
use crate::watch::event;

/// Governors, calls and steps compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(announced) = event::<VaultGovernor::Scheduled>(log) {
        let call = GovernorCall {
            governor: log.address,
            call: announced.id,
            target: announced.target,
            data: announced.data,
            ready_at: number(announced.readyAt),
            expires_at: number(announced.expiresAt),
            status: "scheduled".to_owned(),
            block: log.block,
        };
        return Ok(changes.put(&call).await?);
    }
    let ended = if let Some(gone) = event::<VaultGovernor::Cancelled>(log) {
        Some((gone.id, "cancelled"))
    } else {
        event::<VaultGovernor::Executed>(log).map(|ran| (ran.id, "executed"))
    };
    if let Some((id, status)) = ended {
        let key = vec![log.address.to_value(), id.to_value()];
        let call = changes.get::<GovernorCall>(key).await?;
        let mut call = call.ok_or_else(|| {
            FoldError::Impossible(format!(
                "block {}, log {} ends call {id} of {}, which was never announced",
                log.block, log.log_index, log.address
            ))
        })?;
        status.clone_into(&mut call.status);
        call.block = log.block;
        return Ok(changes.put(&call).await?);
    }
    let key = vec![log.address.to_value()];
    let found = changes.get::<Governor>(key).await?;
    let mut governor = found.unwrap_or(Governor {
        governor: log.address,
        synthetic: entry.part.token,
        ..Governor::default()
    });
    if let Some(set) = event::<VaultGovernor::GuardianSet>(log) {
        governor.guardian = set.guardian;
    } else if let Some(set) = event::<VaultGovernor::OwnerSet>(log) {
        (governor.owner, governor.pending_owner) = (set.owner, Address::ZERO);
    } else if let Some(proposed) = event::<VaultGovernor::OwnerProposed>(log) {
        governor.pending_owner = proposed.owner;
    }
    Ok(changes.put(&governor).await?)
}

/// The last step of each market's rate.
pub(super) async fn fold_rates(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
) -> Result<(), FoldError> {
    if let Some(stepped) = event::<RateController::Stepped>(entry.log) {
        let step = RateStep {
            controller: entry.log.address,
            market: number(stepped.market),
            synthetic: entry.part.token,
            gap: I256::into_raw(stepped.gap),
            sum: I256::into_raw(stepped.sum),
            rate: stepped.rate,
            stepped_at: entry.log.time,
        };
        changes.put(&step).await?;
    }
    Ok(())
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let word = |account: Address| account.into_word().into();
    for stored in touched.records::<Governor>(store, COMPARED_MAX).await? {
        let governor = VaultGovernor::new(stored.governor, check.provider());
        let (owner, next) = (governor.owner(), governor.pendingOwner());
        let guardian = governor.guardian();
        let owner = check.read("owner", owner).await?;
        let next = check.read("pending owner", next).await?;
        let guardian = check.read("guardian", guardian).await?;
        let name = |what: &str| {
            format!(
                "governance: the {what} of {}, as a number,",
                stored.governor
            )
        };
        check.same(|| name("owner"), word(stored.owner), word(owner));
        let ours = word(stored.pending_owner);
        check.same(|| name("proposed owner"), ours, word(next));
        check.same(|| name("guardian"), word(stored.guardian), word(guardian));
    }
    for stored in touched.records::<GovernorCall>(store, COMPARED_MAX).await? {
        let governor = VaultGovernor::new(stored.governor, check.provider());
        let seen = check.read("call", governor.scheduled(stored.call)).await?;
        let waits = stored.status == "scheduled";
        let ours = if waits { stored.ready_at } else { 0 };
        let name = || {
            let (call, governor) = (stored.call, stored.governor);
            format!("governance: when call {call} of {governor} is ready")
        };
        check.same(name, U256::from(ours), seen.readyAt);
    }
    for stored in touched.records::<RateStep>(store, COMPARED_MAX).await? {
        let controller = RateController::new(stored.controller, check.provider());
        let market = U256::from(stored.market);
        let seen = check.read("memory", controller.memoryOf(market)).await?;
        let name = |what: &str| {
            let (market, controller) = (stored.market, stored.controller);
            format!("governance: the {what} of market {market} in {controller}")
        };
        check.same(|| name("past errors"), stored.sum, seen.sum.into_raw());
        let ours = U256::from(stored.stepped_at);
        check.same(|| name("last step"), ours, seen.steppedAt);
    }
    Ok(())
}
