//! What every request must keep to, and what every answer carries.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, lock};
use crate::measure;
use crate::options::bound;
use crate::problem::Problem;

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// Requests that are being answered, by client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One request that is being answered.
struct Turn {
    clients: Clients,
    peer: IpAddr,
}

impl Clients {
    fn enter(&self, peer: IpAddr, most: usize) -> Option<Turn> {
        let mut clients = lock(&self.0);
        let count = clients.entry(peer).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Turn {
            clients: self.clone(),
            peer,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut clients = lock(&self.clients.0);
        if let Some(count) = clients.get_mut(&self.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                clients.remove(&self.peer);
            }
        }
    }
}

fn bytes_of(headers: &HeaderMap) -> usize {
    let sizes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    sizes.sum()
}

/// The first bound that the request breaks.
fn broken(request: &Request) -> Option<Problem> {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > bound::TARGET_BYTES_MAX {
        let limit = format!(
            "at most {} bytes of path and query",
            bound::TARGET_BYTES_MAX
        );
        let given = target.to_string();
        return Some(Problem::of_field(
            StatusCode::URI_TOO_LONG,
            "target",
            limit,
            &given,
        ));
    }
    let headers = request.headers();
    let size = bytes_of(headers);
    if size > bound::HEADER_BYTES_MAX {
        let limit = format!("at most {} bytes in all", bound::HEADER_BYTES_MAX);
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Some(Problem::of_field(
            status,
            "headers",
            limit,
            &size.to_string(),
        ));
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.map(|value| value.to_str().unwrap_or("?"));
    let large = length.is_some_and(|length| {
        length
            .parse::<u64>()
            .map_or(true, |length| length > bound::BODY_BYTES_MAX)
    });
    if large || headers.contains_key(header::TRANSFER_ENCODING) {
        let limit = format!(
            "at most {} bytes; no route takes a body",
            bound::BODY_BYTES_MAX
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Some(Problem::of_field(
            status,
            "content-length",
            limit,
            length.unwrap_or(""),
        ));
    }
    None
}

/// Adds what every answer carries.
fn dress(response: &mut Response) {
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fixed {
        let name = HeaderName::from_static(name);
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}

/// Refuses what breaks a bound, answers in time, counts.
pub(crate) async fn guard(
    State((app, clients)): State<(App, Clients)>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("explorer", MatchedPath::as_str).to_owned();
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let most = app.options.client_requests_max;
    let answered = match broken(&request) {
        Some(problem) => Err(problem),
        None => match peer.map(|peer| clients.enter(peer, most)) {
            Some(None) => {
                let limit = format!("at most {most} requests of one client at once");
                let status = StatusCode::TOO_MANY_REQUESTS;
                Err(Problem::of_field(status, "requests", limit, ""))
            }
            turn => {
                let answer = tokio::time::timeout(app.options.answer_patience, next.run(request));
                let answered = answer.await;
                drop(turn);
                answered.map_err(|_| {
                    let secs = app.options.answer_patience.as_secs();
                    let limit = format!("answered within {secs} s; ask for less");
                    Problem::of_field(StatusCode::SERVICE_UNAVAILABLE, "request", limit, "")
                })
            }
        },
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    dress(&mut response);
    measure::request(&route, response.status().as_u16(), began.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use super::Clients;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn a_client_has_so_many_turns_and_gets_them_back() {
        let clients = Clients::default();
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let first = clients.enter(peer, 2);
        let second = clients.enter(peer, 2);
        assert!(first.is_some() && second.is_some());
        assert!(clients.enter(peer, 2).is_none());
        let other = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        assert!(clients.enter(other, 2).is_some());
        drop(first);
        assert!(clients.enter(peer, 2).is_some());
        drop(second);
        assert!(clients.0.lock().expect("lock").is_empty());
    }
}
