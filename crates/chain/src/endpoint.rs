//! A connection to one JSON-RPC endpoint.

use std::time::Duration;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::Ethereum;
use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::providers::{Provider, RootProvider};
use alloy::rpc::client::ClientBuilder;
use alloy::transports::http::reqwest::{Client, Url};
use alloy::transports::layers::RetryBackoffLayer;
use ballast_types::{BlockRef, Timestamp};

use crate::error::{ChainError, reason};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Retries of a request that the endpoint asked to slow down.
const RATE_LIMIT_RETRIES: u32 = 6;
/// First wait of those retries.
const RETRY_BACKOFF_MILLIS: u64 = 250;
/// Compute units a second assumed for those retries.
const COMPUTE_UNITS: u64 = 330;

/// The block as reads take it: by hash, so that a reorganisation cannot mix two states.
pub fn at(block: &BlockRef) -> BlockId {
    BlockId::hash(block.hash)
}

/// One endpoint, connected, of a known chain.
#[derive(Clone, Debug)]
pub struct Endpoint {
    provider: RootProvider<Ethereum>,
    shown_url: String,
    chain_id: u64,
    local: bool,
}

impl Endpoint {
    /// Connects and asks for the chain id.
    ///
    /// # Errors
    /// [`ChainError::BadUrl`] for an address that is none, [`ChainError::Unreachable`] when nothing answers.
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        let mut endpoint = Self::unasked(url, 0)?;
        let chain_id = endpoint.provider.get_chain_id().await;
        endpoint.chain_id = chain_id.map_err(|error| ChainError::Unreachable {
            url: endpoint.shown_url.clone(),
            detail: reason(&error),
        })?;
        Ok(endpoint)
    }

    /// An endpoint taken to be of the chain `chain_id` without asking it: one of several, which may be down now.
    ///
    /// # Errors
    /// [`ChainError::BadUrl`] for an address that is none.
    pub fn unasked(url: &str, chain_id: u64) -> Result<Self, ChainError> {
        let shown_url = redact(url);
        let bad = |detail: String| ChainError::BadUrl {
            url: shown_url.clone(),
            detail,
        };
        let parsed: Url = url.parse().map_err(|error| bad(format!("{error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad(format!("the scheme is {}", parsed.scheme())));
        }
        let local = is_loopback(&parsed);
        let mut client = Client::builder().timeout(REQUEST_TIMEOUT);
        if local {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| bad(format!("{error}")))?;
        let retry = RetryBackoffLayer::new(RATE_LIMIT_RETRIES, RETRY_BACKOFF_MILLIS, COMPUTE_UNITS);
        let rpc = ClientBuilder::default()
            .layer(retry)
            .http_with_client(client, parsed);
        if local {
            // Receipts of a local chain come at once; do not wait the seconds a real block takes.
            rpc.set_poll_interval(Duration::from_millis(50));
        }
        Ok(Self {
            provider: RootProvider::new(rpc),
            shown_url,
            chain_id,
            local,
        })
    }

    /// The provider for typed calls.
    pub fn provider(&self) -> &RootProvider<Ethereum> {
        &self.provider
    }

    /// Chain id as the endpoint gave it on connecting.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The address, shortened to scheme, host and port.
    pub fn shown_url(&self) -> &str {
        &self.shown_url
    }

    /// Whether the endpoint is on this machine.
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Fails unless the chain id is `expected`.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn expect_chain(&self, expected: u64) -> Result<(), ChainError> {
        if self.chain_id == expected {
            return Ok(());
        }
        Err(ChainError::WrongChain {
            url: self.shown_url.clone(),
            actual: self.chain_id,
            expected,
        })
    }

    /// The newest block.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn tip(&self) -> Result<BlockRef, ChainError> {
        self.block(BlockNumberOrTag::Latest)
            .await?
            .ok_or_else(|| ChainError::Rpc {
                method: "eth_getBlockByNumber".to_owned(),
                detail: "the endpoint has no newest block".to_owned(),
            })
    }

    /// The block at `number`, if the chain has it.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn block(&self, number: BlockNumberOrTag) -> Result<Option<BlockRef>, ChainError> {
        let block = self
            .provider
            .get_block_by_number(number)
            .await
            .map_err(|error| ChainError::from_rpc("eth_getBlockByNumber", &error))?;
        Ok(block.map(|block| BlockRef {
            number: block.header.number,
            hash: block.header.hash,
            time: Timestamp::new(block.header.timestamp),
        }))
    }

    /// The runtime code at `address`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn code(&self, address: Address) -> Result<Bytes, ChainError> {
        self.provider
            .get_code_at(address)
            .await
            .map_err(|error| ChainError::from_rpc("eth_getCode", &error))
    }

    /// Hash of the runtime code at `address`; fails where there is none.
    ///
    /// # Errors
    /// [`ChainError::NoCode`], [`ChainError::Rpc`].
    pub async fn code_hash(&self, what: &str, address: Address) -> Result<B256, ChainError> {
        let code = self.code(address).await?;
        if code.is_empty() {
            return Err(ChainError::NoCode {
                what: what.to_owned(),
                address,
            });
        }
        Ok(keccak256(&code))
    }

    /// Native balance of `account` in wei.
    ///
    /// # Errors
    /// [`ChainError::Rpc`].
    pub async fn native_balance(&self, account: Address) -> Result<U256, ChainError> {
        self.provider
            .get_balance(account)
            .await
            .map_err(|error| ChainError::from_rpc("eth_getBalance", &error))
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

/// Scheme, host and port of an address; paths, queries and user parts often hold keys and are dropped.
pub fn redact(url: &str) -> String {
    let Ok(parsed) = url.parse::<Url>() else {
        return url
            .split(['/', '?', '@'])
            .next()
            .unwrap_or_default()
            .to_owned();
    };
    let Some(host) = parsed.host_str() else {
        return format!("{}:", parsed.scheme());
    };
    let port = parsed
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let rest = if parsed.path().len() > 1 || parsed.query().is_some() {
        "/..."
    } else {
        ""
    };
    format!("{}://{host}{port}{rest}", parsed.scheme())
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn keys_in_addresses_are_never_shown() {
        assert_eq!(
            redact("https://user:secret@node.example/v3/0123?key=4"),
            "https://node.example/..."
        );
        assert_eq!(redact("http://127.0.0.1:8545"), "http://127.0.0.1:8545");
        assert_eq!(redact("http://127.0.0.1:8545/"), "http://127.0.0.1:8545");
        assert_eq!(redact("not an address/secret"), "not an address");
    }

    #[tokio::test]
    async fn addresses_that_are_none_and_endpoints_that_are_down_are_told_apart() {
        let bad = super::Endpoint::connect("ws://127.0.0.1:1")
            .await
            .unwrap_err();
        assert!(
            bad.to_string()
                .starts_with("rpc: ws://127.0.0.1:1 is not an http"),
            "{bad}"
        );
        let down = super::Endpoint::connect("http://127.0.0.1:1")
            .await
            .unwrap_err();
        assert!(
            down.to_string()
                .starts_with("rpc: http://127.0.0.1:1 does not answer"),
            "{down}"
        );
    }
}
