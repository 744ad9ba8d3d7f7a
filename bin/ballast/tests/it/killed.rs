//! S02: one indexer and two servers on one PostgreSQL, each killed without warning.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ballast_testkit::Postgres;
use serde_json::Value;

use crate::world::{World, example};

/// Longest wait for anything that has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed, never asked to end.
struct Service {
    child: Child,
    /// Where it listens, of a server.
    address: Option<String>,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    fn start(world: &World, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ballast"))
            .args(["--json"])
            .args(args)
            .current_dir(world.folder())
            .env_clear()
            .env("BALLAST_RPC", world.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut address = None;
        if args.first() == Some(&"serve") {
            let output = child.stdout.take().expect("its output");
            // To the object's end: a program whose reader is gone cannot go on writing.
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            let text: String = lines.take_while(|line| line != "}").collect();
            let (_, found) = text.split_once("http://").expect("its address");
            address = Some(found.trim_end_matches('"').to_owned());
        }
        Self { child, address }
    }

    fn indexer(world: &World, store: &str) -> Self {
        Self::start(world, &["index", "--store", store])
    }

    fn server(world: &World, store: &str) -> Self {
        Self::start(
            world,
            &["serve", "--store", store, "--listen", "127.0.0.1:0"],
        )
    }

    fn kill(&mut self) {
        self.child.kill().expect("is killed");
        self.child.wait().expect("ends");
    }

    /// Live events from after `last` on.
    fn listen(&self, last: Option<&str>) -> Listener {
        let address = self.address.as_deref().expect("a server");
        let mut stream = TcpStream::connect(address).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("is set");
        let resume = last.map_or_else(String::new, |id| format!("Last-Event-ID: {id}\r\n"));
        write!(
            stream,
            "GET /v1/live HTTP/1.1\r\nHost: {address}\r\n{resume}\r\n"
        )
        .expect("asks");
        let mut listener = Listener {
            lines: BufReader::new(stream),
            last: last.map(str::to_owned),
        };
        // Whoever comes without a place is told first where he is; what happens from then on he hears.
        if last.is_none() {
            listener.message().expect("the place");
        }
        listener
    }
}

/// One stream of live events.
struct Listener {
    lines: BufReader<TcpStream>,
    last: Option<String>,
}

impl Listener {
    /// The next message; none once the server is gone, or has told nothing for too long.
    fn message(&mut self) -> Option<Value> {
        let (mut id, mut data) = (None, Value::Null);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(found) = line.strip_prefix("id:") {
                id = Some(found.trim().to_owned());
            } else if let Some(found) = line.strip_prefix("data:") {
                data = serde_json::from_str(found).expect("JSON");
            } else if line.trim().is_empty() && id.is_some() {
                // A message ends with an empty line; one that was cut off was not heard.
                self.last = id;
                return Some(data);
            }
        }
        None
    }

    /// How much the next burn burned; none once the server is gone.
    fn burned(&mut self) -> Option<String> {
        loop {
            let data = self.message()?;
            if data["event"] == "Transfer" && data["args"]["to"] == ZERO {
                return Some(data["args"]["value"].as_str().expect("a value").to_owned());
            }
        }
    }
}

/// Where burned tokens go.
const ZERO: &str = "0x0000000000000000000000000000000000000000";

#[tokio::test]
#[allow(clippy::print_stderr)] // A test that skips itself says so.
async fn s02_an_indexer_and_two_servers_that_are_killed_lose_no_event_and_tell_none_twice() {
    let Some(postgres) = Postgres::start().expect("starts") else {
        eprintln!("skipped: no PostgreSQL is installed");
        return;
    };
    let world = World::new().await;
    world.must(&["launch", &example("worked-example.toml")]);
    let store = postgres.url();
    let mut indexer = Service::indexer(&world, &store);
    let mut first = Service::server(&world, &store);
    let second = Service::server(&world, &store);
    let mut heard = Vec::new();
    let burn = |amount: &str| world.must(&["burn", "WORK", amount]);
    let wei = |amount: &str| format!("{amount}000000000000000000");

    let mut listener = first.listen(None);
    burn("1");
    heard.extend(listener.burned());
    first.kill();
    burn("2");
    indexer.kill();
    burn("3");
    let _indexer = Service::indexer(&world, &store);
    let mut listener = second.listen(listener.last.as_deref());
    heard.extend(listener.burned());
    heard.extend(listener.burned());
    let third = Service::server(&world, &store);
    burn("4");
    drop(second);
    // What the killed server had not told is told by another.
    let mut rest = Vec::new();
    while let Some(amount) = listener.burned() {
        rest.push(amount);
    }
    if rest.is_empty() {
        let mut listener = third.listen(listener.last.as_deref());
        rest.extend(listener.burned());
    }
    heard.extend(rest);
    assert_eq!(heard, ["1", "2", "3", "4"].map(wei));
}
