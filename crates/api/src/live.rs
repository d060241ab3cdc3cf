//! What happens to an application, as it happens.

use crate::api::Shared;
use crate::keys::Scope;
use crate::words::{Text, says_of};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use postrider_client::{Client, Event, Events};
use postrider_web::Problem;
use std::convert::Infallible;
use std::time::Duration;

/// A line at least this often, so that whoever is between keeps the connection.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// What happens, as Server-Sent Events: `received` and `changed` with a text, `network` with
/// whether texts can leave, `missed` where more happened than was taken in time: then read again.
///
/// A connection is ended after five minutes; whoever comes again asks for the unread texts first.
#[utoipa::path(
    get, path = "/v1/live", tag = "texts",
    responses((status = 200, description = "Of `received` and `changed` the data is a `Text`", body = Text,
               content_type = "text/event-stream")),
    security(("key" = ["read"])))]
pub(crate) async fn follow(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let events = client.events();
    let first = Some(network(&client));
    let sent = stream::unfold((first, client, events), |(first, client, mut events)| async {
        let sent = match first {
            Some(first) => first,
            None => next(&client, &mut events).await?,
        };
        Some((Ok::<_, Infallible>(sent), (None, client, events)))
    });
    Ok(Sse::new(sent).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response())
}

/// The next that is told; none once the client has ended.
async fn next(client: &Client, events: &mut Events) -> Option<Sent> {
    loop {
        match events.next().await? {
            Event::Received(entry) => return Some(text("received", &Text::of(&entry))),
            Event::Changed(entry) => return Some(text("changed", &Text::of(&entry))),
            Event::Attached { .. } | Event::Detached { .. } | Event::Refused { .. } => {
                return Some(network(client));
            }
            Event::Missed => return Some(Sent::default().event("missed").data("{}")),
            Event::Ended(_) => return None,
            _ => {}
        }
    }
}

fn text(kind: &str, text: &Text) -> Sent {
    Sent::default().event(kind).data(serde_json::to_string(text).unwrap_or_default())
}

fn network(client: &Client) -> Sent {
    let (attached, says) = says_of(&client.status());
    let said = serde_json::json!({ "attached": attached, "says": says });
    Sent::default().event("network").data(said.to_string())
}
