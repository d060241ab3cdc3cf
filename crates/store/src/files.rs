//! The files of a data folder: the one place where the store meets the file system.

use postrider_engine::Place;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A folder of segments, each named by the place of its first byte. Simulated disks
/// and the disks of tests are others.
pub trait Files: Send {
    /// The segments that are there, in order.
    fn segments(&mut self) -> Result<Vec<Place>>;
    /// A segment's length in bytes.
    fn length(&mut self, segment: Place) -> Result<u64>;
    /// Reads from an offset, as many bytes as there are and fit; returns how many.
    fn read_at(&mut self, segment: Place, offset: u64, into: &mut [u8]) -> Result<usize>;
    /// Makes an empty segment. It is there for good after [`Files::sync_folder`].
    fn create(&mut self, segment: Place) -> Result<()>;
    /// Writes at an offset, at most the segment's length.
    fn write_at(&mut self, segment: Place, offset: u64, bytes: &[u8]) -> Result<()>;
    /// Makes a segment shorter.
    fn cut(&mut self, segment: Place, length: u64) -> Result<()>;
    /// Removes a segment. It is gone for good after [`Files::sync_folder`].
    fn remove(&mut self, segment: Place) -> Result<()>;
    /// Returns once all that was written to a segment is on the disk.
    fn sync(&mut self, segment: Place) -> Result<()>;
    /// Returns once all that was created and removed is on the disk.
    fn sync_folder(&mut self) -> Result<()>;
}

/// Open files at the most: the one that is written, and those read lately.
const OPEN_MAX: usize = 16;

const PREFIX: &str = "log-";

/// A real folder.
pub(crate) struct Folder {
    path: PathBuf,
    /// Keeps the lock, and is what is synced after a change of names.
    folder: File,
    open: BTreeMap<Place, File>,
    read_only: bool,
}

impl Folder {
    /// Opens the folder and locks it, as long as this lives.
    pub(crate) fn open(path: &Path, read_only: bool) -> Result<Folder> {
        let folder = File::open(path)?;
        folder.try_lock()?;
        Ok(Folder { path: path.to_owned(), folder, open: BTreeMap::new(), read_only })
    }

    fn path_of(&self, segment: Place) -> PathBuf {
        self.path.join(format!("{PREFIX}{:016x}", segment.0))
    }

    fn file(&mut self, segment: Place) -> Result<&File> {
        if !self.open.contains_key(&segment) {
            let file =
                OpenOptions::new().read(true).write(!self.read_only).open(self.path_of(segment))?;
            self.keep_open(segment, file);
        }
        self.open.get(&segment).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// The newest is written all the time and stays.
    fn keep_open(&mut self, segment: Place, file: File) {
        if self.open.len() >= OPEN_MAX {
            self.open.pop_first();
        }
        self.open.insert(segment, file);
    }
}

impl Files for Folder {
    fn segments(&mut self) -> Result<Vec<Place>> {
        let mut segments = Vec::new();
        for entry in self.path.read_dir()? {
            let name = entry?.file_name();
            let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            let place = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            segments.extend(place.map(Place));
        }
        segments.sort_unstable();
        Ok(segments)
    }

    fn length(&mut self, segment: Place) -> Result<u64> {
        Ok(self.file(segment)?.metadata()?.len())
    }

    fn read_at(&mut self, segment: Place, offset: u64, into: &mut [u8]) -> Result<usize> {
        let (file, mut read) = (self.file(segment)?, 0);
        while read < into.len() {
            match file.read_at(&mut into[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn create(&mut self, segment: Place) -> Result<()> {
        let path = self.path_of(segment);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        self.keep_open(segment, file);
        Ok(())
    }

    fn write_at(&mut self, segment: Place, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file(segment)?.write_all_at(bytes, offset)
    }

    fn cut(&mut self, segment: Place, length: u64) -> Result<()> {
        self.file(segment)?.set_len(length)
    }

    fn remove(&mut self, segment: Place) -> Result<()> {
        self.open.remove(&segment);
        std::fs::remove_file(self.path_of(segment))
    }

    fn sync(&mut self, segment: Place) -> Result<()> {
        self.file(segment)?.sync_data()
    }

    fn sync_folder(&mut self) -> Result<()> {
        self.folder.sync_all()
    }
}

/// Whether an error of [`Folder::open`] says that another process has the folder.
pub(crate) fn is_locked(error: &Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
