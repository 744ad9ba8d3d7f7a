//! Deploys the system, and on a local chain the pool and wrapped native contracts it stands on.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, Bytes, hex};
use alloy::sol_types::SolValue;
use ballast_bindings::Artifact;
use serde_json::Value;

use crate::anvil::node_modules;
use crate::endpoint::Endpoint;
use crate::error::ChainError;
use crate::manifest::{ContractRecord, Contracts, Manifest};
use crate::sender::{Sender, Step};

/// The contracts Ballast did not write and stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peers {
    /// Wrapped native currency.
    pub wrapped_native: Address,
    /// Factory of pools.
    pub factory: Address,
    /// Router over those pools, where traders need one.
    pub router: Option<Address>,
}

/// How many transactions [`peers`] sends.
pub const PEER_STEPS: u64 = 3;
/// How many transactions [`system`] sends.
pub const SYSTEM_STEPS: u64 = 5;

/// Deploys wrapped native currency, factory and router from the npm packages' own build output, which is read here and
/// is part of neither this program nor its repository.
///
/// # Errors
/// [`ChainError::Peer`] where a package is missing, and those of [`Sender::send`].
pub async fn peers(
    sender: &Sender,
    folder: Option<&Path>,
    mut progress: impl FnMut(&str),
) -> Result<Peers, ChainError> {
    let weth_code = peer_code(folder, "@uniswap/v2-periphery/build/WETH9.json")?;
    let factory_code = peer_code(folder, "@uniswap/v2-core/build/UniswapV2Factory.json")?;
    let router_code = peer_code(folder, "@uniswap/v2-periphery/build/UniswapV2Router02.json")?;
    let wrapped_native = create(
        sender,
        "deploy wrapped native",
        weth_code,
        &[],
        &mut progress,
    )
    .await?;
    // The factory's only argument may switch on a fee for itself; nobody may here.
    let factory = create(
        sender,
        "deploy factory",
        factory_code,
        &Address::ZERO.abi_encode(),
        &mut progress,
    )
    .await?;
    let args = (factory, wrapped_native).abi_encode_params();
    let router = create(sender, "deploy router", router_code, &args, &mut progress).await?;
    Ok(Peers {
        wrapped_native,
        factory,
        router: Some(router),
    })
}

/// Deploys Ballast over `peers` and writes down where; the manifest comes back unsigned.
///
/// # Errors
/// [`ChainError::NoCode`] where a peer's address holds no contract, and those of [`Sender::send`].
pub async fn system(
    sender: &Sender,
    name: &str,
    peers: Peers,
    progress: impl FnMut(&str),
) -> Result<Manifest, ChainError> {
    system_with(sender, name, peers, Artifact::Reserve.bytecode(), progress).await
}

/// As [`system`], with other creation code for the reserve: tests show that a weakened one is noticed.
///
/// # Errors
/// As [`system`].
pub async fn system_with(
    sender: &Sender,
    name: &str,
    peers: Peers,
    reserve_code: Bytes,
    mut progress: impl FnMut(&str),
) -> Result<Manifest, ChainError> {
    let endpoint = sender.endpoint();
    let wrapped_native = record(endpoint, "wrapped_native", peers.wrapped_native).await?;
    let factory = record(endpoint, "factory", peers.factory).await?;
    let router = match peers.router {
        Some(address) => Some(record(endpoint, "router", address).await?),
        None => None,
    };
    // The first block that can hold a log of this deployment.
    let genesis = endpoint.tip().await?;
    let mut made = Vec::with_capacity(4);
    for artifact in [
        Artifact::Reserve,
        Artifact::Converter,
        Artifact::LiquidityLock,
        Artifact::TokenDeployer,
    ] {
        let label = format!("deploy {}", artifact.name());
        let code = match artifact {
            Artifact::Reserve => reserve_code.clone(),
            other => other.bytecode(),
        };
        made.push(create(sender, &label, code, &[], &mut progress).await?);
    }
    let [reserve, converter, lock, token_deployer] = made[..] else {
        unreachable!("four contracts were made");
    };
    let args = (
        reserve,
        converter,
        lock,
        token_deployer,
        peers.wrapped_native,
        peers.factory,
    )
        .abi_encode_params();
    let launchpad = create(
        sender,
        "deploy Launchpad",
        Artifact::Launchpad.bytecode(),
        &args,
        &mut progress,
    )
    .await?;
    Ok(Manifest {
        name: name.to_owned(),
        chain_id: endpoint.chain_id(),
        genesis_block: genesis.number,
        genesis_hash: genesis.hash,
        contracts: Contracts {
            launchpad: record(endpoint, "launchpad", launchpad).await?,
            token_deployer: record(endpoint, "token_deployer", token_deployer).await?,
            reserve_implementation: record(endpoint, "reserve_implementation", reserve).await?,
            converter_implementation: record(endpoint, "converter_implementation", converter)
                .await?,
            lock_implementation: record(endpoint, "lock_implementation", lock).await?,
            wrapped_native,
            factory,
            router,
        },
        books: Vec::new(),
        signature: None,
    })
}

async fn record(
    endpoint: &Endpoint,
    what: &str,
    address: Address,
) -> Result<ContractRecord, ChainError> {
    Ok(ContractRecord {
        address,
        code_hash: endpoint.code_hash(what, address).await?,
    })
}

async fn create(
    sender: &Sender,
    label: &str,
    code: Bytes,
    args: &[u8],
    progress: &mut impl FnMut(&str),
) -> Result<Address, ChainError> {
    progress(label);
    let receipt = sender
        .send(&Step::create(label, [&code[..], args].concat().into()))
        .await?;
    receipt.created.ok_or_else(|| ChainError::Rpc {
        method: label.to_owned(),
        detail: "the receipt names no contract".to_owned(),
    })
}

/// Creation code from a peer's npm package.
///
/// # Errors
/// [`ChainError::Peer`].
pub fn peer_code(folder: Option<&Path>, file: &str) -> Result<Bytes, ChainError> {
    let candidates: Vec<PathBuf> = match folder {
        Some(folder) => vec![folder.join(file)],
        None => node_modules()
            .iter()
            .map(|modules| modules.join(file))
            .collect(),
    };
    let Some(path) = candidates.iter().find(|path| path.is_file()) else {
        let path = candidates
            .into_iter()
            .next()
            .unwrap_or_else(|| PathBuf::from("node_modules").join(file));
        return Err(ChainError::Peer {
            path,
            detail: "no such file".to_owned(),
        });
    };
    let fail = |detail: String| ChainError::Peer {
        path: path.clone(),
        detail,
    };
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
    let code = json
        .get("bytecode")
        .and_then(Value::as_str)
        .ok_or_else(|| fail("it has no bytecode".to_owned()))?;
    hex::decode(code)
        .map(Bytes::from)
        .map_err(|error| fail(format!("its bytecode is not hexadecimal: {error}")))
}
