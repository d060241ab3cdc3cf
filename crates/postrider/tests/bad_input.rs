//! Every case of "Bad input" on the protocol's page, against a running server: no
//! answer, nothing changes, it is counted, and the server lives.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use std::net::SocketAddr;
use support::{Ended, Network, Person, PlainSocket, number};

/// A client that nobody else is, to ask after each bad datagram.
const ASKER: &str = "9999999999";

const ANN: &str = "0000000001";
const BEN: &str = "0000000002";

#[test]
fn bad_input_from_a_client_is_dropped_and_counted() {
    let network = Network::new(2);
    let server = network.serve_with(1, &["--log-format", "json"]);
    let (address, neighbour) = (network.address(1), network.address(2));
    let mut ann = Person::at(address, number(1));
    ann.sends(number(2), "the only one");
    let bad = bad_from_a_client(neighbour);
    for datagram in &bad {
        assert_gets_no_answer(&PlainSocket::new(), address, datagram);
    }
    let ben = Person::at(address, number(2));
    assert_eq!(ben.receives(1), ["the only one"]);
    assert_eq!(ben.gets(), None);
    assert_eq!(ann.sends(number(1), "the next").seq, 1, "no number was given away");
    assert_eq!(dropped(&server.drain()), bad.len());
}

#[test]
fn bad_input_from_a_server_is_dropped_and_counted() {
    let network = Network::new(2);
    let server = network.serve_with(1, &["--log-format", "json"]);
    let address = network.address(1);
    let neighbour = PlainSocket::at(network.address(2));
    let ben = Person::at(address, number(2));
    let bad = bad_from_a_server(network.address(2));
    for datagram in &bad {
        neighbour.tell(address, datagram);
    }
    // What comes from one socket is read in order: once this is answered, those were read.
    neighbour.tell(address, format!("send/42/{ANN}/{BEN}/the only one"));
    let ack = format!("ack/42/{ANN}/{BEN}/");
    let other = neighbour.hear(|_, answer| {
        let is_list = answer.as_bytes().get(2).is_some_and(u8::is_ascii_digit);
        (!is_list).then(|| answer.to_owned())
    });
    assert_eq!(other, ack);
    assert_eq!(ben.receives(1), ["the only one"]);
    assert_eq!(ben.gets(), None);
    assert_eq!(dropped(&server.drain()), bad.len());
}

#[test]
fn what_looks_odd_but_is_allowed_is_answered() {
    let network = Network::new(1);
    let _server = network.serve(1);
    let (address, socket) = (network.address(1), PlainSocket::new());
    let ack = format!("ack/0/{ANN}//");
    let longest = format!("send/99/{ANN}/{BEN}/{}{}", "é".repeat(66), "x".repeat(94));
    assert_eq!(longest.len(), 256);
    for (datagram, answer) in [
        (format!("handshake/0/{ANN}//a payload that means nothing / at all"), ack.clone()),
        (format!("handshake/07/{ANN}//"), ack.clone()),
        (format!("handshake/99/{ANN}//\n\0\n"), ack.clone()),
        (format!("handshake/0/{ANN}//{}", "\n\0".repeat(2_000)), ack.clone()),
        (format!("get/0/{ANN}//what?"), format!("send/0//{ANN}/")),
        (format!("{longest}{}", "\n".repeat(3)), format!("ack/0/{ANN}/{BEN}/")),
        (format!("send/0/{ANN}/{BEN}/"), format!("ack/1/{ANN}/{BEN}/")),
        (format!("terminate/0/{ANN}//"), ack),
    ] {
        assert_eq!(socket.ask(address, &datagram), answer, "{datagram:?}");
    }
}

/// Says it, then asks something good: answers come in the order of what they answer.
fn assert_gets_no_answer(socket: &PlainSocket, server: SocketAddr, datagram: &[u8]) {
    socket.tell(server, datagram);
    let answer = socket.ask(server, format!("handshake/0/{ASKER}//"));
    let said = String::from_utf8_lossy(datagram);
    assert_eq!(answer, format!("ack/0/{ASKER}//"), "it answered {said:?}");
}

/// How many datagrams a server says that it has dropped.
fn dropped(ended: &Ended) -> usize {
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let last: Value = serde_json::from_str(ended.err.lines().last().unwrap()).unwrap();
    let summary = last["fields"]["dropped"].as_str().unwrap();
    let count = |reason: &str| reason.split(' ').next()?.parse::<usize>().ok();
    summary.split(", ").filter_map(count).sum()
}

fn bad_from_a_client(neighbour: SocketAddr) -> Vec<Vec<u8>> {
    let mut bad: Vec<Vec<u8>> = vec![
        // Not UTF-8, or nothing at all.
        b"".to_vec(),
        b"\n\0\n".to_vec(),
        b"\xff\xfe/0/1//".to_vec(),
        b"send/0/0000000001/0000000002/cut \xc3".to_vec(),
        b"send/0/0000000001/0000000002/surrogate \xed\xa0\x80".to_vec(),
        b"send/0/0000000001/0000000002/overlong \xc0\xaf".to_vec(),
        // The first byte of another protocol.
        b"\x80send/0/0000000001/0000000002/x".to_vec(),
    ];
    let too_long = format!("send/0/{ANN}/{BEN}/{}", "x".repeat(10_000));
    let written = [
        // Too long, by one byte and by many.
        format!("handshake/0/{ANN}//{}", "x".repeat(257 - 24)),
        format!("handshake/0/{}", "1".repeat(300)),
        too_long,
        // Fewer than five fields.
        "send".to_owned(),
        "////".replacen('/', "", 1),
        format!("send/0/{ANN}/{BEN}"),
        format!("handshake/0/{ANN}/"),
        // An unknown type.
        "////".to_owned(),
        format!("shout/0/{ANN}/{BEN}/x"),
        format!("SEND/0/{ANN}/{BEN}/x"),
        format!(" send/0/{ANN}/{BEN}/x"),
        format!("/0/{ANN}/{BEN}/x"),
        // A seq that is not 0 to 99 in one or two digits.
        format!("send//{ANN}/{BEN}/x"),
        format!("send/100/{ANN}/{BEN}/x"),
        format!("send/007/{ANN}/{BEN}/x"),
        format!("send/-1/{ANN}/{BEN}/x"),
        format!("send/+1/{ANN}/{BEN}/x"),
        format!("send/ 1/{ANN}/{BEN}/x"),
        format!("send/\u{661}/{ANN}/{BEN}/x"),
        format!("handshake/x/{ANN}//"),
        // An ID that is not ten digits, or is missing, or does not belong.
        format!("send/0/{ANN}//x"),
        format!("send/0//{BEN}/x"),
        format!("send/0/{ANN}0/{BEN}/x"),
        format!("send/0/{ANN}/000000002/x"),
        format!("send/0/{ANN}/00000-0002/x"),
        format!("send/0/{ANN}/\u{660}000000002/x"),
        "handshake/0///".to_owned(),
        "get/0/me//".to_owned(),
        format!("get/0/{ANN}/{BEN}/"),
        format!("handshake/0/{ANN}/{BEN}/"),
        format!("terminate/0/{ANN}/{BEN}/"),
        format!("ack/0/{ANN}//"),
        // A terminate with a payload, such as a server's.
        format!("terminate/0/{ANN}//1"),
        format!("terminate/0/{ANN}//bye"),
        // A text of over 160 characters, or of over 226 bytes.
        format!("send/0/{ANN}/{BEN}/{}", "x".repeat(161)),
        format!("send/0/{ANN}/{BEN}/{}x", "é".repeat(113)),
        // A list, from somebody who is no server: good, with a bad pair, with an
        // unknown server.
        format!("{ANN}/{neighbour}"),
        format!("{ANN}/{neighbour}?"),
        format!("{ANN}/192.0.2.1"),
        "me2".to_owned(),
    ];
    bad.extend(written.map(String::into_bytes));
    bad
}

fn bad_from_a_server(neighbour: SocketAddr) -> Vec<String> {
    vec![
        // A client's words.
        format!("handshake/0/{ANN}//"),
        format!("get/0/{BEN}//"),
        format!("terminate/0/{BEN}//"),
        format!("terminate/0/{BEN}//2"),
        format!("terminate/0/{BEN}/{ANN}/1"),
        // What no client could be handed.
        format!("send/0/{ANN}/{BEN}/{}", "x".repeat(161)),
        format!("send/100/{ANN}/{BEN}/x"),
        format!("send/0//{BEN}/x"),
        format!("send/0/{ANN}//x"),
        // Lists with one bad pair or an unknown server, whatever else is in them.
        format!("{ANN}/{neighbour}?"),
        format!("{ANN}/{neighbour}??{BEN}/{neighbour}"),
        format!("{ANN}/{neighbour}?{BEN}"),
        format!("{ANN}/{neighbour}?123/{neighbour}"),
        format!("{ANN}/{neighbour}/"),
        format!("{ANN}/{neighbour}?0000000003/192.0.2.1"),
        format!("{ANN}/{}", neighbour.ip()),
        "xx1".to_owned(),
    ]
}
