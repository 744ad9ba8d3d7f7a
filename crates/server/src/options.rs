//! What the operator may set.

use std::path::PathBuf;
use std::time::Duration;

/// How the server answers, and its limits.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most connections at once.
    pub connections_max: usize,
    /// Most requests of one client address being answered at once.
    pub client_requests_max: usize,
    /// Most exports at once.
    pub exports_max: usize,
    /// Most subscribers of live events at once.
    pub subscribers_max: usize,
    /// Blocks the store may be behind the chain before it counts as stale and unhealthy.
    pub lag_blocks_max: u64,
    /// Seconds that the indexer or a loop of the server may be silent.
    pub silence_secs_max: u64,
    /// How long an answer may take to begin.
    pub answer_patience: Duration,
    /// How long a client may take to send its request's head, and to take any byte of an answer.
    pub client_patience: Duration,
    /// How often the store is asked for a new block.
    pub poll: Duration,
    /// Messages kept for live subscribers; who falls further behind reads them from the store.
    pub live_messages_max: usize,
    /// Where alerts go; none where nobody wants any.
    pub webhook: Option<Webhook>,
    /// The endpoint that wallets are told for a chain that they do not know; none where nobody should be told one.
    pub public_rpc: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections_max: 4_096,
            client_requests_max: 256,
            exports_max: 4,
            subscribers_max: 2_048,
            lag_blocks_max: 32,
            silence_secs_max: 30,
            answer_patience: Duration::from_secs(20),
            client_patience: Duration::from_secs(10),
            poll: Duration::from_millis(250),
            live_messages_max: 1_024,
            webhook: None,
            public_rpc: None,
        }
    }
}

/// Where alerts before loan deadlines go.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Receives a POST of JSON.
    pub url: String,
    /// Seconds before a deadline at which to send, any order.
    pub before_secs: Vec<u64>,
    /// File whose first line is the key of the signature header; none for no signature.
    pub secret_file: Option<PathBuf>,
    /// How often loans are looked at.
    pub every: Duration,
    /// First wait after a failed delivery; it doubles up to `wait_max`.
    pub wait_first: Duration,
    /// Longest wait between deliveries.
    pub wait_max: Duration,
    /// How long a claim holds: after it another server may send.
    pub claim: Duration,
}

impl Webhook {
    /// Most marks before a deadline.
    pub const MARKS_MAX: usize = 8;

    /// Alerts to `url` at `before_secs` before each deadline, everything else as is usual.
    pub fn new(url: String, before_secs: Vec<u64>) -> Self {
        Self {
            url,
            before_secs,
            secret_file: None,
            every: Duration::from_secs(5),
            wait_first: Duration::from_secs(2),
            wait_max: Duration::from_secs(600),
            claim: Duration::from_secs(60),
        }
    }
}

/// Fixed bounds, each refused by name.
pub(crate) mod bound {
    use std::time::Duration;

    /// Bytes of path and query together.
    pub const TARGET_BYTES_MAX: usize = 2_048;
    /// Bytes of all header names and values together.
    pub const HEADER_BYTES_MAX: usize = 16_384;
    /// Headers of a request.
    pub const HEADERS_MAX: usize = 100;
    /// Bytes of a request's body; no route takes one.
    pub const BODY_BYTES_MAX: u64 = 1_024;
    /// Bytes hyper keeps per connection, in and out; a larger head never gets as far as our own limits.
    pub const CONNECTION_BYTES_MAX: usize = 32_768;
    /// Rows in a page where the request names no number.
    pub const PAGE_USUAL: u64 = 50;
    /// Rows in a page.
    pub const PAGE_MAX: u64 = 500;
    /// Points of a series.
    pub const POINTS_USUAL: u64 = 1_000;
    /// Points of a series.
    pub const POINTS_MAX: u64 = 5_000;
    /// Marks on a time axis.
    pub const MARKS_MAX: usize = 400;
    /// Points of a sparkline.
    pub const SPARK_MAX: u64 = 48;
    /// Tokens that are ranked together; the newest.
    pub const TOKENS_RANKED_MAX: u64 = 10_000;
    /// Tokens of which an account's balances are shown.
    pub const HOLDINGS_MAX: u64 = 500;
    /// Logs read to find those of one kind, for one page.
    pub const LOGS_SCANNED_MAX: u64 = 20_000;
    /// Names in a list parameter.
    pub const NAMES_MAX: usize = 32;
    /// Characters of a search.
    pub const SEARCH_MAX: usize = 64;
    /// Tokens whose figures are kept between two blocks.
    pub const KEPT_MAX: usize = 1_000;
    /// How often a read that a new block came into is made again.
    pub const READ_ATTEMPTS: u32 = 6;
    /// Wait before that.
    pub const READ_PAUSE: Duration = Duration::from_millis(15);
}
