//! Doing something: say what will happen, simulate all of it, ask where it matters, send, report.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::RevertError;
use ballast_bindings::peers::{Erc20, WrappedNative};
use ballast_chain::{ChainError, Receipt, Sender, Step};
use serde::Serialize;

use crate::context::{Context, Deployment};
use crate::explain::{self, Subject};
use crate::fail::{Failure, Kind, input};
use crate::output::{Lines, Report};
use crate::units::Amount;

/// One line of what will happen.
pub type Line = (&'static str, String);

/// Everything one command is about to do.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The command, such as `borrow`.
    pub action: &'static str,
    /// What will happen, for people.
    pub lines: Vec<Line>,
    /// The transactions.
    pub steps: Vec<Step>,
    /// What it is about, to put amounts of errors in whole units.
    pub subject: Subject<'a>,
}

/// A transaction as results carry it.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// What it did.
    pub action: String,
    /// Its hash.
    pub hash: String,
    /// The block that holds it.
    pub block: u64,
    /// Gas it used.
    pub gas_used: u64,
}

impl From<&Receipt> for Sent {
    fn from(receipt: &Receipt) -> Self {
        Self {
            action: receipt.action.clone(),
            hash: receipt.hash.to_string(),
            block: receipt.block,
            gas_used: receipt.gas_used,
        }
    }
}

/// The end of a command that sends: named values and its transactions.
#[derive(Debug, Serialize)]
pub struct Done {
    /// The command.
    pub action: &'static str,
    /// Whether it stopped before sending.
    pub dry_run: bool,
    /// Named results.
    #[serde(flatten)]
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// The transactions.
    pub transactions: Vec<Sent>,
    /// The same for people.
    #[serde(skip)]
    pub lines: Vec<(String, String)>,
}

impl Done {
    /// An end without facts yet.
    pub fn new(action: &'static str, receipts: &[Receipt]) -> Self {
        Self {
            action,
            dry_run: false,
            facts: serde_json::Map::new(),
            transactions: receipts.iter().map(Sent::from).collect(),
            lines: Vec::new(),
        }
    }

    /// Adds a fact: `key` for programs, `name` and `text` for people.
    ///
    /// # Errors
    /// Where `value` cannot be written as JSON.
    pub fn fact(
        &mut self,
        key: &str,
        value: impl Serialize,
        name: &str,
        text: impl std::fmt::Display,
    ) -> eyre::Result<()> {
        self.facts
            .insert(key.to_owned(), serde_json::to_value(value)?);
        self.lines.push((name.to_owned(), text.to_string()));
        Ok(())
    }
}

impl Report for Done {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        if self.dry_run {
            lines.plain(&format!("{}: simulated, nothing sent", self.action));
        }
        for (name, text) in &self.lines {
            lines.add(name, text);
        }
        for sent in &self.transactions {
            lines.add(
                "transaction",
                format!("{} in block {}: {}", sent.hash, sent.block, sent.action),
            );
        }
        lines.text()
    }
}

/// Carries out `plan`. None where the run stops before sending, having said so.
///
/// # Errors
/// The simulation or a transaction reverts, with its reason in words; the operator declines; the chain fails.
pub async fn carry_out(
    ctx: &Context,
    sender: &Sender,
    plan: &Plan<'_>,
) -> eyre::Result<Option<Vec<Receipt>>> {
    ctx.out.note(&announcement(plan, sender.address()));
    sender
        .simulate(&plan.steps)
        .await
        .map_err(|error| in_words(error, plan.subject))?;
    if ctx.dry_run {
        let mut done = Done {
            dry_run: true,
            ..Done::new(plan.action, &[])
        };
        for (name, text) in &plan.lines {
            done.fact(&name.replace(' ', "_"), text, name, text)?;
        }
        let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
        done.fact("steps", &labels, "transactions", labels.join(", "))?;
        ctx.out.result(&done)?;
        return Ok(None);
    }
    ctx.confirm(sender.endpoint().chain_id())?;
    let bar = ctx.out.bar(plan.action, plan.steps.len() as u64);
    let sent = sender
        .execute(&plan.steps, |index, step| {
            bar.set_position(index as u64);
            bar.set_message(step.label.clone());
        })
        .await;
    bar.finish_and_clear();
    sent.map(Some)
        .map_err(|error| in_words(error, plan.subject))
}

fn announcement(plan: &Plan<'_>, sender: Address) -> String {
    let mut lines = Lines::new();
    lines.plain(&format!("{} as {sender}:", plan.action));
    for (name, text) in &plan.lines {
        lines.add(&format!("  {name}"), text);
    }
    if plan.steps.len() > 1 {
        let labels: Vec<&str> = plan.steps.iter().map(|step| step.label.as_str()).collect();
        lines.add("  transactions", labels.join(", "));
    }
    lines.text()
}

/// A chain error with the revert in words.
pub fn in_words(error: ChainError, subject: Subject<'_>) -> eyre::Report {
    let Some(revert) = error.revert().cloned() else {
        return error.into();
    };
    let words = explain::revert(&revert, subject);
    let message = match (&error, &revert) {
        // Without a reason of its own, what was being done is the best hint.
        (ChainError::Reverted { action, .. }, RevertError::Empty | RevertError::Unknown { .. }) => {
            format!("{action}: {words}")
        }
        _ => words,
    };
    Failure {
        kind: Kind::Refused,
        message,
        revert: Some(revert),
    }
    .into()
}

/// The steps that let `spender` take exactly `amount` of `asset` from the sender: wrap what is short of wrapped native
/// currency, and approve. `field` names the amount in errors.
///
/// # Errors
/// The sender has too little.
pub async fn provide(
    deployment: &Deployment,
    owner: Address,
    spender: Address,
    (asset, decimals, symbol): (Address, u8, &str),
    amount: U256,
    field: &str,
) -> eyre::Result<Vec<Step>> {
    let mut steps = Vec::new();
    if amount.is_zero() {
        return Ok(steps);
    }
    let held = deployment.balance(asset, owner).await?;
    if let Some(short) = amount.checked_sub(held).filter(|short| !short.is_zero()) {
        let shown = |value| Amount::new(value, decimals, symbol);
        if !deployment.is_wrapped_native(asset) {
            return Err(input(format!(
                "{field}: {} is needed, {owner} has {}",
                shown(amount),
                shown(held)
            )));
        }
        let native = deployment.endpoint.native_balance(owner).await?;
        if native < short {
            return Err(input(format!(
                "{field}: {} is needed, {owner} has {} and {} native",
                shown(amount),
                shown(held),
                shown(native).decimal
            )));
        }
        let label = format!("wrap {} native", shown(short).decimal);
        steps.push(
            Step::call(label, asset, WrappedNative::depositCall {}.abi_encode()).with_value(short),
        );
    }
    let allowed = deployment.allowance(asset, owner, spender).await?;
    if allowed != amount {
        // Some assets refuse to change one allowance into another without passing through zero.
        if !allowed.is_zero() {
            steps.push(approve(
                asset,
                spender,
                U256::ZERO,
                format!("clear the allowance of {symbol}"),
            ));
        }
        let label = format!("approve {}", Amount::new(amount, decimals, symbol));
        steps.push(approve(asset, spender, amount, label));
    }
    Ok(steps)
}

fn approve(asset: Address, spender: Address, amount: U256, label: String) -> Step {
    Step::call(
        label,
        asset,
        Erc20::approveCall { spender, amount }.abi_encode(),
    )
}

/// Takes back what is left of allowances after a call that took less than it might have.
///
/// # Errors
/// Where an allowance cannot be read or cleared.
pub async fn clear_allowances(
    deployment: &Deployment,
    sender: &Sender,
    spender: Address,
    assets: &[Address],
) -> eyre::Result<Vec<Receipt>> {
    let now = Deployment {
        block: deployment.endpoint.tip().await?,
        ..deployment.clone()
    };
    let mut receipts = Vec::new();
    for asset in assets {
        if !now
            .allowance(*asset, sender.address(), spender)
            .await?
            .is_zero()
        {
            let step = approve(
                *asset,
                spender,
                U256::ZERO,
                "clear what is left of the allowance".to_owned(),
            );
            receipts.push(sender.send(&step).await?);
        }
    }
    Ok(receipts)
}
