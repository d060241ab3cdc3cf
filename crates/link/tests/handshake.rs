//! Who gets a link, and who does not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper may fail the test")]
#![allow(clippy::print_stdout, reason = "the figures, and the seed of what fails")]

mod support;

use postrider_link::*;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use support::net::Wire;
use support::node::{Node, Told, identity};
use support::world::{World, address};
use support::{A, B, pair, peer};

fn link() -> LinkConfig {
    LinkConfig::default()
}

fn strangers(strangers: Strangers) -> Config {
    Config { strangers, ..Config::default() }
}

/// A world of nodes that are all joined by good wires.
fn world(configs: Vec<Config>) -> World {
    let mut world = World::new(7);
    let count = configs.len();
    for config in configs {
        world.add(config);
    }
    for a in 0..count {
        for b in a + 1..count {
            world.join(a, b, Wire::new(20));
        }
    }
    world
}

fn refusals(node: &Node) -> Vec<Refusal> {
    let refusal = |told: &Told| match told {
        Told::Refused(_, why) => Some(*why),
        _ => None,
    };
    node.events.iter().filter_map(refusal).collect()
}

#[test]
fn a_link_comes_up_in_two_round_trips() {
    let mut pair = pair(1, Wire::new(50), Wire::new(50), link());
    pair.world.run_for(Duration::from_millis(149));
    assert_eq!(pair.world.nodes[B].ups(), 0);
    pair.world.run_for(Duration::from_millis(1));
    assert_eq!(pair.world.nodes[B].ups(), 1);
    pair.world.run_for(Duration::from_millis(50));
    assert_eq!(pair.world.nodes[A].ups(), 1);
}

#[test]
fn a_link_comes_up_whatever_the_wire_does_to_the_handshake() {
    for seed in 0..60 {
        let wire = Wire {
            jitter: Duration::from_millis(1_500),
            loss: 0.4,
            doubled: 0.3,
            damaged: 0.2,
            ..Wire::new(100)
        };
        let mut pair = pair(seed, wire.clone(), wire, link());
        let are_up = |world: &World| world.nodes.iter().all(|node| node.ups() > 0);
        assert!(pair.world.run_until_so(300, are_up));
    }
}

#[test]
fn a_damaged_last_packet_does_not_spoil_the_handshake() {
    // Of the finish, a bit of the key, of its tag, of the payload, of its tag.
    for byte in [6, 40, 60, 104] {
        let mut pair = pair(1, Wire::new(10), Wire::new(10), link());
        pair.world.tapped = Some(Vec::new());
        pair.world.run_for(Duration::from_millis(20));
        let tapped = pair.world.tapped.take().unwrap();
        let (_, from, to, finish) = tapped.last().unwrap();
        assert_eq!((finish[0], finish.len()), (0x82, 105));
        let mut damaged = finish.clone();
        damaged[byte] ^= 1;
        pair.world.inject(*from, *to, damaged);
        pair.world.run_for(Duration::from_millis(40));
        assert_eq!(pair.world.nodes[B].endpoint.counters().bad_handshakes, 1);
        assert!(pair.world.nodes.iter().all(|node| node.ups() == 1), "byte {byte}");
    }
}

#[test]
fn replayed_handshakes_change_nothing() {
    let mut pair = pair(1, Wire::new(10), Wire::new(10), link());
    pair.world.tapped = Some(Vec::new());
    let mut pair = pair.up();
    let tapped = pair.world.tapped.take().unwrap();
    for _ in 0..3 {
        for (_, from, to, datagram) in &tapped {
            pair.world.inject(*from, *to, datagram.clone());
            pair.world.run_for(Duration::from_millis(30));
        }
    }
    pair.world.run_secs(60);
    assert!(pair.world.nodes.iter().all(|node| node.ups() == 1 && node.downs() == 0));
    let status = pair.world.nodes[A].endpoint.status(pair.world.now, pair.ben);
    assert_eq!(status.unwrap().address, address(B), "nobody has moved");
}

#[test]
fn another_key_than_the_configured_one_is_refused() {
    let mut world = world(vec![Config::default(), strangers(Strangers::Accept)]);
    let now = world.now;
    world.nodes[A].endpoint.add_peer(now, peer(9, Some(B), link())).unwrap();
    world.run_secs(60);
    assert!(refusals(&world.nodes[A]).contains(&Refusal::WrongKey));
    let counters = world.nodes[A].endpoint.counters();
    assert!((4..9).contains(&counters.wrong_keys), "tried again, with back-off: {counters:?}");
    assert_eq!(world.nodes[A].ups() + world.nodes[B].ups(), 0);
}

#[test]
fn strangers_are_refused_and_told_so() {
    let mut world = world(vec![Config::default(), strangers(Strangers::Refuse)]);
    let now = world.now;
    world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    world.run_secs(1);
    assert_eq!(refusals(&world.nodes[B]), [Refusal::Stranger]);
    assert_eq!(refusals(&world.nodes[A]), [Refusal::ByPeer(CloseReason::NotAllowed)]);
    assert_eq!(world.nodes[A].ups() + world.nodes[B].ups(), 0);
}

#[test]
fn of_strangers_the_allowed_ones_come_in() {
    let allowed = BTreeSet::from([identity(1).public()]);
    let config = strangers(Strangers::Allow(allowed));
    let mut world = world(vec![Config::default(), config, Config::default()]);
    let now = world.now;
    for from in [0, 2] {
        world.nodes[from].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    }
    world.run_secs(5);
    assert_eq!((world.nodes[0].ups(), world.nodes[2].ups()), (1, 0));
    assert!(refusals(&world.nodes[B]).iter().all(|why| *why == Refusal::Stranger));
    assert!(!world.nodes[B].events.iter().any(|told| matches!(told, Told::FirstUse(..))));
}

#[test]
fn a_key_that_was_trusted_on_first_use_is_reported_and_never_changes_silently() {
    let mut world = world(vec![Config::default(), strangers(Strangers::Accept)]);
    let now = world.now;
    let config = PeerConfig { key: None, address: Some(address(B)), link: link() };
    let ben = world.nodes[A].endpoint.add_peer(now, config).unwrap();
    world.run_secs(1);
    let told = &world.nodes[A].events;
    assert_eq!(told[..], [Told::FirstUse(ben, identity(2).public()), Told::Up(ben)]);
    let ann = world.nodes[B].last_up().unwrap();
    assert_eq!(world.nodes[B].events[0], Told::FirstUse(ann, identity(1).public()));
    // Another server takes the address.
    world.nodes[B] = Node::new(8, 8, world.now, address(B), strangers(Strangers::Accept));
    world.run_secs(120);
    assert!(refusals(&world.nodes[A]).contains(&Refusal::WrongKey));
    assert_eq!(world.nodes[B].ups(), 0);
}

#[test]
fn a_link_to_oneself_is_refused() {
    let mut world = World::new(1);
    world.add(strangers(Strangers::Accept));
    let wire = world.wire(Wire::new(1));
    world.route(0, 0, wire);
    let own = PeerConfig { key: None, address: Some(address(0)), link: link() };
    world.nodes[0].endpoint.add_peer(world.now, own).unwrap();
    world.run_secs(10);
    assert!(refusals(&world.nodes[0]).iter().all(|why| *why == Refusal::OwnKey));
    assert!(world.nodes[0].endpoint.counters().own_key > 1);
    let key = Some(identity(1).public());
    let config = PeerConfig { key, address: None, link: link() };
    assert_eq!(world.nodes[0].endpoint.add_peer(world.now, config), Err(PeerError::OwnKey));
}

#[test]
fn sealed_at_one_end_and_clear_at_the_other_is_no_link() {
    let mut world = world(vec![Config::default(), Config::default()]);
    let clear = LinkConfig { mode: Mode::Clear, ..link() };
    let now = world.now;
    world.nodes[B].endpoint.add_peer(now, peer(1, None, clear)).unwrap();
    world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    world.run_secs(1);
    assert_eq!(refusals(&world.nodes[B]), [Refusal::OtherMode]);
    assert_eq!(refusals(&world.nodes[A]), [Refusal::ByPeer(CloseReason::OtherMode)]);
}

#[test]
fn when_both_ends_dial_there_is_one_link() {
    for seed in 0..60 {
        let mut world = World::new(seed);
        world.add(Config::default());
        world.add(Config::default());
        let wire = Wire { jitter: Duration::from_millis(seed * 10), loss: 0.2, ..Wire::new(30) };
        world.join(A, B, wire);
        let now = world.now;
        let ben = world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
        world.run_for(Duration::from_millis(seed * 2));
        let now = world.now;
        let ann = world.nodes[B].endpoint.add_peer(now, peer(1, Some(A), link())).unwrap();
        assert!(world.run_until_so(120, |world| world.nodes.iter().all(|node| node.ups() > 0)));
        world.run_secs(20);
        for (node, peer) in [(A, ben), (B, ann)] {
            assert_eq!(world.nodes[node].ups(), 1, "node {node}");
            assert_eq!(world.nodes[node].downs(), 0, "node {node}");
            assert!(world.nodes[node].endpoint.status(world.now, peer).is_some());
        }
    }
}

#[test]
fn a_server_that_was_restarted_is_linked_anew_at_once() {
    let mut pair = pair(1, Wire::new(20), Wire::new(20), link()).up();
    let now = pair.world.now;
    pair.world.nodes[A].restart(now, Config::default());
    pair.world.nodes[A].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    pair.world.run_secs(1);
    let down = Told::Down(pair.ann, DownReason::Replaced);
    assert_eq!(pair.world.nodes[B].events[1..], [down, Told::Up(pair.ann)]);
    pair.world.run_secs(60);
    assert_eq!(pair.world.nodes[B].endpoint.counters().twins, 0);
}

#[test]
fn two_servers_with_the_same_key_are_noticed() {
    let mut world = world(vec![Config::default(), Config::default(), Config::default()]);
    let now = world.now;
    let ann = world.nodes[B].endpoint.add_peer(now, peer(1, None, link())).unwrap();
    world.nodes[0].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    world.run_secs(5);
    let now = world.now;
    world.nodes[2] = Node::new(1, 99, now, address(2), Config::default());
    let ben = world.nodes[2].endpoint.add_peer(now, peer(2, Some(B), link())).unwrap();
    world.run_secs(20);
    assert!(world.nodes[B].events.contains(&Told::Twins(ann)));
    assert!(world.nodes[2].endpoint.status(world.now, ben).is_some(), "the later one stays");
    let replaced = DownReason::Closed(CloseReason::Replaced);
    assert!(matches!(world.nodes[0].events[1], Told::Down(_, why) if why == replaced));
    world.run_secs(300);
    assert!(world.nodes[B].ups() < 12, "they do not take turns without a pause");
}

/// An init with an ephemeral key of nobody's.
fn init(seed: u8, cookie: [u8; 16]) -> Vec<u8> {
    let mut datagram = vec![0; 160];
    datagram[..7].copy_from_slice(&[0x80, 1, 0, 0, 0, 0, seed]);
    datagram[7..39].fill(seed);
    datagram[7] = 9;
    datagram[39..55].copy_from_slice(&cookie);
    datagram
}

#[test]
fn under_a_flood_an_address_has_to_prove_itself_and_others_still_come_in() {
    let mut pair = pair(1, Wire::new(20), Wire::new(20), link());
    pair.world.tapped = Some(Vec::new());
    for second in 0..3_u64 {
        for host in 0..2_000 {
            let from = address(1_000 + host);
            pair.world.inject(from, address(B), init((host % 250) as u8, [0; 16]));
        }
        pair.world.run_until(Time::from_micros(1_000_000 * (second + 2)));
    }
    assert!(pair.world.nodes.iter().all(|node| node.ups() == 1));
    let counters = pair.world.nodes[B].endpoint.counters();
    assert!(counters.cookies > 1_000, "{counters:?}");
    assert!(counters.answered < 100, "{counters:?}");
    let answers =
        pair.world.tapped.as_ref().unwrap().iter().filter(|(_, from, _, _)| *from == address(B));
    assert!(answers.clone().all(|(_, _, _, datagram)| datagram.len() <= 160));
    assert!(answers.count() < 6_001, "no more answers than questions");
}

#[test]
fn a_cookie_costs_a_round_trip_and_no_knowledge_of_it() {
    let mut world = world(vec![Config::default(), strangers(Strangers::Accept)]);
    for host in 0..100 {
        world.inject(address(1_000 + host), address(B), init(host as u8, [0; 16]));
    }
    world.run_for(Duration::from_millis(1));
    let to_ben = world.nodes[A].endpoint.add_peer(world.now, peer(2, Some(B), link())).unwrap();
    world.run_for(Duration::from_millis(3 * 40));
    assert_eq!(world.nodes[A].ups(), 1);
    let status = world.nodes[A].endpoint.status(world.now, to_ben).unwrap();
    assert!(status.rtt <= Duration::from_millis(45), "{status:?}");
}

/// As after a restart of their server, from behind one router.
#[test]
fn two_hundred_devices_of_one_host_come_up_without_pushing_each_other_out() {
    let mut world = world(vec![strangers(Strangers::Accept)]);
    let server = PeerConfig { key: None, address: Some(world.nodes[0].address), link: link() };
    for device in 2..=201 {
        let from = SocketAddr::from(([10, 9, 9, 9], u16::from(device)));
        let node = Node::new(device, device.into(), world.now, from, strangers(Strangers::Accept));
        world.nodes.push(node);
        let index = world.nodes.len() - 1;
        let wire = world.wire(Wire::new(20));
        world.route(0, index, wire);
        world.route(index, 0, wire);
        world.nodes[index].endpoint.add_peer(world.now, server).unwrap();
    }
    let began = world.now;
    assert!(world.run_until_so(60, |world| world.nodes[1..].iter().all(|node| node.ups() > 0)));
    let (took, counters) = (world.now.since(began), world.nodes[0].endpoint.counters());
    println!("all are up after {took:?}: {counters:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!((counters.answered, counters.bad_handshakes), (200, 0));
}

#[test]
fn a_cookie_of_another_address_proves_nothing() {
    let mut world = world(vec![strangers(Strangers::Accept)]);
    world.tapped = Some(Vec::new());
    for host in 0..100 {
        world.inject(address(1_000 + host), address(0), init(host as u8, [0; 16]));
    }
    world.run_for(Duration::from_millis(1));
    let tapped = world.tapped.take().unwrap();
    let (_, _, to, reply) = tapped.iter().find(|(_, _, _, datagram)| datagram[0] == 0x83).unwrap();
    let cookie: [u8; 16] = reply[13..].try_into().unwrap();
    let answered = |world: &World| world.nodes[0].endpoint.counters().answered;
    let before = answered(&world);
    world.inject(address(5_000), address(0), init(1, cookie));
    world.run_for(Duration::from_millis(1));
    assert_eq!(answered(&world), before);
    world.inject(*to, address(0), init(1, cookie));
    world.run_for(Duration::from_millis(1));
    assert_eq!(answered(&world), before + 1);
}

#[test]
fn unfinished_handshakes_are_forgotten() {
    let mut world = world(vec![strangers(Strangers::Accept)]);
    for host in 0..20 {
        world.inject(address(1_000 + host), address(0), init(host as u8, [0; 16]));
    }
    world.run_secs(1);
    let deadline = world.nodes[0].endpoint.deadline().unwrap();
    assert_eq!(deadline.why, Why::GiveUp);
    world.run_secs(30);
    assert_eq!(world.nodes[0].endpoint.deadline(), None);
}
