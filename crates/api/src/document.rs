//! The document: what can be asked, in OpenAPI 3.1, from the code that answers.

use crate::words::ProblemDetails;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
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
        crate::hooks::set, crate::hooks::show, crate::hooks::remove,
        crate::network::now, crate::network::follow, crate::network::history, crate::network::ask,
        crate::network::health, crate::network::ready,
    ),
    components(schemas(ProblemDetails)),
    modifiers(&BearerKey),
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

/// The document as JSON.
pub fn document() -> String {
    let mut document = Document::openapi().to_pretty_json().unwrap_or_default();
    document.push('\n');
    document
}

pub(crate) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}
