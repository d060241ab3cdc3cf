//! The classic codec, held to the protocol's page: what is printed parses back,
//! no bytes panic, and every rule for bad input drops.

// Helpers of tests fail the test, as tests do.
#![allow(clippy::unwrap_used)]

use postrider_proto::classic::{Answer, List, ListPrinter, Malformed, Relay, Request, Seq};
use postrider_proto::{Number, Text};
use proptest::prelude::*;
use std::net::SocketAddr;

const A: &str = "0000000001";
const B: &str = "5550000002";

fn number(digits: &str) -> Number {
    digits.parse().unwrap()
}

fn seq(value: u8) -> Seq {
    Seq::from_value(value).unwrap()
}

fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    print(&mut out);
    assert!(out.len() <= 256);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_client_asks_in_five_forms() {
    let (client, to) = (number(A), number(B));
    let text = Text::new("a/b//c").unwrap();
    for (request, wire) in [
        (Request::Handshake { client }, "handshake/0/0000000001//"),
        (Request::Send { mark: seq(7), client, to, text }, "send/7/0000000001/5550000002/a/b//c"),
        (Request::Get { client }, "get/0/0000000001//"),
        (Request::Ack { seq: seq(99), client, from: to }, "ack/99/0000000001/5550000002/"),
        (Request::Terminate { client }, "terminate/0/0000000001//"),
    ] {
        assert_eq!(printed(|out| request.print(out)), wire);
        assert_eq!(Request::parse(wire.as_bytes()), Ok(request));
    }
}

#[test]
fn a_server_answers_in_four_forms() {
    let (client, from) = (number(A), number(B));
    let text = Text::new("").unwrap();
    for (answer, wire) in [
        (Answer::Done { client }, "ack/0/0000000001//"),
        (Answer::Accepted { seq: seq(10), client, to: from }, "ack/10/0000000001/5550000002/"),
        (Answer::Message { seq: seq(0), from, client, text }, "send/0/5550000002/0000000001/"),
        (Answer::Nothing { client }, "send/0//0000000001/"),
    ] {
        assert_eq!(printed(|out| answer.print(out)), wire);
        assert_eq!(Answer::parse(wire.as_bytes()), Ok(answer));
    }
}

#[test]
fn servers_tell_each_other_in_four_forms() {
    for wire in [
        "send/42/0000000001/5550000002/text",
        "ack/42/0000000001/5550000002/",
        "terminate/0/0000000001//1",
        "0000000001/10.0.0.1?5550000002/10.0.0.2:999",
    ] {
        let relay = Relay::parse(wire.as_bytes()).unwrap();
        assert_eq!(printed(|out| relay.print(out)), wire);
    }
}

#[test]
fn newlines_and_nuls_at_the_end_do_not_count() {
    let text = "x".repeat(160);
    let mut wire = format!("send/0/{A}/{B}/{text}").into_bytes();
    wire.extend_from_slice(&[b'\n'; 40]);
    wire.extend_from_slice(&[0; 300]);
    let Ok(Request::Send { text: parsed, .. }) = Request::parse(&wire) else { panic!() };
    assert_eq!(parsed.as_str(), text);
    assert_eq!(Request::parse(b"\n\0"), Err(Malformed::Fields));
}

#[test]
fn a_client_s_bad_datagrams_say_why_they_are_dropped() {
    let long = format!("send/0/{A}/{B}/{}", "x".repeat(161));
    let wide = format!("send/0/{A}/{B}/{}", "ä".repeat(113) + "x");
    let huge = format!("handshake/0/{A}//{}", "x".repeat(256));
    for (wire, why) in [
        (huge.as_str(), Malformed::TooLong),
        ("handshake/0/0000000001/", Malformed::Fields),
        ("", Malformed::Fields),
        ("hello/0/0000000001//", Malformed::Type),
        ("HANDSHAKE/0/0000000001//", Malformed::Type),
        ("handshake//0000000001//", Malformed::Seq),
        ("handshake/100/0000000001//", Malformed::Seq),
        ("handshake/-1/0000000001//", Malformed::Seq),
        ("handshake/0///", Malformed::Id),
        ("handshake/0/000000001//", Malformed::Id),
        ("handshake/0/00000000012//", Malformed::Id),
        ("handshake/0/000000000x//", Malformed::Id),
        ("handshake/0/0000000001/5550000002/", Malformed::Id),
        ("get/0/0000000001/5550000002/", Malformed::Id),
        ("terminate/0/0000000001/5550000002/", Malformed::Id),
        ("terminate/0/0000000001//1", Malformed::Flag),
        ("terminate/0/0000000001//x", Malformed::Flag),
        ("send/0/0000000001//text", Malformed::Id),
        ("send/0//5550000002/text", Malformed::Id),
        ("ack/0/0000000001//", Malformed::Id),
        ("0000000001/127.0.0.1", Malformed::Fields),
        (long.as_str(), Malformed::Text),
        (wide.as_str(), Malformed::Text),
    ] {
        assert_eq!(Request::parse(wire.as_bytes()), Err(why), "{wire}");
    }
    assert_eq!(Request::parse(b"send/0/0000000001/5550000002/\xff"), Err(Malformed::NotUtf8));
}

#[test]
fn a_server_s_bad_datagrams_say_why_they_are_dropped() {
    for (wire, why) in [
        ("handshake/0/0000000001//", Malformed::Type),
        ("get/0/0000000001//", Malformed::Type),
        ("terminate/0/0000000001//", Malformed::Flag),
        ("terminate/0/0000000001//2", Malformed::Flag),
        ("terminate/0/0000000001/5550000002/1", Malformed::Id),
        ("0000000001/127.0.0.1?", Malformed::Pair),
        ("?0000000001/127.0.0.1", Malformed::Pair),
        ("0000000001/127.0.0.1??5550000002/127.0.0.1", Malformed::Pair),
        ("0000000001/localhost", Malformed::Pair),
        ("0000000001/127.0.0.1:65536", Malformed::Pair),
        ("0000000001/127.0.0.1:", Malformed::Pair),
        ("000000001/127.0.0.1", Malformed::Pair),
        ("0000000001", Malformed::Pair),
    ] {
        assert_eq!(Relay::parse(wire.as_bytes()), Err(why), "{wire}");
    }
}

#[test]
fn a_payload_that_means_nothing_is_ignored() {
    let client = number(A);
    for (wire, request) in [
        ("handshake/0/0000000001//hi/there", Request::Handshake { client }),
        ("get/07/0000000001//?", Request::Get { client }),
    ] {
        assert_eq!(Request::parse(wire.as_bytes()), Ok(request));
    }
    assert!(Relay::parse(b"ack/1/0000000001/5550000002/what").is_ok());
}

#[test]
fn the_default_port_may_be_left_out_or_written() {
    let pairs = |wire: &'static str| match Relay::parse(wire.as_bytes()) {
        Ok(Relay::List(list)) => list.pairs().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pairs("0000000001/10.0.0.1"), pairs("0000000001/10.0.0.1:10410"));
}

fn list_datagrams(pairs: &[(Number, SocketAddr)]) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    let mut printer = ListPrinter::default();
    for (client, server) in pairs {
        printer.push(*client, *server, |datagram| datagrams.push(datagram.to_vec()));
    }
    printer.finish(|datagram| datagrams.push(datagram.to_vec()));
    datagrams
}

fn any_number() -> impl Strategy<Value = Number> {
    (0..=Number::MAX.value()).prop_map(|value| Number::from_value(value).unwrap())
}

fn any_pairs() -> impl Strategy<Value = Vec<(Number, SocketAddr)>> {
    let address = (any::<std::net::IpAddr>(), prop_oneof![Just(10410_u16), any::<u16>()]);
    prop::collection::vec((any_number(), address.prop_map(SocketAddr::from)), 0..60)
}

proptest! {
    #[test]
    fn no_bytes_panic_and_what_parses_prints_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_all(&bytes);
    }

    #[test]
    fn nearly_legal_words_neither(wire in "(send|get|ack|terminate|handshake|[0-9]{10})/[0-9]{0,3}/([0-9]{9,11})?/([0-9]{10})?/?[a-zä/?1]{0,80}") {
        check_all(wire.as_bytes());
    }

    #[test]
    fn a_list_of_any_length_arrives_whole(pairs in any_pairs()) {
        let mut arrived = Vec::new();
        for datagram in list_datagrams(&pairs) {
            prop_assert!(datagram.len() <= 256);
            let Ok(Relay::List(list)) = Relay::parse(&datagram) else { panic!() };
            arrived.extend(List::pairs(list));
        }
        prop_assert_eq!(arrived, pairs);
    }

    #[test]
    fn the_longest_text_fits_with_any_number(mark in 0..100_u8, from in any_number(), to in any_number(), written in "\\PC{0,160}") {
        if let Ok(text) = Text::new(&written) {
            let request = Request::Send { mark: seq(mark), client: from, to, text };
            let wire = printed(|out| request.print(out));
            prop_assert_eq!(Request::parse(wire.as_bytes()), Ok(request));
        }
    }
}

/// Whatever parses must, printed again, parse to the same.
fn check_all(bytes: &[u8]) {
    if let Ok(request) = Request::parse(bytes) {
        let wire = printed(|out| request.print(out));
        assert_eq!(Request::parse(wire.as_bytes()), Ok(request));
    }
    if let Ok(answer) = Answer::parse(bytes) {
        let wire = printed(|out| answer.print(out));
        assert_eq!(Answer::parse(wire.as_bytes()), Ok(answer));
    }
    if let Ok(relay) = Relay::parse(bytes) {
        let wire = printed(|out| relay.print(out));
        assert_eq!(Relay::parse(wire.as_bytes()), Ok(relay));
    }
}
