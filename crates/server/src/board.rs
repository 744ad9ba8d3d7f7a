//! Every token's figures at one block, for ranking; made once per block, when somebody asks.

use std::collections::HashMap;
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use ballast_store::{
    AssetFacts, Column, HolderCount, Ledger, LoanBook, Pause, Pool, Statement, Supply, Token,
    TokenFacts, all,
};
use tokio::sync::Mutex;

use crate::figures::TokenState;
use crate::options::bound;
use crate::problem::Problem;
use crate::snapshot::{Snapshot, Stamp};
use crate::views::Counts;

/// One token on the board.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub state: TokenState,
    pub counts: Counts,
}

/// The board of the newest block it was made for.
#[derive(Debug, Default)]
pub(crate) struct Boards(Mutex<Option<(Stamp, Arc<Vec<Entry>>)>>);

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
        let after = Stamp::read(&snapshot.app).await?;
        if after.is_some_and(|after| after.same_state(&snapshot.stamp)) {
            *kept = Some((snapshot.stamp.clone(), Arc::clone(&board)));
        }
        Ok(board)
    }
}

async fn make(snapshot: &Snapshot) -> Result<Vec<Entry>, Problem> {
    let store = snapshot.store();
    let newest = vec![bound::TOKENS_RANKED_MAX.to_value()];
    let tokens: Vec<Token> = snapshot.find("newest", newest).await?;
    let mut facts = by(all::<TokenFacts>(store).await?, |one| one.token);
    let assets = by(all::<AssetFacts>(store).await?, |one| one.asset);
    let mut supplies = by(all::<Supply>(store).await?, |one| one.token);
    let mut books = by(all::<LoanBook>(store).await?, |one| one.reserve);
    let mut pauses = by(all::<Pause>(store).await?, |one| one.reserve);
    let mut pools = by(all::<Pool>(store).await?, |one| one.pool);
    let holders = by(all::<HolderCount>(store).await?, |one| one.token);
    let loans = loans_open(snapshot).await?;
    let mut ledgers: HashMap<Address, Vec<Ledger>> = HashMap::new();
    for ledger in all::<Ledger>(store).await? {
        ledgers.entry(ledger.reserve).or_default().push(ledger);
    }
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
async fn loans_open(snapshot: &Snapshot) -> Result<HashMap<Address, u64>, Problem> {
    let counts = Statement::new("loans", "counts_open");
    let rows = snapshot.store().read(counts, Vec::new()).await?;
    let pair = |row: &Vec<ballast_store::Value>| {
        let token = row.first().and_then(Address::from_value)?;
        Some((token, row.get(1).and_then(u64::from_value)?))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// Counts of one token, read alone.
pub(crate) async fn counts_of(snapshot: &Snapshot, token: Address) -> Result<Counts, Problem> {
    let key = || vec![token.to_value()];
    let holders: Option<HolderCount> = snapshot.get(key()).await?;
    let open = Statement::new("loans", "count_open");
    let rows = snapshot.store().read(open, key()).await?;
    let cell = rows.first().and_then(|row| row.first());
    Ok(Counts {
        holders: holders.map_or(0, |one| one.holders),
        loans_open: cell.and_then(u64::from_value).unwrap_or(0),
    })
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
