//! The demo's servers: the real ones, in this process, on loopback.

use super::shape::{Links, Shape};
use crate::page::Page;
use anyhow::Context;
use postrider_proto::native::ServerKey;
use postrider_server::{ClassicSources, Identity, PeerSource, Server, Sources, TrunkSources};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the links may take to come up before it is told.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is looked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A server, and its page where browsers can be its clients.
struct Running {
    server: Server,
    page: Option<Page>,
}

/// Servers, each with a folder of its own.
pub(super) struct Network {
    pub(super) shape: Shape,
    pub(super) links: Links,
    addresses: Vec<SocketAddr>,
    keys: Vec<ServerKey>,
    folder: PathBuf,
    servers: Vec<Option<Running>>,
}

impl Network {
    /// Starts all servers, on ports from `first` on or on free ones.
    pub(super) fn start(
        folder: &Path,
        first: u16,
        shape: Shape,
        servers: u16,
        seed: u64,
    ) -> anyhow::Result<Network> {
        let addresses = free_addresses(first, servers)?;
        let servers = usize::from(servers);
        let keys = (1..=servers).map(|index| key(&data(folder, index)));
        let mut network = Network {
            shape,
            links: shape.links(servers, seed),
            keys: keys.collect::<anyhow::Result<_>>()?,
            addresses,
            folder: folder.to_owned(),
            servers: std::iter::repeat_with(|| None).take(servers).collect(),
        };
        for index in 1..=servers {
            network.start_server(index)?;
        }
        network.wait_for_links()?;
        Ok(network)
    }

    /// How many servers there are, running or not.
    pub(super) fn count(&self) -> usize {
        self.addresses.len()
    }

    /// Where the servers listen, from the first to the last.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// Where the server with this index, from 1, listens.
    pub(super) fn address(&self, index: usize) -> SocketAddr {
        self.addresses[index - 1]
    }

    /// Where the page of a server is, while it runs.
    pub(super) fn page(&self, index: usize) -> Option<String> {
        self.servers[index - 1].as_ref()?.page.as_ref().map(Page::address)
    }

    /// The data folder of the server with this index.
    pub(super) fn data(&self, index: usize) -> PathBuf {
        data(&self.folder, index)
    }

    /// The server with this index, as clients with a number of their own call it.
    pub(super) fn server(&self, index: usize) -> anyhow::Result<postrider_client::Server> {
        let key = postrider_link::PublicKey::from_bytes(self.keys[index - 1].0)?;
        let at = postrider_client::Server::at(self.address(index).to_string());
        Ok(postrider_client::Server { key: Some(key), ..at })
    }

    /// Starts a server that does not run.
    pub(super) fn start_server(&mut self, index: usize) -> anyhow::Result<()> {
        let mut sources = Sources { data: Some(self.data(index)), ..Sources::default() };
        if self.shape == Shape::Classic {
            let line = self.addresses.iter().map(ToString::to_string).collect();
            let (line, index) = (Some(line), Some(index));
            sources.classic = ClassicSources { line, index, ..ClassicSources::default() };
        } else {
            sources.listen = Some(self.address(index).to_string());
            sources.name = Some(format!("server {index}"));
            let peer = Some(self.peers(index));
            sources.trunks = Some(TrunkSources { peer, ..TrunkSources::default() });
            sources.web.listen = Some(page_address(self.address(index)).to_string());
        }
        let started = sources.check().map_err(anyhow::Error::from).and_then(|settings| {
            let server = Server::start(&settings)?;
            Ok(Running { page: Page::start(&settings, &server)?, server })
        });
        self.servers[index - 1] = Some(started.with_context(|| format!("server {index}"))?);
        Ok(())
    }

    fn peers(&self, index: usize) -> Vec<PeerSource> {
        let peers = self.links.iter().filter_map(|(a, b)| match index {
            index if index == *a => Some(*b),
            index if index == *b => Some(*a),
            _ => None,
        });
        peers.map(|peer| self.peer(peer)).collect()
    }

    fn peer(&self, index: usize) -> PeerSource {
        PeerSource {
            key: Some(self.keys[index - 1].to_string()),
            address: Some(self.address(index).to_string()),
            ..PeerSource::default()
        }
    }

    /// Waits until every running server has a trunk to every running neighbour.
    pub(super) fn wait_for_links(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.shape != Shape::Classic && !self.all_links_are_up() {
            anyhow::ensure!(begun.elapsed() < PATIENCE, "the links did not come up in time");
            std::thread::park_timeout(LOOK_EVERY);
        }
        Ok(())
    }

    fn all_links_are_up(&self) -> bool {
        let runs = |index: usize| self.servers[index - 1].is_some();
        let wanted = self.links.iter().filter(|(a, b)| runs(*a) && runs(*b)).count();
        let running = self.servers.iter().flatten();
        let ends = running
            .filter_map(|running| running.server.asker().engine(|engine| engine.sizes().trunks));
        ends.sum::<usize>() >= 2 * wanted
    }

    /// Drains a server.
    pub(super) fn stop_server(&mut self, index: usize) -> anyhow::Result<()> {
        match self.servers[index - 1].take() {
            Some(Running { server, page }) => {
                page.into_iter().for_each(Page::stop);
                server.drain().map(drop).with_context(|| format!("server {index}"))
            }
            None => Ok(()),
        }
    }

    /// Drains all that run.
    pub(super) fn drain(mut self) -> anyhow::Result<()> {
        (1..=self.servers.len()).try_for_each(|index| self.stop_server(index))
    }
}

fn data(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("server{index}"))
}

/// The key in a data folder, which is made if it is not there.
fn key(data: &Path) -> anyhow::Result<ServerKey> {
    std::fs::create_dir_all(data).with_context(|| data.display().to_string())?;
    Ok(Identity::read_or_create(&data.join(postrider_server::KEY_FILE))?.key())
}

/// The ports from `first` on, or free ones if any of them is in use.
fn free_addresses(first: u16, servers: u16) -> anyhow::Result<Vec<SocketAddr>> {
    let last = first.checked_add(servers - 1);
    let last = last.context("--port: there are no ports beyond 65535")?;
    bind_all(first..=last)
        .or_else(|_| bind_all(std::iter::repeat_n(0, usize::from(servers))))
        .context("no free ports on this machine")
}

fn bind_all(ports: impl IntoIterator<Item = u16>) -> std::io::Result<Vec<SocketAddr>> {
    let bind = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
    let sockets = ports.into_iter().map(bind).collect::<std::io::Result<Vec<_>>>()?;
    sockets.iter().map(UdpSocket::local_addr).collect()
}

/// The server's own port, by TCP, or any that is free.
fn page_address(server: SocketAddr) -> SocketAddr {
    match TcpListener::bind(server) {
        Ok(_) => server,
        Err(_) => (server.ip(), 0).into(),
    }
}
