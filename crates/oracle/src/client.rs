//! Asking a node for a report.

use std::time::Duration;

use alloy::primitives::Address;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::feed::is_loopback;
use crate::report::Wire;

/// Largest answer of a node, in bytes.
const ANSWER_BYTES_MAX: usize = 16_384;
/// How long a node may take to answer a person.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client that follows nobody and asks no proxy for what is on this machine.
pub(crate) fn client<'a>(
    patience: Duration,
    nodes: impl IntoIterator<Item = &'a Url>,
) -> Result<Client, String> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(patience)
        .timeout(patience);
    if nodes.into_iter().all(is_loopback) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| error.to_string())
}

/// The report at an address; the name of the failure where there is none.
pub(crate) async fn fetch(client: &Client, url: String) -> Result<Wire, &'static str> {
    let mut response = client.get(url).send().await.map_err(|error| {
        if error.is_timeout() {
            "silent"
        } else {
            "unreachable"
        }
    })?;
    if !response.status().is_success() {
        return Err("without_report");
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_| "cut_off")? {
        if bytes.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
            return Err("too_long");
        }
        bytes.extend_from_slice(&piece);
    }
    serde_json::from_slice(&bytes).map_err(|_| "malformed")
}

/// The address of a node's report of an asset, the newest where no round is given.
pub(crate) fn address_of(node: &Url, asset: Address, round: Option<u64>) -> String {
    let base = node.as_str().trim_end_matches('/');
    let round = round.map_or_else(String::new, |round| format!("?round={round}"));
    format!("{base}/v1/report/{asset}{round}")
}

/// The newest report that a node signed about an asset. Nothing about it is verified.
///
/// # Errors
/// Why there is none, for people.
pub async fn ask(node: &str, asset: Address) -> Result<Wire, String> {
    let node: Url = node
        .parse()
        .map_err(|_| "is no address that begins with http:// or https://".to_owned())?;
    let client = client(PATIENCE, [&node])?;
    let answer = fetch(&client, address_of(&node, asset, None)).await;
    answer.map_err(|reason| match reason {
        "silent" | "unreachable" => "does not answer".to_owned(),
        "without_report" => format!("has no report of {asset}"),
        _ => "answers something else".to_owned(),
    })
}
