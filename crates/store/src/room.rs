//! How much room a store has left.

use std::path::PathBuf;

/// Tells how many bytes the disk has left.
pub trait Room: Send {
    /// Bytes free on the disk.
    fn free_bytes(&mut self) -> u64;
}

/// The room of a folder on a real disk. Where it cannot be told there is none, so
/// that new texts are refused rather than lost.
pub(crate) struct DiskRoom {
    pub(crate) folder: PathBuf,
}

impl Room for DiskRoom {
    fn free_bytes(&mut self) -> u64 {
        nix::sys::statvfs::statvfs(&self.folder)
            .map_or(0, |stat| stat.blocks_available() * stat.fragment_size())
    }
}

/// Room that is left for what was accepted to leave by: its records, the rewriting of
/// the log, and a segment that is about to be dropped.
pub(crate) const RESERVE_BYTES: u64 = 32 << 20;
