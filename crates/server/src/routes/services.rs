//! Keepers and oracle nodes: signs of life, what they send, what keepers decided.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use axum::extract::State;
use axum::response::Response;
use ballast_store::{
    Attempt, Column, Decision, Heartbeat, Record, Row, SendRecord, StoreError, Value,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer_now, listed, page_of};
use crate::app::App;
use crate::problem::Problem;
use crate::query::{Query, bad_cursor, cursor_address, cursor_number};
use crate::routes::Refusals;
use crate::snapshot::{Asks, Snapshot, reading, service_kind, unix_now};
use crate::synthetics::risky::above_all;
use crate::wire::{Addr, Hash, Word};

/// States of a send; the first is any of the others.
const STATES: [&str; 8] = [
    "any",
    "wanted",
    "pending",
    "mined",
    "reverted",
    "cancelled",
    "expired",
    "dropped",
];

/// A keeper or an oracle node.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServiceView {
    /// Its name: `keeper:` and its account, or `oracle:` and its name.
    pub service: String,
    /// `keeper` or `oracle`.
    pub kind: String,
    /// Seconds since its last sign of life; null where none is kept.
    pub beat_age_secs: Option<u64>,
    /// The newest block that it handled.
    pub block: Option<u64>,
    /// The newest block of the chain as it last heard.
    pub tip: Option<u64>,
    /// Why it cannot go on at the moment; null where it does.
    pub stopped: Option<String>,
    /// The accounts that it sends from.
    pub addresses: Vec<Addr>,
    /// What it sent, by state.
    pub sends: BTreeMap<String, u64>,
}

/// Something that a service wants on the chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SendView {
    /// Its identifier: whatever happens, it is done once.
    pub id: String,
    /// The service.
    pub service: String,
    /// The account that it is sent from.
    pub address: Addr,
    /// What it is, in words.
    pub label: String,
    /// Where it goes.
    pub target: Addr,
    /// `wanted`, `pending`, `mined`, `reverted`, `cancelled`, `expired` or `dropped`.
    pub state: String,
    /// Its nonce; null before it has one.
    pub nonce: Option<u64>,
    /// Whether it is sent by private routes first.
    pub private: bool,
    /// Unix seconds at which it was wanted.
    pub created_at: u64,
    /// Unix seconds, by the chain, after which it is not sent any more; null for ever.
    pub valid_until: Option<u64>,
    /// Unix seconds at which it became final; null before.
    pub final_at: Option<u64>,
    /// Height of the block that it is in; null before.
    pub block: Option<u64>,
    /// Gas that it used; null before.
    pub gas_used: Option<u64>,
    /// What it cost, in wei; null before.
    pub fee_wei: Option<Word>,
    /// Why it failed; null where it did not.
    pub error: Option<String>,
    /// What was signed for it.
    pub attempts: Vec<AttemptView>,
}

/// A transaction that was signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// Its hash.
    pub hash: Hash,
    /// Its nonce.
    pub nonce: u64,
    /// Most that it pays for a unit of gas, in wei.
    pub max_fee_wei: Word,
    /// What of that goes to who makes the block, at most, in wei.
    pub priority_fee_wei: Word,
    /// Unix seconds at which it was sent; null where it was not yet.
    pub sent_at: Option<u64>,
    /// The route that it went: `private` or `public`; null before it was sent.
    pub route: Option<String>,
    /// Whether it is an empty one that takes the place of what is wanted no more.
    pub empty: bool,
}

/// What a keeper thought of a subject last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionView {
    /// The keeper.
    pub keeper: String,
    /// What it is about, as `book:market:owner` or `loan:reserve:number`.
    pub subject: String,
    /// The strategy that decided.
    pub strategy: String,
    /// What it decided: to act, and how, or to wait or skip.
    pub action: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Height of the block that it looked at.
    pub block: u64,
    /// Unix seconds of that block.
    pub time: u64,
    /// What it expected to gain, in decimal; null where that says nothing.
    pub profit: Option<String>,
}

/// Keepers and oracle nodes
#[utoipa::path(
    get,
    path = "/v1/keepers",
    tag = "services",
    responses((status = 200, body = Listed<ServiceView>), Refusals)
)]
pub(crate) async fn keepers(State(app): State<App>, query: Query) -> Result<Response, Problem> {
    query.only(&[])?;
    answer_now(
        &app,
        reading!(|snapshot| {
            let mut asks = Asks::default();
            let beats = asks.find::<Heartbeat>("all", Vec::new());
            let counts = asks.rows("sends", "count_by_state", Vec::new());
            let found = snapshot.ask(asks).await?;
            let services = services(&found.all(beats)?, found.rows(counts))?;
            Ok(listed(snapshot, (services, None)))
        }),
    )
    .await
}

/// What services send, the newest first
#[utoipa::path(
    get,
    path = "/v1/sends",
    tag = "services",
    params(
        ("service" = Option<String>, Query, max_length = 100, description = "Only of this service"),
        ("state" = Option<String>, Query, pattern = "^(any|wanted|pending|mined|reverted|cancelled|expired|dropped)$", description = "Only in this state; in any by default"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<SendView>), Refusals)
)]
pub(crate) async fn sends(State(app): State<App>, query: Query) -> Result<Response, Problem> {
    query.only(&["service", "state", "limit", "cursor"])?;
    let service = text(&query, "service", 100)?;
    let state = query.choice("state", &STATES)?;
    let limit = query.limit()?;
    let after = match query.cursor::<3>()? {
        Some([placed, address, rest]) => (
            cursor_number(&placed)?,
            cursor_address(&address)?.to_value(),
            text_of(&rest)?,
        ),
        None => (i64::MAX.unsigned_abs(), above_all(), String::new()),
    };
    let after = &after;
    answer_now(
        &app,
        reading!(|snapshot| {
            let mut params = vec![after.0.to_value(), after.1.clone(), after.2.to_value()];
            params.extend(optional(service));
            params.extend(optional(Some(state).filter(|state| *state != "any")));
            params.push((limit + 1).to_value());
            let found = snapshot.find::<SendRecord>("page_down", params).await?;
            let cursor = |one: &SendRecord| {
                let id = alloy::hex::encode(&one.id);
                format!("{}.{:#x}.{id}", one.placed, one.address)
            };
            let (found, next) = page_of(found, limit, cursor);
            Ok(listed(snapshot, (sends_of(snapshot, &found).await?, next)))
        }),
    )
    .await
}

/// What keepers decided last, the newest first
#[utoipa::path(
    get,
    path = "/v1/decisions",
    tag = "services",
    params(
        ("keeper" = Option<String>, Query, max_length = 100, description = "Only of this keeper"),
        ("subject" = Option<String>, Query, max_length = 200, description = "Only about this subject"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<DecisionView>), Refusals)
)]
pub(crate) async fn decisions(State(app): State<App>, query: Query) -> Result<Response, Problem> {
    query.only(&["keeper", "subject", "limit", "cursor"])?;
    let keeper = text(&query, "keeper", 100)?;
    let subject = text(&query, "subject", 200)?;
    let limit = query.limit()?;
    let after = match query.cursor::<3>()? {
        Some([time, keeper, subject]) => {
            (cursor_number(&time)?, text_of(&keeper)?, text_of(&subject)?)
        }
        None => (i64::MAX.unsigned_abs(), String::new(), String::new()),
    };
    let after = &after;
    answer_now(
        &app,
        reading!(|snapshot| {
            let mut params = vec![after.0.to_value(), after.1.to_value(), after.2.to_value()];
            params.extend(optional(keeper));
            params.extend(optional(subject));
            params.push((limit + 1).to_value());
            let found = snapshot.find::<Decision>("page_down", params).await?;
            let cursor = |one: &Decision| {
                let (keeper, subject) = (&one.keeper, &one.subject);
                let [keeper, subject] = [keeper, subject].map(alloy::hex::encode);
                format!("{}.{keeper}.{subject}", one.time)
            };
            let (found, next) = page_of(found, limit, cursor);
            let view = |one: Decision| DecisionView {
                keeper: one.keeper,
                subject: one.subject,
                strategy: one.strategy,
                action: one.action,
                reason: one.reason,
                block: one.block,
                time: one.time,
                profit: one.profit,
            };
            Ok(listed(
                snapshot,
                (found.into_iter().map(view).collect(), next),
            ))
        }),
    )
    .await
}

/// A parameter that is a text of at most so many characters.
fn text<'q>(query: &'q Query, name: &str, most: usize) -> Result<Option<&'q str>, Problem> {
    match query.text(name) {
        Some(given) if given.is_empty() || given.chars().count() > most => {
            let limit = format!("1 to {most} characters");
            Err(Problem::parameter(name, limit, given))
        }
        given => Ok(given),
    }
}

/// A part of a cursor that stands for a text.
fn text_of(part: &str) -> Result<String, Problem> {
    let bytes = alloy::hex::decode(part).map_err(|_| bad_cursor(part))?;
    let text = String::from_utf8(bytes).map_err(|_| bad_cursor(part))?;
    // No text of a store holds one, and some databases take none.
    if text.contains('\0') {
        return Err(bad_cursor(part));
    }
    Ok(text)
}

/// A text to narrow a list by, and whether it does.
fn optional(text: Option<&str>) -> [Value; 2] {
    let given = text.is_some() && text.is_none_or(|text| !text.contains('\0'));
    let shown = text.filter(|_| given).unwrap_or_default();
    [
        shown.to_owned().to_value(),
        u64::from(text.is_some()).to_value(),
    ]
}

/// Services that beat or ever wanted something on the chain.
fn services(beats: &[Heartbeat], sums: &[Row]) -> Result<Vec<ServiceView>, Problem> {
    let mut all: BTreeMap<String, ServiceView> = BTreeMap::new();
    let none = |service: &str| ServiceView {
        service: service.to_owned(),
        kind: service_kind(service).unwrap_or("other").to_owned(),
        beat_age_secs: None,
        block: None,
        tip: None,
        stopped: None,
        addresses: Vec::new(),
        sends: BTreeMap::new(),
    };
    for beat in beats
        .iter()
        .filter(|beat| service_kind(&beat.service).is_some())
    {
        let view = all.entry(beat.service.clone());
        let view = view.or_insert_with(|| none(&beat.service));
        view.beat_age_secs = Some(unix_now().saturating_sub(beat.beat_at));
        (view.block, view.tip) = (Some(beat.block), Some(beat.tip));
        view.stopped.clone_from(&beat.stopped);
    }
    let corrupt = || StoreError::Corrupt { table: "sends" };
    for row in sums {
        let [service, address, state, count] = row.as_slice() else {
            return Err(corrupt().into());
        };
        let service = String::from_value(service).ok_or_else(corrupt)?;
        let address = Address::from_value(address).ok_or_else(corrupt)?;
        let state = String::from_value(state).ok_or_else(corrupt)?;
        let count = u64::from_value(count).ok_or_else(corrupt)?;
        let view = all.entry(service.clone()).or_insert_with(|| none(&service));
        if !view.addresses.contains(&Addr(address)) {
            view.addresses.push(Addr(address));
        }
        let sum = view.sends.entry(state).or_default();
        *sum = sum.saturating_add(count);
    }
    Ok(all.into_values().collect())
}

/// Sends with what was signed for them.
async fn sends_of(snapshot: &Snapshot, sends: &[SendRecord]) -> Result<Vec<SendView>, Problem> {
    let mut asks = Asks::default();
    let slots: Vec<_> = sends
        .iter()
        .map(|send| asks.find::<Attempt>("of_send", send.key()))
        .collect();
    let found = snapshot.ask(asks).await?;
    let mut views = Vec::new();
    for (send, slot) in sends.iter().zip(slots) {
        let attempts: Vec<Attempt> = found.all(slot)?;
        views.push(SendView {
            id: send.id.clone(),
            service: send.service.clone(),
            address: send.address.into(),
            label: send.label.clone(),
            target: send.target.into(),
            state: send.state.clone(),
            nonce: send.nonce,
            private: send.private == 1,
            created_at: send.created_at,
            valid_until: send.valid_until,
            final_at: send.final_at,
            block: send.block,
            gas_used: send.gas_used,
            fee_wei: send.fee_wei.map(Word),
            error: send.error.clone(),
            attempts: attempts.into_iter().map(attempt_view).collect(),
        });
    }
    Ok(views)
}

fn attempt_view(attempt: Attempt) -> AttemptView {
    AttemptView {
        hash: attempt.hash.into(),
        nonce: attempt.nonce,
        max_fee_wei: attempt.max_fee_wei.into(),
        priority_fee_wei: attempt.priority_fee_wei.into(),
        sent_at: attempt.sent_at,
        route: Some(attempt.route).filter(|route| route != "none"),
        empty: attempt.empty == 1,
    }
}
