//! What has come from the other end: each item once, and what to report of it.

use crate::Time;
use crate::arrivals::Arrivals;
use crate::delay::micros_of;
use crate::durations::{REPORT_DELAY, REPORT_SPACING};
use crate::frame::{Frame, Frames, ITEM_NUMBER_BITS, ItemFrame, ReportParts};
use crate::limits::{
    ITEM_BYTES_MAX, ITEM_WINDOW, PARTIALS_MAX, PARTS_MAX, REPORT_TIMES_MAX, UNREPORTED_MAX,
};
use crate::packet::nearest;
use crate::ranges::{Inserted, Ranges};
use std::collections::VecDeque;
use std::time::Duration;

/// Why a packet was not taken. Nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// It says what no sender may.
    Wrong,
    /// There is no room; its sender will send it again.
    Busy,
}

/// An item of which only parts have come.
#[derive(Debug)]
struct Partial {
    number: u64,
    bytes: Vec<u8>,
    /// Offset and length of the parts that have come.
    parts: [(u16, u16); PARTS_MAX],
    count: usize,
}

/// The receiving half of a session.
#[derive(Debug)]
pub(crate) struct Intake {
    arrivals: Arrivals,
    /// The latest arrivals since the last report, latest first.
    times: VecDeque<(u64, Time)>,
    /// Items that were handed up.
    seen: Ranges,
    /// Items that the caller has in custody.
    kept: Ranges,
    partials: Vec<Partial>,
    spare: Vec<Vec<u8>>,
    unreported: u32,
    report_at: Option<Time>,
    last_report: Time,
}

impl Intake {
    pub(crate) fn new(now: Time) -> Intake {
        Intake {
            arrivals: Arrivals::new(),
            times: VecDeque::with_capacity(REPORT_TIMES_MAX),
            seen: Ranges::default(),
            kept: Ranges::default(),
            partials: Vec::new(),
            spare: Vec::new(),
            unreported: 0,
            report_at: None,
            last_report: now,
        }
    }

    pub(crate) fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// When a report is due.
    pub(crate) fn report_at(&self) -> Option<Time> {
        self.report_at
    }

    /// Items that were handed up and are not in custody yet.
    pub(crate) fn awaited(&self) -> u64 {
        let above = |ranges: &Ranges| {
            ranges.base() + ranges.above().iter().map(|range| range.end - range.start).sum::<u64>()
        };
        above(&self.seen) - above(&self.kept)
    }

    /// Whether all of a packet can be taken.
    pub(crate) fn check(&self, frames: Frames<'_>) -> Result<(), NotTaken> {
        let mut new_partials = 0;
        for frame in frames {
            let Frame::Item(item) = frame else { continue };
            let number = self.number(&item);
            if number >= self.kept.base() + ITEM_WINDOW {
                return Err(NotTaken::Wrong);
            }
            if self.seen.contains(number) {
                continue;
            }
            new_partials += usize::from(self.is_new_partial(number, &item)?);
        }
        let has_room = self.partials.len() + new_partials <= PARTIALS_MAX;
        if has_room { Ok(()) } else { Err(NotTaken::Busy) }
    }

    fn is_new_partial(&self, number: u64, item: &ItemFrame<'_>) -> Result<bool, NotTaken> {
        let Some(part) = item.part else { return Ok(false) };
        let Some(partial) = self.partials.iter().find(|partial| partial.number == number) else {
            return Ok(true);
        };
        let fits = partial.bytes.len() == usize::from(part.total)
            && (partial.has(part.offset, item.bytes.len()) || partial.is_free(part.offset, item));
        if fits { Ok(false) } else { Err(NotTaken::Wrong) }
    }

    /// Takes an item or a part of one; hands it up if that makes it whole. To be called
    /// only after [`Intake::check`] of its packet.
    pub(crate) fn take(
        &mut self,
        now: Time,
        item: &ItemFrame<'_>,
        hand_up: impl FnOnce(u64, &[u8]),
    ) {
        let number = self.number(item);
        if self.seen.contains(number) {
            // The report of its custody was lost.
            if self.kept.contains(number) {
                self.want_report(now);
            }
            return;
        }
        let Some(part) = item.part else {
            self.hand_up(number, item.bytes, hand_up);
            return;
        };
        let index = self.partial(number, part.total);
        self.partials[index].add(part.offset, item.bytes);
        if self.partials[index].is_whole() {
            let partial = self.partials.swap_remove(index);
            self.hand_up(number, &partial.bytes, hand_up);
            self.spare.push(partial.bytes);
        }
    }

    /// A packet has been taken; `asks` if its sender waits for a report of it.
    pub(crate) fn arrived(&mut self, now: Time, number: u64, asks: bool) {
        self.arrivals.record(number);
        if !asks {
            return;
        }
        if self.times.len() == REPORT_TIMES_MAX {
            self.times.pop_back();
        }
        self.times.push_front((number, now));
        self.unreported += 1;
        self.report_by(now + REPORT_DELAY);
        if self.unreported >= UNREPORTED_MAX {
            self.want_report(now);
        }
    }

    /// The caller has an item in custody; false if it was never handed up, or is known.
    pub(crate) fn keep(&mut self, now: Time, number: u64, rtt: Duration) -> bool {
        let kept = self.seen.contains(number) && self.kept.insert(number) == Inserted::New;
        if kept {
            self.report_by(now.max(self.last_report + (rtt / 8).min(REPORT_SPACING)));
        }
        kept
    }

    /// A report is wanted at once.
    pub(crate) fn want_report(&mut self, now: Time) {
        self.report_by(now);
    }

    /// Appends the report, if anything has ever come.
    pub(crate) fn print_report(&mut self, now: Time, bytes_max: usize, out: &mut Vec<u8>) {
        self.report_at = None;
        let Some(newest) = self.arrivals.newest() else { return };
        let mut since = now;
        let times = self.times.iter().map(|(number, at)| {
            let age = since.since(*at).as_micros() as u32;
            since = *at;
            ((newest - number) as u32, age)
        });
        let parts = ReportParts {
            clock: micros_of(now),
            newest,
            times,
            arrived: self.arrivals.ranges(),
            base: self.kept.base(),
            kept: self.kept.above().iter().cloned(),
        };
        parts.print(bytes_max, out);
        self.times.clear();
        self.unreported = 0;
        self.last_report = now;
    }

    fn report_by(&mut self, at: Time) {
        self.report_at = Some(self.report_at.map_or(at, |set| set.min(at)));
    }

    fn number(&self, item: &ItemFrame<'_>) -> u64 {
        nearest(u64::from(item.number), ITEM_NUMBER_BITS, self.seen.base())
    }

    fn hand_up(&mut self, number: u64, bytes: &[u8], hand_up: impl FnOnce(u64, &[u8])) {
        if self.seen.insert(number) == Inserted::New {
            hand_up(number, bytes);
        }
    }

    fn partial(&mut self, number: u64, total: u16) -> usize {
        let found = self.partials.iter().position(|partial| partial.number == number);
        found.unwrap_or_else(|| {
            let spare = self.spare.pop();
            let mut bytes = spare.unwrap_or_else(|| Vec::with_capacity(ITEM_BYTES_MAX));
            bytes.clear();
            bytes.resize(usize::from(total), 0);
            let parts = [(0, 0); PARTS_MAX];
            self.partials.push(Partial { number, bytes, parts, count: 0 });
            self.partials.len() - 1
        })
    }
}

impl Partial {
    fn has(&self, offset: u16, length: usize) -> bool {
        self.parts[..self.count].contains(&(offset, length as u16))
    }

    /// Whether a part overlaps none that has come, and there may be another.
    fn is_free(&self, offset: u16, item: &ItemFrame<'_>) -> bool {
        let end = usize::from(offset) + item.bytes.len();
        let apart = |(from, length): &(u16, u16)| {
            end <= usize::from(*from) || usize::from(*from + *length) <= usize::from(offset)
        };
        self.count < PARTS_MAX && self.parts[..self.count].iter().all(apart)
    }

    fn add(&mut self, offset: u16, bytes: &[u8]) {
        if self.has(offset, bytes.len()) || self.count == PARTS_MAX {
            return;
        }
        let from = usize::from(offset);
        if let Some(place) = self.bytes.get_mut(from..from + bytes.len()) {
            place.copy_from_slice(bytes);
            self.parts[self.count] = (offset, bytes.len() as u16);
            self.count += 1;
        }
    }

    fn is_whole(&self) -> bool {
        let come = self.parts[..self.count].iter().map(|(_, length)| usize::from(*length));
        come.sum::<usize>() == self.bytes.len()
    }
}
