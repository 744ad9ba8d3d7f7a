//! A synthetic as a person writes it, and as its contracts take it.

mod price;

use alloy::primitives::{Address, U256};
use ballast_bindings::rates::RateController;
use ballast_chain::accrual::TOKEN_DECIMALS;
use ballast_chain::vaults::deploy::{AssetPlan, BookPlan, MarketPlan, PegPlan};
use ballast_chain::vaults::presets::{HIGH_EFFICIENCY, PRESETS, Preset, wad};
use ballast_model::vaults::{MARKETS_MAX, MarketTerms, WHOLE_TOKENS_MAX};
use ballast_types::{Seconds, TokenAmount, WAD, Wad, decimal};
use serde::Deserialize;

use crate::fail::input;
use crate::launch_file::{KnownAsset, Text, from_toml};
use crate::units::{parse_address, parse_duration, parse_share, share};
use price::{PriceSection, around_asset};

const DAY_SECS: u64 = 86_400;
const YEAR_SECS: u64 = 365 * DAY_SECS;
const FULL_BPS: u16 = 10_000;
/// Largest redemption fee, least and slope together.
const MAX_REDEMPTION_BPS: u16 = 1_000;
/// Largest fee of the peg module.
const MAX_PEG_FEE_BPS: u16 = 500;
const SYMBOL_LETTERS_MAX: usize = 16;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultFile {
    name: String,
    symbol: String,
    surplus_buffer: Option<Text>,
    owner: Option<String>,
    guardian: Option<String>,
    delay: Option<String>,
    #[serde(default)]
    market: Vec<MarketSection>,
    peg: Option<PegSection>,
    rate_controller: Option<RateSection>,
    backstop: Option<BackstopSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketSection {
    collateral: String,
    preset: String,
    ceiling: Text,
    mint_limit: Text,
    rate: String,
    liquidation_ltv: Option<String>,
    borrow_ltv: Option<String>,
    max_discount: Option<String>,
    ramp: Option<String>,
    min_debt: Option<Text>,
    mint_window: Option<String>,
    fee_min: Option<String>,
    fee_slope: Option<String>,
    price: Option<PriceSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PegSection {
    custody: String,
    fee_in: String,
    fee_out: String,
    cap: Text,
    price: Option<PriceSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateSection {
    base: String,
    least: String,
    most: String,
    per_hour: Option<String>,
    proportional: Option<String>,
    integral: Option<String>,
    leak: Option<String>,
    period: Option<String>,
    price: Option<PriceSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackstopSection {
    cooldown: Option<String>,
}

/// Who deploys, and over what.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The sender.
    pub sender: Address,
    /// Wrapped native currency, which `native` stands for.
    pub wrapped_native: Address,
    /// Whether the chain is the local one, where feeds may be made up.
    pub local: bool,
    /// Every asset that the file names, with how many assets it stands for where it says so.
    pub assets: Vec<(KnownAsset, Option<usize>)>,
}

impl Surroundings {
    /// The symbol of a token that the file names.
    pub fn symbol(&self, asset: Address) -> &str {
        self.assets
            .iter()
            .find(|(known, _)| known.address == asset)
            .map_or("?", |(known, _)| &known.symbol)
    }
}

/// The assets priced so far, each with the preset that its price fulfils.
type Priced = Vec<(AssetPlan, &'static Preset)>;

impl VaultFile {
    /// Parses `text`; unknown fields are refused by name and line.
    ///
    /// # Errors
    /// Where it is no such file.
    pub fn parse(text: &str) -> eyre::Result<Self> {
        from_toml(text)
    }

    /// The tokens that the file names.
    ///
    /// # Errors
    /// Too many or no markets, or no address.
    pub fn assets(&self, wrapped_native: Address) -> eyre::Result<Vec<Address>> {
        if self.market.is_empty() || self.market.len() > MARKETS_MAX {
            return Err(input(format!(
                "market: there are {}, 1 to {MARKETS_MAX} are allowed",
                self.market.len()
            )));
        }
        let mut assets = Vec::new();
        for market in &self.market {
            assets.push(asset(
                "market.collateral",
                &market.collateral,
                wrapped_native,
            )?);
        }
        if let Some(peg) = &self.peg {
            assets.push(asset("peg.custody", &peg.custody, wrapped_native)?);
        }
        Ok(assets)
    }

    /// What is to be deployed.
    ///
    /// # Errors
    /// Names the field that is out of bounds, and the bound.
    pub fn plan(&self, around: &Surroundings) -> eyre::Result<BookPlan> {
        if self.name.trim().is_empty() {
            return Err(input("name: must not be empty"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric();
        if self.symbol.is_empty()
            || self.symbol.len() > SYMBOL_LETTERS_MAX
            || !self.symbol.chars().all(plain)
        {
            return Err(input(format!(
                "symbol: `{}` must be 1 to {SYMBOL_LETTERS_MAX} letters and digits",
                self.symbol
            )));
        }
        let owner = match &self.owner {
            Some(owner) => parse_address("owner", owner)?,
            None => around.sender,
        };
        let guardian = match &self.guardian {
            Some(guardian) => parse_address("guardian", guardian)?,
            None => owner,
        };
        for (field, account) in [("owner", owner), ("guardian", guardian)] {
            if account.is_zero() {
                return Err(input(format!("{field}: must not be the zero address")));
            }
        }
        let delay = self.delay.as_deref().unwrap_or("2 days");
        let mut priced = Priced::new();
        let mut markets = Vec::new();
        for section in &self.market {
            markets.push(section.plan(around, &mut priced)?);
        }
        let peg = match &self.peg {
            Some(peg) => Some(peg.plan(around, &mut priced)?),
            None => None,
        };
        let rates = match &self.rate_controller {
            Some(rates) => Some(rates.terms(around, &mut priced)?),
            None => None,
        };
        let backstop_cooldown_secs = match &self.backstop {
            Some(backstop) => Some(backstop.cooldown_secs()?),
            None => None,
        };
        let buffer = self.surplus_buffer.as_ref().map(Text::text);
        let buffer = buffer.as_deref().unwrap_or("0");
        Ok(BookPlan {
            name: self.name.clone(),
            symbol: self.symbol.clone(),
            surplus_buffer: decimal::parse("surplus_buffer", buffer.trim(), TOKEN_DECIMALS)?,
            owner,
            guardian,
            delay_secs: parse_duration("delay", delay, 2 * DAY_SECS, 30 * DAY_SECS)?,
            assets: priced.into_iter().map(|(asset, _)| asset).collect(),
            markets,
            peg,
            rates,
            backstop_cooldown_secs,
        })
    }
}

fn asset(field: &str, text: &str, wrapped_native: Address) -> eyre::Result<Address> {
    match text.trim() {
        "native" => Ok(wrapped_native),
        other => parse_address(field, other),
    }
}

/// A share between two bounds.
fn share_within(field: &str, text: &str, least: u16, most: u16) -> eyre::Result<u16> {
    let bps = parse_share(field, text, most)?;
    if bps < least {
        return Err(input(format!(
            "{field}: {} is under the least of {}",
            text.trim(),
            share(U256::from(least))
        )));
    }
    Ok(bps)
}

/// A whole number of synthetics that the book can count, in base units.
fn whole_tokens(field: &str, text: &Text) -> eyre::Result<U256> {
    let text = text.text();
    let whole = decimal::parse(field, text.trim(), 0)?;
    if whole > WHOLE_TOKENS_MAX {
        return Err(input(format!(
            "{field}: {whole} is over the maximum of {WHOLE_TOKENS_MAX}"
        )));
    }
    Ok(whole.saturating_mul(WAD))
}

/// A rate a year such as `2 %`, as growth a second in wad, rounded down.
fn rate_a_second(field: &str, text: &str) -> eyre::Result<U256> {
    let bps = parse_share(field, text, FULL_BPS)?;
    Ok(wad(bps) / U256::from(YEAR_SECS))
}

impl MarketSection {
    fn plan(&self, around: &Surroundings, priced: &mut Priced) -> eyre::Result<MarketPlan> {
        let preset = Preset::named(self.preset.trim()).ok_or_else(|| {
            let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            input(format!(
                "market.preset: `{}` is none of {}",
                self.preset,
                names.join(", ")
            ))
        })?;
        let address = asset("market.collateral", &self.collateral, around.wrapped_native)?;
        let (known, behind) = around_asset(around, "market.collateral", address)?;
        if let Some(count) = behind.filter(|count| !preset.baskets && *count > 1) {
            return Err(input(format!(
                "market.collateral: {} stands for {count} assets; {} takes a single asset only",
                known.symbol, preset.name
            )));
        }
        price::add(
            around,
            priced,
            "market.price",
            (Some(address), known.decimals, &known.symbol),
            self.price.as_ref(),
            preset,
        )?;
        let deviation = priced
            .iter()
            .find(|(plan, _)| plan.asset == Some(address))
            .map_or(U256::ZERO, |(plan, _)| plan.terms.deviation);
        let terms = self.terms(address, preset, deviation)?;
        Ok(MarketPlan {
            terms,
            ceiling: whole_tokens("market.ceiling", &self.ceiling)?,
            mint_limit: whole_tokens("market.mint_limit", &self.mint_limit)?,
            rate: rate_a_second("market.rate", &self.rate)?,
        })
    }

    fn terms(
        &self,
        collateral: Address,
        preset: &Preset,
        deviation: U256,
    ) -> eyre::Result<MarketTerms> {
        let given = |value: &Option<String>, field: &str, least: u16, most: u16, otherwise: u16| {
            match value {
                Some(text) => share_within(&format!("market.{field}"), text, least, most),
                None => Ok(otherwise.min(most)),
            }
        };
        let liquidation = given(
            &self.liquidation_ltv,
            "liquidation_ltv",
            2,
            preset.liquidation_ltv_bps,
            preset.liquidation_ltv_bps,
        )?;
        let borrow = given(
            &self.borrow_ltv,
            "borrow_ltv",
            1,
            liquidation.saturating_sub(1),
            preset.borrow_ltv_bps,
        )?;
        let most_discount = FULL_BPS.saturating_sub(liquidation) / 2;
        let discount = given(
            &self.max_discount,
            "max_discount",
            1,
            most_discount,
            preset.max_discount_bps,
        )?;
        let (fee_min, fee_slope) = self.fees(preset, deviation)?;
        let secs = |value: &Option<String>, field: &str, least, most, otherwise: u64| match value {
            Some(text) => parse_duration(&format!("market.{field}"), text, least, most),
            None => Ok(otherwise),
        };
        let ramp = secs(&self.ramp, "ramp", 10, DAY_SECS, preset.ramp_secs)?;
        let window = preset.mint_window_secs;
        let window = secs(
            &self.mint_window,
            "mint_window",
            3_600,
            30 * DAY_SECS,
            window,
        )?;
        let terms = MarketTerms {
            collateral,
            prices: Address::ZERO,
            borrow_ltv: Wad::new(wad(borrow)),
            min_debt: TokenAmount::new(self.min_debt(preset)?),
            mint_window_secs: Seconds::new(window),
            liq_ltv: Wad::new(wad(liquidation)),
            max_discount: Wad::new(wad(discount)),
            ramp_secs: Seconds::new(ramp),
            fee_min: Wad::new(wad(fee_min)),
            fee_slope: Wad::new(wad(fee_slope)),
            rate_controller: Address::ZERO,
        };
        terms
            .check(Wad::new(deviation))
            .map_err(|error| input(format!("market: {error}")))?;
        Ok(terms)
    }

    /// The least redemption fee and its slope. What the price may be off is the least that a redemption must leave.
    fn fees(&self, preset: &Preset, deviation: U256) -> eyre::Result<(u16, u16)> {
        let least = u16::try_from(deviation / wad(1)).unwrap_or(u16::MAX);
        let fee_min = match &self.fee_min {
            Some(text) => share_within("market.fee_min", text, least, MAX_REDEMPTION_BPS)?,
            None => preset.fee_min_bps,
        };
        let most = MAX_REDEMPTION_BPS.saturating_sub(fee_min);
        let slope = match &self.fee_slope {
            Some(text) => share_within("market.fee_slope", text, 0, most)?,
            None => preset.fee_slope_bps.min(most),
        };
        Ok((fee_min, slope))
    }

    fn min_debt(&self, preset: &Preset) -> eyre::Result<U256> {
        let Some(text) = &self.min_debt else {
            return Ok(U256::from(preset.min_debt).saturating_mul(WAD));
        };
        let text = text.text();
        let debt = decimal::parse("market.min_debt", text.trim(), TOKEN_DECIMALS)?;
        let most = U256::from(1_000_000).saturating_mul(WAD);
        if debt < WAD || debt > most {
            return Err(input(format!(
                "market.min_debt: {text} is outside 1 to 1000000"
            )));
        }
        Ok(debt)
    }
}

impl PegSection {
    fn plan(&self, around: &Surroundings, priced: &mut Priced) -> eyre::Result<PegPlan> {
        let custody = asset("peg.custody", &self.custody, around.wrapped_native)?;
        let (known, _) = around_asset(around, "peg.custody", custody)?;
        price::add(
            around,
            priced,
            "peg.price",
            (Some(custody), known.decimals, &known.symbol),
            self.price.as_ref(),
            &HIGH_EFFICIENCY,
        )?;
        let deviation = priced
            .iter()
            .find(|(plan, _)| plan.asset == Some(custody))
            .map_or(U256::ZERO, |(plan, _)| plan.terms.deviation);
        let least = u16::try_from(deviation / wad(1)).unwrap_or(u16::MAX);
        Ok(PegPlan {
            custody,
            fee_in: wad(share_within(
                "peg.fee_in",
                &self.fee_in,
                least,
                MAX_PEG_FEE_BPS,
            )?),
            fee_out: wad(parse_share("peg.fee_out", &self.fee_out, MAX_PEG_FEE_BPS)?),
            cap_most: whole_tokens("peg.cap", &self.cap)?,
        })
    }
}

impl RateSection {
    fn terms(
        &self,
        around: &Surroundings,
        priced: &mut Priced,
    ) -> eyre::Result<RateController::RateTerms> {
        if let Some(section) = &self.price {
            price::add(
                around,
                priced,
                "rate_controller.price",
                (None, TOKEN_DECIMALS, "the synthetic"),
                Some(section),
                &HIGH_EFFICIENCY,
            )?;
        }
        let rate =
            |field: &str, text: &str| rate_a_second(&format!("rate_controller.{field}"), text);
        let or = |value: &Option<String>, otherwise: &str| {
            value.clone().unwrap_or_else(|| otherwise.to_owned())
        };
        let (least, most) = (rate("least", &self.least)?, rate("most", &self.most)?);
        let base = rate("base", &self.base)?;
        if least > base || base > most {
            return Err(input(format!(
                "rate_controller.base: {} is outside {} to {}",
                self.base, self.least, self.most
            )));
        }
        let hundred = U256::from(100);
        let per_hour = rate("per_hour", &or(&self.per_hour, "1 %"))?;
        if per_hour.is_zero() {
            return Err(input("rate_controller.per_hour: must be more than 0"));
        }
        Ok(RateController::RateTerms {
            rateBase: base,
            rateMin: least,
            rateMax: most,
            ratePerHourMax: per_hour,
            // Both are written for an error of one per cent; the integral's for one that lasts a day.
            proportional: rate("proportional", &or(&self.proportional, "5 %"))? * hundred,
            integral: rate("integral", &or(&self.integral, "1 %"))? * hundred
                / U256::from(DAY_SECS),
            leakSecs: U256::from(parse_duration(
                "rate_controller.leak",
                &or(&self.leak, "30 days"),
                DAY_SECS,
                365 * DAY_SECS,
            )?),
            periodSecs: U256::from(parse_duration(
                "rate_controller.period",
                &or(&self.period, "1 h"),
                600,
                DAY_SECS,
            )?),
        })
    }
}

impl BackstopSection {
    fn cooldown_secs(&self) -> eyre::Result<u64> {
        let text = self.cooldown.as_deref().unwrap_or("2 days");
        parse_duration("backstop.cooldown", text, DAY_SECS, 30 * DAY_SECS)
    }
}

#[cfg(test)]
mod tests;
