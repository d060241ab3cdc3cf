//! An application's texts: to send them, to read them, and what became of them.

use crate::api::Shared;
use crate::body::{self, json, query};
use crate::keys::Scope;
use crate::limits::{ANSWER_WITHIN, IDEMPOTENCY_KEY_MAX, PAGE_MAX};
use crate::words::{NewText, ProblemDetails, Text, Texts};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use postrider_client::{Client, ClientError, Entry, EntryId, Profile, ProfileError, Stamp};
use postrider_proto::Number;
use postrider_web::Problem;
use serde::Deserialize;

const DEFAULT_PAGE: usize = 50;

/// Sends a text.
///
/// It is on the server's disk, in the application's outbox, when this is answered, and leaves as
/// soon as it can. A request that is repeated with the same `Idempotency-Key` sends nothing again
/// and is answered with the text as it is by then, also after a restart.
#[utoipa::path(
    post, path = "/v1/texts", tag = "texts", request_body = NewText,
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            pattern = "^[!-~]{1,200}$", description = "By what the program knows this text: 1 to 200 visible ASCII characters")),
    responses(
        (status = 201, description = "It is kept, and will be sent", body = Text),
        (status = 200, description = "It was kept before, under the same key", body = Text),
        (status = 409, description = "Another text was sent under this key", body = ProblemDetails,
         content_type = "application/problem+json"),
        (status = 422, description = "The text or the number cannot be", body = ProblemDetails,
         content_type = "application/problem+json")),
    security(("key" = ["send"])))]
pub(crate) async fn send(
    State(api): State<Shared>,
    headers: HeaderMap,
    sent: Body,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Send).await?;
    let key = idempotency_key(&headers)?;
    let text: NewText = body::read(&headers, sent).await?;
    let unfit = |why: &'static str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why);
    let draft = text.draft().map_err(unfit)?;
    let (entry, is_new) = client.send_once(draft, key).await.map_err(|why| problem(&why))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Text::of(&entry)))
}

pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let is_visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key.to_str().ok().filter(is_visible);
    let key = key.filter(|key| (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len()));
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        let why = "`Idempotency-Key` has 1 to 200 visible ASCII characters; nothing was sent";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    with: String,
    before: Option<i64>,
    limit: Option<usize>,
}

/// The texts with a number, the newest first.
#[utoipa::path(
    get, path = "/v1/texts", tag = "texts",
    params(("with" = String, Query, pattern = "^[0-9]{10}$", description = "The number"),
           ("before" = Option<i64>, Query, description = "Those before this one: page on with the last `id`"),
           ("limit" = Option<u32>, Query, maximum = 500, minimum = 0, description = "At most so many; 50 if left out")),
    responses((status = 200, body = Texts)),
    security(("key" = ["read"])))]
pub(crate) async fn list(
    State(api): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let Which { with, before, limit } = query(&uri)?;
    let with = number(&with)?;
    let limit = page(limit)?;
    let page = read_history(&client, move |profile| {
        profile.history().page(with, before.map(EntryId), limit)
    });
    Ok(json(StatusCode::OK, &Texts::of(&page.await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    after: Option<i64>,
    limit: Option<usize>,
}

/// The texts that came and were not marked as read, the oldest first.
#[utoipa::path(
    get, path = "/v1/texts/unread", tag = "texts",
    params(("after" = Option<i64>, Query, description = "Those after this one: page on with the last `id`"),
           ("limit" = Option<u32>, Query, maximum = 500, minimum = 0, description = "At most so many; 50 if left out")),
    responses((status = 200, body = Texts)),
    security(("key" = ["read"])))]
pub(crate) async fn unread(
    State(api): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let After { after, limit } = query(&uri)?;
    let limit = page(limit)?;
    let unread = move |profile: &Profile| profile.history().unread(after.map(EntryId), limit);
    Ok(json(StatusCode::OK, &Texts::of(&read_history(&client, unread).await?)))
}

/// One text, and what is known of it.
#[utoipa::path(
    get, path = "/v1/texts/{id}", tag = "texts", params(("id" = i64, Path)),
    responses((status = 200, body = Text),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["read"])))]
pub(crate) async fn one(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    Ok(json(StatusCode::OK, &Text::of(&entry(&client, &id).await?)))
}

/// Where a text is that was sent, asked of the servers that have it. Answers from further along
/// the way may come later, as changes of the text.
#[utoipa::path(
    get, path = "/v1/texts/{id}/trace", tag = "texts", params(("id" = i64, Path)),
    responses((status = 200, body = Text),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
              (status = 503, description = "No server can be asked at the moment", body = ProblemDetails,
               content_type = "application/problem+json")),
    security(("key" = ["read"])))]
pub(crate) async fn trace(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let entry = entry(&client, &id).await?;
    let traced = tokio::time::timeout(ANSWER_WITHIN, client.trace(entry.id)).await;
    let traced = traced.map_err(|_| problem(&ClientError::NotAttached))?;
    Ok(json(StatusCode::OK, &Text::of(&traced.map_err(|why| problem(&why))?)))
}

/// Marks all texts of a sender as read, up to this one; the senders are told so.
#[utoipa::path(
    post, path = "/v1/texts/{id}/read", tag = "texts", params(("id" = i64, Path)),
    responses((status = 204, description = "They are"),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["read"])))]
pub(crate) async fn read(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let client = api.client(&headers, Scope::Read).await?;
    let Entry { id, with, .. } = entry(&client, &id).await?;
    let read = move |profile: &mut Profile| profile.mark_read(with, id, true, Stamp::now());
    client.with_profile(read).await.and_then(|done| Ok(done?)).map_err(|why| problem(&why))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back a text that has not left: it is as if it had never been sent.
#[utoipa::path(
    delete, path = "/v1/texts/{id}", tag = "texts", params(("id" = i64, Path)),
    responses((status = 204, description = "It is taken back"),
              (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
              (status = 409, description = "It has left", body = ProblemDetails,
               content_type = "application/problem+json")),
    security(("key" = ["send"])))]
pub(crate) async fn withdraw(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let client = api.client(&headers, Scope::Send).await?;
    let id = entry(&client, &id).await?.id;
    let withdraw = move |profile: &mut Profile| profile.withdraw(id);
    client.with_profile(withdraw).await.and_then(|done| Ok(done?)).map_err(|why| problem(&why))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Texts of a page.
fn page(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = Some(limit.unwrap_or(DEFAULT_PAGE)).filter(|limit| *limit <= PAGE_MAX);
    let why = "`limit` is at most 500";
    limit.ok_or_else(|| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why))
}

async fn entry(client: &Client, id: &str) -> Result<Entry, Problem> {
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "this application has no such text");
    let id = id.parse().map(EntryId).map_err(|_| nothing())?;
    let found = read_history(client, move |profile| profile.history().entry(id)).await?;
    found.ok_or_else(nothing)
}

/// Reads on the client's own thread, so that nobody else waits for the disk.
pub(crate) async fn read_history<R: Send + 'static>(
    client: &Client,
    read: impl FnOnce(&Profile) -> Result<R, ProfileError> + Send + 'static,
) -> Result<R, Problem> {
    let read = client.look(move |profile| read(profile)).await;
    read.and_then(|read| Ok(read?)).map_err(|why| problem(&why))
}

pub(crate) fn number(digits: &str) -> Result<Number, Problem> {
    let why = "a number has ten digits";
    digits.parse().map_err(|_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why))
}

pub(crate) fn problem(error: &ClientError) -> Problem {
    let status = match error {
        ClientError::Profile(ProfileError::Empty | ProfileError::TooLong { .. }) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ClientError::Profile(ProfileError::KeyUsed | ProfileError::HasLeft) => StatusCode::CONFLICT,
        ClientError::Profile(ProfileError::NoEntry) => StatusCode::NOT_FOUND,
        ClientError::NotAttached | ClientError::Ended => StatusCode::SERVICE_UNAVAILABLE,
        _ => {
            tracing::error!(%error, "an application's request was not done");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    Problem::new(status, error.to_string())
}
