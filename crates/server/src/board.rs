//! Every token's figures at one block, for ranking; made once per block, when somebody asks.

use std::collections::HashMap;
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use ballast_store::{
    AssetFacts, Column, HolderCount, Ledger, LoanBook, Pause, Pool, Row, Supply, Token, TokenFacts,
};
use tokio::sync::Mutex;

use crate::figures::TokenState;
use crate::options::bound;
use crate::problem::Problem;
use crate::snapshot::{Asks, Snapshot, Stamp};
use crate::views::Counts;

/// One token on the board.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub state: TokenState,
    pub counts: Counts,
}

/// All tokens at one block, newest launch first.
pub(crate) type Board = Arc<Vec<Entry>>;

/// The board of the newest block it was made for.
#[derive(Debug, Default)]
pub(crate) struct Boards(Mutex<Option<(Arc<Stamp>, Board)>>);

impl Boards {
    /// The board at the snapshot's block, newest launch first.
    pub async fn at(&self, snapshot: &Snapshot) -> Result<Arc<Vec<Entry>>, Problem> {
        let mut kept = self.0.lock().await;
        if let Some((stamp, board)) = kept.as_ref()
            && stamp.same_state(&snapshot.stamp)
        {
            return Ok(Arc::clone(board));
        }
        let board = Arc::new(make(snapshot).await?);
        // Only a board of one state may stay for later requests.
        if snapshot.is_whole() {
            *kept = Some((Arc::clone(&snapshot.stamp), Arc::clone(&board)));
        }
        Ok(board)
    }
}

async fn make(snapshot: &Snapshot) -> Result<Vec<Entry>, Problem> {
    let mut asks = Asks::default();
    let newest = vec![bound::TOKENS_RANKED_MAX.to_value()];
    let tokens = asks.find::<Token>("newest", newest);
    let facts = asks.find::<TokenFacts>("all", Vec::new());
    let assets = asks.find::<AssetFacts>("all", Vec::new());
    let supplies = asks.find::<Supply>("all", Vec::new());
    let books = asks.find::<LoanBook>("all", Vec::new());
    let pauses = asks.find::<Pause>("all", Vec::new());
    let pools = asks.find::<Pool>("all", Vec::new());
    let holders = asks.find::<HolderCount>("all", Vec::new());
    let all_ledgers = asks.find::<Ledger>("all", Vec::new());
    let loans = asks.rows("loans", "counts_open", Vec::new());
    let found = snapshot.ask(asks).await?;
    let mut facts = by(found.all(facts)?, |one| one.token);
    let assets = by(found.all(assets)?, |one| one.asset);
    let mut supplies = by(found.all(supplies)?, |one| one.token);
    let mut books = by(found.all(books)?, |one| one.reserve);
    let mut pauses = by(found.all(pauses)?, |one| one.reserve);
    let mut pools = by(found.all(pools)?, |one| one.pool);
    let holders = by(found.all(holders)?, |one| one.token);
    let loans = loans_open(found.rows(loans));
    let mut ledgers: HashMap<Address, Vec<Ledger>> = HashMap::new();
    for ledger in found.all(all_ledgers)? {
        ledgers.entry(ledger.reserve).or_default().push(ledger);
    }
    let tokens = found.all(tokens)?;
    let mut board = Vec::new();
    for token in tokens {
        let (address, reserve) = (token.token, token.reserve);
        let pool = token.pool.and_then(|pool| pools.remove(&pool));
        let of_token = token
            .assets
            .iter()
            .filter_map(|asset| assets.get(asset).cloned());
        let state = TokenState::whole(
            token.clone(),
            facts.remove(&address),
            of_token.collect(),
            supplies.remove(&address),
            ledgers.remove(&reserve).unwrap_or_default(),
            snapshot.now(),
        );
        // One that is not whole yet appears with the next block.
        let Ok(state) = state else { continue };
        let state = TokenState {
            book: books.remove(&reserve),
            pause: pauses.remove(&reserve),
            pool,
            ..state
        };
        let counts = Counts {
            holders: holders.get(&address).map_or(0, |one| one.holders),
            loans_open: loans.get(&address).copied().unwrap_or(0),
        };
        board.push(Entry { state, counts });
    }
    Ok(board)
}

fn by<R>(records: Vec<R>, key: impl Fn(&R) -> Address) -> HashMap<Address, R> {
    records.into_iter().map(|one| (key(&one), one)).collect()
}

/// Open loans by token.
fn loans_open(rows: &[Row]) -> HashMap<Address, u64> {
    let pair = |row: &Row| {
        let token = row.first().and_then(Address::from_value)?;
        Some((token, row.get(1).and_then(u64::from_value)?))
    };
    rows.iter().filter_map(pair).collect()
}

/// What tokens are ranked by: text that sorts as the value does; none sorts last in either direction.
pub(crate) type RankKey = Option<String>;

/// A number as text that sorts like it.
pub(crate) fn number_key(value: U256) -> RankKey {
    Some(format!("{value:064x}"))
}

/// A signed number as text that sorts like it.
pub(crate) fn signed_key(value: Option<i64>) -> RankKey {
    let shifted = i128::from(value?).checked_sub(i128::from(i64::MIN))?;
    Some(format!("{shifted:032x}"))
}

#[cfg(test)]
mod tests {
    use super::{number_key, signed_key};
    use alloy::primitives::U256;

    #[test]
    fn keys_sort_as_their_values() {
        let ordered = [i64::MIN, -5, -1, 0, 1, 70, i64::MAX].map(|one| signed_key(Some(one)));
        assert!(ordered.is_sorted());
        assert!(number_key(U256::from(9)) < number_key(U256::from(10)));
        assert_eq!(signed_key(None), None);
    }
}
