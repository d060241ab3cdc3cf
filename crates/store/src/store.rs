//! An open log: appending, reading, dropping.

use crate::error::StoreError;
use crate::files::Files;
use crate::frame::{
    FORMAT, FRAME_HEADER_BYTES, FrameHeader, SEGMENT_HEADER_BYTES, SegmentHeader, encode_frame,
};
use crate::room::{RESERVE_BYTES, Room};
use postrider_engine::{Log, Place, Row};
use std::collections::VecDeque;

/// A segment's size, from which the next begins: what is dropped is freed so many
/// bytes at a time.
pub const SEGMENT_BYTES: u64 = 8 << 20;

/// Bytes of records that are read at a time at the most, to be replayed or cleaned.
const ROW_BYTES: usize = 16_200;

/// Bytes read for one record: nearly all are shorter.
const RECORD_READ_BYTES: usize = 320;

/// Bytes read at a time where records are read one after the other, and how near that is.
const AHEAD_BYTES: usize = 32 << 10;
const NEAR_BYTES: u64 = 4 << 10;

/// An open data folder. One process has it at a time.
pub struct Store {
    files: Box<dyn Files>,
    room: Box<dyn Room>,
    server: u64,
    segment_bytes: u64,
    /// Where each segment begins, oldest first.
    segments: VecDeque<Place>,
    start: Place,
    /// Where the next frame goes.
    tail: Place,
    /// What was committed last: most texts are read right after.
    last: Frame,
    /// What is being replayed or cleaned.
    reading: Frame,
    ahead: Ahead,
}

/// What was read beyond the record that was asked for. The log only grows, so it stays
/// true.
#[derive(Debug, Default)]
struct Ahead {
    place: Place,
    bytes: Vec<u8>,
    /// The last record that was asked for.
    asked: Place,
}

impl Ahead {
    /// The whole record at a place, if it is here.
    fn record(&self, place: Place) -> Option<&[u8]> {
        let offset = usize::try_from(place.0.checked_sub(self.place.0)?).ok()?;
        let rest = self.bytes.get(offset..).filter(|rest| rest.len() >= 2)?;
        rest.get(..record_size(rest))
    }

    /// Whether the records from here on will be asked for, as it seems.
    fn is_wanted(&mut self, place: Place) -> bool {
        let asked = std::mem::replace(&mut self.asked, place);
        place > asked && place.0 - asked.0 <= NEAR_BYTES
    }
}

/// A frame in memory, header included.
#[derive(Debug, Default)]
struct Frame {
    place: Place,
    bytes: Vec<u8>,
}

impl Frame {
    fn end(&self) -> Place {
        Place(self.place.0 + self.bytes.len() as u64)
    }

    /// The records from a place within them on.
    fn records_from(&self, place: Place) -> Option<&[u8]> {
        let offset = place.0.checked_sub(self.place.0 + FRAME_HEADER_BYTES)? + FRAME_HEADER_BYTES;
        self.bytes.get(offset as usize..).filter(|rest| !rest.is_empty())
    }
}

impl Store {
    pub(crate) fn new(
        files: Box<dyn Files>,
        server: u64,
        room: Box<dyn Room>,
        segment_bytes: u64,
        segments: VecDeque<Place>,
        tail: Place,
    ) -> Store {
        let start = segments.front().copied().unwrap_or_default();
        let (last, reading, ahead) = (Frame::default(), Frame::default(), Ahead::default());
        Store { files, room, server, segment_bytes, segments, start, tail, last, reading, ahead }
    }

    /// Appends the record at `place` to an empty buffer.
    pub fn read_record(&mut self, place: Place, into: &mut Vec<u8>) -> Result<(), StoreError> {
        if let Some(records) = self.last.records_from(place) {
            into.extend_from_slice(first_record(records));
            return Ok(());
        }
        if self.ahead.is_wanted(place) {
            self.read_ahead(place)?;
        }
        if let Some(record) = self.ahead.record(place) {
            into.extend_from_slice(record);
            return Ok(());
        }
        self.read_at(place, RECORD_READ_BYTES, into)?;
        let size = record_size(into);
        if size > into.len() {
            into.clear();
            self.read_at(place, size, into)?;
        }
        into.truncate(size);
        Ok(())
    }

    fn read_ahead(&mut self, place: Place) -> Result<(), StoreError> {
        if self.ahead.record(place).is_none() {
            let mut bytes = std::mem::take(&mut self.ahead.bytes);
            self.read_at(place, AHEAD_BYTES, &mut bytes)?;
            (self.ahead.place, self.ahead.bytes) = (place, bytes);
        }
        Ok(())
    }

    fn read_at(&mut self, place: Place, size: usize, into: &mut Vec<u8>) -> Result<(), StoreError> {
        let Some(segment) = self.segment_of(place) else { return Ok(()) };
        into.resize(size, 0);
        let read = self.files.read_at(segment, place.0 - segment.0, into)?;
        into.truncate(read);
        Ok(())
    }

    fn segment_of(&self, place: Place) -> Option<Place> {
        let after = self.segments.partition_point(|start| *start <= place);
        after.checked_sub(1).map(|index| self.segments[index])
    }

    /// Puts the frame that `place` belongs to into `reading`; false at the log's end.
    fn find_frame(&mut self, place: Place) -> Result<bool, StoreError> {
        let is_within = place >= self.reading.place && place < self.reading.end();
        if is_within {
            return Ok(true);
        }
        let Some(segment) = self.segment_of(place) else { return Ok(false) };
        let first = Place(segment.0 + SEGMENT_HEADER_BYTES);
        let goes_on = place == self.reading.end() && place > first;
        let mut at = if goes_on { place } else { first };
        while at < self.tail {
            self.read_frame(segment, at)?;
            if place < self.reading.end() {
                return Ok(true);
            }
            at = self.reading.end();
        }
        Ok(false)
    }

    fn read_frame(&mut self, segment: Place, place: Place) -> Result<(), StoreError> {
        let Store { files, reading, .. } = self;
        reading.place = place;
        reading.bytes.resize(FRAME_HEADER_BYTES as usize, 0);
        let damaged = StoreError::Damaged { place };
        let offset = place.0 - segment.0;
        files.read_at(segment, offset, &mut reading.bytes)?;
        let Some(header) = FrameHeader::decode(&reading.bytes) else { return Err(damaged) };
        if u64::from(header.length) > self.tail.0 - place.0 {
            return Err(damaged);
        }
        reading.bytes.resize(FRAME_HEADER_BYTES as usize + header.length as usize, 0);
        let records = &mut reading.bytes[FRAME_HEADER_BYTES as usize..];
        let read = files.read_at(segment, offset + FRAME_HEADER_BYTES, records)?;
        if header.fits(place, &records[..read]) { Ok(()) } else { Err(damaged) }
    }

    fn append(&mut self, records: &[u8]) -> Result<(), StoreError> {
        let Store { files, last, segments, tail, .. } = self;
        last.place = *tail;
        last.bytes.clear();
        encode_frame(*tail, records, &mut last.bytes);
        let newest = segments.back().copied().unwrap_or_default();
        files.write_at(newest, tail.0 - newest.0, &last.bytes)?;
        files.sync(newest)?;
        *tail = last.end();
        Ok(())
    }

    /// Each is gone for good before the next: there is never a gap.
    fn drop_segments(&mut self) -> Result<(), StoreError> {
        while self.segments.get(1).is_some_and(|second| *second <= self.start) {
            if let Some(oldest) = self.segments.pop_front() {
                self.files.remove(oldest)?;
                self.files.sync_folder()?;
            }
        }
        Ok(())
    }

    pub(crate) fn begin_segment_if_due(&mut self) -> Result<(), StoreError> {
        let newest = self.segments.back().copied();
        if newest.is_some_and(|newest| self.tail.0 - newest.0 < self.segment_bytes) {
            return Ok(());
        }
        let (place, server) = (self.tail, self.server);
        self.files.create(place)?;
        self.files.sync_folder()?;
        let header = SegmentHeader { format: FORMAT, server, place };
        self.files.write_at(place, 0, &header.encode())?;
        self.files.sync(place)?;
        self.segments.push_back(place);
        self.tail = Place(place.0 + SEGMENT_HEADER_BYTES);
        Ok(())
    }
}

impl Log for Store {
    type Error = StoreError;

    fn start(&self) -> Place {
        self.start
    }

    fn end(&self) -> Place {
        Place(self.tail.0 + FRAME_HEADER_BYTES)
    }

    fn commit(&mut self, records: &[u8], drop_before: Place) -> Result<(), StoreError> {
        self.append(records)?;
        self.start = self.start.max(drop_before);
        self.drop_segments()?;
        self.begin_segment_if_due()
    }

    fn read_row(&mut self, from: Place, into: &mut Vec<u8>) -> Result<Option<Row>, StoreError> {
        if !self.find_frame(from)? {
            return Ok(None);
        }
        let first = Place(self.reading.place.0 + FRAME_HEADER_BYTES);
        let start = from.max(first);
        let row = first_row(self.reading.records_from(start).unwrap_or_default());
        into.extend_from_slice(row);
        Ok(Some(Row { start, end: Place(start.0 + row.len() as u64) }))
    }

    fn has_room(&mut self) -> bool {
        self.room.free_bytes() >= RESERVE_BYTES
    }
}

/// The size of the record at the beginning of these bytes, its length field included.
fn record_size(bytes: &[u8]) -> usize {
    match bytes {
        [low, high, ..] => 2 + usize::from(u16::from_le_bytes([*low, *high])),
        _ => bytes.len(),
    }
}

fn first_record(bytes: &[u8]) -> &[u8] {
    bytes.get(..record_size(bytes)).unwrap_or(bytes)
}

/// As many whole records as fit into [`ROW_BYTES`], one at the least.
fn first_row(records: &[u8]) -> &[u8] {
    let mut size = 0;
    while size < records.len() {
        let with_next = size + record_size(&records[size..]);
        if size > 0 && with_next > ROW_BYTES {
            break;
        }
        size = with_next.min(records.len());
    }
    &records[..size]
}
