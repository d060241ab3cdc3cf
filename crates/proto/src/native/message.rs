//! Messages: texts and receipts with their header.

use super::bytes::{byte, take, take_slice, u16, u32};
use super::{
    Age, Content, Count, Epoch, Hops, Lifetime, Malformed, MessageId, Part, Precedence, Receipt,
    Signature,
};
use crate::Number;

/// What a message's signature is made over begins with this.
const LABEL: &[u8] = b"postrider message v1\0";

const TEXT: u8 = 0;
const RECEIPT: u8 = 1;
const HISTORY: u8 = 2;
const KIND_SHIFT: u32 = 4;
const PRECEDENCE_SHIFT: u32 = 2;
const SIGNED: u8 = 2;
const IN_PARTS: u8 = 1;
/// The form of what servers say; see `Content` for a text's.
const SERVERS_FORM: u8 = 4;
const NUMBER_BITS: u32 = 34;

/// A message, as the network carries it. Borrowed and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What tells it from every other.
    pub id: MessageId,
    /// How old it may become.
    pub lifetime: Lifetime,
    /// How old it is. Changes on the way.
    pub age: Age,
    /// How many more servers may hand it on. Changes on the way.
    pub hops: Hops,
    /// What goes first.
    pub precedence: Precedence,
    /// What it says.
    pub body: Body<'a>,
    /// Its sender's, over [`Message::signed_part`]. None of a classic user's, which is
    /// shown as unverified, and of a server's receipt.
    pub signature: Option<&'a Signature>,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// What a person wrote.
    Text {
        /// Which part of it, if it is longer than a message.
        part: Option<Part>,
        /// The text.
        content: Content<'a>,
    },
    /// What became of another message.
    Receipt(Receipt),
    /// What the home that the recipient had before says to the one that it has now: it has
    /// taken all of this sender's and epoch's messages from `first` up to the header's
    /// count, and nobody else is to take them again.
    History {
        /// The first of them.
        first: Count,
    },
}

impl<'a> Message<'a> {
    /// Bytes of a message beside its body: the header, the part, the signature.
    pub const OVERHEAD_BYTES_MAX: usize = 21 + 1 + 64;
    /// The most bytes of a message.
    pub const BYTES_MAX: usize = Message::OVERHEAD_BYTES_MAX + Content::SEALED_BYTES_MAX;

    /// Reads all of the bytes. Costs no allocation, and one pass over a text.
    pub fn parse(mut bytes: &'a [u8]) -> Result<Message<'a>, Malformed> {
        let fields = &mut bytes;
        let shape = byte(fields)?;
        let (hops, age) = (Hops(byte(fields)?), Age::from_code(u16(fields)?));
        let (form, from, to) = form_and_numbers(take(fields)?)?;
        let epoch = Epoch::from_bytes(*take(fields)?);
        let count = Count::from_value(u32(fields)?).ok_or(Malformed::Zero)?;
        let lifetime = Lifetime::from_code(byte(fields)?);
        let part = part(shape, fields)?;
        let (body, signature) = split_signature(shape, fields)?;
        Ok(Message {
            id: MessageId { from, to, epoch, count },
            lifetime,
            age,
            hops,
            precedence: Precedence::from_low_bits(shape >> PRECEDENCE_SHIFT),
            body: Body::parse(shape >> KIND_SHIFT, form, part, count, body)?,
            signature,
        })
    }

    /// Appends the message, at most [`Message::BYTES_MAX`] bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        out.push(self.shape(self.signature.is_some()));
        out.push(self.hops.0);
        out.extend_from_slice(&self.age.code().to_be_bytes());
        self.print_unchanging(out);
        out.extend_from_slice(self.signature.map_or(&[][..], |signature| &signature[..]));
    }

    /// Appends what the sender signs: a label, and all that does not change on the
    /// way. Is the same before and after the message has its signature.
    pub fn signed_part(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(LABEL);
        out.push(self.shape(true));
        self.print_unchanging(out);
    }

    /// The first byte.
    fn shape(&self, is_signed: bool) -> u8 {
        let (kind, part) = match self.body {
            Body::Text { part, .. } => (TEXT, part),
            Body::Receipt(_) => (RECEIPT, None),
            Body::History { .. } => (HISTORY, None),
        };
        kind << KIND_SHIFT
            | self.precedence.code() << PRECEDENCE_SHIFT
            | if is_signed { SIGNED } else { 0 }
            | if part.is_some() { IN_PARTS } else { 0 }
    }

    /// All between the age and the signature.
    fn print_unchanging(&self, out: &mut Vec<u8>) {
        let (from, to) = (u128::from(self.id.from.value()), u128::from(self.id.to.value()));
        let packed = u128::from(self.body.form()) << (2 * NUMBER_BITS) | from << NUMBER_BITS | to;
        out.extend_from_slice(&packed.to_be_bytes()[7..]);
        out.extend_from_slice(&self.id.epoch.to_bytes());
        out.extend_from_slice(&self.id.count.value().to_be_bytes());
        out.push(self.lifetime.code());
        self.body.print(out);
    }
}

impl<'a> Body<'a> {
    fn parse(
        kind: u8,
        form: u8,
        part: Option<Part>,
        count: Count,
        bytes: &'a [u8],
    ) -> Result<Body<'a>, Malformed> {
        match (kind, form, part) {
            (TEXT, _, _) => Ok(Body::Text { part, content: Content::parse(form, bytes)? }),
            (RECEIPT, SERVERS_FORM, None) => Receipt::parse(bytes).map(Body::Receipt),
            (HISTORY, SERVERS_FORM, None) => parse_history(count, bytes),
            (RECEIPT | HISTORY, SERVERS_FORM, Some(_)) => Err(Malformed::Part),
            (RECEIPT | HISTORY, _, _) => Err(Malformed::Form),
            _ => Err(Malformed::ItemKind),
        }
    }

    fn form(&self) -> u8 {
        match self {
            Body::Text { content, .. } => content.code(),
            Body::Receipt(_) | Body::History { .. } => SERVERS_FORM,
        }
    }

    /// The part, if it is one, and what is said.
    fn print(&self, out: &mut Vec<u8>) {
        match self {
            Body::Text { part, content } => {
                out.extend(part.map(Part::to_byte));
                out.extend_from_slice(content.bytes());
            }
            Body::Receipt(receipt) => receipt.print(out),
            Body::History { first } => out.extend_from_slice(&first.value().to_be_bytes()),
        }
    }
}

fn parse_history(last: Count, mut bytes: &[u8]) -> Result<Body<'_>, Malformed> {
    let first = Count::from_value(u32(&mut bytes)?).ok_or(Malformed::Zero)?;
    if !bytes.is_empty() {
        return Err(Malformed::Trailing);
    }
    if first <= last { Ok(Body::History { first }) } else { Err(Malformed::Range) }
}

/// Four bits of form, and the numbers of 34 bits each.
fn form_and_numbers(bytes: &[u8; 9]) -> Result<(u8, Number, Number), Malformed> {
    let packed = bytes.iter().fold(0, |packed, byte| packed << 8 | u128::from(*byte));
    let number = |shift: u32| {
        let value = (packed >> shift) as u64 & ((1 << NUMBER_BITS) - 1);
        Number::from_value(value).ok_or(Malformed::Number)
    };
    Ok(((packed >> (2 * NUMBER_BITS)) as u8, number(NUMBER_BITS)?, number(0)?))
}

fn part(shape: u8, fields: &mut &[u8]) -> Result<Option<Part>, Malformed> {
    if shape & IN_PARTS == 0 {
        return Ok(None);
    }
    Part::from_byte(byte(fields)?).map(Some).ok_or(Malformed::Part)
}

fn split_signature<'a>(
    shape: u8,
    fields: &mut &'a [u8],
) -> Result<(&'a [u8], Option<&'a Signature>), Malformed> {
    if shape & SIGNED == 0 {
        return Ok((fields, None));
    }
    let body = fields.len().checked_sub(size_of::<Signature>()).ok_or(Malformed::Ended)?;
    let body = take_slice(fields, body)?;
    Ok((body, Some(take(fields)?)))
}
