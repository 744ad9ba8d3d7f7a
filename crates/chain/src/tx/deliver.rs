//! Handing signed bytes to endpoints, and understanding what they say.

use std::time::Duration;

use alloy::primitives::Bytes;
use alloy::providers::Provider;
use alloy::transports::{RpcError, TransportErrorKind};
use tokio::sync::mpsc;

use crate::endpoint::Endpoint;
use crate::error::reason;

/// What an endpoint said to a transaction. Of several answers the greatest counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    /// No answer, or one that says nothing of the transaction: it may have been taken.
    Nothing(String),
    /// No node takes these bytes, now or later.
    Never(String),
    /// The account cannot pay for it.
    Funds(String),
    /// Its fee is too low for the pool, or for replacing what has its nonce.
    Underpriced,
    /// Its nonce is used.
    Spent,
    /// The endpoint has it.
    Taken,
}

/// What nodes say of a transaction that they have.
const KNOWN: [&str; 5] = [
    "already known",
    "alreadyknown",
    "already imported",
    "already exists",
    "known transaction",
];
/// What nodes say of a nonce that is used.
const SPENT: [&str; 4] = [
    "nonce too low",
    "oldnonce",
    "nonce is too low",
    "nonce has already been used",
];
/// What nodes say of a fee that is too low.
const UNDERPRICED: [&str; 8] = [
    "underpriced",
    "replacementnotallowed",
    "feetoolow",
    "fee too low",
    "less than block base fee",
    "lower than the minimum",
    "below configured minimum",
    "gas price too low",
];
/// What nodes say of an account that cannot pay.
const FUNDS: [&str; 4] = [
    "insufficient funds",
    "insufficientfunds",
    "upfront cost exceeds",
    "insufficient balance",
];
/// What nodes say of bytes that none of them takes.
const NEVER: [&str; 8] = [
    "intrinsic gas too low",
    "exceeds block gas limit",
    "gas limit is too high",
    "exceeds the configured cap",
    "oversized data",
    "type not supported",
    "gas floor",
    "exceeds maximum",
];

impl Said {
    /// The meaning of an error of `eth_sendRawTransaction`: every client has words of its own.
    pub fn of_message(message: &str) -> Self {
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if says(&KNOWN) {
            Self::Taken
        } else if says(&SPENT) {
            Self::Spent
        } else if says(&UNDERPRICED) {
            Self::Underpriced
        } else if says(&FUNDS) {
            Self::Funds(message.to_owned())
        } else if says(&NEVER) {
            Self::Never(message.to_owned())
        } else {
            Self::Nothing(message.to_owned())
        }
    }

    fn of(answer: Result<(), RpcError<TransportErrorKind>>) -> Self {
        match answer {
            Ok(()) => Self::Taken,
            Err(RpcError::ErrorResp(payload)) => Self::of_message(&payload.message),
            Err(other) => Self::Nothing(reason(&other)),
        }
    }
}

/// What came back from the endpoints that were asked.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// What counts of what they said.
    pub said: Said,
    /// How many said nothing useful before that was known.
    pub failures: u64,
}

/// Sends `raw` to all of `endpoints` at once. The first that takes it is enough: the others go on by themselves.
pub(super) async fn deliver(endpoints: &[Endpoint], raw: &Bytes, patience: Duration) -> Delivery {
    let (heard, mut hears) = mpsc::channel(endpoints.len().max(1));
    for endpoint in endpoints {
        let (endpoint, raw, heard) = (endpoint.clone(), raw.clone(), heard.clone());
        tokio::spawn(async move {
            let send = endpoint.provider().send_raw_transaction(&raw);
            let said = match tokio::time::timeout(patience, send).await {
                Ok(answer) => Said::of(answer.map(drop)),
                Err(_) => Said::Nothing(format!(
                    "no answer from {} in {} ms",
                    endpoint.shown_url(),
                    patience.as_millis()
                )),
            };
            if let Said::Nothing(why) = &said {
                tracing::debug!("{} did not take a transaction: {why}", endpoint.shown_url());
            }
            // Nobody listens once another has taken it.
            let _ = heard.send(said).await;
        });
    }
    drop(heard);
    let mut delivery = Delivery {
        said: Said::Nothing("there is no endpoint to send to".to_owned()),
        failures: 0,
    };
    let mut first = true;
    while let Some(said) = hears.recv().await {
        if matches!(said, Said::Nothing(_)) {
            delivery.failures = delivery.failures.saturating_add(1);
        }
        if first || said > delivery.said {
            delivery.said = said;
        }
        first = false;
        if delivery.said == Said::Taken {
            break;
        }
    }
    delivery
}

#[cfg(test)]
mod tests {
    use super::Said;

    #[test]
    fn every_clients_words_are_understood() {
        let funds = |text: &str| Said::Funds(text.to_owned());
        for (text, said) in [
            ("already known", Said::Taken),
            ("AlreadyKnown", Said::Taken),
            ("transaction already imported", Said::Taken),
            ("ALREADY_EXISTS: already known", Said::Taken),
            ("Known transaction", Said::Taken),
            ("nonce too low: next nonce 7, tx nonce 6", Said::Spent),
            ("OldNonce, Current nonce: 7", Said::Spent),
            ("replacement transaction underpriced", Said::Underpriced),
            ("ReplacementNotAllowed", Said::Underpriced),
            (
                "max fee per gas less than block base fee: address 0x",
                Said::Underpriced,
            ),
            (
                "Insufficient funds for gas * price + value",
                funds("Insufficient funds for gas * price + value"),
            ),
            (
                "Upfront cost exceeds account balance",
                funds("Upfront cost exceeds account balance"),
            ),
            (
                "intrinsic gas too low",
                Said::Never("intrinsic gas too low".to_owned()),
            ),
            ("internal error", Said::Nothing("internal error".to_owned())),
        ] {
            assert_eq!(Said::of_message(text), said, "{text}");
        }
    }

    #[test]
    fn one_endpoint_that_takes_it_outweighs_all_that_do_not() {
        assert!(Said::Taken > Said::Spent && Said::Spent > Said::Underpriced);
        assert!(Said::Funds(String::new()) > Said::Never(String::new()));
        assert!(Said::Never(String::new()) > Said::Nothing("any".to_owned()));
    }
}
