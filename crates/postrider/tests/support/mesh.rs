//! Native servers on loopback, each with a key and a folder of its own, and trunks between
//! them in any shape.

use super::network::claim_ports;
use super::{Running, in_time, postrider};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// In a data folder.
pub(super) const KEY_FILE: &str = "identity.key";

/// What people see when nothing is wrong with a link.
pub(crate) const UP: &str = "up";

/// The keys, addresses, folders and peers of some servers. Nothing runs until it is told to.
pub(crate) struct Mesh {
    addresses: Vec<SocketAddr>,
    keys: Vec<String>,
    /// What each is told with `--peer`.
    peers: Vec<Vec<String>>,
    folder: TempDir,
    /// Claims on the ports, held for as long as the mesh is in use.
    _claims: Vec<TcpListener>,
}

impl Mesh {
    /// Servers that do not know each other.
    pub(crate) fn apart(servers: usize) -> Mesh {
        let claims = claim_ports(servers);
        let folder = tempfile::tempdir().unwrap();
        let addresses = claims.iter().map(|claim| claim.local_addr().unwrap()).collect();
        let keys = (1..=servers).map(|index| new_key(&folder_of(folder.path(), index))).collect();
        Mesh { addresses, keys, peers: vec![Vec::new(); servers], folder, _claims: claims }
    }

    /// Each has a trunk with the next.
    pub(crate) fn line(servers: usize) -> Mesh {
        let mut mesh = Mesh::apart(servers);
        (1..servers).for_each(|index| mesh.join(index, index + 1));
        mesh
    }

    /// The same, and the last has one with the first.
    pub(crate) fn ring(servers: usize) -> Mesh {
        let mut mesh = Mesh::line(servers);
        mesh.join(servers, 1);
        mesh
    }

    /// A trunk between two servers, which dial each other.
    pub(crate) fn join(&mut self, one: usize, other: usize) {
        self.tell(one, self.peer(other));
        self.tell(other, self.peer(one));
    }

    /// What a server is told with one more `--peer`.
    pub(crate) fn tell(&mut self, index: usize, peer: String) {
        self.peers[index - 1].push(peer);
    }

    /// Gives a server the key of another, as a copied data folder does.
    pub(crate) fn copies_key(&mut self, from: usize, to: usize) {
        let file = |index| self.data(index).join(KEY_FILE);
        std::fs::copy(file(from), file(to)).unwrap();
        self.keys[to - 1] = self.keys[from - 1].clone();
    }

    /// Puts another server at an address, with nothing but a key of its own, which is
    /// returned. The mesh knows the old one's.
    pub(crate) fn starts_anew(&self, index: usize) -> String {
        let data = self.data(index);
        std::fs::rename(&data, data.with_extension("old")).unwrap();
        new_key(&data)
    }

    /// A server as others are told of it: `KEY@ADDR`.
    pub(crate) fn peer(&self, index: usize) -> String {
        format!("{}@{}", self.key(index), self.address(index))
    }

    pub(crate) fn servers(&self) -> std::ops::RangeInclusive<usize> {
        1..=self.addresses.len()
    }

    /// Where the server with this index, from 1, listens.
    pub(crate) fn address(&self, index: usize) -> SocketAddr {
        self.addresses[index - 1]
    }

    /// Its public key.
    pub(crate) fn key(&self, index: usize) -> &str {
        &self.keys[index - 1]
    }

    /// What people call it.
    pub(crate) fn name(index: usize) -> String {
        format!("Camp {index}")
    }

    /// Its data folder.
    pub(crate) fn data(&self, index: usize) -> PathBuf {
        folder_of(self.folder.path(), index)
    }

    /// `postrider serve` for a server; more flags may follow.
    pub(crate) fn command(&self, index: usize) -> Command {
        let mut command = postrider("serve");
        command.args(["--listen", &self.address(index).to_string(), "--name", &Mesh::name(index)]);
        command.arg("--data").arg(self.data(index)).current_dir(self.folder.path());
        for peer in &self.peers[index - 1] {
            command.args(["--peer", peer]);
        }
        command
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, index: usize) -> Running {
        let server = Running::start(&mut self.command(index));
        server.says(&format!("{} is ready on {}\n", Mesh::name(index), self.address(index)));
        server
    }

    /// Starts all servers.
    pub(crate) fn serve_all(&self) -> Vec<Running> {
        self.servers().map(|index| self.serve(index)).collect()
    }

    /// Asks a running server: `status`, `peers` and so on, with what follows.
    pub(crate) fn look(&self, index: usize, what: &str, words: &[&str]) -> Value {
        look(&self.data(index), what, words)
    }

    /// Asks a server again and again until its answer has what is looked for.
    pub(crate) fn sees<T>(
        &self,
        index: usize,
        (what, words): (&str, &[&str]),
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> T {
        let mut last = Value::Null;
        let found = in_time(|| {
            last = self.look(index, what, words);
            look(&last)
        });
        found.unwrap_or_else(|| panic!("{what} {words:?} of {} is {last:#}", Mesh::name(index)))
    }

    /// Waits until a server says that this is how its link with another is.
    pub(crate) fn sees_link(&self, index: usize, other: usize, state: &str) {
        let key = self.key(other);
        self.sees(index, ("peers", &[]), |answer| {
            (link_state(answer, key)?.starts_with(state)).then_some(())
        });
    }

    /// Waits until every one of these servers has a way to all others of them.
    pub(crate) fn is_one(&self, servers: &[usize]) {
        let keys: Vec<&str> = servers.iter().map(|index| self.key(*index)).collect();
        for index in servers {
            self.sees(*index, ("routes", &[]), |answer| {
                let has_way = |key: &&str| {
                    rows(answer, "servers").iter().any(|server| {
                        server["key"] == **key
                            && (server["here"] == true || server["cost"].is_u64())
                    })
                };
                keys.iter().all(has_way).then_some(())
            });
        }
    }
}

/// Asks the running server that has this data folder open.
pub(crate) fn look(data: &Path, what: &str, words: &[&str]) -> Value {
    let mut command = postrider(what);
    command.args(words).arg("--json").arg("--data").arg(data);
    serde_json::from_str(&Running::to_end(&mut command).well()).unwrap()
}

/// A list of an answer.
pub(crate) fn rows<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// How the link with the server of this key is, by the answer of `peers`.
pub(crate) fn link_state<'a>(peers: &'a Value, key: &str) -> Option<&'a str> {
    rows(peers, "peers").iter().find(|peer| peer["key"] == key)?["state"].as_str()
}

/// How often a thing was refused on the trunks, by the answer of `status`.
pub(crate) fn refused(status: &Value, why: &str) -> u64 {
    status["trunks"]["refused"][why].as_u64().unwrap_or_default()
}

fn folder_of(all: &Path, index: usize) -> PathBuf {
    all.join(format!("server{index}"))
}

/// Makes a key in a data folder that is not there yet.
fn new_key(data: &Path) -> String {
    std::fs::create_dir(data).unwrap();
    keygen(&data.join(KEY_FILE))
}

/// Makes a key, or shows the one that is there.
pub(crate) fn keygen(file: &Path) -> String {
    let said = Running::to_end(postrider("keygen").arg("--json").arg(file)).well();
    let said: Value = serde_json::from_str(&said).unwrap();
    said["key"].as_str().unwrap().to_owned()
}
