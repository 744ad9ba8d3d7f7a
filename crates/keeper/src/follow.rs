//! Keeping mirrors at the newest block: old logs by ranges, new ones by the hash of their block, and back where the
//! chain takes blocks back.

use std::collections::{BTreeMap, VecDeque};

use alloy::primitives::{Address, U256};
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent;
use ballast_bindings::book::VaultBook;
use ballast_bindings::reserve::Reserve;
use ballast_chain::BlockRef;
use ballast_chain::logs::LogReader;
use ballast_types::Timestamp;

use crate::error::KeeperError;
use crate::mirror::{BookMirror, Undo, topics};
use crate::reader::{Header, Reader};

/// The newest blocks that are read one by one, and can be taken back.
const WINDOW: usize = 64;
/// A local chain answers for its newest block with the time of the question: so much later it may be, seconds.
const CALL_SECS: u64 = 60;
/// Steps of one catching up: more are left to the next.
const STEPS_MAX: usize = 512;

/// A book to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The book.
    pub book: Address,
    /// Where reading of its logs starts.
    pub first_block: u64,
}

#[derive(Clone, Debug)]
struct Past {
    block: BlockRef,
    undo: Vec<(usize, Vec<Undo>)>,
}

/// Open loans of a reserve, each with the moment from which on it is worth asking about.
#[derive(Clone, Debug, Default)]
pub struct Loans {
    /// How long after a deadline a loan can still be paid, seconds.
    pub grace_secs: u64,
    /// By identifier, unix seconds.
    pub due: BTreeMap<U256, u64>,
}

/// Mirrors of books and loans at one block.
#[derive(Debug)]
pub struct Follower {
    followed: Vec<Followed>,
    mirrors: Vec<BookMirror>,
    loans: BTreeMap<Address, Loans>,
    journal: VecDeque<Past>,
    head: Option<BlockRef>,
    log_span: u64,
    taken_back: u64,
    rebuilt: u64,
}

impl Follower {
    /// Of these books; nothing is read yet.
    pub fn new(followed: Vec<Followed>, log_span: u64) -> Self {
        let mirrors = followed.iter().map(|one| BookMirror::new(one.book));
        Self {
            mirrors: mirrors.collect(),
            followed,
            loans: BTreeMap::new(),
            journal: VecDeque::new(),
            head: None,
            log_span,
            taken_back: 0,
            rebuilt: 0,
        }
    }

    /// The books in the order they were named.
    pub fn mirrors(&self) -> &[BookMirror] {
        &self.mirrors
    }

    /// The same, to take up prices.
    pub fn mirrors_mut(&mut self) -> &mut [BookMirror] {
        &mut self.mirrors
    }

    /// Open loans by reserve.
    pub fn loans_mut(&mut self) -> &mut BTreeMap<Address, Loans> {
        &mut self.loans
    }

    /// The block they are at.
    pub fn head(&self) -> Option<BlockRef> {
        self.head
    }

    /// Blocks that the chain took back.
    pub fn taken_back(&self) -> u64 {
        self.taken_back
    }

    /// How often everything was read anew.
    pub fn rebuilt(&self) -> u64 {
        self.rebuilt
    }

    /// Forgets everything, to read it anew.
    pub fn forget(&mut self) {
        if self.head.is_some() {
            self.rebuilt = self.rebuilt.saturating_add(1);
        }
        let mirrors = self.followed.iter().map(|one| BookMirror::new(one.book));
        self.mirrors = mirrors.collect();
        self.journal.clear();
        self.head = None;
    }

    /// Brings everything to the newest block and gives it; the same one again where nothing is new.
    ///
    /// # Errors
    /// Of the endpoint; what was read stays. [`KeeperError::Mirror`]: [`Follower::forget`] it.
    pub async fn sync(&mut self, reader: &Reader) -> Result<Header, KeeperError> {
        let tip = reader.tip().await?;
        for _ in 0..STEPS_MAX {
            let Some(head) = self.head else {
                self.begin(reader, &tip).await?;
                continue;
            };
            if head.hash == tip.block.hash {
                return Ok(tip);
            }
            if tip.block.number <= head.number {
                self.compare(reader, &tip, head).await?;
                continue;
            }
            let ahead = tip.block.number.saturating_sub(head.number);
            if usize::try_from(ahead).unwrap_or(usize::MAX) > WINDOW {
                self.skip(reader, &tip, head).await?;
                continue;
            }
            let next = head.number.saturating_add(1);
            let header = if next == tip.block.number {
                tip
            } else {
                let found = reader.header(next).await?;
                found.ok_or_else(|| KeeperError::Contradiction {
                    block: next,
                    detail: "a later block is there and it is not".to_owned(),
                })?
            };
            if header.parent == head.hash {
                self.step(reader, &header).await?;
            } else {
                self.step_back();
            }
        }
        Err(KeeperError::Behind {
            tip: self.head.map_or(0, |head| head.number),
            seen: tip.block.number,
        })
    }

    /// The endpoint's newest block is not above ours: is it behind, or did the chain go another way?
    async fn compare(
        &mut self,
        reader: &Reader,
        tip: &Header,
        head: BlockRef,
    ) -> Result<(), KeeperError> {
        let known = self
            .journal
            .iter()
            .find(|past| past.block.number == tip.block.number);
        if known.is_some_and(|past| past.block.hash == tip.block.hash) {
            return Err(KeeperError::Behind {
                tip: tip.block.number,
                seen: head.number,
            });
        }
        // Asked again, lest one old answer undoes what is right.
        if reader.tip().await?.block.hash == tip.block.hash {
            self.step_back();
        }
        Ok(())
    }

    fn step_back(&mut self) {
        let Some(past) = self.journal.pop_back() else {
            self.forget();
            return;
        };
        self.taken_back = self.taken_back.saturating_add(1);
        for (index, undo) in past.undo.into_iter().rev() {
            if let Some(mirror) = self.mirrors.get_mut(index) {
                mirror.roll_back(undo);
            }
        }
        match self.journal.back() {
            Some(before) => self.head = Some(before.block),
            // Nothing is known of what lies under the window.
            None => self.forget(),
        }
    }

    /// Reads old logs up to the window, from the first block of the oldest book.
    async fn begin(&mut self, reader: &Reader, tip: &Header) -> Result<(), KeeperError> {
        let first = self.followed.iter().map(|one| one.first_block).min();
        let first = first.unwrap_or(tip.block.number);
        let window = u64::try_from(WINDOW).unwrap_or(u64::MAX);
        let last = tip
            .block
            .number
            .saturating_sub(window)
            .max(first.saturating_sub(1));
        self.range(reader, (first, last)).await
    }

    /// The same where the chain is far ahead.
    async fn skip(
        &mut self,
        reader: &Reader,
        tip: &Header,
        head: BlockRef,
    ) -> Result<(), KeeperError> {
        let there = reader.header(head.number).await?;
        if there.is_none_or(|there| there.block.hash != head.hash) {
            self.step_back();
            return Ok(());
        }
        let window = u64::try_from(WINDOW).unwrap_or(u64::MAX);
        let last = tip.block.number.saturating_sub(window);
        self.journal.clear();
        self.range(reader, (head.number.saturating_add(1), last))
            .await
    }

    /// Folds in the logs of a range far from the newest block, and stands at its end.
    async fn range(&mut self, reader: &Reader, (from, to): (u64, u64)) -> Result<(), KeeperError> {
        let books = self.followed.iter().map(|one| one.book);
        let watched: Vec<Address> = books.chain(self.loans.keys().copied()).collect();
        let mut events = topics();
        events.push(Reserve::Borrowed::SIGNATURE_HASH);
        let filter = Filter::new().address(watched).event_signature(events);
        let logs = LogReader::new(reader.endpoint()?.clone(), self.log_span)
            .read(&filter, from, to, |_, _| {})
            .await?;
        let end = reader
            .header(to)
            .await?
            .ok_or_else(|| KeeperError::Contradiction {
                block: to,
                detail: "the chain was longer a moment ago".to_owned(),
            })?;
        let mut times = BTreeMap::new();
        for log in &logs {
            let time = time_of(reader, log, &mut times).await?;
            for mirror in &mut self.mirrors {
                mirror.apply(&log.inner, time)?;
            }
            self.note_loan(log);
        }
        self.head = Some(end.block);
        self.journal.push_back(Past {
            block: end.block,
            undo: Vec::new(),
        });
        self.settle(reader, &end.block).await
    }

    /// Folds in one block.
    async fn step(&mut self, reader: &Reader, header: &Header) -> Result<(), KeeperError> {
        let logs = reader.logs_of(header).await?;
        let mut undo: Vec<(usize, Vec<Undo>)> = Vec::new();
        let mut failed = None;
        for log in &logs {
            for (index, mirror) in self.mirrors.iter_mut().enumerate() {
                match mirror.apply(&log.inner, header.block.time) {
                    Ok(steps) if steps.is_empty() => {}
                    Ok(steps) => undo.push((index, steps)),
                    Err(error) => failed = Some(error),
                }
            }
            self.note_loan(log);
        }
        self.journal.push_back(Past {
            block: header.block,
            undo,
        });
        while self.journal.len() > WINDOW {
            self.journal.pop_front();
        }
        self.head = Some(header.block);
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.settle(reader, &header.block).await
    }

    /// Asks books about clocks that a take may have stopped without a word.
    async fn settle(&mut self, reader: &Reader, block: &BlockRef) -> Result<(), KeeperError> {
        for index in 0..self.mirrors.len() {
            let Some(mirror) = self.mirrors.get(index) else {
                continue;
            };
            let book = mirror.address();
            let unsure: Vec<(usize, Address)> = mirror.unsure().collect();
            for (market, owner) in unsure {
                let call = VaultBook::vaultOfCall {
                    market: U256::from(market),
                    owner,
                };
                let seen = reader.call("vault", book, &call, block).await?;
                let flagged_at = u64::try_from(seen.flaggedAt).unwrap_or(u64::MAX);
                if let Some(mirror) = self.mirrors.get_mut(index) {
                    let undo = mirror.settle_clock(market, owner, Timestamp::new(flagged_at));
                    if let (Some(undo), Some(past)) = (undo, self.journal.back_mut()) {
                        past.undo.push((index, vec![undo]));
                    }
                }
            }
        }
        Ok(())
    }

    fn note_loan(&mut self, log: &Log) {
        if log.topic0() != Some(&Reserve::Borrowed::SIGNATURE_HASH) {
            return;
        }
        let Some(loans) = self.loans.get_mut(&log.address()) else {
            return;
        };
        if let Ok(opened) = Reserve::Borrowed::decode_log(&log.inner) {
            let deadline = u64::try_from(opened.deadline).unwrap_or(u64::MAX);
            let due = deadline.saturating_add(loans.grace_secs);
            loans.due.insert(opened.loanId, due);
        }
    }

    /// Takes up a reserve with every loan it ever opened; those that are closed are found out when they are due.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn add_reserve(
        &mut self,
        reader: &Reader,
        (reserve, grace_secs): (Address, u64),
        (first, head): (u64, &BlockRef),
    ) -> Result<(), KeeperError> {
        let filter = Filter::new()
            .address(reserve)
            .event_signature(Reserve::Borrowed::SIGNATURE_HASH);
        let logs = LogReader::new(reader.endpoint()?.clone(), self.log_span)
            .read(&filter, first, head.number, |_, _| {})
            .await?;
        self.loans.entry(reserve).or_insert_with(|| Loans {
            grace_secs,
            due: BTreeMap::new(),
        });
        logs.iter().for_each(|log| self.note_loan(log));
        Ok(())
    }

    /// Holds sums and a vault of each market against the chain, at the block where the mirrors are.
    ///
    /// # Errors
    /// [`KeeperError::Differs`], or of the endpoint.
    pub async fn check(&self, reader: &Reader) -> Result<(), KeeperError> {
        let Some(head) = self.head else {
            return Ok(());
        };
        for mirror in &self.mirrors {
            for (number, market) in mirror.markets().iter().enumerate() {
                let call = VaultBook::marketOfCall {
                    market: U256::from(number),
                };
                let seen = reader
                    .call("market", mirror.address(), &call, &head)
                    .await?;
                let index_after = |secs: u64| {
                    let time = Timestamp::new(head.time.get().saturating_add(secs));
                    let index = market.market.index_at(time);
                    index.map_err(|_| ballast_types::ArithmeticError::Overflow)
                };
                // Of that second or of one soon after it, to the last digit.
                let mut index = index_after(0)?.get();
                for secs in 1..=CALL_SECS {
                    if index >= seen.index {
                        break;
                    }
                    index = index_after(secs)?.get();
                }
                let of = |what: &str| format!("{what} of market {number} of {}", mirror.address());
                same(
                    &of("collateral"),
                    market.market.collateral.get(),
                    seen.collateral,
                    &head,
                )?;
                same(&of("norm"), market.market.norm.get(), seen.norm, &head)?;
                same(&of("index"), index, seen.index, &head)?;
                same(
                    &of("deficit"),
                    market.market.deficit.get(),
                    seen.deficit,
                    &head,
                )?;
                // Another one each time, without chance.
                let count = market.ladder.len();
                let turn = usize::try_from(head.number).unwrap_or_default();
                let nth = turn.checked_rem(count).unwrap_or_default();
                if let Some((owner, _)) = market.ladder.riskiest().nth(nth) {
                    self.check_vault(reader, (mirror, number), owner, &head)
                        .await?;
                }
            }
        }
        Ok(())
    }

    async fn check_vault(
        &self,
        reader: &Reader,
        (mirror, number): (&BookMirror, usize),
        owner: Address,
        head: &BlockRef,
    ) -> Result<(), KeeperError> {
        let vault = mirror
            .markets()
            .get(number)
            .map(|market| market.ladder.get(owner));
        let vault = vault.unwrap_or_default();
        let call = VaultBook::vaultOfCall {
            market: U256::from(number),
            owner,
        };
        let seen = reader.call("vault", mirror.address(), &call, head).await?;
        let of = |what: &str| format!("{what} of the vault of {owner} in market {number}");
        same(
            &of("collateral"),
            vault.collateral.get(),
            seen.collateral,
            head,
        )?;
        same(&of("norm"), vault.norm.get(), seen.norm, head)?;
        same(
            &of("clock"),
            U256::from(vault.flagged_at.get()),
            seen.flaggedAt,
            head,
        )
    }
}

fn same(what: &str, seen: U256, actual: U256, block: &BlockRef) -> Result<(), KeeperError> {
    if seen == actual {
        return Ok(());
    }
    Err(KeeperError::Differs {
        what: what.to_owned(),
        seen: seen.to_string(),
        actual: actual.to_string(),
        block: block.number,
    })
}

/// The time of a log's block, which not every endpoint sends along.
async fn time_of(
    reader: &Reader,
    log: &Log,
    times: &mut BTreeMap<u64, Timestamp>,
) -> Result<Timestamp, KeeperError> {
    if let Some(time) = log.block_timestamp {
        return Ok(Timestamp::new(time));
    }
    let number = log.block_number.unwrap_or_default();
    if let Some(time) = times.get(&number) {
        return Ok(*time);
    }
    let header = reader.header(number).await?;
    let header = header.ok_or_else(|| KeeperError::Contradiction {
        block: number,
        detail: "it has logs and is not there".to_owned(),
    })?;
    times.insert(number, header.block.time);
    Ok(header.block.time)
}
