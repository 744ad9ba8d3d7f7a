//! Who runs oracle and keeper: in this program, or as processes of their own.

use std::collections::BTreeMap;
use std::future::Future;

use serde::Serialize;

use super::eyes::Sights;
use super::feeder::Feeder;
use super::mirror::Mirror;
use super::processes::Processes;
use super::scenario::Gas;
use super::stage::Stage;
use super::taker::{self, Costs};
use crate::market::Tx;

/// What services see before each block.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What it is played on.
    pub stage: &'a Stage,
    /// The newest block, as actors see it.
    pub sights: &'a Sights,
    /// The book.
    pub mirror: &'a Mirror,
    /// Prices of collateral, then of custody, dollars.
    pub prices: &'a [f64],
    /// What gas costs now.
    pub gas: Gas,
    /// What market makers think the synthetic is worth, dollars.
    pub worth: f64,
    /// Unix seconds of the newest block.
    pub now: u64,
}

impl ServiceFigures {
    /// Adds what other services inside this program did.
    pub fn add(&mut self, other: &Self) {
        self.keeper_sends += other.keeper_sends;
        self.keeper_failures += other.keeper_failures;
        self.oracle_sends += other.oracle_sends;
        self.oracle_failures += other.oracle_failures;
        self.duplicate_sends += other.duplicate_sends;
    }
}

/// What services did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceFigures {
    /// Whether they were processes of their own.
    pub processes: bool,
    /// Transactions that keepers wanted and sent.
    pub keeper_sends: u64,
    /// Of them, those that were refused, reverted or given up.
    pub keeper_failures: u64,
    /// The same of oracle nodes.
    pub oracle_sends: u64,
    /// The same of oracle nodes.
    pub oracle_failures: u64,
    /// Wishes that were mined more than once: must be 0.
    pub duplicate_sends: u64,
    /// Processes that were killed, by name.
    pub kills: BTreeMap<String, u64>,
    /// Processes that ended by themselves and were started again, by name.
    pub exits: BTreeMap<String, u64>,
    /// What the first of them said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_exit: Option<String>,
    /// Faults of venues and endpoints that were injected, by name.
    pub faults: BTreeMap<String, u64>,
    /// Faults that were over before the path was.
    pub outages_injected: u64,
    /// Of them, those after which every price was safe, or stepped, once more.
    pub outages_survived: u64,
}

/// Who reports prices and takes.
pub trait Driver {
    /// Tells the venues what the market pays at `time`.
    ///
    /// # Errors
    /// Where a venue cannot be told.
    fn tell(
        &mut self,
        stage: &Stage,
        prices: &[f64],
        time: u64,
    ) -> impl Future<Output = eyre::Result<()>> + Send;

    /// Looks at the newest block; what comes back is put into the next one. Processes send by themselves.
    ///
    /// # Errors
    /// Where a service ended by itself or a key does not sign.
    fn act(&mut self, scene: &Scene<'_>) -> impl Future<Output = eyre::Result<Vec<Tx>>> + Send;

    /// Whether they have sent what waits for the next block.
    fn has_sent(&self) -> bool {
        false
    }

    /// Ends them, and counts what is only known at the end.
    ///
    /// # Errors
    /// Where their stores cannot be read.
    fn finish(&mut self) -> impl Future<Output = eyre::Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// What they did so far; none where it is not counted by synthetic.
    fn figures(&self) -> Option<ServiceFigures>;
}

/// Either of them.
#[derive(Debug)]
pub enum Services {
    /// Inside this program.
    Inline(Box<Inline>),
    /// As processes of their own.
    Processes(Box<Processes>),
    /// As processes that several synthetics share and somebody else looks after; whether they have sent what waits for
    /// the next block.
    Shared(bool),
}

impl Driver for Services {
    async fn tell(&mut self, stage: &Stage, prices: &[f64], time: u64) -> eyre::Result<()> {
        match self {
            Self::Inline(one) => one.tell(stage, prices, time).await,
            Self::Processes(one) => one.tell(stage, prices, time).await,
            Self::Shared(_) => Ok(()),
        }
    }

    async fn act(&mut self, scene: &Scene<'_>) -> eyre::Result<Vec<Tx>> {
        match self {
            Self::Inline(one) => one.act(scene).await,
            Self::Processes(one) => one.act(scene).await,
            Self::Shared(_) => Ok(Vec::new()),
        }
    }

    fn has_sent(&self) -> bool {
        match self {
            Self::Inline(one) => one.has_sent(),
            Self::Processes(one) => one.has_sent(),
            Self::Shared(sent) => *sent,
        }
    }

    async fn finish(&mut self) -> eyre::Result<()> {
        match self {
            Self::Inline(one) => one.finish().await,
            Self::Processes(one) => one.finish().await,
            Self::Shared(_) => Ok(()),
        }
    }

    fn figures(&self) -> Option<ServiceFigures> {
        match self {
            Self::Inline(one) => one.figures(),
            Self::Processes(one) => one.figures(),
            Self::Shared(_) => None,
        }
    }
}

/// Oracle and keeper inside this program, on the same seed the same.
#[derive(Debug)]
pub struct Inline {
    feeder: Feeder,
    figures: ServiceFigures,
}

impl Inline {
    /// Nodes that report a price once it moved by `deviation`.
    pub fn new(stage: &Stage, deviation: f64, seed: u64) -> Self {
        Self {
            feeder: Feeder::new(stage, deviation, seed),
            figures: ServiceFigures::default(),
        }
    }
}

impl Driver for Inline {
    async fn tell(&mut self, _: &Stage, _: &[f64], _: u64) -> eyre::Result<()> {
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> eyre::Result<Vec<Tx>> {
        let urgent = super::world::wei(scene.gas.p90 * 1.2);
        let reports = self.feeder.report(scene.stage, scene.prices, scene.now)?;
        let mut txs: Vec<Tx> = reports.into_iter().map(|tx| tx.offering(urgent)).collect();
        self.figures.oracle_sends += txs.len() as u64;
        let costs = Costs {
            fee_gwei: scene.gas.p90,
            native: taker::native_price(scene.stage, scene.prices, scene.mirror),
            worth: scene.worth,
        };
        let kept = taker::keep(
            scene.stage,
            scene.sights,
            scene.mirror,
            (scene.prices, costs),
        );
        self.figures.keeper_sends += kept.len() as u64;
        txs.extend(kept);
        Ok(txs)
    }

    fn figures(&self) -> Option<ServiceFigures> {
        Some(self.figures.clone())
    }
}
