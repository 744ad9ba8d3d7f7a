//! What the chain has decided: inclusions, what it took back, and nonces that others used.

use ballast_store::{AlertRaised, Attempt, SendRecord, Write};

use super::chain::Consumer;
use super::error::TxError;
use super::pass::{Open, Pass};
use super::rows::{self, Inclusion};
use super::sign::fees_of;

impl Pass<'_> {
    /// Brings every signed send to what the chain says of it.
    pub(super) async fn settle(&mut self) -> Result<(), TxError> {
        let mut open = std::mem::take(&mut self.open);
        for one in &mut open {
            let due = one.send.nonce.is_some_and(|nonce| {
                let used = nonce < self.view.count;
                (used && one.send.block.is_none()) || (self.fresh && (used || one.included()))
            });
            if due {
                self.settle_one(one).await?;
            }
        }
        open.retain(|one| one.send.final_at.is_none());
        self.open = open;
        Ok(())
    }

    async fn settle_one(&mut self, one: &mut Open) -> Result<(), TxError> {
        let nonce = one.send.nonce.unwrap_or_default();
        let newest_first = one.attempts.iter().rev();
        for attempt in newest_first.filter(|attempt| attempt.nonce == nonce) {
            if let Some(found) = self.reader.inclusion(attempt.hash).await? {
                let attempt = attempt.clone();
                return self.include(one, &attempt, &found).await;
            }
        }
        if one.included() {
            tracing::info!("{}: the chain took its inclusion back", one.send.label);
            self.store(vec![rows::take_back(&one.send)]).await?;
            self.shared
                .figure(|figures| figures.taken_back = figures.taken_back.saturating_add(1));
            forget_inclusion(&mut one.send);
        }
        if nonce < self.view.count {
            self.look_for_another(one, nonce).await?;
        }
        Ok(())
    }

    /// Notes where an attempt was mined, and makes it final once enough blocks are on top.
    async fn include(
        &mut self,
        one: &mut Open,
        attempt: &Attempt,
        found: &Inclusion,
    ) -> Result<(), TxError> {
        let mut writes = Vec::new();
        if (one.send.hash, one.send.block_hash) != (Some(found.hash), Some(found.block_hash)) {
            writes.push(rows::include(&one.send, found));
            one.send.hash = Some(found.hash);
            one.send.block = Some(found.block);
            one.send.block_hash = Some(found.block_hash);
            one.send.mined_at = Some(found.mined_at);
            one.send.gas_used = Some(found.gas_used);
            one.send.fee_wei = Some(found.fee_wei);
        }
        let on_top = self.view.number.checked_sub(found.block);
        if on_top.is_some_and(|blocks| blocks >= self.shared.policy.confirmations) {
            self.finish(one, attempt, found, &mut writes).await?;
        }
        if writes.is_empty() {
            return Ok(());
        }
        self.store(writes).await
    }

    async fn finish(
        &mut self,
        one: &mut Open,
        attempt: &Attempt,
        found: &Inclusion,
        writes: &mut Vec<Write>,
    ) -> Result<(), TxError> {
        let (mut error, mut data) = (one.send.error.clone(), None);
        let state = if attempt.empty == 1 {
            one.send
                .ending
                .clone()
                .unwrap_or_else(|| rows::CANCELLED.to_owned())
        } else if found.succeeded {
            error = None;
            rows::MINED.to_owned()
        } else {
            let returned = self.reader.revert_data(&one.send, found.block_hash).await;
            error = Some(ballast_bindings::decode_revert(&returned).to_string());
            data = Some(returned);
            rows::REVERTED.to_owned()
        };
        self.count_duplicates(one, attempt.nonce, writes).await?;
        writes.push(rows::finish(
            &one.send,
            &state,
            self.now,
            error.as_deref(),
            data.as_ref(),
        ));
        one.send.state = state;
        one.send.final_at = Some(self.now);
        one.send.error = error;
        one.send.revert_data = data;
        self.shared.figure(|figures| {
            figures.spent_wei = figures.spent_wei.saturating_add(found.fee_wei);
        });
        self.note_final(&one.send);
        Ok(())
    }

    /// An intent that had another nonce before may have been mined under it after all.
    async fn count_duplicates(
        &mut self,
        one: &Open,
        nonce: u64,
        writes: &mut Vec<Write>,
    ) -> Result<(), TxError> {
        let others = one.attempts.iter();
        for other in others.filter(|other| other.nonce != nonce && other.empty == 0) {
            if self.reader.inclusion(other.hash).await?.is_none() {
                continue;
            }
            let text = format!(
                "{} was mined twice: {} has it as well; see what it did and stop this sender",
                one.send.label, other.hash
            );
            let id = format!("duplicate {}", other.hash);
            writes.extend(self.alert("duplicate", id, text));
            self.shared.figure(|figures| {
                figures.duplicate_sends = figures.duplicate_sends.saturating_add(1);
            });
        }
        Ok(())
    }

    /// The nonce is used, but by none of the send's transactions that the endpoint knows: by whom?
    async fn look_for_another(&mut self, one: &mut Open, nonce: u64) -> Result<(), TxError> {
        let with_nonce = one.attempts.iter().filter(|attempt| attempt.nonce == nonce);
        let from = with_nonce.map(|attempt| attempt.block).min();
        let from = from.unwrap_or(self.view.number);
        let deep = self
            .view
            .number
            .checked_sub(self.shared.policy.confirmations);
        let Some(deep) = deep else {
            return Ok(());
        };
        let used = match self.reader.consumer(nonce, from, deep).await? {
            Consumer::Unknown => return Ok(()),
            Consumer::Transaction(hash) => hash,
        };
        if one.attempts.iter().any(|attempt| attempt.hash == used) {
            tracing::debug!("{}: its receipt is not there yet", one.send.label);
            return Ok(());
        }
        // It lies in a block deep enough that none of this send's transactions can have its place.
        let text = format!(
            "nonce {nonce} of {} was used by {used}, which this program did not sign: somebody else has the key",
            self.shared.address
        );
        let alert = self.alert(
            "foreign nonce",
            format!("foreign {} {nonce}", self.shared.address),
            text,
        );
        let mut writes = vec![rows::free_nonce(&one.send, nonce)];
        writes.extend(alert);
        self.store(writes).await?;
        self.shared.figure(|figures| {
            figures.foreign_nonces = figures.foreign_nonces.saturating_add(1);
        });
        one.send.state = rows::WANTED.to_owned();
        one.send.nonce = None;
        Ok(())
    }

    /// Takes up what was final in a block that the chain has replaced, however deep.
    pub(super) async fn reopen(&mut self) -> Result<(), TxError> {
        let high: Vec<SendRecord> = self.find("final_from_nonce", self.view.count).await?;
        for send in high {
            let nonce = send.nonce.unwrap_or_default();
            let (Some(block), Some(hash)) = (send.block, send.block_hash) else {
                continue;
            };
            let there = if block <= self.view.number {
                self.reader.block(block).await?
            } else {
                None
            };
            // An endpoint that is behind says nothing against it.
            if there.is_none_or(|(canonical, _)| canonical == hash) {
                self.taken.insert(nonce);
                continue;
            }
            tracing::warn!("{}: the chain took block {block} back", send.label);
            let mut again = send;
            self.store(vec![rows::take_back(&again)]).await?;
            self.shared.figure(|figures| {
                figures.taken_back = figures.taken_back.saturating_add(1);
            });
            forget_inclusion(&mut again);
            again.state = rows::PENDING.to_owned();
            again.final_at = None;
            let attempts = self.attempts_of(&again).await?;
            self.open.push(Open {
                send: again,
                attempts,
            });
        }
        Ok(())
    }

    /// Notices that somebody used the key while nothing of this program had that nonce. False where the endpoint counts
    /// nonces for which it has no transactions: then nothing is signed on its word.
    pub(super) async fn notice_others(&mut self) -> Result<bool, TxError> {
        let (next, count) = (self.lane.next_nonce, self.view.count);
        if count <= next {
            return Ok(true);
        }
        let last = count.saturating_sub(1);
        let used = self
            .reader
            .consumer(last, self.view.number, self.view.number)
            .await?;
        let Consumer::Transaction(hash) = used else {
            return Ok(false);
        };
        let text = format!(
            "nonces {next} to {last} of {} were used, the last by {hash}, and this program signed none of them: \
             somebody else has the key",
            self.shared.address
        );
        let alert = self.alert(
            "foreign nonce",
            format!("foreign {} {next}", self.shared.address),
            text,
        );
        let mut writes = vec![rows::accounted(self.shared.address, count)];
        writes.extend(alert);
        self.store(writes).await?;
        self.lane.next_nonce = count;
        self.shared.figure(|figures| {
            let more = count.saturating_sub(next);
            figures.foreign_nonces = figures.foreign_nonces.saturating_add(more);
        });
        Ok(true)
    }

    /// The row of an alert; none where this program has raised it.
    pub(super) fn alert(&mut self, kind: &str, id: String, text: String) -> Option<Write> {
        if !self.memory.told.insert(id.clone()) {
            return None;
        }
        tracing::warn!("{kind}: {text}");
        let alert = AlertRaised {
            id,
            service: self.shared.policy.service.clone(),
            raised_at: self.now,
            kind: kind.to_owned(),
            text,
            delivered_at: None,
        };
        Some(alert.raise())
    }
}

fn forget_inclusion(send: &mut SendRecord) {
    send.hash = None;
    send.block = None;
    send.block_hash = None;
    send.mined_at = None;
    send.gas_used = None;
    send.fee_wei = None;
}

/// Whether a block with this base fee cannot hold the attempt.
pub(super) fn is_below(attempt: &Attempt, base_wei: Option<u128>) -> bool {
    base_wei.is_some_and(|base| fees_of(attempt).max_wei < base)
}
