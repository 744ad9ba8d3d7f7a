//! Recorded crises: which prices, which gas, and what had to be assumed where nothing was recorded.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use flate2::read::MultiGzDecoder;

use crate::fail::input;
use crate::market::moments;
use crate::prices::{self, Query};
use crate::units::parse_date;

/// ETH, five minutes, of March 2020.
const MARCH_2020: &str = "crisis_2020-03_ETHUSDT_5m.csv.gz";
/// Six assets, five minutes, of May 2021.
const MAY_2021: &str = "crisis_2021-05_6assets_5m_0430_0530.csv.gz";
/// UST, fifteen minutes, until 13 May 2022.
const MAY_2022: &str = "crisis_2022-05_USTUSDT_15m.csv.gz";
/// USDC, about eighteen minutes, of March 2023.
const MARCH_2023: &str = "crisis_2023-03_USDC_USD_coingecko.csv.gz";
/// BTC, ETH, BNB by the hour.
const HOURLY: &str = "hourly_BTC_ETH_BNB_binance_2017-08_2025-12.csv.gz";
/// Percentiles of gas prices on seven days of falls, ten minutes.
const GAS: &str = "crash_days_ETH_10m_price_and_gas_7days.csv.gz";

const DAY_SECS: u64 = 86_400;
/// Seconds of one row of recorded gas.
const GAS_SECS: u64 = 600;
/// Hours of recorded gas that stand for a day of which none was recorded, where the day before was.
const LAST_HOURS: u64 = 6;

/// The crises by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// 12 and 13 March 2020: ether loses half, gas rises thirtyfold
    BlackThursday,
    /// 19 and 20 May 2021: six assets fall together
    #[value(name = "may-2021")]
    May2021,
    /// 8 to 13 May 2022: a collateral that was taken for a dollar is worth a quarter
    Ust,
    /// 10 to 14 March 2023: the custody of the peg module loses a tenth over a weekend and comes back
    UsdcWeekend,
}

impl Name {
    /// As typed.
    pub const fn text(self) -> &'static str {
        match self {
            Self::BlackThursday => "black-thursday",
            Self::May2021 => "may-2021",
            Self::Ust => "ust",
            Self::UsdcWeekend => "usdc-weekend",
        }
    }
}

/// What a unit of gas cost over ten minutes: percentiles of what was paid, in gwei.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gas {
    /// Unix seconds at which it begins.
    pub time: u64,
    /// Three of ten transactions paid less.
    pub p30: f64,
    /// Six of ten.
    pub p60: f64,
    /// Nine of ten.
    pub p90: f64,
    /// Whether it was recorded at another time.
    pub assumed: bool,
}

/// One moment of the path.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Unix seconds.
    pub time: u64,
    /// Price of each asset, dollars.
    pub prices: Vec<f64>,
    /// Price of the custody token, dollars, where there is one.
    pub custody: Option<f64>,
}

/// A crisis, ready to be played.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Symbols of the collateral.
    pub assets: Vec<String>,
    /// Symbol of the peg module's custody, where it has one.
    pub custody: Option<String>,
    /// The path, times rising.
    pub ticks: Vec<Tick>,
    /// What gas cost, times rising; nothing where every offer will do.
    pub gas: Vec<Gas>,
    /// What was assumed, in sentences.
    pub assumptions: Vec<String>,
}

/// The folder of recorded data.
///
/// # Errors
/// Where there is none.
pub fn folder(given: Option<&Path>) -> eyre::Result<PathBuf> {
    let beside = PathBuf::from("../shared/data");
    let named = std::env::var_os("BALLAST_DATA").map(PathBuf::from);
    let folder = given.map(Path::to_owned).or(named).unwrap_or(beside);
    if folder.join(MARCH_2020).is_file() {
        return Ok(folder);
    }
    Err(input(format!(
        "scenario: {} holds no recorded crises ({MARCH_2020} is missing); name their folder in BALLAST_DATA",
        folder.display()
    )))
}

/// One series on the times of others: the price that was last known.
struct Series(Vec<(u64, f64)>);

impl Series {
    fn read(
        folder: &Path,
        file: &str,
        symbol: Option<&str>,
        (from, to): (&str, &str),
    ) -> eyre::Result<Self> {
        let path = folder.join(file);
        let bars = prices::read(&Query {
            file: &path,
            symbol,
            from: Some(from),
            to: Some(to),
        })?;
        let cut = moments(&bars).concat();
        Ok(Self(
            cut.iter()
                .map(|moment| (moment.time, moment.price))
                .collect(),
        ))
    }

    /// One price a row, as it was recorded.
    fn points(folder: &Path, file: &str, (from, to): (&str, &str)) -> eyre::Result<Self> {
        let path = folder.join(file);
        let bars = prices::read(&Query {
            file: &path,
            symbol: None,
            from: Some(from),
            to: Some(to),
        })?;
        Ok(Self(bars.iter().map(|bar| (bar.time, bar.close)).collect()))
    }

    /// The price at `time`: the newest one until then, or the first.
    fn at(&self, time: u64) -> f64 {
        let next = self.0.partition_point(|(at, _)| *at <= time);
        let known = self.0.get(next.saturating_sub(1));
        known.map_or(1.0, |(_, price)| *price)
    }
}

impl Scenario {
    /// Reads a crisis from the files in `folder`.
    ///
    /// # Errors
    /// A file is missing or cannot be used; it is named.
    pub fn read(name: Name, folder: &Path) -> eyre::Result<Self> {
        match name {
            Name::BlackThursday => black_thursday(folder),
            Name::May2021 => may_2021(folder),
            Name::Ust => ust(folder),
            Name::UsdcWeekend => usdc_weekend(folder),
        }
    }

    /// Only `hours` of it, after the first `skip` hours.
    ///
    /// # Errors
    /// Where nothing is left.
    pub fn stretch(mut self, skip: u64, hours: Option<u64>) -> eyre::Result<Self> {
        let first = self.ticks.first().map_or(0, |tick| tick.time);
        let last = self.ticks.last().map_or(0, |tick| tick.time);
        let from = first + skip * 3_600;
        let to = hours.map_or(u64::MAX, |hours| from + hours * 3_600);
        self.ticks.retain(|tick| (from..to).contains(&tick.time));
        if self.ticks.len() < 2 {
            let whole = (last - first) / 3_600;
            return Err(input(format!(
                "skip-hours: {skip}, of {} only {whole} hours are recorded",
                self.name
            )));
        }
        Ok(self)
    }

    /// The longest time between two moments, seconds.
    pub fn gap_secs(&self) -> u64 {
        let pairs = self.ticks.windows(2);
        pairs
            .map(|pair| pair[1].time - pair[0].time)
            .max()
            .unwrap_or(60)
    }

    /// What gas costs at `time`.
    pub fn gas_at(&self, time: u64) -> Option<Gas> {
        let next = self.gas.partition_point(|gas| gas.time <= time);
        self.gas.get(next.saturating_sub(1)).copied()
    }

    /// What gas cost before the crisis: the median of the path's first six hours, whatever stretch of it is played.
    pub fn calm_gas(&self) -> Option<Gas> {
        let first = self.gas.first()?.time;
        let calm: Vec<Gas> = self
            .gas
            .iter()
            .take_while(|gas| gas.time < first + LAST_HOURS * 3_600)
            .copied()
            .collect();
        let median = |of: fn(&Gas) -> f64| {
            let mut all: Vec<f64> = calm.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(1.0)
        };
        Some(Gas {
            time: first,
            p30: median(|gas| gas.p30),
            p60: median(|gas| gas.p60),
            p90: median(|gas| gas.p90),
            assumed: false,
        })
    }
}

/// The union of the series' times, each series at its last known price.
fn join(series: &[Series], custody: Option<&Series>) -> Vec<Tick> {
    let all = series.iter().chain(custody);
    let mut times: Vec<u64> = all
        .flat_map(|one| one.0.iter().map(|(time, _)| *time))
        .collect();
    times.sort_unstable();
    times.dedup();
    // Moments of two series may lie seconds apart; a block for each would be one for nothing.
    let mut kept: Vec<u64> = Vec::new();
    for time in times {
        if kept.last().is_none_or(|last| time >= last + 60) {
            kept.push(time);
        }
    }
    kept.into_iter()
        .map(|time| Tick {
            time,
            prices: series.iter().map(|one| one.at(time)).collect(),
            custody: custody.map(|one| one.at(time)),
        })
        .collect()
}

fn black_thursday(folder: &Path) -> eyre::Result<Scenario> {
    let days = ("2020-03-12", "2020-03-14");
    let series = [Series::read(folder, MARCH_2020, None, days)?];
    let mut gas = recorded_gas(folder, "2020-03-12")?;
    let next = repeat_last_hours(&gas, LAST_HOURS);
    gas.extend(next);
    Ok(Scenario {
        name: Name::BlackThursday.text(),
        assets: vec!["WETH".to_owned()],
        custody: None,
        ticks: join(&series, None),
        gas,
        assumptions: vec![
            "gas of 13 March 2020 was not recorded: the last six hours of 12 March stand for it, four times".to_owned(),
        ],
    })
}

fn may_2021(folder: &Path) -> eyre::Result<Scenario> {
    let days = ("2021-05-19", "2021-05-21");
    let symbols = ["ETH", "BTC", "LINK", "XRP", "LTC", "MATIC"];
    let mut series = Vec::new();
    for symbol in symbols {
        series.push(Series::read(folder, MAY_2021, Some(symbol), days)?);
    }
    let mut gas = recorded_gas(folder, "2021-05-19")?;
    let next = repeat_last_hours(&gas, LAST_HOURS);
    gas.extend(next);
    let mut assets: Vec<String> = symbols.iter().map(|&symbol| symbol.to_owned()).collect();
    if let Some(first) = assets.first_mut() {
        *first = "WETH".to_owned();
    }
    Ok(Scenario {
        name: Name::May2021.text(),
        assets,
        custody: None,
        ticks: join(&series, None),
        gas,
        assumptions: vec![
            "gas of 20 May 2021 was not recorded: the last six hours of 19 May stand for it, four times".to_owned(),
        ],
    })
}

fn ust(folder: &Path) -> eyre::Result<Scenario> {
    let days = ("2022-05-08", "2022-05-14");
    let series = [Series::read(folder, MAY_2022, None, days)?];
    let gas = borrowed_gas(folder, "2021-05-19", "2022-05-08", 6)?;
    Ok(Scenario {
        name: Name::Ust.text(),
        assets: vec!["UST".to_owned()],
        custody: None,
        ticks: join(&series, None),
        gas,
        assumptions: vec![
            "no gas of May 2022 was recorded: that of 19 May 2021 stands for each day".to_owned(),
            "UST is collateral of vaults, as lenders of 2022 held it: nothing but an exchange for another token of its \
             issuer stood behind it, so no peg module with custody would have taken it"
                .to_owned(),
        ],
    })
}

fn usdc_weekend(folder: &Path) -> eyre::Result<Scenario> {
    let days = ("2023-03-10", "2023-03-15");
    let ether = [Series::read(folder, HOURLY, Some("ETH"), days)?];
    let custody = Series::points(folder, MARCH_2023, days)?;
    let gas = borrowed_gas(folder, "2021-05-19", "2023-03-10", 5)?;
    Ok(Scenario {
        name: Name::UsdcWeekend.text(),
        assets: vec!["WETH".to_owned()],
        custody: Some("USDC".to_owned()),
        ticks: join(&ether, Some(&custody)),
        gas,
        assumptions: vec![
            "no gas of March 2023 was recorded: that of 19 May 2021 stands for each day".to_owned(),
            "ether by the hour, each hour's prices in four moments".to_owned(),
        ],
    })
}

/// The last `hours` of `gas` again and again, for the day after.
fn repeat_last_hours(gas: &[Gas], hours: u64) -> Vec<Gas> {
    let rows = usize::try_from(hours * 3_600 / GAS_SECS).unwrap_or(1);
    let last = gas.get(gas.len().saturating_sub(rows)..).unwrap_or(gas);
    let start = gas.last().map_or(0, |gas| gas.time + GAS_SECS);
    (0..DAY_SECS / GAS_SECS)
        .zip(last.iter().cycle())
        .map(|(index, row)| Gas {
            time: start + index * GAS_SECS,
            assumed: true,
            ..*row
        })
        .collect()
}

/// One recorded day's gas for `days` days from `first`.
fn borrowed_gas(folder: &Path, day: &str, first: &str, days: u64) -> eyre::Result<Vec<Gas>> {
    let recorded = recorded_gas(folder, day)?;
    let start = parse_date(first).unwrap_or_default();
    let begin = recorded.first().map_or(0, |gas| gas.time);
    Ok((0..days)
        .flat_map(|day| {
            recorded.iter().map(move |row| Gas {
                time: start + day * DAY_SECS + (row.time - begin),
                assumed: true,
                ..*row
            })
        })
        .collect())
}

/// The gas of one day.
fn recorded_gas(folder: &Path, day: &str) -> eyre::Result<Vec<Gas>> {
    let path = folder.join(GAS);
    let fail = |why: String| {
        input(format!(
            "scenario: {} cannot be used: {why}",
            path.display()
        ))
    };
    let file = File::open(&path).map_err(|error| fail(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(BufReader::new(file)));
    let header = reader
        .headers()
        .map_err(|error| fail(error.to_string()))?
        .clone();
    let names = ["t", "gas_p30_gwei", "gas_p60", "gas_p90"];
    let columns = names.map(|name| header.iter().position(|cell| cell.trim() == name));
    let [Some(time), Some(p30), Some(p60), Some(p90)] = columns else {
        return Err(fail(format!("its columns are not {}", names.join(", "))));
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| fail(error.to_string()))?;
        let text = record.get(time).unwrap_or_default();
        let Some((date, clock)) = text.split_once('T').filter(|(date, _)| *date == day) else {
            continue;
        };
        let gwei = |at: usize| -> eyre::Result<f64> {
            let cell = record.get(at).unwrap_or_default();
            let parsed = cell.trim().parse::<f64>().ok();
            parsed
                .filter(|gwei| gwei.is_finite() && *gwei > 0.0)
                .ok_or_else(|| fail(format!("`{cell}` at {text} is no gas price")))
        };
        let minutes = clock.split_once(':').and_then(|(hour, minute)| {
            Some(hour.parse::<u64>().ok()? * 60 + minute.parse::<u64>().ok()?)
        });
        let (Some(start), Some(minutes)) = (parse_date(date), minutes) else {
            return Err(fail(format!("`{text}` is no time")));
        };
        rows.push(Gas {
            time: start + minutes * 60,
            p30: gwei(p30)?,
            p60: gwei(p60)?,
            p90: gwei(p90)?,
            assumed: false,
        });
    }
    if rows.is_empty() {
        return Err(fail(format!("it has no rows of {day}")));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::{Gas, Scenario, Series, Tick, join, repeat_last_hours};

    fn gas(time: u64, p60: f64) -> Gas {
        Gas {
            time,
            p30: p60 / 2.0,
            p60,
            p90: p60 * 2.0,
            assumed: false,
        }
    }

    #[test]
    fn a_day_without_recorded_gas_repeats_the_last_hours_and_says_so() {
        let day: Vec<Gas> = (0..144).map(|row| gas(row * 600, row as f64)).collect();
        let next = repeat_last_hours(&day, 6);
        assert_eq!(next.len(), 144);
        assert!(next.iter().all(|row| row.assumed));
        assert_eq!((next[0].time, next[0].p60), (144 * 600, 108.0));
        assert_eq!(next[36].p60, next[0].p60);
        assert_eq!(next[35].p60, 143.0);
    }

    #[test]
    fn a_series_that_is_silent_keeps_its_last_price() {
        let one = Series(vec![(100, 1.0), (700, 2.0)]);
        let other = Series(vec![(400, 5.0), (730, 6.0)]);
        let ticks = join(&[one], Some(&other));
        let expected = [(100, 1.0, 5.0), (400, 1.0, 5.0), (700, 2.0, 5.0)];
        let found: Vec<_> = ticks
            .iter()
            .map(|tick| (tick.time, tick.prices[0], tick.custody.expect("custody")))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn gas_holds_until_the_next_row_and_calm_is_what_came_before() {
        let scenario = Scenario {
            name: "test",
            assets: vec!["WETH".to_owned()],
            custody: None,
            ticks: (0..10)
                .map(|hour| Tick {
                    time: hour * 3_600,
                    prices: vec![1.0],
                    custody: None,
                })
                .collect(),
            gas: (0..60)
                .map(|row| gas(row * 600, 10.0 + row as f64))
                .collect(),
            assumptions: Vec::new(),
        };
        assert_eq!(scenario.gas_at(1_199).map(|gas| gas.p60), Some(11.0));
        assert_eq!(scenario.gas_at(1_200).map(|gas| gas.p60), Some(12.0));
        assert_eq!(scenario.calm_gas().map(|gas| gas.p60), Some(28.0));
        let short = scenario.stretch(3, Some(2)).expect("a stretch");
        assert_eq!(short.ticks.len(), 2);
        assert_eq!(short.calm_gas().map(|gas| gas.p60), Some(28.0));
        assert!(short.stretch(100, None).is_err());
    }
}
