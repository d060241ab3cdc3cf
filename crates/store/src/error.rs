//! What can go wrong with a data folder, and what to do about it.

use postrider_engine::Place;
use std::path::PathBuf;

/// Why the store could not do what it was asked. What had been flushed is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the folder open.
    #[error(
        "the data folder {} is in use by another postrider; \
         stop that one first, or name another folder", folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// It was written in another format.
    #[error(
        "the data is of format {found}, this program reads format {expected}; nothing was changed; \
         use the version of postrider that wrote it"
    )]
    Format {
        /// The format that was found.
        found: u32,
        /// The format of this program.
        expected: u32,
    },
    /// It belongs to another server of the line.
    #[error(
        "the data belongs to server {found}, and this is to be server {expected}; \
         nothing was changed; name the folder of server {expected}, or an empty one"
    )]
    OtherServer {
        /// Whose it is.
        found: u64,
        /// Who asked.
        expected: u64,
    },
    /// It is not a data folder.
    #[error("{what}; nothing was changed")]
    NotData {
        /// What is the matter.
        what: String,
    },
    /// Bytes that had been flushed are not what was written.
    #[error(
        "the log is damaged at {}; nothing was changed; \
         restore the folder from a backup", place.0
    )]
    Damaged {
        /// Where the bad bytes begin.
        place: Place,
    },
    /// The file system refused.
    #[error("the data folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Its error.
        source: std::io::Error,
    },
    /// A file of the folder could not be read or written.
    #[error("the log: {0}")]
    Disk(#[from] std::io::Error),
}
