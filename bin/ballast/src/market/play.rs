//! The market itself: moment by moment, what everybody does, one block at a time.

use std::collections::BTreeMap;

use alloy::primitives::U256;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolCall;
use ballast_bindings::peers::Erc20;
use ballast_chain::logs::LogReader;
use ballast_chain::{Endpoint, Manifest};

use super::actors::{self, Scene};
use super::audit::Audit;
use super::books::Books;
use super::chance::Chance;
use super::live::Live;
use super::node::{Node, Tx};
use super::orders::{Deed, Order};
use super::path::{Moment, common_secs, moments};
use super::report::{self, MarketReport, Source};
use super::stage::{CREATOR, DONOR, GUARDIAN, ISSUER, KEEPER, Stage, set_up};
use super::view::{Balances, View, backing_read, decode, decode_backing, part, reads};
use crate::crisis::{Aftermath, Prepared, Side};
use crate::prices::Bar;
use crate::units::instant;

/// Most blocks between two moments for bidders alone.
const BIDDER_BLOCKS_MAX: usize = 4;
/// Most blocks after a moment for services that are processes of their own, and whoever trades on their work.
const FOLLOWING_MAX: usize = 3;
/// Seconds between these.
const FOLLOWING_SECS: u64 = 13;
/// How much of its highest price a token's holders remember after a moment.
const MEMORY: f64 = 0.999;
/// Pull of a token's own demand back to the path, per hour.
const NOISE_PULL: f64 = 0.02;
/// Loans of a token that are open at a time, when as many are opened as end.
const LOANS_OPEN: f64 = 8.0;
/// Bars between two claims of the creator.
const CLAIM_BARS: usize = 24;
/// The guardian's longest pause.
const PAUSE_SECS_MAX: u64 = 7 * 86_400;
/// Bars that a pause lasts.
const PAUSE_BARS: u64 = 6;

/// What to play.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The path; at least one bar, times rising.
    pub bars: Vec<Bar>,
    /// Where it came from.
    pub source: Source,
    /// Seed of every chance.
    pub seed: u64,
}

struct Market<'a> {
    node: Node,
    plan: &'a Plan,
    stage: Stage,
    books: Books,
    first: Vec<View>,
    views: Vec<View>,
    audit: Audit,
    chance: Chance,
    /// Highest price of late, by token.
    highs: Vec<f64>,
    /// The token's own part of its demand, as a logarithm.
    noises: Vec<f64>,
    actions: BTreeMap<&'static str, u64>,
    refused: BTreeMap<String, u64>,
    /// Unix seconds of the newest block.
    now: u64,
    /// Synthetics on the same path.
    side: Option<Side>,
}

/// Sets the market up on a fresh deployment and plays `plan` to its end.
///
/// # Errors
/// Where a transaction reverts in a way no market expects, or the chain does not answer.
pub async fn play(
    endpoint: &Endpoint,
    manifest: &Manifest,
    plan: &Plan,
    (live, synthetics): (&mut Live, Option<Prepared>),
) -> eyre::Result<(MarketReport, Standing)> {
    let mut node = Node::take_over(endpoint.clone()).await?;
    let start = plan.bars.first().map_or(0, |bar| bar.time);
    let stage = set_up(&mut node, endpoint, manifest, start).await?;
    let mut market = Market::open(node, plan, stage).await?;
    if let Some(prepared) = synthetics {
        market.side = Some(prepared.open(&market.node).await?);
    }
    let cut = moments(&plan.bars);
    let mut times = cut.iter().flatten().map(|moment| moment.time).skip(1);
    for (index, bar) in cut.iter().enumerate() {
        for (phase, moment) in bar.iter().enumerate() {
            let at = Point {
                index,
                phase,
                phases: bar.len(),
                total: cut.len(),
            };
            market.moment(at, *moment).await?;
            market.follow(times.next().unwrap_or(u64::MAX)).await?;
        }
        live.show(
            index as u64 + 1,
            market.now,
            &market.stage,
            &market.views,
            &market.books,
        );
    }
    let aftermath = match market.side.take() {
        Some(side) => Some(side.close(&market.node).await?),
        None => None,
    };
    market.node.give_back().await?;
    let block = endpoint.tip().await?.number;
    let report = market.report();
    let Market {
        stage,
        books,
        views,
        node,
        ..
    } = market;
    Ok((
        report,
        Standing {
            aftermath,
            endpoint: endpoint.clone(),
            node,
            stage,
            books,
            views,
            block,
        },
    ))
}

/// A market whose path has ended, and whose chain goes on under other hands.
#[derive(Debug)]
pub struct Standing {
    endpoint: Endpoint,
    node: Node,
    stage: Stage,
    books: Books,
    views: Vec<View>,
    /// The newest block entered.
    block: u64,
    /// What is left of the synthetics.
    aftermath: Option<Aftermath>,
}

impl Standing {
    /// What is left of the synthetics; nothing where none were played.
    pub const fn aftermath(&mut self) -> Option<&mut Aftermath> {
        self.aftermath.as_mut()
    }

    /// Enters what happened since, and shows it.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn refresh(&mut self, live: &mut Live) -> eyre::Result<()> {
        let tip = self.endpoint.tip().await?;
        if let Some(aftermath) = &mut self.aftermath {
            aftermath.stand().await?;
        }
        let news = tip.number > self.block;
        if news {
            let reader = LogReader::new(self.endpoint.clone(), LogReader::DEFAULT_SPAN);
            let logs = reader
                .read(&Filter::new(), self.block + 1, tip.number, |_, _| {})
                .await?;
            for log in &logs {
                self.books
                    .enter(log, log.block_timestamp.unwrap_or(tip.time.get()));
            }
            self.views = views(&self.node, &self.stage).await?;
            self.books.trust(&self.views, tip.time.get());
            self.block = tip.number;
        }
        live.stand(news, tip.time.get(), &self.stage, &self.views, &self.books);
        Ok(())
    }
}

/// Where in the path a moment is.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The bar.
    index: usize,
    /// The moment inside it.
    phase: usize,
    /// Moments of the bar.
    phases: usize,
    /// All bars.
    total: usize,
}

impl Point {
    /// Whether this is moment `phase` of its bar, or the bar's last where it has fewer.
    fn is(self, phase: usize) -> bool {
        self.phase == phase.min(self.phases - 1)
    }

    /// Whether this bar stands at `part` of `parts` of the path.
    fn at(self, part: usize, parts: usize) -> bool {
        self.index == self.total * part / parts
    }
}

impl<'a> Market<'a> {
    async fn open(node: Node, plan: &'a Plan, stage: Stage) -> eyre::Result<Self> {
        let balances = balances(&node, &stage).await?;
        let views = views(&node, &stage).await?;
        let mut audit = Audit::default();
        audit.enter(&views, &symbols(&stage), node.blocks());
        Ok(Self {
            books: Books::new(&stage, balances),
            highs: views.iter().map(View::spot).collect(),
            noises: vec![0.0; stage.tokens.len()],
            first: views.clone(),
            views,
            audit,
            chance: Chance::fork(plan.seed, 2),
            actions: BTreeMap::new(),
            refused: BTreeMap::new(),
            now: stage
                .tokens
                .iter()
                .map(|token| token.genesis)
                .max()
                .unwrap_or_default(),
            node,
            plan,
            stage,
            side: None,
        })
    }

    /// Everything until and at one moment of the path.
    async fn moment(&mut self, at: Point, moment: Moment) -> eyre::Result<()> {
        self.bidders_alone(moment.time).await?;
        self.drift(at);
        let mut purse = self.books.balances.clone();
        let mut orders = Vec::new();
        for token in 0..self.stage.tokens.len() {
            self.orders(token, at, moment, &mut purse, &mut orders);
        }
        let start = self.plan.bars.first().map_or(1.0, |bar| bar.open);
        let beside = match &mut self.side {
            Some(side) => Some(side.orders(moment.time, moment.price / start).await?),
            None => None,
        };
        self.mine((&orders, beside), moment.time).await
    }

    /// Blocks for services that are processes of their own, as long as they have work, before `next`.
    async fn follow(&mut self, next: u64) -> eyre::Result<()> {
        for _ in 0..FOLLOWING_MAX {
            let time = self.now + FOLLOWING_SECS;
            let Some(side) = self.side.as_mut().filter(|_| time < next) else {
                break;
            };
            let Some(beside) = side.follow().await? else {
                break;
            };
            self.mine((&[], Some(beside)), time).await?;
        }
        Ok(())
    }

    /// Blocks at the seconds at which an auction becomes cheap enough before `until`.
    async fn bidders_alone(&mut self, until: u64) -> eyre::Result<()> {
        for _ in 0..BIDDER_BLOCKS_MAX {
            let next = (0..self.stage.tokens.len())
                .filter_map(|token| {
                    Some((
                        actors::cheap_second(&self.scene(token, until), self.now)?,
                        token,
                    ))
                })
                .min();
            let Some((second, token)) = next else { break };
            let mut purse = self.books.balances.clone();
            let mut chance = self.chance.clone();
            let orders = actors::bid(&self.scene(token, second), &mut purse, &mut chance);
            self.chance = chance;
            if orders.is_empty() {
                break;
            }
            self.mine((&orders, None), second).await?;
        }
        Ok(())
    }

    /// Moves each token's own part of its demand.
    fn drift(&mut self, at: Point) {
        let hours = common_secs(&self.plan.bars) as f64 / 3_600.0 / at.phases as f64;
        for (noise, token) in self.noises.iter_mut().zip(&self.stage.tokens) {
            let pull = (NOISE_PULL * hours).min(1.0);
            *noise += -pull * *noise + token.spec.noise * hours.sqrt() * self.chance.normal();
        }
        for (high, view) in self.highs.iter_mut().zip(&self.views) {
            *high = view.spot().max(*high * MEMORY);
        }
    }

    fn scene(&self, token: usize, time: u64) -> Scene<'_> {
        let book = &self.books.tokens[token];
        Scene {
            stage: &self.stage,
            token,
            view: &self.views[token],
            auction: &book.auction,
            last_lot: book.last_lot,
            pauses: &book.pauses,
            fees: book.fees,
            loans: &self.books.loans,
            high: self.highs[token],
            time,
        }
    }

    /// What demand would pay for one token base unit now, in base units of asset 0.
    fn target(&self, token: usize, moment: Moment) -> f64 {
        let start = self.plan.bars.first().map_or(1.0, |bar| bar.open);
        let followed = (moment.price / start).powf(self.stage.tokens[token].spec.beta);
        self.first[token].spot() * followed * self.noises[token].exp()
    }

    /// What everybody does to `token` at one moment.
    fn orders(
        &mut self,
        token: usize,
        at: Point,
        moment: Moment,
        purse: &mut Balances,
        orders: &mut Vec<Order>,
    ) {
        let mut chance = self.chance.clone();
        let scene = self.scene(token, moment.time);
        orders.extend(actors::keep(&scene, &mut chance));
        let trades_anyway = at.is(0) || at.is(3) || chance.happens(0.6);
        if trades_anyway {
            orders.extend(actors::whim(&scene, purse, &mut chance));
        }
        if at.phases == 1 {
            // Two trades even in a bar of a single moment.
            orders.extend(actors::whim(&scene, purse, &mut chance));
        }
        orders.extend(actors::follow(
            &scene,
            self.target(token, moment),
            purse,
            &mut chance,
        ));
        orders.extend(actors::hold(&scene, purse, &mut chance));
        orders.extend(actors::arbitrage(&scene, purse));
        orders.extend(actors::bid(&scene, purse, &mut chance));
        if at.is(1) {
            orders.extend(actors::serve(&scene, purse));
            let terms = common_secs(&self.plan.bars) as f64
                / f64::from(self.stage.tokens[token].spec.term_secs);
            if chance.happens((LOANS_OPEN * terms).clamp(0.1, 0.6)) {
                orders.extend(actors::borrow(&scene, purse, &mut chance));
            }
        }
        if at.is(2) {
            orders.extend(self.scheduled(&scene, at, purse, &mut chance));
        }
        self.chance = chance;
    }

    /// What happens rarely, and at least once on every path.
    fn scheduled(
        &self,
        scene: &Scene<'_>,
        at: Point,
        purse: &mut Balances,
        chance: &mut Chance,
    ) -> Vec<Order> {
        let token = scene.token;
        let order = |who: usize, deed: Deed| Order { who, token, deed };
        let thousandth = |amount: U256| part(amount, 0.001);
        let first = &scene.view.ledger[0];
        let paused = scene.pauses.is_paused(scene.time);
        let mut orders = Vec::new();
        if at.at(1 + token, 5) || chance.happens(0.004) {
            orders.push(order(
                DONOR.account(0),
                Deed::Donate {
                    asset: 0,
                    amount: thousandth(first.total),
                },
            ));
        }
        if at.at(1, 4) {
            orders.push(order(
                DONOR.account(0),
                Deed::Give {
                    asset: 0,
                    amount: thousandth(first.total),
                },
            ));
        }
        if at.at(1, 4 - usize::from(at.total > 12)) {
            orders.push(order(KEEPER.account(0), Deed::Sync { asset: 0 }));
        }
        if !paused && !first.cash.is_zero() && (at.at(1, 6 + token) || chance.happens(0.01)) {
            let amount = part(first.cash, 0.4);
            orders.push(order(KEEPER.account(0), Deed::Flash { asset: 0, amount }));
        }
        if at.at(1, 3) || at.at(2, 3) {
            orders.extend(actors::burn(scene, purse, chance));
        }
        if at.at(1, 2) {
            orders.extend(actors::redeem(scene, purse, chance));
        }
        if token == 0 && at.at(2, 5) && !scene.pauses.any() {
            let secs = (common_secs(&self.plan.bars) * PAUSE_BARS).clamp(1, PAUSE_SECS_MAX);
            orders.push(order(GUARDIAN.account(0), Deed::Pause { secs }));
        }
        if token == 1 && at.at(3, 4) {
            let cut = |bps: u16| bps.saturating_sub(50);
            let (buy_bps, sell_bps) = (cut(scene.fees.buy_bps), cut(scene.fees.sell_bps));
            orders.push(order(
                ISSUER.account(0),
                Deed::CutFees { buy_bps, sell_bps },
            ));
        }
        if at.index % CLAIM_BARS == CLAIM_BARS - 1 && self.books.tokens[token].claimable {
            orders.push(order(CREATOR.account(0), Deed::Claim { asset: 0 }));
        }
        orders
    }

    /// Mines `orders` as one block at `time`, enters what happened, and holds the new state against the theorems.
    /// What is wanted `beside` comes last; none where nobody was asked.
    async fn mine(
        &mut self,
        (orders, beside): (&[Order], Option<Vec<Tx>>),
        time: u64,
    ) -> eyre::Result<()> {
        let mut txs: Vec<Tx> = orders.iter().map(|order| order.tx(&self.stage)).collect();
        let alone = beside.is_none();
        txs.extend(beside.into_iter().flatten());
        let number = self.node.blocks() + 1;
        let symbols = symbols(&self.stage);
        let backings: Vec<_> = self.stage.tokens.iter().map(backing_read).collect();
        let waiting = self.node.read_at_time(&backings, time).await?;
        let waiting = waiting
            .iter()
            .map(decode_backing)
            .collect::<eyre::Result<Vec<_>>>()?;
        self.audit.wait(waiting, &symbols, number);
        let mined = self.node.mine(&txs, time).await?;
        self.now = time;
        // What services send themselves is in whichever block comes next.
        let strangers = mined.all.len() > mined.own.len();
        if let Some(side) = self.side.as_mut().filter(|_| !alone || strangers) {
            side.enter(&self.node, &mined, (time, alone)).await?;
        }
        for (order, receipt) in orders.iter().zip(mined.own) {
            if receipt.status() {
                *self.actions.entry(order.deed.name()).or_default() += 1;
                for log in receipt.inner.logs() {
                    self.books.enter(log, time);
                }
                continue;
            }
            let error = self.node.why(receipt.transaction_hash).await?;
            if !order.deed.tolerates(&error) {
                let symbol = self.stage.tokens[order.token].spec.symbol;
                eyre::bail!(
                    "market: {} of {symbol} by account {} reverted: {error}",
                    order.deed.name(),
                    order.who
                );
            }
            let name = format!("{}: {}", order.deed.name(), reason(&error));
            *self.refused.entry(name).or_default() += 1;
        }
        self.views = views(&self.node, &self.stage).await?;
        self.books.trust(&self.views, time);
        self.audit.enter(&self.views, &symbols, number);
        Ok(())
    }

    fn report(&self) -> MarketReport {
        let tokens: Vec<_> = (0..self.stage.tokens.len())
            .map(|index| {
                report::token_report(
                    &self.stage,
                    &self.books,
                    index,
                    &self.first[index],
                    &self.views[index],
                )
            })
            .collect();
        let (loans, auctions) = report::totals(&tokens);
        MarketReport {
            source: self.plan.source.clone(),
            seed: self.plan.seed,
            first_bar: self
                .plan
                .bars
                .first()
                .map(|bar| instant(bar.time))
                .unwrap_or_default(),
            last_bar: self
                .plan
                .bars
                .last()
                .map(|bar| instant(bar.time))
                .unwrap_or_default(),
            bars: self.plan.bars.len() as u64,
            trades: tokens.iter().map(|token| token.trades).sum(),
            blocks: self.node.blocks(),
            transactions: self.node.transactions(),
            floor_checks: self.audit.checks,
            floor_falls: self.audit.falls,
            first_fall: self.audit.first_fall.clone(),
            free_holder_coverage: self.audit.coverage_wad.map_or(1.0, report::ratio_down),
            free_holder_coverage_while_lent: self.audit.lent_coverage_wad.map(report::ratio_down),
            inflow: report::total_inflow(&self.stage, &self.books),
            loans,
            auctions,
            actions: self.actions.clone(),
            refused: self.refused.clone(),
            ledger_gaps: self.audit.ledger_gaps,
            tokens,
        }
    }
}

/// A refusal's name: that of the custom error, or the text given.
fn reason(error: &ballast_bindings::RevertError) -> String {
    match error {
        ballast_bindings::RevertError::Message { message } => message.clone(),
        other => other.name().to_owned(),
    }
}

fn symbols(stage: &Stage) -> Vec<&'static str> {
    stage.tokens.iter().map(|token| token.spec.symbol).collect()
}

async fn views(node: &Node, stage: &Stage) -> eyre::Result<Vec<View>> {
    let all: Vec<_> = stage.tokens.iter().flat_map(reads).collect();
    decode(stage, &node.read(&all).await?)
}

/// Every balance of every account, read once; transfers tell the rest.
async fn balances(node: &Node, stage: &Stage) -> eyre::Result<Balances> {
    let mut pairs = Vec::new();
    for currency in stage.currencies() {
        for account in stage.accounts.iter().chain([&stage.flash_taker]) {
            pairs.push((currency, *account));
        }
    }
    let reads: Vec<_> = pairs
        .iter()
        .map(|(currency, account)| {
            (
                *currency,
                Erc20::balanceOfCall { account: *account }.abi_encode(),
            )
        })
        .collect();
    let mut balances = Balances::default();
    for ((currency, account), answer) in pairs.iter().zip(node.read(&reads).await?) {
        balances.set(
            *currency,
            *account,
            Erc20::balanceOfCall::abi_decode_returns(&answer)?,
        );
    }
    Ok(balances)
}
