//! `ballast backstop`: what pays losses before the holders do, and who deposits there.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_chain::vaults::parts::{self, BackstopState, RequestState};
use ballast_chain::vaults::{self, BookState};
use ballast_chain::{BookRecord, ChainError, Receipt, Sender, Step};
use serde::Serialize;

use super::vault::{book_named, losses, market_name, market_named};
use crate::act::{Done, Plan, carry_out, in_words, provide};
use crate::cli::{
    BackstopCommand, BackstopCoverArgs, BackstopDepositArgs, BackstopEpochArgs,
    BackstopRequestArgs, BackstopShowArgs, BackstopWithdrawArgs,
};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{Amount, duration, instant, parse_asset, parse_tokens};

/// Runs a command of `backstop`.
///
/// # Errors
/// Whatever makes it fail, with a line for people.
pub async fn run(ctx: &Context, command: &BackstopCommand) -> eyre::Result<()> {
    match command {
        BackstopCommand::Show(args) => show(ctx, args).await,
        BackstopCommand::Deposit(args) => deposit(ctx, args).await,
        BackstopCommand::Request(args) => request(ctx, args).await,
        BackstopCommand::Cancel(args) => cancel(ctx, args).await,
        BackstopCommand::Withdraw(args) => withdraw(ctx, args).await,
        BackstopCommand::Collect(args) => losses::collect(ctx, args).await,
        BackstopCommand::Cover(args) => cover(ctx, args).await,
    }
}

/// A backstop with its book.
struct Vault<'a> {
    deployment: &'a Deployment,
    record: &'a BookRecord,
    address: Address,
    state: BackstopState,
}

impl<'a> Vault<'a> {
    async fn read(deployment: &'a Deployment, record: &'a BookRecord) -> eyre::Result<Self> {
        let part = record.backstop.ok_or_else(|| {
            input(format!(
                "synth: {} has no backstop; its holders share what interest and surplus do not pay",
                record.symbol
            ))
        })?;
        let state = parts::backstop(&deployment.endpoint, part.address, deployment.at()).await?;
        Ok(Self {
            deployment,
            record,
            address: part.address,
            state,
        })
    }

    fn synthetic(&self, base: U256) -> Amount {
        Amount::token(base, &self.record.symbol)
    }

    fn shares(&self, base: U256) -> Amount {
        let unit = &self.state.shares;
        Amount::new(base, unit.decimals, &unit.symbol)
    }

    async fn request(&self, owner: Address, epoch: u64) -> eyre::Result<RequestState> {
        let at = self.deployment.at();
        Ok(parts::request(&self.deployment.endpoint, self.address, owner, epoch, at).await?)
    }

    async fn worth(&self, shares: U256) -> eyre::Result<U256> {
        let at = self.deployment.at();
        Ok(parts::shares_worth(&self.deployment.endpoint, self.address, shares, at).await?)
    }

    /// What a deposit would get, for people.
    async fn shares_text(&self, assets: U256) -> eyre::Result<String> {
        if self.state.gives_back {
            return Ok("too cheap to sell: given back once it is settled".to_owned());
        }
        let (endpoint, at) = (&self.deployment.endpoint, self.deployment.at());
        let shares = parts::shares_for(endpoint, self.address, assets, at).await?;
        Ok(format!("{}, if it were settled now", self.shares(shares)))
    }

    /// When a request of now is settled, for people.
    fn settled_text(&self) -> String {
        let at = self.state.ripe_at(self.state.epoch);
        let left = at.saturating_sub(self.deployment.block.time.get());
        format!(
            "from {}, in {}, with the next call",
            instant(at),
            duration(left)
        )
    }
}

/* ----------------------------------------------------------------- show */

#[derive(Serialize)]
struct RequestReport {
    epoch: u64,
    entering: Amount,
    entry_settled: bool,
    exiting: Amount,
    claimable: Amount,
    ripe_at_unix: u64,
}

#[derive(Serialize)]
struct OwnerReport {
    owner: Address,
    shares: Amount,
    worth: Amount,
    requests: Vec<RequestReport>,
}

#[derive(Serialize)]
struct BackstopReport {
    block: u64,
    time_unix: u64,
    backstop: Address,
    synthetic: String,
    shares: Amount,
    assets: Amount,
    cash: Amount,
    dripping: Amount,
    entering: Amount,
    owed: Amount,
    epoch: u64,
    cooldown_secs: u64,
    deficit: Amount,
    holding: Option<OwnerReport>,
}

impl Report for BackstopReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "backstop of {} at block {}, {}",
            self.synthetic,
            self.block,
            instant(self.time_unix)
        ));
        lines.add("backstop", self.backstop);
        lines.add("assets", format!("{}, of {}", self.assets, self.shares));
        lines.add("cash", &self.cash);
        lines.add("drips in", &self.dripping);
        lines.add("waits to enter", &self.entering);
        lines.add("to be claimed", &self.owed);
        let wait = duration(self.cooldown_secs);
        lines.add("epoch", format!("{}, each of {wait}", self.epoch));
        lines.add("losses", format!("{} not paid", self.deficit));
        if let Some(owner) = &self.holding {
            lines.heading(&format!("of {}", owner.owner));
            lines.add("shares", format!("{}, worth {}", owner.shares, owner.worth));
            if owner.requests.is_empty() {
                lines.add("requests", "none");
            }
            for one in &owner.requests {
                lines.add(&format!("epoch {}", one.epoch), one.text(self.time_unix));
            }
        }
        lines.text()
    }
}

impl RequestReport {
    fn text(&self, now: u64) -> String {
        let mut parts = Vec::new();
        if self.entering.base_units != "0" {
            parts.push(format!("{} to enter", self.entering));
        }
        if self.exiting.base_units != "0" {
            parts.push(format!("{} to leave", self.exiting));
        }
        let when = if self.entry_settled || self.claimable.base_units != "0" {
            "settled".to_owned()
        } else if now < self.ripe_at_unix {
            format!("settled from {}", instant(self.ripe_at_unix))
        } else {
            "settled with the next call, where it was not".to_owned()
        };
        format!("{}; {when}", parts.join(", "))
    }
}

async fn show(ctx: &Context, args: &BackstopShowArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let vault = Vault::read(&deployment, record).await?;
    let book = vaults::book(&deployment.endpoint, record, deployment.at()).await?;
    let owner = match args.owner {
        Some(owner) => Some(owner),
        None => ctx
            .key(deployment.endpoint.chain_id())
            .ok()
            .map(|key| key.address()),
    };
    let owner = match owner {
        Some(owner) => Some(owner_report(&vault, owner, args.epochs).await?),
        None => None,
    };
    let state = &vault.state;
    ctx.out.result(&BackstopReport {
        block: deployment.block.number,
        time_unix: deployment.block.time.get(),
        backstop: vault.address,
        synthetic: record.symbol.clone(),
        shares: vault.shares(state.supply),
        assets: vault.synthetic(state.assets),
        cash: vault.synthetic(state.cash),
        dripping: vault.synthetic(state.dripping),
        entering: vault.synthetic(state.entering),
        owed: vault.synthetic(state.owed),
        epoch: state.epoch,
        cooldown_secs: state.cooldown_secs,
        deficit: vault.synthetic(book.deficit),
        holding: owner,
    })
}

async fn owner_report(vault: &Vault<'_>, owner: Address, epochs: u64) -> eyre::Result<OwnerReport> {
    let held = vault.deployment.balance(vault.address, owner).await?;
    let last = vault.state.epoch;
    let first = last.saturating_add(1).saturating_sub(epochs);
    let mut requests = Vec::new();
    for epoch in (first..=last).rev() {
        let one = vault.request(owner, epoch).await?;
        if one.entering.is_zero() && one.exiting.is_zero() {
            continue;
        }
        requests.push(RequestReport {
            epoch,
            entering: vault.synthetic(one.entering),
            entry_settled: one.entry_settled,
            exiting: vault.shares(one.exiting),
            claimable: vault.synthetic(one.claimable),
            ripe_at_unix: vault.state.ripe_at(epoch),
        });
    }
    Ok(OwnerReport {
        owner,
        shares: vault.shares(held),
        worth: vault.synthetic(vault.worth(held).await?),
        requests,
    })
}

/* ------------------------------------------------------------- requests */

async fn deposit(ctx: &Context, args: &BackstopDepositArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let vault = Vault::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let owner = args.owner.unwrap_or(sender.address());
    let assets = parse_tokens("amount", &args.amount)?;
    let asset = (
        record.book.address,
        ballast_chain::accrual::TOKEN_DECIMALS,
        record.symbol.as_str(),
    );
    let account = sender.address();
    let mut steps = provide(&deployment, account, vault.address, asset, assets, "amount").await?;
    let call = Backstop::requestEntryCall { assets, owner }.abi_encode();
    steps.push(Step::call("request entry", vault.address, call));
    let mut lines = vec![
        ("pays in", vault.synthetic(assets).to_string()),
        ("shares", vault.shares_text(assets).await?),
        ("settled", vault.settled_text()),
        ("until then", "can be taken back".to_owned()),
    ];
    lines.extend(args.owner.map(|owner| ("owner", owner.to_string())));
    let plan = Plan {
        action: "backstop deposit",
        lines,
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("backstop deposit", &receipts);
    if let Some(event) = event::<Backstop::EntryRequested>(&receipts) {
        let paid = vault.synthetic(event.assets);
        done.fact("paid", &paid, "paid in", &paid)?;
        epoch_facts(&mut done, &vault, event.epoch)?;
        done.fact("owner", event.owner, "owner", event.owner)?;
    }
    ctx.out.result(&done)
}

fn epoch_facts(done: &mut Done, vault: &Vault<'_>, epoch: U256) -> eyre::Result<()> {
    let epoch = u64::try_from(epoch).unwrap_or(u64::MAX);
    done.fact("epoch", epoch, "epoch", epoch)?;
    let ripe = vault.state.ripe_at(epoch);
    let text = format!("from {} on, with the next call", instant(ripe));
    done.fact("ripe_at_unix", ripe, "settled", text)
}

async fn request(ctx: &Context, args: &BackstopRequestArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let vault = Vault::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let held = deployment.balance(vault.address, sender.address()).await?;
    let shares = if args.shares.trim() == "all" {
        held
    } else {
        parse_asset("shares", &args.shares, vault.state.shares.decimals)?
    };
    if held.is_zero() {
        let account = sender.address();
        return Err(input(format!(
            "shares: {account} has none of this backstop"
        )));
    }
    if shares > held {
        return Err(input(format!(
            "shares: {} is needed, {} has {}",
            vault.shares(shares),
            sender.address(),
            vault.shares(held)
        )));
    }
    let call = Backstop::requestExitCall { shares }.abi_encode();
    let worth = vault.synthetic(vault.worth(shares).await?);
    let plan = Plan {
        action: "backstop request",
        lines: vec![
            ("hands in", vault.shares(shares).to_string()),
            ("worth", format!("{worth}, if it were settled now")),
            ("settled", vault.settled_text()),
            (
                "until then",
                "gains and loses as every share, cannot be taken back".to_owned(),
            ),
        ],
        steps: vec![Step::call("request exit", vault.address, call)],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("backstop request", &receipts);
    if let Some(event) = event::<Backstop::ExitRequested>(&receipts) {
        let handed = vault.shares(event.shares);
        done.fact("shares", &handed, "handed in", &handed)?;
        epoch_facts(&mut done, &vault, event.epoch)?;
    }
    ctx.out.result(&done)
}

async fn cancel(ctx: &Context, args: &BackstopEpochArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let vault = Vault::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let known = vault.request(sender.address(), args.epoch).await?;
    let epoch_ = U256::from(args.epoch);
    let call = Backstop::cancelEntryCall { epoch_ }.abi_encode();
    let plan = Plan {
        action: "backstop cancel",
        lines: vec![
            ("epoch", args.epoch.to_string()),
            ("gets back", vault.synthetic(known.entering).to_string()),
        ],
        steps: vec![Step::call("cancel entry", vault.address, call)],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("backstop cancel", &receipts);
    if let Some(event) = event::<Backstop::EntryCancelled>(&receipts) {
        done.fact("epoch", args.epoch, "epoch", args.epoch)?;
        let back = vault.synthetic(event.assets);
        done.fact("received", &back, "given back", &back)?;
    }
    ctx.out.result(&done)
}

/// The step where it would go through, else why not.
async fn possible(sender: &Sender, step: Step) -> Result<Step, ChainError> {
    sender
        .simulate(std::slice::from_ref(&step))
        .await
        .map(|_| step)
}

/// The claims of a request that go through now.
async fn claims(
    vault: &Vault<'_>,
    sender: &Sender,
    owner: Address,
    epoch: u64,
) -> eyre::Result<Vec<Step>> {
    let known = vault.request(owner, epoch).await?;
    let epoch_ = U256::from(epoch);
    let entry = Backstop::claimEntryCall { epoch_, owner }.abi_encode();
    let exit = Backstop::claimExitCall { epoch_, owner }.abi_encode();
    let mut wanted = Vec::new();
    if !known.entering.is_zero() {
        wanted.push(Step::call("claim entry", vault.address, entry));
    }
    if !known.exiting.is_zero() {
        wanted.push(Step::call("claim exit", vault.address, exit));
    }
    if wanted.is_empty() {
        return Err(of_kind(
            Kind::Refused,
            format!("epoch: {owner} has no request in {epoch}; `ballast backstop show` lists them"),
        ));
    }
    let mut steps = Vec::new();
    let mut refused = None;
    for step in wanted {
        match possible(sender, step).await {
            Ok(step) => steps.push(step),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if steps.is_empty() => Err(in_words(error, Subject::None)),
        _ => Ok(steps),
    }
}

async fn withdraw(ctx: &Context, args: &BackstopWithdrawArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.request.synth)?;
    let vault = Vault::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let owner = args.owner.unwrap_or(sender.address());
    let epoch = args.request.epoch;
    let steps = claims(&vault, &sender, owner, epoch).await?;
    let mut lines = vec![("epoch", epoch.to_string()), ("owner", owner.to_string())];
    let answers = sender.simulate(&steps).await;
    let answers = answers.map_err(|error| in_words(error, Subject::None))?;
    for (step, data) in steps.iter().zip(&answers) {
        if step.label == "claim exit" {
            let assets = Backstop::claimExitCall::abi_decode_returns(data).unwrap_or_default();
            lines.push(("receives", vault.synthetic(assets).to_string()));
        } else if let Ok(seen) = Backstop::claimEntryCall::abi_decode_returns(data) {
            let text = if seen.refunded.is_zero() {
                vault.shares(seen.shares)
            } else {
                vault.synthetic(seen.refunded)
            };
            lines.push(("receives", text.to_string()));
        }
    }
    let plan = Plan {
        action: "backstop withdraw",
        lines,
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    ctx.out.result(&withdrawn(&vault, epoch, &receipts)?)
}

fn withdrawn(vault: &Vault<'_>, epoch: u64, receipts: &[Receipt]) -> eyre::Result<Done> {
    let mut done = Done::new("backstop withdraw", receipts);
    done.fact("epoch", epoch, "epoch", epoch)?;
    if let Some(event) = event::<Backstop::EntryClaimed>(receipts) {
        done.fact("owner", event.owner, "owner", event.owner)?;
        let shares = vault.shares(event.shares);
        done.fact("shares", &shares, "shares", &shares)?;
        if !event.refunded.is_zero() {
            let back = vault.synthetic(event.refunded);
            done.fact("refunded", &back, "given back", &back)?;
        }
    }
    if let Some(event) = event::<Backstop::ExitClaimed>(receipts) {
        done.fact("owner", event.owner, "owner", event.owner)?;
        let received = vault.synthetic(event.assets);
        done.fact("received", &received, "received", &received)?;
    }
    Ok(done)
}

/* --------------------------------------------------------------- losses */

/// Whose losses the backstop shall pay.
struct Losses<'a> {
    record: &'a BookRecord,
    book: BookState,
    market: U256,
    name: String,
    deficit: U256,
}

async fn losses_of<'a>(
    deployment: &'a Deployment,
    args: &BackstopCoverArgs,
) -> eyre::Result<Losses<'a>> {
    let of_peg = args.market.market.trim() == "peg";
    let (record, market) = if of_peg {
        (book_named(deployment, &args.market.synth)?, None)
    } else {
        let (record, market) = market_named(deployment, &args.market).await?;
        (record, Some(market))
    };
    let book = vaults::book(&deployment.endpoint, record, deployment.at()).await?;
    Ok(match market {
        Some(market) => Losses {
            record,
            book,
            market: U256::from(market.number),
            name: market_name(&market),
            deficit: market.deficit,
        },
        None => Losses {
            record,
            market: U256::MAX,
            name: "peg".to_owned(),
            deficit: book.peg_deficit,
            book,
        },
    })
}

/// What is left of the losses once interest and surplus have paid; none where the endpoint cannot run two calls on
/// one state.
async fn left_by_earnings(sender: &Sender, losses: &Losses<'_>) -> eyre::Result<Option<U256>> {
    let book = losses.record.book.address;
    let read = if losses.market == U256::MAX {
        VaultBook::pegDeficitCall {}.abi_encode()
    } else {
        let market = losses.market;
        VaultBook::marketOfCall { market }.abi_encode()
    };
    let steps = [
        Step::call("collect", book, VaultBook::collectCall {}.abi_encode()),
        Step::call("deficit", book, read),
    ];
    let answers = sender.simulate(&steps).await;
    let answers = answers.map_err(|error| in_words(error, Subject::None))?;
    let Some(data) = answers.get(1) else {
        return Ok(None);
    };
    if losses.market == U256::MAX {
        return Ok(VaultBook::pegDeficitCall::abi_decode_returns(data).ok());
    }
    let seen = VaultBook::marketOfCall::abi_decode_returns(data).ok();
    Ok(seen.map(|seen| seen.deficit))
}

async fn cover(ctx: &Context, args: &BackstopCoverArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let losses = losses_of(&deployment, args).await?;
    let vault = Vault::read(&deployment, losses.record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let asked = args.amount.as_deref();
    let asked = asked.map(|text| parse_tokens("amount", text)).transpose()?;
    let refused = |text: String| of_kind(Kind::Refused, text);
    if losses.deficit.is_zero() {
        return Err(refused(format!("market: {} has no deficit", losses.name)));
    }
    let left = left_by_earnings(&sender, &losses).await?;
    let left = left.unwrap_or(losses.deficit);
    if left.is_zero() {
        return Err(refused(format!(
            "market: interest and surplus pay all losses of {}; `ballast backstop collect` lets them",
            losses.name
        )));
    }
    if vault.state.cash.is_zero() {
        return Err(refused("backstop: it has no cash to pay with".to_owned()));
    }
    let amount = asked.unwrap_or(left).min(left).min(vault.state.cash);
    let market = losses.market;
    let call = Backstop::coverCall { market, amount }.abi_encode();
    let earned = losses.deficit.saturating_sub(left);
    let after = vault.state.cash.saturating_sub(amount);
    let plan = Plan {
        action: "backstop cover",
        lines: vec![
            ("market", losses.name.clone()),
            ("losses", vault.synthetic(losses.book.deficit).to_string()),
            ("earnings pay", vault.synthetic(earned).to_string()),
            ("it pays", vault.synthetic(amount).to_string()),
            ("its cash after", vault.synthetic(after).to_string()),
        ],
        steps: vec![Step::call("cover", vault.address, call)],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("backstop cover", &receipts);
    done.fact("market", &losses.name, "market", &losses.name)?;
    if let Some(event) = event::<Backstop::Paid>(&receipts) {
        let covered = vault.synthetic(event.covered);
        done.fact("covered", &covered, "covered", &covered)?;
    }
    ctx.out.result(&done)
}
