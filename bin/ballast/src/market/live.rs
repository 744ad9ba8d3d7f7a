//! The market while it plays: a table refreshed in place and a bar on a terminal, plain lines elsewhere.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use ballast_types::decimal;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::books::Books;
use super::report::{market_price, premium};
use super::stage::Stage;
use super::view::{View, WAD, float};
use crate::output::{Lines, Output};
use crate::units::instant;

/// How often the table is drawn.
const REFRESH: Duration = Duration::from_millis(200);
/// Plain lines over the whole path.
const PLAIN_LINES: u64 = 10;

/// Shows a market in progress on standard error.
#[derive(Debug)]
pub struct Live {
    out: Output,
    /// The table and the bar; none where there is no terminal.
    drawn: Option<(ProgressBar, ProgressBar)>,
    /// The table below the report, once the path has ended.
    standing: Option<ProgressBar>,
    /// Whether plain lines may be written.
    plain: bool,
    bars: u64,
    last: Option<Instant>,
}

impl Live {
    /// A view of a market of `bars` bars. `quiet` writes no plain lines.
    pub fn new(out: Output, bars: u64, quiet: bool) -> Self {
        let drawn = std::io::stderr().is_terminal().then(|| {
            let both = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let table = both.add(drawn_table());
            let bar = both.add(ProgressBar::new(bars));
            // The template is constant and parses; without it the plain look remains.
            if let Ok(style) =
                ProgressStyle::with_template("[{bar:40}] {pos}/{len} bars, {eta} left")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            (table, bar)
        });
        Self {
            out,
            drawn,
            standing: None,
            plain: !quiet,
            bars,
            last: None,
        }
    }

    /// Shows the state after `done` bars.
    pub fn show(&mut self, done: u64, time: u64, stage: &Stage, views: &[View], books: &Books) {
        if let Some((table, bar)) = &self.drawn {
            bar.set_position(done);
            let due = self.last.is_none_or(|last| last.elapsed() >= REFRESH);
            if due || done == self.bars {
                table.set_message(summary(time, stage, views, books));
                self.last = Some(Instant::now());
            }
        } else if self.plain {
            let step = (self.bars / PLAIN_LINES).max(1);
            if done.is_multiple_of(step) || done == self.bars {
                self.out.note(&line(done, self.bars, time, stage, views));
            }
        }
    }

    /// The path has ended: table and bar make room for the report, which anything still drawn would overwrite.
    pub fn end(&self) {
        if let Some((table, bar)) = &self.drawn {
            bar.finish_and_clear();
            table.finish_and_clear();
        }
    }

    /// Shows a market whose path has ended; `news` says whether anything changed.
    pub fn stand(&mut self, news: bool, time: u64, stage: &Stage, views: &[View], books: &Books) {
        if self.drawn.is_some() {
            let table = self.standing.get_or_insert_with(drawn_table);
            table.set_message(summary(time, stage, views, books));
        } else if self.plain && news {
            self.out
                .note(&line(self.bars, self.bars, time, stage, views));
        }
    }
}

/// A line, or several, that is its message and nothing else.
fn drawn_table() -> ProgressBar {
    let table = ProgressBar::new_spinner();
    // The template is constant and parses; without it the plain look remains.
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        table.set_style(style);
    }
    table
}

/// One line for all tokens.
fn line(done: u64, bars: u64, time: u64, stage: &Stage, views: &[View]) -> String {
    let mut text = format!("bar {done} of {bars}, {}", instant(time));
    for (index, (token, view)) in stage.tokens.iter().zip(views).enumerate() {
        let asset = stage.asset(index, 0).symbol;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "; {} {} {asset}, {:+.1} % over the floor",
            token.spec.symbol,
            short(&market_price(stage, index, view)),
            premium(stage, index, view) * 100.0
        );
    }
    text
}

/// A decimal cut to six significant digits.
fn short(text: &str) -> String {
    let mut digits = 0;
    let mut kept = String::new();
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    for character in text.chars() {
        let counts = character.is_ascii_digit() && (digits > 0 || character != '0');
        digits += usize::from(counts);
        if digits > 6 && kept.len() > whole.len() {
            break;
        }
        kept.push(character);
    }
    kept.trim_end_matches('.').to_owned()
}

/// The table of all tokens.
pub fn summary(time: u64, stage: &Stage, views: &[View], books: &Books) -> String {
    let mut lines = Lines::new();
    lines.plain(&format!(
        "{}   {} loans open",
        instant(time),
        open_loans(stage, books)
    ));
    let rows: Vec<Vec<String>> = (0..stage.tokens.len())
        .filter_map(|index| {
            views
                .get(index)
                .map(|view| row(stage, books, index, view, time))
        })
        .collect();
    let names = [
        "token", "floor", "market", "premium", "reserve", "loans", "auction", "for sale", "trades",
    ];
    lines.table(&names, &rows);
    lines.text()
}

fn open_loans(stage: &Stage, books: &Books) -> usize {
    (0..stage.tokens.len())
        .map(|token| books.loans.of(token).count())
        .sum()
}

fn row(stage: &Stage, books: &Books, index: usize, view: &View, time: u64) -> Vec<String> {
    let (token, book) = (&stage.tokens[index], &books.tokens[index]);
    let first = stage.asset(index, 0);
    let floor = view.floor_value(stage, index) * 10_f64.powi(18 - i32::from(first.decimals));
    let reserve: Vec<String> = view
        .ledger
        .iter()
        .enumerate()
        .map(|(at, ledger)| {
            let asset = stage.asset(index, at);
            format!(
                "{} {}",
                short(&decimal::format(ledger.total, asset.decimals)),
                asset.symbol
            )
        })
        .collect();
    let multiple = float(book.auction.multiple_at(time)) / WAD as f64;
    let lots = float(view.for_sale) / float(book.auction.lot).max(1.0);
    vec![
        token.spec.symbol.to_owned(),
        short(&format!("{floor:.12}")),
        format!(
            "{} {}",
            short(&market_price(stage, index, view)),
            first.symbol
        ),
        format!("{:+.1} %", premium(stage, index, view) * 100.0),
        reserve.join(" + "),
        books.loans.of(index).count().to_string(),
        format!("{multiple:.2} x floor"),
        format!("{lots:.1} lots"),
        book.swaps.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn long_decimals_are_cut_and_whole_digits_kept() {
        assert_eq!(short("0.000123456789"), "0.000123456");
        assert_eq!(short("123456789.123"), "123456789");
        assert_eq!(short("1.5"), "1.5");
        assert_eq!(short("0"), "0");
    }
}
