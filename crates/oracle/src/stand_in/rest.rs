//! A stand-in over REST.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{DRIP, Fault, HEAD_BYTES_MAX, Shared, count, speak};

/// The path that redirections name.
const ELSEWHERE: &str = "/elsewhere";
/// A piece of an answer that never ends, in bytes.
const PIECE_BYTES: usize = 16_384;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;

/// The head of a request.
#[derive(Debug)]
pub(super) struct Request {
    /// Before the question mark.
    pub path: String,
    /// After it.
    pub query: String,
    /// The key of a WebSocket's opening, where it is one.
    pub upgrade: Option<String>,
    /// What came after the head.
    pub more: Vec<u8>,
}

/// Reads a head; none where it is none, or too large.
pub(super) async fn asked(stream: &mut TcpStream) -> std::io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 || bytes.len() > HEAD_BYTES_MAX {
            return Ok(None);
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&bytes) {
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Ok(None),
            Ok(httparse::Status::Complete(length)) => {
                let target = request.path.unwrap_or_default();
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let key = request
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case("sec-websocket-key"))
                    .map(|header| String::from_utf8_lossy(header.value).into_owned());
                return Ok(Some(Request {
                    path: path.to_owned(),
                    query: query.to_owned(),
                    upgrade: key,
                    more: bytes.get(length..).unwrap_or_default().to_vec(),
                }));
            }
        }
    }
}

/// The head of an answer. A length of none is that of an answer without end.
fn head(status: u16, length: Option<usize>, more: &str) -> String {
    let reason = match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Error",
    };
    let length = length.map_or_else(String::new, |length| {
        format!("content-length: {length}\r\n")
    });
    format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\n{length}{more}connection: close\r\n\r\n"
    )
}

/// Sends whoever asks to another path of this stand-in, where he is counted.
pub(super) fn redirection(shared: &Shared) -> String {
    let location = format!("location: http://{}{ELSEWHERE}\r\n", shared.address);
    head(302, Some(0), &location)
}

/// Waits until the client goes away or the fault is another one.
pub(super) async fn hang(stream: &mut TcpStream, shared: &Shared, fault: Fault) {
    let mut state = shared.state.subscribe();
    let mut byte = [0; 256];
    loop {
        if state.borrow_and_update().fault != Some(fault) {
            return;
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() { return },
            read = stream.read(&mut byte) => if !matches!(read, Ok(length) if length > 0) { return },
        }
    }
}

/// Writes byte by byte for as long as the fault lasts.
pub(super) async fn drip(
    stream: &mut TcpStream,
    shared: &Shared,
    bytes: &[u8],
) -> std::io::Result<()> {
    for byte in bytes {
        if shared.fault() != Some(Fault::SlowDrip) {
            return Ok(());
        }
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(DRIP).await;
    }
    Ok(())
}

/// Writes pieces for as long as the fault lasts and the client reads.
pub(super) async fn pour(stream: &mut TcpStream, shared: &Shared) -> std::io::Result<()> {
    let piece = [b' '; PIECE_BYTES];
    while shared.fault() == Some(Fault::Endless) {
        stream.write_all(&piece).await?;
    }
    Ok(())
}

/// Answers one request and closes.
pub(super) async fn answer(
    mut stream: TcpStream,
    request: &super::rest::Request,
    shared: &Shared,
) -> std::io::Result<()> {
    count(&shared.counts.requests);
    if request.path.starts_with(ELSEWHERE) {
        count(&shared.counts.followed);
    }
    let fault = shared.fault();
    let proper = || {
        speak::rest(shared.kind, &request.path, &request.query, |symbol| {
            shared.says(symbol)
        })
    };
    let (status, body) = match fault {
        Some(Fault::RateLimit) => speak::rate_limited(shared.kind),
        Some(Fault::Garbage) => (200, garbage(request, shared, &proper().1)),
        _ => proper(),
    };
    let whole = [
        head(status, Some(body.len()), "").as_bytes(),
        body.as_bytes(),
    ]
    .concat();
    let half = whole.len().saturating_sub(body.len().div_ceil(2));
    let half = whole.get(..half).unwrap_or_default();
    match fault {
        Some(fault @ Fault::Silence) => hang(&mut stream, shared, fault).await,
        Some(Fault::Redirect) => stream.write_all(redirection(shared).as_bytes()).await?,
        Some(Fault::SlowDrip) => drip(&mut stream, shared, &whole).await?,
        Some(Fault::Disconnect) => stream.write_all(half).await?,
        Some(fault @ Fault::HalfFrames) => {
            stream.write_all(half).await?;
            hang(&mut stream, shared, fault).await;
        }
        Some(Fault::Endless) => {
            stream.write_all(head(200, None, "").as_bytes()).await?;
            pour(&mut stream, shared).await?;
        }
        _ => stream.write_all(&whole).await?,
    }
    stream.shutdown().await
}

fn garbage(request: &Request, shared: &Shared, proper: &str) -> String {
    let turn = shared.counts.requests.load(Ordering::Relaxed);
    let symbol = request
        .query
        .split(['=', '&'])
        .nth(1)
        .or_else(|| request.path.split('/').nth(2));
    let price = symbol.and_then(|symbol| shared.says(symbol));
    let price = price.map(|told| speak::printed_price(&told));
    speak::garbage(turn, proper, price.as_deref().unwrap_or("1"))
}
