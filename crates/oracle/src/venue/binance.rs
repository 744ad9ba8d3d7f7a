//! Binance's spot market data.

use serde::Deserialize;
use serde_json::json;

use super::{Heard, Numbers, Venue, VenueError, only, parse};
use crate::Kind;
use crate::number::Exact;
use crate::quote::Quote;

/// Milliseconds in a second: its times are in those.
const MILLIS: u64 = 1_000;

/// The protocol.
#[derive(Debug)]
pub(super) struct Binance;

/// The parts of the answer of `/api/v3/ticker/24hr` that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticker {
    symbol: String,
    last_price: Exact,
    bid_price: Exact,
    ask_price: Exact,
    volume: Exact,
    close_time: u64,
}

/// Any message of a stream.
#[derive(Deserialize)]
struct Message {
    #[serde(rename = "e")]
    event: Option<String>,
    /// The number of a request that is answered.
    id: Option<serde_json::Value>,
    error: Option<Trouble>,
    code: Option<i64>,
    msg: Option<String>,
}

/// Why a request was refused.
#[derive(Deserialize)]
struct Trouble {
    msg: String,
}

/// The parts of a ticker event that are read.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "c")]
    last: Exact,
    #[serde(rename = "b")]
    bid: Exact,
    #[serde(rename = "a")]
    ask: Exact,
    #[serde(rename = "v")]
    volume: Exact,
    #[serde(rename = "C")]
    close_time: u64,
}

fn second(millis: u64) -> u64 {
    millis.checked_div(MILLIS).unwrap_or(0)
}

impl Venue for Binance {
    fn kind(&self) -> Kind {
        Kind::Binance
    }

    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}{quote}")
    }

    fn questions(&self, symbol: &str) -> Vec<String> {
        vec![format!("/api/v3/ticker/24hr?symbol={symbol}")]
    }

    fn read_answers(&self, symbol: &str, answers: &[String]) -> Result<Quote, VenueError> {
        let ticker: Ticker = parse(only(answers)?)?;
        if ticker.symbol != symbol {
            return Err(VenueError::malformed("another symbol than was asked for"));
        }
        let numbers = Numbers {
            last: &ticker.last_price,
            bid: &ticker.bid_price,
            ask: &ticker.ask_price,
            volume: &ticker.volume,
        };
        numbers.quote(second(ticker.close_time))
    }

    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let streams: Vec<String> = symbols
            .iter()
            .map(|symbol| format!("{}@ticker", symbol.to_lowercase()))
            .collect();
        vec![json!({"method": "SUBSCRIBE", "params": streams, "id": 1}).to_string()]
    }

    fn read_message(&self, text: &str) -> Result<Heard, VenueError> {
        let message: Message = parse(text)?;
        if let Some(trouble) = &message.error {
            return Err(VenueError::refused(&trouble.msg));
        }
        if let (Some(_), Some(words)) = (message.code, &message.msg) {
            return Err(VenueError::refused(words));
        }
        match message.event.as_deref() {
            Some("24hrTicker") => {
                let event: Event = parse(text)?;
                let numbers = Numbers {
                    last: &event.last,
                    bid: &event.bid,
                    ask: &event.ask,
                    volume: &event.volume,
                };
                let quote = numbers.quote(second(event.close_time))?;
                Ok(Heard::Quotes(vec![(event.symbol, quote)]))
            }
            Some(_) => Ok(Heard::Nothing),
            None if message.id.is_some() => Ok(Heard::Nothing),
            None => Err(VenueError::malformed("neither an event nor an answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Binance, Heard, Venue, VenueError};

    #[test]
    fn the_venues_own_examples_are_read() {
        let event = r#"{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018",
            "x":"0.0009","c":"0.0025","Q":"10","b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010","h":"0.0025",
            "l":"0.0010","v":"10000","q":"18","O":0,"C":1675216573749,"F":0,"L":18150,"n":18151}"#;
        let Ok(Heard::Quotes(quotes)) = Binance.read_message(event) else {
            panic!("no quote");
        };
        let (symbol, quote) = &quotes[0];
        assert_eq!((symbol.as_str(), quote.time()), ("BNBBTC", 1_675_216_573));
        assert_eq!(quote.price().to_string(), "2500000000000000");
        let accepted = Binance.read_message(r#"{"result":null,"id":1}"#);
        assert_eq!(accepted, Ok(Heard::Nothing));
    }

    #[test]
    fn refusals_and_other_symbols_are_no_quote() {
        let refused =
            Binance.read_message(r#"{"error":{"code":2,"msg":"Invalid request"},"id":1}"#);
        assert!(matches!(refused, Err(VenueError::Refused { .. })));
        let other = r#"{"symbol":"ETHBTC","lastPrice":"1","bidPrice":"1","askPrice":"1","volume":"1","closeTime":1}"#;
        let error = Binance.read_answers("BNBBTC", &[other.to_owned()]);
        assert!(error.unwrap_err().to_string().contains("another symbol"));
    }
}
