//! An endpoint in front of another that answers wrongly on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy::transports::http::reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a stalling endpoint keeps a request: longer than anybody's patience.
const STALL: Duration = Duration::from_secs(120);
/// The most bytes of a request.
const REQUEST_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// What goes wrong. In brackets the methods it is about where [`Only::usual`] is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A log is missing from an answer that has any [logs].
    DropLog,
    /// No logs at all [logs].
    ForgetLogs,
    /// The first log is of another block than asked for [logs].
    OtherBlock,
    /// Blocks with another parent [blocks].
    OtherParent,
    /// A word from the state of another block [calls].
    OtherState,
    /// A call that fails because the state is another block's [calls].
    Revert,
    /// Blocks of another hash, calls with another result, logs with other data, a higher nonce [all of those].
    Lie,
    /// The newest block is this many blocks old [blocks].
    Behind(u64),
    /// No receipt of what was mined [receipts].
    ForgetReceipts,
    /// An error instead of an answer [everything].
    Refuse,
    /// No answer within anybody's patience [everything].
    Stall,
    /// Told to slow down [everything].
    RateLimit,
    /// An answer that ends in the middle [everything].
    Cut,
    /// The connection ends without an answer, and nothing is asked of the node [everything].
    Disconnect,
    /// Half of the answers of a batch, half of the logs of one answer [everything].
    Half,
    /// Transactions are refused [sends].
    RefuseSends,
    /// Transactions are taken and forgotten [sends].
    ForgetSends,
    /// Transactions are taken and passed on, but the answer never arrives [sends].
    LoseAnswers,
}

impl Fault {
    /// Whether it is about `method` where nothing narrower is asked for.
    fn usually(self, method: &str) -> bool {
        const BLOCKS: [&str; 2] = ["eth_getBlockByNumber", "eth_getBlockByHash"];
        match self {
            Self::DropLog | Self::ForgetLogs | Self::OtherBlock => method == "eth_getLogs",
            Self::OtherParent => BLOCKS.contains(&method),
            Self::Behind(_) => method == "eth_getBlockByNumber" || method == "eth_blockNumber",
            Self::OtherState | Self::Revert => method == "eth_call",
            Self::Lie => {
                BLOCKS.contains(&method)
                    || ["eth_call", "eth_getLogs", "eth_getTransactionCount"].contains(&method)
            }
            Self::ForgetReceipts => method == "eth_getTransactionReceipt",
            Self::RefuseSends | Self::ForgetSends | Self::LoseAnswers => {
                method == "eth_sendRawTransaction"
            }
            Self::Refuse | Self::Stall | Self::RateLimit | Self::Cut => true,
            Self::Disconnect | Self::Half => true,
        }
    }

    /// Whether it makes a difference to this answer.
    fn matters(self, answer: &Value) -> bool {
        let some = answer["result"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        match self {
            Self::DropLog | Self::ForgetLogs | Self::OtherBlock => some,
            Self::ForgetReceipts => answer["result"].is_object(),
            _ => true,
        }
    }
}

/// What a fault is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Only {
    method: Option<&'static str>,
    selector: Option<&'static str>,
}

impl Only {
    /// The methods that the fault is usually about.
    #[must_use]
    pub fn usual() -> Self {
        Self::default()
    }

    /// This method alone.
    #[must_use]
    pub fn method(method: &'static str) -> Self {
        Self {
            method: Some(method),
            selector: None,
        }
    }

    /// Calls of this selector alone, such as `0x18160ddd`.
    #[must_use]
    pub fn call(selector: &'static str) -> Self {
        Self {
            method: Some("eth_call"),
            selector: Some(selector),
        }
    }

    fn covers(self, fault: Fault, request: &Value) -> bool {
        let method = request["method"].as_str().unwrap_or_default();
        let named = self
            .method
            .map_or_else(|| fault.usually(method), |only| only == method);
        let call = &request["params"][0];
        let data = call["input"].as_str().or_else(|| call["data"].as_str());
        let selected = self
            .selector
            .is_none_or(|selector| data.is_some_and(|data| data.starts_with(selector)));
        named && selected
    }
}

/// A fault that is to happen.
#[derive(Clone, Copy, Debug)]
struct Rule {
    fault: Fault,
    only: Only,
    left: u32,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    happened: u64,
    served: BTreeMap<String, u64>,
}

/// The endpoint. Dropping it ends it; requests on their way end with their connections.
#[derive(Debug)]
pub struct FaultyRpc {
    url: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FaultyRpc {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FaultyRpc {
    /// Starts in front of the endpoint `target` and answers as it does until a fault is injected.
    ///
    /// # Errors
    /// The system's reason where no loopback port can be opened.
    pub async fn start(target: impl Into<String>) -> std::io::Result<Self> {
        let target = target.into();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let client = Client::builder().no_proxy().build();
        let client = client.map_err(std::io::Error::other)?;
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let one = Connection {
                    client: client.clone(),
                    target: target.clone(),
                    state: Arc::clone(&shared),
                };
                tokio::spawn(async move { one.serve(stream).await });
            }
        });
        Ok(Self {
            url: format!("http://{address}"),
            state,
            task,
        })
    }

    /// The same with one fault from the start; [`Only::usual`] methods, `times` times.
    ///
    /// # Errors
    /// As [`FaultyRpc::start`].
    pub async fn with(
        target: impl Into<String>,
        fault: Fault,
        times: u32,
    ) -> std::io::Result<Self> {
        let started = Self::start(target).await?;
        started.inject(fault, Only::usual(), times);
        Ok(started)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers wrongly the next `times` times that `fault` can happen to what `only` covers. Earlier faults stay.
    pub fn inject(&self, fault: Fault, only: Only, times: u32) {
        let left = times;
        lock(&self.state).rules.push(Rule { fault, only, left });
    }

    /// Answers as the target does from now on.
    pub fn heal(&self) {
        lock(&self.state).rules.clear();
    }

    /// How many wrong answers are still to come.
    #[must_use]
    pub fn left(&self) -> u32 {
        let state = lock(&self.state);
        let left = state.rules.iter().map(|rule| rule.left);
        left.fold(0, u32::saturating_add)
    }

    /// How many wrong answers were given.
    #[must_use]
    pub fn happened(&self) -> u64 {
        lock(&self.state).happened
    }

    /// How many requests of `method` came.
    #[must_use]
    pub fn served(&self, method: &str) -> u64 {
        lock(&self.state)
            .served
            .get(method)
            .copied()
            .unwrap_or_default()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request and its answer.
struct Connection {
    client: Client,
    target: String,
    state: Arc<Mutex<State>>,
}

impl Connection {
    async fn serve(&self, mut stream: TcpStream) {
        let Some(request) = body(&mut stream).await else {
            return;
        };
        self.count(&request);
        // What happens before the node is asked.
        match self.due(&request, None) {
            Some(Fault::Disconnect) => return,
            Some(Fault::Stall) => {
                tokio::time::sleep(STALL).await;
                return;
            }
            Some(Fault::RateLimit) => {
                let answer = refusal(&request, -32_005, "too many requests");
                reply(&mut stream, "429 Too Many Requests", &answer, usize::MAX).await;
                return;
            }
            Some(Fault::ForgetSends) => {
                let answer =
                    json!({"jsonrpc": "2.0", "id": request["id"], "result": hash(&request)});
                reply(&mut stream, "200 OK", &answer, usize::MAX).await;
                return;
            }
            Some(Fault::RefuseSends | Fault::Refuse) => {
                let answer = refusal(&request, -32_000, "query exceeds the limit");
                reply(&mut stream, "200 OK", &answer, usize::MAX).await;
                return;
            }
            Some(Fault::Behind(blocks)) => {
                let Some(answer) = self.behind(request, blocks).await else {
                    return;
                };
                reply(&mut stream, "200 OK", &answer, usize::MAX).await;
                return;
            }
            _ => {}
        }
        let Some(mut answer) = self.ask(&request).await else {
            return;
        };
        let mut shown = usize::MAX;
        match self.due(&request, Some(&answer)) {
            Some(Fault::LoseAnswers) => return,
            Some(Fault::Cut) => shown = answer.to_string().len() / 2,
            Some(fault) => spoil(fault, &request, &mut answer),
            None => {}
        }
        reply(&mut stream, "200 OK", &answer, shown).await;
    }

    async fn ask(&self, request: &Value) -> Option<Value> {
        let answer = self.client.post(&self.target).body(request.to_string());
        let answer = answer.header("content-type", "application/json");
        let text = answer.send().await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The newest block as it was some blocks ago; whatever else is asked as it is.
    async fn behind(&self, mut request: Value, blocks: u64) -> Option<Value> {
        let newest = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []});
        let newest = self.ask(&newest).await?;
        let newest = newest["result"].as_str()?.trim_start_matches("0x");
        let newest = u64::from_str_radix(newest, 16).ok()?;
        let shown = format!("0x{:x}", newest.saturating_sub(blocks));
        if request["method"] == "eth_blockNumber" {
            return Some(json!({"jsonrpc": "2.0", "id": request["id"], "result": shown}));
        }
        if request["params"][0] == "latest" {
            request["params"][0] = json!(shown);
        }
        self.ask(&request).await
    }

    fn count(&self, request: &Value) {
        let mut state = lock(&self.state);
        for one in requests(request) {
            let method = one["method"].as_str().unwrap_or_default();
            let served = state.served.entry(method.to_owned()).or_default();
            *served = served.saturating_add(1);
        }
    }

    /// The fault that happens now, before the node is asked or to its answer; it is used up once.
    fn due(&self, request: &Value, answer: Option<&Value>) -> Option<Fault> {
        let early = |fault: Fault| {
            use Fault::{Behind, Disconnect, ForgetSends, RateLimit, Refuse, RefuseSends, Stall};
            matches!(
                fault,
                Disconnect | Stall | RateLimit | ForgetSends | RefuseSends | Refuse | Behind(_)
            )
        };
        let mut state = lock(&self.state);
        let due = state.rules.iter_mut().find(|rule| {
            rule.left > 0
                && early(rule.fault) == answer.is_none()
                && requests(request).any(|one| rule.only.covers(rule.fault, one))
                && answer.is_none_or(|answer| answer.is_array() || rule.fault.matters(answer))
        })?;
        due.left = due.left.saturating_sub(1);
        let fault = due.fault;
        state.happened = state.happened.saturating_add(1);
        Some(fault)
    }
}

/// The requests of a batch, or the one.
fn requests(request: &Value) -> impl Iterator<Item = &Value> {
    let batch = request.as_array().map(Vec::as_slice);
    batch.unwrap_or(std::slice::from_ref(request)).iter()
}

fn spoil(fault: Fault, request: &Value, answer: &mut Value) {
    if let Some(all) = answer.as_array_mut() {
        if fault == Fault::Half {
            all.truncate(all.len() / 2);
            return;
        }
        let asked: Vec<&Value> = requests(request).collect();
        for one in all {
            let of = asked.iter().find(|request| request["id"] == one["id"]);
            if let Some(request) = of {
                spoil(fault, request, one);
            }
        }
        return;
    }
    let strange = json!(format!("0x{}", "ab".repeat(32)));
    match fault {
        Fault::DropLog | Fault::Half => {
            if let Some(logs) = answer["result"].as_array_mut()
                && !logs.is_empty()
            {
                let kept = logs.len() / 2;
                match fault {
                    Fault::DropLog => drop(logs.remove(kept)),
                    _ => logs.truncate(kept),
                }
            }
        }
        Fault::ForgetLogs => answer["result"] = json!([]),
        Fault::ForgetReceipts => answer["result"] = Value::Null,
        Fault::OtherBlock => answer["result"][0]["blockHash"] = strange,
        Fault::OtherParent => answer["result"]["parentHash"] = strange,
        Fault::OtherState => answer["result"] = strange,
        Fault::Revert => {
            let panic = format!("0x4e487b71{:064x}", 0x11);
            let error = json!({"code": 3, "message": "execution reverted", "data": panic});
            *answer = json!({"jsonrpc": "2.0", "id": answer["id"], "error": error});
        }
        Fault::Lie => lie(request["method"].as_str().unwrap_or_default(), answer),
        _ => {}
    }
}

/// An answer of the right shape that is not true.
fn lie(method: &str, answer: &mut Value) {
    let strange = json!(format!("0x{}", "ab".repeat(32)));
    let result = &mut answer["result"];
    match method {
        "eth_getBlockByNumber" | "eth_getBlockByHash" if result.is_object() => {
            result["hash"] = strange;
        }
        "eth_getLogs" => match result.as_array_mut().and_then(|logs| logs.first_mut()) {
            Some(log) => log["data"] = strange,
            None => *result = json!([]),
        },
        "eth_getTransactionCount" => {
            let told = result.as_str().unwrap_or_default();
            let told = u64::from_str_radix(told.trim_start_matches("0x"), 16);
            *result = json!(format!("0x{:x}", told.unwrap_or_default() + 5));
        }
        _ => *result = strange,
    }
}

/// What a node would call the transaction that is sent; any hash does, because the sender knows its own.
fn hash(request: &Value) -> Value {
    let raw = request["params"][0].as_str().unwrap_or_default();
    let bytes = alloy::primitives::hex::decode(raw).unwrap_or_default();
    json!(alloy::primitives::keccak256(bytes).to_string())
}

fn refusal(request: &Value, code: i64, message: &str) -> Value {
    let one = |request: &Value| {
        let error = json!({"code": code, "message": message});
        json!({"jsonrpc": "2.0", "id": request["id"], "error": error})
    };
    match request.as_array() {
        Some(batch) => batch.iter().map(one).collect(),
        None => one(request),
    }
}

/// Answers with the first `shown` bytes of `answer`, of its full length.
async fn reply(stream: &mut TcpStream, status: &str, answer: &Value, shown: usize) {
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let bytes = answer.as_bytes();
    let shown = bytes.get(..shown).unwrap_or(bytes);
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(shown).await;
    let _ = stream.shutdown().await;
}

/// The request's body as JSON.
async fn body(stream: &mut TcpStream) -> Option<Value> {
    let mut read = Vec::new();
    let mut part = [0_u8; 16_384];
    loop {
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 || read.len() > REQUEST_BYTES_MAX {
            return None;
        }
        read.extend_from_slice(part.get(..count)?);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(read.get(..end)?).into_owned();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())?;
        let body = read.get(end + 4..)?;
        if body.len() >= length {
            return serde_json::from_slice(body.get(..length)?).ok();
        }
    }
}
