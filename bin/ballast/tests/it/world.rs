//! A chain with Ballast on it, the program run against it, and its output with what varies taken out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use alloy::primitives::{Address, Bytes, U256, hex};
use alloy::sol_types::SolValue;
use ballast_chain::{
    Anvil, AnvilOptions, Endpoint, LOCAL_CHAIN_ID, Sender, Step, anvil, devnet, keys,
};

/// Unix seconds of the chain's first block; every further block is one second later.
pub const GENESIS: u64 = 1_800_000_000;

/// A chain, a folder, and the program.
pub struct World {
    anvil: Anvil,
    folder: tempfile::TempDir,
}

/// What one run of the program gave.
#[derive(Clone, Debug)]
pub struct Run {
    /// As typed.
    pub line: String,
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders up")
        .to_owned()
}

/// The file of an example.
pub fn example(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

/// The program with nothing in its environment but what is given.
pub fn program(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Run {
        line: args.join(" "),
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

impl World {
    /// A chain with the system and its peers deployed.
    pub async fn new() -> Self {
        let options = AnvilOptions {
            timestamp: Some(GENESIS),
            ..AnvilOptions::default()
        };
        let anvil =
            Anvil::start(&options).expect("anvil starts; `npm ci` in contracts installs it");
        let folder = tempfile::tempdir().expect("folder");
        let world = Self { anvil, folder };
        devnet::set_block_interval(&world.endpoint().await, 1)
            .await
            .expect("sets the clock");
        let deployed = world.run(&["deploy", "--with-peers"]);
        assert_eq!(deployed.code, 0, "{}", deployed.stderr);
        world
    }

    /// The endpoint.
    pub async fn endpoint(&self) -> Endpoint {
        Endpoint::connect(&self.anvil.url())
            .await
            .expect("connects")
    }

    /// The endpoint's address.
    pub fn url(&self) -> String {
        self.anvil.url()
    }

    /// The folder the program runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program as development account 0.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_as("0", args)
    }

    /// Runs the program as another development account.
    pub fn run_as(&self, account: &str, args: &[&str]) -> Run {
        let peers = root().join("contracts/node_modules");
        let environment = [
            ("BALLAST_RPC", self.anvil.url()),
            ("BALLAST_DEV_ACCOUNT", account.to_owned()),
            ("BALLAST_PEERS", peers.display().to_string()),
        ];
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        program(self.folder(), args, &environment)
    }

    /// Runs the program and insists that it succeeds.
    pub fn must(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{}\n{}", run.line, run.stderr);
        run
    }

    /// Runs the program and insists that it fails and sends nothing.
    pub async fn must_fail(&self, args: &[&str]) -> Run {
        self.must_fail_as("0", args).await
    }

    /// The same as another development account.
    pub async fn must_fail_as(&self, account: &str, args: &[&str]) -> Run {
        let before = self.endpoint().await.tip().await.expect("tip");
        let run = self.run_as(account, args);
        let after = self.endpoint().await.tip().await.expect("tip");
        assert_ne!(run.code, 0, "{} succeeded: {}", run.line, run.stdout);
        assert_eq!(before, after, "{} sent something", run.line);
        let errors = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count();
        assert!(
            errors == 1 || args.contains(&"--json"),
            "{}: {errors} lines of error\n{}",
            run.line,
            run.stderr
        );
        run
    }

    /// A sender of a development account.
    pub async fn sender(&self, account: u32) -> Sender {
        let key = keys::dev_account(account, LOCAL_CHAIN_ID).expect("key");
        Sender::new(self.endpoint().await, key, None)
    }

    /// Creates a contract.
    pub async fn create(&self, code: Bytes) -> Address {
        let sender = self.sender(0).await;
        let receipt = sender
            .send(&Step::create("create", code))
            .await
            .expect("creates");
        receipt.created.expect("an address")
    }

    /// Creates an ERC-20 whose whole supply, in base units, belongs to development account 0.
    pub async fn asset(&self, name: &str, symbol: &str, decimals: u8, supply: U256) -> Address {
        let json = include_str!("../../../../contracts/artifacts/DevAsset.json");
        let artifact: serde_json::Value = serde_json::from_str(json).expect("json");
        let code = artifact["bytecode"].as_str().expect("bytecode");
        let code = hex::decode(code).expect("hexadecimal");
        let args = (name, symbol, U256::from(decimals), supply).abi_encode_params();
        self.create([code, args].concat().into()).await
    }

    /// Lets time pass.
    pub async fn pass(&self, secs: u64) {
        devnet::advance(&self.endpoint().await, secs)
            .await
            .expect("time passes");
    }

    /// Writes a file into the program's folder.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("writes");
        path.display().to_string()
    }

    /// A transcript of `runs` without what varies from run to run or with the contracts' code.
    pub fn transcript(&self, runs: &[Run]) -> String {
        transcript(
            runs,
            &[
                (self.folder().display().to_string(), "[folder]"),
                (self.anvil.url(), "[url]"),
            ],
        )
    }
}

/// Every run with its whole output, `names` put in place of values.
pub fn transcript(runs: &[Run], names: &[(String, &str)]) -> String {
    let mut text = String::new();
    for run in runs {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "$ ballast {}\nexit {}", run.line, run.code);
        for (channel, content) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
            if !content.is_empty() {
                let _ = writeln!(text, "[{channel}]\n{}", content.trim_end());
            }
        }
        text.push('\n');
    }
    for (value, name) in names {
        text = text.replace(value, name);
    }
    let examples = root().join("examples").display().to_string();
    without_hex(&without_numbers(&text.replace(&examples, "examples")))
}

/// Names for accounts; `[address]` and `[hash]` for every other address and hash.
fn without_hex(text: &str) -> String {
    let accounts: Vec<String> = (0..3)
        .map(|index| {
            keys::dev_account(index, LOCAL_CHAIN_ID)
                .expect("key")
                .address()
                .to_string()
                .to_lowercase()
        })
        .collect();
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let digits = from[2..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .count();
        let (word, after) = from.split_at(2 + digits);
        match digits {
            40 => match accounts
                .iter()
                .position(|account| *account == word.to_lowercase())
            {
                Some(index) => out.push_str(&format!("[account {index}]")),
                None => out.push_str("[address]"),
            },
            64 | 130 => out.push_str("[hash]"),
            _ => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Without gas figures and full loan identifiers.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once("\"gas_used\": ") {
            Some((before, _)) => format!("{before}\"gas_used\": [gas]"),
            None => line.to_owned(),
        };
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                let digits = word.chars().filter(char::is_ascii_digit).count();
                if digits > 60 {
                    "[loan id]".to_owned()
                } else {
                    word.to_owned()
                }
            })
            .collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

/// Anvil as the tests found it.
pub fn anvil_path() -> String {
    anvil::find(None)
        .expect("anvil; `npm ci` in contracts installs it")
        .display()
        .to_string()
}
