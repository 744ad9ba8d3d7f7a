//! What is in force and where each value came from: flags, then environment, then one TOML file, then defaults.

mod serve;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::cli::Global;
use crate::fail::input;
use crate::output::{Lines, Report};

pub use serve::ServeSettings;

/// Read where neither flag nor environment names a configuration file.
const DEFAULT_FILE: &str = "ballast.toml";
const DEFAULT_RPC: &str = "http://127.0.0.1:8545";
/// Where `up` and `deploy` write and every other command reads the manifest.
pub const DEFAULT_MANIFEST: &str = ".state/manifest.toml";
/// Environment variable that holds a keystore's password.
pub const PASSWORD_VARIABLE: &str = "BALLAST_PASSWORD";

/// The settings a configuration file may hold, beside those of `serve`.
const KEYS: [&str; 9] = [
    "rpc",
    "manifest",
    "keystore",
    "password_file",
    "dev_account",
    "anvil",
    "peers",
    "max_fee_gwei",
    "log_span",
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this run.
    Flag,
    /// An environment variable.
    Environment(String),
    /// The configuration file.
    File(PathBuf),
    /// Built in.
    Default,
    /// Nowhere: not set.
    Unset,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("not set"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Everything in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The endpoint.
    pub rpc: Setting<String>,
    /// The manifest.
    pub manifest: Setting<PathBuf>,
    /// The keystore.
    pub keystore: Setting<Option<PathBuf>>,
    /// The file that holds its password.
    pub password_file: Setting<Option<PathBuf>>,
    /// Its password, from the environment.
    pub password: Setting<Option<Secret>>,
    /// The development account.
    pub dev_account: Setting<Option<u32>>,
    /// The anvil program.
    pub anvil: Setting<Option<PathBuf>>,
    /// The folder of npm packages.
    pub peers: Setting<Option<PathBuf>>,
    /// Most gwei per gas.
    pub max_fee_gwei: Setting<Option<u64>>,
    /// Most blocks of logs at once.
    pub log_span: Setting<u64>,
    /// What `serve` reads beside its flags.
    pub serve: ServeSettings,
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for its one use.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The three sources, looked up by a setting's name.
struct Sources<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    file: Option<(PathBuf, BTreeMap<String, String>)>,
}

impl Sources<'_> {
    fn find(&self, key: &str, flag: Option<String>) -> Option<Setting<String>> {
        if let Some(value) = flag {
            return Some(Setting {
                value,
                origin: Origin::Flag,
            });
        }
        let variable = format!("BALLAST_{}", key.to_uppercase());
        if let Some(value) = (self.environment)(&variable).filter(|value| !value.is_empty()) {
            return Some(Setting {
                value,
                origin: Origin::Environment(variable),
            });
        }
        let (path, values) = self.file.as_ref()?;
        let value = values.get(key)?.clone();
        Some(Setting {
            value,
            origin: Origin::File(path.clone()),
        })
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        key: &str,
        flag: Option<T>,
        what: &str,
    ) -> eyre::Result<Setting<Option<T>>> {
        if let Some(value) = flag {
            return Ok(Setting {
                value: Some(value),
                origin: Origin::Flag,
            });
        }
        match self.find(key, None) {
            None => Ok(Setting {
                value: None,
                origin: Origin::Unset,
            }),
            Some(Setting { value, origin }) => match value.parse() {
                Ok(parsed) => Ok(Setting {
                    value: Some(parsed),
                    origin,
                }),
                Err(_) => Err(input(format!(
                    "{key}: `{value}` from {origin} is not {what}"
                ))),
            },
        }
    }

    fn path(&self, key: &str, flag: Option<&Path>) -> Setting<Option<PathBuf>> {
        match self.find(key, flag.map(|path| path.display().to_string())) {
            Some(Setting { value, origin }) => Setting {
                value: Some(PathBuf::from(value)),
                origin,
            },
            None => Setting {
                value: None,
                origin: Origin::Unset,
            },
        }
    }
}

fn or_default<T>(setting: Setting<Option<T>>, default: T) -> Setting<T> {
    match setting.value {
        Some(value) => Setting {
            value,
            origin: setting.origin,
        },
        None => Setting {
            value: default,
            origin: Origin::Default,
        },
    }
}

impl Settings {
    /// Settles every value.
    ///
    /// # Errors
    /// Names the file, the key or the variable that cannot be used.
    pub fn resolve(
        flags: &Global,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> eyre::Result<Self> {
        let named = flags
            .config
            .clone()
            .or_else(|| environment("BALLAST_CONFIG").map(PathBuf::from));
        let file = match named {
            Some(path) => Some((path.clone(), read_file(&path)?)),
            None if Path::new(DEFAULT_FILE).is_file() => Some((
                PathBuf::from(DEFAULT_FILE),
                read_file(Path::new(DEFAULT_FILE))?,
            )),
            None => None,
        };
        let sources = Sources { environment, file };
        let password = match environment(PASSWORD_VARIABLE) {
            Some(text) => Setting {
                value: Some(Secret::new(text)),
                origin: Origin::Environment(PASSWORD_VARIABLE.to_owned()),
            },
            None => Setting {
                value: None,
                origin: Origin::Unset,
            },
        };
        let number = "a whole number";
        Ok(Self {
            rpc: or_default(
                sources.parsed("rpc", flags.rpc.clone(), "text")?,
                DEFAULT_RPC.to_owned(),
            ),
            manifest: or_default(
                sources.path("manifest", flags.manifest.as_deref()),
                DEFAULT_MANIFEST.into(),
            ),
            keystore: sources.path("keystore", flags.keystore.as_deref()),
            password_file: sources.path("password_file", flags.password_file.as_deref()),
            password,
            dev_account: sources.parsed("dev_account", flags.dev_account, number)?,
            anvil: sources.path("anvil", flags.anvil.as_deref()),
            peers: sources.path("peers", flags.peers.as_deref()),
            max_fee_gwei: sources.parsed("max_fee_gwei", flags.max_fee_gwei, number)?,
            log_span: or_default(
                sources.parsed("log_span", flags.log_span, number)?,
                ballast_chain::logs::LogReader::DEFAULT_SPAN,
            ),
            serve: ServeSettings::resolve(&sources)?,
        })
    }

    /// What `ballast config` shows.
    pub fn report(&self) -> ConfigReport {
        fn shown<T: ToString>(setting: &Setting<Option<T>>) -> Option<String> {
            setting.value.as_ref().map(T::to_string)
        }
        fn path(setting: &Setting<Option<PathBuf>>) -> Option<String> {
            setting
                .value
                .as_ref()
                .map(|path| path.display().to_string())
        }
        let entry = |name, value: Option<String>, origin: &Origin| Entry {
            name,
            value,
            origin: origin.clone(),
        };
        let secret = self
            .password
            .value
            .as_ref()
            .map(|_| "set, not shown".to_owned());
        let general = vec![
            entry(
                "rpc",
                Some(ballast_chain::endpoint::redact(&self.rpc.value)),
                &self.rpc.origin,
            ),
            entry(
                "manifest",
                Some(self.manifest.value.display().to_string()),
                &self.manifest.origin,
            ),
            entry("keystore", path(&self.keystore), &self.keystore.origin),
            entry(
                "password_file",
                path(&self.password_file),
                &self.password_file.origin,
            ),
            entry("password", secret, &self.password.origin),
            entry(
                "dev_account",
                shown(&self.dev_account),
                &self.dev_account.origin,
            ),
            entry("anvil", path(&self.anvil), &self.anvil.origin),
            entry("peers", path(&self.peers), &self.peers.origin),
            entry(
                "max_fee_gwei",
                shown(&self.max_fee_gwei),
                &self.max_fee_gwei.origin,
            ),
            entry(
                "log_span",
                Some(self.log_span.value.to_string()),
                &self.log_span.origin,
            ),
        ];
        ConfigReport {
            settings: general.into_iter().chain(self.serve.entries()).collect(),
        }
    }
}

/// Reads the flat table of settings; unknown keys and tables are refused by name.
fn read_file(path: &Path) -> eyre::Result<BTreeMap<String, String>> {
    let fail = |detail: String| input(format!("config: {}: {detail}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| fail(error.message().to_owned()))?;
    let mut values = BTreeMap::new();
    for (key, value) in table {
        let known: Vec<&str> = KEYS.into_iter().chain(serve::KEYS).collect();
        if !known.contains(&key.as_str()) {
            return Err(fail(format!(
                "unknown setting `{key}`; the settings are {}",
                known.join(", ")
            )));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            other => {
                return Err(fail(format!(
                    "{key}: must be text or a whole number, not a {}",
                    other.type_str()
                )));
            }
        };
        values.insert(key, value);
    }
    Ok(values)
}

/// One setting as shown.
#[derive(Debug, Serialize)]
pub struct Entry {
    name: &'static str,
    value: Option<String>,
    origin: Origin,
}

/// What `ballast config` prints.
#[derive(Debug, Serialize)]
pub struct ConfigReport {
    settings: Vec<Entry>,
}

impl Report for ConfigReport {
    fn human(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .settings
            .iter()
            .map(|entry| {
                vec![
                    entry.name.to_owned(),
                    entry.value.clone().unwrap_or_else(|| "-".to_owned()),
                    entry.origin.to_string(),
                ]
            })
            .collect();
        let mut lines = Lines::new();
        lines.table(&["setting", "value", "from"], &rows);
        lines.text()
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Settings};
    use crate::cli::Global;
    use crate::output::Report;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn with_file(text: &str) -> (tempfile::TempDir, Global) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("c.toml");
        std::fs::write(&path, text).expect("writes");
        let flags = Global {
            config: Some(path),
            ..Global::default()
        };
        (folder, flags)
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let (_folder, mut flags) =
            with_file("rpc = \"http://file\"\nlog_span = 7\ndev_account = 3");
        let environment =
            |name: &str| (name == "BALLAST_RPC").then(|| "http://environment".to_owned());
        let settings = Settings::resolve(&flags, &nothing).expect("resolves");
        assert_eq!(settings.rpc.value, "http://file");
        assert_eq!(
            (settings.log_span.value, settings.dev_account.value),
            (7, Some(3))
        );
        let settings = Settings::resolve(&flags, &environment).expect("resolves");
        assert_eq!(settings.rpc.value, "http://environment");
        assert_eq!(
            settings.rpc.origin,
            Origin::Environment("BALLAST_RPC".into())
        );
        flags.rpc = Some("http://flag".into());
        let settings = Settings::resolve(&flags, &environment).expect("resolves");
        assert_eq!(
            (settings.rpc.value.as_str(), settings.rpc.origin),
            ("http://flag", Origin::Flag)
        );
    }

    #[test]
    fn secrets_and_keys_in_addresses_are_never_shown() {
        let environment = |name: &str| match name {
            "BALLAST_PASSWORD" => Some("hunter2".to_owned()),
            "BALLAST_RPC" => Some("https://node.example/v3/hunter2".to_owned()),
            _ => None,
        };
        let settings = Settings::resolve(&Global::default(), &environment).expect("resolves");
        let report = settings.report();
        let json = serde_json::to_string(&report).expect("serialises");
        assert!(!report.human().contains("hunter2") && !json.contains("hunter2"));
        assert!(!format!("{:?}", settings.password).contains("hunter2"));
        assert!(report.human().contains("set, not shown"));
    }

    #[test]
    fn a_wrong_file_is_named_with_its_key() {
        let line = |text: &str| {
            let (_folder, flags) = with_file(text);
            Settings::resolve(&flags, &nothing).unwrap_err().to_string()
        };
        assert!(
            line("rcp = \"x\"").contains("unknown setting `rcp`; the settings are rpc, manifest")
        );
        assert!(line("log_span = \"many\"").contains("log_span: `many` from file"));
        assert!(
            line("log_span = [1]")
                .contains("log_span: must be text or a whole number, not a array")
        );
    }
}
