//! Whom an application knows.

use crate::api::Shared;
use crate::body::{self, json};
use crate::keys::Scope;
use crate::texts::{number, problem, read_history};
use crate::words::{ContactChange, Contacts, KnownContact, ProblemDetails};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use postrider_client::{Contact, Profile, ProfileError, Stamp};
use postrider_proto::Number;
use postrider_web::Problem;

/// Characters of a name.
const NAME_MAX: usize = 64;

/// All numbers of which the application knows something, by name and number.
#[utoipa::path(
    get, path = "/v1/contacts", tag = "contacts",
    responses((status = 200, body = Contacts)),
    security(("key" = ["contacts"])))]
pub(crate) async fn list(
    State(api): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Contacts).await?;
    let all = read_history(&client, |profile| profile.history().contacts()).await?;
    let contacts = all.iter().map(KnownContact::from).collect();
    Ok(json(StatusCode::OK, &Contacts { contacts }))
}

/// What the application knows of a number.
#[utoipa::path(
    get, path = "/v1/contacts/{number}", tag = "contacts",
    params(("number" = String, Path, pattern = "^[0-9]{10}$")),
    responses((status = 200, body = KnownContact),
              (status = 422, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["contacts"])))]
pub(crate) async fn one(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(digits): Path<String>,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Contacts).await?;
    let number = number(&digits)?;
    let found = read_history(&client, move |profile| profile.history().contact(number)).await?;
    Ok(json(StatusCode::OK, &KnownContact::from(&found)))
}

/// Gives a number a name, says whether its texts are wanted, or accepts its new key.
#[utoipa::path(
    patch, path = "/v1/contacts/{number}", tag = "contacts", request_body = ContactChange,
    params(("number" = String, Path, pattern = "^[0-9]{10}$")),
    responses((status = 200, body = KnownContact),
              (status = 409, description = "It is not said to have that key", body = ProblemDetails,
               content_type = "application/problem+json"),
              (status = 422, body = ProblemDetails, content_type = "application/problem+json")),
    security(("key" = ["contacts"])))]
pub(crate) async fn change(
    State(api): State<Shared>,
    headers: HeaderMap,
    Path(digits): Path<String>,
    sent: Body,
) -> Result<Response, Problem> {
    let client = api.client(&headers, Scope::Contacts).await?;
    let number = number(&digits)?;
    let change: ContactChange = body::read(&headers, sent).await?;
    if change.name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
        let why = "a name has at most 64 characters; nothing was changed";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let changed = client.with_profile(move |profile| make(profile, number, &change)).await;
    match changed.and_then(|changed| Ok(changed?)).map_err(|why| problem(&why))? {
        Some(contact) => Ok(json(StatusCode::OK, &KnownContact::from(&contact))),
        None => {
            let why = "the number is not said to have that key; nothing was changed";
            Err(Problem::new(StatusCode::CONFLICT, why))
        }
    }
}

/// None if the key is another one than that which the number is said to have.
fn make(
    profile: &mut Profile,
    number: Number,
    change: &ContactChange,
) -> Result<Option<Contact>, ProfileError> {
    if let Some(key) = &change.accept_key {
        let said = profile.history().contact(number)?.new_key;
        match said.filter(|said| said.to_string() == *key) {
            Some(said) => drop(profile.accept_key(number, said, Stamp::now())?),
            None => return Ok(None),
        }
    }
    if let Some(name) = &change.name {
        profile.set_name(number, (!name.is_empty()).then_some(name))?;
    }
    if let Some(standing) = change.standing {
        profile.set_standing(number, standing.into())?;
    }
    profile.history().contact(number).map(Some)
}
