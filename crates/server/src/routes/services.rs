//! Keepers and oracle nodes: signs of life, what they send, what keepers decided.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Listed;
use crate::app::App;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::wire::{Addr, Hash, Word};

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
    /// What it spent on fees so far, in wei.
    pub fees_wei: Word,
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
pub(crate) async fn keepers(
    State(app): State<App>,

    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}

/// What services send, the newest first
#[utoipa::path(
    get,
    path = "/v1/sends",
    tag = "services",
    params(
        ("service" = Option<String>, Query, max_length = 100, description = "Only of this service"),
        ("state" = Option<String>, Query, pattern = "^(wanted|pending|mined|reverted|cancelled|expired|dropped)$", description = "Only in this state"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<SendView>), Refusals)
)]
pub(crate) async fn sends(
    State(app): State<App>,

    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
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
pub(crate) async fn decisions(
    State(app): State<App>,

    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let _ = (app, uri, headers, query);
    Err(Problem::not_ready("not yet"))
}
