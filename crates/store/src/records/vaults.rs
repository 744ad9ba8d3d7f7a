//! Synthetics, their markets and vaults, and what happened to them.

use alloy_primitives::{Address, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// A synthetic as its book keeps it.
    Synthetic in "synthetics", key 1 {
        /// The synthetic, which is the book of its vaults.
        synthetic: Address,
        /// Height of its first event.
        block: u64,
        /// Base units in existence.
        supply: U256,
        /// What the book holds of itself.
        surplus: U256,
        /// Losses that nobody has paid yet, of all markets and of the peg module.
        deficit: U256,
        /// Minted by the peg module and not burned again.
        peg_ledger: U256,
        /// The peg module's part of the deficit.
        peg_deficit: U256,
        /// Until when new debt is stopped, unix seconds; zero where it never was.
        stopped_until: u64,
        /// How many markets it has.
        markets: u64,
    }
}

record! {
    /// A market of a synthetic as its book keeps it: the index grows without an event.
    VaultMarket in "vault_markets", key 2 {
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Height of its creation.
        block: u64,
        /// The token that its vaults hold.
        collateral: Address,
        /// The contract of its prices.
        prices: Address,
        /// Most debt per value of collateral that an owner's action may leave, in wad.
        borrow_ltv: U256,
        /// Least debt of a vault.
        min_debt: U256,
        /// Seconds in which the mint limit is filled again.
        mint_window_secs: u64,
        /// Debt per value of collateral above which a vault is unhealthy, in wad.
        liq_ltv: U256,
        /// The largest discount of a fall alone, in wad.
        max_discount: U256,
        /// Seconds in which the clock's discount grows by it.
        ramp_secs: u64,
        /// Least redemption fee, in wad.
        fee_min: U256,
        /// What that fee grows by down to no debt, in wad.
        fee_slope: U256,
        /// Who sets the stability rate; zero for nobody.
        rate_controller: Address,
        /// Base units of collateral of all vaults.
        held: U256,
        /// Debt of all vaults over the index.
        norm: U256,
        /// When the mint limit is full again, in 4096th parts of a second since 1970.
        full_at: u64,
        /// The index when the rate was last set.
        index_wad: U256,
        /// When that was, unix seconds.
        since: u64,
        /// Growth of the index a second, in wad.
        rate: U256,
        /// Most debt.
        ceiling: U256,
        /// Most net mint in a window.
        mint_limit: U256,
        /// Losses that nobody has paid yet.
        deficit: U256,
        /// Vaults that hold collateral or owe.
        vaults: u64,
    }
}

record! {
    /// A vault: the part of one owner in one market.
    Vault in "vaults", key 3 {
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Whose it is.
        owner: Address,
        /// Base units.
        collateral: U256,
        /// Debt over the index.
        norm: U256,
        /// When its clock was started, unix seconds; zero while none runs.
        flagged_at: u64,
        /// Whether it holds collateral or owes: 0 or 1.
        is_open: u64,
        /// Norm per base unit of collateral times 2^128, rounded down; the largest word without collateral, zero without norm.
        risk: U256,
        /// Height of its last change.
        changed: u64,
        /// Unix seconds of that.
        changed_at: u64,
    }
}

record! {
    /// A step of a market's ladder: vaults whose risk begins with the same bits.
    Rung in "rungs", key 3 {
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Which: see [`rung_of`](crate::rung_of).
        rung: u64,
        /// Debt of its vaults over the index.
        norm: U256,
        /// Base units of collateral of its vaults.
        collateral: U256,
        /// How many vaults.
        vaults: u64,
    }
}

record! {
    /// The mid price that vaults are taken at, as the projection of vaults last saw it.
    Mid in "mids", key 2 {
        /// The contract that keeps it.
        prices: Address,
        /// The asset.
        asset: Address,
        /// Base units of account per base unit of the asset, times 1e36.
        mid: U256,
    }
}

record! {
    /// A part of a vault that was sold.
    Take in "takes", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Whose vault it was.
        owner: Address,
        /// Who took.
        taker: Address,
        /// Base units of the synthetic that he burned.
        paid: U256,
        /// Base units that he got.
        collateral: U256,
        /// Debt over the index that was cut.
        norm: U256,
        /// The loss that was booked with it.
        deficit: U256,
        /// The mid price then, times 1e36; zero where it is not known.
        mid: U256,
    }
}

record! {
    /// A redemption of a synthetic for a vault's collateral.
    Redemption in "redemptions", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Whose vault it was.
        owner: Address,
        /// Who redeemed.
        redeemer: Address,
        /// Base units of the synthetic that he burned.
        burned: U256,
        /// Base units that he got.
        collateral: U256,
        /// Debt over the index that was cut.
        norm: U256,
        /// What stayed in the vault, in wad.
        fee: U256,
    }
}

record! {
    /// A loss that came up, or a part of one that was paid.
    Loss in "losses", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// The market's number; none for the peg module.
        market: Option<u64>,
        /// `take`, `book`, `peg`, `peg_back` or `covered`.
        kind: String,
        /// Whose vault it came of.
        owner: Option<Address>,
        /// Who paid, of `covered`; zero for all holders alike.
        payer: Option<Address>,
        /// Base units of the synthetic.
        amount: U256,
    }
}

record! {
    /// Something that happened to a vault.
    VaultChange in "vault_changes", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The synthetic.
        synthetic: Address,
        /// The market's number.
        market: u64,
        /// Whose vault it is.
        owner: Address,
        /// `adjusted`, `taken`, `redeemed`, `booked`, `flagged` or `unflagged`.
        kind: String,
        /// Who took or redeemed.
        account: Option<Address>,
        /// Base units of collateral that came in, as a two's complement.
        collateral: U256,
        /// Base units that were minted, as a two's complement.
        debt: U256,
        /// Debt over the index that was added, as a two's complement.
        norm: U256,
        /// The loss that came of it.
        deficit: U256,
    }
}
