//! The loop that takes connections, and what is at which path.

use crate::gateway;
use crate::guard::{check_host, check_origin};
use crate::limits::{
    CONNECTION_MAX, CONNECTIONS_PER_HOST_MAX, HEAD_BYTES_MAX, HEAD_WITHIN, MESSAGE_BYTES_MAX,
    READ_BUFFER_BYTES, UNREAD_MAX, WRITE_BUFFER_BYTES_MAX,
};
use crate::page::Page;
use crate::problem::Problem;
use crate::tls::Tls;
use crate::web::Home;
use axum::Router;
use axum::extract::{Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// The first byte of TLS (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// After an error of the system, such as too many open files.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) home: Option<Home>,
    /// Names of the server, beside addresses and local names.
    pub(crate) names: Vec<String>,
    /// Where it speaks HTTPS.
    pub(crate) tls: Option<Tls>,
    pub(crate) page: Page,
    pub(crate) hosts_there: Hosts,
    pub(crate) stop: watch::Receiver<bool>,
}

/// What is at which path.
#[derive(Clone)]
struct Routers {
    all: Router,
    /// Everything is elsewhere.
    to_https: Router,
}

/// Takes connections until it is told to stop.
pub(crate) async fn listen(listener: TcpListener, shared: Arc<Shared>, more: Router) {
    let mut stop = shared.stop.clone();
    let routers = Routers { all: router(shared.clone(), more), to_https: to_https(shared.clone()) };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, from)) => match shared.hosts_there.enter(from) {
                Some(place) => {
                    tokio::spawn(connection(stream, shared.tls.clone(), routers.clone(), place));
                }
                None => tracing::debug!(%from, "too many connections"),
            },
            Err(error) => {
                tracing::warn!(%error, "no connections can be taken");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<Tls>, routers: Routers, place: Place) {
    let socket = socket2::SockRef::from(&stream);
    // Without these a connection only lives longer.
    let _ = (socket.set_tcp_user_timeout(Some(UNREAD_MAX)), socket.set_tcp_nodelay(true));
    let Some(tls) = tls else { return serve(stream, routers.all, place).await };
    match begins_tls(&stream).await {
        Some(true) => match tls.accept(stream).await {
            Ok(stream) => serve(stream, routers.all, place).await,
            Err(error) => tracing::debug!(%error, "no TLS was agreed on"),
        },
        Some(false) => serve(stream, routers.to_https, place).await,
        None => {}
    }
}

/// Whether who has connected speaks TLS, if he says anything.
async fn begins_tls(stream: &TcpStream) -> Option<bool> {
    let mut first = [0];
    match timeout(HEAD_WITHIN, stream.peek(&mut first)).await {
        Ok(Ok(1)) => Some(first[0] == TLS_HANDSHAKE),
        _ => None,
    }
}

async fn serve<S>(stream: S, router: Router, place: Place)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // It is left when its last holder is gone: the connection, and then the WebSocket.
    let (place, router) = (Arc::new(place), TowerToHyperService::new(router));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        router.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // Who is cut off or goes says why to nobody.
    let _ = timeout(CONNECTION_MAX, served).await;
}

fn router(shared: Arc<Shared>, more: Router) -> Router {
    let own = Router::new().route("/v1/link", get(open_link)).fallback(file);
    let known_host = middleware::from_fn_with_state(shared.clone(), under_own_name);
    own.with_state(shared).merge(more).layer(known_host)
}

/// What plain HTTP is answered where HTTPS is spoken.
fn to_https(shared: Arc<Shared>) -> Router {
    let known_host = middleware::from_fn_with_state(shared, under_own_name);
    Router::new().fallback(by_https).layer(known_host)
}

async fn by_https(headers: HeaderMap, uri: Uri) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::permanent(&format!("https://{host}{path}")).into_response()
}

/// Whatever is asked for.
async fn under_own_name(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match check_host(request.headers(), &shared.names) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (path, headers) = (request.uri().path(), request.headers());
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "here is only to be read")
            .into_response();
    }
    shared.page.get(path, headers).unwrap_or_else(|| nothing_here().into_response())
}

fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn open_link(
    State(shared): State<Arc<Shared>>,
    axum::Extension(place): axum::Extension<Arc<Place>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(problem) = check_origin(&headers) {
        return problem.into_response();
    }
    let Some(home) = shared.home else { return nothing_here().into_response() };
    let upgrade = upgrade
        .protocols(["postrider.v1"])
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX);
    upgrade.on_upgrade(move |browser| async move {
        gateway::serve(browser, home, shared.stop.clone()).await;
        drop(place);
    })
}

/// How many connections there are, and from where.
pub(crate) struct Hosts {
    there: Arc<Mutex<BTreeMap<[u8; 8], usize>>>,
    max: usize,
}

/// A connection's place among them, until it is dropped.
pub(crate) struct Place {
    hosts: Arc<Mutex<BTreeMap<[u8; 8], usize>>>,
    host: [u8; 8],
}

impl Hosts {
    /// None yet; of all together so many at the most.
    pub(crate) fn new(max: usize) -> Hosts {
        Hosts { there: Arc::default(), max }
    }

    fn enter(&self, from: SocketAddr) -> Option<Place> {
        let host = host(from.ip());
        let mut hosts = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = hosts.values().sum();
        let of_host = hosts.get(&host).copied().unwrap_or(0);
        // A proxy on the same machine brings everybody.
        let is_host_full = !from.ip().is_loopback() && of_host >= CONNECTIONS_PER_HOST_MAX;
        if all >= self.max || is_host_full {
            return None;
        }
        hosts.insert(host, of_host + 1);
        Some(Place { hosts: self.there.clone(), host })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        match hosts.get_mut(&self.host) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(hosts.remove(&self.host)),
        }
    }
}

/// What counts as one host: an IPv4 address, or the network of an IPv6 address.
fn host(ip: IpAddr) -> [u8; 8] {
    let mut host = [0; 8];
    match ip.to_canonical() {
        IpAddr::V4(ip) => host[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => host.copy_from_slice(&ip.octets()[..8]),
    }
    host
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Time passes where nothing happens: who says nothing is cut off at once.
    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_end_his_headers_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let hosts_there = Hosts::new(8);
        let page = Page::new();
        let shared =
            Shared { home: None, names: Vec::new(), tls: None, page, hosts_there, stop: stopped };
        let shared = Arc::new(shared);
        let listening = tokio::spawn(listen(listener, shared.clone(), Router::new()));
        for begun in ["G", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "] {
            let began = tokio::time::Instant::now();
            let mut slow = TcpStream::connect(address).await.unwrap();
            slow.write_all(begun.as_bytes()).await.unwrap();
            let mut answered = Vec::new();
            slow.read_to_end(&mut answered).await.unwrap();
            assert!(began.elapsed() >= HEAD_WITHIN && began.elapsed() < CONNECTION_MAX);
        }
        stop.send_replace(true);
        listening.await.unwrap();
    }

    #[test]
    fn no_host_takes_all_places_and_who_goes_leaves_one() {
        let hosts = Hosts::new(3_000);
        let ann = SocketAddr::from(([10, 0, 0, 1], 1));
        let mut places: Vec<Place> = (0..2_000).map_while(|_| hosts.enter(ann)).collect();
        assert_eq!(places.len(), CONNECTIONS_PER_HOST_MAX);
        assert!(hosts.enter(SocketAddr::from(([10, 0, 0, 2], 1))).is_some());
        places.pop();
        assert!(hosts.enter(ann).is_some());
        places.clear();
        assert!(hosts.there.lock().unwrap().is_empty());
    }
}
