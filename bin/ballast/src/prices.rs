//! Recorded prices: what a file holds, read whole and checked before anything is started.
//!
//! A file is CSV, plain or compressed with gzip, with a header. Its time column is `ts` (unix seconds) or `t` (ISO
//! 8601, UTC); its prices are the four columns `o,h,l,c` or one column `price`; `sym` may tell several series apart.
//! Other columns are passed over. Times must rise within the chosen series and range: a file may hold several
//! stretches in any order, as long as each one asked for is in order.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use flate2::read::MultiGzDecoder;

use crate::fail::input;
use crate::units::{instant, parse_date};

/// Later times are milliseconds by mistake: this second lies in the year 5138.
const TIME_MAX: u64 = 100_000_000_000;
/// The first bytes of a gzip file.
const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];
/// How many symbols an error lists.
const SYMBOLS_SHOWN: usize = 20;

/// The price over one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Unix seconds at which it begins.
    pub time: u64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

/// Which part of which file is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The file.
    pub file: &'a Path,
    /// The series, where the file holds several.
    pub symbol: Option<&'a str>,
    /// First day, `YYYY-MM-DD`, UTC.
    pub from: Option<&'a str>,
    /// The day after the last, UTC.
    pub to: Option<&'a str>,
}

/// Half-open range of unix seconds.
#[derive(Clone, Copy, Debug)]
struct Range {
    from: u64,
    to: u64,
}

/// Reads the bars that `query` asks for, in order of time.
///
/// # Errors
/// One line naming the file, the line or field, and what is allowed there: the file cannot be read, columns are
/// missing, the symbol is unknown, dates are reversed, nothing lies in the range, a price is not positive, or times
/// do not rise.
pub fn read(query: &Query<'_>) -> eyre::Result<Vec<Bar>> {
    let range = range(query)?;
    let name = query.file.display().to_string();
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .from_reader(open(query.file)?);
    let header = reader
        .headers()
        .map_err(|error| unreadable(&name, &error.to_string()))?
        .clone();
    let columns = Columns::find(&name, &header)?;
    let mut picked = Picker::new(&name, query.symbol, columns.symbol.is_some())?;
    let mut record = StringRecord::new();
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| unreadable(&name, &error.to_string()))?;
        if !more {
            break;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let place = Place { file: &name, line };
        if record.len() != header.len() {
            let what = format!("{} values, the header names {}", record.len(), header.len());
            return Err(place.error(&what));
        }
        let symbol = columns
            .symbol
            .map(|at| record.get(at).unwrap_or_default().trim());
        if !picked.wants(symbol) {
            continue;
        }
        let bar = columns.bar(place, &record)?;
        picked.take(place, bar, range)?;
    }
    picked.finish(range)
}

fn range(query: &Query<'_>) -> eyre::Result<Range> {
    let day = |field: &str, text: Option<&str>, otherwise: u64| match text {
        None => Ok(otherwise),
        Some(text) => parse_date(text).ok_or_else(|| {
            input(format!(
                "{field}: `{text}` is not a date of the form YYYY-MM-DD from 1970 on"
            ))
        }),
    };
    let from = day("from", query.from, 0)?;
    let to = day("to", query.to, TIME_MAX)?;
    if from >= to {
        return Err(input(format!(
            "to: {} must be after from: {}; the first day is included, the last is not",
            query.to.unwrap_or_default(),
            query.from.unwrap_or("1970-01-01")
        )));
    }
    Ok(Range { from, to })
}

fn unreadable(file: &str, why: &str) -> eyre::Report {
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    input(format!("replay: {file} cannot be read: {why}"))
}

/// Opens the file, through the decompressor where its first bytes ask for it.
fn open(path: &Path) -> eyre::Result<Box<dyn Read>> {
    let fail = |error: std::io::Error| unreadable(&path.display().to_string(), &error.to_string());
    if path.is_dir() {
        return Err(unreadable(&path.display().to_string(), "it is a folder"));
    }
    let mut first = [0; 2];
    let mut file = File::open(path).map_err(fail)?;
    let compressed = match file.read_exact(&mut first) {
        Ok(()) => first == GZIP_MARK,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(fail(error)),
    };
    let file = BufReader::new(File::open(path).map_err(fail)?);
    Ok(if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

/// Where in which file something is.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    file: &'a str,
    line: u64,
}

impl Place<'_> {
    fn error(&self, what: &str) -> eyre::Report {
        input(format!("replay: {} line {}: {what}", self.file, self.line))
    }
}

/// Where each value stands in a line.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    symbol: Option<usize>,
    prices: PriceColumns,
}

#[derive(Clone, Copy, Debug)]
enum PriceColumns {
    One(usize),
    Four([usize; 4]),
}

/// Names of the four price columns.
const OHLC: [&str; 4] = ["o", "h", "l", "c"];

impl Columns {
    fn find(file: &str, header: &StringRecord) -> eyre::Result<Self> {
        let at = |name: &str| {
            header
                .iter()
                .position(|cell| cell.trim().trim_start_matches('\u{feff}') == name)
        };
        let wrong = |what: &str| {
            let found = header.iter().map(str::trim).collect::<Vec<_>>().join(",");
            let shown: String = found.chars().take(120).collect();
            input(format!(
                "replay: {file} line 1: {what}; the columns are `{shown}`, needed are `ts` or `t`, and `o,h,l,c` or `price`"
            ))
        };
        let time = at("ts")
            .or_else(|| at("t"))
            .ok_or_else(|| wrong("no column `ts` or `t`"))?;
        let prices = match (OHLC.map(at), at("price")) {
            ([Some(open), Some(high), Some(low), Some(close)], _) => {
                PriceColumns::Four([open, high, low, close])
            }
            (_, Some(price)) => PriceColumns::One(price),
            (four, None) => {
                let missing = OHLC
                    .iter()
                    .zip(four)
                    .find_map(|(name, at)| at.is_none().then_some(*name));
                return Err(wrong(&format!(
                    "no column `{}`",
                    missing.unwrap_or("price")
                )));
            }
        };
        Ok(Self {
            time,
            symbol: at("sym"),
            prices,
        })
    }

    fn bar(&self, place: Place<'_>, record: &StringRecord) -> eyre::Result<Bar> {
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let time = parse_time(cell(self.time)).map_err(|why| place.error(&why))?;
        let price =
            |name: &str, at: usize| parse_price(name, cell(at)).map_err(|why| place.error(&why));
        match self.prices {
            PriceColumns::One(at) => {
                let price = price("price", at)?;
                Ok(Bar {
                    time,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                })
            }
            PriceColumns::Four([open, high, low, close]) => {
                let bar = Bar {
                    time,
                    open: price("o", open)?,
                    high: price("h", high)?,
                    low: price("l", low)?,
                    close: price("c", close)?,
                };
                if bar.high < bar.open.max(bar.close).max(bar.low) {
                    return Err(place.error(&format!(
                        "h: {} is not the highest of the four prices",
                        bar.high
                    )));
                }
                if bar.low > bar.open.min(bar.close) {
                    return Err(place.error(&format!(
                        "l: {} is not the lowest of the four prices",
                        bar.low
                    )));
                }
                Ok(bar)
            }
        }
    }
}

fn parse_price(name: &str, text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(price) if price.is_finite() && price > 0.0 => Ok(price),
        Ok(price) if price.is_finite() => Err(format!("{name}: {text} must be more than 0")),
        _ => Err(format!("{name}: `{text}` is not a number")),
    }
}

/// Unix seconds, or an ISO 8601 date and time in UTC: `2023-03-09T05:00:00.000Z`, seconds and fraction optional.
fn parse_time(text: &str) -> Result<u64, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse::<u64>() {
            Ok(time) if time < TIME_MAX => Ok(time),
            _ => Err(format!(
                "ts: {text} is not in unix seconds, at most {}",
                TIME_MAX - 1
            )),
        };
    }
    let wrong = || {
        format!("t: `{text}` is neither unix seconds nor a UTC time such as 2021-05-19T13:00:00Z")
    };
    let (date, clock) = text.split_once(['T', ' ']).ok_or_else(wrong)?;
    let day = parse_date(date).ok_or_else(wrong)?;
    let clock = clock.trim_end_matches('Z').trim_end_matches("+00:00");
    let mut parts = clock.split(':');
    let mut next = |most: u64| -> Option<u64> {
        let part = parts.next()?;
        let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = (whole.len() == 2 && digits(whole) && digits(fraction))
            .then(|| whole.parse().ok())??;
        (value <= most).then_some(value)
    };
    let (hours, minutes) = (next(23).ok_or_else(wrong)?, next(59).ok_or_else(wrong)?);
    let seconds = if clock.matches(':').count() == 2 {
        next(59).ok_or_else(wrong)?
    } else {
        0
    };
    if clock.matches(':').count() > 2 {
        return Err(wrong());
    }
    Ok(day + hours * 3_600 + minutes * 60 + seconds)
}

/// Keeps the lines of one series in one range and holds their times against each other.
struct Picker<'a> {
    file: &'a str,
    wanted: Option<&'a str>,
    /// Symbols seen; empty where the file names none.
    seen: BTreeSet<String>,
    /// Times of the series, in the range or not.
    covered: Option<(u64, u64)>,
    bars: Vec<Bar>,
}

impl<'a> Picker<'a> {
    fn new(file: &'a str, wanted: Option<&'a str>, named: bool) -> eyre::Result<Self> {
        if let (Some(symbol), false) = (wanted, named) {
            // One series without a name of its own: its file's name is all there is to hold the symbol against.
            let stem = Path::new(file)
                .file_name()
                .map(|name| name.to_string_lossy().to_uppercase());
            if symbol.is_empty() || !stem.is_some_and(|stem| stem.contains(&symbol.to_uppercase()))
            {
                return Err(input(format!(
                    "symbol: {file} has no column `sym` and no `{symbol}` in its name; leave --symbol out to replay it"
                )));
            }
        }
        let wanted = wanted.filter(|_| named);
        Ok(Self {
            file,
            wanted,
            seen: BTreeSet::new(),
            covered: None,
            bars: Vec::new(),
        })
    }

    /// Whether a line of `symbol` belongs to the series asked for. With none asked for the first one is taken, and
    /// [`Picker::finish`] refuses a file that holds another.
    fn wants(&mut self, symbol: Option<&str>) -> bool {
        let Some(symbol) = symbol else { return true };
        if !self.seen.contains(symbol) {
            self.seen.insert(symbol.to_owned());
        }
        match self.wanted {
            Some(wanted) => wanted == symbol,
            None => self.seen.len() == 1,
        }
    }

    fn take(&mut self, place: Place<'_>, bar: Bar, range: Range) -> eyre::Result<()> {
        let (first, last) = self.covered.unwrap_or((bar.time, bar.time));
        self.covered = Some((first.min(bar.time), last.max(bar.time)));
        if bar.time < range.from || bar.time >= range.to {
            return Ok(());
        }
        if let Some(before) = self.bars.last() {
            if bar.time == before.time {
                return Err(place.error(&format!("time {} stands there twice", instant(bar.time))));
            }
            if bar.time < before.time {
                return Err(place.error(&format!(
                    "time {} comes after {}: times must rise; sort the file, or choose a stretch with --from and --to",
                    instant(bar.time),
                    instant(before.time)
                )));
            }
        }
        self.bars.push(bar);
        Ok(())
    }

    fn finish(self, range: Range) -> eyre::Result<Vec<Bar>> {
        let symbols = || {
            let names: Vec<&str> = self
                .seen
                .iter()
                .take(SYMBOLS_SHOWN)
                .map(String::as_str)
                .collect();
            names.join(", ")
        };
        match self.wanted {
            Some(wanted) if !self.seen.contains(wanted) => {
                return Err(input(format!(
                    "symbol: {} has no `{wanted}`; it holds {}",
                    self.file,
                    symbols()
                )));
            }
            None if self.seen.len() > 1 => {
                return Err(input(format!(
                    "symbol: {} holds {}; choose one with --symbol",
                    self.file,
                    symbols()
                )));
            }
            _ => {}
        }
        if !self.bars.is_empty() {
            return Ok(self.bars);
        }
        let Some((first, last)) = self.covered else {
            return Err(input(format!("replay: {} holds no prices", self.file)));
        };
        let until = if range.to == TIME_MAX {
            "its end".to_owned()
        } else {
            instant(range.to)
        };
        Err(input(format!(
            "from, to: {} has no prices from {} until {until}; it covers {} to {}",
            self.file,
            instant(range.from),
            instant(first),
            instant(last)
        )))
    }
}

#[cfg(test)]
mod tests;
