//! One pass over everything that is not final.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use alloy::primitives::U256;
use ballast_store::{
    Attempt, Column, Lane, Record, SendRecord, Statement, StoreError, Write, find,
};
use futures_util::future::join_all;

use super::chain::{Reader, View};
use super::deliver::{Delivery, Said, deliver};
use super::error::TxError;
use super::outbox::{Memory, Shared, now_secs};
use super::rows;
use super::sign::most_wei;
use super::types::Outcome;

/// How often the chain is looked at while nothing is open: for deep reorganisations, and for others who use the key.
const IDLE_LOOK: Duration = Duration::from_secs(3);
/// The hour of the spend limit.
const HOUR_SECS: u64 = 3_600;

/// A send that is not final, with its attempts in order.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub send: SendRecord,
    pub attempts: Vec<Attempt>,
}

impl Open {
    /// Whether one of its transactions is in a block.
    pub fn included(&self) -> bool {
        self.send.block.is_some()
    }

    /// Signed, and in no block.
    pub fn in_flight(&self) -> bool {
        self.send.nonce.is_some() && !self.included()
    }

    /// Whether it goes before others.
    pub fn is_urgent(&self) -> bool {
        self.send.urgent == 1
    }

    fn most_wei(&self) -> U256 {
        let now = self.send.nonce;
        let attempts = self.attempts.iter();
        let attempts: Vec<Attempt> = attempts
            .filter(|attempt| Some(attempt.nonce) == now)
            .cloned()
            .collect();
        most_wei(&self.send, &attempts)
    }
}

/// Bytes on their way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub send: SendRecord,
    pub attempt: Attempt,
    pub private: bool,
}

/// What may still be promised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Wei of the account that nothing on its way can take.
    pub funds: U256,
    /// Wei left in this hour; none without a limit.
    pub hour: Option<U256>,
}

/// One pass.
pub(super) struct Pass<'a> {
    pub shared: &'a Shared,
    pub memory: &'a mut Memory,
    pub reader: Reader<'a>,
    pub view: View,
    /// Whether the newest block is another than in the pass before.
    pub fresh: bool,
    pub now: u64,
    pub lane: Lane,
    pub open: Vec<Open>,
    /// Nonces of final sends that the chain does not count as used.
    pub taken: BTreeSet<u64>,
    pub budget: Budget,
    pub outgoing: Vec<Outgoing>,
    pub writes: Vec<Write>,
    pub blocked: Option<String>,
    /// Whether the key cannot pay for something.
    short: bool,
    outcomes: Vec<Outcome>,
}

impl<'a> Pass<'a> {
    /// Runs one pass and gives what became final in it.
    pub async fn run(shared: &'a Shared, memory: &'a mut Memory) -> Result<Vec<Outcome>, TxError> {
        let (lane, open) = load(shared).await?;
        let idle = memory.looked.is_some_and(|then| then.elapsed() < IDLE_LOOK);
        if open.is_empty() && idle {
            return Ok(Vec::new());
        }
        let reader = Reader {
            endpoint: shared.routes.readable(memory.reader),
            address: shared.address,
            patience: shared.policy.patience,
        };
        let view = reader.view(shared.policy.priority_fee_wei).await?;
        let mut pass = Pass {
            shared,
            fresh: memory.tip != Some(view.hash),
            memory,
            reader,
            view,
            now: now_secs(),
            lane,
            open,
            taken: BTreeSet::new(),
            budget: Budget {
                funds: U256::ZERO,
                hour: None,
            },
            outgoing: Vec::new(),
            writes: Vec::new(),
            blocked: None,
            short: false,
            outcomes: Vec::new(),
        };
        pass.all().await?;
        pass.memory.tip = Some(view.hash);
        pass.memory.looked = Some(Instant::now());
        pass.memory.cannot_pay = pass.short;
        let blocked = pass.blocked.take();
        shared.figure(|figures| figures.blocked = blocked);
        Ok(pass.outcomes)
    }

    async fn all(&mut self) -> Result<(), TxError> {
        self.reopen().await?;
        let trusted = self.notice_others().await?;
        self.settle().await?;
        self.end_unsigned().await?;
        self.count_budget().await?;
        self.tend().await?;
        if trusted {
            self.sign_wanted().await?;
            self.close_gaps().await?;
        } else {
            self.block("the endpoint counts transactions of this key that it does not have");
        }
        self.hand_over().await
    }

    /// Says why nothing new is sent; the first reason stays.
    pub fn block(&mut self, why: impl Into<String>) {
        self.blocked.get_or_insert_with(|| why.into());
    }

    pub async fn store(&self, writes: Vec<Write>) -> Result<(), TxError> {
        Ok(self.shared.store.write(writes).await?)
    }

    pub async fn find(&self, name: &'static str, from: u64) -> Result<Vec<SendRecord>, TxError> {
        let params = vec![self.shared.address.to_value(), from.to_value()];
        Ok(find(self.shared.store.as_ref(), name, params).await?)
    }

    pub async fn attempts_of(&self, send: &SendRecord) -> Result<Vec<Attempt>, TxError> {
        let params = vec![send.address.to_value(), send.id.to_value()];
        Ok(find(self.shared.store.as_ref(), "of_send", params).await?)
    }

    /// Counts an intent that became final, and gives it to the caller.
    pub fn note_final(&mut self, send: &SendRecord) {
        let state = rows::state_of(send, 0);
        self.shared.figure(|figures| {
            let count = match send.state.as_str() {
                rows::MINED => &mut figures.mined,
                rows::REVERTED => &mut figures.reverted,
                rows::CANCELLED => &mut figures.cancelled,
                rows::EXPIRED => &mut figures.expired,
                _ => &mut figures.refused,
            };
            *count = count.saturating_add(1);
        });
        self.memory.refusals.remove(&send.id);
        self.outcomes.push(Outcome {
            id: send.id.clone(),
            label: send.label.clone(),
            state,
        });
    }

    /// Makes final what was not signed and is not wanted any more.
    async fn end_unsigned(&mut self) -> Result<(), TxError> {
        let mut open = std::mem::take(&mut self.open);
        for one in open.iter_mut().filter(|one| one.send.nonce.is_none()) {
            let time = self.view.time;
            let late = one.send.valid_until.is_some_and(|until| time > until);
            let ending = one.send.ending.clone();
            let ending = ending.or_else(|| late.then(|| rows::EXPIRED.to_owned()));
            if let Some(ending) = ending {
                let why = one.send.error.clone();
                self.finish_unsigned(&mut one.send, &ending, why).await?;
            }
        }
        open.retain(|one| one.send.final_at.is_none());
        self.open = open;
        Ok(())
    }

    pub async fn finish_unsigned(
        &mut self,
        send: &mut SendRecord,
        state: &str,
        error: Option<String>,
    ) -> Result<(), TxError> {
        let write = rows::finish_unsigned(send, state, self.now, error.as_deref());
        self.store(vec![write]).await?;
        send.state = state.to_owned();
        send.error = error;
        send.final_at = Some(self.now);
        self.note_final(send);
        Ok(())
    }

    /// What the account has beyond all that is on its way, and what the hour leaves.
    async fn count_budget(&mut self) -> Result<(), TxError> {
        let on_way = self.open.iter().filter(|one| one.in_flight());
        let promised = on_way
            .map(Open::most_wei)
            .fold(U256::ZERO, U256::saturating_add);
        self.budget.funds = self.view.balance.saturating_sub(promised);
        if promised > self.view.balance {
            self.cannot_pay(promised).await?;
        }
        let Some(limit) = self.shared.policy.spend_per_hour_wei else {
            return Ok(());
        };
        let since = self.view.time.saturating_sub(HOUR_SECS).saturating_add(1);
        let spent = self.find("mined_since", since).await?;
        let spent = spent.iter().map(|send| {
            let fee = send.fee_wei.unwrap_or_default();
            // What reverted or was replaced by an empty transaction kept its value.
            let gave = matches!(send.state.as_str(), rows::MINED | rows::PENDING);
            fee.saturating_add(if gave { send.value_wei } else { U256::ZERO })
        });
        let spent = spent.fold(promised, U256::saturating_add);
        self.budget.hour = Some(limit.saturating_sub(spent));
        Ok(())
    }

    /// Promises `wei` more; false, with the reason noted, where the account or the hour does not allow it.
    pub async fn promise(&mut self, wei: U256) -> Result<bool, TxError> {
        if self.budget.funds < wei {
            let needed = wei.saturating_add(self.view.balance.saturating_sub(self.budget.funds));
            self.cannot_pay(needed).await?;
            return Ok(false);
        }
        if let Some(left) = self.budget.hour {
            if left < wei {
                self.block(format!(
                    "spend_per_hour_wei: {wei} wei more would exceed the limit, {left} wei are left in this hour"
                ));
                return Ok(false);
            }
            self.budget.hour = Some(left.saturating_sub(wei));
        }
        self.budget.funds = self.budget.funds.saturating_sub(wei);
        Ok(true)
    }

    /// The key cannot pay: told once, until it can again.
    async fn cannot_pay(&mut self, needed: U256) -> Result<(), TxError> {
        let (address, balance) = (self.shared.address, self.view.balance);
        let text = format!(
            "{address} has {balance} wei, but {needed} wei are needed for value and gas; send it some"
        );
        self.block(text.clone());
        self.short = true;
        if !self.memory.cannot_pay {
            self.memory.cannot_pay = true;
            let id = format!("funds {address} {}", self.view.hash);
            let alert = self.alert("cannot pay", id, text);
            self.store(alert.into_iter().collect()).await?;
        }
        Ok(())
    }

    /// Writes what was signed, then sends it, then notes who took it.
    async fn hand_over(&mut self) -> Result<(), TxError> {
        let writes = std::mem::take(&mut self.writes);
        if !writes.is_empty() {
            self.store(writes).await?;
        }
        let outgoing = std::mem::take(&mut self.outgoing);
        let shared = self.shared;
        let sending = outgoing.iter().map(|one| async move {
            let routes = &shared.routes;
            let read = std::slice::from_ref(&routes.read);
            let to = match (one.private, routes.public.as_slice()) {
                (true, _) => routes.private.as_slice(),
                (false, []) => read,
                (false, public) => public,
            };
            deliver(to, &one.attempt.raw, shared.policy.patience).await
        });
        let said = join_all(sending).await;
        let mut notes = Vec::new();
        for (one, delivery) in outgoing.iter().zip(said) {
            self.heard(one, delivery, &mut notes).await?;
        }
        if notes.is_empty() {
            return Ok(());
        }
        self.store(notes).await
    }

    async fn heard(
        &mut self,
        one: &Outgoing,
        delivery: Delivery,
        notes: &mut Vec<Write>,
    ) -> Result<(), TxError> {
        self.shared.figure(|figures| {
            figures.route_failures = figures.route_failures.saturating_add(delivery.failures);
        });
        match delivery.said {
            Said::Taken => {
                let route = if one.private { "private" } else { "public" };
                notes.push(rows::sent(&one.attempt, self.now, route));
                self.memory.underpriced.remove(&one.attempt.hash);
                let again = one.attempt.sent_at.is_some();
                self.shared.figure(|figures| {
                    let count = if again {
                        &mut figures.resends
                    } else {
                        &mut figures.sends
                    };
                    *count = count.saturating_add(1);
                });
            }
            // The next pass finds by whom.
            Said::Spent => {}
            Said::Underpriced => {
                self.memory.underpriced.insert(one.attempt.hash);
            }
            Said::Funds(_) => {
                let most = most_wei(&one.send, std::slice::from_ref(&one.attempt));
                self.cannot_pay(most).await?;
            }
            Said::Never(why) => {
                let text = format!("{}: no node takes it: {why}", one.send.label);
                let id = format!("refused {}", one.attempt.hash);
                notes.extend(self.alert("refused", id, text));
                notes.push(rows::end(&one.send, rows::DROPPED, Some(&why)));
            }
            Said::Nothing(why) => {
                tracing::warn!("{}: nobody took it yet: {why}", one.send.label);
                self.block(format!("nobody takes transactions: {why}"));
            }
        }
        Ok(())
    }
}

/// The lane, and every send that is not final.
async fn load(shared: &Shared) -> Result<(Lane, Vec<Open>), TxError> {
    let key = vec![shared.address.to_value()];
    let ask = |table, name| (Statement::new(table, name), key.clone());
    // Attempts first: a send that becomes known in between has none.
    let asks = vec![
        ask(Lane::TABLE, "get"),
        ask(Attempt::TABLE, "of_open"),
        ask(SendRecord::TABLE, "open"),
    ];
    let found = shared.store.read_together(asks).await?;
    let [lanes, attempts, sends] = found.as_slice() else {
        return Err(StoreError::Corrupt { table: Lane::TABLE }.into());
    };
    let lane = lanes
        .first()
        .ok_or(StoreError::Corrupt { table: Lane::TABLE })?;
    let mut by_send: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    for row in attempts {
        let attempt = Attempt::from_row(row)?;
        by_send
            .entry(attempt.send.clone())
            .or_default()
            .push(attempt);
    }
    let mut open = Vec::with_capacity(sends.len());
    for row in sends {
        let send = SendRecord::from_row(row)?;
        let attempts = by_send.remove(&send.id).unwrap_or_default();
        open.push(Open { send, attempts });
    }
    Ok((Lane::from_row(lane)?, open))
}
