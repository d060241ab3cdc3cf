//! Numbers: the application's own, and those of the directory.

use crate::api::Shared;
use crate::body::json;
use crate::keys::Scope;
use crate::limits::ANSWER_WITHIN;
use crate::texts::{number, problem, read_history};
use crate::words::{FoundNumber, OwnNumber, ProblemDetails, says_of};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use postrider_client::ClientError;
use postrider_web::Problem;

/// The application's number, and whether its texts can leave.
#[utoipa::path(
    get, path = "/v1/number", tag = "numbers",
    responses((status = 200, body = OwnNumber)),
    security(("key" = ["read"])))]
pub(crate) async fn own(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let known = read_history(&client, |profile| {
        Ok((profile.owner_key().to_string(), profile.history().waiting()?))
    });
    let (key, waiting) = known.await?;
    let (attached, says) = says_of(&client.status());
    let number = client.number().to_string();
    Ok(json(StatusCode::OK, &OwnNumber { number, key, attached, says, waiting }))
}

/// What the directory says of a number.
#[utoipa::path(
    get, path = "/v1/numbers/{number}", tag = "numbers",
    params(("number" = String, Path, pattern = "^[0-9]{10}$")),
    responses((status = 200, body = FoundNumber),
              (status = 422, body = ProblemDetails, content_type = "application/problem+json"),
              (status = 503, description = "The server has not let the application in", body = ProblemDetails,
               content_type = "application/problem+json")),
    security(("key" = ["read"])))]
pub(crate) async fn one(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(digits): Path<String>,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let found = tokio::time::timeout(ANSWER_WITHIN, client.lookup(number(&digits)?)).await;
    let found =
        found.map_err(|_| problem(&ClientError::NotAttached))?.map_err(|why| problem(&why))?;
    Ok(json(StatusCode::OK, &FoundNumber::of(&found)))
}
