//! Why something did not work with a profile.

use crate::KeysError;
use std::path::PathBuf;

/// Why something did not work with a profile. Unless it says otherwise nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The folder has no profile.
    #[error("there is no profile in {}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder has one already.
    #[error("there is a profile in {} already", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// Another program has it open.
    #[error("another program uses the profile in {}", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The history is of another version of this program.
    #[error("{} is of version {found}, and this program knows version {known}", file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// The history is damaged, or something else.
    #[error("{} is damaged: {why}. The keys beside it are not touched: restore it from a copy, \
             or move it away to begin a new one", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A program's key names another text already.
    #[error("another text was sent under this key; nothing was sent now")]
    KeyUsed,
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database has failed.
    #[error("the history cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was done together with it could not be written.
    #[error("nothing of this was kept: {why}")]
    NotKept {
        /// Why.
        why: String,
    },
    /// The database has undone the turn by itself.
    #[error("the history could not be written")]
    Undone,
    /// A text has no characters.
    #[error("a text has at least one character")]
    Empty,
    /// A text is too long.
    #[error("a text has at most {max} characters, this has {found}", max = crate::limits::TEXT_CHARACTERS_MAX)]
    TooLong {
        /// Its characters.
        found: usize,
    },
    /// There is no such text.
    #[error("there is no such text")]
    NoEntry,
    /// The text is not one that waits.
    #[error("the text has left")]
    HasLeft,
    /// A key is not, or no more, the one that a number is said to have.
    #[error("that is not the key that the number is said to have now")]
    OtherKey,
    /// All counts for a recipient are used up, after four thousand million messages.
    #[error("there are no more counts for this number")]
    Counts,
    /// The profile is no group's.
    #[error("the profile in {} is no group's", folder.display())]
    NoGroup {
        /// The folder.
        folder: PathBuf,
    },
    /// The group is of another version of this program.
    #[error("the group is of version {found}, and this program knows version {known}")]
    GroupVersion {
        /// Its version.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// A name that a group, or a member of one, cannot have.
    #[error("{name:?} cannot be a name in a group, or somebody else has it")]
    GroupName {
        /// The name.
        name: String,
    },
    /// There are more servers than there may be.
    #[error("a profile has at most {max} servers", max = crate::limits::SERVERS_MAX)]
    Servers,
}

impl ProfileError {
    /// Whether it may work later, as where the disk is full: the history is as it was.
    pub(crate) fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, SystemIoFailure,
        };
        let passes =
            [CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, SystemIoFailure];
        match self {
            ProfileError::Undone => true,
            ProfileError::Database(why) => {
                why.sqlite_error_code().is_some_and(|code| passes.contains(&code))
            }
            _ => false,
        }
    }
}
