//! `ballast serve`: a store over HTTP.

use ballast_chain::Manifest;
use ballast_server::{Options, Server, Webhook};
use serde::Serialize;

use super::up::asked_to_end;
use crate::cli::ServeArgs;
use crate::config::Origin;
use crate::context::Context;
use crate::fail::input;
use crate::output::{Lines, Report};
use crate::units::parse_duration;

const DEFAULT_STORE: &str = "sqlite:.state/store.sqlite";
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_ALERT_BEFORE: &str = "3d,1d,1h";
/// Longest time before a deadline: the longest term, twelve times.
const BEFORE_SECS_MAX: u64 = 86_400 * 366 * 12;
/// Most of anything that is counted at once.
const COUNT_MAX: u64 = 1_000_000;

#[derive(Serialize)]
struct Served {
    explorer: String,
}

impl Report for Served {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines.add("explorer", &self.explorer);
        lines.text()
    }
}

/// Serves until interrupted.
///
/// # Errors
/// No manifest, no store, the address is taken, or a setting is out of bounds.
pub async fn run(ctx: &Context, args: &ServeArgs) -> eyre::Result<()> {
    let settings = &ctx.settings.serve;
    let manifest = Manifest::load(&ctx.settings.manifest.value)?;
    let pick = |flag: &Option<String>, other: &Option<String>, usual: &str| {
        let found = flag.clone().or_else(|| other.clone());
        found.unwrap_or_else(|| usual.to_owned())
    };
    let store = pick(&args.store, &settings.store.value, DEFAULT_STORE);
    let listen = pick(&args.listen, &settings.listen.value, DEFAULT_LISTEN);
    let options = options(ctx, args)?;
    let endpoint = if ctx.settings.rpc.origin == Origin::Default {
        None
    } else {
        let endpoint = ctx.endpoint().await?;
        manifest.expect_chain(&endpoint).await?;
        Some(endpoint)
    };
    let store = ballast_store::open(&store).await?;
    let server = Server::bind(&listen, store, manifest, endpoint, options).await?;
    ctx.out.result(&Served {
        explorer: format!("http://{}", server.address()),
    })?;
    server
        .run(async {
            if let Err(error) = asked_to_end().await {
                ctx.out.note(&format!("signals cannot be heard: {error}"));
                std::future::pending::<()>().await;
            }
        })
        .await;
    Ok(())
}

/// Flags, then environment, then file, then what is usual.
fn options(ctx: &Context, args: &ServeArgs) -> eyre::Result<Options> {
    let settings = &ctx.settings.serve;
    let usual = Options::default();
    let count = |field: &str, flag: Option<u64>, other: Option<u64>, usual: usize| {
        let Some(number) = flag.or(other) else {
            return Ok(usual);
        };
        let small = usize::try_from(number).ok();
        small
            .filter(|_| (1..=COUNT_MAX).contains(&number))
            .ok_or_else(|| input(format!("{field}: must be 1 to {COUNT_MAX}, not {number}")))
    };
    Ok(Options {
        connections_max: count(
            "connections_max",
            args.connections_max,
            settings.connections_max.value,
            usual.connections_max,
        )?,
        subscribers_max: count(
            "subscribers_max",
            args.subscribers_max,
            settings.subscribers_max.value,
            usual.subscribers_max,
        )?,
        exports_max: count(
            "exports_max",
            args.exports_max,
            settings.exports_max.value,
            usual.exports_max,
        )?,
        lag_blocks_max: args
            .lag_blocks_max
            .or(settings.lag_blocks_max.value)
            .unwrap_or(usual.lag_blocks_max),
        silence_secs_max: args
            .silence_secs_max
            .or(settings.silence_secs_max.value)
            .unwrap_or(usual.silence_secs_max),
        webhook: webhook(ctx, args)?,
        public_rpc: public_rpc(ctx, args)?,
        ..usual
    })
}

fn public_rpc(ctx: &Context, args: &ServeArgs) -> eyre::Result<Option<String>> {
    let other = ctx.settings.serve.public_rpc.value.clone();
    let Some(url) = args.public_rpc.clone().or(other) else {
        return Ok(None);
    };
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(Some(url));
    }
    Err(input(
        "public_rpc: must begin with https:// or http://, which is what wallets take",
    ))
}

fn webhook(ctx: &Context, args: &ServeArgs) -> eyre::Result<Option<Webhook>> {
    let settings = &ctx.settings.serve;
    let Some(url) = args
        .webhook
        .clone()
        .or_else(|| settings.webhook.value.clone())
    else {
        return Ok(None);
    };
    let before = args.alert_before.clone();
    let before = before.or_else(|| settings.alert_before.value.clone());
    let before = before.unwrap_or_else(|| DEFAULT_ALERT_BEFORE.to_owned());
    let marks = before
        .split(',')
        .map(|part| parse_duration("alert_before", part.trim(), 1, BEFORE_SECS_MAX))
        .collect::<eyre::Result<Vec<u64>>>()?;
    if marks.len() > Webhook::MARKS_MAX {
        return Err(input(format!(
            "alert_before: at most {} durations, not {}",
            Webhook::MARKS_MAX,
            marks.len()
        )));
    }
    let secret_file = args.webhook_secret_file.clone();
    Ok(Some(Webhook {
        secret_file: secret_file.or_else(|| settings.webhook_secret_file.value.clone()),
        ..Webhook::new(url, marks)
    }))
}
