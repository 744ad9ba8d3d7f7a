//! `ballast vault open`, `adjust`, `close` and `operator`: what an owner does.

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults::{MarketState, VaultState};
use ballast_chain::{BookRecord, Receipt, Sender, Step};
use ballast_model::vaults::PriceState;
use ballast_types::{WAD, decimal};

use super::{
    Need, Standing, collateral, market_name, market_named, newest, refresh, synthetic, vault_of,
};
use crate::act::{Done, Line, Plan, carry_out, provide};
use crate::cli::{
    MarketArgs, OnBehalfArgs, VaultAdjustArgs, VaultCloseArgs, VaultOpenArgs, VaultOperatorArgs,
};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::input;
use crate::units::{parse_asset, parse_tokens, share};

/// Ratios are given in basis points, at most this many: a million per cent.
const RATIO_BPS_MAX: u64 = 100_000_000;
/// A hundredth of a synthetic in base units.
const HUNDREDTH: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);

/// A change of collateral or of debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    More(U256),
    Less(U256),
    AllOut,
}

impl Change {
    /// As the book takes it: the least integer means all.
    fn signed(self, field: &str) -> eyre::Result<I256> {
        let bounded = |amount: U256| {
            I256::try_from(amount)
                .map_err(|_| input(format!("{field}: more than any contract can count")))
        };
        Ok(match self {
            Self::Nothing => I256::ZERO,
            Self::More(amount) => bounded(amount)?,
            Self::Less(amount) => -bounded(amount)?,
            Self::AllOut => I256::MIN,
        })
    }

    /// What is there afterwards.
    fn after(self, before: U256) -> U256 {
        match self {
            Self::Nothing => before,
            Self::More(amount) => before.saturating_add(amount),
            Self::Less(amount) => before.saturating_sub(amount),
            Self::AllOut => U256::ZERO,
        }
    }

    fn is_more(self) -> bool {
        matches!(self, Self::More(_))
    }

    fn is_less(self) -> bool {
        matches!(self, Self::Less(_) | Self::AllOut)
    }
}

/// One action, with everything that it is about.
struct Action<'a> {
    name: &'static str,
    deployment: &'a Deployment,
    book: &'a BookRecord,
    market: MarketState,
    sender: Sender,
    owner: Address,
    to: Address,
    vault: VaultState,
    held: Change,
    debt: Change,
}

async fn action<'a>(
    ctx: &Context,
    deployment: &'a Deployment,
    name: &'static str,
    market: &MarketArgs,
    on_behalf: &OnBehalfArgs,
) -> eyre::Result<Action<'a>> {
    let sender = ctx.sender(&deployment.endpoint)?;
    let (book, market) = market_named(deployment, market).await?;
    let owner = on_behalf.owner.unwrap_or(sender.address());
    let to = on_behalf.to.unwrap_or(owner);
    if to == book.book.address || to.is_zero() {
        return Err(input(format!(
            "to: {to} could never give back what it receives"
        )));
    }
    let vault = vault_of(deployment, book, &market, owner).await?;
    Ok(Action {
        name,
        deployment,
        book,
        to,
        market,
        sender,
        owner,
        vault,
        held: Change::Nothing,
        debt: Change::Nothing,
    })
}

/// Opens a vault, or adds to one.
///
/// # Errors
/// Bad amounts, too little of them, a price that is not safe, or a revert.
pub async fn open(ctx: &Context, args: &VaultOpenArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let mut action = action(
        ctx,
        &deployment,
        "vault open",
        &args.market,
        &args.on_behalf,
    )
    .await?;
    let decimals = action.market.collateral.decimals;
    let held = parse_asset("collateral", &args.collateral, decimals)?;
    action.held = Change::More(held);
    let steps = match &args.ratio {
        None => Vec::new(),
        Some(_) => {
            refresh(
                &action.sender,
                &mut action.market,
                Need::AtWorst(PriceState::Safe),
            )
            .await?
        }
    };
    let debt = match (&args.debt, &args.ratio) {
        (Some(debt), _) => parse_tokens("debt", debt)?,
        (None, Some(ratio)) => debt_for(&action, held, ratio)?,
        (None, None) => return Err(input("debt: missing; give an amount or --ratio")),
    };
    action.debt = Change::More(debt);
    action.run(ctx, steps).await
}

/// What can be minted so that the value at mid over the whole debt is at least `ratio`, rounded down to a hundredth: the
/// rest pays for roundings and the first minutes of interest.
fn debt_for(action: &Action<'_>, added: U256, ratio: &str) -> eyre::Result<U256> {
    let text = ratio.trim();
    let number = text.strip_suffix('%').ok_or_else(|| {
        input(format!(
            "ratio: `{text}` has no unit; write it like \"200 %\""
        ))
    })?;
    let most = U256::from(RATIO_BPS_MAX);
    let bps = decimal::parse_at_most("ratio", number.trim(), 2, most)?;
    let least = ballast_math::wide_mul_div_up(
        U256::from(crate::units::BPS_ONE),
        WAD,
        action.market.terms.borrow_ltv.get(),
    )?;
    if bps < least {
        return Err(input(format!(
            "ratio: {text} is under the least of {} to borrow",
            share(least)
        )));
    }
    let mid = action.market.price.view.mid;
    let value = MarketState::value(action.vault.collateral.saturating_add(added), mid);
    let debt = ballast_math::wide_mul_div_down(value, U256::from(crate::units::BPS_ONE), bps)?;
    let debt = debt.saturating_sub(action.vault.debt);
    let debt = debt.saturating_sub(debt % HUNDREDTH);
    if debt.is_zero() {
        return Err(input(format!(
            "ratio: {text} leaves nothing to mint on {}",
            collateral(&action.market, added)
        )));
    }
    Ok(debt)
}

/// Changes a vault.
///
/// # Errors
/// As [`open`].
pub async fn adjust(ctx: &Context, args: &VaultAdjustArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let behalf = &args.on_behalf;
    let mut action = action(ctx, &deployment, "vault adjust", &args.market, behalf).await?;
    let decimals = action.market.collateral.decimals;
    action.held = match (&args.deposit, &args.withdraw) {
        (Some(text), _) => Change::More(parse_asset("deposit", text, decimals)?),
        (None, Some(text)) if text == "all" => Change::AllOut,
        (None, Some(text)) => Change::Less(parse_asset("withdraw", text, decimals)?),
        (None, None) => Change::Nothing,
    };
    action.debt = match (&args.mint, &args.repay) {
        (Some(text), _) => Change::More(parse_tokens("mint", text)?),
        (None, Some(text)) if text == "all" => Change::AllOut,
        (None, Some(text)) => Change::Less(parse_tokens("repay", text)?),
        (None, None) => Change::Nothing,
    };
    action.run(ctx, Vec::new()).await
}

/// Closes a vault.
///
/// # Errors
/// There is nothing to close, too little to repay with, or a revert.
pub async fn close(ctx: &Context, args: &VaultCloseArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let behalf = &args.on_behalf;
    let mut action = action(ctx, &deployment, "vault close", &args.market, behalf).await?;
    (action.held, action.debt) = (Change::AllOut, Change::AllOut);
    action.run(ctx, Vec::new()).await
}

impl Action<'_> {
    async fn run(mut self, ctx: &Context, mut steps: Vec<Step>) -> eyre::Result<()> {
        self.check().await?;
        let debt_after = self.debt.after(self.vault.debt);
        let priced = self.debt.is_more() || (self.held.is_less() && !debt_after.is_zero());
        if priced && steps.is_empty() {
            steps = refresh(
                &self.sender,
                &mut self.market,
                Need::AtWorst(PriceState::Safe),
            )
            .await?;
        }
        steps.extend(self.payment().await?);
        steps.push(self.call()?);
        let standing = Standing::new(
            &self.market,
            self.held.after(self.vault.collateral),
            debt_after,
        );
        let mut lines = self.lines();
        lines.extend(standing.lines(&self.market));
        let plan = Plan {
            action: self.name,
            lines,
            steps,
            subject: Subject::Market(&self.market),
        };
        let Some(receipts) = carry_out(ctx, &self.sender, &plan).await? else {
            return Ok(());
        };
        ctx.out.result(&self.done(&receipts).await?)
    }

    /// What can be told before anything is simulated.
    async fn check(&self) -> eyre::Result<()> {
        let vault = &self.vault;
        if vault.collateral.is_zero() && (self.held.is_less() || self.debt.is_less()) {
            return Err(input(format!(
                "owner: {} has no vault in market {}",
                self.owner,
                market_name(&self.market)
            )));
        }
        if let Change::Less(out) = self.held
            && out > vault.collateral
        {
            return Err(input(format!(
                "withdraw: {} is more than the {} in the vault",
                collateral(&self.market, out),
                collateral(&self.market, vault.collateral)
            )));
        }
        let paid = match self.debt {
            Change::Less(asked) => asked.min(vault.debt),
            Change::AllOut => vault.debt,
            Change::Nothing | Change::More(_) => return Ok(()),
        };
        let account = self.sender.address();
        let held = self
            .deployment
            .balance(self.book.book.address, account)
            .await?;
        // The last vault of a market pays its debt rounded down, one base unit less than is shown.
        if held.saturating_add(U256::ONE) < paid {
            return Err(input(format!(
                "repay: {} is needed, {account} has {}",
                synthetic(&self.market, paid),
                synthetic(&self.market, held)
            )));
        }
        Ok(())
    }

    async fn payment(&self) -> eyre::Result<Vec<Step>> {
        let Change::More(amount) = self.held else {
            return Ok(Vec::new());
        };
        let unit = &self.market.collateral;
        provide(
            self.deployment,
            self.sender.address(),
            self.book.book.address,
            (unit.address, unit.decimals, &unit.symbol),
            amount,
            "collateral",
        )
        .await
    }

    fn call(&self) -> eyre::Result<Step> {
        let market = U256::from(self.market.number);
        let held = self.held.signed("collateral")?;
        let debt = self.debt.signed("debt")?;
        let sender = self.sender.address();
        let data = if self.owner == sender && self.to == sender {
            let call = VaultBook::adjustCall {
                market,
                dCollateral: held,
                dDebt: debt,
            };
            call.abi_encode()
        } else {
            let call = VaultBook::adjustForCall {
                market,
                owner: self.owner,
                dCollateral: held,
                dDebt: debt,
                to: self.to,
            };
            call.abi_encode()
        };
        Ok(Step::call("adjust the vault", self.book.book.address, data))
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![("market", market_name(&self.market))];
        if self.owner != self.sender.address() {
            lines.push(("owner", self.owner.to_string()));
        }
        let amount = |base| collateral(&self.market, base).to_string();
        let debt = |base| synthetic(&self.market, base).to_string();
        let vault = &self.vault;
        match self.held {
            Change::Nothing => {}
            Change::More(base) => lines.push(("deposits", amount(base))),
            Change::Less(base) => lines.push(("withdraws", amount(base))),
            Change::AllOut => lines.push(("withdraws", amount(vault.collateral))),
        }
        match self.debt {
            Change::Nothing => {}
            Change::More(base) => lines.push(("mints", debt(base))),
            Change::Less(base) => lines.push(("repays", debt(base.min(vault.debt)))),
            Change::AllOut => lines.push(("repays", debt(vault.debt))),
        }
        if self.to != self.sender.address() && (self.held.is_less() || self.debt.is_more()) {
            lines.push(("to", self.to.to_string()));
        }
        lines
    }

    async fn done(&self, receipts: &[Receipt]) -> eyre::Result<Done> {
        let mut done = Done::new(self.name, receipts);
        let market = &self.market;
        done.fact("market", market.number, "market", market_name(market))?;
        if let Some(event) = event::<VaultBook::Adjusted>(receipts) {
            let held = collateral(market, event.collateral.unsigned_abs());
            match event.collateral {
                moved if moved.is_negative() => {
                    done.fact("withdrawn", &held, "withdrawn", &held)?;
                }
                moved if moved.is_zero() => {}
                _ => done.fact("deposited", &held, "deposited", &held)?,
            }
            let debt = synthetic(market, event.debt.unsigned_abs());
            match event.debt {
                moved if moved.is_negative() => done.fact("repaid", &debt, "repaid", &debt)?,
                moved if moved.is_zero() => {}
                _ => done.fact("minted", &debt, "minted", &debt)?,
            }
        }
        let now = newest(self.deployment).await?;
        let vault = vault_of(&now, self.book, market, self.owner).await?;
        let standing = Standing::new(market, vault.collateral, vault.debt);
        let shown = format!("{}, owes {}", standing.collateral, standing.debt);
        done.fact("vault", &standing, "vault", shown)?;
        done.lines
            .push(("ratio".to_owned(), standing.ratio_text(market)));
        let liquidation = standing.liquidation_text(market);
        done.lines
            .extend(liquidation.map(|text| ("liquidation".to_owned(), text)));
        Ok(done)
    }
}

/// Lets an account act for the sender's vaults, or no longer.
///
/// # Errors
/// No such synthetic, or a revert.
pub async fn operator(ctx: &Context, args: &VaultOperatorArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let book = super::book_named(&deployment, &args.synth)?;
    let sender = ctx.sender(&deployment.endpoint)?;
    if args.operator == sender.address() {
        return Err(input("operator: an owner needs nobody's leave"));
    }
    let allowed = !args.revoke;
    let call = VaultBook::setOperatorCall {
        operator: args.operator,
        allowed,
    };
    let may = if allowed {
        format!("everything with every {} vault of the sender", book.symbol)
    } else {
        "nothing any more".to_owned()
    };
    let plan = Plan {
        action: "vault operator",
        lines: vec![("operator", args.operator.to_string()), ("may do", may)],
        steps: vec![Step::call(
            "set operator",
            book.book.address,
            call.abi_encode(),
        )],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("vault operator", &receipts);
    done.fact("operator", args.operator, "operator", args.operator)?;
    done.fact(
        "allowed",
        allowed,
        "allowed",
        if allowed { "yes" } else { "no" },
    )?;
    ctx.out.result(&done)
}
