//! A user on this device: number, keys, history.
//!
//! ```text
//!   compose ──► messages ──► sign ──► outbox ──► a server ──► taken: what became of it
//!   a server ──► receive: messages, and a receipt into the outbox ──► custody
//! ```
//!
//! All that is changed together is changed in one transaction, which is on disk when it ends.

mod clock;
mod compose;
mod contacts;
mod error;
mod outbox;
mod owner;
mod pinned;
mod receive;
pub(crate) mod schema;
mod servers;
mod simulated;
pub(crate) mod states;
#[cfg(test)]
mod tests;
mod trust;
mod turn;
pub(crate) mod values;

pub use error::ProfileError;
pub(crate) use trust::Known as KnownNumber;

use crate::{DeviceCode, EntryId, History, Keys, KeysError, Stamp};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use postrider_proto::Number;
use postrider_proto::native::{Count, Epoch, OwnerKey, ServerId};
use rusqlite::params;
use schema::Flushes;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file of the history.
pub(crate) const HISTORY_FILE: &str = "history.db";
const KEYS_FILE: &str = "keys";
const LOCK_FILE: &str = "lock";

/// A user on this device: the number, the owner's key, the device's key, and the history, in
/// one folder. One program at a time has it.
pub struct Profile {
    folder: PathBuf,
    keys: Arc<Keys>,
    epoch: Epoch,
    history: History,
    rng: ChaCha20Rng,
    /// By the wall clock as it was looked at last; none before that.
    started: Option<clock::Started>,
    /// Of what is changed now.
    flushes: Flushes,
    is_in_turn: bool,
    /// So many changes work before the program is as if killed; none: all do.
    #[cfg(test)]
    pub(crate) changes_left: std::cell::Cell<Option<usize>>,
    /// Held as long as this lives.
    _lock: File,
}

/// What a turn has changed, for whoever shows it.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Texts that came, of somebody who is not blocked.
    pub(crate) received: Vec<EntryId>,
    /// Texts of which something else is known.
    pub(crate) changed: BTreeSet<EntryId>,
    /// Numbers that are said to have another key.
    pub(crate) keys: Vec<KeyChange>,
    /// Servers that were named and have no name yet.
    pub(crate) unnamed: BTreeSet<ServerId>,
    /// Numbers whose keys are wanted.
    pub(crate) unknown: BTreeSet<Number>,
}

/// A number is said to have another key than the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyChange {
    pub(crate) number: Number,
    pub(crate) known: OwnerKey,
    pub(crate) new: OwnerKey,
    pub(crate) is_vouched_for: bool,
}

impl Profile {
    /// Makes a new one, with new keys, in a folder that has none; the folder is made.
    pub fn create(folder: &Path, number: Number) -> Result<Profile, ProfileError> {
        Profile::make(folder, &Keys::generate(number)?)
    }

    /// Makes one of an owner's 24 words: on a new device, or after the old one was lost.
    pub fn restore(folder: &Path, number: Number, words: &str) -> Result<Profile, ProfileError> {
        Profile::make(folder, &Keys::from_words(number, words)?)
    }

    /// Makes one of a code that another device of the number has shown, with its servers.
    pub fn join(folder: &Path, code: &DeviceCode) -> Result<Profile, ProfileError> {
        let mut profile = Profile::make(folder, &Keys::from_code(code)?)?;
        profile.set_servers(&code.servers)?;
        Ok(profile)
    }

    /// The number of the profile in a folder, which another program may have open; none if
    /// there is none.
    pub fn number_in(folder: &Path) -> Result<Option<Number>, ProfileError> {
        let keys = folder.join(KEYS_FILE);
        if !keys.exists() {
            return Ok(None);
        }
        Ok(Some(Keys::read(&keys)?.number()))
    }

    fn make(folder: &Path, keys: &Keys) -> Result<Profile, ProfileError> {
        Profile::make_folder(folder, keys)?;
        Profile::open(folder)
    }

    fn make_folder(folder: &Path, keys: &Keys) -> Result<(), ProfileError> {
        let mut maker = fs::DirBuilder::new();
        maker.recursive(true).mode(0o700);
        maker.create(folder).map_err(|why| failed(folder, why))?;
        let _lock = lock(folder)?;
        if folder.join(KEYS_FILE).exists() || folder.join(HISTORY_FILE).exists() {
            return Err(ProfileError::Exists { folder: folder.to_owned() });
        }
        Ok(keys.write(&folder.join(KEYS_FILE))?)
    }

    /// Opens one. Refuses one that another program has, that is damaged, or of another version.
    /// Where there are keys and no history, it begins one: what a lost one said about counts
    /// does not matter, since a new one counts in a new epoch.
    pub fn open(folder: &Path) -> Result<Profile, ProfileError> {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(KeysError::Random)?;
        Profile::open_with(folder, &seed, Flushes::Always)
    }

    fn open_with(
        folder: &Path,
        seed: &[u8; 32],
        flushes: Flushes,
    ) -> Result<Profile, ProfileError> {
        if !folder.join(KEYS_FILE).exists() {
            return Err(ProfileError::Missing { folder: folder.to_owned() });
        }
        let lock = lock(folder)?;
        let keys = Keys::read(&folder.join(KEYS_FILE))?;
        let file = folder.join(HISTORY_FILE);
        let is_new = !file.exists();
        let connection = if is_new {
            schema::create(&file, flushes)?
        } else {
            schema::open(&file, Some(flushes))?
        };
        let mut profile = Profile {
            folder: folder.to_owned(),
            keys: Arc::new(keys),
            epoch: Epoch::MIN,
            history: History { connection },
            rng: ChaCha20Rng::from_seed(*seed),
            started: None,
            flushes,
            is_in_turn: false,
            #[cfg(test)]
            changes_left: std::cell::Cell::new(None),
            _lock: lock,
        };
        profile.epoch = profile.read_epoch()?;
        profile.forget_first(Stamp::now())?;
        Ok(profile)
    }

    /// Counts anew, in another epoch: to be called once after a history was put back from a
    /// copy, since what was sent since then has used its counts up, and another message with
    /// one of them would be taken for a repeat.
    pub fn count_anew(&mut self) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            profile.change("DELETE FROM counts", [])?;
            profile.change("DELETE FROM profile WHERE name = 'epoch'", [])?;
            profile.epoch = profile.read_epoch()?;
            Ok(())
        })
    }

    /// A seed that is used once.
    pub(crate) fn draw(&mut self) -> zeroize::Zeroizing<[u8; 32]> {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        self.rng.fill_bytes(&mut *seed);
        seed
    }

    /// The epoch of this device's counts, drawn once.
    fn read_epoch(&mut self) -> Result<Epoch, ProfileError> {
        if let Some(epoch) = self.value("epoch")?.and_then(Epoch::from_value) {
            return Ok(epoch);
        }
        let drawn = self.rng.next_u32() & Epoch::MAX.value();
        self.set_value("epoch", drawn)?;
        Ok(Epoch::from_value(drawn).unwrap_or(Epoch::MIN))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its number.
    pub fn number(&self) -> Number {
        self.keys.number()
    }

    /// The key that the number is, or is to be, bound to.
    pub fn owner_key(&self) -> OwnerKey {
        self.keys.owner_key()
    }

    /// The first key's secret as 24 words; none where that is not here ([`Keys::words`]).
    pub fn words(&self) -> Option<zeroize::Zeroizing<String>> {
        self.keys.words()
    }

    /// Its keys.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Reads the history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The file of the history, for tables of the program's own: their names begin with what the
    /// program is called. The history's own tables are only to be read by it, and transactions are
    /// only made by [`Profile::together`].
    pub fn tables(&self) -> &rusqlite::Connection {
        &self.history.connection
    }

    /// Runs a statement that changes something; says how many rows.
    pub(crate) fn change(
        &self,
        statement: &str,
        values: impl rusqlite::Params,
    ) -> Result<usize, ProfileError> {
        self.check_turn()?;
        #[cfg(test)]
        if let Some(left) = self.changes_left.get() {
            self.changes_left.set(Some(left.checked_sub(1).ok_or(ProfileError::HasLeft)?));
        }
        Ok(self.history.connection.prepare_cached(statement)?.execute(values)?)
    }

    fn value<T: rusqlite::types::FromSql>(&self, name: &str) -> Result<Option<T>, ProfileError> {
        self.history.value(name)
    }

    pub(crate) fn set_value(
        &self,
        name: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<(), ProfileError> {
        let set = "INSERT OR REPLACE INTO profile (name, value) VALUES (?1, ?2)";
        self.change(set, params![name, value]).map(drop)
    }

    /// The next count of this device's messages to a number, which is used up.
    fn next_count(&self, to: Number) -> Result<Count, ProfileError> {
        let next = "INSERT INTO counts (peer, last) VALUES (?1, 1) \
                    ON CONFLICT (peer) DO UPDATE SET last = last + 1 RETURNING last";
        let mut next = self.history.connection.prepare_cached(next)?;
        let count: i64 = next.query_row([to.to_string()], |row| row.get(0))?;
        u32::try_from(count).ok().and_then(Count::from_value).ok_or(ProfileError::Counts)
    }
}

fn lock(folder: &Path) -> Result<File, ProfileError> {
    let file = folder.join(LOCK_FILE);
    let lock = File::create(&file).map_err(|why| failed(&file, why))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(ProfileError::InUse { folder: folder.to_owned() }),
        Err(fs::TryLockError::Error(why)) => Err(failed(&file, why)),
    }
}

fn failed(file: &Path, why: std::io::Error) -> ProfileError {
    ProfileError::File { file: file.to_owned(), why }
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Profile({:?}, {})", self.keys, self.folder.display())
    }
}
