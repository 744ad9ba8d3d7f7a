//! What actors see of a token, and what they own.

use std::collections::HashMap;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::converter::Converter;
use ballast_bindings::peers::Pair;
use ballast_bindings::reserve::Reserve;

use super::node::Read;
use super::stage::{Stage, Token};

/// The largest multiple of the converter is far below; a multiple of one ends the sale.
pub const WAD: u64 = 1_000_000_000_000_000_000;

/// One asset of a reserve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// R: base units of cash.
    pub cash: U256,
    /// D: base units out on loan.
    pub lent: U256,
    /// F as the reserve itself states it.
    pub total: U256,
    /// Received and not yet vested.
    pub streaming: U256,
}

/// A token's state at the newest block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// S: token base units that can be presented.
    pub claims: U256,
    /// C: token base units locked as collateral.
    pub locked: U256,
    /// The ledger of each asset.
    pub ledger: Vec<Ledger>,
    /// Token base units in the pool.
    pub pool_tokens: U256,
    /// Base units of asset 0 in the pool.
    pub pool_assets: U256,
    /// Multiple of the floor that the converter asks, wad.
    pub multiple: U256,
    /// Token base units that the converter sells.
    pub for_sale: U256,
    /// Token base units that it has set aside for liquidity.
    pub liquidity_tokens: U256,
    /// Base units of asset 0 that it has set aside for liquidity.
    pub liquidity_assets: U256,
}

/// How many reads [`reads`] asks beside one for each asset.
const PLAIN_READS: usize = 6;

/// The reads that make one view.
pub fn reads(token: &Token) -> Vec<Read> {
    let mut reads = vec![
        (token.reserve, Reserve::backingCall {}.abi_encode()),
        (token.reserve, Reserve::lockedCall {}.abi_encode()),
        (token.pool, Pair::getReservesCall {}.abi_encode()),
        (token.converter, Converter::multipleCall {}.abi_encode()),
        (token.converter, Converter::forSaleCall {}.abi_encode()),
        (token.converter, Converter::forLiquidityCall {}.abi_encode()),
    ];
    for index in 0..token.spec.assets.len() {
        reads.push((
            token.reserve,
            Reserve::assetAtCall {
                index: U256::from(index),
            }
            .abi_encode(),
        ));
    }
    reads
}

/// F of each asset and S, all that a floor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backing {
    /// F of each asset.
    pub totals: Vec<U256>,
    /// S.
    pub claims: U256,
}

impl From<&View> for Backing {
    fn from(view: &View) -> Self {
        Self {
            totals: view.ledger.iter().map(|ledger| ledger.total).collect(),
            claims: view.claims,
        }
    }
}

/// The read that makes one backing.
pub fn backing_read(token: &Token) -> Read {
    (token.reserve, Reserve::backingCall {}.abi_encode())
}

/// A backing from its answer.
///
/// # Errors
/// Where it does not decode.
pub fn decode_backing(answer: &Bytes) -> eyre::Result<Backing> {
    let backing = Reserve::backingCall::abi_decode_returns(answer)?;
    Ok(Backing {
        totals: backing.totals,
        claims: backing.claimsNow,
    })
}

/// The views of all tokens from the answers to their reads, in order.
///
/// # Errors
/// Where an answer does not decode.
pub fn decode(stage: &Stage, answers: &[Bytes]) -> eyre::Result<Vec<View>> {
    let mut rest = answers;
    let mut views = Vec::with_capacity(stage.tokens.len());
    for token in &stage.tokens {
        let count = PLAIN_READS + token.spec.assets.len();
        let Some((own, others)) = rest.split_at_checked(count) else {
            eyre::bail!("{}: too few answers", token.spec.symbol);
        };
        rest = others;
        views.push(decode_one(token, own)?);
    }
    Ok(views)
}

fn decode_one(token: &Token, answers: &[Bytes]) -> eyre::Result<View> {
    let [
        backing,
        locked,
        pool,
        multiple,
        for_sale,
        aside,
        assets @ ..,
    ] = answers
    else {
        eyre::bail!("{}: too few answers", token.spec.symbol);
    };
    let backing = Reserve::backingCall::abi_decode_returns(backing)?;
    let pool = Pair::getReservesCall::abi_decode_returns(pool)?;
    let aside = Converter::forLiquidityCall::abi_decode_returns(aside)?;
    let (first, second) = (U256::from(pool.reserve0), U256::from(pool.reserve1));
    let (pool_tokens, pool_assets) = if token.token_first {
        (first, second)
    } else {
        (second, first)
    };
    let mut ledger = Vec::with_capacity(assets.len());
    for (answer, total) in assets.iter().zip(backing.totals) {
        let asset = Reserve::assetAtCall::abi_decode_returns(answer)?;
        ledger.push(Ledger {
            cash: asset.cash,
            lent: asset.lent,
            total,
            streaming: asset.streaming,
        });
    }
    Ok(View {
        claims: backing.claimsNow,
        locked: Reserve::lockedCall::abi_decode_returns(locked)?,
        ledger,
        pool_tokens,
        pool_assets,
        multiple: Converter::multipleCall::abi_decode_returns(multiple)?,
        for_sale: Converter::forSaleCall::abi_decode_returns(for_sale)?,
        liquidity_tokens: aside.tokens,
        liquidity_assets: aside.assets,
    })
}

/// A word as a float: near enough for decisions, never for payments.
pub fn float(word: U256) -> f64 {
    f64::from(word)
}

/// A float as a word, rounded down; zero below zero.
pub fn word(value: f64) -> U256 {
    // A cast saturates, and no amount of the market is near 2^128.
    U256::from(value as u128)
}

/// `share` of `amount`, to nine digits, rounded down.
pub fn part(amount: U256, share: f64) -> U256 {
    amount * word(share.clamp(0.0, 1.0) * 1e9) / U256::from(1_000_000_000)
}

impl View {
    /// Base units of asset 0 for one token base unit in the pool.
    pub fn spot(&self) -> f64 {
        float(self.pool_assets) / float(self.pool_tokens).max(1.0)
    }

    /// What one token base unit is backed by, in base units of asset 0: each asset at its value to the actors.
    pub fn floor_value(&self, stage: &Stage, token: usize) -> f64 {
        let claims = float(self.claims).max(1.0);
        let first = stage.asset(token, 0).base_value();
        let value = |(index, ledger): (usize, &Ledger)| {
            float(ledger.total) / claims * stage.asset(token, index).base_value() / first
        };
        self.ledger.iter().enumerate().map(value).sum()
    }

    /// `tokens * F / S` of every asset, rounded down.
    pub fn backing_of(&self, tokens: U256) -> Vec<U256> {
        let share = |ledger: &Ledger| tokens * ledger.total / self.claims.max(U256::ONE);
        self.ledger.iter().map(share).collect()
    }

    /// Token base units that `assets` paid into the pool bring out of it, before the buy fee.
    pub fn bought(&self, assets: U256) -> U256 {
        swapped(assets, self.pool_assets, self.pool_tokens)
    }

    /// Base units of asset 0 that `tokens` arriving in the pool bring out of it.
    pub fn sold(&self, tokens: U256) -> U256 {
        swapped(tokens, self.pool_tokens, self.pool_assets)
    }
}

/// What a constant-product pool with a fee of 0.3 % pays out.
fn swapped(paid: U256, held_in: U256, held_out: U256) -> U256 {
    let paid = paid * U256::from(997);
    paid * held_out / (held_in * U256::from(1_000) + paid).max(U256::ONE)
}

/// Balances of every account in every currency, kept from transfers.
#[derive(Clone, Debug, Default)]
pub struct Balances {
    held: HashMap<(Address, Address), U256>,
}

impl Balances {
    /// Sets what `account` holds of `currency`.
    pub fn set(&mut self, currency: Address, account: Address, amount: U256) {
        self.held.insert((currency, account), amount);
    }

    /// What `account` holds of `currency`.
    pub fn of(&self, currency: Address, account: Address) -> U256 {
        self.held
            .get(&(currency, account))
            .copied()
            .unwrap_or_default()
    }

    /// Moves `amount`, as a transfer event tells it.
    pub fn transfer(&mut self, currency: Address, from: Address, to: Address, amount: U256) {
        let giver = self.of(currency, from).saturating_sub(amount);
        self.set(currency, from, giver);
        let taker = self.of(currency, to).saturating_add(amount);
        self.set(currency, to, taker);
    }

    /// Takes `amount` from `account` for something planned; false and nothing taken where it has less.
    pub fn spend(&mut self, currency: Address, account: Address, amount: U256) -> bool {
        match self.of(currency, account).checked_sub(amount) {
            Some(left) => {
                self.set(currency, account, left);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};

    use super::{Balances, Ledger, View, part};

    #[test]
    fn a_pool_pays_what_its_own_formula_pays() {
        let view = View {
            pool_tokens: U256::from(1_000_000),
            pool_assets: U256::from(1_000),
            ..View::default()
        };
        assert_eq!(view.bought(U256::from(10)), U256::from(9_871));
        assert_eq!(view.sold(U256::from(10_000)), U256::from(9));
        assert!((view.spot() - 0.001).abs() < 1e-12);
    }

    #[test]
    fn backing_is_shared_by_claims_and_rounded_down() {
        let ledger = Ledger {
            total: U256::from(100),
            ..Ledger::default()
        };
        let view = View {
            claims: U256::from(3),
            ledger: vec![ledger],
            ..View::default()
        };
        assert_eq!(view.backing_of(U256::from(1)), [U256::from(33)]);
        assert_eq!(part(U256::from(1_000), 0.25), U256::from(250));
        assert_eq!(part(U256::from(1_000), 7.0), U256::from(1_000));
    }

    #[test]
    fn nobody_plans_to_spend_more_than_he_has() {
        let (currency, one, two) = (
            Address::repeat_byte(1),
            Address::repeat_byte(2),
            Address::repeat_byte(3),
        );
        let mut balances = Balances::default();
        balances.set(currency, one, U256::from(10));
        assert!(balances.spend(currency, one, U256::from(6)));
        assert!(!balances.spend(currency, one, U256::from(5)));
        balances.transfer(currency, one, two, U256::from(4));
        assert_eq!(
            (balances.of(currency, one), balances.of(currency, two)),
            (U256::ZERO, U256::from(4))
        );
    }
}
