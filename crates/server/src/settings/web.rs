//! The part `[web]`: the page for browsers.

use super::SettingsError;
use super::sources::address;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a server stands: degrees of latitude, north of the equator, and of longitude, east of
/// Greenwich.
pub type Degrees = [f64; 2];

/// The page for browsers, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct WebSettings {
    /// Where browsers find it, by TCP.
    pub listen: SocketAddr,
    /// Names, beside addresses and local ones, under which it is asked.
    pub hosts: Vec<String>,
    /// The files of a certificate and of its key, where the page is shown by HTTPS.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Networks, beside the internet, whose addresses applications' hooks may be at.
    pub hooks: Vec<IpNet>,
    /// Where servers stand on the network's map, by their names or keys.
    pub places: BTreeMap<String, Degrees>,
}

/// What one source says of the page.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebSources {
    /// Where browsers find it, `IP` or `IP:PORT`; there is none without it.
    pub listen: Option<String>,
    /// Names under which it is asked, such as `post.example`. Addresses, `localhost` and what
    /// ends in `.local`, `.lan`, `.home.arpa` or `.internal` need not be named.
    pub hosts: Option<Vec<String>>,
    /// A file with a certificate in PEM, and those that lead to a known one: the page is shown by
    /// HTTPS then.
    pub certificate: Option<PathBuf>,
    /// The file with its secret key, in PEM.
    pub key: Option<PathBuf>,
    /// Networks, beside the internet, that applications may have told what happens: without
    /// them, no address of this machine or of a local network.
    pub hooks: Option<Vec<IpNet>>,
    /// Where servers stand on the network's map, by their names or keys, as
    /// `"Camp 1" = [59.913, 10.752]`: latitude and longitude in degrees.
    pub places: Option<BTreeMap<String, Degrees>>,
}

fn is_on_earth([latitude, longitude]: &Degrees) -> bool {
    (-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude)
}

impl WebSources {
    pub(super) fn over(self, below: WebSources) -> WebSources {
        WebSources {
            listen: self.listen.or(below.listen),
            hosts: self.hosts.or(below.hosts),
            certificate: self.certificate.or(below.certificate),
            key: self.key.or(below.key),
            hooks: self.hooks.or(below.hooks),
            places: self.places.or(below.places),
        }
    }

    /// Browsers are clients: without those there is no page.
    pub(super) fn check(self, takes_clients: bool) -> Result<Option<WebSettings>, SettingsError> {
        let Some(listen) = self.listen.as_deref().map(address).transpose()? else {
            return Ok(None);
        };
        let certificate = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(SettingsError::HalfACertificate),
        };
        let places = self.places.unwrap_or_default();
        if let Some((name, _)) = places.iter().find(|(_, place)| !is_on_earth(place)) {
            return Err(SettingsError::Place { name: name.clone() });
        }
        match takes_clients {
            true => Ok(Some(WebSettings {
                listen,
                hosts: self.hosts.unwrap_or_default(),
                certificate,
                hooks: self.hooks.unwrap_or_default(),
                places,
            })),
            false => Err(SettingsError::WebWithoutClients),
        }
    }
}
