//! The directory: in whatever order rows come, and whichever of those that count no more
//! never do, all servers have the same; and nobody has what is another's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/rows.rs"]
mod rows;

use postrider_engine::{Home, Whereabouts};
use postrider_proto::Number;
use proptest::prelude::*;
use proptest::sample::Index;
use rows::{Said, Server, key, number};

const NUMBERS: u64 = 3;

/// An owner: the first key, and a later one with the version from which it holds.
fn any_owner() -> impl Strategy<Value = Option<(u8, Option<(u8, u32)>)>> {
    let later = prop::option::of((10..12_u8, 1..4_u32));
    prop::option::weighted(0.6, (1..3_u8, later))
}

/// Rows of three origins, each of which numbers its own.
fn any_rows() -> impl Strategy<Value = Vec<Said>> {
    let one = (0..3_usize, 0..NUMBERS, 1..6_u32, any::<bool>(), any_owner());
    prop::collection::vec(one, 1..25).prop_map(|all| {
        let mut last = [0; 3];
        let rows = all.into_iter().map(|(origin, number, version, released, owner)| {
            last[origin] += 1;
            let version = version.max(owner.and_then(|(_, later)| later).map_or(1, |l| l.1));
            let (sequence, after) = (last[origin], last[origin] - 1);
            Said { origin, sequence, after, number, version, released, owner }
        });
        rows.collect()
    })
}

fn in_any_order(rows: &[Said], order: &[Index]) -> Vec<Said> {
    let mut left = rows.to_vec();
    let next = |at: usize| order[at % order.len()];
    (0..rows.len()).map(|at| left.remove(next(at).index(rows.len()) % (rows.len() - at))).collect()
}

fn directory(server: &Server) -> Vec<(Number, Home, Option<u32>, bool)> {
    let all = server.engine.number_reports(number(0), number(NUMBERS), 10);
    let version = |v: Option<postrider_proto::native::Version>| v.map(|v| v.value());
    all.into_iter().map(|one| (one.number, one.home, version(one.version), one.is_bound)).collect()
}

proptest! {
    #[test]
    fn whatever_comes_in_whatever_order_all_have_the_same(
        rows in any_rows(),
        order in prop::collection::vec(any::<Index>(), 1..30),
        heard in prop::collection::vec(any::<bool>(), 1..30),
    ) {
        let (mut all, mut some) = (Server::new(90, &[]), Server::new(91, &[]));
        rows.iter().for_each(|row| all.hear(row));
        // Another hears some of them, in another order, is stopped and started, and then is
        // handed what the first has and it has not.
        for (row, _) in in_any_order(&rows, &order).iter().zip(heard.iter().cycle()).filter(|(_, heard)| **heard) {
            some.hear(row);
        }
        some.restart();
        all.hands_to(&mut some);
        prop_assert_eq!(directory(&all), directory(&some));
        // A third one has been away all the time.
        let mut late = Server::new(92, &[]);
        some.hands_to(&mut late);
        prop_assert_eq!(directory(&all), directory(&late));
        late.restart();
        prop_assert_eq!(directory(&all), directory(&late));
    }
}

/// A row of the first origin about the first number.
fn row(sequence: u64, version: u32) -> Said {
    let after = sequence - 1;
    Said { origin: 0, sequence, after, number: 0, version, released: false, owner: None }
}

fn home(server: &Server) -> Whereabouts {
    server.engine.whereabouts(number(0))
}

fn is_at(server: &Server, origin: usize) -> bool {
    server.engine.station_of(key(origin)).map(Whereabouts::Station) == Some(home(server))
}

#[test]
fn a_bound_number_moves_with_its_keys_alone() {
    let mut server = Server::new(90, &[]);
    server.hear(&Said { owner: Some((7, None)), ..row(1, 1) });
    server.hear(&Said { origin: 1, ..row(1, 1_000) });
    assert!(is_at(&server, 0), "a claim without a key");
    server.hear(&Said { origin: 1, owner: Some((7, Some((8, 2)))), ..row(2, 2) });
    assert!(is_at(&server, 1), "a later key, for which the first one has signed");
    server.hear(&Said { owner: Some((7, None)), ..row(2, 9) });
    server.hear(&Said { owner: Some((7, Some((6, 1)))), ..row(3, 9) });
    assert!(is_at(&server, 1), "keys that hold no more");
    assert_eq!(server.engine.counters().rows_not_owners, 3);
    server.hear(&Said { owner: Some((9, None)), ..row(4, 9) });
    assert!(is_at(&server, 1), "another first key");
    assert_eq!(server.engine.counters().rows_disputed, 1);
    server.hear(&Said { origin: 1, ..row(3, 1) });
    assert_eq!(server.engine.counters().rows_not_owners, 3, "an old row is nobody's fault");
}

#[test]
fn of_two_first_keys_one_counts_everywhere_and_it_is_known() {
    let one = Said { owner: Some((7, None)), ..row(1, 5) };
    let other = Said { origin: 1, owner: Some((6, None)), ..row(1, 1) };
    for rows in [[&one, &other], [&other, &one]] {
        let mut server = Server::new(90, &[]);
        rows.iter().for_each(|row| server.hear(row));
        assert!(is_at(&server, 1));
        assert_eq!(server.engine.counters().rows_disputed, 1);
        assert!(server.engine.number_reports(number(0), number(0), 1)[0].is_disputed);
    }
}

#[test]
fn a_bound_number_is_not_used_from_classic() {
    let mut server = Server::new(90, &[]);
    assert!(server.handshake(number(0)));
    assert_eq!(home(&server), Whereabouts::Here);
    server.hear(&Said { owner: Some((7, None)), ..row(1, 2) });
    assert!(is_at(&server, 0), "bound elsewhere, it is no client here any more");
    assert!(!server.handshake(number(0)));
    assert!(is_at(&server, 0));
    assert_eq!(server.engine.counters().refused_bound, 1);
    assert!(server.handshake(number(1)), "others are answered");
}

#[test]
fn a_version_far_ahead_is_refused_and_gives_way_to_a_sound_one() {
    let mut server = Server::new(90, &[]);
    server.hear(&row(1, 5));
    server.hear(&Said { origin: 1, ..row(1, u32::MAX) });
    assert!(is_at(&server, 0));
    assert_eq!(server.engine.counters().rows_far_ahead, 1);
    let mut late = Server::new(91, &[]);
    late.hear(&Said { origin: 1, ..row(1, u32::MAX) });
    late.hear(&row(1, 5));
    assert!(is_at(&late, 0));
}

#[test]
fn numbers_beyond_all_numbers_of_rows_are_refused() {
    let mut server = Server::new(90, &[]);
    for sequence in [u64::MAX, 1 << 48] {
        server.hear(&Said { after: 0, ..row(sequence, 1) });
    }
    assert_eq!((home(&server), server.engine.counters().rows_refused), (Whereabouts::Unknown, 2));
    server.hear(&row(1, 1));
    server.says_to_have(key(0), u64::MAX);
    assert!(is_at(&server, 0));
}

#[test]
fn in_a_block_only_its_server_has_numbers() {
    let mut server = Server::new(90, &[]);
    server.says_blocks(1, 1, &["0000000000"]);
    server.hear(&row(1, 1));
    assert!(is_at(&server, 0), "whoever is not honoured reserves nothing");
    server.honour(1);
    assert_eq!(home(&server), Whereabouts::Unknown, "it was claimed before");
    server.hear(&row(2, 2));
    assert_eq!(server.engine.counters().rows_reserved, 1);
    server.hear(&Said { origin: 1, ..row(2, 2) });
    assert!(is_at(&server, 1));
    server.hear(&Said { owner: Some((7, None)), ..row(3, 1) });
    assert!(is_at(&server, 1), "nor may it be bound elsewhere");
    assert_eq!(server.engine.counters().rows_reserved, 2);
    server.says_blocks(1, 3, &[]);
    server.hear(&row(4, 3));
    assert!(is_at(&server, 0), "it is not of a block any more");
}

#[test]
fn a_number_that_was_bound_before_its_block_was_known_is_free_for_classic() {
    let mut server = Server::new(90, &["0000000000"]);
    server.hear(&Said { owner: Some((7, None)), ..row(1, 1) });
    assert_eq!(server.engine.counters().rows_reserved, 1);
    assert!(server.handshake(number(0)));
    let mut other = Server::new(91, &[]);
    other.hear(&Said { owner: Some((7, None)), ..row(1, 1) });
    assert!(!other.handshake(number(0)));
    other.says_blocks(1, 1, &["0000000000"]);
    other.honour(1);
    assert!(other.handshake(number(0)));
}

#[test]
fn what_waits_for_a_number_that_turns_out_to_be_of_a_block_waits_on() {
    let mut server = Server::new(90, &[]);
    server.hear(&row(1, 9));
    assert!(server.send(number(1), number(0)));
    let queued = |server: &Server| server.engine.sizes().queued;
    assert_eq!(queued(&server), 1);
    server.says_blocks(1, 1, &["0000000000"]);
    server.honour(1);
    assert_eq!((queued(&server), server.engine.sizes().waiting), (0, 1));
    server.hear(&Said { origin: 1, ..row(2, 1) });
    assert_eq!(queued(&server), 1, "what says nothing is no version to be compared with");
}

#[test]
fn who_is_of_a_block_elsewhere_is_served_and_not_told() {
    let mut server = Server::new(90, &[]);
    server.honour(1);
    server.says_blocks(1, 1, &["0000000000"]);
    let given = server.rows_given();
    assert!(server.handshake(number(0)), "the classic protocol is obeyed");
    assert_eq!(server.rows_given(), given);
    assert_eq!(server.engine.counters().claims_withheld, 1);
    server.handshake(number(1));
    assert_eq!(server.rows_given(), given + 1);
}

#[test]
fn a_restart_does_not_tell_of_who_is_of_a_block_elsewhere() {
    let mut server = Server::new(90, &[]);
    server.honour(1);
    server.says_blocks(1, 1, &["0000000000"]);
    server.handshake(number(0));
    server.restart_honouring(1);
    let told = server.engine.number_reports(number(0), number(0), 1)[0];
    assert_eq!((told.version, home(&server)), (None, Whereabouts::Here));
}

#[test]
fn a_made_up_version_does_not_push_the_blocks_own_one_away() {
    let mut server = Server::new(90, &["0000000000"]);
    server.handshake(number(0));
    server.hear(&row(1, 1 << 25));
    let told = server.engine.number_reports(number(0), number(0), 1)[0];
    assert_eq!(told.version.map(|version| version.value()), Some(1));
}

#[test]
fn who_gives_out_a_number_says_so_again_where_it_is_claimed_elsewhere() {
    let mut server = Server::new(90, &["0000000000"]);
    let given = server.rows_given();
    server.handshake(number(0));
    assert_eq!(server.rows_given(), given + 1);
    server.hear(&row(1, 7));
    assert_eq!(home(&server), Whereabouts::Here);
    assert_eq!((server.rows_given(), server.engine.counters().rows_reserved), (given + 2, 1));
    let told = server.engine.number_reports(number(0), number(0), 1)[0];
    assert_eq!(told.version.map(|version| version.value()), Some(8));
}

#[test]
fn other_blocks_in_the_settings_are_told() {
    let mut server = Server::new(90, &["0000000000"]);
    let mut other = Server::new(91, &[]);
    server.hands_to(&mut other);
    server.restart();
    let rows = other.engine.counters().rows_taken;
    server.hands_to(&mut other);
    assert_eq!(other.engine.counters().rows_taken, rows, "nothing is new");
    server.restart_with(&["604555xxxx"]);
    server.hands_to(&mut other);
    assert_eq!(other.engine.counters().rows_taken, rows + 1);
}
