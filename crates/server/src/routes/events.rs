//! Every event of a token, decoded.

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, RawLog};

use crate::answer::{Listed, Page, answer, listed};
use crate::app::App;
use crate::decode::{EventView, Role, contracts, decode, event_names, name_of, roles_of};
use crate::figures::token_of;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::{Query, cursor_number};
use crate::routes::Refusals;
use crate::snapshot::{Asks, Snapshot, reading};

/// Which events, in which direction.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Names; empty for every event.
    pub names: Vec<String>,
    /// Only this contract's.
    pub contract: Option<Address>,
    /// Unix seconds, both included.
    pub span: (u64, u64),
    pub ascending: bool,
    pub limit: u64,
    /// Block and position after which to go on.
    pub after: Option<(u64, u64)>,
}

/// Names that are events of ours.
pub(crate) fn known_names(query: &Query, parameter: &str) -> Result<Vec<String>, Problem> {
    let names = query.names(parameter)?;
    let known = event_names();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let limit = format!("names of events, of {}", known.join(", "));
            Err(Problem::parameter(parameter, limit, name))
        }
        None => Ok(names),
    }
}

/// A place in the chain's order as a cursor.
pub(crate) fn place(block: u64, log_index: u64) -> String {
    format!("{block}.{log_index}")
}

/// The place of a cursor.
pub(crate) fn placed(query: &Query) -> Result<Option<(u64, u64)>, Problem> {
    let Some([block, index]) = query.cursor::<2>()? else {
        return Ok(None);
    };
    Ok(Some((cursor_number(&block)?, cursor_number(&index)?)))
}

/// Events of a token's contracts
///
/// With `kind`, a page may hold fewer rows than asked for, or none, and still have a `next`.
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/events",
    tag = "history",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("kind" = Option<String>, Query, max_length = 1000, description = "Names of events, parted by commas"),
        ("contract" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this contract's"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", description = "Newest first by default"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 100, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<EventView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["kind", "contract", "from", "to", "order", "limit", "cursor"])?;
    let wanted = &Wanted {
        names: known_names(&query, "kind")?,
        contract: query.address("contract")?,
        span: query.span()?,
        ascending: query.choice("order", &["desc", "asc"])? == "asc",
        limit: query.limit()?,
        after: placed(&query)?,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let token = token_of(snapshot, token).await?;
            let parts = contracts(&token);
            let page = page(snapshot, (token.token, &parts), wanted).await?;
            Ok(listed(snapshot, page))
        }),
    )
    .await
}

/// One page of the events of a token's or a synthetic's parts.
pub(crate) async fn page(
    snapshot: &Snapshot,
    (token, parts): (Address, &[(Address, Role)]),
    wanted: &Wanted,
) -> Result<Page<EventView>, Problem> {
    let emits = |role: &Role| {
        let mut names = wanted.names.iter();
        wanted.names.is_empty() || names.any(|name| roles_of(name).contains(role))
    };
    let sources: Vec<(Address, Role)> = parts
        .iter()
        .copied()
        .filter(|(address, role)| {
            emits(role) && wanted.contract.is_none_or(|contract| contract == *address)
        })
        .collect();
    let mut rows = Vec::new();
    let mut after = wanted.after;
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let mut scanned = 0;
    loop {
        let batch = batch(snapshot, &sources, wanted, after).await?;
        let full = u64::try_from(batch.len()).unwrap_or(u64::MAX) >= batch_size(wanted);
        scanned += batch_size(wanted);
        for (role, log) in &batch {
            let kept = wanted.names.is_empty()
                || name_of(*role, log)
                    .is_some_and(|name| wanted.names.iter().any(|one| one == name));
            if kept && rows.len() == limit {
                let next = after.map(|(block, index)| place(block, index));
                return Ok((rows, next));
            }
            after = Some((log.block, log.log_index));
            if kept {
                rows.push(decode(log, *role, Some(token)));
            }
        }
        if !full {
            return Ok((rows, None));
        }
        if scanned >= bound::LOGS_SCANNED_MAX {
            return Ok((rows, after.map(|(block, index)| place(block, index))));
        }
    }
}

/// Logs read at once: a page and one more, or many where only some of them are wanted.
fn batch_size(wanted: &Wanted) -> u64 {
    if wanted.names.is_empty() {
        wanted.limit.saturating_add(1)
    } else {
        1_000
    }
}

/// The next logs of several contracts in the chain's order.
async fn batch(
    snapshot: &Snapshot,
    sources: &[(Address, Role)],
    wanted: &Wanted,
    after: Option<(u64, u64)>,
) -> Result<Vec<(Role, RawLog)>, Problem> {
    let size = batch_size(wanted);
    let most = i64::MAX.unsigned_abs();
    let (statement, start) = if wanted.ascending {
        ("page_of_address_up", (0, 0))
    } else {
        ("page_of_address_down", (most, most))
    };
    // Ascending, the first log of block 0 would be skipped; no log of ours can be there.
    let (block, index) = after.unwrap_or(start);
    let mut asks = Asks::default();
    let mut slots = Vec::new();
    for (address, role) in sources {
        let params = vec![
            address.to_value(),
            block.to_value(),
            index.to_value(),
            wanted.span.0.to_value(),
            wanted.span.1.to_value(),
            size.to_value(),
        ];
        slots.push((*role, asks.find::<RawLog>(statement, params)));
    }
    let found = snapshot.ask(asks).await?;
    let mut logs = Vec::new();
    for (role, slot) in slots {
        let of_source = found.all(slot)?;
        logs.extend(of_source.into_iter().map(|log| (role, log)));
    }
    logs.sort_by_key(|(_, log)| (log.block, log.log_index));
    if !wanted.ascending {
        logs.reverse();
    }
    logs.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(logs)
}
