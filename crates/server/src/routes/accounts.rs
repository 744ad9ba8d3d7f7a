//! What one account has and owes.

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Balance, Column};
use ballast_types::TokenAmount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::figures::TokenState;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::loans::{LoanView, across};
use crate::snapshot::{AsOf, Snapshot, reading};
use crate::views::{TokenSummary, summaries};
use crate::wire::{Word, words};

/// What an account has of one token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldingView {
    /// The token.
    pub token: TokenSummary,
    /// Token base units.
    pub amount: Word,
    /// Base units of each asset that back them.
    pub backing: Vec<Word>,
}

/// What an account has and owes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Tokens held, at most 500.
    pub balances: Vec<HoldingView>,
    /// Loans by deadline, at most 500; `/v1/loans` pages through more.
    pub loans: Vec<LoanView>,
}

/// What an account has and owes
#[utoipa::path(
    get,
    path = "/v1/accounts/{address}",
    tag = "tokens",
    params(("address" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The account")),
    responses((status = 200, body = AccountAnswer), Refusals)
)]
pub(crate) async fn account(
    State(app): State<App>,
    InPath(account): InPath,
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
            let limit = bound::HOLDINGS_MAX;
            let (loans, _) = across(snapshot, Some(account), None, None, limit).await?;
            Ok(AccountAnswer {
                as_of: snapshot.as_of(),
                balances: holdings(snapshot, account).await?,
                loans,
            })
        }),
    )
    .await
}

async fn holdings(snapshot: &Snapshot, account: Address) -> Result<Vec<HoldingView>, Problem> {
    let params = vec![
        account.to_value(),
        Address::ZERO.to_value(),
        bound::HOLDINGS_MAX.to_value(),
    ];
    let found = snapshot.find::<Balance>("page_of_holder", params).await?;
    let mut held = Vec::new();
    for balance in found.into_iter().filter(|one| !one.amount.is_zero()) {
        let state = TokenState::read(snapshot, balance.token).await?;
        held.push((balance, state));
    }
    let states: Vec<_> = held.iter().map(|(_, state)| (&**state, None)).collect();
    let summaries = summaries(snapshot, &states).await?;
    let mut holdings = Vec::new();
    for ((balance, state), summary) in held.iter().zip(summaries) {
        let claims = state.claims()?;
        // What lies at an unspendable address has no claim.
        let amount = TokenAmount::new(balance.amount).min(claims);
        holdings.push(HoldingView {
            token: summary.as_ref().clone(),
            amount: balance.amount.into(),
            backing: words(&state.backing_of(amount)?),
        });
    }
    Ok(holdings)
}
