//! A hook, and what was told to it, in a file of the application's folder.

use postrider_client::EntryId;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

const FILE: &str = "hook.db";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS hook (
  one INTEGER PRIMARY KEY CHECK (one = 1), address TEXT NOT NULL, secret BLOB NOT NULL,
  since INTEGER NOT NULL,            -- the newest text when it was set: later ones are told
  received INTEGER NOT NULL          -- the last text that came and was told
);
-- Of texts that were sent, what was told last.
CREATE TABLE IF NOT EXISTS told (text INTEGER PRIMARY KEY, state TEXT NOT NULL);
";

/// Where what happens is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) address: String,
    pub(crate) secret: Vec<u8>,
    /// The newest text when it was set.
    pub(crate) since: EntryId,
    /// The last text that came and was told.
    pub(crate) received: EntryId,
}

/// The file.
pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(folder: &Path) -> Result<Store, rusqlite::Error> {
        let connection = Connection::open(folder.join(FILE))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.execute_batch(TABLES)?;
        Ok(Store(connection))
    }

    pub(crate) fn hook(&self) -> Result<Option<Kept>, rusqlite::Error> {
        let hook = "SELECT address, secret, since, received FROM hook";
        let read = |row: &rusqlite::Row<'_>| {
            let (since, received) = (EntryId(row.get(2)?), EntryId(row.get(3)?));
            Ok(Kept { address: row.get(0)?, secret: row.get(1)?, since, received })
        };
        self.0.query_row(hook, [], read).optional()
    }

    /// In the place of the one that is there.
    pub(crate) fn set(
        &self,
        address: &str,
        secret: &[u8],
        newest: EntryId,
    ) -> Result<(), rusqlite::Error> {
        let set = "INSERT OR REPLACE INTO hook VALUES (1, ?1, ?2, ?3, ?3)";
        self.0.execute("DELETE FROM told", [])?;
        self.0.execute(set, params![address, secret, newest.0]).map(drop)
    }

    /// Says whether there was one.
    pub(crate) fn remove(&self) -> Result<bool, rusqlite::Error> {
        Ok(self.0.execute("DELETE FROM hook", [])? > 0)
    }

    pub(crate) fn told_received(&self, text: EntryId) -> Result<(), rusqlite::Error> {
        // One that was told to the hook before is older than what this one is told.
        self.0.execute("UPDATE hook SET received = max(received, ?1)", [text.0]).map(drop)
    }

    /// What was told last of a text that was sent.
    pub(crate) fn told(&self, text: EntryId) -> Result<Option<String>, rusqlite::Error> {
        let told = "SELECT state FROM told WHERE text = ?1";
        self.0.query_row(told, [text.0], |row| row.get(0)).optional()
    }

    pub(crate) fn told_state(&self, text: EntryId, state: &str) -> Result<(), rusqlite::Error> {
        let told = "INSERT OR REPLACE INTO told VALUES (?1, ?2)";
        self.0.execute(told, params![text.0, state]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_known_after_a_restart_and_not_after_another_hook() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.hook().unwrap(), None);
        store.set("http://a/", b"secret", EntryId(7)).unwrap();
        store.told_received(EntryId(9)).unwrap();
        store.told_state(EntryId(8), "accepted").unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        let kept = store.hook().unwrap().unwrap();
        assert_eq!((kept.since, kept.received), (EntryId(7), EntryId(9)));
        assert_eq!(store.told(EntryId(8)).unwrap().as_deref(), Some("accepted"));
        store.set("http://b/", b"other", EntryId(9)).unwrap();
        assert_eq!(store.told(EntryId(8)).unwrap(), None);
        store.told_received(EntryId(7)).unwrap();
        let kept = store.hook().unwrap().unwrap();
        assert_eq!(kept.received, EntryId(9), "the former hook's last call has ended");
        assert!(store.remove().unwrap() && !store.remove().unwrap());
    }
}
