//! The part `[smpp]`: the message centre for programs that can send an SMS.

use super::SettingsError;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// SMPP's usual port.
const PORT: u16 = 2775;
/// The usual one by TLS.
const TLS_PORT: u16 = 3550;

/// The message centre, checked. At least one of the addresses is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmppSettings {
    /// Where clients bind by TCP.
    pub listen: Option<SocketAddr>,
    /// Where they bind by TLS, and the files of the certificate and its key.
    pub tls: Option<(SocketAddr, PathBuf, PathBuf)>,
    /// Minutes after which a client that asks for nothing is unbound; none: it is not.
    pub inactive_minutes: Option<u32>,
}

/// What one source says of the message centre.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SmppSources {
    /// Where clients bind, `IP` or `IP:PORT` (port 2775); nowhere without it.
    pub listen: Option<String>,
    /// Where they bind by TLS, `IP` or `IP:PORT` (port 3550).
    pub listen_tls: Option<String>,
    /// A file with a certificate in PEM, and those that lead to a known one.
    pub certificate: Option<PathBuf>,
    /// The file with its secret key, in PEM.
    pub key: Option<PathBuf>,
    /// Minutes after which a client that asks for nothing is unbound.
    pub inactive_minutes: Option<u32>,
}

impl SmppSources {
    pub(super) fn over(self, below: SmppSources) -> SmppSources {
        SmppSources {
            listen: self.listen.or(below.listen),
            listen_tls: self.listen_tls.or(below.listen_tls),
            certificate: self.certificate.or(below.certificate),
            key: self.key.or(below.key),
            inactive_minutes: self.inactive_minutes.or(below.inactive_minutes),
        }
    }

    /// Its numbers are clients: without those there is no message centre.
    pub(super) fn check(self, takes_clients: bool) -> Result<Option<SmppSettings>, SettingsError> {
        let listen = self.listen.map(|written| address(&written, PORT)).transpose()?;
        let listen_tls = self.listen_tls.map(|written| address(&written, TLS_PORT)).transpose()?;
        let tls = match (listen_tls, self.certificate, self.key) {
            (Some(listen), Some(certificate), Some(key)) => Some((listen, certificate, key)),
            (None, None, None) => None,
            _ => return Err(SettingsError::SmppTls),
        };
        if listen.is_none() && tls.is_none() {
            return Ok(None);
        }
        let inactive_minutes = self.inactive_minutes.filter(|minutes| *minutes > 0);
        let settings = SmppSettings { listen, tls, inactive_minutes };
        takes_clients.then_some(Some(settings)).ok_or(SettingsError::SmppWithoutClients)
    }
}

fn address(written: &str, port: u16) -> Result<SocketAddr, SettingsError> {
    let trimmed = written.trim();
    let whole = trimmed.parse().or_else(|_| trimmed.parse::<IpAddr>().map(|ip| (ip, port).into()));
    whole.map_err(|_| SettingsError::Address { found: written.to_owned() })
}
