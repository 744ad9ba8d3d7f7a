//! The server as a program part: bind, serve, stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ballast_chain::{Endpoint, Manifest};
use ballast_store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::alerts::Sender;
use crate::app::App;
use crate::options::Options;
use crate::{api, follow, http, measure};

/// How often the server's own endpoint is asked for the newest block.
const TIP_EVERY: Duration = Duration::from_secs(2);

/// What stops a server from starting.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error(
        "listen: {address} cannot be listened on: {detail}; name another with --listen, port 0 for any free one"
    )]
    Bind {
        /// The address.
        address: String,
        /// The system's reason.
        detail: String,
    },
    /// The webhook's settings cannot be used.
    #[error("{field}: {detail}")]
    Webhook {
        /// The setting.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

/// A server that has its address and waits to be run.
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    alerts: Option<Sender>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Server")
            .field(&self.address)
            .finish()
    }
}

impl Server {
    /// Takes the address. `endpoint`, where given, is asked for the newest block's height, and for what the sources of
    /// prices say at the block of an answer.
    ///
    /// # Errors
    /// [`ServeError::Bind`], [`ServeError::Webhook`].
    pub async fn bind(
        listen: &str,
        store: Arc<dyn Store>,
        manifest: Manifest,
        endpoint: Option<Endpoint>,
        options: Options,
    ) -> Result<Self, ServeError> {
        let fail = |error: std::io::Error| ServeError::Bind {
            address: listen.to_owned(),
            detail: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        measure::recorder();
        let webhook = options.webhook.clone();
        let app = App::new(store, manifest, endpoint, options);
        let sender = |webhook| Sender::new(app.clone(), webhook);
        let alerts = webhook.map(sender).transpose()?;
        Ok(Self {
            app,
            listener,
            address,
            alerts,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done. Dropping the future stops it at once; nothing is lost by that.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut loops = JoinSet::new();
        loops.spawn(follow::run(self.app.clone()));
        if let Some(endpoint) = self.app.endpoint.clone() {
            loops.spawn(watch_tip(self.app.clone(), endpoint));
        }
        if let Some(alerts) = self.alerts {
            loops.spawn(alerts.run());
        }
        let options = self.app.options.clone();
        let router = api::router(self.app);
        http::listen::serve(self.listener, router, &options, stop).await;
        loops.shutdown().await;
    }
}

/// Asks for the newest block's height, for the lag.
async fn watch_tip(app: App, endpoint: Endpoint) {
    loop {
        match tokio::time::timeout(app.options.answer_patience, endpoint.tip()).await {
            Ok(Ok(tip)) => {
                app.note_tip(tip.number);
                app.loops.beat("tip");
            }
            Ok(Err(error)) => tracing::warn!("the newest block is not known: {error}"),
            Err(_) => tracing::warn!("the newest block is not known: the endpoint is silent"),
        }
        tokio::time::sleep(TIP_EVERY).await;
    }
}
