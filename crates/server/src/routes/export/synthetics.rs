//! Tables of synthetics as files.

use alloy::primitives::{Address, I256, U256};
use ballast_store::{
    AssetPrice, AssetPricePeriod, Backstop, BackstopLot, BackstopMove, BackstopRequest, Column,
    Governor, GovernorCall, LatestReport, Loss, PegModule, PegMove, PriceFault, PricePoint,
    PriceSource, RateStep, Redemption, Synthetic, Take, Value, Vault, VaultChange, VaultMarket,
};
use bytes::Bytes;

use super::Writer;
use super::cells::{AsCell, Cell, Exported, exported};
use crate::problem::Problem;

exported! {
    Synthetic { synthetic, block, supply, surplus, deficit, peg_ledger, peg_deficit, stopped_until, markets }
    VaultMarket { synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount, ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling, mint_limit, deficit, vaults }
    Vault { synthetic, market, owner, collateral, norm, flagged_at, changed, changed_at }
    Take { block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid }
    Redemption { block, log_index, time, synthetic, market, owner, redeemer, burned, collateral, norm, fee }
    Loss { block, log_index, time, synthetic, market, kind, owner, payer, amount }
    AssetPrice { prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step, step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at }
    PriceSource { prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid, fault_at }
    PricePoint { block, log_index, time, prices, asset, low, mid, high, median, stepped }
    PriceFault { block, log_index, time, prices, asset, kind, source, fault, mid }
    LatestReport { contract, asset, round, price, confidence, time, reports, block }
    PegModule { module, synthetic, custody, cap, entered, exited }
    PegMove { block, log_index, time, synthetic, module, kind, account, recipient, units, amount }
    Backstop { backstop, synthetic, shares, cash, stream_left, stream_since, stream_end, entering, owed }
    BackstopLot { backstop, market, held, started_at }
    BackstopRequest { backstop, epoch, owner, entering, exiting, exit_claimed }
    BackstopMove { block, log_index, time, synthetic, backstop, kind, account, epoch, market, amount, shares, collateral }
    Governor { governor, synthetic, owner, pending_owner, guardian }
    GovernorCall { governor, call, target, data, ready_at, expires_at, status, block }
    AssetPricePeriod { prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes }
}

/// Changes of vaults and steps of rates have numbers that may be under zero.
impl Exported for VaultChange {
    const NAMES: &'static [&'static str] = &[
        "block",
        "log_index",
        "time",
        "synthetic",
        "market",
        "owner",
        "kind",
        "account",
        "collateral",
        "debt",
        "norm",
        "deficit",
    ];
    fn cells(&self) -> Vec<Cell> {
        vec![
            self.block.cell(),
            self.log_index.cell(),
            self.time.cell(),
            self.synthetic.cell(),
            self.market.cell(),
            self.owner.cell(),
            self.kind.cell(),
            self.account.cell(),
            signed(self.collateral),
            signed(self.debt),
            signed(self.norm),
            self.deficit.cell(),
        ]
    }
}

impl Exported for RateStep {
    const NAMES: &'static [&'static str] = &[
        "controller",
        "market",
        "synthetic",
        "gap",
        "sum",
        "rate",
        "stepped_at",
    ];
    fn cells(&self) -> Vec<Cell> {
        vec![
            self.controller.cell(),
            self.market.cell(),
            self.synthetic.cell(),
            signed(self.gap),
            signed(self.sum),
            self.rate.cell(),
            self.stepped_at.cell(),
        ]
    }
}

/// A two's complement as the number that it stands for.
fn signed(word: U256) -> Cell {
    Cell::Signed(I256::from_raw(word).to_string())
}

impl Writer {
    /// An address to narrow a table by, and whether it does.
    fn narrowed(&self, part: Option<Address>) -> [Value; 2] {
        let narrows = self.of.is_some();
        [
            part.unwrap_or_default().to_value(),
            u64::from(narrows).to_value(),
        ]
    }

    /// The next page of a table of synthetics.
    pub(super) async fn of_synthetics(&mut self) -> Result<Bytes, Problem> {
        let (zero, none) = (0_u64.to_value(), Address::ZERO.to_value());
        let of = self.of.clone();
        let of = of.as_ref();
        let synthetic = self.narrowed(of.map(|of| of.token));
        let prices = self.narrowed(of.and_then(|of| of.prices));
        let backstop = self.narrowed(of.and_then(|of| of.backstop));
        let governor = self.narrowed(of.and_then(|of| of.governor));
        let timed = |of: [Value; 2]| [self.times().as_slice(), of.as_slice()].concat();
        let (by_synthetic, by_prices) = (timed(synthetic.clone()), timed(prices.clone()));
        let chain = [zero.clone(), zero.clone()];
        let first = std::slice::from_ref(&none);
        let pair = [none.clone(), zero.clone()];
        let two = [none.clone(), none.clone()];
        let word = [none.clone(), U256::ZERO.to_value()];
        match self.table {
            "synthetics" => self.rows::<Synthetic>(first, &synthetic).await,
            // No contract is at zero: the pair is before every row there can be.
            "vault_markets" => self.rows::<VaultMarket>(&pair, &synthetic).await,
            "vaults" => {
                let start = [none.clone(), zero, none];
                self.rows::<Vault>(&start, &synthetic).await
            }
            "vault_changes" => self.rows::<VaultChange>(&chain, &by_synthetic).await,
            "takes" => self.rows::<Take>(&chain, &by_synthetic).await,
            "redemptions" => self.rows::<Redemption>(&chain, &by_synthetic).await,
            "losses" => self.rows::<Loss>(&chain, &by_synthetic).await,
            "asset_prices" => self.rows::<AssetPrice>(&two, &prices).await,
            "price_sources" => {
                let start = [none.clone(), none, zero];
                self.rows::<PriceSource>(&start, &prices).await
            }
            "price_points" => self.rows::<PricePoint>(&chain, &by_prices).await,
            "price_faults" => self.rows::<PriceFault>(&chain, &by_prices).await,
            "asset_price_hours" | "asset_price_days" => {
                let start = [none.clone(), none, self.period().to_value(), zero];
                self.rows::<AssetPricePeriod>(&start, &by_prices).await
            }
            "reports" => self.rows::<LatestReport>(&two, &[]).await,
            "peg_modules" => self.rows::<PegModule>(first, &synthetic).await,
            "peg_moves" => self.rows::<PegMove>(&chain, &by_synthetic).await,
            "backstops" => self.rows::<Backstop>(first, &synthetic).await,
            "backstop_lots" => self.rows::<BackstopLot>(&pair, &backstop).await,
            "backstop_requests" => {
                let start = [none.clone(), U256::ZERO.to_value(), none];
                self.rows::<BackstopRequest>(&start, &backstop).await
            }
            "backstop_moves" => self.rows::<BackstopMove>(&chain, &by_synthetic).await,
            "governors" => self.rows::<Governor>(first, &synthetic).await,
            "governor_calls" => self.rows::<GovernorCall>(&word, &governor).await,
            _ => self.rows::<RateStep>(&pair, &synthetic).await,
        }
    }
}
