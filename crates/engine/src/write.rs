//! All lasting changes, and their form on disk.
//!
//! The log is one endless string of bytes. A write's [`Place`] is the offset of its
//! first byte; a record is a length of two bytes (little-endian, of what follows),
//! a kind, and the fields in the order in which they stand below. A number takes
//! five bytes, a place eight, everything else one. docs/protocol/log.md lists them.

mod fields;
mod journal;
mod native;
#[cfg(test)]
mod tests;

pub(crate) use journal::Journal;

use crate::native::{Says, Station};
use fields::{
    byte, integer, message, number, place, put_message, put_number, put_step, seq, server, step,
};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::native::{
    Count, Dispute, Epoch, Message, MessageId, NumberRow, Receipt, SentRow, ServerKey,
};
use postrider_proto::{Number, Text};

/// An offset in the log. It only grows, so it also tells older from newer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u64);

/// From whom a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a client of this server, with the mark it gave its `send`.
    Client {
        /// 0 if the client gave none.
        mark: Seq,
    },
    /// From another server.
    Server(ServerIndex),
}

/// A change that must outlive a crash. Replaying all of them, in order, through
/// the same `apply` restores the engine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write<'a> {
    /// A message was taken. Its place is its identity and age from then on.
    Keep {
        /// From whom.
        origin: Origin,
        /// Its number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
        /// Its text.
        text: Text<'a>,
    },
    /// A message was taken from a client, or a server of the line, by a server that has,
    /// or had, native trunks.
    KeepCounted {
        /// What its identity needs beside the numbers.
        epoch: Epoch,
        /// The same.
        count: Count,
        /// How long this server had run, in seconds.
        since_s: u32,
        /// From whom.
        origin: Origin,
        /// Its number among classic clients.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
        /// Its text.
        text: Text<'a>,
    },
    /// A message that still waits was rewritten, so that the log can be cleaned; or,
    /// with its `Forget` behind it, one that was forwarded and has left lately.
    Carry {
        /// Where it was first kept.
        kept: Place,
        /// The servers that it was ever sent to, bit I-1 for server I.
        sent_to: u64,
        /// Its number.
        seq: Seq,
        /// Its sender.
        from: Number,
        /// Its recipient.
        to: Number,
        /// Its text.
        text: Text<'a>,
    },
    /// A message is sent to another server, whose `ack` settles it from then on,
    /// and which is not to get an equal one too soon.
    Sent {
        /// Where the message was first kept.
        kept: Place,
        /// Its recipient.
        to: Number,
        /// The other server.
        server: ServerIndex,
    },
    /// The other server has taken the message over. Losing this only costs a repeat.
    HandOver {
        /// Where the message was first kept.
        kept: Place,
        /// Its recipient.
        to: Number,
        /// The other server.
        server: ServerIndex,
    },
    /// The reader has the message. Losing this only hands it out again, under the
    /// same number.
    Forget {
        /// Where the message was first kept.
        kept: Place,
        /// Its recipient.
        to: Number,
    },
    /// A client is at this server.
    Home {
        /// The client.
        client: Number,
        /// Its server.
        server: ServerIndex,
    },
    /// A client is at no server.
    Gone {
        /// The client.
        client: Number,
    },
    /// A client's last `send` was a marked one, rewritten for the cleaning.
    Mark {
        /// The client.
        client: Number,
        /// Its mark, 1 to 99.
        mark: Seq,
        /// The number that the message got.
        seq: Seq,
        /// The fingerprint of mark, recipient and text.
        fingerprint: u64,
    },
    /// A client's next `send` is compared with none before it.
    Unmark {
        /// The client.
        client: Number,
    },
    /// The next number that a client's `send` gets, rewritten for the cleaning.
    Next {
        /// The number.
        seq: Seq,
    },
    /// What was taken or handed over before this place is older than ten seconds.
    /// Losing this begins the ten seconds anew.
    Aged {
        /// The place.
        before: Place,
    },
    /// A server has a short number.
    Station {
        /// The number, in the order in which this server heard of them.
        station: Station,
        /// The server's key.
        key: ServerKey,
    },
    /// The epoch of what begins at this server.
    Epoch {
        /// The epoch.
        epoch: Epoch,
    },
    /// A row of another server is the latest about what it says.
    Row {
        /// Whose it is.
        origin: Station,
        /// The other end of the link that it is about, if it is about one.
        peer: Option<Station>,
        /// The row.
        sent: SentRow<'a>,
    },
    /// A row of this server.
    OwnRow {
        /// Its number.
        sequence: u64,
        /// What it says.
        says: Says,
    },
    /// A row of this server about a number that is bound to a key.
    OwnBound {
        /// Its number.
        sequence: u64,
        /// What its owner has signed.
        row: NumberRow<'a>,
    },
    /// A code lets a new number in, once.
    Invite {
        /// The code.
        code: crate::Code,
        /// Whether it has.
        is_used: bool,
    },
    /// A number that is, or was, at home here was bound to another first key as well.
    Disputed {
        /// What its owner is told.
        dispute: Dispute,
        /// Whether one of its devices has it, or another home was told.
        is_told: bool,
    },
    /// Rows of a server have been seen, and say nothing that still counts. Losing this
    /// only costs that they are sent again.
    Passed {
        /// The server.
        origin: Station,
        /// The row before them.
        after: u64,
        /// The last of them.
        sequence: u64,
    },
    /// A message was taken from a trunk, or is a receipt of this server's own.
    Take {
        /// The server at the other end of the trunk.
        from: Station,
        /// Its number among classic clients.
        seq: Seq,
        /// How long this server had run, in seconds.
        since_s: u32,
        /// The message, as old as it was then.
        message: Message<'a>,
    },
    /// A native message that still waits was rewritten, so that the log can be cleaned.
    CarryNative {
        /// Where it was first kept.
        kept: Place,
        /// The classic servers that it was ever sent to, bit I-1 for server I.
        sent_to: u64,
        /// Its number among classic clients.
        seq: Seq,
        /// How long this server had run, in seconds.
        since_s: u32,
        /// The message, as old as it was then.
        message: Message<'a>,
    },
    /// The next server has taken the message over. Losing this only costs a repeat.
    HandOn {
        /// Where the message was first kept.
        kept: Place,
        /// Its recipient.
        to: Number,
        /// The next server.
        station: Station,
    },
    /// The last count of a sender's messages to a recipient, rewritten for the cleaning.
    Counted {
        /// The sender.
        from: Number,
        /// The recipient.
        to: Number,
        /// The count.
        count: Count,
    },
    /// Messages that have been in a mailbox, rewritten for the cleaning.
    Taken {
        /// The first of them.
        first: MessageId,
        /// The count of the last.
        last: Count,
    },
    /// A message has left a mailbox without having been read.
    Untaken {
        /// Its identity.
        id: MessageId,
    },
    /// How long this server has run, in all its runs. Losing this makes what waits at
    /// most a minute younger.
    Ran {
        /// In seconds.
        seconds: u32,
    },
    /// What became of a message of an own client. Losing this only loses the knowledge.
    Learn {
        /// The receipt's own identity; none where it did not travel.
        id: Option<MessageId>,
        /// The message's.
        about: MessageId,
        /// What the receipt says.
        receipt: Receipt,
    },
}

/// The log holds something that no version of this program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log is damaged at {}", place.0)]
pub struct Damaged {
    /// Where the bad record begins.
    pub place: Place,
}

impl<'a> Write<'a> {
    /// Whether what leaves relies on it, so that it has to be flushed before the
    /// outputs of its turn leave. The others may wait for a flush to share.
    pub fn backs_a_promise(&self) -> bool {
        match self {
            Write::Keep { .. }
            | Write::KeepCounted { .. }
            | Write::Home { .. }
            | Write::Gone { .. }
            | Write::Unmark { .. }
            | Write::Sent { .. }
            | Write::Carry { .. }
            | Write::Mark { .. }
            | Write::Next { .. }
            | Write::Station { .. }
            | Write::Epoch { .. }
            | Write::Row { .. }
            | Write::OwnRow { .. }
            | Write::OwnBound { .. }
            | Write::Invite { .. }
            | Write::Disputed { .. }
            | Write::Take { .. }
            | Write::CarryNative { .. }
            | Write::Counted { .. }
            | Write::Taken { .. }
            | Write::Untaken { .. }
            | Write::Learn { .. } => true,
            Write::Passed { .. } | Write::HandOn { .. } | Write::Ran { .. } => false,
            Write::HandOver { .. } | Write::Forget { .. } | Write::Aged { .. } => false,
        }
    }

    /// Appends the record.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 2]);
        self.encode_fields(out);
        let length = (out.len() - start - 2) as u16;
        out[start..start + 2].copy_from_slice(&length.to_le_bytes());
    }

    fn encode_fields(&self, out: &mut Vec<u8>) {
        match *self {
            Write::Keep { origin: Origin::Client { mark }, seq, from, to, text } => {
                out.extend_from_slice(&[1, mark.value(), seq.value()]);
                put_message(out, from, to, text);
            }
            Write::Keep { origin: Origin::Server(server), seq, from, to, text } => {
                out.extend_from_slice(&[2, server.value(), seq.value()]);
                put_message(out, from, to, text);
            }
            Write::Carry { kept, sent_to, seq, from, to, text } => {
                out.extend_from_slice(&[3, seq.value()]);
                out.extend_from_slice(&kept.0.to_le_bytes());
                out.extend_from_slice(&sent_to.to_le_bytes());
                put_message(out, from, to, text);
            }
            Write::Sent { kept, to, server } => put_step(out, 4, server, kept, to),
            Write::HandOver { kept, to, server } => put_step(out, 5, server, kept, to),
            Write::Forget { kept, to } => {
                out.push(6);
                out.extend_from_slice(&kept.0.to_le_bytes());
                put_number(out, to);
            }
            Write::Home { client, server } => {
                out.extend_from_slice(&[7, server.value()]);
                put_number(out, client);
            }
            Write::Gone { client } => {
                out.push(8);
                put_number(out, client);
            }
            Write::Mark { client, mark, seq, fingerprint } => {
                out.extend_from_slice(&[9, mark.value(), seq.value()]);
                out.extend_from_slice(&fingerprint.to_le_bytes());
                put_number(out, client);
            }
            Write::Unmark { client } => {
                out.push(10);
                put_number(out, client);
            }
            Write::Next { seq } => out.extend_from_slice(&[11, seq.value()]),
            Write::Aged { before } => {
                out.push(12);
                out.extend_from_slice(&before.0.to_le_bytes());
            }
            _ => self.encode_native(out),
        }
    }

    fn decode(mut bytes: &'a [u8]) -> Option<Write<'a>> {
        let fields = &mut bytes;
        let write = match byte(fields)? {
            1 => {
                let origin = Origin::Client { mark: seq(fields)? };
                let seq = seq(fields)?;
                let (from, to, text) = message(fields)?;
                Write::Keep { origin, seq, from, to, text }
            }
            2 => {
                let origin = Origin::Server(server(fields)?);
                let seq = seq(fields)?;
                let (from, to, text) = message(fields)?;
                Write::Keep { origin, seq, from, to, text }
            }
            3 => {
                let seq = seq(fields)?;
                let (kept, sent_to) = (place(fields)?, integer(fields)?);
                let (from, to, text) = message(fields)?;
                Write::Carry { kept, sent_to, seq, from, to, text }
            }
            4 => {
                let (server, kept, to) = step(fields)?;
                Write::Sent { kept, to, server }
            }
            5 => {
                let (server, kept, to) = step(fields)?;
                Write::HandOver { kept, to, server }
            }
            6 => Write::Forget { kept: place(fields)?, to: number(fields)? },
            7 => {
                let server = server(fields)?;
                Write::Home { client: number(fields)?, server }
            }
            8 => Write::Gone { client: number(fields)? },
            9 => {
                let (mark, seq, fingerprint) = (seq(fields)?, seq(fields)?, integer(fields)?);
                Write::Mark { client: number(fields)?, mark, seq, fingerprint }
            }
            10 => Write::Unmark { client: number(fields)? },
            11 => Write::Next { seq: seq(fields)? },
            12 => Write::Aged { before: place(fields)? },
            kind => Write::decode_native(kind, fields)?,
        };
        fields.is_empty().then_some(write)
    }
}

/// The writes of a part of the log, with the place and the record's size of each.
///
/// `start` is the place of the first byte, which must begin a record.
pub fn records(
    start: Place,
    mut bytes: &[u8],
) -> impl Iterator<Item = Result<(Place, Write<'_>), Damaged>> {
    let mut place = start;
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let here = place;
        let Some((write, size)) = first_record(bytes) else {
            bytes = &[];
            return Some(Err(Damaged { place: here }));
        };
        bytes = &bytes[size..];
        place = Place(here.0 + size as u64);
        Some(Ok((here, write)))
    })
}

/// The record at the beginning of these bytes, and its size.
pub(crate) fn first_record(bytes: &[u8]) -> Option<(Write<'_>, usize)> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::from(u16::from_le_bytes(*length));
    Some((Write::decode(rest.get(..length)?)?, length + 2))
}
