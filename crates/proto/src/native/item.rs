//! Items: what servers hand each other, and links acknowledge.

use super::bytes::{byte, put_varint, varint};
use super::{Have, ITEM_BYTES_MAX, Malformed, Message, Row};

const MESSAGE_LAST: u8 = 0x7f;
const ROW: u8 = 0x80;
const HAVE: u8 = 0x81;

/// What a link hands over. The first byte says which; those below 0x80 are a message's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A message, to be kept or handed on.
    Message(Message<'a>),
    /// A row of the directory.
    Row(SentRow<'a>),
    /// A part of what the other side has seen of the directory.
    Have(Have<'a>),
}

/// A row, and which row of its origin the sender had before it: those between have
/// been superseded, so the receiver then has all up to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentRow<'a> {
    after: u64,
    row: Row<'a>,
}

impl<'a> SentRow<'a> {
    /// A row that follows the origin's row with the number `after`, 0 for none; none
    /// if that is not before it.
    pub fn new(after: u64, row: Row<'a>) -> Option<SentRow<'a>> {
        (after < row.entry.sequence.value()).then_some(SentRow { after, row })
    }

    /// The number of the origin's row before it, 0 for none.
    pub fn after(&self) -> u64 {
        self.after
    }

    /// The row.
    pub fn row(&self) -> &Row<'a> {
        &self.row
    }

    fn parse(fields: &mut &'a [u8]) -> Result<SentRow<'a>, Malformed> {
        let step = varint(fields, u64::MAX)?;
        let row = Row::parse(std::mem::take(fields))?;
        let after = row.entry.sequence.value().checked_sub(step).ok_or(Malformed::After)?;
        SentRow::new(after, row).ok_or(Malformed::Zero)
    }

    fn print(&self, out: &mut Vec<u8>) {
        put_varint(out, self.row.entry.sequence.value() - self.after);
        self.row.print(out);
    }
}

impl<'a> Item<'a> {
    /// Reads all of the bytes. Costs no allocation.
    pub fn parse(bytes: &'a [u8]) -> Result<Item<'a>, Malformed> {
        if bytes.len() > ITEM_BYTES_MAX {
            return Err(Malformed::ItemLength);
        }
        let mut fields = bytes;
        match byte(&mut fields)? {
            ..=MESSAGE_LAST => Message::parse(bytes).map(Item::Message),
            ROW => SentRow::parse(&mut fields).map(Item::Row),
            HAVE => Have::parse(&mut fields).map(Item::Have),
            _ => Err(Malformed::ItemKind),
        }
    }

    /// Whether the bytes can only be a row. Looks at the first.
    pub fn is_row(bytes: &[u8]) -> bool {
        bytes.first() == Some(&ROW)
    }

    /// Appends the item, at most [`ITEM_BYTES_MAX`] bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        match self {
            Item::Message(message) => message.print(out),
            Item::Row(row) => {
                out.push(ROW);
                row.print(out);
            }
            Item::Have(have) => {
                out.push(HAVE);
                have.print(out);
            }
        }
    }
}
