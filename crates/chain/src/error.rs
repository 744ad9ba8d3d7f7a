//! What can go wrong between Ballast and a chain, and what to do about it.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, U256};
use alloy::transports::{RpcError, TransportErrorKind};
use ballast_bindings::{RevertError, decode_revert};

/// An error of this crate. Each message names the thing, the limit where there is one, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The endpoint's address does not parse or is not HTTP.
    #[error("rpc: {url} is not an http:// or https:// address: {detail}")]
    BadUrl {
        /// The address, shortened.
        url: String,
        /// Why it was refused.
        detail: String,
    },
    /// The endpoint does not answer.
    #[error(
        "rpc: {url} does not answer ({detail}); start a local chain with `ballast up` or name another with --rpc"
    )]
    Unreachable {
        /// The endpoint, shortened.
        url: String,
        /// The transport's reason.
        detail: String,
    },
    /// The endpoint answered a request with an error.
    #[error("rpc: {method} failed: {detail}")]
    Rpc {
        /// The JSON-RPC method or what was being done.
        method: String,
        /// The endpoint's reason.
        detail: String,
    },
    /// The endpoint's chain id is not that of the manifest.
    #[error(
        "rpc: {url} is chain {actual}, but the manifest is for chain {expected}; name the right --rpc or --manifest"
    )]
    WrongChain {
        /// The endpoint, shortened.
        url: String,
        /// The endpoint's chain id.
        actual: u64,
        /// The manifest's chain id.
        expected: u64,
    },
    /// The chain has the right id but not the manifest's history.
    #[error(
        "manifest: block {block} has hash {actual} on this chain and {expected} in the manifest: another chain of the \
         same id, perhaps a local chain started anew; deploy again or name the right --manifest"
    )]
    OtherHistory {
        /// The manifest's first block.
        block: u64,
        /// Its hash on this chain, or `none`.
        actual: String,
        /// Its hash in the manifest.
        expected: B256,
    },
    /// A call reverted.
    #[error("{action}: {error}")]
    Reverted {
        /// What was being done.
        action: String,
        /// Why it reverted.
        error: RevertError,
    },
    /// A transaction was sent but not seen in a block in time.
    #[error(
        "transaction {hash} is not mined after {waited_secs} s; it may still be: look it up before sending again"
    )]
    NotMined {
        /// The transaction.
        hash: B256,
        /// How long it was waited for.
        waited_secs: u64,
    },
    /// The sender cannot pay.
    #[error("sender: {account} has {balance} wei, but {needed} wei are needed for value and gas")]
    InsufficientFunds {
        /// The sender.
        account: Address,
        /// Its balance.
        balance: U256,
        /// Value plus the most the gas can cost.
        needed: U256,
    },
    /// The fee the chain asks for is over the operator's limit.
    #[error(
        "max_fee_gwei: the chain asks {asked_wei} wei per gas, the limit is {max_wei} wei; raise it or wait"
    )]
    FeeOverLimit {
        /// The fee per gas needed now.
        asked_wei: u128,
        /// The limit.
        max_wei: u128,
    },
    /// Too few of several endpoints say the same.
    #[error(
        "rpc: {what}: {agreeing} of {asked} endpoints agree, {needed} must ({detail}); look at the endpoints or name others"
    )]
    NoQuorum {
        /// What was asked.
        what: String,
        /// The most that said the same.
        agreeing: usize,
        /// How many must.
        needed: usize,
        /// How many were asked.
        asked: usize,
        /// What the others said.
        detail: String,
    },
    /// An address has no code.
    #[error("{what}: {address} has no contract on this chain")]
    NoCode {
        /// What was expected there.
        what: String,
        /// The address.
        address: Address,
    },
    /// The development key was asked for on a real network.
    #[error(
        "dev_account: development keys are public and only allowed on chain 31337, not on chain {chain_id}; use --keystore"
    )]
    DevKeyRefused {
        /// The endpoint's chain id.
        chain_id: u64,
    },
    /// A keystore cannot be read, decrypted or written.
    #[error("keystore: {path}: {detail}")]
    Keystore {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A key cannot be derived or parsed.
    #[error("key: {detail}")]
    Key {
        /// Why.
        detail: String,
    },
    /// No anvil was found.
    #[error(
        "anvil: not found ({searched}); install it with `npm ci` in contracts/, or from https://getfoundry.sh, or name \
         it with --anvil"
    )]
    AnvilMissing {
        /// Where it was looked for.
        searched: String,
    },
    /// Anvil did not start.
    #[error("anvil: {path} did not start: {detail}")]
    AnvilStart {
        /// The program.
        path: PathBuf,
        /// Its last words.
        detail: String,
    },
    /// The port is taken.
    #[error("port: {port} is in use; stop what listens there or choose another with --port")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// A manifest cannot be read or written, or does not hold what it must.
    #[error("manifest: {path}: {detail}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A peer's build output is missing or broken.
    #[error(
        "peers: {path}: {detail}; install it with `npm ci` in contracts/ or name the folder with --peers"
    )]
    Peer {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The launchpad of this deployment did not launch that token.
    #[error("token: {token} was not launched by the launchpad {launchpad} of this deployment")]
    UnknownToken {
        /// The address asked for.
        token: Address,
        /// The launchpad.
        launchpad: Address,
    },
}

impl ChainError {
    /// Turns a transport error of `method` into a typed one: reverts are decoded, the rest keeps its reason.
    pub fn from_rpc(method: &str, error: &RpcError<TransportErrorKind>) -> Self {
        if let Some(revert) = revert_of(error) {
            return Self::Reverted {
                action: method.to_owned(),
                error: revert,
            };
        }
        Self::Rpc {
            method: method.to_owned(),
            detail: reason(error),
        }
    }

    /// Turns an error of a typed contract call into a typed one.
    pub fn from_call(action: &str, error: &alloy::contract::Error) -> Self {
        match error {
            alloy::contract::Error::TransportError(transport) => Self::from_rpc(action, transport),
            alloy::contract::Error::ZeroData(..) => Self::Rpc {
                method: action.to_owned(),
                detail: "no data came back: no contract there?".to_owned(),
            },
            other => Self::Rpc {
                method: action.to_owned(),
                detail: one_line(&other.to_string()),
            },
        }
    }

    /// The decoded revert, where it is one.
    pub fn revert(&self) -> Option<&RevertError> {
        match self {
            Self::Reverted { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// The decoded revert of a transport error, where the endpoint says that execution reverted.
pub(crate) fn revert_of(error: &RpcError<TransportErrorKind>) -> Option<RevertError> {
    let payload = error.as_error_resp()?;
    if let Some(data) = payload.as_revert_data() {
        return Some(decode_revert(&data));
    }
    payload
        .message
        .contains("revert")
        .then_some(RevertError::Empty)
}

/// The shortest true reason of a transport error, on one line.
pub(crate) fn reason(error: &RpcError<TransportErrorKind>) -> String {
    match error {
        RpcError::ErrorResp(payload) => one_line(&payload.message),
        RpcError::Transport(TransportErrorKind::HttpError(http)) => {
            format!("HTTP status {}", http.status)
        }
        RpcError::Transport(kind) => one_line(&root_cause(kind)),
        other => one_line(&other.to_string()),
    }
}

/// The innermost cause, without the address that outer ones repeat.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
