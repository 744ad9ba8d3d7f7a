//! Prices without processes: what nodes and other providers would say, signed by the same keys and in the same form.

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::devfeed::DevFeed;
use ballast_bindings::reports::{ReportQuorum, ReportQuorum::Report};
use ballast_chain::LOCAL_CHAIN_ID;
use ballast_chain::vaults::deploy::DEV_FEED_DECIMALS;

use super::stage::{QUORUM, Stage};
use super::world::{base, quoted};
use crate::market::{Chance, Tx};

const GAS_SUBMIT: u64 = 400_000;
const GAS_POKE: u64 = 1_000_000;
const GAS_SAY: u64 = 120_000;
/// Half the width of the range around a reported price, of the price.
const CONFIDENCE: f64 = 0.0005;
/// How far what a party sees is off, as a deviation.
const NOISE: f64 = 0.0003;
/// Seconds of one round of reports, here and in the settings of nodes: less than between two blocks, and no divisor of the
/// time between two moments, so that each node leads in its turn.
pub const ROUND_SECS: u64 = 11;
/// Seconds after which a party says its price again although it did not move.
const HEARTBEAT_SECS: u64 = 1_200;

/// What was last said of one price by one party.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    price: f64,
    time: u64,
}

/// Nodes and other providers, with what each said last.
#[derive(Debug)]
pub struct Feeder {
    reported: Vec<Said>,
    fed: Vec<Vec<Said>>,
    chance: Chance,
    /// Move at which a price is said again, of the price.
    deviation: f64,
    /// Reports that were sent.
    pub reports: u64,
}

impl Feeder {
    /// Before anything was said; a price is said again once it moved by `deviation`.
    pub fn new(stage: &Stage, deviation: f64, seed: u64) -> Self {
        let assets: Vec<_> = stage.collaterals.iter().chain(&stage.custody).collect();
        Self {
            reported: vec![Said::default(); assets.len()],
            fed: assets
                .iter()
                .map(|asset| vec![Said::default(); asset.feeds.len()])
                .collect(),
            chance: Chance::fork(seed, 3),
            deviation,
            reports: 0,
        }
    }

    fn due(&self, said: Said, price: f64, time: u64) -> bool {
        // A little earlier than promised, so that what is promised holds when it is mined.
        let moved = (price / said.price - 1.0).abs() >= self.deviation * 0.8;
        said.price <= 0.0 || moved || time >= said.time + HEARTBEAT_SECS
    }

    /// What other providers say of `prices` (collateral, then custody) at `time`.
    pub fn provide(&mut self, stage: &Stage, prices: &[f64], time: u64) -> Vec<Tx> {
        let mut txs = Vec::new();
        let assets: Vec<_> = stage.collaterals.iter().chain(&stage.custody).collect();
        for (index, (asset, price)) in assets.iter().zip(prices).enumerate() {
            for (number, feed) in asset.feeds.iter().enumerate() {
                if !self.due(self.fed[index][number], *price, time) {
                    continue;
                }
                let seen = price * (1.0 + NOISE * self.chance.normal());
                self.fed[index][number] = Said {
                    price: *price,
                    time,
                };
                txs.push(say(stage, *feed, seen));
            }
        }
        txs
    }

    /// What the nodes report of `prices` as they were at `time`, and the pokes that store it.
    ///
    /// # Errors
    /// Where a key does not sign.
    pub fn report(&mut self, stage: &Stage, prices: &[f64], time: u64) -> eyre::Result<Vec<Tx>> {
        let mut txs = Vec::new();
        let assets: Vec<_> = stage.collaterals.iter().chain(&stage.custody).collect();
        for (index, (asset, price)) in assets.iter().zip(prices).enumerate() {
            if !self.due(self.reported[index], *price, time) {
                continue;
            }
            let mut says = || price * (1.0 + NOISE * self.chance.normal());
            let said: Vec<f64> = stage.signers.iter().map(|_| says()).collect();
            self.reported[index] = Said {
                price: *price,
                time,
            };
            self.reports += 1;
            txs.push(submit(stage, asset.token, &said, time)?);
            txs.push(poke(stage, asset.token));
        }
        Ok(txs)
    }
}

/// A provider's feed says `price`.
pub fn say(stage: &Stage, feed: Address, price: f64) -> Tx {
    let answer = base(price, DEV_FEED_DECIMALS);
    let data = DevFeed::setCall {
        answer: answer.try_into().unwrap_or_default(),
    };
    Tx::call(stage.deployer, feed, data.abi_encode(), GAS_SAY)
}

/// Stores what the sources of `asset` agree on.
pub fn poke(stage: &Stage, asset: Address) -> Tx {
    let data = PriceAggregator::pokeCall { asset }.abi_encode();
    Tx::call(stage.account("reporter", 0), stage.prices, data, GAS_POKE)
}

/// A quorum of reports of what each signer `says`, of `time`, in the round that nodes count by it.
///
/// # Errors
/// Where a key does not sign.
pub fn submit(stage: &Stage, asset: Address, says: &[f64], time: u64) -> eyre::Result<Tx> {
    let round = U256::from(time / ROUND_SECS);
    let count = usize::try_from(QUORUM)?;
    let mut reports = Vec::with_capacity(count);
    // Sorted by signer already.
    for (signer, price) in stage.signers.iter().zip(says).take(count) {
        reports.push(report(stage.quorum, signer, (asset, round), *price, time)?);
    }
    let call = ReportQuorum::submitCall {
        asset,
        round,
        reports,
    };
    let from = stage.account("reporter", 0);
    Ok(Tx::call(from, stage.quorum, call.abi_encode(), GAS_SUBMIT))
}

fn report(
    quorum: Address,
    signer: &PrivateKeySigner,
    (asset, round): (Address, U256),
    dollars: f64,
    time: u64,
) -> eyre::Result<Report> {
    let (price, confidence) = (quoted(dollars), quoted(dollars * CONFIDENCE));
    let word = U256::from(time);
    let content = keccak256(
        (
            keccak256(
                "Report(address asset,uint256 price,uint256 confidence,uint256 time,uint256 round)",
            ),
            asset,
            price,
            confidence,
            word,
            round,
        )
            .abi_encode_params(),
    );
    let signature = signer.sign_hash_sync(&digest(quorum, content))?;
    Ok(Report {
        price,
        confidence,
        time: word,
        signature: signature.as_bytes().to_vec().into(),
    })
}

/// What is signed for `quorum`, by EIP-712.
fn digest(quorum: Address, content: B256) -> B256 {
    let domain = keccak256(
        (
            keccak256(
                "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
            ),
            keccak256("Ballast Reports"),
            keccak256("1"),
            U256::from(LOCAL_CHAIN_ID),
            quorum,
        )
            .abi_encode_params(),
    );
    keccak256([&[0x19, 0x01], domain.as_slice(), content.as_slice()].concat())
}
