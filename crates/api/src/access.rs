//! Who asks, and whether they may.

use crate::api::Api;
use crate::applications::Running;
use crate::keys::{Key, Scope};
use axum::http::{HeaderMap, StatusCode, header};
use postrider_client::Client;
use postrider_web::Problem;

impl Api {
    /// The key of a request, if it is good for this.
    pub(crate) fn key(&self, headers: &HeaderMap, scope: Scope) -> Result<Key, Problem> {
        let said = headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
        let said = said.and_then(|said| said.split_once(' '));
        let said = said.filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let Some((_, said)) = said else {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "a key is needed, in the header `Authorization: Bearer KEY`; the server's \
                 operator makes one with `postrider keys add`",
            ));
        };
        let found = self.keys.check(said.trim()).map_err(|why| {
            tracing::error!(%why, "keys cannot be read");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server cannot read its keys; its log says why",
            )
        })?;
        let Some(key) = found else {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "this key is not good, or no longer; nothing was done",
            ));
        };
        if !key.scopes.contains(&scope) {
            let name = scope.name();
            let why = format!("this key is not good for `{name}`; nothing was done");
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        Ok(key)
    }

    /// The application whose key it is.
    pub(crate) async fn running(
        &self,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<Running, Problem> {
        let key = self.key(headers, scope)?;
        let Some(application) = key.application else {
            let why = "this key is no application's, which alone has a number";
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        };
        self.applications.running(&application).await
    }

    /// Its client.
    pub(crate) async fn client(
        &self,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<Client, Problem> {
        Ok(self.running(headers, scope).await?.client)
    }
}
