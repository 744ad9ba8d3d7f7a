//! `ballast redeem`: tokens for their backing.

use alloy::primitives::U256;
use alloy::sol_types::SolCall;
use ballast_bindings::reserve::Reserve;
use ballast_chain::Step;
use ballast_chain::accrual::TokenState;

use crate::act::{Done, Plan, carry_out};
use crate::cli::RedeemArgs;
use crate::commands::lend::{asset_index, event, shown, tokens_held};
use crate::context::Context;
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::units::{Amount, fee_up, list, mul_div_down, parse_tokens};

/// Redeems.
///
/// # Errors
/// Redemption is off, too few tokens, every asset forgone, or a revert.
pub async fn run(ctx: &Context, args: &RedeemArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    if !state.terms.redeemable {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "redeem: redemption is off for {}, fixed at its launch; sell, or borrow against it",
                state.symbol
            ),
        ));
    }
    let tokens = parse_tokens("amount", &args.amount)?;
    tokens_held(&deployment, &state, sender.address(), tokens, "amount").await?;
    let (forgo, gross) = taken(&state, tokens, &args.forgo)?;
    let fees: Vec<U256> = gross
        .iter()
        .map(|amount| fee_up(*amount, state.terms.redeemFeeBps))
        .collect();
    let paid: Vec<U256> = gross
        .iter()
        .zip(&fees)
        .map(|(amount, fee)| amount.saturating_sub(*fee))
        .collect();
    let to = args.to.unwrap_or(sender.address());
    let call = Reserve::redeemCall {
        tokens,
        forgo,
        to,
        unwrap: args.unwrap,
    };
    let plan = Plan {
        action: "redeem",
        lines: vec![
            ("burns", Amount::token(tokens, &state.symbol).to_string()),
            (
                "pays",
                format!("{} to {to}", list(&shown(&paid, &state.assets))),
            ),
            ("fee", list(&shown(&fees, &state.assets))),
        ],
        steps: vec![Step::call("redeem", state.at.reserve, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("redeem", &receipts);
    if let Some(event) = event::<Reserve::Redeemed>(&receipts) {
        let tokens = Amount::token(event.tokens, &state.symbol);
        done.fact("burned", &tokens, "burned", &tokens)?;
        let paid = shown(&event.paid, &state.assets);
        done.fact("paid", &paid, "paid", list(&paid))?;
        let fees = shown(&event.fees, &state.assets);
        done.fact("fee", &fees, "fee", list(&fees))?;
        done.fact("to", event.to, "to", event.to)?;
    }
    ctx.out.result(&done)
}

/// The mask of forgone assets, and what the others pay before the fee.
fn taken(state: &TokenState, tokens: U256, forgone: &[String]) -> eyre::Result<(U256, Vec<U256>)> {
    let mut forgo = U256::ZERO;
    let mut gross: Vec<U256> = state
        .assets
        .iter()
        .map(|asset| mul_div_down(tokens, asset.total(), state.claims))
        .collect();
    for text in forgone {
        let index = asset_index("forgo", text, &state.assets)?;
        forgo.set_bit(index, true);
        if let Some(cell) = gross.get_mut(index) {
            *cell = U256::ZERO;
        }
    }
    if forgone.len() >= state.assets.len() {
        return Err(input("forgo: at least one asset must be taken"));
    }
    Ok((forgo, gross))
}
