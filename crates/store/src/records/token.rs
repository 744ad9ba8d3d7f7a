//! What was launched, who has it and who has powers over it.

use alloy_primitives::{Address, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// A launched token.
    Token in "tokens", key 1 {
        /// Its address.
        token: Address,
        /// Its reserve.
        reserve: Address,
        /// Its owner at launch.
        owner: Address,
        /// Its converter, where trading is taxed.
        converter: Option<Address>,
        /// Its first pool, where it has one.
        pool: Option<Address>,
        /// What locks that pool's liquidity.
        liquidity_lock: Option<Address>,
        /// The backing assets.
        assets: Vec<Address>,
        /// Base units of each asset at launch.
        seeds: Vec<U256>,
        /// Height of the launch.
        block: u64,
        /// Unix seconds of the launch.
        time: u64,
    }
}

record! {
    /// What a launch fixed for ever, read from the chain once. Ratios in basis points, times in seconds.
    TokenFacts in "token_facts", key 1 {
        /// The token.
        token: Address,
        /// Height of the launch.
        block: u64,
        /// Its name.
        name: String,
        /// Its symbol.
        symbol: String,
        /// Unix second of the launch, from which the reserve counts.
        genesis: u64,
        /// Whether tokens can be redeemed: 0 or 1.
        redeemable: u64,
        /// What a redeemer leaves behind.
        redeem_fee_bps: u64,
        /// Principal over backing at most.
        ltv_bps: u64,
        /// Fee of one loan term, of principal.
        term_fee_bps: u64,
        /// Fee of a flash loan.
        flash_fee_bps: u64,
        /// One loan term.
        term_secs: u64,
        /// From the deadline to foreclosure.
        grace_secs: u64,
        /// One epoch of the stream.
        drip_secs: u64,
        /// Token base units of the largest fill; zero without a converter.
        lot: U256,
        /// The auction's multiple at launch, in wad; zero without a converter.
        start_multiple: U256,
        /// Most the buy fee can ever be.
        max_buy_bps: u64,
        /// Most the sell fee can ever be.
        max_sell_bps: u64,
        /// The buy fee at launch.
        buy_bps: u64,
        /// The sell fee at launch.
        sell_bps: u64,
        /// The reserve's share of the fees.
        reserve_bps: u64,
        /// The share that is burned.
        burn_bps: u64,
        /// The share that becomes pool liquidity.
        liquidity_bps: u64,
        /// Who shared in the fees at launch.
        recipients: Vec<Address>,
        /// The share of each.
        recipient_bps: Vec<U256>,
        /// Token base units made at launch; there are never more.
        launch_supply: U256,
        /// Whether the pool's first token is this one: 0 or 1.
        token_is_first: u64,
        /// Until when the pool's liquidity was locked at launch, unix seconds; zero without a lock.
        lock_until: U256,
        /// Whether `buy_bps` and `sell_bps` are the launch's own: 0 where neither its state nor its call could be read,
        /// so that they are those of a later block.
        fees_known: u64,
    }
}

record! {
    /// A backing asset, read from the chain once.
    AssetFacts in "asset_facts", key 1 {
        /// The asset.
        asset: Address,
        /// Height of the first launch that names it.
        block: u64,
        /// Its name; its address where it has none.
        name: String,
        /// Its symbol; its address where it has none.
        symbol: String,
        /// Its decimals.
        decimals: u64,
    }
}

record! {
    /// What a holder has.
    Balance in "balances", key 2 {
        /// The token.
        token: Address,
        /// The holder.
        holder: Address,
        /// Token base units.
        amount: U256,
    }
}

record! {
    /// How many hold a token.
    HolderCount in "holder_counts", key 1 {
        /// The token.
        token: Address,
        /// Addresses with more than nothing.
        holders: u64,
        /// Transfers so far, those of making and burning included.
        transfers: u64,
    }
}

record! {
    /// What exists of a token.
    Supply in "supplies", key 1 {
        /// The token.
        token: Address,
        /// Token base units in existence.
        supply: U256,
        /// Those that nobody can move.
        unspendable: U256,
    }
}

record! {
    /// Who holds the powers over a token.
    Powers in "powers", key 1 {
        /// The token.
        token: Address,
        /// Cuts fees, proposes raises, names the guardian.
        owner: Address,
        /// May pause entries; zero for nobody.
        guardian: Address,
    }
}

record! {
    /// A change of a token's fees.
    FeeChange in "fee_changes", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The token.
        token: Address,
        /// Buy fee in basis points.
        buy_bps: U256,
        /// Sell fee in basis points.
        sell_bps: U256,
        /// Unix seconds from which it holds.
        effective_at: U256,
    }
}

record! {
    /// A token's fees as its contract keeps them: a raise that waits holds from its second on, without an event.
    Fees in "fees", key 1 {
        /// The token.
        token: Address,
        /// Buy fee in basis points, before the raise holds.
        buy_bps: U256,
        /// Sell fee in basis points, before the raise holds.
        sell_bps: U256,
        /// Buy fee of the raise.
        next_buy_bps: U256,
        /// Sell fee of the raise.
        next_sell_bps: U256,
        /// Unix seconds from which the raise holds; zero where there is none.
        next_at: U256,
    }
}

record! {
    /// A change of who shares in a token's fees.
    RecipientChange in "recipient_changes", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The token.
        token: Address,
        /// Which recipient.
        recipient_index: u64,
        /// Who shall receive.
        account: Address,
        /// Unix seconds from which anybody may put it in force; zero where this put it in force.
        effective_at: u64,
    }
}

record! {
    /// The lock on a token's pool liquidity.
    LockUntil in "lock_untils", key 1 {
        /// The token.
        token: Address,
        /// The lock.
        liquidity_lock: Address,
        /// Unix seconds; the largest word for ever.
        until: U256,
        /// Pool shares taken out once it was over.
        withdrawn: U256,
    }
}
