//! Somebody who plays with a book: random calls that look at its state, so that every one of them succeeds now and
//! then, while prices walk, jump and fail. The differential test of the contract plays the same game.

use alloy_primitives::{Address, I256, U256};
use ballast_model::vaults::{
    BookParams, MarketTerms, PEG_MARKET, PriceState, PriceView, RATE_MAX, VaultAction, VaultBook,
    clock_expiry, invariants,
};
use ballast_types::{AssetAmount, Price, Seconds, Timestamp, TokenAmount, WAD, Wad};

pub const GENESIS: u64 = 1_767_225_600;
pub const GOVERNOR: Address = Address::with_last_byte(0xa1);
pub const CONTROLLER: Address = Address::with_last_byte(0xa2);
pub const BACKSTOP: Address = Address::with_last_byte(0xa4);
pub const OWNERS: [Address; 6] = [
    Address::with_last_byte(0x21),
    Address::with_last_byte(0x22),
    Address::with_last_byte(0x23),
    Address::with_last_byte(0x24),
    Address::with_last_byte(0x25),
    Address::with_last_byte(0x26),
];

/// A number from the environment: `VAULT_STEPS` and the like, for longer runs than the suite's.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// A market of a game: what varies between configurations.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Decimals of the collateral.
    pub decimals: u8,
    /// The first price of a whole token of the collateral is ten to the power of this.
    pub price_exponent: i8,
    /// Minimum collateral of 120 % and a clock of seconds, or of 200 % and of minutes.
    pub efficient: bool,
    /// Whether debts grow.
    pub interest: bool,
    /// What an owner's vault is worth, in whole units of the synthetic.
    pub wealth: u64,
}

impl Shape {
    /// The price of the first day.
    pub fn price(&self) -> U256 {
        let power = 54 - i16::from(self.decimals) + i16::from(self.price_exponent);
        U256::from(10).pow(U256::from(power.unsigned_abs()))
    }

    /// Base units of collateral worth `whole` units of the synthetic at the first price, rounded up.
    pub fn worth(&self, whole: u64) -> U256 {
        let scaled = U256::from(whole) * U256::from(10).pow(U256::from(54));
        scaled.div_ceil(self.price())
    }

    /// The terms of the market, with its collateral and price source at these addresses.
    pub fn terms(&self, collateral: Address, prices: Address) -> MarketTerms {
        let wad = |parts: u64| Wad::new(WAD * U256::from(parts) / U256::from(10_000));
        let (borrow, liq, discount, ramp) = if self.efficient {
            (7_900, 8_333, 800, 30)
        } else {
            (4_500, 5_000, 1_000, 900)
        };
        MarketTerms {
            collateral,
            prices,
            borrow_ltv: wad(borrow),
            min_debt: TokenAmount::new(WAD * U256::from((self.wealth / 50).max(1))),
            mint_window_secs: Seconds::new(86_400),
            liq_ltv: wad(liq),
            max_discount: wad(discount),
            ramp_secs: Seconds::new(ramp),
            fee_min: wad(50),
            fee_slope: wad(200),
            rate_controller: CONTROLLER,
        }
    }

    /// A ceiling and a mint limit that several owners reach, whole units of the synthetic.
    pub fn limits(&self) -> (TokenAmount, TokenAmount) {
        let whole = |amount: u64| TokenAmount::new(WAD * U256::from(amount));
        (whole(self.wealth * 6), whole(self.wealth * 6))
    }

    /// The rate of the first day.
    pub fn rate(&self) -> Wad {
        Wad::new(U256::from(if self.interest {
            3_170_979_198_u64
        } else {
            0
        }))
    }
}

/// What a book of these games is created with.
pub fn params(address: Address, peg_module: Address, wealth: u64) -> BookParams {
    BookParams {
        address,
        governor: GOVERNOR,
        backstop: BACKSTOP,
        peg_module,
        surplus_buffer: TokenAmount::new(WAD * U256::from(wealth) / U256::from(2_000)),
        genesis: Timestamp::new(GENESIS),
    }
}

/// A small generator, so that a game is its seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() >> 33).unwrap() % bound
    }

    pub fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Between `least` and `most` ten-thousandths of `whole`.
    pub fn part(&mut self, whole: U256, least: usize, most: usize) -> U256 {
        whole * U256::from(least + self.below(most - least + 1)) / U256::from(10_000)
    }

    /// Nothing, one, all, a little more, or a part of `most`.
    pub fn amount(&mut self, most: U256) -> U256 {
        match self.below(14) {
            0 => U256::ZERO,
            1 => U256::ONE,
            2 => most,
            3 => most + U256::ONE,
            _ => self.part(most, 0, 10_000),
        }
    }
}

/// What happens next.
#[derive(Clone, Debug)]
pub enum Move {
    /// Time passes.
    Wait(Seconds),
    /// The price source of a market says something else.
    Reprice(usize, PriceView),
    /// A part of the peg module's ledger is worth something else.
    PegWorth(Wad),
    /// Somebody tries something.
    Act(Address, VaultAction),
}

/// A signed amount.
fn signed(amount: U256) -> I256 {
    I256::try_from(amount.min(U256::MAX >> 1)).unwrap()
}

/// The player: what he knows beside the book.
#[derive(Clone, Debug)]
pub struct Player {
    pub dice: Dice,
    shapes: Vec<Shape>,
    /// Of every market, where its price stands, in millionths of the first.
    level: Vec<u64>,
    /// Whether a clock was just waited for, and somebody is there to take.
    waited: bool,
}

impl Player {
    /// `VAULT_SEED` changes every game.
    pub fn new(seed: u64, shapes: &[Shape]) -> Self {
        Self {
            dice: Dice((seed ^ setting("VAULT_SEED", 0)).max(1)),
            shapes: shapes.to_vec(),
            level: vec![1_000_000; shapes.len()],
            waited: false,
        }
    }

    /// The first price of a market, safe and without a spread.
    pub fn first_price(&self, market: usize) -> PriceView {
        let mid = Price::new(self.shapes[market].price());
        PriceView {
            low: mid,
            mid,
            high: mid,
            state: PriceState::Safe,
        }
    }

    /// What happens next to `book`.
    pub fn next(&mut self, book: &VaultBook) -> Move {
        if std::mem::take(&mut self.waited) {
            let (caller, action) = if self.dice.one_in(3) {
                let market = self.troubled(book);
                let owner = self.unhealthy(book, market);
                (self.owner(), VaultAction::Flag { market, owner })
            } else {
                self.take(book)
            };
            return Move::Act(caller, action);
        }
        let now = book.now();
        let flagged_now = book.vaults().any(|(_, vault)| vault.flagged_at == now);
        if flagged_now && !self.dice.one_in(4) {
            return Move::Wait(self.wait(book));
        }
        match self.dice.below(100) {
            0..=9 => Move::Wait(self.wait(book)),
            10..=24 => {
                let market = self.dice.below(self.shapes.len());
                Move::Reprice(market, self.reprice(book, market))
            }
            25 if self.dice.one_in(3) => Move::PegWorth(self.peg_worth()),
            _ => {
                let (caller, action) = self.act(book);
                Move::Act(caller, action)
            }
        }
    }

    fn wait(&mut self, book: &VaultBook) -> Seconds {
        let flagged: Vec<_> = book
            .vaults()
            .filter(|(_, vault)| vault.flagged_at != Timestamp::ZERO)
            .collect();
        if !flagged.is_empty() && !self.dice.one_in(4) {
            let ((market, _), vault) = flagged[self.dice.below(flagged.len())];
            if let Some(wait) = self.wait_for_clock(book, market, vault.flagged_at) {
                self.waited = true;
                return wait;
            }
        }
        self.wait_a_while()
    }

    /// Until a clock is at one of the ages at which its price bends, or a second before or after it.
    fn wait_for_clock(
        &mut self,
        book: &VaultBook,
        market: usize,
        flagged_at: Timestamp,
    ) -> Option<Seconds> {
        let terms = book.market(market).unwrap().terms;
        let (ramp, expiry) = (terms.ramp_secs.get(), clock_expiry(&terms).unwrap().get());
        let capped = (4 * ramp).max(600);
        let bends = [ramp, capped, capped, capped, expiry - ramp, expiry];
        let early = self.dice.pick(&[0, 1, 1 + ramp, 61]);
        let target = (self.dice.pick(&bends) + 1).saturating_sub(early);
        let elapsed = book.now().since(flagged_at).unwrap().get();
        let wait = target.checked_sub(elapsed)?;
        (wait > 0).then_some(Seconds::new(wait))
    }

    fn wait_a_while(&mut self) -> Seconds {
        let most = match self.dice.below(20) {
            0..=8 => 30,
            9..=15 => 900,
            16..=18 => 20_000,
            _ => 400_000,
        };
        Seconds::new(1 + self.dice.roll() % most)
    }

    fn peg_worth(&mut self) -> Wad {
        let parts = self.dice.pick(&[10_000, 10_000, 9_990, 9_700, 6_000]);
        Wad::new(WAD * U256::from(parts) / U256::from(10_000))
    }

    /// The price walks; now and then it jumps; far from where it began it turns back.
    fn reprice(&mut self, book: &VaultBook, market: usize) -> PriceView {
        let level = self.level[market];
        let (least, most) = match self.dice.below(60) {
            0 => (30, 100),
            1 | 2 => (500, 850),
            3..=14 if level < 500_000 => (1_100, 2_000),
            3..=5 if level < 1_000_000 => (1_000, 1_500),
            _ if level < 500_000 => (990, 1_080),
            _ if level > 2_000_000 => (920, 1_010),
            _ => (970, 1_028),
        };
        let factor = u64::try_from(least + self.dice.below(most - least + 1)).unwrap();
        self.level[market] = (level * factor / 1_000).max(1_000);
        let mid = self.shapes[market].price() * U256::from(self.level[market]);
        let mid = (mid / U256::from(1_000_000)).max(U256::ONE);
        let spread = self.dice.below(200);
        let was = book.market(market).unwrap().price.state;
        let state = match self.dice.below(30) {
            _ if factor < 900 && self.dice.one_in(2) => PriceState::Stepped,
            _ if !self.all_is_well(book) && self.dice.one_in(8) => PriceState::Late,
            _ if was == PriceState::Grace && self.dice.one_in(2) => PriceState::Late,
            0 => PriceState::Stepped,
            1 => PriceState::Grace,
            2 => PriceState::Late,
            3..=20 => PriceState::Safe,
            _ => was,
        };
        PriceView {
            low: Price::new(self.dice.part(mid, 9_800, 10_000)),
            mid: Price::new(mid),
            high: Price::new((mid + self.dice.part(mid, 0, spread)).min(U256::MAX >> 56)),
            state,
        }
    }

    fn market(&mut self) -> usize {
        self.dice.below(self.shapes.len())
    }

    fn owner(&mut self) -> Address {
        self.dice.pick(&OWNERS)
    }

    /// Who holds most of the synthetic: he can pay for what he tries.
    fn richest(&mut self, book: &VaultBook) -> Address {
        let held = |account: &Address| book.balance_of(*account);
        let everybody = OWNERS.iter().chain([&BACKSTOP]);
        let richest = everybody.max_by_key(|account| held(account)).copied();
        if self.dice.one_in(6) {
            return self.owner();
        }
        richest.unwrap_or(OWNERS[0])
    }

    fn debt(&self, book: &VaultBook, market: usize, owner: Address) -> U256 {
        book.debt_of(market, owner).unwrap().get()
    }

    fn value(&self, book: &VaultBook, market: usize, owner: Address) -> U256 {
        let held = book.vault(market, owner).collateral;
        let mid = book.market(market).unwrap().price.mid;
        ballast_model::vaults::convert::value_down(held, mid)
            .unwrap()
            .get()
    }

    /// An owner of whose vault in `market` something holds, or anybody.
    fn find(
        &mut self,
        book: &VaultBook,
        market: usize,
        wanted: impl Fn(&Self, Address) -> bool,
    ) -> Address {
        let fitting: Vec<_> = OWNERS
            .into_iter()
            .filter(|owner| !book.vault(market, *owner).norm.is_zero() && wanted(self, *owner))
            .collect();
        if fitting.is_empty() || self.dice.one_in(12) {
            return self.owner();
        }
        self.dice.pick(&fitting)
    }

    fn unhealthy(&mut self, book: &VaultBook, market: usize) -> Address {
        self.find(book, market, |_, owner| {
            invariants::is_unhealthy(book, market, &book.vault(market, owner)).unwrap()
        })
    }

    /// A market in which somebody is unhealthy, or any.
    fn troubled(&mut self, book: &VaultBook) -> usize {
        let bad = |market: &usize| {
            OWNERS.iter().any(|owner| {
                invariants::is_unhealthy(book, *market, &book.vault(*market, *owner)).unwrap()
            })
        };
        let found: Vec<_> = (0..self.shapes.len()).filter(bad).collect();
        if found.is_empty() {
            return self.market();
        }
        self.dice.pick(&found)
    }

    /// Whether nobody is unhealthy anywhere.
    fn all_is_well(&self, book: &VaultBook) -> bool {
        !book
            .vaults()
            .any(|((market, _), vault)| invariants::is_unhealthy(book, market, &vault).unwrap())
    }

    /// Whether fewer than two in three of the vaults there could be owe something.
    fn few_owe(&self, book: &VaultBook) -> bool {
        let owing = book.vaults().filter(|(_, vault)| !vault.norm.is_zero());
        3 * owing.count() < 2 * OWNERS.len() * self.shapes.len()
    }

    /// Somebody, and what he tries.
    fn act(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let calm = self.all_is_well(book) && !self.dice.one_in(8);
        let sought = if self.few_owe(book) && self.dice.one_in(3) {
            0
        } else {
            self.dice.below(64)
        };
        match sought {
            _ if !book.sums().deficit.is_zero() && self.dice.one_in(16) => self.make_whole(book),
            22..=36 | 45..=47 if calm => self.borrow(book),
            0..=11 => self.borrow(book),
            12..=21 => self.adjust(book),
            22..=28 => self.take(book),
            29..=36 => {
                let market = self.troubled(book);
                let owner = self.unhealthy(book, market);
                (self.owner(), VaultAction::Flag { market, owner })
            }
            37..=44 => self.redeem(book),
            45..=47 => self.book(book),
            48 | 49 => self.cover(book),
            50 | 51 => (self.owner(), VaultAction::Collect),
            52..=55 => self.peg(book),
            56..=59 => self.hold(book),
            60 | 61 => self.operate(book),
            _ => self.govern(book),
        }
    }

    /// Opens a vault or mints more, about as far as the ratio, the ceiling or the limit lets.
    fn borrow(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let (market, owner) = (self.market(), self.owner());
        let (state, shape) = (*book.market(market).unwrap(), self.shapes[market]);
        let most = shape.worth(shape.wealth).max(U256::from(4));
        let most = most * U256::from(1_000_000) / U256::from(self.level[market].min(1_000_000));
        let room = most.saturating_sub(book.vault(market, owner).collateral.get());
        let added = self.dice.part(room, 1_000, 10_000);
        let held = AssetAmount::new(book.vault(market, owner).collateral.get() + added);
        let value = ballast_model::vaults::convert::value_down(held, state.price.low).unwrap();
        let most = value.get() * state.terms.borrow_ltv.get() / WAD;
        let most = most.saturating_sub(self.debt(book, market, owner));
        let debt = if self.dice.one_in(4) {
            self.dice.amount(most)
        } else {
            self.dice.part(most, 7_000, 10_000)
        };
        let least = state.terms.min_debt.get().min(most);
        let debt = if self.dice.one_in(8) {
            debt
        } else {
            let mintable = state.mintable_at(book.now()).unwrap().get();
            debt.min(mintable).max(least)
        };
        let action = VaultAction::Adjust {
            market,
            owner,
            collateral: signed(added),
            debt: signed(debt),
            to: if self.dice.one_in(10) {
                self.owner()
            } else {
                owner
            },
        };
        (owner, action)
    }

    /// Adds, takes out, repays; often everything.
    fn adjust(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let market = self.market();
        let owner = self.find(book, market, |_, _| true);
        let vault = book.vault(market, owner);
        let debt = self.debt(book, market, owner);
        let some = self.dice.amount(vault.collateral.get());
        let (collateral, debt) = match self.dice.below(14) {
            0 => (I256::MIN, I256::MIN),
            1 => (I256::ZERO, I256::MIN),
            2 => (I256::MIN, I256::ZERO),
            3 => (signed(some), I256::ZERO),
            4 => (-signed(self.dice.part(some, 0, 3_000)), I256::ZERO),
            5 => (
                -signed(self.dice.amount(some)),
                -signed(self.dice.amount(debt)),
            ),
            _ => (I256::ZERO, -signed(self.dice.amount(debt))),
        };
        let caller = if self.dice.one_in(3) {
            self.richest(book)
        } else {
            owner
        };
        let action = VaultAction::Adjust {
            market,
            owner,
            collateral,
            debt,
            to: caller,
        };
        (caller, action)
    }

    fn take(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let market = self.troubled(book);
        let count = 1 + self.dice.below(4);
        let owners: Vec<_> = (0..count).map(|_| self.unhealthy(book, market)).collect();
        let caller = self.richest(book);
        let held = book.balance_of(caller).get();
        let max_paid = match self.dice.below(5) {
            0 => U256::MAX,
            1 => self.dice.amount(held),
            2 => self.dice.part(held, 0, 1_500),
            _ => held,
        };
        let min_collateral = U256::from(if self.dice.one_in(25) { u128::MAX } else { 0 });
        let action = VaultAction::Take {
            market,
            owners,
            max_paid: TokenAmount::new(max_paid),
            min_collateral: AssetAmount::new(min_collateral),
        };
        (caller, action)
    }

    fn redeem(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let (market, any) = (self.market(), self.dice.one_in(4));
        let market = if any { self.troubled(book) } else { market };
        let owner = self.find(book, market, |player, owner| {
            any || player.debt(book, market, owner) < player.value(book, market, owner)
        });
        let caller = self.richest(book);
        let (held, debt) = (
            book.balance_of(caller).get(),
            self.debt(book, market, owner),
        );
        let amount = match self.dice.below(8) {
            0 => held,
            1 => self.dice.amount(held),
            2 => self.dice.part(debt, 1_000, 20_000),
            _ => self.dice.part(debt, 10, 5_000),
        };
        let least = U256::from(if self.dice.one_in(25) { u128::MAX } else { 0 });
        let action = VaultAction::Redeem {
            market,
            owner,
            amount: TokenAmount::new(amount),
            min_collateral: AssetAmount::new(least),
        };
        (caller, action)
    }

    fn book(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let market = self.troubled(book);
        let owner = self.find(book, market, |player, owner| {
            player.debt(book, market, owner) > player.value(book, market, owner)
        });
        (self.owner(), VaultAction::Book { market, owner })
    }

    fn cover(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let with_deficit =
            (0..self.shapes.len()).find(|market| !book.market(*market).unwrap().deficit.is_zero());
        let market = match self.dice.below(30) {
            0 => 40,
            1..=4 => PEG_MARKET,
            _ => with_deficit.unwrap_or(PEG_MARKET),
        };
        let caller = self.richest(book);
        let deficit = book
            .market(market)
            .map_or(book.sums().peg_deficit.get(), |totals| totals.deficit.get());
        let held = book.balance_of(caller).get();
        let amount = if self.dice.one_in(3) {
            U256::MAX
        } else {
            self.dice.amount(deficit).min(held)
        };
        let amount = TokenAmount::new(amount);
        (caller, VaultAction::Cover { market, amount })
    }

    /// Somebody pays all of a deficit, so that there are times without one.
    fn make_whole(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let (caller, action) = self.cover(book);
        match action {
            VaultAction::Cover { market, .. } => {
                let amount = TokenAmount::new(U256::MAX);
                (caller, VaultAction::Cover { market, amount })
            }
            other => (caller, other),
        }
    }

    fn peg(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let sums = *book.sums();
        let caller = if self.dice.one_in(10) {
            self.owner()
        } else {
            book.params().peg_module
        };
        let wealth = WAD * U256::from(self.shapes[0].wealth);
        let action = match self.dice.below(6) {
            0 | 1 => VaultAction::PegMint {
                to: self.owner(),
                amount: TokenAmount::new(self.dice.part(wealth, 0, 2_000)),
            },
            2 | 3 => {
                let from = self.richest(book);
                let most = book.balance_of(from).min(sums.peg_ledger).get();
                VaultAction::PegBurn {
                    from,
                    amount: TokenAmount::new(self.dice.amount(most)),
                }
            }
            4 => VaultAction::PegMark {
                loss: signed(self.dice.amount(sums.peg_ledger.get() / U256::from(10))),
            },
            _ => VaultAction::PegMark {
                loss: -signed(self.dice.amount(sums.peg_deficit.get())),
            },
        };
        (caller, action)
    }

    /// What holders do with what they hold.
    fn hold(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let from = self.richest(book);
        let odd = [book.params().address, Address::ZERO, BACKSTOP];
        let to = if self.dice.one_in(8) {
            self.dice.pick(&odd)
        } else {
            self.owner()
        };
        let held = book.balance_of(from).get();
        let amount = TokenAmount::new(self.dice.part(held, 0, 5_000));
        match self.dice.below(6) {
            0 | 1 => (from, VaultAction::Transfer { to, amount }),
            2 => {
                let amount = self.dice.pick(&[U256::MAX, held]);
                (
                    from,
                    VaultAction::Approve {
                        spender: to,
                        amount,
                    },
                )
            }
            3 | 4 => (self.owner(), VaultAction::TransferFrom { from, to, amount }),
            _ => {
                let asset = book.market(self.market()).unwrap().terms.collateral;
                let owner = self.owner();
                let held = book.asset_of(asset, owner).get() / U256::from(1_000);
                let (to, amount) = (book.params().address, AssetAmount::new(held));
                (owner, VaultAction::Send { asset, to, amount })
            }
        }
    }

    /// Operators, and those who are none.
    fn operate(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        if self.dice.one_in(2) {
            let (operator, allowed) = (self.owner(), !self.dice.one_in(3));
            return (self.owner(), VaultAction::SetOperator { operator, allowed });
        }
        let market = self.market() + 40 * usize::from(self.dice.one_in(20));
        let caller = self.owner();
        let owner = self.dice.pick(&OWNERS);
        let taken = self
            .dice
            .part(book.vault(market, owner).collateral.get(), 0, 500);
        let action = VaultAction::Adjust {
            market,
            owner,
            collateral: -signed(taken),
            debt: I256::ZERO,
            to: caller,
        };
        (caller, action)
    }

    fn govern(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let market = self.market();
        let (ceiling, limit) = self.shapes[market].limits();
        let caller = if self.dice.one_in(6) {
            self.owner()
        } else {
            GOVERNOR
        };
        let odd = U256::from(usize::from(self.dice.one_in(8)));
        let scaled = |whole: TokenAmount, parts: u64| {
            TokenAmount::new(whole.get() / U256::from(4) / WAD * WAD * U256::from(parts) + odd)
        };
        match self.dice.below(12) {
            0..=2 => {
                let ceiling = scaled(ceiling, self.dice.pick(&[0, 2, 4, 4, 6]));
                (caller, VaultAction::SetCeiling { market, ceiling })
            }
            3..=5 => {
                let mint_limit = scaled(limit, self.dice.pick(&[0, 2, 4, 4, 8]));
                (caller, VaultAction::SetMintLimit { market, mint_limit })
            }
            6 | 7 => {
                let secs = Seconds::new(self.dice.roll() % 3_000);
                (caller, VaultAction::StopNewDebt { secs })
            }
            8 => self.create(book),
            _ => {
                let top = if self.shapes[market].interest {
                    1_100
                } else {
                    0
                };
                let rate = Wad::new(
                    RATE_MAX.get() * U256::from(self.dice.below(top + 1)) / U256::from(1_000),
                );
                let caller = self
                    .dice
                    .pick(&[CONTROLLER, CONTROLLER, CONTROLLER, caller]);
                (caller, VaultAction::SetRate { market, rate })
            }
        }
    }

    /// A market with a term out of its bounds: the number of markets of a game does not change.
    fn create(&mut self, book: &VaultBook) -> (Address, VaultAction) {
        let mut terms = book.market(0).unwrap().terms;
        let (zero, one) = (Wad::ZERO, Wad::ONE);
        let (mut ceiling, mut rate) = (TokenAmount::ZERO, Wad::ZERO);
        match self.dice.below(12) {
            0 => terms.liq_ltv = self.dice.pick(&[zero, one]),
            1 => terms.borrow_ltv = self.dice.pick(&[zero, terms.liq_ltv]),
            2 => terms.max_discount = self.dice.pick(&[zero, one]),
            3 => terms.ramp_secs = Seconds::new(self.dice.pick(&[9, 86_401])),
            4 => terms.min_debt = TokenAmount::new(self.dice.pick(&[WAD - U256::ONE, WAD * WAD])),
            5 => terms.mint_window_secs = Seconds::new(self.dice.pick(&[3_599, 2_592_001])),
            6 => terms.fee_min = self.dice.pick(&[zero, one]),
            7 => terms.fee_slope = one,
            8 => rate = one,
            9 => ceiling = TokenAmount::new(U256::MAX),
            _ => ceiling = TokenAmount::new(U256::ONE),
        }
        let action = VaultAction::CreateMarket {
            terms: Box::new(terms),
            ceiling,
            mint_limit: TokenAmount::ZERO,
            rate,
            deviation: Wad::new(U256::from(5_000_000_000_000_000_u64)),
        };
        (GOVERNOR, action)
    }
}
