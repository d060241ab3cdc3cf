//! Any bytes as a datagram: what parses prints a datagram that says the same.

use postrider_proto::classic::{Answer, DATAGRAM_BYTES_MAX, ListPrinter, Relay, Request, Seq};
use postrider_proto::{Number, Text};
use std::net::SocketAddr;

/// Reads the bytes as each kind of speaker's.
pub fn run(bytes: &[u8]) {
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(Request::parse(&printed(|out| request.print(out))), Ok(request));
    }
    if let Ok(answer) = Answer::parse(bytes) {
        assert_eq!(Answer::parse(&printed(|out| answer.print(out))), Ok(answer));
    }
    if let Ok(relay) = Relay::parse(bytes) {
        assert_eq!(Relay::parse(&printed(|out| relay.print(out))), Ok(relay.clone()));
        if let Relay::List(list) = relay {
            split_again(&list.pairs().collect::<Vec<_>>());
        }
    }
    say(bytes);
}

fn printed(print: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    print(&mut out);
    assert!(out.len() <= DATAGRAM_BYTES_MAX, "{} bytes", out.len());
    out
}

/// A list is longer than it was where ports are written out; it still says the same.
fn split_again(pairs: &[(Number, SocketAddr)]) {
    let (mut printer, mut datagrams) = (ListPrinter::default(), Vec::new());
    for (client, server) in pairs {
        printer.push(*client, *server, |datagram| datagrams.push(datagram.to_vec()));
    }
    printer.finish(|datagram| datagrams.push(datagram.to_vec()));
    let mut again = Vec::new();
    for datagram in &datagrams {
        assert!(datagram.len() <= DATAGRAM_BYTES_MAX, "{} bytes", datagram.len());
        let Ok(Relay::List(list)) = Relay::parse(datagram) else { panic!("a list parses") };
        again.extend(list.pairs());
    }
    assert_eq!(again, pairs);
}

/// Whatever makes a text can be said in every kind of datagram that carries one.
fn say(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes).map(Text::new) else { return };
    let Ok(text) = text else { return };
    let (seq, client, to) = (Seq::MAX, Number::MAX, Number::MIN);
    let request = Request::Send { mark: seq, client, to, text };
    assert_eq!(Request::parse(&printed(|out| request.print(out))), Ok(request));
    let relay = Relay::Send { seq, from: client, to, text };
    assert_eq!(Relay::parse(&printed(|out| relay.print(out))), Ok(relay.clone()));
    let answer = Answer::Message { seq, from: client, client: to, text };
    assert_eq!(Answer::parse(&printed(|out| answer.print(out))), Ok(answer));
}
