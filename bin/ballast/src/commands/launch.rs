//! `ballast launch`: a token from a file.

use std::path::Path;

use alloy::primitives::{Address, U256};
use alloy::providers::Provider;
use alloy::sol_types::SolCall;
use ballast_bindings::launchpad::Launchpad;
use ballast_chain::accrual::{self, TOKEN_DECIMALS};
use ballast_chain::{ChainError, Receipt, Sender, Step};
use ballast_types::decimal;
use serde::Serialize;

use crate::act::{Done, Plan, carry_out, clear_allowances, provide};
use crate::commands::lend::event;
use crate::context::{Context, Deployment};
use crate::explain::Subject;
use crate::fail::input;
use crate::launch_file::{KnownAsset, LaunchFile, Surroundings};
use crate::units::{Amount, duration, per_token, share};

/// The addresses of a launch, as results carry them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LaunchedReport {
    /// The token.
    pub token: Address,
    /// Its reserve.
    pub reserve: Address,
    /// Its converter, where trading is taxed.
    pub converter: Option<Address>,
    /// Its pool, where it has one.
    pub pool: Option<Address>,
    /// The lock of the pool's liquidity.
    pub lock: Option<Address>,
}

/// Launches what the file describes.
///
/// # Errors
/// The file cannot be read or is out of bounds, the sender has too little, an asset is refused, or a revert.
pub async fn run(ctx: &Context, path: &Path) -> eyre::Result<()> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| input(format!("launch file: {}: {error}", path.display())))?;
    let deployment = ctx.deployment().await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let Some((receipts, launched)) = launch(ctx, &deployment, &sender, &text).await? else {
        return Ok(());
    };
    let mut done = Done::new("launch", &receipts);
    let (block, state) = {
        let block = deployment.endpoint.tip().await?;
        let parts = accrual::find(
            &deployment.endpoint,
            &deployment.manifest,
            &block,
            launched.token,
        )
        .await?;
        (
            block,
            accrual::state(&deployment.endpoint, parts, block).await?,
        )
    };
    done.fact("token", launched.token, "token", launched.token)?;
    done.fact("reserve", launched.reserve, "reserve", launched.reserve)?;
    for (name, part) in [
        ("converter", launched.converter),
        ("pool", launched.pool),
        ("lock", launched.lock),
    ] {
        if let Some(address) = part {
            done.fact(name, address, name, address)?;
        }
    }
    let floors: Vec<String> = state
        .assets
        .iter()
        .filter_map(|asset| {
            let floor = per_token(asset.total(), asset.decimals, state.claims)?;
            Some(format!("{floor} {}", asset.symbol))
        })
        .collect();
    done.fact("floor", &floors, "floor per token", floors.join(", "))?;
    done.facts.insert("block".to_owned(), block.number.into());
    ctx.out.result(&done)
}

/// Launches what `text` describes; none where the run stops before sending.
///
/// # Errors
/// As [`run`].
pub async fn launch(
    ctx: &Context,
    deployment: &Deployment,
    sender: &Sender,
    text: &str,
) -> eyre::Result<Option<(Vec<Receipt>, LaunchedReport)>> {
    let file = LaunchFile::parse(text)?;
    let around = surroundings(deployment, sender, &file).await?;
    let params = file.params(text, &around)?;
    let launchpad = deployment.manifest.contracts.launchpad.address;
    let mut steps = Vec::new();
    for (index, (seed, asset)) in params.seeds.iter().zip(&around.assets).enumerate() {
        let in_pool = if index == 0 {
            params.pool.assets
        } else {
            U256::ZERO
        };
        let what = (asset.address, asset.decimals, asset.symbol.as_str());
        let needed = seed.saturating_add(in_pool);
        steps.extend(
            provide(
                deployment,
                sender.address(),
                launchpad,
                what,
                needed,
                "reserve.seed",
            )
            .await?,
        );
    }
    let label = format!("launch {}", params.symbol);
    let lines = summary(&params, &around);
    let assets: Vec<Address> = params.assets.clone();
    steps.push(Step::call(
        label,
        launchpad,
        Launchpad::launchCall { params }.abi_encode(),
    ));
    let plan = Plan {
        action: "launch",
        lines,
        steps,
        subject: Subject::None,
    };
    let Some(mut receipts) = carry_out(ctx, sender, &plan).await? else {
        return Ok(None);
    };
    let made = event::<Launchpad::TokenLaunched>(&receipts).ok_or_else(|| ChainError::Rpc {
        method: "launch".to_owned(),
        detail: "the receipt holds no launch".to_owned(),
    })?;
    // Where somebody had put something into the pool beforehand, less than approved was taken.
    receipts.extend(clear_allowances(deployment, sender, launchpad, &assets).await?);
    let some = |address: Address| (!address.is_zero()).then_some(address);
    let launched = LaunchedReport {
        token: made.token,
        reserve: made.reserve,
        converter: some(made.converter),
        pool: some(made.pool),
        lock: some(made.lock),
    };
    Ok(Some((receipts, launched)))
}

async fn surroundings(
    deployment: &Deployment,
    sender: &Sender,
    file: &LaunchFile,
) -> eyre::Result<Surroundings> {
    let mut assets = Vec::new();
    for asset in file.assets()? {
        let address = asset.unwrap_or(deployment.manifest.contracts.wrapped_native.address);
        let described =
            accrual::describe_asset(&deployment.endpoint, deployment.at(), address).await;
        let (symbol, decimals) = described.map_err(|error| match error {
            ChainError::NoCode { .. } => input(format!(
                "reserve.asset: {address} has no contract on this chain"
            )),
            ChainError::Reverted { .. } => input(format!(
                "reserve.asset: {address} has no decimals: not an ERC-20"
            )),
            other => other.into(),
        })?;
        assets.push(KnownAsset {
            address,
            symbol,
            decimals,
        });
    }
    let nonce = deployment
        .endpoint
        .provider()
        .get_transaction_count(sender.address())
        .await;
    let nonce = nonce.map_err(|error| ChainError::from_rpc("eth_getTransactionCount", &error))?;
    Ok(Surroundings {
        sender: sender.address(),
        nonce,
        now: deployment.block.time.get(),
        assets,
    })
}

fn summary(params: &Launchpad::LaunchParams, around: &Surroundings) -> Vec<(&'static str, String)> {
    let bps = |value: u16| share(U256::from(value));
    let amount = |base: U256, asset: &KnownAsset| {
        Amount::new(base, asset.decimals, &asset.symbol).to_string()
    };
    let seeds: Vec<String> = params
        .seeds
        .iter()
        .zip(&around.assets)
        .map(|(seed, asset)| amount(*seed, asset))
        .collect();
    let terms = &params.terms;
    let redemption = if terms.redeemable {
        format!("on, {} fee", bps(terms.redeemFeeBps))
    } else {
        "off, for ever".to_owned()
    };
    let mut lines = vec![
        ("token", format!("{} ({})", params.name, params.symbol)),
        ("supply", decimal::format(params.supply, TOKEN_DECIMALS)),
        ("owner", params.owner.to_string()),
        ("reserve", seeds.join(", ")),
        ("redemption", redemption),
        (
            "loans",
            format!(
                "up to {}, {} per {}, {} of grace",
                bps(terms.ltvBps),
                bps(terms.termFeeBps),
                duration(u64::from(terms.termSecs)),
                duration(u64::from(terms.graceSecs))
            ),
        ),
    ];
    if let (false, Some(asset)) = (params.pool.tokens.is_zero(), around.assets.first()) {
        let tokens = Amount::token(params.pool.tokens, &params.symbol);
        lines.push((
            "pool",
            format!("{tokens} with {}", amount(params.pool.assets, asset)),
        ));
    }
    if params.path != 0 {
        let fees = &params.fees;
        lines.push((
            "fees",
            format!(
                "buy {} (at most {}), sell {} (at most {})",
                bps(fees.buyBps),
                bps(fees.maxBuyBps),
                bps(fees.sellBps),
                bps(fees.maxSellBps)
            ),
        ));
    }
    lines
}
