//! Servers on hosts of their own, with cables between them that are cut, addresses that
//! change, and a host that dies. Only where network namespaces may be made.
//!
//! ```text
//!   1 ──10.0.1.0/24── 2 ──10.0.2.0/24── 3 ──10.0.3.0/24── 4 ──10.0.4.0/24── 1
//! ```

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use support::{
    Host, Person, Running, Talk, eventually, keygen, link_state, look, number, postrider, rows,
};
use tempfile::TempDir;

const HOSTS: usize = 4;

/// Where each server listens, at all of its host's addresses.
const PORT: u16 = 10_410;

#[test]
fn texts_find_their_way_round_cut_cables_new_addresses_and_a_dead_host() {
    if !Host::can_be_made() {
        return;
    }
    let ring = Ring::new();
    let mut servers: Vec<Option<Running>> = (1..=HOSTS).map(|at| Some(ring.serve(at))).collect();
    ring.is_one();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let enter = |who: usize| ring.host([1, 3][who]).enter();
    Talk::on_hosts([here; 2], enter, |talk| {
        talk.goes_on(20);
        // What is under way on the cable goes the other way.
        ring.host(1).ip("link set right down");
        talk.goes_on(20);
        ring.sees(1, "routes", |routes| {
            (ring.way(routes, 3)? == ["Host 4", "Host 3"]).then_some(())
        });

        // The only way that is left leads over two links whose one end moves. Both stay up.
        let before = [1, 3].map(|at| ring.up_s(at, 4));
        ring.host(4).ip("address del 10.0.3.2/24 dev left");
        ring.host(4).ip("address add 10.0.3.77/24 dev left");
        ring.host(4).ip("address del 10.0.4.1/24 dev right");
        ring.host(4).ip("address add 10.0.4.77/24 dev right");
        // Where it is now, the others learn when it says something.
        ring.is_visited(4);
        talk.goes_on(20);
        for (at, moved) in [(3, "10.0.3.77:10410"), (1, "10.0.4.77:10410")] {
            ring.sees(at, "peers", |peers| (ring.peer(peers, 4)["address"] == moved).then_some(()));
        }

        let after = [1, 3].map(|at| ring.up_s(at, 4));
        assert!(after[0] > before[0] && after[1] > before[1], "{before:?} {after:?}");

        // A host dies with nothing in its hands, while the cable is mended.
        talk.goes_quiet();
        servers[3].take().unwrap().kill();
        ring.host(4).ip("link set left down");
        ring.host(4).ip("link set right down");
        ring.host(1).ip("link set right up");
        talk.speaks_again();
        talk.goes_on(20);
        ring.sees(1, "routes", |routes| {
            (ring.way(routes, 3)? == ["Host 2", "Host 3"]).then_some(())
        });

        ring.host(4).ip("link set left up");
        ring.host(4).ip("link set right up");
        servers[3] = Some(ring.serve(4));
        talk.goes_on(20);
    });
    ring.is_one();
    for server in servers.into_iter().flatten() {
        server.drain().well();
    }
}

/// Hosts with a cable from each to the next, and one from the last to the first.
struct Ring {
    /// Dropped before the folder is, with all that runs on them.
    hosts: Vec<Host>,
    keys: Vec<String>,
    folder: TempDir,
}

impl Ring {
    fn new() -> Ring {
        let hosts: Vec<Host> = (0..HOSTS).map(|_| Host::new()).collect();
        for (index, host) in hosts.iter().enumerate() {
            let (cable, next) = (index + 1, &hosts[(index + 1) % HOSTS]);
            host.cable("right", next, "left");
            host.ip(&format!("address add 10.0.{cable}.1/24 dev right"));
            next.ip(&format!("address add 10.0.{cable}.2/24 dev left"));
        }
        let mut ring = Ring { hosts, keys: Vec::new(), folder: tempfile::tempdir().unwrap() };
        for at in 1..=HOSTS {
            std::fs::create_dir(ring.data(at)).unwrap();
            ring.keys.push(keygen(&ring.data(at).join("identity.key")));
        }
        ring
    }

    fn host(&self, at: usize) -> &Host {
        &self.hosts[at - 1]
    }

    fn data(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("server{at}"))
    }

    /// Somebody new is at a host, which tells its neighbours so.
    fn is_visited(&self, at: usize) {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                self.host(at).enter();
                let here = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
                assert_eq!(Person::at(here, number(6_000_000_000 + at as u64)).gets(), None);
            });
        });
    }

    /// Starts the server of a host and waits until it is ready.
    fn serve(&self, at: usize) -> Running {
        let (next, before) = (at % HOSTS + 1, (at + HOSTS - 2) % HOSTS + 1);
        let peers = [
            format!("{}@10.0.{at}.2:{PORT}", self.keys[next - 1]),
            format!("{}@10.0.{before}.1:{PORT}", self.keys[before - 1]),
        ];
        let mut command = postrider("serve");
        command.args(["--listen", &format!("0.0.0.0:{PORT}"), "--name", &format!("Host {at}")]);
        command.args(["--peer", &peers[0], "--peer", &peers[1], "--data"]).arg(self.data(at));
        let server = Running::start(&mut self.host(at).within(&command));
        server.says(&format!("Host {at} is ready"));
        server
    }

    /// Asks a server again and again until its answer has what is looked for.
    fn sees<T>(&self, at: usize, what: &str, mut found: impl FnMut(&Value) -> Option<T>) -> T {
        let data = self.data(at);
        eventually(&format!("{what} of Host {at}"), || found(&look(&data, what, &[])))
    }

    /// A neighbour, by the answer of `peers`.
    fn peer<'a>(&self, peers: &'a Value, other: usize) -> &'a Value {
        let key = &self.keys[other - 1];
        rows(peers, "peers").iter().find(|peer| peer["key"] == **key).unwrap()
    }

    /// How long a server's link with another has been up, in seconds.
    fn up_s(&self, at: usize, other: usize) -> f64 {
        let peers = look(&self.data(at), "peers", &[]);
        self.peer(&peers, other)["up_s"].as_f64().unwrap_or_default()
    }

    /// The names of the steps to a server, by the answer of `routes`.
    fn way<'a>(&self, routes: &'a Value, to: usize) -> Option<Vec<&'a str>> {
        let key = &self.keys[to - 1];
        let server = rows(routes, "servers").iter().find(|server| server["key"] == **key)?;
        rows(server, "way").iter().map(|step| step["name"].as_str()).collect()
    }

    /// Waits until every server has a link with both of its neighbours and a way to all.
    fn is_one(&self) {
        for at in 1..=HOSTS {
            self.sees(at, "peers", |peers| {
                let is_up = |key: &String| link_state(peers, key) == Some(support::UP);
                (self.keys.iter().filter(|key| is_up(key)).count() == 2).then_some(())
            });
            self.sees(at, "routes", |routes| {
                let others = (1..=HOSTS).filter(|to| *to != at);
                let ways = others.filter_map(|to| self.way(routes, to));
                (ways.filter(|way| !way.is_empty()).count() == HOSTS - 1).then_some(())
            });
        }
    }
}
