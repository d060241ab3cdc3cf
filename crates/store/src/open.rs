//! Opening a folder: whose it is, whether its segments follow each other, and where
//! its log ends after a crash.

use crate::error::StoreError;
use crate::files::{Files, Folder, is_locked};
use crate::frame::{
    FORMAT, FRAME_HEADER_BYTES, FrameHeader, SEGMENT_HEADER_BYTES, SegmentHeader, find_frame,
};
use crate::room::{DiskRoom, Room};
use crate::store::{SEGMENT_BYTES, Store};
use postrider_engine::Place;
use std::collections::VecDeque;
use std::path::Path;

/// What the program's first format kept everything in.
const FILE_OF_FORMAT_1: &str = "postrider.redb";

/// What `postrider check` tells of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whose data it is, from 1.
    pub server: u64,
    /// Segments of the log.
    pub segments: usize,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Bytes at its end that a crash left half written; nothing was promised of them.
    pub torn_bytes: u64,
}

/// What opening finds.
struct Found {
    server: u64,
    segments: VecDeque<Place>,
    /// Where the next frame goes.
    tail: Place,
    torn_bytes: u64,
    /// A newest segment that was begun and has nothing.
    begun: Option<Place>,
}

impl Store {
    /// Opens the folder of a server, or makes it.
    pub fn open_folder(folder: &Path, server: u64) -> Result<Store, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| refused(folder, source))?;
        let files = Box::new(open_files(folder, false)?);
        let room = Box::new(DiskRoom::new(folder));
        Store::open(files, server, room, SEGMENT_BYTES)
    }

    /// The same on files of the caller's, a new segment beginning after so many bytes.
    pub fn open(
        mut files: Box<dyn Files>,
        server: u64,
        room: Box<dyn Room>,
        segment_bytes: u64,
    ) -> Result<Store, StoreError> {
        let found = Found::look(files.as_mut(), server)?;
        if found.server != server {
            return Err(StoreError::OtherServer { found: found.server, expected: server });
        }
        if let Some(begun) = found.begun {
            files.remove(begun)?;
            files.sync_folder()?;
        }
        if let Some(newest) = found.segments.back().filter(|_| found.torn_bytes > 0) {
            files.cut(*newest, found.tail.0 - newest.0)?;
            files.sync(*newest)?;
        }
        let mut store = Store::new(files, server, room, segment_bytes, found.segments, found.tail);
        store.begin_segment_if_due()?;
        Ok(store)
    }

    /// Opens a folder that must exist to read it, and changes nothing. Every checksum
    /// is verified as the log is read.
    pub fn check_folder(folder: &Path) -> Result<(Store, Summary), StoreError> {
        if !folder.is_dir() {
            let what = format!("there is no folder {}", folder.display());
            return Err(StoreError::NotData { what });
        }
        let mut files = Box::new(open_files(folder, true)?);
        let found = Found::look(files.as_mut(), 0)?;
        let Some(start) = found.segments.front() else {
            let what = format!("there is no log in {}", folder.display());
            return Err(StoreError::NotData { what });
        };
        let summary = Summary {
            server: found.server,
            segments: found.segments.len(),
            log_bytes: found.tail.0 - start.0,
            torn_bytes: found.torn_bytes,
        };
        let room = Box::new(DiskRoom::new(folder));
        let Found { server, segments, tail, .. } = found;
        Ok((Store::new(files, server, room, SEGMENT_BYTES, segments, tail), summary))
    }
}

fn open_files(folder: &Path, read_only: bool) -> Result<Folder, StoreError> {
    if folder.join(FILE_OF_FORMAT_1).exists() {
        return Err(StoreError::Format { found: 1, expected: FORMAT });
    }
    Folder::open(folder, read_only).map_err(|source| match is_locked(&source) {
        true => StoreError::InUse { folder: folder.to_owned() },
        false => refused(folder, source),
    })
}

fn refused(folder: &Path, source: std::io::Error) -> StoreError {
    StoreError::Folder { folder: folder.to_owned(), source }
}

impl Found {
    /// Looks at all segments' headers and all frames of the newest. An empty folder is
    /// `server`'s.
    fn look(files: &mut dyn Files, server: u64) -> Result<Found, StoreError> {
        let mut found =
            Found { server, segments: VecDeque::new(), tail: Place(0), torn_bytes: 0, begun: None };
        let segments = files.segments()?;
        for (index, segment) in segments.iter().enumerate() {
            found.add(files, *segment, index + 1 == segments.len())?;
        }
        if let Some(newest) = found.segments.back().copied() {
            found.find_end(files, newest)?;
        }
        Ok(found)
    }

    fn add(&mut self, files: &mut dyn Files, place: Place, newest: bool) -> Result<(), StoreError> {
        if self.segments.back().is_some() && place != self.tail {
            return Err(StoreError::Damaged { place: self.tail });
        }
        let length = files.length(place)?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        let read = files.read_at(place, 0, &mut bytes)?;
        match SegmentHeader::decode(&bytes[..read]) {
            Some(header) if header.format != FORMAT => {
                Err(StoreError::Format { found: header.format, expected: FORMAT })
            }
            Some(header) if header.place == place => {
                self.server = header.server;
                self.segments.push_back(place);
                self.tail = Place(place.0 + length);
                Ok(())
            }
            // Its header is flushed before anything else is written to it.
            None if newest && length <= SEGMENT_HEADER_BYTES => {
                self.begun = Some(place);
                Ok(())
            }
            _ => Err(StoreError::Damaged { place }),
        }
    }

    /// Only the newest commit can be torn: after a bad frame there is no sound one.
    fn find_end(&mut self, files: &mut dyn Files, newest: Place) -> Result<(), StoreError> {
        let mut bytes = vec![0; (self.tail.0 - newest.0) as usize];
        files.read_at(newest, 0, &mut bytes)?;
        let mut at = SEGMENT_HEADER_BYTES as usize;
        while let Some(size) = frame_size(newest, &bytes, at) {
            at += size;
        }
        let end = Place(newest.0 + at as u64);
        if find_frame(end, &bytes[at..]).is_some() {
            return Err(StoreError::Damaged { place: end });
        }
        self.torn_bytes = (bytes.len() - at) as u64;
        self.tail = end;
        Ok(())
    }
}

/// The size of the sound frame at this offset of a segment's bytes.
fn frame_size(segment: Place, bytes: &[u8], at: usize) -> Option<usize> {
    let header = FrameHeader::decode(&bytes[at..])?;
    let from = at + FRAME_HEADER_BYTES as usize;
    let until = from.checked_add(header.length as usize)?;
    let records = bytes.get(from..until)?;
    header.fits(Place(segment.0 + at as u64), records).then_some(until - at)
}
