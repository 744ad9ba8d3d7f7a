//! Oracle nodes as processes: refused files, reports, and S02 for nodes that are killed without warning.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use alloy::primitives::{Address, Bytes, U256, address};
use alloy::providers::Provider;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::reports::ReportQuorum;
use ballast_chain::{Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Sender, Step, keys};
use ballast_oracle::Kind;
use ballast_oracle::report::{Report, Signed, Target, Wire};
use ballast_oracle::stand_in::StandIn;
use serde_json::Value;

use crate::world::{Run, program, transcript};

/// The asset that is priced.
const ASSET: Address = address!("0x2000000000000000000000000000000000000002");
/// Longest wait for anything that has to come.
const PATIENCE: Duration = Duration::from_secs(120);
/// Nodes that run, of five signers of whom three must report.
const NODES: u32 = 3;
/// How often one of them is killed.
const KILLS: u32 = 15;
/// Length of a round: several kills fall into each.
const ROUND_SECS: u64 = 2;

fn wad(text: &str) -> U256 {
    ballast_types::decimal::parse("number", text, 18).expect("a number")
}

fn unix_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

/// A chain with a quorum, three venues, and a folder for the nodes.
struct Quorum {
    anvil: Anvil,
    endpoint: Endpoint,
    target: Target,
    venues: Vec<StandIn>,
    ports: Vec<u16>,
    folder: tempfile::TempDir,
}

/// A free port that the system gives to no connection meanwhile: while a node is dead, nobody else may take its place.
fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = 20_000 + u16::try_from(std::process::id() % 10_000).expect("small");
    loop {
        let port = begin + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn signer(number: u32) -> Address {
    let key = keys::dev_account(number, LOCAL_CHAIN_ID);
    key.expect("a key").address()
}

impl Quorum {
    async fn new() -> Self {
        let anvil = Anvil::start(&AnvilOptions::default()).expect("anvil starts");
        let endpoint = Endpoint::connect(&anvil.url()).await.expect("connects");
        let key = keys::dev_account(0, LOCAL_CHAIN_ID).expect("a key");
        let sender = Sender::new(endpoint.clone(), key, None);
        let mut signers: Vec<Address> = (1..=5).map(signer).collect();
        signers.sort_unstable();
        let args = (sender.address(), U256::from(600), signers, U256::from(3));
        let code = [
            &Artifact::ReportQuorum.bytecode()[..],
            &args.abi_encode_params(),
        ]
        .concat();
        let step = Step::create("create the quorum", Bytes::from(code));
        let created = sender.send(&step).await.expect("creates").created;
        let mut venues = Vec::new();
        for kind in Kind::ALL {
            venues.push(StandIn::start(kind).await.expect("starts"));
        }
        let ports = (0..NODES).map(|_| port()).collect();
        let quorum = Self {
            anvil,
            endpoint,
            target: Target {
                chain_id: LOCAL_CHAIN_ID,
                quorum: created.expect("an address"),
            },
            venues,
            ports,
            folder: tempfile::tempdir().expect("folder"),
        };
        quorum.set(wad("200"));
        quorum
    }

    fn set(&self, price: U256) {
        for venue in &self.venues {
            venue.set("ETH/USD", price, wad("1000"), unix_now());
        }
    }

    /// Writes the file of a node, which listens on the port of its number.
    fn file(&self, number: u32) -> String {
        let urls: Vec<String> = self
            .ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect();
        let own = usize::try_from(number - 1).expect("small");
        let others = urls.iter().enumerate().filter(|(at, _)| *at != own);
        let peers: Vec<String> = others.map(|(_, url)| format!("{url:?}")).collect();
        let mut text = format!(
            "name = \"node-{number}\"\nrpc = [\"{}\"]\nquorum = \"{}\"\ndev_account = {number}\n\
             store = \"sqlite:node-{number}.sqlite\"\nlisten = \"127.0.0.1:{}\"\npeers = [{}]\n\
             peer_answer_ms = 1000\npoll_ms = 20\nround_secs = {ROUND_SECS}\ntakeover_ms = 150\nconfirmations = 0\n\
             [patience]\nsilence_ms = 600\nrest_every_ms = 50\nbackoff_ms_max = 200\n\
             [[assets]]\nasset = \"{ASSET}\"\npair = \"ETH/USD\"\ndeviation = \"0.001\"\nheartbeat_secs = 3600\n\
             sources_min = 2\nage_secs_max = 60\noutlier = \"0.05\"\n",
            self.anvil.url(),
            self.target.quorum,
            self.ports[own],
            peers.join(", ")
        );
        for venue in &self.venues {
            text.push_str(&format!(
                "[venues.{0}]\nkind = \"{0}\"\nrest = \"{1}\"\nstream = \"{2}\"\n",
                venue.kind(),
                venue.rest_url(),
                venue.stream_url()
            ));
        }
        self.write(&format!("node-{number}.toml"), &text)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.folder.path().join(name), text).expect("writes");
        name.to_owned()
    }

    async fn latest(&self) -> Option<U256> {
        let contract = ReportQuorum::new(self.target.quorum, self.endpoint.provider());
        Some(contract.latest(ASSET).call().await.ok()?._0)
    }

    /// Every submission in a block, with or without effect: who sent it, and what.
    async fn submissions(&self) -> Vec<(Address, ReportQuorum::submitCall)> {
        let provider = self.endpoint.provider();
        let tip = self.endpoint.tip().await.expect("tip").number;
        let mut all = Vec::new();
        for number in 0..=tip {
            let block = provider.get_block_by_number(number.into()).full().await;
            let block = serde_json::to_value(block.expect("a block")).expect("JSON");
            for transaction in block["transactions"].as_array().expect("a list") {
                let field = |name: &str| transaction[name].as_str().unwrap_or_default().to_owned();
                if field("to").parse() == Ok(self.target.quorum) {
                    let input: Bytes = field("input").parse().expect("bytes");
                    let call = ReportQuorum::submitCall::abi_decode(&input).expect("a submission");
                    all.push((field("from").parse().expect("an address"), call));
                }
            }
        }
        all
    }
}

/// A node that is killed, never asked to end.
struct Process(Child);

impl Process {
    fn start(folder: &Path, file: &str) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_ballast"))
            .args(["oracle", "run", file])
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("starts"))
    }

    fn kill(&mut self) {
        // It may have been killed before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Chance that is the same in each run; what it falls on is not.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The answer of a node; none while it is dead.
async fn get(port: u16, path: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .ok()?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.ok()?;
        let (_, body) = text.split_once("\r\n\r\n")?;
        Some(body.to_owned())
    };
    tokio::time::timeout(Duration::from_secs(2), ask)
        .await
        .ok()
        .flatten()
}

/// What was seen signed, by signer and round: never more than one thing.
#[derive(Default)]
struct Seen(BTreeMap<(Address, u64), Report>);

impl Seen {
    fn note(&mut self, signed: &Signed, target: &Target) {
        signed.verify(target).expect("a signature");
        let key = (signed.signer, signed.report.round);
        let first = *self.0.entry(key).or_insert(signed.report);
        assert_eq!(
            first, signed.report,
            "{} signed two things in a round",
            signed.signer
        );
    }
}

/// Asks every node for its report of now.
async fn listen(quorum: &Quorum, seen: &mut Seen) {
    let round = unix_now() / ROUND_SECS;
    for port in &quorum.ports {
        let body = get(*port, &format!("/v1/report/{ASSET}?round={round}")).await;
        let wire: Option<Wire> = body.and_then(|body| serde_json::from_str(&body).ok());
        if let Some(wire) = wire {
            seen.note(&wire.into(), &quorum.target);
        }
    }
}

/// What each node tells about itself.
async fn statuses(quorum: &Quorum) -> String {
    let mut told = String::new();
    for port in &quorum.ports {
        let status = get(*port, "/status").await;
        told.push_str(&status.unwrap_or_else(|| format!("{port} is dead")));
    }
    told
}

/// Moves the price, listens, and kills one node after another for as long as it takes.
async fn massacre(quorum: &Quorum, seen: &mut Seen) -> U256 {
    let folder = quorum.folder.path();
    let files: Vec<String> = (1..=NODES).map(|number| quorum.file(number)).collect();
    let mut nodes: Vec<Process> = files
        .iter()
        .map(|file| Process::start(folder, file))
        .collect();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut price = wad("200");
    let began = Instant::now();
    while quorum.latest().await.is_none() {
        assert!(began.elapsed() < PATIENCE, "nothing is ever reported");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for kill in 0..KILLS {
        let until = Instant::now() + Duration::from_millis(50 + chance.below(900));
        while Instant::now() < until {
            let move_wad = U256::from(chance.below(4) + 1) * wad("0.3");
            price = if chance.below(2) == 0 {
                price + move_wad
            } else {
                price - move_wad
            };
            quorum.set(price);
            listen(quorum, seen).await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        let victim = usize::try_from(kill % NODES).expect("small");
        nodes[victim].kill();
        tokio::time::sleep(Duration::from_millis(chance.below(150))).await;
        nodes[victim] = Process::start(folder, &files[victim]);
    }
    price += wad("5");
    let began = Instant::now();
    while quorum
        .latest()
        .await
        .is_none_or(|latest| latest.abs_diff(price) > wad("0.2"))
    {
        if began.elapsed() > PATIENCE {
            panic!("{price} is never reported: {}", statuses(quorum).await);
        }
        quorum.set(price);
        listen(quorum, seen).await;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    for port in &quorum.ports {
        let status = get(*port, "/status").await.expect("a node that lives");
        let status: Value = serde_json::from_str(&status).expect("JSON");
        assert_eq!(status["sends"]["duplicate_sends"], 0, "{status}");
    }
    price
}

#[tokio::test]
#[allow(clippy::print_stdout)] // The counts are for the person who runs the tests.
async fn s02_nodes_that_are_killed_never_sign_two_prices_for_a_round_nor_submit_one_twice() {
    let quorum = Quorum::new().await;
    let mut seen = Seen::default();
    massacre(&quorum, &mut seen).await;
    let heard = seen.0.len();
    let submissions = quorum.submissions().await;
    let mut sent: BTreeMap<(Address, U256), u32> = BTreeMap::new();
    for (from, call) in &submissions {
        *sent.entry((*from, call.round)).or_default() += 1;
        for report in &call.reports {
            let round: u64 = call.round.to();
            let report_said = Report {
                asset: call.asset,
                price: report.price,
                confidence: report.confidence,
                time: report.time.to(),
                round,
            };
            let signed = (1..=NODES).map(signer).map(|signer| Signed {
                report: report_said,
                signer,
                signature: report.signature.clone(),
            });
            let signed = signed
                .into_iter()
                .find(|signed| signed.verify(&quorum.target).is_ok());
            seen.note(&signed.expect("one of the nodes"), &quorum.target);
        }
    }
    let twice: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "submitted twice: {twice:?}");
    assert!(submissions.len() > 3, "{} submissions", submissions.len());
    println!(
        "S02: {KILLS} kills, {} submissions mined, {heard} reports heard, {} in all, none twice",
        submissions.len(),
        seen.0.len()
    );
}

#[tokio::test]
async fn a_node_ends_with_the_program_that_started_it_and_tells_where_it_listens() {
    let quorum = Quorum::new().await;
    let file = quorum.file(1);
    let mut child = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args([
            "oracle",
            "run",
            &file,
            "--listen",
            "127.0.0.1:0",
            "--until-stdin-closes",
        ])
        .current_dir(quorum.folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let output = child.stderr.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let (_, address) = line
        .trim()
        .split_once("listening on http://127.0.0.1:")
        .expect("its address");
    let port: u16 = address.parse().expect("a port");
    let began = Instant::now();
    let node = format!("http://127.0.0.1:{port}");
    let asset = ASSET.to_string();
    let report = ["oracle", "report", &asset, "--node", &node];
    loop {
        // Somebody has to ask it to sign.
        let round = unix_now() / ROUND_SECS;
        let _ = get(port, &format!("/v1/report/{ASSET}?round={round}")).await;
        let run = program(quorum.folder.path(), &report, &[]);
        if run.code == 0 {
            let words: Vec<&str> = run.stdout.split_whitespace().collect();
            let text = words.join(" ");
            assert!(text.contains("price 200 confidence 0.02"), "{text}");
            assert!(text.ends_with("signature is the signer's"), "{text}");
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{}", run.stderr);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(child.stdin.take());
    let began = Instant::now();
    while child.try_wait().expect("asks").is_none() {
        assert!(began.elapsed() < PATIENCE, "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn files_keys_and_contracts_that_cannot_be_used_are_refused_in_one_line() {
    let quorum = Quorum::new().await;
    let folder = quorum.folder.path();
    let good = quorum.file(1);
    let text = std::fs::read_to_string(folder.join(&good)).expect("reads");
    let changed = |name: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        quorum.write(name, &text.replacen(from, to, 1))
    };
    let files = [
        "missing.toml".to_owned(),
        changed("unknown.toml", "takeover_ms", "take_over_ms"),
        changed("limit.toml", "round_secs = 2", "round_secs = 7200"),
        changed("key.toml", "dev_account = 1\n", ""),
        changed(
            "keystore.toml",
            "dev_account = 1",
            "keystore = \"none.json\"\npassword_file = \"none\"",
        ),
        changed("chain.toml", &quorum.anvil.url(), "http://127.0.0.1:1"),
        changed(
            "contract.toml",
            &quorum.target.quorum.to_string(),
            "0x00000000000000000000000000000000000000aa",
        ),
        changed("store.toml", "sqlite:", "paper:"),
        changed(
            "listen.toml",
            "listen = \"127.0.0.1:",
            "listen = \"192.0.2.1:",
        ),
    ];
    let mut runs: Vec<Run> = files
        .iter()
        .map(|file| program(folder, &["oracle", "run", file], &[]))
        .collect();
    runs.push(program(
        folder,
        &["oracle", "run", &good, "--listen", "here"],
        &[],
    ));
    runs.push(program(folder, &["oracle", "run", &good, "--check"], &[]));
    let asset = ASSET.to_string();
    let nowhere = ["oracle", "report", &asset, "--node", "http://127.0.0.1:1"];
    runs.push(program(folder, &nowhere, &[]));
    for run in runs.iter().filter(|run| !run.line.ends_with("--check")) {
        assert_ne!(run.code, 0, "{} succeeded", run.line);
    }
    let mut names = vec![(quorum.anvil.url(), "[url]")];
    for port in &quorum.ports {
        names.push((format!(":{port}"), ":[port]"));
    }
    insta::assert_snapshot!("refused_nodes", transcript(&runs, &names));
}

#[tokio::test]
async fn the_contract_of_reports_is_deployed_with_its_sources_or_refused_with_the_limit() {
    let world = crate::world::World::new().await;
    let supply = wad("1000");
    let gold = world.asset("Gold", "GOLD", 6, supply).await.to_string();
    let accounts: Vec<String> = (1..=5).map(|number| signer(number).to_string()).collect();
    let governor = signer(9).to_string();
    let with = |signers: &[String], more: &[&str]| -> Vec<String> {
        let mut args = vec!["oracle".to_owned(), "deploy".to_owned()];
        for signer in signers {
            args.extend(["--signer".to_owned(), signer.clone()]);
        }
        args.extend(["--governor".to_owned(), governor.clone()]);
        args.extend(more.iter().map(|&word| word.to_owned()));
        args
    };
    let run = |args: Vec<String>| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        world.run(&args)
    };
    let twice = [accounts.as_slice(), &accounts[..1]].concat();
    let runs = [
        run(with(&accounts[..2], &["--quorum", "2"])),
        run(with(&accounts, &["--quorum", "2"])),
        run(with(&twice, &["--quorum", "3"])),
        run(with(&accounts, &["--quorum", "3", "--max-age", "9s"])),
        run(with(&accounts, &["--quorum", "3", "--asset", &governor])),
        run(with(&accounts, &["--quorum", "3", "--asset", &gold])),
    ];
    let (refused, done) = runs.split_at(5);
    assert!(
        refused.iter().all(|run| run.code == 2 || run.code == 3),
        "{refused:?}"
    );
    assert_eq!(done[0].code, 0, "{}", done[0].stderr);
    let names = [(gold, "[gold]"), (governor, "[governor]")];
    insta::assert_snapshot!("deploy_reports", transcript(&runs, &names));
}
