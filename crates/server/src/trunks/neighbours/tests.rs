use super::*;

fn at(port: u16) -> SocketAddr {
    ([10, 0, 0, 1], port).into()
}

fn after(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// A server that is said to be at this port.
fn found(byte: u8, port: u16) -> Found {
    Found { key: ServerKey([byte; 32]), name: None, addresses: vec![at(port)] }
}

#[test]
fn a_peer_is_dialled_where_it_was_seen_last_and_not_more_often_than_it_may() {
    let mut hints = Hints::default();
    hints.add(after(0), &[at(1)]);
    assert_eq!(hints.due(after(0)), Some(at(1)));
    assert_eq!((hints.due(after(60)), hints.dial_at), (None, None), "the link dials again");

    hints.add(after(1), &[at(1)]);
    assert_eq!(hints.dial_at, None, "that is nothing new");
    hints.add(after(1), &[at(2)]);
    assert_eq!(hints.due(after(4)), None, "too soon");
    assert_eq!(hints.due(after(5)), Some(at(2)));
}

#[test]
fn of_several_addresses_each_has_its_turn_later_and_later() {
    let mut hints = Hints::default();
    hints.add(after(0), &[at(1), at(2), at(3)]);
    let mut dialled = Vec::new();
    for second in 0..80 {
        dialled.extend(hints.due(after(second)).map(|address| (second, address.port())));
    }
    assert_eq!(dialled, [(0, 1), (5, 2), (15, 3), (35, 1), (75, 2)]);
}

#[test]
fn whatever_is_said_of_a_peer_few_addresses_are_kept_and_the_latest_is_the_first() {
    let mut hints = Hints::default();
    for port in 1..1_000 {
        hints.add(after(0), &[at(port)]);
    }
    assert_eq!(hints.addresses.len(), ADDRESSES_FOUND_MAX);
    assert_eq!(hints.due(after(0)), Some(at(999)));
}

#[test]
fn a_peer_that_moved_while_its_link_was_up_is_dialled_at_its_new_place() {
    let mut hints = Hints::default();
    hints.add(after(0), &[at(1)]);
    assert_eq!(hints.due(after(0)), Some(at(1)));
    hints.add(after(20), &[at(2)]);
    // What is up is not dialled.
    hints.dial_at = None;
    hints.lost(after(40));
    assert_eq!(hints.due(after(40)), Some(at(2)));
    hints.lost(after(60));
    assert_eq!(hints.due(after(60)), Some(at(1)), "the other one has its turn");
}

#[test]
fn of_a_crowd_of_others_the_latest_are_kept() {
    let mut seen = Neighbours::default();
    for byte in 0..=255 {
        seen.show(found(byte, 1));
    }
    assert_eq!(seen.others().len(), NEIGHBOURS_MAX);
    seen.show(found(255, 2));
    let others = seen.others();
    assert_eq!(others.len(), NEIGHBOURS_MAX, "it was there before");
    assert_eq!(others.last().map(|last| last.address), Some(at(2)));
}
