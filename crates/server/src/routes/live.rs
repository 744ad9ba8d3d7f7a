//! Live events as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use ballast_store::{Column, RawLog, find};
use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::decode::topic;
use crate::live::{Message, Place, Standing, Told, message};
use crate::measure::Present;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::events::known_names;

/// Logs that a listener who is behind reads at once; the most that is held for him.
const PAGE: u64 = 100;
/// How often a silent stream says that it is there.
const PING: Duration = Duration::from_secs(15);
/// How long a place that this server has not reached is waited for: another server may have told it first.
const AHEAD_MAX: Duration = Duration::from_secs(10);
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// Events as they happen
///
/// Server-sent events: `log` with a decoded event, `head` with the newest block after each, `rollback` with the block
/// down to which the chain took everything back, `reset` where nobody can tell what was missed. Each has an identifier;
/// given back as `Last-Event-ID`, the stream goes on after it.
#[utoipa::path(
    get,
    path = "/v1/live",
    tag = "live",
    params(
        ("token" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this token's or synthetic's events"),
        ("topics" = Option<String>, Query, pattern = "^(vaults|auctions|prices)(,(vaults|auctions|prices)){0,2}$", description = "Events of vaults, of their auctions or of prices, parted by commas; beside those named by `kinds`"),
        ("kinds" = Option<String>, Query, max_length = 1000, description = "Names of events, parted by commas"),
        ("last_event_id" = Option<String>, Query, max_length = 64, description = "As the header Last-Event-ID"),
    ),
    responses((status = 200, body = String, content_type = "text/event-stream"), Refusals)
)]
pub(crate) async fn live(
    State(app): State<App>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["token", "topics", "kinds", "last_event_id"])?;
    let mut names = known_names(&query, "kinds")?;
    for name in query.names("topics")? {
        let events = topic(&name).ok_or_else(|| {
            let limit = "some of vaults, auctions and prices, parted by commas";
            Problem::parameter("topics", limit, &name)
        })?;
        names.extend(events.iter().map(|name| (*name).to_owned()));
    }
    let filter = Filter {
        token: query.address("token")?,
        names,
    };
    let header = headers.get("last-event-id");
    let header = header.map(|value| value.to_str().unwrap_or("?").to_owned());
    let given = header.or_else(|| query.text("last_event_id").map(str::to_owned));
    let given = given.filter(|given| !given.is_empty());
    let after = given.map(|given| {
        Place::parse(&given).ok_or_else(|| {
            Problem::parameter(
                "last_event_id",
                "the id of a message of this stream",
                &given,
            )
        })
    });
    let after = after.transpose()?;
    let permit = Arc::clone(&app.subscribers).try_acquire_owned();
    let permit = permit.map_err(|_| {
        let limit = format!(
            "at most {} live subscribers at once",
            app.options.subscribers_max
        );
        Problem::of_field(StatusCode::TOO_MANY_REQUESTS, "subscribers", limit, "")
    })?;
    let listener = Listener::new(app, filter, after, permit);
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let ping = KeepAlive::new().interval(PING).text("ping");
    Ok(Sse::new(events.fuse()).keep_alive(ping).into_response())
}

/// What a listener wants of the events.
#[derive(Clone, Debug)]
struct Filter {
    token: Option<Address>,
    names: Vec<String>,
}

impl Filter {
    fn takes(&self, message: &Message) -> bool {
        let Told::Log { token, name } = &message.told else {
            return true;
        };
        let named = self.names.is_empty() || self.names.contains(name);
        named && self.token.is_none_or(|wanted| *token == Some(wanted))
    }
}

/// One listener's stream.
struct Listener {
    app: App,
    filter: Filter,
    messages: Receiver<Arc<Message>>,
    /// Up to where everything was handed on.
    cursor: Option<Place>,
    /// Whether the ring has all that follows the cursor; else the store is read.
    is_live: bool,
    waiting: VecDeque<Event>,
    joined_at: Instant,
    _permit: OwnedSemaphorePermit,
    _present: Present,
}

fn event(message: &Message) -> Event {
    let name = match message.told {
        Told::Log { .. } => "log",
        Told::Head => "head",
        Told::Rollback { .. } => "rollback",
        Told::Reset => "reset",
    };
    Event::default()
        .event(name)
        .id(message.place.id())
        .data(&message.data)
}

impl Listener {
    fn new(app: App, filter: Filter, after: Option<Place>, permit: OwnedSemaphorePermit) -> Self {
        let joined = app.hub.join();
        let mut waiting = VecDeque::from([Event::default().retry(RETRY).comment("live")]);
        if after.is_none() {
            waiting.extend(joined.head.as_deref().map(event));
        }
        Self {
            app,
            filter,
            messages: joined.messages,
            cursor: after.or(joined.position),
            is_live: after.is_none(),
            waiting,
            joined_at: Instant::now(),
            _permit: permit,
            _present: Present::new(),
        }
    }

    /// The next event; none when the server ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.is_live {
                self.listen().await?;
            } else if let Err(problem) = self.catch_up().await {
                // The store does not answer: it is asked again, nothing is skipped.
                tracing::debug!("a live subscriber waits: {}", problem.detail());
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    fn hand_on(&mut self, message: &Message) {
        if self.filter.takes(message) {
            self.waiting.push_back(event(message));
        }
    }

    async fn listen(&mut self) -> Option<()> {
        match self.messages.recv().await {
            Ok(message) => {
                let newer = self
                    .cursor
                    .is_none_or(|cursor| message.place.is_after(&cursor));
                let taken_back = match message.told {
                    Told::Rollback { to } => self.cursor.is_some_and(|cursor| cursor.block > to),
                    Told::Reset => true,
                    _ => false,
                };
                if newer || taken_back {
                    self.hand_on(&message);
                    self.cursor = Some(message.place);
                }
                Some(())
            }
            Err(RecvError::Lagged(_)) => {
                metrics::counter!("ballast_live_fell_behind_total").increment(1);
                self.is_live = false;
                Some(())
            }
            Err(RecvError::Closed) => None,
        }
    }

    /// Reads what follows the cursor from the store, one page.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        // Joined before anything is read: what is told meanwhile is not missed.
        let joined = self.app.hub.join();
        let (Some(cursor), Some(position)) = (self.cursor, joined.position) else {
            // The server has not looked at the store yet.
            tokio::time::sleep(self.app.options.poll).await;
            return Ok(());
        };
        match self.app.hub.standing(&cursor) {
            Standing::Canonical => {}
            Standing::RolledBack(to) => {
                self.hand_on(&Message::rollback(to));
                self.cursor = Some(to);
                return Ok(());
            }
            Standing::Unknown
                if cursor.block >= position.block && self.joined_at.elapsed() < AHEAD_MAX =>
            {
                tokio::time::sleep(self.app.options.poll).await;
                return Ok(());
            }
            Standing::Unknown => {
                self.hand_on(&Message::reset(position));
                self.waiting.extend(joined.head.as_deref().map(event));
                self.cursor = Some(position);
                self.messages = joined.messages;
                self.is_live = true;
                return Ok(());
            }
        }
        let params = vec![
            cursor.block.to_value(),
            cursor.index.to_value(),
            position.block.to_value(),
            PAGE.to_value(),
        ];
        let logs: Vec<RawLog> = find(self.app.store(), "page_after", params).await?;
        let full = u64::try_from(logs.len()).unwrap_or(u64::MAX) >= PAGE;
        let directory = self.app.hub.directory();
        for log in &logs {
            if let Some(message) = message(&self.app, &directory, log) {
                self.hand_on(&message);
            }
            self.cursor = Some(Place {
                block: log.block,
                index: log.log_index,
                mark: self.app.hub.mark_of(log.block),
            });
        }
        if !full {
            let head = joined.head.filter(|head| head.place == position);
            self.waiting.extend(head.as_deref().map(event));
            self.cursor = self
                .cursor
                .filter(|at| at.is_after(&position))
                .or(Some(position));
            self.messages = joined.messages;
            self.is_live = true;
        }
        Ok(())
    }
}
