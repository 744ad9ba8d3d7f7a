//! Asking the other nodes.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::Url;

use super::Shared;
use super::chain::Facts;
use crate::client::{address_of, fetch};
use crate::report::{Signed, Terms, Unusable};

/// How much longer others are waited for once there are enough reports: more make a better median.
const GRACE: Duration = Duration::from_millis(100);

impl Shared {
    /// Reports of peers about what `own` is about, each held against the contract and the own view, `own` among them,
    /// in the contract's order. May be too few.
    pub(super) async fn collect(&self, own: &Signed, facts: &Facts) -> Vec<Signed> {
        let mut answers: FuturesUnordered<_> = self
            .config
            .peers
            .iter()
            .map(|peer| self.ask(peer, own))
            .collect();
        let mut reports = vec![own.clone()];
        let mut patience = self.config.peer_answer;
        while let Ok(Some(answer)) = tokio::time::timeout(patience, answers.next()).await {
            let checked = answer.and_then(|report| {
                let checked = self.check(&report, own, facts, &reports);
                checked.map_err(Unusable::name).map(|()| report)
            });
            match checked {
                Ok(report) => {
                    self.figures.count("peers_used");
                    reports.push(report);
                }
                Err(reason) => self.figures.count(&format!("peers_refused_{reason}")),
            }
            if reports.len() >= facts.quorum {
                patience = GRACE.min(patience);
            }
        }
        reports.sort_unstable_by_key(|report| report.signer);
        reports
    }

    fn check(
        &self,
        report: &Signed,
        own: &Signed,
        facts: &Facts,
        reports: &[Signed],
    ) -> Result<(), Unusable> {
        let terms = Terms {
            target: self.target,
            asset: own.report.asset,
            round: own.report.round,
            signers: &facts.signers,
            price: own.report.price,
            bound_wad: self.config.peer_bound_wad,
            now: self.now(facts),
            age_secs_max: facts.age_secs_max,
        };
        terms.check(report)?;
        if reports.iter().any(|known| known.signer == report.signer) {
            return Err(Unusable::Twice);
        }
        Ok(())
    }

    /// One peer's report; the name of the failure where it gives none.
    async fn ask(&self, peer: &Url, own: &Signed) -> Result<Signed, &'static str> {
        let url = address_of(peer, own.report.asset, Some(own.report.round));
        fetch(&self.client, url).await.map(Signed::from)
    }
}
