//! What one server says to another.

use super::fields::{Fields, Kind, Malformed, trimmed};
use super::{List, Seq};
use crate::{Number, Text};

/// What one server says to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relay<'a> {
    /// `send/N/SRC/DST/TEXT`: keep this for DST. Answered by [`Relay::Ack`].
    Send {
        /// The number that the server which took the message from its client gave it.
        seq: Seq,
        /// The sender.
        from: Number,
        /// The recipient.
        to: Number,
        /// The text.
        text: Text<'a>,
    },
    /// `ack/N/SRC/DST/`: the forwarded message has been taken over.
    Ack {
        /// The message's number.
        seq: Seq,
        /// The sender.
        from: Number,
        /// The recipient.
        to: Number,
    },
    /// `terminate/0/SRC//1`: the client has left.
    Terminate {
        /// The client.
        client: Number,
    },
    /// `ID/SERVER?ID/SERVER?…`: the clients that the sender knows, and their servers.
    List(List<'a>),
}

impl<'a> Relay<'a> {
    /// Reads a datagram that came from a server. Costs no allocation.
    pub fn parse(datagram: &'a [u8]) -> Result<Relay<'a>, Malformed> {
        let datagram = trimmed(datagram)?;
        if datagram.as_bytes().get(2).is_some_and(u8::is_ascii_digit) {
            return List::parse(datagram).map(Relay::List);
        }
        let fields = Fields::parse(datagram)?;
        let (seq, from) = (fields.seq, fields.source()?);
        match (fields.kind, fields.payload) {
            (Kind::Send, _) => {
                Ok(Relay::Send { seq, from, to: fields.destination()?, text: fields.text()? })
            }
            (Kind::Ack, _) => Ok(Relay::Ack { seq, from, to: fields.destination()? }),
            (Kind::Terminate, "1") => {
                fields.no_destination().map(|()| Relay::Terminate { client: from })
            }
            (Kind::Terminate, _) => Err(Malformed::Flag),
            (Kind::Handshake | Kind::Get, _) => Err(Malformed::Type),
        }
    }

    /// Appends the datagram, at most 256 bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        let (kind, seq, source, destination, payload) = match *self {
            Relay::Send { seq, from, to, text } => (Kind::Send, seq, from, Some(to), text.as_str()),
            Relay::Ack { seq, from, to } => (Kind::Ack, seq, from, Some(to), ""),
            Relay::Terminate { client } => (Kind::Terminate, Seq::ZERO, client, None, "1"),
            Relay::List(list) => return out.extend_from_slice(list.as_str().as_bytes()),
        };
        Fields { kind, seq, source: Some(source), destination, payload }.print(out);
    }
}
