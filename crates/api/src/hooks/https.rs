//! HTTPS to where a hook is.

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Trusts the authorities that this machine trusts, as they are when the first hook is called.
#[derive(Clone, Default)]
pub(crate) struct Https(Arc<OnceLock<Result<TlsConnector, String>>>);

impl std::fmt::Debug for Https {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Https")
    }
}

impl Https {
    /// Agrees on keys with who shows a certificate for this name.
    pub(crate) async fn agree(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        let connector = self.0.get_or_init(connector).clone()?;
        let agreed = connector.connect(name, stream).await;
        agreed.map_err(|why| format!("no HTTPS was agreed on: {why}"))
    }
}

fn connector() -> Result<TlsConnector, String> {
    let mut known = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the authorities that this machine trusts are not known");
    }
    known.add_parsable_certificates(found.certs);
    if known.is_empty() {
        return Err("this machine trusts no authority: install its CA certificates".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| why.to_string())?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(known).with_no_client_auth())))
}
