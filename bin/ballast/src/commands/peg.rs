//! `ballast peg`: the exchange between a synthetic and its custody token.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::peg::PegModule;
use ballast_chain::vaults::parts::{self, PegState};
use ballast_chain::vaults::{self, BookState};
use ballast_chain::{BookRecord, Sender, Step};
use ballast_math::wide_mul_div_down;
use ballast_model::vaults::{PriceState, convert};
use ballast_types::WAD;
use serde::Serialize;

use super::vault::{PriceReport, book_named, percent, poke_step, state_name};
use crate::act::{Done, Line, Plan, carry_out, in_words, provide};
use crate::cli::{PegCommand, PegMarkArgs, PegSwapArgs, SynthArgs};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{Amount, parse_asset, parse_tokens};

/// One per cent less than what the simulation gives is accepted where nothing else is said.
const KEPT_PERCENT: u64 = 99;

/// Runs a command of `peg`.
///
/// # Errors
/// Whatever makes it fail, with a line for people.
pub async fn run(ctx: &Context, command: &PegCommand) -> eyre::Result<()> {
    match command {
        PegCommand::Show(args) => show(ctx, args).await,
        PegCommand::Enter(args) => enter(ctx, args).await,
        PegCommand::Exit(args) => exit(ctx, args).await,
        PegCommand::Mark(args) => mark(ctx, args).await,
    }
}

/// A module with the book that it mints from.
struct Module {
    address: Address,
    state: PegState,
    book: BookState,
}

impl Module {
    async fn read(deployment: &Deployment, record: &BookRecord) -> eyre::Result<Self> {
        let module = record.peg_module.ok_or_else(|| {
            input(format!(
                "synth: {} has no peg module; `ballast redeem-synth` pays face value in collateral",
                record.symbol
            ))
        })?;
        let (endpoint, at) = (&deployment.endpoint, deployment.at());
        let book = vaults::book(endpoint, record, at).await?;
        let state = parts::peg(endpoint, module.address, book.peg_ledger, at).await?;
        Ok(Self {
            address: module.address,
            state,
            book,
        })
    }

    fn units(&self, base: U256) -> Amount {
        let token = &self.state.token;
        Amount::new(base, token.decimals, &token.symbol)
    }

    fn synthetic(&self, base: U256) -> Amount {
        Amount::token(base, &self.book.synthetic.symbol)
    }

    /// Least low price at which entries are open, scaled, rounded up.
    fn least_price(&self) -> U256 {
        let kept = WAD.saturating_sub(self.state.fee_in);
        ballast_math::wide_mul_div_up(self.state.par, kept, WAD).unwrap_or(U256::MAX)
    }

    /// Why nobody can enter now.
    fn closed(&self, now: u64) -> Option<String> {
        let PegState { price, cap, .. } = &self.state;
        if price.view.state != PriceState::Safe {
            return Some(format!("the price is {}", state_name(price.view.state)));
        }
        if price.view.low.get() < self.least_price() {
            return Some("the low price is under the least".to_owned());
        }
        if self.book.peg_ledger >= *cap {
            return Some("the cap is reached".to_owned());
        }
        (self.book.stopped_until > now).then(|| "new debt is stopped".to_owned())
    }

    /// The custody at a price, a token at most at one; rounded down.
    fn value(&self, price: U256) -> U256 {
        let price = price.min(self.state.par);
        wide_mul_div_down(self.state.custody, price, convert::PRICE_SCALE).unwrap_or_default()
    }

    fn poke(&self) -> Step {
        let token = &self.state.token;
        poke_step(&self.state.prices, token.address, &token.symbol)
    }
}

#[derive(Serialize)]
struct PegReport {
    block: u64,
    module: Address,
    synthetic: String,
    custody_token: Address,
    custody: Amount,
    ledger: Amount,
    backing: Amount,
    deficit: Amount,
    cap: Amount,
    fee_in_wad: String,
    fee_out_wad: String,
    price_low: PriceReport,
    price_high: PriceReport,
    price_state: &'static str,
    entry_price_least: PriceReport,
    entry_closed: Option<String>,
    to_mark: Amount,
    #[serde(skip)]
    fees: String,
}

impl Report for PegReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.plain(&format!(
            "peg module of {} at block {}",
            self.synthetic, self.block
        ));
        lines.add("module", self.module);
        lines.add("custody", &self.custody);
        lines.add("ledger", format!("{}, at most {}", self.ledger, self.cap));
        lines.add("counts as", &self.backing);
        lines.add(
            "price",
            format!(
                "{} to {}, {}",
                self.price_low, self.price_high, self.price_state
            ),
        );
        let entry = match &self.entry_closed {
            Some(why) => format!("closed: {why}"),
            None => "open".to_owned(),
        };
        let least = &self.entry_price_least;
        lines.add("entry", format!("{entry}; from a low price of {least} on"));
        lines.add("exit", "always open");
        lines.add("fees", &self.fees);
        lines.add("losses", format!("{} not paid", self.deficit));
        lines.add("to mark", &self.to_mark);
        lines.text()
    }
}

async fn show(ctx: &Context, args: &SynthArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, args)?;
    let module = Module::read(&deployment, record).await?;
    let PegState { price, token, .. } = &module.state;
    let shown = |price| PriceReport::new(price, token.decimals);
    let high = module.value(price.view.high.get());
    let safe = price.view.state == PriceState::Safe;
    let loss = module.book.peg_ledger.saturating_sub(high);
    ctx.out.result(&PegReport {
        block: deployment.block.number,
        module: module.address,
        synthetic: record.symbol.clone(),
        custody_token: token.address,
        custody: module.units(module.state.custody),
        ledger: module.synthetic(module.book.peg_ledger),
        backing: module.synthetic(module.state.backing),
        deficit: module.synthetic(module.book.peg_deficit),
        cap: module.synthetic(module.state.cap),
        fee_in_wad: module.state.fee_in.to_string(),
        fee_out_wad: module.state.fee_out.to_string(),
        price_low: shown(price.view.low),
        price_high: shown(price.view.high),
        price_state: state_name(price.view.state),
        entry_price_least: shown(ballast_types::Price::new(module.least_price())),
        entry_closed: module.closed(deployment.block.time.get()),
        to_mark: module.synthetic(if safe { loss } else { U256::ZERO }),
        fees: format!(
            "{} to enter, {} to leave; both stay in the custody",
            percent(module.state.fee_in),
            percent(module.state.fee_out)
        ),
    })
}

/// What the last of `steps` returns; none where the endpoint cannot run several on one state.
async fn seen<C: SolCall>(sender: &Sender, steps: &[Step]) -> eyre::Result<Option<C::Return>> {
    let answers = sender
        .simulate(steps)
        .await
        .map_err(|error| in_words(error, Subject::None))?;
    let last = answers.get(steps.len().saturating_sub(1));
    Ok(last.and_then(|bytes| C::abi_decode_returns(bytes).ok()))
}

/// Least to receive: what was said, which must not be over what the simulation gives, or a little under that.
fn least_received(
    typed: Option<eyre::Result<U256>>,
    simulated: Option<U256>,
    shown: impl Fn(U256) -> Amount,
) -> eyre::Result<U256> {
    match (typed.transpose()?, simulated) {
        (Some(least), Some(out)) if least > out => Err(of_kind(
            Kind::Refused,
            format!(
                "min_received: {} is over the {} that this gives now",
                shown(least),
                shown(out)
            ),
        )),
        (Some(least), _) => Ok(least),
        (None, Some(out)) => Ok(
            wide_mul_div_down(out, U256::from(KEPT_PERCENT), U256::from(100)).unwrap_or_default(),
        ),
        (None, None) => Err(input(
            "min_received: this endpoint cannot simulate several transactions; say the least with --min-received",
        )),
    }
}

fn receiver(args: &PegSwapArgs, sender: &Sender, book: Address) -> eyre::Result<Address> {
    let to = args.to.unwrap_or(sender.address());
    if to.is_zero() || to == book {
        return Err(input(format!(
            "to: {to} could never give back what it receives"
        )));
    }
    Ok(to)
}

async fn enter(ctx: &Context, args: &PegSwapArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let module = Module::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let to = receiver(args, &sender, record.book.address)?;
    let token = &module.state.token;
    let units = parse_asset("amount", &args.amount, token.decimals)?;
    let minimum = args.min_received.as_deref();
    let minimum = minimum.map(|text| parse_tokens("min_received", text));
    let mut steps = Vec::new();
    if module.state.price.view.state != PriceState::Safe {
        steps.push(module.poke());
    }
    let asset = (token.address, token.decimals, token.symbol.as_str());
    let account = sender.address();
    steps.extend(provide(&deployment, account, module.address, asset, units, "amount").await?);
    let call = |least: U256| {
        let call = PegModule::enterCall {
            units,
            minMinted: least,
            to,
        };
        Step::call("enter", module.address, call.abi_encode())
    };
    let trial = [steps.clone(), vec![call(U256::ZERO)]].concat();
    let minted = seen::<PegModule::enterCall>(&sender, &trial).await?;
    let least = least_received(minimum, minted, |base| module.synthetic(base))?;
    let mut lines = vec![("pays in", module.units(units).to_string())];
    lines.extend(minted.map(|minted| ("receives", module.synthetic(minted).to_string())));
    lines.extend(swap_lines(&module, args, &module.synthetic(least), true));
    steps.push(call(least));
    let plan = Plan {
        action: "peg enter",
        lines,
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("peg enter", &receipts);
    if let Some(event) = event::<PegModule::Entered>(&receipts) {
        let paid = module.units(event.units);
        done.fact("paid", &paid, "paid in", &paid)?;
        let received = module.synthetic(event.minted);
        done.fact("received", &received, "received", &received)?;
        done.fact("to", event.to, "to", event.to)?;
    }
    ctx.out.result(&done)
}

fn swap_lines(module: &Module, args: &PegSwapArgs, least: &Amount, entering: bool) -> Vec<Line> {
    let fee = if entering {
        module.state.fee_in
    } else {
        module.state.fee_out
    };
    let mut lines = vec![
        ("accepts", format!("at least {least}")),
        ("fee", format!("{}, stays in the custody", percent(fee))),
    ];
    lines.extend(args.to.map(|to| ("to", to.to_string())));
    lines
}

async fn exit(ctx: &Context, args: &PegSwapArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let module = Module::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let to = receiver(args, &sender, record.book.address)?;
    let amount = parse_tokens("amount", &args.amount)?;
    let held = deployment
        .balance(record.book.address, sender.address())
        .await?;
    if amount > held {
        return Err(input(format!(
            "amount: {} is needed, {} has {}",
            module.synthetic(amount),
            sender.address(),
            module.synthetic(held)
        )));
    }
    let decimals = module.state.token.decimals;
    let minimum = args.min_received.as_deref();
    let minimum = minimum.map(|text| parse_asset("min_received", text, decimals));
    let call = |least: U256| {
        let call = PegModule::exitCall {
            amount,
            minUnits: least,
            to,
        };
        Step::call("exit", module.address, call.abi_encode())
    };
    let units = seen::<PegModule::exitCall>(&sender, &[call(U256::ZERO)]).await?;
    let least = least_received(minimum, units, |base| module.units(base))?;
    let mut lines = vec![("burns", module.synthetic(amount).to_string())];
    lines.extend(units.map(|units| ("receives", module.units(units).to_string())));
    lines.extend(swap_lines(&module, args, &module.units(least), false));
    if !module.book.deficit.is_zero() {
        let text = format!(
            "{} not paid; everybody gets the same share",
            module.synthetic(module.book.deficit)
        );
        lines.push(("losses", text));
    }
    let plan = Plan {
        action: "peg exit",
        lines,
        steps: vec![call(least)],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("peg exit", &receipts);
    if let Some(event) = event::<PegModule::Exited>(&receipts) {
        let burned = module.synthetic(event.burned);
        done.fact("burned", &burned, "burned", &burned)?;
        let received = module.units(event.units);
        done.fact("received", &received, "received", &received)?;
        done.fact("to", event.to, "to", event.to)?;
    }
    ctx.out.result(&done)
}

async fn mark(ctx: &Context, args: &PegMarkArgs) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let record = book_named(&deployment, &args.synth)?;
    let module = Module::read(&deployment, record).await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let mut steps = Vec::new();
    if args.poke || module.state.price.view.state != PriceState::Safe {
        steps.push(module.poke());
    }
    let call = PegModule::markCall {}.abi_encode();
    steps.push(Step::call("mark", module.address, call));
    let loss = seen::<PegModule::markCall>(&sender, &steps).await?;
    if loss.is_some_and(|loss| loss.is_zero()) {
        return Err(of_kind(
            Kind::Refused,
            "custody: it is worth the ledger between its bounds; there is nothing to mark",
        ));
    }
    let mut lines = vec![
        ("custody", module.units(module.state.custody).to_string()),
        (
            "ledger",
            module.synthetic(module.book.peg_ledger).to_string(),
        ),
    ];
    lines.extend(loss.map(|loss| {
        let amount = module.synthetic(loss.unsigned_abs());
        let name = if loss.is_negative() {
            "from the deficit"
        } else {
            "to the deficit"
        };
        (name, amount.to_string())
    }));
    let plan = Plan {
        action: "peg mark",
        lines,
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let mut done = Done::new("peg mark", &receipts);
    if let Some(event) = event::<PegModule::Marked>(&receipts) {
        let amount = module.synthetic(event.loss.unsigned_abs());
        let (key, name) = if event.loss.is_negative() {
            ("taken_back", "taken back")
        } else {
            ("loss", "to the deficit")
        };
        done.fact(key, &amount, name, &amount)?;
    }
    ctx.out.result(&done)
}
