//! `ballast oracle deploy`: the contract that takes reports, and a source of each asset's price.

use alloy::primitives::{Address, U256};
use alloy::providers::Provider;
use alloy::sol_types::SolValue;
use ballast_bindings::Artifact;
use ballast_chain::{BlockRef, ChainError, Endpoint, Step, accrual};
use serde::Serialize;

use crate::act::{Done, Plan, carry_out};
use crate::cli::OracleDeployArgs;
use crate::context::Context;
use crate::explain::Subject;
use crate::fail::{Kind, input, of_kind};
use crate::units::{duration, parse_address, parse_duration};

/// Bounds of `ReportQuorum`.
const SIGNERS_MIN: usize = 3;
const SIGNERS_MAX: usize = 31;
const QUORUM_MIN: usize = 3;
const AGE_SECS_MIN: u64 = 10;
const AGE_SECS_MAX: u64 = 86_400;
/// The most decimals that `ReportSource` takes.
const DECIMALS_MAX: u8 = 36;

/// An asset and its source.
#[derive(Serialize)]
struct Source {
    asset: Address,
    symbol: String,
    source: Address,
}

/// Deploys the quorum's contract and a source for each asset.
///
/// # Errors
/// A term is out of bounds, an asset is none, or the chain refuses.
pub async fn deploy(ctx: &Context, args: &OracleDeployArgs) -> eyre::Result<()> {
    let signers = signers(&args.signer)?;
    let quorum = quorum(args.quorum, signers.len())?;
    let age_secs = parse_duration("max_age", &args.max_age, AGE_SECS_MIN, AGE_SECS_MAX)?;
    let governor = parse_address("governor", &args.governor)?;
    if governor.is_zero() {
        return Err(input("governor: must not be the zero address"));
    }
    let endpoint = ctx.endpoint().await?;
    let block = endpoint.tip().await?;
    let sender = ctx.sender(&endpoint)?;
    let nonce = endpoint
        .provider()
        .get_transaction_count(sender.address())
        .await;
    let nonce = nonce.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?;
    let contract = sender.address().create(nonce);
    let terms = (
        governor,
        U256::from(age_secs),
        signers.clone(),
        U256::from(quorum),
    );
    let mut steps = vec![creation(Artifact::ReportQuorum, &terms.abi_encode_params())];
    let at = (contract, nonce.saturating_add(1));
    let (sources, creations) =
        sources(&endpoint, &block, sender.address(), at, &args.asset).await?;
    steps.extend(creations);
    let plan = Plan {
        action: "oracle deploy",
        lines: vec![
            ("governor", governor.to_string()),
            ("reports", format!("{quorum} of {} signers", signers.len())),
            ("max age", duration(age_secs)),
        ],
        steps,
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let expected = std::iter::once(contract).chain(sources.iter().map(|one| one.source));
    if !receipts.iter().filter_map(|one| one.created).eq(expected) {
        let reason = "deploy: another transaction of this key came in between; deploy again";
        return Err(of_kind(Kind::Chain, reason));
    }
    let mut done = Done::new("oracle deploy", &receipts);
    done.fact("quorum", contract, "quorum", contract)?;
    done.fact("signers", &signers, "signers", signers.len())?;
    let lines: Vec<String> = sources
        .iter()
        .map(|one| format!("{} {}", one.symbol, one.source))
        .collect();
    done.fact("sources", &sources, "sources", lines.join(", "))?;
    ctx.out.result(&done)
}

/// A source of each asset, from the deployer's next nonce on, and what creates them.
async fn sources(
    endpoint: &Endpoint,
    block: &BlockRef,
    deployer: Address,
    (contract, nonce): (Address, u64),
    assets: &[String],
) -> eyre::Result<(Vec<Source>, Vec<Step>)> {
    let (mut sources, mut steps) = (Vec::new(), Vec::new());
    for (text, nonce) in assets.iter().zip(nonce..) {
        let asset = parse_address("asset", text)?;
        let at = ballast_chain::endpoint::at(block);
        let (symbol, decimals) = accrual::describe_asset(endpoint, at, asset).await?;
        if decimals > DECIMALS_MAX {
            return Err(input(format!(
                "asset: {symbol} has {decimals} decimals, at most {DECIMALS_MAX}"
            )));
        }
        let values = (contract, asset, U256::from(decimals));
        steps.push(creation(
            Artifact::ReportSource,
            &values.abi_encode_params(),
        ));
        let source = deployer.create(nonce);
        sources.push(Source {
            asset,
            symbol,
            source,
        });
    }
    Ok((sources, steps))
}

fn creation(artifact: Artifact, args: &[u8]) -> Step {
    let code = [&artifact.bytecode()[..], args].concat();
    Step::create(format!("deploy {}", artifact.name()), code.into())
}

/// The signers, sorted as the contract wants them.
fn signers(texts: &[String]) -> eyre::Result<Vec<Address>> {
    let each = texts.iter().map(|text| parse_address("signer", text));
    let mut all = each.collect::<eyre::Result<Vec<Address>>>()?;
    all.sort_unstable();
    let given = all.len();
    all.dedup();
    if all.len() != given {
        return Err(input("signer: is given twice"));
    }
    if all.first().is_some_and(|first| first.is_zero()) {
        return Err(input("signer: must not be the zero address"));
    }
    if !(SIGNERS_MIN..=SIGNERS_MAX).contains(&given) {
        let limit = format!("signer: must be {SIGNERS_MIN} to {SIGNERS_MAX}, not {given}");
        return Err(input(limit));
    }
    Ok(all)
}

fn quorum(given: usize, signers: usize) -> eyre::Result<usize> {
    let least = (signers / 2 + 1).max(QUORUM_MIN);
    if (least..=signers).contains(&given) {
        return Ok(given);
    }
    Err(input(format!(
        "quorum: must be {least} to {signers} for {signers} signers, not {given}"
    )))
}
