//! Hooks: what happens to an application is told to an address of its program.
//!
//! ```text
//!   the history: texts that came, states of those that were sent ─► what was not told yet
//!       ─► one POST at a time, signed, repeated until it is answered with 2xx ─► told, on disk
//! ```
//!
//! What is to be told waits in the history, so that no queue fills, and nothing is lost by a
//! restart of either side. It may be told twice, under the same `webhook-id`. The headers and the
//! signature are those of <https://www.standardwebhooks.com>.

mod call;
mod https;
mod store;
mod tell;

pub(crate) use call::{NotReached, Reach};
pub(crate) use store::Store;
pub(crate) use tell::tend;

use crate::api::Shared;
use crate::body::{self, json};
use crate::keys::Scope;
use crate::limits::HOOK_ADDRESS_MAX;
use crate::texts::read_history;
use crate::words::ProblemDetails;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64ct::{Base64, Encoding};
use postrider_client::EntryId;
use postrider_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where what happens is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHook {
    /// `http://HOST[:PORT]/…`. Addresses of this machine and of local networks only where the
    /// server's settings allow them.
    #[schema(
        max_length = 2048,
        pattern = "^http://[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?(:[1-9][0-9]{0,3})?/[0-9A-Za-z/]*$",
        example = "http://192.168.7.9:8080/postrider"
    )]
    address: String,
}

/// A hook as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hook {
    address: String,
    /// What calls are signed with; shown once, when the hook is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Why the last call did not succeed; none if it did. It is repeated.
    trouble: Option<String>,
}

/// Sets the application's hook, in the place of one that is there: texts that come from now on,
/// and what becomes of texts that are sent from now on, are told to it.
///
/// A call is `POST` with `{"kind": "received" or "changed", "number": "…", "text": …}`, one at a
/// time, in order, repeated for ever until it is answered with 2xx; a redirect is no answer.
#[utoipa::path(
    put, path = "/v1/hook", tag = "hook", request_body = NewHook,
    responses((status = 201, description = "It is set, with a new secret", body = Hook),
              (status = 403, description = "The server's settings do not allow that address", body = ProblemDetails,
               content_type = "application/problem+json"),
              (status = 422, description = "That is no address of a hook", body = ProblemDetails,
               content_type = "application/problem+json")),
    security(("key" = ["hooks"])))]
pub(crate) async fn set(
    State(api): State<Shared>,
    headers: HeaderMap,
    sent: Body,
) -> Result<Response, Problem> {
    let running = api.running(&headers, Scope::Hooks).await?;
    let NewHook { address } = body::read(&headers, sent).await?;
    let unfit = |why: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why);
    if address.len() > HOOK_ADDRESS_MAX {
        return Err(unfit(format!("an address has at most {HOOK_ADDRESS_MAX} bytes")));
    }
    api.applications.reach.check(&address).await.map_err(|why| match why {
        NotReached::Refused(why) => Problem::new(StatusCode::FORBIDDEN, why),
        NotReached::Unfit(why) | NotReached::Unknown(why) => unfit(why),
    })?;
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|why| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("no random numbers: {why}"))
    })?;
    let secret = format!("whsec_{}", Base64::encode_string(&random));
    let newest = read_history(&running.client, |profile| profile.history().newest()).await?;
    let newest = newest.unwrap_or(EntryId(0));
    running.store(|store| store.set(&address, &random, newest)).map_err(|why| trouble(&why))?;
    running.hook.notify_one();
    Ok(json(StatusCode::CREATED, &Hook { address, secret: Some(secret), trouble: None }))
}

/// The application's hook.
#[utoipa::path(
    get, path = "/v1/hook", tag = "hook",
    responses((status = 200, body = Hook),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["hooks"])))]
pub(crate) async fn show(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let running = api.running(&headers, Scope::Hooks).await?;
    let hook =
        running.store(|store| store.hook()).map_err(|why| trouble(&why))?.ok_or_else(none)?;
    let trouble = running.trouble();
    Ok(json(StatusCode::OK, &Hook { address: hook.address, secret: None, trouble }))
}

/// Takes the hook away: nothing is told any more.
#[utoipa::path(
    delete, path = "/v1/hook", tag = "hook",
    responses((status = 204, description = "It is taken away"),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["hooks"])))]
pub(crate) async fn remove(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let running = api.running(&headers, Scope::Hooks).await?;
    let was_there = running.store(Store::remove).map_err(|why| trouble(&why))?;
    running.hook.notify_one();
    was_there.then_some(StatusCode::NO_CONTENT).ok_or_else(none)
}

fn none() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "this application has no hook")
}

fn trouble(why: &rusqlite::Error) -> Problem {
    tracing::error!(%why, "a hook cannot be kept");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the hook cannot be kept; the log says why")
}
