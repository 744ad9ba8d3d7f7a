//! The exchange of a synthetic with a custody token.

use alloy::primitives::U256;
use ballast_bindings::peg::PegModule as Module;
use ballast_store::{Column, PegModule, PegMove, RawLog, Store};

use super::{FoldError, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::Entry;
use crate::watch::event;

/// Modules compared after a batch, at most so many.
const COMPARED_MAX: usize = 32;

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    let key = vec![log.address.to_value()];
    let found = changes.get::<PegModule>(key).await?;
    let mut module = found.unwrap_or(PegModule {
        module: log.address,
        synthetic: entry.part.token,
        ..PegModule::default()
    });
    let made = |kind: &str| PegMove {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        synthetic: entry.part.token,
        module: log.address,
        kind: kind.to_owned(),
        ..PegMove::default()
    };
    let moved = if let Some(entered) = event::<Module::Entered>(log) {
        module.custody = more("the custody", log, module.custody, entered.units)?;
        module.entered = more("what came in", log, module.entered, entered.units)?;
        PegMove {
            account: Some(entered.payer),
            recipient: Some(entered.to),
            units: entered.units,
            amount: entered.minted,
            ..made("entered")
        }
    } else if let Some(exited) = event::<Module::Exited>(log) {
        module.custody = less("the custody", log, module.custody, exited.units)?;
        module.exited = more("what went out", log, module.exited, exited.units)?;
        PegMove {
            account: Some(exited.holder),
            recipient: Some(exited.to),
            units: exited.units,
            amount: exited.burned,
            ..made("exited")
        }
    } else if let Some(of) = fold_inside(log, &mut module)? {
        PegMove {
            units: of.1,
            amount: of.2,
            ..made(of.0)
        }
    } else {
        return Ok(());
    };
    changes.put(&moved).await?;
    Ok(changes.put(&module).await?)
}

/// What happens to the custody without anybody exchanging: its name, custody units, and synthetic.
fn fold_inside(
    log: &RawLog,
    module: &mut PegModule,
) -> Result<Option<(&'static str, U256, U256)>, FoldError> {
    if let Some(marked) = event::<Module::Marked>(log) {
        let kind = if marked.loss.is_negative() {
            "marked_back"
        } else {
            "marked"
        };
        return Ok(Some((kind, U256::ZERO, marked.loss.unsigned_abs())));
    }
    if let Some(lost) = event::<Module::CustodyLost>(log) {
        module.custody = less("the custody", log, module.custody, lost.units)?;
        return Ok(Some(("custody_lost", lost.units, U256::ZERO)));
    }
    if let Some(fees) = event::<Module::FeesCollected>(log) {
        return Ok(Some(("fees_collected", U256::ZERO, fees.minted)));
    }
    let Some(set) = event::<Module::CapSet>(log) else {
        return Ok(None);
    };
    module.cap = set.cap;
    Ok(Some(("cap_set", U256::ZERO, set.cap)))
}

pub(super) async fn compare(
    store: &dyn Store,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<PegModule>(store, COMPARED_MAX).await? {
        let module = Module::new(stored.module, check.provider());
        let (custody, cap) = (module.custody(), module.cap());
        let custody = check.read("custody", custody).await?;
        let cap = check.read("cap", cap).await?;
        let name = |what: &str| format!("peg: the {what} of {}", stored.module);
        check.same(|| name("custody"), stored.custody, custody);
        check.same(|| name("cap"), stored.cap, cap);
    }
    Ok(())
}
