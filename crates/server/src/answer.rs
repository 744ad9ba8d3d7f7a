//! From figures to responses: one block, one tag, and no answer twice.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::app::App;
use crate::cache::Moment;
use crate::problem::Problem;
use crate::snapshot::{AsOf, Reading, Snapshot, Stamp, consistent, unix_now};

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The rows.
    pub data: Vec<T>,
    /// The cursor of the next page; null at the end. A page may hold fewer rows than were asked for before the end.
    pub next: Option<String>,
}

/// Rows with the cursor of the next page.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// Puts a page into its envelope.
pub(crate) fn listed<T>(snapshot: &Snapshot, page: Page<T>) -> Listed<T> {
    Listed {
        as_of: snapshot.as_of(),
        data: page.0,
        next: page.1,
    }
}

/// Cuts rows, of which one more than `limit` was read, to a page.
pub(crate) fn page_of<R>(mut rows: Vec<R>, limit: u64, cursor: impl Fn(&R) -> String) -> Page<R> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    (rows, next)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The state that answers at `stamp` are made of.
fn state(app: &App, stamp: &Stamp) -> String {
    let as_of = stamp.as_of(app);
    let mut digest = Sha256::new();
    digest.update(stamp.head.hash);
    digest.update([u8::from(as_of.stale)]);
    for progress in &stamp.progress {
        digest.update(progress.name.as_bytes());
        digest.update(progress.version.to_be_bytes());
        digest.update(progress.block.to_be_bytes());
        digest.update([u8::from(progress.stopped.is_some())]);
    }
    hex(&digest.finalize())
}

/// The tag of what `target` answers in `state`.
fn tag(state: &str, target: &str) -> String {
    let digest = Sha256::digest(format!("{state} {target}"));
    let short = hex(digest.get(..12).unwrap_or_default());
    format!("W/\"{short}\"")
}

fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter();
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim() == "*" || bare(one) == bare(tag))
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    untagged(response)
}

fn untagged(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn json(bytes: Bytes) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

/// Answers with what `make` reads at one block, or with 304 where the client has it.
pub(crate) async fn answer<'a, T: Serialize>(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    make: impl Fn(Snapshot) -> Reading<'a, T>,
) -> Result<Response, Problem> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let moment = |state: String| Moment {
        state,
        second: unix_now(),
    };
    // Only where the state as last read has an answer is it worth to ask whether it still is the state.
    if let Some(stamp) = app.stamps.newest().filter(|stamp| stamp.is_aligned()) {
        let known = state(app, &stamp);
        let tag = tag(&known, target);
        let has = matches(headers, &tag);
        let kept = app.cache.get(&moment(known.clone()), target);
        if has || kept.is_some() {
            let present = Stamp::read(app).await?;
            let holds = present.is_some_and(|stamp| state(app, &stamp) == known);
            if holds && has {
                return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &tag));
            }
            if let Some(bytes) = kept.filter(|_| holds) {
                return Ok(tagged(json(bytes), &tag));
            }
        }
    }
    let made = consistent(app, make).await?;
    let bytes = serde_json::to_vec(&made.value).map_err(Problem::inconsistent)?;
    let bytes = Bytes::from(bytes);
    if !made.is_whole {
        return Ok(untagged(json(bytes)));
    }
    let state = state(app, &made.stamp);
    let tag = tag(&state, target);
    app.cache.put(moment(state), target, &bytes);
    Ok(tagged(json(bytes), &tag))
}

/// Answers with what `make` reads, untagged: it may change without a block.
pub(crate) async fn answer_now<'a, T: Serialize>(
    app: &App,
    make: impl Fn(Snapshot) -> Reading<'a, T>,
) -> Result<Response, Problem> {
    let made = consistent(app, make).await?;
    let bytes = serde_json::to_vec(&made.value).map_err(Problem::inconsistent)?;
    Ok(untagged(json(Bytes::from(bytes))))
}
