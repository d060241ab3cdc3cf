//! The network as this server knows it: for an operator's page, and for monitors.

mod picture;
pub(crate) mod questions;

pub(crate) use picture::{Moved, Network, Places};

use crate::api::{Api, Shared, ending};
use crate::body::json;
use crate::keys::Scope;
use crate::limits::{FOLLOWERS_MAX, LOOK_EVERY, SAMPLE_EVERY};
use crate::samples::{History, Samples};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use postrider_server::control::{Ask, PeersAnswer, QueueAnswer, RoutesAnswer, StatusAnswer};
use postrider_web::Problem;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A line at least this often, so that whoever is between keeps the connection.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// The last picture of the network, for all who follow it, and how it was before.
pub(crate) struct Feed {
    last: watch::Sender<String>,
    samples: Mutex<Samples>,
    /// Items that went over each link, out and in, at the last picture.
    items: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl Default for Feed {
    fn default() -> Feed {
        let (last, _) = watch::channel(String::new());
        Feed { last, samples: Mutex::default(), items: Mutex::default() }
    }
}

impl Api {
    async fn answer(self: &Shared, ask: Ask) -> Result<Vec<u8>, Problem> {
        self.asked(move |asker| asker.answer(&ask, None)).await
    }

    async fn ask<T: DeserializeOwned>(self: &Shared, ask: Ask) -> Result<T, Problem> {
        serde_json::from_slice(&self.answer(ask).await?).map_err(|_| ending())
    }

    async fn picture(self: &Shared) -> Result<Network, Problem> {
        let status: StatusAnswer = self.ask(Ask::Status).await?;
        let peers: PeersAnswer = self.ask(Ask::Peers).await?;
        let routes: RoutesAnswer = self.ask(Ask::Routes).await?;
        let queue: QueueAnswer = self.ask(Ask::Queue { to: None, most: 0 }).await?;
        let mut network = Network::of(status, peers, routes, queue);
        network.place(&self.places);
        Ok(network)
    }

    async fn sample(self: &Shared) -> Result<(), Problem> {
        let status: StatusAnswer = self.ask(Ask::Status).await?;
        let peers: PeersAnswer = self.ask(Ask::Peers).await?;
        let mut samples = self.feed.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.add(Instant::now(), &status, &peers);
        Ok(())
    }

    /// What moved since the last picture.
    fn moves(self: &Shared, network: &Network) -> Vec<Moved> {
        let mut items = self.feed.items.lock().unwrap_or_else(PoisonError::into_inner);
        network.moves_since(&mut items)
    }
}

/// Draws the picture as long as somebody follows it, and takes samples.
pub(crate) async fn look_on(api: Shared) {
    let mut sampled = None::<Instant>;
    loop {
        let is_due = sampled.is_none_or(|at| at.elapsed() >= SAMPLE_EVERY);
        if is_due && api.sample().await.is_ok() {
            sampled = Some(Instant::now());
        }
        if api.feed.last.receiver_count() == 0 {
            // Whoever comes next is not told at once what has moved since.
            api.feed.items.lock().unwrap_or_else(PoisonError::into_inner).clear();
        } else if let Ok(mut network) = api.picture().await {
            network.moves = api.moves(&network);
            let printed = serde_json::to_string(&network).unwrap_or_default();
            api.feed.last.send_replace(printed);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The network as this server knows it.
#[utoipa::path(
    get, path = "/v1/network", tag = "network",
    responses((status = 200, body = Network)),
    security(("key" = ["network"])))]
pub(crate) async fn now(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.key(&headers, Scope::Network)?;
    Ok(json(StatusCode::OK, &api.picture().await?))
}

/// The same, once a second, as Server-Sent Events.
#[utoipa::path(
    get, path = "/v1/network/live", tag = "network",
    responses((status = 200, description = "Each event's data is a `Network`", body = Network,
               content_type = "text/event-stream")),
    security(("key" = ["network"])))]
pub(crate) async fn follow(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.key(&headers, Scope::Network)?;
    if api.feed.last.receiver_count() >= FOLLOWERS_MAX {
        let why = "too many follow the network; ask for it now and then instead";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why));
    }
    let first = serde_json::to_string(&api.picture().await?).unwrap_or_default();
    let mut last = api.feed.last.subscribe();
    last.mark_unchanged();
    let alive = KeepAlive::new().interval(ALIVE_EVERY);
    Ok(Sse::new(pictures(Some(first), last)).keep_alive(alive).into_response())
}

fn pictures(
    first: Option<String>,
    last: watch::Receiver<String>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((first, last), |(first, mut last)| async move {
        let picture = match first {
            Some(first) => first,
            None => {
                last.changed().await.ok()?;
                last.borrow_and_update().clone()
            }
        };
        Some((Ok(Event::default().data(picture)), (None, last)))
    })
}

/// How the server was in the last hours.
#[utoipa::path(
    get, path = "/v1/network/history", tag = "network",
    responses((status = 200, body = History)),
    security(("key" = ["network"])))]
pub(crate) async fn history(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.key(&headers, Scope::Network)?;
    let samples = api.feed.samples.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(json(StatusCode::OK, &samples.history(Instant::now())))
}
