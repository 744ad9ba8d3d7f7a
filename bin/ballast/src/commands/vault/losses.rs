//! `ballast book`, `ballast vault collect` and `ballast vault cover`: where losses come from, and who pays them.

use alloy::primitives::U256;
use alloy::sol_types::{SolCall, SolEvent};
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults;
use ballast_chain::{BookRecord, Receipt, Step};
use ballast_model::vaults::PriceState;

use super::{
    Need, Standing, book_named, collateral, market_name, market_named, preview, refresh, synthetic,
    vault_of,
};
use crate::act::{Done, Plan, carry_out, in_words};
use crate::cli::{MarketArgs, SynthArgs, VaultCoverArgs, VaultOfArgs};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::units::{Amount, parse_tokens};

/// Writes what a vault owes above the value of its collateral off to the deficit.
///
/// # Errors
/// The vault is solvent, the price is not safe, or a revert.
pub async fn book(ctx: &Context, args: &VaultOfArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let (book, mut market) = market_named(&deployment, &args.market).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let need = if args.poke {
        Need::Fresh
    } else {
        Need::AtWorst(PriceState::Safe)
    };
    let mut steps = refresh(&sender, &mut market, need).await?;
    let call = VaultBook::bookCall {
        market: U256::from(market.number),
        owner: args.owner,
    };
    steps.push(Step::call("book", book.book.address, call.abi_encode()));
    let seen = preview::<VaultBook::bookCall>(&sender, &market, &steps).await?;
    let vault = vault_of(&deployment, book, &market, args.owner).await?;
    let mut lines = vec![
        ("market", market_name(&market)),
        ("vault of", args.owner.to_string()),
        (
            "vault",
            format!(
                "{}, owes {}",
                collateral(&market, vault.collateral),
                synthetic(&market, vault.debt)
            ),
        ),
    ];
    if let Some(deficit) = seen {
        let left = Standing::new(
            &market,
            vault.collateral,
            vault.debt.saturating_sub(deficit),
        );
        lines.push(("to the deficit", synthetic(&market, deficit).to_string()));
        lines.push(("owes after", left.debt.to_string()));
    }
    let plan = Plan {
        action: "book",
        lines,
        steps,
        subject: Subject::Market(&market),
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("book", &receipts);
    done.fact("market", market.number, "market", market_name(&market))?;
    if let Some(event) = event::<VaultBook::Booked>(&receipts) {
        done.fact("owner", event.owner, "vault of", event.owner)?;
        let deficit = synthetic(&market, event.deficit);
        done.fact("deficit", &deficit, "to the deficit", &deficit)?;
    }
    ctx.out.result(&done)
}

/// Mints what was earned and pays losses from it.
///
/// # Errors
/// No such synthetic, or a revert.
pub async fn collect(ctx: &Context, args: &SynthArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = book_named(&deployment, args)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let steps = vec![Step::call(
        "collect",
        book.book.address,
        VaultBook::collectCall {}.abi_encode(),
    )];
    let answers = sender
        .simulate(&steps)
        .await
        .map_err(|error| in_words(error, Subject::None))?;
    let minted = answers
        .first()
        .and_then(|bytes| VaultBook::collectCall::abi_decode_returns(bytes).ok())
        .unwrap_or_default();
    let plan = Plan {
        action: "vault collect",
        lines: vec![
            ("synthetic", book.symbol.clone()),
            (
                "mints",
                format!("{} to the surplus", Amount::token(minted, &book.symbol)),
            ),
        ],
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("vault collect", &receipts);
    let amount = |base| Amount::token(base, &book.symbol);
    let event = event::<VaultBook::Collected>(&receipts);
    let (minted, sent) = event.map_or((U256::ZERO, U256::ZERO), |event| (event.minted, event.sent));
    done.fact("minted", amount(minted), "minted", amount(minted))?;
    let to = format!("{} to the backstop", amount(sent));
    done.fact("sent", amount(sent), "sent", to)?;
    let paid = amount(covered(&receipts));
    done.fact("deficit_paid", &paid, "losses paid", &paid)?;
    ctx.out.result(&done)
}

fn covered(receipts: &[Receipt]) -> U256 {
    let logs = receipts.iter().flat_map(|receipt| &receipt.logs);
    logs.filter_map(|log| VaultBook::Covered::decode_log(&log.inner).ok())
        .fold(U256::ZERO, |sum, event| sum.saturating_add(event.amount))
}

/// Whose losses are paid.
struct Losses {
    /// As the book names it.
    market: U256,
    name: String,
    deficit: U256,
    symbol: String,
}

async fn losses<'a>(
    deployment: &'a Deployment,
    args: &MarketArgs,
) -> eyre::Result<(&'a BookRecord, Losses)> {
    if args.market.trim() != "peg" {
        let (book, market) = market_named(deployment, args).await?;
        let losses = Losses {
            market: U256::from(market.number),
            name: market_name(&market),
            deficit: market.deficit,
            symbol: market.synthetic.symbol,
        };
        return Ok((book, losses));
    }
    let book = book_named(deployment, &args.synth)?;
    let state = vaults::book(&deployment.endpoint, book, deployment.at()).await?;
    let losses = Losses {
        market: U256::MAX,
        name: "peg".to_owned(),
        deficit: state.peg_deficit,
        symbol: state.synthetic.symbol,
    };
    Ok((book, losses))
}

/// Burns synthetic of the sender against losses of a market or of the peg module.
///
/// # Errors
/// There are none, too little synthetic, or a revert.
pub async fn cover(ctx: &Context, args: &VaultCoverArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let (book, losses) = losses(&deployment, &args.market).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let asked = parse_tokens("amount", &args.amount)?;
    if losses.deficit.is_zero() {
        return Err(of_kind(
            Kind::Refused,
            format!("market: {} has no deficit", losses.name),
        ));
    }
    let amount = |base| Amount::token(base, &losses.symbol);
    let burned = asked.min(losses.deficit);
    let account = sender.address();
    let held = deployment.balance(book.book.address, account).await?;
    if burned > held {
        return Err(input(format!(
            "amount: {} is needed, {account} has {}",
            amount(burned),
            amount(held)
        )));
    }
    let call = VaultBook::coverCall {
        market: losses.market,
        amount: burned,
    };
    let left = amount(losses.deficit.saturating_sub(burned));
    let plan = Plan {
        action: "vault cover",
        lines: vec![
            ("market", losses.name.clone()),
            ("burns", amount(burned).to_string()),
            ("deficit after", left.to_string()),
            ("receives", "nothing".to_owned()),
        ],
        steps: vec![Step::call("cover", book.book.address, call.abi_encode())],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("vault cover", &receipts);
    done.fact("market", &losses.name, "market", &losses.name)?;
    let paid = amount(covered(&receipts));
    done.fact("covered", &paid, "covered", &paid)?;
    ctx.out.result(&done)
}
