//! A line some servers of which are native: neighbours that both are have a trunk.

use super::mesh::{KEY_FILE, keygen, look, rows};
use super::{Network, Running, eventually};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The line, and the keys and peers of its natives. Nothing runs until it is told to.
pub(crate) struct Gateways {
    network: Network,
    /// None of a server that is not native.
    keys: Vec<Option<String>>,
    /// What each is told with `--peer`.
    peers: Vec<Vec<String>>,
}

impl Gateways {
    /// A line as long as this, in which these are native.
    pub(crate) fn new(is_native: &[bool]) -> Gateways {
        let network = Network::new(is_native.len());
        let key = |(at, native): (usize, &bool)| {
            native.then(|| {
                std::fs::create_dir(network.data(at + 1)).unwrap();
                keygen(&network.data(at + 1).join(KEY_FILE))
            })
        };
        let keys = is_native.iter().enumerate().map(key).collect();
        let peers = vec![Vec::new(); is_native.len()];
        let mut gateways = Gateways { network, keys, peers };
        for index in 1..is_native.len() {
            if is_native[index - 1] && is_native[index] {
                gateways.tell(index, gateways.peer(index + 1));
                gateways.tell(index + 1, gateways.peer(index));
            }
        }
        gateways
    }

    /// What a server is told with one more `--peer`.
    pub(crate) fn tell(&mut self, index: usize, peer: String) {
        self.peers[index - 1].push(peer);
    }

    /// A native as others are told of it: `KEY@ADDR`.
    pub(crate) fn peer(&self, index: usize) -> String {
        let key = self.keys[index - 1].as_ref().expect("a native");
        format!("{key}@{}", self.address(index))
    }

    /// The line without its trunks.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) fn address(&self, index: usize) -> SocketAddr {
        self.network.address(index)
    }

    pub(crate) fn data(&self, index: usize) -> PathBuf {
        self.network.data(index)
    }

    /// Waits until natives that stand next to each other have a way to each other.
    pub(crate) fn are_joined(&self) {
        let natives = (1..=self.keys.len()).filter(|index| self.keys[index - 1].is_some());
        for index in natives {
            let joined = self.joined(index);
            eventually("ways between the natives of a line", || {
                let routes = look(&self.data(index), "routes", &[]);
                let has_way = |key: &&String| {
                    let mut servers = rows(&routes, "servers").iter();
                    servers.any(|one| one["key"] == ***key && one["cost"].is_u64())
                };
                joined.iter().all(has_way).then_some(())
            });
        }
    }

    /// The keys of the natives that stand next to one, or next to those.
    fn joined(&self, index: usize) -> Vec<&String> {
        let before = self.keys[..index - 1].iter().rev().map_while(Option::as_ref);
        before.chain(self.keys[index..].iter().map_while(Option::as_ref)).collect()
    }

    /// Starts a native and waits until it is ready.
    pub(crate) fn serve(&self, index: usize) -> Running {
        let mut command = self.network.command(index);
        command.arg("--key-file").arg(self.data(index).join(KEY_FILE));
        for peer in &self.peers[index - 1] {
            command.args(["--peer", peer]);
        }
        self.network.ready(index, &mut command)
    }
}
