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

use crate::limits::{ITEM_BYTES_MAX, REPORT_RANGES_MAX, REPORT_TIMES_MAX};
use crate::varint;
use std::ops::Range;

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
/// Bytes of a report without any list.
const REPORT_LEAST_BYTES: usize = 16;

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

/// What one end tells the other of what has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report<'a> {
    /// The clock of the end that reports, in microseconds, when it did.
    pub(crate) clock: u32,
    /// The low 32 bits of the newest packet's number.
    pub(crate) newest: u32,
    /// (numbers below the newest, microseconds between this arrival and the one before
    /// it in the list, or the report): latest arrival first.
    pub(crate) times: Pairs<'a>,
    /// (numbers missing, numbers arrived less one), from the newest down.
    pub(crate) arrived: Pairs<'a>,
    /// The low 32 bits of the first item's number that is not kept.
    pub(crate) base: u32,
    /// (numbers missing, numbers kept less one), from the base up.
    pub(crate) kept: Pairs<'a>,
}

/// A list of pairs of numbers that has been parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pairs<'a>(&'a [u8]);

impl Iterator for Pairs<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        Some((varint::parse(&mut self.0)?, varint::parse(&mut self.0)?))
    }
}

impl<'a> Pairs<'a> {
    fn parse(bytes: &mut &'a [u8], pairs_max: usize) -> Option<Pairs<'a>> {
        let count = varint::parse(bytes)? as usize;
        let start = *bytes;
        for _ in 0..2 * count.min(pairs_max + 1) {
            varint::parse(bytes)?;
        }
        (count <= pairs_max).then_some(Pairs(&start[..start.len() - bytes.len()]))
    }

    /// Appends a list, as long as `bytes_max` and `pairs_max` (at most 127) allow.
    fn print(
        pairs: impl Iterator<Item = (u32, u32)>,
        pairs_max: usize,
        bytes_max: usize,
        out: &mut Vec<u8>,
    ) {
        let start = out.len();
        out.push(0);
        for (a, b) in pairs.take(pairs_max.min(127)) {
            if out.len() - start + varint::len(a) + varint::len(b) > bytes_max {
                break;
            }
            varint::print(a, out);
            varint::print(b, out);
            out[start] += 1;
        }
    }
}

/// The ranges of packets of a report, newest first, from its pairs. Counts below zero
/// end the list.
pub(crate) fn arrived_ranges(newest: u64, pairs: Pairs<'_>) -> impl Iterator<Item = Range<u64>> {
    let mut end = newest + 1;
    pairs.map_while(move |(missing, more)| {
        let top = end.checked_sub(u64::from(missing))?;
        end = top.checked_sub(u64::from(more) + 1)?;
        Some(end..top)
    })
}

/// The ranges of items of a report above its base, lowest first.
pub(crate) fn kept_ranges(base: u64, pairs: Pairs<'_>) -> impl Iterator<Item = Range<u64>> {
    let mut start = base;
    pairs.map(move |(missing, more)| {
        let range = start + u64::from(missing)..start + u64::from(missing) + u64::from(more) + 1;
        start = range.end;
        range
    })
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

impl<'a> Report<'a> {
    fn parse(rest: &mut &'a [u8]) -> Option<Report<'a>> {
        Some(Report {
            clock: u32(rest)?,
            newest: u32(rest)?,
            times: Pairs::parse(rest, REPORT_TIMES_MAX)?,
            arrived: Pairs::parse(rest, REPORT_RANGES_MAX)?,
            base: u32(rest)?,
            kept: Pairs::parse(rest, REPORT_RANGES_MAX)?,
        })
    }
}

/// What a report is made of.
pub(crate) struct ReportParts<A, K, T> {
    pub(crate) clock: u32,
    /// The newest packet that has arrived.
    pub(crate) newest: u64,
    /// As in [`Report::times`].
    pub(crate) times: T,
    /// Ranges of packets, newest first.
    pub(crate) arrived: A,
    /// The first item that is not kept.
    pub(crate) base: u64,
    /// Ranges of items above it, lowest first.
    pub(crate) kept: K,
}

impl<A, K, T> ReportParts<A, K, T>
where
    A: Iterator<Item = Range<u64>>,
    K: Iterator<Item = Range<u64>>,
    T: Iterator<Item = (u32, u32)>,
{
    /// Appends the report; its lists are cut off so that it has at most `bytes_max`.
    pub(crate) fn print(self, bytes_max: usize, out: &mut Vec<u8>) {
        let lists = bytes_max.saturating_sub(REPORT_LEAST_BYTES);
        let start = out.len();
        out.push(REPORT);
        out.extend_from_slice(&self.clock.to_be_bytes());
        out.extend_from_slice(&(self.newest as u32).to_be_bytes());
        Pairs::print(self.times, REPORT_TIMES_MAX, lists / 4 + 1, out);
        let mut end = self.newest + 1;
        let arrived = self.arrived.map(|range| {
            let pair = ((end - range.end) as u32, (range.end - range.start - 1) as u32);
            end = range.start;
            pair
        });
        Pairs::print(arrived, REPORT_RANGES_MAX, lists / 2 + 1, out);
        out.extend_from_slice(&(self.base as u32).to_be_bytes());
        let mut from = self.base;
        let kept = self.kept.map(|range| {
            let pair = ((range.start - from) as u32, (range.end - range.start - 1) as u32);
            from = range.end;
            pair
        });
        let left = bytes_max.saturating_sub(out.len() - start).max(1);
        Pairs::print(kept, REPORT_RANGES_MAX, left, out);
    }
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
