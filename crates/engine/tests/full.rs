//! Servers that hold as many messages as they may: they go on, whatever the shape, and
//! nobody is shut out by somebody else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::Network;
use postrider_engine::limits::{Limits, MESSAGES_HANDED_MAX};
use postrider_proto::Number;
use postrider_proto::native::{Outcome, Reason};
use std::time::Duration;

fn number(value: usize) -> Number {
    Number::from_value(value as u64).unwrap()
}

fn line(servers: usize) -> Vec<(usize, usize)> {
    (1..servers).map(|server| (server - 1, server)).collect()
}

/// Servers of which each has somebody at home, who has the server's number.
fn inhabited(links: &[(usize, usize)], limits: Limits) -> Network {
    let servers = links.iter().map(|(a, b)| a.max(b) + 1).max().unwrap();
    let mut network = Network::new(1, servers, links, limits);
    for link in network.links() {
        network.connect(link);
    }
    for server in 0..servers {
        network.handshake(server, number(server));
    }
    network.settle();
    network
}

/// Parcels arrive, those that are not taken again and again, while seconds pass.
fn go_on(network: &mut Network, seconds: u64) {
    for _ in 0..seconds {
        for _ in 0..400 {
            network.deliver_one();
        }
        network.pass(Duration::from_secs(1));
    }
}

fn waiting(network: &Network) -> usize {
    (0..network.size()).map(|server| network.engine(server).sizes().waiting).sum()
}

/// Everybody in a ring writes to somebody so many servers on, until nobody has room for more
/// and long after; then everybody reads. How many texts were accepted, and what still waits.
fn ring(servers: usize, steps: usize, limits: Limits) -> (Network, usize, usize) {
    let mut links = line(servers);
    links.push((0, servers - 1));
    let mut network = inhabited(&links, limits);
    let mut accepted = 0;
    for round in 0..60 {
        for from in 0..servers {
            let to = number((from + steps) % servers);
            while network.send(from, number(from), to, &format!("text {round}")) {
                accepted += 1;
            }
        }
        go_on(&mut network, 1);
    }
    for _ in 0..60 {
        for reader in 0..servers {
            while network.get(reader, number(reader)).is_some() {}
        }
        go_on(&mut network, 2);
    }
    let left = waiting(&network);
    (network, accepted, left)
}

#[test]
fn full_servers_in_a_ring_go_on_whatever_its_length() {
    for servers in 3..=12 {
        for steps in 1..=servers / 2 {
            let waiting = [3, 5, 12][(servers + steps) % 3];
            let limits = Limits { waiting, reserve: 1, ..Limits::default() };
            let (network, accepted, left) = ring(servers, steps, limits);
            assert_eq!(left, 0, "{servers} servers, {steps} steps: of {accepted} texts");
            let told = network.outcomes().len();
            assert_eq!(told, accepted, "{servers} servers, {steps} steps");
        }
    }
}

/// What the reserve is for: the same ring stands still.
#[test]
fn full_servers_in_a_ring_stand_still_without_a_reserve() {
    let limits = Limits { waiting: 5, reserve: 0, ..Limits::default() };
    let (_, accepted, left) = ring(12, 6, limits);
    assert!(left > 0, "the ring was not full: {accepted} texts");
}

#[test]
fn new_texts_are_refused_before_the_reserve_is_touched() {
    let limits = Limits { waiting: 12, reserve: 5, ..Limits::default() };
    let mut network = inhabited(&line(2), limits);
    network.fill(1, true);
    let sent = (0..20).filter(|_| network.send(0, number(0), number(1), "on and on")).count();
    assert_eq!(sent, 6, "as many as are left");
    let sizes = network.engine(0).sizes();
    assert_eq!((sizes.waiting, network.engine(0).counters().refused_share), (6, 14));
}

#[test]
fn one_neighbour_cannot_fill_a_server_and_the_others_have_their_share() {
    let limits = Limits { waiting: 40, reserve: 1, ..Limits::default() };
    // 0 and 1 are neighbours of 2, which cannot get rid of what is for 3.
    let mut network = inhabited(&[(0, 2), (1, 2), (2, 3)], limits);
    network.fill(3, true);
    for round in 0..30 {
        network.send(0, number(0), number(3), &format!("loud {round}"));
        go_on(&mut network, 1);
    }
    let loud = network.engine(2).sizes().waiting;
    assert!((20..=22).contains(&loud), "half of the room and the reserve: {loud}");
    assert!(network.engine(2).counters().refused_share > 0);
    for round in 0..5 {
        assert!(network.send(1, number(1), number(3), &format!("soft {round}")));
        assert!(network.send(2, number(2), number(3), &format!("own {round}")));
        go_on(&mut network, 1);
    }
    assert_eq!(network.engine(1).sizes().waiting, 0, "the other neighbour is shut out");
    assert_eq!(network.engine(2).sizes().waiting, loud + 10);
}

#[test]
fn what_has_no_way_takes_no_place_from_what_has_one() {
    let limits = Limits { waiting: 40, reserve: 1, ..Limits::default() };
    // What 0 has for 3 fills its share at 1; then 3 is gone.
    let mut network = inhabited(&[(0, 1), (1, 2), (1, 3)], limits);
    network.fill(3, true);
    for round in 0..30 {
        network.send(0, number(0), number(3), &format!("lost {round}"));
        go_on(&mut network, 1);
    }
    network.cut((1, 3));
    go_on(&mut network, 10);
    for round in 0..10 {
        assert!(network.send(0, number(0), number(2), &format!("through {round}")));
    }
    go_on(&mut network, 5);
    assert_eq!(std::iter::from_fn(|| network.get(2, number(2))).count(), 10);
}

#[test]
fn a_home_that_is_full_refuses_and_says_which_limit_it_was() {
    let limits = Limits { waiting: 12, mailbox: 4, reserve: 1, ..Limits::default() };
    let mut network = inhabited(&line(2), limits);
    for reader in 10..14 {
        network.handshake(1, number(reader));
    }
    network.settle();
    for round in 0..6 {
        for reader in 10..14 {
            network.send(0, number(0), number(reader), &format!("text {round}"));
            network.settle();
        }
    }
    let reasons: Vec<Outcome> =
        network.outcomes().into_iter().map(|(_, receipt)| receipt.outcome).collect();
    assert!(reasons.contains(&Outcome::Refused(Reason::SERVER_FULL)), "{reasons:?}");
    assert_eq!(network.engine(0).sizes().waiting, 0, "a home takes or refuses");
    assert!(network.engine(1).sizes().waiting < 12, "nobody has more than is left");
}

#[test]
fn a_full_trunk_is_handed_besides_what_has_fewer_hops_left() {
    let mut network = inhabited(&line(4), Limits::default());
    network.fill(2, true);
    for round in 0..MESSAGES_HANDED_MAX + 100 {
        assert!(network.send(1, number(1), number(3), &format!("own {round}")));
    }
    go_on(&mut network, 1);
    assert_eq!(network.engine(1).sizes().given, MESSAGES_HANDED_MAX);
    network.send(0, number(0), number(3), "from further away");
    for _ in 0..40 {
        go_on(&mut network, 5);
    }
    assert_eq!(network.engine(1).sizes().given, MESSAGES_HANDED_MAX + 1);
}

#[test]
fn a_trunk_that_takes_nothing_is_cut_and_what_it_has_expires_at_last() {
    let mut network = inhabited(&line(2), Limits::default());
    network.fill(1, true);
    network.send(0, number(0), number(1), "never taken");
    go_on(&mut network, 300);
    assert_eq!(network.cuts, 0);
    go_on(&mut network, 400);
    assert_eq!(network.cuts, 1);
    assert_eq!(network.engine(0).counters().trunks_cut, 1);
    network.pass(Duration::from_secs(86_400 + 3_600));
    let outcomes = network.outcomes();
    let told: Vec<Outcome> = outcomes.iter().map(|(_, receipt)| receipt.outcome).collect();
    assert_eq!(told, [Outcome::Expired]);
    assert_eq!(network.engine(0).sizes().waiting, 0);
}

#[test]
fn custody_of_what_was_not_handed_over_is_counted_and_takes_nothing() {
    let mut network = inhabited(&line(3), Limits::default());
    network.fill(2, true);
    network.send(1, number(1), number(2), "for two");
    go_on(&mut network, 2);
    for tag in 1_000..1_010 {
        network.claim_custody(0, 1, tag);
    }
    assert_eq!(network.engine(1).counters().custody_unmatched, 10);
    assert_eq!(network.engine(1).sizes().waiting, 1);
    network.fill(2, false);
    go_on(&mut network, 2);
    assert_eq!(network.get(2, number(2)).unwrap().1, "for two");
}
