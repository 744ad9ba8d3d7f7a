//! `ballast burn` and `ballast donate`: what anybody can do for the floor.

use alloy::primitives::U256;
use alloy::sol_types::SolCall;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::Step;
use ballast_chain::accrual::{AssetState, TokenState};

use crate::act::{Done, Plan, carry_out, provide};
use crate::cli::{BurnArgs, DonateArgs};
use crate::commands::lend::{amounts, event, tokens_held};
use crate::context::Context;
use crate::explain::Subject;
use crate::units::{Amount, duration, parse_tokens, per_token};

fn floor(asset: &AssetState, claims: U256) -> String {
    let value = per_token(asset.total(), asset.decimals, claims)
        .unwrap_or_else(|| "nothing left to back".to_owned());
    format!("{value} {}", asset.symbol)
}

fn floors(state: &TokenState, claims: U256) -> Vec<String> {
    state
        .assets
        .iter()
        .map(|asset| floor(asset, claims))
        .collect()
}

/// Burns tokens of the sender.
///
/// # Errors
/// Bad amount, too few tokens, or a revert.
pub async fn burn(ctx: &Context, args: &BurnArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let amount = parse_tokens("amount", &args.amount)?;
    tokens_held(&deployment, &state, sender.address(), amount, "amount").await?;
    let after = floors(&state, state.claims.saturating_sub(amount));
    let call = AccrualToken::burnCall { amount };
    let plan = Plan {
        action: "burn",
        lines: vec![
            ("burns", Amount::token(amount, &state.symbol).to_string()),
            (
                "floor",
                format!(
                    "from {} to {}",
                    floors(&state, state.claims).join(", "),
                    after.join(", ")
                ),
            ),
        ],
        steps: vec![Step::call("burn", state.at.token, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let now = deployment.endpoint.tip().await?;
    let state = ballast_chain::accrual::state(&deployment.endpoint, state.at, now).await?;
    let mut done = Done::new("burn", &receipts);
    let burned = Amount::token(amount, &state.symbol);
    done.fact("burned", &burned, "burned", &burned)?;
    let claims = Amount::token(state.claims, &state.symbol);
    done.fact("claims", &claims, "claims", &claims)?;
    let floors = floors(&state, state.claims);
    done.fact("floor", &floors, "floor per token", floors.join(", "))?;
    ctx.out.result(&done)
}

/// Gives an asset to the stream.
///
/// # Errors
/// Bad amount, too little of the asset, or a revert.
pub async fn donate(ctx: &Context, args: &DonateArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let amounts = amounts("amount", std::slice::from_ref(&args.amount), &state.assets)?;
    let given = amounts
        .iter()
        .zip(&state.assets)
        .enumerate()
        .find(|(_, (amount, _))| !amount.is_zero());
    let Some((index, (amount, asset))) = given else {
        return Ok(());
    };
    let what = (asset.asset, asset.decimals, asset.symbol.as_str());
    let mut steps = provide(
        &deployment,
        sender.address(),
        state.at.reserve,
        what,
        *amount,
        "amount",
    )
    .await?;
    let call = Reserve::donateCall {
        index: U256::from(index),
        amount: *amount,
    };
    steps.push(Step::call("donate", state.at.reserve, call.abi_encode()));
    let drip = duration(u64::from(state.terms.dripSecs));
    let plan = Plan {
        action: "donate",
        lines: vec![
            ("gives", Amount::asset(*amount, asset).to_string()),
            ("vests", format!("over the {drip} epoch after this one")),
        ],
        steps,
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("donate", &receipts);
    if let Some(event) = event::<Reserve::Inflow>(&receipts) {
        let given = Amount::asset(event.amount, asset);
        done.fact("given", &given, "given", &given)?;
    }
    ctx.out.result(&done)
}
