//! The form that all messages share: five fields, split at four slashes.

use super::{DATAGRAM_BYTES_MAX, Seq};
use crate::{Number, Text};

/// Why a datagram is dropped. Nothing was kept, nothing is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Malformed {
    /// More than 256 bytes.
    #[error("longer than 256 bytes")]
    TooLong,
    /// Not strict UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Fewer than five fields.
    #[error("fewer than five fields")]
    Fields,
    /// A type that the protocol does not know, or not from this side.
    #[error("a type that this side does not send")]
    Type,
    /// A seq that is not 0 to 99 in one or two digits.
    #[error("a seq that is not 0 to 99")]
    Seq,
    /// An ID that is not ten digits, or missing, or one where none belongs.
    #[error("an ID that is not ten digits, or where it does not belong")]
    Id,
    /// A text of over 160 characters or 226 bytes.
    #[error("a text of over 160 characters or 226 bytes")]
    Text,
    /// A `terminate` whose payload is not the one that this side sends.
    #[error("a terminate with the wrong flag")]
    Flag,
    /// A list with a bad pair.
    #[error("a list with a bad pair")]
    Pair,
    /// A list with a server that is not of the line.
    #[error("a list with an unknown server")]
    UnknownServer,
}

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Handshake,
    Send,
    Get,
    Ack,
    Terminate,
}

impl Kind {
    fn parse(field: &str) -> Option<Kind> {
        match field {
            "handshake" => Some(Kind::Handshake),
            "send" => Some(Kind::Send),
            "get" => Some(Kind::Get),
            "ack" => Some(Kind::Ack),
            "terminate" => Some(Kind::Terminate),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Handshake => "handshake",
            Kind::Send => "send",
            Kind::Get => "get",
            Kind::Ack => "ack",
            Kind::Terminate => "terminate",
        }
    }
}

/// A datagram's five fields, each of a legal form by itself.
pub(super) struct Fields<'a> {
    pub(super) kind: Kind,
    pub(super) seq: Seq,
    pub(super) source: Option<Number>,
    pub(super) destination: Option<Number>,
    pub(super) payload: &'a str,
}

/// Drops newlines and NULs at the end, then checks the length and the encoding.
pub(super) fn trimmed(datagram: &[u8]) -> Result<&str, Malformed> {
    let end = datagram.iter().rposition(|byte| !matches!(byte, b'\n' | 0)).map_or(0, |at| at + 1);
    let datagram = &datagram[..end];
    if datagram.len() > DATAGRAM_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    std::str::from_utf8(datagram).map_err(|_| Malformed::NotUtf8)
}

impl<'a> Fields<'a> {
    pub(super) fn parse(datagram: &'a str) -> Result<Fields<'a>, Malformed> {
        let mut split = datagram.splitn(5, '/');
        let mut field = || split.next().ok_or(Malformed::Fields);
        let (kind, seq, source, destination, payload) =
            (field()?, field()?, field()?, field()?, field()?);
        Ok(Fields {
            kind: Kind::parse(kind).ok_or(Malformed::Type)?,
            seq: Seq::parse(seq).ok_or(Malformed::Seq)?,
            source: id(source)?,
            destination: id(destination)?,
            payload,
        })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.kind.name().as_bytes());
        out.push(b'/');
        self.seq.print(out);
        for id in [self.source, self.destination] {
            out.push(b'/');
            if let Some(id) = id {
                out.extend_from_slice(&id.digits());
            }
        }
        out.push(b'/');
        out.extend_from_slice(self.payload.as_bytes());
    }

    pub(super) fn source(&self) -> Result<Number, Malformed> {
        self.source.ok_or(Malformed::Id)
    }

    pub(super) fn destination(&self) -> Result<Number, Malformed> {
        self.destination.ok_or(Malformed::Id)
    }

    pub(super) fn no_destination(&self) -> Result<(), Malformed> {
        self.destination.map_or(Ok(()), |_| Err(Malformed::Id))
    }

    pub(super) fn text(&self) -> Result<Text<'a>, Malformed> {
        Text::new(self.payload).map_err(|_| Malformed::Text)
    }
}

fn id(field: &str) -> Result<Option<Number>, Malformed> {
    match field {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Malformed::Id),
    }
}
