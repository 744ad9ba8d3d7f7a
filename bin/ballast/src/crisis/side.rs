//! Two synthetics beside the market of `ballast up`: one of each preset, on the same path and in the same blocks.

use std::path::PathBuf;

use ballast_chain::vaults::presets::{HIGH_EFFICIENCY, HIGH_SECURITY, Preset};
use ballast_chain::{Endpoint, Manifest};

use super::alive::{Alive, Kept, quotes};
use super::driver::{Inline, ServiceFigures, Services};
use super::field::{CHEAP, Field, Order};
use super::outcome::{Gathered, Outcome};
use super::processes::{Ground, Processes, Supervision, Trouble};
use super::report::PresetReport;
use super::scenario::Tick;
use super::stage::{Block, Spec, Stage, opening, set_up};
use super::world::whole;
use crate::market::{Mined, Node, Tx};
use crate::output::Output;

/// What a whole native unit costs when the path begins, dollars.
const FIRST_PRICE: f64 = 2_000.0;
/// Vaults of each synthetic.
const VAULTS: usize = 24;
/// One of the synthetics.
struct Model {
    name: &'static str,
    symbol: &'static str,
    preset: &'static Preset,
    /// The ceiling of its market, of what its vaults open with.
    ceiling: f64,
}
/// The synthetics.
const SYNTHETICS: [Model; 2] = [
    Model {
        name: "Draft Dollar",
        symbol: "DRFT",
        preset: &HIGH_EFFICIENCY,
        ceiling: 3.0,
    },
    Model {
        name: "Keel Dollar",
        symbol: "KEEL",
        preset: &HIGH_SECURITY,
        ceiling: 2.0,
    },
];
/// What may be minted within a day, of what all vaults open with: they open within an hour.
const MINT_LIMIT: f64 = 1.5;
/// Seconds before the first price at which they are set up; the market's own set-up comes after them.
const SETUP_SECS: u64 = 2_400;
/// Milliseconds between two looks of a service at the chain.
const POLL_MS: u64 = 20;

/// Where oracle nodes and keeper run, as processes of their own.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The chain's address.
    pub rpc: String,
    /// Folder for their settings and what they say.
    pub folder: PathBuf,
    /// The store that they share with indexer and server.
    pub store: String,
    /// The longest time between two moments of the path, seconds.
    pub gap_secs: u64,
    /// Where people are told of one that ended.
    pub out: Output,
}

impl Apart {
    /// The manifest that they read.
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("manifest.toml")
    }

    /// Starts services again whose chain was kept; nothing where none were started on it.
    ///
    /// # Errors
    /// Where their files cannot be read or one cannot be started.
    pub async fn resume(&self, endpoint: Endpoint) -> eyre::Result<Option<Alive>> {
        let Some(kept) = Kept::load(&self.folder)? else {
            return Ok(None);
        };
        let processes = Box::new(self.start(endpoint.clone(), &[]).await?);
        Ok(Some(Alive::new(processes, endpoint, kept, None)))
    }

    async fn start(&self, endpoint: Endpoint, stages: &[&Stage]) -> eyre::Result<Processes> {
        let manifest = self.manifest();
        let ground = Ground {
            rpc: &self.rpc,
            endpoints: 0,
            folder: &self.folder,
            manifest: &manifest,
            store: Some(&self.store),
            gap_secs: self.gap_secs,
            poll_ms: POLL_MS,
            supervision: Supervision::Tell(self.out),
        };
        Processes::start(endpoint, stages, ground, Trouble::default()).await
    }
}

/// Synthetics that are set up and not played yet.
#[derive(Debug)]
pub struct Prepared {
    stages: Vec<(&'static Preset, Stage, Vec<Block>)>,
    apart: Option<Apart>,
    seed: u64,
}

/// Synthetics under play.
#[derive(Debug)]
pub struct Side {
    fields: Vec<(&'static Preset, Field<Services>)>,
    sent: Vec<Vec<Order>>,
    /// Services as processes of their own, for all of them.
    processes: Option<Box<Processes>>,
    /// What the market pays, while venues were not told yet.
    untold: Option<Tick>,
    /// Where services run, and what they would need there on a chain that is started again.
    apart: Option<(Apart, Kept)>,
}

/// What is left when the path has ended.
#[derive(Debug)]
pub struct Aftermath {
    /// What became of each synthetic.
    pub synthetics: Vec<PresetReport>,
    /// Of all together.
    pub outcome: Outcome,
    /// What services inside this program did.
    inline: ServiceFigures,
    alive: Option<Alive>,
}

/// Sets the synthetics up on a fresh deployment whose first price is at `start`, and adds them to its manifest. Where
/// services run `apart` both take their prices from one quorum of nodes.
///
/// # Errors
/// Where a step reverts or the chain does not answer.
pub async fn prepare(
    node: &mut Node,
    manifest: &mut Manifest,
    (start, seed): (u64, u64),
    apart: Option<Apart>,
) -> eyre::Result<Prepared> {
    let mut stages: Vec<(&'static Preset, Stage, Vec<Block>)> = Vec::new();
    let tip = node.endpoint().tip().await?.time.get();
    let mut from = start.saturating_sub(SETUP_SECS).max(tip + 1);
    for model in SYNTHETICS {
        let opening = opening(model.preset, &[FIRST_PRICE], (VAULTS, seed));
        let debt: f64 = opening.iter().map(|(_, one)| one.debt).sum();
        let shared = stages.first().map(|(_, stage, _)| stage.quorum);
        let spec = Spec {
            name: model.name,
            symbol: model.symbol,
            preset: model.preset,
            assets: vec![("WETH".to_owned(), FIRST_PRICE)],
            custody: None,
            ceiling: round_up(debt * model.ceiling),
            mint_limit: round_up(debt * MINT_LIMIT),
            quorum: shared.filter(|_| apart.is_some()),
            vaults: VAULTS,
            seed,
            from,
            start,
        };
        let (stage, blocks) = set_up(node, manifest, &spec).await?;
        manifest.books.push(stage.record.clone());
        from = blocks.last().map_or(from, |block| block.time + 1);
        stages.push((model.preset, stage, blocks));
    }
    Ok(Prepared {
        stages,
        apart,
        seed,
    })
}

/// The next amount with two digits before its zeros.
fn round_up(amount: f64) -> u64 {
    let unit = 10_f64.powf((amount.max(1.0).log10().floor() - 1.0).max(0.0));
    ((amount / unit).ceil() * unit) as u64
}

impl Prepared {
    /// Begins to play.
    ///
    /// # Errors
    /// Where the chain does not answer, the model cannot follow, or a service cannot be started.
    pub async fn open(self, node: &Node) -> eyre::Result<Side> {
        let stages: Vec<&Stage> = self.stages.iter().map(|(_, stage, _)| stage).collect();
        let (processes, apart) = match self.apart {
            Some(apart) => {
                let kept = Kept::new(&stages, &[FIRST_PRICE]);
                kept.save(&apart.folder)?;
                let started = apart.start(node.endpoint().clone(), &stages).await?;
                (Some(Box::new(started)), Some((apart, kept)))
            }
            None => (None, None),
        };
        let mut fields = Vec::new();
        for (preset, stage, blocks) in self.stages {
            let deviation = whole(stage.subject.deviation);
            let driver = match &processes {
                Some(_) => Services::Shared(false),
                None => Services::Inline(Box::new(Inline::new(&stage, deviation, self.seed))),
            };
            let field = Field::open(node, stage, &blocks, (driver, self.seed), CHEAP).await?;
            fields.push((preset, field));
        }
        Ok(Side {
            fields,
            sent: Vec::new(),
            processes,
            untold: None,
            apart,
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
        for (_, field) in &mut self.fields {
            let mut orders = field.moment(&tick, CHEAP).await?;
            if self.processes.is_none() {
                // There is a block for each moment and none in between: services act on the last one in this.
                orders.extend(field.follow_at(time).await?);
            }
            self.sent.push(orders);
        }
        self.untold = Some(tick);
        Ok(self.wanted())
    }

    /// What services and whoever trades on their work want after the newest block, where services are processes of their
    /// own; none where nobody wants anything.
    ///
    /// # Errors
    /// Where a service ends again and again, or the chain does not answer.
    pub async fn follow(&mut self) -> eyre::Result<Option<Vec<Tx>>> {
        let Some(processes) = &mut self.processes else {
            return Ok(None);
        };
        let sent = processes.look().await?;
        self.sent.clear();
        for (_, field) in &mut self.fields {
            field.driver = Services::Shared(sent);
            self.sent.push(field.follow().await?);
        }
        let quiet = !sent && self.sent.iter().all(Vec::is_empty);
        Ok((!quiet).then(|| self.wanted()))
    }

    fn wanted(&self) -> Vec<Tx> {
        let orders = self.sent.iter().flatten();
        orders.map(|order| order.tx.clone()).collect()
    }

    /// Enters a block. What was wanted last is in it where it is not `alone`: its receipts are the last of `mined`'s own.
    ///
    /// # Errors
    /// Where the chain does not answer or the model cannot follow.
    pub async fn enter(
        &mut self,
        node: &Node,
        mined: &Mined,
        (time, alone): (u64, bool),
    ) -> eyre::Result<()> {
        if let Some(tick) = self.untold.take_if(|_| !alone) {
            // A price is news once its block is there: nodes sign reports at the chain's time.
            self.quote(&tick)?;
        }
        let nothing = Vec::new();
        let sent = if alone { &nothing } else { &self.sent };
        let count: usize = sent.iter().map(Vec::len).sum();
        let mut at = mined.own.len().saturating_sub(count);
        for (index, (_, field)) in self.fields.iter_mut().enumerate() {
            let orders = sent.get(index).map(Vec::as_slice).unwrap_or_default();
            let own = mined.own.get(at..at + orders.len()).unwrap_or_default();
            at += orders.len();
            field.enter(node, orders, own, (mined, time)).await?;
        }
        if !alone {
            self.sent.clear();
        }
        Ok(())
    }

    fn quote(&mut self, tick: &Tick) -> eyre::Result<()> {
        let (Some(processes), Some((apart, kept))) = (&self.processes, &mut self.apart) else {
            return Ok(());
        };
        let stages: Vec<&Stage> = self.fields.iter().map(|(_, field)| &field.stage).collect();
        kept.quotes = quotes(&stages, &tick.prices);
        processes.quote(&kept.quotes, tick.time);
        kept.save(&apart.folder)
    }

    /// Holds every vault and every sum against the chain and tells what happened. Services go on.
    ///
    /// # Errors
    /// Where the chain does not answer.
    pub async fn close(mut self, node: &Node) -> eyre::Result<Aftermath> {
        let mut synthetics = Vec::new();
        let mut gathered = Gathered::default();
        let mut inline = ServiceFigures::default();
        for (preset, field) in &mut self.fields {
            field.close(node).await?;
            let report = PresetReport::new(field, preset.name, None, None);
            if let Some(figures) = &report.services {
                inline.add(figures);
            }
            gathered.add(field);
            synthetics.push(report);
        }
        let endpoint = node.endpoint().clone();
        let time = endpoint.tip().await?.time.get();
        let alive = self.processes.zip(self.apart);
        Ok(Aftermath {
            synthetics,
            outcome: gathered.outcome(),
            inline,
            alive: alive
                .map(|(processes, (_, kept))| Alive::new(processes, endpoint, kept, Some(time))),
        })
    }
}

impl Aftermath {
    /// What services did; those that are processes of their own go on unless they are to `end` before.
    ///
    /// # Errors
    /// Where their store cannot be read or the chain does not answer.
    pub async fn services(&mut self, end: bool) -> eyre::Result<ServiceFigures> {
        let Some(Alive { processes, .. }) = &mut self.alive else {
            return Ok(self.inline.clone());
        };
        if end {
            processes.end().await?;
        }
        processes.settled().await
    }

    /// Keeps services alive while the chain stands.
    ///
    /// # Errors
    /// As [`Alive::stand`].
    pub async fn stand(&mut self) -> eyre::Result<()> {
        match &mut self.alive {
            Some(alive) => alive.stand().await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn limits_are_round_and_never_below_what_they_are_for() {
        for (amount, limit) in [
            (1_013_149.8, 1_100_000),
            (506_574.9, 510_000),
            (990_001.0, 1_000_000),
            (20.0, 20),
            (3.2, 4),
        ] {
            assert_eq!(round_up(amount), limit);
        }
    }
}
