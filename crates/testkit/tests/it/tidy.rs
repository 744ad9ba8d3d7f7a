//! Reads the repository for lapses. Each check prints what it counted and lists every lapse at once.

#![allow(clippy::print_stdout)] // The counts are for the person who runs the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ballast_testkit::repository_root;
use regex::Regex;
use toml::Table;

/// Folders that hold what was built or installed, not what was written.
const NOT_OURS: [&str; 10] = [
    ".git",
    ".state",
    ".venv",
    "__pycache__",
    "artifacts",
    "cache",
    "generated",
    "node_modules",
    "out",
    "target",
];
/// Files written by a tool, which no person reads line by line.
const WRITTEN_BY_TOOLS: [&str; 3] = ["Cargo.lock", "package-lock.json", "results.json"];
/// What a person writes and another reads as text.
const TEXT: [&str; 17] = [
    "css", "html", "js", "json", "md", "mjs", "patch", "py", "rs", "sh", "sol", "sql", "svg",
    "toml", "ts", "tsx", "txt",
];
const CODE: [&str; 9] = ["js", "mjs", "py", "rs", "sh", "sol", "sql", "ts", "tsx"];

/// This file, which must name what it looks for.
const THIS: &str = file!();

const FILE_LINES_MAX: usize = 800;
const CONTRACT_CODE_LINES_MAX: usize = 400;
const SOLIDITY_FUNCTION_LINES_MAX: usize = 45;

/// Attacks tried by hand, and those tried by the stateful fuzzer.
const ATTACKS: [&str; 2] = ["contracts/test/attack/", "contracts/test/invariant/"];

/// Attacks on accrual tokens that have a test: those of the specification less T37 and T39, which need the
/// launch event.
fn required_attacks() -> Vec<u32> {
    (1..=19)
        .chain(21..=33)
        .chain([36, 38, 41, 47, 48, 49])
        .collect()
}

/// Crates that know no network, clock, file or async runtime.
const PURE: [&str; 5] = ["types", "math", "model", "risk", "proofs"];
/// Crates that know those, and nothing above.
const FOUNDATION: [&str; 3] = ["bindings", "chain", "store"];
/// Services meet on the chain and in the store, never in each other.
const SERVICES: [&str; 6] = [
    "indexer",
    "oracle",
    "keeper",
    "reconcile",
    "inspect",
    "server",
];
/// Outside crates that a pure crate may not name, by prefix.
const IMPURE: [&str; 24] = [
    "alloy-provider",
    "alloy-rpc",
    "alloy-transport",
    "async",
    "axum",
    "chrono",
    "futures",
    "getrandom",
    "hyper",
    "mio",
    "notify",
    "postgres",
    "reqwest",
    "revm",
    "rusqlite",
    "smol",
    "sqlx",
    "tempfile",
    "time",
    "tokio",
    "tower",
    "tracing-subscriber",
    "ureq",
    "walkdir",
];

struct File {
    path: String,
    text: String,
}

impl File {
    fn is(&self, extensions: &[&str]) -> bool {
        extension(Path::new(&self.path)).is_some_and(|ext| extensions.contains(&ext.as_str()))
    }
}

fn extension(path: &Path) -> Option<String> {
    path.extension()
        .map(|ext| ext.to_string_lossy().into_owned())
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir)
        .expect("a folder that can be read")
        .flatten()
    {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_symlink() || NOT_OURS.contains(&name.as_ref()) || name.starts_with("mutants.out")
        {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file that somebody wrote, with its path from the root.
fn written() -> Vec<File> {
    let root = repository_root();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let named = |path: &PathBuf| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let readable = |path: &PathBuf| {
        let plain = ["Makefile", "run", "LICENSE-MIT", ".gitignore", ".npmrc"]
            .contains(&named(path).as_str());
        let text = plain || extension(path).is_some_and(|ext| TEXT.contains(&ext.as_str()));
        text && !WRITTEN_BY_TOOLS.contains(&named(path).as_str())
    };
    let relative = |path: &PathBuf| {
        path.strip_prefix(&root)
            .expect("below the root")
            .to_string_lossy()
            .into_owned()
    };
    paths
        .iter()
        .filter(|path| readable(path))
        .filter_map(|path| {
            Some(File {
                path: relative(path),
                text: fs::read_to_string(path).ok()?,
            })
        })
        .collect()
}

fn report(counted: &str, lapses: &[String]) {
    println!("tidy: {counted}, {} lapses", lapses.len());
    assert!(
        lapses.is_empty(),
        "{} lapses:\n  {}",
        lapses.len(),
        lapses.join("\n  ")
    );
}

/// Solidity with comments and string contents blanked, line breaks kept.
fn bare(source: &str) -> String {
    let noise = Regex::new(r#"(?s)/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"#)
        .expect("a valid pattern");
    noise
        .replace_all(source, |hit: &regex::Captures<'_>| {
            "\n".repeat(hit[0].matches('\n').count())
        })
        .into_owned()
}

fn code_lines(bare: &str) -> usize {
    bare.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The index just after the block that opens at or after `start`, or after the `;` that ends a bodiless header.
fn end_of_block(bare: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bare.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    bare.len()
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let files = written();
    let long: Vec<_> = files
        .iter()
        .filter(|file| file.is(&CODE))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(file, lines)| format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.path))
        .collect();
    report(
        &format!(
            "{} source files",
            files.iter().filter(|file| file.is(&CODE)).count()
        ),
        &long,
    );
}

#[test]
fn unfinished_work_names_its_issue() {
    let marker =
        Regex::new(r"\b(TODO|FIXME|XXX)\b(?P<issue>\s*\(#\d+\))?").expect("a valid pattern");
    let (mut marked, mut lapses) = (0, Vec::new());
    for file in written()
        .iter()
        .filter(|file| file.is(&CODE) && file.path != THIS)
    {
        for (number, line) in file.text.lines().enumerate() {
            for hit in marker.captures_iter(line) {
                marked += 1;
                if hit.name("issue").is_none() {
                    lapses.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
                }
            }
        }
    }
    report(&format!("{marked} marks of unfinished work"), &lapses);
}

#[test]
fn contracts_and_their_functions_stay_short() {
    let function = Regex::new(r"(?m)^\s*(function\s+\w+|constructor|receive|fallback)\s*\(")
        .expect("a valid pattern");
    let (mut contracts, mut functions, mut lapses) = (0, 0, Vec::new());
    for file in written()
        .iter()
        .filter(|file| file.path.starts_with("contracts/src/"))
    {
        let bare = bare(&file.text);
        contracts += 1;
        if code_lines(&bare) > CONTRACT_CODE_LINES_MAX {
            lapses.push(format!(
                "{}: {} code lines, at most {CONTRACT_CODE_LINES_MAX}",
                file.path,
                code_lines(&bare)
            ));
        }
        for header in function.captures_iter(&bare) {
            let (name, start) = (
                header[1].to_string(),
                header.get(1).expect("the name").start(),
            );
            let lines = bare[start..end_of_block(&bare, start)].lines().count();
            functions += 1;
            if lines > SOLIDITY_FUNCTION_LINES_MAX {
                lapses.push(format!(
                    "{}: {name}: {lines} lines, at most {SOLIDITY_FUNCTION_LINES_MAX}",
                    file.path
                ));
            }
        }
    }
    report(
        &format!("{contracts} Solidity files with {functions} functions"),
        &lapses,
    );
}

#[test]
fn every_solidity_file_states_its_licence() {
    let files = written();
    let sources: Vec<_> = files.iter().filter(|file| file.is(&["sol"])).collect();
    let lapses: Vec<_> = sources
        .iter()
        .filter(|file| {
            !file
                .text
                .starts_with("// SPDX-License-Identifier: MIT OR Apache-2.0\n")
        })
        .map(|file| format!("{}: first line is not the SPDX line", file.path))
        .collect();
    report(&format!("{} Solidity files", sources.len()), &lapses);
}

#[test]
fn no_contract_asks_who_started_the_transaction_or_whether_a_caller_has_code() {
    let gate = Regex::new(r"\btx\s*\.\s*origin\b|\.\s*code\s*\.\s*length\b|\bextcode(size|hash)\b|\.\s*codehash\b|\borigin\s*\(\s*\)")
        .expect("a valid pattern");
    // What a market or a price is wired to must be a contract: terms are not a caller.
    let wiring = Regex::new(r"\bterms\.\w+\.code\.length\b").expect("a valid pattern");
    let (mut contracts, mut lapses) = (0, Vec::new());
    for file in written()
        .iter()
        .filter(|file| file.path.starts_with("contracts/src/"))
    {
        contracts += 1;
        for (number, line) in bare(&file.text)
            .lines()
            .enumerate()
            .filter(|(_, line)| gate.is_match(&wiring.replace_all(line, "")))
        {
            lapses.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
        }
    }
    report(
        &format!("{contracts} Solidity files without origin or code-size gates"),
        &lapses,
    );
}

#[test]
fn every_attack_has_its_test_and_its_weakness() {
    let files = written();
    let name = Regex::new(r"function\s+\w*?[tT](\d\d)_\w+\s*\(").expect("a valid pattern");
    let mut tests: BTreeMap<u32, usize> = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| ATTACKS.iter().any(|folder| file.path.starts_with(folder)))
    {
        for hit in name.captures_iter(&bare(&file.text)) {
            *tests
                .entry(hit[1].parse().expect("two digits"))
                .or_default() += 1;
        }
    }
    let weaknesses: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let required = required_attacks();
    let mut lapses = Vec::new();
    for number in &required {
        if !tests.contains_key(number) {
            lapses.push(format!(
                "T{number:02}: no test named t{number:02}_ in contracts/test"
            ));
        }
        let patch = format!("contracts/test/weakened/t{number:02}.patch");
        if !weaknesses.contains(patch.as_str()) {
            lapses.push(format!("T{number:02}: no {patch}"));
        }
    }
    let (covered, count) = (
        required
            .iter()
            .filter(|number| tests.contains_key(number))
            .count(),
        tests.values().sum::<usize>(),
    );
    report(
        &format!(
            "{covered} of {} attacks covered by {count} tests",
            required.len()
        ),
        &lapses,
    );
}

/// The `[package]` name, runtime and test dependencies of every workspace member, by folder.
fn manifests() -> BTreeMap<String, Table> {
    let manifest = |file: &File| {
        let folder = file.path.strip_suffix("/Cargo.toml")?;
        Some((
            folder.to_string(),
            file.text
                .parse()
                .unwrap_or_else(|error| panic!("{}: {error}", file.path)),
        ))
    };
    written().iter().filter_map(manifest).collect()
}

fn dependencies(manifest: &Table, section: &str) -> Vec<String> {
    manifest
        .get(section)
        .and_then(|names| names.as_table())
        .map(|names| names.keys().cloned().collect())
        .unwrap_or_default()
}

/// Why `folder` may not depend on `dependency` at run time, if it may not.
fn forbidden(folder: &str, dependency: &str) -> Option<&'static str> {
    let own = dependency.strip_prefix("ballast-");
    if own == Some("testkit") {
        return Some("testkit is for tests only");
    }
    let crate_name = folder.strip_prefix("crates/")?;
    if PURE.contains(&crate_name) {
        let impure =
            dependency == "alloy" || IMPURE.iter().any(|prefix| dependency.starts_with(prefix));
        let above = own.is_some_and(|own| !PURE.contains(&own));
        return (impure || above)
            .then_some("a pure crate knows no network, clock, file or async runtime");
    }
    if FOUNDATION.contains(&crate_name) {
        let above = own.is_some_and(|own| !PURE.contains(&own) && !FOUNDATION.contains(&own));
        return above.then_some("it depends downwards only");
    }
    let sideways = SERVICES.contains(&crate_name) && own.is_some_and(|own| SERVICES.contains(&own));
    sideways.then_some("services never depend on each other")
}

#[test]
fn dependencies_point_downwards_only() {
    let manifests = manifests();
    let (mut counted, mut lapses) = (0, Vec::new());
    for (folder, manifest) in &manifests {
        for dependency in dependencies(manifest, "dependencies")
            .iter()
            .chain(&dependencies(manifest, "build-dependencies"))
        {
            counted += 1;
            if let Some(reason) = forbidden(folder, dependency) {
                lapses.push(format!("{folder} depends on {dependency}: {reason}"));
            }
        }
    }
    report(
        &format!("{} crates with {counted} dependencies", manifests.len()),
        &lapses,
    );
}

#[test]
fn pure_crates_touch_no_file_clock_or_network() {
    let impure = Regex::new(
        r"\bstd::(fs|net|process|env)\b|\b(SystemTime|Instant)::now\b|\basync\s+(fn|move|\{)",
    )
    .expect("a valid pattern");
    let (mut counted, mut lapses) = (0, Vec::new());
    for file in written().iter().filter(|file| file.is(&["rs"])) {
        let pure = PURE
            .iter()
            .any(|name| file.path.starts_with(&format!("crates/{name}/src/")));
        if !pure {
            continue;
        }
        counted += 1;
        for (number, line) in file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| impure.is_match(line))
        {
            lapses.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
        }
    }
    report(&format!("{counted} files of pure crates"), &lapses);
}

#[test]
fn every_crate_is_documented_and_under_the_lints() {
    let root = repository_root();
    let manifests = manifests();
    let mut lapses = Vec::new();
    for (folder, manifest) in &manifests {
        let source = ["src/lib.rs", "src/main.rs"]
            .iter()
            .find_map(|file| fs::read_to_string(root.join(folder).join(file)).ok());
        let opening = source.unwrap_or_default();
        if !root.join(folder).join("README.md").is_file() {
            lapses.push(format!("{folder}: no README.md"));
        }
        if !(opening.starts_with("//!")
            || opening.contains("#![doc = include_str!(\"../README.md\")]"))
        {
            lapses.push(format!("{folder}: the crate root has no documentation"));
        }
        let inherits = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        if inherits != Some(true) {
            lapses.push(format!(
                "{folder}: Cargo.toml does not inherit the workspace's lints"
            ));
        }
    }
    report(&format!("{} crates", manifests.len()), &lapses);
}

#[test]
fn nothing_of_one_machine_stands_in_a_file() {
    let place = Regex::new(
        r##"(^|[\s'"`(=:])(/home/\w|/root/|/Users/\w|/work/|/tmp/\w)|registry\.(npmjs|yarnpkg)|pypi\.org|pythonhosted\.org|(static|index)\.crates\.io"##,
    )
    .expect("a valid pattern");
    let files = written();
    let mut lapses = Vec::new();
    for file in files.iter().filter(|file| file.path != THIS) {
        for (number, line) in file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| place.is_match(line))
        {
            lapses.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
        }
    }
    report(
        &format!(
            "{} files without a path or host of one machine",
            files.len()
        ),
        &lapses,
    );
}

#[test]
fn links_in_the_book_lead_somewhere() {
    let root = repository_root();
    let link = Regex::new(r##"\]\(([^)\s#]+)(?:#[^)\s]*)?\)|(?:src|href)="([^"#]+)""##)
        .expect("a valid pattern");
    let (mut counted, mut lapses) = (0, Vec::new());
    for file in written().iter().filter(|file| file.is(&["md"])) {
        let folder = root
            .join(&file.path)
            .parent()
            .expect("a folder")
            .to_path_buf();
        for hit in link.captures_iter(&file.text) {
            let target = hit
                .get(1)
                .or_else(|| hit.get(2))
                .expect("a target")
                .as_str();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            counted += 1;
            if !folder.join(target).exists() {
                lapses.push(format!("{}: {target}", file.path));
            }
        }
    }
    report(&format!("{counted} links"), &lapses);
}
