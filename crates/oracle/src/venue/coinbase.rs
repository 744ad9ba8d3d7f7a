//! Coinbase Exchange.

use serde::Deserialize;
use serde_json::json;

use super::{Heard, Numbers, Venue, VenueError, only, parse, second_of};
use crate::Kind;
use crate::number::Exact;
use crate::quote::Quote;

/// The protocol.
#[derive(Debug)]
pub(super) struct Coinbase;

/// The answer of `/products/ID/ticker`.
#[derive(Deserialize)]
struct Ticker {
    price: Exact,
    bid: Exact,
    ask: Exact,
    volume: Exact,
    time: String,
}

/// Any message of a stream.
#[derive(Deserialize)]
struct Message {
    r#type: String,
    message: Option<String>,
    reason: Option<String>,
}

/// A message of the channel `ticker`.
#[derive(Deserialize)]
struct Event {
    product_id: String,
    price: Exact,
    best_bid: Exact,
    best_ask: Exact,
    volume_24h: Exact,
    time: String,
}

impl Venue for Coinbase {
    fn kind(&self) -> Kind {
        Kind::Coinbase
    }

    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}-{quote}")
    }

    fn questions(&self, symbol: &str) -> Vec<String> {
        vec![format!("/products/{symbol}/ticker")]
    }

    fn read_answers(&self, _symbol: &str, answers: &[String]) -> Result<Quote, VenueError> {
        let ticker: Ticker = parse(only(answers)?)?;
        let numbers = Numbers {
            last: &ticker.price,
            bid: &ticker.bid,
            ask: &ticker.ask,
            volume: &ticker.volume,
        };
        numbers.quote(second_of(&ticker.time)?)
    }

    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        // Its heartbeats tell a quiet market from a dead stream.
        let channels = ["ticker", "heartbeat"];
        let asked = json!({"type": "subscribe", "product_ids": symbols, "channels": channels});
        vec![asked.to_string()]
    }

    fn read_message(&self, text: &str) -> Result<Heard, VenueError> {
        let message: Message = parse(text)?;
        match message.r#type.as_str() {
            "ticker" => {
                let event: Event = parse(text)?;
                let numbers = Numbers {
                    last: &event.price,
                    bid: &event.best_bid,
                    ask: &event.best_ask,
                    volume: &event.volume_24h,
                };
                let quote = numbers.quote(second_of(&event.time)?)?;
                Ok(Heard::Quotes(vec![(event.product_id, quote)]))
            }
            "error" => {
                let words = [message.message, message.reason].into_iter().flatten();
                Err(VenueError::refused(&words.collect::<Vec<_>>().join(": ")))
            }
            // New types of messages may come at any time.
            _ => Ok(Heard::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Coinbase, Heard, Venue, VenueError};

    #[test]
    fn the_venues_own_examples_are_read() {
        let event = r#"{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1285.22",
            "open_24h":"1310.79","volume_24h":"245532.79269678","low_24h":"1280.52","high_24h":"1313.8",
            "volume_30d":"9788783.60117027","best_bid":"1285.04","best_bid_size":"0.46688654","best_ask":"1285.27",
            "best_ask_size":"1.56637040","side":"buy","time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,
            "last_size":"11.4396987"}"#;
        let Ok(Heard::Quotes(quotes)) = Coinbase.read_message(event) else {
            panic!("no quote");
        };
        let (symbol, quote) = &quotes[0];
        assert_eq!((symbol.as_str(), quote.time()), ("ETH-USD", 1_666_222_102));
        assert_eq!(quote.price().to_string(), "1285220000000000000000");
        let rest = r#"{"ask":"6267.71","bid":"6265.15","volume":"53602.03940154","trade_id":86326522,
            "price":"6268.48","size":"0.00698254","time":"2020-03-20T00:22:57.833Z"}"#;
        let quote = Coinbase.read_answers("BTC-USD", &[rest.to_owned()]);
        // The last trade was above what anybody asks now.
        assert_eq!(
            quote.expect("a quote").price().to_string(),
            "6267710000000000000000"
        );
    }

    #[test]
    fn errors_and_new_messages_are_told_apart() {
        let error = r#"{"type":"error","message":"Failed to subscribe","reason":"ABC-USD is not a valid product"}"#;
        let error = Coinbase.read_message(error);
        assert!(matches!(error, Err(VenueError::Refused { .. })));
        let new = Coinbase.read_message(r#"{"type":"something new"}"#);
        assert_eq!(new, Ok(Heard::Nothing));
    }
}
