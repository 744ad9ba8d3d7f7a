//! Prices that several sources agree on, and what sources and quorums said.

use alloy_primitives::{Address, B256, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// A price as its aggregator keeps it, with how it is agreed on. Prices are base units of account per base unit of the
    /// asset, times 1e36.
    AssetPrice in "asset_prices", key 2 {
        /// The aggregator.
        prices: Address,
        /// The asset.
        asset: Address,
        /// Height at which it was added.
        block: u64,
        /// Age above which a stored price is not safe.
        max_age_secs: u64,
        /// How long liquidations wait once it is not safe.
        grace_secs: u64,
        /// Least sources that must agree.
        min_sources: u64,
        /// What a source may be off before it reports again, in wad.
        deviation: U256,
        /// How far a source may be from the median, in wad.
        max_deviation: U256,
        /// How far the price may move within a window, in wad.
        max_step: U256,
        /// The window.
        step_window_secs: u64,
        /// At most `mid`, as stored.
        low: U256,
        /// As stored; zero where there never was one.
        mid: U256,
        /// At least `mid`, as stored.
        high: U256,
        /// Of the sources that agreed last.
        median: U256,
        /// Unix seconds of the last safe aggregation; zero where there never was one.
        updated_at: u64,
        /// Whether it was held back by a step: 0 or 1.
        stepped: u64,
        /// Whether the last aggregation found too few sources: 0 or 1.
        is_unsafe: u64,
        /// Since when an aggregation found too few sources; zero if the last found enough.
        unsafe_since: u64,
        /// When the last grace began, unix seconds; zero where there never was one.
        grace_at: u64,
    }
}

record! {
    /// A source of a price, with why it did not count when last it did not.
    PriceSource in "price_sources", key 3 {
        /// The aggregator.
        prices: Address,
        /// The asset.
        asset: Address,
        /// Its place.
        source_index: u64,
        /// Its contract.
        source: Address,
        /// Age above which it does not count.
        max_age_secs: u64,
        /// At or under this it does not count, times 1e36.
        least: U256,
        /// At or above this it does not count, times 1e36.
        most: U256,
        /// Gas that it may use.
        gas_most: u64,
        /// Whether it may answer that it is locked: 0 or 1.
        lockable: u64,
        /// Whether it must see the price now and then: 0 or 1.
        observing: u64,
        /// Why it did not count, as the contract numbers faults; zero while it does.
        fault: u64,
        /// What it said then, times 1e36.
        fault_mid: U256,
        /// When, unix seconds.
        fault_at: u64,
        /// In which transaction.
        fault_transaction: B256,
    }
}

record! {
    /// A price as an aggregation stored it, times 1e36.
    PricePoint in "price_points", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The aggregator.
        prices: Address,
        /// The asset.
        asset: Address,
        /// At most `mid`.
        low: U256,
        /// What is thought right.
        mid: U256,
        /// At least `mid`.
        high: U256,
        /// Of the sources that agreed.
        median: U256,
        /// Whether it was held back by a step: 0 or 1.
        stepped: u64,
    }
}

record! {
    /// The prices of one hour or one day, times 1e36.
    AssetPricePeriod in "asset_price_periods", key 4 {
        /// The aggregator.
        prices: Address,
        /// The asset.
        asset: Address,
        /// 3,600 or 86,400.
        period_secs: u64,
        /// Unix seconds of its first second, a multiple of its length.
        starts: u64,
        /// Height of its last aggregation.
        block: u64,
        /// Its first `mid`.
        open: U256,
        /// Its highest `mid`.
        high: U256,
        /// Its lowest `mid`.
        low: U256,
        /// Its last `mid`.
        close: U256,
        /// Its lowest `low`.
        lowest: U256,
        /// Its highest `high`.
        highest: U256,
        /// Its last median.
        median: U256,
        /// Whether its last one was held back by a step: 0 or 1.
        stepped: u64,
        /// Aggregations in it.
        pokes: u64,
    }
}

record! {
    /// A price that became unsafe, or a source that did not count.
    PriceFault in "price_faults", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The aggregator.
        prices: Address,
        /// The asset.
        asset: Address,
        /// `unsafe` or `left_out`.
        kind: String,
        /// The source.
        source: Option<Address>,
        /// Why it did not count, as the contract numbers faults.
        fault: u64,
        /// What it said, times 1e36.
        mid: U256,
    }
}

record! {
    /// Who may sign reports, and how many it takes.
    ReportQuorum in "report_quorums", key 1 {
        /// The contract that checks the signatures.
        contract: Address,
        /// Least reports of a round.
        quorum: u64,
        /// Who may sign.
        signers: Vec<Address>,
        /// Height at which they were set.
        block: u64,
    }
}

record! {
    /// The last round that a quorum reported of an asset.
    LatestReport in "latest_reports", key 2 {
        /// The contract that checks the signatures.
        contract: Address,
        /// The asset.
        asset: Address,
        /// The round.
        round: U256,
        /// Whole units of account per whole token, in wad.
        price: U256,
        /// Half the width of the range around it.
        confidence: U256,
        /// Unix seconds at which venues were asked.
        time: U256,
        /// How many reports it was made of.
        reports: u64,
        /// Height of its arrival.
        block: u64,
    }
}
