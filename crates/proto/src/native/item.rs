//! Items: what servers hand each other, and links acknowledge.

use super::bytes::{byte, put_varint, varint};
use super::{
    Answer, Ask, Attach, ClaimItem, Dispute, Have, ITEM_BYTES_MAX, Malformed, Message, Row, Trace,
    Unknown,
};

const MESSAGE_LAST: u8 = 0x7f;
const ROW: u8 = 0x80;
const HAVE: u8 = 0x81;
const ATTACH: u8 = 0x82;
const CLAIM: u8 = 0x83;
const ANSWER: u8 = 0x84;
const ASK: u8 = 0x85;
const UNKNOWN: u8 = 0x86;
const TRACE: u8 = 0x87;
const DISPUTE: u8 = 0x88;

/// What a link hands over. The first byte says which; those below 0x80 are a message's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A message, to be kept or handed on.
    Message(Message<'a>),
    /// A row of the directory.
    Row(SentRow<'a>),
    /// A part of what the other side has seen of the directory.
    Have(Have<'a>),
    /// From a client: it wants to be attached.
    Attach(Attach<'a>),
    /// From a client: its number is to be at home here, or to be given up.
    Claim(ClaimItem<'a>),
    /// To a client: what became of either.
    Answer(Answer),
    /// From a client: what does the directory say? Between servers: where is a message?
    Ask(Ask),
    /// To a client: nothing.
    Unknown(Unknown),
    /// To whoever asked: where a message is.
    Trace(Trace),
    /// To a client: another key had its number. Between servers: the same, for its home.
    Dispute(Dispute),
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
            ATTACH => Attach::parse(&mut fields).map(Item::Attach),
            CLAIM => ClaimItem::parse(&mut fields).map(Item::Claim),
            ANSWER => Answer::parse(&mut fields).map(Item::Answer),
            ASK => Ask::parse_all(&mut fields).map(Item::Ask),
            UNKNOWN => Ask::parse_all(&mut fields).map(|ask| Item::Unknown(Unknown(ask))),
            TRACE => Trace::parse(&mut fields).map(Item::Trace),
            DISPUTE => Dispute::parse(&mut fields).map(Item::Dispute),
            _ => Err(Malformed::ItemKind),
        }
    }

    /// Whether the bytes can only be a row. Looks at the first.
    pub fn is_row(bytes: &[u8]) -> bool {
        bytes.first() == Some(&ROW)
    }

    /// Whether the bytes can only be a message. Looks at the first.
    pub fn is_message(bytes: &[u8]) -> bool {
        bytes.first().is_some_and(|first| *first <= MESSAGE_LAST)
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
            Item::Attach(attach) => {
                out.push(ATTACH);
                attach.print(out);
            }
            Item::Claim(claim) => {
                out.push(CLAIM);
                claim.print(out);
            }
            Item::Answer(answer) => {
                out.push(ANSWER);
                answer.print(out);
            }
            Item::Ask(ask) => {
                out.push(ASK);
                ask.print(out);
            }
            Item::Unknown(Unknown(ask)) => {
                out.push(UNKNOWN);
                ask.print(out);
            }
            Item::Trace(trace) => {
                out.push(TRACE);
                trace.print(out);
            }
            Item::Dispute(dispute) => {
                out.push(DISPUTE);
                dispute.print(out);
            }
        }
    }
}
