//! Servers that find each other on the local network: this machine's loopback, and a cable
//! between two hosts of their own.

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use support::{
    Host, Mesh, Person, Running, UP, eventually, keygen, link_state, look, number, postrider, rows,
};

/// A server that shows itself and looks for others. A peer is a key alone.
fn discovering(mesh: &Mesh, index: usize, flags: &[&str]) -> Running {
    let server = Running::start(mesh.command(index).arg("--discover").args(flags));
    server.says("is ready on");
    server
}

#[test]
fn peers_without_addresses_find_each_other_and_again_when_one_has_moved() {
    let mut mesh = Mesh::apart(3);
    mesh.tell(1, mesh.key(2).to_owned());
    let servers = [1, 2].map(|index| match index {
        1 => discovering(&mesh, 1, &[]),
        _ => discovering(&mesh, 2, &["--peer", mesh.key(1)]),
    });
    mesh.sees_link(1, 2, UP);
    let [mut ann, ben] = [1, 2].map(|at| Person::at(mesh.address(at), number(at as u64)));
    ann.sends(ben.number, "found you");
    assert_eq!(ben.receives(1), ["found you"]);

    // The second has another address from now on, and looks for nobody itself.
    let [first, second] = servers;
    second.drain().well();
    let mut command = postrider("serve");
    command.args(["--discover", "--listen", &mesh.address(3).to_string(), "--name", "Camp 2"]);
    let file = allow_file(&mesh, 2, &[mesh.key(1)]);
    command.arg("--data").arg(mesh.data(2)).arg("--config").arg(file);
    let second = Running::start(&mut command);
    second.says("is ready on");
    mesh.sees_link(1, 2, UP);
    ann.sends(ben.number, "and again");
    let ben = Person::at(mesh.address(3), ben.number);
    assert_eq!(ben.receives(1), ["and again"]);
    for server in [first, second] {
        server.drain().well();
    }
}

#[test]
fn one_that_may_come_is_dialled_where_it_is_seen() {
    let mesh = Mesh::apart(2);
    let allows = |index, other| {
        let file = allow_file(&mesh, index, &[mesh.key(other)]);
        discovering(&mesh, index, &["--config", file.to_str().unwrap()])
    };
    let _servers = [allows(1, 2), allows(2, 1)];
    mesh.sees_link(1, 2, UP);
    mesh.sees_link(2, 1, UP);
    let peers = mesh.look(1, "peers", &[]);
    let peer = rows(&peers, "peers").iter().find(|peer| peer["key"] == mesh.key(2)).unwrap();
    assert_eq!(peer["configured"], false, "{peers:#}");
}

#[test]
fn a_stranger_is_shown_and_left_alone() {
    let mesh = Mesh::apart(2);
    let [_first, second] = [1, 2].map(|index| discovering(&mesh, index, &[]));
    let seen = mesh.sees(1, ("peers", &[]), |peers| neighbour(peers, mesh.key(2)));
    assert_eq!(seen["name"], Mesh::name(2));
    assert_eq!(seen["address"], mesh.address(2).to_string());
    let said = Running::to_end(postrider("peers").arg("--data").arg(mesh.data(1))).well();
    let line = said.lines().find(|line| line.ends_with(mesh.key(2))).expect("a line about it");
    assert!(line.starts_with("seen on the local network, not trusted: "), "{line}");

    // Neither has dialled the other: who is dialled by a stranger says so.
    for index in [1, 2] {
        let status = mesh.look(index, "status", &[]);
        assert_eq!(support::refused(&status, "strangers"), 0, "{status:#}");
        assert_eq!(support::refused(&status, "refused_by_peer"), 0, "{status:#}");
    }
    second.drain().well();
    mesh.sees(1, ("peers", &[]), |peers| neighbour(peers, mesh.key(2)).is_none().then_some(()));
}

#[test]
fn who_says_that_it_is_a_peer_is_not_believed_and_the_peer_is_found() {
    let mut mesh = Mesh::apart(3);
    mesh.tell(1, mesh.key(2).to_owned());
    let _first = discovering(&mesh, 1, &[]);
    // The third has a key of its own, and somebody says that it is the second.
    let _third = mesh.serve(3);
    let _forger = announces(mesh.key(2), mesh.address(3));
    let refused = format!("refused: it shows another key, {}", mesh.key(3));
    mesh.sees(1, ("peers", &[]), |peers| {
        (link_state(peers, mesh.key(2))? == refused).then_some(())
    });
    let file = allow_file(&mesh, 2, &[mesh.key(1)]);
    let _second = discovering(&mesh, 2, &["--config", file.to_str().unwrap()]);
    mesh.sees_link(1, 2, UP);
}

#[test]
fn nothing_is_said_to_the_local_network_unless_it_is_switched_on() {
    let mut mesh = Mesh::apart(3);
    let _first = discovering(&mesh, 1, &[]);
    mesh.tell(2, mesh.key(1).to_owned());
    let _second = mesh.serve(2);
    // When the third is seen, the second would have been: it began before.
    let _third = discovering(&mesh, 3, &[]);
    mesh.sees(1, ("peers", &[]), |peers| neighbour(peers, mesh.key(3)));
    let peers = mesh.look(1, "peers", &[]);
    assert_eq!(neighbour(&peers, mesh.key(2)), None);
    let peers = mesh.look(2, "peers", &[]);
    assert_eq!(
        (link_state(&peers, mesh.key(1)), rows(&peers, "neighbours").len()),
        (Some("down"), 0)
    );
}

#[test]
fn hosts_on_one_cable_find_each_other_whatever_their_addresses_are() {
    if !Host::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let hosts = [Host::new(), Host::new()];
    hosts[0].cable("cable", &hosts[1], "cable");
    hosts[0].ip("address add 10.0.9.1/24 dev cable");
    hosts[1].ip("address add 10.0.9.2/24 dev cable");
    let data = [1, 2].map(|at| folder.path().join(format!("server{at}")));
    data.iter().for_each(|data| fs::create_dir(data).unwrap());
    let keys = [0, 1].map(|at: usize| keygen(&data[at].join("identity.key")));
    let serve = |at: usize| {
        let mut command = postrider("serve");
        command.args(["--listen", "0.0.0.0", "--discover", "--peer", &keys[1 - at]]);
        command.arg("--data").arg(&data[at]);
        let server = Running::start(&mut hosts[at].within(&command));
        server.says("is ready on");
        server
    };
    let _first = serve(0);
    let second = serve(1);
    is_up_at(&data[0], &keys[1], "10.0.9.2:10410");
    second.drain().well();
    hosts[1].ip("address del 10.0.9.2/24 dev cable");
    hosts[1].ip("address add 10.0.9.77/24 dev cable");
    let _second = serve(1);
    is_up_at(&data[0], &keys[1], "10.0.9.77:10410");
}

#[test]
fn who_says_too_much_is_not_listened_to_and_the_server_serves_on() {
    if !Host::can_be_made() {
        return;
    }
    let mesh = Mesh::apart(1);
    let host = Host::new();
    host.ip("route add 224.0.0.0/4 dev lo");
    let server = Running::start(&mut host.within(mesh.command(1).arg("--discover")));
    server.says("is ready on");
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            host.enter();
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            // Until the server has had enough: what comes too early, or too fast, is lost.
            let mut names = 0_u64..;
            eventually("enough", || {
                for _ in 0..10 {
                    let names = names.by_ref().take(10).collect::<Vec<_>>();
                    socket.send_to(&pointers(&names), MULTICAST).unwrap();
                }
                server.logged().contains("says more than can be kept").then_some(())
            });
        });
        flood.join().unwrap();
    });
    let peers = mesh.look(1, "peers", &[]);
    assert_eq!(rows(&peers, "neighbours").len(), 0, "there was nothing but names");
    server.drain().well();
}

const MULTICAST: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5_353);

/// A datagram of multicast DNS: there are servers with these names.
fn pointers(names: &[u64]) -> Vec<u8> {
    const SERVICE: &[u8] = b"\x0a_postrider\x04_udp\x05local\0";
    let mut datagram = vec![0, 0, 0x84, 0, 0, 0, 0, names.len() as u8, 0, 0, 0, 0];
    for name in names {
        datagram.extend_from_slice(SERVICE);
        // A pointer of class IN that counts for two minutes.
        datagram.extend_from_slice(&[0, 12, 0, 1, 0, 0, 0, 120, 0, 17 + SERVICE.len() as u8]);
        datagram.extend_from_slice(format!("\x10{name:016x}").as_bytes());
        datagram.extend_from_slice(SERVICE);
    }
    datagram
}

fn is_up_at(data: &Path, key: &str, address: &str) {
    eventually(&format!("a link with {address}"), || {
        let peers = look(data, "peers", &[]);
        let peer = rows(&peers, "peers").iter().find(|peer| peer["key"] == key)?;
        (peer["state"] == UP && peer["address"] == address).then_some(())
    });
}

/// Settings that let these keys come.
fn allow_file(mesh: &Mesh, index: usize, keys: &[&str]) -> std::path::PathBuf {
    let file = mesh.data(index).join("postrider.toml");
    fs::write(&file, format!("[trunks]\nallow = {keys:?}\n")).unwrap();
    file
}

/// Who is on the local network and no peer, by the answer of `peers`.
fn neighbour(peers: &Value, key: &str) -> Option<Value> {
    rows(peers, "neighbours").iter().find(|neighbour| neighbour["key"] == key).cloned()
}

/// Somebody says on the loopback that the server with this key is at this address.
fn announces(key: &str, address: SocketAddr) -> ServiceDaemon {
    let library = ServiceDaemon::new().unwrap();
    library.disable_interface(IfKind::All).unwrap();
    library.enable_interface(IfKind::LoopbackV4).unwrap();
    let (service, ip) = ("_postrider._udp.local.", address.ip().to_string());
    let said = [("key", key), ("name", "Camp 2")];
    let info = ServiceInfo::new(
        service,
        &key[..16],
        "forger.local.",
        ip.as_str(),
        address.port(),
        &said[..],
    );
    library.register(info.unwrap()).unwrap();
    library
}
