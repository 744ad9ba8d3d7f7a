//! `ballast bid`, `ballast converter` and `ballast claim`: the auction of fee tokens.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::converter::Converter;
use ballast_chain::accrual::{self, TokenState};
use ballast_chain::{ChainError, Step};
use ballast_types::decimal;
use serde::Serialize;

use crate::act::{Done, Plan, carry_out, clear_allowances, provide};
use crate::cli::{BidArgs, ClaimArgs};
use crate::commands::lend::{amounts, entries_open, event, shown};
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{Amount, list, mul_div_up, parse_tokens, per_asset, share};

/// What a bid may cost beyond the price now, in basis points, where no limit is given.
const BID_MARGIN_BPS: u64 = 50;
const WAD_DECIMALS: u8 = 18;

fn converter_of(state: &TokenState) -> eyre::Result<Address> {
    state.at.converter.ok_or_else(|| {
        of_kind(
            Kind::Refused,
            format!(
                "token: {} was launched without a pool tax and has no converter",
                state.symbol
            ),
        )
    })
}

#[derive(Serialize)]
struct ConverterReport {
    block: u64,
    converter: Address,
    multiple: String,
    lot: Amount,
    for_sale: Amount,
    offered: Option<Amount>,
    price: Option<Vec<Amount>>,
    set_aside: Vec<Amount>,
    split: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    to: String,
    bps: u16,
}

impl Report for ConverterReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines
            .add("at", format!("block {}", self.block))
            .add("converter", self.converter);
        lines.add("price", format!("{} times the backing", self.multiple));
        lines.add("lot", &self.lot).add("for sale", &self.for_sale);
        if let (Some(offered), Some(price)) = (&self.offered, &self.price) {
            lines.add("largest bid", format!("{offered} for {}", list(price)));
        }
        lines
            .add("for liquidity", list(&self.set_aside))
            .heading("fees go to");
        for part in &self.split {
            lines.add(&part.to, share(U256::from(part.bps)));
        }
        lines.text()
    }
}

/// Shows the auction.
///
/// # Errors
/// No converter, or the chain cannot be read.
pub async fn show(ctx: &Context, text: &str) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(text).await?;
    let address = converter_of(&state)?;
    let converter = accrual::converter(&deployment.endpoint, address, &deployment.block).await?;
    let token = |base| Amount::token(base, &state.symbol);
    let part = |to: &str, bps: u16| Part {
        to: to.to_owned(),
        bps,
    };
    let mut set_aside = vec![token(converter.liquidity_tokens)];
    set_aside.extend(
        state
            .assets
            .first()
            .map(|asset| Amount::asset(converter.liquidity_assets, asset)),
    );
    let mut split = vec![
        part("reserve", converter.split.reserveBps),
        part("burn", converter.split.burnBps),
        part("liquidity", converter.split.liquidityBps),
    ];
    split.extend(
        converter
            .split
            .recipients
            .iter()
            .map(|one| part(&one.account.to_string(), one.bps)),
    );
    ctx.out.result(&ConverterReport {
        block: deployment.block.number,
        converter: address,
        multiple: decimal::format(converter.multiple_wad, WAD_DECIMALS),
        lot: token(converter.lot),
        for_sale: token(converter.for_sale),
        offered: converter.quote.as_ref().map(|(tokens, _)| token(*tokens)),
        price: converter
            .quote
            .as_ref()
            .map(|(_, price)| per_asset(price, &state.assets)),
        set_aside,
        split,
    })
}

/// Buys fee tokens.
///
/// # Errors
/// No converter, more than a lot or than is for sale, a limit below the price, too little of an asset, or a revert.
pub async fn bid(ctx: &Context, args: &BidArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let address = converter_of(&state)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    entries_open(&state)?;
    let token = |base| Amount::token(base, &state.symbol);
    let (tokens, price, max_pay) = offer(&deployment, &state, address, args).await?;
    let mut steps = Vec::new();
    for (most, asset) in max_pay.iter().zip(&state.assets) {
        let what = (asset.asset, asset.decimals, asset.symbol.as_str());
        steps.extend(
            provide(
                &deployment,
                sender.address(),
                address,
                what,
                *most,
                "max_pay",
            )
            .await?,
        );
    }
    let to = args.to.unwrap_or(sender.address());
    let call = Converter::bidCall {
        tokens,
        maxPay: max_pay.clone(),
        to,
    };
    steps.push(Step::call("bid", address, call.abi_encode()));
    let plan = Plan {
        action: "bid",
        lines: vec![
            ("buys", format!("{} to {to}", token(tokens))),
            ("price now", list(&shown(&price, &state.assets))),
            ("pays at most", list(&shown(&max_pay, &state.assets))),
        ],
        steps,
        subject: Subject::Token(&state),
    };
    let Some(mut receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let paid_event = event::<Converter::Filled>(&receipts);
    let assets: Vec<Address> = state.assets.iter().map(|asset| asset.asset).collect();
    receipts.extend(clear_allowances(&deployment, &sender, address, &assets).await?);
    let mut done = Done::new("bid", &receipts);
    if let Some(event) = paid_event {
        done.fact("bought", token(event.tokens), "bought", token(event.tokens))?;
        let paid = shown(&event.paid, &state.assets);
        done.fact("paid", &paid, "paid", list(&paid))?;
        let multiple = decimal::format(event.multiple, WAD_DECIMALS);
        done.fact("multiple", &multiple, "multiple", &multiple)?;
    }
    ctx.out.result(&done)
}

/// Tokens to buy, their price now, and the most to pay.
async fn offer(
    deployment: &Deployment,
    state: &TokenState,
    address: Address,
    args: &BidArgs,
) -> eyre::Result<(U256, Vec<U256>, Vec<U256>)> {
    let now = accrual::converter(&deployment.endpoint, address, &deployment.block).await?;
    let token = |base| Amount::token(base, &state.symbol);
    let tokens = match &args.amount {
        Some(text) => parse_tokens("amount", text)?,
        None => now.lot.min(now.for_sale),
    };
    if tokens > now.lot {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "amount: {} is over the lot of {}",
                token(tokens),
                token(now.lot)
            ),
        ));
    }
    if tokens > now.for_sale || tokens.is_zero() {
        return Err(of_kind(
            Kind::Refused,
            format!(
                "amount: {} is over the {} for sale",
                token(tokens),
                token(now.for_sale)
            ),
        ));
    }
    let contract = Converter::new(address, deployment.endpoint.provider());
    let price = contract.quote(tokens).block(deployment.at()).call().await;
    let price = price.map_err(|error| {
        crate::act::in_words(
            ChainError::from_call("quote", &error),
            Subject::Token(state),
        )
    })?;
    let max_pay = if args.max_pay.is_empty() {
        let margin = U256::from(10_000 + BID_MARGIN_BPS);
        price
            .iter()
            .map(|part| mul_div_up(*part, margin, U256::from(10_000)))
            .collect()
    } else {
        amounts("max_pay", &args.max_pay, &state.assets)?
    };
    Ok((tokens, price, max_pay))
}

/// Collects what a recipient is owed of every asset.
///
/// # Errors
/// No converter, nothing owed, or a revert.
pub async fn claim(ctx: &Context, args: &ClaimArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(&args.token).await?;
    let address = converter_of(&state)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let account = args.account.unwrap_or(sender.address());
    let contract = Converter::new(address, deployment.endpoint.provider());
    let mut owed = Vec::new();
    let mut steps = Vec::new();
    for (index, asset) in state.assets.iter().enumerate() {
        let index = U256::from(index);
        let amount = contract
            .owed(account, index)
            .block(deployment.at())
            .call()
            .await;
        let amount = amount.map_err(|error| ChainError::from_call("owed", &error))?;
        if !amount.is_zero() {
            let call = Converter::claimCall { account, index };
            steps.push(Step::call(
                format!("claim {}", asset.symbol),
                address,
                call.abi_encode(),
            ));
        }
        owed.push(amount);
    }
    if steps.is_empty() {
        return Err(of_kind(
            Kind::Refused,
            format!("account: nothing is owed to {account}"),
        ));
    }
    let amounts = shown(&owed, &state.assets);
    let plan = Plan {
        action: "claim",
        lines: vec![("pays", format!("{} to {account}", list(&amounts)))],
        steps,
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("claim", &receipts);
    done.fact("paid", &amounts, "paid", list(&amounts))?;
    done.fact("to", account, "to", account)?;
    ctx.out.result(&done)
}

/// Burns a lot at the floor price.
///
/// # Errors
/// No converter, a price above the floor, nothing to burn, or a revert.
pub async fn burn_lot(ctx: &Context, text: &str) -> eyre::Result<()> {
    turn(
        ctx,
        text,
        "burn-lot",
        "burns up to one lot of fee tokens at the floor price",
        &Converter::burnLotCall {},
    )
    .await
}

/// Mints liquidity from what is set aside.
///
/// # Errors
/// No converter, no liquidity share, too soon, a pool off its price, or a revert.
pub async fn add_liquidity(ctx: &Context, text: &str) -> eyre::Result<()> {
    let what = "mints up to 0.5 % of the pool to its lock";
    turn(
        ctx,
        text,
        "add-liquidity",
        what,
        &Converter::addLiquidityCall {},
    )
    .await
}

/// Sorts newly arrived fee tokens.
///
/// # Errors
/// No converter, or a revert.
pub async fn allocate(ctx: &Context, text: &str) -> eyre::Result<()> {
    let what = "sorts newly arrived fee tokens into burn, liquidity and sale";
    turn(ctx, text, "allocate", what, &Converter::allocateCall {}).await
}

/// One call of the converter without arguments.
async fn turn(
    ctx: &Context,
    text: &str,
    action: &'static str,
    what: &str,
    call: &impl SolCall,
) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let state = deployment.state(text).await?;
    let address = converter_of(&state)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let plan = Plan {
        action,
        lines: vec![("converter", what.to_owned())],
        steps: vec![Step::call(action, address, call.abi_encode())],
        subject: Subject::Token(&state),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new(action, &receipts);
    if let Some(event) = event::<Converter::LotBurned>(&receipts) {
        let burned = Amount::token(event.tokens, &state.symbol);
        done.fact("burned", &burned, "burned", &burned)?;
    }
    if let Some(event) = event::<Converter::Allocated>(&receipts) {
        let parts = [
            ("to_sale", event.toSale),
            ("to_liquidity", event.toLiquidity),
            ("burned_at_once", event.burned),
        ];
        for (key, amount) in parts {
            let amount = Amount::token(amount, &state.symbol);
            done.fact(key, &amount, &key.replace('_', " "), &amount)?;
        }
    }
    if let Some(event) = event::<Converter::LiquidityAdded>(&receipts) {
        let tokens = Amount::token(event.tokens, &state.symbol);
        let asset = state
            .assets
            .first()
            .ok_or_else(|| input("reserve: it has no asset"))?;
        let assets = Amount::asset(event.assets, asset);
        done.fact(
            "added",
            [&tokens, &assets],
            "added",
            format!("{tokens}, {assets}"),
        )?;
    }
    ctx.out.result(&done)
}
