//! The document: what can be asked, in OpenAPI 3.1, from the code that answers.

use crate::words::ProblemDetails;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(title = "postrider", description = "Texts of applications, and a look into the network, \
        over HTTP. Each path but those for monitors takes a bearer key, which the server's operator \
        makes with `postrider keys add`; what a key has to be good for stands at each path."),
    paths(
        crate::texts::send, crate::texts::list, crate::texts::unread, crate::texts::one,
        crate::texts::withdraw, crate::texts::trace, crate::texts::read,
        crate::live::follow,
        crate::numbers::own, crate::numbers::one,
        crate::contacts::list, crate::contacts::one, crate::contacts::change,
        crate::groups::call_roll,
        crate::hooks::set, crate::hooks::show, crate::hooks::remove,
        crate::network::now, crate::network::follow, crate::network::history,
        crate::network::questions::status, crate::network::questions::peers, crate::network::questions::routes,
        crate::network::questions::numbers, crate::network::questions::queue, crate::network::questions::trace,
        crate::monitors::health, crate::monitors::ready, crate::monitors::metrics,
    ),
    components(schemas(ProblemDetails)),
    modifiers(&BearerKey, &ForAll),
)]
struct Document;

struct BearerKey;

impl Modify for BearerKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// What may be answered wherever a key or a body is wanted.
struct ForAll;

impl Modify for ForAll {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for path in document.paths.paths.values_mut() {
            let all =
                [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete];
            for operation in all.into_iter().flatten() {
                let mut add = |status: &str, why: &str| {
                    let problem = Content::new(Some(Ref::from_schema_name("ProblemDetails")));
                    let response = ResponseBuilder::new()
                        .description(why)
                        .content("application/problem+json", problem)
                        .build();
                    let responses = &mut operation.responses.responses;
                    responses.entry(status.to_owned()).or_insert(RefOr::T(response));
                };
                if operation.security.is_some() {
                    add("401", "There is no key, or it is not good");
                    add("403", "The key is not good for this");
                    add("503", "The server is ending, or cannot be asked at the moment");
                }
                if operation.request_body.is_some() {
                    add("408", "The body did not come in time");
                    add("413", "The body has too many bytes");
                    add("415", "The body is not said to be JSON");
                    add("422", "The body is not as it should be");
                }
                if operation.parameters.is_some() {
                    add("422", "A parameter is not as it should be");
                }
            }
        }
    }
}

/// The document as JSON.
pub fn document() -> String {
    let mut document = Document::openapi().to_pretty_json().unwrap_or_default();
    document.push('\n');
    document
}

pub(crate) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}
