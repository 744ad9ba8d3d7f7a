//! `ballast borrow` and `ballast repay`.

use alloy::primitives::U256;
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::reserve::Reserve;
use ballast_chain::accrual::{AssetState, LoanState, TokenState};
use ballast_chain::{ChainError, Receipt, Step};
use ballast_types::LoanId;

use crate::act::{Done, Plan, carry_out, provide};
use crate::cli::{BorrowArgs, RepayArgs};
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::units::{
    Amount, fee_up, instant, list, mul_div_down, parse_asset, parse_tokens, per_asset,
};

/// The index of the asset that `text` names by symbol or address.
///
/// # Errors
/// No asset of the reserve is meant.
pub fn asset_index(field: &str, text: &str, assets: &[AssetState]) -> eyre::Result<usize> {
    let named = |asset: &AssetState| {
        asset.symbol == text || asset.asset.to_string().eq_ignore_ascii_case(text)
    };
    let mut found = assets.iter().enumerate().filter(|(_, asset)| named(asset));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(input(format!(
            "{field}: two assets have the symbol {text}; name one by its address"
        ))),
        (None, _) => {
            let symbols: Vec<&str> = assets.iter().map(|asset| asset.symbol.as_str()).collect();
            Err(input(format!(
                "{field}: `{text}` is none of the reserve's assets: {}",
                symbols.join(", ")
            )))
        }
    }
}

/// Base units of each asset from `AMOUNT` or `ASSET=AMOUNT` texts.
///
/// # Errors
/// Names `field`: an unknown asset, one named twice, or an amount that is none.
pub fn amounts(field: &str, texts: &[String], assets: &[AssetState]) -> eyre::Result<Vec<U256>> {
    let mut amounts = vec![U256::ZERO; assets.len()];
    for text in texts {
        let (index, number) = match text.split_once('=') {
            Some((asset, number)) => (asset_index(field, asset.trim(), assets)?, number),
            None if assets.len() == 1 => (0, text.as_str()),
            None => {
                return Err(input(format!(
                    "{field}: the reserve has {} assets; write ASSET=AMOUNT",
                    assets.len()
                )));
            }
        };
        let decimals = assets.get(index).map_or(0, |asset| asset.decimals);
        let amount = parse_asset(field, number, decimals)?;
        if let Some(cell) = amounts.get_mut(index) {
            if !cell.is_zero() {
                return Err(input(format!("{field}: one asset is named twice")));
            }
            *cell = amount;
        }
    }
    Ok(amounts)
}

/// The amounts that are not zero, for people.
pub fn shown(amounts: &[U256], assets: &[AssetState]) -> Vec<Amount> {
    let all = per_asset(amounts, assets);
    amounts
        .iter()
        .zip(all)
        .filter(|(base, _)| !base.is_zero())
        .map(|(_, amount)| amount)
        .collect()
}

/// Fails while entries are paused.
///
/// # Errors
/// Says until when.
pub fn entries_open(state: &TokenState) -> eyre::Result<()> {
    let until = u64::try_from(state.paused_until).unwrap_or(u64::MAX);
    if until > state.block.time.get() {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "borrowing, flash loans and conversion are paused until {}",
                instant(until)
            ),
        ));
    }
    Ok(())
}

/// Fails where the sender has fewer tokens than `amount`.
///
/// # Errors
/// Names `field` and what the sender has.
pub async fn tokens_held(
    deployment: &Deployment,
    state: &TokenState,
    owner: alloy::primitives::Address,
    amount: U256,
    field: &str,
) -> eyre::Result<()> {
    let held = deployment.balance(state.at.token, owner).await?;
    if held < amount {
        return Err(input(format!(
            "{field}: {} is more than the {} that {owner} has",
            Amount::token(amount, &state.symbol),
            Amount::token(held, &state.symbol)
        )));
    }
    Ok(())
}

/// Borrows.
///
/// # Errors
/// Bad amounts, too little collateral, a pause, or a revert.
pub async fn borrow(ctx: &Context, args: &BorrowArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let collateral = parse_tokens("collateral", &args.collateral)?;
    entries_open(&state)?;
    tokens_held(
        &deployment,
        &state,
        sender.address(),
        collateral,
        "collateral",
    )
    .await?;
    let principal = principal(&deployment, &state, collateral, args).await?;
    let to = args.to.unwrap_or(sender.address());
    let fees: Vec<U256> = principal
        .iter()
        .map(|amount| fee_up(*amount, state.terms.termFeeBps))
        .collect();
    let received: Vec<U256> = principal
        .iter()
        .zip(&fees)
        .map(|(amount, fee)| amount.saturating_sub(*fee))
        .collect();
    let deadline = state
        .block
        .time
        .get()
        .saturating_add(u64::from(state.terms.termSecs));
    let grace_end = deadline.saturating_add(u64::from(state.terms.graceSecs));
    let call = Reserve::borrowCall {
        collateral,
        principal: principal.clone(),
        to,
        unwrap: args.unwrap,
    };
    let plan = Plan {
        action: "borrow",
        lines: vec![
            (
                "collateral",
                Amount::token(collateral, &state.symbol).to_string(),
            ),
            ("principal", list(&shown(&principal, &state.assets))),
            ("fee", list(&shown(&fees, &state.assets))),
            (
                "receives",
                format!("{} to {to}", list(&shown(&received, &state.assets))),
            ),
            (
                "deadline",
                format!(
                    "{} or, until {}, in grace",
                    instant(deadline),
                    instant(grace_end)
                ),
            ),
        ],
        steps: vec![Step::call("borrow", state.at.reserve, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&borrowed(&state, &receipts)?)
}

/// What is borrowed of each asset, within what the collateral allows.
async fn principal(
    deployment: &Deployment,
    state: &TokenState,
    collateral: U256,
    args: &BorrowArgs,
) -> eyre::Result<Vec<U256>> {
    let reserve = Reserve::new(state.at.reserve, deployment.endpoint.provider());
    let most = reserve
        .maxBorrow(collateral)
        .block(deployment.at())
        .call()
        .await;
    let most = most.map_err(|error| ChainError::from_call("maxBorrow", &error))?;
    let principal = if args.max {
        most.clone()
    } else {
        amounts("principal", &args.principal, &state.assets)?
    };
    for ((asked, most), asset) in principal.iter().zip(&most).zip(&state.assets) {
        if asked > most {
            return Err(of_kind(
                Kind::Refused,
                format!(
                    "principal: {} is over the maximum of {} for {} of collateral",
                    Amount::asset(*asked, asset),
                    Amount::asset(*most, asset),
                    Amount::token(collateral, &state.symbol)
                ),
            ));
        }
    }
    Ok(principal)
}

fn borrowed(state: &TokenState, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("borrow", receipts);
    if let Some(event) = event::<Reserve::Borrowed>(receipts) {
        let id = LoanId::from_word(event.loanId);
        let deadline = u64::try_from(event.deadline).unwrap_or(u64::MAX);
        done.fact("loan", id.sequence(), "loan", id.sequence())?;
        done.fact("loan_id", id, "loan id", id)?;
        let collateral = Amount::token(event.collateral, &state.symbol);
        done.fact("collateral", &collateral, "collateral", &collateral)?;
        let principal = shown(&event.principal, &state.assets);
        done.fact("principal", &principal, "principal", list(&principal))?;
        let fees = shown(&event.fees, &state.assets);
        done.fact("fee", &fees, "fee", list(&fees))?;
        done.fact("deadline_unix", deadline, "deadline", instant(deadline))?;
    }
    Ok(done)
}

/// The first event of a kind among the logs of `receipts`.
pub fn event<E: SolEvent>(receipts: &[Receipt]) -> Option<E> {
    let mut logs = receipts.iter().flat_map(|receipt| &receipt.logs);
    logs.find_map(|log| E::decode_log(&log.inner).ok())
        .map(|log| log.data)
}

/// Fails where the loan's grace has ended.
///
/// # Errors
/// Says when it did.
pub fn not_expired(loan: &LoanState, now: u64) -> eyre::Result<()> {
    if now >= loan.grace_end.get() {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "loan: {} expired when its grace ended, {}; it can be neither repaid nor extended, only foreclosed",
                loan.id.sequence(),
                instant(loan.grace_end.get())
            ),
        ));
    }
    Ok(())
}

/// Repays.
///
/// # Errors
/// No such loan, an expired one, too little of an asset, or a revert.
pub async fn repay(ctx: &Context, args: &RepayArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let loan = ctx.loan(&deployment, &state.at, &args.loan).await?;
    not_expired(&loan, deployment.block.time.get())?;
    let paid = payment(&state, &loan, args)?;
    let left: Vec<U256> = loan
        .principal
        .iter()
        .zip(&paid)
        .map(|(owed, paid)| owed.saturating_sub(*paid))
        .collect();
    let released = released(&loan, &paid);
    let mut steps = Vec::new();
    for (amount, asset) in paid.iter().zip(&state.assets) {
        let what = (asset.asset, asset.decimals, asset.symbol.as_str());
        steps.extend(
            provide(
                &deployment,
                sender.address(),
                state.at.reserve,
                what,
                *amount,
                "amount",
            )
            .await?,
        );
    }
    let call = Reserve::repayCall {
        loanId: loan.id.word(),
        amounts: paid.clone(),
    };
    steps.push(Step::call("repay", state.at.reserve, call.abi_encode()));
    let plan = Plan {
        action: "repay",
        lines: vec![
            (
                "loan",
                format!("{} of {}", loan.id.sequence(), loan.borrower),
            ),
            ("pays", list(&shown(&paid, &state.assets))),
            (
                "releases",
                format!("{} to the borrower", Amount::token(released, &state.symbol)),
            ),
            ("still owed", still_owed(&state, &left)),
        ],
        steps,
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&repaid(&state, &loan, &left, &receipts)?)
}

/// What is paid of each asset: what was asked, and no more than is owed.
fn payment(state: &TokenState, loan: &LoanState, args: &RepayArgs) -> eyre::Result<Vec<U256>> {
    let asked = if args.amount.is_empty() {
        loan.principal.clone()
    } else {
        amounts("amount", &args.amount, &state.assets)?
    };
    let paid: Vec<U256> = asked
        .iter()
        .zip(&loan.principal)
        .map(|(asked, owed)| *asked.min(owed))
        .collect();
    if paid.iter().all(U256::is_zero) {
        return Err(input("amount: nothing of what is owed would be paid"));
    }
    Ok(paid)
}

fn still_owed(state: &TokenState, left: &[U256]) -> String {
    if left.iter().all(U256::is_zero) {
        return "nothing; the loan is closed".to_owned();
    }
    list(&shown(left, &state.assets))
}

fn repaid(
    state: &TokenState,
    loan: &LoanState,
    left: &[U256],
    receipts: &[Receipt],
) -> eyre::Result<Done> {
    let mut done = Done::new("repay", receipts);
    done.fact("loan", loan.id.sequence(), "loan", loan.id.sequence())?;
    if let Some(event) = event::<Reserve::Repaid>(receipts) {
        let paid = shown(&event.amounts, &state.assets);
        done.fact("paid", &paid, "paid", list(&paid))?;
        let released = Amount::token(event.released, &state.symbol);
        done.fact("released", &released, "released", &released)?;
    }
    done.fact(
        "still_owed",
        shown(left, &state.assets),
        "still owed",
        still_owed(state, left),
    )?;
    Ok(done)
}

/// The least over owed assets of collateral * paid / owed.
fn released(loan: &LoanState, paid: &[U256]) -> U256 {
    let shares = loan
        .principal
        .iter()
        .zip(paid)
        .filter(|(owed, _)| !owed.is_zero());
    shares
        .map(|(owed, paid)| mul_div_down(loan.collateral, *paid, *owed))
        .min()
        .unwrap_or_default()
}
