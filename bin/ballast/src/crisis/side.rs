//! Two synthetics beside the market of `ballast up`: one of each preset, on the same path and in the same blocks.

use ballast_chain::Manifest;
use ballast_chain::vaults::presets::{HIGH_EFFICIENCY, HIGH_SECURITY, Preset};

use super::driver::{Inline, Services};
use super::field::{CHEAP, Field, Order};
use super::report::PresetReport;
use super::scenario::Tick;
use super::stage::{Block, Spec, Stage, set_up};
use super::world::whole;
use crate::market::{Mined, Node, Tx};

/// What a whole native unit costs when the path begins, dollars.
const FIRST_PRICE: f64 = 2_000.0;
/// Vaults of each synthetic.
const VAULTS: usize = 24;
/// The synthetics: name, symbol, preset.
const SYNTHETICS: [(&str, &str, &Preset); 2] = [
    ("Draft Dollar", "DRFT", &HIGH_EFFICIENCY),
    ("Keel Dollar", "KEEL", &HIGH_SECURITY),
];
/// Seconds before the first price at which they are set up; the market's own set-up comes after them.
const SETUP_SECS: u64 = 2_400;

/// Synthetics that are set up and not played yet.
#[derive(Debug)]
pub struct Prepared {
    stages: Vec<(&'static Preset, Stage, Vec<Block>)>,
    seed: u64,
}

/// Synthetics under play.
#[derive(Debug)]
pub struct Side {
    fields: Vec<(&'static Preset, Field<Services>)>,
    sent: Vec<Vec<Order>>,
}

/// Sets the synthetics up on a fresh deployment whose first price is at `start`, and adds them to its manifest.
///
/// # Errors
/// Where a step reverts or the chain does not answer.
pub async fn prepare(
    node: &mut Node,
    manifest: &mut Manifest,
    (start, seed): (u64, u64),
) -> eyre::Result<Prepared> {
    let mut stages = Vec::new();
    let tip = node.endpoint().tip().await?.time.get();
    let mut from = start.saturating_sub(SETUP_SECS).max(tip + 1);
    for (name, symbol, preset) in SYNTHETICS {
        let spec = Spec {
            name,
            symbol,
            preset,
            assets: vec![("WETH".to_owned(), FIRST_PRICE)],
            custody: None,
            vaults: VAULTS,
            seed,
            from,
            start,
        };
        let (stage, blocks) = set_up(node, manifest, &spec).await?;
        manifest.books.push(stage.record.clone());
        from = blocks.last().map_or(from, |block| block.time + 1);
        stages.push((preset, stage, blocks));
    }
    Ok(Prepared { stages, seed })
}

impl Prepared {
    /// Begins to play.
    ///
    /// # Errors
    /// Where the chain does not answer or the model cannot follow.
    pub async fn open(self, node: &Node) -> eyre::Result<Side> {
        let mut fields = Vec::new();
        for (preset, stage, blocks) in self.stages {
            let deviation = whole(stage.subject.deviation);
            let inline = Inline::new(&stage, deviation, self.seed);
            let driver = (Services::Inline(Box::new(inline)), self.seed);
            let field = Field::open(node, stage, &blocks, driver, CHEAP).await?;
            fields.push((preset, field));
        }
        Ok(Side {
            fields,
            sent: Vec::new(),
        })
    }
}

impl Side {
    /// What everybody around the synthetics wants in the block at `time`, at which the path stands at `ratio` times its
    /// first price.
    ///
    /// # Errors
    /// Where a key does not sign.
    pub async fn orders(&mut self, time: u64, ratio: f64) -> eyre::Result<Vec<Tx>> {
        let tick = Tick {
            time,
            prices: vec![FIRST_PRICE * ratio],
            custody: None,
        };
        self.sent.clear();
        let mut txs = Vec::new();
        for (_, field) in &mut self.fields {
            let mut orders = field.moment(&tick, CHEAP).await?;
            // There is a block for each moment and none in between: services act on the last one in this.
            orders.extend(field.follow_at(time).await?);
            txs.extend(orders.iter().map(|order| order.tx.clone()));
            self.sent.push(orders);
        }
        Ok(txs)
    }

    /// Enters the block that was mined with the last orders, whose receipts are the last of `mined`'s own.
    ///
    /// # Errors
    /// Where the chain does not answer or the model cannot follow.
    pub async fn enter(&mut self, node: &Node, mined: &Mined, time: u64) -> eyre::Result<()> {
        let count: usize = self.sent.iter().map(Vec::len).sum();
        let mut at = mined.own.len().saturating_sub(count);
        for ((_, field), orders) in self.fields.iter_mut().zip(&self.sent) {
            let own = mined.own.get(at..at + orders.len()).unwrap_or_default();
            at += orders.len();
            field.enter(node, orders, own, (mined, time)).await?;
        }
        self.sent.clear();
        Ok(())
    }

    /// Holds every vault and every sum against the chain and tells what happened.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn close(mut self, node: &Node) -> eyre::Result<Vec<PresetReport>> {
        let mut reports = Vec::new();
        for (preset, field) in &mut self.fields {
            field.close(node).await?;
            reports.push(PresetReport::new(field, preset.name, None, None));
        }
        Ok(reports)
    }
}
