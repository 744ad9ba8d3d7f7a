//! A stand-in over WebSocket.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::rest::{Request, drip, hang, pour, redirection};
use super::{Fault, Shared, Told, count, speak};
use crate::Kind;

/// Between two signs of life of a quiet stream: more often than the venues', so that nobody has to wait for them.
const BEAT: Duration = Duration::from_millis(250);
/// Pings that a client may leave unanswered.
const PINGS_UNANSWERED_MAX: u64 = 20;
/// Largest message of a client, in bytes.
const MESSAGE_BYTES_MAX: usize = 65_536;
/// Most symbols of one stream.
const SYMBOLS_MAX: usize = 200;
/// First bytes of a text frame of a tebibyte.
const ENDLESS_HEAD: [u8; 10] = [0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0];

/// One open stream.
struct Session<'a> {
    socket: WebSocketStream<TcpStream>,
    shared: &'a Shared,
    /// What was last said of each symbol, in the client's way of writing.
    said: BTreeMap<String, Option<Told>>,
    unanswered: u64,
}

/// Opens the stream and keeps it until it ends.
pub(super) async fn serve(
    mut stream: TcpStream,
    request: &Request,
    shared: &Shared,
) -> std::io::Result<()> {
    match shared.fault() {
        Some(fault @ Fault::Silence) => {
            hang(&mut stream, shared, fault).await;
            return Ok(());
        }
        Some(Fault::Redirect) => return stream.write_all(redirection(shared).as_bytes()).await,
        Some(Fault::RateLimit) => {
            let refusal = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n";
            return stream.write_all(refusal.as_bytes()).await;
        }
        _ => {}
    }
    count(&shared.counts.streams);
    let key = derive_accept_key(request.upgrade.as_deref().unwrap_or_default().as_bytes());
    let opening = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-accept: {key}\r\n\r\n"
    );
    if shared.fault() == Some(Fault::SlowDrip) {
        drip(&mut stream, shared, opening.as_bytes()).await?;
        return Ok(());
    }
    stream.write_all(opening.as_bytes()).await?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let more = request.more.clone();
    let socket =
        WebSocketStream::from_partially_read(stream, more, Role::Server, Some(config)).await;
    let mut session = Session {
        socket,
        shared,
        said: BTreeMap::new(),
        unanswered: 0,
    };
    if shared.kind == Kind::Binance
        && let Some(symbol) = request.path.strip_prefix("/ws/")
        && let Some(symbol) = symbol.strip_suffix("@ticker")
    {
        session.said.insert(symbol.to_uppercase(), None);
    }
    // A client that goes away ends its stream; nobody waits for the reason.
    let _ = session.run().await;
    Ok(())
}

impl Session<'_> {
    async fn run(&mut self) -> Result<(), Error> {
        let mut state = self.shared.state.subscribe();
        if let Some(greeting) = speak::greeting(self.shared.kind) {
            self.socket.send(Message::text(greeting)).await?;
        }
        let mut beat = tokio::time::interval(BEAT);
        beat.tick().await;
        loop {
            let fault = state.borrow_and_update().fault;
            let flow = match fault {
                Some(fault @ Fault::Silence) => {
                    hang(self.socket.get_mut(), self.shared, fault).await;
                    ControlFlow::Break(())
                }
                Some(Fault::Refuse | Fault::Redirect | Fault::RateLimit) => ControlFlow::Break(()),
                _ => self.tell(fault).await?,
            };
            if flow.is_break() {
                return Ok(());
            }
            tokio::select! {
                changed = state.changed() => if changed.is_err() { return Ok(()) },
                _ = beat.tick() => if self.beat().await?.is_break() { return Ok(()) },
                message = self.socket.next() => match message {
                    Some(message) => if self.hear(message?).await?.is_break() { return Ok(()) },
                    None => return Ok(()),
                },
            }
        }
    }

    /// Says what is new of each symbol.
    async fn tell(&mut self, fault: Option<Fault>) -> Result<ControlFlow<()>, Error> {
        let symbols: Vec<String> = self.said.keys().cloned().collect();
        for symbol in symbols {
            let known = self.said.get(&symbol).copied().flatten();
            let Some(told) = self.shared.says(&symbol) else {
                continue;
            };
            if known == Some(told) {
                continue;
            }
            let text = speak::ticker(self.shared.kind, &symbol, &told, known.is_none());
            if self.say(text, &told, fault).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.said.insert(symbol, Some(told));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Sends one message as the fault has it.
    async fn say(
        &mut self,
        text: String,
        told: &Told,
        fault: Option<Fault>,
    ) -> Result<ControlFlow<()>, Error> {
        count(&self.shared.counts.messages);
        let frame = || {
            let mut bytes = Vec::new();
            let text = text.clone().into_bytes();
            let frame = Frame::message(text, OpCode::Data(Data::Text), true);
            frame.format(&mut bytes).map(|()| bytes)
        };
        let (shared, socket) = (self.shared, &mut self.socket);
        match fault {
            Some(Fault::Garbage) => {
                let turn = shared.counts.messages.load(Ordering::Relaxed);
                let text = speak::garbage(turn, &text, &speak::printed_price(told));
                socket.send(Message::text(text)).await?;
                return Ok(ControlFlow::Continue(()));
            }
            Some(Fault::SlowDrip) => drip(socket.get_mut(), shared, &frame()?).await?,
            Some(fault @ (Fault::HalfFrames | Fault::Disconnect)) => {
                let whole = frame()?;
                let half = whole.len().div_ceil(2);
                let half = whole.get(..half).unwrap_or_default();
                socket.get_mut().write_all(half).await?;
                if fault == Fault::HalfFrames {
                    hang(socket.get_mut(), shared, fault).await;
                }
            }
            Some(Fault::Endless) => {
                socket.get_mut().write_all(&ENDLESS_HEAD).await?;
                pour(socket.get_mut(), shared).await?;
            }
            _ => {
                socket.send(Message::text(text)).await?;
                return Ok(ControlFlow::Continue(()));
            }
        }
        // The frame was broken off: nothing after it could be read.
        Ok(ControlFlow::Break(()))
    }

    /// A ping, and what else the venue says regularly.
    async fn beat(&mut self) -> Result<ControlFlow<()>, Error> {
        if self.unanswered >= PINGS_UNANSWERED_MAX {
            return Ok(ControlFlow::Break(()));
        }
        self.unanswered = self.unanswered.saturating_add(1);
        self.socket.send(Message::Ping(Vec::new().into())).await?;
        if self.shared.kind == Kind::Binance {
            // Its tickers come regularly, changed or not.
            self.said.values_mut().for_each(|said| *said = None);
        }
        let first = self.said.iter().next();
        let beat = first.and_then(|(symbol, said)| {
            let said = said.as_ref()?;
            speak::heartbeat(self.shared.kind, symbol, said)
        });
        if let Some(beat) = beat {
            self.socket.send(Message::text(beat)).await?;
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn hear(&mut self, message: Message) -> Result<ControlFlow<()>, Error> {
        match message {
            Message::Text(text) => {
                let Some(asked) = speak::subscription(self.shared.kind, &text) else {
                    return Ok(ControlFlow::Continue(()));
                };
                for reply in asked.replies {
                    self.socket.send(Message::text(reply)).await?;
                }
                for symbol in asked.symbols.into_iter().take(SYMBOLS_MAX) {
                    self.said.insert(symbol, None);
                }
            }
            Message::Pong(_) => {
                self.unanswered = 0;
                count(&self.shared.counts.pongs);
            }
            Message::Close(_) => return Ok(ControlFlow::Break(())),
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }
}
