//! Bytes on the wire that no server has sent, or not so, or not now.

use super::{assert_texts_pass, seed};
use crate::support::{Mesh, PlainSocket, Relay, UP, Way, refused, rows};
use serde_json::Value;
use std::net::SocketAddr;

/// Datagrams that are sent before it is looked whether all were counted: fewer than any
/// buffer on the way holds.
const AT_ONCE: usize = 60;

/// A handshake's first datagram, by its length and its first byte: anybody may begin one,
/// so it is answered and not refused.
const INIT: (usize, u8) = (160, 0x80);

#[test]
fn bytes_that_no_server_sent_do_no_harm_and_each_is_counted() {
    let mut mesh = Mesh::apart(2);
    let mut dice = fastrand::Rng::with_seed(seed());
    let relay = Relay::between(mesh.address(1), mesh.address(2), dice.u64(..));
    mesh.tell(1, format!("{}@{}", mesh.key(2), relay.for_one()));
    mesh.tell(2, format!("{}@{}", mesh.key(1), relay.for_other()));
    let servers = mesh.serve_all();
    (0..10).for_each(|_| assert_texts_pass(&mesh, 1, 2));
    let (before, up_before) = (counted(&mesh), up_ms(&mesh));

    let real = [Way::ToOne, Way::ToOther].map(|way| relay.captured(way)).concat();
    let mut bytes: Vec<Vec<u8>> = (0x80..=0xff).map(|first| anything(&mut dice, first)).collect();
    for real in real {
        bytes.extend([cut(&mut dice, &real), changed(&mut dice, &real), real]);
    }
    // The others are classic, and tested elsewhere.
    bytes.retain(|bytes| bytes[0] >= 0x80);
    let (inits, bad): (Vec<_>, Vec<_>) =
        bytes.into_iter().partition(|bytes| (bytes.len(), bytes[0]) == INIT);
    assert!(bad.len() > 200 && !inits.is_empty(), "{} and {}", bad.len(), inits.len());
    let stranger = PlainSocket::new();
    let mut sent = 0;
    for some in bad.chunks(AT_ONCE / 2) {
        for bytes in some {
            stranger.tell(mesh.address(1), bytes);
            relay.slips_in(Way::ToOne, bytes);
            sent += 2;
        }
        mesh.sees(1, ("status", &[]), |status| (total(status) >= before + sent).then_some(()));
    }
    assert_eq!(counted(&mesh), before + sent, "{}", mesh.look(1, "status", &[]));
    // Whatever begins a handshake is answered up to a limit, and leads nowhere.
    for bytes in inits.iter().cycle().take(100) {
        stranger.tell(mesh.address(1), changed_behind(&mut dice, bytes, 7));
    }
    assert_texts_pass(&mesh, 1, 2);
    assert!(up_ms(&mesh) > up_before, "the link has stayed up");
    for server in servers {
        assert!(!server.logged().contains("panicked"), "{}", server.logged());
        server.drain().well();
    }
}

#[test]
fn a_replayed_handshake_of_yesterday_moves_no_link() {
    let mut mesh = Mesh::apart(2);
    let relay = Relay::between(mesh.address(1), mesh.address(2), seed());
    mesh.tell(1, format!("{}@{}", mesh.key(2), relay.for_one()));
    mesh.tell(2, format!("{}@{}", mesh.key(1), relay.for_other()));
    let mut servers = mesh.serve_all();
    assert_texts_pass(&mesh, 1, 2);
    let yesterday = relay.captured(Way::ToOne);
    servers.remove(0).kill();
    let _one = mesh.serve(1);
    assert_texts_pass(&mesh, 1, 2);
    let (before, up_before) = (address_of_two(&mesh), up_ms(&mesh));
    let stranger = PlainSocket::new();
    for bytes in yesterday.iter().take(AT_ONCE) {
        stranger.tell(mesh.address(1), bytes);
    }
    mesh.sees(1, ("status", &[]), |status| (total(status) > 0).then_some(()));
    assert_texts_pass(&mesh, 1, 2);
    assert_eq!(address_of_two(&mesh), before);
    assert!(up_ms(&mesh) > up_before, "the link has stayed up");
    let status = mesh.look(1, "status", &[]);
    assert_eq!(refused(&status, "twins") + refused(&status, "wrong_keys"), 0, "{status}");
}

/// All that the first server has refused on its socket and on its trunks.
fn counted(mesh: &Mesh) -> u64 {
    total(&mesh.look(1, "status", &[]))
}

fn total(status: &Value) -> u64 {
    let all = [&status["dropped"], &status["trunks"]["refused"]];
    let counts = all.into_iter().filter_map(Value::as_object).flat_map(|all| all.values());
    counts.filter_map(Value::as_u64).sum()
}

/// How long the link of the first server with the second has been up, in milliseconds.
fn up_ms(mesh: &Mesh) -> u64 {
    let peers = mesh.look(1, "peers", &[]);
    let peer = &rows(&peers, "peers")[0];
    assert_eq!(peer["state"], UP, "{peer}");
    (peer["up_s"].as_f64().unwrap() * 1_000.0) as u64
}

fn address_of_two(mesh: &Mesh) -> SocketAddr {
    let peers = mesh.look(1, "peers", &[]);
    rows(&peers, "peers")[0]["address"].as_str().unwrap().parse().unwrap()
}

/// Bytes as long as a datagram may be, or a bit longer.
fn anything(dice: &mut fastrand::Rng, first: u8) -> Vec<u8> {
    let length = dice.usize(0..1_500);
    std::iter::once(first).chain(std::iter::repeat_with(|| dice.u8(..)).take(length)).collect()
}

fn cut(dice: &mut fastrand::Rng, real: &[u8]) -> Vec<u8> {
    real[..dice.usize(1..real.len())].to_owned()
}

fn changed(dice: &mut fastrand::Rng, real: &[u8]) -> Vec<u8> {
    changed_behind(dice, real, 0)
}

/// With one bit changed, not in its first bytes.
fn changed_behind(dice: &mut fastrand::Rng, real: &[u8], first: usize) -> Vec<u8> {
    let mut changed = real.to_owned();
    changed[dice.usize(first..real.len())] ^= 1 << dice.u8(0..8);
    changed
}
