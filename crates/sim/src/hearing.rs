//! From datagrams to inputs: what a server's shell does with what arrives.

use crate::bugs::Bug;
use crate::check::{Seen, bad_input};
use crate::report::Broken;
use crate::wire::{Datagram, Peer};
use postrider_engine::{Input, ReplyTo, edge};
use postrider_proto::Number;
use postrider_proto::classic::{Line, Relay, Request, ServerIndex};
use std::ops::Range;

/// The pairs of the lists among some datagrams.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    all: Vec<(Number, ServerIndex)>,
    of: Vec<Option<Range<usize>>>,
}

impl Pairs {
    pub(crate) fn of(batch: &[Datagram], line: &Line, bug: Option<Bug>) -> Pairs {
        let mut pairs = Pairs::default();
        for datagram in batch {
            let start = pairs.all.len();
            let list = match speaker(datagram, bug).map(|_| Relay::parse(&datagram.bytes)) {
                Some(Ok(Relay::List(list))) => edge::pairs_of(list, line, &mut pairs.all).ok(),
                _ => None,
            };
            pairs.of.push(list.map(|()| start..pairs.all.len()));
        }
        pairs
    }
}

/// The server that a datagram comes from, if it comes from one.
fn speaker(datagram: &Datagram, bug: Option<Bug>) -> Option<ServerIndex> {
    match datagram.from {
        Peer::Server(server) => Some(server),
        Peer::Person(_) if bug == Some(Bug::TrustsEverybody) => {
            let relay = Relay::parse(&datagram.bytes).ok()?;
            let forged = matches!(relay, Relay::Terminate { .. } | Relay::List(_));
            ServerIndex::from_value(1).filter(|_| forged)
        }
        Peer::Person(_) => None,
    }
}

/// The inputs of a turn, and to whom each is answered.
#[derive(Debug, Default)]
pub(crate) struct Heard<'a> {
    pub(crate) seen: Vec<Seen<'a>>,
    pub(crate) peers: Vec<Peer>,
}

/// Parses a turn's datagrams; what is malformed is dropped.
pub(crate) fn hear<'a>(
    batch: &'a [Datagram],
    pairs: &'a Pairs,
    line: &Line,
    bug: Option<Bug>,
) -> Result<Heard<'a>, Broken> {
    let mut heard = Heard::default();
    for (datagram, pairs_of) in batch.iter().zip(&pairs.of) {
        let reply = ReplyTo(heard.seen.len() as u32);
        let listed = pairs_of.clone().map(|range| &pairs.all[range]);
        let input = parse(datagram, reply, listed, bug);
        bad_input::check(datagram, line, input.is_some())?;
        if let Some(input) = input {
            heard.seen.push(Seen { input, about: datagram.about });
            heard.peers.push(datagram.from);
        }
    }
    Ok(heard)
}

fn parse<'a>(
    datagram: &'a Datagram,
    reply: ReplyTo,
    listed: Option<&'a [(Number, ServerIndex)]>,
    bug: Option<Bug>,
) -> Option<Input<'a>> {
    let Some(server) = speaker(datagram, bug) else {
        let request = Request::parse(&datagram.bytes).ok()?;
        return Some(Input::Request { reply, request });
    };
    let relay = Relay::parse(&datagram.bytes).ok()?;
    match (&relay, listed) {
        (Relay::List(_), None) => None,
        _ => Some(edge::input_from_server(server, &relay, listed.unwrap_or_default())),
    }
}
