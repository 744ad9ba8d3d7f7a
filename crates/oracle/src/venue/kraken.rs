//! Kraken.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::{Heard, Numbers, Venue, VenueError, parse, second_of};
use crate::Kind;
use crate::number::Exact;
use crate::quote::Quote;

/// Assets that its REST interface knows under names of its own.
const OWN_NAMES: [(&str, &str); 2] = [("BTC", "XBT"), ("DOGE", "XDG")];

/// The protocol.
#[derive(Debug)]
pub(super) struct Kraken;

/// Any answer over REST.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Answer<T> {
    error: Vec<String>,
    #[serde(default = "BTreeMap::new")]
    result: BTreeMap<String, T>,
}

/// The parts of a ticker that are read. Each holds several numbers.
#[derive(Deserialize)]
struct Ticker {
    /// Ask, then lots.
    a: Vec<Exact>,
    /// Bid, then lots.
    b: Vec<Exact>,
    /// Last trade, then its size.
    c: Vec<Exact>,
    /// Volume of today and of the last 24 hours.
    v: Vec<Exact>,
}

/// An entry of the result of `/0/public/Trades`: trades under the pair's name, and where the next page begins.
#[derive(Deserialize)]
#[serde(untagged)]
enum Trades {
    /// Price, size, time, side, order, remark and number.
    Trades(Vec<Vec<serde_json::Value>>),
    /// The next page.
    Page(serde::de::IgnoredAny),
}

/// Any message of a stream.
#[derive(Deserialize)]
struct Message {
    channel: Option<String>,
    method: Option<String>,
    success: Option<bool>,
    error: Option<String>,
}

/// A message of the channel `ticker`.
#[derive(Deserialize)]
struct Event {
    data: Vec<Row>,
}

/// One symbol of it.
#[derive(Deserialize)]
struct Row {
    symbol: String,
    bid: Exact,
    ask: Exact,
    last: Exact,
    volume: Exact,
    timestamp: String,
}

fn missing(what: &str) -> VenueError {
    VenueError::malformed(format!("it has no {what}"))
}

/// The result of an answer, unless it is an error.
fn result<T: for<'a> Deserialize<'a>>(text: &str) -> Result<BTreeMap<String, T>, VenueError> {
    let answer: Answer<T> = parse(text)?;
    if let Some(words) = answer.error.first() {
        return Err(VenueError::refused(words));
    }
    Ok(answer.result)
}

/// The unix second of the last trade in an answer of `/0/public/Trades`. Its ticker over REST has no time.
fn last_trade(text: &str) -> Result<u64, VenueError> {
    let time = result::<Trades>(text)?
        .into_values()
        .filter_map(|entry| match entry {
            Trades::Trades(trades) => trades.into_iter().last(),
            Trades::Page(_) => None,
        })
        .find_map(|trade| trade.into_iter().nth(2))
        .ok_or_else(|| missing("trade"))?;
    // A number with decimals; only the whole seconds are wanted.
    let text = time.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().map_err(|_| missing("time of a trade"))
}

impl Venue for Kraken {
    fn kind(&self) -> Kind {
        Kind::Kraken
    }

    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}/{quote}")
    }

    fn questions(&self, symbol: &str) -> Vec<String> {
        let (base, quote) = symbol.split_once('/').unwrap_or((symbol, ""));
        let own = OWN_NAMES.iter().find(|(name, _)| *name == base);
        let base = own.map_or(base, |(_, own)| *own);
        vec![
            format!("/0/public/Ticker?pair={base}{quote}"),
            format!("/0/public/Trades?pair={base}{quote}&count=1"),
        ]
    }

    fn read_answers(&self, _symbol: &str, answers: &[String]) -> Result<Quote, VenueError> {
        let [ticker, trades] = answers else {
            return Err(VenueError::malformed("not two answers"));
        };
        let time = last_trade(trades)?;
        let mut found = result::<Ticker>(ticker)?.into_values();
        // The pair's name in the answer is another than in the question, but there is only one.
        let (Some(ticker), None) = (found.next(), found.next()) else {
            return Err(VenueError::malformed("not one pair"));
        };
        let numbers = Numbers {
            last: ticker.c.first().ok_or_else(|| missing("last trade"))?,
            bid: ticker.b.first().ok_or_else(|| missing("bid"))?,
            ask: ticker.a.first().ok_or_else(|| missing("ask"))?,
            volume: ticker.v.get(1).ok_or_else(|| missing("volume"))?,
        };
        numbers.quote(time)
    }

    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let params = json!({"channel": "ticker", "symbol": symbols, "event_trigger": "bbo"});
        vec![json!({"method": "subscribe", "params": params}).to_string()]
    }

    fn read_message(&self, text: &str) -> Result<Heard, VenueError> {
        let message: Message = parse(text)?;
        match (message.channel.as_deref(), message.method) {
            (Some("ticker"), _) => {
                let event: Event = parse(text)?;
                let mut quotes = Vec::with_capacity(event.data.len());
                for row in event.data {
                    let numbers = Numbers {
                        last: &row.last,
                        bid: &row.bid,
                        ask: &row.ask,
                        volume: &row.volume,
                    };
                    let quote = numbers.quote(second_of(&row.timestamp)?)?;
                    quotes.push((row.symbol, quote));
                }
                Ok(Heard::Quotes(quotes))
            }
            (Some(_), _) => Ok(Heard::Nothing),
            (None, Some(_)) if message.success != Some(false) => Ok(Heard::Nothing),
            (None, Some(_)) => {
                let words = message.error.unwrap_or_default();
                Err(VenueError::refused(&words))
            }
            (None, None) => Err(VenueError::malformed("neither a channel nor an answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, Kraken, Venue, VenueError};

    #[test]
    fn the_venues_own_examples_are_read() {
        let event = r#"{"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.10025,
            "bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,"volume":997038.98383185,
            "vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,
            "timestamp":"2023-09-25T09:04:31.742648Z"}]}"#;
        let Ok(Heard::Quotes(quotes)) = Kraken.read_message(event) else {
            panic!("no quote");
        };
        let (symbol, quote) = &quotes[0];
        assert_eq!((symbol.as_str(), quote.time()), ("ALGO/USD", 1_695_632_671));
        assert_eq!(quote.price().to_string(), "100350000000000000");
        assert_eq!(quote.volume().to_string(), "997038983831850000000000");
        let ticker = r#"{"error":[],"result":{"XXBTZUSD":{"a":["30300.10000","1","1.000"],
            "b":["30300.00000","1","1.000"],"c":["30303.20000","0.00067643"],"v":["4083.67001100","4412.73601799"],
            "p":["30706.77771","30689.13205"],"t":[34619,38907],"l":["29868.30000","29868.30000"],
            "h":["31631.00000","31631.00000"],"o":"30502.80000"}}}"#;
        let trades = r#"{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",
            61044952]],"last":"1688671969993150842"}}"#;
        let quote = Kraken.read_answers("BTC/USD", &[ticker.to_owned(), trades.to_owned()]);
        let quote = quote.expect("a quote");
        assert_eq!(quote.time(), 1_688_669_597);
        assert_eq!(quote.price().to_string(), "30300100000000000000000");
        assert_eq!(quote.volume().to_string(), "4412736017990000000000");
    }

    #[test]
    fn errors_come_with_a_status_of_success_and_are_seen() {
        let error = |words: &str| {
            let body = format!(r#"{{"error":["{words}"]}}"#);
            Kraken
                .read_answers("BTC/USD", &[body.clone(), body])
                .unwrap_err()
        };
        assert_eq!(error("EAPI:Rate limit exceeded"), VenueError::RateLimited);
        let words = "EQuery:Unknown asset pair".to_owned();
        assert_eq!(error(&words), VenueError::Refused { words });
        let refused =
            r#"{"method":"subscribe","success":false,"error":"Currency pair not supported"}"#;
        assert!(matches!(
            Kraken.read_message(refused),
            Err(VenueError::Refused { .. })
        ));
    }

    #[test]
    fn assets_with_names_of_its_own_are_asked_for_by_them() {
        assert_eq!(
            Kraken.questions("BTC/USD"),
            [
                "/0/public/Ticker?pair=XBTUSD",
                "/0/public/Trades?pair=XBTUSD&count=1"
            ]
        );
    }
}
