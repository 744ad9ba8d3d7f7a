//! What `serve` reads from the environment and the configuration file; its flags come before both.

use std::path::PathBuf;

use ballast_chain::endpoint::redact;

use super::{Entry, Setting, Sources};

/// The settings of `serve`.
pub(super) const KEYS: [&str; 11] = [
    "store",
    "listen",
    "lag_blocks_max",
    "silence_secs_max",
    "connections_max",
    "subscribers_max",
    "exports_max",
    "webhook",
    "alert_before",
    "webhook_secret_file",
    "public_rpc",
];

/// Each as it stands outside the flags; none where it stands nowhere.
#[derive(Clone, Debug)]
pub struct ServeSettings {
    /// The store.
    pub store: Setting<Option<String>>,
    /// Where to listen.
    pub listen: Setting<Option<String>>,
    /// Blocks of lag.
    pub lag_blocks_max: Setting<Option<u64>>,
    /// Seconds of silence.
    pub silence_secs_max: Setting<Option<u64>>,
    /// Connections at once.
    pub connections_max: Setting<Option<u64>>,
    /// Live subscribers at once.
    pub subscribers_max: Setting<Option<u64>>,
    /// Exports at once.
    pub exports_max: Setting<Option<u64>>,
    /// Where alerts go.
    pub webhook: Setting<Option<String>>,
    /// How long before a deadline.
    pub alert_before: Setting<Option<String>>,
    /// The file with the key that signs alerts.
    pub webhook_secret_file: Setting<Option<PathBuf>>,
    /// The endpoint that wallets are told.
    pub public_rpc: Setting<Option<String>>,
}

impl ServeSettings {
    pub(super) fn resolve(sources: &Sources<'_>) -> eyre::Result<Self> {
        let number = |key: &str| sources.parsed::<u64>(key, None, "a whole number");
        let text = |key: &str| sources.parsed::<String>(key, None, "text");
        Ok(Self {
            store: text("store")?,
            listen: text("listen")?,
            lag_blocks_max: number("lag_blocks_max")?,
            silence_secs_max: number("silence_secs_max")?,
            connections_max: number("connections_max")?,
            subscribers_max: number("subscribers_max")?,
            exports_max: number("exports_max")?,
            webhook: text("webhook")?,
            alert_before: text("alert_before")?,
            webhook_secret_file: sources.path("webhook_secret_file", None),
            public_rpc: text("public_rpc")?,
        })
    }

    /// Each as `ballast config` shows it: of addresses that may hold a secret, only what holds none.
    pub(super) fn entries(&self) -> Vec<Entry> {
        fn entry<T: ToString>(name: &'static str, setting: &Setting<Option<T>>) -> Entry {
            Entry {
                name,
                value: setting.value.as_ref().map(T::to_string),
                origin: setting.origin.clone(),
            }
        }
        let hidden = |name, setting: &Setting<Option<String>>| Entry {
            value: setting.value.as_deref().map(shown),
            ..entry(name, setting)
        };
        vec![
            hidden("store", &self.store),
            entry("listen", &self.listen),
            entry("lag_blocks_max", &self.lag_blocks_max),
            entry("silence_secs_max", &self.silence_secs_max),
            entry("connections_max", &self.connections_max),
            entry("subscribers_max", &self.subscribers_max),
            entry("exports_max", &self.exports_max),
            hidden("webhook", &self.webhook),
            entry("alert_before", &self.alert_before),
            Entry {
                value: self
                    .webhook_secret_file
                    .value
                    .as_ref()
                    .map(|path| path.display().to_string()),
                name: "webhook_secret_file",
                origin: self.webhook_secret_file.origin.clone(),
            },
            entry("public_rpc", &self.public_rpc),
        ]
    }
}

/// A store's path as it is, of any other address only scheme, host and port.
fn shown(address: &str) -> String {
    if address.starts_with("sqlite:") {
        address.to_owned()
    } else {
        redact(address)
    }
}
