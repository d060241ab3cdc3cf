//! A server's page for browsers, and the key by which its operator looks into the network there.

use crate::keys::record;
use anyhow::Context;
use postrider_api::{Api, Keys, Scope};
use postrider_server::{Server, Settings, WebSettings};
use postrider_web::{At, CertificateFiles, Home, Web};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// A page that is shown, until it is stopped.
pub(crate) struct Page {
    web: Web,
    scheme: &'static str,
}

impl Page {
    /// Shows the page of a server, if its settings say so.
    pub(crate) fn start(settings: &Settings, server: &Server) -> anyhow::Result<Option<Page>> {
        let (Some(web), Some(key)) = (&settings.web, server.key()) else { return Ok(None) };
        let key = postrider_link::PublicKey::from_bytes(key.0).context("the server has no key")?;
        let home = Home::at(server.address(), key);
        let api = Api::new(settings.data.clone(), home, server, web);
        let certificate = certificate(web);
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let at = At { listen: web.listen, names: web.hosts.clone(), certificate };
        Ok(Some(Page { web: Web::start(at, Some(home), move || api.begin())?, scheme }))
    }

    /// Where browsers find it.
    pub(crate) fn address(&self) -> String {
        format!("{}://{}", self.scheme, self.web.address())
    }

    /// Shows it no longer.
    pub(crate) fn stop(self) {
        self.web.stop();
    }
}

/// The files of the page's certificate, if it is shown by HTTPS.
pub(crate) fn certificate(web: &WebSettings) -> Option<CertificateFiles> {
    let (certificate, key) = web.certificate.clone()?;
    Some(CertificateFiles { certificate, key })
}

/// How an operator gets to see the network, where nobody has had a key yet. Only a terminal is
/// shown a key: what a service says stays in logs.
pub(crate) fn first_key(data: &Path, is_terminal: bool) -> anyhow::Result<Option<String>> {
    if !Keys::in_folder(data).all()?.is_empty() {
        return Ok(None);
    }
    Ok(Some(match is_terminal {
        true => format!(
            "the network is at /network there; the key to it, which is shown only now: {}",
            new_key(data, None)?
        ),
        false => format!(
            "the network is at /network there, for who has a key: `postrider keys add --data {} \
             --good-for network,metrics` makes one",
            data.display()
        ),
    }))
}

/// A new key to the network, for so long.
pub(crate) fn new_key(data: &Path, good_for: Option<Duration>) -> anyhow::Result<String> {
    let scopes = [Scope::Network, Scope::Metrics].into();
    let (key, secret) = Keys::in_folder(data).add(None, scopes, good_for)?;
    record(data, "made a key", json!({ "id": key.id, "scopes": key.scopes }));
    Ok(secret.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_is_shown_once_and_to_a_terminal_alone() {
        let folder = tempfile::tempdir().unwrap();
        let of_a_service = first_key(folder.path(), false).unwrap().unwrap();
        assert!(of_a_service.contains("postrider keys add --data"), "{of_a_service}");
        let keys = Keys::in_folder(folder.path());
        assert!(keys.all().unwrap().is_empty());
        let shown = first_key(folder.path(), true).unwrap().unwrap();
        let secret = shown.rsplit(' ').next().unwrap();
        assert!(keys.check(secret).unwrap().unwrap().scopes.contains(&Scope::Network));
        assert_eq!(first_key(folder.path(), true).unwrap(), None);
    }
}
