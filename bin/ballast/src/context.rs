//! What a command works with: settings, output, and, as it asks for them, endpoint, manifest, key and token.

use std::io::{BufRead, IsTerminal, Write};

use alloy::eips::BlockId;
use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use ballast_bindings::peers::Erc20;
use ballast_chain::accrual::{self, LoanState, TokenRef, TokenState};
use ballast_chain::logs::LogReader;
use ballast_chain::{BlockRef, ChainError, Endpoint, LOCAL_CHAIN_ID, Manifest, Sender, keys};
use ballast_types::LoanId;

use crate::cli::Global;
use crate::config::{Secret, Settings};
use crate::fail::{Kind, input, of_kind};
use crate::output::Output;

const GWEI: u128 = 1_000_000_000;

/// The settings and the output of this run.
#[derive(Clone, Debug)]
pub struct Context {
    /// What is in force.
    pub settings: Settings,
    /// Where results go.
    pub out: Output,
    /// Whether to ask before sending on a real network.
    pub ask: bool,
    /// Whether to stop before sending.
    pub dry_run: bool,
}

/// A connected deployment at one block.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The endpoint, of the manifest's chain.
    pub endpoint: Endpoint,
    /// The manifest.
    pub manifest: Manifest,
    /// The newest block when the command began; everything is read there.
    pub block: BlockRef,
}

impl Context {
    /// From the flags of this run.
    pub fn new(flags: &Global, settings: Settings) -> Self {
        Self {
            settings,
            out: Output::new(flags.json),
            ask: !flags.yes,
            dry_run: flags.dry_run,
        }
    }

    /// Connects to the endpoint in force.
    ///
    /// # Errors
    /// Where nothing answers there.
    pub async fn endpoint(&self) -> eyre::Result<Endpoint> {
        Ok(Endpoint::connect(&self.settings.rpc.value).await?)
    }

    /// Reads the manifest, connects, and holds the two against each other.
    ///
    /// # Errors
    /// No manifest, no endpoint, or another chain than the manifest's.
    pub async fn deployment(&self) -> eyre::Result<Deployment> {
        let manifest = Manifest::load(&self.settings.manifest.value)?;
        let endpoint = self.endpoint().await?;
        manifest.expect_chain(&endpoint).await?;
        let block = endpoint.tip().await?;
        Ok(Deployment {
            endpoint,
            manifest,
            block,
        })
    }

    /// The key in force for this chain.
    ///
    /// # Errors
    /// None or two are named, it does not open, or it is a development key on a real network.
    pub fn key(&self, chain_id: u64) -> eyre::Result<PrivateKeySigner> {
        match (
            &self.settings.keystore.value,
            self.settings.dev_account.value,
        ) {
            (Some(_), Some(_)) => Err(input(format!(
                "keystore and dev_account are both set ({} and {}); name one key",
                self.settings.keystore.origin, self.settings.dev_account.origin
            ))),
            (None, Some(index)) => Ok(keys::dev_account(index, chain_id)?),
            (Some(path), None) => Ok(keys::open_keystore(path, self.password(false)?.reveal())?),
            (None, None) => Err(input(
                "keystore: no key to sign with; name one with --keystore, or --dev-account on a local chain",
            )),
        }
    }

    /// The keystore's password: from the file, the environment, or the terminal; asked twice for a new one.
    ///
    /// # Errors
    /// The file cannot be read, or there is no terminal to ask.
    pub fn password(&self, new: bool) -> eyre::Result<Secret> {
        if let Some(path) = &self.settings.password_file.value {
            let text = std::fs::read_to_string(path)
                .map_err(|error| input(format!("password_file: {}: {error}", path.display())))?;
            return Ok(Secret::new(
                text.lines().next().unwrap_or_default().to_owned(),
            ));
        }
        if let Some(secret) = &self.settings.password.value {
            return Ok(secret.clone());
        }
        if !std::io::stdin().is_terminal() {
            return Err(input(
                "password: none given; name a file with --password-file or set BALLAST_PASSWORD",
            ));
        }
        let password = rpassword::prompt_password("Password: ")?;
        if new && rpassword::prompt_password("Again: ")? != password {
            return Err(input("password: the two differ"));
        }
        Ok(Secret::new(password))
    }

    /// Asks before sending on a real network, where that is wanted.
    ///
    /// # Errors
    /// The operator declines, or there is nobody to ask.
    pub fn confirm(&self, chain_id: u64) -> eyre::Result<()> {
        if !self.ask || chain_id == LOCAL_CHAIN_ID {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(input(format!(
                "yes: chain {chain_id} is a real network; give --yes to send without being asked"
            )));
        }
        let mut prompt = std::io::stderr();
        write!(prompt, "Send on chain {chain_id}? [y/N] ")?;
        prompt.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if answer.trim().eq_ignore_ascii_case("y") {
            return Ok(());
        }
        Err(input("declined; nothing was sent"))
    }

    /// A sender of the key in force.
    ///
    /// # Errors
    /// As [`Context::key`].
    pub fn sender(&self, endpoint: &Endpoint) -> eyre::Result<Sender> {
        let key = self.key(endpoint.chain_id())?;
        Ok(Sender::new(endpoint.clone(), key, self.max_fee_wei()))
    }

    /// The most wei per gas in force.
    pub fn max_fee_wei(&self) -> Option<u128> {
        self.settings
            .max_fee_gwei
            .value
            .map(|gwei| u128::from(gwei).saturating_mul(GWEI))
    }

    /// A reader of logs with the span in force.
    pub fn log_reader(&self, endpoint: &Endpoint) -> LogReader {
        LogReader::new(endpoint.clone(), self.settings.log_span.value)
    }

    /// Identifiers of every loan a token ever opened, oldest first.
    ///
    /// # Errors
    /// Where the logs cannot be read.
    pub async fn loan_ids(
        &self,
        deployment: &Deployment,
        parts: &TokenRef,
    ) -> eyre::Result<Vec<LoanId>> {
        let reader = self.log_reader(&deployment.endpoint);
        let from = self.launch_block(deployment, &reader, parts.token).await?;
        let bar = self.out.bar("loans", 0);
        let ids = accrual::loan_ids(
            &reader,
            parts.reserve,
            from,
            &deployment.block,
            |done, all| {
                bar.set_length(all);
                bar.set_position(done);
            },
        )
        .await;
        bar.finish_and_clear();
        Ok(ids?)
    }

    /// The block that launched `token`.
    ///
    /// # Errors
    /// Where the logs cannot be read.
    pub async fn launch_block(
        &self,
        deployment: &Deployment,
        reader: &LogReader,
        token: Address,
    ) -> eyre::Result<u64> {
        let bar = self.out.bar("launch", 0);
        let block = accrual::launch_block(
            reader,
            &deployment.manifest,
            token,
            &deployment.block,
            |done, all| {
                bar.set_length(all);
                bar.set_position(done);
            },
        )
        .await;
        bar.finish_and_clear();
        Ok(block?)
    }

    /// The open loan that `text` names by number or identifier.
    ///
    /// # Errors
    /// Not a number, or no loan of it is open.
    pub async fn loan(
        &self,
        deployment: &Deployment,
        parts: &TokenRef,
        text: &str,
    ) -> eyre::Result<LoanState> {
        let word = ballast_types::decimal::parse("loan", text.trim(), 0)?;
        let closed = || {
            of_kind(
                Kind::Refused,
                format!("loan: {text} is not open; `ballast loans` lists those that are"),
            )
        };
        let id = if word <= U256::from(u32::MAX) {
            let ids = self.loan_ids(deployment, parts).await?;
            let number = u128::try_from(word).unwrap_or(u128::MAX);
            ids.into_iter()
                .find(|id| id.sequence() == number)
                .ok_or_else(closed)?
        } else {
            LoanId::from_word(word)
        };
        accrual::loan(&deployment.endpoint, parts.reserve, id, &deployment.block)
            .await?
            .ok_or_else(closed)
    }
}

impl Deployment {
    /// The token that `text` names by address or symbol.
    ///
    /// # Errors
    /// Not launched here, or a symbol that several tokens have.
    pub async fn token(&self, text: &str) -> eyre::Result<TokenRef> {
        if text.starts_with("0x") {
            let address = crate::units::parse_address("token", text)?;
            return Ok(accrual::find(&self.endpoint, &self.manifest, &self.block, address).await?);
        }
        let mut found = Vec::new();
        for parts in accrual::tokens(&self.endpoint, &self.manifest, &self.block).await? {
            let (symbol, _) =
                accrual::describe_asset(&self.endpoint, self.at(), parts.token).await?;
            if symbol == text {
                found.push(parts);
            }
        }
        match found[..] {
            [parts] => Ok(parts),
            [] => Err(input(format!(
                "token: `{text}` is neither an address nor the symbol of a token launched here; `ballast tokens` lists them"
            ))),
            _ => Err(input(format!(
                "token: {} tokens have the symbol `{text}`; name one by its address",
                found.len()
            ))),
        }
    }

    /// The state of the token that `text` names.
    ///
    /// # Errors
    /// As [`Deployment::token`], or where it cannot be read.
    pub async fn state(&self, text: &str) -> eyre::Result<TokenState> {
        let parts = self.token(text).await?;
        Ok(accrual::state(&self.endpoint, parts, self.block).await?)
    }

    /// The block as reads take it.
    pub fn at(&self) -> BlockId {
        ballast_chain::endpoint::at(&self.block)
    }

    /// Whether `asset` is wrapped native currency.
    pub fn is_wrapped_native(&self, asset: Address) -> bool {
        self.manifest.contracts.wrapped_native.address == asset
    }

    /// Base units of `asset` that `account` has.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn balance(&self, asset: Address, account: Address) -> eyre::Result<U256> {
        let erc20 = Erc20::new(asset, self.endpoint.provider());
        let balance = erc20.balanceOf(account).block(self.at()).call().await;
        Ok(balance.map_err(|error| ChainError::from_call("balance", &error))?)
    }

    /// Base units of `asset` that `spender` may take from `owner`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn allowance(
        &self,
        asset: Address,
        owner: Address,
        spender: Address,
    ) -> eyre::Result<U256> {
        let erc20 = Erc20::new(asset, self.endpoint.provider());
        let allowance = erc20
            .allowance(owner, spender)
            .block(self.at())
            .call()
            .await;
        Ok(allowance.map_err(|error| ChainError::from_call("allowance", &error))?)
    }
}
