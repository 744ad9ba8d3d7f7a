//! Files that are good, and every way in which one can be bad.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Bar, Query, parse_time, read};

struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn written(name: &str, content: &[u8]) -> Written {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("writes");
    Written {
        _folder: folder,
        path,
    }
}

fn query(file: &Written) -> Query<'_> {
    Query {
        file: &file.path,
        symbol: None,
        from: None,
        to: None,
    }
}

fn line(text: &str) -> String {
    let file = written("prices.csv", text.as_bytes());
    let message = read(&query(&file)).expect_err(text).to_string();
    assert!(message.contains("prices.csv"), "{message}");
    assert!(!message.contains('\n'), "{message}");
    message
        .split("prices.csv")
        .nth(1)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

const TWO: &str =
    "ts,sym,o,h,l,c,v\n0,A,1,2,1,2,9\n0,B,5,5,5,5,9\n3600,A,2,3,1,1,9\n86400,A,1,1,1,1,9\n";

#[test]
fn a_series_is_picked_by_symbol_and_days() {
    let file = written("two.csv", TWO.as_bytes());
    let all = read(&Query {
        symbol: Some("A"),
        ..query(&file)
    })
    .expect("A");
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0],
        Bar {
            time: 0,
            open: 1.0,
            high: 2.0,
            low: 1.0,
            close: 2.0
        }
    );
    let day = Query {
        symbol: Some("A"),
        from: Some("1970-01-01"),
        to: Some("1970-01-02"),
        ..query(&file)
    };
    assert_eq!(
        read(&day).expect("a day").len(),
        2,
        "the last day is not included"
    );
    let next = Query {
        symbol: Some("A"),
        from: Some("1970-01-02"),
        ..query(&file)
    };
    assert_eq!(
        read(&next).expect("the next").len(),
        1,
        "the first day is included"
    );
}

#[test]
fn compressed_and_plain_files_read_alike_whatever_their_name() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(TWO.as_bytes()).expect("compresses");
    let packed = written("odd.name", &encoder.finish().expect("compresses"));
    let plain = written("two.csv", TWO.as_bytes());
    let of = |file| {
        read(&Query {
            symbol: Some("A"),
            ..query(file)
        })
        .expect("reads")
    };
    assert_eq!(of(&packed), of(&plain));
}

#[test]
fn a_single_price_makes_a_flat_bar() {
    let file = written(
        "p.csv",
        b"t,price\n2023-03-09T05:00:00.000Z,1.5\n2023-03-09T05:15:00Z,1.25\n",
    );
    let bars = read(&query(&file)).expect("reads");
    assert_eq!(
        bars[0],
        Bar {
            time: 1_678_338_000,
            open: 1.5,
            high: 1.5,
            low: 1.5,
            close: 1.5
        }
    );
    assert_eq!(bars[1].time - bars[0].time, 900);
}

#[test]
fn times_are_read_in_every_common_form() {
    for text in [
        "1621382400",
        "2021-05-19T00:00",
        "2021-05-19T00:00:00Z",
        "2021-05-19 00:00:00.5",
    ] {
        assert_eq!(parse_time(text), Ok(1_621_382_400), "{text}");
    }
    for text in [
        "",
        "x",
        "1621382400000",
        "2021-05-19",
        "2021-05-19T24:00",
        "2021-05-19T1:00",
        "-5",
        "1.5",
    ] {
        assert!(parse_time(text).is_err(), "{text}");
    }
}

#[test]
fn wrong_columns_are_named() {
    assert!(
        line("time,o,h,l,c\n")
            .starts_with("line 1: no column `ts` or `t`; the columns are `time,o,h,l,c`")
    );
    assert!(line("ts,o,h,c\n").starts_with("line 1: no column `l`"));
    assert!(line("ts,o,h,l,c\n0,1,1,1\n").starts_with("line 2: 4 values, the header names 5"));
}

#[test]
fn wrong_values_are_named_with_their_line() {
    let bar = |cells: &str| line(&format!("ts,o,h,l,c\n0,1,1,1,1\n{cells}\n"));
    assert_eq!(bar("1,0,1,1,1"), "line 3: o: 0 must be more than 0");
    assert_eq!(bar("1,1,1,-2,1"), "line 3: l: -2 must be more than 0");
    assert_eq!(bar("1,1,NaN,1,1"), "line 3: h: `NaN` is not a number");
    assert_eq!(bar("1,1,1,1,"), "line 3: c: `` is not a number");
    assert_eq!(
        bar("1,1,2,1,3"),
        "line 3: h: 2 is not the highest of the four prices"
    );
    assert_eq!(
        bar("1,1,2,1.5,1"),
        "line 3: l: 1.5 is not the lowest of the four prices"
    );
    assert!(bar("x,1,1,1,1").starts_with("line 3: t: `x` is neither"));
    assert_eq!(
        bar("0,1,1,1,1"),
        "line 3: time 1970-01-01 00:00:00 UTC stands there twice"
    );
}

#[test]
fn times_that_fall_are_refused_in_the_range_only() {
    let text = "ts,price\n172800,1\n180000,1\n0,1\n3600,1\n";
    assert!(line(text).contains("line 4: time 1970-01-01 00:00:00 UTC comes after 1970-01-03"));
    let file = written("p.csv", text.as_bytes());
    let day = Query {
        from: Some("1970-01-03"),
        ..query(&file)
    };
    assert_eq!(read(&day).expect("a stretch in order").len(), 2);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let file = written("two.csv", TWO.as_bytes());
    let fail = |query: Query<'_>| read(&query).expect_err("refused").to_string();
    assert!(fail(query(&file)).ends_with("holds A, B; choose one with --symbol"));
    assert!(
        fail(Query {
            symbol: Some("C"),
            ..query(&file)
        })
        .ends_with("has no `C`; it holds A, B")
    );
    let empty = fail(Query {
        symbol: Some("B"),
        from: Some("1980-01-01"),
        ..query(&file)
    });
    assert!(
        empty.contains("no prices from 1980-01-01 00:00:00 UTC until its end"),
        "{empty}"
    );
    let reversed = Query {
        from: Some("2021-06-01"),
        to: Some("2021-05-01"),
        ..query(&file)
    };
    assert!(fail(reversed).starts_with("to: 2021-05-01 must be after from: 2021-06-01"));
    assert!(
        fail(Query {
            from: Some("2021-02-30"),
            ..query(&file)
        })
        .starts_with("from: `2021-02-30` is not")
    );
    assert_eq!(
        line(""),
        "line 1: no column `ts` or `t`; the columns are ``, needed are `ts` or `t`, and `o,h,l,c` or `price`"
    );
    assert_eq!(line("ts,price\n"), "holds no prices");
}

#[test]
fn a_file_without_symbols_answers_to_its_own_name_only() {
    let file = written("ETHUSDT_5m.csv", b"ts,price\n0,1\n");
    assert!(
        read(&Query {
            symbol: Some("eth"),
            ..query(&file)
        })
        .is_ok()
    );
    let error = read(&Query {
        symbol: Some("BNB"),
        ..query(&file)
    })
    .expect_err("another")
    .to_string();
    assert!(error.contains("no `BNB` in its name"), "{error}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let missing = folder.path().join("none.csv");
    let fail = |file: &std::path::Path| {
        read(&Query {
            file,
            symbol: None,
            from: None,
            to: None,
        })
        .expect_err("refused")
        .to_string()
    };
    assert!(fail(&missing).contains("none.csv cannot be read: No such file"));
    assert!(fail(folder.path()).ends_with("it is a folder"));
    let cut = written("cut.csv.gz", &[0x1f, 0x8b, 8, 0, 0]);
    assert!(fail(&cut.path).contains("cut.csv.gz cannot be read"));
    let binary = written("binary.csv", b"ts,price\n\xff\xfe,1\n");
    assert!(fail(&binary.path).contains("binary.csv cannot be read"));
}

/// Bars, lowest and highest price of one stretch of a recorded file.
#[allow(clippy::print_stderr)] // Whoever runs the tests must know what was skipped.
fn recorded(
    file: &str,
    symbol: Option<&str>,
    days: Option<(&str, &str)>,
) -> Option<(usize, f64, f64)> {
    let Some(folder) = ballast_testkit::data_dir() else {
        eprintln!("skipped: no recorded data; name its folder with BALLAST_DATA");
        return None;
    };
    let path = folder.join(file);
    let (from, to) = days.unzip();
    let bars = read(&Query {
        file: &path,
        symbol,
        from,
        to,
    })
    .expect(file);
    let low = bars.iter().map(|bar| bar.low).fold(f64::MAX, f64::min);
    let high = bars.iter().map(|bar| bar.high).fold(0.0, f64::max);
    Some((bars.len(), low, high))
}

#[test]
fn every_recorded_file_reads() {
    let may = Some(("2021-05-01", "2021-06-01"));
    let cases = [
        (
            "hourly_BTC_ETH_BNB_binance_2017-08_2025-12.csv.gz",
            Some("BNB"),
            may,
            744,
            211.7,
        ),
        (
            "hourly_14alts_binance_2021-04_2023-12.csv.gz",
            Some("LUNA"),
            None,
            23_551,
            0.000_04,
        ),
        (
            "crisis_2020-03_ETHUSDT_5m.csv.gz",
            Some("ETH"),
            None,
            14_523,
            86.0,
        ),
        (
            "crisis_2021-05_6assets_5m_0430_0530.csv.gz",
            Some("MATIC"),
            None,
            8_644,
            0.687_2,
        ),
        (
            "crisis_2022-05_USTUSDT_15m.csv.gz",
            None,
            None,
            13_412,
            0.225,
        ),
        (
            "crisis_2023-03_USDC_USD_coingecko.csv.gz",
            None,
            None,
            808,
            0.900_761_114_779_558,
        ),
        (
            "crash_days_ETH_10m_price_and_gas_7days.csv.gz",
            None,
            Some(("2021-05-19", "2021-05-20")),
            144,
            1_862.04,
        ),
    ];
    for (file, symbol, days, count, low) in cases {
        let Some(found) = recorded(file, symbol, days) else {
            return;
        };
        assert_eq!(found.0, count, "{file}");
        assert!((found.1 - low).abs() < low * 1e-9, "{file}: {}", found.1);
    }
}
