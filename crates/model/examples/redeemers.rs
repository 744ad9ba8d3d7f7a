//! Who is redeemed when the synthetic sells under its peg, and where its price finds a floor, for several slopes of the
//! redemption fee.
//!
//! ```sh
//! cargo run --release --package ballast-model --example redeemers
//! ```
//!
//! A book of 400 vaults with ratios of 25 to 79 per cent and debts of 1,000 to 65,000; a pool of two sides of a
//! twentieth of the supply each. Holders sell a five-thousandth of the supply at a time, and after each sale a redeemer buys
//! from the pool and redeems, always the vault and the amount of the greatest profit, as long as one is left after the
//! cost of a transaction. It ends when 30 per cent of the supply were redeemed. Everything is integers and one seed, so
//! that the tables in `docs/decisions/0020-redemption-fee.md` come out the same everywhere.

use std::io::Write;

use alloy_primitives::{Address, I256, U256};
use ballast_model::vaults::convert::value_down;
use ballast_model::vaults::{
    BookParams, MarketTerms, PriceState, PriceView, VaultAction, VaultBook, VaultError,
    VaultOutcome, redemption_fee,
};
use ballast_types::{AssetAmount, Price, Seconds, Timestamp, TokenAmount, WAD, Wad};

/// Vaults in the book.
const VAULTS: u64 = 400;
/// The market counts in millionths of the synthetic; the book has as many base units in each.
const MICRO: u128 = 1_000_000;
const BASE_UNITS_A_MICRO: u128 = 1_000_000_000_000;
/// Prices of the synthetic are in billionths of its face value.
const NANO: u128 = 1_000_000_000;
/// What a redemption costs the redeemer beside the fee: half of a dollar.
const TRANSACTION_COST: u128 = MICRO / 2;
/// Each sale is that part of the supply, and there are at most so many between two rows of a table.
const SALE_DIVISOR: u128 = 5_000;
const SALES_MAX: u32 = 10_000;
/// Value of a whole collateral token in whole synthetic.
const COLLATERAL_PRICE: u64 = 2_000;
const SEED: u64 = 0x5eed_2020;

type Failure = Box<dyn std::error::Error>;

/// A small generator (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// What a redeemer sees of a vault.
#[derive(Clone, Copy)]
struct Seen {
    owner: Address,
    /// Debt over value at mid, in billionths; what it was at first, and now.
    first_ltv: u128,
    ltv: u128,
    /// Micro of the synthetic.
    debt: u128,
    /// What one unit of the synthetic fetches here, in billionths.
    fetches: u128,
    /// Micro redeemed of it so far, and what that left with its owner above face value.
    redeemed: u128,
    earned: u128,
}

/// A pool of the synthetic and of dollars in which the product of both sides stays the same.
struct Pool {
    synthetic: u128,
    dollars: u128,
}

impl Pool {
    fn sell(&mut self, amount: u128) {
        let product = self.synthetic * self.dollars;
        self.synthetic += amount;
        self.dollars = product / self.synthetic;
    }

    /// How much has to be bought until the price is `price`, nothing if it is above.
    fn below(&self, price: u128) -> u128 {
        let at_price = (self.synthetic * self.dollars / price * NANO).isqrt();
        self.synthetic.saturating_sub(at_price)
    }

    fn cost(&self, amount: u128) -> u128 {
        let product = self.synthetic * self.dollars;
        product.div_ceil(self.synthetic - amount) - self.dollars
    }

    fn buy(&mut self, amount: u128) {
        let cost = self.cost(amount);
        self.synthetic -= amount;
        self.dollars += cost;
    }

    fn price(&self) -> u128 {
        self.dollars * NANO / self.synthetic
    }
}

fn micro(amount: TokenAmount) -> u128 {
    u128::try_from(amount.get() / U256::from(BASE_UNITS_A_MICRO)).unwrap_or(u128::MAX)
}

fn tokens(micro: u128) -> TokenAmount {
    TokenAmount::new(U256::from(micro) * U256::from(BASE_UNITS_A_MICRO))
}

/// A ratio in wad as billionths.
fn nano(ratio: Wad) -> u128 {
    u128::try_from(ratio.get() / U256::from(NANO)).unwrap_or(u128::MAX)
}

/// A ratio of `parts` in ten thousand.
fn ratio(parts: u64) -> Wad {
    Wad::new(WAD * U256::from(parts) / U256::from(10_000))
}

fn terms(slope_parts: u64) -> MarketTerms {
    MarketTerms {
        collateral: Address::with_last_byte(1),
        prices: Address::with_last_byte(2),
        borrow_ltv: ratio(7_900),
        min_debt: tokens(200 * MICRO),
        mint_window_secs: Seconds::from_days(1),
        liq_ltv: ratio(8_333),
        max_discount: ratio(800),
        ramp_secs: Seconds::new(30),
        fee_min: ratio(50),
        fee_slope: ratio(slope_parts),
        rate_controller: Address::ZERO,
    }
}

struct Market {
    book: VaultBook,
    vaults: Vec<Seen>,
    pool: Pool,
    redeemer: Address,
    supply: u128,
    redeemed: u128,
    calls: u64,
    /// Calls that named the riskiest vault there was, and the riskiest of those that owed as much as was redeemed.
    riskiest: u64,
    riskiest_large_enough: u64,
    /// How much lower the ratios chosen were than the highest, summed over calls, billionths.
    ltv_gaps: u128,
    /// Lowest price of the pool after redeemers acted.
    lowest: u128,
}

impl Market {
    /// A book of vaults whose owners sold what they minted to the redeemer's pool and to holders.
    fn open(slope_parts: u64, widened_parts: u64) -> Result<Self, VaultError> {
        let (governor, redeemer) = (Address::with_last_byte(3), Address::with_last_byte(4));
        let mut book = VaultBook::new(BookParams {
            address: Address::with_last_byte(5),
            governor,
            backstop: Address::ZERO,
            peg_module: Address::ZERO,
            surplus_buffer: TokenAmount::ZERO,
            genesis: Timestamp::new(1_800_000_000),
        });
        let terms = terms(slope_parts);
        let limit = tokens(1_000_000_000 * MICRO);
        let create = VaultAction::CreateMarket {
            terms: Box::new(terms),
            ceiling: limit,
            mint_limit: limit,
            rate: Wad::ZERO,
            deviation: terms.fee_min,
        };
        book.apply(governor, &create)?;
        let mid = U256::from(COLLATERAL_PRICE) * WAD * WAD;
        let part = |parts: u64| mid * U256::from(parts) / U256::from(10_000);
        let price = PriceView {
            low: Price::new(part(10_000 - widened_parts)),
            mid: Price::new(mid),
            high: Price::new(part(10_000 + widened_parts)),
            state: PriceState::Safe,
        };
        book.set_price(0, price)?;
        let (mut dice, mut supply) = (Dice(SEED), 0);
        for number in 0..VAULTS {
            supply += open_vault(&mut book, number, redeemer, &mut dice)?;
        }
        let side = supply / 20;
        let mut market = Self {
            vaults: Vec::new(),
            pool: Pool {
                synthetic: side,
                dollars: side,
            },
            book,
            redeemer,
            supply,
            redeemed: 0,
            calls: 0,
            riskiest: 0,
            riskiest_large_enough: 0,
            ltv_gaps: 0,
            lowest: NANO,
        };
        for number in 0..VAULTS {
            let mut seen = market.look(owner(number))?;
            seen.first_ltv = seen.ltv;
            market.vaults.push(seen);
        }
        Ok(market)
    }

    fn look(&self, owner: Address) -> Result<Seen, VaultError> {
        let market = self.book.market(0)?;
        let vault = self.book.vault(0, owner);
        let debt = self.book.debt_of(0, owner)?;
        let value = value_down(vault.collateral, market.price.mid)?;
        let fee = redemption_fee(&market.terms, debt, value)?;
        let fetched = WAD - fee.get();
        let fetched = fetched * market.price.mid.get() / market.price.high.get();
        let ltv = debt.get() * WAD / value.get();
        Ok(Seen {
            owner,
            first_ltv: 0,
            ltv: nano(Wad::new(ltv)),
            debt: micro(debt),
            fetches: nano(Wad::new(fetched)),
            redeemed: 0,
            earned: 0,
        })
    }

    /// The price of the synthetic under which somebody redeems, but for the cost of a transaction.
    fn floor(&self) -> u128 {
        let open = self.vaults.iter().filter(|vault| vault.debt > 0);
        open.map(|vault| vault.fetches).max().unwrap_or(0)
    }

    /// The vault and the amount of the greatest profit, if any is left after the cost of a transaction.
    fn best(&self) -> Option<(usize, u128)> {
        let mut best = (TRANSACTION_COST, None);
        for (number, vault) in self.vaults.iter().enumerate() {
            let amount = self.pool.below(vault.fetches).min(vault.debt);
            let profit = (amount * vault.fetches / NANO).saturating_sub(self.pool.cost(amount));
            if profit > best.0 {
                best = (profit, Some((number, amount)));
            }
        }
        best.1
    }

    /// Redeems as long as it pays.
    fn redeem(&mut self) -> Result<(), VaultError> {
        while let Some((number, amount)) = self.best() {
            let Some(before) = self.vaults.get(number).copied() else {
                break;
            };
            let action = VaultAction::Redeem {
                market: 0,
                owner: before.owner,
                amount: tokens(amount),
                min_collateral: AssetAmount::ZERO,
            };
            let VaultOutcome::Redeemed { burned, collateral } =
                self.book.apply(self.redeemer, &action)?
            else {
                break;
            };
            let paid_out = value_down(collateral, self.book.market(0)?.price.mid)?;
            let (burned, paid_out) = (micro(burned), micro(paid_out));
            self.count(&before, amount);
            self.pool.buy(burned);
            self.redeemed += burned;
            let after = self.look(before.owner)?;
            if let Some(vault) = self.vaults.get_mut(number) {
                *vault = Seen {
                    first_ltv: before.first_ltv,
                    redeemed: before.redeemed + burned,
                    earned: before.earned + burned.saturating_sub(paid_out),
                    ..after
                };
            }
        }
        self.lowest = self.lowest.min(self.pool.price());
        Ok(())
    }

    fn count(&mut self, chosen: &Seen, amount: u128) {
        let riskier = self
            .vaults
            .iter()
            .filter(|vault| vault.debt > 0 && vault.ltv > chosen.ltv);
        let (mut highest, mut large_enough) = (chosen.ltv, 0);
        for vault in riskier {
            highest = highest.max(vault.ltv);
            large_enough += u64::from(vault.debt >= amount);
        }
        self.calls += 1;
        self.riskiest += u64::from(highest == chosen.ltv);
        self.riskiest_large_enough += u64::from(large_enough == 0);
        self.ltv_gaps += highest - chosen.ltv;
    }

    /// Holders sell until `parts` in a hundred of the supply were redeemed.
    fn sell_until(&mut self, parts: u128) -> Result<(), VaultError> {
        for _ in 0..SALES_MAX {
            if self.redeemed >= self.supply * parts / 100 {
                break;
            }
            self.pool.sell(self.supply / SALE_DIVISOR);
            self.redeem()?;
        }
        Ok(())
    }
}

fn owner(number: u64) -> Address {
    Address::from_word(U256::from(1_000_000 + number).into())
}

/// One vault: ratio of 25 to 79 per cent, debt of 1,000 to 65,000, as often of one size as of twice. Returns its debt.
fn open_vault(
    book: &mut VaultBook,
    number: u64,
    receiver: Address,
    dice: &mut Dice,
) -> Result<u128, VaultError> {
    let debt = (1_000 << dice.below(7)) + dice.below(1_000);
    let debt = u128::from(debt) * MICRO;
    let ltv = 2_500 + dice.below(5_351);
    let value = tokens(debt).get() * U256::from(10_000) / U256::from(ltv);
    let collateral = value / U256::from(COLLATERAL_PRICE);
    let signed = |amount: U256| I256::try_from(amount).unwrap_or(I256::MAX);
    book.fund(
        Address::with_last_byte(1),
        owner(number),
        AssetAmount::new(collateral),
    )?;
    let open = VaultAction::Adjust {
        market: 0,
        owner: owner(number),
        collateral: signed(collateral),
        debt: signed(tokens(debt).get()),
        to: receiver,
    };
    book.apply(owner(number), &open)?;
    Ok(debt)
}

/// Billionths as a number with `digits` decimals of the unit that is `scale` of them.
fn shown(nano: u128, scale: u128, digits: usize) -> String {
    let unit = 10_u128.pow(u32::try_from(digits).unwrap_or(0));
    let rounded = (nano * unit * 2 + scale) / (2 * scale);
    format!("{}.{:0digits$}", rounded / unit, rounded % unit)
}

/// A part of a whole in per cent with one decimal.
fn per_cent(part: u128, whole: u128) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    shown(part * 100, whole, 1)
}

/// Of the vaults in one fifth by their first ratio: the share of debt redeemed, and what their owners were paid of it.
fn fifths(market: &Market) -> Vec<(String, String)> {
    let mut vaults = market.vaults.clone();
    vaults.sort_by_key(|vault| std::cmp::Reverse(vault.first_ltv));
    vaults
        .chunks(vaults.len() / 5)
        .map(|fifth| {
            let sum = |of: fn(&Seen) -> u128| fifth.iter().map(of).sum::<u128>();
            let redeemed = sum(|vault| vault.redeemed);
            let owed = redeemed + sum(|vault| vault.debt);
            let earned = sum(|vault| vault.earned);
            let paid = if redeemed == 0 {
                "-".to_owned()
            } else {
                shown(earned * 100, redeemed, 2)
            };
            (per_cent(redeemed, owed), paid)
        })
        .collect()
}

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| slope | bounds | floor at 0 % | 5 % | 10 % | 20 % | 30 % | lowest price | calls | riskiest of all | riskiest that owed enough | mean distance to the riskiest |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    let mut paid = Vec::new();
    for (slope, widened) in [(0, 0), (50, 0), (100, 0), (200, 0), (400, 0), (200, 50)] {
        let mut market = Market::open(slope, widened)?;
        let mut floors = vec![shown(market.floor(), NANO, 4)];
        for parts in [5, 10, 20, 30] {
            market.sell_until(parts)?;
            floors.push(shown(market.floor(), NANO, 4));
        }
        let name = format!(
            "{} % | {} %",
            shown(u128::from(slope), 100, 1),
            shown(u128::from(widened), 100, 1)
        );
        let calls = u128::from(market.calls);
        writeln!(
            out,
            "| {name} | {} | {} | {calls} | {} % | {} % | {} % |",
            floors.join(" | "),
            shown(market.lowest, NANO, 4),
            per_cent(u128::from(market.riskiest), calls),
            per_cent(u128::from(market.riskiest_large_enough), calls),
            shown(market.ltv_gaps * 100 / calls.max(1), NANO, 1)
        )?;
        paid.push((name, fifths(&market)));
    }
    writeln!(
        out,
        "\n| slope | bounds | riskiest fifth | second | third | fourth | safest fifth |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (name, fifths) in paid {
        let cells = fifths
            .iter()
            .map(|(redeemed, paid)| format!("{redeemed} % at {paid} %"));
        writeln!(
            out,
            "| {name} | {} |",
            cells.collect::<Vec<_>>().join(" | ")
        )?;
    }
    Ok(())
}
