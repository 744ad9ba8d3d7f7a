//! `ballast tokens`: what this deployment launched.

use alloy::primitives::Address;
use ballast_chain::accrual;
use serde::Serialize;

use crate::context::Context;
use crate::output::{Lines, Report};

#[derive(Serialize)]
struct TokenRow {
    symbol: String,
    token: Address,
    reserve: Address,
    converter: Option<Address>,
    pool: Option<Address>,
    lock: Option<Address>,
}

#[derive(Serialize)]
struct TokensReport {
    block: u64,
    tokens: Vec<TokenRow>,
}

impl Report for TokensReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        if self.tokens.is_empty() {
            lines.plain("no tokens are launched here yet; `ballast launch FILE` launches one");
        }
        for row in &self.tokens {
            lines
                .heading(&row.symbol)
                .add("token", row.token)
                .add("reserve", row.reserve);
            lines
                .add_some("converter", row.converter)
                .add_some("pool", row.pool)
                .add_some("lock", row.lock);
        }
        lines.text()
    }
}

/// Lists every token.
///
/// # Errors
/// Where the chain cannot be read.
pub async fn run(ctx: &Context) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let mut tokens = Vec::new();
    for parts in accrual::tokens(
        &deployment.endpoint,
        &deployment.manifest,
        &deployment.block,
    )
    .await?
    {
        let (symbol, _) =
            accrual::describe_asset(&deployment.endpoint, deployment.at(), parts.token).await?;
        tokens.push(TokenRow {
            symbol,
            token: parts.token,
            reserve: parts.reserve,
            converter: parts.converter,
            pool: parts.pool,
            lock: parts.lock,
        });
    }
    ctx.out.result(&TokensReport {
        block: deployment.block.number,
        tokens,
    })
}
