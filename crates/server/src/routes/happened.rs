//! Pages of what happened, the newest first, each row with its transaction.

use alloy::primitives::Address;
use ballast_store::{BackstopMove, Column, Fill, Loss, PegMove, Record, Redemption, Take, Value};

use crate::answer::{Listed, listed, page_of};
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::events::{place, placed};
use crate::routes::market::transactions;
use crate::snapshot::Snapshot;
use crate::wire::Hash;

/// A row of a table with the transaction that it came in.
pub(crate) type Sent<'r, R> = (&'r R, Option<Hash>);

/// A record that came in one log, and whose statement `page_down` reads backwards: of a contract, before a place in
/// the chain's order, within a span of time, by what else narrows it, at most so many.
pub(crate) trait Happened: Record {
    /// Block and position in it.
    fn place(&self) -> (u64, u64);
}

macro_rules! happened {
    ($($record:ty),*) => {
        $(impl Happened for $record {
            fn place(&self) -> (u64, u64) {
                (self.block, self.log_index)
            }
        })*
    };
}
happened!(Take, Redemption, Loss, PegMove, BackstopMove, Fill);

/// What of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backwards {
    /// Before this place.
    before: (u64, u64),
    /// First and last unix second.
    span: (u64, u64),
    /// Most rows.
    limit: u64,
}

impl Backwards {
    /// What the parameters `from`, `to`, `limit` and `cursor` say.
    pub(crate) fn read(query: &Query) -> Result<Self, Problem> {
        Ok(Self {
            span: query.span()?,
            limit: query.limit()?,
            before: placed(query)?.unwrap_or((i64::MAX.unsigned_abs(), 0)),
        })
    }

    /// The page of what happened at `contract`, narrowed by the further parameters `only`.
    pub(crate) async fn page<R: Happened, V>(
        self,
        snapshot: &Snapshot,
        contract: Address,
        only: impl IntoIterator<Item = Value>,
        view: impl Fn(Sent<'_, R>) -> V,
    ) -> Result<Listed<V>, Problem> {
        let (before, span) = (self.before, self.span);
        let mut params = vec![contract.to_value()];
        params.extend([before.0, before.1, span.0, span.1].map(|number| number.to_value()));
        params.extend(only);
        params.push((self.limit + 1).to_value());
        let found = snapshot.find::<R>("page_down", params).await?;
        let cursor = |one: &R| place(one.place().0, one.place().1);
        let (found, next) = page_of(found, self.limit, cursor);
        let sent = transactions(snapshot, found.iter().map(R::place)).await?;
        let rows = found.iter().zip(sent).map(view).collect();
        Ok(listed(snapshot, (rows, next)))
    }
}
