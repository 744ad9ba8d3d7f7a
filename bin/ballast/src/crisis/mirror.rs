//! The book once more, in the executable model: every event of the chain is done again there, and both must agree.
//!
//! Who holds the synthetic does not matter to the rules, except for the book itself (its surplus) and the backstop (its
//! cash). All other holders are one account here, which may do everything for every owner.

use std::collections::BTreeSet;

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, U256};
use ballast_bindings::aggregator::PriceAggregator::PriceAggregatorEvents as PriceEvent;
use ballast_bindings::book::VaultBook::VaultBookEvents as BookEvent;
use ballast_model::vaults::{
    BookParams, MarketTerms, PEG_MARKET, Position, PriceState, PriceView, VaultAction, VaultBook,
    VaultError, VaultEvent, VaultOutcome,
};
use ballast_types::{AssetAmount, Norm, Price, Timestamp, TokenAmount, WAD, Wad};

use super::losses::Losses;

/// All holders but the book and the backstop.
pub const HOLDERS: Address = Address::repeat_byte(0xb4);
/// Amounts are nearly equal where they differ by less than one part of so many, or by less than so many base units.
const NEARLY: u64 = 1_000_000_000;
/// Bits of a stored price's mantissa.
const MANTISSA_BITS: usize = 56;

/// What a mirror is of.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The book.
    pub book: Address,
    /// Its governor.
    pub governor: Address,
    /// Its backstop; zero for none.
    pub backstop: Address,
    /// Its peg module; zero for none.
    pub peg_module: Address,
    /// What its surplus keeps.
    pub surplus_buffer: U256,
    /// The contract of its prices.
    pub prices: Address,
    /// Terms of each market, with ceiling, mint limit and rate.
    pub markets: Vec<(MarketTerms, U256, U256, U256)>,
    /// Deviation of each market's price.
    pub deviation: U256,
    /// Age above which a stored price is unsafe, seconds.
    pub max_age_secs: u64,
    /// When the book was created, unix seconds.
    pub created_at: u64,
}

/// A stored price, as the aggregator rounds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Low, mid, high.
    pub bounds: [U256; 3],
    /// Unix seconds.
    pub updated_at: u64,
    /// Whether mid was held back.
    pub stepped: bool,
    /// Whether too few sources agreed the last time.
    pub unsafe_now: bool,
}

/// What happened, counted from events.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Vaults that something was taken of, each take once.
    pub liquidations: u64,
    /// Synthetic burned by takers, by market.
    pub taken_paid: Vec<U256>,
    /// Collateral that takers got, by market.
    pub taken_collateral: Vec<U256>,
    /// Takes that paid nothing, or next to nothing, for collateral.
    pub zero_bids: u64,
    /// The first of them, in words.
    pub first_zero_bid: Option<String>,
    /// Sum over takes of discount to mid, and their number.
    pub discounts: (f64, u64),
    /// Redemptions.
    pub redemptions: u64,
    /// Synthetic burned by redeemers.
    pub redeemed: U256,
    /// Clocks started.
    pub flags: u64,
    /// Losses written without a sale.
    pub bookings: u64,
    /// Times that prices were stored.
    pub pokes: u64,
    /// Of them, with mid held back.
    pub stepped: u64,
    /// Times that a price became unsafe.
    pub became_unsafe: u64,
    /// Times that a source was left out.
    pub sources_left_out: u64,
    /// Comparisons with the chain.
    pub comparisons: u64,
}

/// The mirror.
#[derive(Debug)]
pub struct Mirror {
    /// What it is of.
    pub subject: Subject,
    /// The model.
    pub model: VaultBook,
    /// The stored price of each market.
    pub stored: Vec<Stored>,
    /// What became of losses.
    pub losses: Losses,
    /// What happened.
    pub counts: Counts,
    /// Differences found.
    pub mismatches: u64,
    /// The first of them, in words.
    pub first_mismatch: Option<String>,
    /// Vaults that changed since they were last compared.
    pub touched: BTreeSet<(usize, Address)>,
    /// State of a price that is neither safe nor stepped, as the chain says.
    pub states: Vec<PriceState>,
    /// Whether interest and surplus were asked to pay in this transaction.
    collecting: bool,
    /// A take whose burn has not come yet: market, taker, owners, what each event says.
    taking: Option<Taking>,
    /// The newest block.
    block: u64,
}

#[derive(Debug)]
struct Taking {
    market: usize,
    taker: Address,
    owners: Vec<Address>,
    events: Vec<VaultEvent>,
    paid: U256,
}

/// One log of the book or of its prices.
#[derive(Debug)]
pub enum Event {
    /// Of the book.
    Book(Box<BookEvent>),
    /// Of the prices.
    Price(Box<PriceEvent>),
}

/// The largest value with a mantissa of 56 bits that is not above `value`.
fn rounded_down(value: U256) -> U256 {
    let shift = value.bit_len().saturating_sub(MANTISSA_BITS);
    value >> shift << shift
}

/// The smallest such value that is not below it.
fn rounded_up(value: U256) -> U256 {
    let shift = value.bit_len().saturating_sub(MANTISSA_BITS);
    let down = rounded_down(value);
    if down == value {
        return value;
    }
    down + (U256::ONE << shift)
}

impl Stored {
    /// What it is good for at `time`; `otherwise` where it is neither safe nor stepped.
    pub fn state_at(&self, time: u64, max_age_secs: u64, otherwise: PriceState) -> PriceState {
        if self.unsafe_now || self.updated_at == 0 || time > self.updated_at + max_age_secs {
            return match otherwise {
                PriceState::Safe | PriceState::Stepped => PriceState::Grace,
                other => other,
            };
        }
        if self.stepped {
            PriceState::Stepped
        } else {
            PriceState::Safe
        }
    }
}

impl Mirror {
    /// The model as the book is right after its markets were created.
    ///
    /// # Errors
    /// Where the model refuses the terms that the chain took.
    pub fn new(subject: Subject) -> eyre::Result<Self> {
        let mut model = VaultBook::new(BookParams {
            address: subject.book,
            governor: subject.governor,
            backstop: subject.backstop,
            peg_module: subject.peg_module,
            surplus_buffer: TokenAmount::new(subject.surplus_buffer),
            genesis: Timestamp::new(subject.created_at),
        });
        for (terms, ceiling, mint_limit, rate) in &subject.markets {
            let action = VaultAction::CreateMarket {
                terms: Box::new(*terms),
                ceiling: TokenAmount::new(*ceiling),
                mint_limit: TokenAmount::new(*mint_limit),
                rate: Wad::new(*rate),
                deviation: Wad::new(subject.deviation),
            };
            refused(model.apply(subject.governor, &action), "createMarket")?;
        }
        let count = subject.markets.len();
        let counts = Counts {
            taken_paid: vec![U256::ZERO; count],
            taken_collateral: vec![U256::ZERO; count],
            ..Counts::default()
        };
        Ok(Self {
            subject,
            model,
            stored: vec![Stored::default(); count],
            losses: Losses::default(),
            counts,
            mismatches: 0,
            first_mismatch: None,
            touched: BTreeSet::new(),
            states: vec![PriceState::Grace; count],
            collecting: false,
            taking: None,
            block: 0,
        })
    }

    /// Notes a difference between book and model.
    pub fn differ(&mut self, what: impl FnOnce() -> String) {
        self.mismatches += 1;
        if self.first_mismatch.is_none() {
            self.first_mismatch = Some(format!("block {}: {}", self.block, what()));
        }
    }

    /// Whether two amounts are equal; where a peg module's custody is worth less than its ledger, nearly so: the model
    /// takes that worth in wad, the contract in units of custody, and a redemption under a haircut carries the difference
    /// on.
    pub fn agrees(&self, ours: U256, theirs: U256) -> bool {
        if self.subject.peg_module.is_zero() {
            return ours == theirs;
        }
        let most = ours.max(theirs) / U256::from(NEARLY);
        ours.abs_diff(theirs) <= most + U256::from(NEARLY)
    }

    /// Begins a block at `time`.
    ///
    /// # Errors
    /// Where time runs backwards.
    pub fn begin(&mut self, number: u64, time: u64) -> eyre::Result<()> {
        self.block = number;
        let now = self.model.set_now(Timestamp::new(time));
        now.map_err(|error| eyre::eyre!("the model's clock: {error}"))
    }

    /// The market of a collateral.
    fn market_of(&self, asset: Address) -> Option<usize> {
        let markets = &self.subject.markets;
        markets
            .iter()
            .position(|(terms, ..)| terms.collateral == asset)
    }

    /// What market `index` is priced at now.
    pub fn price(&self, index: usize) -> PriceView {
        let stored = self.stored.get(index).copied().unwrap_or_default();
        let otherwise = self.states.get(index).copied().unwrap_or_default();
        let time = self.model.now().get();
        let [low, mid, high] = stored.bounds.map(Price::new);
        PriceView {
            low,
            mid,
            high,
            state: stored.state_at(time, self.subject.max_age_secs, otherwise),
        }
    }

    /// Does a transaction's events again. They must come in the order of the chain.
    pub fn transaction(&mut self, events: &[Event]) {
        for (index, event) in events.iter().enumerate() {
            match event {
                Event::Price(event) => self.priced(event),
                Event::Book(event) => self.booked(event, events.get(index + 1..).unwrap_or(&[])),
            }
        }
        self.finish_taking();
        self.finish_collecting();
    }

    fn priced(&mut self, event: &PriceEvent) {
        match event {
            PriceEvent::Priced(priced) => {
                self.counts.pokes += 1;
                self.counts.stepped += u64::from(priced.stepped);
                if let Some(market) = self.market_of(priced.asset) {
                    self.stored[market] = Stored {
                        bounds: [
                            rounded_down(priced.low),
                            rounded_down(priced.mid),
                            rounded_up(priced.high),
                        ],
                        updated_at: self.model.now().get(),
                        stepped: priced.stepped,
                        unsafe_now: false,
                    };
                }
            }
            PriceEvent::BecameUnsafe(event) => {
                self.counts.became_unsafe += 1;
                if let Some(market) = self.market_of(event.asset) {
                    self.stored[market].unsafe_now = true;
                }
            }
            PriceEvent::SourceLeftOut(_) => self.counts.sources_left_out += 1,
            PriceEvent::AssetAdded(_) => {}
        }
    }

    /// Lets the model do `action`, with the price of its market as it is now.
    fn apply(&mut self, caller: Address, action: &VaultAction) -> Option<VaultOutcome> {
        for market in 0..self.subject.markets.len() {
            let price = self.price(market);
            // Markets are numbered as they were created: there is none that the model does not know.
            let _ = self.model.set_price(market, price);
        }
        match self.model.apply(caller, action) {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                self.differ(|| format!("the model refuses {action:?}: {error}"));
                None
            }
        }
    }

    fn booked(&mut self, event: &BookEvent, rest: &[Event]) {
        match event {
            BookEvent::Taken(_) | BookEvent::Flagged(_) | BookEvent::Transfer(_) => {
                self.taken_or_moved(event);
            }
            BookEvent::Adjusted(event) => self.adjusted(event),
            BookEvent::Unflagged(event) => {
                let by_adjust = rest.iter().find_map(book_event).is_some_and(
                    |next| matches!(next, BookEvent::Adjusted(next) if next.owner == event.owner),
                );
                if !by_adjust {
                    self.flag(event.market, event.owner);
                }
            }
            BookEvent::Redeemed(_) => self.redeemed(event),
            BookEvent::Booked(event) => self.wrote_off(event),
            BookEvent::Covered(event) => self.covered(event),
            BookEvent::Collected(_) => self.collecting = true,
            BookEvent::PegMoved(event) => self.peg_moved(event.ledger, event.deficit, rest),
            _ => {}
        }
    }

    fn flag(&mut self, market: U256, owner: Address) {
        let market = index(market);
        self.apply(HOLDERS, &VaultAction::Flag { market, owner });
        self.touched.insert((market, owner));
    }

    fn adjusted(&mut self, event: &ballast_bindings::book::VaultBook::Adjusted) {
        self.finish_taking();
        self.finish_collecting();
        let (market, owner) = (index(event.market), event.owner);
        if event.collateral.is_positive() {
            let asset = self.subject.markets[market].0.collateral;
            let amount = AssetAmount::new(event.collateral.unsigned_abs());
            let _ = self.model.fund(asset, HOLDERS, amount);
        }
        if !self.model.is_operator(owner, HOLDERS) {
            let allow = VaultAction::SetOperator {
                operator: HOLDERS,
                allowed: true,
            };
            self.apply(owner, &allow);
        }
        let norm = self.model.vault(market, owner).norm.get();
        let cut = event.norm.unsigned_abs();
        let all = event.norm.is_negative() && cut == norm;
        let action = VaultAction::Adjust {
            market,
            owner,
            collateral: event.collateral,
            debt: if all { I256::MIN } else { event.debt },
            to: HOLDERS,
        };
        let outcome = self.apply(HOLDERS, &action);
        let expected = VaultOutcome::Adjusted {
            collateral: event.collateral,
            debt: event.debt,
        };
        if outcome.is_some_and(|outcome| outcome != expected) {
            self.differ(|| format!("adjust of {owner}: {outcome:?}, the chain {expected:?}"));
        }
        self.touched.insert((market, owner));
    }

    fn taken_or_moved(&mut self, event: &BookEvent) {
        match event {
            BookEvent::Taken(event) => {
                self.finish_collecting();
                let market = index(event.market);
                let told = VaultEvent::Taken {
                    market,
                    owner: event.owner,
                    taker: event.taker,
                    paid: TokenAmount::new(event.paid),
                    collateral: AssetAmount::new(event.collateral),
                    norm: Norm::new(event.norm),
                    deficit: TokenAmount::new(event.deficit),
                };
                self.count_take(market, event);
                let taking = self.taking.get_or_insert_with(|| Taking {
                    market,
                    taker: event.taker,
                    owners: Vec::new(),
                    events: Vec::new(),
                    paid: U256::ZERO,
                });
                taking.owners.push(event.owner);
                taking.events.push(told);
                taking.paid += event.paid;
                self.touched.insert((market, event.owner));
            }
            BookEvent::Flagged(event) => {
                self.counts.flags += 1;
                if self.taking.is_none() {
                    self.flag(event.market, event.owner);
                }
            }
            BookEvent::Transfer(event) => self.moved(event.from, event.to, event.value),
            _ => {}
        }
    }

    fn count_take(&mut self, market: usize, event: &ballast_bindings::book::VaultBook::Taken) {
        self.counts.liquidations += 1;
        self.counts.taken_paid[market] += event.paid;
        self.counts.taken_collateral[market] += event.collateral;
        self.losses.by_takes += event.deficit;
        let value = super::world::float_value(event.collateral, self.price(market).mid);
        let paid = crate::market::float(event.paid);
        if value <= 0.0 {
            return;
        }
        self.counts.discounts.0 += 1.0 - paid / value;
        self.counts.discounts.1 += 1;
        // The same line as for the control.
        if paid >= value * 0.01 {
            return;
        }
        self.counts.zero_bids += 1;
        if self.counts.first_zero_bid.is_none() {
            let clock = self.model.vault(market, event.owner).flagged_at.get();
            let ran = self.model.now().get().saturating_sub(clock);
            self.counts.first_zero_bid = Some(format!(
                "block {}: {paid:.0} of {value:.0} for the vault of {}, {ran} seconds after its clock began",
                self.block, event.owner
            ));
        }
    }

    fn moved(&mut self, from: Address, to: Address, value: U256) {
        let (book, backstop) = (self.subject.book, self.subject.backstop);
        if to.is_zero() {
            let of_take = self.taking.as_ref().is_some_and(|one| one.taker == from);
            if of_take {
                self.finish_taking();
            }
            return;
        }
        let side = |account: Address| {
            if account == backstop && !backstop.is_zero() {
                backstop
            } else {
                HOLDERS
            }
        };
        if from.is_zero() || from == book || side(from) == side(to) {
            return;
        }
        let amount = TokenAmount::new(value);
        self.apply(
            side(from),
            &VaultAction::Transfer {
                to: side(to),
                amount,
            },
        );
    }

    /// The take whose events have been seen, done as one.
    fn finish_taking(&mut self) {
        let Some(taking) = self.taking.take() else {
            return;
        };
        let backstop = self.subject.backstop;
        let caller = if taking.taker == backstop && !backstop.is_zero() {
            backstop
        } else {
            HOLDERS
        };
        let action = VaultAction::Take {
            market: taking.market,
            owners: taking.owners,
            max_paid: TokenAmount::new(taking.paid),
            min_collateral: AssetAmount::ZERO,
        };
        if self.apply(caller, &action).is_none() {
            return;
        }
        let told: Vec<VaultEvent> = self
            .model
            .events()
            .iter()
            .filter(|event| matches!(event, VaultEvent::Taken { .. }))
            .map(|event| by(*event, taking.taker))
            .collect();
        if told != taking.events {
            self.differ(|| format!("take: {told:?}, the chain {:?}", taking.events));
        }
    }

    fn redeemed(&mut self, event: &BookEvent) {
        let BookEvent::Redeemed(event) = event else {
            return;
        };
        // A redemption collects by itself.
        self.collecting = false;
        let (market, owner) = (index(event.market), event.owner);
        self.counts.redemptions += 1;
        self.counts.redeemed += event.burned;
        let before = self.model.sums().deficit.get();
        let action = VaultAction::Redeem {
            market,
            owner,
            amount: TokenAmount::new(event.burned),
            min_collateral: AssetAmount::ZERO,
        };
        let outcome = self.apply(HOLDERS, &action);
        self.note_holders(before);
        let expected = VaultOutcome::Redeemed {
            burned: TokenAmount::new(event.burned),
            collateral: AssetAmount::new(event.collateral),
        };
        let agrees = match outcome {
            Some(VaultOutcome::Redeemed { burned, collateral }) => {
                self.agrees(burned.get(), event.burned)
                    && self.agrees(collateral.get(), event.collateral)
            }
            // A refusal has been counted already.
            _ => true,
        };
        if !agrees {
            self.differ(|| format!("redeem of {owner}: {outcome:?}, the chain {expected:?}"));
        }
        self.touched.insert((market, owner));
    }

    /// Who paid what of the deficit that the model's last action cancelled, and whether the order held.
    fn note_holders(&mut self, before: U256) {
        let mut by_holders = U256::ZERO;
        for event in self.model.events().to_vec() {
            if let VaultEvent::Covered { payer, amount, .. } = event {
                if payer.is_zero() {
                    by_holders += amount.get();
                } else {
                    self.losses.by_surplus += amount.get();
                }
            }
        }
        self.losses.by_holders += by_holders;
        if by_holders.is_zero() || before.is_zero() {
            return;
        }
        let surplus = self.model.balance_of(self.subject.book).get();
        let deficit_left = !self.model.sums().deficit.is_zero();
        let backstop = match self.subject.backstop {
            Address::ZERO => U256::ZERO,
            backstop => self.model.balance_of(backstop).get(),
        };
        if (deficit_left && !surplus.is_zero()) || backstop > WAD {
            self.losses.order_breaks += 1;
        }
    }

    fn wrote_off(&mut self, event: &ballast_bindings::book::VaultBook::Booked) {
        self.finish_taking();
        self.finish_collecting();
        let (market, owner) = (index(event.market), event.owner);
        self.counts.bookings += 1;
        self.losses.by_book += event.deficit;
        let outcome = self.apply(HOLDERS, &VaultAction::Book { market, owner });
        let expected = VaultOutcome::Booked {
            deficit: TokenAmount::new(event.deficit),
        };
        if outcome.is_some_and(|outcome| outcome != expected) {
            self.differ(|| format!("book of {owner}: {outcome:?}, the chain {expected:?}"));
        }
        self.touched.insert((market, owner));
    }

    fn covered(&mut self, event: &ballast_bindings::book::VaultBook::Covered) {
        if event.payer == self.subject.book {
            self.collecting = true;
            return;
        }
        if event.payer.is_zero() {
            return;
        }
        self.finish_taking();
        self.finish_collecting();
        let of_backstop = event.payer == self.subject.backstop;
        let caller = if of_backstop { event.payer } else { HOLDERS };
        let market = if event.market == U256::MAX {
            PEG_MARKET
        } else {
            index(event.market)
        };
        let amount = TokenAmount::new(event.amount);
        if of_backstop {
            self.losses.by_backstop += event.amount;
        } else {
            self.losses.by_others += event.amount;
        }
        self.apply(caller, &VaultAction::Cover { market, amount });
    }

    fn finish_collecting(&mut self) {
        if !std::mem::take(&mut self.collecting) {
            return;
        }
        self.apply(HOLDERS, &VaultAction::Collect);
        for event in self.model.events().to_vec() {
            if let VaultEvent::Covered { amount, .. } = event {
                self.losses.by_surplus += amount.get();
            }
        }
    }

    fn peg_moved(&mut self, ledger: I256, deficit: I256, rest: &[Event]) {
        self.finish_taking();
        let module = self.subject.peg_module;
        if !deficit.is_zero() {
            self.finish_collecting();
            if deficit.is_positive() {
                self.losses.by_peg += deficit.unsigned_abs();
            } else {
                self.losses.peg_regained += deficit.unsigned_abs();
            }
            self.apply(module, &VaultAction::PegMark { loss: deficit });
            return;
        }
        let next = rest
            .iter()
            .filter_map(book_event)
            .find_map(|event| match event {
                BookEvent::Transfer(event) if event.from.is_zero() || event.to.is_zero() => {
                    Some(event)
                }
                _ => None,
            });
        let Some(next) = next else { return };
        let amount = TokenAmount::new(next.value);
        if ledger.is_negative() {
            // An exit collects by itself.
            self.collecting = false;
            let before = self.model.sums().deficit.get();
            let from = HOLDERS;
            self.apply(module, &VaultAction::PegBurn { from, amount });
            self.note_holders(before);
            return;
        }
        self.finish_collecting();
        let to = if next.to == self.subject.book {
            next.to
        } else {
            HOLDERS
        };
        self.apply(module, &VaultAction::PegMint { to, amount });
    }

    /// Vaults of `market` that owe more than is healthy at `price`.
    pub fn unhealthy_at(&self, market: usize, price: Price) -> Vec<Address> {
        let Ok(totals) = self.model.market(market) else {
            return Vec::new();
        };
        let Ok(index) = totals.index_at(self.model.now()) else {
            return Vec::new();
        };
        self.model
            .vaults()
            .filter(|((at, _), vault)| *at == market && !vault.norm.is_zero())
            .filter(|(_, vault)| {
                let position = Position {
                    collateral: vault.collateral,
                    norm: vault.norm,
                    index,
                    price,
                };
                position.is_unhealthy(totals.terms.liq_ltv).unwrap_or(false)
            })
            .map(|((_, owner), _)| owner)
            .collect()
    }

    /// What of the peg module's ledger its custody is worth from now on.
    pub fn set_peg_backing(&mut self, backing: U256) {
        let ledger = self.model.sums().peg_ledger.get();
        let worth = if ledger.is_zero() {
            WAD
        } else {
            ballast_math::wide_mul_div_up(backing, WAD, ledger).unwrap_or(WAD)
        };
        self.model.set_peg_worth(Wad::new(worth));
    }
}

fn book_event(event: &Event) -> Option<&BookEvent> {
    match event {
        Event::Book(event) => Some(event),
        Event::Price(_) => None,
    }
}

/// A take's event with the taker of the chain, for whom the model has another.
fn by(event: VaultEvent, taker: Address) -> VaultEvent {
    match event {
        VaultEvent::Taken {
            market,
            owner,
            paid,
            collateral,
            norm,
            deficit,
            ..
        } => VaultEvent::Taken {
            market,
            owner,
            taker,
            paid,
            collateral,
            norm,
            deficit,
        },
        other => other,
    }
}

fn index(market: U256) -> usize {
    usize::try_from(market).unwrap_or(PEG_MARKET)
}

fn refused(outcome: Result<VaultOutcome, VaultError>, what: &str) -> eyre::Result<()> {
    outcome
        .map(drop)
        .map_err(|error| eyre::eyre!("the model refuses {what}: {error}"))
}
