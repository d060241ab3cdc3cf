//! The key of the number, and how it is changed (`keys/change.rs`).

use super::{KEYS_FILE, Profile, ProfileError};
use crate::{Keys, Stamp};
use postrider_proto::native::{Dispute, Version};
use std::sync::Arc;

impl Profile {
    /// Begins a change of the key: a new one is made, for which the first key of the number
    /// signs. The first key's 24 words are wanted where this profile's is a later one. From now
    /// on the profile has the new key, and whatever reaches a server leads on until the server
    /// has it, too; then the first key's secret leaves this device.
    pub fn begin_change(&mut self, words: Option<&str>) -> Result<(), ProfileError> {
        let keys = self.keys.begin_change(words)?;
        self.set_keys_on_disk(keys)
    }

    /// The first key signs for this one from a version on, before a server is told.
    pub(crate) fn sign_word(&mut self, since: Version) -> Result<Arc<Keys>, ProfileError> {
        let keys = self.keys.sign_word(since);
        self.set_keys_on_disk(keys)?;
        Ok(self.keys.clone())
    }

    /// A server has the number at home under this key: nothing else of the first one is needed.
    /// Nothing happens where no change was under way.
    pub(crate) fn end_change(&mut self, now: Stamp) -> Result<(), ProfileError> {
        self.keys.end_change(now).map_or(Ok(()), |keys| self.set_keys_on_disk(keys))
    }

    /// Forgets what still opens texts that are sealed for the first key, if its time is over by
    /// then; [`Stamp`]'s greatest: in any case.
    pub fn forget_first(&mut self, now: Stamp) -> Result<(), ProfileError> {
        match self.keys.forget_first(now) {
            Some(keys) => self.set_keys_on_disk(keys),
            None => Ok(()),
        }
    }

    /// The number's home says that another key had it, too; whether that is news.
    pub(crate) fn set_dispute(&mut self, dispute: &Dispute) -> Result<bool, ProfileError> {
        // The server's id, and how the key begins.
        let said = [&dispute.home.0[..], &dispute.first].concat();
        if self.value::<Vec<u8>>("disputed")?.is_some_and(|known| known == said) {
            return Ok(false);
        }
        self.set_value("disputed", said)?;
        Ok(true)
    }

    fn set_keys_on_disk(&mut self, keys: Keys) -> Result<(), ProfileError> {
        keys.write_over(&self.folder.join(KEYS_FILE))?;
        self.keys = Arc::new(keys);
        Ok(())
    }
}
