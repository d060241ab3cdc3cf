//! The frame that says what has come.

use super::{REPORT, u32};
use crate::limits::{REPORT_RANGES_MAX, REPORT_TIMES_MAX};
use crate::varint;
use std::ops::Range;

/// Bytes of a report without any list.
const REPORT_LEAST_BYTES: usize = 16;

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

impl<'a> Report<'a> {
    pub(super) fn parse(rest: &mut &'a [u8]) -> Option<Report<'a>> {
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
