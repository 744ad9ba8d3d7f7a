//! A pool of collateral and synthetic in the shape of Uniswap V2: what a swap gives, and which swap leads to a price.

/// What a pool keeps of what is paid in.
const FEE: f64 = 0.003;

/// A pool, in whole tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pool {
    /// Collateral in it.
    pub collateral: f64,
    /// Synthetic in it.
    pub synthetic: f64,
}

/// A swap, by what is paid in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Swap {
    /// Collateral for synthetic.
    SellCollateral(f64),
    /// Synthetic for collateral.
    BuyCollateral(f64),
}

impl Pool {
    /// Synthetics for one token of collateral; zero for an empty pool.
    pub fn price(&self) -> f64 {
        if self.collateral > 0.0 {
            self.synthetic / self.collateral
        } else {
            0.0
        }
    }

    /// Synthetic for `collateral` paid in.
    pub fn synthetic_for(&self, collateral: f64) -> f64 {
        given(collateral, self.collateral, self.synthetic)
    }

    /// Collateral for `synthetic` paid in.
    pub fn collateral_for(&self, synthetic: f64) -> f64 {
        given(synthetic, self.synthetic, self.collateral)
    }

    /// The swap that brings the price to `target`, or none where it is within the pool's fee of it already.
    pub fn towards(&self, target: f64) -> Option<Swap> {
        let price = self.price();
        if price <= 0.0 || target <= 0.0 {
            return None;
        }
        if (price / target - 1.0).abs() <= FEE {
            return None;
        }
        let product = self.collateral * self.synthetic;
        if price > target {
            // Until what the next token fetches, after the fee, is the target.
            let reach = (product / (target / (1.0 - FEE))).sqrt() - self.collateral;
            (reach > 0.0).then_some(Swap::SellCollateral(reach / (1.0 - FEE)))
        } else {
            let reach = (product * target * (1.0 - FEE)).sqrt() - self.synthetic;
            (reach > 0.0).then_some(Swap::BuyCollateral(reach / (1.0 - FEE)))
        }
    }

    /// The pool after `swap`.
    #[must_use]
    pub fn after(&self, swap: Swap) -> Self {
        match swap {
            Swap::SellCollateral(paid) => Self {
                collateral: self.collateral + paid,
                synthetic: self.synthetic - self.synthetic_for(paid),
            },
            Swap::BuyCollateral(paid) => Self {
                collateral: self.collateral - self.collateral_for(paid),
                synthetic: self.synthetic + paid,
            },
        }
    }
}

fn given(paid: f64, from: f64, to: f64) -> f64 {
    if from <= 0.0 || paid <= 0.0 {
        return 0.0;
    }
    let paid = paid * (1.0 - FEE);
    to * paid / (from + paid)
}

#[cfg(test)]
mod tests {
    use super::{Pool, Swap};

    const POOL: Pool = Pool {
        collateral: 1_000.0,
        synthetic: 200_000.0,
    };

    #[test]
    fn a_swap_towards_a_price_arrives_within_the_fee_and_stops_there() {
        for target in [120.0, 190.0, 198.0, 202.0, 240.0, 400.0] {
            let Some(swap) = POOL.towards(target) else {
                panic!("{target} is further than the fee");
            };
            let after = POOL.after(swap);
            assert!(
                (after.price() / target - 1.0).abs() < 0.0035,
                "{target}: {}",
                after.price()
            );
            let further = after.towards(target).map(|swap| match swap {
                Swap::SellCollateral(paid) => paid * target,
                Swap::BuyCollateral(paid) => paid,
            });
            assert!(further.unwrap_or_default() < 200.0, "{target}: {further:?}");
        }
        assert_eq!(POOL.towards(200.2), None);
        assert_eq!(Pool::default().towards(1.0), None);
    }

    #[test]
    fn a_swap_never_lowers_the_product_and_never_empties_a_side() {
        for paid in [0.001, 1.0, 1e3, 1e9] {
            for swap in [Swap::SellCollateral(paid), Swap::BuyCollateral(paid)] {
                let after = POOL.after(swap);
                assert!(after.collateral > 0.0 && after.synthetic > 0.0);
                let product = POOL.collateral * POOL.synthetic;
                assert!(after.collateral * after.synthetic >= product * (1.0 - 1e-12));
            }
        }
    }
}
