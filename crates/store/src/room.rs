//! How much room a store has left.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Tells how many bytes the disk has left, and how many the store's file takes.
pub trait Room: Send {
    /// Bytes free on the disk.
    fn free_bytes(&mut self) -> u64;
    /// Bytes that the file takes on the disk.
    fn used_bytes(&mut self) -> u64;
}

/// The room of a file on a real disk. Where it cannot be told there is none, so
/// that new texts are refused rather than lost.
pub fn disk_room(file: PathBuf) -> impl Room {
    DiskRoom { file }
}

struct DiskRoom {
    file: PathBuf,
}

/// `st_blocks` is in units of 512 bytes, whatever the disk's blocks are.
const STAT_BLOCK_BYTES: u64 = 512;

impl Room for DiskRoom {
    fn free_bytes(&mut self) -> u64 {
        nix::sys::statvfs::statvfs(&self.file)
            .map_or(0, |stat| stat.blocks_available() * stat.fragment_size())
    }

    fn used_bytes(&mut self) -> u64 {
        fs::metadata(&self.file).map_or(0, |file| file.blocks() * STAT_BLOCK_BYTES)
    }
}
