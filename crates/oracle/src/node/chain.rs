//! What a node reads of the chain.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::quorum::{Quorum, Voice};
use ballast_chain::{BlockRef, ChainError, Endpoint};
use futures_util::future::join_all;

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

/// Reads of one or several endpoints, of which some must agree.
#[derive(Debug)]
pub(super) struct Reader {
    endpoints: Quorum,
    first: Endpoint,
    quorum: Address,
    aggregator: Option<Address>,
    assets: Vec<Address>,
}

impl Reader {
    /// Connects to every endpoint; those that are down may come back later, as long as one is not.
    pub async fn connect(config: &Config) -> Result<Self, NodeError> {
        let connected = join_all(config.rpc.iter().map(|url| Endpoint::connect(url))).await;
        let first = connected.iter().find_map(|one| one.as_ref().ok()).cloned();
        let Some(first) = first else {
            let failed = connected.into_iter().find_map(Result::err);
            let missing = || ConfigError::new("rpc", "names no endpoint");
            return Err(failed.map_or_else(|| missing().into(), NodeError::from));
        };
        let mut endpoints = Vec::with_capacity(connected.len());
        for (one, url) in connected.into_iter().zip(&config.rpc) {
            endpoints.push(match one {
                Ok(endpoint) => endpoint,
                Err(error) => {
                    tracing::warn!("an endpoint is down: {error}");
                    Endpoint::unasked(url, first.chain_id())?
                }
            });
        }
        Ok(Self {
            endpoints: Quorum::new(endpoints, config.agree, PATIENCE)?,
            first,
            quorum: config.quorum,
            aggregator: config.aggregator,
            assets: config.assets.iter().map(|asset| asset.asset).collect(),
        })
    }

    pub fn chain_id(&self) -> u64 {
        self.first.chain_id()
    }

    /// The first that answered.
    pub fn first(&self) -> &Endpoint {
        &self.first
    }

    pub fn endpoints(&self) -> &[Endpoint] {
        self.endpoints.endpoints()
    }

    /// What is known of each endpoint.
    pub fn voices(&self) -> Vec<Voice> {
        self.endpoints.voices()
    }

    /// The newest block.
    pub async fn tip(&self) -> Result<BlockRef, ChainError> {
        self.endpoints.tip().await
    }

    /// What the contracts hold now.
    pub async fn facts(&self) -> Result<Facts, ChainError> {
        let tip = self.tip().await?;
        self.facts_at(tip).await
    }

    /// What a contract answers at a block.
    async fn call<C: SolCall>(
        &self,
        what: &str,
        to: Address,
        call: C,
        head: &BlockRef,
    ) -> Result<C::Return, ChainError> {
        let data = call.abi_encode().into();
        let answer = self.endpoints.call(what, to, data, head).await?;
        C::abi_decode_returns(&answer).map_err(|_| ChainError::NoCode {
            what: what.to_owned(),
            address: to,
        })
    }

    /// What the contracts hold at a block.
    pub async fn facts_at(&self, head: BlockRef) -> Result<Facts, ChainError> {
        let (to, head_ref) = (self.quorum, &head);
        let (signers, quorum, age) = tokio::join!(
            self.call(
                "quorum: signers",
                to,
                ReportQuorum::signersCall {},
                head_ref
            ),
            self.call("quorum: quorum", to, ReportQuorum::quorumCall {}, head_ref),
            self.call(
                "quorum: maxReportAgeSecs",
                to,
                ReportQuorum::maxReportAgeSecsCall {},
                head_ref
            ),
        );
        let reads = self.assets.iter().map(|asset| async move {
            let call = ReportQuorum::latestCall { asset: *asset };
            (
                *asset,
                self.call("quorum: latest", to, call, head_ref).await,
            )
        });
        let mut latest = BTreeMap::new();
        for (asset, found) in join_all(reads).await {
            match found {
                Ok(found) => {
                    let known = Latest {
                        price: found._0,
                        time: small(found._2),
                        round: small(found._3),
                    };
                    latest.insert(asset, known);
                }
                Err(ChainError::Reverted { error, .. }) if error.name() == "NothingReported" => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Facts {
            head,
            signers: signers?,
            quorum: usize::try_from(quorum?).unwrap_or(usize::MAX),
            age_secs_max: small(age?),
            latest,
        })
    }

    /// Gas that a poke of each asset needs, where there is an aggregator.
    pub async fn poke_gas(&self) -> Result<BTreeMap<Address, u64>, NodeError> {
        let mut found = BTreeMap::new();
        let Some(aggregator) = self.aggregator else {
            return Ok(found);
        };
        let head = self.tip().await?;
        for asset in &self.assets {
            let call = PriceAggregator::sourcesOfCall { asset: *asset };
            let sources = self
                .call("aggregator: sourcesOf", aggregator, call, &head)
                .await?;
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

#[cfg(test)]
mod tests {
    use super::{Address, BlockRef, Facts};
    use ballast_types::Timestamp;
    use std::collections::BTreeMap;

    #[test]
    fn each_round_has_another_first_and_every_signer_a_turn() {
        let signers: Vec<Address> = (1..=5).map(Address::repeat_byte).collect();
        let facts = Facts {
            head: BlockRef {
                number: 1,
                hash: Default::default(),
                time: Timestamp::new(1),
            },
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
