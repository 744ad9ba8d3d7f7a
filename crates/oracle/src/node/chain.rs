//! What a node reads of the chain.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolError;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::endpoint::at;
use ballast_chain::{BlockRef, ChainError, Endpoint};

use super::connect;
use crate::config::{Config, ConfigError};
use crate::due::Latest;
use crate::node::NodeError;

/// How long a read may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Gas of a poke beside what its sources may use.
const POKE_GAS: u64 = 300_000;

/// What the contracts held at a block.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The block.
    pub head: BlockRef,
    /// Who may sign, in the contract's order.
    pub signers: Vec<Address>,
    /// How many of them must.
    pub quorum: usize,
    /// Age that a report may have.
    pub age_secs_max: u64,
    /// What was reported last, of assets of which anything was.
    pub latest: BTreeMap<Address, Latest>,
}

impl Facts {
    /// How many others come before `signer` in `round`; none where it is no signer.
    pub fn rank(&self, signer: Address, round: u64) -> Option<u32> {
        let count = u64::try_from(self.signers.len()).ok()?;
        let place = self.signers.iter().position(|one| *one == signer)?;
        let place = u64::try_from(place).ok()?;
        let first = round.checked_rem(count)?;
        let rank = place.saturating_add(count).saturating_sub(first);
        u32::try_from(rank.checked_rem(count)?).ok()
    }
}

/// Reads of one or several endpoints.
#[derive(Debug)]
pub(super) struct Reader {
    endpoints: Vec<Endpoint>,
    first: Endpoint,
    quorum: Address,
    aggregator: Option<Address>,
    assets: Vec<Address>,
}

/// Within the patience of a read.
async fn soon<T>(
    what: &str,
    read: impl Future<Output = Result<T, ChainError>>,
) -> Result<T, ChainError> {
    let read = tokio::time::timeout(PATIENCE, read).await;
    read.unwrap_or_else(|_| {
        Err(ChainError::Rpc {
            method: what.to_owned(),
            detail: "no answer in time".to_owned(),
        })
    })
}

impl Reader {
    pub async fn connect(config: &Config) -> Result<Self, NodeError> {
        let endpoints = connect(&config.rpc).await?;
        let Some(first) = endpoints.first().cloned() else {
            return Err(ConfigError::new("rpc", "names no endpoint").into());
        };
        for other in &endpoints {
            other.expect_chain(first.chain_id())?;
        }
        Ok(Self {
            endpoints,
            first,
            quorum: config.quorum,
            aggregator: config.aggregator,
            assets: config.assets.iter().map(|asset| asset.asset).collect(),
        })
    }

    pub fn chain_id(&self) -> u64 {
        self.first.chain_id()
    }

    pub fn first(&self) -> &Endpoint {
        &self.first
    }

    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The newest block.
    pub async fn tip(&self) -> Result<BlockRef, ChainError> {
        soon("newest block", self.first.tip()).await
    }

    /// What the contracts hold now.
    pub async fn facts(&self) -> Result<Facts, ChainError> {
        let tip = self.tip().await?;
        self.facts_at(tip).await
    }

    /// What the contracts hold at a block.
    pub async fn facts_at(&self, head: BlockRef) -> Result<Facts, ChainError> {
        soon("the quorum's contract", self.read(head)).await
    }

    async fn read(&self, head: BlockRef) -> Result<Facts, ChainError> {
        let contract = ReportQuorum::new(self.quorum, self.first.provider());
        let block = at(&head);
        let failed = |what: &'static str| move |error| ChainError::from_call(what, &error);
        let (signers, quorum, age) = (
            contract.signers().block(block),
            contract.quorum().block(block),
            contract.maxReportAgeSecs().block(block),
        );
        let (signers, quorum, age) = tokio::join!(signers.call(), quorum.call(), age.call());
        let mut latest = BTreeMap::new();
        for asset in &self.assets {
            let call = contract.latest(*asset).block(block);
            match call.call().await {
                Ok(found) => {
                    let known = Latest {
                        price: found._0,
                        time: small(found._2),
                        round: small(found._3),
                    };
                    latest.insert(*asset, known);
                }
                Err(error) if nothing_reported(&error) => {}
                Err(error) => return Err(failed("latest report")(error)),
            }
        }
        Ok(Facts {
            head,
            signers: signers.map_err(failed("signers"))?,
            quorum: usize::try_from(quorum.map_err(failed("quorum"))?).unwrap_or(usize::MAX),
            age_secs_max: small(age.map_err(failed("maxReportAgeSecs"))?),
            latest,
        })
    }

    /// Gas that a poke of each asset needs, where there is an aggregator.
    pub async fn poke_gas(&self) -> Result<BTreeMap<Address, u64>, NodeError> {
        let mut found = BTreeMap::new();
        let Some(aggregator) = self.aggregator else {
            return Ok(found);
        };
        let contract = PriceAggregator::new(aggregator, self.first.provider());
        for asset in &self.assets {
            let call = contract.sourcesOf(*asset);
            let read = async {
                let answer = call.call().await;
                answer.map_err(|error| ChainError::from_call("sourcesOf", &error))
            };
            let sources = soon("sources", read).await?;
            if sources.is_empty() {
                let detail = format!("{aggregator} does not price the asset {asset}");
                return Err(ConfigError::new("aggregator", detail).into());
            }
            let each = sources.iter().map(|source| {
                let times = if source.observing { 2 } else { 1 };
                small(source.gasMost).saturating_mul(times)
            });
            let gas = each.fold(0_u64, u64::saturating_add);
            // A call passes on 63 of 64 parts.
            let gas = gas.saturating_add(gas / 32).saturating_add(POKE_GAS);
            found.insert(*asset, gas);
        }
        Ok(found)
    }
}

fn small(value: U256) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Whether a call says that nothing was ever reported.
fn nothing_reported(error: &alloy::contract::Error) -> bool {
    let data = error.as_revert_data().unwrap_or_default();
    data.get(..4) == Some(ReportQuorum::NothingReported::SELECTOR.as_slice())
}

#[cfg(test)]
mod tests {
    use super::{Address, BlockRef, Facts};
    use std::collections::BTreeMap;

    #[test]
    fn each_round_has_another_first_and_every_signer_a_turn() {
        let signers: Vec<Address> = (1..=5).map(Address::repeat_byte).collect();
        let facts = Facts {
            head: BlockRef::default(),
            signers: signers.clone(),
            quorum: 3,
            age_secs_max: 60,
            latest: BTreeMap::new(),
        };
        for round in 0..20_u64 {
            let mut ranks: Vec<u32> = signers
                .iter()
                .map(|signer| facts.rank(*signer, round).expect("a rank"))
                .collect();
            let first = ranks.iter().position(|rank| *rank == 0).expect("a first");
            assert_eq!(first as u64, round % 5);
            ranks.sort_unstable();
            assert_eq!(ranks, [0, 1, 2, 3, 4]);
        }
        assert_eq!(facts.rank(Address::repeat_byte(9), 0), None);
    }
}
