//! Pools, their trades and prices, and the auction of fee tokens.

use alloy_primitives::{Address, U256};

use super::{Record, record};
use crate::StoreError;
use crate::value::{Column, Row, Value};

record! {
    /// What a token's first pool holds.
    Pool in "pools", key 1 {
        /// The pool.
        pool: Address,
        /// The token.
        token: Address,
        /// Token base units in it.
        tokens: U256,
        /// Base units of asset 0 in it.
        assets: U256,
    }
}

record! {
    /// A swap, seen from the pool: the token's fee is inside of what a seller gives and a buyer gets.
    Trade in "trades", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The token.
        token: Address,
        /// The pool.
        pool: Address,
        /// Who received.
        recipient: Address,
        /// Whether tokens left the pool: 0 or 1.
        is_buy: u64,
        /// Token base units, net.
        tokens: U256,
        /// Base units of asset 0, net.
        assets: U256,
        /// Whole units of asset 0 per whole token, in wad, rounded down; zero where no tokens moved.
        price_wad: U256,
    }
}

record! {
    /// The pool's price after the last event of a block that moved it.
    Price in "prices", key 2 {
        /// The token.
        token: Address,
        /// Height.
        block: u64,
        /// Unix seconds.
        time: u64,
        /// Whole units of asset 0 per whole token, in wad, rounded down.
        price_wad: U256,
    }
}

record! {
    /// The prices and trades of one hour or one day.
    PricePeriod in "price_periods", key 3 {
        /// The token.
        token: Address,
        /// 3,600 or 86,400.
        period_secs: u64,
        /// Unix seconds of its first second, a multiple of its length.
        starts: u64,
        /// Height of its last price.
        block: u64,
        /// Its first price, as in [`Price`].
        open: U256,
        /// Its highest price.
        high: U256,
        /// Its lowest price.
        low: U256,
        /// Its last price.
        close: U256,
        /// Token base units traded.
        volume_tokens: U256,
        /// Base units of asset 0 traded.
        volume_assets: U256,
        /// Trades.
        trades: u64,
    }
}

record! {
    /// A fill of the fee-token auction.
    Fill in "fills", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The token.
        token: Address,
        /// The converter.
        converter: Address,
        /// Who paid.
        bidder: Address,
        /// Who received the tokens.
        recipient: Address,
        /// Token base units sold.
        tokens: U256,
        /// Multiple of the backing paid, in wad.
        multiple: U256,
        /// Base units paid of each asset.
        paid: Vec<U256>,
    }
}

record! {
    /// The state of a fee-token auction, as its contract keeps it: the multiple falls without an event.
    Auction in "auctions", key 1 {
        /// The converter.
        converter: Address,
        /// The token.
        token: Address,
        /// The multiple when it was last set, in wad.
        multiple: U256,
        /// When that was, unix seconds.
        set_at: u64,
        /// Token base units allocated for sale; what arrived since is not in it.
        sale: U256,
        /// Token base units set aside for liquidity.
        liquidity_tokens: U256,
        /// Base units of asset 0 set aside for liquidity.
        liquidity_assets: U256,
        /// Base units of asset 0 that the last full lot fetched.
        last_lot_paid: U256,
        /// When, unix seconds; zero before the first.
        last_lot_at: u64,
        /// When liquidity was last added, unix seconds; zero before the first time.
        liquidity_at: u64,
        /// Token base units sold so far.
        sold: U256,
        /// Token base units burned so far.
        burned: U256,
        /// Who shares in the fees now.
        recipients: Vec<Address>,
    }
}

record! {
    /// What a converter owes to an account.
    Owed in "owed", key 3 {
        /// The converter.
        converter: Address,
        /// The account.
        account: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// Base units.
        amount: U256,
    }
}
