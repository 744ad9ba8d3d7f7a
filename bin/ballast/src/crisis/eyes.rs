//! What actors see of the chain, read once a block.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::{Erc20, Pair};

use super::pool::Pool;
use super::stage::{MAKERS, REDEEMERS, Stage};
use super::world::whole;
use crate::market::{Node, Read};

/// What an account holds, base units.
#[derive(Clone, Debug, Default)]
pub struct Purse {
    /// Its account.
    pub account: Address,
    /// Synthetic.
    pub synthetic: U256,
    /// Collateral, by market.
    pub collateral: Vec<U256>,
}

/// What is seen.
#[derive(Clone, Debug, Default)]
pub struct Sights {
    /// Pools by market.
    pub pools: Vec<Pool>,
    /// Market makers.
    pub makers: Vec<Purse>,
    /// Redeemers.
    pub redeemers: Vec<Purse>,
    /// The keeper.
    pub keeper: Purse,
    /// All other holders of the synthetic.
    pub holders: Purse,
    /// Who mints what is dear.
    pub minter: Purse,
    /// What the first market maker has of each pool's shares, base units.
    pub shares: Vec<U256>,
    /// Synthetic that the backstop holds.
    pub backstop: U256,
    /// Synthetic in existence.
    pub supply: U256,
    /// Debt of all markets rounded down, deficit, the peg module's ledger.
    pub totals: [U256; 3],
}

fn balance(token: Address, account: Address) -> Read {
    (token, Erc20::balanceOfCall { account }.abi_encode())
}

/// Answers, one after the other.
struct Answers<'a>(std::slice::Iter<'a, Bytes>);

impl Answers<'_> {
    fn word(&mut self) -> eyre::Result<U256> {
        let answer = self
            .0
            .next()
            .ok_or_else(|| eyre::eyre!("an answer is missing"))?;
        Ok(Erc20::balanceOfCall::abi_decode_returns(answer)?)
    }

    fn pool(&mut self, first: bool) -> eyre::Result<Pool> {
        let answer = self
            .0
            .next()
            .ok_or_else(|| eyre::eyre!("an answer is missing"))?;
        let reserves = Pair::getReservesCall::abi_decode_returns(answer)?;
        let (one, other) = (
            whole(U256::from(reserves.reserve0)),
            whole(U256::from(reserves.reserve1)),
        );
        let (collateral, synthetic) = if first { (one, other) } else { (other, one) };
        Ok(Pool {
            collateral,
            synthetic,
        })
    }

    fn purse(&mut self, account: Address, markets: usize) -> eyre::Result<Purse> {
        let synthetic = self.word()?;
        let collateral = (0..markets)
            .map(|_| self.word())
            .collect::<eyre::Result<_>>()?;
        Ok(Purse {
            account,
            synthetic,
            collateral,
        })
    }
}

/// Everybody with a purse that is looked into.
fn accounts(stage: &Stage) -> Vec<Address> {
    let makers = (0..MAKERS).map(|index| stage.account("maker", index));
    let redeemers = (0..REDEEMERS).map(|index| stage.account("redeemer", index));
    let others = ["keeper", "treasury", "minter"].map(|part| stage.account(part, 0));
    makers.chain(redeemers).chain(others).collect()
}

/// Looks at the newest block.
///
/// # Errors
/// Where the chain does not answer.
pub async fn look(node: &Node, stage: &Stage) -> eyre::Result<Sights> {
    let (book, markets) = (stage.book(), stage.collaterals.len());
    let accounts = accounts(stage);
    let mut reads: Vec<Read> = Vec::new();
    for one in &stage.collaterals {
        reads.push((one.pair, Pair::getReservesCall {}.abi_encode()));
        reads.push(balance(one.pair, stage.account("maker", 0)));
    }
    for account in &accounts {
        reads.push(balance(book, *account));
        for one in &stage.collaterals {
            reads.push(balance(one.token, *account));
        }
    }
    reads.push(balance(book, stage.backstop()));
    reads.push((book, Erc20::totalSupplyCall {}.abi_encode()));
    reads.push((book, VaultBook::totalsCall {}.abi_encode()));
    let answers = node.read(&reads).await?;
    let totals = answers.last().cloned().unwrap_or_default();
    let totals = VaultBook::totalsCall::abi_decode_returns(&totals)?;
    let mut rest = Answers(answers.iter());
    let mut sights = Sights {
        totals: [totals.debt, totals.deficit, totals.pegLedger],
        ..Sights::default()
    };
    for one in &stage.collaterals {
        sights.pools.push(rest.pool(one.first)?);
        sights.shares.push(rest.word()?);
    }
    for (index, account) in accounts.iter().enumerate() {
        let purse = rest.purse(*account, markets)?;
        if index < MAKERS {
            sights.makers.push(purse);
        } else if index < MAKERS + REDEEMERS {
            sights.redeemers.push(purse);
        } else if index == MAKERS + REDEEMERS {
            sights.keeper = purse;
        } else if index == MAKERS + REDEEMERS + 1 {
            sights.holders = purse;
        } else {
            sights.minter = purse;
        }
    }
    sights.backstop = rest.word()?;
    sights.supply = rest.word()?;
    Ok(sights)
}
