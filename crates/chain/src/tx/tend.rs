//! What is signed: replaced where it is stuck, sent again where it is forgotten. What is wanted: signed. What is
//! missing between: closed.

use ballast_store::{Attempt, SendRecord};

use super::class::Class;
use super::error::TxError;
use super::fees::{Fees, lowered};
use super::pass::{Open, Outgoing, Pass};
use super::rows;
use super::settle::is_below;
use super::sign::{EMPTY_GAS, Terms, fees_of, most_wei, sign};
use crate::error::ChainError;

/// Passes that must find a nonce missing before it is closed: an endpoint may count wrongly for a moment.
const GAP_LOOKS: u32 = 3;

impl Pass<'_> {
    /// Replaces, ends or sends again what is on its way.
    pub(super) async fn tend(&mut self) -> Result<(), TxError> {
        let mut open = std::mem::take(&mut self.open);
        let on_way = open.iter().filter(|one| one.in_flight());
        let lowest = on_way.filter_map(|one| one.send.nonce).min();
        for one in &mut open {
            let ahead = one.send.nonce.is_some_and(|nonce| nonce >= self.view.count);
            if one.in_flight() && ahead {
                let first = one.send.nonce == lowest;
                self.tend_one(one, first).await?;
            }
        }
        self.open = open;
        Ok(())
    }

    async fn tend_one(&mut self, one: &mut Open, first: bool) -> Result<(), TxError> {
        let late = |until: u64| self.view.time > until;
        if one.send.ending.is_none() && one.send.valid_until.is_some_and(late) {
            self.writes.push(rows::end(&one.send, rows::EXPIRED, None));
            one.send.ending = Some(rows::EXPIRED.to_owned());
        }
        let Some(last) = one.attempts.last().cloned() else {
            return Ok(());
        };
        let end = one.send.ending.is_some() && last.empty == 0;
        let block = self.view.number;
        let age = block.saturating_sub(last.block);
        let cheap = self.memory.underpriced.contains(&last.hash)
            || is_below(&last, self.view.market.base_wei);
        let old = first && last.sent_at.is_some() && age >= self.shared.policy.bump_after_blocks;
        if end || old || (cheap && age > 0) {
            let empty = end || last.empty == 1;
            if let Some(next) = self.replacement(one, &last, empty).await? {
                self.memory.underpriced.remove(&last.hash);
                return self.go_out(one, next);
            }
        }
        if end {
            // What is not wanted any more is not sent again, even while nothing can take its place.
            return Ok(());
        }
        self.send_again(one, &last).await
    }

    /// A transaction in the place of `last` that pays more; none where a bound or the account forbids it.
    async fn replacement(
        &mut self,
        one: &Open,
        last: &Attempt,
        empty: bool,
    ) -> Result<Option<Attempt>, TxError> {
        let policy = &self.shared.policy;
        let bound = if empty {
            policy.max_fee_wei
        } else {
            self.bound_wei(&one.send)
        };
        let market = self.view.market;
        let fees = market.replacing(fees_of(last), policy.bump_percent, bound);
        let Some(fees) = fees else {
            let text = format!(
                "{} at nonce {} is stuck: it pays up to {} wei per gas, the chain asks {}, and the bound is {bound}; \
                 raise the bound or wait",
                one.send.label,
                last.nonce,
                last.max_fee_wei,
                market.least_wei()
            );
            self.block(text.clone());
            let id = format!("fee bound {} {}", self.shared.address, last.nonce);
            let alert = self.alert("fee bound", id, text);
            self.writes.extend(alert);
            return Ok(None);
        };
        let real = one.attempts.iter().rev().find(|attempt| attempt.empty == 0);
        let gas = match (empty, real) {
            (true, _) | (false, None) => EMPTY_GAS,
            (false, Some(real)) => real.gas,
        };
        let number = last.number.saturating_add(1);
        let next = self.signed(&one.send, last.nonce, gas, fees, empty, number);
        let next = next.await?;
        let before = most_wei(&one.send, &one.attempts);
        let after = most_wei(&one.send, std::slice::from_ref(&next));
        if !self.promise(after.saturating_sub(before)).await? {
            return Ok(None);
        }
        self.writes.push(ballast_store::Write::put(&next).lasting());
        self.shared
            .figure(|figures| figures.replaced = figures.replaced.saturating_add(1));
        Ok(Some(next))
    }

    async fn signed(
        &self,
        send: &SendRecord,
        nonce: u64,
        gas: u64,
        fees: Fees,
        empty: bool,
        number: u64,
    ) -> Result<Attempt, TxError> {
        let terms = Terms {
            nonce,
            gas,
            fees,
            london: self.view.market.base_wei.is_some(),
            empty,
            number,
            block: self.view.number,
            now: self.now,
        };
        let chain_id = self.shared.routes.read.chain_id();
        Ok(sign(&self.shared.wallet, chain_id, send, terms).await?)
    }

    /// The same bytes again, where no endpoint has taken them, the node has forgotten them, or private routes had their
    /// time.
    async fn send_again(&mut self, one: &mut Open, last: &Attempt) -> Result<(), TxError> {
        let public_now = last.route == "private" && !self.is_private(one);
        let again = last.sent_at.is_none()
            || public_now
            || (self.fresh && !self.reader.knows(last.hash).await?);
        if again {
            self.go_out(one, last.clone())?;
        }
        Ok(())
    }

    /// Whether `one` still goes to private routes.
    fn is_private(&self, one: &Open) -> bool {
        let first = one
            .attempts
            .first()
            .map_or(self.view.number, |first| first.block);
        let waited = self.view.number.saturating_sub(first);
        one.send.private == 1
            && !self.shared.routes.private.is_empty()
            && waited < self.shared.policy.private_blocks
    }

    fn go_out(&mut self, one: &mut Open, attempt: Attempt) -> Result<(), TxError> {
        let private = self.is_private(one);
        if one.send.private == 1 && !private && !self.shared.routes.private.is_empty() {
            let text = format!(
                "{} was not mined through private routes in {} blocks and goes out publicly",
                one.send.label, self.shared.policy.private_blocks
            );
            let id = format!("private {} {}", self.shared.address, one.send.id);
            let alert = self.alert("private not included", id, text);
            self.writes.extend(alert);
        }
        self.outgoing.push(Outgoing {
            send: one.send.clone(),
            attempt: attempt.clone(),
            private,
        });
        if one.attempts.last().map(|last| last.hash) != Some(attempt.hash) {
            one.attempts.push(attempt);
        }
        Ok(())
    }

    /// The most wei per gas that `send` may pay: so much below the policy's bound that an empty transaction can always
    /// take its place within that.
    fn bound_wei(&self, send: &SendRecord) -> u128 {
        let policy = &self.shared.policy;
        let own = send
            .max_fee_wei
            .map(|own| own.try_into().unwrap_or(u128::MAX));
        let most = lowered(policy.max_fee_wei, policy.bump_percent);
        own.unwrap_or(u128::MAX).min(most)
    }

    /// Signs what is wanted, what is urgent first, into the lowest free nonces. Where all places are taken the rest waits.
    pub(super) async fn sign_wanted(&mut self) -> Result<(), TxError> {
        let mut open = std::mem::take(&mut self.open);
        for index in 0..open.len() {
            let nonce = self.free_nonce(&open);
            let room = self.room(&open);
            let Some(one) = open.get_mut(index) else {
                break;
            };
            if one.send.nonce.is_none() && room(one) {
                self.sign_one(one, nonce).await?;
            }
        }
        open.retain(|one| one.send.final_at.is_none());
        self.open = open;
        Ok(())
    }

    /// Whether there is a place for one more: any for what is urgent, one of half of them, rounded up, for the rest.
    fn room(&self, open: &[Open]) -> impl Fn(&Open) -> bool + use<> {
        let on_way = |urgent: bool| {
            let those = open.iter().filter(|one| one.in_flight());
            those.filter(|one| one.is_urgent() || !urgent).count()
        };
        let (all, urgent) = (on_way(false), on_way(true));
        let most = self.shared.policy.in_flight_max;
        let ordinary = all.saturating_sub(urgent);
        move |one| all < most && (one.is_urgent() || ordinary < most.div_ceil(2))
    }

    /// The lowest nonce that the chain does not count as used and nothing here has.
    fn free_nonce(&self, open: &[Open]) -> u64 {
        let mut nonce = self.view.count;
        let has = |nonce: u64| open.iter().any(|one| one.send.nonce == Some(nonce));
        while self.taken.contains(&nonce) || has(nonce) {
            nonce = nonce.saturating_add(1);
        }
        nonce
    }

    /// Signs one intent, unless it has to wait or is given up.
    async fn sign_one(&mut self, one: &mut Open, nonce: u64) -> Result<(), TxError> {
        let bound = self.bound_wei(&one.send);
        let Some(fees) = self.view.market.within(bound) else {
            self.block(format!(
                "max_fee_wei: the chain asks {} wei per gas, the bound of {} is {bound}",
                self.view.market.least_wei(),
                one.send.label
            ));
            return Ok(());
        };
        let Some(gas) = self.gas(&mut one.send).await? else {
            return Ok(());
        };
        let number = one
            .attempts
            .last()
            .map_or(0, |last| last.number.saturating_add(1));
        let attempt = self
            .signed(&one.send, nonce, gas, fees, false, number)
            .await?;
        let most = most_wei(&one.send, std::slice::from_ref(&attempt));
        if !self.promise(most).await? {
            return Ok(());
        }
        self.writes.extend(rows::signed(&one.send, &attempt));
        one.send.nonce = Some(nonce);
        one.send.state = rows::PENDING.to_owned();
        self.go_out(one, attempt)
    }

    /// Gas limit of `send`; none where its estimate fails now, or for good.
    async fn gas(&mut self, send: &mut SendRecord) -> Result<Option<u64>, TxError> {
        if let Some(gas) = send.gas {
            return Ok(Some(gas));
        }
        let (count, block) = self
            .memory
            .refusals
            .get(&send.id)
            .copied()
            .unwrap_or_default();
        if count > 0 && block == self.view.number {
            return Ok(None);
        }
        let revert = match self.reader.estimate(send).await {
            Ok(gas) => {
                let more = gas.saturating_mul(self.shared.policy.gas_margin_percent) / 100;
                return Ok(Some(gas.saturating_add(more)));
            }
            Err(ChainError::Reverted { error, .. }) => error,
            Err(other) => {
                tracing::warn!("{}: its gas cannot be estimated now: {other}", send.label);
                self.block(format!("{}: {other}", send.label));
                return Ok(None);
            }
        };
        let class = (self.shared.policy.classify)(&revert);
        let count = count.saturating_add(1);
        let refused = (count, self.view.number);
        self.memory.refusals.insert(send.id.clone(), refused);
        let again = match class {
            Class::Wait => true,
            Class::Retry => count < self.shared.policy.refusals_max,
            Class::Drop | Class::Alert => false,
        };
        if again {
            return Ok(None);
        }
        let why = format!("it would revert: {revert}");
        if class == Class::Alert {
            let id = format!("revert {} {}", self.shared.address, send.id);
            let text = format!("{} is given up: {why}", send.label);
            let alert = self.alert("would revert", id, text);
            self.store(alert.into_iter().collect()).await?;
        }
        self.finish_unsigned(send, rows::DROPPED, Some(why)).await?;
        Ok(None)
    }

    /// Closes nonces below those on their way that nothing has, so that these can be mined.
    pub(super) async fn close_gaps(&mut self) -> Result<(), TxError> {
        let highest = self.open.iter().filter_map(|one| one.send.nonce).max();
        let highest = highest.unwrap_or_default();
        let has = |nonce: u64| self.open.iter().any(|one| one.send.nonce == Some(nonce));
        let missing: Vec<u64> = (self.view.count..highest)
            .filter(|nonce| !self.taken.contains(nonce) && !has(*nonce))
            .collect();
        self.memory.gaps.retain(|nonce, _| missing.contains(nonce));
        for nonce in missing {
            let looks = self.memory.gaps.entry(nonce).or_default();
            *looks = looks.saturating_add(1);
            if *looks < GAP_LOOKS {
                continue;
            }
            self.memory.gaps.remove(&nonce);
            let filler = self.shared.filler(nonce, self.view.number);
            let mut one = Open {
                send: filler,
                attempts: Vec::new(),
            };
            let Some(fees) = self.view.market.within(self.shared.policy.max_fee_wei) else {
                continue;
            };
            let gas = EMPTY_GAS;
            let attempt = self.signed(&one.send, nonce, gas, fees, false, 0).await?;
            let most = most_wei(&one.send, std::slice::from_ref(&attempt));
            if !self.promise(most).await? {
                continue;
            }
            self.writes.push(rows::enqueue(&one.send));
            self.writes.extend(rows::signed(&one.send, &attempt));
            one.send.nonce = Some(nonce);
            one.send.state = rows::PENDING.to_owned();
            self.go_out(&mut one, attempt)?;
            self.open.push(one);
            self.shared
                .figure(|figures| figures.gaps_closed = figures.gaps_closed.saturating_add(1));
        }
        Ok(())
    }
}
