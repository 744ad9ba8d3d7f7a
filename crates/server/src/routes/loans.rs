//! Loans of a token, of a borrower, and those due soon.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, Loan, Row, Value};
use ballast_types::TokenAmount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, Page, answer, listed, page_of};
use crate::app::App;
use crate::figures::TokenState;
use crate::http::path::{InPath, LoanInPath};
use crate::options::bound;
use crate::problem::Problem;
use crate::query::{Query, cursor_address, cursor_number, cursor_word};
use crate::routes::Refusals;
use crate::snapshot::{AsOf, Asks, Snapshot, reading};
use crate::wire::{Addr, Word, words};

const STATUSES: [&str; 4] = ["open", "repaid", "foreclosed", "all"];
/// Open loans that a calendar counts.
const CALENDAR_MAX: usize = 50_000;

/// A loan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoanView {
    /// The reserve that lent.
    pub reserve: Addr,
    /// The token that is locked.
    pub token: Addr,
    /// Identifier.
    pub loan: Word,
    /// Who owes it.
    pub borrower: Addr,
    /// Token base units locked.
    pub collateral: Word,
    /// Base units owed of each asset.
    pub principal: Vec<Word>,
    /// Base units of each asset that back the collateral now.
    pub backing: Vec<Word>,
    /// Principal over backing now, the most over assets, rounded up; null where nothing backs a debt.
    pub ltv_bps: Option<u64>,
    /// Unix seconds at which it was opened.
    pub opened_at: u64,
    /// Unix seconds of the deadline; a pause moves it later.
    pub deadline: u64,
    /// Unix seconds from which anybody may foreclose it.
    pub grace_end: u64,
    /// Deadline less now; negative once it has passed.
    pub seconds_left: i64,
    /// `open`, `repaid` or `foreclosed`.
    pub status: String,
    /// `term`, `grace`, `expired` or `closed`.
    pub phase: String,
}

impl LoanView {
    /// How `loan` stands now.
    pub(crate) fn of(state: &TokenState, loan: &Loan) -> Result<Self, Problem> {
        let collateral = TokenAmount::new(loan.collateral);
        let deadline = state.deadline(loan)?;
        let grace_end = deadline.saturating_add(state.facts.grace_secs);
        let phase = match loan.status.as_str() {
            "open" if state.now < deadline => "term",
            "open" if state.now < grace_end => "grace",
            "open" => "expired",
            _ => "closed",
        };
        let seconds = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        Ok(Self {
            reserve: loan.reserve.into(),
            token: loan.token.into(),
            loan: loan.loan.into(),
            borrower: loan.borrower.into(),
            collateral: collateral.into(),
            principal: words(&loan.principal),
            backing: words(&state.backing_of(collateral)?),
            ltv_bps: state.ltv_bps(collateral, &loan.principal)?,
            opened_at: loan.opened_at,
            deadline,
            grace_end,
            seconds_left: seconds(deadline).saturating_sub(seconds(state.now)),
            status: loan.status.clone(),
            phase: phase.to_owned(),
        })
    }
}

/// How a list of loans is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Deadline,
    Size,
    Opened,
}

impl Order {
    fn statement(self) -> &'static str {
        match self {
            Self::Deadline => "page_by_deadline",
            Self::Size => "page_by_size",
            Self::Opened => "page_by_opened",
        }
    }

    /// What a loan is ordered by, as a word.
    fn key(self, loan: &Loan) -> U256 {
        match self {
            Self::Deadline => U256::from(loan.deadline_unpaused),
            Self::Size => loan.collateral,
            Self::Opened => U256::from(loan.opened_at),
        }
    }

    fn value(self, key: U256) -> Value {
        match self {
            Self::Size => key.to_value(),
            _ => u64::try_from(key)
                .unwrap_or(i64::MAX.unsigned_abs())
                .to_value(),
        }
    }

    /// Before every loan.
    fn start(self) -> (U256, U256) {
        match self {
            Self::Deadline => (U256::ZERO, U256::ZERO),
            _ => (U256::MAX, U256::MAX),
        }
    }
}

/// Loans of a token
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/loans",
    tag = "loans",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("status" = Option<String>, Query, pattern = "^(open|repaid|foreclosed|all)$", description = "Open ones by default"),
        ("borrower" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this borrower's"),
        ("sort" = Option<String>, Query, pattern = "^(deadline|size|opened)$", description = "Earliest deadline, largest collateral or newest first; deadline by default"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<LoanView>), Refusals)
)]
pub(crate) async fn of_token(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["status", "borrower", "sort", "limit", "cursor"])?;
    let status = query.choice("status", &STATUSES)?;
    let borrower = query.address("borrower")?;
    let order = match query.choice("sort", &["deadline", "size", "opened"])? {
        "size" => Order::Size,
        "opened" => Order::Opened,
        _ => Order::Deadline,
    };
    let limit = query.limit()?;
    let after = match query.cursor::<2>()? {
        Some([key, loan]) => (cursor_word(&key)?, cursor_word(&loan)?),
        None => order.start(),
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            let statuses: &[&'static str] = match status {
                "all" => &["open", "repaid", "foreclosed"],
                "repaid" => &["repaid"],
                "foreclosed" => &["foreclosed"],
                _ => &["open"],
            };
            let mut asks = Asks::default();
            let slots: Vec<_> = statuses
                .iter()
                .map(|status| {
                    let row = params(token, status, order, after, borrower, limit + 1);
                    asks.find::<Loan>(order.statement(), row)
                })
                .collect();
            let of_statuses = snapshot.ask(asks).await?;
            let mut found = Vec::new();
            for slot in slots {
                found.extend(of_statuses.all(slot)?);
            }
            found.sort_by_key(|loan| (order.key(loan), loan.loan));
            if order != Order::Deadline {
                found.reverse();
            }
            let cursor = |loan: &Loan| format!("{:x}.{:x}", order.key(loan), loan.loan);
            let (found, next) = page_of(found, limit, cursor);
            Ok(listed(snapshot, (views(&state, &found)?, next)))
        }),
    )
    .await
}

fn params(
    token: Address,
    status: &str,
    order: Order,
    after: (U256, U256),
    borrower: Option<Address>,
    limit: u64,
) -> Row {
    vec![
        token.to_value(),
        status.to_owned().to_value(),
        order.value(after.0),
        after.1.to_value(),
        borrower.unwrap_or_default().to_value(),
        u64::from(borrower.is_some()).to_value(),
        limit.to_value(),
    ]
}

fn views(state: &TokenState, loans: &[Loan]) -> Result<Vec<LoanView>, Problem> {
    loans.iter().map(|loan| LoanView::of(state, loan)).collect()
}

/// One loan's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoanAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The loan.
    pub loan: LoanView,
}

/// One loan
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/loans/{loan}",
    tag = "loans",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("loan" = String, Path, pattern = "^[0-9]{1,78}$", description = "The loan's identifier"),
    ),
    responses((status = 200, body = LoanAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    LoanInPath(token, id): LoanInPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            let key = vec![state.token.reserve.to_value(), id.to_value()];
            let loan: Option<Loan> = snapshot.get(key).await?;
            let loan = loan.ok_or_else(|| {
                Problem::unknown(
                    "loan",
                    format!("loan: this reserve never opened a loan {id}"),
                )
            })?;
            Ok(LoanAnswer {
                as_of: snapshot.as_of(),
                loan: LoanView::of(&state, &loan)?,
            })
        }),
    )
    .await
}

/// Open loans whose deadline falls on one day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    /// Unix seconds of the day's first second.
    pub starts: u64,
    /// How many.
    pub loans: u64,
    /// Token base units locked in them.
    pub collateral: Word,
    /// Base units owed of each asset.
    pub principal: Vec<Word>,
}

/// Open loans by the day of their deadline
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/loans/calendar",
    tag = "loans",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("interval" = Option<String>, Query, pattern = "^(day|hour)$", description = "Days by default"),
    ),
    responses((status = 200, body = Listed<CalendarDay>), Refusals)
)]
pub(crate) async fn calendar(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["interval"])?;
    let secs = match query.choice("interval", &["day", "hour"])? {
        "hour" => 3_600,
        _ => 86_400,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            let mut days: BTreeMap<u64, (u64, U256, Vec<U256>)> = BTreeMap::new();
            let nothing = vec![U256::ZERO; state.assets.len()];
            for loan in all_open(snapshot, token).await? {
                let deadline = state.deadline(&loan)?;
                let day = days.entry(deadline - deadline % secs);
                let (count, collateral, principal) =
                    day.or_insert_with(|| (0, U256::ZERO, nothing.clone()));
                *count = count.saturating_add(1);
                *collateral = collateral.saturating_add(loan.collateral);
                for (sum, owed) in principal.iter_mut().zip(&loan.principal) {
                    *sum = sum.saturating_add(*owed);
                }
            }
            let day = |(starts, (loans, collateral, principal)): (u64, (u64, U256, Vec<U256>))| {
                CalendarDay {
                    starts,
                    loans,
                    collateral: collateral.into(),
                    principal: words(&principal),
                }
            };
            Ok(listed(
                snapshot,
                (days.into_iter().map(day).collect(), None),
            ))
        }),
    )
    .await
}

/// Every open loan of a token, page by page.
async fn all_open(snapshot: &Snapshot, token: Address) -> Result<Vec<Loan>, Problem> {
    let mut loans: Vec<Loan> = Vec::new();
    let order = Order::Deadline;
    let mut after = order.start();
    loop {
        let row = params(token, "open", order, after, None, bound::PAGE_MAX);
        let found: Vec<Loan> = snapshot.find(order.statement(), row).await?;
        let Some(last) = found.last() else { break };
        after = (order.key(last), last.loan);
        loans.extend(found);
        if loans.len() >= CALENDAR_MAX {
            let limit = format!("a token with at most {CALENDAR_MAX} open loans");
            return Err(Problem::parameter("token", limit, &token.to_string()));
        }
    }
    Ok(loans)
}

/// Loans of all tokens
///
/// Open loans in the order of their deadlines as they would be without pauses; with `borrower`, also closed ones.
#[utoipa::path(
    get,
    path = "/v1/loans",
    tag = "loans",
    params(
        ("due_within" = Option<u64>, Query, maximum = 4294967295u64, description = "Only open ones whose deadline is at most so many seconds away"),
        ("borrower" = Option<String>, Query, pattern = "^0x[0-9a-fA-F]{40}$", description = "Only this borrower's"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<LoanView>), Refusals)
)]
pub(crate) async fn of_all(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["due_within", "borrower", "limit", "cursor"])?;
    let within = query.number("due_within", 0, u64::from(u32::MAX))?;
    let borrower = query.address("borrower")?;
    let limit = query.limit()?;
    let after = match query.cursor::<3>()? {
        Some([deadline, reserve, loan]) => Some((
            cursor_number(&deadline)?,
            cursor_address(&reserve)?,
            cursor_word(&loan)?,
        )),
        None => None,
    };
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let until = within.map(|secs| snapshot.now().saturating_add(secs));
            let page = across(snapshot, borrower, until, after, limit).await?;
            Ok(listed(snapshot, page))
        }),
    )
    .await
}

/// Where a list of loans across tokens goes on: deadline before pauses, reserve, loan.
pub(crate) type Place = (u64, Address, U256);

/// Loans across tokens: open ones with a deadline up to `until`, or all of a borrower's.
pub(crate) async fn across(
    snapshot: &Snapshot,
    borrower: Option<Address>,
    until: Option<u64>,
    after: Option<Place>,
    limit: u64,
) -> Result<Page<LoanView>, Problem> {
    let (deadline, reserve, loan) = after.unwrap_or_default();
    let place = [deadline.to_value(), reserve.to_value(), loan.to_value()];
    let most = i64::MAX.unsigned_abs();
    let found: Vec<Loan> = match borrower {
        Some(borrower) => {
            let mut params = vec![borrower.to_value()];
            params.extend(place);
            params.push((limit + 1).to_value());
            snapshot.find("page_of_borrower", params).await?
        }
        None => {
            let mut params = place.to_vec();
            params.push(until.unwrap_or(most).to_value());
            params.push((limit + 1).to_value());
            snapshot.find("page_open", params).await?
        }
    };
    let cursor = |loan: &Loan| {
        format!(
            "{}.{:#x}.{:x}",
            loan.deadline_unpaused, loan.reserve, loan.loan
        )
    };
    let (found, next) = page_of(found, limit, cursor);
    let mut states: HashMap<Address, Arc<TokenState>> = HashMap::new();
    let mut rows = Vec::new();
    for loan in found {
        let state = match states.entry(loan.token) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(TokenState::read(snapshot, loan.token).await?),
        };
        let view = LoanView::of(state, &loan)?;
        // A pause moves deadlines, so that some that the store finds are not due yet.
        let due = until.is_none_or(|until| view.status == "open" && view.deadline <= until);
        if due {
            rows.push(view);
        }
    }
    Ok((rows, next))
}
