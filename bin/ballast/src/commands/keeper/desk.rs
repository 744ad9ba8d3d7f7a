//! `ballast keeper desk`: a desk for the key in force.

use alloy::primitives::Bytes;
use alloy::sol_types::SolValue;
use ballast_bindings::Artifact;
use ballast_chain::Step;

use crate::act::{Done, Plan, carry_out};
use crate::context::Context;
use crate::explain::Subject;
use crate::fail::{Kind, of_kind};

/// Deploys a desk whose owner is the sender.
///
/// # Errors
/// No key, no endpoint, or the deployment fails.
pub async fn run(ctx: &Context) -> eyre::Result<()> {
    let deployment = ctx.deployment().await?;
    let sender = ctx.sender(&deployment.endpoint)?;
    let owner = sender.address().abi_encode();
    let code: Bytes = [Artifact::TakeDesk.bytecode().to_vec(), owner]
        .concat()
        .into();
    let plan = Plan {
        action: "keeper desk",
        lines: vec![("owner", sender.address().to_string())],
        steps: vec![Step::create("deploy TakeDesk", code)],
        subject: Subject::None,
    };
    let Some(receipts) = carry_out(ctx, &sender, &plan).await? else {
        return Ok(());
    };
    let made = receipts.iter().find_map(|receipt| receipt.created);
    let made =
        made.ok_or_else(|| of_kind(Kind::Unforeseen, "the receipt names no new contract"))?;
    let mut done = Done::new("keeper desk", &receipts);
    done.fact("desk", made, "desk", made)?;
    done.fact("owner", sender.address(), "owner", sender.address())?;
    ctx.out.result(&done)
}
