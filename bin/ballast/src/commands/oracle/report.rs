//! `ballast oracle report`: what a node signed last, held against its signature.

use ballast_oracle::quote::DECIMALS;
use ballast_oracle::report::{Signed, Target, Wire};
use ballast_types::decimal;
use serde::Serialize;

use crate::cli::OracleReportArgs;
use crate::context::Context;
use crate::fail::{Kind, input, of_kind};
use crate::output::{Lines, Report};
use crate::units::{instant, parse_address};

/// A report whose signature is its signer's.
#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    wire: Wire,
    verified: bool,
}

impl Report for Verified {
    fn human(&self) -> String {
        let shown = |value| decimal::format(value, DECIMALS);
        let mut lines = Lines::new();
        lines
            .add("asset", self.wire.asset)
            .add("price", shown(self.wire.price))
            .add("confidence", shown(self.wire.confidence))
            .add("time", instant(self.wire.time))
            .add("round", self.wire.round)
            .add("signer", self.wire.signer)
            .add("signature", "is the signer's");
        lines.text()
    }
}

/// Asks a node for its newest report and verifies it.
///
/// # Errors
/// The node does not answer, has none, or its signature is not its signer's.
pub async fn report(ctx: &Context, args: &OracleReportArgs) -> eyre::Result<()> {
    let asset = parse_address("asset", &args.asset)?;
    let wire = ballast_oracle::ask(&args.node, asset)
        .await
        .map_err(|detail| of_kind(Kind::Chain, format!("node: {}: {detail}", args.node)))?;
    if wire.asset != asset {
        return Err(input("node: it answered about another asset"));
    }
    let target = Target {
        chain_id: wire.chain_id,
        quorum: wire.quorum,
    };
    Signed::from(wire.clone())
        .verify(&target)
        .map_err(|error| of_kind(Kind::Verification, format!("report: {error}")))?;
    ctx.out.result(&Verified {
        wire,
        verified: true,
    })
}
