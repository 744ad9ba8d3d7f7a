//! A venue over REST, where its stream does not tell.

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::sync::Notify;

use super::{BYTES_MAX, Channel, Feed, FeedConfig, is_loopback, longer};
use crate::quote::Quote;
use crate::venue::VenueError;

/// What venues see of us; some answer nobody without it.
const USER_AGENT: &str = concat!("ballast-oracle/", env!("CARGO_PKG_VERSION"));

/// A client that follows nobody and waits for nothing for long.
pub(super) fn client(config: &FeedConfig) -> Result<Client, String> {
    let patience = config.patience.answer;
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(patience)
        .timeout(patience)
        .user_agent(USER_AGENT);
    if is_loopback(&config.rest) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| format!("no HTTP client: {error}"))
}

/// Asks for a symbol whenever the stream has not told of it for a while.
pub(super) async fn fill_in(feed: &Feed, symbol: &str, news: &Notify) {
    let patience = &feed.config.patience;
    let mut wait = patience.rest_every;
    if feed.config.stream.is_some() {
        // Whoever has a stream is given time to open it.
        tokio::time::sleep(patience.rest_every).await;
    }
    loop {
        if feed.wants(symbol) {
            match ask(feed, symbol).await {
                Ok(quote) => {
                    feed.keep(symbol, quote, Channel::Rest, news);
                    wait = patience.rest_every;
                }
                Err(error) => {
                    feed.note(&[symbol.to_owned()], Channel::Rest, &error);
                    wait = longer(wait, patience);
                }
            }
        } else {
            wait = patience.rest_every;
        }
        tokio::time::sleep(wait).await;
    }
}

/// One quote.
async fn ask(feed: &Feed, symbol: &str) -> Result<Quote, VenueError> {
    let venue = feed.config.kind.venue();
    let questions = venue.questions(symbol);
    let mut answers = Vec::with_capacity(questions.len());
    for path in questions {
        answers.push(get(feed, &path).await?);
    }
    venue.read_answers(symbol, &answers)
}

async fn get(feed: &Feed, path: &str) -> Result<String, VenueError> {
    let base = feed.config.rest.as_str().trim_end_matches('/');
    let request = feed.client.get(format!("{base}{path}"));
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(VenueError::Redirected);
    }
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::IM_A_TEAPOT
    ) {
        // Binance answers with the second where the first was not heeded.
        return Err(VenueError::RateLimited);
    }
    if !status.is_success() {
        let status = status.as_u16();
        return Err(VenueError::Status { status });
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| trouble(&error))? {
        if bytes.len().saturating_add(piece.len()) > BYTES_MAX {
            let bytes_max = BYTES_MAX;
            return Err(VenueError::TooLong { bytes_max });
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| VenueError::Malformed {
        detail: "it is no text".to_owned(),
    })
}

fn trouble(error: &reqwest::Error) -> VenueError {
    if error.is_timeout() {
        return VenueError::Silent;
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    VenueError::Unreachable {
        detail: cause.to_string(),
    }
}
