//! Synthetics and vaults: which one is meant, what its price is good for, and what a vault is worth.

pub mod deploy;
pub mod losses;
pub mod owner;
pub mod redeem;
pub mod show;
pub mod take;

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use ballast_bindings::prices::IPrices;
use ballast_chain::vaults::{self, MarketState, StoredPrice, VaultState};
use ballast_chain::{BookRecord, Sender, Step};
use ballast_model::vaults::{PriceState, convert};
use ballast_types::{Price, WAD, decimal};
use serde::Serialize;

use crate::act::{Line, in_words};
use crate::cli::{MarketArgs, SynthArgs};
use crate::context::Deployment;
use crate::explain::Subject;
use crate::fail::input;
use crate::units::{Amount, share};

/// One basis point in wad.
const BPS_WAD: U256 = U256::from_limbs([100_000_000_000_000, 0, 0, 0]);
/// Digits of a price that people are shown.
const SHOWN_DIGITS: usize = 8;
/// Decimals of prices and ratios.
const WAD_DECIMALS: u8 = 18;

/// The synthetic that is meant.
///
/// # Errors
/// There is none, none of that name, or several and none is named.
pub fn book_named<'a>(
    deployment: &'a Deployment,
    args: &SynthArgs,
) -> eyre::Result<&'a BookRecord> {
    let books = &deployment.manifest.books;
    let symbols: Vec<&str> = books.iter().map(|book| book.symbol.as_str()).collect();
    match (&args.synth, &books[..]) {
        (_, []) => Err(input(
            "synth: this deployment has no synthetic; `ballast vault deploy` makes one",
        )),
        (Some(name), _) => books
            .iter()
            .find(|book| {
                book.symbol == *name || book.book.address.to_string().eq_ignore_ascii_case(name)
            })
            .ok_or_else(|| {
                input(format!(
                    "synth: `{name}` is none of this deployment's: {}",
                    symbols.join(", ")
                ))
            }),
        (None, [book]) => Ok(book),
        (None, _) => Err(input(format!(
            "synth: there are several, name one with --synth: {}",
            symbols.join(", ")
        ))),
    }
}

/// The market that is meant, by number or as SYNTHETIC/COLLATERAL.
///
/// # Errors
/// No market is meant, or several are.
pub async fn market_named<'a>(
    deployment: &'a Deployment,
    args: &MarketArgs,
) -> eyre::Result<(&'a BookRecord, MarketState)> {
    let text = args.market.trim();
    let Some((symbol, collateral)) = text.split_once('/') else {
        let book = book_named(deployment, &args.synth)?;
        let count = vaults::market_count(&deployment.endpoint, book, deployment.at()).await?;
        let number = text.parse::<u64>().ok().filter(|number| *number < count);
        let number = number.ok_or_else(|| unknown_market(text, book, count))?;
        let state = vaults::market(&deployment.endpoint, book, number, deployment.at()).await?;
        return Ok((book, state));
    };
    let named = SynthArgs {
        synth: Some(symbol.to_owned()),
    };
    let book = book_named(deployment, &named)?;
    if args.synth.synth.is_some() && book_named(deployment, &args.synth)? != book {
        return Err(input(format!(
            "market: {text} is not of the synthetic named with --synth"
        )));
    }
    let mut found = markets(deployment, book).await?;
    let count = found.len() as u64;
    found.retain(|market| {
        let unit = &market.collateral;
        unit.symbol == collateral || unit.address.to_string().eq_ignore_ascii_case(collateral)
    });
    match (found.pop(), found.is_empty()) {
        (Some(market), true) => Ok((book, market)),
        (Some(_), false) => Err(input(format!(
            "market: several of {} take {collateral}; name one by its number",
            book.symbol
        ))),
        (None, _) => Err(unknown_market(text, book, count)),
    }
}

fn unknown_market(text: &str, book: &BookRecord, count: u64) -> eyre::Report {
    input(format!(
        "market: `{text}` is neither a number from 0 to {} nor {}/COLLATERAL; `ballast vault markets` lists them",
        count.saturating_sub(1),
        book.symbol
    ))
}

/// Every market of a book.
///
/// # Errors
/// Where they cannot be read.
pub async fn markets(deployment: &Deployment, book: &BookRecord) -> eyre::Result<Vec<MarketState>> {
    let count = vaults::market_count(&deployment.endpoint, book, deployment.at()).await?;
    let mut all = Vec::new();
    for number in 0..count {
        all.push(vaults::market(&deployment.endpoint, book, number, deployment.at()).await?);
    }
    Ok(all)
}

/// A market as people name it.
pub fn market_name(market: &MarketState) -> String {
    format!(
        "{} {}/{}",
        market.number, market.synthetic.symbol, market.collateral.symbol
    )
}

/// An amount of a market's collateral.
pub fn collateral(market: &MarketState, base: U256) -> Amount {
    Amount::new(base, market.collateral.decimals, &market.collateral.symbol)
}

/// An amount of a market's synthetic.
pub fn synthetic(market: &MarketState, base: U256) -> Amount {
    Amount::token(base, &market.synthetic.symbol)
}

/// A share in wad as people read it, rounded down to a basis point.
pub fn percent(wad: U256) -> String {
    share(wad / BPS_WAD)
}

/// What a price is good for, in a word.
pub const fn state_name(state: PriceState) -> &'static str {
    match state {
        PriceState::Safe => "safe",
        PriceState::Stepped => "stepped",
        PriceState::Grace => "unsafe, takes wait",
        PriceState::Late => "unsafe, takes go on",
    }
}

/// A price as results carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceReport {
    /// As contracts scale it, decimal.
    pub scaled: String,
    /// Of one whole unit, to 18 decimals, rounded down.
    pub decimal: String,
    #[serde(skip)]
    shown: String,
}

impl PriceReport {
    /// The price of one whole unit of something with `decimals` decimals.
    pub fn new(price: Price, decimals: u8) -> Self {
        let unit = U256::from(10).pow(U256::from(decimals));
        let whole = ballast_math::wide_mul_div_down(price.get(), unit, convert::PRICE_SCALE)
            .unwrap_or_default();
        Self {
            scaled: price.get().to_string(),
            decimal: decimal::format(whole, WAD_DECIMALS),
            shown: significant(whole),
        }
    }

    /// The price of a market's collateral.
    pub fn of(market: &MarketState, price: Price) -> Self {
        Self::new(price, market.collateral.decimals)
    }
}

impl std::fmt::Display for PriceReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// 18 decimals rounded to the nearest number of eight digits: stored prices have about seventeen, too many to read.
fn significant(whole: U256) -> String {
    let digits = whole.to_string().len();
    let drop = digits.saturating_sub(SHOWN_DIGITS);
    let step = U256::from(10).pow(U256::from(drop));
    let rounded = (whole.saturating_add(step >> 1) / step).saturating_mul(step);
    decimal::format(rounded, WAD_DECIMALS)
}

/// A vault with what follows from it.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// What it holds.
    pub collateral: Amount,
    /// What it owes.
    pub debt: Amount,
    /// Value at mid over debt, wad; none without debt.
    pub ratio_wad: Option<String>,
    /// The price under which it is unhealthy; none without debt.
    pub liquidation_price: Option<PriceReport>,
    /// How far the price may fall until then, wad; zero where it has.
    pub distance_wad: Option<String>,
    /// Whether anybody may take from it now.
    pub unhealthy: bool,
    #[serde(skip)]
    ratio: Option<U256>,
    #[serde(skip)]
    distance: Option<U256>,
}

impl Standing {
    /// Of a vault with so much collateral and debt.
    pub fn new(market: &MarketState, held: U256, debt: U256) -> Self {
        let mid = market.price.view.mid.get();
        let ratio = market.ratio_wad(held, debt);
        let price = market.liquidation_price(held, debt);
        let distance = price.filter(|_| !mid.is_zero()).map(|price| {
            let left = mid.saturating_sub(price.get());
            ballast_math::wide_mul_div_down(left, WAD, mid).unwrap_or_default()
        });
        Self {
            collateral: collateral(market, held),
            debt: synthetic(market, debt),
            ratio_wad: ratio.map(|ratio| ratio.to_string()),
            liquidation_price: price.map(|price| PriceReport::of(market, price)),
            distance_wad: distance.map(|distance| distance.to_string()),
            unhealthy: market.is_unhealthy(held, debt),
            ratio,
            distance,
        }
    }

    /// The ratio for people, with the least that an owner's action may leave.
    pub fn ratio_text(&self, market: &MarketState) -> String {
        let least =
            |ltv: U256| percent(ballast_math::wide_mul_div_up(WAD, WAD, ltv).unwrap_or_default());
        match self.ratio {
            Some(ratio) => format!(
                "{} (at least {} to borrow, {} to be safe)",
                percent(ratio),
                least(market.terms.borrow_ltv.get()),
                least(market.terms.liq_ltv.get())
            ),
            None if self.debt.base_units == "0" => "no debt".to_owned(),
            None => "no price".to_owned(),
        }
    }

    /// The liquidation price for people, with the distance to it.
    pub fn liquidation_text(&self, market: &MarketState) -> Option<String> {
        let price = self.liquidation_price.as_ref()?;
        let units = format!(
            "{} {} per {}",
            price, market.synthetic.symbol, market.collateral.symbol
        );
        let mid = PriceReport::of(market, market.price.view.mid);
        Some(match self.distance {
            Some(_) if self.unhealthy => {
                format!("under {units}; the price is {mid}: unhealthy now")
            }
            Some(distance) => {
                format!(
                    "under {units}, {} below the price of {mid}",
                    percent(distance)
                )
            }
            None => format!("under {units}"),
        })
    }

    /// Lines for people about what a vault will be.
    pub fn lines(&self, market: &MarketState) -> Vec<Line> {
        let mut lines = vec![
            (
                "vault after",
                format!("{}, owes {}", self.collateral, self.debt),
            ),
            ("ratio after", self.ratio_text(market)),
        ];
        lines.extend(
            self.liquidation_text(market)
                .map(|text| ("liquidation", text)),
        );
        lines
    }
}

/// Reads a vault as it stands.
///
/// # Errors
/// Where it cannot be read.
pub async fn vault_of(
    deployment: &Deployment,
    book: &BookRecord,
    market: &MarketState,
    owner: Address,
) -> eyre::Result<VaultState> {
    let at = deployment.at();
    Ok(vaults::vault(&deployment.endpoint, book, market.number, owner, at).await?)
}

/// What a call needs of the stored price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A price of this state or a better one.
    AtWorst(PriceState),
    /// A new one in any case.
    Fresh,
}

/// The steps after which the price is as good as is needed: none where it is already or cannot be made so. The
/// market's price becomes what it will be then.
///
/// # Errors
/// Where the endpoint fails, or nothing prices the collateral.
pub async fn refresh(
    sender: &Sender,
    market: &mut MarketState,
    need: Need,
) -> eyre::Result<Vec<Step>> {
    let worst = match need {
        Need::AtWorst(worst) if market.price.view.state <= worst => return Ok(Vec::new()),
        Need::AtWorst(worst) => worst,
        Need::Fresh => PriceState::Late,
    };
    let poke = poke_step(
        &market.terms.prices,
        market.terms.collateral,
        &market.collateral.symbol,
    );
    let after = price_after(sender, &poke, market).await?;
    if after.is_some_and(|after| after.view.state > worst) {
        return Ok(Vec::new());
    }
    market.price = after.unwrap_or(market.price);
    Ok(vec![poke])
}

/// The step that asks the sources of `asset`.
pub fn poke_step(prices: &Address, asset: Address, symbol: &str) -> Step {
    let call = IPrices::pokeCall { asset };
    Step::call(format!("poke {symbol}"), *prices, call.abi_encode())
}

/// The price after `poke`; none where the endpoint cannot run two calls on one state.
async fn price_after(
    sender: &Sender,
    poke: &Step,
    market: &MarketState,
) -> eyre::Result<Option<StoredPrice>> {
    let read = IPrices::priceCall {
        asset: market.terms.collateral,
    };
    let read = Step::call("price", market.terms.prices, read.abi_encode());
    let answers = sender
        .simulate(&[poke.clone(), read])
        .await
        .map_err(|error| in_words(error, Subject::Market(market)))?;
    let price = answers
        .get(1)
        .and_then(|bytes| IPrices::priceCall::abi_decode_returns(bytes).ok());
    Ok(price.as_ref().map(vaults::price_of))
}

/// What the last of `steps` returns when all are run on one copy of the newest state; none where the endpoint cannot
/// do that.
///
/// # Errors
/// Where one of them reverts, in words.
pub async fn preview<C: SolCall>(
    sender: &Sender,
    market: &MarketState,
    steps: &[Step],
) -> eyre::Result<Option<C::Return>> {
    let answers = sender
        .simulate(steps)
        .await
        .map_err(|error| in_words(error, Subject::Market(market)))?;
    let last = answers.get(steps.len().saturating_sub(1));
    Ok(last.and_then(|bytes| C::abi_decode_returns(bytes).ok()))
}

/// The same deployment at the newest block.
///
/// # Errors
/// Where the chain cannot be read.
pub async fn newest(deployment: &Deployment) -> eyre::Result<Deployment> {
    Ok(Deployment {
        block: deployment.endpoint.tip().await?,
        ..deployment.clone()
    })
}
