//! A launch as a person writes it, and as the launchpad takes it.

use alloy::primitives::{Address, B256, U256, keccak256};
use ballast_bindings::launchpad::Launchpad;
use ballast_chain::accrual::TOKEN_DECIMALS;
use ballast_types::decimal;
use serde::Deserialize;

use crate::fail::input;
use crate::units::{
    parse_address, parse_asset, parse_date, parse_duration, parse_share, parse_tokens, share,
};

/// Largest supply: 5e36 base units.
const MAX_SUPPLY: U256 =
    U256::from_limbs([9_257_742_014_424_809_472, 271_050_543_121_376_108, 0, 0]);
/// Largest amount of any asset: 2^112 - 1 base units.
const MAX_ASSET_AMOUNT: U256 = U256::from_limbs([u64::MAX, (1 << 48) - 1, 0, 0]);
const MAX_ASSETS: usize = 8;
const MAX_RECIPIENTS: usize = 5;
const MAX_DECIMALS: u8 = 24;
const MAX_FEE_BPS: u16 = 1_000;
const MAX_LTV_BPS: u16 = 9_900;
const FULL_BPS: u16 = 10_000;
/// Largest starting multiple: 2^20.
const MAX_MULTIPLE: u64 = 1 << 20;
const HOUR_SECS: u64 = 3_600;
const DAY_SECS: u64 = 86_400;

/// Text or a whole number; a number with a point must be quoted, so that it stays exact.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "must be text, such as \"1.5\", or a whole number"
)]
pub enum Text {
    /// As it stands in the file.
    Quoted(String),
    /// Without quotes.
    Whole(u64),
}

impl Text {
    /// The value as it was written.
    pub fn text(&self) -> String {
        match self {
            Self::Quoted(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
        }
    }
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchFile {
    name: String,
    symbol: String,
    supply: Text,
    owner: Option<String>,
    guardian: Option<String>,
    salt: Option<String>,
    reserve: Vec<ReserveEntry>,
    #[serde(default)]
    redemption: Redemption,
    #[serde(default)]
    loans: Loans,
    #[serde(default)]
    flash: Flash,
    #[serde(default)]
    stream: Stream,
    pool: Option<Pool>,
    trading: Option<Trading>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReserveEntry {
    asset: String,
    seed: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redemption {
    #[serde(default)]
    enabled: bool,
    fee: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Loans {
    ltv: Option<String>,
    term: Option<String>,
    term_fee: Option<String>,
    grace: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flash {
    fee: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    drip: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    tokens: Text,
    assets: Text,
    lock: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trading {
    max_buy_fee: String,
    max_sell_fee: String,
    buy_fee: String,
    sell_fee: String,
    start_multiple: Text,
    split: Split,
    #[serde(default)]
    recipient: Vec<RecipientEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    reserve: String,
    burn: String,
    liquidity: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipientEntry {
    account: String,
    share: String,
}

/// What a launch needs to know of one backing asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAsset {
    /// Its address.
    pub address: Address,
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// Who launches, when, and over what.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The sender.
    pub sender: Address,
    /// Its next nonce.
    pub nonce: u64,
    /// Unix seconds of the newest block.
    pub now: u64,
    /// The backing assets, in the order of the file.
    pub assets: Vec<KnownAsset>,
}

/// Parses a launch file of any kind; unknown fields are refused by name and line.
///
/// # Errors
/// Where it is none.
pub fn from_toml<T: serde::de::DeserializeOwned>(text: &str) -> eyre::Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text.get(..span.start)
                .unwrap_or_default()
                .matches('\n')
                .count()
                + 1
        });
        input(format!("launch file, line {line}: {}", error.message()))
    })
}

impl LaunchFile {
    /// Parses `text`; unknown fields are refused by name and line.
    ///
    /// # Errors
    /// Where it is no launch file.
    pub fn parse(text: &str) -> eyre::Result<Self> {
        from_toml(text)
    }

    /// The backing assets; none stands for native currency.
    ///
    /// # Errors
    /// Too many, too few, or no address.
    pub fn assets(&self) -> eyre::Result<Vec<Option<Address>>> {
        if self.reserve.is_empty() || self.reserve.len() > MAX_ASSETS {
            return Err(input(format!(
                "reserve: has {} assets, 1 to {MAX_ASSETS} are allowed",
                self.reserve.len()
            )));
        }
        let parse = |entry: &ReserveEntry| match entry.asset.as_str() {
            "native" => Ok(None),
            other => parse_address("reserve.asset", other).map(Some),
        };
        self.reserve.iter().map(parse).collect()
    }

    /// The launchpad's parameters.
    ///
    /// # Errors
    /// Names the field that is out of bounds, and the bound.
    pub fn params(
        &self,
        text: &str,
        around: &Surroundings,
    ) -> eyre::Result<Launchpad::LaunchParams> {
        for (field, value) in [("name", &self.name), ("symbol", &self.symbol)] {
            if value.trim().is_empty() {
                return Err(input(format!("{field}: must not be empty")));
            }
        }
        let owner = match &self.owner {
            Some(owner) => parse_address("owner", owner)?,
            None => around.sender,
        };
        let guardian = match &self.guardian {
            Some(guardian) => parse_address("guardian", guardian)?,
            None => Address::ZERO,
        };
        let supply = parse_tokens("supply", &self.supply.text())?;
        if supply > MAX_SUPPLY {
            let most = decimal::format(MAX_SUPPLY, TOKEN_DECIMALS);
            return Err(input(format!(
                "supply: {} is over the maximum of {most}",
                self.supply.text()
            )));
        }
        let seeds = self.seeds(around)?;
        let terms = self.terms()?;
        let pool = self.pool(around, supply)?;
        let (path, fees) = self.fees(around, owner)?;
        Ok(Launchpad::LaunchParams {
            name: self.name.clone(),
            symbol: self.symbol.clone(),
            supply,
            owner,
            guardian,
            assets: around.assets.iter().map(|asset| asset.address).collect(),
            seeds,
            terms,
            path,
            pool,
            fees,
            salt: self.salt(text, around),
        })
    }

    fn salt(&self, text: &str, around: &Surroundings) -> B256 {
        match &self.salt {
            Some(salt) => keccak256(salt.as_bytes()),
            None => keccak256([text.as_bytes(), &around.nonce.to_be_bytes()].concat()),
        }
    }

    fn seeds(&self, around: &Surroundings) -> eyre::Result<Vec<U256>> {
        let mut seeds = Vec::new();
        for (index, (entry, asset)) in self.reserve.iter().zip(&around.assets).enumerate() {
            let name = &asset.symbol;
            if around
                .assets
                .iter()
                .take(index)
                .any(|earlier| earlier.address == asset.address)
            {
                return Err(input(format!(
                    "reserve.asset: {name} {} is named twice",
                    asset.address
                )));
            }
            if asset.decimals > MAX_DECIMALS {
                let decimals = asset.decimals;
                return Err(input(format!(
                    "reserve.asset: {name} has {decimals} decimals, at most {MAX_DECIMALS} are allowed"
                )));
            }
            let seed = parse_asset("reserve.seed", &entry.seed.text(), asset.decimals)?;
            // Enough to see a transfer fee of one basis point, or one whole unit of a coarser asset.
            let least = U256::from(10).pow(U256::from(asset.decimals.min(4)));
            if seed < least || seed > MAX_ASSET_AMOUNT {
                let (low, high) = (
                    decimal::format(least, asset.decimals),
                    decimal::format(MAX_ASSET_AMOUNT, asset.decimals),
                );
                return Err(input(format!(
                    "reserve.seed: {} {name} is outside {low} to {high}",
                    entry.seed.text()
                )));
            }
            seeds.push(seed);
        }
        Ok(seeds)
    }

    fn terms(&self) -> eyre::Result<Launchpad::Terms> {
        let or = |value: &Option<String>, default: &str| {
            value.clone().unwrap_or_else(|| default.to_owned())
        };
        let secs = |field, text: String, most| {
            // Every bound is far below 2^32 seconds.
            parse_duration(field, &text, HOUR_SECS, most)
                .map(|secs| u32::try_from(secs).unwrap_or(u32::MAX))
        };
        let redeem_fee = parse_share(
            "redemption.fee",
            &or(&self.redemption.fee, "1 %"),
            MAX_FEE_BPS,
        )?;
        let most_ltv = (FULL_BPS - redeem_fee).min(MAX_LTV_BPS);
        Ok(Launchpad::Terms {
            redeemable: self.redemption.enabled,
            redeemFeeBps: redeem_fee,
            ltvBps: parse_share("loans.ltv", &or(&self.loans.ltv, "95 %"), most_ltv)?,
            termFeeBps: parse_share(
                "loans.term_fee",
                &or(&self.loans.term_fee, "0.1 %"),
                MAX_FEE_BPS,
            )?,
            flashFeeBps: parse_share("flash.fee", &or(&self.flash.fee, "0.08 %"), MAX_FEE_BPS)?,
            termSecs: secs(
                "loans.term",
                or(&self.loans.term, "30 days"),
                365 * DAY_SECS,
            )?,
            graceSecs: secs(
                "loans.grace",
                or(&self.loans.grace, "3 days"),
                90 * DAY_SECS,
            )?,
            dripSecs: secs("stream.drip", or(&self.stream.drip, "24 h"), 30 * DAY_SECS)?,
        })
    }

    fn pool(&self, around: &Surroundings, supply: U256) -> eyre::Result<Launchpad::PoolParams> {
        let Some(pool) = &self.pool else {
            return Ok(Launchpad::PoolParams {
                tokens: U256::ZERO,
                assets: U256::ZERO,
                lockUntil: U256::ZERO,
            });
        };
        let tokens = parse_tokens("pool.tokens", &pool.tokens.text())?;
        let most = supply.min(MAX_ASSET_AMOUNT);
        if tokens > most {
            let most = decimal::format(most, TOKEN_DECIMALS);
            return Err(input(format!(
                "pool.tokens: {} is over the maximum of {most}",
                pool.tokens.text()
            )));
        }
        let decimals = around.assets.first().map_or(0, |asset| asset.decimals);
        let assets = parse_asset("pool.assets", &pool.assets.text(), decimals)?;
        if assets > MAX_ASSET_AMOUNT {
            let most = decimal::format(MAX_ASSET_AMOUNT, decimals);
            return Err(input(format!(
                "pool.assets: {} is over the maximum of {most}",
                pool.assets.text()
            )));
        }
        Ok(Launchpad::PoolParams {
            tokens,
            assets,
            lockUntil: lock_until(&pool.lock, around.now)?,
        })
    }

    fn fees(
        &self,
        around: &Surroundings,
        owner: Address,
    ) -> eyre::Result<(u8, Launchpad::FeeParams)> {
        let Some(trading) = &self.trading else {
            let split = Launchpad::Split {
                reserveBps: 0,
                burnBps: 0,
                liquidityBps: 0,
                recipients: Vec::new(),
            };
            let none = Launchpad::FeeParams {
                maxBuyBps: 0,
                maxSellBps: 0,
                buyBps: 0,
                sellBps: 0,
                startMultiple: U256::ZERO,
                split,
            };
            return Ok((0, none));
        };
        if self.pool.is_none() {
            return Err(input(
                "pool: missing; a token whose trading is taxed needs one",
            ));
        }
        let max_buy = parse_share("trading.max_buy_fee", &trading.max_buy_fee, MAX_FEE_BPS)?;
        let max_sell = parse_share("trading.max_sell_fee", &trading.max_sell_fee, MAX_FEE_BPS)?;
        let multiple = trading.start_multiple.text();
        let start = decimal::parse("trading.start_multiple", &multiple, TOKEN_DECIMALS)?;
        let one = U256::from(10).pow(U256::from(TOKEN_DECIMALS));
        if start < one || start > one * U256::from(MAX_MULTIPLE) {
            return Err(input(format!(
                "trading.start_multiple: {multiple} is outside 1 to {MAX_MULTIPLE}"
            )));
        }
        let fees = Launchpad::FeeParams {
            maxBuyBps: max_buy,
            maxSellBps: max_sell,
            buyBps: parse_share("trading.buy_fee", &trading.buy_fee, max_buy)?,
            sellBps: parse_share("trading.sell_fee", &trading.sell_fee, max_sell)?,
            startMultiple: start,
            split: trading.split(around, owner)?,
        };
        Ok((1, fees))
    }
}

impl Trading {
    fn split(&self, around: &Surroundings, owner: Address) -> eyre::Result<Launchpad::Split> {
        let full = |field, text: &str| parse_share(field, text, FULL_BPS);
        let liquidity = full("trading.split.liquidity", &self.split.liquidity)?;
        if liquidity > 0 && around.assets.len() != 1 {
            let count = around.assets.len();
            return Err(input(format!(
                "trading.split.liquidity: must be 0 % with {count} backing assets, it needs exactly 1"
            )));
        }
        if self.recipient.len() > MAX_RECIPIENTS {
            let count = self.recipient.len();
            return Err(input(format!(
                "trading.recipient: {count} are named, at most {MAX_RECIPIENTS} are allowed"
            )));
        }
        let mut recipients = Vec::new();
        for entry in &self.recipient {
            let account = match entry.account.as_str() {
                "owner" => owner,
                other => parse_address("trading.recipient.account", other)?,
            };
            let bps = full("trading.recipient.share", &entry.share)?;
            recipients.push(Launchpad::Recipient { account, bps });
        }
        let split = Launchpad::Split {
            reserveBps: full("trading.split.reserve", &self.split.reserve)?,
            burnBps: full("trading.split.burn", &self.split.burn)?,
            liquidityBps: liquidity,
            recipients,
        };
        let parts = [split.reserveBps, split.burnBps, split.liquidityBps];
        let sum: u32 = parts
            .into_iter()
            .chain(split.recipients.iter().map(|one| one.bps))
            .map(u32::from)
            .sum();
        if sum != u32::from(FULL_BPS) {
            let sum = share(U256::from(sum));
            return Err(input(format!(
                "trading.split: the shares with the recipients' add up to {sum}, not to 100 %"
            )));
        }
        Ok(split)
    }
}

/// When liquidity unlocks: never, a while from now, or on a date.
fn lock_until(text: &str, now: u64) -> eyre::Result<U256> {
    if text.trim() == "for ever" {
        return Ok(U256::MAX);
    }
    if let Some(date) = parse_date(text) {
        if date < now {
            return Err(input(format!("pool.lock: {text} is past")));
        }
        return Ok(U256::from(date));
    }
    match parse_duration("pool.lock", text, 0, u64::MAX >> 1) {
        Ok(secs) => Ok(U256::from(now.saturating_add(secs))),
        Err(_) => Err(input(format!(
            "pool.lock: `{text}` is neither \"for ever\", nor a duration such as \"365 days\", nor a date such as \"2030-01-01\""
        ))),
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};

    use super::{KnownAsset, LaunchFile, MAX_ASSET_AMOUNT, MAX_SUPPLY, Surroundings};

    const WORKED: &str = include_str!("../../../examples/worked-example.toml");
    const TAXED: &str = include_str!("../../../examples/pool-tax.toml");
    const EVERY: &str = include_str!("../../../examples/every-option.toml");

    fn around(decimals: &[u8]) -> Surroundings {
        let asset = |(index, decimals): (usize, &u8)| KnownAsset {
            address: Address::repeat_byte(u8::try_from(index).unwrap_or(0) + 1),
            symbol: format!("A{index}"),
            decimals: *decimals,
        };
        Surroundings {
            sender: Address::repeat_byte(9),
            nonce: 3,
            now: 1_800_000_000,
            assets: decimals.iter().enumerate().map(asset).collect(),
        }
    }

    fn line(text: &str, decimals: &[u8]) -> String {
        let outcome = LaunchFile::parse(text).and_then(|file| {
            file.assets()?;
            file.params(text, &around(decimals)).map(|_| ())
        });
        outcome.unwrap_err().to_string()
    }

    /// Each case: what of the example to replace, by what, and how the line begins.
    fn each(cases: &[(&str, &str, &str)]) {
        for (from, to, expected) in cases {
            assert!(TAXED.contains(from), "{from}");
            let found = line(&TAXED.replacen(from, to, 1), &[18]);
            assert!(found.starts_with(expected), "{to}: {found}");
        }
    }

    #[test]
    fn bounds_are_those_of_the_contracts() {
        assert_eq!(
            MAX_SUPPLY,
            U256::from(5) * U256::from(10).pow(U256::from(36))
        );
        assert_eq!(MAX_ASSET_AMOUNT, (U256::ONE << 112) - U256::ONE);
    }

    #[test]
    fn defaults_are_those_of_the_specification() {
        let file = LaunchFile::parse(WORKED).expect("parses");
        let params = file.params(WORKED, &around(&[18])).expect("in bounds");
        let terms = &params.terms;
        assert_eq!(
            (
                terms.redeemFeeBps,
                terms.ltvBps,
                terms.termFeeBps,
                terms.flashFeeBps
            ),
            (100, 9_500, 10, 8)
        );
        assert_eq!(
            (terms.termSecs, terms.graceSecs, terms.dripSecs),
            (2_592_000, 259_200, 86_400)
        );
        assert_eq!(
            (params.owner, params.guardian, params.path),
            (Address::repeat_byte(9), Address::ZERO, 0)
        );
        let off = WORKED.replace("enabled = true", "");
        let file = LaunchFile::parse(&off).expect("parses");
        assert!(
            !file
                .params(&off, &around(&[18]))
                .expect("in bounds")
                .terms
                .redeemable
        );
    }

    #[test]
    fn every_example_is_in_bounds() {
        for (text, decimals) in [(WORKED, &[18][..]), (TAXED, &[18]), (EVERY, &[18, 6])] {
            let file = LaunchFile::parse(text).expect("parses");
            assert_eq!(file.assets().expect("assets").len(), decimals.len());
            file.params(text, &around(decimals)).expect("in bounds");
        }
    }

    #[test]
    fn the_stated_defaults_of_the_full_example_are_the_defaults() {
        let file = LaunchFile::parse(EVERY).expect("parses");
        let stated = file
            .params(EVERY, &around(&[18, 6]))
            .expect("in bounds")
            .terms;
        let worked = LaunchFile::parse(WORKED)
            .expect("parses")
            .params(WORKED, &around(&[18]))
            .expect("in bounds")
            .terms;
        assert_eq!(
            (stated.redeemFeeBps, stated.ltvBps),
            (worked.redeemFeeBps, worked.ltvBps)
        );
        assert_eq!(
            (stated.termFeeBps, stated.flashFeeBps),
            (worked.termFeeBps, worked.flashFeeBps)
        );
        assert_eq!(
            (stated.termSecs, stated.graceSecs, stated.dripSecs),
            (worked.termSecs, worked.graceSecs, worked.dripSecs)
        );
    }

    #[test]
    fn each_bad_value_is_one_line_naming_field_and_limit() {
        let cases = [
            (
                "supply = \"1000000\"",
                "supply = 0",
                "supply: must be more than 0",
            ),
            (
                "supply = \"1000000\"",
                "supply = \"5000000000000000001\"",
                "supply: 5000000000000000001 is over the maximum of 5000000000000000000",
            ),
            (
                "supply = \"1000000\"",
                "supply = 1.5",
                "launch file, line 5: must be text, such as \"1.5\", or a whole number",
            ),
            (
                "seed = \"100\"",
                "seed = \"1.0000000000000000001\"",
                "reserve.seed has 19 decimals, at most 18 can be represented",
            ),
            (
                "seed = \"100\"",
                "seed = \"0.000000000000000001\"",
                "reserve.seed: 0.000000000000000001 A0 is outside",
            ),
            (
                "buy_fee = \"2 %\"",
                "buy_fee = \"6 %\"",
                "trading.buy_fee: 6 % is over the maximum of 5 %",
            ),
        ];
        each(&cases);
    }

    #[test]
    fn each_bad_share_or_part_is_one_line_naming_field_and_limit() {
        let cases = [
            (
                "max_buy_fee = \"5 %\"",
                "max_buy_fee = \"11 %\"",
                "trading.max_buy_fee: 11 % is over the maximum of 10 %",
            ),
            (
                "burn = \"10 %\"",
                "burn = \"9 %\"",
                "trading.split: the shares with the recipients' add up to 99 %, not to 100 %",
            ),
            (
                "start_multiple = \"4\"",
                "start_multiple = \"0.5\"",
                "trading.start_multiple: 0.5 is outside 1 to 1048576",
            ),
            (
                "tokens = \"400000\"",
                "tokens = \"1000001\"",
                "pool.tokens: 1000001 is over the maximum of 1000000",
            ),
            (
                "lock = \"365 days\"",
                "lock = \"2001-01-01\"",
                "pool.lock: 2001-01-01 is past",
            ),
            (
                "lock = \"365 days\"",
                "lock = \"soon\"",
                "pool.lock: `soon` is neither \"for ever\"",
            ),
            (
                "symbol = \"SAMPLE\"",
                "symbol = \" \"",
                "symbol: must not be empty",
            ),
            (
                "symbol = \"SAMPLE\"",
                "simbol = \"SAMPLE\"",
                "launch file, line 4: unknown field `simbol`",
            ),
            (
                "account = \"owner\"",
                "account = \"me\"",
                "trading.recipient.account: me is not an address",
            ),
            (
                "asset = \"native\"",
                "asset = \"0x12\"",
                "reserve.asset: 0x12 is not an address",
            ),
        ];
        each(&cases);
    }

    #[test]
    fn terms_have_bounds() {
        let cases = [
            (
                "[loans]\nltv = \"99.01 %\"",
                "loans.ltv: 99.01 % is over the maximum of 99 %",
            ),
            (
                "[redemption]\nfee = \"10 %\"\n[loans]\nltv = \"95 %\"",
                "loans.ltv: 95 % is over the maximum of 90 %",
            ),
            (
                "[loans]\nterm = \"366 days\"",
                "loans.term: 366 days is outside 1 hour to 365 days",
            ),
            (
                "[loans]\ngrace = \"1 min\"",
                "loans.grace: 1 min is outside 1 hour to 90 days",
            ),
            (
                "[stream]\ndrip = \"31 days\"",
                "stream.drip: 31 days is outside 1 hour to 30 days",
            ),
            (
                "[flash]\nfee = \"10.01 %\"",
                "flash.fee: 10.01 % is over the maximum of 10 %",
            ),
        ];
        for (extra, expected) in cases {
            let text = format!("{}\n{extra}", TAXED);
            assert_eq!(line(&text, &[18]), expected);
        }
    }

    #[test]
    fn what_needs_something_else_says_so() {
        let start = TAXED.find("[pool]").expect("pool");
        let end = TAXED.find("[trading]").expect("trading");
        let without = format!("{}{}", &TAXED[..start], &TAXED[end..]);
        assert_eq!(
            line(&without, &[18]),
            "pool: missing; a token whose trading is taxed needs one"
        );
        let several = EVERY.replace("liquidity = \"0 %\"", "liquidity = \"1 %\"");
        assert!(
            line(&several, &[18, 6])
                .starts_with("trading.split.liquidity: must be 0 % with 2 backing assets")
        );
        assert!(line(EVERY, &[18, 25]).contains("has 25 decimals, at most 24 are allowed"));
    }
}
