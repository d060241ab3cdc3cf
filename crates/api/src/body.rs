//! What a request says: its body and its query.

use crate::limits::{BODY_BYTES_MAX, BODY_WITHIN};
use axum::body::{Body, to_bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use postrider_web::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A body of JSON.
pub(crate) async fn read<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let why = "the body has to be JSON, with `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let bytes = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_BYTES_MAX)).await;
    let bytes = match bytes {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let why = format!("the body is cut off, or has more than {BODY_BYTES_MAX} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        Err(_) => {
            let why = "the body did not come in time; nothing was done";
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, why));
        }
    };
    serde_json::from_slice(&bytes).map_err(|why| {
        let why = format!("the body is not as it should be: {why}; nothing was done");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why)
    })
}

/// What stands behind the question mark.
pub(crate) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let query = Query::try_from_uri(uri).map_err(|why| {
        let why = format!("the query is not as it should be: {}", why.body_text());
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why)
    })?;
    let Query(query) = query;
    Ok(query)
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(why) => {
            tracing::error!(%why, "an answer cannot be written");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written")
                .into_response()
        }
    }
}

/// The same of bytes that are JSON.
pub(crate) fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, bytes).into_response()
}
