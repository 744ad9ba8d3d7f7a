//! Owners of vaults and their tempers: what each wants, from what he sees. Pure functions.
//!
//! Amounts are whole tokens, as floating point: nobody decides about his vault to the last digit. What the chain is
//! asked is rounded to what he really has.

use crate::market::Chance;

/// How an owner looks after his vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Temper {
    /// Never does anything.
    Passive,
    /// Adds collateral, then repays, when his ratio comes near the limit, and offers what gas costs now.
    Watcher,
    /// Borrows to the limit, borrows more when the price rises, and sells what he borrows; repays late.
    Leveraged,
    /// Wants to add collateral when it is nearly too late, and offers what gas cost before the fall.
    Late,
}

/// Every temper, with how many of a hundred owners have it.
pub const TEMPERS: [(Temper, u64); 4] = [
    (Temper::Passive, 40),
    (Temper::Watcher, 25),
    (Temper::Leveraged, 20),
    (Temper::Late, 15),
];

/// The safety at which a watcher acts: debt over the most that is healthy.
const WATCHER_ACTS: f64 = 0.95;
/// The safety that a watcher wants.
const WATCHER_WANTS: f64 = 0.80;
/// The safety at which a leveraged owner repays.
const LEVERAGED_REPAYS: f64 = 0.975;
/// The safety under which a leveraged owner borrows more.
const LEVERAGED_BORROWS: f64 = 0.82;
/// The safety that he borrows to.
const LEVERAGED_WANTS: f64 = 0.87;
/// The safety at which a late owner wakes up.
const LATE_ACTS: f64 = 0.97;
/// The least change of a vault that is worth a transaction, in synthetics.
const LEAST_CHANGE: f64 = 50.0;
/// The least debt that a vault may be left with, in synthetics, with some room.
const LEAST_DEBT: f64 = 110.0;

/// What an owner begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beginning {
    /// How he looks after it.
    pub temper: Temper,
    /// His debt, whole synthetics.
    pub debt: f64,
    /// His collateral at the first price, whole tokens.
    pub collateral: f64,
    /// Collateral that he keeps beside the vault.
    pub reserve: f64,
    /// How much of what he minted he keeps, from nothing to one.
    pub kept: f64,
}

/// What an owner sees.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// What the market pays for a whole token of collateral, dollars.
    pub price: f64,
    /// The most debt per value that is healthy.
    pub liq_ltv: f64,
    /// Collateral in the vault.
    pub collateral: f64,
    /// Debt of the vault.
    pub debt: f64,
    /// Collateral beside it.
    pub reserve: f64,
    /// Synthetics in hand.
    pub cash: f64,
    /// What gas costs now: what nine of ten offer less than, gwei.
    pub fee_now: f64,
    /// The same before the fall.
    pub fee_calm: f64,
    /// Whether new debt is possible: the stored price is safe.
    pub may_borrow: bool,
}

/// What an owner asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// Add collateral.
    Add(f64),
    /// Repay.
    Repay(f64),
    /// Mint.
    Borrow(f64),
}

/// A deed and what its owner offers for a unit of gas, gwei.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// What he wants.
    pub deed: Deed,
    /// What he offers at most.
    pub fee_gwei: f64,
}

impl Sight {
    /// Debt over the most debt that is healthy; above one the vault is unhealthy at the market's price.
    pub fn safety(&self) -> f64 {
        let most = self.collateral * self.price * self.liq_ltv;
        if most > 0.0 {
            self.debt / most
        } else {
            f64::MAX
        }
    }

    /// What to add for a safety of `wanted`.
    fn missing_collateral(&self, wanted: f64) -> f64 {
        let unit = self.price * self.liq_ltv * wanted;
        if unit > 0.0 {
            (self.debt / unit - self.collateral).max(0.0)
        } else {
            0.0
        }
    }

    /// What to repay for a safety of `wanted`, leaving no debt or enough of it.
    fn missing_payment(&self, wanted: f64) -> f64 {
        let most = self.collateral * self.price * self.liq_ltv * wanted;
        let payment = (self.debt - most).max(0.0).min(self.cash);
        payment.min((self.debt - LEAST_DEBT).max(0.0))
    }
}

/// What an owner of `temper` wants now.
pub fn wish(temper: Temper, sight: &Sight) -> Option<Wish> {
    if sight.debt <= 0.0 {
        return None;
    }
    match temper {
        Temper::Passive => None,
        Temper::Watcher if sight.safety() > WATCHER_ACTS => watch(sight),
        Temper::Leveraged => lever(sight),
        Temper::Late if sight.safety() > LATE_ACTS => add(sight, 0.85, sight.fee_calm),
        Temper::Watcher | Temper::Late => None,
    }
}

fn add(sight: &Sight, wanted: f64, fee_gwei: f64) -> Option<Wish> {
    let amount = sight.missing_collateral(wanted).min(sight.reserve);
    (amount * sight.price > LEAST_CHANGE).then_some(Wish {
        deed: Deed::Add(amount),
        fee_gwei,
    })
}

fn repay(sight: &Sight, wanted: f64, fee_gwei: f64) -> Option<Wish> {
    let amount = sight.missing_payment(wanted);
    (amount > LEAST_CHANGE).then_some(Wish {
        deed: Deed::Repay(amount),
        fee_gwei,
    })
}

fn watch(sight: &Sight) -> Option<Wish> {
    let fee = sight.fee_now;
    add(sight, WATCHER_WANTS, fee).or_else(|| repay(sight, WATCHER_WANTS, fee))
}

fn lever(sight: &Sight) -> Option<Wish> {
    if sight.safety() > LEVERAGED_REPAYS {
        return repay(sight, LEVERAGED_WANTS, sight.fee_now);
    }
    if sight.safety() > LEVERAGED_BORROWS || !sight.may_borrow {
        return None;
    }
    let most = sight.collateral * sight.price * sight.liq_ltv * LEVERAGED_WANTS;
    let amount = most - sight.debt;
    (amount > LEAST_CHANGE.max(sight.debt * 0.02)).then_some(Wish {
        deed: Deed::Borrow(amount),
        fee_gwei: sight.fee_now,
    })
}

/// `count` owners of vaults in a market that opens at `price`: many small debts, few large ones.
pub fn beginnings(count: usize, price: f64, liq_ltv: f64, chance: &mut Chance) -> Vec<Beginning> {
    (0..count)
        .map(|_| {
            let temper = temper(chance);
            let debt = (9.2 + 1.2 * chance.normal()).exp().clamp(300.0, 400_000.0);
            // New debt may be at most nine tenths of what is healthy under the preset whose limits are furthest apart.
            let safety = match temper {
                Temper::Passive => chance.between(0.45, 0.85),
                Temper::Watcher => chance.between(0.55, 0.85),
                Temper::Leveraged => chance.between(0.80, 0.88),
                Temper::Late => chance.between(0.60, 0.85),
            };
            let collateral = debt / (safety * liq_ltv * price);
            let (reserve, kept) = match temper {
                Temper::Passive => (0.0, 0.0),
                Temper::Watcher => (
                    collateral * chance.between(0.05, 0.4),
                    chance.between(0.1, 0.6),
                ),
                Temper::Leveraged => (0.0, chance.between(0.0, 0.2)),
                Temper::Late => (collateral * chance.between(0.1, 0.4), 0.0),
            };
            Beginning {
                temper,
                debt,
                collateral,
                reserve,
                kept,
            }
        })
        .collect()
}

fn temper(chance: &mut Chance) -> Temper {
    let mut left = chance.next() % 100;
    for (temper, share) in TEMPERS {
        if left < share {
            return temper;
        }
        left -= share;
    }
    Temper::Passive
}

#[cfg(test)]
mod tests {
    use super::{Deed, Sight, TEMPERS, Temper, beginnings, wish};
    use crate::market::Chance;

    fn sight(price: f64) -> Sight {
        Sight {
            price,
            liq_ltv: 0.8,
            collateral: 10.0,
            debt: 1_000.0,
            reserve: 5.0,
            cash: 300.0,
            fee_now: 200.0,
            fee_calm: 10.0,
            may_borrow: true,
        }
    }

    #[test]
    fn the_passive_never_act_and_nobody_acts_without_debt() {
        for price in [10.0, 126.0, 200.0, 1_000.0] {
            assert_eq!(wish(Temper::Passive, &sight(price)), None);
            let debtless = Sight {
                debt: 0.0,
                ..sight(price)
            };
            for (temper, _) in TEMPERS {
                assert_eq!(wish(temper, &debtless), None);
            }
        }
    }

    #[test]
    fn a_watcher_adds_collateral_before_the_limit_and_repays_once_he_has_none() {
        let near = sight(128.0);
        assert!(near.safety() > 0.95 && near.safety() < 1.0);
        let wished = wish(Temper::Watcher, &near).expect("acts");
        assert!(matches!(wished.deed, Deed::Add(amount) if amount > 2.0 && amount < 2.3));
        assert_eq!(wished.fee_gwei, 200.0);
        let bare = Sight {
            reserve: 0.0,
            ..near
        };
        let wished = wish(Temper::Watcher, &bare).expect("acts");
        assert!(matches!(wished.deed, Deed::Repay(amount) if amount > 150.0 && amount <= 300.0));
        assert_eq!(wish(Temper::Watcher, &sight(140.0)), None);
    }

    #[test]
    fn a_late_owner_offers_what_gas_cost_before_the_fall() {
        assert_eq!(wish(Temper::Late, &sight(131.0)), None);
        let wished = wish(Temper::Late, &sight(126.0)).expect("acts");
        assert_eq!(wished.fee_gwei, 10.0);
    }

    #[test]
    fn a_leveraged_owner_borrows_on_a_rise_and_only_where_that_is_possible() {
        let wished = wish(Temper::Leveraged, &sight(200.0)).expect("acts");
        assert!(matches!(wished.deed, Deed::Borrow(amount) if (amount - 392.0).abs() < 1e-6));
        let closed = Sight {
            may_borrow: false,
            ..sight(200.0)
        };
        assert_eq!(wish(Temper::Leveraged, &closed), None);
        assert!(matches!(
            wish(Temper::Leveraged, &sight(127.0)).expect("acts").deed,
            Deed::Repay(_)
        ));
    }

    #[test]
    fn beginnings_are_healthy_have_every_temper_and_follow_from_the_seed() {
        let make = |seed| beginnings(500, 195.0, 0.8333, &mut Chance::new(seed));
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        let all = make(3);
        for (temper, share) in TEMPERS {
            let count = all.iter().filter(|one| one.temper == temper).count() as u64;
            assert!(
                count > share * 3 && count < share * 7,
                "{temper:?}: {count}"
            );
        }
        for one in &all {
            assert!(one.debt < one.collateral * 195.0 * 0.8333 * 0.9);
        }
    }
}
