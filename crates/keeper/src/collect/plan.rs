//! What never changes of a book, found out once.

use alloy::primitives::{Address, U256};
use ballast_bindings::peers::{Erc20, Pair, PairFactory};
use ballast_chain::{BlockRef, BookRecord};

use crate::config::{BookConfig, ConfigError, NativePrice};
use crate::error::KeeperError;
use crate::mirror::BookMirror;
use crate::reader::Reader;

/// What a Uniswap V2 pair keeps, basis points.
const USUAL_FEE_BPS: u16 = 30;

/// One pair of a way, and in which direction it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairPlan {
    /// The pair.
    pub address: Address,
    /// Whether its first token is the one that is sold.
    pub sells_first: bool,
    /// What it keeps, basis points.
    pub fee_bps: u16,
}

/// What never changes of a market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketPlan {
    /// Base units of one whole of its collateral.
    pub unit: U256,
    /// The way from the collateral to the synthetic; empty where none is known.
    pub pairs: Vec<PairPlan>,
}

/// What never changes of a book.
#[derive(Clone, Debug)]
pub struct BookPlan {
    record: BookRecord,
    config: BookConfig,
    factory: Address,
    wrapped_native: Address,
    markets: Vec<MarketPlan>,
    native_market: Option<u64>,
}

impl BookPlan {
    /// Of a book of the manifest, with the deployment's factory of pools and its wrapped native currency.
    pub fn new(
        record: BookRecord,
        config: BookConfig,
        factory: Address,
        wrapped_native: Address,
    ) -> Self {
        Self {
            record,
            config,
            factory,
            wrapped_native,
            markets: Vec::new(),
            native_market: None,
        }
    }

    /// The book.
    pub fn address(&self) -> Address {
        self.record.book.address
    }

    /// Its symbol.
    pub fn symbol(&self) -> &str {
        &self.record.symbol
    }

    /// Where its logs begin.
    pub fn first_block(&self) -> u64 {
        self.record.first_block
    }

    /// Its prices.
    pub fn prices(&self) -> Address {
        self.record.prices.address
    }

    /// Its backstop.
    pub fn backstop(&self) -> Option<Address> {
        self.record.backstop.map(|record| record.address)
    }

    /// Its peg module.
    pub fn peg(&self) -> Option<Address> {
        self.record.peg_module.map(|record| record.address)
    }

    /// What the file says of it.
    pub fn config(&self) -> &BookConfig {
        &self.config
    }

    /// What wei are worth in its unit.
    pub fn native(&self) -> NativePrice {
        self.config.native
    }

    /// The market whose collateral is the wrapped native currency.
    pub fn native_market(&self) -> Option<u64> {
        self.native_market
    }

    /// Its markets.
    pub fn markets(&self) -> &[MarketPlan] {
        &self.markets
    }

    /// Base units of one whole of a market's collateral.
    pub fn unit(&self, market: usize) -> U256 {
        let plan = self.markets.get(market);
        plan.map_or(U256::ONE, |plan| plan.unit)
    }

    /// Finds out about markets that are new, and, `again`, about pools of those that have none.
    ///
    /// # Errors
    /// Of the endpoint, or [`ConfigError`] for a way that does not lead to the synthetic, or no price for gas.
    pub async fn discover(
        &mut self,
        reader: &Reader,
        mirror: &BookMirror,
        block: &BlockRef,
        again: bool,
    ) -> Result<(), KeeperError> {
        for (number, market) in mirror.markets().iter().enumerate() {
            let known = self.markets.get(number);
            if known.is_some_and(|known| !again || !known.pairs.is_empty()) {
                continue;
            }
            let collateral = market.market.terms.collateral;
            let number = u64::try_from(number).unwrap_or(u64::MAX);
            if collateral == self.wrapped_native && self.native_market.is_none() {
                self.native_market = Some(number);
            }
            let decimals = reader
                .call("decimals", collateral, &Erc20::decimalsCall {}, block)
                .await?;
            let pairs = self.way(reader, number, collateral, block).await?;
            let plan = MarketPlan {
                unit: U256::from(10).saturating_pow(U256::from(decimals)),
                pairs,
            };
            match usize::try_from(number)
                .ok()
                .and_then(|at| self.markets.get_mut(at))
            {
                Some(known) => *known = plan,
                None => self.markets.push(plan),
            }
        }
        let has_markets = !mirror.markets().is_empty();
        if has_markets && self.config.native == NativePrice::Found && self.native_market.is_none() {
            let detail = format!(
                "no market of {} has the wrapped native currency as collateral, so gas cannot be weighed; give its price, or the market that has it",
                self.symbol()
            );
            return Err(ConfigError::new("book.native_price", detail).into());
        }
        Ok(())
    }

    async fn way(
        &self,
        reader: &Reader,
        market: u64,
        collateral: Address,
        block: &BlockRef,
    ) -> Result<Vec<PairPlan>, KeeperError> {
        let named = self.config.pools.iter().find(|pool| pool.market == market);
        let (pairs, fee_bps) = match named {
            Some(pool) => (pool.pairs.clone(), pool.fee_bps),
            None => {
                let call = PairFactory::getPairCall {
                    tokenA: collateral,
                    tokenB: self.address(),
                };
                let pair = reader.call("pool", self.factory, &call, block).await?;
                if pair.is_zero() {
                    return Ok(Vec::new());
                }
                (vec![pair], USUAL_FEE_BPS)
            }
        };
        let mut token = collateral;
        let mut way = Vec::new();
        for address in pairs {
            let (zero, one) = futures_util::try_join!(
                reader.call("pair", address, &Pair::token0Call {}, block),
                reader.call("pair", address, &Pair::token1Call {}, block),
            )?;
            if token != zero && token != one {
                let detail = format!("{address} of market {market} does not trade {token}");
                return Err(ConfigError::new("book.pool.pairs", detail).into());
            }
            let sells_first = token == zero;
            token = if sells_first { one } else { zero };
            way.push(PairPlan {
                address,
                sells_first,
                fee_bps,
            });
        }
        if token != self.address() {
            let detail =
                format!("the way of market {market} ends at {token}, not at the synthetic");
            return Err(ConfigError::new("book.pool.pairs", detail).into());
        }
        Ok(way)
    }
}
