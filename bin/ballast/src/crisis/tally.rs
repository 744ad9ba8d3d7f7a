//! What is counted while a crisis is played.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use ballast_bindings::RevertError;

use super::eyes::Sights;
use super::mirror::Mirror;
use super::world::{DECIMALS, price};

/// Time that vaults spent unhealthy. An episode begins with the first block in which a vault owes more than is healthy
/// and ends with the first in which it does not, whoever or whatever healed it; what is still unhealthy at the end
/// counts as having lasted until then.
#[derive(Clone, Debug, Default)]
pub struct Episodes {
    since: BTreeMap<(usize, Address), u64>,
    secs: Vec<u64>,
    /// Episodes that had not ended.
    pub open: u64,
}

impl Episodes {
    /// Enters the unhealthy vaults of one market at `time`.
    fn enter(&mut self, market: usize, unhealthy: &[Address], time: u64) {
        let gone: Vec<(usize, Address)> = self
            .since
            .keys()
            .filter(|(at, owner)| *at == market && !unhealthy.contains(owner))
            .copied()
            .collect();
        for key in gone {
            if let Some(since) = self.since.remove(&key) {
                self.secs.push(time.saturating_sub(since));
            }
        }
        for owner in unhealthy {
            self.since.entry((market, *owner)).or_insert(time);
        }
    }

    fn end(&mut self, time: u64) {
        self.open = self.since.len() as u64;
        let still = std::mem::take(&mut self.since);
        let lasted = still.values().map(|since| time.saturating_sub(*since));
        self.secs.extend(lasted);
        self.secs.sort_unstable();
    }

    /// Enters what was counted elsewhere, after both have ended.
    pub fn join(&mut self, other: &Self) {
        self.secs.extend(&other.secs);
        self.secs.sort_unstable();
        self.open += other.open;
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.secs.len() as u64
    }

    /// The length that `share` of them did not exceed, seconds; zero where there were none.
    pub fn percentile(&self, share: f64) -> u64 {
        let last = self.secs.len().saturating_sub(1);
        let at = (share * self.secs.len() as f64).ceil() as usize;
        self.secs
            .get(at.saturating_sub(1).min(last))
            .copied()
            .unwrap_or_default()
    }
}

/// How far the synthetic was from its face value in the pools.
#[derive(Clone, Debug, Default)]
pub struct PegStats {
    sum: f64,
    count: u64,
    /// The furthest below, of face value, negative.
    pub lowest: f64,
    /// The furthest above.
    pub highest: f64,
}

impl PegStats {
    /// Mean distance, whichever side.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.sum / self.count as f64
    }

    /// The furthest distance, with its sign.
    pub fn worst(&self) -> f64 {
        if -self.lowest > self.highest {
            self.lowest
        } else {
            self.highest
        }
    }

    /// Enters what was counted elsewhere.
    pub fn join(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
    }

    fn enter(&mut self, off: f64) {
        self.sum += off.abs();
        self.count += 1;
        self.lowest = self.lowest.min(off);
        self.highest = self.highest.max(off);
    }
}

/// Everything that is counted.
#[derive(Clone, Debug)]
pub struct Tally {
    /// What actors did, by name.
    pub actions: BTreeMap<&'static str, u64>,
    /// What was refused to them, by name and reason.
    pub refused: BTreeMap<String, u64>,
    /// Unhealthy by the market's own price.
    pub under_water: Episodes,
    /// Unhealthy by the stored mid price.
    pub unhealthy: Episodes,
    /// Of the synthetic.
    pub peg: PegStats,
    /// The furthest that stored mid and market were apart, of the market's.
    pub lag_worst: f64,
    /// Blocks in which a price was not safe nor stepped.
    pub blocks_unsafe: u64,
    /// Blocks entered.
    pub blocks: u64,
    /// Lowest share of face value that a redemption would have paid.
    pub haircut_lowest: f64,
    /// The most deficit at a time, whole synthetics.
    pub deficit_most: f64,
    /// Offers of owners that were never mined.
    pub never_mined: u64,
    markets: usize,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(markets: usize) -> Self {
        Self {
            actions: BTreeMap::new(),
            refused: BTreeMap::new(),
            under_water: Episodes::default(),
            unhealthy: Episodes::default(),
            peg: PegStats::default(),
            lag_worst: 0.0,
            blocks_unsafe: 0,
            blocks: 0,
            haircut_lowest: 1.0,
            deficit_most: 0.0,
            never_mined: 0,
            markets,
        }
    }

    /// Counts what was done.
    pub fn did(&mut self, name: &'static str) {
        *self.actions.entry(name).or_default() += 1;
    }

    /// Counts a refusal.
    pub fn refused(&mut self, name: &str, why: &RevertError) {
        let reason = match why {
            RevertError::Message { message } => message.clone(),
            other => other.name().to_owned(),
        };
        *self.refused.entry(format!("{name}: {reason}")).or_default() += 1;
    }

    /// Enters a block at `time` in which the market paid `prices`.
    pub fn enter(&mut self, mirror: &Mirror, sights: &Sights, prices: &[f64], time: u64) {
        self.blocks += 1;
        if prices.len() < self.markets {
            return;
        }
        let mut unsafe_now = false;
        for (market, seen) in prices.iter().enumerate().take(self.markets) {
            let stored = mirror.price(market);
            let paid = price(*seen, DECIMALS);
            let unhealthy = mirror.unhealthy_at(market, paid);
            self.under_water.enter(market, &unhealthy, time);
            let unhealthy = mirror.unhealthy_at(market, stored.mid);
            self.unhealthy.enter(market, &unhealthy, time);
            let mid = super::world::dollars(stored.mid, DECIMALS);
            self.lag_worst = self.lag_worst.max((mid / seen - 1.0).abs());
            unsafe_now |= !matches!(
                stored.state,
                ballast_model::vaults::PriceState::Safe
                    | ballast_model::vaults::PriceState::Stepped
            );
        }
        self.blocks_unsafe += u64::from(unsafe_now);
        let deepest = (0..self.markets)
            .max_by(|one, other| {
                let of = |index: usize| sights.pools[index].synthetic;
                of(*one).total_cmp(&of(*other))
            })
            .unwrap_or_default();
        let pool = sights.pools[deepest].price();
        if pool > 0.0 {
            self.peg.enter(prices[deepest] / pool - 1.0);
        }
        if let Ok((backing, supply)) = mirror.model.haircut() {
            let share = crate::market::float(backing.get()) / crate::market::float(supply.get());
            self.haircut_lowest = self.haircut_lowest.min(share);
        }
        let deficit = super::world::whole(mirror.model.sums().deficit.get());
        self.deficit_most = self.deficit_most.max(deficit);
    }

    /// Ends all counting at `time`, with so many offers that still wait.
    pub fn end(&mut self, time: u64, waiting: usize) {
        self.under_water.end(time);
        self.unhealthy.end(time);
        self.never_mined = waiting as u64;
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;

    use super::Episodes;

    #[test]
    fn an_episode_lasts_from_the_first_unhealthy_block_to_the_first_healthy_one() {
        let owner = Address::repeat_byte;
        let mut episodes = Episodes::default();
        episodes.enter(0, &[owner(1)], 100);
        episodes.enter(0, &[owner(1), owner(2)], 113);
        episodes.enter(1, &[owner(1)], 113);
        episodes.enter(0, &[owner(2)], 126);
        episodes.enter(0, &[], 200);
        episodes.end(300);
        // Of market 0: 26 and 87 seconds; of market 1 until the end: 187.
        assert_eq!((episodes.count(), episodes.open), (3, 1));
        assert_eq!(episodes.percentile(0.5), 87);
        assert_eq!(episodes.percentile(0.99), 187);
        assert_eq!(Episodes::default().percentile(0.99), 0);
    }
}
