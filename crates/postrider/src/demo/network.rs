//! The demo's servers: the real ones, in this process, on loopback.

use anyhow::Context;
use postrider_proto::classic::Line;
use postrider_server::{ClassicSources, Server, Sources};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

const SERVERS: u16 = 5;

/// Servers in a line, each with a folder of its own.
pub(super) struct Network {
    addresses: Vec<SocketAddr>,
    folder: PathBuf,
    servers: Vec<Option<Server>>,
}

impl Network {
    /// Starts all servers, on ports from `first` on or on free ones.
    pub(super) fn start(folder: &Path, first: u16) -> anyhow::Result<Network> {
        let addresses = free_addresses(first)?;
        Line::new(addresses.clone())?;
        let servers = addresses.iter().map(|_| None).collect();
        let mut network = Network { addresses, folder: folder.to_owned(), servers };
        for index in 1..=usize::from(SERVERS) {
            network.start_server(index)?;
        }
        Ok(network)
    }

    /// Where the servers listen, from the first to the last.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// Where the server with this index, from 1, listens.
    pub(super) fn address(&self, index: usize) -> SocketAddr {
        self.addresses[index - 1]
    }

    /// Starts a server that does not run.
    pub(super) fn start_server(&mut self, index: usize) -> anyhow::Result<()> {
        let classic = ClassicSources {
            line: Some(self.addresses.iter().map(ToString::to_string).collect()),
            index: Some(index),
            ..ClassicSources::default()
        };
        let data = Some(self.folder.join(format!("server{index}")));
        let settings = Sources { data, classic, ..Sources::default() }.check()?;
        let server = Server::start(&settings).with_context(|| format!("server {index}"))?;
        self.servers[index - 1] = Some(server);
        Ok(())
    }

    /// Drains a server.
    pub(super) fn stop_server(&mut self, index: usize) -> anyhow::Result<()> {
        match self.servers[index - 1].take() {
            Some(server) => server.drain().map(drop).with_context(|| format!("server {index}")),
            None => Ok(()),
        }
    }

    /// Drains all that run.
    pub(super) fn drain(mut self) -> anyhow::Result<()> {
        (1..=self.servers.len()).try_for_each(|index| self.stop_server(index))
    }
}

/// The ports from `first` on, or free ones if any of them is in use.
fn free_addresses(first: u16) -> anyhow::Result<Vec<SocketAddr>> {
    let last = first.checked_add(SERVERS - 1).context("--port: there are no ports beyond 65535")?;
    bind_all(first..=last)
        .or_else(|_| bind_all(std::iter::repeat_n(0, usize::from(SERVERS))))
        .context("no free ports on this machine")
}

fn bind_all(ports: impl IntoIterator<Item = u16>) -> std::io::Result<Vec<SocketAddr>> {
    let bind = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
    let sockets = ports.into_iter().map(bind).collect::<std::io::Result<Vec<_>>>()?;
    sockets.iter().map(UdpSocket::local_addr).collect()
}
