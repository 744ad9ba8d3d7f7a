//! `ballast keys`: encrypted keystores.

use std::io::Read;

use alloy::primitives::Address;
use ballast_chain::{LOCAL_CHAIN_ID, keys};
use serde::Serialize;

use crate::cli::KeysCommand;
use crate::context::Context;
use crate::output::{Lines, Report};

#[derive(Serialize)]
struct KeyReport {
    address: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    keystore: Option<String>,
}

impl Report for KeyReport {
    fn human(&self) -> String {
        let mut lines = Lines::new();
        lines
            .add("address", self.address)
            .add_some("keystore", self.keystore.as_ref());
        lines.text()
    }
}

/// Makes, imports or names a key.
///
/// # Errors
/// The file exists already or cannot be written, the key does not parse, or no key is in force.
pub async fn run(ctx: &Context, command: &KeysCommand) -> eyre::Result<()> {
    let (address, file) = match command {
        KeysCommand::New { file } => {
            let password = ctx.password(true)?;
            (keys::new_keystore(file, password.reveal())?, Some(file))
        }
        KeysCommand::Import { file } => {
            let mut key = String::new();
            std::io::stdin().read_to_string(&mut key)?;
            let password = ctx.password(true)?;
            (
                keys::import_keystore(file, &key, password.reveal())?,
                Some(file),
            )
        }
        // A development account needs no chain to have an address.
        KeysCommand::Address => (
            ctx.key(LOCAL_CHAIN_ID)?.address(),
            ctx.settings.keystore.value.as_ref(),
        ),
    };
    ctx.out.result(&KeyReport {
        address,
        keystore: file.map(|file| file.display().to_string()),
    })
}
