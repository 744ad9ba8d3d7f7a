//! The list of tokens, and one token.

use std::sync::Arc;

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Auction, Column, Fees, LockUntil, Powers, RecipientChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer, listed};
use crate::app::App;
use crate::board::{Entry, RankKey, number_key, signed_key};
use crate::figures::{TokenState, fees_at};
use crate::http::path::InPath;
use crate::options::bound;
use crate::problem::Problem;
use crate::query::{Query, bad_cursor};
use crate::routes::Refusals;
use crate::snapshot::{AsOf, Asks, Snapshot, reading};
use crate::views::{AssetRef, Counts, Sources, TokenSummary, source, summaries, summary};
use crate::wire::{Addr, Word};

const FILTERS: [&str; 4] = ["all", "market", "loans", "auction"];
const SORTS: [&str; 9] = [
    "launched", "name", "backing", "market", "premium", "coverage", "change", "holders", "supply",
];

/// Tokens of this deployment
///
/// A search looks into name, symbol and address. Tokens without the figure that is sorted by come last.
#[utoipa::path(
    get,
    path = "/v1/tokens",
    tag = "tokens",
    params(
        ("search" = Option<String>, Query, max_length = 64, description = "Part of a name, a symbol or an address"),
        ("asset" = Option<String>, Query, max_length = 64, description = "Address or symbol of a backing asset"),
        ("filter" = Option<String>, Query, pattern = "^(all|market|loans|auction)$", description = "Only those with a market, with open loans, or with a fee auction"),
        ("sort" = Option<String>, Query, pattern = "^(launched|name|backing|market|premium|coverage|change|holders|supply)$", description = "The figure to sort by"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", description = "Ascending or descending; by default names ascend and the rest descends"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 300, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<TokenSummary>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[
        "search", "asset", "filter", "sort", "order", "limit", "cursor",
    ])?;
    let wanted = &Wanted::from(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let board = snapshot.app.boards.at(snapshot).await?;
            let page = wanted.page(snapshot, &board).await?;
            Ok(listed(snapshot, page))
        }),
    )
    .await
}

/// What a list of tokens was asked for.
struct Wanted {
    search: String,
    asset: Option<String>,
    filter: &'static str,
    sort: &'static str,
    ascending: bool,
    limit: usize,
    after: Option<(RankKey, Address)>,
}

impl Wanted {
    fn from(query: &Query) -> Result<Self, Problem> {
        let short = |name: &str| match query.text(name) {
            Some(text) if text.chars().count() > bound::SEARCH_MAX => Err(Problem::parameter(
                name,
                format!("at most {} characters", bound::SEARCH_MAX),
                text,
            )),
            text => Ok(text.map(str::to_lowercase)),
        };
        let sort = query.choice("sort", &SORTS)?;
        let usual: [&'static str; 2] = match sort {
            "name" => ["asc", "desc"],
            _ => ["desc", "asc"],
        };
        let cursor = query.cursor::<2>()?;
        let after = cursor.map(|[key, token]| {
            let known = key.bytes().all(|byte| byte.is_ascii_hexdigit());
            let token = crate::query::cursor_address(&token)?;
            match (known, key.is_empty()) {
                (true, true) => Ok((None, token)),
                (true, false) => Ok((Some(key), token)),
                (false, _) => Err(bad_cursor(&key)),
            }
        });
        Ok(Self {
            search: short("search")?.unwrap_or_default(),
            asset: short("asset")?,
            filter: query.choice("filter", &FILTERS)?,
            sort,
            ascending: query.choice("order", &usual)? == "asc",
            limit: usize::try_from(query.limit()?).unwrap_or(usize::MAX),
            after: after.transpose()?,
        })
    }

    fn takes(&self, entry: &Entry) -> bool {
        let state = &entry.state;
        let holds = |text: &str| text.to_lowercase().contains(&self.search);
        let address = state.token.token.to_string();
        let found = holds(&state.facts.name) || holds(&state.facts.symbol) || holds(&address);
        let backed = self.asset.as_ref().is_none_or(|wanted| {
            state.assets.iter().any(|asset| {
                asset.symbol.to_lowercase() == *wanted
                    || asset.asset.to_string().to_lowercase() == *wanted
            })
        });
        let kept = match self.filter {
            "market" => state.pool.is_some(),
            "loans" => entry.counts.loans_open > 0,
            "auction" => state.token.converter.is_some(),
            _ => true,
        };
        found && backed && kept
    }

    fn key(&self, entry: &Entry, day: Option<i64>) -> Result<RankKey, Problem> {
        let state = &entry.state;
        Ok(match self.sort {
            "name" => {
                let name = state.facts.name.to_lowercase();
                Some(alloy::hex::encode(name)).filter(|name| !name.is_empty())
            }
            "backing" => state.floors_wad()?.first().copied().and_then(number_key),
            "market" => state.market_wad()?.and_then(number_key),
            "premium" => signed_key(state.premium_bps()?),
            "coverage" => state.coverage_wad()?.and_then(number_key),
            "change" => signed_key(day),
            "holders" => number_key(U256::from(entry.counts.holders)),
            "supply" => number_key(state.supply.supply),
            _ => number_key(U256::from(state.token.block)),
        })
    }

    /// Whether `one` comes before `other`.
    fn compare(&self, one: &(RankKey, Address), other: &(RankKey, Address)) -> std::cmp::Ordering {
        let missing = one.0.is_none().cmp(&other.0.is_none());
        let order = one.cmp(other);
        missing.then(if self.ascending {
            order
        } else {
            order.reverse()
        })
    }

    async fn page(
        &self,
        snapshot: &Snapshot,
        board: &Arc<Vec<Entry>>,
    ) -> Result<(Vec<TokenSummary>, Option<String>), Problem> {
        let taken: Vec<&Entry> = board.iter().filter(|entry| self.takes(entry)).collect();
        let changes: Vec<Option<i64>> = if self.sort == "change" {
            let known: Vec<_> = taken.iter().map(|entry| known(entry)).collect();
            let all = summaries(snapshot, &known).await?;
            all.iter().map(|one| one.floor_change_bps.day).collect()
        } else {
            vec![None; taken.len()]
        };
        let mut ranked = Vec::new();
        for (entry, change) in taken.into_iter().zip(changes) {
            let key = self.key(entry, change)?;
            ranked.push(((key, entry.state.token.token), entry));
        }
        ranked.sort_by(|one, other| self.compare(&one.0, &other.0));
        if let Some(after) = &self.after {
            ranked.retain(|(place, _)| self.compare(after, place).is_lt());
        }
        let more = ranked.len() > self.limit;
        ranked.truncate(self.limit);
        let last = ranked.last().filter(|_| more);
        let next =
            last.map(|((key, token), _)| format!("{}.{token:#x}", key.clone().unwrap_or_default()));
        let shown: Vec<_> = ranked.iter().map(|(_, entry)| known(entry)).collect();
        let rows = summaries(snapshot, &shown).await?;
        Ok((rows.iter().map(|one| one.as_ref().clone()).collect(), next))
    }
}

/// What a summary is made of.
fn known(entry: &Entry) -> (&TokenState, Option<Counts>) {
    (&entry.state, Some(entry.counts))
}

/// What the launch fixed for good.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TermsView {
    /// Whether tokens can be redeemed.
    pub redeemable: bool,
    /// What a redeemer leaves behind.
    pub redeem_fee_bps: u64,
    /// Principal over backing at most.
    pub ltv_bps: u64,
    /// Fee of one loan term, of principal.
    pub term_fee_bps: u64,
    /// Fee of a flash loan.
    pub flash_fee_bps: u64,
    /// One loan term.
    pub term_secs: u64,
    /// From the deadline to foreclosure.
    pub grace_secs: u64,
    /// One epoch of the stream.
    pub drip_secs: u64,
}

/// What a reserve has of one asset.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReserveView {
    /// The asset.
    pub asset: AssetRef,
    /// Base units of cash, vested to the block's second.
    pub cash: Word,
    /// Base units out on loan.
    pub lent: Word,
    /// Base units received and not yet vested.
    pub streaming: Word,
    /// Cash and lent: what claims share.
    pub total: Word,
    /// Whole units behind a whole token, in wad.
    pub floor_wad: Word,
    /// Cash over what free holders could claim, in wad; null where that is nothing.
    pub coverage_wad: Option<Word>,
}

/// A raise that waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PendingFees {
    /// Buy fee.
    pub buy_bps: u64,
    /// Sell fee.
    pub sell_bps: u64,
    /// Unix seconds from which it holds.
    pub effective_at: u64,
}

/// Fees on trading in registered pools.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeesView {
    /// Buy fee now.
    pub buy_bps: u64,
    /// Sell fee now.
    pub sell_bps: u64,
    /// Most the buy fee can ever be.
    pub max_buy_bps: u64,
    /// Most the sell fee can ever be.
    pub max_sell_bps: u64,
    /// A raise that waits; null without one.
    pub pending: Option<PendingFees>,
}

/// A replacement that waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PendingRecipient {
    /// Who shall receive.
    pub account: Addr,
    /// Unix seconds from which anybody may put it in force.
    pub effective_at: u64,
}

/// Somebody who shares in the fees.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecipientView {
    /// Who.
    pub account: Addr,
    /// His share.
    pub bps: u64,
    /// His replacement that waits; null without one.
    pub pending: Option<PendingRecipient>,
}

/// Where fees go; the shares sum to 10,000.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SplitView {
    /// To the reserve.
    pub reserve_bps: u64,
    /// Burned.
    pub burn_bps: u64,
    /// To the pool's liquidity.
    pub liquidity_bps: u64,
    /// To accounts.
    pub recipients: Vec<RecipientView>,
}

/// The token's first pool.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PoolView {
    /// Token base units in it.
    pub tokens: Word,
    /// Base units of asset 0 in it.
    pub assets: Word,
    /// Its price, in wad; null where it is empty.
    pub price_wad: Option<Word>,
    /// Until when the launch's liquidity is locked, unix seconds; the largest word for ever.
    pub locked_until: Word,
    /// Whether any of it was taken out of the lock.
    pub withdrawn: bool,
}

/// One token with everything that is known of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenDetail {
    /// What the list shows too.
    #[serde(flatten)]
    pub summary: TokenSummary,
    /// Who cuts fees and proposes raises.
    pub owner: Addr,
    /// Who may pause entries; zero for nobody.
    pub guardian: Addr,
    /// What the launch fixed.
    pub terms: TermsView,
    /// One for each backing asset.
    pub reserves: Vec<ReserveView>,
    /// Token base units locked in loans.
    pub locked: Word,
    /// Token base units that nobody can move.
    pub unspendable: Word,
    /// Loans ever opened.
    pub loan_count: u64,
    /// Fees on trading; null where trading is not taxed.
    pub fees: Option<FeesView>,
    /// Where they go; null where trading is not taxed.
    pub split: Option<SplitView>,
    /// The first pool; null without one.
    pub pool_state: Option<PoolView>,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// One token's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The token.
    pub token: TokenDetail,
}

/// One token
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}",
    tag = "tokens",
    params(("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address")),
    responses((status = 200, body = TokenAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            Ok(TokenAnswer {
                as_of: snapshot.as_of(),
                token: detail(snapshot, &state).await?,
            })
        }),
    )
    .await
}

async fn detail(snapshot: &Snapshot, state: &TokenState) -> Result<TokenDetail, Problem> {
    let facts = &state.facts;
    let token = state.token.token;
    let key = || vec![token.to_value()];
    let mut asks = Asks::default();
    let (powers, fees) = (asks.get::<Powers>(key()), asks.get::<Fees>(key()));
    let lock = asks.get::<LockUntil>(key());
    let changes = asks.find::<RecipientChange>("page_down", newest_of(token));
    let converter = state.token.converter.unwrap_or_default();
    let auction = asks.get::<Auction>(vec![converter.to_value()]);
    let found = snapshot.ask(asks).await?;
    let (powers, fees) = (found.first(powers)?, found.first(fees)?);
    let (changes, auction) = (found.all(changes)?, found.first(auction)?);
    let has_path = state.token.converter.is_some();
    Ok(TokenDetail {
        summary: summary(snapshot, state).await?.as_ref().clone(),
        owner: powers
            .as_ref()
            .map_or(state.token.owner, |one| one.owner)
            .into(),
        guardian: powers
            .as_ref()
            .map_or(Address::ZERO, |one| one.guardian)
            .into(),
        terms: TermsView {
            redeemable: facts.redeemable != 0,
            redeem_fee_bps: facts.redeem_fee_bps,
            ltv_bps: facts.ltv_bps,
            term_fee_bps: facts.term_fee_bps,
            flash_fee_bps: facts.flash_fee_bps,
            term_secs: facts.term_secs,
            grace_secs: facts.grace_secs,
            drip_secs: facts.drip_secs,
        },
        reserves: reserves(state)?,
        locked: state.locked().into(),
        unspendable: state.supply.unspendable.into(),
        loan_count: state.book.as_ref().map_or(0, |book| book.opened),
        fees: has_path.then(|| fees_view(state, fees.as_ref())),
        split: has_path.then(|| split(state, auction.as_ref(), &changes)),
        pool_state: pool(state, found.first(lock)?.as_ref())?,
        sources: sources(state),
    })
}

fn reserves(state: &TokenState) -> Result<Vec<ReserveView>, Problem> {
    let (floors, coverages) = (state.floors_wad()?, state.coverages_wad()?);
    let ledger = state.ledger()?;
    let parts = state.assets.iter().zip(&ledger).zip(floors).zip(coverages);
    parts
        .map(|(((asset, of), floor), coverage)| {
            Ok(ReserveView {
                asset: asset.into(),
                cash: of.cash.into(),
                lent: of.lent.into(),
                streaming: of.streaming(state.drip())?.into(),
                total: of.total()?.into(),
                floor_wad: floor.into(),
                coverage_wad: coverage.map(Word),
            })
        })
        .collect()
}

fn small(word: U256) -> u64 {
    u64::try_from(word).unwrap_or(u64::MAX)
}

fn fees_view(state: &TokenState, fees: Option<&Fees>) -> FeesView {
    let facts = &state.facts;
    let at_launch = (U256::from(facts.buy_bps), U256::from(facts.sell_bps));
    let (now, pending) = fees.map_or((at_launch, None), |fees| fees_at(fees, state.now));
    FeesView {
        buy_bps: small(now.0),
        sell_bps: small(now.1),
        max_buy_bps: facts.max_buy_bps,
        max_sell_bps: facts.max_sell_bps,
        pending: pending.map(|(buy, sell, at)| PendingFees {
            buy_bps: small(buy),
            sell_bps: small(sell),
            effective_at: small(at),
        }),
    }
}

/// The replacement of each recipient that waits: the last proposal that was not put in force.
fn waiting(changes: &[RecipientChange], count: usize) -> Vec<Option<PendingRecipient>> {
    let of_index = |index: u64| {
        let last = changes
            .iter()
            .find(|change| change.recipient_index == index)?;
        (last.effective_at > 0).then(|| PendingRecipient {
            account: last.account.into(),
            effective_at: last.effective_at,
        })
    };
    (0..u64::try_from(count).unwrap_or(0))
        .map(of_index)
        .collect()
}

/// The parameters of the newest page of a token's changes.
pub(crate) fn newest_of(token: Address) -> ballast_store::Row {
    let most = i64::MAX.unsigned_abs();
    vec![
        token.to_value(),
        most.to_value(),
        0_u64.to_value(),
        0_u64.to_value(),
        most.to_value(),
        bound::PAGE_MAX.to_value(),
    ]
}

fn split(state: &TokenState, auction: Option<&Auction>, changes: &[RecipientChange]) -> SplitView {
    let facts = &state.facts;
    let now = auction.map_or(&facts.recipients, |one| &one.recipients);
    let accounts = now.iter().copied();
    let pending = waiting(changes, now.len());
    let parts = accounts.zip(&facts.recipient_bps).zip(pending);
    SplitView {
        reserve_bps: facts.reserve_bps,
        burn_bps: facts.burn_bps,
        liquidity_bps: facts.liquidity_bps,
        recipients: parts
            .map(|((account, bps), pending)| RecipientView {
                account: account.into(),
                bps: small(*bps),
                pending,
            })
            .collect(),
    }
}

fn pool(state: &TokenState, lock: Option<&LockUntil>) -> Result<Option<PoolView>, Problem> {
    let Some(pool) = &state.pool else {
        return Ok(None);
    };
    let until = lock.map_or(state.facts.lock_until, |lock| lock.until);
    Ok(Some(PoolView {
        tokens: pool.tokens.into(),
        assets: pool.assets.into(),
        price_wad: state.market_wad()?.map(Word),
        locked_until: until.into(),
        withdrawn: lock.is_some_and(|lock| !lock.withdrawn.is_zero()),
    }))
}

/// Where the figures of a token come from.
pub(crate) fn sources(state: &TokenState) -> Sources {
    let token = state.token.token;
    let reserve = state.token.reserve;
    let shown = format!("ballast backing {}", token.to_checksum(None));
    let mut all = Sources::new();
    let mut add = |name: &str, contract: Address, call: &str, formula: Option<&str>| {
        all.insert(
            name.to_owned(),
            source(contract, call, shown.clone(), formula),
        );
    };
    add("supply", token, "totalSupply()", None);
    add("claims", token, "claims()", None);
    add(
        "floor_wad",
        reserve,
        "backing()",
        Some("totals times 10^(36 - decimals), over claims, rounded down"),
    );
    add("cash", reserve, "assetAt(index)", None);
    add("lent", reserve, "assetAt(index)", None);
    add("streaming", reserve, "assetAt(index)", None);
    add("total", reserve, "backing()", None);
    add("coverage_wad", reserve, "freeHolderCoverage(index)", None);
    add("locked", reserve, "locked()", None);
    add("loan_count", reserve, "loanCount()", None);
    add("terms", reserve, "terms()", None);
    add("paused_until", reserve, "pausedUntil()", None);
    add("owner", token, "owner()", None);
    add("guardian", token, "guardian()", None);
    if let Some(pool) = state.token.pool {
        add(
            "market_wad",
            pool,
            "getReserves()",
            Some("assets times 10^(36 - decimals), over tokens, rounded down"),
        );
        add(
            "premium_bps",
            pool,
            "getReserves()",
            Some("market over floor, less one"),
        );
    }
    if let Some(lock) = state.token.liquidity_lock {
        add("locked_until", lock, "lockedUntil()", None);
    }
    if let Some(converter) = state.token.converter {
        add("fees", token, "fees()", None);
        add("split", converter, "split()", None);
    }
    all
}
