//! Services beyond the end of a path: while the chain stands, and once it is started again from a folder that kept it.

use std::path::Path;
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::Provider;
use alloy::sol_types::SolCall;
use ballast_bindings::devfeed::DevFeed;
use ballast_chain::vaults::deploy::DEV_FEED_DECIMALS;
use ballast_chain::{ChainError, Endpoint};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::processes::Processes;
use super::settings::{assets, pair_of};
use super::stage::{Collateral, Stage};
use super::world::base;
use crate::fail::{Kind, input, of_kind};

/// The file inside the services' folder.
const FILE: &str = "standing.json";
/// Between two times that other providers say their prices although nothing moved: well within the age at which they
/// would not count any more.
const SAY: Duration = Duration::from_secs(900);

/// What one pair costs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quote {
    /// As venues name it.
    pub pair: String,
    /// Dollars.
    pub price: f64,
}

/// What each asset of `stages` costs, in their order.
pub fn quotes(stages: &[&Stage], prices: &[f64]) -> Vec<Quote> {
    let assets = assets(stages);
    let priced = assets.iter().zip(prices);
    let quote = |(asset, price): (&&Collateral, &f64)| Quote {
        pair: pair_of(&asset.symbol),
        price: *price,
    };
    priced.map(quote).collect()
}

/// Another provider's feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Said {
    feed: Address,
    /// Who speaks for it.
    deployer: Address,
    pair: String,
}

/// Everything that a standing chain needs to keep its prices alive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What venues pay, in the order of the nodes' assets.
    pub quotes: Vec<Quote>,
    feeds: Vec<Said>,
}

impl Kept {
    /// Of synthetics at the prices of their assets.
    pub fn new(stages: &[&Stage], prices: &[f64]) -> Self {
        let feeds = stages.iter().flat_map(|stage| {
            let assets = stage.collaterals.iter().chain(&stage.custody);
            assets.flat_map(|asset| {
                asset.feeds.iter().map(|feed| Said {
                    feed: *feed,
                    deployer: stage.deployer,
                    pair: pair_of(&asset.symbol),
                })
            })
        });
        Self {
            quotes: quotes(stages, prices),
            feeds: feeds.collect(),
        }
    }

    /// Writes it to the services' folder.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, folder: &Path) -> eyre::Result<()> {
        let path = folder.join(FILE);
        std::fs::write(&path, serde_json::to_string(self)?)
            .map_err(|error| of_kind(Kind::Machine, format!("{}: {error}", path.display())))
    }

    /// Reads it from there; none where nothing was kept.
    ///
    /// # Errors
    /// Where the file cannot be read or is of another form.
    pub fn load(folder: &Path) -> eyre::Result<Option<Self>> {
        let path = folder.join(FILE);
        let fail = |error: String| input(format!("{}: {error}", path.display()));
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let kept = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
                Ok(Some(kept))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(error.to_string())),
        }
    }
}

/// Services of a chain whose path has ended.
#[derive(Debug)]
pub struct Alive {
    /// The services.
    pub processes: Box<Processes>,
    endpoint: Endpoint,
    kept: Kept,
    /// When other providers said their prices last.
    said: Option<(Instant, u64)>,
}

impl Alive {
    /// Goes on with services that run. Other providers have just said their prices where the path has just ended.
    pub fn new(
        processes: Box<Processes>,
        endpoint: Endpoint,
        kept: Kept,
        time: Option<u64>,
    ) -> Self {
        Self {
            processes,
            endpoint,
            kept,
            said: time.map(|time| (Instant::now(), time)),
        }
    }

    /// Keeps prices alive at the newest block's time: venues go on to pay what they paid last, other providers say so
    /// again before what they said is too old, and services that ended are started again.
    ///
    /// # Errors
    /// Where a service ends again and again, or the chain does not take what providers say.
    pub async fn stand(&mut self) -> eyre::Result<()> {
        let time = self.endpoint.tip().await?.time.get();
        self.processes.supervise()?;
        self.processes.quote(&self.kept.quotes, time);
        let due = self.said.is_none_or(|(when, at)| {
            when.elapsed() >= SAY || time >= at.saturating_add(SAY.as_secs())
        });
        if due {
            self.say().await?;
            let tip = self.endpoint.tip().await?;
            self.said = Some((Instant::now(), tip.time.get()));
        }
        Ok(())
    }

    async fn say(&self) -> eyre::Result<()> {
        let provider = self.endpoint.provider();
        let failed = |method: &'static str| move |error| ChainError::from_rpc(method, &error);
        provider
            .raw_request::<_, Value>("anvil_autoImpersonateAccount".into(), json!([true]))
            .await
            .map_err(failed("anvil_autoImpersonateAccount"))?;
        for said in &self.kept.feeds {
            let Some(quote) = self.kept.quotes.iter().find(|one| one.pair == said.pair) else {
                continue;
            };
            let answer = base(quote.price, DEV_FEED_DECIMALS).try_into();
            let call = DevFeed::setCall {
                answer: answer.unwrap_or_default(),
            };
            let data = Bytes::from(call.abi_encode());
            let request = json!([{ "from": said.deployer, "to": said.feed, "input": data }]);
            provider
                .raw_request::<_, B256>("eth_sendTransaction".into(), request)
                .await
                .map_err(failed("eth_sendTransaction"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Quote};

    #[test]
    fn what_is_kept_is_found_again_and_nothing_where_nothing_was() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(Kept::load(folder.path()).expect("reads").is_none());
        let kept = Kept {
            quotes: vec![Quote {
                pair: "ETH/USD".to_owned(),
                price: 1_855.25,
            }],
            feeds: Vec::new(),
        };
        kept.save(folder.path()).expect("writes");
        let found = Kept::load(folder.path()).expect("reads").expect("is there");
        assert_eq!(found.quotes.len(), 1);
        assert!((found.quotes[0].price - 1_855.25).abs() < 1e-9);
        std::fs::write(folder.path().join("standing.json"), "{").expect("writes");
        assert!(Kept::load(folder.path()).is_err());
    }
}
