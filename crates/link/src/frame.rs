//! What is in the body of a data packet (docs/protocol/link.md).
//!
//! ```text
//!   ping    01                       is answered by a report at once
//!   report  02 …                     which packets have arrived, which items are kept
//!   close   03 reason                the session ends
//!   item    1LPnnnnn number 2, [offset 2, total 2] if P, [length] if L, bytes
//! ```
//!
//! The last item of a packet has no length. The frames of a packet are parsed whole
//! before the first is acted upon.

mod report;

pub(crate) use report::{Report, ReportParts, arrived_ranges, kept_ranges};

use crate::limits::ITEM_BYTES_MAX;
use crate::varint;

const PING: u8 = 1;
const REPORT: u8 = 2;
const CLOSE: u8 = 3;
const ITEM: u8 = 0x80;
const HAS_LENGTH: u8 = 0x40;
const IS_PART: u8 = 0x20;

/// Bits of an item's number that are sent.
pub(crate) const ITEM_NUMBER_BITS: u32 = 21;
/// Bytes of an item's frame beside its bytes, where it has neither part nor length.
pub(crate) const ITEM_HEADER_BYTES: usize = 3;
/// Bytes that say which part of an item it is.
pub(crate) const PART_BYTES: usize = 4;

/// A frame, borrowed from the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Ping,
    Report(Report<'a>),
    /// See [`crate::CloseReason`].
    Close(u8),
    Item(ItemFrame<'a>),
}

/// An item, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ItemFrame<'a> {
    /// The low [`ITEM_NUMBER_BITS`] of its number.
    pub(crate) number: u32,
    pub(crate) part: Option<Part>,
    pub(crate) bytes: &'a [u8],
}

/// Where the bytes of a part belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Of its first byte.
    pub(crate) offset: u16,
    /// Bytes of the whole item.
    pub(crate) total: u16,
}

/// The frames of a body, which is parsed whole first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frames<'a>(&'a [u8]);

impl<'a> Frames<'a> {
    /// None if anything in the body is not a frame, or is larger than it may be.
    pub(crate) fn parse(body: &'a [u8]) -> Option<Frames<'a>> {
        let mut rest = body;
        while !rest.is_empty() {
            Frame::parse(&mut rest)?;
        }
        Some(Frames(body))
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        Frame::parse(&mut self.0)
    }
}

impl<'a> Frame<'a> {
    fn parse(rest: &mut &'a [u8]) -> Option<Frame<'a>> {
        match byte(rest)? {
            PING => Some(Frame::Ping),
            REPORT => Report::parse(rest).map(Frame::Report),
            CLOSE => byte(rest).map(Frame::Close),
            first if first & ITEM != 0 => ItemFrame::parse(first, rest).map(Frame::Item),
            _ => None,
        }
    }
}

impl<'a> ItemFrame<'a> {
    fn parse(first: u8, rest: &mut &'a [u8]) -> Option<ItemFrame<'a>> {
        let number = u32::from(first & 0x1f) << 16 | u32::from(u16(rest)?);
        let part = match first & IS_PART {
            0 => None,
            _ => Some(Part { offset: u16(rest)?, total: u16(rest)? }),
        };
        let length = match first & HAS_LENGTH {
            0 => rest.len(),
            _ => varint::parse(rest)? as usize,
        };
        let (bytes, after) = rest.split_at_checked(length)?;
        *rest = after;
        let item = ItemFrame { number, part, bytes };
        item.is_sound().then_some(item)
    }

    fn is_sound(&self) -> bool {
        let (end, total) = match self.part {
            None => (self.bytes.len(), ITEM_BYTES_MAX),
            Some(part) => (usize::from(part.offset) + self.bytes.len(), usize::from(part.total)),
        };
        !self.bytes.is_empty() && end <= total && total <= ITEM_BYTES_MAX
    }

    /// Appends the frame; the last of a packet needs no length.
    pub(crate) fn print(&self, is_last: bool, out: &mut Vec<u8>) {
        let number = self.number.to_be_bytes();
        let has_length = if is_last { 0 } else { HAS_LENGTH };
        let is_part = if self.part.is_some() { IS_PART } else { 0 };
        out.extend_from_slice(&[ITEM | has_length | is_part | number[1] & 0x1f]);
        out.extend_from_slice(&number[2..]);
        if let Some(part) = self.part {
            out.extend_from_slice(&part.offset.to_be_bytes());
            out.extend_from_slice(&part.total.to_be_bytes());
        }
        if !is_last {
            varint::print(self.bytes.len() as u32, out);
        }
        out.extend_from_slice(self.bytes);
    }
}

pub(crate) fn print_ping(out: &mut Vec<u8>) {
    out.push(PING);
}

pub(crate) fn print_close(reason: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[CLOSE, reason]);
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (byte, after) = rest.split_first()?;
    *rest = after;
    Some(*byte)
}

fn u16(rest: &mut &[u8]) -> Option<u16> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u16::from_be_bytes(*bytes))
}

fn u32(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests;
