//! An endpoint in front of another that answers wrongly on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alloy::transports::http::reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A log is missing from an answer that has any.
    DropLog,
    /// No answer within anybody's patience.
    Stall,
    /// Told to slow down.
    RateLimit,
    /// Logs of another block than asked for.
    OtherBlock,
    /// Blocks with another parent.
    OtherParent,
    /// An answer that ends in the middle.
    Cut,
    /// An error instead of logs.
    Refuse,
    /// A sum from the state of another block.
    OtherState,
    /// A call that fails because the state is another block's.
    Revert,
}

/// `totalSupply()`.
const TOTAL_SUPPLY: &str = "0x18160ddd";

/// The endpoint. Dropping it ends it.
pub struct Proxy {
    pub url: String,
    left: Arc<AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// In front of `target`; answers wrongly `times` times where `fault` applies, then as the target does.
    pub async fn start(target: String, fault: Fault, times: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("address");
        let left = Arc::new(AtomicU32::new(times));
        let shared = Arc::clone(&left);
        let client = Client::builder().no_proxy().build().expect("client");
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (client, target) = (client.clone(), target.clone());
                let left = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, client, target, fault, left).await });
            }
        });
        Self {
            url: format!("http://{address}"),
            left,
            task,
        }
    }

    /// How many wrong answers are still to come.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    client: Client,
    target: String,
    fault: Fault,
    left: Arc<AtomicU32>,
) {
    let Some(request) = body(&mut stream).await else {
        return;
    };
    let answer = client.post(&target).body(request.to_string());
    let answer = answer
        .header("content-type", "application/json")
        .send()
        .await;
    let Ok(answer) = answer else { return };
    let Ok(text) = answer.text().await else {
        return;
    };
    let mut answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let mut status = "200 OK";
    let mut shown = usize::MAX;
    if left.load(Ordering::SeqCst) > 0 && applies(fault, &request, &answer) {
        left.fetch_sub(1, Ordering::SeqCst);
        match fault {
            Fault::Stall => tokio::time::sleep(Duration::from_secs(60)).await,
            Fault::RateLimit => status = "429 Too Many Requests",
            Fault::Cut => shown = text.len() / 2,
            _ => spoil(fault, &mut answer),
        }
    }
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let answer = answer.as_bytes();
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer[..answer.len().min(shown)]).await;
}

fn applies(fault: Fault, request: &Value, answer: &Value) -> bool {
    let method = request["method"].as_str().unwrap_or_default();
    let some = answer["result"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    match fault {
        Fault::DropLog | Fault::OtherBlock => method == "eth_getLogs" && some,
        Fault::OtherParent => method == "eth_getBlockByNumber",
        Fault::OtherState | Fault::Revert => {
            method == "eth_call" && request["params"][0]["input"] == TOTAL_SUPPLY
        }
        Fault::Stall | Fault::RateLimit | Fault::Cut | Fault::Refuse => method == "eth_getLogs",
    }
}

fn spoil(fault: Fault, answer: &mut Value) {
    let strange = json!(format!("0x{}", "ab".repeat(32)));
    match fault {
        Fault::DropLog => {
            if let Some(logs) = answer["result"].as_array_mut() {
                logs.remove(logs.len() / 2);
            }
        }
        Fault::OtherBlock => answer["result"][0]["blockHash"] = strange,
        Fault::OtherParent => answer["result"]["parentHash"] = strange,
        Fault::OtherState => answer["result"] = strange,
        Fault::Revert => {
            let panic = format!("0x4e487b71{:064x}", 0x11);
            let error = json!({"code": 3, "message": "execution reverted", "data": panic});
            *answer = json!({"jsonrpc": "2.0", "id": answer["id"], "error": error});
        }
        _ => {
            let error = json!({"code": -32000, "message": "query exceeds the limit"});
            *answer = json!({"jsonrpc": "2.0", "id": answer["id"], "error": error});
        }
    }
}

/// The request's body as JSON.
async fn body(stream: &mut TcpStream) -> Option<Value> {
    let mut read = Vec::new();
    let mut part = [0_u8; 4_096];
    loop {
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 {
            return None;
        }
        read.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())?;
        if body.len() >= length {
            return serde_json::from_str(body).ok();
        }
    }
}
