//! Who may do what to a token, with which delay, and what nobody may do.

use alloy::primitives::Address;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Column, Powers};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::decode::{EventView, contracts};
use crate::figures::TokenState;
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::events::{Wanted, page};
use crate::snapshot::{AsOf, Snapshot, reading};
use crate::wire::Addr;

/// How long a raise of fees and a change of recipients wait in public.
const DELAY_SECS: u64 = 3 * 86_400;

/// One power, or one that nobody has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PowerView {
    /// What it does.
    pub power: String,
    /// Who has it; null for anybody, or for nobody where `cannot` is true.
    pub holder: Option<Addr>,
    /// `owner`, `guardian`, `anyone`, `borrower`, `holder`, `beneficiary` or `nobody`.
    pub holder_role: String,
    /// How long it waits in public before it holds.
    pub delay_secs: u64,
    /// What bounds it.
    pub limit: String,
    /// The contract.
    pub contract: Addr,
    /// Its function; for what nobody can do, what shows that.
    pub function: String,
    /// How to see it for oneself.
    pub evidence: String,
    /// Whether nobody has it.
    pub cannot: bool,
}

/// Who may do what.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PowersAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Every power, and those that nobody has.
    pub powers: Vec<PowerView>,
    /// What their holders did, the newest first, at most 100.
    pub changes: Vec<EventView>,
}

/// Who may do what, and what nobody may
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/powers",
    tag = "tokens",
    params(("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address")),
    responses((status = 200, body = PowersAnswer), Refusals)
)]
pub(crate) async fn powers(
    State(app): State<App>,
    InPath(token): InPath,
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
            let held: Option<Powers> = snapshot.get(vec![token.to_value()]).await?;
            let held = held.unwrap_or(Powers {
                token,
                owner: state.token.owner,
                guardian: Address::ZERO,
            });
            let mut powers = of_owner(&state, &held);
            powers.extend(of_guardian(&state, &held));
            powers.extend(of_anyone(&state));
            powers.extend(of_nobody(&state));
            Ok(PowersAnswer {
                as_of: snapshot.as_of(),
                powers,
                changes: changes(snapshot, &state).await?,
            })
        }),
    )
    .await
}

async fn changes(snapshot: &Snapshot, state: &TokenState) -> Result<Vec<EventView>, Problem> {
    let names = [
        "FeesCut",
        "FeesProposed",
        "GuardianNamed",
        "LockExtended",
        "OwnershipTransferStarted",
        "OwnershipTransferred",
        "Paused",
        "PoolRegistered",
        "RecipientChanged",
        "RecipientProposed",
        "Unpaused",
        "Withdrawn",
    ];
    let wanted = Wanted {
        names: names.map(str::to_owned).to_vec(),
        contract: None,
        span: (0, i64::MAX.unsigned_abs()),
        ascending: false,
        limit: 100.min(bound::PAGE_MAX),
        after: None,
    };
    Ok(page(
        snapshot,
        (state.token.token, &contracts(&state.token)),
        &wanted,
    )
    .await?
    .0)
}

fn power(
    what: &str,
    (holder, role): (Option<Address>, &str),
    limit: impl Into<String>,
    (contract, function): (Address, &str),
    evidence: &str,
) -> PowerView {
    PowerView {
        power: what.to_owned(),
        holder: holder.map(Addr),
        holder_role: role.to_owned(),
        delay_secs: 0,
        limit: limit.into(),
        contract: contract.into(),
        function: function.to_owned(),
        evidence: evidence.to_owned(),
        cannot: false,
    }
}

fn delayed(view: PowerView) -> PowerView {
    PowerView {
        delay_secs: DELAY_SECS,
        ..view
    }
}

/// Basis points as people say them, exactly: 1000 is 10 %, 25 is 0.25 %.
fn percent(bps: u64) -> String {
    let (whole, rest) = (bps / 100, bps % 100);
    let digits = format!("{rest:02}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole} %"),
        digits => format!("{whole}.{digits} %"),
    }
}

fn of_owner(state: &TokenState, held: &Powers) -> Vec<PowerView> {
    let token = state.token.token;
    let somebody = !held.owner.is_zero();
    let owner = (
        somebody.then_some(held.owner),
        if somebody { "owner" } else { "nobody" },
    );
    let mut all = vec![
        power(
            "Name the guardian",
            owner,
            "at once; a pause in force stays",
            (token, "setGuardian(address)"),
            "owner() and guardian() of the token",
        ),
        power(
            "Hand the ownership on, or give it up for good",
            owner,
            "the new owner must accept",
            (token, "transferOwnership(address)"),
            "owner() and pendingOwner() of the token",
        ),
    ];
    if let Some(converter) = state.token.converter {
        let facts = &state.facts;
        let limit = format!(
            "at most {} to buy and {} to sell, fixed at launch",
            percent(facts.max_buy_bps),
            percent(facts.max_sell_bps)
        );
        all.push(power(
            "Cut the trading fees",
            owner,
            "at once; never below zero",
            (token, "setFees(uint256,uint256)"),
            "fees() of the token",
        ));
        all.push(delayed(power(
            "Raise the trading fees",
            owner,
            limit,
            (token, "setFees(uint256,uint256)"),
            "pendingFees() and maxFees() of the token",
        )));
        all.push(delayed(power(
            "Replace a recipient of fees",
            owner,
            "the recipients' shares are fixed at launch",
            (converter, "proposeRecipient(uint256,address)"),
            "pendingRecipient(index) and split() of the converter",
        )));
    }
    all.into_iter()
        .map(|view| PowerView {
            cannot: !somebody,
            ..view
        })
        .collect()
}

fn of_guardian(state: &TokenState, held: &Powers) -> Vec<PowerView> {
    let somebody = !held.guardian.is_zero();
    let role = if somebody { "guardian" } else { "nobody" };
    let guardian = (somebody.then_some(held.guardian), role);
    let pause = power(
        "Pause entries: borrowing, flash loans and the auction",
        guardian,
        "at most 7 days, and not again for 7 days after; loan deadlines move by the paused time",
        (state.token.reserve, "pause(uint256)"),
        "pausedUntil() of the reserve and guardian() of the token",
    );
    vec![PowerView {
        cannot: !somebody,
        ..pause
    }]
}

fn of_anyone(state: &TokenState) -> Vec<PowerView> {
    let (token, reserve) = (state.token.token, state.token.reserve);
    let anyone = (None, "anyone");
    let mut all = vec![
        power(
            "Repay any loan, in whole or in part",
            anyone,
            "until the end of grace; never paused",
            (reserve, "repay(uint256,uint256[])"),
            "loan(id) of the reserve",
        ),
        power(
            "Foreclose a loan",
            anyone,
            "once deadline and grace have passed; never paused",
            (reserve, "foreclose(uint256[])"),
            "loan(id) of the reserve",
        ),
        power(
            "Give to the reserve",
            anyone,
            "what is given vests over one period of the stream",
            (reserve, "donate(uint256,uint256)"),
            "assetAt(index) of the reserve",
        ),
        power(
            "Burn tokens of one's own",
            (None, "holder"),
            "one's own only",
            (token, "burn(uint256)"),
            "totalSupply() of the token",
        ),
    ];
    if state.facts.redeemable != 0 {
        all.push(power(
            "Redeem tokens for their backing",
            (None, "holder"),
            format!("less {}; never paused", percent(state.facts.redeem_fee_bps)),
            (reserve, "redeem(uint256,uint256,address,bool)"),
            "previewRedeem(tokens) of the reserve",
        ));
    }
    if state.token.converter.is_some() {
        all.push(power(
            "Register a further pool, whose trades then pay the fees",
            anyone,
            "only pools that the launch's factory made; never removed",
            (token, "registerPool(address)"),
            "isPool(account) of the token",
        ));
    }
    if let Some(lock) = state.token.liquidity_lock {
        all.push(power(
            "Take the launch's pool liquidity",
            (None, "beneficiary"),
            "only once the lock has ended; the lock can only grow",
            (lock, "withdraw(address)"),
            "lockedUntil() and beneficiary() of the lock",
        ));
    }
    all
}

fn of_nobody(state: &TokenState) -> Vec<PowerView> {
    let (token, reserve) = (state.token.token, state.token.reserve);
    let nobody = (None, "nobody");
    let mut all = vec![
        power(
            "Mint tokens",
            nobody,
            "the supply only falls",
            (token, "no function mints"),
            "the token's verified code; `ballast verify` compares its hash",
        ),
        power(
            "Take assets out of the reserve other than by redemption, loan or flash loan",
            nobody,
            "no owner, no rescue, no sweep",
            (reserve, "no function sends assets elsewhere"),
            "the reserve's verified code; `ballast verify` compares its hash",
        ),
        power(
            "Change the code of token, reserve or converter",
            nobody,
            "no proxy that can be pointed elsewhere",
            (reserve, "a minimal clone of a fixed implementation"),
            "the bytes at the reserve's address",
        ),
        power(
            "Pause redemption, repayment, extension, foreclosure or claims",
            nobody,
            "exits are never paused",
            (reserve, "exits check no pause"),
            "the reserve's verified code",
        ),
        power(
            "Seize or move a borrower's collateral before grace has ended",
            nobody,
            "a loan has no price at which it is closed",
            (reserve, "foreclose(uint256[])"),
            "loan(id) of the reserve",
        ),
        power(
            "Block an account",
            nobody,
            "no list of refused accounts",
            (token, "transfer checks no list"),
            "the token's verified code",
        ),
    ];
    if state.facts.redeemable == 0 {
        all.push(power(
            "Redeem tokens for their backing",
            nobody,
            "the launch left redemption off, for good; the backing can be borrowed against",
            (reserve, "redeem(uint256,uint256,address,bool)"),
            "terms() of the reserve",
        ));
    }
    all.into_iter()
        .map(|view| PowerView {
            cannot: true,
            ..view
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_said_exactly_and_shortly() {
        let said = [0, 5, 25, 30, 100, 1_000, 1_005, 10_000].map(percent);
        let expected = [
            "0 %", "0.05 %", "0.25 %", "0.3 %", "1 %", "10 %", "10.05 %", "100 %",
        ];
        assert_eq!(said, expected);
    }
}
