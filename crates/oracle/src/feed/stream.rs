//! A venue's stream.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::{BYTES_MAX, Channel, Feed, longer};
use crate::venue::VenueError;

/// How certificates are held against those that the system trusts.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    pub fn new() -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| format!("no encryption: {error}"))?;
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }
}

/// Opens the stream again and again, after each failure a while later.
pub(super) async fn follow(feed: &Feed, news: &Notify) {
    let Some(url) = &feed.config.stream else {
        return;
    };
    let patience = &feed.config.patience;
    let mut wait = patience.rest_every;
    loop {
        let mut told = false;
        if let Err(error) = listen(feed, url, news, &mut told).await {
            feed.note(&feed.config.symbols, Channel::Stream, &error);
            tracing::debug!("{}: the stream ended: {error}", feed.config.name);
        }
        wait = if told {
            patience.rest_every
        } else {
            longer(wait, patience)
        };
        tokio::time::sleep(wait).await;
    }
}

/// One connection, from its opening to its end; `told` once it told of a price.
async fn listen(feed: &Feed, url: &Url, news: &Notify, told: &mut bool) -> Result<(), VenueError> {
    let patience = &feed.config.patience;
    let venue = feed.config.kind.venue();
    let opening = timeout(patience.answer, open(feed, url)).await;
    let mut socket = opening.map_err(|_| VenueError::Silent)??;
    for asked in venue.subscriptions(&feed.config.symbols) {
        let sent = timeout(patience.answer, socket.send(Message::text(asked))).await;
        sent.map_err(|_| VenueError::Silent)?.map_err(trouble)?;
    }
    let half = patience.silence.checked_div(2).unwrap_or_default();
    let mut asked_for_life = false;
    loop {
        let Ok(message) = timeout(half, socket.next()).await else {
            if asked_for_life {
                return Err(VenueError::Silent);
            }
            asked_for_life = true;
            let ping = timeout(half, socket.send(Message::Ping(Vec::new().into()))).await;
            ping.map_err(|_| VenueError::Silent)?.map_err(trouble)?;
            continue;
        };
        asked_for_life = false;
        match message {
            Some(Ok(Message::Text(text))) => {
                *told |= feed.keep_heard(venue.read_message(&text)?, news);
            }
            Some(Ok(Message::Binary(_))) => {
                return Err(VenueError::Malformed {
                    detail: "a binary message".to_owned(),
                });
            }
            // Pings are answered by the library when the next message is read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(trouble(Error::ConnectionClosed)),
            Some(Err(error)) => return Err(trouble(error)),
        }
    }
}

async fn open(
    feed: &Feed,
    url: &Url,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, VenueError> {
    let unreachable = |detail: String| VenueError::Unreachable { detail };
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let address = (host.trim_matches(['[', ']']), port);
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    // What is sent is a few words; waiting for more of them helps nobody.
    stream
        .set_nodelay(true)
        .map_err(|error| unreachable(error.to_string()))?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(BYTES_MAX))
        .max_frame_size(Some(BYTES_MAX));
    let connector = match &feed.tls {
        Some(Tls(config)) => Connector::Rustls(Arc::clone(config)),
        None => Connector::Plain,
    };
    let opened =
        client_async_tls_with_config(url.as_str(), stream, Some(config), Some(connector)).await;
    opened.map(|(socket, _)| socket).map_err(trouble)
}

fn trouble(error: Error) -> VenueError {
    match error {
        Error::Http(response) if response.status().is_redirection() => VenueError::Redirected,
        Error::Http(response) => match response.status().as_u16() {
            418 | 429 => VenueError::RateLimited,
            status => VenueError::Status { status },
        },
        Error::Capacity(_) => VenueError::TooLong {
            bytes_max: BYTES_MAX,
        },
        Error::Utf8(_) => VenueError::Malformed {
            detail: "it is no text".to_owned(),
        },
        other => VenueError::Unreachable {
            detail: other.to_string(),
        },
    }
}
