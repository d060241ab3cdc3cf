//! What this server says of itself on the local network.

use super::SERVICE;
use super::seen::{KEY, NAME};
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use postrider_proto::native::ServerKey;
use std::net::{IpAddr, SocketAddr};

/// A server, as it shows itself.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub(super) key: ServerKey,
    pub(super) name: String,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Announced {
    /// Begins to say it, on the interfaces where the server listens and on no others.
    pub(super) fn announce(&self) -> Result<ServiceDaemon, mdns_sd::Error> {
        let library = ServiceDaemon::new()?;
        let (wanted, unwanted) = interfaces(self.address.ip());
        library.disable_interface(IfKind::All)?;
        library.enable_interface(wanted.clone())?;
        library.disable_interface(unwanted)?;
        let mut info = self.info()?;
        info.set_interfaces(wanted);
        library.register(info)?;
        Ok(library)
    }

    /// The short key is what tells servers apart; what people call them need not.
    fn info(&self) -> Result<ServiceInfo, mdns_sd::Error> {
        let (id, key) = (self.key.id().to_string(), self.key.to_string());
        let said = [(KEY, key.as_str()), (NAME, self.name.as_str())];
        let host = format!("postrider-{id}.local.");
        let ip = self.address.ip();
        let here = if ip.is_unspecified() { String::new() } else { ip.to_string() };
        let port = self.address.port();
        let info = ServiceInfo::new(SERVICE, &id, &host, here.as_str(), port, &said[..])?;
        Ok(if ip.is_unspecified() { info.enable_addr_auto() } else { info })
    }
}

/// The interfaces where a server is that listens there, and those of them that are not
/// meant. One that listens everywhere is not on the loopback: nobody else is there.
fn interfaces(listens: IpAddr) -> (Vec<IfKind>, Vec<IfKind>) {
    let loopbacks = vec![IfKind::LoopbackV4, IfKind::LoopbackV6];
    match listens {
        IpAddr::V4(ip) if ip.is_loopback() => (vec![IfKind::LoopbackV4], Vec::new()),
        IpAddr::V6(ip) if ip.is_loopback() => (vec![IfKind::LoopbackV6], Vec::new()),
        IpAddr::V4(ip) if ip.is_unspecified() => (vec![IfKind::IPv4], loopbacks),
        IpAddr::V6(ip) if ip.is_unspecified() => (vec![IfKind::IPv6], loopbacks),
        ip => (vec![IfKind::Addr(ip)], Vec::new()),
    }
}
