//! Properties of the engine under random words, silences and crashes:
//!
//! - what was committed, replayed, is the engine that wrote it, however much of the
//!   log has been cleaned away meanwhile;
//! - no text is dropped before the outputs that name it have left;
//! - the log stays about as long as what it has to hold;
//! - no datagram stops a turn.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a property that fails is to fail loudly"
)]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/middle.rs"]
mod middle;

use middle::{Middle, Word, ack_all, bytes_of, read_all, server};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use proptest::prelude::*;
use std::time::Duration;

/// Of all random worlds: few enough that words meet.
const CLIENTS: u64 = 5;

/// What happens in a random world.
#[derive(Clone, Debug)]
enum Event {
    /// These arrive in one turn.
    Arrive(Vec<Word>),
    Pass(Duration),
    /// Everything that was forwarded and not acked is acked.
    AckAll,
    /// A client reads all that waits for it.
    ReadAll(u64),
    Crash,
}

fn any_client() -> impl Strategy<Value = String> {
    (1..=CLIENTS).prop_map(|client| format!("{client:010}"))
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just("x".to_owned()), Just("yes".repeat(20)), Just("ä".repeat(100))]
}

fn from_client() -> impl Strategy<Value = Word> {
    let one = any_client().prop_flat_map(|a| {
        let (b, c, d, e) = (a.clone(), a.clone(), a.clone(), a.clone());
        prop_oneof![
            1 => Just(format!("handshake/0/{a}//")),
            2 => Just(format!("get/0/{b}//")),
            1 => Just(format!("terminate/0/{c}//")),
            6 => (0..3_u8, any_client(), any_text())
                .prop_map(move |(mark, to, text)| format!("send/{mark}/{d}/{to}/{text}")),
            2 => (0..9_u8, any_client()).prop_map(move |(seq, to)| format!("ack/{seq}/{e}/{to}/")),
        ]
    });
    one.prop_map(|datagram| (None, datagram))
}

fn from_server() -> impl Strategy<Value = Word> {
    let pair = (any_client(), 1..=3_u8).prop_map(|(client, n)| format!("{client}/10.0.0.{n}"));
    let one = prop_oneof![
        4 => (0..9_u8, any_client(), any_client(), any_text())
            .prop_map(|(seq, from, to, text)| format!("send/{seq}/{from}/{to}/{text}")),
        2 => (0..9_u8, any_client(), any_client())
            .prop_map(|(seq, from, to)| format!("ack/{seq}/{from}/{to}/")),
        1 => any_client().prop_map(|client| format!("terminate/0/{client}//1")),
        4 => prop::collection::vec(pair, 1..5).prop_map(|pairs| pairs.join("?")),
    ];
    let side = prop_oneof![Just(server(1)), Just(server(3))];
    (side, one).prop_map(|(side, datagram)| (Some(side), datagram))
}

fn any_event() -> impl Strategy<Value = Event> {
    let datagram = prop_oneof![from_client(), from_server()];
    let time = prop_oneof![Just(50), Just(300), Just(1_000), Just(7_000), Just(25_000)];
    prop_oneof![
        8 => prop::collection::vec(datagram, 1..4).prop_map(Event::Arrive),
        4 => time.prop_map(|millis| Event::Pass(Duration::from_millis(millis))),
        1 => Just(Event::AckAll),
        1 => (1..=CLIENTS).prop_map(Event::ReadAll),
        1 => Just(Event::Crash),
    ]
}

fn happen(middle: &mut Middle, event: &Event) {
    match event {
        Event::Arrive(words) => drop(middle.turn(&bytes_of(words))),
        Event::Pass(time) => drop(middle.pass(*time)),
        Event::AckAll => ack_all(middle),
        Event::ReadAll(client) => drop(read_all(middle, *client)),
        Event::Crash => *middle = middle.replayed(),
    }
}

/// All that can be asked of a server; asking changes it.
fn answers(middle: &mut Middle) -> Vec<String> {
    let clients = || (1..=CLIENTS).map(|client| format!("{client:010}"));
    let mut answers = Vec::new();
    for (a, b) in clients().flat_map(|a| clients().map(move |b| (a.clone(), b))) {
        let repeat = format!("send/1/{a}/{b}/x");
        answers.extend(middle.ask(repeat));
    }
    for client in 1..=CLIENTS {
        answers.extend(read_all(middle, client));
    }
    answers
}

fn homes(middle: &Middle) -> Vec<Option<ServerIndex>> {
    let numbers = (1..=CLIENTS).filter_map(Number::from_value);
    numbers.map(|client| middle.engine.home(client)).collect()
}

fn assert_replay_is_the_same(mut middle: Middle) {
    middle.pass(Duration::from_millis(200));
    let mut again = middle.replayed();
    let (before, after) = (middle.engine.sizes(), again.engine.sizes());
    assert_eq!(homes(&again), homes(&middle));
    assert_eq!(
        (after.clients, after.waiting, after.marks),
        (before.clients, before.waiting, before.marks)
    );
    assert!(after.lately >= before.lately, "what was forwarded lately survives");
    assert_eq!(answers(&mut again), answers(&mut middle));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_committed_replays_to_the_same_server(
        slack in prop_oneof![Just(0), 0..2_000_u64],
        acknowledged in any::<bool>(),
        events in prop::collection::vec(any_event(), 1..120),
    ) {
        let mut middle = Middle::new(slack, acknowledged);
        for event in &events {
            happen(&mut middle, event);
        }
        assert_replay_is_the_same(middle);
    }

    #[test]
    fn no_datagram_stops_a_turn(
        arrivals in prop::collection::vec((0..4_u8, any_bytes()), 0..40),
        slack in 0..500_u64,
    ) {
        let mut middle = Middle::new(slack, true);
        for (from, bytes) in arrivals {
            let from = Some(server(from + 1)).filter(|from| *from != server(2));
            middle.turn(&[(from.filter(|from| from.value() <= 3), bytes)]);
            middle.pass(Duration::from_secs(3));
        }
        assert_replay_is_the_same(middle);
    }
}

/// Anything, things that are nearly legal, and things that are.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "(send|get|ack|terminate|handshake|[0-9]{10})/[0-9]{0,3}/(000000000[0-9])?/(000000000[0-9])?/?[a-zä/?1]{0,80}"
            .prop_map(String::into_bytes),
        "000000000[0-9]/10\\.0\\.0\\.[0-4](\\?000000000[0-9]/10\\.0\\.0\\.[1-3]){0,3}"
            .prop_map(String::into_bytes),
    ]
}
