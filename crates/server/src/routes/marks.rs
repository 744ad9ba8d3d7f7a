//! What happened, as marks on a time axis.

use std::collections::{BTreeMap, HashSet};

use alloy::primitives::U256;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer, listed};
use crate::app::App;
use crate::decode::{Argument, EventView, Role, contracts};
use crate::figures::token_of;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::events::{Wanted, page};
use crate::snapshot::{Snapshot, reading};
use crate::wire::{Hash, Word};

/// Events that make marks, beside the launch. A holder's own burn is a transfer to nobody.
const EVENTS: [&str; 10] = [
    "Borrowed",
    "ConverterBurned",
    "ExtendedByBurn",
    "FeesCut",
    "FeesProposed",
    "Filled",
    "Foreclosed",
    "Inflow",
    "Paused",
    "Redeemed",
];
/// Pages of events read for one answer.
const PAGES_MAX: usize = 20;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarkView {
    /// Unix seconds of the newest event in it.
    pub time: u64,
    /// Height of that event.
    pub block: u64,
    /// `launch`, `burn`, `auction`, `default`, `fee_change`, `pause`, `loan`, `redemption` or `donation`.
    pub kind: String,
    /// Events in it.
    pub count: u64,
    /// What they moved together.
    pub amount: Word,
    /// Unit of the amount: `token`, or the index of an asset.
    pub unit: String,
    /// The transaction, where it is one event.
    pub transaction: Option<Hash>,
}

/// What happened, for the time axis of a chart
///
/// The newest events; those of one kind in one hour are put together where there are many.
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/marks",
    tag = "history",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
    ),
    responses((status = 200, body = Listed<MarkView>), Refusals)
)]
pub(crate) async fn marks(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to"])?;
    let span = query.span()?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let token = token_of(snapshot, token).await?;
            let events = events(snapshot, &token, span).await?;
            let explained: HashSet<_> = events
                .iter()
                .filter(|event| event.role != Role::Token)
                .map(|event| event.transaction.0)
                .collect();
            let other = |event: &&EventView| {
                event.event != "Transfer" || !explained.contains(&event.transaction.0)
            };
            let mut marks: Vec<MarkView> = events.iter().filter(other).filter_map(mark).collect();
            if (span.0..=span.1).contains(&token.time) {
                marks.push(MarkView {
                    time: token.time,
                    block: token.block,
                    kind: "launch".to_owned(),
                    count: 1,
                    amount: Word::default(),
                    unit: "token".to_owned(),
                    transaction: None,
                });
            }
            marks.sort_by_key(|mark| (mark.time, mark.block));
            let marks = [3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400]
                .into_iter()
                .fold(marks, joined);
            Ok(listed(snapshot, (marks, None)))
        }),
    )
    .await
}

/// The newest events that make marks.
async fn events(
    snapshot: &Snapshot,
    token: &ballast_store::Token,
    span: (u64, u64),
) -> Result<Vec<EventView>, Problem> {
    let mut found = Vec::new();
    let names = EVENTS.map(str::to_owned).to_vec();
    // The token's own transfers are many and its burns few: they are looked for apart.
    for names in [names, vec!["Transfer".to_owned()]] {
        let transfers = names.len() == 1;
        let mut wanted = Wanted {
            names,
            contract: transfers.then_some(token.token),
            span,
            ascending: false,
            limit: bound::PAGE_MAX,
            after: None,
        };
        for _ in 0..PAGES_MAX {
            let (rows, next) = page(snapshot, (token.token, &contracts(token)), &wanted).await?;
            found.extend(rows);
            let place = next.as_deref().and_then(|next| next.split_once('.'));
            let place =
                place.and_then(|(block, index)| Some((block.parse().ok()?, index.parse().ok()?)));
            let Some(place) = place else { break };
            wanted.after = Some(place);
        }
    }
    Ok(found)
}

fn word(event: &EventView, name: &str) -> U256 {
    match event.args.get(name) {
        Some(Argument::One(text)) => text.parse().unwrap_or_default(),
        Some(Argument::Many(items)) => {
            let first = items.first().and_then(|text| text.parse().ok());
            first.unwrap_or_default()
        }
        None => U256::ZERO,
    }
}

fn text<'e>(event: &'e EventView, name: &str) -> &'e str {
    match event.args.get(name) {
        Some(Argument::One(text)) => text,
        _ => "",
    }
}

/// The mark of an event, where it makes one.
fn mark(event: &EventView) -> Option<MarkView> {
    let token = |kind: &'static str, name: &str| (kind, word(event, name), "token".to_owned());
    let (kind, amount, unit) = match event.event.as_str() {
        "Borrowed" => token("loan", "collateral"),
        "Redeemed" => token("redemption", "tokens"),
        "Foreclosed" => token("default", "collateral"),
        "Filled" => token("auction", "tokens"),
        "Paused" => ("pause", U256::ZERO, "token".to_owned()),
        "FeesCut" | "FeesProposed" => ("fee_change", U256::ZERO, "token".to_owned()),
        "ConverterBurned" => token("burn", "tokens"),
        "ExtendedByBurn" => token("burn", "burned"),
        "Inflow" if text(event, "source") == "0" => (
            "donation",
            word(event, "amount"),
            text(event, "asset").to_owned(),
        ),
        "Transfer" if is_burn(event) => token("burn", "value"),
        _ => return None,
    };
    Some(MarkView {
        time: event.time,
        block: event.block,
        kind: kind.to_owned(),
        count: 1,
        amount: amount.into(),
        unit,
        transaction: Some(event.transaction),
    })
}

/// Whether tokens were burned. What reserve and converter burn has an event of its own in the same transaction, and is
/// left out.
fn is_burn(event: &EventView) -> bool {
    let nobody = alloy::primitives::Address::ZERO.to_checksum(None);
    text(event, "to") == nobody && text(event, "from") != nobody
}

/// Marks of one kind in one period put together, where there are too many.
fn joined(marks: Vec<MarkView>, secs: u64) -> Vec<MarkView> {
    if marks.len() <= bound::MARKS_MAX {
        return marks;
    }
    let mut together: BTreeMap<(u64, String, String), MarkView> = BTreeMap::new();
    for mark in marks {
        let key = (
            mark.time - mark.time % secs,
            mark.kind.clone(),
            mark.unit.clone(),
        );
        match together.get_mut(&key) {
            None => {
                together.insert(key, mark);
            }
            Some(sum) => {
                sum.count = sum.count.saturating_add(mark.count);
                sum.amount = Word(sum.amount.0.saturating_add(mark.amount.0));
                (sum.time, sum.block) = (mark.time, mark.block);
                sum.transaction = None;
            }
        }
    }
    let mut marks: Vec<MarkView> = together.into_values().collect();
    marks.sort_by_key(|mark| (mark.time, mark.block));
    marks
}

#[cfg(test)]
mod tests {
    use super::{MarkView, joined};
    use crate::wire::Word;
    use alloy::primitives::U256;

    #[test]
    fn many_marks_of_a_kind_become_one_an_hour_and_nothing_is_lost() {
        let mark = |index: u64| MarkView {
            time: 1_800_000_000 + index * 60,
            block: index,
            kind: if index.is_multiple_of(2) {
                "loan"
            } else {
                "burn"
            }
            .to_owned(),
            count: 1,
            amount: Word(U256::from(3)),
            unit: "token".to_owned(),
            transaction: None,
        };
        let few: Vec<MarkView> = (0..10).map(mark).collect();
        assert_eq!(joined(few.clone(), 3_600), few);
        let many: Vec<MarkView> = (0..1_000).map(mark).collect();
        let together = joined(many, 3_600);
        assert!(together.len() <= 36, "{}", together.len());
        assert_eq!(together.iter().map(|one| one.count).sum::<u64>(), 1_000);
        let sum = together
            .iter()
            .fold(U256::ZERO, |sum, one| sum + one.amount.0);
        assert_eq!(sum, U256::from(3_000));
        assert!(together.is_sorted_by_key(|one| one.time));
    }
}
