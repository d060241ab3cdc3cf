//! Rows of the directory: what a server says once, and all others hand on.

use super::bytes::{byte, take, take_slice, u16, u64};
use super::{Malformed, NumberRow, ServerKey, ServerRow, Signature};
use std::num::NonZeroU64;

/// What a row's signature is made over begins with this.
const LABEL: &[u8] = b"postrider row v1\0";

const NUMBER: u8 = 1;
const LINK: u8 = 2;
const SERVER: u8 = 3;

/// Which of an origin's rows, from 1 up, over the life of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(NonZeroU64);

impl Sequence {
    /// The first row's.
    pub const FIRST: Sequence = Sequence(NonZeroU64::MIN);

    /// The sequence number with this value, unless it is 0.
    pub fn from_value(value: u64) -> Option<Sequence> {
        NonZeroU64::new(value).map(Sequence)
    }

    /// From 1 up.
    pub fn value(self) -> u64 {
        self.0.get()
    }
}

/// A row with its origin's signature. Borrowed and checked, except the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// What it says, and who says it.
    pub entry: Entry<'a>,
    /// The origin's, over [`Entry::signed_part`].
    pub signature: &'a Signature,
}

/// What a row says, and who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The server that says it.
    pub origin: ServerKey,
    /// Which of its rows.
    pub sequence: Sequence,
    /// What it says.
    pub fact: Fact<'a>,
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// A number is, or was, at home at the origin.
    Number(NumberRow<'a>),
    /// The origin's end of a link.
    Link(LinkRow),
    /// What the origin says of itself.
    Server(ServerRow<'a>),
}

/// One end of a link: the origin's. The later of two for the same peer counts, by
/// their sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// The server at the other end.
    pub peer: ServerKey,
    /// What it costs to send over it, from 1 up; 0 where there is no link any more.
    pub cost: u16,
}

impl<'a> Row<'a> {
    /// The most bytes of a row: that of a number whose key has changed.
    pub const BYTES_MAX: usize = 32 + 8 + 1 + NumberRow::BYTES_MAX + 64;

    /// Reads all of the bytes. Costs no allocation.
    pub fn parse(mut bytes: &'a [u8]) -> Result<Row<'a>, Malformed> {
        let fields = &mut bytes;
        let origin = ServerKey(*take(fields)?);
        let sequence = Sequence::from_value(u64(fields)?).ok_or(Malformed::Zero)?;
        let fact = fields.len().checked_sub(size_of::<Signature>()).ok_or(Malformed::Ended)?;
        let fact = Fact::parse(take_slice(fields, fact)?)?;
        Ok(Row { entry: Entry { origin, sequence, fact }, signature: take(fields)? })
    }

    /// Appends the row, at most [`Row::BYTES_MAX`] bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        self.entry.print(out);
        out.extend_from_slice(self.signature);
    }
}

impl Entry<'_> {
    /// Appends what the origin signs: a label, and everything before the signature.
    pub fn signed_part(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(LABEL);
        self.print(out);
    }

    fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.origin.0);
        out.extend_from_slice(&self.sequence.value().to_be_bytes());
        self.fact.print(out);
    }
}

impl<'a> Fact<'a> {
    fn parse(mut bytes: &'a [u8]) -> Result<Fact<'a>, Malformed> {
        let fields = &mut bytes;
        let fact = match byte(fields)? {
            NUMBER => Fact::Number(NumberRow::parse(fields)?),
            LINK => Fact::Link(LinkRow { peer: ServerKey(*take(fields)?), cost: u16(fields)? }),
            SERVER => Fact::Server(ServerRow::parse(fields)?),
            _ => return Err(Malformed::RowKind),
        };
        if fields.is_empty() { Ok(fact) } else { Err(Malformed::Trailing) }
    }

    fn print(&self, out: &mut Vec<u8>) {
        match self {
            Fact::Number(row) => {
                out.push(NUMBER);
                row.print(out);
            }
            Fact::Link(row) => {
                out.push(LINK);
                out.extend_from_slice(&row.peer.0);
                out.extend_from_slice(&row.cost.to_be_bytes());
            }
            Fact::Server(row) => {
                out.push(SERVER);
                row.print(out);
            }
        }
    }
}
