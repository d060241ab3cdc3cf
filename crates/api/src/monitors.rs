//! For whoever watches over the server.

use crate::api::{Shared, ending};
use crate::keys::Scope;
use crate::words::ProblemDetails;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postrider_server::Asker;
use postrider_web::Problem;

/// What Prometheus' text format is called.
const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether the server runs: for whoever restarts it.
#[utoipa::path(
    get, path = "/healthz", tag = "monitoring",
    responses((status = 200, description = "Its threads answer", content_type = "text/plain"),
              (status = 503, body = ProblemDetails, content_type = "application/problem+json")))]
pub(crate) async fn health(State(api): State<Shared>) -> Result<&'static str, Problem> {
    let answers = api.asked(|asker| asker.engine(|_| ()).is_some()).await?;
    answers.then_some("ok\n").ok_or_else(ending)
}

/// Whether it takes texts: for whoever sends people there.
#[utoipa::path(
    get, path = "/readyz", tag = "monitoring",
    responses((status = 200, description = "It does; what is not as it should be stands in the lines", content_type = "text/plain"),
              (status = 503, body = ProblemDetails, content_type = "application/problem+json")))]
pub(crate) async fn ready(State(api): State<Shared>) -> Result<String, Problem> {
    let health = api.asked(Asker::health).await?;
    match health.unready.is_empty() {
        true => Ok(format!(
            "ok\n{}",
            health.notes.iter().fold(String::new(), |all, one| all + one + "\n")
        )),
        false => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, health.unready.join("; "))),
    }
}

/// The server in figures, for Prometheus (docs/operations.md).
#[utoipa::path(
    get, path = "/metrics", tag = "monitoring",
    responses((status = 200, description = "Prometheus' text format", body = String, content_type = "text/plain")),
    security(("key" = ["metrics"])))]
pub(crate) async fn metrics(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    api.key(&headers, Scope::Metrics)?;
    let metrics = api.asked(Asker::metrics).await?;
    let metrics = metrics.ok_or_else(ending)?;
    Ok(([(header::CONTENT_TYPE, KIND)], metrics).into_response())
}
