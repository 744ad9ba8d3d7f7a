//! An EVM inside this process, for tests and for simulation before sending.
//!
//! It holds its whole state in memory, mines nothing and charges no fees: a call is executed as the account
//! that is named, at the time that was set, and its gas is what a transaction would have paid.

use alloy::primitives::{Address, Bytes, Log, TxKind, U256};
use revm::context::result::{ExecutionResult, Output};
use revm::context::{Context, TxEnv};
use revm::database::InMemoryDB;
use revm::handler::{MainBuilder, MainContext, MainnetContext, MainnetEvm};
use revm::primitives::hardfork::SpecId;
use revm::{ExecuteCommitEvm, ExecuteEvm};
use thiserror::Error;

/// What every call may spend: far above a block, so that only a loop without end reaches it.
const GAS_LIMIT: u64 = 1_000_000_000;

/// Why a call did not succeed.
#[derive(Debug, Error)]
pub enum EvmError {
    /// The contract refused; `data` is what `ballast_bindings::decode_revert` reads.
    #[error("the call was reverted with {data}")]
    Reverted {
        /// The selector and the values of the custom error.
        data: Bytes,
    },
    /// The call ran into a limit of the machine: gas, stack, an invalid instruction.
    #[error("the call was halted: {reason}")]
    Halted {
        /// The machine's own word for it.
        reason: String,
    },
    /// The transaction was not fit to be executed at all.
    #[error("the call could not be executed: {reason}")]
    Unfit {
        /// What was wrong with it.
        reason: String,
    },
}

/// What a call that succeeded did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// What it returned.
    pub output: Bytes,
    /// What it logged, in order.
    pub logs: Vec<Log>,
    /// What it cost, net of refunds.
    pub gas_used: u64,
    /// The address that a deployment created.
    pub created: Option<Address>,
}

/// A chain of one's own.
pub struct Evm {
    inner: MainnetEvm<MainnetContext<InMemoryDB>>,
}

impl Evm {
    /// An empty chain whose clock shows `timestamp` (unix seconds), under the rules that the contracts are
    /// compiled for.
    #[must_use]
    pub fn new(timestamp: u64) -> Self {
        let context = Context::mainnet()
            .with_db(InMemoryDB::default())
            .modify_cfg_chained(|cfg| {
                cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN);
                cfg.disable_nonce_check = true;
                cfg.disable_eip3607 = true;
                cfg.tx_gas_limit_cap = Some(u64::MAX);
            })
            .modify_block_chained(|block| {
                block.timestamp = U256::from(timestamp);
                block.gas_limit = u64::MAX;
            });
        Self {
            inner: context.build_mainnet(),
        }
    }

    /// Sets the clock to `timestamp` (unix seconds).
    pub fn set_time(&mut self, timestamp: u64) {
        self.inner
            .ctx
            .modify_block(|block| block.timestamp = U256::from(timestamp));
    }

    /// Gives `account` `amount` of the native currency.
    pub fn fund(&mut self, account: Address, amount: U256) {
        let cache = &mut self.inner.ctx.journaled_state.database.cache;
        cache.accounts.entry(account).or_default().info.balance = amount;
    }

    /// Deploys `code`, constructor arguments included, as `from`.
    ///
    /// # Errors
    /// As [`Evm::send`].
    pub fn deploy(&mut self, from: Address, code: Bytes) -> Result<Address, EvmError> {
        let executed = self.execute(from, TxKind::Create, code, U256::ZERO)?;
        executed.created.ok_or_else(|| EvmError::Unfit {
            reason: "a deployment without an address".to_owned(),
        })
    }

    /// Calls `to` as `from` and keeps what it did.
    ///
    /// # Errors
    /// [`EvmError::Reverted`] when the contract refused, [`EvmError::Halted`] when it ran into a limit; nothing
    /// has changed then.
    pub fn send(&mut self, from: Address, to: Address, data: Bytes) -> Result<Executed, EvmError> {
        self.execute(from, TxKind::Call(to), data, U256::ZERO)
    }

    /// As [`Evm::send`], with `value` of the native currency.
    ///
    /// # Errors
    /// As [`Evm::send`].
    pub fn send_value(
        &mut self,
        from: Address,
        to: Address,
        data: Bytes,
        value: U256,
    ) -> Result<Executed, EvmError> {
        self.execute(from, TxKind::Call(to), data, value)
    }

    /// Calls `to` as `from` and keeps nothing.
    ///
    /// # Errors
    /// As [`Evm::send`].
    pub fn view(&mut self, from: Address, to: Address, data: Bytes) -> Result<Bytes, EvmError> {
        let outcome = self
            .inner
            .transact(transaction(from, TxKind::Call(to), data, U256::ZERO));
        finish(outcome.map(|done| done.result)).map(|executed| executed.output)
    }

    fn execute(
        &mut self,
        from: Address,
        kind: TxKind,
        data: Bytes,
        value: U256,
    ) -> Result<Executed, EvmError> {
        finish(
            self.inner
                .transact_commit(transaction(from, kind, data, value)),
        )
    }
}

fn transaction(from: Address, kind: TxKind, data: Bytes, value: U256) -> TxEnv {
    TxEnv {
        caller: from,
        kind,
        data,
        value,
        gas_limit: GAS_LIMIT,
        gas_price: 0,
        ..TxEnv::default()
    }
}

fn finish<E: std::fmt::Display>(outcome: Result<ExecutionResult, E>) -> Result<Executed, EvmError> {
    match outcome.map_err(|error| EvmError::Unfit {
        reason: error.to_string(),
    })? {
        ExecutionResult::Success {
            gas, logs, output, ..
        } => {
            let created = match &output {
                Output::Create(_, created) => *created,
                Output::Call(_) => None,
            };
            Ok(Executed {
                output: output.into_data(),
                logs,
                gas_used: gas.tx_gas_used(),
                created,
            })
        }
        ExecutionResult::Revert { output, .. } => Err(EvmError::Reverted { data: output }),
        ExecutionResult::Halt { reason, .. } => Err(EvmError::Halted {
            reason: format!("{reason:?}"),
        }),
    }
}
