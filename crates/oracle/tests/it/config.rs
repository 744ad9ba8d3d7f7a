//! Files that are refused, and those that are not.

use std::time::Duration;

use ballast_oracle::feed::Feed;
use ballast_oracle::{Clock, Config, Kind};

const EXAMPLE: &str = include_str!("../../../../examples/oracle-node.toml");

#[test]
fn the_example_is_taken_as_it_is() {
    let config = Config::parse(EXAMPLE).expect("the example");
    assert_eq!((config.clock, config.agree), (Clock::System, 2));
    assert_eq!(config.venues.len(), 3);
    let coinbase = &config.venues[1];
    assert_eq!(
        (coinbase.kind, coinbase.symbols.as_slice()),
        (
            Kind::Coinbase,
            ["BTC-USD".to_owned(), "ETH-USD".to_owned()].as_slice()
        )
    );
    assert!(
        coinbase
            .stream
            .as_ref()
            .is_some_and(|url| url.scheme() == "wss")
    );
    let binance = &config.venues[0];
    assert_eq!(binance.symbols, ["BTCUSDT", "ETHUSDT"]);
    assert_eq!(config.patience().silence, Duration::from_secs(5));
    assert_eq!(
        config.assets[0].push.deviation_wad.to_string(),
        "5000000000000000"
    );
    for venue in config.venues {
        // With encryption, and without a connection yet.
        Feed::new(venue).expect("a feed");
    }
}

/// Lines, and what is said to each.
const REFUSED: &[(&str, &str)] = &[
    (
        r#"name = "North Node""#,
        "name: must be 1 to 40 small letters, digits and dashes, not `North Node`",
    ),
    ("rpc = []", "rpc: must be 1 to 8 addresses, not 0"),
    (
        r#"rpc = ["ftp://x"]"#,
        "rpc[0]: must be an address that begins with https:// or http://",
    ),
    ("agree = 4", "agree: must be 1 to 3, not 4"),
    (r#"quorum = "0x12""#, "quorum: `0x12` is no address"),
    (
        r#"quorum = "0x0000000000000000000000000000000000000000""#,
        "quorum: must not be the zero address",
    ),
    (
        r#"listen = "9300""#,
        "listen: `9300` is no address with a port, such as 127.0.0.1:9300",
    ),
    (
        r#"clock = "sun""#,
        "clock: must be `system` or `chain`, not `sun`",
    ),
    ("poll_ms = 19", "poll_ms: must be 20 to 60000, not 19"),
    ("round_secs = 0", "round_secs: must be 1 to 3600, not 0"),
    (
        "takeover_ms = 600001",
        "takeover_ms: must be 0 to 600000, not 600001",
    ),
    (
        r#"peers = ["node"]"#,
        "peers[0]: must be an address that begins with https:// or http://",
    ),
    (
        r#"peer_bound = "0.6""#,
        "peer_bound: must be 0.0001 to 0.5, not `0.6`",
    ),
    (
        "max_fee_gwei = 0",
        "max_fee_gwei: must be 1 to 1000000, not 0",
    ),
    (
        r#"spend_per_hour = "-1""#,
        "spend_per_hour holds '-' at position 1; only digits and one point are read",
    ),
    (
        "confirmations = 65",
        "confirmations: must be 0 to 64, not 65",
    ),
    (
        "dev_account = 1",
        "keystore: and `dev_account` are both given; name one key",
    ),
    (
        "answer_ms = 5",
        "patience.answer_ms: must be 10 to 60000, not 5",
    ),
    (
        r#"kind = "ftx""#,
        "unknown variant `ftx`, expected one of `binance`, `coinbase`, `kraken`",
    ),
    (
        r#"rest = "http://api.binance.com""#,
        "venues.binance.rest: http:// is for this machine alone; use https://",
    ),
    (
        r#"pair = "eth-usd""#,
        "assets[0].pair: must be two symbols in capitals such as ETH/USD, not `eth-usd`",
    ),
    (
        r#"symbols = { ftx = "ETH" }"#,
        "assets[0].symbols: names the venue `ftx`, which is none of `venues`",
    ),
    (
        r#"symbols = { binance = "a b" }"#,
        "assets[0].symbols.binance: `a b` must be 1 to 24 letters, digits, `/` and `-`",
    ),
    (
        r#"symbols = { binance = "none" }"#,
        "assets[0].symbols: leaves 2 venues, at least 3 are needed",
    ),
    (
        r#"deviation = "0.2""#,
        "assets[0].deviation: must be 0.0001 to 0.1, not `0.2`",
    ),
    (
        "heartbeat_secs = 0",
        "assets[0].heartbeat_secs: must be 1 to 604800, not 0",
    ),
    (
        "sources_min = 4",
        "assets[0].sources_min: must be 2 to 3, not 4",
    ),
    (
        "sources_min = 1",
        "assets[0].sources_min: must be 2 to 3, not 1",
    ),
    (
        "age_secs_max = 0",
        "assets[0].age_secs_max: must be 1 to 86400, not 0",
    ),
    (
        r#"outlier = "1""#,
        "assets[0].outlier: must be 0.0001 to 0.5, not `1`",
    ),
    ("colour = 1", "unknown field `colour`"),
];

/// The example with one line replaced, or one more before the tables.
fn refused(line: &str) -> String {
    let (name, _) = line.split_once('=').expect("a setting");
    let is = |old: &str| {
        old.trim_start_matches("# ")
            .starts_with(&format!("{} =", name.trim()))
    };
    let mut changed = false;
    let mut lines: Vec<&str> = EXAMPLE
        .lines()
        .map(|old| {
            let hit = !changed && is(old);
            changed |= hit;
            if hit { line } else { old }
        })
        .collect();
    if !changed {
        lines.insert(0, line);
    }
    match Config::parse(&lines.join("\n")) {
        Ok(_) => panic!("{line} was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_bad_setting_is_refused_with_its_name_and_limit() {
    for (line, expected) in REFUSED {
        let error = refused(line);
        assert!(error.contains(expected), "{line}: {error}");
    }
    let poke = EXAMPLE
        .replace("aggregator =", "# aggregator =")
        .replace("# poke", "poke");
    let error = Config::parse(&poke).expect_err("no aggregator").to_string();
    assert_eq!(error, "poke: needs the `aggregator` to poke");
}
