//! Failures as people and scripts see them: one clear line, a kind, an exit code.

use std::fmt;

use ballast_bindings::RevertError;
use ballast_chain::ChainError;
use ballast_indexer::IndexError;
use ballast_server::ServeError;
use ballast_store::StoreError;
use ballast_types::decimal::DecimalError;
use serde::Serialize;

/// The exit codes, as `--help` shows them.
pub const EXIT_CODES: &str = "Exit codes:
  0  done
  1  something unforeseen
  2  bad input: a flag, a file or a value is wrong; nothing was sent
  3  the chain cannot be reached, is another one, or an account on it cannot pay
  4  the contracts refuse: nothing was sent, or the transaction failed
  5  something is missing on this machine: anvil, npm packages, a free port, a key
  6  verification found a difference";

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Anything not foreseen.
    Unforeseen,
    /// A flag, file or value is wrong.
    Input,
    /// The chain or an account on it.
    Chain,
    /// The contracts refused.
    Refused,
    /// This machine lacks something.
    Machine,
    /// Verification found a difference.
    Verification,
}

impl Kind {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Unforeseen => 1,
            Self::Input => 2,
            Self::Chain => 3,
            Self::Refused => 4,
            Self::Machine => 5,
            Self::Verification => 6,
        }
    }
}

/// A failure with its line.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What sort it is.
    pub kind: Kind,
    /// One line naming the field and the limit.
    pub message: String,
    /// The decoded revert, where a contract refused.
    pub revert: Option<RevertError>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// A failure of bad input.
pub fn input(message: impl Into<String>) -> eyre::Report {
    Failure {
        kind: Kind::Input,
        message: message.into(),
        revert: None,
    }
    .into()
}

/// A failure of any kind.
pub fn of_kind(kind: Kind, message: impl Into<String>) -> eyre::Report {
    Failure {
        kind,
        message: message.into(),
        revert: None,
    }
    .into()
}

/// What a failed run prints.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// What sort it is.
    pub kind: Kind,
    /// One line.
    pub message: String,
    /// The decoded revert, where a contract refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revert: Option<RevertError>,
}

/// Reads kind, line and revert out of any report.
pub fn shown(report: &eyre::Report) -> Shown {
    if let Some(failure) = report.downcast_ref::<Failure>() {
        return Shown {
            kind: failure.kind,
            message: failure.message.clone(),
            revert: failure.revert.clone(),
        };
    }
    if let Some(error) = report.downcast_ref::<ChainError>() {
        return Shown {
            kind: kind_of(error),
            message: one_line(&error.to_string()),
            revert: error.revert().cloned(),
        };
    }
    if let Some(error) = report.downcast_ref::<StoreError>() {
        return Shown {
            kind: kind_of_store(error),
            message: one_line(&error.to_string()),
            revert: None,
        };
    }
    if let Some(error) = report.downcast_ref::<IndexError>() {
        return Shown {
            kind: kind_of_index(error),
            message: one_line(&error.to_string()),
            revert: None,
        };
    }
    if let Some(error) = report.downcast_ref::<ServeError>() {
        return Shown {
            kind: kind_of_serve(error),
            message: one_line(&error.to_string()),
            revert: None,
        };
    }
    if let Some(error) = report.downcast_ref::<DecimalError>() {
        return Shown {
            kind: Kind::Input,
            message: one_line(&error.to_string()),
            revert: None,
        };
    }
    Shown {
        kind: Kind::Unforeseen,
        message: one_line(&format!("{report:#}")),
        revert: None,
    }
}

fn kind_of(error: &ChainError) -> Kind {
    match error {
        ChainError::Unreachable { .. }
        | ChainError::Rpc { .. }
        | ChainError::NoQuorum { .. }
        | ChainError::WrongChain { .. }
        | ChainError::OtherHistory { .. }
        | ChainError::NotMined { .. }
        | ChainError::InsufficientFunds { .. }
        | ChainError::FeeOverLimit { .. } => Kind::Chain,
        ChainError::Reverted { .. } => Kind::Refused,
        ChainError::AnvilMissing { .. }
        | ChainError::AnvilStart { .. }
        | ChainError::PortInUse { .. }
        | ChainError::Peer { .. } => Kind::Machine,
        ChainError::BadUrl { .. }
        | ChainError::NoCode { .. }
        | ChainError::DevKeyRefused { .. }
        | ChainError::Keystore { .. }
        | ChainError::Key { .. }
        | ChainError::Manifest { .. }
        | ChainError::UnknownToken { .. } => Kind::Input,
    }
}

fn kind_of_store(error: &StoreError) -> Kind {
    match error {
        StoreError::BadAddress { .. }
        | StoreError::BackupExists { .. }
        | StoreError::BackupElsewhere
        | StoreError::NotThere { .. } => Kind::Input,
        StoreError::NoStatement { .. } => Kind::Unforeseen,
        _ => Kind::Machine,
    }
}

fn kind_of_index(error: &IndexError) -> Kind {
    match error {
        IndexError::Chain(error) => kind_of(error),
        IndexError::Store(error) => kind_of_store(error),
        IndexError::UnknownProjection { .. } | IndexError::OtherDeployment { .. } => Kind::Input,
        IndexError::Stalled { .. }
        | IndexError::Contradiction { .. }
        | IndexError::LogsForgotten { .. } => Kind::Chain,
    }
}

const fn kind_of_serve(error: &ServeError) -> Kind {
    match error {
        ServeError::Bind { .. } => Kind::Machine,
        ServeError::Webhook { .. } => Kind::Input,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
