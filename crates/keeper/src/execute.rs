//! From a proposal to an intent in the outbox: not twice, not against the bidding model, not without a simulation.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alloy::primitives::{Address, Bytes};
use ballast_chain::tx::{Class, Intent, Outbox, Outcome, Queued, SendState};
use ballast_chain::{BlockRef, Step};
use ballast_store::{Column, SendRecord, Store, find};

use crate::action::{Call, Proposal, Strategy};
use crate::alerts::Alerts;
use crate::bidding::{BidError, Bidder, Opportunity, text};
use crate::error::KeeperError;
use crate::policy;
use crate::reader::{Header, Reader};
use crate::status::{Status, count};
use crate::subject::Subject;

/// What was done with a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// In a word: the strategy's name where it is on its way, `would_` before it in a dry run, `wait` or `skip`.
    pub action: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// How to execute.
#[derive(Clone, Debug)]
pub struct ExecuteTerms {
    /// Seconds of the chain for which an action is worth sending.
    pub valid_secs: u64,
    /// Whether nothing is sent.
    pub dry_run: bool,
    /// Whether there are private routes.
    pub private: bool,
    /// Whether what the bidding model does not answer is done as planned.
    pub fall_back: bool,
}

/// Executes proposals.
pub struct Executor {
    reader: Arc<Reader>,
    store: Arc<dyn Store>,
    outbox: Option<Outbox>,
    account: Address,
    terms: ExecuteTerms,
    bidder: Box<dyn Bidder>,
    alerts: Alerts,
    status: Arc<Status>,
    books_of: BTreeMap<Address, Address>,
    busy: HashMap<Subject, OnWay>,
}

/// What is on its way about a subject.
#[derive(Clone, Debug)]
struct OnWay {
    id: String,
    strategy: Strategy,
    /// Whether it was decided upon in the block that is looked at.
    now: bool,
}

impl OnWay {
    /// Whether `proposal` has to wait for it. A clock that starts or stops makes no difference to what is sold; and takes
    /// of one market that were planned together know of each other.
    fn holds_up(&self, proposal: &Proposal, subject: &Subject) -> bool {
        match (self.strategy, proposal.strategy) {
            (Strategy::Flag, Strategy::Flag) => true,
            (Strategy::Flag, _) => false,
            (Strategy::Take, Strategy::Take) => {
                !self.now || !matches!(subject, Subject::Market { .. })
            }
            _ => true,
        }
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Executor")
            .field(&self.account)
            .finish()
    }
}

/// Where an executor gets everything from.
pub struct Tools {
    /// The endpoints.
    pub reader: Arc<Reader>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The outbox; none in a dry run.
    pub outbox: Option<Outbox>,
    /// Who decides about bids.
    pub bidder: Box<dyn Bidder>,
    /// Who is told.
    pub alerts: Alerts,
    /// Figures.
    pub status: Arc<Status>,
}

impl Executor {
    /// For the keeper `account`; `books_of` knows the books of backstops.
    pub fn new(
        tools: Tools,
        account: Address,
        terms: ExecuteTerms,
        books_of: BTreeMap<Address, Address>,
    ) -> Self {
        Self {
            reader: tools.reader,
            store: tools.store,
            outbox: tools.outbox,
            bidder: tools.bidder,
            alerts: tools.alerts,
            status: tools.status,
            account,
            terms,
            books_of,
            busy: HashMap::new(),
        }
    }

    /// Finds out from the store what is on its way and not in a block that is mirrored: whatever ran before, and
    /// however it ended. What is on its way and has lost its sense is taken back.
    ///
    /// # Errors
    /// The store fails, or the endpoint.
    pub async fn take_stock(&mut self, header: &Header) -> Result<(), KeeperError> {
        self.busy.clear();
        let open: Vec<SendRecord> =
            find(self.store.as_ref(), "open", vec![self.account.to_value()]).await?;
        for send in open {
            if send.block.is_some_and(|block| block <= header.block.number) {
                continue;
            }
            let Some(call) = Call::decode(send.target, &send.data, &self.books_of) else {
                continue;
            };
            let strategy = match call {
                Call::Flag { .. } => Strategy::Flag,
                // Takes of another block than this one were not planned with those of this one, whatever they are.
                _ => Strategy::Take,
            };
            let on_way = OnWay {
                id: send.id.clone(),
                strategy,
                now: false,
            };
            self.note(call.about(), &on_way);
            let idle = send.block.is_none() && send.ending.is_none();
            if idle && created_before(&send, header) {
                self.reconsider(&send, header).await?;
            }
        }
        Ok(())
    }

    /// What waited for a block or longer: where it would revert for good by now, it is taken back; where it would revert
    /// only now, it is too, unless it was signed already, so that it is decided anew.
    async fn reconsider(&self, send: &SendRecord, header: &Header) -> Result<(), KeeperError> {
        let Some(outbox) = &self.outbox else {
            return Ok(());
        };
        let call = (send.target, send.data.clone());
        let Some(error) = self.revert(call, &header.block).await? else {
            return Ok(());
        };
        let class = policy::class(&error);
        if class == Class::Drop || (class == Class::Wait && send.nonce.is_none()) {
            tracing::info!("{} is taken back: {error}", send.id);
            outbox.cancel(&send.id).await?;
        }
        Ok(())
    }

    /// Notes what is on its way; a clock does not hide what matters more.
    fn note(&mut self, about: Vec<Subject>, on_way: &OnWay) {
        for subject in about {
            let known = self.busy.get(&subject);
            if on_way.strategy != Strategy::Flag || known.is_none() {
                self.busy.insert(subject, on_way.clone());
            }
        }
    }

    async fn revert(
        &self,
        call: (Address, Bytes),
        block: &BlockRef,
    ) -> Result<Option<ballast_bindings::RevertError>, KeeperError> {
        match self
            .reader
            .run("simulation", self.account, call, block)
            .await
        {
            Ok(_) => Ok(None),
            Err(KeeperError::Chain(error)) => match error.revert() {
                Some(revert) => Ok(Some(revert.clone())),
                None => Err(error.into()),
            },
            Err(error) => Err(error),
        }
    }

    /// Does what is proposed, or says why not.
    ///
    /// # Errors
    /// The store, the endpoint or the outbox fails; nothing is half done then.
    pub async fn execute(
        &mut self,
        proposal: &Proposal,
        header: &Header,
    ) -> Result<Decided, KeeperError> {
        let strategy = proposal.strategy.name();
        self.status
            .edit(|figures| count(&mut figures.proposed, strategy));
        let about = proposal.call.about();
        let before = about.iter().find_map(|subject| {
            let on_way = self.busy.get(subject)?;
            on_way.holds_up(proposal, subject).then_some(on_way)
        });
        if let Some(OnWay { id, .. }) = before {
            return Ok(decided(
                "wait",
                format!("an action about it is on its way: {id}"),
            ));
        }
        let id = proposal.id(header.block.number);
        let max_fee_wei = match self.bid(proposal, &id, header).await {
            Ok(max_fee_wei) => max_fee_wei,
            Err(decided) => return Ok(decided),
        };
        let (to, data) = proposal.call.encode();
        if let Some(error) = self.revert((to, data.clone()), &header.block).await? {
            return Ok(self.refused(proposal, &error).await);
        }
        let on_way = OnWay {
            id: id.clone(),
            strategy: proposal.strategy,
            now: true,
        };
        let Some(outbox) = &self.outbox else {
            if !self.terms.dry_run {
                return Ok(decided(
                    "wait",
                    "no endpoint takes transactions at the moment".to_owned(),
                ));
            }
            // What gets in its way waits, in a dry run too.
            self.note(about, &on_way);
            return Ok(decided(
                &format!("would_{strategy}"),
                proposal.reason.clone(),
            ));
        };
        let intent = Intent {
            id: id.clone(),
            step: Step::call(proposal.call.label(), to, data.to_vec()),
            gas: None,
            valid_until: Some(self.valid_until(header)),
            max_fee_wei,
            private: self.terms.private && proposal.stakes.is_some(),
            urgent: proposal.strategy.is_urgent(),
        };
        match outbox.enqueue(intent).await? {
            Queued::New => {
                self.status
                    .edit(|figures| count(&mut figures.queued, strategy));
                tracing::info!("{id}: {}: {}", proposal.call.label(), proposal.reason);
            }
            Queued::Known(state) => tracing::info!("{id} is known: {state:?}"),
        }
        self.note(about, &on_way);
        Ok(decided(strategy, proposal.reason.clone()))
    }

    /// Until when what is decided upon in a block is worth sending, unix seconds.
    fn valid_until(&self, header: &Header) -> u64 {
        let time = header.block.time.get();
        time.saturating_add(self.terms.valid_secs)
    }

    /// Asks the bidding model, where something is at stake. The most wei per gas, or why it is not done.
    async fn bid(
        &mut self,
        proposal: &Proposal,
        id: &str,
        header: &Header,
    ) -> Result<Option<u128>, Decided> {
        let Some(stakes) = proposal.stakes else {
            return Ok(None);
        };
        let about = proposal.call.about();
        let opportunity = Opportunity {
            id: id.to_owned(),
            strategy: proposal.strategy.name(),
            label: proposal.call.label(),
            subject: about.first().map(ToString::to_string).unwrap_or_default(),
            subjects: about.len(),
            block: header.block.number,
            time: header.block.time.get(),
            paid: text(stakes.paid),
            collateral: text(stakes.collateral),
            gain: text(stakes.gain),
            gas: text(stakes.gas),
        };
        match self.bidder.answer(&opportunity).await {
            Ok(answer) if answer.bid => Ok(answer.max_fee()),
            Ok(answer) => {
                self.status.edit(|figures| {
                    figures.bids_declined = figures.bids_declined.saturating_add(1)
                });
                let why = answer
                    .reason
                    .unwrap_or_else(|| "without a reason".to_owned());
                let why: String = why
                    .chars()
                    .filter(|letter| !letter.is_control())
                    .take(200)
                    .collect();
                Err(decided(
                    "skip",
                    format!("the bidding model declined: {why}"),
                ))
            }
            Err(error) => {
                self.status
                    .edit(|figures| figures.bids_failed = figures.bids_failed.saturating_add(1));
                if error != BidError::Resting {
                    let then = if self.terms.fall_back {
                        "bids go out as planned"
                    } else {
                        "no bids go out"
                    };
                    self.alerts
                        .raise("bidding", "failed", &format!("{error}; {then}"))
                        .await;
                }
                if self.terms.fall_back {
                    Ok(None)
                } else {
                    Err(decided(
                        "wait",
                        format!("{error}, and without it no bids go out"),
                    ))
                }
            }
        }
    }

    /// What a simulation that reverted means.
    async fn refused(&self, proposal: &Proposal, error: &ballast_bindings::RevertError) -> Decided {
        self.status
            .edit(|figures| count(&mut figures.refused, error.name().to_owned()));
        match policy::class(error) {
            Class::Drop => decided("skip", format!("it would do nothing: {error}")),
            Class::Wait => decided("wait", format!("it would revert now: {error}")),
            Class::Retry => decided(
                "wait",
                format!("its simulation failed and is tried again: {error}"),
            ),
            Class::Alert => {
                let subject = proposal
                    .call
                    .about()
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let told = format!(
                    "{} would revert, which should not happen: {error}",
                    proposal.call.label()
                );
                self.alerts
                    .raise("revert", &format!("{}:{subject}", error.name()), &told)
                    .await;
                decided("wait", told)
            }
        }
    }

    /// Takes another outbox of the same key; with none, the key is given up until there is one.
    pub fn set_outbox(&mut self, outbox: Option<Outbox>) {
        self.outbox = outbox;
    }

    /// Whether it can do what it is asked to.
    pub fn is_ready(&self) -> bool {
        self.terms.dry_run || self.outbox.is_some()
    }

    /// Whether anything is on its way.
    pub fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// One pass of the outbox: what is wanted goes out, what became final is told.
    ///
    /// # Errors
    /// Of the outbox.
    pub async fn send(&mut self) -> Result<(), KeeperError> {
        let Some(outbox) = self.outbox.clone() else {
            return Ok(());
        };
        let outcomes = outbox.step().await?;
        for outcome in &outcomes {
            self.tell(outcome).await;
        }
        let figures = outbox.figures();
        if let Some(reason) = &figures.blocked {
            self.alerts
                .raise("blocked", reason, &format!("nothing new is sent: {reason}"))
                .await;
        }
        if figures.duplicate_sends > 0 {
            self.alerts
                .raise("duplicate", "sends", "an intent was mined more than once")
                .await;
        }
        self.status.edit(|status| status.sends = figures);
        Ok(())
    }

    async fn tell(&self, outcome: &Outcome) {
        let strategy = outcome.id.split(':').next().unwrap_or_default();
        let state = match &outcome.state {
            SendState::Wanted | SendState::Pending { .. } => "pending",
            SendState::Mined { .. } => "mined",
            SendState::Reverted { .. } => "reverted",
            SendState::Cancelled => "cancelled",
            SendState::Expired => "expired",
            SendState::Dropped { .. } => "dropped",
        };
        self.status
            .edit(|figures| count(&mut figures.outcomes, format!("{strategy}:{state}")));
        tracing::info!("{} ({}) is {state}", outcome.id, outcome.label);
        if let SendState::Reverted { error, .. } = &outcome.state
            && policy::class(error) == Class::Alert
        {
            let text = format!("{} was mined without effect: {error}", outcome.label);
            self.alerts.raise("reverted", error.name(), &text).await;
        }
    }
}

fn decided(action: &str, reason: String) -> Decided {
    Decided {
        action: action.to_owned(),
        reason,
    }
}

/// Whether an intent is older than the block: its key holds the block in which it was decided upon.
fn created_before(send: &SendRecord, header: &Header) -> bool {
    let block = send
        .id
        .split(':')
        .nth(1)
        .and_then(|block| block.parse::<u64>().ok());
    block.is_none_or(|block| block < header.block.number)
}
