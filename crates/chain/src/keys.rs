//! Keys: encrypted keystores, and the public development accounts on the local chain only.

use std::path::{Path, PathBuf};

use alloy::primitives::Address;
use alloy::signers::k256::ecdsa::SigningKey;
use alloy::signers::k256::elliptic_curve::rand_core::OsRng;
use alloy::signers::local::coins_bip39::English;
use alloy::signers::local::{LocalSigner, MnemonicBuilder, PrivateKeySigner};

use crate::LOCAL_CHAIN_ID;
use crate::error::ChainError;

/// The phrase whose accounts every local development chain funds. It is public: never use it elsewhere.
const DEV_PHRASE: &str = "test test test test test test test test test test test junk";

/// The development account at `index`, refused anywhere but on the local chain.
///
/// # Errors
/// [`ChainError::DevKeyRefused`], [`ChainError::Key`].
pub fn dev_account(index: u32, chain_id: u64) -> Result<PrivateKeySigner, ChainError> {
    if chain_id != LOCAL_CHAIN_ID {
        return Err(ChainError::DevKeyRefused { chain_id });
    }
    MnemonicBuilder::<English>::default()
        .phrase(DEV_PHRASE)
        .index(index)
        .and_then(|builder| builder.build())
        .map_err(|error| ChainError::Key {
            detail: format!("dev_account {index}: {error}"),
        })
}

/// Decrypts the key in `path`.
///
/// # Errors
/// [`ChainError::Keystore`]: unreadable, not a keystore, or the wrong password.
pub fn open_keystore(path: &Path, password: &str) -> Result<PrivateKeySigner, ChainError> {
    let fail = |detail: String| ChainError::Keystore {
        path: path.to_owned(),
        detail,
    };
    if !path.is_file() {
        return Err(fail("no such file".to_owned()));
    }
    PrivateKeySigner::decrypt_keystore(path, password).map_err(|error| {
        let text = error.to_string();
        if text.to_lowercase().contains("mac") {
            return fail("the password is wrong".to_owned());
        }
        fail(crate::error::one_line(&text))
    })
}

/// Encrypts a new random key into `path`, which must not exist, and gives its address.
///
/// # Errors
/// [`ChainError::Keystore`].
pub fn new_keystore(path: &Path, password: &str) -> Result<Address, ChainError> {
    store(path, |folder, name| {
        LocalSigner::new_keystore(folder, &mut OsRng, password, Some(name))
            .map(|(signer, _)| signer)
    })
}

/// Encrypts `private_key` (hexadecimal) into `path`, which must not exist, and gives its address.
///
/// # Errors
/// [`ChainError::Keystore`], [`ChainError::Key`].
pub fn import_keystore(
    path: &Path,
    private_key: &str,
    password: &str,
) -> Result<Address, ChainError> {
    let signer: PrivateKeySigner = private_key.trim().parse().map_err(|_| ChainError::Key {
        detail: "a private key is 64 hexadecimal digits".to_owned(),
    })?;
    let secret = signer.to_bytes();
    store(path, |folder, name| {
        LocalSigner::encrypt_keystore(folder, &mut OsRng, secret, password, Some(name))
            .map(|(signer, _)| signer)
    })
}

fn store<F>(path: &Path, write: F) -> Result<Address, ChainError>
where
    F: FnOnce(
        PathBuf,
        &str,
    ) -> Result<LocalSigner<SigningKey>, alloy::signers::local::LocalSignerError>,
{
    let fail = |detail: String| ChainError::Keystore {
        path: path.to_owned(),
        detail,
    };
    if path.exists() {
        return Err(fail("exists already and is not overwritten".to_owned()));
    }
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| fail("no file name".to_owned()))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&folder).map_err(|error| fail(error.to_string()))?;
    let signer = write(folder, name).map_err(|error| fail(error.to_string()))?;
    owner_only(path).map_err(|error| fail(error.to_string()))?;
    Ok(signer.address())
}

/// Lets nobody but the owner read the file, where the system has such permissions.
fn owner_only(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{dev_account, import_keystore, new_keystore, open_keystore};

    #[test]
    fn development_keys_stay_on_the_local_chain() {
        let key = dev_account(0, 31_337).expect("local");
        assert_eq!(
            key.address().to_string(),
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        );
        let error = dev_account(0, 1).unwrap_err();
        assert!(error.to_string().contains("not on chain 1"), "{error}");
    }

    #[test]
    fn a_keystore_opens_with_its_password_only_and_is_never_overwritten() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("keys").join("one.json");
        let address = new_keystore(&path, "correct").expect("new");
        assert_eq!(
            open_keystore(&path, "correct").expect("opens").address(),
            address
        );
        let wrong = open_keystore(&path, "wrong").unwrap_err();
        assert!(
            wrong.to_string().ends_with("the password is wrong"),
            "{wrong}"
        );
        let again = new_keystore(&path, "correct").unwrap_err();
        assert!(again.to_string().contains("exists already"), "{again}");
    }

    #[test]
    fn an_imported_key_keeps_its_address() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("two.json");
        let key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        let address = import_keystore(&path, key, "x").expect("import");
        assert_eq!(
            address.to_string(),
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        );
        assert!(import_keystore(&folder.path().join("three.json"), "0x12", "x").is_err());
    }
}
