//! A user on this device: number, keys, history.

use crate::{Draft, EntryId, History, Server, Stamp, Standing};
use postrider_proto::Number;
use postrider_proto::native::OwnerKey;
use std::path::{Path, PathBuf};

/// A user on this device: the number, the owner's key, the device's key, and the history, in
/// one folder. One program at a time has it.
pub struct Profile {
    folder: PathBuf,
    history: History,
}

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
    /// The database has failed.
    #[error("the history cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
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
    /// There are more servers than there may be.
    #[error("a profile has at most {max} servers", max = crate::limits::SERVERS_MAX)]
    Servers,
}

impl Profile {
    /// Makes a new one, with new keys, in a folder that has none; the folder is made.
    pub fn create(folder: &Path, number: Number) -> Result<Profile, ProfileError> {
        let _ = (folder, number);
        todo!()
    }

    /// Makes one of an owner's 24 words: on a new device, or after the old one was lost.
    pub fn restore(folder: &Path, number: Number, words: &str) -> Result<Profile, ProfileError> {
        let _ = (folder, number, words);
        todo!()
    }

    /// Opens one. Refuses one that another program has, that is damaged, or of another version.
    pub fn open(folder: &Path) -> Result<Profile, ProfileError> {
        let _ = folder;
        todo!()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its number.
    pub fn number(&self) -> Number {
        todo!()
    }

    /// The key that the number is, or is to be, bound to.
    pub fn owner_key(&self) -> OwnerKey {
        todo!()
    }

    /// The owner's secret as 24 words. Who has them has the number.
    pub fn words(&self) -> String {
        todo!()
    }

    /// Reads the history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The servers, the preferred one first.
    pub fn servers(&self) -> Result<Vec<Server>, ProfileError> {
        todo!()
    }

    /// Sets the servers, the preferred one first; 16 at most.
    pub fn set_servers(&mut self, servers: &[Server]) -> Result<(), ProfileError> {
        let _ = servers;
        todo!()
    }

    /// Keeps a text to be sent; it is on disk when this returns.
    pub fn compose(&mut self, draft: &Draft, now: Stamp) -> Result<EntryId, ProfileError> {
        let _ = (draft, now);
        todo!()
    }

    /// Takes back a text that waits and was not handed to any server.
    pub fn withdraw(&mut self, entry: EntryId) -> Result<(), ProfileError> {
        let _ = entry;
        todo!()
    }

    /// Marks the texts of a number as read, up to an entry; if `tell`, their senders will be
    /// told so.
    pub fn mark_read(
        &mut self,
        with: Number,
        up_to: EntryId,
        tell: bool,
        now: Stamp,
    ) -> Result<(), ProfileError> {
        let _ = (with, up_to, tell, now);
        todo!()
    }

    /// Gives a number a name; none takes it away.
    pub fn set_name(&mut self, number: Number, name: Option<&str>) -> Result<(), ProfileError> {
        let _ = (number, name);
        todo!()
    }

    /// Says whether a number's texts are wanted.
    pub fn set_standing(&mut self, number: Number, as_: Standing) -> Result<(), ProfileError> {
        let _ = (number, as_);
        todo!()
    }

    /// Takes the key that a number is said to have now for its own: what was signed with it
    /// counts as verified, and what waits for the number may go. Another key than
    /// [`crate::Contact::new_key`] is refused, since it may have changed meanwhile.
    pub fn accept_key(&mut self, number: Number, key: OwnerKey) -> Result<(), ProfileError> {
        let _ = (number, key);
        todo!()
    }
}
