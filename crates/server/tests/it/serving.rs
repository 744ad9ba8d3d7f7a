//! Servers to ask, and how they are asked.

use std::sync::Arc;
use std::time::Duration;

use ballast_chain::{Endpoint, Manifest};
use ballast_server::{Options, Server};
use ballast_store::{Heartbeat, Store, Write};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::World;

/// A server that runs until it is dropped.
pub struct Running {
    pub url: String,
    pub address: std::net::SocketAddr,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn options() -> Options {
    Options {
        poll: Duration::from_millis(20),
        ..Options::default()
    }
}

pub async fn serve(store: &Arc<dyn Store>, manifest: &Manifest, options: Options) -> Running {
    start(store, manifest, None, options).await
}

/// A server that asks the chain what sources of prices say.
pub async fn serve_asking(store: &Arc<dyn Store>, world: &World, options: Options) -> Running {
    let endpoint = Some(world.endpoint.clone());
    start(store, &world.manifest, endpoint, options).await
}

async fn start(
    store: &Arc<dyn Store>,
    manifest: &Manifest,
    endpoint: Option<Endpoint>,
    options: Options,
) -> Running {
    let store = Arc::clone(store);
    let server = Server::bind("127.0.0.1:0", store, manifest.clone(), endpoint, options).await;
    let server = server.expect("binds");
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running {
        url: format!("http://{address}"),
        address,
        client: reqwest::Client::builder()
            .no_proxy()
            // A kept connection may be ended by the server in the moment in which it is used again.
            .pool_max_idle_per_host(0)
            .build()
            .expect("client"),
        stop: Some(stop),
        task,
    }
}

/// A sign of life, as an indexer that runs beside the server gives it.
pub async fn beat(store: &dyn Store, block: u64, tip: u64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let beat = Heartbeat {
        service: "indexer:test".to_owned(),
        beat_at: now.expect("after 1970").as_secs(),
        block,
        tip,
        stopped: None,
    };
    store.write(vec![Write::put(&beat)]).await.expect("writes");
}

impl Running {
    pub async fn response(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.client.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("answers")
    }

    /// The status and the JSON of an answer.
    pub async fn ask(&self, path: &str) -> (u16, Value) {
        let response = self.response(path, &[]).await;
        let status = response.status().as_u16();
        let text = response.text().await.expect("text");
        let json = serde_json::from_str(&text);
        (status, json.unwrap_or_else(|_| panic!("{path}: {text}")))
    }

    /// The JSON of an answer that must be one.
    pub async fn get(&self, path: &str) -> Value {
        let (status, json) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    /// Every row of a list, page by page.
    pub async fn walk(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self
                .get(&format!("{path}{mark}limit={limit}{cursor}"))
                .await;
            let data = page["data"].as_array().expect("rows");
            assert!(data.len() <= limit, "{path}: a page of {}", data.len());
            rows.extend(data.iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Ends as the program does when it is asked to.
    pub async fn end(mut self) {
        let _ = self.stop.take().expect("runs").send(());
        let ended = tokio::time::timeout(Duration::from_secs(30), &mut self.task).await;
        ended.expect("ends in time").expect("ends well");
    }
}
