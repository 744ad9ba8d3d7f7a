//! Synthetics, their markets and vaults as the book keeps them, and the takes of vaults.

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use alloy::sol_types::SolEvent;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::book::VaultBook;
use ballast_math::price_float_down;
use ballast_model::vaults::Position;
use ballast_store::{
    Column, Mid, RawLog, Record, Rung, Store, Synthetic, Take, Vault, VaultMarket, find, rung_of,
};
use ballast_types::{AssetAmount, Norm, Price, Wad};
use foldhash::{HashSet, HashSetExt as _};

use super::{FoldError, less, more};
use crate::IndexError;
use crate::changes::{Changes, Touched};
use crate::check::Check;
use crate::facts::{Entry, Known};
use crate::watch::{Role, event};

/// Synthetics, markets and vaults compared after a batch, of each at most so many.
const COMPARED_MAX: usize = 64;
/// Up to so many vaults of a market are summed after every batch that moved it; where there are more, only where the
/// block's number is a multiple of [`SUMMED_EVERY_BLOCKS`].
const SUMMED_MAX: u64 = 500;
/// See [`SUMMED_MAX`].
const SUMMED_EVERY_BLOCKS: u64 = 1_000;
/// Vaults read at once where they are summed.
const PAGE: u64 = 2_000;
/// The market that stands for the peg module.
pub(super) const PEG: U256 = U256::MAX;

/// Events that name a vault by their first two topics.
const OF_VAULTS: [alloy::primitives::B256; 6] = [
    VaultBook::Adjusted::SIGNATURE_HASH,
    VaultBook::Taken::SIGNATURE_HASH,
    VaultBook::Redeemed::SIGNATURE_HASH,
    VaultBook::Flagged::SIGNATURE_HASH,
    VaultBook::Unflagged::SIGNATURE_HASH,
    VaultBook::Booked::SIGNATURE_HASH,
];

/// Reads the vaults of all events.
pub(super) async fn prepare(
    changes: &mut Changes<'_>,
    entries: &[Entry<'_>],
) -> Result<(), FoldError> {
    let mut keys = HashSet::new();
    for entry in entries.iter().filter(|entry| entry.part.role == Role::Book) {
        let [first, market, owner, ..] = entry.log.topics.as_slice() else {
            continue;
        };
        if OF_VAULTS.contains(first) {
            let market = U256::from_be_bytes(market.0);
            let owner = Address::from_word(*owner);
            keys.insert(vec![
                entry.log.address.to_value(),
                number(market).to_value(),
                owner.to_value(),
            ]);
        }
    }
    Ok(changes.load::<Vault>(keys).await?)
}

/// Prices that vaults are taken at.
pub(super) async fn fold_prices(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(priced) = event::<PriceAggregator::Priced>(log) {
        let mid = Mid {
            prices: log.address,
            asset: priced.asset,
            mid: price_float_down(priced.mid),
        };
        changes.put(&mid).await?;
    }
    Ok(())
}

pub(super) async fn fold(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(moved) = event::<VaultBook::Transfer>(log) {
        return transfer(changes, log, &moved).await;
    }
    if let Some(made) = event::<VaultBook::MarketCreated>(log) {
        return create(changes, log, made).await;
    }
    if let Some(stop) = event::<VaultBook::NewDebtStopped>(log) {
        let mut book = synthetic(changes, log).await?;
        book.stopped_until = number(stop.until);
        return Ok(changes.put(&book).await?);
    }
    if let Some(moved) = event::<VaultBook::PegMoved>(log) {
        let mut book = synthetic(changes, log).await?;
        book.peg_ledger = moved_by("the peg's ledger", log, book.peg_ledger, moved.ledger)?;
        book.peg_deficit = moved_by("the peg's deficit", log, book.peg_deficit, moved.deficit)?;
        book.deficit = moved_by("the deficit", log, book.deficit, moved.deficit)?;
        return Ok(changes.put(&book).await?);
    }
    if let Some(covered) = event::<VaultBook::Covered>(log) {
        return cover(changes, log, &covered).await;
    }
    if fold_limits(changes, log).await? {
        return Ok(());
    }
    fold_vaults(changes, log).await
}

/// Rates and limits of a market; whether the log was about them.
async fn fold_limits(changes: &mut Changes<'_>, log: &RawLog) -> Result<bool, FoldError> {
    let market = if let Some(set) = event::<VaultBook::RateSet>(log) {
        let mut market = market_of(changes, log, set.market).await?;
        (market.rate, market.index_wad, market.since) = (set.rate, set.index, log.time);
        market
    } else if let Some(set) = event::<VaultBook::CeilingSet>(log) {
        let mut market = market_of(changes, log, set.market).await?;
        market.ceiling = set.ceiling;
        market
    } else if let Some(set) = event::<VaultBook::MintLimitSet>(log) {
        let mut market = market_of(changes, log, set.market).await?;
        market.mint_limit = set.mintLimit;
        market
    } else {
        return Ok(false);
    };
    changes.put(&market).await?;
    Ok(true)
}

async fn fold_vaults(changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
    if let Some(adjusted) = event::<VaultBook::Adjusted>(log) {
        return adjust(changes, log, &adjusted).await;
    }
    if let Some(taken) = event::<VaultBook::Taken>(log) {
        return take(changes, log, &taken).await;
    }
    if let Some(redeemed) = event::<VaultBook::Redeemed>(log) {
        let mut one = Moved::read(changes, log, redeemed.market, redeemed.owner).await?;
        one.cut(log, redeemed.collateral, redeemed.norm)?;
        return one.write(changes, log).await;
    }
    if let Some(booked) = event::<VaultBook::Booked>(log) {
        let mut one = Moved::read(changes, log, booked.market, booked.owner).await?;
        one.cut(log, U256::ZERO, booked.norm)?;
        one.lose(changes, log, booked.deficit).await?;
        return one.write(changes, log).await;
    }
    let (market, owner, flagged_at) = if let Some(flag) = event::<VaultBook::Flagged>(log) {
        (flag.market, flag.owner, log.time)
    } else if let Some(flag) = event::<VaultBook::Unflagged>(log) {
        (flag.market, flag.owner, 0)
    } else {
        return Ok(());
    };
    let mut one = Moved::read(changes, log, market, owner).await?;
    one.vault.flagged_at = flagged_at;
    one.write(changes, log).await
}

/// A vault with its market, while an event changes them.
struct Moved {
    market: VaultMarket,
    before: Vault,
    vault: Vault,
}

impl Moved {
    async fn read(
        changes: &mut Changes<'_>,
        log: &RawLog,
        market: U256,
        owner: Address,
    ) -> Result<Self, FoldError> {
        let market = market_of(changes, log, market).await?;
        let none = Vault {
            synthetic: log.address,
            market: market.market,
            owner,
            ..Vault::default()
        };
        let before = changes.get::<Vault>(none.key()).await?.unwrap_or(none);
        let vault = before.clone();
        Ok(Self {
            market,
            before,
            vault,
        })
    }

    /// Takes collateral and norm out of the vault and its market.
    fn cut(&mut self, log: &RawLog, collateral: U256, norm: U256) -> Result<(), FoldError> {
        let (vault, market) = (&mut self.vault, &mut self.market);
        vault.collateral = less("a vault's collateral", log, vault.collateral, collateral)?;
        vault.norm = less("a vault's norm", log, vault.norm, norm)?;
        market.held = less("a market's collateral", log, market.held, collateral)?;
        market.norm = less("a market's norm", log, market.norm, norm)?;
        Ok(())
    }

    /// Adds a loss to the market and its synthetic.
    async fn lose(
        &mut self,
        changes: &mut Changes<'_>,
        log: &RawLog,
        amount: U256,
    ) -> Result<(), FoldError> {
        if amount.is_zero() {
            return Ok(());
        }
        self.market.deficit = more("a market's deficit", log, self.market.deficit, amount)?;
        let mut book = synthetic(changes, log).await?;
        book.deficit = more("the deficit", log, book.deficit, amount)?;
        Ok(changes.put(&book).await?)
    }

    async fn write(mut self, changes: &mut Changes<'_>, log: &RawLog) -> Result<(), FoldError> {
        let (before, vault) = (&self.before, &mut self.vault);
        vault.settle();
        (vault.changed, vault.changed_at) = (log.block, log.time);
        let vaults = self.market.vaults.saturating_add(vault.is_open);
        self.market.vaults = vaults.saturating_sub(before.is_open);
        if (before.norm, before.collateral) != (vault.norm, vault.collateral) {
            let mut from = rung(changes, before).await?;
            if let Some(from) = &mut from {
                from.norm = less("a rung's norm", log, from.norm, before.norm)?;
                from.collateral = less(
                    "a rung's collateral",
                    log,
                    from.collateral,
                    before.collateral,
                )?;
                from.vaults = from.vaults.saturating_sub(1);
                changes.put(from).await?;
            }
            let mut to = rung(changes, vault).await?;
            if let Some(to) = &mut to {
                to.norm = more("a rung's norm", log, to.norm, vault.norm)?;
                to.collateral = more("a rung's collateral", log, to.collateral, vault.collateral)?;
                to.vaults = to.vaults.saturating_add(1);
                changes.put(to).await?;
            }
        }
        changes.put(vault).await?;
        Ok(changes.put(&self.market).await?)
    }
}

/// The rung that a vault is on; none without debt.
async fn rung(changes: &mut Changes<'_>, vault: &Vault) -> Result<Option<Rung>, FoldError> {
    if vault.norm.is_zero() {
        return Ok(None);
    }
    let none = Rung {
        synthetic: vault.synthetic,
        market: vault.market,
        rung: rung_of(vault.risk),
        ..Rung::default()
    };
    let found = changes.get::<Rung>(none.key()).await?;
    Ok(Some(found.unwrap_or(none)))
}

async fn adjust(
    changes: &mut Changes<'_>,
    log: &RawLog,
    adjusted: &VaultBook::Adjusted,
) -> Result<(), FoldError> {
    let mut one = Moved::read(changes, log, adjusted.market, adjusted.owner).await?;
    let (vault, market) = (&mut one.vault, &mut one.market);
    let (collateral, norm) = (adjusted.collateral, adjusted.norm);
    vault.collateral = moved_by("a vault's collateral", log, vault.collateral, collateral)?;
    vault.norm = moved_by("a vault's norm", log, vault.norm, norm)?;
    market.held = moved_by("a market's collateral", log, market.held, collateral)?;
    market.norm = moved_by("a market's norm", log, market.norm, norm)?;
    let amount = adjusted.debt.unsigned_abs();
    let (minted, burned) = if adjusted.debt.is_negative() {
        (U256::ZERO, amount)
    } else {
        (amount, U256::ZERO)
    };
    let limit = market.move_limit(minted, burned, log.time);
    limit.map_err(|error| impossible("the mint limit", log, error))?;
    one.write(changes, log).await
}

async fn take(
    changes: &mut Changes<'_>,
    log: &RawLog,
    taken: &VaultBook::Taken,
) -> Result<(), FoldError> {
    let mut one = Moved::read(changes, log, taken.market, taken.owner).await?;
    one.cut(log, taken.collateral, taken.norm)?;
    one.lose(changes, log, taken.deficit).await?;
    let key = vec![
        one.market.prices.to_value(),
        one.market.collateral.to_value(),
    ];
    let mid = changes.get::<Mid>(key).await?.map(|mid| mid.mid);
    // What is left is without a clock if it is healthy; an event says where a clock starts, none where one stops.
    if let Some(mid) = mid
        && one.vault.flagged_at != 0
        && !is_unhealthy(log, &one.market, &one.vault, mid)?
    {
        one.vault.flagged_at = 0;
    }
    let take = Take {
        block: log.block,
        log_index: log.log_index,
        time: log.time,
        synthetic: log.address,
        market: one.market.market,
        owner: taken.owner,
        taker: taken.taker,
        paid: taken.paid,
        collateral: taken.collateral,
        norm: taken.norm,
        deficit: taken.deficit,
        mid: mid.unwrap_or_default(),
    };
    changes.put(&take).await?;
    one.write(changes, log).await
}

fn is_unhealthy(
    log: &RawLog,
    market: &VaultMarket,
    vault: &Vault,
    mid: U256,
) -> Result<bool, FoldError> {
    let index = market.index_at(log.time);
    let position = Position {
        collateral: AssetAmount::new(vault.collateral),
        norm: Norm::new(vault.norm),
        index: index.map_err(|error| impossible("the index", log, error))?,
        price: Price::new(mid),
    };
    let unhealthy = position.is_unhealthy(Wad::new(market.liq_ltv));
    unhealthy.map_err(|error| impossible("a vault's health", log, error))
}

async fn transfer(
    changes: &mut Changes<'_>,
    log: &RawLog,
    moved: &VaultBook::Transfer,
) -> Result<(), FoldError> {
    let (made, gone) = (moved.from.is_zero(), moved.to.is_zero());
    let own = moved.from == log.address || moved.to == log.address;
    if !made && !gone && !own {
        return Ok(());
    }
    let mut book = synthetic(changes, log).await?;
    if made {
        book.supply = more("the supply", log, book.supply, moved.value)?;
    }
    if gone {
        book.supply = less("the supply", log, book.supply, moved.value)?;
    }
    if moved.to == log.address {
        book.surplus = more("the surplus", log, book.surplus, moved.value)?;
    }
    if moved.from == log.address {
        book.surplus = less("the surplus", log, book.surplus, moved.value)?;
    }
    Ok(changes.put(&book).await?)
}

async fn create(
    changes: &mut Changes<'_>,
    log: &RawLog,
    made: VaultBook::MarketCreated,
) -> Result<(), FoldError> {
    let terms = made.terms;
    let market = VaultMarket {
        synthetic: log.address,
        market: number(made.market),
        block: log.block,
        collateral: terms.collateral,
        prices: terms.prices,
        borrow_ltv: terms.borrowLtv,
        min_debt: terms.minDebt,
        mint_window_secs: number(terms.mintWindowSecs),
        liq_ltv: terms.liqLtv,
        max_discount: terms.maxDiscount,
        ramp_secs: number(terms.rampSecs),
        fee_min: terms.feeMin,
        fee_slope: terms.feeSlope,
        rate_controller: terms.rateController,
        ..VaultMarket::default()
    };
    changes.put(&market).await?;
    let mut book = synthetic(changes, log).await?;
    book.markets = book.markets.saturating_add(1);
    Ok(changes.put(&book).await?)
}

async fn cover(
    changes: &mut Changes<'_>,
    log: &RawLog,
    covered: &VaultBook::Covered,
) -> Result<(), FoldError> {
    let mut book = synthetic(changes, log).await?;
    book.deficit = less("the deficit", log, book.deficit, covered.amount)?;
    if covered.market == PEG {
        book.peg_deficit = less("the peg's deficit", log, book.peg_deficit, covered.amount)?;
    } else {
        let mut market = market_of(changes, log, covered.market).await?;
        market.deficit = less("a market's deficit", log, market.deficit, covered.amount)?;
        changes.put(&market).await?;
    }
    Ok(changes.put(&book).await?)
}

/// The synthetic that emitted `log`.
async fn synthetic(changes: &mut Changes<'_>, log: &RawLog) -> Result<Synthetic, FoldError> {
    let found = changes.get::<Synthetic>(vec![log.address.to_value()]);
    Ok(found.await?.unwrap_or(Synthetic {
        synthetic: log.address,
        block: log.block,
        ..Synthetic::default()
    }))
}

async fn market_of(
    changes: &mut Changes<'_>,
    log: &RawLog,
    market: U256,
) -> Result<VaultMarket, FoldError> {
    let key = vec![log.address.to_value(), number(market).to_value()];
    changes.get::<VaultMarket>(key).await?.ok_or_else(|| {
        FoldError::Impossible(format!(
            "block {}, log {} is of market {market} of {}, which was never created",
            log.block, log.log_index, log.address
        ))
    })
}

/// A number that the contracts keep far within 63 bits.
pub(super) fn number(word: U256) -> u64 {
    word.saturating_to::<u64>().min(i64::MAX.unsigned_abs())
}

/// `value` with `change`, which the contracts' bounds keep within the type.
fn moved_by(what: &str, log: &RawLog, value: U256, change: I256) -> Result<U256, FoldError> {
    if change.is_negative() {
        less(what, log, value, change.unsigned_abs())
    } else {
        more(what, log, value, change.unsigned_abs())
    }
}

pub(super) fn impossible(what: &str, log: &RawLog, error: impl std::fmt::Display) -> FoldError {
    FoldError::Impossible(format!(
        "{what} of {} at block {}, log {}: {error}",
        log.address, log.block, log.log_index
    ))
}

pub(super) async fn compare(
    store: &dyn Store,
    known: &Known,
    touched: &Touched,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    for stored in touched.records::<Synthetic>(store, COMPARED_MAX).await? {
        if is_book(known, stored.synthetic, check) {
            compare_synthetic(&stored, check).await?;
        }
    }
    for stored in touched.records::<VaultMarket>(store, COMPARED_MAX).await? {
        if is_book(known, stored.synthetic, check) {
            compare_market(store, &stored, check).await?;
        }
    }
    for stored in touched.records::<Vault>(store, COMPARED_MAX).await? {
        if is_book(known, stored.synthetic, check) {
            compare_vault(store, known, &stored, check).await?;
        }
    }
    Ok(())
}

/// Whether `address` is a synthetic's; a row of another is a difference.
pub(super) fn is_book(known: &Known, address: Address, check: &mut Check<'_>) -> bool {
    let is = known.watch.role_of(address) == Some(Role::Book);
    if !is {
        check.differs(format!("a row is of {address}, which is no synthetic"));
    }
    is
}

async fn compare_synthetic(stored: &Synthetic, check: &mut Check<'_>) -> Result<(), IndexError> {
    let book = VaultBook::new(stored.synthetic, check.provider());
    let name = |what: &str| format!("vaults: {what} of {}", stored.synthetic);
    let supply = check.read("supply", book.totalSupply()).await?;
    check.same(|| name("the supply"), stored.supply, supply);
    let own = check.read("surplus", book.balanceOf(stored.synthetic));
    check.same(|| name("the surplus"), stored.surplus, own.await?);
    let totals = check.read("totals", book.totals()).await?;
    check.same(|| name("the deficit"), stored.deficit, totals.deficit);
    let (ledger, theirs) = (stored.peg_ledger, totals.pegLedger);
    check.same(|| name("the peg's ledger"), ledger, theirs);
    let deficit = check.read("peg deficit", book.pegDeficit()).await?;
    check.same(|| name("the peg's deficit"), stored.peg_deficit, deficit);
    let until = check.read("stop", book.stoppedUntil()).await?;
    let ours = U256::from(stored.stopped_until);
    check.same(|| name("the stop of new debt"), ours, until);
    let count = check.read("market count", book.marketCount()).await?;
    let ours = U256::from(stored.markets);
    check.same(|| name("the number of markets"), ours, count);
    Ok(())
}

async fn compare_market(
    store: &dyn Store,
    stored: &VaultMarket,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let book = VaultBook::new(stored.synthetic, check.provider());
    let market = U256::from(stored.market);
    let seen = check.read("market", book.marketOf(market)).await?;
    let name = |what: &str| {
        let (market, synthetic) = (stored.market, stored.synthetic);
        format!("vaults: {what} of market {market} of {synthetic}")
    };
    let state = stored.state();
    let index = state.index_at(check.block.time).unwrap_or_default().get();
    let debt = state.debt_at(check.block.time).unwrap_or_default().get();
    let mintable = state.mintable_at(check.block.time);
    let mintable = mintable.unwrap_or_default().get();
    let all = [
        ("the collateral", stored.held, seen.collateral),
        ("the norm", stored.norm, seen.norm),
        ("the index", index, seen.index),
        ("the rate", stored.rate, seen.rate),
        ("the debt", debt, seen.debt),
        ("the deficit", stored.deficit, seen.deficit),
        ("the ceiling", stored.ceiling, seen.ceiling),
        ("the mint limit", stored.mint_limit, seen.mintLimit),
        ("what is left of the mint limit", mintable, seen.mintable),
    ];
    for (what, ours, theirs) in all {
        check.same(|| name(what), ours, theirs);
    }
    let params = vec![stored.synthetic.to_value(), stored.market.to_value()];
    let rungs = find::<Rung>(store, "of_market", params).await?;
    let norms = rungs.iter().map(|rung| rung.norm);
    let sum = norms.fold(U256::ZERO, U256::saturating_add);
    check.same(|| name("the sum of rungs"), sum, seen.norm);
    let seldom = check.block.number.checked_rem(SUMMED_EVERY_BLOCKS) == Some(0);
    if stored.vaults <= SUMMED_MAX || seldom {
        let (norm, collateral, count) = summed(store, stored).await?;
        check.same(|| name("the sum of norms"), norm, seen.norm);
        check.same(|| name("the sum of vaults"), collateral, seen.collateral);
        let ours = U256::from(stored.vaults);
        check.same(|| name("the number of vaults, by the rows,"), ours, count);
    }
    Ok(())
}

/// Norm, collateral and number of a market's vaults, by their rows.
async fn summed(store: &dyn Store, market: &VaultMarket) -> Result<(U256, U256, U256), IndexError> {
    let (mut norm, mut collateral, mut count) = (U256::ZERO, U256::ZERO, U256::ZERO);
    let mut after = ballast_store::Value::Bytes(Vec::new());
    loop {
        let params = vec![
            market.synthetic.to_value(),
            market.market.to_value(),
            after.clone(),
            PAGE.to_value(),
        ];
        let vaults = find::<Vault>(store, "page_by_owner", params).await?;
        let Some(last) = vaults.last() else {
            return Ok((norm, collateral, count));
        };
        after = last.owner.to_value();
        for vault in &vaults {
            norm = norm.saturating_add(vault.norm);
            collateral = collateral.saturating_add(vault.collateral);
            count = count.saturating_add(U256::ONE);
        }
    }
}

async fn compare_vault(
    store: &dyn Store,
    known: &Known,
    stored: &Vault,
    check: &mut Check<'_>,
) -> Result<(), IndexError> {
    let book = VaultBook::new(stored.synthetic, check.provider());
    let market = U256::from(stored.market);
    let seen = check.read("vault", book.vaultOf(market, stored.owner));
    let seen = seen.await?;
    let name = |what: &str| {
        let (owner, market) = (stored.owner, stored.market);
        format!(
            "vaults: {what} of {owner} in market {market} of {}",
            stored.synthetic
        )
    };
    check.same(
        || name("the collateral"),
        stored.collateral,
        seen.collateral,
    );
    check.same(|| name("the norm"), stored.norm, seen.norm);
    let key = vec![stored.synthetic.to_value(), stored.market.to_value()];
    let market: Option<VaultMarket> = ballast_store::get(store, key).await?;
    // Whether a take left it healthy is not known where its prices are not read.
    let prices = market.and_then(|market| known.watch.role_of(market.prices));
    if prices == Some(Role::Prices) {
        let ours = U256::from(stored.flagged_at);
        check.same(|| name("the clock"), ours, seen.flaggedAt);
    }
    let risk = Vault::risk_of(stored.collateral, stored.norm);
    check.same(|| name("the risk, by its parts,"), stored.risk, risk);
    Ok(())
}
