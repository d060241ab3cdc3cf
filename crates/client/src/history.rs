//! Reading the history.

use crate::{Contact, Conversation, Entry, EntryId, ProfileError};
use postrider_proto::Number;
use rusqlite::Connection;
use std::path::Path;

/// A reader of a profile's history. There may be any number beside the one [`crate::Profile`]
/// that writes, in this program and in others; each sees what has been committed.
pub struct History {
    connection: Connection,
}

impl History {
    /// Opens the history in a profile's folder, to be read only.
    pub fn open(folder: &Path) -> Result<History, ProfileError> {
        let _ = folder;
        todo!()
    }

    /// All conversations, the one with the newest text first; those with blocked numbers last.
    pub fn conversations(&self) -> Result<Vec<Conversation>, ProfileError> {
        let _ = &self.connection;
        todo!()
    }

    /// Up to `limit` texts with a number, the newest first, those before an entry if one is
    /// given: page on with the id of the last one. Costs what the page has, not the history.
    pub fn page(
        &self,
        with: Number,
        before: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, ProfileError> {
        let _ = (with, before, limit);
        todo!()
    }

    /// One text; none if there is none of this id.
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, ProfileError> {
        let _ = id;
        todo!()
    }

    /// Up to `limit` texts that came and were not marked as read, of numbers that are not
    /// blocked, the oldest first, those after an entry if one is given.
    pub fn unread(
        &self,
        after: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, ProfileError> {
        let _ = (after, limit);
        todo!()
    }

    /// Up to `limit` texts that have these words in them, the newest first.
    pub fn find(&self, words: &str, limit: usize) -> Result<Vec<Entry>, ProfileError> {
        let _ = (words, limit);
        todo!()
    }

    /// How many texts have not left this device.
    pub fn waiting(&self) -> Result<u64, ProfileError> {
        todo!()
    }

    /// What is known of a number; nothing but the number, if nothing is.
    pub fn contact(&self, number: Number) -> Result<Contact, ProfileError> {
        let _ = number;
        todo!()
    }

    /// All numbers of which something is known, by name and number.
    pub fn contacts(&self) -> Result<Vec<Contact>, ProfileError> {
        todo!()
    }
}
