//! Amounts, shares, durations and dates as people write them.

use alloy::primitives::{Address, U256};
use ballast_chain::accrual::{AssetState, TOKEN_DECIMALS};
use ballast_types::decimal;
use serde::Serialize;

use crate::fail::input;

/// Basis points in one.
pub const BPS_ONE: u64 = 10_000;
const DAY_SECS: u64 = 86_400;

/// An amount as results carry it: exact base units, and the same for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Base units, decimal.
    pub base_units: String,
    /// Whole units, exact.
    pub decimal: String,
    /// Symbol of the unit.
    pub unit: String,
}

impl Amount {
    /// `base` base units of something with `decimals` decimals.
    pub fn new(base: U256, decimals: u8, unit: &str) -> Self {
        Self {
            base_units: base.to_string(),
            decimal: decimal::format(base, decimals),
            unit: unit.to_owned(),
        }
    }

    /// Of an accrual token.
    pub fn token(base: U256, symbol: &str) -> Self {
        Self::new(base, TOKEN_DECIMALS, symbol)
    }

    /// Of a backing asset.
    pub fn asset(base: U256, asset: &AssetState) -> Self {
        Self::new(base, asset.decimals, &asset.symbol)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.decimal, self.unit)
    }
}

/// Amounts for people, one after the other.
pub fn list(amounts: &[Amount]) -> String {
    amounts
        .iter()
        .map(Amount::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// One amount of each asset.
pub fn per_asset(amounts: &[U256], assets: &[AssetState]) -> Vec<Amount> {
    amounts
        .iter()
        .zip(assets)
        .map(|(amount, asset)| Amount::asset(*amount, asset))
        .collect()
}

/// `x * a / b` rounded down, for previews: the contracts bound the product to 256 bits, and what is not computable is
/// shown as zero and left to the simulation to refuse.
pub fn mul_div_down(x: U256, a: U256, b: U256) -> U256 {
    ballast_math::mul_div_down(x, a, b).unwrap_or_default()
}

/// `x * a / b` rounded up, for previews, as [`mul_div_down`].
pub fn mul_div_up(x: U256, a: U256, b: U256) -> U256 {
    ballast_math::mul_div_up(x, a, b).unwrap_or_default()
}

/// A fee of `bps` on `amount`, rounded up.
pub fn fee_up(amount: U256, bps: u16) -> U256 {
    mul_div_up(amount, U256::from(bps), U256::from(BPS_ONE))
}

/// Whole units of `assets` base units per whole token, exact to 18 decimals and rounded down; none without tokens.
pub fn per_token(assets: U256, decimals: u8, tokens: U256) -> Option<String> {
    if tokens.is_zero() {
        return None;
    }
    let scale = U256::from(10).pow(U256::from(36_u8.saturating_sub(decimals)));
    Some(decimal::format(
        mul_div_down(assets, scale, tokens),
        TOKEN_DECIMALS,
    ))
}

/// A positive amount of tokens.
///
/// # Errors
/// Names `field`: not a number, too many decimals, or zero.
pub fn parse_tokens(field: &str, text: &str) -> eyre::Result<U256> {
    positive(field, decimal::parse(field, text.trim(), TOKEN_DECIMALS)?)
}

/// A positive amount of an asset.
///
/// # Errors
/// Names `field`: not a number, more decimals than the asset has, or zero.
pub fn parse_asset(field: &str, text: &str, decimals: u8) -> eyre::Result<U256> {
    positive(field, decimal::parse(field, text.trim(), decimals)?)
}

fn positive(field: &str, value: U256) -> eyre::Result<U256> {
    if value.is_zero() {
        return Err(input(format!("{field}: must be more than 0")));
    }
    Ok(value)
}

/// An address.
///
/// # Errors
/// Names `field`.
pub fn parse_address(field: &str, text: &str) -> eyre::Result<Address> {
    let text = text.trim();
    let wrong = |why: &str| input(format!("{field}: {text} is not an address: {why}"));
    let address: Address = text
        .parse()
        .map_err(|_| wrong("0x and 40 hexadecimal digits"))?;
    let mixed = text.chars().any(|c| c.is_ascii_lowercase() && c != 'x')
        && text.chars().any(|c| c.is_ascii_uppercase());
    if mixed && Address::parse_checksummed(text, None).is_err() {
        return Err(wrong(
            "its capitals do not fit its digits, perhaps a typing error",
        ));
    }
    Ok(address)
}

/// A share such as `1 %` or `100 bps`, in basis points, at most `most_bps`.
///
/// # Errors
/// Names `field` and the limit.
pub fn parse_share(field: &str, text: &str, most_bps: u16) -> eyre::Result<u16> {
    let text = text.trim();
    let (number, decimals) = if let Some(number) = text.strip_suffix('%') {
        (number, 2)
    } else if let Some(number) = text.strip_suffix("bps") {
        (number, 0)
    } else {
        return Err(input(format!(
            "{field}: `{text}` has no unit; write it like \"1 %\" or \"100 bps\""
        )));
    };
    let bps = decimal::parse(field, number.trim(), decimals)?;
    match u16::try_from(bps) {
        Ok(bps) if bps <= most_bps => Ok(bps),
        _ => Err(input(format!(
            "{field}: {text} is over the maximum of {}",
            share(U256::from(most_bps))
        ))),
    }
}

/// Basis points as people read them.
pub fn share(bps: U256) -> String {
    format!("{} %", decimal::format(bps, 2))
}

/// A duration such as `30 days`, `24 h`, `90 min` or `3600 s`, in seconds between `least` and `most`.
///
/// # Errors
/// Names `field` and the limits.
pub fn parse_duration(field: &str, text: &str, least: u64, most: u64) -> eyre::Result<u64> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit_secs = match unit.trim() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => DAY_SECS,
        "w" | "week" | "weeks" => 7 * DAY_SECS,
        _ => 0,
    };
    let secs = number
        .parse::<u64>()
        .ok()
        .filter(|_| unit_secs > 0)
        .and_then(|count| count.checked_mul(unit_secs));
    let Some(secs) = secs else {
        return Err(input(format!(
            "{field}: `{text}` is not a duration; write it like \"30 days\" or \"24 h\""
        )));
    };
    if secs < least || secs > most {
        return Err(input(format!(
            "{field}: {text} is outside {} to {}",
            duration(least),
            duration(most)
        )));
    }
    Ok(secs)
}

/// Seconds as people read them, exact.
pub fn duration(secs: u64) -> String {
    let units = [
        (DAY_SECS, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let mut rest = secs;
    let mut parts = Vec::new();
    for (size, name) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!(
                "{count} {name}{}",
                if count == 1 { "" } else { "s" }
            ));
        }
    }
    if parts.is_empty() {
        "0 seconds".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Unix seconds as a date and time in UTC.
pub fn instant(unix: u64) -> String {
    // Beyond the year 9999 a date helps nobody.
    if unix >= 253_402_300_800 {
        return "never".to_owned();
    }
    let (days, secs) = (unix / DAY_SECS, unix % DAY_SECS);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        secs / 3_600,
        secs / 60 % 60,
        secs % 60
    )
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar: years are counted from March,
/// so that the leap day comes last, in cycles of 400 years.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let cycle = shifted / 146_097;
    let day_of_cycle = shifted % 146_097;
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = cycle * 400 + year_of_cycle + u64::from(month <= 2);
    (year, month, day)
}

/// A date such as `2027-01-31`, midnight UTC, in unix seconds; none where it is no date of the calendar.
pub fn parse_date(text: &str) -> Option<u64> {
    let mut parts = text.trim().splitn(3, '-');
    let mut next = |digits: usize| {
        parts
            .next()
            .filter(|part| part.len() == digits)?
            .parse::<u64>()
            .ok()
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    // A date names its day: the first count of days whose date it is. At most 366 * 30 steps from a close guess.
    let guess =
        (year.checked_sub(1970)?) * 365 + (year - 1970) / 4 + (month.checked_sub(1)?) * 30 + day;
    let found =
        (guess.saturating_sub(40)..guess + 40).find(|days| civil(*days) == (year, month, day))?;
    Some(found * DAY_SECS)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;

    use super::{
        duration, fee_up, instant, mul_div_down, mul_div_up, parse_address, parse_date,
        parse_duration, parse_share, per_token,
    };

    #[test]
    fn shares_need_a_unit_and_stay_within_their_limit() {
        assert_eq!(parse_share("fee", "1 %", 1_000).ok(), Some(100));
        assert_eq!(parse_share("fee", "0.08%", 1_000).ok(), Some(8));
        assert_eq!(parse_share("fee", "250 bps", 1_000).ok(), Some(250));
        let line = |text| parse_share("fee", text, 1_000).unwrap_err().to_string();
        assert_eq!(line("11 %"), "fee: 11 % is over the maximum of 10 %");
        assert_eq!(
            line("1"),
            "fee: `1` has no unit; write it like \"1 %\" or \"100 bps\""
        );
        assert!(line("0.001 %").contains("fee"));
        assert!(line("-1 %").contains("fee"));
    }

    #[test]
    fn durations_need_a_unit_and_stay_within_their_limits() {
        assert_eq!(
            parse_duration("term", "30 days", 0, u64::MAX).ok(),
            Some(2_592_000)
        );
        assert_eq!(
            parse_duration("term", "24h", 0, u64::MAX).ok(),
            Some(86_400)
        );
        let line = |text| {
            parse_duration("term", text, 3_600, 86_400)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(line("2 d"), "term: 2 d is outside 1 hour to 1 day");
        assert_eq!(
            line("30"),
            "term: `30` is not a duration; write it like \"30 days\" or \"24 h\""
        );
        assert_eq!(duration(90_061), "1 day 1 hour 1 minute 1 second");
        assert_eq!(duration(0), "0 seconds");
    }

    #[test]
    fn dates_go_there_and_back() {
        assert_eq!(instant(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(instant(951_827_696), "2000-02-29 12:34:56 UTC");
        assert_eq!(instant(u64::MAX), "never");
        for day in [
            "1970-01-01",
            "2000-02-29",
            "2027-12-31",
            "2100-03-01",
            "2399-12-31",
        ] {
            let unix = parse_date(day).expect(day);
            assert!(instant(unix).starts_with(day), "{day}");
        }
        for wrong in [
            "2027-02-30",
            "2100-02-29",
            "27-01-01",
            "2027-13-01",
            "2027-1-1",
            "yesterday",
            "1969-12-31",
        ] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn divisions_round_as_they_say_and_never_fail() {
        let n = |value: u64| U256::from(value);
        assert_eq!(
            (mul_div_down(n(7), n(3), n(2)), mul_div_up(n(7), n(3), n(2))),
            (n(10), n(11))
        );
        assert_eq!(mul_div_down(n(1), n(1), n(0)), n(0));
        assert_eq!(fee_up(n(1), 1), n(1));
    }

    #[test]
    fn the_worked_example_reads_as_it_must() {
        let wei = |whole: u64| U256::from(whole) * U256::from(10).pow(U256::from(18));
        assert_eq!(
            per_token(wei(100), 18, wei(1_000_000)).as_deref(),
            Some("0.0001")
        );
        assert_eq!(
            per_token(wei(100), 18, wei(500_000)).as_deref(),
            Some("0.0002")
        );
        assert_eq!(
            per_token(U256::from(100_000_000), 6, wei(1_000_000)).as_deref(),
            Some("0.0001")
        );
        assert_eq!(per_token(wei(1), 18, U256::ZERO), None);
    }

    #[test]
    fn a_mistyped_address_is_caught_by_its_capitals() {
        assert!(parse_address("owner", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").is_ok());
        assert!(parse_address("owner", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266").is_ok());
        let line = |text| parse_address("owner", text).unwrap_err().to_string();
        assert!(line("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92267").contains("typing error"));
        assert!(line("0x12").starts_with("owner: 0x12 is not an address"));
    }
}
