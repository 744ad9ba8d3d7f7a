//! A book as its logs tell it: markets, and the vaults of each in the order of their risk.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, I256, Log, U256};
use alloy::sol_types::{SolEvent, SolEventInterface};
use ballast_bindings::book::VaultBook::{self, VaultBookEvents as Event};
use ballast_model::vaults::{Market, MarketTerms, PriceView, Vault};
use ballast_types::{
    ArithmeticError, AssetAmount, Norm, Seconds, Timestamp, TokenAmount, WAD, Wad,
};

use crate::ladder::{Ladder, Line};

/// What cannot be true of a book: a log was missed, or it is no book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// A log names a market that was never created.
    #[error("a log of {book} names market {market}, of which no creation was seen")]
    UnknownMarket {
        /// The book.
        book: Address,
        /// The market.
        market: U256,
    },
    /// A log takes away more than is there, or adds more than fits.
    #[error("a log of {book} does not fit what was seen before: {source}")]
    Arithmetic {
        /// The book.
        book: Address,
        /// What did not fit.
        source: ArithmeticError,
    },
    /// A log of a known event that does not hold its values.
    #[error("a log of {book} cannot be read: {detail}")]
    Malformed {
        /// The book.
        book: Address,
        /// Why.
        detail: String,
    },
}

/// One market as it was told.
#[derive(Clone, Debug)]
pub struct MarketMirror {
    /// Its terms, sums, index and price. The ceiling and the mint limit are not followed.
    pub market: Market,
    /// Unix seconds of the stored price.
    pub updated_at: u64,
    /// Its vaults.
    pub ladder: Ladder,
}

impl MarketMirror {
    /// What decides about health at `now` and the stored price.
    ///
    /// # Errors
    /// [`ArithmeticError`] where the index cannot be worked out.
    pub fn line(&self, now: Timestamp) -> Result<Line, ArithmeticError> {
        let index = self.market.index_at(now);
        Ok(Line {
            index: index.map_err(|_| ArithmeticError::Overflow)?,
            mid: self.market.price.mid,
            liq_ltv: self.market.terms.liq_ltv,
        })
    }
}

/// What one log changed, to be put back.
#[derive(Clone, Debug)]
pub enum Undo {
    /// A vault was this.
    Vault {
        /// Its market.
        market: usize,
        /// Its owner.
        owner: Address,
        /// As it was.
        before: Vault,
    },
    /// A market's own words were these.
    Market {
        /// The market.
        market: usize,
        /// As it was.
        before: Box<Market>,
    },
    /// The newest market was not there.
    Created,
}

/// A book, folded from its logs.
#[derive(Clone, Debug)]
pub struct BookMirror {
    address: Address,
    markets: Vec<MarketMirror>,
    unsure: BTreeSet<(usize, Address)>,
}

/// The events that a mirror reads. Transfers of the synthetic, the most of a book's logs, are not among them.
pub fn topics() -> Vec<B256> {
    vec![
        VaultBook::Adjusted::SIGNATURE_HASH,
        VaultBook::Taken::SIGNATURE_HASH,
        VaultBook::Redeemed::SIGNATURE_HASH,
        VaultBook::Flagged::SIGNATURE_HASH,
        VaultBook::Unflagged::SIGNATURE_HASH,
        VaultBook::Booked::SIGNATURE_HASH,
        VaultBook::Covered::SIGNATURE_HASH,
        VaultBook::MarketCreated::SIGNATURE_HASH,
        VaultBook::RateSet::SIGNATURE_HASH,
    ]
}

impl BookMirror {
    /// A book of which nothing was told yet.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            markets: Vec::new(),
            unsure: BTreeSet::new(),
        }
    }

    /// The book.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Its markets in order.
    pub fn markets(&self) -> &[MarketMirror] {
        &self.markets
    }

    /// How many vaults it has.
    pub fn vault_count(&self) -> usize {
        self.markets
            .iter()
            .fold(0, |sum, market| sum.saturating_add(market.ladder.len()))
    }

    /// Takes up what the price source of a market says; not undone, because it is read anew for every block.
    pub fn set_price(&mut self, market: usize, price: PriceView, updated_at: u64) {
        if let Some(mirror) = self.markets.get_mut(market) {
            mirror.market.price = price;
            mirror.updated_at = updated_at;
        }
    }

    /// Vaults whose clock a take may have stopped without a word; their book is to be asked.
    pub fn unsure(&self) -> impl Iterator<Item = (usize, Address)> {
        self.unsure.iter().copied()
    }

    /// Takes up when the clock of a vault was started, zero where none runs, as its book says.
    pub fn settle_clock(
        &mut self,
        market: usize,
        owner: Address,
        flagged_at: Timestamp,
    ) -> Option<Undo> {
        self.unsure.remove(&(market, owner));
        let ladder = &mut self.markets.get_mut(market)?.ladder;
        let mut vault = ladder.get(owner);
        if vault.flagged_at == flagged_at {
            return None;
        }
        vault.flagged_at = flagged_at;
        let before = ladder.set(owner, vault);
        Some(Undo::Vault {
            market,
            owner,
            before,
        })
    }

    /// Folds in one log of a block of that time, and gives what puts it back. Logs of other events change nothing.
    ///
    /// # Errors
    /// [`MirrorError`]: a log was missed; the mirror is to be built anew.
    pub fn apply(&mut self, log: &Log, time: Timestamp) -> Result<Vec<Undo>, MirrorError> {
        let known = log
            .topics()
            .first()
            .is_some_and(|topic| topics().contains(topic));
        if log.address != self.address || !known {
            return Ok(Vec::new());
        }
        let event = Event::decode_log(log).map_err(|error| MirrorError::Malformed {
            book: self.address,
            detail: error.to_string(),
        })?;
        self.fold(&event.data, time)
    }

    fn fold(&mut self, event: &Event, time: Timestamp) -> Result<Vec<Undo>, MirrorError> {
        match event {
            Event::MarketCreated(made) => Ok(vec![self.create(&made.terms, time)]),
            Event::RateSet(set) => self.change(set.market, |market| {
                market.index = Wad::new(set.index);
                market.rate = Wad::new(set.rate);
                market.since = time;
                Ok(())
            }),
            Event::Covered(paid) if paid.market == U256::MAX => Ok(Vec::new()),
            Event::Covered(paid) => self.change(paid.market, |market| {
                market.deficit = market.deficit.try_sub(TokenAmount::new(paid.amount))?;
                Ok(())
            }),
            Event::Flagged(told) => self.clock(told.market, told.owner, time),
            Event::Unflagged(told) => self.clock(told.market, told.owner, Timestamp::ZERO),
            Event::Adjusted(told) => self.adjust(
                told.market,
                told.owner,
                (told.collateral, told.norm),
                U256::ZERO,
            ),
            Event::Taken(told) => {
                let undo = self.cut(
                    told.market,
                    told.owner,
                    (told.collateral, told.norm),
                    told.deficit,
                )?;
                self.doubt(told.market, told.owner);
                Ok(undo)
            }
            Event::Redeemed(told) => self.cut(
                told.market,
                told.owner,
                (told.collateral, told.norm),
                U256::ZERO,
            ),
            Event::Booked(told) => self.cut(
                told.market,
                told.owner,
                (U256::ZERO, told.norm),
                told.deficit,
            ),
            _ => Ok(Vec::new()),
        }
    }

    /// A take that leaves a healthy vault stops its clock and says nothing of it.
    fn doubt(&mut self, market: U256, owner: Address) {
        let Ok(number) = self.number(market) else {
            return;
        };
        let left = self
            .markets
            .get(number)
            .map(|mirror| mirror.ladder.get(owner));
        if left.is_some_and(|vault| vault.flagged_at != Timestamp::ZERO) {
            self.unsure.insert((number, owner));
        }
    }

    fn number(&self, market: U256) -> Result<usize, MirrorError> {
        usize::try_from(market)
            .ok()
            .filter(|number| *number < self.markets.len())
            .ok_or(MirrorError::UnknownMarket {
                book: self.address,
                market,
            })
    }

    fn at(&mut self, market: U256) -> Result<(usize, &mut MarketMirror), MirrorError> {
        let number = self.number(market)?;
        let book = self.address;
        let mirror = self.markets.get_mut(number);
        let mirror = mirror.ok_or(MirrorError::UnknownMarket { book, market })?;
        Ok((number, mirror))
    }

    fn create(&mut self, terms: &VaultBook::MarketTerms, now: Timestamp) -> Undo {
        self.markets.push(MarketMirror {
            market: Market {
                terms: model_terms(terms),
                price: PriceView::default(),
                collateral: AssetAmount::ZERO,
                norm: Norm::ZERO,
                index: Wad::new(WAD),
                since: now,
                rate: Wad::ZERO,
                ceiling: TokenAmount::ZERO,
                mint_limit: TokenAmount::ZERO,
                full_at: U256::ZERO,
                deficit: TokenAmount::ZERO,
            },
            updated_at: 0,
            ladder: Ladder::default(),
        });
        Undo::Created
    }

    fn change(
        &mut self,
        market: U256,
        edit: impl FnOnce(&mut Market) -> Result<(), ArithmeticError>,
    ) -> Result<Vec<Undo>, MirrorError> {
        let book = self.address;
        let (number, mirror) = self.at(market)?;
        let before = Box::new(mirror.market);
        edit(&mut mirror.market).map_err(|source| MirrorError::Arithmetic { book, source })?;
        Ok(vec![Undo::Market {
            market: number,
            before,
        }])
    }

    fn clock(
        &mut self,
        market: U256,
        owner: Address,
        flagged_at: Timestamp,
    ) -> Result<Vec<Undo>, MirrorError> {
        let (number, mirror) = self.at(market)?;
        let mut vault = mirror.ladder.get(owner);
        vault.flagged_at = flagged_at;
        let before = mirror.ladder.set(owner, vault);
        self.unsure.remove(&(number, owner));
        Ok(vec![Undo::Vault {
            market: number,
            owner,
            before,
        }])
    }

    fn cut(
        &mut self,
        market: U256,
        owner: Address,
        (collateral, norm): (U256, U256),
        deficit: U256,
    ) -> Result<Vec<Undo>, MirrorError> {
        let book = self.address;
        let negative = |amount: U256| {
            let signed = I256::try_from(amount).ok().and_then(I256::checked_neg);
            signed.ok_or(MirrorError::Arithmetic {
                book,
                source: ArithmeticError::Overflow,
            })
        };
        let change = (negative(collateral)?, negative(norm)?);
        self.adjust(market, owner, change, deficit)
    }

    fn adjust(
        &mut self,
        market: U256,
        owner: Address,
        (collateral, norm): (I256, I256),
        deficit: U256,
    ) -> Result<Vec<Undo>, MirrorError> {
        let book = self.address;
        let (number, mirror) = self.at(market)?;
        let fail = |source| MirrorError::Arithmetic { book, source };
        let mut vault = mirror.ladder.get(owner);
        vault.collateral =
            AssetAmount::new(moved(vault.collateral.get(), collateral).map_err(fail)?);
        vault.norm = Norm::new(moved(vault.norm.get(), norm).map_err(fail)?);
        let mut sums = mirror.market;
        sums.collateral = AssetAmount::new(moved(sums.collateral.get(), collateral).map_err(fail)?);
        sums.norm = Norm::new(moved(sums.norm.get(), norm).map_err(fail)?);
        sums.deficit = sums
            .deficit
            .try_add(TokenAmount::new(deficit))
            .map_err(fail)?;
        let was = Undo::Market {
            market: number,
            before: Box::new(mirror.market),
        };
        mirror.market = sums;
        let before = mirror.ladder.set(owner, vault);
        Ok(vec![
            was,
            Undo::Vault {
                market: number,
                owner,
                before,
            },
        ])
    }

    /// Puts back what `undo` says, the last first.
    pub fn roll_back(&mut self, undo: Vec<Undo>) {
        for step in undo.into_iter().rev() {
            match step {
                Undo::Vault {
                    market,
                    owner,
                    before,
                } => {
                    if let Some(mirror) = self.markets.get_mut(market) {
                        mirror.ladder.set(owner, before);
                    }
                }
                Undo::Market { market, before } => {
                    if let Some(mirror) = self.markets.get_mut(market) {
                        mirror.market = *before;
                    }
                }
                Undo::Created => {
                    self.markets.pop();
                }
            }
        }
        let known = self.markets.len();
        self.unsure.retain(|(market, _)| *market < known);
    }
}

fn moved(amount: U256, change: I256) -> Result<U256, ArithmeticError> {
    let size = change.unsigned_abs();
    if change.is_negative() {
        amount.checked_sub(size).ok_or(ArithmeticError::Underflow)
    } else {
        amount.checked_add(size).ok_or(ArithmeticError::Overflow)
    }
}

fn seconds(word: U256) -> Seconds {
    Seconds::new(u64::try_from(word).unwrap_or(u64::MAX))
}

/// A market's terms as the model takes them.
pub fn model_terms(terms: &VaultBook::MarketTerms) -> MarketTerms {
    MarketTerms {
        collateral: terms.collateral,
        prices: terms.prices,
        borrow_ltv: Wad::new(terms.borrowLtv),
        min_debt: TokenAmount::new(terms.minDebt),
        mint_window_secs: seconds(terms.mintWindowSecs),
        liq_ltv: Wad::new(terms.liqLtv),
        max_discount: Wad::new(terms.maxDiscount),
        ramp_secs: seconds(terms.rampSecs),
        fee_min: Wad::new(terms.feeMin),
        fee_slope: Wad::new(terms.feeSlope),
        rate_controller: terms.rateController,
    }
}
