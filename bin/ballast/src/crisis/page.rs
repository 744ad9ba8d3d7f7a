//! The table of a crisis as a page that stands alone.

use std::fmt::Write as _;

use super::report::{CrisisReport, PresetReport};

/// Ink, paper, greys and one accent; red only where something that must be zero is not.
const STYLE: &str = "
:root { color-scheme: light dark; --paper: #fbfbf9; --ink: #16191d; --soft: #5b636b; --line: #d9dcdf; --accent: #0b6e72;
  --breach: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e9ebec; --soft: #9aa3ab; --line: #2d3338;
  --accent: #5fc2c6; --breach: #f2857d; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 56rem; margin: 0 auto; padding: 48px 24px; }
h1 { font-size: 28px; font-weight: 600; margin: 0 0 8px; }
p, li { color: var(--soft); max-width: 42rem; }
table { border-collapse: collapse; width: 100%; margin: 32px 0; }
caption { text-align: left; color: var(--soft); padding-bottom: 8px; }
th, td { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; font-weight: 400; }
thead th { font-weight: 600; border-bottom: 2px solid var(--accent); }
td.must { color: var(--accent); }
td.breach { color: var(--breach); font-weight: 600; }
@media (max-width: 40rem) { th, td { padding-right: 8px; font-size: 14px; } }
";

/// Rows that must be zero.
const MUST_BE_ZERO: [&str; 3] = ["zero bids", "duplicate sends", "mismatches"];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// One row over all presets.
fn row(name: &str, values: &[String]) -> String {
    let mut text = format!("<tr><th scope=\"row\">{}</th>", escaped(name));
    for value in values {
        let class = match (MUST_BE_ZERO.contains(&name), value.as_str()) {
            (true, "0") => " class=\"must\"",
            (true, _) => " class=\"breach\"",
            (false, _) => "",
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "<td{class}>{}</td>", escaped(value));
    }
    text.push_str("</tr>\n");
    text
}

/// The page.
pub fn page(report: &CrisisReport) -> String {
    let title = format!("{}, {} to {}", report.scenario, report.first, report.last);
    let title = escaped(&title);
    let mut heads = String::from("<th></th>");
    for preset in &report.presets {
        let _ = write!(heads, "<th scope=\"col\">{}</th>", escaped(preset.preset));
    }
    let columns: Vec<_> = report.presets.iter().map(PresetReport::rows).collect();
    let mut rows = String::new();
    if let Some(first) = columns.first() {
        for (index, (name, _)) in first.iter().enumerate() {
            let values: Vec<String> = columns
                .iter()
                .filter_map(|column| column.get(index))
                .map(|(_, value)| value.clone())
                .collect();
            rows.push_str(&row(name, &values));
        }
    }
    let assumed: String = report
        .assumptions
        .iter()
        .map(|one| format!("<li>{}</li>\n", escaped(one)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p>The same vaults, recorded prices and recorded gas under each preset, on a local chain with the real contracts. \
         The control sells the same vaults on the same path by an English auction. Amounts in synthetics unless a unit \
         follows.</p>\n\
         <table>\n<caption>{} moments, seed {}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n<p>Assumed, because it was not recorded:</p>\n<ul>\n{assumed}</ul>\n\
         <p>Recomputed by <code>ballast up --once --scenario {} --seed {}</code>.</p>\n</main>\n</body>\n</html>\n",
        report.moments,
        report.seed,
        escaped(report.scenario),
        report.seed,
    )
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn what_must_be_zero_and_is_not_shows_at_once_and_nothing_is_taken_for_markup() {
        assert!(row("zero bids", &["0".to_owned()]).contains("class=\"must\""));
        assert!(row("zero bids", &["3".to_owned()]).contains("class=\"breach\""));
        let plain = row("vaults", &["<b>".to_owned()]);
        assert!(
            plain.contains("&lt;b&gt;") && !plain.contains("class"),
            "{plain}"
        );
    }
}
