//! What an action would do, to the last unit as the contract would.

use alloy::primitives::U256;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_math::mul_div_down;
use ballast_model::COLLATERAL_MAX;
use ballast_types::{AssetAmount, BPS_FULL, TokenAmount, WAD, Wad};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::answer;
use crate::app::App;
use crate::figures::{TokenState, change_bps};
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::{self, Query};
use crate::routes::{Refusals, auction};
use crate::snapshot::{AsOf, Snapshot, reading};
use crate::views::{Sources, source};
use crate::wire::{Word, words};

/// What redeeming would pay.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedeemQuote {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Token base units that are burned.
    pub tokens: Word,
    /// Base units of each asset paid.
    pub paid: Vec<Word>,
    /// Base units of each asset left behind as the fee; they enter the stream.
    pub fees: Vec<Word>,
    /// The floor before, in wad.
    pub backing_before_wad: Vec<Word>,
    /// The floor right after, in wad; the fee raises it further as it vests.
    pub floor_after_wad: Vec<Word>,
    /// Of the claims, in wad, rounded down.
    pub share_of_supply_wad: Word,
    /// Where each figure comes from.
    pub sources: Sources,
}

fn at_most(field: &str, given: U256, most: U256, what: &str) -> Result<(), Problem> {
    if given <= most {
        return Ok(());
    }
    let limit = format!("at most {most} base units, {what}");
    Err(Problem::parameter(field, limit, &given.to_string()))
}

/// What redeeming tokens would pay now
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/quote/redeem",
    tag = "quotes",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("tokens" = String, Query, pattern = "^[0-9]{1,77}$", description = "Token base units to redeem"),
    ),
    responses((status = 200, body = RedeemQuote), Refusals)
)]
pub(crate) async fn redeem(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["tokens"])?;
    let tokens = query.amount_above_zero("tokens")?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            redemption(snapshot, &state, tokens)
        }),
    )
    .await
}

fn redemption(
    snapshot: &Snapshot,
    state: &TokenState,
    tokens: U256,
) -> Result<RedeemQuote, Problem> {
    if state.facts.redeemable == 0 {
        let limit = "one whose launch allows redemption";
        return Err(Problem::parameter("token", limit, &state.facts.symbol));
    }
    let claims = state.claims()?;
    at_most(
        "tokens",
        tokens,
        claims.get(),
        "all that share in the backing",
    )?;
    let redeemed = TokenAmount::new(tokens);
    let parts = state.redemption(redeemed)?;
    let after: Vec<AssetAmount> = state
        .totals()?
        .into_iter()
        .zip(state.backing_of(redeemed)?)
        .map(|(total, gross)| Ok(total.try_sub(gross)?))
        .collect::<Result<_, Problem>>()?;
    let reserve = state.token.reserve;
    let command = format!("ballast backing {}", state.token.token.to_checksum(None));
    let sources = [
        ("paid", "previewRedeem(tokens)", None),
        (
            "fees",
            "backingOf(tokens)",
            Some("backing less what is paid"),
        ),
        (
            "floor_after_wad",
            "backing()",
            Some("totals less backingOf(tokens), over claims less tokens"),
        ),
    ];
    let sources = sources.into_iter().map(|(name, call, formula)| {
        (
            name.to_owned(),
            source(reserve, call, command.clone(), formula),
        )
    });
    Ok(RedeemQuote {
        as_of: snapshot.as_of(),
        tokens: tokens.into(),
        paid: parts.iter().map(|(paid, _)| Word(*paid)).collect(),
        fees: parts.iter().map(|(_, fee)| Word(*fee)).collect(),
        backing_before_wad: words(&state.floors_wad()?),
        floor_after_wad: words(&state.floors_of(&after, claims.try_sub(redeemed)?)?),
        share_of_supply_wad: mul_div_down(tokens, WAD, claims.get().max(U256::ONE))?.into(),
        sources: sources.collect(),
    })
}

/// What borrowing would give and ask.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BorrowQuote {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Token base units locked.
    pub collateral: Word,
    /// The largest principal of each asset.
    pub most: Vec<Word>,
    /// The principal of each asset: as asked, or the largest.
    pub principal: Vec<Word>,
    /// The prepaid fee for one term.
    pub fees: Vec<Word>,
    /// Base units received.
    pub received: Vec<Word>,
    /// Unix seconds of the deadline, were the loan opened at the answer's block.
    pub deadline: u64,
    /// Unix seconds from which anybody may foreclose.
    pub grace_end: u64,
    /// Principal over backing, the most over assets, rounded up; null where nothing backs it.
    pub ltv_bps: Option<u64>,
    /// Whether entries are paused: then nobody can borrow now.
    pub paused: bool,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// What borrowing against tokens would give now
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/quote/borrow",
    tag = "quotes",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("collateral" = String, Query, pattern = "^[0-9]{1,77}$", description = "Token base units to lock"),
        ("principal" = Option<String>, Query, max_length = 700, pattern = "^[0-9]{1,77}(,[0-9]{1,77}){0,7}$", description = "Base units of each asset, parted by commas; the most by default"),
    ),
    responses((status = 200, body = BorrowQuote), Refusals)
)]
pub(crate) async fn borrow(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["collateral", "principal"])?;
    let collateral = query.amount_above_zero("collateral")?;
    let given = query.text("principal").map(|text| {
        let amounts = text.split(',').map(|part| query::amount("principal", part));
        amounts.collect::<Result<Vec<U256>, Problem>>()
    });
    let given = &given.transpose()?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            loan(snapshot, &state, collateral, given.as_deref())
        }),
    )
    .await
}

/// The principal asked for, where it is within what the contract lends.
fn principal(most: &[U256], given: Option<&[U256]>) -> Result<Vec<U256>, Problem> {
    let Some(given) = given else {
        return Ok(most.to_vec());
    };
    if given.len() != most.len() {
        let limit = format!(
            "{} amounts parted by commas, one for each asset",
            most.len()
        );
        return Err(Problem::parameter(
            "principal",
            limit,
            &given.len().to_string(),
        ));
    }
    for (amount, most) in given.iter().zip(most) {
        at_most("principal", *amount, *most, "what the collateral allows")?;
    }
    if given.iter().all(|amount| amount.is_zero()) {
        return Err(Problem::parameter(
            "principal",
            "above zero for some asset",
            "0",
        ));
    }
    Ok(given.to_vec())
}

fn loan(
    snapshot: &Snapshot,
    state: &TokenState,
    collateral: U256,
    given: Option<&[U256]>,
) -> Result<BorrowQuote, Problem> {
    let claims = state.claims()?.get();
    at_most(
        "collateral",
        collateral,
        claims,
        "all that share in the backing",
    )?;
    at_most(
        "collateral",
        collateral,
        COLLATERAL_MAX.get(),
        "the most one loan takes",
    )?;
    let locked = TokenAmount::new(collateral);
    let most = state.max_borrow(locked)?;
    let principal = principal(&most, given)?;
    let fees = state.term_fees(&principal)?;
    let received = principal
        .iter()
        .zip(&fees)
        .map(|(owed, fee)| Word(owed.saturating_sub(*fee)));
    let deadline = state.now.saturating_add(state.facts.term_secs);
    let reserve = state.token.reserve;
    let command = format!("ballast backing {}", state.token.token.to_checksum(None));
    let sources = [
        ("most", "maxBorrow(collateral)", None),
        (
            "fees",
            "terms()",
            Some("principal times termFeeBps over 10,000, rounded up"),
        ),
        (
            "deadline",
            "terms()",
            Some("the block's second and termSecs"),
        ),
        (
            "ltv_bps",
            "backingOf(collateral)",
            Some("principal over backing, rounded up"),
        ),
    ];
    let sources = sources.into_iter().map(|(name, call, formula)| {
        (
            name.to_owned(),
            source(reserve, call, command.clone(), formula),
        )
    });
    Ok(BorrowQuote {
        as_of: snapshot.as_of(),
        collateral: collateral.into(),
        most: words(&most),
        received: received.collect(),
        fees: words(&fees),
        deadline,
        grace_end: deadline.saturating_add(state.facts.grace_secs),
        ltv_bps: state.ltv_bps(locked, &principal)?,
        principal: words(&principal),
        paused: state.paused_until() > 0,
        sources: sources.collect(),
    })
}

/// What a bid would cost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BidQuote {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Token base units bought.
    pub tokens: Word,
    /// Base units of each asset to pay.
    pub amounts: Vec<Word>,
    /// Multiple of the backing, in wad.
    pub multiple_wad: Word,
    /// How much less than the pool's price, in basis points; negative where it is more; null with several assets or
    /// without a pool.
    pub discount_to_market_bps: Option<i64>,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// What a bid in the auction would cost now
#[utoipa::path(
    get,
    path = "/v1/tokens/{token}/quote/bid",
    tag = "quotes",
    params(
        ("token" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The token's address"),
        ("tokens" = String, Query, pattern = "^[0-9]{1,77}$", description = "Token base units to buy, at most a lot"),
    ),
    responses((status = 200, body = BidQuote), Refusals)
)]
pub(crate) async fn bid(
    State(app): State<App>,
    InPath(token): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["tokens"])?;
    let tokens = query.amount_above_zero("tokens")?;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let state = TokenState::read(snapshot, token).await?;
            fill(snapshot, &state, tokens).await
        }),
    )
    .await
}

async fn fill(snapshot: &Snapshot, state: &TokenState, tokens: U256) -> Result<BidQuote, Problem> {
    let refuse = |limit: &str| Problem::parameter("token", limit, &state.facts.symbol);
    let auction = auction::read(snapshot, state).await?;
    let auction = auction.ok_or_else(|| refuse("one whose trading is taxed: it has an auction"))?;
    at_most("tokens", tokens, state.facts.lot, "one lot")?;
    at_most("tokens", tokens, auction.for_sale(), "what is for sale")?;
    let multiple = auction.multiple()?;
    if multiple == Wad::ONE {
        return Err(refuse(
            "one whose auction is above the floor; at the floor lots are burned",
        ));
    }
    let amounts = auction.quote(tokens)?;
    let amounts = amounts.ok_or_else(|| refuse("one with a floor above zero in every asset"))?;
    let market = state.market_wad()?.filter(|_| state.assets.len() == 1);
    let first = amounts.first().copied().unwrap_or_default();
    let price = state.price_wad(0, first, tokens)?;
    let over = market
        .zip(price)
        .and_then(|(market, price)| change_bps(market, price));
    let converter = auction.auction.converter;
    let command = format!(
        "ballast converter show {}",
        state.token.token.to_checksum(None)
    );
    let sources = [("amounts", "quote(tokens)"), ("multiple_wad", "multiple()")];
    let sources = sources.into_iter().map(|(name, call)| {
        (
            name.to_owned(),
            source(converter, call, command.clone(), None),
        )
    });
    Ok(BidQuote {
        as_of: snapshot.as_of(),
        tokens: tokens.into(),
        amounts: words(&amounts),
        multiple_wad: multiple.get().into(),
        discount_to_market_bps: over.map(|over| over.saturating_neg().min(i64::from(BPS_FULL))),
        sources: sources.collect(),
    })
}
