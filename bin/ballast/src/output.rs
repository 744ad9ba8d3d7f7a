//! The only place that prints. Results go to standard output, everything else to standard error; `--json` changes the
//! form and never the channel.

use std::fmt::Write as _;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::fail::{Shown, shown};

/// A result that can be shown to people and given to programs.
pub trait Report: Serialize {
    /// The text for people, without a newline at its end.
    fn human(&self) -> String;
}

/// How this run prints.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Prints JSON where `json` is set, text for people elsewhere.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are JSON.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a result.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn result(self, report: &impl Report) -> eyre::Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(report)?
        } else {
            report.human()
        };
        out(&text);
        Ok(())
    }

    /// Prints text as it is, whatever the form: a completion script.
    pub fn raw(self, text: &str) {
        out(text.trim_end_matches('\n'));
    }

    /// Tells people something that is no result.
    pub fn note(self, text: &str) {
        err(text);
    }

    /// Prints a failure.
    pub fn failure(self, report: &eyre::Report) -> u8 {
        let shown: Shown = shown(report);
        if self.json {
            #[derive(Serialize)]
            struct Wrapped<'a> {
                error: &'a Shown,
            }
            let text = serde_json::to_string_pretty(&Wrapped { error: &shown });
            err(&text.unwrap_or_else(|_| shown.message.clone()));
        } else {
            err(&format!("error: {}", shown.message));
        }
        shown.kind.exit_code()
    }

    /// A bar over `length` units of work on standard error; unseen where that is no terminal.
    pub fn bar(self, what: &str, length: u64) -> ProgressBar {
        let target = if self.json || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix:>12} [{bar:30}] {pos}/{len} {msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        bar
    }
}

#[allow(clippy::print_stdout)] // The one place that writes results.
fn out(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)] // The one place that writes everything else.
fn err(text: &str) {
    eprintln!("{text}");
}

/// Lines of a name and a value, values aligned.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
}

/// Width of the names.
const NAME_WIDTH: usize = 18;

impl Lines {
    /// No lines yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    pub fn add(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.start();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{name:<NAME_WIDTH$} {value}");
        self
    }

    /// Adds a line where there is a value.
    pub fn add_some(&mut self, name: &str, value: Option<impl std::fmt::Display>) -> &mut Self {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }

    /// Adds a heading after an empty line.
    pub fn heading(&mut self, text: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self
    }

    /// Adds a line as it is.
    pub fn plain(&mut self, text: &str) -> &mut Self {
        self.start();
        self.text.push_str(text);
        self
    }

    /// Adds a table: a row of names, then rows of values, numbers to the right.
    pub fn table(&mut self, names: &[&str], rows: &[Vec<String>]) -> &mut Self {
        let width = |column: usize| {
            let values = rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|value| value.chars().count());
            values
                .chain(names.get(column).map(|name| name.chars().count()))
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..names.len()).map(width).collect();
        let header: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        for row in std::iter::once(&header).chain(rows) {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(value, width)| format!("{value:<width$}"))
                .collect();
            self.plain(cells.join("  ").trim_end());
        }
        self
    }

    /// The text.
    pub fn text(self) -> String {
        self.text
    }

    fn start(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}
