//! The signed record of a deployment, and the chain held against it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alloy::eips::BlockNumberOrTag;
use alloy::primitives::{Address, B256, Signature};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::error::{ChainError, one_line};

/// Version of the signed text; a change of its form raises it.
const SIGNED_TEXT_VERSION: u32 = 1;

/// One contract of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractRecord {
    /// Where it is.
    pub address: Address,
    /// Hash of its runtime code.
    pub code_hash: B256,
}

/// Who signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRecord {
    /// The deployer.
    pub signer: Address,
    /// Signature of [`Manifest::signed_text`] as an Ethereum message, hexadecimal.
    pub value: String,
}

/// A deployment: which chain, since which block, and where each contract is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// A name for people.
    pub name: String,
    /// Chain id.
    pub chain_id: u64,
    /// Where reading of logs starts: no later than the launchpad's creation.
    pub genesis_block: u64,
    /// Hash of that block; it tells chains of one id apart.
    pub genesis_hash: B256,
    /// Contracts by name.
    pub contracts: Contracts,
    /// Synthetics with their parts, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<BookRecord>,
    /// Absent until signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureRecord>,
}

/// The contracts of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contracts {
    /// Launches tokens.
    pub launchpad: ContractRecord,
    /// Holds the token's code.
    pub token_deployer: ContractRecord,
    /// What reserves are clones of.
    pub reserve_implementation: ContractRecord,
    /// What converters are clones of.
    pub converter_implementation: ContractRecord,
    /// What liquidity locks are clones of.
    pub lock_implementation: ContractRecord,
    /// Wrapped native currency.
    pub wrapped_native: ContractRecord,
    /// Factory of pools.
    pub factory: ContractRecord,
    /// Router over those pools; only traders need one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub router: Option<ContractRecord>,
}

impl Contracts {
    /// Every contract with its name, in a fixed order.
    pub fn all(&self) -> Vec<(&'static str, ContractRecord)> {
        let mut all = vec![
            ("launchpad", self.launchpad),
            ("token_deployer", self.token_deployer),
            ("reserve_implementation", self.reserve_implementation),
            ("converter_implementation", self.converter_implementation),
            ("lock_implementation", self.lock_implementation),
            ("wrapped_native", self.wrapped_native),
            ("factory", self.factory),
        ];
        all.extend(self.router.map(|router| ("router", router)));
        all
    }
}

/// A synthetic with its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookRecord {
    /// The synthetic's symbol.
    pub symbol: String,
    /// Where reading of its logs starts.
    pub first_block: u64,
    /// The book of its vaults, which is the synthetic itself.
    pub book: ContractRecord,
    /// Its prices.
    pub prices: ContractRecord,
    /// Who may change what about it.
    pub governor: ContractRecord,
    /// Exchanges it with a custody token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peg_module: Option<ContractRecord>,
    /// Moves its stability rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_controller: Option<ContractRecord>,
    /// Pays its losses before the holders do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backstop: Option<ContractRecord>,
    /// Sources of its prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ContractRecord>,
}

impl BookRecord {
    /// Every contract with its name, in a fixed order.
    pub fn all(&self) -> Vec<(String, ContractRecord)> {
        let parts = [
            ("book", Some(self.book)),
            ("prices", Some(self.prices)),
            ("governor", Some(self.governor)),
            ("peg_module", self.peg_module),
            ("rate_controller", self.rate_controller),
            ("backstop", self.backstop),
        ];
        let sources = self.sources.iter().enumerate();
        parts
            .into_iter()
            .filter_map(|(name, record)| Some((name.to_owned(), record?)))
            .chain(sources.map(|(index, record)| (format!("source_{index}"), *record)))
            .collect()
    }
}

/// One thing that [`Manifest::verify`] looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub subject: String,
    /// Whether the chain agrees.
    pub holds: bool,
    /// What the manifest says.
    pub expected: String,
    /// What the chain says.
    pub found: String,
}

impl Manifest {
    /// Reads and parses a manifest.
    ///
    /// # Errors
    /// [`ChainError::Manifest`] naming the file and the field.
    pub fn load(path: &Path) -> Result<Self, ChainError> {
        let fail = |detail: String| ChainError::Manifest {
            path: path.to_owned(),
            detail,
        };
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                fail("no such file; `ballast up` and `ballast deploy` write one, or name one with --manifest".to_owned())
            }
            _ => fail(error.to_string()),
        })?;
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let index = before.matches('\n').count();
            let line = text.lines().nth(index).unwrap_or_default();
            let number = index.saturating_add(1);
            fail(one_line(&format!(
                "line {number}, `{line}`: {}",
                error.message()
            )))
        })
    }

    /// Writes it, with the folder where there is none; the file is whole or absent, never cut.
    ///
    /// # Errors
    /// [`ChainError::Manifest`].
    pub fn save(&self, path: &Path) -> Result<(), ChainError> {
        let fail = |detail: String| ChainError::Manifest {
            path: path.to_owned(),
            detail,
        };
        let text = toml::to_string(self).map_err(|error| fail(error.to_string()))?;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".part");
        let partial = PathBuf::from(partial);
        std::fs::write(&partial, text).map_err(|error| fail(error.to_string()))?;
        std::fs::rename(&partial, path).map_err(|error| fail(error.to_string()))
    }

    /// The text that is signed: one line per fact, in a fixed order, so that the file may be laid out freely.
    pub fn signed_text(&self) -> String {
        let mut facts = BTreeMap::new();
        facts.insert("name".to_owned(), self.name.clone());
        facts.insert("chain_id".to_owned(), self.chain_id.to_string());
        facts.insert("genesis_block".to_owned(), self.genesis_block.to_string());
        facts.insert("genesis_hash".to_owned(), self.genesis_hash.to_string());
        for (name, record) in self.contracts.all() {
            facts.insert(
                format!("contracts.{name}.address"),
                record.address.to_string(),
            );
            facts.insert(
                format!("contracts.{name}.code_hash"),
                record.code_hash.to_string(),
            );
        }
        for (index, book) in self.books.iter().enumerate() {
            let mut fact = |name: &str, value: String| {
                facts.insert(format!("books.{index}.{name}"), value);
            };
            fact("symbol", book.symbol.clone());
            fact("first_block", book.first_block.to_string());
            for (name, record) in book.all() {
                fact(&format!("{name}.address"), record.address.to_string());
                fact(&format!("{name}.code_hash"), record.code_hash.to_string());
            }
        }
        let mut text = format!("Ballast deployment manifest, version {SIGNED_TEXT_VERSION}\n");
        for (key, value) in facts {
            // Writing to a string cannot fail; the value is quoted so that no name can imitate a further line.
            let _ = writeln!(text, "{key} = {value:?}");
        }
        text
    }

    /// Signs it with the deployer's key.
    ///
    /// # Errors
    /// [`ChainError::Key`].
    pub fn sign(&mut self, signer: &PrivateKeySigner) -> Result<(), ChainError> {
        let signature = signer
            .sign_message_sync(self.signed_text().as_bytes())
            .map_err(|error| ChainError::Key {
                detail: error.to_string(),
            })?;
        self.signature = Some(SignatureRecord {
            signer: signer.address(),
            value: signature.to_string(),
        });
        Ok(())
    }

    /// The account whose key signed exactly this content; none where the signature is absent or of other content.
    pub fn recovered_signer(&self) -> Option<Address> {
        let record = self.signature.as_ref()?;
        let signature: Signature = record.value.parse().ok()?;
        signature
            .recover_address_from_msg(self.signed_text().as_bytes())
            .ok()
    }

    /// Fails unless the endpoint's chain is this manifest's, by id and by history.
    ///
    /// A node that no longer has the first block is believed on its id alone.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`], [`ChainError::OtherHistory`], [`ChainError::Rpc`].
    pub async fn expect_chain(&self, endpoint: &Endpoint) -> Result<(), ChainError> {
        endpoint.expect_chain(self.chain_id)?;
        let tip = endpoint.tip().await?;
        let first = endpoint
            .block(BlockNumberOrTag::Number(self.genesis_block))
            .await?;
        let actual = match first {
            Some(block) if block.hash == self.genesis_hash => return Ok(()),
            None if tip.number >= self.genesis_block => return Ok(()),
            Some(block) => block.hash.to_string(),
            None => "none".to_owned(),
        };
        Err(ChainError::OtherHistory {
            block: self.genesis_block,
            actual,
            expected: self.genesis_hash,
        })
    }

    /// Holds the chain against the manifest: signature, chain id, first block, and every contract's code.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] where something cannot be read; what reads but differs is a check that does not hold.
    pub async fn verify(
        &self,
        endpoint: &Endpoint,
        expected_signer: Option<Address>,
    ) -> Result<Vec<Check>, ChainError> {
        let mut checks = vec![self.check_signature(expected_signer)];
        checks.push(check(
            "chain_id",
            self.chain_id.to_string(),
            endpoint.chain_id().to_string(),
        ));
        let first = endpoint
            .block(BlockNumberOrTag::Number(self.genesis_block))
            .await?;
        let found = first.map_or_else(|| "none".to_owned(), |block| block.hash.to_string());
        checks.push(check("genesis_hash", self.genesis_hash.to_string(), found));
        for (name, record) in self.contracts.all() {
            checks.push(check_code(endpoint, name, record).await?);
        }
        for book in &self.books {
            for (name, record) in book.all() {
                let name = format!("{} {}", book.symbol, name.replace('_', " "));
                checks.push(check_code(endpoint, &name, record).await?);
            }
        }
        Ok(checks)
    }

    fn check_signature(&self, expected_signer: Option<Address>) -> Check {
        let claimed = self.signature.as_ref().map(|record| record.signer);
        let expected = expected_signer
            .or(claimed)
            .map_or_else(|| "a signature".to_owned(), |signer| signer.to_string());
        let found = match (&self.signature, self.recovered_signer()) {
            (None, _) => "none".to_owned(),
            (Some(_), None) => "a broken signature".to_owned(),
            (Some(record), Some(signer)) if signer != record.signer => {
                "a signature of other content".to_owned()
            }
            (Some(_), Some(signer)) => signer.to_string(),
        };
        check("signature", expected, found)
    }
}

async fn check_code(
    endpoint: &Endpoint,
    name: &str,
    record: ContractRecord,
) -> Result<Check, ChainError> {
    let found = match endpoint.code_hash(name, record.address).await {
        Ok(hash) => hash.to_string(),
        Err(ChainError::NoCode { .. }) => "no contract".to_owned(),
        Err(error) => return Err(error),
    };
    let subject = format!("{name} {}", record.address);
    Ok(check(&subject, record.code_hash.to_string(), found))
}

fn check(subject: &str, expected: String, found: String) -> Check {
    Check {
        subject: subject.to_owned(),
        holds: expected == found,
        expected,
        found,
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};

    use super::{BookRecord, ContractRecord, Contracts, Manifest};
    use crate::keys::dev_account;

    fn sample() -> Manifest {
        let record = |byte| ContractRecord {
            address: Address::repeat_byte(byte),
            code_hash: B256::repeat_byte(byte),
        };
        Manifest {
            name: "sample".into(),
            chain_id: 31_337,
            genesis_block: 7,
            genesis_hash: B256::repeat_byte(9),
            contracts: Contracts {
                launchpad: record(1),
                token_deployer: record(2),
                reserve_implementation: record(3),
                converter_implementation: record(4),
                lock_implementation: record(5),
                wrapped_native: record(6),
                factory: record(7),
                router: Some(record(8)),
            },
            books: vec![BookRecord {
                symbol: "SYN".into(),
                first_block: 8,
                book: record(9),
                prices: record(10),
                governor: record(11),
                peg_module: Some(record(12)),
                rate_controller: None,
                backstop: Some(record(13)),
                sources: vec![record(14), record(15)],
            }],
            signature: None,
        }
    }

    #[test]
    fn a_signature_covers_every_fact() {
        let key = dev_account(0, 31_337).expect("key");
        let mut signed = sample();
        signed.sign(&key).expect("signs");
        assert_eq!(signed.recovered_signer(), Some(key.address()));
        let edits: [fn(&mut Manifest); 11] = [
            |m| m.name.push('x'),
            |m| m.chain_id += 1,
            |m| m.genesis_block += 1,
            |m| m.genesis_hash = B256::ZERO,
            |m| m.contracts.factory.address = Address::ZERO,
            |m| m.contracts.router = None,
            |m| m.books.clear(),
            |m| m.books[0].symbol.push('x'),
            |m| m.books[0].book.address = Address::ZERO,
            |m| m.books[0].peg_module = None,
            |m| m.books[0].sources.truncate(1),
        ];
        for edit in edits {
            let mut other = signed.clone();
            edit(&mut other);
            assert_ne!(other.recovered_signer(), Some(key.address()));
        }
    }

    #[test]
    fn a_manifest_survives_its_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("deep").join("m.toml");
        let mut manifest = sample();
        manifest
            .sign(&dev_account(1, 31_337).expect("key"))
            .expect("signs");
        manifest.save(&path).expect("saves");
        assert_eq!(Manifest::load(&path).expect("loads"), manifest);
    }

    #[test]
    fn a_missing_or_odd_file_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("m.toml");
        assert!(
            Manifest::load(&path)
                .unwrap_err()
                .to_string()
                .contains("no such file")
        );
        std::fs::write(&path, "name = 1").expect("writes");
        let error = Manifest::load(&path).unwrap_err().to_string();
        assert!(error.contains("name") && !error.contains('\n'), "{error}");
    }
}
