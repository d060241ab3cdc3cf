//! How much room a store has left.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Tells how many bytes the disk has left.
pub trait Room: Send {
    /// Bytes free on the disk.
    fn free_bytes(&mut self) -> u64;
}

/// The room of a folder on a real disk. Where it cannot be told there is none, so
/// that new texts are refused rather than lost.
pub(crate) struct DiskRoom {
    folder: PathBuf,
    looked: Option<(Instant, u64)>,
}

/// The disk is looked at this often at the most: it takes a system call, and turns may
/// follow each other ten times as fast.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Bytes that a folder's disk has left, as a store counts them.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let stat = nix::sys::statvfs::statvfs(folder)?;
    Ok(stat.blocks_available() * stat.fragment_size())
}

impl DiskRoom {
    pub(crate) fn new(folder: &Path) -> DiskRoom {
        DiskRoom { folder: folder.to_owned(), looked: None }
    }

    fn look(&self) -> u64 {
        free_bytes(&self.folder).unwrap_or_default()
    }
}

impl Room for DiskRoom {
    fn free_bytes(&mut self) -> u64 {
        let now = Instant::now();
        match self.looked {
            Some((at, free_bytes)) if now - at < LOOK_EVERY => free_bytes,
            _ => {
                let free_bytes = self.look();
                self.looked = Some((now, free_bytes));
                free_bytes
            }
        }
    }
}

/// Room that is left for what was accepted to leave by: its records, the rewriting of
/// the log, and a segment that is about to be dropped.
pub const RESERVE_BYTES: u64 = 32 << 20;
