//! The bytes around the records: a segment's header, and a frame for each commit.
//!
//! ```text
//!   segment   "postride"  format  server  place  crc │ frame │ frame │ …
//!                  8         4       8      8     4
//!   frame     magic  length  crc │ records
//!               4      4      4
//! ```
//!
//! Integers are little-endian; each CRC-32 covers what identifies its place as well, so
//! that bytes which belong elsewhere are never taken for valid ones.

use postrider_engine::Place;

/// The format of the data: of segments, frames and the records in them.
pub const FORMAT: u32 = 2;

pub(crate) const SEGMENT_HEADER_BYTES: u64 = 32;
pub(crate) const FRAME_HEADER_BYTES: u64 = 12;

const SEGMENT_MAGIC: [u8; 8] = *b"postride";
const FRAME_MAGIC: [u8; 4] = [0xB7, b'r', b'e', b'c'];

/// What the beginning of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) format: u32,
    pub(crate) server: u64,
    pub(crate) place: Place,
}

impl SegmentHeader {
    pub(crate) fn encode(self) -> [u8; SEGMENT_HEADER_BYTES as usize] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&self.format.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.server.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.place.0.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// None unless the bytes are whole and sound; the format may be any.
    pub(crate) fn decode(bytes: &[u8]) -> Option<SegmentHeader> {
        let bytes: &[u8; SEGMENT_HEADER_BYTES as usize] = bytes.try_into().ok()?;
        let is_sound = bytes[..8] == SEGMENT_MAGIC
            && crc32fast::hash(&bytes[..28]).to_le_bytes() == bytes[28..];
        is_sound.then_some(SegmentHeader {
            format: u32::from_le_bytes(*bytes[8..].first_chunk()?),
            server: u64::from_le_bytes(*bytes[12..].first_chunk()?),
            place: Place(u64::from_le_bytes(*bytes[20..].first_chunk()?)),
        })
    }
}

/// Writes the frame of a commit whose header stands at `place`.
pub(crate) fn encode_frame(place: Place, records: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&FRAME_MAGIC);
    into.extend_from_slice(&(records.len() as u32).to_le_bytes());
    into.extend_from_slice(&crc(place, records).to_le_bytes());
    into.extend_from_slice(records);
}

/// A frame's header, its magic being right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) length: u32,
    crc: u32,
}

impl FrameHeader {
    pub(crate) fn decode(bytes: &[u8]) -> Option<FrameHeader> {
        let rest = bytes.strip_prefix(&FRAME_MAGIC)?;
        Some(FrameHeader {
            length: u32::from_le_bytes(*rest.first_chunk()?),
            crc: u32::from_le_bytes(*rest.get(4..)?.first_chunk()?),
        })
    }

    /// Whether these are the records of the frame whose header stands at `place`.
    pub(crate) fn fits(self, place: Place, records: &[u8]) -> bool {
        records.len() as u64 == u64::from(self.length) && crc(place, records) == self.crc
    }
}

/// The first sound frame in the bytes, which begin at `place`; says where.
pub(crate) fn find_frame(place: Place, bytes: &[u8]) -> Option<Place> {
    let windows = bytes.windows(FRAME_MAGIC.len()).enumerate();
    let mut starts = windows.filter(|(_, window)| **window == FRAME_MAGIC).map(|(at, _)| at);
    starts.find_map(|at| {
        let here = Place(place.0 + at as u64);
        let header = FrameHeader::decode(&bytes[at..])?;
        let from = at + FRAME_HEADER_BYTES as usize;
        let records = bytes.get(from..from.checked_add(header.length as usize)?)?;
        header.fits(here, records).then_some(here)
    })
}

fn crc(place: Place, records: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&place.0.to_le_bytes());
    hasher.update(&(records.len() as u32).to_le_bytes());
    hasher.update(records);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segments_header_reads_back_and_no_changed_bit_is_taken_for_it() {
        let header = SegmentHeader { format: FORMAT, server: 3, place: Place(1 << 40) };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&changed), None, "bit {bit}");
        }
        assert_eq!(SegmentHeader::decode(&bytes[1..]), None);
    }

    #[test]
    fn a_frame_is_found_at_its_own_place_only() {
        let mut bytes = vec![7; 100];
        encode_frame(Place(1100), b"records", &mut bytes);
        assert_eq!(find_frame(Place(1000), &bytes), Some(Place(1100)));
        assert_eq!(find_frame(Place(1001), &bytes), None, "the same bytes elsewhere");
        bytes.pop();
        assert_eq!(find_frame(Place(1000), &bytes), None, "cut short");
    }
}
