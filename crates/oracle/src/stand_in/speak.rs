//! What the three venues say, in their own shapes.

use alloy::primitives::U256;
use ballast_types::decimal;
use jiff::Timestamp;
use serde_json::json;

use super::{Told, key_of};
use crate::Kind;

/// Decimals of what a stand-in is told.
const DECIMALS: u8 = 18;
/// Bid and ask lie this part of the price beside it.
const HALF_SPREAD_PARTS: u64 = 10_000;

/// A number as the venue would print it, with its bid and ask.
struct Printed {
    price: String,
    bid: String,
    ask: String,
    volume: String,
    time: String,
    millis: u64,
}

impl Printed {
    fn of(told: &Told) -> Self {
        let parts = U256::from(HALF_SPREAD_PARTS);
        let spread = told.price.checked_div(parts).unwrap_or(U256::ZERO);
        let text = |value: U256| decimal::format(value, DECIMALS);
        let secs = i64::try_from(told.time).unwrap_or(i64::MAX);
        let time = Timestamp::from_second(secs).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            price: text(told.price),
            bid: text(told.price.saturating_sub(spread)),
            ask: text(told.price.saturating_add(spread)),
            volume: text(told.volume),
            time: format!("{time:.6}"),
            millis: told.time.saturating_mul(1_000),
        }
    }
}

/// A status and a body.
pub(super) type Answer = (u16, String);

/// What `path` with `query` gets.
pub(super) fn rest(
    kind: Kind,
    path: &str,
    query: &str,
    says: impl Fn(&str) -> Option<Told>,
) -> Answer {
    let named = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.replace("%2F", "/"))
            .unwrap_or_default()
    };
    match kind {
        Kind::Binance if path == "/api/v3/ticker/24hr" => {
            let symbol = named("symbol");
            says(&symbol).map_or_else(
                || {
                    let body = json!({"code": -1121, "msg": "Invalid symbol."});
                    (400, body.to_string())
                },
                |told| (200, binance_rest(&symbol, &told)),
            )
        }
        Kind::Coinbase => {
            let product = path
                .strip_prefix("/products/")
                .and_then(|rest| rest.strip_suffix("/ticker"));
            product.and_then(says).map_or_else(
                || (404, json!({"message": "NotFound"}).to_string()),
                |told| (200, coinbase_rest(&told)),
            )
        }
        Kind::Kraken if path == "/0/public/Ticker" => {
            kraken_rest(&named("pair"), says, kraken_ticker)
        }
        Kind::Kraken if path == "/0/public/Trades" => {
            kraken_rest(&named("pair"), says, kraken_trades)
        }
        _ => (404, json!({"error": "no such path"}).to_string()),
    }
}

fn binance_rest(symbol: &str, told: &Told) -> String {
    let printed = Printed::of(told);
    json!({
        "symbol": symbol,
        "priceChange": "0.00000000",
        "priceChangePercent": "0.000",
        "weightedAvgPrice": printed.price,
        "prevClosePrice": printed.price,
        "lastPrice": printed.price,
        "lastQty": "1.00000000",
        "bidPrice": printed.bid,
        "bidQty": "1.00000000",
        "askPrice": printed.ask,
        "askQty": "1.00000000",
        "openPrice": printed.price,
        "highPrice": printed.price,
        "lowPrice": printed.price,
        "volume": printed.volume,
        "quoteVolume": printed.volume,
        "openTime": printed.millis.saturating_sub(86_400_000),
        "closeTime": printed.millis,
        "firstId": 1,
        "lastId": 2,
        "count": 2,
    })
    .to_string()
}

fn coinbase_rest(told: &Told) -> String {
    let printed = Printed::of(told);
    json!({
        "ask": printed.ask,
        "bid": printed.bid,
        "volume": printed.volume,
        "trade_id": 1,
        "price": printed.price,
        "size": "1.00000000",
        "time": printed.time,
    })
    .to_string()
}

/// The older assets have names of four letters in Kraken's answers.
fn kraken_name(pair: &str) -> String {
    let key = key_of(pair);
    for (base, long) in [("BTC", "XXBT"), ("ETH", "XETH"), ("LTC", "XLTC")] {
        if let Some(quote) = key.strip_prefix(base)
            && matches!(quote, "USD" | "EUR")
        {
            return format!("{long}Z{quote}");
        }
    }
    key
}

fn kraken_rest(
    pair: &str,
    says: impl Fn(&str) -> Option<Told>,
    body: fn(&str, &Told) -> String,
) -> Answer {
    let found = says(pair).map(|told| body(&kraken_name(pair), &told));
    let unknown = || json!({"error": ["EQuery:Unknown asset pair"]}).to_string();
    // Kraken answers errors with 200, too.
    (200, found.unwrap_or_else(unknown))
}

fn kraken_ticker(name: &str, told: &Told) -> String {
    let printed = Printed::of(told);
    let ticker = json!({
        "a": [printed.ask, "1", "1.000"],
        "b": [printed.bid, "1", "1.000"],
        "c": [printed.price, "1.00000000"],
        "v": [printed.volume, printed.volume],
        "p": [printed.price, printed.price],
        "t": [1, 1],
        "l": [printed.price, printed.price],
        "h": [printed.price, printed.price],
        "o": printed.price,
    });
    json!({"error": [], "result": {name: ticker}}).to_string()
}

fn kraken_trades(name: &str, told: &Told) -> String {
    let printed = Printed::of(told);
    // The time is a number with decimals, which JSON's macro would make binary.
    format!(
        "{{\"error\":[],\"result\":{{\"{name}\":[[\"{}\",\"1.00000000\",{}.7277369,\"b\",\"m\",\"\",1]],\
         \"last\":\"{}000000\"}}}}",
        printed.price, told.time, printed.millis
    )
}

/// The answer to one who asked too often.
pub(super) fn rate_limited(kind: Kind) -> Answer {
    match kind {
        Kind::Binance => {
            let body = json!({"code": -1003, "msg": "Too many requests."});
            (429, body.to_string())
        }
        Kind::Coinbase => (
            429,
            json!({"message": "Public rate limit exceeded"}).to_string(),
        ),
        Kind::Kraken => (
            200,
            json!({"error": ["EAPI:Rate limit exceeded"]}).to_string(),
        ),
    }
}

/// What a client of a stream asked for, in the order it is to be answered.
pub(super) struct Subscribed {
    /// Symbols as the client wrote them.
    pub symbols: Vec<String>,
    /// The answers before the first ticker.
    pub replies: Vec<String>,
}

/// Reads a subscription; none where the text is none.
pub(super) fn subscription(kind: Kind, text: &str) -> Option<Subscribed> {
    let asked: serde_json::Value = serde_json::from_str(text).ok()?;
    let words = |value: &serde_json::Value| -> Vec<String> {
        let list = value.as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect()
    };
    match kind {
        Kind::Binance => {
            (asked.get("method")? == "SUBSCRIBE").then_some(())?;
            let symbols = words(asked.get("params")?);
            let symbols = symbols
                .iter()
                .filter_map(|name| name.strip_suffix("@ticker"));
            Some(Subscribed {
                symbols: symbols.map(str::to_uppercase).collect(),
                replies: vec![json!({"result": null, "id": asked.get("id")}).to_string()],
            })
        }
        Kind::Coinbase => {
            (asked.get("type")? == "subscribe").then_some(())?;
            let symbols = words(asked.get("product_ids")?);
            let channels: Vec<_> = words(asked.get("channels")?)
                .into_iter()
                .map(|name| json!({"name": name, "product_ids": symbols}))
                .collect();
            let reply = json!({"type": "subscriptions", "channels": channels});
            Some(Subscribed {
                symbols,
                replies: vec![reply.to_string()],
            })
        }
        Kind::Kraken => {
            (asked.get("method")? == "subscribe").then_some(())?;
            let symbols = words(asked.get("params")?.get("symbol")?);
            let replies = symbols.iter().map(|symbol| {
                let result = json!({"channel": "ticker", "snapshot": true, "symbol": symbol});
                json!({"method": "subscribe", "result": result, "success": true}).to_string()
            });
            Some(Subscribed {
                replies: replies.collect(),
                symbols,
            })
        }
    }
}

/// The first message of a connection, where the venue begins with one.
pub(super) fn greeting(kind: Kind) -> Option<String> {
    let status = json!([{"api_version": "v2", "system": "online", "version": "2.0.0"}]);
    let greeting = json!({"channel": "status", "type": "update", "data": status});
    (kind == Kind::Kraken).then(|| greeting.to_string())
}

/// What tells a client that a quiet stream lives, where the venue says so in a message.
pub(super) fn heartbeat(kind: Kind, symbol: &str, told: &Told) -> Option<String> {
    match kind {
        Kind::Binance => None,
        Kind::Coinbase => {
            let time = Printed::of(told).time;
            let beat = json!({"type": "heartbeat", "sequence": 1, "last_trade_id": 1,
                "product_id": symbol, "time": time});
            Some(beat.to_string())
        }
        Kind::Kraken => Some(json!({"channel": "heartbeat"}).to_string()),
    }
}

/// A ticker message; `first` for the one that answers a subscription.
pub(super) fn ticker(kind: Kind, symbol: &str, told: &Told, first: bool) -> String {
    let printed = Printed::of(told);
    match kind {
        Kind::Binance => json!({
            "e": "24hrTicker", "E": printed.millis, "s": symbol, "p": "0.0", "P": "0.0",
            "w": printed.price, "x": printed.price, "c": printed.price, "Q": "1",
            "b": printed.bid, "B": "1", "a": printed.ask, "A": "1", "o": printed.price,
            "h": printed.price, "l": printed.price, "v": printed.volume, "q": printed.volume,
            "O": printed.millis.saturating_sub(86_400_000), "C": printed.millis,
            "F": 1, "L": 2, "n": 2,
        })
        .to_string(),
        Kind::Coinbase => json!({
            "type": "ticker", "sequence": 1, "product_id": symbol, "price": printed.price,
            "open_24h": printed.price, "volume_24h": printed.volume, "low_24h": printed.price,
            "high_24h": printed.price, "volume_30d": printed.volume, "best_bid": printed.bid,
            "best_bid_size": "1", "best_ask": printed.ask, "best_ask_size": "1", "side": "buy",
            "time": printed.time, "trade_id": 1, "last_size": "1",
        })
        .to_string(),
        // Numbers, not text, as exact as they are.
        Kind::Kraken => format!(
            "{{\"channel\":\"ticker\",\"type\":\"{}\",\"data\":[{{\"symbol\":\"{symbol}\",\"bid\":{},\"bid_qty\":1.0,\
             \"ask\":{},\"ask_qty\":1.0,\"last\":{},\"volume\":{},\"vwap\":{},\"low\":{},\"high\":{},\"change\":0.0,\
             \"change_pct\":0.0,\"timestamp\":\"{}\"}}]}}",
            if first { "snapshot" } else { "update" },
            printed.bid,
            printed.ask,
            printed.price,
            printed.volume,
            printed.price,
            printed.price,
            printed.price,
            printed.time
        ),
    }
}

/// What is no ticker, another each time: `proper` is what would have been said.
pub(super) fn garbage(turn: u64, proper: &str, price: &str) -> String {
    let with = |other: &str| proper.replace(price, other);
    match turn.checked_rem(8).unwrap_or(0) {
        0 => "<html><body>502 Bad Gateway</body></html>".to_owned(),
        1 => "[".repeat(4_000),
        2 => with("-1"),
        3 => with("NaN"),
        4 => with("0"),
        5 => with(&"9".repeat(90)),
        6 => "{}".to_owned(),
        _ => proper.chars().take(proper.len().div_ceil(2)).collect(),
    }
}

/// The price as it stands in a message.
pub(super) fn printed_price(told: &Told) -> String {
    decimal::format(told.price, DECIMALS)
}
