//! The auction of fee tokens, now and before.

use alloy::primitives::U256;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_store::{Auction, Balance, Column, Fill};
use ballast_types::Wad;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Listed, answer};
use crate::app::App;
use crate::figures::{AuctionState, TokenState, token_of};
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::Refusals;
use crate::routes::happened::{Backwards, Sent};
use crate::snapshot::{AsOf, Asks, Snapshot, reading};
use crate::views::{Sources, source};
use crate::wire::{Addr, Hash, Word, words};

/// What the last full lot fetched.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastLotView {
    /// Base units of asset 0.
    pub paid: Word,
    /// Unix seconds.
    pub at: u64,
}

/// The price of a fill now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// Token base units: a full lot, or all that is for sale.
    pub tokens: Word,
    /// Base units of each asset to pay.
    pub amounts: Vec<Word>,
}

/// The auction now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuctionView {
    /// Multiple of the backing asked now, in wad.
    pub multiple_wad: Word,
    /// The multiple when it was last set.
    pub anchor_wad: Word,
    /// When that was, unix seconds.
    pub set_at: u64,
    /// How long the multiple takes to halve.
    pub halving_secs: u64,
    /// The multiple at launch.
    pub start_multiple_wad: Word,
    /// Token base units of the largest fill.
    pub lot: Word,
    /// Token base units for sale, with the part of what is not allocated yet.
    pub for_sale: Word,
    /// Token base units set aside for liquidity.
    pub liquidity_tokens: Word,
    /// Base units of asset 0 set aside for liquidity.
    pub liquidity_assets: Word,
    /// Token base units sold so far.
    pub sold: Word,
    /// Token base units burned so far.
    pub burned: Word,
    /// The last full lot; null before the first.
    pub last_lot: Option<LastLotView>,
    /// The price of a lot now; null where nothing is for sale, at the floor, or where a floor is zero.
    pub quote: Option<QuoteView>,
    /// Whole units of each asset behind a whole token, in wad.
    pub floor_wad: Vec<Word>,
    /// The pool's price, in wad; null without a pool.
    pub market_wad: Option<Word>,
    /// Whether the multiple is one: then lots are burned and not sold.
    pub at_floor: bool,
    /// Whether entries are paused: then nobody can bid.
    pub paused: bool,
}

/// The auction's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuctionAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The auction; null where trading is not taxed.
    pub auction: Option<AuctionView>,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// The auction of a token, where it has one.
pub(crate) async fn read<'s>(
    snapshot: &Snapshot,
    state: &'s TokenState,
) -> Result<Option<AuctionState<'s>>, Problem> {
    let Some(converter) = state.token.converter else {
        return Ok(None);
    };
    let mut asks = Asks::default();
    let auction = asks.get::<Auction>(vec![converter.to_value()]);
    let balance = asks.get::<Balance>(vec![state.token.token.to_value(), converter.to_value()]);
    let found = snapshot.ask(asks).await?;
    let (auction, balance) = (found.first(auction)?, found.first(balance)?);
    // Until something happens to it the auction is as the launch left it.
    let auction = auction.unwrap_or_else(|| Auction {
        converter,
        token: state.token.token,
        multiple: state.facts.start_multiple,
        set_at: state.facts.genesis,
        sale: U256::ZERO,
        liquidity_tokens: U256::ZERO,
        liquidity_assets: U256::ZERO,
        last_lot_paid: U256::ZERO,
        last_lot_at: 0,
        liquidity_at: 0,
        sold: U256::ZERO,
        burned: U256::ZERO,
        recipients: state.facts.recipients.clone(),
    });
    Ok(Some(AuctionState {
        state,
        auction,
        held: balance.map_or(U256::ZERO, |one| one.amount),
    }))
}

/// The auction of fee tokens now
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/auction",
    tag = "auction",
    params(("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address")),
    responses((status = 200, body = AuctionAnswer), Refusals)
)]
pub(crate) async fn auction(
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
            let auction = read(snapshot, &state).await?;
            Ok(AuctionAnswer {
                as_of: snapshot.as_of(),
                auction: auction.as_ref().map(view).transpose()?,
                sources: sources(&state),
            })
        }),
    )
    .await
}

fn view(auction: &AuctionState<'_>) -> Result<AuctionView, Problem> {
    let (state, kept) = (auction.state, &auction.auction);
    let multiple = auction.multiple()?;
    let for_sale = auction.for_sale();
    let tokens = for_sale.min(state.facts.lot);
    let open = multiple != Wad::ONE && !tokens.is_zero();
    let amounts = if open { auction.quote(tokens)? } else { None };
    Ok(AuctionView {
        multiple_wad: multiple.get().into(),
        anchor_wad: kept.multiple.into(),
        set_at: kept.set_at,
        halving_secs: ballast_math::HALVING.get(),
        start_multiple_wad: state.facts.start_multiple.into(),
        lot: state.facts.lot.into(),
        for_sale: for_sale.into(),
        liquidity_tokens: kept.liquidity_tokens.into(),
        liquidity_assets: kept.liquidity_assets.into(),
        sold: kept.sold.into(),
        burned: kept.burned.into(),
        last_lot: (kept.last_lot_at > 0).then(|| LastLotView {
            paid: kept.last_lot_paid.into(),
            at: kept.last_lot_at,
        }),
        quote: amounts.map(|amounts| QuoteView {
            tokens: tokens.into(),
            amounts: words(&amounts),
        }),
        floor_wad: words(&state.floors_wad()?),
        market_wad: state.market_wad()?.map(Word),
        at_floor: multiple == Wad::ONE,
        paused: state.paused_until() > 0,
    })
}

fn sources(state: &TokenState) -> Sources {
    let Some(converter) = state.token.converter else {
        return Sources::new();
    };
    let shown = format!(
        "ballast converter show {}",
        state.token.token.to_checksum(None)
    );
    let calls = [
        ("multiple_wad", "multiple()"),
        ("lot", "lot()"),
        ("for_sale", "forSale()"),
        ("liquidity_tokens", "forLiquidity()"),
        ("liquidity_assets", "forLiquidity()"),
        ("last_lot", "lastLot()"),
        ("quote", "quote(tokens)"),
    ];
    let one = |(name, call): (&str, &str)| {
        (
            name.to_owned(),
            source(converter, call, shown.clone(), None),
        )
    };
    calls.into_iter().map(one).collect()
}

/// A fill of the auction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FillView {
    /// Unix seconds.
    pub time: u64,
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// Who paid.
    pub bidder: Addr,
    /// Who received the tokens.
    pub recipient: Addr,
    /// Token base units.
    pub tokens: Word,
    /// Multiple of the backing paid, in wad.
    pub multiple_wad: Word,
    /// Base units of each asset paid.
    pub paid: Vec<Word>,
}

/// Fills of the auction, the newest first
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/auction/fills",
    tag = "auction",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("from" = Option<u64>, Query, maximum = 17179869180u64, description = "First unix second"),
        ("to" = Option<u64>, Query, maximum = 17179869180u64, description = "Last unix second"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 100, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<FillView>), Refusals)
)]
pub(crate) async fn fills(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["from", "to", "limit", "cursor"])?;
    let wanted = Backwards::read(&query)?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            token_of(snapshot, token).await?;
            wanted.page(snapshot, token, [], fill_view).await
        }),
    )
    .await
}

fn fill_view((fill, transaction): Sent<'_, Fill>) -> FillView {
    FillView {
        time: fill.time,
        block: fill.block,
        log_index: fill.log_index,
        transaction,
        bidder: fill.bidder.into(),
        recipient: fill.recipient.into(),
        tokens: fill.tokens.into(),
        multiple_wad: fill.multiple.into(),
        paid: words(&fill.paid),
    }
}
