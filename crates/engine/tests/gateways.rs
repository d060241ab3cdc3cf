//! Lines of classic servers some of which are native: what each side sees of the other.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]
#![allow(dead_code, reason = "the support is for other tests, too")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
mod network;

use network::{Name, Network, Seat};
use postrider_engine::Whereabouts;
use postrider_engine::edge::Identity;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Entry, Fact, Item, NumberRow, Outcome, Owner, OwnerKey, Row, SentRow, Sequence, Version,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

const ANN: u64 = 1;
const BEN: u64 = 5;

/// Lines as drawn, `n` a native and `c` a classic server, and so many natives in no line
/// after them; with these trunks, up.
fn network(seed: u64, lines: &[&str], alone: usize, links: &[(usize, usize)]) -> Network {
    let mut seats = Vec::new();
    for line in lines {
        let all: Vec<usize> = (seats.len()..seats.len() + line.len()).collect();
        let seat = |kind| Seat { line: all.clone(), is_native: kind == 'n' };
        seats.extend(line.chars().map(seat));
    }
    for _ in 0..alone {
        seats.push(Seat { line: vec![seats.len()], is_native: true });
    }
    let mut network = Network::of(seed, seats, links, Limits::default());
    for link in network.links() {
        network.connect(link);
    }
    network.settle();
    network
}

fn read_all(network: &mut Network, server: usize, client: u64) -> Vec<String> {
    std::iter::from_fn(|| network.get(server, number(client))).map(|(_, text)| text).collect()
}

/// Texts from one to the other and back arrive.
fn text_each_other(network: &mut Network, [one, other]: [(usize, u64); 2]) {
    for ((from, sender), (to, reader)) in [(one, other), (other, one)] {
        let text = format!("from {from} to {to}");
        assert!(network.send(from, number(sender), number(reader), &text));
        network.settle();
        assert_eq!(read_all(network, to, reader), [text]);
        network.settle();
    }
}

fn outcomes(network: &Network) -> Vec<Outcome> {
    network.outcomes().into_iter().map(|(_, receipt)| receipt.outcome).collect()
}

#[test]
fn a_line_and_natives_behind_it_text_each_other_through_the_gateway() {
    // 0 classic, 1 the gateway, 2 classic; 3 and 4 behind it.
    let mut network = network(1, &["cnc"], 2, &[(1, 3), (3, 4)]);
    network.handshake(0, number(ANN));
    network.handshake(4, number(BEN));
    network.settle();
    text_each_other(&mut network, [(0, ANN), (4, BEN)]);
    let outcomes = outcomes(&network);
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert!(outcomes.contains(&Outcome::Delivered) && outcomes.contains(&Outcome::PassedOn));
    assert!((0..5).all(|server| network.engine(server).sizes().waiting == 0));
}

#[test]
fn of_two_gateways_the_first_speaks_for_all_and_each_for_its_own() {
    // 0 gateway, 1 classic, 2 gateway; 3 behind the last.
    let mut network = network(1, &["ncn"], 1, &[(0, 2), (2, 3)]);
    for (server, client) in [(0, 10), (1, 11), (2, 12), (3, 13)] {
        network.handshake(server, number(client));
    }
    network.settle();
    let seen = |client| network.engine(1).home(number(client)).map(|index| index.value());
    assert_eq!([10, 12, 13].map(seen), [Some(1), Some(3), Some(1)]);
    let claimed = network.engine(2).whereabouts(number(11));
    let first = network.engine(2).station_of(network::Name(0).key()).unwrap();
    assert_eq!(claimed, Whereabouts::Station(first));
}

#[test]
fn where_gateways_lose_each_other_each_speaks_for_itself_until_they_meet_again() {
    let mut network = network(1, &["ncn"], 1, &[(0, 2), (2, 3)]);
    network.handshake(1, number(ANN));
    network.handshake(3, number(BEN));
    network.settle();
    let seen = |network: &Network| network.engine(1).home(number(BEN)).unwrap().value();
    assert_eq!(seen(&network), 1);
    network.cut((0, 2));
    network.pass(Duration::from_secs(10));
    network.settle();
    assert_eq!(seen(&network), 3, "the last one reaches it");
    text_each_other(&mut network, [(1, ANN), (3, BEN)]);
    network.connect((0, 2));
    network.settle();
    assert_eq!(seen(&network), 1);
    text_each_other(&mut network, [(1, ANN), (3, BEN)]);
}

#[test]
fn two_lines_behind_two_gateways_text_each_other() {
    // 0 classic, 1 gateway; 2 gateway, 3 classic.
    let mut network = network(1, &["cn", "nc"], 0, &[(1, 2)]);
    network.handshake(0, number(ANN));
    network.handshake(3, number(BEN));
    network.settle();
    text_each_other(&mut network, [(0, ANN), (3, BEN)]);
    // From one line into the other, and back.
    for home in [3, 0] {
        assert!(network.send(3, number(BEN), number(ANN), "follows"));
        network.settle();
        network.handshake(home, number(ANN));
        network.settle();
        assert_eq!(read_all(&mut network, home, ANN), ["follows"]);
        text_each_other(&mut network, [(home, ANN), (3, BEN)]);
    }
}

#[test]
fn a_client_moves_between_a_classic_server_and_natives_and_its_texts_follow() {
    // 0 native in the line, 1 classic, 2 native in the line; 3 behind.
    let mut network = network(1, &["ncn"], 1, &[(0, 2), (2, 3)]);
    network.handshake(0, number(ANN));
    network.handshake(1, number(BEN));
    network.settle();
    for (at, home) in [3, 1, 2, 1, 0, 3, 1].into_iter().enumerate() {
        let texts = [format!("{at} waits"), format!("{at} comes"), format!("{at} too")];
        network.send(0, number(ANN), number(BEN), &texts[0]);
        network.settle();
        network.handshake(home, number(BEN));
        network.settle();
        for text in &texts[1..] {
            network.send(0, number(ANN), number(BEN), text);
        }
        network.settle();
        assert_eq!(read_all(&mut network, home, BEN), texts, "at {home}");
        network.settle();
    }
    assert!((0..4).all(|server| network.engine(server).sizes().waiting == 0));
}

#[test]
fn who_leaves_is_known_to_have_left_on_both_sides() {
    let mut network = network(1, &["cnc"], 1, &[(1, 3)]);
    network.handshake(0, number(ANN));
    network.handshake(3, number(BEN));
    network.settle();
    assert!(matches!(network.engine(3).whereabouts(number(ANN)), Whereabouts::Station(_)));
    network.terminate(0, number(ANN));
    network.terminate(3, number(BEN));
    network.settle();
    for server in 0..4 {
        for client in [ANN, BEN] {
            let found = network.engine(server).whereabouts(number(client));
            assert_eq!(found, Whereabouts::Unknown, "{client} at {server}");
        }
    }
}

#[test]
fn natives_of_a_line_that_were_apart_keep_their_clients_when_they_meet() {
    let mut network = network(1, &["ncn"], 0, &[(0, 2)]);
    network.cut((0, 2));
    network.pass(Duration::from_secs(10));
    for (server, client) in [(0, 10), (2, 12)] {
        network.handshake(server, number(client));
    }
    network.settle();
    text_each_other(&mut network, [(0, 10), (2, 12)]);
    network.connect((0, 2));
    network.settle();
    for (server, client) in [(0, 10), (2, 12)] {
        assert_eq!(network.engine(server).whereabouts(number(client)), Whereabouts::Here);
    }
    text_each_other(&mut network, [(0, 10), (2, 12)]);
}

#[test]
fn a_text_on_its_way_by_the_line_does_not_go_by_the_trunk_too() {
    let mut network = network(1, &["ncn"], 0, &[(0, 2)]);
    network.cut((0, 2));
    network.pass(Duration::from_secs(10));
    for (server, client) in [(0, 10), (2, 12)] {
        network.handshake(server, number(client));
    }
    network.settle();
    network.holds_datagrams = true;
    for text in ["one", "two"] {
        network.send(0, number(10), number(12), text);
    }
    // The trunk comes up while the first is without an ack, and has the second.
    network.connect((0, 2));
    network.settle();
    network.holds_datagrams = false;
    network.settle();
    let mut read = read_all(&mut network, 2, 12);
    read.sort();
    assert_eq!(read, ["one", "two"]);
    network.settle();
    assert!((0..3).all(|server| network.engine(server).sizes().waiting == 0));
}

#[test]
fn once_both_sides_know_nothing_more_is_said() {
    let mut network = network(1, &["ncnnc"], 2, &[(0, 2), (2, 3), (3, 5), (5, 6)]);
    for server in 0..7 {
        network.handshake(server, number(10 + server as u64));
    }
    network.settle();
    let carried = network.carried;
    network.pass(Duration::from_secs(86_400));
    network.settle();
    assert_eq!(network.carried, carried);
}

/// People at all servers of any mix text while trunks come and go: each text arrives once,
/// and those of one sender to one reader in order.
#[test]
fn texts_arrive_once_in_order_whatever_comes_and_goes() {
    for seed in 0..150 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let line: String = (0..5).map(|_| if dice.bool() { 'n' } else { 'c' }).collect();
        if !line.contains('n') {
            continue;
        }
        let natives: Vec<usize> = line.match_indices('n').map(|(at, _)| at).chain([5]).collect();
        let links: Vec<(usize, usize)> = natives.windows(2).map(|two| (two[0], two[1])).collect();
        let mut network = network(seed, &[&line], 1, &links);
        for server in 0..6 {
            network.handshake(server, number(10 + server as u64));
        }
        network.settle();
        let mut sent = text_at_random(&mut network, &mut dice, &links);
        let mut read: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
        for server in 0..6 {
            let reader = 10 + server as u64;
            while let Some((from, text)) = network.get(server, number(reader)) {
                read.entry((from.value(), reader)).or_default().push(text);
            }
        }
        // What waits at the gateway that spoke for the reader before may be overtaken.
        for ((sender, reader), texts) in sent.iter_mut().chain(&mut read) {
            if *reader == 15 && !natives.contains(&(*sender as usize - 10)) {
                texts.sort();
            }
        }
        let differ = sent.iter().filter(|(pair, texts)| read.get(pair) != Some(*texts));
        let differ: Vec<_> = differ.map(|(pair, texts)| (pair, texts, read.get(pair))).collect();
        assert!(differ.is_empty(), "seed {seed}: {line}: sent and read {differ:?}");
        assert_eq!(read.len(), sent.len(), "seed {seed}: {line}");
        network.settle();
        assert!((0..6).all(|server| network.engine(server).sizes().waiting == 0), "seed {seed}");
    }
}

/// Lists are faster than trunks: for a moment each native takes all others for classic
/// servers, and claims their clients. None of these is to give them up for it.
#[test]
fn natives_of_a_line_keep_their_clients_while_their_trunks_come_up() {
    for seed in 0..1_000 {
        let all: Vec<usize> = (0..5).collect();
        let seats = all.iter().map(|_| Seat { line: all.clone(), is_native: true });
        let links: Vec<(usize, usize)> = (0..4).map(|at| (at, at + 1)).collect();
        let mut network = Network::of(seed, seats, &links, Limits::default());
        let mut dice = fastrand::Rng::with_seed(seed);
        for server in 0..5 {
            network.handshake(server, number(10 + server as u64));
            deliver_some(&mut network, dice.usize(..20));
        }
        for link in links {
            network.connect(link);
            deliver_some(&mut network, dice.usize(..20));
            network.pass(Duration::from_millis(dice.u64(..40)));
        }
        for _ in 0..200 {
            deliver_some(&mut network, dice.usize(..5));
            network.pass(Duration::from_millis(dice.u64(..3)));
            for server in 0..5 {
                let home = network.engine(server).whereabouts(number(10 + server as u64));
                assert_eq!(home, Whereabouts::Here, "seed {seed}: server {server}");
            }
        }
    }
}

fn deliver_some(network: &mut Network, count: usize) {
    let _ = (0..count).all(|_| network.deliver_one());
}

/// While another server comes to speak for a reader, what is just on its way to either may
/// be doubled, as in a classic line without gateways: here all has arrived before.
fn arrive_all(network: &mut Network) {
    while network.deliver_one() {}
}

fn text_at_random(
    network: &mut Network,
    dice: &mut fastrand::Rng,
    links: &[(usize, usize)],
) -> BTreeMap<(u64, u64), Vec<String>> {
    let mut sent: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
    for at in 0..200 {
        let (from, to) = (dice.usize(..6), dice.usize(..6));
        match dice.u8(..10) {
            0..3 => {
                arrive_all(network);
                match (dice.u8(..3), links.get(dice.usize(..links.len().max(1)))) {
                    (0, Some(link)) => network.cut(*link),
                    (1, Some(link)) => network.connect(*link),
                    _ => network.pass(Duration::from_millis(dice.u64(..5_000))),
                }
                arrive_all(network);
            }
            3..6 if from != to => {
                let (sender, reader) = (10 + from as u64, 10 + to as u64);
                let text = format!("text {at}");
                assert!(network.send(from, number(sender), number(reader), &text));
                sent.entry((sender, reader)).or_default().push(text);
            }
            _ => {
                let _ = network.deliver_one();
            }
        }
    }
    for link in links {
        network.connect(*link);
    }
    network.settle();
    network.pass(Duration::from_secs(400));
    network.settle();
    sent
}

#[test]
fn a_classic_server_cannot_claim_a_number_that_is_bound_to_a_key() {
    // 0 classic, 1 the gateway, 2 classic; 3 behind it.
    let mut network = network(1, &["cnc"], 1, &[(1, 3)]);
    let owner = Owner { key: OwnerKey([7; 32]), signature: &[0; 64], first: None };
    let (number, version) = (number(BEN), Version::FIRST);
    let about = NumberRow { number, version, released: false, line: false, owner: Some(owner) };
    let sequence = Sequence::from_value(1_000).unwrap();
    let entry = Entry { origin: Name(3).key(), sequence, fact: Fact::Number(about) };
    let row = SentRow::new(999, Row { entry, signature: &[0; 64] }).unwrap();
    network.say(3, 1, &Item::Row(row));
    network.handshake(2, number);
    network.settle();
    let gateway = network.engine(1);
    let home = gateway.station_of(Name(3).key()).unwrap();
    assert_eq!(gateway.whereabouts(number), Whereabouts::Station(home));
    assert!(gateway.counters().refused_bound > 0, "and it was counted");
}
