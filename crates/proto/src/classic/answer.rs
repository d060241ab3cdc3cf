//! What a server says to a client.

use super::Seq;
use super::fields::{Fields, Kind, Malformed, trimmed};
use crate::{Number, Text};

/// What a server says to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// `ack/0/SRC//`: the handshake or terminate is done.
    Done {
        /// The client.
        client: Number,
    },
    /// `ack/N/SRC/DST/`: the text is on the server's disk.
    Accepted {
        /// The number that the server gave it.
        seq: Seq,
        /// The client.
        client: Number,
        /// Whom the text is for.
        to: Number,
    },
    /// `send/N/FROM/SRC/TEXT`: the oldest message that waits. The client answers
    /// it with [`super::Request::Ack`].
    Message {
        /// The message's number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// The client.
        client: Number,
        /// The text.
        text: Text<'a>,
    },
    /// `send/0//SRC/`: no message waits.
    Nothing {
        /// The client.
        client: Number,
    },
}

impl<'a> Answer<'a> {
    /// Reads a datagram that came from a server to its client. Costs no allocation.
    pub fn parse(datagram: &'a [u8]) -> Result<Answer<'a>, Malformed> {
        let fields = Fields::parse(trimmed(datagram)?)?;
        let seq = fields.seq;
        match (fields.kind, fields.source, fields.destination) {
            (Kind::Ack, Some(client), None) => Ok(Answer::Done { client }),
            (Kind::Ack, Some(client), Some(to)) => Ok(Answer::Accepted { seq, client, to }),
            (Kind::Send, None, Some(client)) => Ok(Answer::Nothing { client }),
            (Kind::Send, Some(from), Some(client)) => {
                Ok(Answer::Message { seq, from, client, text: fields.text()? })
            }
            (Kind::Ack | Kind::Send, _, _) => Err(Malformed::Id),
            (Kind::Handshake | Kind::Get | Kind::Terminate, _, _) => Err(Malformed::Type),
        }
    }

    /// Appends the datagram, at most 256 bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        let (kind, seq, source, destination, payload) = match *self {
            Answer::Done { client } => (Kind::Ack, Seq::ZERO, Some(client), None, ""),
            Answer::Accepted { seq, client, to } => (Kind::Ack, seq, Some(client), Some(to), ""),
            Answer::Message { seq, from, client, text } => {
                (Kind::Send, seq, Some(from), Some(client), text.as_str())
            }
            Answer::Nothing { client } => (Kind::Send, Seq::ZERO, None, Some(client), ""),
        };
        Fields { kind, seq, source, destination, payload }.print(out);
    }
}
