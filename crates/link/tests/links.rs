//! What a link does with the items that it is given.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper may fail the test")]
#![allow(clippy::print_stdout, reason = "the figures, and the seed of what fails")]

mod support;

use postrider_link::*;
use std::time::Duration;
use support::net::Wire;
use support::node::{Source, Told};
use support::world::address;
use support::{A, B, Pair, pair};

fn link() -> LinkConfig {
    LinkConfig::default()
}

fn good_pair(link: LinkConfig) -> Pair {
    pair(1, Wire::new(20), Wire::new(20), link).up()
}

impl Pair {
    fn send(&mut self, precedence: Precedence, tag: u64, bytes: &[u8]) -> Result<(), SendError> {
        let now = self.world.now;
        self.world.nodes[A].endpoint.send(now, self.ben, precedence, tag, bytes)
    }

    fn status(&self) -> Status {
        self.world.nodes[A].endpoint.status(self.world.now, self.ben).unwrap()
    }
}

#[test]
fn an_item_arrives_and_its_custody_comes_back_with_its_tag() {
    let mut pair = good_pair(link());
    pair.send(Precedence::Routine, 77, b"Hi Ben").unwrap();
    pair.world.run_for(Duration::from_millis(41));
    assert_eq!(pair.world.nodes[B].item_order, [b"Hi Ben"]);
    assert_eq!(pair.world.nodes[A].custody, [77]);
    assert_eq!(pair.status().waiting, Room::default());
}

#[test]
fn an_item_costs_two_datagrams() {
    let mut pair = good_pair(link());
    pair.world.run_secs(1);
    let before: u64 = pair.world.wires.iter().map(|wire| wire.seen.packets).sum();
    pair.send(Precedence::Routine, 1, &[7; 200]).unwrap();
    pair.world.run_secs(20);
    let after: u64 = pair.world.wires.iter().map(|wire| wire.seen.packets).sum();
    assert_eq!(after - before, 2);
}

#[test]
fn without_custody_an_item_is_kept_and_asked_about_but_not_sent_again() {
    let mut pair = good_pair(link());
    pair.world.nodes[B].keeps = false;
    pair.send(Precedence::Routine, 1, &[7; 200]).unwrap();
    pair.world.run_secs(3);
    let deadline = pair.world.nodes[A].endpoint.deadline().unwrap();
    assert_eq!(deadline.why, Why::Custody);
    let before = pair.world.wires[0].seen.packets;
    pair.world.run_until(deadline.at);
    assert_eq!(pair.world.wires[0].seen.packets, before + 1);
    pair.world.run_secs(120);
    assert_eq!(pair.world.nodes[A].custody.len(), 0);
    assert_eq!(pair.status().waiting.items, 1);
    assert_eq!(pair.status().traffic.sent_again, 0);
    assert_eq!(pair.world.nodes[B].item_order.len(), 1);
    assert_eq!(pair.world.nodes[A].downs(), 0);
}

/// Long before anything else would bring a report.
#[test]
fn a_lost_report_of_custody_is_asked_for_within_seconds() {
    for seed in 0..200 {
        let lossy = || Wire { jitter: Duration::from_millis(30), ..Wire::new(20).loss(0.3) };
        let mut pair = pair(seed, lossy(), lossy(), link()).up();
        for tag in 0..60 {
            pair.send(Precedence::Routine, tag, &[7; 200]).unwrap();
        }
        pair.world.run_secs(20);
        let told = pair.world.nodes[A].custody.len();
        assert_eq!(told, 60, "seed {seed}: the other end has all of them on disk");
    }
}

#[test]
fn custody_of_an_earlier_session_is_ignored() {
    let mut pair = good_pair(link());
    pair.world.nodes[B].flush = Duration::from_secs(600);
    pair.send(Precedence::Routine, 1, b"old").unwrap();
    pair.world.run_secs(1);
    let now = pair.world.now;
    pair.world.nodes[A].endpoint.dial(now, pair.ben, address(B));
    pair.world.nodes[A].endpoint.close(now, pair.ben);
    pair.world.nodes[A].endpoint.dial(now, pair.ben, address(B));
    pair.world.run_secs(2);
    assert_eq!(pair.world.nodes[A].ups(), 2);
    pair.send(Precedence::Routine, 2, b"new").unwrap();
    pair.world.run_secs(700);
    assert_eq!(pair.world.nodes[A].custody, [2], "only the new one, and by its own flush");
}

#[test]
fn flash_overtakes_what_waits_and_order_holds_within_a_class() {
    let slow = Wire::new(20).rate(2_000.0);
    let mut pair = pair(1, slow, Wire::new(20), link()).up();
    let classes =
        [Precedence::Routine, Precedence::Priority, Precedence::Immediate, Precedence::Flash];
    for (tag, class) in (0..).zip(classes.iter().cycle()).take(200) {
        pair.send(*class, tag, &[tag as u8; 200]).unwrap();
    }
    pair.world.run_secs(60);
    let order: Vec<u8> = pair.world.nodes[B].item_order.iter().map(|item| item[0]).collect();
    let of_class = |class: u8| order.iter().copied().filter(move |tag| tag % 4 == class);
    for class in 0..4 {
        assert!(of_class(class).is_sorted(), "class {class}");
    }
    let place = |tag: u8| order.iter().position(|found| *found == tag).unwrap();
    assert!(place(199) < place(2) && place(198) < place(1) && place(197) < place(0));
}

#[test]
fn a_budget_is_kept_to() {
    let budget = Some(500);
    let mut pair = good_pair(LinkConfig { budget, ..link() });
    pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 100, ahead: 50 });
    pair.world.run_secs(10);
    let before = pair.world.wires[0].seen.bytes;
    pair.world.run_secs(100);
    let bytes = pair.world.wires[0].seen.bytes - before;
    assert!((48_000..=50_500).contains(&bytes), "a second may have been saved up: {bytes}");
}

#[test]
fn no_datagram_is_longer_than_the_smaller_mtu_and_long_items_travel_in_parts() {
    for (ours, theirs) in [(256, 256), (256, 1_400), (1_400, 256)] {
        let mut world = support::world::World::new(1);
        world.add(Config::default());
        world.add(Config::default());
        world.join(A, B, Wire::new(20).loss(0.1));
        let now = world.now;
        let of = |mtu| LinkConfig { mtu, ..link() };
        let ann = support::peer(1, Some(A), of(theirs));
        let ann = world.nodes[B].endpoint.add_peer(now, ann).unwrap();
        let ben = support::peer(2, Some(B), of(ours));
        let ben = world.nodes[A].endpoint.add_peer(now, ben).unwrap();
        let mut pair = Pair { world, ann, ben }.up();
        for length in 1..=1_024 {
            pair.send(Precedence::Routine, length, &vec![length as u8; length as usize]).unwrap();
        }
        pair.world.run_secs(120);
        assert_eq!(pair.world.nodes[A].custody.len(), 1_024);
        let items = &pair.world.nodes[B].items;
        assert!(
            items
                .iter()
                .all(|(item, times)| *times == 1 && item.iter().all(|b| *b == item.len() as u8))
        );
        assert_eq!(items.len(), 1_024);
        assert!(pair.world.wires.iter().all(|wire| wire.seen.longest_packet <= 256));
    }
}

#[test]
fn a_signed_text_of_160_characters_fits_into_256_bytes() {
    let mut pair = good_pair(LinkConfig { mtu: 256, ..link() });
    // What a message may have: 256 bytes less the packet's 25 and the item's 3.
    pair.send(Precedence::Routine, 1, &[7; 228]).unwrap();
    let before = pair.world.wires[0].seen.packets;
    pair.world.run_secs(1);
    assert_eq!(pair.world.wires[0].seen.packets - before, 1);
    assert_eq!(pair.world.wires[0].seen.longest_packet, 256);
}

#[test]
fn a_full_queue_refuses_and_says_when_there_is_room_again() {
    let queue = Room { items: 10, bytes: 100_000 };
    let mut pair = good_pair(LinkConfig { queue, ..link() });
    for tag in 0..10 {
        pair.send(Precedence::Routine, tag, b"x").unwrap();
    }
    assert_eq!(pair.send(Precedence::Flash, 10, b"x"), Err(SendError::Full));
    assert_eq!(pair.world.nodes[A].endpoint.room(pair.ben).items, 0);
    pair.world.run_secs(1);
    assert!(pair.world.nodes[A].events.contains(&Told::Room(pair.ben)));
    assert_eq!(pair.world.nodes[A].endpoint.room(pair.ben), queue);
    assert_eq!(pair.send(Precedence::Routine, 1, b""), Err(SendError::Length(0)));
    assert_eq!(pair.send(Precedence::Routine, 1, &[0; 1_025]), Err(SendError::Length(1_025)));
}

#[test]
fn a_clear_link_is_readable_and_costs_the_same_and_a_sealed_one_is_not() {
    let carried = [Mode::Sealed, Mode::Clear].map(|mode| {
        let mut pair = good_pair(LinkConfig { mode, ..link() });
        pair.world.tapped = Some(Vec::new());
        pair.send(Precedence::Routine, 1, b"the weather is fine").unwrap();
        pair.world.run_secs(1);
        assert_eq!(pair.world.nodes[A].custody, [1]);
        let tapped = pair.world.tapped.take().unwrap();
        let text = b"the weather is fine";
        let readable = tapped[0].3.windows(text.len()).any(|window| window == text);
        assert_eq!(readable, mode == Mode::Clear);
        tapped[0].3.len()
    });
    assert_eq!(carried, [25 + 3 + 19; 2]);
}

#[test]
fn a_quiet_link_sends_a_small_datagram_every_15_seconds_and_no_more() {
    let mut pair = good_pair(link());
    pair.world.run_secs(60);
    let seen = |pair: &Pair| -> (u64, u64) {
        let wires = pair.world.wires.iter();
        wires.fold((0, 0), |(n, b), wire| (n + wire.seen.packets, b + wire.seen.bytes))
    };
    let before = seen(&pair);
    pair.world.run_secs(3_000);
    let after = seen(&pair);
    let (packets, bytes) = (after.0 - before.0, after.1 - before.1);
    assert!((190..=200).contains(&packets), "{packets}");
    assert!(bytes / packets < 60, "{bytes}");
    assert!(pair.world.nodes.iter().all(|node| node.downs() == 0));
}

#[test]
fn a_peer_that_is_gone_is_noticed_by_what_is_sent_and_dialled_until_it_is_back() {
    let mut pair = good_pair(link());
    pair.world.wires.iter_mut().for_each(|wire| wire.is_cut = true);
    pair.send(Precedence::Routine, 1, b"x").unwrap();
    pair.world.run_secs(14);
    assert_eq!(pair.world.nodes[A].downs(), 0);
    pair.world.run_secs(2);
    let down = Told::Down(pair.ben, DownReason::Unanswered);
    assert_eq!(pair.world.nodes[A].events.last(), Some(&down));
    assert_eq!(pair.send(Precedence::Routine, 1, b"x"), Err(SendError::NotUp));
    let before = pair.world.wires[0].seen.packets;
    pair.world.run_secs(3_600);
    let dials = pair.world.wires[0].seen.packets - before;
    assert!((150..400).contains(&dials), "inits an hour: {dials}");
    pair.world.wires.iter_mut().for_each(|wire| wire.is_cut = false);
    pair.world.run_secs(90);
    assert_eq!(pair.world.nodes[A].ups(), 2);
    assert_eq!(pair.world.nodes[B].ups(), 2);
}

#[test]
fn a_silent_peer_is_noticed_by_both_ends() {
    let mut pair = good_pair(link());
    pair.world.run_secs(40);
    pair.world.wires.iter_mut().for_each(|wire| wire.is_cut = true);
    pair.world.run_secs(50);
    let down = Told::Down(pair.ben, DownReason::Unanswered);
    assert_eq!(pair.world.nodes[A].events.last(), Some(&down));
    let deadline = pair.world.nodes[B].endpoint.deadline().unwrap();
    assert_eq!(deadline.why, Why::Silence);
    pair.world.run_until(deadline.at);
    let down = Told::Down(pair.ann, DownReason::Silent);
    assert_eq!(pair.world.nodes[B].events.last(), Some(&down));
}

#[test]
fn a_wire_that_is_cut_in_one_direction_takes_the_link_down_at_both_ends() {
    for cut in [0, 1] {
        let mut pair = good_pair(link());
        pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 100, ahead: 5 });
        pair.world.nodes[B].source = Some(Source { peer: pair.ann, bytes: 100, ahead: 5 });
        pair.world.run_secs(5);
        pair.world.wires[cut].is_cut = true;
        pair.world.run_secs(30);
        assert!(pair.world.nodes.iter().all(|node| node.downs() > 0), "wire {cut}");
        assert!(pair.world.nodes.iter().all(|node| node.ups() == 1), "wire {cut}");
    }
}

#[test]
fn a_peer_may_change_its_address_in_the_middle_of_a_flow() {
    let mut pair = good_pair(link());
    pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 100, ahead: 20 });
    pair.world.run_secs(2);
    let new = address(500);
    pair.world.nodes[A].address = new;
    let old_routes = pair.world.routes.clone();
    for ((from, to), wire) in old_routes {
        let renamed = |at| if at == address(A) { new } else { at };
        pair.world.routes.insert((renamed(from), renamed(to)), wire);
    }
    pair.world.run_secs(5);
    assert!(pair.world.nodes[B].events.contains(&Told::Moved(pair.ann, new)));
    assert!(pair.world.nodes.iter().all(|node| node.ups() == 1 && node.downs() == 0));
    let before = pair.world.nodes[B].items.len();
    pair.world.run_secs(5);
    assert!(pair.world.nodes[B].items.len() > before + 100);
    assert!(pair.world.nodes[B].items.values().all(|times| *times == 1));
}

#[test]
fn an_old_packet_from_elsewhere_moves_nobody() {
    let mut pair = good_pair(link());
    pair.world.tapped = Some(Vec::new());
    pair.send(Precedence::Routine, 1, b"one").unwrap();
    pair.world.run_secs(1);
    pair.send(Precedence::Routine, 2, b"two").unwrap();
    pair.world.run_secs(1);
    let tapped = pair.world.tapped.take().unwrap();
    for (_, _, to, datagram) in tapped.iter().filter(|(_, from, _, _)| *from == address(A)) {
        pair.world.inject(address(666), *to, datagram.clone());
    }
    pair.world.run_secs(1);
    let counters = pair.world.nodes[B].endpoint.counters();
    assert_eq!((counters.moved, counters.replayed), (0, 2));
    assert_eq!(pair.world.nodes[B].item_order.len(), 2);
}

#[test]
fn a_closed_link_is_down_at_the_other_end_at_once_and_stays_so() {
    let mut pair = good_pair(link());
    let now = pair.world.now;
    pair.world.nodes[A].endpoint.close(now, pair.ben);
    pair.world.run_secs(1);
    let goodbye = DownReason::Closed(CloseReason::Goodbye);
    assert_eq!(pair.world.nodes[B].events.last(), Some(&Told::Down(pair.ann, goodbye)));
    pair.world.run_secs(600);
    assert_eq!(pair.world.nodes[A].ups(), 1);
}

#[test]
fn the_keys_change_under_a_flow_without_anybody_noticing() {
    let wire = Wire { jitter: Duration::from_millis(2), loss: 0.02, ..Wire::new(5) };
    let narrow = LinkConfig { mtu: 256, ..link() };
    let mut pair = pair(1, wire.clone().rate(4e6), wire, narrow).up();
    pair.world.nodes.iter_mut().for_each(|node| node.remembers = false);
    pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 220, ahead: 4_000 });
    assert!(pair.world.run_until_so(60, |world| world.nodes[B].item_bytes > 160_000 * 220));
    pair.world.nodes[A].source = None;
    pair.world.run_secs(5);
    let traffic = pair.status().traffic;
    assert!(traffic.packets_out > 2 * 65_536, "{traffic:?}");
    assert_eq!(traffic.items_out, pair.world.nodes[A].custody_count);
    assert_eq!(pair.world.nodes[B].item_bytes, 220 * traffic.items_out);
    assert!(pair.world.nodes.iter().all(|node| node.downs() == 0));
    assert_eq!(pair.world.nodes[B].endpoint.counters().not_authentic, 0);
}

#[test]
fn what_no_end_may_say_ends_the_session() {
    let report = |newest: u32, base: u32| {
        let mut body = vec![2];
        body.extend_from_slice(&[0; 4]);
        body.extend_from_slice(&newest.to_be_bytes());
        body.extend_from_slice(&[0, 1, 0, 0]);
        body.extend_from_slice(&base.to_be_bytes());
        body.push(0);
        body
    };
    let never_sent = report(1_000, 0);
    let never_given = report(0, 9);
    for body in [&[9][..], &[0x80, 0, 0], &[0x9f, 0xff, 0xff, 1], &never_sent, &never_given] {
        let mut pair = good_pair(link());
        let now = pair.world.now;
        assert!(pair.world.nodes[A].endpoint.take_body(now, pair.ben, body));
        pair.world.run_for(Duration::from_millis(100));
        assert_eq!(pair.world.nodes[A].endpoint.counters().rules_broken, 1, "{body:x?}");
        let broken = DownReason::Closed(CloseReason::BrokenRules);
        assert_eq!(pair.world.nodes[B].events.last(), Some(&Told::Down(pair.ann, broken)));
        pair.world.run_secs(5);
        assert_eq!(pair.world.nodes[A].ups(), 2, "and is dialled again");
    }
}

/// What arrives of a steady supply from the first node over a wire of 125,000 bytes a
/// second, as a share of it, after something was done to the second's clock.
fn share_after(change: impl FnOnce(&mut Pair)) -> (f64, Duration, usize) {
    let wire = Wire::new(30).rate(125_000.0);
    let mut pair = pair(1, wire.clone(), wire, link()).up();
    pair.world.nodes.iter_mut().for_each(|node| node.remembers = false);
    pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 220, ahead: 2_000 });
    pair.world.run_secs(10);
    change(&mut pair);
    let before = pair.world.nodes[B].item_bytes;
    pair.world.run_secs(40);
    let share = (pair.world.nodes[B].item_bytes - before) as f64 / 40.0 / 125_000.0;
    let downs = pair.world.nodes.iter().map(|node| node.downs()).sum();
    (share, pair.world.wires[0].seen.longest_queue, downs)
}

#[test]
fn a_clock_that_jumps_by_seconds_changes_nothing() {
    for node in [A, B] {
        let (share, queue, downs) = share_after(|pair| {
            pair.world.nodes[node].clock_ahead = Duration::from_secs(5);
        });
        println!("node {node}: {share:.3}, queue {queue:?}");
        assert!(share > 0.85 && queue < Duration::from_millis(140) && downs == 0);
    }
}

#[test]
fn a_machine_that_has_slept_is_linked_anew_within_seconds() {
    let mut pair = good_pair(link());
    pair.world.run_secs(10);
    pair.world.nodes[B].clock_ahead = Duration::from_secs(3_600);
    pair.world.run_secs(5);
    assert!(pair.world.nodes.iter().all(|node| node.ups() == 2 && node.downs() == 1));
}

#[test]
fn clocks_that_drift_apart_change_little() {
    // Crystals are within 100 parts in a million, disciplined clocks within 500. A clock
    // that loses a hundredth hides some of the queue that it measures.
    for (ppm, queue_ms) in [(-500, 140), (500, 140), (-10_000, 500), (10_000, 140)] {
        let (share, queue, downs) = share_after(|pair| pair.world.nodes[B].clock_ppm = ppm);
        println!("{ppm} ppm: {share:.3}, queue {queue:?}");
        assert!(share > 0.85 && queue < Duration::from_millis(queue_ms) && downs == 0);
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = |seed| {
        let wire = Wire { jitter: Duration::from_millis(30), loss: 0.2, ..Wire::new(20) };
        let mut pair = pair(seed, wire.clone(), wire, link()).up();
        pair.world.nodes[A].source = Some(Source { peer: pair.ben, bytes: 99, ahead: 30 });
        pair.world.run_secs(20);
        pair.world.trace
    };
    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}
