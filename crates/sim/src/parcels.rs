//! From outputs to datagrams, each with a note for the checkers of what it is about.

use crate::hearing::Heard;
use crate::medium::LogError;
use crate::texts::id_of;
use crate::wire::{About, Datagram, Peer};
use postrider_engine::edge::{Destination, Printer};
use postrider_engine::{Input, Outbox, Output, Place};
use postrider_proto::Number;
use postrider_proto::classic::{Answer, Line, Relay, Request, Seq, ServerIndex};

/// A datagram that is to leave a server.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) datagram: Datagram,
    /// It says that a text is on disk.
    pub(crate) promises: bool,
    /// It forwards a text.
    pub(crate) forwards: bool,
    /// It carries the text of the message for this number whose record is there.
    pub(crate) carries: Option<(Number, Place)>,
}

/// Prints a turn's outputs.
pub(crate) fn parcels(
    (me, line): (ServerIndex, &Line),
    printer: &mut Printer,
    outbox: &Outbox,
    heard: &Heard<'_>,
    read: impl FnMut(Place, &mut Vec<u8>) -> Result<(), LogError>,
) -> Result<Vec<Parcel>, LogError> {
    let mut parcels = Vec::new();
    let is_list = |output: &&Output| matches!(output, Output::List { .. });
    let mut outputs = outbox.outputs.iter().filter(|output| !is_list(output));
    let mut acks = Acks::of(heard);
    printer.print(outbox, line, read, |to, bytes| {
        let to = match to {
            Destination::Server(server) => Peer::Server(server),
            Destination::Client(reply) => match heard.peers.get(reply.0 as usize) {
                Some(peer) => *peer,
                None => return,
            },
        };
        let is_list = bytes.get(2).is_some_and(u8::is_ascii_digit);
        let output = if is_list { None } else { outputs.next() };
        let about = about(me, output, bytes, heard, &mut acks);
        parcels.push(Parcel {
            datagram: Datagram { from: Peer::Server(me), to, bytes: bytes.to_vec(), about },
            promises: matches!(output, Some(Output::Accepted { .. } | Output::Ack { .. })),
            forwards: matches!(output, Some(Output::Forward { .. })),
            carries: output.and_then(carried),
        });
    })?;
    Ok(parcels)
}

fn carried(output: &Output) -> Option<(Number, Place)> {
    match *output {
        Output::HandOut { client, text, .. } => Some((client, text)),
        Output::Forward { to, text, .. } => Some((to, text)),
        _ => None,
    }
}

fn about(
    me: ServerIndex,
    output: Option<&Output>,
    bytes: &[u8],
    heard: &Heard<'_>,
    acks: &mut Acks,
) -> About {
    match output {
        Some(Output::Accepted { reply, .. }) => {
            let seen = heard.seen.get(reply.0 as usize).map(|seen| seen.input);
            match seen {
                Some(Input::Request { request: Request::Send { text, .. }, .. }) => {
                    About::text(id_of(text.as_str()))
                }
                _ => About::default(),
            }
        }
        Some(Output::HandOut { text: at, .. }) => match Answer::parse(bytes) {
            Ok(Answer::Message { text, .. }) => {
                About { text: id_of(text.as_str()), copy: Some((me, *at)) }
            }
            _ => About::default(),
        },
        Some(Output::Forward { text: at, .. }) => match Relay::parse(bytes) {
            Ok(Relay::Send { text: written, .. }) => {
                About { text: id_of(written.as_str()), copy: Some((me, *at)) }
            }
            _ => About::default(),
        },
        Some(Output::Ack { server, seq, from, to }) => acks.next(*server, *seq, *from, *to),
        _ => About::default(),
    }
}

/// What the acks to other servers are about: the forwarded messages, in order.
struct Acks(Vec<(ServerIndex, Seq, Number, Number, About)>);

impl Acks {
    fn of(heard: &Heard<'_>) -> Acks {
        let sends = heard.seen.iter().filter_map(|seen| match seen.input {
            Input::Send { server, seq, from, to, .. } => Some((server, seq, from, to, seen.about)),
            _ => None,
        });
        Acks(sends.collect())
    }

    fn next(&mut self, server: ServerIndex, seq: Seq, from: Number, to: Number) -> About {
        let same = |(s, q, f, t, _): &(ServerIndex, Seq, Number, Number, About)| {
            (*s, *q, *f, *t) == (server, seq, from, to)
        };
        match self.0.iter().position(same) {
            Some(place) => self.0.remove(place).4,
            None => About::default(),
        }
    }
}
