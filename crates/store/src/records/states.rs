//! States that go on without an event, at a second of one's choice. The rules are the model's.

use alloy_primitives::U256;
use ballast_math::{decay, mul_div_down};
use ballast_model::{AssetState, LoanBook as Book, ModelError};
use ballast_types::{AssetAmount, BPS_FULL, Seconds, Wad};

use super::{Auction, Fees, Ledger, Loan, Pause, TokenFacts};

impl Ledger {
    /// The ledger as of its last change.
    pub fn state(&self) -> AssetState {
        let mut state = AssetState {
            cash: AssetAmount::new(self.cash),
            lent: AssetAmount::new(self.lent),
            ..AssetState::default()
        };
        state.stream.synced_at = Seconds::new(self.synced_at);
        state.stream.vesting = AssetAmount::new(self.vesting);
        state.stream.pending = AssetAmount::new(self.pending);
        state
    }

    /// The ledger `elapsed` seconds after launch, in a reserve with epochs of `drip_secs`.
    ///
    /// # Errors
    /// `Underflow` before its last change, `DivisionByZero` for epochs of no length.
    pub fn at(&self, elapsed: u64, drip_secs: u64) -> Result<AssetState, ModelError> {
        self.state()
            .at(Seconds::new(elapsed), Seconds::new(drip_secs))
    }

    /// Takes over `state`.
    pub fn set(&mut self, state: &AssetState) {
        self.cash = state.cash.get();
        self.lent = state.lent.get();
        self.synced_at = state.stream.synced_at.get();
        self.vesting = state.stream.vesting.get();
        self.pending = state.stream.pending.get();
    }
}

impl Pause {
    /// Seconds paused so far, of all pauses, `elapsed` seconds after launch.
    ///
    /// # Errors
    /// `Underflow` before the pause began.
    pub fn paused_secs(&self, elapsed: u64) -> Result<u64, ModelError> {
        let book = Book {
            pause_start: Seconds::new(self.pause_start),
            pause_end: Seconds::new(self.pause_end),
            paused_before: Seconds::new(self.paused_before),
            ..Book::default()
        };
        Ok(book.paused_secs(Seconds::new(elapsed))?.get())
    }

    /// Whether entries are paused `elapsed` seconds after launch.
    pub fn holds(&self, elapsed: u64) -> bool {
        elapsed < self.pause_end
    }
}

impl Loan {
    /// The deadline once entries have been paused for `paused_secs` in all, unix seconds.
    pub fn deadline(&self, paused_secs: u64) -> u64 {
        self.deadline_unpaused.saturating_add(paused_secs)
    }
}

impl Fees {
    /// The buy and the sell fee in force at the unix second `time`.
    pub fn at(&self, time: u64) -> (U256, U256) {
        if !self.next_at.is_zero() && U256::from(time) >= self.next_at {
            (self.next_buy_bps, self.next_sell_bps)
        } else {
            (self.buy_bps, self.sell_bps)
        }
    }
}

impl Auction {
    /// The multiple of the backing asked at the unix second `time`, in wad.
    ///
    /// # Errors
    /// `Underflow` before it was last set.
    pub fn multiple_at(&self, time: u64) -> Result<U256, ModelError> {
        let elapsed = Seconds::new(time).try_sub(Seconds::new(self.set_at))?;
        Ok(decay(Wad::new(self.multiple), elapsed)?.get())
    }

    /// Token base units for sale while the converter of a token of `facts` holds `held`: what came since the last
    /// sorting is not sorted yet.
    pub fn for_sale(&self, facts: &TokenFacts, held: U256) -> U256 {
        let whole = u64::from(BPS_FULL);
        if facts.burn_bps == whole {
            return self.sale;
        }
        let sorted = self.sale.saturating_add(self.liquidity_tokens);
        let arrived = held.saturating_sub(sorted);
        let part = |share: u64, whole: u64| {
            mul_div_down(arrived, U256::from(share), U256::from(whole)).unwrap_or_default()
        };
        let burned = part(facts.burn_bps, whole);
        let liquidity = part(facts.liquidity_bps, whole.saturating_mul(2));
        let new = arrived.saturating_sub(burned).saturating_sub(liquidity);
        self.sale.saturating_add(new)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256};

    use crate::{Auction, Ledger, Pause, TokenFacts};

    #[test]
    fn a_ledger_vests_between_its_events_and_comes_back_as_it_was() {
        let mut ledger = Ledger {
            reserve: Address::ZERO,
            asset_index: 0,
            cash: U256::from(1_000),
            lent: U256::from(5),
            synced_at: 50,
            vesting: U256::from(200),
            pending: U256::from(300),
        };
        // Half of what vests over the first epoch has vested at second 50; the rest has at 100.
        let later = ledger.at(150, 100).expect("vests");
        assert_eq!(later.cash.get(), U256::from(1_000 + 100 + 150));
        assert_eq!(
            later
                .streaming(ballast_types::Seconds::new(100))
                .expect("streams")
                .get(),
            U256::from(150)
        );
        assert!(ledger.at(49, 100).is_err());
        let before = ledger.clone();
        let state = ledger.state();
        ledger.set(&state);
        assert_eq!(ledger, before);
    }

    #[test]
    fn a_pause_counts_while_it_lasts_and_no_longer() {
        let pause = Pause {
            reserve: Address::ZERO,
            pause_start: 100,
            pause_end: 150,
            paused_before: 7,
        };
        let counted = [100, 120, 150, 900].map(|at| pause.paused_secs(at).expect("counts"));
        assert_eq!(counted, [7, 27, 57, 57]);
        assert!(pause.holds(149) && !pause.holds(150));
    }

    #[test]
    fn an_auction_halves_in_ten_minutes() {
        let wad = U256::from(10).pow(U256::from(18));
        let auction = Auction {
            multiple: wad * U256::from(8),
            set_at: 1_000,
            ..Auction::default()
        };
        assert_eq!(
            auction.multiple_at(1_600).expect("falls"),
            wad * U256::from(4)
        );
        assert_eq!(auction.multiple_at(99_999).expect("falls"), wad);
    }

    #[test]
    fn what_came_since_the_last_sorting_is_for_sale_less_what_is_burned_and_set_aside() {
        let auction = Auction {
            sale: U256::from(100),
            liquidity_tokens: U256::from(50),
            ..Auction::default()
        };
        let mut facts = TokenFacts {
            burn_bps: 1_000,
            liquidity_bps: 2_000,
            ..TokenFacts::default()
        };
        let held = U256::from(150 + 99);
        assert_eq!(auction.for_sale(&facts, held), U256::from(100 + 99 - 9 - 9));
        facts.burn_bps = 10_000;
        assert_eq!(auction.for_sale(&facts, held), U256::from(100));
    }
}
