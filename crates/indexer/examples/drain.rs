//! The ceiling of the index benchmark: every log of one contract fetched in ranges and kept as it came, nothing decoded.
//!
//! ```sh
//! cargo run --release --package ballast-indexer --example drain -- URL CONTRACT LAST_BLOCK
//! ```
//!
//! Prints one line of JSON: seconds, answers, bytes kept, and the logs in them, which are counted after the clock stopped.

use std::io::Write;
use std::time::Instant;

use alloy::transports::http::reqwest::{Client, header};
use serde_json::{Value, json};

/// Blocks in one request.
const SPAN: u64 = 250;
/// Requests in flight at once.
const IN_FLIGHT: usize = 4;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, contract, last] = arguments.as_slice() else {
        return Err("usage: drain URL CONTRACT LAST_BLOCK".into());
    };
    let last: u64 = last.parse()?;
    let began = Instant::now();
    let kept = drain(url, contract, last).await?;
    let seconds = began.elapsed().as_secs_f64();
    let mut logs = 0;
    for answer in &kept {
        let answer: Value = serde_json::from_slice(answer)?;
        let found = answer["result"].as_array();
        logs += found.ok_or_else(|| answer["error"].to_string())?.len();
    }
    let bytes: usize = kept.iter().map(|answer| answer.len()).sum();
    let line = json!({ "seconds": seconds, "answers": kept.len(), "bytes": bytes, "logs": logs });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// The bodies of all answers: four tasks, each asking for the next range that nobody has asked for.
async fn drain(url: &str, contract: &str, last: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let client = Client::builder().no_proxy().build()?;
    let mut tasks = Vec::new();
    for first in 0..IN_FLIGHT {
        let (client, url, contract) = (client.clone(), url.to_owned(), contract.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut kept = Vec::new();
            let step = usize::try_from(SPAN)? * IN_FLIGHT;
            let starts = (u64::try_from(first)? * SPAN..=last).step_by(step);
            for from in starts {
                kept.push(answer(&client, &url, &contract, from, last).await?);
            }
            Ok::<_, Failure>(kept)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(all)
}

async fn answer(
    client: &Client,
    url: &str,
    contract: &str,
    from: u64,
    last: u64,
) -> Result<Vec<u8>, Failure> {
    let to = from.saturating_add(SPAN - 1).min(last);
    let filter = json!({
        "address": contract,
        "fromBlock": format!("{from:#x}"),
        "toBlock": format!("{to:#x}"),
    });
    let question =
        json!({ "jsonrpc": "2.0", "id": from, "method": "eth_getLogs", "params": [filter] });
    let answer = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(question.to_string())
        .send()
        .await?
        .error_for_status()?;
    Ok(answer.bytes().await?.to_vec())
}
