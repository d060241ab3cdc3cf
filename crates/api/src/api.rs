//! What all requests share, and what is at which path.

use crate::applications::Applications;
use crate::hooks::Reach;
use crate::keys::Keys;
use crate::network::questions;
use crate::network::{Feed, Places};
use crate::{contacts, document, groups, hooks, live, monitors, network, numbers, texts};
use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use postrider_server::{Asker, Server, WebSettings};
use postrider_web::{Home, Problem};
use std::path::PathBuf;
use std::sync::Arc;

/// What a server answers to programs.
pub struct Api {
    pub(crate) keys: Keys,
    pub(crate) applications: Applications,
    pub(crate) asker: Asker,
    pub(crate) feed: Feed,
    pub(crate) places: Places,
}

/// As handlers have it.
pub(crate) type Shared = Arc<Api>;

impl Api {
    /// Of the server with this data folder, which is at this place. Its settings say which
    /// networks' addresses hooks may call beside those of the internet, and where servers stand.
    pub fn new(data: PathBuf, home: Home, server: &Server, settings: &WebSettings) -> Api {
        let networks = settings.hooks.clone();
        let (reach, asker) = (Reach { networks, ..Reach::default() }, server.asker());
        Api {
            keys: Keys::in_folder(&data),
            applications: Applications::new(data, home, asker.clone(), reach),
            feed: Feed::default(),
            places: settings.places.clone(),
            asker,
        }
    }

    /// Asks the server's threads, beside the web's.
    pub(crate) async fn asked<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Asker) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let asker = self.asker.clone();
        let asked = tokio::task::spawn_blocking(move || ask(&asker)).await;
        asked.map_err(|_| ending())
    }

    /// Starts its applications and its looks at the network, on the runtime that it is called on,
    /// and says what is at which path.
    pub fn begin(self) -> Router {
        let api = Arc::new(self);
        let starting = api.clone();
        tokio::spawn(async move { starting.applications.start_all(&starting.keys).await });
        tokio::spawn(network::look_on(api.clone()));
        Router::new()
            .route("/v1/texts", post(texts::send).get(texts::list))
            .route("/v1/texts/unread", get(texts::unread))
            .route("/v1/texts/{id}", get(texts::one).delete(texts::withdraw))
            .route("/v1/texts/{id}/trace", get(texts::trace))
            .route("/v1/texts/{id}/read", post(texts::read))
            .route("/v1/number", get(numbers::own))
            .route("/v1/numbers/{number}", get(numbers::one))
            .route("/v1/contacts", get(contacts::list))
            .route("/v1/contacts/{number}", get(contacts::one).patch(contacts::change))
            .route("/v1/groups/{number}/roll", post(groups::call_roll))
            .route("/v1/hook", put(hooks::set).get(hooks::show).delete(hooks::remove))
            .route("/v1/live", get(live::follow))
            .route("/v1/openapi.json", get(document::serve))
            .route("/v1/network", get(network::now))
            .route("/v1/network/live", get(network::follow))
            .route("/v1/network/history", get(network::history))
            .route("/v1/network/status", get(questions::status))
            .route("/v1/network/peers", get(questions::peers))
            .route("/v1/network/routes", get(questions::routes))
            .route("/v1/network/numbers", get(questions::numbers))
            .route("/v1/network/queue", get(questions::queue))
            .route("/v1/network/trace", get(questions::trace))
            .route("/healthz", get(monitors::health))
            .route("/readyz", get(monitors::ready))
            .route("/metrics", get(monitors::metrics))
            .method_not_allowed_fallback(not_that)
            .with_state(api)
    }
}

pub(crate) fn ending() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is ending")
}

async fn not_that() -> impl IntoResponse {
    let why = "that cannot be done here; the header `Allow` says what can";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, why)
}
