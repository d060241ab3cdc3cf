//! What a client asks of a server.

use super::fields::{Fields, Kind, Malformed, trimmed};
use super::{DATAGRAM_BYTES_MAX, Seq};
use crate::{Number, Text};

/// What a client asks of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `handshake/0/SRC//`: this is my server. Answered by [`super::Answer::Done`].
    Handshake {
        /// The client.
        client: Number,
    },
    /// `send/MARK/SRC/DST/TEXT`. Answered by [`super::Answer::Accepted`].
    Send {
        /// 1 to 99 if the client repeats what is not answered, 0 if it does not.
        mark: Seq,
        /// The client.
        client: Number,
        /// Whom the text is for.
        to: Number,
        /// The text.
        text: Text<'a>,
    },
    /// `get/0/SRC//`. Answered by [`super::Answer::Message`] or
    /// [`super::Answer::Nothing`].
    Get {
        /// The client.
        client: Number,
    },
    /// `ack/N/SRC/FROM/`: what the last get handed out has arrived. Not answered.
    Ack {
        /// The message's number.
        seq: Seq,
        /// The client.
        client: Number,
        /// The message's sender.
        from: Number,
    },
    /// `terminate/0/SRC//`: the client leaves. Answered by [`super::Answer::Done`].
    Terminate {
        /// The client.
        client: Number,
    },
}

impl<'a> Request<'a> {
    /// Reads a datagram that came from a client. Costs no allocation.
    pub fn parse(datagram: &'a [u8]) -> Result<Request<'a>, Malformed> {
        let fields = Fields::parse(trimmed(datagram)?)?;
        let client = fields.source()?;
        match fields.kind {
            Kind::Handshake => fields.no_destination().map(|()| Request::Handshake { client }),
            Kind::Get => fields.no_destination().map(|()| Request::Get { client }),
            Kind::Send => Ok(Request::Send {
                mark: fields.seq,
                client,
                to: fields.destination()?,
                text: fields.text()?,
            }),
            Kind::Ack => Ok(Request::Ack { seq: fields.seq, client, from: fields.destination()? }),
            Kind::Terminate => {
                fields.no_destination()?;
                match fields.payload {
                    "" => Ok(Request::Terminate { client }),
                    _ => Err(Malformed::Flag),
                }
            }
        }
    }

    /// Appends the datagram, at most 256 bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        let (kind, seq, source, destination, payload) = match *self {
            Request::Handshake { client } => (Kind::Handshake, Seq::ZERO, client, None, ""),
            Request::Send { mark, client, to, text } => {
                (Kind::Send, mark, client, Some(to), text.as_str())
            }
            Request::Get { client } => (Kind::Get, Seq::ZERO, client, None, ""),
            Request::Ack { seq, client, from } => (Kind::Ack, seq, client, Some(from), ""),
            Request::Terminate { client } => (Kind::Terminate, Seq::ZERO, client, None, ""),
        };
        let start = out.len();
        Fields { kind, seq, source: Some(source), destination, payload }.print(out);
        debug_assert!(out.len() - start <= DATAGRAM_BYTES_MAX);
    }

    /// The client that speaks.
    pub fn client(&self) -> Number {
        match *self {
            Request::Handshake { client }
            | Request::Send { client, .. }
            | Request::Get { client }
            | Request::Ack { client, .. }
            | Request::Terminate { client } => client,
        }
    }
}
