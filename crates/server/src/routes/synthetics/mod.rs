//! Synthetics with everything that is known of them.

use alloy::primitives::{Address, U256};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use ballast_math::mul_div_down;
use ballast_store::{
    Backstop, BackstopFacts, BackstopLot, Balance, Column, Governor, GovernorCall, HolderCount,
    RateStep,
};
use ballast_types::WAD;

use crate::answer::{Listed, answer, listed, page_of};
use crate::app::App;
use crate::http::path::InPath;
use crate::problem::Problem;
use crate::query::{Query, cursor_address, cursor_word};
use crate::routes::Refusals;
use crate::snapshot::{Asks, Snapshot, reading};
use crate::synthetics::part_views::{
    BackstopLotView, BackstopView, GovernorCallView, GovernorView, PegView, RateControllerView,
    RateStepView,
};
use crate::synthetics::risky::{Count, above_all};
use crate::synthetics::state::{BookState, record_of, records, shown_up};
use crate::synthetics::views::{
    SyntheticAnswer, SyntheticDetail, SyntheticHolderView, SyntheticSummary,
};
use crate::views::{AssetRef, Sources, source};
use crate::wire::{Addr, Signed, Word};

pub(crate) mod auctions;
pub(crate) mod history;
pub(crate) mod ladder;
pub(crate) mod prices;
pub(crate) mod redemption;
pub(crate) mod vaults;

/// Synthetics
#[utoipa::path(
    get,
    path = "/v1/synthetics",
    tag = "synthetics",
    responses((status = 200, body = Listed<SyntheticSummary>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,

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
            let mut rows = Vec::new();
            for record in records(snapshot) {
                let state = BookState::read(snapshot, record.book.address).await?;
                let auctions = auctions_of(snapshot, &state).await?;
                rows.push(summary(&state, &auctions)?);
            }
            Ok(listed(snapshot, (rows, None)))
        }),
    )
    .await
}

/// One synthetic with its markets
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
    ),
    responses((status = 200, body = SyntheticAnswer), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    InPath(synthetic): InPath,
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
            let state = BookState::read(snapshot, synthetic).await?;
            Ok(SyntheticAnswer {
                as_of: snapshot.as_of(),
                synthetic: detail(snapshot, &state).await?,
            })
        }),
    )
    .await
}

/// Holders of a synthetic, the largest first
#[utoipa::path(
    get,
    path = "/v1/synthetics/{synthetic}/holders",
    tag = "synthetics",
    params(
        ("synthetic" = String, Path, pattern = "^0x[0-9a-fA-F]{40}$", description = "The synthetic's address"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Rows, 50 by default"),
        ("cursor" = Option<String>, Query, max_length = 200, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Listed<SyntheticHolderView>), Refusals)
)]
pub(crate) async fn holders(
    State(app): State<App>,
    InPath(synthetic): InPath,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["limit", "cursor"])?;
    let limit = query.limit()?;
    let (amount, holder) = match query.cursor::<2>()? {
        Some([amount, holder]) => (cursor_word(&amount)?, cursor_address(&holder)?.to_value()),
        None => (U256::MAX, above_all()),
    };
    let holder = &holder;
    answer(
        &app,
        &uri,
        &headers,
        reading!(|snapshot| {
            let record = record_of(snapshot, synthetic)?.clone();
            let state = BookState::read(snapshot, synthetic).await?;
            let params = vec![
                synthetic.to_value(),
                U256::ONE.to_value(),
                amount.to_value(),
                holder.clone(),
                (limit + 1).to_value(),
            ];
            let found = snapshot.find::<Balance>("page_by_amount", params).await?;
            let cursor = |one: &Balance| format!("{:x}.{:#x}", one.amount, one.holder);
            let (found, next) = page_of(found, limit, cursor);
            let supply = state.row.supply.max(U256::ONE);
            let is = |part: Option<ballast_chain::ContractRecord>, account: Address| {
                part.is_some_and(|part| part.address == account)
            };
            let view = |one: Balance| {
                let role = if one.holder == synthetic {
                    "surplus"
                } else if is(record.backstop, one.holder) {
                    "backstop"
                } else if is(record.peg_module, one.holder) {
                    "peg_module"
                } else {
                    "holder"
                };
                Ok(SyntheticHolderView {
                    account: one.holder.into(),
                    amount: one.amount.into(),
                    share_wad: mul_div_down(one.amount, WAD, supply)?.into(),
                    role: role.to_owned(),
                })
            };
            let rows = found
                .into_iter()
                .map(view)
                .collect::<Result<_, Problem>>()?;
            Ok(listed(snapshot, (rows, next)))
        }),
    )
    .await
}

/// How many vaults of each market are unhealthy; null where no price is known.
pub(crate) async fn auctions_of(
    snapshot: &Snapshot,
    state: &BookState,
) -> Result<Vec<Option<u64>>, Problem> {
    let mut asks = Asks::default();
    let markets = state.markets.iter();
    let counts: Vec<_> = markets
        .map(|market| Count::ask(&mut asks, market))
        .collect();
    let found = snapshot.ask(asks).await?;
    let mut auctions = Vec::new();
    for (market, count) in state.markets.iter().zip(counts) {
        auctions.push(count.map(|count| count.read(&found, market)).transpose()?);
    }
    Ok(auctions)
}

fn summary(state: &BookState, auctions: &[Option<u64>]) -> Result<SyntheticSummary, Problem> {
    let row = &state.row;
    let vaults = state.markets.iter().map(|market| market.row.vaults);
    Ok(SyntheticSummary {
        address: row.synthetic.into(),
        symbol: state.facts.symbol.clone(),
        name: state.facts.name.clone(),
        decimals: 18,
        supply: row.supply.into(),
        debt: state.debt()?.into(),
        deficit: row.deficit.into(),
        peg_ledger: row.peg_ledger.into(),
        peg_backing: state.peg_backing().map(Word),
        equity: state.equity()?.map(Signed),
        haircut_wad: state.haircut_wad()?.map(Word),
        surplus: row.surplus.into(),
        stopped_until: row.stopped_until,
        market_count: row.markets,
        vaults: vaults.fold(0, u64::saturating_add),
        auctions: auctions
            .iter()
            .flatten()
            .copied()
            .fold(0, u64::saturating_add),
        holders: state.holders,
    })
}

async fn detail(snapshot: &Snapshot, state: &BookState) -> Result<SyntheticDetail, Problem> {
    let record = &state.record;
    let auctions = auctions_of(snapshot, state).await?;
    let address = |part: Option<ballast_chain::ContractRecord>| {
        part.map_or(Address::ZERO, |part| part.address)
    };
    let (backstop, rates) = (address(record.backstop), address(record.rate_controller));
    let governor = record.governor.address;
    let mut asks = Asks::default();
    let powers = asks.get::<Governor>(vec![governor.to_value()]);
    let calls = asks.find::<GovernorCall>("waiting", vec![governor.to_value()]);
    let steps = asks.find::<RateStep>("of_controller", vec![rates.to_value()]);
    let key = || vec![backstop.to_value()];
    let kept = asks.get::<Backstop>(key());
    let facts = asks.get::<BackstopFacts>(key());
    let lots = asks.find::<BackstopLot>("of_backstop", key());
    let holders = asks.get::<HolderCount>(key());
    let found = snapshot.ask(asks).await?;
    let (powers, calls): (Option<Governor>, Vec<GovernorCall>) =
        (found.first(powers)?, found.all(calls)?);
    let mut markets = Vec::new();
    for (market, auctions) in state.markets.iter().zip(&auctions) {
        markets.push(market.view(*auctions)?);
    }
    let facts: Option<BackstopFacts> = found.first(facts)?;
    let holders: Option<HolderCount> = found.first(holders)?;
    let (kept, lots) = (found.first(kept)?, found.all(lots)?);
    let holders = holders.map_or(0, |count| count.holders);
    let steps: Vec<RateStep> = found.all(steps)?;
    Ok(SyntheticDetail {
        summary: summary(state, &auctions)?,
        surplus_buffer: state.facts.surplus_buffer.into(),
        prices: record.prices.address.into(),
        governor: governor_view(governor, powers.as_ref(), calls),
        peg: peg_view(state),
        backstop: facts.map(|facts| backstop_view(state, &facts, kept, (&lots, holders))),
        rate_controller: record.rate_controller.map(|part| RateControllerView {
            address: part.address.into(),
            steps: steps.iter().map(step_view).collect(),
        }),
        markets,
        sources: sources(state),
    })
}

fn governor_view(
    address: Address,
    powers: Option<&Governor>,
    calls: Vec<GovernorCall>,
) -> GovernorView {
    let some = |account: Address| (!account.is_zero()).then_some(Addr(account));
    GovernorView {
        address: address.into(),
        owner: powers.and_then(|one| some(one.owner)),
        pending_owner: powers.and_then(|one| some(one.pending_owner)),
        guardian: powers.and_then(|one| some(one.guardian)),
        scheduled: calls
            .into_iter()
            .map(|call| GovernorCallView {
                id: call.call.into(),
                target: call.target.into(),
                data: call.data.to_string(),
                ready_at: call.ready_at,
                expires_at: call.expires_at,
                status: call.status,
            })
            .collect(),
    }
}

fn step_view(step: &RateStep) -> RateStepView {
    let signed = |word: U256| Signed(alloy::primitives::I256::from_raw(word));
    RateStepView {
        market: step.market,
        gap_wad: signed(step.gap),
        sum: signed(step.sum),
        rate_wad: step.rate.into(),
        stepped_at: step.stepped_at,
    }
}

fn peg_view(state: &BookState) -> Option<PegView> {
    let (module, facts) = state.peg.as_ref()?;
    let token = state.asset(facts.custody_token);
    let price = state.prices.get(&facts.custody_token);
    let kept = WAD.saturating_sub(facts.fee_in);
    let least = ballast_math::wide_mul_div_up(facts.par, kept, WAD).unwrap_or(U256::MAX);
    Some(PegView {
        module: module.module.into(),
        custody_token: AssetRef::from(&token),
        custody: module.custody.into(),
        ledger: state.row.peg_ledger.into(),
        deficit: state.row.peg_deficit.into(),
        backing: state.peg_backing().map(Word),
        cap: module.cap.into(),
        cap_max: facts.cap_max.into(),
        fee_in_wad: facts.fee_in.into(),
        fee_out_wad: facts.fee_out.into(),
        entry_price_least: shown_up(least, token.decimals).into(),
        price: price.map(|price| state.price_view(price)),
        entered: module.entered.into(),
        exited: module.exited.into(),
    })
}

fn backstop_view(
    state: &BookState,
    facts: &BackstopFacts,
    kept: Option<Backstop>,
    (lots, holders): (&[BackstopLot], u64),
) -> BackstopView {
    let now = state.now;
    let mut kept = kept.unwrap_or_default();
    let drips_until = kept.stream_end;
    kept.vest(now);
    let mut assets = Some(kept.cash);
    let mut views = Vec::new();
    for lot in lots.iter().filter(|lot| !lot.held.is_zero()) {
        let market = state.market(lot.market).ok();
        let asset = market.map_or_else(|| state.asset(Address::ZERO), |one| one.asset.clone());
        let price = market.and_then(|market| market.price.as_ref());
        let seen = price.map(|price| price.view_at(now));
        let worth = seen.as_ref().map(|price| lot.value_at(price, now));
        assets = assets
            .zip(worth)
            .map(|(sum, worth)| sum.saturating_add(worth));
        let ask = seen.and_then(|price| lot.ask_at(&price, now));
        views.push(BackstopLotView {
            market: lot.market,
            collateral: AssetRef::from(&asset),
            held: lot.held.into(),
            started_at: lot.started_at,
            ask: ask.map(|ask| shown_up(ask, asset.decimals).into()),
        });
    }
    let epoch = facts.epoch_at(now);
    BackstopView {
        address: facts.backstop.into(),
        name: facts.name.clone(),
        symbol: facts.symbol.clone(),
        decimals: facts.decimals,
        shares: kept.shares.into(),
        holders,
        cash_and_dripping: kept.cash.saturating_add(kept.stream_left).into(),
        dripping: kept.stream_left.into(),
        drips_until,
        entering: kept.entering.into(),
        owed: kept.owed.into(),
        assets: assets.map(Word),
        cooldown_secs: facts.cooldown_secs,
        epoch,
        epoch_ends_at: facts.epoch_start(epoch.saturating_add(1)),
        lots: views,
    }
}

/// Where the figures of a synthetic come from.
fn sources(state: &BookState) -> Sources {
    let book = state.record.book.address;
    let command = format!("ballast vault markets --synth {}", state.facts.symbol);
    let mut all = Sources::new();
    let mut add = |name: &str, contract: Address, call: &str, formula: Option<&str>| {
        let of = source(contract, call, command.clone(), formula);
        all.insert(name.to_owned(), of);
    };
    add("supply", book, "totalSupply()", None);
    add("debt", book, "totals()", None);
    add("deficit", book, "totals()", None);
    add("peg_ledger", book, "totals()", None);
    add("equity", book, "equity()", None);
    let share = "backing times 1e18, over supply, rounded down";
    add("haircut_wad", book, "haircut()", Some(share));
    add(
        "surplus",
        book,
        "balanceOf(address)",
        Some("of the book itself"),
    );
    add("stopped_until", book, "stoppedUntil()", None);
    add("markets", book, "marketOf(market), termsOf(market)", None);
    let shown = "times 10^decimals, over 1e36; low and mid rounded down, high up";
    add(
        "price",
        state.record.prices.address,
        "price(asset)",
        Some(shown),
    );
    add(
        "vaults",
        book,
        "vaultOf(market, owner)",
        Some("those that are not empty, counted"),
    );
    if let Some(part) = state.record.peg_module {
        add("peg", part.address, "custody(), cap()", None);
        add("peg_backing", part.address, "backing(ledger)", None);
    }
    if let Some(part) = state.record.backstop {
        add(
            "backstop",
            part.address,
            "accounts(), lotOf(market), totalSupply()",
            None,
        );
    }
    add(
        "governor",
        state.record.governor.address,
        "owner(), guardian()",
        None,
    );
    all
}
