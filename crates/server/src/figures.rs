//! What the store's exact states say at a given second: the contracts' views, computed by their twins.

use std::sync::Arc;

use alloy::primitives::{Address, U256};
use ballast_math::Stream;
use ballast_math::{backing_down, fee_up, mul_div_down, mul_div_up, share_down, times_multiple_up};
use ballast_model::AssetState;
use ballast_model::LoanBook as Clock;
use ballast_store::{
    AssetFacts, Auction, Column, Fees, Ledger, Loan, LoanBook, Pause, Pool, Supply, Token,
    TokenFacts,
};
use ballast_types::{AssetAmount, BPS_FULL, Bps, Seconds, TokenAmount, WAD, Wad};

use crate::problem::Problem;
use crate::snapshot::{Asks, Snapshot};

/// Everything one token's figures are made of, at one second.
#[derive(Clone, Debug)]
pub(crate) struct TokenState {
    pub token: Token,
    pub facts: TokenFacts,
    /// One for each backing asset, in the reserve's order.
    pub assets: Vec<AssetFacts>,
    pub supply: Supply,
    /// One for each backing asset.
    pub ledgers: Vec<Ledger>,
    pub book: Option<LoanBook>,
    pub pause: Option<Pause>,
    pub pool: Option<Pool>,
    /// Unix seconds of the figures.
    pub now: u64,
}

/// The token's record; 404 where there is none.
pub(crate) async fn token_of(snapshot: &Snapshot, address: Address) -> Result<Arc<Token>, Problem> {
    if let Some(kept) = snapshot.app.tokens.get(snapshot, address) {
        return Ok(kept);
    }
    let found: Option<Token> = snapshot.get(vec![address.to_value()]).await?;
    let token = found.ok_or_else(|| unknown_token(address))?;
    Ok(snapshot.app.tokens.put(snapshot, address, token))
}

fn unknown_token(token: Address) -> Problem {
    Problem::unknown(
        "token",
        format!(
            "token: {} was not launched by this deployment",
            token.to_checksum(None)
        ),
    )
}

impl TokenState {
    /// Reads the token's state; 404 where there is no such token.
    pub async fn read(snapshot: &Snapshot, address: Address) -> Result<Arc<Self>, Problem> {
        if let Some(kept) = snapshot.app.states.get(snapshot, address) {
            return Ok(kept);
        }
        let token = token_of(snapshot, address).await?.as_ref().clone();
        let (reserve, pool) = (token.reserve, token.pool.unwrap_or_default());
        let (of_token, of_reserve) = (vec![address.to_value()], vec![reserve.to_value()]);
        let mut asks = Asks::default();
        let facts = asks.get::<TokenFacts>(of_token.clone());
        let supply = asks.get::<Supply>(of_token);
        let ledgers = asks.find::<Ledger>("of_reserve", of_reserve.clone());
        let book = asks.get::<LoanBook>(of_reserve.clone());
        let pause = asks.get::<Pause>(of_reserve);
        let pool = asks.get::<Pool>(vec![pool.to_value()]);
        let assets = token.assets.iter();
        let assets: Vec<_> = assets
            .map(|asset| asks.get::<AssetFacts>(vec![asset.to_value()]))
            .collect();
        let found = snapshot.ask(asks).await?;
        let mut known = Vec::new();
        for asset in assets {
            known.extend(found.first(asset)?);
        }
        let (facts, supply) = (found.first(facts)?, found.first(supply)?);
        let ledgers = found.all(ledgers)?;
        let state = Self::whole(token, facts, known, supply, ledgers, snapshot.now())?;
        let state = Self {
            book: found.first(book)?,
            pause: found.first(pause)?,
            pool: found.first(pool)?,
            ..state
        };
        Ok(snapshot.app.states.put(snapshot, address, state))
    }

    /// The state, where every part of it is there already.
    pub fn whole(
        token: Token,
        facts: Option<TokenFacts>,
        assets: Vec<AssetFacts>,
        supply: Option<Supply>,
        ledgers: Vec<Ledger>,
        now: u64,
    ) -> Result<Self, Problem> {
        let not_ready = || {
            Problem::not_ready(format!(
                "token {} is being indexed; try again in a few seconds",
                token.token.to_checksum(None)
            ))
        };
        let (facts, supply) = facts.zip(supply).ok_or_else(not_ready)?;
        let count = token.assets.len();
        if assets.len() != count || ledgers.len() != count {
            return Err(not_ready());
        }
        Ok(Self {
            token,
            facts,
            assets,
            supply,
            ledgers,
            book: None,
            pause: None,
            pool: None,
            now,
        })
    }

    /// S: supply less what nobody can move.
    pub fn claims(&self) -> Result<TokenAmount, Problem> {
        let supply = TokenAmount::new(self.supply.supply);
        Ok(supply.try_sub(TokenAmount::new(self.supply.unspendable))?)
    }

    /// C: token base units locked in loans.
    pub fn locked(&self) -> TokenAmount {
        let locked = self.book.as_ref().map(|book| book.locked);
        TokenAmount::new(locked.unwrap_or_default())
    }

    /// Seconds since launch; before it, none have passed.
    pub fn elapsed(&self) -> Seconds {
        Seconds::new(self.now.saturating_sub(self.facts.genesis))
    }

    /// One epoch of the stream.
    pub fn drip(&self) -> Seconds {
        Seconds::new(self.facts.drip_secs)
    }

    /// Every asset vested to now.
    pub fn ledger(&self) -> Result<Vec<AssetState>, Problem> {
        let vested = |ledger: &Ledger| {
            let state = AssetState {
                cash: AssetAmount::new(ledger.cash),
                lent: AssetAmount::new(ledger.lent),
                stream: Stream {
                    synced_at: Seconds::new(ledger.synced_at),
                    vesting: AssetAmount::new(ledger.vesting),
                    pending: AssetAmount::new(ledger.pending),
                },
            };
            let at = self.elapsed().max(state.stream.synced_at);
            Ok(state.at(at, self.drip())?)
        };
        self.ledgers.iter().map(vested).collect()
    }

    /// F of each asset: cash and lent.
    pub fn totals(&self) -> Result<Vec<AssetAmount>, Problem> {
        self.ledger()?
            .iter()
            .map(|state| Ok(state.total()?))
            .collect()
    }

    /// What `tokens` are backed by, of each asset, rounded down.
    pub fn backing_of(&self, tokens: TokenAmount) -> Result<Vec<AssetAmount>, Problem> {
        let claims = self.claims()?;
        if claims.is_zero() {
            return Ok(vec![AssetAmount::ZERO; self.assets.len()]);
        }
        let backed = |total| Ok(backing_down(tokens, total, claims)?);
        self.totals()?.into_iter().map(backed).collect()
    }

    /// What a price of one base unit of asset `index` per token base unit is in wad per whole token.
    pub fn scale(&self, index: usize) -> U256 {
        let decimals = self.assets.get(index).map_or(18, |asset| asset.decimals);
        U256::from(10).pow(U256::from(36_u64.saturating_sub(decimals)))
    }

    /// `assets` of asset `index` for `tokens` as a price in wad per whole token, rounded down; none for no tokens.
    pub fn price_wad(
        &self,
        index: usize,
        assets: U256,
        tokens: U256,
    ) -> Result<Option<U256>, Problem> {
        if tokens.is_zero() {
            return Ok(None);
        }
        Ok(Some(mul_div_down(assets, self.scale(index), tokens)?))
    }

    /// The floor of each asset in wad per whole token; zero where there are no claims.
    pub fn floors_wad(&self) -> Result<Vec<U256>, Problem> {
        self.floors_of(&self.totals()?, self.claims()?)
    }

    /// The floors that `totals` and `claims` make.
    pub fn floors_of(
        &self,
        totals: &[AssetAmount],
        claims: TokenAmount,
    ) -> Result<Vec<U256>, Problem> {
        let floor = |(index, total): (usize, &AssetAmount)| {
            let price = self.price_wad(index, total.get(), claims.get())?;
            Ok(price.unwrap_or_default())
        };
        totals.iter().enumerate().map(floor).collect()
    }

    /// The market price in asset 0; none without a pool or with an empty one.
    pub fn market_wad(&self) -> Result<Option<U256>, Problem> {
        match &self.pool {
            Some(pool) => self.price_wad(0, pool.assets, pool.tokens),
            None => Ok(None),
        }
    }

    /// Market over floor less one; none with several assets, without a market, or without a floor.
    pub fn premium_bps(&self) -> Result<Option<i64>, Problem> {
        if self.assets.len() != 1 {
            return Ok(None);
        }
        let (floors, market) = (self.floors_wad()?, self.market_wad()?);
        Ok(market
            .zip(floors.first().copied())
            .and_then(|(market, floor)| change_bps(floor, market)))
    }

    /// `freeHolderCoverage` of each asset: cash over what free holders could claim, in wad; none where that is nothing.
    pub fn coverages_wad(&self) -> Result<Vec<Option<U256>>, Problem> {
        let claims = self.claims()?;
        let free = claims.try_sub(self.locked())?;
        let divisor = claims.get().max(U256::ONE);
        let coverage = |state: AssetState| {
            let to_cover = mul_div_up(state.total()?.get(), free.get(), divisor)?;
            if to_cover.is_zero() {
                return Ok(None);
            }
            Ok(Some(mul_div_down(state.cash.get(), WAD, to_cover)?))
        };
        self.ledger()?.into_iter().map(coverage).collect()
    }

    /// The least coverage.
    pub fn coverage_wad(&self) -> Result<Option<U256>, Problem> {
        Ok(self.coverages_wad()?.into_iter().flatten().min())
    }

    fn clock(&self) -> Clock {
        let Some(pause) = &self.pause else {
            return Clock::default();
        };
        Clock {
            pause_start: Seconds::new(pause.pause_start),
            pause_end: Seconds::new(pause.pause_end),
            paused_before: Seconds::new(pause.paused_before),
            ..Clock::default()
        }
    }

    /// How long all pauses have lasted.
    pub fn paused_secs(&self) -> Result<u64, Problem> {
        Ok(self.clock().paused_secs(self.elapsed())?.get())
    }

    /// Until when entries are paused; zero where they are not.
    pub fn paused_until(&self) -> u64 {
        let clock = self.clock();
        if clock.is_paused(self.elapsed()) {
            self.facts.genesis.saturating_add(clock.pause_end.get())
        } else {
            0
        }
    }

    /// The deadline of a loan as of now, unix seconds.
    pub fn deadline(&self, loan: &Loan) -> Result<u64, Problem> {
        Ok(loan.deadline_unpaused.saturating_add(self.paused_secs()?))
    }

    /// The fee for one term of each principal, rounded up.
    pub fn term_fees(&self, principal: &[U256]) -> Result<Vec<U256>, Problem> {
        let ratio = bps(self.facts.term_fee_bps)?;
        principal
            .iter()
            .map(|amount| Ok(fee_up(*amount, ratio)?))
            .collect()
    }

    /// The largest principal of each asset that `collateral` allows.
    pub fn max_borrow(&self, collateral: TokenAmount) -> Result<Vec<U256>, Problem> {
        let ltv = bps(self.facts.ltv_bps)?;
        let most = |backed: AssetAmount| Ok(share_down(backed.get(), ltv)?);
        self.backing_of(collateral)?.into_iter().map(most).collect()
    }

    /// What redeeming `tokens` pays, and the fees, of each asset.
    pub fn redemption(&self, tokens: TokenAmount) -> Result<Vec<(U256, U256)>, Problem> {
        let ratio = bps(self.facts.redeem_fee_bps)?;
        let part = |gross: AssetAmount| {
            let fee = fee_up(gross.get(), ratio)?;
            Ok((gross.get().saturating_sub(fee), fee))
        };
        self.backing_of(tokens)?.into_iter().map(part).collect()
    }

    /// Principal over backing in basis points, the most over assets, rounded up; none where nothing backs a debt.
    pub fn ltv_bps(
        &self,
        collateral: TokenAmount,
        principal: &[U256],
    ) -> Result<Option<u64>, Problem> {
        let mut most = U256::ZERO;
        for (owed, backed) in principal.iter().zip(self.backing_of(collateral)?) {
            if owed.is_zero() {
                continue;
            }
            if backed.is_zero() {
                return Ok(None);
            }
            most = most.max(mul_div_up(*owed, U256::from(BPS_FULL), backed.get())?);
        }
        Ok(u64::try_from(most).ok())
    }
}

/// A share in basis points from a column that holds nothing else.
pub(crate) fn bps(raw: u64) -> Result<Bps, Problem> {
    let small = u16::try_from(raw).map_err(Problem::inconsistent)?;
    Bps::new(small).map_err(Problem::inconsistent)
}

/// `new` over `old` less one in basis points, rounded down; none where `old` is nothing or the change is not of this
/// world.
pub(crate) fn change_bps(old: U256, new: U256) -> Option<i64> {
    let full = U256::from(BPS_FULL);
    let ratio = new.checked_mul(full)?.checked_div(old)?;
    i64::try_from(ratio).ok()?.checked_sub(i64::from(BPS_FULL))
}

/// Buy fee and sell fee in basis points.
pub(crate) type Rates = (U256, U256);

/// The fees in force at `now`, buy then sell, and the raise that waits with its second.
pub(crate) fn fees_at(fees: &Fees, now: u64) -> (Rates, Option<(U256, U256, U256)>) {
    let waits = !fees.next_at.is_zero() && U256::from(now) < fees.next_at;
    let next = (fees.next_buy_bps, fees.next_sell_bps, fees.next_at);
    (fees.at(now), waits.then_some(next))
}

/// The auction's figures at one second.
#[derive(Clone, Debug)]
pub(crate) struct AuctionState<'s> {
    pub state: &'s TokenState,
    pub auction: Auction,
    /// Token base units that the converter holds.
    pub held: U256,
}

impl AuctionState<'_> {
    /// k now.
    pub fn multiple(&self) -> Result<Wad, Problem> {
        let now = self.state.now.max(self.auction.set_at);
        Ok(Wad::new(self.auction.multiple_at(now)?))
    }

    /// Token base units for sale, with the part of what is not allocated yet that will be.
    pub fn for_sale(&self) -> U256 {
        self.auction.for_sale(&self.state.facts, self.held)
    }

    /// The price of `tokens` now, of each asset, rounded up; none where a floor is zero: then the converter waits.
    pub fn quote(&self, tokens: U256) -> Result<Option<Vec<U256>>, Problem> {
        let (totals, claims) = (self.state.totals()?, self.state.claims()?);
        if claims.is_zero() || totals.iter().any(|total| total.is_zero()) {
            return Ok(None);
        }
        let multiple = self.multiple()?;
        let price = |total: AssetAmount| {
            let backed = mul_div_up(tokens, total.get(), claims.get())?;
            Ok(times_multiple_up(backed, multiple)?)
        };
        totals
            .into_iter()
            .map(price)
            .collect::<Result<_, Problem>>()
            .map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::{bps, change_bps, fees_at};
    use alloy::primitives::{Address, U256};
    use ballast_store::Fees;

    #[test]
    fn a_change_is_rounded_down_and_has_no_ground_of_nothing() {
        let change = |old: u64, new: u64| change_bps(U256::from(old), U256::from(new));
        assert_eq!(change(100, 150), Some(5_000));
        assert_eq!(change(3, 2), Some(-3_334));
        assert_eq!(change(0, 2), None);
        assert_eq!(change_bps(U256::ONE, U256::MAX), None);
        assert!(bps(10_001).is_err() && bps(70_000).is_err() && bps(10_000).is_ok());
    }

    #[test]
    fn a_raise_holds_from_its_second_on() {
        let fees = Fees {
            token: Address::ZERO,
            buy_bps: U256::from(1),
            sell_bps: U256::from(2),
            next_buy_bps: U256::from(3),
            next_sell_bps: U256::from(4),
            next_at: U256::from(100),
        };
        let (before, waiting) = fees_at(&fees, 99);
        assert_eq!(before, (U256::from(1), U256::from(2)));
        assert!(waiting.is_some());
        assert_eq!(fees_at(&fees, 100), ((U256::from(3), U256::from(4)), None));
    }
}
