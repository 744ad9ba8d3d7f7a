//! The tables as typed records.

use alloy_primitives::{Address, B256, Bytes, U256};

use crate::StoreError;
use crate::value::{Column, Row, Value};

/// A row of one table.
pub trait Record: Sized {
    /// The table, which has a file of SQL of the same name.
    const TABLE: &'static str;
    /// How many of the first columns are the key.
    const KEY_COLUMNS: usize;

    /// The cells.
    fn row(&self) -> Row;

    /// The record that the cells hold.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    fn from_row(row: &[Value]) -> Result<Self, StoreError>;

    /// The cells of the key.
    fn key(&self) -> Row {
        let mut row = self.row();
        row.truncate(Self::KEY_COLUMNS);
        row
    }
}

macro_rules! record {
    ($(#[$meta:meta])* $name:ident in $table:literal, key $keys:literal {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)+
        }

        impl Record for $name {
            const TABLE: &'static str = $table;
            const KEY_COLUMNS: usize = $keys;

            fn row(&self) -> Row {
                vec![$(self.$field.to_value()),+]
            }

            fn from_row(row: &[Value]) -> Result<Self, StoreError> {
                let mut cells = row.iter();
                let corrupt = || StoreError::Corrupt { table: $table };
                Ok(Self {
                    $($field: cells.next().and_then(Column::from_value).ok_or_else(corrupt)?,)+
                })
            }
        }
    };
}

record! {
    /// A recent block of the canonical chain.
    Block in "blocks", key 1 {
        /// Height.
        number: u64,
        /// Hash.
        hash: B256,
        /// The block before.
        parent: B256,
        /// Unix seconds.
        time: u64,
    }
}

record! {
    /// A log of a watched contract, as the chain gave it.
    RawLog in "logs", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Who emitted it.
        address: Address,
        /// Its topics.
        topics: Vec<B256>,
        /// Its data.
        data: Bytes,
        /// The transaction.
        transaction_hash: B256,
        /// Unix seconds of the block.
        time: u64,
    }
}

record! {
    /// The deployment whose chain the store holds.
    Deployment in "deployments", key 1 {
        /// Its launchpad.
        launchpad: Address,
        /// Its chain.
        chain_id: u64,
        /// Hash of the manifest's first block.
        genesis_hash: B256,
    }
}

record! {
    /// How far a projection has come.
    Progress in "projections", key 1 {
        /// The projection.
        name: String,
        /// The version that wrote its tables.
        version: u64,
        /// The last block that is folded.
        block: u64,
        /// Why it stopped; none where it runs.
        stopped: Option<String>,
    }
}

record! {
    /// A row as it was before a block.
    Undo in "undo", key 3 {
        /// The projection that changed it.
        projection: String,
        /// The block whose events changed it.
        block: u64,
        /// Order within the block.
        sequence: u64,
        /// The row's table.
        record: String,
        /// The row's key, encoded.
        row_key: Bytes,
        /// The row before, encoded; none where it was not there.
        row_before: Option<Bytes>,
    }
}

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
    /// What a reserve has of one asset.
    Ledger in "ledgers", key 2 {
        /// The reserve.
        reserve: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// Base units of cash and of what still streams in; the two together change with events only.
        held: U256,
        /// Base units out on loan.
        lent: U256,
    }
}

record! {
    /// What came to a reserve from one source over its whole life.
    Inflow in "inflows", key 3 {
        /// The reserve.
        reserve: Address,
        /// Which asset, in the reserve's order.
        asset_index: u64,
        /// `seed`, `donation`, `conversion`, `flash_fee`, `loan_fee`, `redemption_fee`, `default`, `burn`. The last
        /// three move what was in the reserve already into the stream.
        source: String,
        /// Base units.
        amount: U256,
    }
}

record! {
    /// A loan.
    Loan in "loans", key 2 {
        /// The reserve.
        reserve: Address,
        /// Identifier.
        loan: U256,
        /// Who owes it.
        borrower: Address,
        /// Token base units still locked.
        collateral: U256,
        /// Base units still owed of each asset.
        principal: Vec<U256>,
        /// Unix seconds, as the last event gave it; a pause since then moves it later.
        deadline: U256,
        /// `open`, `repaid` or `foreclosed`.
        status: String,
        /// Height at which it was opened.
        opened: u64,
        /// Height of its last change.
        changed: u64,
    }
}

record! {
    /// Sums over a reserve's loans.
    LoanBook in "loan_books", key 1 {
        /// The reserve.
        reserve: Address,
        /// Loans ever opened.
        opened: u64,
        /// Token base units locked.
        locked: U256,
        /// Base units owed of each asset.
        principal: Vec<U256>,
    }
}

record! {
    /// What a pool holds.
    Pool in "pools", key 1 {
        /// The pool.
        pool: Address,
        /// Base units of its first token.
        reserve0: U256,
        /// Base units of its second token.
        reserve1: U256,
    }
}

record! {
    /// A swap.
    Trade in "trades", key 2 {
        /// Height.
        block: u64,
        /// Position in the block.
        log_index: u64,
        /// Unix seconds.
        time: u64,
        /// The pool.
        pool: Address,
        /// Who received.
        recipient: Address,
        /// Base units of the pool's first token in.
        amount0_in: U256,
        /// Base units of the pool's second token in.
        amount1_in: U256,
        /// Base units of the pool's first token out.
        amount0_out: U256,
        /// Base units of the pool's second token out.
        amount1_out: U256,
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
