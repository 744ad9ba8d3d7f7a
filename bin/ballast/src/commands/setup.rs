//! `ballast deploy` and `ballast verify`.

use alloy::primitives::{Address, Bytes};
use ballast_bindings::Artifact;
use ballast_chain::deploy::{self, PEER_STEPS, Peers, SYSTEM_STEPS};
use ballast_chain::manifest::Check;
use ballast_chain::{LOCAL_CHAIN_ID, Manifest, Sender};
use serde::Serialize;

use crate::cli::{DeployArgs, VerifyArgs};
use crate::context::Context;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};

#[derive(Serialize)]
struct DeployReport {
    manifest: String,
    #[serde(flatten)]
    deployment: Manifest,
}

impl Report for DeployReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.add("manifest", &self.manifest);
        describe(&mut lines, &self.deployment);
        lines.text()
    }
}

/// Adds a deployment's facts to `lines`.
pub fn describe(lines: &mut Lines, manifest: &Manifest) {
    lines
        .add("name", &manifest.name)
        .add("chain", manifest.chain_id);
    for (name, record) in manifest.contracts.all() {
        lines.add(
            &name.replace('_', " ").replace(" implementation", " code"),
            record.address,
        );
    }
    lines.add_some(
        "signed by",
        manifest
            .signature
            .as_ref()
            .map(|signature| signature.signer),
    );
}

/// Deploys and writes the signed manifest.
///
/// # Errors
/// A manifest exists, a peer is missing, the sender cannot pay, or the chain fails.
pub async fn deploy(ctx: &Context, args: &DeployArgs) -> eyre::Result<()> {
    let path = &ctx.settings.manifest.value;
    if path.exists() && !args.force {
        return Err(input(format!(
            "manifest: {} exists; give --force to replace it",
            path.display()
        )));
    }
    let endpoint = ctx.endpoint().await?;
    let chain_id = endpoint.chain_id();
    if args.with_peers && chain_id != LOCAL_CHAIN_ID {
        return Err(input(format!(
            "with_peers: only on the local chain {LOCAL_CHAIN_ID}, not on chain {chain_id}"
        )));
    }
    let sender = ctx.sender(&endpoint)?;
    let peers = match (args.wrapped_native, args.factory) {
        (Some(wrapped_native), Some(factory)) => Some(Peers {
            wrapped_native,
            factory,
            router: args.router,
        }),
        _ => None,
    };
    if ctx.dry_run {
        ctx.out.note(&format!(
            "deploy as {}: {} contracts on chain {chain_id}",
            sender.address(),
            SYSTEM_STEPS
        ));
        return Ok(());
    }
    ctx.confirm(chain_id)?;
    let manifest = build(ctx, &sender, &args.name, peers, None).await?;
    manifest.save(path)?;
    ctx.out.result(&DeployReport {
        manifest: path.display().to_string(),
        deployment: manifest,
    })
}

/// Deploys over `peers`, or over freshly deployed ones where there are none, and signs. `reserve` is other creation
/// code for the reserve, for tests.
///
/// # Errors
/// As [`deploy`].
pub async fn build(
    ctx: &Context,
    sender: &Sender,
    name: &str,
    peers: Option<Peers>,
    reserve: Option<Bytes>,
) -> eyre::Result<Manifest> {
    let steps = SYSTEM_STEPS + if peers.is_none() { PEER_STEPS } else { 0 };
    let bar = ctx.out.bar("deploy", steps);
    let advance = |label: &str| {
        bar.set_message(label.to_owned());
        bar.inc(1);
    };
    let peers = match peers {
        Some(peers) => peers,
        None => deploy::peers(sender, ctx.settings.peers.value.as_deref(), advance).await?,
    };
    let reserve = reserve.unwrap_or_else(|| Artifact::Reserve.bytecode());
    let mut manifest = deploy::system_with(sender, name, peers, reserve, advance).await?;
    bar.finish_and_clear();
    sender.sign_manifest(&mut manifest)?;
    Ok(manifest)
}

#[derive(Serialize)]
struct VerifyReport {
    manifest: String,
    name: String,
    chain_id: u64,
    signer: Option<Address>,
    holds: bool,
    checks: Vec<Check>,
}

impl Report for VerifyReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        for check in &self.checks {
            let verdict = if check.holds { "holds" } else { "DIFFERS" };
            lines.plain(&format!("{verdict:<8} {}", check.subject));
            if !check.holds {
                lines.plain(&format!("         the manifest says {}", check.expected));
                lines.plain(&format!("         the chain says {}", check.found));
            }
        }
        lines.text()
    }
}

/// Holds the chain against the manifest.
///
/// # Errors
/// Something differs, or the chain cannot be read.
pub async fn verify(ctx: &Context, args: &VerifyArgs) -> eyre::Result<()> {
    let path = &ctx.settings.manifest.value;
    let manifest = Manifest::load(path)?;
    let endpoint = ctx.endpoint().await?;
    let checks = manifest.verify(&endpoint, args.signer).await?;
    let differing: Vec<String> = checks
        .iter()
        .filter(|check| !check.holds)
        .map(|check| check.subject.clone())
        .collect();
    let signer = manifest.recovered_signer();
    ctx.out.result(&VerifyReport {
        manifest: path.display().to_string(),
        name: manifest.name,
        chain_id: manifest.chain_id,
        signer,
        holds: differing.is_empty(),
        checks,
    })?;
    if differing.is_empty() {
        return Ok(());
    }
    Err(of_kind(
        Kind::Verification,
        format!(
            "verify: {} differ: {}",
            differing.len(),
            differing.join(", ")
        ),
    ))
}
