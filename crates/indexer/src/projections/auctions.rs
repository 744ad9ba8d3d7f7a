//! The auctions of fee tokens: the multiple, what is for sale and for liquidity, and what is owed.

use alloy::primitives::{Address, U256};
use ballast_bindings::converter::Converter;
use ballast_bindings::token::AccrualToken;
use ballast_math::{halve, mul_div_down, raise_multiple_down};
use ballast_store::{Auction, Column, Owed, Record, Store};
use ballast_types::{BPS_FULL, Seconds, TokenAmount, WAD, Wad};

use super::{FoldError, launch_of, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known, Launch};
use crate::watch::event;

/// Auctions and debts compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 32;

/// The state that a launch begins with.
pub(super) async fn launch(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let launch = entry.launch()?;
    let Some(converter) = launch.parts.converter else {
        return Ok(());
    };
    let auction = Auction {
        converter,
        token: launch.parts.token,
        multiple: launch.facts.start_multiple,
        set_at: launch.facts.genesis,
        recipients: launch.facts.recipients.clone(),
        ..Auction::default()
    };
    Ok(changes.put(&auction).await?)
}

pub(super) async fn fold(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<(), FoldError> {
    let log = entry.log;
    if let Some(sorted) = event::<Converter::Allocated>(log) {
        let mut auction = auction(changes, entry).await?;
        auction.sale = more("what is for sale", log, auction.sale, sorted.toSale)?;
        auction.liquidity_tokens = more(
            "what is for liquidity",
            log,
            auction.liquidity_tokens,
            sorted.toLiquidity,
        )?;
        auction.burned = more("what is burned", log, auction.burned, sorted.burned)?;
        return Ok(changes.put(&auction).await?);
    }
    if let Some(filled) = event::<Converter::Filled>(log) {
        return fill(changes, entry, &filled).await;
    }
    if let Some(burn) = event::<Converter::LotBurned>(log) {
        let mut auction = auction(changes, entry).await?;
        auction.sale = less("what is for sale", log, auction.sale, burn.tokens)?;
        auction.burned = more("what is burned", log, auction.burned, burn.tokens)?;
        // At one times the backing the fall begins anew.
        (auction.multiple, auction.set_at) = (WAD, log.time);
        raise(&mut auction, entry, burn.tokens)?;
        return Ok(changes.put(&auction).await?);
    }
    if let Some(added) = event::<Converter::LiquidityAdded>(log) {
        let mut auction = auction(changes, entry).await?;
        let (tokens, assets) = (auction.liquidity_tokens, auction.liquidity_assets);
        auction.liquidity_tokens = less("what is for liquidity", log, tokens, added.tokens)?;
        auction.liquidity_assets = less("what is for liquidity", log, assets, added.assets)?;
        auction.liquidity_at = log.time;
        return Ok(changes.put(&auction).await?);
    }
    if let Some(claimed) = event::<Converter::Claimed>(log) {
        let mut owed = owed(
            changes,
            entry,
            claimed.account,
            claimed.asset.saturating_to(),
        )
        .await?;
        owed.amount = less("what is owed", log, owed.amount, claimed.amount)?;
        return Ok(changes.put(&owed).await?);
    }
    if let Some(changed) = event::<Converter::RecipientChanged>(log) {
        let mut auction = auction(changes, entry).await?;
        let index = usize::try_from(changed.index).unwrap_or(usize::MAX);
        if let Some(recipient) = auction.recipients.get_mut(index) {
            *recipient = changed.account;
        }
        return Ok(changes.put(&auction).await?);
    }
    Ok(())
}

async fn fill(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    filled: &Converter::Filled,
) -> Result<(), FoldError> {
    let log = entry.log;
    let launch = entry.launch()?;
    let mut auction = auction(changes, entry).await?;
    auction.sale = less("what is for sale", log, auction.sale, filled.tokens)?;
    auction.sold = more("what is sold", log, auction.sold, filled.tokens)?;
    raise(&mut auction, entry, filled.tokens)?;
    if filled.tokens == launch.facts.lot {
        let most = U256::MAX >> 144;
        auction.last_lot_paid = filled.paid.first().copied().unwrap_or_default().min(most);
        auction.last_lot_at = log.time;
    }
    for (asset, paid) in (0_u64..).zip(&filled.paid) {
        keep(changes, entry, &mut auction, asset, *paid).await?;
    }
    Ok(changes.put(&auction).await?)
}

/// Raises the multiple as a fill of `tokens` does, and keeps its place between two halvings.
fn raise(auction: &mut Auction, entry: &Entry<'_>, tokens: U256) -> Result<(), FoldError> {
    let lot = TokenAmount::new(entry.launch()?.facts.lot);
    let passed = Seconds::new(entry.log.time.saturating_sub(auction.set_at));
    let (anchor, whole) = entry.exact("the multiple", halve(Wad::new(auction.multiple), passed))?;
    let raised = raise_multiple_down(anchor, TokenAmount::new(tokens), lot);
    auction.multiple = entry.exact("the multiple", raised)?.get();
    auction.set_at = auction.set_at.saturating_add(whole.get());
    Ok(())
}

/// Books what liquidity and recipients are due of a payment, rounded down.
async fn keep(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    auction: &mut Auction,
    asset: u64,
    paid: U256,
) -> Result<(), FoldError> {
    let facts = &entry.launch()?.facts;
    let sold_bps = u64::from(BPS_FULL).saturating_sub(facts.burn_bps);
    let weight = sold_bps
        .saturating_mul(2)
        .saturating_sub(facts.liquidity_bps);
    let part = |share: U256| {
        let part = mul_div_down(paid, share, U256::from(weight));
        entry.exact("a share of a payment", part)
    };
    let kept = part(U256::from(facts.liquidity_bps))?;
    auction.liquidity_assets = auction.liquidity_assets.saturating_add(kept);
    for (account, bps) in auction.recipients.iter().zip(&facts.recipient_bps) {
        let due = part(bps.saturating_mul(U256::from(2)))?;
        let mut owed = owed(changes, entry, *account, asset).await?;
        owed.amount = more("what is owed", entry.log, owed.amount, due)?;
        changes.put(&owed).await?;
    }
    Ok(())
}

async fn auction(changes: &mut Changes<'_>, entry: &Entry<'_>) -> Result<Auction, FoldError> {
    let key = vec![entry.log.address.to_value()];
    changes.get::<Auction>(key).await?.ok_or_else(|| {
        FoldError::Impossible(format!(
            "block {}, log {} is of converter {}, which was never launched",
            entry.log.block, entry.log.log_index, entry.log.address
        ))
    })
}

async fn owed(
    changes: &mut Changes<'_>,
    entry: &Entry<'_>,
    account: Address,
    asset_index: u64,
) -> Result<Owed, FoldError> {
    let none = Owed {
        converter: entry.log.address,
        account,
        asset_index,
        amount: U256::ZERO,
    };
    Ok(changes.get::<Owed>(none.key()).await?.unwrap_or(none))
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Auction>(store, COMPARED_MAX).await? {
        let Some(launch) = launch_of(known, stored.converter, check) else {
            continue;
        };
        compare_auction(launch, &stored, check).await?;
    }
    for stored in touched.records::<Owed>(store, COMPARED_MAX).await? {
        if launch_of(known, stored.converter, check).is_none() {
            continue;
        }
        let converter = Converter::new(stored.converter, check.provider());
        let asset = U256::from(stored.asset_index);
        let owed = check
            .read("owed", converter.owed(stored.account, asset))
            .await?;
        let name = || {
            format!(
                "auctions: what {} owes to {}",
                stored.converter, stored.account
            )
        };
        check.same(name, stored.amount, owed);
    }
    Ok(())
}

async fn compare_auction(
    launch: &Launch,
    stored: &Auction,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let provider = check.provider();
    let converter = Converter::new(stored.converter, provider);
    let token = AccrualToken::new(stored.token, provider);
    let name = |what: &str| format!("auctions: {what} of {}", stored.converter);
    let multiple = check.read("multiple", converter.multiple()).await?;
    let ours = stored
        .multiple_at(check.block.time.get())
        .unwrap_or_default();
    check.same(|| name("the multiple"), ours, multiple);
    let aside = check
        .read("for liquidity", converter.forLiquidity())
        .await?;
    check.same(
        || name("tokens for liquidity"),
        stored.liquidity_tokens,
        aside.tokens,
    );
    check.same(
        || name("assets for liquidity"),
        stored.liquidity_assets,
        aside.assets,
    );
    let lot = check.read("last lot", converter.lastLot()).await?;
    check.same(
        || name("the last lot's price"),
        stored.last_lot_paid,
        lot.paid,
    );
    check.same(
        || name("the last lot's time"),
        U256::from(stored.last_lot_at),
        lot.soldAt,
    );
    let for_sale = check.read("for sale", converter.forSale()).await?;
    let held = check
        .read("balance", token.balanceOf(stored.converter))
        .await?;
    check.same(
        || name("what is for sale"),
        stored.for_sale(&launch.facts, held),
        for_sale,
    );
    let split = check.read("split", converter.split()).await?;
    let word = |account: Address| account.into_word().into();
    for (ours, theirs) in stored.recipients.iter().zip(&split.recipients) {
        check.same(|| name("a recipient"), word(*ours), word(theirs.account));
    }
    Ok(())
}
