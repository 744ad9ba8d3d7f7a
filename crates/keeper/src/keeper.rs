//! The loop: a new block, what it shows, what is to be done, and that it is done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use ballast_chain::tx::{Outbox, Policy, Routes};
use ballast_chain::{ChainError, Endpoint, Manifest};
use ballast_store::{Heartbeat, Store, Write};

use crate::action::Verdict;
use crate::alerts::{Alerts, unix_now};
use crate::bidding::{AsPlanned, Bidder, Program};
use crate::collect::{Accrual, BookPlan, Collector};
use crate::config::{Config, ConfigError};
use crate::error::KeeperError;
use crate::execute::{ExecuteTerms, Executor, Tools};
use crate::follow::{Followed, Follower};
use crate::notebook::Notebook;
use crate::policy;
use crate::reader::{Header, Reader};
use crate::sight::BookSight;
use crate::status::{BookFigures, Status};
use crate::strategy::{self, RedeemTerms, TakeMode, TakeTerms};

/// How often a sign of life is written.
const BEAT: Duration = Duration::from_secs(2);
/// Longest wait after a failed pass.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Everything that a keeper is made of.
#[derive(Debug)]
pub struct Keeper {
    config: Config,
    around: Surroundings,
    endpoints: Vec<Endpoint>,
    account: Address,
    reader: Arc<Reader>,
    store: Arc<dyn Store>,
    follower: Follower,
    collector: Collector,
    accrual: Accrual,
    executor: Executor,
    notebook: Notebook,
    alerts: Alerts,
    status: Arc<Status>,
    known_chain: bool,
    handled: Option<Header>,
    checked: Option<u64>,
    beat: Option<Instant>,
    failed: u32,
}

/// What a keeper needs from its program.
#[derive(Debug)]
pub struct Surroundings {
    /// The deployment.
    pub manifest: Manifest,
    /// The program's own endpoint, read where the file names none.
    pub endpoint: Option<Endpoint>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The key; nobody else may send with it.
    pub signer: PrivateKeySigner,
}

/// Endpoints that are not asked yet: one that is down now must not keep the others from being used.
fn endpoints(urls: &[String], chain_id: u64) -> Result<Vec<Endpoint>, KeeperError> {
    let endpoints = urls.iter().map(|url| Endpoint::unasked(url, chain_id));
    Ok(endpoints.collect::<Result<Vec<Endpoint>, _>>()?)
}

fn plans(config: &Config, manifest: &Manifest) -> Result<Vec<BookPlan>, KeeperError> {
    for book in &config.books {
        let known = manifest.books.iter().any(|record| {
            let one = std::slice::from_ref(book);
            one.iter().any(|book| {
                let named = book.synthetic.parse::<Address>();
                book.synthetic == record.symbol
                    || named.is_ok_and(|named| named == record.book.address)
            })
        });
        if !known {
            let detail = format!("`{}` is no synthetic of this deployment", book.synthetic);
            return Err(ConfigError::new("book.synthetic", detail).into());
        }
    }
    let contracts = &manifest.contracts;
    let plans = manifest.books.iter().filter_map(|record| {
        let book = config.book(&record.symbol, record.book.address)?;
        let (factory, native) = (contracts.factory.address, contracts.wrapped_native.address);
        Some(BookPlan::new(record.clone(), book, factory, native))
    });
    Ok(plans.collect())
}

/// Those that are read.
fn readers(config: &Config, around: &Surroundings) -> Result<Vec<Endpoint>, KeeperError> {
    match (&around.endpoint, config.rpc.is_empty()) {
        (Some(endpoint), true) => Ok(vec![endpoint.clone()]),
        (None, true) => Err(ConfigError::new("rpc", "name at least one endpoint").into()),
        (_, false) => endpoints(&config.rpc, around.manifest.chain_id),
    }
}

/// The outbox that reads where `read` is; none in a dry run.
async fn open_outbox(
    config: &Config,
    around: &Surroundings,
    (read, others): (&Endpoint, &[Endpoint]),
) -> Result<Option<Outbox>, KeeperError> {
    if config.dry_run {
        return Ok(None);
    }
    let chain = around.manifest.chain_id;
    let public = endpoints(&config.public, chain)?;
    let routes = Routes {
        read: read.clone(),
        public: if public.is_empty() {
            others.to_vec()
        } else {
            public
        },
        private: endpoints(&config.private, chain)?,
    };
    let send = &config.send;
    let policy = Policy {
        service: service_of(around),
        max_fee_wei: send.max_fee_wei,
        priority_fee_wei: send.priority_fee_wei,
        bump_percent: send.bump_percent,
        bump_after_blocks: send.bump_after_blocks,
        spend_per_hour_wei: send.spend_per_hour_wei,
        in_flight_max: send.in_flight_max,
        confirmations: send.confirmations,
        private_blocks: send.private_blocks,
        patience: config.patience,
        classify: policy::class,
        ..Policy::default()
    };
    let store = Arc::clone(&around.store);
    let outbox = Outbox::open(store, routes, around.signer.clone(), policy).await?;
    Ok(Some(outbox))
}

/// The same at the start, when no endpoint may answer yet: it is opened later then.
async fn first_outbox(
    config: &Config,
    around: &Surroundings,
    routes: (&Endpoint, &[Endpoint]),
) -> Result<Option<Outbox>, KeeperError> {
    match open_outbox(config, around, routes).await {
        Err(error) if error.is_of_endpoint() => {
            tracing::warn!("the outbox waits: {error}");
            Ok(None)
        }
        opened => opened,
    }
}

fn service_of(around: &Surroundings) -> String {
    format!("keeper:{}", around.signer.address())
}

/// The book of each backstop.
fn books_of(plans: &[BookPlan]) -> BTreeMap<Address, Address> {
    let pairs = plans.iter();
    let pairs = pairs.filter_map(|plan| Some((plan.backstop()?, plan.address())));
    pairs.collect()
}

fn execute_terms(config: &Config) -> ExecuteTerms {
    let bidding = config.bidding.as_ref();
    ExecuteTerms {
        valid_secs: config.send.valid_secs,
        dry_run: config.dry_run,
        private: !config.private.is_empty(),
        fall_back: bidding.is_none_or(|bidding| bidding.fall_back),
    }
}

impl Keeper {
    /// Puts a keeper together; the key's lock is taken unless it is a dry run. Without `bidder`, the configured program
    /// decides about bids, or the plan itself.
    ///
    /// # Errors
    /// The configuration does not fit the deployment, another program has the key, the store or an endpoint fails.
    pub async fn open(
        config: Config,
        around: Surroundings,
        bidder: Option<Box<dyn Bidder>>,
    ) -> Result<Self, KeeperError> {
        let account = around.signer.address();
        let service = service_of(&around);
        let plans = plans(&config, &around.manifest)?;
        let endpoints = readers(&config, &around)?;
        let reader = Reader::new(endpoints.clone(), config.quorum, config.patience)?;
        let reader = Arc::new(reader);
        let outbox = first_outbox(&config, &around, (reader.endpoint()?, &endpoints)).await?;
        let store = Arc::clone(&around.store);
        let alerts = Alerts::new(Arc::clone(&store), service.clone());
        let status = Arc::new(Status::new(
            service.clone(),
            config.dry_run,
            config.watch.silence,
        ));
        let bidder: Box<dyn Bidder> = match (bidder, &config.bidding) {
            (Some(bidder), _) => bidder,
            (None, Some(bidding)) => Box::new(Program::new(bidding)),
            (None, None) => Box::new(AsPlanned),
        };
        let books_of = books_of(&plans);
        let followed = plans.iter().map(|plan| Followed {
            book: plan.address(),
            first_block: plan.first_block(),
        });
        let follower = Follower::new(followed.collect(), config.log_span);
        let tools = Tools {
            reader: Arc::clone(&reader),
            store: Arc::clone(&store),
            outbox,
            bidder,
            alerts: alerts.clone(),
            status: Arc::clone(&status),
        };
        let strategies = &config.strategies;
        let surveys = strategies.poke.is_some() || strategies.take.is_some_and(|take| take.poke);
        let bids = strategies.convert.is_some_and(|convert| convert.bid);
        let priority = config.send.priority_fee_wei;
        Ok(Self {
            executor: Executor::new(tools, account, execute_terms(&config), books_of),
            collector: Collector::new(Arc::clone(&reader), account, plans, priority, surveys),
            accrual: Accrual::new(
                Arc::clone(&reader),
                around.manifest.clone(),
                account,
                bids,
                priority.unwrap_or_default(),
            ),
            notebook: Notebook::new(Arc::clone(&store), service),
            config,
            around,
            endpoints,
            account,
            reader,
            store,
            follower,
            alerts,
            status,
            known_chain: false,
            handled: None,
            checked: None,
            beat: None,
            failed: 0,
        })
    }

    /// What it says of itself, for as long as anybody wants to know.
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Who it tells.
    pub fn alerts(&self) -> Alerts {
        self.alerts.clone()
    }

    /// The mirrors.
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// Runs until `stop` ends. What fails is told and tried again.
    ///
    /// # Errors
    /// What trying again does not help: the key is another's, or the configuration does not fit the chain.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<(), KeeperError> {
        tokio::pin!(stop);
        loop {
            let wait = tokio::select! {
                () = &mut stop => return Ok(()),
                wait = self.step() => wait?,
            };
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One pass, and what a failure of it asks for; gives how long to wait until the next.
    ///
    /// # Errors
    /// As [`Keeper::run`].
    pub async fn step(&mut self) -> Result<Duration, KeeperError> {
        match self.pass().await {
            Ok(()) => Ok(self.config.poll),
            Err(error) if is_fatal(&error) => Err(error),
            Err(error) => Ok(self.recover(&error).await),
        }
    }

    /// After a failure: another endpoint, a new mirror, a word to a person; then how long to wait.
    async fn recover(&mut self, error: &KeeperError) -> Duration {
        self.failed = self.failed.saturating_add(1);
        let reason = error.to_string();
        self.status.edit(|figures| {
            figures.failures = figures.failures.saturating_add(1);
            figures.last_failure = Some(reason.clone());
        });
        tracing::warn!("{reason}");
        if error.spoils_mirror() {
            self.follower.forget();
            self.alerts.raise("mirror", "differs", &reason).await;
        }
        if error.is_of_endpoint() {
            if let Some(url) = self.reader.turn() {
                tracing::warn!("{url} is asked from now on");
            }
            if self.failed == 5 {
                self.alerts.raise("endpoint", "failing", &reason).await;
            }
        } else {
            self.alerts.raise("failure", &reason, &reason).await;
        }
        let doubled = 1_u32.checked_shl(self.failed.min(8)).unwrap_or(1);
        self.config.poll.saturating_mul(doubled).min(WAIT_MAX)
    }

    /// Opens the outbox where no endpoint answered it so far.
    async fn open_again(&mut self) -> Result<(), KeeperError> {
        let read = self.reader.endpoint()?.clone();
        match open_outbox(&self.config, &self.around, (&read, &self.endpoints)).await {
            Ok(outbox) => self.executor.set_outbox(outbox),
            Err(error) if error.is_of_endpoint() => {
                self.reader.turn();
                tracing::warn!("the outbox waits: {error}");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Fails unless the chain is the manifest's; a node that no longer has its first block is believed.
    async fn expect_history(&mut self) -> Result<(), KeeperError> {
        let manifest = &self.around.manifest;
        let first = self.reader.header(manifest.genesis_block).await?;
        if let Some(first) = first
            && first.block.hash != manifest.genesis_hash
        {
            return Err(KeeperError::Chain(ChainError::OtherHistory {
                block: manifest.genesis_block,
                actual: first.block.hash.to_string(),
                expected: manifest.genesis_hash,
            }));
        }
        self.known_chain = true;
        Ok(())
    }

    /// One pass: nothing but the outbox where no block is new.
    ///
    /// # Errors
    /// What was not done is done in the next pass.
    pub async fn pass(&mut self) -> Result<(), KeeperError> {
        self.beat().await?;
        if !self.executor.is_ready() {
            self.open_again().await?;
        }
        if !self.known_chain {
            self.expect_history().await?;
        }
        let header = self.follower.sync(&self.reader).await?;
        let seen = Instant::now();
        let known = self
            .handled
            .is_some_and(|handled| handled.block.hash == header.block.hash);
        if known {
            self.executor.send().await?;
            self.failed = 0;
            return Ok(());
        }
        self.status.block();
        self.status.edit(|figures| {
            figures.head = Some(header.block.into());
            figures.idle = false;
            figures.taken_back = self.follower.taken_back();
            figures.rebuilt = self.follower.rebuilt();
        });
        self.handle(&header, seen).await?;
        self.handled = Some(header);
        self.failed = 0;
        self.status.edit(|figures| {
            figures.handled = header.block.number;
            figures.idle = true;
            figures.alerts = self.alerts.raised();
        });
        Ok(())
    }

    /// Everything that one block asks for, the most urgent first.
    async fn handle(&mut self, header: &Header, seen: Instant) -> Result<(), KeeperError> {
        if self.executor.is_busy() || self.handled.is_none() {
            self.executor.send().await?;
        }
        self.executor.take_stock(header).await?;
        let due = self.checked.is_none_or(|checked| {
            header.block.number.saturating_sub(checked) >= self.config.watch.check_blocks
        });
        self.collector.discover(&self.follower, header, due).await?;
        let mut books = self.collector.books(&mut self.follower, header).await?;
        self.show_books(&books);
        let mut taken = BTreeMap::new();
        let mut sent = false;
        for book in &books {
            let verdict = self.takes(book)?;
            let mut owners = Vec::new();
            for proposal in &verdict.proposals {
                owners.extend(proposal.call.about());
            }
            taken.insert(book.address, owners);
            sent |= self.act(&verdict, header).await?;
        }
        if sent {
            self.executor.send().await?;
            let micros = u64::try_from(seen.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.status
                .edit(|figures| figures.take_latency_micros = Some(micros));
        }
        self.rest(&mut books, &taken, header).await?;
        self.executor.send().await?;
        self.notebook.write(header).await?;
        if due {
            self.check(header).await?;
        }
        Ok(())
    }

    /// Prices, clocks and losses of every book, then loans and converters.
    async fn rest(
        &mut self,
        books: &mut [BookSight],
        taken: &BTreeMap<Address, Vec<crate::subject::Subject>>,
        header: &Header,
    ) -> Result<(), KeeperError> {
        for book in books.iter() {
            let owners = taken_owners(taken, book.address);
            let verdict = self.clocks(book, &owners)?;
            self.act(&verdict, header).await?;
        }
        self.collector.sums(books, header).await?;
        for book in books.iter() {
            let owners = taken_owners(taken, book.address);
            let verdict = self.sums(book, &owners)?;
            self.act(&verdict, header).await?;
        }
        let verdict = self.tokens(header).await?;
        self.act(&verdict, header).await?;
        Ok(())
    }

    async fn act(&mut self, verdict: &Verdict, header: &Header) -> Result<bool, KeeperError> {
        for silence in &verdict.silences {
            self.notebook.passed(silence);
        }
        let mut sent = false;
        for proposal in &verdict.proposals {
            let decided = self.executor.execute(proposal, header).await?;
            sent |= decided.action == proposal.strategy.name();
            self.notebook.done(proposal, &decided);
        }
        Ok(sent)
    }

    fn takes(&self, book: &BookSight) -> Result<Verdict, KeeperError> {
        let mut verdict = Verdict::default();
        let Some(take) = self.config.strategies.take else {
            return Ok(verdict);
        };
        let plans = self.collector.plans().iter();
        let Some(plan) = plans
            .into_iter()
            .find(|plan| plan.address() == book.address)
        else {
            return Ok(verdict);
        };
        let terms = TakeTerms {
            mode: plan.config().desk.map_or(TakeMode::Capital, TakeMode::Desk),
            owners_max: take.owners_max,
            least_profit: take.least_profit,
            slippage_bps: take.slippage_bps,
            valid_secs: self.config.send.valid_secs,
            reserved: plan.config().reserved,
            poke: take.poke,
        };
        for market in &book.markets {
            verdict.extend(strategy::take(book, market, &terms)?);
        }
        Ok(verdict)
    }

    fn clocks(&self, book: &BookSight, taken: &[Address]) -> Result<Verdict, KeeperError> {
        let strategies = &self.config.strategies;
        let mut verdict = Verdict::default();
        for market in &book.markets {
            if let Some(terms) = &strategies.poke {
                verdict.extend(strategy::poke(&market.price(), terms, book.now));
            }
            if let Some(terms) = &strategies.book {
                verdict.extend(strategy::book(market, terms)?);
            }
            if let Some(terms) = &strategies.flag {
                let mirror = self
                    .follower
                    .mirrors()
                    .iter()
                    .find(|mirror| mirror.address() == book.address);
                let number = usize::try_from(market.number).unwrap_or(usize::MAX);
                let clocked: Vec<_> = mirror
                    .and_then(|mirror| mirror.markets().get(number))
                    .map(|mirror| mirror.ladder.clocked().collect())
                    .unwrap_or_default();
                verdict.extend(strategy::flag(book, market, terms, taken, &clocked)?);
            }
        }
        Ok(verdict)
    }

    fn sums(&self, book: &BookSight, taken: &[Address]) -> Result<Verdict, KeeperError> {
        let strategies = &self.config.strategies;
        let mut verdict = Verdict::default();
        // A backstop that pays has the book collect first: where it does, a collection of its own would find nothing.
        if let Some(terms) = &strategies.backstop {
            verdict.extend(strategy::backstop(book, terms, taken)?);
        }
        if let Some(terms) = &strategies.collect {
            verdict.extend(strategy::collect(book, terms));
        }
        if let Some(terms) = &strategies.poke {
            for price in &book.prices {
                verdict.extend(strategy::poke(price, terms, book.now));
            }
        }
        if let Some(terms) = &strategies.mark {
            verdict.extend(strategy::mark(book, terms));
        }
        if let Some(terms) = &strategies.redeem {
            let plans = self.collector.plans().iter();
            let plan = plans
                .into_iter()
                .find(|plan| plan.address() == book.address);
            let terms = RedeemTerms {
                reserved: plan.map(|plan| plan.config().reserved).unwrap_or_default(),
                ..*terms
            };
            for market in &book.markets {
                verdict.extend(strategy::redeem(book, market, &terms, taken)?);
            }
        }
        Ok(verdict)
    }

    async fn tokens(&mut self, header: &Header) -> Result<Verdict, KeeperError> {
        let strategies = self.config.strategies;
        let mut verdict = Verdict::default();
        if strategies.foreclose.is_none() && strategies.convert.is_none() {
            return Ok(verdict);
        }
        if self.checked.is_none_or(|checked| {
            header.block.number.saturating_sub(checked) >= self.config.watch.check_blocks
        }) {
            self.accrual
                .discover(&mut self.follower, &header.block)
                .await?;
        }
        if let Some(terms) = &strategies.foreclose {
            for reserve in self.accrual.reserves(&mut self.follower, header).await? {
                verdict.extend(strategy::foreclose(&reserve, terms, header.block.time));
            }
        }
        if let Some(terms) = &strategies.convert {
            let terms = strategy::ConvertTerms {
                to: self.account,
                ..*terms
            };
            for converter in self.accrual.converters(header).await? {
                verdict.extend(strategy::convert(&converter, &terms));
            }
        }
        Ok(verdict)
    }

    /// Holds the mirrors against the chain, and looks whether the key can pay.
    async fn check(&mut self, header: &Header) -> Result<(), KeeperError> {
        self.follower.check(&self.reader).await?;
        self.checked = Some(header.block.number);
        self.status
            .edit(|figures| figures.checks = figures.checks.saturating_add(1));
        let native = self.reader.native(self.account, &header.block).await?;
        if native < self.config.watch.least_native && !self.config.dry_run {
            let text = format!(
                "{} has {native} wei left to pay for gas, under {}",
                self.account, self.config.watch.least_native
            );
            self.alerts.raise("funds", "native", &text).await;
        }
        Ok(())
    }

    fn show_books(&self, books: &[BookSight]) {
        let figures = books
            .iter()
            .zip(self.follower.mirrors())
            .map(|(book, mirror)| BookFigures {
                symbol: book.symbol.clone(),
                book: book.address,
                vaults: mirror.vault_count(),
                unhealthy: book
                    .markets
                    .iter()
                    .fold(0, |sum, market| sum.saturating_add(market.unhealthy.len())),
            });
        let figures: Vec<BookFigures> = figures.collect();
        self.status.edit(|status| status.books = figures);
    }

    /// A sign of life, to the watchdog and to the store.
    async fn beat(&mut self) -> Result<(), KeeperError> {
        self.status.beat();
        if self.beat.is_some_and(|beat| beat.elapsed() < BEAT) {
            return Ok(());
        }
        self.beat = Some(Instant::now());
        let figures = self.status.figures();
        let heartbeat = Heartbeat {
            service: figures.service,
            beat_at: unix_now(),
            block: figures.handled,
            tip: figures.head.map_or(0, |head| head.number),
            stopped: None,
        };
        self.store.write(vec![Write::put(&heartbeat)]).await?;
        Ok(())
    }
}

fn taken_owners(
    taken: &BTreeMap<Address, Vec<crate::subject::Subject>>,
    book: Address,
) -> Vec<Address> {
    let subjects = taken.get(&book).map(Vec::as_slice).unwrap_or_default();
    let owners = subjects.iter().filter_map(|subject| match subject {
        crate::subject::Subject::Vault { owner, .. } => Some(*owner),
        _ => None,
    });
    owners.collect()
}

/// Whether trying again cannot help.
fn is_fatal(error: &KeeperError) -> bool {
    use ballast_chain::tx::TxError;
    matches!(
        error,
        KeeperError::Config(_)
            | KeeperError::Listen { .. }
            | KeeperError::Chain(ChainError::OtherHistory { .. } | ChainError::WrongChain { .. })
            | KeeperError::Send(
                TxError::KeyInUse { .. } | TxError::OtherChain { .. } | TxError::BadPolicy { .. }
            )
    )
}
