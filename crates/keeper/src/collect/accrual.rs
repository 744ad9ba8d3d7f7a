//! Reserves with their loans, and converters.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::{Erc20, Pair};
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::accrual::{self, TokenRef};
use ballast_chain::{BlockRef, Manifest};
use ballast_model::vaults::convert::PRICE_SCALE;
use ballast_types::{BPS_FULL, LoanId, Price};

use crate::error::KeeperError;
use crate::follow::Follower;
use crate::pool::Hop;
use crate::reader::{Header, Reader};
use crate::sight::{ConverterSight, GasPrice, LoanSight, ReserveSight};

/// Loans that are asked about in one block.
const LOANS_MAX: usize = 50;
/// What a Uniswap V2 pair keeps, basis points.
const POOL_FEE_BPS: u16 = 30;

/// One launched token, and what never changes of it.
#[derive(Clone, Debug)]
struct Launch {
    parts: TokenRef,
    assets: Vec<Address>,
}

/// Watches the tokens of a deployment.
#[derive(Debug)]
pub struct Accrual {
    reader: Arc<Reader>,
    manifest: Manifest,
    account: Address,
    launches: Vec<Launch>,
    bids: bool,
    priority_wei: u128,
}

impl Accrual {
    /// Of a deployment, for the keeper `account`; with `bids`, what converters ask and pools pay is read too.
    pub fn new(
        reader: Arc<Reader>,
        manifest: Manifest,
        account: Address,
        bids: bool,
        priority_wei: u128,
    ) -> Self {
        Self {
            reader,
            manifest,
            account,
            launches: Vec::new(),
            bids,
            priority_wei,
        }
    }

    /// Looks for tokens launched since it was last asked, and reads their loans.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn discover(
        &mut self,
        follower: &mut Follower,
        head: &BlockRef,
    ) -> Result<(), KeeperError> {
        let endpoint = self.reader.endpoint()?.clone();
        let tokens = accrual::tokens(&endpoint, &self.manifest, head);
        let tokens = self.reader.in_time("tokens", tokens).await?;
        for parts in tokens.into_iter().skip(self.launches.len()) {
            let block = head;
            let terms = self
                .reader
                .call("terms", parts.reserve, &Reserve::termsCall {}, block)
                .await?;
            let count = self
                .reader
                .call(
                    "asset count",
                    parts.reserve,
                    &Reserve::assetCountCall {},
                    block,
                )
                .await?;
            let mut assets = Vec::new();
            let mut index = U256::ZERO;
            while index < count {
                let call = Reserve::assetAtCall { index };
                let asset = self
                    .reader
                    .call("asset", parts.reserve, &call, block)
                    .await?;
                assets.push(asset.asset);
                index = index.saturating_add(U256::ONE);
            }
            let grace = u64::from(terms.graceSecs);
            follower
                .add_reserve(
                    &self.reader,
                    (parts.reserve, grace),
                    (self.manifest.genesis_block, head),
                )
                .await?;
            self.launches.push(Launch { parts, assets });
        }
        Ok(())
    }

    /// Reserves with the loans that may be past their grace. Those that turn out to be closed are forgotten.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn reserves(
        &self,
        follower: &mut Follower,
        head: &Header,
    ) -> Result<Vec<ReserveSight>, KeeperError> {
        let mut sights = Vec::new();
        let now = head.block.time.get();
        for launch in &self.launches {
            let reserve = launch.parts.reserve;
            let Some(loans) = follower.loans_mut().get_mut(&reserve) else {
                continue;
            };
            let due: Vec<U256> = loans
                .due
                .iter()
                .filter(|(_, due)| **due <= now)
                .map(|(id, _)| *id)
                .take(LOANS_MAX)
                .collect();
            if due.is_empty() {
                continue;
            }
            let call = Reserve::pausedUntilCall {};
            let paused = self
                .reader
                .call("pause", reserve, &call, &head.block)
                .await?;
            let mut sight = ReserveSight {
                address: reserve,
                loans: Vec::new(),
                paused: !paused.is_zero(),
            };
            for id in due {
                let endpoint = self.reader.endpoint()?;
                let found = accrual::loan(endpoint, reserve, LoanId::from_word(id), &head.block);
                let found = self.reader.in_time("loan", found).await?;
                let Some(loan) = found else {
                    loans.due.remove(&id);
                    continue;
                };
                let grace_end = loan.grace_end.get();
                loans.due.insert(id, grace_end);
                sight.loans.push(LoanSight { id, grace_end });
            }
            sight.loans.sort_by_key(|loan| loan.grace_end);
            sights.push(sight);
        }
        Ok(sights)
    }

    /// Converters as they stand.
    ///
    /// # Errors
    /// Of the endpoint.
    pub async fn converters(&self, head: &Header) -> Result<Vec<ConverterSight>, KeeperError> {
        let mut sights = Vec::new();
        for launch in &self.launches {
            if let Some(converter) = launch.parts.converter {
                sights.push(self.converter(launch, converter, head).await?);
            }
        }
        Ok(sights)
    }

    async fn converter(
        &self,
        launch: &Launch,
        address: Address,
        head: &Header,
    ) -> Result<ConverterSight, KeeperError> {
        let endpoint = self.reader.endpoint()?;
        let state = accrual::converter(endpoint, address, &head.block);
        let state = self.reader.in_time("converter", state).await?;
        let block = &head.block;
        let set_aside = !state.liquidity_tokens.is_zero() && !state.liquidity_assets.is_zero();
        let can_add_liquidity = set_aside && self.would_add(address, block).await?;
        let mut sight = ConverterSight {
            address,
            token: launch.parts.token,
            multiple: state.multiple_wad,
            lot: state.lot,
            for_sale: state.for_sale,
            quote: state.quote,
            assets: launch.assets.clone(),
            own: Vec::new(),
            proceeds: None,
            can_add_liquidity,
            gas: None,
        };
        if self.bids {
            self.weigh(launch, &mut sight, head).await?;
        }
        Ok(sight)
    }

    async fn would_add(&self, converter: Address, block: &BlockRef) -> Result<bool, KeeperError> {
        let data = Bytes::from(Converter::addLiquidityCall {}.abi_encode());
        match self
            .reader
            .run("add liquidity", self.account, (converter, data), block)
            .await
        {
            Ok(_) => Ok(true),
            Err(KeeperError::Chain(error)) if error.revert().is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What a lot costs and fetches, and what the keeper has to pay with.
    async fn weigh(
        &self,
        launch: &Launch,
        sight: &mut ConverterSight,
        head: &Header,
    ) -> Result<(), KeeperError> {
        let ([asset], Some(pool), Some((tokens, _))) =
            (launch.assets.as_slice(), launch.parts.pool, &sight.quote)
        else {
            return Ok(());
        };
        let (block, token) = (&head.block, launch.parts.token);
        let ask = &self.reader;
        let balance = Erc20::balanceOfCall {
            account: self.account,
        };
        let allowance = Erc20::allowanceCall {
            owner: self.account,
            spender: sight.address,
        };
        let (held, allowed, reserves, first, fees) = futures_util::try_join!(
            ask.call("balance", *asset, &balance, block),
            ask.call("allowance", *asset, &allowance, block),
            ask.call("pool", pool, &Pair::getReservesCall {}, block),
            ask.call("pool", pool, &Pair::token0Call {}, block),
            ask.call("fees", token, &AccrualToken::feesCall {}, block),
        )?;
        let (zero, one) = (U256::from(reserves.reserve0), U256::from(reserves.reserve1));
        let (reserve_in, reserve_out) = if first == token {
            (zero, one)
        } else {
            (one, zero)
        };
        let hop = Hop {
            pair: pool,
            fee_bps: POOL_FEE_BPS,
            reserve_in,
            reserve_out,
        };
        let kept = U256::from(BPS_FULL).saturating_sub(fees.sellBps);
        let arrives = ballast_math::wide_mul_div_down(*tokens, kept, U256::from(BPS_FULL))?;
        sight.proceeds = hop.output_of(arrives);
        sight.own = vec![(held, allowed)];
        if *asset == self.manifest.contracts.wrapped_native.address {
            sight.gas = Some(GasPrice {
                wei: head.base_fee_wei.saturating_add(self.priority_wei),
                native: Price::new(PRICE_SCALE),
            });
        }
        Ok(())
    }
}
