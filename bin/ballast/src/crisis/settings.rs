//! The files of settings that oracle nodes and keeper are started with.

use std::fmt::Write as _;
use std::path::Path;

use ballast_oracle::Kind;
use ballast_oracle::stand_in::StandIn;
use toml::{Table, Value};

use super::feeder::ROUND_SECS;
use super::processes::Ground;
use super::stage::{Collateral, SIGNERS_FIRST, Stage};
use super::world::whole;
use crate::fail::input;

/// What every file names.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// Endpoints of the chain.
    pub rpc: &'a [String],
    /// The store.
    pub store: &'a str,
    /// Ports of all nodes.
    pub ports: &'a [u16],
    /// The venues.
    pub venues: &'a [StandIn],
}

impl Places<'_> {
    /// Where node number `node` listens, and where its peers do.
    fn of(&self, node: u32) -> (String, Vec<String>) {
        let address = |port: &u16| format!("127.0.0.1:{port}");
        let own = self.ports.get(node as usize).map(address);
        let others = self.ports.iter().enumerate();
        let others = others.filter(|(at, _)| *at != node as usize);
        let peers = others.map(|(_, port)| format!("http://{}", address(port)));
        (own.unwrap_or_default(), peers.collect())
    }
}

/// The pair that venues trade a collateral as.
pub fn pair_of(symbol: &str) -> String {
    let base = if symbol == "WETH" { "ETH" } else { symbol };
    format!("{base}/USD")
}

/// Every asset that is priced, once, however many synthetics it backs.
pub fn assets<'a>(stages: &[&'a Stage]) -> Vec<&'a Collateral> {
    let mut all: Vec<&Collateral> = Vec::new();
    for stage in stages {
        for asset in stage.collaterals.iter().chain(&stage.custody) {
            if !all.iter().any(|one| one.token == asset.token) {
                all.push(asset);
            }
        }
    }
    all
}

fn listed(items: &[String]) -> String {
    let all: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    all.join(", ")
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// What of `count` endpoints must say the same.
const fn most(count: usize) -> usize {
    count / 2 + 1
}

/// The settings of node number `node`, for the quorum that all `stages` share. After each report it pokes the strictest
/// of their prices; the keeper pokes any.
pub fn node(stages: &[&Stage], ground: &Ground<'_>, node: u32, places: Places<'_>) -> String {
    let deviation = |stage: &&&Stage| whole(stage.subject.deviation);
    let strictest = stages
        .iter()
        .min_by(|one, other| deviation(one).total_cmp(&deviation(other)));
    let Some(strictest) = strictest else {
        return String::new();
    };
    let (own, peers) = places.of(node);
    let mut text = format!(
        "name = \"node-{node}\"\nrpc = [{}]\nagree = {}\nquorum = \"{}\"\naggregator = \"{}\"\n\
         dev_account = {}\nstore = {}\nlisten = \"{own}\"\npeers = [{}]\n\
         peer_answer_ms = 300\npeer_bound = \"0.02\"\nclock = \"chain\"\npoll_ms = {poll_ms}\nround_secs = {ROUND_SECS}\n\
         takeover_ms = 250\nmax_fee_gwei = 5000\nconfirmations = 1\n\n\
         [patience]\nanswer_ms = 300\nsilence_ms = 200\nhold_ms = 3000\nrest_every_ms = 100\nbackoff_ms_max = 1000\n",
        listed(places.rpc),
        most(places.rpc.len()),
        strictest.quorum,
        strictest.prices,
        SIGNERS_FIRST + node,
        quoted(places.store),
        listed(&peers),
        poll_ms = ground.poll_ms,
    );
    for venue in places.venues {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[venues.{kind}]\nkind = \"{kind}\"\nrest = \"{}\"\nstream = \"{}\"\n",
            venue.rest_url(),
            venue.stream_url(),
            kind = venue_name(venue.kind()),
        );
    }
    for asset in assets(stages) {
        let _ = write!(
            text,
            "\n[[assets]]\nasset = \"{}\"\npair = \"{}\"\ndeviation = \"{:.5}\"\nheartbeat_secs = 1200\n\
             sources_min = 2\nage_secs_max = {age}\nahead_secs_max = {age}\noutlier = \"0.02\"\n",
            asset.token,
            pair_of(&asset.symbol),
            whole(strictest.subject.deviation) * 0.8,
            age = ground.gap_secs + 120,
        );
    }
    text
}

/// The settings in `file`, of node number `node` or of a keeper, with the addresses of now: those of before are gone with
/// the program that chose them.
///
/// # Errors
/// The file cannot be read, or its settings are of another form.
pub fn renewed(file: &Path, node: Option<u32>, places: Places<'_>) -> eyre::Result<String> {
    let fail = |why: String| input(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
    let mut table: Table = text.parse().map_err(|error| fail(format!("{error}")))?;
    let rpc = Value::from(places.rpc.to_vec());
    table.insert("rpc".to_owned(), rpc.clone());
    table.insert("store".to_owned(), Value::from(places.store));
    let Some(node) = node else {
        table.insert("public".to_owned(), rpc);
        return Ok(table.to_string());
    };
    let (own, peers) = places.of(node);
    table.insert("listen".to_owned(), Value::from(own));
    table.insert("peers".to_owned(), Value::from(peers));
    let venues = table.get_mut("venues").and_then(Value::as_table_mut);
    let venues = venues.ok_or_else(|| fail("it has no venues".to_owned()))?;
    for venue in places.venues {
        let name = venue_name(venue.kind());
        let found = venues.get_mut(name).and_then(Value::as_table_mut);
        let found = found.ok_or_else(|| fail(format!("it has no venue {name}")))?;
        found.insert("rest".to_owned(), Value::from(venue.rest_url()));
        found.insert("stream".to_owned(), Value::from(venue.stream_url()));
    }
    Ok(table.to_string())
}

const fn venue_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Binance => "binance",
        Kind::Coinbase => "coinbase",
        Kind::Kraken => "kraken",
    }
}

/// The settings of the keeper of all `stages`. What there is to do for accrual tokens beside them it leaves to the market's
/// own actors.
pub fn keeper(stages: &[&Stage], ground: &Ground<'_>, places: Places<'_>) -> String {
    let rpc = listed(places.rpc);
    let mut text = format!(
        "rpc = [{rpc}]\nquorum = {}\npublic = [{rpc}]\nstore = {}\npoll_ms = {poll_ms}\npatience_ms = 400\n\
         clock = \"chain\"\n\n[send]\nmax_fee_gwei = 5000\nconfirmations = 1\nbump_after_blocks = 2\n\n\
         [flag]\nunflag = true\nper_block_max = 64\n\n[foreclose]\nenabled = false\n\n[convert]\nenabled = false\n",
        most(places.rpc.len()),
        quoted(places.store),
        poll_ms = ground.poll_ms,
    );
    for stage in stages {
        let _ = write!(
            text,
            "\n[[book]]\nsynthetic = \"{}\"\ndesk = \"{}\"\n",
            stage.book(),
            stage.desk,
        );
        if !stage.collaterals.iter().any(|one| one.symbol == "WETH") {
            text.push_str("native_price = 2000\n");
        }
        for (market, one) in stage.collaterals.iter().enumerate() {
            let _ = write!(
                text,
                "\n[[book.pool]]\nmarket = {market}\npairs = [\"{}\"]\nfee_bps = 30\n",
                one.pair
            );
        }
    }
    text
}
