//! What the control socket answers, as it answers it.

use crate::api::{Api, Shared};
use crate::body::{json_bytes, query};
use crate::keys::Scope;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use postrider_server::control::{Ask, Failure};
use postrider_web::Problem;
use serde::Deserialize;

/// Rows of an answer, if it is not said how many, and at most.
const ROWS: usize = 100;
const ROWS_MAX: usize = 10_000;

impl Api {
    /// Asks for whom may ask, and hands on what is answered.
    async fn hand_on(
        self: &Shared,
        headers: &HeaderMap,
        ask: impl FnOnce() -> Result<Ask, Problem>,
    ) -> Result<Response, Problem> {
        self.key(headers, Scope::Network)?;
        let answer = self.answer(ask()?).await?;
        match serde_json::from_slice::<Failure>(&answer) {
            Ok(failure) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, failure.error)),
            Err(_) => Ok(json_bytes(StatusCode::OK, answer)),
        }
    }
}

/// How the server is: what `postrider status --json` prints.
#[utoipa::path(
    get, path = "/v1/network/status", tag = "network",
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn status(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.hand_on(&headers, || Ok(Ask::Status)).await
}

/// Its links with other servers: what `postrider peers --json` prints.
#[utoipa::path(
    get, path = "/v1/network/peers", tag = "network",
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn peers(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.hand_on(&headers, || Ok(Ask::Peers)).await
}

/// The servers of the network, and the ways to them: what `postrider routes --json` prints.
#[utoipa::path(
    get, path = "/v1/network/routes", tag = "network",
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn routes(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.hand_on(&headers, || Ok(Ask::Routes)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prefix {
    #[serde(default)]
    prefix: String,
    most: Option<u32>,
}

/// The directory's numbers: what `postrider numbers --json` prints.
#[utoipa::path(
    get, path = "/v1/network/numbers", tag = "network",
    params(("prefix" = Option<String>, Query, pattern = "^[0-9]{0,10}$", description = "How they begin"),
           ("most" = Option<u32>, Query, maximum = 10000, minimum = 0, description = "At most so many; 100 if left out")),
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn numbers(
    State(api): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let ask = || {
        let Prefix { prefix, most } = query(&uri)?;
        if prefix.len() > 10 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            let why = "`prefix` is up to ten digits";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        let (first, last) = (format!("{prefix:0<10}"), format!("{prefix:9<10}"));
        Ok(Ask::Numbers { first, last, most: rows(most)? })
    };
    api.hand_on(&headers, ask).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    to: Option<String>,
    most: Option<u32>,
}

/// What waits, and for what: what `postrider queue --json` prints.
#[utoipa::path(
    get, path = "/v1/network/queue", tag = "network",
    params(("to" = Option<String>, Query, pattern = "^[0-9]{10}$", description = "The messages for this number, one by one"),
           ("most" = Option<u32>, Query, maximum = 10000, minimum = 0, description = "At most so many; 100 if left out")),
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn queue(
    State(api): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let ask = || {
        let To { to, most } = query(&uri)?;
        Ok(Ask::Queue { to, most: rows(most)? })
    };
    api.hand_on(&headers, ask).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct What {
    what: String,
    most: Option<u32>,
}

/// Where a message is or was, or the way to a number: what `postrider trace --json` prints.
#[utoipa::path(
    get, path = "/v1/network/trace", tag = "network",
    params(("what" = String, Query, pattern = "^[0-9]{10}(-[0-9]{10})?$", example = "5550000001-5550000002",
            description = "`NUMBER`, `FROM-TO`, or a message's name"),
           ("most" = Option<u32>, Query, maximum = 10000, minimum = 0, description = "At most so many messages; 100 if left out")),
    responses((status = 200, body = serde_json::Value)),
    security(("key" = ["network"])))]
pub(crate) async fn trace(
    State(api): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let ask = || {
        let What { what, most } = query(&uri)?;
        Ok(Ask::Trace { what, most: rows(most)? })
    };
    api.hand_on(&headers, ask).await
}

fn rows(most: Option<u32>) -> Result<usize, Problem> {
    let most = Some(most.map_or(ROWS, |most| most as usize)).filter(|most| *most <= ROWS_MAX);
    let why = "`most` is at most 10,000";
    most.ok_or_else(|| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why))
}
