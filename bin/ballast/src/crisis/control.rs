//! The control: the same path, gas and owners under an English auction, in the style of what failed in March 2020.
//!
//! A vault that falls under the line is cut into lots. Each lot is sold by rising bids in the synthetic for all of its
//! collateral. Whoever holds the highest bid when nobody raises it for a while, or when the auction's time is over, has
//! won, at whatever price. Bidders need capital of their own and are programs with settings of a calm day: they offer
//! what gas cost before the fall, send one transaction after the other, and do not replace what is stuck. One of them
//! pays what gas costs now, and bids next to nothing where nobody else does.
//!
//! This is a simulation: no contract runs here. Prices are the market's own and liquidations start at once and for free,
//! both of which favour the control.

use std::collections::VecDeque;

use serde::Serialize;

use super::owners::{Beginning, Deed, Sight, Temper, wish};
use super::scenario::{Gas, Scenario};

/// How the auction works.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What is asked for beyond the debt, of the debt.
    pub penalty: f64,
    /// By how much a bid must raise the one before.
    pub raise: f64,
    /// Seconds after which a bid that nobody raised wins.
    pub bid_secs: u64,
    /// Seconds after which the auction ends.
    pub auction_secs: u64,
    /// Value of one lot when a vault is cut up, dollars.
    pub lot_value: f64,
    /// Debt per value of collateral above which a vault is sold.
    pub liq_ltv: f64,
    /// Capital of the bidders with settings of a calm day together, of all debt; the opportunist has as much alone.
    pub capital: f64,
}

impl Terms {
    /// The settings of 12 March 2020 with another ratio: a penalty of 13 %, raises of 3 %, ten minutes for a bid, six
    /// hours in all, lots of what 50 ether were worth.
    pub fn march_2020(liq_ltv: f64) -> Self {
        Self {
            penalty: 0.13,
            raise: 0.03,
            bid_secs: 600,
            auction_secs: 6 * 3_600,
            lot_value: 10_000.0,
            liq_ltv,
            capital: 0.05,
        }
    }
}

/// Who bids with settings of a calm day.
const KEEPERS: usize = 4;
/// The discount to the market that they want.
const KEEPERS_MARGIN: f64 = 0.10;
/// What the opportunist bids for a lot, in synthetics.
const NEXT_TO_NOTHING: f64 = 0.01;
/// A winning bid under this part of the lot's value counts as zero.
const ZERO_SHARE: f64 = 0.01;
/// Most transactions of one bidder in a block.
const SENDS_A_BLOCK: usize = 8;

/// What became of the control.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ControlReport {
    /// Vaults that were sold, in whole or in part.
    pub liquidations: u64,
    /// Lots that were sold.
    pub auctions: u64,
    /// Lots that went for less than a hundredth of what they were worth.
    pub zero_bids: u64,
    /// Lots without a winner at the end.
    pub open: u64,
    /// What the lots sold were worth in the market when they were won, dollars.
    pub collateral_value: f64,
    /// Of that, what went for next to nothing.
    pub collateral_value_lost: f64,
    /// What was paid, synthetics.
    pub paid: f64,
    /// Debt that nobody paid, synthetics.
    pub deficit: f64,
    /// What was paid under the market's price, of the market's price, in the mean over lots.
    pub discount_mean: f64,
    /// Bids that were never mined, or too late.
    pub bids_stuck: u64,
}

#[derive(Clone, Debug)]
struct ControlVault {
    temper: Temper,
    market: usize,
    collateral: f64,
    debt: f64,
    reserve: f64,
    cash: f64,
    waiting: Option<(Deed, f64)>,
}

#[derive(Clone, Debug)]
struct Lot {
    market: usize,
    collateral: f64,
    /// The debt that stands behind it.
    debt: f64,
    /// Debt and penalty: what a bid need not exceed.
    wanted: f64,
    bid: f64,
    bidder: Option<usize>,
    bid_at: u64,
    ends_at: u64,
    done: bool,
}

#[derive(Clone, Debug)]
struct Bid {
    lot: usize,
    amount: f64,
    fee_gwei: f64,
}

#[derive(Clone, Debug, Default)]
struct Bidder {
    capital: f64,
    sent: VecDeque<Bid>,
    /// Whether he pays what gas costs now, and next to nothing for the lot.
    opportunist: bool,
}

/// The control as it runs.
#[derive(Debug)]
pub struct Control {
    terms: Terms,
    calm: Gas,
    vaults: Vec<ControlVault>,
    lots: Vec<Lot>,
    bidders: Vec<Bidder>,
    report: ControlReport,
    discounts: f64,
}

const FREE: Gas = Gas {
    time: 0,
    p30: 1.0,
    p60: 1.0,
    p90: 1.0,
    assumed: false,
};

/// Runs the control over a whole scenario, on the vaults that the real run begins with.
pub fn run(scenario: &Scenario, terms: Terms, beginnings: &[(usize, Beginning)]) -> ControlReport {
    let calm = scenario.calm_gas().unwrap_or(FREE);
    let mut control = Control::new(terms, calm, beginnings);
    for tick in &scenario.ticks {
        let gas = scenario.gas_at(tick.time).unwrap_or(FREE);
        control.block(tick.time, &tick.prices, gas);
    }
    control.end()
}

impl Control {
    /// The vaults before the first block.
    pub fn new(terms: Terms, calm: Gas, beginnings: &[(usize, Beginning)]) -> Self {
        let vaults: Vec<ControlVault> = beginnings
            .iter()
            .map(|(market, one)| ControlVault {
                temper: one.temper,
                market: *market,
                collateral: one.collateral,
                debt: one.debt,
                reserve: one.reserve,
                cash: one.debt * one.kept,
                waiting: None,
            })
            .collect();
        let debt: f64 = vaults.iter().map(|vault| vault.debt).sum();
        let mut bidders = vec![
            Bidder {
                capital: debt * terms.capital / KEEPERS as f64,
                ..Bidder::default()
            };
            KEEPERS
        ];
        bidders.push(Bidder {
            capital: debt * terms.capital,
            opportunist: true,
            ..Bidder::default()
        });
        Self {
            terms,
            calm,
            vaults,
            lots: Vec::new(),
            bidders,
            report: ControlReport::default(),
            discounts: 0.0,
        }
    }

    /// One block at `time`: what was sent before is mined as far as it pays for its gas, then everybody looks.
    pub fn block(&mut self, time: u64, prices: &[f64], gas: Gas) {
        self.mine_bids(time, gas);
        self.close(time, prices);
        self.owners(prices, gas);
        self.start(time, prices);
        self.send_bids(time, prices, gas);
    }

    /// Bids of each bidder in the order in which he sent them: one that does not pay for its gas holds up the others.
    fn mine_bids(&mut self, time: u64, gas: Gas) {
        for index in 0..self.bidders.len() {
            for _ in 0..SENDS_A_BLOCK {
                let Some(bid) = self.bidders[index].sent.front().cloned() else {
                    break;
                };
                if bid.fee_gwei < gas.p60 {
                    break;
                }
                self.bidders[index].sent.pop_front();
                self.land(index, &bid, time);
            }
        }
    }

    fn land(&mut self, bidder: usize, bid: &Bid, time: u64) {
        let terms = self.terms;
        let Some(lot) = self.lots.get_mut(bid.lot) else {
            return;
        };
        let over = lot.done || time >= lot.ends_at;
        let won = lot.bidder.is_some() && time >= lot.bid_at + terms.bid_secs;
        let raises = bid.amount >= lot.bid * (1.0 + terms.raise) || bid.amount >= lot.wanted;
        if over || won || !raises || bid.amount <= lot.bid {
            self.report.bids_stuck += 1;
            return;
        }
        if self.bidders[bidder].capital < bid.amount {
            self.report.bids_stuck += 1;
            return;
        }
        let before = (lot.bidder, lot.bid);
        (lot.bid, lot.bidder, lot.bid_at) = (bid.amount, Some(bidder), time);
        self.bidders[bidder].capital -= bid.amount;
        // Whoever is outbid has his money back.
        if let (Some(outbid), amount) = before {
            self.bidders[outbid].capital += amount;
        }
    }

    /// Ends auctions that are won; one without any bid starts anew.
    fn close(&mut self, time: u64, prices: &[f64]) {
        for index in 0..self.lots.len() {
            let lot = &self.lots[index];
            if lot.done {
                continue;
            }
            let over = time >= lot.ends_at;
            let Some(winner) = lot.bidder else {
                if over {
                    self.lots[index].ends_at = time + self.terms.auction_secs;
                }
                continue;
            };
            if !over && time < lot.bid_at + self.terms.bid_secs {
                continue;
            }
            let value = lot.collateral * prices.get(lot.market).copied().unwrap_or_default();
            let (bid, debt) = (lot.bid, lot.debt);
            self.lots[index].done = true;
            // A bid beyond what is wanted would go on with less and less collateral; here the rest is the owner's.
            self.report.auctions += 1;
            self.report.paid += bid;
            self.report.collateral_value += value;
            self.report.deficit += (debt - bid).max(0.0);
            self.discounts += 1.0 - bid / value.max(1e-9);
            if bid < value * ZERO_SHARE {
                self.report.zero_bids += 1;
                self.report.collateral_value_lost += value;
            }
            // He sells it in the market and has capital again.
            self.bidders[winner].capital += value;
        }
    }

    /// The same owners with the same tempers; whoever offers too little for gas waits.
    fn owners(&mut self, prices: &[f64], gas: Gas) {
        for vault in &mut self.vaults {
            let sight = Sight {
                price: prices.get(vault.market).copied().unwrap_or_default(),
                liq_ltv: self.terms.liq_ltv,
                collateral: vault.collateral,
                debt: vault.debt,
                reserve: vault.reserve,
                cash: vault.cash,
                fee_now: gas.p90,
                fee_calm: self.calm.p90,
                may_borrow: true,
            };
            if vault.waiting.is_none() {
                vault.waiting =
                    wish(vault.temper, &sight).map(|wished| (wished.deed, wished.fee_gwei));
            }
            let Some((deed, fee)) = vault.waiting else {
                continue;
            };
            if fee < gas.p60 || vault.debt <= 0.0 {
                continue;
            }
            vault.waiting = None;
            match deed {
                Deed::Add(amount) => {
                    let amount = amount.min(vault.reserve);
                    vault.collateral += amount;
                    vault.reserve -= amount;
                }
                Deed::Repay(amount) => {
                    let amount = amount.min(vault.cash).min(vault.debt);
                    vault.debt -= amount;
                    vault.cash -= amount;
                }
                Deed::Borrow(amount) => vault.debt += amount,
            }
        }
    }

    /// Cuts vaults that fell under the line into lots.
    fn start(&mut self, time: u64, prices: &[f64]) {
        for vault in &mut self.vaults {
            let price = prices.get(vault.market).copied().unwrap_or_default();
            let value = vault.collateral * price;
            if vault.debt <= 0.0 || vault.debt <= value * self.terms.liq_ltv {
                continue;
            }
            self.report.liquidations += 1;
            let count = (value / self.terms.lot_value).ceil().max(1.0);
            let part = 1.0 / count;
            // A bound for a loop over a count that is a ratio of two prices.
            for _ in 0..(count.min(10_000.0) as usize) {
                self.lots.push(Lot {
                    market: vault.market,
                    collateral: vault.collateral * part,
                    debt: vault.debt * part,
                    wanted: vault.debt * part * (1.0 + self.terms.penalty),
                    bid: 0.0,
                    bidder: None,
                    bid_at: 0,
                    ends_at: time + self.terms.auction_secs,
                    done: false,
                });
            }
            (vault.collateral, vault.debt) = (0.0, 0.0);
        }
    }

    fn send_bids(&mut self, time: u64, prices: &[f64], gas: Gas) {
        let terms = self.terms;
        for index in 0..self.bidders.len() {
            let opportunist = self.bidders[index].opportunist;
            let mut free = self.bidders[index].capital;
            free -= self.bidders[index]
                .sent
                .iter()
                .map(|bid| bid.amount)
                .sum::<f64>();
            let mut sends = 0;
            for (number, lot) in self.lots.iter().enumerate() {
                if sends == SENDS_A_BLOCK {
                    break;
                }
                let held = lot.bidder == Some(index);
                let over = lot.done || time >= lot.ends_at;
                let asked = self.bidders[index].sent.iter().any(|bid| bid.lot == number);
                if held || over || asked {
                    continue;
                }
                let value = lot.collateral * prices.get(lot.market).copied().unwrap_or_default();
                let worth = (value * (1.0 - KEEPERS_MARGIN)).min(lot.wanted);
                let amount = if opportunist { NEXT_TO_NOTHING } else { worth };
                let fee_gwei = if opportunist { gas.p90 } else { self.calm.p90 };
                if amount < lot.bid * (1.0 + terms.raise) || amount <= lot.bid || amount > free {
                    continue;
                }
                free -= amount;
                sends += 1;
                self.bidders[index].sent.push_back(Bid {
                    lot: number,
                    amount,
                    fee_gwei,
                });
            }
        }
    }

    /// What became of it.
    pub fn end(mut self) -> ControlReport {
        self.report.open = self.lots.iter().filter(|lot| !lot.done).count() as u64;
        let stuck: usize = self.bidders.iter().map(|bidder| bidder.sent.len()).sum();
        self.report.bids_stuck += stuck as u64;
        if self.report.auctions > 0 {
            self.report.discount_mean = self.discounts / self.report.auctions as f64;
        }
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::{Beginning, Control, ControlReport, Gas, Temper, Terms};

    fn gas(p60: f64) -> Gas {
        Gas {
            time: 0,
            p30: p60 / 2.0,
            p60,
            p90: p60 * 2.0,
            assumed: false,
        }
    }

    fn vaults(count: usize) -> Vec<(usize, Beginning)> {
        let one = Beginning {
            temper: Temper::Passive,
            debt: 8_000.0,
            collateral: 50.0,
            reserve: 0.0,
            kept: 0.0,
        };
        vec![(0, one); count]
    }

    /// A price of 200 for an hour, then of `low`; gas of `congested` from the fall on.
    fn fall(low: f64, congested: f64, count: usize) -> ControlReport {
        let mut terms = Terms::march_2020(0.8333);
        if count < 10 {
            terms.capital = 10.0;
        }
        let mut control = Control::new(terms, gas(10.0), &vaults(count));
        for minute in 0..600_u64 {
            let fallen = minute >= 60;
            let (price, now) = if fallen {
                (low, congested)
            } else {
                (200.0, 10.0)
            };
            control.block(1_000_000 + minute * 60, &[price], gas(now));
        }
        control.end()
    }

    #[test]
    fn on_a_calm_day_bidders_outbid_each_other_and_nothing_goes_for_nothing() {
        let report = fall(180.0, 10.0, 3);
        assert_eq!(report.liquidations, 3);
        assert_eq!(report.zero_bids, 0, "{report:?}");
        assert_eq!(report.open, 0, "{report:?}");
        assert!(report.deficit < 1.0, "{report:?}");
        assert!(report.discount_mean < 0.15, "{report:?}");
    }

    #[test]
    fn when_gas_rises_over_their_settings_lots_go_for_nothing() {
        let report = fall(180.0, 150.0, 3);
        assert_eq!(report.zero_bids, report.auctions, "{report:?}");
        assert!(report.zero_bids > 0);
        assert!(report.deficit > 20_000.0, "{report:?}");
        assert!(report.bids_stuck > 0);
    }

    #[test]
    fn without_capital_enough_the_rest_goes_for_nothing_too() {
        // All owe at once; the bidders' capital is a tenth of it, and comes back only as lots are sold.
        let report = fall(180.0, 10.0, 400);
        assert!(report.zero_bids > 0, "{report:?}");
    }

    #[test]
    fn a_path_without_a_fall_sells_nothing_and_equal_runs_are_equal() {
        assert_eq!(fall(200.0, 150.0, 5), ControlReport::default());
        assert_eq!(fall(150.0, 150.0, 20), fall(150.0, 150.0, 20));
    }

    #[test]
    fn a_bid_that_does_not_raise_enough_or_comes_after_the_end_changes_nothing() {
        let mut control = Control::new(Terms::march_2020(0.8333), gas(10.0), &vaults(1));
        control.block(0, &[150.0], gas(10.0));
        let lot = control.lots[0].clone();
        assert_eq!(lot.bidder, None);
        let bid = |amount: f64| super::Bid {
            lot: 0,
            amount,
            fee_gwei: 20.0,
        };
        control.bidders[0].capital = 1e6;
        control.bidders[1].capital = 1e6;
        control.land(0, &bid(1_000.0), 10);
        control.land(1, &bid(1_020.0), 20);
        assert_eq!(
            (control.lots[0].bid, control.lots[0].bidder),
            (1_000.0, Some(0))
        );
        control.land(1, &bid(1_030.0), 30);
        assert_eq!(
            (control.lots[0].bid, control.lots[0].bidder),
            (1_030.0, Some(1))
        );
        assert_eq!(
            control.bidders[0].capital, 1e6,
            "who is outbid has his money back"
        );
        control.land(0, &bid(5_000.0), 30 + 600);
        assert_eq!(
            control.lots[0].bidder,
            Some(1),
            "ten minutes after the last bid it is won"
        );
    }
}
