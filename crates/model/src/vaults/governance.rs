//! What the governor and the rate controllers set.

use super::error::{VaultError, at_most};
use super::market::Market;
use super::{
    MARKETS_MAX, MarketTerms, RATE_MAX, STOP_MAX, VaultBook, VaultEvent, VaultOutcome,
    WHOLE_TOKENS_MAX,
};
use alloy_primitives::{Address, U256};
use ballast_types::{Seconds, TokenAmount, WAD, Wad};

/// A ceiling or a mint limit: whole tokens, at most [`WHOLE_TOKENS_MAX`].
fn whole(field: &'static str, amount: TokenAmount) -> Result<TokenAmount, VaultError> {
    let limit = WHOLE_TOKENS_MAX.wrapping_mul(WAD);
    // What is above the limit by less than a whole token is not whole.
    if amount.get() >= limit.wrapping_add(WAD) {
        return Err(VaultError::AmountTooLarge {
            field,
            amount: amount.get(),
            limit,
        });
    }
    let rest = amount.get().wrapping_rem(WAD);
    let least = amount.get().wrapping_sub(rest);
    if !rest.is_zero() {
        return Err(VaultError::BadTerm {
            field,
            value: amount.get(),
            least,
            most: least.wrapping_add(WAD),
        });
    }
    Ok(amount)
}

fn checked_rate(rate: Wad) -> Result<Wad, VaultError> {
    at_most("rate", rate.get(), RATE_MAX.get()).map(Wad::new)
}

impl VaultBook {
    /// The bounds of terms, and that of the number of markets; where the tokens and price sources lie is not modelled.
    pub(super) fn create_market(
        &mut self,
        caller: Address,
        terms: &MarketTerms,
        (ceiling, mint_limit, rate): (TokenAmount, TokenAmount, Wad),
        deviation: Wad,
    ) -> Result<VaultOutcome, VaultError> {
        self.only_governor(caller)?;
        let market = self.markets.len();
        let count = U256::from(market.saturating_add(1));
        at_most("markets", count, U256::from(MARKETS_MAX))?;
        terms.check(deviation)?;
        let mut created = Market::new(*terms, self.now);
        created.rate = checked_rate(rate)?;
        created.ceiling = whole("ceiling", ceiling)?;
        created.mint_limit = whole("mintLimit", mint_limit)?;
        self.markets.push(created);
        self.tell(VaultEvent::MarketCreated { market });
        self.tell(VaultEvent::RateSet {
            market,
            rate,
            index: Wad::ONE,
        });
        self.tell(VaultEvent::CeilingSet { market, ceiling });
        self.tell(VaultEvent::MintLimitSet { market, mint_limit });
        Ok(VaultOutcome::MarketCreated { market })
    }

    pub(super) fn set_ceiling(
        &mut self,
        caller: Address,
        market: usize,
        ceiling: TokenAmount,
    ) -> Result<(), VaultError> {
        self.only_governor(caller)?;
        self.market_mut(market)?.ceiling = whole("ceiling", ceiling)?;
        self.tell(VaultEvent::CeilingSet { market, ceiling });
        Ok(())
    }

    pub(super) fn set_mint_limit(
        &mut self,
        caller: Address,
        market: usize,
        mint_limit: TokenAmount,
    ) -> Result<(), VaultError> {
        self.only_governor(caller)?;
        self.market_mut(market)?.mint_limit = whole("mintLimit", mint_limit)?;
        self.tell(VaultEvent::MintLimitSet { market, mint_limit });
        Ok(())
    }

    /// A stop that runs can only be shortened; the next one begins seven days after its end.
    pub(super) fn stop_new_debt(
        &mut self,
        caller: Address,
        secs: Seconds,
    ) -> Result<(), VaultError> {
        self.only_governor(caller)?;
        at_most("secs", U256::from(secs.get()), U256::from(STOP_MAX.get()))?;
        let until = self.now.after(secs)?;
        let before = self.sums.stopped_until;
        let again = before.after(STOP_MAX)?;
        if before.get() != 0 && until > before && self.now < again {
            return Err(VaultError::CannotStopYet {
                not_before: U256::from(again.get()),
            });
        }
        self.sums.stopped_until = until;
        self.tell(VaultEvent::NewDebtStopped { until });
        Ok(())
    }

    pub(super) fn set_rate(
        &mut self,
        caller: Address,
        market: usize,
        rate: Wad,
    ) -> Result<(), VaultError> {
        if caller != self.market(market)?.terms.rate_controller {
            return Err(VaultError::NotRateController { caller });
        }
        let (rate, now) = (checked_rate(rate)?, self.now);
        let changed = self.market_mut(market)?;
        changed.set_rate(rate, now)?;
        let index = changed.index;
        self.tell(VaultEvent::RateSet {
            market,
            rate,
            index,
        });
        Ok(())
    }
}
