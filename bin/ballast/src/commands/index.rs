//! `ballast index`: the chain's events into a store.

use std::time::Duration;

use ballast_indexer::{Follow, Indexer, Options, Progress, Summary};
use indicatif::{HumanDuration, ProgressBar};
use serde::Serialize;

use super::up::asked_to_end;
use crate::cli::IndexArgs;
use crate::context::Context;
use crate::output::{Lines, Report};
use crate::services::expect_equal;

/// How long to wait for a further block.
const POLL: Duration = Duration::from_secs(1);

#[derive(Serialize)]
#[serde(transparent)]
struct IndexReport(Summary);

impl Report for IndexReport {
    fn human(&self) -> String {
        let summary = &self.0;
        let mut lines = Lines::new();
        lines
            .add(
                "block",
                format!("{} ({})", summary.block, summary.block_hash),
            )
            .add("events indexed", summary.events_indexed)
            .add("comparisons", summary.comparisons)
            .add("mismatches", summary.mismatches);
        if summary.unanswered > 0 {
            lines.add("not comparable", summary.unanswered);
        }
        if summary.blocks_taken_back > 0 {
            lines.add(
                "taken back",
                format!("{} blocks", summary.blocks_taken_back),
            );
        }
        for state in &summary.projections {
            let standing = match &state.stopped {
                Some(reason) => format!("stopped at block {}: {reason}", state.block),
                None => format!("at block {}", state.block),
            };
            lines.add(&state.name, standing);
        }
        lines.text()
    }
}

/// Indexes once, or until interrupted.
///
/// # Errors
/// The store or the chain fails, or a sum in the store is not the chain's.
pub async fn run(ctx: &Context, args: &IndexArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let store = ballast_store::open(&args.store).await?;
    let manifest = deployment.manifest.clone();
    let mut indexer = Indexer::new(deployment.endpoint, manifest, store, Options::default());
    for name in &args.reindex {
        indexer.reindex(name).await?;
    }
    let summary = if args.once {
        catch_up(ctx, &mut indexer).await?
    } else {
        follow(ctx, &mut indexer).await?
    };
    let outcome = expect_equal(&summary);
    ctx.out.result(&IndexReport(summary))?;
    outcome
}

async fn catch_up(ctx: &Context, indexer: &mut Indexer) -> eyre::Result<Summary> {
    let bar = ctx.out.bar("blocks", 0);
    let summary = indexer.catch_up(|progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    Ok(summary?)
}

/// Follows the chain until interrupted. Stopping between two transactions, wherever it is, leaves the store whole.
async fn follow(ctx: &Context, indexer: &mut Indexer) -> eyre::Result<Summary> {
    let bar = ctx.out.bar("blocks", 0);
    let mut following = false;
    let follow = Follow {
        service: format!("indexer:{}", std::process::id()),
        poll: POLL,
    };
    let ended = async {
        if let Err(error) = asked_to_end().await {
            tracing::warn!("interrupts are not heard: {error}");
            std::future::pending::<()>().await;
        }
    };
    let on_progress = |progress: Progress| {
        if following {
            return;
        }
        show(&bar, progress);
        if progress.block >= progress.tip {
            following = true;
            bar.finish_and_clear();
            ctx.out.note(&format!(
                "indexed to block {}; following the chain",
                progress.block
            ));
        }
    };
    let summary = indexer.follow(&follow, ended, on_progress).await;
    bar.finish_and_clear();
    Ok(summary?)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.tip.saturating_sub(progress.first));
    bar.set_position(progress.block.saturating_sub(progress.first));
    bar.set_message(format!(
        "{} events, {:#} left",
        progress.events,
        HumanDuration(bar.eta())
    ));
}
