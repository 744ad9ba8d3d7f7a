//! When a price is worth a transaction.

use alloy::primitives::U256;
use ballast_types::WAD;
use serde::Serialize;

/// When to push. Ratio in wad, time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushRules {
    /// Move since the last report that is pushed.
    pub deviation_wad: U256,
    /// Age of the last report at which the price is pushed however little it moved.
    pub heartbeat_secs: u64,
}

/// What the chain holds of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latest {
    /// 18 decimals, per whole token.
    #[serde(serialize_with = "ballast_types::decimal::serialize_word")]
    pub price: U256,
    /// Unix seconds.
    pub time: u64,
    /// Its round.
    pub round: u64,
}

/// Why a price is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Nothing was ever reported.
    First,
    /// It moved by the threshold.
    Deviation,
    /// The last report is old.
    Heartbeat,
}

/// Whether `price` is due at the unix second `now`; a move of exactly the threshold and an age of exactly the heartbeat
/// are.
pub fn due(latest: Option<&Latest>, price: U256, now: u64, rules: &PushRules) -> Option<Due> {
    let Some(latest) = latest else {
        return Some(Due::First);
    };
    let moved = price.abs_diff(latest.price).saturating_mul(WAD);
    if moved >= latest.price.saturating_mul(rules.deviation_wad) {
        return Some(Due::Deviation);
    }
    let age = now.saturating_sub(latest.time);
    (age >= rules.heartbeat_secs).then_some(Due::Heartbeat)
}
