//! `ballast up --scenario`: a recorded crisis, from the first block to the report.

use ballast_chain::vaults::presets::{HIGH_EFFICIENCY, HIGH_SECURITY};

use crate::cli::{PresetChoice, UpArgs};
use crate::context::Context;
use crate::crisis::{self, Name, Plan, Scenario};
use crate::fail::input;

/// Vaults that are opened where nobody says.
const VAULTS: u64 = 500;
/// How many there may be.
const VAULTS_WITHIN: std::ops::RangeInclusive<u64> = 10..=5_000;

/// Plays the crisis and prints what became of it.
///
/// # Errors
/// Bad flags, no recorded data, no anvil, no peers, a failure of the chain, or, once everything is printed, what must
/// not happen and did.
pub async fn run(ctx: &Context, args: &UpArgs, name: Name) -> eyre::Result<()> {
    let plan = plan(args, name)?;
    let report = crisis::play(ctx, &plan).await?;
    if let Some(path) = &args.crisis.page {
        std::fs::write(path, crisis::page(&report))
            .map_err(|error| input(format!("page: {}: {error}", path.display())))?;
    }
    if ctx.out.is_json() {
        ctx.out.raw(&serde_json::to_string(&report)?);
    } else {
        ctx.out.result(&report)?;
    }
    report.verdict()
}

fn plan(args: &UpArgs, name: Name) -> eyre::Result<Plan> {
    let asked = &args.crisis;
    let vaults = asked.vaults.unwrap_or(VAULTS);
    if !VAULTS_WITHIN.contains(&vaults) {
        return Err(input(format!(
            "vaults: {vaults} is outside {} to {}",
            VAULTS_WITHIN.start(),
            VAULTS_WITHIN.end()
        )));
    }
    if !args.once {
        return Err(input(
            "scenario: a crisis is played once and its chain ends with it; give --once",
        ));
    }
    let folder = crisis::folder(None)?;
    let scenario = Scenario::read(name, &folder)?;
    let scenario = scenario.stretch(asked.skip_hours.unwrap_or(0), asked.hours)?;
    let presets = match asked.preset.unwrap_or(PresetChoice::Both) {
        PresetChoice::HighEfficiency => vec![&HIGH_EFFICIENCY],
        PresetChoice::HighSecurity => vec![&HIGH_SECURITY],
        PresetChoice::Both => vec![&HIGH_EFFICIENCY, &HIGH_SECURITY],
    };
    Ok(Plan {
        scenario,
        presets,
        vaults: usize::try_from(vaults)?,
        seed: args.seed.unwrap_or(0),
        processes: !asked.inline,
        kills: asked.kill.unwrap_or(0),
        faults: asked.faults,
    })
}
