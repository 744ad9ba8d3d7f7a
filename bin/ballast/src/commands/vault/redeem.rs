//! `ballast redeem-synth`: face value, in collateral of a vault that the redeemer names.

use alloy::primitives::U256;
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults::MarketState;
use ballast_chain::{Receipt, Step};
use ballast_model::vaults::PriceState;

use super::take::{deal, effective, least_collateral};
use super::{Need, collateral, market_name, market_named, percent, preview, refresh, synthetic};
use crate::act::{Done, Plan, carry_out};
use crate::cli::RedeemSynthArgs;
use crate::commands::lend::event;
use crate::context::Context;
use crate::explain::Subject;
use crate::fail::input;
use crate::units::parse_tokens;

/// Redeems.
///
/// # Errors
/// Too little synthetic, an insolvent vault, an unsafe price, or a revert.
pub async fn run(ctx: &Context, args: &RedeemSynthArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let (book, mut market) = market_named(&deployment, &args.vault.market).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let amount = parse_tokens("amount", &args.amount)?;
    let held = deployment
        .balance(book.book.address, sender.address())
        .await?;
    if amount > held {
        return Err(input(format!(
            "amount: {} is more than the {} that {} has",
            synthetic(&market, amount),
            synthetic(&market, held),
            sender.address()
        )));
    }
    let need = if args.vault.poke {
        Need::Fresh
    } else {
        Need::AtWorst(PriceState::Stepped)
    };
    let mut steps = refresh(&sender, &mut market, need).await?;
    let call = |least: U256| {
        let call = VaultBook::redeemCall {
            market: U256::from(market.number),
            owner: args.vault.owner,
            amount,
            minCollateral: least,
        };
        Step::call("redeem", book.book.address, call.abi_encode())
    };
    let trial = [steps.clone(), vec![call(U256::ZERO)]].concat();
    let seen = preview::<VaultBook::redeemCall>(&sender, &market, &trial).await?;
    let out = seen.as_ref().map(|seen| seen.collateral);
    let least = least_collateral(&market, args.min_collateral.as_deref(), out)?;
    let mut lines = vec![
        ("market", market_name(&market)),
        ("vault of", args.vault.owner.to_string()),
    ];
    if let Some(seen) = &seen {
        lines.extend(deal(&market, "burns", seen.burned, seen.collateral));
    }
    lines.push((
        "accepts",
        format!("at least {}", collateral(&market, least)),
    ));
    steps.push(call(least));
    let plan = Plan {
        action: "redeem-synth",
        lines,
        steps,
        subject: Subject::Market(&market),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&redeemed(&market, &receipts)?)
}

fn redeemed(market: &MarketState, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("redeem-synth", receipts);
    done.fact("market", market.number, "market", market_name(market))?;
    if let Some(event) = event::<VaultBook::Redeemed>(receipts) {
        done.fact("owner", event.owner, "vault of", event.owner)?;
        let burned = synthetic(market, event.burned);
        done.fact("burned", &burned, "burned", &burned)?;
        let received = collateral(market, event.collateral);
        done.fact("received", &received, "received", &received)?;
        let fee = format!("{}, left in the vault", percent(event.fee));
        done.fact("fee_wad", event.fee.to_string(), "fee", fee)?;
        if let Some((price, text)) = effective(market, event.burned, event.collateral) {
            done.fact("effective_price", &price, "effective price", text)?;
        }
    }
    Ok(done)
}
