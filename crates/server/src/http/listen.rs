//! Connections: how many, how slow, how large.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep};
use tower::ServiceExt;

use crate::http::guard::Peer;
use crate::options::{Options, bound};

/// Wait after the machine had no socket left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What a connection beyond the limit is told.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: ";

/// Accepts connections until `stop` is done, then lets those that are open end within the client's patience.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    options: &Options,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(options.connections_max));
    let graceful = hyper_util::server::graceful::GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            metrics::counter!("ballast_connections_refused_total").increment(1);
            tokio::spawn(refuse(stream, options.connections_max));
            continue;
        };
        let connection = connection(stream, peer, router.clone(), options);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection of {} ended: {error}", peer.ip());
            }
            drop(slot);
        });
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = sleep(options.client_patience) => {}
    }
}

type Service = tower::util::BoxCloneService<
    axum::http::Request<Incoming>,
    axum::response::Response,
    std::convert::Infallible,
>;

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    options: &Options,
) -> http1::Connection<TokioIo<Patient>, hyper_util::service::TowerToHyperService<Service>> {
    // Small answers leave at once; a stream that cannot be set so still works.
    let _ = stream.set_nodelay(true);
    let patient = Patient {
        stream,
        patience: options.client_patience.saturating_mul(3),
        stalled: None,
    };
    let service = tower::service_fn(move |request: axum::http::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request)
    });
    let service = hyper_util::service::TowerToHyperService::new(Service::new(service));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.client_patience)
        .max_headers(bound::HEADERS_MAX)
        .max_buf_size(bound::CONNECTION_BYTES_MAX)
        .half_close(false)
        .serve_connection(TokioIo::new(patient), service)
}

async fn refuse(mut stream: TcpStream, most: usize) {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": format!("connections must be at most {most} at once; try again in a few seconds"),
        "field": "connections",
        "limit": format!("at most {most} at once"),
    })
    .to_string();
    let answer = format!("{FULL}{}\r\n\r\n{body}", body.len());
    // Whether the client hears it is its own affair.
    let told = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), told).await;
}

/// A stream that gives up on a client who takes nothing for too long.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, polled)
    }
}
