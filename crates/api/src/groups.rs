//! Groups: numbers that hand what they are sent to all who are in them.

use crate::api::Shared;
use crate::body::{self, json};
use crate::keys::Scope;
use crate::texts::{idempotency_key, number, problem};
use crate::words::{ProblemDetails, RollCall, Text};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use postrider_client::Draft;
use postrider_web::Problem;

/// Characters of a roll call.
const CHARACTERS_MAX: usize = 2_000;

/// Calls a group's roll: it asks everybody who is in it. The application has to be one of its
/// moderators. What the members answer, and the tally, come as texts of the group.
#[utoipa::path(
    post, path = "/v1/groups/{number}/roll", tag = "groups", request_body = RollCall,
    params(("number" = String, Path, pattern = "^[0-9]{10}$", description = "The group's number"),
           ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]{1,200}$", description = "As of `POST /v1/texts`")),
    responses(
        (status = 201, description = "It is kept, and will be sent", body = Text),
        (status = 200, description = "It was kept before, under the same key", body = Text),
        (status = 409, description = "Another text was sent under this key", body = ProblemDetails,
         content_type = "application/problem+json")),
    security(("key" = ["send"])))]
pub(crate) async fn call_roll(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(digits): Path<String>,
    sent: Body,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Send).await?;
    let (group, key) = (number(&digits)?, idempotency_key(&headers)?);
    let RollCall { text } = body::read(&headers, sent).await?;
    if !(1..=CHARACTERS_MAX).contains(&text.chars().count()) {
        let why = "a roll call has 1 to 2,000 characters; nothing was sent";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let draft = Draft::new(group, format!("/roll {text}"));
    let (entry, is_new) = client.send_once(draft, key).await.map_err(|why| problem(&why))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Text::of(&entry)))
}
