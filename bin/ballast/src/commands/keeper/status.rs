//! `ballast keeper status`: the keepers that write a store.

use alloy::primitives::Address;
use ballast_store::{Column, Decision, Heartbeat, SendRecord, all, find};
use serde::Serialize;

use crate::cli::KeeperStoreArgs;
use crate::context::Context;
use crate::output::{Lines, Report};
use crate::units::instant;

/// Decisions that people are shown.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct KeeperReport {
    service: String,
    beat_at: u64,
    block: u64,
    tip: u64,
    on_its_way: Vec<SendReport>,
    decisions: Vec<DecisionReport>,
}

#[derive(Serialize)]
struct SendReport {
    id: String,
    label: String,
    state: String,
    nonce: Option<u64>,
    block: Option<u64>,
}

/// A decision as results carry it.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionReport {
    /// The keeper.
    pub keeper: String,
    /// What it is about.
    pub subject: String,
    /// Which strategy.
    pub strategy: String,
    /// What was decided, in a word.
    pub action: String,
    /// Why.
    pub reason: String,
    /// The block.
    pub block: u64,
    /// Its time, unix seconds.
    pub time: u64,
    /// The profit expected, base units of the synthetic.
    pub profit: Option<String>,
}

impl From<Decision> for DecisionReport {
    fn from(decision: Decision) -> Self {
        Self {
            keeper: decision.keeper,
            subject: decision.subject,
            strategy: decision.strategy,
            action: decision.action,
            reason: decision.reason,
            block: decision.block,
            time: decision.time,
            profit: decision.profit,
        }
    }
}

#[derive(Serialize)]
struct StatusReport {
    keepers: Vec<KeeperReport>,
}

impl Report for StatusReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        if self.keepers.is_empty() {
            lines.plain("no keeper has written this store");
        }
        for keeper in &self.keepers {
            lines
                .heading(&keeper.service)
                .add("sign of life", instant(keeper.beat_at))
                .add(
                    "handled",
                    format!("block {} of {}", keeper.block, keeper.tip),
                )
                .add("on its way", keeper.on_its_way.len());
            for send in &keeper.on_its_way {
                lines.add(&send.state, format!("{} ({})", send.label, send.id));
            }
            let rows: Vec<Vec<String>> = keeper
                .decisions
                .iter()
                .take(SHOWN)
                .map(|one| {
                    vec![
                        one.block.to_string(),
                        one.action.clone(),
                        one.subject.clone(),
                        one.reason.clone(),
                    ]
                })
                .collect();
            if !rows.is_empty() {
                lines.table(&["block", "action", "subject", "reason"], &rows);
            }
        }
        lines.text()
    }
}

/// Shows the keepers of a store.
///
/// # Errors
/// The store cannot be read.
pub async fn run(ctx: &Context, args: &KeeperStoreArgs) -> eyre::Result<()> {
    let store = ballast_store::open(&args.store).await?;
    let beats: Vec<Heartbeat> = all(store.as_ref()).await?;
    let mut keepers = Vec::new();
    for beat in beats {
        let Some(address) = beat.service.strip_prefix("keeper:") else {
            continue;
        };
        let address: Option<Address> = address.parse().ok();
        let open: Vec<SendRecord> = match address {
            Some(address) => find(store.as_ref(), "open", vec![address.to_value()]).await?,
            None => Vec::new(),
        };
        let mut decisions: Vec<Decision> =
            find(store.as_ref(), "of_keeper", vec![beat.service.to_value()]).await?;
        decisions.sort_by_key(|one| std::cmp::Reverse(one.block));
        keepers.push(KeeperReport {
            service: beat.service,
            beat_at: beat.beat_at,
            block: beat.block,
            tip: beat.tip,
            on_its_way: open
                .into_iter()
                .map(|send| SendReport {
                    id: send.id,
                    label: send.label,
                    state: send.state,
                    nonce: send.nonce,
                    block: send.block,
                })
                .collect(),
            decisions: decisions.into_iter().map(DecisionReport::from).collect(),
        });
    }
    ctx.out.result(&StatusReport { keepers })
}
