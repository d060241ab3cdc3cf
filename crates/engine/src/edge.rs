//! The edge between datagrams and the engine, for whoever has the sockets: the
//! server and the simulator.

mod native;

pub use native::{Identity, ToTrunk, TrunkPrinter};

use crate::{Input, Outbox, Output, Place, ReplyTo};
use postrider_proto::classic::{Answer, Line, List, ListPrinter, Malformed, Relay, ServerIndex};
use postrider_proto::native::{self as native_words, Body};
use postrider_proto::{Number, Text};

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the client that asked.
    Client(ReplyTo),
    /// To another server.
    Server(ServerIndex),
}

/// Appends the pairs of a list with the servers' places in the line; nothing is
/// kept of a list that names a server which the line does not have.
pub fn pairs_of(
    list: List<'_>,
    line: &Line,
    into: &mut Vec<(Number, ServerIndex)>,
) -> Result<(), Malformed> {
    let start = into.len();
    for (client, address) in list.pairs() {
        let Some(server) = line.index_of(address) else {
            into.truncate(start);
            return Err(Malformed::UnknownServer);
        };
        into.push((client, server));
    }
    Ok(())
}

/// What a server's datagram means; `pairs` are those of its list.
pub fn input_from_server<'a>(
    server: ServerIndex,
    relay: &Relay<'a>,
    pairs: &'a [(Number, ServerIndex)],
) -> Input<'a> {
    match *relay {
        Relay::Send { seq, from, to, text } => Input::Send { server, seq, from, to, text },
        Relay::Ack { seq, from, to } => Input::Ack { server, seq, from, to },
        Relay::Terminate { client } => Input::Terminate { server, client },
        Relay::List(_) => Input::List { server, pairs },
    }
}

/// Prints a turn's outputs as datagrams.
///
/// `text_at` reads the record at a place into an empty buffer and returns its text.
#[derive(Debug, Default)]
pub struct Printer {
    datagram: Vec<u8>,
    record: Vec<u8>,
    text: String,
    list: ListPrinter,
}

impl Printer {
    /// Calls `send` for each datagram, in order. Texts are read by `read`, which
    /// gets the place of a record and fills an empty buffer with it.
    pub fn print<E>(
        &mut self,
        outbox: &Outbox,
        line: &Line,
        mut read: impl FnMut(Place, &mut Vec<u8>) -> Result<(), E>,
        mut send: impl FnMut(Destination, &[u8]),
    ) -> Result<(), E> {
        for output in &outbox.outputs {
            self.datagram.clear();
            if let Output::Took { .. } | Output::Hand { .. } | Output::Cut { .. } = output {
                continue;
            }
            if let Output::List { server, pairs } = output {
                self.print_list(&outbox.pairs[pairs.clone()], line, |datagram| {
                    send(Destination::Server(*server), datagram);
                });
                continue;
            }
            self.record.clear();
            if let Output::HandOut { text, .. } | Output::Forward { text, .. } = output {
                read(*text, &mut self.record)?;
            }
            if let Some(to) = self.print_one(output) {
                send(to, &self.datagram);
            }
        }
        Ok(())
    }

    fn print_list(
        &mut self,
        pairs: &[(Number, ServerIndex)],
        line: &Line,
        mut send: impl FnMut(&[u8]),
    ) {
        for (client, server) in pairs {
            if let Some(address) = line.address(*server) {
                self.list.push(*client, address, &mut send);
            }
        }
        self.list.finish(send);
    }

    fn print_one(&mut self, output: &Output) -> Option<Destination> {
        let text = text_of(&self.record, &mut self.text);
        let out = &mut self.datagram;
        Some(match *output {
            Output::Done { reply, client } => answer(out, reply, &Answer::Done { client }),
            Output::Accepted { reply, seq, client, to } => {
                answer(out, reply, &Answer::Accepted { seq, client, to })
            }
            Output::HandOut { reply, seq, from, client, .. } => {
                answer(out, reply, &Answer::Message { seq, from, client, text })
            }
            Output::Nothing { reply, client } => answer(out, reply, &Answer::Nothing { client }),
            Output::Forward { server, seq, from, to, .. } => {
                relay(out, server, &Relay::Send { seq, from, to, text })
            }
            Output::Ack { server, seq, from, to } => {
                relay(out, server, &Relay::Ack { seq, from, to })
            }
            Output::Terminate { server, client } => {
                relay(out, server, &Relay::Terminate { client })
            }
            Output::List { .. }
            | Output::Took { .. }
            | Output::Hand { .. }
            | Output::Cut { .. } => return None,
        })
    }
}

fn answer(out: &mut Vec<u8>, to: ReplyTo, answer: &Answer<'_>) -> Destination {
    answer.print(out);
    Destination::Client(to)
}

fn relay(out: &mut Vec<u8>, to: ServerIndex, relay: &Relay<'_>) -> Destination {
    relay.print(out);
    Destination::Server(to)
}

/// The text of the record at the beginning of these bytes; empty if there is none.
fn text_of<'a>(record: &'a [u8], buffer: &'a mut String) -> Text<'a> {
    use crate::Write::{Carry, CarryNative, Keep, KeepCounted, Take};
    match crate::write::first_record(record) {
        Some((Keep { text, .. } | KeepCounted { text, .. } | Carry { text, .. }, _)) => text,
        Some((Take { message, .. } | CarryNative { message, .. }, _)) => {
            classic_text(&message, buffer)
        }
        _ => Text::EMPTY,
    }
}

/// What a classic client is shown of a native text: as much as a classic datagram holds,
/// and of a sealed one, that it is.
pub(crate) fn classic_text<'a>(
    message: &native_words::Message<'_>,
    buffer: &'a mut String,
) -> Text<'a> {
    buffer.clear();
    let Body::Text { content, .. } = message.body else { return Text::EMPTY };
    if !content.read(buffer) {
        buffer.push_str("(a sealed text: read it with a native client)");
    }
    if buffer.len() > Text::BYTES_MAX {
        let room = Text::BYTES_MAX - CUT.len();
        let end = (0..=room).rev().find(|at| buffer.is_char_boundary(*at)).unwrap_or(0);
        buffer.truncate(end);
        buffer.push_str(CUT);
    }
    let end = buffer.trim_end_matches(['\n', '\0']).len();
    buffer.truncate(end);
    Text::new(buffer).unwrap_or(Text::EMPTY)
}

/// Stands for the rest of a text.
const CUT: &str = "…";
