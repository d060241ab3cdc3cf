//! The message centre of a server that runs.

use anyhow::Context;
use postrider_server::{Server, Settings, SmppSettings};
use postrider_smpp::session::Timers;
use postrider_smpp::{Listen, Smpp};
use postrider_web::{CertificateFiles, Home};
use std::time::Duration;

/// A message centre, until it is stopped.
pub(crate) struct Gateway(Smpp);

impl Gateway {
    /// Speaks SMPP for a server, if its settings say so.
    pub(crate) fn start(settings: &Settings, server: &Server) -> anyhow::Result<Option<Gateway>> {
        let (Some(smpp), Some(key)) = (&settings.smpp, server.key()) else { return Ok(None) };
        let key = postrider_link::PublicKey::from_bytes(key.0).context("the server has no key")?;
        let home = Home::at(server.address(), key);
        let address = smpp.tls.as_ref().map(|(address, ..)| *address);
        let inactivity = smpp.inactive_minutes.map(|minutes| Duration::from_secs(60) * minutes);
        let listen = Listen {
            plain: smpp.listen,
            tls: address.zip(certificate_files(smpp)),
            timers: Timers { inactivity, ..Timers::default() },
        };
        Ok(Some(Gateway(Smpp::start(&listen, settings.data.clone(), home, server)?)))
    }

    /// Where clients bind, for people.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let plain = self.0.plain().map(|address| format!("{address}"));
        let tls = self.0.tls().map(|address| format!("{address}, by TLS"));
        plain.into_iter().chain(tls).collect()
    }

    /// Speaks it no longer.
    pub(crate) fn stop(self) {
        self.0.stop();
    }
}

/// The files of the certificate, where TLS is spoken.
fn certificate_files(smpp: &SmppSettings) -> Option<CertificateFiles> {
    let (_, certificate, key) = smpp.tls.clone()?;
    Some(CertificateFiles { certificate, key })
}
