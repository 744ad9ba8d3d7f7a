//! The task that follows the store and tells the hub.

use std::time::{Duration, Instant};

use ballast_store::{Block, Column, RawLog, Token, Watched, all, find, get};

use crate::app::App;
use crate::decode::{Role, name_of};
use crate::live::{Message, Place, Told, directory, has_mark, message, written};
use crate::options::bound;
use crate::problem::Problem;
use crate::snapshot::Stamp;

/// The loop's name in the server's health.
pub(crate) const LOOP: &str = "follow";
/// Blocks told one by one; a larger gap is told as a reset.
const BLOCKS_MAX: u64 = 1_000;
/// Logs read at once.
const LOGS_MAX: u64 = 500;
/// How long projections may lag behind the newest block before it is told all the same.
const ALIGN_PATIENCE: Duration = Duration::from_secs(2);

/// Follows the store until the server stops.
pub(crate) async fn run(app: App) {
    let mut waiting_since: Option<Instant> = None;
    loop {
        app.loops.beat(LOOP);
        match step(&app, &mut waiting_since).await {
            Ok(()) => {}
            Err(problem) => tracing::debug!("live events wait: {}", problem.detail()),
        }
        tokio::time::sleep(app.options.poll).await;
    }
}

/// Tells what is new.
async fn step(app: &App, waiting_since: &mut Option<Instant>) -> Result<(), Problem> {
    let Some(stamp) = Stamp::read(app).await? else {
        return Ok(());
    };
    crate::measure::head(app, &stamp);
    let head = head_message(app, &stamp);
    let Some(position) = app.hub.position() else {
        return start(app, head).await;
    };
    if position == head.place {
        *waiting_since = None;
        return Ok(());
    }
    // Who hears of a block finds its figures there.
    let since = *waiting_since.get_or_insert_with(Instant::now);
    if !stamp.is_aligned() && since.elapsed() < ALIGN_PATIENCE {
        return Ok(());
    }
    *waiting_since = None;
    tell(app, &stamp, head).await
}

fn head_message(app: &App, stamp: &Stamp) -> Message {
    Message {
        place: Place::after(stamp.head.number, stamp.head.hash),
        told: Told::Head,
        data: written(&stamp.as_of(app)),
    }
}

async fn load_directory(app: &App) -> Result<(), Problem> {
    let newest = vec![bound::TOKENS_RANKED_MAX.to_value()];
    let tokens = find::<Token>(app.store(), "newest", newest).await?;
    let watched = all::<Watched>(app.store()).await?;
    app.hub.set_directory(directory(&tokens, &watched));
    Ok(())
}

async fn blocks_after(app: &App, number: u64) -> Result<Vec<Block>, Problem> {
    let params = vec![number.to_value(), BLOCKS_MAX.to_value()];
    Ok(find(app.store(), "page_after", params).await?)
}

async fn start(app: &App, head: Message) -> Result<(), Problem> {
    load_directory(app).await?;
    let from = head.place.block.saturating_sub(BLOCKS_MAX);
    let kept = blocks_after(app, from).await?;
    app.hub.start(&kept, head.clone());
    // Who came before the first look at the store hears where he is.
    app.hub.tell(vec![head]);
    Ok(())
}

/// Whether a block that was told is still the store's; one older than all it keeps is.
async fn is_canonical(app: &App, number: u64, mark: u32) -> Result<bool, Problem> {
    let found: Option<Block> = get(app.store(), vec![number.to_value()]).await?;
    if let Some(block) = found {
        return Ok(has_mark(&block, mark));
    }
    let oldest = find::<Block>(app.store(), "oldest", Vec::new()).await?;
    Ok(oldest.first().is_some_and(|oldest| number < oldest.number))
}

/// The newest block that was told and is still the store's.
async fn ancestor(app: &App) -> Result<Option<Place>, Problem> {
    for (block, mark) in app.hub.newest_first() {
        if is_canonical(app, block, mark).await? {
            return Ok(Some(Place {
                block,
                index: Place::END,
                mark,
            }));
        }
    }
    Ok(None)
}

async fn tell(app: &App, stamp: &Stamp, head: Message) -> Result<(), Problem> {
    let Some(position) = app.hub.position() else {
        return Ok(());
    };
    let mut from = position;
    if !is_canonical(app, position.block, position.mark).await? {
        let Some(kept) = ancestor(app).await? else {
            return reset(app, head).await;
        };
        app.hub.tell(vec![Message::rollback(kept)]);
        load_directory(app).await?;
        from = kept;
    }
    let blocks = blocks_after(app, from.block).await?;
    let next = blocks.first().map(|block| block.number);
    let last = blocks.last().map_or(from.block, |block| block.number);
    let count = u64::try_from(blocks.len()).unwrap_or(u64::MAX);
    let gapless = next.is_none_or(|next| next == from.block.saturating_add(1))
        && last == from.block.saturating_add(count);
    if !gapless {
        return reset(app, head).await;
    }
    app.hub.extend(&blocks);
    tell_logs(app, from, last).await?;
    if last == stamp.head.number && app.hub.mark_of(last) == head.place.mark {
        app.hub.tell(vec![head]);
    }
    Ok(())
}

/// Tells the logs after `from` up to block `last`, page by page.
async fn tell_logs(app: &App, mut from: Place, last: u64) -> Result<(), Problem> {
    loop {
        let params = vec![
            from.block.to_value(),
            from.index.to_value(),
            last.to_value(),
            LOGS_MAX.to_value(),
        ];
        let logs: Vec<RawLog> = find(app.store(), "page_after", params).await?;
        // Blocks may have been taken back since their hashes were read: then the next round says so.
        if !is_canonical(app, last, app.hub.mark_of(last)).await? {
            return Ok(());
        }
        let full = u64::try_from(logs.len()).unwrap_or(u64::MAX) >= LOGS_MAX;
        let launchpad = app.manifest.contracts.launchpad.address;
        let known = app.hub.directory();
        let is_new = |log: &RawLog| {
            let launch = name_of(Role::Launchpad, log) == Some("TokenLaunched");
            launch || (log.address != launchpad && !known.contains_key(&log.address))
        };
        if logs.iter().any(is_new) {
            load_directory(app).await?;
        }
        let directory = app.hub.directory();
        if let Some(log) = logs.last() {
            from = Place {
                block: log.block,
                index: log.log_index,
                mark: app.hub.mark_of(log.block),
            };
        }
        let messages = logs.iter().filter_map(|log| message(app, &directory, log));
        app.hub.tell(messages.collect());
        if !full {
            return Ok(());
        }
    }
}

/// Starts anew: the gap is too large, or the store was filled anew.
async fn reset(app: &App, head: Message) -> Result<(), Problem> {
    load_directory(app).await?;
    let from = head.place.block.saturating_sub(BLOCKS_MAX);
    let kept = blocks_after(app, from).await?;
    let place = head.place;
    app.hub.start(&kept, head.clone());
    app.hub.tell(vec![Message::reset(place), head]);
    Ok(())
}
